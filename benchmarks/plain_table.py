"""The table of 清单 without django-tables2: as a template alone, and by hand in f-strings.

Both give the cells of ``progress.parts.item_table.ItemTable``, with the same words and links
(``tables`` makes sure of that).
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from django.template import engines
from django.utils.html import escape
from django.utils.safestring import SafeString

from livelihood.organisation.words import UNKNOWN, decimal1, percent1, points1
from progress.operations.standings import ItemState
from progress.parts.chips import flag_chips, status_chip
from progress.parts.item_table import Field
from progress.rules.judgement import Standing

SOURCE = (Path(__file__).parent / "templates" / "plain_table.html").read_text()
ITEM_URL = "{% url 'item' place.county.code place.year item.level item.number %}"
UNIT_URL = "{% url 'unit' place.county.code place.year item.unit %}"


def template(resolving: bool = True):
    """The plain template, compiled.

    Args:
        resolving: whether every link is resolved by ``{% url %}``, as is usual; else put
            together from parts, which is cheaper and knows the addresses' shape.
    """
    source = SOURCE
    if not resolving:
        for tag in (ITEM_URL, UNIT_URL):
            if tag not in source:
                raise RuntimeError(f"plain_table.html no longer has {tag}")
        source = source.replace(ITEM_URL, "{{ base }}items/{{ item.level }}/{{ item.number }}/")
        source = source.replace(UNIT_URL, "{{ base }}units/{{ item.unit|urlencode }}/")
    return engines["django"].from_string(source)


def context(states: Sequence[ItemState], fields: Sequence[Field], place, titles, base) -> dict:
    """What a view would hand to the plain template."""
    return {
        "place": place,
        "base": base,
        "lists": [
            (titles[level], list(group)) for level, group in groupby(states, lambda s: s.item.level)
        ],
        "headings": [(f.name, f.full_heading, f.css, f.key is not None) for f in fields],
    }


def by_hand(states: Sequence[ItemState], fields: Sequence[Field], titles, base: str) -> str:
    """The whole table by f-strings: what Python itself needs for it."""
    head = "".join(f'<th class="{f.css} c-{f.name}">{_heading(f)}</th>' for f in fields)
    parts = [f'<table class="data items"><thead><tr>{head}</tr></thead><tbody>']
    units: dict[str, str] = {}
    group = (None, None)
    for state in states:
        item = state.item
        if (item.level, item.category) != group:
            if item.level != group[0]:
                parts.append(
                    f'<tr class="group group-level"><th colspan="10">{titles[item.level]}</th></tr>'
                )
            if item.category:
                parts.append(f'<tr class="group"><th colspan="10">{item.category}</th></tr>')
            group = (item.level, item.category)
        if item.unit not in units:
            units[item.unit] = f'<a href="{base}units/{quote(item.unit)}/">'
        parts.append(_row(state, base, units[item.unit]))
    parts.append("</tbody></table>")
    return SafeString("".join(parts))


def _heading(field: Field) -> str:
    if field.key is None:
        return field.full_heading
    return f'<a href="?sort={field.name}">{field.full_heading}</a>'


def _row(state: ItemState, base: str, unit_link: str) -> str:
    item, standing = state.item, state.standing
    return f"""<tr><td class="nowrap" data-label="序号">{state.level_label}{item.number}</td>\
<td class="" data-label="研判">{status_chip(standing.status)} {flag_chips(standing)}</td>\
<td class="main" data-label="项目内容"><a class="clamp" \
href="{base}items/{item.level}/{item.number}/">{"★" if item.starred else ""}\
{escape(item.title)}</a></td>\
<td class="long" data-label="工作进度安排">{_clamped(item.schedule)}</td>\
<td class="long" data-label="目前实施情况">{_clamped(state.narrative)}</td>\
<td class="nowrap" data-label="牵头单位">{unit_link}{escape(item.unit_printed)}</a></td>\
<td class="num" data-label="计划（%）">{decimal1(standing.planned_percent)}</td>\
<td class="num" data-label="实际（%）">{decimal1(standing.actual_percent)}{_bar(standing)}</td>\
<td class="num" data-label="偏差（百分点）">{points1(standing.schedule_variance)}</td>\
<td class="num" data-label="全市平均（%）">{_average(standing)}</td></tr>
"""


def _clamped(text: str) -> str:
    return f'<span class="clamp" tabindex="0">{escape(text)}</span>' if text else UNKNOWN


def _bar(standing: Standing) -> str:
    planned, actual = standing.planned_percent, standing.actual_percent
    if actual is None:
        return (
            f'<span class="bar bar-unknown" style="--planned:{min(planned, 100):.0f}" '
            f'title="计划{percent1(planned)}，实际没有数据"><b></b></span>'
        )
    return (
        f'<span class="bar" style="--actual:{min(actual, 100):.0f};'
        f'--planned:{min(planned, 100):.0f}" '
        f'title="计划{percent1(planned)}，实际{percent1(actual)}"><i></i><b></b></span>'
    )


def _average(standing: Standing) -> str:
    if standing.below_city_average is None:
        return UNKNOWN
    comparison = standing.facts.comparison
    sample = '<sup title="示例数据">示例</sup>' if comparison.illustrative else ""
    return f"{decimal1(comparison.average)}{sample}"
