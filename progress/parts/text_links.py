"""The numbers in a bulletin's text, as links to the rows that they count.

The text is the office's own once it has been edited, and an issue stays as it was while its
round may be corrected: a number becomes a link only where its rows are as many.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from re import Match

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from progress.operations.bulletin_tables import CHANGES
from progress.operations.item_state import ItemState
from progress.operations.overview import governments_of
from progress.operations.standings import CountyState
from progress.parts.filters import has_flag, has_status
from progress.rules.judgement import NO_STATUS_LABEL, Flag, Status
from projects.models import Level

LEVELS = {"省": Level.PROVINCE, "市": Level.CITY, "县": Level.COUNTY}
BELOW = Flag.BELOW_CITY_AVERAGE.value
# Words of the sentences of rules.bulletin_words, and the filter that leaves their rows.
BEFORE = {
    "已完成": Status.COMPLETED.value,
    "超序时和按序时": "in_step",
    "滞后和严重滞后": "late",
    "未报": Status.NOT_REPORTED.value,
    NO_STATUS_LABEL: "none",
}
BEHIND = {
    "已提前完成": Status.COMPLETED.value,
    "超序时": Status.AHEAD.value,
    "按序时推进": Status.ON_SCHEDULE.value,
    "滞后": Status.BEHIND.value,
    "严重滞后": Status.SERIOUSLY_BEHIND.value,
    "本期未报": Status.NOT_REPORTED.value,
    NO_STATUS_LABEL: "none",
}


def _one_of(words) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


ITEM = re.compile(r"(?P<level>[省市县])级第(?P<n>\d+)项")
LISTED = re.compile(r"(?P<level>[省市县])级(?P<n>\d+)项")
ALL = re.compile(r"(?<=，)(?P<n>\d+)项中")
STATUS_BEFORE = re.compile(rf"(?P<word>{_one_of(BEFORE)})(?P<n>\d+)项")
STATUS_BEHIND = re.compile(rf"(?P<n>\d+)项(?P<word>{_one_of(BEHIND)})")
MOVED = re.compile(
    r"(?:新完成|赶上进度|新转入滞后|上期滞后的|追赶承诺|兑现)(?P<n>\d+)项"
    r"|(?P<m>\d+)项(?:已赶上进度|仍然滞后|承诺未到期)"
)
DUE = re.compile(r"还有(?P<n>\d+)个节点到期")


@dataclass
class TextLinks:
    """What the links of one issue rest on.

    ``state`` is the round as the reader sees it, ``anchors`` the place of each table on the
    page, by the table's name, ``titles`` the lists', by level.
    """

    state: CountyState
    anchors: Mapping[str, str]
    titles: Mapping[str, str]

    def linked(self, text: str) -> SafeString:
        """A paragraph with its numbers as links."""
        parts, end = [], 0
        for start, stop, address in sorted(self._links(text)):
            if start < end:
                continue
            parts.append(escape(text[end:start]))
            parts.append(format_html('<a href="{}">{}</a>', address, text[start:stop]))
            end = stop
        parts.append(escape(text[end:]))
        return SafeString("".join(parts))

    def _links(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(where a link begins, where it ends, its address)."""
        rules: Sequence[tuple[re.Pattern, Callable[[Match], str | None]]] = (
            (ITEM, self._item),
            (LISTED, lambda m: self._rows(m, level=LEVELS[m["level"]])),
            (self._governed, lambda m: self._rows(m, level=self._levels[m["whose"]])),
            (ALL, self._rows),
            (STATUS_BEFORE, lambda m: self._rows(m, status=BEFORE[m["word"]], **self._level(m))),
            (STATUS_BEHIND, lambda m: self._rows(m, status=BEHIND[m["word"]])),
            (self._below, lambda m: self._rows(m, level=self._levels[m["whose"]], flag=BELOW)),
            (MOVED, lambda m: self.anchors.get(CHANGES)),
            (DUE, self._due),
        )
        if "低于全市平均" in text:
            rules = (*rules, (self._units, self._below_of_unit))
        for pattern, address_of in rules:
            for match in pattern.finditer(text):
                address = address_of(match)
                if address is not None:
                    whole = pattern is ITEM
                    group = 0 if whole else "n" if match["n"] else "m"
                    yield *match.span(group), address

    @cached_property
    def _levels(self) -> dict[str, str]:
        """The level of each list by the government that it is called after: 省, 市, 县."""
        whose = governments_of(self.state.county, self.titles)
        return {whose[level]: level for level in self.titles}

    @property
    def _governed(self) -> re.Pattern:
        return re.compile(rf"(?P<whose>{_one_of(self._levels)})政府民生实事指标(?P<n>\d+)项")

    @property
    def _below(self) -> re.Pattern:
        return re.compile(
            rf"(?P<whose>{_one_of(self._levels)})民生实事有(?P<n>\d+)个项目实施进度低于全市平均"
        )

    def _level(self, match: Match) -> dict[str, str]:
        """The list of which the sentence speaks, as a filter; none where it speaks of all."""
        before = match.string[: match.start()]
        sentence = before[before.rfind("。") + 1 :]
        # The last that is named before the number.
        words = rf"([省市县])级\d+项，|({_one_of(self._levels)})民生实事有"
        named = re.findall(words, sentence)
        if not named:
            return {}
        printed, whose = named[-1]
        return {"level": LEVELS[printed] if printed else self._levels[whose]}

    @property
    def _units(self) -> re.Pattern:
        return re.compile(rf"(?P<unit>{_one_of(self._unit_keys) or '$.'})(?P<n>\d+)项")

    @property
    def _unit_keys(self) -> dict[str, int]:
        return {own.item.unit: own.item.unit_id for own in self.state.items}

    def _item(self, match: Match) -> str | None:
        level, number = LEVELS[match["level"]], int(match["n"])
        if not any((s.item.level, s.item.number) == (level, number) for s in self.state.items):
            return None
        place = [self.state.county.code, self.state.year]
        return reverse("item", args=[*place, level, number]) + self._date

    def _below_of_unit(self, match: Match) -> str | None:
        filters = {"unit": self._unit_keys[match["unit"]], "flag": BELOW}
        return self._rows(match, **filters, **self._level(match)) or self._rows(match, **filters)

    def _due(self, match: Match) -> str | None:
        if len(self.state.due_soon()) != int(match["n"]):
            return None
        place = [self.state.county.code, self.state.year]
        return f"{reverse('overview', args=place)}{self._date}#due-soon"

    def _rows(self, match: Match, **filters) -> str | None:
        """The address of the list with these filters, if it has as many rows as is said."""
        if sum(_is_kept(own, filters) for own in self.state.items) != int(match["n"]):
            return None
        address = reverse("items", args=[self.state.county.code, self.state.year])
        return f"{address}?{urlencode({**filters, 'as_of': self.state.as_of.isoformat()})}"

    @property
    def _date(self) -> str:
        return f"?as_of={self.state.as_of.isoformat()}"


def _is_kept(own: ItemState, filters: Mapping[str, object]) -> bool:
    return (
        filters.get("level", own.item.level) == own.item.level
        and filters.get("unit", own.item.unit_id) == own.item.unit_id
        and ("status" not in filters or has_status(own, filters["status"]))
        and ("flag" not in filters or has_flag(own, filters["flag"]))
    )
