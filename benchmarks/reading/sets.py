"""The two test sets, read from their words alone, and how fast that goes."""

import json
from datetime import date
from pathlib import Path
from time import process_time

from benchmarks.reading.score import Row
from projects.rules.reading import as_exchange, read_row

FOLDER = Path(__file__).resolve().parent
FIXTURES = FOLDER.parent.parent / "fixtures"
# The published documents: files, year, as-of date.
CORPUS = (
    ("cangnan-2023-province.json", 2023, date(2023, 4, 10)),
    ("cangnan-2023-city.json", 2023, date(2023, 4, 10)),
    ("cangnan-2023-county.json", 2023, date(2023, 4, 10)),
    ("xiangshan-2024.json", 2024, None),
)
OTHER = FOLDER / "other_counties.json"
# What has to be reached on the corpus, precision and recall.
GOALS = {
    "targets": 0.98,
    "due dates": 0.98,
    "planned percents": 0.98,
    "actual figures": 0.95,
    "met milestones": 0.90,
}
ROWS_A_SECOND = 2000

Pair = tuple[list[Row], list[Row]]  # what is read, and the reference


def read(rows: list[Row], year: int, as_of: date | None) -> list[Row]:
    """Read rows from title, schedule and status; nothing else of them is looked at."""
    return [
        as_exchange(
            read_row(
                title=row["title"],
                schedule=row["schedule"] or "",
                status=row["status"] or "",
                year=year,
                as_of=as_of,
            )
        )
        for row in rows
    ]


def corpus() -> Pair:
    """The two published documents."""
    output: list[Row] = []
    reference: list[Row] = []
    for name, year, as_of in CORPUS:
        rows = json.loads((FIXTURES / name).read_text())
        reference += rows
        output += read(rows, year, as_of)
    return output, reference


def other_counties() -> Pair:
    """The composed rows in the manner of other counties; each has its year and date."""
    rows = json.loads(OTHER.read_text())
    output: list[Row] = []
    for row in rows:
        output += read([row], row["year"], date.fromisoformat(row["as_of"]))
    return output, rows


def milliseconds_a_row(rounds: int) -> list[float]:
    """What a row of the corpus costs on one core, round by round, its JSON values included."""
    _output, rows = corpus()
    costs = []
    for _round in range(rounds):
        began = process_time()
        read(rows, 2023, date(2023, 4, 10))
        costs.append(1000 * (process_time() - began) / len(rows))
    return costs
