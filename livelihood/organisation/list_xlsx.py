"""A list as a plain Excel file: what the page shows, ready to be worked on."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import NamedTuple
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

FONT = "宋体"
# Characters that XML, and so Excel, cannot hold.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
EDGE = Side(style="thin", color="8794A1")
BORDER = Border(left=EDGE, right=EDGE, top=EDGE, bottom=EDGE)
POINTS_PER_LINE = 15


class Column(NamedTuple):
    """A column of the file: its heading and width in characters."""

    heading: str
    width: int


def text_width(text: str) -> int:
    """The width of a text in half-width characters: a Chinese one counts two.

    So do “ ” — … ★ ≥: their width is ambiguous in Unicode, and full in Chinese fonts.
    """
    return sum(2 if east_asian_width(character) in "WFA" else 1 for character in text)


def row_lines(values: Sequence[object], columns: Sequence[Column]) -> int:
    """How many lines the fullest cell of a row needs when it is wrapped."""
    lines = 1
    for value, column in zip(values, columns, strict=True):
        if isinstance(value, str):
            needed = sum(
                max(1, -(-text_width(part) // max(column.width - 2, 1)))
                for part in value.split("\n")
            )
            lines = max(lines, needed)
    return lines


def _cell(sheet, value, font, alignment, fill=None, border=BORDER):
    if isinstance(value, str):
        value = CONTROL.sub("", value)
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        # A text that begins with = stays a text: nothing that people typed is a formula.
        cell.data_type = "s"
    elif isinstance(value, datetime):
        cell.number_format = 'yyyy"年"m"月"d"日" hh:mm:ss'
    elif isinstance(value, date):
        cell.number_format = 'yyyy"年"m"月"d"日"'
    elif isinstance(value, float):
        cell.number_format = "0.0"
    cell.font, cell.alignment = font, alignment
    if border is not None:
        cell.border = border
    if fill is not None:
        cell.fill = fill
    return cell


def list_workbook(
    *,
    title: str,
    notes: Sequence[str],
    columns: Sequence[Column],
    rows: Iterable[Sequence],
    sheet_name: str = "清单",
) -> bytes:
    """An .xlsx file with a title, notes, a head that is repeated in print, and the rows.

    Args:
        title: stands on top.
        notes: sentences under the title: the date, what is shown, sample data.
        columns: headings and widths.
        rows: plain values; str, float, int, date, datetime without time zone, or None.
        sheet_name: stands on the sheet's tab.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_name)
    first = len(notes) + 2
    _set_up(sheet, columns, first)
    plain, bold = Font(name=FONT, size=10), Font(name=FONT, size=10, bold=True)
    wrapped = Alignment(wrap_text=True, vertical="top")
    centred = Alignment(wrap_text=True, vertical="center", horizontal="center")
    right = Alignment(horizontal="right", vertical="top")
    shade = PatternFill("solid", fgColor="E6EAEF")
    sheet.append(
        [_cell(sheet, title, Font(name=FONT, size=16, bold=True), Alignment(), border=None)]
    )
    for note in notes:
        sheet.append([_cell(sheet, note, plain, Alignment(), border=None)])
    headings = [column.heading for column in columns]
    sheet.row_dimensions[first].height = POINTS_PER_LINE * row_lines(headings, columns) + 3
    sheet.append([_cell(sheet, heading, bold, centred, shade) for heading in headings])
    last = first
    for offset, values in enumerate(rows, start=1):
        height = POINTS_PER_LINE * row_lines(values, columns) + 3
        sheet.row_dimensions[first + offset].height = min(height, 409)
        sheet.append(
            [
                _cell(sheet, value, plain, right if isinstance(value, float) else wrapped)
                for value in values
            ]
        )
        last = first + offset
    sheet.auto_filter.ref = f"A{first}:{get_column_letter(len(columns))}{last}"
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _set_up(sheet, columns: Sequence[Column], head: int) -> None:
    for index, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width
    sheet.freeze_panes = f"A{head + 1}"
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "— &P —"
