"""满意度测评: the form on which the office enters the votes of one body on all items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django import forms

from progress.models import SatisfactionVote
from progress.operations.year_end import Line, Poll
from progress.parts.closing_forms import DATE_WRONG
from projects.models import ListItem

KINDS = (
    ("satisfied", "满意"),
    ("fairly", "基本满意"),
    ("dissatisfied", "不满意"),
    ("abstained", "弃权或未投"),
)
MOST_MEMBERS = 100_000
NUMBER = {"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}


class PollForm(forms.Form):
    """Who voted, when, and how many members there are."""

    body = forms.CharField(
        label="测评主体",
        max_length=60,
        error_messages={
            "required": "请填写测评主体，如人大常委会。",
            "max_length": "测评主体不超过60个字。",
        },
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    voted_on = forms.DateField(
        label="测评日期",
        input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"],
        error_messages={"required": "请填写测评日期。", "invalid": DATE_WRONG},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )
    members = forms.IntegerField(
        label="组成人员总数",
        min_value=1,
        max_value=MOST_MEMBERS,
        help_text="含缺席的，半数按总数计算",
        error_messages={
            "required": "请填写组成人员总数。",
            "invalid": "组成人员总数应为整数。",
            "min_value": "组成人员总数应大于0。",
            "max_value": f"组成人员总数不超过{MOST_MEMBERS}。",
        },
        widget=forms.TextInput(attrs=NUMBER),
    )
    source = forms.CharField(
        label="来源",
        max_length=200,
        required=False,
        help_text="如会议名称、公告文号",
        error_messages={"max_length": "来源不超过200个字。"},
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, auto_id="poll_%s", **kwargs)
        self.today = today

    def clean_body(self):
        """Spaces and control characters at the ends or inside make no other body."""
        return " ".join(self.cleaned_data["body"].split())

    def clean_voted_on(self):
        """No vote lies in the future."""
        day = self.cleaned_data["voted_on"]
        if day > self.today:
            raise forms.ValidationError("测评日期不能晚于今天。")
        return day

    @property
    def poll(self) -> Poll:
        """What was entered; only after it has been found valid."""
        return Poll(**self.cleaned_data)


@dataclass
class VoteRow:
    """One item on the form: what stands in its fields, and what is wrong with them."""

    item: ListItem
    values: Sequence[str]  # as typed, in the order of KINDS
    edits: int
    vote: SatisfactionVote | None = None
    error: str = ""

    @property
    def cells(self) -> list[tuple[str, str, str]]:
        """(name of the input, its label, what stands in it)."""
        return [
            (f"{name}-{self.item.pk}", label, value)
            for (name, label), value in zip(KINDS, self.values, strict=True)
        ]

    @property
    def mark(self) -> str:
        """The name of the hidden field that says which state the page showed."""
        return f"edits-{self.item.pk}"

    @property
    def line(self) -> Line:
        """The row as the operation takes it; only where nothing is wrong with it."""
        if not any(self.values):
            return Line(self.item.pk, None, self.edits)
        satisfied, fairly, dissatisfied, abstained = (int(value or 0) for value in self.values)
        counts = (satisfied, fairly, dissatisfied, abstained)
        return Line(self.item.pk, counts, self.edits)


def kept_rows(items: Sequence[ListItem], kept: Mapping[int, SatisfactionVote]) -> list[VoteRow]:
    """The rows with what is in the database."""
    rows = []
    for item in items:
        vote = kept.get(item.pk)
        values = ["" if vote is None else str(getattr(vote, name)) for name, _label in KINDS]
        rows.append(VoteRow(item, values, vote.edits if vote else 0, vote))
    return rows


def typed_rows(
    items: Sequence[ListItem], post: Mapping[str, str], kept: Mapping[int, SatisfactionVote]
) -> list[VoteRow]:
    """The rows as they were sent, each with what is wrong with it and what is there now."""
    rows = []
    for item in items:
        values = [post.get(f"{name}-{item.pk}", "").strip() for name, _label in KINDS]
        row = VoteRow(item, values, 0, kept.get(item.pk))
        row.edits = _number(post.get(row.mark, ""))
        if not all(value == "" or _is_count(value) for value in values):
            row.error = "票数应为不小于0的整数。"
        elif any(values) and not any(values[:3]):
            row.error = "请填写满意、基本满意、不满意的票数。"
        rows.append(row)
    return rows


def take_over(rows: Sequence[VoteRow], kept: Mapping[int, SatisfactionVote]) -> None:
    """After a conflict: what was typed stays, and sent again it holds; what is there is shown."""
    for row in rows:
        row.vote = kept.get(row.item.pk)
        edits = row.vote.edits if row.vote else 0
        if edits != row.edits:
            row.error = row.error or "已被他人修改，请与现有结果核对。"
        row.edits = edits


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7


def _number(text: str) -> int:
    return int(text) if _is_count(text) else 0
