"""Numbers with units, and percents."""

import re
from dataclasses import dataclass

from projects.rules.reading.values import Number

# Units of measure by what they may stand for: one list may say 所, the next 个.
PLACES = frozenset("个家所座处点站")
PEOPLE = frozenset({"人", "名", "位", "人次", "例"})
ROADS = frozenset({"公里", "千米", "米", "km"})
AREAS = frozenset({"平方米", "平米", "㎡", "m²"})
MONEY = frozenset({"元"})
# What is measured and not counted: one thing may have many of it.
MEASURES = ROADS | {"平方公里", "平方米", "立方米", "公顷", "平米", "㎡", "亩", "吨", "方"}
# What is measured in time or age is no target of an item.
_TIME_WORDS = """
年 个月 月 天 日 小时 分钟 岁 周岁 周 个工作日 工作日 周年 分 级 星 号 度 楼 层 届
"""
TIMES = frozenset(_TIME_WORDS.split())
KINDS = frozenset({"类", "种", "大类", "种类", "方面"})
_UNIT_WORDS = """
千伏安 兆伏安 千瓦时
平方公里 平方千米 平方米 立方米 公里 千米 公顷 公斤 千克 千瓦 兆瓦 平米 人次 人日 批次 场次
班次 车次 台次 件次 户次 例次 个工作日 工作日 个百分点 个月 小时 分钟 周岁 周年 课时 学时
大类 种类 方面 趟次 家次 km ㎡ m² m 米 亩 吨 升 方 人 名 位 例 户 家 所 座 处 个 台 套 张 条
辆 艘 批 场 栋 幢 间 件 项 次 起 根 盏 口 块 枚 株 棵 门 部 份 册 本 篇 支 只 头 匹 扇 组 对
宗 桩 笔 单 种 类 款 段 片 道 孔 眼 尾 羽 箱 瓶 盒 节 堂 讲 元 年 月 天 日 岁 周 分 级 星 号
度 楼 层 期 届 趟 架 把 床 柜 池 井 车 队 班 村 剂次 剂 针次 人份 台班 家庭 路 页 卷 幅 桶
"""
_UNITS = _UNIT_WORDS.split()
_KNOWN = frozenset(_UNITS)
# Single characters that begin another word are no units there.
_NOT_BEFORE = {
    "人": "才群均力工口民社大", "名": "称", "位": "于", "家": "庭长", "户": "外籍",
    "所": "有在需", "个": "别", "场": "所地馆", "项": "目", "方": "案面式便向法",
    "处": "理于置级", "条": "件例", "件": "套", "度": "假", "期": "间末", "部": "门分署",
    "口": "袋", "对": "接应于口", "单": "位", "元": "旦", "点": "位", "张": "家", "次": "日年",
    "段": "时", "片": "区", "道": "路", "节": "点", "起": "来", "组": "织", "分": "之别类批钟",
    "级": "别", "本": "级地", "支": "持付", "只": "要", "班": "级", "队": "伍", "车": "位间",
    "村": "庄级委民", "井": "盖", "床": "位", "柜": "台", "天": "然", "日": "间", "月": "份均",
    "年": "级", "批": "复准", "路": "公车段口基面灯网由", "份": "额", "米": "级",
    "页": "岩面", "卷": "烟宗", "桶": "装",
}  # fmt: skip


def _unit_pattern() -> str:
    parts = []
    for unit in sorted(_UNITS, key=len, reverse=True):
        word = re.escape(unit)
        if unit in _NOT_BEFORE:
            word += f"(?![{_NOT_BEFORE[unit]}])"
        parts.append(word)
    # A unit nobody thought of: one or two characters that end the phrase.
    parts.append(
        r"(?![省国县乡]道|[月年日季时县区省市镇路线街巷弄国与和及至到])[\u4e00-\u9fff]{1,2}(?=[，。；、（）]|$)"
    )
    return "|".join(parts)


_UNIT = _unit_pattern()
_OTHER_NAME = "|".join(re.escape(unit) for unit in _UNITS)
# Nouns that follow a bare number and tell what is counted.
_PERSONS = (
    r"(?:老年人|高危人群|人群|居民|学生|儿童|妇女|群众|对象|职工|女生|男生|师生|劳动者|老人|残疾人|青年|村民|"
    r"适龄|新生儿|孕妇|孕产妇|困难|低收入|\d+(?:-\d+)?(?:周)?岁)"
)
_THINGS = r"(?:学位|岗位|床位|车位|泊位|托位|停车位|充电桩|就业岗位|公益性岗位|摊位|点位|铺位)"
_FIND = re.compile(
    r"(?=[\d≥>百一二三四五六七八九])(?:"
    r"(?:(?<![\dA-Za-z.第〔])|(?<=AED|LED)|(?<=[A-Z]{2})(?=\d{1,4}[台套辆架]))(?P<bound>≥|>)?"
    r"(?P<number>\d{1,12}(?:\.\d{1,6})?)(?:-(?P<upper>\d{1,12}(?:\.\d{1,6})?))?"
    r"(?:(?P<percent>%)|(?P<times>万|亿|千(?![米瓦克伏])|百(?!分))?(?P<more>余|多)?"
    rf"(?P<unit>{_UNIT})(?P<also>（(?:{_OTHER_NAME})）)?"
    rf"|(?P<times2>万|亿|千|百)?(?P<more2>余|多)?(?:以上)?(?=(?P<people>{_PERSONS})|(?P<things>{_THINGS})))"
    r"(?P<after>以上|以内|左右|以下)?"
    r"|百分之(?P<hundredth>[零〇一二三四五六七八九十百点\d.]{1,8})"
    r"|(?P<tenths>[一二三四五六七八九\d])成(?![立为功果员效都就长本年人绩片])"
    r")"
)
# Beyond this no figure of a county's list is meant, and none is stored.
MOST_VALUE = 10**11
_TIMES = {"万": 10_000, "亿": 100_000_000, "千": 1000, "百": 100}
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_BEFORE = re.compile(r"(?:约|近|超过?|不少于|不低于|至少|达到?|≥|>|突破|逾)$")
_PLAIN = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,6})?)(?P<times>万)?")
# Two strokes at least: one parts what is done from what is to be done, or a day from a month.
_STROKES = re.compile(r"(?<![\d./A-Za-z])(?:\d{1,9}(?:\.\d{1,6})?万?/){2,9}$")
# A counted noun with the number in words, where no figures are given.
_WORDED = re.compile(
    r"(?<![第一二三四五六七八九十两\d])(?P<number>[两一二三四五六七八九十百]{1,5})"
    r"(?P<unit>所|座|家|个(?![别月体性人])|条(?!件|例|龙|街)|处(?!理|于|置)|台(?!账)|套|栋|项(?!目)|户|名(?!称)|辆|张(?!图|网|表|床)|间(?!隔|接|断)|公里|亩)"
)


@dataclass(slots=True)
class Quantity:
    """A number with its unit; ``start`` and ``end`` are places in the clean text."""

    start: int
    end: int
    value: Number
    unit: str  # "%" for percents
    about: str = ""  # 约, 余, 以上, 左右 …
    implied: bool = False  # the unit is not printed but follows from the noun
    worded: bool = False  # the number is written in characters
    bracketed: bool = False  # a unit with its other name in brackets, 套（间）
    least: Number | None = None  # the lower end of a range

    @property
    def is_percent(self) -> bool:
        return self.unit == "%"


def number(text: str, times: str | None = None) -> Number:
    """The value of decimal digits, with 万 and the like; whole numbers as int."""
    value = float(text) if "." in text else int(text)
    if times:
        value = value * _TIMES[times]
    return neat(value)


def neat(value: Number) -> Number:
    """Rounded to four decimals, as int where nothing stands behind the point."""
    if isinstance(value, int):
        return value
    value = round(value, 4)
    return int(value) if value.is_integer() else value


def worded_number(text: str) -> Number | None:
    """The value of a number in characters up to 百, or of digits; None if it is none."""
    if not text:
        return None
    if text[0].isdigit():
        try:
            return number(text)
        except ValueError:
            return None
    whole, _, decimals = text.partition("点")
    total, digit = 0, 0
    for character in whole:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character == "十":
            total += (digit or 1) * 10
            digit = 0
        elif character == "百":
            total += (digit or 1) * 100
            digit = 0
        else:
            return None
    total += digit
    if decimals:
        places = [str(_DIGITS[c]) for c in decimals if c in _DIGITS]
        return neat(float(f"{total}.{''.join(places) or '0'}"))
    return total


def find_quantities(clean: str) -> list[Quantity]:
    """All numbers with units and all percents of a text, in order."""
    found = []
    for match in _FIND.finditer(clean):
        start, end = match.span()
        digits = match["number"]
        if digits is None:
            quantity = _in_words(match)
            if quantity is not None:
                found.append(quantity)
            continue
        about = match["bound"] or match["after"] or match["more"] or match["more2"] or ""
        if not about and start:
            before = _BEFORE.search(clean, max(0, start - 3), start)
            about = before.group() if before and before.group()[0] not in "达突" else ""
        if match["percent"]:
            # A range of percents: its upper end is what is to be reached.
            text = match["upper"] or digits
            found.append(Quantity(start, end, number(text), "%", about))
            continue
        unit, also = match["unit"], match["also"]
        if unit not in _KNOWN and unit is not None and start and clean[start - 1] in "-：:":
            continue  # 1:3比例, C-08a-1地块
        implied = unit is None
        if implied:
            unit = "人" if match["people"] else "个"
            if match["people"] and not (match["times2"] or len(digits) > 2):
                continue
        if unit not in TIMES and match["upper"] and unit not in KINDS:
            about = about or "区间"
        value = number(match["upper"] or digits, match["times"] or match["times2"])
        if value >= MOST_VALUE:
            continue
        times = match["times"] or match["times2"]
        least = number(digits, times) if match["upper"] and about == "区间" else None
        unit += also or ""
        found.append(
            Quantity(start, end, value, unit, about, implied, bracketed=bool(also), least=least)
        )
    return found


def find_in_strokes(clean: str, found: list[Quantity]) -> list[Quantity]:
    """2600/650/200人: the numbers before the last one, which alone has the unit."""
    more = []
    for quantity in found if "/" in clean else ():
        before = _STROKES.search(clean, 0, quantity.start)
        if before is None or quantity.unit in TIMES:
            continue
        for match in _PLAIN.finditer(clean, before.start(), before.end()):
            value = number(match["number"], match["times"])
            more.append(Quantity(*match.span(), value, quantity.unit, implied=True))
    return more


def _in_words(match: re.Match) -> Quantity | None:
    start, end = match.span()
    if match["hundredth"]:
        value = worded_number(match["hundredth"])
        return None if value is None else Quantity(start, end, value, "%", worded=True)
    value = worded_number(match["tenths"])
    return None if not value else Quantity(start, end, value * 10, "%", worded=True)


def find_worded(clean: str, start: int = 0, end: int | None = None) -> list[Quantity]:
    """Counts written in characters (三所, 两个)."""
    found = []
    for match in _WORDED.finditer(clean, start, len(clean) if end is None else end):
        value = worded_number(match["number"])
        if value:
            found.append(Quantity(*match.span(), value, match["unit"], worded=True))
    return found


def alike(one: str, other: str) -> bool:
    """Whether two units may count the same thing (个 and 家, 人 and 名)."""
    if one == other:
        return True
    one, other = one.partition("（")[0], other.partition("（")[0]
    if one == other:
        return True
    return (
        (one in PLACES and other in PLACES)
        or (one in PEOPLE and other in PEOPLE and (one == "人次") == (other == "人次"))
        or (one in AREAS and other in AREAS)
        or (one in ROADS and other in ROADS and "米" not in (one, other))
    )


def share(value: Number, target: Number) -> float:
    """``value`` as percent of ``target``, one decimal, rounded as people round."""
    return rounded(100 * value / target)


def rounded(value: Number) -> float:
    """One decimal, halves upward."""
    return int(value * 10 + 0.5 + 1e-9) / 10
