"""The numbers of a bulletin's text lead to their rows, and only where these are as many."""

import re
from dataclasses import replace
from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from livelihood.testing import create_unit, create_user
from progress.models import Round
from progress.operations.bulletins import proposed_data, save_bulletin, start_bulletin

pytestmark = pytest.mark.usefixtures("simulated_year")

SHOWN = re.compile(r"(?:显示全部|条目：)(\d+)项")


def written(county, day, office, **texts):
    """A draft of a round, its texts edited."""
    begun = start_bulletin(by=office, round=day, data=proposed_data(day))
    if texts:
        data = replace(proposed_data(day), texts=texts)
        save_bulletin(by=office, bulletin=begun, edits=begun.edits, data=data)
    return reverse("bulletin", args=[county, day.as_of.year, begun.pk])


@pytest.fixture
def office_of(client_for):
    """``office_of(county)`` gives the county's office and its client."""

    def find(round_):
        user = create_user("office", "林晓明", "office", create_unit(round_.county, "县府办"))
        return user, client_for(user)

    return find


def links_of(client, address):
    page = BeautifulSoup(client.get(address).content, "html.parser")
    return page, [(link.text, link["href"]) for link in page.select("#text p a")]


@pytest.mark.parametrize(
    ("county", "day", "fewest"),
    [("330327", date(2023, 4, 10), 70), ("330225", date(2024, 10, 31), 20)],
)
def test_every_number_opens_as_many_rows(county, day, fewest, office_of):
    round_ = Round.objects.select_related("county").get(county__code=county, as_of=day)
    user, client = office_of(round_)
    page, links = links_of(client, written(county, round_, user))
    assert len(links) >= fewest
    for words, address in dict(zip([a for _, a in links], links, strict=True)).values():
        if address.startswith("#"):
            assert page.select_one(address).h2.text == "与上期比较"
            continue
        response = client.get(address)
        assert response.status_code == 200, address
        target = BeautifulSoup(response.content, "html.parser")
        if "/items/?" in address:
            shown = SHOWN.search(target.select_one(".showing").text)
            assert (words, shown and shown[1]) == (words, words), address
        elif words.isdigit():
            assert len(target.select("#due-soon tbody tr")) >= 1, address
        else:
            assert words[:2] in target.h1.text, address


def test_a_number_that_was_changed_by_hand_is_no_link(office_of):
    round_ = Round.objects.select_related("county").get(
        county__code="330327", as_of=date(2023, 4, 10)
    )
    user, client = office_of(round_)
    said = "对照进度安排，153项中已完成9项，45项超序时；省级第3项、省级第99项。<b>x</b>"
    page, links = links_of(client, written("330327", round_, user, overall=said))
    assert [words for words, _ in links[:3]] == ["153", "45", "省级第3项"]
    assert said in page.select_one("#text").text, "the text itself is as it was written"
