"""What a reviewer looks at first in a report: the unusual, in words. Pure functions."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from livelihood.organisation.words import cn_date, number_cn, percent1, points_cn
from progress.rules.findings import JUMP_POINTS

PROBLEM_WORDS = 40  # characters of a problem that a row of the queue shows


class Unusual(StrEnum):
    """Why a report is looked at, the weightiest first."""

    JUMP = "jump"
    FALL = "fall"
    BEHIND = "behind"
    PROMISE = "promise"
    COMPLETED = "completed"
    PROBLEM = "problem"
    LATE = "late"


UNUSUAL_LABELS = {
    Unusual.JUMP: "大幅增加",
    Unusual.FALL: "比上期下降",
    Unusual.BEHIND: "滞后",
    Unusual.PROMISE: "承诺未兑现",
    Unusual.COMPLETED: "报完成",
    Unusual.PROBLEM: "存在问题",
    Unusual.LATE: "迟报",
}
ORDER = {kind: position for position, kind in enumerate(Unusual)}


class FigureChange(NamedTuple):
    """A figure last round and now; None is unknown.

    ``name`` is "" where the work has one figure only. Values are cumulative, in ``unit``;
    percents are of the year's task, 0–100 or more. A rate ``may_fall``.
    """

    name: str
    unit: str
    old_value: float | None
    new_value: float | None
    old_percent: float | None
    new_percent: float | None
    may_fall: bool = False

    @property
    def points(self) -> float | None:
        """By how many percentage points it rose; None where one of the two is unknown."""
        if self.old_percent is None or self.new_percent is None:
            return None
        return self.new_percent - self.old_percent

    @property
    def is_new(self) -> bool:
        """Whether nothing was known of it last round."""
        return self.old_value is None and self.old_percent is None

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return (self.old_value, self.old_percent) == (self.new_value, self.new_percent)

    def words(self, value: float | None, percent: float | None) -> str:
        """One side in words: 3所（30.0%）."""
        if value is None:
            return percent1(percent)
        share = "" if percent is None else f"（{percent1(percent)}）"
        return f"{number_cn(value)}{self.unit}{share}"

    @property
    def old(self) -> str:
        """Last round's figure in words."""
        return self.words(self.old_value, self.old_percent)

    @property
    def new(self) -> str:
        """This round's figure in words."""
        return self.words(self.new_value, self.new_percent)


class Mark(NamedTuple):
    """One unusual thing of a report."""

    kind: Unusual
    words: str

    @property
    def label(self) -> str:
        """The kind in words."""
        return UNUSUAL_LABELS[self.kind]


def unusual(
    *,
    figures: Sequence[FigureChange] = (),
    behind: Sequence[str] = (),
    broken_promise: date | None = None,
    completed: bool = False,
    problems: str = "",
    late_days: int = 0,
) -> list[Mark]:
    """What is unusual in a report, the weightiest first; nothing for a clean one.

    Args:
        figures: every figure last round and now.
        behind: for each list item that the figures will show behind, why, in words.
        broken_promise: the day, past by now, before which the unit had promised to catch up
            while the figures still show it behind.
        completed: whether the unit declares completion.
        problems: what the unit says of obstacles, "" for none.
        late_days: by how many days it missed the unit's deadline.
    """
    marks = [Mark(Unusual.JUMP, _jump(f)) for f in figures if _jumps(f)]
    marks += [Mark(Unusual.FALL, _fall(f)) for f in figures if _falls(f)]
    marks += [Mark(Unusual.BEHIND, words) for words in behind]
    if broken_promise is not None:
        words = f"上期承诺于{cn_date(broken_promise)}前赶上，没有兑现"
        marks.append(Mark(Unusual.PROMISE, words))
    if completed:
        marks.append(Mark(Unusual.COMPLETED, "请对照目标和佐证材料核对"))
    if problems.strip():
        marks.append(Mark(Unusual.PROBLEM, _shortened(problems.strip())))
    if late_days > 0:
        marks.append(Mark(Unusual.LATE, f"迟报{late_days}天"))
    return marks


def rank(marks: Sequence[Mark]) -> tuple:
    """Where a report stands in the queue: its weightiest mark, then how many it has.

    Reports without any come last.
    """
    if not marks:
        return (len(ORDER), 0)
    return (min(ORDER[mark.kind] for mark in marks), -len(marks))


def _jumps(figure: FigureChange) -> bool:
    return figure.points is not None and figure.points > JUMP_POINTS


def _falls(figure: FigureChange) -> bool:
    if figure.is_new:
        return False
    if figure.new_value is None and figure.new_percent is None:
        # Told last round, and now no more.
        return True
    if figure.may_fall:
        return False
    fewer = None not in (figure.old_value, figure.new_value) and (
        figure.new_value < figure.old_value
    )
    return fewer or (figure.points is not None and figure.points < 0)


def _jump(figure: FigureChange) -> str:
    return f"{figure.name}一期增加{points_cn(figure.points)}"


def _fall(figure: FigureChange) -> str:
    if figure.new_value is None and figure.new_percent is None:
        return f"{figure.name}上期{figure.old}，本期没有填"
    return f"{figure.name}由{figure.old}降为{figure.new}"


def _shortened(text: str) -> str:
    return text if len(text) <= PROBLEM_WORDS else f"{text[: PROBLEM_WORDS - 1]}…"
