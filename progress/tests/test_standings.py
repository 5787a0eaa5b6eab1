"""The one heavy reader: what the database holds, judged at a date for a reader."""

from collections import Counter
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from livelihood.organisation.models import Region
from progress.models import (
    CityComparison,
    Completion,
    ItemWording,
    MilestoneMark,
    Reading,
    Report,
    Round,
    RuleSet,
)
from progress.operations.overview import county_headline, headline_note
from progress.operations.standings import (
    History,
    behind_first,
    needs_attention,
    read_county,
    thresholds,
)
from progress.rules.judgement import Figure, Flag, Measure, MilestoneState, Status, Thresholds
from projects.models import ListItem
from projects.tests.factory import YEAR, make_item, make_items, make_list

pytestmark = pytest.mark.usefixtures("corpus")

AS_OF = date(2023, 4, 10)
TODAY = date(2026, 1, 5)
ORIGINAL = (
    "2023年我县共承办省政府民生实事指标46项、市政府民生实事指标54项以及县政府民生实事指标53项。"
    "截至4月10日，有8项已提前完成。"
    "但省民生实事有25个项目实施进度低于全市平均水平，其中县教育局3项，县市监局3项，县卫健局3项，"
    "县交通局3项，县文广旅体局3项，县残联3项，县民政局2项，县水利局2项，县住建局1项，"
    "县委宣传部1项，县公安局1项。"
)


def cangnan(as_of=AS_OF, user=None):
    items = ListItem.objects.all() if user is None else ListItem.objects.visible_to(user)
    county = Region.objects.get(code="330327")
    return read_county(items, county, 2023, as_of=as_of, today=TODAY)


def keys(states):
    """Items as (level, number)."""
    return [(state.item.level, state.item.number) for state in states]


def by_level(states):
    """Numbers by level, in the order of the lists."""
    found = {}
    for level, number in keys(states):
        found.setdefault(level, []).append(number)
    return found


# -- The real lists ------------------------------------------------------------------


def test_eight_items_are_completed():
    completed = cangnan().with_status(Status.COMPLETED)
    assert by_level(completed) == {"province": [7, 28, 29, 37], "city": [22, 28, 36, 41]}


def test_nine_items_are_behind_their_own_plan():
    state = cangnan()
    assert by_level(s for s in state.items if s.standing.is_behind) == {
        "province": [3, 43],
        "city": [42, 45, 49, 50],
        "county": [8, 23, 24],
    }
    for behind in behind_first(state.items)[:9]:
        assert behind.standing.is_behind
        assert behind.standing.reason, behind.name


def test_every_other_item_is_judged_too():
    state = cangnan()
    assert len(state.items) == 153
    assert state.projects == 105
    statuses = Counter(s.standing.status for s in state.items)
    assert set(statuses) <= {
        Status.COMPLETED,
        Status.BEHIND,
        Status.SERIOUSLY_BEHIND,
        Status.ON_SCHEDULE,
        Status.AHEAD,
    }
    assert statuses[Status.ON_SCHEDULE] + statuses[Status.AHEAD] == 153 - 8 - 9


def test_twenty_five_items_are_below_the_average_with_the_printed_units():
    state = cangnan()
    below = [s for s in state.items if s.standing.below_city_average]
    assert {s.item.level for s in below} == {"province"}
    assert Counter(s.item.unit for s in below) == {
        "县教育局": 3,
        "县市监局": 3,
        "县卫健局": 3,
        "县交通局": 3,
        "县文广旅体局": 3,
        "县残联": 3,
        "县民政局": 2,
        "县水利局": 2,
        "县住建局": 1,
        "县委宣传部": 1,
        "县公安局": 1,
    }
    # No table, no flag.
    unknown = [s for s in state.items if s.standing.below_city_average is None]
    assert len(unknown) == 153 - 46


def test_the_headline_is_the_original_s():
    state = cangnan()
    assert county_headline(state, state.county.short_name) == ORIGINAL
    assert headline_note(state) == "注：低于全市平均的项数依据示例数据得出。"


def test_items_come_in_the_order_of_the_published_lists():
    assert keys(cangnan().items) == (
        [("province", n) for n in range(1, 47)]
        + [("city", n) for n in range(1, 55)]
        + [("county", n) for n in range(1, 54)]
    )


def test_before_the_first_round_nothing_is_known():
    state = cangnan(date(2023, 3, 10))
    assert state.current_round is None
    assert {s.standing.status for s in state.items} == {None}
    assert {s.standing.actual_percent for s in state.items} == {None}
    assert not state.has_progress
    assert county_headline(state, "我县").endswith("截至3月10日，尚无进展填报。")
    assert headline_note(state) == ""


def test_with_time_and_without_a_newer_report_more_falls_behind():
    now, later = cangnan(), cangnan(date(2023, 7, 31))
    assert later.current_round == now.current_round
    behind_now, behind_later = (
        set(keys(s for s in state.items if s.standing.is_behind)) for state in (now, later)
    )
    assert behind_now < behind_later
    assert len(behind_later) > 40
    # The table of April is too old by then.
    assert {s.standing.below_city_average for s in later.items} == {None}
    # What is completed stays completed.
    assert keys(later.with_status(Status.COMPLETED)) == keys(now.with_status(Status.COMPLETED))


def test_another_rule_set_judges_otherwise():
    usual = cangnan()
    assert usual.with_status(Status.SERIOUSLY_BEHIND) == []
    assert usual.with_status(Status.AHEAD)
    rules = RuleSet.objects.get(county__code="330327")
    rules.ahead_points, rules.overdue_days = 500, 9
    rules.save()
    other = cangnan()
    # All nine were due on 31 March at the latest, ten days ago.
    assert len(other.with_status(Status.SERIOUSLY_BEHIND)) == 9
    assert other.with_status(Status.AHEAD) == []
    assert len(other.with_status(Status.ON_SCHEDULE)) == 153 - 8 - 9


def test_a_rule_set_holds_from_its_date_on():
    county = Region.objects.get(code="330327")
    RuleSet.objects.create(
        county=county, valid_from=date(2023, 4, 11), behind_points=1, seriously_behind_points=2
    )
    assert cangnan().rules == Thresholds()
    assert cangnan(date(2023, 4, 11)).rules == Thresholds(behind=1.0, seriously_behind=2.0)


def test_all_thresholds_of_a_rule_set_are_used():
    rules = RuleSet(
        measure="ratio",
        ahead_points=1,
        behind_points=2,
        seriously_behind_points=3,
        overdue_days=4,
        rounds_behind=5,
        rounds_stalled=6,
        comparison_max_age_days=7,
    )
    assert thresholds(rules) == Thresholds(Measure.RATIO, 1.0, 2.0, 3.0, 4, 5, 6, 7)
    assert thresholds(None) == Thresholds()


def test_a_county_without_progress_shows_its_plan():
    county = Region.objects.get(code="330225")
    state = read_county(ListItem.objects.all(), county, 2024, as_of=date(2024, 6, 30), today=TODAY)
    assert len(state.items) == 33
    assert {s.standing.status for s in state.items} == {None}
    assert sum(s.standing.planned_percent for s in state.items) > 0
    assert state.current_round is None
    assert behind_first(state.items) == []
    assert "尚无进展填报" in county_headline(state, "我县")


def test_a_lead_unit_reads_its_own_items_only(reporter):
    state = cangnan(user=reporter)
    assert {s.item.unit for s in state.items} == {"县教育局"}
    whole = {s.item.pk: s.standing.status for s in cangnan().items}
    assert {s.item.pk: s.standing.status for s in state.items}.items() <= whole.items()


def test_milestones_due_soon_come_in_order_and_are_not_met():
    due = cangnan().due_soon()
    days = [milestone.due for _state, milestone in due]
    assert days == sorted(days)
    assert all(AS_OF < day <= date(2023, 5, 10) for day in days)
    for state, milestone in due:
        at = state.standing.plan.milestones.index(milestone)
        assert state.standing.states[at] is MilestoneState.LATER
        assert state.standing.status is not Status.COMPLETED


# -- Rounds built by hand ------------------------------------------------------------


def day(month, number):
    return date(YEAR, month, number)


@pytest.fixture
def unit(make_unit):
    return make_unit("县教育局")


@pytest.fixture
def listed(county):
    return make_list(county)


@pytest.fixture
def item(listed, unit):
    """100 个 of which 20 % are planned by March, 40 % by June and 100 % by November."""
    return make_item(listed, unit, stages=[(day(3, 31), 20), (day(6, 30), 40), (day(11, 30), 100)])


def make_round(county, as_of, **values):
    return Round.objects.create(county=county, as_of=as_of, **{"state": "closed", **values})


def report(reporting_round, item, value=None, *, marks=None, state="accepted", **words):
    """A report of the item's project; ``marks`` by the order of the milestone."""
    made = Report.objects.create(round=reporting_round, project=item.project, state=state, **words)
    if value is not None:
        read(made, item.targets.get(order=0).indicator, value)
    for order, met in (marks or {}).items():
        milestone = item.milestones.get(order=order)
        MilestoneMark.objects.create(report=made, milestone=milestone, met=met)
    return made


def read(made, indicator, value, only=None):
    return Reading.objects.create(
        report=made, indicator=indicator, item=only, value=value, basis="derived"
    )


def judge_at(item, as_of, today=TODAY):
    """The item's state at a date."""
    county = item.project.county
    state = read_county(ListItem.objects.all(), county, YEAR, as_of=as_of, today=today)
    (found,) = (s for s in state.items if s.item.pk == item.pk)
    return found


def test_the_latest_figure_wins(county, item):
    # Written in another order than that of their dates.
    report(make_round(county, day(6, 10)), item, 35)
    report(make_round(county, day(4, 10)), item, 20)
    assert judge_at(item, day(4, 9)).standing.actual_percent is None
    assert judge_at(item, day(4, 10)).standing.actual_percent == 20
    assert judge_at(item, day(6, 9)).standing.actual_percent == 20
    assert judge_at(item, day(6, 10)).standing.actual_percent == 35


def test_what_a_later_report_does_not_speak_of_stays_known(county, item):
    report(make_round(county, day(4, 10)), item, 20, marks={0: True})
    silent = report(make_round(county, day(5, 10)), item, marks={0: None})
    Reading.objects.create(report=silent, indicator=item.targets.get().indicator, basis="none")
    standing = judge_at(item, day(5, 10)).standing
    assert standing.actual_percent == 20
    assert standing.states[0] is MilestoneState.MET


def test_a_later_report_may_take_back_a_milestone(county, item):
    report(make_round(county, day(4, 10)), item, 20, marks={0: True})
    report(make_round(county, day(5, 10)), item, 20, marks={0: False})
    assert judge_at(item, day(4, 30)).standing.milestones_overdue == 0
    standing = judge_at(item, day(5, 10)).standing
    assert standing.milestones_overdue == 1
    assert standing.status is Status.SERIOUSLY_BEHIND  # for 40 days


def test_a_mark_counts_from_the_latest_report_that_speaks():
    history = History()
    april, may, june = day(4, 10), day(5, 10), day(6, 10)
    history.marks[1] = [(april, None, "未提"), (may, False, "未开标"), (june, None, "")]
    assert history.mark(1, date(YEAR, 4, 9)) is None
    assert history.mark(1, april) == (None, "未提")
    assert history.mark(1, may) == (False, "未开标")
    assert history.mark(1, june) == (False, "未开标")


def test_behind_in_two_rounds_running_is_seriously_behind(county, item):
    rounds = [make_round(county, day(month, 10)) for month in (4, 5, 6)]
    report(rounds[0], item, 14)
    report(rounds[1], item, 14.5)
    report(rounds[2], item, 16)
    assert judge_at(item, day(4, 10)).standing.status is Status.BEHIND
    assert judge_at(item, day(5, 10)).standing.status is Status.SERIOUSLY_BEHIND
    assert judge_at(item, day(6, 10)).standing.status is Status.ON_SCHEDULE


def test_nothing_moved_over_two_rounds_is_stalled(county, item):
    for month in (4, 5, 6):
        report(make_round(county, day(month, 10)), item, 20)
    assert Flag.STALLED not in judge_at(item, day(5, 10)).standing.flags
    assert Flag.STALLED in judge_at(item, day(6, 10)).standing.flags


def test_a_milestone_met_since_is_a_move(county, item):
    rounds = [make_round(county, day(month, 10)) for month in (4, 5, 6)]
    report(rounds[0], item, 20)
    report(rounds[1], item, 20)
    report(rounds[2], item, 20, marks={1: True})
    assert Flag.STALLED not in judge_at(item, day(6, 10)).standing.flags


def test_a_cumulative_figure_that_falls_is_doubtful(county, item):
    report(make_round(county, day(4, 10)), item, 30)
    report(make_round(county, day(5, 10)), item, 25)
    standing = judge_at(item, day(5, 10)).standing
    assert Flag.DOUBTFUL in standing.flags
    assert "数据存疑：累计进度由30.0%（截至2025年4月10日）降为25.0%。" in standing.explanation


@pytest.mark.parametrize(
    ("values", "today", "status"),
    [
        ({"state": "open", "deadline": day(4, 15)}, day(4, 15), None),
        ({"state": "open", "deadline": day(4, 15)}, day(4, 16), Status.NOT_REPORTED),
        ({"state": "open"}, day(12, 31), None),
        ({"state": "closed", "deadline": day(4, 15)}, day(4, 12), Status.NOT_REPORTED),
        ({"state": "closed"}, day(4, 10), Status.NOT_REPORTED),
    ],
)
def test_after_its_deadline_a_round_without_report_is_not_reported(
    county, item, values, today, status
):
    make_round(county, day(4, 10), **values)
    state = judge_at(item, day(4, 10), today)
    assert state.standing.status is status
    assert needs_attention(state) is (status is Status.NOT_REPORTED)


def test_while_a_round_is_open_the_last_one_s_figures_are_judged(county, item):
    report(make_round(county, day(4, 10)), item, 12)
    make_round(county, day(5, 10), state="open", deadline=day(5, 15))
    waiting = judge_at(item, day(5, 10), day(5, 12)).standing
    # Eight points behind, and it was so in the round before.
    assert waiting.status is Status.SERIOUSLY_BEHIND
    assert waiting.actual_percent == 12
    over = judge_at(item, day(5, 10), day(5, 16)).standing
    assert over.status is Status.NOT_REPORTED
    assert over.actual_percent == 12


@pytest.mark.parametrize("state", ["draft", "submitted", "returned"])
def test_a_report_counts_only_when_it_is_accepted(county, item, state):
    report(
        make_round(county, day(4, 10)),
        item,
        20,
        marks={0: True},
        state=state,
        narrative="已完成20个。",
        problems="缺资金",
    )
    found = judge_at(item, day(4, 10))
    assert found.standing.status is Status.NOT_REPORTED
    assert found.standing.actual_percent is None
    assert found.standing.milestones_met == 0
    assert (found.narrative, found.problems, found.standing.flags) == ("", "", ())


def test_a_figure_of_one_list_holds_on_that_list_alone(county, item, unit):
    indicator = item.targets.get().indicator
    other = make_item(make_list(county, "city"), unit, project=item.project, indicators=[indicator])
    made = report(make_round(county, day(4, 10)), item)
    read(made, indicator, 22, only=other)
    assert judge_at(item, day(4, 10)).standing.actual_percent is None
    assert judge_at(other, day(4, 10)).standing.actual_percent == 22
    read(made, indicator, 30)
    assert judge_at(item, day(4, 10)).standing.actual_percent == 30
    assert judge_at(other, day(4, 10)).standing.actual_percent == 22


def test_one_reading_is_measured_by_each_list_s_own_target(county, item, unit):
    other = make_item(
        make_list(county, "city"),
        unit,
        targets=(50,),
        project=item.project,
        indicators=[item.targets.get().indicator],
    )
    report(make_round(county, day(4, 10)), item, 20)
    assert judge_at(item, day(4, 10)).standing.actual_percent == 20
    assert judge_at(other, day(4, 10)).standing.actual_percent == 40


def test_words_of_one_list_stand_on_that_list_alone(county, item, unit):
    other = make_item(make_list(county, "city"), unit, project=item.project)
    april = report(make_round(county, day(4, 10)), item, narrative="四月。", problems="缺地。")
    ItemWording.objects.create(report=april, item=other, narrative="市里的话。")
    assert (judge_at(item, day(4, 10)).narrative, judge_at(item, day(4, 10)).problems) == (
        "四月。",
        "缺地。",
    )
    assert judge_at(other, day(4, 10)).narrative == "市里的话。"
    assert judge_at(other, day(4, 10)).problems == ""
    # In the next round both lists print the same.
    report(make_round(county, day(5, 10)), item, narrative="五月。")
    assert judge_at(other, day(5, 10)).narrative == "五月。"


@pytest.mark.parametrize(
    ("stage", "completed"),
    [
        ("declared", [False, True, True, True]),
        ("verified", [False, False, True, True]),
        ("closed", [False, False, False, True]),
    ],
)
def test_the_office_chooses_which_step_of_closing_counts(county, item, stage, completed):
    RuleSet.objects.create(county=county, valid_from=day(1, 1), completion_stage=stage)
    report(make_round(county, day(4, 10)), item, 100)
    Completion.objects.create(
        item=item, declared_on=day(5, 1), verified_on=day(6, 1), closed_on=day(7, 1)
    )
    found = [
        judge_at(item, when).standing.status is Status.COMPLETED
        for when in (day(4, 30), day(5, 1), day(6, 1), day(7, 1))
    ]
    assert found == completed


def test_the_latest_city_table_up_to_the_date_counts(item):
    for when, average in ((day(4, 10), 30), (day(5, 10), 10)):
        CityComparison.objects.create(
            item=item, as_of=when, figure=20, average=average, source="市府办通报"
        )
    assert judge_at(item, day(4, 9)).standing.below_city_average is None
    assert judge_at(item, day(4, 10)).standing.below_city_average is True
    assert judge_at(item, day(5, 10)).standing.below_city_average is False


def test_another_county_s_rounds_do_not_count(item):
    make_round(Region.objects.get(code="330225"), day(4, 10))
    assert judge_at(item, day(5, 1)).standing.status is None


def test_an_item_without_a_schedule_is_judged_by_the_months_of_the_rules(county, listed, unit):
    bare = make_item(listed, unit)
    report(make_round(county, day(4, 10)), bare, 25)
    standing = judge_at(bare, day(4, 10)).standing
    assert standing.planned_percent == pytest.approx(100 * 100 / 334)
    RuleSet.objects.create(county=county, valid_from=day(1, 1), year_end_month=4)
    standing = judge_at(bare, day(4, 10)).standing
    assert standing.planned_percent == pytest.approx(100 * 100 / 120)


def test_what_needs_attention_comes_worst_first(county, listed, unit):
    def make(value, **more):
        made = make_item(listed, unit, stages=[(day(3, 31), 50)])
        report(april, made, value, **more)
        return made

    april = make_round(county, day(4, 10))
    well = make(50)
    troubled = make(50, problems="缺资金")
    behind = make(43)
    further_behind = make(42)
    unmet = make(60, marks={0: False})
    seriously = make(10)
    silent = make_item(listed, unit, stages=[(day(3, 31), 50)])
    below = make(50)
    CityComparison.objects.create(
        item=below, as_of=day(4, 10), figure=50, average=60, source="市府办通报"
    )
    done = make(20, problems="缺资金")
    Completion.objects.create(item=done, declared_on=day(4, 1), verified_on=day(4, 1))
    state = read_county(ListItem.objects.all(), county, YEAR, as_of=day(4, 10), today=TODAY)
    order = [s.item.pk for s in behind_first(state.items)]
    expected = [seriously, unmet, further_behind, behind, silent, below, troubled]
    assert order == [each.pk for each in expected]
    assert well.pk not in order


# -- Queries -------------------------------------------------------------------------

# Rules, rounds, items, targets, milestones, reports, readings, marks, city tables,
# allocations, sites.
QUERIES = 11


def test_the_number_of_queries_does_not_depend_on_the_number_of_items(county, listed, unit):
    april, may = (make_round(county, day(month, 10)) for month in (4, 5))
    counts = []
    for more in (30, 270):
        for made in make_items(listed, unit, more):
            if made.number % 10 == 0:
                report(april, made, 20, marks={0: True} if made.number % 20 == 0 else None)
                report(may, made, 21)
        with CaptureQueriesContext(connection) as captured:
            state = read_county(ListItem.objects.all(), county, YEAR, as_of=day(5, 10), today=TODAY)
        counts.append((len(state.items), len(captured)))
    assert counts == [(30, QUERIES), (300, QUERIES)]


def test_a_figure_without_value_and_percent_is_none_at_all():
    history = History()
    history.figures[1, 2] = [
        (day(4, 10), None, Figure(10.0, None)),
        (day(5, 10), None, Figure(None, None)),
        (day(6, 10), 7, Figure(12.0, None)),
    ]
    assert history.figure(1, 2, 9, day(6, 10)) == Figure(10.0, None)
    assert history.figure(1, 2, 7, day(6, 10)) == Figure(12.0, None)
    assert history.figure(1, 2, 7, day(4, 9)) is None
