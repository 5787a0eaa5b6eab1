"""Reading text: normalisation, periods, numbers. Tables of cases, in the words of counties."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.rules.reading.periods import find_periods
from projects.rules.reading.quantities import find_quantities, find_worded, worded_number
from projects.rules.reading.text import MOST_READ, Text

YEAR = 2024

# words, last day that they name
PERIODS = [
    ("第一季度", "2024-03-31"),
    ("一季度", "2024-03-31"),
    ("第1季度", "2024-03-31"),
    ("二、三季度", "2024-09-30"),
    ("第二、三、四季度", "2024-12-31"),
    ("一至三季度", "2024-09-30"),
    ("前三季度", "2024-09-30"),
    ("二季度末", "2024-06-30"),
    ("首季度", "2024-03-31"),
    ("第三期季度", "2024-09-30"),
    ("上半年", "2024-06-30"),
    ("下半年", "2024-12-31"),
    ("全年", "2024-12-31"),
    ("年底前", "2024-12-31"),
    ("年内", "2024-12-31"),
    ("3月", "2024-03-31"),
    ("3月份", "2024-03-31"),
    ("2月底前", "2024-02-29"),
    ("11月30日前", "2024-11-30"),
    ("5月上旬前", "2024-05-10"),
    ("7月中旬", "2024-07-20"),
    ("9月下旬", "2024-09-30"),
    ("6月初", "2024-06-10"),
    ("4-6月", "2024-06-30"),
    ("1—3月份", "2024-03-31"),
    ("4月-7月", "2024-07-31"),
    ("10至11月份", "2024-11-30"),
    ("1、2月份", "2024-02-29"),
    ("前5个月", "2024-05-31"),
    ("十一月底前", "2024-11-30"),
    ("2023年10月31日前", "2023-10-31"),
    ("2023年2月—3月", "2023-03-31"),
    ("2023年12月至2024年1月", "2024-01-31"),
    ("2025年3月底前", "2025-03-31"),
    ("次年2月", "2025-02-28"),
    ("2024.7.31前", "2024-07-31"),
    ("2024-06-30", "2024-06-30"),
    ("6.30前", "2024-06-30"),
    ("国庆节前", "2024-09-30"),
    ("“五一”前", "2024-04-30"),
    ("“七一”之前", "2024-06-30"),
    ("“十一”前", "2024-09-30"),
    ("4.1-6.30", "2024-06-30"),
    ("春节前", "2024-02-09"),
    ("春季学期", "2024-06-30"),
    ("秋季学期", "2024-12-31"),
    ("Q3", "2024-09-30"),
    ("每月", "2024-12-31"),
    ("11月31日前", "2024-11-30"),
]


@pytest.mark.parametrize(("words", "due"), PERIODS)
def test_a_period_is_due_on_the_last_day_it_names(words, due):
    clean = Text("schedule", words).clean

    (period,) = find_periods(clean, YEAR)

    assert period.due == date.fromisoformat(due)
    assert clean[period.start : period.end] == clean


@pytest.mark.parametrize(
    "words",
    [
        "3个月",
        "离校2年内",
        "近一年内",
        "四季花园",
        "第二阶段",
        "0-3岁",
        "232省道",
        "2022-2023学年",
        "月嫂",
    ],
)
def test_what_only_looks_like_a_period_is_none(words):
    assert find_periods(Text("schedule", words).clean, YEAR) == []


# words, value, unit
QUANTITIES = [
    ("新增50人", 50, "人"),
    ("12.15万人", 121_500, "人"),
    ("１２００名", 1200, "名"),
    ("1,380人", 1380, "人"),
    ("6.16万60岁以上老年人", 61_600, "人"),
    ("2万以上居民", 20_000, "人"),
    ("2474套（间）", 2474, "套（间）"),
    ("29.3公里", 29.3, "公里"),
    ("30千米", 30, "千米"),
    ("1.6万平方米", 16_000, "平方米"),
    ("5万剂次", 50_000, "剂次"),
    ("3.5亿元", 350_000_000, "元"),
    ("50℅", 50, "%"),
    ("80.32％", 80.32, "%"),
    ("百分之三十五", 35, "%"),
    ("百分之七十二点五", 72.5, "%"),
    ("完成八成", 80, "%"),
    ("2000路", 2000, "路"),
]


@pytest.mark.parametrize(("words", "value", "unit"), QUANTITIES)
def test_a_number_is_read_with_its_unit(words, value, unit):
    quantity = find_quantities(Text("title", words).clean)[0]

    assert (quantity.value, quantity.unit) == (value, unit)


@pytest.mark.parametrize("words", ["第30个", "C-08a-1地块", "个别村", "1:3比例"])
def test_numbers_in_names_are_not_counted(words):
    assert find_quantities(Text("title", words).clean) == []


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("三", 3),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("七十点五", 70.5),
        ("甲", None),
    ],
)
def test_numbers_in_characters_have_a_value(words, value):
    assert worded_number(words) == value


def test_counts_in_characters_need_a_counting_word():
    assert [(q.value, q.unit) for q in find_worded("新建三所学校、十二个站，第一个项目一条龙")] == [
        (3, "所"),
        (12, "个"),
    ]


def test_blanks_new_lines_and_marks_are_made_even():
    text = Text("schedule", "第 一 季度:完成50 ％\n第二季度；(11月份)")

    assert text.clean == "第一季度：完成50%。第二季度；（11月份）"


@given(st.text(max_size=200))
def test_every_place_of_the_clean_text_leads_back_to_its_original(original):
    text = Text("title", original)

    for place in range(len(text.clean)):
        span = text.span(place, place + 1)
        assert original[span.start : span.end] == span.text
        assert span.text
    if text.clean:
        whole = text.span(0, len(text.clean))
        assert whole.text.strip() == original[whole.start : whole.end].strip()


@given(st.text(alphabet="0123456789,，.万 个人%１２３", max_size=40))
def test_a_number_keeps_its_digits_through_the_way_back(original):
    text = Text("title", original)

    for quantity in find_quantities(text.clean):
        words = text.span(quantity.start, quantity.end).text
        digits = [c for c in text.clean[quantity.start : quantity.end] if c.isdigit()]
        assert [str(int(c)) for c in words if c.isdigit()] == digits


def test_no_more_is_read_than_a_cell_holds():
    assert len(Text("title", "甲" * (MOST_READ + 5)).clean) == MOST_READ
