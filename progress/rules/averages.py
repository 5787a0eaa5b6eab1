"""The average of one programme over the counties of a city. Pure functions of plain values."""

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import fmean
from typing import NamedTuple

from progress.rules.judgement import Comparison, is_under
from projects.rules.planned import FULL

# A round of the first days of a month tells of the month before: the first quarter's is as of
# 10 April.
DAYS_OF_GRACE = 10
GRACE = timedelta(days=DAYS_OF_GRACE)
A_MONTH = timedelta(days=31)


class Average(NamedTuple):
    """The mean of the known actual percents, each capped at 100; ``figures`` as reported."""

    as_of: date
    average: float
    counties: int
    figures: tuple[float, ...]
    simulated: bool

    @property
    def best(self) -> float:
        """The highest of the counties' percents."""
        return self.figures[0]

    def rank(self, actual: float) -> int:
        """The place of a county with that percent; equal percents share a place."""
        return 1 + sum(1 for figure in self.figures if is_under(actual, figure))


def month_of(as_of: date) -> tuple[date, date]:
    """From when to when a round must be as of to tell of the same month as one of that date.

    Counties of one city close their months within some days of each other.
    """
    first = (as_of - GRACE).replace(day=1)
    return first + GRACE, (first + A_MONTH).replace(day=1) + GRACE - timedelta(days=1)


def average_of(figures: Sequence[float], as_of: date, *, simulated: bool) -> Average:
    """The average of at least one known percent; over-fulfilment hides nobody's arrears."""
    mean = fmean([min(figure, FULL) for figure in figures])
    return Average(as_of, mean, len(figures), tuple(sorted(figures, reverse=True)), simulated)


def computed_comparison(others: Average | None, actual: float | None) -> Comparison | None:
    """What the computed average says of a county's item.

    Args:
        others: the average over the other counties of the city.
        actual: the county's own percent; it belongs to the average, too.

    Returns:
        None where nothing can be compared: the county's own figure is unknown, or no other
        county's is known.
    """
    if others is None or actual is None:
        return None
    all_counties = average_of((*others.figures, actual), others.as_of, simulated=others.simulated)
    return Comparison(
        as_of=others.as_of,
        figure=min(actual, FULL),
        average=all_counties.average,
        rank=all_counties.rank(actual),
        counties=all_counties.counties,
        source=f"系统按{all_counties.counties}个县（市、区）通过的填报计算",
        illustrative=others.simulated,
    )


def computed_best(others: Average, actual: float) -> float:
    """The highest percent of a county and the others, capped as what it is compared with."""
    return min(max(others.best, actual), FULL)


def prefers_computed(*, computed: bool, table: bool, computed_first: bool) -> bool:
    """Which of the two counts where there is a computed average, a table, or both: the one
    the rule set prefers, else the other."""
    return computed and (computed_first or not table)


def chosen_comparison(
    table: Comparison | None, computed: Comparison | None, *, computed_first: bool, oldest: date
) -> Comparison | None:
    """The one that counts; a table from before ``oldest`` no longer compares anything, and
    gives way."""
    fresh = table is not None and table.as_of >= oldest
    if prefers_computed(computed=computed is not None, table=fresh, computed_first=computed_first):
        return computed
    return table


def is_below(average: Average | None, actual: float | None) -> bool | None:
    """Whether a county's percent is below the average that it is part of; None where the
    percent is unknown, or is the only one that is known."""
    if average is None or actual is None or average.counties < 2:
        return None
    return is_under(min(actual, FULL), average.average)


def is_last(average: Average, actual: float, ranks: int) -> bool:
    """Whether a county's percent has one of the last ``ranks`` places of the average that it
    is part of."""
    return ranks > 0 and average.rank(actual) > average.counties - ranks
