"""The rows of a unit's workbook of a round: what stands in them, and where an entry goes.

The same rows are written into the workbook and compared with it when it comes back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from livelihood.organisation.words import cn_date, number_cn, percent1
from progress.documents.report_workbook import (
    MILESTONES,
    NO,
    PLACES,
    PROGRESS,
    SITES,
    YES,
    BookRow,
    Kind,
    Layout,
)
from progress.models import SiteReading
from progress.operations.reporting import Mark, ReportData, SiteState
from progress.operations.sheets import FigureRow, MilestoneGroup, PlaceTable, Sheet, TargetLine

AHEAD_DAYS = 60
STAGES = {label: value for value, label in SiteReading.Stage.choices}
STAGE_LABELS = dict(SiteReading.Stage.choices)
# What is said once of a project, in the first of its rows.
OF_PROJECT = ("narrative", "problems", "help_needed", "cause", "catch_up_on", "declares_completion")
FLAG = "unchanged"

Entered = Mapping[str, object]
Put = Callable[[ReportData, str, object], ReportData]


@dataclass(frozen=True)
class Line:
    """One row: what it shows, the entries that it may have, and how an entry is told.

    ``told`` are the entries as they stand now, by column; a column that is not among them
    takes no entry in this row. ``about`` names the row within its project.
    """

    sheet: Sheet
    layout: Layout
    key: str
    shown: Mapping[str, object]
    told: Entered
    about: str
    put: Put

    def book_row(self) -> BookRow:
        """The row as it is written."""
        kinds = {column.name: column.kind for column in self.layout.inputs}
        entries = {name: written(kinds[name], value) for name, value in self.told.items()}
        editable = frozenset(self.told) if self.sheet.editable else frozenset()
        return BookRow(self.key, {**self.shown, **entries}, editable)


def written(kind: Kind, value: object) -> object:
    """A told value as a cell holds it: numbers as numbers, 是 and 否, the words of a stage."""
    if kind is Kind.STAGE:
        return STAGE_LABELS.get(value)
    if isinstance(value, bool):
        if value:
            return YES
        return NO if kind is Kind.YES_NO else None
    return float(value) if isinstance(value, Decimal) else value


def in_words(kind: Kind, value: object) -> str:
    """A told value in words, for a preview; "" for nothing."""
    if isinstance(value, Decimal):
        return number_cn(value)
    if isinstance(value, date):
        return cn_date(value)
    return str(written(kind, value) or "")


def plain(text: str) -> str:
    """A text as it comes back from a spreadsheet: line ends alike, nothing around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def lines_of(sheets: Iterable[Sheet]) -> list[Line]:
    """All rows of the workbook, in its order."""
    found: list[Line] = []
    for serial, sheet in enumerate(sheets, start=1):
        found += _progress_lines(serial, sheet)
        found += _milestone_lines(sheet)
        found += _site_lines(sheet)
        found += _place_lines(sheet)
    return found


# -- 进展填报 ----------------------------------------------------------------------------


def _progress_lines(serial: int, sheet: Sheet) -> Iterator[Line]:
    data, last = sheet.data, sheet.last_data
    figures: list[FigureRow | None] = list(sheet.figures)
    if len(figures) != 1 or None in data.percents:
        # The work as a whole, where its percent says more than those of its indicators.
        figures.append(None)
    for position, figure in enumerate(figures):
        key = figure.key if figure else None
        told: dict[str, object] = {"percent": data.percents.get(key)}
        if figure is not None and figure.counts:
            told["value"] = data.values.get(key)
        shown = {
            "serial": serial,
            "project": sheet.project.name,
            "lists": _names(state.name for state in sheet.items),
            "indicator": _indicator(figure),
            "target": _target(figure),
            "last": _last(last, key),
            "planned": _planned(figure),
        }
        if position == 0:
            told[FLAG] = bool(sheet.report and sheet.report.unchanged)
            told |= {name: _of_project(data, name) for name in OF_PROJECT}
            shown["average"] = _average(sheet)
            shown["state"] = sheet.report.get_state_display() if sheet.report else "未填报"
        yield Line(
            sheet=sheet,
            layout=PROGRESS,
            key=f"P{sheet.project.pk}-{key or 'W'}",
            shown=shown,
            told=told,
            about=_indicator(figure),
            put=_put_progress(key),
        )


def _of_project(data: ReportData, name: str) -> object:
    value = getattr(data, name)
    if isinstance(value, str):
        return plain(value)
    # Not to declare completion is to say nothing.
    return None if value is False else value


def _put_progress(indicator: int | None) -> Put:
    def put(data: ReportData, name: str, value: object) -> ReportData:
        if name == "value":
            return replace(data, values={**data.values, indicator: value})
        if name == "percent":
            return replace(data, percents={**data.percents, indicator: value})
        if name == "declares_completion":
            value = bool(value)
        return replace(data, **{name: value})

    return put


def _names(names: Iterable[str]) -> str:
    return "\n".join(names)


def _indicator(figure: FigureRow | None) -> str:
    if figure is None:
        return "整体"
    return f"{figure.name}（{figure.unit}）" if figure.unit else figure.name


def _figure_or_lines(pairs: Sequence[tuple[str, object]]) -> object:
    """One value where the lists agree, else a line for each; None where nobody says any."""
    values = {value for _item, value in pairs if value is not None}
    if not values:
        return None
    if len(values) == 1:
        return values.pop()
    return "\n".join(
        f"{item}：{number_cn(value) if isinstance(value, float) else value}"
        for item, value in pairs
        if value is not None
    )


def _target(figure: FigureRow | None) -> object:
    return _figure_or_lines([(t.item, t.value) for t in figure.targets]) if figure else None


def _planned(figure: FigureRow | None) -> object:
    return _figure_or_lines([(t.item, _asked(t)) for t in figure.targets]) if figure else None


def _asked(target: TargetLine) -> object:
    if target.planned_value is not None:
        return target.planned_value
    return None if target.planned_percent is None else percent1(target.planned_percent)


def _last(last: ReportData, key: int | None) -> object:
    value, percent = last.values.get(key), last.percents.get(key)
    if percent is None:
        return None if value is None else float(value)
    share = f"{number_cn(percent)}%"
    return share if value is None else f"{number_cn(value)}\n（{share}）"


def _average(sheet: Sheet) -> object:
    """The city's average of each list's item that has one; made-up ones say so."""
    pairs = []
    for state in sheet.items:
        comparison = state.standing.facts.comparison
        if state.standing.below_city_average is not None:
            sample = "\n（示例）" if comparison.illustrative else ""
            pairs.append((state.name, f"{percent1(comparison.average)}{sample}"))
    return _figure_or_lines(pairs)


# -- 节点 --------------------------------------------------------------------------------


def _milestone_lines(sheet: Sheet) -> Iterator[Line]:
    until = sheet.round.as_of + timedelta(days=AHEAD_DAYS)
    for milestone in sheet.milestones:
        if milestone.due > until:
            continue
        mark = sheet.data.marks.get(milestone.key, Mark(None))
        before = sheet.last_data.marks.get(milestone.key, Mark(None))
        yield Line(
            sheet=sheet,
            layout=MILESTONES,
            key=f"M{milestone.key}",
            shown={
                "project": sheet.project.name,
                "lists": _names(milestone.items),
                "label": milestone.label,
                "due": milestone.due,
                "text": _milestone_text(milestone),
                "before": {True: "已完成", False: "未完成", None: "未说明"}[before.met],
            },
            told={"met": mark.met, "met_on": mark.met_on},
            about=f"节点“{milestone.label}：{_short(milestone.text)}”",
            put=_put_mark(milestone.keys),
        )


def _milestone_text(milestone: MilestoneGroup) -> str:
    return f"〔{milestone.indicator}〕{milestone.text}" if milestone.indicator else milestone.text


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:23]}…"


def _put_mark(keys: Sequence[int]) -> Put:
    def put(data: ReportData, name: str, value: object) -> ReportData:
        marks = dict(data.marks)
        for key in keys:
            marks[key] = marks.get(key, Mark(None))._replace(**{name: value})
        return replace(data, marks=marks)

    return put


# -- 点位 and 任务分解 ----------------------------------------------------------------------


def _site_lines(sheet: Sheet) -> Iterator[Line]:
    for site in sheet.sites:
        told = sheet.data.sites.get(site.key, SiteState("", None))
        before = sheet.last_data.sites.get(site.key, SiteState("", None))
        yield Line(
            sheet=sheet,
            layout=SITES,
            key=f"S{site.key}",
            shown={
                "project": sheet.project.name,
                "lists": _names(state.name for state in sheet.items),
                "site": site.name,
                "last_stage": STAGE_LABELS.get(before.stage),
                "last_percent": written(Kind.SHARE, before.percent),
            },
            told={"stage": told.stage or None, "percent": told.percent},
            about=f"点位“{_short(site.name)}”",
            put=_put_site(site.keys),
        )


def _put_site(keys: Sequence[int]) -> Put:
    def put(data: ReportData, name: str, value: object) -> ReportData:
        sites = dict(data.sites)
        for key in keys:
            state = sites.get(key, SiteState("", None))
            sites[key] = state._replace(**{name: (value or "") if name == "stage" else value})
        return replace(data, sites=sites)

    return put


def _place_lines(sheet: Sheet) -> Iterator[Line]:
    for table in sheet.place_tables:
        for place in table.places:
            yield Line(
                sheet=sheet,
                layout=PLACES,
                key=f"A{place.key}",
                shown={
                    "project": sheet.project.name,
                    "lists": _names(table.items),
                    "place": place.place,
                    "share": place.task,
                    "unit": _unit(table),
                    "note": place.note or None,
                    "last": written(Kind.NUMBER, sheet.last_data.places.get(place.key)),
                },
                told={"value": sheet.data.places.get(place.key)},
                about=f"任务分解“{place.place}”",
                put=_put_place(place.keys),
            )


def _unit(table: PlaceTable) -> str | None:
    return table.unit or None


def _put_place(keys: Sequence[int]) -> Put:
    def put(data: ReportData, _name: str, value: object) -> ReportData:
        return replace(data, places={**data.places, **dict.fromkeys(keys, value)})

    return put
