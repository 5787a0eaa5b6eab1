"""The form of one evidence file: its kind is told by its content, not by its ending alone."""

import zipfile
from pathlib import PurePath

from django import forms

MAX_MEGABYTES = 10
SIGNATURES = {
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".pdf": (b"%PDF-",),
    ".docx": (b"PK\x03\x04",),
    ".xlsx": (b"PK\x03\x04",),
}
# What a file of Word or Excel contains besides being a zip.
INSIDE = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
KINDS = "jpg、png、pdf、docx、xlsx"


class EvidenceForm(forms.Form):
    """A file with its caption."""

    file = forms.FileField(
        label="文件",
        max_length=200,
        error_messages={
            "required": "请选择文件。",
            "missing": "没有收到文件，请重新选择。",
            "invalid": "没有收到文件，请重新选择。",
            "empty": "这个文件是空的。",
            "max_length": "文件名太长，请改短后再上传。",
        },
        widget=forms.FileInput(
            attrs={"class": "form-control", "accept": ".jpg,.jpeg,.png,.pdf,.docx,.xlsx"}
        ),
    )
    caption = forms.CharField(
        label="说明",
        max_length=120,
        error_messages={
            "required": "请写明这份材料说明什么。",
            "max_length": "说明不超过120个字。",
        },
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, prefix="evidence", use_required_attribute=False, **kwargs)
        self.fields["caption"].widget.attrs.pop("maxlength", None)

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_MEGABYTES * 1024 * 1024:
            raise forms.ValidationError(
                f"“{file.name}”有{file.size / 1024 / 1024:.1f}MB，超过{MAX_MEGABYTES}MB。"
            )
        ending = PurePath(file.name).suffix.lower()
        if ending not in SIGNATURES:
            raise forms.ValidationError(f"只能上传{KINDS}文件，“{file.name}”不是。")
        if not _is_what_it_says(file, ending):
            raise forms.ValidationError(
                f"“{file.name}”的内容不是{ending[1:]}文件，请用原来的软件另存后再上传。"
            )
        return file


def _is_what_it_says(file, ending: str) -> bool:
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    if not head.startswith(SIGNATURES[ending]):
        return False
    if ending not in INSIDE:
        return True
    try:
        with zipfile.ZipFile(file) as package:
            names = set(package.namelist())
    except zipfile.BadZipFile:
        return False
    finally:
        file.seek(0)
    return INSIDE[ending] in names and not any(n.endswith("vbaProject.bin") for n in names)
