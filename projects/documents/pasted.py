"""Pasted text as tables and lines: cells parted by tabs, as Excel and web pages copy them, or
by “|”; everything else stays a line."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from projects.documents.archives import LIMITS, Limits, UnreadableError
from projects.documents.grids import Block, GridRow, Line, SheetGrid, Source, trimmed

# Excel puts a cell with line breaks or tabs between quotation marks, and doubles those inside.
QUOTED = re.compile(r'"((?:[^"]|"")*+)"(?=\t|\n|\Z)')
PLAIN = re.compile(r"[^\t\n]*")
BAR = re.compile(r"[|｜]")
RULE = re.compile(r"[\s:|｜—–-]+")  # the line under the head of a Markdown table
FEWEST_BARS = 2


class _Record(NamedTuple):
    number: int
    raw: str
    cells: tuple[str, ...]


def read_text(text: str, limits: Limits = LIMITS) -> list[Block]:
    """The text's tables and the lines outside them, in order.

    Raises:
        UnreadableError: it is longer than what is read.
    """
    if len(text) > limits.characters:
        raise UnreadableError(
            f"文字太多（超过{limits.characters // 10_000}万字），请分几次粘贴，每次一张清单。"
        )
    blocks: list[Block] = []
    grid: SheetGrid | None = None
    widest = rows = tables = 0
    for record in _records(text.replace("\r\n", "\n").replace("\r", "\n")):
        filled = sum(1 for cell in record.cells if cell.strip())
        in_table = grid is not None and len(record.cells) > 1 and len(record.cells) >= widest
        if filled >= 2 or in_table:
            if grid is None:
                tables += 1
                grid = SheetGrid(f"第{tables}张表", Source.TEXT, merge_known=False)
                grid.above = _headings(blocks)
                blocks.append(grid)
                widest = len(record.cells)
            cells = trimmed(record.cells)
            if cells and not RULE.fullmatch("".join(cells)):
                grid.rows.append(GridRow(record.number, cells))
                rows += 1
        elif record.raw.strip():
            grid = None
            blocks.append(Line(record.raw, f"第{record.number}行"))
        if rows > limits.rows:
            raise UnreadableError(f"粘贴的表超过{limits.rows}行，请分几次粘贴，每次一张清单。")
    return blocks


def _headings(blocks: list[Block]) -> tuple[str, ...]:
    """The lines since the last table."""
    lines: list[str] = []
    for block in reversed(blocks):
        if not isinstance(block, Line):
            break
        lines.append(block.text.strip())
    return tuple(reversed(lines))


def _records(text: str) -> Iterator[_Record]:
    """Line by line, except that a quoted cell may hold several lines."""
    position, number = 0, 1
    while position < len(text):
        start = position
        cells, position = _cells(text, position)
        raw = text[start:position]
        breaks = raw.count("\n")
        if len(cells) == 1 and (breaks == 0 or not raw.startswith('"')):
            cells = _by_bars(raw)
        yield _Record(number, raw, tuple(cells))
        position += 1  # the line break
        number += breaks + 1


def _cells(text: str, position: int) -> tuple[list[str], int]:
    """The cells of the record that begins here, and where it ends."""
    cells = []
    while True:
        quoted = QUOTED.match(text, position)
        if quoted:
            cells.append(quoted[1].replace('""', '"'))
            position = quoted.end()
        else:
            plain = PLAIN.match(text, position)
            cells.append(plain[0])
            position = plain.end()
        if position >= len(text) or text[position] == "\n":
            return cells, position
        position += 1  # the tab


def _by_bars(line: str) -> list[str]:
    if len(BAR.findall(line)) < FEWEST_BARS:
        return [line]
    cells = BAR.split(line)
    return cells[1:] if not cells[0].strip() and line.lstrip()[:1] in "|｜" else cells
