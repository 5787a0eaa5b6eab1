"""On which days officials work: weekends, the State Council's holidays and make-up days.

The library knows the holidays of a year once they have been announced (in the autumn
before). In a later year only weekends are known to be free; pages say so.
"""

from datetime import date

import chinese_calendar

HOLIDAYS = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}
WEEKDAYS = "周一", "周二", "周三", "周四", "周五", "周六", "周日"
SATURDAY = 5


def holidays_known(day: date) -> bool:
    """Whether the holidays of the day's year are known."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def is_workday(day: date) -> bool:
    """Whether people work on a day; where its year's holidays are not known, no weekend."""
    if not holidays_known(day):
        return day.weekday() < SATURDAY
    return chinese_calendar.is_workday(day)


def weekday(day: date) -> str:
    """周一 to 周日."""
    return WEEKDAYS[day.weekday()]


def why_free(day: date) -> str:
    """Why nobody works on a day: 国庆节, 周六; "" for a working day."""
    if is_workday(day):
        return ""
    holiday = chinese_calendar.get_holiday_detail(day)[1] if holidays_known(day) else None
    return HOLIDAYS.get(holiday, weekday(day))
