"""期次: a year's rounds, one round, and what the office does with it."""

from collections import Counter
from datetime import date

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from livelihood.organisation.access import Permission, may, requires
from livelihood.organisation.models import Unit
from livelihood.organisation.words import cn_date, cn_datetime
from progress.models import Extension, Round
from progress.operations.bulletins import issues_of
from progress.operations.reporting import RefusedError
from progress.operations.round_progress import extensions_for, progress_of, unfinished
from progress.operations.rounds import (
    Step,
    close_round,
    extend,
    open_round,
    plan_rounds,
    preview_rounds,
    refusal,
    reopen,
)
from progress.operations.townships import townships_report
from progress.parts.round_forms import ExtendForm, ReopenForm, RoundPlanForm
from progress.parts.round_rows import PreviewRow, RoundRow, holidays_note, state_tag
from progress.views.common import Place, county_page, find_place
from projects.models import ListItem

# What was sent cannot be taken as it is; or: somebody else was faster.
UNPROCESSABLE, CONFLICT = 422, 409


def find_round(place: Place, day: date) -> Round:
    """The round of the place's county and year with the as-of date ``day``.

    Raises:
        Http404: there is none.
    """
    if day.year != place.year:
        raise Http404(f"{place.year}年没有截至{cn_date(day)}的期次。")
    return get_object_or_404(Round.objects.select_related("county"), county=place.county, as_of=day)


@require_safe
@county_page
def rounds(request, code, year):
    """All rounds of a year, also those to come, the earliest first."""
    place = find_place(request, code, year)
    found = list(
        Round.objects.filter(county=place.county, as_of__year=year)
        .order_by("as_of")
        .prefetch_related("extensions")
    )
    progress = progress_of(request.user, place.county, year, found)
    rows = [
        RoundRow(r, None if r.state == Round.State.PLANNED else progress[r.pk], place.today)
        for r in found
    ]
    context = {
        "place": place,
        "rows": rows,
        "may_run": may(request.user, Permission.RUN_ROUNDS),
        "townships_report": townships_report(place.county),
        "projects": sorted({progress[r.pk].projects for r in found}),
        "states": Counter(r.state for r in found),
    }
    return render(request, "progress/rounds.html", context)


@requires(Permission.RUN_ROUNDS)
@require_http_methods(["GET", "HEAD", "POST"])
def round_plan(request, code, year):
    """Set up a year's rounds: choose a pattern, look at all dates, confirm."""
    place = find_place(request, code, year)
    asked = request.POST if request.method == "POST" else request.GET
    form = RoundPlanForm(asked if "cadence" in asked else RoundPlanForm.DEFAULTS)
    context = {"place": place, "form": form}
    if not form.is_valid():
        return render(request, "progress/round_plan.html", context, status=UNPROCESSABLE)
    dates, replace = form.dates(year), form.cleaned_data["replace"]
    if request.method == "POST" and "cadence" in asked:
        done = plan_rounds(
            by=request.user, county=place.county, year=year, dates=dates, replace=replace
        )
        messages.success(request, plan_summary(Counter(p.step for p in done)))
        return redirect("rounds", code, year)
    planned = preview_rounds(place.county, year, dates, replace=replace)
    context |= {
        "rows": [PreviewRow(p) for p in planned],
        "changes": sum(1 for p in planned if p.step != Step.KEEP),
        "holidays_note": holidays_note(p.dates for p in planned),
    }
    return render(request, "progress/round_plan.html", context)


def plan_summary(steps: Counter) -> str:
    """What setting up did, in one sentence."""
    words = ((Step.ADD, "新增"), (Step.MOVE, "改期"), (Step.DROP, "撤销"), (Step.KEEP, "保留"))
    parts = [f"{word}{steps[step]}期" for step, word in words if steps[step]]
    return f"期次已设置：{'，'.join(parts)}。"


@require_safe
def round_page(request, code, year, day):
    """One round: its days, how far it is, extensions, versions."""
    place = find_place(request, code, year)
    found = find_round(place, day)
    return render(request, "progress/round.html", round_context(request, place, found))


def round_context(request, place: Place, found: Round) -> dict:
    """What the page of a round shows to the reader."""
    now = timezone.now()
    own = ListItem.objects.visible_to(request.user).for_county(place.county, place.year)
    visible = set(own.values_list("pk", flat=True))
    versions = [
        (version, [change for change in version.changes if change["item"] in visible])
        for version in found.versions.select_related("by").order_by("-number")
    ]
    progress = progress_of(request.user, place.county, place.year, [found])[found.pk]
    return {
        "place": place,
        "round": found,
        "row": RoundRow(found, progress, place.today),
        "state_tag": state_tag(found),
        "extensions": [
            (e, e.runs(now), e.kind == Extension.Kind.REOPENED)
            for e in extensions_for(request.user, found)
        ],
        "versions": versions,
        "issues": issues_of(found, request.user),
        "may_run": may(request.user, Permission.RUN_ROUNDS),
    }


# -- Actions: GET asks, POST does ---------------------------------------------------


def _ask(request, template: str, place: Place, found: Round, wanted: str, **context):
    """The page that asks before something is done; 409 where the round is past it."""
    context |= {"place": place, "round": found, "state_tag": state_tag(found)}
    status = None
    form = context.get("form")
    if form is not None and form.errors:
        status = UNPROCESSABLE
    if found.state != wanted or "refused" in context:
        context.setdefault("refused", refusal(found))
        status = CONFLICT
    context["possible"] = found.state == wanted
    return render(request, f"progress/{template}.html", context, status=status)


def _done(request, place: Place, found: Round, sentence: str):
    messages.success(request, sentence)
    return redirect("round", place.county.code, place.year, found.as_of)


def _lead_units(place: Place):
    """The units that have something to report in the place's year."""
    return (
        Unit.objects.filter(projects__county=place.county, projects__year=place.year)
        .distinct()
        .order_by("order", "pk")
    )


@requires(Permission.RUN_ROUNDS)
@require_http_methods(["GET", "HEAD", "POST"])
def round_open(request, code, year, day):
    """Open a planned round for reports."""
    place = find_place(request, code, year)
    found = find_round(place, day)
    context = {}
    if request.method == "POST":
        try:
            opened = open_round(by=request.user, round=found)
        except RefusedError as error:
            found.refresh_from_db()
            context["refused"] = str(error)
        else:
            return _done(request, place, opened, f"{opened}的期次已开放填报。")
    others = Round.objects.open_for(place.county).filter(as_of__year=year).exclude(pk=found.pk)
    context |= {"others": list(others), "row": RoundRow(found, None, place.today)}
    return _ask(request, "round_open", place, found, Round.State.PLANNED, **context)


@requires(Permission.RUN_ROUNDS)
@require_http_methods(["GET", "HEAD", "POST"])
def round_extend(request, code, year, day):
    """Give one unit, or all, more time."""
    place = find_place(request, code, year)
    found = find_round(place, day)
    form = ExtendForm(
        request.POST if request.method == "POST" else None, units=_lead_units(place), round=found
    )
    context = {"form": form, "row": RoundRow(found, None, place.today)}
    if form.is_valid():
        said = form.cleaned_data
        try:
            extension = extend(by=request.user, round=found, **said)
        except RefusedError as error:
            found.refresh_from_db()
            context["refused"] = str(error)
        else:
            until = cn_date(timezone.localdate(extension.until))
            whom = extension.unit or "全部单位"
            return _done(request, place, found, f"{whom}的填报期限已延至{until}。")
    return _ask(request, "round_extend", place, found, Round.State.OPEN, **context)


@requires(Permission.RUN_ROUNDS)
@require_http_methods(["GET", "HEAD", "POST"])
def round_close(request, code, year, day):
    """Close an open round; the page says before what follows from it."""
    place = find_place(request, code, year)
    found = find_round(place, day)
    context = {}
    if request.method == "POST":
        try:
            close_round(by=request.user, round=found)
        except RefusedError as error:
            found.refresh_from_db()
            context["refused"] = str(error)
        else:
            return _done(request, place, found, f"{found}的期次已截止，研判结果已存档。")
    context |= {
        "unfinished": unfinished(found, timezone.now()),
        "row": RoundRow(found, None, place.today),
    }
    return _ask(request, "round_close", place, found, Round.State.OPEN, **context)


@requires(Permission.RUN_ROUNDS)
@require_http_methods(["GET", "HEAD", "POST"])
def round_reopen(request, code, year, day):
    """Let one unit correct its reports of a closed round for some hours."""
    place = find_place(request, code, year)
    found = find_round(place, day)
    form = ReopenForm(
        request.POST if request.method == "POST" else None,
        units=_lead_units(place),
        initial={"hours": 24},
    )
    context = {"form": form}
    if form.is_valid():
        try:
            extension = reopen(by=request.user, round=found, **form.cleaned_data)
        except RefusedError as error:
            found.refresh_from_db()
            context["refused"] = str(error)
        else:
            until = cn_datetime(timezone.localtime(extension.until))
            return _done(request, place, found, f"已为{extension.unit}重开至{until}。")
    return _ask(request, "round_reopen", place, found, Round.State.CLOSED, **context)
