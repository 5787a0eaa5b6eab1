"""The computed average (系统计算的全市平均) of a programme over the counties of a city.

It rests on what the counties' units have reported for the month and their offices accepted,
as the summary keeps it. An item of which nothing is known, or of which only an earlier round
tells, is no zero, it is left out; how many counties remain is said.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from livelihood.organisation.models import Region
from progress.models import ItemSummary, Round
from progress.rules.averages import Average, average_of, month_of
from projects.models import ProgrammeItem


class CountyRound(NamedTuple):
    """The round by which a county counts at a date."""

    pk: int
    county: int
    as_of: date
    simulated: bool


def of_month(days: Collection[date], prefix: str = "") -> Q:
    """What restricts rounds to those of the months of some dates of one year.

    Args:
        days: the dates, at least one.
        prefix: of the columns, where the rounds are joined.
    """
    months = [month_of(day) for day in days]
    column = f"{prefix}as_of"
    return Q(
        **{
            f"{column}__gte": min(first for first, _last in months),
            f"{column}__lte": max(last for _first, last in months),
            f"{column}__year": min(days).year,
        }
    )


def by_county(rounds: Iterable[CountyRound], as_of: date) -> dict[int, CountyRound]:
    """By which round each county counts at a date: that of the same month, and of several the
    nearest.

    None counts while the date of each is still to come.
    """
    first, last = month_of(as_of)
    found: dict[int, CountyRound] = {}
    for r in rounds:
        if first <= r.as_of <= last:
            other = found.setdefault(r.county, r)
            if other is not r and _distance(r, as_of) < _distance(other, as_of):
                found[r.county] = r
    return found if any(r.as_of <= as_of for r in found.values()) else {}


def _distance(reporting_round: CountyRound, as_of: date) -> tuple[timedelta, date]:
    """How near a round is to a date; of two as near the earlier one is nearer."""
    return abs(reporting_round.as_of - as_of), reporting_round.as_of


def city_of(county: Region) -> str:
    """The path of the city in which a county lies: that of the region above it."""
    return county.path.removesuffix(f"{county.code}/")


def with_neighbours(regions: QuerySet[Region]) -> QuerySet[Region]:
    """Regions with ``neighbours``: the judged versions of all counties of their city added
    up, where a page of the region rests on what these report; else 0."""
    of_the_city = (
        Region.objects.filter(parent=OuterRef("parent"))
        .order_by()
        .values("parent")
        .annotate(versions=Sum("judged_version"))
        .values("versions")
    )
    averaged = Exists(ProgrammeItem.objects.filter(county=OuterRef("pk")))
    return regions.annotate(
        neighbours=Case(When(averaged, then=Subquery(of_the_city)), default=Value(0))
    )


@dataclass(frozen=True)
class Figures:
    """What the counties of a city report of programmes, at some dates."""

    rounds: Mapping[date, Mapping[int, CountyRound]]  # by county
    percents: Mapping[int, Mapping[int, float]]  # by round, by programme

    def percent(self, county: int, programme: int, as_of: date) -> float | None:
        """A county's own; None where it is unknown."""
        own = self.rounds[as_of].get(county)
        return None if own is None else self.percents[own.pk].get(programme)

    def averages(self, as_of: date, *, but: int | None = None) -> dict[int, Average]:
        """The averages at a date by programme, over all counties but one; none of a programme
        of which no figure is known."""
        rounds = [r for r in self.rounds[as_of].values() if r.county != but]
        found = defaultdict(list)
        for r in rounds:
            for programme, percent in self.percents[r.pk].items():
                found[programme].append(percent)
        simulated = any(r.simulated for r in rounds)
        return {
            programme: average_of(percents, as_of, simulated=simulated)
            for programme, percents in found.items()
        }


def read_figures(path: str, days: Collection[date], programmes: Iterable[int]) -> Figures:
    """What the counties below ``path`` report of programmes; two queries.

    Args:
        path: of the city or province.
        days: dates of one year, at least one.
        programmes: their keys.
    """
    begun = Round.objects.filter(of_month(days), county__path__startswith=path)
    begun = begun.exclude(state=Round.State.PLANNED).order_by()
    columns = begun.values_list("pk", "county_id", "as_of", "simulated")
    known = [CountyRound._make(row) for row in columns]
    rounds = {day: by_county(known, day) for day in days}
    percents: dict[int, dict[int, float]] = defaultdict(dict)
    for pk, programme, actual in (
        ItemSummary.objects.filter(
            round__in={r.pk for of_day in rounds.values() for r in of_day.values()},
            item__programme_link__programme__in=list(programmes),
            reported=True,
            actual__isnull=False,
        )
        .order_by()
        .values_list("round_id", "item__programme_link__programme_id", "actual")
    ):
        percents[pk][programme] = actual
    return Figures(rounds, percents)


def read_averages(
    path: str, as_of: date, programmes: Iterable[int], *, but: int | None = None
) -> Mapping[int, Average]:
    """The averages of programmes over the counties below ``path``, by programme; two queries.

    Args:
        path: of the city or province.
        as_of: the date of a round: the others' rounds of the same month count.
        programmes: their keys.
        but: the key of a county that is left out.

    Returns:
        None of a programme of which no county's figure is known.
    """
    return read_figures(path, [as_of], programmes).averages(as_of, but=but)
