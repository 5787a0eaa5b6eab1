"""The dates of a year's reporting rounds (期次). Pure: no clock, no holiday list of its own."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import NamedTuple

DAY = timedelta(days=1)
# No holiday is so long: whoever finds no working day in as many days asks a broken calendar.
LONGEST_REST = 60


class RoundDates(NamedTuple):
    """The days of one round; ``moved_from`` is the deadline as it would have fallen on a
    weekend or holiday, None where it was not moved."""

    as_of: date
    opens_on: date
    deadline: date
    moved_from: date | None


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    following = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    return following - DAY


def as_of_dates(year: int, first: int, last: int, day: int | None = None) -> list[date]:
    """One as-of date for each month from ``first`` to ``last``, both included.

    Args:
        year: of the lists.
        first: the first month, 1–12.
        last: the last month, 1–12; none where it is before the first.
        day: of the month, 1–31; in a month without that day its last; None: always the last.
    """
    ends = [month_end(year, month) for month in range(first, last + 1)]
    return [end if day is None or day > end.day else end.replace(day=day) for end in ends]


def next_workday(day: date, is_workday: Callable[[date], bool]) -> date:
    """``day`` itself where people work on it, else the next day on which they do.

    Raises:
        ValueError: ``is_workday`` knows no working day within two months.
    """
    for _attempt in range(LONGEST_REST):
        if is_workday(day):
            return day
        day += DAY
    raise ValueError(f"no working day in the {LONGEST_REST} days before {day}")


def round_dates(
    dates: Iterable[date],
    *,
    days_until_opening: int,
    days_until_deadline: int,
    is_workday: Callable[[date], bool],
) -> list[RoundDates]:
    """Opening and deadline of the round of each as-of date.

    Args:
        dates: the as-of dates.
        days_until_opening: from the as-of date to the opening; negative opens before it.
        days_until_deadline: from the as-of date to the deadline, counted in calendar days.
        is_workday: whether people work on a day; the deadline moves to the next such day.

    Raises:
        ValueError: the deadline would lie before the opening.
    """
    if days_until_deadline < days_until_opening:
        raise ValueError("the deadline lies before the opening")
    rounds = []
    for as_of in dates:
        asked = as_of + days_until_deadline * DAY
        deadline = next_workday(asked, is_workday)
        rounds.append(
            RoundDates(
                as_of=as_of,
                opens_on=as_of + days_until_opening * DAY,
                deadline=deadline,
                moved_from=None if deadline == asked else asked,
            )
        )
    return rounds
