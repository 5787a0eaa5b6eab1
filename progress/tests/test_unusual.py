"""What a reviewer looks at first, case by case."""

from datetime import date

import pytest

from progress.rules.unusual import FigureChange, Mark, Unusual, rank, unusual


def schools(old, new, old_percent=None, new_percent=None, name="新建"):
    return FigureChange(name, "所", old, new, old_percent, new_percent)


def whole(old, new):
    return FigureChange("", "", None, None, old, new)


CASES = {
    "the same as last round": ([schools(3, 3, 30, 30)], []),
    "a usual rise": ([schools(3, 5, 30, 50)], []),
    "exactly 30 points are usual": ([schools(3, 6, 30, 60)], []),
    "more than 30 points": (
        [schools(3, 7, 30, 70)],
        [(Unusual.JUMP, "新建一期增加40.0个百分点")],
    ),
    "a percent of the whole work jumps": (
        [whole(20, 51)],
        [(Unusual.JUMP, "一期增加31.0个百分点")],
    ),
    "a fall by one": (
        [schools(5, 4, 50, 40)],
        [(Unusual.FALL, "新建由5所（50.0%）降为4所（40.0%）")],
    ),
    "the percent falls while the count stays": (
        [schools(5, 5, 50, 45)],
        [(Unusual.FALL, "新建由5所（50.0%）降为5所（45.0%）")],
    ),
    "a count without a target falls": (
        [schools(5, 4)],
        [(Unusual.FALL, "新建由5所降为4所")],
    ),
    "a percent falls": ([whole(50, 49)], [(Unusual.FALL, "由50.0%降为49.0%")]),
    "told last round, and now no more": (
        [schools(5, None, 50, None)],
        [(Unusual.FALL, "新建上期5所（50.0%），本期没有填")],
    ),
    "a rate may fall": ([schools(98, 96, 98, 96)._replace(may_fall=True)], []),
    "a rate that is told no more": (
        [schools(98, None, 98, None)._replace(may_fall=True)],
        [(Unusual.FALL, "新建上期98所（98.0%），本期没有填")],
    ),
    "a first figure is neither": ([schools(None, 9, None, 90)], []),
    "nothing then and nothing now": ([schools(None, None)], []),
    "one of two falls while the other rises": (
        [schools(5, 6, 50, 60), schools(5, 4, 50, 40, name="改建")],
        [(Unusual.FALL, "改建由5所（50.0%）降为4所（40.0%）")],
    ),
}


@pytest.mark.parametrize(("figures", "marks"), CASES.values(), ids=CASES)
def test_figures_are_compared_with_the_last_round(figures, marks):
    assert unusual(figures=figures) == [Mark(*mark) for mark in marks]


@pytest.mark.parametrize(
    ("facts", "marks"),
    [
        ({}, []),
        ({"behind": ["省级第3项滞后：落后计划12.0个百分点"]}, [Unusual.BEHIND]),
        ({"behind": ["省级第3项滞后", "县级第8项滞后"]}, [Unusual.BEHIND, Unusual.BEHIND]),
        (
            {"behind": ["省级第3项滞后"], "broken_promise": date(2023, 4, 30)},
            [Unusual.BEHIND, Unusual.PROMISE],
        ),
        ({"completed": True}, [Unusual.COMPLETED]),
        ({"problems": "土地未批"}, [Unusual.PROBLEM]),
        ({"problems": "  \n"}, []),
        ({"late_days": 3}, [Unusual.LATE]),
        ({"late_days": 0}, []),
        (
            {"late_days": 1, "problems": "缺钱", "completed": True, "figures": [whole(0, 90)]},
            [Unusual.JUMP, Unusual.COMPLETED, Unusual.PROBLEM, Unusual.LATE],
        ),
    ],
)
def test_marks_come_the_weightiest_first(facts, marks):
    assert [mark.kind for mark in unusual(**facts)] == marks


def test_late_is_said_in_days_and_a_long_problem_is_cut():
    late, problem = unusual(late_days=3)[0], unusual(problems="难" * 50)[0]
    assert late.words == "迟报3天"
    assert problem.words == "难" * 39 + "…"


def test_the_queue_has_the_weightiest_first_and_the_clean_last():
    jump, late = unusual(figures=[whole(0, 90)]), unusual(late_days=2)
    both = unusual(figures=[whole(0, 90)], late_days=2)
    ordered = sorted([[], late, jump, both], key=rank)
    assert ordered == [both, jump, late, []]
