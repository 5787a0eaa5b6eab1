"""The words by which plans and reports say what stage is meant. Shared by both readers."""

import re

# Steps before anything of what is promised exists; a number beside them counts no result.
PREPARATION = re.compile(
    r"选址|选点|选位|布点|定点(?=$|[，。；、])|方案|设计|招标|招投标|招采|启动|开工|动工|摸排|排摸|摸底|排查|筛选|遴选|选择|调研|签订|签约|"
    r"报批|立项|申报|进场|采购|名单|勘察|勘查|图纸|预算|前期|规划|征求|报名|谋划|土地|征地|拆迁|审批|"
    r"确定|确认|明确|落实|下达|分解|部署|动员|计划书|备案|公示|论证|筹备|准备|初审|审查|评审|录入|待审核|"
    r"路基|路面|管沟|土方|信息采集|测绘|入户评估|到货|建档|鉴定|登记|桩基|承台|结顶|主体(?!功能)|施工|"
    r"第[一1](?:针|剂|轮)|首[针剂轮]|在建|正在|推进中|施工中|建设中|实施中"
)
# What comes after the work is done.
AFTERWARDS = re.compile(
    r"验收|考核|巩固|评估|查漏补缺|整改|迎检|迎接|开园|总结|维护|上报|保持|评价|回头看|台账|宣传|绩效|销号|"
    r"核验|抽检|审计|决算|移交|运维|管理|督导|核定|长效|服务|资料|归档"
)
# Words that bring something about: none of them may remain after the whole is done.
WORKS = re.compile(
    r"建设|施工|安装|改造|开工|完工|竣工|建成|投用|投入|完成(?!.{0,12}(?:验收|评估|总结|台账|整改|核验))"
)
# The whole is done.
WHOLE_DONE = re.compile(
    r"(?:全部|全面|整体|总体)(?:建设|改造|提升|安装|创建)?(?:完成|完工|建成|竣工|投用|投入使用|投入运[行营]|交付)|"
    r"完成(?:全年|年度|全部|本年度|当年|所有|各项|年初)(?:的)?(?:目标|建设|工作|改造|既定|计划|创建|实事)*(?:任务|工作|目标|建设|改造|项目|计划)数?|"
    r"(?:任务|项目|工程|工作)(?:已)?(?:全部|全面)?完成(?![\d一二三四五六七八九]|.{0,3}%)|完成(?:100%|百分之百)|100%完成(?!率)|(?:完成|实现)(?:目标)?任务(?:数|目标)?$"
)
# The last stage of works: done, if nothing that brings something about comes after.
LAST_STAGE = re.compile(
    r"验收|竣工|完工|建成|投用|投入使用|投入运[行营]|交付使用|开园|挂牌|通车|投运|销号|结顶|完成"
)
PARTIAL = re.compile(
    r"基本|部分|主体(?!功能)|首批|第[一二三]批|第一阶段|基础|其中|预验收|初步|半数|个别|分批|启动|开始|陆续"
)
NOT_OF_TASK = re.compile(
    r"投资|资金|装饰|装修|设备安装|设备采购|设备调试|路基|土方|桩基|拨付|支付|到位|开工率|满意|合格|优良|签约|征收|征地|拆迁|招生|主体工程的|利用率|入住率|使用率|核销|下降|增长|土建|结构|主体结构|设备采购"
)
NEAR_WORDS = 14  # characters before a percent that may name what it is of
# A rate of something else than the work as a whole: 到货率, 签约率, 安装率.
_RATE = re.compile(
    r"(?P<what>[^，。；、：\d%（）]{2})率(?:已|均|为|约|达到?|至|超过?|过|不低于|提高|提升|稳定|保持|在|到)*$"
)
_RATE_OF_TASK = frozenset(
    {"完成", "完工", "竣工", "建成", "达成", "实现", "办结", "进度", "投用", "执行"}
)
OF_TASK = re.compile(r"进度|任务|总(?!投)|累计|完成率|工程量|工作量|形象|目标|整体|总体|全年|年度")
STOP = re.compile(r"[，。；]")


# What is a preparation elsewhere is the thing itself where the target is worded so.
_SAME = {"采购": re.compile(r"购[置买]|配[备置]|采购|更新|更换"), "建档": re.compile(r"档案")}


def prepares(clause: str, names: str) -> bool:
    """Whether a clause speaks of a step before the result; ``names`` are the targets' words."""
    for match in PREPARATION.finditer(clause):
        word = match.group()
        if word not in names and not (word in _SAME and _SAME[word].search(names)):
            return True
    return False


# A percent of preparing: 入户评估完成100%.
_PREPARED = re.compile(
    r"(?P<what>选址|选点|方案|设计|招标|采购|摸底|摸排|排查|评估|勘察|测绘|图纸|审批|报批|立项|签约|征地|拆迁|备案|鉴定|登记|建档|到货|动员|报名)"
    r"(?:工作|任务|手续|编制)?(?:已|均|全部)*(?:完成|达到?|达成)(?:率)?(?:已|了|为|达到?)?$"
)


def of_preparing(before: str, names: str) -> str:
    """The step of preparing that the percent after these words is of; or ""."""
    match = _PREPARED.search(before[-NEAR_WORDS:])
    return match["what"] if match and match["what"] not in names else ""


def other_rate(before: str, names: str) -> str:
    """The rate before a percent that is neither 完成率 nor of the targets' words; or ""."""
    match = _RATE.search(before[-NEAR_WORDS:]) if "率" in before else None
    if not match or match["what"] in _RATE_OF_TASK or match["what"] in names:
        return ""
    return f"{match['what']}率"


LONGEST_CLAUSE = 300


def clause_at(clean: str, place: int, low: int = 0, high: int | None = None) -> tuple[int, int]:
    """The clause around a position: from the mark before it to the mark after it."""
    low = max(low, place - LONGEST_CLAUSE)
    high = min(len(clean) if high is None else high, place + LONGEST_CLAUSE)
    start = max(
        clean.rfind("，", low, place), clean.rfind("。", low, place), clean.rfind("；", low, place)
    )
    stop = STOP.search(clean, place, high)
    return (max(start + 1, low), stop.start() if stop else high)
