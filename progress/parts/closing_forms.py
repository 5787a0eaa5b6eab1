"""The forms of the closing states: a day, or a reason."""

from django import forms

DATE_WRONG = "日期无法识别，请写作 2024-05-31 的样子。"
REASON_LIMIT = 200


class ClosingForm(forms.Form):
    """What every step sends: which it is, and the state that the page showed."""

    # Said once more by the operation, in the words of the step.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def take_errors(self, error) -> None:
        """Put what an operation found wrong beside the fields."""
        for name, messages in error.message_dict.items():
            self.add_error(name if name in self.fields else None, messages)


class StepForm(ClosingForm):
    """On which day the item was verified, or struck off by the level above."""

    on = forms.DateField(
        label="日期",
        input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"],
        error_messages={"required": "请填写日期。", "invalid": DATE_WRONG},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )


class UndoForm(ClosingForm):
    """Why the last state is undone."""

    reason = forms.CharField(
        label="撤销的原因",
        max_length=REASON_LIMIT,
        error_messages={
            "required": "请写明撤销的原因。",
            "max_length": f"原因不超过{REASON_LIMIT}个字。",
        },
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
