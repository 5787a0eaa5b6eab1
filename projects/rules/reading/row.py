"""One row: title, schedule and status read together."""

from collections.abc import Iterable
from datetime import date

from projects.rules.reading.doubts import find_doubts
from projects.rules.reading.quantities import TIMES, Quantity, alike, find_worded
from projects.rules.reading.schedule import read_schedule
from projects.rules.reading.status import read_status
from projects.rules.reading.targets import read_targets
from projects.rules.reading.text import MOST_READ, Text
from projects.rules.reading.values import Leftover, Reading, Span

NOT_USED = "没有作为目标、节点或进度读取的数字"


def read_row(
    *,
    title: str,
    schedule: str = "",
    status: str = "",
    year: int,
    as_of: date | None = None,
    schedule_head: str = "",
) -> Reading:
    """Read what a row of a list promises, plans and reports.

    Args:
        title: the 项目内容, as printed.
        schedule: the 进度安排; "" if there is none.
        status: the 目前实施情况; "" if there is none.
        year: the document's, 2000–2100; dates without a year are of it.
        as_of: the day up to which the status reports; None leaves ``met`` open.
        schedule_head: the column's heading, whose period (8月计划进度) holds for words
            that stand before any label.

    Never raises on any text: what is not understood is left open and said.
    """
    reading = Reading(title, schedule, status)
    title_text, schedule_text = Text("title", title), Text("schedule", schedule)
    status_text = Text("status", status)
    targets = read_targets(title_text)
    plan = read_schedule(schedule_text, targets.indicators, targets.sites, year, schedule_head)
    reading.starred = targets.starred
    reading.sites, reading.allocations = targets.sites, targets.allocations
    reading.indicators = targets.indicators + plan.added
    reading.milestones = plan.milestones
    report = read_status(
        status_text, reading.indicators, reading.sites, reading.milestones, year, as_of
    )
    reading.actual = report.actual
    reading.completed, reading.completed_span = report.completed, report.completed_span
    reading.problems, reading.problems_span = report.problems, report.problems_span
    reading.problems_sure = report.problems_sure
    reading.leftovers = targets.leftovers + plan.leftovers + report.leftovers
    used = {i.span.start for i in reading.indicators if i.span.field == "title"}
    used |= {a.span.start for a in reading.allocations}
    _unread(reading, title_text, targets.figures, used)
    places = schedule_text.places
    used = plan.used if places is None else {places[start] for start in plan.used}
    used |= {i.span.start for i in plan.added}
    figures = {q.start: q for q in find_worded(schedule_text.clean) if q.value > 1}
    figures |= {q.start: q for q in plan.figures}
    _unread(reading, schedule_text, figures.values(), used, countable=True)
    used = {a.span.start for a in reading.actual if a.span} | _values(reading)
    _unread(reading, status_text, report.figures, used)
    reading.leftovers += _beyond(title_text, title) + _beyond(schedule_text, schedule)
    reading.leftovers += _beyond(status_text, status)
    reading.doubts = find_doubts(reading, year)
    return reading


def _beyond(text: Text, whole: str) -> list[Leftover]:
    """What is too long to be a table's cell, and was not read."""
    start = len(text.original)
    if len(whole) == start:
        return []
    span = Span(text.field, start, len(whole), whole[start:])
    return [Leftover(span, f"文字超过{MOST_READ}字，其余未读")]


def _values(reading: Reading) -> set[int]:
    return {a.value_span.start for a in reading.actual if a.value_span}


def _unread(
    reading: Reading,
    text: Text,
    figures: Iterable[Quantity],
    used: set[int],
    *,
    countable: bool = False,
) -> None:
    """Name every number of a text that became no value, and was not named already.

    ``countable``: those that may be part of a target are to be looked at.
    """
    named = {left.span.start for left in reading.leftovers if left.span.field == text.field}
    places = text.places
    for quantity in figures:
        start = quantity.start if places is None else places[quantity.start]
        if start in used or start in named or quantity.unit in TIMES:
            continue
        span = text.span(quantity.start, quantity.end)
        part = countable and _may_be_part(quantity, reading)
        reading.leftovers.append(Leftover(span, NOT_USED, part))


def _may_be_part(quantity: Quantity, reading: Reading) -> bool:
    """Whether a number counts in a target's unit; the whole target itself is but its scope."""
    alikes = [i for i in reading.indicators if i.unit and alike(quantity.unit, i.unit)]
    return bool(alikes) and all(i.target != quantity.value for i in alikes)
