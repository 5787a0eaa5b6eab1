"""What the overview says of a county: counts, standing by level and unit, the curve."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from livelihood.organisation.models import Region
from progress.models import Round, RoundSummary
from progress.operations.item_state import LEVEL_LABELS, ItemState
from progress.operations.standings import CountyState, behind_first
from progress.rules.headline import HeadlineItem, governments, headline
from progress.rules.judgement import BEHIND, Flag, MilestoneState, Status
from projects.models import Level
from projects.rules.planned import FULL, ItemPlan, MilestonePlan, month_ends, planned_percent


def governments_of(county: Region, titles: Mapping[str, str] | None = None) -> dict[str, str]:
    """Whose lists the county carries out, by level: 省, 市, 县; ``titles`` of its lists."""
    above = county.parent.name if county.seat == "市" and county.parent_id else ""
    return governments(county.name, county.seat, above, titles)


def county_headline(
    state: CountyState, subject: str, titles: Mapping[str, str] | None = None
) -> str:
    """The headline sentence of the bulletin for these items; ``titles`` of the lists."""
    items = [
        HeadlineItem(
            level=s.item.level,
            unit=s.item.unit,
            completed=s.standing.status is Status.COMPLETED,
            below_city_average=bool(s.standing.below_city_average),
            early=state.finished_early(s.standing),
        )
        for s in state.items
    ]
    order = sorted({(s.item.unit_order, s.item.unit) for s in state.items})
    return headline(
        items,
        subject=subject,
        year=state.year,
        as_of=state.as_of,
        whose=governments_of(state.county, titles),
        unit_order=[name for _order, name in order],
        has_progress=state.has_progress,
    )


def headline_note(state: CountyState) -> str:
    """What must be said beside the headline, "" if nothing: sample data is never silent."""
    notes = []
    if state.simulated:
        notes.append("填报为演示数据")
    if state.has_sample_comparisons:
        notes.append("低于全市平均的项数依据示例数据得出")
    return f"注：{'，'.join(notes)}。" if notes else ""


@dataclass
class Tally:
    """How many of a set of items stand how."""

    name: str
    key: object
    total: int = 0
    statuses: Counter = field(default_factory=Counter)
    below: int = 0
    compared: int = 0  # items that the city's table compares; without one, below says nothing
    problems: int = 0
    order: int = 0
    planned_sum: float = 0.0
    next_due: date | None = None

    @property
    def completed(self) -> int:
        return self.statuses[Status.COMPLETED]

    @property
    def ahead(self) -> int:
        return self.statuses[Status.AHEAD]

    @property
    def on_schedule(self) -> int:
        return self.statuses[Status.ON_SCHEDULE]

    @property
    def behind(self) -> int:
        """滞后, 严重滞后 not included."""
        return self.statuses[Status.BEHIND]

    @property
    def seriously_behind(self) -> int:
        return self.statuses[Status.SERIOUSLY_BEHIND]

    @property
    def late(self) -> int:
        """滞后 and 严重滞后 together."""
        return sum(self.statuses[status] for status in BEHIND)

    @property
    def not_reported(self) -> int:
        return self.statuses[Status.NOT_REPORTED]

    @property
    def planned(self) -> float:
        """The mean planned percent of the items."""
        return self.planned_sum / self.total

    @property
    def in_step(self) -> int:
        """按序时 in the wider sense of a bulletin: on schedule or ahead."""
        return self.ahead + self.on_schedule

    def add(self, state: ItemState) -> None:
        """Count one item in."""
        self.total += 1
        self.statuses[state.standing.status] += 1
        self.below += bool(state.standing.below_city_average)
        self.compared += state.standing.below_city_average is not None
        self.problems += Flag.PROBLEM in state.standing.flags
        self.planned_sum += state.standing.planned_percent
        later = [m.due for m in state.standing.milestones_in(MilestoneState.LATER)]
        self.next_due = min([*later, *filter(None, [self.next_due])], default=None)


def tally(states: Sequence[ItemState], name: str = "", key: object = None) -> Tally:
    """All items as one tally."""
    total = Tally(name, key)
    for state in states:
        total.add(state)
    return total


def by_level(states: Sequence[ItemState]) -> list[Tally]:
    """One tally per level that has items, in the order of the bulletin."""
    tallies = {level: Tally(LEVEL_LABELS[level], level) for level in Level.values}
    for state in states:
        tallies[state.item.level].add(state)
    return [t for t in tallies.values() if t.total]


def by_unit(states: Sequence[ItemState]) -> list[Tally]:
    """One tally per lead unit, the one with most items behind first."""
    tallies: dict[int, Tally] = {}
    for state in states:
        item = state.item
        if item.unit_id not in tallies:
            tallies[item.unit_id] = Tally(item.unit, item.unit_id, order=item.unit_order)
        tallies[item.unit_id].add(state)
    return sorted(
        tallies.values(),
        key=lambda t: (-t.seriously_behind, -t.behind, -t.not_reported, -t.below, t.order),
    )


def milestones_by_month(states: Sequence[ItemState]) -> list[int]:
    """How many milestones fall due in each of the twelve months."""
    months = Counter(m.due.month for s in states for m in s.standing.plan.milestones)
    return [months[month] for month in range(1, 13)]


def planned_curve(states: Sequence[ItemState], year: int) -> list[tuple[date, float]]:
    """The mean planned percent of the items at every month's end."""
    if not states:
        return []
    days = month_ends(year)
    curves = [planned_percents(s.standing.plan, days) for s in states]
    return [
        (day, sum(percents) / len(states))
        for day, percents in zip(days, zip(*curves, strict=True), strict=True)
    ]


def planned_percents(plan: ItemPlan, days: Sequence[date]) -> list[float]:
    """``planned_percent`` at each of ``days``, worked out only where the plan can change."""
    if plan.by_elapsed or not plan.milestones:
        return [planned_percent(plan, day) for day in days]
    dues = sorted({m.due for m in plan.milestones if m.percent is not None})
    steps = [0.0, *(planned_percent(plan, due) for due in dues)]
    return [steps[bisect_right(dues, day)] for day in days]


@dataclass(frozen=True)
class Means:
    """Mean actual and planned percent of those items alone whose progress is known."""

    as_of: date
    known: int
    total: int
    actual: float | None
    planned: float | None

    @property
    def unknown(self) -> int:
        """Items without a figure that could be turned into a percent."""
        return self.total - self.known


def former_counts(state: CountyState) -> dict[str, int]:
    """How many of the county's items stood how in the round before, by the tiles' names; empty
    where there is none that has been closed. One query, or none."""
    # At a date between two rounds there is no round to compare with the one before.
    on_round = any(r.as_of == state.as_of for r in state.rounds)
    before = [r for r in state.rounds if on_round and r.as_of < state.as_of]
    if not before or before[0].state != Round.State.CLOSED:
        return {}
    summary = RoundSummary.objects.filter(round=before[0]).first()
    if summary is None:
        return {}
    return {
        "completed": summary.completed,
        "on_schedule": summary.ahead + summary.on_schedule,
        "behind": summary.behind + summary.seriously_behind,
        "problem": summary.problems,
        "not_reported": summary.not_reported,
    }


def means(states: Sequence[ItemState], as_of: date) -> Means:
    """Means over the items with a known percent; over-fulfilment is capped at 100."""
    known = [s.standing for s in states if s.standing.actual_percent is not None]
    if not known:
        return Means(as_of, 0, len(states), None, None)
    return Means(
        as_of,
        len(known),
        len(states),
        sum(min(s.actual_percent, FULL) for s in known) / len(known),
        sum(s.planned_percent for s in known) / len(known),
    )


@dataclass(frozen=True)
class Overview:
    """Everything that the overview says, from the standings alone."""

    headline: str
    headline_note: str
    total: Tally
    levels: list[Tally]
    units: list[Tally]  # the one with most items behind first
    reported: Means
    curve: list[tuple[date, float]]
    months: list[int]  # milestones due in each month
    attention: list[ItemState]  # worst first
    due_soon: list[tuple[ItemState, MilestonePlan]]

    @property
    def late_units(self) -> int:
        """Units that have an item behind."""
        return sum(1 for unit in self.units if unit.late)

    @property
    def attention_counts(self) -> list[tuple[str, int]]:
        """Why items need attention, with how many do so for it; an item may for several."""
        problems = sum(Flag.PROBLEM in state.standing.flags for state in self.attention)
        counted = (
            ("滞后", self.total.late),
            ("未报", self.total.not_reported),
            ("低于全市平均", self.total.below),
            ("存在问题", problems),
        )
        return [(label, count) for label, count in counted if count]

    @property
    def attention_overlaps(self) -> bool:
        """Whether some item is counted for more than one reason."""
        return sum(count for _label, count in self.attention_counts) > len(self.attention)


def read_overview(
    state: CountyState, subject: str, titles: Mapping[str, str] | None = None
) -> Overview:
    """Sum up a county's standings; ``subject`` is who speaks in the headline, ``titles`` are
    the lists', by level."""
    return Overview(
        headline=county_headline(state, subject, titles),
        headline_note=headline_note(state),
        total=tally(state.items),
        levels=by_level(state.items),
        units=by_unit(state.items),
        reported=means(state.items, state.as_of),
        curve=planned_curve(state.items, state.year),
        months=milestones_by_month(state.items),
        attention=behind_first(state.items),
        due_soon=state.due_soon(),
    )
