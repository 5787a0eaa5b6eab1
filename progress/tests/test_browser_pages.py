"""Every kind of page in a browser: sound, no wider than the window, and fit to be printed."""

import re

import pytest
from django.urls import reverse

from livelihood.testing import DESKTOP, PHONE, login

CANGNAN = ["330327", 2023]
XIANGSHAN = ["330225", 2024]
OVERVIEW = reverse("overview", args=CANGNAN)
ITEMS = reverse("items", args=CANGNAN)
# With targets, allocations, sites, or a group: the pages of an item differ most.
ITEM = reverse("item", args=[*CANGNAN, "county", 8])
PAGES = [
    OVERVIEW,
    f"{OVERVIEW}?as_of=2023-07-15",
    ITEMS,
    f"{ITEMS}?q=绝无此词",
    ITEM,
    reverse("item", args=[*CANGNAN, "province", 18]),
    reverse("units", args=CANGNAN),
    reverse("unit", args=[*CANGNAN, "县教育局"]),
    reverse("leaders", args=CANGNAN),
    reverse("guide"),
    reverse("about"),
    reverse("password_change"),
]
PAGES_OF_XIANGSHAN = [
    f"{reverse('overview', args=XIANGSHAN)}?as_of=2024-04-10",
    reverse("items", args=XIANGSHAN),
    reverse("item", args=[*XIANGSHAN, "county", 1]),
    reverse("leaders", args=XIANGSHAN),
    reverse("leader", args=[*XIANGSHAN, "胡颖磊"]),
]
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


def box(page, selector):
    return page.locator(selector).first.bounding_box()


def apart(one, other):
    """Whether two boxes do not lie on each other."""
    return (
        one["x"] + one["width"] <= other["x"]
        or other["x"] + other["width"] <= one["x"]
        or one["y"] + one["height"] <= other["y"]
        or other["y"] + other["height"] <= one["y"]
    )


def visit(page, url):
    """Open a page and wait for its charts."""
    page.goto(url)
    page.wait_for_selector(".chart:not(.drawn)", state="detached")


def test_every_page_is_sound_and_no_wider_than_a_desktop_or_a_phone(
    served_corpus, office, foreign_office, open_page
):
    """Requests to elsewhere, errors on the console and failing scripts fail the test too."""
    for user, urls in ((office, PAGES), (foreign_office, PAGES_OF_XIANGSHAN)):
        page = open_page()
        login(page, user)
        for url in urls:
            page.set_viewport_size(DESKTOP)
            visit(page, url)
            assert page.locator("h1").is_visible(), url
            assert page.evaluate(FITS), url
            page.set_viewport_size(PHONE)
            assert page.evaluate(FITS), (url, "on a phone")


def test_the_login_is_no_wider_than_a_phone(open_page):
    page = open_page(viewport=PHONE)
    page.goto(reverse("login"))
    assert page.evaluate(FITS)


def test_the_menu_of_a_phone_leads_to_the_list_whose_rows_are_cards(
    served_corpus, office, open_page
):
    page = open_page(viewport=PHONE)
    login(page, office)
    assert not page.is_visible("#menu")
    page.click(".topbar-toggle")
    page.wait_for_selector("#menu.show:not(.collapsing)")
    page.click("#menu >> text=清单")
    page.wait_for_url(f"**{ITEMS}")
    first = page.locator("table.items tbody tr:not(.group)").first
    title, status = first.locator("td.main"), first.locator("td[data-label=研判]")
    assert title.bounding_box()["y"] < status.bounding_box()["y"]
    label = status.evaluate("e => getComputedStyle(e, '::before').content")
    assert label == '"研判"'
    visit(page, OVERVIEW)
    total = page.locator("tfoot td").first
    assert total.evaluate("e => getComputedStyle(e, '::before').content") == '"条目"'


def test_nothing_lies_on_the_headline(served_corpus, office, browser_page):
    page = browser_page
    login(page, office)
    for viewport in (DESKTOP, {"width": 900, "height": 700}, PHONE):
        page.set_viewport_size(viewport)
        headline = box(page, ".headline")
        for selector in (".page-head", ".tiles", ".topbar", "#attention"):
            assert apart(headline, box(page, selector)), (viewport, selector)
        lines = page.locator("#headline-text").evaluate(
            """e => {
                const range = document.createRange();
                range.selectNodeContents(e);
                return Array.from(range.getClientRects(), r => r.toJSON());
            }"""
        )
        assert len(lines) > 2
        for line in lines:
            assert apart(line, box(page, ".headline .btn")), viewport


def test_all_ten_columns_of_the_list_are_seen_on_a_desktop_and_the_head_stays(
    served_corpus, office, browser_page
):
    page = browser_page
    login(page, office)
    page.goto(ITEMS)
    assert page.locator("table.items thead th").count() == 10
    scroll = page.locator(".table-scroll.wide")
    # The scroll bars of a window and of the table take 34 px on Windows.
    for width in (DESKTOP["width"], DESKTOP["width"] - 34):
        page.set_viewport_size({**DESKTOP, "width": width})
        table, mark = scroll.bounding_box(), box(page, "table.items sup")
        assert mark["x"] + mark["width"] < table["x"] + table["width"], width
        assert scroll.evaluate("e => e.scrollWidth <= e.clientWidth"), width
    scroll.evaluate("e => { e.scrollTop = 400; }")
    assert box(page, "table.items thead th")["y"] == pytest.approx(table["y"] + 1, abs=1)


# Width and height of every chart, and of its box.
SIZES = """Array.from(document.querySelectorAll(".chart"), box => {
    const drawn = box.querySelector(".main-svg");
    return [drawn.clientWidth, drawn.clientHeight, box.clientWidth, box.clientHeight];
})"""


def test_charts_are_whole_on_paper_and_in_a_window_of_another_size(
    served_corpus, office, browser_page
):
    page = browser_page
    login(page, office)
    visit(page, OVERVIEW)
    on_screen = page.evaluate(SIZES)
    page.evaluate(
        f"""() => window.addEventListener("beforeprint", () => {{
            window.sizes = {SIZES};
            window.folded = document.querySelectorAll("#due-soon details:not([open])").length;
        }})"""
    )
    page.pdf(prefer_css_page_size=True)
    on_paper = page.evaluate("window.sizes")
    # A4 landscape less the margins is 1032 × 680 px.
    assert all(width <= 1032 and height <= 640 for width, height, *_box in on_paper)
    assert all(size[:2] == size[2:] for size in on_paper)
    assert page.evaluate("window.folded") == 0, "milestones that nobody could open on paper"
    assert page.evaluate(SIZES) == on_screen
    assert page.locator("#due-soon details:not([open])").count() == 1

    page.set_viewport_size({"width": 1000, "height": 700})
    for width, _height, *_box in on_screen:
        page.wait_for_selector(f".main-svg[width='{width}']", state="detached")
    resized = page.evaluate(SIZES)
    assert all(size[:2] == size[2:] for size in resized), "nothing is cut off"
    assert [size[1] for size in resized] == [size[1] for size in on_screen]


def test_paper_has_the_content_in_a4_landscape_without_what_cannot_be_used(
    served_corpus, office, browser_page
):
    page = browser_page
    login(page, office)
    for url, part in ((OVERVIEW, "#headline-text"), (ITEMS, ".showing")):
        visit(page, url)
        page.emulate_media(media="print")
        assert page.is_visible(part)
        for selector in (".topbar", ".breadcrumbs", ".filters", ".other-date", ".btn", "details"):
            shown = page.locator(f"{selector}:visible").all_inner_texts()
            assert not any(shown), (url, selector, shown)
        assert page.locator("#choose-round").is_visible(), "the date of judgement stays"
        sheets = page.pdf(prefer_css_page_size=True)
        sizes = re.findall(rb"/MediaBox\s*\[([^\]]+)\]", sheets)
        assert len(sizes) > 1
        for size in sizes:
            left, bottom, width, height = (float(number) for number in size.split())
            # 297 × 210 mm in points, to the point.
            assert (width - left, height - bottom) == pytest.approx((841.9, 595.3), abs=1)
        page.emulate_media(media="screen")
