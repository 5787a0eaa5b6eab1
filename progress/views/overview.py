"""总览: where the county stands, what is behind, and why."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from progress.operations.overview import (
    Tally,
    by_level,
    by_unit,
    county_headline,
    headline_note,
    means,
    planned_curve,
    tally,
)
from progress.operations.standings import behind_first
from progress.parts.filters import ATTENTION
from progress.parts.links import items_url
from progress.parts.overview_charts import scatter_chart, tally_chart, year_chart
from progress.views.common import Place, available, county_page, find_place

# How many rows of a long table the overview shows before the rest.
SHOWN_FIRST = 10


@require_safe
def home(request):
    """The lists that the address or, silent, the reader's own county asks for."""
    places = available(request.user)
    for code, _name, year in places:
        if request.GET.get("place") == f"{code}/{year}":
            return redirect("overview", code, year)
    own = request.user.unit.region.code if request.user.unit_id else None
    for code, _name, year in sorted(places, key=lambda p: (p[0] != own, p[0], -p[2])):
        return redirect("overview", code, year)
    return render(request, "progress/nothing_yet.html")


def tiles(place: Place, total: Tally) -> list[dict]:
    """The counts on top, each a link to the list behind it."""
    ahead, serious = f"其中超序时{total.ahead}项", f"其中严重滞后{total.seriously_behind}项"
    counted = [
        ("条目", total.total, {}, "all", "项"),
        ("事项", place.state.projects, {}, "all", "个，每个只填报一次"),
        ("已完成", total.completed, {"status": "completed"}, "completed", ""),
        ("按序时", total.in_step, {"status": "in_step"}, "on_schedule", ahead),
        ("滞后", total.late, {"status": "late"}, "behind", serious),
        ("低于全市平均", total.below, {"flag": "below_city_average"}, "below_city_average", ""),
        ("存在问题", total.problems, {"flag": "problem"}, "problem", ""),
        ("未报", total.not_reported, {"status": "not_reported"}, "not_reported", ""),
    ]
    return [
        {
            "label": label,
            "count": count,
            "url": items_url(place, **filters),
            "key": key,
            "note": note,
        }
        for label, count, filters, key, note in counted
    ]


@require_safe
@county_page
def overview(request, code, year):
    """The county's dashboard of one year at one date."""
    place = find_place(request, code, year)
    state = place.state
    total, units = tally(state.items), by_unit(state.items)
    levels = by_level(state.items)
    reported = means(state.items, state.as_of)
    attention, due_soon = behind_first(state.items), state.due_soon()
    curve = planned_curve(state.items, year)

    def item_url(item_state):
        item = item_state.item
        return reverse("item", args=[code, year, item.level, item.number]) + place.query

    context = {
        "place": place,
        "state": state,
        "headline": county_headline(state, place.subject),
        "headline_note": headline_note(state),
        "total": total,
        "tiles": tiles(place, total),
        "levels": levels,
        "units": units,
        "late_units": sum(1 for unit in units if unit.late),
        "reported": reported,
        "attention": attention,
        "worst": attention[:SHOWN_FIRST],
        "attention_url": items_url(place, flag=ATTENTION, sort="judgement"),
        "due_soon": due_soon,
        "due_first": due_soon[:SHOWN_FIRST],
        "due_later": due_soon[SHOWN_FIRST:],
        "unit_chart": tally_chart(units, lambda t: items_url(place, unit=t.key)),
        "level_chart": tally_chart(levels, lambda t: items_url(place, level=t.key)),
        "curve": curve,
        "year_chart": year_chart(curve, reported, as_of=state.as_of, year=year),
        "unknown_url": items_url(place, flag="no_figure"),
    }
    if reported.known:
        context["scatter_chart"] = scatter_chart(state.items, item_url, state.rules.behind)
    return render(request, "progress/overview.html", context)
