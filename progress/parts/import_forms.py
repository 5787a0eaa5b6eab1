"""Forms of the import: the document, its columns, one row with its targets and stages."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django import forms
from django.forms import BaseFormSet, formset_factory

from livelihood.organisation.words import number_cn
from progress.operations.import_reading import json_value
from progress.operations.plan_edit import ANSWERS
from progress.operations.plan_import import ListChoice
from projects.documents.archives import LIMITS, MEGABYTE
from projects.documents.columns import ROLE_WORDS, SINGLE, Role
from projects.models import ImportRow, Indicator, Level, PlanImport
from projects.rules.exchange import FIRST_YEAR, LAST_YEAR, VALUE_LIMIT

NAME_LIMIT = 30
LEAVE_OUT = [("", "不导入")]
NO_ROLE = [("", "其他（不读取）")]
LINES = re.compile(r"[\r\n]+")
SHARE = re.compile(r"(.+?)[\s:：]+([\d.]+)(?:\s+(.*))?")


def _control(**attrs):
    return {"class": "form-control", "autocomplete": "off"} | attrs


def text_field(label, limit, *, required=False, rows=0, help_text=""):
    """A field for words, of one line or of several, that says in Chinese what is wrong."""
    widget = forms.Textarea(_control(rows=rows)) if rows else forms.TextInput(_control())
    return forms.CharField(
        label=label,
        required=required,
        max_length=limit,
        help_text=help_text,
        widget=widget,
        error_messages={
            "required": f"请填写“{label}”。",
            "max_length": f"“{label}”不超过{limit}个字。",
        },
    )


def _number(label, *, most=None, required=False):
    fault = f"“{label}”应填0至{most}的数字。" if most else f"“{label}”应填不小于0的数字。"
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=0,
        max_value=most or Decimal(VALUE_LIMIT - 1),
        max_digits=16,
        decimal_places=4,
        widget=forms.TextInput(_control(inputmode="decimal")),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value", "max_digits", "max_whole_digits"), fault
        )
        | {
            "required": f"请填写“{label}”。",
            "max_decimal_places": f"“{label}”最多四位小数。",
        },
    )


def _choice(label, choices, *, required=False):
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        widget=forms.Select({"class": "form-select"}),
        error_messages={"invalid_choice": f"请选择“{label}”。", "required": f"请选择“{label}”。"},
    )


class ImportForm(forms.Form):
    """A file or pasted text, and the year of its lists."""

    year = forms.IntegerField(
        label="年度",
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        widget=forms.NumberInput({"class": "form-control short"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            f"年度应是{FIRST_YEAR}至{LAST_YEAR}之间的整数。",
        ),
    )
    file = forms.FileField(
        label="清单文件",
        required=False,
        max_length=200,
        help_text=f"Excel（.xlsx）或 Word（.docx）；{LIMITS.told}"
        "旧格式（.xls、.doc、.et、.wps）请先另存为 .xlsx 或 .docx。",
        widget=forms.FileInput({"class": "form-control", "accept": ".xlsx,.xlsm,.docx,.txt"}),
        error_messages={
            "invalid": "没有收到文件，请重新选择后上传。",
            "missing": "没有收到文件，请重新选择后上传。",
            "empty": "选择的文件是空的，请核对后重新上传。",
            "max_length": "文件名太长，请改短后再上传。",
        },
    )
    text = forms.CharField(
        label="或者粘贴文字",
        required=False,
        max_length=LIMITS.characters,
        help_text="从 Excel、Word 或网页复制的表格，连同表头一起粘贴。",
        widget=forms.Textarea(_control(rows=8)),
        error_messages={"max_length": "粘贴的文字太多，请分几次导入，或上传文件。"},
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > LIMITS.file:
            raise forms.ValidationError(
                f"“{file.name}”有{file.size / MEGABYTE:.1f}MB，超过{LIMITS.file // MEGABYTE}MB。"
                "请去掉其中的图片和无关的工作表后再上传。"
            )
        return file

    def clean(self):
        said = super().clean()
        if self.errors:
            return said
        if said.get("file") and said.get("text", "").strip():
            self.add_error("text", "文件和粘贴的文字只要一样，请去掉其中一个。")
        elif not said.get("file") and not said.get("text", "").strip():
            self.add_error("file", "请选择清单文件，或在下面粘贴文字。")
        return said


class ColumnsForm(forms.Form):
    """Which level each list of the document is, and what its columns hold."""

    def __init__(self, *args, plan: PlanImport, **kwargs):
        super().__init__(*args, **kwargs)
        self.plan = plan
        roles = NO_ROLE + [(role.value, word) for role, word in ROLE_WORDS.items()]
        for place, one in enumerate(plan.lists):
            self.fields[f"level-{place}"] = _choice("层级", LEAVE_OUT + Level.choices)
            self.initial.setdefault(f"level-{place}", one["level"])
            self.fields[f"title-{place}"] = text_field("清单标题", 120)
            self.initial.setdefault(f"title-{place}", one["title"])
            for column in one["columns"]:
                name = f"role-{place}-{column['index']}"
                self.fields[name] = _choice(column["heading"] or "没有列名", roles)
                self.initial.setdefault(name, column["role"])
        self.fields["as_of"] = forms.DateField(
            label="实施情况的截至日期",
            required=False,
            help_text="填写后，“目前实施情况”一列同时作为这一天的进展导入；不填则只导入计划。",
            widget=forms.DateInput(
                {"class": "form-control import-date", "type": "date"}, "%Y-%m-%d"
            ),
            error_messages={"invalid": "截至日期应是一个日期，如2023-04-10。"},
        )
        self.initial.setdefault("as_of", plan.as_of)

    @property
    def has_status(self) -> bool:
        """Whether any list has a column on progress."""
        return any(
            column["role"] == Role.STATUS for one in self.plan.lists for column in one["columns"]
        ) or any(not one["columns"] for one in self.plan.lists)

    @property
    def sheets(self):
        """(list, level field, title field, [(column, role field, first cells)]) to show."""
        for place, one in enumerate(self.plan.lists):
            columns = [
                (
                    column,
                    self[f"role-{place}-{column['index']}"],
                    [row[order] if order < len(row) else "" for row in one["first"]],
                )
                for order, column in enumerate(one["columns"])
            ]
            yield one, self[f"level-{place}"], self[f"title-{place}"], columns

    def clean_as_of(self):
        day = self.cleaned_data["as_of"]
        if day and day.year != self.plan.year:
            raise forms.ValidationError(f"截至日期不在{self.plan.year}年度内。")
        return day

    def clean(self):
        said = super().clean()
        chosen = 0
        for place, one in enumerate(self.plan.lists):
            if not said.get(f"level-{place}"):
                continue
            chosen += 1
            if one["columns"]:
                self._check_columns(place, one, said)
        if not chosen and not self.errors:
            self.add_error("level-0", "请至少为一张表选择层级。")
        return said

    def _check_columns(self, place: int, one: Mapping, said: Mapping) -> None:
        roles = [said.get(f"role-{place}-{column['index']}") for column in one["columns"]]
        for role in (Role.TITLE, Role.LEAD_UNIT):
            if role.value not in roles:
                name = ROLE_WORDS[role]
                self.add_error(f"level-{place}", f"“{one['name']}”没有指明哪一列是“{name}”。")
        for role in SINGLE:
            if roles.count(role.value) > 1:
                name = ROLE_WORDS[role]
                self.add_error(f"level-{place}", f"“{one['name']}”有两列都是“{name}”，只能有一列。")

    @property
    def choices(self) -> list[ListChoice]:
        """What was chosen for each list."""
        said = self.cleaned_data
        return [
            ListChoice(
                said[f"level-{place}"],
                said[f"title-{place}"],
                {
                    column["index"]: Role(role)
                    if (role := said[f"role-{place}-{column['index']}"])
                    else None
                    for column in one["columns"]
                },
            )
            for place, one in enumerate(self.plan.lists)
        ]


# -- One row ---------------------------------------------------------------------------


class ImportRowForm(forms.Form):
    """What a row says beside its targets, stages and figures."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    number = forms.IntegerField(
        label="序号",
        min_value=1,
        max_value=9999,
        widget=forms.NumberInput(_control()),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), "序号应是1至9999的整数。"
        ),
    )
    category = text_field("类别", 60)
    starred = forms.BooleanField(label="★ 重点", required=False)
    lead_unit = text_field("牵头单位", 50, required=True)
    supporting_units = text_field("配合单位", 2000, help_text="用顿号分开。")
    responsible_leader = text_field("责任领导", 30)
    responsible_person = text_field("责任人", 30)
    sites = text_field("点位", 20000, rows=3, help_text="一行一个。")
    allocations = text_field("任务分解", 20000, rows=3, help_text="一行一个：地点 数量。")
    completed = forms.BooleanField(label="原文写明该项已完成", required=False)
    problems = text_field("存在问题", 2000, rows=2)

    def clean_supporting_units(self):
        return [u for u in re.split(r"[、，,；;\s]+", self.cleaned_data["supporting_units"]) if u]

    def clean_sites(self):
        return [s.strip() for s in LINES.split(self.cleaned_data["sites"]) if s.strip()]

    def clean_allocations(self):
        shares = []
        for line in LINES.split(self.cleaned_data["allocations"]):
            line = line.strip()
            if not line:
                continue
            found = SHARE.fullmatch(line)
            if found is None:
                shares.append({"place": line, "value": None, "note": ""})
                continue
            try:
                value = json_value(Decimal(found[2]))
            except ArithmeticError:
                raise forms.ValidationError(f"“{line}”应写作：地点 数量。") from None
            shares.append({"place": found[1].strip(), "value": value, "note": found[3] or ""})
        return shares


class TargetForm(forms.Form):
    """One target."""

    origin = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = text_field("名称", 120, required=True)
    target = _number("目标值")
    unit = text_field("单位", 20)
    kind = _choice("类型", [("", "—"), *Indicator.Kind.choices], required=True)

    def clean(self):
        said = super().clean()
        kind = said.get("kind")
        if kind == Indicator.Kind.MILESTONE and (said.get("unit") or said.get("target")):
            self.add_error("kind", "任务没有目标值和计量单位；有的，请选数量或比率。")
        elif kind and kind != Indicator.Kind.MILESTONE and not said.get("unit"):
            self.add_error("unit", "数量和比率须有计量单位。")
        if said.get("target") == 0:
            self.add_error("target", "目标值应大于0。")
        return said


class StageForm(forms.Form):
    """One milestone."""

    origin = forms.IntegerField(required=False, widget=forms.HiddenInput)
    label = text_field("时段", 60, required=True)
    due = forms.DateField(
        label="到期日",
        widget=forms.DateInput(_control(type="date"), "%Y-%m-%d"),
        error_messages=dict.fromkeys(("required", "invalid"), "请填写到期日，如2023-06-30。"),
    )
    text = text_field("内容", 4000, rows=2)
    indicator = _choice("目标", [("", "整项")])
    value = _number("累计数")
    percent = _number("百分比", most=100)
    met = _choice("完成", [("", "未说明"), ("yes", "已完成"), ("no", "未完成")])


class ActualForm(forms.Form):
    """What the status says of one target, or of the whole."""

    indicator = forms.CharField(required=False, widget=forms.HiddenInput)
    value = _number("累计完成")
    percent = _number("百分比", most=99_999)


class _Lines(BaseFormSet):
    """Lines of one kind; a line that is emptied or ticked goes."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].label = "删去"


TargetLines = formset_factory(TargetForm, formset=_Lines, extra=1, can_delete=True, max_num=60)
StageLines = formset_factory(StageForm, formset=_Lines, extra=2, can_delete=True, max_num=120)
ActualLines = formset_factory(ActualForm, extra=0)


class RowForms:
    """All forms of one row, bound to what was sent or showing what was read."""

    def __init__(self, row: ImportRow, posted=None, reported: Collection[int] = ()):
        self.row, self.data = row, row.row
        prefix = f"row{row.pk}"
        as_of = row.plan_import.as_of is not None
        self.with_progress = as_of
        self.head = ImportRowForm(posted, prefix=prefix, initial=self._head())
        self.targets = TargetLines(
            posted, prefix=f"{prefix}-targets", initial=_numbered(self.data["indicators"])
        )
        self.stages = StageLines(
            posted,
            prefix=f"{prefix}-stages",
            initial=[*map(_stage, _numbered(self.data["milestones"]))],
        )
        self.actual = (
            ActualLines(posted, prefix=f"{prefix}-actual", initial=self._actual())
            if as_of
            else None
        )
        choices = [("", "整项")] + [
            (str(place), f"{place + 1} {one['name'][:12]}")
            for place, one in enumerate(self.data["indicators"])
        ]
        for place, form in enumerate(self.stages.forms):
            form.fields["indicator"].choices = choices
            # Of these something was reported: they may be moved, and must stay.
            form.reported = place in reported

    def _head(self) -> dict:
        data = self.data
        lines = [
            " ".join(
                str(part)
                for part in (a["place"], a["value"], a.get("note"))
                if part not in (None, "")
            )
            for a in data["allocations"]
        ]
        return data | {
            "version": self.row.version,
            "supporting_units": "、".join(data["supporting_units"]),
            "sites": "\n".join(data["sites"]),
            "allocations": "\n".join(lines),
        }

    def _actual(self) -> list[dict]:
        told = {a["indicator"]: a for a in self.data["actual"]}
        places = [*range(len(self.data["indicators"])), None]
        return [
            _written(
                {
                    "indicator": "" if place is None else str(place),
                    "value": told.get(place, {}).get("value"),
                    "percent": told.get(place, {}).get("percent"),
                }
            )
            for place in places
        ]

    @property
    def all(self) -> list:
        """Every form and formset."""
        return [f for f in (self.head, self.targets, self.stages, self.actual) if f is not None]

    def is_valid(self) -> bool:
        """Whether all of them can be taken; every one is looked at."""
        return all([form.is_valid() for form in self.all])  # noqa: C419 - none may be skipped

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(id of the field, sentence) of everything that is wrong."""
        found = []
        for form in [self.head, *self.targets.forms, *self.stages.forms]:
            found += _faults(form)
        for form in self.actual.forms if self.actual else ():
            found += _faults(form)
        return found

    @property
    def actual_lines(self):
        """(what is measured, form) of the figures on progress."""
        if self.actual is None:
            return []
        names = [one["name"] for one in self.data["indicators"]] + ["整项"]
        return list(zip(names, self.actual.forms, strict=False))

    @property
    def version(self) -> int:
        """The version on which the row was opened."""
        return self.head.cleaned_data["version"]

    @property
    def stage_origins(self) -> list[int | None]:
        """For each milestone of ``row_data`` the place of the one that it was, or None."""
        return [form.cleaned_data["origin"] for form in _kept(self.stages)]

    @property
    def has_reported(self) -> bool:
        """Whether something was reported of any milestone."""
        return any(form.reported for form in self.stages.forms)

    def row_data(self) -> dict:
        """The item as it was put right, in the exchange format."""
        head = {k: v for k, v in self.head.cleaned_data.items() if k != "version"}
        data = dict(self.data) | head
        places: dict[int, int] = {}
        data["indicators"] = []
        for form in _kept(self.targets):
            said = form.cleaned_data
            if said["origin"] is not None:
                places[said["origin"]] = len(data["indicators"])
            data["indicators"].append(
                {"name": said["name"], "target": said["target"], "unit": said["unit"] or None,
                 "kind": said["kind"]}
            )  # fmt: skip
        data["milestones"] = [
            self._milestone(form.cleaned_data, places, data["indicators"])
            for form in _kept(self.stages)
        ]
        if self.actual is not None:
            data["actual"] = [
                found
                for form in self.actual.forms
                if (found := self._figure(form, places, data["indicators"])) is not None
            ]
        else:
            data["actual"] = []
        return json_value(data)

    def _milestone(self, said: Mapping, places: Mapping[int, int], targets: Sequence) -> dict:
        old = {}
        if said["origin"] is not None and said["origin"] < len(self.data["milestones"]):
            old = self.data["milestones"][said["origin"]]
        indicator = places.get(int(said["indicator"])) if said["indicator"] else None
        value, percent = said["value"], said["percent"]
        same = (_plain(value), _plain(percent)) == (old.get("value"), old.get("percent"))
        if same and old.get("indicator") == indicator:
            basis = old.get("basis", "none")
        else:
            percent, basis = _planned(value, percent, indicator, targets)
        met = {"yes": True, "no": False}.get(said["met"])
        return {
            "indicator": indicator,
            "label": said["label"],
            "due": said["due"],
            "text": said["text"],
            "value": value,
            "percent": percent,
            "basis": basis,
            "met": met,
            "met_why": old.get("met_why") if met == old.get("met") else None,
        }

    def _figure(self, form, places: Mapping[int, int], targets: Sequence) -> dict | None:
        said = form.cleaned_data
        whole = not said.get("indicator")
        before = None if whole else int(said["indicator"])
        place = None if whole else places.get(before)
        if not whole and place is None:
            return None
        value, percent = said.get("value"), said.get("percent")
        old = next((a for a in self.data["actual"] if a["indicator"] == before), None)
        told = (_plain(value), _plain(percent))
        if old is not None and told == (old["value"], old["percent"]):
            return old | {"indicator": place}
        if value is None and percent is None:
            return None
        goal = None if place is None else targets[place]["target"]
        if percent is None and value is not None and goal:
            percent, basis = round(100 * value / Decimal(str(goal)), 2), "derived"
        else:
            basis = "derived" if percent is None else "stated"
        return {"indicator": place, "value": value, "percent": percent, "basis": basis}


def _planned(value, percent, indicator: int | None, targets: Sequence):
    """The percent and its basis of a stage that was put right."""
    goal = None if indicator is None else targets[indicator]["target"]
    if percent is None and value is not None and goal:
        return min(Decimal(100), round(100 * value / Decimal(str(goal)), 2)), "value"
    return percent, "none" if percent is None else "percent"


def _plain(value):
    return json_value(value)


FIGURES = ("target", "value", "percent")


def _numbered(lines: Sequence[Mapping]) -> list[dict]:
    return [_written(line) | {"origin": place} for place, line in enumerate(lines)]


def _written(line: Mapping) -> dict:
    """A line with its figures as one writes them: 76, not 76.0."""
    figures = {name: number_cn(line[name]) for name in FIGURES if line.get(name) is not None}
    return dict(line) | figures


def _stage(line: Mapping) -> dict:
    return line | {
        "due": date.fromisoformat(line["due"]),
        "indicator": "" if line["indicator"] is None else str(line["indicator"]),
        "met": {True: "yes", False: "no"}.get(line.get("met"), ""),
    }


def _kept(lines) -> list[forms.Form]:
    """The lines of a formset that stay: neither ticked to go nor left empty."""
    return [
        form for form in lines.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")
    ]


def _faults(form) -> list[tuple[str, str]]:
    return [
        (form[name].id_for_label if name in form.fields else "", sentence)
        for name, sentences in form.errors.items()
        for sentence in sentences
    ]


class WordsForm(forms.Form):
    """The words of a row, put right, to be read again."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = text_field("项目内容", 20000, required=True, rows=3)
    schedule = text_field("工作进度安排", 20000, rows=5)
    status = text_field("目前实施情况", 20000, rows=3)

    def __init__(self, *args, row: ImportRow, **kwargs):
        initial = {name: row.source[name] for name in ("title", "schedule", "status")}
        super().__init__(
            *args,
            prefix=f"words{row.pk}",
            initial=initial | {"version": row.version},
            **kwargs,
        )


class ApprovalForm(forms.Form):
    """Why a plan is changed, and by what authority."""

    reason = text_field(
        "调整原因",
        300,
        rows=2,
        help_text="改目标、点位或已填报的节点，必填；会显示在条目的页面上。",
    )
    document = text_field(
        "批准文号", 100, help_text="改目标、点位或已填报的节点，必填，如：苍政发〔2023〕3号。"
    )


class ManyForm(forms.Form):
    """Another lead unit, leader or person for many items at once."""

    field = _choice("改什么", list(ANSWERS.items()), required=True)
    new = text_field("改为", 50, required=True)
    reason = text_field("调整原因", 300, rows=2)

    def clean(self):
        said = super().clean()
        if said.get("field") != "lead_unit" and len(said.get("new", "")) > NAME_LIMIT:
            self.add_error("new", f"姓名不超过{NAME_LIMIT}个字。")
        return said
