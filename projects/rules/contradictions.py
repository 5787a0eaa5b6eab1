"""Figures of a plan that contradict each other. They are said, never mended silently.

Source: real lists name 9 clinics and list 10, or promise 64 stations and schedule 68.
"""

from collections.abc import Sequence

from livelihood.organisation.words import number_cn
from projects.rules.planned import ItemPlan, TargetPlan

# Sums of printed decimals (7.97 + 1.7 + …) are compared with this much play.
PLAY = 0.005
# From this share of the target on, cumulative numbers that stop short look like a slip.
NEARLY_ALL = 0.9


def differ(one: float, other: float) -> bool:
    """Whether two printed figures are not the same."""
    return abs(one - other) > PLAY


def _sums(targets: Sequence[TargetPlan]) -> set[float]:
    """What an allocation or a list of sites may add up to: one target, or all of a unit."""
    sums = {t.value for t in targets if t.value is not None and t.kind == "quantity"}
    for unit in {t.unit for t in targets}:
        values = [t.value for t in targets if t.unit == unit and t.value is not None]
        if values and any(t.kind == "quantity" and t.unit == unit for t in targets):
            sums.add(sum(values))
    return sums


def allocation_contradiction(
    plan: ItemPlan, allocations: Sequence[float | None], printed_total: float | None
) -> str:
    """What is wrong with the breakdown by township, in words; "" if it adds up.

    Args:
        plan: the item's plan.
        allocations: the townships' shares, in the target's unit; None where not stated.
        printed_total: the total as the document prints it, or None.
    """
    if not allocations:
        return ""
    known = [value for value in allocations if value is not None]
    missing = len(allocations) - len(known)
    if missing:
        return f"任务分解有{missing}处未写明任务数。"
    total = sum(known)
    if printed_total is not None and differ(total, printed_total):
        return f"任务分解各项相加为{number_cn(total)}，原文合计为{number_cn(printed_total)}。"
    sums = _sums(plan.targets)
    if sums and not any(not differ(total, candidate) for candidate in sums):
        wanted = "或".join(number_cn(value) for value in sorted(sums))
        return f"任务分解合计{number_cn(total)}，与目标值{wanted}不符。"
    return ""


def site_contradiction(plan: ItemPlan, sites: int) -> str:
    """What is wrong with the number of named sites, in words; "" if nothing is.

    More sites than the target counts is a contradiction; fewer are not, since a site may
    hold several of what is counted.
    """
    counted = [t for t in plan.targets if t.kind == "quantity" and t.value is not None]
    if not sites or len(counted) != 1 or counted[0].unit not in COUNTS_OF_PLACES:
        return ""
    target = counted[0]
    if sites > target.value:
        return f"点名的点位有{sites}个，多于目标值{number_cn(target.value)}{target.unit}。"
    return ""


# Units of measure in which one named place counts as one.
COUNTS_OF_PLACES = frozenset({"个", "家", "所", "座", "处"})


def schedule_contradiction(plan: ItemPlan) -> str:
    """Where the schedule's cumulative numbers miss the target, in words; "" if they do not."""
    for target in plan.targets:
        if target.kind != "quantity" or target.value is None:
            continue
        numbers = [m for m in plan.milestones if m.target == target.key and m.percent is not None]
        values = [m.value for m in numbers if m.value is not None]
        # A last stage without number ("全部完成") brings the rest. So a number contradicts the
        # target if it is above it, stands in the last stage, or all but reaches the target
        # (200 + 200 + 195 boats of 624 look like a slip, 21 schools of 28 like a stage).
        if not values:
            continue
        reached = max(values)
        stage = numbers[-1].value is None and reached < NEARLY_ALL * target.value
        if not stage and differ(reached, target.value):
            return (
                f"进度安排累计到{number_cn(reached)}{target.unit}，"
                f"与目标值{number_cn(target.value)}{target.unit}不符。"
            )
    return ""


def plan_contradictions(
    plan: ItemPlan,
    *,
    allocations: Sequence[float | None] = (),
    printed_total: float | None = None,
    sites: int = 0,
) -> tuple[str, ...]:
    """Everything in a plan that does not add up, one sentence each."""
    found = (
        allocation_contradiction(plan, allocations, printed_total),
        site_contradiction(plan, sites),
        schedule_contradiction(plan),
    )
    return tuple(sentence for sentence in found if sentence)
