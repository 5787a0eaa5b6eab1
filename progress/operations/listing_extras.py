"""What a list's columns say beyond the standings; each part is read when a column asks for it.

However many items there are, a part costs a fixed number of queries. What a closed round
keeps (sites, breakdowns, names, former words, closing states) is taken from there; the rest
are reports of that round or before, which only a correction changes.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from django.db.models import FloatField
from django.db.models.functions import Cast

from progress.models import Completion, PlaceReading, Report, SiteReading
from progress.operations.frozen import frozen_details
from progress.operations.item_state import ItemState
from progress.operations.item_told import Told, told_from_dict
from progress.operations.standings import CountyState
from projects.models import Allocation, Project, Site

STAGES = dict(SiteReading.Stage.choices)


class Words(NamedTuple):
    """What the latest report says besides the narrative."""

    cause: str
    catch_up_on: date | None
    help_needed: str


class PlaceRow(NamedTuple):
    """What falls to one place, and what it has done; None is unknown."""

    place: str
    target: float | None
    done: float | None


class SiteRow(NamedTuple):
    """One named place; "" and None where no report speaks of it."""

    name: str
    stage: str
    percent: float | None


class Parts(NamedTuple):
    """The parts of one item with what was reported of each, and the name of its project."""

    project: str
    places: list[PlaceRow]
    sites: list[SiteRow]


NO_WORDS = Words("", None, "")


class Extras:
    """Further facts of some items of a county, by item unless it says otherwise."""

    def __init__(self, state: CountyState, items: Sequence[ItemState]):
        self.state, self.items = state, items
        self.pks = [own.item.pk for own in items]
        self.projects = {own.item.project_id for own in items}

    @cached_property
    def _details(self) -> dict[int, dict] | None:
        """What the closed round keeps of the items; None where it is judged live."""
        if self.state.version is None:
            return None
        return frozen_details(self.state.version, self.items)

    @cached_property
    def _kept(self) -> dict[int, Told] | None:
        if self._details is None:
            return None
        return {pk: told_from_dict(detail["told"]) for pk, detail in self._details.items()}

    @cached_property
    def _parts(self) -> dict[int, Parts] | None:
        if self._details is None:
            return None
        found = {}
        for own in self.items:
            pk = own.item.pk
            kept = self._details[pk].get("parts")
            found[pk] = self._old_parts(own) if kept is None else parts_from_dict(kept)
        return found

    def _old_parts(self, own: ItemState) -> Parts:
        """The parts as an older release kept them: their names and shares alone."""
        told, pk = self._kept[own.item.pk], own.item.pk
        done = {row.place: row.done for row in self._places_now.get(pk, ())}
        sites = {row.name: row for row in self._sites_now.get(pk, ())}
        return Parts(
            project=self._names_now[own.item.project_id],
            places=[PlaceRow(r.place, r.value, done.get(r.place)) for r in told.allocations],
            sites=[sites.get(name, SiteRow(name, "", None)) for name in told.sites],
        )

    @property
    def _accepted(self):
        return Report.objects.filter(
            project__in=self.projects,
            state=Report.State.ACCEPTED,
            round__as_of__year=self.state.year,
            round__as_of__lte=self.state.as_of,
        ).order_by("round__as_of")

    @cached_property
    def words(self) -> dict[int, Words]:
        """Cause, catch-up date and help needed, by project."""
        rows = self._accepted.values_list("project_id", "cause", "catch_up_on", "help_needed")
        return {project: Words(*words) for project, *words in rows}

    @cached_property
    def former(self) -> dict[int, str]:
        """The narrative of the round before the current one."""
        current = self.state.current_round
        if current is None:
            return {}
        if self._kept is not None:
            return {
                pk: next((r.narrative for r in told.reports if r.as_of < current.as_of), "")
                for pk, told in self._kept.items()
            }
        latest, own = {}, {}
        for project, as_of, narrative, item, worded in self._accepted.filter(
            round__as_of__lt=current.as_of
        ).values_list(
            "project_id", "round__as_of", "narrative", "wordings__item_id", "wordings__narrative"
        ):
            latest[project] = as_of, narrative
            own[item, as_of] = worded
        found = {}
        for state in self.items:
            as_of, narrative = latest.get(state.item.project_id, (None, ""))
            found[state.item.pk] = own.get((state.item.pk, as_of), narrative)
        return found

    @cached_property
    def completions(self) -> dict[int, Completion | None]:
        """The closing states."""
        if self._kept is not None:
            return {pk: told.completion for pk, told in self._kept.items()}
        rows = Completion.objects.filter(item__in=self.pks, declared_on__lte=self.state.as_of)
        return {row.item_id: row for row in rows}

    @property
    def project_names(self) -> dict[int, str]:
        """By project."""
        if self._parts is None:
            return self._names_now
        return {own.item.project_id: self._parts[own.item.pk].project for own in self.items}

    @cached_property
    def _names_now(self) -> dict[int, str]:
        return dict(Project.objects.filter(pk__in=self.projects).values_list("pk", "name"))

    @cached_property
    def lists_of_project(self) -> dict[int, list[ItemState]]:
        """The items of each project that exist for the reader, by project."""
        found = defaultdict(list)
        for own in self.state.items:
            found[own.item.project_id].append(own)
        return found

    @cached_property
    def sites(self) -> dict[int, list[str]]:
        """The names of the sites."""
        if self._kept is not None:
            return {pk: told.sites for pk, told in self._kept.items()}
        return _grouped(
            Site.objects.filter(item__in=self.pks).order_by("order").values_list("item_id", "name")
        )

    @property
    def site_rows(self) -> dict[int, list[SiteRow]]:
        """The sites with the latest that was reported of each."""
        if self._parts is None:
            return self._sites_now
        return {pk: parts.sites for pk, parts in self._parts.items()}

    @cached_property
    def _sites_now(self) -> dict[int, list[SiteRow]]:
        told = {}
        for site, stage, percent in (
            SiteReading.objects.filter(
                report__in=self._accepted.order_by(), site__item__in=self.pks
            )
            .order_by("report__round__as_of")
            .values_list("site_id", "stage", Cast("percent", FloatField()))
        ):
            told[site] = STAGES.get(stage, ""), percent
        sites = Site.objects.filter(item__in=self.pks).order_by("order")
        return _grouped(
            (item, SiteRow(name, *told.get(pk, ("", None))))
            for item, pk, name in sites.values_list("item_id", "pk", "name")
        )

    @cached_property
    def allocations(self) -> dict[int, list[tuple[str, float | None]]]:
        """Place and share of each part of the breakdown."""
        if self._kept is not None:
            return {
                pk: [(row.place, row.value) for row in told.allocations]
                for pk, told in self._kept.items()
            }
        return _grouped(
            (item, (place, value)) for item, _pk, place, value in self._allocation_rows()
        )

    @property
    def place_rows(self) -> dict[int, list[PlaceRow]]:
        """The breakdown with the latest figure of each place."""
        if self._parts is None:
            return self._places_now
        return {pk: parts.places for pk, parts in self._parts.items()}

    @cached_property
    def _places_now(self) -> dict[int, list[PlaceRow]]:
        done = dict(
            PlaceReading.objects.filter(
                report__in=self._accepted.order_by(), allocation__item__in=self.pks
            )
            .order_by("report__round__as_of")
            .values_list("allocation_id", Cast("value", FloatField()))
        )
        return _grouped(
            (item, PlaceRow(place, value, done.get(pk)))
            for item, pk, place, value in self._allocation_rows()
        )

    def _allocation_rows(self):
        return (
            Allocation.objects.filter(item__in=self.pks)
            .order_by("order")
            .values_list("item_id", "pk", "place", Cast("value", FloatField()))
        )


def read_parts(state: CountyState) -> dict[int, Parts]:
    """The parts of all items of a county as they are now, by item; five queries."""
    extras = Extras(state, state.items)
    return {
        own.item.pk: Parts(
            project=extras.project_names[own.item.project_id],
            places=extras.place_rows.get(own.item.pk, []),
            sites=extras.site_rows.get(own.item.pk, []),
        )
        for own in state.items
    }


def parts_to_dict(parts: Parts) -> dict:
    """The parts of an item in values that JSON knows."""
    return parts._asdict()


def parts_from_dict(kept: dict) -> Parts:
    """The parts that ``parts_to_dict`` kept, also after JSON."""
    return Parts(
        project=kept["project"],
        places=[PlaceRow(*row) for row in kept["places"]],
        sites=[SiteRow(*row) for row in kept["sites"]],
    )


def _grouped(pairs) -> dict[int, list]:
    found = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
