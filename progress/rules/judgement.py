"""The judgement on one list item at one date (研判). Pure functions, no database, no clock.

Every standing carries the numbers that led to it, and says them in Chinese.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple

from livelihood.organisation.words import (
    cn_date,
    number_cn,
    percent1,
    points1,
    points_cn,
    rounded,
    rounded1,
)
from projects.rules.planned import (
    FULL,
    ItemPlan,
    MilestonePlan,
    TargetPlan,
    follows_time,
    planned_percent,
    target_planned_percent,
    weighted_mean,
)


class Status(StrEnum):
    """Schedule status (进度状态); ``LABELS`` has the words."""

    COMPLETED = "completed"
    NOT_REPORTED = "not_reported"
    SERIOUSLY_BEHIND = "seriously_behind"
    BEHIND = "behind"
    AHEAD = "ahead"
    ON_SCHEDULE = "on_schedule"


LABELS = {
    Status.COMPLETED: "已完成",
    Status.NOT_REPORTED: "未报",
    Status.SERIOUSLY_BEHIND: "严重滞后",
    Status.BEHIND: "滞后",
    Status.AHEAD: "超序时",
    Status.ON_SCHEDULE: "按序时",
}
# What stands where no round has begun: unknown is unknown.
NO_STATUS_LABEL = "尚无进展"

# Decimals of a variance that can come from figures; further ones come from their binary form.
EXACT = 6
# With so many decimals a city's table prints percents, and averages are compared.
TABLE_DECIMALS = 2

# What is less does not show in figures of one decimal.
LEAST_SHOWN = 0.05

BEHIND = frozenset({Status.BEHIND, Status.SERIOUSLY_BEHIND})


class Flag(StrEnum):
    """What is worth knowing besides the schedule status; ``FLAG_LABELS`` has the words."""

    BELOW_CITY_AVERAGE = "below_city_average"
    BOTTOM_OF_CITY = "bottom_of_city"
    STALLED = "stalled"
    PROBLEM = "problem"
    DOUBTFUL = "doubtful"
    UNTOLD = "untold"


FLAG_LABELS = {
    Flag.BELOW_CITY_AVERAGE: "低于全市平均",
    Flag.BOTTOM_OF_CITY: "位次靠后",
    Flag.STALLED: "停滞",
    Flag.PROBLEM: "存在问题",
    Flag.DOUBTFUL: "数据存疑",
    Flag.UNTOLD: "节点未说明",
}


# What rests on the comparison with the city.
CITY_FLAGS = frozenset({Flag.BELOW_CITY_AVERAGE, Flag.BOTTOM_OF_CITY})


class Yardstick(StrEnum):
    """By what an item is judged; named in every explanation."""

    PERCENT = "percent"
    MILESTONE = "milestone"
    ELAPSED = "elapsed"
    ELAPSED_BY_RULE = "elapsed_by_rule"
    NOT_DUE = "not_due"


YARDSTICK_LABELS = {
    Yardstick.PERCENT: "计划百分比",
    Yardstick.MILESTONE: "到期节点",
    Yardstick.ELAPSED: "时间进度（无进度安排）",
    Yardstick.ELAPSED_BY_RULE: "时间进度（按规则不看进度安排）",
    Yardstick.NOT_DUE: "尚无到期节点",
}


class Measure(StrEnum):
    """How far behind is measured: in points, or as a share of the plan."""

    POINTS = "points"
    RATIO = "ratio"


class Basis(StrEnum):
    """What the planned percent is: the item's own schedule, or the elapsed share of time."""

    SCHEDULE = "schedule"
    ELAPSED = "elapsed"


@dataclass(frozen=True)
class Thresholds:
    """The numbers of a rule set; all editable by the county.

    ``ahead``, ``behind`` and ``seriously_behind`` are percentage points, or percent of
    the plan where ``measure`` is RATIO. ``bottom_ranks``: so many of the last places in the
    city's ranking are flagged, 0 for none.
    """

    measure: Measure = Measure.POINTS
    ahead: float = 5.0
    behind: float = 5.0
    seriously_behind: float = 10.0
    overdue_days: int = 30
    rounds_behind: int = 2
    rounds_stalled: int = 2
    comparison_max_age_days: int = 45
    basis: Basis = Basis.SCHEDULE
    bottom_ranks: int = 0

    @property
    def unit(self) -> str:
        """What the thresholds are counted in."""
        return "个百分点" if self.measure is Measure.POINTS else "%（占计划）"


class Figure(NamedTuple):
    """The latest figure of a target: cumulative value, or the percent the unit stated."""

    value: float | None
    percent: float | None


class Comparison(NamedTuple):
    """What the city's table says of an item; figures in percent."""

    as_of: date
    figure: float
    average: float
    rank: int | None
    counties: int | None
    source: str
    illustrative: bool


class Earlier(NamedTuple):
    """How the item stood in an earlier round."""

    as_of: date
    status: Status | None
    actual_percent: float | None
    milestones_met: int


@dataclass(frozen=True)
class Facts:
    """What is known of one item at the date of judgement.

    Attributes:
        reported: True if the round has an accepted report, False if it is over without
            one, None if there is no round or reports are still awaited.
        figures: latest figure by target key; the key None is the item as a whole.
        marks: what reports say of a milestone, by its key: met, not met, or nothing.
        completed_on: when the completion that the county counts was reached.
        problems: the obstacle as reported, "" if none.
        comparison: the city's latest table up to the date.
        earlier: earlier rounds, the latest first.
        contradictions: what in plan or figures does not add up, one sentence each.
    """

    reported: bool | None = None
    figures: Mapping[int | None, Figure] = field(default_factory=dict)
    marks: Mapping[int, bool | None] = field(default_factory=dict)
    completed_on: date | None = None
    problems: str = ""
    comparison: Comparison | None = None
    earlier: Sequence[Earlier] = ()
    contradictions: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether the round itself tells how the item stands, or it is completed; else its
        figures are carried forward from an earlier round."""
        return bool(self.reported) or self.completed_on is not None


class TargetStanding(NamedTuple):
    """Planned and actual percent of one target; None is unknown."""

    target: TargetPlan
    planned: float | None
    actual: float | None
    value: float | None
    kept: bool | None  # for a rate that is to hold now: kept or not; else None


class MilestoneState(StrEnum):
    """How one milestone stands at a date."""

    MET = "met"
    UNMET = "unmet"
    SHORT = "short"
    UNTOLD = "untold"
    LATER = "later"


MILESTONE_LABELS = {
    MilestoneState.MET: "已完成",
    MilestoneState.UNMET: "未完成",
    MilestoneState.SHORT: "数量未达",
    MilestoneState.UNTOLD: "未说明",
    MilestoneState.LATER: "未到期",
}


def target_actual_percent(target: TargetPlan, figure: Figure | None) -> float | None:
    """What is reported of a target, in percent of it; None if unknown, above 100 if so.

    A percent that the unit stated of the year's task stands before the quotient: units
    weigh stages that a count does not show (463 children served two of four months are
    50 %, not 114 %).
    """
    if figure is None:
        return None
    if figure.percent is not None:
        return figure.percent
    if figure.value is not None and target.value:
        return FULL * figure.value / target.value
    return None


def target_standings(plan: ItemPlan, facts: Facts, as_of: date) -> tuple[TargetStanding, ...]:
    """Planned and actual percent of every target of the item."""
    whole = facts.figures.get(None)
    whole_percent = whole.percent if whole is not None else None
    standings = []
    for target in plan.targets:
        figure = facts.figures.get(target.key)
        planned = target_planned_percent(plan, target.key, as_of)
        actual = target_actual_percent(target, figure)
        value = figure.value if figure is not None else None
        kept = None
        due = planned is not None and planned >= FULL
        if target.kind == "rate" and due and value is not None and target.value:
            kept = value >= target.value
        if actual is None:
            actual = whole_percent
        standings.append(TargetStanding(target, planned, actual, value, kept))
    return tuple(standings)


def _capped(percent: float, targets: int) -> float:
    """A percent as it goes into a mean: over-fulfilment of one does not hide another."""
    return percent if targets == 1 else min(percent, FULL)


def milestone_state(
    milestone: MilestonePlan,
    facts: Facts,
    actuals: Mapping[int | None, float | None],
    as_of: date,
) -> MilestoneState:
    """How a milestone stands at ``as_of``.

    What the report says of it decides. Where it says nothing, a figure decides for a
    milestone with a percent; otherwise it is not told. A milestone met early is met.
    """
    told = facts.marks.get(milestone.key)
    if told is True:
        return MilestoneState.MET
    if milestone.due > as_of:
        return MilestoneState.LATER
    if told is False:
        return MilestoneState.UNMET
    if facts.completed_on is not None:
        return MilestoneState.MET
    if milestone.percent is not None:
        actual = actuals.get(milestone.target)
        if actual is not None:
            # A schedule's percents have one decimal: 2 of 3 are the 66.7 % it asks for.
            asked = milestone.percent
            enough = actual >= asked or rounded1(actual) >= rounded1(asked)
            return MilestoneState.MET if enough else MilestoneState.SHORT
    return MilestoneState.UNTOLD


@dataclass(frozen=True)
class Standing:
    """研判结果: the judgement on one list item at one date, with what led to it.

    Percents are 0–100 (actual may be above), the variance is in percentage points,
    negative is behind. None is unknown.
    """

    plan: ItemPlan
    facts: Facts
    rules: Thresholds
    as_of: date
    status: Status | None
    yardstick: Yardstick
    planned_percent: float
    actual_percent: float | None
    schedule_variance: float | None
    targets: tuple[TargetStanding, ...]
    states: tuple[MilestoneState, ...]  # of plan.milestones, in their order
    below_city_average: bool | None
    flags: tuple[Flag, ...]

    def count(self, state: MilestoneState) -> int:
        """How many milestones stand so."""
        return self.states.count(state)

    @property
    def milestones_met(self) -> int:
        """Milestones met, early ones included."""
        return self.count(MilestoneState.MET)

    @property
    def milestones_overdue(self) -> int:
        """Due milestones that are said not to be met."""
        return self.count(MilestoneState.UNMET)

    @property
    def is_behind(self) -> bool:
        """滞后 or 严重滞后."""
        return self.status in BEHIND

    @property
    def label(self) -> str:
        """The status in the bulletin's words."""
        return NO_STATUS_LABEL if self.status is None else LABELS[self.status]

    @property
    def last_due(self) -> date:
        """When the last of the plan falls due."""
        return max((m.due for m in self.plan.milestones), default=self.plan.ends)

    @property
    def is_early(self) -> bool:
        """Whether it was completed before the last of its plan fell due."""
        done = self.facts.completed_on or self.as_of
        return self.status is Status.COMPLETED and done < self.last_due

    @property
    def compares_part(self) -> bool:
        """Whether the variance is of some targets alone, and so not actual minus planned."""
        if self.actual_percent is None or self.schedule_variance is None:
            return False
        difference = self.actual_percent - self.planned_percent
        return abs(difference - self.schedule_variance) >= LEAST_SHOWN

    @property
    def gap(self) -> float | None:
        """The variance as the rule set measures it; None where there is none."""
        if self.schedule_variance is None:
            return None
        return gap(self.planned_percent, self.schedule_variance, self.rules)

    @property
    def is_measured_by_ratio(self) -> bool:
        """Whether the gap is percent of the plan, and not the variance itself."""
        return self.rules.measure is Measure.RATIO and self.planned_percent > 0

    @property
    def is_serious_by_rounds(self) -> bool:
        """Whether it is 严重滞后 for no other reason than that it was behind before."""
        overdue = overdue_days(self.states, self.plan, self.as_of)
        serious = self.status is Status.SERIOUSLY_BEHIND
        return serious and not is_far_behind(self.gap, overdue, self.rules)

    def milestones_in(self, state: MilestoneState) -> list[MilestonePlan]:
        """The milestones that stand so, in the order of the schedule."""
        return [m for m, s in zip(self.plan.milestones, self.states, strict=True) if s is state]

    @cached_property
    def explanation(self) -> list[str]:
        """Why it was judged so: the rules' words with the numbers filled in."""
        return explain(self)

    @cached_property
    def reason(self) -> str:
        """What is behind, or else what deserves attention, on one line."""
        return short_reason(self)


def gap(planned: float, variance: float, rules: Thresholds) -> float:
    """The variance as the rule set measures it: points, or percent of the plan.

    Rounded to ``EXACT`` decimals: in binary fractions 15.1 − 20.1 is a little less than −5,
    and must not count as more than 5 behind.
    """
    if rules.measure is Measure.RATIO and planned > 0:
        return round(FULL * variance / planned, EXACT)
    return round(variance, EXACT)


def overdue_days(standing_states, plan: ItemPlan, as_of: date) -> int:
    """For how many days the oldest unmet milestone has been overdue; 0 if none is."""
    days = [
        (as_of - m.due).days
        for m, state in zip(plan.milestones, standing_states, strict=True)
        if state is MilestoneState.UNMET
    ]
    return max(days, default=0)


def is_under(one: float, other: float) -> bool:
    """Whether a percent is smaller than another one, as a city's table would print both.

    The mean of equal figures may differ from them by a binary fraction.
    """
    return round(one, TABLE_DECIMALS) < round(other, TABLE_DECIMALS)


def below_average(comparison: Comparison | None, as_of: date, rules: Thresholds) -> bool | None:
    """Whether the county's figure is below the city's average; None without a valid table."""
    if comparison is None or not _is_valid(comparison, as_of, rules):
        return None
    return is_under(comparison.figure, comparison.average)


def _is_valid(comparison: Comparison, as_of: date, rules: Thresholds) -> bool:
    return 0 <= (as_of - comparison.as_of).days <= rules.comparison_max_age_days


def is_at_bottom(comparison: Comparison | None, as_of: date, rules: Thresholds) -> bool:
    """Whether the county has one of the last ``bottom_ranks`` places; never said without a
    valid table that prints its place and among how many."""
    if comparison is None or not _is_valid(comparison, as_of, rules):
        return False
    if comparison.rank is None or comparison.counties is None:
        return False
    return comparison.rank > comparison.counties - rules.bottom_ranks


def schedule_status(
    *,
    facts: Facts,
    plan: ItemPlan,
    states: Sequence[MilestoneState],
    kept_broken: bool,
    variance_gap: float | None,
    rules: Thresholds,
    as_of: date,
) -> Status | None:
    """The schedule status, by the first rule that holds.

    The order: completed; not reported; seriously behind; behind; ahead; on schedule.
    None where no round has begun and nothing is known.
    """
    if facts.completed_on is not None and facts.completed_on <= as_of:
        return Status.COMPLETED
    if facts.reported is False:
        return Status.NOT_REPORTED
    if facts.reported is None and not facts.figures and not facts.marks:
        return None
    unmet = MilestoneState.UNMET in states or kept_broken
    behind = unmet or (variance_gap is not None and variance_gap < -rules.behind)
    if behind:
        overdue = overdue_days(states, plan, as_of)
        running = rounds_running(facts) >= rules.rounds_behind
        if is_far_behind(variance_gap, overdue, rules) or running:
            return Status.SERIOUSLY_BEHIND
        return Status.BEHIND
    if variance_gap is not None and variance_gap >= rules.ahead:
        return Status.AHEAD
    return Status.ON_SCHEDULE


def is_far_behind(variance_gap: float | None, overdue: int, rules: Thresholds) -> bool:
    """Whether an item is 严重滞后 by how it stands now, whatever it was before."""
    too_far = variance_gap is not None and variance_gap < -rules.seriously_behind
    return too_far or overdue > rules.overdue_days


def rounds_running(facts: Facts) -> int:
    """How many rounds without a gap an item that is behind has been, this one included."""
    return 1 + sum(1 for _ in takewhile(lambda e: e.status in BEHIND, facts.earlier))


def is_stalled(
    facts: Facts, status: Status | None, actual: float | None, met: int, rules: Thresholds
) -> bool:
    """Whether nothing has moved over the last rounds; never said without known figures."""
    before = facts.earlier[: rules.rounds_stalled]
    if status is Status.COMPLETED or len(before) < rules.rounds_stalled or actual is None:
        return False
    if actual >= FULL:
        return False
    return all(e.actual_percent == actual and e.milestones_met == met for e in before)


def falling_figure(facts: Facts, actual: float | None) -> str:
    """What is wrong if a cumulative figure falls against the last round; "" if it does not."""
    if not facts.earlier or actual is None:
        return ""
    last = facts.earlier[0]
    if last.actual_percent is None or actual >= last.actual_percent:
        return ""
    return (
        f"累计进度由{percent1(last.actual_percent)}（截至{cn_date(last.as_of)}）"
        f"降为{percent1(actual)}。"
    )


def _yardstick(plan: ItemPlan, variance: float | None, states, as_of: date) -> Yardstick:
    if not plan.milestones:
        return Yardstick.ELAPSED
    if follows_time(plan) and variance is not None:
        return Yardstick.ELAPSED_BY_RULE
    due = [m for m in plan.milestones if m.due <= as_of]
    if variance is not None and any(m.percent is not None for m in due):
        return Yardstick.PERCENT
    if due or MilestoneState.MET in states:
        return Yardstick.MILESTONE
    return Yardstick.PERCENT if variance is not None else Yardstick.NOT_DUE


def _means(targets: Sequence[TargetStanding], whole: Figure | None):
    """(actual percent, variance) of an item: means over its targets.

    A target without a figure is left out of both, and one without a plan of the variance,
    so that like is compared with like.
    """
    count = len(targets)
    known = [t for t in targets if t.actual is not None]
    if not targets and whole is not None:
        return whole.percent, None
    actual = weighted_mean((_capped(t.actual, count), t.target.weight) for t in known)
    variance = weighted_mean(
        (_capped(t.actual, count) - t.planned, t.target.weight)
        for t in known
        if t.planned is not None
    )
    return actual, variance


def known_percent(plan: ItemPlan, facts: Facts, as_of: date) -> float | None:
    """The actual percent of an item, as in its standing; None if unknown."""
    return _means(target_standings(plan, facts, as_of), facts.figures.get(None))[0]


def _plans_single_targets(targets: Sequence[TargetStanding]) -> bool:
    return any(t.planned is not None for t in targets)


def _flags(facts: Facts, status, actual, states, as_of: date, rules: Thresholds) -> Iterator[Flag]:
    """What is worth knowing besides the status, in the order in which it is shown."""
    if below_average(facts.comparison, as_of, rules):
        yield Flag.BELOW_CITY_AVERAGE
    if is_at_bottom(facts.comparison, as_of, rules):
        yield Flag.BOTTOM_OF_CITY
    if is_stalled(facts, status, actual, states.count(MilestoneState.MET), rules):
        yield Flag.STALLED
    if facts.problems:
        yield Flag.PROBLEM
    if facts.contradictions or falling_figure(facts, actual):
        yield Flag.DOUBTFUL
    if status in (Status.ON_SCHEDULE, Status.AHEAD) and MilestoneState.UNTOLD in states:
        yield Flag.UNTOLD


def judge(plan: ItemPlan, facts: Facts, as_of: date, rules: Thresholds) -> Standing:
    """Judge one item at ``as_of`` by ``rules``.

    Args:
        plan: what the list promises.
        facts: what is known of it up to ``as_of``.
        as_of: the date of judgement; nothing later may be in ``facts``.
        rules: the county's thresholds in force at ``as_of``.

    Returns:
        The standing; its ``explanation`` says in Chinese why.
    """
    if rules.basis is Basis.ELAPSED:
        plan = plan._replace(by_elapsed=True)
    targets = target_standings(plan, facts, as_of)
    planned = planned_percent(plan, as_of)
    actual, variance = _means(targets, facts.figures.get(None))
    if variance is None and actual is not None and not _plans_single_targets(targets):
        variance = actual - planned
    actuals = {t.target.key: t.actual for t in targets}
    actuals[None] = actual
    states = tuple(milestone_state(m, facts, actuals, as_of) for m in plan.milestones)
    status = schedule_status(
        facts=facts,
        plan=plan,
        states=states,
        kept_broken=any(t.kept is False for t in targets),
        variance_gap=None if variance is None else gap(planned, variance, rules),
        rules=rules,
        as_of=as_of,
    )
    return Standing(
        plan=plan,
        facts=facts,
        rules=rules,
        as_of=as_of,
        status=status,
        yardstick=_yardstick(plan, variance, states, as_of),
        planned_percent=planned,
        actual_percent=actual,
        schedule_variance=variance,
        targets=targets,
        states=states,
        below_city_average=below_average(facts.comparison, as_of, rules),
        flags=tuple(_flags(facts, status, actual, states, as_of, rules)),
    )


# -- The judgement in words --------------------------------------------------------


# Where a text may be cut without hurting a word.
CLAUSE_ENDS = "，；。：！？、"
BRACKETS = {"（": "）", "(": ")", "“": "”", "‘": "’", "《": "》"}


def shortened(text: str, limit: int) -> str:
    """At most about ``limit`` characters of a text, cut where a clause ends.

    A bracket is not left open; where no clause ends in the second half of what is kept, the
    cut falls into a word and an ellipsis says so.
    """
    if len(text) <= limit:
        return text
    kept = text[:limit]
    for mark in ("；。！？", "，：", "、"):
        end = max((kept.rfind(one) for one in mark), default=-1)
        if end >= limit // 2 and not _is_open(kept[:end]):
            return kept[:end]
    return f"{kept[:-1]}…"


def _is_open(text: str) -> bool:
    return any(text.count(begin) > text.count(end) for begin, end in BRACKETS.items())


def labelled(milestone: MilestonePlan) -> str:
    """A milestone with its period, unless its text names it itself: 第一季度：制订方案."""
    said_already = not milestone.label or milestone.label in milestone.text
    return milestone.text if said_already else f"{milestone.label}：{milestone.text}"


def milestone_words(milestone: MilestonePlan, limit: int = 40) -> str:
    """A milestone as it is cited: “第一季度：制订方案”; “…”等 where only its beginning is."""
    whole = labelled(milestone)
    cited = shortened(whole, limit + len(milestone.label) + 1)
    return f"“{cited}”" if cited == whole or cited.endswith("…") else f"“{cited}”等"


def overdue_words(milestone: MilestonePlan, as_of: date) -> str:
    """For how long a due milestone has been overdue: 已逾期10天, or that it falls due that day."""
    days = (as_of - milestone.due).days
    return f"已逾期{days}天" if days else "当日到期"


def _percent_sentence(standing: Standing) -> str:
    planned = percent1(standing.planned_percent)
    source = "按时间进度" if follows_time(standing.plan) else "按进度安排"
    start = f"截至{cn_date(standing.as_of)}，{source}计划进度{planned}"
    if standing.actual_percent is None:
        return f"{start}，实际进度没有数据，不计算偏差。"
    start = f"{start}，实际进度{percent1(standing.actual_percent)}"
    count = len(standing.targets)
    if standing.schedule_variance is None:
        return f"{start}；有数据的目标在进度安排中没有百分比，不计算偏差。"
    compared = [t for t in standing.targets if t.actual is not None and t.planned is not None]
    sentence = f"{start}，偏差{points1(standing.schedule_variance)}个百分点"
    if 0 < len(compared) < count:
        sentence += f"（{count}项目标中{len(compared)}项既有计划又有数据，偏差只按这些目标计算）"
    return sentence + "。"


def _target_sentences(standing: Standing) -> list[str]:
    sentences = []
    for t in standing.targets:
        if t.kept is not None:
            word = "达到" if t.kept else "低于"
            sentences.append(
                f"{t.target.name}：目前{number_cn(t.value)}{t.target.unit}，"
                f"{word}应保持的{number_cn(t.target.value)}{t.target.unit}。"
            )
        elif len(standing.targets) > 1:
            planned = "没有百分比" if t.planned is None else percent1(t.planned)
            actual = "没有数据" if t.actual is None else percent1(t.actual)
            sentences.append(f"{t.target.name}：计划{planned}，实际{actual}。")
        elif t.value is not None and t.target.value:
            figure = standing.facts.figures[t.target.key]
            quotient = FULL * t.value / t.target.value
            sentence = (
                f"累计完成{number_cn(t.value)}{t.target.unit}，目标"
                f"{number_cn(t.target.value)}{t.target.unit}，折合{percent1(quotient)}"
            )
            if figure.percent is not None and abs(figure.percent - quotient) >= 0.05:
                sentence += f"；单位自报{percent1(figure.percent)}，以自报为准"
            sentences.append(sentence + "。")
    return sentences


def _milestone_sentences(standing: Standing) -> list[str]:
    sentences = []
    for m in standing.milestones_in(MilestoneState.UNMET):
        late = overdue_words(m, standing.as_of)
        sentences.append(f"节点{milestone_words(m)}应于{cn_date(m.due)}前完成，未完成，{late}。")
    met = standing.milestones_in(MilestoneState.MET)
    due_met = [m for m in met if m.due <= standing.as_of]
    if due_met:
        last = milestone_words(due_met[-1])
        sentences.append(f"到期节点已完成{len(due_met)}个，最近一个为{last}。")
    if len(met) > len(due_met):
        sentences.append(f"另有{len(met) - len(due_met)}个未到期节点已提前完成。")
    for m in standing.milestones_in(MilestoneState.UNTOLD):
        sentences.append(
            f"节点{milestone_words(m)}已于{cn_date(m.due)}到期，填报中未说明是否完成。"
        )
    for m in standing.milestones_in(MilestoneState.SHORT):
        sentences.append(f"节点{milestone_words(m)}计划{percent1(m.percent)}，数量尚未达到。")
    return sentences


def _rule_sentence(standing: Standing) -> str:
    rules, unit = standing.rules, standing.rules.unit
    words = {
        Status.COMPLETED: "判为已完成：牵头单位已申报完成并经确认。",
        Status.NOT_REPORTED: "判为未报：本期填报已截止，没有通过的填报。",
        Status.SERIOUSLY_BEHIND: f"判为严重滞后：{'；'.join(_serious_causes(standing))}。",
        Status.BEHIND: f"判为滞后：{'；'.join(_behind_causes(standing))}。",
        Status.AHEAD: (
            f"判为超序时：超前达到{number_cn(rules.ahead)}{unit}，且没有到期节点未完成。"
        ),
        Status.ON_SCHEDULE: (
            f"判为按序时：落后不超过{number_cn(rules.behind)}{unit}，且没有到期节点被报为未完成。"
        ),
        None: "本期尚无填报，不作研判。",
    }
    return words[standing.status]


def _serious_causes(standing: Standing) -> Iterator[str]:
    """What makes an item 严重滞后: of the rules those that hold, with their numbers."""
    rules = standing.rules
    yield from _gap_cause(standing, rules.seriously_behind)
    overdue = overdue_days(standing.states, standing.plan, standing.as_of)
    if overdue > rules.overdue_days:
        yield f"到期节点逾期{overdue}天，超过{rules.overdue_days}天"
    if rounds_running(standing.facts) >= rules.rounds_behind:
        yield f"{_running_words(standing.facts)}，规则为连续{rules.rounds_behind}期"


def _behind_causes(standing: Standing) -> Iterator[str]:
    """What makes an item 滞后: of the rules those that hold, with their numbers."""
    yield from _gap_cause(standing, standing.rules.behind)
    if unmet := standing.states.count(MilestoneState.UNMET):
        yield f"有{unmet}个到期节点未完成"
    if broken := sum(t.kept is False for t in standing.targets):
        yield f"有{broken}项全年保持的指标低于目标"


def _gap_cause(standing: Standing, limit: float) -> Iterator[str]:
    behind_by, unit = standing.gap, standing.rules.unit
    if behind_by is not None and behind_by < -limit:
        yield f"落后{rounded(-behind_by)}{unit}，超过{number_cn(limit)}{unit}"


def _points(difference: float) -> str:
    """How far a county is from the average; with two decimals where one would say 0.0."""
    if rounded(difference):
        return points_cn(difference)
    return f"{rounded(difference, TABLE_DECIMALS)}个百分点"


def _comparison_sentence(standing: Standing) -> str:
    c = standing.facts.comparison
    if c is None:
        return ""
    if standing.below_city_average is None:
        return (
            f"全市对比数据截至{cn_date(c.as_of)}，已超过"
            f"{standing.rules.comparison_max_age_days}天，不作比较。"
        )
    word = "持平"
    if is_under(c.figure, c.average):
        word = f"低{_points(c.average - c.figure)}"
    elif is_under(c.average, c.figure):
        word = f"高{_points(c.figure - c.average)}"
    rank = ""
    if c.rank is not None:
        rank = f"，排第{c.rank}位" + (f"（共{c.counties}个县市区）" if c.counties else "")
    sample = "；示例数据" if c.illustrative else ""
    return (
        f"全市对比（截至{cn_date(c.as_of)}{sample}）：本县{percent1(c.figure)}，"
        f"全市平均{percent1(c.average)}，{word}{rank}。来源：{c.source}。"
    )


def _bottom_sentence(standing: Standing) -> str:
    if Flag.BOTTOM_OF_CITY not in standing.flags:
        return ""
    c = standing.facts.comparison
    return (
        f"位次靠后：{c.counties}个县市区中排第{c.rank}位，在后{standing.rules.bottom_ranks}位之内。"
    )


def _doubt_sentences(standing: Standing) -> list[str]:
    falling = falling_figure(standing.facts, standing.actual_percent)
    return [f"数据存疑：{text}" for text in (*standing.facts.contradictions, falling) if text]


def explain(standing: Standing) -> list[str]:
    """Why an item was judged so, sentence by sentence, with the numbers filled in."""
    sentences = [_rule_sentence(standing), f"研判依据：{YARDSTICK_LABELS[standing.yardstick]}。"]
    sentences.append(_percent_sentence(standing))
    sentences += _target_sentences(standing)
    if standing.status is not None:
        sentences += _milestone_sentences(standing)
    if Flag.STALLED in standing.flags:
        sentences.append(f"停滞：连续{standing.rules.rounds_stalled}期进度没有变化。")
    sentences += [_comparison_sentence(standing), _bottom_sentence(standing)]
    if standing.facts.problems:
        sentences.append(f"存在问题：{standing.facts.problems}")
    sentences += _doubt_sentences(standing)
    return [sentence for sentence in sentences if sentence]


def behind_reasons(standing: Standing) -> list[str]:
    """In what an item is behind, one phrase each; [] where it is not."""
    if not standing.is_behind:
        return []
    parts = [
        f"{milestone_words(m)}未完成，{overdue_words(m, standing.as_of).removeprefix('已')}"
        for m in standing.milestones_in(MilestoneState.UNMET)
    ]
    parts += [
        f"{t.target.name}{number_cn(t.value)}{t.target.unit}，"
        f"低于{number_cn(t.target.value)}{t.target.unit}"
        for t in standing.targets
        if t.kept is False
    ]
    behind_by = standing.gap
    if behind_by is not None and behind_by < -standing.rules.behind:
        share = f"（占计划的{percent1(-behind_by)}）" if standing.is_measured_by_ratio else ""
        parts.append(f"落后计划{points_cn(standing.schedule_variance)}{share}")
    if standing.is_serious_by_rounds:
        parts.append(_running_words(standing.facts))
    return parts


def _running_words(facts: Facts) -> str:
    """For how many rounds an item has been behind, as far back as is known."""
    running = rounds_running(facts)
    more = "以上" if running > len(facts.earlier) else ""
    return f"已连续{running}期{more}滞后"


def short_reason(standing: Standing) -> str:
    """Why an item deserves attention, on one line; "" if nothing does."""
    parts = behind_reasons(standing)
    if standing.status is Status.NOT_REPORTED:
        parts.append("本期没有填报")
    if standing.below_city_average:
        c = standing.facts.comparison
        parts.append(f"低于全市平均{_points(c.average - c.figure)}")
    if Flag.BOTTOM_OF_CITY in standing.flags:
        c = standing.facts.comparison
        parts.append(f"列全市第{c.rank}位（共{c.counties}个）")
    if standing.facts.problems:
        parts.append(f"存在问题：{shortened(standing.facts.problems, 40)}")
    return "；".join(parts)
