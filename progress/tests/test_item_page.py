"""条目: what the page of one item says, on the real lists, and what it does not tell."""

import json
from datetime import date
from decimal import Decimal

import plotly.graph_objects
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from livelihood.organisation.operations.audit import record
from livelihood.testing import create_unit
from progress.models import CityComparison, ItemWording, MilestoneMark, Reading, Report, Round
from progress.operations.breakdown import AllocationRow, breakdown, sites_check
from progress.operations.item_detail import curve_chart, curve_rows, planned_value
from progress.operations.kept_states import forget_states
from projects.models import ListItem
from projects.rules.planned import ItemPlan, MilestonePlan, TargetPlan

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
XIANGSHAN = ["330225", 2024]
PERIOD = date(2023, 1, 1), date(2023, 11, 30)


def address(level, number, place=CANGNAN):
    return reverse("item", args=[*place, level, number])


def page_of(client, level, number, place=CANGNAN, query=""):
    response = client.get(address(level, number, place) + query)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def section(page, name):
    return words(page.find(id=name))


def figure(page, name):
    drawn = json.loads(page.find(id=name).string)
    plotly.graph_objects.Figure(drawn)  # refuses what plotly does not know
    return drawn


def listed(level, number, code="330327"):
    return ListItem.objects.get(
        project_list__county__code=code, project_list__level=level, number=number
    )


@pytest.fixture
def client(corpus, office, client_for):
    return client_for(office)


@pytest.fixture
def xiangshan(corpus, foreign_office, client_for):
    return client_for(foreign_office)


@pytest.fixture
def later_round(corpus, county):
    return Round.objects.create(county=county, as_of=date(2023, 5, 10), state=Round.State.CLOSED)


# -- Where we are ----------------------------------------------------------------------


def test_the_page_names_the_item_and_the_way_back(client):
    page = page_of(client, "province", 3)
    assert words(page.h1) == "省级第3项 义务教育段学生正脊筛查"
    crumbs = [words(crumb) for crumb in page.select(".breadcrumb-item")]
    assert crumbs == ["总览", "清单", "省级第3项"]
    assert page.select_one('a[rel="prev"]')["href"] == address("province", 2)
    assert page.select_one('a[rel="next"]')["href"] == address("province", 4)


def test_neighbours_end_with_the_list_and_keep_the_date(client):
    first = page_of(client, "city", 1, query="?as_of=2023-06-30")
    assert not first.select('a[rel="prev"]')
    assert first.select_one('a[rel="next"]')["href"] == f"{address('city', 2)}?as_of=2023-06-30"
    assert not page_of(client, "city", 54).select('a[rel="next"]')


def test_a_starred_item_with_its_people_says_so(xiangshan):
    page = page_of(xiangshan, "county", 1, XIANGSHAN)
    assert words(page.h1) == "县级第1项 ★ 60岁以上老年人免费接种流感疫苗"
    facts = section(page, "whose")
    assert "责任领导 胡颖磊" in facts
    assert "责任人 朱爱春" in facts
    assert "各镇乡政府、街道办事处" in facts
    assert page.find(id="whose").find("a", string="胡颖磊")["href"] == reverse(
        "leader", args=[*XIANGSHAN, "胡颖磊"]
    )


def test_a_unit_stands_as_printed_and_leads_to_the_unit(client):
    facts = page_of(client, "county", 23).find(id="whose")
    assert "县应急局 （即县应急管理局）" in words(facts)
    assert facts.find("a", string="县应急局")["href"] == reverse(
        "unit", args=[*CANGNAN, "县应急管理局"]
    )


# -- Why -------------------------------------------------------------------------------


def test_the_judgement_is_explained_with_its_numbers_and_thresholds(client):
    why = section(page_of(client, "province", 3), "why")
    assert "判为滞后：有1个到期节点未完成。" in why
    assert "计划进度20.0%，实际进度没有数据，不计算偏差" in why
    assert "应于2023年3月31日前完成，未完成，已逾期10天" in why
    assert "研判规则（2023年1月1日起执行）" in why
    assert "节点逾期超过30天" in why
    assert "已完成以“核实”为准" in why


def test_another_date_is_judged_as_of_that_date(client):
    page = page_of(client, "province", 3, query="?as_of=2023-07-05")
    assert "计划进度50.0%" in section(page, "why")
    assert page.select_one(".chip-seriously_behind"), "the milestone is over 30 days late"


def test_contradictions_are_said_in_words(client):
    assert "进度安排累计到595艘，与目标值624艘不符" in section(
        page_of(client, "county", 31), "doubts"
    )
    assert page_of(client, "province", 3).find(id="doubts") is None


def test_completion_is_told_with_its_stages(client):
    page = page_of(client, "city", 36)
    assert "2023年4月10日单位报完成，2023年4月10日核实" in section(page, "whose")
    assert "上级销号" not in section(page, "whose")
    before = page_of(client, "city", 36, query="?as_of=2023-04-09")
    assert "单位报完成" not in section(before, "whose"), "it was not declared yet"


# -- Targets and curve -----------------------------------------------------------------


def test_unknown_figures_are_dashes_and_never_zero(client):
    cells = [words(cell) for cell in page_of(client, "province", 3).select("#targets td")]
    assert cells == [
        "义务教育段学生正脊筛查",
        "50200名",
        "—",
        "—",
        "20.0",
        "—",
        "—",
        "填报中没有数据。",
    ]


def test_targets_show_planned_and_reported_numbers_with_their_unit(client):
    cells = [words(cell) for cell in page_of(client, "county", 31).select("#targets td")]
    assert cells[:7] == [
        "24米以上大型渔船安装宽带卫星终端",
        "624艘",
        "200艘",
        "218艘",
        "32.1",
        "34.9",
        "+2.8",
    ]


def test_a_figure_for_the_whole_item_is_named_as_one(client):
    assert "按条目整体填报的进度计" in section(page_of(client, "city", 36), "targets")


def test_a_number_for_several_targets_together_is_no_planned_number_of_one():
    targets = tuple(TargetPlan(k, f"指标{k}", 10.0, "个", "quantity", None) for k in (1, 2))
    together = MilestonePlan(9, None, date(2023, 3, 31), 50.0, 10.0, "一季度", "完成10个")
    assert planned_value(ItemPlan(targets, (together,), *PERIOD), 1, date(2023, 4, 1)) is None
    single = ItemPlan(targets[:1], (together,), *PERIOD)
    assert planned_value(single, 1, date(2023, 4, 1)) == 10.0
    assert planned_value(single, 1, date(2023, 3, 30)) is None, "not due yet"


def test_the_curve_is_the_plan_in_steps_with_the_reported_point(client):
    page = page_of(client, "province", 10)
    drawn = figure(page, "curve-figure")
    plan, reported = drawn["data"]
    assert plan["line"]["shape"] == "hv"
    steps = dict(zip(plan["x"], plan["y"], strict=True))
    assert (steps["2023-03-31"], steps["2023-06-30"], steps["2023-12-31"]) == (61.0, 84.7, 100.0)
    assert (reported["x"], reported["y"]) == (["2023-04-10"], [66.7])
    rows = [[words(cell) for cell in row.select("td")] for row in page.select("#curve tbody tr")]
    assert ["2023年4月10日", "61.0", "66.7", "+5.7"] in rows
    assert ["2023年6月30日", "84.7", "—", "—"] in rows


def test_where_a_target_is_unknown_the_variance_says_on_what_it_rests(client):
    page = page_of(client, "county", 31)
    drawn = figure(page, "curve-figure")
    assert drawn["data"][2]["name"] == "可比目标的计划"
    assert drawn["data"][2]["y"] == [32.1]
    assert "（可比目标）计算：计划32.1%，实际34.9%。" in section(page, "curve")
    assert "2项目标中1项有数据" in words(page.select_one(".tiles"))


def test_a_target_without_a_planned_percent_is_not_compared(client):
    page = page_of(client, "county", 6)
    rows = [[words(cell) for cell in row.select("td")] for row in page.select("#targets tbody tr")]
    assert rows[2][4:7] == ["—", "72.0", "—"]
    assert "进度安排没有百分比" in rows[2][7]
    assert "有数据的目标在进度安排中没有百分比，不计算偏差。" in section(page, "curve")
    assert len(figure(page, "curve-figure")["data"]) == 2, "nothing to compare with"


def test_time_passes_in_a_line_where_there_is_no_schedule(client):
    page = page_of(client, "city", 36)
    plan = figure(page, "curve-figure")["data"][0]
    assert plan["line"]["shape"] == "linear"
    assert plan["y"][-1] == 100.0
    assert "清单没有写明进度安排，计划按时间进度计" in section(page, "curve")


def test_a_plan_without_any_number_has_no_curve(client):
    stage = MilestonePlan(1, None, date(2023, 3, 31), None, None, "一季度", "制订方案")
    plan = ItemPlan((), (stage,), *PERIOD)
    assert curve_rows(plan, []) == []
    assert curve_chart(plan, [], None) is None
    item = listed("province", 3)
    item.milestones.update(percent=None, value=None, basis="none")
    page = page_of(client, "province", 3)
    assert page.find(id="curve-figure") is None
    assert "按到期节点是否完成研判" in section(page, "curve")
    assert not page.select("script[src*=plotly]"), "no chart, no chart script"


def add_report(item, as_of_round, percent=None, state=Report.State.ACCEPTED, **more):
    report = Report.objects.create(
        round=as_of_round, project=item.project, state=state, narrative="继续推进。", **more
    )
    if percent is not None:
        Reading.objects.create(
            report=report,
            indicator=item.targets.get().indicator,
            percent=Decimal(percent),
            basis=Reading.Basis.STATED,
        )
    return report


def test_every_accepted_report_with_a_figure_is_a_point(client, later_round):
    add_report(listed("province", 43), later_round, "86")
    reported = figure(page_of(client, "province", 43), "curve-figure")["data"][1]
    assert (reported["x"], reported["y"]) == (["2023-04-10", "2023-05-10"], [80.0, 86.0])
    before = page_of(client, "province", 43, query="?as_of=2023-05-09")
    assert figure(before, "curve-figure")["data"][1]["y"] == [80.0], "nothing of the future"


def test_a_report_without_a_figure_is_no_point(client, later_round):
    add_report(listed("province", 43), later_round)
    page = page_of(client, "province", 43)
    assert figure(page, "curve-figure")["data"][1]["y"] == [80.0]
    assert "截至2023年5月10日" in section(page, "reports")
    assert "实际进度80.0%" in section(page, "curve"), "the last known figure still judges"


@pytest.mark.parametrize("state", [s for s in Report.State if s != Report.State.ACCEPTED])
def test_a_report_that_is_not_accepted_does_not_show(state, client, later_round):
    add_report(listed("province", 43), later_round, "86", state=state)
    page = page_of(client, "province", 43)
    assert figure(page, "curve-figure")["data"][1]["y"] == [80.0]
    assert "继续推进" not in words(page)


def test_a_figure_that_another_list_alone_prints_is_not_this_items(client, later_round):
    here, there = listed("province", 43), listed("county", 24)
    assert here.project_id == there.project_id
    report = add_report(here, later_round)
    Reading.objects.create(
        report=report,
        indicator=there.targets.get().indicator,
        item=there,
        percent=Decimal(99),
        basis=Reading.Basis.STATED,
    )
    assert figure(page_of(client, "province", 43), "curve-figure")["data"][1]["y"] == [80.0]
    assert figure(page_of(client, "county", 24), "curve-figure")["data"][1]["y"] == [80.0, 99.0]


# -- Milestones ------------------------------------------------------------------------


def timeline(page):
    return [
        (
            row["class"][0],
            words(row.select_one(".timeline-date")),
            words(row.select_one(".timeline-state")),
        )
        for row in page.select(".timeline > li")
    ]


def test_milestones_stand_in_order_with_word_date_and_evidence(client):
    page = page_of(client, "province", 43)
    assert timeline(page) == [
        ("met", "2023年3月31日", "已完成"),
        ("unmet", "2023年3月31日", "未完成，逾期10天"),
        ("later", "2023年6月30日", "未到期"),
        ("later", "2023年9月30日", "未到期"),
        ("later", "2023年10月31日", "未到期"),
    ]
    told = section(page, "milestones")
    assert "共5个节点：已完成1个，未完成1个，未到期3个。" in told
    assert "依据：即将下发批复文件，完成进度80%" in told
    assert "（计划累计100.0%，5公里）" in told


def test_a_milestone_of_which_nothing_is_told_is_neither_met_nor_unmet(client):
    states = timeline(page_of(client, "county", 8))
    assert states[0] == ("due", "2023年2月28日", "未说明")
    assert ("later", "2023年4月30日", "未到期，还有20天") in states
    assert len(states) == 19


def test_the_latest_report_decides_on_a_milestone(client, later_round):
    item = listed("province", 43)
    report = add_report(item, later_round)
    MilestoneMark.objects.create(
        report=report, milestone=item.milestones.get(label="3月份"), met=True, why="批复已下发"
    )
    page = page_of(client, "province", 43)
    assert timeline(page)[1] == ("met", "2023年3月31日", "已完成")
    assert "依据：批复已下发" in section(page, "milestones")
    assert "即将下发批复文件，完成进度80%" not in section(page, "milestones")


def test_without_any_report_a_past_milestone_is_due_and_not_blamed(xiangshan):
    page = page_of(xiangshan, "county", 1, XIANGSHAN, "?as_of=2024-04-05")
    states = timeline(page)
    assert states[0] == ("later", "2024年3月31日", "已到期")
    assert states[1] == ("later", "2024年4月30日", "未到期，还有25天")
    assert page.select_one(".chip-unknown")
    assert "尚无填报" in section(page, "wording")


def test_rows_that_share_a_schedule_say_so_on_both_sides(client):
    assert "与第18项共用进度安排" in section(page_of(client, "province", 19), "wording")
    assert "与第19项共用进度安排" in section(page_of(client, "province", 18), "wording")


# -- The city --------------------------------------------------------------------------


def test_the_citys_table_shows_average_rank_and_that_it_is_made_up(client):
    city = page_of(client, "province", 3).find(id="city")
    assert [words(cell) for cell in city.select("td")][:5] == [
        "2023年4月10日",
        "10.0",
        "17.2",
        "−7.2",
        "10 / 12",
    ]
    assert city.select_one(".badge-sample")


def test_earlier_tables_stay_and_later_ones_do_not_show(client):
    item = listed("province", 3)
    for day, average in ((date(2023, 3, 10), 5), (date(2023, 6, 10), 44)):
        CityComparison.objects.create(
            item=item, as_of=day, figure=10, average=average, source="市府办通报"
        )
    rows = page_of(client, "province", 3).select("#city tbody tr")
    assert [words(row.td) for row in rows] == ["2023年4月10日", "2023年3月10日"]
    assert "示例数据" not in words(rows[1]), "a real table is no sample"
    assert words(rows[1].select("td")[4]) == "—"


def test_where_a_reader_would_look_for_a_table_its_absence_is_said(client):
    assert "没有全市对比数据" in section(page_of(client, "city", 5), "city")
    assert page_of(client, "county", 8).find(id="city") is None


# -- Breakdown and sites ---------------------------------------------------------------


def test_the_breakdown_is_checked_in_words_and_drawn(xiangshan):
    page = page_of(xiangshan, "county", 1, XIANGSHAN)
    told = section(page, "breakdown")
    assert "18处相加为61600人，与目标值、原文合计一致。" in told
    assert "相加 61600 原文合计 61600" in told
    drawn = figure(page, "breakdown-figure")["data"][0]
    assert (drawn["y"][0], drawn["x"][0]) == ("石浦", 9321)
    assert sum(drawn["x"]) == 61600


def test_notes_of_a_breakdown_show(xiangshan):
    told = section(page_of(xiangshan, "county", 26, XIANGSHAN), "breakdown")
    assert "丹西 1 石屋及摩崖石刻" in told


def test_an_unstated_share_is_never_summed_as_zero(xiangshan):
    page = page_of(xiangshan, "county", 19, XIANGSHAN)
    told = section(page, "breakdown")
    assert "数据存疑 任务分解有3处未写明任务数。" in told
    assert "相加 — 原文合计 5" in told
    assert page.find(id="breakdown-figure") is None


def test_parts_of_several_targets_add_up_to_all_of_them(client):
    page = page_of(client, "county", 23)
    assert "10处相加为13个，与2项目标值之和一致。" in section(page, "breakdown")
    drawn = figure(page, "breakdown-figure")["data"][0]
    assert len(drawn["y"]) == 7, "a township that has a part of both stands once"
    assert sum(drawn["x"]) == 13


def test_a_breakdown_that_does_not_add_up_says_what_differs():
    target = TargetPlan(1, "充电桩", 10.0, "个", "quantity", None)
    plan = ItemPlan((target,), (), *PERIOD)
    rows = [AllocationRow("甲镇", 4.0, ""), AllocationRow("乙镇", 5.0, "")]
    found = breakdown(plan, rows, None)
    assert found.contradiction == found.check == "任务分解合计9，与目标值10不符。"
    assert breakdown(plan, rows, 10.0).check == "任务分解各项相加为9，原文合计为10。"
    deliverable = ItemPlan((TargetPlan(1, "平台", None, "", "milestone", None),), (), *PERIOD)
    unchecked = breakdown(deliverable, rows, None)
    assert unchecked.check == "2处相加为9；清单没有可核对的目标值或合计。"
    assert breakdown(plan, [], None) is None


def test_a_township_with_an_unstated_part_is_not_drawn():
    target = TargetPlan(1, "充电桩", 10.0, "个", "quantity", None)
    places = ["甲镇", "甲镇", "乙镇", "丙镇", "丁镇", "戊镇"]
    rows = [AllocationRow(p, v, "") for p, v in zip(places, [None, 5, 1, 2, 3, 4], strict=True)]
    found = breakdown(ItemPlan((target,), (), *PERIOD), rows, None)
    assert found.total is None
    assert found.chart["data"][0]["y"] == ["戊镇", "丁镇", "丙镇", "乙镇"]


def test_sites_are_counted_against_the_target(client):
    page = page_of(client, "county", 8)
    assert "清单点名6处点位" in section(page, "sites")
    assert "灵溪三幼" in section(page, "sites")
    nine = ItemPlan((TargetPlan(1, "村卫生室", 9.0, "个", "quantity", None),), (), *PERIOD)
    assert sites_check(nine, 10) == "点名的点位有10个，多于目标值9个。"
    assert sites_check(nine, 9) == "清单点名9处点位，目标值为9个。"
    assert sites_check(nine, 0) == ""


def test_items_without_breakdown_or_sites_have_no_such_panel(client):
    page = page_of(client, "province", 3)
    assert page.find(id="breakdown") is None
    assert page.find(id="sites") is None


# -- Words, siblings, history ----------------------------------------------------------


def test_the_printed_words_stand_in_full(client):
    item = listed("county", 8)
    wording = section(page_of(client, "county", 8), "wording")
    assert item.title in wording
    assert item.schedule in wording
    assert "目前实施情况 截至2023年4月10日： 灵溪三幼施工图设计" in wording
    assert "来源：苍南县人民政府公开的2023年民生实事进展通报" in wording


def test_the_readers_working_notes_never_show(client):
    noted = ListItem.objects.filter(project_list__county__code="330327").exclude(notes="")
    assert noted.count() > 20
    for item in noted.select_related("project_list")[:12]:
        html = client.get(item.get_absolute_url()).content.decode()
        assert item.notes[:30] not in html


def test_a_report_is_worded_as_this_list_prints_it(client):
    own = ItemWording.objects.select_related("item__project_list__county", "report").filter(
        item__project_list__county__code="330327"
    )[0]
    page = BeautifulSoup(client.get(own.item.get_absolute_url()).content, "html.parser")
    assert own.narrative in section(page, "wording")
    assert own.report.narrative not in section(page, "wording")


def test_the_same_work_on_other_lists_is_named_with_its_own_standing(client):
    page = page_of(client, "province", 43)
    told = section(page, "siblings")
    assert "县级第24项 开工建设海塘安澜（北片海塘）3公里。" in told
    assert "▼ 滞后 3公里 85.0 80.0 −5.0" in told
    assert "口径差异：目标值分别为5公里、3公里。" in told
    assert page.find(id="siblings").a["href"] == address("county", 24)
    assert page_of(client, "province", 3).find(id="siblings") is None


def test_a_list_item_of_another_unit_is_not_betrayed(corpus, reporter, make_unit, client_for):
    other = listed("county", 8)
    other.lead_unit = make_unit("县卫健局")
    other.save()
    page = page_of(client_for(reporter), "city", 2)
    assert "市级第3项" in section(page, "siblings")
    assert "县级第8项" not in words(page), "neither the item nor the note that names it"


def test_reports_stand_round_by_round_with_their_readings(client, later_round):
    add_report(listed("province", 43), later_round, "86", problems="用地未批。")
    rows = [words(row) for row in page_of(client, "province", 43).select("#reports li")]
    assert rows[0].startswith("截至2023年5月10日 表述见上")
    assert "开工建设海塘自报86.0%" in rows[0]
    assert rows[1].startswith("截至2023年4月10日 目前已出具行业审核意见")
    assert "自报80.0%" in rows[1]


def test_a_derived_reading_says_that_it_is_derived(client):
    told = section(page_of(client, "county", 31), "reports")
    assert "24米以上大型渔船安装宽带卫星终端累计218艘，折合34.9%" in told


def test_changes_name_who_did_what_and_when(client, office):
    assert "载入后没有变更" in section(page_of(client, "province", 3), "changes")
    record(by=office, subject=listed("province", 3), summary="更正目标值")
    told = section(page_of(client, "province", 3), "changes")
    assert "林晓明 更正目标值" in told
    assert "年" in told


# -- What does not exist ---------------------------------------------------------------


@pytest.mark.parametrize(
    "tail", ["galaxy/1/", "province/0/", "province/47/", "province/99999999999999999999/"]
)
def test_an_item_that_does_not_exist_is_not_found(tail, client):
    assert client.get(f"{reverse('items', args=CANGNAN)}{tail}").status_code == 404


def test_an_item_of_another_unit_or_county_is_not_found(
    corpus, reporter, foreign_office, client_for
):
    assert client_for(reporter).get(address("province", 3)).status_code == 200
    assert client_for(reporter).get(address("province", 43)).status_code == 404
    assert client_for(foreign_office).get(address("province", 3)).status_code == 404


def test_a_reporters_neighbours_are_the_own_items(corpus, reporter, client_for):
    page = page_of(client_for(reporter), "province", 6)
    assert not page.select('a[rel="next"]'), "the unit leads provincial items 1 to 6"


def queries(client, url):
    forget_states()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_a_page_costs_as_many_queries_with_few_items_as_with_many(client, county, make_unit):
    url = address("province", 43)
    client.get(url)  # content types and the like are looked up once
    many = queries(client, url)
    unit = create_unit(county, "县气象局")
    item = listed("province", 43)
    ListItem.objects.exclude(project=item.project).exclude(lead_unit=unit).delete()
    assert queries(client, url) == many
    for month in (5, 6, 7):
        later = Round.objects.create(county=county, as_of=date(2023, month, 10), state="closed")
        add_report(item, later, str(80 + month))
    assert queries(client, url) == many
    assert many <= 32
