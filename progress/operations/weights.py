"""权重: how much each target of an item counts in the item's percents."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, QuerySet

from livelihood.organisation.access import Permission, require
from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import number_cn
from progress.operations.locks import lock_county
from progress.operations.summary import refresh
from projects.models import LEVEL_ORDER, ListItem, Target

EQUAL = "等权"


class WeightsChangedError(Exception):
    """Somebody else has changed the weights since the page was opened."""

    def __init__(self):
        super().__init__("您打开本页后，有人改动了这个条目的权重，没有保存。")


def items_with_several_targets(items: QuerySet[ListItem]) -> list[ListItem]:
    """Those of ``items`` to which weights mean something, in the order of the lists."""
    found = (
        items.annotate(target_count=Count("targets"))
        .filter(target_count__gt=1)
        .select_related("project", "project_list", "lead_unit")
        .prefetch_related("targets")
    )
    return sorted(found, key=lambda item: (LEVEL_ORDER[item.project_list.level], item.number))


def shares(item: ListItem) -> list[tuple[Target, float]]:
    """The targets of an item, each with its share of the whole in percent."""
    targets = list(item.targets.all())
    weights = [1.0 if t.weight is None else float(t.weight) for t in targets]
    return [(t, 100 * w / sum(weights)) for t, w in zip(targets, weights, strict=True)]


def mark_of_weights(item: ListItem) -> str:
    """A mark of the weights of an item; it differs as soon as one of them does."""
    rows = item.targets.order_by("pk").values_list("pk", "weight")
    return "/".join(f"{pk}:{number_cn(weight)}" for pk, weight in rows)


@transaction.atomic
def set_weights(*, by, item: ListItem, weights: Mapping[int, Decimal | None], mark: str) -> None:
    """Give every target of an item its weight.

    Args:
        by: the person of the office.
        item: whose targets.
        weights: by the key of the target; None everywhere: all count the same.
        mark: ``mark_of_weights`` of the item as the page was opened.

    Raises:
        WeightsChangedError: somebody else has changed them meanwhile.
        ValidationError: a weight is not above 0.
    """
    require(by, Permission.SET_RULES)
    lock_county(item.project.county_id)
    targets = list(item.targets.order_by("order"))
    if mark_of_weights(item) != mark:
        raise WeightsChangedError
    changes = {}
    for target in targets:
        old, target.weight = target.weight, weights[target.pk]
        if old != target.weight:
            target.full_clean()
            target.save(update_fields=["weight"])
            changes[target.name] = tuple(EQUAL if w is None else w for w in (old, target.weight))
    if changes:
        record(by=by, subject=item, summary=f"设置权重：{item}", changes=changes)
        county = item.project.county
        Region.objects.filter(pk=county.pk).touch()
        refresh(county, since=date(item.project.year, 1, 1), projects={item.project_id})
