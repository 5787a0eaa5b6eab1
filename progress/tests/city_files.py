"""The illustrative table of 苍南县 as a city would send it: as sheets, documents and text."""

import json
from io import BytesIO
from pathlib import Path

from django.conf import settings
from docx import Document
from openpyxl import Workbook

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
COUNTIES = (
    "鹿城区", "龙湾区", "瓯海区", "洞头区", "乐清市", "瑞安市",
    "永嘉县", "平阳县", "苍南县", "文成县", "泰顺县", "龙港市",
)  # fmt: skip
OWN = "苍南县"
TITLE = "温州市2023年省政府民生实事项目进展情况（截至4月10日）"
TARGET = 10_000


def fixture_rows() -> list[dict]:
    """The rows of the fixture, each with the item's printed title."""
    path = FIXTURES / "cangnan-2023.city-table.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["city_table"]
    items = json.loads((FIXTURES / "cangnan-2023-province.json").read_text(encoding="utf-8"))
    titles = {item["number"]: item["title"] for item in items}
    return [row | {"title": titles[row["number"]]} for row in rows]


def county_figures(row: dict) -> dict[str, float]:
    """Figures of twelve counties whose mean and rank are those of the row."""
    own, rank = row["figure"], row["rank"]
    above, below = rank - 1, 12 - rank
    rest = 12 * row["average"] - own
    low = max(own - 0.5, 0) if below else 0.0
    high = (rest - below * low) / above if above else own
    if above and high <= own:
        high = own + 0.5
    if below:
        low = (rest - above * (high if above else 0)) / below
    others = [high] * above + [low] * below
    names = [name for name in COUNTIES if name != OWN]
    figures = {OWN: own} | {n: round(v, 2) for n, v in zip(names, others, strict=True)}
    return {name: figures[name] for name in COUNTIES}


def single_rows(rows=None) -> list[list]:
    """A row per item: 本县、全市平均、排名."""
    head = ["序号", "项目内容", "本县完成比例（%）", "全市平均（%）", "全市排名"]
    body = [
        [r["number"], r["title"], r["figure"], r["average"], f"{r['rank']}/{r['counties']}"]
        for r in rows or fixture_rows()
    ]
    return [[TITLE], head, *body]


def matrix_rows(*, average: bool = True) -> list[list]:
    """Items × counties, three measures each, under two lines of heads."""
    names = [*COUNTIES, *(["全市平均"] if average else [])]
    first, second = ["序号", "项目名称"], ["", ""]
    for name in names:
        first += [name, "", ""]
        second += ["目标任务", "进度", "完成比例"]
    body = []
    for row in fixture_rows():
        line = [row["number"], row["title"]]
        for figure in county_figures(row).values():
            line += [TARGET, round(figure * TARGET / 100), figure / 100]
        if average:
            line += ["", "", row["average"] / 100]
        body.append(line)
    return [[TITLE], first, second, *body]


def workbook(rows, merged=()) -> bytes:
    """An .xlsx file of one sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = "省级"
    for row in rows:
        sheet.append(list(row))
    for span in merged:
        sheet.merge_cells(span)
    return _saved(book)


def matrix_workbook(*, average: bool = True) -> bytes:
    """The matrix with the heads merged as a person would, percents formatted as such."""
    rows = matrix_rows(average=average)
    book = Workbook()
    sheet = book.active
    sheet.title = "省级"
    for row in rows:
        sheet.append(row)
    groups = len(COUNTIES) + average
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=2 + 3 * groups)
    for column in (1, 2):
        sheet.merge_cells(start_row=2, end_row=3, start_column=column, end_column=column)
    for group in range(groups):
        left = 3 + 3 * group
        sheet.merge_cells(start_row=2, end_row=2, start_column=left, end_column=left + 2)
    for row in sheet.iter_rows(min_row=4):
        for cell in row[4::3]:
            cell.number_format = "0.00%"
    return _saved(book)


def document(rows) -> bytes:
    """A .docx file: the title as a paragraph, the rest as a table."""
    word = Document()
    word.add_paragraph(rows[0][0])
    table = word.add_table(0, len(rows[1]))
    for row in rows[1:]:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = str(value)
    return _saved(word)


def pasted(rows) -> str:
    """Rows as they come out of a spreadsheet's clipboard."""
    return "\n".join("\t".join(map(str, row)) for row in rows)


def _saved(file) -> bytes:
    stream = BytesIO()
    file.save(stream)
    return stream.getvalue()
