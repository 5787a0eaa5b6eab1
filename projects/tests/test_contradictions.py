"""Figures of a plan that contradict each other are said; what only looks odd is not."""

import json
from datetime import date

import pytest
from django.conf import settings

from projects.rules.contradictions import plan_contradictions, site_contradiction
from projects.rules.planned import ItemPlan, MilestonePlan, TargetPlan
from projects.tests.plans import plan, stage, target

FIXTURES = settings.BASE_DIR / "fixtures"
LISTS = ("cangnan-2023-province", "cangnan-2023-city", "cangnan-2023-county", "xiangshan-2024")


def plan_of(row):
    """The plan of a row in the exchange format, keys being places in the row."""
    targets = [
        TargetPlan(key, i["name"], i["target"], i["unit"] or "", i["kind"], None)
        for key, i in enumerate(row["indicators"])
    ]
    milestones = [
        MilestonePlan(
            key,
            m["indicator"],
            date.fromisoformat(m["due"]),
            m["percent"],
            m["value"],
            m["label"],
            m["text"],
        )
        for key, m in enumerate(row["milestones"])
    ]
    return ItemPlan(tuple(targets), tuple(milestones), date(2023, 1, 1), date(2023, 11, 30))


def contradictions_of(row):
    return plan_contradictions(
        plan_of(row),
        allocations=[part["value"] for part in row["allocations"]],
        printed_total=row.get("allocation_total"),
        sites=len(row["sites"]),
    )


def rows(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def test_of_the_real_lists_exactly_these_contradict_themselves():
    found = {
        (name, row["number"]): contradictions_of(row)
        for name in LISTS
        for row in rows(name)
        if contradictions_of(row)
    }
    assert found == {
        ("cangnan-2023-province", 8): ("点名的点位有10个，多于目标值9个。",),
        ("cangnan-2023-province", 18): ("点名的点位有7个，多于目标值5个。",),
        ("cangnan-2023-province", 39): ("点名的点位有2个，多于目标值1家。",),
        ("cangnan-2023-city", 35): ("进度安排累计到11个，与目标值9个不符。",),
        ("cangnan-2023-county", 5): ("进度安排累计到8条，与目标值4条不符。",),
        ("cangnan-2023-county", 31): ("进度安排累计到595艘，与目标值624艘不符。",),
        ("xiangshan-2024", 19): ("任务分解有3处未写明任务数。",),
    }


TEN = target(0, value=10.0, unit="个")
TWO_TARGETS = [target(0, value=10.0, unit="个"), target(1, value=4.0, unit="个")]


@pytest.mark.parametrize(
    ("targets", "parts", "total", "said"),
    [
        ([TEN], [], None, None),
        ([TEN], [6, 4], None, None),
        ([TEN], [6, 4], 10, None),
        ([TEN], [6, 3], None, "任务分解合计9，与目标值10不符。"),
        ([TEN], [6, 4], 12, "任务分解各项相加为10，原文合计为12。"),
        ([TEN], [6, None], 10, "任务分解有1处未写明任务数。"),
        ([TEN], [0.1] * 100, None, None),
        (TWO_TARGETS, [8, 6], None, None),
        (TWO_TARGETS, [3, 1], None, None),
        (TWO_TARGETS, [3, 2], None, "任务分解合计5，与目标值4或10或14不符。"),
        ([target(0, value=50.0, unit="%", kind="rate")], [6, 3], None, None),
        ([target(0, value=None, unit="", kind="milestone")], [1, 1], None, None),
        ([target(0, value=7.97 + 1.7, unit="公里")], [7.97, 1.7], 9.67, None),
    ],
)
def test_a_breakdown_must_add_up_to_a_target_or_to_all(targets, parts, total, said):
    found = plan_contradictions(plan(targets=targets), allocations=parts, printed_total=total)
    assert found == (() if said is None else (said,))


@pytest.mark.parametrize(
    ("targets", "sites", "said"),
    [
        ([TEN], 0, ""),
        ([TEN], 10, ""),
        ([TEN], 9, ""),
        ([TEN], 11, "点名的点位有11个，多于目标值10个。"),
        # A place may hold many beds, and many people.
        ([target(0, value=10.0, unit="张")], 11, ""),
        ([target(0, value=10.0, unit="人")], 11, ""),
        # Of which target the places are is not told.
        (TWO_TARGETS, 20, ""),
        ([target(0, value=None, unit="", kind="milestone")], 3, ""),
    ],
)
def test_more_named_places_than_are_counted_contradict_the_target(targets, sites, said):
    assert site_contradiction(plan(targets=targets), sites) == said


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ([], None),
        ([stage("3-31", 20.0, target=0)], None),
        ([stage("3-31", 40.0, target=0, value=4), stage("6-30", 100.0, target=0, value=10)], None),
        (
            [stage("3-31", 60.0, target=0, value=6), stage("6-30", 100.0, target=0, value=11)],
            "进度安排累计到11个，与目标值10个不符。",
        ),
        # The last stage has a number, and it is not the target's.
        (
            [stage("3-31", 40.0, target=0, value=4), stage("6-30", 80.0, target=0, value=8)],
            "进度安排累计到8个，与目标值10个不符。",
        ),
        # "全部完成" brings the rest ...
        ([stage("3-31", 80.0, target=0, value=8), stage("6-30", 100.0, target=0)], None),
        # ... but numbers that all but reach the target look like a slip.
        (
            [stage("3-31", 90.0, target=0, value=9), stage("6-30", 100.0, target=0)],
            "进度安排累计到9个，与目标值10个不符。",
        ),
        # A stage without any percent is no number.
        ([stage("3-31", None, target=0, value=40)], None),
    ],
)
def test_cumulative_numbers_must_reach_the_target(stages, said):
    assert plan_contradictions(plan(*stages, targets=[TEN])) == (() if said is None else (said,))


def test_every_contradiction_is_said_in_its_own_sentence():
    item = plan(stage("6-30", 100.0, target=0, value=12), targets=[TEN])
    found = plan_contradictions(item, allocations=[1, 2], printed_total=None, sites=11)
    assert len(found) == 3
    assert all(sentence.endswith("。") for sentence in found)
