"""How far a round is: what has been sent and accepted, what is missing, and whose it is."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from livelihood.organisation.access import Permission, may
from livelihood.organisation.models import Region
from progress.models import Extension, Report, Round
from progress.operations.finished import asked_of, owed, read_finished
from progress.operations.standings import CountyState
from projects.models import Project

# What the office has had before it, also of projects that are no longer asked for.
CAME = frozenset({Report.State.SUBMITTED, Report.State.RETURNED, Report.State.ACCEPTED})


@dataclass(frozen=True)
class Progress:
    """A round's projects by the state of their reports, as far as one reader may know.

    What was done before the round, and not reported all the same, is none of its ``projects``.
    """

    projects: int
    states: dict[str, int]

    @property
    def accepted(self) -> int:
        """Reported and accepted: what counts."""
        return self.states.get(Report.State.ACCEPTED, 0)

    @property
    def waiting(self) -> int:
        """Sent, and not yet reviewed by the office."""
        return self.states.get(Report.State.SUBMITTED, 0)

    @property
    def returned(self) -> int:
        """Sent back to be mended."""
        return self.states.get(Report.State.RETURNED, 0)

    @property
    def missing(self) -> int:
        """Not sent to the office: nothing, a draft, or still with the unit's head."""
        return self.projects - self.accepted - self.waiting - self.returned


def projects_of(user, county: Region, year: int) -> QuerySet[Project]:
    """The projects on whose reports ``user`` is told anything: all, or the own unit's."""
    projects = asked_of(county, year)
    if may(user, Permission.SEE_WHOLE_REGION):
        return projects
    return projects.filter(lead_unit_id=user.unit_id)


def progress_of(user, county: Region, year: int, rounds: Sequence[Round]) -> dict[int, Progress]:
    """The progress of each round, by its key; four queries."""
    projects = set(projects_of(user, county, year).values_list("pk", flat=True))
    finished = read_finished(county, year)
    states: dict[int, dict[int, str]] = defaultdict(dict)
    for pk, project, state in (
        Report.objects.visible_to(user)
        .filter(round__in=[r.pk for r in rounds], project__county=county, project__year=year)
        .order_by()
        .values_list("round_id", "project_id", "state")
    ):
        if project in projects:
            states[pk][project] = state
    return {r.pk: _progress(projects, finished.before(r.as_of), states[r.pk]) for r in rounds}


def progress_at(user, state: CountyState) -> Progress:
    """The progress of the round on which ``state`` rests, as far as ``user`` may know.

    One query: which projects there are, and which were done before, ``state`` knows.
    """
    reporting_round, on = state.current_round, defaultdict(list)
    for own in state.items:
        on[own.item.project_id].append(own.standing.facts.completed_on)
    before = reporting_round.as_of
    done = {pk for pk, days in on.items() if all(day and day < before for day in days)}
    reports = Report.objects.visible_to(user).filter(round=reporting_round)
    states = dict(reports.order_by().values_list("project_id", "state"))
    return _progress(set(on), done, states)


def _progress(projects: set[int], done: set[int], states: dict[int, str]) -> Progress:
    asked = owed(projects, done, _came(states))
    return Progress(len(asked), Counter(states[pk] for pk in asked if pk in states))


def _came(states: dict[int, str]) -> set[int]:
    return {pk for pk, state in states.items() if state in CAME}


@dataclass(frozen=True)
class Unfinished:
    """What would be 未报 if a round were closed now; of drafts only how many there are."""

    projects: int
    states: Counter  # of the projects without an accepted report; None: nothing begun
    units: list[tuple[str, int]]  # (unit, its projects without an accepted report)
    extended: list[Extension]  # that would still run

    @property
    def total(self) -> int:
        """Projects without an accepted report."""
        return sum(self.states.values())

    @property
    def waiting(self) -> int:
        """Sent, and not yet reviewed by the office."""
        return self.states[Report.State.SUBMITTED]

    @property
    def parts(self) -> list[str]:
        """Where they are, in words."""
        words = (
            (Report.State.SUBMITTED, "个已提交、尚未审核"),
            (Report.State.RETURNED, "个已退回、尚未重新提交"),
            (Report.State.IN_UNIT, "个尚待单位负责人审核"),
            (Report.State.DRAFT, "个草稿没有提交"),
            (None, "个没有开始填写"),
        )
        return [f"{self.states[state]}{said}" for state, said in words if self.states[state]]


def unfinished(reporting_round: Round, now: datetime) -> Unfinished:
    """What a round still lacks, for whoever is about to close it."""
    year = reporting_round.as_of.year
    done = read_finished(reporting_round.county, year).before(reporting_round.as_of)
    units = dict(
        asked_of(reporting_round.county, year)
        .order_by("lead_unit__order", "lead_unit_id")
        .values_list("pk", "lead_unit__name")
    )
    reports = dict(reporting_round.reports.values_list("project_id", "state"))
    projects = owed(units, done, _came(reports))
    open_ones = [
        (units[pk], reports.get(pk)) for pk in projects if reports.get(pk) != Report.State.ACCEPTED
    ]
    return Unfinished(
        projects=len(projects),
        states=Counter(state for _unit, state in open_ones),
        units=list(Counter(unit for unit, _state in open_ones).items()),
        extended=list(
            reporting_round.extensions.filter(
                kind=Extension.Kind.EXTENDED, until__gt=now
            ).select_related("unit")
        ),
    )


def extensions_for(user, reporting_round: Round) -> QuerySet[Extension]:
    """The extensions and reopenings that ``user`` may know of, the earliest first."""
    extensions = reporting_round.extensions.select_related("unit", "round", "granted_by")
    if may(user, Permission.SEE_WHOLE_REGION):
        return extensions
    return extensions.filter(Q(unit=None) | Q(unit=user.unit_id))
