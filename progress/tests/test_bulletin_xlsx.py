"""The bulletin's Excel file: read back, it says what went in, and can be sent and printed."""

import json
import re
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook

from livelihood.organisation.documents.table_xlsx import save_tables, sheet_name, table_workbook
from livelihood.organisation.documents.tables import Chart, ChartKind, Column, Kind, Merge, Table
from progress.documents.bulletin import BulletinContent
from progress.documents.bulletin_xlsx import bulletin_workbook

DAY = date(2023, 4, 13)
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLUMNS = (
    Column("序号", 6, Kind.COUNT),
    Column("项目名称", 14, Kind.LABEL),
    Column("项目内容", 40),
    Column("实际进度", 10, Kind.PERCENT, over="进度"),
    Column("偏差", 10, Kind.POINTS, over="进度"),
    Column("完成数", 10, Kind.NUMBER),
    Column("到期日", 16, Kind.DATE),
    Column("研判", 12, Kind.STATUS),
)
ROWS = (
    ("省级", "", "", "", "", "", "", ""),
    (1, "优托护苗", "新增托位400个。", 42.0, 5.0, 13, date(2023, 6, 30), "✓ 已完成"),
    (2, "优托护苗", "新建公办幼儿园。", 33.3, -12.0, 29.3, None, "■ 严重滞后"),
    (3, "交通畅行", "农村公路。", None, None, None, date(2024, 2, 29), ""),
    ("合计", "", "", 37.65, "", 42.3, "", ""),
)
TABLE = Table(
    name="省级清单",
    title="省政府民生实事项目实施计划",
    columns=COLUMNS,
    rows=ROWS,
    notes=("截至4月10日。",),
    merges=(Merge(1, 1, 2),),
    groups=(0,),
    totals=(4,),
)
# Title, note, two lines of headings; then the rows.
ABOVE, HEAD, FIRST = 3, 4, 5
CONTENT = BulletinContent(
    county="苍南县",
    year=2023,
    as_of=date(2023, 4, 10),
    title="关于民生实事项目进展情况的通报",
    number="督查通报〔2023〕第1期",
    notes=("演示数据",),
    addressees="各乡镇人民政府",
    lead_in="",
    sections=(),
    signed_by="苍南县人民政府办公室",
    issued_on=DAY,
    copies="",
    sheets=(TABLE, replace(TABLE, name="市级清单")),
    annexes=(),
)


def file_of(*tables):
    return table_workbook(tables or [TABLE], title="清单", made_on=DAY)


def sheet_of(table=TABLE):
    return load_workbook(BytesIO(file_of(table))).worksheets[0]


def part(file, name):
    with ZipFile(BytesIO(file)) as archive:
        return archive.read(name).decode()


def at(*day):
    """A day as openpyxl reads it: Excel knows no time zone."""
    return datetime(*day)  # noqa: DTZ001


def merged(sheet):
    return {str(cells) for cells in sheet.merged_cells.ranges}


def one_column(*cells, width=20, **fields):
    return Table("表", "表", (Column("内容", width),), tuple((cell,) for cell in cells), **fields)


# -- What it says -----------------------------------------------------------------------


def test_what_is_read_back_is_what_went_in():
    grid = [list(row) for row in sheet_of().iter_rows(values_only=True)]
    none = [None] * 7
    assert grid[0] == ["省政府民生实事项目实施计划", *none]
    assert grid[1] == ["截至4月10日。", *none]
    # Where headings are merged, openpyxl reads the first only.
    assert grid[2] == ["序号", "项目名称", "项目内容", "进度", None, "完成数", "到期日", "研判"]
    assert grid[3] == [None, None, None, "实际进度", "偏差", None, None, None]
    assert grid[4] == ["省级", *none]
    assert grid[5] == [
        *(1, "优托护苗", "新增托位400个。", 0.42, 5, 13, at(2023, 6, 30), "✓ 已完成")
    ]
    assert grid[6] == [2, None, "新建公办幼儿园。", 0.333, -12, 29.3, "—", "■ 严重滞后"]
    assert grid[7] == [3, "交通畅行", "农村公路。", "—", "—", "—", at(2024, 2, 29), None]
    assert grid[8] == ["合计", None, None, 0.3765, None, 42.3, None, None]
    assert len(grid) == 9


def test_every_row_of_merged_cells_keeps_its_words_so_that_a_filter_finds_it():
    xml = etree.fromstring(part(file_of(), "xl/worksheets/sheet1.xml").encode())
    texts = {cell.get("r"): "".join(cell.itertext()) for cell in xml.iter(f"{MAIN}c")}
    assert texts["B6"] == texts["B7"] == "优托护苗"
    assert texts["A3"] == texts["A4"] == "序号"


@pytest.mark.parametrize(
    ("column", "row", "number_format"),
    [
        (4, 1, "0.0%"),
        (5, 1, '+0.0;"−"0.0;0.0'),
        (6, 1, "0"),
        (6, 2, "0.0"),
        (7, 1, 'yyyy"年"m"月"d"日"'),
        (1, 1, "0"),
    ],
)
def test_numbers_and_dates_are_such_with_their_formats(column, row, number_format):
    cell = sheet_of().cell(FIRST + row, column)
    assert cell.number_format == number_format
    assert cell.data_type in "nd"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "=cmd|' /C calc'!A0", "1", "0.5", "#N/A", "TRUE"]
)
def test_nothing_typed_is_a_formula_a_number_or_an_error(text):
    cell = sheet_of(one_column(text))["A3"]
    assert (cell.value, cell.data_type) == (text, "s")
    # Also after the cell was edited in Excel.
    assert cell.quotePrefix == (text[0] in "=+-@\t")


def test_titles_notes_headings_groups_and_names_are_no_formulas_either():
    table = Table("=名", "=题", (Column("=列", 9),), (("=组",), ("=总",)), ("=注",), (), (0,), (1,))
    sheet = sheet_of(replace(table, empty="=无"))
    assert [cell.value for cell in sheet["A"]] == ["=题", "=注", "=列", "=组", "=总"]
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert "<f>" not in part(file_of(table), "xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("甲\x00乙\x07\x1b\x1f丙\x0b\x0c", "甲乙丙"),
        ("甲\ufffe\uffff\ud800乙", "甲乙"),
        ("甲\r\n乙\r丙", "甲\n乙\n丙"),
        ("  两端空格 ", "  两端空格 "),
        ("<b>&amp;</b>★≥𠮷😀", "<b>&amp;</b>★≥𠮷😀"),
    ],
)
def test_characters_that_excel_cannot_hold_are_dropped_and_no_others(text, kept):
    assert sheet_of(one_column(text))["A3"].value == kept


def test_what_looks_like_a_coded_character_is_not_read_as_one():
    assert "<t>_x005F_x0041_</t>" in part(
        file_of(one_column("_x0041_")), "xl/worksheets/sheet1.xml"
    )


def test_a_text_longer_than_a_cell_can_hold_says_that_it_goes_on():
    value = sheet_of(one_column("字" * 40_000))["A3"].value
    assert len(value) == 32_767
    assert value.startswith("字" * 32_000)
    assert value.endswith("全文请在系统内查看）")


@settings(max_examples=30, deadline=None)  # each writes and opens a file
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_text_makes_a_file_that_opens(text):
    table = one_column(text, notes=(text,))
    sheet = sheet_of(replace(table, name=text, title=text))
    assert sheet.max_row == 4
    assert not any(cell.data_type == "f" for cell in sheet["A"])


# -- How it looks -----------------------------------------------------------------------


def test_cells_are_merged_as_the_table_says():
    assert merged(sheet_of()) == {
        *("A1:H1", "A2:H2"),  # title, note
        *("D3:E3", "A3:A4", "B3:B4", "C3:C4", "F3:F4", "G3:G4", "H3:H4"),  # headings
        *("A5:H5", "B6:B7"),  # group, 项目名称
    }


def test_the_table_has_borders_all_around_also_where_cells_are_merged():
    for row in sheet_of().iter_rows(min_row=ABOVE):
        for cell in row:
            sides = cell.border.left, cell.border.right, cell.border.top, cell.border.bottom
            if not any(cell.coordinate in cells for cells in cell.parent.merged_cells.ranges):
                assert {side.style for side in sides} == {"thin"}
    assert 'r="B7" s="' in part(file_of(), "xl/worksheets/sheet1.xml")


def test_sums_and_groups_are_bold_and_shaded():
    sheet = sheet_of()
    for row in (ABOVE, FIRST, FIRST + 4):
        assert sheet.cell(row, 1).font.bold
        assert sheet.cell(row, 1).fill.fill_type == "solid"
    assert not sheet.cell(FIRST + 1, 1).font.bold


def test_the_sheet_prints_on_a4_across_with_repeated_heads_and_page_numbers():
    sheet = sheet_of()
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$3:$4"
    assert sheet.oddFooter.center.text == "第 &P 页，共 &N 页"
    assert sheet.freeze_panes == "A5"


def test_filters_reach_from_the_lower_headings_to_the_last_row_before_the_sum():
    assert sheet_of().auto_filter.ref == "A4:H8"


def test_without_rows_it_says_so_over_the_whole_width():
    sheet = sheet_of(replace(TABLE, rows=(), merges=(), groups=(), totals=(), empty="本期没有。"))
    assert sheet["A5"].value == "本期没有。"
    assert "A5:H5" in merged(sheet)
    assert sheet.auto_filter.ref is None


def test_a_status_is_coloured_by_its_word_and_again_when_it_is_changed():
    sheet = sheet_of()
    (cells,) = sheet.conditional_formatting
    assert str(cells.sqref) == "H5:H9"
    rules = {rule.text: rule for rule in cells.rules}
    assert rules["滞后"].formula == ['NOT(ISERROR(SEARCH("滞后",H5)))']
    assert rules["滞后"].dxf.fill.bgColor.rgb.endswith("FDEED2")
    # 严重滞后 has 滞后 in it, and comes first.
    assert rules["严重滞后"].priority < rules["滞后"].priority
    assert rules["严重滞后"].stopIfTrue


# -- Heights ----------------------------------------------------------------------------


def needed_lines(text, width):
    """Lines by the plainest reckoning: character by character, in points.

    A column of so many characters has 7 pixels for each, less 5, of 3/4 of a point.
    """
    room, lines = (7 * width - 5) * 0.75 / 5, 0
    for part_ in text.split("\n"):
        used, lines = 0, lines + 1
        for character in part_:
            size = 1 if character < "\x80" else 2
            if used + size > room:
                used, lines = 0, lines + 1
            used += size
    return lines


def original(level):
    return json.loads((FIXTURES / f"cangnan-2023-{level}.json").read_text())


@pytest.mark.parametrize("level", ["province", "city", "county"])
def test_rows_are_high_enough_for_every_text_of_the_original(level):
    items = original(level)
    columns = tuple(Column(heading, 44) for heading in ("内容", "安排", "情况"))
    rows = tuple((i["title"], i["schedule"] or "", i["status"] or "") for i in items)
    sheet = sheet_of(Table("清单", "清单", columns, rows))
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    for number, row in enumerate(rows, start=3):
        lines = max(map(needed_lines, row, widths))
        height = sheet.row_dimensions[number].height
        # 12 points are what Excel gives a line of ten-point 宋体.
        assert 12.5 * lines <= height <= 409


def test_merged_cells_get_the_height_they_need_over_their_rows():
    long = "新增托位" * 60
    table = Table("表", "表", (Column("甲", 20), Column("乙", 20)), (("1", long), ("2", long)))
    sheet = sheet_of(replace(table, merges=(Merge(1, 0, 1),)))
    heights = [sheet.row_dimensions[row].height for row in (3, 4)]
    assert heights[0] == heights[1]
    assert 12.5 * needed_lines(long, 20) <= sum(heights) < 16 * needed_lines(long, 20)
    alone = sheet_of(table)
    assert alone.row_dimensions[3].height > 1.5 * heights[0]


def test_a_column_is_widened_for_a_text_that_just_does_not_fit_into_the_highest_row():
    text = "字" * 350  # 35 lines of ten characters
    sheet = sheet_of(one_column("短", text, width=20))
    width, height = sheet.column_dimensions["A"].width, sheet.row_dimensions[4].height
    assert 20 < width <= 30
    assert 12.5 * needed_lines(text, width) <= height <= 409


def test_a_row_that_must_be_higher_goes_over_several_and_nothing_is_cut():
    text = "长文字" * 500
    table = Table(
        "表", "表", (Column("甲", 20), Column("乙", 9, Kind.COUNT)), ((text, 1), ("短", 2))
    )
    sheet = sheet_of(table)
    (left,) = [c for c in sheet.merged_cells.ranges if c.min_row == 3 and c.min_col == 1]
    heights = [sheet.row_dimensions[row].height for row in range(3, left.max_row + 1)]
    assert sheet["A3"].value == text
    assert max(heights) <= 409
    assert sum(heights) >= 12.5 * needed_lines(text, 20)
    assert f"B3:B{left.max_row}" in merged(sheet)
    assert sheet.cell(left.max_row + 1, 1).value == "短"
    assert sheet.auto_filter.ref == f"A2:B{left.max_row + 1}"


@settings(max_examples=25, deadline=None)
@given(st.text(st.sampled_from("字，。（）ab1 \n"), max_size=900), st.integers(8, 60))
def test_any_text_has_its_height(text, width):
    sheet = sheet_of(one_column(text, width=width))
    last = sheet.max_row
    total = sum(sheet.row_dimensions[row].height for row in range(3, last + 1))
    kept = sheet.column_dimensions["A"].width
    assert total >= 12.5 * needed_lines(text, kept)


def test_long_titles_and_notes_have_their_height_over_the_whole_width():
    sheet = sheet_of(one_column("短", notes=("很长的说明" * 20,)))
    assert sheet.row_dimensions[2].height >= 12.5 * needed_lines("很长的说明" * 20, 20)


# -- Charts -----------------------------------------------------------------------------

FIGURES = Table(
    name="总体 情况",
    title="总体情况",
    columns=(
        Column("层级", 20, Kind.LABEL),
        Column("按序时", 20, Kind.COUNT, over="项数"),
        Column("滞后", 20, Kind.COUNT, over="项数"),
        Column("完成率", 20, Kind.PERCENT),
    ),
    rows=(("省级", 3, 1, 50.0), ("市级", 4, 2, None), ("县级", 5, 0, 20.0), ("合计", 12, 3, 40.0)),
    totals=(3,),
    charts=(
        Chart(ChartKind.STACKED, "各级进展", 0, (1, 2), rows=(0, 2), axis="项数（项）"),
        Chart(ChartKind.COLUMN, "完成率", 0, (3,), rows=(0, 2)),
        Chart(ChartKind.BAR, "滞后", 0, (2,)),
    ),
)


def test_charts_point_at_their_cells():
    file = file_of(FIGURES)
    charts = [part(file, f"xl/charts/chart{number}.xml") for number in (1, 2, 3)]
    references = [re.findall(r"<f>([^<]+)</f>", chart) for chart in charts]
    assert references[0] == [
        *("'总体 情况'!$B$3", "'总体 情况'!$A$4:$A$6", "'总体 情况'!$B$4:$B$6"),
        *("'总体 情况'!$C$3", "'总体 情况'!$A$4:$A$6", "'总体 情况'!$C$4:$C$6"),
    ]
    assert references[1][1:] == ["'总体 情况'!$A$4:$A$6", "'总体 情况'!$D$4:$D$6"]
    assert references[2][1:] == ["'总体 情况'!$A$4:$A$7", "'总体 情况'!$C$4:$C$7"]
    sheet = sheet_of(FIGURES)
    assert [sheet[cell].value for cell in ("B3", "A4", "B4", "A6", "B6")] == [
        *("按序时", "省级", 3, "县级", 5)
    ]


def test_charts_have_chinese_titles_axes_and_the_colours_of_the_judgements():
    chart = part(file_of(FIGURES), "xl/charts/chart1.xml")
    assert "各级进展" in chart
    assert "项数（项）" in chart
    assert 'typeface="宋体"' in chart
    assert "8A4700" in chart  # 滞后
    assert chart.count('<delete val="0"') == 2
    assert '<orientation val="maxMin"' in chart
    assert '<numFmt formatCode="0%"' in part(file_of(FIGURES), "xl/charts/chart2.xml")


def test_charts_stand_below_the_table_and_not_over_each_other():
    drawing = part(file_of(FIGURES), "xl/drawings/drawing1.xml")
    places = [
        (int(column), int(row))
        for column, row in re.findall(
            r"<(?:xdr:)?from>.*?col>(\d+)<.*?row>(\d+)<", drawing, flags=re.DOTALL
        )
    ]
    last = sheet_of(FIGURES).max_row
    (left, top), (right, beside), (_, below) = places
    assert top == beside >= last
    assert left < right
    heights = [int(cy) for cy in re.findall(r'cy="(\d+)"', drawing)]
    assert (below - top) * 20 * 9525 >= max(heights[:2])


def test_no_chart_is_torn_in_two_by_the_end_of_a_page():
    assert not sheet_of(replace(FIGURES, charts=FIGURES.charts[:2])).row_breaks.brk
    rows = tuple((f"{number}乡", 3, 1, 50.0) for number in range(40))
    sheet = sheet_of(replace(FIGURES, rows=rows, totals=()))
    # Before the pair of charts under the long table, and before the third, which is as long.
    assert [page.id for page in sheet.row_breaks.brk][0] == sheet.max_row + 1
    assert len(sheet.row_breaks.brk) == 2


def test_the_chart_of_many_rows_stays_on_one_page_with_all_their_names():
    rows = tuple((f"{number}乡", 3, 1, 50.0) for number in range(60))
    file = file_of(replace(FIGURES, rows=rows, totals=(), charts=FIGURES.charts[2:]))
    (height,) = (
        int(cy) for cy in re.findall(r'cy="(\d+)"', part(file, "xl/drawings/drawing1.xml"))
    )
    assert height / 9525 < 640  # pixels; what a page across has room for
    assert '<tickLblSkip val="1"' in part(file, "xl/charts/chart1.xml")


def test_what_is_unknown_is_an_empty_cell_where_a_chart_draws_it():
    sheet = sheet_of(FIGURES)
    assert sheet["D5"].value is None
    assert sheet_of(replace(FIGURES, charts=()))["D5"].value == "—"


# -- The file ---------------------------------------------------------------------------


def test_the_same_issue_gives_the_same_bytes(monkeypatch):
    first = bulletin_workbook(CONTENT)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert bulletin_workbook(CONTENT) == first


def test_an_issue_has_its_sheets_in_order_each_with_what_must_be_read_with_it():
    book = load_workbook(BytesIO(bulletin_workbook(CONTENT)))
    assert book.sheetnames == ["省级清单", "市级清单"]
    for sheet in book:
        assert sheet["A2"].value == "演示数据"
        assert sheet.oddHeader.right.text == "演示数据"
    properties = book.properties
    assert properties.title == "关于民生实事项目进展情况的通报 督查通报〔2023〕第1期"
    assert properties.creator == properties.lastModifiedBy == "苍南县人民政府办公室"
    assert properties.created == properties.modified == at(2023, 4, 13)


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("省级清单", (), "省级清单"),
        ("a/b:c*[d]?", (), "a b c  d"),
        ("", (), "表"),
        ("'引'", (), "引"),
        ("History", (), "History（2）"),
        ("清单", {"清单"}, "清单（2）"),
        ("ABC", {"abc", "abc（2）"}, "ABC（3）"),
        ("字" * 40, (), "字" * 31),
        ("字" * 40, {"字" * 31}, "字" * 28 + "（2）"),
        ("😀" * 20, (), "😀" * 15),
    ],
)
def test_names_of_sheets_are_such_as_excel_accepts(wanted, taken, name):
    assert sheet_name(wanted, taken) == name


def test_a_workbook_without_a_table_is_refused():
    with pytest.raises(ValueError, match="needs a table"):
        table_workbook([], title="空", made_on=DAY)


def test_a_table_that_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="cells"):
        file_of(replace(TABLE, rows=(("1",),), merges=(), groups=(), totals=()))


def test_rows_may_come_one_by_one():
    stream = BytesIO()
    rows = ((number, f"第{number}项" * 9) for number in range(1, 4))
    table = Table("清单", "清单", (Column("序号", 6, Kind.COUNT), Column("内容", 20)), rows)
    save_tables([table], stream, title="清单", made_on=DAY)
    sheet = load_workbook(stream).worksheets[0]
    assert [row[0].value for row in sheet.iter_rows(min_row=3)] == [1, 2, 3]
    assert sheet.auto_filter.ref == "A2:B5"
    assert sheet.row_dimensions[3].height >= 12.5 * needed_lines("第1项" * 9, 20)


def test_the_file_leads_nowhere():
    with ZipFile(BytesIO(bulletin_workbook(CONTENT))) as archive:
        for name in archive.namelist():
            assert "vba" not in name
            assert b'TargetMode="External"' not in archive.read(name)
