"""Running the rounds of a county (期次): setting up, opening, extending, closing, reopening.

Each writer is one transaction and leaves one row in the audit trail; ``by`` is the person
who acts. The county is locked before the round is looked at: of two people who close it at
once, one does, and the other is told.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from livelihood.organisation.models import Region, Unit
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import cn_date, cn_datetime
from progress.models import Extension, Round, RoundVersion
from progress.operations.freezing import freeze
from progress.operations.locks import lock_county
from progress.operations.reporting import RefusedError
from progress.operations.summary import refresh
from progress.operations.windows import deadlines
from progress.rules.calendar import RoundDates
from projects.models import ListItem

REOPEN_HOURS = range(1, 241)


# -- Setting up a year -------------------------------------------------------------


class Step(StrEnum):
    """What setting up does with one round."""

    ADD = "add"
    KEEP = "keep"
    MOVE = "move"
    DROP = "drop"


class Planned(NamedTuple):
    """One round of the year as setting up leaves it; ``dates`` are those it then has."""

    step: Step
    dates: RoundDates
    existing: Round | None


def preview_rounds(
    county: Region, year: int, dates: Sequence[RoundDates], *, replace: bool = False
) -> list[Planned]:
    """What ``plan_rounds`` would do, round by round, the earliest first; writes nothing."""
    existing = {r.as_of: r for r in Round.objects.filter(county=county, as_of__year=year)}
    in_use = set(
        Round.objects.filter(county=county, as_of__year=year)
        .exclude(reports=None, slips=None)
        .values_list("pk", flat=True)
    )
    wanted = {d.as_of: d for d in dates}
    planned = []
    for as_of in sorted(existing.keys() | wanted.keys()):
        there, asked = existing.get(as_of), wanted.get(as_of)
        if there is None:
            planned.append(Planned(Step.ADD, asked, None))
            continue
        movable = replace and there.state == Round.State.PLANNED and there.pk not in in_use
        step, kept = Step.KEEP, dates_of(there)
        if movable and asked is None:
            step = Step.DROP
        elif movable and asked != kept:
            step, kept = Step.MOVE, asked
        planned.append(Planned(step, kept, there))
    return planned


def dates_of(round: Round) -> RoundDates:
    """The days of a round that is there; None where it was loaded without them."""
    return RoundDates(round.as_of, round.opens_on, round.deadline, round.moved_from)


@transaction.atomic
def plan_rounds(
    *,
    by,
    county: Region,
    year: int,
    dates: Sequence[RoundDates],
    replace: bool = False,
    simulated: str = "",
) -> list[Planned]:
    """Set up a year's rounds in one step; setting up the same again changes nothing.

    Args:
        by: the person of the office.
        county: whose rounds.
        year: of the lists; every as-of date lies in it.
        dates: as-of date, opening and deadline of each.
        replace: whether rounds that nobody has opened or used yet take the new dates, and
            go where they are not among them. Without it every round that exists is kept.
        simulated: for 演示数据 where they come from; "" for rounds in which units report.

    Returns:
        What was done, round by round, the earliest first.
    """
    lock_county(county.pk)
    planned = preview_rounds(county, year, dates, replace=replace)
    changes = {}
    for step, days, there in planned:
        if step == Step.KEEP:
            continue
        if step == Step.DROP:
            there.delete()
        else:
            there = there or Round(
                county=county,
                as_of=days.as_of,
                state=Round.State.PLANNED,
                simulated=bool(simulated),
                source=simulated,
            )
            there.opens_on, there.deadline = days.opens_on, days.deadline
            there.moved_from = days.moved_from
            there.full_clean(exclude=["county"])
            there.save()
        changes[f"截至{cn_date(days.as_of)}"] = (None, None if step == Step.DROP else _days(days))
    if changes:
        counts = "，".join(
            f"{word}{count}期"
            for word, step in (("新增", Step.ADD), ("改期", Step.MOVE), ("撤销", Step.DROP))
            if (count := sum(1 for p in planned if p.step == step))
        )
        sample = "（演示数据）" if simulated else ""
        summary = f"设置{county.name}{year}年期次{sample}：{counts}"
        record(by=by, subject=county, summary=summary, changes=changes)
        Region.objects.filter(pk=county.pk).touch()
    return planned


def _days(days: RoundDates) -> str:
    return f"{cn_date(days.opens_on)}开放，{cn_date(days.deadline)}截止"


# -- The course of one round -------------------------------------------------------


def _locked(round: Round, wanted: Round.State) -> Round:
    """The round as it now is; nobody changes it until the transaction is over.

    Raises:
        RefusedError: its state is another one by now, or it is not there any more.
    """
    lock_county(round.county_id)
    current = Round.objects.filter(pk=round.pk).first()
    if current is None:
        raise RefusedError(f"{round}的期次已被撤销。")
    if current.state != wanted:
        raise RefusedError(refusal(current))
    return current


def refusal(round: Round) -> str:
    """Why a round cannot be opened, extended, closed or reopened in the state it is in."""
    if round.state == Round.State.PLANNED:
        return f"{round}的期次尚未开放填报，请先开放。"
    if round.state == Round.State.OPEN:
        since = (
            f"，{cn_datetime(timezone.localtime(round.opened_at))}开放" if round.opened_at else ""
        )
        return f"{round}的期次正在填报{since}。"
    at = f"，时间为{cn_datetime(timezone.localtime(round.closed_at))}" if round.closed_at else ""
    return f"{round}的期次已经截止{at}。需要更正的，请为有关单位重开。"


def _tell(round: Round, summary: str, *, by, changes: dict | None = None) -> None:
    record(by=by, subject=round, summary=f"{round.sample_mark}{summary}", changes=changes)
    Region.objects.filter(pk=round.county_id).touch()


@transaction.atomic
def open_round(*, by, round: Round, now: datetime | None = None) -> Round:
    """Let the units report in a planned round.

    Raises:
        RefusedError: it is open, or closed, by now.
    """
    round = _locked(round, Round.State.PLANNED)
    round.state, round.opened_at = Round.State.OPEN, now or timezone.now()
    round.save(update_fields=["state", "opened_at"])
    _tell(round, f"开放填报：{round}", by=by, changes={"状态": ("未开放", "填报中")})
    refresh(round.county, since=round.as_of)
    return round


@transaction.atomic
def extend(
    *, by, round: Round, unit: Unit | None, until: datetime, reason: str, now=None
) -> Extension:
    """Give a unit, or all, more time in an open round.

    Args:
        by: the person of the office.
        round: open, with a deadline.
        unit: which one; None for all.
        until: the new last moment; later than the one that held.
        reason: why, required.
        now: the moment.

    Raises:
        RefusedError: the round is not open or has no deadline, or ``until`` is no later.
    """
    round = _locked(round, Round.State.OPEN)
    fault = until_fault(round, unit, until, now or timezone.now())
    if fault:
        raise RefusedError(fault)
    extension = _grant(Extension.Kind.EXTENDED, by, round, unit, until, reason)
    whom = unit or "全部单位"
    due = cn_date(timezone.localdate(until))
    _tell(round, f"{round}：{whom}延期至{due}，原因：{reason}", by=by)
    refresh(round.county, since=round.as_of)
    return extension


def until_fault(round: Round, unit: Unit | None, until: datetime, now: datetime) -> str:
    """Why ``until`` cannot be an extension's last moment, in Chinese; "" if it can."""
    known = deadlines(round)
    due = known.general if unit is None else known.of(unit.pk)
    if due is None:
        return "本期没有填报期限，不需要延期。"
    if until <= due:
        return f"现在的期限已是{cn_date(timezone.localdate(due))}，延期须晚于这一天。"
    return "延期不能早于现在。" if until <= now else ""


def _grant(kind, by, round, unit, until, reason) -> Extension:
    extension = Extension(
        round=round, unit=unit, kind=kind, until=until, reason=reason, granted_by=by
    )
    extension.full_clean(exclude=["round", "unit", "granted_by"])
    extension.save()
    return extension


@transaction.atomic
def close_round(*, by, round: Round, note: str = "", now: datetime | None = None) -> RoundVersion:
    """Close an open round: what has not been accepted is 未报, and all is frozen as judged.

    Raises:
        RefusedError: it is not open any more, or not yet.
    """
    now = now or timezone.now()
    # Whoever is sending a report either has sent it before the standings are read, or finds
    # the round closed (``reporting.refuse_if_closed_meanwhile``).
    round = _locked(round, Round.State.OPEN)
    round.state, round.closed_at = Round.State.CLOSED, now
    round.save(update_fields=["state", "closed_at"])
    version = freeze(round, by=by, note=note or "截止", now=now)
    _tell(round, f"截止填报并存档：{round}", by=by, changes={"状态": ("填报中", "已截止")})
    return version


@transaction.atomic
def reopen(*, by, round: Round, unit: Unit, hours: int, reason: str, now=None) -> Extension:
    """Let one unit correct its reports of a closed round for some hours.

    What is judged stays as it is until a correction is accepted (``refreeze``).

    Raises:
        RefusedError: the round is not closed, or the hours are not 1 to 240.
    """
    if hours not in REOPEN_HOURS:
        raise RefusedError(f"重开的时间为{REOPEN_HOURS[0]}至{REOPEN_HOURS[-1]}小时。")
    round = _locked(round, Round.State.CLOSED)
    until = (now or timezone.now()) + timedelta(hours=hours)
    extension = _grant(Extension.Kind.REOPENED, by, round, unit, until, reason)
    when = cn_datetime(timezone.localtime(until))
    _tell(round, f"{round}：为{unit}重开{hours}小时，至{when}，原因：{reason}", by=by)
    return extension


@transaction.atomic
def refreeze(
    *,
    by,
    round: Round,
    note: str,
    items: QuerySet[ListItem] | None = None,
    now: datetime | None = None,
) -> RoundVersion:
    """Judge a closed round anew after a correction, and keep it as a further version.

    Args:
        by: whose action it is: the reviewer who accepted the correction.
        round: closed.
        note: what was corrected, in Chinese; at most 200 characters are kept.
        items: those that the correction concerns; the others stay as they were judged.
            None: all.
        now: the moment.

    Returns:
        The version; its ``changes`` say which items' status and flags are others now.

    Raises:
        RefusedError: the round is not closed.
    """
    round = _locked(round, Round.State.CLOSED)
    limit = RoundVersion._meta.get_field("note").max_length
    version = freeze(round, by=by, note=note[:limit], items=items, now=now or timezone.now())
    _tell(
        round,
        f"{round}：更正后存为第{version.number}版，{len(version.changes)}个条目有变化。{note}",
        by=by,
        changes={
            change["name"]: tuple(word or "无" for word in change["status"])
            for change in version.changes
        },
    )
    return version
