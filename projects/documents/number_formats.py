"""Numbers and dates of a workbook as a person sees them in the cell.

Excel keeps 0.2 and the format 0%; who reads the sheet sees 20%. Only what lists hold is
formatted: percents, decimals, thousands, dates, words around a number. The rest shows as is.
"""

import re
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

GENERAL = "General"
# Excel and WPS in Chinese use these without writing down what they mean.
CHINESE_FORMATS = {
    14: "yyyy/m/d",
    22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"',
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}
TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|\[[^\]]*\]|_.|\*.|(AM/PM|am/pm|上午/下午)|(y+|m+|d+|h+|s+|aaaa?)|(.)',
    re.IGNORECASE | re.DOTALL,
)
DIGITS = re.compile(r"[#0?][#0?,]*(?:\.([0#?]+))?|\.(0+)")
LITERAL = re.compile(r'"([^"]*)"|\\(.)|_(.)|\*(.)|\[[^\]]*\]')
UNUSUAL = re.compile(r"[/eE]")
SIGNIFICANT = 10  # as many digits as a cell of usual width shows
LONGEST_NUMBER, LONGEST_CODE, LARGEST_EXPONENT = 40, 255, 20


def builtin(number: int) -> str:
    """The format that has no code of its own in the file."""
    return CHINESE_FORMATS.get(number) or BUILTIN_FORMATS.get(number, GENERAL)


def shown(raw: str, code: str, is_1904: bool = False) -> str:
    """The number as its cell shows it.

    Args:
        raw: the number as the file holds it; anything else comes back as it is.
        code: the cell's number format.
        is_1904: whether days are counted from 1904.
    """
    if len(raw) > LONGEST_NUMBER or len(code) > LONGEST_CODE:
        return raw
    try:
        number = Decimal(raw)
        if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
            return raw
        if is_date(code):
            return _date(float(number), code, is_1904) or general(number)
        return _number(number, code)
    except InvalidOperation:
        return raw  # no number, or one with more digits than can be rounded


def general(number: Decimal) -> str:
    """A number without idle digits: 13, 29.3, and 0.3 for what a sum left as 0.30000000000004."""
    if number == number.to_integral_value():
        return f"{number.to_integral_value():f}" if number else "0"
    rounded = Decimal(f"{number:.{SIGNIFICANT}g}")
    return f"{rounded.normalize():f}"


@lru_cache(maxsize=512)
def is_date(code: str) -> bool:
    """Whether a format shows a day or a time."""
    bare = LITERAL.sub("", code.split(";")[0])
    return code != GENERAL and bool(re.search(r"[ymdhs]", bare, re.IGNORECASE)) and "0" not in bare


def iso_date(raw: str) -> str:
    """A date that the file holds in words of ISO 8601, as 2023年4月10日."""
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return raw
    return f"{moment.year}年{moment.month}月{moment.day}日"


def _number(number: Decimal, code: str) -> str:
    section, number = _section(code, number)
    literal = "".join(a or b for a, b, *_ in LITERAL.findall(section))
    bare = LITERAL.sub("", section)
    pattern = DIGITS.search(bare)
    if section in (GENERAL, "@", "") or UNUSUAL.search(bare) or (not pattern and not literal):
        return general(number)
    marked = LITERAL.sub(lambda m: "\0" * len(m[1] or m[2] or ""), section)
    pattern = DIGITS.search(marked)
    if pattern is None:
        return _plain(section)
    if "%" in bare:
        number *= 100
    words = _digits(number, pattern)
    # Literals may stand before, after or both: they keep their places around the digits.
    before, after = _split(section, pattern[0])
    return f"{'-' if number < 0 else ''}{before}{words}{after}"


def _section(code: str, number: Decimal) -> tuple[str, Decimal]:
    """The part of a format for numbers of this sign; negative ones lose it to their part."""
    sections = code.split(";")
    if number < 0 and len(sections) > 1:
        return sections[1], -number
    if not number and len(sections) > 2:
        return sections[2], number
    return sections[0], number


def _digits(number: Decimal, pattern: re.Match) -> str:
    decimals = pattern[1] or pattern[2] or ""
    number = abs(number).quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    words = f"{number:,f}" if "," in pattern[0].rstrip(",") else f"{number:f}"
    idle = len(decimals) - len(decimals.rstrip("#?"))
    while idle and words.endswith("0"):
        words, idle = words[:-1], idle - 1
    return words.rstrip(".") if decimals else words


def _split(section: str, pattern: str) -> tuple[str, str]:
    """What stands before and after the digits of a format."""
    position = 0
    for match in re.finditer(rf"{LITERAL.pattern}|{DIGITS.pattern}", section):
        if match[0] == pattern:
            position = match.start()
            break
    return _plain(section[:position]), _plain(section[position + len(pattern) :])


def _plain(part: str) -> str:
    return LITERAL.sub(lambda m: m[1] or m[2] or "", part).strip()


def _date(number: float, code: str, is_1904: bool) -> str:
    epoch = CALENDAR_MAC_1904 if is_1904 else CALENDAR_WINDOWS_1900
    try:
        moment = from_excel(number, epoch)
    except (ValueError, OverflowError, TypeError):
        return ""
    if isinstance(moment, time):
        moment = datetime.combine(date(1900, 1, 1), moment)
    if not isinstance(moment, datetime):
        return ""
    return _moment(moment, code.split(";")[0])


def _moment(moment: datetime, code: str) -> str:
    parts: list[str] = []
    after_hours = False
    for match in TOKEN.finditer(code):
        quoted, escaped, half, token, other = match.groups()
        if token:
            letter = token[0].lower()
            minutes = letter == "m" and (after_hours or _seconds_follow(code, match.end()))
            parts.append(_part(moment, token.lower(), minutes))
            after_hours = letter == "h"
        elif half:
            parts.append("上午" if moment.hour < 12 else "下午")
        else:
            parts.append(quoted or escaped or other or "")
    return "".join(parts).strip().rstrip("@; ")


def _seconds_follow(code: str, position: int) -> bool:
    return bool(re.match(r"[^ymdhs]*s", LITERAL.sub("", code[position:]), re.IGNORECASE))


def _part(moment: datetime, token: str, minutes: bool) -> str:
    letter, width = token[0], 2 if len(token) == 2 else 1
    if letter == "y":
        return f"{moment.year}" if len(token) > 2 else f"{moment.year % 100:02}"
    if letter == "a":
        day = "一二三四五六日"[moment.weekday()]
        return f"星期{day}" if len(token) == 4 else day
    value = {
        "m": moment.minute if minutes else moment.month,
        "d": moment.day,
        "h": moment.hour,
        "s": moment.second,
    }[letter]
    return f"{value:0{width}}"
