"""报送情况, 催办单, 提醒 in a browser: one click copies, a slip goes its way, fit for a phone."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from livelihood.testing import PHONE, login

pytestmark = pytest.mark.django_db(transaction=True)

CANGNAN = ["330327", 2023]


@pytest.fixture
def open_round(served_corpus, county):
    """A round whose deadline was yesterday and for which nothing has come in."""
    return apps.get_model("progress.Round").objects.create(
        county=county,
        as_of=date(2023, 5, 31),
        deadline=timezone.localdate() - timedelta(days=1),
        simulated=True,
    )


def test_one_click_copies_the_missing_units(open_round, office, open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    login(page, office)
    page.goto(reverse("reporting", args=CANGNAN))
    page.click("[data-copy='#missing-sentence']")
    page.wait_for_selector("text=已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("（演示数据）民生实事进展填报（截至2023年5月31日）期限")
    # Of the 26 units two have nothing left to do: their only projects are done.
    assert "24个单位仍未报齐，请立即补报：县教育局（13项均未报）、" in copied
    assert copied.endswith("。")


def test_the_first_column_of_the_board_stays_while_it_scrolls(
    open_round, office, county, open_page
):
    rounds = apps.get_model("progress.Round").objects
    for month in range(6, 12):
        rounds.create(county=county, as_of=date(2023, month, 28), deadline=open_round.deadline)
    page = open_page(viewport={"width": 900, "height": 700})
    login(page, office)
    page.goto(reverse("reporting", args=CANGNAN))
    head = page.locator("table.board tbody th").first
    before = head.bounding_box()["x"]
    page.evaluate("document.querySelector('.table-scroll.wide').scrollLeft = 300")
    assert page.evaluate("document.querySelector('.table-scroll.wide').scrollLeft") > 0
    assert head.bounding_box()["x"] == before


def test_a_slip_goes_from_the_board_to_the_unit_and_back(open_round, office, reporter, open_page):
    page = open_page()
    login(page, office)
    page.goto(reverse("reporting", args=CANGNAN))
    if not page.locator("table.missing-units").is_visible():
        page.click("#missing summary")
    page.locator("table.missing-units tr", has_text="县教育局").locator("text=签发催办单").click()
    page.click("text=签发并提醒该单位")
    page.wait_for_selector("text=已签发催办单")
    theirs = open_page(viewport=PHONE)
    login(theirs, reporter)
    theirs.goto(reverse("notices"))
    theirs.click("text=前往办理")
    theirs.fill("[name=answer]", "今日补报。")
    theirs.click("text=提交回复")
    theirs.wait_for_selector("text=已回复，待核实")
    page.reload()
    page.click("button[value=close]")
    page.wait_for_selector("text=✓ 已办结")


def test_every_page_fits_a_phone(open_round, office, open_page):
    unit = apps.get_model("organisation.Unit").objects.get(region__code="330327", name="县教育局")
    phone = open_page(viewport=PHONE)
    login(phone, office)
    for name, query in (
        ("reporting", ""),
        ("slips", ""),
        ("slip_add", ""),
        ("slip_add", f"?unit={unit.pk}"),
    ):
        phone.goto(reverse(name, args=CANGNAN) + query)
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
