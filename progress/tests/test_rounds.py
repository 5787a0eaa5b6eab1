"""期次: set up, opened, extended, closed, reopened; who may, and what the pages say."""

from datetime import UTC, date, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.models import LogEntry, Region
from progress.models import Completion, Extension, Report, Round, RoundVersion, StandingRecord
from progress.operations.reporting import RefusedError
from progress.operations.rounds import (
    REOPEN_HOURS,
    Step,
    close_round,
    extend,
    open_round,
    plan_rounds,
    preview_rounds,
    refreeze,
    reopen,
)
from progress.operations.standings import read_county
from progress.operations.windows import deadlines, window
from progress.operations.workdays import is_workday
from progress.rules.calendar import as_of_dates, round_dates
from progress.rules.judgement import Status
from projects.models import ListItem, Project

pytestmark = pytest.mark.django_db

PLACE = ["330225", 2024]
APRIL = date(2024, 4, 30)


def dates(first=1, last=12, day=None, opening=-3, deadline=5):
    return round_dates(
        as_of_dates(2024, first, last, day),
        days_until_opening=opening,
        days_until_deadline=deadline,
        is_workday=is_workday,
    )


@pytest.fixture
def xiangshan(corpus):
    return Region.objects.get(code="330225")


@pytest.fixture
def runs(foreign_office):
    """The office of 象山县, which has its year before it."""
    return foreign_office


@pytest.fixture
def client(runs, client_for):
    return client_for(runs)


@pytest.fixture
def unit(xiangshan):
    return xiangshan.units.get(name="县住建局")


@pytest.fixture
def their_reporter(unit, make_user):
    return make_user("lead_unit", unit)


@pytest.fixture
def their_supervisor(runs, make_user):
    return make_user("supervisor", runs.unit)


@pytest.fixture
def april(xiangshan, runs):
    """A round that is open, with its deadline in a week."""
    today = timezone.localdate()
    return Round.objects.create(
        county=xiangshan,
        as_of=APRIL,
        opens_on=today - timedelta(days=2),
        deadline=today + timedelta(days=7),
        state=Round.State.OPEN,
    )


def accept(round, project, **more):
    return Report.objects.create(
        round=round, project=project, state=Report.State.ACCEPTED, narrative="已开工。", **more
    )


def words(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def address(name, day=None):
    return reverse(name, args=[*PLACE, *([day] if day else [])])


# -- Setting up ----------------------------------------------------------------------


def test_a_year_is_set_up_in_one_step(xiangshan, runs):
    done = plan_rounds(by=runs, county=xiangshan, year=2024, dates=dates())
    assert [p.step for p in done] == [Step.ADD] * 12
    rounds = list(Round.objects.filter(county=xiangshan).order_by("as_of"))
    assert {r.state for r in rounds} == {Round.State.PLANNED}
    september = rounds[8]
    assert (september.as_of, september.opens_on, september.deadline, september.moved_from) == (
        date(2024, 9, 30),
        date(2024, 9, 27),
        date(2024, 10, 8),
        date(2024, 10, 5),
    )
    row = LogEntry.objects.get_for_object(xiangshan).first()
    assert row.summary == "设置象山县2024年期次：新增12期"


def test_setting_up_twice_changes_nothing(xiangshan, runs):
    plan_rounds(by=runs, county=xiangshan, year=2024, dates=dates())
    before = list(Round.objects.values()), LogEntry.objects.count()
    done = plan_rounds(by=runs, county=xiangshan, year=2024, dates=dates(opening=-9, deadline=9))
    assert {p.step for p in done} == {Step.KEEP}
    assert (list(Round.objects.values()), LogEntry.objects.count()) == before


def test_a_round_that_is_there_is_kept_and_shown_as_such(xiangshan, april, runs):
    planned = preview_rounds(xiangshan, 2024, dates(4, 6, 30))
    assert [(p.dates.as_of.month, p.step) for p in planned] == [
        (4, Step.KEEP),
        (5, Step.ADD),
        (6, Step.ADD),
    ]
    assert planned[0].dates.deadline == april.deadline
    assert Round.objects.filter(county=xiangshan).count() == 1, "a preview writes nothing"


def test_rounds_not_opened_yet_can_be_set_up_anew(xiangshan, runs, unit):
    plan_rounds(by=runs, county=xiangshan, year=2024, dates=dates(1, 6))
    january, february = Round.objects.filter(county=xiangshan).order_by("as_of")[:2]
    open_round(by=runs, round=january)
    done = plan_rounds(
        by=runs, county=xiangshan, year=2024, dates=dates(1, 4, deadline=9), replace=True
    )
    assert [p.step for p in done] == [Step.KEEP, *[Step.MOVE] * 3, *[Step.DROP] * 2]
    february.refresh_from_db()
    assert february.deadline == date(2024, 3, 11)
    assert february.moved_from == date(2024, 3, 9)
    assert Round.objects.filter(county=xiangshan).count() == 4


def test_the_page_shows_all_dates_before_anything_is_written(client, xiangshan):
    page = client.get(address("round_plan"))
    seen = words(page)
    assert "确认后共12期，其中12期有变动" in seen
    assert "2024年10月8日 周二 原为10月5日（国庆节），顺延" in seen
    assert "2024年4月7日 周日（调休上班） 原为4月5日（清明），顺延" in seen
    assert "2025年1月6日 周一 原为1月5日（周日），顺延" in seen
    assert "尚未公布" not in seen
    asked = {
        "cadence": "month_day", "day": "10", "first": "3", "last": "11",
        "opening_days": "2", "opening_side": "before", "deadline_days": "0",
    }  # fmt: skip
    seen = words(client.get(address("round_plan"), asked))
    assert "确认后共9期" in seen
    assert "2024年3月10日 2024年3月8日 周五 2024年3月11日 周一 原为3月10日（周日），顺延" in seen
    assert not Round.objects.filter(county=xiangshan).exists()
    answer = client.post(address("round_plan"), asked, follow=True)
    assert answer.redirect_chain == [(address("rounds"), 302)]
    assert "期次已设置：新增9期。" in words(answer)
    assert Round.objects.filter(county=xiangshan).count() == 9
    again = client.get(address("round_plan"), asked)
    assert "这些期次都已设置，没有要变动的" in words(again)
    assert "已有，保留（未开放）" in words(again)
    assert "确认设置" not in words(again)


def test_a_year_whose_holidays_are_not_announced_says_so(client, xiangshan, monkeypatch):
    monkeypatch.setattr("progress.parts.round_rows.holidays_known", lambda day: day.year < 2025)
    seen = words(client.get(address("round_plan")))
    assert "2025年节假日安排尚未公布，只避开周末" in seen


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cadence": "weekly"}, "请选择“截至日期”。"),
        ({"cadence": "month_day", "day": ""}, "请填写“每月几日”。"),
        ({"cadence": "month_day", "day": "32"}, "“每月几日”应填1至31的整数。"),
        ({"first": "5", "last": "3"}, "结束的月份不能早于开始的月份。"),
        ({"first": "13"}, "请选择“起始月份”。"),
        ({"opening_days": "三"}, "“开放填报：天数”应填0至31的整数。"),
        ({"opening_days": "9", "opening_side": "after"}, "填报期限不能早于开放填报的日期。"),
        ({"deadline_days": "-1"}, "“填报期限”应填0至60的整数。"),
        ({"deadline_days": ""}, "请填写“填报期限”。"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_pattern_that_makes_no_sense_is_explained_and_kept(
    change, said, method, client, xiangshan
):
    asked = {
        "cadence": "month_end", "day": "10", "first": "1", "last": "12",
        "opening_days": "3", "opening_side": "before", "deadline_days": "5",
    } | change  # fmt: skip
    response = getattr(client, method)(address("round_plan"), asked)
    assert response.status_code == 422
    assert said in words(response)
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select_one("[name=deadline_days]").get("value", "") == asked["deadline_days"]
    assert not Round.objects.filter(county=xiangshan).exists()


# -- Opening and extending -----------------------------------------------------------


def test_a_planned_round_is_no_round_yet(xiangshan, runs, unit):
    plan_rounds(by=runs, county=xiangshan, year=2024, dates=dates())
    rounds = list(Round.objects.filter(county=xiangshan).order_by("-as_of"))
    day = date(2024, 6, 30)
    state = read_county(
        ListItem.objects.all(), xiangshan, 2024, as_of=day, today=day, rounds=rounds
    )
    assert state.current_round is None
    assert {s.standing.status for s in state.items} == {None}
    june = rounds[6]
    on_the_day = datetime(2024, 6, 27, 15, tzinfo=UTC)
    why = "截至2024年6月30日的填报尚未开放，2024年6月27日开放。"
    assert window(june, unit, on_the_day).why == why
    # No day opens it, a person of the office does.
    why = "截至2024年6月30日的填报尚未开放，原定2024年6月27日开放，请与县政府办公室联系。"
    assert window(june, unit, on_the_day + timedelta(hours=2)).why == why


def test_opening_lets_units_report(xiangshan, runs, client, unit):
    plan_rounds(by=runs, county=xiangshan, year=2024, dates=dates())
    june = Round.objects.get(county=xiangshan, as_of=date(2024, 6, 30))
    asked = client.get(address("round_open", june.as_of))
    assert "可以填报截至2024年6月30日的进展" in words(asked)
    answer = client.post(address("round_open", june.as_of), follow=True)
    assert "已开放填报" in words(answer)
    june.refresh_from_db()
    assert june.state == Round.State.OPEN
    assert june.opened_at is not None
    assert window(june, unit, timezone.now()).open
    again = client.post(address("round_open", june.as_of))
    assert again.status_code == 409
    assert "正在填报" in words(again)


def test_an_extension_holds_for_its_unit_alone(xiangshan, april, runs, unit):
    until = april.deadline_at + timedelta(days=3)
    extend(by=runs, round=april, unit=unit, until=until, reason="系统升级")
    other = xiangshan.units.exclude(pk=unit.pk).first()
    april.refresh_from_db()
    assert deadlines(april).of(unit.pk) == until
    assert deadlines(april).of(other.pk) == april.deadline_at
    extend(by=runs, round=april, unit=None, until=until + timedelta(days=1), reason="台风")
    assert deadlines(april).of(unit.pk) == deadlines(april).of(other.pk)


def test_not_reported_waits_for_the_extension_of_the_unit(xiangshan, april, runs, unit):
    extend(
        by=runs, round=april, unit=unit, until=april.deadline_at + timedelta(days=3), reason="停电"
    )

    def not_reported(days):
        today = april.deadline + timedelta(days=days)
        state = read_county(ListItem.objects.all(), xiangshan, 2024, as_of=APRIL, today=today)
        return {s.item.unit for s in state.with_status(Status.NOT_REPORTED)}

    units = {item.lead_unit.name for item in ListItem.objects.filter(project__county=xiangshan)}
    assert not_reported(0) == set()
    assert not_reported(1) == units - {"县住建局"}
    assert not_reported(3) == units - {"县住建局"}
    assert not_reported(4) == units


def test_extensions_cost_one_query_and_only_after_the_deadline(xiangshan, april, runs):
    until = april.deadline_at + timedelta(days=3)
    for other in xiangshan.units.filter(projects__isnull=False).distinct()[:5]:
        extend(by=runs, round=april, unit=other, until=until, reason="停电")

    def queries(days, items):
        rounds = list(Round.objects.for_county(xiangshan, 2024))
        with CaptureQueriesContext(connection) as captured:
            read_county(
                items,
                xiangshan,
                2024,
                as_of=APRIL,
                today=april.deadline + timedelta(days=days),
                rounds=rounds,
            )
        return len(captured)

    everything, one = ListItem.objects.all(), ListItem.objects.filter(number=1)
    before = queries(0, everything)
    assert queries(0, one) == before
    assert queries(1, everything) == queries(1, one) == before + 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unit": ""}, "请选择“单位”。"),
        ({"unit": "999999"}, "请选择“单位”。"),
        ({"until": ""}, "请选择延至哪一天。"),
        ({"until": "下周"}, "日期无法识别"),
        ({"until": "2020-01-01"}, "延期须晚于这一天。"),
        ({"reason": ""}, "请填写原因。"),
        ({"reason": "长" * 201}, "原因不超过200个字。"),
    ],
)
def test_an_extension_that_makes_no_sense_is_explained_and_kept(change, said, client, april):
    asked = {"unit": "all", "until": "2099-01-01", "reason": "台风停工"} | change
    response = client.post(address("round_extend", APRIL), asked)
    assert response.status_code == 422
    assert said in words(response)
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select_one("[name=reason]").get_text().strip() == asked["reason"]
    assert not Extension.objects.exists()


def test_the_office_extends_on_the_page_and_everybody_concerned_sees_it(
    client, april, unit, their_reporter, their_supervisor, client_for, make_user, xiangshan
):
    until = april.deadline + timedelta(days=2)
    asked = {"unit": unit.pk, "until": until.isoformat(), "reason": "系统升级"}
    answer = client.post(address("round_extend", APRIL), asked, follow=True)
    assert "县住建局的填报期限已延至" in words(answer)
    [extension] = Extension.objects.all()
    assert timezone.localdate(extension.until) == until
    other = make_user("lead_unit", xiangshan.units.get(name="县残联"))
    for user, told in ((their_reporter, True), (their_supervisor, True), (other, False)):
        seen = words(client_for(user).get(address("round", APRIL)))
        assert ("系统升级" in seen) is told


# -- Closing -------------------------------------------------------------------------


@pytest.fixture
def half_done(april, xiangshan):
    projects = list(Project.objects.filter(county=xiangshan).order_by("pk"))
    states = ["accepted"] * 20 + ["submitted"] * 3 + ["draft"] * 2 + ["in_unit"]
    for project, state in zip(projects, states, strict=False):
        Report.objects.create(round=april, project=project, state=state, narrative="已开工。")
    Report.objects.create(
        round=april, project=projects[26], state="returned", submitted_at=timezone.now()
    )
    return projects


def test_the_page_says_before_closing_what_follows(client, april, half_done, runs, unit):
    until = april.deadline_at + timedelta(days=3)
    extend(by=runs, round=april, unit=unit, until=until, reason="停电")
    seen = words(client.get(address("round_close", APRIL)))
    assert "33个事项中有13个没有通过的填报" in seen
    for part in (
        "3个已提交、尚未审核",
        "1个已退回、尚未重新提交",
        "1个尚待单位负责人审核",
        "2个草稿没有提交",
        "6个没有开始填写",
        "县住建局延期至",
        "不能再填写、提交和撤回",
    ):
        assert part in seen, part


def test_closing_makes_what_is_missing_not_reported_and_keeps_all(
    client, april, half_done, xiangshan, runs
):
    answer = client.post(address("round_close", APRIL), follow=True)
    assert "已截止，研判结果已存档" in words(answer)
    april.refresh_from_db()
    assert april.state == Round.State.CLOSED
    version = RoundVersion.objects.get(round=april)
    assert (version.number, version.by) == (1, runs)
    assert StandingRecord.objects.filter(round=april).count() == 33
    assert StandingRecord.objects.filter(round=april, status="not_reported").count() == 13
    Report.objects.filter(project=half_done[25]).update(state=Report.State.ACCEPTED)
    state = read_county(ListItem.objects.all(), xiangshan, 2024, as_of=APRIL, today=APRIL)
    assert len(state.with_status(Status.NOT_REPORTED)) == 13
    summaries = [row.summary for row in LogEntry.objects.get_for_object(april)]
    assert "截止填报并存档：截至2024年4月30日" in summaries


def test_closing_ends_the_extensions(client, april, runs, unit):
    until = april.deadline_at + timedelta(days=3)
    extend(by=runs, round=april, unit=unit, until=until, reason="停电")
    assert "有效" in words(client.get(address("round", APRIL)))
    close_round(by=runs, round=april)
    assert "已失效" in words(client.get(address("round", APRIL)))
    april.refresh_from_db()
    assert not window(april, unit, timezone.now()).open


def test_whoever_closes_second_is_told(client, april, runs):
    close_round(by=runs, round=april)
    response = client.post(address("round_close", APRIL))
    assert response.status_code == 409
    assert "已经截止" in words(response)
    assert RoundVersion.objects.filter(round=april).count() == 1
    with pytest.raises(RefusedError, match="已经截止"):
        close_round(by=runs, round=april)


# -- Reopening and correcting --------------------------------------------------------


def test_a_closed_round_is_reopened_for_one_unit_and_some_hours(client, april, runs, unit):
    close_round(by=runs, round=april)
    asked = {"unit": unit.pk, "hours": "24", "reason": "单位填错数字"}
    answer = client.post(address("round_reopen", APRIL), asked, follow=True)
    assert "已为县住建局重开至" in words(answer)
    april.refresh_from_db()
    now = timezone.now()
    other = unit.region.units.exclude(pk=unit.pk).first()
    assert window(april, unit, now).open
    assert not window(april, other, now).open
    assert not window(april, unit, now + timedelta(hours=25)).open
    assert "有效" in words(client.get(address("round", APRIL)))
    assert april.state == Round.State.CLOSED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unit": "all"}, "请选择“单位”。"),
        ({"hours": "0"}, "“重开多少小时”应填1至240的整数。"),
        ({"hours": "一天"}, "“重开多少小时”应填1至240的整数。"),
        ({"reason": " "}, "请填写原因。"),
    ],
)
def test_a_reopening_that_makes_no_sense_is_explained(change, said, client, april, runs, unit):
    close_round(by=runs, round=april)
    asked = {"unit": unit.pk, "hours": "24", "reason": "填错"} | change
    response = client.post(address("round_reopen", APRIL), asked)
    assert response.status_code == 422
    assert said in words(response)
    assert not Extension.objects.exists()


def test_an_operation_refuses_what_its_state_does_not_allow(april, runs, unit):
    until = april.deadline_at + timedelta(days=1)
    for refused in (
        lambda: open_round(by=runs, round=april),
        lambda: reopen(by=runs, round=april, unit=unit, hours=2, reason="填错"),
        lambda: refreeze(by=runs, round=april, note="更正"),
        lambda: extend(by=runs, round=april, unit=None, until=april.deadline_at, reason="同一天"),
    ):
        with pytest.raises(RefusedError):
            refused()
    close_round(by=runs, round=april)
    with pytest.raises(RefusedError, match="已经截止"):
        extend(by=runs, round=april, unit=None, until=until, reason="晚了")
    with pytest.raises(RefusedError, match="1至240小时"):
        reopen(by=runs, round=april, unit=unit, hours=REOPEN_HOURS[-1] + 1, reason="填错")
    assert not Extension.objects.exists()


def test_a_correction_in_a_reopened_window_makes_a_new_version(april, runs, unit, xiangshan):
    close_round(by=runs, round=april, now=datetime(2024, 5, 6, tzinfo=UTC))
    project = Project.objects.filter(county=xiangshan, lead_unit=unit).first()
    reopen(by=runs, round=april, unit=unit, hours=24, reason="漏报")
    accept(april, project)
    version = refreeze(by=runs, round=april, note="补报。")
    items = set(ListItem.objects.filter(project=project).values_list("pk", flat=True))
    assert {c["item"] for c in version.changes} == items
    assert {c["status"][0] for c in version.changes} == {"未报"}
    assert all(c["status"][1] != "未报" for c in version.changes)
    summary = LogEntry.objects.get_for_object(april).first().summary
    assert summary == f"截至2024年4月30日：更正后存为第2版，{len(items)}个条目有变化。补报。"


# -- Pages ---------------------------------------------------------------------------


def test_the_list_says_what_has_arrived_and_what_is_missing(client, april, half_done, runs):
    plan_rounds(by=runs, county=april.county, year=2024, dates=dates(5, 12))
    response = client.get(address("rounds"))
    seen = words(response)
    assert "共9期：已截止0期，填报中1期，未开放8期。每期33个事项。" in seen
    row = BeautifulSoup(response.content, "html.parser").select("tbody tr")[0]
    assert [cell.get_text(strip=True) for cell in row.select("td.num")] == ["20", "3", "1", "9"]


def button_of(response, words):
    page = BeautifulSoup(response.content, "html.parser")
    return page.select_one(".page-actions").find("a", string=words)


def test_the_page_leads_the_office_to_what_it_has_to_review(
    client, client_for, april, half_done, their_supervisor
):
    response = client.get(address("round", APRIL))
    button = button_of(response, "审核（3项）")
    assert button["href"] == address("review", APRIL)
    assert "btn-primary" in button["class"]
    assert "btn-primary" not in button_of(response, "截止填报")["class"]
    counts = BeautifulSoup(response.content, "html.parser").select("#progress dd a")
    assert [(link.get_text(), link["href"]) for link in counts] == [
        ("20个", address("review", APRIL) + "?state=accepted"),
        ("3个", address("review", APRIL)),
        ("1个", address("review", APRIL) + "?state=returned"),
        ("9个", address("reporting") + f"?as_of={APRIL}"),
    ]
    other = client_for(their_supervisor).get(address("round", APRIL))
    assert button_of(other, "审核（3项）") is None
    april.reports.filter(state="submitted").delete()
    closing = button_of(client.get(address("round", APRIL)), "截止填报")
    assert "btn-primary" in closing["class"], "nothing waits: closing comes next"


@pytest.mark.parametrize("name", ["round", "round_extend", "rounds"])
def test_an_extension_for_all_stands_beside_the_deadline(name, client, april, runs, unit):
    until = april.deadline_at + timedelta(days=400)
    where = address(name, None if name == "rounds" else APRIL)
    extend(by=runs, round=april, unit=unit, until=until, reason="停电")
    assert "全部单位延至" not in words(client.get(where)), "one unit alone"
    extend(by=runs, round=april, unit=None, until=until, reason="台风")
    day = timezone.localdate(until)
    assert f"全部单位延至{day.year}年{day.month}月{day.day}日" in words(client.get(where))


def test_the_list_says_that_later_rounds_ask_for_less(client, april, xiangshan, runs):
    plan_rounds(by=runs, county=xiangshan, year=2024, dates=dates(5, 12))
    project = Project.objects.filter(county=xiangshan).order_by("pk").first()
    for item in project.items.all():
        Completion.objects.create(
            item=item, declared_on=date(2024, 5, 1), verified_on=date(2024, 5, 8)
        )
    Region.objects.filter(pk=xiangshan.pk).touch()
    assert "每期32至33个事项（此前已完成的不再填报）。" in words(client.get(address("rounds")))


def test_a_unit_learns_only_of_its_own_reports(april, half_done, their_reporter, unit, client_for):
    own = Project.objects.filter(lead_unit=unit).count()
    seen = words(client_for(their_reporter).get(address("rounds")))
    assert f"县住建局每期{own}个事项" in seen
    assert "设置全年期次" not in seen
    page = words(client_for(their_reporter).get(address("round", APRIL)))
    assert f"事项 {own}个（县住建局）" in page
    assert "截止填报" not in page


@pytest.mark.parametrize("name", ["round_plan", "round_open", "round_extend", "round_close"])
@pytest.mark.parametrize("who", ["their_reporter", "their_supervisor"])
def test_only_the_office_runs_rounds(name, who, request, april, client_for):
    client = client_for(request.getfixturevalue(who))
    url = address(name, None if name == "round_plan" else APRIL)
    before = list(Round.objects.values()), Extension.objects.count()
    assert client.get(url).status_code == 403
    assert (
        client.post(url, {"unit": "all", "until": "2099-01-01", "reason": "x"}).status_code == 403
    )
    assert (list(Round.objects.values()), Extension.objects.count()) == before


def test_another_countys_rounds_do_not_exist(april, office, client_for):
    client = client_for(office)
    for name, day in (("rounds", None), ("round", APRIL), ("round_close", APRIL)):
        assert client.get(address(name, day)).status_code == 404
    assert client.post(address("round_close", APRIL)).status_code == 404
    april.refresh_from_db()
    assert april.state == Round.State.OPEN


@pytest.mark.parametrize("day", ["2024-02-30", "2024-13-01", "2023-04-30", "2024-04-29", "heute"])
def test_a_round_that_is_not_there_is_not_found(day, client, april):
    response = client.get(f"/330225/2024/rounds/{day}/")
    assert response.status_code == 404


def test_the_list_costs_the_same_queries_for_one_round_as_for_twelve(client, april, runs):
    def count():
        client.get(address("rounds"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address("rounds")).status_code == 200
        return len(queries)

    one = count()
    plan_rounds(by=runs, county=april.county, year=2024, dates=dates(5, 12))
    assert count() == one


def test_simulated_rounds_say_so(client, april):
    Round.objects.filter(pk=april.pk).update(simulated=True)
    assert "演示数据" in words(client.get(address("rounds")))
    assert "演示数据" in words(client.get(address("round", APRIL)))
