"""Role × address: what each role gets from every named address of the site."""

import pytest
from bs4 import BeautifulSoup
from django.urls import get_resolver, reverse

from livelihood.organisation.models import Unit

pytestmark = pytest.mark.django_db

PLACE = ["330327", 2023]
FOREIGN = ["330225", 2024]
LOGIN, OK, FORBIDDEN, MISSING, MOVED, WRONG = "login", 200, 403, 404, 302, 405
# What a person may do to others stands here by role; {pk} is the reporter of 县卫健局.
ROLES = ["anonymous", "office", "supervisor", "reporter", "administrator", "foreign_office"]

# (address name, arguments, method): status by role, in the order of ROLES.
TABLE = {
    ("login", (), "get"): [OK, MOVED, MOVED, MOVED, MOVED, MOVED],
    ("logout", (), "post"): [MOVED, MOVED, MOVED, MOVED, MOVED, MOVED],
    ("logout", (), "get"): [WRONG, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("password_change", (), "get"): [LOGIN, OK, OK, OK, OK, OK],
    ("people", (), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("person_add", (), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("person", ("pk",), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("person_password", ("pk",), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("person_deactivate", ("pk",), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("person_activate", ("pk",), "get"): [LOGIN, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK, FORBIDDEN],
    ("home", (), "get"): [LOGIN, MOVED, MOVED, MOVED, MOVED, MOVED],
    ("about", (), "get"): [LOGIN, OK, OK, OK, OK, OK],
    ("guide", (), "get"): [LOGIN, OK, OK, OK, OK, OK],
    ("overview", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("overview", (), "post"): [LOGIN, WRONG, WRONG, WRONG, WRONG, WRONG],
    ("items", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("items_excel", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    # Province 3 is led by 县教育局, the reporter's unit; province 7 by another.
    ("item", ("province", 3), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("item", ("province", 7), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("units", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("unit", ("县教育局",), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("unit", ("县卫健局",), "get"): [LOGIN, OK, OK, MISSING, OK, MISSING],
    ("leaders", (), "get"): [LOGIN, OK, OK, OK, OK, MISSING],
    ("leader", ("胡颖磊",), "get"): [LOGIN, MISSING, MISSING, MISSING, MISSING, OK],
}
OF_A_COUNTY = {"overview", "items", "items_excel", "item", "units", "unit", "leaders", "leader"}


@pytest.fixture
def cast(corpus, office, supervisor, reporter, other_reporter, administrator, foreign_office):
    return {
        "anonymous": None,
        "office": office,
        "supervisor": supervisor,
        "reporter": reporter,
        "administrator": administrator,
        "foreign_office": foreign_office,
        "pk": other_reporter.pk,
    }


def text_of(response):
    return BeautifulSoup(response.content, "html.parser").get_text()


def address(name, arguments, cast):
    place = FOREIGN if name == "leader" else PLACE
    arguments = [cast["pk"] if argument == "pk" else argument for argument in arguments]
    return reverse(name, args=[*(place if name in OF_A_COUNTY else []), *arguments])


@pytest.mark.parametrize(("key", "expected"), TABLE.items(), ids=lambda value: str(value)[:60])
def test_every_role_gets_what_the_table_says(key, expected, cast, client, client_for):
    name, arguments, method = key
    url = address(name, arguments, cast)
    answers = []
    for role in ROLES:
        visitor = client if cast[role] is None else client_for(cast[role])
        response = getattr(visitor, method)(url)
        to_login = response.status_code == 302 and response.url.startswith(reverse("login"))
        asked = f"{reverse('login')}?next="
        answers.append(
            LOGIN if to_login and response.url.startswith(asked) else response.status_code
        )
    assert dict(zip(ROLES, answers, strict=True)) == dict(zip(ROLES, expected, strict=True))


def test_every_named_address_stands_in_the_table():
    named = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert named == {name for name, _arguments, _method in TABLE}


def test_a_foreign_county_and_one_that_does_not_exist_answer_alike(cast, client_for):
    client = client_for(cast["office"])
    foreign = client.get(reverse("overview", args=FOREIGN))
    absent = client.get(reverse("overview", args=["999999", 2024]))
    assert foreign.status_code == absent.status_code == 404
    assert text_of(foreign) == text_of(absent)


def test_a_reporter_sees_no_word_of_other_units_on_any_page(cast, client_for):
    client = client_for(cast["reporter"])
    others = Unit.objects.filter(region__code="330327").exclude(
        name__in=["县教育局", "县政府办公室"]
    )
    for name in ("overview", "items", "units", "leaders"):
        html = client.get(reverse(name, args=PLACE)).content.decode()
        told = [unit.name for unit in others if f">{unit.name}<" in html]
        assert told == [], name
