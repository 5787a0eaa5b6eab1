"""What lead units do: filling a report, saving it, sending it. The only writer of reports.

A report is opened with a version and saved against it: whoever saves on an older one is
told, and nothing is overwritten.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record
from progress.models import (
    ItemWording,
    MilestoneMark,
    PlaceReading,
    Reading,
    Report,
    ReportEvent,
    Round,
    RuleSet,
    SiteReading,
)
from progress.operations.windows import window
from projects.models import Project
from projects.operations.sync import sync


class RefusedError(Exception):
    """What was asked is not possible now; the message says why, in Chinese."""


class ChangedError(Exception):
    """Somebody else saved the report after it was opened; ``report`` is the row now."""

    def __init__(self, report: Report):
        super().__init__("这份填报在您打开之后已被他人修改。")
        self.report = report


class Mark(NamedTuple):
    """What the reporter says of a milestone."""

    met: bool | None
    met_on: date | None = None
    why: str = ""


class SiteState(NamedTuple):
    """Stage and percent of one site."""

    stage: str
    percent: Decimal | None


@dataclass(frozen=True)
class ReportData:
    """Everything that a report says, as plain values.

    ``values`` are cumulative, in the indicator's unit, by indicator; ``percents`` are what
    the unit states of the year's task (0–100 or more), by indicator, None being the work
    as a whole. What is not known is absent or None.
    """

    narrative: str = ""
    problems: str = ""
    help_needed: str = ""
    cause: str = ""
    catch_up_on: date | None = None
    declares_completion: bool = False
    values: Mapping[int, Decimal | None] = field(default_factory=dict)
    percents: Mapping[int | None, Decimal | None] = field(default_factory=dict)
    marks: Mapping[int, Mark] = field(default_factory=dict)
    sites: Mapping[int, SiteState] = field(default_factory=dict)
    places: Mapping[int, Decimal | None] = field(default_factory=dict)


OPEN_TO_REPORTER = frozenset({Report.State.DRAFT, Report.State.RETURNED})


def latest_report(project: Project, before: Round) -> Report | None:
    """The project's latest accepted report of an earlier round."""
    return (
        Report.objects.filter(
            project=project, round__as_of__lt=before.as_of, state=Report.State.ACCEPTED
        )
        .order_by("-round__as_of")
        .first()
    )


def data_of(report: Report) -> ReportData:
    """What a saved report says."""
    values, percents = {}, {}
    # What holds for all lists comes first; sorted here, so that readings may be prefetched.
    for reading in sorted(report.readings.all(), key=lambda r: (r.item_id is not None, r.pk)):
        # What one list printed for itself fills in where nothing holds for all lists.
        if reading.item_id is not None and reading.indicator_id in values | percents:
            continue
        if reading.indicator_id is not None:
            values[reading.indicator_id] = reading.value
        if reading.basis in (Reading.Basis.STATED, Reading.Basis.COMPLETE):
            percents[reading.indicator_id] = reading.percent
    return ReportData(
        narrative=report.narrative,
        problems=report.problems,
        help_needed=report.help_needed,
        cause=report.cause,
        catch_up_on=report.catch_up_on,
        declares_completion=report.declares_completion,
        values=values,
        percents=percents,
        marks={m.milestone_id: Mark(m.met, m.met_on, m.why) for m in report.marks.all()},
        sites={s.site_id: SiteState(s.stage, s.percent) for s in report.site_readings.all()},
        places={p.allocation_id: p.value for p in report.place_readings.all()},
    )


def prefill(project: Project, reporting_round: Round) -> ReportData:
    """What the form of a round begins with: last month's report, nothing asked twice.

    Cause and catch-up date are asked anew once the promised day has come: a promise is kept
    or missed, not renewed silently. One that still runs is not asked twice.
    """
    return carried_over(latest_report(project, reporting_round), reporting_round)


def carried_over(last: Report | None, reporting_round: Round) -> ReportData:
    """What a round begins with after the accepted report ``last``."""
    if last is None:
        return ReportData()
    data = data_of(last)
    runs = data.catch_up_on is not None and data.catch_up_on > reporting_round.as_of
    return ReportData(
        narrative=data.narrative,
        problems=data.problems,
        help_needed=data.help_needed,
        cause=data.cause if runs else "",
        catch_up_on=data.catch_up_on if runs else None,
        declares_completion=data.declares_completion,
        values=data.values,
        percents=data.percents,
        marks=data.marks,
        sites=data.sites,
        places=data.places,
    )


@transaction.atomic
def save_report(
    *,
    by,
    project: Project,
    reporting_round: Round,
    data: ReportData,
    version: int,
    unchanged: bool = False,
    now: datetime | None = None,
) -> Report:
    """Save a report as it stands; it stays a draft (or returned) until it is sent.

    Args:
        by: the reporter.
        project: what is reported.
        reporting_round: for which round.
        data: what the report says.
        version: the version on which the form was opened; 0 for a report not yet begun.
        unchanged: whether the reporter said 无变化.
        now: the moment, for the reporting window.

    Raises:
        ChangedError: the report has another version by now.
        RefusedError: the round is not open for the unit, or the report has been sent.
    """
    allowed = window(reporting_round, project.lead_unit, now or timezone.now())
    if not allowed.open:
        raise RefusedError(allowed.why)
    # Two people who begin the same report wait here for each other: a row that does not
    # exist yet cannot be locked.
    Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    report = (
        Report.objects.select_for_update().filter(project=project, round=reporting_round).first()
    )
    if report is None:
        if version:
            raise RefusedError("这份填报已不存在，请重新打开。")
        report = Report(project=project, round=reporting_round)
    elif report.version != version:
        raise ChangedError(report)
    if report.state not in OPEN_TO_REPORTER:
        raise RefusedError(f"这份填报{report.get_state_display()}，要修改请先撤回。")
    for name in (
        "narrative",
        "problems",
        "help_needed",
        "cause",
        "catch_up_on",
        "declares_completion",
    ):
        setattr(report, name, getattr(data, name))
    report.unchanged = unchanged
    report.version += 1
    report.updated_by = by
    report.full_clean(exclude=["project", "round", "updated_by"])
    report.save()
    _save_figures(report, data)
    return report


def _save_figures(report: Report, data: ReportData) -> None:
    readings = {}
    for indicator in {*data.values, *data.percents}:
        value, percent = data.values.get(indicator), data.percents.get(indicator)
        if value is None and percent is None:
            continue
        basis = Reading.Basis.DERIVED if percent is None else Reading.Basis.STATED
        readings[indicator] = {
            "report": report,
            "indicator_id": indicator,
            "item": None,
            "value": value,
            "percent": percent,
            "basis": basis,
        }
    sync(
        Reading.objects.filter(report=report).select_related("report").order_by("pk"),
        readings,
        lambda r: r.indicator_id if r.item_id is None else ("item", r.pk),
    )
    sync(
        MilestoneMark.objects.filter(report=report).select_related("report").order_by("pk"),
        {
            pk: {
                "report": report,
                "milestone_id": pk,
                "met": mark.met,
                "met_on": mark.met_on,
                "why": mark.why,
            }
            for pk, mark in data.marks.items()
        },
        lambda m: m.milestone_id,
    )
    sync(
        SiteReading.objects.filter(report=report).select_related("report").order_by("pk"),
        {
            pk: {"report": report, "site_id": pk, "stage": s.stage, "percent": s.percent}
            for pk, s in data.sites.items()
            if s.stage or s.percent is not None
        },
        lambda s: s.site_id,
    )
    sync(
        PlaceReading.objects.filter(report=report).select_related("report").order_by("pk"),
        {
            pk: {"report": report, "allocation_id": pk, "value": value}
            for pk, value in data.places.items()
            if value is not None
        },
        lambda p: p.allocation_id,
    )
    ItemWording.objects.filter(report=report).delete()


@transaction.atomic
def submit_report(
    *, by, report: Report, version: int, note: str = "", now: datetime | None = None
) -> Report:
    """Send a report: to the unit's head where the county wants that, else to the office.

    The findings that must be mended are the caller's to check before (operations.checks);
    ``note`` says what the reporter has confirmed.

    Raises:
        ChangedError: the report has another version by now.
        RefusedError: the round is not open for the unit, or the report has been sent.
    """
    now = now or timezone.now()
    report = (
        Report.objects.select_for_update()
        .select_related("round", "project__lead_unit", "project__county")
        .get(pk=report.pk)
    )
    if report.version != version:
        raise ChangedError(report)
    allowed = window(report.round, report.project.lead_unit, now)
    if not allowed.open:
        raise RefusedError(allowed.why)
    if report.state not in OPEN_TO_REPORTER:
        raise RefusedError(f"这份填报{report.get_state_display()}，不能再次提交。")
    in_unit = approval_in_unit(report) and not by.heads_unit
    report.state = Report.State.IN_UNIT if in_unit else Report.State.SUBMITTED
    report.first_submitted_at = report.first_submitted_at or now
    report.submitted_at = now
    report.version += 1
    report.updated_by = by
    report.save()
    log_step(report, ReportEvent.Kind.SUBMITTED, by=by, at=now, note=note)
    return report


def approval_in_unit(report: Report) -> bool:
    """Whether the county wants the unit's head to approve before the office sees it."""
    rules = RuleSet.objects.in_force(report.project.county, report.round.as_of)
    return rules is not None and rules.unit_approves


def log_step(report: Report, kind: str, *, by, at: datetime, note: str = "") -> ReportEvent:
    """Keep one step of a report: its course for the unit, a row of the audit trail, and a
    new version of the county's pages."""
    event = ReportEvent.objects.create(report=report, kind=kind, by=by, at=at, note=note)
    record(
        by=by,
        subject=report,
        summary=f"{event.get_kind_display()}填报“{report}”",
        changes=changes_since(report),
    )
    Region.objects.filter(pk=report.project.county_id).touch()
    return event


def changes_since(report: Report) -> dict[str, tuple]:
    """The report's figures and words against the latest accepted earlier round: field →
    (old, new), only where they differ."""
    last = latest_report(report.project, report.round)
    old = data_of(last) if last is not None else ReportData()
    new = data_of(report)
    names = dict(report.project.indicators.values_list("pk", "name"))
    changes = {}
    for label, attribute in (
        ("进展情况", "narrative"),
        ("存在问题", "problems"),
        ("需要协调", "help_needed"),
        ("滞后原因", "cause"),
        ("计划赶上日期", "catch_up_on"),
        ("申报完成", "declares_completion"),
    ):
        pair = getattr(old, attribute), getattr(new, attribute)
        if pair[0] != pair[1]:
            changes[label] = pair
    for word, before, after in (
        ("累计完成数", old.values, new.values),
        ("自报进度", old.percents, new.percents),
    ):
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                name = names.get(key, "整体")
                changes[f"{name}：{word}"] = (before.get(key), after.get(key))
    return changes


@transaction.atomic
def report_unchanged(
    *, by, projects: Iterable[Project], reporting_round: Round, now: datetime | None = None
) -> list[Report]:
    """Send last month's figures again for projects that nobody has begun this round: 无变化.

    Projects whose report has been begun are passed over.
    """
    sent = []
    for project in projects:
        if Report.objects.filter(project=project, round=reporting_round).exists():
            continue
        report = save_report(
            by=by,
            project=project,
            reporting_round=reporting_round,
            data=prefill(project, reporting_round),
            version=0,
            unchanged=True,
            now=now,
        )
        sent.append(submit_report(by=by, report=report, version=report.version, now=now))
    return sent


@transaction.atomic
def withdraw_report(*, by, report: Report, now: datetime | None = None) -> Report:
    """Take a sent report back before anyone has accepted it, to change it.

    Raises:
        RefusedError: it has been accepted, was never sent, or could not be sent again.
    """
    now = now or timezone.now()
    report = (
        Report.objects.select_for_update(of=("self",))
        .select_related("round", "project__lead_unit")
        .get(pk=report.pk)
    )
    allowed = window(report.round, report.project.lead_unit, now)
    if not allowed.open:
        raise RefusedError(allowed.why)
    if report.state not in (Report.State.SUBMITTED, Report.State.IN_UNIT):
        raise RefusedError(f"这份填报{report.get_state_display()}，不能撤回。")
    report.state = Report.State.DRAFT
    report.version += 1
    report.updated_by = by
    report.save()
    log_step(report, ReportEvent.Kind.WITHDRAWN, by=by, at=now)
    return report
