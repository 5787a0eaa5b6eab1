"""Changing one's own password."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from livelihood.testing import PASSWORD, written

NEW = "Weilai-2023"


def send(client, old=PASSWORD, new=NEW, again=None):
    return client.post(
        reverse("password_change"),
        {
            "old_password": old,
            "new_password1": new,
            "new_password2": new if again is None else again,
        },
    )


def errors(response):
    """The sentences at the fields, by field."""
    page = BeautifulSoup(response.content, "html.parser")
    return {
        error["id"].removeprefix("id_").removesuffix("_error"): error.text.strip()
        for error in page.select(".field-error")
    }


def test_the_new_password_holds_and_the_person_stays_logged_in(client_for, office):
    client = client_for(office)
    response = send(client)
    assert (response.status_code, response["Location"]) == (302, reverse("home"))
    office.refresh_from_db()
    assert office.check_password(NEW)
    assert client.get(reverse("password_change")).status_code == 200


def test_sessions_elsewhere_end(client_for, office):
    here, elsewhere = client_for(office), client_for(office)
    send(here)
    assert elsewhere.get(reverse("password_change"))["Location"].startswith(reverse("login"))


def test_an_initial_password_is_settled_by_it(client_for, office):
    office.must_change_password = True
    office.save()
    client = client_for(office)
    page = client.get(reverse("password_change")).content.decode()
    assert "初始密码" in page
    send(client)
    office.refresh_from_db()
    assert not office.must_change_password
    assert "初始密码" not in client.get(reverse("password_change")).content.decode()


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("Ab1-", "至少8位"),
        ("alllowercase1", "至少三类"),
        ("Password123", "常见密码"),
        ("Office-2023", "用户名"),
        (PASSWORD, "不能与当前密码相同"),
        ("", "请填写新密码"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason_at_the_field(client_for, office, new, sentence):
    response = send(client_for(office), new=new)
    assert response.status_code == 422
    assert sentence in errors(response)["new_password1"]
    office.refresh_from_db()
    assert office.check_password(PASSWORD)


def test_the_repetition_must_agree(client_for, office):
    response = send(client_for(office), again="Weilai-2024")
    assert errors(response) == {"new_password2": "两次输入的新密码不一致。"}


def test_the_current_password_must_be_right(client_for, office):
    response = send(client_for(office), old="wrong")
    assert response.status_code == 422
    assert errors(response) == {"old_password": "当前密码不正确。"}


def test_passwords_are_never_sent_back(client_for, office):
    page = send(client_for(office), old="wrong", new="Ab1-").content.decode()
    assert 'value="wrong"' not in page
    assert "Ab1-" not in page


def test_the_change_stands_in_the_audit_trail_without_the_password(client_for, office):
    client = client_for(office)
    with written() as rows:
        send(client)
    (row,) = rows
    assert (row.actor, row.object_id) == (office, office.pk)
    assert row.summary == "“林晓明”修改了自己的密码。"
    assert row.changes is None
