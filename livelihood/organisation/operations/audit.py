"""The audit trail: who did what, when, from where, to what. Writing it and reading it.

Rows are only ever added; the database refuses all else (seal.py).
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from livelihood.organisation.models import SYSTEM, LogEntry, User
from livelihood.organisation.seal import KEPT_DAYS
from livelihood.organisation.words import cn_date, number_cn

Action = LogEntry.Action
# Excel opens such a file at once, and nobody reads more.
EXPORT_LIMIT = 10_000


class TooYoungError(Exception):
    """Rows that must still be kept would be deleted; the message says so, in Chinese."""


# -- Writing -----------------------------------------------------------------------------


def record(*, by, subject, summary, changes=None, action=Action.UPDATE, region=None):
    """Write one row of the audit trail; call it inside the transaction of the change.

    Args:
        by: the person who acted, or None for the command line.
        subject: the saved object that was changed.
        summary: what was done, one Chinese sentence for a reader of the trail.
        changes: old and new value of each changed field, {"field": (old, new)}, kept as
            text; never passwords or their hashes. The field is the name of one of the
            subject's fields, or what a reader calls it.
        action: what kind of deed it was.
        region: to whose trail the row belongs; None: to that of the subject's region,
            else of the person's.

    Returns:
        The row.
    """
    return LogEntry.objects.log_create(
        subject,
        force_log=True,
        action=action,
        changes=changes and {field: _as_text(pair) for field, pair in changes.items()},
        actor=by,
        region=region,
        summary=summary,
    )


def record_export(*, by, region, summary):
    """Note that ``by`` took data out as a file.

    Args:
        region: whose data they are; None: those of all regions.
        summary: what was taken, one Chinese sentence.
    """
    subject = by if region is None else region
    return record(by=by, subject=subject, summary=summary, action=Action.EXPORT)


def record_login(person):
    """Note that a person has logged in."""
    return record(by=person, subject=person, summary="登录。", action=Action.LOGIN)


def record_logout(person, *, idle=False):
    """Note that a person has logged out, or was after being idle."""
    summary = f"超过{settings.IDLE_MINUTES}分钟没有操作，自动退出。" if idle else "退出。"
    return record(by=person, subject=person, summary=summary, action=Action.LOGOUT)


def record_failed_login(username: str):
    """Note a login that failed, with the name that was typed and never the password."""
    failures = AccessAttempt.objects.filter(username=username).aggregate(
        number=Sum("failures_since_start")
    )["number"]
    failures, limit = failures or 0, settings.AXES_FAILURE_LIMIT
    if failures == limit:
        action, summary = Action.LOCKED, f"连续{limit}次登录失败，账号锁定。"
    elif failures > limit:
        action, summary = Action.LOGIN_FAILED, "账号已锁定，登录被拒绝。"
    else:
        action, summary = Action.LOGIN_FAILED, "用户名或密码不正确，登录失败。"
    person = User.objects.with_unit().filter(username=username).first()
    if person is None:
        summary = f"{summary[:-1]}（没有“{username}”这个用户名）。"
    return LogEntry.objects.log_create(
        # Nobody has the name: the row is about a person who does not exist.
        person or User(username=username),
        force_log=True,
        object_pk=person.pk if person else "",
        action=action,
        actor=None,
        by_login=username[:150],
        summary=summary,
    )


def record_refusal(person, *, method: str, path: str):
    """Note that a person asked for what their role does not allow."""
    summary = f"没有权限，访问被拒绝：{method} {path[:500]}"
    return record(by=person, subject=person, summary=summary, action=Action.REFUSED)


def lift_lock(*, by, username: str) -> int:
    """Forget the failed logins of an account, so that it is open again at once.

    Returns:
        How many places' failures were forgotten; 0: there were none.
    """
    with transaction.atomic():
        number = reset(username=username)
        person = User.objects.with_unit().filter(username=username).first()
        if number and person is not None:
            summary = f"解除“{person}”的登录锁定，登录失败重新计数。"
            record(by=by, subject=person, summary=summary, action=Action.UNLOCKED)
    return number


def earliest_kept(now: datetime) -> datetime:
    """The moment since which no row can be deleted."""
    return now - timedelta(days=KEPT_DAYS)


@transaction.atomic
def purge(*, before: datetime, now: datetime | None = None) -> int:
    """Delete the rows from before a moment, as far back as they need not be kept.

    Returns:
        How many were deleted; that they were stands in the trail.

    Raises:
        TooYoungError: rows younger than KEPT_DAYS days would be among them.
    """
    if before > earliest_kept(now or timezone.now()):
        raise TooYoungError(f"操作记录至少保存{KEPT_DAYS}天，不能清理这一期限内的记录。")
    number, _kinds = LogEntry.objects.filter(timestamp__lt=before).delete()
    day = cn_date(timezone.localtime(before))
    LogEntry.objects.create(
        content_type=ContentType.objects.get_for_model(LogEntry),
        object_repr=f"{day}前的操作记录",
        action=Action.PURGE,
        by_name=SYSTEM,
        summary=f"清理{day}前的操作记录{number}条。",
    )
    return number


# -- Reading -----------------------------------------------------------------------------


def history(subject, limit):
    """The latest ``limit`` rows about ``subject``, newest first, as (when, who, what)."""
    rows = LogEntry.objects.get_for_object(subject).exclude(
        action__in=(Action.LOGIN, Action.LOGIN_FAILED, Action.LOGOUT, Action.REFUSED, Action.EXPORT)
    )
    rows = rows.order_by("-timestamp", "-pk")[:limit]
    return [(row.timestamp, row.by_name or "未登录", row.summary) for row in rows]


def _as_text(pair):
    return [None if value is None else _text(value) for value in pair]


def _text(value):
    if isinstance(value, Decimal):
        return number_cn(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return cn_date(value)
    return str(value)
