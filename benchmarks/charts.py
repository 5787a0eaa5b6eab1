"""The overview's five charts (four with progress, one before any): dicts to JSON in the page.

The floor is ``json.dumps`` of the same dicts; ours is what the template does with them
(``figure_script``, which also makes the JSON safe inside HTML). Building the dicts from
standings is printed beside it, and so is what plotly's own figure objects would cost.
"""

import json

import plotly.graph_objects as go

from benchmarks import county
from benchmarks.measuring import Line, compare, measure
from progress.operations.overview import read_overview
from progress.parts.overview_charts import month_chart, overview_charts
from progress.templatetags.progress_tags import figure_script

CHARTS = 5
GOAL = 2


def run(rounds: int) -> list[Line]:
    """Measure the way of the five figures from standings to JSON."""
    place = county.place()
    seen = read_overview(place.state, place.subject)

    def build() -> list[dict]:
        return [*overview_charts(place, seen).values(), month_chart(seen.months)]

    figures = build()
    if len(figures) != CHARTS:
        raise RuntimeError(f"the overview has {len(figures)} charts, not {CHARTS}")
    floor = "json.dumps of the same dicts"
    samples = measure(
        {
            floor: lambda: [json.dumps(figure) for figure in figures],
            "five charts as JSON in the page": lambda: [
                figure_script(figure, "figure") for figure in figures
            ],
            "building the dicts from standings": build,
            "plotly Figure(...).to_json()": lambda: [
                go.Figure(figure).to_json() for figure in figures
            ],
        },
        rounds,
    )
    return [
        compare(samples, "five charts as JSON in the page", floor, GOAL),
        compare(samples, "building the dicts from standings", floor),
        compare(samples, "plotly Figure(...).to_json()", floor),
    ]
