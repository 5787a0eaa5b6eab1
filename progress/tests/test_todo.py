"""总览 of a county in the middle of a round: how far it is, and what waits for whom."""

import re

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from livelihood.organisation.access import Role
from livelihood.organisation.models import Region, User
from livelihood.testing import create_unit, create_user
from progress.models import Completion, Report, Round, RuleSet, Slip
from progress.operations.kept_states import forget_states
from progress.operations.rounds import close_round

pytestmark = pytest.mark.usefixtures("simulated_year")

XIANGSHAN = ["330225", 2024]
OVERVIEW = reverse("overview", args=XIANGSHAN)
NOVEMBER = "2024-11-30"


@pytest.fixture
def person(db):
    """``person(role)`` is somebody of the county; of a lead unit: of 县住建局."""

    def make(role):
        county = Region.objects.get(code="330225")
        unit = create_unit(county, "县住建局" if role == Role.LEAD_UNIT else "县政府办公室")
        there = User.objects.filter(role=role, unit=unit, name="演练").first()
        return there or create_user(f"somebody-{role}", "演练", role, unit)

    return make


@pytest.fixture
def november(db):
    return Round.objects.select_related("county").get(county__code="330225", as_of=NOVEMBER)


@pytest.fixture
def seen_by(person, client_for):
    """``seen_by(role, query="")``: (client, 总览 as that person sees it)."""

    def see(role, query=""):
        client = client_for(person(role))
        return client, BeautifulSoup(client.get(OVERVIEW + query).content, "html.parser")

    return see


def words(element):
    return " ".join(element.get_text(" ").split())


def todo_of(page):
    """{words: (count, address)} of the strip."""
    return {
        re.sub(r"[\s　]*\d+$", "", words(link)): (int(link.b.text), link["href"])
        for link in page.select("nav.todo a")
    }


def test_an_open_round_says_under_the_headline_how_far_it_is(seen_by, november):
    reports = november.reports
    accepted = reports.filter(state=Report.State.ACCEPTED).count()
    waiting = reports.filter(state=Report.State.SUBMITTED).count()
    _client, page = seen_by(Role.OFFICE)
    line = page.select_one("#headline-text .headline-open")
    assert re.fullmatch(
        rf"本期填报中： \d+个事项已通过{accepted}、待审核{waiting}、退回1、未提交\d+ "
        r"；未通过的按此前的数据研判。",
        words(line),
    )
    total, *parts = map(int, re.findall(r"\d+", words(line.a)))
    assert total == sum(parts)
    assert line.a["href"] == reverse("reporting", args=XIANGSHAN) + f"?as_of={NOVEMBER}"
    _client, page = seen_by(Role.OFFICE, "?as_of=2024-10-31")
    assert page.select_one(".headline-open") is None
    assert page.select_one("nav.todo") is None, "what waits now is no matter of last month"


def test_a_closed_round_says_nothing_of_how_far_it_is(seen_by, november, person):
    close_round(by=person(Role.OFFICE), round=november)
    _client, page = seen_by(Role.OFFICE)
    assert page.select_one(".headline-open") is None
    assert not {"填报待审核", "填报未提交"} & set(todo_of(page))


def test_a_unit_is_told_of_its_own_projects_alone(seen_by, november):
    own = november.reports.filter(project__lead_unit__name="县住建局")
    _client, page = seen_by(Role.LEAD_UNIT)
    line = words(page.select_one(".headline-open"))
    assert "县住建局4个事项已通过" in line
    assert f"待审核{own.filter(state=Report.State.SUBMITTED).count()}、" in line
    found = todo_of(page)
    assert found["退回待修改"] == (1, reverse("tasks", args=XIANGSHAN))
    assert any(name.startswith("未提交，期限") for name in found)
    count, url = found["催办督办待回复"]
    open_ones = Slip.objects.open().filter(unit__name="县住建局", answered_at=None)
    assert (count, url.partition("?")[2]) == (open_ones.count(), "state=unanswered")


def test_the_office_is_told_what_to_review_to_verify_and_to_follow_up(seen_by, november):
    client, page = seen_by(Role.OFFICE)
    found = todo_of(page)
    assert list(found) == [
        "填报待审核", "填报未提交", "申报完成待核实", "督办回复待核实", "督办逾期未回复",
    ]  # fmt: skip
    assert found["填报待审核"][1] == reverse("review", args=[*XIANGSHAN, november.as_of])
    count, url = found["申报完成待核实"]
    assert count == Completion.objects.filter(verified_on=None).count() > 0
    rows = BeautifulSoup(client.get(url).content, "html.parser")
    assert len(rows.select("table.items tbody tr:not(.group)")) == count
    for name in ("督办回复待核实", "督办逾期未回复"):
        count, url = found[name]
        rows = BeautifulSoup(client.get(url).content, "html.parser")
        assert len(rows.select("table.slips tbody tr")) == count > 0, name


def test_where_a_declaration_is_enough_nothing_waits_to_be_verified(seen_by, november):
    declared = RuleSet.CompletionStage.DECLARED
    RuleSet.objects.filter(county=november.county).update(completion_stage=declared)
    forget_states()
    _client, page = seen_by(Role.OFFICE)
    assert "申报完成待核实" not in todo_of(page)


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.SUPERVISOR, ["督办回复待核实", "督办逾期未回复"]), (Role.ADMINISTRATOR, [])],
)
def test_others_are_told_what_is_theirs(seen_by, role, expected):
    _client, page = seen_by(role)
    assert list(todo_of(page)) == expected
    assert page.select_one(".headline-open"), "how far the round is concerns everybody"


# Those of a page of the county (test_pages.py); one each for the extensions and the reports of
# the open round, the slips, the declared completions and the counts of the round before.
QUERIES = 23


def test_what_waits_costs_one_query_of_each_kind(client_for, person, november):
    client = client_for(person(Role.OFFICE))
    client.get(OVERVIEW)
    forget_states()
    with CaptureQueriesContext(connection) as asked:
        assert client.get(OVERVIEW).status_code == 200
    assert len(asked) == QUERIES, [query["sql"][:90] for query in asked]


def test_the_tiles_say_how_many_it_were_in_the_round_before(seen_by, november):
    october = november.county.rounds.get(as_of="2024-10-31").summary
    _client, page = seen_by(Role.OFFICE)
    late = page.select_one(".tile-behind")
    now, before = int(late.select_one(".tile-number").text), october.behind
    before += october.seriously_behind
    change = f"{now - before:+}".replace("-", "−") if now != before else "持平"
    assert words(late.select_one(".tile-former")) == f"上期{before}项，{change}"
    assert page.select_one(".tile-all .tile-former") is None
    _client, page = seen_by(Role.LEAD_UNIT)
    assert page.select_one(".tile-former") is None, "the summary is not of one unit"
    _client, page = seen_by(Role.OFFICE, "?as_of=2024-01-31")
    assert page.select_one(".tile-former") is None, "there was none before"


def test_a_figure_of_an_earlier_round_says_of_which(client_for, person, november):
    kept = november.reports.exclude(state=Report.State.ACCEPTED).first().project
    item = kept.items.select_related("project_list").first()
    client = client_for(person(Role.OFFICE))
    url = reverse("item", args=[*XIANGSHAN, item.project_list.level, item.number])
    page = BeautifulSoup(client.get(url).content, "html.parser")
    assert "10月31日数据" in words(page.select_one(".tile[href='#targets']"))
    page = BeautifulSoup(client.get(f"{url}?as_of=2024-10-31").content, "html.parser")
    assert "数据" not in words(page.select_one(".tile[href='#targets'] .tile-of"))
