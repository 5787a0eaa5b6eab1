"""The first rows of a table as they will be printed, for a page on the screen."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from livelihood.organisation.documents.tables import Column, Kind, Merge, Table, group_words, words

CENTRED = frozenset({Kind.LABEL, Kind.COUNT, Kind.DATE, Kind.STATUS})
FIGURES = frozenset({Kind.NUMBER, Kind.PERCENT, Kind.POINTS})


class HeadCell(NamedTuple):
    """A heading, and how many columns and rows it spans."""

    words: str
    across: int
    down: int


class BodyCell(NamedTuple):
    """The words of a cell, and how many rows it spans."""

    words: str
    css: str
    down: int


class BodyRow(NamedTuple):
    """A row; with ``heading`` it is one heading over the whole width."""

    heading: str
    total: bool
    cells: Sequence[BodyCell]


class Preview(NamedTuple):
    """A table cut off after some rows."""

    table: Table
    heads: Sequence[Sequence[HeadCell]]
    rows: Sequence[BodyRow]
    left_out: int

    @property
    def width(self) -> int:
        """How many columns it has."""
        return len(self.table.columns)

    @property
    def total_width(self) -> int:
        """The widths of all columns, in half-width characters."""
        return sum(column.width for column in self.table.columns)


def preview(table: Table, limit: int) -> Preview:
    """The first ``limit`` rows of a table, its merged cells cut to them."""
    shown = min(limit, len(table.rows))
    begins = {(m.column, m.first): min(m.last, shown - 1) - m.first + 1 for m in table.merges}
    covered = {(m.column, row) for m in table.merges for row in _below(m, shown)}
    rows = []
    for at, row in enumerate(table.rows[:shown]):
        if at in table.groups:
            rows.append(BodyRow(group_words(row), False, ()))
            continue
        cells = [
            BodyCell(words(cell, column), _css(column), begins.get((place, at), 1))
            for place, (cell, column) in enumerate(zip(row, table.columns, strict=True))
            if (place, at) not in covered
        ]
        rows.append(BodyRow("", at in table.totals, cells))
    return Preview(table, _heads(table.columns), rows, len(table.rows) - shown)


def _below(merge: Merge, shown: int) -> range:
    return range(merge.first + 1, min(merge.last + 1, shown))


def _css(column: Column) -> str:
    if column.kind in FIGURES:
        return "num"
    return "centred" if column.kind in CENTRED else ""


def _heads(columns: Sequence[Column]) -> list[list[HeadCell]]:
    if not any(column.over for column in columns):
        return [[HeadCell(column.heading, 1, 1) for column in columns]]
    upper, lower = [], []
    for over, group in groupby(columns, key=lambda column: column.over):
        members = list(group)
        if over:
            upper.append(HeadCell(over, len(members), 1))
            lower += [HeadCell(column.heading, 1, 1) for column in members]
        else:
            upper += [HeadCell(column.heading, 1, 2) for column in members]
    return [upper, lower]
