"""The back button after a mistake: the form, and no question whether to send it again."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from livelihood.testing import login
from progress.models import Report, Round
from projects.models import Project

DAY = date(2023, 5, 31)


@pytest.fixture
def project(served_corpus, reporter):
    Round.objects.create(
        county=reporter.unit.region,
        as_of=DAY,
        opens_on=DAY,
        deadline=timezone.localdate() + timedelta(days=3),
    )
    return Project.objects.get(name="职业教育培训")


def test_a_mistake_that_was_mended_leaves_no_page_that_cannot_be_opened(
    project, reporter, browser_page, browser_faults
):
    page = browser_page
    own = reverse("report", args=["330327", 2023, DAY, project.pk])
    login(page, reporter)
    page.goto(own)
    figure = page.locator(f"[name=indicator-{project.indicators.get().pk}]")
    for wrong in ("三千", "很多"):
        figure.fill(wrong)
        page.get_by_role("button", name="提交", exact=True).click()
        expect(page.locator(".error-summary[data-focus]")).to_be_focused()
        assert page.evaluate("location.pathname") == own
    figure.fill("3400")
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_url(f"**{reverse('round_tasks', args=['330327', 2023, DAY])}")
    assert Report.objects.get(project=project, round__as_of=DAY).state == Report.State.SUBMITTED
    page.go_back()
    expect(page.locator("h1")).to_contain_text("职业教育培训")
    expect(page.locator(".callout").first).to_contain_text("这份填报已提交")
    assert page.evaluate("location.pathname") == own
    assert len(browser_faults) == 2, "the console tells of both refusals, and of nothing else"
    browser_faults.clear()
