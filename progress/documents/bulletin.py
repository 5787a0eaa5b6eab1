"""通报: everything that its Word and Excel file say, as plain values."""

from dataclasses import dataclass
from datetime import date

from livelihood.organisation.documents.tables import Table, marks_of, table_from_dict, table_to_dict


@dataclass(frozen=True)
class Section:
    """A part of the text with its heading, such as 一、总体情况; paragraphs without indents."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class BulletinContent:
    """One issue. Word prints the text and ``annexes``; Excel prints ``sheets``, in order.

    ``number`` is the issue line, such as 督查通报〔2023〕第1期, or the same without a number
    while it is a draft; ``notes`` must be read with it wherever it goes (演示数据, 示例数据,
    更正说明); ``lead_in`` stands before the first section, a paragraph a line; ``issued_on`` is
    None while it is a draft. ``sheets`` holds the lists, too: an annex is a sheet that Word
    prints as well.
    """

    county: str
    year: int
    as_of: date
    title: str
    number: str
    notes: tuple[str, ...]
    addressees: str
    lead_in: str
    sections: tuple[Section, ...]
    signed_by: str
    issued_on: date | None
    copies: str
    sheets: tuple[Table, ...]
    annexes: tuple[str, ...]  # the names of the sheets that are annexed to the text

    @property
    def annexed(self) -> tuple[Table, ...]:
        """The tables that are annexed to the text, in the order of ``annexes``."""
        by_name = {sheet.name: sheet for sheet in self.sheets}
        return tuple(by_name[name] for name in self.annexes)

    def notes_with(self, table: Table) -> tuple[str, ...]:
        """What is said above a table of the issue: that figures are made up is said once."""
        said = marks_of(self.notes)
        return (*self.notes, *(note for note in table.notes if not note.startswith(tuple(said))))


def content_to_dict(content: BulletinContent) -> dict:
    """An issue in values that JSON knows: how it is kept."""
    return {
        **{name: getattr(content, name) for name in _PLAIN},
        "as_of": content.as_of.isoformat(),
        "issued_on": content.issued_on and content.issued_on.isoformat(),
        "notes": list(content.notes),
        "sections": [[s.heading, list(s.paragraphs)] for s in content.sections],
        "sheets": [table_to_dict(sheet) for sheet in content.sheets],
        "annexes": list(content.annexes),
    }


def content_from_dict(kept: dict) -> BulletinContent:
    """The issue that ``content_to_dict`` made ``kept`` of, also after JSON."""
    issued_on = kept["issued_on"]
    return BulletinContent(
        **{name: kept[name] for name in _PLAIN},
        as_of=date.fromisoformat(kept["as_of"]),
        issued_on=issued_on and date.fromisoformat(issued_on),
        notes=tuple(kept["notes"]),
        sections=tuple(Section(heading, tuple(words)) for heading, words in kept["sections"]),
        sheets=tuple(map(table_from_dict, kept["sheets"])),
        annexes=tuple(kept["annexes"]),
    )


_PLAIN = (
    "county",
    "year",
    "title",
    "number",
    "addressees",
    "lead_in",
    "signed_by",
    "copies",
)
