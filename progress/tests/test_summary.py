"""The summary says at any time what judging everything anew says."""

from datetime import date, timedelta
from importlib import import_module
from io import StringIO
from random import Random

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from livelihood.organisation.access import Role
from livelihood.organisation.models import Region
from livelihood.testing import create_county, create_user
from progress.models import Completion, ItemSummary, Report, Round, RoundSummary, RuleSet
from progress.operations.closing import close, stage_of, undo, verify
from progress.operations.region_state import roll_up
from progress.operations.reporting import RefusedError
from progress.operations.review import accept_reports, return_report
from progress.operations.rounds import close_round, extend, open_round, reopen
from progress.operations.simulated_counties import simulate_counties
from progress.operations.standings import read_county
from progress.operations.summary import differences, refresh, standing_on, unsummarised
from progress.rules.judgement import Status
from projects.models import ListItem

pytestmark = pytest.mark.django_db

YEAR = 2024


@pytest.fixture
def simulated(db):
    """A simulated county of 14 items with four rounds, the last one open."""
    city = create_county("330327", "苍南县").parent
    simulate_counties(city=city, counties=1, year=YEAR, seed=3, items=14, rounds=4)
    return Region.objects.get(code="330300001")


@pytest.fixture
def simulated_office(simulated):
    return create_user("sim-office", "模拟经办", Role.OFFICE, simulated.units.first())


def test_what_is_loaded_is_in_the_summary(corpus_as_loaded):
    for code in ("330327", "330225"):
        assert differences(Region.objects.get(code=code)) == []
    counted = RoundSummary.objects.get(round__county__code="330327")
    assert (counted.total, counted.completed, counted.below) == (153, 8, 25)


@pytest.mark.parametrize("seed", range(5))
def test_the_summary_is_right_after_any_actions(seed, simulated, simulated_office):
    """Accepted, returned, corrected, completed, closed, reopened, extended, in any order."""
    random = Random(seed)
    done = set()
    for _step in range(25):
        act = random.choice(ACTIONS)
        try:
            act(random, simulated, simulated_office)
        except (RefusedError, LookupError):
            continue  # nothing to do it to
        done.add(act.__name__)
    assert len(done) > 4, done
    assert differences(simulated) == []


def any_of(random, rows):
    return random.choice(list(rows))


def reports(county, *states):
    return Report.objects.filter(round__county=county, state__in=states).order_by("pk")


def accept_some(random, county, by):
    waiting = list(reports(county, Report.State.SUBMITTED))
    chosen = random.sample(waiting, min(len(waiting), random.randint(1, 3)))
    any_of(random, chosen)
    accept_reports(by=by, reports=[(r, r.version) for r in chosen])


def return_one(random, county, by):
    report = any_of(random, reports(county, Report.State.ACCEPTED))
    if report.round.state == Round.State.CLOSED:
        reason = {"hours": 24, "reason": "更正"}
        reopen(by=by, round=report.round, unit=report.project.lead_unit, **reason)
    return_report(
        by=by, report=report, version=report.version, comments=[("narrative", "请核对。")]
    )


def correct_and_send(random, county, by):
    """As the unit does, by hand."""
    report = any_of(random, reports(county, Report.State.RETURNED))
    report.readings.update(value=random.randint(0, 250))
    report.problems = random.choice(["", "缺少资金。"])
    report.state = Report.State.SUBMITTED
    report.version += 1
    report.save()


def next_step(random, county, by):
    completion = any_of(random, Completion.objects.filter(item__project_list__county=county))
    stage, today = stage_of(completion), timezone.localdate()
    step = {"declared": verify, "verified": close}[stage]
    step(by=by, item=completion.item, on=today, seen=stage, today=today)


def undo_step(random, county, by):
    completion = any_of(random, Completion.objects.filter(item__project_list__county=county))
    undo(by=by, item=completion.item, reason="报错", seen=stage_of(completion))


def close_one(random, county, by):
    close_round(by=by, round=any_of(random, Round.objects.open_for(county)))


def open_one(random, county, by):
    day = date(YEAR, random.randint(1, 12), random.randint(1, 28))
    planned = Round.objects.create(
        county=county, as_of=day, state=Round.State.PLANNED, deadline=timezone.localdate()
    )
    open_round(by=by, round=planned)


def extend_one(random, county, by):
    running = Round.objects.open_for(county).exclude(deadline=None)
    unit = any_of(random, [None, *county.units.all()])
    until = timezone.now() + timedelta(days=random.randint(1, 60))
    extend(by=by, round=any_of(random, running), unit=unit, until=until, reason="延期")


ACTIONS = [
    accept_some,
    return_one,
    correct_and_send,
    next_step,
    undo_step,
    close_one,
    open_one,
    extend_one,
]


def test_what_was_changed_behind_its_back_is_named(simulated):
    row = ItemSummary.objects.filter(round__county=simulated).exclude(actual=None).first()
    ItemSummary.objects.filter(pk=row.pk).update(actual=row.actual + 1)
    RoundSummary.objects.filter(round=row.round).update(problems=99)
    found = differences(simulated)
    assert {(d.item, d.field) for d in found} == {(row.item_id, "actual"), (None, "problems")}
    err = StringIO()
    with pytest.raises(CommandError, match="2处"):
        call_command(
            "rebuild_summary", county=simulated.code, check=True, stdout=StringIO(), stderr=err
        )
    assert f"条目{row.item_id}，actual：{row.actual + 1}，应为{row.actual}" in err.getvalue()


def test_rebuilding_mends_it(simulated):
    ItemSummary.objects.filter(round__county=simulated).delete()
    RoundSummary.objects.filter(round__county=simulated).delete()
    out = StringIO()
    call_command("rebuild_summary", county=simulated.code, stdout=out)
    assert "1个县（市、区）4期" in out.getvalue()
    assert differences(simulated) == []
    out = StringIO()
    call_command("rebuild_summary", county=simulated.code, check=True, stdout=out)
    assert "一致" in out.getvalue()


def test_what_was_kept_before_learns_what_was_reported(simulated):
    """The migration that adds it says what judging anew says."""
    ItemSummary.objects.update(reported=False)
    assert differences(simulated)
    migration = import_module("progress.migrations.0008_current_summary")
    migration.say_what_is_reported(apps, None)
    assert differences(simulated) == []


def test_a_county_whose_rounds_began_without_a_summary_is_known(simulated):
    assert simulated not in unsummarised()
    RoundSummary.objects.filter(round__county=simulated).first().delete()
    assert simulated in unsummarised()


def test_a_county_that_does_not_exist_is_told(db):
    with pytest.raises(CommandError, match="没有代码为999999"):
        call_command("rebuild_summary", county="999999")


def test_rules_that_change_reach_the_rounds_that_are_not_kept(simulated):
    RuleSet.objects.filter(county=simulated).update(behind_points=90, seriously_behind_points=90)
    assert differences(simulated)
    refresh(simulated, since=date(YEAR, 1, 1))
    assert differences(simulated) == []


@pytest.mark.parametrize(
    ("status", "awaited", "today", "shown"),
    [
        ("on_schedule", None, date(2024, 5, 9), "on_schedule"),
        ("on_schedule", date(2024, 5, 8), date(2024, 5, 8), "on_schedule"),
        ("on_schedule", date(2024, 5, 8), date(2024, 5, 9), "not_reported"),
        ("", date(2024, 5, 8), date(2024, 5, 9), "not_reported"),
        ("completed", date(2024, 5, 8), date(2024, 5, 9), "completed"),
    ],
)
def test_what_is_missing_after_its_deadline_is_not_reported(status, awaited, today, shown):
    assert standing_on(status, awaited, today) == shown


def test_the_roll_up_counts_as_the_countys_own_page_does_before_and_after_the_deadline(simulated):
    running = Round.objects.get(county=simulated, state=Round.State.OPEN)
    deadline = date(YEAR + 1, 1, 6)
    Round.objects.filter(pk=running.pk).update(deadline=deadline)
    refresh(simulated, since=running.as_of)
    missing = []
    for today in (deadline, deadline + timedelta(days=1)):
        state = read_county(
            ListItem.objects.all(), simulated, YEAR, as_of=running.as_of, today=today
        )
        (_round, counts) = roll_up("330000/330300/", running.as_of, today)[simulated.pk]
        for status in Status:
            assert counts[status.value] == len(state.with_status(status)), (today, status)
        assert counts["unknown"] == len(state.with_status(None))
        missing.append(counts["not_reported"])
    assert missing[0] == 0 < missing[1]


def test_the_summary_is_kept_in_the_transaction_of_what_changed(simulated, simulated_office):
    """Accepting fails after the summary was written: neither is kept."""
    report = reports(simulated, Report.State.SUBMITTED).first()
    before = list(ItemSummary.objects.order_by("pk").values_list())
    stale = Report(pk=report.pk)
    with pytest.raises(Exception, match="已被他人"):
        accept_reports(by=simulated_office, reports=[(stale, 99)])
    assert list(ItemSummary.objects.order_by("pk").values_list()) == before
