"""Review: what each step makes of a report in each state, and what it leaves behind."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from livelihood.organisation.access import Role
from livelihood.organisation.models import LogEntry, Region
from progress.models import (
    Completion,
    Extension,
    FieldComment,
    Notice,
    Report,
    ReportEvent,
    Round,
    RuleSet,
)
from progress.operations import reporting
from progress.operations.reporting import (
    ChangedError,
    Mark,
    Names,
    RefusedError,
    ReportData,
    SiteState,
    differences,
    report_unchanged,
    save_report,
    submit_report,
    withdraw_report,
)
from progress.operations.review import (
    OvertakenError,
    accept_reports,
    approve_in_unit,
    return_report,
    send_back_in_unit,
    take_up_again,
)
from progress.operations.rounds import close_round
from projects.models import Allocation, Milestone, Project, Site

AT = datetime(2023, 6, 3, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LATER = AT + timedelta(days=1)
WHY = [("narrative", "请写明地点。")]
S = Report.State


@pytest.fixture
def may_round(corpus, county):
    return Round.objects.create(
        county=county,
        as_of=date(2023, 5, 31),
        opens_on=date(2023, 5, 25),
        deadline=date(2023, 6, 5),
        state=Round.State.OPEN,
    )


@pytest.fixture
def head(make_unit, make_user):
    person = make_user(Role.LEAD_UNIT, make_unit("县教育局"))
    person.heads_unit = True
    person.save()
    return person


@pytest.fixture
def project(corpus, county):
    return Project.objects.filter(county=county, lead_unit__name="县教育局").order_by("pk").first()


def sent(by, project, in_round, at=AT, **said):
    """A report of ``project`` as the unit has sent it."""
    data = ReportData(**{"narrative": "已开工。", **said})
    report = save_report(
        by=by, project=project, reporting_round=in_round, data=data, version=0, now=at
    )
    return submit_report(by=by, report=report, version=report.version, now=at)


@pytest.fixture
def report(reporter, project, may_round):
    return sent(reporter, project, may_round)


def kinds(report):
    return list(report.events.order_by("at", "pk").values_list("kind", flat=True))


# -- The state machine ---------------------------------------------------------------


def accept(report, by):
    return accept_reports(by=by["office"], reports=[(report, report.version)], now=LATER)


def send_back(report, by):
    return return_report(
        by=by["office"], report=report, version=report.version, comments=WHY, now=LATER
    )


def approve(report, by):
    return approve_in_unit(by=by["head"], reports=[(report, report.version)], now=LATER)


def send_back_inside(report, by):
    return send_back_in_unit(
        by=by["head"], report=report, version=report.version, comments=WHY, now=LATER
    )


def withdraw(report, by):
    return withdraw_report(by=by["reporter"], report=report, now=LATER)


def submit(report, by):
    return submit_report(by=by["reporter"], report=report, version=report.version, now=LATER)


ACTIONS = {
    "submit": submit,
    "withdraw": withdraw,
    "approve": approve,
    "send back inside": send_back_inside,
    "accept": accept,
    "return": send_back,
}
NO = None
# Where the county has no approval inside the unit, "submit" leads to the office.
MACHINE = {
    S.DRAFT: [S.SUBMITTED, NO, NO, NO, NO, NO],
    S.IN_UNIT: [NO, S.DRAFT, S.SUBMITTED, S.RETURNED, NO, NO],
    S.SUBMITTED: [NO, S.DRAFT, NO, NO, S.ACCEPTED, S.RETURNED],
    S.RETURNED: [S.SUBMITTED, NO, NO, NO, NO, NO],
    S.ACCEPTED: [NO, NO, NO, NO, NO, S.RETURNED],
}


@pytest.mark.parametrize(
    ("state", "action", "then"),
    [
        (state, action, then)
        for state, row in MACHINE.items()
        for action, then in zip(ACTIONS, row, strict=True)
    ],
)
def test_every_action_leads_from_every_state_where_the_table_says(
    state, action, then, report, office, reporter, head
):
    Report.objects.filter(pk=report.pk).update(state=state)
    report.refresh_from_db()
    people = {"office": office, "reporter": reporter, "head": head}
    before = report.events.count()
    if then is NO:
        with pytest.raises(RefusedError) as refused:
            ACTIONS[action](report, people)
        assert report.get_state_display() in str(refused.value)
    else:
        ACTIONS[action](report, people)
    version = report.version
    report.refresh_from_db()
    assert report.state == (then or state)
    assert report.version == version + (then is not NO)
    assert report.events.count() == before + (then is not NO)


# -- Accepting -----------------------------------------------------------------------


def test_accepting_is_kept_with_name_time_and_trail(report, office, county):
    before = Region.objects.get(pk=county.pk).data_version
    accept_reports(by=office, reports=[(report, report.version)], now=LATER)
    report.refresh_from_db()
    assert (report.accepted_at, report.first_submitted_at) == (LATER, AT)
    assert report.updated_by != office, "who filled it in stays"
    event = report.events.get(kind=ReportEvent.Kind.ACCEPTED)
    assert (event.by, event.at) == (office, LATER)
    row = LogEntry.objects.get_for_object(report).filter(actor=office).get()
    assert row.summary.startswith("通过填报“")
    assert Region.objects.get(pk=county.pk).data_version > before


def test_of_two_reviewers_the_second_is_told(report, office, make_user, make_unit):
    other = make_user(Role.OFFICE, make_unit("县府办"))
    seen = report.version
    accept_reports(by=office, reports=[(report, seen)])
    with pytest.raises(OvertakenError) as told:
        accept_reports(by=other, reports=[(report, seen)])
    assert str(report.project) in str(told.value)
    with pytest.raises(ChangedError):
        return_report(by=other, report=report, version=seen, comments=WHY)
    assert kinds(report) == ["submitted", "accepted"]


def many(reporter, in_round, count):
    projects = Project.objects.filter(county=in_round.county, year=2023).order_by("pk")[:count]
    return [sent(reporter, project, in_round) for project in projects]


def test_many_are_accepted_together_or_not_at_all(reporter, office, may_round):
    reports = many(reporter, may_round, 5)
    seen = [(report, report.version) for report in reports]
    withdraw_report(by=reporter, report=reports[2])
    with pytest.raises(OvertakenError) as told:
        accept_reports(by=office, reports=seen)
    assert [r.pk for r in told.value.reports] == [reports[2].pk]
    assert not Report.objects.filter(round=may_round, state=S.ACCEPTED).exists()
    accept_reports(by=office, reports=seen[:2] + seen[3:])
    assert Report.objects.filter(round=may_round, state=S.ACCEPTED).count() == 4


def test_accepting_sixty_costs_the_same_few_queries_for_each(reporter, office, may_round):
    reports = many(reporter, may_round, 60)
    assert len(reports) == 60

    def queries(some):
        with CaptureQueriesContext(connection) as captured:
            accept_reports(by=office, reports=[(r, r.version) for r in some])
        return len(captured)

    queries(reports[:1])  # what is asked once in the life of the process
    few, rest = queries(reports[1:6]), queries(reports[6:])
    each = (rest - few) / (54 - 5)
    assert each <= 20
    assert Report.objects.filter(round=may_round, state=S.ACCEPTED).count() == 60


def test_without_its_row_in_the_trail_nothing_is_accepted(report, office, monkeypatch):
    def fail(**kwargs):
        raise DatabaseError

    monkeypatch.setattr(reporting, "record", fail)
    with pytest.raises(DatabaseError):
        accept_reports(by=office, reports=[(report, report.version)])
    with pytest.raises(DatabaseError):
        return_report(by=office, report=report, version=report.version, comments=WHY)
    report.refresh_from_db()
    assert (report.state, report.accepted_at) == (S.SUBMITTED, None)
    assert kinds(report) == ["submitted"]
    assert not FieldComment.objects.exists()
    assert not Notice.objects.exists()


# -- Returning -----------------------------------------------------------------------


def test_a_returned_report_has_its_comments_at_the_fields_and_the_unit_is_told(
    report, office, reporter, head, other_reporter
):
    comments = [("narrative", "请写明地点。"), ("", "请核对全部数字。"), ("cause", "  ")]
    return_report(by=office, report=report, version=report.version, comments=comments, now=LATER)
    report.refresh_from_db()
    assert (report.state, report.first_submitted_at) == (S.RETURNED, AT)
    event = report.events.get(kind=ReportEvent.Kind.RETURNED)
    pinned = list(event.comments.values_list("field", "text"))
    assert pinned == [("narrative", "请写明地点。"), ("", "请核对全部数字。")]
    notices = Notice.objects.filter(kind=Notice.Kind.RETURNED)
    assert {n.user for n in notices} == {reporter, head}
    assert "被县府办退回：请写明地点。" in notices[0].text
    assert notices[0].url.endswith(f"/2023/rounds/2023-05-31/tasks/{report.project_id}/")


@pytest.mark.parametrize(
    ("comments", "sentence"),
    [
        ([], "退回须写明意见"),
        ([("narrative", " \n")], "退回须写明意见"),
        ([("narrative", "长" * 501)], "不超过500个字"),
    ],
)
def test_a_return_says_why_and_not_at_any_length(report, office, comments, sentence):
    with pytest.raises(RefusedError) as refused:
        return_report(by=office, report=report, version=report.version, comments=comments)
    assert sentence in str(refused.value)
    report.refresh_from_db()
    assert report.state == S.SUBMITTED


def test_the_first_submission_is_kept_through_every_return_and_all_comments_stay(
    report, office, reporter
):
    for day in range(1, 4):
        now = AT + timedelta(days=day)
        report = return_report(
            by=office, report=report, version=report.version, comments=[("", f"第{day}次")], now=now
        )
        report = submit_report(by=reporter, report=report, version=report.version, now=now)
    report.refresh_from_db()
    assert (report.first_submitted_at, report.submitted_at) == (AT, AT + timedelta(days=3))
    texts = FieldComment.objects.filter(event__report=report).values_list("text", flat=True)
    assert list(texts) == ["第1次", "第2次", "第3次"]


# -- What the audit trail says of it --------------------------------------------------


@pytest.fixture
def pipes(corpus):
    """A project with milestones, sites and no township."""
    return Project.objects.get(name="公办幼儿园建设与创建")


def changes_of(report):
    return LogEntry.objects.get_for_object(report).order_by("-pk").first().changes


def test_a_correction_is_told_against_what_had_been_accepted(reporter, office, may_round):
    project = Project.objects.get(name="职业教育培训")
    (indicator,) = project.indicators.values_list("pk", flat=True)
    first = sent(reporter, project, may_round, values={indicator: Decimal(3200)})
    report = accept(first, {"office": office})[0]
    report = send_back(report, {"office": office})
    assert not changes_of(report)  # nothing is otherwise yet
    again = save_report(
        by=reporter,
        project=project,
        reporting_round=may_round,
        data=ReportData(narrative="已开工。", values={indicator: Decimal(3100)}),
        version=report.version,
        now=LATER,
    )
    again = submit_report(by=reporter, report=again, version=again.version, now=LATER)
    figure = {f"{project.indicators.get()}：累计完成数": ["3200", "3100"]}
    assert changes_of(again) == figure
    (accepted,) = accept(again, {"office": office})
    assert changes_of(accepted) == figure


def test_milestones_sites_and_townships_are_told_as_well(reporter, office, pipes, may_round):
    milestone = Milestone.objects.filter(item__project=pipes).order_by("pk").first()
    site = Site.objects.filter(item__project=pipes).order_by("pk").first()
    place = Allocation.objects.create(item=site.item, order=1, place="灵溪镇", value=3)
    met = {milestone.pk: Mark(True, date(2023, 3, 1))}
    first = sent(
        reporter,
        pipes,
        may_round,
        marks=met,
        sites={site.pk: SiteState("started", Decimal(30))},
        places={place.pk: Decimal(2)},
    )
    told = changes_of(first)
    name = f"节点“{milestone.label}：{milestone.text[:24]}”"
    assert told[name][1] == "已完成（2023年3月1日）"
    assert told[f"{site.name}：阶段"] == [None, "开工"]
    assert told[f"{site.name}：形象进度"] == [None, "30"]
    assert told["灵溪镇：累计完成数"] == [None, "2"]
    report = send_back(accept(first, {"office": office})[0], {"office": office})
    data = ReportData(narrative="已开工。", marks={milestone.pk: Mark(False)})
    report = save_report(
        by=reporter,
        project=pipes,
        reporting_round=may_round,
        data=data,
        version=report.version,
        now=LATER,
    )
    told = changes_of(submit_report(by=reporter, report=report, version=report.version, now=LATER))
    assert told[name] == ["已完成（2023年3月1日）", "未完成"]
    assert told[f"{site.name}：阶段"] == ["开工", None]
    assert told["灵溪镇：累计完成数"] == ["2", None]


def test_what_is_only_called_alike_is_told_by_itself():
    names = Names({1: "学校", 2: "学校", 3: "医院"}, {}, {}, {})
    old = ReportData(values={1: 1, 2: 5, 3: 7})
    new = ReportData(values={1: 2, 2: 6, 3: 7})
    assert differences(old, new, names) == {
        "学校：累计完成数": (1, 2),
        "学校：累计完成数（2）": (5, 6),
    }


# -- Inside the unit -----------------------------------------------------------------


@pytest.fixture
def waiting(reporter, project, may_round, head):
    """A report that waits for the unit's head."""
    RuleSet.objects.filter(county=may_round.county).update(unit_approves=True)
    report = sent(reporter, project, may_round)
    assert report.state == S.IN_UNIT
    return report


def test_what_the_head_approves_comes_before_the_office(waiting, head, office):
    assert waiting not in Report.objects.visible_to(office)
    approve_in_unit(by=head, reports=[(waiting, waiting.version)], now=LATER)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.updated_by) == (S.SUBMITTED, head)
    assert (waiting.first_submitted_at, waiting.submitted_at) == (AT, LATER)
    assert waiting in Report.objects.visible_to(office)
    assert kinds(waiting) == ["submitted", "approved"]


def test_what_the_head_sends_back_the_office_never_sees(waiting, head, office, reporter):
    send_back_in_unit(by=head, report=waiting, version=waiting.version, comments=WHY, now=LATER)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.first_submitted_at) == (S.RETURNED, AT)
    assert waiting not in Report.objects.visible_to(office)
    assert waiting in Report.objects.visible_to(reporter)
    notice = Notice.objects.get()
    assert (notice.user, "被本单位负责人退回" in notice.text) == (reporter, True)
    assert kinds(waiting) == ["submitted", "sent_back"]


@pytest.mark.parametrize("who", ["reporter", "other_head"])
def test_only_the_units_own_head_approves(waiting, who, reporter, other_reporter):
    other_reporter.heads_unit = True
    person = {"reporter": reporter, "other_head": other_reporter}[who]
    with pytest.raises(PermissionDenied):
        approve_in_unit(by=person, reports=[(waiting, waiting.version)])
    with pytest.raises(PermissionDenied):
        send_back_in_unit(by=person, report=waiting, version=waiting.version, comments=WHY)
    waiting.refresh_from_db()
    assert waiting.state == S.IN_UNIT


def test_without_a_head_in_service_a_report_goes_to_the_office(reporter, project, may_round, head):
    RuleSet.objects.filter(county=may_round.county).update(unit_approves=True)
    head.is_active = False
    head.save()
    assert sent(reporter, project, may_round).state == S.SUBMITTED
    other = Project.objects.filter(lead_unit=reporter.unit).exclude(pk=project.pk).first()
    (same,) = report_unchanged(by=reporter, projects=[other], reporting_round=may_round, now=AT)
    assert same.state == S.SUBMITTED


def test_what_waited_for_a_head_who_has_gone_is_taken_back_and_sent(waiting, head, reporter):
    head.is_active = False
    head.save()
    draft = withdraw_report(by=reporter, report=waiting, now=LATER)
    again = submit_report(by=reporter, report=draft, version=draft.version, now=LATER)
    assert again.state == S.SUBMITTED


def test_a_head_who_reports_needs_nobodys_approval(head, project, may_round):
    RuleSet.objects.filter(county=may_round.county).update(unit_approves=True)
    assert sent(head, project, may_round).state == S.SUBMITTED


# -- After closing -------------------------------------------------------------------


def reopen_for(report, office, until):
    Extension.objects.create(
        round=report.round,
        unit=report.project.lead_unit,
        kind=Extension.Kind.REOPENED,
        until=until,
        reason="数字有误",
        granted_by=office,
    )


def test_nothing_is_returned_to_a_unit_that_could_not_mend_it(report, office, may_round):
    close_round(by=office, round=may_round)
    with pytest.raises(RefusedError) as refused:
        return_report(by=office, report=report, version=report.version, comments=WHY)
    assert "请先在期次中为县教育局重开" in str(refused.value)


def test_a_correction_after_closing_is_a_further_version(report, office, reporter, may_round):
    accept_reports(by=office, reports=[(report, report.version)])
    close_round(by=office, round=may_round)
    may_round.refresh_from_db()
    assert may_round.version == 1
    report.refresh_from_db()
    reopen_for(report, office, timezone.now() + timedelta(hours=3))
    report = return_report(by=office, report=report, version=report.version, comments=WHY)
    report = submit_report(by=reporter, report=report, version=report.version)
    accept_reports(by=office, reports=[(report, report.version)])
    may_round.refresh_from_db()
    assert may_round.version == 2
    assert str(report.project) in may_round.versions.get(number=2).note
    assert kinds(report)[-1] == ReportEvent.Kind.CORRECTED


def reopened(report, office, may_round):
    """Close the round, and reopen it for the report's unit."""
    close_round(by=office, round=may_round)
    reopen_for(report, office, timezone.now() + timedelta(hours=3))
    report.refresh_from_db()
    return report


def test_a_first_report_in_a_closed_round_is_late_and_no_correction(report, office, may_round):
    report = reopened(report, office, may_round)
    accept_reports(by=office, reports=[(report, report.version)])
    assert kinds(report)[-1] == ReportEvent.Kind.LATE
    may_round.refresh_from_db()
    assert may_round.versions.get(number=2).note == f"补报“{report.project}”的填报。"
    last = LogEntry.objects.get_for_object(report).first()
    assert last.summary.startswith("通过补报填报“")


def test_a_unit_takes_up_its_own_accepted_report_once_reopened(report, office, reporter, may_round):
    accept_reports(by=office, reports=[(report, report.version)])
    report = reopened(report, office, may_round)
    report = take_up_again(by=reporter, report=report, version=report.version)
    assert (report.state, kinds(report)[-1]) == (S.DRAFT, ReportEvent.Kind.WITHDRAWN)
    may_round.refresh_from_db()
    assert may_round.version == 1  # what is kept stays until the correction is accepted
    report = submit_report(by=reporter, report=report, version=report.version)
    accept_reports(by=office, reports=[(report, report.version)])
    may_round.refresh_from_db()
    assert may_round.versions.get(number=2).note == f"更正“{report.project}”的填报。"
    assert kinds(report)[-1] == ReportEvent.Kind.CORRECTED


def test_without_a_reopening_an_accepted_report_is_not_taken_up(
    report, office, reporter, may_round
):
    accept_reports(by=office, reports=[(report, report.version)])
    report.refresh_from_db()
    with pytest.raises(RefusedError):  # open: the office returns it
        take_up_again(by=reporter, report=report, version=report.version)
    close_round(by=office, round=may_round)
    with pytest.raises(RefusedError):
        take_up_again(by=reporter, report=report, version=report.version)
    report.refresh_from_db()
    assert report.state == S.ACCEPTED


# -- Declaring completion ------------------------------------------------------------


def test_an_accepted_declaration_is_entered_on_every_item(reporter, office, may_round, county):
    project = Project.objects.filter(county=county, lead_unit__name="县教育局").first()
    items = list(project.items.all())
    Completion.objects.filter(item__in=items).delete()
    report = sent(reporter, project, may_round, declares_completion=True)
    assert not Completion.objects.filter(item__in=items).exists()
    accept_reports(by=office, reports=[(report, report.version)])
    entered = Completion.objects.filter(item__in=items)
    assert {c.item_id for c in entered} == {item.pk for item in items}
    assert {(c.declared_on, c.declared_by, c.verified_on) for c in entered} == {
        (date(2023, 5, 31), reporter, None)
    }


def test_a_declaration_goes_with_the_return_of_its_report_unless_verified(
    reporter, office, may_round, county
):
    project = next(
        p
        for p in Project.objects.filter(county=county, year=2023)
        if p.items.count() == 2 and not Completion.objects.filter(item__project=p).exists()
    )
    report = sent(reporter, project, may_round, declares_completion=True)
    [report] = accept_reports(by=office, reports=[(report, report.version)])
    first, second = Completion.objects.filter(item__project=project).order_by("pk")
    first.verified_on = date(2023, 6, 1)
    first.save()
    return_report(by=office, report=report, version=report.version, comments=WHY)
    assert list(Completion.objects.filter(item__project=project)) == [first]
    rows = LogEntry.objects.get_for_object(second.item).filter(actor=office)
    assert rows.filter(summary__startswith="撤回单位报完成").exists()
