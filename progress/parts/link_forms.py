"""Forms for linking items of several lists, and for parting them."""

from django import forms

from progress.parts.import_forms import text_field


class LinkForm(forms.Form):
    """With which item, what the work is called, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    other = forms.IntegerField(
        label="同一项工作的条目",
        error_messages=dict.fromkeys(("required", "invalid"), "请选择一个条目。"),
    )
    name = text_field("事项名称", 120, help_text="不填，沿用现有的名称。")
    note = text_field("各清单口径差异", 300, rows=2, help_text="如：省级清单只计新建，县级含改造。")
    reason = text_field("原因", 300, required=True, rows=2, help_text="列在条目的“计划调整”中。")


class SplitForm(forms.Form):
    """Why an item is parted from the others."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = text_field("原因", 300, required=True, rows=2, help_text="列在条目的“计划调整”中。")
