"""报送情况: on time, late, returned, extended, missing; the sentence; the page; the Excel."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from progress.models import Extension, Report, ReportEvent, Round
from progress.operations.reporting_board import (
    CellState,
    days_after,
    missing_sentence,
    read_board,
)
from progress.parts.reporting_cells import chip_words, deadline_words, detail_words
from projects.models import Project
from projects.tests.factory import make_project

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
PAGE = reverse("reporting", args=CANGNAN)
AS_OF = date(2023, 5, 31)


def at(day, hour=10, minute=0):
    """A moment of June 2023."""
    return datetime(2023, 6, day, hour, minute, tzinfo=timezone.get_default_timezone())


NOW = at(8)  # three days after the deadline


@pytest.fixture
def reporting_round(county):
    return Round.objects.create(county=county, as_of=AS_OF, deadline=date(2023, 6, 5))


@pytest.fixture
def unit(make_unit):
    return make_unit("县教育局")


@pytest.fixture
def project(county, unit):
    return make_project(unit, "中小学扩容", year=2023)


@pytest.fixture
def give(reporting_round, office):
    """``give(project, state, first, returned=…, **more)`` stores a report and its returns."""

    def make(project, state, first=None, returned=0, **more):
        report = Report.objects.create(
            round=reporting_round,
            project=project,
            state=state,
            first_submitted_at=first,
            **{"submitted_at": first, **more},
        )
        for _time in range(returned):
            ReportEvent.objects.create(
                report=report, kind=ReportEvent.Kind.RETURNED, at=at(6), by=office
            )
        return report

    return make


def cell_of(county, reporting_round, now=NOW):
    board = read_board(None, county, 2023, now=now)
    return board.rows[0].cell(reporting_round)


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (at(5, 23, 59), 0),
        (at(6, 0, 0), 1),
        (at(6, 23, 0), 1),
        (at(8), 3),
        (None, None),
    ],
)
def test_days_late_are_counted_by_the_calendar(reporting_round, moment, days):
    assert days_after(reporting_round.deadline_at, moment) == days


def test_within_the_day_of_a_due_hour_one_day_is_counted():
    assert days_after(at(5, 17), at(5, 17, 1)) == 1
    assert days_after(None, at(5)) is None


# state, first submission, times returned by the office, more → the cell's state and words
CASES = {
    "sent before the deadline": ("submitted", at(5, 23), 0, {}, CellState.ON_TIME, "● 按时", ""),
    "accepted": ("accepted", at(1), 0, {}, CellState.ON_TIME, "● 按时", ""),
    "sent late": ("submitted", at(7), 0, {}, CellState.LATE, "▲ 迟报2天", ""),
    "returned, in time": ("returned", at(5), 1, {}, CellState.RETURNED, "◆ 退回1项", ""),
    "returned and sent again after the deadline": (
        "submitted",
        at(4),
        1,
        {"submitted_at": at(8)},
        CellState.ON_TIME,
        "● 按时",
        "1项退回后已重报",
    ),
    "returned, being mended as a draft": (
        "draft",
        at(5),
        1,
        {},
        CellState.RETURNED,
        "◆ 退回1项",
        "",
    ),
    "late and returned": (
        "returned",
        at(6),
        1,
        {},
        CellState.RETURNED,
        "◆ 退回1项",
        "1项迟报，最长1天",
    ),
    "a draft": ("draft", None, 0, {}, CellState.MISSING, "○ 未报1项", "已逾期3天"),
    "withdrawn and not sent again": (
        "draft",
        at(4),
        0,
        {},
        CellState.MISSING,
        "○ 未报1项",
        "已逾期3天",
    ),
    "before the unit's head": (
        "in_unit",
        at(4),
        0,
        {},
        CellState.MISSING,
        "○ 未报1项",
        "已逾期3天；1项待单位审核",
    ),
    "sent back by the unit's head": (
        "returned",
        at(4),
        0,
        {"submitted_at": None},
        CellState.MISSING,
        "○ 未报1项",
        "已逾期3天",
    ),
    "accepted once, being corrected": (
        "draft",
        at(4),
        0,
        {"accepted_at": at(6)},
        CellState.ON_TIME,
        "● 按时",
        "",
    ),
    "taken from a published bulletin": (
        "accepted",
        None,
        0,
        {},
        CellState.REPORTED,
        "● 已报",
        "",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_report_is_counted_as_what_it_is(case, county, reporting_round, project, give):
    state, first, returned, more, expected, chip, detail = case
    give(project, state, first, returned, **more)
    cell = cell_of(county, reporting_round)
    assert cell.state is expected
    assert (chip_words(cell), detail_words(cell)) == (chip, detail)


def test_without_a_report_it_is_awaited_until_the_deadline_and_missing_after(
    county, reporting_round, project
):
    before = cell_of(county, reporting_round, now=at(5, 23, 59))
    assert (before.state, chip_words(before)) == (CellState.AWAITED, "… 待报1项")
    after = cell_of(county, reporting_round, now=at(6, 0, 1))
    assert after.state is CellState.MISSING
    assert after.missing == ("中小学扩容",)


def test_an_extension_moves_the_deadline_of_its_unit_alone(
    county, reporting_round, project, unit, make_unit, office, give
):
    other = make_project(make_unit("县卫健局"), "卫生室", year=2023)
    Extension.objects.create(
        round=reporting_round,
        unit=unit,
        kind="extended",
        until=at(9, 17),
        reason="数据核对",
        granted_by=office,
    )
    board = read_board(None, county, 2023, now=NOW)
    own, others = board.cells(reporting_round)
    assert (own.state, own.extended) == (CellState.AWAITED, True)
    assert detail_words(own) == "延至6月9日17:00"
    assert (others.state, others.extended) == (CellState.MISSING, False)
    give(project, "submitted", at(9, 16))
    give(other, "submitted", at(7, 9))
    own, others = read_board(None, county, 2023, now=at(10)).cells(reporting_round)
    assert own.state is CellState.ON_TIME
    assert (others.state, others.late_days) == (CellState.LATE, 2)


def test_an_extension_for_all_holds_for_all_and_a_reopening_for_nobody(
    county, reporting_round, project, unit, office, give
):
    Extension.objects.create(
        round=reporting_round, kind="extended", until=at(7), reason="放假", granted_by=office
    )
    Extension.objects.create(
        round=reporting_round,
        unit=unit,
        kind="reopened",
        until=at(20),
        reason="更正",
        granted_by=office,
    )
    give(project, "submitted", at(8, 9))
    cell = cell_of(county, reporting_round)
    assert (cell.extended, cell.state, cell.late_days) == (True, CellState.LATE, 1)


def test_a_closed_round_keeps_what_is_missing(county, reporting_round, project):
    reporting_round.state = Round.State.CLOSED
    reporting_round.save()
    cell = cell_of(county, reporting_round, now=at(30))
    assert (cell.state, detail_words(cell)) == (CellState.MISSING, "")


def test_a_round_that_has_not_begun_is_blank(county, project):
    later = Round.objects.create(
        county=county, as_of=date(2023, 6, 30), state="planned", deadline=date(2023, 7, 5)
    )
    cell = cell_of(county, later, now=at(30))
    assert (cell.state, chip_words(cell), cell.missing) == (None, "", ())


def test_a_unit_without_projects_of_the_year_has_no_row(county, reporting_round, project):
    make_project(project.lead_unit, "明年", year=2024)
    # What no list promises any more is not asked for.
    project.items.all().delete()
    assert read_board(None, county, 2023, now=NOW).rows == []


def test_part_of_a_unit_may_be_late_part_missing(county, reporting_round, unit, give):
    projects = [make_project(unit, f"事项{n}", year=2023) for n in range(4)]
    give(projects[0], "accepted", at(5))
    give(projects[1], "submitted", at(6))
    give(projects[2], "submitted", at(8))
    cell = cell_of(county, reporting_round)
    assert (cell.owed, cell.on_time, cell.late, cell.missing) == (4, 1, 2, ("事项3",))
    assert (chip_words(cell), detail_words(cell)) == (
        "○ 未报1项",
        "已逾期3天；2项迟报，最长3天",
    )


# -- The sentence -----------------------------------------------------------------------


@pytest.fixture
def three_units(county, make_unit):
    names = ["县教育局", "县卫健局", "县水利局"]
    return {name: make_project(make_unit(name), f"{name}事项", year=2023) for name in names}


def sentence(county, reporting_round, now):
    return missing_sentence(
        read_board(None, county, 2023, now=now).cells(reporting_round), reporting_round, now
    )


def test_the_sentence_before_the_deadline(county, reporting_round, three_units, give):
    give(three_units["县教育局"], "submitted", at(1))
    assert sentence(county, reporting_round, at(4)) == (
        "民生实事进展填报（截至2023年5月31日）期限6月5日，"
        "2个单位待报，请按期报送：县卫健局（1项）、县水利局（1项）。"
    )


def test_an_extension_for_all_stands_in_the_head_and_not_in_every_row(
    county, reporting_round, project, unit, make_unit, office
):
    make_project(make_unit("县卫健局"), "卫生室", year=2023)
    granted = {"round": reporting_round, "kind": "extended", "granted_by": office}
    Extension.objects.create(unit=None, until=at(9, 17), reason="台风", **granted)
    board = read_board(None, county, 2023, now=NOW)
    assert deadline_words(board.rounds[-1]) == "期限延至6月9日17:00"
    assert [detail_words(cell) for cell in board.cells(reporting_round)] == ["", ""]
    Extension.objects.create(unit=unit, until=at(12, 17), reason="停电", **granted)
    board = read_board(None, county, 2023, now=NOW)
    assert [detail_words(cell) for cell in board.cells(reporting_round)] == ["延至6月12日17:00", ""]


def test_the_sentence_after_it_tells_late_extended_and_returned_apart(
    county, reporting_round, three_units, make_unit, office, give
):
    give(three_units["县教育局"], "returned", at(1), 1)
    Extension.objects.create(
        round=reporting_round,
        unit=make_unit("县水利局"),
        kind="extended",
        until=at(10, 23, 59),
        reason="数据核对",
        granted_by=office,
    )
    make_project(make_unit("县卫健局"), "第二件", year=2023)
    assert sentence(county, reporting_round, NOW) == (
        "民生实事进展填报（截至2023年5月31日）期限6月5日已过，"
        "1个单位仍未报齐，请立即补报：县卫健局（2项均未报）；"
        "1个单位待报，请按期报送：县水利局（1项，延至6月10日）；"
        "1个单位有填报被退回，请修改后重新提交：县教育局（1项）。"
    )


def test_more_time_for_all_is_told_once(county, reporting_round, three_units, make_unit, office):
    def extend(unit, day):
        Extension.objects.create(
            round=reporting_round,
            unit=unit,
            kind="extended",
            until=at(day, 23, 59),
            reason="数据核对",
            granted_by=office,
        )

    extend(None, 10)
    extend(make_unit("县水利局"), 12)
    assert sentence(county, reporting_round, NOW) == (
        "民生实事进展填报（截至2023年5月31日）期限延至6月10日，"
        "3个单位待报，请按期报送：县教育局（1项）、县卫健局（1项）、县水利局（1项，延至6月12日）。"
    )
    assert "期限延至6月10日已过，2个单位仍未报齐" in sentence(county, reporting_round, at(11))


def test_the_sentence_of_a_closed_and_of_a_complete_round(
    county, reporting_round, three_units, give
):
    reporting_round.state, reporting_round.simulated = Round.State.CLOSED, True
    reporting_round.save()
    for name in ("县教育局", "县卫健局"):
        give(three_units[name], "accepted", at(3))
    assert sentence(county, reporting_round, NOW) == (
        "（演示数据）民生实事进展填报（截至2023年5月31日）已截止，1个单位未报齐：县水利局（1项）。"
    )
    give(three_units["县水利局"], "accepted", at(3))
    assert sentence(county, reporting_round, NOW).endswith("已截止，3个单位均已报齐。")


# -- The page, on the real lists ----------------------------------------------------------


@pytest.fixture
def client(corpus, office, client_for):
    return client_for(office)


@pytest.fixture
def may_round(corpus, county):
    """An open round of the real lists: 县教育局 has sent nothing, the others everything."""
    today = timezone.localdate()
    made = Round.objects.create(county=county, as_of=AS_OF, deadline=today - timedelta(days=2))
    sent = timezone.now() - timedelta(days=5)
    Report.objects.bulk_create(
        Report(
            round=made,
            project=project,
            state="submitted",
            first_submitted_at=sent,
            submitted_at=sent,
        )
        for project in Project.objects.filter(county=county, year=2023).exclude(
            lead_unit__name="县教育局"
        )
    )
    return made


def page_of(client, url=PAGE):
    response = client.get(url)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def test_the_board_shows_every_unit_and_links_each_cell(client, may_round):
    page = page_of(client)
    rows = page.select("table.board tbody tr")
    assert len(rows) == 26
    by_unit = {words(row.th): row.select("td") for row in rows}
    education = [words(cell) for cell in by_unit["县教育局"]]
    assert education == ["13", "● 已报", "○ 未报13项 已逾期2天"]
    assert words(by_unit["县水利局"][2]) == "● 按时"
    assert len(page.select("table.board td a.chip")) == 52
    for link in (by_unit["县教育局"][2].a, by_unit["县水利局"][2].a, by_unit["县水利局"][1].a):
        assert client.get(link["href"]).status_code == 200


def test_counts_stand_above_and_open_their_rows(client, may_round):
    page = page_of(client)
    tiles = {words(t.select_one(".tile-label")): t for t in page.select("a.tile")}
    numbers = {label: int(words(t.select_one(".tile-number"))) for label, t in tiles.items()}
    assert numbers == {
        "应报单位": 26,
        "已报齐": 25,
        "未报齐": 1,
        "待报": 0,
        "有迟报": 0,
        "退回待改": 0,
        "获准延期": 0,
    }
    for label, tile in tiles.items():
        listed = page_of(client, PAGE + tile["href"].split("#")[0])
        assert len(listed.select("table.board tbody tr")) == numbers[label], label


def test_the_missing_units_are_named_with_their_projects_and_can_be_urged(client, may_round):
    page = page_of(client)
    assert page.select_one("[data-copy='#missing-sentence']")
    assert "1个单位仍未报齐，请立即补报：县教育局（13项均未报）。" in words(
        page.select_one("#missing-sentence")
    )
    (row,) = page.select("table.missing-units tbody tr")
    assert "义务教育段学生正脊筛查" in words(row)
    assert client.get(row.select("a")[-1]["href"]).status_code == 200


def test_an_earlier_round_can_be_chosen(client, may_round):
    page = page_of(client, f"{PAGE}?as_of=2023-04-10")
    assert "26个单位均已报齐" in words(page.select_one("#missing-sentence"))
    assert page.select_one("#missing") is None


def test_a_lead_unit_sees_itself_alone(corpus, may_round, reporter, client_for):
    page = page_of(client_for(reporter))
    assert [words(cell) for cell in page.select("table.board tbody th")] == ["县教育局"]
    assert page.select_one("#missing-sentence") is None
    assert page.select("a.tile") == []
    assert "签发" not in words(page)
    assert "县水利局" not in page.get_text()


def test_without_rounds_the_page_says_so(corpus, foreign_office, client_for):
    Round.objects.filter(county__code="330225").delete()
    page = page_of(client_for(foreign_office), reverse("reporting", args=["330225", 2024]))
    assert "还没有设置期次" in words(page)


def test_the_page_asks_as_many_queries_for_one_round_as_for_many(client, may_round, county):
    page_of(client)  # what is asked once per process
    with CaptureQueriesContext(
        connection,
    ) as few:
        page_of(client)
    for month in range(6, 12):
        Round.objects.create(county=county, as_of=date(2023, month, 28), deadline=AS_OF)
    with CaptureQueriesContext(connection) as many:
        page_of(client)
    assert len(many) == len(few)
    assert len(few) <= 20


def test_the_excel_is_the_board_as_shown(client, may_round, county):
    may_round.simulated = True
    may_round.save()
    response = client.get(f"{reverse('reporting_excel', args=CANGNAN)}?show=missing")
    sheet = load_workbook(BytesIO(response.content)).active
    rows = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    assert sheet.title == "报送情况"
    assert rows[0] == ["苍南县2023年民生实事报送情况"]
    assert "只显示截至2023年5月31日这一期未报齐的1个单位（共26个）" in rows[1][0]
    assert rows[2][0].startswith("演示数据：截至2023年5月31日")
    assert rows[3][:3] == ["单位", "事项", "截至4月10日\n未定期限"]
    assert rows[4] == ["县教育局", 13, "● 已报", "○ 未报13项\n已逾期2天"]
    empty = client.get(f"{reverse('reporting_excel', args=CANGNAN)}?show=late")
    assert empty.status_code == 200
