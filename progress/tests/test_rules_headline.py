"""The headline of the bulletin, from counts."""

from datetime import date

import pytest

from progress.rules.headline import HeadlineItem, headline, units_by_count

AS_OF = date(2023, 4, 10)

# 苍南县's bulletin of 10 April 2023, as published but for its mixed punctuation.
ORIGINAL = (
    "2023年我县共承办省政府民生实事指标46项、市政府民生实事指标54项以及县政府民生实事指标53项。"
    "截至4月10日，有8项已提前完成。"
    "但省民生实事有25个项目实施进度低于全市平均水平，其中县教育局3项，县市监局3项，县卫健局3项，"
    "县交通局3项，县文广旅体局3项，县残联3项，县民政局2项，县水利局2项，县住建局1项，"
    "县委宣传部1项，县公安局1项。"
)
BELOW = {
    "县教育局": 3,
    "县市监局": 3,
    "县卫健局": 3,
    "县交通局": 3,
    "县文广旅体局": 3,
    "县残联": 3,
    "县民政局": 2,
    "县水利局": 2,
    "县住建局": 1,
    "县委宣传部": 1,
    "县公安局": 1,
}


def item(level="province", unit="县教育局", completed=False, below=False):
    return HeadlineItem(level, unit, completed, below)


def say(items, **more):
    return headline(items, **{"subject": "我县", "year": 2023, "as_of": AS_OF, **more})


def test_the_original_s_sentence_comes_out_word_for_word():
    province = [item(unit=unit, below=True) for unit, n in BELOW.items() for _ in range(n)]
    province += [item(unit="县医保局", completed=number < 4) for number in range(21)]
    city = [item("city", "县民政局", completed=number < 4) for number in range(54)]
    county = [item("county", "县人社局") for _ in range(53)]
    shuffled = [*county, *reversed(province), *city]
    assert say(shuffled, unit_order=list(BELOW)) == ORIGINAL


def test_units_stand_by_their_count_and_ties_in_the_county_s_order():
    names = ["丙局", "甲局", "乙局", "丙局", "丁局", "丁局"]
    order = ["甲局", "乙局", "丙局", "丁局"]
    assert units_by_count(names, order) == [("丙局", 2), ("丁局", 2), ("甲局", 1), ("乙局", 1)]
    assert units_by_count(names, order[::-1]) == [
        ("丁局", 2),
        ("丙局", 2),
        ("乙局", 1),
        ("甲局", 1),
    ]


def test_a_unit_without_a_place_in_the_order_goes_last_of_its_count():
    assert units_by_count(["新局", "甲局"], ["甲局"]) == [("甲局", 1), ("新局", 1)]


@pytest.mark.parametrize(
    ("levels", "clause"),
    [
        ({"county": 33}, "县政府民生实事指标33项。"),
        ({"city": 1}, "市政府民生实事指标1项。"),
        ({"province": 2, "county": 3}, "省政府民生实事指标2项以及县政府民生实事指标3项。"),
        (
            {"county": 1, "city": 2, "province": 3},
            "省政府民生实事指标3项、市政府民生实事指标2项以及县政府民生实事指标1项。",
        ),
    ],
)
def test_the_lists_are_named_from_the_province_down(levels, clause):
    items = [item(level) for level, count in levels.items() for _ in range(count)]
    assert say(items) == f"2023年我县共承办{clause}截至4月10日，尚无已完成的指标。"


def test_where_nothing_is_below_the_average_nothing_is_said_of_it():
    assert say([item(completed=True), item()]) == (
        "2023年我县共承办省政府民生实事指标2项。截至4月10日，有1项已提前完成。"
    )


def test_every_level_that_the_city_compares_has_its_sentence():
    items = [item(below=True), item("city", "县民政局", below=True), item("county")]
    assert say(items).endswith(
        "但省民生实事有1个项目实施进度低于全市平均水平，其中县教育局1项。"
        "但市民生实事有1个项目实施进度低于全市平均水平，其中县民政局1项。"
    )


def test_without_progress_the_headline_says_so_and_nothing_more():
    items = [item("county", below=True, completed=True)]
    assert say(items, has_progress=False) == (
        "2023年我县共承办县政府民生实事指标1项。截至4月10日，尚无进展填报。"
    )


def test_a_unit_can_speak_for_itself():
    assert say([item()], subject="县教育局").startswith("2023年县教育局共承办")


def test_whoever_has_no_items_is_told_so():
    assert say([], subject="县气象局") == "2023年县气象局没有承办的民生实事指标。"
