"""What was reported of items follows them, where their projects become one or are parted.

Of closed rounds only: what is being worked on belongs to whoever works on it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from progress.models import (
    Evidence,
    ItemWording,
    MilestoneMark,
    PlaceReading,
    Reading,
    Report,
    ReportEvent,
    Round,
    SiteReading,
)
from projects.models import Indicator, ListItem, Project, Target


class Rounds:
    """In which rounds something was reported of some projects; one query."""

    def __init__(self, projects: Collection[int]):
        self.told = defaultdict(set)
        self.unsettled = set()
        for project, told_in, state, of_round in Report.objects.filter(
            project__in=projects
        ).values_list("project_id", "round_id", "state", "round__state"):
            self.told[project].add(told_in)
            if state != Report.State.ACCEPTED or of_round != Round.State.CLOSED:
                self.unsettled.add(project)

    def order(self, one: int, other: int) -> tuple[int, int]:
        """Of two projects the one that stays when they become one, and the one that goes."""
        return (one, other) if self.told[other] <= self.told[one] else (other, one)

    def against(self, one: int, other: int) -> str:
        """Why what was reported of two projects cannot become one's; "" where it can."""
        stays, goes = self.order(one, other)
        if not self.told[goes]:
            return ""
        if self.unsettled & {one, other}:
            return "两边都有填报，且有一期还没有截止；截止后再关联。"
        if not self.told[goes] <= self.told[stays]:
            return "两边填报过的期次不同，不能再关联。"
        return ""


def bring_along(items: Collection[ListItem], former: int, project: Project) -> None:
    """Take what was reported of ``items`` from their former project to ``project``.

    On each list it stays what that list alone printed: words and figures, of those that come
    and of those that were there. Call it before the items themselves are moved.

    Args:
        items: all items of the former project.
        former: its key; it has no report afterwards.
        project: where they go; it was reported of in all the rounds that the former one was.
    """
    kept = {report.round_id: report for report in Report.objects.filter(project=project)}
    there = list(project.items.prefetch_related("targets"))
    for report in Report.objects.filter(project=former):
        into = kept[report.round_id]
        _pin_figures(into, there)
        _words_and_figures(report, into, items)
        for model in (MilestoneMark, SiteReading, PlaceReading, Evidence, ReportEvent):
            model.objects.filter(report=report).update(report=into)
        report.delete()


def _pin_figures(report: Report, items: Collection[ListItem]) -> None:
    """Figures that held on all lists of the project hold on these from now on."""
    told = {(r.indicator_id, r.item_id) for r in report.readings.all()}
    for reading in report.readings.filter(item=None):
        for item in items:
            if (reading.indicator_id, item.pk) not in told and _is_of(reading, item):
                _keep_figure(reading, report, item.pk)
        reading.delete()


def _words_and_figures(report: Report, into: Report, items: Collection[ListItem]) -> None:
    own = {wording.item_id: wording for wording in report.wordings.all()}
    for item in items:
        said = own.get(item.pk, report)
        ItemWording.objects.create(
            report=into, item=item, narrative=said.narrative, problems=said.problems
        )
    for reading in report.readings.all():
        for item in items:
            if reading.item_id in (None, item.pk) and _is_of(reading, item):
                _keep_figure(reading, into, item.pk)


def _is_of(reading: Reading, item: ListItem) -> bool:
    indicators = {target.indicator_id for target in item.targets.all()}
    return reading.indicator_id is None or reading.indicator_id in indicators


def _keep_figure(reading: Reading, into: Report, item: int | None, indicator: int | None = None):
    figure = {"value": reading.value, "percent": reading.percent, "basis": reading.basis}
    Reading.objects.update_or_create(
        report=into, indicator_id=indicator or reading.indicator_id, item_id=item, defaults=figure
    )


def figures_follow(formers: Mapping[int, int], items: Collection[ListItem]) -> None:
    """Give the figures that one list alone printed the indicators that its targets have now.

    Args:
        formers: the former indicator of each of the items' targets, by the target's key.
        items: the items.
    """
    for target in Target.objects.filter(item__in=[item.pk for item in items]):
        former = formers[target.pk]
        if former != target.indicator_id:
            Reading.objects.filter(indicator=former, item=target.item_id).update(
                indicator=target.indicator_id
            )
    forget_unused(formers.values())


def forget_unused(indicators: Iterable[int]) -> None:
    """Indicators that no list promises and nothing was reported of."""
    Indicator.objects.filter(pk__in=list(indicators), targets=None, readings=None).delete()


def copy_to_parted(item: ListItem, former: Project, formers: Mapping[int, int]) -> None:
    """Give an item that was parted, and has its own project now, what was reported of it.

    Args:
        item: the item, with its new project and targets.
        former: the project that it was parted from; the reports there stay.
        formers: the new indicator by the former one.
    """
    for report in Report.objects.filter(project=former):
        own = report.wordings.filter(item=item).first() or report
        copy = Report.objects.create(
            round_id=report.round_id,
            project_id=item.project_id,
            state=report.state,
            narrative=own.narrative,
            problems=own.problems,
            accepted_at=report.accepted_at,
        )
        report.wordings.filter(item=item).delete()
        # What one list prints for itself comes last, and holds.
        for reading in report.readings.filter(item=None):
            if reading.indicator_id is None or reading.indicator_id in formers:
                _keep_figure(reading, copy, None, formers.get(reading.indicator_id))
        for reading in report.readings.filter(item=item):
            if reading.indicator_id is None or reading.indicator_id in formers:
                _keep_figure(reading, copy, None, formers.get(reading.indicator_id))
        report.readings.filter(item=item).delete()
        MilestoneMark.objects.filter(report=report, milestone__item=item).update(report=copy)
        SiteReading.objects.filter(report=report, site__item=item).update(report=copy)
        PlaceReading.objects.filter(report=report, allocation__item=item).update(report=copy)
    # What only this item promised is reported with it.
    Reading.objects.filter(indicator__in=formers, indicator__targets=None).delete()
    forget_unused(formers)
