"""Townships that report themselves: a county's choice, their figures, and what the lead unit
sees of them. The only writer of both.

A township is a unit of the county that is called as the lists print the place, or has an
alias so called. Its figures are told to the lead unit alone, which answers for the total.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from livelihood.organisation.models import LogEntry, Region, Unit, UnitAlias
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import number_cn
from progress.models import CountyChoice, Round, TownshipFigure
from progress.operations.locks import lock_county
from progress.operations.reporting import RefusedError
from progress.operations.sheets import PlaceGroup, PlaceTable, Sheet, read_sheets
from progress.operations.windows import window
from projects.models import Allocation, Project

LONGEST_NAME = Unit._meta.get_field("name").max_length


class TownshipChangedError(Exception):
    """Colleagues saved some of the figures after the page was opened."""

    def __init__(self, names: Sequence[str]):
        super().__init__(f"{'、'.join(names)}在您打开页面之后已被同事修改，请核对后再保存。")


class Share(NamedTuple):
    """One project's part that falls to a township, and what it has told."""

    project: Project
    place: PlaceGroup
    unit: str  # of measure
    last: TownshipFigure | None  # of the latest earlier round
    told: TownshipFigure | None

    @property
    def key(self) -> int:
        """By which the form knows it."""
        return self.place.key


class Told(NamedTuple):
    """What a township says of one share: a figure, or None to take it back with its note;
    ``version`` is the one that it saw, 0 for none."""

    value: Decimal | None
    note: str
    version: int


class Done(NamedTuple):
    """What telling has done: figures saved, and figures taken back."""

    saved: Sequence[TownshipFigure]
    withdrawn: Sequence[TownshipFigure]


class Arrived(NamedTuple):
    """What has come in for one breakdown of a lead unit."""

    figures: Sequence[TownshipFigure]
    missing: Sequence[str]
    own: Decimal | None  # the unit's own cumulative figure, as it is saved

    @property
    def total(self) -> Decimal:
        """The sum of what has come in."""
        return sum((figure.value for figure in self.figures), Decimal(0))


def townships_report(county: Region) -> bool:
    """Whether the county has its townships report themselves; by default it has not."""
    return CountyChoice.objects.filter(county=county, townships_report=True).exists()


class Units(NamedTuple):
    """The townships that had no unit: the names of those that have one now, and of those that
    are printed under too long a name for one."""

    added: Sequence[str] = ()
    too_long: Sequence[str] = ()


@transaction.atomic
def switch(*, by, county: Region, on: bool) -> Units:
    """Let the townships of a county report themselves, or no longer.

    Returns:
        What was done for townships that had no unit; their people are added by an
        administrator, as all people are.
    """
    lock_county(county.pk)
    choice, _ = CountyChoice.objects.get_or_create(county=county)
    if choice.townships_report == on:
        return Units()
    choice.townships_report = on
    choice.save()
    units = _add_units(county) if on else Units()
    words = {True: "是", False: "否"}
    changes = {"镇乡自行填报": (words[not on], words[on])}
    if units.added:
        changes["新增单位"] = (None, "、".join(units.added))
    record(
        by=by,
        subject=county,
        summary=f"{county}：{'开通' if on else '停用'}镇乡自行填报。",
        changes=changes,
    )
    Region.objects.filter(pk=county.pk).touch(judged=False)
    return units


def _add_units(county: Region) -> Units:
    known = {*Unit.objects.filter(region=county).values_list("name", flat=True)}
    known |= {*UnitAlias.objects.filter(region=county).values_list("name", flat=True)}
    places = Allocation.objects.filter(item__project__county=county).order_by("place")
    # A part that several places share is reported by the lead unit.
    wanted = [p for p in dict.fromkeys(places.values_list("place", flat=True)) if "、" not in p]
    new, order = [name for name in wanted if name not in known], county.units.count()
    fitting = [name for name in new if len(name) <= LONGEST_NAME]
    Unit.objects.bulk_create(
        Unit(region=county, name=name, order=order + number)
        for number, name in enumerate(fitting, 1)
    )
    return Units(fitting, [name for name in new if len(name) > LONGEST_NAME])


def names_of(unit: Unit) -> set[str]:
    """As what lists print the unit."""
    return {unit.name, *unit.aliases.values_list("name", flat=True)}


def read_shares(unit: Unit, reporting_round: Round, *, now: datetime) -> list[Share]:
    """The parts that fall to a township in a round's year, in the order of the lists."""
    names, year = names_of(unit), reporting_round.as_of.year
    projects = Project.objects.filter(
        county=reporting_round.county, year=year, items__allocations__place__in=names
    ).distinct()
    sheets = read_sheets(projects.select_related("lead_unit", "county"), reporting_round, now=now)
    figures = TownshipFigure.objects.filter(
        unit=unit, round__as_of__lte=reporting_round.as_of, round__as_of__year=year
    )
    told, last = {}, {}
    for figure in figures.select_related("by", "round").order_by("round__as_of"):
        (told if figure.round_id == reporting_round.pk else last)[figure.allocation_id] = figure
    return [
        Share(sheet.project, place, table.unit, last.get(place.key), told.get(place.key))
        for sheet in sheets
        for table in sheet.place_tables
        for place in table.places
        if place.place in names
    ]


@transaction.atomic
def tell(
    *,
    by,
    unit: Unit,
    reporting_round: Round,
    told: Mapping[int, Told],
    shares: Iterable[Share],
    now: datetime,
) -> Done:
    """Save a township's figures; what says the same as before stays untouched.

    Args:
        by: the person of the township.
        unit: the township.
        reporting_round: open for it.
        told: by the key of the share, only what the township has changed.
        shares: the township's, as read for the page.
        now: the moment.

    Raises:
        RefusedError: the county does not want it, or the round is not open.
        TownshipChangedError: colleagues have saved some of it by now; nothing was saved.
    """
    county = reporting_round.county
    if not townships_report(county):
        raise RefusedError(f"{county}没有开通镇乡自行填报。")
    allowed = window(reporting_round, unit, now)
    if not allowed.open:
        raise RefusedError(allowed.why)
    lock_county(county.pk)
    rows = TownshipFigure.objects.filter(round=reporting_round, unit=unit)
    there = {row.allocation_id: row for row in rows}
    own = {share.key: share for share in shares if share.key in told}
    changed = [k for k in own if (there[k].version if k in there else 0) != told[k].version]
    if changed:
        raise TownshipChangedError([f"“{own[k].project}”" for k in changed])
    done = Done([], [])
    for key, share in own.items():
        figure = there.get(key) or TownshipFigure(
            round=reporting_round, allocation_id=key, unit=unit, version=0
        )
        old, new = (figure.value, figure.note), (told[key].value, told[key].note)
        if new[0] is None and figure.pk is not None:
            _log(by, figure, share, old, (None, ""), action=LogEntry.Action.DELETE)
            figure.delete()
            done.withdrawn.append(figure)
        elif new[0] is not None and old != new:
            figure.value, figure.note = new
            figure.version, figure.by, figure.at = figure.version + 1, by, now
            figure.save()
            done.saved.append(figure)
            _log(by, figure, share, old, new)
    if any(done):
        # No figure of the item's until its lead unit takes it over.
        Region.objects.filter(pk=county.pk).touch(judged=False)
    return done


def _log(by, figure, share: Share, old, new, action=LogEntry.Action.UPDATE) -> None:
    said = "撤回报数" if new[0] is None else f"累计{number_cn(new[0])}{share.unit}"
    pairs = {"累计完成数": (old[0], new[0]), "说明": (old[1], new[1])}
    record(
        by=by,
        subject=figure,
        summary=f"{figure.unit}报数：{share.project}，{figure.round}，{said}。",
        changes={label: pair for label, pair in pairs.items() if pair[0] != pair[1]},
        action=action,
    )


def arrived(sheet: Sheet) -> dict[int, TownshipFigure]:
    """What the townships have told of a project in its round, by the key of the place; empty
    where the county does not want it."""
    keys = [place.key for table in sheet.place_tables for place in table.places]
    if not keys or not townships_report(sheet.round.county):
        return {}
    figures = TownshipFigure.objects.filter(round=sheet.round, allocation__in=keys)
    return {figure.allocation_id: figure for figure in figures.select_related("by", "unit")}


def of_table(sheet: Sheet, table: PlaceTable, figures: Mapping[int, TownshipFigure]) -> Arrived:
    """What has come in for one breakdown of ``sheet``, and who is missing."""
    own = [v for key in table.indicators if (v := sheet.data.values.get(key)) is not None]
    return Arrived(
        [figures[place.key] for place in table.places if place.key in figures],
        [place.place for place in table.places if place.key not in figures],
        sum(own) if own else None,
    )


def taken_over(sheet: Sheet, figures: Mapping[int, TownshipFigure]) -> dict[int, Decimal]:
    """The places' figures as the townships told them, for all lists that break down alike."""
    return {
        key: figures[place.key].value
        for table in sheet.place_tables
        for place in table.places
        if place.key in figures
        for key in place.keys
    }
