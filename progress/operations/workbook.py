"""Reporting by workbook: what is downloaded, what an uploaded one would change, doing it.

Nothing is taken over without having been shown: an upload waits as a WorkbookUpload until
its preview is confirmed, and a report that somebody else has changed is left untouched.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from livelihood.organisation.models import Unit
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import cn_date, cn_datetime
from progress.documents.report_workbook import LAYOUTS, Book, Head, report_workbook
from progress.documents.report_workbook_reading import (
    Fault,
    ReadBook,
    ReadCell,
    ReadRow,
    read_report_workbook,
)
from progress.models import Report, Round, WorkbookUpload
from progress.operations.checks import UnansweredError, findings_of, send_report
from progress.operations.reporting import (
    ChangedError,
    RefusedError,
    ReportData,
    save_report,
)
from progress.operations.sheets import Sheet, projects_of, read_sheets
from progress.operations.workbook_rows import FLAG, STAGES, Line, in_words, lines_of
from progress.rules.findings import Finding, unanswered
from projects.documents.archives import UnreadableError
from projects.models import Project

# -- Download ------------------------------------------------------------------------


def unit_sheets(user, unit: Unit, reporting_round: Round, *, now: datetime) -> list[Sheet]:
    """The projects of ``unit`` in a round, as far as they exist for ``user``.

    To others than the unit its drafts do not exist: they see what the round begins with.
    """
    projects = projects_of(unit, reporting_round.county, reporting_round.as_of.year)
    sheets = read_sheets(projects.select_related("lead_unit"), reporting_round, now=now)
    if user.unit_id == unit.pk:
        return sheets
    visible = set(
        Report.objects.visible_to(user).filter(round=reporting_round).values_list("pk", flat=True)
    )
    return [
        sheet if sheet.report is None or sheet.report.pk in visible else replace(sheet, report=None)
        for sheet in sheets
    ]


def unit_workbook(user, unit: Unit, reporting_round: Round, *, now: datetime) -> bytes | None:
    """The workbook of a unit in a round as an .xlsx file; None if the unit leads nothing."""
    sheets = unit_sheets(user, unit, reporting_round, now=now)
    if not sheets:
        return None
    rows = defaultdict(list)
    for line in lines_of(sheets):
        rows[line.layout.prefix].append(line.book_row())
    notes = []
    if reporting_round.simulated:
        notes.append("演示数据")
    if sheets[0].county.has_sample_comparisons:
        notes.append("全市平均为示例数据，仅供演示")
    county = reporting_round.county
    return report_workbook(
        Book(
            title=f"{county.name}{reporting_round.as_of.year}年民生实事进展填报表（{unit.name}）",
            facts=_facts(unit, reporting_round, sheets, now),
            notes=notes,
            head=Head(
                county=county.code,
                round=reporting_round.as_of,
                unit=unit.pk,
                round_name=str(reporting_round),
                unit_name=unit.name,
                versions={sheet.project.pk: sheet.version for sheet in sheets},
            ),
            rows=rows,
            stages=tuple(STAGES),
        )
    )


def _facts(unit, reporting_round, sheets: Sequence[Sheet], now) -> list[tuple[str, str]]:
    window = sheets[0].window
    due = cn_datetime(timezone.localtime(window.due)) if window.due else "未设期限"
    facts = [
        ("期次", f"截至{cn_date(reporting_round.as_of)}"),
        ("牵头单位", unit.name),
        ("事项", f"{len(sheets)}个"),
        ("填报期限", due),
        ("下载时间", cn_datetime(timezone.localtime(now))),
    ]
    if not window.open:
        facts.append(("现在不能填报", window.why))
    return facts


# -- Upload --------------------------------------------------------------------------


def keep_upload(*, by, reporting_round: Round, name: str, content: bytes) -> WorkbookUpload:
    """Keep an uploaded workbook until it is confirmed; an earlier one gives way to it.

    Raises:
        UnreadableError: it is not the workbook of this round and unit.
    """
    # Before the transaction: reading takes a while, and nobody should wait for it.
    read_for(by.unit, reporting_round, content, name)
    with transaction.atomic():
        WorkbookUpload.objects.stale().delete()
        WorkbookUpload.objects.filter(user=by, round=reporting_round).delete()
        return WorkbookUpload.objects.create(
            user=by, round=reporting_round, name=name[-200:], content=content
        )


def kept_upload(user, reporting_round: Round) -> WorkbookUpload | None:
    """What ``user`` has uploaded for the round and not yet confirmed."""
    return WorkbookUpload.objects.fresh().filter(user=user, round=reporting_round).first()


@transaction.atomic
def discard_upload(*, by, reporting_round: Round) -> None:
    """Forget what ``by`` has uploaded for the round."""
    WorkbookUpload.objects.filter(user=by, round=reporting_round).delete()


def read_for(unit: Unit, reporting_round: Round, content: bytes, name: str) -> ReadBook:
    """What a workbook says, if it is that of the round and the unit.

    Raises:
        UnreadableError: it is another's, another round's, or no workbook of ours.
    """
    book = read_report_workbook(BytesIO(content), name, STAGES)
    head = book.head
    county = reporting_round.county
    if head.unit != unit.pk:
        raise UnreadableError(
            f"“{name}”是{head.unit_name}的填报表，您填报的是{unit.name}的事项。"
            f"请上传{unit.name}的填报表。"
        )
    if head.county != county.code or head.round != reporting_round.as_of:
        raise UnreadableError(
            f"“{name}”是{head.round_name}的填报表，这里填报的是{reporting_round}的期次。"
            "请上传本期的填报表，或到那一期的页面上传。"
        )
    return book


# -- Preview -------------------------------------------------------------------------


# Where 否 says no more than an empty cell.
YES_OR_NOTHING = frozenset({FLAG, "declares_completion"})


class Change(NamedTuple):
    """One entry that differs: where, what, and old and new in words ("" for nothing)."""

    place: str
    what: str
    old: str
    new: str


@dataclass
class ProjectChanges:
    """What the workbook would change in one project's report."""

    sheet: Sheet
    data: ReportData
    unchanged: bool
    changes: list[Change] = field(default_factory=list)
    faulty: bool = False
    conflict: str = ""

    @property
    def to_save(self) -> bool:
        """Whether there is something to save, and nothing against it."""
        return bool(self.changes) and not self.conflict

    @cached_property
    def findings(self) -> list[Finding]:
        """What is found in the report as it would be saved."""
        return findings_of(self.sheet, self.data)

    @property
    def ready(self) -> bool:
        """Whether it could be sent as it would be saved."""
        return self.to_save and not self.faulty and not unanswered(self.findings)


@dataclass
class Preview:
    """What a workbook would do; ``same`` and ``blank`` count rows without a change."""

    projects: list[ProjectChanges]
    faults: list[Fault]
    rows: int
    same: int
    blank: int
    untouched: int  # projects without any change, neither sent nor begun
    missing: int  # rows of the unit that the workbook does not have any more

    @property
    def to_save(self) -> list[ProjectChanges]:
        """The projects that would be saved."""
        return [project for project in self.projects if project.to_save]

    @property
    def ready(self) -> list[ProjectChanges]:
        """Those of them that could be sent at once."""
        return [project for project in self.to_save if project.ready]

    @property
    def conflicts(self) -> list[ProjectChanges]:
        """The projects that are left untouched because somebody else was there."""
        return [project for project in self.projects if project.conflict]

    @property
    def changes(self) -> int:
        """How many entries would be changed."""
        return sum(len(project.changes) for project in self.to_save)


def preview(user, reporting_round: Round, upload: WorkbookUpload, *, now: datetime) -> Preview:
    """What confirming ``upload`` would do as things stand now.

    Raises:
        UnreadableError: the unit of the person has changed since the upload.
    """
    content = bytes(upload.content)
    book = read_for(user.unit, reporting_round, content, upload.name)
    sheets = unit_sheets(user, user.unit, reporting_round, now=now)
    return _Comparison(user, sheets, book).preview()


class _Comparison:
    """Compares a workbook with what is told now, row by row."""

    def __init__(self, user, sheets: Sequence[Sheet], book: ReadBook):
        self.user, self.book = user, book
        self.lines = {line.key: line for line in lines_of(sheets)}
        self.faults = list(book.faults)
        self.sheets = sheets
        self.projects = {
            sheet.project.pk: ProjectChanges(
                sheet, sheet.data, bool(sheet.report and sheet.report.unchanged)
            )
            for sheet in sheets
        }
        self.flags: dict[int, ReadRow] = {}
        self.same = self.blank = 0

    def preview(self) -> Preview:
        for row in self.book.rows:
            self._compare(row)
        for pk, row in self.flags.items():
            self._check_unchanged(self.projects[pk], row)
        touched = [p for p in self.projects.values() if p.changes]
        for project in touched:
            project.conflict = self._conflict(project.sheet)
        order = {layout.title: position for position, layout in enumerate(LAYOUTS)}
        self.faults.sort(key=lambda f: (order.get(f.sheet, len(order)), f.sheet, f.row, f.column))
        return Preview(
            projects=touched,
            faults=self.faults,
            rows=len(self.book.rows),
            same=self.same,
            blank=self.blank,
            untouched=sum(
                not p.changes and not p.sheet.begun and not p.faulty for p in self.projects.values()
            ),
            missing=len(self.lines.keys() - {row.key for row in self.book.rows}),
        )

    def _compare(self, row: ReadRow) -> None:
        line = self.lines.get(row.key)
        if line is None:
            self.faults.append(
                Fault(
                    row.sheet,
                    row.number,
                    "B",
                    "",
                    "",
                    "这一行不在本单位现在的填报表里",
                    "可能清单已调整，请重新下载填报表",
                )
            )
            return
        project = self.projects[line.sheet.project.pk]
        faults = [*_misplaced(line, row), *_contradicting(line, row)]
        self.faults += faults
        if row.faulty or faults:
            # A row counts as a whole or not at all.
            project.faulty = True
            return
        entries = {name: cell for name, cell in row.cells.items() if name in line.told}
        if all(_is_nothing(name, cell.value) for name, cell in entries.items()):
            told = any(not _is_nothing(name, value) for name, value in line.told.items())
            self.blank += told
            self.same += not told
            return
        before = len(project.changes)
        self._take(project, line, row, entries)
        self.same += len(project.changes) == before

    def _take(
        self, project: ProjectChanges, line: Line, row: ReadRow, entries: Mapping[str, ReadCell]
    ) -> None:
        kinds = {column.name: column for column in line.layout.inputs}
        for name, cell in entries.items():
            old, new = line.told[name], cell.value
            if name in YES_OR_NOTHING:
                old, new = bool(old), bool(new)
            if name == FLAG and new:
                self.flags[project.sheet.project.pk] = row
            if new == old or (_is_nothing(name, new) and _is_nothing(name, old)):
                continue
            kind, heading = kinds[name].kind, kinds[name].heading
            about = f"{line.about}：" if name in ("value", "percent") or not _is_head(line) else ""
            project.changes.append(
                Change(
                    f"{row.sheet} {cell.column}{row.number}",
                    f"{about}{heading}",
                    in_words(kind, old),
                    in_words(kind, new),
                )
            )
            if name == FLAG:
                project.unchanged = new
            else:
                project.data = line.put(project.data, name, new)

    def _check_unchanged(self, project: ProjectChanges, row: ReadRow) -> None:
        """无变化 says that the report repeats the last one; then it must."""
        sheet = project.sheet
        problem = ""
        if sheet.last is None:
            problem, remedy = "上期没有填报，不能选“无变化”", "清空这一格，填写本期的进展"
        elif _told(project.data) != _told(sheet.carried):
            problem, remedy = (
                "选了“无变化”，内容却与上期不同",
                "有变化的，清空这一格；没有变化的，把内容改回上期的",
            )
        if problem:
            self.faults.append(row.fault(FLAG, problem, remedy, "是"))
            project.changes.clear()
            project.faulty = True

    def _conflict(self, sheet: Sheet) -> str:
        report = sheet.report
        had = self.book.head.versions.get(sheet.project.pk, 0)
        if report is None:
            return "" if had == 0 else "这份填报已不存在，请重新下载填报表。"
        if not sheet.editable:
            withdraw = "要修改请先撤回。" if sheet.can_withdraw else "不能再修改。"
            return f"这份填报{report.get_state_display()}，{withdraw}"
        if report.version != had and report.updated_by_id != self.user.pk:
            when = cn_datetime(timezone.localtime(report.updated_at))
            return (
                f"下载填报表以后，{report.updated_by or '他人'}于{when}改动过这份填报。"
                "请重新下载后再填，或在网页上填写。"
            )
        return ""


def _is_nothing(name: str, value: object) -> bool:
    """Whether an entry says nothing; a zero and a 否 to a milestone say something."""
    return value is None or value == "" or (value is False and name in YES_OR_NOTHING)


def _is_head(line: Line) -> bool:
    return FLAG in line.told


def _misplaced(line: Line, row: ReadRow) -> Iterable[Fault]:
    """Entries in cells that take none in this row."""
    for name, cell in row.cells.items():
        if name in line.told or _is_nothing(name, cell.value):
            continue
        if name == "value":
            problem, remedy = "这一行没有可填的数量", "在“形象进度%”列填百分比"
        else:
            problem, remedy = "每个事项只在第一行填写这一列", "移到这个事项的第一行"
        yield row.fault(name, problem, remedy, cell.value)


def _contradicting(line: Line, row: ReadRow) -> Iterable[Fault]:
    """A day on which a milestone was met, of one that is not told to be met."""
    met, met_on = row.cells.get("met"), row.cells.get("met_on")
    if met is None or met_on is None or met_on.value is None or met.value is True:
        return
    if (met.value, met_on.value) != (line.told["met"], line.told["met_on"]):
        yield row.fault(
            "met_on",
            "填了完成日期，“已完成”却不是“是”",
            "已完成的选“是”；没有完成的清空日期",
            met_on.value,
        )


def _told(data: ReportData) -> ReportData:
    """What a report tells, without what it leaves open, so that two can be compared."""
    words = {
        name: "\n".join(getattr(data, name).split())
        for name in ("narrative", "problems", "help_needed", "cause")
    }
    return replace(
        data,
        **words,
        values={k: v for k, v in data.values.items() if v is not None},
        percents={k: v for k, v in data.percents.items() if v is not None},
        marks={k: (m.met, m.met_on) for k, m in data.marks.items() if m.met is not None},
        sites={k: s for k, s in data.sites.items() if s.stage or s.percent is not None},
        places={k: v for k, v in data.places.items() if v is not None},
    )


# -- Confirming ----------------------------------------------------------------------


@dataclass
class Outcome:
    """What became of the projects of a confirmed workbook; held and refused say why."""

    saved: list[Project] = field(default_factory=list)
    sent: list[Project] = field(default_factory=list)
    held: list[tuple[Project, str]] = field(default_factory=list)
    refused: list[tuple[Project, str]] = field(default_factory=list)


def apply_upload(
    *,
    by,
    reporting_round: Round,
    upload: WorkbookUpload,
    seen: Mapping[int, int],
    send: bool,
    now: datetime | None = None,
) -> Outcome:
    """Save what the preview showed as drafts; send those that are ready, where wanted.

    Args:
        by: the reporter who uploaded it.
        reporting_round: for which round.
        upload: the workbook, kept since the preview.
        seen: the version of each report on which the preview was shown.
        send: whether those without open questions are sent.
        now: the moment, for the reporting window.

    Returns:
        What was saved, sent, held back as a draft, and left untouched.
    """
    now = now or timezone.now()
    # Read before the transaction: what has changed until then is told by its version.
    shown = preview(by, reporting_round, upload, now=now)
    outcome = Outcome()
    for project in shown.projects:
        _apply(outcome, project, seen, by, send, now)
    with transaction.atomic():
        if not shown.faults:
            # With faults it stays a while longer, to be downloaded with its marks.
            WorkbookUpload.objects.filter(pk=upload.pk).delete()
        _record(outcome, by, reporting_round, upload.name)
    return outcome


# Each project for itself, as on the page: sending locks the county, and after that no other
# report may be locked (operations.locks).
@transaction.atomic
def _apply(outcome: Outcome, project: ProjectChanges, seen, by, send: bool, now) -> None:
    sheet = project.sheet
    if project.conflict:
        outcome.refused.append((sheet.project, project.conflict))
        return
    changed = "预览以后这份填报又有改动，没有保存，请再核对。"
    if sheet.project.pk not in seen:
        # What was not shown is not saved.
        outcome.refused.append((sheet.project, changed))
        return
    try:
        report = save_report(
            by=by,
            project=sheet.project,
            reporting_round=sheet.round,
            data=project.data,
            version=seen[sheet.project.pk],
            unchanged=project.unchanged,
            now=now,
        )
    except ChangedError:
        outcome.refused.append((sheet.project, changed))
        return
    except RefusedError as refused:
        outcome.refused.append((sheet.project, str(refused)))
        return
    outcome.saved.append(sheet.project)
    if send:
        _send(outcome, project, report, by, now)


def _send(outcome: Outcome, project: ProjectChanges, report: Report, by, now) -> None:
    subject = project.sheet.project
    if project.faulty:
        outcome.held.append((subject, "填报表中这个事项还有错误。"))
        return
    try:
        send_report(by=by, report=report, version=report.version, now=now)
    except UnansweredError as unready:
        first = unanswered(unready.findings)[0]
        outcome.held.append((subject, f"{first.label}：{first.message}"))
    except (ChangedError, RefusedError) as refused:
        outcome.held.append((subject, str(refused)))
    else:
        outcome.sent.append(subject)


def _record(outcome: Outcome, by, reporting_round: Round, name: str) -> None:
    if outcome.saved:
        sent = f"，提交{len(outcome.sent)}份" if outcome.sent else ""
        record(
            by=by,
            subject=reporting_round,
            summary=f"用填报表“{name}”保存{len(outcome.saved)}份填报{sent}（{reporting_round}）",
        )
