"""The script of a simulated year (演示数据): which piece of work follows which course.

Pure functions of a plan, a date and a seed: the same seed gives the same figures and words.
No clock, no random numbers but those drawn from the seed. Percents are 0–100 or more.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import floor
from typing import NamedTuple

from livelihood.organisation.words import cn_month_day, number_cn, percent1
from progress.rules.calendar import DAY, month_end
from projects.rules.planned import FULL

EARLY_DAYS, DELAY_DAYS = 35, 35
# What belongs to the work's own end may be promised so long before it is due.
DECLARE_AHEAD_DAYS = 62


def draw(seed: int, *what) -> float:
    """A number from 0 to below 1 that depends on nothing but its arguments."""
    digest = hashlib.sha256(repr((seed, *what)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def pick(choices: Sequence, seed: int, *what):
    """One of ``choices``, the same for the same arguments."""
    return choices[int(draw(seed, *what) * len(choices))]


class Course(StrEnum):
    """How a piece of work runs against its schedule."""

    STEADY = "steady"  # as planned
    EARLY = "early"  # a month before its schedule
    DELAYED = "delayed"  # a month after its schedule, and then done
    RECOVERING = "recovering"  # behind in spring, caught up in summer
    TRAILING = "trailing"  # behind from spring to the end
    STALLED = "stalled"  # stands still from June to August
    JUMPING = "jumping"  # hardly moves until October, and then is done at once
    BEYOND = "beyond"  # does more than was promised
    FALLING = "falling"  # the figure of September is below that of August
    MISREPORTED = "misreported"  # a wrong figure in April, corrected after the closing


# Points behind the schedule by month.
BEHIND_BY = {
    Course.RECOVERING: {4: 6, 5: 8, 6: 12, 7: 8, 8: 2},
    Course.TRAILING: {3: 2, 4: 6, 5: 9, 6: 12, 7: 14, 8: 15, 9: 17, 10: 16, 11: 14},
    Course.STALLED: {5: 2, 9: 14, 10: 7, 11: 2},
    Course.JUMPING: {4: 4, 5: 9, 6: 17, 7: 26, 8: 35, 9: 42},
}
STANDSTILL = range(5, 9)  # months in which STALLED stays where it was in the first of them
FALL_MONTH, MISREPORTED_MONTH = 9, 4
MISREPORTED_POINTS = 13.0
FALL_POINTS = 4.0
# Courses that need a long schedule to be seen, and those for the rest.
LONG_COURSES = (
    Course.TRAILING,
    Course.RECOVERING,
    Course.STALLED,
    Course.JUMPING,
    Course.BEYOND,
    Course.FALLING,
    Course.MISREPORTED,
    Course.RECOVERING,
    Course.EARLY,
    Course.STEADY,
)
SHORT_COURSES = (
    Course.STEADY,
    Course.EARLY,
    Course.STEADY,
    Course.DELAYED,
    Course.STEADY,
    Course.EARLY,
)


class Aim(NamedTuple):
    """One thing that is measured: its target, and by when which percent of it is planned."""

    key: int
    name: str
    unit: str
    kind: str  # "quantity", "rate" or "milestone"
    target: float | None
    steps: tuple[tuple[date, float], ...]
    decimals: int  # with which its figures are told


class Node(NamedTuple):
    """A milestone; ``by_figure``: a figure says whether it is met."""

    label: str
    text: str
    due: date
    by_figure: bool


class Work(NamedTuple):
    """One project: its place in the list, its aims and milestones."""

    order: int
    name: str
    aims: tuple[Aim, ...]
    nodes: tuple[Node, ...]

    @property
    def is_long(self) -> bool:
        """Whether its schedule has figures for most of the year, until autumn."""
        return any(len(a.steps) > 4 and a.steps[-1][0].month > 9 for a in self.aims)

    @property
    def ends(self) -> date | None:
        """When the last of it is due."""
        dues = [n.due for n in self.nodes] + [due for a in self.aims for due, _percent in a.steps]
        return max(dues, default=None)


@dataclass(frozen=True)
class Month:
    """What the unit reports of a work at an as-of date.

    ``values`` and ``percents`` by the aims' keys; ``met`` says of each milestone told (by its
    place in ``Work.nodes``) on which day it was met, None if it was due and is not.
    ``cause`` and ``catch_up_on`` are for a report that turns out to be behind.
    """

    values: dict[int, float] = field(default_factory=dict)
    percents: dict[int, float] = field(default_factory=dict)
    met: dict[int, date | None] = field(default_factory=dict)
    narrative: str = ""
    problems: str = ""
    help_needed: str = ""
    declares: bool = False
    cause: str = ""
    catch_up_on: date | None = None


def deal_courses(works: Sequence[Work], seed: int) -> dict[int, Course]:
    """A course for every work, by its order; each course occurs if there are works for it."""
    courses = {}
    for long, dealt in ((True, LONG_COURSES), (False, SHORT_COURSES)):
        same = [w for w in works if w.is_long == long]
        same.sort(key=lambda w: draw(seed, "course", w.order))
        for place, work in enumerate(same):
            courses[work.order] = dealt[place % len(dealt)]
    return courses


# -- Figures ---------------------------------------------------------------------------


def planned_line(aim: Aim, begins: date, day: date) -> float:
    """The planned percent between the dates of the schedule: slow at first, then straight."""
    before = (begins, 0.0)
    for place, (due, percent) in enumerate(aim.steps):
        if day < due:
            span = max((due - before[0]).days, 1)
            passed = min(max((day - before[0]).days, 0) / span, 1.0)
            return before[1] + (percent - before[1]) * (passed**2 if place == 0 else passed)
        before = (due, percent)
    return before[1]


def begins(work: Work, aim: Aim) -> date:
    """When figures begin: after the preparations that stand before the first of them; half
    way through, where the schedule has a figure for the end alone."""
    first = aim.steps[0][0]
    prepared = sorted(n.due for n in work.nodes if not n.by_figure and n.due < first)
    if not prepared:
        return date(first.year, 1, 1)
    return prepared[len(prepared) // 2 if len(aim.steps) == 1 else -1]


def reached(work: Work, aim: Aim, course: Course, as_of: date, seed: int) -> float:
    """The percent that a course has reached; it may fall where the course says so."""
    month = as_of.month
    day = as_of
    if course is Course.EARLY:
        day += EARLY_DAYS * DAY
    if course is Course.DELAYED:
        day -= DELAY_DAYS * DAY
    if course is Course.STALLED and month in STANDSTILL:
        day = month_end(as_of.year, STANDSTILL[0])
        month = STANDSTILL[0]
    percent = planned_line(aim, begins(work, aim), day)
    if course is Course.BEYOND:
        percent *= 1 + 0.024 * month
    elif percent < FULL and course in (Course.STEADY, Course.EARLY, Course.MISREPORTED):
        percent += 3 * draw(seed, "more", work.order, aim.name, month)
    percent -= BEHIND_BY.get(course, {}).get(month, 0)
    if course is not Course.BEYOND:
        percent = min(percent, FULL)
    return max(percent, 0.0)


def value_of(work: Work, aim: Aim, course: Course, as_of: date, seed: int) -> float | None:
    """The cumulative figure of a quantity; it never falls, except in the course that does."""
    if not aim.target or not aim.steps:
        return None
    dates = [month_end(as_of.year, m) for m in range(1, as_of.month)] + [as_of]
    best = max(reached(work, aim, course, day, seed) for day in dates)
    if course is Course.FALLING and as_of.month == FALL_MONTH:
        best = max(reached(work, aim, course, day, seed) for day in dates[:-1]) - FALL_POINTS
    return floored(aim.target * max(best, 0.0) / FULL, aim.decimals)


def floored(value: float, decimals: int) -> float:
    """A figure with so many decimals, never more than is there."""
    scale = 10**decimals
    return floor(value * scale + 1e-6) / scale


def misreported(aim: Aim, value: float) -> float:
    """The figure that was told too low by mistake."""
    return floored(max(value - aim.target * MISREPORTED_POINTS / FULL, 0.0), aim.decimals)


def rate_of(work: Work, aim: Aim, as_of: date, seed: int) -> float | None:
    """A rate: told from the month before it is due on, a little above what is promised, and
    slowly rising: one that falls would be doubted."""
    if not aim.target or not aim.steps or as_of < aim.steps[0][0] - 31 * DAY:
        return None
    rate = aim.target + 0.4 + 1.2 * draw(seed, "rate", work.order, aim.name) + 0.05 * as_of.month
    return min(floored(rate, 1), FULL)


def met_on(work: Work, place: int, course: Course, seed: int) -> date:
    """The day on which a milestone is met."""
    node = work.nodes[place]
    chance = draw(seed, "met", work.order, place)
    if course is Course.EARLY:
        offset = -12 - round(14 * chance)
    elif course is Course.DELAYED:
        offset = 6 + round(28 * chance)
    elif course in (Course.TRAILING, Course.JUMPING) and 3 < node.due.month < 8:
        offset = 4 + round(18 * chance)
    else:
        offset = -1 - round(8 * chance)
    return max(node.due + offset * DAY, date(node.due.year, 1, 4))


def told_nodes(work: Work, course: Course, as_of: date, seed: int) -> dict[int, date | None]:
    """What is said of the milestones that no figure decides: met on a day, or not met."""
    told = {}
    for place, node in enumerate(work.nodes):
        if node.by_figure:
            continue
        day = met_on(work, place, course, seed)
        if day <= as_of:
            told[place] = day
        elif node.due <= as_of:
            told[place] = None
    return told


def stated_percent(work: Work, aim: Aim, course: Course, as_of: date, seed: int) -> float:
    """What a unit states of work without a number: the share of its steps that are done."""
    nodes = [place for place, node in enumerate(work.nodes) if not node.by_figure]
    done = sum(1 for day in told_nodes(work, course, as_of, seed).values() if day)
    ends = max((due for due, _percent in aim.steps), default=None)
    if ends is None:
        return min(FULL, 35.0 * as_of.month)
    shift = {Course.EARLY: -EARLY_DAYS, Course.DELAYED: DELAY_DAYS}.get(course, 0)
    if done == len(nodes) and as_of >= ends + shift * DAY:
        return FULL
    return round(FULL * done / (len(nodes) + 1) / 5) * 5.0


# -- A month of one work -----------------------------------------------------------------


def month_of(work: Work, course: Course, as_of: date, seed: int) -> Month:
    """What the unit knows and reports of a work at ``as_of``, without mistakes."""
    now = _figures(work, course, as_of, seed)
    before = None
    if as_of.month > 1:
        before = _figures(work, course, month_end(as_of.year, as_of.month - 1), seed)
    told = {**now, "narrative": narrative(work, as_of, now, before)}
    trouble = trouble_of(work, course, as_of, seed)
    return Month(
        **told,
        problems=trouble[0],
        help_needed=trouble[1],
        declares=_declares(work, course, as_of, now, seed),
        cause=cause_of(work, as_of, seed),
        catch_up_on=catch_up_on(course, as_of),
    )


def _figures(work: Work, course: Course, as_of: date, seed: int) -> dict:
    values, percents = {}, {}
    for aim in work.aims:
        if aim.kind == "milestone":
            percents[aim.key] = stated_percent(work, aim, course, as_of, seed)
            continue
        known = rate_of if aim.kind == "rate" else None
        value = known(work, aim, as_of, seed) if known else value_of(work, aim, course, as_of, seed)
        if value is not None:
            values[aim.key] = value
    return {"values": values, "percents": percents, "met": told_nodes(work, course, as_of, seed)}


def _declares(work: Work, course: Course, as_of: date, now: dict, seed: int) -> bool:
    """Whether the unit says that all is done: some do at once, some a month later."""
    if any(aim.kind == "rate" for aim in work.aims) or work.ends is None:
        return False
    if work.ends > as_of + DECLARE_AHEAD_DAYS * DAY or work.ends.month == 12:
        return False
    waits = draw(seed, "declares", work.order) > 0.7
    if waits and as_of.month > 1:
        as_of = month_end(as_of.year, as_of.month - 1)
        now = _figures(work, course, as_of, seed)
    nodes = [place for place, node in enumerate(work.nodes) if not node.by_figure]
    return (
        all(now["met"].get(place) for place in nodes)
        and all(now["percents"].get(a.key) == FULL for a in work.aims if a.kind == "milestone")
        and all(
            a.target and now["values"].get(a.key, 0) >= a.target
            for a in work.aims
            if a.kind == "quantity"
        )
    )


def catch_up_on(course: Course, as_of: date) -> date:
    """By when a unit that is behind promises to have caught up; kept only by some courses."""
    if course is Course.RECOVERING and as_of.month < 9:
        return month_end(as_of.year, 9)
    if course in (Course.JUMPING, Course.STALLED) and 7 < as_of.month < 11:
        return month_end(as_of.year, 11)
    months = as_of.month + (1 if course is Course.DELAYED else 2)
    return month_end(as_of.year, min(months, 12)) if as_of.month < 12 else as_of + 31 * DAY


# -- Words -----------------------------------------------------------------------------

PLACES = frozenset({"公里", "个", "座", "处", "栋", "台", "家", "户"})
CAUSES = {
    "works": (
        "前期连续阴雨，室外作业有效天数减少，施工进度低于计划。",
        "部分点位管线迁改和场地协调用时较长，开工晚于计划。",
        "主要材料到货晚于预期，后续工序顺延。",
        "设计方案根据现场情况调整，重新履行审批程序。",
    ),
    "people": (
        "前期宣传发动不够，参与率低于预期。",
        "部分镇乡（街道）组织时间安排较晚，人数集中在后期。",
        "场地和人员排期紧张，部分批次顺延。",
    ),
    "other": (
        "方案需会同多个部门论证，征求意见用时较长。",
        "采购程序用时超出预期，后续工作顺延。",
    ),
}
TROUBLES = {
    "works": (
        (
            "个别点位涉及权属单位较多，进场手续尚未办齐。",
            "请协调有关权属单位尽快办理进场手续。",
        ),
        (
            "施工影响周边居民出行，部分路段只能错峰施工。",
            "请有关镇乡（街道）协助做好群众工作。",
        ),
        ("雨季施工条件差，部分工序须等待天气好转。", ""),
    ),
    "people": (
        ("部分对象外出务工，集中组织有困难。", "请各镇乡（街道）协助通知到人。"),
        ("各镇乡（街道）进度不平衡，偏远村参与率偏低。", ""),
    ),
    "other": (
        ("所需资金尚未全部落实。", "请财政部门支持，尽快落实资金。"),
        ("涉及部门较多，职责分工有待进一步明确。", "请县府办牵头召开协调会明确分工。"),
    ),
}
TROUBLED = frozenset({Course.TRAILING, Course.STALLED, Course.JUMPING})


def nature(work: Work) -> str:
    """Whether it is about building, about people, or about something else."""
    units = {a.unit for a in work.aims if a.kind == "quantity"}
    if units & {"人", "起", "人次"}:
        return "people"
    return "works" if units & PLACES else "other"


def cause_of(work: Work, as_of: date, seed: int) -> str:
    """Why a work is behind, should it be."""
    # The same for a quarter: a cause is not a new one every month.
    return pick(CAUSES[nature(work)], seed, "cause", work.order, (as_of.month + 1) // 3)


def trouble_of(work: Work, course: Course, as_of: date, seed: int) -> tuple[str, str]:
    """(problem, help needed); mostly nothing."""
    if course in TROUBLED and as_of.month in range(4, 11):
        kept = (as_of.month + 2) // 4
        return pick(TROUBLES[nature(work)], seed, "trouble", work.order, kept)
    if draw(seed, "problem", work.order, as_of.month) < 0.03:
        return pick(TROUBLES[nature(work)], seed, "trouble", work.order, as_of.month)
    return "", ""


def narrative(work: Work, as_of: date, now: dict, before: dict | None) -> str:
    """The month in the field's words: figures, milestones as the schedule words them, next."""
    sentences = [_aim_words(a, as_of, now, before) for a in work.aims]
    sentences += _node_words(work, now, before)
    following = _next_words(work, as_of, now)
    if following:
        sentences.append(following)
    return "".join(s for s in sentences if s) or "正在做前期准备。"


def _aim_words(aim: Aim, as_of: date, now: dict, before: dict | None) -> str:
    value = now["values"].get(aim.key)
    if value is None:
        return ""
    if aim.kind == "rate":
        return f"截至{as_of.month}月底，{aim.name}为{number_cn(value)}{aim.unit}。"
    if not value:
        return ""
    start = f"截至{as_of.month}月底，{aim.name}累计完成{number_cn(value)}{aim.unit}"
    start += f"，占年度目标的{percent1(FULL * value / aim.target)}"
    more = value - (before["values"].get(aim.key, 0) if before else 0)
    more = round(more, aim.decimals)
    if more > 0:
        return f"{start}，本月新增{number_cn(more)}{aim.unit}。"
    if more < 0:
        return f"{start}；经复核，核减{number_cn(-more)}{aim.unit}。"
    return f"{start}。" if value >= aim.target else f"{start}，本月没有新增。"


def _node_words(work: Work, now: dict, before: dict | None) -> list[str]:
    old = before["met"] if before else {}
    fresh = [p for p, day in now["met"].items() if day and not old.get(p)]
    words = []
    if fresh:
        done = "；".join(
            f"{_plain(work.nodes[p].text)}（{cn_month_day(now['met'][p])}）" for p in fresh
        )
        words.append(f"已完成：{done}。")
    open_ones = [_plain(work.nodes[p].text) for p, day in now["met"].items() if day is None]
    if open_ones:
        words.append(f"“{'”“'.join(open_ones)}”尚未完成，正在加紧推进。")
    return words


def _next_words(work: Work, as_of: date, now: dict) -> str:
    for place, node in sorted(enumerate(work.nodes), key=lambda pair: pair[1].due):
        reached = node.by_figure and _reached(work, node.due, now["values"])
        if node.due > as_of and not now["met"].get(place) and not reached:
            return f"下一步：{node.due.month}月底前{_plain(node.text)}。"
    return ""


def _reached(work: Work, due: date, values: dict[int, float]) -> bool:
    """Whether every figure is there that the schedule asks for by ``due``."""
    asked = [
        values.get(aim.key, 0) >= floored(aim.target * percent / FULL, aim.decimals)
        for aim in work.aims
        for day, percent in aim.steps
        if day == due and aim.target
    ]
    return bool(asked) and all(asked)


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip("。；，")


# -- How units report --------------------------------------------------------------------

LATE_SHARE, RETURNED_SHARE, RETURNED_TWICE_SHARE = 0.11, 0.07, 0.02
MISSING_MONTH, EXTENDED_MONTH, WITHDRAWN_MONTH = 7, 8, 5
LATEST_DAYS = 3


@dataclass(frozen=True)
class Conduct:
    """Which unit misses a month, which is given more time, which takes something back."""

    missing: int | None
    extended: int | None
    withdrawing: int | None


def conduct_of(sizes: dict[int, int], seed: int) -> Conduct:
    """The units' parts, drawn from the small ones; ``sizes`` are projects by unit."""
    small = [unit for unit, size in sizes.items() if size <= 2] or list(sizes)
    small.sort(key=lambda unit: draw(seed, "conduct", list(sizes).index(unit)))
    parts = [*small[:3], None, None, None]
    return Conduct(*parts[:3])


def days_late(unit: int, month: int, seed: int) -> int:
    """By how many days a unit (by its place among the units) sends too late; mostly 0."""
    chance = draw(seed, "late", unit, month)
    return 1 + int(LATEST_DAYS * chance / LATE_SHARE) if chance < LATE_SHARE else 0


def times_returned(work: int, month: int, seed: int) -> int:
    """How often the office sends a report back before it is right; mostly never."""
    chance = draw(seed, "returned", work, month)
    return 2 if chance < RETURNED_TWICE_SHARE else 1 if chance < RETURNED_SHARE else 0


def spread(value: float, tasks: Sequence[float | None], decimals: int) -> list[float]:
    """A figure over the places of a breakdown, in proportion to their tasks; it adds up.

    Args:
        value: the unit's own figure.
        tasks: of the places; a place without a number counts as the mean of the others.
        decimals: with which the figures are told.
    """
    known = [task for task in tasks if task]
    usual = sum(known) / len(known) if known else 1.0
    weights = [task or usual for task in tasks]
    scale = 10**decimals
    whole = round(value * scale)
    shares = [whole * weight / sum(weights) for weight in weights]
    parts = [floor(share) for share in shares]
    largest = sorted(range(len(parts)), key=lambda place: parts[place] - shares[place])
    for place in largest[: whole - sum(parts)]:
        parts[place] += 1
    return [part / scale for part in parts]
