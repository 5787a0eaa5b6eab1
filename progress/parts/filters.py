"""The filters of 清单: what stands in the address, checked, applied, and said in words."""

import django_filters
from django import forms

from livelihood.organisation.models import Region
from progress.operations.standings import ItemState, needs_attention
from progress.rules.judgement import BEHIND, FLAG_LABELS, LABELS, NO_STATUS_LABEL, Flag, Status
from projects.models import Level, ListItem

IN_STEP = frozenset({Status.ON_SCHEDULE, Status.AHEAD})
STATUS_CHOICES = [
    ("late", "滞后（含严重滞后）"),
    ("in_step", "按序时（含超序时）"),
    *((status.value, LABELS[status]) for status in Status),
    ("none", NO_STATUS_LABEL),
]
ATTENTION = "attention"
NO_FIGURE = "no_figure"
FLAG_CHOICES = [
    (ATTENTION, "需要关注"),
    *((flag.value, FLAG_LABELS[flag]) for flag in Flag),
    (NO_FIGURE, "没有可折算的进度"),
]
SEARCH_LIMIT = 50


def has_status(state: ItemState, wanted: str) -> bool:
    """Whether an item's standing is what the filter ``status`` asks for."""
    status = state.standing.status
    if wanted == "late":
        return status in BEHIND
    if wanted == "in_step":
        return status in IN_STEP
    if wanted == "none":
        return status is None
    return status is not None and status.value == wanted


def has_flag(state: ItemState, wanted: str) -> bool:
    """Whether an item's standing is what the filter ``flag`` asks for."""
    if wanted == ATTENTION:
        return needs_attention(state)
    if wanted == NO_FIGURE:
        return state.standing.actual_percent is None
    return wanted in state.standing.flags


def has_words(state: ItemState, wanted: str) -> bool:
    """Whether ``wanted`` occurs in what is printed of an item, or reported at the date."""
    item = state.item
    words = (
        item.title,
        item.schedule,
        item.category,
        item.unit,
        item.unit_printed,
        item.leader,
        state.narrative,
        state.problems,
    )
    return any(wanted.casefold() in text.casefold() for text in words)


class ItemFilter(django_filters.FilterSet):
    """Filters over one county's items. Status, flags and what is reported depend on the date,
    and so are looked for in the standings (``keep``); all else in the query."""

    level = django_filters.ChoiceFilter(
        label="层级", choices=Level.choices, field_name="project_list__level", empty_label="全部"
    )
    unit = django_filters.ChoiceFilter(
        label="牵头单位", field_name="lead_unit_id", empty_label="全部"
    )
    status = django_filters.ChoiceFilter(
        label="研判", choices=STATUS_CHOICES, method="judged_later", empty_label="全部"
    )
    flag = django_filters.ChoiceFilter(
        label="提示", choices=FLAG_CHOICES, method="judged_later", empty_label="全部"
    )
    group = django_filters.ChoiceFilter(label="类别", field_name="category", empty_label="全部")
    leader = django_filters.ChoiceFilter(
        label="责任领导", field_name="responsible_leader", empty_label="全部"
    )
    q = django_filters.CharFilter(
        label="查找文字",
        method="judged_later",
        max_length=SEARCH_LIMIT,
        widget=forms.SearchInput(attrs={"placeholder": "项目、安排、单位、点位"}),
    )

    class Meta:
        model = ListItem
        fields = []

    def __init__(self, data, queryset, *, county: Region, year: int):
        super().__init__(data, queryset.for_county(county, year))
        rows = list(
            self.queryset.order_by("lead_unit__order", "lead_unit_id").values_list(
                "lead_unit_id", "lead_unit__name", "category", "responsible_leader"
            )
        )
        self.total = len(rows)
        listed = self.queryset.values_list("category", "responsible_leader")
        for name, choices in {
            "unit": {str(row[0]): row[1] for row in rows},
            "group": {category: category for category, _leader in listed if category},
            "leader": {leader: leader for _category, leader in listed if leader},
        }.items():
            self.filters[name].extra["choices"] = list(choices.items())
            if not choices:
                del self.filters[name]
        for field in self.form.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"

    def judged_later(self, queryset, name, value):
        """What is known only after judging; see ``keep``."""
        return queryset

    @property
    def chosen(self) -> dict[str, str]:
        """The valid filters that are set, by name."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def narrows(self) -> bool:
        """Whether a filter is set that the query answers."""
        return bool({"level", "unit", "group", "leader"} & set(self.chosen))

    @property
    def ignored(self) -> list[str]:
        """Labels of the filters whose value in the address is not known here."""
        names = [name for name in self.form.errors if name in self.form.fields]
        absent = [n for n in ("group", "leader") if self.data.get(n) and n not in self.filters]
        labels = {"group": "类别", "leader": "责任领导"}
        return [str(self.form.fields[n].label) for n in names] + [labels[n] for n in absent]

    def keep(self, states: list[ItemState]) -> list[ItemState]:
        """The items whose standing and words are what the filters ask for."""
        chosen = self.chosen
        if status := chosen.get("status"):
            states = [state for state in states if has_status(state, status)]
        if flag := chosen.get("flag"):
            states = [state for state in states if has_flag(state, flag)]
        if q := chosen.get("q"):
            on_site = set(self.qs.filter(sites__name__icontains=q).values_list("pk", flat=True))
            states = [s for s in states if s.item.pk in on_site or has_words(s, q)]
        return states

    def describe(self, shown: int) -> str:
        """What is shown, in words."""
        words = []
        for name, value in self.chosen.items():
            choices = dict(getattr(self.form.fields[name], "choices", ()))
            label = self.form.fields[name].label
            words.append(f"文字含“{value}”" if name == "q" else f"{label}为{choices[value]}")
        if not words:
            return f"显示全部{self.total}项。"
        return f"显示{'、'.join(words)}的条目：{shown}项（共{self.total}项）。"
