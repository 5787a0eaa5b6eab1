"""与上期比较: what became of each promise to have caught up by a date."""

from datetime import date
from types import SimpleNamespace

import pytest

from progress.models import Report, Round
from progress.operations.since_last import Promise, changes_since
from progress.rules.judgement import BEHIND, Status
from projects.models import Project

pytestmark = pytest.mark.django_db

MARCH, APRIL = date(2023, 3, 31), date(2023, 4, 30)
LATE, ON, UNREPORTED = Status.BEHIND, Status.ON_SCHEDULE, Status.NOT_REPORTED


@pytest.fixture
def project(county, make_unit):
    return Project.objects.create(
        county=county, year=2023, name="中小学扩容", lead_unit=make_unit("县教育局")
    )


@pytest.fixture
def promised(county, project):
    """``promised(month, day)``: the report of February promised to have caught up by then."""
    february = Round.objects.create(county=county, as_of=date(2023, 2, 28))

    def make(month, day):
        Report.objects.create(
            round=february,
            project=project,
            state=Report.State.ACCEPTED,
            catch_up_on=date(2023, month, day),
        )

    return make


def county_at(day, status, project):
    """A county whose one item has ``status``."""
    standing = SimpleNamespace(
        status=status, is_behind=status in BEHIND, below_city_average=None, actual_percent=40.0
    )
    item = SimpleNamespace(pk=1, project_id=project.pk)
    state = SimpleNamespace(item=item, standing=standing)
    return SimpleNamespace(items=[state], as_of=day, year=2023)


@pytest.mark.parametrize(
    ("due", "was", "is_now", "outcome", "words"),
    [
        ((4, 30), LATE, ON, Promise.KEPT, "承诺4月30日前赶上，已兑现"),
        ((4, 30), LATE, LATE, Promise.MISSED, "承诺4月30日前赶上，未兑现"),
        ((5, 31), LATE, ON, Promise.EARLY, "承诺5月31日前赶上，已提前赶上"),
        ((5, 31), LATE, LATE, Promise.OPEN, "承诺5月31日前赶上，未到期"),
        ((4, 30), UNREPORTED, LATE, Promise.MISSED, "承诺4月30日前赶上，未兑现"),
        ((4, 30), UNREPORTED, ON, Promise.KEPT, "承诺4月30日前赶上，已兑现"),
    ],
    ids=["kept", "missed", "early", "open", "missed after a gap", "kept after a gap"],
)
def test_a_promise_is_answered_when_its_day_has_come(
    promised, project, due, was, is_now, outcome, words
):
    promised(*due)
    (changed,) = changes_since(county_at(MARCH, was, project), county_at(APRIL, is_now, project))
    assert (changed.outcome, changed.promise) == (outcome, words)


def test_a_promise_that_fell_due_by_the_last_time_is_not_answered_twice(promised, project):
    promised(3, 31)
    march = county_at(MARCH, UNREPORTED, project)
    assert changes_since(march, county_at(APRIL, ON, project)) == []


def test_who_was_in_step_had_nothing_to_keep(promised, project):
    promised(4, 30)
    assert changes_since(county_at(MARCH, ON, project), county_at(APRIL, ON, project)) == []
