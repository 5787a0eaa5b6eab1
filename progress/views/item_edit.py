"""调整计划: the form with which the office changes what an item promises."""

from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from livelihood.organisation.access import Permission, requires
from livelihood.organisation.models import Unit
from progress.operations.plan_changes import Approval, UnapprovedError
from progress.operations.plan_edit import (
    change_many,
    edit_plan,
    exchange_of,
    plan_of,
    reported_milestones,
    stamp,
)
from progress.operations.plan_import import ImportChangedError, RowFaultsError, field_word
from progress.operations.reporting import RefusedError
from progress.parts.import_forms import ApprovalForm, ManyForm, RowForms
from progress.rules.keys import key_of
from progress.views.common import find_place
from progress.views.imports import CONFLICT, UNPROCESSABLE
from projects.models import Level, ListItem, PlanImport


@dataclass
class _Opened:
    """An item as the forms of a row take it."""

    pk: int
    row: dict
    version: int
    plan_import: PlanImport


@requires(Permission.EDIT_PLANS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def item_edit(request, code, year, level, number):
    """Show what an item promises, and keep what was changed."""
    place = find_place(request, code, year)
    listed = get_object_or_404(
        ListItem.objects.visible_to(request.user)
        .for_county(place.county, year)
        .select_related("project", "project_list"),
        project_list__level=level,
        number=number,
    )
    item = plan_of(listed)
    opened = _Opened(item.pk, exchange_of(item), stamp(item), PlanImport(year=year))
    posted = request.POST if request.method == "POST" else None
    forms, approval = RowForms(opened, posted, reported_milestones(item)), ApprovalForm(posted)
    if posted is None:
        return _page(request, place, item, forms, approval)
    # Each is looked at, so that all faults are told at once.
    if not all([forms.is_valid(), approval.is_valid()]):
        return _page(request, place, item, forms, approval, UNPROCESSABLE)
    try:
        changed = edit_plan(
            by=request.user,
            item=item,
            data=forms.row_data(),
            origins=forms.stage_origins,
            version=forms.version,
            approval=Approval(**approval.cleaned_data),
        )
    except RowFaultsError as faulty:
        problems = [f"{field_word(fault.field)}：{fault.message}" for fault in faulty.faults]
        return _page(request, place, item, forms, approval, UNPROCESSABLE, problems)
    except (RefusedError, UnapprovedError) as refused:
        return _page(request, place, item, forms, approval, UNPROCESSABLE, [str(refused)])
    except ImportChangedError:
        words = "打开之后，这个条目的计划已被他人修改。请记下您的改动，重新打开后再改。"
        return _page(request, place, item, forms, approval, CONFLICT, [words])
    messages.success(request, f"已调整：{'、'.join(d.what for d in changed)}。")
    return redirect("item", code, year, level, number)


def _page(request, place, item, forms, approval, status=200, problems=()):
    faults = [("", problem) for problem in problems]
    if forms.head.is_bound:
        faults += forms.faults
        faults += [
            (approval[n].id_for_label, s) for n, each in approval.errors.items() for s in each
        ]
    context = {
        "place": place,
        "listed": item,
        "forms": forms,
        "approval": approval,
        "faults": faults,
        "voted": item.project_list.level == Level.COUNTY,
    }
    return render(request, "progress/item_edit.html", context, status=status)


@requires(Permission.EDIT_PLANS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def items_edit(request, code, year):
    """Another lead unit, leader or person for the items that are ticked."""
    place = find_place(request, code, year)
    items = (
        ListItem.objects.visible_to(request.user)
        .for_county(place.county, year)
        .select_related("project_list__county", "lead_unit")
    )
    form = ManyForm(request.POST if request.method == "POST" else None)
    chosen = {key_of(pk) for pk in request.POST.getlist("item")}
    if form.is_bound and form.is_valid():
        try:
            ticked = [item for item in items if item.pk in chosen]
            count = change_many(by=request.user, items=ticked, **form.cleaned_data)
        except RefusedError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已调整{count}个条目，原内容列在条目的“计划调整”中。")
            return redirect("items", code, year)
    context = {
        "place": place,
        "form": form,
        "items": _matching(items, request.GET.get("who", "")),
        "who": request.GET.get("who", ""),
        "chosen": chosen,
        "units": Unit.objects.filter(region=place.county),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "progress/items_edit.html", context, status=status)


def _matching(items, who: str):
    """The items for which this unit, leader or person answers; all without a name."""
    return [
        item
        for item in items
        if not who
        or who
        in (
            item.lead_unit.name,
            item.lead_unit_printed,
            item.responsible_leader,
            item.responsible_person,
        )
    ]
