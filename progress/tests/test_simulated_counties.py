"""Taking simulated counties away after people have tried things out in them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from livelihood.organisation.access import Role
from livelihood.organisation.models import Region
from livelihood.testing import create_county
from progress.models import Bulletin, Report, Round, Slip, TownshipFigure
from progress.operations.simulated_counties import remove_counties, simulate_counties
from projects.models import Allocation, ListItem

pytestmark = pytest.mark.django_db

YEAR = 2024


@pytest.fixture
def city(db):
    city = create_county("330327", "苍南县").parent
    simulate_counties(city=city, counties=2, year=YEAR, seed=1, items=6, rounds=2)
    return city


@pytest.fixture
def last(city):
    """The last round of the second county."""
    return Round.objects.filter(county__name="模拟02县").order_by("as_of").last()


@pytest.fixture
def bulletin(last):
    """A draft on it."""
    return Bulletin.objects.create(county=last.county, year=YEAR, round=last, title="通报")


def test_what_people_tried_out_goes_with_the_counties(city, last, bulletin, make_user):
    item = ListItem.objects.filter(project_list__county=last.county).first()
    person = make_user(Role.LEAD_UNIT, item.lead_unit)
    Slip.objects.create(
        round=last,
        county=last.county,
        unit=item.lead_unit,
        item=item,
        kind="urge",
        year=YEAR,
        number=1,
        text="请说明情况。",
        issued_on=last.as_of,
        deadline=last.as_of,
        issued_by=person,
    )
    share = Allocation.objects.create(item=item, order=0, place="模拟镇", value=1)
    TownshipFigure.objects.create(
        round=last, allocation=share, unit=item.lead_unit, value=1, by=person, at=timezone.now()
    )
    assert remove_counties(city=city) == 2
    for model in (Round, Report, Bulletin, Slip, TownshipFigure, ListItem):
        assert not model.objects.exists(), model
    # Somebody belongs to it: the region itself stays.
    assert Region.objects.get(name__startswith="模拟") == last.county


def test_as_long_as_a_bulletin_is_issued_all_of_them_stay(city, last, bulletin):
    Bulletin.objects.update(
        state="issued", number=1, version=1, issued_on=last.as_of, issue_year=YEAR
    )
    refusal = f"模拟02县{last}已印发督查通报〔{YEAR}〕第1期，不能移除这一期。"
    with pytest.raises(CommandError, match=refusal):
        call_command("simulate_counties", city=city.code, remove=True, stdout=StringIO())
    assert Region.objects.filter(name__startswith="模拟", rounds__isnull=False).count() == 4
