"""与上期比较: what became behind, recovered or was finished, and which promises were kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from livelihood.organisation.words import cn_month_day
from progress.models import Report
from progress.operations.item_state import ItemState
from progress.operations.standings import CountyState
from progress.rules.judgement import Status


class Move(StrEnum):
    """What became of an item; ``MOVE_LABELS`` has the words."""

    FINISHED = "finished"
    BECAME_BEHIND = "became_behind"
    WORSE = "worse"
    BETTER = "better"
    RECOVERED = "recovered"
    STILL_BEHIND = "still_behind"
    FELL_BELOW = "fell_below"
    ROSE_ABOVE = "rose_above"


MOVE_LABELS = {
    Move.FINISHED: "新完成",
    Move.BECAME_BEHIND: "新转入滞后",
    Move.WORSE: "滞后加重",
    Move.BETTER: "滞后减轻",
    Move.RECOVERED: "赶上进度",
    Move.STILL_BEHIND: "仍然滞后",
    Move.FELL_BELOW: "降至全市平均以下",
    Move.ROSE_ABOVE: "回到全市平均以上",
}
STILL = frozenset({Move.WORSE, Move.BETTER, Move.STILL_BEHIND})


class Promise(StrEnum):
    """What became of a promise to have caught up by a date; ``PROMISE_WORDS`` says it."""

    KEPT = "kept"
    MISSED = "missed"
    EARLY = "early"  # caught up before the date has come
    OPEN = "open"


PROMISE_WORDS = {
    Promise.KEPT: "已兑现",
    Promise.MISSED: "未兑现",
    Promise.EARLY: "已提前赶上",
    Promise.OPEN: "未到期",
}


@dataclass(frozen=True)
class Changed:
    """One item that moved, or that stays behind: before and now, and its promise.

    ``promised`` is the date by which the unit had promised, as of last time, to have caught
    up; ``outcome`` is what became of it, None where nothing was promised.
    """

    before: ItemState
    now: ItemState
    moves: tuple[Move, ...]
    promised: date | None
    outcome: Promise | None

    @property
    def words(self) -> str:
        """What moved, in words: 新完成; 新转入滞后、降至全市平均以下."""
        return "、".join(MOVE_LABELS[move] for move in self.moves)

    @property
    def promise(self) -> str:
        """What became of the promise, "" where there was none."""
        if self.outcome is None:
            return ""
        return f"承诺{cn_month_day(self.promised)}前赶上，{PROMISE_WORDS[self.outcome]}"


def changes_since(before: CountyState, now: CountyState) -> list[Changed]:
    """What moved between two dates, in the order of the lists; one query for the promises.

    An item that stays behind is among them: what was said of it last time must be answered.
    Items that stand on only one of the two are left out.
    """
    former = {state.item.pk: state for state in before.items}
    promises = _promises(before)
    found = []
    for state in now.items:
        old = former.get(state.item.pk)
        if old is None:
            continue
        moves = tuple(_moves(old, state))
        promised = promises.get(state.item.project_id) if _is_awaited(old) else None
        if moves or promised is not None:
            outcome = None if promised is None else _outcome(state, promised, now.as_of)
            found.append(Changed(old, state, moves, promised, outcome))
    return found


def _is_awaited(old: ItemState) -> bool:
    """Whether it had still to catch up: who did not report has not been seen to."""
    return old.standing.is_behind or old.standing.status is Status.NOT_REPORTED


def _moves(old: ItemState, new: ItemState) -> Iterable[Move]:
    was, is_now = old.standing, new.standing
    if is_now.status is Status.COMPLETED and was.status is not Status.COMPLETED:
        yield Move.FINISHED
    if is_now.is_behind and not was.is_behind:
        yield Move.BECAME_BEHIND
    elif is_now.is_behind:
        yield _how_behind(was.status, is_now.status)
    elif was.is_behind and is_now.status in (
        Status.COMPLETED,
        Status.AHEAD,
        Status.ON_SCHEDULE,
    ):
        # Who did not report has not been seen to catch up.
        yield Move.RECOVERED
    if was.below_city_average is False and is_now.below_city_average:
        yield Move.FELL_BELOW
    if was.below_city_average and is_now.below_city_average is False:
        yield Move.ROSE_ABOVE


def _how_behind(was: Status, is_now: Status) -> Move:
    if was is is_now:
        return Move.STILL_BEHIND
    return Move.WORSE if is_now is Status.SERIOUSLY_BEHIND else Move.BETTER


def _promises(before: CountyState) -> dict[int, date]:
    """By project: until when the latest accepted report up to ``before`` promised.

    What fell due by then has been answered the last time.
    """
    rows = (
        Report.objects.filter(
            project__in={state.item.project_id for state in before.items},
            state=Report.State.ACCEPTED,
            round__as_of__lte=before.as_of,
            round__as_of__year=before.year,
        )
        .order_by("round__as_of")
        .values_list("project_id", "catch_up_on")
    )
    return {
        project: day
        for project, day in dict(rows).items()
        if day is not None and day > before.as_of
    }


def _outcome(state: ItemState, promised: date, as_of: date) -> Promise:
    standing = state.standing
    caught_up = not standing.is_behind and standing.status not in (None, Status.NOT_REPORTED)
    if promised > as_of:
        return Promise.EARLY if caught_up else Promise.OPEN
    return Promise.KEPT if caught_up else Promise.MISSED
