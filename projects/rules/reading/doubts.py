"""What a person should look at, in Chinese sentences."""

from datetime import date

from livelihood.organisation.words import number_cn
from projects.rules.contradictions import plan_contradictions
from projects.rules.planned import ItemPlan, MilestonePlan, TargetPlan
from projects.rules.reading.values import DOUBTFUL, Milestone, Reading

HALF, FULL = 50.0, 100.0
# Percent points between what is stated and what follows from the number.
PLAY = 2.0
LAST_QUARTER = (10, 1)


def find_doubts(reading: Reading, year: int) -> list[str]:
    """Doubts about a reading, contradictions first; one sentence each."""
    found = list(_contradictions(reading, year))
    found += _schedule(reading, year)
    found += _countable(reading)
    found += _status(reading)
    found += _unsure(reading)
    return list(dict.fromkeys(found))


def _contradictions(reading: Reading, year: int) -> tuple[str, ...]:
    targets = tuple(
        TargetPlan(place, i.name, i.target, i.unit or "", i.kind, None)
        for place, i in enumerate(reading.indicators)
    )
    milestones = tuple(
        MilestonePlan(place, m.indicator, m.due, m.percent, m.value, m.label, m.text)
        for place, m in enumerate(reading.milestones)
    )
    plan = ItemPlan(targets, milestones, date(year, 1, 1), date(year, 12, 31))
    allocations = [a.value for a in reading.allocations]
    return plan_contradictions(plan, allocations=allocations, sites=len(reading.sites))


def _schedule(reading: Reading, year: int) -> list[str]:
    if not reading.schedule.strip():
        return []
    if not reading.milestones:
        return ["进度安排中没有读出时间节点。"]
    found, spoken = [], {m.indicator for m in reading.milestones}
    for place, indicator in enumerate(reading.indicators):
        own = [m for m in reading.milestones if m.indicator in (place, None)]
        if place not in spoken and not any(m.percent is not None for m in own):
            found.append(f"指标“{_short(indicator.name)}”在进度安排中没有节点。")
        elif indicator.kind != "rate":
            found += _course(own, year)
    found += [
        f"节点“{m.label}”的日期是{m.due.year}年，不在本年度。"
        for m in reading.milestones
        if m.due.year != year
    ]
    return found


def _countable(reading: Reading) -> list[str]:
    """Numbers of the schedule that may count what is promised, and were not taken up."""
    left = dict.fromkeys(one.span.text for one in reading.leftovers if one.countable)
    return [f"进度安排中的{'、'.join(f'“{w}”' for w in left)}没有读作计划数。"] if left else []


def _course(own: list[Milestone], year: int) -> list[str]:
    """Whether a plan ends below 100 %, falls, or leaves most to the last quarter."""
    known = [m for m in own if m.percent is not None]
    if not known:
        return ["进度安排没有写到全部完成。"]
    found = []
    last = max(m.percent for m in known)
    if last < FULL:
        found.append(f"进度安排只到{number_cn(last)}%，没有到100%。")
    for before, after in zip(known, known[1:], strict=False):
        if after.percent < before.percent:
            found.append(
                f"计划进度在“{after.label}”比“{before.label}”低"
                f"（{number_cn(after.percent)}%、{number_cn(before.percent)}%）。"
            )
    autumn = date(year, *LAST_QUARTER)
    early = [m.percent for m in known if m.due < autumn]
    if early and max(early) < HALF and last >= FULL:
        found.append("一半以上的任务排在第四季度。")
    return found


def _status(reading: Reading) -> list[str]:
    found = []
    for actual in reading.actual:
        target = None
        if actual.indicator is not None:
            target = reading.indicators[actual.indicator].target
        if actual.basis == "stated" and actual.value is not None and target:
            derived = FULL * actual.value / target
            if abs(derived - actual.percent) > PLAY:
                found.append(
                    f"自报进度{number_cn(actual.percent)}%，按数量折算为"
                    f"{number_cn(round(derived, 1))}%，两者不一致。"
                )
    reached = [a for a in reading.actual if a.percent is not None and a.percent >= FULL]
    if reached and not reading.completed and len(reached) == len(reading.actual):
        found.append("数字已达到目标值，但原文没有写明该项已完成。")
    return found


def _unsure(reading: Reading) -> list[str]:
    found = [
        f"目标“{i.span.text}”：{i.sure.reason}。"
        for i in reading.indicators
        if i.sure.level == DOUBTFUL
    ]
    found += [f"点位“{s.name}”{s.sure.reason}。" for s in reading.sites if s.sure.level == DOUBTFUL]
    found += [
        f"节点“{m.label}”：{m.sure.reason}。"
        for m in reading.milestones
        if m.sure.level == DOUBTFUL
    ]
    found += [
        f"节点“{m.label}”{m.met_sure.reason}。"
        for m in reading.milestones
        if m.met_sure.level == DOUBTFUL
    ]
    found += [
        f"实际进度“{a.span.text}”：{a.sure.reason}。"
        for a in reading.actual
        if a.sure.level == DOUBTFUL and a.span
    ]
    if reading.problems_sure.level == DOUBTFUL:
        found.append(f"存在问题“{_short(reading.problems)}”：{reading.problems_sure.reason}。")
    return found


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"
