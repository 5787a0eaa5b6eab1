"""What is found in a report: tables of cases, one finding each."""

from dataclasses import replace
from datetime import date

import pytest

from progress.rules.findings import (
    Breakdown,
    Finding,
    Kind,
    Promised,
    Told,
    ToldFigure,
    ToldMilestone,
    ToldShare,
    Verdict,
    find,
    unanswered,
)

AS_OF = date(2023, 5, 31)
MEND, CONFIRM, EXPLAIN, HINT = Kind.MEND, Kind.CONFIRM, Kind.EXPLAIN, Kind.HINT


def figure(value=None, percent=None, last=None, last_percent=None, **more):
    told = {
        "key": 7,
        "name": "培训",
        "unit": "人",
        "kind": "quantity",
        "value": value,
        "percent": percent,
        "last_value": last,
        "last_percent": last_percent,
        "targets": (Promised("省级第5项", 1000),),
    }
    return ToldFigure(**(told | more))


def milestone(**more):
    told = {
        "key": 3,
        "label": "5月",
        "text": "完成招标",
        "due": date(2023, 5, 20),
        "met": None,
        "met_on": None,
        "met_before": None,
        "by_figure": False,
    }
    return ToldMilestone(**(told | more))


def told(*figures, **more):
    return Told(
        **(
            {
                "as_of": AS_OF,
                "latest_day": AS_OF,
                "since": date(2023, 4, 30),
                "figures": figures,
                "narrative": "按计划推进。",
            }
            | more
        )
    )


DECLARED = {"declares_completion": True, "declared_before": True}


def shares(*values, indicators=(7,)):
    return (
        Breakdown(
            tuple(ToldShare(n, f"第{n}镇", 100, value, None) for n, value in enumerate(values, 1)),
            indicators,
        ),
    )


def met_on(day):
    return (milestone(met=True, met_on=day),)


BEHIND = (Verdict("省级第5项", "滞后", "落后计划8.0个百分点", behind=True, stalled_rounds=0),)
STALLED = (Verdict("省级第5项", "按序时", "", behind=False, stalled_rounds=2),)

# name: (what is told, kind, field, a piece of the sentence)
CASES = {
    "nothing is said": (told(narrative=" "), MEND, "narrative", "还没有填写"),
    "a negative figure": (told(figure(-1)), MEND, "indicator-7", "不能是负数"),
    "a negative percent": (told(figure(percent=-1)), MEND, "percent-7", "不能是负数"),
    "more than there are sites": (
        told(figure(11, unit="所", targets=(Promised("省级第6项", 10),), sites=10), **DECLARED),
        MEND,
        "indicator-7",
        "共10处，累计完成填了11所",
    ),
    "townships that do not add up": (
        told(figure(50), breakdowns=shares(20, 25, None)),
        MEND,
        "place-1",
        "合计45人，累计完成数是50人，相差5人",
    ),
    "townships without the unit's figure": (
        told(figure(), breakdowns=shares(20)),
        MEND,
        "indicator-7",
        "没有填写累计完成数",
    ),
    "a milestone met after the as-of date": (
        told(milestones=met_on(date(2023, 6, 1))),
        MEND,
        "milestone-3-on",
        "2023年6月1日晚于本期截至日期2023年5月31日",
    ),
    "a milestone met after today": (
        told(milestones=met_on(date(2023, 5, 30)), latest_day=date(2023, 5, 28)),
        MEND,
        "milestone-3-on",
        "晚于今天2023年5月28日",
    ),
    "a milestone met in another year": (
        told(milestones=met_on(date(2022, 5, 30))),
        MEND,
        "milestone-3-on",
        "不在2023年度内",
    ),
    "a catch-up date that has passed": (
        told(catch_up_on=AS_OF),
        MEND,
        "catch_up_on",
        "2023年5月31日应在本期截至日期",
    ),
    "a figure that falls": (
        told(figure(200, last=298)),
        CONFIRM,
        "indicator-7",
        "由上期的298人降为200人",
    ),
    "a percent that falls": (
        told(figure(percent=20, last_percent=24)),
        CONFIRM,
        "percent-7",
        "由上期的24.0%降为20.0%",
    ),
    "a jump": (told(figure(610, last=300)), CONFIRM, "indicator-7", "上升31.0个百分点"),
    "far above the target": (
        told(figure(1201, last=1190), **DECLARED),
        CONFIRM,
        "indicator-7",
        "120.1%",
    ),
    "last month's percent beside a new number": (
        told(figure(310, 30, last=300, last_percent=30)),
        CONFIRM,
        "percent-7",
        "形象进度仍是上期的30.0%",
    ),
    "a township far above its part": (
        told(figure(121), breakdowns=shares(121)),
        CONFIRM,
        "place-1",
        "完成121，任务数100",
    ),
    "a milestone taken back": (
        told(milestones=(milestone(met=False, met_before=True),)),
        CONFIRM,
        "milestone-3",
        "上期填的是已完成，本期改为未完成",
    ),
    "completion without reaching the target": (
        told(figure(990, last=980), declares_completion=True),
        CONFIRM,
        "declares_completion",
        "培训为99.0%",
    ),
    "every target reached without a word of completion": (
        told(figure(1000, last=990), figure(100, last=90, key=8, targets=(Promised("", 100),))),
        HINT,
        "declares_completion",
        "请勾选“申报完成”",
    ),
    "behind without a cause": (
        told(verdicts=BEHIND, catch_up_on=date(2023, 6, 30)),
        EXPLAIN,
        "cause",
        "省级第5项将判为滞后（落后计划8.0个百分点）：请填写滞后原因",
    ),
    "behind without a catch-up date": (
        told(verdicts=BEHIND, cause="资金未到位"),
        EXPLAIN,
        "catch_up_on",
        "请填写计划赶上日期",
    ),
    "nothing has moved": (told(verdicts=STALLED), HINT, "", "连续2期没有变化"),
    "a milestone due and not told": (
        told(milestones=(milestone(),)),
        HINT,
        "milestone-3",
        "“5月：完成招标”已于2023年5月20日到期",
    ),
    "a milestone met without a day": (
        told(milestones=(milestone(met=True),)),
        HINT,
        "milestone-3-on",
        "没有填写完成日期",
    ),
    "old words beside new figures": (
        told(figure(310, last=300), last_narrative="按计划推进。"),
        HINT,
        "narrative",
        "仍是上期的文字",
    ),
    "a promise kept": (told(promise=date(2023, 5, 15)), HINT, "cause", "前赶上，已兑现"),
    "a promise missed": (
        told(promise=date(2023, 5, 15), verdicts=BEHIND, cause="雨", catch_up_on=date(2023, 7, 1)),
        HINT,
        "cause",
        "没有兑现",
    ),
    "a promise that still runs": (
        told(promise=date(2023, 6, 15), verdicts=BEHIND, cause="雨", catch_up_on=date(2023, 6, 15)),
        HINT,
        "cause",
        "尚未到期",
    ),
}


@pytest.mark.parametrize(("what", "kind", "field", "words"), CASES.values(), ids=CASES)
def test_a_finding_says_where_and_what(what, kind, field, words):
    found = find(what)
    assert [(f.kind, f.field) for f in found] == [(kind, field)]
    assert words in found[0].message


QUIET = {
    "an ordinary month": told(figure(320, last=300)),
    "an unchanged over-fulfilment": told(figure(1300, last=1300), **DECLARED),
    "exactly 30 points": told(figure(600, last=300)),
    "exactly 120 %": told(figure(1200, last=1000), **DECLARED),
    "a rate that falls a little": told(figure(96, last=98, kind="rate", unit="%", targets=())),
    "no townships told": told(figure(50), breakdowns=shares(None, None)),
    "townships that add up": told(figure(50), breakdowns=shares(20, 30)),
    "townships of printed decimals": told(figure(7.97), breakdowns=shares(1.7, 6.27)),
    "as many as there are sites": told(
        figure(4, unit="所", targets=(Promised("省级第6项", 4),), sites=4, last=4), **DECLARED
    ),
    "more than sites that hold several": told(figure(60, last=60, sites=4)),
    "behind and explained": told(verdicts=BEHIND, cause="雨", catch_up_on=date(2023, 6, 30)),
    "completion that was declared before": told(figure(990, last=990), **DECLARED),
    "a rate that is reached": told(figure(98, last=97, kind="rate", unit="%", targets=())),
    "one of two targets reached": told(figure(1000, last=990), figure(20, last=10, key=8)),
    "all figures reached and a stage not": told(
        figure(1000, last=990), milestones=(milestone(met=False),)
    ),
    "a due milestone that its figure decides": told(milestones=(milestone(by_figure=True),)),
    "an old milestone not told": told(milestones=(milestone(due=date(2023, 3, 31)),)),
}


@pytest.mark.parametrize("what", QUIET.values(), ids=QUIET)
def test_nothing_is_found_in(what):
    assert find(what) == []


def test_findings_come_with_what_must_be_mended_first():
    found = find(
        told(
            figure(610, last=300),
            milestones=(milestone(),),
            verdicts=BEHIND,
            catch_up_on=date(2023, 5, 1),
        )
    )
    assert [f.kind for f in found] == [MEND, CONFIRM, EXPLAIN, HINT]


def test_a_confirmed_finding_no_longer_stands_against_sending():
    (jump,) = find(told(figure(610, last=300)))
    assert unanswered([jump]) == [jump]
    assert unanswered([jump], [jump.key]) == []


def test_other_numbers_must_be_confirmed_anew():
    what = told(figure(610, last=300))
    (jump,) = find(what)
    (other,) = find(replace(what, figures=(figure(700, last=300),)))
    assert unanswered([other], [jump.key]) == [other]


def test_what_must_be_mended_cannot_be_confirmed_and_hints_stand_against_nothing():
    mend, hint = Finding(MEND, "", "一"), Finding(HINT, "", "二")
    assert unanswered([mend, hint], [mend.key, hint.key]) == [mend]
