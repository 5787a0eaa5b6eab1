"""The pages of the review: the queue, one report side by side, accepting, returning."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from livelihood.organisation.access import Role
from progress.models import FieldComment, Reading, Report, Round, RuleSet
from progress.operations.reporting import (
    Mark,
    ReportData,
    save_report,
    submit_report,
    withdraw_report,
)
from progress.operations.review import accept_reports, return_report
from projects.models import Project

AT = datetime(2023, 6, 3, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = date(2023, 5, 31)
PLACE = ["330327", 2023, DAY]


def make_round(county):
    return Round.objects.create(
        county=county,
        as_of=DAY,
        opens_on=date(2023, 5, 25),
        deadline=date(2023, 6, 5),
        state=Round.State.OPEN,
        simulated=True,
    )


@pytest.fixture
def may_round(corpus, county):
    return make_round(county)


@pytest.fixture
def projects(corpus, county):
    """Projects of 县教育局, none of which has a figure yet; nothing was reported in April."""
    found = list(
        Project.objects.filter(county=county, lead_unit__name="县教育局")
        .select_related("lead_unit", "county")
        .order_by("pk")
    )
    Reading.objects.filter(report__project__in=found).delete()
    Report.objects.filter(project__in=found).delete()
    return found


@pytest.fixture
def april(county, projects):
    return Round.objects.get(county=county, as_of=date(2023, 4, 10))


def sent(by, project, in_round, at=AT, **said):
    data = ReportData(**{"narrative": "按计划推进。", **said})
    report = save_report(
        by=by, project=project, reporting_round=in_round, data=data, version=0, now=at
    )
    return submit_report(by=by, report=report, version=report.version, now=at)


def last_month(project, april, percent):
    report = Report.objects.create(
        project=project, round=april, state=Report.State.ACCEPTED, narrative="四月情况。"
    )
    Reading.objects.create(report=report, basis="stated", percent=percent)


@pytest.fixture
def queue(projects, april, may_round, reporter):
    """Five reports: one that jumps, one with a problem, one late, two clean."""
    last_month(projects[0], april, 10)
    whole = {"percents": {None: Decimal(70)}}
    return {
        "jump": sent(reporter, projects[0], may_round, **whole),
        "problem": sent(reporter, projects[1], may_round, problems="土地未批"),
        "late": sent(reporter, projects[2], may_round, at=AT + timedelta(days=5)),
        "clean": sent(reporter, projects[3], may_round),
        "clean too": sent(reporter, projects[4], may_round),
    }


@pytest.fixture
def office_client(client_for, office):
    return client_for(office)


def url(name, *more):
    return reverse(name, args=[*PLACE, *more])


def see(response):
    return BeautifulSoup(response.content, "html.parser")


def value(report):
    report.refresh_from_db()
    return f"{report.pk}:{report.version}"


def rows(page):
    return page.select("table.review tbody tr:not(.group)")


def named(page):
    return [row.select_one(".main").text.strip() for row in rows(page)]


def ticked(page):
    return [box["value"] for box in page.select("input[name=report][checked]")]


# -- The queue -----------------------------------------------------------------------


@pytest.mark.parametrize(("promised", "broken"), [(date(2023, 5, 20), True), (None, False)])
def test_a_promise_that_was_not_kept_is_among_the_first_things_said(
    promised, broken, projects, april, may_round, reporter, office_client
):
    project = projects[0]
    last_month(project, april, 0)
    Report.objects.filter(project=project, round=april).update(catch_up_on=promised)
    milestones = {m.pk: Mark(False) for i in project.items.all() for m in i.milestones.all()}
    sent(reporter, project, may_round, percents={None: Decimal(0)}, marks=milestones)
    [row] = rows(see(office_client.get(url("review"))))
    assert "滞后" in row.select_one(".marks").text
    said = "上期承诺于2023年5月20日前赶上，没有兑现"
    assert (said in row.select_one(".marks").text) is broken
    page = see(office_client.get(url("review_report", project.pk)))
    openly = [li.text for li in page.select(".review-findings li") if not li.find_parent("details")]
    assert any(said in words for words in openly) is broken


def test_the_unusual_come_first_and_the_clean_are_ticked(office_client, queue):
    page = see(office_client.get(url("review")))
    assert named(page)[:2] == [str(queue["jump"].project), str(queue["problem"].project)]
    clean = [queue["late"], queue["clean"], queue["clean too"]]
    # That it came late is said, and is nothing to be looked into.
    assert named(page)[2] == str(queue["late"].project)
    assert set(named(page)[2:]) == {str(report.project) for report in clean}
    assert set(ticked(page)) == {value(report) for report in clean}
    assert "2项请逐项查看" in page.select_one(".showing").text
    assert "3项没有异常，已预先选中" in page.select_one(".showing").text
    assert page.select_one(".review-bar button").text == "通过选中的3项"
    first = rows(page)[0]
    assert first.select_one(".marks").text.split() == ["▲", "大幅增加", "一期增加60.0个百分点"]
    assert "10.0% → 70.0%" in first.select_one(".figures").text
    assert "迟报3天" in page.text
    assert "2023年6月3日 10:00" in first.text
    assert "黄丽萍" in first.text
    assert "演示数据" in page.select_one(".page-context").text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("kind=jump", ["jump"]),
        ("kind=problem", ["problem"]),
        ("kind=late", ["late"]),
        ("kind=clean", ["late", "clean", "clean too"]),
        ("kind=fall", []),
        ("kind=nonsense", []),
        ("unit=999999", []),
    ],
)
def test_the_queue_can_be_narrowed(office_client, queue, query, names):
    response = office_client.get(f"{url('review')}?{query}")
    assert response.status_code == 200
    assert set(named(see(response))) == {str(queue[name].project) for name in names}
    if not names:
        assert "没有符合条件的填报" in see(response).select_one(".empty").text


def test_an_empty_queue_says_so_and_shows_the_way(office_client, may_round):
    page = see(office_client.get(url("review")))
    assert "没有待审核的填报" in page.select_one(".empty").text
    assert page.select_one(".empty a")["href"].startswith(reverse("reporting", args=PLACE[:2]))


def test_what_was_decided_stands_on_its_own_tab(office_client, queue, office):
    accept_reports(by=office, reports=[(queue["clean"], queue["clean"].version)])
    page = see(office_client.get(url("review")))
    labels = [tab.text for tab in page.select(".review-tabs a")]
    assert labels == ["待审核 4", "已通过 1", "已退回 0"]
    page = see(office_client.get(f"{url('review')}?state=accepted"))
    assert named(page) == [str(queue["clean"].project)]
    assert not page.select("input[name=report], .review-bar")


@pytest.mark.parametrize("count", [2, 5])
def test_the_queue_costs_the_same_queries_for_few_and_many(
    office_client, projects, may_round, reporter, count
):
    for project in projects[:count]:
        sent(reporter, project, may_round)
    office_client.get(url("review"))
    with CaptureQueriesContext(connection) as captured:
        page = see(office_client.get(url("review")))
    assert len(rows(page)) == count
    assert len(captured) <= 40


# -- Accepting -----------------------------------------------------------------------


def test_the_clean_are_accepted_in_one_step(office_client, queue):
    chosen = [value(queue["clean"]), value(queue["clean too"])]
    response = office_client.post(url("review_accept"), {"report": chosen}, follow=True)
    assert "已通过2项填报。" in see(response).select_one(".alert").text
    assert Report.objects.filter(state=Report.State.ACCEPTED, round__as_of=DAY).count() == 2
    assert len(rows(see(response))) == 3


@pytest.mark.parametrize("chosen", [[], [""], ["x:y"], ["1"], ["9" * 30 + ":1"], ["-1:2"]])
def test_accepting_nothing_is_told(office_client, queue, chosen):
    response = office_client.post(url("review_accept"), {"report": chosen})
    assert response.status_code == 422
    assert "请先选中要通过的填报" in see(response).select_one(".error-summary").text


def test_the_second_reviewer_is_told_and_keeps_the_ticks(office_client, queue, office):
    chosen = [value(queue["clean"]), value(queue["problem"])]
    accept_reports(by=office, reports=[(queue["clean"], queue["clean"].version)])
    response = office_client.post(url("review_accept"), {"report": chosen})
    assert response.status_code == 409
    page = see(response)
    assert str(queue["clean"].project) in page.select_one(".error-summary").text
    assert ticked(page) == [value(queue["problem"])]
    queue["problem"].refresh_from_db()
    assert queue["problem"].state == Report.State.SUBMITTED


def test_what_the_unit_took_back_meanwhile_is_told(office_client, queue, reporter):
    chosen = [value(queue["clean"]), value(queue["problem"])]
    withdraw_report(by=reporter, report=queue["clean"])
    response = office_client.post(url("review_accept"), {"report": chosen})
    assert response.status_code == 409
    assert "其中" not in see(response).select_one(".error-summary").text
    assert "1项已被撤回" in see(response).select_one(".error-summary").text
    one = {"report": chosen[:1], "one": queue["clean"].project_id}
    response = office_client.post(url("review_accept"), one)
    assert response.status_code == 409
    assert "已被单位撤回" in see(response).select_one(".error-summary").text
    address = url("review_return", queue["clean"].project_id)
    assert office_client.post(address, {"comment-narrative": "改"}).status_code == 409


# -- One report ----------------------------------------------------------------------


def side_by_side(page):
    """By field: last round, this round, the difference."""
    return {
        line.th.contents[0].strip(): [cell.text.strip() for cell in line.select("td")[:3]]
        for line in page.select("table.sides tbody tr")
    }


def test_last_round_stands_left_and_this_round_right(office_client, queue):
    page = see(office_client.get(url("review_report", queue["jump"].project_id)))
    sides = side_by_side(page)
    assert sides["整体形象进度"] == ["10.0%", "70.0%", "▲ 增加60.0个百分点"]
    assert sides["进展情况"] == ["四月情况。", "按计划推进。", "◆ 有改动"]
    assert page.select("del")[0].text == "10.0%"
    assert page.select("ins")[0].text == "70.0%"
    assert "截至2023年4月10日的填报" in page.select_one(".facts").text
    assert "按时" in page.select_one(".facts").text
    verdicts = page.select(".why .chip")
    assert len(verdicts) == queue["jump"].project.items.count()


def test_a_first_report_has_nothing_beside_it(office_client, queue):
    page = see(office_client.get(url("review_report", queue["late"].project_id)))
    assert side_by_side(page)["进展情况"] == ["—", "按计划推进。", "＋ 新填"]
    assert "此前没有通过的填报" in page.text
    assert "迟报3天" in page.select_one(".facts").text


def test_milestones_sites_and_their_changes_are_shown(office_client, projects, may_round, reporter):
    project = next(p for p in projects if p.items.filter(milestones__isnull=False).exists())
    milestone = project.items.first().milestones.order_by("due", "pk").first()
    sent(reporter, project, may_round, marks={milestone.pk: Mark(True, date(2023, 3, 1))})
    page = see(office_client.get(url("review_report", project.pk)))
    changed = [line.text for line in page.select("table.sides tr.changed")]
    assert any("● 已完成（2023年3月1日）" in text for text in changed)
    assert "没有变化" in page.select_one(".review-folded summary").text


def test_accepting_one_leads_to_the_next_in_the_queue(office_client, queue):
    jump, problem = queue["jump"], queue["problem"]
    sent_values = {"report": value(jump), "one": jump.project_id}
    response = office_client.post(url("review_accept"), sent_values)
    assert response["Location"] == url("review_report", problem.project_id)
    jump.refresh_from_db()
    assert jump.state == Report.State.ACCEPTED


def test_after_the_last_the_queue_is_shown(office_client, projects, may_round, reporter):
    report = sent(reporter, projects[0], may_round)
    response = office_client.post(
        url("review_accept"), {"report": value(report), "one": report.project_id}
    )
    assert response["Location"] == url("review")


def test_the_next_one_is_of_the_same_selection(office_client, queue):
    address = f"{url('review_accept')}?kind=clean"
    clean = sorted((queue["clean"], queue["clean too"]), key=lambda r: r.pk)
    response = office_client.post(address, {"report": value(clean[0]), "one": clean[0].project_id})
    following = url("review_report", clean[1].project_id)
    assert response["Location"] == f"{following}?kind=clean"


def test_a_comment_is_not_lost_by_pressing_accept(office_client, queue):
    report = queue["clean"]
    typed = {"report": value(report), "one": report.project_id, "comment-narrative": "写明地点"}
    response = office_client.post(url("review_accept"), typed)
    assert response.status_code == 422
    page = see(response)
    assert "要退回请点“退回”" in page.select_one(".error-summary").text
    assert page.select_one("[name=comment-narrative]").text == "写明地点"


def test_a_comment_is_kept_without_what_no_database_keeps(office_client, queue):
    report = queue["jump"]
    typed = {"report": value(report), "comment-narrative": "写明\x00地点", "comment-whole": "\x00"}
    assert office_client.post(url("review_return", report.project_id), typed).status_code == 302
    assert [comment.text for comment in FieldComment.objects.all()] == ["写明地点"]


def test_a_return_pins_comments_to_fields_and_leads_on(office_client, queue):
    report = queue["jump"]
    typed = {
        "report": value(report),
        "comment-narrative": "写明地点",
        "comment-percent": "为何增加60个百分点？",
        "comment-whole": "请尽快",
        "comment-nonsense": "没有这一栏",
    }
    response = office_client.post(url("review_return", report.project_id), typed)
    assert response["Location"] == url("review_report", queue["problem"].project_id)
    report.refresh_from_db()
    assert report.state == Report.State.RETURNED
    pinned = dict(FieldComment.objects.values_list("field", "text"))
    assert pinned == {
        "narrative": "写明地点",
        "percent": "为何增加60个百分点？",
        "": "请尽快",
    }


def test_the_comments_open_at_the_field_for_the_reporter(
    office_client, client_for, queue, reporter
):
    report = queue["jump"]
    typed = {"report": value(report), "comment-narrative": "写明地点"}
    office_client.post(url("review_return", report.project_id), typed)
    page = see(client_for(reporter).get(url("report", report.project_id)))
    assert "写明地点" in page.select_one("#narrative-comment").text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [({}, "退回须写明意见"), ({"comment-narrative": "长" * 501}, "有的意见太长")],
)
def test_a_return_without_a_reason_is_refused(office_client, queue, typed, sentence):
    report = queue["clean"]
    response = office_client.post(
        url("review_return", report.project_id), {"report": value(report), **typed}
    )
    assert response.status_code == 422
    page = see(response)
    assert sentence in page.select_one(".error-summary").text
    if typed:
        assert "不超过500个字" in page.select_one("td.comment .field-error").text
        assert page.select_one("[name=comment-narrative]").text == "长" * 501


@pytest.mark.parametrize("seen", ["", "x", "1:1", "9" * 40])
def test_a_return_of_what_nobody_saw_is_refused_and_keeps_the_words(office_client, queue, seen):
    report = queue["clean"]
    typed = {"report": seen, "comment-narrative": "写明地点"}
    response = office_client.post(url("review_return", report.project_id), typed)
    assert response.status_code == 409
    page = see(response)
    assert "已被他人修改" in page.select_one(".error-summary").text
    assert page.select_one("[name=comment-narrative]").text == "写明地点"
    assert page.select_one("[name=report]")["value"] == value(report)


def test_all_rounds_of_comments_and_steps_stay_in_the_history(
    office_client, queue, office, reporter
):
    report = queue["clean"]
    for day, words in ((1, "第一次意见"), (2, "第二次意见")):
        now = AT + timedelta(days=day)
        report = return_report(
            by=office,
            report=report,
            version=report.version,
            comments=[("narrative", words)],
            now=now,
        )
        report = submit_report(by=reporter, report=report, version=report.version, now=now)
    page = see(office_client.get(url("review_report", report.project_id)))
    steps = page.select_one("#steps").text
    assert steps.count("提交") == 3
    assert "第一次意见" in steps
    assert "进展情况：第二次意见" in steps
    assert "林晓明" in steps
    assert "上次意见：第二次意见" in page.select_one("[name=comment-narrative]").parent.text
    assert "上次意见：第一次意见" not in page.text
    facts = page.select_one(".facts").text
    assert "2023年6月3日 10:00" in facts
    assert "2023年6月5日 10:00" in facts


def test_an_accepted_report_can_be_returned_to_be_corrected(office_client, queue, office):
    report = queue["clean"]
    accept_reports(by=office, reports=[(report, report.version)])
    page = see(office_client.get(url("review_report", report.project_id)))
    assert [button.text for button in page.select(".review-decide button")] == ["退回更正"]
    typed = {"report": value(report), "comment-whole": "数字有误"}
    assert office_client.post(url("review_return", report.project_id), typed).status_code == 302
    page = see(office_client.get(url("review_report", report.project_id)))
    assert not page.select(".review-decide")


# -- Who may -------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.LEAD_UNIT, Role.ADMINISTRATOR])
def test_only_the_office_reviews(client_for, make_user, make_unit, queue, role):
    client = client_for(make_user(role, make_unit("县教育局")))
    report = queue["clean"]
    typed = {"report": value(report), "comment-whole": "改"}
    assert client.get(url("review")).status_code == 403
    assert client.get(url("review_report", report.project_id)).status_code == 403
    assert client.post(url("review_accept"), typed).status_code == 403
    assert client.post(url("review_return", report.project_id), typed).status_code == 403
    report.refresh_from_db()
    assert report.state == Report.State.SUBMITTED


def test_drafts_do_not_exist_for_the_office(office_client, projects, may_round, reporter):
    draft = save_report(
        by=reporter,
        project=projects[0],
        reporting_round=may_round,
        data=ReportData(narrative="草稿"),
        version=0,
        now=AT,
    )
    assert office_client.get(url("review_report", draft.project_id)).status_code == 404
    assert rows(see(office_client.get(url("review")))) == []
    response = office_client.post(url("review_accept"), {"report": [value(draft)]})
    assert response.status_code == 409


@pytest.mark.parametrize("day", ["2023-05-30", "2024-05-31"])
def test_a_round_that_never_was_is_not_found(office_client, may_round, day):
    address = reverse("review", args=["330327", 2023, date.fromisoformat(day)])
    assert office_client.get(address).status_code == 404


# -- The head of the unit ------------------------------------------------------------


@pytest.fixture
def head(make_unit, make_user):
    person = make_user(Role.LEAD_UNIT, make_unit("县教育局"))
    person.heads_unit = True
    person.save()
    return person


@pytest.fixture
def waiting(projects, may_round, reporter, head, other_reporter, make_user, county):
    RuleSet.objects.filter(county=county).update(unit_approves=True)
    other_head = make_user(Role.LEAD_UNIT, other_reporter.unit)
    other_head.heads_unit = True
    other_head.save()
    other = Project.objects.filter(lead_unit=other_reporter.unit, county=county).first()
    sent(other_reporter, other, may_round)
    return [sent(reporter, project, may_round) for project in projects[:3]]


def test_the_head_sees_the_own_units_reports_and_sends_them_on(client_for, head, waiting):
    client = client_for(head)
    page = see(client.get(url("unit_review")))
    assert set(named(page)) == {str(report.project) for report in waiting}
    assert page.h1.text == "苍南县民生实事进展填报单位审核"
    assert page.select_one(".review-bar button").text == "报出选中的3项"
    chosen = [value(report) for report in waiting]
    response = client.post(url("unit_review_accept"), {"report": chosen}, follow=True)
    assert "已报出3项填报。" in see(response).select_one(".alert").text
    assert "没有等您审核的填报" in see(response).select_one(".empty").text
    assert Report.objects.filter(round__as_of=DAY, state=Report.State.SUBMITTED).count() == 3


def test_the_head_sends_back_with_a_comment_and_the_office_learns_nothing(
    client_for, head, waiting, reporter, office_client
):
    client, report = client_for(head), waiting[0]
    page = see(client.get(url("unit_review_report", report.project_id)))
    assert [b.text for b in page.select(".review-decide button")] == ["报出", "退回"]
    typed = {"report": value(report), "comment-narrative": "写明地点"}
    response = client.post(url("unit_review_return", report.project_id), typed)
    assert response.status_code == 302
    report.refresh_from_db()
    assert report.state == Report.State.RETURNED
    assert office_client.get(url("review_report", report.project_id)).status_code == 404
    page = see(client_for(reporter).get(url("report", report.project_id)))
    assert "写明地点" in page.select_one("#narrative-comment").text
    again = submit_report(by=reporter, report=report, version=report.version, now=AT)
    chosen = {"report": value(again), "one": again.project_id}
    client.post(url("unit_review_accept"), chosen)
    steps = see(office_client.get(url("review_report", report.project_id))).select_one("#steps")
    assert "写明地点" not in steps.text
    assert "单位审核通过" in steps.text


def test_who_does_not_head_a_unit_is_refused(client_for, waiting, reporter, office, head):
    for person in (reporter, office):
        client = client_for(person)
        assert client.get(url("unit_review")).status_code == 403
        chosen = {"report": [value(waiting[0])]}
        assert client.post(url("unit_review_accept"), chosen).status_code == 403


def test_the_head_of_another_unit_finds_nothing(client_for, waiting, other_reporter):
    other_reporter.heads_unit = True
    other_reporter.save()
    client, report = client_for(other_reporter), waiting[0]
    assert client.get(url("unit_review_report", report.project_id)).status_code == 404
    typed = {"report": value(report), "comment-whole": "改"}
    address = url("unit_review_return", report.project_id)
    assert client.post(address, typed).status_code == 404
    assert client.post(url("unit_review_accept"), typed).status_code == 409
    report.refresh_from_db()
    assert report.state == Report.State.IN_UNIT
