"""提醒: what is said to one person inside the product until it is read."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Case, When
from django.utils import timezone

from livelihood.organisation.access import Permission, may
from livelihood.organisation.models import Unit, User
from progress.models import Notice, Round

LONGEST_TEXT = Notice._meta.get_field("text").max_length


def people_who_report(unit: Unit) -> list[User]:
    """The people in service who report for a unit, its head among them."""
    people = User.objects.filter(unit=unit, is_active=True).order_by("pk")
    return [person for person in people if may(person, Permission.REPORT)]


def shortened(text: str) -> str:
    """A text that fits into a notice; what does not fit is marked with …"""
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def notify(
    people: Iterable[User], *, kind: str, text: str, url: str, reporting_round: Round | None
) -> list[Notice]:
    """Say something to each of ``people``; call it inside the transaction of what happened,
    which raises the county's data version, so that their menu shows it.

    Args:
        people: whom.
        kind: a value of Notice.Kind that is no rung of the ladder (operations.reminders).
        text: one sentence; cut off at 300 characters.
        url: where it leads, an address of this site.
        reporting_round: which it is about, if any.
    """
    return Notice.objects.bulk_create(
        Notice(user=person, kind=kind, text=shortened(text), url=url, round=reporting_round)
        for person in people
    )


def notices_of(user):
    """A person's notices, those not read first, each the latest first."""
    unread_first = Case(When(read_at=None, then=0), default=1)
    return Notice.objects.filter(user=user).order_by(unread_first, "-created_at", "-pk")


def unread_notices(user) -> int:
    """How many notices somebody has not read: one query over an index of its own."""
    return Notice.objects.filter(user=user, read_at=None).count()


def mark_read(*, by, pk: int | None = None, now: datetime | None = None) -> int:
    """Mark one of the own notices as read, or with ``pk=None`` all of them.

    Reading is no change of the work and leaves no row in the audit trail.

    Returns:
        How many were marked: 0 where the notice is another's or was read before.
    """
    notices = Notice.objects.filter(user=by, read_at=None)
    if pk is not None:
        notices = notices.filter(pk=pk)
    return notices.update(read_at=now or timezone.now())


def url_of(user, pk: int) -> str:
    """Where one of the own notices leads; "" where it is another's or leads nowhere."""
    urls = Notice.objects.filter(user=user, pk=pk).values_list("url", flat=True)
    return urls.first() or ""
