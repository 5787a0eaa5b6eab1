"""One item of a list as it stands at a date: its printed fields, its judgement, its words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from progress.rules.judgement import Standing
from projects.models import Level

LEVEL_LABELS = dict(Level.choices)
# So many items are named in a note.
MOST_NAMED = 10


class ItemFields(NamedTuple):
    """What a list prints of an item, and where it belongs."""

    pk: int
    level: str
    number: int
    category: str
    starred: bool
    title: str
    schedule: str
    unit_id: int
    unit: str
    unit_order: int
    unit_printed: str
    project_id: int
    leader: str
    person: str
    supporting_units: list[str]
    merged_with: int | None
    allocation_total: float | None


@dataclass
class ItemState:
    """One item with its plan, its standing and the words reported of it."""

    item: ItemFields
    standing: Standing
    narrative: str
    problems: str
    indicators: dict[int, int]  # of each target, by its key

    @property
    def level_label(self) -> str:
        """省级, 市级 or 县级."""
        return LEVEL_LABELS[self.item.level]

    @property
    def name(self) -> str:
        """How the item is spoken of: 省级第3项."""
        return f"{self.level_label}第{self.item.number}项"


def partial_notes(states: Iterable[ItemState]) -> list[str]:
    """Of which items the variance is not the difference of the percents beside it, if of any."""
    partial = [own.name for own in states if own.standing.compares_part]
    if not partial:
        return []
    more = f"等{len(partial)}项" if len(partial) > MOST_NAMED else ""
    names = "、".join(partial[:MOST_NAMED])
    return [f"{names}{more}的偏差只按计划和实际都有数据的目标计算，不等于实际减计划。"]
