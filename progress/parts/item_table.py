"""The table of 清单: one description of each column feeds the page, the sorting and Excel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django_tables2.data import TableListData
from django_tables2.utils import OrderBy

from livelihood.organisation.documents.tables import Column, Kind, Table
from livelihood.organisation.words import UNKNOWN, cn_date, decimal1, rounded1
from progress.operations.item_state import ItemState, partial_notes
from progress.parts.chips import (
    flag_chips,
    is_sample,
    progress_bar,
    status_chip,
    status_words,
    variance,
)
from progress.rules.judgement import (
    BEHIND,
    CITY_FLAGS,
    FLAG_LABELS,
    MilestoneState,
    Status,
)
from projects.models import LEVEL_ORDER

# Worst first when sorted by 研判.
SEVERITY = {
    Status.SERIOUSLY_BEHIND: 0,
    Status.BEHIND: 1,
    Status.NOT_REPORTED: 2,
    Status.ON_SCHEDULE: 3,
    Status.AHEAD: 4,
    Status.COMPLETED: 5,
    None: 6,
}


@dataclass(frozen=True)
class Field:
    """One column: how it is headed, shown, sorted and written to Excel.

    ``cell`` gives the HTML inside the cell, ``value`` what Excel gets, ``key`` what is
    sorted by (None: unknown, always last).
    """

    name: str
    heading: str
    cell: Callable[[ItemState, "Links"], str]
    value: Callable[[ItemState], object]
    key: Callable[[ItemState], object] | None = None
    css: str = ""
    shown: bool = False
    width: int = 12  # in Excel, characters
    note: str = ""  # unit, for the head
    kind: Kind = Kind.TEXT  # in Excel

    @property
    def full_heading(self) -> str:
        """The heading with its unit: 计划（%）."""
        return f"{self.heading}（{self.note}）" if self.note else self.heading

    @property
    def column(self) -> Column:
        """The column in Excel, where percent have their sign."""
        heading = self.heading if self.kind is Kind.PERCENT else self.full_heading
        return Column(heading, self.width, self.kind)


class Links:
    """Addresses of items and units, made once for a table instead of once a cell."""

    def __init__(self, place):
        county, year = place.county.code, place.year
        self.overview = reverse("overview", args=[county, year])
        self.query = place.query
        self._units: dict[str, str] = {}
        self._place = (county, year)

    def item(self, state: ItemState) -> str:
        """The page of an item."""
        item = state.item
        return f"{self.overview}items/{item.level}/{item.number}/{self.query}"

    def unit(self, name: str) -> str:
        """The page of a unit."""
        if name not in self._units:
            address = reverse("unit", args=[*self._place, name]) + self.query
            self._units[name] = escape(address)
        return self._units[name]


def _clamped(text: str) -> str:
    return f'<span class="clamp" tabindex="0">{escape(text)}</span>' if text else UNKNOWN


def _title(state: ItemState, links: Links) -> str:
    star = "★" if state.item.starred else ""
    return (
        f'<a class="clamp" href="{escape(links.item(state))}">{star}{escape(state.item.title)}</a>'
    )


def _average(state: ItemState) -> float | None:
    standing = state.standing
    if standing.below_city_average is None:
        return None
    return standing.facts.comparison.average


def _average_cell(state: ItemState, links: Links) -> str:
    average = _average(state)
    if average is None:
        return UNKNOWN
    sample = '<sup title="示例数据">示例</sup>' if is_sample(state.standing) else ""
    return f"{decimal1(average)}{sample}"


def _judgement(state: ItemState, links: Links) -> str:
    standing = state.standing
    chip = status_chip(standing.status)
    return f"{chip} {flag_chips(standing)}" if standing.flags else chip


def _judgement_words(state: ItemState) -> str:
    standing = state.standing
    words = [status_words(standing.status)]
    for flag in standing.flags:
        sample = flag in CITY_FLAGS and is_sample(standing)
        words.append(FLAG_LABELS[flag] + ("（示例数据）" if sample else ""))
    return "；".join(words)


def next_due(state: ItemState) -> date | None:
    """When the next milestone falls due that is not met, or the oldest overdue one did."""
    standing = state.standing
    if standing.status is Status.COMPLETED:
        return None
    open_states = (MilestoneState.LATER, MilestoneState.UNMET)
    dues = [
        m.due
        for m, how in zip(standing.plan.milestones, standing.states, strict=True)
        if how in open_states
    ]
    return min(dues, default=None)


def _severity(state: ItemState):
    standing = state.standing
    arrears = standing.schedule_variance if standing.status in BEHIND else None
    return SEVERITY[standing.status], 0.0 if arrears is None else arrears


def _place_in_lists(state: ItemState):
    return LEVEL_ORDER[state.item.level], state.item.number


FIELDS: tuple[Field, ...] = (
    Field(
        "number",
        "序号",
        lambda s, _l: f"{s.level_label}{s.item.number}",
        lambda s: f"{s.level_label}{s.item.number}",
        _place_in_lists,
        "nowrap",
        True,
        8,
        kind=Kind.LABEL,
    ),
    Field(
        "judgement", "研判", _judgement, _judgement_words, _severity, "", True, 16, kind=Kind.STATUS
    ),
    Field(
        "title",
        "项目内容",
        _title,
        lambda s: ("★" if s.item.starred else "") + s.item.title,
        None,
        "main",
        True,
        42,
    ),
    Field(
        "schedule",
        "工作进度安排",
        lambda s, _l: _clamped(s.item.schedule),
        lambda s: s.item.schedule,
        None,
        "long",
        True,
        46,
    ),
    Field(
        "narrative",
        "目前实施情况",
        lambda s, _l: _clamped(s.narrative),
        lambda s: s.narrative,
        None,
        "long",
        True,
        40,
    ),
    Field(
        "unit",
        "牵头单位",
        lambda s, links: f'<a href="{links.unit(s.item.unit)}">{escape(s.item.unit_printed)}</a>',
        lambda s: s.item.unit_printed,
        lambda s: s.item.unit_order,
        "nowrap",
        True,
        16,
        kind=Kind.LABEL,
    ),
    Field(
        "planned",
        "计划",
        lambda s, _l: decimal1(s.standing.planned_percent),
        lambda s: rounded1(s.standing.planned_percent),
        lambda s: s.standing.planned_percent,
        "num",
        True,
        9,
        "%",
        kind=Kind.PERCENT,
    ),
    Field(
        "actual",
        "实际",
        lambda s, _l: (
            decimal1(s.standing.actual_percent)
            + progress_bar(s.standing.actual_percent, s.standing.planned_percent)
        ),
        lambda s: rounded1(s.standing.actual_percent),
        lambda s: s.standing.actual_percent,
        "num",
        True,
        9,
        "%",
        kind=Kind.PERCENT,
    ),
    Field(
        "variance",
        "偏差",
        lambda s, _l: variance(s.standing),
        lambda s: rounded1(s.standing.schedule_variance),
        lambda s: s.standing.schedule_variance,
        "num",
        True,
        11,
        "百分点",
        kind=Kind.POINTS,
    ),
    Field(
        "average",
        "全市平均",
        _average_cell,
        lambda s: rounded1(_average(s)),
        _average,
        "num",
        True,
        11,
        "%",
        kind=Kind.PERCENT,
    ),
    Field(
        "reason",
        "原因",
        lambda s, _l: escape(s.standing.reason) or UNKNOWN,
        lambda s: s.standing.reason,
        None,
        "long",
        False,
        36,
    ),
    Field(
        "problems",
        "存在问题",
        lambda s, _l: _clamped(s.problems),
        lambda s: s.problems,
        None,
        "",
        False,
        30,
    ),
    Field(
        "next_due",
        "下一节点",
        lambda s, _l: cn_date(next_due(s)),
        next_due,
        next_due,
        "nowrap",
        False,
        14,
        kind=Kind.DATE,
    ),
    Field(
        "category",
        "类别",
        lambda s, _l: escape(s.item.category) or UNKNOWN,
        lambda s: s.item.category,
        None,
        "nowrap",
        False,
        18,
        kind=Kind.LABEL,
    ),
    Field(
        "leader",
        "责任领导",
        lambda s, _l: escape(s.item.leader) or UNKNOWN,
        lambda s: s.item.leader,
        None,
        "nowrap",
        False,
        11,
        kind=Kind.LABEL,
    ),
    Field(
        "person",
        "责任人",
        lambda s, _l: escape(s.item.person) or UNKNOWN,
        lambda s: s.item.person,
        None,
        "nowrap",
        False,
        11,
        kind=Kind.LABEL,
    ),
    Field(
        "supporting",
        "配合单位",
        lambda s, _l: escape("、".join(s.item.supporting_units)) or UNKNOWN,
        lambda s: "、".join(s.item.supporting_units),
        None,
        "",
        False,
        24,
    ),
)
BY_NAME = {field.name: field for field in FIELDS}
DEFAULT_NAMES = tuple(field.name for field in FIELDS if field.shown)
# Of what is behind: why takes the place of the plan, with which it is told.
LATE_NAMES = tuple(
    field.name
    for field in FIELDS
    if field.name == "reason" or field.shown and field.name != "schedule"
)


def chosen_fields(names: Sequence[str]) -> tuple[Field, ...]:
    """The columns named, in their fixed order; unknown names are passed over. The default
    ones where nothing known is named."""
    wanted = set(names) & set(BY_NAME)
    return tuple(f for f in FIELDS if f.name in (wanted or DEFAULT_NAMES))


def sort_states(states: list[ItemState], field: Field, descending: bool) -> list[ItemState]:
    """Items by one column; unknown values last either way, ties in list order."""
    keyed = [(field.key(state), state) for state in states]
    known = [pair for pair in keyed if pair[0] is not None]
    known.sort(key=lambda pair: pair[0], reverse=descending)
    return [state for _key, state in known] + [s for key, s in keyed if key is None]


def sheet_of_items(
    states: Sequence[ItemState], fields: Sequence[Field], title: str, notes: Sequence[str]
) -> Table:
    """The items as shown, for Excel."""
    rows = tuple(tuple(field.value(state) for field in fields) for state in states)
    columns = tuple(field.column for field in fields)
    if any(field.name == "variance" for field in fields):
        notes = (*notes, *partial_notes(states))
    return Table("清单", title, columns, rows, tuple(notes), empty="没有符合条件的条目。")


class _StandingData(TableListData):
    """Sorts by the fields' own keys, so that unknown values stay last."""

    def order_by(self, aliases):
        for alias in reversed(aliases):
            order = OrderBy(alias)
            field = BY_NAME[order.bare]
            self.data[:] = sort_states(self.data, field, order.is_descending)


class ItemTable(tables.Table):
    """Items of a county. Headings, sorting and the address are django-tables2's; the body is
    put together in one go, since its own rendering costs ten times as much."""

    class Meta:
        template_name = "progress/_item_table.html"
        order_by_field = "sort"
        attrs = {"class": "data items"}

    def __init__(
        self,
        states: list[ItemState],
        fields: Sequence[Field],
        place,
        titles: Mapping[str, str],
        **kwargs,
    ):
        self.fields_shown, self.titles = fields, titles
        self.links = Links(place)
        columns = [
            (
                f.name,
                tables.Column(
                    verbose_name=f.full_heading,
                    orderable=f.key is not None,
                    attrs={"th": {"class": f"{f.css} c-{f.name}"}},
                ),
            )
            for f in fields
        ]
        super().__init__(_StandingData(list(states)), extra_columns=columns, **kwargs)

    @property
    def body(self) -> SafeString:
        """The rows as HTML; in list order, a heading row opens every list and category."""
        cells = [
            (f'<td class="{f.css}" data-label="{f.full_heading}">', f.cell)
            for f in self.fields_shown
        ]
        grouped, group, links = not self.order_by, None, self.links
        width = len(self.fields_shown)
        parts = []
        for state in self.data.data:
            if grouped and (state.item.level, state.item.category) != group:
                parts.append(_group_rows(state, group, width, self.titles))
                group = (state.item.level, state.item.category)
            parts.append("<tr>")
            for opening, cell in cells:
                parts.append(opening)
                parts.append(cell(state, links))
                parts.append("</td>")
            parts.append("</tr>\n")
        return SafeString("".join(parts))


def _group_rows(state: ItemState, before, width: int, titles: Mapping[str, str]) -> str:
    rows = ""
    if before is None or before[0] != state.item.level:
        heading = escape(titles[state.item.level])
        rows += f'<tr class="group group-level"><th colspan="{width}">{heading}</th></tr>\n'
    if state.item.category:
        heading = escape(state.item.category)
        rows += f'<tr class="group"><th colspan="{width}">{heading}</th></tr>\n'
    return rows
