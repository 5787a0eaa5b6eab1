"""What every reporting page begins with: the round, the person's unit, the project."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from livelihood.organisation.access import Permission, require
from livelihood.organisation.models import Unit
from progress.models import Extension, Round
from progress.operations.kept_states import kept_of_unit
from progress.operations.reporting_board import due_words
from progress.operations.sheets import BlankSheet, Sheet, fill_in, projects_of, read_blanks
from progress.operations.windows import Window, window
from progress.views.common import Place, find_place


@dataclass
class Desk:
    """A unit's place of work in one round; ``round`` is None where the year has none."""

    user: AbstractBaseUser
    place: Place
    round: Round | None
    unit: Unit | None
    window: Window | None
    now: datetime

    @property
    def args(self) -> tuple:
        """What leads the addresses of the round."""
        return self.place.county.code, self.place.year, self.round.as_of

    def sheets(self) -> list[Sheet]:
        """All projects of the unit, in the order of the lists, as they are now."""
        return fill_in(self._blanks.values(), self.round, now=self.now)

    def sheet(self, project: int) -> Sheet:
        """One project of the unit, as it is now.

        Raises:
            Http404: there is none of that key for the reader.
        """
        blank = self._blanks.get(project)
        if blank is None:
            raise Http404("本单位没有这个项目。")
        return fill_in([blank], self.round, now=self.now)[0]

    @cached_property
    def _blanks(self) -> dict[int, BlankSheet]:
        """The unit's projects before anything is written; shared, never changed."""
        if self.unit is None:
            return {}
        key = (*self.place.judged_by, self.round.pk, self.unit.pk)
        return kept_of_unit(key, self._read_blanks)

    def _read_blanks(self) -> dict[int, BlankSheet]:
        projects = projects_of(self.unit, self.place.county, self.place.year)
        return read_blanks(
            projects.select_related("lead_unit", "county"),
            self.round,
            today=self.place.today,
            rounds=self.place.rounds,
        )

    @property
    def deadline(self) -> str:
        """The deadline in words, and how long is left in an open round; "" without one."""
        return "" if self.window is None else deadline_words(self.round, self.window, self.now)

    @property
    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        due = self.window.due if self.window else None
        if due is None or self.window.reopened_until is not None:
            return False
        return self.now > due

    def also_open(self) -> list[tuple[Round, str]]:
        """The other rounds in which the unit may report now, the latest first, with their
        deadlines in words; one query."""
        if self.round is None or self.unit is None:
            return []
        others = [r for r in self.place.rounds if r.pk != self.round.pk]
        prefetch_related_objects(others, Prefetch("extensions", Extension.objects.order_by("pk")))
        windows = [(r, window(r, self.unit, self.now)) for r in others]
        return [(r, deadline_words(r, found, self.now)) for r, found in windows if found.open]


def deadline_words(reporting_round: Round, allowed: Window, now: datetime) -> str:
    """Until when a unit may report: 6月5日（还有3天）, 重开至6月9日18:00; "" without a deadline."""
    year = reporting_round.as_of.year
    if allowed.reopened_until is not None:
        return f"重开至{due_words(allowed.reopened_until, year)}"
    if allowed.due is None:
        return ""
    words = due_words(allowed.due, year)
    if reporting_round.state == Round.State.CLOSED:
        return words
    return f"{words}（{left_words(allowed.due, now)}）"


def left_words(due: datetime, now: datetime) -> str:
    """How long it is until a moment: 还有3天, 今天截止, 已逾期2天."""
    days = (timezone.localdate(due) - timezone.localdate(now)).days
    if now > due:
        return f"已逾期{max(-days, 1)}天"
    return f"还有{days}天" if days else "今天截止"


def find_desk(request, code: str, year: int, day: date | None = None) -> Desk:
    """The desk of the person's unit in the round of ``day``, or in the round that is due.

    Raises:
        PermissionDenied: the person does not report.
        Http404: county, year or round do not exist for the reader.
    """
    require(request.user, Permission.REPORT)
    place = find_place(request, code, year)
    now, unit = timezone.now(), request.user.unit
    rounds = Round.objects.filter(county=place.county, as_of__year=year)
    rounds = rounds.select_related("county").prefetch_related("extensions")
    begun = next((r for r in place.rounds if r.as_of == day), None)
    if day is None:
        chosen = _due_round(list(rounds.order_by("as_of")), unit, now)
    elif begun is not None:
        begun.county, chosen = place.county, begun
        prefetch_related_objects([begun], Prefetch("extensions", Extension.objects.order_by("pk")))
    else:
        chosen = get_object_or_404(rounds, as_of=day)
    allowed = window(chosen, unit, now) if chosen and unit else None
    return Desk(request.user, place, chosen, unit, allowed, now)


def _due_round(rounds: list[Round], unit: Unit | None, now: datetime) -> Round | None:
    """The earliest open round, else the earliest that is reopened for the unit; else the
    latest that has begun."""
    if unit is None or not rounds:
        return None
    writable = [r for r in rounds if window(r, unit, now).open]
    if writable:
        return min(writable, key=lambda r: r.state == Round.State.CLOSED)
    begun = [r for r in rounds if r.state != Round.State.PLANNED]
    return begun[-1] if begun else rounds[0]
