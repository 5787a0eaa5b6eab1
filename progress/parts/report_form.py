"""The form of one project's report: fields for what the project has, texts to plain values.

A field that cannot be read keeps what was saved before, so that a draft always can be saved.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django import forms

from livelihood.organisation.words import number_cn
from progress.models import FieldComment, SiteReading, TownshipFigure
from progress.operations.reporting import Mark, ReportData, SiteState, milestone_name
from progress.operations.sheets import FigureRow, MilestoneGroup, PlaceGroup, PlaceTable, Sheet
from progress.operations.townships import Arrived, of_table
from progress.rules.findings import (
    Finding,
    Kind,
    met_on_field,
    milestone_field,
    month_field,
    percent_field,
    place_field,
    site_percent_field,
    stage_field,
    value_field,
)
from projects.rules.exchange import VALUE_LIMIT

MET, UNMET, UNTOLD = "met", "unmet", ""
TEXT_LIMIT = 3000  # characters
PERCENT_LIMIT = Decimal(99999)
WORDS = (
    ("narrative", "进展情况"),
    ("problems", "存在问题"),
    ("help_needed", "需要协调"),
    ("cause", "滞后原因"),
)


class NumberField(forms.DecimalField):
    """A number as people type it: full-width digits, commas and the unit's sign are let pass.

    Args:
        limit: below which it must stay.
        places: decimal places at most.
        falls: whether it may be negative.
    """

    def __init__(self, *, limit=VALUE_LIMIT, places=4, falls=False, **options):
        self.limit, self.places, self.falls = limit, places, falls
        options.setdefault("required", False)
        super().__init__(**options)
        self.widget.attrs.update(inputmode="decimal", autocomplete="off")

    widget = forms.TextInput

    def to_python(self, value):
        if value in self.empty_values:
            return None
        text = unicodedata.normalize("NFKC", str(value)).replace(",", "").replace(" ", "")
        text = text.removesuffix("%")
        try:
            number = super().to_python(text)
        except forms.ValidationError:
            raise forms.ValidationError(
                f"“{str(value)[:20]}”不是数字，请只填数字，如 300 或 29.3。"
            ) from None
        if number is None:
            return None
        if not number.is_finite():
            raise forms.ValidationError(f"“{text}”不是数字，请只填数字，如 300 或 29.3。")
        if number < 0 and not self.falls:
            raise forms.ValidationError("不能是负数。")
        if abs(number) >= self.limit:
            raise forms.ValidationError(f"“{text[:20]}”太大，请核对。")
        if -number.as_tuple().exponent > self.places:
            raise forms.ValidationError(f"最多{self.places}位小数。")
        return number

    def has_changed(self, initial, data):
        return _differs(self, initial, data)


def _differs(field: forms.Field, one: str, other: str) -> bool:
    """Whether two texts of a field say different things; what cannot be read does."""
    try:
        return field.to_python(one) != field.to_python(other)
    except forms.ValidationError:
        return True


class WordsField(forms.CharField):
    """A text with the line ends that the database keeps; browsers send others."""

    widget = forms.Textarea

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")

    def has_changed(self, initial, data):
        return _differs(self, initial, data)


class DayField(forms.DateField):
    """A day, as the browser's calendar gives it or as people write it."""

    def __init__(self, **options):
        options.setdefault("required", False)
        super().__init__(
            input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"],
            widget=forms.DateInput(
                format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}
            ),
            error_messages={"invalid": "日期无法识别，请写作 2023-05-31 的样子。"},
            **options,
        )

    def has_changed(self, initial, data):
        return _differs(self, initial, data)


def number_text(number) -> str:
    """A number as it stands in a field; "" where nothing is known."""
    return "" if number is None else number_cn(number)


def day_text(day: date | None) -> str:
    """A day as it stands in a field."""
    return "" if day is None else day.isoformat()


def field_texts(sheet: Sheet, data: ReportData) -> dict[str, str]:
    """What every field of the form says for ``data``, as text; the same for page and script."""
    texts = {name: getattr(data, name) for name, _label in WORDS}
    texts["catch_up_on"] = day_text(data.catch_up_on)
    texts["declares_completion"] = "on" if data.declares_completion else ""
    for row in sheet.figures:
        value, last = data.values.get(row.key), sheet.last_value(row.key)
        texts[value_field(row.key)] = number_text(value)
        grown = None if None in (value, last) else value - last
        texts[month_field(row.key)] = number_text(grown) if sheet.begun else ""
        texts[percent_field(row.key)] = number_text(data.percents.get(row.key))
    texts[percent_field(None)] = number_text(data.percents.get(None))
    for m in sheet.milestones:
        mark = data.marks.get(m.key, Mark(None))
        texts[milestone_field(m.key)] = {True: MET, False: UNMET, None: UNTOLD}[mark.met]
        texts[met_on_field(m.key)] = day_text(mark.met_on)
    for site in sheet.sites:
        state = data.sites.get(site.key, SiteState("", None))
        texts[stage_field(site.key)] = state.stage
        texts[site_percent_field(site.key)] = number_text(state.percent)
    for table in sheet.place_tables:
        for place in table.places:
            texts[place_field(place.key)] = number_text(data.places.get(place.key))
    return texts


def field_labels(sheet: Sheet) -> dict[str, str]:
    """How every field is called, for lists of differences and comments."""
    labels = dict(WORDS) | {"catch_up_on": "计划赶上日期", "declares_completion": "申报完成"}
    for row in sheet.figures:
        labels[value_field(row.key)] = f"{row.name}：累计完成"
        labels[month_field(row.key)] = f"{row.name}：本期新增"
        labels[percent_field(row.key)] = f"{row.name}：形象进度"
    labels[percent_field(None)] = "整体形象进度"
    for m in sheet.milestones:
        labels[milestone_field(m.key)] = milestone_name(m.label, m.text)
        labels[met_on_field(m.key)] = f"{milestone_name(m.label, m.text)}：完成日期"
    for site in sheet.sites:
        labels[stage_field(site.key)] = f"{site.name}：阶段"
        labels[site_percent_field(site.key)] = f"{site.name}：形象进度"
    for table in sheet.place_tables:
        for place in table.places:
            labels[place_field(place.key)] = f"{place.place}：累计完成"
    return labels


STAGE_LABELS = dict(SiteReading.Stage.choices)
TOLD_LABELS = {MET: "已完成", UNMET: "未完成", "on": "是"}


def shown_text(name: str, text: str) -> str:
    """A field's text as a reader sees it: a choice by its label."""
    if name.endswith("-stage"):
        return STAGE_LABELS.get(text, text)
    if name.startswith("milestone-") or name == "declares_completion":
        return TOLD_LABELS.get(text, text)
    return text


class Difference(NamedTuple):
    """A field in which two people said different things."""

    label: str
    theirs: str
    mine: str


class Shown(NamedTuple):
    """A field on the page, with what is said of it; ``field`` is None where it is not asked."""

    name: str
    field: forms.BoundField | None
    errors: list[str]
    findings: list[Finding]
    comments: list[FieldComment]

    @property
    def opened(self) -> str:
        """The hidden field of what it said when the page was opened, for fields of several
        parts; those of one part bring it along themselves."""
        return self.field.as_hidden(only_initial=True)

    @property
    def wrong(self) -> bool:
        """Whether something must be done here."""
        return bool(self.errors or self.comments) or any(
            f.kind is not Kind.HINT for f in self.findings
        )


class FigureFields(NamedTuple):
    """The fields of one indicator."""

    row: FigureRow
    last_value: Decimal | None
    last_percent: Decimal | None
    value: Shown
    month: Shown
    percent: Shown


class MilestoneFields(NamedTuple):
    """The fields of one milestone."""

    milestone: MilestoneGroup
    told: Shown
    on: Shown


class SiteFields(NamedTuple):
    """The fields of one site."""

    name: str
    stage: Shown
    percent: Shown


class PlaceFields(NamedTuple):
    """The field of one township."""

    place: PlaceGroup
    last: Decimal | None
    value: Shown
    told: TownshipFigure | None  # what the township itself says


class ReportForm(forms.Form):
    """What a unit tells of one project.

    Args:
        sheet: the project in the round.
        grid: only the fields of the page that takes all projects, which sends along what they
            said when it was opened; the others keep what is saved.
        data: what was sent, or None to show what is saved.
        prefix: leads every field's name where several forms share a page.
    """

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, sheet: Sheet, data=None, *, grid: bool = False, prefix: str | None = None):
        self.sheet, self.grid = sheet, grid
        self.findings: dict[str, list[Finding]] = {}
        self.comments: dict[str, list[FieldComment]] = {}
        self.townships: Mapping[int, TownshipFigure] = {}
        self.texts = field_texts(sheet, sheet.data)
        super().__init__(
            data,
            prefix=prefix,
            initial=self.texts | {"version": sheet.version},
            use_required_attribute=False,
        )
        self._add_words(("narrative", "cause") if grid else tuple(dict(WORDS)))
        self.fields["catch_up_on"] = DayField(label="计划赶上日期")
        for row in sheet.figures:
            self._add_figure(row, grid)
        if not grid:
            self.fields["declares_completion"] = forms.BooleanField(
                label="申报完成", required=False
            )
            if self.asks_for_whole:
                self._add_number(percent_field(None), "整体形象进度", PERCENT_LIMIT, 2)
            self._add_sites()
            self._add_places()
        for m in sheet.open_milestones if grid else sheet.milestones:
            self._add_milestone(m, grid)
        for name, field in self.fields.items():
            if not isinstance(field.widget, forms.RadioSelect):
                field.widget.attrs.setdefault("class", "form-control")
            if name in {c.field for c in sheet.comments}:
                field.widget.attrs["aria-describedby"] = f"{name}-comment"
            if not sheet.editable:
                # Not the field itself: it would drop what was typed before that was known.
                field.widget.attrs["disabled"] = True
            field.show_hidden_initial = grid and name != "version"

    @property
    def asks_for_whole(self) -> bool:
        """Whether a percent of the work as a whole says more than those of its indicators."""
        return len(self.sheet.figures) != 1 or None in self.sheet.data.percents

    def _add_words(self, names) -> None:
        for name in names:
            self.fields[name] = WordsField(
                label=dict(WORDS)[name],
                required=False,
                max_length=TEXT_LIMIT,
                error_messages={"max_length": f"不超过{TEXT_LIMIT}字。"},
                widget=forms.Textarea(attrs={"rows": 4 if name == "narrative" else 2}),
            )
            # The browser's own limit would cut a pasted text off without a word.
            self.fields[name].widget.attrs.pop("maxlength", None)

    def _add_number(self, name, label, limit=VALUE_LIMIT, places=4, *, falls=False) -> None:
        self.fields[name] = NumberField(label=label, limit=limit, places=places, falls=falls)

    def _add_figure(self, row: FigureRow, grid: bool) -> None:
        if row.counts:
            self._add_number(value_field(row.key), f"{row.name}：累计完成")
            if row.adds_up and not grid and self.sheet.last_value(row.key) is not None:
                # A figure that falls is doubtful, and to be confirmed; so is its amount.
                self._add_number(month_field(row.key), f"{row.name}：本期新增", falls=True)
        self._add_number(percent_field(row.key), f"{row.name}：形象进度", PERCENT_LIMIT, 2)

    def _add_milestone(self, m: MilestoneGroup, grid: bool) -> None:
        told = self.texts[milestone_field(m.key)]
        # What was met goes on to be met until it is said not to be.
        untold = [] if told == MET else [(UNTOLD, "按数据判定" if m.by_figure else "未说明")]
        self.fields[milestone_field(m.key)] = forms.ChoiceField(
            label=m.text,
            required=False,
            choices=[(MET, "已完成"), (UNMET, "未完成"), *untold],
            widget=forms.RadioSelect,
        )
        if not grid:
            self.fields[met_on_field(m.key)] = DayField(label="完成日期")

    def _add_sites(self) -> None:
        for site in self.sheet.sites:
            self.fields[stage_field(site.key)] = forms.ChoiceField(
                label=f"{site.name}：阶段",
                required=False,
                choices=[("", "未填"), *SiteReading.Stage.choices],
                widget=forms.Select(attrs={"class": "form-select"}),
            )
            self._add_number(
                site_percent_field(site.key), f"{site.name}：形象进度", Decimal("100.01"), 2
            )

    def _add_places(self) -> None:
        for table in self.sheet.place_tables:
            for place in table.places:
                self._add_number(place_field(place.key), f"{place.place}：累计完成")

    # -- What the page shows ---------------------------------------------------------

    def say(self, findings: Iterable[Finding], comments: Iterable[FieldComment]) -> None:
        """Put findings and returned comments at their fields."""
        for finding in findings:
            self.findings.setdefault(finding.field, []).append(finding)
        for comment in comments:
            self.comments.setdefault(comment.field, []).append(comment)

    def shown(self, name: str) -> Shown:
        """One field with what is said of it."""
        known = name in self.fields
        faults = list(self.errors.get(name, ())) if known and self.is_bound else []
        findings = [f for f in self.findings.get(name, ()) if f.message not in self._said(name)]
        return Shown(
            name,
            self[name] if known else None,
            faults,
            findings,
            self.comments.get(name, []),
        )

    def _said(self, name: str) -> set[str]:
        """What already stands at a field because it could not be read."""
        return {fault.message for fault in self.faults() if fault.field == name}

    @property
    def words(self) -> dict[str, Shown]:
        """The fields that every report has."""
        names = (*dict(WORDS), "catch_up_on", "declares_completion")
        return {name: self.shown(name) for name in names if name in self.fields}

    @property
    def whole(self) -> Shown:
        """The percent of the work as a whole."""
        return self.shown(percent_field(None))

    def figure_fields(self) -> list[FigureFields]:
        """The indicators with their fields."""
        old = self.sheet.last_data
        return [
            FigureFields(
                row,
                old.values.get(row.key),
                old.percents.get(row.key),
                self.shown(value_field(row.key)),
                self.shown(month_field(row.key)),
                self.shown(percent_field(row.key)),
            )
            for row in self.sheet.figures
        ]

    def open_milestone_fields(self) -> list[MilestoneFields]:
        """What is due, or was due and is still open."""
        return self._milestone_fields(self.sheet.open_milestones)

    def other_milestone_fields(self) -> list[MilestoneFields]:
        """What was met before or is due later."""
        return self._milestone_fields(self.sheet.other_milestones)

    def _milestone_fields(self, milestones) -> list[MilestoneFields]:
        return [
            MilestoneFields(m, self.shown(milestone_field(m.key)), self.shown(met_on_field(m.key)))
            for m in milestones
        ]

    def site_fields(self) -> list[SiteFields]:
        """The named places."""
        return [
            SiteFields(
                site.name,
                self.shown(stage_field(site.key)),
                self.shown(site_percent_field(site.key)),
            )
            for site in self.sheet.sites
        ]

    def place_tables(self) -> list[tuple[PlaceTable, list[PlaceFields], Arrived]]:
        """The townships, by breakdown, and what has come in from them."""
        old = self.sheet.last_data.places
        return [
            (
                table,
                [
                    PlaceFields(
                        p,
                        old.get(p.key),
                        self.shown(place_field(p.key)),
                        self.townships.get(p.key),
                    )
                    for p in table.places
                ],
                of_table(self.sheet, table, self.townships),
            )
            for table in self.sheet.place_tables
        ]

    # -- What was told ---------------------------------------------------------------

    def clean(self):
        for row in self.sheet.figures:
            if month_field(row.key) in self.fields:
                self._settle_month(row)
        return self.cleaned_data

    def _settle_month(self, row: FigureRow) -> None:
        """Cumulative figure and this month's amount say the same thing: whichever was changed
        counts. Without script a reporter may change either."""
        value_name, month_name = value_field(row.key), month_field(row.key)
        value, month = self.cleaned_data.get(value_name), self.cleaned_data.get(month_name)
        if month is None or value_name in self.errors or month_name not in self.changed_data:
            return
        total = Decimal(self.sheet.last_value(row.key)) + month
        if total < 0:
            last = number_cn(self.sheet.last_value(row.key))
            self.add_error(month_name, f"{row.name}：减去的不能多于上期累计的{last}。")
        elif total >= VALUE_LIMIT:
            self.add_error(month_name, f"{row.name}：加上期累计后太大，请核对。")
        elif value is None or value_name not in self.changed_data:
            self.cleaned_data[value_name] = total
            # Should the page be shown again, its figure must not contradict the amount.
            self.data = self.data.copy()
            self.data[self.add_prefix(value_name)] = number_text(total)
        elif total != value:
            last = number_cn(self.sheet.last_value(row.key))
            self.add_error(
                value_name,
                f"{row.name}：上期{last}加本期新增{number_cn(month)}是{number_cn(total)}，"
                f"累计完成填的是{number_cn(value)}，请改正其一。",
            )

    @property
    def typed(self) -> list[str]:
        """The fields that say something else than when the page was opened; where it did not
        send that along, than what is saved."""
        return [name for name in self.changed_data if name != "version"]

    def differences(self, sheet: Sheet) -> list[Difference]:
        """Where what was typed is not what others have saved meanwhile, as ``sheet`` has it."""
        theirs, labels = field_texts(sheet, sheet.data), field_labels(sheet)
        mine = {name: self.data.get(self.add_prefix(name), "") for name in self.typed}
        return [
            Difference(labels[name], shown_text(name, theirs[name]), shown_text(name, text))
            for name, text in mine.items()
            if name in theirs and _differs(self.fields[name], theirs[name], text)
        ]

    def again(self, sheet: Sheet, version: int) -> "ReportForm":
        """The form as it was filled in, to be sent once more.

        Args:
            sheet: the project as it is now.
            version: the version under which it is saved now.
        """
        return self._on(sheet, version, {})

    def beside(self, sheet: Sheet) -> "ReportForm":
        """The form with what was typed, and in its other fields what others have saved since."""
        texts = field_texts(sheet, sheet.data)
        rest = [name for name in self.fields if name in texts and name not in self.typed]
        theirs = {self.add_prefix(name): texts[name] for name in rest}
        theirs |= {self.add_initial_prefix(name): texts[name] for name in rest}
        return self._on(sheet, sheet.version, theirs)

    def _on(self, sheet: Sheet, version: int, theirs: Mapping[str, str]) -> "ReportForm":
        data = self.data.copy()
        for name, text in {**theirs, self.add_prefix("version"): version}.items():
            data[name] = text
        form = ReportForm(sheet, data, grid=self.grid, prefix=self.prefix)
        form.is_valid()
        return form

    def _told(self, name: str, saved):
        """What was told in a field; what is saved, where it was not asked or cannot be read."""
        if name not in self.fields or name not in self.cleaned_data:
            return saved
        return self.cleaned_data[name]

    def report_data(self) -> ReportData:
        """What the form tells, as plain values; call it after ``is_valid``, whatever the answer."""
        sheet, saved = self.sheet, self.sheet.data
        words = {name: self._told(name, getattr(saved, name)) for name, _label in WORDS}
        return replace(
            saved,
            **words,
            catch_up_on=self._told("catch_up_on", saved.catch_up_on),
            declares_completion=self._told("declares_completion", saved.declares_completion),
            values={
                row.key: self._told(value_field(row.key), saved.values.get(row.key))
                for row in sheet.figures
            },
            percents={
                key: self._told(percent_field(key), saved.percents.get(key))
                for key in (*(row.key for row in sheet.figures), None)
            },
            marks=self._marks(saved.marks),
            sites=self._sites(saved.sites),
            places=self._places(saved.places),
        )

    def _marks(self, saved: Mapping[int, Mark]) -> dict[int, Mark]:
        marks = {}
        for m in self.sheet.milestones:
            old = saved.get(m.key, Mark(None))
            met = {True: MET, False: UNMET, None: UNTOLD}[old.met]
            met = {MET: True, UNMET: False, UNTOLD: None}[self._told(milestone_field(m.key), met)]
            met_on = self._told(met_on_field(m.key), old.met_on) if met else None
            # Why it was held to be so is kept as long as it is held to be so.
            why = old.why if met == old.met else ""
            if met is not None or why:
                marks |= dict.fromkeys(m.keys, Mark(met, met_on, why))
        return marks

    def _sites(self, saved: Mapping[int, SiteState]) -> dict[int, SiteState]:
        sites = {}
        for site in self.sheet.sites:
            old = saved.get(site.key, SiteState("", None))
            told = SiteState(
                self._told(stage_field(site.key), old.stage),
                self._told(site_percent_field(site.key), old.percent),
            )
            sites |= dict.fromkeys(site.keys, told)
        return sites

    def _places(self, saved: Mapping[int, Decimal | None]) -> dict[int, Decimal | None]:
        places = {}
        for table in self.sheet.place_tables:
            for place in table.places:
                told = self._told(place_field(place.key), saved.get(place.key))
                places |= dict.fromkeys(place.keys, told)
        return places

    def faults(self) -> list[Finding]:
        """What could not be read, as findings that must be mended."""
        labels = field_labels(self.sheet)
        return [
            Finding(Kind.MEND, name, _sentence(labels.get(name, ""), message))
            for name, messages in self.errors.items()
            if name != "version"
            for message in messages
        ]


def _sentence(label: str, message: str) -> str:
    named = not label or message.startswith(label.partition("：")[0])
    return message if named else f"{label}：{message}"
