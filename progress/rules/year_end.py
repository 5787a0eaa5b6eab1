"""The year's end: 完成 or 超额完成, shares in percent, the satisfaction vote. No database.

The rule of 超额完成, as it is printed on the page (``RULE``): an item has exceeded its task
if its completion is declared and confirmed and, of its targets in numbers, each has a reading
that reaches the target and at least one a reading above it. What is not known never makes
an item better: a target without a reading leaves it 完成.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from livelihood.organisation.words import rounded


class Outcome(StrEnum):
    """完成成效 of one item; ``OUTCOMES`` has the words."""

    EXCEEDED = "exceeded"
    COMPLETED = "completed"
    UNFINISHED = "unfinished"
    NOT_REPORTED = "not_reported"


# In the order of the page.
OUTCOMES = {
    Outcome.EXCEEDED: "超额完成",
    Outcome.COMPLETED: "完成",
    Outcome.UNFINISHED: "未完成",
    Outcome.NOT_REPORTED: "未填报",
}
DONE = frozenset({Outcome.EXCEEDED, Outcome.COMPLETED})
RULE = (
    "超额完成：已报完成并按本县规则得到确认，各项数量目标的累计完成数都不低于目标值，"
    "且至少有一项高于目标值；有数量目标没有读数的，只计完成。",
    "完成：已报完成并按本县规则得到确认，未达到上述超额完成的条件。",
    "未完成：有填报，尚未报完成或完成未得到确认。",
    "未填报：没有已通过的填报，或最后一期没有填报。",
)


class Reached(NamedTuple):
    """One quantity target of an item and its latest reading; None is not told."""

    target: float | None
    reading: float | None


def outcome(*, completed: bool, reported: bool, quantities: Iterable[Reached]) -> Outcome:
    """How one item ended.

    Args:
        completed: whether its completion is declared, and confirmed as the county counts it.
        reported: whether there is an accepted report to judge by.
        quantities: its targets in numbers; rates and deliverables are not among them.
    """
    if not completed:
        return Outcome.UNFINISHED if reported else Outcome.NOT_REPORTED
    measured = [q for q in quantities if q.target is not None]
    reached = all(q.reading is not None and q.reading >= q.target for q in measured)
    above = any(q.reading is not None and q.reading > q.target for q in measured)
    return Outcome.EXCEEDED if reached and above else Outcome.COMPLETED


def falls_short(quantities: Iterable[Reached]) -> bool:
    """Whether a reading is below its target: beside 完成, a figure to look into."""
    return any(
        q.target is not None and q.reading is not None and q.reading < q.target for q in quantities
    )


# -- Shares -----------------------------------------------------------------------------

# How many decimals a county writes its percents with.
DECIMALS = (2, 1, 0)


def share(part: int, whole: int, decimals: int) -> Decimal | None:
    """``part`` of ``whole`` in percent, rounded as people round (四舍五入); None of nothing."""
    if not whole:
        return None
    return rounded(Decimal(100 * part) / Decimal(whole), decimals)


def outcome_sentence(counts: dict[Outcome, int], decimals: int) -> str:
    """The counts as a bulletin writes them: 17项超额完成，占比56.67%；…。

    What no item is stays unsaid, 超额完成 and 完成 apart: there a zero is news.
    """
    whole = sum(counts.values())
    if not whole:
        return "没有项目。"
    parts = [
        f"{counts.get(kind, 0)}项{words}，占比{share(counts.get(kind, 0), whole, decimals)}%"
        for kind, words in OUTCOMES.items()
        if counts.get(kind, 0) or kind in DONE
    ]
    return f"{'；'.join(parts)}。"


# -- The satisfaction vote --------------------------------------------------------------


class Grade(StrEnum):
    """The result of a satisfaction vote; ``GRADES`` has the words."""

    SATISFIED = "satisfied"
    FAIRLY = "fairly"
    DISSATISFIED = "dissatisfied"


GRADES = {
    Grade.SATISFIED: "满意",
    Grade.FAIRLY: "基本满意",
    Grade.DISSATISFIED: "不满意",
}
VOTE_RULE = (
    "满意票超过全体组成人员的半数为满意；满意票与基本满意票合计超过半数为基本满意；"
    "其余（含恰为半数）为不满意。"
)


@dataclass(frozen=True)
class Votes:
    """The votes on one item; ``members`` are all members of the body, present or not."""

    members: int
    satisfied: int
    fairly: int
    dissatisfied: int
    abstained: int

    @property
    def cast(self) -> int:
        """How many members are accounted for."""
        return self.satisfied + self.fairly + self.dissatisfied + self.abstained

    @property
    def grade(self) -> Grade:
        """满意, 基本满意 or 不满意: more than half of all members, and not just half."""
        if 2 * self.satisfied > self.members:
            return Grade.SATISFIED
        if 2 * (self.satisfied + self.fairly) > self.members:
            return Grade.FAIRLY
        return Grade.DISSATISFIED


def faults(votes: Votes) -> Sequence[str]:
    """What is wrong with the numbers of a vote, in sentences; nothing if they can be."""
    if votes.members < 1:
        return ["组成人员总数应大于0。"]
    if votes.cast > votes.members:
        return [f"各类票数合计{votes.cast}，超过组成人员总数{votes.members}。"]
    return []
