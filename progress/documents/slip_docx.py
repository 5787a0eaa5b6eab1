"""催办单、督办单 as a Word file in the layout of GB/T 9704, ready to be printed and signed."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from docx.document import Document as WordDocument
from docx.enum.table import (
    WD_CELL_VERTICAL_ALIGNMENT,
    WD_ROW_HEIGHT_RULE,
    WD_TABLE_ALIGNMENT,
)
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.shared import Mm
from docx.text.paragraph import Paragraph

from livelihood.organisation.words import cn_date
from progress.documents.official import (
    BODY_FONT,
    LABEL_FONT,
    PAGE_NUMBER_FONT,
    PAGE_NUMBER_SIZE,
    TITLE_FONT,
    add_indented,
    add_paragraph,
    add_signature,
    add_title,
    document_bytes,
    official_document,
    space,
    write,
)


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
    document = official_document(
        title=f"{sheet.title}{sheet.number}",
        author=sheet.signing_unit,
        fonts=(TITLE_FONT, BODY_FONT, LABEL_FONT, PAGE_NUMBER_FONT),
    )
    add_title(document, [sheet.title])
    write(add_paragraph(document, WD_ALIGN_PARAGRAPH.CENTER), sheet.number)
    for note in sheet.notes:
        write(add_paragraph(document, WD_ALIGN_PARAGRAPH.CENTER), note, LABEL_FONT)
    add_paragraph(document)
    write(add_paragraph(document), f"{sheet.addressee}：")
    for label, words in sheet.matters:
        paragraph = add_indented(document)
        write(paragraph, f"{label}：", LABEL_FONT)
        write(paragraph, words)
    for line in sheet.text.split("\n"):
        if line.strip():
            write(add_indented(document), line.strip())
    # The signature never stands on a page without text.
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    add_signature(document, sheet.signing_unit, sheet.issued_on)
    _answer_section(document, sheet)
    return document_bytes(document, sheet.issued_on)


# -- The answer -------------------------------------------------------------------------

COLUMN_WIDTHS = Mm(32), Mm(46), Mm(32), Mm(46)


def _answer_section(document: WordDocument, sheet: SlipSheet) -> None:
    """A page of its own for the unit's answer and the closing: filled in, or to be written."""
    add_title(document, ["办理情况回复"])
    document.paragraphs[-1].paragraph_format.page_break_before = True
    write(add_paragraph(document, WD_ALIGN_PARAGRAPH.CENTER), f"（{sheet.title}{sheet.number}）")
    add_paragraph(document)
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
        space(paragraph)
        write(paragraph, line, font, PAGE_NUMBER_SIZE)
    return paragraph
