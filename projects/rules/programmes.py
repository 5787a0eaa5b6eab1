"""Which items of several counties are the same programme: proposals, with their certainty.

A province or a city promises the same in all of its counties. Each county prints it under a
number of its own and with its own figures; the words are nearly the same. Pure functions.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

# Below DOUBTFUL it is another programme. From SURE on nobody needs to look at it, where the
# wording is the same: 机动车停车位 and 非机动车停车位 are very much alike, and two programmes.
SURE, DOUBTFUL = 0.85, 0.6
# How much of the likeness lies in the wording; the rest in what is measured, and in which unit.
WORDING = 0.8
# Figures differ from county to county.
FIGURES = re.compile(r"[0-9.,%]+|[一二三四五六七八九十百千万亿两]+(?=[个家所处座条套户人次项公里])")
NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
NOT_WORDS = re.compile(r"[\W_]+")
# What says how much, until when or where, and not what is done.
IDLE = re.compile(
    "若干|不少于|不低于|力争|确保|计划|完成|年内|年底前|年底|全年|累计|以上|左右|"
    "全[省市县区]|[我本][省市县区]|[约共](?=[0-9])"
)
# What a name of a place ends in, and what may be left out when it is spoken of.
KINDS_OF_PLACES = re.compile("(?:自治县|自治旗|[省市县区旗])$")
# So many characters about what differs are shown with it.
AROUND = 1


class Candidate(NamedTuple):
    """An item of one county.

    Attributes:
        targets: (name, unit of measure).
        places: names of the county and the regions above it, which its titles may mention.
    """

    key: int
    county: int
    number: int
    title: str
    targets: tuple[tuple[str, str], ...] = ()
    places: tuple[str, ...] = ()

    @property
    def wording(self) -> str:
        """What of its title is the same in every county."""
        return wording_of(self.title, self.places)


class Member(NamedTuple):
    """An item in a group, how certain it is that it belongs there, 0–1, and where its wording
    differs: pairs of words, the group's and its own."""

    candidate: Candidate
    certainty: float
    differences: tuple[tuple[str, str], ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether nobody needs to look at it."""
        return self.certainty >= SURE and not self.differences


@dataclass
class Group:
    """Items that are the same programme; ``programme`` is the key of a confirmed one."""

    programme: int | None
    models: list[Candidate]  # by whose wording others are judged
    members: list[Member] = field(default_factory=list)

    @property
    def is_sure(self) -> bool:
        """Whether every item certainly belongs to it."""
        return all(member.is_sure for member in self.members)


@lru_cache(maxsize=16_384)
def wording_of(title: str, places: tuple[str, ...] = ()) -> str:
    """What of a title is the same in every county: without figures, punctuation, names of
    places and idle words."""
    words = normalize("NFKC", title)
    for place in places:
        words = words.replace(place, "")
        short = KINDS_OF_PLACES.sub("", place)
        # A name of one character, like that of 沛县, may be anything.
        words = words.replace(short, "") if len(short) > 1 else words
    return NOT_WORDS.sub("", FIGURES.sub("", IDLE.sub("", words)))


def differences(one: str, other: str) -> tuple[tuple[str, str], ...]:
    """Where two wordings differ, each with a character about it: (旧小区, 旧厂区)."""
    if one == other:
        return ()
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return tuple(
        (one[max(i - AROUND, 0) : k + AROUND], other[max(j - AROUND, 0) : m + AROUND])
        for tag, i, k, j, m in matcher.get_opcodes()
        if tag != "equal"
    )


def common_name(titles: Sequence[str]) -> str:
    """What counties have in common of their titles: the shortest one, and where their figures
    differ 若干 for each of them (新建公办幼儿园若干所)."""
    shortest = min(titles, key=lambda title: (len(title), title)).rstrip("。；;.")
    if len({tuple(NUMBER.findall(normalize("NFKC", title))) for title in titles}) == 1:
        return shortest
    return NUMBER.sub("若干", normalize("NFKC", shortest))


@lru_cache(maxsize=16_384)
def _pairs(wording: str) -> frozenset[str]:
    return frozenset(wording[i : i + 2] for i in range(len(wording) - 1)) or frozenset({wording})


def _near(one: str, other: str) -> float:
    """A quick upper guess of how alike two wordings are, 0–1."""
    pairs, others = _pairs(one), _pairs(other)
    return 2 * len(pairs & others) / (len(pairs) + len(others))


def _measured(targets: Sequence[tuple[str, str]]) -> frozenset[str]:
    return frozenset(unit or "任务" for _name, unit in targets)


def likeness(one: Candidate, other: Candidate) -> float:
    """How alike two items are, 0–1: by their wording, and by what is measured of them.

    Numbers count for nothing: every county numbers its own list, and promises its own
    figures.
    """
    wording, its = one.wording, other.wording
    words = 1.0 if wording == its else SequenceMatcher(None, wording, its, autojunk=False).ratio()
    measured, others = _measured(one.targets), _measured(other.targets)
    if not (measured and others):
        return words
    units = len(measured & others) / len(measured | others)
    return WORDING * words + (1 - WORDING) * units


def propose(candidates: Iterable[Candidate], confirmed: Sequence[Group] = ()) -> list[Group]:
    """Group the items of several counties; every county has one item at most in a group.

    Args:
        candidates: items that belong to no programme yet.
        confirmed: what has been confirmed: ``programme``, and in ``models`` all its items.

    Returns:
        Groups with new members, confirmed ones first; then new groups in the order in which
        the county with most items numbers them. One that stands alone is a group, too.
    """
    groups = [Group(group.programme, list(group.models)) for group in confirmed]
    by_county = defaultdict(list)
    for candidate in candidates:
        by_county[candidate.county].append(candidate)
    # The fullest list first: it names the programmes, by its order.
    for county in sorted(by_county, key=lambda c: (-len(by_county[c]), c)):
        _place(sorted(by_county[county], key=lambda c: c.number), groups, county)
    return [group for group in groups if group.members]


def _place(own: list[Candidate], groups: list[Group], county: int) -> None:
    """Give each of a county's items to the group it is most like, or make it a new one."""
    free = [g for g in groups if all(model.county != county for model in g.models)]
    scores = sorted(_scores(own, free), key=lambda s: (-s[0], s[1], s[2]))
    placed, filled = set(), set()
    for score, item, group in scores:
        if item not in placed and group not in filled:
            placed.add(item)
            filled.add(group)
            different = differences(free[group].models[0].wording, own[item].wording)
            free[group].members.append(Member(own[item], round(score, 3), different))
            free[group].models.append(own[item])
    for index, candidate in enumerate(own):
        if index not in placed:
            groups.append(Group(None, [candidate], [Member(candidate, 1.0)]))


def _scores(own: list[Candidate], free: list[Group]) -> Iterable[tuple[float, int, int]]:
    same = defaultdict(list)
    for index, group in enumerate(free):
        same[group.models[0].wording].append(index)
    for item, candidate in enumerate(own):
        wording = candidate.wording
        near = same.get(wording) or [
            index
            for index, group in enumerate(free)
            if _near(wording, group.models[0].wording) >= DOUBTFUL / 2
        ]
        for group in near:
            score = likeness(free[group].models[0], candidate)
            if score >= DOUBTFUL:
                yield score, item, group
