"""报送情况: one unit in one round in words, with a shape; for the page and for Excel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from livelihood.organisation.words import cn_month_day
from progress.models import Round
from progress.operations.reporting_board import Board, Cell, CellState, Row, due_words
from progress.operations.windows import deadlines


def chip_words(cell: Cell) -> str:
    """The state with its shape: ▲ 迟报3天; "" while the round has not begun."""
    return {
        None: "",
        CellState.MISSING: f"○ 未报{len(cell.missing)}项",
        CellState.AWAITED: f"… 待报{len(cell.missing)}项",
        CellState.RETURNED: f"◆ 退回{cell.returned}项",
        CellState.LATE: f"▲ 迟报{cell.late_days}天",
        CellState.ON_TIME: "● 按时",
        CellState.REPORTED: "● 已报",
        CellState.DONE: "✓ 均已完成",
    }[cell.state]


def detail_words(cell: Cell) -> str:
    """What else is to be said of the cell, "" if nothing: counts, extension, returns."""
    state, parts = cell.state, []
    if state is None:
        return ""
    if state is CellState.MISSING and cell.overdue_days:
        parts.append(f"已逾期{cell.overdue_days}天")
    if cell.in_unit:
        parts.append(f"{cell.in_unit}项待单位审核")
    if cell.late and (state is not CellState.LATE or cell.late < cell.owed):
        longest = "" if state is CellState.LATE else f"，最长{cell.late_days}天"
        parts.append(f"{cell.late}项迟报{longest}")
    if cell.returned and state is not CellState.RETURNED:
        parts.append(f"{cell.returned}项被退回")
    if cell.resent:
        parts.append(f"{cell.resent}项退回后已重报")
    if cell.extended and cell.due != deadlines(cell.round).general:
        parts.append(f"延至{due_words(cell.due, cell.round.as_of.year)}")
    return "；".join(parts)


def full_words(cell: Cell) -> str:
    """The cell as one text, as Excel has it."""
    return "\n".join(filter(None, [chip_words(cell), detail_words(cell)]))


def title_words(cell: Cell) -> str:
    """What a pointer that rests on the cell is told: what is missing, by name."""
    words = f"{cell.unit}，{cell.round}，应报{cell.owed}项"
    if cell.state is CellState.DONE:
        words = f"{cell.unit}，{cell.round}，事项均已完成，不再要求填报"
    if cell.missing:
        words += f"，未报：{'；'.join(cell.missing)}"
    return words


def round_heading(reporting_round: Round) -> str:
    """A round as the head of a column: 截至4月10日."""
    return f"截至{cn_month_day(reporting_round.as_of)}"


def deadline_words(reporting_round: Round) -> str:
    """Up to when reports were or are awaited: 期限4月12日; 期限延至4月20日 for all units."""
    if reporting_round.deadline is None:
        return "未定期限"
    general = deadlines(reporting_round).general
    if general > reporting_round.deadline_at:
        return f"期限延至{due_words(general, reporting_round.as_of.year)}"
    return f"期限{cn_month_day(reporting_round.deadline)}"


# -- Counts of the current round, each with the rows behind it ---------------------------


@dataclass(frozen=True)
class Count:
    """A count on top of the board: how many units, and the word that filters for them."""

    key: str
    label: str
    note: str
    belongs: Callable[[Cell], bool]


COUNTS = (
    Count("all", "应报单位", "个牵头单位", lambda c: True),
    Count("complete", "已报齐", "个单位", lambda c: c.complete),
    Count("missing", "未报齐", "个单位，期限已过", lambda c: c.state is CellState.MISSING),
    Count("awaited", "待报", "个单位，未到期限", lambda c: c.state is CellState.AWAITED),
    Count("late", "有迟报", "个单位", lambda c: c.late > 0),
    Count("returned", "退回待改", "个单位", lambda c: c.returned > 0),
    Count("extended", "获准延期", "个单位", lambda c: c.extended),
)


def counts(board: Board, reporting_round: Round) -> list[tuple[Count, int]]:
    """How many units are so in a round."""
    cells = board.cells(reporting_round)
    return [(count, sum(map(count.belongs, cells))) for count in COUNTS]


def chosen_count(key: str) -> Count:
    """The count that the address names; all units where it names none."""
    return next((count for count in COUNTS if count.key == key), COUNTS[0])


def rows_of(board: Board, count: Count, reporting_round: Round | None) -> Sequence[Row]:
    """The rows behind a count."""
    if reporting_round is None:
        return board.rows
    return [row for row in board.rows if count.belongs(row.cell(reporting_round))]
