"""The tests' own tools do what they say (livelihood/testing.py)."""

import socket

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.backends.base.operations import BaseDatabaseOperations

from livelihood.organisation.models import LogEntry, User
from livelihood.organisation.operations.audit import record
from livelihood.testing import PASSWORD, create_county


@pytest.mark.django_db
def test_sqlite_is_tested_as_it_is_used():
    in_memory = connection.vendor == "sqlite" and connection.is_in_memory_db()
    assert not in_memory


def test_the_trail_is_emptied_after_a_test_and_sealed_again(transactional_db, office, county):
    record(by=office, subject=county, summary="载入清单。")
    call_command("flush", interactive=False, verbosity=0)
    assert not LogEntry.objects.exists()
    county = create_county("330327", "苍南县")
    row = record(by=None, subject=county, summary="载入清单。")
    with pytest.raises(DatabaseError, match="audit trail"):
        LogEntry.objects.filter(pk=row.pk).delete()


def test_in_use_the_database_is_not_flushed(transactional_db, office, county):
    record(by=office, subject=county, summary="载入清单。")
    with pytest.MonkeyPatch.context() as patch:
        # What lifts the seal in tests is taken away.
        flush = BaseDatabaseOperations.execute_sql_flush
        patch.setattr(type(connection.ops), "execute_sql_flush", flush)
        with pytest.raises(CommandError, match="couldn't be flushed") as refusal:
            call_command("flush", interactive=False, verbosity=0)
    assert "audit trail" in str(refusal.value.__cause__)
    assert LogEntry.objects.exists()
    assert User.objects.filter(pk=office.pk).exists()


def test_the_cast_can_log_in_and_each_is_alone(
    office, supervisor, reporter, other_reporter, administrator, foreign_office, client_for
):
    cast = [office, supervisor, reporter, other_reporter, administrator, foreign_office]
    for user in cast:
        assert client_for(user).session["_auth_user_id"] == str(user.pk)
        assert user.check_password(PASSWORD)
        assert not user.must_change_password
    assert office.unit == supervisor.unit
    assert reporter.unit != other_reporter.unit
    assert foreign_office.unit.region != office.unit.region


def test_a_unit_asked_for_twice_is_the_same(make_unit):
    assert make_unit("县教育局") == make_unit("县教育局")


def test_a_connection_to_another_machine_is_refused():
    with socket.socket() as outward, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        outward.connect(("192.0.2.1", 80))


def test_a_request_to_another_server_is_noticed(browser_page, browser_faults):
    with browser_page.expect_event("requestfailed"):
        browser_page.set_content('<img src="http://elsewhere.invalid/picture.png">')
    assert browser_faults[0] == (
        "a request to another server: http://elsewhere.invalid/picture.png"
    )
    browser_faults.clear()


def test_what_scripts_complain_of_is_noticed(browser_page, browser_faults):
    browser_page.evaluate("console.error('no data')")
    with browser_page.context.expect_event("weberror"):
        browser_page.evaluate("setTimeout(() => { throw new Error('broken') })")
    assert browser_faults == ["an error on the console: no data", "a script failed: broken"]
    browser_faults.clear()


def test_a_browser_test_reaches_the_database_and_the_server(browser_page, office, live_server):
    """Playwright's event loop does not keep Django from its database."""
    assert type(office).objects.count() == 1
    assert browser_page.request.get("/static/vendor/tabler/LICENSE").ok
