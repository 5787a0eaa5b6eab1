"""The headline sentence of the bulletin, from counts. Source: the bulletin of 苍南县."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from livelihood.organisation.words import cn_month_day

LEVEL_WORDS = {
    "province": "省政府民生实事指标",
    "city": "市政府民生实事指标",
    "county": "县政府民生实事指标",
}
# The list of the province is the one that the city compares.
SHORT_WORDS = {"province": "省民生实事", "city": "市民生实事", "county": "县民生实事"}


@dataclass(frozen=True)
class HeadlineItem:
    """What the headline needs of one item."""

    level: str
    unit: str
    completed: bool
    below_city_average: bool


def units_by_count(names: Sequence[str], order: Sequence[str]) -> list[tuple[str, int]]:
    """Units by number of items, descending; ties stay in the county's order of units."""
    counts = Counter(names)
    place = {name: index for index, name in enumerate(order)}
    return sorted(counts.items(), key=lambda pair: (-pair[1], place.get(pair[0], len(place))))


def _levels_clause(items: Sequence[HeadlineItem]) -> str:
    counts = Counter(item.level for item in items)
    parts = [f"{words}{counts[level]}项" for level, words in LEVEL_WORDS.items() if counts[level]]
    return "以及".join(["、".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def headline(
    items: Sequence[HeadlineItem],
    *,
    subject: str,
    year: int,
    as_of: date,
    unit_order: Sequence[str] = (),
    has_progress: bool = True,
) -> str:
    """The headline in the bulletin's own order: lists, completed, below average, units.

    Args:
        items: every item in question.
        subject: who speaks, such as 我县 or 县教育局.
        year: the year of the lists.
        as_of: the date of judgement.
        unit_order: the county's units in the county's own order, for ties.
        has_progress: False where nothing has been reported yet; then it says so.
    """
    if not items:
        return f"{year}年{subject}没有承办的民生实事指标。"
    sentences = [f"{year}年{subject}共承办{_levels_clause(items)}。"]
    day = cn_month_day(as_of)
    if not has_progress:
        return "".join(sentences) + f"截至{day}，尚无进展填报。"
    completed = sum(item.completed for item in items)
    if completed:
        sentences.append(f"截至{day}，有{completed}项已提前完成。")
    else:
        sentences.append(f"截至{day}，尚无已完成的指标。")
    for level, words in SHORT_WORDS.items():
        below = [item.unit for item in items if item.level == level and item.below_city_average]
        if below:
            units = "，".join(f"{name}{n}项" for name, n in units_by_count(below, unit_order))
            sentences.append(
                f"但{words}有{len(below)}个项目实施进度低于全市平均水平，其中{units}。"
            )
    return "".join(sentences)
