"""我的任务 and the report form: what is shown, saved, refused and sent."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.models import LogEntry, Region, User
from progress.models import Evidence, FieldComment, Reading, Report, ReportEvent, Round, RuleSet
from progress.operations import evidence as evidence_operations
from progress.operations.reporting import ReportData, report_unchanged, save_report, submit_report
from progress.operations.review import accept_reports, return_report
from progress.operations.rounds import close_round, reopen
from projects.models import ListItem, Milestone, Project
from projects.operations.linking import link_items

pytestmark = pytest.mark.django_db

DAY = date(2023, 5, 31)
PLACE = ["330327", 2023]


def open_round(code="330327", day=DAY, **more):
    county = Region.objects.get(code=code)
    return Round.objects.create(
        **(
            {
                "county": county,
                "as_of": day,
                "state": Round.State.OPEN,
                "opens_on": day,
                "deadline": timezone.localdate() + timedelta(days=3),
            }
            | more
        )
    )


@pytest.fixture
def may(corpus, reporter):
    """The round of May, open for three more days; ``reporter`` reports in it."""
    return open_round()


@pytest.fixture
def training(corpus):
    """职业教育培训: one indicator, 13150 人次 on the province's list, 3177 told in April."""
    return Project.objects.get(name="职业教育培训")


@pytest.fixture
def client(client_for, reporter):
    return client_for(reporter)


@pytest.fixture
def colleague(make_user, reporter):
    """Somebody else who reports for the unit."""
    return make_user(reporter.role, reporter.unit)


def url(name, *args, day=DAY):
    return reverse(name, args=[*PLACE, day, *args])


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def filled(response):
    """What the form of a page would send, unchanged."""
    form, told = page_of(response).select_one("#report-form"), {}
    for field in form.select("input, textarea, select"):
        name, kind = field.get("name"), field.get("type")
        if not name or kind == "file" or field.has_attr("disabled"):
            continue
        if kind in ("radio", "checkbox"):
            if field.has_attr("checked"):
                told[name] = field.get("value", "on")
        elif field.name == "textarea":
            told[name] = field.text.removeprefix("\n")
        elif field.name == "select":
            chosen = field.select_one("[selected]")
            told[name] = chosen["value"] if chosen else ""
        else:
            told[name] = field.get("value", "")
    return told


def form_of(client, project, **changes):
    return filled(client.get(url("report", project.pk))) | changes


def value_name(project):
    return f"indicator-{project.indicators.get().pk}"


# -- 我的任务 -----------------------------------------------------------------------------


def test_tasks_show_the_unit_s_projects_with_what_is_due(may, client):
    text = page_of(client.get(reverse("tasks", args=PLACE))).get_text(" ", strip=True)
    assert "县教育局牵头13个事项：未填13个" in text
    assert "（还有3天）" in text
    assert "完成创建任务的10%即3所学校完成创建" in text
    assert "3177人次" in text
    assert "计划20.0%，实际24.2%" not in text  # the unit's own percent stands before the quotient
    assert "计划20.0%，实际24.0%" in text


def test_tasks_of_a_year_without_rounds_say_so(corpus, client):
    Round.objects.filter(county__code="330327").update(as_of=date(2022, 4, 10))
    text = page_of(client.get(reverse("tasks", args=PLACE))).get_text()
    assert "还没有填报期次" in text


def test_a_returned_report_comes_first_and_opens_at_the_comment(may, client, training, reporter):
    report = save_report(
        by=reporter, project=training, reporting_round=may, data=ReportData(), version=0
    )
    Report.objects.filter(pk=report.pk).update(state=Report.State.RETURNED)
    event = ReportEvent.objects.create(report=report, kind="returned", at=timezone.now())
    FieldComment.objects.create(event=event, field="narrative", text="请写明培训批次。")
    first = page_of(client.get(url("round_tasks"))).select_one("table.tasks tbody tr")
    assert "已退回" in first.get_text()
    assert "请写明培训批次。" in first.get_text()
    assert first.select_one("a")["href"].endswith("#f-narrative")
    form = page_of(client.get(url("report", training.pk)))
    assert "请写明培训批次。" in form.select_one(".error-summary").get_text()
    assert "请写明培训批次。" in form.select_one("#f-narrative .field-comment").get_text()


# -- 无变化 -------------------------------------------------------------------------------


def test_an_unchanged_project_is_sent_with_one_post(may, client, training):
    response = client.post(url("report_unchanged"), {"project": training.pk}, follow=True)
    report = Report.objects.get(project=training, round=may)
    assert report.state == Report.State.SUBMITTED
    assert report.unchanged
    assert report.readings.get().value == 3177
    assert "“职业教育培训”已按无变化提交" in page_of(response).get_text()


def test_unchanged_is_refused_where_the_item_would_be_behind(may, client):
    project = Project.objects.get(name="义务教育段学生正脊筛查")
    response = client.post(url("report_unchanged"), {"project": project.pk}, follow=True)
    assert response.redirect_chain[0][0] == url("report", project.pk)
    assert "请填写滞后原因" in page_of(response).get_text()
    assert not Report.objects.filter(project=project, round=may).exists()


def test_all_that_remain_are_sent_after_a_page_that_says_how_many(may, client, training):
    page = page_of(client.post(url("report_unchanged")))
    assert page.h1.get_text() == "11个事项按无变化提交"
    assert "另有2个事项要打开填写" in page.get_text()
    assert not Report.objects.filter(round=may).exists()
    response = client.post(url("report_unchanged"), {"confirmed": "yes"}, follow=True)
    assert "11个事项已按无变化提交。" in page_of(response).get_text()
    assert Report.objects.filter(round=may, unchanged=True).count() == 11
    again = client.post(url("report_unchanged"), {"confirmed": "yes"}, follow=True)
    assert "没有需要按无变化提交的事项" in page_of(again).get_text()


def test_a_promise_that_still_runs_is_not_asked_for_again(may, client, reporter, training):
    april = Report.objects.get(project=training, round__as_of=date(2023, 4, 10))
    Report.objects.filter(pk=april.pk).update(cause="场地未落实", catch_up_on=date(2023, 6, 30))
    told = form_of(client, training)
    assert (told["cause"], told["catch_up_on"]) == ("场地未落实", "2023-06-30")
    Report.objects.filter(pk=april.pk).update(catch_up_on=DAY)
    Region.objects.filter(code="330327").touch()
    told = form_of(client, training)
    assert (told["cause"], told["catch_up_on"]) == ("", "")


@pytest.mark.parametrize("key", ["9" * 30, "9" * 5000, "²", "x"])
def test_what_is_no_key_is_no_project_and_no_error_of_the_server(key, may, client):
    assert client.post(url("report_unchanged"), {"project": key}).status_code == 400
    assert client.get(url("workbook"), {"unit": key}).status_code == 404


# -- The form -----------------------------------------------------------------------------


def test_the_form_begins_with_last_month(may, client, training):
    response = client.get(url("report", training.pk))
    told, text = filled(response), page_of(response).get_text(" ", strip=True)
    assert told[value_name(training)] == "3177"
    assert told["narrative"] == "共计完成职业教育培训3177人次，完成率达24%。"
    assert "目标13150人次，本期计划20.0%（2630人次）" in text
    assert "全市平均" in text
    assert "示例数据" in text


def test_cumulative_figure_or_this_month_s_amount(may, client, training):
    indicator = training.indicators.get().pk
    told = form_of(client, training, **{f"month-{indicator}": "323", f"percent-{indicator}": ""})
    client.post(url("report", training.pk), told)
    report = Report.objects.get(project=training, round=may)
    assert (report.state, report.readings.get().value) == (Report.State.DRAFT, 3500)
    # Both given and contradicting each other: said, nothing lost.
    told = form_of(client, training) | {f"month-{indicator}": "400", f"indicator-{indicator}": "9"}
    response = client.post(url("report_submit", training.pk), told)
    assert response.status_code == 422
    text = page_of(response).get_text()
    assert "上期3177加本期新增400是3577，累计完成填的是9，请改正其一" in text
    assert filled(response)[f"indicator-{indicator}"] == "9"


NUMBERS = {
    "３，５００": 3500,
    "3,500": 3500,
    " 3500 ": 3500,
    "3500.5": 3500.5,
}


@pytest.mark.parametrize(("typed", "value"), NUMBERS.items())
def test_a_number_as_people_type_it(typed, value, may, client, training):
    client.post(
        url("report_draft", training.pk), form_of(client, training, **{value_name(training): typed})
    )
    assert Report.objects.get(project=training, round=may).readings.get().value == value


@pytest.mark.parametrize("typed", ["约三百", "-5", "1e30", "1e11", "nan", "0.00001", "9" * 40])
def test_what_is_no_number_is_said_and_the_rest_is_saved(typed, may, client, training):
    told = form_of(client, training, narrative="新的文字", **{value_name(training): typed})
    response = client.post(url("report_submit", training.pk), told)
    assert response.status_code == 422
    page = page_of(response)
    assert page.select_one(f".error-summary a[href='#f-{value_name(training)}']")
    assert filled(response)[value_name(training)] == typed
    report = Report.objects.get(project=training, round=may)
    assert report.narrative == "新的文字"
    assert report.readings.get().value == 3177  # what cannot be read keeps what was there


LARGEST = "99999999999.9999"


def test_the_largest_figure_is_read_as_it_was_told(may, client, training):
    told = form_of(client, training, **{value_name(training): LARGEST})
    assert client.post(url("report", training.pk), told).status_code == 302
    assert filled(client.get(url("report", training.pk)))[value_name(training)] == LARGEST
    assert client.get(url("workbook")).status_code == 200


def test_a_figure_that_only_becomes_too_large_with_last_month_s_is_refused(may, client, training):
    month = f"month-{training.indicators.get().pk}"
    told = form_of(client, training, **{month: LARGEST})
    response = client.post(url("report", training.pk), told)
    assert response.status_code == 422
    assert "加上期累计后太大，请核对" in page_of(response).get_text()
    assert filled(response)[month] == LARGEST
    assert Report.objects.get(project=training, round=may).readings.get().value == 3177
    for name in ("round_tasks", "report_all", "workbook"):
        assert client.get(url(name)).status_code == 200


def test_a_figure_that_was_saved_can_be_emptied_without_script(may, client, training):
    client.post(url("report", training.pk), form_of(client, training))
    percent = f"percent-{training.indicators.get().pk}"
    told = form_of(client, training, **{value_name(training): "", percent: ""})
    assert told[f"month-{training.indicators.get().pk}"] == "0"
    assert client.post(url("report", training.pk), told).status_code == 302
    assert not Report.objects.get(project=training, round=may).readings.exists()


def test_this_month_s_amount_still_counts_when_the_page_is_sent_again(may, client, training):
    indicator = training.indicators.get().pk
    told = form_of(client, training, **{f"month-{indicator}": "5823", f"percent-{indicator}": ""})
    response = client.post(url("report_submit", training.pk), told)
    assert response.status_code == 422  # the jump is to be confirmed
    again = filled(response)
    assert (again[f"month-{indicator}"], again[f"indicator-{indicator}"]) == ("5823", "9000")
    again |= {"confirmed": page_of(response).select_one("[name=confirmed]")["value"]}
    assert client.post(url("report_submit", training.pk), again).status_code == 302
    assert Report.objects.get(project=training, round=may).readings.get().value == 9000


def test_a_figure_that_is_right_is_sent(may, client, training):
    indicator = training.indicators.get().pk
    told = form_of(client, training, **{value_name(training): "3500", f"percent-{indicator}": ""})
    response = client.post(url("report_submit", training.pk), told, follow=True)
    assert "“职业教育培训”已提交" in page_of(response).get_text()
    report = Report.objects.get(project=training, round=may)
    assert report.state == Report.State.SUBMITTED
    assert report.first_submitted_at is not None


def test_a_jump_must_be_confirmed_and_the_confirmation_is_kept(may, client, training):
    indicator = training.indicators.get().pk
    told = form_of(client, training, **{value_name(training): "9000", f"percent-{indicator}": ""})
    response = client.post(url("report_submit", training.pk), told)
    assert response.status_code == 422
    page = page_of(response)
    assert "上升44.4个百分点" in page.select_one(".error-summary").get_text()
    key = page.select_one("[name=confirmed]")["value"]
    told = filled(response) | {"confirmed": key}
    assert client.post(url("report_submit", training.pk), told).status_code == 302
    event = ReportEvent.objects.get(report__project=training, report__round=may)
    assert event.note.startswith("填报人已确认：职业教育培训：由上期的24.0%升到68.4%")


def test_a_figure_that_falls_is_confirmed_with_its_negative_amount(may, client, training):
    """The page fills in the amount: typing 3000 after 3177 makes it −177."""
    indicator = training.indicators.get().pk
    told = form_of(
        client,
        training,
        **{
            value_name(training): "3000",
            f"month-{indicator}": "-177",
            f"percent-{indicator}": "",
        },
    )
    response = client.post(url("report_submit", training.pk), told)
    assert response.status_code == 422
    page = page_of(response)
    (said,) = page.select(".error-summary li")
    assert "由上期的3177人次降为3000人次" in said.get_text()
    again = filled(response)
    assert again[f"month-{indicator}"] == "-177"
    again |= {"confirmed": page.select_one("[name=confirmed]")["value"]}
    assert client.post(url("report_submit", training.pk), again).status_code == 302
    report = Report.objects.get(project=training, round=may)
    assert (report.state, report.readings.get().value) == (Report.State.SUBMITTED, 3000)


def test_more_than_there_was_cannot_be_taken_back(may, client, training):
    indicator = training.indicators.get().pk
    told = form_of(client, training, **{f"month-{indicator}": "-3178", f"percent-{indicator}": ""})
    response = client.post(url("report_submit", training.pk), told)
    assert response.status_code == 422
    summary = page_of(response).select_one(".error-summary").get_text()
    assert "减去的不能多于上期累计的3177" in summary
    assert filled(response)[f"month-{indicator}"] == "-3178"


def test_an_item_behind_needs_cause_and_catch_up_date(may, client):
    project = Project.objects.get(name="义务教育段学生正脊筛查")
    response = client.post(url("report_submit", project.pk), form_of(client, project))
    assert response.status_code == 422
    summary = page_of(response).select_one(".error-summary").get_text()
    assert "省级第3项将判为严重滞后" in summary
    told = filled(response) | {"cause": "方案未印发", "catch_up_on": "2023-06-30"}
    assert client.post(url("report_submit", project.pk), told).status_code == 302


def test_a_milestone_is_ticked_as_met_with_a_date(may, client):
    project = Project.objects.get(name="义务教育段学生正脊筛查")
    mark = Report.objects.get(project=project, round__as_of=date(2023, 4, 10)).marks.get(met=False)
    name = f"milestone-{mark.milestone_id}"
    told = form_of(client, project) | {name: "met", f"{name}-on": "2023-05-12"}
    assert client.post(url("report_submit", project.pk), told).status_code == 302
    new = Report.objects.get(project=project, round=may).marks.get(milestone=mark.milestone)
    assert (new.met, new.met_on) == (True, date(2023, 5, 12))


def test_a_milestone_that_the_figures_have_reached_is_not_asked_for_again(may, client, training):
    april = Milestone.objects.get(item__project=training, percent=20)
    june = Milestone.objects.get(item__project=training, percent=50)
    Round.objects.filter(pk=may.pk).update(as_of=date(2023, 6, 30))
    address = url("report", training.pk, day=date(2023, 6, 30))
    page = page_of(client.get(address))
    at_hand = [li["id"] for li in page.select("ol.milestones li") if not li.find_parent("details")]
    assert f"f-milestone-{june.pk}" in at_hand
    assert f"f-milestone-{april.pk}" not in at_hand, "3177 of 13150 is more than 20 %"
    assert page.select_one(f"details #f-milestone-{april.pk}")


def test_a_milestone_that_two_lists_print_alike_is_asked_once(may, client):
    project = Project.objects.get(name="“温馨教室”空调及新风系统")
    same = "力争在6月上旬前完成教室的空调和新风系统改造提升工作"
    milestones = [m for i in project.items.all() for m in i.milestones.filter(text=same)]
    assert len(milestones) == 2
    names = {f"milestone-{m.pk}" for m in milestones}
    told = form_of(client, project)
    asked = names & set(told)
    assert len(asked) == 1
    told |= {asked.pop(): "met"}
    client.post(url("report", project.pk), told)
    saved = Report.objects.get(project=project, round=may)
    assert saved.marks.filter(milestone__in=milestones, met=True).count() == 2


def test_sites_have_a_stage_of_their_own_asked_once_for_all_lists(may, client):
    project = Project.objects.get(name="公办幼儿园建设与创建")
    page = client.get(url("report", project.pk))
    stages = [name for name in filled(page) if name.endswith("-stage")]
    assert len(stages) == 6  # ten are printed on three lists
    told = filled(page) | {stages[0]: "started", stages[0].replace("stage", "percent"): "30"}
    client.post(url("report", project.pk), told)
    readings = Report.objects.get(project=project, round=may).site_readings.all()
    assert {(r.stage, r.percent) for r in readings} == {("started", 30)}
    assert readings.count() == 2  # 宜山二幼 stands on two lists


def test_another_unit_s_project_does_not_exist(may, client):
    project = Project.objects.filter(lead_unit__name="县卫健局").first()
    assert client.get(url("report", project.pk)).status_code == 404
    for name in ("report_draft", "report_verdict", "report_submit", "evidence_add"):
        assert client.post(url(name, project.pk), {"version": 0}).status_code == 404
    answer = client.post(url("report_unchanged"), {"project": project.pk})
    assert answer.status_code == 404
    assert not Report.objects.filter(project=project, round=may).exists()


@pytest.mark.parametrize(
    ("headed", "words", "state"),
    [(True, "待单位负责人审核", "in_unit"), (False, "待县政府办公室审核", "submitted")],
)
def test_the_head_of_a_unit_approves_where_the_county_wants_it_and_there_is_one(
    headed, words, state, may, client, training, colleague
):
    RuleSet.objects.create(county=may.county, valid_from=date(2023, 1, 2), unit_approves=True)
    User.objects.filter(pk=colleague.pk).update(heads_unit=headed)
    response = client.post(
        url("report_submit", training.pk), form_of(client, training), follow=True
    )
    assert words in page_of(response).get_text()
    assert Report.objects.get(project=training, round=may).state == state


def test_a_sent_report_is_taken_back_and_changed(may, client, training):
    client.post(url("report_unchanged"), {"project": training.pk})
    page = page_of(client.get(url("report", training.pk)))
    assert page.select_one("#id_narrative").has_attr("disabled")
    assert not page.select("button[formaction]")
    client.post(url("report_withdraw", training.pk))
    report = Report.objects.get(project=training, round=may)
    assert (report.state, report.first_submitted_at is None) == (Report.State.DRAFT, False)


def test_the_trail_of_a_correction_names_what_had_been_accepted(may, client, training, office):
    percent = f"percent-{training.indicators.get().pk}"
    told = form_of(client, training, **{value_name(training): "3300", percent: ""})
    client.post(url("report_submit", training.pk), told)
    report = Report.objects.get(project=training, round=may)
    (report,) = accept_reports(by=office, reports=[(report, report.version)])
    return_report(by=office, report=report, version=report.version, comments=[("", "请核对")])
    told = form_of(client, training, **{value_name(training): "3250"})
    assert client.post(url("report_submit", training.pk), told).status_code == 302
    row = LogEntry.objects.get_for_object(report).order_by("-pk").first()
    assert row.changes == {"职业教育培训：累计完成数": ["3300", "3250"]}


def test_reporting_goes_on_with_the_next_project(may, client, training):
    told = form_of(client, training) | {"next": "1"}
    response = client.post(url("report_submit", training.pk), told)
    following = Project.objects.get(name="新建老年学校、培育老年教育示范校")
    assert response.url == url("report", following.pk)


# -- The window ---------------------------------------------------------------------------


def test_a_closed_round_is_read_only_and_says_whom_to_ask(may, client, training):
    told = form_of(client, training, narrative="来不及了")
    Round.objects.filter(pk=may.pk).update(
        state=Round.State.CLOSED, closed_at=datetime(2023, 6, 6, 9, tzinfo=UTC)
    )
    page = page_of(client.get(url("report", training.pk)))
    why = "已于2023年6月6日 17:00截止。需要更正的，请与县政府办公室联系"
    assert why in page.get_text()
    assert page.select_one("#id_narrative").has_attr("disabled")
    answer = client.post(url("report_submit", training.pk), told)
    assert answer.status_code == 409
    assert why in page_of(answer).get_text()
    saved = client.post(url("report_draft", training.pk), told)
    assert saved.status_code == 422
    assert why in saved.json()["message"]
    assert not Report.objects.filter(round=may).exists()


def test_what_was_typed_before_a_round_closed_still_stands_on_the_page(
    may, client, training, office
):
    told = form_of(client, training, narrative="写了一大段", declares_completion="on")
    close_round(by=office, round=may)
    for name in ("report", "report_submit"):
        answer = client.post(url(name, training.pk), told)
        assert answer.status_code == 409
        page = page_of(answer)
        assert page.select_one("#id_narrative").text.strip() == "写了一大段"
        assert page.select_one("#id_narrative").has_attr("disabled")
        assert page.select_one("#id_declares_completion").has_attr("checked")
        assert "您填写的内容没有保存，还在下面的表中" in page.get_text()
    assert not Report.objects.filter(round=may).exists()


def test_a_round_that_is_not_open_yet_takes_nothing(corpus, client, training):
    open_round(state=Round.State.PLANNED, opens_on=date(2023, 6, 1))
    page = page_of(client.get(url("report", training.pk)))
    assert "填报尚未开放，原定2023年6月1日开放，请与县政府办公室联系。" in page.get_text()


# -- Drafts -------------------------------------------------------------------------------


def test_a_draft_saves_itself_and_answers_its_version(may, client, training, reporter):
    told = form_of(client, training, narrative="五月新增三个班。")
    answer = client.post(url("report_draft", training.pk), told).json()
    assert (answer["version"], answer["faults"]) == (1, {})
    again = client.post(url("report_draft", training.pk), told | {"version": 1}).json()
    assert again["version"] == 2
    report = Report.objects.get(project=training, round=may)
    assert (report.narrative, report.updated_by) == ("五月新增三个班。", reporter)


def test_two_people_on_one_report_are_told_and_nothing_is_overwritten(
    may, client, client_for, training, make_user, reporter
):
    colleague = make_user(reporter.role, reporter.unit)
    told = form_of(client, training)
    client_for(colleague).post(url("report_draft", training.pk), told | {"narrative": "同事的文字"})
    answer = client.post(url("report_draft", training.pk), told | {"narrative": "我的文字"})
    assert answer.status_code == 409
    conflict = answer.json()
    assert conflict["message"].startswith(f"{colleague.name}于")
    assert conflict["theirs"]["narrative"] == "同事的文字"
    assert conflict["version"] == 1
    assert Report.objects.get(project=training, round=may).narrative == "同事的文字"


def test_without_script_both_texts_stand_on_the_page(
    may, client, client_for, training, make_user, reporter
):
    colleague = make_user(reporter.role, reporter.unit)
    told = form_of(client, training)
    client_for(colleague).post(url("report_draft", training.pk), told | {"narrative": "同事的文字"})
    answer = client.post(url("report_submit", training.pk), told | {"narrative": "我的文字"})
    assert answer.status_code == 409
    summary = page_of(answer).select_one(".error-summary").get_text(" ", strip=True)
    assert f"{colleague.name}于" in summary
    assert "进展情况 同事的文字 我的文字" in summary
    mine = filled(answer)
    assert (mine["narrative"], mine["version"]) == ("我的文字", "1")
    assert client.post(url("report_submit", training.pk), mine).status_code == 302
    assert Report.objects.get(project=training, round=may).narrative == "我的文字"


def test_the_verdict_says_the_flag_and_why_and_writes_nothing(may, client, training):
    indicator = training.indicators.get().pk
    told = form_of(client, training) | {value_name(training): "1000", f"percent-{indicator}": ""}
    page = page_of(client.post(url("report_verdict", training.pk), told))
    assert page.select_one("[data-behind='1'] .chip").get_text() == "■ 严重滞后"
    assert "落后计划12.4个百分点" in page.get_text()
    assert "累计完成由上期的3177人次降为1000人次" in page.get_text()
    assert not Report.objects.filter(round=may).exists()


def test_a_project_on_two_lists_is_judged_on_each(may, client):
    project = Project.objects.get(name="“温馨教室”空调及新风系统")
    page = page_of(client.post(url("report_verdict", project.pk), form_of(client, project)))
    assert [h.a.get_text() for h in page.select(".verdict h3")] == ["市级第6项", "县级第7项"]


# -- One page for all ---------------------------------------------------------------------


def grid_of(client):
    return fields_of(page_of(client.get(url("report_all"))).select_one("#grid-form"))


def fields_of(form):
    told = {}
    for field in form.select("input, textarea"):
        if field.get("type") in ("radio", "checkbox"):
            if field.has_attr("checked"):
                told[field["name"]] = field["value"]
        elif field.name == "textarea":
            told[field["name"]] = field.text.removeprefix("\n")
        else:
            told[field["name"]] = field.get("value", "")
    return told


def test_the_page_of_all_sends_what_was_changed_or_is_unchanged(may, client, training):
    other = Project.objects.get(name="交互式多媒体改造")
    indicator = training.indicators.get().pk
    told = grid_of(client) | {
        f"p{training.pk}-indicator-{indicator}": "3500",
        f"p{training.pk}-percent-{indicator}": "",
        f"p{other.pk}-unchanged": "on",
    }
    response = client.post(url("report_all"), told, follow=True)
    assert "已提交2个事项，还有11个未填。" in page_of(response).get_text()
    sent = Report.objects.filter(round=may, state=Report.State.SUBMITTED)
    assert {r.project: r.unchanged for r in sent} == {training: False, other: True}
    assert sent.get(project=training).readings.get().value == 3500


def test_the_page_of_all_keeps_what_cannot_be_sent(may, client, training):
    other = Project.objects.get(name="交互式多媒体改造")
    name = f"p{training.pk}-{value_name(training)}"
    told = grid_of(client) | {name: "很多", f"p{other.pk}-unchanged": "on"}
    response = client.post(url("report_all"), told)
    assert response.status_code == 422
    page = page_of(response)
    assert "已提交1个事项，以下事项还不能提交" in page.select_one(".error-summary").get_text()
    assert page.select_one(f"[name='{name}']")["value"] == "很多"
    assert Report.objects.get(project=training, round=may).state == Report.State.DRAFT


def test_the_page_of_all_leaves_sites_and_townships_as_they_are(may, client, reporter):
    project = Project.objects.get(name="公办幼儿园建设与创建")
    told = form_of(client, project)
    stage = next(name for name in told if name.endswith("-stage"))
    client.post(url("report", project.pk), told | {stage: "started"})
    changed = grid_of(client) | {f"p{project.pk}-narrative": "改了"}
    client.post(url("report_all"), changed)
    report = Report.objects.get(project=project, round=may)
    assert report.narrative == "改了"
    assert report.site_readings.filter(stage="started").exists()


def test_the_page_of_all_leaves_the_drafts_of_others_alone(
    may, client, client_for, training, colleague
):
    told = form_of(client, training, narrative="还没写完，明天再核实数字。")
    client.post(url("report", training.pk), told)
    theirs = client_for(colleague)
    response = theirs.post(url("report_all"), grid_of(theirs), follow=True)
    said = page_of(response).get_text()
    assert "没有新的内容需要提交，还有12个未填、1个已存未提交。" in said
    report = Report.objects.get(project=training, round=may)
    assert (report.state, report.version) == (Report.State.DRAFT, 1)
    ticked = grid_of(theirs) | {f"p{training.pk}-send": "on"}
    response = theirs.post(url("report_all"), ticked, follow=True)
    assert "已提交1个事项，还有12个未填。" in page_of(response).get_text()
    report.refresh_from_db()
    assert report.state == Report.State.SUBMITTED


def test_a_row_that_saved_itself_is_sent_with_the_page_on_which_it_was_typed(may, client, training):
    name, narrative = f"p{training.pk}-version", f"p{training.pk}-narrative"
    told = grid_of(client) | {narrative: "新增三个班。"}
    client.post(url("report_draft", training.pk), told | {"prefix": f"p{training.pk}"})
    client.post(url("report_all"), told | {name: "1"})
    report = Report.objects.get(project=training, round=may)
    assert (report.state, report.narrative) == (Report.State.SUBMITTED, "新增三个班。")


def test_a_row_of_the_page_of_all_that_others_saved_meanwhile_is_left_to_them(
    may, client, client_for, training, colleague
):
    told, theirs = grid_of(client), client_for(colleague)
    theirs.post(url("report", training.pk), form_of(theirs, training, narrative="同事的文字"))
    response = client.post(url("report_all"), told, follow=True)
    assert "还有12个未填、1个已存未提交。" in page_of(response).get_text()
    report = Report.objects.get(project=training, round=may)
    assert (report.state, report.narrative) == (Report.State.DRAFT, "同事的文字")


def test_two_people_in_a_row_of_the_page_of_all_see_both_texts_and_can_go_on(
    may, client, client_for, training, colleague
):
    name = f"p{training.pk}-narrative"
    told, theirs = grid_of(client) | {name: "我的文字"}, client_for(colleague)
    value = {value_name(training): "3300", f"percent-{training.indicators.get().pk}": ""}
    theirs.post(
        url("report", training.pk), form_of(theirs, training, narrative="同事的文字", **value)
    )
    response = client.post(url("report_all"), told)
    assert response.status_code == 409
    summary = page_of(response).select_one(".error-summary").get_text(" ", strip=True)
    assert f"没有保存：{colleague.name}已先保存了这个事项，请核对后再提交。" in summary
    assert "进展情况 同事的文字 我的文字" in summary
    assert "3300" not in summary  # what only the colleague changed is taken over
    again = fields_of(page_of(response).select_one("#grid-form"))
    assert again[name] == "我的文字"
    response = client.post(url("report_all"), again, follow=True)
    assert "已提交1个事项" in page_of(response).get_text()
    report = Report.objects.get(project=training, round=may)
    assert (report.narrative, report.readings.get().value) == ("我的文字", 3300)


def test_what_was_typed_in_the_page_of_all_is_not_lost_when_a_colleague_was_faster(
    may, client, training, colleague, client_for
):
    name = f"p{training.pk}-narrative"
    told = grid_of(client) | {name: "我的文字"}
    client_for(colleague).post(url("report_unchanged"), {"project": training.pk})
    response = client.post(url("report_all"), told)
    assert response.status_code == 409
    page = page_of(response)
    assert "已先保存了这个事项，目前待审核，不能再改" in page.get_text()
    assert page.select_one(f"[name='{name}']").text.strip() == "我的文字"
    assert page.select_one(f"[name='{name}']").has_attr("disabled")


def test_what_was_typed_in_the_page_of_all_before_the_round_closed_stays_there(
    may, client, training, office
):
    name = f"p{training.pk}-narrative"
    told = grid_of(client) | {name: "我的文字"}
    close_round(by=office, round=may)
    response = client.post(url("report_all"), told)
    assert response.status_code == 409
    page = page_of(response)
    assert "职业教育培训：没有保存：" in page.select_one(".error-summary").get_text()
    assert page.select_one(f"[name='{name}']").text.strip() == "我的文字"
    assert len(page.select(".fill-row")) == 1
    assert not page.select("button.btn-primary")


def test_the_page_of_all_keeps_the_day_on_which_a_milestone_was_met(may, client):
    project = Project.objects.get(name="义务教育段学生正脊筛查")
    mark = Report.objects.get(project=project, round__as_of=date(2023, 4, 10)).marks.get(met=False)
    name = f"milestone-{mark.milestone_id}"
    told = form_of(client, project) | {name: "met", f"{name}-on": "2023-05-12"}
    client.post(url("report", project.pk), told)
    client.post(url("report_all"), grid_of(client) | {f"p{project.pk}-narrative": "改了"})
    report = Report.objects.get(project=project, round=may)
    assert report.narrative == "改了"
    assert report.marks.get(milestone=mark.milestone).met_on == date(2023, 5, 12)


def test_the_pages_of_a_unit_cost_a_fixed_number_of_queries(
    may, client, django_assert_max_num_queries
):
    with django_assert_max_num_queries(60):
        client.get(url("round_tasks"))
    with django_assert_max_num_queries(60):
        client.get(url("report_all"))


def add_history(count):
    """Report every project of 苍南县 in ``count`` more rounds before April."""
    projects = Project.objects.filter(county__code="330327", year=2023)
    for day in range(1, count + 1):
        earlier = open_round(day=date(2023, 1, day), state=Round.State.CLOSED)
        reports = Report.objects.bulk_create(
            Report(project=project, round=earlier, state="accepted") for project in projects
        )
        Reading.objects.bulk_create(
            Reading(report=report, indicator=indicator, value=day, basis="derived")
            for report in reports
            for indicator in report.project.indicators.filter(kind="quantity")
        )


@pytest.mark.parametrize("rounds", [0, 12])
def test_the_first_draft_after_a_change_reads_plan_and_last_figures_again(
    may, client, training, django_assert_num_queries, rounds
):
    add_history(rounds)
    told = form_of(client, training, narrative="培训进行中。")
    Region.objects.filter(code="330327").touch()
    with django_assert_num_queries(31):
        assert client.post(url("report_draft", training.pk), told).status_code == 200


@pytest.mark.parametrize("rounds", [0, 12])
def test_saving_and_sending_cost_a_fixed_number_of_queries(
    may, client, training, django_assert_num_queries, rounds
):
    ContentType.objects.get_for_model(Report)  # is kept from the first time on
    add_history(rounds)
    told = form_of(client, training, narrative="培训进行中。", **{value_name(training): "3500"}) | {
        f"percent-{training.indicators.get().pk}": ""
    }
    with django_assert_num_queries(14):
        assert client.post(url("report_draft", training.pk), told).json()["version"] == 1
    with django_assert_num_queries(18):
        response = client.post(url("report_submit", training.pk), told | {"version": 1})
    assert response.status_code == 302
    other = Project.objects.get(name="新建老年学校、培育老年教育示范校")
    with django_assert_num_queries(24):
        response = client.post(url("report_unchanged"), {"project": other.pk})
    assert set(Report.objects.filter(round=may).values_list("state", flat=True)) == {"submitted"}


# -- Townships ----------------------------------------------------------------------------


def test_township_figures_must_add_up_to_the_unit_s(corpus, client_for, make_user):
    project = Project.objects.get(name="新（改）造农村生活污水处理设施")
    day = date(2024, 4, 30)
    open_round("330225", day)
    visitor = client_for(make_user("lead_unit", project.lead_unit))
    address = reverse("report", args=["330225", 2024, day, project.pk])
    submit = reverse("report_submit", args=["330225", 2024, day, project.pk])
    told = filled(visitor.get(address))
    tasks = {f"place-{a.pk}": int(a.value) for a in project.items.get().allocations.all()}
    assert {name for name in told if name.startswith("place-")} == set(tasks)
    (one, first), (two, second) = list(tasks.items())[:2]
    whole = first + second
    told |= {value_name(project): str(whole), "narrative": "已开工。", one: str(first)}
    response = visitor.post(submit, told)
    assert response.status_code == 422
    said = f"各镇乡合计{first}个，累计完成数是{whole}个，相差{second}个"
    assert said in page_of(response).get_text()
    told = filled(response) | {two: str(second), "cause": "雨季", "catch_up_on": "2024-06-30"}
    assert visitor.post(submit, told).status_code == 302
    assert Report.objects.get(project=project).place_readings.count() == 2


# -- Evidence -----------------------------------------------------------------------------


def package(*names):
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return content.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
FILES = {
    "现场.png": (PNG, True),
    "现场.JPG": (b"\xff\xd8\xff\xe0" + b"0" * 20, True),
    "文件.pdf": (b"%PDF-1.7 ...", True),
    "说明.docx": (package("[Content_Types].xml", "word/document.xml"), True),
    "表.xlsx": (package("[Content_Types].xml", "xl/workbook.xml"), True),
    "假的.png": (b"%PDF-1.7 ...", False),
    "假的.docx": (package("xl/workbook.xml"), False),
    "宏.xlsx": (package("xl/workbook.xml", "xl/vbaProject.bin"), False),
    "坏的.xlsx": (b"PK\x03\x04" + b"0" * 40, False),
    "程序.exe": (b"MZ", False),
    "网页.html": (b"<script>", False),
    "图.svg": (b"<svg/>", False),
    "空.png": (b"", False),
}


def send_file(client, project, name, content, caption="5月20日施工现场"):
    told = form_of(client, project)
    told |= {
        "evidence-file": SimpleUploadedFile(name, content),
        "evidence-caption": caption,
    }
    return client.post(url("evidence_add", project.pk), told)


@pytest.mark.parametrize(("name", "content", "allowed"), [(n, *c) for n, c in FILES.items()])
def test_a_file_is_known_by_its_content_as_well(name, content, allowed, may, client, training):
    response = send_file(client, training, name, content)
    assert response.status_code == (302 if allowed else 422)
    assert Evidence.objects.count() == allowed
    if not allowed:
        assert "文件没有上传" in page_of(response).get_text()


def test_a_file_needs_a_caption_and_must_not_be_large(may, client, training):
    response = send_file(client, training, "a.png", PNG, caption="")
    assert "请写明这份材料说明什么" in page_of(response).get_text()
    response = send_file(client, training, "a.png", PNG + b"0" * 10 * 1024 * 1024)
    assert "超过10MB" in page_of(response).get_text()
    assert not Evidence.objects.exists()


def test_a_report_takes_only_so_many_files(may, client, training, monkeypatch):
    monkeypatch.setattr(evidence_operations, "MAX_FILES", 1)
    send_file(client, training, "a.png", PNG)
    response = send_file(client, training, "b.png", PNG)
    assert response.status_code == 409
    assert "最多1个附件" in page_of(response).get_text()


def test_uploading_saves_what_was_typed_and_stores_under_a_name_of_its_own(may, client, training):
    told = form_of(client, training, narrative="写到一半")
    told |= {
        "evidence-file": SimpleUploadedFile("../../etc/名单.png", PNG),
        "evidence-caption": "现场",
    }
    client.post(url("evidence_add", training.pk), told)
    kept = Evidence.objects.get()
    assert kept.report.narrative == "写到一半"
    assert kept.name == "名单.png"
    assert "名单" not in kept.file.name
    assert kept.file.name.startswith("evidence/")


def test_a_file_is_sent_as_a_download_to_those_who_may_see_the_report(
    may, client, client_for, training, office, other_reporter
):
    send_file(client, training, "现场.png", PNG)
    address = reverse("evidence", args=[*PLACE, Evidence.objects.get().pk])
    response = client.get(address)
    assert response.getvalue() == PNG
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/octet-stream"
    assert client_for(other_reporter).get(address).status_code == 404
    assert client_for(office).get(address).status_code == 404  # a draft is the unit's own
    client.post(url("report_submit", training.pk), form_of(client, training))
    told = client_for(office).get(address)
    assert told.getvalue() == PNG


def test_a_file_is_removed_while_the_report_can_be_changed(
    may, client, training, django_capture_on_commit_callbacks
):
    send_file(client, training, "现场.png", PNG)
    kept = Evidence.objects.get()
    storage, name = kept.file.storage, kept.file.name
    told = form_of(client, training) | {"remove": str(kept.pk)}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("evidence_add", training.pk), told)
    assert not Evidence.objects.exists()
    assert not storage.exists(name)


def test_a_sent_report_keeps_its_files(may, client, training):
    send_file(client, training, "现场.png", PNG)
    kept = Evidence.objects.get()
    client.post(url("report_submit", training.pk), form_of(client, training))
    response = client.post(
        url("evidence_add", training.pk), {"remove": str(kept.pk), "version": "9"}
    )
    assert response.status_code == 409
    assert Evidence.objects.exists()


# -- The operations -----------------------------------------------------------------------


def test_what_others_have_begun_is_not_sent_as_unchanged(may, reporter, training):
    save_report(by=reporter, project=training, reporting_round=may, data=ReportData(), version=0)
    sent = report_unchanged(by=reporter, projects=[training], reporting_round=may)
    assert sent == []


def test_sending_twice_sends_once(may, reporter, training):
    report = save_report(
        by=reporter,
        project=training,
        reporting_round=may,
        data=ReportData(narrative="好"),
        version=0,
    )
    submit_report(by=reporter, report=report, version=report.version)
    assert ReportEvent.objects.filter(report=report, kind="submitted").count() == 1


# -- A closed round, where the plan has changed since -----------------------------------


def test_nobody_is_told_how_long_a_closed_round_would_have_run(may, client, training, office):
    assert "还有3天" in page_of(client.get(url("report", training.pk))).get_text()
    close_round(by=office, round=may)
    text = page_of(client.get(url("report", training.pk))).get_text()
    assert "还有" not in text
    assert "截止。需要更正的，请与县政府办公室联系" in text


def test_a_milestone_that_is_gone_since_the_closing_is_not_asked_for(may, client, training, office):
    close_round(by=office, round=may)
    reopen(by=office, round=may, unit=training.lead_unit, hours=1, reason="补报")
    gone = Milestone.objects.filter(item__project=training).last()
    told = form_of(client, training, **{f"milestone-{gone.pk}": "met"})
    gone.delete()
    Region.objects.filter(code="330327").touch()
    assert not page_of(client.get(url("report", training.pk))).select(f"#f-milestone-{gone.pk}")
    assert client.post(url("report", training.pk), told).status_code == 302
    assert Report.objects.get(project=training, round=may).narrative


def test_rows_linked_since_the_closing_are_filled_in_as_one(may, client, office):
    names = ["交互式多媒体改造", "手摇式升降课桌椅配置"]
    kept, other = (Project.objects.get(name=name) for name in names)
    close_round(by=office, round=may)
    Report.objects.filter(project=other).delete()
    items = [ListItem.objects.get(project=project) for project in (kept, other)]
    link_items(items, name="教室设备", note="", same=[])
    Region.objects.filter(code="330327").touch()
    page = page_of(client.get(url("round_tasks")))
    row = page.select_one(f"table.tasks a[href='{url('report', kept.pk)}']").find_parent("tr")
    assert "市级第8项、市级第9项" in row.get_text()
    assert client.get(url("report", kept.pk)).status_code == 200


def test_this_month_comes_before_a_round_that_is_reopened(may, client, training, office):
    close_round(by=office, round=may)
    june = open_round(day=date(2023, 6, 30))
    tasks = reverse("tasks", args=PLACE)
    assert not page_of(client.get(tasks)).select("p.callout")
    reopen(by=office, round=may, unit=training.lead_unit, hours=1, reason="补报")
    page = page_of(client.get(tasks))
    assert str(june) in page.h1.get_text()
    (also,) = page.select("p.callout")
    assert also.a["href"] == url("round_tasks")
    assert "重开至" in also.get_text()
    reopened = page_of(client.get(also.a["href"]))
    assert "填报期限重开至" in reopened.select_one(".showing").get_text()
    assert str(june) in reopened.select_one("p.callout").get_text()


def test_with_nothing_else_to_report_a_reopened_round_is_the_one(may, client, training, office):
    close_round(by=office, round=may)
    reopen(by=office, round=may, unit=training.lead_unit, hours=1, reason="补报")
    open_round(day=date(2023, 6, 30), state=Round.State.PLANNED)
    assert str(may) in page_of(client.get(reverse("tasks", args=PLACE))).h1.get_text()
