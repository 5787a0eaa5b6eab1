"""A query that is put together once finds what it would find put together anew."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from progress.models import Round
from progress.operations.prepared import Prepared
from projects.models import ListItem, Milestone

pytestmark = pytest.mark.django_db

ROWS = Milestone.objects.order_by("pk").values_list("pk", "item_id", "due", "percent")


def test_each_call_finds_the_rows_of_its_own_keys(corpus):
    prepared = Prepared(ROWS)
    items = list(ListItem.objects.order_by("pk").values_list("pk", flat=True)[:6])
    for chosen in (items[:2], items[2:4], items[4:], items[:1]):
        found = list(prepared.where(item=chosen))
        assert found == list(ROWS.filter(item__in=chosen))
        assert found


def test_several_columns_restrict_together_and_constants_stay(corpus):
    percents = Milestone.objects.exclude(percent=None).order_by("pk").values_list("pk", "item_id")
    prepared = Prepared(percents)
    items = list(ListItem.objects.values_list("pk", flat=True)[:40])
    for lists in ([1], list(ListItem.objects.values_list("project_list", flat=True).distinct())):
        expected = list(percents.filter(item__in=items, item__project_list__in=lists))
        assert list(prepared.where(item=items, item__project_list=lists)) == expected
        assert list(prepared.where(item__project_list=lists, item=items)) == expected


def test_without_keys_nothing_is_found_and_nothing_asked(corpus):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert list(Prepared(ROWS).where(item=[])) == []
        assert list(Prepared(ROWS).where(item=[1], item__project_list=set())) == []
    assert len(asked) == 0


def test_a_call_is_one_query(corpus):
    prepared = Prepared(ROWS)
    for _again in range(2):
        with CaptureQueriesContext(connection) as asked:
            list(prepared.where(item=[1, 2, 3]))
        assert len(asked) == 1


def test_rows_of_a_model_are_its_objects(corpus):
    rounds = Prepared(Round.objects.order_by("pk").values_list())
    county = Round.objects.first().county_id
    found = rounds.objects(county=[county])
    expected = list(Round.objects.filter(county=county).order_by("pk"))
    assert found == expected
    assert [vars(r)["as_of"] for r in found] == [r.as_of for r in expected]
    assert not any(r._state.adding for r in found)
