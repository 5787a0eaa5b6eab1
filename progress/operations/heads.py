"""Units whose head approves what they report before the office sees it, and those without one.

Who heads no unit any more, or may not log in, approves nothing: a report that waited for
such a head would wait for ever.
"""

from collections.abc import Iterable

from livelihood.organisation.models import Region, Unit, User


def with_head(units: Iterable[int]) -> set[int]:
    """Those of ``units``, by key, that have a head in service."""
    heads = User.objects.filter(unit__in=units, heads_unit=True, is_active=True).order_by()
    return set(heads.values_list("unit", flat=True))


def without_head(county: Region, year: int) -> list[Unit]:
    """The units that lead projects of a year and have no head in service, in their order."""
    units = Unit.objects.filter(projects__county=county, projects__year=year).distinct()
    headed = with_head(units)
    return [unit for unit in units.order_by("order", "pk") if unit.pk not in headed]
