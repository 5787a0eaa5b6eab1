"""The form of a layout: what is typed, checked by the rules, all that is wrong at its field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django import forms

from progress.operations.item_state import ItemState
from progress.rules.layout_columns import COLUMNS, ROWS_LABELS, TOPICS, ColumnSpec
from progress.rules.layouts import (
    DECIMALS,
    GROUP_LABELS,
    LEVELS,
    NAME_LIMIT,
    ONLY_LABELS,
    SORT_LABELS,
    STYLE_LABELS,
    TITLE_LIMIT,
    Layout,
    LayoutError,
    layout_from_dict,
    slots_in_words,
)

TEMPLATE_HELP = "由 Excel 或 WPS 保存的 .xlsx 文件，不超过2MB，不含宏、图片和图表。"


def _select(label: str, choices: Mapping, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=list(choices.items()),
        required=False,
        help_text=help_text,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": f"请从所列的“{label}”中选择。"},
    )


def _text(label: str, limit: int, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=limit,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={
            "required": f"请填写{label}。",
            "max_length": f"{label}不超过{limit}个字。",
        },
    )


@dataclass(frozen=True)
class ColumnRow:
    """What is typed of one column; ``place`` is empty where it is not chosen."""

    spec: ColumnSpec
    place: str
    heading: str
    width: str
    over: str

    @property
    def chosen(self) -> bool:
        """Whether the column is to be printed."""
        return bool(self.place)


class LayoutForm(forms.Form):
    """A layout. Columns are rows of their own, ``place-<key>``, ``heading-<key>`` and so on."""

    name = _text("名称", NAME_LIMIT, "在本县的版式中不重名，也用作工作表的名称。")
    title = _text("标题", TITLE_LIMIT, f"花括号内按本期填入，可用的有{slots_in_words()}。")
    level = _select("清单", LEVELS)
    only = _select("范围", ONLY_LABELS)
    unit = _select("牵头单位", {"": "全部单位"})
    leader = _select("分管领导", {"": "全部领导"})
    starred = forms.BooleanField(label="只列★项目", required=False)
    group_by = _select("分组", GROUP_LABELS)
    group_style = _select("分组方式", STYLE_LABELS)
    sort = _select("排序", SORT_LABELS, "分组时，组内按此排列。")
    rows = _select("行", ROWS_LABELS, "按镇乡或点位分行的，须选相应的列。")
    decimals = _select("小数位数", {str(n): f"{n}位" for n in DECIMALS})

    def __init__(self, data, *, items: Iterable[ItemState], kept: Mapping | None = None):
        super().__init__(data)
        kept = kept or {}
        items = list(items)
        units = {s.item.unit: s.item.unit_order for s in items}
        leaders = dict.fromkeys(s.item.leader for s in items)
        self._offer("unit", sorted(units, key=units.get), kept)
        self._offer("leader", leaders, kept)
        self.layout: Layout | None = None

    def _offer(self, name: str, values: Iterable[str], kept: Mapping) -> None:
        # What a layout was saved with stays on offer, even if nobody leads anything any more.
        known = dict.fromkeys([*values, kept.get(name, "")])
        field = self.fields[name]
        field.choices = [*field.choices, *((value, value) for value in known if value)]

    @property
    def column_rows(self) -> list[ColumnRow]:
        """All columns as they are typed, the chosen ones first and in their order."""
        rows = [
            ColumnRow(
                spec,
                *(
                    self.data.get(f"{field}-{key}", default).strip()
                    for field, default in (
                        ("place", ""),
                        ("heading", spec.heading),
                        ("width", str(spec.width)),
                        ("over", spec.over),
                    )
                ),
            )
            for key, spec in COLUMNS.items()
        ]
        return sorted(rows, key=_by_place)

    @property
    def chosen_rows(self) -> list[ColumnRow]:
        """The columns that are to be printed, in their order."""
        return [row for row in self.column_rows if row.chosen]

    @property
    def topics(self) -> list[tuple[str, list[ColumnRow]]]:
        """The columns that are not chosen, by topic."""
        rows = {row.spec.key: row for row in self.column_rows if not row.chosen}
        found = [
            (topic.name, [rows[c.key] for c in topic.columns if c.key in rows]) for topic in TOPICS
        ]
        return [(name, columns) for name, columns in found if columns]

    @property
    def column_errors(self) -> list[str]:
        """What is wrong with the columns."""
        return getattr(self, "_column_errors", [])

    def clean(self):
        said = super().clean()
        self._column_errors = [
            f"“{row.spec.word}”的顺序应填整数，留空则不列出。"
            for row in self.chosen_rows
            if not _is_place(row.place)
        ]
        kept = {
            **{name: said.get(name, self.data.get(name, "")) for name in self.fields},
            "decimals": int(said.get("decimals") or 1),
            "columns": [
                {
                    "key": row.spec.key,
                    "heading": row.heading,
                    "width": int(row.width) if _is_place(row.width) else row.width,
                    "over": row.over,
                }
                for row in self.chosen_rows
            ],
        }
        try:
            self.layout = layout_from_dict(kept)
        except LayoutError as error:
            self._take(error)
        if self._column_errors:
            self.layout = None
            self.add_error(None, self._column_errors)
        return said

    def _take(self, error: LayoutError) -> None:
        for field, words in error.problems:
            if field == "columns":
                self._column_errors.append(words)
            elif field in self.fields and field not in self.errors:
                self.add_error(field, words)


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 4


def _by_place(row: ColumnRow) -> tuple:
    if not row.chosen:
        return (2, 0)
    return (0, int(row.place)) if _is_place(row.place) else (1, 0)


def form_data(kept: Mapping) -> dict[str, str]:
    """What the form of a kept layout (``layout_to_dict``) would send."""
    data = {
        name: str(kept.get(name, ""))
        for name in LayoutForm.base_fields
        if name not in ("starred", "columns")
    }
    if kept.get("starred"):
        data["starred"] = "on"
    for place, column in enumerate(kept.get("columns", ()), start=1):
        key = column["key"]
        data[f"place-{key}"] = str(place)
        for name in ("heading", "width", "over"):
            data[f"{name}-{key}"] = str(column[name])
    return data


class TemplateForm(forms.Form):
    """An Excel file as the template of a layout; what it says is read elsewhere."""

    file = forms.FileField(
        label="Excel 模板",
        help_text=TEMPLATE_HELP,
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".xlsx"}),
        error_messages={
            "required": "请选择模板文件。",
            "invalid": "没有收到文件，请重新选择后上传。",
            "missing": "没有收到文件，请重新选择后上传。",
            "empty": "选择的文件是空的，请核对后重新上传。",
            "max_length": "文件名太长，请改短后再上传。",
        },
        max_length=200,
    )
