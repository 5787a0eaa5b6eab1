"""Which milestones a report says are met, by its figures or its words, and why."""

import re
from datetime import date

from projects.rules.reading.matching import best, pairs
from projects.rules.reading.quantities import Quantity, alike, find_quantities, worded_number
from projects.rules.reading.report import BASIC, FULL, Clause, Report, Status
from projects.rules.reading.values import DOUBTFUL, LIKELY, Actual, Indicator, Milestone, Sure
from projects.rules.reading.words import STOP, clause_at

_CLAUSE_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)%")
_STILL = re.compile(r"正在|推进中|进行中|办理中")
_MONEY = re.compile(r"经费|资金|万元|投资")
_REST = re.compile(r"未(?!来)|还有|其余|尚|另有|仍")
_CLAIM_AFTER = re.compile(
    r"(?:的)?(?:目标|工作|任务|计划|建设|既定|各项|节点|进度|阶段性)*(?:任务|工作|目标|计划|节点)?数?(?:目标)?(?:现|目前|均|都|也)?已?(?:经)?(?:全部|全面|顺利|提前|超额|按时|如期|圆满|基本|均)*完成"
)
_CLAIM_BEFORE = re.compile(
    r"(?<!未)(?:已|已经|顺利|全面|提前|超额|按时|如期|圆满|按期|全部|基本|均)*完成了?$"
)
_CLAIM_OBJECT = re.compile(
    r"(?:的)?(?:各项|既定|阶段性|建设|序时|年度)*(?:目标|工作|任务|计划|建设|节点|进度)+(?!的?\d)"
)
_ON_TIME = re.compile(
    r"(?:已?达到|按(?:照)?|符合)(?:序时|时序|计划|既定)进度(?!滞)|完成(?:序时|时序)进度|按序时(?:进度)?(?:推进|完成)|(?:超|快于|超前|超过)(?:序时|时序)(?:进度)?|[较比]计划(?:略有|有所|大幅)?(?:提前|超前)"
)
_BUILT = re.compile(r"已(?:全部|全面)?(?:完工|竣工|建成|投用)")
_SAID_DONE = re.compile(r"完成(?!率)(?!.*\d)")
_OF_MONEY = re.compile(r"完成(?:总)?投资|投资(?:额)?(?:完成|过半|达)")
_ROUGHLY = re.compile(r"基本|初步|大部分")
_ONGOING = re.compile(
    r"正在|正|处于|目前在|进入|开始|着手|推进|开展|进行|中(?:。|，|；|$)|阶段|启动|在建"
)
_PENDING = re.compile(
    r"待(?!遇)|等待|即将|拟(?!定)|计划(?!已)|将(?!军)|准备|未(?!来)|尚|下一?步|预计|力争|筹备|征求意见|意见中"
)
_FLOORS = re.compile(r"主体[^，。；]{0,8}?(?P<floor>\d{1,2}|[一二三四五六七八九十]{1,3})层")
_SOME_STILL = re.compile(
    r"\d(?:[^，。；、\d])正在|\d(?:[^，。；、\d])(?:小区|项目|工程|水库|村)?(?:正在|尚未)"
)
_STARTS = re.compile(r"启动|开始|开展|推进|做好|进行|组织|着手|实施|谋划")
# The steps of works in their order; a later one shows that the earlier are past.
_STAGES = (
    (
        1,
        re.compile(
            r"方案(?!设计)|计划(?!.{0,6}(?:完成|月))|部署|下达|分解|摸底|摸排|排摸|排查|调研|宣传|动员|谋划|摸清|底数|前期"
        ),
    ),
    (2, re.compile(r"选址|选点|选位|点位|踏勘|遴选|选择工作|建设单位|名单|筛选|建设任务")),
    (3, re.compile(r"设计|图纸|可研|初设|方案设计")),
    (
        4,
        re.compile(r"招标公告|招标公示|立项|审批|批复|报批|预算|评审|采购意向|挂网|监标|财评|公示"),
    ),
    (
        5,
        re.compile(
            r"招标(?!公告|文件|代理|意向|准备|公示|方案)|招投标|采购(?!意向|计划|公告|[^，。；]{0,3}(?:挂网|公示))|合同|签约|开标|中标(?!单位)"
        ),
    ),
    (6, re.compile(r"开工(?!项目)|进场|动工|启动建设|启动施工|填方")),
    (6.5, re.compile(r"桩基|路基|承台|正负零|基础(?:施工|工程|浇筑|开挖)|土方")),
    (
        7,
        re.compile(
            r"(?<!桩基)(?<!基础)施工(?!图|招标|许可|单位|合同|准备|方案|总承包)|安装|主体(?!.{0,4}正负零)|土地硬化|装修(?!设计)|装饰|建设中|改造(?!方案|计划|和方案)"
        ),
    ),
    (
        8,
        re.compile(
            r"完工|竣工|建成|结顶|建设完成|完成建设(?!点位|任务|前|准备|方案|单位|用地|选)|改造完成|完成改造|站点建设"
        ),
    ),
    (9, re.compile(r"验收(?!前期|准备)|验收合格")),
    (10, re.compile(r"投用|投入使用|投入运[行营]|运营|开园|启用|通车")),
)
FIRST_SURE = 3  # from this step on a step done is surely the one that was planned
TENDER = 5  # the step from which on the order of steps is sure
BUILT = 8  # the step at which something stands
SAME_NAMES = 0.5  # share of a stage's words that stand in a clause of the same places
_SHARE_FOLLOWS = re.compile(r"的?[\d百]")
_DIGIT = re.compile(r"\d")
_LATE = re.compile(r"未(?!来)|滞")
_DONE = re.compile(r"已|完成|确定|通过|落实|签订|完工|竣工|建成|投用|确认")
_DONE_FIRST = re.compile(r"^(?:目前|现)?(?:已|完成)|已完成|已全部|已制定|已确定")
_ALREADY = re.compile(r"已")
_IN_COURSE = re.compile(r"审查中|意见中|办理中|实施中")
_BEGUN = re.compile(r"(?:已|于\d{1,2}月\d{1,2}日)(?:全面|正式)?(?:启动|开始|开工|进场)")
_ONLY_BEGINS = re.compile(r"(?:全面|正式)?(?:启动|开始)[^，。；]{0,6}")
_ASKS_RESULT = re.compile(r"完成|制定|编制|确定|明确")
_WAITS = re.compile(r"(?:等待|待(?!遇)|等(?=[省市上]))")


def judge_milestones(
    report: Report,
    indicators: list[Indicator],
    milestones: list[Milestone],
    status: Status,
    as_of: date,
) -> None:
    """Set ``met``, ``met_why`` and ``met_sure`` of each milestone, as of a date."""
    claim, why = _claimed(report, as_of)
    figures = {a.indicator: a for a in status.actual}
    report.clauses = _clauses(report)
    levels = _levels(report)
    kinds = {place: indicator.kind for place, indicator in enumerate(indicators)}
    basic = BASIC.search(report.clean, 0, report.problem_start)
    for milestone in milestones:
        if status.completed:
            milestone.met, milestone.met_why = True, status.completed_span.text
            continue
        if claim is not None and milestone.due <= claim:
            milestone.met, milestone.met_why = True, why
            continue
        _by_figures(milestone, figures, as_of, kinds)
        if milestone.met is None:
            _by_words(report, milestone, levels, figures, as_of, basic)
            milestone.met_sure = _how_sure(milestone, levels, as_of)
    _before_what_is_met(milestones)


def _how_sure(milestone: Milestone, levels, as_of: date) -> Sure:
    """How sure a verdict by words is, and whether one is wanting that the day asks for."""
    if milestone.met is None:
        due = milestone.due <= as_of
        return Sure(DOUBTFUL, "已到期，实施情况没有写明是否完成") if due else Sure()
    said = f"按“{milestone.met_why}”读作{'已完成' if milestone.met else '未完成'}"
    if milestone.due > as_of:
        return Sure(DOUBTFUL, f"尚未到期，{said}")
    if milestone.met and _ROUGHLY.search(milestone.met_why):
        return Sure(DOUBTFUL, said)
    deciding = max((one[0] for one in levels if one[3] == milestone.met_why), default=0)
    behind = [one for one in levels if one[0] < deciding and one[1] != "done"]
    if milestone.met and behind:
        return Sure(DOUBTFUL, f"{said}，另有“{behind[0][3]}”")
    return Sure(LIKELY, said)


def _before_what_is_met(milestones) -> None:
    """A step of the words that lies before one that is met is past, if nothing was said of it."""
    met: dict[int | None, Milestone] = {}
    for milestone in reversed(milestones):
        later = met.get(milestone.indicator)
        open_step = milestone.met is None and milestone.percent is None
        if open_step and later is not None and later.due > milestone.due:
            milestone.met, milestone.met_why = True, later.met_why
        if milestone.met and milestone.percent is None:
            met[milestone.indicator] = milestone


def _claimed(report: Report, as_of: date) -> tuple[date | None, str]:
    """Up to which date the report says that its tasks are done (一季度任务已完成)."""
    clean, claim, why = report.clean, None, ""
    if report.claimed:
        return as_of, report.text.span(*report.claimed).text
    for period in report.periods:
        if period.start >= report.problem_start:
            break
        if period.due > as_of:
            continue
        after = _CLAIM_AFTER.match(clean, period.end)
        start, _end = clause_at(clean, period.start)
        before = _CLAIM_BEFORE.search(clean, start, period.start)
        said = None
        if (
            after
            and _CLAIM_OBJECT.match(clean, period.end)
            and not _SHARE_FOLLOWS.match(clean[after.end() :])
        ):
            said = (period.start, after.end())
        elif before and "完成" in before.group():
            _start, end = clause_at(clean, period.start)
            if "%" not in clean[period.end : end] and not _DIGIT.search(
                clean[period.end : period.end + 6]
            ):
                said = (before.start(), end)
        if said and (claim is None or period.due > claim):
            claim, why = period.due, report.text.span(*said).text
    if claim is None:
        match = _ON_TIME.search(clean)
        if match and not _LATE.search(clean[max(0, match.start() - 4) : match.start()]):
            return as_of, report.text.span(*match.span()).text
    return claim, why


def _by_figures(milestone: Milestone, figures: dict, as_of: date, kinds: dict) -> None:
    actual = figures.get(milestone.indicator)
    if actual is None and milestone.indicator is None and milestone.percent is not None:
        actual = _least(figures, kinds)
    if actual is None or actual.percent is None and actual.value is None:
        return
    whole = milestone.indicator is None
    rate = "rate" in (kinds.values() if whole else [kinds.get(milestone.indicator)])
    if rate and milestone.due > as_of:
        return  # a rate has to hold until then
    wanted, reached, unit = None, None, "%"
    if milestone.value is not None and actual.value is not None and actual.basis == "derived":
        wanted, reached, unit = milestone.value, actual.value, ""
    elif milestone.percent is not None and actual.percent is not None:
        wanted, reached = milestone.percent, actual.percent
    if wanted is None:
        return
    if reached >= wanted:
        milestone.met, milestone.met_why = True, f"{reached}{unit}（计划{wanted}{unit}）"
    elif milestone.due <= as_of:
        milestone.met, milestone.met_why = False, f"{reached}{unit}（计划{wanted}{unit}）"


def _least(figures: dict, kinds: dict) -> Actual | None:
    """What stands for the item where each of its targets has a figure: the smallest."""
    known = [figures[index] for index in kinds if index in figures]
    if len(known) < len(kinds) or any(one.percent is None for one in known):
        return None
    return min(known, key=lambda one: one.percent)


def _clauses(report: Report) -> list[Clause]:
    clean, found, start = report.clean, [], 0
    for match in STOP.finditer(clean + "。"):
        if match.start() > start:
            words = clean[start : match.start()]
            aside = start >= report.problem_start
            index = best(words, report.known) if report.known else None
            found.append(Clause(words, _state(words), pairs(words), aside, index))
        start = match.end()
    return found


def _levels(report: Report) -> list[tuple[int, str, float, str]]:
    """(stage, state, what is surely past, words) of each clause of the status."""
    found = []
    for clause in report.clauses:
        if _MONEY.search(clause.words):
            continue
        back = {"done": 0, "ongoing": 0.5, "pending": 1.5}[clause.state]
        for stage, words in _STAGES:
            if words.search(clause.words):
                found.append((stage, clause.state, stage - back, clause.words))
    return found


def _state(clause: str) -> str:
    done = _DONE.search(clause)
    share = _CLAUSE_PERCENT.search(clause)
    if share and float(share.group(1)) < FULL:
        return "ongoing"
    if _PENDING.search(clause) and not _DONE_FIRST.search(clause):
        return "pending"
    ongoing = _ONGOING.search(clause)
    if ongoing and not done:
        return "ongoing"
    if ongoing and done and ongoing.start() < done.start() and not _ALREADY.search(clause):
        return "ongoing"
    if _IN_COURSE.search(clause):
        return "ongoing"
    return "done" if done else "ongoing"


def _by_words(report, milestone, levels, figures, as_of, basic) -> None:
    """Judge a stage by its words: by what is done, under way or still waited for."""
    if (
        basic
        and milestone.percent is not None
        and milestone.percent < FULL
        and not figures_of(figures)
    ):
        milestone.met, milestone.met_why = True, basic.group()
        return
    if milestone.due > as_of:
        _ahead_of_time(milestone, levels, report)
        return
    wanted = _wanted(milestone.text)
    if not wanted and _OF_MONEY.search(milestone.text):
        return  # 完成投资过半: the report's figures are not of the money
    counted = _stage_count(milestone, report)
    if counted is not None:
        milestone.met, milestone.met_why = counted
        return
    actual = figures.get(milestone.indicator) or figures.get(None)
    if actual is None and milestone.indicator is None:
        actual = next((a for a in figures.values() if a.percent or a.value), None)
    moving = actual is not None and bool(actual.percent or actual.value)
    waiting = _waited_for(milestone.text, report) or _still_going(milestone.text, report)
    past = max((level[2] for level in levels), default=0)
    others = _of_others(milestone, report)
    left = [
        level for level in levels
        if level[1] != "done" and level[0] <= wanted + 0.5 and level[3] not in others
        and (_REST.search(level[3]) or _some_still(level, wanted))
    ]  # fmt: skip
    same = [level for level in levels if level[0] == int(wanted + 0.5) and level[1] != "done"]
    if moving and milestone.percent is None and not left:
        milestone.met, milestone.met_why = True, actual.span.text if actual.span else ""
    elif left or waiting:
        milestone.met, milestone.met_why = False, waiting or left[-1][3]
    elif wanted and past >= wanted or wanted <= 2 and _under_way(levels):
        milestone.met, milestone.met_why = True, max(levels, key=lambda level: level[2])[3]
    elif 0 < wanted <= 2 and _begun(milestone.text, report, levels):
        milestone.met, milestone.met_why = True, "已启动"
    elif _repeats(milestone.text, report):
        milestone.met, milestone.met_why = True, "状态与该节点文字相同"
    elif wanted and same and (milestone.percent is None or same[-1][1] == "pending"):
        milestone.met, milestone.met_why = False, same[-1][3]


def _of_others(milestone: Milestone, report: Report) -> set[str]:
    """The clauses that name another target than the milestone's own."""
    own = milestone.indicator
    if own is None:
        return set()
    return {one.words for one in report.clauses if one.index not in (None, own)}


def _some_still(level: tuple[int, str, float, str], wanted: float) -> bool:
    """2座正在办理招标: some are still at the step that is wanted, or at one before it."""
    before = level[0] < wanted and wanted >= TENDER or FIRST_SURE <= level[0] == wanted <= TENDER
    return before and _SOME_STILL.search(level[3]) is not None


def _ahead_of_time(milestone: Milestone, levels, report: Report) -> None:
    """已完成招标 before it is due: that stage is met, unless something of it is left."""
    numbered = _DIGIT.search(milestone.text) or "层" in milestone.text
    counted = _stage_count(milestone, report) if numbered else None
    if counted is not None and counted[0]:
        milestone.met, milestone.met_why = counted
        return
    begins = milestone.percent is None and _ONLY_BEGINS.fullmatch(milestone.text)
    if begins and (begun := _BEGUN.search(report.clean, 0, report.problem_start)):
        milestone.met, milestone.met_why = True, begun.group()
        return
    wanted = _wanted(milestone.text)
    own = pairs(milestone.text)
    if milestone.percent is None and FIRST_SURE <= wanted < BUILT:
        for clause in report.clauses:
            same = len(own & clause.pairs) >= SAME_NAMES * len(own)
            if clause.state == "done" and same and _BUILT.search(clause.words):
                milestone.met, milestone.met_why = True, clause.words
                return
    if milestone.percent is not None or not FIRST_SURE <= wanted < BUILT:
        return
    left = any(level[1] != "done" and level[0] <= wanted for level in levels)
    done = [
        level for level in levels
        if level[1] == "done" and level[0] == wanted and _SAID_DONE.search(level[3])
    ]  # fmt: skip
    if done and not left:
        milestone.met, milestone.met_why = True, done[-1][3]


def _stage_count(milestone: Milestone, report: Report) -> tuple[bool, str] | None:
    """开工30台 planned, 累计开工52台 reported: numbers of the same step are compared."""
    if milestone.percent is not None:
        return None
    floors = _FLOORS.search(milestone.text)
    for clause in report.clauses if floors else ():
        reached = _FLOORS.search(clause.words)
        if reached and not clause.aside and clause.state != "pending":
            enough = worded_number(reached["floor"]) >= worded_number(floors["floor"])
            return enough, clause.words
    for stage, words in _STAGES[3:]:
        planned = words.search(milestone.text)
        if not planned or stage >= BUILT:
            continue
        wanted = [q for q in find_quantities(milestone.text) if not q.is_percent]
        wanted = [q for q in wanted if STOP.search(milestone.text, *_between(planned, q)) is None]
        for clause in report.clauses:
            found = words.search(clause.words)
            if not wanted or not found or clause.aside or clause.state == "pending":
                continue
            if found.group() != planned.group():
                continue
            for quantity in find_quantities(clause.words):
                near = abs(quantity.start - found.end()) <= 4 or quantity.end == found.start()
                if near and alike(quantity.unit, wanted[-1].unit):
                    return quantity.value >= wanted[-1].value, clause.words
    return None


def _between(match: re.Match, quantity: Quantity) -> tuple[int, int]:
    first, last = sorted((match.start(), quantity.start))
    return first, last


def _begun(text: str, report: Report, levels) -> bool:
    """Whether a stage that asks for no more than a beginning has begun."""
    if _BEGUN.search(report.clean):
        return True
    going = any(level[1] == "ongoing" for level in levels)
    return going and not _ASKS_RESULT.search(text)


def figures_of(figures: dict) -> bool:
    """Whether any figure of progress is known."""
    return any(a.percent is not None for a in figures.values())


def _under_way(levels) -> bool:
    """Whether anything beyond preparing is reported as done or going on."""
    return any(level[1] != "pending" and level[0] >= 3 for level in levels)


def _still_going(text: str, report: Report) -> str:
    """The clause that says that what should be finished is still going on."""
    if "完成" not in text:
        return ""
    own = pairs(text[:120])
    for clause in report.clauses:
        still = clause.state == "ongoing" and not clause.aside and _STILL.search(clause.words)
        if still and len(own & clause.pairs) >= 3:
            return clause.words
    return ""


def _waited_for(text: str, report: Report) -> str:
    """The clause that says that this very stage is still waited for; "" if none does."""
    own = pairs(text[:120])
    for clause in report.clauses:
        waits = clause.state == "pending" and not clause.aside and _WAITS.search(clause.words)
        if waits and len(own & clause.pairs) >= 2:
            return clause.words
    return ""


def _wanted(text: str) -> float:
    """The stage that a milestone's words ask for; half a step less for a mere beginning."""
    wanted = 0.0
    for clause in STOP.split(text):
        stages = [stage for stage, words in _STAGES if words.search(clause)]
        if stages:
            begins = _STARTS.search(clause) and "完成" not in clause
            wanted = max(wanted, stages[-1] - (0.5 if begins else 0))
    return wanted


def _repeats(text: str, report: Report) -> bool:
    """Whether many of a milestone's words return in what is not said to be pending."""
    own = pairs(text[:80])
    said: set[str] = set()
    wanted = ("done",) if "完成" in text else ("done", "ongoing")
    for clause in report.clauses:
        if clause.state in wanted:
            said |= clause.pairs
    return bool(own) and len(own & said) >= 0.45 * len(own)
