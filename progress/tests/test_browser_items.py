"""清单 in a browser: filters, columns and cut-off texts, with JavaScript and without."""

import re

from django.urls import reverse

from livelihood.testing import login

CANGNAN = ["330327", 2023]
ITEMS = reverse("items", args=CANGNAN)
EVERYTHING = re.compile(f"{ITEMS}$")


def showing(page, words):
    """Wait until the page says that it shows this."""
    page.wait_for_selector(f".showing:has-text('{words}')")


def rows(page):
    return page.locator("table.items tbody tr:not(.group)").count()


def headings(page):
    return page.locator("table.items thead th").all_inner_texts()


def chosen(page, name):
    return page.input_value(f"#filters [name={name}]")


def test_filters_change_table_and_address_and_going_back_restores_both(
    served_corpus, office, browser_page
):
    page = browser_page
    login(page, office)
    page.goto(ITEMS)
    page.select_option("#filters [name=level]", "city")
    showing(page, "层级为市级的条目：54项")
    assert rows(page) == 54
    assert "level=city" in page.url
    page.fill("#filters [name=q]", "灵溪")
    page.press("#filters [name=q]", "Enter")
    showing(page, "层级为市级、文字含“灵溪”的条目：")
    found = rows(page)
    assert 0 < found < 54
    address = page.url

    page.click("table.items a.clamp >> nth=0")
    page.wait_for_url(re.compile("/items/city/"))
    page.go_back()
    showing(page, "文字含“灵溪”")
    assert page.url == address
    assert (chosen(page, "level"), chosen(page, "q"), rows(page)) == ("city", "灵溪", found)

    page.go_back()
    showing(page, "层级为市级的条目：54项")
    assert (chosen(page, "level"), chosen(page, "q"), rows(page)) == ("city", "", 54)
    page.go_back()
    page.wait_for_url(EVERYTHING)
    showing(page, "显示全部153项")
    assert (chosen(page, "level"), rows(page)) == ("", 153)
    # The page that came back works as the first one did.
    page.select_option("#filters [name=status]", "late")
    showing(page, "研判为滞后（含严重滞后）的条目：9项")
    assert page.locator("h1").count() == page.locator("#filters").count() == 1
    kept = page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))")
    assert kept == [], "no list stays behind in the browser after logging out"


def test_another_date_keeps_the_filters_that_were_just_set(served_corpus, office, browser_page):
    page = browser_page
    login(page, office)
    page.goto(ITEMS)
    page.select_option("#filters [name=level]", "province")
    showing(page, "层级为省级的条目：46项")
    page.click("text=其他日期")
    page.fill("#choose-date", "2023-07-15")
    page.click("text=按此日期研判")
    page.wait_for_url(re.compile("as_of=2023-07-15"))
    showing(page, "层级为省级的条目：46项")
    # And the filters keep the date, and the order of the list.
    page.click("table.items th.c-variance a")
    page.wait_for_url(re.compile("sort=variance"))
    page.select_option("#filters [name=status]", "late")
    showing(page, "研判为滞后（含严重滞后）")
    assert "as_of=2023-07-15" in page.url
    assert page.get_attribute("th.c-variance", "aria-sort") == "ascending"


def test_the_columns_chosen_are_there_again_at_the_next_visit(served_corpus, office, browser_page):
    page = browser_page
    login(page, office)
    page.goto(ITEMS)
    usual = headings(page)
    page.click("text=选择列")
    page.click("label.pick:text-is('原因')")
    page.wait_for_selector("th.c-reason")
    page.click("label.pick:text-is('工作进度安排')")
    page.wait_for_selector("th.c-schedule", state="detached")
    assert "cols=reason" in page.url
    later = page.context.new_page()
    later.goto(ITEMS)
    expected = [heading for heading in usual if heading != "工作进度安排"] + ["原因"]
    assert headings(later) == expected
    later.click("text=选择列")
    assert later.is_checked("#col-reason")
    assert not later.is_checked("#col-schedule")


def test_columns_are_chosen_from_chips_side_by_side(served_corpus, office, browser_page):
    page = browser_page
    login(page, office)
    page.goto(ITEMS)
    page.click("summary:has-text('选择列')")
    chips = [chip.bounding_box() for chip in page.locator(".columns-chooser .pick").all()]
    assert len(chips) > 10
    assert len({chip["y"] for chip in chips}) <= 3, "several in a row"
    assert all(chip["width"] < 200 for chip in chips)


def test_a_text_that_is_cut_off_opens_by_click_and_by_key(served_corpus, office, browser_page):
    page = browser_page
    login(page, office)
    page.goto(f"{ITEMS}?q=开工（改、扩）建公办幼儿园6所")
    text = page.locator("td.long .clamp").first
    hidden = "e => e.scrollHeight - e.clientHeight > 4"
    assert text.evaluate(hidden)
    text.click()
    assert not text.evaluate(hidden)
    page.locator("h1").click()
    assert not text.evaluate(hidden), "stays open when the reader looks elsewhere"
    text.click()
    page.locator("h1").click()
    assert text.evaluate(hidden)
    title = page.locator("td.main .clamp").first
    assert title.evaluate(hidden)
    title.focus()
    assert not title.evaluate(hidden)


def test_without_javascript_buttons_do_what_choices_do(served_corpus, office, open_page):
    page = open_page(java_script_enabled=False)
    login(page, office)
    page.goto(ITEMS)
    page.select_option("#filters [name=level]", "city")
    page.fill("#filters [name=q]", "灵溪")
    page.click("#filters summary")
    page.click("label.pick:text-is('原因')")
    page.click("#filters button")
    page.wait_for_url(re.compile("level=city"))
    showing(page, "层级为市级、文字含“灵溪”的条目：")
    assert headings(page)[-1] == "原因"
    page.click("table.items th.c-planned a")
    page.wait_for_url(re.compile("sort=planned"))
    page.click("text=其他日期")
    page.fill("#choose-date", "2023-07-15")
    page.click("text=按此日期研判")
    page.wait_for_url(re.compile("as_of=2023-07-15"))
    showing(page, "层级为市级、文字含“灵溪”的条目：")
    page.select_option("#choose-round", "2023-04-10")
    page.click("button:text-is('查看')")
    page.wait_for_url(re.compile("as_of=2023-04-10"))
    showing(page, "层级为市级、文字含“灵溪”的条目：")
    page.click("button:text-is('前往')")
    page.wait_for_url(f"**{reverse('overview', args=CANGNAN)}")
