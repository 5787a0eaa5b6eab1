"""Files that a page hands out: all of them go through ``download``, which notes that they did."""

from collections.abc import Sequence
from typing import BinaryIO

from django.http import FileResponse, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from livelihood.organisation.documents.table_xlsx import table_workbook
from livelihood.organisation.documents.tables import Table, marks_of
from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record_export

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}
ANYTHING = "application/octet-stream"
# Nothing is shown in the page's own name, nor kept by what lies between.
PRIVATE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}


def download(
    request, region: Region | None, content: bytes | BinaryIO, name: str, *, summary: str = ""
):
    """Hand a file out under a Chinese name, and note in the audit trail that it went out.

    Args:
        request: whose it is.
        region: whose data they are; None: those of all regions.
        content: the file; an open one is sent piece by piece, and closed.
        name: with its ending.
        summary: what the trail says, one Chinese sentence; empty: that ``name`` was taken.
    """
    record_export(by=request.user, region=region, summary=summary or f"下载“{name}”。")
    kind = TYPES.get(name.rpartition(".")[2].lower(), ANYTHING)
    if isinstance(content, bytes):
        named = {"Content-Disposition": content_disposition_header(True, name)}
        return HttpResponse(content, content_type=kind, headers=PRIVATE | named)
    return FileResponse(
        content, as_attachment=True, filename=name, content_type=kind, headers=PRIVATE
    )


def excel_download(
    request, region: Region | None, tables: Sequence[Table], name: str, *, summary: str = ""
):
    """Hand tables out as an Excel file, like ``download``; ``name`` is without its ending."""
    content = table_workbook(
        tables,
        title=name,
        made_on=timezone.localdate(),
        author=region.name if region else "",
        marks=marks_of(note for table in tables for note in table.notes),
    )
    return download(request, region, content, f"{name}.xlsx", summary=summary)
