"""What a rule set may choose: time passed as the plan, the last places of the city's ranking."""

import json
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest

from progress.rules.frozen import standing_from_dict, standing_to_dict, thresholds_from_dict
from progress.rules.judgement import (
    Basis,
    Comparison,
    Facts,
    Figure,
    Flag,
    Measure,
    MilestoneState,
    Status,
    Thresholds,
    Yardstick,
    judge,
)
from projects.rules.planned import follows_time, planned_percent, planned_steps
from projects.tests.plans import day, plan, stage, target

AS_OF = day("4-10")
BY_TIME = Thresholds(basis=Basis.ELAPSED)
# By its schedule 20 % are due; by the calendar 100 of 334 days have passed, 29.9 %.
LATE_BLOOMER = plan(stage("3-31", 20.0), stage("11-30", 100.0))
RATE = target(0, value=50.0, unit="%", kind="rate")


def judged(item=LATE_BLOOMER, rules=BY_TIME, as_of=AS_OF, **facts):
    return judge(item, Facts(**{"reported": True, **facts}), as_of, rules)


def stated(percent):
    return {0: Figure(None, percent)}


# -- Time passed as the plan -----------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "by_schedule", "by_time"),
    [
        (14.0, Status.BEHIND, Status.SERIOUSLY_BEHIND),
        (20.0, Status.ON_SCHEDULE, Status.BEHIND),
        (24.9, Status.ON_SCHEDULE, Status.BEHIND),
        (25.0, Status.AHEAD, Status.ON_SCHEDULE),
        (34.9, Status.AHEAD, Status.ON_SCHEDULE),
        (35.0, Status.AHEAD, Status.AHEAD),
    ],
)
def test_the_rules_choose_between_the_schedule_and_the_time_passed(actual, by_schedule, by_time):
    assert judged(rules=Thresholds(), figures=stated(actual)).status is by_schedule
    assert judged(figures=stated(actual)).status is by_time


def test_the_planned_percent_is_the_share_of_the_days_that_have_passed():
    standing = judged(figures=stated(20.0))
    assert standing.planned_percent == pytest.approx(100 * 100 / 334)
    assert standing.schedule_variance == pytest.approx(20 - 100 * 100 / 334)


def test_the_explanation_names_the_time_as_yardstick():
    standing = judged(figures=stated(20.0))
    assert standing.yardstick is Yardstick.ELAPSED_BY_RULE
    assert standing.explanation[1:3] == [
        "研判依据：时间进度（按规则不看进度安排）。",
        "截至2023年4月10日，按时间进度计划进度29.9%，实际进度20.0%，偏差−9.9个百分点。",
    ]


def test_an_item_without_a_schedule_is_judged_alike_by_both():
    bare = plan()
    by_schedule, by_time = (
        judged(bare, rules, figures=stated(20.0)) for rules in (Thresholds(), BY_TIME)
    )
    assert by_time.yardstick is by_schedule.yardstick is Yardstick.ELAPSED
    assert by_time.explanation == by_schedule.explanation


def test_a_due_milestone_that_is_not_met_counts_all_the_same():
    tender = plan(stage("3-31", text="完成招标"), stage("11-30", 100.0))
    standing = judged(tender, figures=stated(30.0), marks={0: False})
    assert standing.count(MilestoneState.UNMET) == 1
    assert standing.status is Status.BEHIND


def test_a_rate_to_be_kept_is_not_measured_by_the_calendar():
    kept = plan(stage("3-31", 100.0), targets=[RATE])
    figures = {0: Figure(48.0, None)}
    by_schedule = judged(kept, Thresholds(), figures=figures)
    by_time = judged(kept, figures=figures)
    assert (by_time.status, by_time.schedule_variance) == (
        by_schedule.status,
        by_schedule.schedule_variance,
    )
    assert by_time.yardstick is by_schedule.yardstick
    assert by_time.explanation == by_schedule.explanation


def test_beside_a_rate_the_other_target_follows_the_time():
    mixed = plan(
        stage("3-31", 100.0, target=0),
        stage("3-31", 10.0, target=1),
        targets=[RATE, target(1)],
    )
    standing = judged(mixed, figures={0: Figure(50.0, None), 1: Figure(None, 10.0)})
    planned = [t.planned for t in standing.targets]
    assert planned == [100.0, pytest.approx(100 * 100 / 334)]


def test_the_curve_of_the_plan_is_the_line_of_time():
    by_time = judged(figures=stated(20.0)).plan
    assert follows_time(by_time)
    assert planned_steps(by_time) == []
    assert planned_percent(by_time, day("11-30")) == 100.0
    assert not follows_time(LATE_BLOOMER)
    assert len(planned_steps(LATE_BLOOMER)) == 2


def test_ratio_and_time_go_together():
    rules = Thresholds(measure=Measure.RATIO, basis=Basis.ELAPSED, behind=30, seriously_behind=40)
    # 20 of 29.9 is a third less than planned.
    assert judged(rules=rules, figures=stated(20.0)).status is Status.BEHIND
    assert judged(rules=replace(rules, behind=34.0), figures=stated(20.0)).status is (
        Status.ON_SCHEDULE
    )


# -- The last places of the city's ranking ---------------------------------------------


def table(rank, counties=12, as_of=AS_OF, average=20.0):
    return Comparison(as_of, 30.0, average, rank, counties, "市府办通报", illustrative=False)


@pytest.mark.parametrize(
    ("bottom", "comparison", "flagged"),
    [
        (0, table(12), False),
        (1, table(12), True),
        (1, table(11), False),
        (3, table(10), True),
        (3, table(9), False),
        (3, table(None), False),
        (3, table(10, None), False),
        (3, None, False),
        (50, table(1), True),
        (3, table(10, as_of=AS_OF - timedelta(days=45)), True),
        (3, table(10, as_of=AS_OF - timedelta(days=46)), False),
        (3, table(10, as_of=AS_OF + timedelta(days=1)), False),
    ],
)
def test_the_last_places_are_flagged_as_the_rules_say(bottom, comparison, flagged):
    rules = Thresholds(bottom_ranks=bottom)
    standing = judged(rules=rules, figures=stated(20.0), comparison=comparison)
    assert (Flag.BOTTOM_OF_CITY in standing.flags) is flagged
    assert ("位次靠后" in "".join(standing.explanation)) is flagged


def test_a_low_place_is_another_question_than_the_average_and_the_schedule():
    rules = Thresholds(bottom_ranks=3)
    standing = judged(rules=rules, figures=stated(20.0), comparison=table(11, average=29.0))
    assert standing.status is Status.ON_SCHEDULE
    assert standing.flags == (Flag.BOTTOM_OF_CITY,)
    assert "位次靠后：12个县市区中排第11位，在后3位之内。" in standing.explanation
    assert standing.reason == "列全市第11位（共12个）"


# -- Kept standings ---------------------------------------------------------------------


def test_a_standing_by_these_rules_comes_back_as_it_went():
    rules = Thresholds(basis=Basis.ELAPSED, bottom_ranks=3)
    standing = judged(rules=rules, figures=stated(20.0), comparison=table(11))
    back = standing_from_dict(json.loads(json.dumps(standing_to_dict(standing))))
    assert back == standing
    assert back.rules.basis is Basis.ELAPSED
    assert follows_time(back.plan)


def test_what_was_kept_before_there_was_a_choice_reads_as_it_was():
    standing = judged(rules=Thresholds(), figures=stated(20.0), as_of=date(2023, 4, 10))
    kept = json.loads(json.dumps(standing_to_dict(standing)))
    for name in ("basis", "bottom_ranks"):
        del kept["rules"][name]
    del kept["plan"]["by_elapsed"]
    assert standing_from_dict(kept) == standing
    assert thresholds_from_dict(kept["rules"]) == Thresholds()


def test_the_choices_are_kept_as_words():
    assert asdict(BY_TIME)["basis"] == "elapsed"
