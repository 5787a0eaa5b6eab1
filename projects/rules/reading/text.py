"""Text as it comes from tables, made even, with the way back to the original positions."""

import re
from bisect import bisect_right
from sys import maxsize

from projects.rules.reading.values import Span

# One character for one character: positions stay.
_EVEN = {ord("！") + i: chr(ord("!") + i) for i in range(94)}  # full-width forms
_EVEN |= str.maketrans(
    {
        **dict.fromkeys("℅﹪٪", "%"),
        **dict.fromkeys("—–−－―─━‐‑‒～〜~∼﹣", "-"),
        **dict.fromkeys(",，﹐", "，"),
        **dict.fromkeys(";；﹔", "；"),
        **dict.fromkeys(":：∶︰﹕", "："),
        **dict.fromkeys("([（【〔［﹙", "（"),
        **dict.fromkeys(")]）】〕］﹚", "）"),
        **dict.fromkeys("。｡︒", "。"),
        **dict.fromkeys("!！?？", "。"),
        **dict.fromkeys("、､", "、"),
        **dict.fromkeys("．", "."),
        **dict.fromkeys("≧⩾", "≥"),
        **dict.fromkeys(">＞", ">"),
        **dict.fromkeys("仼", "任"),
    }
)
_BLANK = "\\s\u200b\u200c\u200d\ufeff\u00a0\u3000\u00ad"
# What is left out: blanks, and the comma of thousands (before all else is made even).
_LEFT_OUT = re.compile(rf"[{_BLANK}]+|(?<=\d),(?=\d{{3}}(?!\d))")
# A new line that begins a list item or a period ends a sentence.
_BEGINS = re.compile(
    r"第?[一二三四五六七八九十\d]{1,2}[.、．年月季期阶]|（?[一二三四五六七八九\d]{1,2}）|[①-⑳]|[上下]半年|全年|年底|Q[1-4](?!\d)"
)
# After a single blank only a whole period does: "1-3月 摸底 4-6月 完成4个".
_PERIOD = re.compile(
    r"(?:20\d\d年)?(?:\d{1,2}[-—–~至到、])?\d{1,2}月(?!\d)|第?[一二三四]季度|Q[1-4](?!\d)|[上下]半年|年底"
)
_GOES_ON = frozenset("年月至到-—–~、在于第从自和及与每前近按")
_ENDS = frozenset("，。；：、,;:（(")


# A cell is a few hundred characters long. What is beyond this is left unread, and said so.
MOST_READ = 10_000


class Text:
    """A field's text: ``clean`` is what rules look at, ``span`` leads back to ``original``."""

    __slots__ = ("clean", "field", "original", "places")

    def __init__(self, field: str, original: str):
        self.field = field
        self.original = original = original[:MOST_READ]
        pieces: list[str] = []
        places: list[int] | None = None
        end = 0
        for match in _LEFT_OUT.finditer(original):
            places = [] if places is None else places
            start = match.start()
            pieces.append(original[end:start])
            places.extend(range(end, start))
            begins = _BEGINS if _is_gap(match.group()) else _PERIOD
            if _breaks(original, start, match.end(), begins):
                pieces.append("。")
                places.append(start)
            end = match.end()
        if places is None:
            self.clean = original.translate(_EVEN)
        else:
            pieces.append(original[end:])
            places.extend(range(end, len(original)))
            self.clean = "".join(pieces).translate(_EVEN)
        self.places = places

    def span(self, start: int, end: int) -> Span:
        """The original words of ``clean[start:end]``."""
        if self.places is not None:
            if start >= end:
                start = end = self.places[start - 1] + 1 if start else 0
            else:
                start, end = self.places[start], self.places[end - 1] + 1
        return Span(self.field, start, end, self.original[start:end])


def _is_gap(blank: str) -> bool:
    """Whether a blank may part sentences: a new line, a tab, or several blanks."""
    return len(blank) > 1 or blank in "\n\t\u3000"


def _breaks(original: str, start: int, end: int, begins: re.Pattern) -> bool:
    if start == 0 or original[start - 1] in _ENDS:
        return False
    if begins is _PERIOD and (end == start or original[start - 1] in _GOES_ON):
        return False
    return begins.match(original, end) is not None


_BRACKET = re.compile(r"[（）]")


def brackets(clean: str) -> list[tuple[int, int]]:
    """The outermost brackets, as (place of the opening, place after the closing)."""
    found, depth, begin = [], 0, 0
    if "（" not in clean:
        return found
    for match in _BRACKET.finditer(clean):
        if match.group() == "（":
            if depth == 0:
                begin = match.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                found.append((begin, match.end()))
    return found


def around(places: list[tuple[int, int]], place: int) -> tuple[int, int] | None:
    """The one of the (start, end) pairs, in order and apart, in which a position lies."""
    if not places:
        return None
    found = places[bisect_right(places, (place, maxsize)) - 1]
    return found if found[0] <= place < found[1] else None


def inside(places: list[tuple[int, int]], place: int) -> bool:
    """Whether a position lies in one of the pairs."""
    return around(places, place) is not None


_QUOTED = re.compile(r"“[^”“]{1,40}”|「[^」]{1,40}」|《[^》]{1,60}》|\"[^\"]{1,40}\"")


def quoted(clean: str) -> list[tuple[int, int]]:
    """Names in quotation marks, as (start, end)."""
    if "“" not in clean and '"' not in clean and "《" not in clean and "「" not in clean:
        return []
    return [match.span() for match in _QUOTED.finditer(clean)]
