"""催办单、督办单: kinds and states with a shape, the filters of the list, the forms, the sheet."""

from datetime import date

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from livelihood.organisation.words import cn_date
from progress.documents.slip_docx import SlipSheet
from progress.models import Slip
from progress.operations.slips import DAYS_GIVEN, LADDER, proposed_deadline

SHAPES = {
    Slip.Kind.URGE: "○",
    Slip.Kind.BLUE: "●",
    Slip.Kind.YELLOW: "▲",
    Slip.Kind.RED: "■",
}
COLOURS = {Slip.Kind.BLUE: "蓝色", Slip.Kind.YELLOW: "黄色", Slip.Kind.RED: "红色"}
TEXT_LIMIT = 3000
ANSWER_LIMIT = 3000


def kind_words(kind: str) -> str:
    """The kind with its shape: ▲ 督办单（黄）."""
    return f"{SHAPES[kind]} {Slip.Kind(kind).label}"


def state_of(slip: Slip, today: date) -> tuple[str, str]:
    """(name, words with a shape) of where a slip stands on a day."""
    if slip.closed_at is not None:
        return "closed", "✓ 已办结"
    if slip.answered_at is not None:
        return "answered", "◆ 已回复，待核实"
    if today > slip.deadline:
        return "overdue", f"■ 逾期{(today - slip.deadline).days}天"
    return "open", "○ 办理中"


def signing_unit(slip: Slip) -> str:
    """Who signs: the issuer's unit under its full name, 苍南县政府办公室."""
    county = slip.county.name
    unit = slip.issued_by.unit.name if slip.issued_by.unit_id else f"{county[-1]}政府办公室"
    return county + unit[1:] if unit.startswith(county[-1]) else county + unit


def title_of(slip: Slip) -> str:
    """What stands on top of the printed slip."""
    if slip.kind == Slip.Kind.URGE:
        return f"{slip.county.name}民生实事填报催办单"
    return f"{slip.county.name}民生实事督办单（{COLOURS[slip.kind]}）"


def sheet_of(slip: Slip) -> SlipSheet:
    """The slip as plain values, ready to be printed."""
    matters = [("办结期限", cn_date(slip.deadline))]
    if slip.item is not None:
        name = f"{slip.item.project_list.get_level_display()}第{slip.item.number}项"
        matters.insert(0, ("督办事项", f"{name}　{slip.item.project.name}"))
    answered = slip.answered_at is not None
    closing = ""
    if slip.closed_at is not None:
        when = cn_date(timezone.localdate(slip.closed_at))
        closing = f"已办结。{slip.closed_by}，{when}。"
    return SlipSheet(
        title=title_of(slip),
        number=f"〔{slip.year}〕{slip.number}号",
        notes=["（演示数据）"] if slip.round.simulated else [],
        addressee=slip.unit.name,
        matters=matters,
        text=slip.text,
        signing_unit=signing_unit(slip),
        issued_on=slip.issued_on,
        deadline=slip.deadline,
        answer=slip.answer,
        answered_by=str(slip.answered_by) if answered else "",
        answered_on=cn_date(timezone.localdate(slip.answered_at)) if answered else "",
        closing=closing,
    )


# -- The list ---------------------------------------------------------------------------


class SlipFilter(django_filters.FilterSet):
    """The filters of the list of slips."""

    STATES = (
        ("open", "未办结"),
        ("unanswered", "未回复"),
        ("overdue", "逾期未回复"),
        ("answered", "已回复，待核实"),
        ("closed", "已办结"),
    )
    unit = django_filters.ChoiceFilter(label="单位", field_name="unit_id", empty_label="全部")
    kind = django_filters.ChoiceFilter(label="类型", choices=Slip.Kind, empty_label="全部")
    state = django_filters.ChoiceFilter(
        label="状态", choices=STATES, method="in_state", empty_label="全部"
    )

    class Meta:
        model = Slip
        fields = []

    def __init__(self, data, queryset, *, today: date):
        super().__init__(data, queryset)
        self.today = today
        units = queryset.order_by("unit__order", "unit_id").values_list("unit_id", "unit__name")
        self.filters["unit"].extra["choices"] = list(dict(units).items())
        for field in self.form.fields.values():
            field.widget.attrs["class"] = "form-select"

    def in_state(self, queryset: QuerySet, name, value):
        """Slips that stand so today."""
        if value == "closed":
            return queryset.exclude(closed_at=None)
        queryset = queryset.open()
        if value == "answered":
            return queryset.exclude(answered_at=None)
        if value == "unanswered":
            return queryset.filter(answered_at=None)
        if value == "overdue":
            return queryset.filter(answered_at=None, deadline__lt=self.today)
        return queryset


# -- Forms ------------------------------------------------------------------------------


class SlipForm(forms.Form):
    """What the office says in a new slip."""

    kind = forms.ChoiceField(
        label="类型",
        choices=Slip.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择类型。", "invalid_choice": "请从所列类型中选择。"},
    )
    deadline = forms.DateField(
        label="办结期限",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": "请填写办结期限。",
            "invalid": "办结期限不是有效的日期，应写作 2023-04-20 的样子。",
        },
    )
    text = forms.CharField(
        label="事由和要求",
        help_text="已按本期数据拟好，可以修改；每个自然段一行，打印时首行缩进。",
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"class": "form-control slip-text", "rows": 12}),
        error_messages={
            "required": "请填写事由和要求。",
            "max_length": f"事由和要求不超过{TEXT_LIMIT}字。",
        },
    )

    def __init__(self, *args, today: date, former: Slip | None, urging: bool, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = LADDER if urging else LADDER[1:]
        if former is not None:
            kinds = LADDER[LADDER.index(former.kind) + 1 :]
        self.fields["kind"].choices = [(kind.value, kind_words(kind)) for kind in kinds]
        proposals = "；".join(
            f"{kind.label}{DAYS_GIVEN[kind]}个工作日，即{cn_date(proposed_deadline(kind, today))}"
            for kind in kinds
        )
        self.fields["deadline"].help_text = f"建议：{proposals}。"
        self.fields["deadline"].widget.attrs["min"] = today.isoformat()
        self.today = today

    def clean_deadline(self):
        deadline = self.cleaned_data["deadline"]
        if deadline < self.today:
            raise forms.ValidationError(f"办结期限不能早于今天（{cn_date(self.today)}）。")
        return deadline


class AnswerForm(forms.Form):
    """What the unit says of what it has done."""

    answer = forms.CharField(
        label="办理情况",
        help_text="写明原因、采取的措施和完成的时间。办结以前可以修改。",
        max_length=ANSWER_LIMIT,
        widget=forms.Textarea(attrs={"class": "form-control slip-text", "rows": 6}),
        error_messages={
            "required": "请填写办理情况。",
            "max_length": f"办理情况不超过{ANSWER_LIMIT}字。",
        },
    )
    version = forms.CharField(widget=forms.HiddenInput, required=False)
