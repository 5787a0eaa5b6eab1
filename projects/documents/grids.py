"""One shape for every source: rows of cells as text, with where each of them stood."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from projects.documents.archives import UnreadableError

MOST_MERGED_CELLS = 1_000_000


class Source(StrEnum):
    """Where a grid comes from; decides how its places are named."""

    WORKBOOK = "xlsx"
    DOCUMENT = "docx"
    TEXT = "text"


class Span(NamedTuple):
    """Merged cells: row numbers and columns, from 0, both inclusive."""

    top: int
    left: int
    bottom: int
    right: int


class Problem(NamedTuple):
    """Something about one cell that whoever imports has to know; column None: the whole row."""

    row: int
    column: int | None
    message: str


class GridRow(NamedTuple):
    """One row: its number as the source counts, its cells as text, whether it is hidden."""

    number: int
    cells: tuple[str, ...]
    hidden: bool = False

    def text(self, column: int) -> str:
        """The text of a cell; "" beyond the row's end."""
        return self.cells[column] if column < len(self.cells) else ""


@dataclass
class SheetGrid:
    """One table of cells: a sheet, a table in a document, or a stretch of pasted lines.

    ``rows`` holds the rows with any text, by rising number; ``above`` the headings that stand
    before the table; ``merge_known`` is False where a source cannot say what was merged.
    """

    name: str
    source: Source
    rows: list[GridRow] = field(default_factory=list)
    merged: list[Span] = field(default_factory=list)
    hidden: bool = False
    hidden_columns: frozenset[int] = frozenset()
    above: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    merge_known: bool = True

    @property
    def width(self) -> int:
        """How many columns the widest row has."""
        return max((len(row.cells) for row in self.rows), default=0)

    @cached_property
    def anchors(self) -> dict[tuple[int, int], tuple[int, int]]:
        """For each merged cell, (row number, column), the cell that holds the text."""
        numbers = [row.number for row in self.rows]
        # A title merged over the whole sheet says nothing about columns that hold no text.
        last = self.width - 1
        found: dict[tuple[int, int], tuple[int, int]] = {}
        count = 0
        for span in self.merged:
            first, end = bisect_left(numbers, span.top), bisect_right(numbers, span.bottom)
            right = min(span.right, last)
            count += (end - first) * max(right - span.left + 1, 0)
            if count > MOST_MERGED_CELLS:
                raise UnreadableError(
                    f"“{self.name}”的合并单元格太多，不是正常的表格。"
                    "请把需要的内容复制到新建的工作簿里，另存后再上传。"
                )
            for number in numbers[first:end]:
                for column in range(span.left, right + 1):
                    found[number, column] = (span.top, span.left)
        return found

    @cached_property
    def _by_number(self) -> dict[int, GridRow]:
        return {row.number: row for row in self.rows}

    def text(self, row: GridRow, column: int) -> str:
        """What a reader sees in the cell: of merged cells, the text of all of them."""
        anchor = self.anchors.get((row.number, column))
        if anchor is None or anchor == (row.number, column):
            return row.text(column)
        holder = self._by_number.get(anchor[0])
        return holder.text(anchor[1]) if holder else row.text(column)

    def anchor(self, row: GridRow, column: int) -> tuple[int, int]:
        """Row number and column of the cell that holds the text of this one."""
        return self.anchors.get((row.number, column), (row.number, column))

    def place(self, number: int, column: int | None = None) -> str:
        """Where a row or a cell stands, in words: “省级”第12行C列, 表2第3行第4列, 第15行."""
        if self.source is Source.TEXT:
            return f"第{number}行" + ("" if column is None else f"第{column + 1}列")
        if self.source is Source.DOCUMENT:
            return f"{self.name}第{number}行" + ("" if column is None else f"第{column + 1}列")
        return f"“{self.name}”第{number}行" + (
            "" if column is None else f"{get_column_letter(column + 1)}列"
        )


def trimmed(cells: Iterable[str]) -> tuple[str, ...]:
    """The cells without the empty ones at the end."""
    row = [cell.strip() for cell in cells]
    while row and not row[-1]:
        row.pop()
    return tuple(row)


class Line(NamedTuple):
    """A paragraph outside any table; ``place`` in words, as 第15行 or 第3段."""

    text: str
    place: str


Block = Line | SheetGrid
