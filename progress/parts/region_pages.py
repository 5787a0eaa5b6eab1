"""What the pages of a city or province show, from its state: rankings, matrix, small charts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.urls import reverse

from livelihood.organisation.documents.tables import Cell as TableCell
from livelihood.organisation.documents.tables import Column, Kind, Table
from livelihood.organisation.models import Region
from livelihood.organisation.words import cn_date, percent1, rounded1
from progress.documents import charts
from progress.operations.region_state import (
    Cell,
    CountyRow,
    Course,
    ProgrammeRow,
    RegionState,
    level_label,
)
from progress.parts.chips import NO_STATUS_SHAPE, SHAPES, status_words

# So many columns of the matrix fit a desktop's width.
COUNTIES_ON_A_PAGE = 15
# The rankings: what the reader chooses, its words, and the key by which the best stands first;
# None: nothing can be said. Who reports nothing is not ahead of who reports arrears.
RANKINGS: dict[str, tuple[str, Callable[[CountyRow], float | None]]] = {
    "completed": ("已完成多的在前", lambda row: -(row.share(row.completed, row.total) or 0)),
    "late": (
        "滞后和未报少的在前",
        lambda row: row.share(row.late + row.not_reported, row.total - row.unknown),
    ),
    "below": ("低于全市平均少的在前", lambda row: row.share(row.below, row.compared)),
}


class Ranked(NamedTuple):
    """A county in a ranking; equal shares share a place. Without a round, or where nothing
    can be said, it has none."""

    place: int | None
    row: CountyRow
    url: str


@dataclass
class Asked:
    """What the address asks for: date, level, ranking and page of counties."""

    region: Region
    year: int
    as_of: date
    level: str
    sort: str
    page: str

    def url(self, **changes) -> str:
        """The address of the page with other parameters; what is usual is left out."""
        values = {"as_of": self.as_of.isoformat(), "level": self.level, "sort": self.sort}
        values |= {"page": self.page, **changes}
        usual = {"level": "", "sort": "completed", "page": "1"}
        query = urlencode({k: v for k, v in values.items() if str(v) != usual.get(k)})
        return f"{reverse('region', args=[self.region.code, self.year])}?{query}"

    @property
    def query(self) -> str:
        """The query string that keeps the date on another page."""
        return f"?{urlencode({'as_of': self.as_of.isoformat()})}"


def county_url(row: CountyRow, year: int) -> str:
    """The county's overview at the date of its round."""
    address = reverse("overview", args=[row.region.code, year])
    return f"{address}?as_of={row.round.as_of.isoformat()}" if row.round else address


def ranked(state: RegionState, sort: str) -> list[Ranked]:
    """The counties by what the reader chose; those without a place last, by their codes."""
    key = RANKINGS[sort][1]
    keys = {row.region.pk: key(row) if row.round else None for row in state.counties}
    known = [row for row in state.counties if keys[row.region.pk] is not None]
    known.sort(key=lambda row: (keys[row.region.pk], row.region.code))
    places: dict[float, int] = {}
    for number, row in enumerate(known, start=1):
        places.setdefault(keys[row.region.pk], number)
    unknown = [row for row in state.counties if keys[row.region.pk] is None]
    # Those without a round stand behind those of which nothing can be said.
    unknown.sort(key=lambda row: row.round is None)
    return [
        Ranked(places.get(keys[row.region.pk]), row, county_url(row, state.year))
        for row in [*known, *unknown]
    ]


# -- The matrix ---------------------------------------------------------------------------


class Shown(NamedTuple):
    """A cell of the matrix as it is shown; ``words`` for screen readers and the mouse."""

    url: str
    css: str
    shape: str
    percent: str
    below: bool
    words: str


class MatrixRow(NamedTuple):
    """One programme: its average and its cells in the order of the counties."""

    programme: object
    url: str
    average: str
    counties: int
    late: int
    cells: list[Shown | None]


def page_of_counties(state: RegionState, number: str) -> Page:
    """Some of the counties, in the order of their codes; a strange number gives the first."""
    paginator = Paginator(state.counties, COUNTIES_ON_A_PAGE)
    return paginator.get_page(number)


def matrix(
    state: RegionState, counties: Sequence[CountyRow], asked: Asked
) -> list[tuple[str, list[MatrixRow]]]:
    """The programmes of each level across some counties: (level in words, rows)."""
    items = {
        row.region.pk: reverse("items", args=[row.region.code, state.year]) for row in counties
    }
    days = {row.region.pk: row.round.as_of.isoformat() for row in counties if row.round}
    groups: dict[str, list[MatrixRow]] = {}
    for row in state.programmes:
        level = row.programme.level
        if asked.level in ("", level):
            cells = [
                _shown(row.cells.get(county.region.pk), county, items, days) for county in counties
            ]
            groups.setdefault(level, []).append(_matrix_row(row, cells, state, asked))
    return [(level_label(level), rows) for level, rows in groups.items()]


def _matrix_row(row: ProgrammeRow, cells, state: RegionState, asked: Asked) -> MatrixRow:
    arguments = [state.region.code, state.year, row.programme.pk]
    return MatrixRow(
        row.programme,
        reverse("region_item", args=arguments) + asked.query,
        percent1(row.average.average) if row.average else "—",
        row.average.counties if row.average else 0,
        row.late,
        cells,
    )


def _shown(cell: Cell | None, county: CountyRow, items, days) -> Shown | None:
    if cell is None:
        return None
    pk = cell.county
    words = [county.region.name, status_words(cell.status).split(" ", 1)[1]]
    words.append(f"计划{percent1(cell.planned)}")
    words.append("实际没有数据" if cell.actual is None else f"实际{percent1(cell.actual)}")
    if cell.is_carried:
        words.append("沿用此前填报")
    return Shown(
        url=f"{items[pk]}{cell.level}/{cell.number}/?as_of={days[pk]}",
        css="unknown" if cell.status is None else cell.status.value,
        shape=NO_STATUS_SHAPE if cell.status is None else SHAPES[cell.status],
        percent="—" if cell.actual is None else f"{cell.actual:.0f}%",
        below=bool(cell.below),
        words="，".join([*words, *cell.flag_labels]),
    )


def average_word(state: RegionState) -> str:
    """What the mean over all counties shown is called."""
    return "全省平均" if state.spans_cities else "全市平均"


def matrix_table(state: RegionState, title: str) -> Table:
    """The whole matrix for Excel: a row for each programme, two columns for each county."""
    columns = [
        Column("层级", 8, Kind.LABEL),
        Column("共同项目", 50),
        Column(average_word(state), 12, Kind.PERCENT),
        Column("依据（个县市区）", 12, Kind.COUNT),
        Column("滞后（个县市区）", 12, Kind.COUNT),
    ]
    for county in state.counties:
        name = county.region.name
        columns.append(Column("研判", 12, Kind.STATUS, over=name))
        columns.append(Column("实际", 10, Kind.PERCENT, over=name))
    rows = tuple(_table_row(row, state) for row in state.programmes)
    notes = [date_words(state)]
    if state.simulated:
        notes.append("演示数据：填报为模拟数据，仅供演示。")
    return Table("各县对比", title, tuple(columns), rows, tuple(notes), empty="没有共同项目。")


def _table_row(row: ProgrammeRow, state: RegionState) -> tuple[TableCell, ...]:
    average = row.average
    values = [level_label(row.programme.level), row.programme.name]
    values += [rounded1(average.average) if average else None, average.counties if average else 0]
    values.append(row.late)
    for county in state.counties:
        cell = row.cells.get(county.region.pk)
        if cell is None:
            values += ["", ""]
            continue
        words = [status_words(cell.status).split(" ", 1)[1], *cell.flag_labels]
        values += ["；".join(words), rounded1(cell.actual)]
    return tuple(values)


# -- One programme in all counties ----------------------------------------------------------

PANELS_IN_A_ROW = 4
PANEL_HEIGHT = 170
# So many counties are named in a sentence.
NAMED = 5


def courses_chart(
    courses: Sequence[Course], row: ProgrammeRow, urls: dict[int, str], year: int
) -> dict:
    """Small multiples: planned and actual percent over the year, one panel for each county."""
    panels = [
        charts.Panel(
            course.region.name,
            [(p.as_of, rounded1(p.planned)) for p in course.points],
            [(p.as_of, rounded1(p.actual)) for p in course.points if p.actual is not None],
            urls[course.item.pk],
        )
        for course in courses
    ]
    average = rounded1(row.average.average) if row.average else None
    rows = ceil(len(panels) / PANELS_IN_A_ROW)
    return charts.small_multiples(
        panels, columns=PANELS_IN_A_ROW, height=80 + rows * PANEL_HEIGHT, year=year, level=average
    )


def item_url(course: Course, year: int) -> str:
    """The county's own page of the item at its round."""
    listed = course.item.project_list
    address = reverse("item", args=[course.region.code, year, listed.level, course.item.number])
    return f"{address}?as_of={course.points[-1].as_of.isoformat()}" if course.points else address


def ranks(courses: Sequence[Course], average) -> dict[int, int | None]:
    """The place of each course by actual percent, by the item's key; None: unknown."""
    places = {}
    for course in courses:
        actual = course.cell.counted if course.cell else None
        places[course.item.pk] = None if actual is None or not average else average.rank(actual)
    return places


def date_words(state: RegionState) -> str:
    """Which rounds are shown, in words."""
    names = "、".join(row.region.name for row in state.absent[:NAMED])
    if len(state.absent) > NAMED:
        names += f"等{len(state.absent)}个县（市、区）"
    left_out = f"；{names}在这一个月内没有期次，未计入" if names else ""
    return f"截至{cn_date(state.as_of)}，各县（市、区）按当月最近一期计{left_out}。"
