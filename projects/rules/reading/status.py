"""What a report says: figures, stages that are done, completion, obstacles."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date

from projects.rules.reading.matching import (
    Profile,
    Words,
    assign,
    best,
    counts_in_characters,
    in_entries,
    only_among,
    pairs,
    phrases_of,
    profiles,
)
from projects.rules.reading.periods import Period, find_periods
from projects.rules.reading.quantities import (
    Quantity,
    alike,
    find_quantities,
    find_worded,
    rounded,
    share,
    worded_number,
)
from projects.rules.reading.text import Text, around, brackets, inside
from projects.rules.reading.values import (
    DOUBTFUL,
    LIKELY,
    Actual,
    Indicator,
    Leftover,
    Milestone,
    Number,
    Site,
    Span,
    Sure,
)
from projects.rules.reading.words import (
    NOT_OF_TASK,
    OF_TASK,
    PREPARATION,
    STOP,
    clause_at,
    of_preparing,
    other_rate,
    prepares,
)

_PROBLEMS = re.compile(
    r"(?:目前|主要)?(?:存在|面临)(?:的|主要)*(?:问题|困难|不足)(?:和困难|及困难|及原因|和不足)?(?:是|有|为)?[：，]*|(?:问题|困难|滞后原因|未完成原因)(?:是|：)"
)
_NEXT_STEPS = re.compile(r"下一?步(?:工作)?(?:计划|打算|安排|将)?|下阶段")
_OBSTACLE = re.compile(
    r"(?:资金|经费|用地|土地|指标|设备|手续|政策)[^，。；]{0,12}(?:未到位|未落实|未下达|短缺|不足|紧张|缺口|滞后|未批复|未解决|没有)|缺乏|"
    r"因[^，。；]{2,24}(?:未|不|无法|(?:困难|受限)(?=[，。；]|$))|(?<![基病起诱])因(?!地制宜|[户村校人]施策|素|此)[^，。；]{2,24}，(?:(?:目前|至今|尚|还|仍|暂)+未(?!来)|未(?:能|完成|开工|启动))|因[^，。；]{2,24}(?:暂停|暂缓|延误|延期|滞后|推迟|搁置|中断|放缓)|(?:进[度展]|工期|工程|施工|建设)[^，。；]{0,4}(?<![不未无])(?:滞后|缓慢|偏慢|较慢|延误)|(?<![未不])[受因][^，。；]{1,20}影响，?[^，。；]{0,16}(?:滞后|偏慢|较慢|缓慢|延误|延期|推迟|暂停|放缓|无法|未(?!来))|受阻|停工|难度(?:较|很)?大|推进(?:困难|缓慢)|尚未落实|原因(?:是|为|：|在于)|影响(?:工程|施工|项目|建设)?进度|积极性不高|不积极"
)
_NO_PROBLEM = re.compile(
    r"(?:目前|均|都)?(?:暂?时?无|没有|暂?未发现)(?:存在)?(?:明显|突出|其他)?(?:的?问题|困难)?"
)
_DECLARED = re.compile(
    r"(?:该|本)(?:项|个)?(?:民生)?(?:实事|项目|任务|工程|事项|工作)(?:项目|任务|工作)?(?:已|均已|现已)(?:经)?"
    r"(?:全部|全面|提前|超额|圆满|顺利|如期|按期|按时|整体)*(?:完成|办结|完工|竣工|建成)"
    r"|(?:已|提前|超额|圆满|全面|全部|如期|顺利|按期|按时)(?:经|提前|超额|圆满|全面|全部|如期|顺利)*完成了?"
    r"(?:全年|年度|本年度|今年|当年|年初|既定|\d{4}年度?)(?:的|下达|确定)*(?:目标|建设|民生实事|工作|改造|各项|实事)*(?:任务|目标|工作|计划|指标)数?"
    r"|(?:全年|年度|年度目标|目标|全年目标|各项)任务(?:已|均已|现已)(?:经)?(?:全部|全面|提前|超额|圆满|如期)*完成"
    r"|(?:各项|全部|所有)(?:民生实事|目标|建设|工作)?(?:指标|任务|目标|项目)(?:均|都)已?(?:全部|超额|提前|圆满)*完成(?!率)"
    r"|(?<![第十\d])(?P<tasks>[两二三四五六七八九十]|\d{1,2})项(?:目标|工作|建设|重点)*(?:任务|指标)(?:均|都|全部)已?(?:全部|超额|提前|圆满)*完成(?!率)"
    r"|(?:全年|年度|目标|各项)(?:目标|工作|建设)?任务(?:全部|全面|提前|超额|圆满|如期)+完成(?!率)"
    r"|(?<![^，。；、])(?:项目|工程|(?:建设|工作|改造|目标|各项)?任务)(?:目前|现)?(?:已|均已|现已)(?:经)?(?:全部|全面|提前|整体|圆满)*"
    r"(?:完成(?!率)|完工|竣工(?:验收)?|建成|投用|投入使用|销号)"
    r"|(?<![^。；])(?:目前|现)?(?:已)(?:全部|全面|提前|超额|圆满|如期|按期)*(?:完成|办结|完工|竣工|销号)(?=。|；|，|$|并|\()"
    r"|(?<![^。；])(?:提前|超额|全部|圆满|全面)(?:全部|超额)?完成(?=。|；|，|$)"
)
_DECLARED_NOT = re.compile(
    r"基本|预计|计划|力争|确保|将|拟|争取|可望|有望|未(?!来)|尚|季度|上半年|\d月|主体|部分|阶段|待|年底前|月底前|条件|如"
)
_AFTER_DECLARED = re.compile(
    r"的?\s*(?:约|近|总数的|量的|数的)*[\d百一二三四五六七八九]|率|.{0,2}%|[^，。；]{0,12}(?:设计|选址|招标|方案|图纸|审批|进度)"
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
_CLAUSE_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)%")
_STILL = re.compile(r"正在|推进中|进行中|办理中")
_RATE_CUE = re.compile(r"率|比|达|占|进度|任务|≥|不低于|持续|保持")
_ENTRY = re.compile(
    r"(?:^|(?<=[。；]))(?:\d{1,2}[.、](?=\D)|[①-⑳]|（(?:\d{1,2}|[一二三四五六七八九十])）)"
)
_EACH = re.compile(r"(?:各[^，。；、\d]{0,4}|每[^，。；、\d]{0,6}|人均|平均)$")
_MONEY = re.compile(r"经费|资金|万元|投资")
_REST = re.compile(r"未(?!来)|还有|其余|尚|另有|仍")
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
_UNFINISHED = re.compile(
    r"完成(?:装修|装饰|粉刷|浇筑|吊顶)|封顶|结顶|(?:进行|进入)(?:装修|装饰|调试)"
)
_FINISHED = re.compile(r"建成|投用|投入|完工|竣工|启用|开放|交付")
_IN_PLACE = re.compile(r"建成|投[用放]|完工|竣工|启用|开放|交付|安装|发放|敷设|铺设|到位")
_BUILT = re.compile(r"已(?:全部|全面)?(?:完工|竣工|建成|投用)")
_SAID_DONE = re.compile(r"完成(?!率)(?!.*\d)")
_OF_MONEY = re.compile(r"完成(?:总)?投资|投资(?:额)?(?:完成|过半|达)")
_BARE_DONE = re.compile(r"(?:目前|现)?已?(?:全部|按期|如期|按时|顺利)?完成")
_ROUGHLY = re.compile(r"基本|初步|大部分")
_BASIC = re.compile(r"基本(?:完成|建成)")
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
FULL = 100.0
FIRST_SURE = 3  # from this step on a step done is surely the one that was planned
SHORT_NOUN = 3
TENDER = 5  # the step from which on the order of steps is sure
BUILT = 8  # the step at which something stands
MOST_STATED = 20  # percents of one target; a report has one or two
SAME_NAMES = 0.5  # share of a stage's words that stand in a clause of the same places
AGREES = 0.6  # percent points
# A figure beyond a hundred times the target is a slip or speaks of something else.
MOST_PERCENT = 10_000
_BUT = re.compile(r"(?:但是?|不过|因此)?")
_RESULT = re.compile(r"完工|建成|完成|竣工|投用|已|惠及|受益")
_CHANGES = re.compile(r"(?:增长|下降|提高|减少|增加|占|同比)[^，。；]{0,6}$")
_PERCENT_CUE = re.compile(r"完成|进度|达|过|至|建设|率|任务|已|为")
_VERB = re.compile(r"已|完成|达|目前|建设")
_SCOPE = re.compile(r"^[^，、即（]{0,12}%")
_OF_WORK = re.compile(r"进度|任务|工作量")
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


@dataclass(slots=True)
class Status:
    """What was read from a status."""

    actual: list[Actual] = field(default_factory=list)
    completed: bool = False
    completed_span: Span | None = None
    problems: str | None = None
    problems_span: Span | None = None
    problems_sure: Sure = field(default_factory=Sure)
    leftovers: list[Leftover] = field(default_factory=list)
    figures: list[Quantity] = field(default_factory=list)  # all numbers, used or not


@dataclass(slots=True)
class _Clause:
    """A clause of a status: "done", "ongoing" or "pending"."""

    words: str
    state: str
    pairs: set[str]
    aside: bool  # whether it stands among obstacles or next steps
    index: int | None = None  # the target that it names, if there are several


@dataclass(slots=True)
class _Report:
    """A status prepared for the questions that follow."""

    text: Text
    words: Words
    clean: str
    round_brackets: list[tuple[int, int]]
    as_of: date | None
    problem_start: int  # from here on the text speaks of obstacles or next steps
    periods: list[Period]
    clauses: list[_Clause] = field(default_factory=list)
    claimed: tuple[int, int] | None = None  # where what was due is said to be done
    known: list[Profile] = field(default_factory=list)


def read_status(
    text: Text,
    indicators: list[Indicator],
    sites: list[Site],
    milestones: list[Milestone],
    year: int,
    as_of: date | None,
) -> Status:
    """Read a status; sets ``met`` and ``met_why`` of the milestones when ``as_of`` is given."""
    status = Status()
    if not text.clean:
        return status
    report = _report(text, year, as_of, counts_in_characters(indicators))
    status.figures = report.words.quantities
    _problems(report, status)
    declared = _declared(report, len(indicators))
    if declared is not None and _of_the_month(report, declared, indicators, milestones):
        report.claimed, declared = declared, None
    if declared is not None:
        status.completed, status.completed_span = True, text.span(*declared)
    status.actual = _actual(report, indicators, sites, status)
    if as_of is not None:
        _judge(report, indicators, milestones, status, as_of)
        _whole_plan(status, milestones, as_of)
    return status


def _whole_plan(status: Status, milestones: list[Milestone], as_of: date) -> None:
    """A plan of one stage that the report says is done, without a figure: all is done."""
    if len(milestones) != 1 or milestones[0].due > as_of or not milestones[0].met:
        return
    actual = status.actual[0]
    if len(status.actual) == 1 and actual.percent is None and milestones[0].percent == FULL:
        actual.percent, actual.basis = FULL, "complete"
        actual.sure = Sure(LIKELY, "进度安排只有一个节点，状态写明该节点已完成")


def _report(text: Text, year: int, as_of: date | None, worded: bool) -> _Report:
    clean = text.clean
    match = _PROBLEMS.search(clean)
    following = _NEXT_STEPS.search(clean)
    starts = [m.start() for m in (match, following) if m]
    return _Report(
        text, Words(text, worded), clean, brackets(clean), as_of, min(starts, default=len(clean)),
        find_periods(clean, year),
    )  # fmt: skip


def _problems(report: _Report, status: Status) -> None:
    clean = report.clean
    match = _PROBLEMS.search(clean)
    if match:
        following = _NEXT_STEPS.search(clean, match.end())
        end = following.start() if following else len(clean)
        start = match.end()
        while end > start and clean[end - 1] in "，；：、":
            end -= 1
        if end > start and not _NO_PROBLEM.fullmatch(clean[start:end].strip("。，；")):
            status.problems_span = report.text.span(start, end)
    else:
        found = _OBSTACLE.search(clean)
        if found:
            start, end = clause_at(clean, found.start())
            end = max(end, clause_at(clean, found.end() - 1)[1])
            start += len(_BUT.match(clean[start:end]).group())
            status.problems_span = report.text.span(start, end)
            status.problems_sure = Sure(DOUBTFUL, "原文没有写明“存在问题”，按字面读取")
    if status.problems_span:
        status.problems = status.problems_span.text


def _declared(report: _Report, count: int) -> tuple[int, int] | None:
    """Where the status says that the item is done; ``count`` are its targets."""
    clean = report.clean
    for match in _DECLARED.finditer(clean, 0, report.problem_start):
        if match["tasks"] and worded_number(match["tasks"]) != count:
            continue
        start, _end = clause_at(clean, match.start())
        before = clean[start : match.start()]
        if _DECLARED_NOT.search(before) or _DECLARED_NOT.search(match.group()):
            continue
        if _AFTER_DECLARED.match(clean, match.end()):
            continue
        return match.span()
    return None


def _of_the_month(report, declared, indicators, milestones) -> bool:
    """已完成。已制定方案。 in a monthly table: what was due is done, not the whole."""
    clean, as_of = report.clean, report.as_of
    start, end = declared
    if as_of is None or not _BARE_DONE.fullmatch(clean, start, end):
        return False
    rest = clean[end:].strip("，。；")
    if not rest or not any(m.due > as_of for m in milestones):
        return False
    units = {i.unit: i.target for i in indicators if i.kind == "quantity"}
    figures = report.words.between(end, report.problem_start)
    shares = [q.value for q in figures if q.is_percent]
    shares += [
        FULL * q.value / target
        for q in figures
        for unit, target in units.items()
        if not q.is_percent and target and alike(q.unit, unit)
    ]
    names = "".join(i.name for i in indicators)
    return max(shares) < FULL if shares else prepares(rest, names)


# --- figures ------------------------------------------------------------------


def _actual(report, indicators, sites, status) -> list[Actual]:
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


def _numbered(report: _Report, phrases, count: int) -> list[int | None]:
    """1.… 2.… 3.… for as many targets: each entry speaks of its own."""
    starts = [match.start() for match in _ENTRY.finditer(report.clean)]
    if len(starts) != count or not starts or starts[0] > 4:
        return []
    return [max(bisect_right(starts, begin) - 1, 0) for begin, _end in phrases]


def _entered(report: _Report, phrases, known, indicators) -> list[int | None]:
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


def _aside(report: _Report, quantity: Quantity) -> bool:
    """Whether a figure stands among obstacles, plans or parts of a sum."""
    clean = report.clean
    if quantity.start >= report.problem_start:
        return True
    start, _end = clause_at(clean, quantity.start)
    start = max(start, clean.rfind("：", start, quantity.start) + 1)
    return bool(_FUTURE.search(clean, start, quantity.start)) or _ahead(report, start, quantity)


def _ahead(report: _Report, start: int, quantity: Quantity) -> bool:
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
    report: _Report, quantity: Quantity, accepted: list[Quantity], is_target: bool = False
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


def _part_begins(report: _Report, sentence: int, place: int) -> int:
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


def _one_site(report: _Report, quantity: Quantity, names: list[str]) -> str:
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


def _counts(report: _Report, indicators, index_of) -> list[Quantity]:
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
    if _BASIC.search(clean, quantity.end, end):
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
    if _BASIC.search(clean, start, chosen.start):
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


# --- milestones ---------------------------------------------------------------


def _judge(report, indicators, milestones, status, as_of) -> None:
    claim, why = _claimed(report, as_of)
    figures = {a.indicator: a for a in status.actual}
    report.clauses = _clauses(report)
    levels = _levels(report)
    kinds = {place: indicator.kind for place, indicator in enumerate(indicators)}
    basic = _BASIC.search(report.clean, 0, report.problem_start)
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


def _claimed(report: _Report, as_of: date) -> tuple[date | None, str]:
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


def _clauses(report: _Report) -> list[_Clause]:
    clean, found, start = report.clean, [], 0
    for match in STOP.finditer(clean + "。"):
        if match.start() > start:
            words = clean[start : match.start()]
            aside = start >= report.problem_start
            index = best(words, report.known) if report.known else None
            found.append(_Clause(words, _state(words), pairs(words), aside, index))
        start = match.end()
    return found


def _levels(report: _Report) -> list[tuple[int, str, float, str]]:
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


def _of_others(milestone: Milestone, report: _Report) -> set[str]:
    """The clauses that name another target than the milestone's own."""
    own = milestone.indicator
    if own is None:
        return set()
    return {one.words for one in report.clauses if one.index not in (None, own)}


def _some_still(level: tuple[int, str, float, str], wanted: float) -> bool:
    """2座正在办理招标: some are still at the step that is wanted, or at one before it."""
    before = level[0] < wanted and wanted >= TENDER or FIRST_SURE <= level[0] == wanted <= TENDER
    return before and _SOME_STILL.search(level[3]) is not None


def _ahead_of_time(milestone: Milestone, levels, report: _Report) -> None:
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


def _stage_count(milestone: Milestone, report: _Report) -> tuple[bool, str] | None:
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


def _begun(text: str, report: _Report, levels) -> bool:
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


def _still_going(text: str, report: _Report) -> str:
    """The clause that says that what should be finished is still going on."""
    if "完成" not in text:
        return ""
    own = pairs(text[:120])
    for clause in report.clauses:
        still = clause.state == "ongoing" and not clause.aside and _STILL.search(clause.words)
        if still and len(own & clause.pairs) >= 3:
            return clause.words
    return ""


def _waited_for(text: str, report: _Report) -> str:
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


def _repeats(text: str, report: _Report) -> bool:
    """Whether many of a milestone's words return in what is not said to be pending."""
    own = pairs(text[:80])
    said: set[str] = set()
    wanted = ("done",) if "完成" in text else ("done", "ongoing")
    for clause in report.clauses:
        if clause.state in wanted:
            said |= clause.pairs
    return bool(own) and len(own & said) >= 0.45 * len(own)
