"""The writers below the loader: bringing rows in line, and making rows one project."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import Indicator, ListItem, Project, Site
from projects.operations.linking import CannotLinkError, link_items, same_by_rule, targets_named
from projects.operations.sync import Changes, sync
from projects.rules.exchange import LinkRow
from projects.tests.factory import make_item, make_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(make_unit):
    return make_unit("县教育局")


@pytest.fixture
def item(county, unit):
    return make_item(make_list(county), unit)


# -- sync ----------------------------------------------------------------------------


def sites_wanted(item, *names):
    return {order: {"item": item, "order": order, "name": name} for order, name in enumerate(names)}


def sync_sites(item, *names, **options):
    sites = Site.objects.filter(item=item).select_related("item")
    return sync(sites, sites_wanted(item, *names), lambda site: site.order, **options)


def names_of(item):
    return list(item.sites.order_by("order").values_list("name", flat=True))


def test_rows_are_made_changed_and_removed_as_wanted(item):
    made, rows = sync_sites(item, "甲", "乙", "丙")
    assert (made.created, made.updated, made.deleted, made.unchanged) == (3, 0, 0, 0)
    assert {order: row.name for order, row in rows.items()} == {0: "甲", 1: "乙", 2: "丙"}
    changed, rows = sync_sites(item, "甲", "丁")
    assert (changed.created, changed.updated, changed.deleted, changed.unchanged) == (0, 1, 1, 1)
    assert names_of(item) == ["甲", "丁"]
    assert [(row.name, different) for row, different in changed.details] == [
        ("丁", {"name": ("乙", "丁")})
    ]
    assert rows[1].pk == item.sites.get(order=1).pk


def test_what_is_already_so_is_not_touched(item):
    sync_sites(item, "甲", "乙")
    with CaptureQueriesContext(connection) as captured:
        changes, rows = sync_sites(item, "甲", "乙")
    assert not changes
    assert changes.unchanged == len(rows) == 2
    assert [query["sql"].split()[0] for query in captured] == ["SELECT"]


def test_superfluous_rows_may_be_kept(item):
    sync_sites(item, "甲", "乙")
    changes, rows = sync_sites(item, "甲", delete=False)
    assert not changes
    assert names_of(item) == ["甲", "乙"]
    assert set(rows) == {0}


def test_changes_add_up():
    total = Changes(created=1, details=[("a", {})])
    total.add(Changes(created=1, updated=2, deleted=3, unchanged=4, details=[("b", {})]))
    assert total == Changes(2, 2, 3, 4, [("a", {}), ("b", {})])
    assert total
    assert not Changes(unchanged=5)


# -- linking -------------------------------------------------------------------------


@pytest.fixture
def on_city_list(county, unit):
    return make_item(make_list(county, "city"), unit)


def link(*items, same=None, name="同一事项", note="口径不同"):
    same = [[item.targets.get(order=0) for item in items]] if same is None else same
    return link_items(items, name=name, note=note, same=same)


def test_linked_rows_are_one_project_with_one_indicator(item, on_city_list):
    former = on_city_list.project
    assert link(item, on_city_list) is True
    on_city_list.refresh_from_db()
    assert on_city_list.project == item.project
    assert (item.project.name, item.project.note) == ("同一事项", "口径不同")
    assert not Project.objects.filter(pk=former.pk).exists()
    assert (
        Indicator.objects.get()
        == item.targets.get().indicator
        == (on_city_list.targets.get().indicator)
    )


def test_linking_again_changes_nothing(item, on_city_list):
    link(item, on_city_list)
    items = list(ListItem.objects.select_related("project").order_by("pk"))
    assert link(*items) is False
    assert link(*items, note="另注") is True


def test_figures_that_are_not_the_same_stay_apart_under_one_project(item, on_city_list):
    link(item, on_city_list, same=[])
    indicators = Indicator.objects.filter(project=item.project).order_by("order")
    assert [indicator.order for indicator in indicators] == [0, 1]


def test_rows_of_different_units_are_not_linked(item, county, make_unit):
    other = make_item(make_list(county, "city"), make_unit("县卫健局"))
    with pytest.raises(CannotLinkError, match="^县级第1项、市级第1项的牵头单位不同"):
        link(item, other)
    assert Project.objects.count() == 2


def test_where_nobody_says_so_only_single_targets_of_one_kind_are_the_same(
    item, on_city_list, county, unit
):
    assert same_by_rule([item, on_city_list]) == [[item.targets.get(), on_city_list.targets.get()]]
    two = make_item(make_list(county, "city"), unit, targets=(100, 50))
    assert same_by_rule([item, two]) == []
    other_unit = on_city_list.targets.get()
    other_unit.unit_of_measure = "家"
    other_unit.save()
    assert same_by_rule([item, on_city_list]) == []


def test_a_link_names_targets_by_list_number_and_place(item, on_city_list):
    by_key = {("county", 1): item, ("city", 1): on_city_list}
    shared = ((("county", 1, 0), ("city", 1, 0), ("province", 9, 0)),)
    row = LinkRow("test", "同一事项", (("county", 1), ("city", 1)), "", shared)
    assert targets_named(row, by_key) == [[item.targets.get(), on_city_list.targets.get()]]
    assert targets_named(LinkRow("test", "", (), "", None), by_key) == []
