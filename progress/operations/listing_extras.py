"""What a list's columns say beyond the standings; each part is read when a column asks for it.

However many items there are, a part costs a fixed number of queries. What a closed round
keeps (sites, breakdowns, former words, closing states) is taken from there; the rest are
reports of that round or before, which only a correction changes.
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


NO_WORDS = Words("", None, "")


class Extras:
    """Further facts of some items of a county, by item unless it says otherwise."""

    def __init__(self, state: CountyState, items: Sequence[ItemState]):
        self.state, self.items = state, items
        self.pks = [own.item.pk for own in items]
        self.projects = {own.item.project_id for own in items}

    @cached_property
    def _kept(self) -> dict[int, Told] | None:
        """What the closed round keeps of the items; None where it is judged live."""
        if self.state.version is None:
            return None
        details = frozen_details(self.state.version, self.items)
        return {pk: told_from_dict(detail["told"]) for pk, detail in details.items()}

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

    @cached_property
    def project_names(self) -> dict[int, str]:
        """By project."""
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

    @cached_property
    def site_rows(self) -> dict[int, list[SiteRow]]:
        """The sites with the latest that was reported of each."""
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

    @cached_property
    def place_rows(self) -> dict[int, list[PlaceRow]]:
        """The breakdown with the latest figure of each place."""
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


def _grouped(pairs) -> dict[int, list]:
    found = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
