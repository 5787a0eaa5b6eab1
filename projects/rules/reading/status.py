"""What a report says: figures, stages that are done, completion, obstacles."""

import re
from datetime import date

from projects.rules.reading.actuals import read_actual
from projects.rules.reading.matching import counts_in_characters
from projects.rules.reading.quantities import alike, worded_number
from projects.rules.reading.report import FULL, NEXT_STEPS, PROBLEMS, Report, Status, prepare
from projects.rules.reading.stages import judge_milestones
from projects.rules.reading.text import Text
from projects.rules.reading.values import DOUBTFUL, LIKELY, Indicator, Milestone, Site, Sure
from projects.rules.reading.words import clause_at, prepares

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
_BARE_DONE = re.compile(r"(?:目前|现)?已?(?:全部|按期|如期|按时|顺利)?完成")
_BUT = re.compile(r"(?:但是?|不过|因此)?")


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
    report = prepare(text, year, as_of, counts_in_characters(indicators))
    status.figures = report.words.quantities
    _problems(report, status)
    declared = _declared(report, len(indicators))
    if declared is not None and _of_the_month(report, declared, indicators, milestones):
        report.claimed, declared = declared, None
    if declared is not None:
        status.completed, status.completed_span = True, text.span(*declared)
    status.actual = read_actual(report, indicators, sites, status)
    if as_of is not None:
        judge_milestones(report, indicators, milestones, status, as_of)
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


def _problems(report: Report, status: Status) -> None:
    clean = report.clean
    match = PROBLEMS.search(clean)
    if match:
        following = NEXT_STEPS.search(clean, match.end())
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


def _declared(report: Report, count: int) -> tuple[int, int] | None:
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
