"""Units' names that mean one unit, and rows of several lists that are one piece of work."""

import json
from itertools import combinations

import pytest
from django.conf import settings

from projects.rules.similar import Work, likeliest_name, likely_same, same_targets
from projects.tests.documents import LEVELS, corpus_items

NAMES = ["县教育局", "县交通运输局", "县应急管理局", "县卫生健康局", "县妇联"]


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("县交通局", "县交通运输局"),
        ("县应急局", "县应急管理局"),
        ("县卫健局", "县卫生健康局"),
        ("县教育和体育局", "县教育局"),
        ("县残联", ""),
        ("县水利局", ""),
    ],
)
def test_a_name_that_is_short_for_a_unit_is_found_and_another_is_not(printed, meant):
    assert likeliest_name(printed, NAMES) == meant


def work(key, level, title, *targets, unit="县残联"):
    return Work(key, level, unit, title, targets)


def test_the_same_work_needs_one_unit_and_two_lists():
    title = "打造镇级助残服务综合体"
    target = ("助残服务综合体", 1, "个")
    one, other = work(1, "city", title, target), work(2, "county", title, target)
    (same,) = likely_same([one, other])
    assert same.keys == (1, 2)
    assert (
        same.why == "牵头单位都是县残联，内容相近（100%的用词相同），目标相同（助残服务综合体1个）"
    )
    assert likely_same([one, other._replace(level="city")]) == []
    assert likely_same([one, other._replace(unit="县民政局")]) == []


def test_a_group_has_at_most_one_row_of_each_list():
    works = [
        work(1, "city", "新建农村公路"),
        work(2, "county", "新建农村公路"),
        work(3, "county", "新建农村公路桥梁"),
    ]
    (same,) = likely_same(works)
    assert same.keys == (1, 2)


def test_targets_of_another_unit_of_measure_are_not_the_same_figure():
    beds = ("养老床位", 100, "张")
    one = work(1, "city", "", beds, ("养老机构", 3, "家"))
    other = work(2, "county", "", ("养老机构", 3, "家"), ("养老床位", 80, "张"))
    assert same_targets(one, other) == [(0, 1), (1, 0)]


def test_most_links_of_the_bulletin_are_proposed_and_few_others():
    document = json.loads((settings.BASE_DIR / "fixtures/cangnan-2023.document.json").read_text())
    known = {alias: unit["name"] for unit in document["units"] for alias in unit["aliases"]}
    works = [
        Work(
            (row["level"], row["number"]),
            row["level"],
            known.get(row["lead_unit"], row["lead_unit"]),
            row["title"],
            tuple((i["name"], i["target"], i["unit"] or "") for i in row["indicators"]),
        )
        for level in LEVELS
        for row in corpus_items(f"cangnan-2023-{level}")
    ]
    file = settings.BASE_DIR / "fixtures/cangnan-2023.links.json"
    groups = [
        [(item["level"], item["number"]) for item in link["items"]]
        for link in json.loads(file.read_text())["links"]
    ]
    # Within one list nothing is proposed.
    linked = {p for g in groups for p in map(frozenset, combinations(g, 2))
              if len({level for level, _number in p}) == 2}  # fmt: skip
    found = {p for same in likely_same(works) for p in map(frozenset, combinations(same.keys, 2))}
    assert len(found & linked) >= 0.85 * len(linked)
    assert len(found - linked) <= 3
