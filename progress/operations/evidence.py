"""佐证材料: adding and removing the files of a report. The only writer of them."""

from datetime import datetime

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from livelihood.organisation.models import LogEntry
from livelihood.organisation.operations.audit import record
from progress.models import Evidence, Report
from progress.operations.reporting import OPEN_TO_REPORTER, RefusedError
from progress.operations.windows import window

MAX_FILES = 20
NAME_LIMIT = 120


@transaction.atomic
def add_evidence(
    *, by, report: Report, file: File, caption: str, now: datetime | None = None
) -> Evidence:
    """Keep a file that has been checked (parts.evidence_form) with a report.

    Raises:
        RefusedError: the report cannot be changed now, or has its 20 files.
    """
    report = _changeable(report, now)
    if report.evidence.count() >= MAX_FILES:
        raise RefusedError(f"每份填报最多{MAX_FILES}个附件，请先删除不需要的。")
    evidence = Evidence.objects.create(
        report=report,
        file=file,
        name=file.name[-NAME_LIMIT:],
        caption=caption,
        size=file.size,
        uploaded_by=by,
    )
    record(
        by=by,
        subject=evidence,
        summary=f"上传佐证材料“{evidence.name}”（{caption}），{report}",
        action=LogEntry.Action.CREATE,
    )
    return evidence


@transaction.atomic
def remove_evidence(*, by, evidence: Evidence, now: datetime | None = None) -> None:
    """Remove a file from a report that has not been sent.

    Raises:
        RefusedError: the report cannot be changed now.
    """
    report = _changeable(evidence.report, now)
    record(
        by=by,
        subject=evidence,
        summary=f"删除佐证材料“{evidence.name}”（{evidence.caption}），{report}",
        action=LogEntry.Action.DELETE,
    )
    stored = evidence.file
    evidence.delete()
    # Should the transaction fail, the row that names the file is still there.
    transaction.on_commit(lambda: stored.storage.delete(stored.name))


def _changeable(report: Report, now: datetime | None) -> Report:
    report = (
        Report.objects.select_for_update(of=("self",), no_key=True)
        .select_related("round", "project__lead_unit")
        .get(pk=report.pk)
    )
    allowed = window(report.round, report.project.lead_unit, now or timezone.now())
    if not allowed.open:
        raise RefusedError(allowed.why)
    if report.state not in OPEN_TO_REPORTER:
        raise RefusedError(f"这份填报{report.get_state_display()}，不能增减佐证材料。")
    return report
