"""总览: where the county stands, what is behind, and why."""

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from livelihood.organisation.access import Permission, is_above_counties, may
from progress.models import Round
from progress.operations.overview import Tally, former_counts, read_overview
from progress.operations.region_state import years_of
from progress.operations.round_progress import progress_at
from progress.parts.filters import ATTENTION, NO_FIGURE
from progress.parts.links import items_url
from progress.parts.overview_charts import overview_charts
from progress.parts.todo import todo
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
    if is_above_counties(request.user) and may(request.user, Permission.SEE_WHOLE_REGION):
        for year in years_of(request.user.unit.region):
            return redirect("region", own, year)
    for code, _name, year in sorted(places, key=lambda p: (p[0] != own, p[0], -p[2])):
        return redirect("overview", code, year)
    begins = may(request.user, Permission.EDIT_PLANS)
    context = {"county": own if begins else None, "year": timezone.localdate().year}
    return render(request, "progress/nothing_yet.html", context)


def tiles(place: Place, total: Tally) -> list[dict]:
    """The counts on top, each a link to the list behind it."""
    ahead, serious = f"其中超序时{total.ahead}项", f"其中严重滞后{total.seriously_behind}项"
    counted = [
        ("条目", total.total, {}, "all", "项"),
        ("事项", place.state.projects, {}, "all", "个，每个只填报一次"),
        ("已完成", total.completed, {"status": "completed"}, "completed", ""),
        ("按序时（含超序时）", total.in_step, {"status": "in_step"}, "on_schedule", ahead),
        ("滞后", total.late, {"status": "late"}, "behind", serious),
        ("低于全市平均", total.below, {"flag": "below_city_average"}, "below_city_average", ""),
        ("存在问题", total.problems, {"flag": "problem"}, "problem", ""),
        ("未报", total.not_reported, {"status": "not_reported"}, "not_reported", ""),
    ]
    # The summary is the whole county's.
    former = former_counts(place.state) if place.sees_whole_county else {}
    # Before the first report, or without a table of the city's, nothing is known; and nothing
    # known is not a zero.
    unknown = {} if total.compared else {"below_city_average": "没有全市对比"}
    if not place.state.has_progress:
        unknown = dict.fromkeys((key for *_rest, key, _note in counted if key != "all"), "尚无进展")
    return [
        {
            "label": label,
            "count": None if key in unknown else count,
            "url": items_url(place, **filters),
            "key": key,
            "note": unknown.get(key, note),
            "former": "" if key in unknown else _since_last(count, former.get(key)),
        }
        for label, count, filters, key, note in counted
    ]


def _since_last(count: int, former: int | None) -> str:
    """How many it were in the round before, and how many more or fewer: 上期5项，+1."""
    if former is None:
        return ""
    change = "持平" if count == former else f"{count - former:+}".replace("-", "−")
    return f"上期{former}项，{change}"


@require_safe
@county_page
def overview(request, code, year):
    """The county's dashboard of one year at one date."""
    place = find_place(request, code, year)
    seen = read_overview(place.state, place.subject, place.titles)
    current, progress = place.state.current_round, None
    if current is not None and current.state == Round.State.OPEN:
        progress = progress_at(request.user, place.state)
    context = {
        "place": place,
        "state": place.state,
        "overview": seen,
        "progress": progress,
        "todo": todo(place, progress, timezone.now()) if place.is_latest else [],
        "tiles": tiles(place, seen.total),
        "worst": seen.attention[:SHOWN_FIRST],
        "attention_url": items_url(place, flag=ATTENTION, sort="judgement"),
        "unknown_url": items_url(place, flag=NO_FIGURE),
        "due_first": seen.due_soon[:SHOWN_FIRST],
        "due_later": seen.due_soon[SHOWN_FIRST:],
        "charts": overview_charts(place, seen),
    }
    return render(request, "progress/overview.html", context)
