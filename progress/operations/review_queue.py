"""The reviewer's queue of a round: the unusual first, each with what is unusual in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from livelihood.organisation.models import Unit
from progress.models import Evidence, Report, ReportEvent, Round
from progress.operations.reporting_board import days_after
from progress.operations.sheets import DraftVerdict, Sheet, read_sheets
from progress.rules.findings import Finding, Kind, falling_figures, find, jumping_figures
from progress.rules.judgement import short_reason
from progress.rules.unusual import FigureChange, Mark, Unusual, rank, unusual
from projects.models import Indicator

CLEAN = "clean"


@dataclass(frozen=True)
class QueueRow:
    """One report with what a reviewer needs to decide on it.

    ``sheet`` is the project in the round, with last round's report; ``verdicts`` are its
    items as they would be judged with this one.
    """

    report: Report
    sheet: Sheet
    figures: list[FigureChange]
    verdicts: list[DraftVerdict]
    marks: list[Mark]
    late_days: int
    sent_by: str

    @property
    def clean(self) -> bool:
        """Whether nothing about what it says is unusual; that it came late is no figure."""
        return self.kinds <= {Unusual.LATE}

    @property
    def value(self) -> str:
        """How a form names the report and the version that was seen."""
        return f"{self.report.pk}:{self.report.version}"

    @property
    def kinds(self) -> set[Unusual]:
        """The kinds of what is unusual."""
        return {mark.kind for mark in self.marks}


@dataclass(frozen=True)
class Queue:
    """The reports of a round in one state, the unusual first; ``counts`` are all by state."""

    round: Round
    rows: list[QueueRow]
    counts: Mapping[str, int]

    @cached_property
    def units(self) -> list[tuple[Unit, int]]:
        """The units that have a report here, in their order, with how many."""
        units = Counter(row.report.project.lead_unit for row in self.rows)
        return sorted(units.items(), key=lambda pair: (pair[0].order, pair[0].pk))

    @cached_property
    def kinds(self) -> Counter:
        """How many reports have each kind of the unusual."""
        return Counter(kind for row in self.rows for kind in row.kinds)

    def narrowed(self, unit: str = "", kind: str = "") -> list[QueueRow]:
        """The rows of one unit (by its key) and one kind (``CLEAN``: nothing unusual)."""
        rows = self.rows
        if unit:
            rows = [r for r in rows if str(r.report.project.lead_unit_id) == unit]
        if kind:
            rows = [r for r in rows if (r.clean if kind == CLEAN else kind in r.kinds)]
        return rows


def following(rows: Sequence[QueueRow], project: int) -> int | None:
    """The project after ``project`` in the queue, from the top again after the last."""
    projects = [row.report.project_id for row in rows]
    at = projects.index(project) if project in projects else -1
    others = [p for p in projects[at + 1 :] + projects[: at + 1] if p != project]
    return others[0] if others else None


def read_queue(user, reporting_round: Round, state: str, *, now: datetime) -> Queue:
    """The reports of a round in ``state`` that exist for ``user``, the unusual first.

    A fixed number of queries, whatever the number of reports.

    Args:
        user: the reviewer.
        reporting_round: with its county.
        state: SUBMITTED is what waits for the office, IN_UNIT what waits for a unit's head.
        now: the moment.
    """
    visible = Report.objects.visible_to(user).filter(round=reporting_round)
    counts = Counter(visible.values_list("state", flat=True))
    rows = read_rows(reporting_round, with_people(visible.filter(state=state)), now=now)
    rows.sort(key=lambda r: (rank(r.marks), r.report.project.lead_unit.order, r.report.pk))
    return Queue(reporting_round, rows, counts)


def with_people(reports):
    """Reports (a QuerySet) with what the pages of the review name of them."""
    return reports.select_related("project__lead_unit", "project__county", "updated_by")


def read_rows(reporting_round: Round, reports, *, now: datetime) -> list[QueueRow]:
    """Reports of one round as rows of the queue, in no particular order."""
    reports = {report.project_id: report for report in reports}
    sheets = read_sheets((r.project for r in reports.values()), reporting_round, now=now)
    sent = ReportEvent.objects.filter(
        report__in=reports.values(), kind=ReportEvent.Kind.SUBMITTED
    ).order_by("at", "pk")
    senders = dict(sent.values_list("report_id", "by__name"))
    return [_row(reports[sheet.project.pk], sheet, senders) for sheet in sheets]


def _row(report: Report, sheet: Sheet, senders: Mapping[int, str]) -> QueueRow:
    figures, verdicts = _changes(sheet), sheet.verdicts(sheet.data)
    late = days_after(sheet.window.due, report.first_submitted_at) or 0
    behind = [_behind(v) for v in verdicts if v.standing.is_behind]
    due = sheet.promise is not None and sheet.promise <= sheet.round.as_of
    marks = unusual(
        figures=figures,
        behind=behind,
        broken_promise=sheet.promise if due and behind else None,
        completed=report.declares_completion,
        problems=report.problems,
        late_days=late,
    )
    return QueueRow(report, sheet, figures, verdicts, marks, late, senders.get(report.pk, ""))


def _changes(sheet: Sheet) -> list[FigureChange]:
    changes = [
        FigureChange(
            figure.name,
            figure.unit,
            figure.last_value,
            figure.value,
            figure.last_actual,
            figure.actual,
            may_fall=figure.kind == Indicator.Kind.RATE,
        )
        for figure in sheet.told(sheet.data).figures
    ]
    known = [change for change in changes if not (change.is_new and change.same)]
    # A figure that is the only one needs no name beside the project's.
    return [known[0]._replace(name="")] if len(known) == 1 else known


def _behind(verdict: DraftVerdict) -> str:
    """Why an item would be behind: the schedule alone, not its problems or the city."""
    standing = verdict.standing
    alone = replace(standing, facts=replace(standing.facts, problems=""), below_city_average=None)
    return f"{verdict.state.name}{standing.label}：{short_reason(alone)}"


@dataclass(frozen=True)
class ReportDetail:
    """One report as its reviewer reads it; ``events`` are all its steps, the latest first.

    ``findings`` are what the checks say beyond the marks of the queue.
    """

    row: QueueRow
    findings: list[Finding]
    evidence: list[Evidence]
    events: list[ReportEvent]

    @property
    def questions(self) -> list[Finding]:
        """Findings that call for an answer."""
        return [f for f in self.findings if f.kind is not Kind.HINT]

    @property
    def hints(self) -> list[Finding]:
        """Findings for information."""
        return [f for f in self.findings if f.kind is Kind.HINT]

    @property
    def returned(self) -> ReportEvent | None:
        """The latest step with comments: what was asked for, to be compared with the answer."""
        return next((e for e in self.events if e.comments.all()), None)


def read_detail(
    reporting_round: Round, report: Report, *, in_unit: bool, now: datetime
) -> ReportDetail:
    """Everything of one report, with a fixed number of queries.

    Args:
        reporting_round: the report's, with its county.
        report: from ``with_people``.
        in_unit: whether the reader is of the unit; what its head sent back to its own
            reporter is nobody else's business.
        now: the moment.
    """
    row = read_rows(reporting_round, [report], now=now)[0]
    steps = report.events.select_related("by").prefetch_related("comments")
    if not in_unit:
        steps = steps.exclude(kind=ReportEvent.Kind.RETURNED_IN_UNIT)
    return ReportDetail(
        row=row,
        findings=_findings(row.sheet),
        evidence=list(report.evidence.select_related("uploaded_by")),
        events=list(steps.order_by("-at", "-pk")),
    )


def _findings(sheet: Sheet) -> list[Finding]:
    told = sheet.told(sheet.data)
    # These stand among the marks already.
    said = {*falling_figures(told), *jumping_figures(told)}
    return [finding for finding in find(told) if finding not in said]
