"""One command does what has to be done once a day."""

from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessLog
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from livelihood.testing import PASSWORD
from progress.management.commands import daily

pytestmark = pytest.mark.django_db


def test_sessions_that_have_run_out_go_and_every_step_is_told(office, client_for):
    client_for(office)
    Session.objects.create(
        session_key="old", session_data="x", expire_date=timezone.now() - timedelta(days=1)
    )
    said = StringIO()
    call_command("daily", stdout=said)
    assert Session.objects.count() == 1
    assert not Session.objects.filter(session_key="old").exists()
    told = said.getvalue()
    for words in ("没有新的提醒", "已删除0个导出", "清理过期的登录：", "已全部完成。"):
        assert words in told


def test_what_fails_is_not_hidden(monkeypatch):
    monkeypatch.setattr(daily, "STEPS", (("load_lists", "载入"),))
    with pytest.raises(CommandError):
        call_command("daily", stdout=StringIO())


def test_a_login_is_written_into_the_trail_alone(client, office):
    client.post(reverse("login"), {"username": office.username, "password": PASSWORD})
    assert not AccessLog.objects.exists()
