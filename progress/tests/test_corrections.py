"""Giving a correction up: what had been accepted counts again, as it was."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.models import LogEntry
from progress.models import (
    Completion,
    Evidence,
    Extension,
    FormerReport,
    MilestoneMark,
    Report,
    ReportEvent,
    Round,
)
from progress.operations.corrections import PARTS
from progress.operations.reporting import (
    ChangedError,
    RefusedError,
    ReportData,
    save_report,
    submit_report,
    withdraw_report,
)
from progress.operations.review import (
    accept_reports,
    give_up_correction,
    return_report,
    take_up_again,
)
from progress.operations.standings import read_county
from progress.operations.summary import differences
from projects.models import ListItem, Project

APRIL = date(2023, 4, 10)
WHY = [("narrative", "请核实。")]
S = Report.State


@pytest.fixture
def april(corpus, county):
    return Round.objects.select_related("county").get(county=county, as_of=APRIL)


@pytest.fixture
def report(april):
    """As published: its words and figures differ from list to list."""
    project = (
        Project.objects.filter(
            lead_unit__name="县教育局", reports__wordings__isnull=False, reports__round=april
        )
        .distinct()
        .order_by("pk")
        .first()
    )
    return april.reports.get(project=project)


@pytest.fixture
def reopened(april, report, office):
    """The closed round is open again for the report's unit."""
    april.state, april.closed_at = Round.State.CLOSED, timezone.now() - timedelta(days=9)
    april.save()
    return Extension.objects.create(
        round=april,
        unit=report.project.lead_unit,
        kind=Extension.Kind.REOPENED,
        until=timezone.now() + timedelta(hours=3),
        reason="数字有误",
        granted_by=office,
    )


def told(report):
    """All that the report says, row by row."""
    own = Report.objects.values("state", "narrative", "problems", "unchanged", "updated_by").get(
        pk=report.pk
    )
    return own, [list(m.objects.filter(report=report).order_by("pk").values()) for m in PARTS]


def standings(county):
    day, items = date(2023, 5, 8), ListItem.objects.for_county(county, 2023)
    states = read_county(items, county, 2023, as_of=day, today=day).items
    return {state.name: state.standing for state in states}


def write_over(by, report):
    """What the unit types after it has taken the report up."""
    return save_report(
        by=by,
        project=report.project,
        reporting_round=report.round,
        data=ReportData(narrative="另写的。", percents={None: 1}),
        version=report.version,
    )


def test_what_a_unit_took_up_counts_again_word_for_word(
    report, reopened, reporter, county, april, office
):
    before, judged = told(report), standings(county)
    report = take_up_again(by=reporter, report=report, version=report.version)
    report = write_over(reporter, report)
    assert standings(county) != judged, "a figure that is being corrected does not count"
    reopened.until = timezone.now() - timedelta(minutes=1)
    reopened.save()
    report = give_up_correction(by=reporter, report=report, version=report.version)
    assert told(report) == before
    assert standings(county) == judged
    assert not FormerReport.objects.exists()
    assert list(differences(county)) == []
    assert report.events.order_by("pk").last().kind == ReportEvent.Kind.RESTORED
    assert LogEntry.objects.get_for_object(report).first().summary.startswith("不再更正填报“")
    april.refresh_from_db()
    assert april.versions.count() <= 1, "what is kept of the round has not changed"


def test_a_declared_completion_is_declared_again(report, reopened, reporter, office):
    Completion.objects.filter(item__project=report.project).delete()
    Report.objects.filter(pk=report.pk).update(declares_completion=True, updated_by=reporter)
    report.refresh_from_db()
    for item in report.project.items.all():
        Completion.objects.create(item=item, declared_on=APRIL, declared_by=reporter)
    report = take_up_again(by=reporter, report=report, version=report.version)
    assert not Completion.objects.filter(item__project=report.project).exists()
    give_up_correction(by=reporter, report=report, version=report.version)
    again = Completion.objects.filter(item__project=report.project)
    assert again.count() == report.project.items.count()
    assert {(c.declared_on, c.declared_by) for c in again} == {(APRIL, reporter)}


def test_what_the_office_returned_only_the_office_puts_back(report, reopened, reporter, office):
    before = told(report)
    report = return_report(by=office, report=report, version=report.version, comments=WHY)
    report = write_over(reporter, report)
    with pytest.raises(PermissionDenied):
        give_up_correction(by=reporter, report=report, version=report.version)
    report = submit_report(by=reporter, report=report, version=report.version)
    report = withdraw_report(by=reporter, report=report)
    with pytest.raises(RefusedError):  # a draft now, but not one that the unit took up
        give_up_correction(by=reporter, report=report, version=report.version)
    report = submit_report(by=reporter, report=report, version=report.version)
    with pytest.raises(RefusedError):  # the office has it, and decides on it
        give_up_correction(by=office, report=report, version=report.version)
    report = return_report(by=office, report=report, version=report.version, comments=WHY)
    give_up_correction(by=office, report=report, version=report.version)
    assert told(report) == before


def test_once_a_correction_is_accepted_the_former_figures_are_gone(
    report, reopened, reporter, office
):
    report = take_up_again(by=reporter, report=report, version=report.version)
    report = submit_report(
        by=reporter, report=write_over(reporter, report), version=report.version + 1
    )
    accept_reports(by=office, reports=[(report, report.version)])
    assert not FormerReport.objects.exists()
    report.refresh_from_db()
    with pytest.raises(RefusedError):
        give_up_correction(by=office, report=report, version=report.version)
    assert report.narrative == "另写的。"


def test_a_colleagues_work_is_not_thrown_away_unseen(report, reopened, reporter):
    report = take_up_again(by=reporter, report=report, version=report.version)
    seen = report.version
    write_over(reporter, report)
    with pytest.raises(ChangedError):
        give_up_correction(by=reporter, report=report, version=seen)


def test_what_the_plan_no_longer_has_stays_away(report, reopened, reporter):
    milestone = report.project.items.first().milestones.first()
    MilestoneMark.objects.update_or_create(
        report=report, milestone=milestone, defaults={"met": True}
    )
    marks = MilestoneMark.objects.filter(report=report).count()
    report = take_up_again(by=reporter, report=report, version=report.version)
    MilestoneMark.objects.filter(report=report).delete()
    milestone.delete()
    give_up_correction(by=reporter, report=report, version=report.version)
    assert MilestoneMark.objects.filter(report=report).count() == marks - 1


def test_the_unit_finds_it_on_the_reports_page(report, reopened, reporter, client_for):
    client, args = client_for(reporter), ["330327", 2023, APRIL, report.project_id]
    page = client.get(reverse("report", args=args)).content.decode()
    assert "不再更正" not in page
    client.post(reverse("report_withdraw", args=args))
    page = client.get(reverse("report", args=args)).content.decode()
    assert "不再更正，恢复原内容" in page
    assert reverse("report_restore", args=args) in page
    report.refresh_from_db()
    stale = client.post(reverse("report_restore", args=args), {"version": report.version - 1})
    assert stale.status_code == 409
    done = client.post(
        reverse("report_restore", args=args), {"version": report.version}, follow=True
    )
    assert "已恢复更正前通过的内容" in done.content.decode()
    twice = client.post(reverse("report_restore", args=args), {"version": report.version + 1})
    assert twice.status_code == 409
    assert "没有恢复" in twice.content.decode()
    report.refresh_from_db()
    assert report.state == S.ACCEPTED


def test_the_office_finds_it_on_the_returned_report(report, reopened, office, client_for):
    client, args = client_for(office), ["330327", 2023, APRIL, report.project_id]
    report = return_report(by=office, report=report, version=report.version, comments=WHY)
    address = reverse("review_report", args=args)
    assert "撤销退回，恢复原内容" in client.get(address).content.decode()
    seen = f"{report.pk}:{report.version}"
    done = client.post(reverse("review_restore", args=args), {"report": seen}, follow=True)
    assert "更正前通过的填报" in done.content.decode()
    again = client.post(reverse("review_restore", args=args), {"report": seen})
    assert again.status_code == 409
    assert "撤销退回，恢复原内容" not in client.get(address).content.decode()
    assert Evidence.objects.filter(report=report).count() == 0
