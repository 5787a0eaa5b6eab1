"""Writing people: adding, changing, passwords, switching off and on. Reading them for the list.

Each writer is one transaction and leaves one row in the audit trail. ``by`` is the person
who acts, or None for the command line, which may do everything but leave a place without
an administrator.
"""

import hashlib
import json
import secrets
from copy import copy
from datetime import datetime, timedelta

from auditlog.context import disable_auditlog
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, Case, Q, Value, When
from django.utils import timezone

from livelihood.organisation.access import Role
from livelihood.organisation.models import LogEntry, Unit, User
from livelihood.organisation.operations.audit import lift_lock, record

# What an administrator may change of a person, in the order of the form.
EDITABLE = ("name", "username", "unit", "role", "heads_unit", "phone", "email")
# An account nobody used for so long is marked: it may have been forgotten.
DORMANT_DAYS = 90
TAKEN = "这个用户名已有人使用，请换一个。"

# No letters and digits that look alike on paper (0O 1Il), since the password is copied by hand.
LOWER = "abcdefghjkmnpqrstuvwxyz"
UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "23456789"
GROUPS, GROUP_LENGTH = 3, 4


class Refused(Exception):
    """What was asked is not allowed now; the message says why, in Chinese."""


class Changed(Exception):
    """Somebody else changed the person after the form was opened; ``current`` is the row now."""

    def __init__(self, current):
        super().__init__(f"“{current}”的资料在您打开之后已被他人修改。")
        self.current = current


# -- Reading -----------------------------------------------------------------------


def manageable(by):
    """The people whom ``by`` may look after, with their unit and region.

    Superusers, made on the command line, are looked after by superusers only: else an
    administrator could take such an account over by resetting its password.
    """
    people = User.objects.visible_to(by).with_unit()
    return people if by.is_superuser else people.filter(is_superuser=False)


def is_dormant(now: datetime) -> Q:
    """The condition that an account in use has not been used for ``DORMANT_DAYS`` days."""
    limit = now - timedelta(days=DORMANT_DAYS)
    unused = Q(last_login__lt=limit) | Q(last_login=None, date_joined__lt=limit)
    return Q(is_active=True) & unused


def for_list(by, now: datetime):
    """``manageable(by)`` in the order of regions and units, each person with ``dormant``."""
    dormant = Case(
        When(is_dormant(now), then=Value(True)), default=False, output_field=BooleanField()
    )
    return (
        manageable(by)
        .annotate(dormant=dormant)
        .order_by("unit__region__code", "unit__order", "unit", "username")
    )


def version_of(person) -> str:
    """A short mark of what can be edited; it differs as soon as one value differs."""
    values = [str(getattr(person, _column(field))) for field in EDITABLE]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


def word_of(person, field) -> str:
    """One of the ``EDITABLE`` values in words."""
    if field == "role":
        return person.get_role_display()
    if field == "heads_unit":
        return "是" if person.heads_unit else "否"
    return str(getattr(person, field) or "无")


def initial_password() -> str:
    """A random password such as ``Kd7m-wP4x-t9Qe``: about 68 bits, easy to copy by hand."""
    while True:
        groups = (
            "".join(secrets.choice(LOWER + UPPER + DIGITS) for _ in range(GROUP_LENGTH))
            for _ in range(GROUPS)
        )
        password = "-".join(groups)
        if all(set(password) & set(kind) for kind in (LOWER, UPPER, DIGITS)):
            return password


# -- Writing -----------------------------------------------------------------------


@transaction.atomic
def add_person(*, by, name, username, unit, role, phone="", email="", heads_unit=False):
    """Add a person with an initial password that has to be changed at the first login.

    Returns:
        The person and the password in the clear, which is kept nowhere.

    Raises:
        ValidationError: a value does not fit; by field, in Chinese.
        PermissionDenied: the unit does not exist for ``by``.
    """
    person = User(
        name=name,
        username=username,
        unit=unit,
        role=role,
        phone=phone,
        email=email,
        heads_unit=heads_unit,
    )
    _require_unit(by, person)
    password = initial_password()
    person.set_password(password)
    _validate(person)
    _save_checked(person)
    where = unit.name if unit else "不属于任何单位"
    record(
        by=by,
        subject=person,
        summary=f"新增人员“{person}”，{where}，{person.get_role_display()}。",
        changes={field: (None, getattr(person, field)) for field in EDITABLE},
        action=LogEntry.Action.CREATE,
    )
    return person, password


@transaction.atomic
def change_person(
    *, by, person, version, name, username, unit, role, phone="", email="", heads_unit=False
):
    """Change a person's data, provided they still are as they were when the form was opened.

    Args:
        version: ``version_of`` the person as the form showed them.

    Returns:
        The person as saved.

    Raises:
        Changed: somebody else was faster; nothing was saved.
        Refused: an administrator would lose their own rights, or the last one would go.
        ValidationError: a value does not fit; by field, in Chinese.
        PermissionDenied: the unit does not exist for ``by``.
    """
    administrators = _lock_administrators()
    old = _lock(person)
    if version_of(old) != version:
        raise Changed(old)
    new = copy(old)
    new.name, new.username, new.unit, new.role, new.phone = name, username, unit, role, phone
    new.email, new.heads_unit = email, heads_unit
    changes = _changes(old, new)
    if not changes:
        return old
    if "unit" in changes:
        _require_unit(by, new)
    if by == old and not changes.keys().isdisjoint({"unit", "role"}):
        raise Refused("不能修改自己的单位和角色，请由另一名系统管理员办理。")
    _validate(new)
    _keep_an_administrator(administrators, old, new)
    _save_checked(new, update_fields=list(changes))
    shown = {field: (getattr(old, field), getattr(new, field)) for field in changes}
    record(by=by, subject=new, summary=_summary(old, new, changes), changes=shown)
    return new


@transaction.atomic
def reset_password(*, by, person):
    """Replace a forgotten password; open sessions of the person end, a lock-out is lifted.

    Returns:
        The new initial password in the clear, which is kept nowhere.

    Raises:
        Refused: one's own password is changed, not reset.
    """
    if by == person:
        raise Refused("自己的密码请用“修改密码”更改。")
    person = _lock(person)
    password = initial_password()
    # Sessions carry a mark made from the password's hash: they end with the old hash.
    person.set_password(password)
    person.must_change_password = True
    _save(person, update_fields=["password", "must_change_password"])
    record(by=by, subject=person, summary=f"重置“{person}”的密码。")
    lift_lock(by=by, username=person.username)
    return password


@transaction.atomic
def set_active(*, by, person, active):
    """Switch an account off (its open sessions end at once, for good) or on again.

    Raises:
        Refused: one's own account, or the last administrator's.
    """
    administrators = _lock_administrators()
    old = _lock(person)
    if old.is_active == active:
        return
    if by == old:
        raise Refused("不能停用自己的账号，请由另一名系统管理员办理。")
    new = copy(old)
    new.is_active = active
    _keep_an_administrator(administrators, old, new)
    _save(new, update_fields=["is_active"])
    if not active:
        _end_sessions(new)
    record(
        by=by,
        subject=new,
        summary=f"{'启用' if active else '停用'}“{new}”的账号。",
        changes={"is_active": (old.is_active, new.is_active)},
    )


@transaction.atomic
def change_own_password(*, by, password):
    """Set the password ``by`` chose, already checked by the form; an initial one is settled.

    Sessions of the person elsewhere end; the view keeps the one in use.
    """
    by.set_password(password)
    by.must_change_password = False
    _save(by, update_fields=["password", "must_change_password"])
    record(by=by, subject=by, summary=f"“{by}”修改了自己的密码。")


# -- Rules -------------------------------------------------------------------------


def _end_sessions(person):
    """Delete the person's sessions, so that none comes back when the account does."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            session.delete()


def _lock_administrators():
    """The administrators in use, locked first and in one order, so that two people who
    switch each other off wait instead of both succeeding or blocking each other."""
    return list(
        User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
        .with_unit()
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )


def _lock(person):
    return User.objects.with_unit().select_for_update(of=("self",), no_key=True).get(pk=person.pk)


def _keep_an_administrator(administrators, old, new):
    """Refuse a change after which nobody could look after the people of a region.

    Raises:
        Refused: ``old`` was the last administrator of their region.
    """
    if old not in administrators or (_is_administrator(new) and new.unit == old.unit):
        return
    remaining = [one for one in administrators if one != old]
    if _is_administrator(new):
        remaining.append(new)
    if not any(_covers(one, old.unit) for one in remaining):
        raise Refused(f"“{old}”是{_scope(old.unit)}唯一的系统管理员，请先指定另一名系统管理员。")


def _is_administrator(person):
    return person.is_active and person.role == Role.ADMINISTRATOR


def _covers(administrator, unit):
    """Whether the administrator looks after the people of ``unit`` (None: of everything)."""
    if administrator.unit is None:
        return True
    return unit is not None and unit.region.path.startswith(administrator.unit.region.path)


def _scope(unit):
    return "全部地区" if unit is None else unit.region.name


def _require_unit(by, person):
    """A person can be placed only where ``by`` looks after people.

    Raises:
        PermissionDenied: the unit does not exist for ``by``.
    """
    if by is None:
        return
    if person.unit is None:
        if by.unit_id is not None and person.role == Role.ADMINISTRATOR:
            raise PermissionDenied
    elif not Unit.objects.visible_to(by).filter(pk=person.unit.pk).exists():
        raise PermissionDenied


def _validate(person):
    """Check every value.

    Raises:
        ValidationError: by field, in Chinese.
    """
    taken = User.objects.filter(username__iexact=person.username).exclude(pk=person.pk)
    if person.username and taken.exists():
        raise ValidationError({"username": TAKEN})
    if person.unit is None and person.role != Role.ADMINISTRATOR:
        raise ValidationError({"unit": "除系统管理员外，每个人都要属于一个单位。"})
    if person.heads_unit and person.role != Role.LEAD_UNIT:
        # Whoever heads a unit approves what it reports, which only its own people may.
        raise ValidationError({"heads_unit": "只有牵头单位的人员可以设为单位负责人。"})
    # Whether the name is free was asked above; who takes it meanwhile is found on saving.
    person.full_clean(validate_unique=False)


def _save(person, **kwargs):
    """Save without the library's own row: it would hold half of the password's hash, and
    the row that ``record`` writes says more."""
    with disable_auditlog():
        person.save(**kwargs)


def _save_checked(person, **kwargs):
    """Save what ``_validate`` found right.

    Raises:
        ValidationError: another administrator took the username at the same moment.
    """
    try:
        with transaction.atomic():
            _save(person, **kwargs)
    except IntegrityError:
        raise ValidationError({"username": TAKEN}) from None


def _column(field):
    return "unit_id" if field == "unit" else field


def _changes(old, new):
    pairs = {f: (getattr(old, _column(f)), getattr(new, _column(f))) for f in EDITABLE}
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}


def _summary(old, new, changes):
    parts = [
        f"{User._meta.get_field(field).verbose_name}由“{word_of(old, field)}”"
        f"改为“{word_of(new, field)}”"
        for field in changes
    ]
    return f"修改“{old}”：{'；'.join(parts)}。"
