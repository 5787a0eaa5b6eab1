"""What lead units do: filling a report, saving it, sending it. The only writer of reports.

A report is opened with a version and saved against it: whoever saves on an older one is
told, and nothing is overwritten.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.core import serializers
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import cn_date
from progress.models import (
    FormerReport,
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
from progress.operations.heads import with_head
from progress.operations.locks import lock_projects
from progress.operations.windows import window
from projects.models import Allocation, Milestone, Project, Site
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
WORDS = {
    "narrative": "进展情况",
    "problems": "存在问题",
    "help_needed": "需要协调",
    "cause": "滞后原因",
    "catch_up_on": "计划赶上日期",
    "declares_completion": "申报完成",
}
# What counts of a saved report besides its own row. In the order of the keys: the models' own
# order goes by report, round, county, and would join five tables for nothing.
PARTS = (
    Prefetch("readings", Reading.objects.order_by("pk")),
    Prefetch("marks", MilestoneMark.objects.order_by("pk")),
    Prefetch("site_readings", SiteReading.objects.order_by("pk")),
    Prefetch("place_readings", PlaceReading.objects.order_by("pk")),
)


def latest_report(project: Project, before: Round) -> Report | None:
    """The project's latest accepted report of an earlier round."""
    return (
        Report.objects.filter(
            project=project, round__as_of__lt=before.as_of, state=Report.State.ACCEPTED
        )
        .order_by("-round__as_of")
        .first()
    )


def latest_reports(projects: Iterable[Project], before: Round) -> dict[int, Report]:
    """The same with its parts for each of some projects, by project, where there is one."""
    accepted = Report.objects.filter(
        project__in=projects, round__as_of__lt=before.as_of, state=Report.State.ACCEPTED
    )
    latest = dict(accepted.order_by("round__as_of").values_list("project_id", "pk"))
    reports = Report.objects.filter(pk__in=latest.values()).order_by("pk")
    return {r.project_id: r for r in reports.prefetch_related(*PARTS)}


def data_of(report: Report) -> ReportData:
    """What a saved report says."""
    parts = (report.readings, report.marks, report.site_readings, report.place_readings)
    return _data_of(report, *(part.all() for part in parts))


def formerly(report: Report) -> ReportData | None:
    """What an accepted report said when its correction began; None where none runs."""
    if report.accepted_at is None:
        return None
    former = FormerReport.objects.filter(report=report).first()
    if former is None:
        return None
    said = {w: Report._meta.get_field(w).to_python(former.fields[w]) for w in WORDS}
    rows = [kept.object for kept in serializers.deserialize("python", former.parts)]
    models = (Reading, MilestoneMark, SiteReading, PlaceReading)
    return _data_of(Report(**said), *([r for r in rows if type(r) is m] for m in models))


def _data_of(report: Report, readings, marks, sites, places) -> ReportData:
    values, percents = {}, {}
    # What holds for all lists comes first; sorted here, so that readings may be prefetched.
    for reading in sorted(readings, key=lambda r: (r.item_id is not None, r.pk)):
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
        marks={m.milestone_id: Mark(m.met, m.met_on, m.why) for m in marks},
        sites={s.site_id: SiteState(s.stage, s.percent) for s in sites},
        places={p.allocation_id: p.value for p in places},
    )


def carried_over(last: Report | None, reporting_round: Round) -> ReportData:
    """What the form of a round begins with after the accepted report ``last``.

    Cause and catch-up date are asked anew once the promised day has come: a promise is kept
    or missed, not renewed silently. One that still runs is not asked twice.
    """
    if last is None:
        return ReportData()
    data = data_of(last)
    runs = data.catch_up_on is not None and data.catch_up_on > reporting_round.as_of
    return data if runs else replace(data, cause="", catch_up_on=None)


@transaction.atomic
def save_report(
    *,
    by,
    project: Project,
    reporting_round: Round,
    data: ReportData,
    version: int,
    unchanged: bool = False,
    read: Report | None = None,
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
        read: the report with its parts, where the caller has read them (``Sheet.report``).
        now: the moment, for the reporting window.

    Raises:
        ChangedError: the report has another version by now.
        RefusedError: the round is not open for the unit, or the report has been sent.
    """
    report = _locked_to_fill(project, reporting_round, version, now or timezone.now())
    _fill(report, data, unchanged, by)
    _keep(report, data, read)
    return report


class Sending(NamedTuple):
    """What sending a report needs to know besides the report; read before anything is locked."""

    in_unit: bool  # the county wants the unit's head to approve first
    note: str  # what the reporter has confirmed
    changes: Mapping[str, tuple]  # see ``differences``


@transaction.atomic
def save_and_submit(
    *,
    by,
    project: Project,
    reporting_round: Round,
    data: ReportData,
    version: int,
    sending: Sending,
    unchanged: bool = False,
    read: Report | None = None,
    now: datetime | None = None,
) -> Report:
    """Save a report and send it in one step; arguments and errors as for ``save_report``.

    The findings that must be mended are the caller's to check before (operations.checks).
    """
    now = now or timezone.now()
    report = _locked_to_fill(project, reporting_round, version, now)
    _fill(report, data, unchanged, by)
    _send(report, sending.in_unit and bool(with_head([project.lead_unit_id])), by, now)
    _keep(report, data, read)
    log_step(
        report,
        ReportEvent.Kind.SUBMITTED,
        by=by,
        at=now,
        note=sending.note,
        changes=sending.changes,
    )
    refuse_if_closed_meanwhile(reporting_round)
    return report


def _locked_to_fill(project, reporting_round, version, now) -> Report:
    """The report, locked, as it was opened on ``version``; a new one where none was begun."""
    allowed = window(reporting_round, project.lead_unit, now)
    if not allowed.open:
        raise RefusedError(allowed.why)
    if not version:
        # Two people who begin the same report wait here for each other: a row that does not
        # exist yet cannot be locked.
        Project.objects.select_for_update(no_key=True).only("pk").get(pk=project.pk)
    rows = Report.objects.select_for_update(no_key=True).filter(
        project=project, round=reporting_round
    )
    report = rows.order_by("pk").first()
    if report is None:
        if version:
            raise RefusedError("这份填报已不存在，请重新打开。")
        report = Report()
    elif report.version != version:
        raise ChangedError(report)
    # What the caller has at hand is not read again.
    report.project, report.round = project, reporting_round
    if report.state not in OPEN_TO_REPORTER:
        raise RefusedError(f"这份填报{report.get_state_display()}，要修改请先撤回。")
    return report


def _fill(report, data, unchanged, by) -> None:
    for name in WORDS:
        setattr(report, name, getattr(data, name))
    report.unchanged = unchanged
    report.version += 1
    report.updated_by = by
    report.full_clean(exclude=["project", "round", "updated_by"])


def _send(report, in_unit, by, now) -> None:
    in_unit = in_unit and not by.heads_unit
    report.state = Report.State.IN_UNIT if in_unit else Report.State.SUBMITTED
    report.first_submitted_at = report.first_submitted_at or now
    report.submitted_at = now


def _keep(report: Report, data: ReportData, read: Report | None) -> None:
    """Write the row, and of its parts what differs from what is there."""
    is_new = report.pk is None
    report.save()
    # Every save raises the version: what was read on the one before is still what is there.
    fresh = read is not None and (read.pk, read.version + 1) == (report.pk, report.version)
    there = read if fresh else report
    for rows, wanted, key in (
        (there.readings, _readings(report, data), lambda r: r.indicator_id),
        (there.marks, _marks(report, data), lambda m: m.milestone_id),
        (there.site_readings, _sites(report, data), lambda s: s.site_id),
        (there.place_readings, _places(report, data), lambda p: p.allocation_id),
    ):
        existing = rows.model.objects.none() if is_new else rows.all()
        # What one list printed for itself is gone once the unit reports for all of them.
        sync(existing, wanted, lambda r, key=key: _own(r) or key(r))
    if not is_new:
        ItemWording.objects.filter(report=report).delete()


def _own(row) -> tuple | None:
    """A key that nothing wanted has, for what only one list printed."""
    return ("item", row.pk) if getattr(row, "item_id", None) is not None else None


def _readings(report: Report, data: ReportData) -> dict:
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
    return readings


def _marks(report: Report, data: ReportData) -> dict:
    return {
        pk: {"report": report, "milestone_id": pk} | mark._asdict()
        for pk, mark in data.marks.items()
    }


def _sites(report: Report, data: ReportData) -> dict:
    return {
        pk: {"report": report, "site_id": pk} | site._asdict()
        for pk, site in data.sites.items()
        if site.stage or site.percent is not None
    }


def _places(report: Report, data: ReportData) -> dict:
    return {
        pk: {"report": report, "allocation_id": pk, "value": value}
        for pk, value in data.places.items()
        if value is not None
    }


@transaction.atomic
def submit_report(
    *, by, report: Report, version: int, note: str = "", now: datetime | None = None
) -> Report:
    """Send a saved report: to the unit's head where the county wants that, else to the office.

    The findings that must be mended are the caller's to check before (operations.checks);
    ``note`` says what the reporter has confirmed.

    Raises:
        ChangedError: the report has another version by now.
        RefusedError: the round is not open for the unit, or the report has been sent.
    """
    now = now or timezone.now()
    report = (
        Report.objects.select_for_update(of=("self",), no_key=True)
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
    _send(report, approval_in_unit(report), by, now)
    report.version += 1
    report.updated_by = by
    report.save()
    log_step(report, ReportEvent.Kind.SUBMITTED, by=by, at=now, note=note)
    refuse_if_closed_meanwhile(report.round)
    return report


def refuse_if_closed_meanwhile(reporting_round: Round, what: str = "提交") -> None:
    """Call it last when a report is sent: closing waits for the county's row, or we did.

    Args:
        reporting_round: as it was read before.
        what: was done with the report, in a word.

    Raises:
        RefusedError: the round's state is not the one by which sending was allowed.
    """
    same = Round.objects.filter(pk=reporting_round.pk, state=reporting_round.state)
    if not same.exists():
        raise RefusedError(f"本期刚刚截止，这份填报没有{what}成功；确需补报的，请联系县府办重开。")


def approval_in_unit(report: Report) -> bool:
    """Whether the county wants the unit's head to approve before the office sees it, and the
    unit has one."""
    rules = RuleSet.objects.in_force(report.project.county, report.round.as_of)
    wanted = rules is not None and rules.unit_approves
    return wanted and bool(with_head([report.project.lead_unit_id]))


# Steps on the way to the office; figures count for a judgement only once they are accepted.
_ON_THE_WAY = frozenset(
    {
        ReportEvent.Kind.SUBMITTED,
        ReportEvent.Kind.APPROVED_IN_UNIT,
        ReportEvent.Kind.RETURNED_IN_UNIT,
    }
)


def log_step(
    report: Report,
    kind: str,
    *,
    by,
    at: datetime,
    note: str = "",
    changes: Mapping[str, tuple] | None = None,
) -> ReportEvent:
    """Keep one step of a report: its course for the unit, a row of the audit trail, and a
    new version of the county's pages.

    ``changes`` are those of ``changes_since``, where the caller knows them.
    """
    event = ReportEvent.objects.create(report=report, kind=kind, by=by, at=at, note=note)
    _audit(event, by, changes_since(report) if changes is None else changes)
    county = Region.objects.filter(pk=report.project.county_id)
    county.touch(judged=kind not in _ON_THE_WAY)
    return event


def _audit(event: ReportEvent, by, changes) -> None:
    sample = event.report.round.sample_mark
    summary = f"{sample}{event.get_kind_display()}填报“{event.report}”"
    record(by=by, subject=event.report, summary=summary, changes=changes)


class Names(NamedTuple):
    """How what a report tells of is called, by key."""

    indicators: Mapping[int | None, str]
    milestones: Mapping[int, str]
    sites: Mapping[int, str]
    places: Mapping[int, str]


NO_NAMES = Names({}, {}, {}, {})
STAGES = dict(SiteReading.Stage.choices)


def changes_since(report: Report) -> dict[str, tuple]:
    """What the report says otherwise than before: than what had been accepted, while that is
    corrected; else than the latest accepted earlier round."""
    old, new = formerly(report), data_of(report)
    if old is None:
        last = latest_report(report.project, report.round)
        old = data_of(last) if last is not None else ReportData()
    return differences(old, new, _names(report.project, old, new))


def _names(project: Project, old: ReportData, new: ReportData) -> Names:
    """The names that ``differences`` needs; of parts that say the same none is read."""
    rows = (
        project.indicators.all(),
        Milestone.objects.filter(item__project=project, pk__in={*old.marks, *new.marks}),
        Site.objects.filter(item__project=project, pk__in={*old.sites, *new.sites}),
        Allocation.objects.filter(item__project=project, pk__in={*old.places, *new.places}),
    )
    same = (False, old.marks == new.marks, old.sites == new.sites, old.places == new.places)
    calls = (
        lambda indicator: indicator.name,
        lambda milestone: milestone_name(milestone.label, milestone.text),
        lambda site: site.name,
        lambda allocation: allocation.place,
    )
    return Names(
        *(
            {} if is_same else {row.pk: call(row) for row in of_kind.order_by("pk")}
            for of_kind, is_same, call in zip(rows, same, calls, strict=True)
        )
    )


def milestone_name(label: str, text: str) -> str:
    """How a milestone is called among changes and in lists of what is to be mended."""
    return f"节点“{label}：{text[:24]}”"


def differences(old: ReportData, new: ReportData, names: Names) -> dict[str, tuple]:
    """What two reports say otherwise: field → (old, new), only where they differ."""
    changes: dict[str, tuple] = {}
    for label, *pair in _pairs(old, new, names):
        # Two lists print the same milestone: it is told once. What is only called alike is not.
        own, number = label, 2
        while own in changes and changes[own] != tuple(pair):
            own, number = f"{label}（{number}）", number + 1
        if pair[0] != pair[1]:
            changes[own] = tuple(pair)
    return changes


def _pairs(old: ReportData, new: ReportData, names: Names) -> Iterable[tuple]:
    """(field, what the old report says, the new one) of everything that one of them tells."""
    for attribute, label in WORDS.items():
        yield label, getattr(old, attribute), getattr(new, attribute)
    for called, word, part, say in (
        (names.indicators, "：累计完成数", "values", None),
        (names.indicators, "：自报进度", "percents", None),
        (names.milestones, "", "marks", _mark_in_words),
        (names.sites, "：阶段", "sites", lambda site: STAGES.get(site.stage)),
        (names.sites, "：形象进度", "sites", lambda site: site.percent),
        (names.places, "：累计完成数", "places", None),
    ):
        before, after = getattr(old, part), getattr(new, part)
        for key in dict.fromkeys([*before, *after]):
            pair = (before.get(key), after.get(key))
            if say is not None:
                pair = tuple(None if said is None else say(said) for said in pair)
            yield f"{called.get(key, '整体')}{word}", *pair


def _mark_in_words(mark: Mark) -> str | None:
    if mark.met is None:
        return None
    day = f"（{cn_date(mark.met_on)}）" if mark.met_on else ""
    return f"已完成{day}" if mark.met else "未完成"


@transaction.atomic
def report_unchanged(
    *, by, projects: Iterable[Project], reporting_round: Round, now: datetime | None = None
) -> list[Report]:
    """Send last month's figures again for projects that nobody has begun this round: 无变化.

    Projects whose report has been begun are passed over.

    Raises:
        RefusedError: the round is not open for a unit.
    """
    now = now or timezone.now()
    projects = {project.pk: project for project in projects}
    # Two people who say it at once wait here for each other, and for whoever begins a report.
    lock_projects(projects)
    begun = set(
        reporting_round.reports.filter(project__in=projects).values_list("project", flat=True)
    )
    projects = [project for pk, project in projects.items() if pk not in begun]
    last = latest_reports(projects, reporting_round)
    rule_set = RuleSet.objects.in_force(reporting_round.county_id, reporting_round.as_of)
    in_unit = rule_set is not None and rule_set.unit_approves
    headed = with_head({project.lead_unit_id for project in projects}) if in_unit else set()
    reports, told = [], []
    for project in projects:
        allowed = window(reporting_round, project.lead_unit, now)
        if not allowed.open:
            raise RefusedError(allowed.why)
        report = Report(project=project, round=reporting_round)
        told.append(carried_over(last.get(project.pk), reporting_round))
        _fill(report, told[-1], True, by)
        _send(report, project.lead_unit_id in headed, by, now)
        reports.append(report)
    _create_all(reports, told)
    events = ReportEvent.objects.bulk_create(
        ReportEvent(report=report, kind=ReportEvent.Kind.SUBMITTED, by=by, at=now)
        for report in reports
    )
    for event, data in zip(events, told, strict=True):
        before = last.get(event.report.project_id)
        old = ReportData() if before is None else data_of(before)
        _audit(event, by, differences(old, data, NO_NAMES))
    if events:
        Region.objects.filter(pk=reporting_round.county_id).touch(judged=False)
        refuse_if_closed_meanwhile(reporting_round)
    return reports


def _create_all(reports: list[Report], told: list[ReportData]) -> None:
    """Write new reports with their parts: one query for each kind of row."""
    Report.objects.bulk_create(reports)
    for model, parts in (
        (Reading, _readings),
        (MilestoneMark, _marks),
        (SiteReading, _sites),
        (PlaceReading, _places),
    ):
        model.objects.bulk_create(
            model(**values)
            for report, data in zip(reports, told, strict=True)
            for values in parts(report, data).values()
        )


@transaction.atomic
def withdraw_report(*, by, report: Report, now: datetime | None = None) -> Report:
    """Take a sent report back before anyone has accepted it, to change it.

    Raises:
        RefusedError: it has been accepted, was never sent, or could not be sent again.
    """
    now = now or timezone.now()
    report = (
        Report.objects.select_for_update(of=("self",), no_key=True)
        .select_related("round", "project__lead_unit")
        .get(pk=report.pk)
    )
    allowed = window(report.round, report.project.lead_unit, now)
    if not allowed.open:
        raise RefusedError(allowed.why)
    if report.state == Report.State.DRAFT:
        raise RefusedError("这份填报已经是草稿，可以直接修改。")
    if report.state not in (Report.State.SUBMITTED, Report.State.IN_UNIT):
        raise RefusedError(f"这份填报{report.get_state_display()}，不能撤回。")
    report.state = Report.State.DRAFT
    report.version += 1
    report.updated_by = by
    report.save()
    log_step(report, ReportEvent.Kind.WITHDRAWN, by=by, at=now)
    refuse_if_closed_meanwhile(report.round, "撤回")
    return report
