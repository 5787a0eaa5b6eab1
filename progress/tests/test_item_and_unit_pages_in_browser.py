"""条目, 单位, 责任领导 in a browser: charts drawn, bars that open items, fit for a phone."""

import pytest
from django.urls import reverse

from livelihood.testing import PHONE, login

pytestmark = pytest.mark.django_db(transaction=True)

CANGNAN = ["330327", 2023]
XIANGSHAN = ["330225", 2024]


def item(level, number, place=CANGNAN):
    return reverse("item", args=[*place, level, number])


def test_charts_are_drawn_and_a_bar_opens_its_items(served_corpus, office, browser_page):
    page = browser_page
    login(page, office)
    page.goto(item("county", 23))
    page.wait_for_selector("#curve .chart.drawn")
    page.wait_for_selector("#breakdown .chart.drawn")
    page.goto(reverse("units", args=CANGNAN))
    page.wait_for_selector(".chart.drawn")
    # A transparent layer of the chart lies over the bars and takes the click.
    page.locator(".chart .barlayer .point").first.click(force=True)
    page.wait_for_url("**/items/?unit=*")


def test_every_page_fits_a_phone(served_corpus, office, foreign_office, open_page):
    pages = {
        office: [
            item("county", 31),
            item("county", 8),
            item("province", 10),
            reverse("units", args=CANGNAN),
            reverse("unit", args=[*CANGNAN, "县教育局"]),
        ],
        foreign_office: [
            item("county", 26, XIANGSHAN),
            reverse("leaders", args=XIANGSHAN),
            reverse("leader", args=[*XIANGSHAN, "周坚栋"]),
        ],
    }
    for user, urls in pages.items():
        phone = open_page(viewport=PHONE)
        login(phone, user)
        for url in urls:
            phone.goto(url)
            wide = phone.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["width"], url
