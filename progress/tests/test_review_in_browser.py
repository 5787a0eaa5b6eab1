"""The review in the browser: ticking, returning, accepting; on a phone and without scripts."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from livelihood.testing import PHONE, login
from progress.models import Report, Round
from progress.operations.reporting import ReportData, save_report, submit_report
from projects.models import Project

AT = datetime(2023, 6, 3, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = date(2023, 5, 31)
QUEUE = ["330327", 2023, DAY]


@pytest.fixture
def served_queue(served_corpus, county, reporter, office):
    in_round = Round.objects.create(county=county, as_of=DAY, state=Round.State.OPEN)
    found = Project.objects.filter(county=county, lead_unit__name="县教育局").order_by("pk")
    for project in found[:4]:
        problem = "土地未批" if project == found[0] else ""
        report = save_report(
            by=reporter,
            project=project,
            reporting_round=in_round,
            data=ReportData(narrative="按计划推进。", problems=problem),
            version=0,
            now=AT,
        )
        submit_report(by=reporter, report=report, version=report.version, now=AT)


def test_the_button_says_how_many_are_ticked(open_page, served_queue, office):
    page = open_page()
    login(page, office)
    page.goto(reverse("review", args=QUEUE))
    boxes = page.locator("input[name=report]")
    button = page.locator(".review-bar button")
    before = page.locator("input[name=report]:checked").count()
    assert button.text_content() == f"通过选中的{before}项"
    boxes.first.check()
    assert button.text_content() == f"通过选中的{before + 1}项"
    for box in boxes.all():
        box.uncheck()
    assert button.is_disabled()


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}, {"java_script_enabled": False}])
def test_a_report_is_returned_and_the_rest_accepted(open_page, served_queue, office, options):
    page = open_page(**options)
    login(page, office)
    page.goto(reverse("review", args=QUEUE))
    page.locator("table.review .main a").first.click()
    page.fill("[name=comment-narrative]", "请写明地点")
    page.get_by_role("button", name="退回").click()
    assert "已退回" in page.locator(".alert").inner_text()
    page.get_by_role("link", name="回到列表").click()
    for box in page.locator("input[name=report]").all():
        box.check()
    page.locator(".review-bar button").click()
    assert "已通过3项填报。" in page.locator(".alert").inner_text()
    assert Report.objects.filter(round__as_of=DAY, state=Report.State.ACCEPTED).count() == 3
