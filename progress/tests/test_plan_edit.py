"""What an item promises is changed: by whose authority, with what it was, and never twice."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from livelihood.organisation.operations.audit import history
from progress.models import MilestoneMark, Report, Round
from progress.operations.import_confirm import compare, confirm_import
from progress.operations.import_undo import undo_refusal
from progress.operations.plan_changes import Approval, UnapprovedError
from progress.operations.plan_edit import (
    change_many,
    edit_plan,
    exchange_of,
    plan_of,
    stamp,
)
from progress.operations.plan_import import ImportChangedError, RowFaultsError, decide_links
from progress.operations.reporting import RefusedError
from progress.tests.test_import import ROWS, YEAR, begin, confirmed, with_units
from progress.tests.test_import_pages import faults, form_of
from projects.models import ListItem, PlanChange

pytestmark = pytest.mark.django_db

WHY = {"reason": "规划调整", "document": "苍政发〔2025〕3号"}
NOTHING = {"reason": "", "document": ""}


@pytest.fixture
def imported(office, county):
    return confirmed(office, county, *ROWS)


@pytest.fixture
def item(imported):
    return plan_of(ListItem.objects.get(number=1))


def change(by, item, why=WHY, origins=None, **changed):
    data = exchange_of(item) | changed
    return edit_plan(
        by=by,
        item=item,
        data=data,
        approval=Approval(**why),
        version=stamp(item),
        origins=origins,
    )


def targets(item, value):
    return [exchange_of(item)["indicators"][0] | {"target": value}]


def test_a_target_is_changed_with_reason_and_document_and_keeps_what_it_was(office, item):
    change(office, item, indicators=targets(item, 90))
    item = plan_of(item)
    assert item.targets.get().value == 90
    kept = PlanChange.objects.get()
    assert (kept.what, kept.major, kept.document) == ("目标", True, "苍政发〔2025〕3号")
    assert "100张" in kept.old
    assert "90张" in kept.new
    assert history(item, 1)[0][2] == "调整计划：目标"


@pytest.mark.parametrize("missing", ["reason", "document"])
def test_a_target_without_reason_or_document_is_refused(office, item, missing):
    with pytest.raises(UnapprovedError, match="调整目标，须写明调整原因和批准文号"):
        change(office, item, WHY | {missing: ""}, indicators=targets(item, 90))
    assert plan_of(item).targets.get().value == 100


def test_a_site_needs_them_too_and_a_date_does_not(office, item):
    with pytest.raises(UnapprovedError, match="点位"):
        change(office, item, NOTHING, sites=["灵溪镇"])
    stages = exchange_of(item)["milestones"]
    stages[0] |= {"due": f"{YEAR}-07-31"}
    change(office, item, NOTHING, milestones=stages)
    assert PlanChange.objects.get().what == "节点"
    assert plan_of(item).milestones.first().due == date(YEAR, 7, 31)


def test_what_was_opened_before_another_change_is_refused(office, item):
    old = stamp(item)
    change(office, item, NOTHING, responsible_leader="王某某")
    with pytest.raises(ImportChangedError):
        edit_plan(
            by=office, item=item, data=exchange_of(item), approval=Approval(**WHY), version=old
        )


def test_nothing_changed_is_said(office, item):
    with pytest.raises(RefusedError, match="没有改动"):
        change(office, item)


def test_a_unit_that_does_not_exist_is_refused(office, item):
    with pytest.raises(RowFaultsError, match="单位名单中没有“县某局”"):
        change(office, item, lead_unit="县某局")


def test_the_wording_stays_as_printed(office, item):
    with pytest.raises(RefusedError, match="没有改动"):
        change(office, item, title="另一个内容", schedule="另一个安排")


def test_a_milestone_that_was_reported_cannot_go(office, county, item):
    may = Round.objects.create(county=county, as_of=date(YEAR, 5, 10))
    report = Report.objects.create(round=may, project=item.project)
    MilestoneMark.objects.create(report=report, milestone=item.milestones.first(), met=True)
    with pytest.raises(RefusedError, match="已有填报"):
        change(office, item, milestones=exchange_of(item)["milestones"][1:])
    assert MilestoneMark.objects.exists()


def a_mark(county, item, place=0):
    """Something reported of one milestone."""
    may = Round.objects.create(county=county, as_of=date(YEAR, 5, 10))
    report = Report.objects.create(round=may, project=item.project)
    stage = item.milestones.all()[place]
    return MilestoneMark.objects.create(report=report, milestone=stage, met=True, why="已完成50%")


def test_a_reported_milestone_is_moved_with_its_marks_and_keeps_what_it_was(office, county, item):
    mark = a_mark(county, item)
    stages = exchange_of(item)["milestones"]
    # Moved behind the other one, and called otherwise.
    stages[0] |= {"due": f"{YEAR}-12-10", "label": "12月上旬", "text": "完成50%"}
    with pytest.raises(UnapprovedError, match="已填报的节点"):
        change(office, item, NOTHING, origins=[0, 1], milestones=stages)
    change(office, item, origins=[0, 1], milestones=stages)
    found = plan_of(item)
    assert [(m.label, m.due.month) for m in found.milestones.all()] == [
        ("11月底前", 11),
        ("12月上旬", 12),
    ]
    mark.refresh_from_db()
    assert (mark.milestone.label, mark.met) == ("12月上旬", True)
    kept = PlanChange.objects.get()
    assert (kept.what, kept.major, kept.document) == ("节点", True, "苍政发〔2025〕3号")
    assert "6月底前（6月30日）" in kept.old
    assert "12月上旬（12月10日）" in kept.new


def test_a_milestone_before_a_reported_one_goes_and_the_marks_stay_where_they_were(
    office, county, item
):
    mark = a_mark(county, item, place=1)
    stages = exchange_of(item)["milestones"]
    change(office, item, NOTHING, origins=[1], milestones=stages[1:])
    mark.refresh_from_db()
    assert (mark.milestone.label, mark.milestone.order) == ("11月底前", 0)
    assert plan_of(item).milestones.count() == 1


def test_a_new_milestone_before_a_reported_one_does_not_take_its_marks(office, county, item):
    mark = a_mark(county, item)
    stages = exchange_of(item)["milestones"]
    new = stages[0] | {"due": f"{YEAR}-02-28", "label": "2月", "percent": 5}
    change(office, item, NOTHING, origins=[0, 1, None], milestones=[*stages, new])
    mark.refresh_from_db()
    assert (mark.milestone.label, mark.milestone.order) == ("6月底前", 1)
    assert [m.label for m in plan_of(item).milestones.all()] == ["2月", "6月底前", "11月底前"]


@pytest.mark.parametrize("origins", [[1], [7], [1, 1], [None]])
def test_a_reported_milestone_that_goes_is_refused_whatever_is_sent(office, county, item, origins):
    a_mark(county, item)
    stages = exchange_of(item)["milestones"][1:] * len(origins)
    with pytest.raises(RefusedError, match="已有填报，不能删去"):
        change(office, item, origins=origins, milestones=stages)
    assert MilestoneMark.objects.count() == 1


def test_the_page_says_what_of_a_reported_milestone_may_be_changed(
    office, county, item, client_for
):
    a_mark(county, item)
    client = client_for(office)
    response = client.get(address("item_edit", item))
    shown = BeautifulSoup(response.content, "html.parser")
    lines = shown.select(".import-stage-lines .import-form-line")
    assert ["已填报" in line.get_text() for line in lines] == [True, False, False, False]
    assert lines[0].select_one("input[name$=DELETE]") is None
    assert "填报的完成情况跟着节点不变" in shown.get_text()
    due = f"row{item.pk}-stages-0-due"
    sent = form_of(response) | {due: f"{YEAR}-07-31"}
    refused = client.post(address("item_edit", item), sent)
    assert refused.status_code == 422
    assert "已填报的节点" in faults(refused)
    assert form_of(refused)[due] == f"{YEAR}-07-31"
    assert client.post(address("item_edit", item), form_of(refused) | WHY).status_code == 302
    assert plan_of(item).milestones.first().due == date(YEAR, 7, 31)


def test_an_import_whose_items_were_changed_is_not_taken_back(office, imported, item):
    change(office, item, NOTHING, responsible_leader="王某某")
    assert "后来调整过计划" in undo_refusal(imported)


def address(name, item):
    return reverse(name, args=["330327", YEAR, "county", item.number])


def test_the_page_keeps_what_was_typed_and_shows_the_change_on_the_item(office, item, client_for):
    client = client_for(office)
    response = client.get(address("item_edit", item))
    assert "重大调整须报县人大常委会" in response.content.decode()
    sent = form_of(response) | {f"row{item.pk}-targets-0-target": "80"}
    refused = client.post(address("item_edit", item), sent)
    assert refused.status_code == 422
    assert "批准文号" in faults(refused)
    assert 'value="80"' in refused.content.decode()
    again = form_of(refused)
    assert again[f"row{item.pk}-targets-0-target"] == "80"
    assert client.post(address("item_edit", item), again | WHY).status_code == 302
    shown = BeautifulSoup(client.get(address("item", item)).content, "html.parser")
    words = shown.select_one("#plan-changes").get_text()
    assert "苍政发〔2025〕3号" in words
    assert "规划调整" in words


def test_a_plan_opened_before_another_change_is_a_conflict_on_the_page(office, item, client_for):
    client = client_for(office)
    sent = form_of(client.get(address("item_edit", item)))
    change(office, item, NOTHING, responsible_leader="王某某")
    response = client.post(address("item_edit", item), sent)
    assert response.status_code == 409
    assert "已被他人修改" in faults(response)


def test_an_adjusted_item_is_not_preselected_when_the_list_is_imported_again(office, county, item):
    change(office, item, indicators=targets(item, 90))
    (adjusted,) = compare(begin(office, county, *ROWS)).changed
    assert "后来调整过" in adjusted.warning


# -- Many at once ----------------------------------------------------------------------


def test_many_items_get_another_unit_and_their_projects_follow(office, imported, make_unit):
    new = make_unit("县发改局")
    items = ListItem.objects.select_related("project_list__county")
    count = change_many(by=office, items=items, field="lead_unit", new=new.name, reason="机构改革")
    assert count == 2
    told = {(i.lead_unit, i.lead_unit_printed, i.project.lead_unit) for i in items.all()}
    assert told == {(new, "县发改局", new)}
    assert PlanChange.objects.filter(what="牵头单位", reason="机构改革").count() == 2


def test_linked_items_follow_to_another_unit(office, county, imported, make_unit):
    make_unit("县发改局")
    plan = with_units(office, begin(office, county, *ROWS, level="city"))
    link = [f"{kind}-{pk}" for kind, pk in plan.links[0]["members"]]
    plan = decide_links(by=office, plan=plan, decisions={0: link}, version=plan.version)
    confirm_import(by=office, plan=plan, version=plan.version)
    one = ListItem.objects.select_related("project_list__county").get(
        number=1, project_list__level="county"
    )
    assert one.project.items.count() == 2
    assert change_many(by=office, items=[one], field="lead_unit", new="县发改局", reason="") == 2
    assert {i.lead_unit.name for i in one.project.items.all()} == {"县发改局"}


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"field": "lead_unit", "new": "县某局"}, "单位名单中没有“县某局”"),
        ({"field": "lead_unit", "new": ""}, "请填写“改为”"),
        ({"field": "title", "new": "甲"}, "请选择“改什么”"),
        ({"field": "responsible_leader", "new": "甲" * 31}, "姓名不超过30个字"),
    ],
)
def test_what_cannot_be_changed_of_many_is_told(office, item, client_for, sent, words):
    url = reverse("items_edit", args=["330327", YEAR])
    response = client_for(office).post(url, sent | {"item": [item.pk], "reason": "我写的"})
    assert response.status_code == 422
    assert words in faults(response)
    assert "我写的" in response.content.decode()


def test_the_page_for_many_lists_whom_one_asks_for(office, imported, client_for):
    url = reverse("items_edit", args=["330327", YEAR])
    shown = BeautifulSoup(client_for(office).get(f"{url}?who=县民政局").content, "html.parser")
    assert len(shown.select("input[name=item][checked]")) == 1
