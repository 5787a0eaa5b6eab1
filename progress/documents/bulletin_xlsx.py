"""通报 as an Excel file: its sheets, in order."""

from dataclasses import replace

from livelihood.organisation.documents.table_xlsx import table_workbook
from livelihood.organisation.documents.tables import marks_of
from progress.documents.bulletin import BulletinContent


def bulletin_workbook(content: BulletinContent) -> bytes:
    """The sheets of an issue as an .xlsx file; the same issue gives the same bytes.

    What must be read with the issue stands on every sheet, and on every printed page.
    """
    return table_workbook(
        [replace(sheet, notes=content.notes_with(sheet)) for sheet in content.sheets],
        title=f"{content.title} {content.number}".strip(),
        author=content.signed_by,
        made_on=content.issued_on or content.as_of,
        marks=marks_of(content.notes),
    )
