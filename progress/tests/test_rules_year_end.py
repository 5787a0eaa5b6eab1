"""完成 or 超额完成, shares, the satisfaction vote: the rules as tables of cases."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.rules.year_end import (
    Grade,
    Outcome,
    Reached,
    Votes,
    falls_short,
    faults,
    outcome,
    outcome_sentence,
    share,
)

EXCEEDED, COMPLETED = Outcome.EXCEEDED, Outcome.COMPLETED
UNFINISHED, NOT_REPORTED = Outcome.UNFINISHED, Outcome.NOT_REPORTED


@pytest.mark.parametrize(
    ("completed", "reported", "quantities", "expected"),
    [
        # One target.
        (True, True, [(100, 101)], EXCEEDED),
        (True, True, [(100, 100.0001)], EXCEEDED),
        (True, True, [(100, 100)], COMPLETED),
        (True, True, [(100, 99)], COMPLETED),
        (True, True, [(100, None)], COMPLETED),
        # Above in one does not hide what is below or unknown in another.
        (True, True, [(100, 120), (50, 50)], EXCEEDED),
        (True, True, [(100, 120), (50, 49)], COMPLETED),
        (True, True, [(100, 120), (50, None)], COMPLETED),
        (True, True, [(100, 100), (50, 50)], COMPLETED),
        # Deliverables without a number cannot be exceeded, and hinder nothing.
        (True, True, [], COMPLETED),
        (True, True, [(None, None)], COMPLETED),
        (True, True, [(None, 3), (100, 120)], EXCEEDED),
        # A figure is no declaration.
        (False, True, [(100, 150)], UNFINISHED),
        (False, True, [], UNFINISHED),
        (False, False, [], NOT_REPORTED),
        (False, False, [(100, 150)], NOT_REPORTED),
        # Completed in an earlier round, and not reported on since.
        (True, False, [(100, 100)], COMPLETED),
    ],
)
def test_how_an_item_ended(completed, reported, quantities, expected):
    reached = [Reached(*pair) for pair in quantities]
    assert outcome(completed=completed, reported=reported, quantities=reached) is expected


@pytest.mark.parametrize(
    ("quantities", "short"),
    [([(100, 99)], True), ([(100, 100)], False), ([(100, None)], False), ([(None, 1)], False)],
)
def test_a_reading_below_its_target_is_noticed(quantities, short):
    assert falls_short(Reached(*pair) for pair in quantities) is short


@pytest.mark.parametrize(
    ("part", "whole", "decimals", "expected"),
    [
        (17, 30, 2, "56.67"),
        (23, 49, 2, "46.94"),
        (17, 47, 2, "36.17"),
        (17, 30, 1, "56.7"),
        (17, 30, 0, "57"),
        (1, 8, 2, "12.50"),
        (1, 200, 0, "1"),  # half is rounded up, as people do
        (0, 30, 2, "0.00"),
        (30, 30, 0, "100"),
    ],
)
def test_shares_are_rounded_as_people_round(part, whole, decimals, expected):
    assert share(part, whole, decimals) == Decimal(expected)
    assert str(share(part, whole, decimals)) == expected


def test_a_share_of_nothing_is_unknown():
    assert share(0, 0, 2) is None


def test_the_sentence_is_that_of_the_bulletins():
    counts = {EXCEEDED: 17, COMPLETED: 13}
    assert outcome_sentence(counts, 2) == "17项超额完成，占比56.67%；13项完成，占比43.33%。"
    assert outcome_sentence(counts, 0) == "17项超额完成，占比57%；13项完成，占比43%。"


def test_what_no_item_is_stays_unsaid_but_not_completion():
    said = outcome_sentence({UNFINISHED: 3}, 0)
    assert said == "0项超额完成，占比0%；0项完成，占比0%；3项未完成，占比100%。"
    assert outcome_sentence({}, 2) == "没有项目。"


@pytest.mark.parametrize(
    ("members", "satisfied", "fairly", "expected"),
    [
        (40, 21, 0, Grade.SATISFIED),
        (41, 21, 0, Grade.SATISFIED),
        (40, 20, 0, Grade.DISSATISFIED),  # just half
        (40, 20, 1, Grade.FAIRLY),
        (40, 0, 21, Grade.FAIRLY),
        (40, 10, 10, Grade.DISSATISFIED),  # just half together
        (40, 0, 0, Grade.DISSATISFIED),
        (1, 1, 0, Grade.SATISFIED),
        (3, 1, 1, Grade.FAIRLY),
    ],
)
def test_the_vote_is_counted_against_all_members(members, satisfied, fairly, expected):
    rest = members - satisfied - fairly
    assert Votes(members, satisfied, fairly, rest, 0).grade is expected
    # Whether the others voted against, abstained or stayed away makes no difference.
    assert Votes(members, satisfied, fairly, 0, rest).grade is expected
    assert Votes(members, satisfied, fairly, 0, 0).grade is expected


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 500))
def test_another_vote_for_never_makes_it_worse(members, satisfied, fairly):
    order = [Grade.DISSATISFIED, Grade.FAIRLY, Grade.SATISFIED]
    now = Votes(members, satisfied, fairly, 0, 0).grade
    better = Votes(members, satisfied + 1, fairly, 0, 0).grade
    assert order.index(better) >= order.index(now)


@pytest.mark.parametrize(
    ("votes", "wrong"),
    [
        (Votes(10, 6, 2, 1, 1), ""),
        (Votes(10, 6, 2, 1, 2), "合计11，超过组成人员总数10"),
        (Votes(0, 0, 0, 0, 0), "大于0"),
    ],
)
def test_votes_that_cannot_be_are_told(votes, wrong):
    assert (wrong in "".join(faults(votes))) if wrong else not faults(votes)
