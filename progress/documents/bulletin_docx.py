"""通报 as a Word file in the layout of GB/T 9704: the text, then its annexes across the page.

An annex lies on its side with its head at the left edge of the upright page, so that the page
number, which stays where it is on the other pages, stands upright at the left of the table.
"""

import re
from collections.abc import Sequence

from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Emu, Mm, Pt
from docx.text.paragraph import Paragraph

from livelihood.organisation.documents.lines import line_count, title_lines
from livelihood.organisation.documents.tables import Table
from livelihood.organisation.words import cn_date
from progress.documents.bulletin import BulletinContent
from progress.documents.official import (
    BODY_FONT,
    BODY_SIZE,
    BOTTOM,
    FALLBACKS,
    INDENT_CHARACTERS,
    LABEL_FONT,
    LEFT,
    LINE,
    PAGE_NUMBER_SIZE,
    RIGHT,
    SECOND_FONT,
    TITLE_CHARACTERS,
    TOP,
    add_indented,
    add_paragraph,
    add_signature,
    add_title,
    document_bytes,
    number_pages,
    official_document,
    space,
    write,
    write_page_number,
)
from progress.documents.table_docx import EMU_PER_TWIP, add_table, element

RED = "FF0000"
# Eighths of a point: 0.35 mm and 0.25 mm.
THICK, THIN = "8", "6"
SECOND_LEVEL = re.compile(r"（[一二三四五六七八九十]+）")
# 小四, for what stands between an annex's title and its table.
NOTE_SIZE, NOTE_LINE = Pt(12), Pt(20)
ACROSS = Mm(297) - BOTTOM - TOP  # how wide the type area of an annex is
ANNEX_TITLE_CHARACTERS = 28
# The height of a line that is there because Word wants one.
NO_ROOM = Pt(1)
TYPE_WIDTH = Mm(210) - LEFT - RIGHT

PAGE_TEXT_HEIGHT = Mm(297) - TOP - BOTTOM
# Half-width characters of 四号 in a line of 抄送, and what its rules and the end take.
COPIES_WIDTH, IMPRINT_SLACK = 52, Pt(8)
AT_THE_FOOT = {
    "vertAnchor": "margin",
    "horzAnchor": "margin",
    "tblpXSpec": "center",
    "tblpYSpec": "bottom",
}


def bulletin_document(content: BulletinContent) -> bytes:
    """An issue as a .docx file; the same issue gives the same bytes."""
    document = official_document(
        title=f"{content.title} {content.number}".strip(),
        author=content.signed_by,
        fonts=FALLBACKS,
    )
    _head(document, content)
    _text(document, content)
    _list_annexes(document, content.annexed)
    add_signature(document, content.signed_by, content.issued_on)
    if content.annexed:
        _lie_down(_new_section(document))
        for number, table in enumerate(content.annexed, start=1):
            _annex(document, content, table, number)
        _stand_up(_new_section(document), document.sections[0])
    _imprint(document, content)
    return document_bytes(document, content.issued_on or content.as_of)


# -- The text ---------------------------------------------------------------------------


def _head(document: WordDocument, content: BulletinContent) -> None:
    number = add_paragraph(document, WD_ALIGN_PARAGRAPH.CENTER)
    write(number, content.number)
    _rule_below(number)
    add_paragraph(document)
    add_title(document, title_lines(content.title, TITLE_CHARACTERS))
    for note in content.notes:
        write(add_paragraph(document, WD_ALIGN_PARAGRAPH.CENTER), note, SECOND_FONT)
    add_paragraph(document)


def _text(document: WordDocument, content: BulletinContent) -> None:
    if content.addressees:
        write(add_paragraph(document), content.addressees.rstrip("：:") + "：")
    _paragraphs(document, content.lead_in)
    for section in content.sections:
        heading = add_indented(document)
        heading.paragraph_format.keep_with_next = True
        write(heading, section.heading, LABEL_FONT)
        for words in section.paragraphs:
            _paragraphs(document, words)
    # The signature never stands on a page without text.
    document.paragraphs[-1].paragraph_format.keep_with_next = True


def _paragraphs(document: WordDocument, text: str) -> None:
    for line in filter(None, map(str.strip, text.split("\n"))):
        paragraph = add_indented(document)
        if SECOND_LEVEL.match(line):
            # A heading of the second level is the first sentence of its paragraph.
            heading, stop, rest = line.partition("。")
            write(paragraph, heading + stop, SECOND_FONT)
            line = rest
        if line:
            write(paragraph, line)


def _list_annexes(document: WordDocument, tables: Sequence[Table]) -> None:
    """附件：1.… one line below the text; what does not fit hangs under its own beginning."""
    if not tables:
        return
    add_paragraph(document).paragraph_format.keep_with_next = True
    for number, table in enumerate(tables, start=1):
        mark = f"{number}." if len(tables) > 1 else ""
        label = "附件：" if number == 1 else ""
        paragraph = add_paragraph(document)
        hanging = len(label) * BODY_SIZE + len(mark) * BODY_SIZE // 2
        left = (INDENT_CHARACTERS + 3) * BODY_SIZE + len(mark) * BODY_SIZE // 2
        paragraph.paragraph_format.left_indent = Emu(left)
        paragraph.paragraph_format.first_line_indent = Emu(-hanging)
        paragraph.paragraph_format.keep_with_next = True
        write(paragraph, f"{label}{mark}{_annex_name(table)}")


def _annex_name(table: Table) -> str:
    return table.title.replace("\n", "").strip().rstrip("。")


# -- Annexes ----------------------------------------------------------------------------


def _annex(document: WordDocument, content: BulletinContent, table: Table, number: int) -> None:
    label = add_paragraph(document)
    label.paragraph_format.page_break_before = number > 1
    label.paragraph_format.keep_with_next = True
    write(label, f"附件{number if len(content.annexes) > 1 else ''}", LABEL_FONT)
    add_title(document, title_lines(_annex_name(table), ANNEX_TITLE_CHARACTERS))
    for note in content.notes_with(table):
        paragraph = add_paragraph(document)
        space(paragraph, NOTE_LINE)
        paragraph.paragraph_format.keep_with_next = True
        write(paragraph, note, SECOND_FONT, NOTE_SIZE)
    add_table(document, table, ACROSS)


def _new_section(document: WordDocument) -> Section:
    """A new section; the empty paragraph that ends the one before takes no room."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    space(document.paragraphs[-1], NO_ROOM)
    return section


def _lie_down(section: Section) -> None:
    """Turn the section's pages by a quarter, with their margins and their page number."""
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.top_margin, section.bottom_margin = LEFT, RIGHT
    section.left_margin, section.right_margin = BOTTOM, TOP
    # The footer only holds the box; it must not push the text up.
    section.footer_distance = Mm(10)
    width = 30  # of the box around the page number, in mm
    nearest = (section.page_height - RIGHT - PAGE_NUMBER_SIZE) / Mm(1)
    for footer, top, across in (
        (section.footer, nearest - width, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, (LEFT + PAGE_NUMBER_SIZE) / Mm(1), WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        _upright_number(footer.paragraphs[0], top, width, across)


def _upright_number(paragraph: Paragraph, top: float, width: float, across) -> None:
    """The page number in a box that is turned by a quarter, 7 mm beside the type area.

    VML, since every Word, WPS and LibreOffice knows it.
    """
    left, thickness = BOTTOM / Mm(1) - 7 - 8, 8
    picture = parse_xml(
        f'<w:pict {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml">'
        '<v:rect stroked="f" filled="f" style="position:absolute;'
        f"margin-left:{left:.1f}mm;margin-top:{top:.1f}mm;"
        f"width:{thickness}mm;height:{width}mm;z-index:1;"
        'mso-position-horizontal-relative:page;mso-position-vertical-relative:page">'
        '<v:textbox style="layout-flow:vertical" inset="0,0,0,0">'
        "<w:txbxContent><w:p/></w:txbxContent></v:textbox></v:rect></w:pict>"
    )
    paragraph.add_run()._r.append(picture)
    inside = Paragraph(picture.find(f".//{qn('w:p')}"), paragraph._parent)
    inside.alignment = across
    write_page_number(inside)


def _stand_up(section: Section, model: Section) -> None:
    """Make the section's pages like those of the model."""
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = model.page_width, model.page_height
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.left_margin, section.right_margin = LEFT, RIGHT
    section.footer_distance = model.footer_distance
    number_pages(section)


# -- 版记 -------------------------------------------------------------------------------


def _imprint(document: WordDocument, content: BulletinContent) -> None:
    """抄送 and the print line between rules, at the foot of the last page.

    A page of its own is filled up to them; below text they float, where LibreOffice leaves
    them directly under it.
    """
    copied = f"抄送：{content.copies.rstrip('。')}。" if content.copies else ""
    if content.annexed:
        lines = 1 + (line_count(copied, COPIES_WIDTH) if copied else 0)
        space(document.add_paragraph(), Emu(PAGE_TEXT_HEIGHT - lines * LINE - IMPRINT_SLACK))
    table = element(
        "w:tbl",
        element(
            "w:tblPr",
            *([] if content.annexed else [element("w:tblpPr", **AT_THE_FOOT)]),
            element("w:tblW", w=str(TYPE_WIDTH // EMU_PER_TWIP), type="dxa"),
            element(
                "w:tblBorders",
                element("w:top", val="single", sz=THICK, space="0", color="000000"),
                element("w:bottom", val="single", sz=THICK, space="0", color="000000"),
                element("w:insideH", val="single", sz=THIN, space="0", color="000000"),
            ),
            element("w:tblLayout", type="fixed"),
        ),
        element("w:tblGrid", element("w:gridCol", w=str(TYPE_WIDTH // EMU_PER_TWIP))),
    )
    if copied:
        copies = _imprint_line(table)
        copies.paragraph_format.left_indent = 4 * PAGE_NUMBER_SIZE
        copies.paragraph_format.first_line_indent = -3 * PAGE_NUMBER_SIZE
        write(copies, copied, BODY_FONT, PAGE_NUMBER_SIZE)
    printed = _imprint_line(table)
    printed.paragraph_format.left_indent = PAGE_NUMBER_SIZE
    printed.paragraph_format.tab_stops.add_tab_stop(
        TYPE_WIDTH - PAGE_NUMBER_SIZE, WD_TAB_ALIGNMENT.RIGHT
    )
    day = "　　年　月　日" if content.issued_on is None else cn_date(content.issued_on)
    write(printed, f"{content.signed_by}\t{day}印发", BODY_FONT, PAGE_NUMBER_SIZE)
    document.element.body.insert_element_before(table, "w:sectPr")
    # Word wants a paragraph after a table.
    space(document.add_paragraph(), NO_ROOM)


def _imprint_line(table) -> Paragraph:
    """The paragraph of a new row."""
    inside = element("w:p")
    table.append(
        element(
            "w:tr",
            element("w:trPr", element("w:cantSplit")),
            element(
                "w:tc",
                element(
                    "w:tcPr",
                    element("w:tcW", w=str(TYPE_WIDTH // EMU_PER_TWIP), type="dxa"),
                    element(
                        "w:tcMar",
                        element("w:left", w="0", type="dxa"),
                        element("w:right", w="0", type="dxa"),
                    ),
                ),
                inside,
            ),
        )
    )
    paragraph = Paragraph(inside, None)
    space(paragraph)
    paragraph.paragraph_format.right_indent = PAGE_NUMBER_SIZE
    return paragraph


def _rule_below(paragraph: Paragraph) -> None:
    """The red rule under the issue line, 4 mm below it."""
    rule = element("w:bottom", val="single", sz=THICK, space="11", color=RED)
    paragraph._p.get_or_add_pPr().insert_element_before(
        element("w:pBdr", rule), "w:shd", "w:tabs", "w:overflowPunct", "w:spacing", "w:jc"
    )
