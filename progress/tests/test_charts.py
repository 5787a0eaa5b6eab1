"""Charts: plain dicts that plotly accepts, in which every item can be found."""

import json
import math
from datetime import date
from types import SimpleNamespace

import plotly.graph_objects as go
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from livelihood.organisation.models import Region
from progress.documents import charts
from progress.documents.charts import Dot, Panel
from progress.operations.overview import read_overview, tally
from progress.operations.standings import read_county
from progress.parts.overview_charts import (
    dot_label,
    overview_charts,
    scatter_chart,
    tally_chart,
    year_chart,
)
from progress.rules.judgement import LABELS, Status
from projects.models import ListItem
from projects.rules.planned import planned_steps

APRIL = date(2023, 4, 10)
TODAY = date(2026, 1, 5)


def place_of(code, year, as_of):
    """What a view knows of the page: the county, judged at a date."""
    county = Region.objects.get(code=code)
    state = read_county(ListItem.objects.all(), county, year, as_of=as_of, today=TODAY)
    return SimpleNamespace(
        county=county,
        year=year,
        as_of=as_of,
        state=state,
        chosen=True,
        query="?as_of=x",
        items_address=reverse("items", args=[code, year]),
    )


def charts_of(place):
    return overview_charts(place, read_overview(place.state, "我县"))


@pytest.fixture
def cangnan(corpus):
    return place_of("330327", 2023, APRIL)


@pytest.fixture
def xiangshan(corpus):
    return place_of("330225", 2024, date(2024, 6, 30))


def test_a_figure_of_simulated_data_says_so_and_stays_whole(cangnan):
    for figure in charts_of(cangnan).values():
        marked = charts.sampled(figure)
        assert_whole(marked)
        assert marked["layout"]["title"]["text"] == "演示数据"
        assert "title" not in figure["layout"]


def assert_whole(figure):
    """Plotly accepts every property, JSON every value, and no number is missing."""
    assert set(figure) == {"data", "layout"}
    go.Figure(figure)
    text = json.dumps(figure, ensure_ascii=False, allow_nan=False)
    assert json.loads(text) == figure
    assert "None" not in text
    for trace in figure["data"]:
        assert len(trace["x"]) == len(trace["y"]) > 0


def axis_of(figure, axis):
    return figure["layout"][f"{axis}axis"]


def dots_of(figure):
    """(x, y, label, url) of every marker of a scatter."""
    return [
        dot
        for trace in figure["data"]
        if trace["mode"] == "markers"
        for dot in zip(trace["x"], trace["y"], trace["text"], trace["customdata"], strict=True)
    ]


# -- The real lists ------------------------------------------------------------------


def test_every_chart_of_a_county_in_progress_is_whole(cangnan):
    figures = charts_of(cangnan)
    assert set(figures) >= {"units", "levels", "year", "scatter"}
    for figure in figures.values():
        assert_whole(figure)


def test_every_chart_of_a_county_without_progress_is_whole(xiangshan):
    figures = charts_of(xiangshan)
    assert "scatter" not in figures
    for figure in figures.values():
        assert_whole(figure)
    assert "levels" not in figures, "one level alone"
    (bars,) = figures["units"]["data"]
    assert (bars["name"], sum(bars["x"])) == ("条目", 33)


@pytest.mark.parametrize("as_of", [date(2023, 1, 1), APRIL, date(2023, 12, 31), date(2025, 1, 1)])
def test_charts_are_whole_at_any_date(corpus, as_of):
    for figure in charts_of(place_of("330327", 2023, as_of)).values():
        assert_whole(figure)


def test_the_scatter_holds_every_item_exactly_once(cangnan):
    dots = dots_of(charts_of(cangnan)["scatter"])
    assert len(dots) == len({url for _x, _y, _label, url in dots}) == 153
    named = {label.split("　")[0] for _x, _y, label, _url in dots}
    assert named == {state.name for state in cangnan.state.items}
    assert all(url.startswith("/") and url.endswith("?as_of=x") for *_dot, url in dots)


def test_no_two_dots_share_a_place(cangnan):
    dots = dots_of(charts_of(cangnan)["scatter"])
    assert len({(x, y) for x, y, _label, _url in dots}) == 153


def test_every_dot_lies_within_the_axes(cangnan):
    figure = charts_of(cangnan)["scatter"]
    left, right = axis_of(figure, "x")["range"]
    bottom, top = axis_of(figure, "y")["range"]
    for x, y, label, _url in dots_of(figure):
        assert left < x < right, label
        assert bottom < y < top, label


def test_a_dot_without_figure_stands_apart_and_one_with_does_not(cangnan):
    figure = charts_of(cangnan)["scatter"]
    unknown = {s.name for s in cangnan.state.items if s.standing.actual_percent is None}
    below = {label.split("　")[0] for _x, y, label, _url in dots_of(figure) if y < 0}
    assert below == unknown
    assert len(unknown) > 10
    (words,) = figure["layout"]["annotations"]
    assert words["text"] == "实际进度没有数据"


def test_each_status_has_its_word_its_shape_and_its_number(cangnan):
    figure = charts_of(cangnan)["scatter"]
    groups = {trace["name"]: trace for trace in figure["data"] if trace["mode"] == "markers"}
    counted = {
        f"{LABELS[status]}（{len(cangnan.state.with_status(status))}）"
        for status in Status
        if cangnan.state.with_status(status)
    }
    assert set(groups) == counted
    shapes = [trace["marker"]["symbol"] for trace in groups.values()]
    assert len(set(shapes)) == len(shapes)
    for name, trace in groups.items():
        assert name.endswith(f"（{len(trace['x'])}）")


def test_the_line_of_tolerance_is_that_of_the_rules(cangnan):
    figure = scatter_chart(cangnan.state.items, lambda state: state.name, 7.5)
    lines = {trace["name"]: (trace["x"], trace["y"]) for trace in figure["data"][:2]}
    assert lines == {
        "实际＝计划": ([0, 100], [0, 100]),
        "落后7.5个百分点": ([7.5, 100], [0, 92.5]),
    }


def test_bars_count_every_item_of_a_unit_from_zero(cangnan):
    figures = charts_of(cangnan)
    for name in ("units", "levels"):
        figure = figures[name]
        assert axis_of(figure, "x")["rangemode"] == "tozero"
        assert figure["layout"]["barmode"] == "stack"
        assert sum(sum(trace["x"]) for trace in figure["data"]) == 153
    levels = figures["levels"]
    assert levels["data"][0]["y"] == ["省级", "市级", "县级"]
    totals = [sum(trace["x"][place] for trace in levels["data"]) for place in range(3)]
    assert totals == [46, 54, 53]
    assert {trace["name"] for trace in levels["data"]} <= set(LABELS.values())


def test_a_bar_leads_to_its_rows(cangnan):
    units = charts_of(cangnan)["units"]
    for trace in units["data"]:
        assert len(trace["customdata"]) == len(trace["y"])
        assert all(url.startswith("/") and "unit=" in url for url in trace["customdata"])


def test_the_curve_of_the_year_shows_plan_and_report(cangnan):
    figure = charts_of(cangnan)["year"]
    plan, same, reported = figure["data"]
    assert plan["line"]["shape"] == "hv"
    assert plan["x"][0] == "2023-01-01"
    assert plan["x"][-1] == "2023-12-31"
    assert plan["y"] == sorted(plan["y"])
    assert plan["y"][-1] == 100
    assert reported["x"] == same["x"] == ["2023-04-10"]
    known = [s.standing for s in cangnan.state.items if s.standing.actual_percent is not None]
    mean = sum(min(s.actual_percent, 100) for s in known) / len(known)
    assert reported["y"] == [round(mean, 1)]
    assert reported["name"] == f"{len(known)}项平均实际"


@pytest.mark.parametrize("name", ["units", "levels", "year", "scatter"])
def test_axes_of_percent_show_nothing_to_all(cangnan, name):
    figure = charts_of(cangnan)[name]
    if name in ("year", "scatter"):
        low, high = axis_of(figure, "y")["range"]
        assert low <= 0
        assert high >= 100
    if name == "scatter":
        low, high = axis_of(figure, "x")["range"]
        assert low <= 0
        assert high >= 100


def test_the_curve_of_every_item_is_whole(cangnan, xiangshan):
    for place in (cangnan, xiangshan):
        for state in place.state.items:
            steps = planned_steps(state.standing.plan)
            figure = charts.curve(steps, [], as_of=place.as_of, year=place.year)
            assert_whole(figure)
            assert figure["data"][0]["y"][-1] == (100 if steps else 0), state.name


def test_nothing_in_an_item_s_wording_is_markup_in_a_label(cangnan):
    state = cangnan.state.items[0]
    item = state.item._replace(title="<b>甲</b> & 乙")
    label = dot_label(SimpleNamespace(item=item, standing=state.standing, name=state.name))
    assert "＜b＞甲＜/b＞ ＆ 乙" in label
    assert label.count("<") == label.count("<br>") == 2


def test_a_list_without_items_has_a_bar_of_nothing():
    none = tally_chart([tally([], "县级")], lambda t: "/")
    assert none["data"][0]["x"] == [0]


# -- Single figures ------------------------------------------------------------------


def test_upright_bars_swap_the_axes():
    figure = charts.bars(
        ["1月", "2月"], [("节点", [3, 0], "#123456")], title="个", horizontal=False
    )
    assert_whole(figure)
    (bars,) = figure["data"]
    assert (bars["x"], bars["y"], bars["text"]) == (["1月", "2月"], [3, 0], ["3", ""])
    assert "orientation" not in bars
    assert axis_of(figure, "y")["rangemode"] == "tozero"


def test_a_horizontal_chart_grows_with_its_bars():
    few, many = (
        charts.bars([str(n) for n in range(count)], [("", [1] * count, "#123456")], title="个")
        for count in (3, 40)
    )
    assert many["layout"]["height"] - few["layout"]["height"] == 37 * 24
    assert axis_of(few, "y")["autorange"] == "reversed"


@pytest.mark.parametrize(
    ("values", "top"), [([], 105), ([30, 60], 105), ([100], 105), ([133.0], 139.65)]
)
def test_an_axis_of_percent_reaches_beyond_all_only_where_the_data_does(values, top):
    low, high = charts.percent_range(values)
    assert low == 0
    assert high == pytest.approx(top)


def test_over_fulfilment_is_on_the_chart():
    figure = charts.curve([(APRIL, 50.0)], [(APRIL, 133.0)], as_of=APRIL, year=2023)
    assert axis_of(figure, "y")["range"][1] > 133


def test_a_curve_begins_at_nothing_and_is_drawn_to_the_end_of_the_year():
    steps = [(date(2023, 3, 31), 20.0), (date(2023, 6, 30), 100.0)]
    figure = charts.curve(steps, [], as_of=APRIL, year=2023)
    (plan,) = figure["data"]
    assert plan["x"] == ["2023-01-01", "2023-03-31", "2023-06-30", "2023-12-31"]
    assert plan["y"] == [0, 20, 100, 100]
    assert axis_of(figure, "x")["range"] == ["2023-01-01", "2023-12-31"]


def test_a_curve_that_begins_on_new_year_s_day_has_no_second_beginning():
    steps = [(date(2023, 1, 1), 10.0), (date(2023, 12, 31), 100.0)]
    (plan,) = charts.curve(steps, [], as_of=APRIL, year=2023)["data"]
    assert plan["y"] == [10, 100]


def test_a_curve_without_a_plan_is_flat():
    figure = charts.curve([], [(APRIL, 30.0)], as_of=APRIL, year=2023)
    assert_whole(figure)
    assert figure["data"][0]["y"] == [0, 0]


@pytest.mark.parametrize(("month", "side"), [(4, "left"), (9, "left"), (10, "right")])
def test_the_date_of_judgement_is_named_beside_its_line(month, side):
    as_of = date(2023, month, 10)
    layout = charts.curve([], [], as_of=as_of, year=2023)["layout"]
    (words,) = layout["annotations"]
    assert (words["text"], words["xanchor"]) == (f"截至{month}月10日", side)
    (line,) = layout["shapes"]
    assert line["x0"] == line["x1"] == words["x"] == as_of.isoformat()


def test_the_city_s_figures_over_the_months_are_whole_and_say_what_they_are():
    april, may = date(2023, 4, 10), date(2023, 5, 10)
    lines = [
        ("苍南县", [(april, 10.0), (may, 30.0)]),
        ("全市平均", [(april, 17.2), (may, 28.0)]),
        ("全市最高", []),
    ]
    figure = charts.sampled(charts.compared(lines, year=2023, own="苍南县"), "示例数据")
    go.Figure(figure)
    assert [trace["name"] for trace in figure["data"]] == ["苍南县", "全市平均"]
    assert [trace["line"]["dash"] for trace in figure["data"]] == ["solid", "dash"]
    assert figure["layout"]["title"]["text"] == "示例数据"


def test_an_empty_scatter_still_has_its_lines():
    figure = charts.scatter([], 5)
    assert_whole(figure)
    assert len(figure["data"]) == 2


FIGURES = st.sampled_from([0.0, 1.1, 2.2, 20.0, 21.1, 22.0, 24.4, 99.0, 100.0])
DOTS = st.builds(Dot, FIGURES, st.none() | FIGURES, st.just(""), st.just(""))


@given(st.lists(DOTS, max_size=60))
def test_dots_never_hide_each_other(dots):
    places = charts.spread(dots)
    assert len(places) == len(dots)
    assert len(set(places)) == len(dots)


@given(st.lists(DOTS, min_size=1, max_size=60))
def test_a_dot_alone_stands_where_its_figures_are_and_others_near_by(dots):
    places = charts.spread(dots)
    if dots[0].actual is not None:
        assert places[0] == (dots[0].planned, dots[0].actual)
    for dot, (x, _y) in zip(dots, places, strict=True):
        assert math.isclose(x, dot.planned, abs_tol=10)
        assert x >= 0


def test_the_mean_of_nothing_reported_is_not_on_the_curve(xiangshan):
    seen = read_overview(xiangshan.state, "我县")
    figure = year_chart(seen.curve, seen.reported, as_of=xiangshan.as_of, year=2024)
    assert [trace["name"] for trace in figure["data"]] == ["全部条目平均计划"]


@pytest.mark.parametrize("counties", [1, 4, 13, 90])
def test_small_multiples_have_a_panel_for_each_county_on_one_scale(counties):
    day, later = date(2024, 3, 31), date(2024, 6, 30)
    panels = [
        Panel(f"第{n}县", [(day, 25.0), (later, 50.0)], [(day, 20.0 + n)], f"/c{n}/")
        for n in range(counties)
    ]
    figure = charts.small_multiples(panels, columns=4, height=900, year=2024, level=33.0)
    go.Figure(figure)  # plotly refuses what it does not know
    layout = figure["layout"]
    axes = [name for name in layout if name.startswith("yaxis")]
    assert len(axes) == counties == len(layout["annotations"]) == len(layout["shapes"])
    assert len({tuple(layout[name]["range"]) for name in axes}) == 1
    domains = [(*layout[f"xaxis{a[5:]}"]["domain"], *layout[a]["domain"]) for a in axes]
    assert len(set(domains)) == counties
    assert all(0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1 for x0, x1, y0, y1 in domains)
    actual = [trace for trace in figure["data"] if trace["name"] == "实际"]
    assert [trace["customdata"] for trace in actual] == [[p.url] for p in panels]
    assert panels[-1].actual[0][1] <= layout["yaxis"]["range"][1]


def test_a_county_of_which_nothing_is_known_has_a_panel_with_its_plan_alone():
    panel = Panel("某县", [(date(2024, 3, 31), 25.0)], [], "/c/")
    figure = charts.small_multiples([panel], columns=4, height=300, year=2024, level=None)
    go.Figure(figure)
    assert [trace["y"] for trace in figure["data"]] == [[25.0], []]
    assert figure["layout"]["shapes"] == []
