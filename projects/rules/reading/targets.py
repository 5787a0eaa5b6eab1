"""What a title promises: indicators with targets, named sites, shares of places, ★."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from projects.rules.reading.quantities import (
    KINDS,
    MEASURES,
    MONEY,
    TIMES,
    Quantity,
    alike,
    find_quantities,
    find_worded,
)
from projects.rules.reading.text import Text, around, brackets, inside, quoted
from projects.rules.reading.values import (
    CERTAIN,
    DOUBTFUL,
    LIKELY,
    Allocation,
    Indicator,
    Leftover,
    Site,
    Sure,
)

_STAR = re.compile(r"^(?:\d{1,3}[.、])?[★☆]")
_HEAD = re.compile(r"^(?:[★☆]|[（(]?\d{1,3}[）)]?[.、．]|（?[一二三四五六七八九十]{1,3}[）、])+")
_ENTRY = re.compile(
    r"(?=[（①-⑳\d])(?:^|(?<=[★☆，。；：]))(?:（(?:[一二三四五六七八九十]|\d{1,2})）|[①-⑳]|\d{1,2}[.、](?=\D))"
)
_CLAUSE = re.compile(r"[，；。]")
_PIECE = re.compile(r"[，；。、：]|以及|[及和与并](?!网|购|轨)")
# Deliverables that stand beside numbers: something made, not an aim (机制, 体系).
_DELIVERABLE = re.compile(
    r"^(?:并|同时)?(?:建立|建成|搭建|组建|设立|出台|编制|上线|启用|开发)(?!健全)[^，。；]{2,30}"
    r"(?:平台|中心|系统|基地|场馆|数据库|地图|专班|办法|规划|标准|方案|大厅|热线|队伍|"
    r"[^，。；]馆|水厂|客运站|养老院|福利院|大桥)$"
)
_LEADING = re.compile(
    r"^(?:并|同时|全年|其中|确保|力争|实现|完成|为|对|在|将|全面|继续|计划|年内|\d{4}年)+"
)
_TRAILING = re.compile(r"(?:达到?|不少于|不低于|超过|至少|约|共|数?为|≥|>|[，、。：])+$")
_MONEY_TARGET = re.compile(
    r"(?:(?:发放|贷款|信贷(?!资金)|授信|筹集|减免|兑付|提高[到至]|达到|增至|不低于)[^，。；]{0,12}|完成[^，。；]{0,24}(?<!总)投资额?(?:达到?)?|"
    r"(?:(?:零售|销售|交易|营业|消费|成交)额|产值|收入)(?:力争)?(?:突破|达到?|超过?|不少于|实现)?)$"
)
_MONEY_ASIDE = re.compile(
    r"(?:封顶|每人|人均|每户|补助|补贴|奖励|每[月年]|最高|限额|以[上下]的)[^，。；]{0,8}$"
)
# What is handed out is counted itself: 发放…补贴1860万元, but not 每人补贴200元.
_HANDED_OUT = re.compile(
    r"(?:发放|兑付|兑现|减免|返还)(?:(?!每[人户月年]|人均|户均|最高|标准|限额|封顶|以[上下]的|投资|资金)[^，。；]){0,40}$"
)
_RAISED = re.compile(
    r"(?:标准|待遇|养老金|工资|保障)[^，。；]{0,6}(?:提高|调整|增加)[到至](?:每[人户月年]){0,2}$"
)
_CHANGE = re.compile(r"[的提升增降减到至为]")
_EACH = re.compile(r"(?:每[个家所户镇村乡人处]?|人均|各|平均每?)[^，。；、]{0,6}$")

_PLACE_END = (
    "镇乡县区市村路街巷道桥站所院校园幼馆场苑府厦库坝闸塘河渠段厂店社楼城湾岛港坊湖溪坪垟寨屯组营庄铺坡岭沟峪"
    "滩洲埠井亭寺山林田墩圩庙泉潭岗岩洞门口堂庭居里学小中阁邸湖江海浦浜泾弄号室家厕心司线局队台点汇园邨圳涌围"
)
_PLACE = re.compile(
    rf"(?:[{_PLACE_END}]|街道|社区|项目|工程|公司|机构|基地|地块|码头|广场|大道|大学|部|[一二三四五六七八九十\d]期)"
    r"(?:（[^）]*）)?$|.至."
)
_TOWN = re.compile(
    r"^[^\d，、；。完成新改]{1,10}?(?:镇|乡|街道|县|区|市|村|社区|园区|农场|林场|新城)$"
)
_KIND_OF_TOWN = re.compile(
    r".*(?:示范|特色|精品|重点|试点|美丽|中心|样板|标准|薄弱|老旧|新型|和美|城市|农村|行政|自然)"
    r"(?:镇|乡|街道|县|区|市|村|社区|园区|农场|林场|新城)$|(?:农村|乡镇|城镇|城区|城市|乡村|山区|园区|社区|街道)$"
)
_NO_SITES = re.compile(
    r"含|其中|包括|不含|如|每|按|约|指|详见|见附件|全年|续建|新建|改建|扩建|以|总"
)
_ALONE_NO_SITE = re.compile(
    r"^(?:.{0,3}[级星型类批期]|续建|新建|改建|扩建|试点|全覆盖|线[上下].*|.*[\d万%].*(?:人|元|%|台|个))$"
)
_LIST_HEAD = re.compile(
    r"(?:[^：、]{0,12}：|分别(?:是|为|位于)|位于|即|具体为|地点为|点位为|选址于?|包括|包含|涉及)+"
)
_LIST_TAIL = re.compile(r"等(?:[一二三四五六七八九十\d]+[^、，；]{0,8})?$")
_COLON_LIST = re.compile(r"(?:：|，?(?:分别(?:是|为|位于)|具体为|点位为|包括))")
_PART_IN_BRACKET = re.compile(r"\d[^（）\d]{1,4}（[^（）达]{0,40}$")
_REACHING = re.compile(r"(?<!实际)(?:达到?|完成|不少于|总量)[^，、；]{0,6}$")
_INTRODUCES = re.compile(r"\d|点位|地点|名单|为")
_BLANKS = re.compile(r"\s+")
_DIGIT = re.compile(r"\d")
_MADE = (
    r"(?:新改?扩?建|改扩?建|扩建|建设|建成|打造|设[置立]|增设|新增|布设|安装|配[备置]|投放|开展|"
    r"实施|改造|提升|完成|打通|整治|修[缮复]|创建|加固)"
)
# 在人民公园、体育中心新建驿站2处; 打通滨河路、学府路2条断头路.
_PLACES_FIRST = re.compile(
    rf"(?:^|(?<=[，。；：]))(?:计划|拟|分别|年内)*[在于](?P<names>[^，。；：（）\d]{{2,20}}?(?:[、和及与][^，。；：（）\d、]{{2,16}}?)+?)(?P<more>等地?)?(?:分别|内)?{_MADE}[^，。；：]{{0,24}}$"
)
_PLACES_COUNTED = re.compile(
    rf"{_MADE}+(?P<names>[^，。；：（）\d、]{{3,12}}(?:[、和及与][^，。；：（）\d、]{{3,12}})+?)(?<!等)(?P<more>等)?(?:共计?)?$"
)
_OWN_NAME = re.compile(
    r"(?!县|区|市|镇|乡|村|农村|城[镇市乡]|老旧|中心|公共)[^，、]+(?:[路街巷桥河渠镇乡村]|水库|山塘|社区|小区|公园|广场|大道|学校|[小中]学|幼儿园|卫生院|街道)$"
)
_NAME_ENDS = frozenset("路街巷桥河渠镇乡村库塘区园场道校学院等共计")
_SENTENCE = re.compile(r"[。；]")
NO_MORE = 1.001  # a sum of shares may be rounded
_BESIDE = re.compile(r"[、和及与]")
LONGEST_NAME = 8
KIND_LENGTH = 2  # a noun's last characters: 海塘, 公园


MOST_TARGETS = 40


@dataclass(slots=True)
class Targets:
    """What was read from a title."""

    starred: bool = False
    indicators: list[Indicator] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)
    figures: list[Quantity] = field(default_factory=list)  # all numbers, used or not


def read_targets(text: Text) -> Targets:
    """Read a title; a title without any number is one deliverable."""
    targets = Targets()
    clean = text.clean
    targets.starred = bool(_STAR.match(clean))
    head = _HEAD.match(clean)
    begin = head.end() if head else 0
    if begin >= len(clean):
        return targets
    round_brackets, names = brackets(clean), quoted(clean)
    quantities = find_quantities(clean)
    targets.figures = quantities
    outside = [
        q
        for q in quantities
        if q.start >= begin and not inside(round_brackets, q.start) and not inside(names, q.start)
    ]
    picked = _pick(clean, outside, round_brackets, text, targets)
    within = [q for q in quantities if inside(round_brackets, q.start)]
    picked += _from_brackets(clean, within, round_brackets, picked)
    if not picked:
        picked = _worded(clean, begin, round_brackets, names)
    picked.sort(key=lambda q: q.start)
    for quantity in picked[MOST_TARGETS:]:
        span = text.span(quantity.start, quantity.end)
        targets.leftovers.append(Leftover(span, f"目标超过{MOST_TARGETS}个，其余未读"))
    picked = picked[:MOST_TARGETS]
    if not within and "各" in clean:  # 沿河镇、龙塘镇各一个
        within = [q for q in find_worded(clean) if clean[q.start - 1] == "各"]
        within = [q for q in within if inside(round_brackets, q.start)]
    _places(text, round_brackets, picked, within, targets)
    taken = {a.span.start for a in targets.allocations}
    picked = [q for q in picked if q.start not in taken]
    _add_indicators(text, begin, picked, round_brackets, targets)
    return targets


def _pieces(clean: str, round_brackets: list[tuple[int, int]]) -> list[int]:
    """The ends of the phrases into which a title falls, brackets left whole."""
    ends = [
        match.start()
        for match in _PIECE.finditer(clean)
        if not inside(round_brackets, match.start())
    ]
    ends.append(len(clean))
    return ends


def _pick(clean, quantities, round_brackets, text, targets) -> list[Quantity]:
    """Which numbers are targets: in each phrase the last one, or several side by side."""
    picked: list[Quantity] = []
    if not quantities:
        return picked
    ends = _pieces(clean, round_brackets)
    start, index = 0, 0
    for end in ends:
        here = []
        while index < len(quantities) and quantities[index].start < end:
            here.append(quantities[index])
            index += 1
        if here:
            picked += _pick_in_phrase(clean, start, end, here, text, targets)
        start = end
    several = [q for q in picked if q.unit not in KINDS]
    if several:
        # Kinds (9类) are attributes where something is counted in the same clause.
        picked = [
            q
            for q in picked
            if q.unit not in KINDS or not any(_same_clause(clean, q, o) for o in several)
        ]
    return picked


def _same_clause(clean: str, one: Quantity, other: Quantity) -> bool:
    first, last = sorted((one.start, other.start))
    return _CLAUSE.search(clean, first, last) is None


def _pick_in_phrase(clean, start, end, here, text, targets) -> list[Quantity]:
    able = []
    for quantity in here:
        why = _why_no_target(clean, start, quantity)
        if why is None:
            able.append(quantity)
        elif why:
            targets.leftovers.append(Leftover(text.span(quantity.start, quantity.end), why))
    picked: list[Quantity] = []
    for place, quantity in enumerate(able):
        following = able[place + 1] if place + 1 < len(able) else None
        if following is not None:
            between = clean[quantity.end : following.start]
            side_by_side = 0 < len(between) <= 4 and not _CHANGE.search(between)
            if not side_by_side or quantity.is_percent != following.is_percent:
                why = f"同一句中另有目标值，“{clean[quantity.start : quantity.end]}”视为限定语"
                targets.leftovers.append(Leftover(text.span(quantity.start, quantity.end), why))
                continue
        picked.append(quantity)
    return picked


def _why_no_target(clean: str, start: int, quantity: Quantity) -> str | None:
    """Why a number is no target, in Chinese ("" where that goes without saying); or None."""
    if quantity.unit in TIMES or quantity.unit == "个百分点":
        return ""
    if quantity.value <= 0:
        return "目标值为零，无法计算进度"
    before = clean[start : quantity.start]
    if quantity.unit in MONEY and _RAISED.search(before):
        return None
    if quantity.unit in MONEY and _HANDED_OUT.search(clean, 0, quantity.start):
        return None
    if quantity.unit in MONEY and (_MONEY_ASIDE.search(before) or not _MONEY_TARGET.search(before)):
        return "金额不是目标值"
    if quantity.unit == "米" and quantity.about in ("以上", "以下"):
        return ""
    if _EACH.search(before) and not quantity.is_percent:
        return "按每个单位计的数，不是总目标"
    return None


def _from_brackets(clean, within, round_brackets, picked) -> list[Quantity]:
    """Targets that stand in brackets: parts (其中…), or where none stands outside."""
    found = []
    for start, end in round_brackets:
        here = [q for q in within if start <= q.start < end and q.unit not in TIMES]
        if not here:
            continue
        inner = clean[start + 1 : end - 1]
        parts = inner.startswith(("其中", "含", "包括"))
        parts = parts or not picked and inner.startswith(("共", "合计", "总计"))
        reaching = _REACHING.search(clean, start, here[0].start)
        alone = not picked and len(here) == 1 and here[0].end == end - 1
        if parts or reaching or alone or _is_sum(clean, start, here, picked):
            found += [q for q in here if q.unit not in KINDS | MONEY and q.value > 0]
    return found


def _is_sum(clean, start, here, picked) -> bool:
    """Whether numbers in brackets, not of places, add up to the target before them."""
    whole = next((q for q in picked if q.end == start), None)
    if whole is None or len(here) < 2 or not all(alike(q.unit, whole.unit) for q in here):
        return False
    begins = [max(clean.rfind(c, start, q.start) for c in "（，、；") + 1 for q in here]
    places = [_PLACE.search(clean, b, q.start) for b, q in zip(begins, here, strict=True)]
    return abs(sum(q.value for q in here) - whole.value) < 0.005 and not any(places)


def _worded(clean, begin, round_brackets, names) -> list[Quantity]:
    found = find_worded(clean, begin)
    return [
        q
        for q in found
        if not inside(round_brackets, q.start)
        and not inside(names, q.start)
        and (q.value > 1 or q.unit in "所座家条处台")
    ][:3]


def _add_indicators(text, begin, picked, round_brackets, targets) -> None:
    clean = text.clean
    parts: list[tuple[int, Indicator]] = []
    bounds = _bounds(clean, begin, picked, round_brackets)
    for quantity, (start, end) in zip(picked, bounds, strict=True):
        parts.append((quantity.start, _indicator(text, quantity, start, end, round_brackets)))
    start = begin
    for match in _CLAUSE.finditer(clean + "。", begin):
        clause = clean[start : match.start()]
        numbered = any(start <= q.start < match.start() for q in picked)
        if picked and not numbered and _DELIVERABLE.match(clause):
            span = text.span(start, match.start())
            name = _name(clause)
            sure = Sure(LIKELY, "没有数字的任务，按任务型指标读取")
            parts.append((start, Indicator(name, None, None, "milestone", span, sure)))
        start = match.end()
    if not parts:
        parts.append((begin, _deliverable(text, begin, round_brackets)))
    targets.indicators = [indicator for _place, indicator in sorted(parts, key=lambda p: p[0])]
    marks = [match.start() for match in _ENTRY.finditer(clean)]
    if len(marks) > 1:
        for place, indicator in parts:
            indicator.entry = bisect_right(marks, place)


def _bounds(clean, begin, picked, round_brackets) -> list[tuple[int, int]]:
    """The stretch of words that belongs to each target."""
    bounds, start = [], begin
    for place, quantity in enumerate(picked):
        bracket = around(round_brackets, quantity.start)
        if bracket is not None:
            opening = max(clean.rfind(c, bracket[0], quantity.start) for c in "（，、；：") + 1
            bounds.append((opening, quantity.end))
            start = max(start, bracket[1])
            continue
        for match in _CLAUSE.finditer(clean, start, quantity.start):
            if not inside(round_brackets, match.start()):
                start = match.end()
        limit = picked[place + 1].start if place + 1 < len(picked) else len(clean)
        end = limit
        for match in _PIECE.finditer(clean, quantity.end, limit):
            if not inside(round_brackets, match.start()):
                end = match.start()
                break
        bounds.append((min(start, quantity.start), max(end, quantity.end)))
        start = end + 1 if end < limit else end
    return bounds


def _indicator(text, quantity, start, end, round_brackets) -> Indicator:
    clean = text.clean
    before, after = clean[start : quantity.start], clean[quantity.end : end]
    for opening, closing in round_brackets:
        if quantity.end <= opening < end:
            after = clean[quantity.end : opening] + clean[closing:end]
            break
    name = _name(before, after) or clean[start:end]
    sure = Sure()
    if quantity.implied:
        sure = Sure(LIKELY, f"原文没有写计量单位，按“{quantity.unit}”读取")
    elif quantity.worded:
        sure = Sure(LIKELY, "数字用汉字书写")
    elif quantity.about == "区间":
        sure = Sure(DOUBTFUL, "目标值是一个区间，取下限")
    elif quantity.about in ("约", "左右", "近"):
        sure = Sure(LIKELY, f"目标值是约数（{quantity.about}）")
    kind = "rate" if quantity.is_percent else "quantity"
    span = text.span(quantity.start, quantity.end)
    part = clean.rfind("其中", 0, quantity.start) > max(clean.rfind("。", 0, quantity.start), 0)
    part = part or _PART_IN_BRACKET.search(clean, 0, quantity.start) is not None
    # A range promises its lower end.
    value = quantity.value if quantity.least is None else quantity.least
    return Indicator(name[:120], value, quantity.unit, kind, span, sure, quantity.about, part)


def _name(before: str, after: str = "") -> str:
    before = _LEADING.sub("", _TRAILING.sub("", before))
    after = after.strip("，。；、：的")
    if after and before.endswith(("新建", "改造", "建设", "实施", "开展", "创建", "打造", "新增")):
        return f"{after}{before}" if len(before) == 2 else f"{before}{after}"
    return f"{before}{after}".strip("，。；、：")


def _deliverable(text, begin, round_brackets) -> Indicator:
    clean = text.clean
    end = len(clean.rstrip("。；，"))
    name = _LEADING.sub("", clean[begin:end]) or clean[begin:end] or clean
    span = text.span(begin, max(end, begin + 1))
    sure = Sure(LIKELY, "没有读出数量目标，按任务型指标读取")
    return Indicator(name[:120], None, None, "milestone", span, sure)


# --- places -----------------------------------------------------------------


def _places(text, round_brackets, picked, within, targets) -> None:
    clean = text.clean
    for start, end in round_brackets:
        follows = clean[end : end + 1]
        if any(q.start == end for q in picked):
            counted = next(q for q in picked if q.start == end)
            if counted.value == 1 or counted.unit in MEASURES:
                _one_of_its_kind(text, start, end, targets)
            continue
        if follows and follows not in "，。；、" and not clean.startswith("其中", end):
            continue
        if any(start < q.start < end for q in picked):
            continue  # targets, not places
        before = start - 1 if start and clean[start - 1] in "。，" else start
        direct = any(q.end in (before, start) for q in picked)
        clause = max(clean.rfind("，", 0, before), clean.rfind("。", 0, before))
        if not direct and not any(clause < q.start < before for q in picked):
            continue
        _read_list(text, start + 1, end - 1, direct, picked, within, targets)
    for quantity in picked:
        match = _COLON_LIST.match(clean, quantity.end)
        if match and not _shares_after_colon(text, match.end(), quantity, targets):
            stop = clean.find("。", match.end())
            _read_list(
                text, match.end(), len(clean) if stop < 0 else stop, True, picked, [], targets
            )
    _inline_shares(text, picked, targets)
    if not targets.sites and ("、" in clean or "和" in clean):
        _places_first(text, picked, targets)


def _shares_after_colon(text, start, whole: Quantity, targets) -> bool:
    """新建停车点30处：甲镇8处、乙镇7处…: towns with their numbers, no more than the whole."""
    clean = text.clean
    stop = _SENTENCE.search(clean, start)
    own = [q for q in targets.figures if q.start >= start and alike(q.unit, whole.unit)]
    entries, shares = [], []
    total, waiting = 0, 1
    for begin, end in _split(clean, start, stop.start() if stop else len(clean)):
        share = _share(clean, (begin, end), own)
        if not _is_town(clean[begin : share[0] if share else end]):
            if clean[begin - 1] != "，":
                return False  # not a list of towns alone
            break
        entries.append((begin, end))
        shares.append(share)
        waiting = waiting if share else waiting + 1
        if share:
            total, waiting = total + share[1].value * (waiting if share[2] else 1), 1
    if len(entries) < 2 or not _mostly_shares(shares) or total > whole.value * NO_MORE:
        return False
    _add_shares(text, entries, shares, targets)
    taken = {share[1].start for share in shares if share}
    places = text.places
    taken = taken if places is None else {places[place] for place in taken}
    targets.leftovers = [left for left in targets.leftovers if left.span.start not in taken]
    return True


def _is_town(name: str) -> bool:
    """Whether a name is that of one town or village, and not of a kind of them."""
    return bool(_TOWN.match(name)) and not _KIND_OF_TOWN.match(name)


def _places_first(text, picked, targets) -> None:
    """Places that stand before the number, as many as it counts: 打通滨河路、学府路2条断头路."""
    clean = text.clean
    for quantity in picked:
        start = max(clean.rfind(mark, 0, quantity.start) for mark in "，。；") + 1
        found = None
        if "在" in clean or "于" in clean:
            found = _PLACES_FIRST.search(clean, start, quantity.start)
        if found is None and clean[quantity.start - 1] in _NAME_ENDS:
            found = _PLACES_COUNTED.search(clean, start, quantity.start)
        if not found or quantity.is_percent:
            continue
        counted = found.re is _PLACES_COUNTED
        names = _apart(clean, *found.span("names"))
        many = len(names) <= quantity.value if found["more"] else len(names) == quantity.value
        like_places = [(_OWN_NAME if counted else _PLACE).search(clean[b:e]) for b, e in names]
        if not many or not all(like_places):
            continue
        for begin, end in names:
            span = text.span(begin, end)
            sure = Sure(LIKELY, "点位写在数字之前")
            targets.sites.append(Site(_printed(span.text), span, sure))


def _apart(clean: str, start: int, end: int) -> list[tuple[int, int]]:
    """The names of a list without brackets; 和 parts only the last two."""
    found = []
    for match in _BESIDE.finditer(clean, start, end):
        apart = match.start() - start > 1  # not the 和 of 和平小区
        if match.group() == "、" or apart and "、" not in clean[match.end() : end]:
            found.append((start, match.start()))
            start = match.end()
    return [*found, (start, end)]


def _one_of_its_kind(text, start, end, targets) -> None:
    """海塘加固（北片海塘）3公里: brackets before the number that name one of what is counted.

    Others there give the same thing another name: 村卫生室（社区卫生服务站）9个.
    """
    clean = text.clean
    words, kind = clean[start + 1 : end - 1], clean[end - 1 - KIND_LENGTH : end - 1]
    before = clean[max(clean.rfind(mark, 0, start) for mark in "，；。、") + 1 : start]
    if KIND_LENGTH < len(words) <= LONGEST_NAME and kind in before and _PLACE.search(words):
        span = text.span(start + 1, end - 1)
        sure = Sure(DOUBTFUL, "写在数字之前的括号里，暂按点位读取")
        targets.sites.append(Site(_printed(span.text), span, sure))


def _split(clean: str, start: int, end: int) -> list[tuple[int, int]]:
    """The entries of a list, nested brackets left whole."""
    entries, depth, begin = [], 0, start
    for place in range(start, end):
        character = clean[place]
        if character == "（":
            depth += 1
        elif character == "）":
            depth = max(0, depth - 1)
        elif depth == 0 and character in "、；，：。":
            entries.append((begin, place))
            begin = place + 1
    entries.append((begin, end))
    return [(b, e) for b, e in entries if e > b]


def _read_list(text, start, end, direct, picked, within, targets) -> None:
    clean = text.clean
    if end <= start or _NO_SITES.match(clean, start, end):
        return
    head = _LIST_HEAD.match(clean, start, end)
    if head and (clean[head.end() - 1] != "：" or _INTRODUCES.search(head.group())):
        start = head.end()
    entries = _split(clean, start, end)
    shares = [_share(clean, entry, within) for entry in entries]
    if _mostly_shares(shares):
        names = [clean[b : s[0] if s else e] for (b, e), s in zip(entries, shares, strict=True)]
        if sum(1 for name in names if _PLACE.search(name)) * 2 < len(names):
            why = "括号内的分项数字不是按地点的分解"
            targets.leftovers.append(Leftover(text.span(start - 1, end), why))
            return
        _add_shares(text, entries, shares, targets)
        return
    names = [_site(clean, entry, share) for entry, share in zip(entries, shares, strict=True)]
    kept = [n for n in names if n and not any(n[0] <= q.start < n[1] for q in picked)]
    likely = sum(1 for b, e in kept if _PLACE.search(clean[b:e]))
    if direct and len(kept) > 2 and len({clean[e - 1] for _b, e in kept}) == 1:
        likely = len(kept)  # all end alike: things of one kind
    if direct and len(kept) > 1 and _as_many(clean, start, kept, picked):
        likely = len(kept)
    if not kept or not _is_places(clean, kept, likely, direct):
        targets.leftovers.append(Leftover(text.span(start - 1, end), "括号内的内容未作为点位读取"))
        return
    for begin, stop in kept:
        sure = Sure(CERTAIN if _PLACE.search(clean[begin:stop]) else LIKELY, "")
        if sure.level != CERTAIN:
            sure.reason = "按名单位置视为点位，名称不含地名用字"
        span = text.span(begin, stop)
        targets.sites.append(Site(_printed(span.text), span, sure))


def _mostly_shares(shares) -> bool:
    """Whether most entries have a number; 甲镇、乙镇各1个 gives one to each."""
    without = waiting = 0
    for share in shares:
        if share is None:
            waiting += 1
        else:
            without += 0 if share[2] else waiting
            waiting = 0
    return (without + waiting) * 2 < len(shares)


def _printed(name: str) -> str:
    return _BLANKS.sub("", name)


def _as_many(clean, start, kept, picked) -> bool:
    """4个（城南、城北、宝塔、柳林): as many short names as the number before them says."""
    before = [q for q in picked if q.end <= start and not q.is_percent]
    short = all(e - b <= LONGEST_NAME and not _DIGIT.search(clean[b:e]) for b, e in kept)
    return bool(before) and short and before[-1].value == len(kept)


def _is_places(clean, kept, likely, direct) -> bool:
    if len(kept) == 1:
        begin, end = kept[0]
        return direct and not _ALONE_NO_SITE.match(clean[begin:end]) and likely == 1
    return likely * 2 >= len(kept)


def _site(clean, entry, share) -> tuple[int, int] | None:
    begin, end = entry
    if share is not None:
        end = share[0]
    tail = _LIST_TAIL.search(clean, begin, end)
    if tail and tail.start() > begin:
        end = tail.start()
    head = _LIST_HEAD.match(clean, begin, end)
    if head:
        begin = head.end()
    return (begin, end) if 0 < end - begin <= 60 else None


def _share(clean, entry, within) -> tuple[int, Quantity, bool] | None:
    """(end of the place's name, its share, whether 各 stands before it)."""
    begin, end = entry
    for quantity in within:
        if quantity.end == end and begin < quantity.start and quantity.unit not in TIMES:
            name_end = quantity.start
            each = clean[name_end - 1] == "各"
            return (name_end - 1 if each else name_end, quantity, each)
    return None


def _add_shares(text, entries, shares, targets) -> None:
    clean, waiting = text.clean, []
    for (begin, end), share in zip(entries, shares, strict=True):
        if share is None:
            waiting.append((begin, end))
            continue
        name_end, quantity, each = share
        if each:
            for b, e in waiting:
                _add_share(text, b, e, quantity, targets)
            waiting = []
        _add_share(text, begin, name_end, quantity, targets)
    for begin, end in waiting:
        why = "任务分解中没有写明数量"
        targets.leftovers.append(Leftover(text.span(begin, end), f"“{clean[begin:end]}”{why}"))


def _add_share(text, begin, end, quantity, targets) -> None:
    place = text.clean[begin:end].removeprefix("其中")
    if place:
        span = text.span(quantity.start, quantity.end)
        targets.allocations.append(Allocation(place, quantity.value, span, Sure()))


def _inline_shares(text, picked, targets) -> None:
    """Shares of places outside brackets: 其中灵溪镇6台、金乡镇1台."""
    clean = text.clean
    at = clean.find("其中")
    if at < 0:
        return
    for quantity in picked:
        if quantity.start < at or quantity.is_percent:
            continue
        begin = max(clean.rfind(mark, 0, quantity.start) for mark in "，、；。（")
        place = clean[begin + 1 : quantity.start].removeprefix("其中")
        if (
            place
            and _is_town(place)
            and any(alike(q.unit, quantity.unit) for q in picked if q.start < at)
        ):
            span = text.span(quantity.start, quantity.end)
            targets.allocations.append(Allocation(place, quantity.value, span, Sure()))
