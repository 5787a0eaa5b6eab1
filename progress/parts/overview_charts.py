"""The charts of the overview, from tallies and standings to plain figures."""

from collections.abc import Callable, Sequence
from datetime import date

from livelihood.organisation.words import percent1, rounded1
from progress.documents import charts
from progress.operations.overview import Means, Overview, Tally
from progress.operations.standings import ItemState
from progress.parts.item_table import Links
from progress.parts.links import items_url
from progress.rules.judgement import LABELS, NO_STATUS_LABEL, Status

UNIT_SERIES = (
    ("严重滞后", "seriously_behind", charts.COLOURS["seriously_behind"]),
    ("滞后", "behind", charts.COLOURS["behind"]),
    ("未报", "not_reported", charts.COLOURS["not_reported"]),
    ("按序时", "on_schedule", charts.COLOURS["on_schedule"]),
    ("超序时", "ahead", charts.COLOURS["ahead"]),
    ("已完成", "completed", charts.COLOURS["completed"]),
)


def tally_chart(tallies: Sequence[Tally], url: Callable[[Tally], str]) -> dict:
    """Tallies as bars by status, what is behind first; without progress just the number."""
    series = [
        (label, [getattr(t, attribute) for t in tallies], colour)
        for label, attribute, colour in UNIT_SERIES
        if any(getattr(t, attribute) for t in tallies)
    ]
    if not series:
        series = [("条目", [t.total for t in tallies], charts.ACTUAL)]
    return charts.bars(
        [t.name for t in tallies], series, [url(t) for t in tallies], title="条目数（项）"
    )


def scatter_chart(
    states: Sequence[ItemState], url: Callable[[ItemState], str], tolerance: float
) -> dict:
    """Actual against planned percent of every item; what is not known stands apart."""
    groups = []
    for status in (*Status, None):
        dots = [
            charts.Dot(
                rounded1(s.standing.planned_percent),
                rounded1(s.standing.actual_percent),
                dot_label(s),
                url(s),
            )
            for s in states
            if s.standing.status is status
        ]
        groups.append((status, NO_STATUS_LABEL if status is None else LABELS[status], dots))
    return charts.scatter(groups, tolerance)


def dot_label(state: ItemState) -> str:
    """What a dot says when it is pointed at."""
    standing = state.standing
    actual = standing.actual_percent
    known = "实际没有数据" if actual is None else f"实际{percent1(actual)}"
    return (
        f"{state.name}　{state.item.unit}<br>{short_title(state, 28)}<br>"
        f"计划{percent1(standing.planned_percent)}，{known}"
    )


def short_title(state: ItemState, limit: int) -> str:
    """The beginning of an item's wording; < and > would be markup in a chart's label."""
    title = state.item.title.replace("<", "＜").replace(">", "＞").replace("&", "＆")
    return title if len(title) <= limit else f"{title[: limit - 1]}…"


def year_chart(
    steps: Sequence[tuple[date, float]], reported: Means, *, as_of: date, year: int
) -> dict:
    """The mean planned percent over the year, with the known progress at the date."""
    known = reported.actual is not None
    return charts.curve(
        [(day, rounded1(percent)) for day, percent in steps],
        [(as_of, rounded1(reported.actual))] if known else [],
        as_of=as_of,
        year=year,
        planned_label="全部条目平均计划",
        reported_label=f"{reported.known}项平均实际",
        planned_same=[(as_of, rounded1(reported.planned))] if known else [],
    )


def month_chart(counts: Sequence[int]) -> dict:
    """How many milestones fall due in each month."""
    names = [f"{month}月" for month in range(1, 13)]
    series = [("到期节点", list(counts), charts.ACTUAL)]
    return charts.bars(names, series, title="到期节点（个）", horizontal=False)


def overview_charts(place, seen: Overview) -> dict[str, dict]:
    """The figures of the overview by name; one that would say nothing is left out."""

    state, links = place.state, Links(place)
    figures = {
        "year": year_chart(seen.curve, seen.reported, as_of=state.as_of, year=state.year),
    }
    # A single bar shows what the row beside it says.
    if len(seen.units) > 1:
        figures["units"] = tally_chart(seen.units, lambda t: items_url(place, unit=t.key))
    if len(seen.levels) > 1:
        figures["levels"] = tally_chart(seen.levels, lambda t: items_url(place, level=t.key))
    if not state.has_progress:
        figures["months"] = month_chart(seen.months)
    if seen.reported.known:
        figures["scatter"] = scatter_chart(state.items, links.item, state.rules.behind)
    if state.simulated:
        figures = {name: charts.sampled(figure) for name, figure in figures.items()}
    return figures
