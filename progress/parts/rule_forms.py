"""Forms for 研判规则 and 权重; every refusal says in Chinese what is wrong, all at once."""

import hashlib
import json
from datetime import date
from decimal import Decimal

from django import forms

from livelihood.organisation.words import number_cn
from progress.models import RuleSet
from progress.operations.rule_sets import start_fault
from projects.models import ListItem

MOST_POINTS, MOST_DAYS, MOST_ROUNDS, MOST_RANKS = 100, 365, 12, 50
MOST_WEIGHT = 1000
POINTS = "个百分点（或%）"


def _number(low: int, high: int, label: str, unit: str, help_text: str = "", *, decimals=0):
    kind = f"数，最多{decimals}位小数" if decimals else "整数"
    fault = f"“{label}”应填{low}至{high}的{kind}。"
    kind_of_field, more = forms.IntegerField, {}
    if decimals:
        kind_of_field, more = forms.DecimalField, {"decimal_places": decimals}
    field = kind_of_field(
        label=label,
        help_text=help_text,
        min_value=low,
        max_value=high,
        **more,
        widget=forms.NumberInput(
            attrs={
                "class": "form-control short",
                "min": low,
                "max": high,
                "step": "any" if decimals else 1,
                "inputmode": "decimal" if decimals else "numeric",
            }
        ),
        error_messages={
            "required": f"请填写“{label}”。",
            **dict.fromkeys(
                ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places",
                 "max_whole_digits"),
                fault,
            ),
        },
    )  # fmt: skip
    field.unit = unit
    return field


def _choice(label: str, choices, help_text: str = ""):
    return forms.ChoiceField(
        label=label,
        choices=choices,
        help_text=help_text,
        widget=forms.RadioSelect,
        error_messages={"required": f"请选择“{label}”。", "invalid_choice": f"请选择“{label}”。"},
    )


class RuleSetForm(forms.Form):
    """All of a rule set, with what a preview needs to be sure that it was looked at."""

    valid_from = forms.DateField(
        label="生效日期",
        help_text="截至日期在这一天或以后的期次按这套规则研判，直到下一套生效。",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"class": "form-control", "type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": "请选择生效日期。",
            "invalid": "日期无法识别，应写作 2024-04-10 的样子。",
        },
    )
    basis = _choice(
        "计划进度取自",
        RuleSet.Basis.choices,
        "选时间进度的，到期节点报未完成仍判为滞后；全年保持的比率指标仍看进度安排。",
    )
    year_end_month = _number(
        1, 12, "时间进度算到几月底", "月底", "按时间进度研判的条目，从年初算到该月底为100%。"
    )
    measure = _choice("偏差怎样算", RuleSet.Measure.choices)
    ahead_points = _number(0, MOST_POINTS, "超序时：超前达到", POINTS, decimals=2)
    behind_points = _number(
        0,
        MOST_POINTS,
        "滞后：落后超过",
        POINTS,
        "这是容许的偏差；有到期节点未完成的也判为滞后。",
        decimals=2,
    )
    seriously_behind_points = _number(0, MOST_POINTS, "严重滞后：落后超过", POINTS, decimals=2)
    overdue_days = _number(0, MOST_DAYS, "严重滞后：到期节点逾期超过", "天")
    rounds_behind = _number(2, MOST_ROUNDS, "严重滞后：连续滞后", "期")
    rounds_stalled = _number(1, MOST_ROUNDS, "停滞：连续没有进展", "期")
    comparison_source = _choice("全市平均以哪一个为准", RuleSet.ComparisonSource.choices)
    comparison_max_age_days = _number(
        1, MOST_DAYS, "全市对比数据有效", "天", "超过的不作比较，不提示低于全市平均。"
    )
    bottom_ranks = _number(
        0, MOST_RANKS, "位次靠后：排在全市的后", "位", "如3，即后三位。0为不提示。"
    )
    completion_stage = _choice("何时计为已完成", RuleSet.CompletionStage.choices)
    unit_approves = forms.BooleanField(
        label="单位内部先审核",
        required=False,
        help_text="填报人提交后，先由单位负责人审核，再报县府办；没有负责人账号的单位直接报县府办。",
    )
    mark = forms.CharField(widget=forms.HiddenInput, required=False)
    previewed = forms.CharField(widget=forms.HiddenInput, required=False)

    HIDDEN = ("mark", "previewed")

    def __init__(self, *args, county, today: date, rule_set: RuleSet | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.county, self.today, self.rule_set = county, today, rule_set

    def clean_valid_from(self) -> date:
        start = self.cleaned_data["valid_from"]
        fault = start_fault(self.county, start, self.today, self.rule_set)
        if fault:
            raise forms.ValidationError(fault)
        return start

    def clean(self):
        said = super().clean()
        behind, seriously = said.get("behind_points"), said.get("seriously_behind_points")
        if None not in (behind, seriously) and seriously < behind:
            self.add_error(
                "seriously_behind_points",
                f"严重滞后的界限不能小于滞后的界限（{number_cn(behind)}）。",
            )
        return said

    @property
    def values(self) -> dict:
        """The fields of the rule set, as typed and found right."""
        return {f: v for f, v in self.cleaned_data.items() if f not in self.HIDDEN}

    @property
    def tried(self) -> RuleSet:
        """The rule set that the form describes; not saved."""
        return RuleSet(county=self.county, **self.values)

    @property
    def digest(self) -> str:
        """A mark of the values, by which is known whether just these were previewed."""
        rows = {
            f: number_cn(v) if isinstance(v, Decimal) else str(v) for f, v in self.values.items()
        }
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:24]

    @property
    def groups(self) -> list[tuple[str, list]]:
        """The fields under their headings, as the page shows them."""
        layout = (
            ("生效", ["valid_from"]),
            ("计划进度", ["basis", "year_end_month"]),
            ("全市对比", ["comparison_source", "comparison_max_age_days", "bottom_ranks"]),
            ("研判", ["measure", "ahead_points", "behind_points", "seriously_behind_points",
                     "overdue_days", "rounds_behind", "rounds_stalled"]),
            ("完成与填报", ["completion_stage", "unit_approves"]),
        )  # fmt: skip
        return [(heading, [self[name] for name in names]) for heading, names in layout]


def initial_of(rule_set: RuleSet, *, valid_from: date | None) -> dict:
    """What the form begins with: the numbers of a set without idle zeros."""
    names = [name for name in RuleSetForm.base_fields if name not in RuleSetForm.HIDDEN]
    values = {name: getattr(rule_set, name) for name in names}
    shown = {f: number_cn(v) if isinstance(v, Decimal) else v for f, v in values.items()}
    return shown | {"valid_from": valid_from}


class WeightsForm(forms.Form):
    """A weight for each target of an item: all of them, or none."""

    mark = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, item: ListItem, **kwargs):
        super().__init__(*args, **kwargs)
        self.targets = list(item.targets.all())
        for target in self.targets:
            field = _number(0, MOST_WEIGHT, target.name, "", decimals=3)
            field.required = False
            if target.weight is not None:
                field.initial = number_cn(target.weight)
            self.fields[f"weight_{target.pk}"] = field

    def clean(self):
        said = super().clean()
        names = [f"weight_{t.pk}" for t in self.targets]
        for target, name in zip(self.targets, names, strict=True):
            if said.get(name) == 0:
                self.add_error(name, f"“{target.name}”的权重应大于0。")
        given = [name for name in names if said.get(name) is not None]
        if given and len(given) < len(names) and not self.errors:
            for name in set(names) - set(given):
                self.add_error(name, "要么每个目标都填权重，要么全部留空（等权）。")
        return said

    @property
    def weights(self) -> dict[int, Decimal | None]:
        """The weights by the key of the target; None: all count the same."""
        return {t.pk: self.cleaned_data[f"weight_{t.pk}"] for t in self.targets}
