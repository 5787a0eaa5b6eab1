"""任务分解 and 点位: where an item is carried out, and whether it adds up to the target."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from livelihood.organisation.words import number_cn
from progress.documents import charts
from projects.rules.contradictions import allocation_contradiction, differ, site_contradiction
from projects.rules.planned import ItemPlan

# From so many townships on a chart says more than the table.
CHART_FROM = 4
SMALL_COUNT = 10


class AllocationRow(NamedTuple):
    """What falls to one place; None is not stated."""

    place: str
    value: float | None
    note: str


@dataclass(frozen=True)
class Breakdown:
    """任务分解: the rows, and whether they add up; ``unit`` is "" if the targets differ."""

    rows: list[AllocationRow]
    unit: str
    printed_total: float | None
    contradiction: str
    check: str

    @property
    def total(self) -> float | None:
        """The sum; unknown as soon as one part is."""
        values = [row.value for row in self.rows]
        return None if None in values else sum(values)

    @property
    def has_notes(self) -> bool:
        """Whether any row has a note."""
        return any(row.note for row in self.rows)

    @cached_property
    def chart(self) -> dict | None:
        """The known parts as bars, the largest first; None where the table is short."""
        unknown = {row.place for row in self.rows if row.value is None}
        sums: dict[str, float] = {}
        for row in self.rows:
            if row.place not in unknown:
                sums[row.place] = sums.get(row.place, 0.0) + row.value
        if len(sums) < CHART_FROM:
            return None
        places = sorted(sums, key=sums.get, reverse=True)
        values = [round(sums[place], 4) for place in places]
        title = f"任务数（{self.unit}）" if self.unit else "任务数"
        figure = charts.bars(places, [("任务数", values, charts.ACTUAL)], title=title)
        # A few whole things: no ticks at their halves. Kilometres: no rounded ticks.
        whole = all(value == int(value) for value in values)
        figure["layout"]["xaxis"]["tickformat"] = ","
        if whole and values[0] <= SMALL_COUNT:
            figure["layout"]["xaxis"]["dtick"] = 1
        return figure


def common_unit(plan: ItemPlan) -> str:
    """The unit of measure in which all counted targets are, "" if they differ."""
    units = {t.unit for t in plan.targets if t.kind == "quantity"}
    return units.pop() if len(units) == 1 else ""


def breakdown(
    plan: ItemPlan, rows: list[AllocationRow], printed_total: float | None
) -> Breakdown | None:
    """The rows with the check of their sum; None without rows."""
    if not rows:
        return None
    values = [row.value for row in rows]
    contradiction = allocation_contradiction(plan, values, printed_total)
    unit = common_unit(plan)
    check = contradiction or _sum_in_words(plan, values, unit, printed_total)
    return Breakdown(rows, unit, printed_total, contradiction, check)


def _sum_in_words(plan, values, unit, printed_total) -> str:
    total = sum(values)
    said = f"{len(values)}处相加为{number_cn(total)}{unit}"
    promised = [t.value for t in plan.targets if t.kind == "quantity" and t.value is not None]
    agrees = []
    if promised:
        alone = any(not differ(total, value) for value in promised)
        agrees.append("目标值" if alone else f"{len(promised)}项目标值之和")
    if printed_total is not None:
        agrees.append("原文合计")
    if not agrees:
        return f"{said}；清单没有可核对的目标值或合计。"
    return f"{said}，与{'、'.join(agrees)}一致。"


def sites_check(plan: ItemPlan, sites: int) -> str:
    """How many sites are named, against the target, in words; "" without sites."""
    if not sites:
        return ""
    contradiction = site_contradiction(plan, sites)
    if contradiction:
        return contradiction
    counted = [t for t in plan.targets if t.kind == "quantity" and t.value is not None]
    if len(counted) != 1:
        return f"清单点名{sites}处点位。"
    value = f"{number_cn(counted[0].value)}{counted[0].unit}"
    return f"清单点名{sites}处点位，目标值为{value}。"
