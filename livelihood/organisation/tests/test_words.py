"""How dates and numbers are written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template

from livelihood.organisation import words


def test_dates_are_written_as_officials_write_them():
    assert words.cn_date(date(2023, 4, 10)) == "2023年4月10日"
    assert words.cn_month_day(date(2023, 4, 10)) == "4月10日"
    assert words.cn_datetime(datetime(2023, 4, 10, 9, 5)) == "2023年4月10日 09:05"  # noqa: DTZ001


@pytest.mark.parametrize(
    "write",
    [words.cn_date, words.cn_datetime, words.percent1, words.points1, words.number_cn],
)
def test_nothing_known_is_a_dash_and_never_a_zero(write):
    assert write(None) == "—"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (30, "30.0%"),
        (Decimal("33.3333"), "33.3%"),
        (0, "0.0%"),
        (Decimal("-0.04"), "0.0%"),
        (30.25, "30.3%"),
        (Decimal("112.5"), "112.5%"),
        (2.675, "2.7%"),
        (99.95 - 87.7, "12.3%"),
    ],
)
def test_a_percent_has_one_decimal_rounded_as_people_round(value, written):
    assert words.percent1(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(5, "+5.0"), (-10, "−10.0"), (0, "0.0"), (Decimal("-0.04"), "0.0"), (6.65, "+6.7")],
)
def test_percentage_points_carry_their_sign(value, written):
    assert words.points1(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (13, "13"),
        (Decimal("29.3000"), "29.3"),
        (Decimal("61600.0000"), "61600"),
        (Decimal("0.0000"), "0"),
        (Decimal("-0.00001"), "0"),
        (100, "100"),
        (0.1, "0.1"),
        (Decimal(1) / 3, "0.3333"),
        (Decimal("1E+3"), "1000"),
    ],
)
def test_a_number_has_no_idle_zeros(value, written):
    assert words.number_cn(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(61600, "6.16万"), (9999, "9999"), (10000, "1万"), (-20000, "-2万"), (None, "—")],
)
def test_ten_thousands_are_counted_only_when_asked(value, written):
    assert words.number_cn(value, in_wan=True) == written


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (timedelta(minutes=5), "5分钟"),
        (timedelta(hours=5 / 60), "5分钟"),
        (timedelta(seconds=61), "2分钟"),
        (timedelta(hours=1), "60分钟"),
    ],
)
def test_a_begun_minute_counts(span, written):
    assert words.minutes_cn(span) == written


def test_templates_write_the_same_words():
    template = Template(
        "{% load chinese %}{{ day|cn_date }}|{{ moment|cn_datetime }}|{{ nothing|cn_datetime }}|"
        '{{ share|percent1 }}|{{ people|number_cn }}|{{ people|number_cn:"万" }}'
    )
    page = template.render(
        Context(
            {
                "day": date(2023, 4, 10),
                "moment": datetime(2023, 4, 10, 1, 30, tzinfo=UTC),
                "nothing": None,
                "share": Decimal("30"),
                "people": Decimal("61600.0000"),
            }
        )
    )
    # The moment is told in the time of the place, eight hours ahead of UTC.
    assert page == "2023年4月10日|2023年4月10日 09:30|—|30.0%|61600|6.16万"
