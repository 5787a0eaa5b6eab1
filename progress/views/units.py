"""单位: how the lead units stand, and the items of one of them."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from livelihood.organisation.models import Unit
from livelihood.organisation.words import UNKNOWN
from progress.documents.charts import sampled
from progress.operations.groups import (
    Group,
    milestones_due,
    promised,
    summary,
    unit_groups,
    worst_first,
)
from progress.operations.overview import tally
from progress.operations.sheet_notes import open_slips, troubles
from progress.operations.year_end_tables import made_up
from progress.parts.links import items_url
from progress.parts.overview_charts import tally_chart
from progress.parts.slip_parts import state_of
from progress.views.common import Place, county_page, find_place

# (heading, how many of a tally, the filter that opens its rows)
COUNTS = (
    ("条目", lambda t: t.total, {}),
    ("已完成", lambda t: t.completed, {"status": "completed"}),
    ("超序时", lambda t: t.ahead, {"status": "ahead"}),
    ("按序时", lambda t: t.on_schedule, {"status": "on_schedule"}),
    ("滞后", lambda t: t.late, {"status": "late"}),
    ("其中严重滞后", lambda t: t.seriously_behind, {"status": "seriously_behind"}),
    ("未报", lambda t: t.not_reported, {"status": "not_reported"}),
    # Where the city compares nothing, nothing is known, and that is not a zero.
    ("低于全市平均", lambda t: t.below if t.compared else None, {"flag": "below_city_average"}),
    ("存在问题", lambda t: t.problems, {"flag": "problem"}),
)
AWAITED = ("尚无进展", lambda t: t.statuses[None], {"status": "none"})


# With more rows than these the print of a unit or leader is small, to stay on one page.
SMALL_FROM = 12


def counts(place: Place, group: Group, **own) -> list[tuple[str, int | str, str]]:
    """(heading, count, address of the items or "") for a row; ``own`` filters for the group.

    Before anything has been reported only the plan can be counted.
    """
    shown = COUNTS
    if not place.state.has_progress:
        shown = COUNTS[:1]
    elif place.state.with_status(None):
        shown = (*COUNTS, AWAITED)
    cells = []
    for heading, count, filters in shown:
        number = count(group.tally)
        address = items_url(place, **own, **filters) if number else ""
        cells.append((heading, UNKNOWN if number is None else number, address))
    if not place.state.has_progress:
        cells += [("节点", group.milestones, ""), ("已到期节点", group.milestones_past, "")]
    return cells


def group_context(place: Place, group: Group) -> dict:
    """What the page of one unit or leader shows of its items."""
    due = milestones_due(group.items)
    found = troubles(group.items, place.state) if group.items else []
    unit = own_filter(group).get("unit")
    slips = open_slips(place.user, group.items, place.state, unit)
    return {
        "place": place,
        "group": group,
        "summary": summary(group, place.as_of),
        "counts": counts(place, group, **own_filter(group)),
        "items": [(s, promised(s.standing.plan)) for s in worst_first(group.items)],
        "due": due,
        "past": sum(1 for milestone in due if milestone.is_past),
        "soon": sum(1 for milestone in due if not milestone.is_past),
        "troubles": found,
        "paper": _paper(len(group.items) + len(due) + len(found) + len(slips)),
        "slips": [(slip, state_of(slip, place.today)[1]) for slip in slips],
        "simulated": made_up(place.state),
    }


def _paper(rows: int) -> str:
    """How print.css is to set so many rows."""
    return " dense" if rows > SMALL_FROM else ""


def own_filter(group: Group) -> dict:
    """The filter of 清单 that leaves the items of a unit, which has a key, or of a leader."""
    key = group.tally.key
    return {"unit": key} if isinstance(key, int) else {"leader": group.name}


def unit_group(place: Place, found: Unit) -> Group:
    """A unit's items that exist for the reader."""
    own = [state for state in place.state.items if state.item.unit_id == found.pk]
    return Group(tally(own, found.name, found.pk), own, None)


@require_safe
@county_page
def units(request, code, year):
    """All lead units, the one with most items behind first."""
    place = find_place(request, code, year)
    groups = unit_groups(place.state.items)
    tallies = [group.tally for group in groups]
    context = {
        "place": place,
        "state": place.state,
        "rows": [(group, counts(place, group, unit=group.tally.key)) for group in groups],
        "total": counts(place, Group(tally(place.state.items), place.state.items, None)),
        "late_units": sum(1 for unit in tallies if unit.late),
    }
    if place.state.has_progress and len(groups) > 1:
        chart = tally_chart(tallies, lambda t: items_url(place, unit=t.key))
        context["chart"] = sampled(chart) if place.simulated else chart
    return render(request, "progress/units.html", context)


@require_safe
@county_page
def unit(request, code, year, name):
    """The items of one lead unit; another name of it leads to its page."""
    place = find_place(request, code, year)
    if "\0" in name:
        raise Http404("没有这个单位。")  # PostgreSQL refuses to look for it
    known = Unit.objects.visible_to(request.user).filter(region=place.county)
    found = known.filter(name=name).first()
    if found is None:
        same = get_object_or_404(known, aliases__name=name)
        return redirect(reverse("unit", args=[code, year, same.name]) + place.query)
    group = unit_group(place, found)
    context = {**group_context(place, group), "items_url": items_url(place, unit=found.pk)}
    return render(request, "progress/unit.html", context)
