"""What monitoring is told."""

import pytest
from django.db import OperationalError, connection
from django.test import override_settings
from django.urls import reverse


@pytest.mark.django_db
def test_health_is_told_without_login_and_without_more_than_one_query(
    client, django_assert_num_queries
):
    with django_assert_num_queries(1):
        response = client.get(reverse("health"))
    assert (response.status_code, response.content) == (200, b"ok")
    assert response.headers["Content-Type"] == "text/plain"


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_told_with_503_and_logged(client, monkeypatch, caplog):
    def refuse():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get(reverse("health"))
    assert (response.status_code, response.content) == (503, b"database")
    assert "the database does not answer" in caplog.text


@pytest.mark.django_db
@override_settings(SECURE_SSL_REDIRECT=True)
def test_health_alone_is_told_without_https(client):
    assert client.get(reverse("health")).status_code == 200
    assert client.get(reverse("login")).status_code == 301
