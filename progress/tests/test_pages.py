"""What holds for every page: sample data labelled, wrong addresses, queries, kept pages."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from progress.operations.kept_states import forget_states
from projects.models import ListItem

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]


def visible_text(html):
    page = BeautifulSoup(html, "html.parser")
    for hidden in page(["script", "style"]):
        hidden.decompose()
    return page.get_text(" ")


def test_what_is_made_up_is_labelled_wherever_it_shows(corpus, office, client_for):
    client = client_for(office)
    for name, arguments in (
        ("overview", []), ("items", []), ("item", ["province", 3]), ("about", None),
        ("units", []), ("unit", ["县教育局"]),
    ):  # fmt: skip
        url = reverse(name) if arguments is None else reverse(name, args=[*CANGNAN, *arguments])
        assert "示例数据" in visible_text(client.get(url).content), name


WRONG_ADDRESSES = [
    ("/330327/2023/?as_of=gestern", 200, "无法识别"),
    ("/330327/2023/?as_of=2023-02-30", 200, "无法识别"),
    ("/330327/2023/?as_of=2022-12-31", 200, "不在2023年度内"),
    ("/330327/2023/?as_of=", 200, "截至2023年4月10日"),
    ("/330327/2023/items/?level=galaxy", 200, "已忽略"),
    ("/330327/2023/items/?unit=999999", 200, "已忽略"),
    ("/330327/2023/items/?unit=%00", 200, "已忽略"),
    ("/330327/2023/items/?status=nonsense&flag=nonsense", 200, "已忽略"),
    ("/330327/2023/items/?sort=nonsense", 200, "显示全部153项"),
    ("/330327/2023/items/?sort=-title,,", 200, "显示全部153项"),
    ("/330327/2023/items/?cols=nonsense", 200, "显示全部153项"),
    ("/330327/2023/items/?page=abc&per_page=-1", 200, "显示全部153项"),
    ("/330327/2023/items/?leader=胡颖磊", 200, "已忽略"),
    ("/330327/2023/items/?q=%00", 200, "已忽略"),
    (f"/330327/2023/items/?q={'长' * 200}", 200, "已忽略"),
    ("/330327/2023/items/?q=绝无此词", 200, "没有符合条件的条目"),
    ("/330327/1999/", 404, "找不到这个页面"),
    ("/330327/20233/", 404, "找不到这个页面"),
    ("/000000/2023/", 404, "找不到这个页面"),
    ("/330327/2023/items/galaxy/1/", 404, "找不到这个页面"),
    ("/330327/2023/items/province/0/", 404, "找不到这个页面"),
    ("/330327/2023/items/province/99999999999999999999/", 404, "找不到这个页面"),
    ("/330327/2023/units/绝无此局/", 404, "找不到这个页面"),
    ("/330327/2023/leaders/绝无此人/", 404, "找不到这个页面"),
    ("/nirgends/", 404, "找不到这个页面"),
    ("/?place=nonsense", 200, "总览"),
]


@pytest.mark.parametrize(("url", "status", "words"), WRONG_ADDRESSES)
def test_a_wrong_address_gets_a_clear_page(url, status, words, corpus, office, client_for):
    response = client_for(office).get(url, follow=True)
    assert response.status_code == status
    assert words in visible_text(response.content)
    assert "Traceback" not in response.content.decode()


def queries_of(client, url):
    client.get(url)  # the first request of a client also fills what is cached for good
    forget_states()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url)
    assert response.status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", ["overview", "items", "units", "leaders"])
def test_a_page_costs_as_many_queries_for_30_items_as_for_300(name, corpus, office, client_for):
    client, url = client_for(office), reverse(name, args=CANGNAN)
    many = ListItem.objects.filter(project_list__county__code="330327")
    kept = list(many.values_list("pk", flat=True)[:30])
    for number, item in enumerate(many[:147], start=1001):
        copy_item(item, number)
    assert many.count() == 300
    at_300 = queries_of(client, url)
    many.exclude(pk__in=kept).delete()
    assert many.count() == 30
    assert queries_of(client, url) == at_300 == QUERIES[name]


def copy_item(item, number):
    """The same item once more, with its targets and milestones."""
    targets, milestones = list(item.targets.all()), list(item.milestones.all())
    item.pk, item.number = None, number
    item.save(force_insert=True)
    copies = {None: None}
    for target in targets:
        former, target.pk, target.item = target.pk, None, item
        target.save(force_insert=True)
        copies[former] = target
    for milestone in milestones:
        milestone.pk, milestone.item = None, item
        milestone.target = copies[milestone.target_id]
        milestone.save(force_insert=True)


# Session, person, county's version, unread notices, county, lists and rounds of
# the place, the choices of the chooser, the rules, and twelve for the items with all that was
# planned for and reported of them. 总览 also counts what waits: slips, declared completions.
QUERIES = {"overview": 20, "items": 18, "units": 18, "leaders": 18}


def test_an_unchanged_page_is_answered_with_304_until_something_changes(
    corpus, office, supervisor, county, client_for
):
    client, url = client_for(office), reverse("overview", args=CANGNAN)
    first = client.get(url)
    etag = first.headers["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    other = client_for(supervisor).get(url, headers={"If-None-Match": etag})
    assert other.status_code == 200, "another person has another page"
    later = client.get(f"{url}?as_of=2023-06-30", headers={"If-None-Match": etag})
    assert later.status_code == 200, "another date is another page"
    type(county).objects.filter(pk=county.pk).touch()
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_a_page_that_was_judged_before_is_not_judged_again_until_something_changes(
    corpus, office, county, client_for
):
    client, url = client_for(office), reverse("overview", args=CANGNAN)
    first = queries_of(client, url)
    with CaptureQueriesContext(connection) as again:
        client.get(url)
    assert len(again) == first - 10
    type(county).objects.filter(pk=county.pk).touch()
    with CaptureQueriesContext(connection) as after_a_change:
        client.get(url)
    assert len(after_a_change) == first


def test_what_is_kept_for_the_office_is_not_shown_to_a_reporter(
    corpus, office, reporter, client_for
):
    url = reverse("overview", args=CANGNAN)
    assert "我县" in client_for(office).get(url).content.decode()
    html = client_for(reporter).get(url).content.decode()
    assert "我县" not in html
    assert "2023年县教育局共承办" in html


@pytest.mark.parametrize("name", ["notices", "guide", "about"])
def test_a_page_of_no_county_keeps_the_menu_of_the_readers_own(
    name, corpus, office, reporter, administrator, client_for
):
    for person, whole in ((office, True), (reporter, False), (administrator, True)):
        page = client_for(person).get(reverse(name))
        menu = BeautifulSoup(page.content, "html.parser").select_one("nav[aria-label=主菜单]")
        links = {link.get_text(): link["href"] for link in menu.select("a")}
        assert links["催办督办"] == reverse("slips", args=CANGNAN)
        assert ("全市对比" in links) is whole
