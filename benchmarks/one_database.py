"""Measures on one database; ``python -m benchmarks`` starts this once for each of them.

VAR_DIR says where to write, DATABASE_URL names a PostgreSQL server (none: SQLite).
"""

import argparse
import json
import os
from contextlib import nullcontext
from pathlib import Path

import django

from benchmarks.databases import own_database
from benchmarks.measuring import HEADING, Line


def main() -> None:
    """Load the lists into a fresh database, measure, print, and write the lines as JSON."""
    options = _options()
    server = os.environ.get("DATABASE_URL")
    with own_database(server) if server else nullcontext() as url:
        if url:
            os.environ["DATABASE_URL"] = url
        os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings.with_admin"
        django.setup()
        lines = _measure("postgresql" if server else "sqlite", options)
    options.result.write_text(json.dumps(lines, ensure_ascii=False))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.one_database")
    for name in ("rounds", "counties", "months"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--part", action="append", required=True)
    parser.add_argument("--result", type=Path, required=True)
    return parser.parse_args()


def _measure(database: str, options: argparse.Namespace) -> list[dict]:
    # The parts know the product's models, which exist from here on only.
    from benchmarks import (  # noqa: PLC0415
        briefing,
        charts,
        county,
        data,
        pages,
        reading,
        reading_workbooks,
        scale,
        sizes,
        submitting,
        tables,
    )

    parts = {
        "pages": lambda: pages.run(database, options.rounds),
        "table": lambda: tables.run(options.rounds),
        "data": lambda: data.run(database, options.rounds),
        "submitting": lambda: submitting.run(database, options.rounds),
        "charts": lambda: charts.run(options.rounds),
        "script": sizes.run,
        "briefing": lambda: briefing.run(options.rounds),
        "reading": lambda: reading.run(options.rounds),
        "workbooks": lambda: reading_workbooks.run(options.rounds),
        "scale": lambda: scale.run(database, options.rounds, options.counties, options.months),
    }
    county.load()
    results = []
    for part in options.part:
        lines = parts[part]()
        _print(f"{part} ({database})", lines)
        results += [{"part": part, "database": database, **line.as_dict()} for line in lines]
    return results


def _print(title: str, lines: list[Line]) -> None:
    print(f"\n{title}\n{HEADING}")
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
