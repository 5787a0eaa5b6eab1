"""The cells of a city's table by item: whose figures they are, row by row or column by column.

One ``Reader`` for each sheet or table. What is not read is told with its place.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from progress.rules.city_figures import PERCENT, Cell, Problem
from progress.rules.city_heads import (
    Claim,
    Grid,
    Row,
    Settled,
    claims_of,
    guessed_below,
    head_says,
    no_progress,
    read_head,
    settle,
    unread,
)
from progress.rules.city_labels import (
    MEASURES,
    OF_CITY,
    Known,
    Role,
    bare,
    county_of,
    figure_of,
    label_of,
    says_nothing,
)
from progress.rules.city_periods import SaidOn, other_date, period_of, said_date

ITEM_NUMBER = re.compile(
    r"^[（(第]?\s*(?:[省市县]级?\s*[-第]?)?(\d{1,3})\s*(?:[）)、．项]|\.(?!\d)|$)"
)
LEVELS = {"省": "province", "市": "city", "县": "county"}
LEVEL_WORDS = re.compile(r"([省市县])(?:级|委省政府|政府|定|民生实事|[-第]?\d)")
# Not 县教育局, which a column 单位 may hold as well.
UNIT_OF_MEASURE = re.compile(r"[^\d\s]{1,5}(?<![局办委厅])|%")
# What a row needs one of.
FIGURES = frozenset({Role.PERCENT, Role.PROGRESS, Role.DONE})
NOTES = re.compile(r"^(注|备注|说明|填表|制表|审核|联系)")


@dataclass
class Seen:
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
    guessed: tuple[str, ...] = ()
    doubts: list[str] = field(default_factory=list)

    def put(self, subject: str | None, role: Role, cell: Cell) -> None:
        """Take a cell; what is said twice is told."""
        cells = self.city if subject is None else self.cells[subject]
        held = cells.setdefault(role, cell)
        if held.text == cell.text:
            return
        if says_nothing(held.text):
            cells[role] = cell
        elif not says_nothing(cell.text):
            self.doubts.append(
                f"{cell.place}的“{cell.text[:20]}”与{held.place}的“{held.text[:20]}”是同一项，"
                f"采用{held.place}的。"
            )


class Reader:
    """Gathers the cells of one grid by item."""

    def __init__(self, grid: Grid, index: int, known: Known, as_of: date | None):
        self.grid, self.index, self.known, self.as_of = grid, index, known, as_of
        self.items: dict[str, Seen] = {}
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.shape = self.reason = ""
        self.titles = [grid.name, *grid.above]
        self.says: list[SaidOn] = []  # of which time its title and its head speak
        self.other: SaidOn | None = None
        self.left_out = False

    def read(self) -> None:
        head = read_head(self.grid, self.known)
        if head is None:
            if self.grid.rows:
                place = self.grid.place(self.grid.rows[0].number, None)
                words = "没有找到表头：应有“项目”和各县（市、区）、“全市平均”或“排名”等列名。"
                self.problems.append(Problem(place, words))
            return
        self.head, self.known = head, head.known
        self.guessed = head.guessed
        self.titles += head.titles
        self.level = _level_in(self.titles)
        self._gather()
        for seen in self.items.values():
            seen.guessed = self.guessed
        self._tell_time()

    def _tell_time(self) -> None:
        period = head_says(self.head, self.settled.use)
        said = said_date(self.titles)
        if said is not None:
            self.says.append(said)
        if period is not None:
            year = period.year or (said.year if said is not None else None)
            self.says.append(SaidOn(year, period.month, None))
        if self.as_of is not None:
            # 4月 in the head and 截至4月10日 in the title say the same; what differs counts.
            self.says.sort(key=lambda told: not other_date(told, self.as_of))
            del self.says[1:]

    def _settle(self, claims: Mapping[int, Claim]) -> None:
        self.settled: Settled = settle(self.head, claims, self.grid, self.as_of)
        self.problems += self.settled.problems
        roles = {claim.role for claim in self.settled.use.values()}
        if not roles & FIGURES and not self.problems and self.head.body:
            self._say(self.head.body[0], None, "没有找到进度或完成率的列，以下各行没有读入。")
        self.notes += self.settled.notes
        aside = [index for index in no_progress(self.head) if index != self.head.kind_at]
        if aside:
            self.notes.append(f"{self._names(aside)}不是实际进度，没有采用。")
        if self.guessed:
            names = "".join(f"“{name}”" for name in self.guessed)
            self.notes.append(f"{names}按县（市、区）读入，请核对。")

    def _names(self, indexes: Iterable[int]) -> str:
        names = dict.fromkeys(self.head.columns[index].name for index in indexes)
        return "".join(f"“{name}”" for name in names)

    # What the body holds.

    def _gather(self) -> None:
        head = self.head
        county = head.at(Role.COUNTY)
        if county is None and not any(c.subject for c in head.columns):
            county = self._county_column()
        if county is None:
            self.shape = "每行一个条目"
            return self._gather_rows()
        guessed = guessed_below(head, county)
        self.guessed = tuple(dict.fromkeys((*self.guessed, *guessed)))
        self.known = self.known._replace(counties=(*self.known.counties, *guessed))
        if head.at(Role.ITEM) is not None and head.at(Role.ITEM) != county:
            self.shape = "每行一个条目的一个县"
            return self._gather_rows(county)
        self.shape = "每行一个县"
        return self._gather_transposed(county)

    def _county_column(self) -> int | None:
        """The column whose cells are counties' names, where no head says so."""
        for column in range(min(3, len(self.head.columns))):
            named = [r for r in self.head.body if county_of(r.text(column), self.known)]
            if len(named) > 1:
                return column
        return None

    def _rows(self) -> Iterable[Row]:
        for row in self.head.body:
            texts = [text for text in dict.fromkeys(row.cells) if text]
            if not texts or row.cells in self.head.rows:
                continue
            if NOTES.match(texts[0]) and len(texts) == 1:
                continue
            if len(texts) == 1 and figure_of(texts[0]) is None:
                # A line between the rows: 一、省级民生实事.
                self.level = _level_in(texts) or self.level
                continue
            yield row

    def _tell_unread(self, *leave: int | None) -> None:
        """Name the columns whose heads say nothing known, though figures stand below."""
        found = unread(self.head, self.settled.use, leave)
        if found:
            columns = (self.head.columns[index] for index in found)
            names = dict.fromkeys(c.name if c.strange else c.words for c in columns)
            place = self.grid.place(self.head.body[0].number - 1, found[0])
            words = "、".join(f"“{name[:30]}”" for name in names)
            self.problems.append(Problem(place, f"列名{words}无法识别，这些列没有读入。"))

    def _gather_rows(self, county: int | None = None) -> None:
        """Items as rows; with ``county`` several rows of one item, one per county."""
        number_at, name_at = self.head.at(Role.NUMBER), self._name_column()
        claims, loose, likely = claims_of(self.head, named=county is not None)
        self._settle(claims)
        self._tell_unread(name_at)
        loose = [index for index in loose if self.head.has_figures(index)]
        if loose:
            words = f"{self._names(loose)}没有写明是哪个县（市、区）的，没有采用。"
            self.notes.append(words)
        if likely:
            words = f"{self._names(likely)}按{self.known.own}的目标读入，请核对。"
            self.settled.doubts.append(words)
        several = county is not None or self.head.kind_at is not None
        last_number = last_name = ""
        for row in self._rows():
            number = "" if number_at is None else row.text(number_at)
            name = "" if name_at is None else row.text(name_at)
            if several and not name and not number:
                number, name = last_number, last_name
            last_number, last_name = number, name
            if not name and not number:
                self._say(row, None, "这一行没有序号，也没有项目名称，没有读入。")
                continue
            if county_of(name or number, self.known) in OF_CITY:
                continue
            seen = self._seen(number, name, row, f"{number}|{name}" if several else "")
            self._level(seen, row, number)
            named = None if county is None else self._county(row, county)
            if county is None or named is not None:
                self._take(seen, row, named)

    def _name_column(self) -> int | None:
        found = self.head.at(Role.ITEM)
        if found is not None:
            return found
        for index, column in enumerate(self.head.columns):
            if column.role is None and column.subject is None and index != self.head.kind_at:
                texts = [row.text(index) for row in self.head.body]
                if any(len(text) > 3 and figure_of(text) is None for text in texts):
                    return index
        return None

    def _level(self, seen: Seen, row: Row, number: str) -> None:
        column = self.head.at(Role.LEVEL)
        told = [] if column is None else [row.text(column) + "级"]
        seen.level = _level_in([*told, number]) or self.level

    def _seen(self, number: str, name: str, row: Row, key: str) -> Seen:
        key = f"{self.index}-{key or row.number}"
        seen = self.items.get(key)
        if seen is None:
            told, wording = split_number(number, name)
            place = self.grid.place(row.number, None)
            seen = Seen(key, place, told, wording, doubts=list(self.settled.doubts))
            self.items[key] = seen
        return seen

    def _cell(self, row: Row, index: int) -> Cell:
        column = self.head.columns[index]
        explicit = column.role is Role.PERCENT and column.unit != PERCENT
        unit = "" if explicit else column.unit
        return Cell(row.text(index), self.grid.place(row.number, index), unit)

    def _take(self, seen: Seen, row: Row, named: str | None) -> None:
        kind = self._kind(row)
        for index, column in enumerate(self.head.columns):
            text, claim = row.text(index), self.settled.use.get(index)
            if column.role is Role.UNIT:
                seen.unit = seen.unit or (text if UNIT_OF_MEASURE.fullmatch(text) else "")
            elif column.role is Role.NOTE:
                seen.note = f"{seen.note} {text}".strip()
            elif column.role in (Role.COUNT, Role.BEST, Role.BEST_COUNTY):
                seen.city.setdefault(column.role, self._cell(row, index))
            elif claim is not None:
                role = claim.role if column.role is not None else kind
                subject = claim.subject or named
                if role is Role.RANK:
                    if subject == self.known.own:
                        seen.put(None, role, self._cell(row, index))
                elif role in MEASURES:
                    seen.put(subject, role, self._cell(row, index))

    def _kind(self, row: Row) -> Role | None:
        """What a row's figures are, where the rows say so; None: nothing that is read."""
        if self.head.kind_at is None:
            return Role.PERCENT
        text = row.text(self.head.kind_at)
        return None if period_of([text]).former else label_of(text, self.known).role

    def _gather_transposed(self, county: int) -> None:
        """Counties as rows; the columns are items, or measures of the one item of the title."""
        columns = self.head.columns
        measured = any(c.role in FIGURES and not c.words and not c.subject for c in columns)
        by_items = not measured and any(c.words for c in columns)
        claims = {
            index: Claim(None, column.role or Role.PERCENT, column.words or self._title())
            for index, column in enumerate(columns)
            if index != county and column.subject is None and bool(column.words) == by_items
            if column.role in MEASURES or (column.role is None and by_items)
        }
        self._settle(claims)
        self._tell_unread(county)
        for row in self._rows():
            name = self._county(row, county)
            if name is None:
                continue
            for index, claim in self.settled.use.items():
                self._take_transposed(row, index, claim, name)

    def _take_transposed(self, row: Row, index: int, claim: Claim, name: str) -> None:
        key = f"{self.index}-c{claim.item}"
        seen = self.items.get(key)
        if seen is None:
            number, wording = split_number("", claim.item)
            place = self.grid.place(row.number, index)
            seen = Seen(key, place, number, wording, doubts=list(self.settled.doubts))
            seen.level = _level_in([claim.item]) or self.level
            self.items[key] = seen
        if claim.role is not Role.RANK:
            seen.put(name, claim.role, self._cell(row, index))
        elif name == self.known.own:
            seen.put(None, Role.RANK, self._cell(row, index))

    def _county(self, row: Row, column: int) -> str | None:
        text = row.text(column)
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
