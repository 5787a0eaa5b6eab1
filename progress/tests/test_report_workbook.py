"""The workbook as a document: what is written is read again, and what cannot be is told."""

import zipfile
from contextlib import suppress
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from progress.documents.report_workbook import (
    FIRST_ROW,
    HEAD_ROW,
    INPUT_FILL,
    PLACES,
    PROGRESS,
    SITES,
    Book,
    BookRow,
    Head,
    report_workbook,
)
from progress.documents.report_workbook_reading import (
    WRONG_FILL,
    mark_faults,
    read_report_workbook,
)
from projects.documents.archives import UnreadableError

STAGES = {"方案": "planned", "开工": "started"}
HEAD = Head("330327", date(2023, 5, 10), 7, "截至2023年5月10日", "县教育局", {12: 3})
INPUTS = frozenset(column.name for column in PROGRESS.inputs)


def written(**values):
    rows = {
        "P": [BookRow("P12-1", {"project": "职业教育培训"} | values, INPUTS)],
        "S": [BookRow("S5", {"site": "灵溪一小"}, frozenset({"stage", "percent"}))],
    }
    return report_workbook(Book("填报表", [("期次", "截至")], [], HEAD, rows, tuple(STAGES)))


def read(content):
    return read_report_workbook(BytesIO(content), "填报表.xlsx", STAGES)


def entered(book, heading, layout=PROGRESS):
    sheet = book[layout.title]
    column = next(c.column for c in sheet[HEAD_ROW] if c.value == heading)
    return sheet.cell(FIRST_ROW, column)


def filled(heading, value, number_format=None, layout=PROGRESS):
    """The workbook with one cell filled in, as bytes, and the cell's name."""
    book = load_workbook(BytesIO(written()))
    cell = entered(book, heading, layout)
    cell.value = value
    if number_format:
        cell.number_format = number_format
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue(), cell.coordinate


def value_of(content, name, key="P12-1"):
    book = read(content)
    assert book.faults == []
    return next(row for row in book.rows if row.key == key).cells[name].value


# Line ends are told alike, and what stands around a text is not kept. The escapes of
# spreadsheets themselves (_x005F_) are no words.
TEXTS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\n"), max_size=60
).filter(lambda text: text == text.strip() and "_x00" not in text.lower())
NUMBERS = st.none() | st.decimals(0, "99999999999.9999", places=4)
PERCENTS = st.none() | st.decimals(0, 99999, places=2)
DAYS = st.none() | st.dates(date(2000, 1, 1), date(2100, 12, 31))


@settings(max_examples=60)
@given(TEXTS, NUMBERS, PERCENTS, DAYS, st.none() | st.booleans())
@example("=1+1", Decimal("0.3"), Decimal("35.5"), date(2023, 5, 31), True)
@example("+86 577", Decimal("0"), None, None, None)
@example("-", Decimal("99999999999.9999"), Decimal("0"), date(2000, 1, 1), False)
@example("@所有人\n第二行", None, None, None, None)
@example("_x000a", None, None, None, None)
def test_what_is_written_is_read_again(words, number, percent, day, yes):
    content = written(
        narrative=words,
        value=None if number is None else float(number),
        percent=None if percent is None else float(percent),
        catch_up_on=day,
        declares_completion={True: "是", False: "否", None: None}[yes],
    )
    book = read(content)
    assert book.faults == []
    assert book.head == HEAD
    cells = {name: cell.value for name, cell in book.rows[0].cells.items()}
    assert cells == {
        "narrative": words,
        "value": number,
        "percent": percent,
        "catch_up_on": day,
        "declares_completion": yes,
        "unchanged": None,
        "problems": "",
        "help_needed": "",
        "cause": "",
    }


@settings(max_examples=60)
@given(TEXTS.filter(bool))
def test_what_is_typed_as_text_is_read_as_text_or_refused_as_a_formula(words):
    content, place = filled("进展情况", words)
    book = read(content)
    if words.startswith("=") and len(words) > 1:
        assert [fault.place for fault in book.faults] == [place]
    elif not book.faults:
        assert book.rows[0].cells["narrative"].value == words
    else:
        # openpyxl itself writes such words as an error value.
        assert words.startswith("#")


KIND_TO_PEOPLE = {
    "full-width digits": ("本期累计完成数", "１２．５", None, Decimal("12.5")),
    "thousands": ("本期累计完成数", "12,345.5", None, Decimal("12345.5")),
    "full-width comma": ("本期累计完成数", "1，234", None, Decimal("1234")),
    "spaces": ("本期累计完成数", " 12 ", None, Decimal("12")),
    "binary neighbour": ("本期累计完成数", 0.1 + 0.2, None, Decimal("0.3")),
    "nothing but spaces": ("本期累计完成数", "  ", None, None),
    "percent sign": ("形象进度%", "35%", None, Decimal("35")),
    "percent by format": ("形象进度%", 0.355, "0.0%", Decimal("35.5")),
    "endless decimals": ("形象进度%", 100 / 3, None, Decimal("33.33")),
    "above a hundred": ("形象进度%", 286, None, Decimal("286")),
    "a day": ("计划赶上日期", date(2023, 5, 31), None, date(2023, 5, 31)),
    "dashes": ("计划赶上日期", "2023-5-31", None, date(2023, 5, 31)),
    "slashes": ("计划赶上日期", "2023/05/31", None, date(2023, 5, 31)),
    "dots": ("计划赶上日期", "2023.5.31", None, date(2023, 5, 31)),
    "in Chinese": ("计划赶上日期", "2023年5月31日", None, date(2023, 5, 31)),
    "digits": ("计划赶上日期", 20230531, "General", date(2023, 5, 31)),
    "a day's number": ("计划赶上日期", 45077, "General", date(2023, 5, 31)),
    "a tick": ("申报完成", "√", None, True),
    "a Boolean": ("申报完成", True, None, True),
    "a number as words": ("进展情况", 12.5, None, "12.5"),
    "a day as words": ("进展情况", date(2023, 5, 31), None, "2023年5月31日"),
}


@pytest.mark.parametrize(
    ("heading", "value", "number_format", "expected"), KIND_TO_PEOPLE.values(), ids=KIND_TO_PEOPLE
)
def test_what_people_type_is_understood(heading, value, number_format, expected):
    name = next(c.name for c in PROGRESS.inputs if c.heading == heading)
    content, _place = filled(heading, value, number_format)
    assert value_of(content, name) == expected


FAULTS = {
    "a word for a number": ("本期累计完成数", "很多", "不是数字"),
    "a number with its unit": ("本期累计完成数", "12人", "不是数字"),
    "a negative number": ("本期累计完成数", -1, "不能是负数"),
    "too many decimals": ("本期累计完成数", 1.23456, "小数超过4位"),
    "too large": ("本期累计完成数", 1e15, "数字太大"),
    "larger than is kept to the last digit": ("本期累计完成数", 1e11, "数字太大"),
    "a date for a number": ("本期累计完成数", date(2023, 5, 3), "被当成了日期"),
    "true for a number": ("本期累计完成数", True, "不是数字"),
    "an error": ("本期累计完成数", "#DIV/0!", "错误值"),
    "a formula": ("本期累计完成数", "=SUM(J5:J6)", "这一格是公式"),
    "a formula for words": ("进展情况", '=HYPERLINK("http://a")', "这一格是公式"),
    "a percent too large": ("形象进度%", "1e99", "数字太大"),
    "a typed percent too large": ("形象进度%", 1e300, "数字太大"),
    "a negative percent": ("形象进度%", "-3%", "不能是负数"),
    "not a number": ("形象进度%", "nan", "不是数字"),
    "a word for a date": ("计划赶上日期", "下月底", "不是日期"),
    "a month for a date": ("计划赶上日期", "2023年5月", "不是日期"),
    "no such day": ("计划赶上日期", "2023-2-30", "不是日期"),
    "a day long ago": ("计划赶上日期", "1923-5-1", "不在2000年至2100年之间"),
    "a small number for a date": ("计划赶上日期", 5, "不在2000年至2100年之间"),
    "digits that became no day": ("计划赶上日期", 20230531, "不是日期"),
    "neither yes nor no": ("申报完成", "差不多", "无法识别"),
    "much too long": ("存在问题", "长" * 3001, "超过3000字"),
}


@pytest.mark.parametrize(("heading", "value", "problem"), FAULTS.values(), ids=FAULTS)
def test_a_fault_says_where_what_and_how(heading, value, problem):
    content, place = filled(heading, value)
    book = read(content)
    [fault] = book.faults
    assert (fault.sheet, fault.place, fault.heading) == ("进展填报", place, heading)
    assert problem in fault.problem
    assert fault.remedy
    assert book.rows[0].faulty
    cell = load_workbook(BytesIO(mark_faults(content, book.faults)))["进展填报"][place]
    assert problem in cell.comment.text
    assert fault.remedy in cell.comment.text
    assert cell.fill.fgColor.rgb == WRONG_FILL.fgColor.rgb


@pytest.mark.parametrize(
    ("heading", "value", "problem"),
    [("阶段", "快了", "不是列表中的阶段"), ("形象进度%", 101, "超过了100")],
)
def test_a_fault_of_a_site_is_told(heading, value, problem):
    content, place = filled(heading, value, layout=SITES)
    [fault] = read(content).faults
    assert (fault.sheet, fault.place) == ("点位", place)
    assert problem in fault.problem


def test_marks_of_an_earlier_check_are_taken_away():
    content, place = filled("本期累计完成数", "很多")
    marked = mark_faults(content, read(content).faults)
    cell = load_workbook(BytesIO(mark_faults(marked, [])))["进展填报"][place]
    assert cell.comment is None
    assert cell.fill.fgColor.rgb == INPUT_FILL.fgColor.rgb


def test_a_fault_in_merged_cells_can_be_marked():
    book = load_workbook(BytesIO(written()))
    sheet = book["进展填报"]
    sheet.insert_rows(FIRST_ROW + 1)
    sheet.cell(FIRST_ROW + 1, 1).value = "P13-1"
    sheet.merge_cells(start_row=FIRST_ROW, end_row=FIRST_ROW + 1, start_column=2, end_column=2)
    stream = BytesIO()
    book.save(stream)
    [fault] = [
        read(stream.getvalue())
        .rows[1]
        .fault("value", "这一行不在本单位现在的填报表里", "请重新下载")
        ._replace(column="B")
    ]
    marked = load_workbook(BytesIO(mark_faults(stream.getvalue(), [fault])))
    assert "不在本单位" in marked["进展填报"].cell(FIRST_ROW, 2).comment.text


def test_sheets_are_made_only_for_what_there_is():
    titles = load_workbook(BytesIO(written())).sheetnames
    assert titles == ["填报说明", PROGRESS.title, SITES.title, "技术信息"]
    assert PLACES.title not in titles


PARTS = [
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/worksheets/sheet2.xml",
    "xl/worksheets/sheet4.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/_rels/workbook.xml.rels",
]


def read_or_refused(content):
    """What the file says; None if it is refused. Anything else is a page that breaks."""
    try:
        return read(content)
    except UnreadableError:
        return None


WHOLE = written(narrative="完成", value=12.0, catch_up_on=date(2023, 5, 31))


@settings(max_examples=150)
@given(st.sampled_from(PARTS), st.floats(0, 1), st.integers(0, 60), st.binary(max_size=12))
def test_a_damaged_file_is_read_or_refused(part, where, length, put):
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(WHOLE)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == part:
                begin = int(where * len(data))
                data = data[:begin] + put + data[begin + length :]
            new.writestr(name, data)
    book = read_or_refused(stream.getvalue())
    if book is not None:
        with suppress(UnreadableError):
            mark_faults(stream.getvalue(), book.faults)


@settings(max_examples=60)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_spoiled_byte_is_survived(position, change):
    spoiled = bytearray(WHOLE)
    spoiled[position] ^= change
    book = read_or_refused(bytes(spoiled))
    assert book is None or book.head.unit_name
