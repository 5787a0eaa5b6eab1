"""Items of several lists become one piece of work by hand, and are parted again."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from livelihood.organisation.operations.audit import history
from progress.models import MilestoneMark, Reading, Report, Round
from progress.operations.item_links import (
    candidates,
    link_by_hand,
    links_stamp,
    of_the_unit,
    split_by_hand,
)
from progress.operations.plan_import import ImportChangedError
from progress.operations.reporting import RefusedError
from progress.operations.summary import judged_live
from progress.tests.test_import import ROWS, YEAR, confirmed
from progress.tests.test_import_pages import faults
from projects.models import Indicator, ListItem, PlanChange, Project

pytestmark = pytest.mark.django_db

CITY = (
    (1, "新增养老机构床位100张。", "11月底前完成100%。", "县民政局"),
    (2, "建设公园9个。", "11月底前完成100%。", "县住建局"),
    (3, "培训护理员50名，发放补贴。", "11月底前完成100%。", "县民政局"),
)


@pytest.fixture
def lists(office, county):
    confirmed(office, county, *ROWS)
    confirmed(office, county, *CITY, level="city")


def find(level, number):
    return ListItem.objects.select_related("project_list__county", "project", "lead_unit").get(
        project_list__level=level, number=number
    )


def link(by, item, other, **how):
    how = {"name": "", "note": "", "reason": "同一批床位"} | how
    version = how.pop("version", None) or links_stamp(of_the_unit(item))
    return link_by_hand(by=by, item=item, other=other.pk, version=version, **how)


def split(by, item):
    version = links_stamp(of_the_unit(item))
    return split_by_hand(by=by, item=item, reason="口径不同", version=version)


def reported(item, county, value=30, *, day=date(YEAR, 5, 10), state="closed"):
    """A figure and a mark reported of an item in a closed round."""
    told_in, _ = Round.objects.get_or_create(county=county, as_of=day, state=state)
    words = f"已完成{value}。"
    report = Report.objects.create(
        round=told_in, project=item.project, state="accepted", narrative=words
    )
    indicator = item.targets.get().indicator
    Reading.objects.create(report=report, indicator=indicator, value=value, basis="derived")
    MilestoneMark.objects.create(report=report, milestone=item.milestones.last(), met=False)
    return told_in


def standings(told_in):
    """What is judged of every item of a round, with its words."""
    rounds = list(Round.objects.filter(county=told_in.county))
    return {
        (s.item.level, s.item.number): (
            s.standing.actual_percent,
            s.standing.status,
            s.standing.milestones_overdue,
            s.narrative,
        )
        for s in judged_live(told_in, rounds)
    }


def test_items_of_the_same_unit_are_offered_the_likeliest_first(lists):
    item = find("county", 1)
    first, second = candidates(item, of_the_unit(item))
    assert (first.item, second.item) == (find("city", 1), find("city", 3))
    assert "牵头单位都是县民政局" in first.why
    assert second.why == ""


def test_linked_items_are_one_project_with_one_figure_and_say_so(office, county, lists):
    item, other = find("county", 1), find("city", 1)
    version = county.data_version
    link(office, item, other, name="养老床位", note="市级只计机构")
    item, other = find("county", 1), find("city", 1)
    assert item.project == other.project
    assert (item.project.name, item.project.note) == ("养老床位", "市级只计机构")
    assert item.targets.get().indicator == other.targets.get().indicator
    assert Project.objects.count() == 4
    kept = item.plan_changes.get()
    assert (kept.what, kept.old, kept.new) == ("同一事项", "单独的事项", "与市级第1项")
    assert (kept.reason, kept.by) == ("同一批床位", office)
    assert other.plan_changes.get().new == "与县级第1项"
    assert history(item, 1)[0][2] == "调整同一事项：与市级第1项"
    county.refresh_from_db()
    assert county.data_version > version


def test_parted_items_are_two_projects_with_figures_of_their_own_again(office, county, lists):
    link(office, find("county", 1), find("city", 1))
    split(office, find("city", 1))
    item, other = find("county", 1), find("city", 1)
    assert item.project != other.project
    assert item.targets.get().indicator != other.targets.get().indicator
    assert other.targets.get().indicator.project == other.project
    assert other.plan_changes.first().new == "单独的事项"
    assert item.plan_changes.first().old == "与市级第1项"
    assert Indicator.objects.filter(targets=None).count() == 0


def test_a_third_item_joins_the_others(office, lists):
    link(office, find("county", 1), find("city", 1))
    link(office, find("city", 3), find("county", 1))
    told = find("city", 3).plan_changes.get().new
    assert told == "与县级第1项、市级第1项"
    assert find("city", 3).project == find("county", 1).project
    split(office, find("county", 1))
    assert find("city", 3).project == find("city", 1).project
    assert find("county", 1).project.items.count() == 1


@pytest.mark.parametrize("turned", [False, True])
def test_what_was_reported_of_one_holds_for_the_linked_items(office, county, lists, turned):
    item, other = find("county", 1), find("city", 1)
    reported(other, county)
    link(office, *((other, item) if turned else (item, other)))
    item, other = find("county", 1), find("city", 1)
    assert item.project.reports.get().readings.get().value == 30
    assert item.targets.get().indicator == other.targets.get().indicator


@pytest.mark.parametrize("turned", [False, True])
def test_what_was_reported_of_both_stays_on_each_list(office, county, lists, turned):
    item, other = find("county", 1), find("city", 1)
    told_in = reported(item, county, 30)
    reported(other, county, 45)
    before = standings(told_in)
    assert {before["county", 1][0], before["city", 1][0]} == {30, 45}
    link(office, *((other, item) if turned else (item, other)))
    assert find("county", 1).project == find("city", 1).project
    assert find("county", 1).project.reports.count() == 1
    assert standings(told_in) == before
    # And parted again, each has its own.
    split(office, find("city", 1))
    assert find("county", 1).project.reports.get() != find("city", 1).project.reports.get()
    assert standings(told_in) == before
    assert find("city", 1).project.reports.get().readings.get().value == 45
    assert not Indicator.objects.filter(targets=None).exists()


def test_two_that_are_being_reported_are_not_linked(office, county, lists):
    item, other = find("county", 1), find("city", 1)
    reported(item, county)
    reported(other, county)
    Round.objects.update(state="open")
    offered = {one.item: one.refused for one in candidates(item, of_the_unit(item))}
    assert "还没有截止" in offered[other]
    assert offered[find("city", 3)] == ""
    with pytest.raises(RefusedError, match="还没有截止"):
        link(office, item, other)
    assert not PlanChange.objects.exists()


def test_two_that_were_reported_in_other_rounds_are_not_linked(office, county, lists):
    item, other = find("county", 1), find("city", 1)
    reported(item, county)
    reported(other, county, day=date(YEAR, 6, 10))
    with pytest.raises(RefusedError, match="期次不同"):
        link(office, item, other)


def test_what_is_being_reported_is_not_parted(office, county, lists):
    link(office, find("county", 1), find("city", 1))
    reported(find("county", 1), county)
    Round.objects.update(state="open")
    with pytest.raises(RefusedError, match="还没有截止"):
        split(office, find("county", 1))
    assert find("county", 1).project == find("city", 1).project


def test_items_of_another_unit_are_not_linked(office, lists):
    with pytest.raises(RefusedError, match="同一牵头单位"):
        link(office, find("county", 1), find("city", 2))


def test_an_item_that_stands_alone_is_not_parted(office, lists):
    with pytest.raises(RefusedError, match="不用拆开"):
        split(office, find("county", 1))


def test_what_somebody_linked_meanwhile_is_told(office, lists):
    item = find("county", 1)
    old = links_stamp(of_the_unit(item))
    link(office, find("city", 1), find("city", 3))
    with pytest.raises(ImportChangedError):
        link(office, item, find("city", 1), version=old)
    assert find("county", 1).project.items.count() == 1


# -- The page --------------------------------------------------------------------------


def page(item):
    level = item.project_list.level
    return reverse("item_link", args=["330327", YEAR, level, item.number])


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def sent_to(response, action, **values):
    form = soup(response).select_one(f"input[value={action}]").find_parent("form")
    hidden = {i["name"]: i["value"] for i in form.select("input[type=hidden]")}
    return {k: v for k, v in hidden.items() if k != "csrfmiddlewaretoken"} | values


def test_the_page_links_and_parts(office, lists, client_for):
    client, item, other = client_for(office), find("county", 1), find("city", 1)
    opened = client.get(page(item))
    assert "现在单独作为一个事项填报" in opened.content.decode()
    sent = sent_to(opened, "link", other=other.pk, reason="同一批床位")
    assert client.post(page(item), sent).url == item.get_absolute_url()
    shown = soup(client.get(item.get_absolute_url()))
    assert "市级第1项" in shown.select_one("#siblings").get_text()
    assert "同一批床位" in shown.select_one("#plan-changes").get_text()
    opened = client.get(page(item))
    sent = sent_to(opened, "split", reason="口径不同")
    assert client.post(page(item), sent).status_code == 302
    assert not find("county", 1).project.items.exclude(pk=item.pk).exists()


def test_where_nothing_can_be_linked_now_the_page_says_why_and_offers_no_form(
    office, county, lists, client_for
):
    item = find("county", 1)
    for one in of_the_unit(item):
        reported(one, county)
    Round.objects.update(state="open")
    response = client_for(office).get(page(item))
    assert soup(response).select_one("input[name=action][value=link]") is None
    seen = soup(response).get_text()
    assert "现在不能关联" in seen
    assert "还没有截止" in seen


def test_the_page_keeps_what_was_typed_and_says_what_is_missing(office, lists, client_for):
    client, item, other = client_for(office), find("county", 1), find("city", 1)
    sent = sent_to(client.get(page(item)), "link", other=other.pk, name="养老床位", reason="")
    response = client.post(page(item), sent)
    assert response.status_code == 422
    assert "请填写“原因”" in faults(response)
    shown = soup(response)
    assert shown.select_one("input[name=name]")["value"] == "养老床位"
    assert shown.select_one("input[name=other][checked]")["value"] == str(other.pk)
    response = client.post(page(item), sent_to(response, "link", reason="为何"))
    assert "请选择一个条目" in faults(response)


def test_the_page_tells_of_a_conflict_and_can_be_sent_again(office, lists, client_for):
    client, item, other = client_for(office), find("county", 1), find("city", 1)
    sent = sent_to(client.get(page(item)), "link", other=other.pk, reason="同一批床位")
    link(office, find("city", 1), find("city", 3))
    response = client.post(page(item), sent)
    assert response.status_code == 409
    assert "已被他人关联或拆开" in faults(response)
    again = sent_to(response, "link", other=other.pk, reason="同一批床位")
    assert client.post(page(item), again).status_code == 302
    assert find("county", 1).project.items.count() == 3


def test_nonsense_is_no_server_error(office, lists, client_for):
    client, item = client_for(office), find("county", 1)
    for sent in ({}, {"action": "split"}, {"other": "9" * 40, "reason": "x", "version": "1"},
                 {"other": "x", "version": "y", "reason": "z" * 400}):  # fmt: skip
        assert client.post(page(item), sent).status_code in (409, 422)


def test_the_page_asks_a_fixed_number_of_queries(office, county, lists, client_for):
    client = client_for(office)
    client.get(page(find("county", 1)))
    counts = []
    for more in (0, 20):
        rows = [(n, f"新增床位{n}张。", "年内完成。", "县民政局") for n in range(10, 10 + more)]
        if rows:
            confirmed(office, county, *rows, level="province")
        counts.append(queries_of(client, page(find("county", 1))))
    assert counts[1] <= counts[0] + 1


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)
