"""Logging in and out, and the lock after wrong passwords."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from bs4 import BeautifulSoup
from django.db.models import F
from django.test import Client
from django.urls import reverse

from livelihood.organisation.operations.people import reset_password
from livelihood.testing import PASSWORD


def log_in(client, user, password=PASSWORD, **query):
    return client.post(
        reverse("login", query=query), {"username": user.username, "password": password}
    )


def is_logged_in(client):
    return client.get(reverse("password_change")).status_code == 200


def test_the_login_page_is_open_and_says_what_must_not_be_entered(client, db):
    response = client.get(reverse("login"))
    page = BeautifulSoup(response.content, "html.parser")
    assert response.status_code == 200
    assert [h1.text for h1 in page.find_all("h1")] == ["民生实事进展"]
    assert "非涉密系统，严禁处理涉密信息" in page.main.text
    assert "no-store" in response["Cache-Control"]


def test_the_right_password_opens_the_home_page(client, office):
    response = log_in(client, office)
    assert (response.status_code, response["Location"]) == (302, reverse("home"))
    assert is_logged_in(client)


def test_after_the_login_comes_the_page_that_was_asked_for(client, administrator):
    asked = client.get(reverse("people", query={"role": "office"}))
    assert asked["Location"].startswith(f"{reverse('login')}?next=")
    response = client.post(
        asked["Location"], {"username": administrator.username, "password": PASSWORD}
    )
    assert response["Location"] == reverse("people", query={"role": "office"})


@pytest.mark.parametrize("address", ["https://example.com/", "//example.com/", "javascript:1"])
def test_the_login_never_leads_to_another_server(client, office, address):
    assert log_in(client, office, next=address)["Location"] == reverse("home")


def test_a_wrong_password_is_told_in_chinese_and_the_username_is_kept(client, office):
    response = log_in(client, office, password="wrong")
    page = BeautifulSoup(response.content, "html.parser")
    assert response.status_code == 422
    assert "用户名或密码不正确" in page.select_one(".error-summary").text
    assert page.select_one("[name=username]")["value"] == office.username
    assert not page.select_one("[name=password]").has_attr("value")
    assert not is_logged_in(client)


def test_an_unknown_name_is_answered_like_a_wrong_password(client, office):
    known = log_in(client, office, password="wrong")
    unknown = client.post(reverse("login"), {"username": "nobody", "password": "wrong"})
    assert unknown.status_code == known.status_code
    assert unknown.context["form"].errors == known.context["form"].errors


def test_empty_fields_are_named_and_linked(client, db):
    response = client.post(reverse("login"), {"username": "", "password": ""})
    page = BeautifulSoup(response.content, "html.parser")
    links = {link["href"]: link.text for link in page.select(".error-summary a")}
    assert links == {"#id_username": "请填写用户名。", "#id_password": "请填写密码。"}
    assert {error["id"] for error in page.select(".field-error")} == {
        "id_username_error",
        "id_password_error",
    }


def test_a_deactivated_person_cannot_log_in(client, office):
    office.is_active = False
    office.save()
    assert log_in(client, office).status_code == 422
    assert not is_logged_in(client)


def test_five_wrong_passwords_lock_the_account_and_the_page_says_for_how_long(client, office):
    for _ in range(4):
        assert log_in(client, office, password="wrong").status_code == 422
    response = log_in(client, office, password="wrong")
    assert response.status_code == 429
    page = BeautifulSoup(response.content, "html.parser")
    assert page.h1.text == "账号已锁定"
    assert "锁定5分钟" in page.main.text
    assert office.username in page.main.text


def test_while_locked_the_right_password_does_not_help_wherever_it_comes_from(client, office):
    lock(client, office)
    elsewhere = Client(REMOTE_ADDR="127.0.0.9", HTTP_USER_AGENT="another browser")
    assert log_in(elsewhere, office).status_code == 429
    assert not is_logged_in(elsewhere)


def test_others_log_in_while_one_account_is_locked(client, office, supervisor):
    lock(client, office)
    assert log_in(client, supervisor).status_code == 302


def test_after_five_minutes_the_lock_is_lifted(client, office):
    lock(client, office)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=5, seconds=1))
    assert log_in(client, office).status_code == 302


def test_an_administrator_lifts_the_lock_by_resetting_the_password(client, office, administrator):
    lock(client, office)
    password = reset_password(by=administrator, person=office)
    assert log_in(client, office, password=password).status_code == 302


def test_success_forgets_earlier_failures(client, office):
    for _ in range(2):
        for _ in range(4):
            log_in(client, office, password="wrong")
        assert log_in(client, office).status_code == 302


def test_who_is_logged_in_does_not_see_the_login_page(client_for, office):
    response = client_for(office).get(reverse("login"))
    assert (response.status_code, response["Location"]) == (302, reverse("home"))


def test_logging_out_takes_a_form_and_ends_the_session(client_for, office):
    client = client_for(office)
    assert client.get(reverse("logout")).status_code == 405
    assert is_logged_in(client)
    response = client.post(reverse("logout"))
    assert (response.status_code, response["Location"]) == (302, reverse("login"))
    assert not is_logged_in(client)


def test_logging_out_without_a_session_leads_to_the_login_and_not_back_here(client, db):
    assert client.post(reverse("logout"))["Location"] == reverse("login")


def lock(client, user):
    """Wrong passwords until the account is locked."""
    for _ in range(5):
        response = log_in(client, user, password="wrong")
    assert response.status_code == 429


def test_where_https_is_demanded_no_password_is_asked_for_in_the_clear(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    response = client.get(reverse("login"))
    assert (response.status_code, response["Location"]) == (301, "https://testserver/login/")
    assert b"password" not in response.content
