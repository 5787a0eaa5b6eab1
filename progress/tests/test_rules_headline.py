"""The headline of the bulletin, from counts."""

from datetime import date

import pytest

from progress.rules.headline import GOVERNMENTS, HeadlineItem, governments, headline, units_by_count

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


def item(level="province", unit="县教育局", completed=False, below=False, early=True):
    return HeadlineItem(level, unit, completed, below, early)


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


@pytest.mark.parametrize(
    ("early", "said"),
    [
        ([True, True], "有2项已提前完成"),
        ([True, False], "已完成2项（其中提前完成1项）"),
        ([False, False], "已完成2项"),
    ],
)
def test_only_what_was_completed_before_its_last_date_is_said_to_be_early(early, said):
    done = [item(completed=True, early=one) for one in early]
    assert say([*done, item()]).endswith(f"指标3项。截至4月10日，{said}。")


def test_every_level_that_the_city_compares_has_its_sentence():
    items = [item(below=True), item("city", "县民政局", below=True), item("county")]
    assert say(items).endswith(
        "但省民生实事有1个项目实施进度低于全市平均水平，其中县教育局1项。"
        "但市民生实事有1个项目实施进度低于全市平均水平，其中县民政局1项。"
    )


COUNTY_TITLE = "2024年象山县承担省政府民生实事项目目标任务责任分解"


@pytest.mark.parametrize(
    ("county", "seat", "city", "titles", "whose"),
    [
        ("苍南县", "县", "温州市", {"county": "2023年度县政府民生实事项目"}, ["省", "市", "县"]),
        ("瓯海区", "区", "温州市", {}, ["省", "市", "区"]),
        ("乐清市", "市", "温州市", {}, ["省", "温州市", "乐清市"]),
        ("乐清市", "市", "", {}, ["省", "设区市", "乐清市"]),
        ("象山县", "县", "宁波市", {"county": COUNTY_TITLE}, ["省", "市", "省"]),
        (
            "象山县",
            "县",
            "宁波市",
            {"province": "2024年省政府民生实事项目", "county": COUNTY_TITLE},
            ["省", "市", "县"],
        ),
    ],
    ids=["县", "区", "市", "a 市 without a city", "by its title", "told apart"],
)
def test_lists_are_called_after_their_governments(county, seat, city, titles, whose):
    assert governments(county, seat, city, titles) == dict(zip(GOVERNMENTS, whose, strict=True))


def test_a_county_that_is_a_city_is_told_apart_from_the_one_above():
    items = [item("city", below=True), item("county")]
    whose = governments("乐清市", "市", "温州市")
    assert say(items, subject="我市", whose=whose) == (
        "2023年我市共承办温州市政府民生实事指标1项以及乐清市政府民生实事指标1项。"
        "截至4月10日，尚无已完成的指标。"
        "但温州市民生实事有1个项目实施进度低于全市平均水平，其中县教育局1项。"
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
