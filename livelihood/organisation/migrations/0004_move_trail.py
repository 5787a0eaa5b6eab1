# Rows of the library's own table move to ours, and that table goes. The library's migrations
# are switched off (MIGRATION_MODULES): they know one table only, which is no longer used.

from django.db import migrations, models

OLD_TABLE = "auditlog_logentry"
SYSTEM = "系统（命令行）"
ROLES = {
    "office": "县府办",
    "lead_unit": "牵头单位",
    "supervisor": "督查与领导",
    "administrator": "系统管理员",
}
WORDS = {0: "新增", 1: "修改", 2: "删除", 3: "查看"}
KEPT = (
    "content_type_id", "object_pk", "object_id", "object_repr", "action", "changes", "actor_id",
    "remote_addr", "timestamp",
)


def move(apps, schema_editor):
    """Copy in the old order; the region is the subject's where it says so itself, else that
    of who acted. Rows without either stay without one: administrators alone see them."""
    connection = schema_editor.connection
    if OLD_TABLE not in connection.introspection.table_names():
        return
    new = apps.get_model("organisation", "LogEntry")
    kinds = dict(
        apps.get_model("contenttypes", "ContentType")
        .objects.filter(app_label="organisation")
        .values_list("pk", "model")
    )
    people = {person.pk: person for person in _all(apps, "User").select_related("unit")}
    placed = {
        "region": {pk: pk for pk in _all(apps, "Region").values_list("pk", flat=True)},
        "unit": dict(_all(apps, "Unit").values_list("pk", "region_id")),
        "user": {pk: person.unit and person.unit.region_id for pk, person in people.items()},
    }
    rows = _all(apps, "OldLogEntry").order_by("pk")
    new.objects.bulk_create(
        (_moved(new, row, people.get(row.actor_id), kinds, placed) for row in rows.iterator()),
        batch_size=500,
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {OLD_TABLE}")


def _all(apps, name):
    return apps.get_model("organisation", name).objects


def _moved(new, row, actor, kinds, placed):
    data = row.additional_data or {}
    subjects = placed.get(kinds.get(row.content_type_id), {})
    return new(
        **{name: getattr(row, name) for name in KEPT},
        region_id=subjects.get(row.object_id) or placed["user"].get(row.actor_id),
        by_name=data.get("by") or (actor.name if actor else SYSTEM),
        by_login=actor.username if actor else "",
        by_role=ROLES[actor.role] if actor else "",
        summary=data.get("summary") or f"{WORDS[row.action]}“{row.object_repr}”。",
    )


class Migration(migrations.Migration):

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("organisation", "0003_audit_trail"),
    ]

    operations = [
        # The old table, as far as it is read; for this migration alone.
        migrations.CreateModel(
            name="OldLogEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("content_type_id", models.IntegerField()),
                ("object_pk", models.CharField(max_length=255)),
                ("object_id", models.BigIntegerField(null=True)),
                ("object_repr", models.TextField()),
                ("action", models.PositiveSmallIntegerField()),
                ("changes", models.JSONField(null=True)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("remote_addr", models.GenericIPAddressField(null=True)),
                ("timestamp", models.DateTimeField()),
                ("additional_data", models.JSONField(null=True)),
            ],
            options={"managed": False, "db_table": OLD_TABLE},
        ),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel(name="OldLogEntry"),
    ]
