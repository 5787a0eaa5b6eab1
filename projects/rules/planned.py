"""What a schedule asks for at a date. Plain values in, plain values out; no clock.

Source of the rules: the reading of the counties' own schedules. A schedule names stages
by dates; between two dates it asks for nothing more, so the planned percent is a step,
not a line.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

FULL = 100.0


class TargetPlan(NamedTuple):
    """What one list item promises for one indicator."""

    key: int
    name: str
    value: float | None  # in its unit of measure; None for a deliverable without number
    unit: str
    kind: str  # "quantity", "rate" or "milestone"
    weight: float | None  # None: all targets of the item weigh the same


class MilestonePlan(NamedTuple):
    """What the schedule promises by one date."""

    key: int
    target: int | None  # key of the target; None: the item as a whole
    due: date
    percent: float | None  # cumulative, 0–100; None: a stage without number
    value: float | None  # cumulative, in the target's unit
    label: str
    text: str


class ItemPlan(NamedTuple):
    """The plan of one list item; milestones in the order of the schedule.

    ``by_elapsed`` asks of it what the time that has passed asks, whatever its schedule says;
    its milestones remain what is to be done by their dates.
    """

    targets: tuple[TargetPlan, ...]
    milestones: tuple[MilestonePlan, ...]
    starts: date  # the item's own period, for items without a dated schedule
    ends: date
    by_elapsed: bool = False


class PlanStep(NamedTuple):
    """From ``due`` on, ``percent`` of the work is planned."""

    due: date
    percent: float


def weighted_mean(pairs: Iterable[tuple[float, float | None]]) -> float | None:
    """The mean of (value, weight) pairs; a weight of None counts as 1. None if empty."""
    total = weights = 0.0
    for value, weight in pairs:
        share = 1.0 if weight is None else weight
        total += value * share
        weights += share
    return total / weights if weights else None


def elapsed_percent(starts: date, ends: date, as_of: date) -> float:
    """The share of the period (both ends included) that has passed at ``as_of``, 0–100."""
    days = (ends - starts).days + 1
    passed = (as_of - starts).days + 1
    return max(0.0, min(FULL, FULL * passed / days))


def follows_time(plan: ItemPlan) -> bool:
    """Whether the item's planned percent is the elapsed share of its period.

    So it is without a dated schedule, and where the rules want it so; but rates to be kept
    are asked for when the schedule says, and an item with nothing else follows no time.
    """
    return any(_target_follows_time(plan, key) for key in [t.key for t in plan.targets] or [None])


def _target_follows_time(plan: ItemPlan, target: int | None) -> bool:
    if not plan.milestones:
        return True
    return plan.by_elapsed and not any(t.key == target and t.kind == "rate" for t in plan.targets)


def quantified(plan: ItemPlan, target: int | None) -> list[MilestonePlan]:
    """The milestones with a percent that hold for ``target``, in the schedule's order.

    Milestones of the item as a whole hold for every target without its own.
    """
    own = [m for m in plan.milestones if m.percent is not None and m.target == target]
    if own or target is None:
        return own
    return [m for m in plan.milestones if m.percent is not None and m.target is None]


def percent_due(milestones: Iterable[MilestonePlan], as_of: date) -> float:
    """The percent of the last quantified milestone due on or before ``as_of``; else 0.

    Of two milestones due on one day the later one in the schedule counts.
    """
    latest = None
    for milestone in milestones:
        if milestone.due <= as_of and (latest is None or milestone.due >= latest.due):
            latest = milestone
    return latest.percent if latest is not None else 0.0


def target_planned_percent(plan: ItemPlan, target: int | None, as_of: date) -> float | None:
    """What the schedule asks of one target by ``as_of``: percent, 0–100.

    None where the schedule gives this target no percent at any date: what it does not
    plan is unknown, not zero.
    """
    if _target_follows_time(plan, target):
        return elapsed_percent(plan.starts, plan.ends, as_of)
    milestones = quantified(plan, target)
    return percent_due(milestones, as_of) if milestones else None


def planned_percent(plan: ItemPlan, as_of: date) -> float:
    """What the schedule asks of the item by ``as_of``: percent, 0–100.

    The mean over its targets; one that the schedule never quantifies is left out.
    """
    planned = [(target_planned_percent(plan, t.key, as_of), t.weight) for t in plan.targets]
    mean = weighted_mean(pair for pair in planned if pair[0] is not None)
    if mean is None:
        return target_planned_percent(plan, None, as_of) or 0.0
    return mean


def planned_steps(plan: ItemPlan) -> list[PlanStep]:
    """The item's planned curve: one step for every date on which the plan rises or falls.

    Empty for an item that is asked for what the time that has passed asks.
    """
    if follows_time(plan):
        return []
    steps: list[PlanStep] = []
    for due in sorted({m.due for m in plan.milestones if m.percent is not None}):
        percent = planned_percent(plan, due)
        if not steps or steps[-1].percent != percent:
            steps.append(PlanStep(due, percent))
    return steps


def month_ends(year: int) -> list[date]:
    """The last days of the twelve months of ``year``."""
    firsts = [date(year, month, 1) for month in range(2, 13)] + [date(year + 1, 1, 1)]
    return [first - timedelta(days=1) for first in firsts]
