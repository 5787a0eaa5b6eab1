"""What a correction changes in closed rounds: the items that it concerns, in every round in
which it counts, and nothing else."""

from datetime import date

import pytest
from django.utils import timezone

from progress.models import Completion, Reading, Report, Round, RuleSet, StandingRecord
from progress.operations import closing
from progress.operations.city_tables import Typed, type_in
from progress.operations.review import accept_reports, give_up_correction, return_report
from progress.operations.rounds import close_round, reopen
from progress.operations.summary import differences
from projects.models import ListItem
from projects.tests.factory import make_item, make_list

pytestmark = pytest.mark.django_db

MAY, JUNE, JULY = date(2023, 5, 31), date(2023, 6, 30), date(2023, 7, 31)
S = Report.State
WHY = [("", "请核实。")]


@pytest.fixture
def rules(county):
    return RuleSet.objects.create(
        county=county, valid_from=date(2023, 1, 1), completion_stage="declared"
    )


@pytest.fixture
def item_of(reporter):
    """``item_of(name)`` gives an item of the county's list that promises a hundred."""
    listed = make_list(reporter.unit.region, year=2023)
    return lambda name: make_item(listed, reporter.unit, name=name)


@pytest.fixture
def item(item_of):
    return item_of("托位")


@pytest.fixture
def other(item_of):
    return item_of("食堂")


@pytest.fixture
def make_round(county):
    def make(as_of):
        return Round.objects.create(county=county, as_of=as_of, opened_at=timezone.now())

    return make


@pytest.fixture
def report(reporter):
    """``report(item, round, value)`` waits for the office; ``declares``: 申报完成."""

    def make(item, reporting_round, value, *, declares=False, state=S.SUBMITTED):
        made = Report.objects.create(
            round=reporting_round,
            project=item.project,
            state=state,
            version=1,
            narrative=f"完成{value}个。",
            declares_completion=declares,
            updated_by=reporter,
        )
        indicator = item.targets.get().indicator
        Reading.objects.create(report=made, indicator=indicator, value=value, basis="derived")
        return made

    return make


@pytest.fixture
def accept(office):
    def run(report):
        (accepted,) = accept_reports(by=office, reports=[(report, report.version)])
        return accepted

    return run


@pytest.fixture
def close(office):
    def run(reporting_round):
        close_round(by=office, round=reporting_round)
        reporting_round.refresh_from_db()

    return run


@pytest.fixture
def send_back(office):
    """The office has the round reopened for the unit, and returns its report."""

    def run(report):
        reporting_round = Round.objects.get(pk=report.round_id)
        if reporting_round.state == Round.State.CLOSED:
            unit = report.project.lead_unit
            reopen(by=office, round=reporting_round, unit=unit, hours=2, reason="更正")
        return return_report(by=office, report=report, version=report.version, comments=WHY)

    return run


def kept(reporting_round, item):
    reporting_round.refresh_from_db()
    return StandingRecord.objects.get(
        round=reporting_round, version=reporting_round.version, item=item
    )


def told(reporting_round):
    """Of the version in which a round is kept: its number and its note."""
    reporting_round.refresh_from_db()
    version = reporting_round.versions.get(number=reporting_round.version)
    return version.number, version.note


def as_kept(record):
    return record.status, record.snapshot, record.detail


# -- Only what is corrected is judged anew ------------------------------------------------


def plan_changes(item):
    """The plan becomes another one after the round was closed."""
    item.targets.update(value=200)
    ListItem.objects.filter(pk=item.pk).update(title="改过的内容")


def test_a_late_report_leaves_the_other_items_as_they_were_judged(
    rules, make_round, item_of, item, other, report, accept, close, county
):
    may = make_round(MAY)
    late = report(item, may, 40)
    accept(report(other, may, 25))
    close(may)
    before = as_kept(kept(may, other))
    plan_changes(other)
    added = item_of("后来增加")
    accept(late)
    assert told(may) == (2, "补报“托位”的填报。")
    assert kept(may, item).snapshot["standing"]["actual_percent"] == 40
    assert as_kept(kept(may, other)) == before
    assert not may.standings.filter(item=added).exists()
    assert [change["item"] for change in may.versions.get(number=2).changes] == [item.pk]
    assert differences(county) == []


def test_a_step_of_closing_leaves_the_other_items_as_they_were_judged(
    make_round, item, other, report, accept, close, county, office
):
    may = make_round(MAY)
    accept(report(other, may, 25))
    Completion.objects.create(item=item, declared_on=date(2023, 4, 30))
    close(may)
    before = as_kept(kept(may, other))
    plan_changes(other)
    day = date(2023, 5, 20)
    closing.verify(by=office, item=item, on=day, seen="declared", today=JUNE)
    assert told(may)[0] == 2
    assert kept(may, item).status == "completed"
    assert as_kept(kept(may, other)) == before
    assert differences(county) == []


def test_a_figure_of_the_city_leaves_the_other_items_as_they_were_judged(
    rules, make_round, item, other, report, accept, close, county, office
):
    may = make_round(MAY)
    accept(report(item, may, 40))
    accept(report(other, may, 25))
    close(may)
    before = as_kept(kept(may, other))
    plan_changes(other)
    typed = Typed(MAY, 40, 60, 5, 12, None, "", "市民生办通报", False)
    type_in(by=office, item=item, typed=typed)
    assert told(may)[0] == 2
    assert kept(may, item).snapshot["standing"]["below_city_average"] is True
    assert as_kept(kept(may, other)) == before
    assert differences(county) == []


# -- A declaration counts in every closed round after it ----------------------------------


@pytest.fixture
def rounds(rules, make_round, close):
    """May and June, closed without a report."""
    may, june = make_round(MAY), make_round(JUNE)
    return may, june


def test_a_late_declaration_completes_the_later_closed_rounds(
    rounds, item, other, report, accept, close, county
):
    may, june = rounds
    late = report(item, may, 100, declares=True)
    close(may)
    close(june)
    assert kept(june, item).status != "completed"
    accept(late)
    assert told(may) == (2, "补报“托位”的填报。")
    assert told(june) == (2, "单位报完成：“托位”。")
    assert (kept(may, item).status, kept(june, item).status) == ("completed", "completed")
    assert differences(county) == []


def test_a_late_declaration_leaves_rounds_alone_where_another_state_counts(
    rounds, rules, item, report, accept, close
):
    may, june = rounds
    RuleSet.objects.update(completion_stage="verified")
    late = report(item, may, 100, declares=True)
    close(may)
    close(june)
    accept(late)
    assert told(june)[0] == 1


def test_a_correction_that_declares_nothing_any_more_takes_it_out_of_later_rounds(
    rounds, item, report, accept, close, send_back, county
):
    may, june = rounds
    accepted = accept(report(item, may, 100, declares=True))
    close(may)
    close(june)
    returned = send_back(accepted)
    # What is kept stays, until the correction is accepted.
    assert (told(may)[0], told(june)[0]) == (1, 1)
    assert kept(june, item).status == "completed"
    returned.state, returned.declares_completion = S.SUBMITTED, False
    returned.save()
    accept(returned)
    assert told(may) == (2, "更正“托位”的填报。")
    assert told(june) == (2, "撤回单位报完成：“托位”。")
    assert kept(june, item).status != "completed"
    assert differences(county) == []


def test_a_correction_that_declares_the_same_changes_no_later_round(
    rounds, item, report, accept, close, send_back
):
    may, june = rounds
    accepted = accept(report(item, may, 100, declares=True))
    close(may)
    close(june)
    returned = send_back(accepted)
    returned.state = S.SUBMITTED
    returned.save()
    accept(returned)
    assert (told(may)[0], told(june)[0]) == (2, 1)


def test_a_correction_that_is_given_up_changes_no_closed_round(
    rounds, item, report, accept, close, send_back, office, county
):
    may, june = rounds
    accepted = accept(report(item, may, 100, declares=True))
    close(may)
    close(june)
    returned = send_back(accepted)
    give_up_correction(by=office, report=returned, version=returned.version)
    assert (told(may)[0], told(june)[0]) == (1, 1)
    assert differences(county) == []


def test_rounds_that_were_closed_during_a_correction_are_corrected_when_it_is_given_up(
    rounds, item, report, accept, close, send_back, office, county
):
    may, june = rounds
    returned = send_back(accept(report(item, may, 100, declares=True)))
    close(may)
    close(june)
    assert kept(may, item).status == "not_reported"
    give_up_correction(by=office, report=returned, version=returned.version)
    assert told(may) == (2, "恢复“托位”更正前的填报。")
    assert told(june) == (2, "单位报完成：“托位”。")
    assert kept(june, item).status == "completed"
    assert differences(county) == []
