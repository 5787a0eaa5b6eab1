"""Issues of the bulletin from draft to print: the only writer of them.

A draft is composed anew from the data whenever it is shown, with the texts that the office
has edited. Issuing numbers it and keeps it word for word; a correction is a further version
that names what it changes. Each writer is one transaction with one row in the audit trail.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone

from livelihood.organisation.access import Permission, require
from livelihood.organisation.models import LogEntry, Region
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import cn_date
from progress.documents.bulletin import BulletinContent, content_from_dict, content_to_dict
from progress.documents.differences import content_differences
from progress.models import Bulletin, BulletinVersion, Round
from progress.operations.bulletin_content import (
    PARTS,
    Frame,
    Material,
    compose,
    mark_of,
    proposed_title,
    read_material,
)
from progress.operations.layouts import layout_by_key
from progress.operations.reporting import RefusedError
from progress.rules.layouts import READY_MADE, Layout, LayoutError
from projects.models import LEVEL_ORDER, ProjectList

# A bulletin is often dated for the day on which it will have been signed and printed.
DATED_AHEAD = timedelta(days=7)


class BulletinChangedError(Exception):
    """Somebody else saved, issued or corrected the issue meanwhile; ``bulletin`` is it now."""

    def __init__(self, bulletin: Bulletin):
        super().__init__("这份通报在您打开之后已由他人修改。")
        self.bulletin = bulletin


@dataclass(frozen=True)
class BulletinData:
    """What the office decides of an issue.

    ``layouts`` is the key of the layout by level (``layouts.layout_by_key``); a level
    that is missing is not printed. ``texts`` are the parts as edited; a part that says what
    is drafted anyway need not be there. ``drafted`` has for each of them the mark of the
    draft (``bulletin_content.mark_of``) that its editor was shown. ``issued_on`` is None
    while it is a draft.
    """

    title: str
    series: str
    addressees: str
    copies: str
    signed_by: str
    layouts: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)
    drafted: Mapping[str, str] = field(default_factory=dict)
    issued_on: date | None = None


# -- Reading -------------------------------------------------------------------------------


def proposed_data(reporting_round: Round) -> BulletinData:
    """What a new issue of a round begins with: as the county's last issue was framed."""
    county, year = reporting_round.county, reporting_round.as_of.year
    last = Bulletin.objects.filter(county=county).order_by("-pk").first()
    levels = sorted(ProjectList.objects.titles(county, year), key=LEVEL_ORDER.get)
    kept = last.choices.get("layouts", {}) if last else {}
    return BulletinData(
        title=proposed_title(county.name, year, reporting_round.as_of),
        series=last.series if last else Bulletin._meta.get_field("series").default,
        addressees=last.addressees if last else addressees_of(county),
        copies=last.copies if last else "",
        signed_by=last.signed_by if last else f"{county.name}人民政府办公室",
        layouts={level: kept.get(level) or f"standard_{level}" for level in levels},
    )


def addressees_of(county: Region) -> str:
    """To whom a county's first issue goes, unless the office says otherwise."""
    townships = "各乡镇人民政府" if county.seat == "县" else "各乡镇人民政府、街道办事处"
    return f"{townships}，{county.seat}政府直属各单位"


def data_of_bulletin(bulletin: Bulletin) -> BulletinData:
    """What the office has decided of an issue."""
    return BulletinData(
        title=bulletin.title,
        series=bulletin.series,
        addressees=bulletin.addressees,
        copies=bulletin.copies,
        signed_by=bulletin.signed_by,
        layouts=dict(bulletin.choices.get("layouts", {})),
        texts=dict(bulletin.texts),
        drafted=dict(bulletin.choices.get("drafted", {})),
        issued_on=bulletin.issued_on,
    )


def outdated_texts(data: BulletinData, drafts: Mapping[str, Sequence[str]]) -> list[str]:
    """The edited parts whose draft has changed since their editor saw it: look them over."""
    return [
        part
        for part in PARTS
        if part in data.texts
        and data.drafted.get(part) not in (None, mark_of("\n".join(drafts[part])))
    ]


def layout_named(county: Region, key: str, level: str) -> Layout:
    """The layout of a key; the standard one of the level where it no longer exists."""
    try:
        found = layout_by_key(county, key)
    except LayoutError:
        found = None  # saved by a release that knew other columns: the standard one is safe
    if found is not None:
        return found[0]
    return READY_MADE[f"standard_{level}"].layout


def read_draft(
    bulletin: Bulletin, *, now: datetime, correction: str = ""
) -> tuple[Material, BulletinContent]:
    """What a draft (or a correction) draws on, and the issue as it would be printed now."""
    data = data_of_bulletin(bulletin)
    material = read_material(bulletin.round, list(data.layouts), now=now)
    return material, compose_bulletin(bulletin, material, data, correction)


def compose_bulletin(
    bulletin: Bulletin, material: Material, data: BulletinData, correction: str = ""
) -> BulletinContent:
    """The issue as it would be printed with ``data``; ``correction``: why it is a new version."""
    frame = Frame(
        title=data.title,
        number=bulletin.numbered(data.series),
        addressees=data.addressees,
        copies=data.copies,
        signed_by=data.signed_by,
        issued_on=bulletin.issued_on,
        correction=correction,
    )
    layouts = {
        level: layout_named(bulletin.county, key, level) for level, key in data.layouts.items()
    }
    return compose(material, frame, layouts=layouts, texts=data.texts)


def issued_content(version: BulletinVersion) -> BulletinContent:
    """An issue as it went out: from this alone its files are made."""
    return content_from_dict(version.content)


def issues_of(reporting_round: Round, user) -> list[tuple[Bulletin, int]]:
    """The issues of a round that exist for ``user``, each with the round's version it rests on.

    One that rests on an earlier version than the round has now is touched by a correction.
    """
    rests_on = BulletinVersion.objects.filter(bulletin=OuterRef("pk"), number=OuterRef("version"))
    found = (
        Bulletin.objects.visible_to(user)
        .filter(round=reporting_round, state=Bulletin.State.ISSUED)
        .annotate(rests_on=Subquery(rests_on.values("round_version")))
        .order_by("number", "pk")
    )
    return [(bulletin, bulletin.rests_on) for bulletin in found]


# -- Writing -------------------------------------------------------------------------------


@transaction.atomic
def start_bulletin(*, by, round: Round, data: BulletinData) -> Bulletin:
    """Begin an issue of a round.

    Raises:
        PermissionDenied: ``by`` may not write bulletins.
        RefusedError: the round has not begun.
        ValidationError: a value does not fit; by field, in Chinese.
    """
    require(by, Permission.WRITE_BULLETINS)
    Region.objects.filter(pk=round.county_id).touch()
    if round.state == Round.State.PLANNED:
        raise RefusedError("该期次还没有开放填报，不能起草通报。")
    bulletin = Bulletin(
        county=round.county, year=round.as_of.year, round=round, created_by=by, **_fields(data)
    )
    _validate(bulletin)
    bulletin.save()
    record(
        by=by,
        subject=bulletin,
        summary=f"起草通报“{bulletin.title}”（{round}）",
        action=LogEntry.Action.CREATE,
    )
    return bulletin


@transaction.atomic
def save_bulletin(*, by, bulletin: Bulletin, edits: int, data: BulletinData) -> Bulletin:
    """Save a draft as edited.

    Args:
        edits: ``bulletin.edits`` as it was opened.

    Raises:
        PermissionDenied: ``by`` may not write bulletins.
        BulletinChangedError: somebody else saved or issued it meanwhile.
        RefusedError: it has been issued; it can only be corrected.
        ValidationError: a value does not fit; by field, in Chinese.
    """
    require(by, Permission.WRITE_BULLETINS)
    bulletin = _current(bulletin, edits)
    if bulletin.state == Bulletin.State.ISSUED:
        raise RefusedError("这份通报已经印发，只能更正。")
    changes = _write(bulletin, data)
    if changes:
        bulletin.edits += 1
        _validate(bulletin)
        bulletin.save()
        record(by=by, subject=bulletin, summary=f"修改通报“{bulletin.title}”", changes=changes)
    return bulletin


@transaction.atomic
def issue_bulletin(
    *, by, bulletin: Bulletin, edits: int, issued_on: date, now: datetime | None = None
) -> BulletinVersion:
    """Give a draft the next number of its series and year, and keep it word for word.

    The year is that of its date: the issue on October that goes out in January is the first
    of the new year.

    Raises:
        PermissionDenied: ``by`` may not write bulletins.
        BulletinChangedError: somebody else saved or issued it meanwhile.
        RefusedError: it has been issued, its round is not closed, or the date cannot be.
    """
    require(by, Permission.WRITE_BULLETINS)
    now = now or timezone.now()
    bulletin = _current(bulletin, edits)
    if bulletin.state == Bulletin.State.ISSUED:
        raise RefusedError("这份通报已经印发。")
    if not bulletin.round.version:
        raise RefusedError("该期次还没有截止，数据仍会变化；请先在“期次”中截止，再印发通报。")
    fault = issue_date_fault(issued_on, bulletin.round.as_of, timezone.localdate(now))
    if fault:
        raise RefusedError(fault)
    last = Bulletin.objects.filter(
        county=bulletin.county, issue_year=issued_on.year, series=bulletin.series
    ).aggregate(last=Max("number"))["last"]
    bulletin.number, bulletin.issue_year, bulletin.version = (last or 0) + 1, issued_on.year, 1
    bulletin.state, bulletin.issued_on = Bulletin.State.ISSUED, issued_on
    bulletin.edits += 1
    bulletin.save()
    version = _keep(bulletin, by=by, now=now)
    record(by=by, subject=bulletin, summary=f"印发{bulletin}“{bulletin.title}”")
    return version


@transaction.atomic
def correct_bulletin(
    *,
    by,
    bulletin: Bulletin,
    edits: int,
    data: BulletinData,
    note: str,
    now: datetime | None = None,
) -> BulletinVersion:
    """A new version of an issue: with the round's data as kept now, and the texts given.

    Raises:
        PermissionDenied: ``by`` may not write bulletins.
        BulletinChangedError: somebody else corrected it meanwhile.
        RefusedError: it is a draft, nothing would change, or the note is missing.
        ValidationError: a value does not fit; by field, in Chinese.
    """
    require(by, Permission.WRITE_BULLETINS)
    now = now or timezone.now()
    bulletin = _current(bulletin, edits)
    if bulletin.state != Bulletin.State.ISSUED:
        raise RefusedError("草稿直接修改即可，不用更正。")
    if not note.strip():
        raise RefusedError("请填写更正说明：更正了什么，为什么。")
    before = issued_content(bulletin.versions.get(number=bulletin.version))
    # The number under which it went out stays, whatever the form says of the series.
    changes = _write(bulletin, data, leave=("series",))
    redated = _redate(bulletin, data.issued_on, timezone.localdate(now))
    if redated:
        changes["issued_on"] = redated
    bulletin.version += 1
    bulletin.edits += 1
    _validate(bulletin)
    bulletin.save()
    version = _keep(bulletin, by=by, now=now, note=note.strip())
    version.changes = content_differences(before, issued_content(version))
    if redated:
        version.changes.insert(0, f"印发日期由{cn_date(redated[0])}改为{cn_date(redated[1])}。")
    if not version.changes:
        raise RefusedError("与上一版本相比没有任何改动，不用更正。")
    version.save(update_fields=["changes"])
    record(
        by=by,
        subject=bulletin,
        summary=f"更正{bulletin}（第{version.number}版）：{note.strip()}",
        changes=changes or None,
    )
    return version


@transaction.atomic
def delete_draft(*, by, bulletin: Bulletin, edits: int) -> None:
    """Throw a draft away; what has been issued stays.

    Raises:
        PermissionDenied: ``by`` may not write bulletins.
        BulletinChangedError: somebody else saved or issued it meanwhile.
        RefusedError: it has been issued.
    """
    require(by, Permission.WRITE_BULLETINS)
    bulletin = _current(bulletin, edits)
    if bulletin.state == Bulletin.State.ISSUED:
        raise RefusedError("已经印发的通报不能删除，只能更正。")
    record(
        by=by,
        subject=bulletin,
        summary=f"删除通报草稿“{bulletin.title}”",
        action=LogEntry.Action.DELETE,
    )
    bulletin.delete()


def _current(bulletin: Bulletin, edits: int) -> Bulletin:
    """The issue as it is now; others wait until this transaction is over."""
    Region.objects.filter(pk=bulletin.county_id).touch()
    now = Bulletin.objects.select_related("county", "round__county").get(pk=bulletin.pk)
    if now.edits != edits:
        raise BulletinChangedError(now)
    return now


def _fields(data: BulletinData) -> dict:
    return {
        "title": data.title.strip(),
        "series": data.series.strip(),
        "addressees": data.addressees.strip(),
        "copies": data.copies.strip(),
        "signed_by": data.signed_by.strip(),
        "choices": _choices(data),
        "texts": {part: data.texts[part] for part in PARTS if part in data.texts},
    }


def _choices(data: BulletinData) -> dict:
    drafted = {part: mark for part, mark in data.drafted.items() if part in data.texts}
    return {"layouts": dict(data.layouts)} | ({"drafted": drafted} if drafted else {})


def _write(bulletin: Bulletin, data: BulletinData, leave: Iterable[str] = ()) -> dict:
    """Take over what the office decided; the old and new value of each changed field."""
    changes = {}
    for name, value in _fields(data).items():
        old = getattr(bulletin, name)
        if name not in leave and old != value:
            changes[name] = old, value
            setattr(bulletin, name, value)
    return changes


def issue_date_fault(issued_on: date, as_of: date, today: date) -> str:
    """What is wrong with the date of an issue on the data of ``as_of``; "" if it can be."""
    if issued_on < as_of:
        return f"印发日期不能早于数据的截至日期（{cn_date(as_of)}）。"
    latest = today + DATED_AHEAD
    if issued_on > latest:
        return f"印发日期不能晚于{cn_date(latest)}（今天起{DATED_AHEAD.days}天）。"
    return ""


def _redate(bulletin: Bulletin, issued_on: date | None, today: date) -> tuple[date, date] | None:
    """Correct the date of an issue within the year of its number; (old, new) if it changes."""
    old = bulletin.issued_on
    if issued_on is None or issued_on == old:
        return None
    fault = issue_date_fault(issued_on, bulletin.round.as_of, today)
    if not fault and issued_on.year != old.year:
        fault = "期号按印发的年份编，印发日期不能改到别的年份。"
    if fault:
        raise ValidationError({"issued_on": [fault]})
    bulletin.issued_on = issued_on
    return old, issued_on


def _keep(bulletin: Bulletin, *, by, now: datetime, note: str = "") -> BulletinVersion:
    _material, content = read_draft(bulletin, now=now, correction=note)
    return BulletinVersion.objects.create(
        bulletin=bulletin,
        number=bulletin.version,
        at=now,
        by=by,
        note=note,
        round_version=bulletin.round.version,
        content=content_to_dict(content),
        words="\n".join(
            [content.title, content.lead_in, *(p for s in content.sections for p in s.paragraphs)]
        ),
    )


def _validate(bulletin: Bulletin) -> None:
    bulletin.full_clean(exclude=["county", "round", "created_by"], validate_constraints=False)
