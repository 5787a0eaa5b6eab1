"""What a reader sees when something goes wrong."""

import logging

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from livelihood.views import server_error

pytestmark = pytest.mark.urls("livelihood.tests.failing_urls")


def see(response):
    """The page: its heading and the text below it."""
    page = BeautifulSoup(response.content, "html.parser")
    assert len(page.find_all("h1")) == 1
    return page.h1.text, page.main.text


def test_a_wrong_address_is_answered_with_404_and_a_way_out(client_for, office):
    response = client_for(office).get("/no-such-page/")
    heading, text = see(response)
    assert (response.status_code, heading) == (404, "找不到这个页面")
    assert "从总览重新进入" in text
    assert f'href="{reverse("home")}"' in response.content.decode()


def test_a_wrong_address_without_login_says_as_much(client, db):
    response = client.get("/no-such-page/")
    assert (response.status_code, see(response)[0]) == (404, "找不到这个页面")
    assert f'href="{reverse("login")}"' in response.content.decode()


def test_what_a_role_may_not_do_is_answered_with_403_and_names_the_role(client_for, reporter):
    response = client_for(reporter).get("/denied/")
    heading, text = see(response)
    assert (response.status_code, heading) == (403, "没有权限")
    assert "黄丽萍" in text
    assert "牵头单位" in text


def test_without_login_403_asks_to_log_in(client, db):
    response = client.get("/denied/")
    assert (response.status_code, see(response)[0]) == (403, "请先登录")
    assert f'href="{reverse("login")}"' in response.content.decode()


def test_a_broken_request_is_answered_with_400(client, db):
    response = client.get("/suspicious/")
    assert (response.status_code, see(response)[0]) == (400, "请求有误")


def test_a_host_that_is_not_ours_is_answered_with_400(client, db):
    response = client.get("/", headers={"host": "example.com"})
    assert (response.status_code, see(response)[0]) == (400, "请求有误")


def test_our_own_fault_shows_a_number_that_stands_in_the_log(client_for, office, caplog):
    client = client_for(office)
    client.raise_request_exception = False
    with caplog.at_level(logging.ERROR, logger="livelihood.views"):
        response = client.get("/broken/")
    heading, text = see(response)
    assert (response.status_code, heading) == (500, "系统出错了")
    number = BeautifulSoup(response.content, "html.parser").select_one(".error-number").text
    logged = [record.getMessage() for record in caplog.records if number in record.getMessage()]
    assert logged == [f"error number {number}: GET /broken/"]
    assert "the secret of this fault" not in response.content.decode()
    assert "Traceback" not in text


def test_our_own_fault_is_told_without_the_database(rf, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "民生实事进展" in response.content.decode()


def test_a_form_that_lost_its_secret_is_answered_with_403_and_what_to_do(db):
    response = Client(enforce_csrf_checks=True).post(reverse("login"), {"username": "x"})
    heading, text = see(response)
    assert (response.status_code, heading) == (403, "页面已失效")
    assert "刷新后重新提交" in text


def test_an_address_that_only_takes_a_form_says_so(client_for, office):
    response = client_for(office).get(reverse("logout"))
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]
    assert "不能直接打开这个地址" in response.content.decode()
