"""The two counties' documents, and the same lists saved as Excel and Word files."""

import json
from io import BytesIO
from pathlib import Path

from django.conf import settings
from docx import Document
from openpyxl import Workbook

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
LEVELS = ("province", "city", "county")
HEADS = {
    "province": ["序号", "项目内容", "工作进度安排", "目前实施情况", "牵头单位"],
    "city": ["项目名称", "序号", "项目内容", "工作进度安排", "目前实施情况", "牵头单位"],
    "county": [
        "实事名称",
        "项目内容(含具体点位)",
        "工作计划和进度安排",
        "目前实施情况",
        "牵头单位",
    ],
}
TITLES = {
    "province": "2023年省政府民生实事项目实施计划(截至4月10日)",
    "city": "2023年市政府民生实事项目实施计划",
    "county": "2023年度县政府民生实事项目实施计划",
}
# The two rows of the province's list that share their schedule, status and unit.
SHARING = (18, 19)


def corpus_text(doc: str) -> str:
    """A corpus document as it was published."""
    return (FIXTURES / f"{doc}.txt").read_text(encoding="utf-8")


def corpus_items(name: str) -> list[dict]:
    """The rows of a list, proof-read and read by hand."""
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def printed_cells(level: str) -> list[list[str]]:
    """The rows of 苍南's list under its head, each with a cell for every column, as printed.

    The group's cell stands in the group's first rows only.
    """
    text = corpus_text("cangnan-2023")
    lines = text[text.index(TITLES[level]) :].splitlines()[2:]
    width = len(HEADS[level])
    rows = []
    for line in lines:
        if "|" not in line:
            break
        cells = [cell.strip() for cell in line.split("|")][:width]
        cells += [""] * (width - len(cells))
        if level != "province" and not cells[-1]:
            cells = ["", *cells[:-1]]
        rows.append(cells)
    return rows


def _spans(level: str, rows: list[list[str]]) -> list[tuple[int, int, int]]:
    """What is merged downwards: column, first and last row, counted from 0."""
    if level == "province":
        first, last = (number - 1 for number in SHARING)
        return [(column, first, last) for column in (2, 3, 4)]
    starts = [index for index, row in enumerate(rows) if row[0]]
    ends = [*(start - 1 for start in starts[1:]), len(rows) - 1]
    return [(0, start, end) for start, end in zip(starts, ends, strict=True) if end > start]


def corpus_workbook() -> BytesIO:
    """苍南's bulletin as an Excel file: three sheets, a merged title row, merged groups."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for level in LEVELS:
        sheet = workbook.create_sheet(level)
        head, rows = HEADS[level], printed_cells(level)
        sheet.append([TITLES[level]])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(head))
        sheet.append(head)
        for row in rows:
            sheet.append([int(cell) if cell.isdecimal() else cell or None for cell in row])
        for column, first, last in _spans(level, rows):
            sheet.merge_cells(
                start_row=first + 3,
                start_column=column + 1,
                end_row=last + 3,
                end_column=column + 1,
            )
    return saved(workbook)


def corpus_document() -> BytesIO:
    """苍南's bulletin as a Word file: a headline, and three tables under their titles."""
    document = Document()
    document.add_paragraph(corpus_text("cangnan-2023").splitlines()[0])
    for level in LEVELS:
        document.add_paragraph(TITLES[level])
        head, rows = HEADS[level], printed_cells(level)
        table = document.add_table(0, len(head))
        for cells in (head, *rows):
            for cell, text in zip(table.add_row().cells, cells, strict=True):
                cell.text = text
        for column, first, last in _spans(level, rows):
            text = table.cell(first + 1, column).text
            merged = table.cell(first + 1, column).merge(table.cell(last + 1, column))
            merged.text = text
    return saved(document)


def breakdown_document() -> BytesIO:
    """象山's breakdown as a Word file: item blocks in prose, allocations in tables."""
    document = Document()
    cells: list[str] = []
    for line in [*corpus_text("xiangshan-2024").splitlines(), "备注："]:
        text = line.strip()
        if line.startswith("\t"):
            cells.append(text)
        elif cells and text and len(text) <= 2:
            cells[-1] += f"\n{text}"
        elif text:
            _allocation_table(document, cells)
            cells = []
            document.add_paragraph(line)
    return saved(document)


def breakdown_workbook() -> BytesIO:
    """象山's breakdown as an Excel file: the text of the Word file pasted on a sheet."""
    workbook = Workbook()
    sheet = workbook.active
    cells: list[str] = []
    for line in [*corpus_text("xiangshan-2024").splitlines(), "备注："]:
        text = line.strip()
        if line.startswith("\t"):
            cells.append(text)
        elif cells and text and len(text) <= 2:
            cells[-1] += f"\n{text}"
        elif text:
            for row in _in_two_rows(cells):
                sheet.append([int(cell) if cell.isdecimal() else cell for cell in row])
            cells = []
            sheet.append([line])
    return saved(workbook)


def _in_two_rows(cells: list[str]) -> list[list[str]]:
    """Places and figures, one over the other, as a table of the text was printed."""
    count = (len(cells) + 1) // 2
    return [cells[:count], cells[count:]] if cells else []


def _allocation_table(document, cells: list[str]) -> None:
    if not cells:
        return
    # One breakdown has a figure less than towns: as printed, its last cell is empty.
    count = (len(cells) + 1) // 2
    table = document.add_table(2, count)
    for index, text in enumerate(cells):
        table.cell(index // count, index % count).text = text


def saved(document) -> BytesIO:
    """A workbook or document as a file."""
    stream = BytesIO()
    document.save(stream)
    stream.seek(0)
    return stream


def workbook_of(*rows, merged=(), title="清单") -> BytesIO:
    """A workbook of one sheet with these rows and merged ranges."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for span in merged:
        sheet.merge_cells(span)
    return saved(workbook)
