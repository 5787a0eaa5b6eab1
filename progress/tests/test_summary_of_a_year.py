"""A whole year through the product's own operations leaves a right summary."""

import pytest

from livelihood.organisation.models import Region
from progress.models import ItemSummary
from progress.operations.summary import differences

pytestmark = pytest.mark.django_db


def test_a_year_played_through_the_operations_leaves_a_right_summary(simulated_year):
    county = Region.objects.get(code="330225")
    assert ItemSummary.objects.filter(round__county=county).count() == 11 * 33
    assert differences(county) == []
