"""Which item of a county's lists a row of the city's table is about, and how sure that is."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from progress.rules.city_figures import same_unit
from progress.rules.city_table import TableRow, duplicates

CANDIDATES = 5
LOOKED_AT = 10
# From this likeness on a match is sure, if the next best is so much less like.
SURE, CLEARER = 0.8, 0.05
# From this one on also where the table prints another number.
SAME_WORDS = 0.97
WITH_NUMBER, LEAST = 0.55, 0.3
ONLY_NUMBER = 0.7
SHORTEST_BLOCK = 2
PART_OF = re.compile(r"[（(]?其中")


class Item(NamedTuple):
    """One item as far as matching goes; ``names`` are its wordings, ``units`` of its targets."""

    key: int
    level: str
    number: int
    names: tuple[str, ...]
    units: frozenset[str]


class Candidate(NamedTuple):
    """An item that may be meant, and how likely, 0 to 1."""

    item: int
    certainty: float


@dataclass(frozen=True)
class Match:
    """What a row of the table is about; ``item`` None: nothing is like it."""

    row: TableRow
    item: int | None
    sure: bool
    why: str
    candidates: tuple[Candidate, ...]
    reason: str = ""  # why its figures cannot be compared


def likely_level(rows: Sequence[TableRow], items: Sequence[Item]) -> str:
    """The level that the table is about: as it says, else that of most of the likest items."""
    told = {row.level for row in rows}
    if "" not in told or not items:
        return told.pop() if len(told) == 1 else ""
    votes: Counter[str] = Counter()
    prepared = _prepared(items)
    for row in rows:
        found = _ranked(row, prepared, "")
        if found and found[0][0] >= LEAST:
            best = found[0][0]
            votes.update({item.level for score, item in found if score >= best - 0.01})
    ranking = votes.most_common()
    if not ranking or (len(ranking) > 1 and ranking[0][1] == ranking[1][1]):
        return ""
    return ranking[0][0]


def match_rows(
    rows: Sequence[TableRow],
    items: Sequence[Item],
    *,
    level: str = "",
    chosen: Mapping[str, int | None] | None = None,
) -> list[Match]:
    """Find the item of every row.

    Args:
        rows: as read.
        items: of the county and year.
        level: the list that is meant where a row does not say; "" for any.
        chosen: what a person has decided, by the row's key; None: no item.
    """
    prepared = _prepared(items)
    units = {item.key: item.units for item in items}
    found = [_match(row, prepared, level, chosen or {}) for row in rows]
    twice = duplicates(match.item for match in found if match.item is not None)
    return [_judged(match, twice, units) for match in found]


def _judged(match: Match, twice: set, units: Mapping[int, frozenset[str]]) -> Match:
    reason = match.row.reason or _other_unit(match, units)
    sure, why = match.sure, match.why
    if match.item in twice:
        sure, why = False, "表中有几行对应同一个条目，只能采用一行。"
    return Match(match.row, match.item, sure, why, match.candidates, reason)


def _other_unit(match: Match, units: Mapping[int, frozenset[str]]) -> str:
    """Why the figures measure something else; "" if they measure the same, as far as known."""
    printed, own = match.row.measured_in, units.get(match.item or 0, frozenset())
    if not printed or printed == "%" or not own:
        return ""
    if any(same_unit(printed, unit) for unit in own):
        return ""
    return f"表中的计量单位是“{printed}”，清单中是“{'、'.join(sorted(own))}”，口径不同。"


def _prepared(items: Iterable[Item]) -> list[tuple[Item, list[tuple[str, frozenset[str]]]]]:
    return [
        (item, [(name, _pairs(name)) for name in dict.fromkeys(map(_plain, item.names)) if name])
        for item in items
    ]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def _ranked(row: TableRow, prepared, level: str) -> list[tuple[float, Item]]:
    """The items by likeness, the likest first."""
    level = row.level or level
    name, pairs = _plain(row.name), _pairs(_plain(row.name))
    pool = [(item, names) for item, names in prepared if not level or item.level == level]
    if not name:
        return [(ONLY_NUMBER, item) for item, _n in pool if item.number == row.number]
    rough = sorted(
        pool,
        key=lambda pair: (
            -max((len(pairs & own) / (len(pairs) or 1) for _n, own in pair[1]), default=0),
            pair[0].number != row.number,
        ),
    )[:LOOKED_AT]
    rough += [pair for pair in pool if pair[0].number == row.number and pair not in rough]
    scored = [(max((likeness(name, own) for own, _p in names), default=0), item)
              for item, names in rough]  # fmt: skip
    return sorted(scored, key=lambda pair: (-pair[0], pair[1].number != row.number))


@lru_cache(maxsize=20_000)  # a table is matched anew with every correction
def likeness(one: str, other: str) -> float:
    """How alike two wordings are, 0 to 1; a short name within a long wording is like it."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    shared = sum(
        block.size for block in matcher.get_matching_blocks() if block.size >= SHORTEST_BLOCK
    )
    shorter = min(len(one), len(other))
    covered = 0.95 * shared / shorter if shorter >= 4 else 0.0
    return max(matcher.ratio(), covered)


def _match(row: TableRow, prepared, level: str, chosen: Mapping[str, int | None]) -> Match:
    ranked = _ranked(row, prepared, level)
    candidates = tuple(
        Candidate(item.key, round(score, 2))
        for score, item in ranked[:CANDIDATES]
        if score >= LEAST
    )
    if row.key in chosen:
        return Match(row, chosen[row.key], True, "人工选定", candidates)
    if not candidates:
        return Match(row, None, False, "清单中没有相近的条目。", ())
    (best, item), *others = ranked
    second = others[0][0] if others else 0.0
    numbered = item.number == row.number
    if row.number is None and PART_OF.match(row.name):
        return Match(row, None, False, "是某一项的一部分，不能代表整个条目，请选择。", candidates)
    if not row.name:
        several = len(ranked) > 1
        why = "几张清单都有这个序号。" if several else "表中只有序号，没有名称。"
        return Match(row, item.key, False, why, candidates)
    fits = numbered or row.number is None or best >= SAME_WORDS
    clear = best - second >= CLEARER or (numbered and not _rival(ranked, row))
    if best >= SURE and clear and fits:
        return Match(row, item.key, True, "", candidates)
    if numbered and best >= WITH_NUMBER and best - second >= CLEARER:
        return Match(row, item.key, True, "", candidates)
    if best >= SURE:
        why = "序号不同。" if clear else "有几个条目的内容同样相近。"
        return Match(row, item.key, False, why, candidates)
    if numbered:
        return Match(row, item.key, False, "内容只有部分相近。", candidates)
    # Nobody is to adopt a guess by leaving it alone.
    other = "" if row.number is None else "，序号也不同"
    return Match(row, None, False, f"内容只有部分相近{other}，请选择。", candidates)


def _rival(ranked: Sequence[tuple[float, Item]], row: TableRow) -> bool:
    """Whether another item of the same number is as like."""
    best = ranked[0][0]
    return any(item.number == row.number and best - score < CLEARER for score, item in ranked[1:])
