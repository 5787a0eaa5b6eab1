"""What two versions of an issue say differently, for whoever has the old one in hand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from os.path import commonprefix
from typing import NamedTuple

from livelihood.organisation.documents.tables import Cell, Column, Table, group_words, words
from livelihood.organisation.words import UNKNOWN
from progress.documents.bulletin import BulletinContent

MOST_NAMED = 60
# Characters of a text that are shown; of a longer one, those around what differs.
SHOWN, AROUND = 40, 10
# Columns by which a row may be known again.
KNOWN_BY = ("编号", "序号", "牵头单位", "层级", "项目", "项目内容（含具体点位）", "项目内容")
# The frame of an issue that a reader sees.
FRAME = {
    "title": "标题",
    "addressees": "主送",
    "lead_in": "导语",
    "copies": "抄送",
    "signed_by": "落款单位",
}
# How the note begins that says why there is a new version.
CORRECTION = "更正："


def content_differences(old: BulletinContent, new: BulletinContent) -> list[str]:
    """What ``new`` says otherwise than ``old``, in the order of the issue.

    Nothing only where both print the same but for the note that explains a correction. At
    most ``MOST_NAMED`` sentences; a last one says how many were left out.
    """
    old, new = _unexplained(old), _unexplained(new)
    found = [*_frame(old, new), *_sections(old, new), *_sheets(old, new)]
    if not found and old != new:
        found = ["版面有细微改动。"]
    if len(found) > MOST_NAMED:
        left = len(found) - MOST_NAMED
        found = [*found[:MOST_NAMED], f"另有{left}处改动，见附表。"]
    return found


def _unexplained(content: BulletinContent) -> BulletinContent:
    notes = tuple(note for note in content.notes if not note.startswith(CORRECTION))
    return replace(content, notes=notes)


# -- The text ------------------------------------------------------------------------------


def _frame(old: BulletinContent, new: BulletinContent) -> Iterator[str]:
    for name, label in FRAME.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{label}{_from_to(before, after)}。"
    yield from _paragraphs("一并说明的话", old.notes, new.notes)


def _sections(old: BulletinContent, new: BulletinContent) -> Iterator[str]:
    before = {s.heading: s.paragraphs for s in old.sections}
    for section in new.sections:
        former = before.pop(section.heading, ())
        yield from _paragraphs(f"“{section.heading}”", former, section.paragraphs)
    for heading in before:
        yield f"删去“{heading}”。"


def _paragraphs(where: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """What was changed in some paragraphs, one for one; then what was put in or taken out."""
    for what, first, last, start, stop in SequenceMatcher(None, old, new, False).get_opcodes():
        if what == "equal":
            continue
        gone, come = old[first:last], new[start:stop]
        for before, after in zip(gone, come, strict=False):
            yield f"{where}{_from_to(before, after)}。"
        for after in come[len(gone) :]:
            yield f"{where}增加“{_short(after)}”。"
        for before in gone[len(come) :]:
            yield f"{where}删去“{_short(before)}”。"


# -- Tables --------------------------------------------------------------------------------


def _sheets(old: BulletinContent, new: BulletinContent) -> Iterator[str]:
    before = {sheet.name: sheet for sheet in old.sheets}
    for sheet in new.sheets:
        former = before.pop(sheet.name, None)
        if former is None:
            yield f"增加“{sheet.name}”。"
        elif former != sheet:
            yield from _table(former, sheet)
    for name in before:
        yield f"删去“{name}”。"
    for name in _without(new.annexes, old.annexes):
        yield f"“{name}”列入附件。"
    for name in _without(old.annexes, new.annexes):
        yield f"“{name}”不再列入附件。"


def _table(old: Table, new: Table) -> Iterator[str]:
    found = [*_head(old, new), *_rows(old, new)]
    if not found:
        found = [f"“{new.name}”的版面有细微改动（列宽、合并单元格或未显示的小数）。"]
    yield from found


def _head(old: Table, new: Table) -> Iterator[str]:
    where = f"“{new.name}”"
    if old.title != new.title:
        yield f"{where}的标题{_from_to(old.title, new.title)}。"
    yield from _paragraphs(f"{where}的说明", old.notes, new.notes)
    before, after = (list(_places(table)) for table in (old, new))
    for name in _without(after, before):
        yield f"{where}增加“{name.words}”列。"
    for name in _without(before, after):
        yield f"{where}删去“{name.words}”列。"
    if not _same_order(before, after):
        yield f"{where}的列序有改动。"
    if _groups(old) != _groups(new):
        yield f"{where}的分组有改动。"


class _Name(NamedTuple):
    """What a column is known by: its headings, and which of those with the same it is."""

    over: str
    heading: str
    order: int

    @property
    def words(self) -> str:
        """As a sentence names it."""
        return f"{self.over}{self.heading}"


class _Shared(NamedTuple):
    """A column that both tables have, and its place in each."""

    name: _Name
    was_at: int
    is_at: int


def _places(table: Table) -> dict[_Name, int]:
    """The place of each column."""
    places: dict[_Name, int] = {}
    for place, column in enumerate(table.columns):
        same = sum(name[:2] == (column.over, column.heading) for name in places)
        places[_Name(column.over, column.heading, same)] = place
    return places


def _groups(table: Table) -> list[str]:
    return [group_words(table.rows[place]) for place in table.groups]


def _rows(old: Table, new: Table) -> list[str]:
    """What the rows say otherwise, known again by what leaves the fewest differences."""
    before, after = _places(old), _places(new)
    shared = [_Shared(name, before[name], after[name]) for name in after if name in before]
    known_by = [each for word in KNOWN_BY for each in shared if each.name.heading == word]
    ways = [list(_rows_by(key, shared, old, new)) for key in known_by or shared[:1]]
    return min(ways, key=len, default=[])


def _rows_by(key: _Shared, shared: Sequence[_Shared], old: Table, new: Table) -> Iterator[str]:
    name, was_at, is_at = key
    before, after = _by_key(old, was_at), _by_key(new, is_at)
    for row_key, row in after.items():
        which = _which(name, new.columns[is_at], row[is_at])
        if row_key not in before:
            yield f"“{new.name}”增加{which}。"
            continue
        for column, was, now in shared:
            old_words = words(before[row_key][was], old.columns[was])
            new_words = words(row[now], new.columns[now])
            if old_words != new_words:
                yield f"“{new.name}”{which}的{column.words}{_from_to(old_words, new_words)}。"
    for row_key in _without(before, after):
        which = _which(name, old.columns[was_at], before[row_key][was_at])
        yield f"“{new.name}”删去{which}。"
    if not _same_order(before, after):
        yield f"“{new.name}”的排序有改动。"


def _by_key(table: Table, at: int) -> dict[tuple, Sequence[Cell]]:
    """Rows by what they are known by; rows that share it by their order."""
    found, seen = {}, {}
    groups = frozenset(table.groups)
    for place, row in enumerate(table.rows):
        if place in groups:
            continue
        seen[row[at]] = seen.get(row[at], 0) + 1
        found[row[at], seen[row[at]]] = row
    return found


def _which(name: _Name, column: Column, cell: Cell) -> str:
    told = words(cell, column)
    return f"第{told}项" if name.heading == "序号" else f"“{_short(told)}”"


def _without(names, others) -> list:
    return [name for name in names if name not in others]


def _same_order(before, after) -> bool:
    """Whether what both have comes in the same order."""
    return [x for x in before if x in after] == [x for x in after if x in before]


# -- Words ---------------------------------------------------------------------------------


def _from_to(old: str, new: str) -> str:
    was, now = _around(old, new)
    return f"由“{was or UNKNOWN}”改为“{now or UNKNOWN}”"


def _around(old: str, new: str) -> tuple[str, str]:
    """Both texts, long ones from shortly before to shortly behind what differs."""
    if max(len(old), len(new)) <= SHOWN:
        return old, new
    same = len(commonprefix([old, new]))
    same_end = len(commonprefix([old[same:][::-1], new[same:][::-1]]))
    start, end = max(same - AROUND, 0), max(same_end - AROUND, 0)
    return _window(old, start, end), _window(new, start, end)


def _window(text: str, start: int, end: int) -> str:
    """A text without so many characters at its ends; the beginning of what is left."""
    told = _short(text[start : len(text) - end])
    before, behind = "…" if start else "", "…" if end and not told.endswith("…") else ""
    return f"{before}{told}{behind}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
