"""What every test may ask for by name: a county, its people, clients, a browser.

A pytest plugin (pyproject.toml loads it). Pytest imports it before Django is set up, so
models come from the app registry when a fixture runs, and not from an import above.

The cast, all of 苍南县 but the last:

- ``office`` runs the lists and the months (县府办);
- ``supervisor`` sees everything and changes nothing;
- ``reporter`` reports for 县教育局;
- ``other_reporter`` reports for 县卫健局, and must not learn what 县教育局 does;
- ``administrator`` looks after people and rights;
- ``foreign_office`` is the office of 象山县, and must not learn what 苍南县 does.
"""

import os
import socket
from contextlib import contextmanager
from functools import partial
from io import StringIO
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max
from django.test import Client, override_settings
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright

from livelihood.organisation.access import Role
from livelihood.organisation.seal import STATEMENTS

PASSWORD = "Test-password-1"
# The backend must be named: axes' own, the first in the settings, logs nobody in.
BACKEND = "livelihood.organisation.backends.PeopleBackend"

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMIUM_OPTIONS = [
    "--no-sandbox",  # it refuses to run as root with one; it only ever sees our own pages
    "--disable-gpu",
    "--disable-background-networking",  # its own calls home
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
BROWSER_FIXTURES = {"open_page", "browser_page"}
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}

# How long an example takes depends on what else the machine does: no deadline. In CI the
# same examples every time, so that a red run can be repeated.
hypothesis.settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("house")


@pytest.hookimpl(tryfirst=True)  # before pytest looks at -m
def pytest_collection_modifyitems(items):
    """Mark every test that opens a page or asks the database, so that none can be forgotten."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if BROWSER_FIXTURES & fixtures:
            item.add_marker(pytest.mark.browser)
        if DATABASE_FIXTURES & fixtures or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session", autouse=True)
def no_outside_network():
    """Refuse every connection of this process to another machine."""
    connect = socket.socket.connect

    def connect_nearby(self, address):
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"a test tried to connect to {address}")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_nearby)
        yield


@pytest.fixture(scope="session", autouse=True)
def sqlite_in_a_file(tmp_path_factory):
    """Let SQLite's test database be a file, as in use: each thread has its own connection.

    In memory all threads share one, and neither the locks nor WAL are what they are in use.
    """
    if connection.vendor == "sqlite":
        database = tmp_path_factory.getbasetemp() / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(database)


@pytest.fixture(scope="session", autouse=True)
def uploads_in_a_folder_of_their_own(tmp_path_factory):
    """Let what tests upload lie in pytest's own directory."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        yield


@pytest.fixture(scope="session", autouse=True)
def trail_emptied_between_tests():
    """Let what is stored by tests in a browser be emptied, although the trail is sealed."""
    operations, seal = type(connection.ops), STATEMENTS[connection.vendor]
    flush = operations.execute_sql_flush

    def flush_unsealed(self, statements):
        flush(self, [*seal["break"], *statements, *seal["set"]])

    with pytest.MonkeyPatch.context() as patch:
        # Of the class: while Playwright runs, Django opens a connection of its own.
        patch.setattr(operations, "execute_sql_flush", flush_unsealed)
        yield


@contextmanager
def written():
    """``with written() as rows:`` gives, after it, the rows of the audit trail written in it."""
    trail, rows = apps.get_model("organisation.LogEntry").objects, []
    last = trail.aggregate(last=Max("pk"))["last"] or 0
    yield rows
    rows += trail.filter(pk__gt=last).order_by("pk")


# -- Places and people ---------------------------------------------------------------


def create_region(code, name, kind, parent=None):
    """The region of that code, made when missing; ``kind`` is a value of Region.Kind."""
    regions = apps.get_model("organisation.Region").objects
    return regions.get_or_create(
        code=code, defaults={"name": name, "kind": kind, "parent": parent}
    )[0]


def create_county(code, name):
    """A county of Zhejiang, with the province and the city above it."""
    province = create_region("330000", "浙江省", "province")
    city_name = {"3302": "宁波市", "3303": "温州市"}[code[:4]]
    city = create_region(f"{code[:4]}00", city_name, "city", province)
    return create_region(code, name, "county", city)


def create_unit(region, name):
    """The unit of that name in ``region``; made, as the last in its order, when missing."""
    order = region.units.count() + 1
    return region.units.get_or_create(name=name, defaults={"order": order})[0]


def create_user(username, name, role, unit):
    """A person who logs in with PASSWORD and need not change it."""
    return get_user_model().objects.create_user(
        username,
        password=PASSWORD,
        name=name,
        role=role,
        unit=unit,
        must_change_password=False,
    )


@pytest.fixture
def county(db):
    """苍南县 in 温州市, 浙江省; without units and lists unless ``corpus`` is asked for before."""
    return create_county("330327", "苍南县")


@pytest.fixture
def make_unit(county):
    """``make_unit(name)`` gives the county's unit of that name, made when missing."""
    return partial(create_unit, county)


@pytest.fixture
def make_user(db):
    """``make_user(role, unit)`` gives a new person of that role and unit."""

    def make(role, unit):
        number = get_user_model().objects.count() + 1
        return create_user(f"user{number}", f"人员{number}", role, unit)

    return make


@pytest.fixture
def office(make_unit):
    return create_user("office", "林晓明", Role.OFFICE, make_unit("县府办"))


@pytest.fixture
def supervisor(make_unit):
    return create_user("supervisor", "陈建国", Role.SUPERVISOR, make_unit("县府办"))


@pytest.fixture
def reporter(make_unit):
    return create_user("reporter", "黄丽萍", Role.LEAD_UNIT, make_unit("县教育局"))


@pytest.fixture
def other_reporter(make_unit):
    return create_user("other-reporter", "杨志强", Role.LEAD_UNIT, make_unit("县卫健局"))


@pytest.fixture
def administrator(make_unit):
    return create_user("administrator", "周文斌", Role.ADMINISTRATOR, make_unit("县府办"))


@pytest.fixture
def foreign_office(db):
    unit = create_unit(create_county("330225", "象山县"), "县府办")
    return create_user("foreign-office", "王海波", Role.OFFICE, unit)


@pytest.fixture
def client_for(db):
    """``client_for(user)`` gives a Django test client in which ``user`` is logged in."""

    def log_in(user):
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return log_in


# -- The published lists -------------------------------------------------------------


def load_corpus():
    """Load both counties as published, from fixtures/, into the test database."""
    files = sorted(str(file) for file in (settings.BASE_DIR / "fixtures").glob("*.json"))
    call_command("load_lists", *files, stdout=StringIO())
    count_rows()


def count_rows():
    """Let PostgreSQL count what has been written, as it soon does by itself in use.

    It does not count what is rolled back later: it would take the tables for empty, and
    plan joins of ten tables accordingly, which then take half a minute instead of
    milliseconds.
    """
    if connection.vendor == "postgresql":
        tables = (connection.ops.quote_name(m._meta.db_table) for m in _models_of_the_house())
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(tables)}")


def thaw():
    """Let closed rounds be judged live again, as if they had never been kept."""
    for name in ("StandingRecord", "RoundVersion"):
        apps.get_model("progress", name).objects.all().delete()
    apps.get_model("progress", "Round").objects.update(version=0)


@pytest.fixture(scope="session")
def rows_of_the_corpus(django_db_setup, django_db_blocker):
    """The rows of a database with both counties as published, by table.

    Loaded once for all tests, and kept as plain rows, which are there at once. The audit
    trail is left out.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        load_corpus()
        rows = _rows_of_the_house()
        transaction.set_rollback(True)
    return rows


@pytest.fixture(scope="module")
def corpus_of_the_module(rows_of_the_corpus, django_db_setup, django_db_blocker):
    """The corpus for a module's tests, rolled back after the last of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        write_rows(rows_of_the_corpus)
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


@pytest.fixture
def corpus(corpus_of_the_module, db):
    """Both counties as published (fixtures/); what a test changes is undone after it.

    The round is judged live, so that what a test changes shows at its date; as loaded it is
    kept as it was judged (``corpus_as_loaded``; test_freezing.py says that both look alike).
    Tests that share a module with such a test, and use the database, find the lists there
    too. The cast belongs to the same county and units.
    """
    thaw()


@pytest.fixture
def corpus_as_loaded(corpus_of_the_module, db):
    """The same with the published round kept as it was judged when it was loaded."""


@pytest.fixture(scope="session")
def rows_of_the_simulated_year(rows_of_the_corpus, django_db_setup, django_db_blocker):
    """The same with 象山县's simulated year, which takes a while to play."""
    with django_db_blocker.unblock(), transaction.atomic():
        write_rows(rows_of_the_corpus)
        call_command("simulate_year", county="330225", year=2024, stdout=StringIO())
        rows = _rows_of_the_house()
        transaction.set_rollback(True)
    return rows


def _rows_of_the_house():
    return {model: _rows_of(model) for model in _models_of_the_house()}


def _models_of_the_house():
    models = [m for app in ("organisation", "projects", "progress") for m in _models(app)]
    return [model for model in models if model.__name__ != "LogEntry"]


def _models(app):
    return apps.get_app_config(app).get_models()


def _rows_of(model):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
        return [column[0] for column in cursor.description], cursor.fetchall()


def write_rows(rows):
    """Write what ``rows_of_the_corpus`` or another of its kind kept into an empty database."""
    quoted = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        for model, (columns, values) in rows.items():
            names, places = ", ".join(map(quoted, columns)), ", ".join(["%s"] * len(columns))
            table = quoted(model._meta.db_table)
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", values)
        for statement in connection.ops.sequence_reset_sql(no_style(), list(rows)):
            cursor.execute(statement)
    count_rows()


@pytest.fixture(scope="module")
def simulated_year_of_the_module(rows_of_the_simulated_year, django_db_setup, django_db_blocker):
    """The simulated year for a module's tests, rolled back after the last of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        write_rows(rows_of_the_simulated_year)
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


@pytest.fixture
def simulated_year(simulated_year_of_the_module, db):
    """Both counties as loaded, and 象山县's year as ``manage.py simulate_year`` makes it.

    Not to be mixed with ``corpus`` in one module.
    """


@pytest.fixture
def served_corpus(rows_of_the_corpus, live_server):
    """The corpus for tests in a browser: stored, so that the live server sees it.

    Written for each test anew. Ask for it before the cast.
    """
    write_rows(rows_of_the_corpus)


# -- A browser -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium, started once for the tests of a module."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # While Playwright's synchronous API is on, an event loop counts as running in
        # this thread, and Django would refuse every query for fear of blocking it.
        # Nothing of ours runs in that loop. For as long as the browser is open only.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def browser_faults():
    """What went wrong in the test's pages, in words; what is left at the end fails the test.

    A test that provokes a fault takes it out again: ``browser_faults.clear()``.
    """
    return []


@pytest.fixture
def open_page(live_server, chromium, browser_faults):
    """``open_page(**options)`` opens a window of its own, with its own login.

    The options are those of Playwright's ``new_context``: ``viewport=PHONE``,
    ``java_script_enabled=False``. A request to another server, an error on the console
    and an uncaught exception of a script each fail the test.
    """
    contexts = []

    def open_one(**options) -> Page:
        context = chromium.new_context(
            **{
                "base_url": live_server.url,
                "locale": "zh-CN",
                "timezone_id": "Asia/Shanghai",
                "viewport": DESKTOP,
                **options,
            }
        )
        contexts.append(context)
        context.set_default_timeout(15_000)  # milliseconds
        _watch(context, live_server.url, browser_faults)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert not browser_faults, "\n".join(browser_faults)


@pytest.fixture
def browser_page(open_page):
    """One page at 1366×768 on the live server."""
    return open_page()


def login(page, user):
    """Log ``user`` in through the login page, and wait for the page that follows."""
    page.goto(reverse("login"))
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: urlsplit(url).path != reverse("login"))


def _watch(context, home, faults):
    """Write down in ``faults`` what no page of ours may do."""

    def see_request(request):
        if request.url.startswith(("http:", "https:", "ws:", "wss:")) and not (
            request.url.startswith(f"{home}/")
        ):
            faults.append(f"a request to another server: {request.url}")

    def see_console(message):
        if message.type == "error":
            faults.append(f"an error on the console: {message.text}")

    context.on("request", see_request)
    context.on("console", see_console)
    context.on("weberror", lambda error: faults.append(f"a script failed: {error.error}"))
