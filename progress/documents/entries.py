"""What somebody typed into a cell of a spreadsheet, as a plain value or as a fault.

Kind to what people and spreadsheet programs do: full-width digits, thousands separators,
dates written in five ways, a percent that Excel has turned into 0.8. Never a guess: what is
not clear is a fault that says what to type instead.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from openpyxl.cell.cell import TYPE_ERROR, TYPE_FORMULA

from livelihood.organisation.words import cn_date, number_cn
from progress.documents.report_workbook import NO, YES, Kind
from projects.rules.exchange import VALUE_LIMIT

LARGEST = Decimal(VALUE_LIMIT) - Decimal("0.0001")
LARGEST_PERCENT = Decimal("99999.99")
LONGEST_TEXT = 3000  # characters
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
EXCEL_EPOCH = date(1899, 12, 30)
DATE_PATTERNS = (
    re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
SEPARATED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
# How Excel writes characters that XML cannot hold.
ESCAPED_CONTROL = re.compile(r"_x00(?:0[0-8BCDEF]|1[0-9A-F])_", re.IGNORECASE)
DATE_REMEDY = "写作2023-4-30的样子"


class WrongEntryError(ValueError):
    """An entry that cannot be taken: what is wrong, and how to mend it, in Chinese."""

    def __init__(self, problem: str, remedy: str):
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def entry(cell, kind: Kind, stages: Mapping[str, str]) -> object:
    """The value of a cell: Decimal, date, str, bool or None; "" for an empty text.

    Args:
        cell: of openpyxl.
        kind: what may be entered.
        stages: the stored stage by its words.

    Raises:
        WrongEntryError: it cannot be taken.
    """
    value = cell.value
    if cell.data_type == TYPE_FORMULA and value is not None:
        wanted = {Kind.TEXT: "文字", Kind.DATE: "日期"}.get(kind, "数字")
        if kind in (Kind.YES, Kind.YES_NO, Kind.STAGE):
            wanted = "所选的内容"
        raise WrongEntryError(
            "这一格是公式", f"改成{wanted}本身；从别处复制的，用“选择性粘贴—数值”"
        )
    if cell.data_type == TYPE_ERROR and value is not None:
        if kind is Kind.DATE:
            # Also a number that is no day, such as 20230530 in a cell for dates.
            raise WrongEntryError("这一格不是日期", DATE_REMEDY)
        raise WrongEntryError(f"这一格是错误值{value}", "删去后重新填写")
    if isinstance(value, str):
        value = _clean(value)
    if value is None or value == "":
        return "" if kind is Kind.TEXT else None
    return READERS[kind](value, cell, stages)


def said(value: object) -> str:
    """What stands in a cell, in words and short, to be shown beside what is wrong with it."""
    if value is None:
        return ""
    words = cn_date(value) if isinstance(value, date) else str(value)
    return words if len(words) <= 40 else f"{words[:39]}…"


def _clean(text: str) -> str:
    text = ESCAPED_CONTROL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def _plain(text: str) -> str:
    """Half-width and without spaces: １２ ３ becomes 123."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _decimal(value: object, remedy: str) -> Decimal:
    if isinstance(value, (date, datetime, time, timedelta)):
        raise WrongEntryError("这一格被当成了日期或时间", "把单元格格式改为“常规”，重新填数字")
    if isinstance(value, bool):
        raise WrongEntryError(f"“{value!s}”不是数字".upper(), remedy)
    if isinstance(value, (int, float)):
        # The digits that Excel itself shows: 0.30000000000000004 was typed as 0.3.
        return Decimal(format(value, ".15g"))
    text = _plain(str(value))
    if SEPARATED.fullmatch(text):
        text = text.replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise WrongEntryError(f"“{said(value)}”不是数字", remedy) from None
    if not number.is_finite():
        raise WrongEntryError(f"“{said(value)}”不是数字", remedy)
    return number


def _in_bounds(number: Decimal, decimals: int, largest: Decimal) -> Decimal:
    if number < 0:
        raise WrongEntryError("不能是负数", "填0或大于0的数")
    if number > largest:
        raise WrongEntryError("数字太大", "请核对，注意计量单位")
    if number != round(number, decimals):
        raise WrongEntryError(f"小数超过{decimals}位", f"四舍五入到{decimals}位以内")
    return abs(round(number, decimals).normalize() + 0)


def _number(value, _cell, _stages) -> Decimal:
    number = _decimal(value, "只写数字，不写单位和文字；没有数据就留空")
    return _in_bounds(number, 4, LARGEST)


def _percent(value, cell, _stages) -> Decimal:
    remedy = "只写数字，如35；没有数据就留空"
    if isinstance(value, str) and _plain(value).endswith("%"):
        number = _decimal(_plain(value)[:-1], remedy)
    else:
        number = _decimal(value, remedy)
        if not isinstance(value, str) and "%" in (cell.number_format or ""):
            # Typed as 80%: Excel keeps 0.8 and shows it as a percent.
            number = number * 100
    # A percent that was computed has endless decimals; nobody means them. What is out of
    # bounds is not rounded: it may have too many digits for that.
    if 0 <= number <= LARGEST_PERCENT:
        number = round(number, 2)
    return _in_bounds(number, 2, LARGEST_PERCENT)


def _share(value, cell, stages) -> Decimal:
    number = _percent(value, cell, stages)
    if number > 100:
        raise WrongEntryError("超过了100", "填0至100之间的数")
    return number


def _text(value, _cell, _stages) -> str:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise WrongEntryError(
                f"有{len(value)}字，超过{LONGEST_TEXT}字", f"缩短到{LONGEST_TEXT}字以内"
            )
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, date):
        return cn_date(value)
    return number_cn(value) if isinstance(value, (int, float)) else str(value)


def _date(value, _cell, _stages) -> date:
    day = None
    if isinstance(value, datetime):
        day = value.date()
    elif isinstance(value, date):
        day = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        day = _date_of_number(value)
    elif isinstance(value, str):
        day = _date_of_text(_plain(value))
    if day is None:
        raise WrongEntryError(f"“{said(value)}”不是日期", DATE_REMEDY)
    if not EARLIEST <= day <= LATEST:
        raise WrongEntryError(f"“{cn_date(day)}”不在2000年至2100年之间", DATE_REMEDY)
    return day


def _date_of_number(value: float) -> date | None:
    """20230430, or the number by which Excel counts days, where the cell lost its format."""
    if value == int(value) and 20000101 <= value <= 21001231:
        return _date_of_text(str(int(value)))
    serial = int(value)
    if (EARLIEST - EXCEL_EPOCH).days <= serial <= (LATEST - EXCEL_EPOCH).days:
        return EXCEL_EPOCH + timedelta(days=serial)
    return None


def _date_of_text(text: str) -> date | None:
    for pattern in DATE_PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                return None
    return None


def _yes_no(value, _cell, _stages) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip()
    if text in (YES, "√", "✓", "✔"):
        return True
    if text in (NO, "×", "✗"):
        return False
    raise WrongEntryError(f"“{said(value)}”无法识别", "从列表中选“是”或“否”，不清楚就留空")


def _stage(value, _cell, stages) -> str:
    stage = stages.get(str(value).strip())
    if stage is None:
        raise WrongEntryError(
            f"“{said(value)}”不是列表中的阶段", f"从列表中选：{'、'.join(stages)}"
        )
    return stage


READERS: dict[Kind, Callable] = {
    Kind.NUMBER: _number,
    Kind.PERCENT: _percent,
    Kind.SHARE: _share,
    Kind.TEXT: _text,
    Kind.DATE: _date,
    Kind.YES_NO: _yes_no,
    Kind.YES: _yes_no,
    Kind.STAGE: _stage,
}
