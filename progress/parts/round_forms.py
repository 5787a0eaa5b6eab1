"""Forms with which the office runs its rounds; every refusal says in Chinese what is wrong."""

from datetime import date, datetime, time

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from livelihood.organisation.models import Unit
from progress.models import Extension, Round
from progress.operations.rounds import REOPEN_HOURS, until_fault
from progress.operations.workdays import is_workday
from progress.rules.calendar import RoundDates, as_of_dates, round_dates

MONTH_END, MONTH_DAY = "month_end", "month_day"
MONTHS = [(month, f"{month}月") for month in range(1, 13)]
BEFORE, AFTER = "before", "after"
ALL_UNITS = "all"
REASON_LIMIT = Extension._meta.get_field("reason").max_length


def _number(low: int, high: int, label: str, help_text: str = "", *, required=True):
    fault = f"“{label}”应填{low}至{high}的整数。"
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=required,
        min_value=low,
        max_value=high,
        widget=forms.NumberInput(
            attrs={"class": "form-control short", "min": low, "max": high, "inputmode": "numeric"}
        ),
        error_messages={
            "required": f"请填写“{label}”。",
            "invalid": fault,
            "min_value": fault,
            "max_value": fault,
        },
    )


def _choice(label: str, choices, widget=None, help_text: str = ""):
    return forms.TypedChoiceField(
        label=label,
        choices=choices,
        help_text=help_text,
        widget=widget or forms.Select(attrs={"class": "form-select short"}),
        error_messages={"required": f"请选择“{label}”。", "invalid_choice": f"请选择“{label}”。"},
    )


def _reason():
    return forms.CharField(
        label="原因",
        max_length=REASON_LIMIT,
        help_text="会显示给有关单位，并记入操作记录。",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
        error_messages={
            "required": "请填写原因。",
            "max_length": f"原因不超过{REASON_LIMIT}个字。",
        },
    )


class RoundPlanForm(forms.Form):
    """By which pattern a year's rounds are set up."""

    cadence = _choice(
        "截至日期",
        [(MONTH_END, "每月最后一天"), (MONTH_DAY, "每月固定的一天")],
        forms.RadioSelect,
    )
    day = _number(1, 31, "每月几日", "如10。没有这一天的月份取最后一天。", required=False)
    first = _choice("起始月份", MONTHS)
    last = _choice("结束月份", MONTHS)
    opening_days = _number(0, 31, "开放填报：天数", "距截至日期的天数，0为当天。")
    opening_side = _choice("开放填报：前后", [(BEFORE, "截至日期之前"), (AFTER, "截至日期之后")])
    deadline_days = _number(
        0, 60, "填报期限", "截至日期之后的天数。遇周末和节假日，顺延到下一个工作日。"
    )
    replace = forms.BooleanField(
        label="还没有开放的期次按这里重新设置",
        required=False,
        help_text="已开放和已截止的不动。没有开放、又不在上面范围内的期次会撤销。",
    )

    # What the page begins with.
    DEFAULTS = {
        "cadence": MONTH_END,
        "day": "10",
        "first": "1",
        "last": "12",
        "opening_days": "3",
        "opening_side": BEFORE,
        "deadline_days": "5",
    }

    def clean(self):
        said = super().clean()
        if (
            said.get("cadence") == MONTH_DAY
            and said.get("day") is None
            and "day" not in self.errors
        ):
            self.add_error("day", "请填写“每月几日”。")
        if "first" in said and "last" in said and int(said["first"]) > int(said["last"]):
            self.add_error("last", "结束的月份不能早于开始的月份。")
        opening, deadline = self.opening, said.get("deadline_days")
        if None not in (opening, deadline) and opening > deadline:
            self.add_error("deadline_days", "填报期限不能早于开放填报的日期。")
        return said

    @property
    def opening(self) -> int | None:
        """Days from the as-of date to the opening, negative before it; None while unknown."""
        said = self.cleaned_data
        if said.get("opening_days") is None or "opening_side" not in said:
            return None
        return said["opening_days"] * (-1 if said["opening_side"] == BEFORE else 1)

    def dates(self, year: int) -> list[RoundDates]:
        """The rounds of ``year`` that a valid form asks for."""
        said = self.cleaned_data
        day = said["day"] if said["cadence"] == MONTH_DAY else None
        return round_dates(
            as_of_dates(year, int(said["first"]), int(said["last"]), day),
            days_until_opening=self.opening,
            days_until_deadline=said["deadline_days"],
            is_workday=is_workday,
        )


class _UnitForm(forms.Form):
    """A form about one unit of the round's county; ``units`` are those to choose from."""

    all_units = False

    def __init__(self, *args, units: QuerySet[Unit], **kwargs):
        super().__init__(*args, **kwargs)
        self.units = {str(unit.pk): unit for unit in units}
        choices = [("", "请选择")]
        if self.all_units:
            choices.append((ALL_UNITS, "全部单位"))
        choices += [(pk, unit.name) for pk, unit in self.units.items()]
        self.fields["unit"].choices = choices

    def clean_unit(self) -> Unit | None:
        """The unit; None for all."""
        return self.units.get(self.cleaned_data["unit"])


class ExtendForm(_UnitForm):
    """Until when a unit, or all, may report, and why."""

    all_units = True
    unit = _choice("单位", [], forms.Select(attrs={"class": "form-select"}))
    until = forms.DateField(
        label="延至",
        help_text="当日有效。",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"class": "form-control", "type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": "请选择延至哪一天。",
            "invalid": "日期无法识别，应写作 2024-04-10 的样子。",
        },
    )
    reason = _reason()

    def __init__(self, *args, round: Round, **kwargs):
        super().__init__(*args, **kwargs)
        self.round = round

    def clean_until(self) -> datetime:
        """The last moment of the day."""
        day: date = self.cleaned_data["until"]
        return timezone.make_aware(datetime.combine(day, time.max))

    def clean(self):
        said = super().clean()
        if "unit" in said and "until" in said:
            fault = until_fault(self.round, said["unit"], said["until"], timezone.now())
            if fault:
                self.add_error("until", fault)
        return said


class ReopenForm(_UnitForm):
    """For how many hours a unit may correct its reports of a closed round, and why."""

    unit = _choice("单位", [], forms.Select(attrs={"class": "form-select"}))
    hours = _number(REOPEN_HOURS[0], REOPEN_HOURS[-1], "重开多少小时", "从现在起算，到时自动关闭。")
    reason = _reason()
