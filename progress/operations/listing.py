"""A list of a county as a table, in any layout: for the page, Excel, Word and the bulletin.

It starts from a state that has been read (``standings.read_county``). What a layout's columns
say besides costs a fixed number of queries, and only where such a column is chosen.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from livelihood.organisation.documents.tables import MARKS, Cell, Column, Kind, Merge, Table
from livelihood.organisation.models import Region
from livelihood.organisation.words import cn_date, cn_month_day
from progress.operations.item_state import LEVEL_LABELS, ItemState, partial_notes
from progress.operations.listing_cells import (
    CELLS,
    TOTAL,
    Facts,
    Line,
    chinese_number,
    next_month_of,
    quarter_of,
)
from progress.operations.listing_extras import Extras, PlaceRow
from progress.operations.overview import governments_of
from progress.operations.standings import CountyState, needs_attention
from progress.rules.judgement import Flag, Status
from progress.rules.layout_columns import COLUMNS, RowsOf
from progress.rules.layouts import (
    GROUP_COLUMNS,
    ONLY_LABELS,
    GroupBy,
    GroupStyle,
    Layout,
    Only,
    Sort,
    filled,
)
from projects.models import LEVEL_ORDER, ProjectList

# With these begin the notes that must be read with a table wherever it goes.
SIMULATED, SAMPLE = MARKS
# Of an Excel sheet's tab.
TAB_LIMIT = 31
NOT_IN_TABS = re.compile(r"[\[\]:*?/\\']")
SEVERITY = {
    Status.SERIOUSLY_BEHIND: 0,
    Status.BEHIND: 1,
    Status.NOT_REPORTED: 2,
    Status.ON_SCHEDULE: 3,
    Status.AHEAD: 4,
    Status.COMPLETED: 5,
    None: 6,
}
# What rests on the city's table.
COMPARED = frozenset({"below", "county_figure", "city_average", "city_gap", "rank", "flags"})
PLAN_AND_ACTUAL = frozenset({"planned", "actual", "variance"})
IN_STEP = frozenset({Status.ON_SCHEDULE, Status.AHEAD})


def list_table(
    state: CountyState,
    layout: Layout,
    *,
    level: str | None = None,
    name: str = "",
    titles: dict[str, str] | None = None,
) -> Table:
    """A county's list, or all of them, as ``layout`` wants it.

    Args:
        state: the county's items for the reader, judged or as kept.
        layout: checked (``layouts.problems_of``).
        level: of which list instead of the layout's own; "" all lists.
        name: of the sheet's tab; the layout's own where none is given.
        titles: the lists' titles by level, where the caller has them (else one query).

    Returns:
        The table. Cells that the list itself prints as one are merged, and hold the same
        words in each row. Notes say what was left out and what is made up.
    """
    if level is not None:
        layout = replace(layout, level=level)
    if titles is None:
        titles = ProjectList.objects.titles(state.county, state.year)
    items = arranged(chosen_items(state, layout), layout, state)
    extras = Extras(state, items)
    facts = Facts(
        state.as_of,
        layout.decimals,
        extras,
        _categories(state),
        governments_of(state.county, titles),
    )
    slots = slots_of(state.county, state.year, state.as_of, layout, titles)
    lines = list(_lines(items, layout, extras))
    rows, groups, of_lines = _rows(lines, layout, facts)
    return Table(
        name=name or tab_name(layout.name),
        title=filled(layout.title, slots),
        columns=tuple(_columns(layout, slots, rows)),
        rows=tuple(rows),
        notes=tuple(_notes(state, layout, items, lines)),
        merges=tuple(_merges(of_lines, rows, layout)),
        groups=tuple(groups),
        totals=tuple(at for at, line in enumerate(of_lines) if line and line.total),
        empty="没有符合条件的项目。",
    )


def tab_name(words: str) -> str:
    """Words as a sheet's tab may hold them."""
    return NOT_IN_TABS.sub(" ", words)[:TAB_LIMIT].strip() or "清单"


def slots_of(
    county: Region, year: int, day: date, layout: Layout, titles: dict[str, str]
) -> dict[str, str]:
    """What the slots of titles and headings stand for at a date; ``titles`` by level."""
    quarter = (quarter_of(day)[0].month + 2) // 3
    return {
        "年度": f"{year}",
        "县名": county.name,
        "层级": LEVEL_LABELS.get(layout.level, "省、市、县"),
        "清单名称": titles.get(layout.level, f"{year}年{county.name}民生实事项目"),
        "截至日期": cn_date(day),
        "月日": cn_month_day(day),
        "月份": f"{day.month}月",
        "下月": f"{next_month_of(day)[0].month}月",
        "季度": f"第{chinese_number(quarter)}季度",
    }


def _columns(
    layout: Layout, slots: dict[str, str], rows: Sequence[tuple[Cell, ...]]
) -> Iterable[Column]:
    for at, column in enumerate(layout.columns):
        kind = Kind(COLUMNS[column.key].kind)
        # Quantities are never rounded away: 7.97 kilometres stay 7.97.
        exact = kind is Kind.NUMBER
        yield Column(
            heading=filled(column.heading, slots),
            width=column.width,
            kind=kind,
            decimals=_decimals(row[at] for row in rows) if exact else layout.decimals,
            over=filled(column.over, slots),
        )


def _decimals(values: Iterable[Cell]) -> int:
    """How many decimals the most exact of some numbers has."""
    return max((_decimals_of(value) for value in values if isinstance(value, float)), default=0)


def _decimals_of(value: float) -> int:
    return len(f"{value:.4f}".rstrip("0").partition(".")[2])


# -- Which items, in which order -----------------------------------------------------------

ONLY: dict[Only, Callable[[ItemState], bool]] = {
    Only.ALL: lambda s: True,
    Only.UNFINISHED: lambda s: s.standing.status is not Status.COMPLETED,
    Only.BEHIND: lambda s: s.standing.is_behind,
    Only.ATTENTION: needs_attention,
    Only.IN_STEP: lambda s: s.standing.status in IN_STEP,
    Only.BELOW: lambda s: bool(s.standing.below_city_average),
    Only.COMPLETED: lambda s: s.standing.status is Status.COMPLETED,
    Only.NOT_REPORTED: lambda s: s.standing.status is Status.NOT_REPORTED,
    Only.PROBLEM: lambda s: Flag.PROBLEM in s.standing.flags or bool(s.problems),
}


def chosen_items(state: CountyState, layout: Layout) -> list[ItemState]:
    """The items that a layout asks for, in the order of the lists."""
    return [
        own
        for own in state.items
        if layout.level in ("", own.item.level)
        and layout.unit in ("", own.item.unit)
        and layout.leader in ("", own.item.leader)
        and (own.item.starred or not layout.starred)
        and ONLY[layout.only](own)
    ]


def _in_list(own: ItemState) -> tuple:
    return LEVEL_ORDER[own.item.level], own.item.number


def _known_first(value: float | None, *, largest: bool = False) -> tuple:
    return (value is None, 0.0 if value is None else -value if largest else value)


SORTS: dict[Sort, Callable[[ItemState], tuple]] = {
    Sort.LIST: _in_list,
    Sort.WORST: lambda s: (
        SEVERITY[s.standing.status],
        *_known_first(s.standing.schedule_variance),
        *_in_list(s),
    ),
    Sort.UNIT: lambda s: (s.item.unit_order, s.item.unit, *_in_list(s)),
    Sort.VARIANCE: lambda s: (*_known_first(s.standing.schedule_variance), *_in_list(s)),
    Sort.PROGRESS: lambda s: (
        *_known_first(s.standing.actual_percent, largest=True),
        *_in_list(s),
    ),
}

GROUPS: dict[GroupBy, Callable[[ItemState], Hashable]] = {
    GroupBy.NOTHING: lambda s: None,
    GroupBy.CATEGORY: lambda s: (s.item.level, s.item.category),
    GroupBy.UNIT: lambda s: s.item.unit,
    GroupBy.LEADER: lambda s: s.item.leader,
    GroupBy.LEVEL: lambda s: s.item.level,
    GroupBy.STATUS: lambda s: s.standing.status,
}


def arranged(items: Sequence[ItemState], layout: Layout, state: CountyState) -> list[ItemState]:
    """Items in the layout's groups, and within each in its order."""
    group, sort = GROUPS[layout.group_by], SORTS[layout.sort]
    # Groups come in the order in which the whole lists name them, unless they have their own.
    first: dict[Hashable, int] = {}
    for place, own in enumerate(state.items):
        first.setdefault(group(own), place)

    def rank(own: ItemState) -> tuple:
        if layout.group_by is GroupBy.UNIT:
            return own.item.unit_order, own.item.unit
        if layout.group_by is GroupBy.STATUS:
            return (SEVERITY[own.standing.status],)
        if layout.group_by is GroupBy.LEADER:
            return not own.item.leader, first[group(own)]
        return (first[group(own)],)

    return sorted(items, key=lambda own: (rank(own), sort(own)))


def _categories(state: CountyState) -> dict[tuple[str, str], int]:
    """The place of each category in its whole list, from 1: a filter does not renumber it."""
    places: dict[tuple[str, str], int] = {}
    count: Counter[str] = Counter()
    for own in state.items:
        key = own.item.level, own.item.category
        if own.item.category and key not in places:
            count[own.item.level] += 1
            places[key] = count[own.item.level]
    return places


# -- Rows ----------------------------------------------------------------------------------


def _lines(items: Sequence[ItemState], layout: Layout, extras: Extras) -> Iterable[Line]:
    shown = items
    if layout.rows is not RowsOf.ITEM:
        shown = [own for own in items if _parts(own, layout.rows, extras)]
    for order, own in enumerate(shown, start=1):
        if layout.rows is RowsOf.ITEM:
            yield Line(own, order)
            continue
        parts = _parts(own, layout.rows, extras)
        yield from (Line(own, order, part) for part in parts)
        if layout.rows is RowsOf.PLACE and len(parts) > 1:
            yield Line(own, order, _total(parts), total=True)


def _parts(own: ItemState, rows: RowsOf, extras: Extras) -> list:
    parts = extras.place_rows if rows is RowsOf.PLACE else extras.site_rows
    return parts.get(own.item.pk, [])


def _total(parts: Sequence[PlaceRow]) -> PlaceRow:
    """The sum; unknown as soon as one part is."""
    targets, done = [p.target for p in parts], [p.done for p in parts]
    return PlaceRow(TOTAL, _sum(targets), _sum(done))


def _sum(values: Sequence[float | None]) -> float | None:
    # As exactly as values are stored: 7.97 + 1.7 is no 9.670000000000001.
    return None if None in values else round(sum(values), 4)


def _rows(
    lines: Sequence[Line], layout: Layout, facts: Facts
) -> tuple[list[tuple[Cell, ...]], list[int], list[Line | None]]:
    """(rows, places of the headings among them, the line of each row or None)."""
    keys = [column.key for column in layout.columns]
    heads = _has_headings(layout, {line.own.item.level for line in lines})
    group_of = GROUPS[layout.group_by]
    sizes = Counter(group_of(own) for own in {id(x.own): x.own for x in lines}.values())
    rows, groups, of_lines, current = [], [], [], object()
    for line in lines:
        group = group_of(line.own)
        if heads and group != current:
            current, words = group, _group_words(line.own, layout)
            if words:
                groups.append(len(rows))
                blank = (None,) * (len(keys) - 1)
                rows.append((f"{words}（{sizes[group]}项）", *blank))
                of_lines.append(None)
        rows.append(tuple(_cell(line, key, facts) for key in keys))
        of_lines.append(line)
    return rows, groups, of_lines


def _has_headings(layout: Layout, levels: set[str]) -> bool:
    if layout.group_by is GroupBy.LEVEL and len(levels) <= 1:
        return False  # there is nothing to tell apart
    return layout.group_by is not GroupBy.NOTHING and layout.group_style is GroupStyle.ROWS


def _cell(line: Line, key: str, facts: Facts) -> Cell:
    if line.total and COLUMNS[key].of is RowsOf.ITEM:
        return ""  # a sum is of the parts: what is said of the item stands above it
    return CELLS[key](line, facts)


def _group_words(own: ItemState, layout: Layout) -> str:
    item = own.item
    if layout.group_by is GroupBy.CATEGORY:
        level = "" if layout.level else f"{own.level_label}　"
        return f"{level}{item.category}" if item.category else level.strip()
    return {
        GroupBy.UNIT: item.unit,
        GroupBy.LEADER: item.leader or "未注明分管领导",
        GroupBy.LEVEL: own.level_label,
        GroupBy.STATUS: own.standing.label,
    }[layout.group_by]


# -- Merged cells --------------------------------------------------------------------------


def _merges(
    lines: Sequence[Line | None], rows: Sequence[tuple[Cell, ...]], layout: Layout
) -> Iterable[Merge]:
    merged_group = GROUP_COLUMNS[layout.group_by] if layout.group_style is GroupStyle.MERGED else ()
    for at, column in enumerate(layout.columns):
        if column.key in merged_group:
            key = partial(_group_key, GROUPS[layout.group_by])
        else:
            key = partial(_cell_key, COLUMNS[column.key])
        keys = [None if line is None or line.total else key(line) for line in lines]
        for first, last in _runs(keys):
            if rows[first][at] not in ("", None):
                yield from _equal(rows, at, first, last)


def _group_key(group: Callable, line: Line) -> Hashable:
    return ("group", group(line.own))


def _cell_key(spec, line: Line) -> Hashable:
    """What rows must have in common to share the cell; None: nothing to share."""
    if spec.of is not RowsOf.ITEM:
        return None
    item = line.own.item
    if spec.shared:
        # The second of two rows that a list prints with one cell names the first.
        return item.level, item.merged_with or item.number
    return (item.pk,) if line.part is not None else None


def _runs(keys: Sequence[Hashable]) -> Iterable[tuple[int, int]]:
    first = 0
    for place in range(1, len(keys) + 1):
        if place == len(keys) or keys[place] != keys[first]:
            if place - first > 1 and keys[first] is not None:
                yield first, place - 1
            first = place


def _equal(rows: Sequence[tuple[Cell, ...]], column: int, first: int, last: int):
    """The stretches of a run whose cells say the same: other words never hide in a merge."""
    for begin, end in _runs([("is", row[column]) for row in rows[first : last + 1]]):
        yield Merge(column, first + begin, first + end)


# -- What must be said below the title -----------------------------------------------------


def _notes(
    state: CountyState, layout: Layout, items: Sequence[ItemState], lines: Sequence[Line]
) -> Iterable[str]:
    if "{截至日期}" not in layout.title and "{月日}" not in layout.title:
        yield f"截至{cn_date(state.as_of)}。"
    narrowed = _narrowed(layout)
    if narrowed:
        yield f"范围：{narrowed}，共{len(items)}项。"
    if layout.rows is not RowsOf.ITEM:
        left = len(items) - len({line.own.item.pk for line in lines})
        what = "任务分解" if layout.rows is RowsOf.PLACE else "点位"
        if left:
            yield f"另有{left}项清单没有写明{what}，未列入。"
    if state.current_round is not None and state.current_round.simulated:
        yield f"{SIMULATED}：本期的填报为演示数据。"
    keys = {column.key for column in layout.columns}
    if keys >= PLAN_AND_ACTUAL:
        yield from partial_notes(items)
    rests = keys & COMPARED or layout.only in (
        Only.BELOW,
        Only.ATTENTION,
    )
    if rests and state.has_sample_comparisons:
        yield f"{SAMPLE}：全市平均为示例数据，仅供演示。"


def _narrowed(layout: Layout) -> str:
    words = [layout.unit, layout.leader and f"{layout.leader}分管的", layout.starred and "带★的"]
    if layout.only is not Only.ALL:
        words.append(ONLY_LABELS[layout.only])
    return "、".join(filter(None, words))
