"""What a typist would put right without asking: blanks, half-width punctuation, look-alikes.

Web pages and converted documents mix “:” with “：” and scatter blanks. No word and no figure
is changed; the text as it stood is kept beside this one.
"""

import re

FULL_WIDTH = str.maketrans({":": "：", ";": "；", ",": "，", "(": "（", ")": "）", "?": "？"})
# ０-９Ａ-Ｚａ-ｚ as typed with a Chinese keyboard, and signs that look like others.
SINGLE = {0xFF10 + n: 0x30 + n for n in range(10)}
SINGLE |= {0xFF21 + n: 0x41 + n for n in range(26)} | {0xFF41 + n: 0x61 + n for n in range(26)}
SINGLE |= dict.fromkeys(range(0x2000, 0x200B), " ")
SINGLE |= {ord("℅"): "%", ord("％"): "%", ord("．"): ".", ord("\u3000"): " ", ord("\xa0"): " "}
# What is not seen: zero-width blanks, soft hyphens, marks of direction, control characters.
UNSEEN = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060\ufeff\xad\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]"
)
# A blank parts words of Latin script only.
BLANKS = re.compile(r"[ \t]+")
BETWEEN_WORDS = re.compile(r"(?<=[A-Za-z])[ \t]+(?=[A-Za-z])")
KEPT = "\ue000"
# 1,000 and 10:30 and 1:3 are figures, not sentences.
FIGURE = re.compile(r"(?<!\d)\d{1,3}(?:,\d{3})+(?!\d)|(?<=\d):(?=\d)")
STOPS = "。；：，、！？）”》;:,"


def proofread(text: str, *, one_line: bool = False) -> str:
    """The text with full-width punctuation and without stray blanks.

    A line break stays where the line before it has no punctuation, since it is then all that
    parts two sentences.

    Args:
        text: as it stood in the document.
        one_line: whether breaks go altogether, as in names and titles.
    """
    text = UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n"))
    text = text.translate(SINGLE)
    text = _without_blanks(text)
    text = _full_width(text)
    return _with_breaks(text.strip(), one_line)


def _without_blanks(text: str) -> str:
    return BLANKS.sub("", BETWEEN_WORDS.sub(KEPT, text.replace(KEPT, ""))).replace(KEPT, " ")


def _full_width(text: str) -> str:
    result, end = [], 0
    for figure in FIGURE.finditer(text):
        result += [text[end : figure.start()].translate(FULL_WIDTH), figure[0]]
        end = figure.end()
    return "".join([*result, text[end:].translate(FULL_WIDTH)])


def _with_breaks(text: str, one_line: bool) -> str:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if one_line:
        return "".join(lines)
    result = ""
    for line in lines:
        result += line if not result or result[-1] in STOPS else f"\n{line}"
    return result
