"""Tables as a Word file: A4 across, a page or more for each, heads repeated, pages numbered."""

from collections.abc import Sequence
from datetime import date

from docx.enum.section import WD_ORIENT
from docx.shared import Mm, Pt

from livelihood.organisation.documents.lines import title_lines
from livelihood.organisation.documents.tables import Table
from progress.documents.official import (
    FALLBACKS,
    SECOND_FONT,
    add_paragraph,
    add_title,
    document_bytes,
    official_document,
    space,
    write,
)
from progress.documents.table_docx import add_table

SIDE, TOP, BOTTOM = Mm(22), Mm(25), Mm(25)
ACROSS = Mm(297) - 2 * SIDE
TITLE_CHARACTERS = 30
NOTE_SIZE, NOTE_LINE = Pt(12), Pt(20)


def tables_document(tables: Sequence[Table], *, title: str, made_on: date, author: str) -> bytes:
    """The tables as a .docx file, each with its title and notes on a page of its own.

    Args:
        tables: at least one.
        title: of the file's properties.
        made_on: of the file's properties; the same day gives the same bytes.
        author: of the file's properties.

    Raises:
        ValueError: a table cannot be drawn.
    """
    document = official_document(title=title, author=author, fonts=FALLBACKS)
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = SIDE
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.footer_distance = Mm(12)
    for number, table in enumerate(tables):
        before = len(document.paragraphs)
        add_title(document, title_lines(table.title, TITLE_CHARACTERS))
        document.paragraphs[before].paragraph_format.page_break_before = number > 0
        for note in table.notes:
            paragraph = add_paragraph(document)
            space(paragraph, NOTE_LINE)
            paragraph.paragraph_format.keep_with_next = True
            write(paragraph, note, SECOND_FONT, NOTE_SIZE)
        add_table(document, table, ACROSS)
    return document_bytes(document, made_on)
