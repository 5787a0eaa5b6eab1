"""Closed rounds as they were judged: how rows are kept as JSON, and read back."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Model, QuerySet

from progress.models import Round, RoundVersion, StandingRecord
from progress.operations.item_state import ItemFields, ItemState
from progress.rules.frozen import standing_from_dict, standing_to_dict
from projects.models import LEVEL_ORDER


def kept_row(row: Model) -> dict:
    """All fields of a row of the database, as words or None."""
    return {
        field.attname: None if field.value_from_object(row) is None else field.value_to_string(row)
        for field in row._meta.concrete_fields
    }


def row_as_kept(model: type[Model], kept: dict) -> Model:
    """The row that ``kept_row`` kept; it is for reading and never saved.

    Fields that the model has lost since are passed over.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    values = {name: value for name, value in kept.items() if name in fields}
    return model(
        **{
            name: None if value is None else fields[name].to_python(value)
            for name, value in values.items()
        }
    )


def state_to_dict(state: ItemState) -> dict:
    """An item as it stands, in values that JSON knows."""
    return {
        "item": state.item._asdict(),
        "narrative": state.narrative,
        "problems": state.problems,
        "indicators": [[t.key, state.indicators[t.key]] for t in state.standing.plan.targets],
        "standing": standing_to_dict(state.standing),
    }


def state_from_dict(kept: dict) -> ItemState:
    """The item that ``state_to_dict`` kept, also after JSON."""
    return ItemState(
        item=ItemFields(**kept["item"]),
        standing=standing_from_dict(kept["standing"]),
        narrative=kept["narrative"],
        problems=kept["problems"],
        indicators=dict(kept["indicators"]),
    )


def frozen_version(rounds: Sequence[Round], as_of: date) -> RoundVersion | None:
    """The version in which the round of ``as_of`` is kept; None where it is judged live."""
    for reporting_round in rounds:
        if reporting_round.as_of == as_of and reporting_round.version:
            return RoundVersion.objects.get(round=reporting_round, number=reporting_round.version)
    return None


def frozen_items(version: RoundVersion, items: QuerySet) -> list[ItemState]:
    """Those of ``items`` that a version holds, in the order of the published lists."""
    kept = StandingRecord.objects.filter(
        round=version.round_id, version=version.number, item__in=items
    ).values_list("snapshot", flat=True)
    states = map(state_from_dict, kept)
    return sorted(states, key=lambda s: (LEVEL_ORDER[s.item.level], s.item.number))


def frozen_details(version: RoundVersion, items: Sequence[ItemState]) -> dict[int, dict]:
    """What a version holds besides for the pages and the export of ``items``, by item."""
    kept = StandingRecord.objects.filter(
        round=version.round_id, version=version.number, item__in=[s.item.pk for s in items]
    )
    return dict(kept.values_list("item_id", "detail"))
