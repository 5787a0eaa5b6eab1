"""Every list and board as Excel: what the page shows, and nothing else."""

from datetime import date
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from livelihood.organisation.access import Role
from progress.models import Extension, Report, Round, Slip
from progress.operations.bulletins import proposed_data, start_bulletin
from progress.operations.kept_states import forget_states
from progress.operations.slips import issue_slip
from progress.tests.ooxml import faults
from projects.models import ListItem

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
XIANGSHAN = ["330225", 2024]
APRIL = date(2023, 4, 10)


def book_of(client, name, arguments=(), query="", place=CANGNAN):
    response = client.get(reverse(name, args=[*place, *arguments]) + query)
    assert response.status_code == 200, response.status_code
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "private" in response.headers["Cache-Control"]
    assert faults(response.content) == []
    return load_workbook(BytesIO(response.content))


def rows_of(book, sheet=None):
    """The rows below the headings: the first row of which every cell is filled is the head."""
    page = book[sheet] if sheet else book.worksheets[0]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    head = next(n for n, row in enumerate(rows) if all(value is not None for value in row))
    return [row for row in rows[head + 1 :] if any(value is not None for value in row)]


def words_of(book):
    return "\n".join(
        str(cell.value)
        for page in book
        for row in page.iter_rows()
        for cell in row
        if cell.value is not None
    )


def page_of(client, name, arguments=(), query="", place=CANGNAN):
    response = client.get(reverse(name, args=[*place, *arguments]) + query)
    return BeautifulSoup(response.content, "html.parser")


@pytest.fixture
def client(corpus, office, client_for):
    return client_for(office)


def test_the_units_stand_as_on_the_page(client):
    shown = [
        [cell.get_text(strip=True) for cell in row.select("td")][:4]
        for row in page_of(client, "units").select("table.data tbody tr")
    ]
    rows = rows_of(book_of(client, "units_excel"))
    assert [[str(value) for value in row[:4]] for row in rows[:-1]] == shown
    assert rows[-1][:2] == ["合计", 153]
    assert isinstance(rows[0][1], int), "a real number"


def test_leaders_stand_in_the_order_of_the_lists(corpus, foreign_office, client_for):
    client = client_for(foreign_office)
    names = [row[0] for row in rows_of(book_of(client, "leaders_excel", place=XIANGSHAN))]
    shown = page_of(client, "leaders", place=XIANGSHAN).select("table.data tbody td.main")
    assert names == [cell.get_text(strip=True) for cell in shown]


def test_an_empty_board_is_an_excel_file_too(client):
    assert "无" in words_of(book_of(client, "leaders_excel"))
    assert "没有符合条件的单子" in words_of(book_of(client, "slips_excel"))
    assert "没有符合条件的通报" in words_of(book_of(client, "bulletins_excel"))


def test_the_date_of_the_page_is_the_date_of_the_file(client):
    april = rows_of(book_of(client, "units_excel", query="?as_of=2023-04-10"))
    june = rows_of(book_of(client, "units_excel", query="?as_of=2023-06-30"))
    assert april != june


def test_the_sheet_of_a_unit_has_all_that_its_page_has(client, office, make_unit):
    unit = make_unit("县教育局")
    report = Report.objects.filter(project__lead_unit=unit).first()
    report.help_needed, report.problems = "=请协调用地", "用地未落实"
    report.save()
    issue_slip(
        by=office,
        unit=unit,
        reporting_round=Round.objects.get(county__code="330327"),
        kind="urge",
        text="请补报。",
        today=date(2023, 4, 13),
        deadline=date(2023, 4, 17),
    )
    forget_states()
    page = page_of(client, "unit", ["县教育局"])
    assert "请协调用地" in page.select_one("#troubles").get_text()
    assert "催办单" in page.select_one("#open-slips").get_text()
    book = book_of(client, "unit_excel", ["县教育局"])
    assert book.sheetnames == ["条目", "到期节点", "问题和协调", "催办督办单"]
    shown = [cell.a.get_text(strip=True) for cell in page.select("table.group-items tbody td.main")]
    assert [row[0] for row in rows_of(book, "条目")] == shown, "worst first, as on the page"
    typed = [c for row in book["问题和协调"].iter_rows() for c in row if c.value == "=请协调用地"]
    assert typed
    assert {cell.data_type for cell in typed} == {"s"}, "no formula from user's text"
    assert rows_of(book, "催办督办单")[0][2] == "县教育局"


def test_a_leaders_sheet_is_that_of_the_page(corpus, foreign_office, client_for):
    client = client_for(foreign_office)
    book = book_of(client, "leader_excel", ["胡颖磊"], place=XIANGSHAN)
    page = page_of(client, "leader", ["胡颖磊"], place=XIANGSHAN)
    assert len(rows_of(book, "条目")) == len(page.select("table.group-items tbody tr"))
    assert page.select_one("[data-print-page]") is not None


def test_what_is_made_up_is_said_in_every_file(client):
    Round.objects.filter(county__code="330327").update(simulated=True)
    forget_states()
    for name, arguments in (
        ("overview_excel", ()),
        ("units_excel", ()),
        ("unit_excel", ("县教育局",)),
        ("rounds_excel", ()),
        ("round_excel", (APRIL,)),
        ("review_excel", (APRIL,)),
        ("year_end_excel", ()),
        ("item_excel", ("province", 3)),
    ):
        assert "演示数据" in words_of(book_of(client, name, arguments)), name
    for name in ("overview_excel", "units_excel"):
        assert "示例数据" in words_of(book_of(client, name)), name


def test_the_overview_has_its_counts_and_what_needs_attention(client):
    book = book_of(client, "overview_excel")
    assert book.sheetnames == ["总体情况", "单位情况", "需要关注", "到期节点"]
    lead = page_of(client, "overview").select_one("#attention .panel-lead").get_text()
    assert lead.startswith(f"{len(rows_of(book, '需要关注'))}项需要关注")
    assert "我县" in words_of(book)


def test_the_rounds_and_what_came_in(client, office):
    reporting_round = Round.objects.get(county__code="330327")
    Round.objects.create(county=reporting_round.county, as_of=date(2023, 5, 10), state="planned")
    rows = rows_of(book_of(client, "rounds_excel"))
    assert [row[1] for row in rows] == ["已截止", "未开放"]
    assert isinstance(rows[0][6], int)
    assert rows[1][6] == "—", "nothing is known of a round that is not open"


def test_a_round_tells_its_extensions(client, office, make_unit):
    reporting_round = Round.objects.get(county__code="330327")
    Extension.objects.create(
        round=reporting_round,
        unit=make_unit("县教育局"),
        kind="extended",
        until="2023-04-20T23:59:59+08:00",
        reason="+台风",
        granted_by=office,
    )
    book = book_of(client, "round_excel", [APRIL])
    assert rows_of(book, "延期与重开")[0][:5] == [
        "县教育局",
        "延期",
        "2023年4月20日 23:59",
        "已失效",
        "+台风",
    ]


def test_a_kept_round_tells_its_versions(corpus_as_loaded, office, client_for):
    book = book_of(client_for(office), "round_excel", [APRIL])
    assert book.sheetnames == ["期次", "延期与重开", "第1版"]


@pytest.fixture
def slips(client, office, make_unit):
    reporting_round = Round.objects.get(county__code="330327")
    for name, kind in (("县教育局", "urge"), ("县卫健局", "red")):
        issue_slip(
            by=office,
            unit=make_unit(name),
            reporting_round=reporting_round,
            kind=kind,
            text="请补报。",
            today=date(2023, 4, 13),
            deadline=date(2023, 4, 17),
        )


def test_slips_are_filtered_as_the_page_is(client, slips):
    assert len(rows_of(book_of(client, "slips_excel"))) == 2
    rows = rows_of(book_of(client, "slips_excel", query="?kind=urge"))
    assert [row[2] for row in rows] == ["县教育局"]
    assert rows[0][6].date() == date(2023, 4, 17), "a real date"


def test_a_reporter_has_the_own_slips_alone(client, slips, reporter, client_for):
    rows = rows_of(book_of(client_for(reporter), "slips_excel"))
    assert [row[2] for row in rows] == ["县教育局"]
    assert Slip.objects.count() == 2


def test_the_queue_is_filtered_as_the_page_is(client):
    accepted = "?state=accepted"
    whole = rows_of(book_of(client, "review_excel", [APRIL], accepted))
    page = page_of(client, "review", [APRIL], accepted)
    assert len(whole) == len(page.select("table.review tbody td.main")) > 100
    shown = [cell.get_text(strip=True) for cell in page.select("table.review tbody td.main")]
    assert [row[1] for row in whole] == shown
    assert len(rows_of(book_of(client, "review_excel", [APRIL], accepted + "&kind=problem"))) < len(
        whole
    )


def test_a_units_head_has_the_own_queue(corpus, reporter, client_for):
    person = type(reporter).objects.create(
        username="head", name="局长", role=Role.LEAD_UNIT, unit=reporter.unit, heads_unit=True,
        must_change_password=False,
    )  # fmt: skip
    Report.objects.filter(project__lead_unit=reporter.unit).update(state="in_unit")
    rows = rows_of(book_of(client_for(person), "unit_review_excel", [APRIL]))
    assert {row[2] for row in rows} == {"县教育局"}


def test_the_issues_of_the_bulletin(client, office):
    reporting_round = Round.objects.get(county__code="330327")
    start_bulletin(by=office, round=reporting_round, data=proposed_data(reporting_round))
    rows = rows_of(book_of(client, "bulletins_excel"))
    assert rows[0][0] == "（草稿）"
    assert rows[0][4] == "起草中"


def test_every_page_with_a_board_leads_to_its_file(client, slips):
    for name, arguments in (
        ("overview", ()),
        ("units", ()),
        ("unit", ("县教育局",)),
        ("rounds", ()),
        ("round", (APRIL,)),
        ("slips", ()),
        ("item", ("province", 3)),
        ("year_end", ()),
    ):
        links = page_of(client, name, arguments).select(".page-actions a[download]")
        assert links, name
        for link in links:
            response = client.get(link["href"])
            assert response.status_code == 200, link["href"]
            if response.streaming:
                response.getvalue()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("overview_excel", ()), ("unit_excel", ("县教育局",)), ("units_excel", ())],
)
def test_a_file_costs_the_same_queries_with_few_items_as_with_many(name, arguments, client):
    url = reverse(name, args=[*CANGNAN, *arguments])

    def queries():
        forget_states()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    queries()
    many = queries()
    items = ListItem.objects.filter(project_list__county__code="330327")
    kept = items.get(project_list__level="province", number=4)
    items.exclude(pk=kept.pk).delete()
    assert queries() == many
