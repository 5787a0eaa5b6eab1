"""What the lists of people and of the trail can be narrowed to; all of it stands in the address."""

from datetime import date, datetime, time

import django_filters
from django import forms
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from livelihood.organisation.access import Role
from livelihood.organisation.models import LogEntry, User
from livelihood.organisation.words import cn_date

# Beyond these years a date is a slip of the pen.
DAYS = [
    MinValueValidator(date(2000, 1, 1), "日期应在2000年至2100年之间。"),
    MaxValueValidator(date(2100, 12, 31), "日期应在2000年至2100年之间。"),
]
SEARCH_LIMIT = 50


class PeopleFilter(django_filters.FilterSet):
    """People by name, role and state of the account; needs ``dormant`` on the queryset."""

    q = django_filters.CharFilter(method="named", label="姓名或用户名")
    role = django_filters.ChoiceFilter(choices=Role, label="角色", empty_label="全部")
    state = django_filters.ChoiceFilter(
        choices=[
            ("active", "在用"),
            ("initial", "未改初始密码"),
            ("dormant", "90天未登录"),
            ("off", "已停用"),
        ],
        method="in_state",
        label="账号状态",
        empty_label="全部",
    )

    class Meta:
        model = User
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.form.fields["q"].widget.attrs.update({"class": "form-control", "type": "search"})
        for name in ("role", "state"):
            self.form.fields[name].widget.attrs["class"] = "form-select"

    def named(self, people, name, value):
        return people.filter(Q(name__icontains=value) | Q(username__icontains=value))

    def in_state(self, people, name, value):
        return people.filter(
            **{
                "active": {"is_active": True},
                "initial": {"is_active": True, "must_change_password": True},
                "dormant": {"dormant": True},
                "off": {"is_active": False},
            }[value]
        )


def kinds():
    """The kinds of things of which the trail speaks, as (key, Chinese name)."""
    used = ContentType.objects.filter(
        Exists(LogEntry.objects.filter(content_type=OuterRef("pk")).order_by())
    )
    names = {(model._meta.app_label, model._meta.model_name): model for model in apps.get_models()}
    models = ((kind.pk, names.get(kind.natural_key())) for kind in used)
    return sorted(((pk, model._meta.verbose_name) for pk, model in models if model), key=str)


class PeriodForm(forms.Form):
    """A form with ``start`` and ``end``, the one not after the other."""

    def clean(self):
        values = super().clean()
        start, end = values.get("start"), values.get("end")
        if start and end and end < start:
            self.add_error("end", "结束日期早于开始日期。")
        return values


class AuditFilter(django_filters.FilterSet):
    """Rows of the trail by day, person, kind of thing, kind of deed, and words."""

    start = django_filters.DateFilter(
        label="开始日期",
        method="since",
        validators=DAYS,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    end = django_filters.DateFilter(
        label="结束日期",
        method="until",
        validators=DAYS,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    who = django_filters.CharFilter(
        label="姓名或用户名", method="by_person", max_length=SEARCH_LIMIT, widget=forms.SearchInput
    )
    action = django_filters.ChoiceFilter(label="动作", choices=LogEntry.Action, empty_label="全部")
    kind = django_filters.ChoiceFilter(
        label="对象种类", field_name="content_type", empty_label="全部"
    )
    q = django_filters.CharFilter(
        label="说明或对象名称",
        method="with_words",
        max_length=SEARCH_LIMIT,
        widget=forms.SearchInput,
    )

    class Meta:
        model = LogEntry
        fields = []
        form = PeriodForm

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["kind"].extra["choices"] = kinds()
        for field in self.form.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"

    def since(self, rows, name, value):
        return rows.filter(timestamp__gte=timezone.make_aware(datetime.combine(value, time.min)))

    def until(self, rows, name, value):
        return rows.filter(timestamp__lte=timezone.make_aware(datetime.combine(value, time.max)))

    def by_person(self, rows, name, value):
        return rows.filter(Q(by_name__icontains=value) | Q(by_login__icontains=value))

    def with_words(self, rows, name, value):
        return rows.filter(Q(summary__icontains=value) | Q(object_repr__icontains=value))

    def describe(self) -> str:
        """What is asked for, in words; empty where nothing is."""
        words = []
        for name, value in self.form.cleaned_data.items():
            field = self.form.fields[name]
            if not value:
                continue
            if isinstance(value, date):
                words.append(f"{cn_date(value)}{'起' if name == 'start' else '止'}")
            elif name in ("who", "q"):
                words.append(f"{field.label}含“{value}”")
            else:
                names = {str(key): label for key, label in field.choices}
                words.append(f"{field.label}为{names[value]}")
        return "，".join(words)
