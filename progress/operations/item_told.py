"""What the page of an item and the export say of it beyond its standing, live or as kept."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import FloatField
from django.db.models.functions import Cast

from progress.models import CityComparison, Completion, Round
from progress.operations.averages import city_of, read_figures
from progress.operations.breakdown import AllocationRow
from progress.operations.frozen import kept_row, row_as_kept
from progress.operations.item_reports import CurveRow, ReadingRow, Reported, ReportRow, Sources
from progress.operations.item_state import ItemState
from progress.operations.standings import CountyState
from progress.rules.averages import computed_best, computed_comparison
from progress.rules.judgement import TABLE_DECIMALS, Comparison
from projects.models import Allocation, Site


@dataclass(frozen=True)
class Told:
    """What was reported and printed of one item up to a date."""

    points: list[CurveRow]  # the earliest first
    why: dict[int, str]  # by milestone, the report's own words
    reports: list[ReportRow]  # the latest first
    comparisons: list[CityComparison]  # the latest first; computed ones are never saved
    completion: Completion | None
    allocations: list[AllocationRow]
    sites: list[str]


def read_told(states: Sequence[ItemState], state: CountyState) -> dict[int, Told]:
    """What is told of some items of a county, by item; eight queries, however many they are,
    and two more where other counties have the same programmes."""
    items = [s.item.pk for s in states]
    comparisons, allocations, sites = defaultdict(list), defaultdict(list), defaultdict(list)
    tables = CityComparison.objects.filter(item__in=items, as_of__lte=state.as_of)
    for table in tables.order_by("-as_of"):
        comparisons[table.item_id].append(table)
    completions = {
        completion.item_id: completion
        for completion in Completion.objects.filter(item__in=items, declared_on__lte=state.as_of)
    }
    for item, *row in (
        Allocation.objects.filter(item__in=items)
        .order_by("order")
        .values_list("item_id", "place", Cast("value", FloatField()), "note")
    ):
        allocations[item].append(AllocationRow._make(row))
    for item, name in (
        Site.objects.filter(item__in=items).order_by("order").values_list("item_id", "name")
    ):
        sites[item].append(name)
    for item, computed in _computed(states, state).items():
        # Of one date the city's own table stands first.
        rows = sorted([*comparisons[item], *computed], key=lambda row: row.as_of, reverse=True)
        comparisons[item] = rows
    sources = Sources(states, state)
    told = {}
    for own in states:
        reported, pk = Reported(own, sources), own.item.pk
        told[pk] = Told(
            points=reported.points(),
            why=reported.why(),
            reports=reported.rows(),
            comparisons=comparisons[pk],
            completion=completions.get(pk),
            allocations=allocations[pk],
            sites=sites[pk],
        )
    return told


def _computed(states: Sequence[ItemState], state: CountyState) -> dict[int, list[CityComparison]]:
    """The averages computed at the year's rounds up to the date, by item, the latest first."""
    days = [
        r.as_of for r in state.rounds if r.as_of <= state.as_of and r.state != Round.State.PLANNED
    ]
    items = [s.item.pk for s in states if s.item.pk in state.programmes]
    if not (days and items):
        return {}
    programmes = {item: state.programmes[item] for item in items}
    figures = read_figures(city_of(state.county), days, set(programmes.values()))
    found = defaultdict(list)
    for day in days:
        others = figures.averages(day, but=state.county.pk)
        for item, programme in programmes.items():
            actual = figures.percent(state.county.pk, programme, day)
            compared = computed_comparison(others.get(programme), actual)
            if compared is not None:
                best = computed_best(others[programme], actual)
                found[item].append(_as_table_row(item, compared, best))
    return found


def _as_table_row(item: int, compared: Comparison, best: float) -> CityComparison:
    """A computed comparison as a table would print it."""
    return CityComparison(
        item_id=item,
        as_of=compared.as_of,
        figure=_printed(compared.figure),
        average=_printed(compared.average),
        best=_printed(best),
        rank=compared.rank,
        counties=compared.counties,
        source=compared.source,
        illustrative=compared.illustrative,
    )


def _printed(percent: float) -> Decimal:
    return Decimal(f"{percent:.{TABLE_DECIMALS}f}")


def told_to_dict(told: Told) -> dict:
    """What is told of an item in values that JSON knows."""
    return {
        "points": [point._asdict() | {"day": point.day.isoformat()} for point in told.points],
        "why": list(told.why.items()),
        "reports": [
            report._asdict()
            | {
                "as_of": report.as_of.isoformat(),
                "readings": [reading._asdict() for reading in report.readings],
            }
            for report in told.reports
        ],
        "comparisons": [kept_row(table) for table in told.comparisons],
        "completion": told.completion and kept_row(told.completion),
        "allocations": [row._asdict() for row in told.allocations],
        "sites": told.sites,
    }


def told_from_dict(kept: dict) -> Told:
    """What ``told_to_dict`` kept, also after JSON."""
    completion = kept["completion"]
    return Told(
        points=[CurveRow(**{**p, "day": date.fromisoformat(p["day"])}) for p in kept["points"]],
        why=dict(kept["why"]),
        reports=[
            ReportRow(
                as_of=date.fromisoformat(report["as_of"]),
                narrative=report["narrative"],
                problems=report["problems"],
                readings=[ReadingRow(**reading) for reading in report["readings"]],
            )
            for report in kept["reports"]
        ],
        comparisons=[row_as_kept(CityComparison, table) for table in kept["comparisons"]],
        completion=completion and row_as_kept(Completion, completion),
        allocations=[AllocationRow(**row) for row in kept["allocations"]],
        sites=kept["sites"],
    )
