"""The database itself keeps what was promised from being nonsense."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db.models import ProtectedError
from django.urls import resolve

from projects.models import (
    LEVEL_ORDER,
    Allocation,
    ImportRow,
    Indicator,
    Level,
    ListItem,
    Milestone,
    PlanChange,
    PlanImport,
    Programme,
    ProgrammeItem,
    Project,
    ProjectList,
    Site,
    Target,
)
from projects.tests.constraints import assert_refused, constraints_of
from projects.tests.factory import YEAR, make_item, make_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(make_unit):
    return make_unit("县教育局")


@pytest.fixture
def item(county, unit):
    """An item with one target, one milestone, one allocation and one site."""
    made = make_item(make_list(county), unit, stages=[(date(YEAR, 6, 30), 50)])
    Allocation.objects.create(item=made, order=0, place="灵溪镇", value=60)
    Site.objects.create(item=made, order=0, name="灵溪镇中心幼儿园")
    return made


def another_target(item, **values):
    indicator = Indicator.objects.create(
        project=item.project, order=9, name="另一指标", kind="quantity", unit_of_measure="个"
    )
    values = {"indicator": indicator, "order": 9, "name": "另一指标", "value": 5, **values}
    return Target(item=item, unit_of_measure="个", **values)


def another_milestone(item, **values):
    values = {"order": 9, "percent": 80, "basis": "percent", "text": "续建", **values}
    return Milestone(item=item, label="9月", due=date(YEAR, 9, 30), **values)


def programme(item, **values):
    city = item.project.county.parent
    return Programme(**{"region": city, "year": YEAR, "level": "city", "name": "幼儿园", **values})


def second_of_a_county(item):
    """Two items of one county in a programme."""
    made, county = programme(item), item.project.county
    made.save()
    ProgrammeItem.objects.create(programme=made, item=item, county=county)
    other = make_item(item.project_list, item.lead_unit)
    return ProgrammeItem(programme=made, item=other, county=county)


def another_item(item, **values):
    return ListItem(
        **{
            "project_list": item.project_list,
            "number": 9,
            "project": item.project,
            "title": "另一项。",
            "lead_unit": item.lead_unit,
            "lead_unit_printed": "县教育局",
            **values,
        }
    )


def another_list(item, **values):
    values = {"level": "city", "year": YEAR, "title": "清单", "document": "test", **values}
    return ProjectList(county=item.project.county, **values)


def another_indicator(item, **values):
    values = {"order": 9, "kind": "quantity", "unit_of_measure": "个", **values}
    return Indicator(project=item.project, name="指标", **values)


# One bad row, or several, for each constraint.
def an_import(item, **values):
    values = {"year": YEAR, "name": "清单.xlsx", **values}
    return PlanImport(county=item.project_list.county, **values)


def an_import_row(item, **values):
    plan = an_import(item)
    plan.save()
    ImportRow.objects.create(plan_import=plan, order=0, level="county", number=1, source={"a": 1})
    values = {"order": 1, "level": "county", "number": 2, "source": {"a": 1}, **values}
    return ImportRow(plan_import=plan, **values)


def a_change(item, **values):
    by = get_user_model().objects.create(username="a", name="甲", role="administrator")
    by.set_unusable_password()
    return PlanChange(item=item, by=by, what="目标", old="100张", new="90张", **values)


BAD = {
    "projects_change_approved": [
        lambda item: a_change(item, major=True, reason="规划调整"),
        lambda item: a_change(item, major=True, document="苍政发〔2025〕3号"),
    ],
    "projects_import_year": [
        lambda item: an_import(item, year=1999),
        lambda item: an_import(item, year=2101),
    ],
    "projects_import_confirmed": [
        lambda item: an_import(item, state="confirmed"),
        lambda item: an_import(
            item, state="preview", confirmed_at=datetime(YEAR, 1, 5, tzinfo=UTC)
        ),
    ],
    "projects_import_row_order": [lambda item: an_import_row(item, order=0)],
    "projects_programme_level": [lambda item: programme(item, level="county")],
    "projects_programme_years": [
        lambda item: programme(item, year=1999),
        lambda item: programme(item, year=2101),
    ],
    "projects_programme_county": [second_of_a_county],
    "projects_list_level": [lambda item: another_list(item, level="county")],
    "projects_list_year": [
        lambda item: another_list(item, year=1999),
        lambda item: another_list(item, year=2101),
    ],
    "projects_item_number": [lambda item: another_item(item, number=item.number)],
    "projects_item_number_from_1": [lambda item: another_item(item, number=0)],
    "projects_item_merged_with_other": [lambda item: another_item(item, merged_with=9)],
    "projects_indicator_order": [lambda item: another_indicator(item, order=0)],
    "projects_indicator_unit": [
        lambda item: another_indicator(item, unit_of_measure=""),
        lambda item: another_indicator(item, kind="rate", unit_of_measure=""),
        lambda item: another_indicator(item, kind="milestone"),
    ],
    "projects_target_order": [lambda item: another_target(item, order=0)],
    "projects_target_indicator": [
        lambda item: another_target(item, indicator=item.targets.get().indicator)
    ],
    "projects_target_positive": [
        lambda item: another_target(item, value=0),
        lambda item: another_target(item, value=-5),
    ],
    "projects_target_weight_positive": [
        lambda item: another_target(item, weight=0),
        lambda item: another_target(item, weight=-1),
    ],
    "projects_milestone_order": [lambda item: another_milestone(item, order=0)],
    "projects_milestone_percent": [
        lambda item: another_milestone(item, percent=Decimal("100.01")),
        lambda item: another_milestone(item, percent=-1),
    ],
    "projects_milestone_value": [lambda item: another_milestone(item, value=-1)],
    "projects_milestone_basis": [
        lambda item: another_milestone(item, basis="none"),
        lambda item: another_milestone(item, percent=None),
    ],
    "projects_allocation_order": [
        lambda item: Allocation(item=item, order=0, place="龙港市", value=1)
    ],
    "projects_allocation_value": [
        lambda item: Allocation(item=item, order=9, place="龙港市", value=-1)
    ],
    "projects_site_order": [lambda item: Site(item=item, order=0, name="另一点位")],
}


def test_every_constraint_has_its_bad_row():
    assert set(BAD) == set(constraints_of("projects"))


@pytest.mark.parametrize(
    ("name", "bad"), [(name, bad) for name, rows in BAD.items() for bad in rows]
)
def test_a_bad_row_is_refused_in_chinese(item, name, bad):
    assert_refused(bad(item), constraints_of("projects")[name])


@pytest.mark.parametrize(
    "good",
    [
        another_list,
        lambda item: another_list(item, level="county", year=YEAR + 1),
        another_item,
        lambda item: another_item(item, merged_with=item.number),
        another_indicator,
        lambda item: another_indicator(item, kind="milestone", unit_of_measure=""),
        another_target,
        lambda item: another_target(item, value=None, weight=Decimal("0.5")),
        another_milestone,
        lambda item: another_milestone(item, percent=0),
        lambda item: another_milestone(item, percent=100, value=0),
        lambda item: another_milestone(item, percent=None, basis="none"),
        lambda item: Allocation(item=item, order=9, place="龙港市"),
        lambda item: Site(item=item, order=9, name="另一点位"),
        an_import,
        an_import_row,
        a_change,
        lambda item: a_change(item, major=True, reason="规划调整", document="苍政发〔2025〕3号"),
    ],
)
def test_a_good_row_is_not(item, good):
    row = good(item)
    row.full_clean()
    row.save()
    row.refresh_from_db()


def test_lists_and_items_are_found_by_their_natural_keys(item):
    listed = item.project_list
    assert listed.natural_key() == ("330327", YEAR, "county")
    assert ProjectList.objects.get_by_natural_key(*listed.natural_key()) == listed
    assert item.natural_key() == ("330327", YEAR, "county", 1)
    assert ListItem.objects.get_by_natural_key(*item.natural_key()) == item


def test_an_item_is_called_by_level_and_number(item):
    assert str(item) == "县级第1项"
    found = resolve(item.get_absolute_url())
    assert found.url_name == "item"
    assert list(found.kwargs.values()) == ["330327", YEAR, "county", 1]


def test_levels_stand_from_the_province_down():
    assert sorted(Level.values, key=LEVEL_ORDER.get) == ["province", "city", "county"]


def test_what_is_named_elsewhere_cannot_be_deleted(item):
    for row in (item.project, item.lead_unit, item.targets.get().indicator):
        with pytest.raises(ProtectedError):
            row.delete()
    assert Project.objects.filter(pk=item.project_id).exists()


def test_what_belongs_to_an_item_goes_with_it(item):
    item.delete()
    assert not Target.objects.exists()
    assert not Milestone.objects.exists()
    assert not Allocation.objects.exists()
    assert not Site.objects.exists()


@pytest.fixture
def others_item(county, make_unit):
    return make_item(make_list(county), make_unit("县卫健局"))


@pytest.mark.parametrize(
    ("who", "own", "other"),
    [
        ("office", True, True),
        ("supervisor", True, True),
        ("administrator", True, True),
        ("reporter", True, False),
        ("other_reporter", False, True),
        ("foreign_office", False, False),
    ],
)
def test_who_may_know_of_an_item(request, item, others_item, who, own, other):
    visible = ListItem.objects.visible_to(request.getfixturevalue(who))
    assert (item in visible, others_item in visible) == (own, other)


def test_a_person_of_another_county_does_not_know_of_the_list(item, office, foreign_office):
    assert item.project_list in ProjectList.objects.visible_to(office)
    assert item.project_list not in ProjectList.objects.visible_to(foreign_office)


def test_the_titles_of_lists_come_by_level(item):
    county = item.project.county
    assert ProjectList.objects.titles(county, YEAR) == {"county": f"{YEAR}年测试清单"}
    assert ProjectList.objects.titles(county, YEAR + 1) == {}
