"""How dates and numbers are written for officials. Plain Python, no Django."""

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

# What stands where nothing is known: never a zero.
UNKNOWN = "—"
FOUR_DECIMALS = Decimal("0.0001")  # as exactly as values are stored
WAN = Decimal(10_000)
# Characters that XML, and so Excel and Word, cannot hold.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text without characters that XML cannot hold, with one end of a line for all."""
    return UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def cn_date(day: date | None) -> str:
    """A date as 2023年4月10日."""
    return UNKNOWN if day is None else f"{day.year}年{day.month}月{day.day}日"


def cn_month_day(day: date) -> str:
    """A date of the year in question as 4月10日."""
    return f"{day.month}月{day.day}日"


def cn_datetime(moment: datetime | None) -> str:
    """A moment, already in local time, as 2023年4月10日 09:30."""
    return UNKNOWN if moment is None else f"{cn_date(moment)} {moment:%H:%M}"


def percent1(value: float | Decimal | None) -> str:
    """Percent (0–100, or more) with one decimal: 30.0%."""
    return UNKNOWN if value is None else f"{rounded(value)}%"


def decimal1(value: float | Decimal | None) -> str:
    """A number with one decimal, for columns whose head has the unit: 30.0."""
    return UNKNOWN if value is None else f"{rounded(value)}"


def rounded1(value: float | Decimal | None) -> float | None:
    """A number with one decimal, to be counted with; None stays unknown."""
    return to_decimals(value, 1)


def to_decimals(value: float | Decimal | None, decimals: int) -> float | None:
    """A number with so many decimals, to be counted with; None stays unknown."""
    return None if value is None else float(rounded(value, decimals))


def points1(value: float | Decimal | None) -> str:
    """Percentage points with their sign and one decimal: +5.0, −10.0."""
    if value is None:
        return UNKNOWN
    return signed(rounded(value))


def signed(number: Decimal) -> str:
    """A rounded number with its sign: +5.0, −10.0, 0.0."""
    return f"{'−' if number < 0 else '+' if number > 0 else ''}{abs(number)}"


def points_cn(value: float | Decimal) -> str:
    """How far apart two percents are, whichever is more: 12.3个百分点."""
    return f"{rounded(abs(value))}个百分点"


def number_cn(value: float | Decimal | None, in_wan: bool = False) -> str:
    """A number without idle zeros: 13, 29.3, 61600; ``in_wan`` writes 61600 as 6.16万.

    At most four decimals are kept, as many as are stored.
    """
    if value is None:
        return UNKNOWN
    number = _exact(value)
    if in_wan and abs(number) >= WAN:
        return f"{_without_idle_zeros(number / WAN)}万"
    return _without_idle_zeros(number)


def minutes_cn(span: timedelta) -> str:
    """A span of time in whole minutes, begun minutes counted: 5分钟."""
    return f"{-(-round(span.total_seconds()) // 60)}分钟"


def rounded(value: float | Decimal, decimals: int = 1) -> Decimal:
    """Rounded as people round (四舍五入); a negative nothing is nothing.

    The one place where figures are rounded: a text and its table must not differ.
    """
    number = _exact(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return abs(number) if number == 0 else number


def _exact(value: float | int | Decimal) -> Decimal:
    """The number as it is written down: 0.1 is one tenth, not its binary neighbour.

    Of a binary fraction 15 digits count, as in Excel: 99.95 − 87.7 is 12.25.
    """
    return Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)


def _without_idle_zeros(number: Decimal) -> str:
    text = f"{number.quantize(FOUR_DECIMALS, ROUND_HALF_UP):f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
