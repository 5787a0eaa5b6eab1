"""Counties that never were (模拟县), to see, test and measure a city with many of them.

Their names begin with 模拟, their rounds are 演示数据 and say so on every page. Written row by
row and not through the reporting of people, which would take a day for a province.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from auditlog.context import disable_auditlog
from django.db import transaction
from django.db.models import ProtectedError

from livelihood.organisation.models import Region, Unit
from livelihood.organisation.operations.audit import record
from progress.models import (
    Completion,
    ItemSummary,
    Reading,
    Report,
    Round,
    RoundSummary,
    RuleSet,
)
from progress.operations.reporting import RefusedError
from progress.operations.round_removal import refuse_removal, remove_rounds
from progress.operations.summary import FIELDS, rebuild
from progress.rules.calendar import month_end
from progress.rules.simulated_counties import (
    LEVELS,
    PATTERNS,
    STAGES,
    UNITS,
    Promise,
    as_of_dates,
    promises,
    told,
)
from projects.models import (
    Indicator,
    ListItem,
    Milestone,
    Programme,
    Project,
    ProjectList,
    Target,
)
from projects.operations.programmes import Confirmed, confirm, levels_of, proposals

NAME = "模拟"
SOURCE = "模拟数据，仅供演示和测试"
MOST = 999
# So many are written at once.
BATCH = 2000
LEVEL_WORDS = {"province": "省", "city": "市", "county": "县"}


@dataclass
class Simulated:
    """A simulated county: its items in the common order, its rounds the earliest first."""

    region: Region
    pattern: int
    items: list[ListItem]
    rounds: list[Round]


def simulate_counties(
    *,
    city: Region,
    counties: int,
    year: int,
    seed: int,
    items: int,
    rounds: int,
    say: Callable[[str], object] = lambda words: None,
) -> int:
    """Add simulated counties to a city until it has so many; those that exist stay.

    Args:
        city: to which they belong.
        counties: how many simulated ones it is to have, at most 999.
        year: of their lists.
        seed: the same seed gives the same counties.
        items: on each county's three lists together.
        rounds: monthly ones up to December; the last one is open, without a deadline.
        say: told how far it has come.

    Returns:
        How many were added.

    Raises:
        RefusedError: one of their codes is that of a real region.
    """
    kept: dict[int, Simulated] = {}
    added = 0
    for index in range(counties):
        code = f"{city.code}{index + 1:03d}"
        if (there := Region.objects.filter(code=code).first()) is not None:
            _refuse_if_real(there)
            if there.project_lists.filter(year=year).exists():
                continue
        pattern = index % PATTERNS
        with transaction.atomic():
            made = _county(city, code, index, pattern, year, seed, items, rounds)
            if pattern in kept:
                _copy_summary(kept[pattern], made)
            else:
                rebuild(made.region)
                kept[pattern] = made
        added += 1
        if added % 10 == 0:
            say(f"已生成{index + 1}／{counties}个模拟县")
    if added:
        with transaction.atomic():
            _match(city, year, say)
            words = f"生成{year}年模拟县{added}个（演示数据）"
            record(by=None, subject=city, summary=words)
    return added


def _refuse_if_real(region: Region) -> None:
    if not region.name.startswith(NAME):
        raise RefusedError(f"行政区划代码{region.code}属于{region}，不是模拟县。")


def _county(city, code, index, pattern, year, seed, items, rounds) -> Simulated:
    known = {"name": f"{NAME}{index + 1:02d}县", "kind": Region.Kind.COUNTY, "parent": city}
    region, _made = Region.objects.get_or_create(code=code, defaults=known)
    if RuleSet.objects.in_force(region, date(year, 12, 31)) is None:
        RuleSet.objects.bulk_create([RuleSet(county=region, valid_from=date(year, 1, 1))])
    units = list(region.units.filter(name__startswith=NAME)) or Unit.objects.bulk_create(
        Unit(region=region, name=f"{NAME}单位{order:02d}", order=order)
        for order in range(1, UNITS + 1)
    )
    promised = promises(items, pattern, seed)
    listed = _lists(region, year, promised, units)
    made = Simulated(region, pattern, listed, _rounds(region, year, rounds))
    _reports(made, promised, seed)
    return made


def _lists(region: Region, year: int, promised: list[Promise], units: list[Unit]):
    lists = {
        made.level: made
        for made in ProjectList.objects.bulk_create(
            ProjectList(
                county=region,
                year=year,
                level=level,
                title=f"{region.name}{year}年{LEVEL_WORDS[level]}民生实事项目（{NAME}）",
                document=f"simulated-{region.code}-{year}",
                source=SOURCE,
            )
            for level in LEVELS
        )
    }
    projects = Project.objects.bulk_create(
        Project(county=region, year=year, name=p.title[:120], lead_unit=units[p.led_by])
        for p in promised
    )
    items = ListItem.objects.bulk_create(
        (
            ListItem(
                project_list=lists[p.level],
                number=p.number,
                project=project,
                title=p.title,
                starred=p.starred,
                lead_unit=units[p.led_by],
                lead_unit_printed=units[p.led_by].name,
            )
            for p, project in zip(promised, projects, strict=True)
        ),
        BATCH,
    )
    _plans(promised, items, year)
    return items


def _plans(promised: Sequence[Promise], items: Sequence[ListItem], year: int) -> None:
    indicators = Indicator.objects.bulk_create(
        Indicator(
            project_id=item.project_id,
            order=0,
            name=p.thing,
            kind=Indicator.Kind.QUANTITY,
            unit_of_measure=p.unit_of_measure,
        )
        for p, item in zip(promised, items, strict=True)
    )
    Target.objects.bulk_create(
        Target(
            item=item,
            order=0,
            indicator=indicator,
            name=p.thing,
            unit_of_measure=p.unit_of_measure,
            value=p.target,
        )
        for p, item, indicator in zip(promised, items, indicators, strict=True)
    )
    Milestone.objects.bulk_create(
        (
            Milestone(
                item=item,
                order=order,
                label=f"{month}月底",
                due=month_end(year, month),
                text=f"完成年度目标的{percent}%",
                percent=percent,
                basis=Milestone.Basis.PERCENT,
            )
            for item in items
            for order, (month, percent) in enumerate(STAGES)
        ),
        BATCH,
    )
    for item, indicator in zip(items, indicators, strict=True):
        item.indicator = indicator  # for the readings; no field of the item's


def _rounds(region: Region, year: int, count: int) -> list[Round]:
    days = as_of_dates(year, count)
    return Round.objects.bulk_create(
        Round(
            county=region,
            as_of=day,
            opens_on=day,
            deadline=None if day == days[-1] else day + timedelta(days=5),
            state=Round.State.OPEN if day == days[-1] else Round.State.CLOSED,
            simulated=True,
            source=SOURCE,
        )
        for day in days
    )


def _reports(made: Simulated, promised: Sequence[Promise], seed: int) -> None:
    reports, figures, done = [], [], {}
    for reporting_round in made.rounds:
        is_last = reporting_round is made.rounds[-1]
        for p, item in zip(promised, made.items, strict=True):
            said = told(p, reporting_round.as_of, made.pattern, seed, is_last=is_last)
            if not said.state:
                continue
            reports.append(
                Report(
                    round=reporting_round,
                    project_id=item.project_id,
                    state=said.state,
                    narrative=said.narrative,
                    problems=said.problems,
                    declares_completion=said.declares,
                )
            )
            figures.append((said.value, item.indicator))
            if said.declares and said.state == Report.State.ACCEPTED:
                done.setdefault(item.pk, reporting_round.as_of)
    reports = Report.objects.bulk_create(reports, BATCH)
    Reading.objects.bulk_create(
        (
            Reading(report=report, indicator=indicator, value=value, basis=Reading.Basis.DERIVED)
            for report, (value, indicator) in zip(reports, figures, strict=True)
            if value is not None
        ),
        BATCH,
    )
    Completion.objects.bulk_create(
        Completion(item_id=pk, declared_on=day, verified_on=day) for pk, day in done.items()
    )


def _copy_summary(like: Simulated, made: Simulated) -> None:
    """A county of the same pattern stands as the other does: nothing is judged twice."""
    rounds = {a.pk: b for a, b in zip(like.rounds, made.rounds, strict=True)}
    items = {a.pk: b.pk for a, b in zip(like.items, made.items, strict=True)}
    rows = ItemSummary.objects.filter(round__in=rounds).values_list("round_id", "item_id", *FIELDS)
    ItemSummary.objects.bulk_create(
        (
            ItemSummary(
                round=rounds[reporting_round],
                item_id=items[item],
                **dict(zip(FIELDS, values, strict=True)),
            )
            for reporting_round, item, *values in rows
        ),
        BATCH,
    )
    counts = RoundSummary.objects.filter(round__in=rounds)
    for row in counts:
        row.pk, row.round = None, rounds[row.round_id]
        row._state.adding = True
    RoundSummary.objects.bulk_create(counts)


def _match(city: Region, year: int, say) -> None:
    """Confirm what certainly is the same in several counties, as the city's office would."""
    for level in levels_of(city):
        groups = [
            Confirmed(
                group.programme,
                [m.candidate.key for m in group.members if m.is_sure],
            )
            for group in proposals(city, year, level)
            if group.programme is not None or len(group.members) > 1
        ]
        confirm(by=None, region=city, year=year, level=level, groups=groups)
        say(f"已关联{LEVEL_WORDS[level]}级共同项目{len(groups)}项")


# -- Taking them away ---------------------------------------------------------------------


def remove_counties(*, city: Region, say: Callable[[str], object] = lambda words: None) -> int:
    """Take a city's simulated counties away with all that hangs on them.

    A region of which people or the audit trail speak stays, without lists and rounds.

    Returns:
        How many counties were emptied.

    Raises:
        RefusedError: in one of them a bulletin has been issued; all of them stay.
    """
    found = list(simulated_below(city))
    refuse_removal(Round.objects.filter(county__in=found))
    for region in found:
        with transaction.atomic():
            _empty(region)
        say(f"已移除{region}")
    if found:
        record(by=None, subject=city, summary=f"移除模拟县{len(found)}个（演示数据）")
    return len(found)


def simulated_below(city: Region) -> Iterator[Region]:
    """The simulated counties of a city that still hold something."""
    counties = Region.objects.counties().filter(parent=city, name__startswith=NAME)
    for region in counties:
        if not region.rounds.filter(simulated=False).exists():
            yield region


def _empty(region: Region) -> None:
    Region.objects.filter(pk=region.pk).touch()
    # By the thousand, and faster than along their reports and rounds.
    Reading.objects.filter(report__round__county=region).delete()
    ItemSummary.objects.filter(round__county=region).delete()
    remove_rounds(region.rounds.all())
    Milestone.objects.filter(item__project_list__county=region).delete()
    ListItem.objects.filter(project_list__county=region).delete()
    Programme.objects.filter(links=None, region__in=(region.parent, region.parent.parent)).delete()
    Project.objects.filter(county=region).delete()
    region.project_lists.all().delete()
    try:
        # Each deletion would leave a row in the trail that keeps the region from going.
        with transaction.atomic(), disable_auditlog():
            region.rule_sets.all().delete()
            region.units.all().delete()
            region.delete()
    except ProtectedError:
        pass  # people, or what was done there, still belong to it
