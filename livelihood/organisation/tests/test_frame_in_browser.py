"""What the frame of every page does by script, in a real browser."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from livelihood.organisation.access import Role
from livelihood.testing import DESKTOP, PHONE, login


@pytest.fixture
def administrator(transactional_db, make_unit, make_user):
    return make_user(Role.ADMINISTRATOR, make_unit("县府办"))


@pytest.mark.parametrize("secure", [True, False])
def test_a_button_copies_the_initial_password_also_on_plain_http(
    open_page, administrator, make_user, make_unit, secure
):
    other = make_user(Role.OFFICE, make_unit("县府办"))
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    if not secure:
        # As on an intranet without HTTPS, where navigator.clipboard is missing.
        page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    login(page, administrator)
    page.goto(reverse("person_password", args=[other.pk]))
    page.click("main button[type=submit]")
    page.click("[data-copy]")
    page.wait_for_selector("[data-copy]:text('已复制')")
    page.wait_for_selector("#announce:text('已复制')", state="attached")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.inner_text("#initial-password")
    assert get_user_model().objects.get(pk=other.pk).check_password(copied)


def test_the_menu_of_a_phone_opens_and_the_page_moves_down(open_page, administrator):
    page = open_page(viewport=PHONE)
    login(page, administrator)
    page.goto(reverse("people"))
    assert not page.is_visible("#menu")
    page.click(".topbar-toggle")
    page.wait_for_selector("#menu.show:not(.collapsing)")
    menu, heading = page.locator("#menu").bounding_box(), page.locator("h1").bounding_box()
    assert menu["y"] + menu["height"] <= heading["y"]


def test_logging_out_is_in_the_menu_of_the_person(browser_page, administrator):
    login(browser_page, administrator)
    browser_page.goto(reverse("people"))
    browser_page.click(".topbar-user-name")
    browser_page.click("text=退出")
    browser_page.wait_for_url(f"**{reverse('login')}")


def test_a_refused_form_moves_the_reader_to_what_is_wrong(
    browser_page, administrator, browser_faults
):
    login(browser_page, administrator)
    browser_page.goto(reverse("person_add"))
    browser_page.click("main button[type=submit]")
    browser_page.wait_for_selector(".error-summary:focus")
    browser_page.click(".error-summary a >> nth=0")
    assert browser_page.evaluate("document.activeElement.name") == "name"
    # The browser writes the status 422 to the console; nothing else may be there.
    assert all("422" in fault for fault in browser_faults)
    browser_faults.clear()


def test_the_first_key_leads_past_the_menu(browser_page, administrator):
    login(browser_page, administrator)
    browser_page.goto(reverse("people"))
    browser_page.keyboard.press("Tab")
    assert browser_page.evaluate("document.activeElement.textContent") == "跳到正文"
    browser_page.keyboard.press("Enter")
    assert browser_page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, {"width": 900, "height": 700}])
@pytest.mark.parametrize("name", ["login", "people", "person_add", "person", "password_change"])
def test_no_page_is_wider_than_its_window(open_page, administrator, name, viewport):
    page = open_page(viewport=viewport)
    if name != "login":
        login(page, administrator)
    page.goto(reverse(name, args=[administrator.pk] if name == "person" else []))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
