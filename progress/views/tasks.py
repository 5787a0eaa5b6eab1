"""我的任务: the unit's projects of a round, all on one page, and 无变化 in one click."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from livelihood.organisation.access import Permission, requires
from progress.models import Report
from progress.operations.checks import (
    UnansweredError,
    findings_of,
    ready_unchanged,
    send_told,
)
from progress.operations.reporting import (
    ChangedError,
    RefusedError,
    report_unchanged,
    save_report,
)
from progress.operations.sheets import DraftVerdict, Sheet
from progress.parts.report_form import ReportForm
from progress.rules.findings import Finding, Kind, unanswered
from progress.views.desk import Desk, find_desk
from progress.views.townships import township_page

# In this order the states stand on the page: what is to be done first.
STATES = (
    (Report.State.RETURNED, "已退回"),
    (None, "未填"),
    (Report.State.DRAFT, "草稿"),
    (Report.State.IN_UNIT, "待单位审核"),
    (Report.State.SUBMITTED, "已提交"),
    (Report.State.ACCEPTED, "已通过"),
)
LABELS = dict(STATES)
DUE_SHOWN = 3


@dataclass
class Task:
    """One project on the page of tasks."""

    sheet: Sheet
    verdicts: list[DraftVerdict]
    can_repeat: bool

    @property
    def state(self) -> str | None:
        """The state of the report; None while nobody has begun."""
        return self.sheet.report.state if self.sheet.report else None

    @property
    def label(self) -> str:
        """The state in words."""
        return LABELS[self.state]

    @property
    def due(self):
        """The open milestones, the latest first, as many as the page shows."""
        return self.sheet.open_milestones[::-1][:DUE_SHOWN]

    @property
    def more_due(self) -> int:
        """How many open milestones are not shown."""
        return max(len(self.sheet.open_milestones) - DUE_SHOWN, 0)

    @property
    def last_figures(self):
        """(indicator, value, percent) of last month, as far as they are known."""
        old = self.sheet.last_data
        rows = [
            (row, old.values.get(row.key), old.percents.get(row.key)) for row in self.sheet.figures
        ]
        return [row for row in rows if row[1] is not None or row[2] is not None]

    @property
    def anchor(self) -> str:
        """Where the form opens: at the first field with a comment."""
        comments = self.sheet.comments
        return f"#f-{comments[0].field}" if comments and comments[0].field else ""


def _tasks(desk: Desk) -> list[Task]:
    if desk.round is None:
        return []
    tasks = [
        Task(sheet, sheet.verdicts(sheet.data), ready_unchanged(sheet)) for sheet in desk.sheets()
    ]
    order = [state for state, _label in STATES]
    return sorted(tasks, key=lambda task: order.index(task.state))


@never_cache
@require_safe
def tasks(request, code, year):
    """The tasks of the round that is due."""
    return _tasks_page(request, find_desk(request, code, year))


@never_cache
@require_safe
def round_tasks(request, code, year, day):
    """The tasks of one round."""
    return _tasks_page(request, find_desk(request, code, year, day))


def _tasks_page(request, desk: Desk):
    every = _tasks(desk)
    # A unit that leads nothing may be a township that reports to those who do.
    of_township = None if every else township_page(request, desk)
    if of_township is not None:
        return of_township
    # What was done before is not asked for again; who likes may report it all the same.
    listed = [t for t in every if t.sheet.begun or not t.sheet.finished]
    counts = [(label, sum(1 for t in listed if t.state == state)) for state, label in STATES]
    context = {
        "place": desk.place,
        "desk": desk,
        "tasks": listed,
        "finished": [t for t in every if t not in listed],
        "counts": [(label, count) for label, count in counts if count],
        "repeatable": sum(1 for task in listed if task.can_repeat),
        "editable": sum(1 for task in listed if task.sheet.asked),
        "also_open": desk.also_open(),
    }
    return render(request, "progress/tasks.html", context)


@require_POST
@requires(Permission.REPORT)
def unchanged(request, code, year, day):
    """无变化: for one project at once; for all that remain after a page that says how many."""
    desk = find_desk(request, code, year, day)
    one = request.POST.get("project", "")
    if one and not one.isdecimal():
        return HttpResponseBadRequest("没有这个事项。")
    if one:
        sheet = desk.sheet(int(one))
        if not ready_unchanged(sheet):
            messages.warning(request, _why_not(sheet))
            return redirect("report", *desk.args, sheet.project.pk)
        return _repeat(request, desk, [sheet])
    sheets = [sheet for sheet in desk.sheets() if sheet.asked and not sheet.begun]
    ready = [sheet for sheet in sheets if ready_unchanged(sheet)]
    if request.POST.get("confirmed") != "yes":
        context = {
            "place": desk.place,
            "desk": desk,
            "ready": ready,
            "left": [(s, _why_not(s)) for s in sheets if s not in ready],
        }
        return render(request, "progress/unchanged.html", context)
    return _repeat(request, desk, ready)


def _repeat(request, desk: Desk, sheets: list[Sheet]):
    try:
        sent = report_unchanged(
            by=request.user, projects=[s.project for s in sheets], reporting_round=desk.round
        )
    except RefusedError as refused:
        messages.error(request, f"没有提交：{refused}")
        return _tasks_page_with(request, desk, 409)
    if len(sent) == 1:
        messages.success(request, f"“{sent[0].project}”已按无变化提交。")
    elif sent:
        messages.success(request, f"{len(sent)}个事项已按无变化提交。")
    else:
        messages.info(request, "没有需要按无变化提交的事项，可能已由同事填报。")
    return redirect("round_tasks", *desk.args)


def _tasks_page_with(request, desk: Desk, status: int):
    response = _tasks_page(request, desk)
    response.status_code = status
    return response


def _why_not(sheet: Sheet) -> str:
    """Why 无变化 cannot be said of a project, as one sentence."""
    if not sheet.editable:
        return sheet.window.why or f"“{sheet.project}”已提交，不能再报无变化。"
    if sheet.begun:
        return f"“{sheet.project}”本期已开始填写，请在表中提交。"
    if sheet.last is None:
        return f"“{sheet.project}”还没有上期的填报，请填写一次。"
    open_questions = unanswered(findings_of(sheet, sheet.carried))
    return open_questions[0].message if open_questions else ""


# -- One page that takes them all --------------------------------------------------------


@dataclass
class GridRow:
    """One project in the table of all."""

    task: Task
    form: ReportForm
    findings: list[Finding]
    repeats: bool = False  # 无变化 is ticked

    @property
    def behind(self) -> bool:
        """Whether cause and catch-up date are asked for."""
        return any(v.standing.is_behind for v in self.task.verdicts)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.REPORT)
def report_all(request, code, year, day):
    """All projects of the unit in one table; what is ready is sent together."""
    desk = find_desk(request, code, year, day)
    sheets = [sheet for sheet in desk.sheets() if sheet.asked]
    if request.method == "POST" and sheets:
        rows, sent = _take_all(request, desk, sheets)
        if not any(row.findings or row.form.errors for row in rows):
            messages.success(request, _sent_words(sent, len(rows)))
            return redirect("round_tasks", *desk.args)
        return _grid_page(request, desk, rows, sent, status=422)
    rows = [_row(sheet, ReportForm(sheet, grid=True, prefix=prefix(sheet))) for sheet in sheets]
    return _grid_page(request, desk, rows, [])


def prefix(sheet: Sheet) -> str:
    """What leads the names of a project's fields on the page of all."""
    return f"p{sheet.project.pk}"


def _sent_words(sent: list[Report], left: int) -> str:
    words = f"已提交{len(sent)}个事项" if sent else "没有新的内容需要提交"
    return f"{words}，还有{left}个未填。" if left else f"{words}。"


def _row(sheet, form, findings=(), repeats=False) -> GridRow:
    task = Task(sheet, sheet.verdicts(sheet.data), ready_unchanged(sheet))
    return GridRow(task, form, list(findings), repeats)


def _grid_page(request, desk, rows, sent, status=200):
    context = {
        "place": desk.place,
        "desk": desk,
        "rows": rows,
        "sent": sent,
        "faults": [(row, f) for row in rows for f in (*row.form.faults(), *row.findings)]
        if status != 200
        else [],
        "address": reverse("report_all", args=desk.args),
    }
    return render(request, "progress/report_all.html", context, status=status)


def _take_all(request, desk, sheets) -> tuple[list[GridRow], list[Report]]:
    """Save what was typed, send what is ready; each project by itself.

    Returns:
        What remains on the page, and what has been sent.
    """
    rows, sent = [], []
    for sheet in sheets:
        form = ReportForm(sheet, request.POST, grid=True, prefix=prefix(sheet))
        repeats = f"{prefix(sheet)}-unchanged" in request.POST
        touched = not form.is_valid() or form.has_changed()
        if not touched and not sheet.begun and not repeats:
            rows.append(_row(sheet, ReportForm(sheet, grid=True, prefix=prefix(sheet))))
            continue
        row = _take_one(request, desk, sheet, form, repeats and not touched)
        if isinstance(row, Report):
            sent.append(row)
        else:
            rows.append(row)
    return rows, sent


def _take_one(request, desk, sheet, form, repeats) -> GridRow | Report:
    confirmed = request.POST.getlist("confirmed")
    told = {
        "by": request.user,
        "data": form.report_data(),
        "version": form.cleaned_data.get("version", 0),
        "unchanged": repeats,
    }
    try:
        if form.errors:
            saved = save_report(
                project=sheet.project, reporting_round=desk.round, read=sheet.report, **told
            )
            return _kept(request, desk, sheet, saved.version, [])
        return send_told(sheet=sheet, confirmed=confirmed, **told)
    except UnansweredError as stopped:
        found = unanswered(stopped.findings, confirmed)
        return _kept(request, desk, sheet, stopped.report.version, found)
    except ChangedError as changed:
        who = changed.report.updated_by
        told = Finding(Kind.MEND, "", f"{who}已先保存了这个事项，请打开它核对后再提交。")
        return _kept(request, desk, sheet, form.cleaned_data.get("version", 0), [told])
    except RefusedError as refused:
        return _row(sheet, form, [Finding(Kind.MEND, "", str(refused))])


def _kept(request, desk, sheet, version, findings) -> GridRow:
    """A row as it was typed, on the version under which it is saved now."""
    fresh = desk.sheet(sheet.project.pk)
    typed = request.POST.copy()
    typed[f"{prefix(sheet)}-version"] = version
    form = ReportForm(fresh, typed, grid=True, prefix=prefix(fresh))
    form.is_valid()
    return _row(fresh, form, findings)
