"""The server is killed in the middle of its work: what it has answered stays, and everything
is whole.

A real gunicorn on the test's own database, SQLite or PostgreSQL. A module of its own: here the
lists are stored, and no transaction holds them.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.client import HTTPConnection, HTTPException
from io import StringIO
from time import monotonic, sleep
from urllib.parse import quote, urlencode

import pytest
from auditlog import get_logentry_model
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.models import Region
from livelihood.testing import BACKEND
from progress.models import Report, ReportEvent, Round
from progress.rules.findings import percent_field
from projects.models import Project

DAY = date(2024, 5, 31)
KILLS = 3
PEOPLE = 8  # at once, each with a project of their own
# More than there are processor cores: so many steps are under way when it is killed.
WORKERS = 6
START_SECONDS = 120
TOKEN = "t" * 32  # Django compares the cookie's with the form's; any will do


# -- A server that can be killed -----------------------------------------------------------


def database_url():
    """The test's own database, as the server is told of it."""
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{told['NAME']}"
    password = f":{quote(told['PASSWORD'], safe='')}" if told["PASSWORD"] else ""
    host = quote(told["HOST"], safe="") + (f":{told['PORT']}" if told["PORT"] else "")
    return f"postgresql://{told['USER']}{password}@{host}/{told['NAME']}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(port, folder):
    """gunicorn as in use; ``os.killpg`` with its key ends master and workers at once."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        "ALLOWED_HOSTS": "127.0.0.1",
        "BIND": f"127.0.0.1:{port}",
        "DATABASE_URL": database_url(),
        "HTTPS": "False",
        "SECRET_KEY": settings.SECRET_KEY,
        "VAR_DIR": str(folder),
        "WORKERS": str(WORKERS),
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "livelihood/gunicorn.py"]
    command += ["--preload"]  # Django is loaded once for all workers: a quick start
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            until = monotonic() + START_SECONDS
            while ask(port, "GET", "/no-such-address/") is None:
                assert server.poll() is None, (folder / "server.log").read_text()
                assert monotonic() < until, "the server did not start"
                sleep(0.05)
            yield server
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def ask(port, method, path, body="", **headers):
    """(status, content) of the whole answer; None where the connection broke before."""
    client = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        client.request(method, path, body, headers)
        answer = client.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        return None
    finally:
        client.close()


# -- People who work while it is killed ----------------------------------------------------


@dataclass
class Work:
    """One person on one report: save a draft, send it, take it back, and so on, until the
    server is gone. Every draft has another figure, and says so in its words."""

    project: Project
    cookie: str
    indicators: list
    report: tuple = (0, "")  # version and state after the last answer
    figure: int = 0  # of the last answered draft
    sent: int = 0  # answered steps of each kind
    withdrawn: int = 0
    under_way: str = ""  # the step that was not answered
    faults: list = field(default_factory=list)

    def until_killed(self, port):
        """Go on until an answer stays away."""
        while True:
            for step in (self.draft, self.draft, self.submit, self.withdraw):
                self.under_way = step.__name__
                answer = step(port)
                if answer is None:
                    return
                if answer[0] != (200 if step == self.draft else 302):
                    self.faults.append((step.__name__, answer[0], answer[1][:2000].decode()))
                    return
                self.told(step.__name__, answer[1])

    def told(self, step, content):
        version, _state = self.report
        if step == "draft":
            self.report = json.loads(content)["version"], "draft"
            self.figure += 1
        elif step == "submit":
            self.report = version + 1, "submitted"
            self.figure += 1
            self.sent += 1
        else:
            self.report = version + 1, "draft"
            self.withdrawn += 1

    def fields(self):
        figure = self.figure + 1
        return {
            "version": self.report[0],
            "narrative": f"第{figure}稿",
            "cause": "雨水偏多",
            "catch_up_on": (DAY + timedelta(days=30)).isoformat(),
            **{percent_field(indicator): str(figure) for indicator in self.indicators},
        }

    def draft(self, port):
        return self.post(port, "report_draft", self.fields())

    def submit(self, port):
        return self.post(port, "report_submit", self.fields())

    def withdraw(self, port):
        return self.post(port, "report_withdraw", {})

    def post(self, port, name, fields):
        return ask(
            port,
            "POST",
            reverse(name, args=["330225", 2024, DAY, self.project.pk]),
            urlencode({**fields, "csrfmiddlewaretoken": TOKEN}),
            Cookie=f"{self.cookie}; csrftoken={TOKEN}",
            **{"Content-Type": "application/x-www-form-urlencoded"},
        )


@pytest.fixture
def works(transactional_db, make_user):
    """The projects of 象山县 2024 that have figures, each with somebody who reports it."""
    files = sorted(str(file) for file in (settings.BASE_DIR / "fixtures").glob("xiangshan*.json"))
    call_command("load_lists", *files, stdout=StringIO())
    county = Region.objects.get(code="330225")
    Round.objects.create(
        county=county, as_of=DAY, opens_on=DAY, deadline=timezone.localdate(), state="open"
    )
    cookies = {}
    works = []
    for project in Project.objects.filter(county=county, year=2024).select_related("lead_unit"):
        if project.lead_unit not in cookies:
            client = Client()
            client.force_login(make_user("lead_unit", project.lead_unit), backend=BACKEND)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookies[project.lead_unit] = f"{settings.SESSION_COOKIE_NAME}={session}"
        indicators = list(project.indicators.values_list("pk", flat=True))
        works.append(Work(project, cookies[project.lead_unit], indicators))
    return works


def work_until_killed(server, port, works):
    """Let everybody work, and kill master and workers at any moment, as a power cut would."""
    threads = [threading.Thread(target=work.until_killed, args=[port]) for work in works]
    for thread in threads:
        thread.start()
    until = monotonic() + START_SECONDS
    while not all(work.sent or work.faults for work in works) and monotonic() < until:
        sleep(0.01)
    sleep(random.uniform(0, 0.1))  # noqa: S311 - a moment, not a secret
    os.killpg(server.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()


def assert_whole(work):
    """What was answered is there, and of the step under way all or nothing."""
    assert not work.faults
    assert work.sent, "killed before anything was sent"
    report = Report.objects.get(project=work.project)
    done = report.version != work.report[0]
    figure = work.figure + (1 if done and work.under_way in ("draft", "submit") else 0)
    state = {"draft": "draft", "submit": "submitted", "withdraw": "draft"}[work.under_way]
    assert report.version == work.report[0] + done
    assert report.state == (state if done else work.report[1])
    assert report.narrative == f"第{figure}稿"
    assert {r.indicator_id: r.percent for r in report.readings.all()} == dict.fromkeys(
        work.indicators, figure
    )
    sent = work.sent + (done and work.under_way == "submit")
    withdrawn = work.withdrawn + (done and work.under_way == "withdraw")
    assert report.events.filter(kind=ReportEvent.Kind.SUBMITTED).count() == sent
    assert report.events.filter(kind=ReportEvent.Kind.WITHDRAWN).count() == withdrawn
    rows = get_logentry_model().objects.get_for_object(report)
    assert rows.count() == sent + withdrawn


@pytest.mark.django_db(transaction=True)
def test_a_killed_server_loses_nothing_it_has_answered_and_leaves_nothing_half_done(
    works, tmp_path
):
    port = free_port()
    begun = []
    for _kill in range(KILLS):
        now, works = works[:PEOPLE], works[PEOPLE:]
        begun += now
        with serving(port, tmp_path) as server:
            work_until_killed(server, port, now)
        for work in now:
            assert_whole(work)
    # Whoever sends the same again after the next start is understood.
    interrupted = [w for w in begun if w.under_way != "withdraw"]
    with serving(port, tmp_path):
        for work in interrupted[:PEOPLE]:
            report = Report.objects.get(project=work.project)
            if report.state == "submitted":
                continue
            work.report, work.figure = (report.version, report.state), int(report.narrative[1:-1])
            assert work.submit(port)[0] == 302
            assert Report.objects.get(pk=report.pk).state == "submitted"
