"""How the counties of a city or province stand, from the summary: the heavy reader of its pages.

A fixed number of queries, whatever the number of counties and items. Every figure can be found
on the county's own pages at the date of its round.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, QuerySet

from livelihood.organisation.models import Region
from progress.models import ItemSummary, Round, RoundSummary, RuleSet
from progress.operations.averages import CountyRound, by_county, of_month
from progress.operations.summary import COUNTS, FLAG_COUNTS, KEPT_FLAGS, standing_on
from progress.rules.averages import Average, average_of, is_below, is_last, prefers_computed
from progress.rules.judgement import FLAG_LABELS, Flag, Status, Thresholds
from projects.models import LEVEL_ORDER, Level, ListItem, Programme, ProgrammeItem, ProjectList

SUMMED = (*COUNTS.values(), "total", "below", "compared", *FLAG_COUNTS.values())


class Cell(NamedTuple):
    """One county's item of a programme at its round; percents 0–100 or more."""

    county: int
    level: str
    number: int
    status: Status | None
    planned: float
    actual: float | None
    reported: bool  # else it is carried forward from an earlier round
    below: bool | None  # None: nothing to compare with
    flags: tuple[Flag, ...]

    @property
    def flag_labels(self) -> list[str]:
        """What is worth knowing besides the status, in words."""
        below = [FLAG_LABELS[Flag.BELOW_CITY_AVERAGE]] if self.below else []
        return below + [FLAG_LABELS[flag] for flag in self.flags]

    @property
    def is_late(self) -> bool:
        """滞后 or 严重滞后."""
        return self.status in (Status.BEHIND, Status.SERIOUSLY_BEHIND)

    @property
    def is_carried(self) -> bool:
        """Whether the actual percent is an earlier round's."""
        return self.actual is not None and not self.reported

    @property
    def counted(self) -> float | None:
        """What of it is in an average; None where it is unknown or an earlier round's."""
        return self.actual if self.reported else None


@dataclass
class CountyRow:
    """How many of a county's items stand how; ``round`` None: it has none at the date."""

    region: Region
    round: CountyRound | None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUMMED, 0))
    bottom_ranks: int = 0  # how many of the last places its rules point out

    @property
    def total(self) -> int:
        """All items on the county's lists."""
        return self.counts["total"]

    @property
    def completed(self) -> int:
        return self.counts["completed"]

    @property
    def in_step(self) -> int:
        """按序时, 超序时 included."""
        return self.counts["ahead"] + self.counts["on_schedule"]

    @property
    def late(self) -> int:
        """滞后 and 严重滞后."""
        return self.counts["behind"] + self.counts["seriously_behind"]

    @property
    def not_reported(self) -> int:
        """未报."""
        return self.counts["not_reported"]

    @property
    def unknown(self) -> int:
        """尚无进展."""
        return self.counts["unknown"]

    @property
    def compared(self) -> int:
        """Compared with the city's average."""
        return self.counts["compared"]

    @property
    def below(self) -> int | None:
        """Below the city's average; None where nothing is compared."""
        return self.counts["below"] if self.compared else None

    @property
    def bottom(self) -> int | None:
        """Among the last of the city; None where the rules do not point that out."""
        return self.counts["bottom"] or (0 if self.bottom_ranks else None)

    @staticmethod
    def share(count: int, whole: int) -> float | None:
        """So many of the items that can be judged so; None where there are none."""
        return count / whole if whole else None


@dataclass
class ProgrammeRow:
    """A programme with the counties' items, by county."""

    programme: Programme
    average: Average | None
    cells: dict[int, Cell]

    @property
    def late(self) -> int:
        """In how many counties it is behind."""
        return sum(1 for cell in self.cells.values() if cell.is_late)


@dataclass
class RegionState:
    """A city or province at a date: its counties, and its programmes across them."""

    region: Region
    year: int
    as_of: date
    today: date
    counties: list[CountyRow]  # in the order of their codes
    programmes: list[ProgrammeRow]  # in the order of the lists

    @property
    def simulated(self) -> bool:
        """Whether a round that is shown is 演示数据."""
        return any(row.round.simulated for row in self.counties if row.round)

    @cached_property
    def total(self) -> dict[str, int]:
        """The counts of all counties together."""
        return {name: sum(row.counts[name] for row in self.counties) for name in SUMMED}

    @property
    def begun(self) -> bool:
        """Whether some county has a round at the date."""
        return any(row.round for row in self.counties)

    @property
    def spans_cities(self) -> bool:
        """Whether it is above cities: averages over all counties are then not a city's."""
        return self.region.kind == Region.Kind.PROVINCE

    @property
    def says_bottom(self) -> bool:
        """Whether some county's rules point out who is among the last."""
        return any(row.bottom is not None for row in self.counties)

    @property
    def absent(self) -> list[CountyRow]:
        """The counties without a round at the date: left out of averages, and named."""
        return [row for row in self.counties if row.round is None]


def years_of(region: Region) -> list[int]:
    """The years of which counties of the region have lists, the latest first."""
    lists = ProjectList.objects.filter(county__path__startswith=region.path)
    return list(lists.order_by("-year").values_list("year", flat=True).distinct())


def dates_of(region: Region, year: int) -> list[date]:
    """The as-of dates of the counties' rounds of a year, the latest first."""
    rounds = Round.objects.filter(county__path__startswith=region.path, as_of__year=year)
    begun = rounds.exclude(state=Round.State.PLANNED).order_by("-as_of")
    return list(begun.values_list("as_of", flat=True).distinct())


def roll_up(path: str, as_of: date, today: date) -> dict[int, tuple[CountyRound, dict[str, int]]]:
    """How many items stand how in every county below ``path`` ("": everywhere), by county.

    One query, and one more where a deadline has passed. What is 低于全市平均 or 位次靠后 by
    an average that is computed and not kept yet is not in it (``read_region``).
    """
    summaries = RoundSummary.objects.filter(
        of_month([as_of], "round__"), round__county__path__startswith=path
    )
    kept = {reporting_round: rest for reporting_round, *rest in _counts_of(summaries.order_by())}
    rolled, overdue = {}, {}
    for county, reporting_round in by_county(kept, as_of).items():
        awaited, counts = kept[reporting_round]
        rolled[county] = reporting_round, counts
        if awaited is not None and awaited < today:
            overdue[reporting_round.pk] = counts
    for pk, status, count in _overdue(list(overdue), today):
        overdue[pk][COUNTS[status]] -= count
        overdue[pk]["not_reported"] += count
    return rolled


def _counts_of(summaries: QuerySet[RoundSummary]) -> Iterator[tuple]:
    """Round, awaited until, and the counts by name."""
    columns = ("round_id", "round__county_id", "round__as_of", "round__simulated")
    for row in summaries.values_list(*columns, "awaited_until", *SUMMED):
        yield CountyRound._make(row[:4]), row[4], dict(zip(SUMMED, row[5:], strict=True))


def _overdue(rounds: Sequence[int], today: date) -> Iterable[tuple[int, str, int]]:
    """(round, status as kept, how many) of items whose report is missing since a deadline."""
    return (
        ItemSummary.objects.filter(round__in=rounds, awaited_until__lt=today)
        .exclude(status=Status.COMPLETED)
        .order_by()
        .values_list("round_id", "status")
        .annotate(count=Count("pk"))
    )


def read_region(region: Region, year: int, *, as_of: date, today: date) -> RegionState:
    """Everything that the pages of a city or province show of a year at a date.

    Args:
        region: a city or province; the reader may see all of its counties.
        year: of the lists.
        as_of: of some county's round; each county counts by its round of the same month.
        today: decides whether a running round's deadline has passed.
    """
    lists = ProjectList.objects.filter(county__path__startswith=region.path, year=year)
    below = Region.objects.counties().filter(pk__in=lists.values("county"))
    counties = list(below.select_related("parent"))
    rolled = roll_up(region.path, as_of, today)
    rows = {c.pk: CountyRow(c, *rolled.get(c.pk, (None,))) for c in counties}
    yardsticks = _yardsticks(rows, as_of)
    for pk, row in rows.items():
        row.bottom_ranks = yardsticks.get(pk, DEFAULT_YARDSTICK).bottom_ranks
    reader = _Programmes(rows, yardsticks, as_of, today)
    state = RegionState(region, year, as_of, today, list(rows.values()), [])
    state.programmes = reader.rows(Programme.objects.among(region, year))
    return state


class _Compared(NamedTuple):
    """What the comparison with the city says of an item."""

    below: bool | None  # None: nothing to compare with
    bottom: bool


class _Yardstick(NamedTuple):
    """How a county's rules compare."""

    computed_first: bool
    bottom_ranks: int


DEFAULT_YARDSTICK = _Yardstick(False, Thresholds().bottom_ranks)


class _Kept(NamedTuple):
    """What the summary keeps of one county's item of a programme."""

    round: int
    programme: int
    level: str
    number: int
    status: str
    flags: str
    planned: float
    actual: float | None
    reported: bool
    below: bool | None
    awaited_until: date | None
    version: int

    @property
    def counted(self) -> float | None:
        """What of it is in an average."""
        return self.actual if self.reported else None

    @property
    def compared(self) -> _Compared:
        """By the city's table, or as it was frozen."""
        return _Compared(self.below, Flag.BOTTOM_OF_CITY in self.flags.split())


class _Programmes:
    """The programmes' items of all counties at their rounds, with averages and flags."""

    def __init__(self, counties: Mapping[int, CountyRow], yardsticks, as_of: date, today: date):
        self.counties, self.as_of, self.today = counties, as_of, today
        self.yardsticks = yardsticks
        self.rounds = {row.round.pk: row for row in counties.values() if row.round}

    def rows(self, programmes: QuerySet[Programme]) -> list[ProgrammeRow]:
        """One row for each programme that a county has; the counties' counts are mended."""
        kept = self._kept()
        averages = self._averages(kept)
        cells: dict[int, dict[int, Cell]] = defaultdict(dict)
        for row in kept:
            county = self.rounds[row.round]
            compared = self._compared(row, county, averages)
            self._mend(county.counts, row.compared, compared)
            cells[row.programme][county.region.pk] = self._cell(row, county, compared)
        found = programmes.filter(pk__in=cells).select_related("region")
        over_all = {pk: self._over_all(kept_rows) for pk, kept_rows in _by_programme(kept).items()}
        return sorted(
            (ProgrammeRow(p, over_all.get(p.pk), cells[p.pk]) for p in found),
            key=lambda row: (LEVEL_ORDER[row.programme.level], row.programme.order),
        )

    def _kept(self) -> list[_Kept]:
        rows = ItemSummary.objects.filter(
            round__in=list(self.rounds), item__programme_link__isnull=False
        )
        return [
            _Kept._make(row)
            for row in rows.order_by().values_list(
                "round_id",
                "item__programme_link__programme_id",
                "item__project_list__level",
                "item__number",
                "status",
                "flags",
                "planned",
                "actual",
                "reported",
                "below",
                "awaited_until",
                "round__version",
            )
        ]

    def _averages(self, kept: Iterable[_Kept]) -> dict[tuple[int, int], Average]:
        """By (city, programme): a county is compared with the counties of its own city."""
        figures = defaultdict(list)
        for row in kept:
            if row.counted is not None:
                city = self.rounds[row.round].region.parent_id
                figures[city, row.programme].append(row.counted)
        return {key: self._average(found) for key, found in figures.items()}

    def _average(self, figures: Sequence[float]) -> Average:
        simulated = any(row.round.simulated for row in self.rounds.values())
        return average_of(figures, self.as_of, simulated=simulated)

    def _over_all(self, kept: Iterable[_Kept]) -> Average | None:
        figures = [row.counted for row in kept if row.counted is not None]
        return self._average(figures) if figures else None

    def _compared(self, row: _Kept, county: CountyRow, averages) -> _Compared:
        """As the county's own pages say it: as it was frozen, or by its rules."""
        average = averages.get((county.region.parent_id, row.programme))
        below = is_below(average, row.counted)
        yardstick = self.yardsticks.get(county.region.pk, DEFAULT_YARDSTICK)
        if row.version or not prefers_computed(
            computed=below is not None,
            table=row.below is not None,
            computed_first=yardstick.computed_first,
        ):
            return row.compared
        return _Compared(below, is_last(average, row.counted, yardstick.bottom_ranks))

    @staticmethod
    def _mend(counts: dict[str, int], kept: _Compared, found: _Compared) -> None:
        counts["below"] += bool(found.below) - bool(kept.below)
        counts["compared"] += (found.below is not None) - (kept.below is not None)
        counts["bottom"] += found.bottom - kept.bottom

    def _cell(self, row: _Kept, county: CountyRow, compared: _Compared) -> Cell:
        status = standing_on(row.status, row.awaited_until, self.today)
        flags = {flag for flag in KEPT_FLAGS if flag in row.flags.split()}
        flags -= {Flag.BOTTOM_OF_CITY}
        if compared.bottom:
            flags.add(Flag.BOTTOM_OF_CITY)
        return Cell(
            county=county.region.pk,
            level=row.level,
            number=row.number,
            status=Status(status) if status else None,
            planned=row.planned,
            actual=row.actual,
            reported=row.reported,
            below=compared.below,
            flags=tuple(flag for flag in KEPT_FLAGS if flag in flags),
        )


def _by_programme(kept: Iterable[_Kept]) -> dict[int, list[_Kept]]:
    groups = defaultdict(list)
    for row in kept:
        groups[row.programme].append(row)
    return groups


def _yardsticks(counties: Iterable[int], as_of: date) -> dict[int, _Yardstick]:
    """How the counties' rules in force at a date compare, by county; one query."""
    rules = RuleSet.objects.filter(county__in=list(counties), valid_from__lte=as_of)
    rows = rules.order_by("valid_from").values_list(
        "county_id", "comparison_source", "bottom_ranks"
    )
    computed = RuleSet.ComparisonSource.COMPUTED
    return {county: _Yardstick(source == computed, ranks) for county, source, ranks in rows}


# -- One programme over the year ----------------------------------------------------------


class Point(NamedTuple):
    """A county's item at one of its rounds."""

    as_of: date
    planned: float
    actual: float | None


@dataclass
class Course:
    """A county's item of a programme: what it is called there, its year up to the date."""

    region: Region
    item: ListItem
    link: int
    cell: Cell | None  # None: no round at the date
    points: list[Point]


def read_courses(row: ProgrammeRow, state: RegionState) -> list[Course]:
    """The programme's items in all counties of the region with their rounds; two queries."""
    links = (
        ProgrammeItem.objects.filter(
            programme=row.programme, county__path__startswith=state.region.path
        )
        .select_related("county", "item__project_list__county")
        .order_by("county__code")
    )
    points = defaultdict(list)
    for item, *point in (
        ItemSummary.objects.filter(
            item__programme_link__programme=row.programme,
            round__as_of__lte=state.as_of,
            round__as_of__year=state.year,
        )
        .order_by("round__as_of")
        .values_list("item_id", "round__as_of", "planned", "actual")
    ):
        points[item].append(Point._make(point))
    return [
        Course(link.county, link.item, link.pk, row.cells.get(link.county_id), points[link.item_id])
        for link in links
    ]


def level_label(level: str) -> str:
    """省级 or 市级."""
    return Level(level).label
