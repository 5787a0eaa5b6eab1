"""Every file that goes out holds to the rules of Excel and Word, beyond opening in LibreOffice."""

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.cell_range import CellRange

from livelihood.organisation.documents.table_xlsx import table_workbook
from livelihood.organisation.documents.tables import Chart, ChartKind, Column, Kind, Merge, Table
from progress.models import Round
from progress.operations.bulletins import proposed_data, start_bulletin
from progress.rules.layouts import READY_MADE
from progress.tests.ooxml import faults

CANGNAN = ["330327", 2023]
DAY = date(2023, 4, 10)
FILES = {
    "overview_excel": [],
    "items_excel": [],
    "item_excel": ["county", 8],
    "units_excel": [],
    "unit_excel": ["县教育局"],
    "leaders_excel": [],
    "rounds_excel": [],
    "round_excel": [DAY],
    "review_excel": [DAY],
    "reporting_excel": [],
    "slips_excel": [],
    "bulletins_excel": [],
    "year_end_excel": [],
    "year_end_docx": [],
    "layout_sample": [],
    "import_template": ["county"],
    "audit_excel": None,
}


@pytest.fixture
def client(corpus, office, client_for):
    return client_for(office)


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_the_pages(name, client, supervisor, client_for):
    more = FILES[name]
    if more is None:
        client, address = client_for(supervisor), reverse(name)
    else:
        address = reverse(name, args=[*CANGNAN, *more])
    response = client.get(address)
    assert response.status_code == 200
    assert faults(response.getvalue()) == []


@pytest.mark.parametrize("key", READY_MADE)
def test_the_ready_made_layouts(key, client):
    response = client.get(reverse("layout_excel", args=[*CANGNAN, key]))
    assert faults(response.getvalue()) == []


@pytest.mark.parametrize("name", ["bulletin_xlsx", "bulletin_docx"])
def test_the_bulletin(name, client, office):
    april = Round.objects.select_related("county").get(county__code="330327", as_of=DAY)
    begun = start_bulletin(by=office, round=april, data=proposed_data(april))
    response = client.get(reverse(name, args=[*CANGNAN, begun.pk]))
    assert faults(response.getvalue()) == []


def test_the_workbook_for_reporting(client, reporter):
    address = reverse("workbook", args=[*CANGNAN, DAY], query={"unit": reporter.unit.pk})
    assert faults(client.get(address).getvalue()) == []


def test_a_table_of_all_that_is_awkward():
    columns = (
        Column("序号", 6, Kind.COUNT),
        Column("内容", 30),
        Column("研判", 10, Kind.STATUS, over="甲's"),
        Column("占比", 10, Kind.PERCENT, over="甲's"),
    )
    long = "长" * 40_000
    rows = ((1, "=1+1", "滞后", 12.5), (2, "甲\x00乙\ud800", "完成", 12.5), (3, long, "未报", 0.0))
    charts = (Chart(ChartKind.BAR, "图", 1, (3,)), Chart(ChartKind.STACKED, "图", 1, (3,)))
    names = ["它's：“表”", "它's：“表”", "[甲]/乙*?", "'", "history", "名" * 40]
    tables = [
        Table(name, "题" * 300, columns, rows, ("注",), (Merge(3, 0, 1),), charts=charts)
        for name in names
    ]
    content = table_workbook(tables, title="题\x00", made_on=DAY, marks=["&" * 90])
    assert faults(content) == []


# -- The looking itself ---------------------------------------------------------------------


def broken(change):
    """What is found in a plain workbook that ``change`` has spoilt."""
    book = Workbook()
    sheet = book.active
    for number in range(1, 5):
        sheet.append([f"甲{number}", number])
    change(book, sheet)
    stream = BytesIO()
    book.save(stream)
    return " ".join(faults(stream.getvalue()))


def spoilt(part, old, new):
    """What is found in a plain workbook where a part says something else."""
    book = Workbook()
    book.active.append(["plain", 1])
    stream, out = BytesIO(), BytesIO()
    book.save(stream)
    with ZipFile(stream) as source, ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new)
            target.writestr(name, content)
    return " ".join(faults(out.getvalue()))


def merge_over_each_other(book, sheet):
    sheet.merged_cells.ranges.update({CellRange("A1:B2"), CellRange("B2:C3")})


def test_a_plain_workbook_has_no_faults():
    assert broken(lambda book, sheet: None) == ""


def test_what_would_have_to_be_repaired_is_found():
    assert "merged cells over each other" in broken(merge_over_each_other)
    assert "points high" in broken(lambda b, s: setattr(s.row_dimensions[1], "height", 500))
    assert "wide" in broken(lambda b, s: setattr(s.column_dimensions["A"], "width", 300))
    sheet = "xl/worksheets/sheet1.xml"
    assert "follows row" in spoilt(sheet, b'<row r="1"', b'<row r="0"')
    assert "has no style" in spoilt(sheet, b'<c r="A1"', b'<c r="A1" s="9"')
    assert "longer than a cell holds" in spoilt(sheet, b"plain", b"x" * 32_768)
    assert "stands too late" in spoilt(sheet, b"</worksheet>", b"<cols/></worksheet>")
    blue = Font(color="0000FF")
    assert "is transparent" in broken(lambda b, s: setattr(s["A1"], "font", blue))
    twice = b"<sheetData/><sheetData>"
    assert "stands twice" in spoilt(sheet, b"<sheetData>", twice)
    book = "xl/workbook.xml"
    assert "is no name for a sheet" in spoilt(book, b'name="Sheet"', b'name="a/b"')
    assert "1 to 31 characters" in spoilt(book, b'name="Sheet"', b'name="' + b"a" * 32 + b'"')
    assert "is no relationship" in spoilt(book, b'r:id="rId1"', b'r:id="rId99"')
    assert "is missing" in spoilt("xl/_rels/workbook.xml.rels", b"sheet1.xml", b"sheet2.xml")
