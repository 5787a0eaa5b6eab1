"""Items in the exchange format, each with its standing."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F

from livelihood.organisation.words import rounded1
from progress.models import MilestoneMark, Reading, Report
from progress.operations.frozen import frozen_details
from progress.operations.overview import county_headline, headline_note
from progress.operations.standings import CountyState, ItemState
from projects.models import Allocation, Milestone, ProjectList, Site
from projects.rules.planned import FULL, TargetPlan


def number(value) -> int | float | None:
    """A figure as JSON has it: whole numbers without a point."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def export_county(state: CountyState) -> dict:
    """What ``manage.py export_data`` prints: county, year, date, headline and items.

    Args:
        state: the county's items, judged.

    Returns:
        Plain values, ready for JSON; every item in the exchange format with the
        judgement added (``status`` stays the printed words).
    """
    rows = printed_rows(state)
    return {
        "county": state.county.name,
        "county_code": state.county.code,
        "year": state.year,
        "as_of": state.as_of.isoformat(),
        "simulated": state.simulated,
        "round": state.current_round.as_of.isoformat() if state.current_round else None,
        "headline": county_headline(
            state,
            state.county.short_name,
            ProjectList.objects.titles(state.county, state.year),
        ),
        "headline_note": headline_note(state),
        "items": [rows[s.item.pk] | judgement(s) for s in state.items],
    }


def printed_rows(state: CountyState) -> dict[int, dict]:
    """Every item in the exchange format without its judgement, by item; as it was kept
    where the round is closed."""
    if state.version is not None:
        kept = frozen_details(state.version, state.items)
        return {pk: detail["row"] for pk, detail in kept.items()}
    parts = _Parts([s.item.pk for s in state.items], state)
    return {s.item.pk: parts.item(s) for s in state.items}


def judgement(state: ItemState) -> dict:
    """The standing of an item; percents with one decimal, None where unknown."""
    standing, comparison = state.standing, state.standing.facts.comparison
    compared = standing.below_city_average is not None
    return {
        "project": state.item.project_id,
        "unit": state.item.unit,
        "planned_percent": rounded1(standing.planned_percent),
        "actual_percent": rounded1(standing.actual_percent),
        "schedule_variance": rounded1(standing.schedule_variance),
        "schedule_status": standing.status.value if standing.status else None,
        "yardstick": standing.yardstick.value,
        "milestones_met": standing.milestones_met,
        "milestones_overdue": standing.milestones_overdue,
        "below_city_average": standing.below_city_average,
        "city_average": rounded1(comparison.average) if compared else None,
        "city_average_illustrative": comparison.illustrative if compared else None,
        "flags": [flag.value for flag in standing.flags],
        "explanation": "".join(standing.explanation),
    }


def _grouped(rows: Iterable[tuple]) -> dict[int, list[tuple]]:
    groups = defaultdict(list)
    for key, *rest in rows:
        groups[key].append(tuple(rest))
    return groups


class _Parts:
    """What the exchange format holds besides what the pages need, fetched in one go."""

    def __init__(self, pks: list[int], state: CountyState):
        self.documents = dict(
            ProjectList.objects.filter(county=state.county, year=state.year).values_list(
                "level", "document"
            )
        )
        self.notes = dict(
            ProjectList.objects.filter(county=state.county, year=state.year).values_list(
                "items__pk", "items__notes"
            )
        )
        self.sites = _grouped(
            Site.objects.filter(item__in=pks).order_by("order").values_list("item_id", "name")
        )
        self.allocations = _grouped(
            Allocation.objects.filter(item__in=pks)
            .order_by("order")
            .values_list("item_id", "place", "value", "note")
        )
        self.bases = dict(Milestone.objects.filter(item__in=pks).values_list("pk", "basis"))
        self._fetch_reported(state)

    def _fetch_reported(self, state: CountyState) -> None:
        accepted = Report.objects.filter(
            round__county=state.county,
            round__as_of__year=state.year,
            round__as_of__lte=state.as_of,
            state=Report.State.ACCEPTED,
        ).order_by("round__as_of")
        self.marks = {}
        for milestone, met, why in (
            MilestoneMark.objects.filter(report__in=accepted)
            .order_by("report__round__as_of")
            .values_list("milestone_id", "met", "why")
        ):
            # As in the judgement: a report that says nothing takes nothing back.
            if met is not None or milestone not in self.marks:
                self.marks[milestone] = met, why
        # Figures, like the words, are those of each project's latest report.
        latest = dict(accepted.values_list("project_id", "pk"))
        self.readings = _grouped(
            Reading.objects.filter(report__in=latest.values())
            # What one list prints for itself stands after what holds for all.
            .order_by(F("item").asc(nulls_first=True))
            .values_list(
                "report__project_id", "indicator_id", "item_id", "value", "percent", "basis"
            )
        )

    def item(self, state: ItemState) -> dict:
        item, plan = state.item, state.standing.plan
        index = {target.key: order for order, target in enumerate(plan.targets)}
        row = {
            "doc": self.documents[item.level],
            "level": item.level,
            "number": item.number,
            "category": item.category or None,
            "starred": item.starred,
            "title": item.title,
            "schedule": item.schedule,
            "status": state.narrative or None,
            "lead_unit": item.unit_printed,
            "merged_with": item.merged_with,
            "sites": [name for (name,) in self.sites.get(item.pk, ())],
            "allocations": [
                {"place": place, "value": number(value)} | ({"note": note} if note else {})
                for place, value, note in self.allocations.get(item.pk, ())
            ],
            "indicators": [
                {"name": t.name, "target": number(t.value), "unit": t.unit or None, "kind": t.kind}
                for t in plan.targets
            ],
            "milestones": [self.milestone(m, index) for m in plan.milestones],
            "actual": self.actual(state),
            "completed": state.standing.facts.completed_on is not None,
            "problems": state.problems or None,
            "notes": self.notes.get(item.pk) or None,
        }
        if item.leader:
            row["responsible_leader"] = item.leader
        if item.person:
            row["responsible_person"] = item.person
        if item.leader or item.supporting_units:
            row["supporting_units"] = item.supporting_units
        if item.allocation_total is not None or item.leader:
            row["allocation_total"] = number(item.allocation_total)
        return row

    def milestone(self, milestone, index: dict[int, int]) -> dict:
        row = {
            "indicator": None if milestone.target is None else index[milestone.target],
            "label": milestone.label,
            "due": milestone.due.isoformat(),
            "text": milestone.text,
            "value": number(milestone.value),
            "percent": None if milestone.percent is None else float(milestone.percent),
            "basis": self.bases[milestone.key],
        }
        if milestone.key in self.marks:
            row["met"], row["met_why"] = self.marks[milestone.key]
        return row

    def actual(self, state: ItemState) -> list[dict]:
        """What the latest report says of each indicator, as it holds for this item."""
        own = {
            indicator: (value, percent, basis)
            for indicator, item, value, percent, basis in self.readings.get(
                state.item.project_id, ()
            )
            if item in (None, state.item.pk)
        }
        rows = []
        for order, target in enumerate(state.standing.plan.targets):
            indicator = state.indicators[target.key]
            if indicator in own:
                rows.append({"indicator": order} | _actual(target, *own[indicator]))
        if None in own:
            rows.append({"indicator": None} | _actual(None, *own[None]))
        return rows


def _actual(target: TargetPlan | None, value, percent, basis: str) -> dict:
    if basis == Reading.Basis.DERIVED and target is not None and target.value:
        percent = rounded1(FULL * float(value) / target.value)
    return {
        "value": number(value),
        "percent": None if percent is None else float(percent),
        "basis": basis,
    }
