"""What changed between two texts, clause by clause. Pure functions."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

# A clause ends with its mark of punctuation or the line's end.
CLAUSES = re.compile(r"[^，。；、：！？\n]+[，。；、：！？\n]*|[，。；、：！？\n]+")


class Piece(NamedTuple):
    """A stretch of text; ``changed`` if the other text does not have it there."""

    text: str
    changed: bool


def compared(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """The two texts in pieces; those of the old that went and of the new that came are marked."""
    before, after = CLAUSES.findall(old), CLAUSES.findall(new)
    left, right = [], []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for how, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        same = how == "equal"
        left.append(Piece("".join(before[from_old:to_old]), not same))
        right.append(Piece("".join(after[from_new:to_new]), not same))
    return [p for p in left if p.text], [p for p in right if p.text]
