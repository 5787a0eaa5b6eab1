"""The sheets of a bulletin besides the lists: counts, what is behind, who reported, the rules."""

from collections.abc import Iterable, Sequence

from livelihood.organisation.documents.tables import Cell as TableCell
from livelihood.organisation.documents.tables import Chart, ChartKind, Column, Kind, Table
from livelihood.organisation.words import cn_date, cn_datetime, number_cn
from progress.operations.listing import list_table
from progress.operations.overview import Tally, by_level, by_unit, county_headline, tally
from progress.operations.reporting_board import Cell
from progress.operations.since_last import Changed
from progress.operations.standings import CountyState
from progress.rules.judgement import LABELS, NO_STATUS_LABEL, Measure, Status, Thresholds
from progress.rules.layouts import Layout, Only, Sort, chosen

OVERVIEW, LATE, BELOW, UNITS = "总体情况", "滞后清单", "低于全市平均清单", "单位情况"
REPORTING, CHANGES, RULES = "报送情况", "与上期比较", "研判规则"

STATUS_ORDER = (
    Status.COMPLETED,
    Status.AHEAD,
    Status.ON_SCHEDULE,
    Status.BEHIND,
    Status.SERIOUSLY_BEHIND,
    Status.NOT_REPORTED,
    None,
)
LATE_LAYOUT = Layout(
    "滞后清单",
    (
        chosen("order"),
        chosen("name", width=11),
        chosen("title"),
        chosen("unit", width=14),
        chosen("planned"),
        chosen("actual", "实际进度"),
        chosen("variance"),
        chosen("status"),
        chosen("reason", "滞后情况"),
        chosen("cause"),
        chosen("catch_up"),
    ),
    only=Only.BEHIND,
    sort=Sort.WORST,
    title="滞后项目清单（截至{截至日期}）",
)
BELOW_LAYOUT = Layout(
    "低于全市平均清单",
    (
        chosen("order"),
        chosen("name"),
        chosen("title"),
        chosen("unit"),
        chosen("county_figure"),
        chosen("city_average"),
        chosen("city_gap"),
        chosen("rank"),
        chosen("status"),
        chosen("narrative"),
    ),
    only=Only.BELOW,
    sort=Sort.UNIT,
    title="低于全市平均项目清单（截至{截至日期}）",
)


def _status_label(status: Status | None) -> str:
    return NO_STATUS_LABEL if status is None else LABELS[status]


def overview_table(state: CountyState, subject: str, titles: dict[str, str] | None = None) -> Table:
    """总体情况: the headline, and how the items of each level stand."""
    return _standing_table(
        state,
        by_level(state.items),
        Column("层级", 12, Kind.LABEL),
        name=OVERVIEW,
        title="总体情况",
        chart="各层级项目进度状态",
        note=county_headline(state, subject, titles),
    )


def units_table(state: CountyState) -> Table:
    """单位情况: how each lead unit's items stand, the one with most behind first."""
    return _standing_table(
        state,
        by_unit(state.items),
        Column("牵头单位", 24, Kind.LABEL),
        name=UNITS,
        title="牵头单位情况",
        chart="各单位项目进度状态",
        note="滞后多的单位在前；单位之间只列情况，不计分、不排名。",
    )


def _standing_table(
    state: CountyState,
    tallies: Sequence[Tally],
    first: Column,
    *,
    name: str,
    title: str,
    chart: str,
    note: str,
) -> Table:
    """One row for each of ``tallies``, and the sum where there are several."""
    total = tally(state.items, "合计")
    # A status that no item has needs no column, 滞后 and 已完成 apart: a zero is news there.
    always = {Status.COMPLETED, Status.BEHIND, Status.SERIOUSLY_BEHIND}
    statuses = [s for s in STATUS_ORDER if s in always or total.statuses[s]]
    columns = (
        first,
        Column("项数", 10, Kind.COUNT),
        *(Column(_status_label(s), 12, Kind.COUNT) for s in statuses),
        Column("完成率", 12, Kind.PERCENT),
        Column("低于全市平均", 14, Kind.COUNT),
        Column("存在问题", 12, Kind.COUNT),
    )
    summed = [total] if len(tallies) > 1 else []
    rows = tuple(_counts(t, statuses) for t in [*tallies, *summed])
    stacked = Chart(
        ChartKind.STACKED,
        chart,
        labels=0,
        columns=tuple(range(2, 2 + len(statuses))),
        rows=(0, len(tallies) - 1),
        axis="项",
    )
    return Table(
        name=name,
        title=f"{title}（截至{cn_date(state.as_of)}）",
        columns=columns,
        rows=rows,
        notes=(note,),
        totals=(len(rows) - 1,) if summed else (),
        charts=(stacked,) if rows else (),
    )


def _counts(counted: Tally, statuses: Sequence[Status | None]) -> tuple[TableCell, ...]:
    return (
        counted.name,
        counted.total,
        *(counted.statuses[status] for status in statuses),
        100 * counted.completed / counted.total if counted.total else None,
        # Without a table of the city's nothing is known.
        counted.below if counted.compared else None,
        counted.problems,
    )


def late_table(state: CountyState, titles: dict[str, str]) -> Table:
    """滞后清单: plan, actual, variance, why, and until when it will be caught up."""
    return list_table(state, LATE_LAYOUT, name=LATE, titles=titles)


def below_table(state: CountyState, titles: dict[str, str]) -> Table:
    """低于全市平均清单: the county's figure beside the city's average."""
    return list_table(state, BELOW_LAYOUT, name=BELOW, titles=titles)


# -- 报送情况 ------------------------------------------------------------------------------


def reporting_table(cells: Sequence[Cell], state: CountyState) -> Table:
    """报送情况: what every unit owed in the round, and when it came; counts are 事项."""
    columns = (
        Column("牵头单位", 24, Kind.LABEL),
        Column("应报事项", 11, Kind.COUNT),
        Column("按时报送", 11, Kind.COUNT),
        Column("逾期报送", 11, Kind.COUNT),
        Column("最长逾期（天）", 11, Kind.COUNT),
        Column("未报", 11, Kind.COUNT),
        Column("退回未改", 11, Kind.COUNT),
        Column("说明", 40, Kind.TEXT),
    )
    begun = [cell for cell in cells if cell.begun]
    rows = [_reporting_row(cell) for cell in begun]
    if rows:
        rows.append(_reporting_total(begun, rows))
    reporting_round = state.current_round
    return Table(
        name=REPORTING,
        title=f"报送情况（截至{cn_date(state.as_of)}）",
        columns=columns,
        rows=tuple(rows),
        notes=(_deadline_note(reporting_round),) if reporting_round else (),
        totals=(len(rows) - 1,) if rows else (),
        empty="本期没有收集填报。",
    )


def _deadline_note(reporting_round) -> str:
    if reporting_round.deadline is None:
        return "本期没有设填报期限，不计是否按时。"
    return f"填报期限：{cn_date(reporting_round.deadline)}。按各事项首次报送的时间计。"


def _reporting_row(cell: Cell) -> tuple[TableCell, ...]:
    said = []
    if cell.missing:
        said.append(f"未报：{'、'.join(cell.missing)}")
    if cell.extended:
        said.append(f"延期至{cn_datetime(cell.due)}")
    if cell.unmeasured:
        said.append(_unmeasured_words(cell.unmeasured))
    # Where nothing that came in can be measured, nobody was in time and nobody was late.
    measured = cell.due is not None and not (cell.unmeasured and not cell.on_time + cell.late)
    return (
        str(cell.unit),
        cell.owed,
        *((cell.on_time, cell.late, cell.late_days) if measured else (None, None, None)),
        len(cell.missing),
        cell.returned,
        "；".join(said),
    )


def _unmeasured_words(count: int) -> str:
    return f"{count}项已报，不计时间"


def _reporting_total(
    cells: Sequence[Cell], rows: Sequence[tuple[TableCell, ...]]
) -> tuple[TableCell, ...]:
    """The sum over the units; unknown where it is for every one of them."""

    def known(at: int) -> list:
        return [row[at] for row in rows if row[at] is not None]

    unmeasured = sum(cell.unmeasured for cell in cells)
    return (
        "合计",
        *(sum(known(at)) if known(at) else None for at in (1, 2, 3)),
        max(known(4), default=None),
        *(sum(known(at)) for at in (5, 6)),
        _unmeasured_words(unmeasured) if unmeasured else "",
    )


# -- 与上期比较 ----------------------------------------------------------------------------


def changes_table(before: CountyState | None, changes: Sequence[Changed]) -> Table:
    """与上期比较: what was finished, fell behind or recovered; promises kept and missed."""
    columns = (
        Column("变化", 16, Kind.LABEL),
        Column("编号", 12, Kind.LABEL),
        Column("项目内容", 40, Kind.TEXT),
        Column("牵头单位", 16, Kind.LABEL),
        Column("研判", 12, Kind.STATUS, over="上期"),
        Column("实际进度", 11, Kind.PERCENT, over="上期"),
        Column("研判", 12, Kind.STATUS, over="本期"),
        Column("实际进度", 11, Kind.PERCENT, over="本期"),
        Column("追赶承诺", 26, Kind.TEXT),
    )
    if before is None:
        notes, empty = (), "本期是第一期，没有上期可比。"
    else:
        notes = (f"上期截至{cn_date(before.as_of)}。",)
        empty = "与上期相比没有新完成、新滞后和赶上进度的项目。"
    return Table(
        name=CHANGES,
        title="与上期比较",
        columns=columns,
        rows=tuple(map(_change_row, sorted(changes, key=_first_move))),
        notes=notes,
        empty=empty,
    )


def _first_move(changed: Changed) -> int:
    order = ("finished", "became_behind", "worse", "still_behind", "better", "recovered")
    return min((order.index(m) for m in changed.moves if m in order), default=len(order))


def _change_row(changed: Changed) -> tuple[TableCell, ...]:
    old, new = changed.before.standing, changed.now.standing
    return (
        changed.words,
        changed.now.name,
        changed.now.item.title,
        changed.now.item.unit,
        old.label,
        old.actual_percent,
        new.label,
        new.actual_percent,
        changed.promise,
    )


# -- 研判规则 ------------------------------------------------------------------------------


def rules_table(state: CountyState) -> Table:
    """研判规则: the thresholds by which this issue was judged, so that they can be argued."""
    return Table(
        name=RULES,
        title="研判规则",
        columns=(Column("项目", 18, Kind.LABEL), Column("规则", 96, Kind.TEXT)),
        rows=tuple(_rules(state.rules)),
        notes=(f"各项研判均按下列规则由系统得出，规则由{state.county.seat}府办设定。",),
    )


def _rules(rules: Thresholds) -> Iterable[tuple[str, str]]:
    unit = rules.unit
    measure = (
        "实际进度减计划进度" if rules.measure is Measure.POINTS else "实际与计划之差占计划的比"
    )
    yield "计划进度", "截至日期当天或以前最后一个有数量的节点所要求的累计百分比；多项目标取平均。"
    yield (
        "实际进度",
        "累计完成数占目标的百分比，或单位自报的百分比；没有数据的不作推算，也不计入平均。",
    )
    yield (
        "偏差",
        f"{measure}，负数为落后。有几项目标的，只按计划和实际都有数据的目标计算，"
        "因此可能不等于实际进度减计划进度。",
    )
    yield LABELS[Status.COMPLETED], "牵头单位申报完成并按本县规则得到确认。"
    yield LABELS[Status.NOT_REPORTED], "本期填报已截止，没有通过的填报。"
    yield (
        LABELS[Status.SERIOUSLY_BEHIND],
        f"落后超过{number_cn(rules.seriously_behind)}{unit}，或到期节点逾期超过"
        f"{rules.overdue_days}天未完成，或连续{rules.rounds_behind}期滞后。",
    )
    yield LABELS[Status.BEHIND], f"落后超过{number_cn(rules.behind)}{unit}，或有到期节点未完成。"
    yield (
        LABELS[Status.AHEAD],
        f"超前达到{number_cn(rules.ahead)}{unit}，且没有到期节点未完成。",
    )
    yield LABELS[Status.ON_SCHEDULE], "除以上各种情形之外。"
    yield (
        "低于全市平均",
        "全市对比表中本县数低于全市平均，与本县进度安排无关；对比表须在"
        f"{rules.comparison_max_age_days}天之内。",
    )
    yield "停滞", f"连续{rules.rounds_stalled}期进度没有变化。"
