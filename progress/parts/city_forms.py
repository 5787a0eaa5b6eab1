"""The forms of 全市对比: uploading or pasting a table, putting it right, one figure by hand."""

from datetime import date

from django import forms

from livelihood.organisation.words import cn_date
from progress.operations.city_tables import COMPARE, REFERENCE, Correction, Preview, Typed
from progress.rules.keys import key_of
from projects.documents.archives import LIMITS
from projects.models import Level

NO_CHOICE = ""
ANY_LEVEL = "any"
TITLE_SHOWN = 26
HUNDREDTHS = {"max_digits": 7, "decimal_places": 2, "min_value": 0}
NUMBER_ERRORS = {
    "required": "请填写数字。",
    "invalid": "请填写数字，如42.5。",
    "min_value": "不能是负数。",
    "max_digits": "数字太大。",
    "max_whole_digits": "数字太大。",
    "max_decimal_places": "最多两位小数。",
}


class DatedForm(forms.Form):
    """What every comparison has: its date, where it comes from, whether it is made up."""

    as_of = forms.DateField(
        label="截至日期",
        help_text="表中数据截至哪一天，如通报写“截至4月10日”。",
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        error_messages={"required": "请填写截至日期。", "invalid": "请填写日期，如2023-04-10。"},
    )
    source = forms.CharField(
        label="来源",
        max_length=200,
        help_text="谁印发的哪一份表，如“市府办4月通报附件2”。",
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={"required": "请写明来源。", "max_length": "来源不能超过200字。"},
    )
    illustrative = forms.BooleanField(label="这是示例数据，不是真实的表", required=False)

    def __init__(self, *args, year: int, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.year, self.today = year, today

    def clean_as_of(self):
        day = self.cleaned_data["as_of"]
        if day.year != self.year:
            raise forms.ValidationError(f"截至日期应在{self.year}年内。")
        if day > self.today:
            raise forms.ValidationError(f"截至日期不能晚于今天（{cn_date(self.today)}）。")
        return day


class CityUploadForm(DatedForm):
    """A file or pasted text; what it says is read elsewhere."""

    file = forms.FileField(
        label="文件",
        required=False,
        max_length=200,
        help_text=f"Excel 工作簿（.xlsx）或 Word 文档（.docx）。{LIMITS.told}",
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".xlsx,.docx"}),
        error_messages={
            "invalid": "没有收到文件，请重新选择后上传。",
            "missing": "没有收到文件，请重新选择后上传。",
            "empty": "选择的文件是空的，请核对后重新上传。",
            "max_length": "文件名太长，请改短后再上传。",
        },
    )
    text = forms.CharField(
        label="或者粘贴表格",
        required=False,
        max_length=1_000_000,
        strip=False,
        help_text="在 Excel、WPS 或网页里选中表格，连同表头一起复制，粘贴在这里。",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 6}),
        error_messages={"max_length": "粘贴的文字太多，请改为上传文件。"},
    )
    field_order = ["file", "text", "as_of", "source", "illustrative"]

    def clean(self):
        data = super().clean()
        file, text = data.get("file"), (data.get("text") or "").strip()
        if "file" in self.errors or "text" in self.errors:
            return data
        if file and text:
            self.add_error("file", "文件和粘贴的表格只能选一种，请清空其中一个。")
        elif not file and not text:
            self.add_error("file", "请选择文件，或者粘贴表格。")
        elif file and file.size > LIMITS.file:
            size = f"{file.size / 1024 / 1024:.1f}MB"
            self.add_error("file", f"“{file.name}”有{size}，超过20MB。请删去图片后再上传。")
        return data


class CityTableForm(DatedForm):
    """The head of a table that is being put right; its rows are read by ``correction``."""

    own = forms.ChoiceField(label="表中的本县")
    level = forms.ChoiceField(label="对应的清单")
    field_order = ["as_of", "source", "own", "level", "illustrative"]

    def __init__(self, *args, preview: Preview, **kwargs):
        table = preview.table
        kwargs.setdefault(
            "initial",
            {
                "as_of": table.as_of,
                "source": table.source,
                "illustrative": table.illustrative,
                "own": table.choices.get("own", "") or table.county.name,
                "level": preview.level or ANY_LEVEL,
            },
        )
        super().__init__(*args, year=table.year, **kwargs)
        names = dict.fromkeys([table.county.name, *preview.reading.counties])
        self.fields["own"].choices = [(name, name) for name in names]
        self.fields["level"].choices = [(ANY_LEVEL, "各张清单"), *Level.choices]
        for name in ("own", "level"):
            self.fields[name].widget.attrs["class"] = "form-select"
            for fault in ("required", "invalid_choice"):
                self.fields[name].error_messages[fault] = "请从列出的里选择。"


def correction(form: CityTableForm, posted, preview: Preview) -> Correction:
    """What a valid form and the rows beside it say; unknown items are left as proposed."""
    items, uses = {}, {}
    for line in preview.lines:
        key = line.row.key
        chosen = posted.get(f"item-{key}")
        if chosen == NO_CHOICE:
            items[key] = None
        elif chosen and key_of(chosen) in preview.items:
            items[key] = key_of(chosen)
        if posted.get(f"use-{key}") in (COMPARE, REFERENCE):
            uses[key] = posted[f"use-{key}"]
    sent = form.cleaned_data
    own = sent["own"]
    return Correction(
        as_of=sent["as_of"],
        source=sent["source"],
        illustrative=sent["illustrative"],
        own="" if own == preview.table.county.name else own,
        level=sent["level"],
        items=items,
        uses=uses,
    )


class Option:
    """One item to choose for a row of the table."""

    def __init__(self, item, certainty: int | None = None):
        self.value, self.certainty = item.pk, certainty
        title = item.title
        cut = f"{title[:TITLE_SHOWN]}…" if len(title) > TITLE_SHOWN else title
        like = "" if certainty is None else f"（{certainty}%相近）"
        self.words = f"{item}　{cut}{like}"


def choices_of(preview: Preview) -> list[tuple]:
    """(line, likely options, other options) of every row, doubtful ones first."""
    others: dict[str, list[Option]] = {"": [Option(item) for item in preview.items.values()]}
    for level in Level.values:
        of_level = [i for i in preview.items.values() if i.project_list.level == level]
        others[level] = [Option(item) for item in of_level]
    found = []
    for line in preview.lines:
        likely = [Option(preview.items[pk], c) for pk, c in line.candidates]
        known = {option.value for option in likely}
        chosen = line.match.item
        if chosen is not None and chosen not in known and chosen in preview.items:
            likely.insert(0, Option(preview.items[chosen]))
            known.add(chosen)
        level = line.row.level or preview.level
        found.append((line, likely, [o for o in others[level] if o.value not in known]))
    return found


class TypedForm(DatedForm):
    """The city's figures of one item."""

    figure = forms.DecimalField(label="本县（%）", error_messages=NUMBER_ERRORS, **HUNDREDTHS)
    average = forms.DecimalField(label="全市平均（%）", error_messages=NUMBER_ERRORS, **HUNDREDTHS)
    rank = forms.IntegerField(
        label="排名", required=False, min_value=1, max_value=999, error_messages={
            "invalid": "排名是整数。", "min_value": "排名从1起。", "max_value": "排名太大。"
        },
    )  # fmt: skip
    counties = forms.IntegerField(
        label="参与排名的县（市、区）数", required=False, min_value=1, max_value=999,
        error_messages={
            "invalid": "请填写整数。", "min_value": "至少1个。", "max_value": "数字太大。"
        },
    )  # fmt: skip
    best = forms.DecimalField(
        label="全市最高（%）", required=False, error_messages=NUMBER_ERRORS, **HUNDREDTHS
    )
    best_county = forms.CharField(
        label="最高的县（市、区）",
        required=False,
        max_length=50,
        error_messages={"max_length": "名称不能超过50字。"},
    )
    # What stood there when the page was shown.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = [
        "as_of", "figure", "average", "rank", "counties", "best", "best_county", "source",
        "illustrative",
    ]  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("figure", "average", "rank", "counties", "best", "best_county"):
            self.fields[name].widget.attrs["class"] = "form-control"

    def clean(self):
        data = super().clean()
        rank, counties = data.get("rank"), data.get("counties")
        if rank and counties and rank > counties:
            self.add_error("rank", f"排名应在1至{counties}之间。")
        best = data.get("best")
        for name, words in (("figure", "本县的数"), ("average", "全市平均")):
            if None not in (best, data.get(name)) and best < data[name]:
                self.add_error("best", f"全市最高不能低于{words}。")
                break
        return data

    def typed(self) -> Typed:
        """What a valid form says."""
        values = {name: self.cleaned_data[name] for name in Typed._fields}
        return Typed(**values)
