"""The boards of the pages as tables for Excel, in the order and with the filters of the page."""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from livelihood.organisation.documents.tables import Cell, Column, Kind, Table
from livelihood.organisation.words import cn_date, cn_datetime, percent1
from progress.models import Bulletin, Round, Slip
from progress.operations.groups import Due, Group, promised
from progress.operations.item_state import ItemState, partial_notes
from progress.operations.review_queue import QueueRow
from progress.operations.sheet_notes import Trouble
from progress.operations.standings import CountyState
from progress.operations.year_end_tables import made_up
from progress.parts.chips import is_sample
from progress.parts.round_rows import RoundRow
from progress.parts.slip_parts import state_of
from progress.rules.judgement import FLAG_LABELS, Flag

SAMPLE_NOTE = "示例数据：全市平均为示例数据，仅供演示。"


def state_notes(state: CountyState, *said: str) -> tuple[str, ...]:
    """The notes of a table that rests on the judgement at a date: what is made up is said."""
    sample = [SAMPLE_NOTE] if state.has_sample_comparisons else []
    return (*filter(None, said), *made_up(state), *sample)


def round_notes(rounds: Iterable[Round]) -> tuple[str, ...]:
    """That the reports of some rounds are made up, where they are."""
    rounds = list(rounds)
    made_up = [str(r) for r in rounds if r.simulated]
    if not made_up:
        return ()
    named = "各期" if len(made_up) == len(rounds) > 1 else "、".join(made_up)
    return (f"演示数据：{named}的填报为模拟数据，仅供演示。",)


# -- Items, units, leaders ----------------------------------------------------------------

ITEM_COLUMNS = (
    Column("条目", 12, Kind.LABEL),
    Column("项目内容", 40),
    Column("牵头单位", 14, Kind.LABEL),
    Column("目标值", 22),
    Column("计划进度", 10, Kind.PERCENT),
    Column("实际进度", 10, Kind.PERCENT),
    Column("偏差（百分点）", 10, Kind.POINTS),
    Column("研判", 12, Kind.STATUS),
    Column("提示", 16, Kind.LABEL),
    Column("原因", 40),
)


def _flags(own: ItemState) -> str:
    words = []
    for flag in own.standing.flags:
        sample = flag is Flag.BELOW_CITY_AVERAGE and is_sample(own.standing)
        words.append(FLAG_LABELS[flag] + ("（示例数据）" if sample else ""))
    return "、".join(words)


def items_table(
    states: Iterable[ItemState], *, name: str, title: str, notes: Sequence[str] = ()
) -> Table:
    """Items in the order given, with plan, figure, judgement and reason."""
    states = list(states)
    rows = tuple(
        (
            own.name,
            ("★" if own.item.starred else "") + own.item.title,
            own.item.unit,
            promised(own.standing.plan),
            own.standing.planned_percent,
            own.standing.actual_percent,
            own.standing.schedule_variance,
            own.standing.label,
            _flags(own),
            own.standing.reason,
        )
        for own in states
    )
    notes = (*notes, *partial_notes(states))
    return Table(name, title, ITEM_COLUMNS, rows, notes, empty="没有条目。")


def due_table(due: Iterable[Due], title: str) -> Table:
    """Milestones due and not known to be met, and those that fall due next."""
    columns = (
        Column("到期日", 16, Kind.DATE),
        Column("情况", 12, Kind.LABEL),
        Column("距到期（天）", 10, Kind.COUNT),
        Column("条目", 12, Kind.LABEL),
        Column("项目内容", 40),
        Column("节点", 50),
        Column("计划进度", 10, Kind.PERCENT),
    )
    rows = tuple(
        (
            row.milestone.due,
            row.label,
            row.days,
            row.state.name,
            row.state.item.title,
            f"{row.milestone.label}：{row.milestone.text}",
            row.milestone.percent,
        )
        for row in due
    )
    return Table("到期节点", title, columns, rows, empty="30天内没有到期的节点，也没有逾期的节点。")


def troubles_table(found: Iterable[Trouble], title: str) -> Table:
    """Problems, causes, promises and help that is needed."""
    columns = (
        Column("条目", 12, Kind.LABEL),
        Column("项目内容", 36),
        Column("存在问题", 36),
        Column("滞后原因", 30),
        Column("计划赶上日期", 16, Kind.DATE),
        Column("需要协调", 30),
    )
    rows = tuple(
        (
            t.state.name,
            t.state.item.title,
            t.state.problems,
            t.cause,
            t.catch_up_on or "",
            t.help_needed,
        )
        for t in found
    )
    return Table(
        "问题和协调", title, columns, rows, empty="没有报告存在问题，也没有需要协调的事项。"
    )


def counts_table(
    rows: Sequence[tuple[Group, Sequence[tuple]]],
    total: Sequence[tuple] | None,
    *,
    heading: str,
    name: str,
    title: str,
    notes: Sequence[str],
) -> Table:
    """Units or leaders in numbers; the cells are those of the page (heading, count, address)."""
    heads = [label for label, _count, _url in rows[0][1]] if rows else []
    columns = (
        Column(heading, 22, Kind.LABEL),
        *(Column(head, 11, Kind.COUNT) for head in heads),
        Column("下一节点到期", 16, Kind.DATE),
        Column("下一节点所在条目", 16, Kind.LABEL),
    )
    lines = [(group.name, *_numbers(cells), *_next(group)) for group, cells in rows]
    if total is not None and rows:
        lines.append(("合计", *_numbers(total), "", ""))
    return Table(
        name,
        title,
        columns,
        tuple(lines),
        tuple(notes),
        totals=(len(lines) - 1,) if total is not None and rows else (),
    )


def _numbers(cells: Sequence[tuple]) -> list[Cell]:
    # The page writes a dash where nothing is known.
    return [count if isinstance(count, int) else None for _label, count, _url in cells]


def _next(group: Group) -> tuple[Cell, Cell]:
    due = group.next_due
    return ("", "") if due is None else (due.milestone.due, due.state.name)


# -- Rounds -------------------------------------------------------------------------------


def rounds_table(rows: Sequence[RoundRow], title: str) -> Table:
    """A year's rounds with what has come in; nothing is known of one that is not open."""
    columns = (
        Column("期次", 18, Kind.DATE),
        Column("状态", 10, Kind.LABEL),
        Column("版本", 8, Kind.COUNT),
        Column("开放填报", 16, Kind.DATE),
        Column("填报期限", 16, Kind.DATE),
        Column("期限说明", 30),
        *(Column(head, 10, Kind.COUNT) for head in ("已通过", "待审核", "退回", "未提交")),
    )
    lines = []
    for row in rows:
        told = row.progress
        counts = (
            (None,) * 4
            if told is None
            else (told.accepted, told.waiting, told.returned, told.missing)
        )
        lines.append(
            (
                row.round.as_of,
                row.round.get_state_display(),
                row.round.version or None,
                row.round.opens_on,
                row.round.deadline,
                "；".join(filter(None, (row.moved, row.due))),
                *counts,
            )
        )
    notes = round_notes(row.round for row in rows)
    return Table("期次", title, columns, tuple(lines), notes, empty="还没有设置期次。")


def changes_table(version, changes: Sequence[dict], title: str) -> Table:
    """What one version of a round changed in the standings, as its page shows it."""
    columns = (
        Column("条目", 12, Kind.LABEL),
        Column("项目内容", 44),
        Column("研判", 14, Kind.STATUS, over="原来"),
        Column("实际进度", 12, Kind.LABEL, over="原来"),
        Column("研判", 14, Kind.STATUS, over="现在"),
        Column("实际进度", 12, Kind.LABEL, over="现在"),
        Column("新增提示", 18),
        Column("消除提示", 18),
    )
    rows = tuple(
        (
            change["name"],
            change["title"],
            change["status"][0] or "没有这一条目",
            percent1(change["actual"][0]),
            change["status"][1] or "撤下",
            percent1(change["actual"][1]),
            "、".join(change["gained"]),
            "、".join(change["lost"]),
        )
        for change in changes
    )
    when = cn_datetime(timezone.localtime(version.at))
    return Table(
        f"第{version.number}版",
        f"{title}第{version.number}版",
        columns,
        rows,
        tuple(filter(None, (f"{when}存档。", version.note))),
        empty="首次存档。" if version.number == 1 else "研判、提示和实际进度没有变化。",
    )


def extensions_table(extensions: Iterable[tuple], title: str) -> Table:
    """Extensions and reopenings of a round: (extension, whether it runs, reopened)."""
    columns = (
        Column("单位", 18, Kind.LABEL),
        Column("类型", 10, Kind.LABEL),
        Column("至", 22, Kind.LABEL),
        Column("是否有效", 10, Kind.LABEL),
        Column("原因", 40),
        Column("批准人", 12, Kind.LABEL),
        Column("批准时间", 22, Kind.LABEL),
    )
    rows = tuple(
        (
            str(e.unit or "全部单位"),
            e.get_kind_display(),
            cn_datetime(timezone.localtime(e.until)),
            "有效" if runs else "已失效",
            e.reason,
            str(e.granted_by),
            cn_datetime(timezone.localtime(e.granted_at)),
        )
        for e, runs, _reopened in extensions
    )
    return Table("延期与重开", title, columns, rows, empty="没有延期，也没有重开。")


# -- Slips, bulletins, the reviewer's queue ---------------------------------------------------


def slips_table(slips: Sequence[Slip], title: str, note: str, today) -> Table:
    """Slips in the order of the page."""
    columns = (
        Column("编号", 16, Kind.LABEL),
        Column("类型", 14, Kind.LABEL),
        Column("单位", 16, Kind.LABEL),
        Column("事由", 40),
        Column("期次", 16, Kind.DATE),
        Column("签发", 16, Kind.DATE),
        Column("办结期限", 16, Kind.DATE),
        Column("状态", 16, Kind.LABEL),
        Column("办理情况", 44),
        Column("回复日期", 16, Kind.DATE),
        Column("办结日期", 16, Kind.DATE),
        Column("接续", 20, Kind.LABEL),
    )
    rows = tuple(
        (
            f"〔{slip.year}〕{slip.number}号",
            slip.get_kind_display(),
            slip.unit.name,
            slip_matter(slip),
            slip.round.as_of,
            slip.issued_on,
            slip.deadline,
            state_of(slip, today)[1],
            slip.answer,
            _day(slip.answered_at),
            _day(slip.closed_at),
            str(slip.former or ""),
        )
        for slip in slips
    )
    notes = (note, *round_notes({slip.round for slip in slips}))
    return Table("催办督办单", title, columns, rows, notes, empty="没有符合条件的单子。")


def slip_matter(slip: Slip) -> str:
    """What a slip is about: its item, or reports that are missing."""
    if slip.item is None:
        return f"填报未报齐，{slip.round}"
    return f"{slip.item}　{slip.item.project.name}"


def _day(moment):
    return "" if moment is None else timezone.localdate(moment)


def bulletins_table(found: Iterable[Bulletin], title: str) -> Table:
    """The issues in the order of the page."""
    columns = (
        Column("期号", 14, Kind.LABEL),
        Column("标题", 60),
        Column("文种", 14, Kind.LABEL),
        Column("期次", 16, Kind.DATE),
        Column("状态", 10, Kind.LABEL),
        Column("印发日期", 16, Kind.DATE),
        Column("版本", 8, Kind.COUNT),
        Column("起草人", 12, Kind.LABEL),
    )
    found = list(found)
    rows = tuple(
        (
            bulletin.issue,
            bulletin.title,
            bulletin.series,
            bulletin.round.as_of,
            bulletin.get_state_display(),
            bulletin.issued_on or "",
            bulletin.version or "",
            str(bulletin.created_by or ""),
        )
        for bulletin in found
    )
    notes = round_notes({bulletin.round for bulletin in found})
    return Table("通报", title, columns, rows, notes, empty="没有符合条件的通报。")


def queue_table(rows: Sequence[QueueRow], title: str, notes: Sequence[str]) -> Table:
    """The reports of the reviewer's queue: what is unusual, figures, judgement, when sent."""
    columns = (
        Column("异常", 36),
        Column("事项", 30),
        Column("牵头单位", 16, Kind.LABEL),
        Column("上期 → 本期", 40),
        Column("按此数研判", 34),
        Column("提交时间", 22, Kind.LABEL),
        Column("提交人", 12, Kind.LABEL),
    )
    return Table(
        "审核",
        title,
        columns,
        tuple(map(_queue_row, rows)),
        tuple(notes),
        empty="没有符合条件的填报。",
    )


def _queue_row(row: QueueRow) -> tuple[Cell, ...]:
    report = row.report
    figures = [
        f"{f.name} {f.new}".strip() if f.same else f"{f.name} {f.old} → {f.new}".strip()
        for f in row.figures
    ]
    if report.unchanged:
        figures.insert(0, "单位报无变化")
    verdicts = [
        f"{v.state.name} 计划{percent1(v.standing.planned_percent)} {v.standing.label}"
        for v in row.verdicts
    ]
    return (
        "\n".join(mark.words for mark in row.marks) or "无",
        str(report.project),
        str(report.project.lead_unit),
        "\n".join(figures) or "没有数据",
        "\n".join(verdicts),
        "" if report.submitted_at is None else cn_datetime(timezone.localtime(report.submitted_at)),
        row.sent_by,
    )


def as_of_words(state: CountyState) -> str:
    """截至2023年4月10日。"""
    return f"截至{cn_date(state.as_of)}。"
