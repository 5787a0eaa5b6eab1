"""填报表: reporting by Excel. Download, upload, preview, confirm."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from livelihood.organisation.access import Permission, require
from livelihood.organisation.downloads import download
from livelihood.organisation.models import Unit
from livelihood.organisation.words import cn_date
from progress.documents.report_workbook_reading import mark_faults
from progress.models import Round
from progress.models.workbook import KEPT_HOURS
from progress.operations.sheets import projects_of
from progress.operations.workbook import (
    Outcome,
    apply_upload,
    discard_upload,
    keep_upload,
    kept_upload,
    preview,
    unit_workbook,
)
from progress.parts.workbook_form import WorkbookForm
from progress.rules.keys import key_of
from progress.views.common import find_place
from progress.views.desk import Desk, find_desk
from projects.documents.archives import UnreadableError

# What was sent cannot be taken as it is; or: it is not the state of things any more.
UNPROCESSABLE, CONFLICT = 422, 409
GONE = f"上传的文件已不在：可能已经确认或放弃，或者超过了{KEPT_HOURS}小时。请重新上传。"


@require_safe
@never_cache
def workbook(request, code, year, day):
    """The workbook of the own unit; with ?unit= that of any unit whose reports one may see."""
    asked = request.GET.get("unit", "")
    if not asked:
        require(request.user, Permission.REPORT)
    place = find_place(request, code, year)
    found = get_object_or_404(
        Round.objects.select_related("county").prefetch_related("extensions"),
        county=place.county,
        as_of=day,
        as_of__year=year,
    )
    unit = request.user.unit
    if asked:
        units = Unit.objects.visible_to(request.user)
        unit = get_object_or_404(units, pk=key_of(asked))
    content = unit and unit_workbook(request.user, unit, found, now=timezone.now())
    if not content:
        raise Http404("没有可填报的事项。")
    name = f"{place.county.name}民生实事填报表_{unit.name}_截至{cn_date(day)}.xlsx"
    return download(request, place.county, content, name, summary=f"下载填报表“{name}”。")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def workbook_upload(request, code, year, day):
    """Upload a filled workbook, look at what it would change, confirm or discard it."""
    desk = find_desk(request, code, year, day)
    if desk.unit is None:
        raise Http404("没有可填报的事项。")
    if request.method == "POST":
        action = request.POST.get("action", "upload")
        return ACTIONS.get(action, _upload)(request, desk)
    return _page(request, desk)


@require_safe
@never_cache
def workbook_marked(request, code, year, day):
    """The uploaded file with every fault in red and with a note."""
    desk = find_desk(request, code, year, day)
    upload = desk.unit and kept_upload(request.user, desk.round)
    shown = upload and _preview(desk, upload)
    if not shown:
        messages.warning(request, GONE)
        return redirect("workbook_upload", *desk.args)
    name = upload.name.rpartition(".")[0]
    try:
        content = mark_faults(bytes(upload.content), shown.faults)
    except UnreadableError as unreadable:
        messages.error(request, str(unreadable))
        return redirect("workbook_upload", *desk.args)
    return download(request, desk.place.county, content, f"{name}（标出错误）.xlsx")


def _preview(desk: Desk, upload):
    """What the upload would do; None where it is not the unit's any more."""
    try:
        return preview(desk.user, desk.round, upload, now=desk.now)
    except UnreadableError:
        return None


def _page(request, desk: Desk, form=None, status=200, problem=""):
    upload = None if form else kept_upload(request.user, desk.round)
    shown = upload and _preview(desk, upload)
    place = desk.place
    context = {
        "place": place,
        "desk": desk,
        "form": form or WorkbookForm(),
        "problem": problem,
        "upload": upload if shown else None,
        "preview": shown,
        "kept_hours": KEPT_HOURS,
        "has_projects": projects_of(desk.unit, place.county, place.year).exists(),
    }
    return render(request, "progress/workbook.html", context, status=status)


def _upload(request, desk: Desk):
    form = WorkbookForm(request.POST, request.FILES)
    if not desk.window.open:
        form.is_valid()
        form.add_error(None, desk.window.why)
        return _page(request, desk, form, CONFLICT)
    if not form.is_valid():
        return _page(request, desk, form, UNPROCESSABLE)
    file = form.cleaned_data["file"]
    try:
        keep_upload(
            by=request.user, reporting_round=desk.round, name=file.name, content=file.read()
        )
    except UnreadableError as unreadable:
        form.add_error("file", str(unreadable))
        return _page(request, desk, form, UNPROCESSABLE)
    return redirect("workbook_upload", *desk.args)


def _confirm(request, desk: Desk):
    upload = kept_upload(request.user, desk.round)
    if upload is None:
        return _page(request, desk, status=CONFLICT, problem=GONE)
    if request.POST.get("upload") != str(upload.pk):
        again = "在这次预览之后又上传了另一个文件，下面是它的预览，请核对后再确认。"
        return _page(request, desk, status=CONFLICT, problem=again)
    if not desk.window.open:
        return _page(request, desk, status=CONFLICT, problem=desk.window.why)
    try:
        outcome = apply_upload(
            by=request.user,
            reporting_round=desk.round,
            upload=upload,
            seen=_seen(request.POST),
            send=request.POST["action"] == "send",
        )
    except UnreadableError as unreadable:
        return _page(request, desk, status=CONFLICT, problem=str(unreadable))
    _tell(request, outcome)
    return redirect("workbook_upload", *desk.args)


def _discard(request, desk: Desk):
    discard_upload(by=request.user, reporting_round=desk.round)
    messages.info(request, "已放弃这次上传，没有改动任何填报。")
    return redirect("workbook_upload", *desk.args)


ACTIONS = {"upload": _upload, "save": _confirm, "send": _confirm, "discard": _discard}


def _seen(posted) -> dict[int, int]:
    """The version of each report that the preview showed; what is no number counts for none."""
    seen = {}
    for name, value in posted.items():
        start, _, project = name.partition("-")
        project, version = key_of(project), key_of(value)
        if start == "version" and project is not None and version is not None:
            seen[project] = version
    return seen


def _tell(request, outcome: Outcome) -> None:
    """Say what became of every project."""
    if outcome.saved:
        drafts = len(outcome.saved) - len(outcome.sent)
        parts = [f"提交{len(outcome.sent)}份"] if outcome.sent else []
        parts += [f"存为草稿{drafts}份"] if drafts else []
        messages.success(request, f"已采用填报表的内容：{'，'.join(parts)}。")
    else:
        messages.info(request, "没有可保存的改动。")
    for project, reason in outcome.held:
        messages.warning(request, f"{project}：已存为草稿，没有提交。{reason}")
    for project, reason in outcome.refused:
        messages.error(request, f"{project}：没有改动。{reason}")
