"""Excel workbooks as grids.

openpyxl knows what a workbook is made of; the cells of a sheet are read here in one pass over
its XML, because that pass gives also what openpyxl's quick way leaves out (merged cells, hidden
rows and columns, formulas beside their values) and needs a third
of its time.
"""

import re
import warnings
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, BinaryIO
from xml.parsers import expat
from zipfile import ZipFile

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import column_index_from_string, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.xml.functions import fromstring

from projects.documents.archives import BROKEN_FILE, LIMITS, Limits, UnreadableError
from projects.documents.grids import GridRow, Problem, SheetGrid, Source, Span, trimmed
from projects.documents.number_formats import GENERAL, builtin, iso_date, shown
from projects.documents.opening import SAVE_WORKBOOK

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MARK = "}"
ROW, CELL, VALUE, FORMULA, TEXT, PHONETIC, STRING, COLUMN, MERGED, DRAWING = (
    f"{NAMESPACE}{MARK}{name}"
    for name in ("row", "c", "v", "f", "t", "rPh", "si", "col", "mergeCell", "drawing")
)
BESIDES = frozenset((COLUMN, MERGED, DRAWING))
PIECE = 64 * 1024
STYLES = "xl/styles.xml"
DIGITS = "0123456789"
MOST_SHEETS = 100
MOST_MERGED = 50_000
# A control character in a cell is written as _x000D_ (and the underscore itself as _x005F_).
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
YES = ("1", "true")
CHARACTERS_IN_MEMORY = 2_500_000
UNPAIRED = ("utf-8", "surrogatepass")


class TooMuchError(UnreadableError):
    """The file holds more than is read."""


@dataclass
class Sheet:
    """One sheet, of which the rows are read as they are asked for.

    ``merged``, ``hidden_columns``, ``problems`` and ``notes`` are complete when ``rows`` is
    at its end: a sheet says at its end what was merged.
    """

    name: str
    hidden: bool
    part: str
    book: "Workbook"
    merged: list[Span] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[GridRow]:
        """The rows with any text, in the order of the sheet.

        Raises:
            UnreadableError: too much, or damaged.
        """
        parser = _SheetParser(self)
        try:
            with self.book.archive.open(self.part) as stream:
                for found in parser.read(stream):
                    for row in found:
                        self.book.count(row)
                        yield row
        except UnreadableError:
            raise
        except BROKEN_FILE as error:
            raise UnreadableError(
                f"工作表“{self.name}”无法读取，文件可能已损坏。{SAVE_WORKBOOK}"
            ) from error

    def say(self, number: int, index: int, message: str) -> None:
        """Take note of a problem in a cell."""
        self.problems.append(Problem(number, index, message))


class _Parser:
    """Sends a part through expat, in pieces; what declares entities has been refused before.

    Subclasses say what begins and ends; ``text`` holds the words of the elements in ``TEXTS``
    since it was last cleared.
    """

    TEXTS: frozenset[str] = frozenset()

    def __init__(self):
        self.text: list[str] = []
        self.quiet = False  # inside a reading aid
        self.parser = expat.ParserCreate(namespace_separator=MARK)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = _refuse

    def read(self, stream) -> Iterator[list]:
        """What was found, piece by piece."""
        while piece := stream.read(PIECE):
            self.parser.Parse(piece, False)
            yield self.take()
        self.parser.Parse(b"", True)
        yield self.take()

    def take(self) -> list:
        """What was found since the last time."""
        raise NotImplementedError

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if tag in self.TEXTS:
            if not self.quiet:
                self.parser.CharacterDataHandler = self.text.append
        elif tag == PHONETIC:
            self.quiet = True

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag in self.TEXTS:
            self.parser.CharacterDataHandler = None
        elif tag == PHONETIC:
            self.quiet = False


def _refuse(*_) -> None:
    raise ValueError("a document type")


class _StringsParser(_Parser):
    """The table of shared strings."""

    TEXTS = frozenset((TEXT,))

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def take(self) -> list[str]:
        found, self.found = self.found, []
        return found

    def end(self, tag: str) -> None:
        if tag == STRING:
            self.found.append(_unescaped("".join(self.text)))
            self.text.clear()
        else:
            super().end(tag)


class _SheetParser(_Parser):
    """The rows of a sheet; what else it says goes to the sheet."""

    TEXTS = frozenset((TEXT,))

    def __init__(self, sheet: Sheet):
        super().__init__()
        self.sheet, self.book, self.strings = sheet, sheet.book, sheet.book.strings
        self.found: list[GridRow] = []
        self.number, self.index, self.hidden = 0, -1, False
        self.cells: list[str] = []
        self.cell: dict[str, str] = {}
        self.has_formula = False
        self.columns: dict[str, int] = {}

    def take(self) -> list[GridRow]:
        found, self.found = self.found, []
        return found

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        # The most frequent elements first: this is called for every one of them.
        if tag == CELL:
            self.cell = attributes
        elif tag == VALUE:
            self.parser.CharacterDataHandler = self.text.append
        elif tag == ROW:
            self.number = int(attributes.get("r") or self.number + 1)
            self.hidden = attributes.get("hidden") in YES
            self.index = -1
            self.cells = []
        elif tag == FORMULA:
            self.has_formula = True
        elif tag in BESIDES:
            self._besides(tag, attributes)
        else:
            super().start(tag, attributes)

    def end(self, tag: str) -> None:
        if tag == CELL:
            self._cell()
        elif tag == VALUE:
            self.parser.CharacterDataHandler = None
        elif tag == ROW:
            cells = trimmed(self.cells)
            if cells:
                self.found.append(GridRow(self.number, cells, self.hidden))
        else:
            super().end(tag)

    def _cell(self) -> None:
        place = self.cell.get("r")
        if place is None:
            index = self.index + 1
        else:
            letters = place.rstrip(DIGITS)
            index = self.columns.get(letters)
            if index is None:
                index = self.columns[letters] = column_index_from_string(letters) - 1
        self.index = index
        if not self.text and not self.has_formula:
            return
        text = self._shown(self.text[0] if len(self.text) == 1 else "".join(self.text))
        self.text.clear()
        self.has_formula = False
        if not text:
            return
        if index == len(self.cells) < self.book.limits.columns:
            self.cells.append(text)
        elif index < self.book.limits.columns:
            self.cells.extend([""] * (index + 1 - len(self.cells)))
            # A file may name a cell twice; the later one counts, as in Excel.
            self.cells[index] = text
        else:
            self._beyond()

    def _shown(self, value: str) -> str:
        """The text of a cell as a person sees it; notes formulas without value and errors."""
        kind = self.cell.get("t")
        if kind == "s":
            return self.strings[int(value)] if value else ""
        if kind == "inlineStr" or kind == "str":
            return _unescaped(value)
        if not value:
            message = "是公式，文件里没有算好的结果；请在 WPS 或 Excel 中打开并保存一次再上传"
            self.sheet.say(self.number, self.index, message)
            return ""
        if kind == "e":
            self.sheet.say(self.number, self.index, f"是公式错误（{value}），请改正")
            return value
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if kind == "d":
            return iso_date(value)
        return self.book.shown(value, self.cell.get("s"))

    def _beyond(self) -> None:
        words = f"第{self.book.limits.columns}列以后的内容没有读入"
        if not any(problem.message == words for problem in self.sheet.problems):
            self.sheet.say(self.number, self.index, words)

    def _besides(self, tag: str, attributes: dict[str, str]) -> None:
        sheet = self.sheet
        if tag == COLUMN:
            if attributes.get("hidden") in YES:
                last = min(int(attributes["max"]), self.book.limits.columns)
                sheet.hidden_columns.update(range(int(attributes["min"]) - 1, last))
        elif tag == MERGED:
            if len(sheet.merged) >= MOST_MERGED:
                raise TooMuchError(f"工作表“{sheet.name}”的合并单元格太多，不是正常的表格。")
            left, top, right, bottom = range_boundaries(attributes["ref"])
            sheet.merged.append(Span(top, left - 1, bottom, right - 1))
        else:
            sheet.notes.append("这张表里有图片、图表或文本框，其中的文字没有读入。")


class SharedStrings:
    """The texts to which cells point. What is beyond a usual list lies in a temporary file."""

    def __init__(self):
        self._kept: list[str] = []
        self._left = CHARACTERS_IN_MEMORY
        self._file: IO[bytes] | None = None
        self._ends = array("Q", [0])

    def append(self, text: str) -> None:
        """Add the next text."""
        if self._file is None:
            self._left -= len(text)
            if self._left >= 0:
                self._kept.append(text)
                return
            self._file = TemporaryFile()  # noqa: SIM115 - closed with the workbook
        self._ends.append(self._ends[-1] + self._file.write(text.encode(*UNPAIRED)))

    def __getitem__(self, index: int) -> str:
        """The text at a position from 0.

        Raises:
            IndexError: there are not so many.
        """
        if 0 <= index < len(self._kept):
            return self._kept[index]
        index -= len(self._kept)
        if self._file is None or index < 0:
            raise IndexError
        start, end = self._ends[index : index + 2]
        self._file.seek(start)
        return self._file.read(end - start).decode(*UNPAIRED)

    def close(self) -> None:
        """Give the temporary file back."""
        if self._file is not None:
            self._file.close()


@dataclass
class Workbook:
    """An open workbook: its sheets, its strings, and how much has been read of it."""

    name: str
    archive: ZipFile
    limits: Limits
    strings: "SharedStrings"
    formats: list[str]
    is_1904: bool
    sheets: list[Sheet] = field(default_factory=list)
    _rows: int = 0
    _characters: int = 0

    def shown(self, raw: str, style: str | None) -> str:
        """A number as the cell with this style shows it."""
        index = int(style or 0)
        code = self.formats[index] if index < len(self.formats) else GENERAL
        if code == GENERAL and raw.isdecimal() and len(raw) < 16:
            return raw
        return shown(raw, code, self.is_1904)

    def count(self, row: GridRow) -> None:
        """Take note of a row that was read; refuse when it is one too many."""
        self._rows += 1
        self._characters += sum(map(len, row.cells))
        if self._rows > self.limits.rows:
            raise TooMuchError(
                f"“{self.name}”有内容的行超过{self.limits.rows}行。"
                "请只保留要导入的清单，删去其他工作表和无关的行，再上传。"
            )
        if self._characters > self.limits.characters:
            raise TooMuchError(
                f"“{self.name}”的文字太多（超过{self.limits.characters // 10_000}万字）。"
                "请只保留要导入的清单，再上传。"
            )


@contextmanager
def open_workbook(content: BinaryIO, name: str, limits: Limits = LIMITS) -> Iterator[Workbook]:
    """A workbook that ``opening.kind_of`` has let in, for reading sheet by sheet, row by row.

    Args:
        content: the file; it stays open.
        name: as the file is called, for the sentences.
        limits: what is read at most.

    Raises:
        UnreadableError: it is damaged.
    """
    try:
        with warnings.catch_warnings():
            # What openpyxl does not keep (extensions, print settings) is of no concern.
            warnings.simplefilter("ignore")
            book = _opened(content, name, limits)
    except UnreadableError:
        raise
    except BROKEN_FILE as error:
        raise UnreadableError(f"“{name}”无法打开，文件可能已损坏。{SAVE_WORKBOOK}") from error
    try:
        yield book
    finally:
        book.archive.close()
        book.strings.close()


def read_workbook(content: BinaryIO, name: str, limits: Limits = LIMITS) -> list[SheetGrid]:
    """All sheets of a workbook as grids, hidden ones marked.

    Args and Raises: as ``open_workbook``; also refuses more than ``limits``.
    """
    with open_workbook(content, name, limits) as book:
        return [_grid(sheet) for sheet in book.sheets]


def _grid(sheet: Sheet) -> SheetGrid:
    rows = list(sheet.rows())
    numbers = [row.number for row in rows]
    if any(one >= other for one, other in zip(numbers, numbers[1:], strict=False)):
        rows = _in_order(rows)
    return SheetGrid(
        name=sheet.name,
        source=Source.WORKBOOK,
        rows=rows,
        merged=sheet.merged,
        hidden=sheet.hidden,
        hidden_columns=frozenset(sheet.hidden_columns),
        problems=sheet.problems,
        notes=sheet.notes,
    )


def _in_order(rows: Iterable[GridRow]) -> list[GridRow]:
    """Rows whose numbers do not rise, as some writers leave them: sorted, or counted anew."""
    rows = sorted(rows, key=lambda row: row.number)
    if len({row.number for row in rows}) < len(rows):
        return [row._replace(number=number) for number, row in enumerate(rows, 1)]
    return rows


def _opened(content: BinaryIO, name: str, limits: Limits) -> Workbook:
    reader = ExcelReader(content, read_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_workbook()
    archive = reader.archive
    is_1904 = reader.wb.epoch == CALENDAR_MAC_1904
    strings = _strings(archive, limits)
    book = Workbook(name, archive, limits, strings, _formats(archive), is_1904)
    for sheet, relation in reader.parser.find_sheets():
        if relation.target not in archive.NameToInfo:
            continue
        if len(book.sheets) >= MOST_SHEETS:
            raise TooMuchError(f"“{name}”的工作表超过{MOST_SHEETS}张，请只保留要导入的清单。")
        if relation.Type.endswith("/worksheet"):
            hidden = sheet.state != "visible"
            book.sheets.append(Sheet(sheet.name, hidden, relation.target, book))
    return book


def _strings(archive: ZipFile, limits: Limits) -> SharedStrings:
    """The shared strings; a workbook keeps each text once, its cells point to it."""
    part = next((n for n in archive.namelist() if n.lower() == "xl/sharedstrings.xml"), None)
    strings = SharedStrings()
    if part is None:
        return strings
    left = limits.characters
    with archive.open(part) as stream:
        for found in _StringsParser().read(stream):
            for text in found:
                strings.append(text)
                left -= len(text)
                if left < 0:
                    raise TooMuchError("文件里的文字太多。请只保留要导入的清单，再上传。")
    return strings


def _formats(archive: ZipFile) -> list[str]:
    """The number format of each cell style; colours and fonts, often broken, are not looked at."""
    if STYLES not in archive.NameToInfo:
        return []
    root = fromstring(archive.read(STYLES))
    own = {
        int(each.get("numFmtId")): each.get("formatCode") or GENERAL
        for each in root.iter(f"{{{NAMESPACE}}}numFmt")
    }
    styles = root.find(f"{{{NAMESPACE}}}cellXfs")
    numbers = [int(style.get("numFmtId") or 0) for style in styles] if styles is not None else []
    return [own.get(number) or builtin(number) for number in numbers]


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return ESCAPED.sub(_character, text)


def _character(match: re.Match) -> str:
    code = int(match[1], 16)
    if code == 0x0D:
        return ""  # half of a line break of Windows
    # Control characters and halves of characters cannot be stored.
    return chr(code) if code >= 0x20 and not 0xD800 <= code < 0xE000 or code in (9, 10) else ""
