"""同一事项: items of several lists that are one piece of work, linked and parted by hand."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record
from progress.operations.import_confirm import stored_items, stored_row
from progress.operations.locks import lock_county
from progress.operations.plan_import import ImportChangedError
from progress.operations.report_merge import (
    Rounds,
    bring_along,
    copy_to_parted,
    figures_follow,
)
from progress.operations.reporting import RefusedError
from progress.operations.summary import refresh
from projects.models import ListItem, PlanChange, Target
from projects.operations.linking import CannotLinkError, link_items, split_item
from projects.operations.load import project_name
from projects.rules.similar import Work, likely_same, same_targets

WHAT = "同一事项"
ALONE = "单独的事项"


@dataclass(frozen=True)
class Candidate:
    """An item that may be the same work; ``why`` says what speaks for it, "" nothing does."""

    item: ListItem
    why: str = ""
    refused: str = ""


def of_the_unit(item: ListItem) -> list[ListItem]:
    """The item and all others of its county, year and lead unit, in the order of the lists."""
    listed = item.project_list
    return list(stored_items(listed.county, listed.year).filter(lead_unit=item.lead_unit_id))


def links_stamp(items: Sequence[ListItem]) -> int:
    """A number that changes when any of these items is linked otherwise."""
    told = [(i.pk, i.project_id, i.project.name, i.project.note) for i in items]
    return zlib.crc32(repr(told).encode())


def candidates(item: ListItem, items: Sequence[ListItem]) -> list[Candidate]:
    """The items that could be the same work as ``item``, the likeliest first.

    Args:
        item: the item.
        items: as ``of_the_unit`` gives them.
    """
    rounds = Rounds({one.project_id for one in items})
    own = next(one for one in items if one.pk == item.pk)
    found = []
    for other in items:
        if other.project_id == own.project_id:
            continue
        refused = rounds.against(own.project_id, other.project_id)
        same = likely_same([_work(own), _work(other)])
        found.append(Candidate(other, same[0].why if same else "", refused))
    return sorted(found, key=lambda one: (bool(one.refused), not one.why))


def _work(item: ListItem) -> Work:
    targets = tuple(
        (t.name, None if t.value is None else float(t.value), t.unit_of_measure)
        for t in item.targets.all()
    )
    return Work(item.pk, item.project_list.level, item.lead_unit.name, item.title, targets)


@transaction.atomic
def link_by_hand(
    *, by, item: ListItem, other: int, name: str, note: str, reason: str, version: int
) -> ListItem:
    """Make an item, with those it is linked with, the same work as another one.

    Args:
        by: who.
        item: the item.
        other: primary key of an item of the same county, year and lead unit.
        name: what the work is called; "" keeps the name of the project that stays.
        note: how the lists differ, in words; "" keeps the project's.
        reason: why; kept on every item that is linked.
        version: ``links_stamp`` of what was looked at.

    Returns:
        The other item.

    Raises:
        ImportChangedError: somebody has linked or parted items since.
        RefusedError: it cannot be linked; says why.
    """
    items = _locked(item, version)
    found = next((one for one in items if one.pk == other), None)
    if found is None:
        raise RefusedError("请选择同一牵头单位的一个条目。")
    own = next(one for one in items if one.pk == item.pk)
    if found.project_id == own.project_id:
        raise RefusedError(f"{own}与{found}已经是同一事项。")
    rounds = Rounds({own.project_id, found.project_id})
    if refused := rounds.against(own.project_id, found.project_id):
        raise RefusedError(refused)
    stays, goes = rounds.order(own.project_id, found.project_id)
    moved = [one for one in items if one.project_id == goes]
    members = [one for one in items if one.project_id == stays] + moved
    before = _told(members)
    project = members[0].project
    formers = _indicators(members)
    bring_along(moved, goes, project)
    try:
        link_items(
            members,
            name=name or project.name,
            note=note or project.note,
            same=_same(own, found, members),
        )
    except CannotLinkError as refused:
        raise RefusedError(str(refused)) from None
    figures_follow(formers, members)
    _keep(by, members, before, reason, {stays})
    return found


@transaction.atomic
def split_by_hand(*, by, item: ListItem, reason: str, version: int) -> ListItem:
    """Part an item from those that it is linked with: it is reported by itself from now on.

    Args:
        by: who.
        item: the item.
        reason: why; kept on every item that was linked.
        version: ``links_stamp`` of what was looked at.

    Raises:
        ImportChangedError: somebody has linked or parted items since.
        RefusedError: it cannot be parted; says why.
    """
    items = _locked(item, version)
    own = next(one for one in items if one.pk == item.pk)
    members = [one for one in items if one.project_id == own.project_id]
    before, former = _told(members), own.project
    if former.pk in Rounds({former.pk}).unsettled:
        raise RefusedError("这一事项有一期填报还没有截止；截止后再拆开。")
    formers = _indicators([own])
    try:
        project = split_item(own, name=project_name(stored_row(own)))
    except CannotLinkError as refused:
        raise RefusedError(str(refused)) from None
    now = _indicators(ListItem.objects.filter(pk=own.pk).prefetch_related("targets"))
    copy_to_parted(own, former, {formers[target]: now[target] for target in formers})
    _keep(by, members, before, reason, {former.pk, project.pk})
    return own


def _locked(item: ListItem, version: int) -> list[ListItem]:
    """The unit's items as they are, locked for this transaction."""
    items = of_the_unit(item)
    projects = {one.project_id for one in items}
    lock_county(item.project_list.county_id, projects=projects)
    items = of_the_unit(item)
    if links_stamp(items) != version:
        raise ImportChangedError
    return items


def _told(items: Sequence[ListItem]) -> dict[int, str]:
    """With which items each is one work, in words, by primary key."""
    projects = {one.pk: one.project_id for one in ListItem.objects.filter(pk__in=_keys(items))}
    groups = defaultdict(list)
    for item in items:
        groups[projects[item.pk]].append(item)
    return {
        item.pk: "与" + "、".join(str(one) for one in group if one.pk != item.pk)
        if len(group) > 1
        else ALONE
        for group in groups.values()
        for item in group
    }


def _indicators(items: Iterable[ListItem]) -> dict[int, int]:
    """The indicator of each target of the items, by the target's key."""
    return {target.pk: target.indicator_id for item in items for target in item.targets.all()}


def _keys(items: Sequence[ListItem]) -> list[int]:
    return [item.pk for item in items]


def _same(own: ListItem, found: ListItem, members: Sequence[ListItem]) -> list[list[Target]]:
    """Which figures are the same: those of the two items, wherever else they stand already."""
    ours, theirs = list(own.targets.all()), list(found.targets.all())
    groups = []
    for place, their_place in same_targets(_work(own), _work(found)):
        pair = ours[place].indicator, theirs[their_place].indicator
        if pair[0].kind == pair[1].kind:
            groups.append([t for one in members for t in one.targets.all() if t.indicator in pair])
    return groups


def _keep(by, members: Sequence[ListItem], before: dict[int, str], reason, projects) -> None:
    """Write on every item what it was linked with, and judge anew what is concerned."""
    after = _told(members)
    changed = [item for item in members if before[item.pk] != after[item.pk]]
    PlanChange.objects.bulk_create(
        PlanChange(
            item=item, what=WHAT, old=before[item.pk], new=after[item.pk], reason=reason, by=by
        )
        for item in changed
    )
    for item in changed:
        told = {WHAT: (before[item.pk], after[item.pk])}
        record(by=by, subject=item, summary=f"调整{WHAT}：{after[item.pk]}", changes=told)
    listed = members[0].project_list
    Region.objects.filter(pk=listed.county_id).touch()
    refresh(listed.county, since=date(listed.year, 1, 1), projects=projects)
