"""How much room words take: the lines of a cell, the balanced lines of a title.

Widths are counted in half-width characters: a Chinese character and everything else beyond
ASCII takes two, as “ ” — … ★ do in Chinese fonts. Plain Python.
"""

import re
from functools import cache

# Stands behind a full-width character and takes its second half.
HALF = "\x01"
TAB = " " * 8
# No line begins with what closes, none ends with what opens, and no number or Latin word is
# broken: so wrap Excel, WPS, Word and LibreOffice.
CLOSING = "，。、；：！？）》〉」』】〕”’…—％·,.;:!?)]}%"
OPENING = "（《〈「『【〔“‘"
UNBROKEN = r"[0-9A-Za-z.,%+\-/@_:=&#~]"
WIDE = re.compile(r"[^\x00-\x7f]+")


def line_count(text: str, capacity: int) -> int:
    """How many lines the text takes where a line holds ``capacity`` half-width characters."""
    if 2 * len(text) <= capacity and "\n" not in text and "\t" not in text:
        return 1
    lines = WIDE.sub(_doubled, text.replace("\t", TAB)).split("\n")
    if len(lines) == 1 and len(lines[0]) <= capacity:
        return 1
    wrap = _wrapping(max(capacity, 2))
    return sum(
        1 if len(line) <= capacity else sum(1 for _ in wrap.finditer(line)) for line in lines
    )


def _doubled(wide: re.Match) -> str:
    return HALF.join(wide[0]) + HALF


@cache
def _wrapping(capacity: int) -> re.Pattern:
    """Matches line by line: as much as fits, up to a place where a line may end."""
    most = rf"(?s:.){{1,{capacity}}}"
    may_break = (
        rf"(?![{HALF}{re.escape(CLOSING)}])(?<![{OPENING}]{HALF})"
        rf"(?!(?<={UNBROKEN}){UNBROKEN})"
    )
    # Where nothing fits, such as a long number, it is broken anywhere but inside a character.
    return re.compile(rf"{most}{may_break}|{most}(?!{HALF})|(?s:.){{1,2}}")


# -- Titles -----------------------------------------------------------------------------

# What stays together in a title: dates, what is in brackets, and the words of the field.
WORDS = (
    *("民生实事", "实施计划", "进展情况", "完成情况", "实施情况", "推进情况", "落实情况"),
    *("总体情况", "填报情况", "人民政府", "指标任务", "工作任务", "目标任务", "全市平均"),
    *("第一季度", "第二季度", "第三季度", "第四季度", "上半年", "下半年", "十方面"),
    *("省市县政府", "省市县", "省政府", "市政府", "县政府", "区政府", "办公室", "项目"),
    *("督查", "督察", "通报"),
    *("关于", "进展", "情况", "年度", "全县", "全市", "全省", "工作", "进度", "截至"),
    *("印发", "公布", "计划", "实施", "清单", "方案", "通知", "报告", "滞后", "低于", "有关"),
    *("责任", "单位", "事项", "任务", "分解", "满意度", "测评", "评价", "考核", "意见"),
)
TOKEN = re.compile(
    r"[0-9]+年度?(?:[0-9]+月(?:[0-9]+日)?)?|[0-9]+月(?:[0-9]+日)?|第[0-9]+[期号次批]"
    r"|[（〔《“][^（〔《“）〕》”]{1,14}[）〕》”]"
    rf"|{'|'.join(WORDS)}|{UNBROKEN}+|.",
    re.DOTALL,
)
# How much a break costs, against the square of the characters that a line is off the mean.
INSIDE_UNKNOWN_WORD, AFTER_A_LINK, FORBIDDEN = 4, 12, 1000
LINKS = frozenset({"关于", "和", "与", "及", "或", "对", "在", "以", "截至", "第"})


def title_lines(title: str, most: int = 20) -> list[str]:
    """A title in as few lines as it needs, of about the same length, broken between words.

    Args:
        title: without line breaks; where it has some, they are kept as they are.
        most: the Chinese characters that a line holds.
    """
    return [line for part in title.split("\n") for line in _balanced(part.strip(), most)]


def _balanced(title: str, most: int) -> list[str]:
    tokens = _tokens(title, 2 * most)
    widths = [text_width(token) for token in tokens]
    needed = -(-sum(widths) // (2 * most))
    if needed <= 1:
        return [title]
    for count in range(needed, len(tokens) + 1):
        breaks = _breaks(tokens, widths, 2 * most, count)
        if breaks is not None:
            edges = [0, *breaks, len(tokens)]
            pairs = zip(edges, edges[1:], strict=False)
            return ["".join(tokens[a:b]).strip() for a, b in pairs]
    return [title]


def _tokens(title: str, widest: int) -> list[str]:
    """The words of a title; one that is wider than a line falls into its characters."""
    words = TOKEN.findall(title)
    return [part for word in words for part in ([word] if text_width(word) <= widest else word)]


def _breaks(tokens: list[str], widths: list[int], widest: int, count: int) -> list[int] | None:
    """Where to break into ``count`` lines at the least cost; None: it cannot be done."""
    mean = sum(widths) / count
    # By tokens used: (cost, breaks) of the best way to have them in the lines so far.
    best: dict[int, tuple[float, list[int]]] = {0: (0, [])}
    for line in range(count):
        further: dict[int, tuple[float, list[int]]] = {}
        for start, (cost, breaks) in best.items():
            width = 0
            for end in range(start + 1, len(tokens) + 1):
                width += widths[end - 1]
                if width > widest:
                    break
                last = end == len(tokens)
                if last != (line == count - 1):
                    continue
                total = cost + ((width - mean) / 2) ** 2
                total += 0 if last else _cost(tokens[end - 1], tokens[end])
                if end not in further or total < further[end][0]:
                    further[end] = (total, breaks if last else [*breaks, end])
        best = further
    found = best.get(len(tokens))
    return None if found is None else found[1]


def _cost(before: str, after: str) -> float:
    if after[0] in CLOSING or after == "的" or before in OPENING:
        return FORBIDDEN
    if before in LINKS:
        return AFTER_A_LINK
    if before == "的":
        return 0
    # Single characters are of words that are not known here.
    return INSIDE_UNKNOWN_WORD * (len(before) == 1) + INSIDE_UNKNOWN_WORD * (len(after) == 1)


def text_width(text: str) -> int:
    """The width of a text in half-width characters: a Chinese one counts two."""
    return sum(1 if character < "\x80" else 2 for character in text)
