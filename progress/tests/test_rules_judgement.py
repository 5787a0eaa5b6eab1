"""The judgement on one item at one date: every rule on both sides of its threshold."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.organisation.words import percent1
from progress.rules.judgement import (
    LABELS,
    Comparison,
    Earlier,
    Facts,
    Figure,
    Flag,
    Measure,
    MilestoneState,
    Status,
    Thresholds,
    Yardstick,
    judge,
    milestone_words,
)
from projects.tests.plans import DAYS, PERCENTS, day, plan, plans, stage, target

AS_OF = day("4-10")
# Half of the work is planned by 31 March.
HALF = plan(stage("3-31", 50.0), stage("11-30", 100.0))
# A stage without number is due on 31 March.
TENDER = plan(stage("3-31", text="完成招标"), stage("11-30", 100.0))
TWO = plan(
    stage("3-31", 40.0, target=0),
    stage("3-31", 60.0, target=1),
    targets=[target(0), target(1)],
)
KEPT = plan(stage("3-31", 100.0), targets=[target(0, value=50.0, unit="%", kind="rate")])

ON, AHEAD = Status.ON_SCHEDULE, Status.AHEAD
BEHIND, SERIOUS = Status.BEHIND, Status.SERIOUSLY_BEHIND
COMPLETED, NOT_REPORTED = Status.COMPLETED, Status.NOT_REPORTED
MET, UNMET, SHORT = MilestoneState.MET, MilestoneState.UNMET, MilestoneState.SHORT
UNTOLD, LATER = MilestoneState.UNTOLD, MilestoneState.LATER


def percents(*stated):
    """Figures of the targets 0, 1 … as the unit stated them; None for one not spoken of."""
    return {key: Figure(None, p) for key, p in enumerate(stated) if p is not None}


def judged(item=HALF, as_of=AS_OF, rules=None, **facts):
    """The standing of an item of which something has been reported."""
    facts = Facts(**{"reported": True, **facts})
    return judge(item, facts, as_of, rules or Thresholds())


def round_before(status=ON, actual=20.0, met=0, as_of="3-10"):
    return Earlier(day(as_of), status, actual, met)


def table(figure, average, as_of=AS_OF, **more):
    values = {"rank": 8, "counties": 12, "source": "市府办通报", "illustrative": False}
    return Comparison(as_of=as_of, figure=figure, average=average, **(values | more))


# -- Thresholds ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "status"),
    [
        (120.0, AHEAD),
        (55.0, AHEAD),
        (54.9, ON),
        (50.0, ON),
        (45.0, ON),
        (44.9, BEHIND),
        (40.0, BEHIND),
        (39.9, SERIOUS),
        (0.0, SERIOUS),
    ],
)
def test_a_status_at_both_sides_of_every_threshold(actual, status):
    standing = judged(figures=percents(actual))
    assert standing.status is status
    assert standing.schedule_variance == pytest.approx(actual - 50)
    assert standing.is_behind is (status in (BEHIND, SERIOUS))


@given(st.integers(0, 1000), st.integers(0, 1200))
def test_a_threshold_is_exact_whatever_the_binary_fractions(planned, actual):
    """In tenths of a percent: 15.1 against 20.1 is five points behind and not more."""
    standing = judged(plan(stage("3-31", planned / 10)), figures=percents(actual / 10))
    variance = actual - planned
    if variance < -50:
        assert standing.status is (SERIOUS if variance < -100 else BEHIND)
    else:
        assert standing.status is (AHEAD if variance >= 50 else ON)


@pytest.mark.parametrize(("variance", "status"), [(-10.0, BEHIND), (-5.0, ON), (5.0, AHEAD)])
def test_a_threshold_is_reached_exactly_from_every_planned_percent(variance, status):
    rules = Thresholds()
    for tenths in range(100, 951):
        item, actual = plan(stage("3-31", tenths / 10)), (tenths + round(variance * 10)) / 10
        standing = judged(item, rules=rules, figures=percents(actual))
        assert standing.status is status, (tenths / 10, actual)


@pytest.mark.parametrize(
    ("days", "status"),
    [(-1, ON), (0, BEHIND), (1, BEHIND), (30, BEHIND), (31, SERIOUS), (200, SERIOUS)],
)
def test_an_unmet_milestone_is_behind_and_after_thirty_days_seriously(days, status):
    as_of = day("3-31") + timedelta(days=days)
    standing = judged(TENDER, as_of, marks={0: False})
    assert standing.status is status


def test_the_oldest_unmet_milestone_counts_its_days():
    item = plan(stage("2-28"), stage("4-5"))
    assert judged(item, marks={0: False, 1: False}).status is SERIOUS
    assert judged(item, marks={0: True, 1: False}).status is BEHIND


@pytest.mark.parametrize(
    ("before", "rounds", "status"),
    [
        ([], 2, BEHIND),
        ([BEHIND], 2, SERIOUS),
        ([SERIOUS], 2, SERIOUS),
        ([ON], 2, BEHIND),
        ([AHEAD], 2, BEHIND),
        ([NOT_REPORTED], 2, BEHIND),
        ([None], 2, BEHIND),
        ([ON, BEHIND], 2, BEHIND),
        ([BEHIND], 3, BEHIND),
        ([BEHIND, BEHIND], 3, SERIOUS),
        ([BEHIND, ON], 3, BEHIND),
    ],
)
def test_behind_in_rounds_running_is_seriously_behind(before, rounds, status):
    earlier = [round_before(each) for each in before]
    rules = Thresholds(rounds_behind=rounds)
    assert judged(rules=rules, figures=percents(43.0), earlier=earlier).status is status


def test_who_has_caught_up_is_not_behind_for_having_been():
    assert judged(figures=percents(50.0), earlier=[round_before(SERIOUS)]).status is ON


@pytest.mark.parametrize(
    ("rules", "actual", "status"),
    [
        (Thresholds(behind=3), 47.0, ON),
        (Thresholds(behind=3), 46.9, BEHIND),
        (Thresholds(behind=0), 49.9, BEHIND),
        (Thresholds(behind=15, seriously_behind=20), 35.0, ON),
        (Thresholds(seriously_behind=7), 42.9, SERIOUS),
        (Thresholds(ahead=10), 59.9, ON),
        (Thresholds(ahead=10), 60.0, AHEAD),
    ],
)
def test_another_rule_set_judges_otherwise(rules, actual, status):
    assert judged(rules=rules, figures=percents(actual)).status is status


def test_another_rule_set_gives_a_milestone_more_time():
    assert judged(TENDER, day("5-10"), marks={0: False}).status is SERIOUS
    rules = Thresholds(overdue_days=60)
    assert judged(TENDER, day("5-10"), rules, marks={0: False}).status is BEHIND


@pytest.mark.parametrize(
    ("actual", "status"),
    [
        (55.0, AHEAD),  # a tenth more than planned
        (54.9, ON),
        (45.0, ON),  # a tenth less
        (44.9, BEHIND),
        (40.0, BEHIND),  # a fifth less
        (39.9, SERIOUS),
    ],
)
def test_arrears_can_be_measured_as_a_share_of_the_plan(actual, status):
    rules = Thresholds(measure=Measure.RATIO, ahead=10, behind=10, seriously_behind=20)
    standing = judged(rules=rules, figures=percents(actual))
    assert standing.status is status
    # What is shown stays in points.
    assert standing.schedule_variance == pytest.approx(actual - 50)


def test_where_nothing_is_planned_yet_a_share_of_the_plan_is_points():
    rules = Thresholds(measure=Measure.RATIO, ahead=10)
    assert judged(as_of=day("3-1"), rules=rules, figures=percents(9.9)).status is ON
    assert judged(as_of=day("3-1"), rules=rules, figures=percents(10.0)).status is AHEAD


# -- Precedence ----------------------------------------------------------------------

FAR_BEHIND = percents(0.0)
FAR_AHEAD = percents(100.0)


@pytest.mark.parametrize(
    ("item", "facts", "status"),
    [
        (HALF, {"completed_on": AS_OF, "reported": False, "figures": FAR_BEHIND}, COMPLETED),
        (TENDER, {"completed_on": AS_OF, "marks": {0: False}}, COMPLETED),
        (HALF, {"completed_on": AS_OF, "reported": None}, COMPLETED),
        (HALF, {"reported": False, "figures": FAR_BEHIND}, NOT_REPORTED),
        (HALF, {"reported": False, "figures": FAR_AHEAD}, NOT_REPORTED),
        (TENDER, {"reported": False, "marks": {0: False}}, NOT_REPORTED),
        (HALF, {"reported": False}, NOT_REPORTED),
        (TENDER, {"marks": {0: False}, "figures": FAR_AHEAD}, BEHIND),
        (KEPT, {"figures": {0: Figure(49.0, 120.0)}}, BEHIND),
        (TENDER, {"marks": {0: None}, "figures": FAR_AHEAD}, AHEAD),
        (HALF, {}, ON),
    ],
)
def test_the_first_rule_that_holds_decides(item, facts, status):
    assert judged(item, **facts).status is status


def test_without_any_report_there_is_no_status():
    standing = judged(reported=None)
    assert standing.status is None
    assert standing.label == "尚无进展"
    assert standing.explanation[0] == "本期尚无填报，不作研判。"


def test_while_reports_are_awaited_the_last_known_figures_are_judged():
    assert judged(reported=None, figures=percents(30.0)).status is SERIOUS
    assert judged(TENDER, reported=None, marks={0: False}).status is BEHIND


def test_a_figure_that_reaches_the_target_is_no_declaration():
    standing = judged(figures=percents(100.0))
    assert standing.status is AHEAD
    assert standing.actual_percent == 100


def test_completion_counts_from_its_date_on():
    facts = {"completed_on": day("4-10"), "figures": percents(20.0)}
    assert judged(as_of=day("4-9"), **facts).status is SERIOUS
    assert judged(as_of=day("4-10"), **facts).status is COMPLETED
    assert judged(as_of=day("8-1"), **facts).status is COMPLETED


# -- Planned and actual --------------------------------------------------------------


def test_what_is_unknown_is_unknown_and_never_zero():
    standing = judged()
    assert (standing.planned_percent, standing.actual_percent) == (50, None)
    assert standing.schedule_variance is None
    assert standing.status is ON
    assert standing.targets[0].actual is None


def test_what_is_unknown_is_never_averaged_in():
    standing = judged(TWO, figures=percents(30.0, None))
    assert standing.actual_percent == 30
    # Compared with the plan of the known target alone, not with the mean of both.
    assert standing.planned_percent == 50
    assert standing.schedule_variance == -10
    assert "2项目标中1项既有计划又有数据" in standing.explanation[2]


def test_a_target_without_a_plan_is_left_out_of_the_variance():
    item = plan(
        stage("3-31", 40.0, target=0), stage("3-31", target=1), targets=[target(0), target(1)]
    )
    standing = judged(item, figures=percents(40.0, 90.0))
    assert standing.actual_percent == 65
    assert standing.schedule_variance == 0
    only_the_other = judged(item, figures=percents(None, 90.0))
    assert only_the_other.actual_percent == 90
    assert only_the_other.schedule_variance is None


def test_over_fulfilment_is_shown_and_capped_only_inside_means():
    alone = judged(figures=percents(115.2))
    assert alone.actual_percent == 115.2
    assert alone.schedule_variance == pytest.approx(65.2)
    together = judged(TWO, figures=percents(120.0, 30.0))
    assert [t.actual for t in together.targets] == [120, 30]
    assert together.actual_percent == 65
    assert together.schedule_variance == (100 - 40 + 30 - 60) / 2


def test_weights_weigh_what_is_reported():
    item = HALF._replace(targets=(target(0, weight=3.0), target(1)))
    assert judged(item, figures=percents(60.0, 20.0)).actual_percent == 50


@pytest.mark.parametrize(
    ("figure", "value", "actual"),
    [
        (Figure(135.0, None), 405.0, 100 / 3),
        (Figure(463.0, 50.0), 405.0, 50),
        (Figure(None, 21.6), 405.0, 21.6),
        (Figure(463.0, None), 405.0, 463 / 4.05),
        (Figure(12.0, None), None, None),
        (Figure(0.0, None), 405.0, 0),
        (Figure(None, 0.0), 405.0, 0),
    ],
)
def test_a_percent_the_unit_stated_stands_before_the_quotient(figure, value, actual):
    item = HALF._replace(targets=(target(value=value),))
    assert judged(item, figures={0: figure}).actual_percent == (
        actual if actual is None else pytest.approx(actual)
    )


def test_a_percent_of_the_whole_holds_for_targets_without_a_figure():
    whole = {None: Figure(None, 30.0)}
    assert [t.actual for t in judged(TWO, figures=whole).targets] == [30, 30]
    mixed = judged(TWO, figures=whole | percents(50.0))
    assert [t.actual for t in mixed.targets] == [50, 30]
    assert mixed.actual_percent == 40


def test_an_item_without_targets_is_judged_by_its_whole():
    item = HALF._replace(targets=())
    standing = judged(item, figures={None: Figure(None, 39.0)})
    assert (standing.actual_percent, standing.schedule_variance) == (39, -11)
    assert standing.status is SERIOUS


@pytest.mark.parametrize(
    ("as_of", "figure", "kept", "status"),
    [
        ("4-10", Figure(50.0, None), True, ON),
        ("4-10", Figure(88.0, None), True, AHEAD),
        ("4-10", Figure(49.9, None), False, BEHIND),
        ("4-10", Figure(None, 100.0), None, ON),
        ("3-30", Figure(40.0, None), None, AHEAD),  # is not to hold yet, and nothing is planned
    ],
)
def test_a_rate_is_kept_or_not_kept(as_of, figure, kept, status):
    standing = judged(KEPT, day(as_of), figures={0: figure})
    assert standing.targets[0].kept is kept
    assert standing.status is status


def test_a_quantity_is_not_a_rate():
    assert judged(figures={0: Figure(49.0, None)}, as_of=day("12-1")).targets[0].kept is None


# -- Milestones ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "due", "mark", "actual", "state"),
    [
        (None, "3-31", True, None, MET),
        (None, "3-31", False, None, UNMET),
        (None, "3-31", None, None, UNTOLD),
        (None, "3-31", None, 100.0, UNTOLD),  # a figure says nothing of a tender
        (None, "4-10", None, None, UNTOLD),  # due on the very day
        (None, "4-11", None, None, LATER),
        (None, "4-11", False, None, LATER),
        (None, "11-30", True, None, MET),  # early
        (50.0, "3-31", None, 50.0, MET),
        (50.0, "3-31", None, 49.9, SHORT),
        (50.0, "3-31", None, None, UNTOLD),
        (50.0, "3-31", True, 10.0, MET),  # what the report says decides
        (50.0, "3-31", False, 90.0, UNMET),
        (50.0, "11-30", None, 90.0, LATER),
    ],
)
def test_how_a_milestone_stands(percent, due, mark, actual, state):
    standing = judged(plan(stage(due, percent)), marks={0: mark}, figures=percents(actual))
    assert standing.states == (state,)


@pytest.mark.parametrize(("value", "asked", "of"), [(2, 66.7, 3), (1, 16.7, 6), (5, 83.3, 6)])
def test_a_milestone_s_percent_asks_for_no_more_than_its_own_number(value, asked, of):
    """Two of three are a little less than the 66.7 % that stand for them in the schedule."""
    item = plan(stage("3-31", asked, target=0), targets=[target(0, value=float(of))])
    assert judged(item, figures={0: Figure(float(value), None)}).states == (MET,)
    assert judged(item, figures={0: Figure(value - 0.01, None)}).states == (SHORT,)


def test_a_short_figure_is_no_unmet_milestone():
    standing = judged(figures=percents(46.0))
    assert standing.states[0] is SHORT
    assert (standing.status, standing.milestones_overdue) == (ON, 0)


def test_a_milestone_of_one_target_is_measured_by_that_target():
    standing = judged(TWO, figures=percents(40.0, 59.0))
    assert standing.states == (MET, SHORT)


def test_completion_meets_what_is_due():
    item = plan(stage("3-31"), stage("11-30", 100.0))
    assert judged(item, completed_on=AS_OF).states == (MET, LATER)


def test_milestones_are_counted():
    item = plan(stage("2-28"), stage("3-31"), stage("4-5"), stage("6-30"), stage("11-30"))
    standing = judged(item, marks={0: True, 1: False, 3: True})
    assert standing.states == (MET, UNMET, UNTOLD, MET, LATER)
    assert (standing.milestones_met, standing.milestones_overdue) == (2, 1)
    assert standing.milestones_in(UNMET) == [item.milestones[1]]


@pytest.mark.parametrize(
    ("item", "as_of", "facts", "yardstick"),
    [
        (HALF, "4-10", {"figures": percents(40.0)}, Yardstick.PERCENT),
        (HALF, "4-10", {}, Yardstick.MILESTONE),
        (TENDER, "4-10", {"figures": percents(40.0)}, Yardstick.MILESTONE),
        (TENDER, "3-1", {"marks": {0: True}}, Yardstick.MILESTONE),
        (TENDER, "3-1", {}, Yardstick.NOT_DUE),
        (TENDER, "3-1", {"figures": percents(1.0)}, Yardstick.PERCENT),
        (plan(), "4-10", {"figures": percents(40.0)}, Yardstick.ELAPSED),
    ],
)
def test_the_yardstick_is_named(item, as_of, facts, yardstick):
    assert judged(item, day(as_of), **facts).yardstick is yardstick


# -- Flags ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "average", "below"),
    [(20.0, 20.1, True), (20.0, 20.0, False), (20.1, 20.0, False), (0.0, 0.1, True)],
)
def test_below_the_average_is_below_and_not_equal(figure, average, below):
    standing = judged(comparison=table(figure, average))
    assert standing.below_city_average is below
    assert (Flag.BELOW_CITY_AVERAGE in standing.flags) is below


@pytest.mark.parametrize(
    ("age", "below"), [(-1, None), (0, True), (45, True), (46, None), (300, None)]
)
def test_a_city_table_is_valid_for_forty_five_days(age, below):
    comparison = table(10.0, 20.0, AS_OF - timedelta(days=age))
    assert judged(comparison=comparison).below_city_average is below


def test_how_long_a_city_table_is_valid_belongs_to_the_rules():
    comparison = table(10.0, 20.0, AS_OF - timedelta(days=46))
    rules = Thresholds(comparison_max_age_days=46)
    assert judged(rules=rules, comparison=comparison).below_city_average is True


def test_without_a_city_table_there_is_no_flag():
    standing = judged(figures=percents(0.0))
    assert standing.below_city_average is None
    assert standing.flags == ()


def test_on_schedule_and_below_average_are_independent():
    standing = judged(figures=percents(50.0), comparison=table(50.0, 60.0))
    assert (standing.status, standing.below_city_average) == (ON, True)


SAME = [round_before(as_of="3-10"), round_before(as_of="2-10")]


@pytest.mark.parametrize(
    ("actual", "earlier", "stalled"),
    [
        (20.0, SAME, True),
        (20.0, SAME[:1], False),
        (20.1, SAME, False),
        (20.0, [SAME[0], round_before(actual=19.0, as_of="2-10")], False),
        (20.0, [SAME[0], round_before(met=1, as_of="2-10")], False),
        (20.0, [SAME[0], round_before(actual=None, as_of="2-10")], False),
        (None, [round_before(actual=None)] * 2, False),
        (100.0, [round_before(actual=100.0)] * 2, False),
    ],
)
def test_an_item_stalls_when_nothing_moved_over_two_rounds(actual, earlier, stalled):
    standing = judged(figures=percents(actual), earlier=earlier)
    assert (Flag.STALLED in standing.flags) is stalled
    assert ("停滞：连续2期进度没有变化。" in standing.explanation) is stalled


def test_what_is_completed_does_not_stall():
    standing = judged(figures=percents(20.0), earlier=SAME, completed_on=AS_OF)
    assert Flag.STALLED not in standing.flags


def test_over_how_many_rounds_an_item_stalls_belongs_to_the_rules():
    rules = Thresholds(rounds_stalled=1)
    standing = judged(rules=rules, figures=percents(20.0), earlier=SAME[:1])
    assert Flag.STALLED in standing.flags


@pytest.mark.parametrize(
    ("before", "actual", "doubtful"),
    [(30.0, 29.9, True), (30.0, 30.0, False), (30.0, 31.0, False), (None, 1.0, False)],
)
def test_a_cumulative_figure_that_falls_is_doubtful(before, actual, doubtful):
    standing = judged(figures=percents(actual), earlier=[round_before(actual=before)])
    assert (Flag.DOUBTFUL in standing.flags) is doubtful
    said = "数据存疑：累计进度由30.0%（截至2023年3月10日）降为29.9%。"
    assert (said in standing.explanation) is doubtful


def test_contradictions_of_the_plan_are_said_one_by_one():
    standing = judged(figures=percents(50.0), contradictions=("甲。", "乙。"))
    assert standing.flags == (Flag.DOUBTFUL,)
    assert standing.explanation[-2:] == ["数据存疑：甲。", "数据存疑：乙。"]


def test_a_reported_problem_is_a_flag():
    standing = judged(figures=percents(50.0), problems="资金未到位")
    assert standing.flags == (Flag.PROBLEM,)
    assert standing.explanation[-1] == "存在问题：资金未到位"


@pytest.mark.parametrize(
    ("facts", "flagged"),
    [
        ({}, True),
        ({"figures": percents(80.0)}, True),
        ({"marks": {0: True}}, False),
        ({"marks": {0: False}}, False),  # it is behind, and said to be
        ({"reported": False}, False),
        ({"reported": None}, False),
        ({"completed_on": AS_OF}, False),
    ],
)
def test_a_due_milestone_of_which_nothing_is_told_is_a_flag(facts, flagged):
    assert (Flag.UNTOLD in judged(TENDER, **facts).flags) is flagged


def test_flags_stand_in_one_order():
    standing = judged(
        TENDER,
        figures=percents(20.0),
        earlier=SAME,
        comparison=table(20.0, 30.0),
        problems="无",
        contradictions=("甲。",),
    )
    assert standing.flags == (
        Flag.BELOW_CITY_AVERAGE,
        Flag.STALLED,
        Flag.PROBLEM,
        Flag.DOUBTFUL,
        Flag.UNTOLD,
    )


# -- In words ------------------------------------------------------------------------


def test_an_item_behind_is_explained_with_its_numbers():
    item = plan(stage("3-31", 50.0, text="完成过半"), targets=[target(0, value=405.0, unit="个")])
    standing = judged(item, figures={0: Figure(162.0, None)}, comparison=table(40.0, 47.2))
    assert standing.explanation == [
        "判为滞后：落后10.0个百分点，超过5个百分点。",
        "研判依据：计划百分比。",
        "截至2023年4月10日，按进度安排计划进度50.0%，实际进度40.0%，偏差−10.0个百分点。",
        "累计完成162个，目标405个，折合40.0%。",
        "节点“3月31日：完成过半”计划50.0%，数量尚未达到。",
        "全市对比（截至2023年4月10日）：本县40.0%，全市平均47.2%，低7.2个百分点，"
        "排第8位（共12个县市区）。来源：市府办通报。",
    ]
    assert standing.reason == "落后计划10.0个百分点；低于全市平均7.2个百分点"


def test_a_percent_the_unit_stated_is_said_to_be_its_own():
    standing = judged(figures={0: Figure(60.0, 50.0)})
    assert "累计完成60人，目标100人，折合60.0%；单位自报50.0%，以自报为准。" in standing.explanation
    agreeing = judged(figures={0: Figure(50.0, 50.0)})
    assert "累计完成50人，目标100人，折合50.0%。" in agreeing.explanation


def test_an_unmet_milestone_is_explained_with_its_date_and_days():
    standing = judged(TENDER, marks={0: False}, problems="资金未到位")
    assert "节点“3月31日：完成招标”应于2023年3月31日前完成，未完成，已逾期10天。" in (
        standing.explanation
    )
    assert standing.reason == "“3月31日：完成招标”未完成，逾期10天；存在问题：资金未到位"
    today = judged(TENDER, day("3-31"), marks={0: False})
    assert "未完成，当日到期。" in "".join(today.explanation)
    assert today.reason == "“3月31日：完成招标”未完成，当日到期"


@pytest.mark.parametrize(
    ("done", "early"), [("4-10", True), ("11-29", True), ("11-30", False), (None, True)]
)
def test_early_is_what_was_completed_before_the_last_date_of_its_plan(done, early):
    standing = judged(as_of=day("12-10"), completed_on=day(done)) if done else None
    if standing is None:
        standing = replace(judged(completed_on=AS_OF), facts=Facts())
    assert (standing.status, standing.is_early) == (COMPLETED, early)


def test_a_variance_of_some_targets_alone_is_known_as_such():
    assert not judged(TWO, figures=percents(30.0, 50.0)).compares_part
    assert judged(TWO, figures=percents(30.0, None)).compares_part
    assert not judged(figures=percents(None)).compares_part


def test_how_far_behind_is_said_beside_an_unmet_milestone():
    item = plan(stage("3-31", 50.0), stage("4-10", text="完成招标"))
    assert judged(item, marks={1: False}, figures=percents(0.0)).reason == (
        "“4月10日：完成招标”未完成，当日到期；落后计划50.0个百分点"
    )
    near = judged(item, marks={1: False}, figures=percents(45.0))
    assert near.reason == "“4月10日：完成招标”未完成，当日到期"


def test_how_far_behind_is_said_in_the_measure_that_decided():
    ratio = Thresholds(measure=Measure.RATIO)
    assert judged(rules=ratio, figures=percents(47.0)).reason == (
        "落后计划3.0个百分点（占计划的6.0%）"
    )


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ([BEHIND, ON, BEHIND], "已连续2期滞后"),
        ([SERIOUS, BEHIND], "已连续3期以上滞后"),
        ([BEHIND], "已连续2期以上滞后"),
    ],
)
def test_rounds_running_are_said_where_they_made_it_serious(before, said):
    earlier = [round_before(status) for status in before]
    standing = judged(figures=percents(42.0), earlier=earlier)
    assert (standing.status, standing.reason) == (SERIOUS, f"落后计划8.0个百分点；{said}")
    far = judged(figures=percents(30.0), earlier=earlier)
    assert far.reason == "落后计划20.0个百分点"


STAGES = plan(stage("2-28", text="完成招标"), stage("4-10", 50.0))
RULED = {
    "far behind": (
        {"figures": percents(30.0)},
        "判为严重滞后：落后20.0个百分点，超过10个百分点。",
    ),
    "behind": ({"figures": percents(44.0)}, "判为滞后：落后6.0个百分点，超过5个百分点。"),
    "long overdue": (
        {"plan": STAGES, "marks": {0: False}, "figures": percents(50.0)},
        "判为严重滞后：到期节点逾期41天，超过30天。",
    ),
    "behind two rounds running": (
        {"figures": percents(42.0), "earlier": [round_before(BEHIND), round_before(ON)]},
        "判为严重滞后：已连续2期滞后，规则为连续2期。",
    ),
    "far behind for the second time": (
        {"figures": percents(30.0), "earlier": [round_before(BEHIND), round_before(ON)]},
        "判为严重滞后：落后20.0个百分点，超过10个百分点；已连续2期滞后，规则为连续2期。",
    ),
    "by the share of the plan": (
        {"rules": Thresholds(measure=Measure.RATIO), "figures": percents(47.0)},
        "判为滞后：落后6.0%（占计划），超过5%（占计划）。",
    ),
}


@pytest.mark.parametrize(("facts", "said"), RULED.values(), ids=RULED)
def test_of_the_rules_those_are_named_that_hold(facts, said):
    facts = dict(facts)
    item = [facts.pop("plan")] if "plan" in facts else []
    assert judged(*item, **facts).explanation[0] == said


def test_a_figure_reads_the_same_in_the_reason_as_in_a_table():
    standing = judged(figures=percents(37.75))
    assert standing.reason == "落后计划12.3个百分点"
    assert "偏差−12.3个百分点" in standing.explanation[2]
    compared = judged(figures=percents(50.0), comparison=table(20.0, 20.25))
    assert compared.reason == "低于全市平均0.3个百分点"


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("3月31日前完成招标", "“3月31日前完成招标”"),
        ("完成招标", "“3月31日：完成招标”"),
        (
            "完成正脊筛查方案制定，确定参与筛查学生名单，完成经费测算并报县财政审核，启动第一批学校",
            "“3月31日：完成正脊筛查方案制定，确定参与筛查学生名单，完成经费测算并报县财政审核”等",
        ),
        (
            "完成第一批小区（花园新村、江滨小区、金山小区、玉苍小区和建兴小区）以及第二批小区的设计",
            "“3月31日：完成第一批小区（花园新村、江滨小区、金山小区、玉苍小区和建兴小区）以及第二批小…”",
        ),
    ],
    ids=["names its period", "short", "cut at a clause", "no clause ends outside the brackets"],
)
def test_a_milestone_is_cited_without_a_word_cut(text, cited):
    assert milestone_words(stage("3-31", text=text)) == cited


def test_milestones_met_early_and_untold_are_each_said():
    item = plan(stage("2-28", text="方案"), stage("3-31", text="招标"), stage("6-30", text="开工"))
    standing = judged(item, marks={0: True, 2: True})
    words = "".join(standing.explanation)
    assert "到期节点已完成1个，最近一个为“2月28日：方案”。" in words
    assert "另有1个未到期节点已提前完成。" in words
    assert "节点“3月31日：招标”已于2023年3月31日到期，填报中未说明是否完成。" in words


def test_a_rate_is_explained_by_what_is_to_be_kept():
    broken = judged(KEPT, figures={0: Figure(49.9, None)})
    assert "目标0：目前49.9%，低于应保持的50%。" in broken.explanation
    assert broken.reason == "目标049.9%，低于50%"
    kept = judged(KEPT, figures={0: Figure(50.0, None)})
    assert "目标0：目前50%，达到应保持的50%。" in kept.explanation


def test_several_targets_are_explained_one_by_one():
    standing = judged(TWO, figures=percents(30.0, None))
    assert "目标0：计划40.0%，实际30.0%。" in standing.explanation
    assert "目标1：计划60.0%，实际没有数据。" in standing.explanation


def test_what_has_no_figure_is_said_to_have_none():
    assert judged().explanation[2] == (
        "截至2023年4月10日，按进度安排计划进度50.0%，实际进度没有数据，不计算偏差。"
    )


def test_an_item_without_a_schedule_is_said_to_follow_time():
    standing = judged(plan(), figures=percents(20.0))
    assert standing.explanation[1] == "研判依据：时间进度（无进度安排）。"
    assert "按时间进度计划进度29.9%，实际进度20.0%，偏差−9.9个百分点" in standing.explanation[2]


@pytest.mark.parametrize(
    ("rules", "actual", "said"),
    [
        (Thresholds(behind=3), 46.0, "落后4.0个百分点，超过3个百分点"),
        (Thresholds(seriously_behind=7.5), 42.0, "落后8.0个百分点，超过7.5个百分点"),
        (Thresholds(ahead=2), 52.0, "超前达到2个百分点，"),
        (Thresholds(behind=3), 50.0, "落后不超过3个百分点，"),
        (Thresholds(measure=Measure.RATIO), 47.0, "超过5%（占计划）"),
    ],
)
def test_the_thresholds_are_printed_with_what_they_judged(rules, actual, said):
    assert said in judged(rules=rules, figures=percents(actual)).explanation[0]


@pytest.mark.parametrize(
    ("comparison", "said"),
    [
        (table(20.0, 20.0), "本县20.0%，全市平均20.0%，持平，排第8位（共12个县市区）。"),
        (table(22.5, 20.0), "高2.5个百分点"),
        (table(20.0, 20.03), "低0.03个百分点"),
        (table(20.03, 20.0), "高0.03个百分点"),
        (table(20.0, 20.000000000000004), "持平"),
        (table(20.0, 22.5, rank=None), "低2.5个百分点。来源"),
        (table(20.0, 22.5, counties=None), "排第8位。来源"),
        (table(20.0, 22.5, illustrative=True), "全市对比（截至2023年4月10日；示例数据）"),
        (table(20.0, 22.5, day("2-23")), "截至2023年2月23日，已超过45天，不作比较。"),
    ],
)
def test_the_city_s_table_is_cited_with_its_source_and_date(comparison, said):
    assert said in "".join(judged(comparison=comparison).explanation)


def test_what_is_well_needs_no_reason():
    assert judged(figures=percents(50.0)).reason == ""
    assert judged(reported=False).reason == "本期没有填报"


# -- Anything ------------------------------------------------------------------------

FIGURES = st.builds(Figure, st.none() | st.integers(0, 300).map(float), st.none() | PERCENTS)
EARLIER = st.builds(
    Earlier,
    st.just(date(2022, 12, 31)),
    st.none() | st.sampled_from(Status),
    st.none() | PERCENTS,
    st.integers(0, 3),
)
TABLES = st.builds(
    Comparison,
    DAYS,
    PERCENTS,
    PERCENTS,
    st.none() | st.integers(1, 12),
    st.none() | st.just(12),
    st.just("市府办通报"),
    st.booleans(),
)
RULES = st.builds(
    Thresholds,
    st.sampled_from(Measure),
    st.integers(0, 20),
    st.integers(0, 10),
    st.integers(10, 30),
    st.integers(0, 90),
    st.integers(2, 3),
    st.integers(1, 3),
    st.integers(0, 90),
)


@st.composite
def standings(draw):
    """The standing of any item with any facts known at any date of the year."""
    kinds = st.sampled_from(["quantity", "rate"])
    item = draw(plans())
    item = item._replace(targets=tuple(t._replace(kind=draw(kinds)) for t in item.targets))
    as_of = draw(DAYS)
    keys = st.sampled_from([None, *(t.key for t in item.targets)])
    marks = {m.key: draw(st.none() | st.booleans()) for m in item.milestones if draw(st.booleans())}
    facts = Facts(
        reported=draw(st.none() | st.booleans()),
        figures=draw(st.dictionaries(keys, FIGURES, max_size=4)),
        marks=marks,
        completed_on=draw(st.none() | st.just(as_of)),
        problems=draw(st.sampled_from(["", "资金未到位"])),
        comparison=draw(st.none() | TABLES),
        earlier=draw(st.lists(EARLIER, max_size=3)),
        contradictions=draw(st.sampled_from([(), ("甲。",)])),
    )
    return judge(item, facts, as_of, draw(RULES))


def again(standing, **facts):
    """The same item judged with other facts."""
    return judge(standing.plan, replace(standing.facts, **facts), standing.as_of, standing.rules)


# The better the higher; the others do not depend on progress.
RANK = {SERIOUS: 0, BEHIND: 1, ON: 2, AHEAD: 3}


@given(standings(), st.data())
def test_a_milestone_told_to_be_unmet_never_improves_the_status(standing, data):
    if not standing.plan.milestones or standing.status is None:
        return
    milestone = data.draw(st.sampled_from(standing.plan.milestones))
    worse = again(standing, marks={**standing.facts.marks, milestone.key: False})
    if standing.status in RANK:
        assert RANK[worse.status] <= RANK[standing.status]
    else:
        assert worse.status is standing.status


@given(standings(), st.data())
def test_more_progress_never_worsens_the_status(standing, data):
    figures = dict(standing.facts.figures)
    if not figures or standing.status is None:
        return
    key = data.draw(st.sampled_from(sorted(figures, key=str)))
    more = data.draw(st.integers(0, 60))
    value, percent = figures[key]
    figures[key] = Figure(
        None if value is None else value + more, None if percent is None else percent + more
    )
    better = again(standing, figures=figures)
    if standing.status in RANK:
        assert RANK[better.status] >= RANK[standing.status]
    else:
        assert better.status is standing.status


@given(standings())
def test_nothing_unprintable_is_ever_said(standing):
    words = "".join([*standing.explanation, standing.reason, standing.label])
    for slip in ("None", "nan", "inf", "  ", "。。", "：。", "--"):
        assert slip not in words


@given(standings())
def test_the_explanation_names_the_status_and_the_percents_it_rests_on(standing):
    if standing.status is not None:
        assert standing.explanation[0].startswith(f"判为{LABELS[standing.status]}：")
    assert f"计划进度{percent1(standing.planned_percent)}，实际进度" in standing.explanation[2]
    assert ("实际进度没有数据" in standing.explanation[2]) is (standing.actual_percent is None)


@given(standings())
def test_what_is_unknown_stays_unknown_all_the_way(standing):
    known = [t for t in standing.targets if t.actual is not None]
    if not known and None not in standing.facts.figures:
        assert standing.actual_percent is None
    if standing.actual_percent is None:
        assert standing.schedule_variance is None


@given(standings())
def test_every_milestone_has_its_state_and_none_is_unmet_before_it_is_due(standing):
    assert len(standing.states) == len(standing.plan.milestones)
    for milestone, state in zip(standing.plan.milestones, standing.states, strict=True):
        if milestone.due > standing.as_of:
            assert state in (MET, LATER)
        else:
            assert state is not LATER
