"""A county's own Excel file: what is wrong with it, and how it is filled."""

import time
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation

from livelihood.organisation.documents.tables import Column, Kind, Merge, Table
from progress.documents.layout_template import (
    KNOWN,
    LIMITS,
    ONCE,
    TemplateError,
    fill_template,
    read_template,
    sample_template,
)
from progress.rules.layout_columns import COLUMNS
from progress.tests.ooxml import faults

SAID = dict.fromkeys(ONCE, "") | {"标题": "进展情况", "项数": "3", "说明": "仅供演示"}


def saved(book):
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def book_of(**cells):
    """A file with one sheet, 通报, and these cells."""
    book = Workbook()
    book.active.title = "通报"
    for place, value in cells.items():
        book.active[place] = value
    return book


def problems(content, name="模板.xlsx"):
    if isinstance(content, Workbook):
        content = saved(content)
    with pytest.raises(TemplateError) as raised:
        read_template(content, name)
    return raised.value.problems


def table_for(template, rows, **more):
    columns = tuple(
        Column(COLUMNS[key].heading, COLUMNS[key].width, Kind(COLUMNS[key].kind))
        for key in template.keys
    )
    return Table("清单", "进展情况", columns, tuple(rows), **more)


def filled(book, rows, once=None, **more):
    """The sheet of a file, filled with rows."""
    template = read_template(saved(book), "模板.xlsx")
    content = fill_template(template, table_for(template, rows, **more), SAID | (once or {}))
    assert faults(content) == []
    return load_workbook(BytesIO(content)).worksheets[0]


# -- What is wrong -------------------------------------------------------------------------


def test_an_unknown_placeholder_is_named_with_its_place_and_the_nearest_one():
    said = problems(book_of(B2="{{清单.项目内客}}", C5="共{{项树}}项"))
    assert said == [
        "工作表“通报”第2行B列：没有“{{清单.项目内客}}”这个占位符，是不是“{{清单.项目内容}}”？",
        "工作表“通报”第5行C列：没有“{{项树}}”这个占位符，是不是“{{项数}}”？",
    ]


def test_a_column_without_its_list_is_pointed_to_the_list():
    assert "是不是“{{清单.目前实施情况}}”" in problems(book_of(A1="{{目前实施情况}}"))[0]


def test_what_resembles_nothing_is_sent_to_the_list_of_placeholders():
    assert "请对照占位符一览" in problems(book_of(A1="{{xyz}}"))[0]


WRONG = [
    ({"A1": "{{标题"}, "第1行A列：花括号没有成对"),
    ({"A1": "{{标题}}"}, "没有要逐项重复的行"),
    ({"A1": "没有占位符"}, "没有要逐项重复的行"),
    ({"A1": "{{清单.序号}}", "A3": "{{清单.项目内容}}"}, "第1行、第3行都有"),
    ({"A1": '=LEN("{{清单.序号}}")'}, "第1行A列：公式里不能写占位符"),
    ({"A501": "{{清单.序号}}"}, "最多500行"),
]


@pytest.mark.parametrize(("cells", "words"), WRONG)
def test_what_cannot_be_filled_is_said(cells, words):
    assert any(words in said for said in problems(book_of(**cells)))


def test_the_row_of_the_list_is_not_part_of_a_higher_merge():
    book = book_of(A1="标题", B2="{{清单.序号}}")
    book.active.merge_cells("A1:A2")
    assert "A1:A2跨行合并" in problems(book)[0]


def test_too_many_sheets_are_refused():
    book = book_of(A1="{{清单.序号}}")
    for _ in range(10):
        book.create_sheet()
    assert problems(book) == ["模板最多10张工作表，请删去多余的。"]


def archive(**parts):
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


FILES = [
    (b"", "a.xlsx", "是空的"),
    (b"PK\x03\x04broken", "a.xlsx", "不完整"),
    (b"\xd0\xcf\x11\xe0" + b"0" * 100, "a.xls", "旧格式"),
    (b"PK" + b"0" * LIMITS.file, "a.xlsx", "超过2MB"),
    (archive(**{"xl__workbook.xml": "<x/>"}), "a.xlsx", "无法打开"),
    (archive(**{"xl__workbook.xml": "<x/>", "xl__vbaProject.bin": "x"}), "a.xlsx", "有宏"),
    (archive(**{"xl__workbook.xml": "0" * 13_000_000}), "a.xlsx", "展开后太大"),
    (archive(**{"xl__workbook.xml": "<!DOCTYPE x><x/>"}), "a.xlsx", "不是正常的"),
    (
        archive(**{"xl__workbook.xml": "<x/>", "xl__media__image1.png": "x"}),
        "a.xlsx",
        "有图片或图表",
    ),
    (archive(**{"word__document.xml": "<x/>"}), "a.xlsx", "不是 Excel 工作簿"),
]


@pytest.mark.parametrize(("content", "name", "words"), FILES, ids=[words for _, _, words in FILES])
def test_a_file_that_is_no_plain_workbook_is_refused(content, name, words):
    (said,) = problems(content, name)
    assert words in said


def test_a_chart_would_be_lost_and_so_is_refused():
    book = book_of(A1="{{清单.序号}}")
    book.active.add_chart(BarChart(), "D4")
    assert "图表" in problems(book)[0]


# -- Filling -------------------------------------------------------------------------------


def test_the_row_is_repeated_and_all_else_moves_down():
    book = book_of(A1="{{标题}}", A2="序号", B2="内容", A3="{{清单.序号}}", B3="{{清单.项目内容}}")
    book.active["A4"], book.active["B4"] = "共{{项数}}项，{{说明}}", "=COUNTA(A2)"
    sheet = filled(book, [(1, "一"), (2, "二"), (3, "三")])
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["进展情况", None],
        ["序号", "内容"],
        [1, "一"],
        [2, "二"],
        [3, "三"],
        ["共3项，仅供演示", "=COUNTA(A4)"],
    ]


def test_one_row_stays_one_and_none_says_so():
    book = book_of(A1="{{清单.序号}}", B1="{{清单.项目内容}}", A2="完")
    assert [c.value for c in filled(book, [(1, "一")])["A"]] == [1, "完"]
    sheet = filled(book, [])
    assert [sheet[place].value for place in ("A1", "B1", "A2")] == ["无", None, "完"]


def test_styles_heights_and_merged_cells_of_the_row_are_repeated():
    book = book_of(A1="{{清单.序号}}", B1="{{清单.项目内容}}", D1="{{清单.牵头单位}}", A2="落款")
    sheet = book.active
    edge = Side(style="double", color="FFFF0000")
    for place in ("A1", "B1", "C1", "D1"):
        sheet[place].border = Border(bottom=edge)
    sheet["B1"].font = Font(name="楷体", size=14, bold=True)
    sheet["D1"].fill = PatternFill("solid", fgColor="FFFFEE00")
    sheet.merge_cells("B1:C1")
    sheet.merge_cells("A2:D2")
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 60, 33
    done = filled(book, [(n, "内容", "单位") for n in (1, 2, 3)])
    for row in (1, 2, 3):
        assert done.cell(row, 2).font.name == "楷体"
        assert done.cell(row, 2).font.size == 14
        assert done.cell(row, 4).fill.fgColor.rgb.endswith("FFEE00")
        assert done.cell(row, 3).border.bottom.style == "double"
        assert done.row_dimensions[row].height == 60
    assert {m.coord for m in done.merged_cells.ranges} == {"B1:C1", "B2:C2", "B3:C3", "A4:D4"}
    assert done.row_dimensions[4].height == 33
    assert done["A4"].value == "落款"


def test_a_row_grows_with_its_words():
    book = book_of(A1="{{清单.项目内容}}")
    book.active["A1"].alignment = Alignment(wrap_text=True)
    book.active.column_dimensions["A"].width = 20
    sheet = filled(book, [("短",), ("长" * 100,), ("很长" * 2000,)])
    short, long, longest = (sheet.row_dimensions[row].height for row in (1, 2, 3))
    assert short < 30
    assert long >= 12 * 11, "100 characters need at least 12 lines in so narrow a column"
    assert longest == 409


def test_ranges_of_the_sheet_follow_its_rows():
    book = book_of(A1="序号", A2="{{清单.序号}}", A3="完")
    sheet = book.active
    sheet.print_area, sheet.print_title_rows = "A1:B3", "1:1"
    sheet.auto_filter.ref = "A1:B2"
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    choice = DataValidation("list", formula1='"是,否"')
    choice.add("B2")
    choice.add("B3")
    sheet.add_data_validation(choice)
    rule = CellIsRule("greaterThan", ["1"], font=Font(bold=True))
    sheet.conditional_formatting.add("A2:A2", rule)
    done = filled(book, [(n,) for n in range(1, 6)])
    assert done.print_area.replace("$", "").endswith("A1:B7")
    assert done.print_title_rows == "$1:$1"
    assert done.auto_filter.ref == "A1:B6"
    assert done.freeze_panes == "A2"
    assert done.page_setup.orientation == "landscape"
    assert set(str(done.data_validations.dataValidation[0].sqref).split()) == {"B2:B6", "B7"}
    assert [str(area.sqref) for area in done.conditional_formatting] == ["A2:A6"]


def test_what_the_table_has_as_one_cell_becomes_one():
    book = book_of(A1="{{清单.项目名称}}", B1="{{清单.序号}}")
    rows = [("交通畅行", 1), ("交通畅行", 2), ("教育助学", 3)]
    sheet = filled(book, rows, merges=(Merge(0, 0, 1),))
    assert [m.coord for m in sheet.merged_cells.ranges] == ["A1:A2"]
    assert sheet["A1"].value == "交通畅行"


def test_numbers_and_dates_keep_their_kind_and_the_files_own_format():
    book = book_of(
        A1="{{清单.完成时限}}",
        B1="{{清单.完成时限}}前",
        C1="{{清单.形象进度}}",
        D1="{{清单.计划进度}}",
    )
    book.active["D1"].number_format = "0%"
    sheet = filled(book, [(date(2023, 11, 30), 30.0, 45.0), (None, None, 0.0)])
    assert sheet["A1"].is_date
    assert (sheet["A1"].value.month, sheet["A1"].number_format) == (11, 'yyyy"年"m"月"d"日"')
    assert sheet["B1"].value == "2023年11月30日前"
    assert (sheet["C1"].value, sheet["C1"].number_format) == (30.0, "0.0")
    assert (sheet["D1"].value, sheet["D1"].number_format) == (0.45, "0%")
    assert sheet["A2"].value is None
    assert sheet["C2"].value is None, "what is unknown is no zero"


def test_no_text_becomes_a_formula_and_control_characters_go():
    book = book_of(A1="{{标题}}", A2="{{清单.项目内容}}", B2="{{清单.项目内容}}")
    sheet = filled(book, [("=1+1",), ("a\x08b\x0bc",)], {"标题": "=HYPERLINK(1)"})
    assert sheet["A1"].data_type == sheet["A2"].data_type == "s"
    assert (sheet["A2"].value, sheet["A3"].value) == ("=1+1", "abc")


def test_a_formula_in_the_repeated_row_is_copied_down_as_a_spreadsheet_does():
    book = book_of(A1="{{清单.序号}}", B1="{{清单.项目内容}}", C1="=A1*2+$A$9")
    sheet = filled(book, [(1, "一"), (2, "=二"), (3, "三")])
    assert [cell.value for cell in sheet["C"]] == ["=A1*2+$A$9", "=A2*2+$A$9", "=A3*2+$A$9"]
    assert {cell.data_type for cell in sheet["C"]} == {"f"}
    assert [cell.data_type for cell in sheet["B"]] == ["s"] * 3


def test_full_width_braces_and_blanks_mean_the_same():
    book = book_of(A1="｛｛ 标题 ｝｝", A2="{{ 清单.序号 }}")
    assert [cell.value for cell in filled(book, [(7,)])["A"]] == ["进展情况", 7]


def test_heads_and_feet_are_filled_and_keep_their_codes():
    book = book_of(A1="{{清单.序号}}")
    book.active.oddHeader.left.text = "{{县名}}"
    book.active.oddFooter.center.text = "第 &P 页"
    sheet = filled(book, [(1,)], {"县名": "A&B县"})
    assert sheet.oddHeader.left.text == "A&&B县"
    assert sheet.oddFooter.center.text == "第 &P 页"


@pytest.mark.parametrize("cells", [{}, {"A2": "{{说明}}"}])
def test_what_is_made_up_is_said_even_where_the_file_has_no_place_for_it(cells):
    template = read_template(saved(book_of(A1="{{清单.序号}}", **cells)), "模板.xlsx")
    content = fill_template(template, table_for(template, [(1,), (2,)]), SAID, ["演示数据"])
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    assert sheet.oddHeader.right.text == "演示数据"
    assert [cell.value for cell in sheet["A"]] == [1, 2, "仅供演示"]


def test_every_placeholder_on_offer_is_taken():
    book = Workbook()
    for at, name in enumerate(KNOWN, start=1):
        row = 2 if name.startswith("清单.") else 1
        book.active.cell(row, at, f"{{{{{name}}}}}")
    template = read_template(saved(book), "全部.xlsx")
    assert len(template.keys) == sum(name.startswith("清单.") for name in KNOWN)


def test_the_same_table_gives_the_same_file():
    template = read_template(sample_template(), "示例.xlsx")
    table = table_for(template, [(1, "一", "二", "三", 30.0, "县教育局")])
    first = fill_template(template, table, SAID)
    time.sleep(1.1)  # a file says its moments to the second
    assert fill_template(template, table, SAID) == first
    assert sample_template() == template.content
