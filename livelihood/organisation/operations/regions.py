"""Writing regions: a county that is to use the site, with what stands above it."""

from django.core.exceptions import ValidationError
from django.db import transaction

from livelihood.organisation.models import LogEntry, Region, Unit
from livelihood.organisation.operations.audit import record

# What a county's government calls itself: 县政府办公室, 区政府办公室, 市政府办公室.
OWN_WORDS = "县区市旗"


class RefusedError(Exception):
    """It cannot be added as it was said; the message says why, in Chinese."""


@transaction.atomic
def add_county(
    *, by, code: str, name: str, city: str = "", province: str = "", office: str = ""
) -> Unit:
    """Add a county with its office, and the city and the province above it where missing.

    What is there already stays as it is.

    Args:
        by: who adds it; None for the command line.
        code: of the county, six digits; those of city and province follow from it.
        name: of the county.
        city: its name; needed only where the city is not known.
        province: its name; likewise.
        office: the unit that runs the lists; 县政府办公室 or the like where empty.

    Returns:
        The office.

    Raises:
        RefusedError: the code is none of a county's, a name is missing, or a region of one of
            the codes has another name.
    """
    if len(code) != 6 or not code.isdecimal() or code.endswith("00"):
        raise RefusedError("县（市、区）的行政区划代码为6位数字，末两位不是00，如 330326。")
    above = _region(f"{code[:2]}0000", province, Region.Kind.PROVINCE, None)
    above = _region(f"{code[:4]}00", city, Region.Kind.CITY, above)
    known = Region.objects.filter(code=code).exists()
    county = _region(code, name, Region.Kind.COUNTY, above)
    word = county.name[-1] if county.name[-1] in OWN_WORDS else "县"
    unit, made = Unit.objects.get_or_create(
        region=county, name=office or f"{word}政府办公室", defaults={"order": 1}
    )
    if made or not known:
        summary = f"新增{county}（{code}），办公室为{unit}。"
        record(by=by, subject=county, summary=summary, action=LogEntry.Action.CREATE)
    return unit


def _region(code: str, name: str, kind: str, parent: Region | None) -> Region:
    """The region of that code, made when missing.

    Raises:
        RefusedError: its name is missing or another one, or no name at all.
    """
    label = Region.Kind(kind).label
    found = Region.objects.filter(code=code).first()
    if found is None:
        if not name:
            raise RefusedError(f"还没有代码为{code}的{label}，请写明它的名称。")
        found = Region(code=code, name=name, kind=kind, parent=parent)
        try:
            found.full_clean(exclude=["path"])
        except ValidationError as error:
            raise RefusedError(f"{name}：{''.join(error.messages)}") from None
        found.save()
    elif found.kind != kind or name not in ("", found.name):
        raise RefusedError(f"代码{code}是{found}（{found.get_kind_display()}），与所写的不同。")
    return found
