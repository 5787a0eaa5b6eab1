"""Looking after people: the list, adding, changing, passwords, switching off and on."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.access import Role
from livelihood.organisation.models import LogEntry, User
from livelihood.organisation.operations.people import version_of
from livelihood.testing import PASSWORD, create_region, create_unit, written


@pytest.fixture
def admin_client(client_for, administrator):
    return client_for(administrator)


@pytest.fixture
def other_administrator(make_unit, make_user):
    return make_user(Role.ADMINISTRATOR, make_unit("县府办"))


def see(response):
    return BeautifulSoup(response.content, "html.parser")


def values(person, **changed):
    """What the form of ``person`` sends, with some values changed."""
    return {
        "name": person.name,
        "username": person.username,
        "unit": person.unit_id or "",
        "role": person.role,
        "phone": person.phone,
        "version": version_of(person),
        **changed,
    }


def new_person(unit, /, **changed):
    return {
        "name": "吴敏",
        "username": "wumin",
        "unit": unit.pk,
        "role": "lead_unit",
        "phone": "0577-64781234",
        **changed,
    }


def errors(response):
    """The sentences at the fields, by field."""
    return {
        error["id"].removeprefix("id_").removesuffix("_error"): error.text.strip()
        for error in see(response).select(".field-error")
    }


def summary(response):
    return see(response).select_one(".error-summary").text


def log_in(person, password):
    """The answer to a login as ``person``."""
    client = Client()
    return client.post(reverse("login"), {"username": person.username, "password": password})


# -- Who may -------------------------------------------------------------------------

PAGES = ["people", "person_add", "person", "person_password", "person_deactivate"]
PAGES = [*PAGES, "person_activate"]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", ["office", "supervisor", "reporter"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_administrators_look_after_people(request, client_for, office, name, role, method):
    person = request.getfixturevalue(role)
    arguments = [] if name in ("people", "person_add") else [office.pk]
    response = getattr(client_for(person), method)(reverse(name, args=arguments))
    assert response.status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_without_login_every_page_of_people_leads_to_the_login(client, office, name):
    arguments = [] if name in ("people", "person_add") else [office.pk]
    response = client.get(reverse(name, args=arguments))
    assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("login"))


@pytest.mark.parametrize("name", PAGES)
def test_an_administrator_opens_every_page_of_people(admin_client, office, name):
    arguments = [] if name in ("people", "person_add") else [office.pk]
    response = admin_client.get(reverse(name, args=arguments))
    assert response.status_code == 200
    assert len(see(response).find_all("h1")) == 1
    assert "None" not in response.content.decode()


@pytest.mark.parametrize("name", PAGES[2:])
@pytest.mark.parametrize("method", ["get", "post"])
def test_people_of_another_county_do_not_exist(admin_client, foreign_office, name, method):
    address = reverse(name, args=[foreign_office.pk])
    assert getattr(admin_client, method)(address).status_code == 404
    foreign_office.refresh_from_db()
    assert foreign_office.is_active
    assert foreign_office.check_password(PASSWORD)


@pytest.mark.parametrize("number", [0, 10**6, 10**30])
def test_people_who_never_were_are_not_found(admin_client, number):
    assert admin_client.get(f"/people/{number}/").status_code == 404


def test_a_superuser_is_out_of_reach_of_other_administrators(admin_client, make_unit):
    superuser = User.objects.create_superuser("root", name="超级用户", unit=make_unit("县府办"))
    assert admin_client.get(reverse("person", args=[superuser.pk])).status_code == 404
    assert "超级用户" not in admin_client.get(reverse("people")).content.decode()


# -- The list ------------------------------------------------------------------------


def names(response):
    return [cell.text for cell in see(response).select("td.main")]


def test_the_list_shows_everybody_below_by_unit(
    admin_client, county, office, reporter, other_reporter, foreign_office, make_user
):
    township = create_region("330327100", "灵溪镇", "township", county)
    below = make_user(Role.LEAD_UNIT, create_unit(township, "镇政府"))
    response = admin_client.get(reverse("people"))
    assert names(response) == ["周文斌", "林晓明", "黄丽萍", "杨志强", below.name]
    groups = [group.text.strip() for group in see(response).select("tr.group")]
    assert groups == ["县府办", "县教育局", "县卫健局", "镇政府灵溪镇"]
    assert "共5人" in see(response).select_one(".showing").text


def test_the_list_tells_the_state_of_every_account(admin_client, office, reporter, supervisor):
    long_ago = timezone.now() - timedelta(days=91)
    User.objects.filter(pk=office.pk).update(last_login=long_ago)
    User.objects.filter(pk=reporter.pk).update(is_active=False, last_login=long_ago)
    User.objects.filter(pk=supervisor.pk).update(must_change_password=True, date_joined=long_ago)
    rows = {
        row.select_one(".main").text: [tag.text for tag in row.select(".tag")]
        for row in see(admin_client.get(reverse("people"))).select("tbody tr:not(.group)")
    }
    assert rows == {
        "周文斌": ["在用"],
        "林晓明": ["在用", "90天未登录"],
        "黄丽萍": ["已停用"],
        "陈建国": ["未改初始密码", "90天未登录"],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "晓明"}, ["林晓明"]),
        ({"q": "REPORTER"}, ["黄丽萍"]),
        ({"role": "lead_unit"}, ["黄丽萍"]),
        ({"state": "dormant"}, ["林晓明"]),
        ({"state": "off"}, ["黄丽萍"]),
        ({"state": "active", "role": "office"}, ["林晓明"]),
        ({"state": "initial"}, []),
    ],
)
def test_the_list_can_be_narrowed(admin_client, office, reporter, query, found):
    User.objects.filter(pk=office.pk).update(last_login=timezone.now() - timedelta(days=91))
    User.objects.filter(pk=reporter.pk).update(is_active=False)
    response = admin_client.get(reverse("people", query=query))
    assert names(response) == found
    if not found:
        assert "没有符合条件的人员" in see(response).select_one(".empty").text


@pytest.mark.parametrize(
    "query", [{"role": "king"}, {"state": "x"}, {"page": "x"}, {"page": "99"}, {"q": "\0"}]
)
def test_nonsense_in_the_address_shows_the_nearest_sensible_list(admin_client, query):
    response = admin_client.get(reverse("people", query=query))
    assert response.status_code == 200
    assert names(response) == ["周文斌"]


def test_a_long_list_has_pages_that_keep_the_conditions(admin_client, make_unit):
    unit = make_unit("县府办")
    User.objects.bulk_create(
        User(username=f"p{n}", name=f"某{n}", unit=unit, role=Role.OFFICE) for n in range(101)
    )
    first = admin_client.get(reverse("people", query={"q": "某"}))
    assert "符合条件的101人，第1页，共2页" in see(first).select_one(".showing").text
    following = see(first).select_one(".pager a")["href"]
    assert len(names(admin_client.get(reverse("people") + following))) == 1


@pytest.mark.parametrize("count", [3, 30])
def test_the_list_takes_the_same_few_queries_for_many_people(
    admin_client, make_unit, django_assert_num_queries, count
):
    User.objects.bulk_create(
        User(username=f"p{n}", name=f"某{n}", unit=make_unit(f"局{n}"), role=Role.OFFICE)
        for n in range(count)
    )
    admin_client.get(reverse("people"))
    # The session, the person, the number of people, the people; the county of the menu.
    with django_assert_num_queries(6):
        response = admin_client.get(reverse("people"))
    assert len(names(response)) == count + 1


# -- Adding --------------------------------------------------------------------------


def test_a_new_person_gets_an_initial_password_that_is_shown_once(admin_client, make_unit):
    response = admin_client.post(reverse("person_add"), new_person(make_unit("县教育局")))
    page = see(response)
    password = page.select_one("#initial-password").text
    assert page.h1.text == "已新增“吴敏”"
    assert "no-store" in response["Cache-Control"]
    person = User.objects.get(username="wumin")
    assert person.must_change_password
    assert person.check_password(password)
    assert password not in admin_client.get(reverse("person", args=[person.pk])).content.decode()


def test_with_the_initial_password_one_gets_no_further_than_a_new_one(admin_client, make_unit):
    response = admin_client.post(reverse("person_add"), new_person(make_unit("县教育局")))
    client = Client()
    client.post(
        reverse("login"),
        {"username": "wumin", "password": see(response).select_one("#initial-password").text},
    )
    assert client.get(reverse("home"))["Location"] == reverse("password_change")


def test_an_empty_form_names_every_missing_value(admin_client):
    response = admin_client.post(reverse("person_add"), {})
    assert response.status_code == 422
    assert errors(response) == {
        "name": "请填写姓名。",
        "username": "请填写用户名。",
        "unit": "请选择单位。",
        "role": "请选择角色。",
    }
    assert [link["href"] for link in see(response).select(".error-summary a")] == [
        "#id_name",
        "#id_username",
        "#id_unit",
        "#id_role",
    ]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "某" * 31, "姓名不超过30个字。"),
        ("username", "wu min", "用户名只能用字母"),
        ("username", "w" * 31, "用户名不超过30个字符。"),
        ("username", "ADMINISTRATOR", "这个用户名已有人使用"),
        ("unit", "999999", "请从名单中选择单位。"),
        ("unit", "x", "请从名单中选择单位。"),
        ("role", "king", "请从所列角色中选择。"),
        ("phone", "call me", "电话只能用数字"),
    ],
)
def test_a_wrong_value_is_told_at_its_field_and_everything_typed_is_kept(
    admin_client, make_unit, field, value, sentence
):
    sent = new_person(make_unit("县教育局"), **{field: value})
    response = admin_client.post(reverse("person_add"), sent)
    assert response.status_code == 422
    assert sentence in errors(response)[field]
    assert sentence in summary(response)
    typed = {name: see(response).select_one(f"[name={name}]") for name in ("name", "username")}
    assert {name: element["value"] for name, element in typed.items()} == {
        "name": sent["name"],
        "username": sent["username"],
    }
    assert not User.objects.filter(name="吴敏").exists()


def test_nobody_is_added_to_a_unit_of_another_county(admin_client, foreign_office):
    response = admin_client.post(reverse("person_add"), new_person(foreign_office.unit))
    assert errors(response) == {"unit": "请从名单中选择单位。"}


def test_only_who_stands_outside_every_unit_may_place_others_there(client_for, make_user):
    client = client_for(make_user(Role.ADMINISTRATOR, None))
    sent = {"name": "吴敏", "username": "wumin", "unit": "", "phone": ""}
    response = client.post(reverse("person_add"), {**sent, "role": "office"})
    assert errors(response) == {"unit": "除系统管理员外，每个人都要属于一个单位。"}
    client.post(reverse("person_add"), {**sent, "role": "administrator"})
    assert User.objects.get(username="wumin").unit is None


# -- Changing ------------------------------------------------------------------------


def test_a_change_is_saved_and_told(admin_client, office, make_unit):
    address = reverse("person", args=[office.pk])
    unit = make_unit("县司法局")
    sent = values(office, name="林晓鸣", unit=unit.pk, role="supervisor")
    response = admin_client.post(address, sent, follow=True)
    assert "“林晓鸣”的资料已保存。" in see(response).select_one(".alert").text
    office.refresh_from_db()
    assert (office.name, office.unit, office.role) == ("林晓鸣", unit, Role.SUPERVISOR)


def test_a_wrong_change_is_refused_and_kept_on_the_page(admin_client, office, reporter):
    sent = values(office, username="reporter", phone="1234")
    response = admin_client.post(reverse("person", args=[office.pk]), sent)
    assert response.status_code == 422
    assert "已有人使用" in errors(response)["username"]
    assert see(response).select_one("[name=phone]")["value"] == "1234"
    assert see(response).h1.text == "林晓明"


def test_two_administrators_do_not_silently_overwrite_each_other(
    client_for, administrator, other_administrator, office
):
    address = reverse("person", args=[office.pk])
    first, second = client_for(administrator), client_for(other_administrator)
    opened_by_both = values(office)
    first.post(address, {**opened_by_both, "phone": "1111"})
    response = second.post(address, {**opened_by_both, "phone": "2222", "name": "林小明"})
    assert response.status_code == 409
    assert "“林晓明”的资料在您打开之后已被他人修改" in summary(response)
    rows = [
        [cell.text for cell in row.select("td")]
        for row in see(response).select(".callout tbody tr")
    ]
    assert rows == [["姓名", "林晓明", "林小明"], ["办公电话", "1111", "2222"]]
    office.refresh_from_db()
    assert (office.name, office.phone) == ("林晓明", "1111")

    # What was typed stands in the form; sent again, it holds.
    form = see(response).select_one("main form")
    again = {field["name"]: field.get("value", "") for field in form.select("input[type=text]")}
    assert again["phone"] == "2222"
    again["version"] = form.select_one("[name=version]")["value"]
    again |= {"unit": office.unit_id, "role": office.role}
    assert second.post(address, again).status_code == 302
    office.refresh_from_db()
    assert (office.name, office.phone) == ("林小明", "2222")


@pytest.mark.parametrize("version", ["", "0", "x" * 500])
def test_a_form_without_its_version_changes_nothing(admin_client, office, version):
    sent = values(office, name="某人", version=version)
    assert admin_client.post(reverse("person", args=[office.pk]), sent).status_code == 409
    office.refresh_from_db()
    assert office.name == "林晓明"


def test_nobody_changes_their_own_unit_and_role(admin_client, administrator, make_unit):
    address = reverse("person", args=[administrator.pk])
    page = see(admin_client.get(address))
    assert page.select_one("[name=unit]").has_attr("disabled")
    sent = values(administrator, role="office", unit=make_unit("县教育局").pk, phone="1234")
    assert admin_client.post(address, sent).status_code == 302
    administrator.refresh_from_db()
    assert (administrator.role, administrator.unit.name) == (Role.ADMINISTRATOR, "县府办")
    assert administrator.phone == "1234"


# -- Passwords -----------------------------------------------------------------------


def test_resetting_asks_first_and_says_what_is_lost(admin_client, office):
    page = see(admin_client.get(reverse("person_password", args=[office.pk])))
    assert "尚未保存的内容会丢失" in page.main.text
    office.refresh_from_db()
    assert office.check_password(PASSWORD)


def test_a_reset_password_is_shown_once_and_has_to_be_changed(admin_client, office):
    response = admin_client.post(reverse("person_password", args=[office.pk]))
    password = see(response).select_one("#initial-password").text
    assert "no-store" in response["Cache-Control"]
    assert log_in(office, PASSWORD).status_code == 422
    assert log_in(office, password).status_code == 302
    office.refresh_from_db()
    assert office.must_change_password


def test_a_reset_ends_open_sessions(admin_client, client_for, office):
    client = client_for(office)
    assert client.get(reverse("password_change")).status_code == 200
    admin_client.post(reverse("person_password", args=[office.pk]))
    assert client.get(reverse("password_change"))["Location"].startswith(reverse("login"))


def test_the_own_password_is_changed_and_not_reset(admin_client, administrator):
    response = admin_client.post(reverse("person_password", args=[administrator.pk]))
    assert response.status_code == 409
    assert "修改密码" in summary(response)
    administrator.refresh_from_db()
    assert administrator.check_password(PASSWORD)


# -- Off and on ----------------------------------------------------------------------


def test_switching_off_asks_first(admin_client, office):
    response = admin_client.get(reverse("person_deactivate", args=[office.pk]))
    assert "不能再登录" in see(response).main.text
    office.refresh_from_db()
    assert office.is_active


def test_who_is_switched_off_is_out_at_once_and_cannot_come_back(admin_client, client_for, office):
    client = client_for(office)
    assert client.get(reverse("password_change")).status_code == 200
    response = admin_client.post(reverse("person_deactivate", args=[office.pk]), follow=True)
    assert "已停用“林晓明”的账号。" in see(response).select_one(".alert").text
    assert client.get(reverse("password_change"))["Location"].startswith(reverse("login"))
    assert log_in(office, PASSWORD).status_code == 422


def test_who_is_switched_on_again_logs_in_as_before(admin_client, office):
    admin_client.post(reverse("person_deactivate", args=[office.pk]))
    admin_client.post(reverse("person_activate", args=[office.pk]))
    assert log_in(office, PASSWORD).status_code == 302


def test_nobody_switches_themselves_off(admin_client, administrator):
    response = admin_client.post(reverse("person_deactivate", args=[administrator.pk]))
    assert response.status_code == 409
    assert "不能停用自己的账号" in summary(response)
    administrator.refresh_from_db()
    assert administrator.is_active


# -- The trail -----------------------------------------------------------------------


def test_every_change_stands_in_the_trail_with_who_old_and_new(
    admin_client, administrator, office, make_unit
):
    with written() as rows:
        admin_client.post(
            reverse("person", args=[office.pk]), values(office, phone="1234", role="supervisor")
        )
    (row,) = rows
    assert row.actor == administrator
    assert row.object_id == office.pk
    assert row.changes == {"role": ["office", "supervisor"], "phone": ["", "1234"]}
    assert row.remote_addr == "127.0.0.1"
    log = see(admin_client.get(reverse("person", args=[office.pk]))).select_one(".log").text
    assert "周文斌" in log
    assert "修改“林晓明”：角色由“县府办”改为“督查与领导”；办公电话由“无”改为“1234”。" in log


def test_one_action_leaves_one_row(admin_client, administrator, office, make_unit):
    unit = make_unit("县教育局")
    with written() as rows:
        admin_client.post(reverse("person_add"), new_person(unit))
        admin_client.post(reverse("person_password", args=[office.pk]))
        admin_client.post(reverse("person_deactivate", args=[office.pk]))
        admin_client.post(reverse("person_activate", args=[office.pk]))
    assert [row.summary for row in rows] == [
        "新增人员“吴敏”，县教育局，牵头单位。",
        "重置“林晓明”的密码。",
        "停用“林晓明”的账号。",
        "启用“林晓明”的账号。",
    ]
    assert {row.actor for row in rows} == {administrator}
    assert rows[2].changes == {"is_active": ["True", "False"]}


def test_neither_passwords_nor_their_hashes_stand_in_the_trail(admin_client, office, make_unit):
    pages = [
        admin_client.post(reverse("person_add"), new_person(make_unit("县教育局"))),
        admin_client.post(reverse("person_password", args=[office.pk])),
    ]
    trail = str(list(LogEntry.objects.values()))
    secrets = [see(page).select_one("#initial-password").text for page in pages]
    # Also no part of a hash: the library by itself would show the second half.
    secrets += [hashed[-10:] for hashed in User.objects.values_list("password", flat=True)]
    assert not [secret for secret in secrets if secret in trail]
