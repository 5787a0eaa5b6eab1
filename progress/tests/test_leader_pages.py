"""责任领导: the items by responsible leader; persons are listed and never ranked."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from projects.models import ListItem

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
XIANGSHAN = ["330225", 2024]
LEADERS = reverse("leaders", args=XIANGSHAN)


def leader_url(name, place=XIANGSHAN):
    return reverse("leader", args=[*place, name])


def page_of(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


@pytest.fixture
def xiangshan(corpus, foreign_office, client_for):
    return client_for(foreign_office)


@pytest.fixture
def client(corpus, office, client_for):
    return client_for(office)


def named(client, url):
    return [words(cell) for cell in page_of(client, url).select("table.data tbody td.main")]


def test_leaders_stand_in_the_order_of_the_lists(xiangshan):
    assert named(xiangshan, LEADERS) == [
        "胡颖磊",
        "潘多",
        "钮晶莹",
        "吴志辉",
        "周坚栋",
        "石赟甲",
        "史建立",
        "卢小兵",
    ]
    assert "8位责任领导，按清单中出现的先后排列" in words(page_of(xiangshan, LEADERS))


def test_what_is_behind_does_not_change_the_order_of_persons(client):
    url = reverse("leaders", args=CANGNAN)
    items = ListItem.objects.filter(project_list__county__code="330327")
    items.filter(project_list__level="province", number__lte=2).update(responsible_leader="甲")
    # Provincial 3 and 43 are behind.
    items.filter(project_list__level="province", number__in=[3, 43]).update(responsible_leader="乙")
    page = page_of(client, url)
    rows = [[words(cell) for cell in row.select("td")] for row in page.select("tbody tr")]
    assert [(row[0], row[1], row[5]) for row in rows] == [("甲", "2", "0"), ("乙", "2", "2")]
    assert "另有149个条目没有写明责任领导" in words(page)
    late = page.select("tbody tr")[1].select("td")[5].a["href"]
    assert len(page_of(client, late).select("table.items tbody td.main")) == 2


def test_lists_that_name_no_leader_say_so_and_show_the_way_to_the_units(client):
    page = page_of(client, reverse("leaders", args=CANGNAN))
    empty = page.select_one(".empty")
    assert "苍南县2023年的清单没有写明责任领导" in words(empty)
    assert empty.a["href"] == reverse("units", args=CANGNAN)


def test_one_leader_has_items_units_and_milestones(xiangshan):
    page = page_of(xiangshan, f"{leader_url('周坚栋')}?as_of=2024-05-20")
    assert words(page.h1) == "周坚栋2024年负责的条目"
    said = words(page.select_one(".panel-lead"))
    assert "截至2024年5月20日，共8个条目：尚无进展8项。" in said
    assert "牵头单位： 县住建局 、 县交通运输局 。" in said
    assert len(page.select_one("table.data").select("tbody tr")) == 8
    assert "县级第15项 ★新开工改造城镇老旧小区3个。" in words(page)
    assert "在2024年5月20日起30天内到期" in words(page.find(id="due"))


def test_a_name_that_no_list_has_is_not_found(client, xiangshan):
    assert xiangshan.get(leader_url("绝无此人")).status_code == 404
    assert client.get(leader_url("周坚栋", CANGNAN)).status_code == 404
    assert client.get(leader_url("周坚栋")).status_code == 404, "of a county not one's own"


def test_a_lead_unit_sees_only_its_own_items_under_a_leader(
    corpus, make_user, foreign_office, client_for
):
    unit = foreign_office.unit.region.units.get(name="县交通运输局")
    client = client_for(make_user("lead_unit", unit))
    assert named(client, LEADERS) == ["周坚栋"]
    page = page_of(client, leader_url("周坚栋"))
    assert [words(cell.a) for cell in page.select("table.data")[0].select("td.main")] == [
        "县级第25项"
    ]
    assert client.get(leader_url("胡颖磊")).status_code == 404
