"""Slips that several people issue, answer and close at the same moment."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from progress.models import Round, Slip
from progress.operations.reporting import RefusedError
from progress.operations.slips import (
    SlipChangedError,
    answer_slip,
    close_slip,
    issue_slip,
    version_of,
)

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2023, 4, 13)


@pytest.fixture
def reporting_round(county):
    return Round.objects.create(county=county, as_of=date(2023, 4, 10))


@pytest.fixture
def issue(office, reporting_round):
    def make(unit, by=office, **more):
        values = {"kind": Slip.Kind.URGE, "text": "请填报。", "deadline": TODAY, "today": TODAY}
        return issue_slip(by=by, unit=unit, reporting_round=reporting_round, **(values | more))

    return make


def at_once(*steps):
    """Run ``steps`` at the same moment in a thread each; what they gave or raised."""
    start, outcomes = Barrier(len(steps)), []

    def run(step):
        start.wait()
        try:
            outcomes.append(step())
        except (RefusedError, SlipChangedError) as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(steps), "a thread broke"
    return outcomes


def test_slips_that_are_issued_at_once_get_numbers_of_their_own(issue, make_unit):
    units = [make_unit(f"县{name}局") for name in "教育水利交通民政"]
    slips = at_once(*(lambda unit=unit: issue(unit) for unit in units))
    assert sorted(slip.number for slip in slips) == list(range(1, len(units) + 1))


def test_of_two_slips_about_one_matter_at_once_one_is_refused(issue, office, supervisor, make_unit):
    unit = make_unit("县教育局")
    outcomes = at_once(lambda: issue(unit, office), lambda: issue(unit, supervisor))
    assert sorted(type(o) for o in outcomes if isinstance(o, Exception)) == [RefusedError]
    assert Slip.objects.count() == 1


def test_of_two_answers_at_once_one_is_told(issue, reporter, make_user):
    colleague = make_user("lead_unit", reporter.unit)
    slip = issue(reporter.unit)
    version, now = version_of(slip), timezone.now()

    def answer(by):
        return answer_slip(by=by, slip=slip, answer=by.name, version=version, now=now)

    outcomes = at_once(lambda: answer(reporter), lambda: answer(colleague))
    (told,) = [o for o in outcomes if isinstance(o, SlipChangedError)]
    slip.refresh_from_db()
    assert told.slip.answered_by == slip.answered_by
    assert slip.answer == slip.answered_by.name


def test_a_slip_that_is_closed_and_followed_at_once_stands_either_way(issue, office, make_unit):
    unit = make_unit("县教育局")
    former = issue(unit)
    version, now = version_of(former), timezone.now()
    outcomes = at_once(
        lambda: close_slip(by=office, slip=former, version=version, now=now),
        lambda: issue(unit, kind=Slip.Kind.BLUE, former=former),
    )
    refused = [o for o in outcomes if isinstance(o, Exception)]
    assert all(isinstance(o, RefusedError) for o in refused)
    former.refresh_from_db()
    assert former.closed_at is not None
    assert former.successors.count() == 1 - len(refused)
