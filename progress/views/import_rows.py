"""导入清单: one row at a time, put right in its place."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from livelihood.organisation.access import Permission, requires
from progress.operations.plan_import import (
    ImportChangedError,
    RowFaultsError,
    field_word,
    reread_row,
    save_row,
    settle_row,
)
from progress.operations.reporting import RefusedError
from progress.parts.import_forms import RowForms, WordsForm
from progress.parts.import_rows import RowView
from progress.rules.keys import key_of
from progress.views.imports import CONFLICT, UNPROCESSABLE, ImportDesk, find_import_desk
from projects.models import ImportRow, PlanImport


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires(Permission.EDIT_PLANS)
def import_row(request, code, year, pk, row):
    """Show a row, its form (?edit=1), or keep what was put right."""
    desk = find_import_desk(request, code, year, pk)
    found = get_object_or_404(desk.plan.rows, pk=row, row__isnull=False)
    found.plan_import = desk.plan
    if desk.plan.state != PlanImport.State.PREVIEW and request.method != "POST":
        raise Http404("这次导入已经结束。")
    if request.method == "POST":
        action = request.POST.get("action", "save")
        return ACTIONS.get(action, _save)(request, desk, found)
    if "edit" in request.GET:
        return _form(request, desk, found, RowForms(found))
    return _shown(request, desk, found)


def _form(request, desk: ImportDesk, row: ImportRow, forms, status=200, problems=(), words=None):
    faults = forms.faults if forms.head.is_bound else []
    context = desk.context | {
        "view": RowView(row),
        "forms": forms,
        "words": words or WordsForm(row=row),
        "faults": [*(("", problem) for problem in problems), *faults],
    }
    return _render(request, "progress/import_row_form.html", context, status)


def _shown(request, desk: ImportDesk, row: ImportRow, problem="", status=200):
    context = desk.context | {"view": RowView(row), "problem": problem}
    return _render(request, "progress/import_row.html", context, status)


def _render(request, template: str, context: dict, status: int):
    # htmx swaps the row in its place; without it the row has a page of its own.
    partial = bool(request.headers.get("HX-Request"))
    return render(request, template, context | {"partial": partial}, status=status)


def _saved(request, desk: ImportDesk, row: ImportRow):
    if request.headers.get("HX-Request"):
        return _shown(request, desk, row)
    address = reverse("import_preview", args=desk.plan_args)
    return redirect(f"{address}?show=all&page={row.order // 50 + 1}#row-{row.pk}")


def _save(request, desk: ImportDesk, row: ImportRow):
    forms = RowForms(row, request.POST)
    if not forms.is_valid():
        return _form(request, desk, row, forms, UNPROCESSABLE)
    try:
        saved = save_row(by=request.user, row=row, data=forms.row_data(), version=forms.version)
    except RowFaultsError as faulty:
        problems = [f"{field_word(fault.field)}：{fault.message}" for fault in faulty.faults]
        return _form(request, desk, row, forms, UNPROCESSABLE, problems)
    except (ImportChangedError, RefusedError) as refused:
        return _form(request, desk, row, forms, CONFLICT, [str(refused)])
    return _saved(request, desk, saved)


def _reread(request, desk: ImportDesk, row: ImportRow):
    words = WordsForm(request.POST, row=row)
    if not words.is_valid():
        return _form(request, desk, row, RowForms(row), UNPROCESSABLE, _sentences(words), words)
    said = words.cleaned_data
    try:
        saved = reread_row(by=request.user, row=row, words=said, version=said["version"])
    except (ImportChangedError, RefusedError) as refused:
        return _form(request, desk, row, RowForms(row), CONFLICT, [str(refused)], words)
    return _saved(request, desk, saved)


def _settle(request, desk: ImportDesk, row: ImportRow):
    version = key_of(request.POST.get("version"))
    try:
        saved = settle_row(by=request.user, row=row, version=-1 if version is None else version)
    except (ImportChangedError, RefusedError) as refused:
        row.refresh_from_db()
        return _shown(request, desk, row, str(refused), CONFLICT)
    return _saved(request, desk, saved)


def _sentences(form) -> list[str]:
    return [sentence for sentences in form.errors.values() for sentence in sentences]


ACTIONS = {"save": _save, "reread": _reread, "settle": _settle}
