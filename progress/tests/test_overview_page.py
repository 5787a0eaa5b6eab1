"""总览: what the dashboard of a county says, on the real lists."""

import json
import re
from datetime import date, timedelta
from urllib.parse import urlsplit

import plotly.graph_objects
import pytest
from bs4 import BeautifulSoup
from django.db.models import F
from django.urls import reverse

from progress.models import CityComparison, MilestoneMark
from projects.models import LEVEL_ORDER, ListItem, Milestone

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
XIANGSHAN = ["330225", 2024]
AS_OF = date(2023, 4, 10)
# As the bulletin printed it; it mixes , and ，, which is the only thing mended here.
PRINTED = (
    "2023年我县共承办省政府民生实事指标46项、市政府民生实事指标54项以及县政府民生实事指标53项。"
    "截至4月10日,有8项已提前完成。但省民生实事有25个项目实施进度低于全市平均水平，其中"
    "县教育局3项，县市监局3项,县卫健局3项，县交通局3项，县文广旅体局3项,县残联3项，县民政局2项，"
    "县水利局2项,县住建局1项,县委宣传部1项，县公安局1项。"
).replace(",", "，")
NOTE = "（注：低于全市平均的项数依据示例数据得出。）"
TILES = {
    "条目": 153, "事项": 105, "已完成": 8, "按序时（含超序时）": 136,
    "滞后": 9, "低于全市平均": 25, "存在问题": 9, "未报": 0,
}  # fmt: skip
# From the sentence above: 县教育局3项 …
PRINTED_BELOW = {
    unit: int(count) for unit, count in re.findall(r"(?:，|其中)(县[^，]*?)(\d)项", PRINTED)
}


def page_of(client, place=CANGNAN, query=""):
    response = client.get(reverse("overview", args=place) + query)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def rows_of(table):
    return [[words(cell) for cell in row.find_all("td")] for row in table.select("tbody tr")]


def numbers(row):
    """A row's counts; — is a count that is not known."""
    return [0 if cell == "—" else int(cell) for cell in row]


def tiles_of(page):
    return {
        words(tile.select_one(".tile-label")): words(tile.select_one(".tile-number"))
        for tile in page.select(".tiles .tile")
    }


def count_behind(client, url):
    """How many items stand on the list to which a number leads."""
    response = client.get(url, headers={"HX-Request": "true"})
    assert response.status_code == 200
    part = BeautifulSoup(response.content, "html.parser")
    return len(part.select("table.items tbody tr:not(.group)"))


def figures_of(page):
    """Every chart's figure by the id of its JSON; each is one that plotly knows."""
    figures = {}
    for chart in page.select(".chart"):
        name = chart["data-figure"]
        figures[name] = json.loads(page.find("script", id=name).string)
        plotly.graph_objects.Figure(figures[name])
    return figures


@pytest.fixture
def client(corpus, office, client_for):
    return client_for(office)


# -- The headline and the counts -------------------------------------------------------


def test_the_headline_is_the_bulletins_own_sentence(client):
    headline = page_of(client).select_one("#headline-text")
    assert headline.get_text() == PRINTED + NOTE
    headline.select_one(".headline-note").extract()
    assert headline.get_text() == PRINTED


def test_the_tiles_count_what_the_bulletin_counts(client):
    page = page_of(client)
    assert tiles_of(page) == {label: str(count) for label, count in TILES.items()}
    below = page.select_one(".tile-below_city_average")
    assert "示例数据" in words(below)


@pytest.mark.parametrize("query", ["", "?as_of=2023-04-10", "?as_of=2023-07-15"])
def test_every_tile_opens_a_list_of_exactly_that_many_items(client, query):
    page = page_of(client, query=query)
    tiles = page.select(".tiles .tile")
    assert len(tiles) == len(TILES)
    for tile in tiles:
        label, count = (words(tile.select_one(f".tile-{part}")) for part in ("label", "number"))
        if query:
            assert query.removeprefix("?") in tile["href"], label
        # 事项 are pieces of work; their link leads to all the items that stand for them.
        expected = 153 if label == "事项" else 0 if count == "—" else int(count)
        assert count_behind(client, tile["href"]) == expected, label


def test_the_levels_add_up(client):
    table = page_of(client).select_one("table:has(tfoot)")
    rows = rows_of(table)
    assert [row[0] for row in rows] == ["省级", "市级", "县级"]
    counts = [numbers(row[1:]) for row in rows]
    assert [row[0] for row in counts] == [46, 54, 53]
    total = [sum(column) for column in zip(*counts, strict=True)]
    assert numbers(words(cell) for cell in table.select("tfoot td")) == total
    for items, completed, ahead, on_schedule, late, not_reported, _below, _problems in counts:
        assert completed + ahead + on_schedule + late + not_reported == items
    assert total[0] == TILES["条目"]
    assert total[1] == TILES["已完成"]
    assert total[2] + total[3] == TILES["按序时（含超序时）"]
    assert total[4:] == [TILES[label] for label in ("滞后", "未报", "低于全市平均", "存在问题")]


def test_what_the_city_does_not_compare_is_not_counted_as_zero(client):
    """The city's table is of the province's list alone."""
    page = page_of(client)
    levels = {row[0]: row[7] for row in rows_of(page.select_one("table:has(tfoot)"))}
    assert levels == {"省级": "25", "市级": "—", "县级": "—"}
    below = {row[0]: row[5] for row in rows_of(page.select_one("#units table"))}
    assert below["团县委"] == "—", "nothing of it is on the province's list"
    assert below["县医保局"] == "0", "compared, and not below"


def test_every_number_by_level_opens_its_items(client):
    links = page_of(client).select("table:has(tfoot) tbody a")
    assert len(links) > 15
    for link in links:
        assert count_behind(client, link["href"]) == int(words(link)), link["href"]


# -- Units ---------------------------------------------------------------------------------


def test_units_stand_worst_first_with_the_printed_counts_below_average(client):
    section = page_of(client).select_one("#units")
    rows = rows_of(section.table)
    assert len(rows) == 26
    assert words(section.select_one(".panel-lead")) == "26个单位中6个有滞后条目。"
    ranks = [numbers([row[3], row[4], row[5]]) for row in rows]
    assert ranks == sorted(ranks, reverse=True)
    assert [row[0] for row in rows if row[3] != "0"] == [
        "县教育局", "县卫健局", "县水利局", "县交通局", "团县委", "县应急管理局",
    ]  # fmt: skip
    assert len(PRINTED_BELOW) == 11
    assert {row[0]: int(row[5]) for row in rows if row[5] not in ("0", "—")} == PRINTED_BELOW
    assert sum(int(row[1]) for row in rows) == 153


def test_the_numbers_of_the_units_behind_open_their_items(client):
    rows = page_of(client).select("#units tbody tr")[:6]
    for row in rows:
        name, *links = row.select("a")
        assert client.get(name["href"]).status_code == 200
        for link in links:
            assert count_behind(client, link["href"]) == int(words(link)), link["href"]


def test_a_unit_seriously_behind_stands_before_one_with_more_items_behind(client):
    """On 20 May what fell due on 10 April or before has been late for more than 30 days."""
    page = page_of(client, query="?as_of=2023-05-20")
    serious = page.select_one(".tile-behind .tile-of")
    assert words(serious).startswith("其中严重滞后")
    bars = {bar["name"]: bar["x"] for bar in figures_of(page)["unit-figure"]["data"]}
    ranks = list(zip(bars["严重滞后"], bars.get("滞后", [0] * 26), strict=True))
    assert ranks == sorted(ranks, reverse=True)
    assert sum(bars["严重滞后"]) > 0


# -- What needs attention ----------------------------------------------------------------


def test_what_needs_attention_stands_worst_first_with_all_its_figures_in_one_row(client):
    section = page_of(client).select_one("#attention")
    assert words(section.select_one(".panel-lead")) == (
        "40项需要关注，最严重的在前：滞后9项，低于全市平均25项（ 示例数据 ），"
        "存在问题9项（有重叠）。"
    )
    assert [words(head) for head in section.select("th")] == [
        "研判", "条目", "牵头单位", "计划（%）", "实际（%）", "偏差（百分点）", "全市平均（%）",
        "原因",
    ]  # fmt: skip
    item = ListItem.objects.get(
        project_list__county__code="330327", project_list__level="province", number=43
    )
    comparison = CityComparison.objects.get(item=item)
    short = f"{comparison.average - comparison.figure:.1f}"
    assert rows_of(section.table)[0] == [
        "▼ 滞后 ▼ 低于全市平均 示例数据",
        f"省级第43项 {item.title}",
        "县水利局",
        "85.0",
        "80.0",
        "−5.0",
        f"{comparison.average:.1f}",
        f"“3月份：完成初设批复（预计完成进度85%）”未完成，逾期10天；低于全市平均{short}个百分点",
    ]


def test_the_nine_items_behind_stand_before_those_below_the_average(client):
    rows = rows_of(page_of(client).select_one("#attention table"))
    assert len(rows) == 10
    behind = {row[1].split()[0] for row in rows[:9]}
    assert behind == {
        "省级第3项", "省级第43项", "市级第42项", "市级第45项", "市级第49项", "市级第50项",
        "县级第8项", "县级第23项", "县级第24项",
    }  # fmt: skip
    assert all(row[0].startswith("▼ 滞后") for row in rows[:9])
    assert all("未完成，逾期10天" in row[7] for row in rows[:9])
    assert "▼ 低于全市平均 示例数据" in rows[9][0]
    assert rows[9][7].startswith("低于全市平均")


def test_the_whole_list_of_what_needs_attention_is_one_click_away(client):
    link = page_of(client).select_one("#attention .more a")
    assert words(link) == "查看全部40项需要关注的条目"
    assert count_behind(client, link["href"]) == 40


def test_an_item_without_figures_says_so_instead_of_zero(client):
    rows = rows_of(page_of(client).select_one("#attention table"))
    row = next(row for row in rows if row[1].startswith("省级第3项"))
    assert row[3:6] == ["20.0", "—", "—"]


# -- Milestones due soon -------------------------------------------------------------------


@pytest.mark.parametrize("as_of", [AS_OF, date(2023, 6, 1), date(2023, 12, 20)])
def test_due_soon_are_the_milestones_of_30_days_that_are_not_met(as_of, client):
    section = page_of(client, query=f"?as_of={as_of}").select_one("#due-soon")
    met = MilestoneMark.objects.filter(met=True).values("milestone")
    completed = ListItem.objects.filter(completion__verified_on__lte=as_of)
    expected = list(
        Milestone.objects.filter(
            item__project_list__county__code="330327",
            due__gt=as_of,
            due__lte=as_of + timedelta(days=30),
        )
        .exclude(pk__in=met)
        .exclude(item__in=completed)
        .annotate(level=F("item__project_list__level"), number=F("item__number"))
    )
    expected.sort(key=lambda m: (m.due, LEVEL_ORDER[m.level], m.number, m.order))
    if not expected:
        assert words(section.select_one(".empty")).endswith("起30天内没有到期的节点。")
        return
    assert f"有{len(expected)}个节点到期" in words(section.select_one(".panel-lead"))
    shown = [
        (words(row.select("td")[0]), urlsplit(row.select_one("a")["href"]).path, row)
        for row in section.select("tbody tr")
    ]
    assert [entry[:2] for entry in shown] == [
        (
            f"{m.due.year}年{m.due.month}月{m.due.day}日",
            reverse("item", args=[*CANGNAN, m.level, m.number]),
        )
        for m in expected
    ]
    for milestone, (_day, _url, row) in zip(expected, shown, strict=True):
        percent = "—" if milestone.percent is None else f"{milestone.percent:.1f}"
        assert words(row.select("td")[2]) == " ".join(milestone.text.split())
        assert words(row.select("td")[3]) == percent


# -- Another date, another reader, another county --------------------------------------------


def test_another_date_judges_anew(client):
    page = page_of(client, query="?as_of=2023-07-15")
    tiles = tiles_of(page)
    assert int(tiles["滞后"]) > TILES["滞后"]
    assert "其中严重滞后" in words(page.select_one(".tile-behind .tile-of"))
    assert "按2023年7月15日的计划研判，所依据的填报截至2023年4月10日。" in words(page)
    headline = words(page.select_one("#headline-text"))
    assert "截至7月15日，有8项已提前完成。" in headline
    # The city's table is then older than 45 days and compares no longer.
    assert "低于全市平均" not in headline
    assert tiles["低于全市平均"] == "—"
    assert "没有全市对比" in words(page.select_one(".tile-below_city_average"))
    assert words(page.select_one("table:has(tfoot) tfoot")).split()[-2] == "—"
    assert "示例数据" not in words(page)


def test_before_the_first_round_nothing_is_known_and_the_plan_is_shown(client):
    page = page_of(client, query="?as_of=2023-03-01")
    assert "2023年3月1日以前没有填报期次" in words(page)
    assert words(page.select_one("#headline-text")).endswith("截至3月1日，尚无进展填报。")
    assert tiles_of(page)["滞后"] == "—"
    assert page.select_one("#attention") is None


@pytest.mark.parametrize("query", ["?as_of=2024-04-10", "?as_of=2024-12-31", ""])
def test_a_county_without_progress_says_so_and_shows_its_plan(
    query, corpus, foreign_office, client_for
):
    page = page_of(client_for(foreign_office), XIANGSHAN, query)
    headline = words(page.select_one("#headline-text"))
    assert headline.startswith("2024年我县共承办省政府民生实事指标33项。截至")
    assert headline.endswith("尚无进展填报。")
    assert "2024年还没有任何进展填报，因此不作研判" in words(page.select_one(".empty"))
    tiles = tiles_of(page)
    assert tiles.pop("条目") == "33"
    assert tiles.pop("事项") == "33"
    assert set(tiles.values()) == {"—"}
    assert [words(head) for head in page.select_one("#units thead").select("th")] == [
        "牵头单位", "条目", "平均计划进度（%）", "下一节点到期",
    ]  # fmt: skip
    assert sum(int(row[1]) for row in rows_of(page.select_one("#units table"))) == 33
    figures = figures_of(page)
    assert set(figures) == {"year-figure", "unit-figure", "month-figure"}, "one level alone"
    milestones = Milestone.objects.filter(item__project_list__county__code="330225")
    assert sum(figures["month-figure"]["data"][0]["y"]) == milestones.count()
    assert page.select_one("#attention") is None
    assert "滞后" not in words(page.select_one("#units"))


def test_a_reporters_overview_speaks_of_the_own_unit_only(corpus, reporter, client_for):
    client = client_for(reporter)
    page = page_of(client)
    headline = words(page.select_one("#headline-text"))
    own = ListItem.objects.filter(lead_unit=reporter.unit)
    assert headline.startswith("2023年县教育局共承办")
    assert "我县" not in headline
    assert "其中县教育局3项。" in headline
    assert tiles_of(page)["条目"] == str(own.count()) == "16"
    assert [row[0] for row in rows_of(page.select_one("#units table"))] == ["县教育局"]
    # Titles name partners, and may; a cell or a bar of a chart would be another unit's own.
    others = set(reporter.unit.region.units.exclude(pk=reporter.unit.pk).values_list("name"))
    cells = {(words(cell),) for cell in page.select("td, td a")}
    assert not others & cells
    assert "unit-figure" not in figures_of(page), "a single bar"
    assert count_behind(client, page.select_one(".tile")["href"]) == 16
    assert len(dots_of(figures_of(page)["scatter-figure"])) == 16


# -- Charts --------------------------------------------------------------------------------


def dots_of(figure):
    return [url for trace in figure["data"] for url in trace.get("customdata", ())]


def test_every_chart_has_its_figures_a_name_and_a_sentence_above_it(client):
    page = page_of(client)
    charts = page.select(".chart")
    assert set(figures_of(page)) == {
        "unit-figure", "level-figure", "year-figure", "scatter-figure",
    }  # fmt: skip
    for chart in charts:
        assert chart["role"] == "img"
        assert len(chart["aria-label"]) > 8
        assert words(chart.find_parent("section").h2)
    labels = [chart["aria-label"] for chart in charts]
    assert len(set(labels)) == len(labels)


def test_every_item_is_a_dot_of_the_scatter_and_can_be_told_apart(client):
    figure = figures_of(page_of(client))["scatter-figure"]
    expected = {
        reverse("item", args=[*CANGNAN, level, number])
        for level, count in (("province", 46), ("city", 54), ("county", 53))
        for number in range(1, count + 1)
    }
    urls = dots_of(figure)
    assert len(urls) == 153
    assert set(urls) == expected
    dotted = [trace for trace in figure["data"] if "customdata" in trace]
    places = [place for trace in dotted for place in zip(trace["x"], trace["y"], strict=True)]
    assert len(set(places)) == 153, "no dot covers another"
    labels = [label for trace in dotted for label in trace["text"]]
    assert all(re.match(r"(省|市|县)级第\d+项　\S+<br>", label) for label in labels)
    assert {trace["name"] for trace in dotted} == {
        "已完成（8）", "滞后（9）", "超序时（45）", "按序时（91）",
    }  # fmt: skip


def test_the_bars_of_the_units_are_the_tables_numbers(client):
    page = page_of(client)
    bars = {bar["name"]: bar for bar in figures_of(page)["unit-figure"]["data"]}
    rows = rows_of(page.select_one("#units table"))
    assert bars["滞后"]["y"] == [row[0] for row in rows]
    assert bars["滞后"]["x"] == [int(row[3]) for row in rows]
    assert bars["已完成"]["x"] == [int(row[2]) for row in rows]
    stacked = [sum(counts) for counts in zip(*(bar["x"] for bar in bars.values()), strict=True)]
    assert stacked == [int(row[1]) for row in rows]
    assert count_behind(client, bars["滞后"]["customdata"][0]) == stacked[0]


def test_the_curve_of_the_year_stands_beside_the_chart_as_a_table(client):
    page = page_of(client)
    curve = figures_of(page)["year-figure"]["data"][0]
    table = page.select_one("details table")
    rows = rows_of(table)
    assert len(rows) == 12
    assert rows[-1] == ["2023年12月31日", "100.0"]
    assert [float(row[1]) for row in rows] == sorted(curve["y"])[1:]
    assert rows[3][0] == "2023年4月30日"
    assert curve["x"][4] == "2023-04-30"


def test_a_chart_of_a_single_bar_is_left_out(client, reporter, foreign_office, client_for):
    both = {"unit-figure", "level-figure"}
    assert both <= figures_of(page_of(client)).keys()
    own = page_of(client_for(reporter))
    assert both & figures_of(own).keys() == {"level-figure"}, "one unit"
    assert len(rows_of(own.select_one("#units table"))) == 1
    other = figures_of(page_of(client_for(foreign_office), XIANGSHAN))
    assert both & other.keys() == {"unit-figure"}, "one level"
