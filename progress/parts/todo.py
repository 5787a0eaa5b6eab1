"""待办: what waits for the reader, each a number that opens its rows."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils.http import urlencode

from livelihood.organisation.access import Permission, may
from progress.models import Completion, RuleSet, Slip
from progress.operations.reporting_board import due_words
from progress.operations.round_progress import Progress
from progress.operations.windows import window
from progress.parts.filters import UNVERIFIED
from progress.parts.links import items_url
from progress.parts.slip_parts import state_of


class Todo(NamedTuple):
    """One kind of work that waits."""

    words: str
    count: int
    url: str


def todo(place, progress: Progress | None, now: datetime) -> list[Todo]:
    """What waits for the reader of a county's page, by what the person may do.

    Args:
        place: the page's (``views.common.Place``).
        progress: of the round that is open, as far as the reader may know; None: none is.
        now: the moment.
    """
    slips = _slips(place)
    if not place.sees_whole_county:
        found = _of_unit(place, progress, slips, now)
    else:
        found = []
        if may(place.user, Permission.REVIEW):
            found += _of_office(place, progress)
        if may(place.user, Permission.FOLLOW_UP):
            url = _slips_url(place, "answered")
            found.append(Todo("督办回复待核实", slips["answered"], url))
            found.append(Todo("督办逾期未回复", slips["overdue"], _slips_url(place, "overdue")))
    return [one for one in found if one.count]


def _slips(place) -> Counter:
    """How many open slips of the year stand how on this day; one query."""
    slips = Slip.objects.visible_to(place.user).open()
    slips = slips.filter(county=place.county, round__as_of__year=place.year)
    found = slips.only("closed_at", "answered_at", "deadline").order_by()
    return Counter(state_of(slip, place.today)[0] for slip in found)


def _slips_url(place, state: str) -> str:
    return f"{reverse('slips', args=_args(place))}?{urlencode({'state': state})}"


def _args(place) -> list:
    return [place.county.code, place.year]


def _of_unit(place, progress: Progress | None, slips: Counter, now: datetime) -> list[Todo]:
    """What a unit has still to send, by when, and which slips it has to answer."""
    found = []
    if progress is not None and place.user.unit is not None:
        due = window(place.state.current_round, place.user.unit, now).due
        by = f"，期限{due_words(due, place.year)}" if due else ""
        over = "（已过）" if due and now > due else ""
        tasks = reverse("tasks", args=_args(place))
        found.append(Todo("退回待修改", progress.returned, tasks))
        found.append(Todo(f"未提交{by}{over}", progress.missing, tasks))
    unanswered = slips["open"] + slips["overdue"]
    found.append(Todo("催办督办待回复", unanswered, _slips_url(place, "unanswered")))
    return found


def _of_office(place, progress: Progress | None) -> list[Todo]:
    """What the office has to review, to ask for and to verify; one query."""
    found, rules = [], place.state.rule_set
    if progress is not None:
        day = place.state.current_round.as_of
        review = reverse("review", args=[*_args(place), day])
        reporting = reverse("reporting", args=_args(place))
        found.append(Todo("填报待审核", progress.waiting, review))
        found.append(Todo("填报未提交", progress.missing, f"{reporting}?as_of={day}"))
    if rules is None or rules.completion_stage != RuleSet.CompletionStage.DECLARED:
        lists = {"item__project_list__county": place.county, "item__project_list__year": place.year}
        unverified = Completion.objects.unverified().filter(**lists).count()
        found.append(Todo("申报完成待核实", unverified, items_url(place, flag=UNVERIFIED)))
    return found
