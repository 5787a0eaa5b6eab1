"""苍南县's bulletin rebuilt from its data: the Excel file against the document, cell by cell."""

import json
from datetime import date
from io import BytesIO
from itertools import groupby

import pytest
from django.conf import settings
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from progress.documents.bulletin_docx import bulletin_document
from progress.documents.bulletin_xlsx import bulletin_workbook
from progress.models import Round
from progress.operations.bulletins import (
    issue_bulletin,
    issued_content,
    proposed_data,
    start_bulletin,
)
from progress.tests.test_bulletins import HEADLINE

pytestmark = pytest.mark.django_db

HEADS = {
    "province": ["序号", "项目内容", "工作进度安排", "目前实施情况", "牵头单位"],
    "city": ["项目名称", "序号", "项目内容", "工作进度安排", "目前实施情况", "牵头单位"],
    "county": [
        "实事名称",
        "项目内容（含具体点位）",
        "工作计划和进度安排",
        "目前实施情况",
        "牵头单位",
    ],
}
SHEETS = {"province": "省级清单", "city": "市级清单", "county": "县级清单"}
NUMERALS = "一二三四五六七八九十"


def printed(level):
    """The rows of the document, as read by hand."""
    path = settings.BASE_DIR / "fixtures" / f"cangnan-2023-{level}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def numeral(number):
    tens, ones = divmod(number, 10)
    if number < 10:
        return NUMERALS[number - 1]
    head = "十" if tens == 1 else f"{NUMERALS[tens - 1]}十"
    return head + (NUMERALS[ones - 1] if ones else "")


def expected(level):
    """The cells as the original prints them; the group stands in each of its rows."""
    rows, groups = [], {}
    for row in printed(level):
        words = [row["schedule"], row["status"] or "", row["lead_unit"]]
        group = row["category"]
        groups.setdefault(group, len(groups) + 1)
        if level == "province":
            rows.append([row["number"], row["title"], *words])
        elif level == "city":
            rows.append([f"{numeral(groups[group])}、{group}", row["number"], row["title"], *words])
        else:
            rows.append([group, f"{row['number']}.{row['title']}", *words])
    return rows


@pytest.fixture
def content(corpus_as_loaded, office):
    published = Round.objects.select_related("county").get(
        county__code="330327", as_of=date(2023, 4, 10)
    )
    begun = start_bulletin(by=office, round=published, data=proposed_data(published))
    version = issue_bulletin(
        by=office, bulletin=begun, edits=0, issued_on=date(2023, 4, 12), now=timezone.now()
    )
    return issued_content(version)


@pytest.fixture
def book(content):
    return load_workbook(BytesIO(bulletin_workbook(content)))


def head_of(sheet):
    """The row of the headings."""
    for row in sheet.iter_rows(max_row=10):
        if "牵头单位" in [cell.value for cell in row]:
            return row[0].row
    raise AssertionError(f"{sheet.title} has no head")


def cells(sheet, columns):
    """The table's cells, those under a merged one with its words."""
    first = head_of(sheet) + 1
    grid = {
        (cell.row, cell.column): cell.value
        for row in sheet.iter_rows(min_row=first)
        for cell in row
    }
    for merged in sheet.merged_cells.ranges:
        if merged.min_row >= first:
            words = grid[merged.min_row, merged.min_col]
            grid |= dict.fromkeys(merged.cells, words)
    rows = range(first, sheet.max_row + 1)
    return [[grid.get((r, c)) or "" for c in range(1, columns + 1)] for r in rows]


def merged_rows(sheet, column):
    """(first, last) of the merged cells of a column, rows counted from the table's first."""
    first = head_of(sheet) + 1
    return sorted(
        (merged.min_row - first, merged.max_row - first)
        for merged in sheet.merged_cells.ranges
        if merged.min_col == merged.max_col == column and merged.min_row >= first
    )


@pytest.mark.parametrize("level", SHEETS)
def test_each_list_has_the_columns_of_the_original_in_its_order(book, level):
    sheet = book[SHEETS[level]]
    head = [cell.value.replace("\n", "") for cell in sheet[head_of(sheet)]]
    assert head == HEADS[level]


@pytest.mark.parametrize("level", SHEETS)
def test_each_list_holds_the_wording_of_the_original_cell_by_cell(book, level):
    wanted = expected(level)
    found = cells(book[SHEETS[level]], len(HEADS[level]))
    assert len(found) == len(wanted)
    for got, want in zip(found, wanted, strict=True):
        assert [" ".join(str(c).split()) for c in got] == [" ".join(str(c).split()) for c in want]


@pytest.mark.parametrize("level", ["city", "county"])
def test_groups_are_merged_as_in_the_original(book, level):
    runs, start = [], 0
    for _group, rows in groupby(printed(level), key=lambda row: row["category"]):
        length = len(list(rows))
        if length > 1:
            runs.append((start, start + length - 1))
        start += length
    assert merged_rows(book[SHEETS[level]], 1) == runs


def test_rows_18_and_19_of_the_province_share_schedule_status_and_unit(book):
    sheet = book["省级清单"]
    for column in (3, 4, 5):
        assert merged_rows(sheet, column) == [(17, 18)]
    assert merged_rows(sheet, 1) == merged_rows(sheet, 2) == []


def test_no_cell_is_a_formula(book):
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert "e" not in kinds


def test_the_word_file_says_the_headline_of_the_original(content):
    words = [p.text.strip() for p in Document(BytesIO(bulletin_document(content))).paragraphs]
    assert any(paragraph.startswith(HEADLINE) for paragraph in words)
    assert words.index("一、总体情况") < words.index("二、存在问题") < words.index("三、下步要求")


@pytest.mark.parametrize(("level", "rows"), [("province", 46), ("city", 54), ("county", 53)])
def test_the_word_file_annexes_every_row_of_each_list(content, level, rows):
    document = Document(BytesIO(bulletin_document(content)))
    tables = {
        tuple(cell.text.replace("\n", "") for cell in table.rows[0].cells): table
        for table in document.tables
    }
    table = tables[tuple(HEADS[level])]
    assert len(table.rows) == rows + 1
    title = HEADS[level].index(next(h for h in HEADS[level] if h.startswith("项目内容")))
    wanted = [row[title] for row in expected(level)]
    assert [row.cells[title].text for row in table.rows[1:]] == wanted
