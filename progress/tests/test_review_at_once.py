"""Reports on which two people decide at the same moment."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from livelihood.organisation.access import Role
from progress.models import Extension, Report, ReportEvent, Round
from progress.operations.reporting import ChangedError, RefusedError
from progress.operations.review import (
    OvertakenError,
    accept_reports,
    return_report,
    take_up_again,
)
from progress.operations.rounds import close_round, reopen
from projects.models import Project

pytestmark = pytest.mark.django_db(transaction=True)

TURNS = 3  # what one run hides, another may show
DECISIONS = {
    ReportEvent.Kind.ACCEPTED,
    ReportEvent.Kind.RETURNED,
    ReportEvent.Kind.LATE,
    ReportEvent.Kind.WITHDRAWN,
}


@pytest.fixture
def may(county):
    return Round.objects.create(county=county, as_of=date(2023, 5, 31), opened_at=timezone.now())


@pytest.fixture
def colleague(make_user, office):
    return make_user(Role.OFFICE, office.unit)


@pytest.fixture
def submit(county, reporter, may):
    """``submit(count)`` gives so many reports that wait for the office."""

    def make(count):
        first = Project.objects.count()
        projects = [
            Project.objects.create(
                county=county, year=2023, name=f"事项{first + n}", lead_unit=reporter.unit
            )
            for n in range(count)
        ]
        return [
            Report.objects.create(
                round=may,
                project=project,
                state=Report.State.SUBMITTED,
                version=1,
                updated_by=reporter,
            )
            for project in projects
        ]

    return make


def at_once(*steps):
    """Run ``steps`` at the same moment in a thread each; what they gave or raised."""
    start, outcomes = Barrier(len(steps)), {}

    def run(number, step):
        start.wait()
        try:
            outcomes[number] = step()
        except (RefusedError, ChangedError, OvertakenError) as refused:
            outcomes[number] = refused
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(steps), "a thread broke"
    return [outcomes[number] for number in range(len(steps))]


def accept(by, *reports):
    return accept_reports(by=by, reports=[(report, 1) for report in reports])


def send_back(by, report):
    return return_report(by=by, report=report, version=1, comments=[("", "请补充。")])


def decisions(report):
    return [e.kind for e in report.events.all() if e.kind in DECISIONS]


def failures(outcomes):
    return [o for o in outcomes if isinstance(o, Exception)]


@pytest.mark.parametrize("turn", range(TURNS))
def test_of_accepting_and_returning_at_once_one_counts(turn, submit, office, colleague):
    (report,) = submit(1)
    outcomes = at_once(lambda: accept(office, report), lambda: send_back(colleague, report))
    (told,) = failures(outcomes)
    report.refresh_from_db()
    accepted = isinstance(told, ChangedError)
    assert report.state == (Report.State.ACCEPTED if accepted else Report.State.RETURNED)
    assert decisions(report) == ["accepted" if accepted else "returned"]
    assert report.version == 2


@pytest.mark.parametrize("turn", range(TURNS))
def test_accepting_all_and_one_of_them_at_once(turn, submit, office, colleague):
    reports = submit(6)
    outcomes = at_once(lambda: accept(office, *reports), lambda: accept(colleague, reports[3]))
    (told,) = failures(outcomes)
    assert isinstance(told, OvertakenError)
    assert [r.pk for r in told.reports] == [reports[3].pk] or outcomes[0] != told
    all_of_them = outcomes[0] is not told
    for report in reports:
        wanted = ["accepted"] if all_of_them or report.pk == reports[3].pk else []
        assert decisions(report) == wanted


def test_accepting_all_twice_at_once_accepts_each_once(submit, office, colleague):
    reports = submit(6)
    outcomes = at_once(
        lambda: accept(office, *reports), lambda: accept(colleague, *reversed(reports))
    )
    assert len(failures(outcomes)) == 1
    assert [decisions(report) for report in reports] == [["accepted"]] * 6


@pytest.mark.parametrize("turn", range(TURNS))
def test_late_reports_are_accepted_while_the_round_is_reopened(
    turn, submit, office, colleague, may, make_unit
):
    reports = submit(2)
    close_round(by=office, round=may)
    other = make_unit("县水利局")
    outcomes = at_once(
        lambda: accept(office, reports[0]),
        lambda: accept(colleague, reports[1]),
        lambda: reopen(by=office, round=may, unit=other, hours=2, reason="补报"),
    )
    assert failures(outcomes) == []
    may.refresh_from_db()
    assert may.version == 3
    assert [v.number for v in may.versions.order_by("number")] == [1, 2, 3]
    assert Extension.objects.filter(round=may, unit=other).count() == 1


def test_taking_up_again_and_returning_at_once(submit, office, reporter, may):
    (report,) = submit(1)
    accept(office, report)
    close_round(by=office, round=may)
    Extension.objects.create(
        round=may,
        unit=reporter.unit,
        kind=Extension.Kind.REOPENED,
        until=timezone.now() + timedelta(hours=1),
        reason="更正",
        granted_by=office,
    )
    outcomes = at_once(
        lambda: take_up_again(by=reporter, report=report, version=2),
        lambda: return_report(by=office, report=report, version=2, comments=[("", "有误。")]),
    )
    (told,) = failures(outcomes)
    assert isinstance(told, ChangedError)
    assert len(decisions(report)) == 2
