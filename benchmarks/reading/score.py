"""Compare a reading of rows with a reference: precision and recall, and the rows that differ."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

Row = dict
MOST_SHOWN = 4


@dataclass
class Score:
    """How one kind of value was read: counts of equal, invented and missed values."""

    name: str
    equal: int = 0
    invented: int = 0
    missed: int = 0
    differing: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The share of what was read that the reference has, 0–1."""
        read = self.equal + self.invented
        return self.equal / read if read else 1.0

    @property
    def recall(self) -> float:
        """The share of the reference that was read, 0–1."""
        wanted = self.equal + self.missed
        return self.equal / wanted if wanted else 1.0


def _key(row: Row, index: int | None):
    """An indicator by what it is, so that one more or less does not shift the others."""
    if index is None or index >= len(row["indicators"]):
        return None
    one = row["indicators"][index]
    return one["target"], one["unit"], one["kind"]


def _targets(row: Row) -> Iterable:
    return ((i["target"], i["unit"], i["kind"]) for i in row["indicators"])


def _dues(row: Row) -> Iterable:
    return ((_key(row, m["indicator"]), m["due"]) for m in row["milestones"])


def _percents(row: Row) -> Iterable:
    for m in row["milestones"]:
        if m["percent"] is not None:
            yield _key(row, m["indicator"]), m["due"], round(m["percent"], 1)


def _values(row: Row) -> Iterable:
    for m in row["milestones"]:
        if m["value"] is not None:
            yield _key(row, m["indicator"]), m["due"], m["value"]


def _sites(row: Row) -> Iterable:
    return row["sites"]


def _allocations(row: Row) -> Iterable:
    # A breakdown that stands in a table of its own cannot be read from the title.
    for a in row["allocations"]:
        if a["place"] in row["title"] and a["value"] is not None:
            yield a["place"], a["value"]


def _actual(row: Row) -> Iterable:
    for a in row["actual"]:
        if a["value"] is not None or a["percent"] is not None:
            percent = None if a["percent"] is None else round(a["percent"], 1)
            yield _key(row, a["indicator"]), a["value"], percent


def _met(row: Row) -> Iterable:
    for m in row["milestones"]:
        if m.get("met") is not None:
            yield _key(row, m["indicator"]), m["due"], m["met"]


def _completed(row: Row) -> Iterable:
    return ["completed"] if row["completed"] else []


def _problems(row: Row) -> Iterable:
    return ["problems"] if row["problems"] else []


KINDS: dict[str, Callable[[Row], Iterable]] = {
    "targets": _targets,
    "due dates": _dues,
    "planned percents": _percents,
    "cumulative values": _values,
    "sites": _sites,
    "allocations": _allocations,
    "actual figures": _actual,
    "met milestones": _met,
    "completed": _completed,
    "problems": _problems,
}


def score(output: Sequence[Row], reference: Sequence[Row]) -> list[Score]:
    """Compare rows that stand in the same order, or have the same title or number.

    Raises:
        ValueError: the files do not hold the same rows.
    """
    pairs = _paired(output, reference)
    scores = []
    for name, values in KINDS.items():
        one = Score(name)
        for read, wanted in pairs:
            _compare(one, read, wanted, values)
        scores.append(one)
    return scores


def _paired(output, reference) -> list[tuple[Row, Row]]:
    if len(output) != len(reference):
        raise ValueError(f"{len(output)} rows read, {len(reference)} in the reference")
    for read, wanted in zip(output, reference, strict=True):
        if read["title"] != wanted["title"]:
            raise ValueError(f"not the same row: {read['title'][:30]} / {wanted['title'][:30]}")
    return list(zip(output, reference, strict=True))


def _compare(one: Score, read: Row, wanted: Row, values) -> None:
    found, right = Counter(values(read)), Counter(values(wanted))
    invented, missed = found - right, right - found
    one.equal += (found & right).total()
    one.invented += invented.total()
    one.missed += missed.total()
    if invented or missed:
        name = f"{wanted.get('level', '')} {wanted.get('number', '')} {wanted['title'][:24]}"
        one.differing.append(f"{name}  +{_shown(invented)}  -{_shown(missed)}")


def _shown(values: Counter) -> str:
    texts = [_plain(value) for value in values.elements()]
    more = f" … {len(texts)} in all" if len(texts) > MOST_SHOWN else ""
    return "[" + "; ".join(texts[:MOST_SHOWN]) + more + "]"


def _plain(value) -> str:
    if isinstance(value, tuple):
        return " ".join(_plain(part) for part in value if part is not None) or "whole"
    return str(value)
