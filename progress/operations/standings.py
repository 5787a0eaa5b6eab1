"""The one heavy reader: a county's items with their standings at a date.

Everything a page, a file or a command says of progress starts here, with a fixed number
of queries whatever the number of items.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, F, FloatField, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from livelihood.organisation.models import Region
from progress.models import (
    CityComparison,
    MilestoneMark,
    Reading,
    Report,
    Round,
    RoundVersion,
    RuleSet,
)
from progress.operations.averages import city_of, read_averages
from progress.operations.finished import COUNTED_ON, DEFAULT_STAGE
from progress.operations.frozen import frozen_items, frozen_version, row_as_kept
from progress.operations.item_state import ItemFields, ItemState
from progress.operations.prepared import Prepared
from progress.operations.windows import Deadlines, deadlines
from progress.rules.averages import Average, chosen_comparison, computed_comparison
from progress.rules.judgement import (
    Basis,
    Comparison,
    Earlier,
    Facts,
    Figure,
    Measure,
    MilestoneState,
    Standing,
    Status,
    Thresholds,
    judge,
    known_percent,
)
from projects.models import LEVEL_ORDER, Allocation, ListItem, Milestone, Site, Target
from projects.rules.contradictions import plan_contradictions
from projects.rules.planned import ItemPlan, MilestonePlan, TargetPlan, month_ends

DUE_SOON_DAYS = 30
# So many items are read by their keys; of more, their lists are read whole.
FEW_ITEMS = 20


class History:
    """What was reported of one county's projects, round by round."""

    def __init__(self):
        self.figures: dict[tuple[int, int | None], list[tuple[date, int | None, Figure]]] = (
            defaultdict(list)
        )
        self.marks: dict[int, list[tuple[date, bool | None, str]]] = defaultdict(list)
        self.comparisons: dict[int, list[Comparison]] = defaultdict(list)
        self.completed: dict[int, date] = {}
        self.accepted: dict[date, set[int]] = defaultdict(set)
        self.words: dict[int, list[tuple[date, str, str]]] = defaultdict(list)
        self.item_words: dict[int, list[tuple[date, str, str]]] = defaultdict(list)

    def figure(self, project: int, indicator: int | None, item: int, at: date) -> Figure | None:
        """The latest figure of an indicator up to ``at`` that holds for ``item``."""
        best = None
        for as_of, only_item, figure in self.figures.get((project, indicator), ()):
            if as_of > at:
                break
            if (only_item is None or only_item == item) and figure != NO_FIGURE:
                best = figure
        return best

    def mark(self, milestone: int, at: date) -> tuple[bool | None, str] | None:
        """What the latest report up to ``at`` that speaks of a milestone says of it."""
        best = None
        for as_of, met, why in self.marks.get(milestone, ()):
            if as_of > at:
                break
            if met is not None or best is None:
                best = (met, why)
        return best

    def comparison(self, item: int, at: date) -> Comparison | None:
        """The city's latest table up to ``at``."""
        valid = [c for c in self.comparisons.get(item, ()) if c.as_of <= at]
        return valid[-1] if valid else None

    def wording(self, project: int, item: int, at: date) -> tuple[str, str]:
        """(narrative, problems) of the latest report up to ``at``, as worded for ``item``."""
        told = [w for w in self.words.get(project, ()) if w[0] <= at]
        if not told:
            return "", ""
        as_of, narrative, problems = told[-1]
        for when, own, own_problems in self.item_words.get(item, ()):
            if when == as_of:
                return own, own_problems
        return narrative, problems


NO_FIGURE = Figure(None, None)


def thresholds(rule_set: RuleSet | None) -> Thresholds:
    """A rule set as the pure rules take it; the defaults where a county has none."""
    if rule_set is None:
        return Thresholds()
    return Thresholds(
        measure=Measure(rule_set.measure),
        ahead=float(rule_set.ahead_points),
        behind=float(rule_set.behind_points),
        seriously_behind=float(rule_set.seriously_behind_points),
        overdue_days=rule_set.overdue_days,
        rounds_behind=rule_set.rounds_behind,
        rounds_stalled=rule_set.rounds_stalled,
        comparison_max_age_days=rule_set.comparison_max_age_days,
        basis=Basis(rule_set.basis),
        bottom_ranks=rule_set.bottom_ranks,
    )


def prefers_computed_average(rule_set: RuleSet | None) -> bool:
    """Whether the average that is computed stands before that of the city's table."""
    return bool(rule_set and rule_set.comparison_source == RuleSet.ComparisonSource.COMPUTED)


class Named(NamedTuple):
    """The named places of some items, by item: what the reporting pages read anyway."""

    allocations: Mapping[int, Sequence[Allocation]]
    sites: Mapping[int, Sequence[Site]]


@dataclass
class CountyState:
    """A county's items of one year, judged at one date, for one reader."""

    county: Region
    year: int
    as_of: date
    rounds: Sequence[Round]  # the year's, the latest first
    current_round: Round | None  # the latest that began on or before ``as_of``
    rules: Thresholds
    rule_set: RuleSet | None
    items: list[ItemState]
    version: RoundVersion | None = None  # as which it is kept; None: judged just now
    # Of the items as judged just now, by item.
    programmes: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def has_progress(self) -> bool:
        """Whether anything has been reported up to the date."""
        return any(state.standing.status is not None for state in self.items)

    @property
    def simulated(self) -> bool:
        """Whether a round of the year is 演示数据."""
        return any(r.simulated for r in self.rounds)

    @property
    def computed_first(self) -> bool:
        """Whether its rules prefer the average that is computed."""
        return prefers_computed_average(self.rule_set)

    @cached_property
    def has_sample_comparisons(self) -> bool:
        """Whether a figure of the city's table shown here is 示例数据."""
        return any(
            state.standing.below_city_average is not None
            and state.standing.facts.comparison.illustrative
            for state in self.items
        )

    @cached_property
    def projects(self) -> int:
        """How many pieces of work stand behind the items."""
        return len({state.item.project_id for state in self.items})

    def finished_early(self, standing: Standing) -> bool:
        """Whether an item was completed before the last date of its plan.

        When something was done by the year's first round, nobody has told: it counts as
        early, as the bulletin of 苍南县 has it.
        """
        if standing.status is not Status.COMPLETED:
            return False
        first = min((r.as_of for r in self.rounds), default=self.as_of)
        done = standing.facts.completed_on
        return standing.is_early or done is None or done <= first

    def with_status(self, *statuses: Status) -> list[ItemState]:
        """The items that have one of ``statuses``."""
        return [state for state in self.items if state.standing.status in statuses]

    def due_soon(self) -> list[tuple[ItemState, MilestonePlan]]:
        """Milestones not met that fall due within the next 30 days, the soonest first."""
        until = self.as_of + timedelta(days=DUE_SOON_DAYS)
        found = [
            (state, milestone)
            for state in self.items
            if state.standing.status is not Status.COMPLETED
            for milestone, how in zip(
                state.standing.plan.milestones, state.standing.states, strict=True
            )
            if how is MilestoneState.LATER and milestone.due <= until
        ]
        return sorted(found, key=lambda pair: pair[1].due)


def read_county(
    items: QuerySet[ListItem],
    county: Region,
    year: int,
    *,
    as_of: date,
    today: date,
    rounds: Sequence[Round] | None = None,
    named: Named | None = None,
) -> CountyState:
    """A county's items of one year as they stand at a date.

    At the date of a closed round they are read as they were judged at its closing (or at
    its last correction), whatever has been changed since; at any other date they are judged.

    Args:
        items: the items that exist for the reader (``ListItem.objects.visible_to(user)``).
        county: whose lists.
        year: of which year.
        as_of: the date of judgement; reports, marks and tables after it do not count.
        today: the day on which it is asked; decides whether a round's deadline has passed.
        rounds: the year's rounds, the latest first, where the caller has them already.
        named: the places of the items, where the caller has them already.

    Returns:
        Every item with its standing, in the order of the published lists.
    """
    if rounds is None:
        rounds = list(Round.objects.for_county(county, year))
    version = frozen_version(rounds, as_of)
    if version is None:
        rule_set = RuleSet.objects.in_force(county, as_of)
        return judge_county(
            items,
            county,
            year,
            as_of=as_of,
            today=today,
            rounds=rounds,
            rule_set=rule_set,
            named=named,
        )
    rule_set = None if version.rules is None else row_as_kept(RuleSet, version.rules)
    return CountyState(
        county=county,
        year=year,
        as_of=as_of,
        rounds=rounds,
        current_round=next(r for r in rounds if r.pk == version.round_id),
        rules=thresholds(rule_set),
        rule_set=rule_set,
        items=frozen_items(version, items.for_county(county, year)),
        version=version,
    )


def judge_county(
    items: QuerySet[ListItem] | Collection[int],
    county: Region,
    year: int,
    *,
    as_of: date,
    today: date,
    rounds: Sequence[Round],
    rule_set: RuleSet | None,
    named: Named | None = None,
    averaged: bool = True,
) -> CountyState:
    """Judge a county's items by what the database says now; arguments as in ``read_county``.

    Args:
        items: or the keys of a few projects: all items of these.
        rule_set: by which rules; None: the default ones.
        averaged: whether the computed averages of the city's counties count.
    """
    reader = CountyReader(items, county, year, as_of, today, rounds, rule_set, averaged)
    reader.fetch(named)
    return CountyState(
        county=county,
        year=year,
        as_of=as_of,
        rounds=rounds,
        current_round=reader.current_round,
        rules=reader.rules,
        rule_set=rule_set,
        items=reader.states(),
        programmes=reader.programmes,
    )


class _AsFloat(Cast):
    """A decimal as the database's own float. Both drivers hand it over as Python's float
    already; asking Django to make sure of that costs more than reading the row."""

    def __init__(self, name: str):
        super().__init__(name, FloatField())

    def get_db_converters(self, connection):
        return []


# What is read. None joins a table just to know the county or the date; that is what
# ``CountyReader`` adds.
_ITEM = (
    "pk",
    "project_list__level",
    "number",
    "category",
    "starred",
    "title",
    "schedule",
    "lead_unit_id",
    "lead_unit__name",
    "lead_unit__order",
    "lead_unit_printed",
    "project_id",
    "responsible_leader",
    "responsible_person",
    "supporting_units",
    "merged_with",
    _AsFloat("allocation_total"),
)


def _item_rows(items: QuerySet[ListItem], stage: str) -> QuerySet:
    """List, the day of the completion that counts, programme, and the fields of the item."""
    first = ("project_list_id", COUNTED_ON[stage], "programme_link__programme_id")
    return items.order_by().values_list(*first, *_ITEM)


_ITEMS_OF = {stage: Prepared(_item_rows(ListItem.objects.all(), stage)) for stage in COUNTED_ON}
_TARGETS = Prepared(
    Target.objects.order_by("item_id", "order").values_list(
        "item_id",
        "indicator_id",
        "pk",
        "name",
        _AsFloat("value"),
        "unit_of_measure",
        "indicator__kind",
        _AsFloat("weight"),
    )
)
_MILESTONES = Prepared(
    Milestone.objects.order_by("item_id", "order").values_list(
        "item_id", "pk", "target_id", "due", _AsFloat("percent"), _AsFloat("value"), "label", "text"
    )
)
_REPORTS = Prepared(
    Report.objects.filter(state=Report.State.ACCEPTED)
    .order_by()
    .values_list(
        "round_id",
        "project_id",
        "narrative",
        "problems",
        "wordings__item_id",
        "wordings__narrative",
        "wordings__problems",
    )
)
_READINGS = Prepared(
    Reading.objects.filter(report__state=Report.State.ACCEPTED)
    # Within a round what one list prints for itself stands after what holds for all.
    .order_by(F("item_id").asc(nulls_first=True))
    .values_list(
        "report__round_id",
        "report__project_id",
        "indicator_id",
        "item_id",
        _AsFloat("value"),
        _AsFloat("percent"),
    )
)
_MARKS = Prepared(
    MilestoneMark.objects.filter(report__state=Report.State.ACCEPTED)
    .order_by()
    .values_list("report__round_id", "milestone_id", "met", "why")
)
_COMPARISONS = Prepared(
    CityComparison.objects.filter(comparable=True)
    .order_by("as_of")
    .values_list(
        "item_id",
        "as_of",
        _AsFloat("figure"),
        _AsFloat("average"),
        "rank",
        "counties",
        "source",
        "illustrative",
    )
)
_ALLOCATIONS = Prepared(Allocation.objects.order_by().values_list("item_id", _AsFloat("value")))
_SITES = Prepared(Site.objects.order_by().values_list("item_id").annotate(Count("pk")))


class CountyReader:
    """Fetches everything once (``fetch``), then judges item by item (``states``)."""

    def __init__(self, items, county, year, as_of, today, rounds, rule_set, averaged=True):
        self.items, self.county, self.year, self.as_of = items, county, year, as_of
        # A round that is only planned asks nobody for anything.
        self.rounds = [r for r in rounds if r.as_of <= as_of and r.state != Round.State.PLANNED]
        self.current_round = self.rounds[0] if self.rounds else None
        self.today = today
        self.rules = thresholds(rule_set)
        self.stage = rule_set.completion_stage if rule_set else DEFAULT_STAGE
        end_month = rule_set.year_end_month if rule_set else 11
        self.period = (date(year, 1, 1), month_ends(year)[end_month - 1])
        self.dates = {r.pk: r.as_of for r in self.rounds}
        self.averaged = averaged
        self.computed_first = prefers_computed_average(rule_set)

    def fetch(self, named: Named | None) -> None:
        """Read everything that ``states`` needs, with a fixed number of queries."""
        self.history = History()
        self.fields = self._fetch_items()
        self._fetch_plans()
        self._fetch_reports()
        self._fetch_figures_and_marks()
        for item, *values in _COMPARISONS.where(**self.of_items):
            self.history.comparisons[item].append(Comparison._make(values))
        self.averages = {}
        if self.averaged and self.programmes and self.current_round:
            self.averages = read_averages(
                city_of(self.county),
                self.current_round.as_of,
                set(self.programmes.values()),
                but=self.county.pk,
            )
        self._count_places(named)

    def _count_places(self, named: Named | None) -> None:
        self.allocations = defaultdict(list)
        if named is None:
            for item, value in _ALLOCATIONS.where(**self.of_items):
                self.allocations[item].append(value)
            self.sites = dict(_SITES.where(**self.of_items))
            return
        for item, rows in named.allocations.items():
            self.allocations[item] = [r.value if r.value is None else float(r.value) for r in rows]
        self.sites = {item: len(rows) for item, rows in named.sites.items()}

    @cached_property
    def deadlines(self) -> Deadlines:
        """Until when each unit may report in the current round."""
        return deadlines(self.current_round)

    def is_over_for(self, unit: int) -> bool:
        """Whether the current round no longer awaits reports of ``unit``, extensions included."""
        if not self.current_round.is_over(self.today):
            return False
        if self.current_round.state == Round.State.CLOSED:
            return True
        return self.today > timezone.localtime(self.deadlines.of(unit)).date()

    def states(self) -> list[ItemState]:
        """All items, judged."""
        states = []
        for item in self.fields:
            plan = ItemPlan(
                tuple(self.targets[item.pk]), tuple(self.milestones[item.pk]), *self.period
            )
            facts_of = _FactsOf(self, item, plan, self._contradictions(item, plan))
            narrative, problems = self.history.wording(item.project_id, item.pk, self.as_of)
            standing = facts_of.standing(problems)
            states.append(ItemState(item, standing, narrative, problems, self.indicators))
        return states

    def _fetch_items(self) -> list[ItemFields]:
        fields, lists, self.programmes = [], set(), {}
        for project_list, completed_on, programme, *values in self._item_rows():
            item = ItemFields._make(values)
            fields.append(item)
            lists.add(project_list)
            if programme is not None:
                self.programmes[item.pk] = programme
            if completed_on is not None and completed_on <= self.as_of:
                self.history.completed[item.pk] = completed_on
        self.of_items, self.of_projects = {"item__project_list": lists}, None
        if len(fields) <= FEW_ITEMS:
            self.of_items = {"item": [item.pk for item in fields]}
            self.of_projects = {item.project_id for item in fields}
        return sorted(fields, key=lambda i: (LEVEL_ORDER[i.level], i.number))

    def _item_rows(self) -> Iterable[tuple]:
        if isinstance(self.items, QuerySet):
            return _item_rows(self.items.for_county(self.county, self.year), self.stage)
        return _ITEMS_OF[self.stage].where(
            project=self.items,
            project_list__county=[self.county.pk],
            project_list__year=[self.year],
        )

    def _fetch_plans(self) -> None:
        self.targets, self.indicators = defaultdict(list), {}
        for row in _TARGETS.where(**self.of_items):
            self.targets[row[0]].append(TargetPlan._make(row[2:]))
            self.indicators[row[2]] = row[1]
        self.milestones = defaultdict(list)
        for row in _MILESTONES.where(**self.of_items):
            self.milestones[row[0]].append(MilestonePlan._make(row[1:]))

    def _fetch_reports(self) -> None:
        history = self.history
        for report_round, project, narrative, problems, item, *wording in self._of_rounds(
            _REPORTS, "round"
        ):
            as_of = self.dates[report_round]
            if project not in history.accepted[as_of]:
                history.accepted[as_of].add(project)
                history.words[project].append((as_of, narrative, problems))
            if item is not None:
                history.item_words[item].append((as_of, *wording))

    def _fetch_figures_and_marks(self) -> None:
        history = self.history
        for report_round, project, indicator, item, value, percent in self._of_rounds(
            _READINGS, "report__round"
        ):
            figure = self.dates[report_round], item, Figure(value, percent)
            history.figures[project, indicator].append(figure)
        for report_round, milestone, met, why in self._of_rounds(_MARKS, "report__round"):
            history.marks[milestone].append((self.dates[report_round], met, why))

    def _of_rounds(self, rows: Prepared, column: str) -> list[tuple]:
        """Rows of the rounds up to the date, the earliest round first; the round stands first.

        The rounds are at hand: their dates need no join.
        """
        keys = {column: self.dates}
        if self.of_projects is not None:
            keys[column.replace("round", "project")] = self.of_projects
        return sorted(rows.where(**keys), key=lambda row: self.dates[row[0]])

    def _contradictions(self, item: ItemFields, plan: ItemPlan) -> tuple[str, ...]:
        return plan_contradictions(
            plan,
            allocations=self.allocations.get(item.pk, ()),
            printed_total=item.allocation_total,
            sites=self.sites.get(item.pk, 0),
        )


class _FactsOf:
    """The facts of one item at any date up to the date of judgement."""

    def __init__(self, reader: CountyReader, item: ItemFields, plan: ItemPlan, contradictions):
        self.reader, self.item, self.plan = reader, item, plan
        self.contradictions = contradictions

    def at(self, when: date, reported: bool | None, **more) -> Facts:
        history, item = self.reader.history, self.item
        figures = {}
        for target in self.plan.targets:
            indicator = self.reader.indicators[target.key]
            figure = history.figure(item.project_id, indicator, item.pk, when)
            if figure is not None:
                figures[target.key] = figure
        whole = history.figure(item.project_id, None, item.pk, when)
        if whole is not None:
            figures[None] = whole
        marks = {}
        for milestone in self.plan.milestones:
            mark = history.mark(milestone.key, when)
            if mark is not None:
                marks[milestone.key] = mark[0]
        completed_on = history.completed.get(item.pk)
        return Facts(
            reported=reported,
            figures=figures,
            marks=marks,
            completed_on=completed_on if completed_on and completed_on <= when else None,
            comparison=history.comparison(item.pk, when),
            **more,
        )

    def reported_in(self, reporting_round: Round | None) -> bool | None:
        if reporting_round is None:
            return None
        if self.item.project_id in self.reader.history.accepted[reporting_round.as_of]:
            return True
        # Once the next round has begun, the former ones are over.
        current = reporting_round is self.reader.current_round
        return None if current and not self.reader.is_over_for(self.item.unit_id) else False

    def earlier(self) -> tuple[Earlier, ...]:
        rules = self.reader.rules
        count = max(rules.rounds_behind - 1, rules.rounds_stalled)
        before = []
        for former in self.reader.rounds[1 : count + 1]:
            facts = self.at(former.as_of, self.reported_in(former))
            standing = judge(self.plan, facts, former.as_of, rules)
            before.append(
                Earlier(
                    former.as_of,
                    standing.status,
                    standing.actual_percent,
                    standing.milestones_met,
                )
            )
        return tuple(before)

    def standing(self, problems: str) -> Standing:
        reader = self.reader
        facts = self.at(
            reader.as_of,
            self.reported_in(reader.current_round),
            problems=problems,
            earlier=self.earlier(),
            contradictions=self.contradictions,
        )
        others = reader.averages.get(reader.programmes.get(self.item.pk))
        if others is not None:
            facts = replace(facts, comparison=self.compared(facts, others))
        return judge(self.plan, facts, reader.as_of, reader.rules)

    def compared(self, facts: Facts, others: Average) -> Comparison | None:
        """The city's table, or the average computed over its counties: what the rules prefer.

        A figure carried forward is in no average, and compared with none.
        """
        reader, actual = self.reader, None
        if facts.is_current:
            actual = known_percent(self.plan, facts, reader.as_of)
        return chosen_comparison(
            facts.comparison,
            computed_comparison(others, actual),
            computed_first=reader.computed_first,
            oldest=reader.as_of - timedelta(days=reader.rules.comparison_max_age_days),
        )


ATTENTION_STATUSES = frozenset({Status.SERIOUSLY_BEHIND, Status.BEHIND, Status.NOT_REPORTED})


def needs_attention(state: ItemState) -> bool:
    """Behind, not reported, below the city's average, or with a problem while unfinished."""
    standing = state.standing
    return (
        standing.status in ATTENTION_STATUSES
        or bool(standing.below_city_average)
        or (bool(state.problems) and standing.status is not Status.COMPLETED)
    )


def behind_first(states: Iterable[ItemState]) -> list[ItemState]:
    """What needs attention, worst first: seriously behind, behind, not reported, below the
    city's average, with a problem; within each the larger arrears first."""

    def rank(state: ItemState):
        standing = state.standing
        order = {
            Status.SERIOUSLY_BEHIND: 0,
            Status.BEHIND: 1,
            Status.NOT_REPORTED: 2,
        }.get(standing.status, 3 if standing.below_city_average else 4)
        variance = standing.schedule_variance
        comparison = standing.facts.comparison
        below = comparison.average - comparison.figure if standing.below_city_average else 0.0
        unmet = -standing.milestones_overdue
        return (
            order,
            unmet,
            0.0 if variance is None else variance,
            -below,
            LEVEL_ORDER[state.item.level],
            state.item.number,
        )

    return sorted(filter(needs_attention, states), key=rank)
