"""The fills that repeat the word of a judgement or a flag in Excel and Word."""

from typing import NamedTuple


class Fill(NamedTuple):
    """What a cell looks like that has ``word`` in it; colours as RRGGBB."""

    word: str
    back: str
    ink: str


# The first whose word is found counts. The colours are those of site.css.
FILLS = (
    Fill("严重滞后", "FDE4E2", "B01D1D"),
    Fill("滞后", "FDEED2", "8A4700"),
    Fill("未报", "E8ECF0", "4A5561"),
    Fill("未完成", "FDEED2", "8A4700"),
    Fill("逾期", "FDE4E2", "B01D1D"),
    Fill("迟报", "FDEED2", "8A4700"),
    Fill("退回", "FDEED2", "8A4700"),
    Fill("完成", "DDF1F0", "0B6B6B"),
    Fill("超额", "DDF1F0", "0B6B6B"),
    Fill("超序时", "E3ECFB", "1C55B5"),
    Fill("序时", "E2F3E5", "1B6B30"),
    Fill("按时", "E2F3E5", "1B6B30"),
    Fill("低于全市平均", "F4ECFB", "6A2C9E"),
)


def opaque(colour: str) -> str:
    """A colour RRGGBB as AARRGGBB for a workbook.

    openpyxl puts 00 before six digits. Excel does not look at it; readers that do (Gnumeric)
    take it for transparent and draw neither lines nor fills.
    """
    return f"FF{colour}"


def fill_of(words: str) -> Fill | None:
    """The fill of a cell with these words, if it has one."""
    return next((fill for fill in FILLS if fill.word in words), None)
