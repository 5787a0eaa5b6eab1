"""The summary (概要): how every item stood at every round, kept for those who read many counties.

The only writer of ``ItemSummary`` and ``RoundSummary``. Whoever changes what is judged calls
``refresh`` (or, where a round is kept as it was judged, ``keep_round``) in the same
transaction, after ``Region.objects.touch``: the county's row is locked by it, so that of two
people who change something in one county at once neither counts without the other.

Kept is what does not change with the day alone. Two things do, and are added by whoever
reads (``standing_on``, ``progress.operations.averages``): in a round that still runs an item
without a report becomes 未报 when its deadline has passed; and its comparison with an average
that is computed changes with what other counties report, and 位次靠后 gives way to it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import chain
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from livelihood.organisation.models import Region
from progress.models import ItemSummary, Round, RoundSummary, RuleSet
from progress.operations.frozen import frozen_items, frozen_version
from progress.operations.item_state import ItemState
from progress.operations.prepared import Prepared
from progress.operations.standings import judge_county
from progress.operations.windows import deadlines
from progress.rules.judgement import Flag, Status
from projects.models import ListItem

KEPT_FLAGS = (Flag.BOTTOM_OF_CITY, Flag.STALLED, Flag.PROBLEM, Flag.DOUBTFUL)
FIELDS = ("status", "flags", "planned", "actual", "reported", "variance", "below", "awaited_until")
# What stands where no round has begun.
NO_STATUS = ""
COUNTS = {status.value: status.value for status in Status} | {NO_STATUS: "unknown"}
# In which column of a round's counts an item of a flag is counted.
FLAG_COUNTS = {
    Flag.PROBLEM: "problems",
    Flag.DOUBTFUL: "doubtful",
    Flag.BOTTOM_OF_CITY: "bottom",
}
# So many are found by their keys with a statement that is kept.
FEW_PROJECTS = 20
# On this day no deadline has passed.
BEFORE_ALL = date.min


class Difference(NamedTuple):
    """A field of a row that does not say what judging anew says."""

    round: Round
    item: int | None  # None: of the round's counts
    field: str
    kept: object
    judged: object

    def __str__(self):
        what = "期次概要" if self.item is None else f"条目{self.item}"
        where = f"{self.round.county}{self.round}，{what}，{self.field}"
        return f"{where}：{self.kept}，应为{self.judged}"


# -- Keeping it ---------------------------------------------------------------------------


def refresh(county: Region, *, since: date, projects: Collection[int] | None = None) -> None:
    """Judge anew what a change may have altered in the rounds of a county that are not kept.

    Args:
        county: touched by the caller.
        since: the as-of date of the earliest round that the change concerns; later ones of
            the same year rest on it, and are judged anew as well.
        projects: the keys of those whose items are concerned; None: all.
    """
    rounds = _rounds(county, since.year)
    for reporting_round in rounds:
        if reporting_round.as_of >= since and not reporting_round.version:
            items = judged_live(reporting_round, rounds, projects)
            _write(reporting_round, items, whole=projects is None)


def keep_round(reporting_round: Round, items: Iterable[ItemState], *, whole: bool) -> None:
    """Keep items of a round as they are; call it where a closed round is frozen.

    Args:
        reporting_round: closed.
        items: as they are kept.
        whole: whether these are all of the round's items; else the others stay.
    """
    _write(reporting_round, list(items), whole=whole)


# Asked at every report that is accepted.
_ROUNDS = Prepared(
    Round.objects.exclude(state=Round.State.PLANNED).order_by("-as_of").values_list()
)
_RULE_SETS = Prepared(RuleSet.objects.order_by("-valid_from").values_list())


def _rounds(county: Region, year: int) -> list[Round]:
    """The year's rounds that have begun, the latest first."""
    rounds = [r for r in _ROUNDS.objects(county=[county.pk]) if r.as_of.year == year]
    for reporting_round in rounds:
        reporting_round.county = county
    return rounds


def judged_live(
    reporting_round: Round, rounds: list[Round], projects: Collection[int] | None = None
) -> list[ItemState]:
    """The items at a round's date as the summary keeps them: before any deadline, and without
    computed averages."""
    county, as_of = reporting_round.county, reporting_round.as_of
    items = ListItem.objects.all()
    if projects is not None:
        items = projects if len(projects) <= FEW_PROJECTS else items.filter(project__in=projects)
    rule_sets = _RULE_SETS.objects(county=[county.pk])
    return judge_county(
        items,
        county,
        as_of.year,
        as_of=as_of,
        today=BEFORE_ALL,
        rounds=rounds,
        rule_set=next((r for r in rule_sets if r.valid_from <= as_of), None),
        averaged=False,
    ).items


def _write(reporting_round: Round, items: list[ItemState], *, whole: bool) -> None:
    rows = [
        ItemSummary(round=reporting_round, item_id=pk, **values)
        for pk, values in rows_of(reporting_round, items).items()
    ]
    if whole:
        gone = ItemSummary.objects.filter(round=reporting_round)
        gone.exclude(item__in=[row.item_id for row in rows]).delete()
    ItemSummary.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["round", "item"], update_fields=FIELDS
    )
    counts = _counted(rows) if whole else _counted_anew(reporting_round)
    RoundSummary.objects.bulk_create(
        [RoundSummary(round=reporting_round, **counts)],
        update_conflicts=True,
        unique_fields=["round"],
        update_fields=list(counts),
    )


def rows_of(reporting_round: Round, items: Iterable[ItemState]) -> dict[int, dict]:
    """What the summary keeps of items at a round, by item."""
    due, rows = None, {}
    for own in items:
        standing = own.standing
        awaited = None
        if standing.facts.reported is None and standing.status is not Status.COMPLETED:
            due = due or deadlines(reporting_round)
            moment = due.of(own.item.unit_id)
            awaited = moment and timezone.localtime(moment).date()
        rows[own.item.pk] = {
            "status": standing.status or NO_STATUS,
            "flags": " ".join(flag for flag in standing.flags if flag in KEPT_FLAGS),
            "planned": standing.planned_percent,
            "actual": standing.actual_percent,
            "reported": standing.facts.is_current,
            "variance": standing.schedule_variance,
            "below": standing.below_city_average,
            "awaited_until": awaited,
        }
    return rows


class _Counted(NamedTuple):
    """What of a row the counts of its round rest on."""

    status: str
    flags: str
    below: bool | None
    awaited_until: date | None


_COUNTED = Prepared(ItemSummary.objects.order_by().values_list(*_Counted._fields))


def _counted(rows: Iterable[_Counted | ItemSummary]) -> dict:
    """The counts of a round from all of its rows."""
    rows = list(rows)
    statuses = Counter(row.status for row in rows)
    flags = Counter(chain.from_iterable(row.flags.split() for row in rows))
    return {
        "total": len(rows),
        **{field: statuses[status] for status, field in COUNTS.items()},
        "below": sum(1 for row in rows if row.below),
        "compared": sum(1 for row in rows if row.below is not None),
        **{field: flags[flag] for flag, field in FLAG_COUNTS.items()},
        "awaited_until": min((r.awaited_until for r in rows if r.awaited_until), default=None),
    }


def _counted_anew(reporting_round: Round) -> dict:
    """The same from the database; reading so few columns is quicker than letting it count."""
    return _counted(map(_Counted._make, _COUNTED.where(round=[reporting_round.pk])))


# -- Reading it ---------------------------------------------------------------------------


def standing_on(status: str, awaited_until: date | None, today: date) -> str:
    """A kept status as it is on a day: 未报 where a report was awaited until a day before."""
    if awaited_until is not None and today > awaited_until and status != Status.COMPLETED:
        return Status.NOT_REPORTED.value
    return status


# -- Proving it ---------------------------------------------------------------------------


def unsummarised() -> QuerySet[Region]:
    """The counties with a round of which no summary is kept: it began before there was one."""
    rounds = Round.objects.exclude(state=Round.State.PLANNED).filter(summary=None)
    return Region.objects.counties().filter(pk__in=rounds.values("county"))


def rebuild(county: Region) -> int:
    """Judge all rounds of a county anew and keep that; call it in a transaction.

    Returns:
        How many rounds.
    """
    Region.objects.filter(pk=county.pk).touch()
    done = 0
    for reporting_round, items in _anew(county):
        _write(reporting_round, items, whole=True)
        done += 1
    return done


def differences(county: Region) -> list[Difference]:
    """Where the summary does not say what judging all rounds of a county anew says."""
    found = []
    for reporting_round, items in _anew(county):
        judged = rows_of(reporting_round, items)
        kept = {
            pk: dict(zip(FIELDS, values, strict=True))
            for pk, *values in reporting_round.summaries.values_list("item_id", *FIELDS)
        }
        for pk in sorted(judged.keys() | kept.keys()):
            found += _different(reporting_round, pk, kept.get(pk, {}), judged.get(pk, {}))
        rows = [ItemSummary(item_id=pk, **values) for pk, values in judged.items()]
        counted = RoundSummary.objects.filter(round=reporting_round).values().first() or {}
        counted = {name: value for name, value in counted.items() if name not in ("id", "round_id")}
        found += _different(reporting_round, None, counted, _counted(rows))
    return found


def _different(reporting_round, item, kept: dict, judged: dict) -> list[Difference]:
    return [
        Difference(reporting_round, item, name, kept.get(name), judged.get(name))
        for name in sorted(kept.keys() | judged.keys())
        if name not in kept or name not in judged or kept[name] != judged[name]
    ]


def _anew(county: Region) -> Iterator[tuple[Round, list[ItemState]]]:
    """Every round of a county that has begun, with its items as the summary is to keep them."""
    years = Round.objects.filter(county=county).dates("as_of", "year")
    for year in [day.year for day in years]:
        rounds = _rounds(county, year)
        for reporting_round in rounds:
            version = frozen_version([reporting_round], reporting_round.as_of)
            if version is None:
                yield reporting_round, judged_live(reporting_round, rounds)
            else:
                yield reporting_round, frozen_items(version, ListItem.objects.all())
