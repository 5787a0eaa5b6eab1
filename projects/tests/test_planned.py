"""What a schedule asks for at a date."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.rules.planned import (
    PlanStep,
    elapsed_percent,
    month_ends,
    planned_percent,
    planned_steps,
    quantified,
    target_planned_percent,
    weighted_mean,
)
from projects.tests.plans import ANY_DAYS, LAST_DAY, day, plan, plans, stage, target

QUARTERS = plan(stage("3-31", 20.0), stage("6-30", 50.0), stage("9-30"), stage("11-30", 100.0))


@pytest.mark.parametrize(
    ("when", "percent"),
    [
        ("1-1", 0),
        ("3-30", 0),
        ("3-31", 20),
        ("4-1", 20),
        ("5-15", 20),
        ("6-29", 20),
        ("6-30", 50),
        ("9-30", 50),
        ("11-29", 50),
        ("11-30", 100),
        ("12-31", 100),
    ],
)
def test_a_schedule_is_a_step_and_not_a_line(when, percent):
    assert planned_percent(QUARTERS, day(when)) == percent


def test_years_before_nothing_is_planned_and_years_after_all_of_it():
    assert planned_percent(QUARTERS, date(2021, 12, 31)) == 0
    assert planned_percent(QUARTERS, date(2026, 2, 1)) == 100


@pytest.mark.parametrize(("stated", "counts"), [((30.0, 40.0), 40), ((60.0, 50.0), 50)])
def test_of_two_milestones_due_on_one_day_the_later_in_the_schedule_counts(stated, counts):
    item = plan(*(stage("6-30", percent) for percent in stated))
    assert planned_percent(item, day("6-30")) == counts


def test_the_order_of_dates_counts_and_not_the_order_of_the_rows():
    item = plan(stage("9-30", 80.0), stage("3-31", 20.0))
    assert planned_percent(item, day("4-1")) == 20
    assert planned_percent(item, day("10-1")) == 80


def test_milestones_of_the_whole_item_hold_for_targets_without_their_own():
    item = plan(
        stage("3-31", 20.0),
        stage("6-30", 50.0, target=0),
        stage("11-30", 100.0),
        targets=[target(0), target(1)],
    )
    assert quantified(item, 0) == [item.milestones[1]]
    assert quantified(item, 1) == [item.milestones[0], item.milestones[2]]
    assert target_planned_percent(item, 0, day("4-1")) == 0
    assert target_planned_percent(item, 1, day("4-1")) == 20
    assert planned_percent(item, day("4-1")) == 10
    assert planned_percent(item, day("6-30")) == (50 + 20) / 2


def test_own_milestones_without_a_number_leave_those_of_the_whole_item_in_force():
    item = plan(stage("3-31", target=0), stage("3-31", 30.0))
    assert target_planned_percent(item, 0, day("4-1")) == 30


def test_a_target_that_the_schedule_never_quantifies_is_left_out_of_the_mean():
    item = plan(
        stage("3-31", 40.0, target=0), stage("3-31", target=1), targets=[target(0), target(1)]
    )
    assert target_planned_percent(item, 1, LAST_DAY) is None
    assert planned_percent(item, day("3-31")) == 40


def test_a_target_that_is_quantified_only_later_is_planned_at_nothing_until_then():
    item = plan(
        stage("3-31", 40.0, target=0),
        stage("9-30", 60.0, target=1),
        targets=[target(0), target(1)],
    )
    assert target_planned_percent(item, 1, day("4-1")) == 0
    assert planned_percent(item, day("4-1")) == 20


def test_a_schedule_of_words_alone_asks_for_no_percent():
    assert planned_percent(plan(stage("3-31"), stage("6-30")), LAST_DAY) == 0


@pytest.mark.parametrize(
    ("weights", "percent"),
    [((None, None), 30.0), ((3.0, 1.0), 35.0), ((3.0, None), 35.0), ((None, 3.0), 25.0)],
)
def test_weights_weigh_and_no_weight_counts_as_one(weights, percent):
    item = plan(
        stage("3-31", 40.0, target=0),
        stage("3-31", 20.0, target=1),
        targets=[target(0, weight=weights[0]), target(1, weight=weights[1])],
    )
    assert planned_percent(item, day("4-1")) == percent


def test_an_item_without_targets_follows_its_own_milestones():
    item = plan(stage("3-31", 20.0), stage("6-30", 50.0), targets=[])
    assert planned_percent(item, day("5-1")) == 20


def test_the_mean_of_nothing_is_unknown():
    assert weighted_mean([]) is None


@pytest.mark.parametrize("targets", [[], [target(0)], [target(0), target(1)]])
def test_without_a_dated_schedule_time_itself_is_the_plan(targets):
    item = plan(targets=targets)
    assert planned_percent(item, day("6-30")) == pytest.approx(100 * 181 / 334)


@pytest.mark.parametrize(
    ("as_of", "days"),
    [
        (date(2022, 12, 31), 0),
        (date(2023, 1, 1), 1),
        (date(2023, 2, 28), 59),
        (date(2023, 11, 30), 334),
        (date(2023, 12, 1), 334),
        (date(2026, 1, 1), 334),
    ],
)
def test_the_elapsed_share_counts_both_ends_and_stays_within_the_period(as_of, days):
    share = elapsed_percent(date(2023, 1, 1), date(2023, 11, 30), as_of)
    assert share == pytest.approx(100 * days / 334)


def test_a_leap_year_has_its_day():
    year = date(2024, 1, 1), date(2024, 12, 31)
    assert elapsed_percent(*year, date(2024, 2, 29)) == pytest.approx(100 * 60 / 366)
    assert elapsed_percent(*year, date(2024, 3, 1)) == pytest.approx(100 * 61 / 366)
    leap = plan(stage(date(2024, 2, 29), 30.0))
    assert planned_percent(leap, date(2024, 2, 28)) == 0
    assert planned_percent(leap, date(2024, 2, 29)) == 30


def test_a_period_of_one_day_is_over_on_that_day():
    one = date(2023, 5, 1)
    assert elapsed_percent(one, one, one) == 100
    assert elapsed_percent(one, one, date(2023, 4, 30)) == 0


def test_months_end_on_their_last_day():
    ends = month_ends(2024)
    assert len(ends) == 12
    assert (ends[0], ends[1], ends[3], ends[11]) == (
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 4, 30),
        date(2024, 12, 31),
    )
    assert month_ends(2023)[1] == date(2023, 2, 28)


def test_the_curve_has_a_step_where_the_plan_changes_and_none_elsewhere():
    item = plan(
        stage("3-31", 20.0, target=0),
        stage("3-31", 40.0, target=1),
        stage("5-31", 20.0, target=0),
        stage("6-30"),
        stage("9-30", 100.0),
        stage("11-30", 100.0, target=0),
        targets=[target(0), target(1)],
    )
    assert planned_steps(item) == [PlanStep(day("3-31"), 30), PlanStep(day("11-30"), 70)]


def test_the_curve_shows_a_plan_that_falls():
    item = plan(stage("3-31", 50.0), stage("6-30", 40.0))
    assert [step.percent for step in planned_steps(item)] == [50, 40]


def test_an_item_without_a_dated_schedule_has_no_steps():
    assert planned_steps(plan()) == []
    assert planned_steps(plan(stage("3-31"))) == []


@given(plans(), ANY_DAYS)
def test_planned_lies_between_nothing_and_all(item, when):
    assert 0 <= planned_percent(item, when) <= 100


@given(plans(), ANY_DAYS)
def test_between_two_due_dates_nothing_more_is_asked_for(item, when):
    if not item.milestones:
        return  # time itself is the plan
    due = [m.due for m in item.milestones if m.due <= when]
    since = max(due) if due else min(m.due for m in item.milestones) - timedelta(days=1)
    assert planned_percent(item, when) == planned_percent(item, since)


@given(plans(), st.lists(ANY_DAYS, min_size=2, max_size=5))
def test_a_schedule_that_never_falls_is_never_taken_back(item, days):
    percents = sorted(m.percent for m in item.milestones if m.percent is not None)
    rising = iter(percents)
    milestones = [
        m if m.percent is None else m._replace(percent=next(rising))
        for m in sorted(item.milestones, key=lambda m: m.due)
    ]
    item = item._replace(milestones=tuple(milestones))
    planned = [planned_percent(item, when) for when in sorted(days)]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(planned))


@given(plans(), ANY_DAYS, st.randoms(use_true_random=False))
def test_the_order_of_targets_does_not_matter(item, when, random):
    shuffled = list(item.targets)
    random.shuffle(shuffled)
    other = item._replace(targets=tuple(shuffled))
    assert planned_percent(other, when) == pytest.approx(planned_percent(item, when))


@given(plans(), ANY_DAYS)
def test_the_curve_says_what_the_plan_says(item, when):
    if not item.milestones:
        return  # no curve
    steps = [step.percent for step in planned_steps(item) if step.due <= when]
    assert planned_percent(item, when) == (steps[-1] if steps else 0)
