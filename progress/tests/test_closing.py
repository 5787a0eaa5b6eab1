"""The three closing states: 单位报完成 → 核实 → 上级销号, and back, with a reason."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.access import Role
from livelihood.organisation.models import LogEntry, Region
from progress.models import Completion, Round, RuleSet
from progress.operations import closing
from progress.operations.closing import ClosingChangedError, stage_of
from progress.operations.freezing import freeze
from progress.operations.reporting import RefusedError
from projects.models import ListItem

DECLARED, VERIFIED, CLOSED = date(2023, 4, 10), date(2023, 4, 20), date(2023, 5, 8)
TODAY = date(2023, 6, 1)


@pytest.fixture
def item(corpus):
    found = (
        ListItem.objects.filter(project_list__county__code="330327", completion=None)
        .select_related("project_list__county")
        .order_by("pk")
        .first()
    )
    Completion.objects.filter(item=found).delete()
    return found


@pytest.fixture
def at(item, reporter):
    """``at(stage)`` brings the item to that state."""

    def bring(stage):
        days = {"declared_on": DECLARED, "declared_by": reporter}
        if stage in ("verified", "closed"):
            days["verified_on"] = VERIFIED
        if stage == "closed":
            days["closed_on"] = CLOSED
        Completion.objects.filter(item=item).delete()
        if stage:
            Completion.objects.create(item=item, **days)

    return bring


def verify(item, by, seen):
    return closing.verify(by=by, item=item, on=VERIFIED, seen=seen, today=TODAY)


def close(item, by, seen):
    return closing.close(by=by, item=item, on=CLOSED, seen=seen, today=TODAY)


def undo(item, by, seen):
    return closing.undo(by=by, item=item, reason="误操作", seen=seen)


ACTIONS = {"verify": verify, "close": close, "undo": undo}
NO = None
MACHINE = {
    "": [NO, NO, NO],
    "declared": ["verified", NO, ""],
    "verified": [NO, "closed", "declared"],
    "closed": [NO, NO, "verified"],
}


@pytest.mark.parametrize(
    ("stage", "action", "then"),
    [
        (stage, action, then)
        for stage, row in MACHINE.items()
        for action, then in zip(ACTIONS, row, strict=True)
    ],
)
def test_every_step_leads_where_the_table_says(stage, action, then, item, at, office):
    at(stage)
    rows = LogEntry.objects.get_for_object(item).count()
    if then is NO:
        with pytest.raises(RefusedError):
            ACTIONS[action](item, office, stage)
    else:
        ACTIONS[action](item, office, stage)
    assert stage_of(Completion.objects.filter(item=item).first()) == (stage if then is NO else then)
    assert LogEntry.objects.get_for_object(item).count() == rows + (then is not NO)


def test_each_step_keeps_who_and_when(item, at, office):
    at("declared")
    verify(item, office, "declared")
    close(item, office, "verified")
    steps = closing.steps_of(closing.completion_of(item))
    assert [(s.on, s.by and s.by.name) for s in steps] == [
        (DECLARED, "黄丽萍"),
        (VERIFIED, "林晓明"),
        (CLOSED, "林晓明"),
    ]
    earlier = closing.steps_of(closing.completion_of(item), until=date(2023, 4, 30))
    assert [s.reached for s in earlier] == [True, True, False]


def test_undoing_says_why_in_the_trail(item, at, office):
    at("verified")
    with pytest.raises(ValidationError):
        closing.undo(by=office, item=item, reason="  ", seen="verified")
    closing.undo(by=office, item=item, reason="材料不实", seen="verified")
    row = LogEntry.objects.get_for_object(item).first()
    summary = row.summary
    assert summary == f"撤销核实：{item}（2023年4月20日），原因：材料不实"
    assert row.changes["核实"] == ["2023年4月20日", None]


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        (date(2023, 4, 9), "不能早于单位报完成的日期（2023年4月10日）"),
        (date(2023, 6, 2), "不能晚于今天"),
    ],
)
def test_a_day_out_of_order_is_refused(item, at, office, on, sentence):
    at("declared")
    with pytest.raises(ValidationError) as refused:
        closing.verify(by=office, item=item, on=on, seen="declared", today=TODAY)
    assert sentence in refused.value.message_dict["on"][0]


def test_who_saw_another_state_is_told(item, at, office):
    at("declared")
    verify(item, office, "declared")
    with pytest.raises(ClosingChangedError):
        verify(item, office, "declared")
    with pytest.raises(ClosingChangedError):
        undo(item, office, "declared")


def test_without_its_row_in_the_trail_no_step_is_taken(item, at, office, monkeypatch):
    def fail(**kwargs):
        raise DatabaseError

    at("declared")
    monkeypatch.setattr(closing, "record", fail)
    with pytest.raises(DatabaseError):
        verify(item, office, "declared")
    with pytest.raises(DatabaseError):
        undo(item, office, "declared")
    assert stage_of(Completion.objects.get(item=item)) == "declared"


# -- The pages -----------------------------------------------------------------------


def address(item, name="item_close"):
    listed = item.project_list
    return reverse(name, args=[listed.county.code, listed.year, listed.level, item.number])


def see(response):
    return BeautifulSoup(response.content, "html.parser")


def test_the_office_verifies_closes_and_undoes_on_the_page(item, at, client_for, office):
    at("declared")
    client = client_for(office)
    page = see(client.get(address(item)))
    assert page.select_one("button.btn-primary").text == "核实"
    version = Region.objects.get(code="330327").data_version
    sent = {"action": "verified", "seen": "declared", "on": "2023-04-20"}
    assert client.post(address(item), sent)["Location"] == address(item, "item")
    assert Region.objects.get(code="330327").data_version > version
    sent = {"action": "closed", "seen": "verified", "on": "2023年5月8日"}
    assert client.post(address(item), sent).status_code == 302
    assert stage_of(Completion.objects.get(item=item)) == "closed"
    sent = {"action": "undo", "seen": "closed", "reason": "上级退回"}
    assert client.post(address(item), sent).status_code == 302
    assert stage_of(Completion.objects.get(item=item)) == "verified"


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        ({"action": "verified", "seen": "declared", "on": ""}, 422, "请填写日期"),
        ({"action": "verified", "seen": "declared", "on": "昨天"}, 422, "日期无法识别"),
        ({"action": "verified", "seen": "declared", "on": "2999-01-01"}, 422, "不能晚于今天"),
        ({"action": "verified", "seen": "", "on": "2023-04-20"}, 409, "已被他人修改"),
        ({"action": "closed", "seen": "declared", "on": "2023-05-08"}, 422, "须先有“核实”"),
        ({"action": "undo", "seen": "declared", "reason": ""}, 422, "请写明撤销的原因"),
        ({"action": "dance", "seen": "declared", "on": "2023-05-08"}, 422, "请选择要办理的事情"),
        ({}, 422, "请填写日期"),
    ],
)
def test_what_does_not_fit_is_told_and_kept(item, at, client_for, office, sent, status, sentence):
    at("declared")
    response = client_for(office).post(address(item), sent)
    assert response.status_code == status
    page = see(response)
    assert sentence in page.select_one(".error-summary").text
    typed = sent.get("on") or sent.get("reason")
    if typed and sent["action"] != "dance":
        assert typed in [field.get("value") for field in page.select("main input")]
    # Sent once more, what is typed holds against what the page shows now.
    assert {f["value"] for f in page.select("[name=seen]")} == {"declared"}
    assert stage_of(Completion.objects.get(item=item)) == "declared"


def test_an_item_nobody_declared_says_what_is_missing(item, at, client_for, office):
    at("")
    page = see(client_for(office).get(address(item)))
    assert "牵头单位还没有报完成" in page.main.text
    assert not page.select("main form")


def test_the_items_page_shows_the_three_states_and_the_way_to_the_next(
    item, at, client_for, office, supervisor
):
    at("verified")
    url = f"{address(item, 'item')}?as_of=2023-05-01"
    panel = see(client_for(office).get(url)).select_one("#closing")
    assert [state.text for state in panel.select(".closing-state")] == [
        "2023年4月10日",
        "2023年4月20日",
        "尚未",
    ]
    assert "黄丽萍" in panel.text
    assert panel.a["href"] == address(item)
    panel = see(client_for(supervisor).get(url)).select_one("#closing")
    assert panel.a is None


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.LEAD_UNIT, Role.ADMINISTRATOR])
def test_only_the_office_closes(item, at, client_for, make_user, role):
    at("declared")
    client = client_for(make_user(role, item.lead_unit))
    sent = {"action": "verified", "seen": "declared", "on": "2023-04-20"}
    assert client.get(address(item)).status_code == 403
    assert client.post(address(item), sent).status_code == 403


def test_the_office_of_another_county_finds_nothing(item, client_for, foreign_office):
    assert client_for(foreign_office).get(address(item)).status_code == 404


@pytest.mark.parametrize(
    ("stage", "counts"), [("declared", ""), ("verified", "已完成"), ("closed", "已完成")]
)
def test_the_stage_that_the_county_chose_counts(item, at, client_for, office, stage, counts):
    at(stage)
    RuleSet.objects.filter(county__code="330327").update(completion_stage="verified")
    page = see(client_for(office).get(f"{address(item, 'item')}?as_of=2023-05-20"))
    chip = page.select_one(".chip").text
    assert ("已完成" in chip) == bool(counts)


# -- Steps dated into closed rounds ----------------------------------------------------


@pytest.fixture
def kept(corpus_as_loaded, item, county):
    """April as kept at its loading, with 核实 counting as 已完成, and an item declared then."""
    item.refresh_from_db()
    april = Round.objects.get(county=county, as_of=date(2023, 4, 10))
    if not april.version:
        freeze(april, by=None, note="截止", now=timezone.now())
    Completion.objects.create(item=item, declared_on=DECLARED)
    return april


def test_a_step_dated_into_a_closed_round_corrects_it(kept, item, office):
    version = kept.version
    closing.verify(by=office, item=item, on=DECLARED, seen="declared", today=TODAY)
    kept.refresh_from_db()
    assert kept.version == version + 1
    last = kept.versions.get(number=kept.version)
    assert last.note == f"核实：{item}，2023年4月10日。"
    assert [c["status"][1] for c in last.changes if c["item"] == item.pk] == ["已完成"]
    closing.undo(by=office, item=item, reason="材料不实", seen="verified")
    kept.refresh_from_db()
    assert kept.version == version + 2
    assert "撤销核实" in kept.versions.get(number=kept.version).note


def test_a_later_step_and_one_that_does_not_count_leave_closed_rounds_alone(kept, item, office):
    version = kept.version
    closing.verify(by=office, item=item, on=VERIFIED, seen="declared", today=TODAY)
    kept.refresh_from_db()
    assert kept.version == version
    assert closing.closed_rounds(item, "closed", DECLARED) == []


def test_the_page_tells_before_which_rounds_a_step_corrects(kept, item, office, client_for):
    address = reverse("item_close", args=["330327", 2023, item.project_list.level, item.number])
    client = client_for(office)
    assert "等于更正这些期次" in client.get(address).content.decode()
    sent = {"action": "verified", "seen": "declared", "on": "2023-04-10"}
    answer = client.post(address, sent, follow=True).content.decode()
    assert "已更正截至2023年4月10日，各存为新的一版。" in answer
