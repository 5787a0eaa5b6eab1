"""What the page of an item and the export say of it beyond its standing, live or as kept."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import FloatField
from django.db.models.functions import Cast

from progress.models import CityComparison, Completion
from progress.operations.breakdown import AllocationRow
from progress.operations.frozen import kept_row, row_as_kept
from progress.operations.item_reports import CurveRow, ReadingRow, Reported, ReportRow, Sources
from progress.operations.item_state import ItemState
from progress.operations.standings import CountyState
from projects.models import Allocation, Site


@dataclass(frozen=True)
class Told:
    """What was reported and printed of one item up to a date."""

    points: list[CurveRow]  # the earliest first
    why: dict[int, str]  # by milestone, the report's own words
    reports: list[ReportRow]  # the latest first
    comparisons: list[CityComparison]  # the latest first
    completion: Completion | None
    allocations: list[AllocationRow]
    sites: list[str]


def read_told(states: Sequence[ItemState], state: CountyState) -> dict[int, Told]:
    """What is told of some items of a county, by item; eight queries, however many they are."""
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
