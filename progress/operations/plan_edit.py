"""调整计划: what one item promises is changed by hand, with what it was before kept."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date

from django.db import transaction

from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record
from progress.operations.import_confirm import Reported, item_row, stored_items, stored_row
from progress.operations.import_reading import check_row, json_value
from progress.operations.locks import lock_county
from progress.operations.plan_changes import (
    Approval,
    Difference,
    differences,
    keep_changes,
    major_of,
)
from progress.operations.plan_import import ImportChangedError, RowFaultsError
from progress.operations.reporting import RefusedError
from progress.operations.summary import refresh
from projects.models import ListItem, Milestone, PlanChange
from projects.operations.load import load_plan, unit_names
from projects.rules.exchange import DocumentRow, Fault, ItemRow

# Fields that a change of a plan leaves as they are printed.
AS_PRINTED = ("level", "number", "title", "schedule", "merged_with", "notes")


def plan_of(item: ListItem) -> ListItem:
    """The item with everything that its plan says."""
    listed = item.project_list
    return stored_items(listed.county, listed.year).get(pk=item.pk)


def stamp(item: ListItem) -> int:
    """A number that changes with the item's plan: what was opened on another is refused."""
    return zlib.crc32(repr(stored_row(item)).encode())


def exchange_of(item: ListItem) -> dict:
    """The item's plan in the exchange format, for the forms."""
    return json_value(asdict(stored_row(item))) | {"doc": item.project_list.document}


def reported_milestones(item: ListItem) -> set[int]:
    """The orders of an item's milestones of which something was reported."""
    return set(Reported([item.pk]).marks[item.pk])


@transaction.atomic
def edit_plan(
    *,
    by,
    item: ListItem,
    data: Mapping,
    approval: Approval,
    version: int,
    origins: Sequence[int | None] | None = None,
) -> list[Difference]:
    """Change what an item promises; its wording stays as printed.

    What was reported of a milestone stays with it, wherever it is moved to.

    Args:
        by: who changes it.
        item: the item.
        data: the plan in the exchange format, as it should be.
        approval: why, and the approving document; needed where a target, a site or a
            milestone that was reported of changes.
        version: ``stamp`` of the plan on which it was changed.
        origins: for each milestone in ``data`` the order of the one that it was, None for a
            new one; without, they are told by their place.

    Returns:
        What changed.

    Raises:
        ImportChangedError: somebody else was faster.
        RowFaultsError: it cannot be kept like this.
        RefusedError: what has been reported would lose its place, or nothing changed.
        UnapprovedError: reason or document is missing.
    """
    lock_county(item.project_list.county_id, projects=[item.project_id])
    item = plan_of(item)
    if stamp(item) != version:
        raise ImportChangedError
    before = stored_row(item)
    told = _checked(origins, len(before.milestones))
    after, origins = _in_time(_wanted(item, before, data), told)
    changed = differences(before, after)
    if not changed:
        raise RefusedError("没有改动。")
    reported = Reported([item.pk])
    if refused := reported.against(item, after, told and origins):
        raise RefusedError(refused)
    moved = bool(reported.moved(item, after, told and origins))
    major = major_of(before, after, reported_moved=moved)
    approval.require_for(major)
    _give_places(item, origins)
    _write(item, [after, *_siblings(item, before, after)])
    PlanChange.objects.bulk_create(
        keep_changes(item, changed, major=major, approval=approval, by=by)
    )
    words = "、".join(d.what for d in changed)
    told = {d.what: (d.old, d.new) for d in changed}
    record(by=by, subject=item, summary=f"调整计划：{words}", changes=told)
    listed = item.project_list
    Region.objects.filter(pk=listed.county_id).touch()
    refresh(listed.county, since=date(listed.year, 1, 1), projects={item.project_id})
    return changed


def _checked(origins: Sequence[int | None] | None, count: int) -> list[int | None] | None:
    """Each former milestone once; what was sent otherwise is a new one."""
    if origins is None:
        return None
    seen: set[int | None] = set()
    checked: list[int | None] = []
    for origin in origins:
        known = origin is not None and 0 <= origin < count and origin not in seen
        checked.append(origin if known else None)
        seen.add(origin)
    return checked


def _in_time(after: ItemRow, origins: list[int | None] | None) -> tuple[ItemRow, list[int | None]]:
    """The milestones by their dates, each with what it was."""
    if origins is None or len(origins) != len(after.milestones):
        origins = list(range(len(after.milestones)))
    pairs = sorted(zip(after.milestones, origins, strict=True), key=lambda pair: pair[0].due)
    milestones = tuple(milestone for milestone, _origin in pairs)
    return replace(after, milestones=milestones), [origin for _milestone, origin in pairs]


def _give_places(item: ListItem, origins: Sequence[int | None]) -> None:
    """Give stored milestones the places of what they become, so that their marks go along."""
    stored = {m.order: m for m in item.milestones.all()}
    places = {origin: place for place, origin in enumerate(origins) if origin in stored}
    if all(origin == place for origin, place in places.items()) and len(places) == len(stored):
        return
    gone = [m.pk for order, m in stored.items() if order not in places]
    Milestone.objects.filter(pk__in=gone).delete()
    kept = [stored[origin] for origin in places]
    beyond = max(stored, default=0) + len(origins) + 1
    # Twice: no two of them may have one place in between.
    for first in (beyond, 0):
        for origin, place in places.items():
            stored[origin].order = first + place
        Milestone.objects.bulk_update(kept, ["order"])


def _wanted(item: ListItem, before: ItemRow, data: Mapping) -> ItemRow:
    data = json_value(dict(data)) | {"status": "", "actual": [], "completed": False}
    listed = item.project_list
    faults, _doubts = check_row(data, {"doubts": []}, listed.year)
    if not faults and data["lead_unit"] not in unit_names(listed.county):
        faults = [Fault("", "", "lead_unit", f"单位名单中没有“{data['lead_unit']}”。")]
    if faults:
        raise RowFaultsError(faults)
    after = replace(item_row(data), **{name: getattr(before, name) for name in AS_PRINTED})
    # A total as printed says nothing of other shares.
    total = before.allocation_total if after.allocations == before.allocations else None
    return replace(after, problems="", allocation_total=total)


# Who answers for an item: what may be changed of many at once.
ANSWERS = {
    "lead_unit": "牵头单位",
    "responsible_leader": "责任领导",
    "responsible_person": "责任人",
}


@transaction.atomic
def change_many(*, by, items: Iterable[ListItem], field: str, new: str, reason: str) -> int:
    """Give many items another lead unit, leader or person; linked items follow a unit.

    Args:
        by: who changes it.
        items: of one county and year.
        field: one of ``ANSWERS``.
        new: the name.
        reason: why; may be empty.

    Returns:
        How many items changed.

    Raises:
        RefusedError: nothing is chosen, nothing would change, or there is no such unit.
    """
    items = list(items)
    if not items:
        raise RefusedError("请至少勾选一个条目。")
    listed = items[0].project_list
    if field == "lead_unit" and new not in unit_names(listed.county):
        raise RefusedError(f"单位名单中没有“{new}”。")
    pks, projects = {i.pk for i in items}, {i.project_id for i in items}
    lock_county(listed.county_id, projects=projects)
    meant = [
        item
        for item in stored_items(listed.county, listed.year)
        if item.pk in pks or (field == "lead_unit" and item.project_id in projects)
    ]
    rows = {item.pk: stored_row(item) for item in meant}
    changed = [item for item in meant if getattr(rows[item.pk], field) != new]
    if not changed:
        raise RefusedError("没有改动：这些条目已经是这样。")
    _write(changed[0], [replace(rows[item.pk], **{field: new}) for item in changed])
    PlanChange.objects.bulk_create(
        PlanChange(
            item=item,
            what=ANSWERS[field],
            old=getattr(rows[item.pk], field),
            new=new,
            reason=reason,
            by=by,
        )
        for item in changed
    )
    for item in changed:
        told = {ANSWERS[field]: (getattr(rows[item.pk], field), new)}
        record(by=by, subject=item, summary=f"调整{ANSWERS[field]}", changes=told)
    Region.objects.filter(pk=listed.county_id).touch()
    touched = {item.project_id for item in changed}
    refresh(listed.county, since=date(listed.year, 1, 1), projects=touched)
    return len(changed)


def _siblings(item: ListItem, before: ItemRow, after: ItemRow) -> list[ItemRow]:
    """The same work on other lists follows to another lead unit: it is reported once."""
    if before.lead_unit == after.lead_unit:
        return []
    listed = item.project_list
    others = stored_items(listed.county, listed.year).filter(project=item.project_id)
    return [
        replace(stored_row(other), lead_unit=after.lead_unit)
        for other in others
        if other.pk != item.pk
    ]


def _write(item: ListItem, rows: list[ItemRow]) -> None:
    county, year = item.project_list.county, item.project_list.year
    lists = county.project_lists.filter(year=year)
    for one in lists.filter(level__in={row.level for row in rows}):
        document = DocumentRow(
            doc=one.document,
            county=county.code,
            year=year,
            as_of=None,
            source=one.source,
            regions=(),
            units=(),
            titles={one.level: one.title},
        )
        own = [row for row in rows if row.level == one.level]
        load_plan(document, county, own, [])
