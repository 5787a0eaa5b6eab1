"""What is kept of a changed plan: each thing that it said, what it says now, by whose authority."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from livelihood.organisation.words import number_cn
from projects.models import ListItem, PlanChange, PlanImport
from projects.rules.exchange import IndicatorRow, ItemRow, MilestoneRow

# What the people's congress or the government has decided, and a decision alone changes.
TARGETS, SITES, MILESTONES = "目标", "点位", "节点"
REPORTED_MILESTONES = "已填报的节点"
NO_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Difference:
    """One field that differs, with the old and the new words ("" for nothing)."""

    what: str
    old: str
    new: str


class UnapprovedError(Exception):
    """What only a decision changes is changed, and reason or document is missing."""

    def __init__(self, what: Iterable[str]):
        super().__init__(f"调整{'、'.join(dict.fromkeys(what))}，须写明调整原因和批准文号。")


@dataclass(frozen=True)
class Approval:
    """Why a plan is changed, and the number of the document that allows it; may be empty."""

    reason: str = ""
    document: str = ""

    def require_for(self, what: Sequence[str]) -> None:
        """Refuse what needs a decision where none is named.

        Raises:
            UnapprovedError: reason or document is missing.
        """
        if what and not (self.reason and self.document):
            raise UnapprovedError(what)


def keep_changes(
    item: ListItem,
    changed: Collection[Difference],
    *,
    major: Collection[str],
    approval: Approval,
    by,
    plan_import: PlanImport | None = None,
) -> list[PlanChange]:
    """The rows, not stored yet, that keep what an item said.

    Args:
        item: the item.
        changed: what differs.
        major: those of it that only a decision changes, as ``major_of`` names them.
        approval: why.
        by: who; None for the command line.
        plan_import: the import that changed it; None where it was done by hand.
    """
    held = {MILESTONES if what == REPORTED_MILESTONES else what for what in major}
    return [
        PlanChange(
            item=item,
            what=d.what,
            old=d.old,
            new=d.new,
            major=d.what in held,
            reason=approval.reason,
            document=approval.document,
            by=by,
            plan_import=plan_import,
        )
        for d in changed
    ]


def major_of(old: ItemRow, new: ItemRow, *, reported_moved: bool) -> list[str]:
    """What of a change only a decision allows: targets, sites, milestones reported of.

    What a target is called is no part of what was promised.
    """
    found = []
    if _promised(old) != _promised(new):
        found.append(TARGETS)
    if old.sites != new.sites:
        found.append(SITES)
    return [*found, REPORTED_MILESTONES] if reported_moved else found


def _promised(row: ItemRow) -> list[tuple]:
    return [(one.target, one.unit, one.kind) for one in row.indicators]


def milestone_moved(old: MilestoneRow, new: MilestoneRow) -> bool:
    """Whether a milestone asks for something else, or by another day; marks are no words."""
    return _asked(old) != _asked(new)


def _asked(milestone: MilestoneRow) -> tuple:
    words = NO_WORDS.sub("", milestone.label + milestone.text)
    return milestone.indicator, milestone.due, words, milestone.value, milestone.percent


SIMPLE_FIELDS = (
    ("category", "类别"),
    ("title", "项目内容"),
    ("schedule", "工作进度安排"),
    ("lead_unit", "牵头单位"),
    ("responsible_leader", "责任领导"),
    ("responsible_person", "责任人"),
)


def differences(old: ItemRow, new: ItemRow) -> list[Difference]:
    """Every field of the plan in which two rows differ, in words."""
    pairs = [(word, getattr(old, name), getattr(new, name)) for name, word in SIMPLE_FIELDS]
    pairs += [
        ("★", "★" if old.starred else "", "★" if new.starred else ""),
        ("配合单位", "、".join(old.supporting_units), "、".join(new.supporting_units)),
        ("合并于", _merged(old), _merged(new)),
        (TARGETS, _targets(old), _targets(new)),
        (MILESTONES, _milestones(old), _milestones(new)),
        (SITES, "、".join(old.sites), "、".join(new.sites)),
        ("任务分解", _allocations(old), _allocations(new)),
    ]
    return [Difference(word, before, after) for word, before, after in pairs if before != after]


def _merged(row: ItemRow) -> str:
    return "" if row.merged_with is None else f"第{row.merged_with}项"


def _targets(row: ItemRow) -> str:
    return "\n".join(target_words(i) for i in row.indicators)


def target_words(indicator: IndicatorRow) -> str:
    """A target in words: 新增托位 400个."""
    if indicator.target is None:
        return f"{indicator.name} {indicator.unit}".strip()
    sign = "≥" if indicator.kind == "rate" else ""
    return f"{indicator.name} {sign}{number_cn(indicator.target)}{indicator.unit}"


def _milestones(row: ItemRow) -> str:
    lines = []
    for m in row.milestones:
        figures = []
        if m.value is not None:
            figures.append(f"累计{number_cn(m.value)}")
        if m.percent is not None:
            figures.append(f"{number_cn(m.percent)}%")
        about = "" if m.indicator is None else f"（目标{m.indicator + 1}）"
        told = f"［{'，'.join(figures)}］" if figures else ""
        lines.append(f"{m.label}（{m.due.month}月{m.due.day}日）{about}：{m.text}{told}")
    return "\n".join(lines)


def _allocations(row: ItemRow) -> str:
    shares = [f"{a.place}{'' if a.value is None else number_cn(a.value)}" for a in row.allocations]
    if row.allocation_total is not None:
        shares.append(f"合计{number_cn(row.allocation_total)}")
    return "、".join(shares)
