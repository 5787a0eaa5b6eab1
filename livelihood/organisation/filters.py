"""What the list of people can be narrowed to; everything stands in the address."""

import django_filters
from django.db.models import Q

from livelihood.organisation.access import Role
from livelihood.organisation.models import User


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
