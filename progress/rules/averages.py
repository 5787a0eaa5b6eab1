"""The average of one programme over the counties of a city. Pure functions of plain values."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from progress.rules.judgement import Comparison
from projects.rules.planned import FULL


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
        return 1 + sum(1 for figure in self.figures if figure > actual)


def average_of(figures: Sequence[float], as_of: date, *, simulated: bool) -> Average:
    """The average of at least one known percent; over-fulfilment hides nobody's arrears."""
    mean = sum(min(figure, FULL) for figure in figures) / len(figures)
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


def chosen_comparison(
    table: Comparison | None, computed: Comparison | None, *, computed_first: bool, oldest: date
) -> Comparison | None:
    """Which of the two counts: the one the rule set prefers, else the other.

    A table from before ``oldest`` no longer compares anything, and gives way.
    """
    if computed is not None and (computed_first or table is None or table.as_of < oldest):
        return computed
    return table


def is_below(average: Average | None, actual: float | None) -> bool | None:
    """Whether a county's percent is below the average that it is part of; None where the
    percent is unknown, or is the only one that is known."""
    if average is None or actual is None or average.counties < 2:
        return None
    return min(actual, FULL) < average.average


def is_last(average: Average, actual: float, ranks: int) -> bool:
    """Whether a county's percent has one of the last ``ranks`` places of the average that it
    is part of."""
    return average.rank(actual) > average.counties - ranks
