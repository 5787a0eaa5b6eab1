"""Linking and parting items of a real county, of which everything was reported."""

import pytest

from progress.models import Round
from progress.operations.item_links import of_the_unit
from progress.tests.test_item_links import link, split, standings
from projects.models import ListItem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("names", [(("county", 15), ("county", 17)), (("city", 4), ("county", 10))])
def test_no_standing_of_a_county_changes_by_linking_or_parting(corpus, office, names):
    """What the lists say is what they said: of the pair, of their groups, of all others."""
    told_in = Round.objects.select_related("county").get(county__code="330327")
    one, other = (
        ListItem.objects.for_county(told_in.county, 2023).get(project_list__level=level, number=n)
        for level, n in names
    )
    if one.lead_unit != other.lead_unit:
        pair = [i for i in of_the_unit(one) if i.project_id != one.project_id]
        other = pair[0]
    before = standings(told_in)
    link(office, one, other)
    assert standings(told_in) == before
    one.refresh_from_db()
    split(office, one)
    assert standings(told_in) == before
