"""The report form in Chromium: what is typed fills, is judged, saves itself, and is not lost."""

from datetime import date, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from livelihood.testing import DESKTOP, PHONE, login
from progress.models import Report, Round
from progress.operations.reporting import carried_over, latest_report, save_report
from projects.models import Project

DAY = date(2023, 5, 31)


@pytest.fixture
def desk(served_corpus, reporter):
    county = reporter.unit.region
    may = Round.objects.create(
        county=county,
        as_of=DAY,
        opens_on=DAY,
        deadline=timezone.localdate() + timedelta(days=3),
    )
    return may, Project.objects.get(name="职业教育培训")


def address(name, *args):
    return reverse(name, args=["330327", 2023, DAY, *args])


def field(page, project, kind="indicator"):
    return page.locator(f"[name={kind}-{project.indicators.get().pk}]")


def test_a_figure_is_typed_judged_saved_and_sent(desk, reporter, browser_page):
    may, project = desk
    page = browser_page
    login(page, reporter)
    page.goto(address("report", project.pk))
    field(page, project, "month").fill("323")
    expect(field(page, project)).to_have_value("3500")
    # Last month's own percent does not go with this month's number.
    expect(field(page, project, "percent")).to_have_value("")
    expect(page.locator("#verdict .chip")).to_have_text("▲ 超序时")
    field(page, project).fill("1500")
    expect(field(page, project, "month")).to_have_value("-1677")
    expect(page.locator("#verdict .chip")).to_have_text("▼ 滞后")
    expect(page.locator("#explain")).to_be_visible()
    expect(page.locator(f"[data-said=indicator-{project.indicators.get().pk}]")).to_contain_text(
        "由上期的3177人次降为1500人次"
    )
    field(page, project).fill("3400")
    expect(page.locator("#verdict .chip")).to_have_text("▲ 超序时")
    expect(page.locator("#explain")).to_be_hidden()
    page.locator("#id_narrative").fill("新增三个班。")
    expect(page.locator("#save-state")).to_contain_text("已保存", timeout=10_000)
    page.reload()
    expect(field(page, project)).to_have_value("3400")
    expect(page.locator("#id_narrative")).to_have_value("新增三个班。")
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_url(f"**{address('round_tasks')}")
    row = page.locator("tr", has_text="职业教育培训")
    expect(row).to_contain_text("已提交")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["report", "report_all"])
def test_a_milestone_is_told_with_the_mouse(name, size, desk, reporter, browser_page):
    """The buttons lie where their words are: a click chooses what it says, and no other."""
    project = Project.objects.get(name="公办幼儿园建设与创建")
    page = browser_page
    page.set_viewport_size(size)
    login(page, reporter)
    page.goto(address(name, *([project.pk] if name == "report" else [])))
    picks = page.locator(f"#row-{project.pk} .picks, #report-form .picks").first
    for words, told in (("未完成", "unmet"), ("已完成", "met"), ("未说明", "")):
        label = picks.locator("label", has_text=words)
        label.scroll_into_view_if_needed()
        box = label.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(picks.locator("input:checked")).to_have_value(told)


def test_what_is_typed_after_the_session_has_ended_comes_back(
    desk, reporter, browser_page, browser_faults
):
    may, project = desk
    page = browser_page
    login(page, reporter)
    page.goto(address("report", project.pk))
    Session.objects.all().delete()
    page.locator("#id_narrative").fill("登录过期以后写的。")
    expect(page.locator("#report-state")).to_contain_text("登录已过期", timeout=10_000)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="重新登录并回到这里").click()
    page.fill("[name=username]", reporter.username)
    page.fill("[name=password]", "Test-password-1")
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"**{address('report', project.pk)}")
    expect(page.locator("#id_narrative")).to_have_value("登录过期以后写的。")
    expect(page.locator("#report-state")).to_contain_text("已恢复")
    expect(page.locator("#save-state")).to_contain_text("已保存", timeout=10_000)
    assert Report.objects.get(project=project, round=may).narrative == "登录过期以后写的。"
    browser_faults.clear()  # the refused saving is written to the console


def test_what_is_typed_without_a_connection_is_kept_and_saved_later(
    desk, reporter, browser_page, browser_faults
):
    may, project = desk
    page = browser_page
    login(page, reporter)
    page.goto(address("report", project.pk))
    page.context.set_offline(True)
    page.locator("#id_narrative").fill("断网时写的。")
    expect(page.locator("#report-state")).to_contain_text("暂时连不上服务器", timeout=10_000)
    page.context.set_offline(False)
    expect(page.locator("#save-state")).to_contain_text("已保存", timeout=20_000)
    assert Report.objects.get(project=project, round=may).narrative == "断网时写的。"
    browser_faults.clear()


def test_two_people_see_each_other_s_texts_and_choose(
    desk, reporter, make_user, open_page, browser_faults
):
    may, project = desk
    colleague = make_user(reporter.role, reporter.unit)
    mine, theirs = open_page(), open_page()
    for page, person in ((mine, reporter), (theirs, colleague)):
        login(page, person)
        page.goto(address("report", project.pk))
    theirs.locator("#id_narrative").fill("同事的文字")
    theirs.locator("#id_problems").fill("资金未到位")
    expect(theirs.locator("#save-state")).to_contain_text("已保存", timeout=10_000)
    mine.locator("#id_narrative").fill("我的文字")
    box = mine.locator("#report-conflict")
    expect(box).to_contain_text(f"{colleague.name}于", timeout=10_000)
    expect(box.locator("tbody tr")).to_have_count(1)
    # What only the colleague changed has been taken over.
    expect(mine.locator("#id_problems")).to_have_value("资金未到位")
    box.get_by_label("同事的文字").check()
    expect(mine.locator("#id_narrative")).to_have_value("同事的文字")
    box.get_by_label("我的文字").check()
    mine.get_by_role("button", name="按所选保存").click()
    expect(mine.locator("#save-state")).to_contain_text("已保存", timeout=10_000)
    report = Report.objects.get(project=project, round=may)
    assert (report.narrative, report.problems) == ("我的文字", "资金未到位")
    browser_faults.clear()  # a refused saving is written to the console


def test_the_page_of_all_is_filled_with_the_keyboard_and_each_row_saves_itself(
    desk, reporter, browser_page
):
    may, project = desk
    page = browser_page
    login(page, reporter)
    page.goto(address("report_all"))
    row = page.locator(f"#row-{project.pk}")
    value = row.locator(f"[name='p{project.pk}-indicator-{project.indicators.get().pk}']")
    value.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("3300")
    page.keyboard.press("Tab")
    page.keyboard.press("Delete")
    expect(row.locator(".save-state")).to_contain_text("已保存", timeout=10_000)
    page.get_by_role("button", name="提交填好的").click()
    page.wait_for_url(f"**{address('round_tasks')}")
    expect(page.locator(".alert")).to_contain_text("已提交1个事项，还有12个未填")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_page_of_all_sends_a_draft_that_is_ticked_and_no_other(
    script, desk, reporter, make_user, open_page
):
    may, project = desk
    other = Project.objects.get(name="交互式多媒体改造")
    for each in (project, other):
        save_report(
            by=make_user(reporter.role, reporter.unit),
            project=each,
            reporting_round=may,
            data=carried_over(latest_report(each, may), may),
            version=0,
        )
    page = open_page(java_script_enabled=script)
    login(page, reporter)
    page.goto(address("report_all"))
    page.locator(f"#row-{project.pk}").get_by_label("按已存的提交").check()
    page.get_by_role("button", name="提交填好的").click()
    expect(page.locator(".alert")).to_contain_text("已提交1个事项，还有11个未填、1个已存未提交。")
    sent = Report.objects.get(round=may, state=Report.State.SUBMITTED)
    assert sent.project == project


def test_the_form_works_without_script(desk, reporter, open_page):
    may, project = desk
    page = open_page(java_script_enabled=False)
    login(page, reporter)
    page.goto(address("report", project.pk))
    expect(page.locator("#explain")).to_be_visible()
    field(page, project, "month").fill("223")
    field(page, project, "percent").fill("")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("tr", has_text="职业教育培训")).to_contain_text("已提交")
    assert Report.objects.get(project=project, round=may).readings.get().value == 3400
