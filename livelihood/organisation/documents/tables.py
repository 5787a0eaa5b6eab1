"""Tables as plain values: what Excel, Word and the page on the screen are all made from.

A table that has been issued is kept as JSON and printed from it, the same a year later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

from livelihood.organisation.words import UNKNOWN, cn_date, cn_datetime, number_cn, rounded, signed

# What a cell may hold: words, a number, a date, or nothing (unknown is never zero).
Cell = str | int | float | date | None


class Kind(StrEnum):
    """What the cells of a column hold, and so how they are written and aligned."""

    TEXT = "text"  # wrapped, at the left
    LABEL = "label"  # short words, centred
    COUNT = "count"  # whole numbers, such as 序号 and 项数
    NUMBER = "number"  # a figure in a unit of measure
    PERCENT = "percent"  # 0–100, written 42.0
    POINTS = "points"  # percentage points with their sign, written +5.0 and −12.0
    DATE = "date"  # 2023年4月10日
    MOMENT = "moment"  # 2023年4月10日 09:30:00, local time; not of tables that are kept
    STATUS = "status"  # the word of a judgement or a flag; its fill repeats the word


# Kinds whose cells stay empty where nothing is said.
WORDY = frozenset({Kind.TEXT, Kind.LABEL, Kind.STATUS})


# How a note begins that says that figures are made up, and what printed pages say of it.
MARKS = ("演示数据", "示例数据")


def marks_of(notes: Iterable[str]) -> list[str]:
    """What every printed page of a table with these notes says: what of it is made up."""
    notes = list(notes)
    return [mark for mark in MARKS if any(note.startswith(mark) for note in notes)]


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in half-width characters, what it holds.

    ``decimals`` is of PERCENT, POINTS and NUMBER. ``over`` is a heading above, which
    neighbouring columns with the same words share (a head of two lines).
    """

    heading: str
    width: int
    kind: Kind = Kind.TEXT
    decimals: int = 1
    over: str = ""


@dataclass(frozen=True)
class Merge:
    """Cells of one column that are one: rows ``first`` to ``last``, counted from 0."""

    column: int
    first: int
    last: int


class ChartKind(StrEnum):
    """How a chart is drawn."""

    BAR = "bar"  # lying bars, one for each row
    COLUMN = "column"
    STACKED = "stacked"  # lying bars, the columns stacked


@dataclass(frozen=True)
class Chart:
    """A chart of a table's own cells: ``columns`` over the words of ``labels``.

    ``rows`` is (first, last) of the table's rows, counted from 0; None: all of them.
    """

    kind: ChartKind
    title: str
    labels: int
    columns: tuple[int, ...]
    rows: tuple[int, int] | None = None
    axis: str = ""  # what is counted, with its unit


@dataclass(frozen=True)
class Table:
    """One table: a sheet of the Excel file, an annex of the Word file.

    ``name`` stands on the sheet's tab (at most 31 characters, unique in a book), ``title``
    above the table, ``notes`` below the title (dates, what was left out, 演示数据).
    ``groups`` are rows that are one heading over the whole width; ``totals`` are rows that
    sum others up. ``empty`` is said where there are no rows.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    merges: tuple[Merge, ...] = ()
    groups: tuple[int, ...] = ()
    totals: tuple[int, ...] = ()
    charts: tuple[Chart, ...] = ()
    empty: str = "无"


def table_to_dict(table: Table) -> dict:
    """A table in values that JSON knows."""
    kept = asdict(table)
    kept["rows"] = [[_cell_to_json(cell) for cell in row] for row in table.rows]
    return kept


def table_from_dict(kept: dict) -> Table:
    """The table that ``table_to_dict`` made ``kept`` of, also after JSON."""
    return Table(
        name=kept["name"],
        title=kept["title"],
        columns=tuple(Column(**{**c, "kind": Kind(c["kind"])}) for c in kept["columns"]),
        rows=tuple(tuple(map(_cell_from_json, row)) for row in kept["rows"]),
        notes=tuple(kept["notes"]),
        merges=tuple(Merge(**m) for m in kept["merges"]),
        groups=tuple(kept["groups"]),
        totals=tuple(kept["totals"]),
        charts=tuple(map(_chart_from_dict, kept["charts"])),
        empty=kept["empty"],
    )


def words(cell: Cell, column: Column) -> str:
    """What stands in a cell, as people write it: 42.0%, +5.0, 2023年4月10日, — where unknown.

    An empty text is written where nothing is to stand, such as below 序号 in a sum.
    """
    if cell is None:
        return "" if column.kind in WORDY else UNKNOWN
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cn_datetime(cell)
    if isinstance(cell, date):
        return cn_date(cell)
    if column.kind is Kind.PERCENT:
        return f"{rounded(cell, column.decimals)}%"
    if column.kind is Kind.POINTS:
        return signed(rounded(cell, column.decimals))
    if column.kind is Kind.NUMBER and cell != int(cell):
        return f"{rounded(cell, column.decimals)}"
    return number_cn(cell)


def group_words(row: Sequence[Cell]) -> str:
    """The heading that a row of ``groups`` is: what the first of its cells that speaks says."""
    return next((str(cell) for cell in row if cell not in ("", None)), "")


def checked(table: Table) -> Table:
    """The table, if it can be drawn.

    Raises:
        ValueError: a row has too many or too few cells; merges lie outside the table, over
            each other, or over a heading or a sum; or they would hide words.
    """
    width, height = len(table.columns), len(table.rows)
    if any(len(row) != width for row in table.rows):
        raise ValueError(f"{table.name}: every row needs {width} cells")
    taken: set[tuple[int, int]] = set()
    whole = {*table.groups, *table.totals}
    for merge in table.merges:
        places = {(merge.column, row) for row in range(merge.first, merge.last + 1)}
        inside = 0 <= merge.column < width and 0 <= merge.first < merge.last < height
        if not inside or places & taken or any(row in whole for _, row in places):
            raise ValueError(f"{table.name}: {merge} cannot be drawn")
        first = table.rows[merge.first][merge.column]
        others = (table.rows[row][merge.column] for _, row in places)
        if any(other not in (first, "", None) for other in others):
            raise ValueError(f"{table.name}: {merge} hides words")
        taken |= places
    return table


def _cell_to_json(cell: Cell) -> object:
    # A date is the one value that JSON has no word for.
    return {"date": cell.isoformat()} if isinstance(cell, date) else cell


def _cell_from_json(kept: object) -> Cell:
    return date.fromisoformat(kept["date"]) if isinstance(kept, dict) else kept


def _chart_from_dict(kept: dict) -> Chart:
    rows = kept["rows"]
    return Chart(
        kind=ChartKind(kept["kind"]),
        title=kept["title"],
        labels=kept["labels"],
        columns=tuple(kept["columns"]),
        rows=None if rows is None else tuple(rows),
        axis=kept["axis"],
    )
