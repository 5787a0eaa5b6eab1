"""Reading plans: how much of what people read by hand is read alike, and how fast."""

from statistics import median

from benchmarks.measuring import Line
from benchmarks.reading.score import Score, score
from benchmarks.reading.sets import (
    GOALS,
    ROWS_A_SECOND,
    corpus,
    milliseconds_a_row,
    other_counties,
)


def run(rounds: int) -> list[Line]:
    """The misses of both sets against what is allowed, and the cost of a row.

    A miss is what precision or recall lacks, the worse of the two; the composed rows are
    printed for scale, the goals are the corpus's.
    """
    lines = [_misses("corpus", one) for one in score(*corpus()) if one.name in GOALS]
    lines += [_misses("composed", one) for one in score(*other_counties()) if one.name in GOALS]
    costs, floor = milliseconds_a_row(rounds), 1000 / ROWS_A_SECOND
    # Other work on the machine only ever adds: the fastest round says what reading costs.
    lines.append(
        Line(
            f"a row read ({1000 / min(costs):,.0f} rows a second)",
            f"{ROWS_A_SECOND:,} rows a second",
            "ms",
            min(costs),
            floor,
            min(costs) / floor,
            median(costs) / floor,
            1,
        )
    )
    return lines


def _misses(name: str, one: Score) -> Line:
    allowed = 100 * (1 - GOALS[one.name])
    missed = 100 * (1 - min(one.precision, one.recall))
    ratio = missed / allowed
    goal = 1 if name == "corpus" else None
    label = f"{name}: {one.name} not read alike"
    return Line(label, "allowed", "% ", missed, allowed, ratio, ratio, goal)
