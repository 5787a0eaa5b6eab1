"""Word documents as tables and paragraphs in their order."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import BinaryIO

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from projects.documents.archives import BROKEN_FILE, LIMITS, Limits, UnreadableError
from projects.documents.grids import (
    Block,
    GridRow,
    Line,
    SheetGrid,
    Source,
    Span,
    trimmed,
)
from projects.documents.opening import SAVE_DOCUMENT

PARAGRAPH, TABLE, ROW, CELL, CONTROL = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc", "sdt"))
RUN_TEXT, TAB, BREAK, RETURN = (qn(f"w:{name}") for name in ("t", "tab", "br", "cr"))
NO_BREAK_HYPHEN, CONTENT = qn("w:noBreakHyphen"), qn("w:sdtContent")
DELETED, MOVED, PROPERTIES = qn("w:del"), qn("w:moveFrom"), qn("w:pPr")
BOXES = (qn("w:txbxContent"), qn("w:drawing"), qn("w:pict"))
COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
ALTERNATIVE, FALLBACK = COMPATIBLE + "AlternateContent", COMPATIBLE + "Fallback"
HIDDEN_ROW = qn("w:trPr")
DEEPEST_TABLE = 5
MOST_PLACES_WIDE = 200
CHINESE_DIGITS = "零一二三四五六七八九"
CHINESE = ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital")
LEVEL_MARK = re.compile(r"%([1-9])")
# Headings before a table: as many paragraphs are looked at for its name.
HEADINGS = 4


def read_document(content: BinaryIO, name: str, limits: Limits = LIMITS) -> list[Block]:
    """The document's tables and paragraphs in order; a nested table follows the one it is in.

    Args:
        content: a file that ``opening.kind_of`` has let in.
        name: as it is called, for the sentences.
        limits: what is read at most.

    Raises:
        UnreadableError: it is damaged, or holds more than is read.
    """
    try:
        document = Document(content)
        return _Reader(document, name, limits).read()
    except UnreadableError:
        raise
    except (PackageNotFoundError, *BROKEN_FILE) as error:
        raise UnreadableError(f"“{name}”无法读取，文件可能已损坏。{SAVE_DOCUMENT}") from error


class _Reader:
    """Walks through one document; counts what it has read."""

    def __init__(self, document, name: str, limits: Limits):
        self.body = document.element.body
        self.numbering = _Numbering(document)
        self.name, self.limits = name, limits
        self.blocks: list[Block] = []
        self.tables = self.paragraphs = self.rows = self.characters = 0

    def read(self) -> list[Block]:
        for element in _flat(self.body):
            if element.tag == TABLE:
                self._table(element, self._headings(), 1)
            else:
                self.paragraphs += 1
                text = self._paragraph(element)
                self._line(text, f"第{self.paragraphs}段")
                for box in _boxes(element):
                    self._line(_text(box), f"第{self.paragraphs}段旁的文本框")
        return self.blocks

    def _line(self, text: str, place: str) -> None:
        if text.strip():
            self._count(len(text))
            self.blocks.append(Line(text, place))

    def _headings(self) -> tuple[str, ...]:
        lines: list[str] = []
        for block in reversed(self.blocks):
            if not isinstance(block, Line) or len(lines) >= HEADINGS:
                break
            lines.append(block.text.strip())
        return tuple(reversed(lines))

    def _count(self, characters: int) -> None:
        self.characters += characters
        if self.characters > self.limits.characters:
            raise UnreadableError(
                f"“{self.name}”的文字太多（超过{self.limits.characters // 10_000}万字）。"
                "请只保留要导入的清单，再上传。"
            )

    def _paragraph(self, element) -> str:
        return self.numbering.prefix(element) + _text(element)

    def _table(self, element, above: tuple[str, ...], depth: int) -> None:
        self.tables += 1
        grid = SheetGrid(f"表{self.tables}", Source.DOCUMENT, above=above)
        self.blocks.append(grid)
        nested: list = []
        open_spans: dict[int, list[int]] = {}  # by first column: top, right
        for number, row in enumerate(_inside(element, ROW), 1):
            self._row(grid, number, row, open_spans, nested)
        for left, (top, right, bottom) in open_spans.items():
            _close(grid, left, top, right, bottom)
        if nested and depth < DEEPEST_TABLE:
            for place, inner in nested:
                self._table(inner, (f"{place}中的表",), depth + 1)

    def _row(self, grid: SheetGrid, number: int, row, open_spans: dict, nested: list) -> None:
        cells: list[str] = [""] * _skipped(row)
        continued = set()
        for cell in _inside(row, CELL):
            left, width, goes_on = len(cells), _width(cell), _merge(cell)
            if left >= MOST_PLACES_WIDE:
                break
            text = "\n".join(self._cell(cell, grid.place(number, left), nested))
            if goes_on == "continue" and left in open_spans:
                open_spans[left][2] = number
                continued.add(left)
                text = ""
            elif goes_on:
                if left in open_spans:
                    _close(grid, left, *open_spans.pop(left))
                open_spans[left] = [number, left + width - 1, number]
                continued.add(left)
            elif width > 1:
                grid.merged.append(Span(number, left, number, left + width - 1))
            cells += [text, *[""] * (width - 1)]
        for left in set(open_spans) - continued:
            _close(grid, left, *open_spans.pop(left))
        filled = trimmed(cells)
        if filled:
            self.rows += 1
            if self.rows > self.limits.rows:
                raise UnreadableError(
                    f"“{self.name}”中的表超过{self.limits.rows}行。请只保留要导入的清单，再上传。"
                )
            self._count(sum(map(len, filled)))
            grid.rows.append(GridRow(number, filled, _is_hidden(row)))

    def _cell(self, cell, place: str, nested: list) -> Iterator[str]:
        for element in _flat(cell):
            if element.tag == TABLE:
                nested.append((place, element))
            else:
                yield self._paragraph(element)


def _close(grid: SheetGrid, left: int, top: int, right: int, bottom: int) -> None:
    if bottom > top or right > left:
        grid.merged.append(Span(top, left, bottom, right))


def _flat(element) -> Iterator:
    """Paragraphs and tables inside, also those in content controls."""
    for child in element:
        if child.tag in (PARAGRAPH, TABLE):
            yield child
        elif child.tag == CONTROL:
            for content in child.iterchildren(CONTENT):
                yield from _flat(content)


def _inside(element, tag: str) -> Iterator:
    """Rows or cells, also those in content controls."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag == CONTROL:
            for content in child.iterchildren(CONTENT):
                yield from _inside(content, tag)


def _text(paragraph) -> str:
    """The text of a paragraph: with links and insertions, without what was struck out by a
    tracked change, without text boxes."""
    parts: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        tag = element.tag
        if tag == RUN_TEXT:
            parts.append(element.text or "")
        elif tag == TAB:
            parts.append("\t")
        elif tag in (BREAK, RETURN):
            parts.append("\n")
        elif tag == NO_BREAK_HYPHEN:
            parts.append("-")
        elif tag not in (DELETED, MOVED, PROPERTIES, ALTERNATIVE, *BOXES):
            stack.extend(reversed(element))
    return "".join(parts)


def _boxes(paragraph) -> Iterator:
    """The paragraphs in text boxes; what stands there for old programs is the same again."""
    for box in paragraph.iter(BOXES[0]):
        if not any(each.tag == FALLBACK for each in box.iterancestors()):
            yield from box.iterchildren(PARAGRAPH)


def _number(element, path: str, default: int = 1) -> int:
    found = element.find(path)
    value = found.get(qn("w:val")) if found is not None else None
    return int(value) if value and value.isdecimal() else default


def _width(cell) -> int:
    return min(max(_number(cell, f"{qn('w:tcPr')}/{qn('w:gridSpan')}"), 1), MOST_PLACES_WIDE)


def _skipped(row) -> int:
    return min(_number(row, f"{qn('w:trPr')}/{qn('w:gridBefore')}", 0), MOST_PLACES_WIDE)


def _merge(cell) -> str:
    """ "restart", "continue" or "" for a cell that is not merged with others in its column."""
    merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
    return "" if merge is None else merge.get(qn("w:val")) or "continue"


def _is_hidden(row) -> bool:
    return row.find(f"{HIDDEN_ROW}/{qn('w:hidden')}") is not None


class _Numbering:
    """Numbers that Word writes by itself: the paragraph's text does not hold them."""

    def __init__(self, document):
        self.levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self.counts: dict[str, dict[int, int]] = defaultdict(dict)
        self.styles: dict[str, tuple[str, int]] = {}
        part = next(
            (
                r.target_part
                for r in document.part.rels.values()
                if r.reltype.endswith("/numbering")
            ),
            None,
        )
        if part is not None:
            self._read(part.element)
            self._read_styles(document)

    def _read(self, root) -> None:
        abstract = {}
        for each in root.iterchildren(qn("w:abstractNum")):
            abstract[each.get(qn("w:abstractNumId"))] = {
                int(level.get(qn("w:ilvl")) or 0): (
                    _value(level, "w:numFmt", "decimal"),
                    _value(level, "w:lvlText", ""),
                    _number(level, qn("w:start")),
                )
                for level in each.iterchildren(qn("w:lvl"))
            }
        for each in root.iterchildren(qn("w:num")):
            levels = abstract.get(_value(each, "w:abstractNumId", ""))
            if levels:
                self.levels[each.get(qn("w:numId"))] = levels

    def _read_styles(self, document) -> None:
        for style in document.styles.element.iterchildren(qn("w:style")):
            number = style.find(f"{PROPERTIES}/{qn('w:numPr')}")
            if number is not None:
                self.styles[style.get(qn("w:styleId"))] = (
                    _value(number, "w:numId", ""),
                    _number(number, qn("w:ilvl"), 0),
                )

    def prefix(self, paragraph) -> str:
        """The number before this paragraph, counted on; "" where it has none."""
        identity, level = self._list(paragraph)
        levels = self.levels.get(identity)
        if not levels or level not in levels:
            return ""
        kind, words, start = levels[level]
        counts = self.counts[identity]
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [each for each in counts if each > level]:
            del counts[deeper]
        if kind in ("bullet", "none"):
            return ""

        def number(match: re.Match) -> str:
            other = int(match[1]) - 1
            other_kind, _, other_start = levels.get(other, ("decimal", "", 1))
            return _counted(counts.get(other, other_start), other_kind)

        return LEVEL_MARK.sub(number, words)

    def _list(self, paragraph) -> tuple[str, int]:
        properties = paragraph.find(PROPERTIES)
        if properties is None:
            return "", 0
        number = properties.find(qn("w:numPr"))
        if number is None:
            return self.styles.get(_value(properties, "w:pStyle", ""), ("", 0))
        return _value(number, "w:numId", ""), _number(number, qn("w:ilvl"), 0)


def _value(element, name: str, default: str) -> str:
    found = element.find(qn(name))
    return (found.get(qn("w:val")) if found is not None else None) or default


def _counted(number: int, kind: str) -> str:
    if kind in CHINESE and 0 < number < 100:
        tens, ones = divmod(number, 10)
        start = {0: "", 1: "十"}.get(tens, f"{CHINESE_DIGITS[tens]}十")
        return start + (CHINESE_DIGITS[ones] if ones else "")
    return str(number)
