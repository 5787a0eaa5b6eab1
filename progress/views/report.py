"""填报: one project's report – the form, its drafts, the flag it will earn, the sending."""

from dataclasses import replace

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from livelihood.organisation.access import Permission, requires
from livelihood.organisation.downloads import download
from livelihood.organisation.words import cn_datetime
from progress.models import Evidence, Report, ReportEvent
from progress.operations.checks import UnansweredError, findings_of, ready_unchanged, send_told
from progress.operations.corrections import former_of
from progress.operations.evidence import MAX_FILES, add_evidence, remove_evidence
from progress.operations.reporting import (
    ChangedError,
    RefusedError,
    save_report,
    withdraw_report,
)
from progress.operations.review import give_up_correction, take_up_again
from progress.operations.sheets import Sheet
from progress.operations.townships import arrived, taken_over, townships_report
from progress.parts.evidence_form import KINDS, MAX_MEGABYTES, EvidenceForm
from progress.parts.report_form import ReportForm, field_labels, field_texts
from progress.rules.findings import unanswered
from progress.rules.keys import key_of
from progress.views.common import find_place
from progress.views.desk import Desk, find_desk

JSON = {"ensure_ascii": False}


def _open(request, code, year, day, project) -> tuple[Desk, Sheet]:
    desk = find_desk(request, code, year, day)
    return desk, desk.sheet(project)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.REPORT)
def report(request, code, year, day, project):
    """The form; sent back to the same address, it is saved as a draft."""
    desk, sheet = _open(request, code, year, day, project)
    if request.method != "POST":
        return _page(request, desk, sheet, ReportForm(sheet))
    form = ReportForm(sheet, request.POST)
    answer = _save(request, desk, sheet, form)
    if not isinstance(answer, Report):
        return answer
    if form.errors:
        return _page_again(request, desk, form, answer.version, status=422)
    if "take" in request.POST:
        messages.success(request, "已采用各镇乡报来的数，合计请与累计完成数核对。")
        return redirect(reverse("report", args=[*desk.args, sheet.project.pk]) + "#places")
    messages.success(request, f"草稿已保存（{_clock(answer)}），尚未提交。")
    return redirect("report", *desk.args, sheet.project.pk)


@require_POST
@requires(Permission.REPORT)
def draft(request, code, year, day, project):
    """Save what is typed while it is typed; answers the new version, or who was faster."""
    desk, sheet = _open(request, code, year, day, project)
    prefix = request.POST.get("prefix") or None
    form = ReportForm(sheet, request.POST, grid=prefix is not None, prefix=prefix)
    form.is_valid()
    try:
        saved = _save_form(request, desk, sheet, form)
    except ChangedError as changed:
        return JsonResponse(
            _conflict(desk.sheet(sheet.project.pk), changed), status=409, json_dumps_params=JSON
        )
    except RefusedError as refused:
        return JsonResponse({"message": str(refused)}, status=422, json_dumps_params=JSON)
    faults = {fault.field: fault.message for fault in form.faults()}
    return JsonResponse(
        {"version": saved.version, "saved_at": _clock(saved), "faults": faults},
        json_dumps_params=JSON,
    )


def _conflict(sheet: Sheet, changed: ChangedError) -> dict:
    """What somebody else saved, for the page that holds another text."""
    return {
        "message": _who(changed.report),
        "version": sheet.version,
        "editable": sheet.editable,
        "theirs": field_texts(sheet, sheet.data),
        "labels": field_labels(sheet),
    }


def _who(report: Report) -> str:
    """Who saved last, and when, as a sentence."""
    who = report.updated_by or "同事"
    state = "" if report.state == Report.State.DRAFT else f"，目前{report.get_state_display()}"
    return f"{who}于{_clock(report)}保存了这份填报{state}。"


def _clock(report: Report) -> str:
    moment = timezone.localtime(report.updated_at)
    today = timezone.localdate()
    return f"{moment:%H:%M}" if moment.date() == today else cn_datetime(moment)


@require_POST
@requires(Permission.REPORT)
def verdict(request, code, year, day, project):
    """How what is typed would be judged, and what is found in it; writes nothing."""
    _desk, sheet = _open(request, code, year, day, project)
    prefix = request.POST.get("prefix") or None
    form = ReportForm(sheet, request.POST, grid=prefix is not None, prefix=prefix)
    form.is_valid()
    template = "progress/_verdict_row.html" if prefix else "progress/_verdict.html"
    return render(request, template, _verdict(sheet, form, request.POST.getlist("confirmed")))


def _verdict(sheet: Sheet, form: ReportForm, confirmed=()) -> dict:
    data = form.report_data() if form.is_bound and sheet.editable else sheet.data
    verdicts = sheet.verdicts(data)
    return {
        "sheet": sheet,
        "verdicts": verdicts,
        "behind": any(v.standing.is_behind for v in verdicts),
        "findings": [*(form.faults() if form.is_bound else ()), *findings_of(sheet, data)],
        "confirmed": confirmed,
    }


@never_cache
@require_POST
@requires(Permission.REPORT)
def submit(request, code, year, day, project):
    """Save and send; what stands against it is said, and what was typed is kept."""
    desk, sheet = _open(request, code, year, day, project)
    form = ReportForm(sheet, request.POST)
    if not form.is_valid():
        answer = _save(request, desk, sheet, form)
        if not isinstance(answer, Report):
            return answer
        return _page_again(request, desk, form, answer.version, status=422)
    try:
        sent = send_told(
            by=request.user,
            sheet=sheet,
            data=form.report_data(),
            version=form.cleaned_data["version"],
            confirmed=request.POST.getlist("confirmed"),
        )
    except UnansweredError as stopped:
        return _page_again(request, desk, form, stopped.report.version, status=422)
    except ChangedError as changed:
        return _conflict_page(request, desk, form, changed)
    except RefusedError as refused:
        messages.error(request, f"没有提交：{refused}")
        return _page_again(request, desk, form, sheet.version, status=409)
    to_head = sent.state == Report.State.IN_UNIT
    where = "，待单位负责人审核" if to_head else "，待县政府办公室审核"
    messages.success(request, f"“{sheet.project}”已提交{where}。")
    return redirect(_next(desk, sheet) if "next" in request.POST else _tasks_url(desk))


def _tasks_url(desk: Desk) -> str:
    return reverse("round_tasks", args=desk.args)


def _next(desk: Desk, sheet: Sheet) -> str:
    """The form of the next project in the order of the lists that waits to be sent."""
    sheets = desk.sheets()
    waiting = [s.project.pk for s in sheets if s.asked]
    order = [s.project.pk for s in sheets]
    at = order.index(sheet.project.pk)
    for pk in (*order[at + 1 :], *order[:at]):
        if pk in waiting:
            return reverse("report", args=[*desk.args, pk])
    return _tasks_url(desk)


def _save_form(request, desk: Desk, sheet: Sheet, form: ReportForm) -> Report:
    data = form.report_data()
    if "take" in request.POST:
        told = taken_over(sheet, arrived(sheet))
        data = replace(data, places={**data.places, **told})
    return save_report(
        by=request.user,
        project=sheet.project,
        reporting_round=desk.round,
        data=data,
        version=form.cleaned_data.get("version", 0),
        read=sheet.report,
    )


def _save(request, desk: Desk, sheet: Sheet, form: ReportForm):
    """The saved report, or the page that says why it was not saved."""
    form.is_valid()
    try:
        return _save_form(request, desk, sheet, form)
    except ChangedError as changed:
        return _conflict_page(request, desk, form, changed)
    except RefusedError as refused:
        messages.error(request, f"没有保存：{refused}")
        return _page_again(request, desk, form, sheet.version, status=409)


def _conflict_page(request, desk: Desk, form: ReportForm, changed: ChangedError):
    """Both texts; sent once more, the page's own counts."""
    fresh = desk.sheet(form.sheet.project.pk)
    mine = ReportForm(fresh, form.data)
    return _page_again(
        request,
        desk,
        mine,
        fresh.version,
        status=409,
        conflict=_who(changed.report),
        differences=mine.differences(fresh) if _came_along(form) else [],
    )


def _page_again(request, desk: Desk, form: ReportForm, version: int, *, status: int, **context):
    """The form as it was typed, on the version under which it is saved now."""
    fresh = desk.sheet(form.sheet.project.pk)
    again = form.again(fresh, version) if _came_along(form) else ReportForm(fresh)
    return _page(request, desk, fresh, again, status=status, **context)


def _came_along(form: ReportForm) -> bool:
    """Whether the fields were sent at all; a page on which they are only read sends none."""
    return "narrative" in form.data


def _page(request, desk: Desk, sheet: Sheet, form: ReportForm, *, status=200, **context):
    confirmed = request.POST.getlist("confirmed")
    form.townships = arrived(sheet)
    about = _verdict(sheet, form, confirmed)
    # On opening, what is missing is no fault yet; after sending it stands at its field.
    asked = form.is_bound and status == 422
    form.say(about["findings"] if asked else [], sheet.comments)
    events = []
    if sheet.report:
        events = list(
            ReportEvent.objects.filter(report=sheet.report)
            .select_related("by")
            .prefetch_related("comments")
        )
    context = {
        **about,
        "place": desk.place,
        "desk": desk,
        "form": form,
        "faults": unanswered(about["findings"], confirmed) if asked else [],
        "labels": field_labels(sheet),
        "townships_report": bool(sheet.place_tables) and townships_report(desk.place.county),
        "can_repeat": ready_unchanged(sheet),
        "former": former_of(sheet.report) if sheet.report else None,
        "events": events,
        "evidence": sheet.report.evidence.select_related("uploaded_by") if sheet.report else [],
        "evidence_form": context.pop("evidence_form", EvidenceForm()),
        "max_files": MAX_FILES,
        "max_megabytes": MAX_MEGABYTES,
        "kinds": KINDS,
        **context,
    }
    return render(request, "progress/report.html", context, status=status)


@require_POST
@requires(Permission.REPORT)
def withdraw(request, code, year, day, project):
    """Take a sent report back, to change it; in a reopened round an accepted one, too."""
    desk, sheet = _open(request, code, year, day, project)
    if sheet.report is None:
        return redirect("report", *desk.args, sheet.project.pk)
    try:
        if sheet.can_correct:
            take_up_again(by=request.user, report=sheet.report, version=sheet.version)
        else:
            withdraw_report(by=request.user, report=sheet.report)
    except (RefusedError, ChangedError) as refused:
        messages.error(request, f"没有撤回：{refused}")
        fresh = desk.sheet(sheet.project.pk)
        return _page(request, desk, fresh, ReportForm(fresh), status=409)
    messages.success(request, "已撤回为草稿，修改后请重新提交。")
    return redirect("report", *desk.args, sheet.project.pk)


@require_POST
@requires(Permission.REPORT)
def restore(request, code, year, day, project):
    """Give a correction up: what had been accepted counts again."""
    desk, sheet = _open(request, code, year, day, project)
    if sheet.report is None:
        return redirect("report", *desk.args, sheet.project.pk)
    form = ReportForm(sheet, request.POST)
    version = key_of(request.POST.get("version")) or 0
    try:
        give_up_correction(by=request.user, report=sheet.report, version=version)
    except ChangedError as changed:
        return _conflict_page(request, desk, form, changed)
    except RefusedError as refused:
        messages.error(request, f"没有恢复：{refused}")
        return _page_again(request, desk, form, sheet.version, status=409)
    messages.success(request, "已恢复更正前通过的内容，按原来的数研判。")
    return redirect("report", *desk.args, sheet.project.pk)


# -- Evidence ----------------------------------------------------------------------------


@never_cache
@require_POST
@requires(Permission.REPORT)
def evidence_add(request, code, year, day, project):
    """Save the draft with a file added, or one removed: nothing typed is lost over it."""
    desk, sheet = _open(request, code, year, day, project)
    form = ReportForm(sheet, request.POST)
    saved = _save(request, desk, sheet, form)
    if not isinstance(saved, Report):
        return saved
    here = redirect(reverse("report", args=[*desk.args, sheet.project.pk]) + "#evidence")
    try:
        if "remove" in request.POST:
            chosen = get_object_or_404(saved.evidence, pk=key_of(request.POST["remove"]))
            remove_evidence(by=request.user, evidence=chosen)
            messages.success(request, f"已删除“{chosen.name}”。")
            return here
        files = EvidenceForm(request.POST, request.FILES)
        if not files.is_valid():
            return _page_again(request, desk, form, saved.version, status=422, evidence_form=files)
        kept = add_evidence(by=request.user, report=saved, **files.cleaned_data)
    except RefusedError as refused:
        messages.error(request, f"没有办理：{refused}")
        return _page_again(request, desk, form, saved.version, status=409)
    messages.success(request, f"已上传“{kept.name}”。")
    return here


@require_safe
def evidence(request, code, year, pk):
    """A file as a download, never shown in the page's own name."""
    place = find_place(request, code, year)
    found = get_object_or_404(
        Evidence.objects.visible_to(request.user),
        pk=pk,
        report__project__county=place.county,
        report__project__year=year,
    )
    return download(
        request,
        place.county,
        found.file.open("rb"),
        found.name,
        summary=f"下载佐证材料“{found.name}”（{found.report}）。",
    )
