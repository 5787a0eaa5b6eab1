"""The seal on the audit trail: the database itself refuses to change or delete its rows.

It holds for every path: the product, the shell, another program with the same login. Rows
that are older than ``KEPT_DAYS`` can be deleted (``manage.py auditlogflush``), none can be
changed. Migrations set the seal. SQLite builds a table anew to alter it and drops its
triggers on the way: a migration that alters the table has to set the seal again
(``migrations.RunPython(set_seal, break_seal)``); tests fail when it is forgotten.
"""

# 网络安全法: network logs are kept for six months at least.
KEPT_DAYS = 180
TABLE = "organisation_logentry"

_SQLITE = {
    "set": [
        f"CREATE TRIGGER {TABLE}_unchanged BEFORE UPDATE ON {TABLE} "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail cannot be changed'); END",
        f"CREATE TRIGGER {TABLE}_kept BEFORE DELETE ON {TABLE} "
        f"WHEN OLD.timestamp > datetime('now', '-{KEPT_DAYS} days') "
        f"BEGIN SELECT RAISE(ABORT, 'the audit trail is kept for {KEPT_DAYS} days'); END",
    ],
    "break": [
        f"DROP TRIGGER IF EXISTS {TABLE}_unchanged",
        f"DROP TRIGGER IF EXISTS {TABLE}_kept",
    ],
}
_POSTGRESQL = {
    "set": [
        f"""
        CREATE OR REPLACE FUNCTION {TABLE}_refuse() RETURNS trigger AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF OLD.timestamp <= now() - interval '{KEPT_DAYS} days' THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION 'the audit trail is kept for {KEPT_DAYS} days'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RAISE EXCEPTION 'the audit trail cannot be changed'
                USING ERRCODE = 'integrity_constraint_violation';
        END
        $$ LANGUAGE plpgsql
        """,
        f"CREATE TRIGGER {TABLE}_sealed BEFORE UPDATE OR DELETE ON {TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()",
        f"CREATE TRIGGER {TABLE}_whole BEFORE TRUNCATE ON {TABLE} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse()",
    ],
    "break": [
        f"DROP TRIGGER IF EXISTS {TABLE}_sealed ON {TABLE}",
        f"DROP TRIGGER IF EXISTS {TABLE}_whole ON {TABLE}",
    ],
}
STATEMENTS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}


def set_seal(apps, schema_editor) -> None:
    """Set the seal, whether or not it was set before (for migrations)."""
    break_seal(apps, schema_editor)
    _execute(schema_editor, "set")


def break_seal(apps, schema_editor) -> None:
    """Take the seal off (for migrations that alter the table)."""
    _execute(schema_editor, "break")


def _execute(schema_editor, what) -> None:
    for statement in STATEMENTS[schema_editor.connection.vendor][what]:
        schema_editor.execute(statement, params=None)
