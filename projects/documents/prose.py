"""Item blocks in prose: a numbered content, then lines that say 责任单位：…, 进度安排：….

A block may hold an allocation table (任务分解: towns and figures, with 合计). Copied from a
web page, such a table comes as one line per cell, each behind a tab.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from projects.documents.columns import LONGEST_NAME, PERIOD_HEAD, Role, find_tables, meaning
from projects.documents.grids import Block, Line, SheetGrid
from projects.documents.proofreading import proofread
from projects.documents.rows import (
    GROUP_ORDINAL,
    NOTE,
    NOTE_WORDS,
    Allocation,
    Extra,
    Group,
    Leftover,
    ListRows,
    SourceRow,
    doubts_on_numbers,
    group_name,
    split_title,
    split_units,
)

LABELLED = re.compile(r"([^\s：:，。；、\d][^：:，。；、\d]{1,11})[：:](.*)", re.DOTALL)
START = re.compile(r"(?:[★☆▲※*＊]\s*)?(?:(\d{1,3})\s*[.．、](?!\d)|[（(](\d{1,3})[）)])\s*\S")
ANNEX = re.compile(r"^\s*附件?\s*\d*\s*[:：]?\s*$")
VALUE = re.compile(r"([\d,，]+(?:\.\d+)?)\s*(万)?[^\d（(]{0,4}(?:[（(](.*?)[）)]?)?")
TOTAL = re.compile(r"合计|总计|总数|共计|小计")
ABOVE = "清单以上的标题"
OUTSIDE = "不属于任何事项的文字"
SLIPPED = "任务分解的镇乡和数字个数不一致，请核对。"
# A content is followed by its first labelled line within so many blocks.
LABEL_WITHIN = 5
FEWEST_LABELS = 2
LONGEST_PIECE = 8
LABELS = frozenset(Role) - {Role.NUMBER, Role.CATEGORY, Role.TITLE}


@dataclass
class _Open:
    """The item that is being read."""

    line: Line
    position: int
    texts: dict[Role, list[str]] = field(default_factory=dict)
    extras: list[Extra] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    grids: list[SheetGrid] = field(default_factory=list)
    field: Role | None = None


def is_prose(blocks: Sequence[Block]) -> bool:
    """Whether items stand in the lines, not in tables."""
    labels = sum(1 for block in blocks if isinstance(block, Line) and _label(block.text))
    return labels >= FEWEST_LABELS and any(
        _starts(blocks, position, 0) for position in range(len(blocks))
    )


def blocks_of(sheet: SheetGrid) -> list[Block]:
    """A sheet on which a text was pasted: rows of one cell as lines, rows of several as tables."""
    blocks: list[Block] = []
    for row in sheet.rows:
        filled = [cell for cell in row.cells if cell.strip()]
        if len(filled) == 1:
            blocks.append(Line(filled[0], sheet.place(row.number)))
            continue
        if not blocks or not isinstance(blocks[-1], SheetGrid):
            blocks.append(SheetGrid(sheet.name, sheet.source, hidden=sheet.hidden))
        blocks[-1].rows.append(row)
    return blocks


def read_prose(blocks: Sequence[Block]) -> tuple[str, ListRows]:
    """The list's name and its rows from numbered blocks; tables that are lists are not read.

    Returns:
        What the list is called ("" where no heading stands above), and its rows.
    """
    return _Reader(blocks).read()


def _label(text: str) -> tuple[Role, str] | None:
    """What a line is labelled with, and the text behind the label."""
    found = LABELLED.match(text.strip())
    if not found or PERIOD_HEAD.fullmatch("".join(found[1].split())):
        return None
    role, _ = meaning(found[1])
    return (role, found[2]) if role in LABELS else None


def _starts(blocks: Sequence[Block], position: int, last: int) -> bool:
    """Whether an item begins here: the number that is due, and soon a labelled line."""
    block = blocks[position]
    found = START.match(block.text.strip()) if isinstance(block, Line) else None
    if not found or int(found[1] or found[2]) != last + 1:
        return False
    ahead = blocks[position + 1 : position + 1 + LABEL_WITHIN]
    return any(isinstance(each, Line) and _label(each.text) for each in ahead)


class _Reader:
    """Goes through the blocks from first to last."""

    def __init__(self, blocks: Sequence[Block]):
        self.blocks = blocks
        self.items: list[SourceRow] = []
        self.groups: list[Group] = []
        self.leftovers: list[Leftover] = []
        self.titles: list[str] = []
        self.category = ""
        self.open: _Open | None = None
        self.last = 0

    def read(self) -> tuple[str, ListRows]:
        for position, block in enumerate(self.blocks):
            if isinstance(block, SheetGrid):
                self._grid(block)
            elif _starts(self.blocks, position, self.last):
                self._close()
                self.open = _Open(block, position)
                self.last += 1
            else:
                self._line(block)
        self._close()
        rows = ListRows(
            tuple(self.items),
            tuple(self.groups),
            tuple(self.leftovers),
            doubts_on_numbers(self.items),
        )
        return self._name(), rows

    def _name(self) -> str:
        """The heading over the first item; a long title stands on several lines."""
        name = ""
        for title in reversed(self.titles):
            if len(title) + len(name) > LONGEST_NAME:
                break
            name = title + name
        return name

    def _grid(self, grid: SheetGrid) -> None:
        if find_tables(grid) and any(grid.text(row, 0) for row in grid.rows) and _has_head(grid):
            return  # a list of its own, read as a table
        if self.open is not None:
            self.open.grids.append(grid)
            return
        for row in grid.rows:
            text = " ".join(filter(None, row.cells))
            place = grid.place(row.number)
            self.leftovers.append(Leftover(place, text, OUTSIDE, row.number, row.number))

    def _line(self, line: Line) -> None:
        text = line.text.strip()
        if NOTE_WORDS.match(text) and not _label(text):
            self._close()
            self.leftovers.append(Leftover(line.place, text, NOTE))
        elif GROUP_ORDINAL.match(text) and len(text) <= LONGEST_NAME and not _label(text):
            self._close()
            self.category = group_name(text)
            self.groups.append(Group(line.place, text, self.category))
        elif self.open is None:
            self._outside(line, text)
        else:
            self._inside(self.open, line.text)

    def _outside(self, line: Line, text: str) -> None:
        above = not self.items
        if above and not ANNEX.match(text):
            self.titles.append(proofread(text, one_line=True))
        self.leftovers.append(Leftover(line.place, text, ABOVE if above else OUTSIDE))

    def _inside(self, item: _Open, text: str) -> None:
        labelled = _label(text)
        if labelled:
            item.field = labelled[0]
            item.texts.setdefault(item.field, [])
            if labelled[1].strip():
                item.texts[item.field].append(labelled[1].strip())
        elif text.startswith("\t") and item.field is not Role.SCHEDULE:
            item.field = Role.ALLOCATIONS
            item.cells += [cell.strip() for cell in text[1:].split("\t")]
        elif item.field is Role.ALLOCATIONS and item.cells and len(text.strip()) <= LONGEST_PIECE:
            item.cells[-1] += text.strip()  # the name of a town, broken over lines
        elif item.field is None:
            item.texts.setdefault(Role.TITLE, []).append(text.strip())
        else:
            item.texts[item.field].append(text.strip())

    def _close(self) -> None:
        item, self.open = self.open, None
        if item is None:
            return
        number, starred, title = split_title(item.line.text)
        texts = {role: "\n".join(words) for role, words in item.texts.items()}
        title += proofread(texts.get(Role.TITLE, ""), one_line=True)
        doubts: list[str] = []
        allocations, total = _allocations(item, doubts)
        self.items.append(
            SourceRow(
                number=number,
                title=title,
                category=self.category,
                schedule=proofread(texts.get(Role.SCHEDULE, "")),
                status=proofread(texts.get(Role.STATUS, "")),
                lead_unit=proofread(texts.get(Role.LEAD_UNIT, ""), one_line=True),
                supporting_units=split_units(texts.get(Role.SUPPORTING_UNITS, "")),
                leader=proofread(texts.get(Role.LEADER, ""), one_line=True),
                person=proofread(texts.get(Role.PERSON, ""), one_line=True),
                sites_text=proofread(texts.get(Role.SITES, "")),
                allocations_text=proofread(texts.get(Role.ALLOCATIONS, "")),
                allocations=allocations,
                allocation_total=total,
                starred=starred,
                place=item.line.place,
                row=item.position + 1,
                extras=tuple(item.extras),
                raw={Role.TITLE.value: item.line.text}
                | {role.value: words for role, words in texts.items()},
                doubts=tuple(doubts),
            )
        )


def _has_head(grid: SheetGrid) -> bool:
    return any(table.head for table in find_tables(grid))


def _allocations(item: _Open, doubts: list[str]) -> tuple[tuple[Allocation, ...], Decimal | None]:
    pairs: list[tuple[str, str]] = []
    if item.cells:
        pairs += _pairs_of_cells(item.cells, doubts)
    for grid in item.grids:
        pairs += _pairs_of_grid(grid, doubts)
    allocations, total = [], None
    for place, words in pairs:
        place = proofread(place, one_line=True)
        value, note = _value(words)
        if TOTAL.fullmatch(place):
            total = value
        elif place or words:
            allocations.append(Allocation(place, value, note))
    return tuple(allocations), total


def _pairs_of_cells(cells: Sequence[str], doubts: list[str]) -> list[tuple[str, str]]:
    """Places, then as many figures; a long table goes on with further places and figures."""
    cells = [cell for cell in cells if cell]
    pairs: list[tuple[str, str]] = []
    position = 0
    while position < len(cells):
        first = next((i for i in range(position, len(cells)) if cells[i][0].isdigit()), len(cells))
        places = cells[position:first]
        values = cells[first : first + len(places)]
        if not places or len(values) < len(places):
            doubts.append(SLIPPED)
            pairs += _without_figures(places, values)
            break
        pairs += zip(places, values, strict=True)
        position = first + len(places)
    return pairs


def _over_one_another(
    places: Sequence[str], values: Sequence[str], doubts: list[str]
) -> list[tuple[str, str]]:
    """A place may have no figure; if the total has none, the figures have slipped."""
    pairs = list(zip(places, values, strict=True))
    if any(TOTAL.fullmatch(proofread(place, one_line=True)) and not v for place, v in pairs):
        doubts.append(SLIPPED)
        return _without_figures([p for p in places if p], [v for v in values if v])
    return pairs


def _without_figures(places: Sequence[str], values: Sequence[str]) -> list[tuple[str, str]]:
    """Places whose figures cannot be told apart; only the total, last on both sides, can."""
    if places and values and TOTAL.fullmatch(places[-1]):
        return [*((place, "") for place in places[:-1]), (places[-1], values[-1])]
    return [(place, "") for place in places]


def _pairs_of_grid(grid: SheetGrid, doubts: list[str]) -> list[tuple[str, str]]:
    """Places and figures of a table: in rows one over the other, or in two columns."""
    width = grid.width
    rows = [[row.text(i) for i in range(width)] for row in grid.rows]
    if width == 2 and len(rows) != 2:
        pairs = [(row[0], row[1]) for row in rows]
    elif len(rows) % 2:
        doubts.append(f"{grid.name}不像任务分解表，没有读入，请核对。")
        return []
    else:
        pairs = []
        for places, values in zip(rows[::2], rows[1::2], strict=True):
            pairs += _over_one_another(places, values, doubts)
    # A head of its own (镇乡, 任务数) has no figure.
    return [pair for pair in pairs if any(pair) and (pair[1][:1].isdigit() or not pair[1])]


def _value(words: str) -> tuple[Decimal | None, str]:
    found = VALUE.fullmatch(proofread(words, one_line=True).replace("（", "(").replace("）", ")"))
    if not found:
        return None, proofread(words, one_line=True)
    try:
        value = Decimal(found[1].replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None, proofread(words, one_line=True)
    return value * (10_000 if found[2] else 1), found[3] or ""
