"""工作邮箱: kept with a person, checked in words, and in the trail when it changes."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from livelihood.organisation.operations.audit import history
from livelihood.organisation.operations.people import version_of

pytestmark = pytest.mark.django_db


def sent(person, email):
    values = {"name": person.name, "username": person.username, "unit": person.unit_id}
    return values | {"role": person.role, "email": email, "version": version_of(person)}


def test_an_address_is_kept_and_its_change_is_in_the_trail(administrator, reporter, client_for):
    url, client = reverse("person", args=[reporter.pk]), client_for(administrator)
    assert client.post(url, sent(reporter, "huang@example.gov.cn")).status_code == 302
    reporter.refresh_from_db()
    assert reporter.email == "huang@example.gov.cn"
    assert "改为“huang@example.gov.cn”" in history(reporter, 1)[0][2]


def test_what_is_no_address_is_refused_in_words_and_kept(administrator, reporter, client_for):
    url, client = reverse("person", args=[reporter.pk]), client_for(administrator)
    response = client.post(url, sent(reporter, "黄丽萍"))
    page = BeautifulSoup(response.content, "html.parser")
    assert response.status_code == 422
    assert "邮箱地址不正确" in page.select_one(".error-summary").text
    assert page.select_one("[name=email]")["value"] == "黄丽萍"
