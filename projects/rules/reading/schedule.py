"""From a schedule's words to milestones with cumulative values and percents."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace

from projects.rules.reading.labels import Stretch, entries, read_labels
from projects.rules.reading.matching import (
    Profile,
    Words,
    assign,
    best,
    counts_in_characters,
    in_entries,
    only_among,
    phrases_of,
    profiles,
)
from projects.rules.reading.quantities import (
    Quantity,
    alike,
    find_worded,
    neat,
    share,
)
from projects.rules.reading.text import Text
from projects.rules.reading.values import (
    CERTAIN,
    DOUBTFUL,
    LIKELY,
    Indicator,
    Leftover,
    Milestone,
    Number,
    Site,
    Sure,
)
from projects.rules.reading.words import (
    AFTERWARDS,
    LAST_STAGE,
    NOT_OF_TASK,
    OF_TASK,
    PARTIAL,
    PREPARATION,
    WHOLE_DONE,
    WORKS,
    clause_at,
    of_preparing,
    other_rate,
    prepares,
)

_CUMULATIVE = re.compile(
    r"累计|共(?!同|享|建|有制|性)|总数|总量|合计|达到?(?:总)?$|增至|增加到|提高到|扩大到"
)
_OF_WHICH = re.compile(r"[，（](?:其中|含|包括|包含)[^。；]*$")
_SAID_TOTAL = re.compile(r"累计|合计")
_INCREMENT = re.compile(r"新增(?!就业)|再(?:完成|新)|另|增加(?!到)|其余|剩余|新完成|又")
_KEEP = re.compile(r"保持|持续|维持|巩固|稳定在")
_EACH = re.compile(r"(?:各[^，。；、\d]{0,4}|每[^，。；、\d]{0,6}|人均|平均)$")
_WORDED_DONE = re.compile(r"完成|完工|建成|投用|竣工|投入使用|开园")
_TITLES = re.compile(r"《[^》]{0,60}》")
_HALF = re.compile(
    r"(?:完成|建成|过|达)[^，。；\d]{0,4}(?P<word>一半|半数|过半|三分之一|三分之二|四分之三|四分之一)"
)
_SHARES = {"一半": 50.0, "半数": 50.0, "过半": 50.0, "三分之一": 33.3, "三分之二": 66.7,
           "四分之三": 75.0, "四分之一": 25.0}  # fmt: skip
_BARE_FINAL = re.compile(r"完成(?:率)?$")
_NAMED_PART = re.compile(
    r"[^，。；、：“”]{1,12}?(?:山塘|水库|公园|镇|村|街道|社区|小区|学校|幼儿园|中学|小学|路段?|桥|站|路|河|标段|片区|厂|苑|库)$"
)
FULL = 100.0
MOST_SITES = 60
SHORT_NAME, PLACE_NAME = 4, 2  # characters: 园井水库 of 桥墩
SHORTEST_NAME = 2  # 2条3月底前 names no part, 县道30公里 does
PACE = 1.1  # a pace that leads further than this beyond the target is only roughly meant
NEAR = 0.6  # percent points between a printed percent and the one that follows from a number
_DIGIT = re.compile(r"\d")
_ALL_OF_THEM = re.compile(
    r"(?P<names>[^，。；\d]{2,40}?)已?(?:均|都|全部|全面)(?:已|全部|全面)*[^，。；\d]{2,8}$"
)
_BESIDE = re.compile(r"[、和及与]")
_GENERAL = re.compile(r"[全各已计完的新]")
_APART = re.compile(r"[，即（]")
_OF_WORK = re.compile(r"进度|任务|工作量")
_WORK_FOLLOWS = re.compile(r"的?(?:进度|任务)")
_OUTRIGHT = re.compile(r"年度|全年|全部|100|百分之百|各项")
_STAGE_DONE = re.compile(
    r"(?:竣工|工程|项目|综合|整体|市级|省级|完成)验收(?!材料|评价|资料|准备|申请|标准)|竣工|完工|建成|投用|投入(?:使用|运[行营])|"
    r"完成[^，。；]{2,40}(?:建设|改造|提升|整治|安装|工作|任务|工程)$"
)


@dataclass(slots=True)
class _Part:
    """What one stretch says of one indicator (None: of the item)."""

    stretch: Stretch
    index: int | None
    start: int
    end: int
    ranges: list[tuple[int, int]]
    values: list[Quantity] = field(default_factory=list)  # numbers in the indicator's unit
    cumulative: list[bool] = field(default_factory=list)
    percent: Quantity | None = None
    partial: bool = False
    value: Number | None = None
    share: float | None = None
    basis: str = "none"
    sure: Sure = field(default_factory=Sure)
    figure: Quantity | None = None


@dataclass(slots=True)
class Plan:
    """What was read from a schedule; ``added`` are targets that only the schedule names."""

    milestones: list[Milestone] = field(default_factory=list)
    added: list[Indicator] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)
    figures: list[Quantity] = field(default_factory=list)  # all numbers, used or not
    used: set[int] = field(default_factory=set)  # where the numbers begin that were used


def read_schedule(
    text: Text, indicators: list[Indicator], sites: list[Site], year: int, head: str = ""
) -> Plan:
    """Read a schedule against the targets of its row.

    Args:
        text: the schedule.
        indicators: the title's targets; parts that the schedule names are added to ``added``.
        sites: the title's sites, whose names tell targets apart.
        year: the document's.
        head: the column's heading, if it names the period.
    """
    plan = Plan()
    stretches = read_labels(text, year, head) if text.clean else []
    stretches = _without_pace(stretches, text, plan)
    if not stretches:
        return plan
    words = Words(text, counts_in_characters(indicators))
    words.add_bare(indicators)
    plan.added = _parts_of_the_target(text, stretches, indicators, words)
    known_indicators = indicators + plan.added
    known = profiles(known_indicators, sites)
    headers = _headers(stretches, known_indicators, known, words)
    parts: list[_Part] = []
    numbered = _numbered(stretches, words, indicators, known, headers)
    entered = _entered(stretches, words, known_indicators)
    for stretch, number, able in zip(stretches, numbered, entered, strict=True):
        index = able[0] if number is None and len(able) == 1 else number
        if index is not None:
            whole = [(stretch.start, stretch.end)]
            parts.append(_Part(stretch, index, stretch.start, stretch.end, whole))
        else:
            meant = only_among(known, able) if able else known
            parts += _divide(stretch, words, meant, headers, 0 if known_indicators else None)
    _inherit_index(parts, words)
    parts = _without_chance(parts, words, known_indicators, known)
    parts.sort(key=lambda part: part.stretch.due)  # stable: the text's order within a day
    _find_figures(parts, words, known_indicators, sites)
    parts += _counted_by_the_way(parts, words, known_indicators)
    parts.sort(key=lambda part: part.stretch.due)
    _spread_final(parts, len(known_indicators), words)
    by_index: dict[int | None, list[_Part]] = {}
    for part in parts:
        by_index.setdefault(part.index, []).append(part)
    for index, own in by_index.items():
        _resolve(index, own, known_indicators, words, by_index.get(None, []))
    _finish(parts, by_index, words, known_indicators)
    _number_of_the_end(by_index, words, known_indicators)
    _of_some_sites(parts, words, sites)
    plan.milestones = [_milestone(part, words) for part in parts]
    plan.figures = words.quantities
    for part in parts:
        plan.used.update(q.start for q in part.values)
        if part.percent is not None:
            plan.used.add(part.percent.start)
    return plan


def _without_pace(stretches: list[Stretch], text: Text, plan: Plan) -> list[Stretch]:
    """每月100批次 beside 全年1200批次 is a pace; the year's stage says the same."""
    if not any(s.kind == "every" for s in stretches):
        return stretches
    others = [s for s in stretches if s.kind != "every"]
    kept = []
    for stretch in stretches:
        beside = any(s.header == stretch.header for s in others)
        if (
            stretch.kind == "every"
            and beside
            and "%" not in text.clean[stretch.start : stretch.end]
        ):
            span = text.span(stretch.label_start, stretch.end)
            plan.leftovers.append(Leftover(span, "按月（季）的频次，另有明确节点，未单独作为节点"))
        else:
            kept.append(stretch)
    return kept


# --- which words speak of which indicator ------------------------------------


def _parts_of_the_target(text, stretches, indicators, words) -> list[Indicator]:
    """Parts that the schedule's headers name and that add up to the only target."""
    counted = [i for i in indicators if i.kind == "quantity"]
    if len(indicators) != 1 or not counted:
        return []
    target, found, seen = counted[0], [], set()
    for stretch in stretches:
        if not stretch.header or stretch.header_start in seen:
            continue
        seen.add(stretch.header_start)
        end = stretch.header_start + len(stretch.header)
        for quantity in words.between(stretch.header_start, end):
            named = len(stretch.header) - (quantity.end - quantity.start)
            counts = quantity.value > 0 and alike(quantity.unit, target.unit)
            if counts and named >= SHORTEST_NAME:
                found.append((stretch, quantity))
                break
    if len(found) < 2 or abs(sum(q.value for _s, q in found) - target.target) > 0.005:
        return []
    sure = Sure(LIKELY, "题目只有总数，此项取自进度安排")
    return [
        Indicator(stretch.header, q.value, q.unit, "quantity", text.span(q.start, q.end), sure)
        for stretch, q in found
    ]


def _headers(stretches, indicators, known: list[Profile], words) -> dict[int, int | None]:
    """The indicator of each header, by the header's place."""
    places: list[tuple[int, str]] = []
    for stretch in stretches:
        if stretch.header and stretch.header_start not in (p for p, _h in places):
            places.append((stretch.header_start, stretch.header))
    if not known or not places:
        return {}
    found = {}
    for place, header in places:
        same = [i for i, one in enumerate(indicators) if one.name == header]
        found[place] = same[0] if same else best(header, known)
    inline = {s.header_start for s in stretches if s.start == s.header_start}
    if len(places) == len(indicators) and None in found.values() and not inline:
        left = [i for i in range(len(indicators)) if i not in found.values()]
        missing = [place for place, _h in places if found[place] is None]
        if len(left) == len(missing):
            found |= dict(zip(missing, left, strict=True))
    return found


def _numbered(stretches, words: Words, indicators, known, headers) -> list[int | None]:
    """（1）…（2）… without names, as many as targets: each entry speaks of its own."""
    none: list[int | None] = [None] * len(stretches)
    if len(indicators) < 2 or len(known) != len(indicators) or headers:
        return none
    starts = entries(words.clean)
    if len(starts) != len(indicators) or starts[0] > 0:
        return none
    found = [bisect_right(starts, s.label_start) - 1 for s in stretches]
    if len(set(found)) != len(indicators):
        return none
    for stretch, index in zip(stretches, found, strict=True):
        unit = indicators[index].unit
        counted = [q for q in words.between(stretch.start, stretch.end) if not q.is_percent]
        others = [q for q in counted if any(i.unit and alike(q.unit, i.unit) for i in indicators)]
        if others and not any(unit and alike(q.unit, unit) for q in others):
            return none
    return list(found)


def _entered(stretches, words: Words, indicators) -> list[list[int]]:
    """The targets of each stretch's entry, where schedule and title are numbered alike."""
    groups = in_entries(indicators)
    starts = entries(words.clean) if groups else []
    if not groups or len(starts) != len(groups) or starts[0] > 0:
        return [[]] * len(stretches)
    return [groups[max(bisect_right(starts, s.label_start) - 1, 0)] for s in stretches]


def _divide(stretch: Stretch, words: Words, known, headers, only: int | None) -> list[_Part]:
    """Part a stretch among the indicators that its phrases speak of.

    ``only`` is the index where there is nothing to tell apart.
    """
    whole = [(stretch.start, stretch.end)]
    if not known:
        return [_Part(stretch, only, stretch.start, stretch.end, whole)]
    if stretch.header and headers.get(stretch.header_start) is not None:
        index = headers[stretch.header_start]
        return [_Part(stretch, index, stretch.start, stretch.end, whole)]
    if _names_all(words.clean[stretch.start : stretch.end], known):
        return [_Part(stretch, None, stretch.start, stretch.end, whole)]
    dealt = _dealt_rates(stretch, words, known)
    if dealt:
        return dealt
    phrases = phrases_of(stretch.start, stretch.end, words, known)
    indices = assign(phrases, words, known)
    if all(index is None for index in indices):
        return [_Part(stretch, None, stretch.start, stretch.end, whole)]
    if _all_done_before_a_rate(phrases, indices, words, known):
        first = _Part(stretch, None, *phrases[0], phrases[:1])
        rest = replace(stretch, start=phrases[1][0])
        return [first, *_divide(rest, words, known, headers, only)]
    groups: dict[int, list[tuple[int, int]]] = {}
    last = next(i for i in indices if i is not None)
    for phrase, index in zip(phrases, indices, strict=True):
        last = last if index is None else index
        groups.setdefault(last, []).append(phrase)
    told = words.clean[stretch.start : stretch.end]
    if len(groups) == len(known) and told.startswith("对") and _only_afterwards(told):
        # 对8个新建、5个提升的场所进行验收: one step for all of them, and nothing counted.
        return [_Part(stretch, None, stretch.start, stretch.end, whole)]
    return [
        _Part(stretch, index, ranges[0][0], ranges[-1][1], ranges)
        for index, ranges in groups.items()
    ]


def _names_all(told: str, known) -> bool:
    """车辆、线路全部投运: a stage that names every target and counts none is the whole's."""
    match = _ALL_OF_THEM.match(told)
    if not match:
        return False
    named = [best(name, known) for name in _BESIDE.split(match["names"])]
    return len(named) == len(known) and None not in named and len(set(named)) == len(known)


def _all_done_before_a_rate(phrases, indices, words: Words, known) -> bool:
    """全部完成，筛查率达98%: all that is counted is done, and the rate is another matter."""
    if len(phrases) < 2 or indices[0] is not None or indices[1] is None:
        return False
    rate = known[indices[1]].unit == "%" and any(one.unit != "%" for one in known)
    begin, end = phrases[0]
    return (
        rate and not words.between(begin, end) and bool(WHOLE_DONE.search(words.clean, begin, end))
    )


def _dealt_rates(stretch: Stretch, words: Words, known) -> list[_Part]:
    """分别达到43%、77%: to each rate its figure, in the title's order."""
    if "分别" not in words.clean[stretch.start : stretch.end]:
        return []
    figures = [q for q in words.between(stretch.start, stretch.end) if q.is_percent]
    rates = [one.index for one in known if one.unit == "%"]
    if len(figures) != len(rates) or len(rates) < 2:
        return []
    start, parts = stretch.start, []
    for index, figure in zip(rates, figures, strict=True):
        parts.append(_Part(stretch, index, start, figure.end, [(start, figure.end)]))
        start = figure.end
    return parts


def _inherit_index(parts: list[_Part], words: Words) -> None:
    """…率60%以上并全年保持: what is kept is what was spoken of last."""
    for before, part in zip(parts, parts[1:], strict=False):
        if (
            part.index is None
            and part.stretch.kind in ("year", "every")
            and _KEEP.search(words.clean, part.start, part.end)
            and part.end - part.start <= 8
        ):
            part.index = before.index


def _without_chance(parts, words, indicators, known) -> list[_Part]:
    """A plan that seems to speak of one target only, but by words alone, speaks of all."""
    named = {p.index for p in parts if p.index is not None}
    if len(named) != 1 or len(indicators) < 2:
        return parts
    index = named.pop()
    target, unit = indicators[index].target, indicators[index].unit
    numbers = [
        q.value
        for p in parts
        if p.index == index
        for b, e in p.ranges
        for q in words.between(b, e)
        if unit and (q.unit == unit or alike(q.unit, unit))
    ]
    if numbers and (target is None or max(numbers) <= target):
        return parts
    headed = any(p.stretch.header for p in parts)
    if headed and not numbers:
        return parts
    if any(p.index is None and _names_all(words.clean[p.start : p.end], known) for p in parts):
        return parts  # 山塘全部完工, and later 山塘、水库全部完工
    for part in parts:
        part.index = None
        part.start, part.end = part.stretch.start, part.stretch.end
        part.ranges = [(part.start, part.end)]
    return parts


def _spread_final(parts: list[_Part], count: int, words: Words) -> None:
    """完成任务 at the end of a plan that goes by indicators holds for each of them."""
    if count < 2 or not parts:
        return
    last = parts[-1]
    before = parts[:-1]
    own = {p.index for p in before if p.percent is not None and p.index is not None}
    whole = [p for p in before if p.index is None and (p.percent or p.values)]
    words_of = words.clean[last.start : last.end]
    if last.index is None and len(own) == count and not whole and WHOLE_DONE.search(words_of):
        parts.pop()
        for index in sorted(own):
            parts.append(_Part(last.stretch, index, last.start, last.end, last.ranges))
            parts[-1].percent = last.percent


# --- figures ------------------------------------------------------------------


def _find_figures(parts, words, indicators, sites) -> None:
    names = [site.name for site in sites[:MOST_SITES]]
    for part in parts:
        indicator = indicators[part.index] if part.index is not None else None
        candidates = [q for begin, end in part.ranges for q in words.between(begin, end)]
        _percents(
            part, [q for q in candidates if q.is_percent], words, indicator, indicators, names
        )
        numbers = [q for q in candidates if not q.is_percent]
        if not candidates and indicator is not None and indicator.kind == "quantity":
            numbers = [
                q
                for begin, end in part.ranges
                for q in find_worded(words.clean, begin, end)
                if _WORDED_DONE.search(words.clean, begin, end)
            ]
        for quantity in numbers:
            units = [indicator.unit] if indicator else [i.unit for i in indicators]
            if any(u and alike(quantity.unit, u) for u in units):
                _number(part, quantity, words, indicator, indicators)
    _inherit_partial(parts)


def _counted_by_the_way(parts, words, indicators) -> list[_Part]:
    """…等三个项目全部完工 in a stage of the whole: that many of seven are a target of their own."""
    spoken = {part.index for part in parts}
    counted = [i for i, one in enumerate(indicators) if i not in spoken and one.target]
    found = []
    for part in parts if len(indicators) > 1 and counted else ():
        if part.index is not None:
            continue
        for quantity, start, end in _clauses_done(part.start, part.end, words.clean):
            meant = [
                i
                for i, one in enumerate(indicators)
                if one.target == quantity.value and alike(one.unit, quantity.unit)
            ]
            if len(meant) == 1 and meant[0] in counted:
                counted.remove(meant[0])
                own = _Part(part.stretch, meant[0], start, end, [(start, end)])
                own.values, own.cumulative = [quantity], [True]
                found.append(own)
    return found


def _clauses_done(low: int, high: int, clean: str):
    """(number, start, end) of the clauses that say that so many are finished."""
    for quantity in find_worded(clean, low, high):
        start, end = clause_at(clean, quantity.start, low, high)
        if WHOLE_DONE.search(clean, quantity.end, end):
            yield quantity, start, end


def _percents(part, percents, words, indicator, indicators, names) -> None:
    chosen, chosen_rank = None, -1
    for quantity in percents:
        rank = _rank(part, quantity, words, indicator, indicators, names)
        if rank >= chosen_rank and rank >= 0:
            chosen, chosen_rank = quantity, rank
    if (
        chosen is not None
        and indicator is not None
        and indicator.kind == "rate"
        and chosen_rank < 2
    ):
        # Of several rates the one to be reached: not the title's own repeated, if one is above.
        able = [q for q in percents if _rank(part, q, words, indicator, indicators, names) >= 0]
        chosen = max(able, key=lambda q: q.value)
    part.percent = chosen


def _rank(part, quantity, words, indicator, indicators, names) -> int:
    """How much a percent looks like that of the task; -1: of something else."""
    clean = words.clean
    low = max(part.stretch.start, 0)
    start, _end = clause_at(clean, quantity.start, low, part.stretch.end)
    before = clean[start : quantity.start]
    after = clean[quantity.end : min(quantity.end + 6, part.stretch.end)]
    own_name = indicator.name if indicator else "".join(i.name for i in indicators)
    other = NOT_OF_TASK.search(before)
    if other and other.group() not in own_name and (indicator is None or indicator.kind != "rate"):
        return -1
    if other_rate(before, own_name) or of_preparing(before, own_name):
        return -1  # 到货率80%, 选址完成100%
    step = PREPARATION.match(after.removeprefix("的"))
    if step and step.group() not in own_name:
        return -1  # 完成八成前期手续
    if _of_one_part(before, indicator, names, clean, start, quantity):
        part.partial = True
        return -1
    return 2 if OF_TASK.search(before[-10:]) or OF_TASK.search(after) else 1


def _of_one_part(before, indicator, names, clean, start, quantity) -> bool:
    """Whether the percent is that of one named place among several."""
    if (
        indicator is None
        or indicator.kind != "quantity"
        or not indicator.target
        or indicator.target <= 1
    ):
        return False
    if _DIGIT.search(before):  # "…等3所完成进度25%"
        return False
    inside = [name for name in names if name in before]
    if inside and len(inside) < len(names):
        return True
    subject = before.partition("完成")[0] or before.removeprefix("完成")
    subject = subject.removesuffix("进度").removesuffix("完成")
    at = subject.find(indicator.name[-4:]) if len(indicator.name) >= 4 else -1
    if at > 1:
        qualifier = subject[: at + 4].removesuffix(indicator.name) or subject[:at]
        stem = (
            subject[: len(subject) - len(indicator.name)]
            if subject.endswith(indicator.name)
            else qualifier
        )
        if 2 <= len(stem) <= 6 and subject.endswith(indicator.name) and not _GENERAL.search(stem):
            return True
    return (
        bool(_NAMED_PART.fullmatch(subject)) and subject not in indicator.name and len(subject) >= 4
    )


def _inherit_partial(parts: list[_Part]) -> None:
    """完成进度80% after 太白岙…进度40% goes on speaking of that place."""
    previous: dict[int | None, bool] = {}
    for part in parts:
        if part.partial and part.percent is None:
            previous[part.index] = True
        elif part.percent is not None and not part.values and previous.get(part.index):
            if part.end - part.start <= 12:
                part.percent, part.partial = None, True
        else:
            previous[part.index] = False


def _number(part, quantity, words, indicator, indicators) -> None:
    """Take a number of the indicator's unit, unless it counts a preparation or the scope."""
    clean = words.clean
    low, high = next(r for r in part.ranges if r[0] <= quantity.start < r[1])
    start, end = clause_at(clean, quantity.start, low, high)
    joint = clean.find("、", quantity.end, end)
    clause = clean[start : joint if joint > 0 else end]
    own_name = indicator.name if indicator else "".join(i.name for i in indicators)
    if prepares(clause, own_name):
        return
    whole = clean[start:end]
    if indicator is None and whole.startswith("对") and _only_afterwards(whole):
        return
    inside_bracket = clean[quantity.start - 1 : quantity.start] == "（"
    following = [q for q in words.between(quantity.end, end) if q.is_percent]
    if (
        following
        and not inside_bracket
        and not _APART.search(clean[quantity.end : following[0].start])
    ):
        return  # 13座完成工程量50%: the scope
    before = clean[start : quantity.start]
    if _EACH.search(before):
        return
    if part.values and _OF_WHICH.match(clean, part.values[-1].end, quantity.start):
        return  # 10个（含改建4个）
    said = _CUMULATIVE.search(before) or clean.startswith("（累计", quantity.end)
    if low > part.stretch.start and clean[low - 1] in "、，及和与并":
        # 累计培训2600人次、新增人才150人: said once for all that stand side by side.
        begin, _end = clause_at(clean, low - 1, part.stretch.start)
        said = said or _SAID_TOTAL.search(clean, begin, low)
    part.values.append(quantity)
    part.cumulative.append(bool(said) or inside_bracket)


# --- increments or cumulative ---------------------------------------------------


def _resolve(index, own: list[_Part], indicators, words, whole: list[_Part]) -> None:
    indicator = indicators[index] if index is not None else None
    if indicator is not None and indicator.kind == "rate":
        for part in own:
            _resolve_rate(part, indicator, words)
    else:
        _resolve_percents(own)
        total = indicator.target if indicator else _common_total(indicators)
        _paces(own, total, words)
        _without_scope(own, total, words)
        numbered = [part for part in own if part.values]
        if numbered:
            last = numbered[-1]
            after = own[own.index(last) + 1 :]
            after += [p for p in whole if index is not None and p.stretch.due > last.stretch.due]
            _resolve_values(numbered, total, words, after)
            for part in numbered:
                if part.share is None and total and indicator is not None:
                    part.share = min(FULL, share(part.value, total))
                    part.basis = "value"
        for part in own:
            _fraction(part, words)
    _keep(own, words)


def _paces(own, total, words) -> None:
    """每季度75人 is four times as much in the year."""
    for part in own:
        if part.stretch.kind != "every" or not part.values:
            continue
        label = words.clean[part.stretch.label_start : part.stretch.label_end]
        value = part.values[-1].value * (4 if "季" in label else 12)
        if total and value > total * PACE:
            part.values = []  # 每月10场左右 beside 全年100场
            continue
        part.values[-1] = replace(part.values[-1], value=neat(value))
        part.sure = Sure(LIKELY, f"“{label}”的数折算为全年")


def _without_scope(own, total, words) -> None:
    """7家…开展服务 after 3 and 4 are built: the number is the scope, nothing is built."""
    numbered = [part for part in own if part.values]
    if len(numbered) < 3 or not total:
        return
    last = numbered[-1]
    before = sum(part.values[-1].value for part in numbered[:-1])
    start, _end = clause_at(words.clean, last.values[-1].start, last.start)
    first = words.clean[start : last.values[-1].start] in ("", "对", "为", "共")
    if first and last.values[-1].value == total and abs(before - total) < 0.005:
        last.figure, last.value, last.share = last.values[-1], total, FULL
        last.basis, last.values = "value", []


def _common_total(indicators) -> Number | None:
    totals = [i.target for i in indicators if i.kind == "quantity" and i.target]
    return sum(totals) if totals else None


def _resolve_rate(part: _Part, indicator: Indicator, words: Words) -> None:
    quantity = part.percent
    if quantity is None:
        return
    clean = words.clean
    near = clean[max(part.stretch.start, quantity.start - 8) : quantity.start]
    after = clean[quantity.end : quantity.end + 5]
    part.figure = quantity
    if _OF_WORK.search(near) or _WORK_FOLLOWS.match(after):
        part.share, part.basis = min(FULL, float(quantity.value)), "percent"
        return
    part.value = quantity.value
    part.share = min(FULL, share(quantity.value, indicator.target))
    part.basis = "value"


def _resolve_percents(own: list[_Part]) -> None:
    percents = [part for part in own if part.percent is not None]
    figures = [float(part.percent.value) for part in percents]
    adding = (
        len(figures) > 1
        and abs(sum(figures) - FULL) < NEAR
        and figures[-1] < FULL
        and any(a >= b for a, b in zip(figures, figures[1:], strict=False))
    )
    running = 0.0
    for part, figure in zip(percents, figures, strict=True):
        running = running + figure if adding else figure
        part.share, part.basis, part.figure = min(FULL, running), "percent", part.percent
        if adding:
            part.sure = Sure(LIKELY, "各期百分比相加为100%，按逐期增加累计")


def _resolve_values(own: list[_Part], target: Number | None, words, after) -> None:
    """Make the numbers cumulative; ``after`` are the stages without number that follow."""
    entries = [_entry(part) for part in own]
    if any(said for _value, said in entries):
        _running(own, entries, target)
        return
    numbers = [value for value, _said in entries]
    how, level, reason = _hypothesis(own, numbers, target, words, after)
    running: Number = 0
    for place, (part, value) in enumerate(zip(own, numbers, strict=True)):
        if how == "increments":
            running = round(running + value, 4)
        elif how == "then_total":
            running = value if place == len(numbers) - 1 else round(running + value, 4)
        else:
            running = value
        part.value = running if not isinstance(running, float) or running % 1 else int(running)
        if level != CERTAIN:
            part.sure = Sure(level, reason)


def _entry(part: _Part) -> tuple[Number, bool]:
    """The number of a stretch: the cumulative one if it says 累计, else the last."""
    for quantity, said in zip(part.values, part.cumulative, strict=True):
        if said:
            part.figure = part.figure or quantity
            return quantity.value, True
    if len(part.values) > 1 and _adds_up(part.values):
        part.figure = part.figure or part.values[0]
        return part.values[0].value, False
    quantity = part.values[-1]
    part.figure = part.figure or quantity
    return quantity.value, False


def _adds_up(values: list[Quantity]) -> bool:
    return abs(sum(q.value for q in values[1:]) - values[0].value) < 0.005


def _running(own, entries, target) -> None:
    running: Number = 0
    for part, (value, said) in zip(own, entries, strict=True):
        if said or value > running or running == 0:
            running = value
        elif target is None or running + value <= target * 1.001:
            running = round(running + value, 4)
            part.sure = Sure(LIKELY, "前后写明累计，此处数字较小，按本期新增累加")
        part.value = running


def _hypothesis(own, numbers, target, words, after) -> tuple[str, str, str]:
    """How a row of numbers without 累计 is meant, how sure that is, and why."""
    if len(numbers) == 1:
        return "single", CERTAIN, ""
    total, last = sum(numbers), numbers[-1]
    by_percent = _by_percent(own, numbers, target)
    if by_percent:
        return by_percent, CERTAIN, "与同处百分比一致"
    rising = all(a < b for a, b in zip(numbers, numbers[1:], strict=False))
    level = all(a <= b for a, b in zip(numbers, numbers[1:], strict=False))
    if target is None:
        return ("cumulative", DOUBTFUL, "没有目标值，无法核对是否累计") if rising else (
            "increments", DOUBTFUL, "没有目标值，无法核对是否累计")  # fmt: skip
    close = 0.005 * target
    finished = any(WHOLE_DONE.search(words.clean, part.start, part.end) for part in after)
    if abs(total - target) <= close and rising and finished:
        reason = "其后另写全部完成，逐期递增，暂按累计读取"
        return "cumulative", DOUBTFUL, reason
    if abs(total - target) <= close:
        return "increments", CERTAIN, "各期相加等于目标值，按逐期增加读取"
    if not level and abs(last - target) <= close and abs(total - last - target) <= close:
        return "then_total", LIKELY, "前几期相加等于目标值，末期为总数"
    if level and abs(last - target) <= close:
        return "cumulative", CERTAIN, "逐期递增至目标值，按累计读取"
    if rising and total > target * 1.3:
        return "cumulative", LIKELY, "逐期递增且相加超过目标值，按累计读取"
    said = any(_INCREMENT.search(words.clean[p.start : p.end]) for p in own)
    if rising and not said:
        return "cumulative", DOUBTFUL, "未写累计，逐期递增，暂按累计读取"
    if not rising and total <= target * 1.3:
        return "increments", LIKELY, "各期数字不递增，按逐期增加读取"
    if said:
        return "increments", DOUBTFUL, "写明新增，暂按逐期增加读取，与目标值不符"
    return "cumulative", DOUBTFUL, "各期数字与目标值对不上，暂按原文数字读取"


def _by_percent(own, numbers, target) -> str | None:
    """What the percents beside the numbers say of them."""
    if not target:
        return None
    running, adds, stands, pairs = 0, True, True, 0
    for part, number in zip(own, numbers, strict=True):
        running += number
        if part.percent is None or part.basis != "percent":
            continue
        pairs += 1
        adds = adds and abs(100 * running / target - part.share) < 1.5
        stands = stands and abs(100 * number / target - part.share) < 1.5
    if pairs < 2 or adds == stands:
        return None
    return "increments" if adds else "cumulative"


def _fraction(part: _Part, words: Words) -> None:
    if part.share is not None or part.partial:
        return
    match = _HALF.search(words.clean, part.start, part.end)
    if match and NOT_OF_TASK.search(match.group()):
        return  # 完成投资过半
    if match and not PREPARATION.search(words.clean[part.start : part.end]):
        part.share, part.basis = _SHARES[match["word"]], "percent"
        part.sure = Sure(LIKELY, f"“{match.group()}”折算为百分比")


def _keep(own: list[_Part], words: Words) -> None:
    """全年持续保持 carries what was reached before."""
    previous: _Part | None = None
    for part in own:
        if part.share is not None:
            previous = part
        elif (
            previous is not None
            and part.stretch.kind in ("year", "every")
            and _KEEP.search(words.clean, part.start, part.end)
        ):
            part.value, part.share, part.basis = previous.value, previous.share, previous.basis


# --- what is done ---------------------------------------------------------------


def _finish(parts, by_index, words, indicators) -> None:
    """Set 100 where the words say that all is done, and at the end of each plan."""
    last_due = parts[-1].stretch.due
    whole = by_index.get(None, [])
    for index, own in by_index.items():
        texts = [_TITLES.sub("", words.clean[p.start : p.end]) for p in own]
        for place, part in enumerate(own):
            if part.share is None and not part.partial:
                later = [
                    text
                    for p, text in zip(own[place + 1 :], texts[place + 1 :], strict=True)
                    if p.stretch.label_start > part.stretch.label_start
                ]
                if _says_done(words.clean[part.start : part.end], later, index, indicators):
                    part.share, part.basis = FULL, "final"
            elif part.figure and part.value is None and part.figure.value == FULL:
                before = words.clean[max(part.start, part.figure.start - 4) : part.figure.start]
                if _BARE_FINAL.search(before) and not before.endswith("率"):
                    part.basis = "final"
        final = own[-1]
        if index is None and (final.stretch.due < last_due and len(by_index) > 1):
            continue
        covered = [
            p
            for p in whole
            if p.stretch.due > final.stretch.due
            and not _only_afterwards(words.clean[p.start : p.end])
        ]
        if index is not None:
            parts_left = _parts_of(index, indicators)
            covered += [p for p in parts if p.index in parts_left and _later(p, final)]
        if final.share is None and not (index is not None and covered):
            final.share, final.basis = FULL, "final"
            if not (LAST_STAGE.search(words.clean[final.start : final.end])):
                final.sure = Sure(LIKELY, "最后一个节点，按全部完成读取")


def _parts_of(index: int, indicators) -> list[int]:
    """The parts (其中…) that stand behind a target."""
    found = []
    for place in range(index + 1, len(indicators)):
        if indicators[index].is_part or not indicators[place].is_part:
            break
        if alike(indicators[place].unit or "", indicators[index].unit or ""):
            found.append(place)
    return found


def _later(part: _Part, other: _Part) -> bool:
    return part.stretch.due > other.stretch.due


def _of_some_sites(parts, words, sites) -> None:
    """A share that is said of some of the sites only may not be that of the whole."""
    if not 1 < len(sites) <= MOST_SITES:
        return
    for part in parts:
        if part.share is None or part.values or part.sure.level == DOUBTFUL:
            continue
        stage = words.clean[part.start : part.end]
        named = [site for site in sites if _names(stage, site.name)]
        if 0 < len(named) < len(sites):
            part.sure = Sure(
                DOUBTFUL, f"只写到{len(named)}个点位（共{len(sites)}个），暂按整体读取"
            )


def _names(stage: str, name: str) -> bool:
    """Whether a stage names a site, in full or without the place before it (桥墩园井水库)."""
    return name in stage or (len(name) >= SHORT_NAME + PLACE_NAME and name[PLACE_NAME:] in stage)


def _number_of_the_end(by_index, words, indicators) -> None:
    """完成2万名的签约 at the end of a plan: the target's own number, whatever is done with it."""
    for index, own in by_index.items():
        final = own[-1]
        target = indicators[index].target if index is not None else None
        if target is None or final.basis != "final" or any(p.value is not None for p in own):
            continue
        for begin, end in final.ranges:
            for quantity in words.between(begin, end):
                same = alike(quantity.unit, indicators[index].unit) and quantity.value == target
                start, _end = clause_at(words.clean, quantity.start, begin, end)
                if same and "完成" in words.clean[start : quantity.start]:
                    final.value, final.basis, final.figure = target, "value", quantity
                    final.values.append(quantity)


def _only_afterwards(words: str) -> bool:
    return bool(AFTERWARDS.search(words)) and not WORKS.search(words)


def _says_done(words: str, later: list[str], index, indicators) -> bool:
    """Whether an early stage already is the whole: said outright, or only formalities follow."""
    match = WHOLE_DONE.search(words)
    if match and _some_only(words, match.start(), indicators):
        return False
    if match and _OUTRIGHT.search(match.group()):
        return not _prepares(words, match.start())
    if PARTIAL.search(words):
        return False
    if not all(_only_afterwards(text) for text in later):
        return False
    if match and not _prepares(words, match.start()):
        return True
    stage = _STAGE_DONE.search(words)
    return bool(stage) and not _prepares(words, stage.start())


def _some_only(words: str, place: int, indicators) -> bool:
    """等三个项目全部完工 of seven: all of these, and not all."""
    start, _end = clause_at(words, place)
    counted = find_worded(words, start, place)[-1:]
    return any(
        one.target and alike(one.unit, quantity.unit) and quantity.value < one.target
        for quantity in counted
        for one in indicators
    )


def _prepares(words: str, place: int) -> bool:
    start, end = clause_at(words, place)
    found = PREPARATION.search(words[start:end])
    return found is not None


def _milestone(part: _Part, words: Words) -> Milestone:
    text, stretch = words.text, part.stretch
    span = text.span(part.start, part.end)
    shown = (
        "，".join(text.span(b, e).text for b, e in part.ranges)
        if len(part.ranges) > 1
        else span.text
    )
    figure = text.span(part.figure.start, part.figure.end) if part.figure else None
    sure = part.sure
    if stretch.doubt:
        sure = Sure(DOUBTFUL if sure.level == DOUBTFUL else LIKELY, stretch.doubt)
    return Milestone(
        indicator=part.index,
        label=text.span(stretch.label_start, stretch.label_end).text[:60],
        due=stretch.due,
        text=shown,
        value=part.value,
        percent=part.share,
        basis=part.basis if part.share is not None else "none",
        span=span,
        label_span=text.span(stretch.label_start, stretch.label_end),
        figure_span=figure,
        sure=sure,
    )
