"""The dates of a year's rounds: month ends and own days, weekends and holidays."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.operations.workdays import holidays_known, is_workday, weekday, why_free
from progress.rules.calendar import RoundDates, as_of_dates, next_workday, round_dates


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("year", "first", "last", "number", "expected"),
    [
        (2023, 1, 3, None, ["2023-01-31", "2023-02-28", "2023-03-31"]),
        (2024, 2, 2, None, ["2024-02-29"]),  # a leap year
        (2100, 2, 2, None, ["2100-02-28"]),  # none, by the rule of the centuries
        (2024, 11, 12, None, ["2024-11-30", "2024-12-31"]),
        (2023, 4, 6, 10, ["2023-04-10", "2023-05-10", "2023-06-10"]),
        (2023, 1, 3, 31, ["2023-01-31", "2023-02-28", "2023-03-31"]),
        (2024, 1, 2, 30, ["2024-01-30", "2024-02-29"]),
        (2024, 5, 4, None, []),
    ],
)
def test_as_of_dates_are_month_ends_or_one_day_of_every_month(year, first, last, number, expected):
    assert as_of_dates(year, first, last, number) == [day(text) for text in expected]


@pytest.mark.parametrize(
    ("asked", "deadline", "why"),
    [
        ("2023-04-10", "2023-04-10", ""),  # a Monday
        ("2023-04-08", "2023-04-10", "周六"),
        ("2023-04-09", "2023-04-10", "周日"),
        ("2023-04-05", "2023-04-06", "清明"),
        ("2023-05-01", "2023-05-04", "劳动节"),
        ("2023-05-06", "2023-05-06", ""),  # a Saturday on which people work
        ("2023-05-07", "2023-05-08", "周日"),
        ("2024-02-10", "2024-02-18", "春节"),  # to a Sunday on which people work
        ("2024-09-29", "2024-09-29", ""),  # a Sunday on which people work
        ("2024-09-30", "2024-09-30", ""),
        *((f"2024-10-0{number}", "2024-10-08", "国庆节") for number in range(1, 8)),
        ("2024-10-12", "2024-10-12", ""),  # a Saturday on which people work
        ("2024-10-13", "2024-10-14", "周日"),
        ("2023-12-30", "2024-01-02", "元旦"),  # across the end of the year
        ("2025-01-01", "2025-01-02", "元旦"),
    ],
)
def test_a_deadline_moves_to_the_next_working_day(asked, deadline, why):
    assert next_workday(day(asked), is_workday) == day(deadline)
    assert why_free(day(asked)) == why


def test_in_a_year_whose_holidays_are_not_known_only_weekends_are_free():
    new_year = date(2099, 1, 1)
    assert not holidays_known(new_year)
    assert (weekday(new_year), is_workday(new_year), why_free(new_year)) == ("周四", True, "")
    assert next_workday(date(2099, 1, 3), is_workday) == date(2099, 1, 5)
    assert why_free(date(2099, 1, 3)) == "周六"
    assert holidays_known(date(2024, 1, 1))


def test_a_year_is_set_up_with_opening_and_deadline_apart():
    dates = round_dates(
        as_of_dates(2024, 9, 12),
        days_until_opening=-3,
        days_until_deadline=5,
        is_workday=is_workday,
    )
    assert dates == [
        RoundDates(day("2024-09-30"), day("2024-09-27"), day("2024-10-08"), day("2024-10-05")),
        RoundDates(day("2024-10-31"), day("2024-10-28"), day("2024-11-05"), None),
        RoundDates(day("2024-11-30"), day("2024-11-27"), day("2024-12-05"), None),
        RoundDates(day("2024-12-31"), day("2024-12-28"), day("2025-01-06"), day("2025-01-05")),
    ]


def test_the_as_of_date_itself_may_be_opening_and_deadline():
    [only] = round_dates(
        [day("2023-04-10")], days_until_opening=0, days_until_deadline=0, is_workday=is_workday
    )
    assert only == RoundDates(day("2023-04-10"), day("2023-04-10"), day("2023-04-10"), None)


def test_a_deadline_before_the_opening_is_refused():
    with pytest.raises(ValueError, match="before the opening"):
        round_dates([], days_until_opening=6, days_until_deadline=5, is_workday=is_workday)


def test_a_calendar_without_any_working_day_is_not_searched_for_ever():
    with pytest.raises(ValueError, match="no working day"):
        next_workday(date(2024, 1, 1), lambda _day: False)


@given(
    as_of=st.dates(date(2004, 1, 1), date(2025, 12, 31)),
    opening=st.integers(-31, 31),
    later=st.integers(0, 31),
)
def test_a_deadline_is_a_working_day_and_no_earlier_than_asked(as_of, opening, later):
    [dates] = round_dates(
        [as_of],
        days_until_opening=opening,
        days_until_deadline=opening + later,
        is_workday=is_workday,
    )
    asked = as_of + timedelta(days=opening + later)
    assert is_workday(dates.deadline)
    assert dates.opens_on <= asked <= dates.deadline
    assert dates.moved_from == (None if dates.deadline == asked else asked)
    between = [asked + timedelta(days=n) for n in range((dates.deadline - asked).days)]
    assert not any(is_workday(free) for free in between)
