"""A city's table in the shapes in which cities send it; wordings of heads; matching of rows."""

from datetime import date

import pytest

from progress.rules.city_cells import split_number
from progress.rules.city_figures import same_unit
from progress.rules.city_heads import Grid, Row
from progress.rules.city_labels import (
    AVERAGE,
    TOTAL,
    Known,
    Label,
    Role,
    figure_of,
    label_of,
    rank_of,
)
from progress.rules.city_matching import Item, likely_level, match_rows
from progress.rules.city_periods import other_date, said_date
from progress.rules.city_table import read_tables

KNOWN = Known("苍南县", ("苍南县", "平阳县", "乐清市", "鹿城区"))
AS_OF = date(2023, 4, 10)


def grid(text, *, above=(), name="表1"):
    """A table of lines, cells parted by |; the first line is row 1."""
    lines = [line.strip() for line in text.strip().splitlines()]
    rows = [
        Row(number, tuple(cell.strip() for cell in line.split("|")))
        for number, line in enumerate(lines, 1)
    ]
    return Grid(name, rows, above)


def read(text, *, above=(), known=KNOWN, as_of=AS_OF):
    return read_tables([grid(text, above=above)], known, as_of=as_of)


def told(reading):
    """What was read, short: (number, name, figure, average, rank) of each row."""
    return [
        (row.number, row.name, round(row.figure, 2), round(row.average, 2), row.rank)
        for row in reading.rows
    ]


TWO = [(1, "新改建幼儿园", 42.0, 50.0, 3), (2, "建设农村公路", 60.0, 40.0, 1)]
SHAPES = {
    "a row per item": """
        序号 | 项目内容 | 本县 | 全市平均 | 排名
        1 | 新改建幼儿园 | 42% | 50% | 3
        2 | 建设农村公路 | 60% | 40% | 1""",
    "with other words and a title": """
        温州市民生实事项目进度表（截至4月10日） | | | |
        编号 | 实事项目名称 | 我县完成比例（%） | 全市平均进度（%） | 全市位次
        1 | 新改建幼儿园 | 42 | 50 | 第3
        2 | 建设农村公路 | 60 | 40 | 1/12""",
    "the county by its short name": """
        序号 | 项目 | 苍南 | 全市均值 | 苍南排名
        1 | 新改建幼儿园 | 0.42 | 0.5 | 3
        2 | 建设农村公路 | 0.6 | 0.4 | 1""",
    "items × counties, one figure each": """
        序号 | 项目 | 鹿城区 | 乐清市 | 苍南县 | 平阳县
        1 | 新改建幼儿园 | 62 | 56 | 42 | 40
        2 | 建设农村公路 | 40 | 40 | 60 | 20""",
    "items × counties, two lines of heads, merged": """
        序号 | 项目 | 鹿城区 | 鹿城区 | 苍南县 | 苍南县 | 乐清市 | 乐清市 | 全市 | 全市
        序号 | 项目 | 目标任务 | 已完成 | 目标任务 | 已完成 | 目标任务 | 已完成 | 目标任务 | 已完成
        1 | 新改建幼儿园 | 10 | 5 | 50 | 21 | 40 | 24 | 100 | 50
        2 | 建设农村公路 | 10 | 2 | 50 | 30 | 40 | 8 | 100 | 40""",
    "the same pasted, so that merged cells are empty": """
        序号 | 项目 | 鹿城区 |  | 苍南县 |  | 乐清市 |  | 全市平均
         |  | 目标任务 | 完成比例 | 目标任务 | 完成比例 | 目标任务 | 完成比例 |
        1 | 新改建幼儿园 | 10 | 58% | 50 | 42% | 40 | 50% | 50%
        2 | 建设农村公路 | 10 | 20% | 50 | 60% | 40 | 40% | 40%""",
    "counties as rows, items as columns": """
        县（市、区） | 1.新改建幼儿园 | 2.建设农村公路
        鹿城区 | 62 | 40
        苍南县 | 42 | 60
        平阳县 | 40 | 20
        乐清市 | 56 | 40""",
    "counties as rows, measures under items, a row of the city": """
        县市区 | 1.新改建幼儿园 | 1.新改建幼儿园 | 2.建设农村公路 | 2.建设农村公路
        县市区 | 目标 | 完成率 | 目标 | 完成率
        鹿城区 | 10 | 62% | 10 | 40%
        苍南县 | 10 | 42% | 10 | 60%
        乐清市 | 10 | 50% | 10 | 20%
        全市平均 |  | 50% |  | 40%""",
    "a row per item and county": """
        序号 | 项目 | 县（市、区） | 目标任务 | 累计完成
        1 | 新改建幼儿园 | 鹿城区 | 100 | 62
          |  | 苍南县 | 100 | 42
          |  | 平阳县 | 100 | 40
          |  | 乐清市 | 100 | 56
        2 | 建设农村公路 | 鹿城区 | 10 | 4
          |  | 苍南县 | 10 | 6
          |  | 平阳县 | 10 | 2
          |  | 乐清市 | 10 | 4""",
    "counties of which nothing is known": """
        序号 | 项目 | 龙港市 | 瑞安市 | 苍南县 | 永嘉县
        1 | 新改建幼儿园 | 62 | 56 | 42 | 40
        2 | 建设农村公路 | 40 | 40 | 60 | 20""",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_says_the_same(shape):
    reading = read(SHAPES[shape])
    # Of three counties 42 is the last; of four the third.
    assert told(reading) == TWO
    assert reading.problems == ()
    assert not any(row.doubts or row.reason for row in reading.rows)


def test_a_table_of_one_item_has_its_name_in_the_title():
    table = """
        县（市、区） | 目标任务 | 进度 | 完成比例
        鹿城区 | 10 | 6 | 60%
        苍南县 | 50 | 20 | 40%
        全市 | 60 | 26 | 50%"""
    reading = read(table, above=("3.新改建幼儿园",))
    assert told(reading) == [(3, "新改建幼儿园", 40.0, 50.0, 2)]


def test_what_the_city_does_not_print_is_derived():
    (row, _other) = read(SHAPES["items × counties, one figure each"]).rows
    assert row.average_derived
    assert row.rank_derived
    assert (row.counties, row.best, row.best_county) == (4, 62.0, "鹿城区")
    assert row.middle == ("苍南县", 42.0)
    assert row.missing == ()


def test_a_missing_county_is_left_out_and_named_and_never_zero():
    reading = read("""
        序号 | 项目 | 鹿城区 | 苍南县 | 平阳县 | 乐清市
        1 | 新改建幼儿园 | 60 | 40 | — | 未报""")
    (row,) = reading.rows
    assert row.average == 50
    assert row.missing == ("平阳县", "乐清市")
    assert (row.rank, row.counties) == (2, 2)


def test_a_figure_in_another_unit_than_the_average_is_told_as_that():
    reading = read("""
        序号 | 项目 | 计量单位 | 本县完成数 | 全市平均
        1 | 提升改造农村公路 | 万元 | 12.5 | 20""")
    assert not reading.rows
    (problem,) = reading.problems
    assert "本县的数是万元，全市平均或其他县的数是百分比，计量单位不同" in problem.text


def test_all_that_is_wrong_is_told_at_once_with_its_place():
    reading = read("""
        序号 | 项目 | 苍南县 | 全市平均 | 满意度指数
        1 | 新改建幼儿园 | 推进中 | 50 | 1
        2 | 建设农村公路 | 40 |  | 2
        3 | 提升卫生室 |  | 30 | 3
        4 | 加装电梯 | -5 | 30 | 4
          |  | 5 | 6 | 7
        5 | 适老化改造 | 10 | 20 | 5""")
    assert [row.number for row in reading.rows] == [5]
    words = {f"{problem.place}：{problem.text}" for problem in reading.problems}
    assert words == {
        "第1行第5列：列名“满意度指数”无法识别，这些列没有读入。",
        "第2行第3列：“推进中”不是进度数字，没有读入。",
        "第3行：“建设农村公路”没有全市平均，也没有其他县的数，没有读入。",
        "第4行：“提升卫生室”没有苍南县的数，没有读入。",
        "第5行第3列：“-5”是负数，没有读入。",
        "第6行：这一行没有序号，也没有项目名称，没有读入。",
    }


@pytest.mark.parametrize(
    ("table", "doubt"),
    [
        (
            "序号|项目|苍南县|平阳县|全市平均|排名\n1|幼儿园建设|40|60|50|1",
            "印出的排名是1，按各县的数应为2，采用印出的。",
        ),
        (
            "序号|项目|苍南县|平阳县|鹿城区|全市平均\n1|幼儿园建设|40|60|50|90",
            "印出的全市平均90不在各县最低40与最高60之间，请核对。",
        ),
        (
            "序号|项目|苍南县|平阳县|鹿城区|合计\n1|幼儿园建设|40|60|50|150",
            "印出的全市的数150不在各县最低40与最高60之间，改用各县的平均。",
        ),
        (
            "序号|项目|本县|全市平均|排名\n1|幼儿园建设|40|60|15/12",
            "印出的排名15不在1至12之间，没有采用。",
        ),
        (
            "序号|项目|苍南县|苍南县|苍南县|全市平均\n"
            "序号|项目|目标任务|已完成|完成比例|全市平均\n1|幼儿园建设|50|35|42%|60%",
            "第3行第5列印的42%与完成数÷目标任务（70%）不符，采用印出的。",
        ),
        (
            "序号|项目|本县|全市平均\n1|幼儿园建设|0.42|60%",
            "第2行第3列的“0.42”没有百分号，按0.42%读取，请核对。",
        ),
    ],
)
def test_what_does_not_add_up_is_a_doubt(table, doubt):
    (row,) = read(table).rows
    assert row.doubts == (doubt,)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (
            "序号|项目|单位|苍南县完成数|全市平均完成数\n1|建设农村公路|公里|12|20",
            "表中是完成数（公里），没有目标任务，不能折算成百分比。",
        ),
        (
            "序号|项目|本县|全市平均|备注\n1|建设农村公路|12|20|为2月底数据",
            "备注写的是2月的数据，与截至日期不是同一期。",
        ),
        (
            "截至2023年3月31日|||\n序号|项目|本县|全市平均\n1|建设农村公路|12|20",
            "表中写的是2023年3月31日的数据，与所填的截至日期不是同一期。",
        ),
    ],
)
def test_what_is_no_percent_or_of_another_month_cannot_be_compared(table, reason):
    (row,) = read(table).rows
    assert row.reason == reason


def test_ratios_are_read_as_percents_where_a_table_has_no_percent_sign():
    reading = read("序号|项目|本县|全市平均\n1|幼儿园|0.425|0.5\n2|公路|1|0.8")
    assert [(row.figure, row.average) for row in reading.rows] == [(42.5, 50.0), (100.0, 80.0)]
    assert "比例" in reading.notes[0]
    # One percent and less than one are no ratios beside 42.
    (first, _second) = read("序号|项目|本县|全市平均\n1|幼儿园|0.5|1\n2|公路|42|40").rows
    assert (first.figure, first.average) == (0.5, 1.0)


def test_a_number_beyond_all_reason_is_told_and_not_read():
    reading = read(f"序号|项目|本县|全市平均\n1|幼儿园|{'9' * 400}|0.5\n2|公路|1|{'9' * 30}")
    assert reading.rows == ()
    assert [problem.text for problem in reading.problems][:2] == [
        "数字大得不合常理，没有读入。",
        "数字大得不合常理，没有读入。",
    ]


def test_lines_between_the_rows_name_the_list():
    reading = read("""
        序号 | 项目 | 本县 | 全市平均
        一、省级民生实事 | | |
        1 | 新改建幼儿园 | 42 | 50
        二、市级民生实事 | | |
        1 | 建设农村公路 | 60 | 40
        注：数据由各县报送 | | |""")
    assert [(row.level, row.name) for row in reading.rows] == [
        ("province", "新改建幼儿园"),
        ("city", "建设农村公路"),
    ]


# Heads under which a figure could be taken from the wrong column. In each the county stands at
# 42 and the city's average at 50; a word of what is told of the others, "" where nothing is.
AWKWARD = {
    "the city's own target and percent before the counties": (
        """
        序号 | 项目 | 目标任务 | 完成率 | 鹿城区 | 乐清市 | 苍南县 | 平阳县
        1 | 幼儿园建设 | 1000 | 55% | 60% | 58% | 42% | 40%""",
        "“目标任务”“完成率”没有写明是哪个县（市、区）的，没有采用。",
    ),
    "the same beside percents and the average": (
        """
        序号 | 项目 | 目标任务 | 完成数 | 完成率 | 鹿城区完成率 | 苍南县完成率 | 全市平均
        1 | 幼儿园建设 | 1000 | 550 | 55% | 60% | 42% | 50%""",
        "“目标任务”“完成数”“完成率”没有写明",
    ),
    "the city's target before plain numbers": (
        """
        序号 | 项目 | 目标任务 | 鹿城区进度 | 苍南县进度 | 平阳县进度 | 全市平均进度
        1 | 幼儿园建设 | 1000 | 60 | 42 | 40 | 50""",
        "“目标任务”没有写明",
    ),
    "two months side by side": (
        """
        序号 | 项目 | 苍南县3月进度 | 苍南县4月进度 | 全市平均
        1 | 幼儿园建设 | 30% | 42% | 50%""",
        "没有采用“苍南县3月进度”",
    ),
    "two months, the later first": (
        """
        序号 | 项目 | 苍南县5月进度 | 苍南县4月进度 | 全市平均
        1 | 幼儿园建设 | 30% | 42% | 50%""",
        "没有采用“苍南县5月进度”",
    ),
    "months in brackets": (
        """
        序号 | 项目 | 苍南县（3月） | 苍南县（4月） | 全市平均（4月）
        1 | 幼儿园建设 | 30% | 42% | 50%""",
        "没有采用“苍南县（3月）”",
    ),
    "months before the names": (
        """
        序号 | 项目 | 3月苍南县完成率 | 4月底苍南县完成率 | 4月底全市平均
        1 | 幼儿园建设 | 30% | 42% | 50%""",
        "没有采用“3月苍南县完成率”",
    ),
    "months behind the names": (
        """
        序号 | 项目 | 苍南县3月 | 苍南县4月 | 市均4月
        1 | 幼儿园建设 | 30% | 42% | 50%""",
        "没有采用“苍南县3月”",
    ),
    "two lines of heads, percents of two months": (
        """
        序号 | 项目 | 鹿城区 | 鹿城区 | 苍南县 | 苍南县
        序号 | 项目 | 3月完成率 | 4月完成率 | 3月完成率 | 4月完成率
        1 | 幼儿园建设 | 30% | 58% | 31% | 42%""",
        "没有采用“鹿城区·3月完成率”、“苍南县·3月完成率”",
    ),
    "two lines of heads, months alone": (
        """
        序号 | 项目 | 鹿城区 |  | 苍南县 |  | 全市平均 |
         |  | 3月 | 4月 | 3月 | 4月 | 3月 | 4月
        1 | 幼儿园建设 | 30% | 60% | 31% | 42% | 30% | 50%""",
        "“全市平均·3月”",
    ),
    "the last month beside this one": (
        """
        序号 | 项目 | 鹿城区 | 鹿城区 | 苍南县 | 苍南县
        序号 | 项目 | 上月 | 本月 | 上月 | 本月
        1 | 幼儿园建设 | 30% | 58% | 31% | 42%""",
        "“苍南县·上月”",
    ),
    "what was planned beside what is": (
        """
        序号 | 项目 | 鹿城区 | 鹿城区 | 苍南县 | 苍南县
        序号 | 项目 | 计划进度 | 实际进度 | 计划进度 | 实际进度
        1 | 幼儿园建设 | 50% | 58% | 50% | 42%""",
        "“苍南县·计划进度”不是实际进度，没有采用",
    ),
    "the aim of the county alone": (
        """
        序号 | 项目 | 苍南县 | 苍南县 | 全市平均
        序号 | 项目 | 目标进度 | 实际进度 | 全市平均
        1 | 幼儿园建设 | 50% | 42% | 50%""",
        "“苍南县·目标进度”不是实际进度",
    ),
    "planned and real percents": (
        """
        序号 | 项目 | 苍南县 | 苍南县 | 全市平均
        序号 | 项目 | 计划完成率 | 实际完成率 | 全市平均
        1 | 幼儿园建设 | 50% | 42% | 50%""",
        "没有采用“苍南县·计划完成率”",
    ),
    "money before percents": (
        """
        序号 | 项目 | 鹿城区 | 鹿城区 | 苍南县 | 苍南县
        序号 | 项目 | 完成投资（万元） | 完成率 | 完成投资（万元） | 完成率
        1 | 幼儿园建设 | 50 | 58% | 70 | 42%""",
        "“苍南县·完成投资（万元）”不是实际进度",
    ),
    "scores before percents": (
        """
        序号 | 项目 | 鹿城区 | 鹿城区 | 苍南县 | 苍南县
        序号 | 项目 | 得分 | 完成率 | 得分 | 完成率
        1 | 幼儿园建设 | 9 | 58% | 8 | 42%""",
        "“苍南县·得分”不是实际进度",
    ),
    "words that nobody knows before percents": (
        """
        序号 | 项目 | 鹿城区 | 鹿城区 | 苍南县 | 苍南县
        序号 | 项目 | 满意度指数 | 完成率 | 满意度指数 | 完成率
        1 | 幼儿园建设 | 90 | 58% | 80 | 42%""",
        "列名“鹿城区·满意度指数”、“苍南县·满意度指数”无法识别",
    ),
    "what the month brought beside the whole": (
        """
        序号 | 项目 | 本县本月完成率 | 本县累计完成率 | 全市平均累计完成率
        1 | 幼儿园建设 | 5% | 42% | 50%""",
        "没有采用“本县本月完成率”",
    ),
    "the same in two lines": (
        """
        序号 | 项目 | 苍南县 | 苍南县 | 全市平均 | 全市平均
        序号 | 项目 | 本月进度 | 累计进度 | 本月进度 | 累计进度
        1 | 幼儿园建设 | 5% | 42% | 6% | 50%""",
        "“苍南县·本月进度”",
    ),
    "a head over all counties": (
        """
        序号 | 项目 | 县（市、区） | 县（市、区） | 县（市、区） | 全市平均
        序号 | 项目 | 鹿城区 | 苍南县 | 平阳县 | 全市平均
        1 | 幼儿园建设 | 60% | 42% | 40% | 50%""",
        "",
    ),
    "a head over all counties that says what is counted": (
        """
        序号 | 项目 | 各县（市、区）完成比例 |  |  | 全市平均
         |  | 鹿城区 | 苍南县 | 平阳县 |
        1 | 幼儿园建设 | 60% | 42% | 40% | 50%""",
        "",
    ),
    "a heading of the whole city over the counties": (
        """
        序号 | 项目 | 全市进展情况 | 全市进展情况 | 全市进展情况
        序号 | 项目 | 鹿城区 | 苍南县 | 平均
        1 | 幼儿园建设 | 60% | 42% | 50%""",
        "",
    ),
    "the average of all counties in its own words": (
        """
        序号 | 项目 | 苍南县 | 县（市、区）平均
        1 | 幼儿园建设 | 42% | 50%""",
        "",
    ),
    "the city's name before the county's, and alone": (
        """
        序号 | 项目 | 温州市鹿城区 | 温州市苍南县 | 温州市
        1 | 幼儿园建设 | 60% | 42% | 50%""",
        "",
    ),
    "measures as rows of an item": (
        """
        序号 | 项目 | 指标 | 鹿城区 | 苍南县 | 全市平均
        1 | 幼儿园建设 | 目标任务 | 100 | 200 |
        1 | 幼儿园建设 | 完成数 | 60 | 84 |
        1 | 幼儿园建设 | 完成率 | 60% | 42% | 50%""",
        "",
    ),
    "measures as rows, the item named once, no percent printed": (
        """
        序号 | 项目 | 指标 | 鹿城区 | 苍南县
        1 | 幼儿园建设 | 目标任务 | 100 | 200
          |  | 完成数 | 58 | 84""",
        "",
    ),
    "targets and what is done in other scales of one unit": (
        """
        序号 | 项目 | 鹿城区 | 鹿城区 | 苍南县 | 苍南县
        序号 | 项目 | 目标任务 | 完成数 | 目标任务 | 完成数
        1 | 公园建设 | 1万平方米 | 5800平方米 | 2万平方米 | 0.84万㎡""",
        "",
    ),
    "scales in the heads": (
        """
        序号 | 项目 | 鹿城区 | 鹿城区 | 苍南县 | 苍南县
        序号 | 项目 | 目标（万平方米） | 完成数（平方米） | 目标（万平方米） | 完成数（平方米）
        1 | 公园建设 | 1 | 5800 | 2 | 8400""",
        "",
    ),
}


@pytest.mark.parametrize("head", AWKWARD)
def test_awkward_heads_are_read_from_the_right_column(head):
    table, words = AWKWARD[head]
    reading = read(table, known=KNOWN._replace(above=("温州市", "浙江省")))
    (row,) = reading.rows
    assert (row.figure, row.average, row.doubts, row.reason) == (42, 50, (), "")
    told = "".join([*reading.notes, *(problem.text for problem in reading.problems)])
    assert words in told if words else not told


@pytest.mark.parametrize(
    ("ranks", "rank"),
    [
        ("上月排名 | 本月排名", 3),
        ("3月排名 | 4月排名", 3),
        ("全省排名 | 全市排名", 3),
        ("排名变化 | 排名", 3),
        ("上月排位 | 全市排位", 3),
    ],
)
def test_of_several_ranks_this_months_among_the_city_counts(ranks, rank):
    (row,) = read(f"序号|项目|本县|全市平均|{ranks}\n1|幼儿园建设|42%|50%|9|{rank}").rows
    assert (row.rank, row.doubts) == (3, ())


# What cannot be decided is not read, and that is told.
UNDECIDED = {
    "two percents of one county": (
        "序号|项目|苍南县形象进度|苍南县完成率|全市平均\n1|幼儿园建设|30%|42%|50%",
        "苍南县有2列完成率（“苍南县形象进度”、“苍南县完成率”），不能确定用哪一列，没有读入。",
    ),
    "two ranks": (
        "序号|项目|本县|全市平均|排名|综合排名\n1|幼儿园建设|42%|50%|3|4",
        "苍南县有2列排名（“排名”、“综合排名”），不能确定用哪一列，没有读入。",
    ),
    "scores alone": (
        "序号|项目|鹿城区|苍南县\n序号|项目|得分|得分\n1|幼儿园建设|9|8",
        "没有找到进度或完成率的列，以下各行没有读入。",
    ),
    "the last month alone": (
        "序号|项目|苍南县上月完成率|全市平均上月完成率\n1|幼儿园建设|42%|50%",
        "没有找到进度或完成率的列，以下各行没有读入。",
    ),
    "another unit done than to be done": (
        "序号|项目|苍南县|苍南县|全市平均\n序号|项目|目标任务|完成数|全市平均\n"
        "1|幼儿园建设|20个|8400人|50%",
        "完成数“8400人”与目标任务“20个”的计量单位不同，不能折算成百分比。",
    ),
    "a scale on one side alone": (
        "序号|项目|苍南县|苍南县|全市平均\n序号|项目|目标任务|完成数|全市平均\n"
        "1|公园建设|2万平方米|8000|50%",
        "完成数“8000”与目标任务“2万平方米”的计量单位不同，不能折算成百分比。",
    ),
    "less than nothing done": (
        "序号|项目|苍南县完成数|全市平均完成数\n1|幼儿园建设|-3|50",
        "“-3”是负数，没有读入。",
    ),
    "amounts of money under the county's name": (
        "序号|项目|苍南县（万元）|全市平均（%）\n1|幼儿园建设|42|50",
        "本县的数是万元，全市平均或其他县的数是百分比，计量单位不同",
    ),
}


@pytest.mark.parametrize("case", UNDECIDED)
def test_what_cannot_be_decided_is_told_instead_of_read(case):
    table, words = UNDECIDED[case]
    reading = read(table)
    assert words in "".join(problem.text for problem in reading.problems)
    assert all(row.rank is None for row in reading.rows)


@pytest.mark.parametrize(
    ("table", "doubt"),
    [
        (
            "序号|项目|本县本月完成率|全市平均累计完成率\n1|幼儿园建设|5%|50%",
            "“本县本月完成率”与“全市平均累计完成率”不是同一期的数，请核对。",
        ),
        (
            "序号|项目|本县4月完成率|全市平均3月完成率\n1|幼儿园建设|42%|50%",
            "“本县4月完成率”与“全市平均3月完成率”不是同一期的数，请核对。",
        ),
        (
            "序号|项目|目标任务|本县完成数|全市平均\n1|幼儿园建设|200|84|50%",
            "“目标任务”按苍南县的目标读入，请核对。",
        ),
        (
            "序号|项目|本县目标任务|本县完成数|全市平均\n1|幼儿园建设|2|84|50%",
            "第2行第3列：4200%大得不合常理，请核对。",
        ),
        (
            "序号|项目|本县完成率（%）|全市平均\n1|幼儿园建设|0.42|50%",
            "第2行第3列的“0.42”按0.42%读取（列名有%），请核对是否比例。",
        ),
        (
            "序号|项目|本县|全市平均\n1|幼儿园建设|1|0",
            "第2行第3列的“1”没有百分号，按1%读取，请核对。",
        ),
        (
            "序号|项目|鹿城|乐清|苍南|平阳\n1|幼儿园建设|60|58|42|40",
            "“鹿城”“乐清”“平阳”按县（市、区）读入，全市平均由此计算，请核对。",
        ),
        (
            "县（市、区）|1.幼儿园建设|2.农村公路\n鹿城|60|40\n乐清|58|40\n苍南|42|60",
            "“鹿城”“乐清”按县（市、区）读入，全市平均由此计算，请核对。",
        ),
        (
            "序号|项目|县（市、区）|完成率\n1|幼儿园建设|鹿城区|60%\n1|幼儿园建设|苍南县|42%\n"
            "1|幼儿园建设|苍南县|24%",
            "第4行第4列的“24%”与第3行第4列的“42%”是同一项，采用第3行第4列的。",
        ),
        (
            "序号|项目|本县|全市平均|全市最高\n1|幼儿园建设|42%|50%|鹿城区最好",
            "第2行第5列的全市最高“鹿城区最好”无法识别或低于全市平均，没有采用。",
        ),
    ],
)
def test_what_may_be_meant_otherwise_is_a_doubt(table, doubt):
    row = read(table, known=Known("苍南县", ("苍南县",))).rows[0]
    assert row.doubts == (doubt,)


def test_short_names_beside_the_countys_are_counties_where_none_is_known():
    reading = read(
        "序号|项目|鹿城|乐清|苍南|平阳|全市平均|排名\n1|幼儿园建设|60|58|42|40|50|3/4",
        known=Known("苍南县", ("苍南县",)),
    )
    (row,) = reading.rows
    assert (row.figure, row.average, row.rank, row.best_county) == (42, 50, 3, "鹿城")
    assert reading.counties == ("鹿城", "乐清", "苍南县", "平阳")
    assert "按县（市、区）读入，请核对" in reading.notes[0]
    assert row.doubts == ()  # average and rank are the city's own


def test_small_percents_under_a_percent_sign_are_no_ratios():
    reading = read("序号|项目|本县（%）|全市平均（%）\n1|幼儿园|0.5|0.8\n2|公路|1.2|0.4")
    assert [(row.figure, row.average) for row in reading.rows] == [(0.5, 0.8), (1.2, 0.4)]
    assert reading.notes == ()


@pytest.mark.parametrize(
    ("text", "best"), [("鹿城区（62%）", 62), ("62%（鹿城区）", 62), ("鹿城区62", 62)]
)
def test_the_best_county_may_stand_in_one_cell_with_its_figure(text, best):
    (row,) = read(f"序号|项目|本县|全市平均|全市最高\n1|幼儿园建设|42%|50%|{text}").rows
    assert (row.best, row.best_county, row.doubts) == (best, "鹿城区", ())


def sheets(**texts):
    return [grid(text, name=name) for name, text in texts.items()]


def test_of_a_sheet_for_each_month_that_of_the_date_is_read_and_the_others_are_named():
    head = "序号|项目|本县|全市平均\n1|幼儿园建设"
    reading = read_tables(
        sheets(**{"3月": f"{head}|30%|35%", "4月": f"{head}|42%|50%"}), KNOWN, as_of=AS_OF
    )
    (row,) = reading.rows
    assert (row.figure, row.average, row.reason, reading.reason) == (42, 50, "", "")
    (problem,) = reading.problems
    assert "是3月的数据，与所填的截至日期不是同一期，没有读入" in problem.text
    only_march = read_tables(sheets(**{"3月": f"{head}|30%|35%"}), KNOWN, as_of=AS_OF)
    assert "3月的数据" in only_march.reason
    assert [row.reason for row in only_march.rows] == [only_march.reason]


@pytest.mark.parametrize("title", ["温州市4月通报", "截至2023年4月10日"])
def test_columns_of_another_month_alone_cannot_be_compared(title):
    table = "序号|项目|苍南县3月进度|全市平均3月进度\n1|幼儿园建设|42%|50%"
    reading = read(table, above=(title,))
    assert reading.reason == "表中写的是3月的数据，与所填的截至日期不是同一期。".replace(
        "是3月", "是2023年3月" if "2023" in title else "是3月"
    )


def test_text_without_a_head_is_told():
    reading = read("甲 | 乙\n丙 | 丁")
    assert reading.rows == ()
    assert "没有找到表头" in reading.problems[0].text


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("苍南县", Label(None, "苍南县")),
        ("苍南", Label(None, "苍南县")),
        ("我县完成率(%)", Label(Role.PERCENT, "苍南县")),
        ("全县进度", Label(Role.PROGRESS, "苍南县")),
        ("各县完成情况", Label(Role.PROGRESS)),
        ("各县（市、区）平均", Label(None, AVERAGE)),
        ("1—4月完成率", Label(Role.PERCENT)),
        ("上月完成率", Label(Role.PERCENT)),
        ("苍南县得分", Label(Role.OTHER, "苍南县")),
        ("序时进度", Label(Role.PLAN)),
        ("全市排位", Label(Role.RANK)),
        ("全省排名", Label(Role.OTHER)),
        ("本县排名", Label(Role.RANK, "苍南县")),
        ("全市排名", Label(Role.RANK)),
        ("鹿城区", Label(None, "鹿城区")),
        ("龙港市进度", Label(Role.PROGRESS, "龙港市")),
        ("全市平均", Label(None, AVERAGE)),
        ("平均完成比例", Label(Role.PERCENT, AVERAGE)),
        ("全市", Label(None, TOTAL)),
        ("合计", Label(None, TOTAL)),
        ("县（市、区）", Label(Role.COUNTY)),
        ("年度目标任务", Label(Role.TARGET)),
        ("累计完成数", Label(Role.DONE)),
        ("完成比例（%）", Label(Role.PERCENT)),
        ("计量单位", Label(Role.UNIT)),
        ("4月完成比例", Label(Role.PERCENT)),
        ("牵头单位", Label(Role.NOTE)),
        ("全市最高", Label(Role.BEST)),
        ("最高县（市、区）", Label(Role.BEST_COUNTY)),
        ("改造城镇老旧小区", Label()),
        ("建设城市书房", Label()),
        ("完成农村公路改造60公里", Label()),
        ("", Label()),
    ],
)
def test_heads_mean_what_they_say(words, label):
    assert label_of(words, KNOWN) == label


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("42.5%", (42.5, "%")),
        ("４２．５％", (42.5, "%")),
        ("1,200户", (1200.0, "户")),
        ("约30", (30.0, "")),
        ("已完成", (100.0, "%")),
        ("推进中", None),
        ("—", None),
    ],
)
def test_figures_are_read_as_printed(text, figure):
    assert figure_of(text) == figure


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("3", (3, None)),
        ("第3名", (3, None)),
        ("3/12", (3, 12)),
        ("并列第2", (2, None)),
        ("前三", (None, None)),
    ],
)
def test_ranks_are_read_as_printed(text, rank):
    assert rank_of(text) == rank


@pytest.mark.parametrize(
    ("number", "name", "told"),
    [
        ("3", "新改建幼儿园", (3, "新改建幼儿园")),
        ("省3", "新改建幼儿园", (3, "新改建幼儿园")),
        ("", "3.新改建幼儿园", (3, "新改建幼儿园")),
        ("", "（3）新改建幼儿园", (3, "新改建幼儿园")),
        ("", "2.5公里公路", (None, "2.5公里公路")),
        ("", "新改建幼儿园", (None, "新改建幼儿园")),
    ],
)
def test_numbers_stand_beside_or_before_the_wording(number, name, told):
    assert split_number(number, name) == told


def test_a_title_may_name_a_day_or_a_month():
    assert said_date(["截至2023年4月10日"]) == (2023, 4, 10)
    assert said_date(["4月份进度表"]) == (None, 4, None)
    assert said_date(["民生实事进度表"]) is None
    assert said_date(["制表日期：2023年4月15日", "截至4月10日"]) == (None, 4, 10)
    assert said_date(["制表日期：2023年4月15日", "截至4月10日（2023年4月15日印发）"])[1:] == (4, 10)
    assert said_date(["制表日期：2023年4月15日"]) is None
    assert said_date(["2023年民生实事进度（截至4月10日）"]) == (2023, 4, 10)
    assert said_date(["截至2023.3.31"]) == said_date(["2023-03-31"]) == (2023, 3, 31)
    assert said_date(["2023年一季度民生实事"]) == (2023, 3, None)
    assert said_date(["2023年上半年"]) == (2023, 6, None)
    assert said_date(["2023年1—4月进度"]) == (2023, 4, None)
    assert said_date(["2022年民生实事"]) == (2022, None, None)
    assert said_date(["2023年民生实事（含2022年结转）"]) is None
    assert said_date(["“十四五”规划2021—2025年"]) is None
    assert not other_date((None, 4, None), AS_OF)
    assert other_date((None, 3, None), AS_OF)
    assert other_date((2023, 4, 30), AS_OF)
    assert other_date((2022, None, None), AS_OF)
    assert not other_date((2023, None, None), AS_OF)


# -- Matching --------------------------------------------------------------------------

ITEMS = [
    Item(1, "province", 1, ("新改建公办幼儿园5所，新增学位1350个。",), frozenset({"所", "个"})),
    Item(2, "province", 2, ("新改建农村公路29公里。",), frozenset({"公里"})),
    Item(3, "province", 3, ("养护农村公路100公里。",), frozenset({"公里"})),
    Item(4, "city", 1, ("新改建公办幼儿园5所，新增学位1350个。",), frozenset({"所", "个"})),
    Item(5, "city", 2, ("建设残疾人之家1家。",), frozenset({"家"})),
]


def matched(rows, level="", **more):
    body = "\n".join(f"{number}|{name}|{unit}|42|50" for number, name, unit in rows)
    reading = read(f"序号|项目|单位|本县|全市平均\n{body}")
    assert not reading.problems
    return match_rows(reading.rows, ITEMS, level=level, **more)


@pytest.mark.parametrize(
    ("row", "level", "item", "sure"),
    [
        ((1, "新改建公办幼儿园5所，新增学位1350个", ""), "province", 1, True),
        ((2, "新改建农村公路", ""), "province", 2, True),
        ((2, "农村公路新改建", ""), "province", 2, False),  # so is another
        ((5, "建设残疾人之家", ""), "city", 5, False),  # another number, not the same words
        (("", "建设残疾人之家1家", ""), "", 5, True),
        (("", "新改建公办幼儿园5所，新增学位1350个", ""), "", 1, False),  # on two lists
        ((1, "", ""), "province", 1, False),  # the number alone
        ((9, "完全不同的另一件事", ""), "", None, False),
        (("", "其中：新改建公办幼儿园5所，新增学位1350个", ""), "province", None, False),
        (("", "公办幼儿园的教师培训", ""), "province", None, False),  # a guess is not proposed
        ((7, "公办幼儿园的教师培训", ""), "province", None, False),
    ],
)
def test_rows_are_matched_by_number_and_wording(row, level, item, sure):
    (match,) = matched([row], level)
    assert (match.item, match.sure) == (item, sure)
    assert sure or match.why


def test_a_doubtful_row_has_candidates_with_their_certainty():
    (match,) = matched([("", "农村公路", "")], "province")
    assert {c.item for c in match.candidates} >= {2, 3}
    assert all(0 < c.certainty <= 1 for c in match.candidates)
    assert not match.sure


def test_two_rows_for_one_item_are_both_doubtful():
    first, second = matched(
        [(2, "新改建农村公路", ""), (2, "农村公路新改建29公里", "")], "province"
    )
    assert first.item == second.item == 2
    assert not first.sure
    assert not second.sure


def test_what_a_person_chose_is_sure():
    (row,) = read("序号|项目|本县|全市平均\n9|完全不同的另一件事|42|50").rows
    (match,) = match_rows([row], ITEMS, chosen={row.key: 5})
    assert (match.item, match.sure) == (5, True)
    (match,) = match_rows([row], ITEMS, chosen={row.key: None})
    assert (match.item, match.sure) == (None, True)


def test_another_unit_of_measure_is_not_compared():
    (match,) = matched([(2, "新改建农村公路", "座")], "province")
    assert match.reason == "表中的计量单位是“座”，清单中是“公里”，口径不同。"
    (match,) = matched([(2, "新改建农村公路", "公里")], "province")
    assert match.reason == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("个", "所", True),
        ("万平方米", "平方米", True),
        ("户", "人", False),
        ("公里", "公里", True),
        ("人", "名", True),
        ("公里", "千米", True),
        ("KM", "公里", True),
        ("千米", "米", False),
        ("㎡", "平方米", True),
        ("万平米", "平方米", True),
        ("台", "辆", True),
        ("户", "家", True),
        ("人", "人次", False),
        ("例", "人", False),
        ("元", "万元", True),
    ],
)
def test_units_of_measure_that_count_the_same(one, other, same):
    assert same_unit(one, other) is same


def test_the_list_that_a_table_is_about_is_guessed_from_its_rows():
    reading = read(
        "序号|项目|本县|全市平均\n1|新改建公办幼儿园5所|42|50\n2|农村公路新改建|42|50\n3|养护农村公路|4|5"
    )
    assert likely_level(reading.rows, ITEMS) == "province"
