"""What an accepted report said, kept while it is corrected (更正): the review's part.

The figures of a report that is being corrected do not count. If nothing comes of the
correction, they are put back as they were.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core import serializers
from django.db.models import ForeignKey, Model

from progress.models import (
    FormerReport,
    ItemWording,
    MilestoneMark,
    PlaceReading,
    Reading,
    Report,
    SiteReading,
)
from progress.operations.reporting import WORDS

FIELDS = (*WORDS, "unchanged", "updated_by_id")
PARTS = (Reading, MilestoneMark, SiteReading, PlaceReading, ItemWording)


def keep_former(report: Report, *, returned: bool) -> None:
    """Keep what an accepted report says, before it is opened to be corrected.

    Args:
        report: accepted, its row locked by the caller.
        returned: whether the office returned it; False where the unit took it up itself.
    """
    rows = [row for model in PARTS for row in model.objects.filter(report=report).order_by("pk")]
    FormerReport.objects.update_or_create(
        report=report,
        defaults={
            "fields": {name: getattr(report, name) for name in FIELDS},
            "parts": serializers.serialize("python", rows),
            "returned": returned,
        },
    )


def former_of(report: Report) -> FormerReport | None:
    """What would be put back if the correction were given up now; None while there is nothing.

    Whoever began the correction may give it up: the unit one that it took up and holds as a
    draft, the office one that it returned and has not got back.
    """
    if report.accepted_at is None:
        return None
    returned = {Report.State.DRAFT: False, Report.State.RETURNED: True}.get(report.state)
    if returned is None:
        return None
    return FormerReport.objects.filter(report=report, returned=returned).first()


def put_back(report: Report, former: FormerReport) -> None:
    """Let ``report`` say again what it said; the caller locks and saves its row.

    What stood at a milestone, site or place that the plan no longer has stays away.
    """
    for name in FIELDS:
        setattr(report, name, Report._meta.get_field(name).to_python(former.fields[name]))
    for model in PARTS:
        model.objects.filter(report=report).delete()
    for row in _still_planned(former.parts):
        row.save(force_insert=True)
    former.delete()


def _still_planned(parts: Iterable[dict[str, Any]]) -> Iterator[Model]:
    rows = [kept.object for kept in serializers.deserialize("python", parts)]
    for model in PARTS:
        of_model = [row for row in rows if type(row) is model]
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey):
                wanted = {getattr(row, field.attname) for row in of_model} - {None}
                there = field.related_model.objects.in_bulk(wanted)
                of_model = [
                    row
                    for row in of_model
                    if getattr(row, field.attname) is None or getattr(row, field.attname) in there
                ]
        yield from of_model
