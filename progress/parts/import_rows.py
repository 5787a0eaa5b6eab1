"""How a row of an import is shown: its words with what was understood marked, the reading."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from livelihood.organisation.words import number_cn
from progress.operations.import_reading import Piece, pieces
from projects.models import Indicator
from projects.rules.exchange import LEVEL_WORDS

TEXTS = (("title", "项目内容"), ("schedule", "工作进度安排"), ("status", "目前实施情况"))
KINDS = dict(Indicator.Kind.choices)
SURE = "确定"
MARKS = re.compile(r"[\W_]+|^\d+[.、]")


@dataclass(frozen=True)
class Line:
    """One value that was read: ``part`` names it to the mark in the words, ``unsure`` says why."""

    part: str
    cells: tuple[str, ...]
    unsure: str = ""


def bare(text: str) -> str:
    """The words alone: full or half width, marks and blanks make no difference to a reader."""
    return MARKS.sub("", unicodedata.normalize("NFKC", text))


class RowView:
    """One ImportRow for the page."""

    def __init__(self, row):
        self.row, self.data, self.source = row, row.row, row.source
        self.readings = row.marks.get("readings", {})

    @property
    def name(self) -> str:
        """How the item is called: 县级第3项."""
        return f"{LEVEL_WORDS[self.row.level]}第{self.row.number}项"

    @cached_property
    def texts(self) -> list[tuple[str, list[Piece], str]]:
        """(heading, words in pieces, the words as printed where they differ)."""
        shown = []
        for field, heading in TEXTS:
            text = self.source[field]
            if text:
                raw = self.source["raw"].get(field, "")
                same = bare(raw) == bare(text)
                found = pieces(text, field, self.row.marks, self.data)
                shown.append((heading, found, "" if same else raw))
        return shown

    @property
    def extras(self):
        """(heading, words) of columns that were not read."""
        return self.source["extras"]

    @property
    def targets(self) -> list[Line]:
        """Name, value with unit, kind."""
        lines = []
        for place, one in enumerate(self.data["indicators"]):
            value = "" if one["target"] is None else number_cn(one["target"])
            figure = f"{value}{one['unit'] or ''}"
            lines.append(self._line("indicators", place, one["name"], figure, KINDS[one["kind"]]))
        return lines

    @property
    def stages(self) -> list[Line]:
        """Label, due date, words, cumulative value, percent."""
        several = len(self.data["indicators"]) > 1
        lines = []
        for place, one in enumerate(self.data["milestones"]):
            day = date.fromisoformat(one["due"])
            about = ""
            if several:
                about = "整项" if one["indicator"] is None else f"目标{one['indicator'] + 1}"
            lines.append(
                self._line(
                    "milestones",
                    place,
                    one["label"],
                    f"{day.month}月{day.day}日",
                    one["text"],
                    about,
                    "" if one["value"] is None else number_cn(one["value"]),
                    "" if one["percent"] is None else f"{number_cn(one['percent'])}%",
                    {True: "已完成", False: "未完成"}.get(one.get("met"), ""),
                )
            )
        return lines

    @property
    def actual(self) -> list[Line]:
        """What is measured, the figure, the percent."""
        lines = []
        for place, one in enumerate(self.data["actual"]):
            known = one["indicator"] is not None
            target = self.data["indicators"][one["indicator"]] if known else {}
            value = (
                ""
                if one["value"] is None
                else f"{number_cn(one['value'])}{target.get('unit') or ''}"
            )
            percent = "" if one["percent"] is None else f"{number_cn(one['percent'])}%"
            if not value and not percent:
                percent = "没有数字"
            lines.append(self._line("actual", place, target.get("name", "整项"), value, percent))
        return lines

    def _line(self, name: str, place: int, *cells: str) -> Line:
        found = self.readings.get(name, ())
        unsure = ""
        if place < len(found) and not self.row.edited:
            mark: Mapping = found[place]
            if mark["sure"] != SURE:
                unsure = f"{mark['sure']}{'：' + mark['reason'] if mark['reason'] else ''}"
        return Line(f"{name}-{place}", cells, unsure)

    @property
    def shares(self) -> str:
        """The allocations in words."""
        return "、".join(
            f"{a['place']}{'' if a['value'] is None else number_cn(a['value'])}"
            for a in self.data["allocations"]
        )

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The remaining facts, those that are told."""
        data = self.data
        told = [
            ("类别", data["category"]),
            ("牵头单位", data["lead_unit"]),
            ("配合单位", "、".join(data["supporting_units"])),
            ("责任领导", data["responsible_leader"]),
            ("责任人", data["responsible_person"]),
            ("合并于", f"第{data['merged_with']}项" if data["merged_with"] else ""),
            ("存在问题", data["problems"] or ""),
        ]
        return [(word, value) for word, value in told if value]
