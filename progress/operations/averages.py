"""The computed average (系统计算的全市平均) of a programme over the counties of a city.

It rests on what the counties' units have reported and their offices accepted, as the summary
keeps it: the actual percent of each county's item at its latest round up to the date. An item
of which nothing is known is no zero, it is left out; how many counties remain is said.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Case, Exists, OuterRef, QuerySet, Subquery, Sum, Value, When

from livelihood.organisation.models import Region
from progress.models import ItemSummary, Round
from progress.rules.averages import Average, average_of
from projects.models import ProgrammeItem

# Counties of one city close their months on nearly the same day; an older round is no news.
MAX_AGE_DAYS = 31


class CountyRound(NamedTuple):
    """The round by which a county counts at a date."""

    pk: int
    county: int
    as_of: date
    simulated: bool


def rounds_at(path: str, as_of: date, max_age_days: int = MAX_AGE_DAYS) -> dict[int, CountyRound]:
    """By which round each county below ``path`` counts at a date, by county; one query.

    Counties whose latest round is older, or that have none, are not in it.
    """
    rows = (
        Round.objects.filter(
            county__path__startswith=path,
            as_of__lte=as_of,
            as_of__gt=as_of - timedelta(days=max_age_days),
            as_of__year=as_of.year,
        )
        .exclude(state=Round.State.PLANNED)
        .order_by("as_of")
        .values_list("pk", "county_id", "as_of", "simulated")
    )
    return {row[1]: CountyRound._make(row) for row in rows}


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


def read_averages(
    path: str, as_of: date, programmes: Iterable[int], *, but: int | None = None
) -> Mapping[int, Average]:
    """The averages of programmes over the counties below ``path``, by programme; two queries.

    Args:
        path: of the city or province.
        as_of: the date; rounds after it do not count.
        programmes: their keys.
        but: the key of a county that is left out.

    Returns:
        None of a programme of which no county's figure is known.
    """
    rounds = rounds_at(path, as_of)
    rounds.pop(but, None)
    figures: dict[int, list[float]] = {}
    for programme, actual in (
        ItemSummary.objects.filter(
            round__in=[r.pk for r in rounds.values()],
            item__programme_link__programme__in=list(programmes),
            actual__isnull=False,
        )
        .order_by()
        .values_list("item__programme_link__programme_id", "actual")
    ):
        figures.setdefault(programme, []).append(actual)
    simulated = any(r.simulated for r in rounds.values())
    return {
        programme: average_of(found, as_of, simulated=simulated)
        for programme, found in figures.items()
    }
