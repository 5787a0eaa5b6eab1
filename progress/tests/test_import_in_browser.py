"""Importing the published bulletin in the browser, as the office does it."""

import re

import pytest

from livelihood.testing import PHONE, login
from projects.models import ImportRow, ListItem, PlanImport
from projects.tests.documents import corpus_workbook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office_page(browser_page, office):
    login(browser_page, office)
    return browser_page


def upload(page):
    """Choose the workbook on the page that begins an import, and read it."""
    page.click("text=导入清单")
    page.fill("[name=year]", "2023")
    page.set_input_files(
        "[name=file]",
        {
            "name": "2023年进展.xlsx",
            "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "buffer": corpus_workbook().getvalue(),
        },
    )
    page.click("text=读取")
    page.wait_for_url(re.compile("/columns/"))


def test_a_county_without_lists_imports_its_first_and_takes_it_back(office_page):
    page = office_page
    assert page.is_visible("text=还没有清单")
    upload(page)
    page.click("text=读取各项")
    page.wait_for_url(re.compile("/preview/"))
    assert page.is_visible("text=读出省级46项、市级54项、县级53项")
    page.click("text=确定单位")
    page.click("text=下一步：确认导入")
    page.click("button:has-text('确认导入')")
    page.wait_for_url(re.compile("/done/"))
    assert ListItem.objects.count() == 153
    page.click("text=看清单")
    assert page.is_visible("text=苍南县2023年民生实事清单")
    page.go_back()
    page.click("text=撤销这次导入")
    assert page.is_visible("text=已撤销这次导入")
    assert not ListItem.objects.exists()


def test_a_row_is_put_right_in_its_place_with_the_keyboard_alone(office_page, browser_faults):
    page = office_page
    upload(page)
    page.click("text=读取各项")
    page.wait_for_url(re.compile("/preview/"))
    row = page.locator(".import-row").first
    identity = row.get_attribute("id")
    row.locator("text=修改").focus()
    page.keyboard.press("Enter")
    form = page.locator(f"#{identity} form.import-read")
    form.wait_for()
    name = form.locator("[name$='targets-0-name']")
    name.fill("改过的名称")
    due = form.locator("[name$='stages-0-due']")
    due.fill("")
    name.press("Enter")
    page.locator(f"#{identity} .error-summary").wait_for()
    assert form.locator("[name$='targets-0-name']").input_value() == "改过的名称"
    assert page.is_visible("text=请填写到期日")
    browser_faults.clear()  # the console tells of the 422
    form.locator("[name$='stages-0-due']").fill("2023-03-31")
    form.locator("[name$='targets-0-name']").press("Enter")
    page.locator(f"#{identity} .tag:has-text('已改')").wait_for()
    kept = ImportRow.objects.get(pk=int(identity.removeprefix("row-")))
    assert kept.row["indicators"][0]["name"] == "改过的名称"
    assert kept.edited


def test_a_mark_shows_its_value_and_says_how_it_was_understood(office_page):
    page = office_page
    upload(page)
    page.click("text=读取各项")
    page.wait_for_url(re.compile("/preview/"))
    mark = page.locator(".import-row mark.read-target").first
    part = mark.get_attribute("data-part")
    mark.hover()
    row = mark.locator("xpath=ancestor::article")
    assert "together" in row.locator(f".import-read [data-part='{part}']").get_attribute("class")
    assert mark.get_attribute("data-tip").startswith("目标：")


def test_without_scripts_a_row_has_a_page_of_its_own(open_page, office):
    page = open_page(java_script_enabled=False)
    login(page, office)
    upload(page)
    page.click("text=读取各项")
    page.locator(".import-row").first.locator("text=修改").click()
    assert page.locator("h1").inner_text().startswith("修改")
    page.click("text=保存这一项")
    assert PlanImport.objects.get().rows.filter(edited=True).count() == 1


def test_the_rows_stay_inside_a_phone(open_page, office):
    page = open_page(viewport=PHONE)
    login(page, office)
    upload(page)
    page.click("text=读取各项")
    page.wait_for_url(re.compile("/preview/"))
    page.locator(".import-row").first.locator("text=修改").click()
    page.locator("form.import-read").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
