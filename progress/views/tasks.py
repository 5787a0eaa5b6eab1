"""我的任务: the unit's projects of a round, all on one page, and 无变化 in one click."""

from collections.abc import Sequence
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
from progress.parts.report_form import Difference, ReportForm
from progress.rules.findings import Finding, Kind, unanswered
from progress.rules.keys import key_of
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
# What a row of the page of all can be ticked as: last month's again, or what is saved.
TICKS = ("unchanged", "send")
UNPROCESSABLE, CONFLICT = 422, 409


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
    one = key_of(request.POST.get("project"))
    if request.POST.get("project") and one is None:
        return HttpResponseBadRequest("没有这个事项。")
    if one is not None:
        sheet = desk.sheet(one)
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
    ticked: bool = False  # to be sent as it is
    unsaved: bool = False  # what was typed stands on the page alone
    differences: Sequence[Difference] = ()

    @property
    def behind(self) -> bool:
        """Whether cause and catch-up date are asked for."""
        return any(v.standing.is_behind for v in self.task.verdicts)

    @property
    def begun(self) -> bool:
        """Whether something is saved that has not been sent."""
        return self.task.sheet.begun

    @property
    def stuck(self) -> bool:
        """Whether it was to be sent and could not be."""
        return bool(self.findings or self.form.errors)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.REPORT)
def report_all(request, code, year, day):
    """All projects of the unit in one table; what is ready is sent together."""
    desk = find_desk(request, code, year, day)
    if request.method != "POST":
        return _grid_page(request, desk, [_row(s) for s in desk.sheets() if s.asked], [])
    rows, sent = _take_all(request, desk)
    if any(row.stuck for row in rows):
        status = CONFLICT if any(row.unsaved for row in rows) else UNPROCESSABLE
        return _grid_page(request, desk, rows, sent, status=status)
    messages.success(request, _sent_words(sent, rows))
    return redirect("round_tasks", *desk.args)


def prefix(sheet: Sheet) -> str:
    """What leads the names of a project's fields on the page of all."""
    return f"p{sheet.project.pk}"


def _sent_words(sent: list[Report], left: list[GridRow]) -> str:
    words = f"已提交{len(sent)}个事项" if sent else "没有新的内容需要提交"
    begun = sum(1 for row in left if row.begun)
    blank = len(left) - begun
    counts = [f"{blank}个未填"] * bool(blank) + [f"{begun}个已存未提交"] * bool(begun)
    return f"{words}，还有{'、'.join(counts)}。" if counts else f"{words}。"


def _grid_form(sheet: Sheet, data=None) -> ReportForm:
    return ReportForm(sheet, data, grid=True, prefix=prefix(sheet))


def _row(sheet: Sheet, form: ReportForm | None = None, findings=(), **more) -> GridRow:
    task = Task(sheet, sheet.verdicts(sheet.data), ready_unchanged(sheet))
    return GridRow(task, form or _grid_form(sheet), list(findings), **more)


def _grid_page(request, desk, rows, sent, status=200):
    stuck = [row for row in rows if row.stuck] if status != 200 else []
    context = {
        "place": desk.place,
        "desk": desk,
        "rows": rows,
        "sent": sent,
        "stuck": stuck,
        "faults": [(row, f) for row in stuck for f in (*row.form.faults(), *row.findings)],
        "unsaved": any(row.unsaved for row in stuck),
        "address": reverse("report_all", args=desk.args),
    }
    return render(request, "progress/report_all.html", context, status=status)


def _take_all(request, desk: Desk) -> tuple[list[GridRow], list[Report]]:
    """Save what was typed, send what is ready; each project by itself.

    A row counts as typed where it says something else than when the page was opened, whatever
    others have saved since; the others are left alone unless they are ticked.

    Returns:
        What remains on the page, and what has been sent.
    """
    rows, sent = [], []
    for sheet in desk.sheets():
        shown = f"{prefix(sheet)}-version" in request.POST
        form = _grid_form(sheet, request.POST if shown else None)
        ticked = shown and any(f"{prefix(sheet)}-{name}" in request.POST for name in TICKS)
        if not ticked and not (shown and form.typed):
            if sheet.asked:
                rows.append(_row(sheet))
            continue
        answer = _take_one(request, desk, form, ticked)
        if isinstance(answer, Report):
            sent.append(answer)
        else:
            rows.append(answer)
    return rows, sent


def _take_one(request, desk, form: ReportForm, ticked: bool) -> GridRow | Report:
    sheet, confirmed = form.sheet, request.POST.getlist("confirmed")
    form.is_valid()
    told = {
        "by": request.user,
        "data": form.report_data(),
        "version": form.cleaned_data.get("version", 0),
        "unchanged": f"{prefix(sheet)}-unchanged" in request.POST and not form.typed,
    }
    try:
        if form.errors:
            saved = save_report(
                project=sheet.project, reporting_round=desk.round, read=sheet.report, **told
            )
            return _kept(desk, form, saved.version, [], ticked)
        return send_told(sheet=sheet, confirmed=confirmed, **told)
    except UnansweredError as stopped:
        found = unanswered(stopped.findings, confirmed)
        return _kept(desk, form, stopped.report.version, found, ticked)
    except ChangedError as changed:
        return _changed(desk, form, changed.report)
    except RefusedError as refused:
        said = Finding(Kind.MEND, "", f"没有保存：{refused}")
        return _row(sheet, form, [said], unsaved=True)


def _kept(desk, form: ReportForm, version: int, findings, ticked) -> GridRow:
    """A row as it was typed, on the version under which it is saved now."""
    fresh = desk.sheet(form.sheet.project.pk)
    return _row(fresh, form.again(fresh, version), findings, ticked=ticked)


def _changed(desk, form: ReportForm, theirs: Report) -> GridRow:
    """What was typed in a row that others have saved meanwhile, beside what they have saved."""
    fresh = desk.sheet(form.sheet.project.pk)
    who, state = theirs.updated_by or "同事", theirs.get_state_display()
    words = f"没有保存：{who}已先保存了这个事项"
    words += "，请核对后再提交。" if fresh.editable else f"，目前{state}，不能再改。"
    return _row(
        fresh,
        form.beside(fresh),
        [Finding(Kind.MEND, "", words)],
        unsaved=True,
        differences=form.differences(fresh),
    )
