"""A county's own Excel file: what is wrong with it, and how it is filled."""

import time
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break

from livelihood.organisation.documents.tables import Column, Kind, Merge, Table
from progress.documents.layout_template import (
    KNOWN,
    LIMITS,
    ONCE,
    TemplateError,
    fill_template,
    read_template,
    sample_template,
    try_template,
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
    ({"A1": "{{清单.序号}}", "B1": "=[1]Sheet1!$A$1"}, "公式引用了其他工作簿"),
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
        "有图片、图表或图形",
    ),
    (
        archive(**{"xl__workbook.xml": "<x/>", "xl__chartsheets__sheet1.xml": "<x/>"}),
        "a.xlsx",
        "有图片、图表或图形，",
    ),
    (
        archive(**{"xl__workbook.xml": "<x/>", "xl__tables__table1.xml": "<x/>"}),
        "a.xlsx",
        "转换为区域",
    ),
    (
        archive(**{"xl__workbook.xml": "<x/>", "xl__externalLinks__externalLink1.xml": "<x/>"}),
        "a.xlsx",
        "引用了其他工作簿",
    ),
    (
        archive(**{"xl__workbook.xml": "<x/>", "xl__pivotTables__pivotTable1.xml": "<x/>"}),
        "a.xlsx",
        "数据透视表",
    ),
    (archive(**{"word__document.xml": "<x/>"}), "a.xlsx", "不是 Excel 工作簿"),
]


@pytest.mark.parametrize(("content", "name", "words"), FILES, ids=[words for _, _, words in FILES])
def test_a_file_that_is_no_plain_workbook_is_refused(content, name, words):
    (said,) = problems(content, name)
    assert words in said


@pytest.mark.parametrize("place", ["B1", "B3"])
def test_array_formulas_are_refused(place):
    book = book_of(A1="{{清单.序号}}")
    book.active[place] = ArrayFormula(f"{place}:{place}", "=SUM(A1:A1*2)")
    (said,) = problems(book)
    assert "不支持数组公式" in said


def test_a_formula_that_would_count_the_first_item_alone_is_refused():
    book = book_of(A1="{{清单.序号}}", A2="=SUM(A1)", B1="=A1*2")
    book.create_sheet("汇总")["A1"] = "=通报!$A$1+1"
    assert problems(book) == [
        "工作表“通报”第2行A列：公式里的A1在逐项重复的行上，只会算到第一项；"
        "要算全部各项，请写成区域A1:A1，填写时会随行数扩大。",
        "工作表“汇总”第1行A列：公式里的通报!$A$1在逐项重复的行上，只会算到第一项；"
        "要算全部各项，请写成区域通报!$A$1:$A$1，填写时会随行数扩大。",
    ]


def test_what_breaks_when_it_is_filled_is_said_when_it_is_uploaded(monkeypatch):
    template = read_template(saved(book_of(A1="{{清单.序号}}")), "模板.xlsx")
    try_template(template)
    monkeypatch.setattr("progress.documents.layout_template.put_rows", lambda *_: 1 / 0)
    with pytest.raises(TemplateError, match="无法填写"):
        try_template(template)


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
        ["共3项，仅供演示", "=COUNTA(A2)"],
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
    assert "第3行的文字太长" in sheet["A4"].value


def test_words_become_smaller_where_a_row_cannot_be_high_enough():
    book = book_of(A1="{{清单.项目内容}}")
    book.active["A1"].alignment = Alignment(wrap_text=True)
    book.active["A1"].font = Font(name="宋体", size=10)
    book.active.column_dimensions["A"].width = 40
    sheet = filled(book, [("短",), ("长" * 792,)])
    assert (sheet["A1"].font.size, sheet["A2"].font.name) == (10, "宋体")
    assert 8 <= sheet["A2"].font.size < 10
    assert sheet.row_dimensions[2].height < 409
    assert sheet.max_row == 2, "nothing is cut, and so nothing is to be said"


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
    assert [cell.value for cell in sheet["C"]] == [
        "=A1*2+$A$11",
        "=A2*2+$A$11",
        "=A3*2+$A$11",
    ]
    assert {cell.data_type for cell in sheet["C"]} == {"f"}
    assert [cell.data_type for cell in sheet["B"]] == ["s"] * 3


def test_formulas_everywhere_follow_the_rows():
    book = book_of(
        A1="=C2",
        B1="=SUM(B3:B3)",
        A2="序号",
        A3="{{清单.序号}}",
        B3="{{清单.形象进度}}",
        C3="=B3/B$4",
        D3="=SUM(A3:B3)",
        E3="=SUM(B$3:B3)",
        F3="=B3/SUM($B$3:$B$3)",
        A4="=A1",
        B4="=SUM(B3:B3)+SUM($B$3:$B$3,B5)+COUNTA(3:3)+SUM(B:B)",
        C4="=AVERAGE(B2:B5)",
    )
    book["通报"]["B5"] = 7
    other = book.create_sheet("汇 总")
    other["A1"], other["A2"], other["A3"] = "=通报!B4", "='通报'!$B$3:$B$3", "=B4"
    template = read_template(saved(book), "模板.xlsx")
    content = fill_template(template, table_for(template, [(n, 10.0) for n in (1, 2, 3)]), SAID)
    sheet, other = load_workbook(BytesIO(content)).worksheets
    assert [cell.value for cell in sheet[1][:2]] == ["=C2", "=SUM(B3:B5)"]
    assert [cell.value for cell in sheet[3][2:]] == [
        "=B3/B$6",
        "=SUM(A3:B3)",
        "=SUM(B$3:B3)",
        "=B3/SUM($B$3:$B$5)",
    ]
    assert [cell.value for cell in sheet[5][2:]] == [
        "=B5/B$6",
        "=SUM(A5:B5)",
        "=SUM(B$3:B5)",
        "=B5/SUM($B$3:$B$5)",
    ]
    assert [cell.value for cell in sheet[6][:3]] == [
        "=A1",
        "=SUM(B3:B5)+SUM($B$3:$B$5,B7)+COUNTA(3:5)+SUM(B:B)",
        "=AVERAGE(B2:B7)",
    ]
    assert [cell.value for cell in other["A"]] == ["=通报!B6", "='通报'!$B$3:$B$5", "=B4"]


def test_areas_of_whole_columns_stay_so():
    book = book_of(A2="{{清单.序号}}", A3="=SUM(B:B)+SUM(B1:B1048576)")
    rule = CellIsRule("greaterThan", ["1"], font=Font(bold=True))
    book.active.conditional_formatting.add("C1:C1048576", rule)
    choice = DataValidation("list", formula1='"是,否"')
    choice.add("D1:D1048576")
    book.active.add_data_validation(choice)
    done = filled(book, [(1,), (2,)])
    assert done["A4"].value == "=SUM(B:B)+SUM(B1:B1048576)"
    assert [str(area.sqref) for area in done.conditional_formatting] == ["C1:C1048576"]
    assert str(done.data_validations.dataValidation[0].sqref) == "D1:D1048576"


def test_two_sheets_with_lists_may_refer_to_each_other():
    book = book_of(A2="{{清单.序号}}", B2="=乙!B4", A3="=SUM(乙!A4:A4)")
    other = book.create_sheet("乙")
    other["A4"], other["B4"] = "{{清单.序号}}", "=A4*通报!$A$3"
    template = read_template(saved(book), "模板.xlsx")
    content = fill_template(template, table_for(template, [(1,), (2,), (3,)]), SAID)
    sheet, other = load_workbook(BytesIO(content)).worksheets
    assert [cell.value for cell in sheet["B"]][1:4] == ["=乙!B4", "=乙!B5", "=乙!B6"]
    assert sheet["A5"].value == "=SUM(乙!A4:A6)"
    assert [cell.value for cell in other["B"]][3:] == [f"=A{n}*通报!$A$5" for n in (4, 5, 6)]


def test_names_links_rules_and_breaks_follow_the_rows():
    book = book_of(A1="序号", A2="{{清单.序号}}", A3="完", A4="回到开头")
    sheet = book.active
    sheet["A4"].hyperlink = Hyperlink(ref="A4", location="通报!A1")
    book.defined_names.add(DefinedName("合计", attr_text="通报!$A$2:$A$2"))
    book.defined_names.add(DefinedName("落款", attr_text="通报!$A$3"))
    rule = FormulaRule(["$A2>$A$3"], font=Font(bold=True))
    sheet.conditional_formatting.add("A2:A2", rule)
    choice = DataValidation("list", formula1="$A$3:$A$4")
    choice.add("B2")
    sheet.add_data_validation(choice)
    sheet.row_breaks.append(Break(id=2))
    sheet.row_dimensions[3].hidden = True
    done = filled(book, [(n,) for n in range(1, 6)])
    names = {name: told.value for name, told in done.parent.defined_names.items()}
    assert names == {"合计": "通报!$A$2:$A$6", "落款": "通报!$A$7"}
    assert (done["A8"].value, done["A8"].hyperlink.ref) == ("回到开头", "A8")
    (area,) = done.conditional_formatting
    assert (str(area.sqref), area.rules[0].formula) == ("A2:A6", ["$A2>$A$7"])
    assert done.data_validations.dataValidation[0].formula1 == "$A$7:$A$8"
    assert [mark.id for mark in done.row_breaks.brk] == [6]
    assert [row for row in range(1, 9) if done.row_dimensions[row].hidden] == [7]


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
