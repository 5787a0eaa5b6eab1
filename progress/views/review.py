"""审核: what waits for a decision, the unusual first; one report side by side; accept, return.

The same pages serve two desks: the office's, and that of the head of a unit before it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from livelihood.organisation.access import Permission, require
from progress.models import Report, Round
from progress.operations import review as operations
from progress.operations.corrections import former_of
from progress.operations.reporting import ChangedError, RefusedError
from progress.operations.review_queue import (
    CLEAN,
    Queue,
    following,
    read_detail,
    read_queue,
    with_people,
)
from progress.parts.report_form import field_labels
from progress.parts.review_rows import comments_of, label_of, sections_of, too_long
from progress.rules.keys import key_of
from progress.rules.unusual import UNUSUAL_LABELS
from progress.views.common import Place, find_place

# What was sent cannot be taken as it is; or: somebody else was faster.
UNPROCESSABLE, CONFLICT = 422, 409
OFFICE_TABS = (
    (Report.State.SUBMITTED, "待审核"),
    (Report.State.ACCEPTED, "已通过"),
    (Report.State.RETURNED, "已退回"),
)


@dataclass(frozen=True)
class Desk:
    """Who reviews: which reports wait there, in what words, with which operations."""

    state: str
    returnable: tuple[str, ...]
    title: str
    accept_word: str
    address: str  # begins the names of its addresses
    accept: Callable
    send_back: Callable
    tabs: tuple = ()

    @property
    def is_office(self) -> bool:
        """Whether it is the office's desk."""
        return self.state == Report.State.SUBMITTED

    def url(self, page: str, place: Place, reporting_round: Round, *more) -> str:
        """The address of one of its pages: "", "report", "accept" or "return"."""
        name = f"{self.address}_{page}" if page else self.address
        day = reporting_round.as_of
        return reverse(name, args=[place.county.code, place.year, day, *more])


OFFICE = Desk(
    state=Report.State.SUBMITTED,
    returnable=(Report.State.SUBMITTED, Report.State.ACCEPTED),
    title="审核",
    accept_word="通过",
    address="review",
    accept=operations.accept_reports,
    send_back=operations.return_report,
    tabs=OFFICE_TABS,
)
HEAD = Desk(
    state=Report.State.IN_UNIT,
    returnable=(Report.State.IN_UNIT,),
    title="单位审核",
    accept_word="报出",
    address="unit_review",
    accept=operations.approve_in_unit,
    send_back=operations.send_back_in_unit,
)


class Page:
    """Where we are: the desk, the place, the round; what of the queue is asked for."""

    def __init__(self, request, desk: Desk, code: str, year: int, day):
        _require_desk(request.user, desk)
        self.request, self.desk, self.now = request, desk, timezone.now()
        self.place = find_place(request, code, year)
        self.round = get_object_or_404(
            Round.objects.select_related("county").prefetch_related("extensions"),
            county=self.place.county,
            as_of__year=year,
            as_of=day,
        )
        asked = request.GET
        self.unit, self.kind = asked.get("unit", ""), asked.get("kind", "")
        states = [state for state, _label in desk.tabs]
        self.state = asked.get("state") if asked.get("state") in states else desk.state

    @property
    def query(self) -> str:
        """What of the queue is asked for, as the end of an address."""
        asked = {"unit": self.unit, "kind": self.kind}
        if self.state != self.desk.state:
            asked["state"] = self.state
        asked = {name: value for name, value in asked.items() if value}
        return f"?{urlencode(asked)}" if asked else ""

    def queue(self) -> Queue:
        """The reports in the state that is asked for."""
        return read_queue(self.request.user, self.round, self.state, now=self.now)

    def url(self, page: str = "", *more) -> str:
        """The address of one of the desk's pages, with what is asked for."""
        return self.desk.url(page, self.place, self.round, *more) + self.query

    def reports(self):
        """All reports of the round that exist for the reviewer."""
        return with_people(Report.objects.visible_to(self.request.user)).filter(round=self.round)

    @property
    def context(self) -> dict:
        """What every template of the desk needs."""
        return {"page": self, "place": self.place, "round": self.round, "desk": self.desk}


def _require_desk(user, desk: Desk) -> None:
    """Only the office reviews; in a unit only its head.

    Raises:
        PermissionDenied: the person's role or place does not allow it.
    """
    require(user, Permission.REVIEW if desk.is_office else Permission.REPORT)
    if not desk.is_office and not user.heads_unit:
        raise PermissionDenied


# -- The office's desk -----------------------------------------------------------------


@require_safe
@never_cache
def review(request, code, year, day):
    """The queue of a round."""
    return _queue(Page(request, OFFICE, code, year, day))


@require_safe
@never_cache
def review_report(request, code, year, day, project):
    """One report, last round beside this one."""
    return _report(Page(request, OFFICE, code, year, day), project)


@require_POST
def review_accept(request, code, year, day):
    """Accept one report or all that are ticked."""
    return _accept(Page(request, OFFICE, code, year, day))


@require_POST
def review_return(request, code, year, day, project):
    """Return one report with comments."""
    return _return(Page(request, OFFICE, code, year, day), project)


@require_POST
def review_restore(request, code, year, day, project):
    """Take back the return of a report that had been accepted: it counts as before."""
    return _restore(Page(request, OFFICE, code, year, day), project)


# -- The desk of a unit's head ---------------------------------------------------------


@require_safe
@never_cache
def unit_review(request, code, year, day):
    """What the unit's reporters have filled in and its head has not sent on."""
    return _queue(Page(request, HEAD, code, year, day))


@require_safe
@never_cache
def unit_review_report(request, code, year, day, project):
    """One of these reports."""
    return _report(Page(request, HEAD, code, year, day), project)


@require_POST
def unit_review_accept(request, code, year, day):
    """Send one or all that are ticked on to the office."""
    return _accept(Page(request, HEAD, code, year, day))


@require_POST
def unit_review_return(request, code, year, day, project):
    """Give one back to the unit's reporter."""
    return _return(Page(request, HEAD, code, year, day), project)


# -- Both ------------------------------------------------------------------------------


def _queue(page: Page, *, ticked: Iterable[str] | None = None, refused: str = "", status=200):
    queue = page.queue()
    rows = queue.narrowed(page.unit, page.kind)
    # The clean ones are ticked beforehand; after a refusal, what the reviewer had ticked.
    ticked = {r.value for r in rows if r.clean} if ticked is None else set(ticked)
    decides = page.state == page.desk.state
    context = page.context | {
        "queue": queue,
        "unusual": [r for r in rows if not r.clean],
        "clean": [r for r in rows if r.clean],
        "shown_count": len(rows),
        "decides": decides,
        # What stands in every row, the tick and the unit only where there is a choice.
        "columns": 5 + decides + page.desk.is_office,
        "accept_url": page.url("accept"),
        "report_address": f"{page.desk.address}_report",
        "state_label": Report.State(page.state).label,
        "ticked": ticked,
        "ticked_count": sum(1 for r in rows if r.value in ticked) if decides else 0,
        "kinds": [(k, label, queue.kinds[k]) for k, label in UNUSUAL_LABELS.items()],
        "clean_kind": (CLEAN, "没有异常", sum(1 for r in queue.rows if r.clean)),
        "tabs": [(state, label, queue.counts[state]) for state, label in page.desk.tabs],
        "refused": refused,
    }
    return render(page.request, "progress/review.html", context, status=status)


def _report(page: Page, project: int, *, typed=None, refused: str = "", status=200):
    report = page.reports().filter(project=project).first()
    if report is None:
        return _gone(page, project)
    detail = read_detail(page.round, report, in_unit=not page.desk.is_office, now=page.now)
    labels = field_labels(detail.row.sheet)
    rows = page.queue().narrowed(page.unit, page.kind)
    queue, then = [r.report.project_id for r in rows], following(rows, project)
    context = page.context | {
        "report": report,
        "row": detail.row,
        "detail": detail,
        "sections": sections_of(detail, typed),
        "typed_whole": (typed or {}).get("", ""),
        "error_whole": too_long((typed or {}).get("", "")),
        "steps": [
            (event, [(label_of(c.field, labels), c.text) for c in event.comments.all()])
            for event in detail.events
        ],
        "may_accept": report.state == page.desk.state,
        "may_return": report.state in page.desk.returnable,
        "former": former_of(report) if page.desk.is_office else None,
        "queue_url": page.url(),
        "accept_url": page.url("accept"),
        "return_url": page.url("return", project),
        "restore_url": page.url("restore", project) if page.desk.is_office else "",
        "next_url": page.url("report", then) if then is not None else "",
        "position": queue.index(project) + 1 if project in queue else None,
        "waiting": len(queue),
        "refused": refused,
    }
    return render(page.request, "progress/review_report.html", context, status=status)


def _gone(page: Page, project: int):
    """A report that the unit has withdrawn since: back to the queue, with the reason.

    Raises:
        Http404: there never was one for the reviewer, or nothing was to be decided.
    """
    withdrawn = Report.objects.filter(round=page.round, project=project)
    if page.request.method != "POST" or not page.desk.is_office or not withdrawn.exists():
        raise Http404
    refused = f"“{withdrawn.get().project}”的填报已被单位撤回，没有办理。"
    return _queue(page, refused=refused, status=CONFLICT)


def _accept(page: Page):
    """One report from its own page (``one``), or the ticked ones of the queue."""
    project, ticked = key_of(page.request.POST.get("one")), page.request.POST.getlist("report")

    def answer(refused, status):
        if project is None:
            return _queue(page, ticked=ticked, refused=refused, status=status)
        return _report(page, project, typed=typed, refused=refused, status=status)

    if project is not None and not page.reports().filter(project=project).exists():
        return _gone(page, project)
    typed = _typed(page, project) if project is not None else {}
    chosen, gone = _chosen(page, ticked)
    word = page.desk.accept_word
    if typed:
        return answer(
            f"已写了意见，没有{word}。要退回请点“退回”；要{word}请先清空意见。", UNPROCESSABLE
        )
    if not chosen and not gone:
        return answer(f"请先选中要{word}的填报。", UNPROCESSABLE)
    if gone:
        return answer(f"没有{word}：选中的填报中有{gone}项已被撤回，请核对后再办理。", CONFLICT)
    then = _next(page, project)
    try:
        accepted = page.desk.accept(by=page.request.user, reports=chosen)
    except operations.OvertakenError as overtaken:
        return answer(f"没有{word}：{overtaken}请核对后再办理。", CONFLICT)
    except RefusedError as refused:
        return answer(f"没有{word}：{refused}", CONFLICT)
    what = f"“{accepted[0].project}”的填报" if len(accepted) == 1 else f"{len(accepted)}项填报"
    messages.success(page.request, f"已{word}{what}。")
    return redirect(then)


def _return(page: Page, project: int):
    report = page.reports().filter(project=project).first()
    if report is None:
        return _gone(page, project)
    typed = _typed(page, project)
    if any(map(too_long, typed.values())):
        refused = "有的意见太长，没有退回。请见各栏。"
        return _report(page, project, typed=typed, refused=refused, status=UNPROCESSABLE)
    then = _next(page, project)
    try:
        page.desk.send_back(
            by=page.request.user,
            report=report,
            version=_version(page.request.POST.get("report", ""), report),
            comments=list(typed.items()),
        )
    except ChangedError as changed:
        refused = f"没有退回：{changed}请核对后再办理，您写的意见保留在下面。"
        return _report(page, project, typed=typed, refused=refused, status=CONFLICT)
    except RefusedError as refused:
        return _report(page, project, typed=typed, refused=str(refused), status=UNPROCESSABLE)
    messages.success(page.request, f"已退回“{report.project}”的填报，已提醒{_told(page, report)}。")
    return redirect(then)


def _restore(page: Page, project: int):
    report = page.reports().filter(project=project).first()
    if report is None:
        return _gone(page, project)
    version = _version(page.request.POST.get("report", ""), report)
    try:
        operations.give_up_correction(by=page.request.user, report=report, version=version)
    except (ChangedError, RefusedError) as refused:
        return _report(page, project, refused=f"没有恢复：{refused}", status=CONFLICT)
    messages.success(page.request, f"已恢复“{report.project}”更正前通过的填报，按原来的数研判。")
    return redirect(page.url("report", project))


def _told(page: Page, report: Report) -> str:
    return f"{report.project.lead_unit}" if page.desk.is_office else "填报人"


def _typed(page: Page, project: int) -> dict[str, str]:
    """The comments that were sent, by field of the report.

    Raises:
        Http404: the report does not exist for the reviewer.
    """
    report = get_object_or_404(page.reports(), project=project)
    detail = read_detail(page.round, report, in_unit=True, now=page.now)
    return comments_of(page.request.POST, detail.row.sheet)


def _chosen(page: Page, ticked: Iterable[str]) -> tuple[list[tuple[Report, int]], int]:
    """The reports that were ticked, each with the version that the reviewer saw; and how many
    do not exist for the reviewer any more."""
    versions = {}
    for value in ticked:
        pk, _colon, version = map(key_of, value.partition(":"))
        if pk is not None and version is not None:
            versions[pk] = version
    chosen = [(report, versions[report.pk]) for report in page.reports().filter(pk__in=versions)]
    return chosen, len(versions) - len(chosen)


def _version(value: str, report: Report) -> int:
    """The version that the reviewer saw; one that no report has where the value makes no sense."""
    pk, _colon, version = map(key_of, value.partition(":"))
    return version if pk == report.pk and version is not None else -1


def _next(page: Page, project: int | None) -> str:
    """Where to go after a decision: the next report of the queue, else the queue."""
    if project is None:
        return page.url()
    rows = page.queue().narrowed(page.unit, page.kind)
    then = following(rows, project) if page.state == page.desk.state else None
    return page.url() if then is None else page.url("report", then)
