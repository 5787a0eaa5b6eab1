"""全市对比 in Chromium: a file uploaded, looked at, put right, adopted."""

import pytest
from django.urls import reverse

from livelihood.testing import PHONE, login
from progress.models import CityComparison
from progress.tests import city_files

pytestmark = pytest.mark.django_db(transaction=True)

PLACE = ["330327", 2023]


@pytest.mark.parametrize("viewport", [{"width": 1366, "height": 768}, PHONE])
def test_a_table_is_uploaded_looked_at_and_adopted(served_corpus, office, open_page, viewport):
    page = open_page(viewport=viewport)
    login(page, office)
    page.goto(reverse("city_table_add", args=PLACE))
    rows = [{**row, "figure": 0.5} for row in city_files.fixture_rows()]
    content = city_files.workbook(city_files.single_rows(rows))
    page.set_input_files(
        "[name=file]", {"name": "四月.xlsx", "mimeType": "application/zip", "buffer": content}
    )
    page.fill("[name=source]", "四月通报")
    page.click("main button[type=submit]")
    page.wait_for_selector("text=46行对上了条目")
    assert "原为" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.locator("select[name^='item-']").first.select_option("")
    page.click("button[value=adopt]")
    page.wait_for_selector("text=已采用：45个条目")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert CityComparison.objects.exclude(table=None).count() == 45
    page.goto(reverse("item", args=[*PLACE, "province", 3]))
    assert "四月通报" in page.inner_text("#city")
