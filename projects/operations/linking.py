"""Rows of several lists that are one piece of work become one project, reported once."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from projects.models import Indicator, ListItem, Project, Target
from projects.rules.exchange import LinkRow


class CannotLinkError(Exception):
    """Two rows cannot become one project; the message says why, in Chinese."""


def same_by_rule(items: Sequence[ListItem]) -> list[list[Target]]:
    """Which targets are the same figure where nobody has said so.

    Only the clear case: every row has one target, of one kind and unit of measure.
    """
    targets = [list(item.targets.all()) for item in items]
    if any(len(own) != 1 for own in targets):
        return []
    firsts = [own[0] for own in targets]
    if len({(t.indicator.kind, t.unit_of_measure) for t in firsts}) != 1:
        return []
    return [firsts]


def targets_named(link: LinkRow, items: dict[tuple[str, int], ListItem]) -> list[list[Target]]:
    """The targets that a link names as the same figure, group by group."""
    groups = []
    for group in link.shared or ():
        found = []
        for level, number, index in group:
            item = items.get((level, number))
            if item is not None:
                found += [t for t in item.targets.all() if t.order == index]
        groups.append(found)
    return groups


@transaction.atomic
def link_items(
    items: Sequence[ListItem], *, name: str, note: str, same: Sequence[Sequence[Target]]
) -> bool:
    """Make ``items`` one project; targets that are ``same`` share one indicator.

    Args:
        items: rows of one county and year; the first one's project is kept.
        name: the project's name.
        note: how the lists differ, in words.
        same: groups of targets that are one figure.

    Returns:
        Whether anything changed.

    Raises:
        CannotLinkError: lead units differ, or a project that would vanish has reports.
    """
    project = items[0].project
    _refuse_if_impossible(items, project)
    changed = False
    if (project.name, project.note) != (name, note):
        project.name, project.note = name, note
        project.save(update_fields=["name", "note"])
        changed = True
    for item in items[1:]:
        if item.project_id != project.pk:
            _move(item, project)
            changed = True
    for group in same:
        changed |= _share(group)
    return changed


def _refuse_if_impossible(items: Sequence[ListItem], project: Project) -> None:
    units = {item.lead_unit_id for item in items}
    if len(units) > 1:
        named = "、".join(str(item) for item in items)
        raise CannotLinkError(f"{named}的牵头单位不同，不能关联为同一事项。")
    for item in items[1:]:
        if item.project_id != project.pk and item.project.reports.exists():
            raise CannotLinkError(f"{item}已有填报，不能再并入“{project.name}”。")


@transaction.atomic
def split_item(item: ListItem, *, name: str) -> Project:
    """Make an item a project of its own; figures that it shared become its own, too.

    What was reported stays with the former project: it is the caller's to share out.

    Args:
        item: one of several of its project, with its targets.
        name: what its project is called.

    Raises:
        CannotLinkError: it stands alone.
    """
    former = item.project
    if former.items.count() < 2:
        raise CannotLinkError(f"{item}没有与别的条目关联，不用拆开。")
    project = Project.objects.create(
        county=former.county, year=former.year, name=name, lead_unit=item.lead_unit
    )
    for order, target in enumerate(item.targets.select_related("indicator")):
        kept = target.indicator
        target.indicator = Indicator.objects.create(
            project=project,
            order=order,
            name=target.name,
            kind=kept.kind,
            unit_of_measure=target.unit_of_measure,
        )
        target.save(update_fields=["indicator"])
        if not kept.targets.exists() and not kept.readings.exists():
            kept.delete()
    item.project = project
    item.save(update_fields=["project"])
    return project


def _move(item: ListItem, project: Project) -> None:
    """Bring an item and its own indicators under ``project``; drop its empty project."""
    former = item.project
    last = project.indicators.aggregate(last=Max("order"))["last"]
    order = -1 if last is None else last
    for indicator in Indicator.objects.filter(targets__item=item, project=former):
        order += 1
        indicator.project, indicator.order = project, order
        indicator.save(update_fields=["project", "order"])
    item.project = project
    item.save(update_fields=["project"])
    if not former.items.exists():
        former.delete()


def _share(group: Sequence[Target]) -> bool:
    """Give all targets of a group one indicator: one with readings, else the first one's."""
    if len({target.indicator_id for target in group}) < 2:
        return False
    kept = next((t.indicator for t in group if t.indicator.readings.exists()), group[0].indicator)
    for target in group:
        former = target.indicator
        if former == kept:
            continue
        target.indicator = kept
        target.save(update_fields=["indicator"])
        if not former.targets.exists() and not former.readings.exists():
            former.delete()
    return True
