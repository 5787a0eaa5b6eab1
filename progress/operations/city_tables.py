"""全市对比表: taking the city's table in, putting its reading right, adopting, withdrawing.

The only writer of city tables and, besides the loader of published lists, of comparisons.
Nothing counts before it has been shown and confirmed; what a table replaces is kept with
it, and comes back when it is withdrawn. A table that reaches into closed rounds corrects
them: each gets a further version.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from livelihood.organisation.models import LogEntry, Region
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import cn_date, percent1
from progress.models import CityComparison, CityTable, Round
from progress.operations.city_reading import items_of, known_of, read_content
from progress.operations.frozen import frozen_version, kept_row, row_as_kept
from progress.operations.locks import lock_county
from progress.operations.reporting import RefusedError
from progress.operations.rounds import refreeze
from progress.operations.summary import refresh
from progress.rules.city_matching import Item, Match, likely_level, match_rows
from progress.rules.city_table import PERCENT, Reading, TableRow
from projects.documents.archives import UnreadableError
from projects.models import Level, ListItem

State = CityTable.State
HUNDREDTH = Decimal("0.01")
COMPARE, REFERENCE = "compare", "reference"
BY_HAND = "县府办确认只作参考。"
# For a comparison that is older the default rules say nothing any more.
MAX_AGE_DAYS = 45


class CityTableChangedError(Exception):
    """Somebody else changed the table, or the comparisons of its date, in the meantime."""

    def __init__(self):
        super().__init__(
            "在您打开页面之后，这张表或同一日期的对比数据已被他人改动。下面是现在的情况，请核对后再确认。"
        )


# -- Taking in -------------------------------------------------------------------------


def take_in(
    *,
    by,
    county: Region,
    year: int,
    content: bytes,
    name: str,
    as_of: date,
    source: str,
    kind: str = CityTable.Kind.FILE,
    illustrative: bool = False,
) -> CityTable:
    """Keep a file or pasted text as a table that waits to be looked at and confirmed.

    Raises:
        UnreadableError: no table of the city is found in it; says so in Chinese.
    """
    # Before the transaction: reading takes a while, and nobody should wait for it.
    read_content(content, name, known_of(county), as_of=as_of)
    with transaction.atomic():
        table = CityTable(
            county=county,
            year=year,
            as_of=as_of,
            source=source,
            kind=kind,
            name=name[-200:],
            illustrative=illustrative,
            taken_by=by,
        )
        table.file.save(name, ContentFile(content), save=False)
        table.save()
        record(
            by=by,
            subject=table,
            summary=f"上传{table}“{table.name}”，尚未采用。",
            action=LogEntry.Action.CREATE,
        )
    return table


# -- Looking at it -----------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A row of the table with the item that it is about, and what stood there before."""

    match: Match
    use: str  # COMPARE or REFERENCE
    now: CityComparison | None
    candidates: tuple[tuple[int, int], ...]  # (item, certainty in percent)
    reason: str = ""  # why just this row cannot be compared
    decided: bool = False  # a person has chosen its item or its use

    @property
    def row(self) -> TableRow:
        """What the table says."""
        return self.match.row

    @property
    def doubtful(self) -> bool:
        """Whether somebody should look at it."""
        return not self.match.sure or bool(self.reason or self.row.doubts)

    @property
    def may_compare(self) -> bool:
        """Whether it may count: what is done without what is to be done says nothing."""
        return self.row.unit == PERCENT

    @property
    def below(self) -> bool:
        """Whether it would count as below the city's average."""
        return self.use == COMPARE and rounded(self.row.figure) < rounded(self.row.average)

    @property
    def was(self) -> dict:
        """What stands there now and would be another: figure, average, rank."""
        if self.now is None:
            return {}
        new = {
            "figure": rounded(self.row.figure),
            "average": rounded(self.row.average),
            "rank": self.row.rank,
        }
        old = {name: getattr(self.now, name) for name in new}
        return {name: value for name, value in old.items() if value != new[name]}


@dataclass(frozen=True)
class Preview:
    """What adopting a table would do as things stand."""

    table: CityTable
    reading: Reading
    level: str
    items: Mapping[int, ListItem]
    lines: list[Line]  # doubtful ones first
    rounds: list[Round]  # closed ones that would be corrected
    existing: int
    token: str

    @cached_property
    def doubtful(self) -> list[Line]:
        """What somebody should look at."""
        return [line for line in self.lines if line.doubtful]

    @cached_property
    def sure(self) -> list[Line]:
        """What needs no look."""
        return [line for line in self.lines if not line.doubtful]

    @cached_property
    def taken(self) -> list[Line]:
        """Rows with an item."""
        return [line for line in self.lines if line.match.item is not None]

    @cached_property
    def unchecked(self) -> list[Line]:
        """Doubtful rows with an item about which nobody has decided anything."""
        return [line for line in self.taken if line.doubtful and not line.decided]

    @property
    def below(self) -> int:
        """How many items would count as below the city's average."""
        return sum(line.below for line in self.taken)

    @property
    def differing(self) -> list[Line]:
        """Rows that replace another comparison of the same date."""
        return [line for line in self.taken if line.was]

    @cached_property
    def unnamed(self) -> list[ListItem]:
        """Items of the table's list that it says nothing of."""
        named = {line.match.item for line in self.taken}
        return [
            item
            for pk, item in self.items.items()
            if item.project_list.level == self.level and pk not in named
        ]


def rounded(value: float) -> Decimal:
    """A figure as it is stored, rounded as people round."""
    return Decimal(str(round(value, 6))).quantize(HUNDREDTH, ROUND_HALF_UP)


def preview(table: CityTable, reading: Reading | None = None) -> Preview:
    """Match the rows of the kept file, with what a person has put right.

    Args:
        table: not confirmed yet.
        reading: of this file, for the same date and own county; None: it is read anew.

    Raises:
        UnreadableError: the file is gone or cannot be read any more.
    """
    choices = table.choices
    if reading is None:
        known = known_of(table.county, choices.get("own", ""))
        reading = read_content(_content(table), table.name, known, as_of=table.as_of)
    items = items_of(table.county, table.year)
    # "any" is what a person chose; with no choice it is guessed.
    level = choices.get("level") or likely_level(reading.rows, items)
    level = level if level in Level.values else ""
    matches = match_rows(reading.rows, items, level=level, chosen=choices.get("items", {}))
    standing = {
        row.item_id: row
        for row in _comparisons(table.county, table.year, table.as_of).select_related("table")
    }
    lines = [_line(match, choices, standing, reading.reason) for match in matches]
    items_met = [line.match.item for line in lines if line.match.item is not None]
    return Preview(
        table=table,
        reading=reading,
        level=level,
        items=_listed(table, items),
        lines=sorted(lines, key=lambda line: not line.doubtful),
        rounds=corrected_rounds(table.county, table.year, table.as_of, items_met),
        existing=len(standing),
        token=_token(standing.values(), lines),
    )


def _content(table: CityTable) -> bytes:
    try:
        with table.file.open("rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise UnreadableError("这张表的原件已不在服务器上，请放弃后重新上传。") from error


def _line(match: Match, choices: Mapping, standing: Mapping, whole: str) -> Line:
    key, uses = match.row.key, choices.get("use", {})
    use = uses.get(key, REFERENCE if match.reason else COMPARE)
    if match.row.unit != PERCENT:
        use = REFERENCE
    candidates = tuple((c.item, round(100 * c.certainty)) for c in match.candidates)
    # What holds for the whole table is told once.
    reason = "" if match.reason == whole else match.reason
    decided = key in uses or key in choices.get("items", {})
    return Line(match, use, standing.get(match.item), candidates, reason, decided)


def _listed(table: CityTable, items: Sequence[Item]) -> dict[int, ListItem]:
    listed = ListItem.objects.for_county(table.county, table.year)
    return {item.pk: item for item in listed.select_related("project_list", "project")}


def _comparisons(county: Region, year: int, as_of: date):
    return CityComparison.objects.filter(
        item__project_list__county=county, item__project_list__year=year, as_of=as_of
    )


def token_of(rows: Iterable[CityComparison]) -> str:
    """By what a change of the comparisons of a date is noticed."""
    told = sorted(
        (row.item_id, row.table_id or 0, str(row.figure), str(row.average)) for row in rows
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _token(standing: Iterable[CityComparison], lines: Iterable[Line]) -> str:
    """By what is noticed that a table would do something else than was shown."""
    told = sorted((line.row.key, line.match.item or 0, line.use) for line in lines)
    return hashlib.sha256(f"{token_of(standing)}{told}".encode()).hexdigest()[:16]


def corrected_rounds(county: Region, year: int, as_of: date, items: Iterable[int]) -> list[Round]:
    """The closed rounds that figures of ``items`` at ``as_of`` speak of, the earliest first."""
    items = set(items)
    later = CityComparison.objects.filter(item__in=items, as_of__gt=as_of).order_by()
    firsts = dict(later.values_list("item").annotate(Min("as_of")))
    rounds = Round.objects.for_county(county, year).filter(
        state=Round.State.CLOSED, version__gt=0, as_of__gte=as_of
    )
    if len(firsts) == len(items):
        # Each of them has a later figure, from which on this one says nothing.
        rounds = rounds.filter(as_of__lt=max(firsts.values(), default=as_of))
    return [r for r in reversed(rounds) if (r.as_of - as_of).days <= _max_age(r)]


def _max_age(reporting_round: Round) -> int:
    version = frozen_version([reporting_round], reporting_round.as_of)
    return int((version.rules or {}).get("comparison_max_age_days") or MAX_AGE_DAYS)


# -- Putting it right ----------------------------------------------------------------------


class Correction(NamedTuple):
    """What the page of a table sends: its head, and for each row the item and the use."""

    as_of: date
    source: str
    illustrative: bool
    own: str
    level: str
    items: dict[str, int | None]
    uses: dict[str, str]


@transaction.atomic
def correct(*, by, shown: Preview, correction: Correction, version: int) -> CityTable:
    """Keep what a person put right in the reading; the table stays unconfirmed.

    Args:
        by: the person of the office.
        shown: the table as it stands.
        correction: what was sent from its page.
        version: of the table, as the page showed it.

    Raises:
        CityTableChangedError: somebody else changed it in the meantime.
        RefusedError: it has been adopted or withdrawn.
    """
    if shown.table.version != version:
        raise CityTableChangedError
    table = _locked(shown.table, version)
    table.choices = {
        "own": correction.own,
        "level": correction.level,
        **_decided(shown, correction, table.choices),
    }
    table.as_of, table.source = correction.as_of, correction.source
    table.illustrative = correction.illustrative
    table.version += 1
    table.save()
    return table


def read_again(before: Preview, table: CityTable) -> Preview | None:
    """A corrected table without reading its file again; None where it would be read otherwise.

    Args:
        before: as it was shown.
        table: with what was put right since.
    """
    former = before.table
    if table.as_of != former.as_of or table.choices.get("own") != former.choices.get("own", ""):
        return None
    shown = preview(table, before.reading)
    return shown if shown.level == before.level else None


def _decided(shown: Preview, sent: Correction, before: Mapping) -> dict:
    """Items and uses that a person chose otherwise than proposed, or had chosen before."""
    items, uses = dict(before.get("items", {})), dict(before.get("use", {}))
    for line in shown.lines:
        key = line.row.key
        if key in sent.items and sent.items[key] != line.match.item:
            items[key] = sent.items[key]
        if key in sent.uses and sent.uses[key] != line.use:
            uses[key] = sent.uses[key]
    return {"items": items, "use": uses}


def check_draft(table: CityTable) -> None:
    """Let only a table go on that has not been adopted or withdrawn.

    Raises:
        RefusedError: it has.
    """
    if table.state != State.DRAFT:
        raise RefusedError(f"这张表{table.get_state_display()}，不能再改动。")


def _row(table: CityTable) -> CityTable:
    """The table as it is now, locked."""
    tables = CityTable.objects.select_for_update(of=("self",), no_key=True)
    return tables.select_related("county").get(pk=table.pk)


def _locked(table: CityTable, version: int | None = None) -> CityTable:
    table = _row(table)
    check_draft(table)
    if version is not None and table.version != version:
        raise CityTableChangedError
    return table


@transaction.atomic
def discard(*, by, table: CityTable) -> None:
    """Forget a table that has not been adopted.

    Raises:
        RefusedError: it has been.
    """
    table = _locked(table)
    record(
        by=by,
        subject=table,
        summary=f"放弃{table}“{table.name}”，没有采用。",
        action=LogEntry.Action.DELETE,
    )
    stored = table.file
    table.delete()
    transaction.on_commit(lambda: stored.storage.delete(stored.name))


# -- Adopting --------------------------------------------------------------------------------


@transaction.atomic
def adopt(
    *,
    by,
    table: CityTable,
    version: int,
    token: str,
    reading: Reading | None = None,
    only_sure: bool = False,
    checked: bool = False,
    now: datetime | None = None,
) -> Preview:
    """Let a table count: its rows take the place of those of the same items and date.

    Args:
        by: the person of the office; None for the command line.
        table: not confirmed yet, corrected as wished.
        version: of the table, as it was shown.
        token: of what it would do, as it was shown.
        reading: its file as read for the same date and own county; None: it is read anew.
        only_sure: leave out the rows that a person should look at.
        checked: a person has looked at the doubtful rows.
        now: the moment.

    Returns:
        What it did.

    Raises:
        CityTableChangedError: the table or what it replaces is not as it was shown.
        RefusedError: two rows are about one item, there is none at all, or doubtful ones
            have not been looked at.
    """
    lock_county(table.county_id)
    table = _locked(table, version)
    shown = preview(table, reading)
    if shown.token != token:
        raise CityTableChangedError
    lines = [line for line in shown.taken if not (only_sure and line.doubtful)]
    _check(shown, lines)
    if shown.unchecked and not (checked or only_sure):
        count = len(shown.unchecked)
        raise RefusedError(
            f"有{count}行存疑，请逐行核对条目和数字，再勾选“已核对{count}行存疑”后确认采用。"
        )
    rows = [_comparison(table, line) for line in lines]
    _put(by, table, rows, now or timezone.now())
    return shown


def _check(shown: Preview, lines: Sequence[Line]) -> None:
    if not lines:
        raise RefusedError("没有可以采用的行：请为每一行选择条目，或者放弃这张表。")
    by_item: dict[int, list[Line]] = {}
    for line in lines:
        by_item.setdefault(line.match.item, []).append(line)
    twice = [
        f"{shown.items[item]}（{'、'.join(line.row.place for line in found)}）"
        for item, found in by_item.items()
        if len(found) > 1
    ]
    if twice:
        raise RefusedError(f"有几行对应同一个条目，只能采用一行：{'；'.join(twice)}。")


def _comparison(table: CityTable, line: Line) -> CityComparison:
    row, comparable = line.row, line.use == COMPARE
    return CityComparison(
        item_id=line.match.item,
        table=table,
        as_of=table.as_of,
        figure=rounded(row.figure),
        average=rounded(row.average),
        average_derived=row.average_derived,
        unit=row.unit[:20],
        rank=row.rank,
        counties=row.counties,
        best=None if row.best is None else rounded(row.best),
        best_county=row.best_county[:50],
        by_county=[
            [county.name, None if county.figure is None else float(rounded(county.figure))]
            for county in row.by_county
        ],
        comparable=comparable,
        reason="" if comparable else (line.match.reason or BY_HAND)[:200],
        source=table.source,
        illustrative=table.illustrative,
    )


def _put(by, table: CityTable, rows, now: datetime) -> None:
    """Write the comparisons of a table in place of what stands there; the county is locked."""
    items = {row.item_id for row in rows}
    rounds = corrected_rounds(table.county, table.year, table.as_of, items)
    before = CityComparison.objects.filter(item__in=items, as_of=table.as_of)
    table.replaced = [kept_row(row) for row in before]
    table.state, table.adopted_by, table.adopted_at = State.ADOPTED, by, now
    table.taken_in = len(rows)
    table.save()
    before.delete()
    CityComparison.objects.bulk_create(rows)
    instead = f"，替换{len(table.replaced)}项" if table.replaced else ""
    summary = f"采用{table}：{len(rows)}个条目{instead}，来源：{table.source}。"
    _conclude(by, table, summary, items, rounds, now)


def _conclude(
    by,
    table: CityTable,
    summary: str,
    items: Collection[int],
    rounds: Sequence[Round],
    now: datetime,
) -> None:
    sample = "（示例数据）" if table.illustrative else ""
    record(by=by, subject=table, summary=f"{summary.rstrip('。')}{sample}。")
    Region.objects.filter(pk=table.county_id).touch()
    for reporting_round in rounds:
        compared = ListItem.objects.filter(pk__in=items)
        refreeze(by=by, round=reporting_round, note=summary, items=compared, now=now)
    refresh(table.county, since=table.as_of)


@transaction.atomic
def withdraw(*, by, table: CityTable, reason: str, now: datetime | None = None) -> int:
    """Take an adopted table back; what it had replaced stands again.

    Returns:
        How many comparisons came back.

    Raises:
        RefusedError: it is not adopted, a later table stands on it, or no reason is given.
    """
    now, reason = now or timezone.now(), reason.strip()
    lock_county(table.county_id)
    table = _row(table)
    if table.state != State.ADOPTED:
        raise RefusedError(f"这张表{table.get_state_display()}，没有可撤销的。")
    if not reason:
        raise RefusedError("请写明撤销的原因。")
    same_day = CityTable.objects.filter(
        county=table.county_id, as_of=table.as_of, state=State.ADOPTED
    )
    for other in same_day.exclude(pk=table.pk):
        if any(row.get("table_id") == str(table.pk) for row in other.replaced):
            when = timezone.localtime(other.adopted_at)
            raise RefusedError(
                f"{cn_date(when)}采用的同一日期的表替换了这张表的数据，请先撤销那一张。"
            )
    items = set(table.comparisons.values_list("item_id", flat=True))
    rounds = corrected_rounds(table.county, table.year, table.as_of, items)
    table.comparisons.all().delete()
    back = _former(table)
    items.update(row.item_id for row in back)
    CityComparison.objects.bulk_create(back)
    table.state, table.withdrawn_by, table.withdrawn_at = State.WITHDRAWN, by, now
    table.reason = reason[:200]
    table.save()
    restored = f"，恢复此前的{len(back)}项" if back else ""
    _conclude(by, table, f"撤销{table}{restored}，原因：{table.reason}。", items, rounds, now)
    return len(back)


def _former(table: CityTable) -> list[CityComparison]:
    """The rows that a table had replaced, to be written again."""
    rows = [row_as_kept(CityComparison, kept) for kept in table.replaced]
    items = set(
        ListItem.objects.filter(pk__in=[row.item_id for row in rows]).values_list("pk", flat=True)
    )
    rows = [row for row in rows if row.item_id in items]
    for row in rows:
        row.pk = None
    return rows


# -- One figure ------------------------------------------------------------------------------


class Typed(NamedTuple):
    """One comparison as a person types it; percents."""

    as_of: date
    figure: Decimal
    average: Decimal
    rank: int | None
    counties: int | None
    best: Decimal | None
    best_county: str
    source: str
    illustrative: bool


def standing_comparison(item: ListItem, as_of: date) -> CityComparison | None:
    """What stands for an item at a date."""
    return CityComparison.objects.filter(item=item, as_of=as_of).first()


@transaction.atomic
def type_in(
    *, by, item: ListItem, typed: Typed, seen: str = "", now: datetime | None = None
) -> CityTable:
    """Take in the city's figures of one item, typed by hand; kept like a table of one row.

    Args:
        seen: ``token_of`` what the person was shown to stand there; "" if nothing was.

    Raises:
        CityTableChangedError: something stands there that the person was not shown.
    """
    project_list = item.project_list
    lock_county(project_list.county_id)
    standing = standing_comparison(item, typed.as_of)
    if standing is not None and token_of([standing]) != seen:
        raise CityTableChangedError
    table = CityTable.objects.create(
        county=project_list.county,
        year=project_list.year,
        as_of=typed.as_of,
        source=typed.source,
        kind=CityTable.Kind.TYPED,
        name=str(item),
        illustrative=typed.illustrative,
        taken_by=by,
    )
    values = typed._asdict()
    row = CityComparison(item=item, table=table, **values)
    _put(by, table, [row], now or timezone.now())
    return table


def in_words(row: CityComparison) -> str:
    """A comparison in one phrase."""
    rank = f"，排名{row.rank}" if row.rank else ""
    return f"本县{percent1(row.figure)}，全市平均{percent1(row.average)}{rank}"
