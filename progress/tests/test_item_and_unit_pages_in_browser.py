"""条目, 单位, 责任领导 in a browser: charts drawn, bars that open items, fit for a phone."""

import re

import pytest
from django.urls import reverse

from livelihood.testing import PHONE, login
from progress.models import Round
from progress.operations.bulletins import proposed_data, start_bulletin

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


def pages_of(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_a_unit_and_a_leader_print_on_one_page_and_the_largest_on_two(
    served_corpus, office, foreign_office, open_page
):
    """Smaller letters would spare 县教育局 with its 24 items a page, and nobody could read them."""
    sheets = {
        office: [(reverse("unit", args=[*CANGNAN, "县教育局"]), 2)]
        + [(reverse("unit", args=[*CANGNAN, "县卫健局"]), 1)],
        foreign_office: [(reverse("leader", args=[*XIANGSHAN, "胡颖磊"]), 1)],
    }
    for user, urls in sheets.items():
        page = open_page()
        login(page, user)
        for url, pages in urls:
            page.goto(url)
            assert pages_of(page.pdf(prefer_css_page_size=True)) == pages, url


def test_all_units_print_on_one_page_and_the_overview_keeps_charts_beside_their_tables(
    served_corpus, office, browser_page
):
    page = browser_page
    login(page, office)
    page.goto(reverse("units", args=CANGNAN))
    assert pages_of(page.pdf(prefer_css_page_size=True)) == 1
    page.goto(reverse("overview", args=CANGNAN))
    page.wait_for_selector("#units .chart.drawn")
    assert pages_of(page.pdf(prefer_css_page_size=True)) <= 7
    page.emulate_media(media="print")
    assert not page.is_visible(".footer-line")


def test_an_issue_prints_without_what_belongs_to_the_screen(served_corpus, office, browser_page):
    april = Round.objects.select_related("county").get(county__code="330327")
    begun = start_bulletin(by=office, round=april, data=proposed_data(april))
    page = browser_page
    login(page, office)
    page.goto(reverse("bulletin", args=[*CANGNAN, begun.pk]))
    assert page.is_visible(".bulletin-side")
    page.emulate_media(media="print")
    for selector in (".bulletin-side", ".page-head", ".paper-mark"):
        assert not page.locator(f"{selector}:visible").count(), selector
    assert page.is_visible("#text")
