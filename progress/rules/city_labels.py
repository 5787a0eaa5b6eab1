"""What the heads of a city's table mean: whose figures a column holds, and which.

Plain words in, plain values out. ``label_of`` reads one head cell, ``figure_of`` one figure.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from progress.rules.city_periods import TIME, is_time, without_start, without_time

AVERAGE, TOTAL = "全市平均", "全市合计"
OF_CITY = frozenset({AVERAGE, TOTAL})


class Role(StrEnum):
    """What a column, or a row, holds."""

    NUMBER = "number"
    ITEM = "item"
    LEVEL = "level"
    UNIT = "unit"
    COUNTY = "county"
    TARGET = "target"
    DONE = "done"
    PROGRESS = "progress"  # 进度: a percent, or how much is done
    PERCENT = "percent"
    PLAN = "plan"  # 计划进度, 序时进度: what should be done by now
    OTHER = "other"  # figures that are no progress: 得分, 完成投资
    RANK = "rank"
    COUNT = "count"
    BEST = "best"
    BEST_COUNTY = "best_county"
    NOTE = "note"


MEASURES = frozenset({Role.TARGET, Role.DONE, Role.PROGRESS, Role.PERCENT, Role.RANK})


# A column with somebody's figures holds none of these; they head the columns together.
NO_FIGURES = frozenset({Role.COUNTY, Role.ITEM, Role.NUMBER, Role.LEVEL})


class Known(NamedTuple):
    """Whose table it is read for: the county, the counties of its city as far as known, and
    the names of what lies above it, its city first."""

    own: str
    counties: Sequence[str] = ()
    above: Sequence[str] = ()


class Label(NamedTuple):
    """What one head cell says; ``subject`` is a county's name, AVERAGE or TOTAL."""

    role: Role | None = None
    subject: str | None = None

    def __bool__(self) -> bool:
        return self.role is not None or self.subject is not None


class Figure(NamedTuple):
    """A number as printed; ``unit`` is "%" or what else stands behind it."""

    value: float
    unit: str


NOTHING = Label()
MANY_WORDS = re.compile(r"[\W_]+")
OWN_WORDS = re.compile(r"^(?:[本我][县市区地]|全[县区])")
ALL_COUNTIES = r"(?:各?(?:县市区|市县区|县区市|县区|区县|区县市|地区|各地|县别|县名)|各[县市区])"
COUNTY_HEADS = re.compile(rf"{ALL_COUNTIES}(?:名称)?")
OF_ALL_COUNTIES = re.compile(rf"(?:全市)?{ALL_COUNTIES}(?=.)")
# What ends like a county and is none.
NO_COUNTY = re.compile(
    r".*(社区|小区|校区|景区|片区|街区|灾区|库区|城市|超市|菜市|全市|门市)$"
    r"|(主|老|中心)?城区$|(各|每|该|所有|其他|其余|有关|相关)[县市区]$"
)
A_COUNTY = re.compile(r"^([\u4e00-\u9fff]{1,7}?(?:县|市|区))(.*)$")
ROLES = (
    (Role.NUMBER, r"(项目)?(序号|编号)|序"),
    # How the rank has changed, or a rank among others than the city's counties, is none.
    (
        Role.OTHER,
        r".*(排名|排位|位次|名次)(变化|变动|升降|较上.*)|.*(全省|全国|组内|分组|分类).*排.*",
    ),
    (Role.RANK, r".*(排名|排位|位次|名次|排序).*"),
    (Role.COUNT, r"(参与|参评|参加).*数|县市区数|县数"),
    (
        Role.OTHER,
        r"(综合|考核|考评|评价|最终|总)*(得分|评分|分值|分数|总分|扣分|加分|权重)|(考核|评价)?(等次|等级)"
        r"|(计划|实际|已|完成|总|年度|项目)*(投资|资金)(额|完成额|完成率|完成比例|完成情况|总额|到位率)?"
        r"|同比|环比|增幅|增速|增长率?|(与|较|比).*(差|差距|差值|高低|增减)|差距|差值",
    ),
    (
        Role.PLAN,
        r"(计划|目标|序时|时序|时间|阶段|应达到?|应完成)+(完成)?(总体|形象)?(进度|进展)(要求|目标|比例|百分比|率)?"
        r"|(序时|应)(完成|达到)?(比例|百分比)",
    ),
    (Role.NOTE, r"备注|说明|最低.*|牵头单位|责任单位|省级?牵头.*|市级?牵头.*"),
    (
        Role.PERCENT,
        r"(目标|任务|实际|形象|总体|计划)*(完成)?(比例|比率|百分比|占比|率|进度百分比|形象进度)"
        r"|完成进度|实际进度|形象进度|进度比例|进度率",
    ),
    (Role.TARGET, r"(目标|计划)?(任务|目标)(任务|值|数|量)*|计划数|应完成(数)?"),
    (Role.DONE, r"(已|实际)+完成(数|量|值|任务数)?|完成(数|量|值|任务数)|实绩"),
    (Role.PROGRESS, r"(工作|实施|项目|总体|推进)?(进度|进展)(情况)?|完成(情况)?"),
    (Role.LEVEL, r"层级|级别|清单|项目层级"),
    (Role.UNIT, r"(计量)?单位"),
    (
        Role.ITEM,
        r"(民生)?(实事)?(项目|事项|条目|指标)(名称|内容)?|内容|民生实事|实事(名称|内容)?|名称"
        r"|(具体|主要|工作)内容",
    ),
)
ROLE_PATTERNS = tuple((role, re.compile(f"{TIME}(?:{words})")) for role, words in ROLES)
LONGEST_LABEL = 24

# 1.幼儿园 is an item, not one of them.
NUMBER = re.compile(r"^[约≈]?\s*(-?\d+(?:\.\d+)?)\s*((?![.、．)])[^\d\s]{0,6})$")
COUNTY_AND_FIGURE = re.compile(r"([\u4e00-\u9fff]{2,8})[:(]?(\d+(?:\.\d+)?%?)\)?")
FIGURE_AND_COUNTY = re.compile(r"(\d+(?:\.\d+)?%?)[:(]?([\u4e00-\u9fff]{2,8})\)?")
BRACKETS = re.compile(r"\(([^()]*)\)")
UNITS = re.compile(
    r"[十百千万亿]*(元|平方米|㎡|平米|立方米|公里|千米|米|亩|公顷|个|户|人|人次|名|所|家|座|处|件|项|条|只"
    r"|台|辆|张|套|例|吨|株|间|栋|幢|部)"
)
IN_ALL = {"已完成": 100.0, "完成": 100.0, "全部完成": 100.0, "已全部完成": 100.0}
FULL_WIDTH = str.maketrans("０１２３４５６７８９．％，－／（）：", "0123456789.%,-/():")
SAID_NOTHING = frozenset({"", "-", "—", "——", "–", "/", "\\", "无", "暂无", "未报", "缺", "*", "…"})


def bare(text: str) -> str:
    """A text without spaces, marks and what stands in brackets; 1—4月 is 4月."""
    plain = without_start(text.translate(FULL_WIDTH))
    return MANY_WORDS.sub("", re.sub(r"\((?!市)[^()]*\)", "", plain)) or MANY_WORDS.sub("", plain)


def short(name: str) -> str:
    """A county's name as tables shorten it: 苍南县 is 苍南; two characters stay."""
    return name[:-1] if len(name) > 2 and name[-1] in "县市区" else name


def label_of(text: str, known: Known) -> Label:
    """What a head cell means; empty where it is no label (an item's wording, a title)."""
    words = bare(text)
    if not words or len(words) > LONGEST_LABEL:
        return NOTHING
    if COUNTY_HEADS.fullmatch(words):
        return Label(Role.COUNTY)
    if words.startswith(("最高", "最好", "全市最高", "全市最好")):
        return Label(Role.BEST_COUNTY if words.endswith(("县", "县市区")) else Role.BEST)
    subject, rest = _subject(words, known)
    if subject is None:
        # 4月苍南县完成率, as well as 苍南县4月.
        subject, rest = _subject(without_time(words), known)
    if subject is None:
        group = OF_ALL_COUNTIES.match(words)
        return Label(_role(words) or (_role(words[group.end() :]) if group else None))
    if not rest or is_time(rest):
        return Label(None, subject)
    role = _role(rest)
    if role is Role.RANK and subject in OF_CITY:
        return Label(Role.RANK)
    # 苍南县 and more words that say nothing known: not a column of figures.
    return NOTHING if role is None else Label(role, subject)


def county_of(text: str, known: Known) -> str | None:
    """The county, AVERAGE or TOTAL that a cell names and nothing else."""
    label = label_of(text, known)
    return label.subject if label.role is None else None


def _subject(words: str, known: Known) -> tuple[str | None, str]:
    for place, name in enumerate(known.above):
        if words.startswith(name):
            # 温州市苍南县 is the county, 温州市 alone the whole city.
            rest = words[len(name) :]
            found = _subject(rest, known._replace(above=())) if rest else (None, "")
            if found[0] is None and place == 0 and (not rest or _role(rest)):
                return TOTAL, rest
            return found if found[0] else (None, words)
    if found := re.match(rf"^(全市)?{ALL_COUNTIES}(平均|均值)(值|水平|数)?", words):
        return AVERAGE, words[found.end() :]
    if found := re.match(r"^(全市)?(平均|均值)(值|水平|数)?", words):
        return AVERAGE, words[found.end() :]
    if found := re.match(r"^(全?市)(平均|均值|均)(值|水平)?|^全市(.{0,6})平均(值|水平)?", words):
        return AVERAGE, words[found.end() :]
    if OWN_WORDS.match(words):
        return known.own, words[2:]
    names = {known.own: known.own, short(known.own): known.own}
    names |= {name: name for name in known.counties}
    names |= {short(name): name for name in known.counties if len(short(name)) > 1}
    for name in sorted(names, key=len, reverse=True):
        if words.startswith(name):
            return names[name], words[len(name) :]
    if found := re.match(r"^(全市合计|全市总计|全市|合计|总计|市合计|小计)", words):
        return TOTAL, words[found.end() :]
    found = A_COUNTY.match(words)
    if found and len(found[1]) > 1 and not NO_COUNTY.match(words):
        rest = words[len(found[1]) :]
        if (not rest or _role(rest)) and not NO_COUNTY.match(found[1]):
            return found[1], rest
    return None, words


def _role(words: str) -> Role | None:
    return next((role for role, pattern in ROLE_PATTERNS if pattern.fullmatch(words)), None)


def says_nothing(text: str) -> bool:
    """Whether a cell is left open: empty, a dash, 未报."""
    return text.strip() in SAID_NOTHING


def figure_of(text: str) -> Figure | None:
    """A figure as printed: 42.5%, 0.425, 1,200户; None where a cell holds none."""
    plain = re.sub(r"[\s,]", "", text.translate(FULL_WIDTH))
    if plain in IN_ALL:
        return Figure(IN_ALL[plain], "%")
    found = NUMBER.match(plain)
    return Figure(float(found[1]), found[2]) if found else None


def best_of(text: str) -> tuple[str, str] | None:
    """(county, figure's text) of 鹿城区（62%）, 62%（鹿城区）; None where it does not say both."""
    plain = re.sub(r"\s", "", text.translate(FULL_WIDTH))
    found = COUNTY_AND_FIGURE.fullmatch(plain)
    if found:
        return found[1], found[2]
    found = FIGURE_AND_COUNTY.fullmatch(plain)
    return (found[2], found[1]) if found else None


def unit_in(head: str) -> str:
    """The unit of measure that a head names in brackets: %, 万元; "" where it names none."""
    plain = head.translate(FULL_WIDTH)
    if "%" in plain:
        return "%"
    return next((told for told in BRACKETS.findall(plain) if UNITS.fullmatch(told)), "")


def rank_of(text: str) -> tuple[int | None, int | None]:
    """(rank, among how many) of 3, 第3, 3/12, 并列第3名; None where it is not said."""
    plain = re.sub(r"\s", "", text.translate(FULL_WIDTH))
    found = re.fullmatch(r"(?:并列)?第?(\d{1,3})名?(?:[/／](\d{1,3}))?(?:\.0+)?", plain)
    if not found:
        return None, None
    return int(found[1]), int(found[2]) if found[2] else None
