"""What stands in the cell of a column, for one row of a list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from livelihood.organisation.documents.tables import Cell
from livelihood.organisation.words import number_cn, to_decimals
from progress.operations.item_state import ItemState
from progress.operations.listing_extras import NO_WORDS, Extras, PlaceRow, SiteRow
from progress.operations.year_end import ended
from progress.rules.judgement import FLAG_LABELS, Flag, MilestoneState, Status, labelled
from progress.rules.year_end import OUTCOMES
from projects.models import LEVEL_ORDER
from projects.rules.planned import FULL, MilestonePlan, TargetPlan

TOTAL = "合计"
DIGITS = "零一二三四五六七八九"
MONTHS_OF_A_QUARTER = 3
# A judgement in the words with which bulletins speak of a goal.
GOALS = {
    Status.COMPLETED: "已完成年度任务",
    Status.AHEAD: "超序时推进",
    Status.ON_SCHEDULE: "顺利推进",
    Status.BEHIND: "进展滞后",
    Status.SERIOUSLY_BEHIND: "进展严重滞后",
    Status.NOT_REPORTED: "本期未报",
    None: "",
}


@dataclass(frozen=True)
class Line:
    """One row of a list: an item, or one place or site of it."""

    own: ItemState
    order: int  # from 1, in this table
    part: PlaceRow | SiteRow | None = None
    total: bool = False


@dataclass(frozen=True)
class Facts:
    """What the cells of a table have in common."""

    as_of: date
    decimals: int
    extras: Extras
    categories: dict[tuple[str, str], int]  # place of each category in its whole list, from 1
    governments: dict[str, str]  # whose list it is, by level: 省, 市, 县

    def percent(self, value: float | None) -> float | None:
        """A number as precise as the layout wants it."""
        return to_decimals(value, self.decimals)


def chinese_number(number: int) -> str:
    """1–9999 as a bulletin counts its headings: 一、十、二十三、一百零五、一百一十."""
    said, skipped = "", False
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, power)
        if digit:
            said += f"{'零' if skipped else ''}{DIGITS[digit]}{name}"
        skipped = bool(said) and not digit
    return said.removeprefix("一") if said.startswith("一十") else said


# -- Words of a plan -----------------------------------------------------------------------


def _milestones(line: Line) -> Iterable[tuple[MilestonePlan, MilestoneState]]:
    standing = line.own.standing
    return zip(standing.plan.milestones, standing.states, strict=True)


def _in_words(milestones: Iterable[MilestonePlan]) -> str:
    """The milestones as the schedule says them, each said once."""
    said = dict.fromkeys(map(labelled, milestones))
    return "；".join(words.rstrip("。；;") for words in said)


def _due_in(line: Line, first: date, last: date) -> list[tuple[MilestonePlan, MilestoneState]]:
    return [pair for pair in _milestones(line) if first <= pair[0].due <= last]


def month_of(day: date) -> tuple[date, date]:
    """First and last day of a date's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def next_month_of(day: date) -> tuple[date, date]:
    """First and last day of the month after a date's."""
    return month_of(month_of(day)[1] + timedelta(days=1))


def quarter_of(day: date) -> tuple[date, date]:
    """First and last day of a date's quarter."""
    first_month = day.month - (day.month - 1) % MONTHS_OF_A_QUARTER
    first = day.replace(month=first_month, day=1)
    return first, month_of(first.replace(month=first_month + MONTHS_OF_A_QUARTER - 1))[1]


def _plan(period: Callable[[date], tuple[date, date]]) -> Callable[[Line, Facts], str]:
    def words(line: Line, facts: Facts) -> str:
        return _in_words(m for m, _state in _due_in(line, *period(facts.as_of)))

    return words


def _plan_due(line: Line, facts: Facts) -> str:
    passed = [m for m, _state in _milestones(line) if m.due <= facts.as_of]
    latest = max((m.due for m in passed), default=None)
    return _in_words(m for m in passed if m.due == latest)


def _period(line: Line, facts: Facts) -> str:
    plan = line.own.standing.plan
    ends = max((m.due for m in plan.milestones), default=plan.ends)
    starts = plan.starts
    if starts.year == ends.year:
        return f"{starts.year}年{starts.month}—{ends.month}月"
    return f"{starts.year}年{starts.month}月—{ends.year}年{ends.month}月"


def _next(line: Line) -> list[MilestonePlan]:
    """The milestones that fall due next among those not met."""
    if line.own.standing.status is Status.COMPLETED:
        return []
    waiting = [m for m, state in _milestones(line) if state is MilestoneState.LATER]
    soonest = min((m.due for m in waiting), default=None)
    return [m for m in waiting if m.due == soonest]


def _last_due(line: Line, facts: Facts) -> date:
    return line.own.standing.last_due


# -- Words of the progress -----------------------------------------------------------------


def _sentence(*parts: str) -> str:
    """Parts joined, each with its full stop."""
    told = [part.strip() for part in parts if part and part.strip()]
    return "".join(part if part[-1] in "。！？；" else f"{part}。" for part in told)


def _month_word(line: Line, facts: Facts) -> str:
    due = _due_in(line, *month_of(facts.as_of))
    states = {state for _milestone, state in due}
    if line.own.standing.status is Status.COMPLETED or (due and states == {MilestoneState.MET}):
        return "已完成"
    if states & {MilestoneState.UNMET, MilestoneState.SHORT}:
        return "未完成"
    return ""


def _year_word(line: Line, facts: Facts) -> str:
    standing = line.own.standing
    if standing.status is Status.COMPLETED:
        early = facts.extras.state.finished_early(standing)
        return "提前完成年度任务" if early else "完成年度任务"
    nearly = standing.actual_percent is not None and standing.actual_percent >= FULL
    return "基本完成" if nearly else GOALS[standing.status]


def _combined(line: Line, facts: Facts) -> str:
    words = facts.extras.words.get(line.own.item.project_id, NO_WORDS)
    problems = line.own.problems
    following = _in_words(_next(line))
    return _sentence(
        line.own.narrative,
        # Where the narrative says it already it is not said twice.
        f"存在问题：{problems}" if problems and problems not in line.own.narrative else "",
        f"需协调：{words.help_needed}" if words.help_needed else "",
        f"下一步：{following}" if following else "",
    )


def _quantity(target: TargetPlan, value: float | None) -> str:
    return f"{number_cn(value)}{target.unit}" if value is not None else ""


def _targets(line: Line, facts: Facts) -> str:
    return "；".join(f"{t.name}{_quantity(t, t.value)}" for t in line.own.standing.plan.targets)


def _target_values(line: Line, facts: Facts) -> str:
    targets = line.own.standing.plan.targets
    return "；".join(filter(None, (_quantity(t, t.value) for t in targets)))


def _percent_words(value: float | None, facts: Facts) -> str:
    shown = facts.percent(value)
    return "" if shown is None else f"{shown:.{facts.decimals}f}%"


def _figures(line: Line, facts: Facts) -> str:
    several = len(line.own.standing.targets) > 1
    said = []
    for told in line.own.standing.targets:
        done, share = _quantity(told.target, told.value), _percent_words(told.actual, facts)
        if not done and not share:
            continue
        words = f"完成{done}（{share}）" if done and share else f"完成{done or share}"
        said.append(f"{told.target.name}：{words}" if several else words)
    return "；".join(said)


def _progress_note(line: Line, facts: Facts) -> str:
    standing = line.own.standing
    notes = [standing.label] if standing.status is not None else []
    notes += [line.own.problems.rstrip("。")] if line.own.problems else []
    share = _percent_words(standing.actual_percent, facts)
    note = "，".join(notes)
    return f"{share}（{note}）" if share and note else share or note


def _outcome(line: Line, facts: Facts) -> str:
    if line.own.standing.status is None:
        return ""
    return OUTCOMES[ended(line.own, ()).outcome]


def _reported(line: Line, facts: Facts) -> str:
    return {True: "已报", False: "未报", None: ""}[line.own.standing.facts.reported]


def _also_on(line: Line, facts: Facts) -> str:
    same = facts.extras.lists_of_project[line.own.item.project_id]
    others = sorted(
        (s for s in same if s is not line.own),
        key=lambda s: (LEVEL_ORDER[s.item.level], s.item.number),
    )
    return "、".join(s.name for s in others)


# -- Words of the judgement ----------------------------------------------------------------


def _compared(line: Line, field: str):
    standing = line.own.standing
    if standing.below_city_average is None:
        return None
    return getattr(standing.facts.comparison, field)


def _below(line: Line, facts: Facts) -> str:
    below = line.own.standing.below_city_average
    return {True: FLAG_LABELS[Flag.BELOW_CITY_AVERAGE], False: "不低于", None: ""}[below]


def _city_gap(line: Line, facts: Facts) -> float | None:
    figure, average = _compared(line, "figure"), _compared(line, "average")
    return None if figure is None else facts.percent(figure - average)


def _rank(line: Line, facts: Facts) -> str:
    rank, counties = _compared(line, "rank"), _compared(line, "counties")
    if rank is None:
        return ""
    return f"{rank}/{counties}" if counties else f"{rank}"


def _overdue(line: Line, facts: Facts) -> str:
    return _in_words(line.own.standing.milestones_in(MilestoneState.UNMET))


def _next_due(line: Line, facts: Facts) -> date | None:
    if line.own.standing.status is Status.COMPLETED:
        return None
    waiting = (MilestoneState.LATER, MilestoneState.UNMET)
    return min((m.due for m, state in _milestones(line) if state in waiting), default=None)


# -- The rest ------------------------------------------------------------------------------


def _starred(line: Line) -> str:
    return ("★" if line.own.item.starred else "") + line.own.item.title


def _category_numbered(line: Line, facts: Facts) -> str:
    item = line.own.item
    if not item.category:
        return ""
    return f"{chinese_number(facts.categories[item.level, item.category])}、{item.category}"


def _remark(line: Line, facts: Facts) -> str:
    government = f"{facts.governments[line.own.item.level]}政府民生实事"
    return f"{government}（★）" if line.own.item.starred else government


def _unit_person(line: Line, facts: Facts) -> str:
    item = line.own.item
    return f"{item.unit_printed}　{item.person}" if item.person else item.unit_printed


def _told(field: str) -> Callable[[Line, Facts], Cell]:
    def value(line: Line, facts: Facts) -> Cell:
        return getattr(facts.extras.words.get(line.own.item.project_id, NO_WORDS), field)

    return value


def _closing(field: str) -> Callable[[Line, Facts], date | None]:
    def value(line: Line, facts: Facts) -> date | None:
        completion = facts.extras.completions.get(line.own.item.pk)
        day = getattr(completion, field, None)
        # A step taken later is not yet known at the date of the table.
        return day if day is not None and day <= facts.as_of else None

    return value


def _site_stages(line: Line, facts: Facts) -> str:
    said = []
    for site in facts.extras.site_rows.get(line.own.item.pk, ()):
        told = " ".join(filter(None, (site.stage, _percent_words(site.percent, facts))))
        said.append(f"{site.name}：{told}" if told else site.name)
    return "；".join(said)


def _allocations(line: Line, facts: Facts) -> str:
    return "，".join(
        f"{place}{number_cn(value)}" if value is not None else place
        for place, value in facts.extras.allocations.get(line.own.item.pk, ())
    )


def _place_rate(line: Line, facts: Facts) -> float | None:
    part = line.part
    if part is None or part.done is None or not part.target:
        return None
    return facts.percent(FULL * part.done / part.target)


def _standing(field: str) -> Callable[[Line, Facts], float | None]:
    return lambda line, facts: facts.percent(getattr(line.own.standing, field))


def _item(field: str) -> Callable[[Line, Facts], Cell]:
    return lambda line, facts: getattr(line.own.item, field)


def _part(field: str) -> Callable[[Line, Facts], Cell]:
    return lambda line, facts: getattr(line.part, field, None)


# By key of progress.rules.layout_columns.
CELLS: dict[str, Callable[[Line, Facts], Cell]] = {
    "number": _item("number"),
    "order": lambda line, facts: line.order,
    "name": lambda line, facts: f"{line.own.level_label}{line.own.item.number}",
    "level": lambda line, facts: line.own.level_label,
    "category": _item("category"),
    "category_numbered": _category_numbered,
    "title": lambda line, facts: _starred(line),
    "title_plain": _item("title"),
    "title_numbered": lambda line, facts: f"{line.own.item.number}.{_starred(line)}",
    "project": lambda line, facts: facts.extras.project_names[line.own.item.project_id],
    "also_on": _also_on,
    "remark": _remark,
    "targets": _targets,
    "target_values": _target_values,
    "schedule": _item("schedule"),
    "plan_month": _plan(month_of),
    "plan_quarter": _plan(quarter_of),
    "plan_next": _plan(next_month_of),
    "plan_due": _plan_due,
    "period": _period,
    "last_due": _last_due,
    "next_due": _next_due,
    "narrative": lambda line, facts: line.own.narrative,
    "former": lambda line, facts: facts.extras.former.get(line.own.item.pk, ""),
    "latest": lambda line, facts: line.own.narrative,
    "fulfilment": lambda line, facts: _sentence(_month_word(line, facts), line.own.narrative),
    "year_fulfilment": lambda line, facts: _sentence(_year_word(line, facts), line.own.narrative),
    "combined": _combined,
    "figures": _figures,
    "planned": _standing("planned_percent"),
    "actual": _standing("actual_percent"),
    "variance": _standing("schedule_variance"),
    "progress_note": _progress_note,
    "reported": _reported,
    "status": lambda line, facts: line.own.standing.label,
    "goal": lambda line, facts: GOALS[line.own.standing.status],
    "outcome": _outcome,
    "flags": lambda line, facts: "、".join(FLAG_LABELS[f] for f in line.own.standing.flags),
    "reason": lambda line, facts: line.own.standing.reason,
    "overdue": _overdue,
    "below": _below,
    "county_figure": lambda line, facts: facts.percent(_compared(line, "figure")),
    "city_average": lambda line, facts: facts.percent(_compared(line, "average")),
    "city_gap": _city_gap,
    "rank": _rank,
    "problems": lambda line, facts: line.own.problems,
    "cause": _told("cause"),
    "catch_up": _told("catch_up_on"),
    "next_step": lambda line, facts: _in_words(_next(line)),
    "help": _told("help_needed"),
    "unit_printed": _item("unit_printed"),
    "unit": _item("unit"),
    "unit_person": _unit_person,
    "supporting": lambda line, facts: "、".join(line.own.item.supporting_units),
    "leader": _item("leader"),
    "person": _item("person"),
    "sites": lambda line, facts: "、".join(facts.extras.sites.get(line.own.item.pk, ())),
    "site_stages": _site_stages,
    "allocations": _allocations,
    "place": _part("place"),
    "place_target": _part("target"),
    "place_done": _part("done"),
    "place_rate": _place_rate,
    "site": _part("name"),
    "site_stage": _part("stage"),
    "site_percent": lambda line, facts: facts.percent(getattr(line.part, "percent", None)),
    "as_of": lambda line, facts: facts.as_of,
    "declared": _closing("declared_on"),
    "verified": _closing("verified_on"),
    "closed": _closing("closed_on"),
}
