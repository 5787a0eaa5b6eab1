"""What is kept between requests: until what it rests on changes, and not a step longer."""

from collections import OrderedDict
from datetime import date, datetime
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.access import Role
from livelihood.organisation.models import Region
from progress.models import Report, Round, RuleSet, Slip
from progress.operations import kept_states
from progress.operations.kept_states import kept_of_unit, kept_state
from progress.operations.reminders import remind
from progress.operations.reporting import (
    ReportData,
    report_unchanged,
    save_report,
    submit_report,
)
from progress.operations.review import (
    accept_reports,
    approve_in_unit,
    return_report,
    send_back_in_unit,
)
from progress.operations.sheets import fill_in, read_blanks, read_sheets
from progress.operations.slips import answer_slip, close_slip, issue_slip, version_of
from progress.operations.standings import read_county
from progress.operations.townships import switch
from projects.models import ListItem, Project

pytestmark = pytest.mark.django_db

DAY = date(2023, 5, 31)
AT = datetime(2023, 6, 3, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
WHY = [("narrative", "请写明地点。")]


@pytest.fixture
def may(corpus, county):
    return Round.objects.create(
        county=county,
        as_of=DAY,
        opens_on=date(2023, 5, 25),
        deadline=date(2023, 6, 5),
        state=Round.State.OPEN,
    )


@pytest.fixture
def project(corpus):
    return Project.objects.select_related("lead_unit", "county").get(name="职业教育培训")


@pytest.fixture
def head(make_unit, make_user):
    person = make_user(Role.LEAD_UNIT, make_unit("县教育局"))
    person.heads_unit = True
    person.save()
    return person


def versions(county):
    row = Region.objects.get(pk=county.pk)
    return row.data_version, row.judged_version


def judged(county):
    """Everything that is judged of the county at the end of May."""
    items = ListItem.objects.all()
    state = read_county(items, county, 2023, as_of=DAY, today=date(2023, 6, 3))
    return [(s.item, s.standing, s.narrative, s.problems) for s in state.items]


def told(project, words="已开工。", **more):
    indicator = project.indicators.get().pk
    return ReportData(narrative=words, values={indicator: 5000}, **more)


def saved(by, project, may, words="已开工。", version=0):
    return save_report(
        by=by,
        project=project,
        reporting_round=may,
        data=told(project, words),
        version=version,
        now=AT,
    )


# -- The shelves ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keep", "shelf"),
    [(kept_state, "_counties"), (kept_of_unit, "_units")],
    ids=["county", "unit"],
)
def test_what_is_kept_is_read_once_and_the_longest_unused_goes_first(monkeypatch, keep, shelf):
    monkeypatch.setattr(getattr(kept_states, shelf), "most", 2)
    read = []

    def ask(key):
        return keep(key, lambda: read.append(key) or f"state of {key}")

    assert [ask(k) for k in ("a", "b", "a", "c")] == [f"state of {k}" for k in ("a", "b", "a", "c")]
    assert read == ["a", "b", "c"]
    ask("a")
    ask("b")
    assert read == ["a", "b", "c", "b"]


# -- What raises which version -------------------------------------------------------------


def test_steps_on_the_way_to_the_office_change_no_judgement(county, may, project, reporter, head):
    RuleSet.objects.filter(county=county).update(unit_approves=True)
    before = judged(county)
    data, kept = versions(county)
    report = saved(reporter, project, may)
    report = submit_report(by=reporter, report=report, version=1, now=AT)
    assert report.state == Report.State.IN_UNIT
    report = send_back_in_unit(by=head, report=report, version=2, comments=WHY, now=AT)
    report = saved(reporter, project, may, "再次填写。", version=3)
    report = submit_report(by=reporter, report=report, version=4, now=AT)
    (report,) = approve_in_unit(by=head, reports=[(report, 5)], now=AT)
    assert report.state == Report.State.SUBMITTED
    assert judged(county) == before
    assert versions(county) == (data + 4, kept)


def test_saying_that_nothing_changed_changes_no_judgement_either(county, may, project, reporter):
    before, (data, kept) = judged(county), versions(county)
    report_unchanged(by=reporter, projects=[project], reporting_round=may, now=AT)
    assert judged(county) == before
    assert versions(county) == (data + 1, kept)


def test_what_people_are_told_or_asked_changes_no_judgement(county, may, office, reporter):
    before, (data, kept) = judged(county), versions(county)
    slip = issue_slip(
        by=office,
        unit=reporter.unit,
        reporting_round=may,
        kind=Slip.Kind.URGE,
        text="请填报。",
        deadline=DAY,
        today=DAY,
    )
    slip = answer_slip(by=reporter, slip=slip, answer="已报。", version=version_of(slip), now=AT)
    slip.refresh_from_db()
    close_slip(by=office, slip=slip, version=version_of(slip), now=AT)
    remind(today=date(2023, 6, 3))
    switch(by=office, county=county, on=True)
    assert judged(county) == before
    assert versions(county) == (data + 5, kept)


def test_what_is_accepted_and_taken_back_is_judged_anew(
    county, may, project, reporter, office, corpus
):
    report = saved(reporter, project, may)
    report = submit_report(by=reporter, report=report, version=1, now=AT)
    before, (_data, first) = judged(county), versions(county)
    (report,) = accept_reports(by=office, reports=[(report, 2)], now=AT)
    after, (_data, second) = judged(county), versions(county)
    assert after != before
    assert second > first
    return_report(by=office, report=report, version=3, comments=WHY, now=AT)
    assert judged(county) == before
    assert versions(county)[1] > second


# -- The form of a unit --------------------------------------------------------------------


def shown(client, project, day=DAY):
    answer = client.get(reverse("report", args=["330327", 2023, day, project.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def june(may):
    return Round.objects.create(
        county=may.county,
        as_of=date(2023, 6, 30),
        opens_on=date(2023, 6, 25),
        deadline=timezone.localdate(),
        state=Round.State.OPEN,
    )


def test_the_form_shows_what_the_office_has_accepted_since(
    client_for, june, may, project, reporter, office
):
    client = client_for(reporter)
    report = saved(reporter, project, may, "已培训五千人次。")
    report = submit_report(by=reporter, report=report, version=1, now=AT)
    assert "已培训五千人次。" not in shown(client, project, june.as_of)
    accept_reports(by=office, reports=[(report, 2)], now=AT)
    assert "已培训五千人次。" in shown(client, project, june.as_of)


def test_the_form_shows_a_plan_that_was_changed_since(client_for, may, project, reporter, county):
    client = client_for(reporter)
    assert "目标13150人次" in shown(client, project)
    item = project.items.get(project_list__level="province")
    item.targets.update(value=14000)
    Region.objects.filter(pk=county.pk).touch()
    assert "目标14000人次" in shown(client, project)


def test_a_colleagues_draft_is_seen_though_the_plan_is_kept(client_for, may, project, reporter):
    client = client_for(reporter)
    assert "正在招标" not in shown(client, project)
    saved(reporter, project, may, "正在招标。")
    assert "正在招标" in shown(client, project)


def test_units_keep_apart_what_they_report(client_for, may, project, reporter, other_reporter):
    assert client_for(reporter).get(
        reverse("report", args=["330327", 2023, DAY, project.pk])
    ).status_code == (200)
    answer = client_for(other_reporter).get(
        reverse("report", args=["330327", 2023, DAY, project.pk])
    )
    assert answer.status_code == 404


def test_kept_sheets_filled_in_are_the_sheets_read_at_once(may, project, reporter):
    projects = Project.objects.filter(lead_unit=project.lead_unit, county=project.county, year=2023)
    projects = projects.select_related("lead_unit", "county")
    blanks = read_blanks(projects, may, today=timezone.localdate(AT))
    saved(reporter, project, may)
    other = projects.exclude(pk=project.pk).first()
    save_and_submit_plain(reporter, other, may)
    kept = fill_in(blanks.values(), may, now=AT)
    anew = read_sheets(projects, may, now=AT)
    assert len(kept) == projects.count() > 2
    for one, two in zip(kept, anew, strict=True):
        assert (one.project, one.version, one.data) == (two.project, two.version, two.data)
        assert one.told(one.data) == two.told(two.data)
        assert (one.editable, one.begun, one.asked) == (two.editable, two.begun, two.asked)


def save_and_submit_plain(by, project, may):
    report = save_report(
        by=by,
        project=project,
        reporting_round=may,
        data=ReportData(narrative="按计划推进。"),
        version=0,
        now=AT,
    )
    return submit_report(by=by, report=report, version=1, now=AT)


def test_a_state_that_another_thread_throws_out_meanwhile_is_given_all_the_same():
    """With room for one, another state comes in while the first is being taken out."""
    shelf, asked = kept_states._Shelf(1), Event()
    other = Thread(target=lambda: asked.wait() and shelf.state("other", lambda: "theirs"))

    class Slow(OrderedDict):
        def get(self, key):
            found = super().get(key)
            if key == "ours":
                asked.set()
                other.join(0.2)  # seconds; it has done its work by then, unless it must wait
            return found

    shelf.state("ours", lambda: "ours")
    shelf.kept = Slow(shelf.kept)
    other.start()
    assert shelf.state("ours", lambda: "judged anew") == "ours"
    other.join()
    assert list(shelf.kept) == ["other"]
