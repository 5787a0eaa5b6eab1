"""What was done before a round is not asked for again."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.models import Region
from progress.models import Completion, Report, Round, RuleSet
from progress.operations.finished import read_finished
from progress.operations.reporting_board import CellState, read_board
from progress.operations.round_progress import progress_of, unfinished
from progress.operations.standings import read_county
from progress.rules.judgement import Status
from projects.models import ListItem, Project

pytestmark = pytest.mark.django_db

MAY, BEFORE = date(2023, 5, 31), date(2023, 5, 20)
PLACE = ["330327", 2023]
ADDRESS = [*PLACE, MAY]


@pytest.fixture
def may(corpus, reporter):
    """The round of May, whose deadline passed yesterday."""
    yesterday = timezone.localdate() - timedelta(days=1)
    return Round.objects.create(
        county=Region.objects.get(code="330327"),
        as_of=MAY,
        opens_on=MAY,
        deadline=yesterday,
        state=Round.State.OPEN,
    )


@pytest.fixture
def training(corpus):
    return Project.objects.get(name="职业教育培训")


def finish(*projects, on=BEFORE):
    """Enter 核实, which 苍南县 counts as 已完成, for all items of the projects."""
    for item in ListItem.objects.filter(project__in=projects):
        Completion.objects.create(item=item, declared_on=on, verified_on=on)


def cell(county, unit, reporting_round):
    board = read_board(None, county, 2023, now=timezone.now())
    return next(row for row in board.rows if row.unit == unit).cell(reporting_round)


def page(client, name):
    return BeautifulSoup(client.get(reverse(name, args=ADDRESS)).content, "html.parser")


def test_what_was_done_before_the_round_is_folded_away(may, training, reporter, client_for):
    finish(training)
    tasks = page(client_for(reporter), "round_tasks")
    assert training.name not in tasks.select_one("table.tasks").get_text()
    assert training.name in tasks.select_one("details#finished").get_text()
    assert "县教育局本期须填报12个事项：未填12个" in tasks.get_text()
    assert training.name not in page(client_for(reporter), "report_all").get_text()


def test_it_can_be_reported_all_the_same(may, training, reporter, client_for):
    finish(training)
    address = reverse("report_unchanged", args=ADDRESS)
    assert client_for(reporter).post(address, {"project": training.pk}).status_code == 302
    assert Report.objects.get(round=may, project=training).state == Report.State.SUBMITTED
    first = page(client_for(reporter), "round_tasks").select_one("table.tasks")
    assert training.name in first.get_text()
    assert cell(may.county, training.lead_unit, may).owed == 13


def test_all_that_remain_leaves_it_out(may, training, reporter, client_for):
    finish(training)
    address = reverse("report_unchanged", args=ADDRESS)
    client_for(reporter).post(address, {"confirmed": "yes"})
    assert not Report.objects.filter(round=may, project=training).exists()


def test_it_is_not_missing_on_the_board_nor_when_closing(may, training, office):
    before = cell(may.county, training.lead_unit, may)
    assert training.name in before.missing
    total = unfinished(may, timezone.now()).total
    finish(training)
    after = cell(may.county, training.lead_unit, may)
    assert training.name not in after.missing
    assert (before.owed, after.owed) == (13, 12)
    assert unfinished(may, timezone.now()).total == total - 1
    assert progress_of(office, may.county, 2023, [may])[may.pk].missing == total - 1


def test_a_unit_that_is_done_owes_nothing(may, training):
    finish(*Project.objects.filter(lead_unit=training.lead_unit))
    done = cell(may.county, training.lead_unit, may)
    assert done.state is CellState.DONE
    assert done.complete


def test_what_is_done_in_the_round_itself_is_still_asked_for(may, training):
    finish(training, on=MAY)
    assert training.name in cell(may.county, training.lead_unit, may).missing


def test_the_county_says_which_state_counts(may, training):
    rules = RuleSet.objects.get(county=may.county)
    rules.completion_stage = RuleSet.CompletionStage.CLOSED
    rules.save()
    finish(training)
    assert training.pk not in read_finished(may.county, 2023).before(MAY)
    Completion.objects.update(closed_on=BEFORE)
    assert training.pk in read_finished(may.county, 2023).before(MAY)


def test_one_item_that_is_not_done_keeps_the_project(may):
    project = Project.objects.get(name="“温馨教室”空调及新风系统")
    finish(project)
    Completion.objects.filter(item=project.items.first()).delete()
    assert project.items.count() > 1
    assert project.pk not in read_finished(may.county, 2023).before(MAY)


def test_its_status_stays_completed_after_the_deadline(may, training):
    finish(training)
    state = read_county(
        ListItem.objects.filter(project__lead_unit=training.lead_unit),
        may.county,
        2023,
        as_of=MAY,
        today=timezone.localdate(),
    )
    statuses = {s.item.project_id: s.standing.status for s in state.items}
    assert statuses.pop(training.pk) is Status.COMPLETED
    assert set(statuses.values()) == {Status.NOT_REPORTED}
