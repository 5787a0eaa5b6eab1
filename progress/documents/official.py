"""The layout of GB/T 9704 for Word files: page, fonts, paragraphs, signature, page numbers.

Font names are those of official documents. Where they are not installed, the table of fonts
in the file names what may stand in for them; nothing is embedded.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from livelihood.organisation.documents.archive import same_bytes
from livelihood.organisation.documents.lines import text_width
from livelihood.organisation.words import cn_date, printable

TITLE_FONT, BODY_FONT, LABEL_FONT = "方正小标宋简体", "仿宋_GB2312", "黑体"
SECOND_FONT = "楷体_GB2312"
PAGE_NUMBER_FONT = "宋体"
FALLBACKS = {
    TITLE_FONT: ("方正小标宋_GBK", "小标宋体", "华文中宋", "宋体"),
    BODY_FONT: ("仿宋", "华文仿宋", "FangSong", "宋体"),
    SECOND_FONT: ("楷体", "华文楷体", "KaiTi", "宋体"),
    LABEL_FONT: ("SimHei", "微软雅黑"),
    PAGE_NUMBER_FONT: ("SimSun",),
}
# 二号, 三号, 四号
TITLE_SIZE, BODY_SIZE, PAGE_NUMBER_SIZE = Pt(22), Pt(16), Pt(14)
LINE, TITLE_LINE = Pt(28), Pt(34)
# A title's line holds 156 mm of 二号.
TITLE_CHARACTERS = 20
INDENT_CHARACTERS = 2
# Twentieths of a point by which 28 characters of 三号 become as wide as the type area.
TIGHTENED = "-5"
# The date ends four characters before the margin, the unit stands centred over it.
DATE_INDENT_CHARACTERS = 4
TOP, BOTTOM, LEFT, RIGHT = Mm(37), Mm(35), Mm(28), Mm(26)


# -- The file ---------------------------------------------------------------------------


def official_document(*, title: str, author: str, fonts: Iterable[str]) -> WordDocument:
    """An empty document of one portrait section, with its page numbers.

    Args:
        title: of the file's properties.
        author: of the file's properties.
        fonts: those that are used; their fallbacks are named in the file.
    """
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.left_margin, section.right_margin = LEFT, RIGHT
    # The page number stands 7 mm below the type area.
    section.footer_distance = Mm(35 - 7 - 5)
    normal = document.styles["Normal"]
    set_font(normal.element.get_or_add_rPr(), BODY_FONT)
    normal.font.size = BODY_SIZE
    _speak_chinese(document)
    document.settings.odd_and_even_pages_header_footer = True
    number_pages(section)
    properties = document.core_properties
    properties.title = printable(title)[:255]
    properties.author = properties.last_modified_by = printable(author)[:255]
    properties.language, properties.comments = "zh-CN", ""
    _name_fallbacks(document, fonts)
    _mend_template(document)
    return document


def _speak_chinese(document: WordDocument) -> None:
    """Name the languages as Word does in China: numbers and Latin words are no Chinese.

    LibreOffice would break them anywhere, as it breaks Chinese text.
    """
    for language in document.styles.element.iter(qn("w:lang")):
        language.getparent().remove(language)
    defaults = document.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    language = OxmlElement("w:lang")
    for script, name in (("val", "en-US"), ("eastAsia", "zh-CN"), ("bidi", "ar-SA")):
        language.set(qn(f"w:{script}"), name)
    defaults.append(language)
    theme = document.settings.element.find(qn("w:themeFontLang"))
    theme.set(qn("w:eastAsia"), "zh-CN")


def _mend_template(document: WordDocument) -> None:
    """Take out the picture of an empty page that python-docx's template brings along, and say
    the percent of the zoom, which Word's own rules want."""
    document.settings.element.find(qn("w:zoom")).set(qn("w:percent"), "100")
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
            del package.rels[key]


def document_bytes(document: WordDocument, made_on: date) -> bytes:
    """The .docx file; the same document of the same day gives the same bytes."""
    properties = document.core_properties
    moment = datetime.combine(made_on, time())  # noqa: DTZ001 - as Word has it
    properties.created = properties.modified = moment
    stream = BytesIO()
    document.save(stream)
    return same_bytes(stream.getvalue())


def number_pages(section: Section) -> None:
    """Number the pages: — 1 —, one character in from the outer edge."""
    for footer, alignment, outer in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT, "right_indent"),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, "left_indent"),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = alignment
        setattr(paragraph.paragraph_format, outer, PAGE_NUMBER_SIZE)
        write_page_number(paragraph)


def write_page_number(paragraph: Paragraph) -> None:
    """Write — 1 —, of which the number is a field."""
    write(paragraph, "— ", PAGE_NUMBER_FONT, PAGE_NUMBER_SIZE)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run = write(paragraph, "1", PAGE_NUMBER_FONT, PAGE_NUMBER_SIZE)
    paragraph._p.append(field)
    field.append(run._r)
    write(paragraph, " —", PAGE_NUMBER_FONT, PAGE_NUMBER_SIZE)


def _name_fallbacks(document: WordDocument, names: Iterable[str]) -> None:
    """Write into the file's table of fonts what may stand in for a missing one."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{",".join(FALLBACKS[name])}"/>'
        '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name in names
    )
    part = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    part._blob = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:fonts xmlns:w="{namespace}">{fonts}</w:fonts>'
    ).encode()


# -- Paragraphs -------------------------------------------------------------------------


def add_paragraph(container, alignment=None) -> Paragraph:
    """A new empty paragraph of a document or cell, in lines of the fixed height."""
    paragraph = container.add_paragraph()
    space(paragraph)
    paragraph.alignment = alignment
    return paragraph


def add_indented(document: WordDocument) -> Paragraph:
    """A new justified paragraph whose first line begins two characters in."""
    paragraph = add_paragraph(document, WD_ALIGN_PARAGRAPH.JUSTIFY)
    paragraph.paragraph_format.first_line_indent = INDENT_CHARACTERS * BODY_SIZE
    return paragraph


def add_title(container, lines: Iterable[str]) -> None:
    """A title in 二号小标宋, centred, a paragraph for each of its lines."""
    for line in lines:
        paragraph = add_paragraph(container, WD_ALIGN_PARAGRAPH.CENTER)
        paragraph.paragraph_format.line_spacing = TITLE_LINE
        paragraph.paragraph_format.keep_with_next = True
        write(paragraph, line, TITLE_FONT, TITLE_SIZE)


def space(paragraph: Paragraph, line=LINE) -> None:
    """Give a paragraph lines of a fixed height."""
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, line
    form.widow_control = False
    # Word hangs punctuation over the edge in any case. LibreOffice loses what hangs there in
    # a justified line, and keeps it within the edge only where this is said (it reads the
    # value the other way round).
    properties = paragraph._p.get_or_add_pPr()
    if properties.find(qn("w:overflowPunct")) is None:
        overflow = OxmlElement("w:overflowPunct")
        overflow.set(qn("w:val"), "1")
        properties.insert_element_before(overflow, "w:spacing", "w:ind", "w:jc")


def write(paragraph: Paragraph, text: str, font: str = BODY_FONT, size=BODY_SIZE):
    """Add words to a paragraph in one font for all scripts; gives the run."""
    run = paragraph.add_run(printable(text))
    run.font.size = size
    properties = run._r.get_or_add_rPr()
    set_font(properties, font)
    if size == BODY_SIZE:
        tightened = OxmlElement("w:spacing")
        tightened.set(qn("w:val"), TIGHTENED)
        properties.insert_element_before(tightened, "w:w", "w:kern", "w:position", "w:sz")
    return run


def set_font(properties, name: str) -> None:
    """One font for all scripts, Chinese (eastAsia) named as such."""
    fonts = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)
    fonts.set(qn("w:hint"), "eastAsia")
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def add_signature(document: WordDocument, unit: str, issued_on: date | None) -> None:
    """Signing unit and date at the right, the unit centred over the date; a line before them.

    Without a date, as in a draft, there is room for one: 年　月　日.
    """
    day = "　　年　月　日" if issued_on is None else cn_date(issued_on)
    # In half characters, so that an odd difference can be halved as well.
    longer = text_width(unit) - text_width(day)
    unit_indent = max(2 * DATE_INDENT_CHARACTERS - longer // 2, 0)
    date_indent = 2 * DATE_INDENT_CHARACTERS
    if longer > 2 * date_indent:  # a long name reaches the margin, the date moves under it
        date_indent = longer // 2
    add_paragraph(document).paragraph_format.keep_with_next = True
    for text, indent in ((unit, unit_indent), (day, date_indent)):
        paragraph = add_paragraph(document, WD_ALIGN_PARAGRAPH.RIGHT)
        paragraph.paragraph_format.right_indent = indent * BODY_SIZE // 2
        paragraph.paragraph_format.keep_with_next = text != day
        write(paragraph, text)
