"""What is found in a report before it is sent: four kinds, each with where and what.

Pure functions of what is told now and what was told last month; no database, no clock.
Percents are 0–100 or more; figures are cumulative, in the indicator's unit.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from livelihood.organisation.words import cn_date, number_cn, percent1, points_cn
from projects.rules.contradictions import COUNTS_OF_PLACES, differ
from projects.rules.planned import FULL

# A figure that jumps by more than so many points within a round may be a slip of the key.
JUMP_POINTS = 30.0
# More than this is possible (some items reach 286 %), but rare enough to ask.
HIGH_PERCENT = 120.0


class Kind(StrEnum):
    """How a finding is to be answered."""

    MEND = "mend"  # cannot be sent so
    CONFIRM = "confirm"  # may be right: the reporter says so
    EXPLAIN = "explain"  # needs cause and catch-up date
    HINT = "hint"  # for information


KIND_LABELS = {
    Kind.MEND: "必须改正",
    Kind.CONFIRM: "请确认",
    Kind.EXPLAIN: "请说明",
    Kind.HINT: "提示",
}


class Finding(NamedTuple):
    """One finding: its kind, the form's field it is about ("" for the whole), the sentence."""

    kind: Kind
    field: str
    message: str

    @property
    def label(self) -> str:
        """必须改正, 请确认, 请说明 or 提示."""
        return KIND_LABELS[self.kind]

    @property
    def key(self) -> str:
        """What a confirmation refers to; other numbers are another finding."""
        return hashlib.sha256(f"{self.field} {self.message}".encode()).hexdigest()[:12]


def unanswered(findings: Iterable[Finding], confirmed: Collection[str] = ()) -> list[Finding]:
    """What keeps a report from being sent; ``confirmed`` are the keys that were confirmed."""
    return [
        f
        for f in findings
        if f.kind in (Kind.MEND, Kind.EXPLAIN)
        or (f.kind is Kind.CONFIRM and f.key not in confirmed)
    ]


# -- Names of the form's fields: findings and returned comments point to them --------


def value_field(indicator: int) -> str:
    """The cumulative figure of an indicator."""
    return f"indicator-{indicator}"


def month_field(indicator: int) -> str:
    """This round's amount of an indicator."""
    return f"month-{indicator}"


def percent_field(indicator: int | None) -> str:
    """The percent that the unit states; None is the work as a whole."""
    return "percent" if indicator is None else f"percent-{indicator}"


def milestone_field(milestone: int) -> str:
    """Whether a milestone is met."""
    return f"milestone-{milestone}"


def met_on_field(milestone: int) -> str:
    """On which day a milestone was met."""
    return f"milestone-{milestone}-on"


def stage_field(site: int) -> str:
    """The stage of a site."""
    return f"site-{site}-stage"


def site_percent_field(site: int) -> str:
    """The percent of a site."""
    return f"site-{site}-percent"


def place_field(allocation: int) -> str:
    """The figure of a township."""
    return f"place-{allocation}"


# -- What is told, as plain values -----------------------------------------------------


class Promised(NamedTuple):
    """What one list promises for an indicator: the list's item, and the target or None."""

    item: str
    target: float | None


class ToldFigure(NamedTuple):
    """One indicator (or, without key, the work as a whole), now and last month."""

    key: int | None
    name: str
    unit: str
    kind: str  # "quantity", "rate" or "milestone"
    value: float | None
    percent: float | None
    last_value: float | None
    last_percent: float | None
    targets: tuple[Promised, ...] = ()
    sites: int = 0  # named places, each of which counts as one

    @property
    def field(self) -> str:
        """Where what is wrong with the figure is said."""
        if self.key is not None and self.value is not None:
            return value_field(self.key)
        return percent_field(self.key)

    @property
    def largest_target(self) -> float | None:
        """The target to which percents refer where the lists differ."""
        return max((t.target for t in self.targets if t.target), default=None)

    def percent_of(self, value: float | None, percent: float | None) -> float | None:
        """A figure in percent: as stated, or as a share of the target."""
        if percent is not None or value is None or not self.largest_target:
            return percent
        return FULL * value / self.largest_target

    @property
    def actual(self) -> float | None:
        """The percent now."""
        return self.percent_of(self.value, self.percent)

    @property
    def last_actual(self) -> float | None:
        """The percent last month."""
        return self.percent_of(self.last_value, self.last_percent)

    @property
    def changed(self) -> bool:
        """Whether anything differs from last month."""
        return (self.value, self.percent) != (self.last_value, self.last_percent)


class ToldMilestone(NamedTuple):
    """A milestone as told now and before; ``by_figure``: its number says whether it is met."""

    key: int
    label: str
    text: str
    due: date
    met: bool | None
    met_on: date | None
    met_before: bool | None
    by_figure: bool

    @property
    def words(self) -> str:
        """As it is cited."""
        text = self.text if len(self.text) <= 40 else f"{self.text[:39]}…"
        return f"“{self.label}：{text}”"


class ToldShare(NamedTuple):
    """What one township has done of its part."""

    key: int
    place: str
    task: float | None
    value: float | None
    last_value: float | None


class Breakdown(NamedTuple):
    """The townships of an item, and the indicators whose figures they make up."""

    shares: tuple[ToldShare, ...]
    indicators: tuple[int, ...]


class Verdict(NamedTuple):
    """How an item would be judged by what is told."""

    item: str
    label: str
    reason: str
    behind: bool
    stalled_rounds: int  # 0 if something has moved


@dataclass(frozen=True)
class Told:
    """Everything the checks look at.

    ``latest_day`` is the last day on which something can have been done: the as-of date,
    or today where that is earlier. ``since`` is the last round's date. ``promise`` is the
    catch-up date of last month.
    """

    as_of: date
    latest_day: date
    since: date | None
    figures: tuple[ToldFigure, ...] = ()
    milestones: tuple[ToldMilestone, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    narrative: str = ""
    last_narrative: str = ""
    cause: str = ""
    catch_up_on: date | None = None
    promise: date | None = None
    declares_completion: bool = False
    declared_before: bool = False

    @property
    def behind(self) -> list[Verdict]:
        """The items that would be behind."""
        return [v for v in self.verdicts if v.behind]

    @property
    def period(self) -> str:
        """How the round is spoken of."""
        return f"本期截至日期{cn_date(self.as_of)}"


def find(told: Told) -> list[Finding]:
    """Everything found in a report: what must be mended first, hints last."""
    order = list(Kind)
    found = [finding for check in CHECKS for finding in check(told)]
    return sorted(found, key=lambda finding: order.index(finding.kind))


# -- Must be mended --------------------------------------------------------------------


def says_nothing(told: Told) -> Iterator[Finding]:
    """A report without any word, figure or milestone."""
    figures = any(f.value is not None or f.percent is not None for f in told.figures)
    milestones = any(m.met is not None for m in told.milestones)
    if not (figures or milestones or told.narrative.strip()):
        yield Finding(Kind.MEND, "narrative", "还没有填写：数据、节点、进展情况至少填一项。")


def negative_figures(told: Told) -> Iterator[Finding]:
    """Figures below zero."""
    for f in told.figures:
        if f.value is not None and f.value < 0:
            yield Finding(Kind.MEND, value_field(f.key), f"{f.name}：累计完成数不能是负数。")
        if f.percent is not None and f.percent < 0:
            yield Finding(Kind.MEND, percent_field(f.key), f"{f.name}：形象进度不能是负数。")


def more_than_sites(told: Told) -> Iterator[Finding]:
    """More done than there are named places, where each counts as one."""
    for f in told.figures:
        if (
            f.sites
            and f.unit in COUNTS_OF_PLACES
            and f.largest_target == f.sites
            and f.value is not None
            and f.value > f.sites
        ):
            yield Finding(
                Kind.MEND,
                value_field(f.key),
                f"{f.name}：清单点名的点位共{f.sites}处，累计完成填了{number_cn(f.value)}{f.unit}，"
                "超出了点位数。请核对；点位有增加的，请先联系县政府办公室更改清单。",
            )


def townships_add_up(told: Told) -> Iterator[Finding]:
    """Township figures whose sum is not the unit's figure; nothing is asked where none is told."""
    by_key = {f.key: f for f in told.figures}
    for breakdown in told.breakdowns:
        known = [s for s in breakdown.shares if s.value is not None]
        if not known:
            continue
        first, figures = known[0], [by_key[key] for key in breakdown.indicators]
        total = sum(s.value for s in known)
        unit = figures[0].unit
        missing = [f.name for f in figures if f.value is None]
        if missing:
            yield Finding(
                Kind.MEND,
                value_field(figures[0].key),
                f"各镇乡合计{number_cn(total)}{unit}，但没有填写累计完成数（{'、'.join(missing)}）。",
            )
            continue
        whole = sum(f.value for f in figures)
        if differ(total, whole):
            yield Finding(
                Kind.MEND,
                place_field(first.key),
                f"各镇乡合计{number_cn(total)}{unit}，累计完成数是{number_cn(whole)}{unit}，"
                f"相差{number_cn(abs(total - whole))}{unit}。请改正其一；"
                "暂不分镇乡填报的，请清空各镇乡的数。",
            )


def impossible_days(told: Told) -> Iterator[Finding]:
    """Met dates outside the year or in the future, catch-up dates in the past."""
    for m in told.milestones:
        if m.met_on is None or not m.met:
            continue
        if m.met_on > told.latest_day:
            limit = (
                told.period if told.latest_day == told.as_of else f"今天{cn_date(told.latest_day)}"
            )
            yield Finding(
                Kind.MEND,
                met_on_field(m.key),
                f"节点{m.words}的完成日期{cn_date(m.met_on)}晚于{limit}。",
            )
        elif m.met_on.year != told.as_of.year:
            yield Finding(
                Kind.MEND,
                met_on_field(m.key),
                f"节点{m.words}的完成日期{cn_date(m.met_on)}不在{told.as_of.year}年度内。",
            )
    if told.catch_up_on is not None and told.catch_up_on <= told.as_of:
        yield Finding(
            Kind.MEND,
            "catch_up_on",
            f"计划赶上日期{cn_date(told.catch_up_on)}应在{told.period}之后。",
        )


# -- To be confirmed -------------------------------------------------------------------


def falling_figures(told: Told) -> Iterator[Finding]:
    """Cumulative figures below last month's; a rate may fall."""
    for f in told.figures:
        if f.kind == "rate":
            continue
        if None not in (f.value, f.last_value) and f.value < f.last_value:
            yield Finding(
                Kind.CONFIRM,
                value_field(f.key),
                f"{f.name}：累计完成由上期的{number_cn(f.last_value)}{f.unit}"
                f"降为{number_cn(f.value)}{f.unit}，累计数一般不会减少。",
            )
        elif None not in (f.percent, f.last_percent) and f.percent < f.last_percent:
            yield Finding(
                Kind.CONFIRM,
                percent_field(f.key),
                f"{f.name}：形象进度由上期的{percent1(f.last_percent)}降为{percent1(f.percent)}。",
            )


def jumping_figures(told: Told) -> Iterator[Finding]:
    """Figures that rise by more than 30 points within a round."""
    for f in told.figures:
        if None in (f.actual, f.last_actual) or f.actual - f.last_actual <= JUMP_POINTS:
            continue
        yield Finding(
            Kind.CONFIRM,
            f.field,
            f"{f.name}：由上期的{percent1(f.last_actual)}升到{percent1(f.actual)}，"
            f"一期上升{points_cn(f.actual - f.last_actual)}，"
            f"超过{number_cn(JUMP_POINTS)}个百分点。",
        )


def high_figures(told: Told) -> Iterator[Finding]:
    """Figures above 120 %, when they are new."""
    for f in told.figures:
        if f.actual is not None and f.actual > HIGH_PERCENT and f.changed:
            yield Finding(
                Kind.CONFIRM,
                f.field,
                f"{f.name}：折合年度目标的{percent1(f.actual)}，超过{number_cn(HIGH_PERCENT)}%。",
            )


def stale_percents(told: Told) -> Iterator[Finding]:
    """A new number beside last month's stated percent, by which it is judged."""
    for f in told.figures:
        moved = None not in (f.value, f.last_value) and f.value != f.last_value
        if moved and f.percent is not None and f.percent == f.last_percent:
            yield Finding(
                Kind.CONFIRM,
                percent_field(f.key),
                f"{f.name}：累计完成由{number_cn(f.last_value)}{f.unit}改为"
                f"{number_cn(f.value)}{f.unit}，形象进度仍是上期的{percent1(f.percent)}；"
                "研判以形象进度为准，按数量折算的请清空形象进度。",
            )


def high_shares(told: Told) -> Iterator[Finding]:
    """Townships far above their part, when the figure is new."""
    for breakdown in told.breakdowns:
        for s in breakdown.shares:
            if not s.task or s.value is None or s.value == s.last_value:
                continue
            if FULL * s.value / s.task > HIGH_PERCENT:
                yield Finding(
                    Kind.CONFIRM,
                    place_field(s.key),
                    f"{s.place}：完成{number_cn(s.value)}，任务数{number_cn(s.task)}，"
                    f"折合{percent1(FULL * s.value / s.task)}，超过{number_cn(HIGH_PERCENT)}%。",
                )


def withdrawn_milestones(told: Told) -> Iterator[Finding]:
    """Milestones that were met last month and are not any more."""
    for m in told.milestones:
        # 未说明 takes nothing back: what was told before goes on to hold.
        if m.met_before and m.met is False:
            yield Finding(
                Kind.CONFIRM,
                milestone_field(m.key),
                f"节点{m.words}上期填的是已完成，本期改为未完成。",
            )


def early_completion(told: Told) -> Iterator[Finding]:
    """Completion declared although a target has not been reached."""
    if not told.declares_completion or told.declared_before:
        return
    short = [
        f"{f.name}为{percent1(f.actual)}"
        for f in told.figures
        if f.actual is not None and f.actual < FULL and f.kind != "rate"
    ]
    unmet = [m for m in told.milestones if m.met is False]
    if unmet:
        short.append(f"有{len(unmet)}个节点未完成")
    if short:
        yield Finding(
            Kind.CONFIRM, "declares_completion", f"申报完成，但尚未达到目标：{'，'.join(short)}。"
        )


# -- To be explained -------------------------------------------------------------------


def behind_needs_cause(told: Told) -> Iterator[Finding]:
    """Cause and catch-up date, where an item would be behind."""
    if not told.behind:
        return
    first = told.behind[0]
    why = f"{first.item}将判为{first.label}" + (f"（{first.reason}）" if first.reason else "")
    if len(told.behind) > 1:
        why += f"，另有{len(told.behind) - 1}个条目滞后"
    if not told.cause.strip():
        yield Finding(Kind.EXPLAIN, "cause", f"{why}：请填写滞后原因。")
    if told.catch_up_on is None:
        yield Finding(Kind.EXPLAIN, "catch_up_on", "判为滞后的，请填写计划赶上日期。")


# -- Hints -----------------------------------------------------------------------------


def standing_still(told: Told) -> Iterator[Finding]:
    """Nothing has moved over the rounds of the county's rule."""
    still = [v for v in told.verdicts if v.stalled_rounds]
    if still:
        names = "、".join(v.item for v in still)
        yield Finding(
            Kind.HINT, "", f"{names}连续{still[0].stalled_rounds}期没有变化，将标为停滞。"
        )


def milestones_to_tell(told: Told) -> Iterator[Finding]:
    """Milestones that fell due since the last round and of which nothing is said; one
    sentence for all, since each is asked for anyway."""
    silent = [
        m
        for m in told.milestones
        if m.met is None
        and not m.by_figure
        and m.due <= told.as_of
        and (told.since is None or m.due > told.since)
    ]
    if silent:
        first = silent[0]
        what = f"节点{first.words}已于{cn_date(first.due)}到期，还没有说明是否完成"
        more = f"；另有{len(silent) - 1}个节点也是" if len(silent) > 1 else ""
        yield Finding(Kind.HINT, milestone_field(first.key), f"{what}{more}。")


def reached_and_not_declared(told: Told) -> Iterator[Finding]:
    """Every target reached, and completion not declared: else the item stays unfinished."""
    if told.declares_completion or any(m.met is False for m in told.milestones):
        return
    figures = [f for f in told.figures if f.key is not None and f.kind != "rate"]
    if figures and all(f.actual is not None and f.actual >= FULL for f in figures):
        yield Finding(
            Kind.HINT,
            "declares_completion",
            "各项数据都已达到目标；确已全部完成的，请勾选“申报完成”，不勾选的仍按未完成统计。",
        )


def days_to_tell(told: Told) -> Iterator[Finding]:
    """Milestones newly met without a date."""
    for m in told.milestones:
        if m.met and m.met_on is None and not m.met_before:
            yield Finding(Kind.HINT, met_on_field(m.key), f"节点{m.words}没有填写完成日期。")


def old_words(told: Told) -> Iterator[Finding]:
    """Last month's words beside new figures."""
    words = told.narrative.strip()
    if words and words == told.last_narrative.strip() and any(f.changed for f in told.figures):
        yield Finding(Kind.HINT, "narrative", "数据有变化，进展情况仍是上期的文字。")


def promise_of_last_month(told: Told) -> Iterator[Finding]:
    """Whether what was promised last month has been kept."""
    if told.promise is None:
        return
    start = f"上期承诺于{cn_date(told.promise)}前赶上"
    if not told.behind:
        yield Finding(Kind.HINT, "cause", f"{start}，已兑现。")
    elif told.promise > told.as_of:
        yield Finding(Kind.HINT, "cause", f"{start}，尚未到期。")
    else:
        yield Finding(Kind.HINT, "cause", f"{start}，没有兑现。")


CHECKS: Sequence[Callable[[Told], Iterator[Finding]]] = (
    says_nothing,
    negative_figures,
    more_than_sites,
    townships_add_up,
    impossible_days,
    falling_figures,
    jumping_figures,
    high_figures,
    stale_percents,
    high_shares,
    withdrawn_milestones,
    early_completion,
    behind_needs_cause,
    standing_still,
    milestones_to_tell,
    reached_and_not_declared,
    days_to_tell,
    old_words,
    promise_of_last_month,
)
