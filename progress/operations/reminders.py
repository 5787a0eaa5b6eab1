"""The ladder of reminders about missing reports: before, on and after the deadline.

Before it speaks the reporters, on the day the unit's head as well, after it the county's
supervisors as well. Each rung is spoken once to each person, and only where something is
really missing, by the unit's own deadline (extensions included). Run once a day or more
often (``manage.py remind``); a day that was missed is made up for with what is true now.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from smtplib import SMTPException, SMTPServerDisconnected
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.access import Permission, Role, may
from livelihood.organisation.models import Region, User
from livelihood.organisation.operations.audit import record
from livelihood.organisation.words import cn_date
from progress.models import Notice, Round
from progress.operations.notices import shortened
from progress.operations.reporting_board import Cell, due_words, read_board

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
# What is overdue for longer has been told, or was overdue when the reminders began.
AFTER_DAYS = 7
# E-mails that could not be sent are tried again for so long.
MAIL_DAYS = 3
LADDER_KINDS = (Notice.Kind.BEFORE, Notice.Kind.DUE, Notice.Kind.AFTER)


class Rung(NamedTuple):
    """What is to be said today: the kind, and the day whose turn it was to say it."""

    kind: str
    for_day: date


@dataclass
class Outcome:
    """What a run did: notices by round and kind, e-mails sent, and what went wrong."""

    notices: dict[tuple[Round, str], int] = field(default_factory=dict)
    mailed: int = 0
    failed: int = 0
    fault: str = ""


def rung_of(due: date, today: date, days_before: Sequence[int]) -> Rung | None:
    """The rung that has been reached ``today`` for a deadline on the day ``due``.

    Args:
        due: the last day on which a report is in time.
        today: the day of the run.
        days_before: on which days before it is spoken, such as (3, 1).

    Returns:
        The latest rung reached, or None before the first and long after the last.
    """
    if today > due:
        late = (today - due).days
        return Rung(Notice.Kind.AFTER, due + DAY) if late <= AFTER_DAYS else None
    if today == due:
        return Rung(Notice.Kind.DUE, due)
    reached = [n for n in days_before if n > 0 and today >= due - n * DAY]
    return Rung(Notice.Kind.BEFORE, due - min(reached) * DAY) if reached else None


def remind(*, today: date, now: datetime | None = None) -> Outcome:
    """Speak every rung that is due ``today``, then send what has not been mailed.

    Safe to run again: what was said is not said twice.

    Args:
        today: the day for which it runs.
        now: the moment of the e-mails; by default the clock's.
    """
    outcome = Outcome()
    oldest = today - AFTER_DAYS * DAY
    rounds = (
        Round.objects.exclude(state=Round.State.PLANNED)
        .filter(Q(deadline__gte=oldest) | Q(extensions__until__date__gte=oldest))
        .exclude(deadline=None)
        .select_related("county")
        .distinct()
    )
    by_year: dict[tuple[Region, int], list[Round]] = defaultdict(list)
    for reporting_round in rounds:
        by_year[reporting_round.county, reporting_round.as_of.year].append(reporting_round)
    for (county, year), awaited in by_year.items():
        remind_county(county, year, awaited, today=today, outcome=outcome)
    send_mail(outcome, now or timezone.now())
    return outcome


def remind_county(
    county: Region, year: int, rounds: Iterable[Round], *, today: date, outcome: Outcome
) -> None:
    """Speak every rung that is due ``today`` in ``rounds`` of one county's year; no e-mail."""
    noon = timezone.make_aware(datetime.combine(today, time(12)))
    board = read_board(None, county, year, now=noon)
    people = _people(county)
    known = {r.pk: r for r in board.rounds}
    for reporting_round in rounds:
        wanted = _wanted(board.cells(known[reporting_round.pk]), people, today)
        if wanted:
            with transaction.atomic():
                _say(reporting_round, wanted, outcome)


@dataclass
class _People:
    """Who may be told, in one county."""

    of_units: dict[int, list[User]]
    supervisors: list[User]


def _people(county: Region) -> _People:
    of_units, supervisors = defaultdict(list), []
    for person in User.objects.filter(unit__region=county, is_active=True).order_by("pk"):
        if person.role == Role.SUPERVISOR:
            supervisors.append(person)
        elif may(person, Permission.REPORT):
            of_units[person.unit_id].append(person)
    return _People(of_units, supervisors)


def _wanted(
    cells: Iterable[Cell], people: _People, today: date
) -> dict[tuple[User, Rung], tuple[str, str]]:
    """(text, address) by person and rung."""
    wanted, late = {}, defaultdict(list)
    for cell in cells:
        if not cell.missing or cell.due is None:
            continue
        rung = rung_of(timezone.localdate(cell.due), today, settings.REMIND_DAYS_BEFORE)
        if rung is None:
            continue
        own = people.of_units.get(cell.unit.pk, [])
        text = unit_text(cell, rung.kind, today, headed=any(p.heads_unit for p in own))
        for person in told(cell, rung.kind, own):
            wanted[person, rung] = text, _tasks_url(cell)
        if rung.kind == Notice.Kind.AFTER:
            late[rung].append(cell)
    for rung, overdue in late.items():
        for person in people.supervisors:
            wanted[person, rung] = supervisor_text(overdue), _board_url(overdue[0])
    return wanted


def told(cell: Cell, kind: str, people: Sequence[User]) -> list[User]:
    """Whom of a unit's people a rung speaks to.

    Reporters while something is theirs to do, be it to take back what waits for a head that
    the unit no longer has; the head on the day and after it, and before it where something
    waits for the head, or where nobody else reports.
    """
    heads = [p for p in people if p.heads_unit]
    reporters = [p for p in people if not p.heads_unit]
    with_reporters = len(cell.missing) > cell.in_unit or not heads
    with_heads = kind != Notice.Kind.BEFORE or cell.in_unit > 0 or not reporters
    return [*(reporters if with_reporters else []), *(heads if with_heads else [])]


def unit_text(cell: Cell, kind: str, today: date, *, headed: bool) -> str:
    """What a unit's people are told; ``headed``: whether one of them heads the unit."""
    sample = "（演示数据）" if cell.round.simulated else ""
    missing = f"{cell.unit}尚有{len(cell.missing)}项未报"
    if cell.in_unit:
        remedy = "" if headed else "，而本单位现无负责人账号，请撤回后重新提交"
        missing += f"（其中{cell.in_unit}项待单位负责人审核{remedy}）"
    extended = "（经批准延期）" if cell.extended else ""
    subject = f"{sample}{cell.round}的进展填报"
    days = (timezone.localdate(cell.due) - today).days
    if kind == Notice.Kind.BEFORE:
        return f"{subject}，期限为{due_words(cell.due)}{extended}，还有{days}天：{missing}。"
    if kind == Notice.Kind.DUE:
        return f"{subject}今日（{due_words(cell.due)}）截止{extended}：{missing}。"
    if cell.round.state == Round.State.CLOSED:
        return f"{subject}已截止，{missing}。需要补报的，请与县政府办公室联系，由其重开。"
    return f"{subject}已过期限（{due_words(cell.due)}）{extended}：{missing}，请立即补报。"


def supervisor_text(overdue: Sequence[Cell]) -> str:
    """What supervisors are told of the units whose deadline has passed."""
    first = overdue[0]
    sample = "（演示数据）" if first.round.simulated else ""
    units = "、".join(f"{c.unit}（{len(c.missing)}项）" for c in overdue)
    return (
        f"{sample}{first.round}的进展填报已过期限（{due_words(first.due)}），"
        f"{len(overdue)}个单位未报齐：{units}。"
    )


def _tasks_url(cell: Cell) -> str:
    county, as_of = cell.round.county, cell.round.as_of
    return reverse("round_tasks", args=[county.code, as_of.year, as_of])


def _board_url(cell: Cell) -> str:
    county, as_of = cell.round.county, cell.round.as_of
    return f"{reverse('reporting', args=[county.code, as_of.year])}?as_of={as_of.isoformat()}"


def _say(reporting_round: Round, wanted, outcome: Outcome) -> None:
    """Write the notices that have not been written; one row in the audit trail for all."""
    said = set(
        Notice.objects.filter(round=reporting_round, kind__in=LADDER_KINDS).values_list(
            "user_id", "kind", "for_day"
        )
    )
    fresh = [
        Notice(
            user=person,
            round=reporting_round,
            kind=rung.kind,
            for_day=rung.for_day,
            text=shortened(text),
            url=url,
        )
        for (person, rung), (text, url) in wanted.items()
        if (person.pk, rung.kind, rung.for_day) not in said
    ]
    if not fresh:
        return
    # Two runs at once: the constraint keeps the second from saying it again.
    Notice.objects.bulk_create(fresh, ignore_conflicts=True)
    # Every page's menu counts what is unread.
    Region.objects.filter(pk=reporting_round.county_id).touch(judged=False)
    for kind in LADDER_KINDS:
        if count := sum(1 for notice in fresh if notice.kind == kind):
            outcome.notices[reporting_round, kind] = count
    record(by=None, subject=reporting_round, summary=f"{reporting_round}：发出提醒{len(fresh)}条")


# -- E-mail -----------------------------------------------------------------------------


def send_mail(outcome: Outcome, now: datetime) -> None:
    """Send the unread notices of the last days that have not been mailed, where a mail
    server is set. What fails is tried again with the next run, and hinders nothing else."""
    if not settings.EMAIL_HOST:
        return
    waiting = (
        Notice.objects.filter(
            mailed_at=None,
            read_at=None,
            created_at__gte=now - timedelta(days=MAIL_DAYS),
            user__is_active=True,
        )
        .exclude(user__email="")
        .select_related("user")
        .order_by("pk")
    )
    try:
        with get_connection() as connection:
            for notice in waiting:
                if not _send(connection, notice, now, outcome):
                    return
    except (OSError, SMTPException) as error:  # SMTPException: login refused and the like
        outcome.fault = str(error) or type(error).__name__
        logger.warning("e-mail could not be sent: %s", outcome.fault)


def _send(connection, notice: Notice, now: datetime, outcome: Outcome) -> bool:
    """Send one notice; False where the server has gone and the rest must wait."""
    own = Notice.objects.filter(pk=notice.pk, mailed_at=None)
    if not own.update(mailed_at=now):  # another run is sending it
        return True
    try:
        message(notice, connection).send()
    except (OSError, SMTPException) as error:
        Notice.objects.filter(pk=notice.pk).update(mailed_at=None)
        outcome.failed += 1
        outcome.fault = str(error) or type(error).__name__
        logger.warning("notice %s could not be mailed: %s", notice.pk, outcome.fault)
        return isinstance(error, SMTPException) and not isinstance(error, SMTPServerDisconnected)
    outcome.mailed += 1
    return True


def message(notice: Notice, connection=None) -> EmailMessage:
    """A notice as an e-mail."""
    lines = [f"{notice.user.name}：", "", notice.text, ""]
    if notice.url and settings.SITE_URL:
        lines.append(f"办理：{settings.SITE_URL.rstrip('/')}{notice.url}")
    lines += [
        f"请登录“{settings.SITE_NAME}”系统办理。",
        f"本邮件由系统于{cn_date(timezone.localdate(notice.created_at))}自动发出，请勿回复。",
    ]
    return EmailMessage(
        subject=f"【{settings.SITE_NAME}】{notice.get_kind_display()}",
        body="\n".join(lines),
        to=[notice.user.email],
        connection=connection,
    )
