"""An idle session ends; an initial password is changed before anything else."""

from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from livelihood.organisation import middleware

MINUTE = 60


@pytest.fixture
def clock(monkeypatch):
    """The middleware's clock, in seconds; a test sets ``clock.now``."""
    clock = SimpleNamespace(now=1_700_000_000)
    monkeypatch.setattr(middleware, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


@pytest.fixture
def admin_client(client_for, administrator, clock):
    """An administrator who has just opened a page."""
    client = client_for(administrator)
    assert client.get(reverse("people")).status_code == 200
    return client


def test_after_half_an_hour_without_a_click_one_logs_in_again(admin_client, clock):
    clock.now += 30 * MINUTE + 1
    response = admin_client.get(reverse("people", query={"q": "林"}))
    address, query = response["Location"].split("?")
    assert address == reverse("login")
    assert parse_qs(query) == {"next": [reverse("people", query={"q": "林"})]}
    assert "30分钟没有操作" in str(list(get_messages(response.wsgi_request))[0])
    assert admin_client.get(reverse("people")).status_code == 302


def test_up_to_half_an_hour_nothing_happens(admin_client, clock):
    clock.now += 30 * MINUTE
    assert admin_client.get(reverse("people")).status_code == 200


def test_a_click_starts_the_half_hour_anew(admin_client, clock):
    for _ in range(3):
        clock.now += 29 * MINUTE
        assert admin_client.get(reverse("people")).status_code == 200


def test_what_was_being_sent_is_not_asked_for_after_the_login(admin_client, clock, administrator):
    clock.now += 31 * MINUTE
    response = admin_client.post(reverse("person_deactivate", args=[administrator.pk]))
    assert response["Location"] == f"{reverse('login')}?next=/"


def test_the_login_page_itself_opens_after_an_idle_time(admin_client, clock):
    clock.now += 31 * MINUTE
    assert admin_client.get(reverse("login")).status_code == 200


def test_logging_out_works_after_an_idle_time(admin_client, clock):
    clock.now += 31 * MINUTE
    assert admin_client.post(reverse("logout"))["Location"] == reverse("login")


def test_the_time_of_a_click_is_written_at_most_once_a_minute(admin_client, clock):
    written = admin_client.session[middleware.SEEN]
    clock.now += MINUTE
    admin_client.get(reverse("people"))
    assert admin_client.session[middleware.SEEN] == written
    clock.now += 1
    admin_client.get(reverse("people"))
    assert admin_client.session[middleware.SEEN] == clock.now


def test_a_short_idle_time_does_not_throw_out_who_is_at_work(admin_client, clock, settings):
    settings.IDLE_MINUTES = 1
    for _ in range(6):
        clock.now += 40
        assert admin_client.get(reverse("people")).status_code == 200


@pytest.mark.parametrize("name", ["people", "person_add", "home"])
def test_with_an_initial_password_every_page_leads_to_its_change(client_for, administrator, name):
    administrator.must_change_password = True
    administrator.save()
    response = client_for(administrator).get(reverse(name))
    assert (response.status_code, response["Location"]) == (302, reverse("password_change"))


def test_with_an_initial_password_nothing_can_be_sent(client_for, administrator, office):
    administrator.must_change_password = True
    administrator.save()
    client_for(administrator).post(reverse("person_deactivate", args=[office.pk]))
    office.refresh_from_db()
    assert office.is_active


def test_with_an_initial_password_one_can_log_out(client_for, office):
    office.must_change_password = True
    office.save()
    assert client_for(office).post(reverse("logout"))["Location"] == reverse("login")


def test_a_part_of_a_page_is_not_replaced_by_the_login(admin_client, client, clock):
    clock.now += 31 * MINUTE
    for who in (admin_client, client):
        response = who.get(reverse("people"), headers={"HX-Request": "true"})
        assert response.status_code == 200
        assert response.content == b""
        assert response["HX-Redirect"] == f"{reverse('login')}?next=/people/"


def test_a_session_ended_by_switching_off_does_not_come_back(office, administrator, client_for):
    client, admin_client = client_for(office), client_for(administrator)
    assert client.get(reverse("password_change")).status_code == 200
    admin_client.post(reverse("person_deactivate", args=[office.pk]))
    admin_client.post(reverse("person_activate", args=[office.pk]))
    assert client.get(reverse("password_change")).status_code == 302
    assert admin_client.get(reverse("people")).status_code == 200, "others stay logged in"
