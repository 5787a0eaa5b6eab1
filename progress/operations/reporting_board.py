"""报送情况: who has reported, unit by unit and round by round. Counts are projects.

Units are listed in their own order and never ranked; of persons nothing is said.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils import timezone

from livelihood.organisation.access import Permission, may
from livelihood.organisation.models import Region, Unit
from livelihood.organisation.words import cn_date, cn_month_day
from progress.models import Report, ReportEvent, Round
from progress.operations.finished import asked_of, owed, read_finished
from progress.operations.windows import deadlines

ARRIVED = frozenset({Report.State.SUBMITTED, Report.State.ACCEPTED})


class CellState(StrEnum):
    """How a unit stands in a round, in one word: what is worst about it."""

    MISSING = "missing"  # something is owed and the due moment has passed
    AWAITED = "awaited"  # something is owed, and there is still time
    RETURNED = "returned"  # sent back by the office and not sent again
    LATE = "late"
    ON_TIME = "on_time"
    REPORTED = "reported"  # there is no deadline, or no moment, to measure by
    DONE = "done"  # nothing is owed: all of the unit's projects were done before


@dataclass(frozen=True)
class Cell:
    """What one unit owed in one round, and what came in.

    What was done before the round is not owed, unless it was reported all the same. Of the
    ``owed`` projects ``on_time``, ``late`` and ``unmeasured`` came in (by their
    first submission, also where they were sent back later), ``missing`` did not; of these
    ``in_unit`` wait for the unit's own head. ``returned`` have been sent back by the office
    and not sent again, ``resent`` have been sent again; ``waiting`` are before the office.

    ``late_days`` is how many days the latest came after ``due``, a begun day counted;
    ``overdue_days`` the same for what is missing now. ``due`` is the deadline with what was
    granted to the unit.
    """

    round: Round
    unit: Unit
    begun: bool
    owed: int
    on_time: int
    late: int
    late_days: int
    unmeasured: int
    returned: int
    resent: int
    waiting: int
    in_unit: int
    missing: tuple[str, ...]
    due: datetime | None
    extended: bool
    over: bool
    overdue_days: int

    @property
    def state(self) -> CellState | None:
        """The one word for it; None while the round has not begun."""
        if not self.begun:
            return None
        if self.missing:
            return CellState.MISSING if self.over else CellState.AWAITED
        if self.returned:
            return CellState.RETURNED
        if self.late:
            return CellState.LATE
        if not self.owed:
            return CellState.DONE
        return CellState.ON_TIME if self.on_time else CellState.REPORTED

    @property
    def complete(self) -> bool:
        """Whether everything has come in and nothing waits to be mended."""
        return not self.missing and not self.returned


class Row(NamedTuple):
    """One unit: its projects of the year, and its cell in every round."""

    unit: Unit
    projects: int
    cells: tuple[Cell, ...]

    def cell(self, reporting_round: Round) -> Cell:
        """The unit's cell in a round of the board."""
        return next(c for c in self.cells if c.round.pk == reporting_round.pk)


@dataclass(frozen=True)
class Board:
    """A county's year: its rounds, the earliest first, and a row for every lead unit."""

    county: Region
    year: int
    now: datetime
    rounds: Sequence[Round]
    rows: Sequence[Row]

    def cells(self, reporting_round: Round) -> list[Cell]:
        """All units' cells of one round."""
        return [row.cell(reporting_round) for row in self.rows]

    @property
    def simulated(self) -> bool:
        """Whether a round is 演示数据."""
        return any(r.simulated for r in self.rounds)


class _Sent(NamedTuple):
    """What the board needs of a report."""

    state: str
    first_submitted_at: datetime | None
    submitted_at: datetime | None
    accepted_at: datetime | None
    by_office: bool  # the office has sent it back at least once

    @property
    def has_arrived(self) -> bool:
        # A report that was accepted and is being corrected has arrived all the same.
        begun_again = self.accepted_at is not None and self.state != Report.State.RETURNED
        return self.state in ARRIVED or begun_again

    @property
    def is_returned(self) -> bool:
        if self.has_arrived:
            return False
        # What the unit's own head sent back, the office never had: it has no submitted_at.
        sent_back = self.state == Report.State.RETURNED and self.submitted_at is not None
        return self.by_office or sent_back


def read_board(
    user, county: Region, year: int, *, now: datetime, only: Collection[int] | None = None
) -> Board:
    """The board of a county's year as it stands at ``now``, for ``user``.

    Six queries, whatever the numbers of units and rounds. A lead unit sees itself alone;
    a unit that leads no project on the year's lists has no row. ``only``: as if the year had
    no other projects than these, given by their keys.
    """
    rounds = list(
        Round.objects.filter(county=county, as_of__year=year)
        .order_by("as_of")
        .select_related("county")
        .prefetch_related("extensions")
    )
    projects = asked_of(county, year)
    if user is not None and not may(user, Permission.SEE_WHOLE_REGION):
        projects = projects.filter(lead_unit_id=user.unit_id)
    if only is not None:
        projects = projects.filter(pk__in=only)
    asked = defaultdict(dict)
    units = {}
    for project in projects.select_related("lead_unit").order_by(
        "lead_unit__order", "lead_unit_id", "pk"
    ):
        units[project.lead_unit_id] = project.lead_unit
        asked[project.lead_unit_id][project.pk] = project.name
    sent = _fetch_reports(projects, rounds)
    due = {r.pk: deadlines(r) for r in rounds}
    finished = read_finished(county, year)
    done = {r.pk: finished.before(r.as_of) for r in rounds}
    rows = []
    for pk, unit in units.items():
        cells = (
            _cell(r, unit, asked[pk], done[r.pk], sent.get(r.pk, {}), due[r.pk].of(pk), now)
            for r in rounds
        )
        rows.append(Row(unit, len(asked[pk]), tuple(cells)))
    return Board(county, year, now, rounds, rows)


def _fetch_reports(projects, rounds) -> dict[int, dict[int, _Sent]]:
    """By round and project, in one query."""
    returned = ReportEvent.objects.filter(report=OuterRef("pk"), kind=ReportEvent.Kind.RETURNED)
    found = defaultdict(dict)
    for round_pk, project_pk, *values in (
        Report.objects.filter(round__in=rounds, project__in=projects)
        .annotate(by_office=Exists(returned))
        .values_list(
            "round_id",
            "project_id",
            "state",
            "first_submitted_at",
            "submitted_at",
            "accepted_at",
            "by_office",
        )
    ):
        found[round_pk][project_pk] = _Sent._make(values)
    return found


def _cell(
    reporting_round: Round,
    unit: Unit,
    projects: dict[int, str],
    done: set[int],
    sent: dict[int, _Sent],
    due: datetime | None,
    now: datetime,
) -> Cell:
    """One cell, from the round's reports by project."""
    begun = reporting_round.state != Round.State.PLANNED
    closed = reporting_round.state == Round.State.CLOSED
    reports = {pk: sent[pk] for pk in projects if pk in sent} if begun else {}
    came = {pk: s for pk, s in reports.items() if s.has_arrived or s.is_returned}
    asked = owed(projects, done, came)
    delays = [days_after(due, s.first_submitted_at) for s in came.values()]
    missing = tuple(projects[pk] for pk in asked if pk not in came) if begun else ()
    return Cell(
        round=reporting_round,
        unit=unit,
        begun=begun,
        owed=len(asked),
        on_time=delays.count(0),
        late=sum(1 for days in delays if days),
        late_days=max((days for days in delays if days), default=0),
        unmeasured=delays.count(None),
        returned=sum(1 for s in came.values() if s.is_returned),
        resent=sum(1 for s in came.values() if s.by_office and s.has_arrived),
        waiting=sum(1 for s in came.values() if s.state == Report.State.SUBMITTED),
        in_unit=sum(
            1 for pk, s in reports.items() if pk not in came and s.state == Report.State.IN_UNIT
        ),
        missing=missing,
        due=due,
        extended=due is not None and due > reporting_round.deadline_at,
        over=closed or (due is not None and now > due),
        # After closing nothing can be sent: it is missing for good, and no longer overdue.
        overdue_days=(days_after(due, now) or 0) if missing and not closed else 0,
    )


def days_after(due: datetime | None, moment: datetime | None) -> int | None:
    """For how many days ``moment`` comes after ``due``, a begun day counted; 0 in time.

    None where one of the two is not known.
    """
    if due is None or moment is None:
        return None
    if moment <= due:
        return 0
    return max((timezone.localdate(moment) - timezone.localdate(due)).days, 1)


# -- Who is missing, as a sentence ------------------------------------------------------


def due_words(due: datetime, year: int | None = None) -> str:
    """A due moment as 4月12日; with the time where it is not the end of the day.

    With the year of the round, a moment years later says its own.
    """
    local = timezone.localtime(due)
    end_of_day = (local.hour, local.minute) == (23, 59)
    distant = year is not None and local.year > year + 1
    day = cn_date(local.date()) if distant else cn_month_day(local.date())
    return day + ("" if end_of_day else f"{local:%H:%M}")


def missing_sentence(cells: Sequence[Cell], reporting_round: Round, now: datetime) -> str:
    """The list of units that have not reported, as one sentence for a chat group.

    Args:
        cells: all units' cells of the round.
        reporting_round: which has begun.
        now: decides whether the deadline has passed.
    """
    sample = "（演示数据）" if reporting_round.simulated else ""
    subject = f"{sample}民生实事进展填报（截至{cn_date(reporting_round.as_of)}）"
    overdue = [c for c in cells if c.state is CellState.MISSING]
    awaited = [c for c in cells if c.state is CellState.AWAITED]
    returned = [c for c in cells if c.returned]
    parts = []
    if overdue:
        closed = reporting_round.state == Round.State.CLOSED
        still = "未报齐" if closed else "仍未报齐，请立即补报"
        parts.append(f"{len(overdue)}个单位{still}：{_named(overdue)}")
    if awaited:
        parts.append(f"{len(awaited)}个单位待报，请按期报送：{_named(awaited)}")
    if returned:
        words = "、".join(f"{c.unit}（{c.returned}项）" for c in returned)
        parts.append(f"{len(returned)}个单位有填报被退回，请修改后重新提交：{words}")
    if not overdue and not awaited:
        parts.append(f"{len(cells)}个单位均已报送" if returned else f"{len(cells)}个单位均已报齐")
    opening = "，".join(filter(None, [_deadline_words(reporting_round, now), parts[0]]))
    return f"{subject}{'；'.join([opening, *parts[1:]])}。"


def _deadline_words(reporting_round: Round, now: datetime) -> str:
    if reporting_round.state == Round.State.CLOSED:
        return "已截止"
    due = deadlines(reporting_round).general
    if due is None:
        return ""
    moved = "延至" if due > reporting_round.deadline_at else ""
    words = due_words(due, reporting_round.as_of.year)
    return f"期限{moved}{words}{'已过' if now > due else ''}"


def _named(cells: Sequence[Cell]) -> str:
    general = deadlines(cells[0].round).general
    return "、".join(f"{c.unit}（{_how_many(c, general)}）" for c in cells)


def _how_many(cell: Cell, general: datetime | None) -> str:
    """How many are missing, and until when where the unit has longer than ``general``."""
    number = len(cell.missing)
    words = f"{number}项均未报" if number == cell.owed and number > 1 else f"{number}项"
    if cell.extended and not cell.over and cell.due > general:
        words += f"，延至{due_words(cell.due, cell.round.as_of.year)}"
    return words
