"""Tables as an Excel file that can be sent and printed as it is.

Percent are true percentages (42.0 is written as 0.42 and shown as 42.0%), so that officials
can calculate with them; points keep their sign. What is unknown is —, and never zero; in a
column that a chart draws it is an empty cell, since Excel would draw a word as zero.

A row of Excel is at most 409 points high. Where a text needs more, its column becomes up to
half as wide again; if that does not do, the row goes over several rows of the sheet, whose
cells are merged: nothing is cut. Cells that are merged all keep their own
words, unseen, so that a filter finds each of their rows.

The file is written row by row by shared styles, and so takes little memory; the same tables
give the same bytes.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from io import BytesIO
from itertools import groupby, pairwise
from typing import BinaryIO, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.formatting.rule import Rule
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.utils.units import pixels_to_EMU
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from livelihood.organisation.documents.archive import SameZip
from livelihood.organisation.documents.excel_charts import chart_height, excel_chart
from livelihood.organisation.documents.fills import FILLS, opaque
from livelihood.organisation.documents.lines import line_count
from livelihood.organisation.documents.tables import (
    WORDY,
    Cell,
    Column,
    Kind,
    Table,
    checked,
    group_words,
    marks_of,
)
from livelihood.organisation.words import printable

TEXT_FONT, TITLE_FONT = "宋体", "黑体"
# Points.
TEXT_SIZE, TITLE_SIZE = 10, 16
LINES_PER_SIZE = 1.4  # the height of a line, in sizes of its type
PADDING = 5
HIGHEST_ROW = 409
# What Excel holds in one cell; a longer text says that it goes on.
LONGEST_TEXT = 32_767
GOES_ON = "……（Excel一格最多32767字，全文请在系统内查看）"
# By how much a column may be widened for a text that needs a higher row.
MOST_WIDENED = 1.5
# A row that is higher still goes over rows of this height: pages can break between them.
PART_OF_ROW = 150
# Pixels: a half-width character of column width, what a cell keeps free, a column and a row
# as they come, what A4 across has room for, the widest chart, the gap between two.
UNIT, FREE, COLUMN, ROW = 7, 5, 64, 20
PAGE_WIDTH, PAGE_HEIGHT = 1026, 640
CHART_WIDTH, CHART_GAP = 900, 20
POINTS_PER_PIXEL = 0.75
# A date that is wider than its column would be shown as ####.
NARROWEST_DATE = 16
# Excel's footers and headers hold 255 characters.
LONGEST_HEADER = 200
# Excel would read this as a character by its number.
ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
# What a spreadsheet would take for a formula when the cell is edited.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")
FORBIDDEN_IN_NAMES = re.compile(r"[:\\/?*\[\]\x00-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_NAME = 31
DATE_FORMAT = 'yyyy"年"m"月"d"日"'
MOMENT_FORMAT = f"{DATE_FORMAT} hh:mm:ss"

EDGE = Side(style="thin", color=opaque("5B6773"))
BORDER = Border(left=EDGE, right=EDGE, top=EDGE, bottom=EDGE)
HEAD_FILL = PatternFill("solid", fgColor=opaque("E6EAEF"))
GROUP_FILL = PatternFill("solid", fgColor=opaque("F3F5F7"))
FIGURE_KINDS = frozenset({Kind.NUMBER, Kind.PERCENT, Kind.POINTS})
ONE_LINE_KINDS = FIGURE_KINDS | {Kind.DATE, Kind.MOMENT}


def table_workbook(
    tables: Iterable[Table],
    *,
    title: str,
    made_on: date,
    author: str = "",
    marks: Sequence[str] = (),
) -> bytes:
    """The tables as an .xlsx file, a sheet for each.

    Args:
        tables: at least one.
        title: of the file's properties.
        made_on: of the file's properties; the same day gives the same bytes.
        author: of the file's properties: the office.
        marks: what every printed page says at its upper right (演示数据), besides what the
            notes of its table say.

    Raises:
        ValueError: there is no table, or one that cannot be drawn.
    """
    stream = BytesIO()
    save_tables(tables, stream, title=title, made_on=made_on, author=author, marks=marks)
    return stream.getvalue()


def save_tables(
    tables: Iterable[Table],
    stream: BinaryIO,
    *,
    title: str,
    made_on: date,
    author: str = "",
    marks: Sequence[str] = (),
) -> None:
    """Write what ``table_workbook`` gives into a stream.

    The rows of a table without merges and charts may be any iterable, such as rows that come
    from the database one by one; they are read once and not kept.
    """
    book = _book()
    moment = datetime.combine(made_on, time())  # noqa: DTZ001 - as Excel has it
    book.properties = DocumentProperties(
        title=_clean(title),
        creator=_clean(author),
        lastModifiedBy=_clean(author),
        language="zh-CN",
        created=moment,
        modified=moment,
    )
    names: set[str] = set()
    for table in tables:
        name = sheet_name(table.name, names)
        names.add(name.casefold())
        own = [mark for mark in marks_of(table.notes) if mark not in marks]
        _Sheet(book, book.create_sheet(name), table).write([*marks, *own])
    if not names:
        raise ValueError("a workbook needs a table")
    ExcelWriter(book, SameZip(stream)).save()


def _book() -> Workbook:
    """An empty workbook whose own font, by which columns are measured, is that of the text."""
    book = Workbook(write_only=True)
    usual = Font(name=TEXT_FONT, size=TEXT_SIZE)
    book._fonts = IndexedList([usual])
    book._named_styles["Normal"].font = usual
    return book


def sheet_name(wanted: str, taken: Iterable[str] = ()) -> str:
    """A name that Excel accepts, of at most 31 characters and unlike those taken.

    Args:
        wanted: any text.
        taken: names that others have, as ``casefold`` gives them.
    """
    name = FORBIDDEN_IN_NAMES.sub(" ", wanted).strip(" '") or "表"
    taken, number, ending = set(taken), 1, ""
    while True:
        found = _first(name, LONGEST_NAME - len(ending)).rstrip(" '") + ending
        # Excel keeps this name to itself.
        if found.casefold() not in taken and found.casefold() != "history":
            return found
        number += 1
        ending = f"（{number}）"


def _first(text: str, length: int) -> str:
    """The beginning of a text, counted as Excel counts: an emoji is two characters."""
    while len(text.encode("utf-16-le")) > 2 * length:
        text = text[:-1]
    return text


class _Look(NamedTuple):
    """How a cell looks; cells of one look share their style."""

    size: float = TEXT_SIZE
    bold: bool = False
    font: str = TEXT_FONT
    across: str = "left"
    down: str = "center"
    number_format: str = "General"
    wrapped: bool = True  # else made smaller where there is no room
    fill: PatternFill | None = None
    bordered: bool = True
    quoted: bool = False


TITLE = _Look(TITLE_SIZE, bold=True, font=TITLE_FONT, across="center", bordered=False)
NOTE = _Look(bordered=False)
HEAD = _Look(bold=True, across="center", fill=HEAD_FILL)
GROUP = _Look(bold=True, fill=GROUP_FILL)
EMPTY = _Look(across="center")


class _Sheet:
    """One sheet while it is written, from its title down to its charts."""

    def __init__(self, book: Workbook, sheet, table: Table):
        self.sheet = sheet
        self.table = checked(table) if isinstance(table.rows, Sequence) else table
        self.columns = tuple(_fitted(column) for column in table.columns)
        if isinstance(table.rows, Sequence):
            self.columns = _widened(self.columns, table)
        self.width = sum(column.width for column in self.columns)
        self.row = 1  # the next one
        self.used = 0.0  # points from the top of the sheet
        self.cells: dict[tuple, WriteOnlyCell] = {}
        self.head_height = 0.0
        self.dimension = RowDimension(sheet)
        # The row of the sheet where each row of the table begins, and after all where they end.
        self.places = array("L")
        self.drawn = {index for chart in table.charts for index in chart.columns}
        self.looks = [_body_look(column) for column in table.columns]

    def write(self, marks: Sequence[str]) -> None:
        """Write the whole sheet."""
        head_lines = 2 if any(column.over for column in self.columns) else 1
        above = [self._height_across(self.table.title, TITLE, TITLE_SIZE)]
        above += [self._height_across(note, NOTE) for note in self.table.notes]
        self._set_up(marks, frozen=sum(map(_rows_for, above)) + head_lines)
        self._across(self.table.title, TITLE, TITLE_SIZE)
        for note in self.table.notes:
            self._across(note, NOTE)
        self._head(head_lines)
        self._body()
        self._filter()
        self._merge()
        self._colour()
        self._charts()

    # -- Lines of the sheet -----------------------------------------------------------

    def _line(self, cells: list, height: float) -> None:
        self.dimension.height = height
        # Kept only until the row is written: they would be most of what is in memory.
        self.sheet.row_dimensions[self.row] = self.dimension
        self.sheet.append(cells)
        del self.sheet.row_dimensions[self.row]
        self.row += 1
        self.used += height

    def _page_height(self) -> float:
        """How many points of the sheet a printed page surely has room for."""
        return PAGE_HEIGHT * POINTS_PER_PIXEL * max(self._room() / PAGE_WIDTH, 1)

    def _room(self) -> int:
        """How many pixels the sheet is wide: that of the table, with charts that of a page."""
        return max(self.width * UNIT, PAGE_WIDTH if self.table.charts else 0)

    def _cell(self, place: int, look: _Look, value: Cell) -> WriteOnlyCell:
        """The cell of this look at this place of the row, with another value."""
        if isinstance(value, str):
            value = _clean(value) or None
            if value is not None and value.startswith(FORMULA_STARTS):
                look = look._replace(quoted=True)
        key = (place, look)
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = self._styled(look)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # whatever it begins with
        return cell

    def _styled(self, look: _Look) -> WriteOnlyCell:
        cell = WriteOnlyCell(self.sheet)
        cell.font = Font(name=look.font, size=look.size, bold=look.bold)
        cell.alignment = Alignment(
            wrap_text=look.wrapped,
            shrink_to_fit=not look.wrapped,
            vertical=look.down,
            horizontal=look.across,
            indent=1 if look.across == "right" else 0,
        )
        cell.number_format = look.number_format
        if look.fill is not None:
            cell.fill = look.fill
        if look.bordered:
            cell.border = BORDER
        if look.quoted:
            cell.quotePrefix = True
        return cell

    def _across(self, words: str, look: _Look, size: float = TEXT_SIZE) -> None:
        """A line of words over the whole width, as high as they need."""
        height = self._height_across(words, look, size)
        first, rows = self.row, _rows_for(height)
        for row in range(rows):
            cells = [
                self._cell(place, look, words if (row, place) == (0, 0) else None)
                for place in range(len(self.columns))
            ]
            self._line(cells, height / rows)
        self._merge_cells(0, first, self.row - 1, len(self.columns) - 1)

    def _height_across(self, words: str, look: _Look, size: float = TEXT_SIZE) -> float:
        lines = line_count(words, _capacity(self.width, size, look.bold))
        return lines * size * LINES_PER_SIZE + PADDING

    # -- Parts of the sheet -----------------------------------------------------------

    def _set_up(self, marks: Sequence[str], frozen: int) -> None:
        """All that is of the sheet as a whole; much of it is written before the first row."""
        sheet = self.sheet
        sheet.freeze_panes = f"A{frozen + 1}"
        for index, column in enumerate(self.columns, start=1):
            sheet.column_dimensions[get_column_letter(index)].width = column.width
        sheet.sheet_view.showGridLines = False
        # Charts are placed by the height of the rows below the table.
        sheet.sheet_format.defaultRowHeight = ROW * POINTS_PER_PIXEL
        sheet.sheet_format.customHeight = True
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        margins = sheet.page_margins
        margins.left = margins.right = 0.5
        margins.top, margins.bottom = 0.7, 0.7
        margins.header = margins.footer = 0.35
        sheet.print_options.horizontalCentered = True
        sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
        mark = "　".join(_clean(mark) for mark in marks)
        if len(mark) <= LONGEST_HEADER:
            sheet.oddHeader.right.text = mark.replace("&", "&&") or None

    def _head(self, lines: int) -> None:
        """The headings; where columns share one above, in two lines."""
        first = self.row
        if lines == 2:
            above = [column.over or _heading(column) for column in self.columns]
            heights = []
            for over, run in groupby(enumerate(self.columns), key=lambda pair: pair[1].over):
                places = [place for place, _ in run]
                if over:
                    width = sum(self.columns[place].width for place in places)
                    heights.append(_height([over], [_capacity(width, bold=True)]))
                    self._merge_cells(places[0], first, first, places[-1])
                else:
                    for place in places:
                        self._merge_cells(place, first, first + 1)
            self._line(
                [self._cell(place, HEAD, words) for place, words in enumerate(above)],
                max(heights),
            )
        headings = [_heading(column) for column in self.columns]
        room = [_capacity(column.width, bold=True) for column in self.columns]
        # At least as high as two lines of text: a head that can be told from the rows.
        height = max(_height(headings, room), 1.5 * TEXT_SIZE * LINES_PER_SIZE + PADDING)
        self._line([self._cell(place, HEAD, words) for place, words in enumerate(headings)], height)
        self.first = self.row
        self.head_height = height * lines
        self.sheet.print_title_rows = f"{first}:{self.row - 1}"

    def _body(self) -> None:
        groups, totals = frozenset(self.table.groups), frozenset(self.table.totals)
        bold = [look._replace(bold=True, fill=GROUP_FILL) for look in self.looks]
        for index, (row, height) in enumerate(self._measured(groups, totals)):
            self.places.append(self.row)
            if index in groups:
                self._across(group_words(row), GROUP)
                continue
            looks = bold if index in totals else self.looks
            rows = _rows_for(height)
            if rows > 1:  # its middle may be pages away
                looks = [look._replace(down="top") for look in looks]
            cells = [self._body_cell(place, looks[place], value) for place, value in enumerate(row)]
            self._line(cells, height / rows)
            for _ in range(rows - 1):
                blank = [self._cell(place, look, None) for place, look in enumerate(looks)]
                self._line(blank, height / rows)
        if not self.places:
            self._across(self.table.empty, EMPTY)
        self.places.append(self.row)

    def _body_cell(self, place: int, look: _Look, value: Cell) -> WriteOnlyCell:
        column = self.columns[place]
        if value is None:
            unknown = column.kind not in WORDY and place not in self.drawn
            return self._cell(place, look, "—" if unknown else None)
        if not isinstance(value, str | date):
            if column.kind is Kind.PERCENT:
                # Without the tail that dividing leaves in binary.
                value = round(value / 100, 12)
            elif column.kind is Kind.NUMBER and value == int(value):
                look = look._replace(number_format="0")
        return self._cell(place, look, value)

    def _measured(self, groups, totals) -> Iterator[tuple[Sequence[Cell], float]]:
        """The rows, each with the height in points that it needs."""
        plain = [_capacity(column.width) for column in self.columns]
        bold = [_capacity(column.width, bold=True) for column in self.columns]

        def needed(index: int, row: Sequence[Cell]) -> float:
            return 0 if index in groups else _height(row, bold if index in totals else plain)

        if not self.table.merges:
            return ((row, needed(index, row)) for index, row in enumerate(self.table.rows))
        return self._measured_with_merges(needed, plain)

    def _measured_with_merges(self, needed, room) -> Iterator[tuple[Sequence[Cell], float]]:
        rows = self.table.rows
        alone = [list(row) for row in rows]
        for merge in self.table.merges:
            for index in range(merge.first, merge.last + 1):
                alone[index][merge.column] = None
        heights = [needed(index, row) for index, row in enumerate(alone)]
        for merge in self.table.merges:
            words = rows[merge.first][merge.column]
            inside = range(merge.first, merge.last + 1)
            lacking = _height([words], [room[merge.column]]) - sum(heights[i] for i in inside)
            for index in inside:
                heights[index] += max(lacking, 0) / len(inside)
        return zip(rows, heights, strict=True)

    def _filter(self) -> None:
        """Filters over the rows; sums at the end stay in view whatever is filtered."""
        last = len(self.places) - 1
        while last - 1 in self.table.totals:
            last -= 1
        if last > 0:
            right = get_column_letter(len(self.columns))
            self.sheet.auto_filter.ref = f"A{self.first - 1}:{right}{self.places[last] - 1}"

    def _merge(self) -> None:
        """Merge what the table says, and the rows of the sheet that are one of the table."""
        merged = set()
        for merge in self.table.merges:
            self._merge_cells(
                merge.column, self.places[merge.first], self.places[merge.last + 1] - 1
            )
            merged.update((merge.column, row) for row in range(merge.first, merge.last + 1))
        groups = frozenset(self.table.groups)
        for index, (start, end) in enumerate(pairwise(self.places)):
            if end - start > 1 and index not in groups:
                for place in range(len(self.columns)):
                    if (place, index) not in merged:
                        self._merge_cells(place, start, end - 1)

    def _merge_cells(self, place: int, first: int, last: int, to: int | None = None) -> None:
        to = place if to is None else to
        if (place, first) != (to, last):
            self.sheet.merged_cells.add(
                CellRange(min_col=place + 1, max_col=to + 1, min_row=first, max_row=last)
            )

    def _colour(self) -> None:
        """Fills that repeat the word of a status, and change when it is changed."""
        for place, column in enumerate(self.columns):
            if column.kind is not Kind.STATUS or len(self.places) == 1:
                continue
            letter = get_column_letter(place + 1)
            where = f"{letter}{self.first}:{letter}{self.row - 1}"
            for fill in FILLS:
                back = opaque(fill.back)
                rule = Rule(
                    "containsText",
                    operator="containsText",
                    text=fill.word,
                    formula=[f'NOT(ISERROR(SEARCH("{fill.word}",{letter}{self.first})))'],
                    stopIfTrue=True,
                    dxf=DifferentialStyle(
                        font=Font(color=opaque(fill.ink), bold=True),
                        fill=PatternFill("solid", fgColor=back, bgColor=back),
                    ),
                )
                self.sheet.conditional_formatting.add(where, rule)

    def _charts(self) -> None:
        """Charts below the table, in pairs."""
        if len(self.places) == 1:
            return
        charts = self.table.charts
        width = min(self._room(), CHART_WIDTH)
        if len(charts) > 1:
            width = (min(self._room(), 2 * CHART_WIDTH) - CHART_GAP) // 2
        top, used = self.row + 1, self.used
        for start in range(0, len(charts), 2):
            pair = charts[start : start + 2]
            height = max(chart_height(chart, self.table) for chart in pair)
            height = min(height, self._highest_chart())
            rows = -(-height // ROW) + 1
            used += rows * ROW * POINTS_PER_PIXEL
            if used > self._page_height():
                # No chart is torn in two by the end of a page.
                self.sheet.row_breaks.append(Break(id=top - 1))
                used = self.head_height + rows * ROW * POINTS_PER_PIXEL
            for order, chart in enumerate(pair):
                drawn = excel_chart(
                    chart, self.table, self.sheet, self.first - 1, self.places.__getitem__
                )
                drawn.anchor = self._anchor(order * (width + CHART_GAP), top, width, height)
                self.sheet.add_chart(drawn)
            top += rows

    def _highest_chart(self) -> int:
        """How many pixels a chart may be high to stay on one page, below the repeated head."""
        return int((self._page_height() - self.head_height) / POINTS_PER_PIXEL) - 2 * ROW

    def _anchor(self, left: int, row: int, width: int, height: int) -> OneCellAnchor:
        widths = [column.width * UNIT for column in self.columns]
        place = 0
        while left >= (span := widths[place] if place < len(widths) else COLUMN):
            left -= span
            place += 1
        return OneCellAnchor(
            _from=AnchorMarker(
                col=place, colOff=pixels_to_EMU(left), row=row - 1, rowOff=pixels_to_EMU(ROW // 2)
            ),
            ext=XDRPositiveSize2D(pixels_to_EMU(width), pixels_to_EMU(height)),
        )


def _fitted(column: Column) -> Column:
    """The column, not too narrow for what it holds."""
    if column.kind is Kind.DATE and column.width < NARROWEST_DATE:
        return replace(column, width=NARROWEST_DATE)
    return column


def _widened(columns: Sequence[Column], table: Table) -> tuple[Column, ...]:
    """The columns, those with the longest texts so wide that these fit into a row of Excel."""
    whole = {*table.groups}
    widened = []
    for place, column in enumerate(columns):
        texts = [
            row[place]
            for index, row in enumerate(table.rows)
            # A quick look first: few are as long.
            if index not in whole
            and isinstance(row[place], str)
            and _roughly_high(row[place], column.width) > HIGHEST_ROW
        ]
        most = int(column.width * MOST_WIDENED)
        fits = (
            width
            for width in range(column.width, most + 1)
            if all(_height([text], [_capacity(width, bold=True)]) <= HIGHEST_ROW for text in texts)
        )
        width = next(fits, column.width) if texts else column.width
        widened.append(replace(column, width=width))
    return tuple(widened)


def _roughly_high(text: str, width: int) -> float:
    """How high a text may be at the most, quickly; its exact height is found where it matters."""
    lines = 2 * len(text) / max(width - 4, 2) + text.count("\n") + 1
    return lines * TEXT_SIZE * LINES_PER_SIZE


def _heading(column: Column) -> str:
    """The heading; one that needs two lines has what is in brackets in the second."""
    before, bracket, inside = column.heading.partition("（")
    if before and bracket and line_count(column.heading, _capacity(column.width, bold=True)) > 1:
        return f"{before}\n{bracket}{inside}"
    return column.heading


def _body_look(column: Column) -> _Look:
    across = "center"
    if column.kind is Kind.TEXT:
        across = "left"
    elif column.kind in FIGURE_KINDS:
        across = "right"
    places = f".{'0' * column.decimals}" if column.decimals else ""
    formats = {
        Kind.COUNT: "0",
        Kind.NUMBER: f"0{places}",
        Kind.PERCENT: f"0{places}%",
        Kind.POINTS: f'+0{places};"−"0{places};0{places}',
        Kind.DATE: DATE_FORMAT,
        Kind.MOMENT: MOMENT_FORMAT,
    }
    return _Look(
        across=across,
        number_format=formats.get(column.kind, "General"),
        wrapped=column.kind not in ONE_LINE_KINDS,
    )


def _clean(text: str) -> str:
    """The text as Excel can hold it."""
    text = printable(text)
    if "_x" in text:
        text = ESCAPE.sub("_x005F_", text)
    if len(text) > LONGEST_TEXT // 2 and len(text.encode("utf-16-le")) > 2 * LONGEST_TEXT:
        text = _first(text[:LONGEST_TEXT], LONGEST_TEXT - len(GOES_ON)) + GOES_ON
    return text


def _capacity(width: int, size: float = TEXT_SIZE, bold: bool = False) -> int:
    """How many half-width characters go into a line of a column.

    One less than there is room for: screens and fonts differ.
    """
    character = size * 4 / 3 / 2 * (1.06 if bold else 1)
    return max(int((width * UNIT - FREE) / character) - 1, 2)


def _height(row: Sequence[Cell], room: Sequence[int]) -> float:
    """The height in points that the fullest cell of a row needs."""
    lines = 1
    for value, capacity in zip(row, room, strict=True):
        if isinstance(value, str) and (2 * len(value) > capacity or "\n" in value):
            lines = max(lines, line_count(value, capacity))
    return lines * TEXT_SIZE * LINES_PER_SIZE + PADDING


def _rows_for(height: float) -> int:
    """Over how many rows of the sheet something so high goes."""
    return 1 if height <= HIGHEST_ROW else -(-int(height) // PART_OF_ROW)
