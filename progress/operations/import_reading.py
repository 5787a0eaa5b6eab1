"""One row of a document: from its words to an item in the exchange format, with doubts.

No database: plain values in and out.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from projects.documents.prose import TOTAL
from projects.documents.rows import SourceRow, split_units
from projects.rules.contradictions import allocation_contradiction
from projects.rules.exchange import Fault, read_item
from projects.rules.planned import ItemPlan, TargetPlan
from projects.rules.reading import (
    Actual,
    Allocation,
    Indicator,
    Milestone,
    Reading,
    Site,
    Span,
    Sure,
    as_exchange,
    read_row,
)
from projects.rules.reading.doubts import find_doubts

# A document's identifier is given when the rows are written.
NO_DOCUMENT = "import"
PIECES = re.compile(r"[、，,；;。\n]+")
SHARE = re.compile(r"(\D{1,30}?)[:：\s]*(\d+(?:\.\d+)?)\s*\D{0,4}")
SITES_KEPT = re.compile(r"[、；;\n]+")
# A unit of measure after a number, twice: 1100例例.
TWICE = re.compile(r"(?<=[\d万])([\u4e00-\u9fff])\1")
# What was looked into, cut off by a comma from what was asked of it: 摸清所有学校，现有空调数.
CUT_OFF = re.compile(
    r"(?:摸清|摸排|摸底|调查|了解|掌握|统计|核实|排查|明确)[^，。；：、]{2,14}"
    r"，(?=(?:现有|原有|已有|所有|各类|应|需|拟|计划)[^，。；：]{1,16}(?:数|数量|情况|底数|名单|需求)[，。；])"
)
# What stands nowhere in a text, and was said by a person.
NOWHERE, SURE = Span("title", 0, 0, ""), Sure()


class RowReading(NamedTuple):
    """What was made of a row: the item, where its values stand, what is wrong, what is not sure."""

    row: dict
    marks: dict
    faults: list[Fault]
    doubts: list[str]


def json_value(value):
    """The same with every Decimal as a plain number, for a JSON field."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: json_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(each) for each in value]
    return value


def source_of(item: SourceRow, number: int) -> dict:
    """A row of a document as it is kept: its words, where it stands, what was doubted."""
    doubts = list(item.doubts)
    if item.number is None and "没有序号。" not in doubts:
        doubts.append("没有序号。")
    doubts = [f"没有序号，按顺序编为{number}。" if d == "没有序号。" else d for d in doubts]
    return json_value(
        {
            "place": item.place,
            "hidden": item.hidden,
            "raw": dict(item.raw),
            "extras": [[extra.heading, extra.text] for extra in item.extras],
            "doubts": doubts,
            "title": item.title,
            "schedule": item.schedule,
            "status": item.status,
            "category": item.category,
            "lead_unit": item.lead_unit,
            "supporting_units": item.supporting_units,
            "leader": item.leader,
            "person": item.person,
            "sites_text": item.sites_text,
            "allocations_text": item.allocations_text,
            "allocations": [[a.place, a.value, a.note] for a in item.allocations],
            "allocation_total": item.allocation_total,
            "starred": item.starred,
            "merged_with": item.merged_with,
        }
    )


def read_source(
    source: Mapping, level: str, number: int, year: int, as_of: date | None
) -> RowReading:
    """Read a row's words.

    Args:
        source: as ``source_of`` made it.
        level: of its list.
        number: its number there.
        year: of the list.
        as_of: up to which day the status reports; None leaves the status unread.
    """
    status = source["status"] if as_of else ""
    reading = read_row(
        title=source["title"], schedule=source["schedule"], status=status, year=year, as_of=as_of
    )
    told = as_exchange(reading)
    marks = {name: told.pop(name) for name in ("readings", "unread")}
    sure = set(find_doubts(reading_of(told), year))
    unsure = [doubt for doubt in told.pop("doubts") if doubt not in sure]
    lead, supporting, doubts = _units(source)
    row = told | {
        "doc": NO_DOCUMENT,
        "level": level,
        "number": number,
        "category": source["category"],
        "starred": source["starred"] or told["starred"],
        "lead_unit": lead,
        "supporting_units": supporting,
        "responsible_leader": source["leader"],
        "responsible_person": source["person"],
        "merged_with": source["merged_with"],
        "allocation_total": source["allocation_total"],
    }
    doubts += _own_columns(source, row)
    doubts += _odd_words(source)
    faults, found = check_row(row, source, year)
    return RowReading(row, marks, faults, [*found, *unsure, *doubts])


def _units(source: Mapping) -> tuple[str, list[str], list[str]]:
    """The lead unit, the supporting ones, and what is to be said of them."""
    units = split_units(source["lead_unit"])
    supporting = list(source["supporting_units"])
    if len(units) < 2:
        return source["lead_unit"], supporting, []
    others = [unit for unit in units[1:] if unit not in supporting]
    words = f"牵头单位一栏写了{len(units)}个单位，按第一个“{units[0]}”牵头、其余配合读取。"
    return units[0], [*others, *supporting], [words]


def _own_columns(source: Mapping, row: dict) -> list[str]:
    """Take over sites and allocations from columns of their own; what cannot be read is said."""
    doubts = []
    if source["sites_text"]:
        row["sites"] = [s.strip() for s in SITES_KEPT.split(source["sites_text"]) if s.strip()]
    if source["allocations"]:
        row["allocations"] = [
            {"place": place, "value": value, "note": note}
            for place, value, note in source["allocations"]
        ]
    elif source["allocations_text"]:
        pieces = [piece.strip() for piece in PIECES.split(source["allocations_text"])]
        shares = [SHARE.fullmatch(piece) for piece in pieces if piece]
        if all(shares):
            told = [
                {"place": share[1].strip(), "value": json_value(Decimal(share[2])), "note": ""}
                for share in shares
            ]
            row["allocations"] = [one for one in told if not TOTAL.fullmatch(one["place"])]
            totals = [one["value"] for one in told if TOTAL.fullmatch(one["place"])]
            row["allocation_total"] = totals[0] if len(totals) == 1 else None
        else:
            doubts.append("“任务分解”一栏没有读懂，请手工填写。")
    return doubts


def _odd_words(source: Mapping) -> list[str]:
    """Characters and marks that look like a slip of the scanner or the pen."""
    doubts = []
    for name, word in (("title", "项目内容"), ("schedule", "工作进度安排"), ("status", "实施情况")):
        text = source[name]
        if found := TWICE.search(text):
            doubts.append(f"{word}中“{found[0]}”写了两遍，请核对是否多字。")
        if found := CUT_OFF.search(text):
            doubts.append(f"{word}中“{found[0]}”后的逗号疑为多余，请核对。")
        rare = [c for c in dict.fromkeys(text) if "\u4e00" <= c <= "\u9fff" and _is_rare(c)]
        if rare:
            doubts.append(f"{word}中有生僻字“{'、'.join(rare)}”，请核对是否为错字。")
    return doubts


def _is_rare(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


def check_row(row: Mapping, source: Mapping, year: int) -> tuple[list[Fault], list[str]]:
    """What makes an item impossible, and what in it is doubtful.

    Args:
        row: the item in the exchange format.
        source: what it was read from; what was doubted there is said again.
        year: of its list.
    """
    faults: list[Fault] = []
    item = read_item(dict(row), "", 1, faults)
    faults += [
        Fault("", "", f"milestones[{place}].due", f"日期不在{year}年度内。")
        for place, milestone in enumerate(item.milestones)
        if milestone.due.year != year and milestone.due != date.min
    ]
    if faults:
        return faults, list(source["doubts"])
    doubts = find_doubts(reading_of(row), year)
    if row.get("allocation_total") is not None:
        plan = ItemPlan(
            tuple(
                TargetPlan(k, i["name"], i["target"], i["unit"] or "", i["kind"], None)
                for k, i in enumerate(row["indicators"])
            ),
            (),
            date(year, 1, 1),
            date(year, 12, 31),
        )
        values = [a["value"] for a in row["allocations"]]
        if words := allocation_contradiction(plan, values, row["allocation_total"]):
            doubts = [words, *doubts]
    if not row["indicators"]:
        doubts.append("没有读出目标。")
    return [], list(dict.fromkeys([*doubts, *source["doubts"]]))


def reading_of(row: Mapping) -> Reading:
    """An item of the exchange format as a reading of which every value is certain."""
    return Reading(
        row["title"],
        row["schedule"] or "",
        row["status"] or "",
        indicators=[
            Indicator(i["name"], i["target"], i["unit"], i["kind"], NOWHERE, SURE)
            for i in row["indicators"]
        ],
        sites=[Site(name, NOWHERE, SURE) for name in row["sites"]],
        allocations=[Allocation(a["place"], a["value"], NOWHERE, SURE) for a in row["allocations"]],
        milestones=[_milestone(m) for m in row["milestones"]],
        actual=[
            Actual(a["indicator"], a["value"], a["percent"], a["basis"], None, SURE)
            for a in row["actual"]
        ],
        completed=row["completed"],
    )


def _milestone(m: Mapping) -> Milestone:
    return Milestone(
        m["indicator"],
        m["label"],
        date.fromisoformat(m["due"]),
        m["text"],
        m["value"],
        m["percent"],
        m["basis"],
        NOWHERE,
        NOWHERE,
        None,
        SURE,
        m.get("met"),
    )


class Piece(NamedTuple):
    """A stretch of a text; ``kind`` says what was read of it ("" nothing), ``tip`` in words."""

    text: str
    kind: str
    tip: str
    part: str


MARKS = {
    "indicators": ("target", "目标"),
    "sites": ("site", "点位"),
    "allocations": ("share", "任务分解"),
    "actual": ("actual", "实际进展"),
}


def pieces(text: str, where: str, marks: Mapping, row: Mapping) -> list[Piece]:
    """A text in pieces, what was understood marked in it.

    Args:
        text: the title, schedule or status.
        where: which of them.
        marks: where every value stands, as ``RowReading.marks``.
        row: the item as it was read.
    """
    spans = [span for span in _spans(marks, row) if span[0]["field"] == where]
    spans.sort(key=lambda span: (span[0]["start"], -span[0]["end"]))
    found, at = [], 0
    for span, kind, tip, part in spans:
        start, end = span["start"], span["end"]
        # Words that were put right since do not stand there any more.
        if start < at or text[start:end] != span["words"] or start == end:
            continue
        if start > at:
            found.append(Piece(text[at:start], "", "", ""))
        found.append(Piece(text[start:end], kind, tip, part))
        at = end
    if at < len(text):
        found.append(Piece(text[at:], "", "", ""))
    return found


def _spans(marks: Mapping, row: Mapping):
    """(span, kind, explanation, which value) of everything that was read."""
    readings = marks.get("readings", {})
    for name, (kind, word) in MARKS.items():
        for place, span in enumerate(readings.get(name, ())):
            if span["start"] is not None:
                yield span, kind, _tip(f"{word}{_shown(name, place, row)}", span), f"{name}-{place}"
    for place, span in enumerate(readings.get("milestones", ())):
        part = f"milestones-{place}"
        yield span["label"], "date", _tip(f"时间{_shown('milestones', place, row)}", span), part
        if span["figure"]:
            yield span["figure"], "figure", _tip("计划数量", span), part
    for name, word in (("completed", "已完成"), ("problems", "存在问题")):
        if readings.get(name):
            yield readings[name], name, word, name
    for left in marks.get("unread", ()):
        yield left, "unread", f"没有读入：{left['why']}", ""


def _tip(words: str, span: Mapping) -> str:
    reason = f"，{span['reason']}" if span["reason"] else ""
    return f"{words}（{span['sure']}{reason}）"


def _shown(name: str, place: int, row: Mapping) -> str:
    values: Sequence = row.get(name, ())
    if place >= len(values):
        return ""
    value = values[place]
    if name == "indicators":
        figure = "" if value["target"] is None else f" {value['target']:g}{value['unit']}"
        return f"：{value['name']}{figure}"
    if name == "milestones":
        day = date.fromisoformat(value["due"])
        return f"：{day.month}月{day.day}日"
    if name == "allocations":
        return f"：{value['place']}"
    return ""
