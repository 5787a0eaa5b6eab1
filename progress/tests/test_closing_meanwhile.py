"""A report that is sent while its round is being closed: it comes in before, or not at all."""

from datetime import date

import pytest
from django.utils import timezone

from progress.models import Report, ReportEvent, Round
from progress.operations.reporting import (
    RefusedError,
    ReportData,
    Sending,
    report_unchanged,
    save_and_submit,
    save_report,
    submit_report,
)
from progress.operations.rounds import close_round
from projects.models import Project

pytestmark = pytest.mark.django_db

SENDING = Sending(in_unit=False, note="", changes={})


@pytest.fixture
def may(county):
    """The round as somebody read it who has opened a form, just before it is closed."""
    return Round.objects.create(county=county, as_of=date(2023, 5, 31), opened_at=timezone.now())


@pytest.fixture
def project(county, reporter):
    return Project.objects.create(county=county, year=2023, name="托位", lead_unit=reporter.unit)


@pytest.fixture
def closed(may, office):
    """``closed()`` closes the round; ``may`` still says what was read before."""
    return lambda: close_round(by=office, round=may)


def test_a_new_report_does_not_come_in_after_the_closing(may, project, reporter, closed):
    closed()
    with pytest.raises(RefusedError, match="刚刚截止"):
        save_and_submit(
            by=reporter,
            project=project,
            reporting_round=may,
            data=ReportData(narrative="完成招标。"),
            version=0,
            sending=SENDING,
        )
    assert not Report.objects.exists()
    assert not ReportEvent.objects.exists()


def test_a_saved_draft_stays_a_draft(may, project, reporter, closed):
    draft = save_report(
        by=reporter,
        project=project,
        reporting_round=may,
        data=ReportData(narrative="完成招标。"),
        version=0,
    )
    closed()
    with pytest.raises(RefusedError, match="刚刚截止"):
        save_and_submit(
            by=reporter,
            project=project,
            reporting_round=may,
            data=ReportData(narrative="完成招标。"),
            version=draft.version,
            sending=SENDING,
        )
    kept = Report.objects.get(pk=draft.pk)
    assert (kept.state, kept.version) == (Report.State.DRAFT, draft.version)


def test_nothing_is_sent_unchanged_after_the_closing(may, project, reporter, closed):
    closed()
    with pytest.raises(RefusedError, match="刚刚截止"):
        report_unchanged(by=reporter, projects=[project], reporting_round=may)
    assert not Report.objects.exists()


def test_before_the_closing_it_comes_in(may, project, reporter, closed):
    draft = save_report(
        by=reporter,
        project=project,
        reporting_round=may,
        data=ReportData(narrative="完成招标。"),
        version=0,
    )
    sent = submit_report(by=reporter, report=draft, version=draft.version)
    closed()
    assert Report.objects.get(pk=sent.pk).state == Report.State.SUBMITTED
