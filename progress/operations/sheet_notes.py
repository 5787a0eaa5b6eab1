"""What a unit or leader has to talk about: problems, help that is needed, open slips."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from progress.models import Slip
from progress.operations.item_state import ItemState
from progress.operations.listing_extras import NO_WORDS, Extras
from progress.operations.standings import CountyState


@dataclass(frozen=True)
class Trouble:
    """One item with a problem, a reason for being behind, or a need for help."""

    state: ItemState
    cause: str
    catch_up_on: date | None
    help_needed: str


def troubles(states: Sequence[ItemState], state: CountyState) -> list[Trouble]:
    """The items of which the latest report says more than progress; one query.

    Reasons for being behind count only while the item is behind.
    """
    told = Extras(state, states).words
    found = []
    for own in states:
        words = told.get(own.item.project_id, NO_WORDS)
        behind = own.standing.is_behind
        cause = words.cause if behind else ""
        if own.problems or cause or words.help_needed:
            catch_up = words.catch_up_on if behind else None
            found.append(Trouble(own, cause, catch_up, words.help_needed))
    return found


def open_slips(user, states: Sequence[ItemState], state: CountyState, unit: int | None):
    """Slips not closed about these items and, with ``unit``, about the unit's reports."""
    slips = (
        Slip.objects.visible_to(user)
        .open()
        .filter(county=state.county, round__as_of__year=state.year)
        .select_related("unit", "round", "item__project", "item__project_list")
        .order_by("deadline", "pk")
    )
    own = {s.item.pk for s in states}
    return [s for s in slips if s.item_id in own or (unit is not None and s.unit_id == unit)]
