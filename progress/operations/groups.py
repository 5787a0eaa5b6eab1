"""How units and responsible leaders stand: their items counted, and what falls due next."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from livelihood.organisation.words import cn_date, number_cn
from progress.operations.overview import Tally, by_unit, tally
from progress.operations.standings import DUE_SOON_DAYS, ItemState, behind_first
from progress.rules.judgement import MILESTONE_LABELS, MilestoneState, Status
from projects.rules.planned import ItemPlan, MilestonePlan


class Due(NamedTuple):
    """A milestone that falls due, or is due without being met."""

    state: ItemState
    milestone: MilestonePlan
    how: MilestoneState
    days: int  # until it is due; negative: overdue

    @property
    def label(self) -> str:
        """未完成, 数量未达, 未说明 or 未到期."""
        return MILESTONE_LABELS[self.how]

    @property
    def is_past(self) -> bool:
        """Whether it is due already."""
        return self.how is not MilestoneState.LATER


@dataclass(frozen=True)
class Group:
    """The items of one unit or one leader."""

    tally: Tally
    items: list[ItemState]
    next_due: Due | None

    @property
    def name(self) -> str:
        """The unit or leader."""
        return self.tally.name

    @property
    def milestones(self) -> int:
        """How many milestones the schedules of the items have."""
        return sum(len(state.standing.plan.milestones) for state in self.items)

    @property
    def milestones_past(self) -> int:
        """How many of them are due by the date of judgement."""
        return sum(
            milestone.due <= state.standing.as_of
            for state in self.items
            for milestone in state.standing.plan.milestones
        )


def unit_groups(states: Sequence[ItemState]) -> list[Group]:
    """One group per lead unit, the one with most items behind first."""
    items = defaultdict(list)
    for state in states:
        items[state.item.unit_id].append(state)
    return [_group(unit, items[unit.key]) for unit in by_unit(states)]


def leader_groups(states: Sequence[ItemState]) -> list[Group]:
    """One group per responsible leader, in the order of the lists: persons are not ranked."""
    items = defaultdict(list)
    for state in states:
        if state.item.leader:
            items[state.item.leader].append(state)
    return [_group(tally(own, leader, leader), own) for leader, own in items.items()]


def _group(counted: Tally, items: list[ItemState]) -> Group:
    upcoming = [
        due for due in milestones_due(items, within=None) if due.how is MilestoneState.LATER
    ]
    return Group(counted, items, upcoming[0] if upcoming else None)


def milestones_due(states: Iterable[ItemState], within: int | None = DUE_SOON_DAYS) -> list[Due]:
    """Milestones not known to be met that are due, or fall due ``within`` so many days.

    Nothing of completed items, and nothing overdue of items of which nothing has been
    reported: there it is the report that is missing. The earliest first.
    """
    found = []
    for state in states:
        standing = state.standing
        if standing.status is Status.COMPLETED:
            continue
        for milestone, how in zip(standing.plan.milestones, standing.states, strict=True):
            days = (milestone.due - standing.as_of).days
            overdue = how is not MilestoneState.MET and standing.status is not None
            soon = within is None or days <= within
            if soon if how is MilestoneState.LATER else overdue:
                found.append(Due(state, milestone, how, days))
    return sorted(found, key=lambda due: due.milestone.due)


def worst_first(states: Sequence[ItemState]) -> list[ItemState]:
    """What needs attention first, the rest in the order of the lists."""
    needing = behind_first(states)
    named = {state.item.pk for state in needing}
    return needing + [state for state in states if state.item.pk not in named]


def promised(plan: ItemPlan) -> str:
    """The targets on one line: 405人, or with their names where there are several."""
    if not plan.targets:
        return ""
    if len(plan.targets) == 1:
        return _amount(plan.targets[0]) or plan.targets[0].name
    return "；".join(f"{target.name}{_amount(target)}" for target in plan.targets)


def _amount(target) -> str:
    return "" if target.value is None else f"{number_cn(target.value)}{target.unit}"


def summary(group: Group, as_of: date) -> str:
    """How a unit or leader stands, in one or two sentences."""
    counted, projects = group.tally, {state.item.project_id for state in group.items}
    parts = [
        f"{word}{count}项"
        for word, count in (
            ("已完成", counted.completed),
            ("超序时", counted.ahead),
            ("按序时", counted.on_schedule),
            ("滞后", counted.behind),
            ("严重滞后", counted.seriously_behind),
            ("未报", counted.not_reported),
            ("尚无进展", counted.statuses[None]),
        )
        if count
    ]
    sentence = f"截至{cn_date(as_of)}，共{counted.total}个条目"
    if len(projects) < counted.total:
        sentence += f"（{len(projects)}个事项）"
    sentence += f"：{'、'.join(parts)}。"
    also = [
        f"{count}项{word}"
        for word, count in (("低于全市平均", counted.below), ("存在问题", counted.problems))
        if count
    ]
    return f"{sentence}其中{'，'.join(also)}。" if also else sentence
