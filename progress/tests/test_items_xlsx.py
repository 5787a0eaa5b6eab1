"""The plain Excel file: read back with openpyxl, it says what went in, and can be printed."""

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from livelihood.organisation.list_xlsx import CONTROL, Column, list_workbook, row_lines, text_width

COLUMNS = (
    Column("层级", 8),
    Column("序号", 6),
    Column("项目内容", 40),
    Column("计划进度（%）", 12),
    Column("到期日", 14),
)
LONG = "新增0—3岁婴幼儿照护托位405个，其中灵溪镇205个、龙港市200个。" * 6
ROWS = [
    ("省级", 1, "完成“县中崛起”。", 20.0, date(2023, 3, 31)),
    ("市级", 2, LONG, 33.333, None),
    ("县级", 3, None, None, date(2024, 2, 29)),
]
NOTES = ["截至2023年4月10日。", "显示全部153项。"]
HEAD = 4  # after the title and two notes


def sheet_of(rows=ROWS, columns=COLUMNS, notes=NOTES):
    """The one sheet of the file, read back."""
    stream = BytesIO(list_workbook(title="民生实事", notes=notes, columns=columns, rows=rows))
    book = load_workbook(stream)
    assert book.sheetnames == ["清单"]
    return book["清单"]


def text_of(value):
    """A text in a one-column file, read back: (value, type of cell)."""
    cell = sheet_of([(value,)], [Column("内容", 20)], [])["A3"]
    return cell.value, cell.data_type


def test_what_is_read_back_is_what_went_in():
    grid = [list(row) for row in sheet_of().iter_rows(values_only=True)]
    none = [None] * 4
    assert grid[:3] == [["民生实事", *none], [NOTES[0], *none], [NOTES[1], *none]]
    assert grid[3] == [column.heading for column in COLUMNS]
    assert [[*row[:4], row[4] and row[4].date()] for row in grid[4:]] == [list(r) for r in ROWS]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0", "'=1", "1", "0.5"],
)
def test_nothing_typed_is_a_formula_or_a_number(text):
    assert text_of(text) == (text, "s")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("甲\x00乙", "甲乙"),
        ("甲\x07\x1b\x1f乙", "甲乙"),
        ("甲\x0b\x0c乙", "甲乙"),
        ("甲\ufffe\uffff\ud800乙", "甲乙"),
        ("甲\n乙", "甲\n乙"),
        ("甲\t乙", "甲\t乙"),
        ("★≥85%，“引号”𠮷", "★≥85%，“引号”𠮷"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("  两端空格 ", "  两端空格 "),
    ],
)
def test_characters_that_excel_cannot_hold_are_dropped_and_no_others(text, kept):
    assert text_of(text)[0] == kept


def test_titles_notes_and_headings_are_cleaned_as_well():
    stream = BytesIO(
        list_workbook(title="=题\x00", notes=["=注\x07"], columns=[Column("=列\x1f", 9)], rows=[])
    )
    sheet = load_workbook(stream)["清单"]
    assert [cell.value for cell in sheet["A"]] == ["=题", "=注", "=列"]
    assert {cell.data_type for cell in sheet["A"]} == {"s"}


def test_numbers_are_numbers_and_dates_are_dates_in_our_form():
    sheet = sheet_of()
    percent, day = sheet.cell(HEAD + 2, 4), sheet.cell(HEAD + 1, 5)
    assert (percent.value, percent.data_type, percent.number_format) == (33.333, "n", "0.0")
    assert (day.data_type, day.number_format) == ("d", 'yyyy"年"m"月"d"日"')
    assert sheet.cell(HEAD + 1, 2).value == 1
    assert sheet.cell(HEAD + 3, 4).value is None


def test_numbers_stand_on_the_right_and_texts_are_wrapped():
    sheet = sheet_of()
    assert sheet.cell(HEAD + 1, 4).alignment.horizontal == "right"
    content = sheet.cell(HEAD + 1, 3).alignment
    assert (content.wrap_text, content.vertical) == (True, "top")


def test_the_head_stays_in_view_and_on_every_printed_page():
    sheet = sheet_of()
    assert sheet.freeze_panes == f"A{HEAD + 1}"
    assert sheet.print_title_rows == f"${HEAD}:${HEAD}"
    head = sheet[HEAD]
    assert all(cell.font.bold and cell.fill.fill_type == "solid" for cell in head)
    assert all(cell.alignment.horizontal == "center" for cell in head)


def test_the_sheet_prints_on_a4_across_as_wide_as_the_page():
    sheet = sheet_of()
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.page_setup.paperSize) == sheet.PAPERSIZE_A4
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.oddFooter.center.text == "— &P —"


def test_columns_have_their_width_and_every_cell_of_the_grid_its_lines():
    sheet = sheet_of()
    assert [sheet.column_dimensions[letter].width for letter in "ABCDE"] == [8, 6, 40, 12, 14]
    for row in sheet.iter_rows(min_row=HEAD):
        for cell in row:
            assert cell.border.left.style == cell.border.bottom.style == "thin"


def test_rows_can_be_filtered_from_the_head_to_the_last_row():
    assert sheet_of().auto_filter.ref == f"A{HEAD}:E{HEAD + 3}"


def test_without_rows_there_is_still_a_head():
    sheet = sheet_of([])
    assert sheet.max_row == HEAD
    assert sheet.auto_filter.ref == f"A{HEAD}:E{HEAD}"


def test_rows_may_come_one_by_one():
    sheet = sheet_of(row for row in ROWS)
    assert sheet.max_row == HEAD + 3


def test_every_row_is_high_enough_for_its_longest_text():
    sheet = sheet_of()
    heights = [sheet.row_dimensions[HEAD + place].height for place in (1, 2, 3)]
    # 13 points are a line of ten-point type.
    assert heights[1] >= 13 * text_width(LONG) / 40
    assert heights[0] == heights[2] < heights[1]


def test_no_row_is_higher_than_excel_allows():
    sheet = sheet_of([("省级", 1, LONG * 50, 1.0, None)])
    assert sheet.row_dimensions[HEAD + 1].height == 409


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("新增", 4), ("405个", 5), ("“a”，", 7), ("★≥—…", 8)]
)
def test_a_chinese_character_is_two_wide(text, width):
    assert text_width(text) == width


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        (("", None), 1),
        (("字" * 4, 5), 1),
        (("字" * 5, 5), 2),
        (("一\n二\n三", None), 3),
        (("字" * 9 + "\n", "字" * 30), 8),
        ((date(2023, 4, 10), 20.0), 1),
    ],
)
def test_the_fullest_cell_decides_how_many_lines_a_row_has(values, lines):
    assert row_lines(values, [Column("一", 10), Column("二", 10)]) == lines


def test_the_file_holds_no_link_and_no_macro():
    """Only what Excel itself needs: no relationship leads out of the file."""
    stream = BytesIO(list_workbook(title="表", notes=[], columns=COLUMNS, rows=ROWS))
    with ZipFile(stream) as archive:
        names = archive.namelist()
        assert not [name for name in names if "vba" in name or "external" in name]
        for name in names:
            assert b'TargetMode="External"' not in archive.read(name)


@settings(max_examples=30)  # each writes and opens a file
@given(st.text(max_size=60))
def test_any_text_makes_a_file_that_opens(text):
    value, _kind = text_of(text)
    # XML has one sign for the end of a line.
    ends = str.maketrans({"\r": "\n"})
    assert (value or "").translate(ends) == CONTROL.sub("", text).translate(ends)
