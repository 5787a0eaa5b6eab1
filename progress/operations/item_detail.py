"""Everything the page of one item says beyond its standing.

Read with a fixed number of queries, however many rounds, townships and sites there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from livelihood.organisation.operations.audit import history as changes_of
from livelihood.organisation.words import rounded1
from progress.documents import charts
from progress.models import CityComparison, Completion
from progress.operations.breakdown import Breakdown, breakdown, common_unit, sites_check
from progress.operations.frozen import frozen_details
from progress.operations.item_reports import CurveRow, ReportRow
from progress.operations.item_told import Told, read_told, told_from_dict
from progress.operations.standings import CountyState, ItemState
from progress.rules.judgement import (
    MILESTONE_LABELS,
    MilestoneState,
    Standing,
    TargetStanding,
    target_actual_percent,
)
from projects.models import ListItem, Project
from projects.rules.planned import (
    ItemPlan,
    MilestonePlan,
    follows_time,
    planned_percent,
    planned_steps,
    quantified,
)

# So many changes of an item are shown, the latest first.
CHANGES_SHOWN = 20
# How the judgement begins a sentence on what contradicts itself.
DOUBT = "数据存疑："


class TargetRow(NamedTuple):
    """One target of the item: what is promised, planned and reported; None is unknown."""

    standing: TargetStanding
    planned_value: float | None  # in the target's unit, where the schedule gives a number
    variance: float | None  # percentage points
    by_whole: bool  # the unit reported on the item as a whole, not on this target


class MilestoneRow(NamedTuple):
    """One milestone as the timeline shows it."""

    milestone: MilestonePlan
    state: MilestoneState
    target: str  # name of the target, "" where the item has only one or the item is meant
    unit: str  # of the planned value
    why: str  # the report's own words
    days: int  # until it is due; negative: overdue
    first_of_day: bool
    judged: bool

    @property
    def label(self) -> str:
        """已完成, 未完成, 数量未达, 未说明 or 未到期; 已到期 while nothing is reported at all."""
        return "已到期" if self.awaits_report else MILESTONE_LABELS[self.state]

    @property
    def css(self) -> str:
        """How the timeline draws it."""
        return "later" if self.awaits_report else TIMELINE_CLASSES[self.state]

    @property
    def awaits_report(self) -> bool:
        """Whether it is due and nothing has been reported of the item yet."""
        return not self.judged and self.state is MilestoneState.UNTOLD


TIMELINE_CLASSES = {
    MilestoneState.MET: "met",
    MilestoneState.UNMET: "unmet",
    MilestoneState.SHORT: "due",
    MilestoneState.UNTOLD: "due",
    MilestoneState.LATER: "later",
}


class ComparisonRow(NamedTuple):
    """One of the city's tables; the difference in percentage points, negative is below."""

    table: CityComparison
    difference: float


@dataclass(frozen=True)
class ItemDetail:
    """What the page of an item shows besides its ``ItemState``."""

    project: Project
    targets: list[TargetRow]
    milestones: list[MilestoneRow]
    milestones_lead: str
    curve: list[CurveRow]
    curve_chart: dict | None
    reports: list[ReportRow]  # the latest first
    comparisons: list[ComparisonRow]  # the latest first
    city_chart: dict | None  # of the comparisons, where there are several
    completion: Completion | None
    breakdown: Breakdown | None
    sites: list[str]
    sites_check: str
    siblings: list[ItemState]  # the same project on other lists
    lists_differ: str  # how; only for a reader who sees all of them
    shares_schedule_with: list[int]  # numbers on the same list
    before: ItemState | None  # neighbours on the list
    after: ItemState | None
    changes: list[tuple]  # (when, who, what)
    reasons: list[str]
    doubts: list[str]

    @property
    def has_computed(self) -> bool:
        """Whether an average among the comparisons is computed here."""
        return any(row.table.is_computed for row in self.comparisons)

    @property
    def has_points(self) -> bool:
        """Whether any report has a figure for this item."""
        return any(row.actual is not None for row in self.curve)

    @property
    def figure_day(self) -> date | None:
        """The as-of date of the latest report with a figure for this item; None without one."""
        return max((row.day for row in self.curve if row.actual is not None), default=None)

    @property
    def known_targets(self) -> int:
        """Targets with a figure."""
        return sum(1 for row in self.targets if row.standing.actual is not None)

    @property
    def partial(self) -> list[CurveRow]:
        """Dates at which the variance rests on some of the targets only."""
        return [row for row in self.curve if row.compared is not None]


def read_item(item: ListItem, own: ItemState, state: CountyState) -> ItemDetail:
    """All that is known of ``item`` at the date of ``state``.

    Args:
        item: with its project.
        own: the same item as it stands.
        state: the county for the same reader; holds those siblings that exist for the reader.
    """
    standing, plan = own.standing, own.standing.plan
    told = _told(own, state)
    curve = curve_rows(plan, told.points)
    siblings = [s for s in state.items if s.item.project_id == item.project_id and s is not own]
    before, after = neighbours(own, state.items)
    total, sites = own.item.allocation_total, told.sites
    return ItemDetail(
        project=item.project,
        targets=target_rows(standing),
        milestones=milestone_rows(standing, told.why),
        milestones_lead=milestones_in_words(standing),
        curve=curve,
        curve_chart=curve_chart(plan, curve, state),
        reports=told.reports,
        comparisons=[ComparisonRow(t, float(t.figure - t.average)) for t in told.comparisons],
        city_chart=city_chart(told.comparisons, state),
        completion=told.completion,
        breakdown=breakdown(plan, told.allocations, total),
        sites=sites,
        sites_check=sites_check(plan, len(sites)),
        siblings=siblings,
        lists_differ=_lists_differ(item, siblings),
        shares_schedule_with=sharing(own, state.items),
        before=before,
        after=after,
        changes=changes_of(item, CHANGES_SHOWN),
        reasons=[s for s in standing.explanation if not s.startswith(DOUBT)],
        doubts=[s.removeprefix(DOUBT) for s in standing.explanation if s.startswith(DOUBT)],
    )


def _told(own: ItemState, state: CountyState) -> Told:
    if state.version is None:
        return read_told([own], state)[own.item.pk]
    return told_from_dict(frozen_details(state.version, [own])[own.item.pk]["told"])


# -- The plan, as the page shows it ------------------------------------------------


def planned_value(plan: ItemPlan, target: int, as_of: date) -> float | None:
    """The cumulative number that the schedule asks of a target by ``as_of``, if it says one.

    A number for the item as a whole counts only where the item has no other target.
    """
    due = [m for m in quantified(plan, target) if m.due <= as_of]
    if not due or (due[-1].target is None and len(plan.targets) > 1):
        return None
    return due[-1].value


def target_rows(standing: Standing) -> list[TargetRow]:
    """The targets with what is planned and reported of each."""
    return [
        TargetRow(
            standing=t,
            planned_value=planned_value(standing.plan, t.target.key, standing.as_of),
            variance=None if None in (t.actual, t.planned) else t.actual - t.planned,
            by_whole=t.actual is not None
            and target_actual_percent(t.target, standing.facts.figures.get(t.target.key)) is None,
        )
        for t in standing.targets
    ]


def milestone_rows(standing: Standing, why: dict[int, str]) -> list[MilestoneRow]:
    """The milestones by date, in the schedule's order within a date."""
    plan = standing.plan
    targets = {t.key: t for t in plan.targets}
    pairs = sorted(zip(plan.milestones, standing.states, strict=True), key=lambda pair: pair[0].due)
    rows = []
    for _due, same_day in groupby(pairs, key=lambda pair: pair[0].due):
        for position, (milestone, state) in enumerate(same_day):
            target = targets.get(milestone.target)
            rows.append(
                MilestoneRow(
                    milestone=milestone,
                    state=state,
                    target=target.name if len(targets) > 1 and target is not None else "",
                    unit=common_unit(plan) if target is None else target.unit,
                    why=why.get(milestone.key, ""),
                    days=(milestone.due - standing.as_of).days,
                    first_of_day=position == 0,
                    judged=standing.status is not None,
                )
            )
    return rows


def milestones_in_words(standing: Standing) -> str:
    """How many milestones there are, and how they stand."""
    count = len(standing.plan.milestones)
    if not count:
        return "清单没有写明分阶段的进度安排。"
    if standing.status is None:
        return f"共{count}个节点。"
    parts = [
        f"{label}{standing.count(state)}个"
        for state, label in MILESTONE_LABELS.items()
        if standing.count(state)
    ]
    return f"共{count}个节点：{'，'.join(parts)}。"


def curve_rows(plan: ItemPlan, points: Sequence[CurveRow]) -> list[CurveRow]:
    """The steps of the plan and what was reported, by date."""
    rows = {step.due: CurveRow(step.due, step.percent) for step in planned_steps(plan)}
    if follows_time(plan):
        for day in (plan.starts, plan.ends):
            rows[day] = CurveRow(day, planned_percent(plan, day))
    rows |= {point.day: point for point in points}
    return [rows[day] for day in sorted(rows)]


def curve_chart(plan: ItemPlan, rows: Sequence[CurveRow], state: CountyState) -> dict | None:
    """The planned curve with the reported points; None for a plan without any number."""
    steps = [(step.due, step.percent) for step in planned_steps(plan)]
    if follows_time(plan):
        steps = [(day, planned_percent(plan, day)) for day in (plan.starts, plan.ends)]
    if not steps:
        return None
    reported = [(row.day, rounded1(row.actual)) for row in rows if row.actual is not None]
    figure = charts.curve(
        [(day, rounded1(percent)) for day, percent in steps],
        reported,
        as_of=state.as_of,
        year=state.year,
    )
    partial = [row for row in rows if row.compared is not None]
    if partial:
        figure["data"].append(_planned_of_compared(partial))
    if follows_time(plan):
        # Time passes evenly: here the plan is a line and not a step.
        figure["data"][0]["line"]["shape"] = "linear"
    return charts.sampled(figure) if state.simulated else figure


def city_chart(tables: Sequence[CityComparison], state: CountyState) -> dict | None:
    """The county, the average and the best over the months; None where one month is all.

    Figures of two sources are no course: drawn is the one that the rules prefer, or else the
    other one.
    """
    shown = _one_source([table for table in reversed(tables) if table.comparable], state)
    if len(shown) < 2:
        return None
    own = state.county.name
    lines = [
        (own, [(table.as_of, float(table.figure)) for table in shown]),
        ("全市平均", [(table.as_of, float(table.average)) for table in shown]),
        ("全市最高", [(t.as_of, float(t.best)) for t in shown if t.best is not None]),
    ]
    figure = charts.compared(lines, year=state.year, own=own)
    sample = any(table.illustrative for table in shown)
    return charts.sampled(figure, "示例数据") if sample else figure


def _one_source(tables: Sequence[CityComparison], state: CountyState) -> list[CityComparison]:
    computed = [table for table in tables if table.is_computed]
    printed = [table for table in tables if not table.is_computed]
    preferred, other = (computed, printed) if state.computed_first else (printed, computed)
    return preferred if len(preferred) > 1 else other


def _planned_of_compared(rows: Sequence[CurveRow]) -> dict:
    """What the reported points are to be compared with, where that is not the curve."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "可比目标的计划",
        "x": [row.day.isoformat() for row in rows],
        "y": [rounded1(row.compared) for row in rows],
        "marker": {"symbol": "line-ew-open", "size": 16, "color": charts.PLANNED},
        "hovertemplate": "%{x|%Y年%-m月%-d日} 可比目标计划 %{y:.1f}%<extra></extra>",
    }


def neighbours(
    own: ItemState, states: Sequence[ItemState]
) -> tuple[ItemState | None, ItemState | None]:
    """The items before and after ``own`` on its list, as far as they exist for the reader."""
    same = [s for s in states if s.item.level == own.item.level]
    at = same.index(own)
    return (
        same[at - 1] if at else None,
        same[at + 1] if at + 1 < len(same) else None,
    )


def sharing(own: ItemState, states: Iterable[ItemState]) -> list[int]:
    """The numbers of the rows that share a merged cell with ``own``, told from either side."""
    item = own.item
    numbers = {
        s.item.number
        for s in states
        if s.item.level == item.level and s.item.merged_with == item.number
    }
    return sorted(numbers | ({item.merged_with} if item.merged_with else set()))


def _lists_differ(item: ListItem, siblings: Sequence[ItemState]) -> str:
    """The project's note; it speaks of all its lists, so only who sees them all may read it."""
    note = item.project.note
    if not note or not siblings:
        return ""
    return note if item.project.items.count() == len(siblings) + 1 else ""
