"""The script of a simulated year: courses, figures, milestones, words; pure."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.calendar import month_end
from progress.rules.simulation import (
    FALL_MONTH,
    LONG_COURSES,
    Aim,
    Course,
    Node,
    Work,
    conduct_of,
    deal_courses,
    draw,
    month_of,
    planned_line,
    spread,
)

YEAR = 2024
STEPS = tuple((month_end(YEAR, month), 10.0 * (month - 1)) for month in range(3, 12))
PIPES = Aim(1, "供水管网", "公里", "quantity", 50.0, STEPS, 1)
PLAN = Node("1—2月份", "制定实施方案", date(YEAR, 2, 29), False)


def work(order=0, aim=PIPES, nodes=(PLAN,)):
    return Work(order, "新建供水管网", (aim,), nodes)


def year_of(course, seed=1, **more):
    made = work(**more)
    return [month_of(made, course, month_end(YEAR, m), seed) for m in range(1, 12)]


def figures(course, seed=1):
    return [month.values[PIPES.key] for month in year_of(course, seed)]


def test_the_same_seed_draws_the_same_and_another_seed_otherwise():
    assert draw(1, "a", 2) == draw(1, "a", 2)
    assert draw(1, "a", 2) != draw(2, "a", 2)
    assert 0 <= draw(1) < 1
    assert year_of(Course.STEADY) == year_of(Course.STEADY)
    assert year_of(Course.STEADY, seed=1) != year_of(Course.STEADY, seed=2)


def test_every_long_course_is_dealt_where_there_is_work_for_it():
    works = [work(order) for order in range(len(LONG_COURSES))]
    for seed in range(5):
        assert sorted(deal_courses(works, seed).values()) == sorted(LONG_COURSES)


def test_work_with_a_short_schedule_gets_no_course_that_needs_a_long_one():
    short = [work(order, PIPES._replace(steps=STEPS[:2])) for order in range(40)]
    assert set(deal_courses(short, 1).values()) <= {Course.STEADY, Course.EARLY, Course.DELAYED}


@pytest.mark.parametrize("course", list(Course))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cumulative_figures_never_fall_but_where_the_course_says_so(course, seed):
    told = figures(course, seed)
    falls = [month for month in range(2, 12) if told[month - 1] < told[month - 2]]
    assert falls == ([FALL_MONTH] if course is Course.FALLING else [])


def test_courses_stand_where_they_should_against_the_plan():
    planned = [50.0 * planned_line(PIPES, PLAN.due, month_end(YEAR, m)) / 100 for m in range(1, 12)]
    told = {course: figures(course) for course in Course}
    assert all(a >= p for a, p in zip(told[Course.STEADY], planned, strict=True))
    assert told[Course.EARLY][8] > told[Course.STEADY][8] > told[Course.DELAYED][8]
    assert told[Course.RECOVERING][5] < planned[5]
    assert told[Course.RECOVERING][9] == planned[9]
    assert told[Course.TRAILING][10] < planned[10] - 5
    assert len(set(told[Course.STALLED][4:8])) == 1
    assert told[Course.JUMPING][8] < planned[8] / 2
    assert told[Course.JUMPING][9] == planned[9]
    assert told[Course.BEYOND][10] > 50 * 1.2


def test_milestones_are_told_as_met_unmet_or_not_at_all():
    early, delayed = year_of(Course.EARLY), year_of(Course.DELAYED)
    assert early[1].met[0] < PLAN.due
    assert early[0].met == {} or early[0].met[0] <= date(YEAR, 1, 31)
    assert delayed[0].met == {}
    assert delayed[1].met == {0: None}
    assert delayed[3].met[0] > PLAN.due


def test_the_words_are_those_of_the_schedule_with_the_figures():
    month = year_of(Course.STEADY)[2]
    assert month.narrative.startswith("截至3月底，供水管网累计完成1")
    assert "占年度目标的2" in month.narrative
    assert "已完成：制定实施方案" in year_of(Course.EARLY)[1].narrative + (
        year_of(Course.EARLY)[0].narrative
    )
    assert "“制定实施方案”尚未完成" in year_of(Course.DELAYED)[1].narrative


def test_completion_is_declared_when_all_is_done_and_stays_declared():
    done = [month.declares for month in year_of(Course.EARLY, nodes=(PLAN,))]
    assert done[-1]
    assert done == sorted(done)
    assert not any(month.declares for month in year_of(Course.TRAILING))


def test_a_promise_lies_after_the_date_on_which_it_is_made():
    for course in Course:
        for number, month in enumerate(year_of(course), 1):
            assert month.catch_up_on > month_end(YEAR, number)


@given(
    value=st.integers(0, 100_000),
    tasks=st.lists(st.none() | st.integers(1, 5000), min_size=1, max_size=20),
    decimals=st.sampled_from([0, 1]),
)
def test_the_places_add_up_to_the_figure(value, tasks, decimals):
    figure = value / 10**decimals
    parts = spread(figure, tasks, decimals)
    assert len(parts) == len(tasks)
    assert min(parts) >= 0
    assert sum(round(part * 10**decimals) for part in parts) == value


def test_the_parts_of_the_units_are_different_small_units():
    conduct = conduct_of({1: 7, 2: 1, 3: 2, 4: 1, 5: 5}, 1)
    assert {conduct.missing, conduct.extended, conduct.withdrawing} == {2, 3, 4}
    assert conduct_of({1: 7}, 1).missing == 1
    assert conduct_of({1: 7}, 1).extended is None
