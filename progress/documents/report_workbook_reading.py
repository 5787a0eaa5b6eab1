"""Reading a filled workbook: all faults at once, each with its place and how to mend it.

The file comes from outside: how much it unpacks to is known before anything of it is
unpacked, and what is not a workbook of ours is refused with a sentence.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from itertools import islice
from typing import BinaryIO, NamedTuple

from openpyxl import load_workbook
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter

from livelihood.organisation.documents.fills import opaque
from progress.documents.entries import WrongEntryError, entry, said
from progress.documents.report_workbook import (
    FORMAT,
    INPUT_FILL,
    KEY_HEADING,
    LAYOUTS,
    Column,
    Head,
    Layout,
)
from projects.documents.archives import BROKEN_FILE, LIMITS, Limits, UnreadableError
from projects.documents.opening import SAVE_WORKBOOK, kind_of
from projects.documents.opening import Kind as FileKind

# So many columns and rows of a sheet are looked at.
COLUMNS_READ = 40
ROWS_READ = 1_048_576
HEAD_WITHIN = 30
MARKER = "填报检查"
WRONG_FILL = PatternFill("solid", fgColor=opaque("F8B4AE"))


class Fault(NamedTuple):
    """One fault: where (row 0 and column "" for a sheet as a whole), what, how to mend it."""

    sheet: str
    row: int
    column: str
    heading: str
    said: str
    problem: str
    remedy: str

    @property
    def place(self) -> str:
        """The cell as a spreadsheet names it; "" for a sheet as a whole."""
        return f"{self.column}{self.row}" if self.row else ""


class ReadCell(NamedTuple):
    """One input cell that could be read."""

    column: str
    heading: str
    value: object


@dataclass(frozen=True)
class ReadRow:
    """One row with its key and its input cells by field; those with faults are missing."""

    sheet: str
    number: int
    key: str
    cells: Mapping[str, ReadCell]
    faulty: bool = False

    def fault(self, name: str, problem: str, remedy: str, value: object = None) -> Fault:
        """A fault in one of this row's cells."""
        cell = self.cells[name]
        return Fault(
            self.sheet, self.number, cell.column, cell.heading, said(value), problem, remedy
        )


@dataclass
class ReadBook:
    """What a filled workbook says."""

    head: Head
    rows: list[ReadRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def check_file(content: BinaryIO, name: str, limits: Limits = LIMITS) -> None:
    """Refuse what is not a plain .xlsx of a reasonable size, before any of it is unpacked.

    Raises:
        UnreadableError: why, and how to save it anew.
    """
    if kind_of(content, name, limits) is not FileKind.WORKBOOK:
        raise UnreadableError(f"“{name}”不是 Excel 工作簿。{SAVE_WORKBOOK}")


def read_report_workbook(content: BinaryIO, name: str, stages: Mapping[str, str]) -> ReadBook:
    """What a filled workbook says; blank rows are ignored, rows are known by their keys.

    Args:
        content: the file, from its beginning.
        name: as the file is called, for the sentences.
        stages: the stored stage of a site by its words.

    Raises:
        UnreadableError: it is no workbook of ours, or broken, or too large.
    """
    check_file(content, name)
    with warnings.catch_warnings():
        # What openpyxl does not keep (extensions, missing default styles) is of no concern.
        warnings.simplefilter("ignore")
        try:
            workbook = load_workbook(content, read_only=True, keep_links=False)
        except BROKEN_FILE as error:
            raise UnreadableError(f"“{name}”无法打开，文件可能已损坏。{SAVE_WORKBOOK}") from error
        try:
            return _read(workbook, name, stages)
        except BROKEN_FILE as error:
            raise UnreadableError(f"“{name}”无法读取，文件可能已损坏。{SAVE_WORKBOOK}") from error
        finally:
            workbook.close()


def _read(workbook, name: str, stages) -> ReadBook:
    sheets = workbook.worksheets
    for sheet in sheets:
        # WPS writes sizes that are wrong; what is there counts, not what is stated.
        sheet.reset_dimensions()
    book = ReadBook(_head(sheets, name))
    seen: dict[str, ReadRow] = {}
    count = 0
    for sheet in sheets:
        for row in _rows(sheet, stages, book.faults):
            count += 1
            if count > LIMITS.rows:
                raise UnreadableError(f"“{name}”超过{LIMITS.rows}行，请删去无关的内容后再上传。")
            if row.key in seen:
                first = seen[row.key]
                book.faults.append(
                    _row_fault(
                        row.sheet,
                        row.number,
                        f"与“{first.sheet}”第{first.number}行是同一行",
                        "可能是复制出来的，请删去其中一行",
                    )
                )
                continue
            seen[row.key] = row
            book.rows.append(row)
    return book


def _head(sheets: Iterable, name: str) -> Head:
    for sheet in sheets:
        rows = sheet.iter_rows(max_col=3, values_only=True)
        first = next(iter(rows), ())
        if first and first[0] == FORMAT:
            return _head_of(islice(rows, LIMITS.rows), name)
    raise UnreadableError(
        f"“{name}”不是从本页下载的填报表。请下载本期的填报表，把内容填在里面再上传。"
    )


def _head_of(rows: Iterator[tuple], name: str) -> Head:
    facts, versions = {}, {}
    try:
        for label, value, *more in rows:
            if label == "version":
                versions[int(value)] = int(more[0])
            elif label is not None:
                facts[label] = value
        return Head(
            county=str(facts["county"]),
            round=date.fromisoformat(str(facts["round"])),
            unit=int(facts["unit"]),
            round_name=said(facts["round_name"]),
            unit_name=said(facts["unit_name"]),
            versions=versions,
        )
    except (LookupError, TypeError, ValueError) as error:
        raise UnreadableError(
            f"“{name}”中隐藏的“技术信息”表已被改动，无法确认是哪一期、哪个单位的。"
            "请重新下载填报表，把内容填在里面再上传。"
        ) from error


def _rows(sheet, stages, faults: list[Fault]) -> Iterator[ReadRow]:
    """The rows of a sheet that carry a key; faults go into ``faults``."""
    columns: dict[str, int] | None = None
    for number, cells in enumerate(islice(sheet.iter_rows(max_col=COLUMNS_READ), ROWS_READ), 1):
        if all(cell.value is None for cell in cells):
            continue
        if columns is None:
            headings = {_heading(cell.value): index for index, cell in enumerate(cells)}
            if KEY_HEADING in headings:
                columns = headings
                layout = _layout(sheet.title, columns)
                if layout is not None:
                    faults += _missing(sheet.title, layout, columns)
            elif number > HEAD_WITHIN:
                return
            continue
        if layout is None:
            return
        yield from _row(sheet.title, number, cells, columns, layout, stages, faults)


def _heading(value: object) -> str:
    return "".join(str(value).split()) if value is not None else ""


def _layout(title: str, columns: Mapping[str, int]) -> Layout | None:
    """The layout of a sheet: by its name, and where that was changed by its headings."""
    named = [layout for layout in LAYOUTS if layout.title == title]
    best = max(LAYOUTS, key=lambda each: len({c.heading for c in each.columns} & columns.keys()))
    return named[0] if named else best


def _missing(title: str, layout: Layout, columns: Mapping[str, int]) -> list[Fault]:
    return [
        Fault(
            title,
            0,
            "",
            column.heading,
            "",
            f"没有“{column.heading}”这一列",
            "可能改动了标题行；请把标题改回来，否则这一列的内容不会读入",
        )
        for column in layout.inputs
        if column.heading not in columns
    ]


def _row_fault(sheet: str, number: int, problem: str, remedy: str, words: str = "") -> Fault:
    return Fault(sheet, number, "B", "", words, problem, remedy)


def _row(
    title: str,
    number: int,
    cells: Sequence,
    columns: Mapping[str, int],
    layout: Layout,
    stages: Mapping[str, str],
    faults: list[Fault],
) -> Iterator[ReadRow]:
    key = cells[columns[KEY_HEADING]].value
    filled = [
        column
        for column in layout.inputs
        if column.heading in columns and cells[columns[column.heading]].value not in (None, "")
    ]
    if key is None or not str(key).strip():
        if filled:
            words = said(cells[columns[filled[0].heading]].value)
            faults.append(
                _row_fault(
                    title,
                    number,
                    "这一行是自行增加的，不知道是哪个事项",
                    "请在原有的行里填写，并删去这一行",
                    words,
                )
            )
        return
    read, wrong = {}, False
    for column in layout.inputs:
        if column.heading not in columns:
            continue
        index = columns[column.heading]
        found = _cell(title, number, index, column, cells[index], stages)
        if isinstance(found, Fault):
            faults.append(found)
            wrong = True
        else:
            read[column.name] = found
    yield ReadRow(title, number, str(key).strip(), read, wrong)


def _cell(title, number, index, column: Column, cell, stages) -> ReadCell | Fault:
    letter = get_column_letter(index + 1)
    try:
        value = entry(cell, column.kind, stages)
    except WrongEntryError as wrong:
        return Fault(
            title, number, letter, column.heading, said(cell.value), wrong.problem, wrong.remedy
        )
    return ReadCell(letter, column.heading, value)


def mark_faults(content: bytes, faults: Sequence[Fault]) -> bytes:
    """The same file with every faulty cell in red and a note on it that says what and how.

    Marks of an earlier check are taken away.

    Raises:
        UnreadableError: the file is damaged in a part that was not needed to read it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            workbook = load_workbook(BytesIO(content), keep_links=False)
            for sheet in workbook.worksheets:
                _unmark(sheet)
            for fault in faults:
                if fault.sheet in workbook.sheetnames:
                    _mark(workbook[fault.sheet], fault)
            stream = BytesIO()
            workbook.save(stream)
        except BROKEN_FILE as error:
            raise UnreadableError(
                f"这个文件无法标红，可能已损坏；有误之处见页面上的表。{SAVE_WORKBOOK}"
            ) from error
    return stream.getvalue()


def _unmark(sheet) -> None:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment is not None and cell.comment.author == MARKER:
                cell.comment = None
                cell.fill = PatternFill() if cell.protection.locked else INPUT_FILL


def _writable(sheet, cell):
    """The cell itself, or the first of the merged cells in which it lies."""
    if not isinstance(cell, MergedCell):
        return cell
    merged = next(each for each in sheet.merged_cells.ranges if cell.coordinate in each)
    return sheet.cell(merged.min_row, merged.min_col)


def _mark(sheet, fault: Fault) -> None:
    cell = _writable(sheet, sheet[fault.place or "B2"])
    words = f"{fault.problem}。\n{fault.remedy}。"
    if not fault.place:
        words = f"{fault.heading}：{words}"
    if cell.comment is not None:
        words = f"{cell.comment.text}\n{words}"
    lines = sum(1 + len(part) // 16 for part in words.split("\n"))
    cell.comment = Comment(words, MARKER, width=260, height=24 + 20 * lines)
    cell.fill = WRONG_FILL
