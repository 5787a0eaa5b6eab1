"""From the cells of a city's table to percents: printed, or what is done by what is to be done.

Whatever may be read in two ways is read in the likelier one with a doubt, or not at all.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from livelihood.organisation.words import number_cn, rounded
from progress.rules.city_labels import Figure, Role, figure_of, says_nothing

PERCENT = "%"
FULL = 100.0
# A figure up to this counts as a ratio where a table has no percent sign at all.
HIGHEST_RATIO = 1.5
# 进度 above this, without a percent sign, counts what is done.
HIGHEST_PERCENT = 200.0
# So far beyond its plan hardly anything gets.
DOUBTFUL_PERCENT = 500.0
# What is more than this is a mistake.
HIGHEST = 1e8
# So many points a printed figure may differ from what can be recomputed.
TOLERANCE = 1.0

SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
SCALED = re.compile(r"^[十百千万亿]+")
SAME_KIND = (
    frozenset("个所座处家项条只台"),
    frozenset("家户"),
    frozenset("台辆部套"),
    frozenset("人名位"),
)
SAME_WORDS = {
    "千米": "公里", "km": "公里", "㎡": "平方米", "平米": "平方米", "m2": "平方米",
    "m²": "平方米", "方": "立方米", "m³": "立方米", "m3": "立方米",
}  # fmt: skip


def measure_of(unit: str) -> tuple[float, str]:
    """(how many, of what) a unit of measure is: 万平方米 is 10,000 of 平方米."""
    unit = unit.strip().lower()
    if unit in SAME_WORDS:
        return 1.0, SAME_WORDS[unit]
    scaled = SCALED.match(unit)
    factor = 1.0
    for sign in scaled[0] if scaled else "":
        factor *= SCALES[sign]
    base = unit[scaled.end() :] if scaled else unit
    return factor, SAME_WORDS.get(base, base)


def same_unit(one: str, other: str) -> bool:
    """Whether two units of measure count the same: 万平方米 and 平方米, 个 and 所 do."""
    one, other = measure_of(one)[1], measure_of(other)[1]
    return one == other or any({one, other} <= kind for kind in SAME_KIND)


class Problem(NamedTuple):
    """Something wrong, where it stands and what it is."""

    place: str
    text: str


class Cell(NamedTuple):
    """One figure's text, where it stands, and the unit of measure that its head names."""

    text: str
    place: str
    unit: str = ""

    @property
    def figure(self) -> Figure | None:
        """What is printed; without a unit of its own in that of the head."""
        found = figure_of(self.text)
        return found._replace(unit=self.unit) if found and not found.unit else found


class Value(NamedTuple):
    """What one county's cells come to."""

    figure: float | None
    unit: str = PERCENT
    problem: Problem | None = None
    doubt: str = ""


NO_VALUE = Value(None)


class Scale:
    """Whether percents are printed as 42 or as 0.42; decided once for all tables."""

    def __init__(self, counties: Iterable[Mapping[Role, Cell]]):
        marked, plain, headed = [], [], []
        for cells in counties:
            cell = cells.get(Role.PERCENT) or cells.get(Role.PROGRESS)
            figure = cell.figure if cell else None
            if figure is None:
                continue
            (marked if figure.unit else plain).append(figure.value)
            if cell.unit == PERCENT and not figure_of(cell.text).unit:
                headed.append(figure.value)
        fractions = [value for value in plain if 0 < value < 1]
        self.ratio = bool(fractions) and not marked and max(plain, default=0) <= HIGHEST_RATIO
        self.mixed = bool(marked) and bool(fractions)
        # 0.42 under （%） is 0.42 %; but people also write the ratio there.
        self.small = any(0 < value < 1 for value in headed) and max(headed) <= 1
        self.only_one = bool(plain) and not marked and set(plain) <= {0.0, 1.0} and 1.0 in plain
        self.notes = ["表中的进度是比例（如0.42），已按百分比（42%）读入。"] if self.ratio else []

    def doubt(self, cell: Cell, value: float) -> str:
        """Why a percent without a sign of its own may mean another; "" if it cannot."""
        if (self.mixed and not cell.unit and 0 < value < 1) or (self.only_one and value == 1):
            return f"{cell.place}的“{cell.text}”没有百分号，按{cell.text}%读取，请核对。"
        if self.small and cell.unit == PERCENT and 0 < value <= 1:
            return f"{cell.place}的“{cell.text}”按{cell.text}%读取（列名有%），请核对是否比例。"
        return ""


def value_of(cells: Mapping[Role, Cell], scale: Scale, unit: str) -> Value:
    """One county's percent, unless it is beyond all reason."""
    value = _told(cells, scale, unit)
    if value.figure is None:
        return value
    place = next(iter(cells.values())).place
    if value.figure > HIGHEST:
        return Value(None, problem=Problem(place, "数字大得不合常理，没有读入。"))
    if value.unit == PERCENT and value.figure > DOUBTFUL_PERCENT and not value.doubt:
        return value._replace(doubt=f"{place}：{shown(value.figure)}%大得不合常理，请核对。")
    return value


def _told(cells: Mapping[Role, Cell], scale: Scale, unit: str) -> Value:
    """One county's percent: as printed, else what is done by what is to be done."""
    percent, done = cells.get(Role.PERCENT), cells.get(Role.DONE)
    progress = cells.get(Role.PROGRESS)
    if percent is None and progress is not None:
        told = progress.figure
        # Beside a target, and without a percent sign, 进度 counts what is done.
        is_count = told is not None and told.unit != PERCENT and (
            Role.TARGET in cells or told.value > HIGHEST_PERCENT
        )  # fmt: skip
        if not is_count or scale.ratio:
            percent = progress
    if percent is not None and not says_nothing(percent.text):
        value = _percent(percent, scale)
        counted, _fault = _quotient(cells, done or (progress if progress is not percent else None))
        return _compared(value, counted, percent.place)
    done = done or progress
    counted, fault = _quotient(cells, done)
    if counted is not None:
        return Value(counted)
    if fault is not None:
        return Value(None, problem=fault)
    if done is None or says_nothing(done.text):
        return NO_VALUE
    figure = done.figure
    if figure is None:
        words = f"“{done.text[:20]}”不是数字，不能折算成百分比。"
        return Value(None, problem=Problem(done.place, words))
    if figure.value < 0:
        return Value(None, problem=Problem(done.place, f"“{done.text}”是负数，没有读入。"))
    return Value(figure.value, figure.unit or unit or "数量")


def _percent(cell: Cell, scale: Scale) -> Value:
    figure = cell.figure
    if figure is None:
        if says_nothing(cell.text):
            return NO_VALUE
        words = f"“{cell.text[:20]}”不是进度数字，没有读入。"
        return Value(None, problem=Problem(cell.place, words))
    if figure.value < 0:
        return Value(None, problem=Problem(cell.place, f"“{cell.text}”是负数，没有读入。"))
    if figure.unit not in ("", PERCENT):
        return Value(figure.value, figure.unit)
    if not figure.unit and scale.ratio:
        return Value(figure.value * FULL)
    own = figure_of(cell.text).unit
    return Value(figure.value, doubt="" if own else scale.doubt(cell, figure.value))


def _quotient(cells: Mapping[Role, Cell], done: Cell | None) -> tuple[float | None, Problem | None]:
    """What is done in percent of what is to be done; None, and why, where it cannot be told."""
    target = cells.get(Role.TARGET)
    if done is None or target is None:
        return None, None
    part, whole = done.figure, target.figure
    if part is None or whole is None or whole.value <= 0 or part.value < 0:
        return None, None
    if part.unit == PERCENT:
        return None, None
    (times, part_unit), (whole_times, whole_unit) = measure_of(part.unit), measure_of(whole.unit)
    both = part_unit and whole_unit
    # 2万平方米 beside 8000 may be 8,000 or 80,000,000.
    unclear = times != whole_times and "" in (part.unit, whole.unit)
    if unclear or (both and not same_unit(part_unit, whole_unit)):
        words = (
            f"完成数“{done.text[:20]}”与目标任务“{target.text[:20]}”的计量单位不同，"
            "不能折算成百分比。"
        )
        return None, Problem(done.place, words)
    return FULL * part.value * times / (whole.value * whole_times), None


def _compared(value: Value, counted: float | None, place: str) -> Value:
    """A printed percent, with a doubt where the numbers beside it say another."""
    if None in (value.figure, counted) or value.unit != PERCENT or value.doubt:
        return value
    if abs(value.figure - counted) <= TOLERANCE:
        return value
    doubt = (
        f"{place}印的{shown(value.figure)}%与完成数÷目标任务（{shown(counted)}%）不符，采用印出的。"
    )
    return value._replace(doubt=doubt)


def shown(value: float) -> str:
    """A figure in words, with one place."""
    return number_cn(rounded(value))
