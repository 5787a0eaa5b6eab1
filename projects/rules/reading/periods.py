"""Words for a time of the year, and the last day that they name."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import cache

_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]|[一二三四五六七八九十])"
_ORDINAL = r"[一二三四1-4]"
_AND = r"(?:[、和及与-]|至|到)"
_END = r"(?:之?前(?![期往置后列述端沿])|以前|内(?!容)|止|为止|之内|以内)"
_YEAR = r"(?:20\d\d年度?|今年|本年|当年|[明次来]年)"
# A period begins with one of these; looking for that first makes the search fast.
_BEGINS = (
    r"(?=[\d第一二三四五六七八九十两今本当明次来前后首上下每全年半国中元暑春秋新Q]|“[五七八十]一”)"
)
_FIND = re.compile(
    _BEGINS + r"(?:"
    # a full date, or a month and a day with points
    r"(?<![\d.-])(?P<iso>(?P<y>20\d\d)[-./](?P<m>1[0-2]|0?[1-9])(?:[-./](?P<d>[0-3]?\d))?(?![\d.-])"
    rf"(?:日)?(?P<isoend>{_END})?)"
    r"|(?<![\d.第])(?P<dotted>(?P<dm>1[0-2]|0?[1-9])\.(?P<dd>[0-3]?\d)日?(?:之?前|以前))"
    # from day to day with points: 4.1-6.30
    r"|(?:(?<![^。；，、：（])(?P<span>(?:1[0-2]|0?[1-9])\.(?:3[01]|[12]\d|0?[1-9])-(?P<sm>1[0-2]|0?[1-9])\."
    r"(?P<sd>3[01]|[12]\d|0?[1-9])日?(?![\d.%万亿千百米公亩吨人个户家座]|平方)))"
    # quarters
    rf"|(?P<quarter>(?:{_YEAR}(?:的)?)?(?:(?P<first>前|首)(?=[一二三四两个]?[一二三四两]?个?季)|(?<![\d.])第?)"
    rf"(?P<qlist>(?:(?:{_ORDINAL}|两)(?:{_AND}第?{_ORDINAL}){{0,3}})?)期?(?:个?季度|(?<=第[一二三四1-4])季(?![节鲜]))(?P<qend>末|底)?(?:{_END})?)"
    # months, with ranges and lists, and what part of the month
    rf"|(?P<months>(?:(?P<year>{_YEAR})(?:的)?)?(?<![\d第每近十一二三四五六七八九])"
    rf"(?P<mlist>(?:(?P<from>{_MONTH})月?份?(?:{_AND})(?:20\d\d年|[当本次明]年)?){{0,11}})"
    rf"(?P<last>{_MONTH})月(?!嫂|子|饼|均|度)(?:份)?(?:的)?"
    r"(?:(?P<ten>[上中下]旬)|(?P<day>[0-3]?\d)[日号]|(?P<part>初|中(?![心标期小央学医型国间的考])|底|末))?"
    rf"(?P<mend>{_END})?)"
    rf"|(?P<upto>前(?P<upmonth>{_MONTH})个月)"
    r"|(?P<english>Q(?P<q>[1-4])(?!\d))"
    # parts of the year
    r"|(?P<half>(?:20\d\d年)?(?:[上下前后]半年度?|(?<=[，。；：])半年(?=\d|完|达|累|建|新)|(?<![\d全])年中(?=前|完|达|实|建|：|，))(?:末|底|之?前|以前|内)?)"
    rf"|(?P<whole>(?<![\d一二两三四五几近])(?:全年|年底|年末|年终|年内|本年度内|年度内)(?:{_END})?)"
    r"|(?P<every>每个?(?:月|季度)(?![一二三四末底初]|\d{1,2}[日号]))"
    r"|(?P<feast>国庆节?|五一|中秋节?|元旦|春节|暑假|暑期|秋季开学|新学期开学|“[五七八十]一”)(?:前|之前|以前|结束前|期间)"
    r"|(?P<term>[春秋]季学期(?:末|结束前|期间)?(?![\d一二三四五六七八九十（末期结]))"
    r")"
)
# The eve of the lunar new year, up to which 春节前 reaches.
_NEW_YEAR_EVES = {
    2019: (2, 4), 2020: (1, 24), 2021: (2, 11), 2022: (1, 31), 2023: (1, 21), 2024: (2, 9),
    2025: (1, 28), 2026: (2, 16), 2027: (2, 5), 2028: (1, 25), 2029: (2, 12), 2030: (2, 2),
    2031: (1, 22), 2032: (2, 10), 2033: (1, 30), 2034: (2, 18), 2035: (2, 7),
}  # fmt: skip
_DIGIT = {c: i for i, c in enumerate("一二三四五六七八九", 1)} | {"十": 10, "十一": 11, "十二": 12}
_FEASTS = {
    "国": (9, 30), "五": (4, 30), "七": (6, 30), "八": (7, 31), "十": (9, 30), "暑": (8, 31),
    "秋": (8, 31), "新": (8, 31),
}  # fmt: skip
_TO = ("-", "--", "至", "到")
_ORDINALS = re.compile(_ORDINAL)
_BEFORE = re.compile(r"(?:之?前|以前)$")
_NAMED_YEAR = re.compile(r"20\d\d年")
_OTHER_YEAR = re.compile(r"20\d\d|[次明]年")
_MONTHS = re.compile(_MONTH)


@dataclass(slots=True)
class Period:
    """A time named in a text; ``start`` and ``end`` are places in the clean text."""

    start: int
    end: int
    due: date
    kind: str  # "day", "month", "months", "quarter", "half", "year", "every"
    before: bool = False  # 前, 之前, 以前: read as "by the end of"
    month: int = 0  # first month that is named
    doubt: str = ""


@cache
def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def _numeral(text: str) -> int:
    return int(text) if text.isdigit() else _DIGIT[text]


def _year_of(word: str | None, year: int) -> int:
    if not word:
        return year
    if word[0] in "明次来":
        return year + 1
    return int(word[:4]) if word[0] == "2" else year


def find_periods(clean: str, year: int) -> list[Period]:
    """All times that a text names, in order; ``year`` is the document's."""
    found = []
    for match in _FIND.finditer(clean):
        kind = match.lastgroup if match.lastgroup in _READ else _kind(match)
        period = _READ[kind](match, year)
        if period is None:
            continue
        last = found[-1] if found else None
        if last is not None and match["feast"] == "春节" and last.due > period.due:
            period = _feast(match, last.due.year + 1) or period
        joined = last is not None and clean[last.end : period.start] in _TO
        if joined and last.kind != "year" and last.due < period.due:
            # 5月1日至9月30日: one period, from the first to the last day.
            month, start = last.month, last.start
            found[-1] = Period(start, period.end, period.due, "months", False, month, period.doubt)
        else:
            found.append(period)
    return found


def _kind(match: re.Match) -> str:
    return next(name for name in _READ if match[name] is not None)


def _iso(match: re.Match, year: int) -> Period | None:
    named, month = int(match["y"]), int(match["m"])
    if match["d"] is None:
        return Period(*match.span(), month_end(named, month), "month", month=month)
    return _day(match, named, month, int(match["d"]))


def _dotted(match: re.Match, year: int) -> Period | None:
    return _day(match, year, int(match["dm"]), int(match["dd"]))


def _span(match: re.Match, year: int) -> Period | None:
    period = _day(match, year, int(match["sm"]), int(match["sd"]))
    first = int(match["span"].partition(".")[0])
    if period is None or first > period.month:
        return None
    return Period(*match.span(), period.due, "months", False, first, period.doubt)


def _day(match: re.Match, year: int, month: int, day: int) -> Period | None:
    if not 1 <= day <= 31:
        return None
    last = monthrange(year, month)[1]
    doubt = "" if day <= last else f"{month}月没有{day}日，按月底读取"
    return Period(*match.span(), date(year, month, min(day, last)), "day", False, month, doubt)


def _quarter(match: re.Match, year: int) -> Period | None:
    numbers = _ORDINALS.findall(match["qlist"])
    if not numbers:
        if match["first"] != "首":
            return None
        numbers = ["一"]
    if match["first"] == "首" or match["qlist"] == "两":
        numbers = numbers[-1:]
    quarter = _numeral(numbers[-1])
    text = match.group()
    named = int(text[:4]) if text[:2] == "20" else year
    first = 1 if match["first"] else _numeral(numbers[0]) * 3 - 2
    wide = "quarter" if match["qend"] is None else "month"
    return Period(
        *match.span(), month_end(named, quarter * 3), wide, bool(_BEFORE.search(text)), first
    )


def _english(match: re.Match, year: int) -> Period:
    month = int(match["q"]) * 3
    return Period(*match.span(), month_end(year, month), "quarter", False, month - 2)


def _months(match: re.Match, year: int) -> Period | None:
    named, last = _year_of(match["year"], year), _numeral(match["last"])
    numbers = _MONTHS.findall(_NAMED_YEAR.sub("", match["mlist"] or ""))
    first = _numeral(numbers[0]) if numbers else last
    if numbers:
        other = _OTHER_YEAR.search(match["mlist"])
        if other:
            named = int(other.group()) if other.group()[0] == "2" else named + 1
    before = bool(match["mend"] and _BEFORE.search(match["mend"]))
    if match["day"]:
        period = _day(match, named, last, int(match["day"]))
        if period:
            period.before = before
        return period
    due = month_end(named, last)
    part = match["ten"] or match["part"] or ""
    if part[:1] in ("上", "初"):
        due = due.replace(day=10)
    elif part[:1] == "中":
        due = due.replace(day=20)
    kind = "months" if numbers else "day" if part in ("上旬", "中旬", "初", "中") else "month"
    # 4月份之前 may mean before it begins; 4月底前 cannot.
    return Period(*match.span(), due, kind, before and not part, first)


def _upto(match: re.Match, year: int) -> Period:
    return Period(*match.span(), month_end(year, _numeral(match["upmonth"])), "months", month=1)


def _half(match: re.Match, year: int) -> Period:
    text = match.group()
    named = int(text[:4]) if text[0] == "2" else year
    early = "上半" in text or text == "半年" or "前半" in text or "年中" in text
    return Period(
        *match.span(), month_end(named, 6 if early else 12), "half", month=1 if early else 7
    )


def _whole(match: re.Match, year: int) -> Period:
    kind = "year" if match.group()[0] == "全" or "内" in match.group() else "month"
    return Period(*match.span(), date(year, 12, 31), kind, month=1 if kind == "year" else 12)


def _every(match: re.Match, year: int) -> Period:
    return Period(*match.span(), date(year, 12, 31), "every", month=1)


def _feast(match: re.Match, year: int) -> Period | None:
    words = match.group().replace("“", "").replace("”", "")
    days = _FEASTS.get(words[0])
    if match["feast"] == "春节" and match.group().endswith(("前", "以前", "之前")):
        days = _NEW_YEAR_EVES.get(year)
    if days is None:
        return None
    doubt = f"“{words}”按{days[0]}月{days[1]}日读取"
    return Period(*match.span(), date(year, *days), "day", False, days[0], doubt)


def _term(match: re.Match, year: int) -> Period:
    month = 6 if match.group()[0] == "春" else 12
    doubt = f"“{match.group()}”按{month}月底读取"
    return Period(*match.span(), month_end(year, month), "half", False, month - 5, doubt)


_READ = {
    "iso": _iso, "dotted": _dotted, "span": _span, "quarter": _quarter, "english": _english,
    "months": _months, "upto": _upto, "half": _half, "whole": _whole, "every": _every,
    "feast": _feast, "term": _term,
}  # fmt: skip
