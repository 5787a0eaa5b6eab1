"""What a reading consists of: plain values, each with the words it was read from.

Positions are those of the text as given (title, schedule or status), in characters, end
excluded. Numbers are in the indicator's unit; percents are 0–100, actual ones may be more.
"""

from dataclasses import dataclass, field
from datetime import date

# How sure a reading is.
CERTAIN, LIKELY, DOUBTFUL = "确定", "较有把握", "存疑"

Number = int | float


@dataclass(slots=True)
class Span:
    """Where something stands: ``field`` is "title", "schedule" or "status"."""

    field: str
    start: int
    end: int
    text: str


@dataclass(slots=True)
class Sure:
    """How sure a value is, and in Chinese why, if it is not certain."""

    level: str = CERTAIN
    reason: str = ""


@dataclass(slots=True)
class Indicator:
    """One measurable target. ``target`` is None for a deliverable (kind "milestone")."""

    name: str
    target: Number | None
    unit: str | None
    kind: str
    span: Span
    sure: Sure
    about: str = ""  # 约, 以上, ≥ … as written beside the number
    is_part: bool = False  # after 其中: a part of a target before it
    entry: int = 0  # the numbered entry of the title in which it stands (（一）: 1); 0 for none


@dataclass(slots=True)
class Site:
    """A named place of the title."""

    name: str
    span: Span
    sure: Sure


@dataclass(slots=True)
class Allocation:
    """The part of a target that falls to one place, in the target's unit."""

    place: str
    value: Number
    span: Span
    sure: Sure


@dataclass(slots=True)
class Milestone:
    """One stage of the schedule; ``value`` and ``percent`` are cumulative.

    ``indicator`` is an index into the indicators, None for the item as a whole; ``span``
    covers the words, ``label_span`` the period, ``figure_span`` the number or percent.
    """

    indicator: int | None
    label: str
    due: date
    text: str
    value: Number | None
    percent: float | None
    basis: str
    span: Span
    label_span: Span
    figure_span: Span | None
    sure: Sure
    met: bool | None = None
    met_why: str = ""
    met_sure: Sure = field(default_factory=Sure)


@dataclass(slots=True)
class Actual:
    """What the status says of an indicator (None: of the item as a whole)."""

    indicator: int | None
    value: Number | None
    percent: float | None
    basis: str
    span: Span | None
    sure: Sure
    value_span: Span | None = None  # where the number stands, if ``span`` is the percent's


@dataclass(slots=True)
class Leftover:
    """Words with a figure or a date that were not made into a value, and in Chinese why.

    ``countable``: a number of the plan that may count what is promised.
    """

    span: Span
    why: str
    countable: bool = False


@dataclass(slots=True)
class Reading:
    """Everything that was understood of one row, and what was not."""

    title: str
    schedule: str
    status: str
    starred: bool = False
    indicators: list[Indicator] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    actual: list[Actual] = field(default_factory=list)
    completed: bool = False
    completed_span: Span | None = None
    problems: str | None = None
    problems_span: Span | None = None
    problems_sure: Sure = field(default_factory=Sure)
    leftovers: list[Leftover] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
