"""通报: the filter of the list, and the forms of an issue."""

from collections.abc import Mapping, Sequence
from datetime import date

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from progress.models import Bulletin
from progress.operations.bulletin_content import PARTS, mark_of, plain_text
from progress.operations.bulletins import (
    DATED_AHEAD,
    BulletinData,
    issue_date_fault,
    outdated_texts,
)
from progress.operations.item_state import LEVEL_LABELS

TEXT_LIMIT = 8000
TEXT_COLUMNS = 70  # so many characters fit on a line of the editor
PART_LABELS = {"lead_in": "导语", **{part: words for part, words in PARTS.items() if words}}
LAYOUT, TEXT, DRAFTED = "layout-", "text-", "drafted-"


class BulletinFilter(django_filters.FilterSet):
    """The filters of the list of issues."""

    q = django_filters.CharFilter(label="查找", method="with_words")
    state = django_filters.ChoiceFilter(label="状态", choices=Bulletin.State, empty_label="全部")

    class Meta:
        model = Bulletin
        fields = []

    def __init__(self, data, queryset):
        super().__init__(data, queryset)
        self.form.fields["q"].widget.attrs.update(
            {"class": "form-control", "placeholder": "标题、期号或正文里的词"}
        )
        self.form.fields["state"].widget.attrs["class"] = "form-select"

    def with_words(self, queryset: QuerySet, name, value: str):
        """Issues that have the words in their title, or in the text as it went out."""
        words = value.strip()
        number = words.removeprefix("第").removesuffix("期")
        if number.isdecimal() and len(number) < 5:
            # A bare number stands in every date: it asks for the issue.
            return queryset.filter(number=int(number))
        found = Q(title__icontains=words) | Q(versions__words__icontains=words)
        return queryset.filter(found).distinct()


def _line(label: str, limit: int, *, required: bool = True, help_text: str = ""):
    return forms.CharField(
        label=label,
        max_length=limit,
        required=required,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        error_messages={
            "required": f"请填写{label}。",
            "max_length": f"{label}不超过{limit}个字。",
        },
    )


class BulletinForm(forms.Form):
    """What the office decides of an issue; a text left empty is drafted by the system."""

    title = _line("标题", 120)
    series = _line("文种", 30, help_text="如督查通报、政务督查；期号按文种逐年连续编号。")
    addressees = _line("主送", 300, required=False)
    copies = _line("抄送", 300, required=False)
    signed_by = _line("落款单位", 60)
    edits = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data=None,
        *,
        shown: BulletinData,
        edits: int,
        drafts: Mapping[str, Sequence[str]],
        levels: Sequence[str],
        layouts: Sequence[tuple[str, str]],
    ):
        self.drafts = {part: "\n".join(drafts[part]) for part in PARTS}
        self.outdated = outdated_texts(shown, drafts)
        initial = {
            "title": shown.title,
            "series": shown.series,
            "addressees": shown.addressees,
            "copies": shown.copies,
            "signed_by": shown.signed_by,
            "edits": edits,
        }
        super().__init__(data, initial=initial)
        for level in levels:
            self._add_layout(level, layouts, shown.layouts.get(level, ""))
        for part in PARTS:
            self._add_text(part, shown.texts.get(part, self.drafts[part]))

    def _add_layout(self, level: str, layouts, kept: str) -> None:
        known = [*layouts]
        if kept and kept not in dict(known):
            kept = f"standard_{level}"
        self.fields[LAYOUT + level] = forms.ChoiceField(
            label=f"{LEVEL_LABELS[level]}清单",
            choices=[("", "不收录"), *known],
            required=False,
            initial=kept,
            widget=forms.Select(attrs={"class": "form-select"}),
            error_messages={"invalid_choice": "请从所列的版式中选择。"},
        )

    def _add_text(self, part: str, words: str) -> None:
        # As high as its lines, with one to go on writing.
        rows = 1 + sum(1 + len(line) // TEXT_COLUMNS for line in words.splitlines())
        attrs = {"class": "form-control bulletin-text", "rows": max(rows, 2)}
        self.fields[TEXT + part] = forms.CharField(
            label=PART_LABELS[part],
            required=False,
            initial=words,
            max_length=TEXT_LIMIT,
            widget=forms.Textarea(attrs=attrs),
            error_messages={"max_length": f"{PART_LABELS[part]}不超过{TEXT_LIMIT}字。"},
        )
        # Which draft this page shows: the data may have changed when it is sent.
        self.fields[DRAFTED + part] = forms.CharField(
            required=False, initial=mark_of(self.drafts[part]), widget=forms.HiddenInput
        )

    def clean(self):
        """At least one list must be printed."""
        cleaned = super().clean()
        chosen = [name for name in self.fields if name.startswith(LAYOUT) and cleaned.get(name)]
        faulty = any(name.startswith(LAYOUT) for name in self.errors)
        if not chosen and not faulty:
            raise forms.ValidationError("请至少收录一份清单。")
        return cleaned

    @property
    def layout_fields(self):
        """The choice of each list's layout."""
        return [self[name] for name in self.fields if name.startswith(LAYOUT)]

    @property
    def text_fields(self) -> list[tuple[forms.BoundField, forms.BoundField, str, bool]]:
        """Each part of the text, the draft it shows, what the system drafts where that reads
        otherwise, and whether that has changed since the part was edited."""
        found = []
        for part in PARTS:
            text, drafted = self[TEXT + part], self[DRAFTED + part]
            edited = self._is_edited(part, text.value() or "", drafted.value() or "")
            draft = self.drafts[part] if edited else ""
            found.append((text, drafted, draft, edited and part in self.outdated))
        return found

    def _is_edited(self, part: str, text: str, drafted: str) -> bool:
        """Whether a text is the office's own, and neither the draft it was shown nor today's."""
        return plain_text(text) != "" and mark_of(text) not in (drafted, mark_of(self.drafts[part]))

    @property
    def data_given(self) -> BulletinData:
        """What was typed, checked."""
        given = self.cleaned_data
        # What reads as drafted goes on being drafted: it follows the data.
        marks = {part: given[DRAFTED + part] for part in PARTS}
        edited = [p for p in PARTS if self._is_edited(p, given[TEXT + p], marks[p])]
        return BulletinData(
            **{name: given[name] for name in ("title", "series", "addressees", "copies")},
            signed_by=given["signed_by"],
            issued_on=given.get("issued_on"),
            layouts={
                name.removeprefix(LAYOUT): given[name]
                for name in self.fields
                if name.startswith(LAYOUT) and given[name]
            },
            texts={part: plain_text(given[TEXT + part]) for part in edited},
            drafted={part: marks[part] for part in edited if marks[part]},
        )

    def take_over(self, edits: int) -> None:
        """Let what was typed hold, sent again, against a newer state."""
        self.data = self.data.copy()
        self.data["edits"] = edits


def _issue_date():
    return forms.DateField(
        label="印发日期",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": "请填写印发日期。",
            "invalid": "印发日期不是有效的日期，应写作 2023-04-20 的样子。",
        },
    )


class CorrectionForm(BulletinForm):
    """The same for an issue that has gone out: its series stays, and a note says why."""

    issued_on = _issue_date()

    note = _line(
        "更正说明", 300, help_text="更正了什么、为什么；印在更正后的通报上，也留在版本记录里。"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["issued_on"] = kwargs["shown"].issued_on
        self.fields["series"].disabled = True


class IssueForm(forms.Form):
    """The day on which an issue goes out."""

    issued_on = _issue_date()
    edits = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, today: date, as_of: date, edits: int):
        super().__init__(data, initial={"issued_on": today, "edits": edits})
        self.as_of, self.today = as_of, today
        latest = today + DATED_AHEAD
        limits = {"min": as_of.isoformat(), "max": latest.isoformat()}
        self.fields["issued_on"].widget.attrs.update(limits)

    def clean_issued_on(self):
        issued_on = self.cleaned_data["issued_on"]
        fault = issue_date_fault(issued_on, self.as_of, self.today)
        if fault:
            raise forms.ValidationError(fault)
        return issued_on
