"""A report prepared for the questions that are put to it, and what is answered."""

import re
from dataclasses import dataclass, field
from datetime import date

from projects.rules.reading.matching import Profile, Words
from projects.rules.reading.periods import Period, find_periods
from projects.rules.reading.quantities import Quantity
from projects.rules.reading.text import Text, brackets
from projects.rules.reading.values import Actual, Leftover, Span, Sure

PROBLEMS = re.compile(
    r"(?:目前|主要)?(?:存在|面临)(?:的|主要)*(?:问题|困难|不足)(?:和困难|及困难|及原因|和不足)?(?:是|有|为)?[：，]*|(?:问题|困难|滞后原因|未完成原因)(?:是|：)"
)
NEXT_STEPS = re.compile(r"下一?步(?:工作)?(?:计划|打算|安排|将)?|下阶段")
BASIC = re.compile(r"基本(?:完成|建成)")
FULL = 100.0


@dataclass(slots=True)
class Status:
    """What was read from a status."""

    actual: list[Actual] = field(default_factory=list)
    completed: bool = False
    completed_span: Span | None = None
    problems: str | None = None
    problems_span: Span | None = None
    problems_sure: Sure = field(default_factory=Sure)
    leftovers: list[Leftover] = field(default_factory=list)
    figures: list[Quantity] = field(default_factory=list)  # all numbers, used or not


@dataclass(slots=True)
class Clause:
    """A clause of a status: "done", "ongoing" or "pending"."""

    words: str
    state: str
    pairs: set[str]
    aside: bool  # whether it stands among obstacles or next steps
    index: int | None = None  # the target that it names, if there are several


@dataclass(slots=True)
class Report:
    """A status prepared for the questions that follow."""

    text: Text
    words: Words
    clean: str
    round_brackets: list[tuple[int, int]]
    as_of: date | None
    problem_start: int  # from here on the text speaks of obstacles or next steps
    periods: list[Period]
    clauses: list[Clause] = field(default_factory=list)
    claimed: tuple[int, int] | None = None  # where what was due is said to be done
    known: list[Profile] = field(default_factory=list)


def prepare(text: Text, year: int, as_of: date | None, worded: bool) -> Report:
    """The report as it is asked; ``worded``: whether numbers in characters count.

    ``year`` is the one of dates without a year.
    """
    clean = text.clean
    match = PROBLEMS.search(clean)
    following = NEXT_STEPS.search(clean)
    starts = [m.start() for m in (match, following) if m]
    return Report(
        text, Words(text, worded), clean, brackets(clean), as_of, min(starts, default=len(clean)),
        find_periods(clean, year),
    )  # fmt: skip
