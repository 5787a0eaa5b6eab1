"""The way in: a file or pasted text, read to lists of items.

Which columns were recognised can be put right with ``SourceList.with_roles``; everything that
is no item stands among the leftovers with a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from projects.documents import pasted, prose, word, workbooks
from projects.documents.archives import LIMITS, Limits, UnreadableError
from projects.documents.columns import Role, Table, find_tables, with_roles
from projects.documents.grids import Block, Line, SheetGrid
from projects.documents.opening import PASTE, Kind, decoded, kind_of
from projects.documents.rows import Leftover, ListRows, read_rows, unread_rows

NO_TABLE = "这张表里没有找到表头"
OUTSIDE = "表格以外的文字"
TITLE = "清单的标题"


@dataclass(frozen=True)
class SourceList:
    """One list of a document. ``table`` is None where the items stand in prose."""

    name: str
    rows: ListRows
    table: Table | None = None

    @property
    def questions(self) -> tuple[str, ...]:
        """What the columns leave open, in Chinese."""
        return self.table.questions if self.table else ()

    @property
    def hidden(self) -> bool:
        """Whether the list stands on a hidden sheet."""
        return self.table is not None and self.table.grid.hidden

    def with_roles(self, roles: Mapping[int, Role | None]) -> "SourceList":
        """The same list, read with the columns put right by hand.

        Args:
            roles: what a column holds (None: something else), by its index.

        Raises:
            ValueError: the list has no columns.
        """
        if self.table is None:
            raise ValueError("a list in prose has no columns")
        return _of_table(with_roles(self.table, roles))


@dataclass(frozen=True)
class SourceDocument:
    """All that was read of a file or text; ``notes`` say what could not be looked at."""

    kind: Kind
    lists: tuple[SourceList, ...]
    leftovers: tuple[Leftover, ...] = ()
    notes: tuple[str, ...] = ()


def read_file(content: BinaryIO, name: str, limits: Limits = LIMITS) -> SourceDocument:
    """Read an uploaded file: a workbook, a Word document or plain text, by what it holds.

    Args:
        content: the file, seekable.
        name: as it is called, for the sentences only.
        limits: what is read at most.

    Raises:
        UnreadableError: it cannot be read; says in Chinese why, and how to save it anew.
    """
    kind = kind_of(content, name, limits)
    if kind is Kind.WORKBOOK:
        return _document(kind, _unfolded(workbooks.read_workbook(content, name, limits)))
    if kind is Kind.DOCUMENT:
        return _document(kind, word.read_document(content, name, limits))
    return read_text(decoded(content.read(), name), limits)


def read_text(text: str, limits: Limits = LIMITS) -> SourceDocument:
    """Read pasted text: a table from Excel or a web page, or item blocks in prose.

    Raises:
        UnreadableError: nothing stands there, or too much.
    """
    if not text.strip():
        raise UnreadableError("没有内容。请把表格连同表头一起复制，粘贴在这里。")
    return _document(Kind.TEXT, pasted.read_text(text, limits))


def _unfolded(sheets: Sequence[SheetGrid]) -> Sequence[Block]:
    """The sheets, or, where they hold item blocks in prose, their lines and small tables."""
    if any(table.head for sheet in sheets for table in find_tables(sheet)):
        return sheets
    blocks = [block for sheet in sheets for block in prose.blocks_of(sheet)]
    return blocks if prose.is_prose(blocks) else sheets


def _document(kind: Kind, blocks: Sequence[Block]) -> SourceDocument:
    lists: list[SourceList] = []
    leftovers: list[Leftover] = []
    in_prose = prose.is_prose(blocks)
    found = [(grid, find_tables(grid)) for grid in blocks if isinstance(grid, SheetGrid)]
    # Where one table has a head, others without are notes and sums, not lists.
    sure = in_prose or any(table.head for _, tables in found for table in tables)
    for grid, tables in found:
        tables = [table for table in tables if table.head or not sure]
        lists += map(_of_table, tables)
        if not tables and not in_prose:
            leftovers += unread_rows(grid, NO_TABLE)
    if in_prose:
        name, rows = prose.read_prose(blocks)
        lists.append(SourceList(name, rows))
    else:
        names = {one.name for one in lists}
        for line in (block for block in blocks if isinstance(block, Line)):
            text = line.text.strip()
            leftovers.append(Leftover(line.place, text, TITLE if text in names else OUTSIDE))
    if not any(one.rows.items for one in lists):
        if any(one.table and one.table.head for one in lists):
            raise UnreadableError("表头下面没有事项。请填写项目内容后再上传。")
        anew = "复制时请连同表头一起。" if kind is Kind.TEXT else PASTE
        raise UnreadableError(
            "没有找到清单：表头里应有“项目内容”“进度安排”“牵头单位”等列名。"
            f"请检查是不是选错了文件，{anew}"
        )
    return SourceDocument(kind, tuple(lists), tuple(leftovers), _notes(blocks, lists))


def _of_table(table: Table) -> SourceList:
    return SourceList(table.name, read_rows(table), table)


def _notes(blocks: Sequence[Block], lists: Sequence[SourceList]) -> tuple[str, ...]:
    """What else has to be known: pictures, hidden sheets, problems outside the items."""
    told = {doubt for one in lists for item in one.rows.items for doubt in item.doubts}
    notes = []
    for grid in (block for block in blocks if isinstance(block, SheetGrid)):
        notes += [f"“{grid.name}”：{note}" for note in dict.fromkeys(grid.notes)]
        if grid.hidden and grid.rows:
            notes.append(f"工作表“{grid.name}”是隐藏的，也已读入。")
        problems = (
            f"{grid.place(problem.row, problem.column)}{problem.message}。"
            for problem in grid.problems
        )
        notes += [problem for problem in problems if problem not in told]
    return tuple(notes)
