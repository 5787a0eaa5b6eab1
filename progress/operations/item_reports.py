"""What was reported of one item's project over the year: words, readings, progress."""

from datetime import date
from typing import NamedTuple

from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast

from progress.models import ItemWording, MilestoneMark, Reading, Report
from progress.operations.standings import NO_FIGURE, CountyState, History, ItemState
from progress.rules.judgement import Facts, Figure, Standing, judge
from projects.models import ListItem
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


class Reported:
    """The accepted reports of an item's project in its year up to a date."""

    def __init__(self, item: ListItem, own: ItemState, state: CountyState):
        self.item, self.plan, self.rules = item, own.standing.plan, own.standing.rules
        self.as_of = state.as_of
        accepted = Q(
            report__project=item.project_id,
            report__state=Report.State.ACCEPTED,
            report__round__as_of__year=state.year,
            report__round__as_of__lte=state.as_of,
        )
        self.reports = list(
            Report.objects.filter(
                project=item.project_id,
                state=Report.State.ACCEPTED,
                round__as_of__year=state.year,
                round__as_of__lte=state.as_of,
            )
            .order_by("-round__as_of")
            .values_list("pk", "round__as_of", "narrative", "problems")
        )
        self.wordings = {
            report: words
            for report, *words in ItemWording.objects.filter(accepted, item=item).values_list(
                "report_id", "narrative", "problems"
            )
        }
        self.indicators = {t.key: own.indicators[t.key] for t in self.plan.targets}
        self._read_figures(accepted)
        self.marks = MilestoneMark.objects.filter(accepted, milestone__item=item)

    def _read_figures(self, accepted: Q) -> None:
        self.history = History()
        self.figures: dict[date, dict[int | None, Figure]] = {}
        for as_of, indicator, only, value, percent in (
            Reading.objects.filter(accepted)
            .filter(Q(item=None) | Q(item=self.item))
            # Within a round what one list prints for itself stands after what holds for all.
            .order_by("report__round__as_of", F("item").asc(nulls_first=True))
            .values_list(
                "report__round__as_of",
                "indicator_id",
                "item_id",
                Cast("value", FloatField()),
                Cast("percent", FloatField()),
            )
        ):
            figure = Figure(value, percent)
            key = self.item.project_id, indicator
            self.history.figures[key].append((as_of, only, figure))
            if figure != NO_FIGURE:
                self.figures.setdefault(as_of, {})[indicator] = figure

    def why(self) -> dict[int, str]:
        """By milestone, the words of the report that decides on it."""
        history = History()
        for as_of, milestone, met, why in self.marks.order_by("report__round__as_of").values_list(
            "report__round__as_of", "milestone_id", "met", "why"
        ):
            history.marks[milestone].append((as_of, met, why))
        return {key: history.mark(key, self.as_of)[1] for key in history.marks}

    def points(self) -> list[CurveRow]:
        """The progress at every report that has a figure for this item, the earliest first."""
        points = []
        for as_of in sorted(self.figures):
            if not self.figures[as_of].keys() & {None, *self.indicators.values()}:
                continue
            judged = judge(self.plan, Facts(figures=self._known(as_of)), as_of, self.rules)
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
            ReportRow(as_of, *self.wordings.get(pk, (narrative, problems)), self._readings(as_of))
            for pk, as_of, narrative, problems in self.reports
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
