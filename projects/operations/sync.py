"""Bringing rows of the database in line with what a document says, and only where they differ."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from django.db import models


@dataclass
class Changes:
    """What a sync did: counts, and for every changed row its old and new values."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    # (row, {field: (old, new)}) of updated rows
    details: list[tuple[models.Model, dict[str, tuple]]] = field(default_factory=list)

    def __bool__(self):
        return bool(self.created or self.updated or self.deleted)

    def add(self, other: "Changes") -> None:
        """Count ``other`` in."""
        self.created += other.created
        self.updated += other.updated
        self.deleted += other.deleted
        self.unchanged += other.unchanged
        self.details += other.details


def sync(
    existing: models.QuerySet,
    wanted: Mapping[Hashable, Mapping[str, object]],
    key: Callable[[models.Model], Hashable],
    *,
    delete: bool = True,
) -> tuple[Changes, dict[Hashable, models.Model]]:
    """Create, update and delete rows so that they say what ``wanted`` says.

    Args:
        existing: the rows in question; its model makes the new ones.
        wanted: for each key the values of the fields by attribute name.
        key: gives the key of an existing row.
        delete: whether rows that are not wanted are deleted.

    Returns:
        What changed, and all wanted rows by key.
    """
    changes, rows, superfluous, stale = Changes(), {}, [], []
    # Nothing can be there (``none()``): Django would put the query together all the same.
    for row in () if existing.query.is_empty() else existing:
        values = wanted.get(key(row))
        if values is None:
            superfluous.append(row.pk)
            continue
        rows[key(row)] = row
        different = {
            name: (getattr(row, name), value)
            for name, value in values.items()
            if getattr(row, name) != value
        }
        if different:
            for name, (_old, new) in different.items():
                setattr(row, name, new)
            stale.append(row)
            changes.details.append((row, different))
        else:
            changes.unchanged += 1
    fresh = {k: existing.model(**values) for k, values in wanted.items() if k not in rows}
    if superfluous and delete:
        changes.deleted = len(superfluous)
        existing.model.objects.filter(pk__in=superfluous).delete()
    if stale:
        fields = sorted({name for _row, different in changes.details for name in different})
        existing.model.objects.bulk_update(stale, fields)
    existing.model.objects.bulk_create(fresh.values())
    changes.created, changes.updated = len(fresh), len(stale)
    return changes, rows | fresh
