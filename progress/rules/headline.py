"""The headline sentence of the bulletin, from counts. Source: the bulletin of 苍南县."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from livelihood.organisation.words import cn_month_day

# Whose lists a county carries out, by level, as it says 省政府.
GOVERNMENTS = {"province": "省", "city": "市", "county": "县"}
# A list of a lower level may be a share in the one of a higher.
ABOVE = {"province": (), "city": ("province",), "county": ("province", "city")}


def governments(
    county: str, seat: str, city: str = "", titles: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Whose lists a county carries out, by level: 省, 市 and 县, as one says 省政府.

    Args:
        county: its name; a county that is a 市 itself is told apart from the city above it
            by their names.
        seat: 县, 市, 区 or 旗.
        city: the name of the city above.
        titles: of its lists, by level: “承担省政府民生实事项目” says more than the level does.
    """
    found = GOVERNMENTS | {"county": seat}
    if seat == "市":
        found |= {"city": city or "设区市", "county": county}
    named, titles = dict(found), titles or {}
    for level, title in titles.items():
        for above in ABOVE[level]:
            if above not in titles and f"{found[above]}政府民生实事" in title:
                named[level] = found[above]
    return named


@dataclass(frozen=True)
class HeadlineItem:
    """What the headline needs of one item; ``early``: completed before its last date."""

    level: str
    unit: str
    completed: bool
    below_city_average: bool
    early: bool = False


def units_by_count(names: Sequence[str], order: Sequence[str]) -> list[tuple[str, int]]:
    """Units by number of items, descending; ties stay in the county's order of units."""
    counts = Counter(names)
    place = {name: index for index, name in enumerate(order)}
    return sorted(counts.items(), key=lambda pair: (-pair[1], place.get(pair[0], len(place))))


def _levels_clause(items: Sequence[HeadlineItem], whose: Mapping[str, str]) -> str:
    counts = Counter(item.level for item in items)
    parts = [
        f"{whose[level]}政府民生实事指标{counts[level]}项" for level in GOVERNMENTS if counts[level]
    ]
    return "以及".join(["、".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def _completed_clause(items: Sequence[HeadlineItem]) -> str:
    completed = sum(item.completed for item in items)
    early = sum(item.completed and item.early for item in items)
    if not completed:
        return "尚无已完成的指标"
    if early == completed:
        return f"有{completed}项已提前完成"
    return f"已完成{completed}项" + (f"（其中提前完成{early}项）" if early else "")


def headline(
    items: Sequence[HeadlineItem],
    *,
    subject: str,
    year: int,
    as_of: date,
    whose: Mapping[str, str] = GOVERNMENTS,
    unit_order: Sequence[str] = (),
    has_progress: bool = True,
) -> str:
    """The headline in the bulletin's own order: lists, completed, below average, units.

    Args:
        items: every item in question.
        subject: who speaks, such as 我县 or 县教育局.
        year: the year of the lists.
        as_of: the date of judgement.
        whose: the government of each level (``governments``).
        unit_order: the county's units in the county's own order, for ties.
        has_progress: False where nothing has been reported yet; then it says so.
    """
    if not items:
        return f"{year}年{subject}没有承办的民生实事指标。"
    sentences = [f"{year}年{subject}共承办{_levels_clause(items, whose)}。"]
    day = cn_month_day(as_of)
    if not has_progress:
        return "".join(sentences) + f"截至{day}，尚无进展填报。"
    sentences.append(f"截至{day}，{_completed_clause(items)}。")
    for level in GOVERNMENTS:
        below = [item.unit for item in items if item.level == level and item.below_city_average]
        if below:
            units = "，".join(f"{name}{n}项" for name, n in units_by_count(below, unit_order))
            sentences.append(
                f"但{whose[level]}民生实事有{len(below)}个项目实施进度低于全市平均水平，其中{units}。"
            )
    return "".join(sentences)
