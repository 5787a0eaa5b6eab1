"""Nothing changes or deletes a row of the audit trail; on SQLite and on PostgreSQL."""

from copy import copy
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from livelihood.organisation.models import LogEntry
from livelihood.organisation.operations.audit import TooYoungError, purge, record
from livelihood.organisation.operations.people import reset_password
from livelihood.organisation.seal import KEPT_DAYS
from livelihood.testing import PASSWORD, written


@pytest.fixture
def row(office, county):
    return record(by=office, subject=county, summary="载入清单。")


def aged(row, days):
    """A copy of the row, as old as that."""
    old = copy(row)
    old.pk, old.timestamp = None, timezone.now() - timedelta(days=days)
    LogEntry.objects.bulk_create([old])
    return old


def sql(statement):
    def execute(row):
        with connection.cursor() as cursor:
            cursor.execute(statement.format(table=LogEntry._meta.db_table, pk=row.pk))

    return execute


def save(row):
    row.summary = "什么也没有发生。"
    row.save()


WAYS = {
    "save": save,
    "update": lambda row: LogEntry.objects.filter(pk=row.pk).update(summary=""),
    "bulk update": lambda row: LogEntry.objects.bulk_update([row], ["timestamp"]),
    "delete": lambda row: row.delete(),
    "delete all": lambda row: LogEntry.objects.all().delete(),
    "its person": lambda row: LogEntry.objects.filter(pk=row.pk).update(actor=None),
    "sql update": sql("UPDATE {table} SET timestamp = '2000-01-01 00:00:00' WHERE id = {pk}"),
    "sql delete": sql("DELETE FROM {table} WHERE id = {pk}"),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_to_another_trail(row, way):
    before = list(LogEntry.objects.order_by("pk").values())
    with pytest.raises(DatabaseError, match="audit trail"), transaction.atomic():
        WAYS[way](row)
    assert list(LogEntry.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("days", [0, KEPT_DAYS - 1, KEPT_DAYS + 1])
def test_no_row_is_changed_however_old_it_is(row, days):
    old = aged(row, days)
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        LogEntry.objects.filter(pk=old.pk).update(summary="")


def test_people_and_places_of_which_rows_speak_stay(row, office, county):
    with pytest.raises(ProtectedError):
        office.delete()
    with pytest.raises(ProtectedError):
        county.delete()


def test_there_is_no_page_that_changes_the_trail(client_for, administrator, row):
    client = client_for(administrator)
    for name in ("audit", "audit_excel"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(client, method)(reverse(name)).status_code == 405
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")


# -- The commands ------------------------------------------------------------------------


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_rows_from_before_the_time_of_keeping_can_be_deleted_and_that_is_noted(row):
    kept, gone = aged(row, KEPT_DAYS - 2), aged(row, KEPT_DAYS + 2)
    with written() as rows:
        assert "操作记录1条" in run("auditlogflush", "--yes")
    assert not LogEntry.objects.filter(pk=gone.pk).exists()
    assert LogEntry.objects.filter(pk=kept.pk).exists()
    assert [(r.get_action_display(), r.by_name) for r in rows] == [("清理记录", "系统（命令行）")]
    assert rows[0].summary.endswith("前的操作记录1条。")


def test_younger_rows_are_refused_in_words(row):
    number = LogEntry.objects.count()
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    with pytest.raises(CommandError, match="至少保存180天"):
        run("auditlogflush", "--yes", "--before-date", tomorrow)
    with pytest.raises(TooYoungError):
        purge(before=timezone.now() - timedelta(days=KEPT_DAYS - 1))
    assert LogEntry.objects.count() == number


def test_without_a_yes_nothing_is_deleted(row, monkeypatch):
    old = aged(row, KEPT_DAYS + 2)
    monkeypatch.setattr("builtins.input", lambda question: "")
    with pytest.raises(CommandError, match="没有清理"):
        run("auditlogflush")
    assert LogEntry.objects.filter(pk=old.pk).exists()


def test_the_unlocking_command_is_noted(client, office):
    for _ in range(5):
        client.post(reverse("login"), {"username": "office", "password": "wrong"})
    with written() as rows:
        assert "office：已解除锁定。" in run("axes_reset_username", "office")
        assert "没有登录失败的记录" in run("axes_reset_username", "office")
    assert [(r.action, r.by_name, r.object_id) for r in rows] == [
        (LogEntry.Action.UNLOCKED, "系统（命令行）", office.pk)
    ]
    login = client.post(reverse("login"), {"username": "office", "password": PASSWORD})
    assert login.status_code == 302


def test_resetting_the_password_of_an_open_account_lifts_no_lock(office, administrator):
    with written() as rows:
        reset_password(by=administrator, person=office)
    assert len(rows) == 1
