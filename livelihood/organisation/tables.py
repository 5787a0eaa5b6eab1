"""Rows of the audit trail as a reader takes them: in Chinese, with the way to the thing."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware

from livelihood.organisation.access import Permission, may
from livelihood.organisation.documents.tables import Column, Kind
from livelihood.organisation.models import LogEntry, User
from livelihood.organisation.words import cn_date, cn_datetime

EMPTY = "（空）"
NOBODY = "未登录"
# As the library writes what is empty or true.
WORDS = {None: EMPTY, "": EMPTY, "None": EMPTY, "True": "是", "False": "否"}
COLUMNS = (
    Column("时间", 26, Kind.MOMENT),
    Column("人员", 16),
    Column("用户名", 20),
    Column("角色", 12),
    Column("来自", 16),
    Column("动作", 10),
    Column("对象种类", 12),
    Column("对象", 24),
    Column("说明", 48),
    Column("改动", 48),
)


@dataclass(frozen=True)
class Change:
    """One changed field in words; ``old`` is empty where a thing is new."""

    field: str
    old: str
    new: str

    def __str__(self):
        if not self.old:
            return f"{self.field}：{self.new}"
        return f"{self.field}：{self.old} → {self.new}"


@dataclass(frozen=True)
class AuditRow:
    """One row of the trail in words; ``url`` is empty where the thing has no page."""

    when: datetime
    who: str
    login: str
    role: str
    address: str
    action: str
    kind: str
    name: str
    url: str
    summary: str
    changes: list[Change]

    def values(self) -> tuple:
        """The row for Excel, in the order of ``COLUMNS``."""
        return (
            timezone.localtime(self.when).replace(tzinfo=None, microsecond=0),
            self.who,
            self.login,
            self.role,
            self.address,
            self.action,
            self.kind,
            self.name,
            self.summary,
            "\n".join(map(str, self.changes)),
        )


def audit_rows(entries: Iterable[LogEntry], user) -> list[AuditRow]:
    """The rows in words, with links to the pages that ``user`` may open.

    One query for each kind of thing that has pages, however many rows there are.
    """
    entries = list(entries)
    urls = _addresses(entries, user)
    return [_row(entry, urls) for entry in entries]


def changes_in_words(entry: LogEntry) -> list[Change]:
    """What a row says was changed, field by field."""
    model = entry.content_type.model_class()
    is_new = entry.action == LogEntry.Action.CREATE
    return [
        _change(model, name, pair, is_new)
        for name, pair in (entry.changes or {}).items()
        if isinstance(pair, list) and not _is_internal(model, name)
    ]


def _is_internal(model, name):
    """Keys and what points to the thing: the library's own rows name them, nobody reads them."""
    try:
        field = model._meta.get_field(name)
    except (AttributeError, FieldDoesNotExist):
        return False
    return not field.concrete or field.primary_key


def field_label(model, name: str) -> str:
    """What a reader calls the field; a name that is none of the model's is in words already."""
    try:
        return str(model._meta.get_field(name).verbose_name)
    except (AttributeError, FieldDoesNotExist):
        return name


def _change(model, name, pair, is_new):
    old, new = (_in_words(model, name, value) for value in pair)
    return Change(field_label(model, name), "" if is_new and old == EMPTY else old, new)


def _in_words(model, name, value):
    if value in WORDS:
        return WORDS[value]
    try:
        field = model._meta.get_field(name)
    except (AttributeError, FieldDoesNotExist):
        return str(value)
    if isinstance(field, models.DateField):  # or a moment
        return _day_in_words(value)
    return str(dict(getattr(field, "flatchoices", ())).get(value, value))


def _day_in_words(text):
    """A stored date or moment; a text that is neither stays as it is."""
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:
        return text
    if day is not None:
        return cn_date(day)
    if moment is None:
        return text
    # The library writes moments of UTC without saying so.
    known = make_aware(moment, UTC) if is_naive(moment) else moment
    return cn_datetime(timezone.localtime(known))


def _row(entry, urls):
    model = entry.content_type.model_class()
    kind = str(model._meta.verbose_name) if model else "已取消的种类"
    return AuditRow(
        when=entry.timestamp,
        who=entry.by_name or NOBODY,
        login=entry.by_login,
        role=entry.by_role,
        address=entry.remote_addr or "—",
        action=entry.get_action_display(),
        kind=kind,
        name=entry.object_repr,
        url=urls.get((model, entry.object_id), ""),
        summary=entry.summary,
        changes=changes_in_words(entry),
    )


def _addresses(entries, user):
    """The pages of the things, by model and key; models say by ``addresses`` where they are."""
    keys = defaultdict(set)
    for entry in entries:
        if entry.object_id is not None:
            keys[entry.content_type.model_class()].add(entry.object_id)
    if not may(user, Permission.MANAGE_PEOPLE):
        keys.pop(User, None)
    return {
        (model, pk): url
        for model, pks in keys.items()
        if hasattr(model, "objects") and hasattr(model.objects, "addresses")
        for pk, url in model.objects.addresses(pks).items()
    }
