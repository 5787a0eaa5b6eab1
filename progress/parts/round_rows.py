"""A round as its pages show it: state, days, why a deadline was moved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from livelihood.organisation.words import UNKNOWN, cn_date, cn_month_day
from progress.models import Round
from progress.operations.reporting_board import due_words
from progress.operations.round_progress import Progress
from progress.operations.rounds import Planned, Step, dates_of
from progress.operations.windows import deadlines
from progress.operations.workdays import SATURDAY, holidays_known, is_workday, weekday, why_free
from progress.rules.calendar import RoundDates

HOLIDAYS_UNKNOWN = "{year}年节假日安排尚未公布，只避开周末；公布后请核对，必要时重新设置。"
# Word, shape and class of a round's state.
STATES = {
    Round.State.PLANNED: ("○ 未开放", "tag tag-off"),
    Round.State.OPEN: ("● 填报中", "tag tag-on"),
    Round.State.CLOSED: ("■ 已截止", "tag"),
}
STEPS = {Step.ADD: "新增", Step.KEEP: "已有，保留", Step.MOVE: "改期", Step.DROP: "撤销"}


def state_tag(round: Round) -> SafeString:
    """The state as a tag: word and shape carry it."""
    words, css = STATES[round.state]
    return format_html('<span class="{}">{}</span>', css, words)


def day_words(day: date | None) -> str:
    """2024年4月10日 周三; the dash where a loaded round has no such day."""
    if day is None:
        return UNKNOWN
    made_up = "（调休上班）" if day.weekday() >= SATURDAY and is_workday(day) else ""
    return f"{cn_date(day)} {weekday(day)}{made_up}"


def moved_words(days: RoundDates) -> str:
    """Why the deadline lies where it does: 原为10月5日（国庆节），顺延; "" if not moved."""
    if days.moved_from is None:
        return ""
    return f"原为{cn_month_day(days.moved_from)}（{why_free(days.moved_from)}），顺延"


def holidays_note(all_days: Iterable[RoundDates]) -> str:
    """That holidays of a year are not known yet, "" where they all are."""
    asked = {day for d in all_days for day in (d.moved_from, d.deadline) if day is not None}
    years = sorted({day.year for day in asked if not holidays_known(day)})
    return HOLIDAYS_UNKNOWN.format(year="、".join(map(str, years))) if years else ""


@dataclass(frozen=True)
class RoundRow:
    """One round in the list of a year."""

    round: Round
    progress: Progress | None  # None: not opened, nothing to count
    today: date

    @property
    def state(self) -> SafeString:
        """The state as a tag."""
        return state_tag(self.round)

    @property
    def opens(self) -> str:
        """The day of opening."""
        return day_words(self.round.opens_on)

    @property
    def deadline(self) -> str:
        """The last day for reports."""
        return day_words(self.round.deadline)

    @property
    def moved(self) -> str:
        """Why the deadline lies where it does."""
        return moved_words(dates_of(self.round))

    @cached_property
    def extended(self) -> str:
        """Until when all units have been given more time: 延至12月9日; "" if they have not."""
        general = deadlines(self.round).general
        if general is None or general == self.round.deadline_at:
            return ""
        return f"全部单位延至{due_words(general, self.round.as_of.year)}"

    @property
    def due(self) -> str:
        """What the office should do with the round by now, "" if nothing."""
        if self.round.state == Round.State.PLANNED:
            opens = self.round.opens_on
            return "已到开放日期" if opens is not None and opens <= self.today else ""
        if self.round.state != Round.State.OPEN or not self.round.is_over(self.today):
            return ""
        # All may have been given more time.
        over = self.today > timezone.localdate(deadlines(self.round).general)
        return "已过期限，尚未截止" if over else ""


@dataclass(frozen=True)
class PreviewRow:
    """One round as setting up would leave it."""

    planned: Planned

    @property
    def as_of(self) -> date:
        """The as-of date."""
        return self.planned.dates.as_of

    @property
    def opens(self) -> str:
        """The day of opening."""
        return day_words(self.planned.dates.opens_on)

    @property
    def deadline(self) -> str:
        """The last day for reports."""
        return day_words(self.planned.dates.deadline)

    @property
    def moved(self) -> str:
        """Why the deadline lies where it does."""
        return moved_words(self.planned.dates)

    @property
    def step(self) -> str:
        """新增, 保留, 改期 or 撤销; of what is kept, its state."""
        words = STEPS[self.planned.step]
        there = self.planned.existing
        return (
            f"{words}（{there.get_state_display()}）" if self.planned.step == Step.KEEP else words
        )

    @property
    def changes(self) -> bool:
        """Whether anything would be done."""
        return self.planned.step != Step.KEEP
