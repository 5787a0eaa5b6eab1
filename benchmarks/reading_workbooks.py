"""Reading a workbook of 90 counties' lists, 13,770 rows, against unzipping and parsing it.

The floor inflates every part that holds cells or texts and sends it through expat without
looking at it. Once the texts stand in the cells, as openpyxl writes them, and once in a table
of shared strings, as Excel and WPS do. Memory is what Python allocates at its peak
(tracemalloc); a line of its own, in megabytes, with its goal as a floor.
"""

import json
import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO
from xml.parsers import expat
from xml.sax.saxutils import escape

from openpyxl import Workbook

from benchmarks.databases import ROOT
from benchmarks.measuring import Line, compare, measure
from projects.documents.archives import Limits
from projects.documents.opening import kind_of
from projects.documents.workbooks import open_workbook

COUNTIES = 90
GOAL = 5
MOST_MEGABYTES = 10
LEVELS = ("province", "city", "county")
HEAD = ("序号", "项目内容", "工作进度安排", "目前实施情况", "牵头单位")
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# An import stops at 5,000 rows; the speed is measured beyond.
LIMITS = Limits(rows=20_000, characters=100_000_000)


def run(rounds: int) -> list[Line]:
    """Measure time and memory of reading all rows, one by one."""
    rows = _rows()
    lines = []
    for name, content in (
        ("texts in cells", _with_inline_strings(rows)),
        ("shared strings", _with_shared_strings(rows)),
    ):
        lines += _measured(name, content, len(rows), rounds)
    return lines


def _measured(name: str, content: bytes, count: int, rounds: int) -> list[Line]:
    if _read(content) != count:
        raise RuntimeError(f"of {count} rows, {_read(content)} were read")
    ours, floor = f"reading {count:,} rows ({name})", f"unzip and expat ({name})"
    samples = measure({floor: lambda: _floor(content), ours: lambda: _read(content)}, rounds)
    peak = _peak_megabytes(lambda: _read(content))
    ratio = peak / MOST_MEGABYTES
    memory = Line(
        f"peak memory ({name})", f"{MOST_MEGABYTES} MB", "MB", peak, MOST_MEGABYTES, ratio, ratio, 1
    )
    return [compare(samples, ours, floor, GOAL), memory]


def _read(content: bytes) -> int:
    """What an import does with the file up to its rows: checks included."""
    stream = BytesIO(content)
    kind_of(stream, "清单.xlsx", LIMITS)
    with open_workbook(stream, "清单.xlsx", LIMITS) as book:
        return sum(1 for sheet in book.sheets for _ in sheet.rows())


def _floor(content: bytes) -> None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for part in (SHEET, STRINGS):
            if part in archive.namelist():
                with archive.open(part) as stream:
                    expat.ParserCreate().ParseFile(stream)


def _peak_megabytes(call: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1] / 1_000_000
    finally:
        tracemalloc.stop()


def _rows() -> list[tuple]:
    """The head, and the three lists of 苍南 as 90 counties would have them: each in its own
    words, so that a table of shared strings does not hold one county's only."""
    items = [
        item
        for level in LEVELS
        for item in json.loads((ROOT / "fixtures" / f"cangnan-2023-{level}.json").read_text())
    ]
    rows = [HEAD]
    for county in range(COUNTIES):
        for item in items:
            words = (f"{item[name]}{county}" for name in ("title", "schedule", "status"))
            rows.append((len(rows), *words, item["lead_unit"]))
    return rows


def _with_inline_strings(rows: list[tuple]) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("清单")
    for row in rows:
        sheet.append(row)
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _with_shared_strings(rows: list[tuple]) -> bytes:
    strings: dict[str, int] = {}
    lines = []
    for number, row in enumerate(rows, 1):
        cells = []
        for letter, value in zip("ABCDE", row, strict=True):
            if isinstance(value, int):
                cells.append(f'<c r="{letter}{number}"><v>{value}</v></c>')
            else:
                index = strings.setdefault(value, len(strings))
                cells.append(f'<c r="{letter}{number}" t="s"><v>{index}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    table = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    return _replaced(
        _with_inline_strings([]),
        {
            SHEET: f'<worksheet xmlns="{NAMESPACE}"><sheetData>{"".join(lines)}'
            "</sheetData></worksheet>",
            STRINGS: f'<sst xmlns="{NAMESPACE}">{table}</sst>',
        },
    )


def _replaced(content: bytes, parts: dict[str, str]) -> bytes:
    stream = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as archive,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for name in archive.namelist():
            if name not in parts:
                changed.writestr(name, archive.read(name))
        for name, xml in parts.items():
            changed.writestr(name, xml)
    return stream.getvalue()
