"""版式 in a browser: columns ordered by keyboard, a live preview, without scripts, on a phone."""

from dataclasses import replace

import pytest
from django.apps import apps
from django.urls import reverse

from livelihood.testing import PHONE, login
from progress.operations.layouts import layout_of, save_layout
from progress.rules.layouts import READY_MADE

pytestmark = pytest.mark.django_db(transaction=True)

CANGNAN = ["330327", 2023]
CITY = READY_MADE["standard_city"].layout


@pytest.fixture
def row(served_corpus, office, county):
    return save_layout(by=office, county=county, layout=replace(CITY, name="附表二"))


def address(row):
    return reverse("layout", args=[*CANGNAN, row.pk])


def keys_of(row):
    row.refresh_from_db()
    return [column.key for column in layout_of(row).columns]


def test_columns_are_moved_added_and_dropped_with_the_keyboard(row, office, open_page):
    page = open_page()
    login(page, office)
    page.goto(address(row))
    page.focus("tr[data-column=title] [data-do=up]")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "上移项目内容"
    page.keyboard.press("Enter")
    page.focus("tr[data-column=schedule] [data-do=drop]")
    page.keyboard.press("Enter")
    page.focus("tr[data-column=actual] [data-do=add]")
    page.keyboard.press("Enter")
    page.fill("[name=heading-actual]", "完成率")
    page.keyboard.press("Tab")
    page.wait_for_selector("#preview th:has-text('完成率')")
    heads = page.locator("#preview thead th").all_inner_texts()
    assert heads == ["项目内容", "项目名称", "序号", "目前实施情况", "牵头单位", "完成率"]
    assert keys_of(row)[0] == "category_numbered", "a preview saves nothing"
    page.click("button[value=save]")
    page.wait_for_selector(".alert-success")
    assert keys_of(row) == [
        "title",
        "category_numbered",
        "number",
        "narrative",
        "unit_printed",
        "actual",
    ]


def test_a_number_typed_in_front_of_a_column_takes_it_there(row, office, open_page):
    page = open_page()
    login(page, office)
    page.goto(address(row))
    page.fill("[name=place-unit_printed]", "1")
    page.keyboard.press("Tab")
    places = page.locator("#chosen-columns .column-place")
    assert places.first.get_attribute("name") == "place-unit_printed"
    assert [places.nth(at).input_value() for at in range(6)] == ["1", "2", "3", "4", "5", "6"]


def test_the_same_can_be_done_without_scripts(row, office, open_page):
    page = open_page(java_script_enabled=False)
    login(page, office)
    page.goto(address(row))
    assert not page.locator("[data-do=up]").first.is_visible()
    page.fill("[name=place-unit_printed]", "0")
    page.click(".layout-more > summary")
    page.fill("[name=place-actual]", "9")
    page.click("button[value=preview]")
    heads = page.locator("#preview thead th").all_inner_texts()
    assert (heads[0], heads[-1]) == ("牵头单位", "形象进度")
    page.click("button[value=save]")
    assert keys_of(row)[0] == "unit_printed"
    assert keys_of(row)[-1] == "actual"


@pytest.mark.parametrize("name", ["layouts", "layout", "layout_template", "layout_delete"])
def test_no_page_is_wider_than_a_phone(name, row, office, open_page):
    page = open_page(viewport=PHONE)
    login(page, office)
    page.goto(reverse(name, args=[*CANGNAN, *([] if name == "layouts" else [row.pk])]))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert apps.get_model("progress.Layout").objects.count() == 1


def test_the_buttons_of_a_column_stand_level_with_its_fields(row, office, open_page):
    page = open_page()
    login(page, office)
    page.goto(address(row))
    field = page.locator("[name=heading-title]").bounding_box()
    button = page.locator("tr[data-column=title] [data-do=up]").bounding_box()
    middles = [box["y"] + box["height"] / 2 for box in (field, button)]
    assert abs(middles[0] - middles[1]) <= 1
