"""Charts as plain dicts: a plotly figure's data and the little of its layout that is its own.

static/js/charts.js adds the shared look and draws them. Plain dicts cost a hundredth of
plotly's figure objects; the tests let plotly's Python package validate every one.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

# The colours of the statuses; site.css has the same.
COLOURS = {
    "completed": "#0b6b6b",
    "ahead": "#1c55b5",
    "on_schedule": "#1b6b30",
    "behind": "#8a4700",
    "seriously_behind": "#b01d1d",
    "not_reported": "#6b7280",
    None: "#6b7280",
    "below_city_average": "#7b3fa0",
}
SYMBOLS = {
    "completed": "diamond",
    "ahead": "triangle-up",
    "on_schedule": "circle",
    "behind": "triangle-down",
    "seriously_behind": "square",
    "not_reported": "circle-open",
    None: "circle-open",
}
PLANNED = "#52606d"
ACTUAL = "#0b4f94"


def percent_range(values: Sequence[float]) -> list[float]:
    """0–100, and more only where the data is."""
    return [0, max(105.0, max(values, default=0.0) * 1.05)]


def bars(
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float], str]],
    urls: Sequence[str] | None = None,
    *,
    title: str,
    horizontal: bool = True,
) -> dict:
    """Stacked bars, zero-based; the first name stands on top of a horizontal chart.

    Args:
        names: one per bar.
        series: (label, values, colour) of each part.
        urls: where a click on a bar leads.
        title: what the numbers are, with their unit.
        horizontal: bars lie, so that long names can be read.
    """
    number, name = ("x", "y") if horizontal else ("y", "x")
    data = []
    for label, values, colour in series:
        trace = {
            "type": "bar",
            "name": label,
            number: list(values),
            name: list(names),
            "marker": {"color": colour},
            "text": [f"{value:g}" if value else "" for value in values],
            "textposition": "inside",
            "textangle": 0,
            "insidetextanchor": "middle",
            "hovertemplate": f"%{{{name}}}　{label} %{{{number}:,}}<extra></extra>",
        }
        if horizontal:
            trace["orientation"] = "h"
        if urls is not None:
            trace["customdata"] = list(urls)
        data.append(trace)
    count_axis = {"title": {"text": title}, "rangemode": "tozero", "tickformat": ",d"}
    if (
        max(
            (sum(bar) for bar in zip(*(values for _l, values, _c in series), strict=True)),
            default=0,
        )
        < 8
    ):
        count_axis["dtick"] = 1  # else plotly writes 0, 0, 1, 1 on so short an axis
    layout = {"barmode": "stack", f"{number}axis": count_axis, "showlegend": len(data) > 1}
    if horizontal:
        layout["yaxis"] = {"autorange": "reversed", "automargin": True, "type": "category"}
        layout["height"] = 110 + 24 * len(names)
    else:
        layout["xaxis"] = {"type": "category", "automargin": True}
    return {"data": data, "layout": layout}


def sampled(figure: dict, words: str = "演示数据") -> dict:
    """The figure with 演示数据 in its corner, so that a saved picture says so, too."""
    corner = {"xref": "container", "x": 1, "xanchor": "right"}
    corner |= {"yref": "container", "y": 1, "yanchor": "top", "pad": {"t": 6, "r": 8}}
    title = {"text": words, "font": {"size": 12}, **corner}
    return figure | {"layout": figure["layout"] | {"title": title}}


class Dot(NamedTuple):
    """An item in the scatter; ``actual`` None: nothing is known, drawn below the axis."""

    planned: float
    actual: float | None
    label: str
    url: str


# The band under the axis for items without a figure, in the units of the axis.
UNKNOWN_TOP, UNKNOWN_ROW = -8.0, 4.5
PER_ROW, STEP = 9, 1.1


def spread(dots: Sequence[Dot]) -> list[tuple[float, float]]:
    """Where dots are drawn: those with the same figures stand side by side, so that each
    one can be pointed at. What they stand for is in their label."""
    seen: Counter = Counter()
    taken: set[tuple[float, float]] = set()
    places = []
    for dot in dots:
        figures = dot.planned, dot.actual
        while (place := _place(dot, seen[figures])) in taken:
            seen[figures] += 1
        taken.add(place)
        places.append(place)
    return places


def _place(dot: Dot, nth: int) -> tuple[float, float]:
    """The ``nth`` place, from 0, beside the figures of a dot."""
    row, column = divmod(nth, PER_ROW)
    # 0, +1, −1, +2, −2 … steps to the side; at the left edge only to the right.
    side = column if dot.planned < PER_ROW / 2 * STEP else (column + 1) // 2 * (-1) ** column
    y = UNKNOWN_TOP - row * UNKNOWN_ROW if dot.actual is None else dot.actual + row * 2
    return round(dot.planned + side * STEP, 2), round(y, 2)


def scatter(groups: Sequence[tuple[str | None, str, Sequence[Dot]]], tolerance: float) -> dict:
    """Actual against planned percent, the diagonal, and the band in which all is well.

    Args:
        groups: (status, label, dots).
        tolerance: how many points below the diagonal still count as on schedule.
    """
    dots = [(status, label, dot) for status, label, group in groups for dot in group]
    places = spread([dot for _status, _label, dot in dots])
    data = [
        _line("实际＝计划", [0, 100], [0, 100], PLANNED, "solid"),
        _line(
            f"落后{tolerance:g}个百分点",
            [tolerance, 100],
            [0, 100 - tolerance],
            COLOURS["behind"],
            "dash",
        ),
    ]
    for status, label, group in groups:
        if not group:
            continue
        own = [place for place, dot in zip(places, dots, strict=True) if dot[0] == status]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": f"{label}（{len(group)}）",
                "x": [x for x, _y in own],
                "y": [y for _x, y in own],
                "text": [dot.label for dot in group],
                "customdata": [dot.url for dot in group],
                "marker": {
                    "color": COLOURS[status],
                    "symbol": SYMBOLS[status],
                    "size": 9,
                    "opacity": 0.85,
                    "line": {"width": 1, "color": "#ffffff"},
                },
                "hovertemplate": "%{text}<extra></extra>",
            }
        )
    lowest = min([y for _x, y in places], default=0.0)
    layout = _scatter_layout(lowest, max([y for _x, y in places], default=0.0))
    return {"data": data, "layout": layout}


def _line(name: str, x: list, y: list, colour: str, dash: str) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": y,
        "hoverinfo": "skip",
        "line": {"color": colour, "width": 1, "dash": dash},
    }


def _scatter_layout(lowest: float, highest: float) -> dict:
    top = percent_range([highest])[1]
    layout = {
        "xaxis": {
            "title": {"text": "计划进度（%）"},
            "range": [-2, 112],
            "tickvals": list(range(0, 101, 20)),
        },
        "yaxis": {
            "title": {"text": "实际进度（%）"},
            "range": [min(lowest - 5, -2), top],
            "tickvals": list(range(0, int(top) + 1, 20)),
        },
        "hovermode": "closest",
        "height": 480,
    }
    if lowest < 0:
        layout["shapes"] = [
            {
                "type": "rect",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": lowest - 5,
                "y1": -3,
                "fillcolor": "#f3f5f8",
                "line": {"width": 0},
                "layer": "below",
            }
        ]
        layout["annotations"] = [
            {
                "xref": "paper",
                "x": 1,
                "xanchor": "right",
                "y": UNKNOWN_TOP,
                "showarrow": False,
                "text": "实际进度没有数据",
            }
        ]
    return layout


def curve(
    steps: Sequence[tuple[date, float]],
    reported: Sequence[tuple[date, float]],
    *,
    as_of: date,
    year: int,
    planned_label: str = "计划进度",
    reported_label: str = "实际进度",
    planned_same: Sequence[tuple[date, float]] = (),
) -> dict:
    """The planned percent over the year as a step line, with what was reported on it.

    Args:
        steps: (date, planned percent from that date on).
        reported: (as-of date, actual percent).
        as_of: the date of judgement, drawn as a line.
        year: the year of the axis.
        planned_label: what the step line is called.
        reported_label: what the points are called.
        planned_same: (as-of date, planned percent of just the reported items).
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    shown = [(first, 0.0), *steps] if not steps or steps[0][0] > first else list(steps)
    if shown[-1][0] < last:
        shown.append((last, shown[-1][1]))
    step_line = {"mode": "lines", "line": {"shape": "hv", "color": PLANNED, "width": 2}}
    data = [_over_time(planned_label, shown, "计划", step_line)]
    if planned_same:
        dash = {
            "mode": "markers",
            "marker": {"symbol": "line-ew-open", "size": 16, "color": PLANNED},
        }
        data.append(_over_time("同样条目的计划", planned_same, "同样条目计划", dash))
    if reported:
        dots = {
            "mode": "lines+markers",
            "marker": {"color": ACTUAL, "size": 10},
            "line": {"color": ACTUAL, "width": 1},
        }
        data.append(_over_time(reported_label, reported, "实际", dots))
    highest = [percent for _day, percent in (*shown, *reported)]
    layout = {
        "xaxis": {
            "type": "date",
            "range": [first.isoformat(), last.isoformat()],
            "tickformat": "%-m月",
            "dtick": "M1",
            "ticklabelmode": "period",
        },
        "yaxis": {"title": {"text": "%"}, "range": percent_range(highest)},
        "height": 320,
    }
    return {"data": data, "layout": layout | _date_mark(as_of)}


def _over_time(label: str, points: Sequence[tuple[date, float]], word: str, drawn: dict) -> dict:
    return {
        "type": "scatter",
        "name": label,
        "x": [day.isoformat() for day, _percent in points],
        "y": [percent for _day, percent in points],
        "hovertemplate": f"%{{x|%Y年%-m月%-d日}} {word} %{{y:.1f}}%<extra></extra>",
        **drawn,
    }


def _date_mark(as_of: date) -> dict:
    """A dotted line at the date of judgement, with the date beside it."""
    day = as_of.isoformat()
    line = {
        "type": "line",
        "x0": day,
        "x1": day,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": "#9aa3af", "width": 1, "dash": "dot"},
    }
    words = {
        "x": day,
        "yref": "paper",
        "y": 1,
        "yanchor": "top",
        "xanchor": "left" if as_of.month < 10 else "right",
        "xshift": 4 if as_of.month < 10 else -4,
        "text": f"截至{as_of.month}月{as_of.day}日",
        "showarrow": False,
    }
    return {"shapes": [line], "annotations": [words]}


def compared(
    lines: Sequence[tuple[str, Sequence[tuple[date, float]]]], *, year: int, own: str
) -> dict:
    """Figures of one item over the months, in percent: the county, the average, the best.

    Args:
        lines: (what it is called, (as-of date, percent) of each month).
        year: the year of the axis.
        own: which of the lines is the county's; it is drawn as what is reported is.
    """
    drawn = (
        {"marker": {"color": COLOURS["below_city_average"], "symbol": "diamond", "size": 9}},
        {"marker": {"color": PLANNED, "symbol": "triangle-up", "size": 9}},
    )
    others, data = iter(drawn), []
    for label, points in lines:
        style = {"marker": {"color": ACTUAL, "size": 10}} if label == own else dict(next(others))
        dash = "solid" if label == own else "dash"
        style |= {
            "mode": "lines+markers",
            "line": {"color": style["marker"]["color"], "width": 1, "dash": dash},
        }
        if points:
            data.append(_over_time(label, points, label, style))
    highest = [percent for _label, points in lines for _day, percent in points]
    layout = {
        "xaxis": {
            "type": "date",
            "range": [date(year, 1, 1).isoformat(), date(year, 12, 31).isoformat()],
            "tickformat": "%-m月",
            "dtick": "M1",
            "ticklabelmode": "period",
        },
        "yaxis": {"title": {"text": "%"}, "range": percent_range(highest)},
        "height": 280,
    }
    return {"data": data, "layout": layout}


class Panel(NamedTuple):
    """One of many small charts: planned and actual percent by date; a click opens ``url``."""

    name: str
    planned: Sequence[tuple[date, float]]
    actual: Sequence[tuple[date, float]]
    url: str


# Between two panels, in shares of the whole.
PANEL_GAP = 0.04


def small_multiples(
    panels: Sequence[Panel], *, columns: int, height: int, year: int, level: float | None
) -> dict:
    """Planned and actual percent over a year in one small panel each, all on the same scale.

    Args:
        panels: from left to right, then down.
        columns: panels in a row.
        height: of the whole, in pixels.
        year: of the horizontal axes.
        level: a percent that is drawn across every panel, such as the average; None: none.
    """
    rows = -(-len(panels) // columns)
    top = percent_range([v for p in panels for _day, v in (*p.planned, *p.actual)])
    data, notes, lines = [], [], []
    layout = {"height": height, "showlegend": False, "margin": {"l": 40, "r": 12, "t": 28, "b": 32}}
    for index, panel in enumerate(panels):
        number = "" if index == 0 else str(index + 1)
        row, column = divmod(index, columns)
        x, y = _domain(column, columns), _domain(rows - 1 - row, rows, 0.3)
        first = column == 0
        layout |= _panel_axes(number, x, y, top, year, first)
        data += _panel_traces(panel, number)
        notes.append(_panel_title(panel.name, x, y))
        if level is not None:
            lines.append(_panel_level(number, level, year))
    return {"data": data, "layout": layout | {"annotations": notes, "shapes": lines}}


def _domain(place: int, places: int, gap: float = PANEL_GAP * 4) -> list[float]:
    width = 1 / places
    return [round(place * width, 4), round((place + 1) * width - gap * width, 4)]


def _panel_axes(number: str, x, y, top, year: int, first: bool) -> dict:
    quiet = {"fixedrange": True, "gridcolor": "#e5e7eb", "zerolinecolor": "#9aa3af"}
    days = [f"{year}-01-01", f"{year + 1}-01-10"]  # room for the last mark
    months = [f"{year}-{month:02d}-01" for month in (1, 4, 7, 10)]
    return {
        f"xaxis{number}": {
            **quiet,
            "domain": x,
            "anchor": f"y{number}",
            "range": days,
            "tickvals": months,
            "ticktext": ["1月", "4月", "7月", "10月"],
            "type": "date",
            "automargin": False,
        },
        f"yaxis{number}": {
            **quiet,
            "domain": y,
            "anchor": f"x{number}",
            "range": top,
            "tickvals": [0, 50, 100],
            "showticklabels": first,
            "automargin": False,
        },
    }


def _panel_traces(panel: Panel, number: str) -> list[dict]:
    axes = {"xaxis": f"x{number}", "yaxis": f"y{number}", "type": "scatter"}
    shown = "%{x|%-m月%-d日}"
    return [
        {
            **axes,
            "mode": "lines",
            "name": "计划",
            "x": [day.isoformat() for day, _v in panel.planned],
            "y": [value for _day, value in panel.planned],
            "line": {"color": PLANNED, "shape": "hv", "dash": "dot"},
            "hovertemplate": f"{panel.name}<br>{shown}　计划%{{y}}%<extra></extra>",
        },
        {
            **axes,
            "mode": "lines+markers",
            "name": "实际",
            "x": [day.isoformat() for day, _v in panel.actual],
            "y": [value for _day, value in panel.actual],
            "line": {"color": ACTUAL},
            "marker": {"size": 5},
            "customdata": [panel.url] * len(panel.actual),
            "hovertemplate": f"{panel.name}<br>{shown}　实际%{{y}}%<extra></extra>",
        },
    ]


def _panel_title(name: str, x, y) -> dict:
    return {
        "text": name,
        "xref": "paper",
        "yref": "paper",
        "x": x[0],
        "y": y[1],
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
    }


def _panel_level(number: str, level: float, year: int) -> dict:
    return {
        "type": "line",
        "xref": f"x{number}",
        "yref": f"y{number}",
        "x0": f"{year}-01-01",
        "x1": f"{year}-12-31",
        "y0": level,
        "y1": level,
        "line": {"color": COLOURS["below_city_average"], "width": 1},
    }
