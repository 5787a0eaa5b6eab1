"""The audit trail: who did what, when, to what."""

from auditlog.models import LogEntry

# What stands for the person when the command line acted.
SYSTEM = "系统（命令行）"


def record(*, by, subject, summary, changes=None, action=LogEntry.Action.UPDATE):
    """Write one row of the audit trail; call it inside the transaction of the change.

    Args:
        by: the person who acted, or None for the command line.
        subject: the saved object that was changed.
        summary: what was done, one Chinese sentence for a reader of the trail.
        changes: old and new value of each changed field, {"field": (old, new)}, kept as
            text; never passwords or their hashes.
        action: what kind of change it was.

    Returns:
        The row.
    """
    return LogEntry.objects.log_create(
        subject,
        force_log=True,
        action=action,
        changes=changes and {field: _as_text(pair) for field, pair in changes.items()},
        actor=by,
        additional_data={"summary": summary, "by": _name(by)},
    )


def history(subject, limit):
    """The latest ``limit`` rows about ``subject``, newest first, as (when, who, what)."""
    rows = LogEntry.objects.get_for_object(subject).select_related("actor")
    rows = rows.order_by("-timestamp", "-pk")[:limit]
    return [(row.timestamp, _who(row), _what(row)) for row in rows]


def _as_text(pair):
    return [None if value is None else str(value) for value in pair]


def _name(by):
    return SYSTEM if by is None else by.name


def _who(row):
    # The name of that day stays, whatever the person is called or where they are now.
    return (row.additional_data or {}).get("by") or _name(row.actor)


def _what(row):
    # Rows without a summary were written by the library itself.
    return (row.additional_data or {}).get("summary") or {
        LogEntry.Action.CREATE: "新增",
        LogEntry.Action.UPDATE: "修改",
        LogEntry.Action.DELETE: "删除",
    }.get(row.action, "查看")
