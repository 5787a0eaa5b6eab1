"""总览 in a browser: charts that lead on, the sentence to copy, the choosers, the keyboard."""

import json
import re
from datetime import date

from django.apps import apps
from django.urls import reverse

from livelihood.organisation.access import Role
from livelihood.testing import PASSWORD, create_unit, login
from progress.models import Round

CANGNAN = ["330327", 2023]
XIANGSHAN = ["330225", 2024]
OVERVIEW = reverse("overview", args=CANGNAN)
ITEMS = reverse("items", args=CANGNAN)


def figure(page, name):
    return json.loads(page.locator(f"#{name}").text_content())


def chart(page, name):
    """The drawn chart of that figure, in view."""
    drawn = page.locator(f".chart.drawn[data-figure={name}]")
    drawn.scroll_into_view_if_needed()
    return drawn


def middle(mark):
    box = mark.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_keyboard_alone_leads_through_the_login_to_the_dashboard(
    served_corpus, office, browser_page
):
    page = browser_page
    page.goto(reverse("home"))
    for _press in range(10):
        if page.evaluate("document.activeElement.name") == "username":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(office.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{OVERVIEW}")
    assert page.inner_text("h1") == "苍南县2023年民生实事总览"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content", "past the menu"
    for _press in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.tile')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{ITEMS}")


def test_charts_are_drawn_and_their_marks_lead_on(served_corpus, office, browser_page):
    page = browser_page
    login(page, office)
    names = page.locator(".chart").evaluate_all("charts => charts.map(c => c.dataset.figure)")
    assert names == ["level-figure", "year-figure", "unit-figure", "scatter-figure"]
    for name in names:
        assert chart(page, name).locator("svg.main-svg").first.is_visible()

    dots = chart(page, "scatter-figure").locator(".scatterlayer path.point")
    assert dots.count() == 153
    last = figure(page, "scatter-figure")["data"][-1]
    page.mouse.move(*middle(dots.last))
    label = page.locator(".hoverlayer .hovertext")
    label.wait_for()
    assert label.text_content().startswith(last["text"][-1].split("<br>")[0])
    page.mouse.click(*middle(dots.last))
    page.wait_for_url(f"**{last['customdata'][-1]}")

    page.go_back()
    worst = chart(page, "unit-figure").locator(".barlayer .trace").first.locator(".point").first
    page.mouse.click(*middle(worst))
    page.wait_for_url(f"**{ITEMS}?unit=*")
    assert "牵头单位为县教育局" in page.inner_text(".showing")


def test_the_headline_is_copied_with_its_note_or_the_reader_is_told(
    served_corpus, office, open_page
):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    login(page, office)
    button = page.locator("[data-copy='#headline-text']")
    button.click()
    page.wait_for_selector("[data-copy]:text-is('已复制')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("2023年我县共承办省政府民生实事指标46项")
    assert copied.endswith("县公安局1项。（注：低于全市平均的项数依据示例数据得出。）")
    page.evaluate("""() => {
        navigator.clipboard.writeText = () => Promise.reject(new Error("refused"));
        document.execCommand = () => false;
    }""")
    button.click()
    page.wait_for_selector("[data-copy]:text-is('未能复制，请手动选择')")


def test_another_round_and_any_date_are_chosen_and_gone_back_from(
    served_corpus, county, office, browser_page
):
    Round.objects.create(county=county, as_of=date(2023, 6, 30), state=Round.State.CLOSED)
    page = browser_page
    login(page, office)
    headline = page.locator("#headline-text")
    assert "截至6月30日" in headline.inner_text(), "the latest round comes first"
    page.select_option("#choose-round", "2023-04-10")
    page.wait_for_url("**?as_of=2023-04-10")
    assert "截至4月10日，有8项已提前完成" in headline.inner_text()
    page.click("text=其他日期")
    page.fill("#choose-date", "2023-05-20")
    page.click("text=按此日期研判")
    page.wait_for_url("**?as_of=2023-05-20")
    assert page.locator("#choose-round option:checked").inner_text() == "按2023年5月20日研判"
    page.go_back()
    page.wait_for_url("**?as_of=2023-04-10")
    assert page.input_value("#choose-round") == "2023-04-10"
    page.go_back()
    page.wait_for_url(re.compile(f"{OVERVIEW}$"))
    assert "截至6月30日" in headline.inner_text()
    assert page.input_value("#choose-round") == "2023-06-30", "not what was chosen and left"


def test_who_sees_two_counties_goes_from_one_to_the_other(served_corpus, make_user, browser_page):
    province = apps.get_model("organisation.Region").objects.get(code="330000")
    page = browser_page
    login(page, make_user(Role.SUPERVISOR, create_unit(province, "省府办")))
    page.goto(OVERVIEW)
    page.select_option("#choose-place", label="象山县 2024年")
    page.wait_for_url(f"**{reverse('overview', args=XIANGSHAN)}")
    assert "还没有任何进展填报" in page.inner_text(".empty")
    page.locator(".chart.drawn[data-figure=month-figure]").wait_for()
