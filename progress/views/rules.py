"""研判规则: a county's sets, one set, a new one; whoever changes them sees first what changes."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from livelihood.organisation.access import Permission, may, require, requires
from livelihood.organisation.words import cn_date
from progress.models import Round, RuleSet
from progress.operations.heads import without_head
from progress.operations.reporting import RefusedError
from progress.operations.rule_sets import (
    RulesChangedError,
    SetInTime,
    earliest_start,
    mark_of,
    preview_rules,
    refuse_if_kept,
    save_rule_set,
    sets_of,
)
from progress.parts.rule_forms import RuleSetForm, initial_of
from progress.views.common import Place, find_place
from projects.models import ListItem

UNPROCESSABLE, CONFLICT = 422, 409


@require_safe
@never_cache  # who heads a unit changes without a new version of the county
def rules(request, code, year):
    """All rule sets of a county with their validity; the one in force in full."""
    place = find_place(request, code, year)
    sets = sets_of(place.county)
    in_force = next((s for s in sets if s.holds_on(place.today)), None)
    context = {
        "place": place,
        "sets": sets,
        "in_force": in_force,
        "rule_set": in_force.rule_set if in_force else RuleSet(),
        "may_set": may(request.user, Permission.SET_RULES),
        "without_head": [],
    }
    if any(s.rule_set.unit_approves for s in sets if s.last is None or s.last >= place.today):
        context["without_head"] = without_head(place.county, place.year)
    return render(request, "progress/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def rule_set(request, code, year, pk):
    """One set: to read, and for the office to change while no closed round was judged by it."""
    place = find_place(request, code, year)
    found = next((s for s in sets_of(place.county) if s.rule_set.pk == pk), None)
    if found is None:
        raise Http404("本县没有这套研判规则。")
    if request.method == "POST":
        require(request.user, Permission.SET_RULES)
    if may(request.user, Permission.SET_RULES) and not found.closed:
        return _form_page(request, place, found)
    context = {
        "place": place,
        "found": found,
        "rule_set": found.rule_set,
        "may_set": may(request.user, Permission.SET_RULES),
    }
    status = None
    if request.method == "POST":
        status = CONFLICT
        try:
            refuse_if_kept(found)
        except RefusedError as refused:
            context["refused"] = str(refused)
    return render(request, "progress/rule_set.html", context, status=status)


@requires(Permission.SET_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def rule_set_add(request, code, year):
    """A new set from a date on; it begins as a copy of the latest."""
    return _form_page(request, find_place(request, code, year), None)


# -- The form with its preview -------------------------------------------------------


def _form_page(request, place: Place, found: SetInTime | None):
    """Show the form; with what was sent also what it would change, and save it if asked."""
    form = _form(request, place, found)
    context = {"place": place, "form": form, "found": found}
    context["without_head"] = without_head(place.county, place.year)
    context |= {
        "earliest": earliest_start(place.county),
        "preview_of": preview_date(place, request.POST.get("preview_of", "")),
    }
    status = None
    if form.is_bound and not form.is_valid():
        status = UNPROCESSABLE
    elif form.is_bound:
        status = _try(request, place, found, form, context)
        if "saved" in context:
            start = cn_date(context["saved"].valid_from)
            messages.success(request, f"研判规则已保存，{start}起执行。")
            return redirect("rules", place.county.code, place.year)
    return render(request, "progress/rule_set_form.html", context, status=status)


def _form(request, place: Place, found: SetInTime | None) -> RuleSetForm:
    if request.method == "POST":
        data, initial = request.POST.copy(), None
    else:
        latest = found or next(iter(sets_of(place.county)), None)
        rule_set = latest.rule_set if latest else RuleSet()
        start = found.rule_set.valid_from if found else new_start(place)
        data, initial = None, initial_of(rule_set, valid_from=start)
        initial["mark"] = mark_of(place.county)
    return RuleSetForm(
        data,
        initial=initial,
        county=place.county,
        today=place.today,
        rule_set=found and found.rule_set,
    )


def new_start(place: Place) -> date:
    """From when a new set is offered to hold: today, or after the last closed round."""
    earliest = earliest_start(place.county)
    return max(place.today, earliest) if earliest else place.today


def preview_date(place: Place, text: str) -> date:
    """At which date the rules are tried: of the round that was chosen, else of the latest."""
    days = [r.as_of for r in place.rounds]
    return next((day for day in days if day.isoformat() == text), place.as_of)


def _try(request, place: Place, found, form: RuleSetForm, context: dict) -> int | None:
    """Save what was previewed, or preview it; gives the status of the answer."""
    looked_at = form.cleaned_data["previewed"] == form.digest
    status = None
    if "save" in request.POST and looked_at:
        status = _save(request, place, found, form, context)
        if status is None:
            return None
    elif "save" in request.POST:
        context["unseen"] = True
    if not form.errors or status == CONFLICT:
        form.data["previewed"] = form.digest
        context |= _previewed(place, form.tried, context["preview_of"])
    return status


def _save(request, place: Place, found, form: RuleSetForm, context: dict) -> int | None:
    try:
        context["saved"] = save_rule_set(
            by=request.user,
            county=place.county,
            values=form.values,
            mark=form.cleaned_data["mark"],
            today=place.today,
            rule_set=found and found.rule_set,
        )
    except RulesChangedError as changed:
        # What was typed is kept and, sent again, holds: the form takes the new mark over.
        form.data["mark"] = mark_of(place.county)
        context["conflict"] = f"{changed}请到“研判规则”看过现在的规则；再保存即以您的为准。"
        return CONFLICT
    except RefusedError as refused:
        context["conflict"] = str(refused)
        return CONFLICT
    except ValidationError as error:
        for field, faults in error.message_dict.items():
            form.add_error(field if field in form.fields else None, faults)
        return UNPROCESSABLE
    return None


def _previewed(place: Place, tried: RuleSet, as_of: date) -> dict:
    preview = preview_rules(
        ListItem.objects.visible_to(place.user),
        place.county,
        as_of=as_of,
        today=place.today,
        rounds=place.rounds,
        rule_set=tried,
    )
    of_round = next((r for r in place.rounds if r.as_of == as_of), None)
    return {
        "preview": preview,
        "preview_round": of_round,
        "preview_kept": of_round is not None and of_round.state == Round.State.CLOSED,
        "preview_before_start": as_of < tried.valid_from,
    }
