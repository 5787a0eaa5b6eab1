"""What two versions of an issue say differently, for whoever has the old one in hand."""

from collections.abc import Iterator, Sequence
from datetime import date

from livelihood.organisation.documents.tables import Cell, Kind, Table
from livelihood.organisation.words import UNKNOWN, cn_date
from progress.documents.bulletin import BulletinContent

MOST_NAMED = 60
SHOWN = 40
# Columns by which a row is known again, the first that a table has.
KNOWN_BY = ("编号", "序号", "牵头单位", "层级", "项目", "项目内容（含具体点位）", "项目内容")
# The frame of an issue that a reader sees.
FRAME = {"title": "标题", "addressees": "主送", "copies": "抄送", "signed_by": "落款单位"}


def content_differences(old: BulletinContent, new: BulletinContent) -> list[str]:
    """What ``new`` says otherwise than ``old``, in the order of the issue; [] if nothing.

    At most ``MOST_NAMED`` sentences; a last one says how many were left out.
    """
    found = [*_frame(old, new), *_sections(old, new), *_sheets(old, new)]
    if len(found) > MOST_NAMED:
        left = len(found) - MOST_NAMED
        found = [*found[:MOST_NAMED], f"另有{left}处改动，见附表。"]
    return found


def _frame(old: BulletinContent, new: BulletinContent) -> Iterator[str]:
    for name, label in FRAME.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{label}由“{_short(before)}”改为“{_short(after)}”。"


def _sections(old: BulletinContent, new: BulletinContent) -> Iterator[str]:
    before = {s.heading: s.paragraphs for s in old.sections}
    if old.lead_in != new.lead_in:
        yield "导语文字有改动。"
    for section in new.sections:
        former = before.get(section.heading, ())
        changed = [p for p in section.paragraphs if p not in former]
        gone = [p for p in former if p not in section.paragraphs]
        if changed or gone:
            yield f"“{section.heading}”改动{max(len(changed), len(gone))}段。"


def _sheets(old: BulletinContent, new: BulletinContent) -> Iterator[str]:
    before = {sheet.name: sheet for sheet in old.sheets}
    for sheet in new.sheets:
        former = before.pop(sheet.name, None)
        if former is None:
            yield f"增加“{sheet.name}”。"
        elif [c.heading for c in former.columns] != [c.heading for c in sheet.columns]:
            yield f"“{sheet.name}”的列有改动。"
        else:
            yield from _rows(former, sheet)
    for name in before:
        yield f"删去“{name}”。"


def _rows(old: Table, new: Table) -> Iterator[str]:
    at = _key_column(new)
    before, after = _by_key(old, at), _by_key(new, at)
    for key, row in after.items():
        former = before.get(key)
        if former is None:
            yield f"“{new.name}”增加{_row_words(new, at, row)}。"
            continue
        for column, was, now in zip(new.columns, former, row, strict=True):
            if was != now:
                yield (
                    f"“{new.name}”{_row_words(new, at, row)}的{column.heading}"
                    f"由“{_cell(was, column.kind)}”改为“{_cell(now, column.kind)}”。"
                )
    for key, row in before.items():
        if key not in after:
            yield f"“{new.name}”删去{_row_words(new, at, row)}。"


def _key_column(table: Table) -> int:
    headings = [column.heading for column in table.columns]
    return next((headings.index(name) for name in KNOWN_BY if name in headings), 0)


def _by_key(table: Table, at: int) -> dict[tuple, Sequence[Cell]]:
    """Rows by what they are known by; rows that share it by their order."""
    found, seen = {}, {}
    for place, row in enumerate(table.rows):
        if place in table.groups:
            continue
        seen[row[at]] = seen.get(row[at], 0) + 1
        found[row[at], seen[row[at]]] = row
    return found


def _row_words(table: Table, at: int, row: Sequence[Cell]) -> str:
    heading = table.columns[at].heading
    words = _cell(row[at], table.columns[at].kind)
    return f"第{words}项" if heading == "序号" else f"“{words}”"


def _cell(value: Cell, kind: Kind) -> str:
    if value in (None, ""):
        return UNKNOWN
    if isinstance(value, date):
        return cn_date(value)
    if isinstance(value, float):
        return f"{value:.1f}" + ("%" if kind is Kind.PERCENT else "")
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
