"""Which of several indicators a phrase speaks of."""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import pairwise

from projects.rules.reading.quantities import (
    PEOPLE,
    TIMES,
    Quantity,
    alike,
    find_in_strokes,
    find_quantities,
    find_worded,
    number,
)
from projects.rules.reading.text import Text
from projects.rules.reading.values import Indicator, Number, Site
from projects.rules.reading.words import STOP, clause_at

# Pairs of characters that say nothing of what is meant.
_COMMON_WORDS = """
建设 完成 新增 改造 提升 服务 项目 工程 任务 开展 实施 推进 达到 以上 累计 创建 打造 新建
全县 全市 全区 建成 工作 实现 人数 数达 率达 以及 其中
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_FIGURE = re.compile(r"\d")
# Beside a deliverable: 完成120万页扫描并建成档案馆.
_STOP_OR_MADE = re.compile(r"[，。；]|并(?=建成|建立|搭建|组建|出台|启用|上线|投用)")
_CLOSES_A_WORD = frozenset("辆间位")  # 公交车30辆: 车辆
# A large number at the end of a clause, without any unit.
_BARE = re.compile(
    r"(?:达到?|[增提升]至|增?到|突破|超过?)(?P<number>\d{1,9}(?:\.\d{1,6})?)(?P<times>万)(?=[，。；、）]|以上|$)"
)
MOST_BEYOND = 1.2  # a number this many times the target is none of it
# Begun or finished without saying what, and what works bring about.
_FINISHED = re.compile(r"(?:目前|已|累计|共|新|再)*(?:完工|竣工|开工|动工)(?=\d)")
_BROUGHT = re.compile(r"新增|增加|提供|惠及|受益|服务|解决|覆盖")
_JOINT = re.compile(r"[、及和与并]")


def pairs(text: str) -> set[str]:
    """The pairs of neighbouring characters of a text."""
    return {a + b for a, b in pairwise(text)} - _COMMON


def counts_in_characters(indicators: list[Indicator]) -> bool:
    """Whether a title writes its numbers in characters (三所, 十二个)."""
    return any(i.kind == "quantity" and not _FIGURE.search(i.span.text) for i in indicators)


@dataclass(slots=True)
class Profile:
    """What tells one indicator from the others."""

    index: int
    own: set[str]  # pairs that no other indicator has
    unit: str | None
    is_part: bool
    target: Number | None
    all: set[str]  # pairs of the name, shared or not
    name: str


def profiles(indicators: list[Indicator], sites: list[Site]) -> list[Profile]:
    """One profile for each indicator; empty for a single one, which needs none."""
    if len(indicators) < 2:
        return []
    sets = [_own_words(indicator, indicators) for indicator in indicators]
    for indicator, one in zip(indicators, sets, strict=True):
        if indicator.unit in _CLOSES_A_WORD:
            one.add(f"{indicator.name[-1:]}{indicator.unit}")
    counted = [i for i, one in enumerate(indicators) if one.target == len(sites) > 1]
    for site in sites:
        # A site belongs to the target that stands before it, or that counts all of them.
        before = [i for i, one in enumerate(indicators) if one.span.start <= site.span.start]
        owner = counted if len(counted) == 1 else before[-1:]
        if owner and len(sites) < 60:
            sets[owner[0]] |= pairs(site.name)
    found = []
    for index, (indicator, one) in enumerate(zip(indicators, sets, strict=True)):
        others: set[str] = set().union(*(s for i, s in enumerate(sets) if i != index))
        found.append(
            Profile(
                index,
                one - others,
                indicator.unit,
                indicator.is_part,
                indicator.target,
                one,
                indicator.name,
            )
        )
    return found


def _own_words(indicator: Indicator, indicators: list[Indicator]) -> set[str]:
    """The pairs of a name; a part's that says no more than 新建 are that, if no other part's."""
    found, name = pairs(indicator.name), indicator.name
    others = [one.name for one in indicators if one.is_part and one is not indicator]
    if found or not indicator.is_part or any(name in other for other in others):
        return found
    return {a + b for a, b in pairwise(name)}


def best(phrase: str, known: list[Profile]) -> int | None:
    """The indicator whose own words a phrase has most of; None if none or a tie."""
    here = {a + b for a, b in pairwise(phrase)}
    scores = sorted(((_share(here, p.own), -p.index) for p in known), reverse=True)
    if not scores or scores[0][0] == 0 or (len(scores) > 1 and scores[0][0] == scores[1][0]):
        return None
    return -scores[0][1]


def _share(here: set[str], own: set[str]) -> float:
    """How much of an indicator's own words is met: 开工 counts more for 开工 alone."""
    return len(here & own) / (len(own) + 1)


def by_unit(quantities: list[Quantity], known: list[Profile]) -> list[int]:
    """The indicators that the units of these numbers may belong to; the very unit goes first."""
    units = {q.unit for q in quantities if not q.is_percent}
    able = [p for p in known if p.unit and any(alike(unit, p.unit) for unit in units)]
    exact = [p for p in able if p.unit in units] if len(units) == 1 else []
    if units & PEOPLE:
        exact = []  # 人 and 名 stand for each other
    return [p.index for p in exact or able]


def _by_number(quantities: list[Quantity], able: list[int], known: list[Profile]) -> list[int]:
    """Those of several targets whose whole number is the only one written: 新增托位450个."""
    numbers = {q.value for q in quantities if not q.is_percent}
    return [p.index for p in known if p.index in able and not p.is_part and numbers == {p.target}]


def _by_works(phrase: str, able: list[int], known: list[Profile]) -> list[int]:
    """完工4个: of works and of what they bring about (新增泊位), the works are finished."""
    works = [i for i in able if not _BROUGHT.match(known[i].name)]
    return works if len(works) == 1 and _FINISHED.match(phrase) else []


def _by_shared_words(phrase: str, able: list[int], known: list[Profile]) -> list[int]:
    """Those whose name, with what others have too, a phrase shares most of: 托位 of 公办托位."""
    here = pairs(phrase)
    shared = {p.index: len(here & p.all) for p in known if p.index in able}
    most = max(shared.values(), default=0)
    return [index for index, count in shared.items() if most and count == most]


def _by_short_name(phrase: str, able: list[int], known: list[Profile]) -> list[int]:
    """The one that leaves characters out of its name: 户厕 is 户用厕所, 托位 普惠性托育位."""
    here = pairs(phrase)
    met = [p.index for p in known if p.index in able and here & _loose_pairs(p.name) - p.all]
    return met if len(met) == 1 else []


def _loose_pairs(name: str) -> set[str]:
    """Pairs of a name with one or two characters left out between them."""
    return {a + b for gap in (2, 3) for a, b in zip(name, name[gap:], strict=False)} - _COMMON


def in_entries(indicators: list[Indicator]) -> list[list[int]]:
    """The targets of each numbered entry of the title; [] if some stand in none."""
    last = max((one.entry for one in indicators), default=0)
    if last < 2:
        return []
    found = [[i for i, one in enumerate(indicators) if one.entry == n] for n in range(last + 1)]
    return found[1:] if not found[0] and all(found[1:]) else []


def only_among(known: list[Profile], able: list[int]) -> list[Profile]:
    """The profiles, of which all but some are silenced."""
    return [
        p if p.index in able else replace(p, own=set(), unit=None, all=set(), name="")
        for p in known
    ]


class Words:
    """A text with its numbers, to be asked by place."""

    __slots__ = ("clean", "quantities", "starts", "text")

    def __init__(self, text: Text, worded: bool = False):
        self.text = text
        self.clean = text.clean
        found = find_quantities(text.clean)
        self.quantities = [q for q in found if q.unit not in TIMES]
        if in_strokes := find_in_strokes(text.clean, self.quantities):
            self.quantities = sorted([*self.quantities, *in_strokes], key=lambda q: q.start)
        if worded:  # a row that counts in characters: 十二个
            self.quantities += find_worded(text.clean)
            self.quantities.sort(key=lambda q: q.start)
        self.starts = [q.start for q in self.quantities]

    def add_bare(self, indicators: list[Indicator]) -> None:
        """服务人次达3万: a number without a unit takes that of the target it can be meant of."""
        found = {}
        for match in _BARE.finditer(self.clean):
            value = number(match["number"], match["times"])
            begin, end = clause_at(self.clean, match.start())
            clause = self.clean[begin:end]
            meant = [
                i.unit
                for i in indicators
                if i.target and i.unit and value <= i.target * MOST_BEYOND
                and (i.unit in clause or i.target == value)
            ]  # fmt: skip
            if len(meant) == 1:
                start, stop = match.start("number"), match.end()
                found[start] = Quantity(start, stop, value, meant[0], implied=True)
        if found:
            others = [q for q in self.quantities if q.start not in found]
            self.quantities = sorted([*others, *found.values()], key=lambda q: q.start)
            self.starts = [q.start for q in self.quantities]

    def between(self, start: int, end: int) -> list[Quantity]:
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
        return self.quantities[first:last]


def phrases_of(start: int, end: int, words: Words, known: list[Profile]) -> list[tuple[int, int]]:
    """Clauses, parted further where one holds several numbers that may be targets' own."""
    clean, phrases = words.clean, []
    stop = _STOP_OR_MADE if any(one.unit is None for one in known) else STOP
    for match in stop.finditer(clean, start, end):
        phrases += _parted(clean, start, match.start(), words, known)
        start = match.end()
    phrases += _parted(clean, start, end, words, known)
    return [(b, e) for b, e in phrases if e > b]


def _parted(clean, start, end, words, known) -> list[tuple[int, int]]:
    here = [
        q for q in words.between(start, end)
        if any(q.unit == p.unit or (p.unit and alike(q.unit, p.unit)) for p in known)
    ]  # fmt: skip
    cuts = []
    for one, other in zip(here, here[1:], strict=False):
        mark = _JOINT.search(clean[one.end : other.start])
        if one.is_percent != other.is_percent and not mark:
            continue
        cuts.append(one.end + mark.end() if mark else one.end)
    bounds = [start, *cuts, end]
    return list(zip(bounds, bounds[1:], strict=False))


def assign(phrases, words: Words, known: list[Profile]) -> list[int | None]:
    """The indicator of each phrase; None where neither words nor units tell."""
    indices: list[int | None] = []
    given: set[int] = set()
    numbered = sum(1 for b, e in phrases if by_unit(words.between(b, e), known))
    for begin, end in phrases:
        index = best(words.clean[begin:end], known)
        able = by_unit(words.between(begin, end), known)
        if index is not None and len(able) == 1 and index not in able:
            index = able[0]  # a unit that only one target has says more than words
        if index is None:
            able = by_unit(words.between(begin, end), known)
            if len(able) > 1:
                able = _by_works(words.clean[begin:end], able, known) or able
            if len(able) > 1 and numbered == len(able):
                able = [i for i in able if i not in given][:1]
            elif len(able) > 1:
                here = words.between(begin, end)
                named = _by_shared_words(words.clean[begin:end], able, known)
                short = _by_short_name(words.clean[begin:end], able, known)
                able = _by_number(here, able, known) or named or short or able
            if len(able) > 1:
                # A number without a name is the whole's, not that of a part (其中).
                able = [i for i in able if not known[i].is_part]
            index = able[0] if len(able) == 1 else None
        if index is not None:
            given.add(index)
        indices.append(index)
    return _in_order(phrases, indices, words, known)


def _in_order(phrases, indices, words, known) -> list[int | None]:
    """As many numbers as targets of that unit, but two of them given to one: go by the order."""
    numbered = [
        (place, by_unit(words.between(b, e), known)) for place, (b, e) in enumerate(phrases)
    ]
    numbered = [
        (place, _by_works(words.clean[slice(*phrases[place])], able, known) or able)
        for place, able in numbered
        if able
    ]
    if len(numbered) < 2:
        return indices
    able = numbered[0][1]
    same = all(one == able for _place, one in numbered)
    chosen = {indices[place] for place, _able in numbered}
    if same and len(able) == len(numbered) and len(chosen) < len(able):
        for (place, _able), index in zip(numbered, able, strict=True):
            indices[place] = index
    return indices
