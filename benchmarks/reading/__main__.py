"""``python -m benchmarks.reading``: precision and recall, with the rows that differ.

Without files both test sets are read and scored; OUTPUT (what read_plan prints) and REFERENCE
are two files in the exchange format that hold the same rows.
"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.reading.score import Score, score
from benchmarks.reading.sets import (
    GOALS,
    ROWS_A_SECOND,
    corpus,
    milliseconds_a_row,
    other_counties,
)

ROUNDS = 10


def main() -> int:
    """Score, print, and give the exit status: 1 if a goal on the corpus is missed."""
    options = _options()
    if options.output:
        files = [json.loads(path.read_text()) for path in (options.output, options.reference)]
        try:
            scores = score(*files)
        except (ValueError, KeyError, TypeError) as error:
            sys.exit(f"These files cannot be compared: {error!r}")
        _print(options.output.name, scores, options.brief, {})
        return 0
    good = _print("corpus", score(*corpus()), options.brief, GOALS)
    _print("other counties (composed)", score(*other_counties()), options.brief, {})
    fastest = 1000 / min(milliseconds_a_row(ROUNDS))
    print(f"\nrows a second on one core: {fastest:,.0f} (goal {ROWS_A_SECOND:,})")
    return 0 if good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("reference", nargs="?", type=Path)
    parser.add_argument("--brief", action="store_true", help="leave out the rows that differ")
    options = parser.parse_args()
    if options.output and not options.reference:
        parser.error("a reference is needed, too")
    return options


def _print(name: str, scores: list[Score], brief: bool, goals: dict[str, float]) -> bool:
    """Print a table of scores; whether all goals are met."""
    good = True
    print(f"\n{name:<28}precision  recall   equal  invented  missed   goal")
    for one in scores:
        goal = goals.get(one.name)
        missed = goal is not None and min(one.precision, one.recall) < goal
        good = good and not missed
        wanted = "" if goal is None else f"{100 * goal:.0f} %{'  MISSED' if missed else ''}"
        print(
            f"  {one.name:<26}{100 * one.precision:9.1f}{100 * one.recall:8.1f}"
            f"{one.equal:8}{one.invented:10}{one.missed:8}   {wanted}"
        )
        if not brief:
            for line in one.differing:
                print(f"      {line}")
    return good


if __name__ == "__main__":
    sys.exit(main())
