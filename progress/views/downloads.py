"""Files that a page hands out: all of them go through ``download``."""

from collections.abc import Sequence
from typing import BinaryIO
from urllib.parse import quote

from django.http import FileResponse, HttpResponse

from livelihood.organisation.operations.audit import record_export
from progress.documents.table_xlsx import table_workbook
from progress.documents.tables import Table
from progress.views.common import Place
from progress.views.items import XLSX
from progress.views.slips import DOCX

ZIP = "application/zip"
TYPES = {"xlsx": XLSX, "docx": DOCX, "zip": ZIP}
PRIVATE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
# What a sheet's printed pages say on top where some of its figures are made up.
MARKS = ("演示数据", "示例数据")


def download(request, place: Place, content: bytes | BinaryIO, name: str):
    """Hand a file out under a Chinese name, and note in the audit trail that it went out.

    Args:
        request: whose it is.
        place: the county and year it is of.
        content: the file; an open one is sent piece by piece, and closed.
        name: with its ending: .xlsx, .docx or .zip.
    """
    record_export(by=request.user, region=place.county, summary=f"下载“{name}”。")
    kind = TYPES[name.rpartition(".")[2]]
    if isinstance(content, bytes):
        named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return HttpResponse(content, content_type=kind, headers=PRIVATE | named)
    return FileResponse(
        content, as_attachment=True, filename=name, content_type=kind, headers=PRIVATE
    )


def excel_download(request, place: Place, tables: Sequence[Table], name: str):
    """Hand tables out as an Excel file; ``name`` is without its ending."""
    said = [note for table in tables for note in table.notes]
    content = table_workbook(
        tables,
        title=name,
        made_on=place.today,
        author=place.county.name,
        marks=[mark for mark in MARKS if any(mark in note for note in said)],
    )
    return download(request, place, content, f"{name}.xlsx")
