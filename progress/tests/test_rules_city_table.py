"""A city's table in the shapes in which cities send it; wordings of heads; matching of rows."""

from datetime import date

import pytest

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
from progress.rules.city_matching import Item, likely_level, match_rows, same_unit
from progress.rules.city_table import (
    Grid,
    Row,
    other_date,
    read_tables,
    said_date,
    split_number,
)

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
    assert not other_date((None, 4, None), AS_OF)
    assert other_date((None, 3, None), AS_OF)
    assert other_date((2023, 4, 30), AS_OF)


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
    [("个", "所", True), ("万平方米", "平方米", True), ("户", "人", False), ("公里", "公里", True)],
)
def test_units_of_measure_that_count_the_same(one, other, same):
    assert same_unit(one, other) is same


def test_the_list_that_a_table_is_about_is_guessed_from_its_rows():
    reading = read(
        "序号|项目|本县|全市平均\n1|新改建公办幼儿园5所|42|50\n2|农村公路新改建|42|50\n3|养护农村公路|4|5"
    )
    assert likely_level(reading.rows, ITEMS) == "province"
