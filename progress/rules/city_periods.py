"""Which day, month or stretch of time the words of a city's table speak of."""

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

MONTH = re.compile(
    r"(?:(20\d\d)\s*年\s*)?(1[0-2]|0?[1-9])\s*月(?:\s*(3[01]|[12]\d|0?[1-9])\s*日|\s*(?:份|底|末))?"
)
DAY = re.compile(
    r"(20\d\d)\s*[.\-/]\s*(1[0-2]|0?[1-9])(?:\s*[.\-/]\s*(3[01]|[12]\d|0?[1-9]))?(?![\d.%])"
)
QUARTER = re.compile(r"(?:(20\d\d)\s*年?\s*)?(?:第?([一二三四1-4])季度|([上下])半年)")
LAST_MONTHS = {"一": 3, "二": 6, "三": 9, "四": 12, "上": 6, "下": 12}
LAST_MONTHS |= {"1": 3, "2": 6, "3": 9, "4": 12}
YEAR = re.compile(r"(20\d\d)\s*年(?!\s*\d{1,2}\s*月)")
# 1—4月 speaks of April, 2023—2025年 of a plan.
FROM_MONTH = re.compile(r"\d{1,2}\s*月?(?:份)?\s*[-—–~～至]+\s*(?=\d{1,2}\s*月)")
YEARS = re.compile(r"20\d\d\s*年?\s*[-—–~～至]+\s*20\d\d\s*年")
AS_OF = re.compile(r"(?:截至|截止)到?(?:时间|日期|日)?[:：]?\s*$")
# A text that says when it was drawn up, not when its figures were.
DRAWN_UP = re.compile(r"制表|填表|填报|印发|打印|报送|发布|编制|落款")

# What may stand before 完成率 in a head, and alone in a line of its own.
TIME = (
    r"(?:截至|截止)?(?:20\d\d年)?(?:\d{1,2}月)?(?:\d{1,2}日|份|底|末)?"
    r"(?:目前|当前|本期|当期|本月|当月|上月|上期|上年|去年|同期|第?[一二三四1-4]季度|[上下]半年"
    r"|年度|全年|当年|本年|累计)*"
)
TIME_ALONE = re.compile(TIME)
FORMER = re.compile(r"上月|上期|上年|去年|同期|上季")
SINGLE = re.compile(r"本月|当月")
WHOLE_YEAR = re.compile(r"全年|年度|当年|本年")


class SaidOn(NamedTuple):
    """The day, the month or only the year that words name."""

    year: int | None
    month: int | None
    day: int | None


class Period(NamedTuple):
    """Of what time a head says its column is."""

    year: int | None = None
    month: int | None = None
    former: bool = False  # 上月、去年
    single: bool = False  # 本月 alone, which may be what one month brought
    total: bool = False  # 累计
    whole_year: bool = False  # 全年、年度


def without_start(text: str) -> str:
    """A text with 1—4月 shortened to 4月."""
    return FROM_MONTH.sub("", text)


def is_time(words: str) -> bool:
    """Whether bare words name a time and nothing else: 4月, 上月, 累计."""
    return bool(words) and TIME_ALONE.fullmatch(words) is not None


def without_time(words: str) -> str:
    """Bare words without the time before them: 4月苍南县 is 苍南县."""
    return words[TIME_ALONE.match(words).end() :]


def period_of(texts: Iterable[str]) -> Period:
    """The time that the lines of a head name together."""
    whole = "".join("".join(text.split()) for text in texts)
    year = month = None
    for said in [*_quarters(whole), *_months(without_start(whole))]:
        year, month = said.year or year, said.month
    years = YEAR.findall(whole)
    return Period(
        year=year or (int(years[-1]) if years else None),
        month=month,
        former=bool(FORMER.search(whole)),
        single=bool(SINGLE.search(whole)),
        total="累计" in whole or without_start(whole) != whole,
        whole_year=bool(WHOLE_YEAR.search(whole)),
    )


def _months(text: str) -> list[SaidOn]:
    return [_said(match) for match in MONTH.finditer(text)]


def _said(match: re.Match) -> SaidOn:
    year, month, day = match.groups()
    return SaidOn(year and int(year), int(month), day and int(day))


def _quarters(text: str) -> list[SaidOn]:
    return [
        SaidOn(m[1] and int(m[1]), LAST_MONTHS[m[2] or m[3]], None) for m in QUARTER.finditer(text)
    ]


def month_in(text: str) -> SaidOn | None:
    """The first month that a remark names; None where it names none."""
    return next(iter(_months(text)), None)


def said_date(texts: Iterable[str]) -> SaidOn | None:
    """The date, month or year that titles name: 截至2023年4月10日, 4月份, 一季度, 2022年.

    What follows 截至 counts before all else; the day on which a table was drawn up does not.
    """
    found: list[tuple[bool, SaidOn]] = []
    years: set[int] = set()
    for text in texts:
        plain = YEARS.sub("", without_start(text))
        drawn_up = bool(DRAWN_UP.search(plain))
        matches = [*MONTH.finditer(plain), *DAY.finditer(plain)]
        told = [(bool(AS_OF.search(plain[: m.start()])), _said(m)) for m in matches]
        found += [(as_of, said) for as_of, said in told if as_of or not drawn_up]
        if not drawn_up:
            found += [(False, said) for said in _quarters(plain)]
            years |= {int(year) for year in YEAR.findall(plain)}
    if found:
        best = max(found, key=lambda f: (f[0], f[1].day is not None, f[1].year is not None))[1]
        if best.year is None and len(years) == 1:
            best = best._replace(year=next(iter(years)))
        return best
    return SaidOn(years.pop(), None, None) if len(years) == 1 else None


def other_date(said: SaidOn | tuple | None, as_of: date) -> bool:
    """Whether a table names another year, month or day than ``as_of``."""
    if said is None:
        return False
    return any(
        told is not None and told != meant
        for told, meant in zip(said, (as_of.year, as_of.month, as_of.day), strict=True)
    )


def other_month(said: SaidOn | tuple | None, as_of: date) -> bool:
    """Whether it names another year or month."""
    return said is not None and other_date((said[0], said[1], None), as_of)


def date_words(said: SaidOn | tuple) -> str:
    """Such a date in words."""
    return "".join(
        f"{told}{word}" for told, word in zip(said, "年月日", strict=True) if told is not None
    )
