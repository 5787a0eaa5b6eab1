"""Forms about people: login, own password, a person's data."""

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UsernameField
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from livelihood.organisation.access import ROLES, Role
from livelihood.organisation.models import Unit, User
from livelihood.organisation.operations.people import EDITABLE, version_of, word_of

HOW_TO_CHOOSE = (
    "至少8位，含小写字母、大写字母、数字、符号中的至少三类；"
    "不能是常见密码，不能与用户名或姓名相近。"
)

FAULTS = {
    "password_too_short": "密码太短，至少8位。",
    "password_too_common": "这是常见密码，容易被猜中，请换一个。",
    "password_too_similar": "密码与用户名或姓名太相近，请换一个。",
}


def _password(autocomplete):
    return forms.PasswordInput(attrs={"class": "form-control", "autocomplete": autocomplete})


def _text(**attrs):
    return forms.TextInput(attrs={"class": "form-control", **attrs})


class LoginForm(AuthenticationForm):
    """Username and password."""

    username = UsernameField(
        label="用户名",
        error_messages={"required": "请填写用户名。"},
        widget=_text(autofocus=True, autocomplete="username", autocapitalize="none"),
    )
    password = forms.CharField(
        label="密码",
        strip=False,
        error_messages={"required": "请填写密码。"},
        widget=_password("current-password"),
    )
    error_messages = {
        "invalid_login": (
            "用户名或密码不正确，或者账号已停用。"
            f"连续{settings.AXES_FAILURE_LIMIT}次输错密码，账号将暂时锁定。"
        ),
        "inactive": "这个账号已停用，请联系本地区的系统管理员。",
    }


class OwnPasswordForm(PasswordChangeForm):
    """The old password once, the new one twice."""

    old_password = forms.CharField(
        label="当前密码",
        strip=False,
        error_messages={"required": "请填写当前密码。"},
        widget=_password("current-password"),
    )
    new_password1 = forms.CharField(
        label="新密码",
        strip=False,
        help_text=HOW_TO_CHOOSE,
        error_messages={"required": "请填写新密码。"},
        widget=_password("new-password"),
    )
    new_password2 = forms.CharField(
        label="再输一次新密码",
        strip=False,
        error_messages={"required": "请再输一次新密码。"},
        widget=_password("new-password"),
    )
    error_messages = {
        "password_incorrect": "当前密码不正确。",
        "password_mismatch": "两次输入的新密码不一致。",
    }

    def clean(self):
        # Django's own order, but what is wrong with the new password stands at the new
        # password, not where it is repeated.
        self.validate_passwords("new_password1", "new_password2")
        try:
            validate_password(self.cleaned_data.get("new_password1", ""), self.user)
        except ValidationError as refused:
            self._say_what_is_wrong(refused)
        return self.cleaned_data

    def _say_what_is_wrong(self, refused):
        if "new_password1" in self.errors:
            return
        for fault in refused.error_list:
            # Not all of Django's own sentences are translated.
            sentence = FAULTS.get(fault.code)
            self.add_error("new_password1", sentence or fault)

    def clean_new_password1(self):
        new = self.cleaned_data["new_password1"]
        if new == self.data.get("old_password"):
            raise ValidationError("新密码不能与当前密码相同。")
        return new


class PersonForm(forms.Form):
    """What an administrator may say of a person; ``person`` is None for a new one."""

    name = forms.CharField(
        label="姓名",
        max_length=30,
        error_messages={"required": "请填写姓名。", "max_length": "姓名不超过30个字。"},
        widget=_text(autocomplete="off"),
    )
    username = UsernameField(
        label="用户名",
        help_text="登录时使用，如姓名的拼音。一人一号，不共用。",
        max_length=30,
        error_messages={"required": "请填写用户名。", "max_length": "用户名不超过30个字符。"},
        validators=[
            RegexValidator(r"^[\w.@+-]+$", "用户名只能用字母、汉字、数字和 . @ + - _，不能有空格。")
        ],
        widget=_text(autocomplete="off", autocapitalize="none", spellcheck="false"),
    )
    unit = forms.ModelChoiceField(
        label="单位",
        queryset=Unit.objects.none(),
        empty_label="请选择",
        error_messages={"required": "请选择单位。", "invalid_choice": "请从名单中选择单位。"},
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    role = forms.ChoiceField(
        label="角色",
        choices=Role,
        error_messages={"required": "请选择角色。", "invalid_choice": "请从所列角色中选择。"},
        widget=forms.RadioSelect,
    )
    heads_unit = forms.BooleanField(
        label="单位负责人",
        help_text="启用单位内部审核的县，本单位的填报由其审核后报出；过期未报时也提醒到其本人。",
        required=False,
    )
    phone = forms.CharField(
        label="办公电话",
        help_text="只登记办公电话，不登记手机号码。可不填。",
        max_length=20,
        required=False,
        error_messages={"max_length": "电话不超过20个字符。"},
        validators=[
            RegexValidator(
                r"^[0-9（）() +\-转]+$", "电话只能用数字、空格、括号和短横，如 0577-68881234。"
            )
        ],
        widget=_text(autocomplete="off", inputmode="tel"),
    )
    email = forms.EmailField(
        label="工作邮箱",
        help_text="设有邮件服务器时，填报和督办的提醒同时发到这里。可不填。",
        max_length=254,
        required=False,
        error_messages={
            "invalid": "邮箱地址不正确，应写作 name@example.gov.cn 的样子。",
            "max_length": "邮箱地址太长。",
        },
        widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    # The person as they were when the form was opened.
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, by, person=None, **kwargs):
        if person is not None:
            kwargs["initial"] = {name: getattr(person, name) for name in EDITABLE}
            kwargs["initial"]["version"] = version_of(person)
        super().__init__(*args, **kwargs)
        self.by = by
        self._offer_units()
        self.fields["role"].choices = Role.choices
        if person == by:
            # Nobody takes their own rights away by mistake.
            for name in ("unit", "role"):
                self.fields[name].disabled = True
                self.fields[name].help_text = "自己的单位和角色由另一名系统管理员修改。"

    def _offer_units(self):
        """The units the administrator knows, parted by region where there are several."""
        field = self.fields["unit"]
        field.queryset = Unit.objects.visible_to(self.by).select_related("region")
        if self.by.unit_id is None:
            field.required = False
            field.help_text = "系统管理员可以不属于任何单位，此时管理全部地区。"
            field.empty_label = "不属于任何单位"
        regions = {}
        for unit in field.queryset.order_by("region__code", "order", "pk"):
            regions.setdefault(unit.region.name, []).append((unit.pk, unit.name))
        groups = list(regions.items())
        units = groups if len(groups) > 1 else [pair for _, group in groups for pair in group]
        field.choices = [("", field.empty_label), *units]

    def role_options(self):
        """Each role's radio button with what the role allows, in words."""
        return [
            (radio, ROLES[role].description) for radio, role in zip(self["role"], Role, strict=True)
        ]

    def show_conflict(self, current):
        """Keep what was typed beside what others saved meanwhile, as ``conflicts``, and
        take over the version of the row as it now is: sent again, what was typed holds."""
        self.data = self.data.copy()
        self.data["version"] = version_of(current)
        typed = User(**self.values())
        self.conflicts = [
            (self.fields[name].label, word_of(current, name), word_of(typed, name))
            for name in EDITABLE
            if word_of(current, name) != word_of(typed, name)
        ]

    def values(self):
        """The valid values, as the operations take them."""
        return {name: self.cleaned_data[name] for name in EDITABLE}

    def take_errors(self, error):
        """Put what an operation found wrong beside the fields."""
        for field, messages in error.message_dict.items():
            self.add_error(field if field in self.fields else None, messages)
