"""单位: the units in numbers, and the items of one; on the real lists."""

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import plotly.graph_objects
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from livelihood.testing import create_unit
from progress.models import Report
from progress.operations.groups import promised
from progress.operations.kept_states import forget_states
from projects.models import ListItem
from projects.rules.planned import ItemPlan, TargetPlan

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
XIANGSHAN = ["330225", 2024]
UNITS = reverse("units", args=CANGNAN)


def unit_url(name, place=CANGNAN):
    return reverse("unit", args=[*place, name])


def page_of(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def rows_of(page):
    """The rows of the table of units, by unit: {heading: cell}."""
    table = page.select_one("table.data")
    headings = [words(cell) for cell in table.select("thead th")]
    return {
        words(row.td): dict(zip(headings, row.select("td"), strict=True))
        for row in table.select("tbody tr")
    }


@pytest.fixture
def client(corpus, office, client_for):
    return client_for(office)


@pytest.fixture
def xiangshan(corpus, foreign_office, client_for):
    return client_for(foreign_office)


# -- All units -------------------------------------------------------------------------


def test_units_with_items_behind_stand_first(client):
    page = page_of(client, UNITS)
    assert "26个单位中6个有滞后条目" in words(page)
    rows = rows_of(page)
    assert list(rows)[:3] == ["县教育局", "县卫健局", "县水利局"]
    late = [int(words(row["滞后"])) for row in rows.values()]
    assert late == sorted(late, reverse=True)
    assert sum(late) == 9


def test_the_counts_of_a_unit_add_up(client):
    row = rows_of(page_of(client, UNITS))["县交通局"]
    shown = {heading: words(cell) for heading, cell in row.items()}
    assert shown["条目"] == "12"
    statuses = ["已完成", "超序时", "按序时", "滞后", "未报"]
    assert sum(int(shown[status]) for status in statuses) == 12
    assert (shown["已完成"], shown["低于全市平均"]) == ("4", "3")
    assert shown["下一节点"] == "2023年4月30日 省级第26项"


def test_the_totals_are_those_of_the_bulletin(client):
    foot = [words(cell) for cell in page_of(client, UNITS).select("table.data tfoot > tr > *")]
    assert foot == ["合计", "153", "8", "45", "91", "9", "0", "0", "25", "9", ""]


def test_every_number_opens_just_the_items_that_it_counts(client):
    rows = rows_of(page_of(client, UNITS))
    for name in ("县教育局", "县交通局", "县公安局"):
        for heading, cell in rows[name].items():
            if cell.a is None or heading in ("牵头单位", "下一节点"):
                continue
            listed = page_of(client, cell.a["href"])
            assert len(listed.select("table.items tbody td.main")) == int(words(cell)), (
                name,
                heading,
            )
    assert rows["县公安局"]["滞后"].a is None, "a 0 opens nothing"


def test_links_keep_the_date_that_was_chosen(client):
    rows = rows_of(page_of(client, f"{UNITS}?as_of=2023-06-30"))
    links = [cell.a["href"] for cell in rows["县教育局"].values() if cell.a]
    assert len(links) > 3
    for link in links:
        assert parse_qs(urlsplit(link).query)["as_of"] == ["2023-06-30"]


def test_the_chart_says_the_same_as_the_table(client):
    page = page_of(client, UNITS)
    drawn = json.loads(page.find(id="unit-figure").string)
    plotly.graph_objects.Figure(drawn)
    rows = rows_of(page)
    late = next(trace for trace in drawn["data"] if trace["name"] == "滞后")
    assert late["y"] == list(rows)
    assert late["x"] == [int(words(row["滞后"])) for row in rows.values()]


def test_before_any_report_only_the_plan_is_counted(xiangshan):
    page = page_of(xiangshan, f"{reverse('units', args=XIANGSHAN)}?as_of=2024-05-20")
    assert "尚无填报，不作研判" in words(page)
    rows = rows_of(page)
    assert list(rows["县住建局"]) == ["牵头单位", "条目", "节点", "已到期节点", "下一节点"]
    assert [words(cell) for cell in rows["县住建局"].values()] == [
        "县住建局",
        "7",
        "41",
        "14",
        "2024年5月31日 县级第17项",
    ]
    assert page.find(id="unit-figure") is None


def test_items_of_which_nothing_is_known_yet_have_a_column_of_their_own(client, county):
    Report.objects.filter(project__items__project_list__level="province").delete()
    county.rounds.update(state="open")
    rows = rows_of(page_of(client, UNITS))
    assert words(rows["县公安局"]["尚无进展"]) == "0", "completed all the same"
    assert int(words(rows["县教育局"]["尚无进展"])) > 0


def test_a_lead_unit_sees_itself_alone(corpus, reporter, client_for):
    page = page_of(client_for(reporter), UNITS)
    assert list(rows_of(page)) == ["县教育局"]
    assert page.find(id="unit-figure") is None, "one bar compares nothing"


def test_a_unit_without_items_is_told_so(corpus, make_user, make_unit, client_for):
    client = client_for(make_user("lead_unit", make_unit("县档案馆")))
    assert "没有您可以查看的条目" in words(page_of(client, UNITS))
    assert "没有牵头苍南县2023年的条目" in words(page_of(client, unit_url("县档案馆")))


# -- One unit --------------------------------------------------------------------------


def test_a_unit_stands_in_one_sentence(client):
    said = words(page_of(client, unit_url("县教育局")).select_one(".panel-lead"))
    assert said.startswith(
        "截至2023年4月10日，共16个条目（13个事项）：超序时3项、按序时11项、滞后2项。"
        "其中3项低于全市平均，5项存在问题。"
    )


def test_what_is_behind_stands_first_with_its_reason(client):
    page = page_of(client, unit_url("县教育局"))
    rows = page.select_one("table.data").select("tbody tr")
    assert len(rows) == 16
    first = words(rows[0])
    assert "▼ 滞后 ▼ 低于全市平均" in first
    assert "省级第3项 为50200名义务教育段学生开展正脊筛查。" in first
    assert "50200名 20.0 — — “3月：" in first
    assert "低于全市平均7.2个百分点" in first
    rest = [words(row.select_one("td.main a")) for row in rows[-3:]]
    assert rest == ["市级第8项", "市级第9项", "县级第10项"], "the others in list order"


def test_overdue_and_coming_milestones_are_told_apart(client):
    due = page_of(client, unit_url("县教育局")).find(id="due")
    told = words(due)
    assert "7个节点已到期而未完成、数量未达或未说明；" in told
    assert "5个节点在2023年4月10日起30天内到期。" in told
    rows = [words(row) for row in due.select("tbody tr")]
    assert len(rows) == 12
    assert rows[0].startswith("2023年2月28日 未说明，已到期41天 县级第8项")
    assert any(row.startswith("2023年3月31日 未完成，逾期10天 省级第3项") for row in rows)
    assert rows[-1].startswith("2023年5月10日 未到期，还有30天 市级第6项")


def test_a_completed_item_has_no_milestones_left(client):
    due = page_of(client, unit_url("县公安局")).find(id="due")
    assert "30天内没有到期的节点，也没有逾期的节点" in words(due)


def test_without_reports_nothing_is_overdue(xiangshan):
    due = page_of(xiangshan, f"{unit_url('县住建局', XIANGSHAN)}?as_of=2024-05-20").find(id="due")
    assert "4个节点在2024年5月20日起30天内到期。" in words(due)
    assert "未说明" not in words(due)


def test_another_name_of_a_unit_leads_to_its_page(client):
    response = client.get(f"{unit_url('县应急局')}?as_of=2023-04-10")
    assert response.status_code == 302
    assert response.url == f"{unit_url('县应急管理局')}?as_of=2023-04-10"


@pytest.mark.parametrize("name", ["绝无此局", "县\0教育局"])
def test_a_unit_that_does_not_exist_is_not_found(name, client):
    assert client.get(unit_url(name)).status_code == 404


def test_a_unit_of_another_county_or_another_unit_is_not_found(
    corpus, reporter, foreign_office, client_for
):
    create_unit(foreign_office.unit.region, "县教育局")
    assert client_for(reporter).get(unit_url("县教育局")).status_code == 200
    assert client_for(reporter).get(unit_url("县水利局")).status_code == 404
    assert client_for(foreign_office).get(unit_url("县教育局")).status_code == 404


def test_targets_are_named_only_where_there_are_several():
    period = date(2023, 1, 1), date(2023, 11, 30)
    number = TargetPlan(1, "托位", 400.0, "个", "quantity", None)
    deed = TargetPlan(2, "建立平台", None, "", "milestone", None)
    assert promised(ItemPlan((number,), (), *period)) == "400个"
    assert promised(ItemPlan((deed,), (), *period)) == "建立平台"
    assert promised(ItemPlan((number, deed), (), *period)) == "托位400个；建立平台"
    assert promised(ItemPlan((), (), *period)) == ""


def test_a_units_page_costs_the_same_queries_with_one_item_as_with_many(client):
    def queries(url):
        forget_states()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    url = unit_url("县教育局")
    client.get(url)
    many = queries(url)
    items = ListItem.objects.filter(project_list__county__code="330327")
    kept = items.get(project_list__level="province", number=4)
    items.exclude(pk=kept.pk).delete()
    assert queries(url) == many
    assert many <= 21


def test_a_unit_without_a_table_of_the_citys_is_not_below_by_zero(client):
    page = BeautifulSoup(client.get(reverse("units", args=["330327", 2023])).content, "html.parser")
    rows = {row.a.text: row for row in page.select("table.data tbody tr") if row.a}
    below = {
        name: row.select_one('[data-label="低于全市平均"]').get_text(strip=True)
        for name, row in rows.items()
    }
    assert below["县教育局"] == "3"
    assert below["县妇联"] == "—"  # on no list that the city compares
