"""What simulated counties (模拟县) promise and report. Pure: the same seed gives the same.

Made up throughout, so that averages over many counties can be seen, tested and measured. Each
county follows one of ``PATTERNS`` patterns of figures, words and order.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from progress.rules.calendar import month_end
from progress.rules.simulation import draw
from projects.rules.planned import FULL

PATTERNS = 12
LEVELS = ("province", "city", "county")
# Of 153 items 46 are the province's, 54 the city's and 53 the county's own.
SHARES = (46 / 153, 54 / 153)
UNITS = 20

DEEDS = ("新建", "改造提升", "新增", "建成", "规范化建设", "完成", "升级", "推广")
PLACES = ("乡镇", "农村", "城镇", "社区", "山区", "老旧小区", "学校", "沿海")
THINGS = (
    ("公办幼儿园", "所"),
    ("居家养老服务中心", "家"),
    ("公共停车泊位", "个"),
    ("生活污水管网", "公里"),
    ("健身步道", "公里"),
    ("托育机构托位", "个"),
    ("便民服务站点", "处"),
    ("儿童之家", "个"),
    ("残疾人之家", "家"),
    ("供水管道", "公里"),
    ("避灾安置场所", "个"),
    ("口袋公园", "个"),
    ("充电设施", "个"),
)
STAGES = ((3, 25), (6, 50), (9, 80), (11, 100))
# The course of the year of an item; a fall behind it, or an advance.
SLOWEST, FASTEST = 0.62, 1.14
SILENT, UNKNOWN, WAITING = 0.05, 0.06, 0.15


class Promise(NamedTuple):
    """An item of a simulated county: ``order`` is the same in every county."""

    level: str
    order: int
    number: int
    title: str
    thing: str
    unit_of_measure: str
    target: int
    led_by: int  # which of the county's units
    starred: bool


class Told(NamedTuple):
    """What is reported in a round: nothing (``state`` ""), words alone, or a figure too."""

    state: str  # "", "submitted" or "accepted"
    value: int | None
    narrative: str
    problems: str
    declares: bool


def levels_of(items: int) -> list[str]:
    """The levels of so many items, in the order of the lists."""
    province, city = (round(items * share) for share in SHARES)
    return ["province"] * province + ["city"] * city + ["county"] * (items - province - city)


def promises(items: int, pattern: int, seed: int) -> list[Promise]:
    """The items of a county of that pattern, in the order that all counties have in common."""
    levels = levels_of(items)
    orders = dict.fromkeys(LEVELS, 0)
    made = []
    for index, level in enumerate(levels):
        orders[level] += 1
        made.append(_promise(level, orders[level], index, pattern, seed))
    return _numbered(made, pattern, seed)


def _promise(level: str, order: int, index: int, pattern: int, seed: int) -> Promise:
    thing, unit = THINGS[index % len(THINGS)]
    place = PLACES[index // len(THINGS) % len(PLACES)]
    deed = DEEDS[(index // len(THINGS) // len(PLACES) + index) % len(DEEDS)]
    target = 10 + int(190 * draw(seed, "target", index, pattern))
    title = f"{deed}{place}{thing}{target}{unit}"
    # Counties copy what is promised with small changes of their own.
    variant = int(3 * draw(seed, "wording", index, pattern))
    title = (f"{title}。", f"{deed}{place}{thing}{target}{unit}以上", f"年内{title}。")[variant]
    led_by = int(UNITS * draw(seed, "unit", index))
    return Promise(level, order, 0, title, thing, unit, target, led_by, index % 3 == 0)


def _numbered(made: Sequence[Promise], pattern: int, seed: int) -> list[Promise]:
    """Every county numbers its lists in an order of its own."""
    numbers = {}
    for level in LEVELS:
        own = [p.order for p in made if p.level == level]
        own.sort(key=lambda order: draw(seed, "number", level, order, pattern))
        numbers |= {(level, order): number for number, order in enumerate(own, start=1)}
    return [p._replace(number=numbers[p.level, p.order]) for p in made]


def as_of_dates(year: int, rounds: int) -> list[date]:
    """The last days of the last months in which so many rounds fit, the earliest first."""
    return [month_end(year, month) for month in range(13 - rounds, 13)]


def percent_at(as_of: date) -> float:
    """What a schedule of ``STAGES`` has reached between its dates, in a straight line."""
    before = (0, 0)
    for month, percent in STAGES:
        if as_of.month <= month:
            span = month - before[0]
            return before[1] + (percent - before[1]) * (as_of.month - before[0]) / span
        before = (month, percent)
    return FULL


def told(promise: Promise, as_of: date, pattern: int, seed: int, *, is_last: bool) -> Told:
    """What the unit reports of an item in a round; the last one is not yet all reviewed."""
    what = (promise.level, promise.order, pattern)
    if draw(seed, "silent", *what, as_of.month) < SILENT:
        return Told("", None, "", "", False)
    chance = draw(seed, "state", *what)
    state = "submitted" if is_last and chance < WAITING else "accepted"
    problems = "资金尚未全部到位。" if draw(seed, "problem", *what, as_of.month) < 0.04 else ""
    if draw(seed, "unknown", *what) < UNKNOWN:
        return Told(state, None, "正在开展前期工作。", problems, False)
    # Most are near their schedule, and a few far behind it.
    pace = FASTEST - (FASTEST - SLOWEST) * draw(seed, "pace", *what) ** 3
    percent = min(percent_at(as_of) * pace, 1.1 * FULL)
    value = int(promise.target * percent / FULL)
    words = f"累计完成{value}{promise.unit_of_measure}。"
    return Told(state, value, words, problems, value >= promise.target and as_of.month >= 11)
