"""A city's table, read to one row per item: figures of the counties, average, rank.

Understood are a row per item (本县、全市平均、排名), an item × county matrix with one or more
columns per county under one or two lines of heads, counties as rows with items as columns,
long tables with a row per item and county, and the measures of an item as rows. Everything
that is wrong is told at once, with its place. Pure: no file, no database.

``city_heads`` finds what each column holds, ``city_cells`` gathers the cells by item,
``city_figures`` makes percents of them; here they become rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import fmean, median_low
from typing import NamedTuple

from progress.rules.city_cells import Reader, Seen
from progress.rules.city_figures import (
    NO_VALUE,
    PERCENT,
    TOLERANCE,
    Problem,
    Scale,
    Value,
    shown,
    value_of,
)
from progress.rules.city_heads import Grid
from progress.rules.city_labels import (
    AVERAGE,
    OF_CITY,
    TOTAL,
    Known,
    Role,
    best_of,
    figure_of,
    rank_of,
    says_nothing,
)
from progress.rules.city_periods import (
    SaidOn,
    date_words,
    month_in,
    other_date,
    other_month,
    said_date,
)

MOST_COUNTIES = 999


class CountyFigure(NamedTuple):
    """A county and its figure; None: it has none, and is left out."""

    name: str
    figure: float | None


@dataclass(frozen=True)
class TableRow:
    """What the table says of one item; percents are 0–100 or more.

    ``average`` and ``rank`` say in ``*_derived`` whether they were computed here. A row that
    cannot be compared says why in ``reason``; ``doubts`` are to be looked at.
    """

    key: str
    place: str
    number: int | None
    name: str
    level: str
    figure: float | None
    average: float | None
    average_derived: bool
    rank: int | None
    rank_derived: bool
    counties: int | None
    best: float | None
    best_county: str
    by_county: tuple[CountyFigure, ...]
    unit: str = PERCENT
    measured_in: str = ""  # the unit of measure that the table prints, "" where it prints none
    reason: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Counties of the table without a figure for this item."""
        return tuple(county.name for county in self.by_county if county.figure is None)

    @property
    def middle(self) -> CountyFigure | None:
        """The middle county, of an even number the lower one."""
        return middle_county(self.by_county)


@dataclass(frozen=True)
class Reading:
    """All that was read of a table; ``said_on`` is the date, month or year that it names.

    ``reason`` says why none of it can be compared; it stands in every row as well.
    """

    rows: tuple[TableRow, ...]
    counties: tuple[str, ...]
    shape: str
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    said_on: SaidOn | None = None
    reason: str = ""


def middle_county(counties: Iterable[CountyFigure]) -> CountyFigure | None:
    """The county in the middle by its figure; None where fewer than three have one."""
    known = [county for county in counties if county.figure is not None]
    if len(known) < 3:
        return None
    middle = median_low(county.figure for county in known)
    return next(county for county in known if county.figure == middle)


# -- From tables to rows ----------------------------------------------------------------


def read_tables(grids: Sequence[Grid], known: Known, *, as_of: date | None = None) -> Reading:
    """Read all tables of a file or text.

    Args:
        grids: its sheets or tables.
        known: the county for which it is read, and those of its city.
        as_of: the date for which the table is taken in; None: not told yet.
    """
    readers = [Reader(grid, index, known, as_of) for index, grid in enumerate(grids)]
    for reader in readers:
        reader.read()
    said = said_date(text for reader in readers for text in reader.titles)
    _date(readers, as_of)
    problems = [problem for reader in readers for problem in reader.problems]
    kept = [reader for reader in readers if not reader.left_out]
    problems += [_left_out(reader) for reader in readers if reader.left_out]
    items = [seen for reader in kept for seen in reader.items.values()]
    counties = tuple(dict.fromkeys(s for seen in items for s in seen.cells if s not in OF_CITY))
    scale = Scale(cells for seen in items for cells in seen.cells.values())
    rows, faults = [], []
    for reader in kept:
        for seen in reader.items.values():
            row, found = _table_row(seen, known, counties, scale, as_of)
            faults += found
            if row is not None:
                rows.append(replace(row, reason=row.reason or reader.reason))
    reasons = {reader.reason for reader in kept if reader.items}
    return Reading(
        rows=tuple(rows),
        counties=counties,
        shape="、".join(dict.fromkeys(reader.shape for reader in readers if reader.shape)),
        problems=(*problems, *faults),
        notes=tuple(dict.fromkeys([n for reader in kept for n in reader.notes] + scale.notes)),
        said_on=said,
        reason=reasons.pop() if len(reasons) == 1 else "",
    )


def _date(readers: Sequence[Reader], as_of: date | None) -> None:
    """Settle of which time each table is: as it says itself, else as the others say."""
    if as_of is None:
        return
    told = [reader for reader in readers if reader.says]
    everywhere = list(dict.fromkeys(said for reader in told for said in reader.says))
    for reader in readers:
        says = reader.says or (everywhere if len(everywhere) == 1 else [])
        other = next((said for said in says if other_date(said, as_of)), None)
        reader.other = other
        if other is not None:
            reader.reason = f"表中写的是{date_words(other)}的数据，与所填的截至日期不是同一期。"
    if any(reader.other is None for reader in told):
        # A book with a sheet for each month: the others are not this table.
        for reader in told:
            reader.left_out = other_month(reader.other, as_of)


def _left_out(reader: Reader) -> Problem:
    words = f"这张表是{date_words(reader.other)}的数据，与所填的截至日期不是同一期，没有读入。"
    return Problem(reader.grid.place(reader.grid.rows[0].number, None), words)


def _table_row(
    seen: Seen, known: Known, counties: Sequence[str], scale: Scale, as_of: date | None
) -> tuple[TableRow | None, list[Problem]]:
    values = {name: value_of(cells, scale, seen.unit) for name, cells in seen.cells.items()}
    problems = [value.problem for value in values.values() if value.problem]
    label = seen.name or f"第{seen.number}项"
    own = values.get(known.own, NO_VALUE)
    if own.figure is None:
        if any(value.figure is not None for value in values.values()) and not own.problem:
            problems.append(Problem(seen.place, f"“{label[:30]}”没有{known.own}的数，没有读入。"))
        return None, problems
    by_county = tuple(
        CountyFigure(name, _of_unit(values.get(name, NO_VALUE), own.unit)) for name in counties
    )
    row = TableRow(
        key=seen.key,
        place=seen.place,
        number=seen.number,
        name=seen.name,
        level=seen.level,
        figure=own.figure,
        average=None,
        average_derived=False,
        rank=None,
        rank_derived=False,
        counties=None,
        best=None,
        best_county="",
        by_county=by_county if len(counties) > 1 else (),
        unit=own.unit,
        measured_in=seen.unit,
        reason=_reason(seen, own, as_of),
        doubts=(*seen.doubts, *(value.doubt for value in values.values() if value.doubt)),
    )
    row = _with_average(row, values)
    if row.average is None:
        why = _alone(own, [value for name, value in values.items() if name != known.own])
        return None, [*problems, Problem(seen.place, f"“{label[:30]}”{why}，没有读入。")]
    row = _with_best(_with_rank(row, seen), seen, scale)
    return _with_guessed(row, seen), problems


def _with_guessed(row: TableRow, seen: Seen) -> TableRow:
    """A doubt where figures rest on names that were taken for counties."""
    if not seen.guessed or not (row.average_derived or row.rank_derived):
        return row
    names = "".join(f"“{name}”" for name in seen.guessed)
    what = "全市平均" if row.average_derived else "排名"
    return replace(
        row, doubts=(*row.doubts, f"{names}按县（市、区）读入，{what}由此计算，请核对。")
    )


def _alone(own: Value, others: Iterable[Value]) -> str:
    """Why a county's figure stands beside nothing to compare it with."""
    units = [value.unit for value in others if value.figure is not None]
    if not units:
        return "没有全市平均，也没有其他县的数"
    mine, theirs = ("百分比" if unit == PERCENT else unit for unit in (own.unit, units[0]))
    return f"本县的数是{mine}，全市平均或其他县的数是{theirs}，计量单位不同，不能比较"


def _of_unit(value: Value, unit: str) -> float | None:
    return value.figure if value.unit == unit else None


def _reason(seen: Seen, own: Value, as_of: date | None) -> str:
    """Why the row cannot be compared; "" if it can."""
    if own.unit != PERCENT:
        return f"表中是完成数（{own.unit}），没有目标任务，不能折算成百分比。"
    said = month_in(seen.note)
    if as_of is not None and other_month(said, as_of):
        return f"备注写的是{date_words(said)}的数据，与截至日期不是同一期。"
    return ""


def _with_average(row: TableRow, values: Mapping[str, Value]) -> TableRow:
    """The average as printed, else the mean of the counties that have a figure."""
    known = [county.figure for county in row.by_county if county.figure is not None]
    for subject, words in ((AVERAGE, "全市平均"), (TOTAL, "全市的数")):
        printed = _of_unit(values.get(subject, NO_VALUE), row.unit)
        if printed is None:
            continue
        if len(known) > 2 and not min(known) - TOLERANCE <= printed <= max(known) + TOLERANCE:
            doubt = (
                f"印出的{words}{shown(printed)}不在各县最低{shown(min(known))}"
                f"与最高{shown(max(known))}之间，"
            )
            if subject == TOTAL:
                row = replace(row, doubts=(*row.doubts, doubt + "改用各县的平均。"))
                continue
            return replace(row, average=printed, doubts=(*row.doubts, doubt + "请核对。"))
        return replace(row, average=printed)
    if len(known) > 1:
        return replace(row, average=fmean(known), average_derived=True)
    return row


def _with_rank(row: TableRow, seen: Seen) -> TableRow:
    known = [county.figure for county in row.by_county if county.figure is not None]
    derived = 1 + sum(figure > row.figure + 1e-9 for figure in known) if len(known) > 1 else None
    cell = seen.city.get(Role.RANK)
    printed, among = rank_of(cell.text) if cell else (None, None)
    count = figure_of(seen.city[Role.COUNT].text) if Role.COUNT in seen.city else None
    said = int(count.value) if count and 1 <= count.value <= MOST_COUNTIES else None
    counties = among or said or len(known) or None
    doubts = row.doubts
    if cell and printed is None and not says_nothing(cell.text):
        doubts = (*doubts, f"{cell.place}的排名“{cell.text[:10]}”无法识别。")
    if printed is not None and counties is not None and not 1 <= printed <= counties:
        doubts = (*doubts, f"印出的排名{printed}不在1至{counties}之间，没有采用。")
        printed = None
    if None not in (printed, derived) and printed != derived:
        doubts = (*doubts, f"印出的排名是{printed}，按各县的数应为{derived}，采用印出的。")
    return replace(
        row,
        rank=derived if printed is None else printed,
        rank_derived=printed is None and derived is not None,
        counties=counties,
        doubts=doubts,
    )


def _with_best(row: TableRow, seen: Seen, scale: Scale) -> TableRow:
    known = [county for county in row.by_county if county.figure is not None]
    if len(known) > 1:
        best = max(known, key=lambda county: county.figure)
        return replace(row, best=best.figure, best_county=best.name)
    cell, name = seen.city.get(Role.BEST), seen.city.get(Role.BEST_COUNTY)
    if cell is None or says_nothing(cell.text):
        return row
    who = name.text if name else ""
    if both := best_of(cell.text):
        who, cell = both[0], cell._replace(text=both[1])
    best = value_of({Role.PERCENT: cell}, scale, "")
    if best.figure is None or best.unit != row.unit or best.figure < row.average - TOLERANCE:
        doubt = f"{cell.place}的全市最高“{cell.text[:20]}”无法识别或低于全市平均，没有采用。"
        return replace(row, doubts=(*row.doubts, doubt))
    return replace(row, best=best.figure, best_county=who)


def duplicates(keys: Iterable[object]) -> set:
    """What occurs more than once."""
    return {key for key, count in Counter(keys).items() if count > 1}
