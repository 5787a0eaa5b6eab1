"""The lists and boards of the pages as Excel, as they are shown: filters, order, access."""

from dataclasses import replace

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from livelihood.organisation.downloads import excel_download
from livelihood.organisation.models import Unit
from livelihood.organisation.words import cn_date, cn_datetime
from progress.models import Report, Round
from progress.operations.bulletin_tables import overview_table, units_table
from progress.operations.groups import (
    Due,
    Group,
    leader_groups,
    milestones_due,
    summary,
    unit_groups,
    worst_first,
)
from progress.operations.overview import read_overview, tally
from progress.operations.round_progress import progress_of
from progress.operations.sheet_notes import open_slips, troubles
from progress.parts.board_tables import (
    as_of_words,
    bulletins_table,
    changes_table,
    counts_table,
    due_table,
    extensions_table,
    items_table,
    queue_table,
    round_notes,
    rounds_table,
    slips_table,
    state_notes,
    troubles_table,
)
from progress.parts.bulletin_form import BulletinFilter
from progress.parts.round_rows import RoundRow
from progress.rules.judgement import MilestoneState
from progress.rules.unusual import UNUSUAL_LABELS
from progress.views.bulletins import bulletins_in_order, bulletins_of
from progress.views.common import Place, find_place
from progress.views.leaders import find_group
from progress.views.review import HEAD, OFFICE, Desk, Page
from progress.views.rounds import find_round, round_context
from progress.views.slips import listed_slips
from progress.views.units import counts, unit_group


def _dated(place: Place, what: str) -> str:
    """The name of a file that rests on the judgement at a date."""
    return f"{place.county.name}{place.year}年{what}（截至{cn_date(place.as_of)}）"


@require_safe
@never_cache
def overview_excel(request, code, year):
    """总览: the counts, what needs attention, what falls due."""
    place = find_place(request, code, year)
    state = place.state
    seen = read_overview(state, place.subject, place.titles)
    due = [
        Due(own, milestone, MilestoneState.LATER, (milestone.due - place.as_of).days)
        for own, milestone in seen.due_soon
    ]
    notes = state_notes(state, as_of_words(state))
    tables = [
        _with_notes(overview_table(state, place.subject, place.titles), state),
        _with_notes(units_table(state), state),
        items_table(seen.attention, name="需要关注", title="需要关注的条目", notes=notes),
        due_table(due, "30天内到期的节点"),
    ]
    return excel_download(request, place.county, tables, _dated(place, "民生实事总览"))


def _with_notes(table, state):
    return replace(table, notes=(*table.notes, *state_notes(state)))


@require_safe
@never_cache
def units_excel(request, code, year):
    """单位: how all lead units stand."""
    place = find_place(request, code, year)
    groups = unit_groups(place.state.items)
    total = counts(place, Group(tally(place.state.items), place.state.items, None))
    return _groups_excel(request, place, groups, "牵头单位", "各单位进展", total)


@require_safe
@never_cache
def leaders_excel(request, code, year):
    """责任领导: all that the lists name, in their order."""
    place = find_place(request, code, year)
    return _groups_excel(request, place, leader_groups(place.state.items), "责任领导", "责任领导")


def _groups_excel(request, place: Place, groups, heading: str, what: str, total=None):
    name = _dated(place, f"民生实事{what}")
    table = counts_table(
        [(group, counts(place, group)) for group in groups],
        total,
        heading=heading,
        name=heading,
        title=name,
        notes=state_notes(place.state),
    )
    return excel_download(request, place.county, [table], name)


@require_safe
@never_cache
def unit_excel(request, code, year, name):
    """The sheet of one lead unit."""
    place = find_place(request, code, year)
    known = Unit.objects.visible_to(request.user).filter(region=place.county)
    group = unit_group(place, get_object_or_404(known, name=name.replace("\0", "")))
    return _group_excel(request, place, group, f"{group.name}牵头的民生实事", group.tally.key)


@require_safe
@never_cache
def leader_excel(request, code, year, name):
    """The sheet of one responsible leader."""
    place = find_place(request, code, year)
    group = find_group(place, name)
    return _group_excel(request, place, group, f"{group.name}负责的民生实事", None)


def _group_excel(request, place: Place, group: Group, what: str, unit: int | None):
    state = place.state
    slips = open_slips(request.user, group.items, state, unit)
    notes = state_notes(state, summary(group, place.as_of) if group.items else "没有条目。")
    tables = [
        items_table(worst_first(group.items), name="条目", title=what, notes=notes),
        due_table(milestones_due(group.items), "到期节点"),
        troubles_table(troubles(group.items, state) if group.items else [], "存在问题和需要协调"),
        slips_table(slips, "未办结的催办督办单", "", place.today),
    ]
    return excel_download(request, place.county, tables, _dated(place, what))


@require_safe
@never_cache
def rounds_excel(request, code, year):
    """期次: a year's rounds and what has come in."""
    place = find_place(request, code, year)
    found = list(Round.objects.filter(county=place.county, as_of__year=year).order_by("as_of"))
    progress = progress_of(request.user, place.county, year, found)
    rows = [
        RoundRow(r, None if r.state == Round.State.PLANNED else progress[r.pk], place.today)
        for r in found
    ]
    title = f"{place.county.name}{year}年民生实事填报期次"
    return excel_download(request, place.county, [rounds_table(rows, title)], title)


@require_safe
@never_cache
def round_excel(request, code, year, day):
    """One round: how far it is, extensions, what every version changed in the standings."""
    place = find_place(request, code, year)
    context = round_context(request, place, find_round(place, day))
    title = f"{place.county.name}民生实事{context['round']}期次"
    tables = [
        rounds_table([context["row"]], title),
        extensions_table(context["extensions"], f"{title}延期与重开"),
        *(changes_table(version, changes, title) for version, changes in context["versions"]),
    ]
    return excel_download(request, place.county, tables, title)


@require_safe
@never_cache
def slips_excel(request, code, year):
    """催办督办: the slips that the filters leave."""
    place = find_place(request, code, year)
    own, _found, shown = listed_slips(request, place)
    title = f"{place.county.name}{year}年催办督办"
    note = f"{cn_date(place.today)}的情况。共{own.count()}份，本表{len(shown)}份。"
    return excel_download(
        request, place.county, [slips_table(shown, title, note, place.today)], title
    )


@require_safe
@never_cache
def bulletins_excel(request, code, year):
    """通报: the issues that the search leaves."""
    place = find_place(request, code, year)
    found = BulletinFilter(request.GET, bulletins_of(place))
    title = f"{place.county.name}{year}年通报目录"
    table = bulletins_table(bulletins_in_order(found.qs), title)
    return excel_download(request, place.county, [table], title)


@require_safe
@never_cache
def review_excel(request, code, year, day):
    """审核: the queue that the filters leave."""
    return _queue_excel(request, OFFICE, code, year, day)


@require_safe
@never_cache
def unit_review_excel(request, code, year, day):
    """单位审核: the same for a unit's head."""
    return _queue_excel(request, HEAD, code, year, day)


def _queue_excel(request, desk: Desk, code: str, year: int, day):
    page = Page(request, desk, code, year, day)
    queue = page.queue()
    rows = queue.narrowed(page.unit, page.kind)
    title = f"{page.place.county.name}民生实事{page.round}填报{desk.title}"
    kind = UNUSUAL_LABELS.get(page.kind, "")
    notes = [
        f"{cn_datetime(timezone.localtime(page.now))}{Report.State(page.state).label}的填报"
        f"{len(queue.rows)}项，本表{len(rows)}项{f'（{kind}）' if kind else ''}，异常的在前。",
        *round_notes([page.round]),
    ]
    # The page shows the unusual first, then the rest.
    ordered = [r for r in rows if not r.clean] + [r for r in rows if r.clean]
    return excel_download(request, page.place.county, [queue_table(ordered, title, notes)], title)
