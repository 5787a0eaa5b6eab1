"""What is found in a report before it is sent, and the sending itself."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from progress.models import Report
from progress.operations.reporting import (
    Names,
    RefusedError,
    ReportData,
    Sending,
    differences,
    formerly,
    milestone_name,
    save_and_submit,
    save_report,
    submit_report,
)
from progress.operations.sheets import Sheet, read_sheet
from progress.rules.findings import Finding, Kind, find, unanswered


class UnansweredError(RefusedError):
    """Findings keep the report from being sent; ``findings`` are all of them.

    ``report`` is the row as it is now: what was told has been kept.
    """

    def __init__(self, findings: list[Finding], report: Report):
        super().__init__("有问题需要先处理，没有提交。")
        self.findings = findings
        self.report = report


def findings_of(sheet: Sheet, data: ReportData | None = None) -> list[Finding]:
    """What is found in ``data``, or in what the sheet tells so far."""
    return find(sheet.told(sheet.data if data is None else data))


def ready_unchanged(sheet: Sheet) -> bool:
    """Whether 无变化 can be said in one click: something is there to repeat, nobody has begun,
    and last month's figures raise no question this month."""
    return (
        sheet.editable
        and not sheet.begun
        and sheet.last is not None
        and not unanswered(findings_of(sheet, sheet.carried))
    )


def send_told(
    *,
    by,
    sheet: Sheet,
    data: ReportData,
    version: int,
    confirmed: Collection[str] = (),
    unchanged: bool = False,
    now: datetime | None = None,
) -> Report:
    """Save what was told in a form, and send it if nothing found in it stands against that.

    All that needs no lock is read and judged before the transaction begins.

    Args:
        by: the reporter.
        sheet: the project as it was read for the form.
        data: what the form tells.
        version: the version on which the page was opened.
        confirmed: the keys of the findings that the reporter has confirmed.
        unchanged: whether the reporter said 无变化.
        now: the moment.

    Raises:
        UnansweredError: something must be mended, confirmed or explained first; what was told
            is kept as a draft.
        ChangedError, RefusedError: see ``save_report``; nothing is kept.
    """
    told = {
        "by": by,
        "project": sheet.project,
        "reporting_round": sheet.round,
        "data": data,
        "version": version,
        "unchanged": unchanged,
        "read": sheet.report,
        "now": now,
    }
    found = findings_of(sheet, data)
    if unanswered(found, confirmed):
        raise UnansweredError(found, save_report(**told))
    rules = sheet.county.rule_set
    old = formerly(sheet.report) if sheet.report else None
    sending = Sending(
        in_unit=rules is not None and rules.unit_approves,
        note=_note(found),
        changes=differences(sheet.last_data if old is None else old, data, _names(sheet)),
    )
    return save_and_submit(**told, sending=sending)


def _names(sheet: Sheet) -> Names:
    """How what a report tells of is called; read with the sheet, and so without a query."""
    milestones, places = {}, {}
    for m in sheet.milestones:
        milestones |= dict.fromkeys(m.keys, milestone_name(m.label, m.text))
    for table in sheet.place_tables:
        for place in table.places:
            places |= dict.fromkeys(place.keys, place.place)
    return Names(
        indicators={row.key: row.name for row in sheet.figures},
        milestones=milestones,
        sites={key: site.name for site in sheet.sites for key in site.keys},
        places=places,
    )


@transaction.atomic
def send_report(
    *,
    by,
    report: Report,
    version: int,
    confirmed: Collection[str] = (),
    now: datetime | None = None,
) -> Report:
    """Send a saved report if nothing found in it stands against that.

    Args:
        by: the reporter.
        report: with its project's unit and its round's county.
        version: the version on which the page was opened.
        confirmed: the keys of the findings that the reporter has confirmed.
        now: the moment.

    Raises:
        UnansweredError: something must be mended, confirmed or explained first.
        ChangedError, RefusedError: see ``submit_report``.
    """
    now = now or timezone.now()
    sheet = read_sheet(report.project, report.round, now=now)
    found = findings_of(sheet)
    if unanswered(found, confirmed):
        raise UnansweredError(found, report)
    return submit_report(by=by, report=report, version=version, note=_note(found), now=now)


def _note(found: list[Finding]) -> str:
    """What the reporter has confirmed, for the report's course."""
    answered = [f.message for f in found if f.kind is Kind.CONFIRM]
    return f"填报人已确认：{''.join(answered)}" if answered else ""
