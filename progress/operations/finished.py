"""Which projects are done, so that later rounds no longer ask for them.

A project is done on the day on which the last of its items reached the closing state that
the county counts as 已完成. In rounds whose as-of date lies after that day it is not owed.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from django.db.models import F, QuerySet

from livelihood.organisation.models import Region
from progress.models import RuleSet
from projects.models import ListItem, Project

COUNTED_ON = {
    RuleSet.CompletionStage.DECLARED: "completion__declared_on",
    RuleSet.CompletionStage.VERIFIED: "completion__verified_on",
    RuleSet.CompletionStage.CLOSED: "completion__closed_on",
}
# Where a county has no rules.
DEFAULT_STAGE = RuleSet.CompletionStage.VERIFIED


class Finished(NamedTuple):
    """When the projects of a year were done, by the rules that hold at each date."""

    stages: tuple[tuple[date, str], ...]  # from when which state counts, the latest first
    days: Mapping[int, Mapping[str, date | None]]  # by project: state → day; None: not done

    def before(self, as_of: date) -> set[int]:
        """The projects that were done before a date."""
        stage = next((s for since, s in self.stages if since <= as_of), DEFAULT_STAGE)
        return {
            project
            for project, on in self.days.items()
            if on[stage] is not None and on[stage] < as_of
        }


def read_finished(county: Region, year: int) -> Finished:
    """The projects of a county's year with the days on which they were done; two queries."""
    stages = RuleSet.objects.filter(county=county).order_by("-valid_from")
    rows = (
        ListItem.objects.filter(project__county=county, project__year=year)
        .order_by()
        .values("project_id", **{stage: F(column) for stage, column in COUNTED_ON.items()})
    )
    days: dict[int, dict[str, date | None]] = {}
    for row in rows:
        project = row.pop("project_id")
        other = days.get(project, row)
        # One item that is not done keeps the project from being done.
        days[project] = {
            stage: max(on, other[stage]) if on and other[stage] else None
            for stage, on in row.items()
        }
    return Finished(tuple(stages.values_list("valid_from", "completion_stage")), days)


def asked_of(county: Region, year: int) -> QuerySet[Project]:
    """The projects of a county's year on which reports are asked for: those on its lists."""
    return Project.objects.filter(county=county, year=year, items__isnull=False).distinct()


def owed(projects: Iterable[int], done: Container[int], came: Container[int]) -> list[int]:
    """Those of ``projects`` that a round asks for: not what was ``done`` before it, unless it
    was reported all the same, and ``came``."""
    return [pk for pk in projects if pk not in done or pk in came]
