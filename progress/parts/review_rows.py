"""A report as a reviewer reads it, row by row: last round left, this round right, the
difference as a word with a shape, and room for a comment at every row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from livelihood.organisation.words import UNKNOWN, cn_date, number_cn, percent1, points_cn
from progress.models import SiteReading
from progress.operations.review import COMMENT_LIMIT
from progress.operations.review_queue import ReportDetail
from progress.operations.sheets import FigureRow, MilestoneGroup, Sheet
from progress.parts.report_form import WORDS, field_labels
from progress.rules.findings import (
    milestone_field,
    percent_field,
    place_field,
    stage_field,
    value_field,
)
from progress.rules.wording import Piece, compared

COMMENT = "comment-"
WHOLE = "whole"  # stands for the report as a whole, whose field has no name
# So many rows of a section are shown even if nothing changed; more are folded away.
SHOWN_UNCHANGED = 6
NEW, GONE, UP, DOWN, OTHER = "＋ 新填", "－ 删去", "▲ 增加", "▼ 减少", "◆ 有改动"
UNTOLD = "未说明"
STAGES = dict(SiteReading.Stage.choices)


@dataclass
class Row:
    """One field of the report. ``change`` is "" where nothing changed."""

    field: str
    label: str
    old: Sequence[Piece]
    new: Sequence[Piece]
    change: str
    plan: str = ""
    earlier: list[str] = field(default_factory=list)  # comments of the latest return
    typed: str = ""
    error: str = ""

    @property
    def told(self) -> bool:
        """Whether either side says anything."""
        return any(p.text not in (UNKNOWN, UNTOLD) for p in (*self.old, *self.new))

    @property
    def input(self) -> str:
        """The name of the input for a comment."""
        return f"{COMMENT}{self.field or WHOLE}"


@dataclass
class Section:
    """Rows under one heading; of a long one those without any change are folded away."""

    title: str
    rows: list[Row]

    @property
    def shown(self) -> list[Row]:
        """The rows that stand open."""
        short = len(self.rows) <= SHOWN_UNCHANGED
        return [
            row
            for row in self.rows
            if row.change or row.earlier or row.typed or (short and row.told)
        ]

    @property
    def folded(self) -> list[Row]:
        """The rows behind a line that says how many they are."""
        shown = {row.field for row in self.shown}
        return [row for row in self.rows if row.field not in shown]


def sections_of(detail: ReportDetail, typed: Mapping[str, str] | None = None) -> list[Section]:
    """The report in sections; ``typed`` are comments by field, shown again in their rows."""
    sheet = detail.row.sheet
    sections = [
        Section("指标", list(_figures(sheet))),
        Section("文字", list(_words(sheet))),
        Section("节点", [_milestone(sheet, m) for m in sheet.milestones]),
        Section("点位", [_site(sheet, site) for site in sheet.sites]),
        Section("镇乡（街道）", list(_places(sheet))),
    ]
    earlier = {}
    for comment in detail.returned.comments.all() if detail.returned else ():
        earlier.setdefault(comment.field, []).append(comment.text)
    for section in sections:
        for row in section.rows:
            row.earlier = earlier.get(row.field, [])
            row.typed = (typed or {}).get(row.field, "")
            row.error = too_long(row.typed)
    return [section for section in sections if section.rows]


def comments_of(post: Mapping[str, str], sheet: Sheet) -> dict[str, str]:
    """What was typed, by field; only fields that the report has, "" for the whole."""
    fields = [*field_labels(sheet), ""]
    typed = {name: post.get(f"{COMMENT}{name or WHOLE}", "") for name in fields}
    # Forms refuse the null character, which PostgreSQL does not keep; these are read without one.
    typed = {name: text.replace("\x00", "").strip() for name, text in typed.items()}
    return {name: text for name, text in typed.items() if text}


def too_long(text: str) -> str:
    """What is wrong with a comment; "" if nothing is."""
    if len(text) <= COMMENT_LIMIT:
        return ""
    return f"一条意见不超过{COMMENT_LIMIT}个字，现有{len(text)}个字。"


def label_of(name: str, labels: Mapping[str, str]) -> str:
    """How a comment's field is called; one that the form has no more is 其他栏目."""
    return labels.get(name, "其他栏目") if name else "总的意见"


# -- The rows --------------------------------------------------------------------------


def _row(name, label, old: str, new: str, change: str, plan: str = "") -> Row:
    return Row(name, label, _pieces(old, change), _pieces(new, change), change, plan)


def _pieces(words: str, change: str) -> list[Piece]:
    return [Piece(words, bool(change) and words != UNKNOWN)]


def _compare(old, new, words: Callable) -> str:
    """The difference as a word with a shape; "" if there is none."""
    if old == new:
        return ""
    if old in (None, ""):
        return NEW
    if new in (None, ""):
        return GONE
    if isinstance(old, Decimal | int | float):
        return f"{UP if new > old else DOWN}{words(abs(new - old))}"
    return OTHER


def _figures(sheet: Sheet) -> Iterable[Row]:
    old, new = sheet.last_data, sheet.data
    for row in sheet.figures:
        values = old.values.get(row.key), new.values.get(row.key)
        percents = old.percents.get(row.key), new.percents.get(row.key)
        name, plan = row.name, _plan(row)
        stated = any(p is not None for p in percents)
        if row.counts and (not stated or values != (None, None)):
            yield _number(value_field(row.key), name, values, row.unit, plan)
            plan = ""
        if stated or not row.counts:
            yield _percent(percent_field(row.key), f"{name}：形象进度", percents, plan)
    whole = old.percents.get(None), new.percents.get(None)
    if any(p is not None for p in whole):
        yield _percent(percent_field(None), "整体形象进度", whole, "")


def _number(name, label, pair, unit, plan="") -> Row:
    def words(value):
        return UNKNOWN if value is None else f"{number_cn(value)}{unit}"

    return _row(name, label, *map(words, pair), _compare(*pair, words), plan)


def _percent(name, label, pair, plan) -> Row:
    change = _compare(*pair, points_cn)
    return _row(name, label, *map(percent1, pair), change, plan)


def _plan(row: FigureRow) -> str:
    """What the lists ask of an indicator by now and promise for the year."""
    return "；".join(
        f"{t.item}"
        + ("" if t.planned_percent is None else f"计划{_planned(t)}，")
        + (f"目标{number_cn(t.value)}{t.unit}" if t.value is not None else "目标见清单")
        for t in row.targets
    )


def _planned(target) -> str:
    if target.planned_value is None:
        return percent1(target.planned_percent)
    return f"{number_cn(target.planned_value)}{target.unit}（{percent1(target.planned_percent)}）"


def _words(sheet: Sheet) -> Iterable[Row]:
    old, new = sheet.last_data, sheet.data
    for name, label in WORDS:
        before, after = getattr(old, name), getattr(new, name)
        if not (before or after) and name != "narrative":
            continue
        left, right = compared(before, after)
        change = _compare(before, after, str)
        nothing = [Piece(UNKNOWN, False)]
        yield Row(name, label, left or nothing, right or nothing, change)
    days = old.catch_up_on, new.catch_up_on
    if any(days):
        change = _compare(*days, str)
        yield _row("catch_up_on", "计划赶上日期", *map(cn_date, days), change)
    declared = old.declares_completion, new.declares_completion
    if any(declared):
        words = ["申报完成" if d else "未申报" for d in declared]
        change = "" if declared[0] == declared[1] else OTHER
        yield _row("declares_completion", "申报完成", *words, change)


def _milestone(sheet: Sheet, m: MilestoneGroup) -> Row:
    def words(mark):
        if mark is None or mark.met is None:
            return UNTOLD
        day = f"（{cn_date(mark.met_on)}）" if mark.met and mark.met_on else ""
        return f"● 已完成{day}" if mark.met else "■ 未完成"

    before, after = (words(data.marks.get(m.key)) for data in (sheet.last_data, sheet.data))
    label = f"{m.indicator}：{m.text}" if m.indicator else m.text
    due = f"{m.label}，{cn_date(m.due)}前"
    if m.by_figure:
        due += "，按数据判定"
    return _row(milestone_field(m.key), label, before, after, "" if before == after else OTHER, due)


def _site(sheet: Sheet, site) -> Row:
    def words(state):
        if state is None or not (state.stage or state.percent is not None):
            return UNKNOWN
        parts = [
            STAGES.get(state.stage, ""),
            "" if state.percent is None else percent1(state.percent),
        ]
        return "，".join(filter(None, parts)) or UNKNOWN

    before, after = (words(data.sites.get(site.key)) for data in (sheet.last_data, sheet.data))
    change = "" if before == after else NEW if before == UNKNOWN else OTHER
    return _row(stage_field(site.key), site.name, before, after, change)


def _places(sheet: Sheet) -> Iterable[Row]:
    for table in sheet.place_tables:
        for place in table.places:
            pair = sheet.last_data.places.get(place.key), sheet.data.places.get(place.key)
            task = "" if place.task is None else f"任务{number_cn(place.task)}{table.unit}"
            plan = "，".join(filter(None, [task, place.note]))
            yield _number(place_field(place.key), place.place, pair, table.unit, plan)
