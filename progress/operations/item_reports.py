"""What was reported of one item's project over the year: words, readings, progress."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast

from progress.models import ItemWording, MilestoneMark, Reading, Report
from progress.operations.item_state import ItemState
from progress.operations.standings import NO_FIGURE, CountyState, History
from progress.rules.judgement import Facts, Figure, Standing, judge
from projects.rules.planned import FULL, weighted_mean


class CurveRow(NamedTuple):
    """Planned and reported percent at a date; None is not reported then.

    A target without a plan or without a figure is left out of the variance. Where there is
    one, ``compared`` is the planned percent of the others.
    """

    day: date
    planned: float
    actual: float | None = None
    variance: float | None = None
    compared: float | None = None

    @property
    def compared_actual(self) -> float:
        """The actual percent of the targets in ``compared``."""
        return self.compared + self.variance


class ReadingRow(NamedTuple):
    """What a report says of one target in numbers."""

    name: str
    value: float | None
    unit: str
    percent: float | None
    target: float | None

    @property
    def shown_percent(self) -> float | None:
        """The percent that the unit stated, or else the value's share of the target."""
        if self.percent is None and self.value is not None and self.target:
            return FULL * self.value / self.target
        return self.percent


class ReportRow(NamedTuple):
    """One accepted report, in the words that hold for this item's list."""

    as_of: date
    narrative: str
    problems: str
    readings: list[ReadingRow]


def planned_of_compared(standing: Standing) -> float | None:
    """The mean planned percent of the targets that have both a plan and a figure; None
    where those are all targets, or none."""
    both = [t for t in standing.targets if t.planned is not None and t.actual is not None]
    if len(both) == len(standing.targets):
        return None
    return weighted_mean((t.planned, t.target.weight) for t in both)


class Sources:
    """The accepted reports of some items' projects in their year up to a date.

    Read with four queries, be it for the page of one item or for a whole county.
    """

    def __init__(self, states: Sequence[ItemState], state: CountyState):
        self.rules, self.as_of = state.rules, state.as_of
        items = [s.item.pk for s in states]
        projects = {s.item.project_id for s in states}
        accepted = Q(
            report__project__in=projects,
            report__state=Report.State.ACCEPTED,
            report__round__as_of__year=state.year,
            report__round__as_of__lte=state.as_of,
        )
        self.reports = defaultdict(list)  # by project, the latest first
        for project, *report in (
            Report.objects.filter(
                project__in=projects,
                state=Report.State.ACCEPTED,
                round__as_of__year=state.year,
                round__as_of__lte=state.as_of,
            )
            .order_by("-round__as_of")
            .values_list("project_id", "pk", "round__as_of", "narrative", "problems")
        ):
            self.reports[project].append(report)
        self.wordings = {
            (report, item): words
            for report, item, *words in ItemWording.objects.filter(
                accepted, item__in=items
            ).values_list("report_id", "item_id", "narrative", "problems")
        }
        self.readings = defaultdict(list)  # by project, the earliest first
        for project, *reading in (
            Reading.objects.filter(accepted)
            .filter(Q(item=None) | Q(item__in=items))
            # Within a round what one list prints for itself stands after what holds for all.
            .order_by("report__round__as_of", F("item").asc(nulls_first=True))
            .values_list(
                "report__project_id",
                "report__round__as_of",
                "indicator_id",
                "item_id",
                Cast("value", FloatField()),
                Cast("percent", FloatField()),
            )
        ):
            self.readings[project].append(reading)
        self.marks = defaultdict(list)  # by item, the earliest first
        for item, *mark in (
            MilestoneMark.objects.filter(accepted, milestone__item__in=items)
            .order_by("report__round__as_of")
            .values_list("milestone__item_id", "report__round__as_of", "milestone_id", "met", "why")
        ):
            self.marks[item].append(mark)


class Reported:
    """What was reported of one item, as it holds for its list."""

    def __init__(self, own: ItemState, sources: Sources):
        self.item, self.plan, self.sources = own.item, own.standing.plan, sources
        self.indicators = {t.key: own.indicators[t.key] for t in self.plan.targets}
        self.history = History()
        self.figures: dict[date, dict[int | None, Figure]] = {}
        for as_of, indicator, only, value, percent in sources.readings[self.item.project_id]:
            if only not in (None, self.item.pk):
                continue
            figure = Figure(value, percent)
            key = self.item.project_id, indicator
            self.history.figures[key].append((as_of, only, figure))
            if figure != NO_FIGURE:
                self.figures.setdefault(as_of, {})[indicator] = figure

    def why(self) -> dict[int, str]:
        """By milestone, the words of the report that decides on it."""
        history = History()
        for as_of, milestone, met, why in self.sources.marks[self.item.pk]:
            history.marks[milestone].append((as_of, met, why))
        return {key: history.mark(key, self.sources.as_of)[1] for key in history.marks}

    def points(self) -> list[CurveRow]:
        """The progress at every report that has a figure for this item, the earliest first."""
        points = []
        for as_of in sorted(self.figures):
            if not self.figures[as_of].keys() & {None, *self.indicators.values()}:
                continue
            facts = Facts(figures=self._known(as_of))
            judged = judge(self.plan, facts, as_of, self.sources.rules)
            if judged.actual_percent is not None:
                points.append(
                    CurveRow(
                        day=as_of,
                        planned=judged.planned_percent,
                        actual=judged.actual_percent,
                        variance=judged.schedule_variance,
                        compared=planned_of_compared(judged),
                    )
                )
        return points

    def _known(self, as_of: date) -> dict[int | None, Figure]:
        keys = {**self.indicators, None: None}
        found = {
            key: self.history.figure(self.item.project_id, indicator, self.item.pk, as_of)
            for key, indicator in keys.items()
        }
        return {key: figure for key, figure in found.items() if figure is not None}

    def rows(self) -> list[ReportRow]:
        """The reports round by round, the latest first."""
        return [
            ReportRow(
                as_of,
                *self.sources.wordings.get((pk, self.item.pk), (narrative, problems)),
                self._readings(as_of),
            )
            for pk, as_of, narrative, problems in self.sources.reports[self.item.project_id]
        ]

    def _readings(self, as_of: date) -> list[ReadingRow]:
        figures = self.figures.get(as_of, {})
        rows = []
        for target in self.plan.targets:
            figure = figures.get(self.indicators[target.key])
            if figure is not None:
                rows.append(
                    ReadingRow(target.name, figure.value, target.unit, figure.percent, target.value)
                )
        if None in figures:
            rows.append(ReadingRow("整体", None, "", figures[None].percent, None))
        return rows
