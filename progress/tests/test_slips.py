"""催办单, 督办单: numbers, answers, closing, escalation, drafts, pages."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.models import LogEntry, Region
from progress.models import Notice, Report, Round, Slip
from progress.operations.reporting import RefusedError
from progress.operations.reporting_board import read_board
from progress.operations.slips import (
    SlipChangedError,
    answer_slip,
    close_slip,
    issue_slip,
    proposed_deadline,
    supervising_draft,
    urging_draft,
    version_of,
)
from progress.operations.standings import read_county
from projects.models import ListItem, Project
from projects.tests.factory import make_project

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
TODAY = date(2023, 4, 13)
NOW = timezone.now()
SLIPS = reverse("slips", args=CANGNAN)
NEW = reverse("slip_add", args=CANGNAN)


@pytest.fixture
def reporting_round(county):
    return Round.objects.get_or_create(county=county, as_of=date(2023, 4, 10))[0]


@pytest.fixture
def issue(office, reporter, reporting_round):
    """``issue(**other)`` issues an urging slip to 县教育局, or as ``other`` says."""

    def make(**other):
        values = {
            "by": office,
            "unit": reporter.unit,
            "reporting_round": reporting_round,
            "kind": Slip.Kind.URGE,
            "text": "请尽快完成填报。",
            "deadline": TODAY + timedelta(days=4),
            "today": TODAY,
        }
        return issue_slip(**(values | other))

    return make


def told(user):
    return list(user.notices.order_by("pk").values_list("kind", "text"))


def summaries(slip):
    rows = LogEntry.objects.get_for_object(slip).order_by("pk")
    return [(row.actor, row.summary) for row in rows]


# -- Issuing ----------------------------------------------------------------------------


def test_numbers_count_up_in_the_county_and_year_of_issue(issue, other_reporter, foreign_office):
    first, second = issue(), issue(unit=other_reporter.unit)
    next_year = date(2024, 1, 8)
    third = issue(kind=Slip.Kind.BLUE, today=next_year, deadline=next_year)
    foreign_round = Round.objects.create(county=foreign_office.unit.region, as_of=date(2023, 4, 30))
    foreign = issue(by=foreign_office, unit=foreign_office.unit, reporting_round=foreign_round)
    numbers = [(slip.year, slip.number) for slip in (first, second, third, foreign)]
    assert numbers == [(2023, 1), (2023, 2), (2024, 1), (2023, 1)]
    assert str(first) == "催办单〔2023〕1号"


def test_issuing_is_audited_tells_the_unit_and_renews_the_pages(
    issue, office, reporter, other_reporter, make_user, county
):
    head = make_user("lead_unit", reporter.unit)
    gone = make_user("lead_unit", reporter.unit)
    gone.is_active = False
    gone.save()
    before = Region.objects.get(pk=county.pk).data_version
    slip = issue()
    assert summaries(slip) == [(office, "向县教育局签发催办单〔2023〕1号")]
    expected = [("slip", "收到催办单〔2023〕1号，请于2023年4月17日前办结并回复。")]
    assert told(reporter) == told(head) == expected
    assert told(gone) == told(other_reporter) == told(office) == []
    assert Region.objects.get(pk=county.pk).data_version == before + 1


@pytest.mark.parametrize(
    ("other", "field", "sentence"),
    [
        ({"text": " "}, "text", "请填写事由和要求。"),
        (
            {"deadline": TODAY - timedelta(days=1)},
            "deadline",
            "办结期限不能早于今天（2023年4月13日）。",
        ),
        ({"kind": "green"}, "kind", "“green” 不是有效选项。"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(issue, other, field, sentence):
    with pytest.raises(ValidationError) as refused:
        issue(**other)
    (said,) = refused.value.message_dict[field]
    assert said.replace(" ", "") == sentence.replace(" ", "") or field == "kind"
    assert not Slip.objects.exists()


def test_only_who_follows_up_issues(issue, reporter, supervisor, administrator):
    for person in (reporter, administrator):
        with pytest.raises(PermissionDenied):
            issue(by=person)
    assert issue(by=supervisor).issued_by == supervisor


def test_the_same_matter_has_no_two_open_slips_of_a_kind(issue, office):
    slip = issue()
    with pytest.raises(RefusedError, match="已有未办结的催办单〔2023〕1号"):
        issue()
    close_slip(by=office, slip=slip, version=version_of(slip), now=NOW)
    assert issue().number == 2


# -- Answering and closing --------------------------------------------------------------


def test_the_unit_answers_and_the_issuer_is_told(issue, office, reporter):
    slip = issue()
    answer_slip(by=reporter, slip=slip, answer=" 已补报。 ", version=version_of(slip), now=NOW)
    slip.refresh_from_db()
    assert (slip.answer, slip.answered_by, slip.answered_at) == ("已补报。", reporter, NOW)
    assert told(office) == [("slip", "县教育局回复了催办单〔2023〕1号，请核实后办结。")]
    assert summaries(slip)[-1] == (reporter, "回复催办单〔2023〕1号")
    row = LogEntry.objects.get_for_object(slip).latest("pk")
    assert row.changes_dict == {"办理情况": [None, "已补报。"]}


def test_nobody_else_answers(issue, other_reporter, office):
    slip = issue()
    for person in (other_reporter, office):
        with pytest.raises(PermissionDenied):
            answer_slip(by=person, slip=slip, answer="好", version=version_of(slip), now=NOW)


def test_an_answer_may_be_mended_until_the_slip_is_closed(issue, office, reporter):
    slip = issue()
    slip = answer_slip(by=reporter, slip=slip, answer="一", version=version_of(slip), now=NOW)
    slip = answer_slip(by=reporter, slip=slip, answer="二", version=version_of(slip), now=NOW)
    slip = close_slip(by=office, slip=slip, version=version_of(slip), now=NOW)
    with pytest.raises(RefusedError, match="不再回复"):
        answer_slip(by=reporter, slip=slip, answer="三", version=version_of(slip), now=NOW)
    slip.refresh_from_db()
    assert (slip.answer, slip.closed_by) == ("二", office)
    assert told(reporter)[-1] == ("slip", "催办单〔2023〕1号已办结。")


def test_of_two_who_answer_one_is_told_and_nothing_is_overwritten(issue, reporter, make_user):
    colleague = make_user("lead_unit", reporter.unit)
    slip = issue()
    opened = version_of(slip)
    answer_slip(by=colleague, slip=slip, answer="同事写的", version=opened, now=NOW)
    with pytest.raises(SlipChangedError) as changed:
        answer_slip(by=reporter, slip=slip, answer="我写的", version=opened, now=NOW)
    assert changed.value.slip.answered_by == colleague
    slip.refresh_from_db()
    assert slip.answer == "同事写的"


def test_no_answer_is_closed_unread_and_none_is_closed_twice(issue, office, supervisor, reporter):
    slip = issue()
    opened = version_of(slip)
    slip = answer_slip(by=reporter, slip=slip, answer="好", version=opened, now=NOW)
    with pytest.raises(SlipChangedError):
        close_slip(by=office, slip=slip, version=opened, now=NOW)
    close_slip(by=supervisor, slip=slip, version=version_of(slip), now=NOW)
    with pytest.raises(RefusedError, match="已由陈建国于"):
        close_slip(by=office, slip=slip, version=version_of(slip), now=NOW)
    with pytest.raises(PermissionDenied):
        close_slip(by=reporter, slip=slip, version=version_of(slip), now=NOW)


# -- Escalation and drafts --------------------------------------------------------------


@pytest.mark.parametrize(
    ("former", "kind", "fits"),
    [
        ("urge", "blue", True),
        ("blue", "yellow", True),
        ("yellow", "red", True),
        ("blue", "red", True),
        ("yellow", "blue", False),
        ("red", "yellow", False),
    ],
)
def test_a_slip_is_followed_by_a_sharper_one_only(issue, former, kind, fits):
    first = issue(kind=former)
    if fits:
        assert issue(kind=kind, former=first).former == first
    else:
        with pytest.raises(RefusedError, match="只能是更重的一级"):
            issue(kind=kind, former=first)


def test_a_closed_slip_and_one_about_something_else_are_not_followed(issue, office, other_reporter):
    first = issue(kind="blue")
    with pytest.raises(RefusedError, match="另一事由"):
        issue(kind="yellow", former=first, unit=other_reporter.unit)
    close_slip(by=office, slip=first, version=version_of(first), now=NOW)
    with pytest.raises(RefusedError, match="已经办结"):
        issue(kind="yellow", former=first)


@pytest.mark.parametrize(
    ("kind", "today", "deadline"),
    [
        ("urge", date(2023, 4, 13), date(2023, 4, 17)),  # over a weekend
        ("red", date(2023, 4, 28), date(2023, 5, 6)),  # over 劳动节, to a Saturday at work
        ("yellow", date(2023, 4, 13), date(2023, 4, 20)),
    ],
)
def test_the_deadline_that_is_proposed_counts_working_days(kind, today, deadline):
    assert proposed_deadline(kind, today) == deadline


def test_the_draft_of_an_urging_slip_names_what_is_missing(county, make_unit):
    unit = make_unit("县教育局")
    for name in ("中小学扩容", "智慧食堂"):
        make_project(unit, name, year=2023)
    Round.objects.create(county=county, as_of=date(2023, 4, 10), deadline=date(2023, 4, 12))
    (row,) = read_board(None, county, 2023, now=NOW).rows
    assert urging_draft(row.cells[0]) == (
        "urge",
        "截至2023年4月10日的民生实事进展填报，期限为2023年4月12日。"
        "你单位应报2项，现有2项尚未报送：\n"
        "1．中小学扩容；\n"
        "2．智慧食堂。\n"
        "请在办结期限前登录系统完成填报；确有困难的，请书面说明原因和完成填报的时间。",
    )


@pytest.fixture
def behind(corpus, county):
    """Province 3 of the real lists, which is behind with a milestone."""
    state = read_county(ListItem.objects.all(), county, 2023, as_of=date(2023, 4, 10), today=TODAY)
    return next(s for s in state.items if s.name == "省级第3项")


def test_the_draft_of_a_supervising_slip_has_numbers_and_reason_and_no_sample_data(behind):
    kind, text = supervising_draft(behind, date(2023, 4, 10), None)
    assert kind == "blue"
    lines = text.split("\n")
    assert lines[0] == (
        "你单位牵头的省级第3项“为50200名义务教育段学生开展正脊筛查”，"
        "截至2023年4月10日计划进度20.0%，研判为滞后。"
    )
    assert lines[1].startswith("具体情况：“3月：完成正脊筛查方案制定")
    assert "应于2023年3月31日前完成，至今未完成，已逾期10天" in lines[1]
    assert "示例" not in text
    assert "全市平均" not in text, "the city's table is 示例数据"


def test_an_escalation_names_the_former_slip_and_whether_it_was_answered(behind, issue, reporter):
    item = ListItem.objects.get(pk=behind.item.pk)
    first = issue(kind="blue", item=item)
    kind, text = supervising_draft(behind, date(2023, 4, 10), first)
    assert kind == "yellow"
    assert "此前已于2023年4月13日签发督办单（蓝）〔2023〕1号" in text
    assert "要求于2023年4月17日前办结，至今未见回复。" in text
    first = answer_slip(by=reporter, slip=first, answer="好", version=version_of(first), now=NOW)
    assert "但事项仍未办结。" in supervising_draft(behind, date(2023, 4, 10), first).text


def test_what_is_due_on_the_day_is_not_overdue_by_no_days(behind):
    on_the_day = replace(behind, standing=replace(behind.standing, as_of=date(2023, 3, 31)))
    text = supervising_draft(on_the_day, date(2023, 3, 31), None).text
    assert "应于2023年3月31日前完成，至今未完成" in text
    assert "逾期" not in text


# -- Pages ------------------------------------------------------------------------------


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


@pytest.fixture
def client(corpus, office, client_for):
    return client_for(office)


@pytest.fixture
def missing(corpus, county, reporter):
    """The address of a new slip for 县教育局, of which nothing has come in for May."""
    Round.objects.create(county=county, as_of=date(2023, 5, 31), deadline=date(2023, 6, 5))
    return f"{NEW}?unit={reporter.unit.pk}&round=2023-05-31"


def test_a_slip_is_issued_from_a_missing_unit_answered_and_closed(
    client, client_for, missing, reporter
):
    form = page_of(client.get(missing))
    text = form.select_one("[name=text]").text.strip()
    assert "现有13项尚未报送" in text
    sent = {
        "kind": "urge",
        "text": text,
        "deadline": form.select_one("[name=deadline]")["value"],
    }
    answered = client.post(missing, sent)
    assert answered.status_code == 302
    own = client_for(reporter)
    page = page_of(own.get(answered.url))
    assert "中小学" in words(page)
    assert page.select_one("button[value=close]") is None
    version = page.select_one("[name=version]")["value"]
    reply = {"do": "answer", "answer": "已于今日补报。", "version": version}
    assert own.post(answered.url, reply).status_code == 302
    page = page_of(client.get(answered.url))
    assert "已于今日补报。" in words(page)
    assert "◆ 已回复，待核实" in words(page)
    version = page.select_one("[name=version]")["value"]
    assert client.post(answered.url, {"do": "close", "version": version}).status_code == 302
    page = page_of(own.get(answered.url))
    assert "✓ 已办结" in words(page)
    assert page.select("form[action='#answer']") == []


def test_an_escalation_says_what_is_missing_now_and_demands_it_once(client, missing):
    first = page_of(client.get(missing)).select_one("[name=text]").text.strip()
    today = timezone.localdate().isoformat()
    client.post(missing, {"kind": "urge", "text": first, "deadline": today})
    done = Project.objects.filter(lead_unit__name="县教育局", year=2023).first()
    Report.objects.create(
        round=Round.objects.get(as_of=date(2023, 5, 31)),
        project=done,
        state=Report.State.ACCEPTED,
        first_submitted_at=NOW,
        submitted_at=NOW,
        accepted_at=NOW,
    )
    form = page_of(client.get(f"{NEW}?after={Slip.objects.get().pk}"))
    text = form.select_one("[name=text]").text.strip()
    assert text.startswith("此前已于"), text
    assert "现有12项尚未报送" in text
    assert "现有13项" not in text, "what the former slip said is not repeated"
    assert text.count("办结期限") == 1


def test_a_faulty_form_keeps_what_was_typed(client, missing):
    sent = {"kind": "green", "text": "我写的", "deadline": "2023-02-31"}
    response = client.post(missing, sent)
    page = page_of(response)
    assert response.status_code == 422
    assert page.select_one("[name=text]").text.strip() == "我写的"
    summary = words(page.select_one(".error-summary"))
    assert "请从所列类型中选择。" in summary
    assert "办结期限不是有效的日期" in summary
    assert not Slip.objects.exists()


def test_the_same_slip_sent_twice_is_issued_once(client, missing):
    sent = {"kind": "urge", "text": "请填报。", "deadline": timezone.localdate().isoformat()}
    assert client.post(missing, sent).status_code == 302
    # The form now follows the open slip, and can only be sharper.
    again = client.post(missing, sent)
    assert again.status_code == 422
    assert Slip.objects.count() == 1


@pytest.mark.parametrize(
    "query", ["unit=999999", "unit=x", "item=1e3", "after=7", "unit=1&round=2030-01-01"]
)
def test_a_matter_that_does_not_exist_is_not_found(client, query):
    assert client.get(f"{NEW}?{query}").status_code == 404


def test_without_a_matter_the_page_asks_for_one(client):
    page = page_of(client.get(NEW))
    assert len(page.select("select[name=unit] option")) == 27


def test_the_page_of_an_item_behind_offers_a_slip_and_shows_the_open_one(
    client, client_for, behind, issue, supervisor, administrator
):
    item = reverse("item", args=[*CANGNAN, "province", 3])
    link = page_of(client.get(item)).find("a", string="签发督办单")
    form = page_of(client.get(link["href"]))
    assert "研判为滞后" in form.select_one("[name=text]").text
    assert page_of(client_for(administrator).get(item)).find("a", string="签发督办单") is None
    assert page_of(client_for(supervisor).get(item)).find("a", string="签发督办单")
    issue(kind="blue", item=ListItem.objects.get(pk=behind.item.pk))
    assert "督办单（蓝）〔2023〕1号，未办结" in words(page_of(client.get(item)))


def test_two_answers_at_once_keep_what_was_typed_and_say_whose_is_there(
    corpus, issue, reporter, make_user, client_for
):
    colleague, slip = make_user("lead_unit", reporter.unit), issue()
    url = reverse("slip", args=[*CANGNAN, slip.pk])
    opened = version_of(slip)
    answer_slip(by=colleague, slip=slip, answer="同事写的", version=opened, now=NOW)
    sent = {"do": "answer", "answer": "我写的", "version": opened}
    own = client_for(reporter)
    response = own.post(url, sent)
    page = page_of(response)
    assert response.status_code == 409
    assert colleague.name in words(page.select_one(".error-summary"))
    assert "同事写的" in words(page)
    assert page.select_one("[name=answer]").text.strip() == "我写的"
    sent["version"] = page.select_one("[name=version]")["value"]
    assert own.post(url, sent).status_code == 302
    slip.refresh_from_db()
    assert slip.answer == "我写的"


def test_an_empty_answer_and_a_stale_close_are_refused_in_words(
    corpus, client, issue, reporter, client_for
):
    slip = issue()
    url, opened = reverse("slip", args=[*CANGNAN, slip.pk]), version_of(slip)
    own = client_for(reporter)
    empty = own.post(url, {"do": "answer", "answer": " ", "version": opened})
    assert empty.status_code == 422
    assert "请填写办理情况。" in words(page_of(empty))
    answer_slip(by=reporter, slip=slip, answer="好", version=opened, now=NOW)
    stale = client.post(url, {"do": "close", "version": opened})
    assert stale.status_code == 409
    assert "请看过后再办结" in words(page_of(stale))
    slip.refresh_from_db()
    assert slip.closed_at is None


@pytest.fixture
def listed(corpus, issue, office, reporter, other_reporter):
    """A closed, an answered, an overdue and an open slip."""
    soon = timezone.localdate() + timedelta(days=3)
    closed = issue()
    close_slip(by=office, slip=closed, version=version_of(closed), now=NOW)
    answered = issue(kind="blue")
    answer_slip(by=reporter, slip=answered, answer="好", version=version_of(answered), now=NOW)
    overdue = issue(kind="yellow")
    fresh = issue(unit=other_reporter.unit, kind="red", deadline=soon)
    return {"closed": closed, "answered": answered, "overdue": overdue, "open": fresh}


def shown(client, query=""):
    rows = page_of(client.get(f"{SLIPS}{query}")).select("table.slips tbody tr")
    return [words(row.select_one("td.main")) for row in rows]


def test_the_list_has_the_open_ones_first_and_marks_what_is_overdue(client, listed):
    page = page_of(client.get(SLIPS))
    rows = [words(row) for row in page.select("table.slips tbody tr")]
    assert len(rows) == 4
    assert "✓ 已办结" in rows[-1]
    assert sum("■ 逾期" in row for row in rows) == 1
    assert "共4份，未办结3份，其中逾期未回复1份" in words(page.select_one(".showing"))


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?state=open", {2, 3, 4}),
        ("?state=overdue", {3}),
        ("?state=answered", {2}),
        ("?state=closed", {1}),
        ("?kind=red", {4}),
        ("?kind=green", {1, 2, 3, 4}),
    ],
)
def test_the_list_is_filtered(client, listed, query, numbers):
    found = {int(name.split("〕")[1].rstrip("号")) for name in shown(client, query)}
    assert found == numbers


def test_a_unit_lists_its_own_slips_alone(listed, reporter, other_reporter, client_for):
    assert len(shown(client_for(reporter))) == 3
    assert shown(client_for(other_reporter)) == ["■ 督办单（红） 〔2023〕4号"]
    by_unit = f"?unit={other_reporter.unit.pk}"
    page = page_of(client_for(reporter).get(f"{SLIPS}{by_unit}"))
    assert "县卫健局" not in page.get_text()


def test_a_slip_of_a_simulated_round_says_so_everywhere(client, issue, reporting_round, reporter):
    Round.objects.filter(pk=reporting_round.pk).update(simulated=True)
    reporting_round.refresh_from_db()
    slip = issue()
    assert "演示数据" in words(page_of(client.get(SLIPS)))
    assert "演示数据" in words(page_of(client.get(reverse("slip", args=[*CANGNAN, slip.pk]))))
    assert told(reporter)[0][1].startswith("（演示数据）")
    assert Report.objects.filter(round=reporting_round).exists()
    assert Notice.objects.get(user=reporter).url == reverse("slip", args=[*CANGNAN, slip.pk])
