"""Two writers of one county at the same moment: neither waits for ever, nothing is lost.

The first is held where it has its locks; the second comes, and has to wait or not; then the
first goes on (``progress.operations.locks``).
"""

from datetime import date
from threading import Event, Thread, current_thread
from time import sleep

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from livelihood.organisation.access import Role
from progress.models import (
    Completion,
    FormerReport,
    MilestoneMark,
    Report,
    ReportEvent,
    Round,
    Slip,
    StandingRecord,
    WorkbookUpload,
)
from progress.operations import closing, reporting, review, rounds, slips, workbook
from progress.operations.plan_changes import Approval
from progress.operations.plan_edit import edit_plan, exchange_of, plan_of, stamp
from progress.operations.reporting import (
    ChangedError,
    Mark,
    RefusedError,
    ReportData,
    Sending,
    save_and_submit,
    save_report,
    withdraw_report,
)
from progress.operations.review import (
    accept_reports,
    approve_in_unit,
    give_up_correction,
    return_report,
)
from progress.operations.rounds import close_round, open_round, plan_rounds
from progress.operations.sheets import read_sheets
from progress.operations.summary import differences
from progress.operations.workbook import Change, Preview, ProjectChanges, apply_upload
from progress.rules.calendar import RoundDates
from projects.models import Milestone, Project
from projects.tests.factory import make_item, make_list

pytestmark = pytest.mark.django_db(transaction=True)

MAY = date(2023, 5, 31)
TODAY = date(2023, 6, 1)
A_WHILE = 0.3  # seconds; long enough for the second to come to where it waits
S = Report.State


@pytest.fixture
def may(county):
    return Round.objects.create(county=county, as_of=MAY, opened_at=timezone.now())


@pytest.fixture
def item_of(reporter):
    """``item_of(name)`` gives an item of the county's list with a project of its own."""
    listed = make_list(reporter.unit.region, year=2023)
    return lambda name: make_item(listed, reporter.unit, name=name, targets=())


@pytest.fixture
def item(item_of):
    return item_of("托位")


@pytest.fixture
def report(item, may, reporter):
    return Report.objects.create(
        round=may,
        project=item.project,
        state=S.SUBMITTED,
        version=1,
        narrative="完成招标。",
        updated_by=reporter,
    )


@pytest.fixture
def colleague(make_user, office):
    return make_user(Role.OFFICE, office.unit)


@pytest.fixture
def meanwhile(monkeypatch):
    """``meanwhile(first, module, name, second)`` holds ``first`` at its first call of that
    function, begins ``second``, and lets both end; what they gave, or were refused with."""

    def run(first, module, name, second, *, after=False):
        held, go, outcomes = Event(), Event(), {}
        function = getattr(module, name)

        def holding(*args, **kwargs):
            result = function(*args, **kwargs) if after else None
            if current_thread() is threads[0] and not held.is_set():
                held.set()
                go.wait(20)
            return result if after else function(*args, **kwargs)

        def take(number, step):
            try:
                outcomes[number] = step()
            except (RefusedError, ChangedError, OperationalError) as refused:
                outcomes[number] = refused
            finally:
                connection.close()

        monkeypatch.setattr(module, name, holding)
        threads = [Thread(target=take, args=pair) for pair in enumerate((first, second))]
        threads[0].start()
        assert held.wait(20), "the first never came there"
        threads[1].start()
        sleep(A_WHILE)
        go.set()
        for thread in threads:
            thread.join(30)
        assert len(outcomes) == 2, "a thread broke"
        return outcomes[0], outcomes[1]

    return run


@pytest.fixture
def while_closing(meanwhile, may, office):
    """``while_closing(step)``: what ``step`` gave that was begun while May was being closed."""

    def run(step):
        def close():
            return close_round(by=office, round=may)

        version, outcome = meanwhile(close, rounds, "freeze", step)
        assert version.number == 1
        may.refresh_from_db()
        return outcome

    return run


def accept(by, *reports):
    return accept_reports(by=by, reports=[(report, report.version) for report in reports])


def verify(by, item):
    return closing.verify(by=by, item=item, on=date(2023, 5, 20), seen="declared", today=TODAY)


def kept(reporting_round):
    records = StandingRecord.objects.filter(round=reporting_round, version=reporting_round.version)
    return dict(records.values_list("item", "status"))


# -- Nothing is lost while a round is being closed ------------------------------------------


def test_a_report_that_is_accepted_is_a_late_one(while_closing, may, report, item, colleague):
    (accepted,) = while_closing(lambda: accept(colleague, report))
    assert [e.kind for e in accepted.events.all()] == [ReportEvent.Kind.LATE]
    assert may.version == 2
    assert kept(may)[item.pk] != "not_reported"
    assert differences(may.county) == []


def test_a_report_is_not_returned_where_the_unit_could_not_mend_it(
    while_closing, report, colleague
):
    told = while_closing(
        lambda: return_report(by=colleague, report=report, version=1, comments=[("", "请补充。")])
    )
    assert isinstance(told, RefusedError)
    assert "已截止" in str(told)
    report.refresh_from_db()
    assert report.state == S.SUBMITTED


def test_the_units_head_sends_nothing_on(while_closing, report, make_user):
    head = make_user(Role.LEAD_UNIT, report.project.lead_unit)
    head.heads_unit = True
    Report.objects.update(state=S.IN_UNIT)
    told = while_closing(lambda: approve_in_unit(by=head, reports=[(report, 1)]))
    assert isinstance(told, RefusedError)
    report.refresh_from_db()
    assert report.state == S.IN_UNIT


def test_a_report_is_not_taken_back_to_be_changed(while_closing, report, reporter):
    told = while_closing(lambda: withdraw_report(by=reporter, report=report))
    assert isinstance(told, RefusedError)
    report.refresh_from_db()
    assert report.state == S.SUBMITTED


def test_a_correction_that_is_given_up_counts(while_closing, may, report, item, office, colleague):
    (report,) = accept(office, report)
    report = return_report(by=office, report=report, version=2, comments=[("", "请核实。")])
    while_closing(lambda: give_up_correction(by=colleague, report=report, version=report.version))
    assert not FormerReport.objects.exists()
    assert may.version == 2
    assert kept(may)[item.pk] != "not_reported"
    assert may.versions.get(number=2).note == "恢复“托位”更正前的填报。"
    assert differences(may.county) == []


def test_an_item_that_is_verified_is_completed(while_closing, may, item, colleague):
    Completion.objects.create(item=item, declared_on=date(2023, 4, 30))
    completion = while_closing(lambda: verify(colleague, item))
    assert completion.verified_on == date(2023, 5, 20)
    assert may.version == 2
    assert kept(may)[item.pk] == "completed"
    assert differences(may.county) == []


def test_a_plan_that_is_changed_is_not_in_the_archive(while_closing, may, item, colleague):
    item = plan_of(item)
    data = exchange_of(item) | {"responsible_person": "张三"}
    changed = while_closing(
        lambda: edit_plan(
            by=colleague, item=item, data=data, approval=Approval(), version=stamp(item)
        )
    )
    assert [d.what for d in changed] == ["责任人"]
    assert may.version == 1
    record = StandingRecord.objects.get(round=may, item=item)
    assert record.snapshot["item"]["person"] == ""


# -- None waits for the other for ever ------------------------------------------------------


def test_a_round_is_closed_while_a_report_is_returned(meanwhile, may, report, office, colleague):
    returned, version = meanwhile(
        lambda: return_report(by=office, report=report, version=1, comments=[("", "请补充。")]),
        review,
        "_tell_the_unit",
        lambda: close_round(by=colleague, round=may),
    )
    assert (returned.state, version.number) == (S.RETURNED, 1)


def test_a_round_is_closed_while_a_slip_is_issued(meanwhile, may, reporter, office, colleague):
    slip, version = meanwhile(
        lambda: slips.issue_slip(
            by=office,
            unit=reporter.unit,
            reporting_round=may,
            kind=Slip.Kind.URGE,
            text="请填报。",
            deadline=TODAY,
            today=TODAY,
        ),
        slips,
        "_refuse_what_does_not_fit",
        lambda: close_round(by=colleague, round=may),
    )
    assert (slip.number, version.number) == (1, 1)


@pytest.fixture
def june(county):
    return Round.objects.create(
        county=county,
        as_of=date(2023, 6, 30),
        opens_on=date(2023, 6, 28),
        deadline=date(2023, 7, 5),
        state=Round.State.PLANNED,
    )


def test_a_round_is_opened_while_the_year_is_set_up(meanwhile, june, county, office, colleague):
    moved = RoundDates(june.as_of, date(2023, 6, 27), date(2023, 7, 6), None)
    _planned, opened = meanwhile(
        lambda: plan_rounds(by=office, county=county, year=2023, dates=[moved], replace=True),
        rounds,
        "preview_rounds",
        lambda: open_round(by=colleague, round=june),
    )
    june.refresh_from_db()
    assert (june.state, june.deadline) == (Round.State.OPEN, moved.deadline)
    assert opened.deadline == moved.deadline


def test_a_round_that_is_dropped_is_not_opened(meanwhile, june, county, office, colleague):
    _planned, told = meanwhile(
        lambda: plan_rounds(by=office, county=county, year=2023, dates=[], replace=True),
        rounds,
        "preview_rounds",
        lambda: open_round(by=colleague, round=june),
    )
    assert str(told) == "截至2023年6月30日的期次已被撤销。"


def test_an_item_is_verified_while_its_report_is_accepted(
    meanwhile, report, item, office, colleague
):
    Report.objects.update(declares_completion=True)
    Completion.objects.create(item=item, declared_on=date(2023, 4, 30))
    (accepted,), completion = meanwhile(
        lambda: accept(office, report), review, "declare", lambda: verify(colleague, item)
    )
    assert (accepted.state, completion.verified_by) == (S.ACCEPTED, colleague)


def test_a_colleague_sends_one_report_while_a_workbook_sends_several(
    meanwhile, monkeypatch, item_of, may, reporter, make_user
):
    fellow = make_user(Role.LEAD_UNIT, reporter.unit)
    projects = [item_of(name).project for name in ("托位", "食堂")]
    draft = save_report(
        by=reporter, project=projects[1], reporting_round=may, data=ReportData(), version=0
    )
    upload = WorkbookUpload.objects.create(user=reporter, round=may, name="填报表", content=b"x")
    found = Project.objects.filter(pk__in=[p.pk for p in projects]).select_related("lead_unit")
    now, data = timezone.now(), ReportData(narrative="完成招标。")
    told = [
        ProjectChanges(sheet, data, False, [Change("", "", "", "")])
        for sheet in read_sheets(found.order_by("pk"), may, now=now)
    ]
    monkeypatch.setattr(workbook, "preview", lambda *a, **k: Preview(told, [], 2, 0, 0, 0, 0))
    outcome, sent = meanwhile(
        lambda: apply_upload(
            by=reporter,
            reporting_round=may,
            upload=upload,
            seen={projects[0].pk: 0, projects[1].pk: draft.version},
            send=True,
            now=now,
        ),
        workbook,
        "_send",
        lambda: save_and_submit(
            by=fellow,
            project=projects[1],
            reporting_round=may,
            data=ReportData(narrative="完成验收。"),
            version=draft.version,
            sending=Sending(in_unit=False, note="", changes={}),
        ),
        after=True,
    )
    # Whoever came first with the second one; the other was told.
    refused = [project for project, _why in outcome.refused]
    by_colleague = isinstance(sent, Report)
    assert by_colleague or isinstance(sent, ChangedError)
    assert (outcome.sent, refused) == (
        (projects[:1], projects[1:]) if by_colleague else (projects, [])
    )
    assert not WorkbookUpload.objects.exists()


def test_a_milestone_of_which_is_reported_is_not_dropped_meanwhile(
    meanwhile, item, may, reporter, office
):
    Milestone.objects.create(
        item=item, order=0, due=date(2023, 5, 20), text="完成招标", basis=Milestone.Basis.NONE
    )
    milestone, item = item.milestones.get(), plan_of(item)
    data = exchange_of(item) | {"milestones": []}
    sent, told = meanwhile(
        lambda: save_and_submit(
            by=reporter,
            project=item.project,
            reporting_round=may,
            data=ReportData(narrative="完成招标。", marks={milestone.pk: Mark(met=True)}),
            version=0,
            sending=Sending(in_unit=False, note="", changes={}),
        ),
        reporting,
        "log_step",
        lambda: edit_plan(
            by=office,
            item=item,
            data=data,
            approval=Approval("规划调整", "苍政发〔2023〕3号"),
            version=stamp(item),
        ),
    )
    assert sent.state == S.SUBMITTED
    assert isinstance(told, RefusedError)
    assert MilestoneMark.objects.get().met is True
