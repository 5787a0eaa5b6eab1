"""Townships that report themselves: the county's choice, their page, the lead unit's form."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.access import Role
from livelihood.organisation.models import LogEntry, Region, Unit, User
from progress.models import CountyChoice, PlaceReading, Report, Round, TownshipFigure
from progress.operations.reporting_board import read_board
from progress.operations.townships import read_shares, switch, townships_report
from projects.models import Allocation, Project

pytestmark = pytest.mark.django_db

DAY = date(2024, 4, 30)
PLACE = ["330225", 2024]
ROUND = [*PLACE, DAY]
OK, MISSING, FORBIDDEN, MOVED = 200, 404, 403, 302


@pytest.fixture
def xiangshan(corpus):
    return Region.objects.get(code="330225")


@pytest.fixture
def april(xiangshan):
    return Round.objects.create(
        county=xiangshan,
        as_of=DAY,
        opens_on=DAY,
        deadline=timezone.localdate() + timedelta(days=3),
        state=Round.State.OPEN,
    )


@pytest.fixture
def project(xiangshan):
    return Project.objects.get(name="新（改）造农村生活污水处理设施")


@pytest.fixture
def on(xiangshan, foreign_office):
    """The county of 象山 has its townships report."""
    switch(by=foreign_office, county=xiangshan, on=True)


@pytest.fixture
def person(on, xiangshan, make_user):
    """Somebody of 鹤浦."""
    return make_user(Role.LEAD_UNIT, Unit.objects.get(region=xiangshan, name="鹤浦"))


@pytest.fixture
def neighbour(on, xiangshan, make_user):
    return make_user(Role.LEAD_UNIT, Unit.objects.get(region=xiangshan, name="定塘"))


@pytest.fixture
def lead(project, make_user):
    return make_user(Role.LEAD_UNIT, project.lead_unit)


def share_of(person, project, april):
    shares = read_shares(person.unit, april, now=timezone.now())
    return next(share for share in shares if share.project == project)


def page(response):
    return BeautifulSoup(response.content, "html.parser")


def told(share, value, note="", version=0):
    values = {"value": value, "note": note, "version": version}
    return {f"{name}-{share.key}": said for name, said in values.items()}


def send(client, sent):
    return client.post(reverse("township_figures", args=ROUND), sent)


# -- The county's choice -----------------------------------------------------------------


def test_by_default_townships_do_not_report(april, xiangshan, client_for, make_user):
    assert not townships_report(xiangshan)
    unit = Unit.objects.create(region=xiangshan, name="鹤浦")
    client = client_for(make_user(Role.LEAD_UNIT, unit))
    assert "没有2024年需要填报的事项" in page(client.get(reverse("tasks", args=PLACE))).get_text()
    send(client, {})
    assert not TownshipFigure.objects.exists()


def test_the_office_switches_it_on_and_off(xiangshan, foreign_office, client_for):
    client = client_for(foreign_office)
    client.post(reverse("township_choice", args=PLACE), {"on": "yes"})
    assert townships_report(xiangshan)
    assert Unit.objects.filter(region=xiangshan, name="鹤浦").count() == 1
    assert not Unit.objects.filter(region=xiangshan, name__contains="、").exists()
    units = Unit.objects.count()
    client.post(reverse("township_choice", args=PLACE), {"on": "no"})
    client.post(reverse("township_choice", args=PLACE), {"on": "yes"})
    assert Unit.objects.count() == units
    rows = [r.summary for r in LogEntry.objects.get_for_object(xiangshan).order_by("pk")]
    assert [r for r in rows if "镇乡" in r] == [
        "象山县：开通镇乡自行填报。",
        "象山县：停用镇乡自行填报。",
        "象山县：开通镇乡自行填报。",
    ]


def test_a_township_under_too_long_a_name_gets_no_unit_and_is_named(
    xiangshan, foreign_office, project, client_for
):
    long = "鹤浦镇及其周边各村" * 6
    Allocation.objects.filter(item__project=project, place="鹤浦").update(place=long)
    client = client_for(foreign_office)
    answer = client.post(reverse("township_choice", args=PLACE), {"on": "yes"}, follow=True)
    assert f"名称超过50字，没有建为单位：“{long}”。" in page(answer).get_text()
    assert not Unit.objects.filter(name=long).exists()
    row = LogEntry.objects.get_for_object(xiangshan).order_by("-pk").first()
    assert "定塘" in row.changes["新增单位"][1].split("、")


# -- The township's page -----------------------------------------------------------------


def test_a_township_sees_its_own_parts_only(april, person, project, client_for):
    text = page(client_for(person).get(reverse("tasks", args=PLACE))).get_text(" ", strip=True)
    assert project.name in text
    assert "鹤浦有11项分解任务，本期已报0项" in text
    assert "定塘" not in text


def test_a_figure_is_saved_with_who_and_when(april, person, project, client_for):
    share = share_of(person, project, april)
    response = send(client_for(person), told(share, "1，2", "两处完工"))
    assert response.status_code == MOVED
    figure = TownshipFigure.objects.get()
    assert (figure.value, figure.note, figure.by, figure.version) == (
        Decimal(12),
        "两处完工",
        person,
        1,
    )
    row = LogEntry.objects.get_for_object(figure).get()
    assert row.summary.startswith("鹤浦报数：新（改）造农村生活污水处理设施")
    # The same again changes nothing.
    send(client_for(person), told(share, "12", "两处完工", version=1))
    assert TownshipFigure.objects.get().version == 1


def test_what_is_no_number_is_said_and_kept(april, person, project, client_for):
    response = send(client_for(person), told(share_of(person, project, april), "三处"))
    assert response.status_code == 422
    assert "“三处”不是数字" in page(response).get_text()
    assert page(response).select_one('input[value="三处"]') is not None


def test_a_colleague_s_figure_is_not_overwritten(april, person, project, client_for):
    share = share_of(person, project, april)
    send(client_for(person), told(share, "5"))
    response = send(client_for(person), told(share, "6"))
    assert response.status_code == 409
    assert "已被同事修改" in page(response).get_text()
    assert TownshipFigure.objects.get().value == 5


def opened(client):
    """What the township's page would send, unchanged."""
    form = page(client.get(reverse("tasks", args=PLACE))).select_one("main form[method=post]")
    return sent_by(form)


def sent_by(form):
    return {field["name"]: field.get("value", "") for field in form.select("input[name]")}


@pytest.fixture
def colleague(person, make_user):
    return make_user(Role.LEAD_UNIT, person.unit)


def test_two_people_of_a_township_see_both_figures_and_can_go_on(
    april, person, colleague, project, client_for
):
    key, mine = share_of(person, project, april).key, client_for(person)
    typed = opened(mine) | {f"value-{key}": "6", f"note-{key}": "第六处"}
    send(client_for(colleague), opened(client_for(colleague)) | {f"value-{key}": "5"})
    response = send(mine, typed)
    assert response.status_code == 409
    row = page(response).select_one(f"[name=value-{key}]").find_parent("td")
    assert row.select_one(f"[name=value-{key}]")["value"] == "6"
    assert f"已存5个；{colleague}" in row.get_text()
    again = sent_by(page(response).select_one("main form[method=post]"))
    assert send(mine, again).status_code == MOVED
    figure = TownshipFigure.objects.get()
    assert (figure.value, figure.note, figure.by) == (6, "第六处", person)


def test_a_note_that_was_changed_goes_with_the_figure_that_a_colleague_saved(
    april, person, colleague, project, client_for
):
    key, mine, theirs = (
        share_of(person, project, april).key,
        client_for(person),
        client_for(colleague),
    )
    send(mine, opened(mine) | {f"value-{key}": "4"})
    typed = opened(mine) | {f"note-{key}": "第六处"}
    send(theirs, opened(theirs) | {f"value-{key}": "5"})
    response = send(mine, typed)
    assert response.status_code == 409
    again = sent_by(page(response).select_one("main form[method=post]"))
    assert send(mine, again).status_code == MOVED
    figure = TownshipFigure.objects.get()
    assert (figure.value, figure.note) == (5, "第六处")


def test_a_row_in_which_nobody_typed_hinders_nothing(april, person, colleague, project, client_for):
    mine, theirs = client_for(person), client_for(colleague)
    shares = read_shares(person.unit, april, now=timezone.now())
    key, other = share_of(person, project, april).key, shares[-1].key
    assert key != other
    send(mine, opened(mine) | {f"value-{other}": "4"})
    typed = opened(mine) | {f"value-{key}": "6"}
    send(theirs, opened(theirs) | {f"value-{other}": "5"})
    response = send(mine, typed)
    assert response.status_code == MOVED
    assert set(TownshipFigure.objects.values_list("allocation", "value")) == {(key, 6), (other, 5)}


def test_a_figure_told_by_mistake_is_taken_back(april, person, project, client_for):
    key, client = share_of(person, project, april).key, client_for(person)
    send(client, opened(client) | {f"value-{key}": "5", f"note-{key}": "填错行"})
    response = send(client, opened(client) | {f"value-{key}": ""})
    assert response.status_code == MOVED
    assert "已撤回1项。" in page(client.get(response.url)).get_text()
    assert not TownshipFigure.objects.exists()
    row = LogEntry.objects.filter(summary__contains="撤回报数").get()
    assert row.action == LogEntry.Action.DELETE
    assert row.changes == {"累计完成数": ["5", None], "说明": ["填错行", ""]}


def test_a_note_needs_a_figure_and_is_told_with_one(april, person, project, client_for):
    key, client = share_of(person, project, april).key, client_for(person)
    typed = opened(client) | {f"note-{key}": "正在招标"}
    response = send(client, typed)
    assert response.status_code == 422
    assert "填了说明的，请同时填累计完成数。" in page(response).get_text()
    assert page(response).select_one(f"[name=note-{key}]")["value"] == "正在招标"
    send(client, typed | {f"value-{key}": "0"})
    send(client, opened(client) | {f"note-{key}": "已开工"})
    assert TownshipFigure.objects.get().note == "已开工"


def test_somebody_without_a_unit_tells_nothing(april, on, client_for):
    root = User.objects.create_superuser("root", name="根", must_change_password=False)
    assert send(client_for(root), {}).status_code == MOVED


def test_nothing_is_told_once_the_round_is_closed(april, person, project, client_for):
    share = share_of(person, project, april)
    Round.objects.filter(pk=april.pk).update(state=Round.State.CLOSED)
    assert send(client_for(person), told(share, "5")).status_code == 409
    assert not TownshipFigure.objects.exists()


def test_another_township_s_part_cannot_be_told(april, person, neighbour, project, client_for):
    foreign = share_of(neighbour, project, april)
    send(client_for(person), told(foreign, "9"))
    assert not TownshipFigure.objects.exists()


def test_a_township_gets_nothing_else(april, person, neighbour, project, lead, client_for):
    Report.objects.create(round=april, project=project, state=Report.State.DRAFT)
    own = TownshipFigure.objects.create(
        round=april,
        allocation_id=share_of(neighbour, project, april).key,
        unit=neighbour.unit,
        value=3,
        by=neighbour,
        at=timezone.now(),
    )
    assert not TownshipFigure.objects.visible_to(person).exists()
    assert TownshipFigure.objects.visible_to(lead).get() == own
    client = client_for(person)
    item = project.items.first()
    level, number = item.project_list.level, item.number
    table = {
        ("overview", *PLACE): OK,  # its own items, which are none
        ("reporting", *PLACE): OK,
        ("tasks", *PLACE): OK,
        ("item", *PLACE, level, number): MISSING,
        ("report", *ROUND, project.pk): MISSING,
        ("review", *ROUND): FORBIDDEN,
        ("slip_add", *PLACE): FORBIDDEN,
        ("round_plan", *PLACE): FORBIDDEN,
        ("audit",): FORBIDDEN,
        ("people",): FORBIDDEN,
        ("overview", "330327", 2023): MISSING,
    }
    answers = {key: client.get(reverse(key[0], args=key[1:])).status_code for key in table}
    assert answers == table
    for name in ("overview", "reporting", "items"):
        text = page(client.get(reverse(name, args=PLACE))).get_text()
        assert project.name not in text
    assert client.post(reverse("township_choice", args=PLACE)).status_code == FORBIDDEN


# -- The lead unit's form ----------------------------------------------------------------


def test_the_lead_unit_sees_what_came_in_and_takes_it_over(
    april, person, neighbour, project, lead, client_for
):
    share = share_of(person, project, april)
    send(client_for(person), told(share, "2", "已通水"))
    send(client_for(neighbour), told(share_of(neighbour, project, april), "3"))
    client = client_for(lead)
    address = reverse("report", args=[*ROUND, project.pk])
    text = page(client.get(address)).select_one("#places").get_text(" ", strip=True)
    assert "已报2个，合计5个。" in text
    assert f"镇乡报2（{person}" in text
    assert "已通水" in text
    assert "涂茨" in text.split("未报")[1]
    response = client.post(address, {"version": "0", "narrative": "进行中。", "take": "1"})
    assert response.status_code == MOVED
    report = Report.objects.get(project=project, round=april)
    assert report.state == Report.State.DRAFT
    values = PlaceReading.objects.filter(report=report).values_list("value", flat=True)
    assert sorted(values) == [2, 3]


def test_without_the_choice_the_form_says_nothing_of_it(april, project, lead, client_for):
    text = client_for(lead).get(reverse("report", args=[*ROUND, project.pk])).content.decode()
    assert "镇乡自行填报" not in text


def test_townships_stand_on_no_board(april, person, xiangshan):
    board = read_board(None, xiangshan, 2024, now=timezone.now())
    assert person.unit not in [row.unit for row in board.rows]


def test_a_county_chooses_once(xiangshan, on):
    with pytest.raises(ValidationError):
        CountyChoice(county=xiangshan).full_clean()
