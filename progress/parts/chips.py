"""A status, a flag, a progress bar as HTML: word and shape carry it, colour only helps."""

from functools import cache

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from livelihood.organisation.words import percent1, points1
from progress.rules.judgement import (
    CITY_FLAGS,
    FLAG_LABELS,
    LABELS,
    NO_STATUS_LABEL,
    Flag,
    Standing,
    Status,
)
from progress.rules.unusual import UNUSUAL_LABELS, Mark, Unusual

SHAPES = {
    Status.COMPLETED: "✓",
    Status.AHEAD: "▲",
    Status.ON_SCHEDULE: "●",
    Status.BEHIND: "▼",
    Status.SERIOUSLY_BEHIND: "■",
    Status.NOT_REPORTED: "○",
}
NO_STATUS_SHAPE = "–"
FLAG_SHAPES = {
    Flag.BELOW_CITY_AVERAGE: "▼",
    Flag.BOTTOM_OF_CITY: "▽",
    Flag.STALLED: "‖",
    Flag.PROBLEM: "◆",
    Flag.DOUBTFUL: "?",
    Flag.UNTOLD: "…",
}
UNUSUAL_SHAPES = {
    Unusual.JUMP: "▲",
    Unusual.FALL: "▼",
    Unusual.BEHIND: "■",
    Unusual.PROMISE: "✗",
    Unusual.COMPLETED: "✓",
    Unusual.PROBLEM: "◆",
    Unusual.LATE: "○",
}
SAMPLE = mark_safe('<span class="badge-sample">示例数据</span>')  # noqa: S308 - a constant

PARTIAL = mark_safe(  # noqa: S308 - a constant
    '<br><span class="quiet nowrap" title="只按计划和实际都有数据的目标计算，'
    '不等于实际减计划">可比目标</span>'
)


def status_words(status: Status | None) -> str:
    """The status with its shape, as plain text: ■ 严重滞后."""
    if status is None:
        return f"{NO_STATUS_SHAPE} {NO_STATUS_LABEL}"
    return f"{SHAPES[status]} {LABELS[status]}"


@cache
def status_chip(status: Status | None) -> SafeString:
    """The chip of a schedule status; None is 尚无进展."""
    name = "unknown" if status is None else status.value
    return format_html('<span class="chip chip-{}">{}</span>', name, status_words(status))


@cache
def flag_chip(flag: Flag, sample: bool = False) -> SafeString:
    """The chip of one flag; ``sample`` adds 示例数据."""
    return format_html(
        '<span class="flag flag-{}">{} {}{}</span>',
        flag.value,
        FLAG_SHAPES[flag],
        FLAG_LABELS[flag],
        mark_safe('<small class="flag-sample">示例数据</small>') if sample else "",  # noqa: S308
    )


def unusual_tag(mark: Mark) -> SafeString:
    """Why a reviewer looks at a report."""
    return format_html(
        '<span class="tag unusual unusual-{}">{} {}</span>',
        mark.kind.value,
        UNUSUAL_SHAPES[mark.kind],
        UNUSUAL_LABELS[mark.kind],
    )


def is_sample(standing: Standing) -> bool:
    """Whether the comparison with the city rests on 示例数据."""
    comparison = standing.facts.comparison
    return comparison is not None and comparison.illustrative


def flag_chips(standing: Standing) -> SafeString:
    """All flags of a standing; a flag that rests on sample data says so."""
    sample = is_sample(standing)
    return SafeString(
        " ".join(flag_chip(flag, sample and flag in CITY_FLAGS) for flag in standing.flags)
    )


def variance(standing: Standing) -> SafeString:
    """The variance, and of what, where it is not the difference of the percents beside it."""
    words = points1(standing.schedule_variance)
    return SafeString(f"{words}{PARTIAL}" if standing.compares_part else words)


def progress_bar(actual: float | None, planned: float) -> SafeString:
    """A small bar of the actual percent with a tick at the planned one."""
    if actual is None:
        return format_html(
            '<span class="bar bar-unknown" style="--planned:{}" title="计划{}，实际没有数据">'
            "<b></b></span>",
            f"{min(planned, 100):.0f}",
            percent1(planned),
        )
    return format_html(
        '<span class="bar" style="--actual:{};--planned:{}" title="计划{}，实际{}">'
        "<i></i><b></b></span>",
        f"{min(actual, 100):.0f}",
        f"{min(planned, 100):.0f}",
        percent1(planned),
        percent1(actual),
    )
