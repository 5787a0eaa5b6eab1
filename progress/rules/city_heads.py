"""The head of a city's table: where it is, and which column holds whose figures.

Every figure of a county is taken from one column. Where several could be meant, the words
decide (本月 over 上月, 累计 over 本月, 实际 over 计划); where they do not, none is taken, and
that is told.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from progress.rules.city_figures import Problem
from progress.rules.city_labels import (
    MEASURES,
    NO_FIGURES,
    OF_CITY,
    Known,
    Label,
    Role,
    bare,
    county_of,
    figure_of,
    label_of,
    short,
    unit_in,
)
from progress.rules.city_periods import Period, is_time, period_of

NO_PROGRESS = frozenset({Role.OTHER, Role.PLAN})
HEAD_ROWS, HEAD_WITHIN = 3, 15
KIND_WITHIN = 4
# What stands over the counties and says nothing of what is counted: 各县（市、区）完成情况.
GROUP = re.compile(r"情况|进展|进度|一览|汇总|统计|明细|民生实事|县市区|各县|各市|各区|各地")
OTHER_FIGURES = re.compile(r"投资|资金|得分|评分|分值|考核|同比|环比|增[幅长速量]|差距|金额")
PLANNED = re.compile(r"计划|目标|序时|应完成|应达")
ROLE_WORDS = {
    Role.TARGET: "目标任务", Role.DONE: "完成数", Role.PROGRESS: "进度",
    Role.PERCENT: "完成率", Role.RANK: "排名",
}  # fmt: skip
# What may be a county of which nothing is known, as tables shorten its name.
A_SHORT_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
NO_SHORT_NAME = re.compile(
    r"本级|直属|市直|其他|合计|小计|计划|目标|实际|完成|金额|数量|[率数额分量]$"
)


class Row(NamedTuple):
    """One row of cells, merged ones repeated; ``number`` as the source counts."""

    number: int
    cells: tuple[str, ...]

    def text(self, column: int) -> str:
        """The text of a cell; "" beyond the row's end."""
        return self.cells[column].strip() if column < len(self.cells) else ""


@dataclass(frozen=True)
class Grid:
    """One sheet or table: title lines above it, its rows, and how its places are called."""

    name: str
    rows: Sequence[Row]
    above: Sequence[str] = ()
    place: Callable[[int, int | None], str] = lambda row, column=None: (
        f"第{row}行" + ("" if column is None else f"第{column + 1}列")
    )


class Column(NamedTuple):
    """What a column holds; ``words`` are head texts that are no label: an item's name."""

    role: Role | None
    subject: str | None
    words: str
    texts: tuple[str, ...] = ()
    period: Period = Period()
    unit: str = ""
    strange: str = ""  # words that may say that the subject's figures are something else

    @property
    def name(self) -> str:
        """Its head in one phrase."""
        return "·".join(text[:20] for text in self.texts)

    @property
    def planned(self) -> bool:
        """Whether it may be what was planned."""
        return any(PLANNED.search(text) for text in self.texts)


class Claim(NamedTuple):
    """Whose figure a column holds and which; ``item`` where items stand in the head."""

    subject: str | None
    role: Role
    item: str = ""


@dataclass
class Head:
    """What the head of a grid says, and the rows below it."""

    known: Known
    titles: list[str]
    columns: list[Column]
    rows: frozenset[tuple[str, ...]]  # the head's own, which may come again on every page
    body: Sequence[Row]
    guessed: tuple[str, ...] = ()  # names taken for counties of which nothing is known
    kind_at: int | None = None  # the column that says what a row is: 目标任务、完成率

    def at(self, role: Role) -> int | None:
        """The first column of a role."""
        return next(
            (i for i, c in enumerate(self.columns) if c.role is role and i != self.kind_at), None
        )

    def has_figures(self, column: int) -> bool:
        """Whether figures stand in a column."""
        return any(figure_of(row.text(column)) for row in self.body)


def read_head(grid: Grid, known: Known) -> Head | None:
    """Find the head of a table; None where there is none."""
    found = _find(grid.rows, known)
    if found is None:
        return None
    first, last = found
    lines, body = grid.rows[first : last + 1], grid.rows[last + 1 :]
    guessed = _guessed_in_head(lines, body, known)
    if guessed:
        known = known._replace(counties=(*known.counties, *guessed))
    titles = [text for row in grid.rows[:first] for text in dict.fromkeys(filter(None, row.cells))]
    width = max(len(row.cells) for row in grid.rows)
    head = Head(
        known=known,
        titles=titles,
        columns=_columns(lines, width, known),
        rows=frozenset(row.cells for row in lines),
        body=body,
        guessed=guessed,
    )
    head.kind_at = _kind_column(head)
    return head


# -- Where the head is -------------------------------------------------------------------


def _find(rows: Sequence[Row], known: Known) -> tuple[int, int] | None:
    for index, row in enumerate(rows[:HEAD_WITHIN]):
        labels = _labels(row, known)
        told = [label for label in labels if label]
        if len(labels) < 2 or not told or _has_figures(row, known):
            continue
        counties_below = sum(_is_county_row(below, known) for below in rows[index + 1 :]) > 1
        is_county_head = any(label.role is Role.COUNTY for label in told) or counties_below
        if len(told) >= 2 or is_county_head:
            last = index
            while last - index + 1 < HEAD_ROWS and last + 1 < len(rows):
                if not _goes_on(rows[last + 1], row, known):
                    break
                last += 1
            return index, last
    return None


def _labels(row: Row, known: Known) -> list[Label]:
    return [label_of(text, known) for text in dict.fromkeys(filter(None, row.cells))]


def _is_county_row(row: Row, known: Known) -> bool:
    first = next(filter(None, row.cells), "")
    second = next((text for text in row.cells if text and text != first), "")
    return any(county_of(text, known) for text in (first, second))


def _has_figures(row: Row, known: Known) -> bool:
    """Whether figures stand in a row; 4月完成比例 is none, nor 4月, and 已完成 may be a head."""
    return any(
        re.search(r"\d", text)
        and figure_of(text)
        and not label_of(text, known)
        and not is_time(bare(text))
        for text in row.cells
    )


def _goes_on(row: Row, first: Row, known: Known) -> bool:
    """Whether a row below the head's first one belongs to the head."""
    if _has_figures(row, known):
        return False
    labels = _labels(row, known)
    counties = sum(label.subject is not None for label in labels)
    measures = any(label.role in MEASURES | NO_PROGRESS for label in labels)
    # A line of months alone, the heads beside it merged over both lines.
    new = [text for text, above in _beside(row, first) if text and text != above]
    times = len(new) > 1 and all(is_time(bare(text)) for text in new)
    return measures or counties > 1 or times


def _beside(row: Row, above: Row) -> list[tuple[str, str]]:
    return [(text, above.text(index)) for index, text in enumerate(row.cells)]


# -- What its columns are ------------------------------------------------------------------


def _columns(heads: Sequence[Row], width: int, known: Known) -> list[Column]:
    lines = [list(row.cells) + [""] * (width - len(row.cells)) for row in heads]
    for upper, lower in zip(lines, lines[1:], strict=False):
        # A source that does not know merged cells leaves all but the first one empty.
        for column in range(1, width):
            if not upper[column] and lower[column] and upper[column - 1]:
                upper[column] = upper[column - 1]
    return [_column([line[i] for line in lines], known) for i in range(width)]


def _column(texts: list[str], known: Known) -> Column:
    texts = list(dict.fromkeys(filter(None, texts)))
    labels = [(text, label_of(text, known)) for text in texts]
    # 全市进展情况 over 苍南县 is of the county; 苍南县 over 全市平均 is of the city.
    subject = next((label.subject for _t, label in reversed(labels) if label.subject), None)
    roles = [label.role for _t, label in labels if label.role is not None]
    if subject is not None:
        roles = [role for role in roles if role not in NO_FIGURES]
    role = roles[-1] if roles else None
    if role in MEASURES:
        # 投资 over 完成率 is no progress of the item.
        role = next((r for r in roles if r in NO_PROGRESS), role)
    unlabelled = [t for t, label in labels if not label and bare(t) and not is_time(bare(t))]
    timed = [t for t in texts if subject is not None or t not in unlabelled]
    return Column(
        role=role,
        subject=subject,
        words="".join(unlabelled),
        texts=tuple(texts),
        period=period_of(timed),
        unit=next(filter(None, map(unit_in, timed)), ""),
        strange="" if subject is None else _strange(labels, unlabelled),
    )


def _strange(labels: Sequence[tuple[str, Label]], unlabelled: Sequence[str]) -> str:
    """Words that say something unknown of a subject's figures; "" for a mere heading above."""
    at = max(index for index, (_text, label) in enumerate(labels) if label.subject)
    above = {text for text, _label in labels[:at]}
    return "".join(
        text
        for text in unlabelled
        if text not in above or not GROUP.search(bare(text)) or OTHER_FIGURES.search(text)
    )


def _guessed_in_head(lines: Sequence[Row], body: Sequence[Row], known: Known) -> tuple[str, ...]:
    """Short names beside the own county's that are known to nobody and have figures below."""
    for line in lines:
        if not any(bare(text).startswith(short(known.own)) for text in line.cells):
            continue
        found = dict.fromkeys(
            bare(text)
            for index, text in enumerate(line.cells)
            if _may_be_county(text, known)
            and any(figure_of(row.text(i)) for row in body for i in _below(line, index))
        )
        if len(found) > 1:
            return tuple(found)
    return ()


def _below(line: Row, index: int) -> Iterable[int]:
    """The columns over which a head is merged, also where the source leaves them empty."""
    yield index
    for other in range(index + 1, len(line.cells)):
        if line.cells[other] not in ("", line.cells[index]):
            return
        yield other


def _may_be_county(text: str, known: Known) -> bool:
    words = bare(text)
    return (
        A_SHORT_NAME.fullmatch(words) is not None
        and not NO_SHORT_NAME.search(words)
        and not label_of(text, known)
        and not is_time(words)
    )


def guessed_below(head: Head, column: int) -> tuple[str, ...]:
    """The same in the column of the counties, where the own county stands among them."""
    texts = dict.fromkeys(row.text(column) for row in head.body)
    if not any(county_of(text, head.known) == head.known.own for text in texts):
        return ()
    found = [bare(text) for text in texts if _may_be_county(text, head.known)]
    return tuple(found) if len(found) > 1 else ()


def _kind_column(head: Head) -> int | None:
    """The column whose cells are 目标任务, 完成数, 完成率: the measures of an item as rows."""
    for index, column in enumerate(head.columns[:KIND_WITHIN]):
        if column.subject is not None:
            continue
        told = [row.text(index) for row in head.body if len(set(row.cells) - {""}) > 1]
        roles = [label_of(text, head.known).role for text in told if text]
        if len(set(told) - {""}) > 1 and all(role in MEASURES | NO_PROGRESS for role in roles):
            return index
    return None


# -- Whose figures they are ------------------------------------------------------------------


@dataclass
class Settled:
    """Which columns are read, as what; and what is to be said of the others."""

    use: dict[int, Claim] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)  # of every row


def settle(head: Head, claims: Mapping[int, Claim], grid: Grid, as_of: date | None) -> Settled:
    """Choose one column for each claim.

    Args:
        head: with its columns.
        claims: what each column holds, those alone that may be read.
        grid: for the names of its places.
        as_of: the date for which the table is read; None: not told yet.
    """
    found, by_claim = Settled(), defaultdict(list)
    for index, claim in claims.items():
        by_claim[claim].append(index)
    passed: list[str] = []
    for claim, indexes in by_claim.items():
        left = _narrowed(indexes, head.columns, claim.role, as_of)
        if len(left) > 1:
            place = grid.place(head.body[0].number - 1 if head.body else 0, left[0])
            found.problems.append(Problem(place, _undecided(claim, left, head.columns)))
            continue
        passed += [head.columns[i].name for i in indexes if i not in left]
        found.use |= dict.fromkeys(left, claim)
    if passed:
        names = "、".join(f"“{name}”" for name in dict.fromkeys(passed))
        found.notes.append(f"同一项有几列的，以本期、累计、实际的一列为准，没有采用{names}。")
    found.doubts += _other_periods(head.columns, found.use)
    return found


def _undecided(claim: Claim, left: Sequence[int], columns: Sequence[Column]) -> str:
    whose = claim.item[:20] or claim.subject or "各县（市、区）"
    names = "、".join(f"“{columns[index].name}”" for index in left)
    what = ROLE_WORDS[claim.role]
    return f"{whose}有{len(left)}列{what}（{names}），不能确定用哪一列，没有读入。"


def _narrowed(
    indexes: Sequence[int], columns: Sequence[Column], role: Role, as_of: date | None
) -> list[int]:
    """Those of several columns for one figure that the words speak for."""
    left = [index for index in indexes if not columns[index].period.former]

    def keep(wanted: Callable[[Column], bool]) -> None:
        nonlocal left
        left = [index for index in left if wanted(columns[index])] or left

    keep(lambda column: as_of is None or column.period.year in (None, as_of.year))
    if role is Role.TARGET:
        keep(lambda column: column.period.whole_year)
        keep(lambda column: not column.period.single and column.period.month is None)
        return left
    keep(lambda column: not column.planned)
    keep(lambda column: column.period.total)
    months = {columns[index].period.month for index in left}
    if len(months) > 1:
        latest = max(filter(None, months))
        meant = as_of.month if as_of is not None else latest
        if None not in months and meant not in months:
            meant = latest
        keep(lambda column: column.period.month in (None, meant))
    keep(lambda column: column.role is not None)
    if role is Role.RANK:
        keep(lambda column: any("全市" in text for text in column.texts))
    return left


def _other_periods(columns: Sequence[Column], use: Mapping[int, Claim]) -> list[str]:
    """Doubts where the county and the average, or the others, are not of the same time."""
    chosen = [
        columns[index]
        for index, claim in use.items()
        if claim.role in (Role.PERCENT, Role.PROGRESS, Role.DONE)
    ]
    single = [c for c in chosen if c.period.single and not c.period.total]
    total = [c for c in chosen if c.period.total]
    months = {c.period.month: c for c in chosen if c.period.month is not None}
    pairs = []
    if single and total:
        pairs.append((single[0], total[0]))
    if len(months) > 1:
        pairs.append(tuple(months.values())[:2])
    return [f"“{one.name}”与“{other.name}”不是同一期的数，请核对。" for one, other in pairs]


def claims_of(head: Head, *, named: bool) -> tuple[dict[int, Claim], list[int], list[int]]:
    """What the columns of a table hold whose rows are items.

    Args:
        head: with its columns.
        named: whether each row names its county.

    Returns:
        The claims; columns that do not say whose figures they hold; and those that give the
        own county's target without saying so.
    """
    own, claims, loose, likely = head.known.own, {}, [], []
    subjects = {c.subject for c in head.columns if c.subject} - OF_CITY
    for index, column in enumerate(head.columns):
        role, subject = column.role, column.subject
        if index == head.kind_at or column.strange or (column.words and subject is None):
            continue
        if role is Role.RANK:
            if subject in (None, own):
                claims[index] = Claim(own, role)
        elif subject is not None:
            if role is None or role in MEASURES:
                claims[index] = Claim(subject, role or Role.PERCENT)
        elif role not in MEASURES:
            continue
        elif named:
            claims[index] = Claim(None, role)
        elif not subjects:
            # A table of the own county alone beside the average: 进度 | 全市平均.
            claims[index] = Claim(own, role)
        elif subjects == {own} and role is Role.TARGET:
            claims[index] = Claim(own, role)
            likely.append(index)
        else:
            loose.append(index)
    if Claim(own, Role.PERCENT) in claims.values():
        likely = []  # nothing is worked out from it
    return claims, loose, likely


def head_says(head: Head, use: Mapping[int, Claim]) -> Period | None:
    """The year and month that the head gives for the own county's figures."""
    for index, claim in use.items():
        period = head.columns[index].period
        if claim.role not in (Role.PERCENT, Role.PROGRESS, Role.DONE):
            continue
        if claim.subject in (head.known.own, None) and (period.month or period.year):
            return period
    return None


def unread(head: Head, use: Mapping[int, Claim], leave: Iterable[int | None]) -> list[int]:
    """Columns with figures whose heads say nothing known, but for ``leave``."""
    left = set(leave) | {head.kind_at}
    return [
        index
        for index, column in enumerate(head.columns)
        if index not in use and index not in left and column.role not in NO_PROGRESS
        if column.strange or (column.words and column.subject is None)
        if head.has_figures(index)
    ]


def no_progress(head: Head) -> list[int]:
    """Columns of figures that are known to be no progress: 得分, 完成投资, 计划进度."""
    return [
        index
        for index, column in enumerate(head.columns)
        if column.role in NO_PROGRESS and head.has_figures(index)
    ]
