"""Freezing a closed round: its standings, rules and words are kept as they were judged.

The first version is made at the closing, a further one by every correction. Nothing that
is changed later, in plan, rules or readings, changes a version.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from livelihood.organisation.words import rounded1
from progress.models import Round, RoundVersion, RuleSet, StandingRecord
from progress.operations.export import printed_rows
from progress.operations.frozen import (
    frozen_items,
    frozen_version,
    kept_row,
    row_as_kept,
    state_to_dict,
)
from progress.operations.item_state import ItemState
from progress.operations.item_told import read_told, told_to_dict
from progress.operations.listing_extras import parts_to_dict, read_parts
from progress.operations.standings import CountyState, judge_county
from progress.operations.summary import keep_round
from progress.rules.judgement import FLAG_LABELS
from projects.models import ListItem


def freeze(
    reporting_round: Round,
    *,
    by,
    note: str,
    now: datetime,
    items: QuerySet[ListItem] | None = None,
) -> RoundVersion:
    """Keep a closed round as it is judged now; call it inside the transaction of the change.

    A round that is kept already gets a further version, judged by the rules of the one
    before: a corrected figure does not bring later rules into a month that is past.

    Args:
        reporting_round: closed, its county locked by the caller.
        by: who closed or corrected; None for the command line.
        note: why, in Chinese.
        now: the moment.
        items: those that are corrected; what a version before says of the others is kept
            word for word. None: all.

    Returns:
        The version; ``changes`` says what the one before said otherwise.
    """
    before = frozen_version([reporting_round], reporting_round.as_of)
    whole = before is None or items is None
    concerned = ListItem.objects.all() if whole else items
    state = _judge(concerned, reporting_round, before, now)
    reporting_round.version += 1
    reporting_round.save(update_fields=["version"])
    version = RoundVersion.objects.create(
        round=reporting_round,
        number=reporting_round.version,
        at=now,
        by=by,
        note=note,
        rules=None if state.rule_set is None else kept_row(state.rule_set),
        changes=changes_between(frozen_items(before, concerned), state.items) if before else [],
    )
    # What is told of an item rests on the summary, the city's averages among it.
    keep_round(reporting_round, state.items, whole=whole)
    _keep(version, state)
    if not whole:
        _keep_others(before, version, concerned)
    return version


def _judge(
    items: QuerySet[ListItem], reporting_round: Round, before: RoundVersion | None, now: datetime
) -> CountyState:
    county, as_of = reporting_round.county, reporting_round.as_of
    if before is None:
        rule_set = RuleSet.objects.in_force(county, as_of)
    else:
        rule_set = None if before.rules is None else row_as_kept(RuleSet, before.rules)
    return judge_county(
        items,
        county,
        as_of.year,
        as_of=as_of,
        today=timezone.localdate(now),
        rounds=list(Round.objects.for_county(county, as_of.year)),
        rule_set=rule_set,
    )


def _keep(version: RoundVersion, state: CountyState) -> None:
    rows, told = printed_rows(state), read_told(state.items, state)
    parts = read_parts(state)
    StandingRecord.objects.bulk_create(
        StandingRecord(
            round_id=version.round_id,
            version=version.number,
            item_id=own.item.pk,
            status=own.standing.status or "",
            snapshot=state_to_dict(own),
            detail={
                "row": rows[own.item.pk],
                "told": told_to_dict(told[own.item.pk]),
                "parts": parts_to_dict(parts[own.item.pk]),
            },
        )
        for own in state.items
    )


def _keep_others(before: RoundVersion, version: RoundVersion, items: QuerySet[ListItem]) -> None:
    records = StandingRecord.objects.filter(round=before.round_id, version=before.number)
    others = list(records.exclude(item__in=items))
    for record in others:
        record.pk, record.version = None, version.number
    StandingRecord.objects.bulk_create(others)


def changes_between(before: Iterable[ItemState], after: Iterable[ItemState]) -> list[dict]:
    """What two versions say differently of status, flags and progress, item by item.

    Returns:
        Plain values in the words of that day, in the order of the lists: ``item`` (its key),
        ``name``, ``title``, ``status`` ([old, new]; None for an item that the version does
        not have), ``gained`` and ``lost`` flags, ``actual`` ([old, new] percent).
    """
    former = {s.item.pk: s for s in before}
    latter = {s.item.pk: s for s in after}
    found = []
    for pk in [*latter, *(former.keys() - latter.keys())]:
        old, new = former.get(pk), latter.get(pk)
        change = _change(old, new)
        if change is not None:
            shown = new or old
            found.append({"item": pk, "name": shown.name, "title": shown.item.title} | change)
    return found


def _change(old: ItemState | None, new: ItemState | None) -> dict | None:
    statuses = [state and state.standing.label for state in (old, new)]
    # With the decimal that is shown: what nobody can see has not changed.
    actuals = [state and rounded1(state.standing.actual_percent) for state in (old, new)]
    old_flags, new_flags = (state.standing.flags if state else () for state in (old, new))
    gained = [FLAG_LABELS[flag] for flag in new_flags if flag not in old_flags]
    lost = [FLAG_LABELS[flag] for flag in old_flags if flag not in new_flags]
    if statuses[0] == statuses[1] and actuals[0] == actuals[1] and not gained and not lost:
        return None
    return {"status": statuses, "gained": gained, "lost": lost, "actual": actuals}
