"""Which items of the counties are one programme (共同项目): proposals, and what was confirmed.

The only writer of programmes. What is proposed is worked out afresh each time; only what the
office of the city or province has confirmed is kept.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from livelihood.organisation.models import Region
from livelihood.organisation.operations.audit import record
from projects.models import Level, ListItem, LoneItem, Programme, ProgrammeItem, Target
from projects.rules.programmes import Candidate, Group, common_name, propose

NAME_LIMIT = 200
NO_ITEM = NO_COUNTY = 0
# What a county promises by itself is nobody else's programme.
LEVELS_OF = {
    Region.Kind.PROVINCE: (Level.PROVINCE,),
    Region.Kind.CITY: (Level.PROVINCE, Level.CITY),
}


class TakenError(Exception):
    """Somebody else has confirmed or split some of it meanwhile; the message says what."""


class Confirmed(NamedTuple):
    """What the office says: these items are ``programme``, or (None) a new one."""

    programme: int | None
    items: Sequence[int]


def levels_of(region: Region) -> tuple[Level, ...]:
    """The levels of lists whose items a region's office may match; none for a county."""
    return LEVELS_OF.get(region.kind, ())


def items_below(region: Region, year: int, level: str):
    """The items of that level and year on the lists of all counties of a region."""
    return ListItem.objects.filter(
        project_list__county__path__startswith=region.path,
        project_list__year=year,
        project_list__level=level,
    )


def proposals(region: Region, year: int, level: str) -> list[Group]:
    """What might be one programme among items that belong to none yet; three queries.

    What the office has said to be nobody else's is left out.

    Items may join what the office has confirmed before, and what the province's other cities
    have; that is judged by its name alone.
    """
    rows = list(
        items_below(region, year, level)
        .filter(lone=None)
        .order_by("pk")
        .values_list(
            "pk",
            "project_list__county_id",
            "number",
            "title",
            "programme_link__programme_id",
            "project_list__county__name",
            "project_list__county__parent__name",
        )
    )
    targets = defaultdict(list)
    for item, *target in (
        Target.objects.filter(item__in=items_below(region, year, level))
        .order_by("pk")
        .values_list("item_id", "name", "unit_of_measure")
    ):
        targets[item].append(tuple(target))
    confirmed: dict[int | None, Group] = {}
    free = []
    for pk, county, number, title, programme, *places in rows:
        candidate = Candidate(pk, county, number, title, tuple(targets[pk]), tuple(places))
        if programme is None:
            free.append(candidate)
        else:
            confirmed.setdefault(programme, Group(programme, [])).models.append(candidate)
    others = Programme.objects.filter(region=owner_of(region, level), year=year, level=level)
    for pk, order, name in others.exclude(pk__in=confirmed).values_list("pk", "order", "name"):
        confirmed[pk] = Group(pk, [Candidate(NO_ITEM, NO_COUNTY, order, name)])
    return propose(free, list(confirmed.values()))


@transaction.atomic
def confirm(
    *, by, region: Region, year: int, level: str, groups: Sequence[Confirmed]
) -> list[Programme]:
    """Keep what the office says of the items of its counties; all of it, or nothing.

    Args:
        by: the person of the office; None for the command line.
        region: the city or province that says so.
        year: of the lists.
        level: of the lists.
        groups: at most one item of each county in each.

    Returns:
        The programmes, in the order of ``groups``.

    Raises:
        TakenError: an item belongs to a programme by now, is not there any more, or two of
            one county are in a group.
    """
    owner = owner_of(region, level)
    # Two people who confirm at once come one after the other.
    Region.objects.select_for_update(no_key=True).get(pk=owner.pk)
    items = _free_items(region, year, level, [pk for group in groups for pk in group.items])
    known = Programme.objects.filter(region=owner, year=year, level=level)
    last = known.aggregate(last=Max("order"))["last"] or 0
    found = known.in_bulk([g.programme for g in groups if g.programme is not None])
    programmes, links = [], []
    for group in groups:
        programme = found.get(group.programme)
        if programme is None:
            last += 1
            programme = Programme.objects.create(
                region=owner,
                year=year,
                level=level,
                name=common_name([items[pk].title for pk in group.items])[:NAME_LIMIT],
                order=last,
            )
        programmes.append(programme)
        links += [
            ProgrammeItem(
                programme=programme, item_id=pk, county_id=items[pk].project_list.county_id
            )
            for pk in group.items
        ]
    _refuse_two_of_a_county(links)
    ProgrammeItem.objects.bulk_create(links)
    words = f"确认{year}年{Level(level).label}清单共同项目{len(groups)}项，关联条目{len(links)}条。"
    record(by=by, subject=region, summary=words)
    _touch(link.county_id for link in links)
    return programmes


def owner_of(region: Region, level: str) -> Region:
    """Who has promised lists of that level: the province, though its cities match the items."""
    if level == Level.PROVINCE and region.kind == Region.Kind.CITY:
        return region.parent
    return region


def _free_items(region, year, level, pks) -> dict[int, ListItem]:
    items = {
        item.pk: item
        for item in items_below(region, year, level)
        .filter(pk__in=pks)
        .select_related("project_list", "programme_link", "lone")
    }
    gone = [pk for pk in pks if pk not in items or _is_taken(items[pk])]
    if gone:
        raise TakenError(
            f"有{len(gone)}个条目在您打开页面之后已由他人关联或排除，或已不在清单中，"
            "请核对后再确认。"
        )
    return items


def _is_taken(item: ListItem) -> bool:
    return hasattr(item, "programme_link") or hasattr(item, "lone")


def _refuse_two_of_a_county(links: Sequence[ProgrammeItem]) -> None:
    there = ProgrammeItem.objects.filter(programme__in={link.programme_id for link in links})
    taken = set(there.values_list("programme_id", "county_id"))
    for link in links:
        pair = link.programme_id, link.county_id
        if pair in taken:
            raise TakenError(f"“{link.programme}”中，一个县只能有一个条目，请核对后再确认。")
        taken.add(pair)


@transaction.atomic
def take_out(*, by, region: Region, links: Sequence[int]) -> int:
    """Take items out of their programme; one that holds none any more goes, too.

    Args:
        by: the person of the office.
        region: the city or province whose counties the items are of.
        links: keys of ``ProgrammeItem``.

    Returns:
        How many were taken out; those that somebody else took out before are not counted.
    """
    found = list(
        ProgrammeItem.objects.select_for_update(of=("self",), no_key=True)
        .select_related("programme", "item__project_list", "county")
        .filter(pk__in=links, county__path__startswith=region.path)
    )
    for link in found:
        summary = f"把{link.county}{link.item}从共同项目“{link.programme}”中移出。"
        record(by=by, subject=link.item, summary=summary)
        link.delete()
    Programme.objects.filter(pk__in={link.programme_id for link in found}, links=None).delete()
    _touch(link.county_id for link in found)
    return len(found)


@transaction.atomic
def set_apart(*, by, region: Region, year: int, level: str, items: Sequence[int]) -> int:
    """Keep what the office says: these items are no other county's, do not propose them.

    Args:
        by: the person of the office.
        region: the city or province that says so.
        year: of the lists.
        level: of the lists.
        items: the keys of the items.

    Returns:
        How many were set apart now.

    Raises:
        TakenError: an item belongs to a programme by now, was set apart, or is not there any
            more.
    """
    Region.objects.select_for_update(no_key=True).get(pk=owner_of(region, level).pk)
    found = _free_items(region, year, level, items)
    LoneItem.objects.bulk_create(LoneItem(item=item) for item in found.values())
    for item in found.values():
        record(by=by, subject=item, summary=f"确认{item}不属于共同项目。")
    return len(found)


def set_apart_below(region: Region, year: int, level: str):
    """What was set apart, in the order of the counties."""
    return (
        LoneItem.objects.filter(item__in=items_below(region, year, level))
        .select_related("item__project_list__county")
        .order_by("item__project_list__county__code", "item__number")
    )


@transaction.atomic
def bring_back(*, by, region: Region, year: int, level: str, items: Sequence[int]) -> int:
    """Let items be proposed again that were set apart; how many."""
    found = list(set_apart_below(region, year, level).filter(item__in=items))
    for lone in found:
        record(by=by, subject=lone.item, summary=f"恢复建议{lone.item}的共同项目。")
        lone.delete()
    return len(found)


def _touch(counties) -> None:
    Region.objects.filter(pk__in=set(counties)).touch()
