"""催办单、督办单 as a Word file in the layout of GB/T 9704, ready to be printed and signed.

Font names are those of official documents. Where they are not installed, the table of fonts
in the file names what may stand in for them; nothing is embedded.
"""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import NamedTuple

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import (
    WD_CELL_VERTICAL_ALIGNMENT,
    WD_ROW_HEIGHT_RULE,
    WD_TABLE_ALIGNMENT,
)
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from livelihood.organisation.words import cn_date

TITLE_FONT, BODY_FONT, LABEL_FONT = "方正小标宋简体", "仿宋_GB2312", "黑体"
PAGE_NUMBER_FONT = "宋体"
FALLBACKS = {
    TITLE_FONT: ("方正小标宋_GBK", "小标宋体", "华文中宋", "宋体"),
    BODY_FONT: ("仿宋", "华文仿宋", "FangSong", "宋体"),
    LABEL_FONT: ("SimHei", "微软雅黑"),
    PAGE_NUMBER_FONT: ("SimSun",),
}
# 二号, 三号, 四号
TITLE_SIZE, BODY_SIZE, PAGE_NUMBER_SIZE = Pt(22), Pt(16), Pt(14)
LINE, TITLE_LINE = Pt(28), Pt(34)
INDENT_CHARACTERS = 2
# The date ends four characters before the margin, the unit stands centred over it.
DATE_INDENT_CHARACTERS = 4


class SlipSheet(NamedTuple):
    """What is printed; plain values. Where answer and closing are empty there is room to write.

    ``notes`` stand small under the number (演示数据); ``matters`` are the labelled lines
    before the text, as (label, words).
    """

    title: str
    number: str
    notes: Sequence[str]
    addressee: str
    matters: Sequence[tuple[str, str]]
    text: str
    signing_unit: str
    issued_on: date
    deadline: date
    answer: str
    answered_by: str
    answered_on: str
    closing: str


def slip_document(sheet: SlipSheet) -> bytes:
    """The slip as a .docx file."""
    document = Document()
    _set_up(document, sheet)
    title = _paragraph(document, WD_ALIGN_PARAGRAPH.CENTER)
    title.paragraph_format.line_spacing = TITLE_LINE
    _write(title, sheet.title, TITLE_FONT, TITLE_SIZE)
    _write(_paragraph(document, WD_ALIGN_PARAGRAPH.CENTER), sheet.number)
    for note in sheet.notes:
        _write(_paragraph(document, WD_ALIGN_PARAGRAPH.CENTER), note, LABEL_FONT)
    _paragraph(document)
    _write(_paragraph(document), f"{sheet.addressee}：")
    for label, words in sheet.matters:
        paragraph = _indented(document)
        _write(paragraph, f"{label}：", LABEL_FONT)
        _write(paragraph, words)
    for line in sheet.text.split("\n"):
        if line.strip():
            _write(_indented(document), line.strip())
    # The signature never stands on a page without text.
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    _sign(document, sheet)
    _answer_section(document, sheet)
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


# -- The page ---------------------------------------------------------------------------


def _set_up(document: WordDocument, sheet: SlipSheet) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    # The page number stands 7 mm below the type area.
    section.footer_distance = Mm(35 - 7 - 5)
    normal = document.styles["Normal"]
    _set_font(normal.element.get_or_add_rPr(), BODY_FONT)
    normal.font.size = BODY_SIZE
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "zh-CN")
    language.set(qn("w:eastAsia"), "zh-CN")
    normal.element.get_or_add_rPr().append(language)
    document.settings.odd_and_even_pages_header_footer = True
    _number_pages(section.footer, WD_ALIGN_PARAGRAPH.RIGHT)
    _number_pages(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)
    properties = document.core_properties
    properties.title = f"{sheet.title}{sheet.number}"
    properties.author = properties.last_modified_by = sheet.signing_unit
    properties.language, properties.comments = "zh-CN", ""
    _name_fallbacks(document)


def _number_pages(footer, alignment) -> None:
    """— 1 —, one character in from the outer edge."""
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.alignment = alignment
    outer = "right_indent" if alignment == WD_ALIGN_PARAGRAPH.RIGHT else "left_indent"
    setattr(paragraph.paragraph_format, outer, PAGE_NUMBER_SIZE)
    _write(paragraph, "— ", PAGE_NUMBER_FONT, PAGE_NUMBER_SIZE)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run = _write(paragraph, "1", PAGE_NUMBER_FONT, PAGE_NUMBER_SIZE)
    paragraph._p.append(field)
    field.append(run._r)
    _write(paragraph, " —", PAGE_NUMBER_FONT, PAGE_NUMBER_SIZE)


def _name_fallbacks(document: WordDocument) -> None:
    """Write into the file's table of fonts what may stand in for a missing one."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{",".join(others)}"/>'
        '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, others in FALLBACKS.items()
    )
    part = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    part._blob = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:fonts xmlns:w="{namespace}">{fonts}</w:fonts>'
    ).encode()


# -- Paragraphs -------------------------------------------------------------------------


def _paragraph(container, alignment=None) -> Paragraph:
    paragraph = container.add_paragraph()
    _space(paragraph)
    paragraph.alignment = alignment
    return paragraph


def _space(paragraph: Paragraph) -> None:
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    form.widow_control = False
    # Word hangs punctuation over the edge in any case. LibreOffice loses what hangs there in
    # a justified line, and keeps it within the edge only where this is said (it reads the
    # value the other way round).
    overflow = OxmlElement("w:overflowPunct")
    overflow.set(qn("w:val"), "1")
    paragraph._p.get_or_add_pPr().insert_element_before(overflow, "w:spacing", "w:ind", "w:jc")


def _indented(document: WordDocument) -> Paragraph:
    paragraph = _paragraph(document, WD_ALIGN_PARAGRAPH.JUSTIFY)
    paragraph.paragraph_format.first_line_indent = INDENT_CHARACTERS * BODY_SIZE
    return paragraph


def _write(paragraph: Paragraph, text: str, font: str = BODY_FONT, size=BODY_SIZE):
    run = paragraph.add_run(_printable(text))
    run.font.size = size
    _set_font(run._r.get_or_add_rPr(), font)
    return run


def _printable(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n")


def _set_font(properties, name: str) -> None:
    """One font for all scripts, Chinese (eastAsia) named as such."""
    fonts = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)
    fonts.set(qn("w:hint"), "eastAsia")
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _sign(document: WordDocument, sheet: SlipSheet) -> None:
    """Signing unit and date at the right, the unit centred over the date."""
    day = cn_date(sheet.issued_on)
    # In half characters, so that an odd difference can be halved as well.
    longer = _half_characters(sheet.signing_unit) - _half_characters(day)
    unit_indent = max(2 * DATE_INDENT_CHARACTERS - longer // 2, 0)
    date_indent = 2 * DATE_INDENT_CHARACTERS
    if longer > 2 * date_indent:  # a long name reaches the margin, the date moves under it
        date_indent = longer // 2
    _paragraph(document).paragraph_format.keep_with_next = True
    for text, indent in ((sheet.signing_unit, unit_indent), (day, date_indent)):
        paragraph = _paragraph(document, WD_ALIGN_PARAGRAPH.RIGHT)
        paragraph.paragraph_format.right_indent = indent * BODY_SIZE // 2
        paragraph.paragraph_format.keep_with_next = text != day
        _write(paragraph, text)


def _half_characters(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


# -- The answer -------------------------------------------------------------------------

COLUMN_WIDTHS = Mm(32), Mm(46), Mm(32), Mm(46)


def _answer_section(document: WordDocument, sheet: SlipSheet) -> None:
    """A page of its own for the unit's answer and the closing: filled in, or to be written."""
    heading = _paragraph(document, WD_ALIGN_PARAGRAPH.CENTER)
    heading.paragraph_format.page_break_before = True
    heading.paragraph_format.line_spacing = TITLE_LINE
    _write(heading, "办理情况回复", TITLE_FONT, TITLE_SIZE)
    _write(_paragraph(document, WD_ALIGN_PARAGRAPH.CENTER), f"（{sheet.title}{sheet.number}）")
    _paragraph(document)
    table = document.add_table(rows=0, cols=len(COLUMN_WIDTHS))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, COLUMN_WIDTHS, strict=True):
        column.width = width
    _row(table, Mm(14), ("回复单位", sheet.addressee), ("办结期限", cn_date(sheet.deadline)))
    _row(table, Mm(95), ("办理情况", sheet.answer))
    _row(table, Mm(14), ("单位负责人", ""), ("回复人", sheet.answered_by))
    _row(table, Mm(14), ("联系电话", ""), ("回复日期", sheet.answered_on))
    _row(table, Mm(26), ("办结意见", sheet.closing))


def _row(table, height, *pairs: tuple[str, str]) -> None:
    """One row of labels and words; the words of a single pair reach to the right edge."""
    row = table.add_row()
    row.height, row.height_rule = height, WD_ROW_HEIGHT_RULE.AT_LEAST
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, width in zip(row.cells, COLUMN_WIDTHS, strict=True):
        cell.width = width
    if len(pairs) == 1:
        row.cells[1].merge(row.cells[3])
    for index, (label, words) in enumerate(pairs):
        head, body = row.cells[2 * index], row.cells[2 * index + 1]
        head.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        _fill(head, label, LABEL_FONT).alignment = WD_ALIGN_PARAGRAPH.CENTER
        if len(pairs) > 1:
            body.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        _fill(body, words)


def _fill(cell, text: str, font: str = BODY_FONT) -> Paragraph:
    paragraph = cell.paragraphs[0]
    for order, line in enumerate(text.split("\n")):
        paragraph = paragraph if order == 0 else cell.add_paragraph()
        _space(paragraph)
        _write(paragraph, line, font, PAGE_NUMBER_SIZE)
    return paragraph
