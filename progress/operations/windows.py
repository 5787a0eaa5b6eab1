"""When a unit may report: the round's days, extensions, reopenings. Always says why."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from livelihood.organisation.models import Unit
from livelihood.organisation.words import cn_date, cn_datetime
from progress.models import Extension, Round


class Window(NamedTuple):
    """Whether a unit may report now.

    ``due`` is the moment after which a first submission counts as late, extensions
    included; None where the round has no deadline. ``why`` says why it is closed and whom
    to ask; "" while it is open. ``reopened_until`` is the last moment in a closed round that
    is reopened for the unit.
    """

    open: bool
    due: datetime | None
    why: str
    reopened_until: datetime | None = None


class Deadlines(NamedTuple):
    """The last moments for first submissions in a round, extensions included."""

    general: datetime | None  # None: the round has no deadline
    of_units: Mapping[int, datetime]  # where a unit has a later one of its own

    def of(self, unit: int) -> datetime | None:
        """The last moment for the unit of that key."""
        return self.of_units.get(unit, self.general)


def deadlines(reporting_round: Round) -> Deadlines:
    """The deadlines of a round: one query, or none with the extensions at hand."""
    general, of_units = reporting_round.deadline_at, {}
    if general is None:
        return Deadlines(None, {})
    extended = [e for e in reporting_round.extensions.all() if e.kind == Extension.Kind.EXTENDED]
    general = max([general, *(e.until for e in extended if e.unit_id is None)])
    for e in extended:
        if e.unit_id is not None:
            of_units[e.unit_id] = max(e.until, of_units.get(e.unit_id, general))
    return Deadlines(general, of_units)


def window(reporting_round: Round, unit: Unit, now: datetime) -> Window:
    """The reporting window of ``unit`` in a round at the moment ``now``."""
    due = deadlines(reporting_round).of(unit.pk)
    if reporting_round.state == Round.State.PLANNED:
        opening = _opening(reporting_round, now)
        return Window(False, due, f"{reporting_round}的填报尚未开放{opening}。")
    if reporting_round.state == Round.State.CLOSED:
        reopened = [
            e.until
            for e in reporting_round.extensions.all()
            if e.kind == Extension.Kind.REOPENED and e.unit_id in (None, unit.pk)
        ]
        if reopened and max(reopened) >= now:
            return Window(True, due, "", max(reopened))
        closed = reporting_round.closed_at
        when = f"于{cn_datetime(timezone.localtime(closed))}" if closed else ""
        return Window(
            False,
            due,
            f"{reporting_round}的填报已{when}截止。需要更正的，请与县政府办公室联系，由其为本单位重开。",
        )
    return Window(True, due, "")


def _opening(reporting_round: Round, now: datetime) -> str:
    """When a planned round opens; no day opens it, a person of the office does."""
    opens = reporting_round.opens_on
    if opens is None:
        return ""
    if timezone.localdate(now) <= opens:
        return f"，{cn_date(opens)}开放"
    return f"，原定{cn_date(opens)}开放，请与县政府办公室联系"
