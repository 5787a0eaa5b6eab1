"""Review (审核): inside the unit by its head, then by the office. The only writer of it.

Every step names the version of the report that the reviewer saw: who comes second is told,
and nothing is decided on figures that nobody has read. The reports are read, and their
rounds, after they and the county are locked: no round is closed meanwhile.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.access import Permission, may
from progress.models import FieldComment, FormerReport, Notice, Report, ReportEvent, Round
from progress.operations.closing import declare, declared_otherwise, take_declaration_back
from progress.operations.corrections import former_of, keep_former, put_back
from progress.operations.frozen import frozen_items, frozen_version
from progress.operations.locks import lock_reports
from progress.operations.notices import notify, people_who_report
from progress.operations.reporting import ChangedError, RefusedError, log_step
from progress.operations.rounds import refreeze
from progress.operations.summary import refresh
from progress.operations.windows import window
from projects.models import ListItem

# (field of the form, or "" for the whole; what is to be mended and why)
Comment = tuple[str, str]
COMMENT_LIMIT = 500  # characters


class OvertakenError(Exception):
    """Some of the reports were changed or decided on by others; ``reports`` as they are now."""

    def __init__(self, reports: Sequence[Report]):
        names = "、".join(f"“{report.project}”" for report in reports)
        super().__init__(f"{names}在您打开页面之后已被他人处理或修改。")
        self.reports = list(reports)


@transaction.atomic
def accept_reports(
    *, by, reports: Sequence[tuple[Report, int]], now: datetime | None = None
) -> list[Report]:
    """Accept reports that the office has before it; all of them, or none.

    Args:
        by: the reviewer.
        reports: each with the version that the reviewer saw.
        now: the moment.

    Returns:
        The reports as accepted. A declared completion is entered on the project's items. In
        a closed round the acceptance is a correction, or a late report where none had been
        accepted before, and the standings are frozen anew.

    Raises:
        OvertakenError: some have another version by now.
        RefusedError: one is not before the office.
    """
    now = now or timezone.now()
    accepted = _locked(reports, Report.State.SUBMITTED, "通过")
    again = [report.pk for report in accepted if report.accepted_at is not None]
    kinds = {report.pk: _kind_of_acceptance(report) for report in accepted}
    for report in accepted:
        _move(report, Report.State.ACCEPTED, by=None, accepted_at=now)
        log_step(report, kinds[report.pk], by=by, at=now)
        if report.declares_completion:
            declare(by=by, report=report)
    if again:
        FormerReport.objects.filter(report__in=again).delete()
    _freeze_anew(by, accepted, kinds, again, now)
    summarise(accepted)
    return accepted


def summarise(reports: Sequence[Report]) -> None:
    """Bring the summary in line after reports were accepted or taken back."""
    by_county = defaultdict(list)
    for report in reports:
        by_county[report.project.county].append(report)
    for county, own in by_county.items():
        since = min(report.round.as_of for report in own)
        refresh(county, since=since, projects={report.project_id for report in own})


def _kind_of_acceptance(report: Report) -> ReportEvent.Kind:
    if report.round.state != Round.State.CLOSED:
        return ReportEvent.Kind.ACCEPTED
    late = report.accepted_at is None
    return ReportEvent.Kind.LATE if late else ReportEvent.Kind.CORRECTED


@transaction.atomic
def return_report(
    *,
    by,
    report: Report,
    version: int,
    comments: Sequence[Comment],
    note: str = "",
    now: datetime | None = None,
) -> Report:
    """Return a report to its unit, with what is to be mended pinned to the fields.

    An accepted report can be returned too: it is how an accepted figure is corrected. When
    it was first submitted is kept.

    Raises:
        ChangedError: the report has another version by now.
        RefusedError: it is not before the office, no comment says why, or the unit could
            not mend it because the round is closed for it.
    """
    now = now or timezone.now()
    report = _locked_one(report, version)
    if report.state not in (Report.State.SUBMITTED, Report.State.ACCEPTED):
        raise RefusedError(f"这份填报{report.get_state_display()}，不能退回。")
    if not window(report.round, report.project.lead_unit, now).open:
        raise RefusedError(
            f"{report.round}的填报已截止，退回后单位无法修改。"
            f"请先在期次中为{report.project.lead_unit}重开，再退回。"
        )
    was_accepted = report.state == Report.State.ACCEPTED
    if was_accepted:
        _begin_correction(report, by, now, returned=True)
    _send_back(report, ReportEvent.Kind.RETURNED, comments, note, by=by, now=now)
    if was_accepted:
        summarise([report])
    return report


@transaction.atomic
def take_up_again(*, by, report: Report, version: int, now: datetime | None = None) -> Report:
    """Let a unit correct its own accepted report in a closed round that is reopened for it.

    What is kept of the round stays as it is until the correction is accepted.

    Args:
        by: the reporter.
        report: of the unit.
        version: the version that the reporter saw.
        now: the moment.

    Raises:
        ChangedError: the report has another version by now.
        RefusedError: it has not been accepted, or the round is not reopened for the unit.
    """
    now = now or timezone.now()
    report = _locked_one(report, version)
    allowed = window(report.round, report.project.lead_unit, now)
    if not allowed.open:
        raise RefusedError(allowed.why)
    if report.state != Report.State.ACCEPTED or report.round.state != Round.State.CLOSED:
        raise RefusedError(
            f"这份填报{report.get_state_display()}，不能由单位取回；需要更正的，"
            "请与县政府办公室联系，由其退回。"
        )
    _begin_correction(report, by, now, returned=False)
    _move(report, Report.State.DRAFT, by=by)
    log_step(report, ReportEvent.Kind.WITHDRAWN, by=by, at=now, note="重开期间取回更正")
    summarise([report])
    return report


@transaction.atomic
def give_up_correction(*, by, report: Report, version: int, now: datetime | None = None) -> Report:
    """Let an accepted report count again as it was before its correction began.

    Nothing new is reported, so that it is possible after the round is closed, too. A round
    that was closed meanwhile is corrected: in it nothing had been reported.

    Args:
        by: of the unit that took the report up, or of the office that returned it.
        report: being corrected, and not sent again.
        version: the version that the person saw.
        now: the moment.

    Raises:
        ChangedError: the report has another version by now.
        RefusedError: it is not being corrected, or has been sent.
        PermissionDenied: the other side began the correction.
    """
    now = now or timezone.now()
    report = _locked_one(report, version)
    former = former_of(report)
    if former is None:
        raise RefusedError(f"这份填报{report.get_state_display()}，没有可以恢复的内容。")
    if not may(by, Permission.REVIEW if former.returned else Permission.REPORT):
        raise PermissionDenied
    put_back(report, former)
    _move(report, Report.State.ACCEPTED, by=None)
    log_step(report, ReportEvent.Kind.RESTORED, by=by, at=now)
    if report.declares_completion:
        declare(by=by, report=report)
    _freeze_anew(by, [report], {report.pk: ReportEvent.Kind.RESTORED}, [report.pk], now)
    summarise([report])
    return report


def _begin_correction(report: Report, by, now: datetime, *, returned: bool) -> None:
    """Take back what an accepted report had declared, and remember what it said."""
    keep_former(report, returned=returned)
    if report.declares_completion:
        take_declaration_back(by=by, report=report)
    # What was loaded as published has no moment of its own.
    report.accepted_at = report.accepted_at or now


@transaction.atomic
def approve_in_unit(
    *, by, reports: Sequence[tuple[Report, int]], now: datetime | None = None
) -> list[Report]:
    """Send on to the office what the unit's reporters filled in; all of it, or nothing.

    Raises:
        PermissionDenied: ``by`` does not head the unit.
        OvertakenError: some have another version by now.
        RefusedError: one does not wait for the unit's head, or the round is closed.
    """
    now = now or timezone.now()
    approved = _locked(reports, Report.State.IN_UNIT, "报出")
    for report in approved:
        _require_head(by, report)
        allowed = window(report.round, report.project.lead_unit, now)
        if not allowed.open:
            raise RefusedError(allowed.why)
        _move(report, Report.State.SUBMITTED, by=by, submitted_at=now)
        log_step(report, ReportEvent.Kind.APPROVED_IN_UNIT, by=by, at=now)
    return approved


@transaction.atomic
def send_back_in_unit(
    *,
    by,
    report: Report,
    version: int,
    comments: Sequence[Comment],
    note: str = "",
    now: datetime | None = None,
) -> Report:
    """Give a report back to the unit's own reporter; the office never learns of it.

    Raises:
        PermissionDenied: ``by`` does not head the unit.
        ChangedError: the report has another version by now.
        RefusedError: it does not wait for the unit's head, or no comment says why.
    """
    now = now or timezone.now()
    report = _locked_one(report, version)
    _require_head(by, report)
    if report.state != Report.State.IN_UNIT:
        raise RefusedError(f"这份填报{report.get_state_display()}，不能退回。")
    report.submitted_at = None
    _send_back(report, ReportEvent.Kind.RETURNED_IN_UNIT, comments, note, by=by, now=now)
    return report


def _locked(reports, state, word) -> list[Report]:
    """The rows, locked, if all are as the reviewer saw them and in ``state``."""
    seen = {report.pk: version for report, version in reports}
    lock_reports(seen)
    rows = list(
        Report.objects.select_related(
            "round__county", "project__lead_unit", "project__county", "updated_by"
        )
        .prefetch_related("round__extensions")
        .filter(pk__in=seen)
        .order_by("pk")
    )
    overtaken = [row for row in rows if row.version != seen[row.pk]]
    if overtaken:
        raise OvertakenError(overtaken)
    for row in rows:
        if row.state != state:
            raise RefusedError(f"“{row.project}”的填报{row.get_state_display()}，不能{word}。")
    return rows


def _locked_one(report, version) -> Report:
    lock_reports([report.pk])
    row = Report.objects.select_related(
        "round__county", "project__lead_unit", "project__county"
    ).get(pk=report.pk)
    if row.version != version:
        raise ChangedError(row)
    return row


def _move(report, state, *, by, **moments) -> None:
    """Save the new state. Who last changed the figures stays unless ``by`` stands for them."""
    report.state = state
    report.version += 1
    if by is not None:
        report.updated_by = by
    for name, moment in moments.items():
        setattr(report, name, moment)
    report.save()


def _send_back(report, kind, comments, note, *, by, now) -> None:
    pinned = [(field, text.strip()) for field, text in comments if text.strip()]
    if not pinned:
        raise RefusedError("退回须写明意见：请在有问题的一栏写上原因，或写总的意见。")
    if any(len(text) > COMMENT_LIMIT for _field, text in pinned):
        raise RefusedError(f"一条意见不超过{COMMENT_LIMIT}个字。")
    _move(report, Report.State.RETURNED, by=None)
    event = log_step(report, kind, by=by, at=now, note=note)
    FieldComment.objects.bulk_create(
        FieldComment(event=event, field=field, text=text) for field, text in pinned
    )
    _tell_the_unit(event, pinned)


def _tell_the_unit(event, pinned) -> None:
    """One notice to each person who may mend the report."""
    report = event.report
    who = "县府办" if event.kind == ReportEvent.Kind.RETURNED else "本单位负责人"
    sample = report.round.sample_mark
    text = f"{sample}“{report.project}”（{report.round}）的填报被{who}退回：{pinned[0][1]}"
    project = report.project
    address = [project.county.code, project.year, report.round.as_of, project.pk]
    notify(
        [person for person in people_who_report(project.lead_unit) if person.pk != event.by_id],
        kind=Notice.Kind.RETURNED,
        text=text,
        url=reverse("report", args=address),
        reporting_round=report.round,
    )


def _require_head(by, report) -> None:
    if not by.heads_unit or by.unit_id != report.project.lead_unit_id:
        raise PermissionDenied


# How the note of a version says why there is one, by what became of the report.
_WHY = {
    ReportEvent.Kind.LATE: "补报{}的填报",
    ReportEvent.Kind.CORRECTED: "更正{}的填报",
    ReportEvent.Kind.RESTORED: "恢复{}更正前的填报",
}
_DECLARED = {True: "单位报完成：{}", False: "撤回单位报完成：{}"}


def _freeze_anew(by, reports: Sequence[Report], kinds, again, now: datetime) -> None:
    """Keep closed rounds as they are judged after corrections and late reports, each once:
    those of the reports, and later ones in which a declared completion counts.

    Args:
        by: the reviewer.
        reports: accepted.
        kinds: what became of each, by its key.
        again: the keys of those that had been accepted before.
        now: the moment.
    """
    whys: dict[Round, dict[str, list[Report]]] = defaultdict(lambda: defaultdict(list))
    for report in reports:
        corrected = _corrected_by(report, kinds[report.pk], again=report.pk in again)
        for reporting_round, why in corrected.items():
            whys[reporting_round][why].append(report)
    for reporting_round in sorted(whys, key=lambda r: r.as_of):
        notes, projects = [], set()
        for why, corrected in whys[reporting_round].items():
            notes.append(why.format("、".join(f"“{report.project}”" for report in corrected)))
            projects.update(report.project_id for report in corrected)
        items = ListItem.objects.filter(project__in=projects)
        note = f"{'；'.join(notes)}。"
        refreeze(by=by, round=reporting_round, note=note, items=items, now=now)


def _corrected_by(report: Report, kind: ReportEvent.Kind, *, again: bool) -> dict[Round, str]:
    """The closed rounds that do not say what they should now that ``report`` is accepted."""
    corrected = {}
    if report.declares_completion or again:
        corrected = {r: _DECLARED[declared] for r, declared in declared_otherwise(report).items()}
    closed = report.round.state == Round.State.CLOSED
    if closed and (kind != ReportEvent.Kind.RESTORED or _is_left_out(report)):
        corrected[report.round] = _WHY[kind]
    return corrected


def _is_left_out(report: Report) -> bool:
    """Whether a closed round was kept while the report did not count."""
    version = frozen_version([report.round], report.round.as_of)
    if version is None:
        return False
    items = frozen_items(version, ListItem.objects.filter(project=report.project_id))
    return any(state.standing.facts.reported is False for state in items)
