"""The rows of a table as list items; nothing is dropped silently.

Every row with text is an item, a group heading, or a leftover with the reason why.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from projects.documents.columns import (
    FIGURE,
    TITLE_WORDS,
    Column,
    Role,
    Table,
    heading_key,
    is_head_again,
)
from projects.documents.grids import GridRow, SheetGrid
from projects.documents.proofreading import proofread


class Extra(NamedTuple):
    """What stands in a column of another kind: its heading and the words."""

    heading: str
    text: str


class Allocation(NamedTuple):
    """The part of the target that falls to one place; None where no number stands."""

    place: str
    value: Decimal | None
    note: str = ""


class Group(NamedTuple):
    """A heading over several items, as printed and as it is used."""

    place: str
    text: str
    name: str


class Leftover(NamedTuple):
    """A row or line that is no item, and why; ``first`` to ``last`` as the source counts."""

    place: str
    text: str
    reason: str
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class SourceRow:
    """One item as the document has it, proof-read; ``raw`` keeps the words as they stood.

    ``merged_with`` is the number of the item whose schedule or status cell this one shares;
    ``doubts`` say in Chinese what whoever imports should look at.
    """

    number: int | None
    title: str
    category: str = ""
    schedule: str = ""
    status: str = ""
    lead_unit: str = ""
    supporting_units: tuple[str, ...] = ()
    leader: str = ""
    person: str = ""
    sites_text: str = ""
    allocations_text: str = ""
    allocations: tuple[Allocation, ...] = ()
    allocation_total: Decimal | None = None
    starred: bool = False
    merged_with: int | None = None
    place: str = ""
    row: int = 0
    hidden: bool = False
    extras: tuple[Extra, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListRows:
    """All that a list's rows came to; ``doubts`` concern the list as a whole."""

    items: tuple[SourceRow, ...]
    groups: tuple[Group, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    doubts: tuple[str, ...] = ()


TITLE_ABOVE = "表头以上的标题"
HEAD = "表头"
HEAD_AGAIN = "重复的表头"
BLANK = "空行"
TOTAL = "合计行"
NOTE = "表下的说明"
TITLE_AGAIN = "重复的标题"
NO_TITLE = "没有项目内容"
LONE = "只有一格有文字，不像事项"

STAR = re.compile(r"[★☆▲※*＊]+")
CHINESE_NUMBER = re.compile(r"[一二三四五六七八九十]{1,3}")
ORDINAL = re.compile(r"^[（(]?[一二三四五六七八九十]{1,3}[）)]?[、.．：:]?\s*(?=\S)")
GROUP_ORDINAL = re.compile(
    r"^([（(][一二三四五六七八九十]{1,3}[）)]|[一二三四五六七八九十]{1,3}[、.．])"
)
PRINTED_NUMBER = re.compile(r"\D{0,2}(\d{1,4})(?:\.0+)?\D{0,2}")
LEADING_NUMBER = re.compile(r"^\s*(?:[（(](\d{1,3})[）)]|(\d{1,3})\s*[.．、](?!\d))\s*")
TOTAL_WORDS = re.compile(r"(合计|小计|总计|共计|总数|合计数)(\d|[（(:：].*)?")
NOTE_WORDS = re.compile(
    r"^\s*([（(]?注\d?[:：）)]|备注|说明|附注|★|☆|\*|填表|填报|制表|审核|联系人|联系电话|单位负责人|主要负责人)"
)
UNIT_STOPS = re.compile(r"[、，,；;\n/\s]+")
BARE_FIGURE = re.compile(r"\d+(?:\.\d+)?[%％]?")
LONGEST_GROUP = 60
SENTENCE_ENDS = "。；;！"


def read_rows(table: Table) -> ListRows:
    """The items, group headings and leftovers of a table, in its order."""
    return _Reader(table).read()


def split_units(text: str) -> tuple[str, ...]:
    """Units printed in one cell, one by one."""
    return tuple(unit for unit in UNIT_STOPS.split(proofread(text)) if unit)


def group_name(text: str) -> str:
    """A group's heading without its 一、 and without blanks."""
    text = proofread(text, one_line=True)
    return ORDINAL.sub("", text) if GROUP_ORDINAL.match(text) else text


def printed_number(text: str) -> int | None:
    """The number that a cell of 序号 prints, None where it prints none."""
    text = STAR.sub("", unicodedata.normalize("NFKC", text)).strip()
    found = PRINTED_NUMBER.fullmatch(text)
    if found:
        return int(found[1])
    return _chinese_number(text.strip("()、."))


def split_title(text: str) -> tuple[int | None, bool, str]:
    """The number that starts a content, whether ★ stands there, and the content proof-read."""
    starred = False
    number = None
    for _ in range(3):
        star = STAR.match(text.lstrip())
        if star:
            starred, text = True, text.lstrip()[star.end() :]
        found = LEADING_NUMBER.match(text) if number is None else None
        if found:
            number, text = int(found[1] or found[2]), text[found.end() :]
    return number, starred, proofread(text, one_line=True)


def doubts_on_numbers(items: Sequence[SourceRow]) -> tuple[str, ...]:
    """What does not add up in the numbering: numbers that come twice, numbers left out."""
    numbers = [item.number for item in items if item.number is not None]
    twice = sorted(number for number, count in Counter(numbers).items() if count > 1)
    doubts = []
    if twice:
        doubts.append(f"序号{_listed(twice)}出现了不止一次。")
    elif numbers:
        missing = sorted(set(range(min(numbers), max(numbers))) - set(numbers))
        if missing:
            doubts.append(f"缺少序号{_listed(missing)}。")
    return tuple(doubts)


def _listed(numbers: Sequence[int]) -> str:
    words = "、".join(str(number) for number in numbers[:10])
    return words + ("等" if len(numbers) > 10 else "")


def _chinese_number(text: str) -> int | None:
    if not CHINESE_NUMBER.fullmatch(text):
        return None
    tens, ten, ones = text.partition("十")
    digits = "零一二三四五六七八九"
    if not ten:
        return digits.index(text) if len(text) == 1 else None
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return None
    return (digits.index(tens) if tens else 1) * 10 + (digits.index(ones) if ones else 0)


class _Reader:
    """Goes through one table from top to bottom."""

    def __init__(self, table: Table):
        self.table, self.grid = table, table.grid
        self.columns = {role: table.of(role) for role in Role}
        self.number = table.first(Role.NUMBER)
        self.title = table.first(Role.TITLE)
        self.category = ""
        self.items: list[SourceRow] = []
        self.at: dict[int, int] = {}  # row number → position of its item
        self.groups: list[Group] = []
        self.leftovers: list[Leftover] = []
        self.problems: dict[int, list[str]] = {}
        for problem in self.grid.problems:
            place = self.grid.place(problem.row, problem.column)
            self.problems.setdefault(problem.row, []).append(f"{place}{problem.message}。")

    def read(self) -> ListRows:
        for row in self.table.before:
            self._leave(row, TITLE_ABOVE)
        for row in self.table.head:
            self._leave(row, HEAD)
        last = (self.table.head or self.table.before or self.table.rows[:1] or [None])[-1]
        number = last.number if last else 0
        for row in self.table.rows:
            if row.number > number + 1:
                self._leave_blank(number + 1, row.number - 1)
            number = row.number
            self._row(row)
        return ListRows(
            tuple(self.items),
            tuple(self.groups),
            tuple(self.leftovers),
            doubts_on_numbers(self.items),
        )

    def _leave(self, row: GridRow, reason: str) -> None:
        text = " ".join(dict.fromkeys(cell for cell in row.cells if cell))
        place = self.grid.place(row.number)
        self.leftovers.append(Leftover(place, text, reason, row.number, row.number))

    def _leave_blank(self, first: int, last: int) -> None:
        place = self.grid.place(first)
        if last > first:
            place = f"{place}至第{last}行"
        self.leftovers.append(Leftover(place, "", BLANK, first, last))

    def _row(self, row: GridRow) -> None:
        row = self._in_place(row)
        if is_head_again(self.table, row):
            return self._leave(row, HEAD_AGAIN)
        filled = [cell for cell in row.cells if cell]
        if any(TOTAL_WORDS.fullmatch("".join(cell.split())) for cell in filled[:2]):
            return self._leave(row, TOTAL)
        if len(set(filled)) == 1 and not self._is_lone_title(row) and not self._is_lone_part(row):
            return self._lone(row, filled[0])
        return self._item_or_rest(row)

    def _in_place(self, row: GridRow) -> GridRow:
        """Pasted rows of a group lack its cell, and stand too far left: put them right."""
        if self.grid.merge_known or self.title is None:
            return row
        anchor = self.number or self.title
        groups = [c for c in self.columns[Role.CATEGORY] if c.index < anchor.index]
        if len(groups) != anchor.index or not groups or not row.text(0):
            return row
        width = sum(1 for column in self.table.columns if column.heading)
        if len(row.cells) + len(groups) > max(width, self.table.columns[-1].index + 1):
            return row
        if self.number is not None:
            moved = printed_number(row.text(0)) is not None and (
                printed_number(row.text(anchor.index)) is None
            )
        else:
            moved = bool(LEADING_NUMBER.match(row.text(0))) or (
                len(row.cells) == width - len(groups) and len(row.text(0)) > LONGEST_GROUP
            )
        return row._replace(cells=("",) * len(groups) + row.cells) if moved else row

    def _is_lone_title(self, row: GridRow) -> bool:
        """Whether the only text is a content: in its own column, where none has numbers."""
        if self.title is None or not row.text(self.title.index):
            return False
        merged = self.grid.anchors.get((row.number, self.title.index))
        if LEADING_NUMBER.match(row.text(self.title.index)):
            return merged is None
        # In the leftmost column it is rather a group's heading or a note.
        return self.number is None and merged is None and self.title.index > 0

    def _is_lone_part(self, row: GridRow) -> bool:
        """Whether the only text goes on with the item above: in a column of plans or progress,
        and not merged over others as a heading is."""
        index = next(i for i, cell in enumerate(row.cells) if cell)
        beside = self.grid.anchors.get((row.number, index + 1))
        across = beside == self.grid.anchor(row, index)
        return bool(self.items) and not across and index > 0 and self._goes_on(row)

    def _lone(self, row: GridRow, text: str) -> None:
        if NOTE_WORDS.match(text):
            return self._leave(row, NOTE)
        if any(text in before.cells for before in self.table.before):
            return self._leave(row, TITLE_AGAIN)
        short = "".join(text.split())
        if len(short) > LONGEST_GROUP or short[-1] in SENTENCE_ENDS:
            return self._leave(row, NOTE if self.items else LONE)
        if TITLE_WORDS.search(short) and not GROUP_ORDINAL.match(short):
            return self._leave(row, LONE)
        if self.title is None:
            return self._leave(row, LONE)
        return self._group(row, text)

    def _group(self, row: GridRow, text: str) -> None:
        self.category = group_name(text)
        self.groups.append(Group(self.grid.place(row.number), text, self.category))

    def _is_numbered_group(self, row: GridRow) -> bool:
        """Whether the row is 一 and a heading, where the items have 1, 2, 3."""
        number = proofread(row.text(self.number.index), one_line=True) if self.number else ""
        others = [cell for cell in row.cells if cell]
        return len(others) == 2 and bool(CHINESE_NUMBER.fullmatch(number.strip("（）、.")))

    def _item_or_rest(self, row: GridRow) -> None:
        title = self._text(row, Role.TITLE)
        if not title:
            if self.items and self._goes_on(row):
                return self._continue(row)
            return self._leave(row, NO_TITLE)
        if self._is_numbered_group(row):
            return self._group(row, title)
        anchor = self.grid.anchor(row, self.title.index)
        if anchor[0] != row.number and anchor[0] in self.at:
            return self._continue(row)
        return self._item(row, title)

    def _goes_on(self, row: GridRow) -> bool:
        """Whether the row only adds to the item above: no number of its own, but words."""
        numbered = self.number is not None and row.text(self.number.index)
        roles = (Role.SCHEDULE, Role.STATUS, Role.SITES, Role.ALLOCATIONS, Role.SUPPORTING_UNITS)
        return not numbered and any(self._own_text(row, role) for role in roles)

    def _text(self, row: GridRow, role: Role) -> str:
        """What a reader sees in the columns of this role, merged cells included."""
        texts = (self.grid.text(row, column.index) for column in self.columns[role])
        return "\n".join(dict.fromkeys(text for text in texts if text))

    def _own_text(self, row: GridRow, role: Role) -> str:
        """What stands in this very row."""
        texts = (row.text(column.index) for column in self.columns[role])
        return "\n".join(text for text in texts if text)

    def _item(self, row: GridRow, title: str) -> None:
        own_number, starred, content = split_title(title)
        number_text = self._text(row, Role.NUMBER)
        number = printed_number(number_text) if number_text else own_number
        if number_text and own_number is not None and own_number != number:
            # 1.… inside a numbered row belongs to the content.
            content = proofread(STAR.sub("", title, count=1) if starred else title, one_line=True)
        doubts = list(self.problems.get(row.number, ()))
        if self.number is not None and number is None:
            doubts.append("没有序号。")
        if row.hidden:
            doubts.append("这一行在原文件中是隐藏的。")
        item = SourceRow(
            number=number,
            title=content,
            category=self._category(row),
            schedule=self._schedule(row),
            status=self._status(row),
            lead_unit=proofread(self._text(row, Role.LEAD_UNIT), one_line=True),
            supporting_units=split_units(self._text(row, Role.SUPPORTING_UNITS)),
            leader=proofread(self._text(row, Role.LEADER), one_line=True),
            person=proofread(self._text(row, Role.PERSON), one_line=True),
            sites_text=proofread(self._text(row, Role.SITES)),
            allocations_text=proofread(self._text(row, Role.ALLOCATIONS)),
            starred=starred or bool(STAR.search(number_text)),
            place=self.grid.place(row.number),
            row=row.number,
            hidden=row.hidden or self.grid.hidden,
            extras=self._extras(row),
            raw={role.value: self._text(row, role) for role in Role if self.columns[role]},
        )
        item = self._shared(row, item, doubts)
        self.at[row.number] = len(self.items)
        self.items.append(replace(item, doubts=tuple(doubts)))

    def _category(self, row: GridRow) -> str:
        text = self._text(row, Role.CATEGORY)
        if text:
            self.category = group_name(text)
        return self.category

    def _schedule(self, row: GridRow, *, own: bool = False) -> str:
        """The schedule; from several columns, each part with the period that its head names."""
        parts = []
        plain = [column for column in self.columns[Role.SCHEDULE] if not column.period]
        for column in self.columns[Role.SCHEDULE]:
            cell = row.text(column.index) if own else self.grid.text(row, column.index)
            text = proofread(cell)
            if not text:
                continue
            label = column.period or ("" if column is plain[0] else heading_key(column.heading))
            if label and not text.startswith(label):
                text = f"{label}：{text}"
            parts.append(text)
        closed = [part if part[-1] in SENTENCE_ENDS else f"{part}；" for part in parts[:-1]]
        return "".join([*closed, *parts[-1:]])

    def _status(self, row: GridRow) -> str:
        column = self.table.first(Role.STATUS)
        if column is None:
            return ""
        text = proofread(self.grid.text(row, column.index))
        key = heading_key(column.heading)
        if text and FIGURE.fullmatch(key) and BARE_FIGURE.fullmatch(text):
            return f"{key.rstrip('%')}{text.rstrip('%')}%"
        return text

    def _extras(self, row: GridRow) -> tuple[Extra, ...]:
        extras = []
        width = len(self.table.columns)
        others = [column for column in self.table.columns if column.role is None]
        beyond = [Column(i, "", None, 0) for i in range(width, len(row.cells))]
        statuses = self.columns[Role.STATUS][1:]
        for column in [*others, *statuses, *beyond]:
            text = proofread(self.grid.text(row, column.index))
            if text:
                extras.append(Extra(column.heading or f"第{column.index + 1}列", text))
        return tuple(extras)

    def _shared(self, row: GridRow, item: SourceRow, doubts: list[str]) -> SourceRow:
        """The item with what it shares with the one above it."""
        if self.grid.merge_known:
            return replace(item, merged_with=self._merged_with(row))
        if not self.items:
            return item
        above = self.items[-1]
        if not (item.schedule or item.status or item.lead_unit) and (
            above.schedule or above.status
        ):
            doubts.append(f"没有进度安排、实施情况和单位，按与{_named(above)}合并的单元格读取。")
            return replace(
                item,
                schedule=above.schedule,
                status=above.status,
                lead_unit=above.lead_unit,
                merged_with=above.merged_with or above.number,
            )
        if not item.lead_unit and above.lead_unit and self.columns[Role.LEAD_UNIT]:
            doubts.append(f"牵头单位空着，按上一项读取为“{above.lead_unit}”。")
            return replace(item, lead_unit=above.lead_unit)
        return item

    def _merged_with(self, row: GridRow) -> int | None:
        for role in (Role.SCHEDULE, Role.STATUS):
            for column in self.columns[role]:
                top, _ = self.grid.anchor(row, column.index)
                if top != row.number and top in self.at:
                    return self.items[self.at[top]].number
        return None

    def _continue(self, row: GridRow) -> None:
        """Add the row's own words to the item above it."""
        position = len(self.items) - 1
        item = self.items[position]
        added = {
            "schedule": self._schedule(row, own=True),
            "status": proofread(self._own_text(row, Role.STATUS)),
            "sites_text": proofread(self._own_text(row, Role.SITES)),
            "allocations_text": proofread(self._own_text(row, Role.ALLOCATIONS)),
        }
        changes = {name: _joined(getattr(item, name), text) for name, text in added.items() if text}
        units = split_units(self._own_text(row, Role.SUPPORTING_UNITS))
        changes["supporting_units"] = tuple(dict.fromkeys((*item.supporting_units, *units)))
        changes["raw"] = {
            role: "\n".join(filter(None, (words, self._own_text(row, Role(role)))))
            for role, words in item.raw.items()
        }
        extras = self._extras(row)
        changes["extras"] = tuple(dict.fromkeys((*item.extras, *extras)))
        doubts = (*item.doubts, *self.problems.get(row.number, ()))
        self.items[position] = replace(item, **changes, doubts=doubts)
        self.at[row.number] = position


def _named(item: SourceRow) -> str:
    return f"第{item.number}项" if item.number is not None else "上一项"


def _joined(words: str, more: str) -> str:
    if not words:
        return more
    return words + ("" if words[-1] in SENTENCE_ENDS else "；") + more


def unread_rows(grid: SheetGrid, reason: str) -> list[Leftover]:
    """All rows of a grid in which no list was found, as leftovers."""
    return [
        Leftover(
            grid.place(row.number),
            " ".join(filter(None, row.cells)),
            reason,
            row.number,
            row.number,
        )
        for row in grid.rows
    ]
