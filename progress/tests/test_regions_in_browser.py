"""A city's and a province's pages in Chromium, for those who oversee the counties.

Every page opened by ``open_page`` fails its test on a request to another server, an error on
the console and a script that breaks.
"""

import re

import pytest
from django.urls import reverse

from livelihood.organisation.access import Role
from livelihood.organisation.models import Region
from livelihood.testing import DESKTOP, PHONE, create_county, create_unit, create_user, login
from progress.operations.simulated_counties import simulate_counties
from projects.models import ListItem, Programme, ProgrammeItem

pytestmark = pytest.mark.django_db(transaction=True)

YEAR = 2024
COUNTIES, ITEMS, ROUNDS = 12, 16, 3
CITY = reverse("region", args=["330300", YEAR])
PROVINCE = reverse("region", args=["330000", YEAR])
PROGRAMMES = reverse("region_programmes", args=["330300", YEAR])


@pytest.fixture
def city(live_server):
    """温州市 with twelve simulated counties, whose items the city has matched."""
    region = create_county("330327", "苍南县").parent
    simulate_counties(city=region, counties=COUNTIES, year=YEAR, seed=1, items=ITEMS, rounds=ROUNDS)
    return region


def person(region, role, name="王明"):
    unit = create_unit(region, "政府办公室")
    return create_user(f"{region.code}-{role}", name, role, unit)


@pytest.fixture
def leader(city):
    return person(city, Role.SUPERVISOR)


@pytest.fixture
def city_office(city):
    return person(city, Role.OFFICE)


def width(page):
    return page.evaluate("document.documentElement.scrollWidth")


def test_from_the_ranking_to_the_county_and_back(leader, browser_page):
    page = browser_page
    login(page, leader)
    assert page.url.endswith(CITY)
    page.click("text=滞后和未报少的在前")
    page.wait_for_url(re.compile("sort=late"))
    late = [int(text) for text in page.locator("td[data-label=滞后]").all_inner_texts()]
    assert len(late) == COUNTIES
    assert late == sorted(late)
    ranked = page.url
    first = page.locator("table.ranking td.main a").first
    name = first.inner_text()
    first.click()
    page.wait_for_url(re.compile(f"/{YEAR}/.*as_of={YEAR}-12-31"))
    assert name in page.inner_text("body")
    page.go_back()
    assert page.url == ranked
    assert [int(t) for t in page.locator("td[data-label=滞后]").all_inner_texts()] == late


def test_from_the_matrix_to_one_countys_item_and_back(leader, browser_page):
    page = browser_page
    login(page, leader)
    cells = page.locator("table.matrix a.cell")
    assert cells.count() == COUNTIES * Programme.objects.count()
    cell = cells.nth(COUNTIES + 3)
    county, status = cell.get_attribute("title").split("，")[:2]
    cell.click()
    page.wait_for_url(re.compile(r"/(province|city)/\d+/"))
    assert county in page.inner_text("body")
    assert status in page.inner_text("main")
    page.go_back()
    assert page.url.split("#")[0].endswith(CITY)


def test_the_matrix_keeps_its_heads_while_it_scrolls_and_shows_one_level(leader, browser_page):
    page = browser_page
    login(page, leader)
    page.locator("nav[aria-label=层级] a", has_text="市级").click()
    page.wait_for_url(re.compile("level=city"))
    groups = page.locator("table.matrix tr.group").all_inner_texts()
    assert [text.strip() for text in groups] == [
        f"市级（{Programme.objects.filter(level='city').count()}项）"
    ]
    box = page.locator(".matrix-scroll")
    before = page.locator("table.matrix tbody tr:not(.group) th").first.bounding_box()["x"]
    box.evaluate("box => { box.scrollLeft = 300; }")
    after = page.locator("table.matrix tbody tr:not(.group) th").first.bounding_box()["x"]
    assert after == pytest.approx(before, abs=1)
    assert width(page) <= DESKTOP["width"]


def test_one_programme_in_all_counties_as_small_charts(leader, browser_page):
    page = browser_page
    login(page, leader)
    row = page.locator("table.matrix tbody th[scope=row] a").first
    name = row.inner_text()
    row.click()
    page.wait_for_url(re.compile("/items/"))
    page.wait_for_selector(".chart .main-svg")
    assert page.inner_text("h1") == name
    titles = page.locator(".chart .annotation-text").all_text_contents()
    assert [text for text in titles if text.startswith("模拟")] == [
        f"模拟{number:02d}县" for number in range(1, COUNTIES + 1)
    ]
    assert page.locator("table.data tbody tr").count() == COUNTIES
    page.locator("table.data td.main a").first.click()
    page.wait_for_url(re.compile(r"/(province|city)/\d+/"))
    page.go_back()
    page.wait_for_selector(".chart .main-svg")
    assert page.inner_text("h1") == name


def test_no_page_of_a_region_scrolls_sideways_on_a_phone(city_office, open_page):
    page = open_page(viewport=PHONE)
    login(page, city_office)
    item = reverse("region_item", args=["330300", YEAR, Programme.objects.first().pk])
    for address in (CITY, item, PROGRAMMES):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert width(page) <= PHONE["width"], address
        assert page.locator("h1").is_visible()


def test_the_city_prints_with_every_county_on_the_sheet(leader, browser_page):
    page = browser_page
    login(page, leader)
    page.set_viewport_size({"width": 1032, "height": 680})  # A4 landscape less the margins
    page.emulate_media(media="print")
    for selector in ("nav[aria-label=排列]", "nav[aria-label=层级]", ".topbar"):
        assert not page.locator(selector).is_visible()
    for selector in ("table.ranking", "table.matrix"):
        right = page.locator(selector).evaluate("table => table.getBoundingClientRect().right")
        assert right <= 1032, f"{selector} is cut off on paper"
    box = page.locator(".matrix-scroll").evaluate("box => box.scrollHeight - box.clientHeight")
    assert box <= 1, "rows that nobody could scroll to on paper"
    sheets = page.pdf(prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox\s*\[([^\]]+)\]", sheets)
    assert 1 <= len(sizes) <= 4
    for size in sizes:
        left, bottom, width, height = (float(number) for number in size.split())
        assert (width - left, height - bottom) == pytest.approx((841.9, 595.3), abs=1)


def test_the_province_names_the_city_of_each_county_and_leads_there(city, browser_page):
    province = Region.objects.get(code="330000")
    page = browser_page
    login(page, person(province, Role.SUPERVISOR))
    assert page.url.endswith(PROVINCE)
    assert "全省平均" in page.inner_text("table.matrix thead")
    page.locator("td[data-label=所属市] a").first.click()
    page.wait_for_url(re.compile(CITY))
    assert page.locator("td[data-label=所属市]").count() == 0
    assert "全市平均" in page.inner_text("table.matrix thead")
    page.go_back()
    assert page.url.split("?")[0].endswith(PROVINCE)


# -- Which items are the same --------------------------------------------------------------


def test_proposals_are_confirmed_and_taken_back(city_office, browser_page):
    ProgrammeItem.objects.all().delete()
    Programme.objects.all().delete()
    doubtful = ListItem.objects.filter(
        project_list__level="city", project_list__county__code="330300004"
    ).first()
    doubtful.title = f"实施{doubtful.title[:5]}工程，完善管理机制，{doubtful.title}"
    doubtful.save()
    page = browser_page
    login(page, city_office)
    page.goto(PROGRAMMES)
    button = page.locator(".workbook-actions .btn-primary")
    ticked = page.locator("[name=take]:checked").count()
    assert f"（{ticked}项）" in button.inner_text()
    page.uncheck("[name=take] >> nth=-1")
    assert f"（{ticked - 1}项）" in button.inner_text()
    page.check(".doubtful input")
    button.click()
    page.wait_for_selector(f"text=已确认{ticked - 1}项共同项目")
    assert ProgrammeItem.objects.filter(item=doubtful).exists()
    assert page.locator("[name=take]").count() == 1  # what was not ticked stays

    page.locator("section.panel").last.locator("td.main a").first.click()
    page.wait_for_selector(".chart .main-svg")
    undo = page.locator("text=移出勾选的条目")
    assert undo.is_disabled()
    page.check("[data-tick-all]")
    undo.click()
    page.wait_for_selector("text=移出12个条目")
    assert page.locator("[name=take]").count() == 2


def test_ticking_part_of_a_row_ticks_the_row(city_office, browser_page):
    ProgrammeItem.objects.filter(county__code="330300004").delete()
    left = ListItem.objects.filter(
        project_list__level="city", project_list__county__code="330300004"
    ).first()
    left.title = f"实施{left.title[:5]}工程，完善管理机制，{left.title}"
    left.save()
    page = browser_page
    login(page, city_office)
    page.goto(PROGRAMMES)
    row = page.locator("table.proposals tbody tr", has=page.locator(".doubtful"))
    assert not row.locator("[name=take]").is_checked()
    row.locator(".doubtful input").check()
    assert row.locator("[name=take]").is_checked()
    row.locator("[name=take]").uncheck()
    assert not row.locator(".doubtful input").is_checked()
    row.locator(".doubtful input").check()
    page.click("text=排除勾选的存疑条目")
    page.wait_for_selector("text=已排除1个条目，不再建议")
    assert page.locator("table.proposals .doubtful").count() == 0
    page.check("[name=back]")
    page.click("text=恢复勾选的条目")
    page.wait_for_selector("text=已恢复1个条目")
    assert page.locator("table.proposals .doubtful").count() == 1
