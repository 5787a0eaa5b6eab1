"""A city's table, read to one row per item: figures of the counties, average, rank.

Understood are a row per item (本县、全市平均、排名), an item × county matrix with one or more
columns per county under one or two lines of heads, counties as rows with items as columns,
and long tables with a row per item and county. Everything that is wrong is told at once,
with its place. Pure: no file, no database.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import fmean, median_low
from typing import NamedTuple

from progress.rules.city_labels import (
    AVERAGE,
    MEASURES,
    OF_CITY,
    TOTAL,
    Known,
    Label,
    Role,
    bare,
    county_of,
    figure_of,
    label_of,
    rank_of,
    says_nothing,
)

PERCENT = "%"
FULL = 100.0
HEAD_ROWS, HEAD_WITHIN = 3, 15
# A figure up to this counts as a ratio where a table has no percent sign at all.
HIGHEST_RATIO = 1.5
# 进度 above this, without a percent sign, counts what is done.
HIGHEST_PERCENT = 200.0
# What is more than this is a mistake.
HIGHEST, MOST_COUNTIES = 1e8, 999
# So many points a printed figure may differ from what can be recomputed.
TOLERANCE = 1.0
MONTH = re.compile(
    r"(?:(20\d\d)\s*年\s*)?(1[0-2]|0?[1-9])\s*月(?:\s*(3[01]|[12]\d|0?[1-9])\s*日|\s*(?:份|底|末))?"
)
ITEM_NUMBER = re.compile(
    r"^[（(第]?\s*(?:[省市县]级?\s*[-第]?)?(\d{1,3})\s*(?:[）)、．项]|\.(?!\d)|$)"
)
LEVELS = {"省": "province", "市": "city", "县": "county"}
LEVEL_WORDS = re.compile(r"([省市县])(?:级|委省政府|政府|定|民生实事|[-第]?\d)")
# Not 县教育局, which a column 单位 may hold as well.
UNIT_OF_MEASURE = re.compile(r"[^\d\s]{1,5}(?<![局办委厅])|%")
NOTES = re.compile(r"^(注|备注|说明|填表|制表|审核|联系)")


class Row(NamedTuple):
    """One row of cells, merged ones repeated; ``number`` as the source counts."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """One sheet or table: title lines above it, its rows, and how its places are called."""

    name: str
    rows: Sequence[Row]
    above: Sequence[str] = ()
    place: Callable[[int, int | None], str] = lambda row, column=None: (
        f"第{row}行" + ("" if column is None else f"第{column + 1}列")
    )


class Problem(NamedTuple):
    """Something wrong, where it stands and what it is."""

    place: str
    text: str


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
    """All that was read of a table; ``said_on`` is the month it names: (year, month, day).

    ``reason`` says why none of it can be compared; it stands in every row as well.
    """

    rows: tuple[TableRow, ...]
    counties: tuple[str, ...]
    shape: str
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    said_on: tuple[int | None, int, int | None] | None = None
    reason: str = ""


def middle_county(counties: Iterable[CountyFigure]) -> CountyFigure | None:
    """The county in the middle by its figure; None where fewer than three have one."""
    known = [county for county in counties if county.figure is not None]
    if len(known) < 3:
        return None
    middle = median_low(county.figure for county in known)
    return next(county for county in known if county.figure == middle)


def said_date(texts: Iterable[str]) -> tuple[int | None, int, int | None] | None:
    """The date or month that titles name: 截至2023年4月10日, 4月份; None where they name none."""
    found = [match for text in texts for match in MONTH.finditer(text)]
    if not found:
        return None
    best = max(found, key=lambda m: (m[3] is not None, m[1] is not None))
    return (
        int(best[1]) if best[1] else None,
        int(best[2]),
        int(best[3]) if best[3] else None,
    )


def other_date(said: tuple[int | None, int, int | None] | None, as_of: date) -> bool:
    """Whether a table names another month, or another day, than ``as_of``."""
    if said is None:
        return False
    year, month, day = said
    return (
        (year is not None and year != as_of.year)
        or month != as_of.month
        or (day is not None and day != as_of.day)
    )


def date_words(said: tuple[int | None, int, int | None]) -> str:
    """Such a date in words."""
    year, month, day = said
    return f"{f'{year}年' if year else ''}{month}月{f'{day}日' if day else ''}"


# -- From cells to what stands where ---------------------------------------------------


class Cell(NamedTuple):
    """One figure's text and where it stands."""

    text: str
    place: str


@dataclass
class _Seen:
    """All cells of one item."""

    key: str
    place: str
    number: int | None = None
    name: str = ""
    level: str = ""
    unit: str = ""
    note: str = ""
    cells: dict[str, dict[Role, Cell]] = field(default_factory=lambda: defaultdict(dict))
    city: dict[Role, Cell] = field(default_factory=dict)  # rank, count, best


class _Column(NamedTuple):
    """What a column holds; ``words`` are head texts that are no label: an item's name."""

    role: Role | None
    subject: str | None
    words: str


def read_tables(grids: Sequence[Grid], known: Known, *, as_of: date | None = None) -> Reading:
    """Read all tables of a file or text.

    Args:
        grids: its sheets or tables.
        known: the county for which it is read, and those of its city.
        as_of: the date for which the table is taken in; None: not told yet.
    """
    items: list[_Seen] = []
    problems: list[Problem] = []
    shapes: list[str] = []
    titles: list[str] = []
    for index, grid in enumerate(grids):
        reader = _Reader(grid, index, known)
        reader.read()
        items += reader.items.values()
        problems += reader.problems
        titles += reader.titles
        if reader.shape:
            shapes.append(reader.shape)
    counties = tuple(dict.fromkeys(s for seen in items for s in seen.cells if s not in OF_CITY))
    scale = _Scale(items)
    rows, faults = [], []
    for seen in items:
        row, found = _table_row(seen, known, counties, scale, as_of)
        faults += found
        if row is not None:
            rows.append(row)
    said, reason = said_date(titles), ""
    if said is not None and as_of is not None and other_date(said, as_of):
        reason = f"表中写的是{date_words(said)}的数据，与所填的截至日期不是同一期。"
        rows = [replace(row, reason=row.reason or reason) for row in rows]
    return Reading(
        rows=tuple(rows),
        counties=counties,
        shape="、".join(dict.fromkeys(shapes)),
        problems=(*problems, *faults),
        notes=tuple(scale.notes),
        said_on=said,
        reason=reason,
    )


class _Reader:
    """Finds the head of one grid and gathers its cells by item."""

    def __init__(self, grid: Grid, index: int, known: Known):
        self.grid, self.index, self.known = grid, index, known
        self.items: dict[str, _Seen] = {}
        self.problems: list[Problem] = []
        self.shape = ""
        self.titles = [grid.name, *grid.above]
        self.level = _level_in(self.titles)

    def read(self) -> None:
        head = self._find_head()
        if head is None:
            if self.grid.rows:
                place = self.grid.place(self.grid.rows[0].number, None)
                words = "没有找到表头：应有“项目”和各县（市、区）、“全市平均”或“排名”等列名。"
                self.problems.append(Problem(place, words))
            return
        first, last = head
        for row in self.grid.rows[:first]:
            self.titles += dict.fromkeys(filter(None, row.cells))
        self.level = self.level or _level_in(self.titles)
        self.columns = self._columns(self.grid.rows[first : last + 1])
        self.body = self.grid.rows[last + 1 :]
        self.heads = {row.cells for row in self.grid.rows[first : last + 1]}
        self._gather()

    # Where the head is.

    def _labels(self, row: Row) -> list[Label]:
        return [label_of(text, self.known) for text in dict.fromkeys(filter(None, row.cells))]

    def _is_county_row(self, row: Row) -> bool:
        first = next(filter(None, row.cells), "")
        second = next((text for text in row.cells if text and text != first), "")
        return any(county_of(text, self.known) for text in (first, second))

    def _find_head(self) -> tuple[int, int] | None:
        rows = self.grid.rows
        for index, row in enumerate(rows[:HEAD_WITHIN]):
            labels = self._labels(row)
            told = [label for label in labels if label]
            if len(labels) < 2 or not told or self._has_figures(row):
                continue
            counties_below = sum(self._is_county_row(below) for below in rows[index + 1 :]) > 1
            is_county_head = any(label.role is Role.COUNTY for label in told) or counties_below
            if len(told) >= 2 or is_county_head:
                last = index
                while last - index + 1 < HEAD_ROWS and last + 1 < len(rows):
                    if not self._goes_on(rows[last + 1]):
                        break
                    last += 1
                return index, last
        return None

    def _has_figures(self, row: Row) -> bool:
        """Whether figures stand in a row; 4月完成比例 is none, and 已完成 may be a head."""
        return any(
            re.search(r"\d", text) and figure_of(text) and not label_of(text, self.known)
            for text in row.cells
        )

    def _goes_on(self, row: Row) -> bool:
        """Whether a row below the head's first one belongs to the head."""
        labels = self._labels(row)
        counties = sum(label.subject is not None for label in labels)
        measures = any(label.role in MEASURES for label in labels)
        return not self._has_figures(row) and (measures or counties > 1)

    def _columns(self, heads: Sequence[Row]) -> list[_Column]:
        width = max(len(row.cells) for row in self.grid.rows)
        lines = [list(row.cells) + [""] * (width - len(row.cells)) for row in heads]
        for upper, lower in zip(lines, lines[1:], strict=False):
            # A source that does not know merged cells leaves all but the first one empty.
            for column in range(1, width):
                if not upper[column] and lower[column] and upper[column - 1]:
                    upper[column] = upper[column - 1]
        return [self._column([line[i] for line in lines]) for i in range(width)]

    def _column(self, texts: list[str]) -> _Column:
        texts = list(dict.fromkeys(filter(None, texts)))
        labels = [(text, label_of(text, self.known)) for text in texts]
        subject = next((label.subject for _t, label in labels if label.subject), None)
        roles = [label.role for _t, label in labels if label.role is not None]
        words = "".join(text for text, label in labels if not label)
        return _Column(roles[-1] if roles else None, subject, words)

    # What the body holds.

    def _at(self, role: Role) -> int | None:
        return next((i for i, c in enumerate(self.columns) if c.role is role), None)

    def _gather(self) -> None:
        county = self._at(Role.COUNTY)
        by_column = any(c.subject for c in self.columns)
        if county is None and not by_column:
            county = self._county_column()
        if county is None:
            self.shape = "每行一个条目"
            return self._gather_rows()
        if self._at(Role.ITEM) is not None and self._at(Role.ITEM) != county:
            self.shape = "每行一个条目的一个县"
            return self._gather_rows(county)
        self.shape = "每行一个县"
        return self._gather_transposed(county)

    def _county_column(self) -> int | None:
        """The column whose cells are counties' names, where no head says so."""
        for column in range(min(3, len(self.columns))):
            named = [r for r in self.body if county_of(_text(r, column), self.known)]
            if len(named) > 1:
                return column
        return None

    def _rows(self) -> Iterable[Row]:
        for row in self.body:
            texts = [text for text in dict.fromkeys(row.cells) if text]
            if not texts or row.cells in self.heads:
                continue
            if NOTES.match(texts[0]) and len(texts) == 1:
                continue
            if len(texts) == 1 and figure_of(texts[0]) is None:
                # A line between the rows: 一、省级民生实事.
                self.level = _level_in(texts) or self.level
                continue
            yield row

    def _tell_unread(self, name_at: int | None) -> None:
        """Name the columns whose heads say nothing known, though figures stand below."""
        unread = [
            index
            for index, column in enumerate(self.columns)
            if column.words and column.subject is None and index != name_at
            if any(figure_of(_text(row, index)) for row in self.body)
        ]
        words = dict.fromkeys(self.columns[index].words for index in unread)
        if unread:
            place = self.grid.place(self.body[0].number - 1, unread[0])
            names = "、".join(f"“{word[:20]}”" for word in words)
            self.problems.append(Problem(place, f"列名{names}无法识别，这些列没有读入。"))

    def _gather_rows(self, county: int | None = None) -> None:
        """Items as rows; with ``county`` several rows of one item, one per county."""
        self._tell_unread(self._name_column())
        number_at, name_at = self._at(Role.NUMBER), self._name_column()
        last_number = last_name = ""
        for row in self._rows():
            number = "" if number_at is None else _text(row, number_at)
            name = "" if name_at is None else _text(row, name_at)
            if county is not None and not name and not number:
                number, name = last_number, last_name
            last_number, last_name = number, name
            if not name and not number:
                self._say(row, None, "这一行没有序号，也没有项目名称，没有读入。")
                continue
            if county_of(name or number, self.known) in OF_CITY:
                continue
            seen = self._seen(number, name, row, f"{number}|{name}" if county is not None else "")
            self._level(seen, row, number)
            named = None
            if county is not None:
                named = county_of(_text(row, county), self.known)
                if named is None:
                    self._say(
                        row, county, f"“{_text(row, county)}”不像县（市、区）的名称，没有读入。"
                    )
                    continue
            self._take(seen, row, named)

    def _name_column(self) -> int | None:
        found = self._at(Role.ITEM)
        if found is not None:
            return found
        for index, column in enumerate(self.columns):
            if column.role is None and column.subject is None:
                texts = [_text(row, index) for row in self.body]
                if any(len(text) > 3 and figure_of(text) is None for text in texts):
                    return index
        return None

    def _level(self, seen: _Seen, row: Row, number: str) -> None:
        column = self._at(Role.LEVEL)
        told = [] if column is None else [_text(row, column) + "级"]
        seen.level = _level_in([*told, number]) or self.level

    def _seen(self, number: str, name: str, row: Row, key: str) -> _Seen:
        key = f"{self.index}-{key or row.number}"
        seen = self.items.get(key)
        if seen is None:
            told, wording = split_number(number, name)
            seen = _Seen(key, self.grid.place(row.number, None), told, wording)
            self.items[key] = seen
        return seen

    def _take(self, seen: _Seen, row: Row, named: str | None) -> None:
        for index, column in enumerate(self.columns):
            text, subject = _text(row, index), column.subject or named
            cell = Cell(text, self.grid.place(row.number, index))
            if column.role is Role.UNIT:
                seen.unit = seen.unit or (text if UNIT_OF_MEASURE.fullmatch(text) else "")
            elif column.role is Role.NOTE:
                seen.note = f"{seen.note} {text}".strip()
            elif column.role in (Role.COUNT, Role.BEST, Role.BEST_COUNTY):
                seen.city.setdefault(column.role, cell)
            elif column.role is Role.RANK:
                if subject in (None, self.known.own):
                    seen.city.setdefault(Role.RANK, cell)
            elif subject is not None and (column.role is None or column.role in MEASURES):
                seen.cells[subject].setdefault(column.role or Role.PERCENT, cell)
            elif column.role in MEASURES and not column.words:
                # A table of the own county alone beside the average: 进度 | 全市平均.
                seen.cells[self.known.own].setdefault(column.role, cell)

    def _gather_transposed(self, county: int) -> None:
        """Counties as rows; the columns are items, or measures of the one item of the title."""
        named = [column for column in self.columns if column.words]
        for row in self._rows():
            name = self._county(row, county)
            if name is None:
                continue
            for index, column in enumerate(self.columns):
                if index == county or column.role in (Role.NUMBER, Role.COUNTY, Role.NOTE):
                    continue
                self._take_transposed(row, index, column, name, bool(named))

    def _take_transposed(self, row, index, column: _Column, name: str, by_items: bool) -> None:
        if column.subject in OF_CITY or (by_items and not column.words):
            return
        words = column.words or self._title()
        key = f"{self.index}-c{words}"
        if key not in self.items:
            number, wording = split_number("", words)
            self.items[key] = _Seen(key, self.grid.place(row.number, index), number, wording)
            self.items[key].level = _level_in([words]) or self.level
        cell = Cell(_text(row, index), self.grid.place(row.number, index))
        seen = self.items[key]
        if column.role is Role.RANK:
            if name == self.known.own:
                seen.city.setdefault(Role.RANK, cell)
        elif column.role is None or column.role in MEASURES:
            seen.cells[name].setdefault(column.role or Role.PERCENT, cell)

    def _county(self, row: Row, column: int) -> str | None:
        text = _text(row, column)
        name = county_of(text, self.known)
        if name is None:
            self._say(row, column, f"“{text[:20]}”不像县（市、区）的名称，这一行没有读入。")
        return name

    def _title(self) -> str:
        """The one item that a table of counties and measures is about."""
        titles = [text for text in reversed(self.titles) if len(bare(text)) > 3]
        return titles[0] if titles else self.grid.name

    def _say(self, row: Row, column: int | None, text: str) -> None:
        self.problems.append(Problem(self.grid.place(row.number, column), text))


def _text(row: Row, column: int) -> str:
    return row.cells[column].strip() if column < len(row.cells) else ""


def _level_in(texts: Iterable[str]) -> str:
    """The level that titles name; "" where they name none, or several."""
    found = {LEVELS[m[1]] for text in texts for m in LEVEL_WORDS.finditer(text.replace("全市", ""))}
    return found.pop() if len(found) == 1 else ""


def split_number(number: str, name: str) -> tuple[int | None, str]:
    """An item's number and wording; the number may stand before the wording."""
    found = ITEM_NUMBER.match(number.strip())
    if found:
        return int(found[1]), name
    found = ITEM_NUMBER.match(name.strip())
    if found and found.end() < len(name.strip()):
        return int(found[1]), name.strip()[found.end() :].strip()
    return (int(found[1]), "") if found else (None, name)


# -- From cells to percents ------------------------------------------------------------


class _Scale:
    """Whether percents are printed as 42 or as 0.42; decided once for all tables."""

    def __init__(self, items: Sequence[_Seen]):
        marked, plain = [], []
        for seen in items:
            for cells in seen.cells.values():
                cell = cells.get(Role.PERCENT) or cells.get(Role.PROGRESS)
                figure = figure_of(cell.text) if cell else None
                if figure is not None:
                    (marked if figure.unit else plain).append(figure.value)
        fractions = [value for value in plain if 0 < value < 1]
        self.ratio = bool(fractions) and not marked and max(plain, default=0) <= HIGHEST_RATIO
        self.mixed = bool(marked) and bool(fractions)
        self.notes = ["表中的进度是比例（如0.42），已按百分比（42%）读入。"] if self.ratio else []


class _Value(NamedTuple):
    """What one county's cells come to."""

    figure: float | None
    unit: str = PERCENT
    problem: Problem | None = None
    doubt: str = ""


NO_VALUE = _Value(None)


def _percent(cell: Cell, scale: _Scale) -> _Value:
    figure = figure_of(cell.text)
    if figure is None:
        if says_nothing(cell.text):
            return NO_VALUE
        return _Value(
            None, problem=Problem(cell.place, f"“{cell.text[:20]}”不是进度数字，没有读入。")
        )
    if figure.value < 0:
        return _Value(None, problem=Problem(cell.place, f"“{cell.text}”是负数，没有读入。"))
    if figure.unit not in ("", PERCENT):
        return _Value(figure.value, figure.unit)
    if figure.unit:
        return _Value(figure.value)
    if scale.ratio:
        return _Value(figure.value * FULL)
    doubt = ""
    if scale.mixed and 0 < figure.value < 1:
        doubt = f"{cell.place}的“{cell.text}”没有百分号，按{cell.text}%读取，请核对。"
    return _Value(figure.value, doubt=doubt)


def _quotient(cells: Mapping[Role, Cell], done: Cell | None) -> float | None:
    target = cells.get(Role.TARGET)
    if done is None or target is None:
        return None
    part, whole = figure_of(done.text), figure_of(target.text)
    if part is None or whole is None or whole.value <= 0 or part.unit == PERCENT:
        return None
    return FULL * part.value / whole.value


def _value(cells: Mapping[Role, Cell], scale: _Scale, unit: str) -> _Value:
    """One county's percent, unless it is beyond all reason."""
    value = _told(cells, scale, unit)
    if value.figure is None or value.figure <= HIGHEST:
        return value
    place = next(iter(cells.values())).place
    return _Value(None, problem=Problem(place, "数字大得不合常理，没有读入。"))


def _told(cells: Mapping[Role, Cell], scale: _Scale, unit: str) -> _Value:
    """One county's percent: as printed, else what is done by what is to be done."""
    percent, done = cells.get(Role.PERCENT), cells.get(Role.DONE)
    progress = cells.get(Role.PROGRESS)
    if percent is None and progress is not None:
        told = figure_of(progress.text)
        # Beside a target, and without a percent sign, 进度 counts what is done.
        is_count = told is not None and told.unit != PERCENT and (
            Role.TARGET in cells or told.value > HIGHEST_PERCENT
        )  # fmt: skip
        if not is_count or scale.ratio:
            percent = progress
    if percent is not None and not says_nothing(percent.text):
        value = _percent(percent, scale)
        counted = _quotient(cells, done or (progress if progress is not percent else None))
        return _compared(value, counted, percent.place)
    done = done or progress
    counted = _quotient(cells, done)
    if counted is not None:
        return _Value(counted)
    if done is None or says_nothing(done.text):
        return NO_VALUE
    figure = figure_of(done.text)
    if figure is None:
        return _Value(
            None, problem=Problem(done.place, f"“{done.text[:20]}”不是数字，不能折算成百分比。")
        )
    return _Value(figure.value, figure.unit or unit or "数量")


def _compared(value: _Value, counted: float | None, place: str) -> _Value:
    """A printed percent, with a doubt where the numbers beside it say another."""
    if None in (value.figure, counted) or value.unit != PERCENT or value.doubt:
        return value
    if abs(value.figure - counted) <= TOLERANCE:
        return value
    printed, other = _shown(value.figure), _shown(counted)
    doubt = f"{place}印的{printed}%与完成数÷目标任务（{other}%）不符，采用印出的。"
    return value._replace(doubt=doubt)


def _shown(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _table_row(
    seen: _Seen, known: Known, counties: Sequence[str], scale: _Scale, as_of: date | None
) -> tuple[TableRow | None, list[Problem]]:
    values = {name: _value(cells, scale, seen.unit) for name, cells in seen.cells.items()}
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
        doubts=tuple(value.doubt for value in values.values() if value.doubt),
    )
    row = _with_average(row, values)
    if row.average is None:
        why = _alone(own, [value for name, value in values.items() if name != known.own])
        return None, [*problems, Problem(seen.place, f"“{label[:30]}”{why}，没有读入。")]
    return _with_best(_with_rank(row, seen), seen, scale), problems


def _alone(own: _Value, others: Iterable[_Value]) -> str:
    """Why a county's figure stands beside nothing to compare it with."""
    units = [value.unit for value in others if value.figure is not None]
    if not units:
        return "没有全市平均，也没有其他县的数"
    mine, theirs = ("百分比" if unit == PERCENT else unit for unit in (own.unit, units[0]))
    return f"本县的数是{mine}，全市平均或其他县的数是{theirs}，计量单位不同，不能比较"


def _of_unit(value: _Value, unit: str) -> float | None:
    return value.figure if value.unit == unit else None


def _reason(seen: _Seen, own: _Value, as_of: date | None) -> str:
    """Why the row cannot be compared; "" if it can."""
    if own.unit != PERCENT:
        return f"表中是完成数（{own.unit}），没有目标任务，不能折算成百分比。"
    said = said_date([seen.note]) if as_of is not None else None
    if said is not None and other_date((said[0], said[1], None), as_of):
        return f"备注写的是{date_words(said)}的数据，与截至日期不是同一期。"
    return ""


def _with_average(row: TableRow, values: Mapping[str, _Value]) -> TableRow:
    """The average as printed, else the mean of the counties that have a figure."""
    known = [county.figure for county in row.by_county if county.figure is not None]
    for subject, words in ((AVERAGE, "全市平均"), (TOTAL, "全市的数")):
        printed = _of_unit(values.get(subject, NO_VALUE), row.unit)
        if printed is None:
            continue
        if len(known) > 2 and not min(known) - TOLERANCE <= printed <= max(known) + TOLERANCE:
            doubt = (
                f"印出的{words}{_shown(printed)}不在各县最低{_shown(min(known))}"
                f"与最高{_shown(max(known))}之间，"
            )
            if subject == TOTAL:
                row = replace(row, doubts=(*row.doubts, doubt + "改用各县的平均。"))
                continue
            return replace(row, average=printed, doubts=(*row.doubts, doubt + "请核对。"))
        return replace(row, average=printed)
    if len(known) > 1:
        return replace(row, average=fmean(known), average_derived=True)
    return row


def _with_rank(row: TableRow, seen: _Seen) -> TableRow:
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


def _with_best(row: TableRow, seen: _Seen, scale: _Scale) -> TableRow:
    known = [county for county in row.by_county if county.figure is not None]
    if len(known) > 1:
        best = max(known, key=lambda county: county.figure)
        return replace(row, best=best.figure, best_county=best.name)
    cell, name = seen.city.get(Role.BEST), seen.city.get(Role.BEST_COUNTY)
    best = _value({Role.PERCENT: cell}, scale, "").figure if cell else None
    return replace(row, best=best, best_county=name.text if name and best is not None else "")


def duplicates(keys: Iterable[object]) -> set:
    """What occurs more than once."""
    return {key for key, count in Counter(keys).items() if count > 1}
