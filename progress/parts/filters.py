"""The filters of 清单: what stands in the address, checked, applied, and said in words."""

from collections.abc import Sequence

from django import forms
from django.utils.functional import cached_property

from progress.models import Completion
from progress.operations.standings import ItemState, needs_attention
from progress.rules.judgement import BEHIND, FLAG_LABELS, LABELS, NO_STATUS_LABEL, Flag, Status
from projects.models import Level, Site

IN_STEP = frozenset({Status.ON_SCHEDULE, Status.AHEAD})
STATUS_CHOICES = [
    ("late", "滞后（含严重滞后）"),
    ("in_step", "按序时（含超序时）"),
    *((status.value, LABELS[status]) for status in Status),
    ("none", NO_STATUS_LABEL),
]
# What the filter 研判 leaves with these is behind: it is asked why.
BEHIND_FILTERS = frozenset({"late", *(status.value for status in BEHIND)})
ATTENTION = "attention"
NO_FIGURE = "no_figure"
UNVERIFIED = "unverified"
FLAG_CHOICES = [
    (ATTENTION, "需要关注"),
    *((flag.value, FLAG_LABELS[flag]) for flag in Flag),
    (NO_FIGURE, "没有可折算的进度"),
    (UNVERIFIED, "申报完成待核实"),
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


def _choice(label: str, choices) -> forms.ChoiceField:
    select = forms.Select(attrs={"class": "form-select"})
    choices = [("", "全部"), *choices]
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=select)


class ItemFilterForm(forms.Form):
    """What can be asked of a county's items; units, groups and leaders only as they occur."""

    level = _choice("层级", Level.choices)
    unit = _choice("牵头单位", ())
    status = _choice("研判", STATUS_CHOICES)
    flag = _choice("提示", FLAG_CHOICES)
    group = _choice("类别", ())
    leader = _choice("责任领导", ())
    q = forms.CharField(
        label="查找文字",
        required=False,
        max_length=SEARCH_LIMIT,
        widget=forms.SearchInput(
            attrs={"class": "form-control", "placeholder": "项目、安排、单位、点位"}
        ),
    )

    def __init__(self, data, states: Sequence[ItemState]):
        super().__init__(data)
        items = [state.item for state in states]
        by_order = sorted(items, key=lambda item: (item.unit_order, item.unit_id))
        for name, choices in {
            "unit": {str(item.unit_id): item.unit for item in by_order},
            "group": {item.category: item.category for item in items if item.category},
            "leader": {item.leader: item.leader for item in items if item.leader},
        }.items():
            self.fields[name].choices = [("", "全部"), *choices.items()]
            if not choices:
                del self.fields[name]


# What a filter other than 研判, 提示 and the words compares, by its name.
OF_ITEM = {
    "level": lambda item: item.level,
    "unit": lambda item: str(item.unit_id),
    "group": lambda item: item.category,
    "leader": lambda item: item.leader,
}


class ItemFilter:
    """Filters over one county's items as they stand at a date: on the date of a closed round
    also their units, groups and leaders are those of that day."""

    def __init__(self, data, states: Sequence[ItemState]):
        self.data, self.states = data, states
        self.form = ItemFilterForm(data, states)

    @cached_property
    def chosen(self) -> dict[str, str]:
        """The valid filters that are set, by name."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def ignored(self) -> list[str]:
        """Labels of the filters whose value in the address is not known here."""
        fields = self.form.fields
        absent = [n for n in ("unit", "group", "leader") if self.data.get(n) and n not in fields]
        labels = {name: field.label for name, field in ItemFilterForm.base_fields.items()}
        return [labels[name] for name in (*self.form.errors, *absent)]

    @cached_property
    def kept(self) -> list[ItemState]:
        """The items that the filters leave; looking for words also asks for named sites, and
        what waits to be verified is asked for as it is now."""
        states = list(self.states)
        for name, of in OF_ITEM.items():
            if wanted := self.chosen.get(name):
                states = [state for state in states if of(state.item) == wanted]
        if status := self.chosen.get("status"):
            states = [state for state in states if has_status(state, status)]
        flag = self.chosen.get("flag")
        if flag == UNVERIFIED:
            declared = Completion.objects.unverified().filter(item__in=[s.item.pk for s in states])
            pks = set(declared.values_list("item_id", flat=True))
            states = [state for state in states if state.item.pk in pks]
        elif flag:
            states = [state for state in states if has_flag(state, flag)]
        if q := self.chosen.get("q"):
            sites = Site.objects.filter(item__in=[s.item.pk for s in states], name__icontains=q)
            on_site = set(sites.order_by().values_list("item_id", flat=True))
            states = [s for s in states if s.item.pk in on_site or has_words(s, q)]
        return states

    def describe(self) -> str:
        """What is shown, in words."""
        shown, total = len(self.kept), len(self.states)
        words = []
        for name, value in self.chosen.items():
            choices = dict(getattr(self.form.fields[name], "choices", ()))
            label = self.form.fields[name].label
            words.append(f"文字含“{value}”" if name == "q" else f"{label}为{choices[value]}")
        if not words:
            return f"显示全部{total}项。"
        return f"显示{'、'.join(words)}的条目：{shown}项（共{total}项）。"
