"""What looks like the same: a unit's name like another, a piece of work on two lists.

Only proposals, each with its reason in words; a person decides.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from typing import NamedTuple

from livelihood.organisation.words import number_cn

# From this likeness on, of 0 to 1.
UNIT_LIKE = 0.7
WORK_LIKE = 0.5
TARGET_LIKE = 0.34
# With one and the same large figure less of the words has to be alike.
FIGURE_LIKE, LARGE = 0.15, 100
FEWEST_PAIRS = 3
NOT_WORDS = re.compile(r"[\W\d_]+|完成|新增|新建|新改建|改造|建设|全县|以上|开展|实施")


class Work(NamedTuple):
    """One row of a list as far as likeness goes; ``targets`` are (name, value, unit)."""

    key: Hashable
    level: str
    unit: str
    title: str
    targets: tuple[tuple[str, float | None, str], ...]


class Same(NamedTuple):
    """Rows of different lists that look like one piece of work, and why."""

    keys: tuple[Hashable, ...]
    why: str


def likeliest_name(name: str, known: Iterable[str]) -> str:
    """The known name that is most like ``name``; "" if none is like it."""
    best, most = "", 0.0
    for other in known:
        like = SequenceMatcher(None, name, other, autojunk=False).ratio()
        short = _is_short_for(name, other) or _is_short_for(other, name)
        if like > most and (short or like >= UNIT_LIKE):
            best, most = other, like
    return best


def _is_short_for(short: str, full: str) -> bool:
    """Whether all characters of a name stand in the other in this order: 县交通局, 县交通运输局."""
    left = iter(full)
    return len(short) > 2 and all(character in left for character in short)


def pairs_of(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text, without figures and common words."""
    bare = NOT_WORDS.sub("", text)
    return frozenset(bare[i : i + 2] for i in range(len(bare) - 1))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of pairs that the shorter text has in common with the longer one, 0 to 1."""
    shorter = min(len(one), len(other))
    if not shorter:
        return 0.0
    share = len(one & other) / shorter
    # A word or two prove little.
    return share if shorter >= FEWEST_PAIRS else min(share, TARGET_LIKE)


def same_targets(one: Work, other: Work) -> list[tuple[int, int]]:
    """Which targets of two rows look like the same figure, as pairs of positions."""
    found, taken = [], set()
    for place, (name, value, unit) in enumerate(one.targets):
        best, most = None, 0.0
        for position, (their_name, their_value, their_unit) in enumerate(other.targets):
            if position in taken or unit != their_unit:
                continue
            like = likeness(pairs_of(name), pairs_of(their_name))
            like += 0.5 if value is not None and value == their_value else 0.0
            only = len(one.targets) == len(other.targets) == 1
            if (like >= TARGET_LIKE or only) and like >= most:
                best, most = position, like
        if best is not None:
            taken.add(best)
            found.append((place, best))
    return found


def likely_same(works: Sequence[Work]) -> list[Same]:
    """Rows of different lists, led by one unit, that look like the same work.

    Args:
        works: all rows, of all lists.

    Returns:
        Groups of two or more rows, at most one of each list, in the order of ``works``.
    """
    by_unit: dict[str, list[int]] = defaultdict(list)
    for place, work in enumerate(works):
        by_unit[work.unit].append(place)
    words = [pairs_of(work.title) for work in works]
    pairs = []
    for places in by_unit.values():
        for one, other in combinations(places, 2):
            if works[one].level == works[other].level:
                continue
            like = likeness(words[one], words[other])
            if like < FIGURE_LIKE:
                continue
            reason = _why(works[one], works[other], like)
            if reason:
                pairs.append((like, one, other, reason))
    return _grouped(works, pairs)


def _why(one: Work, other: Work, like: float) -> str:
    """Why two rows look the same, in words; "" if they do not."""
    equal = [
        one.targets[a]
        for a, b in same_targets(one, other)
        if one.targets[a][1] is not None and one.targets[a][1] == other.targets[b][1]
    ]
    reasons = []
    if like >= WORK_LIKE:
        reasons.append(f"内容相近（{round(100 * like)}%的用词相同）")
    if equal and (like >= TARGET_LIKE or equal[0][1] >= LARGE):
        name, value, unit = equal[0]
        reasons.append(f"目标相同（{name}{number_cn(value)}{unit}）")
    if not reasons:
        return ""
    return f"牵头单位都是{one.unit}，{'，'.join(reasons)}"


def _grouped(works: Sequence[Work], pairs: list[tuple]) -> list[Same]:
    """Pairs joined to groups, the likest first; no group has two rows of one list."""
    group: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    reasons: dict[int, str] = {}
    for _like, one, other, reason in sorted(pairs, key=lambda pair: -pair[0]):
        ours = members.get(group.get(one, -1), {one})
        theirs = members.get(group.get(other, -1), {other})
        joined = ours | theirs
        if len({works[place].level for place in joined}) < len(joined):
            continue
        head = min(joined)
        kept = reasons.get(group.get(one, -1)) or reasons.get(group.get(other, -1)) or reason
        for place in joined:
            group[place] = head
        members[head], reasons[head] = joined, kept
    heads = sorted(set(group.values()))
    return [
        Same(tuple(works[place].key for place in sorted(members[head])), reasons[head])
        for head in heads
    ]
