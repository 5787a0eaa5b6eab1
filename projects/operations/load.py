"""Writing lists: what a document says becomes regions, units, lists and items.

The one way in for plans: commands and imports all come through here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Prefetch

from livelihood.organisation.models import Region, Unit, UnitAlias
from projects.models import (
    Allocation,
    Indicator,
    ListItem,
    Milestone,
    Project,
    ProjectList,
    Site,
    Target,
)
from projects.operations.linking import CannotLinkError, link_items, same_by_rule, targets_named
from projects.operations.sync import Changes, sync
from projects.rules.exchange import LEVEL_WORDS, DocumentRow, Fault, ItemRow, LinkRow

NAME_LIMIT = 120


class FaultsError(Exception):
    """What was given is refused whole; ``faults`` names every reason by row and field."""

    def __init__(self, faults: list[Fault]):
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass
class LoadedPlan:
    """What loading one document's plan did, and where its rows are."""

    county: Region
    year: int
    changes: Changes = field(default_factory=Changes)
    items: dict[tuple[str, int], ListItem] = field(default_factory=dict)


def load_document(document: DocumentRow) -> tuple[Region, Changes]:
    """The regions and units that a document names; the county comes back.

    Raises:
        FaultsError: a region's parent is unknown.
    """
    changes = Changes()
    regions: dict[str, Region] = {}
    for row in document.regions:
        parent = regions.get(row.parent) or Region.objects.filter(code=row.parent).first()
        if row.parent is not None and parent is None:
            message = f"没有上级地区 {row.parent}；上级要列在下级之前。"
            raise FaultsError([Fault("", document.doc, f"regions.{row.code}.parent", message)])
        values = {"name": row.name, "kind": row.kind, "parent": parent}
        region, created = Region.objects.get_or_create(code=row.code, defaults=values)
        changes.created += created
        regions[row.code] = region
    county = regions[document.county]
    known = unit_names(county)
    for order, row in enumerate(document.units, start=1):
        unit = known.get(row.name)
        if unit is None:
            unit = Unit.objects.create(region=county, name=row.name, order=order)
            known[row.name] = unit
            changes.created += 1
        for alias in row.aliases:
            if alias not in known:
                UnitAlias.objects.create(unit=unit, name=alias)
                known[alias] = unit
                changes.created += 1
    return county, changes


def unit_names(county: Region) -> dict[str, Unit]:
    """Every name under which a unit of the county is printed."""
    units = {unit.name: unit for unit in Unit.objects.filter(region=county)}
    aliases = UnitAlias.objects.filter(region=county).select_related("unit")
    return {alias.name: alias.unit for alias in aliases} | units


def check_units(rows: Iterable[ItemRow], known: Mapping[str, Unit]) -> list[Fault]:
    """Rows whose lead unit is unknown under any name."""
    return [
        Fault(
            row.doc,
            f"{LEVEL_WORDS[row.level]}第{row.number}项",
            "lead_unit",
            f"单位名单中没有“{row.lead_unit}”。请在文档说明的 units 中加入该单位或其别名。",
        )
        for row in rows
        if row.lead_unit not in known
    ]


def project_name(row: ItemRow) -> str:
    """What a piece of work is called that stands on one list: its indicators' names."""
    names = [indicator.name for indicator in row.indicators]
    if not names:
        return row.title[:NAME_LIMIT]
    return ("、".join(names[:2]) + ("等" if len(names) > 2 else ""))[:NAME_LIMIT]


def load_plan(
    document: DocumentRow, county: Region, rows: list[ItemRow], links: list[LinkRow]
) -> LoadedPlan:
    """Write a document's lists, items and links; what is already so stays untouched.

    Must run inside a transaction.

    Raises:
        FaultsError: unknown units, or links that cannot be made.
    """
    known = unit_names(county)
    if faults := check_units(rows, known):
        raise FaultsError(faults)
    loaded = LoadedPlan(county, document.year)
    lists = _sync_lists(document, county, rows, loaded.changes)
    _sync_items(document, county, rows, lists, known, loaded)
    _sync_parts(rows, loaded)
    _link(links, loaded)
    return loaded


def _sync_lists(document, county, rows, changes: Changes) -> dict[str, ProjectList]:
    levels = dict.fromkeys(row.level for row in rows)
    wanted = {
        level: {
            "county": county,
            "year": document.year,
            "level": level,
            "title": document.titles.get(level, f"{document.year}年{LEVEL_WORDS[level]}民生实事"),
            "document": document.doc,
            "source": document.source,
        }
        for level in levels
    }
    existing = ProjectList.objects.filter(
        county=county, year=document.year, level__in=levels
    ).select_related("county")
    done, lists = sync(existing, wanted, lambda row: row.level)
    changes.add(done)
    return lists


def _sync_items(document, county, rows, lists, known, loaded: LoadedPlan) -> None:
    existing = ListItem.objects.filter(project_list__in=lists.values()).select_related(
        "project_list", "project", "lead_unit"
    )
    projects = {(i.project_list.level, i.number): i.project for i in existing}
    fresh = {
        row.key: Project(
            county=county,
            year=document.year,
            name=project_name(row),
            lead_unit=known[row.lead_unit],
        )
        for row in rows
        if row.key not in projects
    }
    Project.objects.bulk_create(fresh.values())
    projects |= fresh
    for row in rows:
        unit, project = known[row.lead_unit], projects[row.key]
        if project.lead_unit_id != unit.pk:
            project.lead_unit = unit
            project.save(update_fields=["lead_unit"])
    wanted = {
        row.key: {
            "project_list": lists[row.level],
            "number": row.number,
            "project": projects[row.key],
            "category": row.category,
            "starred": row.starred,
            "title": row.title,
            "schedule": row.schedule,
            "lead_unit": known[row.lead_unit],
            "lead_unit_printed": row.lead_unit,
            "supporting_units": list(row.supporting_units),
            "responsible_leader": row.responsible_leader,
            "responsible_person": row.responsible_person,
            "merged_with": row.merged_with,
            "allocation_total": row.allocation_total,
            "notes": row.notes,
        }
        for row in rows
    }
    # Rows that a document no longer holds are kept: what was promised does not vanish
    # because a file is short.
    done, loaded.items = sync(
        existing, wanted, lambda item: (item.project_list.level, item.number), delete=False
    )
    loaded.changes.add(done)


def _sync_parts(rows: list[ItemRow], loaded: LoadedPlan) -> None:
    items = loaded.items
    targets = _sync_targets(rows, loaded)
    wanted = {
        (items[row.key].pk, order): {
            "item": items[row.key],
            "order": order,
            "target": None if m.indicator is None else targets[items[row.key].pk, m.indicator],
            "label": m.label,
            "due": m.due,
            "text": m.text,
            "value": m.value,
            "percent": m.percent,
            "basis": m.basis,
        }
        for row in rows
        for order, m in enumerate(row.milestones)
    }
    _sync_ordered(
        Milestone.objects.filter(item__in=items.values()).select_related("target"), wanted, loaded
    )
    wanted = {
        (items[row.key].pk, order): {
            "item": items[row.key],
            "order": order,
            "place": part.place,
            "value": part.value,
            "note": part.note,
        }
        for row in rows
        for order, part in enumerate(row.allocations)
    }
    _sync_ordered(Allocation.objects.filter(item__in=items.values()), wanted, loaded)
    wanted = {
        (items[row.key].pk, order): {"item": items[row.key], "order": order, "name": name}
        for row in rows
        for order, name in enumerate(row.sites)
    }
    _sync_ordered(Site.objects.filter(item__in=items.values()), wanted, loaded)


def _sync_ordered(existing, wanted, loaded: LoadedPlan):
    done, rows = sync(existing.select_related("item"), wanted, lambda r: (r.item_id, r.order))
    loaded.changes.add(done)
    return rows


def _sync_targets(rows: list[ItemRow], loaded: LoadedPlan) -> dict[tuple[int, int], Target]:
    """The targets of all rows; a target without indicator yet gets one of its own."""
    items = loaded.items
    existing = Target.objects.filter(item__in=items.values()).select_related("indicator")
    indicators = {(t.item_id, t.order): t.indicator for t in existing}
    next_order = defaultdict(int)
    for project, order in Indicator.objects.filter(project__items__in=items.values()).values_list(
        "project_id", "order"
    ):
        next_order[project] = max(next_order[project], order + 1)
    fresh = []
    for row in rows:
        item = items[row.key]
        for order, wanted in enumerate(row.indicators):
            known = indicators.get((item.pk, order))
            if known is not None and known.kind == wanted.kind:
                continue
            indicators[item.pk, order] = Indicator(
                project=item.project,
                order=next_order[item.project_id],
                name=wanted.name,
                kind=wanted.kind,
                unit_of_measure=wanted.unit,
            )
            fresh.append(indicators[item.pk, order])
            next_order[item.project_id] += 1
    Indicator.objects.bulk_create(fresh)
    wanted = {
        (items[row.key].pk, order): {
            "item": items[row.key],
            "order": order,
            "indicator": indicators[items[row.key].pk, order],
            "name": indicator.name,
            "unit_of_measure": indicator.unit,
            "value": indicator.target,
        }
        for row in rows
        for order, indicator in enumerate(row.indicators)
    }
    return _sync_ordered(existing, wanted, loaded)


def _link(links: list[LinkRow], loaded: LoadedPlan) -> None:
    if not links:
        return
    items = ListItem.objects.filter(
        project_list__county=loaded.county, project_list__year=loaded.year
    ).select_related("project", "project_list", "lead_unit")
    items = items.prefetch_related(Prefetch("targets", Target.objects.select_related("indicator")))
    by_key = {(item.project_list.level, item.number): item for item in items}
    faults = []
    for link in links:
        members = [by_key[key] for key in link.items if key in by_key]
        if len(members) < 2:
            continue  # the other lists have not been loaded yet
        same = same_by_rule(members) if link.shared is None else targets_named(link, by_key)
        try:
            changed = link_items(members, name=link.project, note=link.note, same=same)
        except CannotLinkError as error:
            faults.append(Fault(link.doc, link.project, "items", str(error)))
            continue
        loaded.changes.updated += changed
    if faults:
        raise FaultsError(faults)
