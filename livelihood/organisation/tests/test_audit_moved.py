"""Rows that the library's own table held move to the new one, as well placed as can be."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from livelihood.organisation.models import LogEntry, Region, Unit
from livelihood.testing import written

migration = import_module("livelihood.organisation.migrations.0004_move_trail")
JSON, MOMENT = {"sqlite": ("text", "datetime"), "postgresql": ("jsonb", "timestamptz")}[
    connection.vendor
]


@pytest.fixture
def old_apps(db):
    """The models as they were when the rows moved, and the table that held them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE auditlog_logentry (id integer PRIMARY KEY, content_type_id integer, "
            f"object_pk varchar(255), object_id bigint, object_repr text, action smallint, "
            f"changes {JSON}, actor_id bigint, remote_addr varchar(39), timestamp {MOMENT}, "
            f"additional_data {JSON})"
        )
    state = MigrationExecutor(connection).loader.project_state(("organisation", "0003_audit_trail"))
    migration.Migration.operations[0].state_forwards("organisation", state)
    return state.apps


def move(apps):
    migration.move(apps, SimpleNamespace(connection=connection))


def test_without_an_old_table_nothing_happens(db):
    with written() as rows:
        move(None)
    assert not rows


def test_old_rows_keep_what_they_said_and_get_a_region(old_apps, county, office, foreign_office):
    old = old_apps.get_model("organisation", "OldLogEntry").objects
    kinds = {m: ContentType.objects.get_for_model(m).pk for m in (Region, Unit, LogEntry)}

    def add(number, model, pk, actor=None, **values):
        row = {"content_type_id": kinds[model], "object_id": pk, "object_pk": str(pk)}
        row |= {"object_repr": "某物", "action": 1, "timestamp": timezone.now()}
        return old.create(pk=number, **row, actor_id=actor and actor.pk, **values)

    first = add(
        1,
        Region,
        county.pk,
        foreign_office,
        additional_data={"summary": "载入清单。", "by": "王大海"},
        changes={"a": ["1", "2"]},
        remote_addr="10.0.0.1",
    )
    add(2, Unit, office.unit.pk)
    add(3, LogEntry, 1, foreign_office)  # of a kind that says nothing of its place
    add(4, LogEntry, 1)
    with written() as rows:
        move(old_apps)
    assert [(row.region, row.by_name, row.by_login, row.summary) for row in rows] == [
        (county, "王大海", "foreign-office", "载入清单。"),
        (county, "系统（命令行）", "", "修改“某物”。"),
        (foreign_office.unit.region, "王海波", "foreign-office", "修改“某物”。"),
        (None, "系统（命令行）", "", "修改“某物”。"),
    ]
    assert (rows[0].timestamp, rows[0].changes) == (first.timestamp, {"a": ["1", "2"]})
    assert (rows[0].remote_addr, rows[0].by_role) == ("10.0.0.1", "县府办")
    assert "auditlog_logentry" not in connection.introspection.table_names()
