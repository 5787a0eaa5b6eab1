"""What a report says has been reached: percents and counts, each with its target."""

import re
from bisect import bisect_right

from projects.rules.reading.matching import (
    assign,
    in_entries,
    only_among,
    pairs,
    phrases_of,
    profiles,
)
from projects.rules.reading.quantities import Quantity, alike, find_worded, rounded, share
from projects.rules.reading.report import BASIC, FULL, Report, Status
from projects.rules.reading.text import around, inside
from projects.rules.reading.values import (
    DOUBTFUL,
    LIKELY,
    Actual,
    Indicator,
    Leftover,
    Number,
    Site,
    Sure,
)
from projects.rules.reading.words import (
    NOT_OF_TASK,
    OF_TASK,
    PREPARATION,
    clause_at,
    of_preparing,
    other_rate,
    prepares,
)

_FUTURE = re.compile(
    r"计划(?!的|数|总|任务)|预计|力争|争取|将|拟(?!定)|下一?步|下阶段|准备|待(?!遇)|等待|预期|有望|即将|确保|尽快|于\d+月底?前"
)
_TASK_NUMBER = re.compile(
    r"(?:任务数?|目标数?|目标任务|指标|计划(?!已)(?:完成|建设|改造)?|应(?:完成|建|改)?|需(?:要|完成)?|原定|下达|要求|学生数|总数|共有|辖区|现有|剩余|其余|还有|另有|仅剩|尚有|余下|未完成|其他|不少于)(?:为|共|的|数|约)*$"
)
_DONE_CUE = re.compile(
    r"完成|建成|新增|累计|已|实际|创建|发放|接种|安装|投用|投入使用|达到?|实现|救助|开通|实施|改造|培训|筛查|共(?!有)|服务|惠及|办理|新建|交付|竣工|完工|在岗|举办|参保|投保|签约|"
    r"更换|更新|整治|修[缮复]|打通|加装|上线|铺设|敷设|栽植|种植|配备|购置|资助|慰问|清理|减免|兑付"
)
_CONVERTED = re.compile(r"改建|扩建|改扩建|提升|提质|迁建|翻建|重建")
_TOTAL_CUE = re.compile(r"累计|共(?:计)?(?!有)|总计|合计|实际|截[至止]")
_RATE_CUE = re.compile(r"率|比|达|占|进度|任务|≥|不低于|持续|保持")
_ENTRY = re.compile(
    r"(?:^|(?<=[。；]))(?:\d{1,2}[.、](?=\D)|[①-⑳]|（(?:\d{1,2}|[一二三四五六七八九十])）)"
)
_EACH = re.compile(r"(?:各[^，。；、\d]{0,4}|每[^，。；、\d]{0,6}|人均|平均)$")
_REMAINDER = re.compile(r"剩余|其余|余下|剩下|尚余|另外?[一二三四五六七八九\d]+")
_OF_WHOLE_TASK = re.compile(r"任务|总|年度|全年|整体|形象")
_OVERALL = re.compile(
    r"(?:总体|整体|综合|项目总|工程总|(?:^|(?<=[，；。]))完成总工程量)[^，。；]{0,6}\d[\d.]*%"
)
_TOWN_OF = re.compile(r"[^镇乡村]{1,4}(?:镇|乡|街道|村)")
_WHOLE = re.compile(r"总|全年|整体|年度|总体")
_IN_WORK = re.compile(
    r"在办|办理.{0,8}阶段|阶段$|在(?:设计|施工|建|办理)|中$|待(?!遇|[^，。；]{0,2}(?:验收|核查|核验|考核|评估))|未(?!来)|尚|上报|受理"
)
_BRACKETED = re.compile(r"（[^）]*）")
_MADE = re.compile(
    r"^(?:新|改|扩|建|设|造|成|打|提升|完|实施|新增|推进|农村|乡镇|城区|标准化|、|和|全县|全市|全区)+"
)
_PROPER = re.compile(
    r"(?!指导|推进|开展|加快|组织|督促|协调|正在)[^，。；、：“”\d全各已计完新个目前乡镇农村老旧城区县市标准建设改造项工示范和及与的]{2,5}"
)
_OF_PERIOD = re.compile(
    r"(?:季度|上半年|月份?|半年|本月|当月|阶段性)(?:目标|计划|任务|工作|建设|既定)+(?:数|量)?(?:的)?(?:完成率)?(?:为|达到?|完成)?$"
)
_THIS_MONTH = re.compile(r"本月|当月|本周|上月|较上[月期]|比上[月期]|环比|同比|今日")
_BOUGHT = re.compile(r"采购|订购|到货|到位(?!$)")
_UNFINISHED = re.compile(
    r"完成(?:装修|装饰|粉刷|浇筑|吊顶)|封顶|结顶|(?:进行|进入)(?:装修|装饰|调试)"
)
_FINISHED = re.compile(r"建成|投用|投入|完工|竣工|启用|开放|交付")
_IN_PLACE = re.compile(r"建成|投[用放]|完工|竣工|启用|开放|交付|安装|发放|敷设|铺设|到位")
SHORT_NOUN = 3
MOST_STATED = 20  # percents of one target; a report has one or two
AGREES = 0.6  # percent points
# A figure beyond a hundred times the target is a slip or speaks of something else.
MOST_PERCENT = 10_000
_RESULT = re.compile(r"完工|建成|完成|竣工|投用|已|惠及|受益")
_CHANGES = re.compile(r"(?:增长|下降|提高|减少|增加|占|同比)[^，。；]{0,6}$")
_PERCENT_CUE = re.compile(r"完成|进度|达|过|至|建设|率|任务|已|为")
_VERB = re.compile(r"已|完成|达|目前|建设")
_SCOPE = re.compile(r"^[^，、即（]{0,12}%")
_OF_WORK = re.compile(r"进度|任务|工作量")


def read_actual(
    report: Report, indicators: list[Indicator], sites: list[Site], status: Status
) -> list[Actual]:
    """What has been reached, by target; percents of sites are set on these.

    ``status`` says whether all is declared to be completed, and takes the leftovers.
    """
    known = report.known = profiles(indicators, sites)
    phrases = phrases_of(0, len(report.clean), report.words, known) if known else []
    indices = _numbered(report, phrases, len(indicators)) if known else []
    indices = indices or _entered(report, phrases, known, indicators)
    indices = indices or (assign(phrases, report.words, known) if known else [])
    last: int | None = None
    for place, index in enumerate(indices):
        begin, end = phrases[place]
        if index is None and _OVERALL.search(report.clean, begin, end):
            if place and not _new_sentence(report.clean, begin) and _only_one(last, indicators):
                indices[place] = last
            continue
        if index is None and place and not _new_sentence(report.clean, begin):
            indices[place] = last
        last = indices[place]
    found: dict[int | None, dict] = {}
    begins = [begin for begin, _end in phrases]

    def index_of(quantity: Quantity) -> int | None:
        if not known:
            return 0 if indicators else None
        place = bisect_right(begins, quantity.start) - 1
        return indices[place] if place >= 0 else None

    percents = _percents(report, indicators, sites, status, index_of)
    for quantity, rank in percents:
        found.setdefault(index_of(quantity), {}).setdefault("percents", []).append((quantity, rank))
    for quantity in _counts(report, indicators, index_of):
        found.setdefault(index_of(quantity), {}).setdefault("counts", []).append(quantity)
    _confirm(report, found, indicators, index_of)
    actual = []
    for index in sorted(found, key=lambda i: -1 if i is None else i):
        one = _one_actual(report, index, found[index], indicators)
        if one is not None:
            actual.append(one)
    if status.completed:
        actual = _completed(actual, indicators, status)
    return actual or _spoken_of(indicators, indices)


def _only_one(index: int | None, indicators) -> bool:
    """Whether a target is a single thing beside others of its kind: 新建1所、改建3所."""
    if index is None or indicators[index].target != 1:
        return False
    return sum(1 for one in indicators if one.unit == indicators[index].unit) > 1


def _numbered(report: Report, phrases, count: int) -> list[int | None]:
    """1.… 2.… 3.… for as many targets: each entry speaks of its own."""
    starts = [match.start() for match in _ENTRY.finditer(report.clean)]
    if len(starts) != count or not starts or starts[0] > 4:
        return []
    return [max(bisect_right(starts, begin) - 1, 0) for begin, _end in phrases]


def _entered(report: Report, phrases, known, indicators) -> list[int | None]:
    """（一）… （二）… as in the title, with several targets in some: each speaks of its own."""
    groups = in_entries(indicators) if known else []
    places = _numbered(report, phrases, len(groups)) if groups else []
    indices: list[int | None] = []
    for place, group in enumerate(groups if places else ()):
        own = [phrase for phrase, one in zip(phrases, places, strict=True) if one == place]
        found = assign(own, report.words, only_among(known, group))
        indices += [group[0] if len(group) == 1 else index for index in found]
    return indices


def _confirm(report, found, indicators, index_of) -> None:
    """A percent belongs where it follows from a number, and such a number is the result."""
    for index in list(found):
        percents = found[index].get("percents", [])
        for quantity, rank in list(percents):
            fits = {
                other: _misfit(figures.get("counts", []), quantity, indicators[other])
                for other, figures in found.items()
                if other is not None
            }
            nearest = min(fits, key=fits.__getitem__, default=None)
            if nearest is None or fits[nearest] >= AGREES or fits[nearest] == fits.get(index):
                continue
            percents.remove((quantity, rank))
            found[nearest].setdefault("percents", []).append((quantity, rank))
    for index, figures in found.items():
        if index is None or figures.get("counts") or not figures.get("percents"):
            continue
        indicator = indicators[index]
        for quantity in report.words.quantities:
            if quantity.start >= report.problem_start or index_of(quantity) != index:
                continue
            stated = figures["percents"][:MOST_STATED]
            if alike(quantity.unit, indicator.unit or "") and any(
                _agrees([quantity], percent, indicator) for percent, _rank in stated
            ):
                figures["counts"] = [quantity]
                break


def _misfit(counts, percent: Quantity, indicator: Indicator) -> float:
    """How far the printed percent is from the nearest of the numbers as a share of the target."""
    if indicator.kind != "quantity" or not indicator.target or percent.value >= FULL or not counts:
        return FULL
    return min(abs(100 * q.value / indicator.target - percent.value) for q in counts)


def _agrees(counts, percent: Quantity, indicator: Indicator) -> bool:
    """Whether one of the numbers, as a share of the target, is the printed percent."""
    return _misfit(counts, percent, indicator) < AGREES


def _new_sentence(clean: str, place: int) -> bool:
    return place > 0 and clean[place - 1] in "。；"


def _spoken_of(indicators, indices) -> list[Actual]:
    """Without figures: a line for each indicator that the status names."""
    if len(indicators) == 1:
        return [Actual(0, None, None, "none", None, Sure())]
    named = sorted({i for i in indices if i is not None})
    return [Actual(i, None, None, "none", None, Sure()) for i in named or [None]]


def _completed(actual, indicators, status) -> list[Actual]:
    span, sure = status.completed_span, Sure()
    index = 0 if len(indicators) == 1 else None
    over = [a for a in actual if a.percent is not None and a.percent >= FULL]
    if over:
        return actual
    value = next((a.value for a in actual if a.indicator == index), None)
    return [Actual(index, value, FULL, "complete", span, sure)]


def _aside(report: Report, quantity: Quantity) -> bool:
    """Whether a figure stands among obstacles, plans or parts of a sum."""
    clean = report.clean
    if quantity.start >= report.problem_start:
        return True
    start, _end = clause_at(clean, quantity.start)
    start = max(start, clean.rfind("：", start, quantity.start) + 1)
    return bool(_FUTURE.search(clean, start, quantity.start)) or _ahead(report, start, quantity)


def _ahead(report: Report, start: int, quantity: Quantity) -> bool:
    """Whether the clause speaks of a time after the report's date."""
    if report.as_of is None:
        return False
    for period in report.periods:
        if start <= period.start < quantity.start and period.kind in ("day", "month"):
            begins = period.due if period.kind == "day" else period.due.replace(day=1)
            if begins > report.as_of:
                return True
    return False


def _part_of_sum(
    report: Report, quantity: Quantity, accepted: list[Quantity], is_target: bool = False
) -> bool:
    """Whether a figure after 其中 is a part of one that was taken before it."""
    clean = report.clean
    sentence = max(clean.rfind("。", 0, quantity.start), clean.rfind("；", 0, quantity.start)) + 1
    part = _part_begins(report, sentence, quantity.start)
    if part < 0 or is_target and not accepted:
        return False
    start, end = clause_at(clean, quantity.start)
    own = _RESULT.search(clean, max(start, part), end)
    return not own or any(
        sentence <= q.start < part and q.is_percent == quantity.is_percent for q in accepted
    )


def _part_begins(report: Report, sentence: int, place: int) -> int:
    """Where the 其中 before a place stands that goes on up to it; -1 if none does."""
    own = around(report.round_brackets, place)
    while (place := report.clean.rfind("其中", sentence, place)) >= 0:
        bracket = around(report.round_brackets, place)
        if bracket is None or bracket == own:
            break  # one in brackets that are closed, （其中7月2.1公里）, is over
    return place


def _percents(report, indicators, sites, status, index_of) -> list[tuple[Quantity, int]]:
    clean, found = report.clean, []
    names = [site.name for site in sites[:60]]
    rates = [i for i in indicators if i.kind == "rate"]
    kinds = _kinds(indicators)
    for quantity in report.words.quantities:
        if not quantity.is_percent or _aside(report, quantity):
            continue
        start, end = clause_at(clean, quantity.start)
        if _part_of_sum(report, quantity, [q for q, _rank in found]):
            continue
        before, after = clean[start : quantity.start], clean[quantity.end : quantity.end + 5]
        alone = quantity.start == 0 and after[:1] in ("", "（", "，", "。", "；")
        index = index_of(quantity)
        beside = rates if index is None or indicators[index].kind == "rate" else []
        why = _why_not(before, after, indicators, beside, alone)
        why = why or _one_site(report, quantity, names) or _one_of_many(clean, quantity, kinds)
        if why:
            span = report.text.span(quantity.start, quantity.end)
            status.leftovers.append(Leftover(span, why))
            continue
        rank = 2 if OF_TASK.search(before[-10:]) or OF_TASK.search(after) else 1
        found.append((quantity, rank))
    return found if rates else _without_sites(found, clean, report, status)


def _one_site(report: Report, quantity: Quantity, names: list[str]) -> str:
    """Whether the sentence up to the percent names some of the sites, but not all."""
    clean = report.clean
    if not names:
        return ""
    sentence = max(clean.rfind("。", 0, quantity.start), clean.rfind("；", 0, quantity.start)) + 1
    words = clean[sentence : quantity.start]
    here = [name for name in names if name in words]
    towns = [match.group() for match in map(_TOWN_OF.match, names) if match]
    if not here and len(set(towns)) == len(names):
        here = [town for town in towns if town in words]
    start, _end = clause_at(clean, quantity.start)
    beside = words.count("%") > 0 and any(name in clean[start : quantity.start] for name in here)
    own = [name for name in here if name in clean[start : quantity.start]]
    alone = own and len(own) < len(here) == len(names) and not beside
    if here and (len(here) < len(names) or beside or alone) and not _WHOLE.search(words[-12:]):
        return f"只是“{here[0]}”等的进度，不是全部点位的进度"
    return ""


def _kinds(indicators: list[Indicator]) -> list[str]:
    """The nouns of what there are to be several of: 菜市场 of 新建改建菜市场3个."""
    several = [i.name for i in indicators if i.kind == "quantity" and i.target > 1]
    nouns = [_MADE.sub("", _BRACKETED.sub("", name)) for name in several]
    return [noun for noun in nouns if len(noun) >= SHORT_NOUN]


def _one_of_many(clean: str, quantity: Quantity, kinds: list[str]) -> str:
    """Whether the sentence begins with the name of one of many: 西关菜市场进场，完成35%."""
    sentence = max(clean.rfind("。", 0, quantity.start), clean.rfind("；", 0, quantity.start)) + 1
    start, _end = clause_at(clean, quantity.start)
    if _OF_WHOLE_TASK.search(clean, start, quantity.start):
        return ""
    for noun in kinds:
        at = clean.find(noun, sentence, quantity.start)
        own = clean[sentence:at]
        if at > 0 and _PROPER.fullmatch(own) and not any(own in kind for kind in kinds):
            return f"只是“{own}{noun}”的进度"
    return ""


def _why_not(before, after, indicators, rates, alone) -> str:
    if _OF_PERIOD.search(before):
        return "这是当期任务的完成率，不是全年进度"
    other = NOT_OF_TASK.search(before)
    if other and not rates and not any(other.group() in i.name for i in indicators):
        return f"“{other.group()}”的百分比，不是任务进度"
    names = "".join(i.name for i in indicators)
    rate = other_rate(before, names)
    if rate:
        return f"“{rate}”不是任务的完成率"
    step = of_preparing(before, names)
    if step:
        return f"“{step}”的进度，不是任务进度"
    rest = _REMAINDER.search(before)
    if rest and not _OF_WHOLE_TASK.search(before, rest.end()):
        return f"只是“{rest.group()}”部分的进度"
    if not rates and _CHANGES.search(before) and not OF_TASK.search(before[-8:]):
        return "变化或占比，不是任务进度"
    of_task = OF_TASK.search(before[-8:]) or OF_TASK.search(after) or alone
    if not rates and not _PERCENT_CUE.search(before) and not of_task:
        return "看不出是什么的百分比"
    return ""


def _without_sites(found, clean, report, status) -> list[tuple[Quantity, int]]:
    """Several percents with a subject each are those of single places."""
    plain = [(q, rank) for q, rank in found if rank == 1]
    subjects = set()
    for quantity, _rank in plain:
        start, _end = clause_at(clean, quantity.start)
        subject = _VERB.split(clean[start : quantity.start])[0]
        if len(subject) >= 3:
            subjects.add(subject)
    if len(subjects) < 2 or len(plain) < 2:
        return found
    for quantity, _rank in plain:
        span = report.text.span(quantity.start, quantity.end)
        status.leftovers.append(Leftover(span, "各点位分别的进度，没有合并为一个数"))
    return [(q, rank) for q, rank in found if rank > 1]


def _counts(report: Report, indicators, index_of) -> list[Quantity]:
    units = [i.unit for i in indicators if i.kind == "quantity"]
    names = "".join(i.name for i in indicators)
    clean, found = report.clean, []
    parts = {place for place, i in enumerate(indicators) if i.is_part}
    by_index: dict[int | None, list[Quantity]] = {}
    quantities = [q for q in report.words.quantities if not q.is_percent]
    if not quantities and units:
        quantities = find_worded(clean)
    for quantity in quantities:
        if not any(u and alike(quantity.unit, u) for u in units):
            continue
        index = index_of(quantity)
        bracketed = inside(report.round_brackets, quantity.start)
        if bracketed and index not in parts or _aside(report, quantity):
            continue
        beside = by_index.setdefault(index, [])
        if _part_of_sum(report, quantity, beside, index in parts):
            continue
        if _counts_result(clean, quantity, names):
            found.append(quantity)
            beside.append(quantity)
    return found


def _counts_result(clean: str, quantity: Quantity, names: str) -> bool:
    start, end = clause_at(clean, quantity.start)
    mark = max(clean.rfind("、", start, quantity.start), clean.rfind("：", start, quantity.start))
    clause, before = clean[start:end], clean[start : quantity.start]
    sentence = max(clean.rfind("。", 0, start), clean.rfind("；", 0, start)) + 1
    cue = _DONE_CUE.search(clause) or _DONE_CUE.search(clean, sentence, quantity.start)
    if clean.startswith("：", quantity.end):
        return False  # 新改建29公里：… is a heading
    if not cue and len(pairs(before) & pairs(names)) < 2 and not _names_step(before, names):
        return False
    if _TASK_NUMBER.search(before) or _EACH.search(before):
        return False
    joint = clean.find("、", quantity.end, end)
    joint = joint if joint > 0 else end
    own = mark + 1 if _IN_PLACE.search(clean, max(start, mark + 1), quantity.start) else start
    if prepares(clean[max(start, own) : joint], names):
        return False  # but of 开工118户、竣工61户 the second is done
    if _UNFINISHED.search(clause) and not _FINISHED.search(clause):
        return False  # 3个点位完成装修
    if BASIC.search(clean, quantity.end, end):
        return False  # 260户…已基本完成: the scope, not what is done
    if _IN_WORK.search(clean, max(start, mark), joint):
        return False
    after = clean[quantity.end : end]
    # "改造35公里完成工程量70%": the scope; a number done stands apart from the percent.
    return not _SCOPE.search(after)


def _names_step(before: str, names: str) -> bool:
    """开工680套, 改建12公里, where it is starts or conversions that are promised."""
    made = before.removeprefix("已").removeprefix("累计")
    step = PREPARATION.fullmatch(made) or _CONVERTED.fullmatch(made)
    return step is not None and made in names


def _one_actual(report, index, figures, indicators) -> Actual | None:
    clean = report.clean
    indicator = indicators[index] if index is not None else None
    percents, counts = figures.get("percents", []), figures.get("counts", [])
    if indicator is not None and indicator.kind == "rate":
        return _rate(report, index, percents, indicator)
    target = indicator.target if indicator and indicator.kind == "quantity" else None
    percents = [(q, rank) for q, rank in percents if q.value <= MOST_PERCENT]
    if target:
        counts = [q for q in counts if q.value <= target * MOST_PERCENT / FULL]
    percent = _best_percent(percents)
    count = _best_count(clean, counts, percent, indicator, target)
    if percent is None and count is None:
        return None
    chosen = percent or count
    span = report.text.span(chosen.start, chosen.end)
    value = count.value if count is not None and indicator is not None else None
    sure = _sureness(clean, chosen, counts)
    if percent is not None:
        stated = float(percent.value)
        if value is not None and target and abs(100 * value / target - stated) > 2:
            sure = Sure(
                LIKELY,
                f"自报{percent.value}%，按数量折算为{rounded(100 * value / target)}%，取自报数",
            )
        place = report.text.span(count.start, count.end) if value is not None else None
        return Actual(index, value, stated, "stated", span, sure, place)
    if value is None or not target:
        return None
    return Actual(index, value, share(value, target), "derived", span, sure)


def _sureness(clean: str, chosen: Quantity, counts: list[Quantity]) -> Sure:
    start, _end = clause_at(clean, chosen.start)
    if BASIC.search(clean, start, chosen.start):
        return Sure(LIKELY, "原文为“基本完成”")
    if chosen.about:
        return Sure(LIKELY, f"约数（{chosen.about}）")
    if not chosen.is_percent and len({q.value for q in counts}) > 1:
        return Sure(DOUBTFUL, "状态中有几个同单位的数，取最像完成数的一个")
    return Sure()


def _best_percent(percents) -> Quantity | None:
    chosen, chosen_rank = None, 0
    for quantity, rank in percents:
        if rank >= chosen_rank:
            chosen, chosen_rank = quantity, rank
    return chosen


def _best_count(clean, counts, percent, indicator, target) -> Quantity | None:
    chosen, chosen_rank = None, (-1, -1.0)
    for quantity in counts:
        start, _end = clause_at(clean, quantity.start)
        before = clean[start : quantity.start]
        rank = 3 if _TOTAL_CUE.search(before) else 2 if "已" in before or "完成" in before else 1
        if _THIS_MONTH.search(before) or _BOUGHT.search(before):
            rank = 0
        if (
            percent is not None
            and target
            and abs(100 * quantity.value / target - percent.value) < 0.6
        ):
            rank += 5
        if indicator is not None and indicator.unit == quantity.unit:
            rank += 0.5
        if indicator is not None and pairs(indicator.name) & pairs(before):
            rank += 0.3
        if (rank, float(quantity.value)) > chosen_rank:
            chosen, chosen_rank = quantity, (rank, float(quantity.value))
    return chosen


def _speaks_of_rate(clean: str, quantity: Quantity, indicator: Indicator) -> bool:
    """Whether the words before a percent are those of a rate or of its work's progress."""
    start, _end = clause_at(clean, quantity.start)
    before = clean[start : quantity.start]
    return bool(_RATE_CUE.search(before) or pairs(before) & pairs(indicator.name))


def _rate(report, index, percents, indicator) -> Actual | None:
    if not percents:
        return None
    clean = report.clean
    most = min(MOST_PERCENT, indicator.target * MOST_PERCENT / FULL)
    own = [q for q, _rank in percents if q.value <= most and _speaks_of_rate(clean, q, indicator)]
    if not own:
        return None
    quantity = own[-1]
    span = report.text.span(quantity.start, quantity.end)
    near = clean[max(0, quantity.start - 6) : quantity.start]
    if _OF_WORK.search(near):
        return Actual(index, None, float(quantity.value), "stated", span, Sure())
    value: Number = quantity.value
    return Actual(index, value, share(value, indicator.target), "derived", span, Sure())
