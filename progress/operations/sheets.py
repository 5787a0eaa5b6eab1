"""What the reporting pages know of a unit's projects in a round, and the judgement on drafts.

Read with a fixed number of queries, however many projects there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from livelihood.organisation.models import Region, Unit
from progress.models import (
    Completion,
    FieldComment,
    PlaceReading,
    Report,
    Round,
    RuleSet,
    SiteReading,
)
from progress.operations.item_detail import planned_value
from progress.operations.item_state import ItemState
from progress.operations.reporting import (
    OPEN_TO_REPORTER,
    PARTS,
    ReportData,
    carried_over,
    data_of,
)
from progress.operations.standings import CountyState, Named, read_county
from progress.operations.windows import Window, window
from progress.rules.findings import (
    Breakdown,
    Promised,
    Told,
    ToldFigure,
    ToldMilestone,
    ToldShare,
    Verdict,
)
from progress.rules.judgement import Comparison, Figure, Flag, MilestoneState, Standing, judge
from projects.models import Allocation, Indicator, ListItem, Milestone, Project, Site


class TargetLine(NamedTuple):
    """What one list promises for an indicator and asks of it by the as-of date."""

    item: str
    value: float | None
    unit: str
    planned_percent: float | None
    planned_value: float | None
    comparison: Comparison | None  # the city's latest table for the item


class FigureRow(NamedTuple):
    """One indicator of a project with its targets, the last figure, and what it counts."""

    key: int
    name: str
    kind: str
    unit: str
    targets: tuple[TargetLine, ...]
    sites: int  # named places, where each could count as one

    @property
    def counts(self) -> bool:
        """Whether it has a number; else only a percent can be stated."""
        return self.kind != Indicator.Kind.MILESTONE

    @property
    def adds_up(self) -> bool:
        """Whether months add up to the figure; a rate does not."""
        return self.kind == Indicator.Kind.QUANTITY


class MilestoneGroup(NamedTuple):
    """A milestone, asked once, where several lists print it in the same words."""

    keys: tuple[int, ...]
    label: str
    text: str
    due: date
    items: tuple[str, ...]
    indicator: str  # the name of what is measured, "" where the project has only one
    by_figure: bool  # a figure says whether it is met
    met: bool  # by what is accepted so far, on every list

    @property
    def key(self) -> int:
        """By which the form knows it."""
        return self.keys[0]


class SiteGroup(NamedTuple):
    """A named place, asked once, where several lists name it."""

    keys: tuple[int, ...]
    name: str

    @property
    def key(self) -> int:
        """By which the form knows it."""
        return self.keys[0]


class PlaceGroup(NamedTuple):
    """A township's part, asked once, where several lists break it down alike."""

    keys: tuple[int, ...]
    place: str
    task: float | None
    note: str

    @property
    def key(self) -> int:
        """By which the form knows it."""
        return self.keys[0]


class PlaceTable(NamedTuple):
    """任务分解 of an item: its townships, and the indicators whose figures they make up."""

    items: tuple[str, ...]
    unit: str
    indicators: tuple[int, ...]
    places: tuple[PlaceGroup, ...]


class DraftVerdict(NamedTuple):
    """One item as it would be judged; ``comparison`` is the city's table or None."""

    state: ItemState
    standing: Standing


@dataclass(frozen=True)
class BlankSheet:
    """One project in a round before anybody has written on it: plan, judgement, last figures.

    It rests on what the county's judgements rest on, and may be kept as long as they are.
    """

    project: Project
    round: Round
    today: date
    last: Report | None  # the latest accepted one of an earlier round
    carried: ReportData  # what the round begins with
    last_data: ReportData
    items: tuple[ItemState, ...]
    figures: tuple[FigureRow, ...]
    milestones: tuple[MilestoneGroup, ...]
    sites: tuple[SiteGroup, ...]
    place_tables: tuple[PlaceTable, ...]
    completions: tuple[Completion, ...]
    county: CountyState


@dataclass(frozen=True)
class Sheet(BlankSheet):
    """One project in a round, as its unit fills it in."""

    window: Window
    report: Report | None
    comments: tuple[FieldComment, ...]  # of the latest return, while it is returned

    @property
    def editable(self) -> bool:
        """Whether the unit may change it now."""
        return self.window.open and (self.report is None or self.report.state in OPEN_TO_REPORTER)

    @property
    def finished(self) -> bool:
        """Whether all its items were done before the round's as-of date, by the state that the
        county counts: it may be reported, and is not asked for."""
        return all(
            (on := state.standing.facts.completed_on) is not None and on < self.round.as_of
            for state in self.items
        )

    @property
    def asked(self) -> bool:
        """Whether it waits to be filled in or sent."""
        return self.editable and (self.begun or not self.finished)

    @property
    def can_withdraw(self) -> bool:
        """Whether it has been sent and may be taken back."""
        return (
            self.report is not None
            and self.window.open
            and self.report.state in (Report.State.SUBMITTED, Report.State.IN_UNIT)
        )

    @property
    def can_correct(self) -> bool:
        """Whether the round is reopened, so that what was accepted may be taken up again."""
        return (
            self.report is not None
            and self.window.open
            and self.round.state == Round.State.CLOSED
            and self.report.state == Report.State.ACCEPTED
        )

    @property
    def begun(self) -> bool:
        """Whether anybody has saved or sent it in this round."""
        return self.report is not None

    @property
    def version(self) -> int:
        """The version on which a page opened now is saved."""
        return self.report.version if self.report else 0

    @cached_property
    def data(self) -> ReportData:
        """What is told so far: the saved report, or what the round begins with."""
        return data_of(self.report) if self.report else self.carried

    @property
    def open_milestones(self) -> list[MilestoneGroup]:
        """Milestones due by the as-of date that were not met before this round."""
        return [m for m in self.milestones if m.due <= self.round.as_of and not self._was_met(m)]

    @property
    def other_milestones(self) -> list[MilestoneGroup]:
        """Milestones met before, and those due later."""
        return [m for m in self.milestones if m.due > self.round.as_of or self._was_met(m)]

    def _was_met(self, milestone: MilestoneGroup) -> bool:
        mark = self.last_data.marks.get(milestone.key)
        return milestone.met if mark is None or mark.met is None else mark.met

    @property
    def promise(self) -> date | None:
        """By when the unit promised last month to have caught up."""
        return self.last_data.catch_up_on

    def last_value(self, indicator: int):
        """The figure to which this month's amount is added; None if it is not known."""
        if self.last is None:
            return 0
        return self.last_data.values.get(indicator)

    def verdicts(self, data: ReportData) -> list[DraftVerdict]:
        """How each item would be judged by ``data``."""
        return [DraftVerdict(state, self._standing(state, data)) for state in self.items]

    def _standing(self, state: ItemState, data: ReportData) -> Standing:
        standing = state.standing
        facts = standing.facts
        figures = dict(facts.figures)
        for target in standing.plan.targets:
            _overlay(figures, target.key, state.indicators[target.key], data)
        _overlay(figures, None, None, data)
        marks = dict(facts.marks)
        for milestone in standing.plan.milestones:
            mark = data.marks.get(milestone.key)
            if mark is not None and mark.met is not None:
                marks[milestone.key] = mark.met
        completed_on = facts.completed_on
        if completed_on is None and data.declares_completion and self._declaring_counts:
            completed_on = self.round.as_of
        draft = replace(
            facts,
            # As if it had been accepted; nothing said is nothing reported.
            reported=True if says_anything(data) else facts.reported,
            figures=figures,
            marks=marks,
            completed_on=completed_on,
            problems=data.problems,
        )
        return judge(standing.plan, draft, self.round.as_of, self.county.rules)

    @property
    def _declaring_counts(self) -> bool:
        rule_set = self.county.rule_set
        return (
            rule_set is not None and rule_set.completion_stage == RuleSet.CompletionStage.DECLARED
        )

    def told(self, data: ReportData) -> Told:
        """``data`` beside last month's, as the checks take it."""
        old = self.last_data
        return Told(
            as_of=self.round.as_of,
            latest_day=min(self.round.as_of, self.today),
            since=self.last.round.as_of if self.last else None,
            figures=tuple(self._told_figures(data, old)),
            milestones=tuple(
                ToldMilestone(
                    m.key,
                    m.label,
                    m.text,
                    m.due,
                    *_mark(data, m.key),
                    _mark(old, m.key)[0],
                    m.by_figure and self._has_figure(data),
                )
                for m in self.milestones
            ),
            breakdowns=tuple(self._told_breakdowns(data, old)),
            verdicts=tuple(
                Verdict(
                    v.state.name,
                    v.standing.label,
                    v.standing.reason,
                    v.standing.is_behind,
                    self.county.rules.rounds_stalled if Flag.STALLED in v.standing.flags else 0,
                )
                for v in self.verdicts(data)
            ),
            narrative=data.narrative,
            last_narrative=old.narrative,
            cause=data.cause,
            catch_up_on=data.catch_up_on,
            promise=self.promise,
            declares_completion=data.declares_completion,
            declared_before=bool(self.completions) or old.declares_completion,
        )

    def _has_figure(self, data: ReportData) -> bool:
        return any(
            figure is not None for figure in (*data.values.values(), *data.percents.values())
        )

    def _told_figures(self, data, old):
        for row in self.figures:
            yield ToldFigure(
                row.key,
                row.name,
                row.unit,
                row.kind,
                _float(data.values.get(row.key)),
                _float(data.percents.get(row.key)),
                _float(old.values.get(row.key)),
                _float(old.percents.get(row.key)),
                tuple(Promised(t.item, t.value) for t in row.targets),
                row.sites,
            )
        if None in data.percents or None in old.percents:
            whole = _float(data.percents.get(None)), _float(old.percents.get(None))
            yield ToldFigure(
                None, "整体", "", Indicator.Kind.MILESTONE, None, whole[0], None, whole[1]
            )

    def _told_breakdowns(self, data, old):
        for table in self.place_tables:
            if table.indicators:
                yield Breakdown(
                    tuple(
                        ToldShare(
                            p.key,
                            p.place,
                            p.task,
                            _float(data.places.get(p.key)),
                            _float(old.places.get(p.key)),
                        )
                        for p in table.places
                    ),
                    table.indicators,
                )


def says_anything(data: ReportData) -> bool:
    """Whether a report has any word, figure or milestone."""
    return (
        bool(data.narrative.strip())
        or any(value is not None for value in (*data.values.values(), *data.percents.values()))
        or any(mark.met is not None for mark in data.marks.values())
    )


def _overlay(figures: dict, target: int | None, indicator: int | None, data: ReportData) -> None:
    """Put the figure that ``data`` tells in the place of an earlier one, if it tells one."""
    value, percent = data.values.get(indicator), data.percents.get(indicator)
    if value is not None or percent is not None:
        figures[target] = Figure(_float(value), _float(percent))


def _float(number) -> float | None:
    return None if number is None else float(number)


def _mark(data: ReportData, milestone: int) -> tuple[bool | None, date | None]:
    mark = data.marks.get(milestone)
    return (None, None) if mark is None else (mark.met, mark.met_on)


# -- Reading ---------------------------------------------------------------------------


def projects_of(unit: Unit | None, county: Region, year: int):
    """The projects that ``unit`` reports, in the order of the lists."""
    if unit is None:
        return Project.objects.none()
    return Project.objects.filter(lead_unit=unit, county=county, year=year).order_by("pk")


def read_sheets(
    projects: Iterable[Project],
    reporting_round: Round,
    *,
    now: datetime,
    rounds: Sequence[Round] | None = None,
) -> list[Sheet]:
    """The sheets of projects of one county and year, in the order of the published lists.

    Args:
        projects: whose ``lead_unit`` is selected.
        reporting_round: with its county.
        now: the moment, for the reporting window.
        rounds: the year's that have begun, the latest first, where the caller has them.
    """
    today = timezone.localdate(now)
    blanks = read_blanks(projects, reporting_round, today=today, rounds=rounds)
    return fill_in(blanks.values(), reporting_round, now=now)


def read_blanks(
    projects: Iterable[Project],
    reporting_round: Round,
    *,
    today: date,
    rounds: Sequence[Round] | None = None,
) -> dict[int, BlankSheet]:
    """The same as long as nobody has written on them, by project; arguments as there.

    Args:
        today: the day on which it is asked.
    """
    projects = {project.pk: project for project in projects}
    if not projects:
        return {}
    county, year = reporting_round.county, reporting_round.as_of.year
    rounds = list(Round.objects.for_county(county, year)) if rounds is None else rounds
    read = _Rows(projects, reporting_round, rounds)
    state = read_county(
        ListItem.objects.filter(project__in=projects),
        county,
        year,
        as_of=reporting_round.as_of,
        today=today,
        rounds=rounds,
        named=Named(read.allocations, read.sites),
    )
    items = defaultdict(list)
    for own in state.items if state.version is None else _as_now(state.items):
        items[own.item.project_id].append(own)
    return {
        pk: _blank(projects[pk], tuple(states), reporting_round, read, state, today)
        for pk, states in items.items()
    }


def _as_now(states: Sequence[ItemState]) -> list[ItemState]:
    """What is kept of a closed round, as it can be reported now: since then an item may have
    been linked to another project, and a milestone be gone."""
    rows = ListItem.objects.filter(pk__in=[state.item.pk for state in states]).order_by()
    projects = dict(rows.values_list("pk", "project_id"))
    there = Milestone.objects.filter(item__in=projects).order_by()
    milestones = set(there.values_list("pk", flat=True))
    return [
        replace(
            state,
            item=state.item._replace(project_id=projects[state.item.pk]),
            standing=_with_milestones(state.standing, milestones),
        )
        for state in states
    ]


def _with_milestones(standing: Standing, keys: Collection[int]) -> Standing:
    """A standing without the milestones that are not among ``keys``."""
    of_plan = zip(standing.plan.milestones, standing.states, strict=True)
    left = [(milestone, how) for milestone, how in of_plan if milestone.key in keys]
    return replace(
        standing,
        plan=standing.plan._replace(milestones=tuple(milestone for milestone, _how in left)),
        states=tuple(how for _milestone, how in left),
    )


def fill_in(
    blanks: Collection[BlankSheet], reporting_round: Round, *, now: datetime
) -> list[Sheet]:
    """Blank sheets with what has been written on them, and until when it can be.

    Args:
        blanks: of one round, where they were kept as it was then.
        reporting_round: the round as it is now.
        now: the moment, for the reporting window.
    """
    reports = _reports_of(blanks, reporting_round)
    comments = _comments(reports.values())
    prefetch_related_objects([reporting_round], "extensions")
    return [
        Sheet(
            **vars(blank) | {"round": reporting_round},
            window=window(reporting_round, blank.project.lead_unit, now),
            report=reports.get(blank.project.pk),
            comments=comments.get(blank.project.pk, ()),
        )
        for blank in blanks
    ]


def _reports_of(blanks: Collection[BlankSheet], reporting_round: Round) -> dict[int, Report]:
    """The round's own reports with their parts, by project."""
    reports = Report.objects.filter(
        project__in=[blank.project.pk for blank in blanks], round=reporting_round
    )
    reports = {r.project_id: r for r in reports.order_by("pk").select_related("updated_by")}
    for report in reports.values():
        report.round = reporting_round
    parts = _parts(
        sites=any(blank.sites for blank in blanks),
        places=any(blank.place_tables for blank in blanks),
    )
    prefetch_related_objects(list(reports.values()), *parts)
    return reports


def _parts(*, sites: bool, places: bool):
    """What is to be read of reports: of places only where the plan names any. Without an
    order, since Django puts together even the one of a query that it never sends."""
    readings, marks, of_sites, of_places = PARTS
    if not sites:
        of_sites = Prefetch("site_readings", SiteReading.objects.order_by().none())
    if not places:
        of_places = Prefetch("place_readings", PlaceReading.objects.order_by().none())
    return readings, marks, of_sites, of_places


def _comments(reports: Iterable[Report]) -> dict[int, tuple[FieldComment, ...]]:
    """The comments of the latest return of each report that was returned, by project."""
    returned = {r.pk: r.project_id for r in reports if r.state == Report.State.RETURNED}
    if not returned:
        return {}
    found = defaultdict(list)
    for comment in (
        FieldComment.objects.filter(event__report__in=returned)
        .select_related("event__by")
        .order_by("event__at", "event", "pk")
    ):
        found[returned[comment.event.report_id]].append(comment)
    # Only the latest return is to be answered; the earlier ones stand in the history.
    return {
        project: tuple(c for c in comments if c.event_id == comments[-1].event_id)
        for project, comments in found.items()
    }


def read_sheet(
    project: Project,
    reporting_round: Round,
    *,
    now: datetime,
    rounds: Sequence[Round] | None = None,
) -> Sheet:
    """The sheet of one project."""
    return read_sheets([project], reporting_round, now=now, rounds=rounds)[0]


class _Rows:
    """The rows of all projects but the round's own, by project or item."""

    def __init__(self, projects, reporting_round, rounds):
        self.indicators = defaultdict(list)
        for indicator in Indicator.objects.filter(project__in=projects).order_by("order", "pk"):
            self.indicators[indicator.project_id].append(indicator)
        self.sites = defaultdict(list)
        for site in Site.objects.filter(item__project__in=projects).order_by("item_id", "order"):
            self.sites[site.item_id].append(site)
        self.allocations = defaultdict(list)
        allocations = Allocation.objects.filter(item__project__in=projects)
        for allocation in allocations.order_by("item_id", "order"):
            self.allocations[allocation.item_id].append(allocation)
        self._fetch_last(projects, reporting_round, rounds)
        self.completions = defaultdict(list)
        declared = Completion.objects.filter(item__project__in=projects)
        for completion in declared.order_by("pk").select_related("item"):
            self.completions[completion.item.project_id].append(completion)

    def _fetch_last(self, projects, reporting_round, rounds):
        """The latest accepted report before the round, by project."""
        self.last = {}
        earlier = {r.pk: r for r in rounds if r.as_of < reporting_round.as_of}
        reports = Report.objects.filter(
            project__in=projects, round__in=earlier.keys(), state=Report.State.ACCEPTED
        )
        for report in reports.order_by("pk").select_related("updated_by"):
            report.round = earlier[report.round_id]
            other = self.last.get(report.project_id)
            if other is None or other.round.as_of < report.round.as_of:
                self.last[report.project_id] = report
        parts = _parts(sites=bool(self.sites), places=bool(self.allocations))
        prefetch_related_objects(list(self.last.values()), *parts)


def _blank(project, items, reporting_round, read: _Rows, county, today) -> BlankSheet:
    last = read.last.get(project.pk)
    return BlankSheet(
        project=project,
        round=reporting_round,
        today=today,
        last=last,
        carried=carried_over(last, reporting_round),
        last_data=data_of(last) if last else ReportData(),
        items=items,
        figures=_figures(items, read.indicators[project.pk], read.sites, reporting_round.as_of),
        milestones=_milestones(items, read.indicators[project.pk]),
        sites=_sites(items, read.sites),
        place_tables=_place_tables(items, read.allocations),
        completions=tuple(read.completions[project.pk]),
        county=county,
    )


def _figures(items: Sequence[ItemState], indicators, sites, as_of) -> tuple[FigureRow, ...]:
    lines, named = defaultdict(list), defaultdict(int)
    for state in items:
        plan = state.standing.plan
        counted = [t for t in plan.targets if t.kind == Indicator.Kind.QUANTITY]
        for t in state.standing.targets:
            key = state.indicators[t.target.key]
            lines[key].append(
                TargetLine(
                    state.name,
                    t.target.value,
                    t.target.unit,
                    t.planned,
                    planned_value(plan, t.target.key, as_of),
                    state.standing.facts.comparison,
                )
            )
            if len(counted) == 1 and counted[0].key == t.target.key:
                named[key] = max(named[key], len(sites[state.item.pk]))
    return tuple(
        FigureRow(i.pk, i.name, i.kind, i.unit_of_measure, tuple(lines[i.pk]), named[i.pk])
        for i in indicators
    )


def _milestones(items: Sequence[ItemState], indicators) -> tuple[MilestoneGroup, ...]:
    names = {i.pk: i.name for i in indicators} if len(indicators) > 1 else {}
    groups: dict[tuple, list] = defaultdict(list)
    for state in items:
        plan = state.standing.plan
        for milestone, stands in zip(plan.milestones, state.standing.states, strict=True):
            indicator = state.indicators.get(milestone.target)
            groups[milestone.due, " ".join(milestone.text.split()), indicator].append(
                (state, milestone, stands)
            )
    found = []
    for (due, _text, indicator), members in groups.items():
        first = members[0][1]
        found.append(
            MilestoneGroup(
                keys=tuple(m.key for _state, m, _stands in members),
                label=first.label,
                text=first.text,
                due=due,
                items=tuple(dict.fromkeys(state.name for state, *_more in members)),
                indicator=names.get(indicator, ""),
                by_figure=all(m.percent is not None for _state, m, _stands in members),
                met=all(stands is MilestoneState.MET for *_more, stands in members),
            )
        )
    return tuple(sorted(found, key=lambda m: m.due))


def _sites(items: Sequence[ItemState], sites) -> tuple[SiteGroup, ...]:
    groups = defaultdict(list)
    for state in items:
        for site in sites[state.item.pk]:
            groups[site.name.strip()].append(site.pk)
    return tuple(SiteGroup(tuple(keys), name) for name, keys in groups.items())


def _place_tables(items: Sequence[ItemState], allocations) -> tuple[PlaceTable, ...]:
    tables: dict[tuple, list] = defaultdict(list)
    for state in items:
        rows = allocations[state.item.pk]
        if not rows:
            continue
        counted = [t for t in state.standing.plan.targets if t.kind == Indicator.Kind.QUANTITY]
        units = {t.unit for t in counted}
        indicators = tuple(state.indicators[t.key] for t in counted) if len(units) == 1 else ()
        printed = tuple((row.place, row.note) for row in rows)
        tables[indicators, printed].append((state.name, next(iter(units), ""), rows))
    return tuple(
        PlaceTable(
            items=tuple(name for name, _unit, _rows in members),
            unit=members[0][1],
            indicators=indicators,
            places=tuple(
                PlaceGroup(
                    tuple(row.pk for row in same),
                    same[0].place,
                    _float(same[0].value),
                    same[0].note,
                )
                for same in zip(*(rows for _name, _unit, rows in members), strict=True)
            ),
        )
        for (indicators, _printed), members in tables.items()
    )
