"""Who waits for whom: the order in which the rows that writers of a county share are locked.

    projects → their reports → the county → everything else

Whoever sends a report has its row, and that of its project while there is none, long before
it touches the county. Every other writer takes the county first, or right after projects and
reports, and reads what it decides on only then: who comes second finds what the first wrote,
and no two wait for each other.

All locks are ``no_key``: no key ever changes, and rows that refer to a locked one need not
wait (with PostgreSQL they would, for the whole of the transaction).
"""

from collections.abc import Collection

from livelihood.organisation.models import Region
from progress.models import Report
from projects.models import Project


def lock_county(county: int, *, projects: Collection[int] = ()) -> None:
    """Let nobody else write in a county until the transaction is over.

    Args:
        county: its key.
        projects: the keys of those of which indicators, milestones, sites, places or reports
            may change or go; nobody fills in a report on them meanwhile.
    """
    if projects:
        lock_projects(projects)
        reports = Report.objects.filter(project__in=projects).order_by("pk").only("pk")
        list(reports.select_for_update(no_key=True))
    list(Region.objects.select_for_update(no_key=True).filter(pk=county).only("pk"))


def lock_year(county: int, year: int) -> None:
    """Let nobody else write in a county while a year's lists are; ``county`` is its key."""
    projects = Project.objects.filter(county=county, year=year)
    lock_county(county, projects=projects.values_list("pk", flat=True))


def lock_reports(reports: Collection[int]) -> None:
    """Lock the reports of these keys, and then their counties."""
    found = Report.objects.select_related("round").only("round__county").filter(pk__in=reports)
    rows = list(found.order_by("pk").select_for_update(of=("self",), no_key=True))
    for county in sorted({row.round.county_id for row in rows}):
        lock_county(county)


def lock_projects(projects: Collection[int]) -> None:
    """Let nobody else begin a report on these projects: a row that does not exist yet cannot
    be locked."""
    found = Project.objects.filter(pk__in=projects).order_by("pk").only("pk")
    list(found.select_for_update(no_key=True))
