"""The year's end as tables: for Excel and Word."""

from collections import Counter

from livelihood.organisation.documents.tables import Cell, Column, Kind, Table
from livelihood.organisation.words import cn_date
from progress.operations.standings import CountyState
from progress.operations.year_end import Ended, LevelEnd, YearEnd
from progress.rules.year_end import OUTCOMES, RULE, VOTE_RULE, share

OUTCOME_HEADING = "完成成效"


def made_up(state: CountyState) -> list[str]:
    """What must be said with these figures: 演示数据."""
    if state.current_round is None or not state.current_round.simulated:
        return []
    return ["演示数据：本期的填报为演示数据。"]


def year_end_tables(year_end: YearEnd) -> list[Table]:
    """总体情况, one table for each list, and the votes in numbers where there are any."""
    tables = [summary_table(year_end), *(_level(year_end, level) for level in year_end.levels)]
    if any(row.votes for level in year_end.levels for row in level.rows):
        tables.append(votes_table(year_end))
    return tables


def summary_table(year_end: YearEnd) -> Table:
    """How many items of each list ended how, with their shares."""
    state = year_end.state
    columns = [Column("层级", 12, Kind.LABEL), Column("项数", 8, Kind.COUNT)]
    for words in OUTCOMES.values():
        columns.append(Column("项数", 8, Kind.COUNT, over=words))
        columns.append(Column("占比", 10, Kind.PERCENT, year_end.decimals, over=words))
    rows = [_counts(level.label, level.counts, year_end) for level in year_end.levels]
    if len(rows) > 1:
        rows.append(_counts("合计", year_end.counts, year_end))
    return Table(
        name="总体情况",
        title=f"{state.county.name}{state.year}年民生实事完成情况（截至{cn_date(state.as_of)}）",
        columns=tuple(columns),
        rows=tuple(rows),
        notes=(
            *made_up(state),
            *(f"{whose}：{words}" for whose, words in year_end.sentences),
            *RULE,
            f"满意度：{VOTE_RULE}",
        ),
        totals=(len(rows) - 1,) if len(rows) > 1 else (),
    )


def _counts(label: str, counts: Counter, year_end: YearEnd) -> tuple[Cell, ...]:
    whole = sum(counts.values())
    cells: list[Cell] = [label, whole]
    for kind in OUTCOMES:
        part = share(counts[kind], whole, year_end.decimals)
        cells += [counts[kind], None if part is None else float(part)]
    return tuple(cells)


def _level(year_end: YearEnd, level: LevelEnd) -> Table:
    columns = [
        Column("序号", 6, Kind.COUNT),
        Column("项目内容", 32),
        Column("目标任务", 22),
        Column("年度完成情况", 40),
        Column(OUTCOME_HEADING, 12, Kind.STATUS),
        Column("完成率", 12, Kind.PERCENT, year_end.decimals),
        Column("责任单位", 14, Kind.LABEL),
        Column("责任人", 10, Kind.LABEL),
    ]
    if level.has_votes:
        columns.append(Column("满意度测评", 16, Kind.LABEL))
    state = year_end.state
    return Table(
        name=level.label,
        title=f"{level.title}完成情况",
        columns=tuple(columns),
        rows=tuple(_row(row, level) for row in level.rows),
        notes=(f"截至{cn_date(state.as_of)}，{year_end.sentence(level)}", *made_up(state)),
    )


def _row(row: Ended, level: LevelEnd) -> tuple[Cell, ...]:
    item = row.state.item
    cells = (
        item.number,
        ("★" if item.starred else "") + item.title,
        row.task,
        row.state.narrative,
        OUTCOMES[row.outcome],
        row.state.standing.actual_percent,
        item.unit_printed,
        row.person,
    )
    return (*cells, grades(row)) if level.has_votes else cells


def grades(row: Ended) -> str | None:
    """满意（县人大常委会）, a line for each body; None where nobody has voted."""
    if not row.votes:
        return "未测评"
    return "\n".join(f"{vote.grade_label}（{vote.body}）" for vote in row.votes)


def votes_table(year_end: YearEnd) -> Table:
    """The votes in numbers, item by item."""
    columns = (
        Column("条目", 12, Kind.LABEL),
        Column("项目内容", 40),
        Column("测评主体", 18, Kind.LABEL),
        Column("测评日期", 16, Kind.DATE),
        Column("组成人员", 10, Kind.COUNT),
        Column("满意", 8, Kind.COUNT),
        Column("基本满意", 10, Kind.COUNT),
        Column("不满意", 8, Kind.COUNT),
        Column("弃权或未投", 10, Kind.COUNT),
        Column("结果", 10, Kind.LABEL),
        Column("来源", 24),
    )
    rows = tuple(
        (
            row.state.name,
            row.state.item.title,
            vote.body,
            vote.voted_on,
            vote.members,
            vote.satisfied,
            vote.fairly,
            vote.dissatisfied,
            vote.abstained,
            vote.grade_label,
            vote.source,
        )
        for level in year_end.levels
        for row in level.rows
        for vote in row.votes
    )
    state = year_end.state
    return Table(
        name="满意度测评",
        title=f"{state.county.name}{state.year}年民生实事满意度测评结果",
        columns=columns,
        rows=rows,
        notes=(VOTE_RULE,),
    )
