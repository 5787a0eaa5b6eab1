"""The form by which a filled workbook is uploaded."""

from django import forms

from projects.documents.archives import LIMITS


class WorkbookForm(forms.Form):
    """One .xlsx file of a reasonable size; what it says is read elsewhere."""

    file = forms.FileField(
        label="填好的填报表",
        help_text="从本页下载的 .xlsx 文件，不超过20MB。",
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".xlsx"}),
        error_messages={
            "required": "请选择填好的填报表。",
            "invalid": "没有收到文件，请重新选择后上传。",
            "missing": "没有收到文件，请重新选择后上传。",
            "empty": "选择的文件是空的，请核对后重新上传。",
            "max_length": "文件名太长，请改短后再上传。",
        },
        max_length=200,
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LIMITS.file:
            raise forms.ValidationError(
                f"“{file.name}”有{file.size / 1024 / 1024:.1f}MB，超过20MB。"
                "请去掉其中的图片和无关的工作表后再上传。"
            )
        return file
