"""单位负责人: who approves what a unit reports, as the administrator sets it."""

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.urls import reverse

from livelihood.organisation.access import Role
from livelihood.organisation.operations.audit import history
from livelihood.organisation.operations.people import add_person, change_person, version_of


@pytest.fixture
def admin_client(client_for, administrator):
    return client_for(administrator)


def see(response):
    return BeautifulSoup(response.content, "html.parser")


def values(person, **changed):
    """What the form of ``person`` sends; a box that is not ticked is not sent."""
    return {
        "name": person.name,
        "username": person.username,
        "unit": person.unit_id,
        "role": person.role,
        "phone": person.phone,
        "version": version_of(person),
        **changed,
    }


def test_an_administrator_makes_a_reporter_the_head_of_the_unit(admin_client, reporter):
    address = reverse("person", args=[reporter.pk])
    assert admin_client.post(address, values(reporter, heads_unit="on")).status_code == 302
    reporter.refresh_from_db()
    assert reporter.heads_unit
    [(_when, _who, what)] = history(reporter, 1)
    assert what == "修改“黄丽萍”：单位负责人由“否”改为“是”。"


def test_the_box_is_ticked_for_a_head_and_can_be_taken_away(admin_client, reporter):
    reporter.heads_unit = True
    reporter.save()
    address = reverse("person", args=[reporter.pk])
    assert see(admin_client.get(address)).select_one("[name=heads_unit]").has_attr("checked")
    assert admin_client.post(address, values(reporter)).status_code == 302
    reporter.refresh_from_db()
    assert not reporter.heads_unit


def test_the_list_names_the_heads_of_units(admin_client, reporter, other_reporter):
    reporter.heads_unit = True
    reporter.save()
    page = see(admin_client.get(reverse("people")))
    heads = [
        row.select_one(".main").text
        for row in page.select("tbody tr:not(.group)")
        if row.select_one(".head-of-unit")
    ]
    assert heads == ["黄丽萍"]


@pytest.mark.parametrize("role", [Role.OFFICE, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_only_people_who_report_can_head_a_unit(admin_client, reporter, role):
    sent = values(reporter, heads_unit="on", role=role.value)
    response = admin_client.post(reverse("person", args=[reporter.pk]), sent)
    assert response.status_code == 422
    sentence = "只有牵头单位的人员可以设为单位负责人。"
    page = see(response)
    assert page.select_one("#id_heads_unit_error").text.strip() == sentence
    assert sentence in page.select_one(".error-summary").text
    assert page.select_one("[name=heads_unit]").has_attr("checked")
    reporter.refresh_from_db()
    assert (reporter.role, reporter.heads_unit) == (Role.LEAD_UNIT, False)


def test_two_administrators_are_told_when_one_changed_the_head(administrator, reporter):
    opened = version_of(reporter)
    reporter.heads_unit = True
    assert version_of(reporter) != opened


def test_the_operations_hold_the_rule_too(administrator, make_unit, reporter):
    common = {"name": "吴敏", "username": "wumin", "unit": make_unit("县教育局")}
    with pytest.raises(ValidationError) as refused:
        add_person(by=administrator, role=Role.OFFICE, heads_unit=True, **common)
    assert list(refused.value.message_dict) == ["heads_unit"]
    added, _password = add_person(by=administrator, role=Role.LEAD_UNIT, heads_unit=True, **common)
    assert added.heads_unit
    saved = change_person(
        by=administrator, person=added, version=version_of(added), role=Role.LEAD_UNIT, **common
    )
    assert not saved.heads_unit
