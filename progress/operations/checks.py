"""What is found in a report before it is sent, and the sending itself."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from progress.models import Report
from progress.operations.reporting import RefusedError, ReportData, submit_report
from progress.operations.sheets import Sheet, read_sheet
from progress.rules.findings import Finding, Kind, find, unanswered


class UnansweredError(RefusedError):
    """Findings keep the report from being sent; ``findings`` are all of them."""

    def __init__(self, findings: list[Finding]):
        super().__init__("有问题需要先处理，没有提交。")
        self.findings = findings


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
        raise UnansweredError(found)
    answered = [f.message for f in found if f.kind is Kind.CONFIRM]
    note = f"填报人已确认：{''.join(answered)}" if answered else ""
    return submit_report(by=by, report=report, version=version, note=note, now=now)
