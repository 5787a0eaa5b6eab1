"""The exchange format: list items as JSON, read and checked without a database.

A file holds list items (a JSON array, or an object with ``items``), the description of a
document, links between lists, or the city's table. Every fault is named by row and field;
all of them are collected, none hides another.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

LEVELS = ("province", "city", "county")
KINDS = ("quantity", "rate", "milestone")
REGION_KINDS = ("province", "city", "county", "township")
PLAN_BASES = ("percent", "value", "final", "none")
ACTUAL_BASES = ("stated", "derived", "complete", "none")
LEVEL_WORDS = {"province": "省级", "city": "市级", "county": "县级"}

VALUE_PLACES = 4
# Figures stay below it: SQLite keeps fifteen digits, four of them after the point.
VALUE_LIMIT = 10**11
PERCENT_PLACES = 2
# Percents are kept with five digits before the point, ranks and counts with four.
MOST_PERCENT = 99_999
MOST_COUNT = 9999
FIRST_YEAR, LAST_YEAR = 2000, 2100
# What no database keeps: the null character and halves of a character.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REGION_CODE = re.compile(r"[0-9]{6,12}")


@dataclass(frozen=True)
class Fault:
    """Something wrong in a file: where, in which row and field, and what."""

    file: str
    row: str
    field: str
    message: str

    def __str__(self):
        return "，".join(part for part in (self.file, self.row, self.field) if part) + (
            f"：{self.message}"
        )


@dataclass(frozen=True)
class IndicatorRow:
    """One measurable target of a row; ``target`` in ``unit``, None for a deliverable."""

    name: str
    target: Decimal | None
    unit: str
    kind: str


@dataclass(frozen=True)
class MilestoneRow:
    """One stage of a row's schedule; ``value`` and ``percent`` are cumulative."""

    indicator: int | None
    label: str
    due: date
    text: str
    value: Decimal | None
    percent: Decimal | None
    basis: str
    marked: bool = False  # whether the file says anything of it being met
    met: bool | None = None
    met_why: str = ""


@dataclass(frozen=True)
class AllocationRow:
    """The part of the target that falls to one place; None where not stated."""

    place: str
    value: Decimal | None
    note: str


@dataclass(frozen=True)
class ActualRow:
    """What the status says of an indicator; ``percent`` as stated or derived."""

    indicator: int | None
    value: Decimal | None
    percent: Decimal | None
    basis: str


@dataclass(frozen=True)
class ItemRow:
    """One list item as the exchange format holds it."""

    doc: str
    level: str
    number: int
    category: str
    starred: bool
    title: str
    schedule: str
    status: str
    lead_unit: str
    responsible_leader: str
    responsible_person: str
    supporting_units: tuple[str, ...]
    merged_with: int | None
    sites: tuple[str, ...]
    allocations: tuple[AllocationRow, ...]
    allocation_total: Decimal | None
    indicators: tuple[IndicatorRow, ...]
    milestones: tuple[MilestoneRow, ...]
    actual: tuple[ActualRow, ...]
    completed: bool
    problems: str
    notes: str

    @property
    def key(self) -> tuple[str, int]:
        """Level and number: what names a row within its document."""
        return self.level, self.number

    @property
    def is_reported(self) -> bool:
        """Whether the row says anything of progress, in words, figures or marks."""
        marks = any(milestone.met is not None for milestone in self.milestones)
        return bool(self.status or self.problems or self.actual or self.completed or marks)


@dataclass(frozen=True)
class RegionRow:
    """A region, with the code of the one above it."""

    code: str
    name: str
    kind: str
    parent: str | None


@dataclass(frozen=True)
class UnitRow:
    """A unit with the other names it is printed under."""

    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class DocumentRow:
    """What a document is: whose lists, of which year, reported up to which date."""

    doc: str
    county: str
    year: int
    as_of: date | None
    source: str
    regions: tuple[RegionRow, ...]
    units: tuple[UnitRow, ...]
    titles: Mapping[str, str]  # level → title of the list as printed


@dataclass(frozen=True)
class LinkRow:
    """Rows of several lists that are one piece of work.

    ``shared`` holds the indicators that are the same figure, each as a tuple of
    (level, number, index); None leaves the choice to the rule of the loader.
    """

    doc: str
    project: str
    items: tuple[tuple[str, int], ...]
    note: str
    shared: tuple[tuple[tuple[str, int, int], ...], ...] | None


@dataclass(frozen=True)
class ComparisonRow:
    """One row of the city's table; figures in percent."""

    doc: str
    as_of: date
    source: str
    illustrative: bool
    level: str
    number: int
    figure: Decimal
    average: Decimal
    rank: int | None
    counties: int | None


@dataclass
class Contents:
    """Everything that the given files hold."""

    documents: dict[str, DocumentRow] = field(default_factory=dict)
    items: list[ItemRow] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    comparisons: list[ComparisonRow] = field(default_factory=list)


class _Reader:
    """Reads the fields of one JSON object; notes each fault instead of stopping."""

    def __init__(self, data, file: str, row: str, faults: list[Fault], prefix: str = ""):
        self.data = data if isinstance(data, dict) else {}
        self.file, self.row, self.faults, self.prefix = file, row, faults, prefix
        if not isinstance(data, dict):
            self.fault("", NO_OBJECT)

    def fault(self, name: str, message: str) -> None:
        self.faults.append(Fault(self.file, self.row, f"{self.prefix}{name}", message))

    def text(self, name: str, *, required: bool = False, limit: int | None = None) -> str:
        value = self.data.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value.strip()):
            self.fault(name, "应是文字，且不能为空。" if required else "应是文字或 null。")
            return ""
        if limit is not None and len(value) > limit:
            self.fault(name, f"有{len(value)}个字，最多{limit}个字。")
            return ""
        if UNSTORABLE.search(value):
            self.fault(name, UNSTORABLE_WORDS)
            return ""
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.data.get(name)
        if value not in choices:
            self.fault(name, f"应是 {'、'.join(choices)} 之一，现为 {_shown(value)}。")
            return choices[-1]
        return value

    def boolean(self, name: str) -> bool:
        value = self.data.get(name, False)
        if not isinstance(value, bool):
            self.fault(name, f"应是 true 或 false，现为 {_shown(value)}。")
            return False
        return value

    def integer(
        self, name: str, *, least: int, most: int | None = None, required: bool = True
    ) -> int | None:
        value = self.data.get(name)
        if value is None and not required:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.fault(name, f"应是不小于{least}的整数，现为 {_shown(value)}。")
            return None
        if most is not None and value > most:
            self.fault(name, f"应是{least}至{most}的整数，现为 {_shown(value)}。")
            return None
        return value

    def number(
        self,
        name: str,
        *,
        places: int = VALUE_PLACES,
        most: int | None = None,
        required: bool = False,
    ) -> Decimal | None:
        value = self.data.get(name)
        if value is None and not required:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(name, f"应是数字{'' if required else '或 null'}，现为 {_shown(value)}。")
            return None
        try:
            number = round(Decimal(str(value)), places)
        except InvalidOperation:
            self.fault(name, f"不是可用的数字：{_shown(value)}。")
            return None
        if not number.is_finite() or number < 0 or number >= VALUE_LIMIT:
            self.fault(name, f"数字超出范围：{_shown(value)}。")
            return None
        if most is not None and number > most:
            self.fault(name, f"不能大于{most}，现为 {_shown(value)}。")
            return None
        return number

    def day(self, name: str, *, required: bool = True) -> date | None:
        value = self.data.get(name)
        if value is None and not required:
            return None
        try:
            day = date.fromisoformat(value)
        except (TypeError, ValueError):
            self.fault(name, f"应是日期，如 2023-04-10，现为 {_shown(value)}。")
            return None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fault(name, f"年份应在{FIRST_YEAR}至{LAST_YEAR}之间，现为 {_shown(value)}。")
            return None
        return day

    def array(self, name: str, *, required: bool = False) -> list:
        value = self.data.get(name)
        if value is None and not required:
            return []
        if not isinstance(value, list):
            self.fault(name, f"应是数组（[…]），现为 {_shown(value)}。")
            return []
        return value

    def texts(self, name: str, limit: int) -> tuple[str, ...]:
        values = []
        for index, value in enumerate(self.array(name)):
            if not isinstance(value, str) or not value.strip() or len(value) > limit:
                self.fault(f"{name}[{index}]", f"应是1至{limit}个字的文字。")
            elif UNSTORABLE.search(value):
                self.fault(f"{name}[{index}]", UNSTORABLE_WORDS)
            else:
                values.append(value)
        return tuple(values)

    def objects(self, name: str, *, required: bool = False) -> Iterable["_Reader"]:
        for index, value in enumerate(self.array(name, required=required)):
            place = f"{name}[{index}]"
            if isinstance(value, dict):
                yield _Reader(value, self.file, self.row, self.faults, f"{self.prefix}{place}.")
            else:
                self.fault(place, NO_OBJECT)


NO_OBJECT = "应是一个对象（{…}）。"
UNSTORABLE_WORDS = "含有无法保存的字符。"


def _shown(value) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "嵌套很深的内容"
    text = UNSTORABLE.sub("□", text)
    return text if len(text) <= 40 else text[:39] + "…"


def _indicator(reader: _Reader) -> IndicatorRow:
    kind = reader.choice("kind", KINDS)
    unit = reader.text("unit", limit=20)
    target = reader.number("target")
    if kind == "milestone" and (unit or target is not None):
        reader.fault("kind", "任务型指标（milestone）没有目标值和计量单位。")
    if kind != "milestone" and not unit:
        reader.fault("unit", "数量和比率型指标须有计量单位。")
    if target is not None and target <= 0:
        reader.fault("target", "目标值应大于0。")
    return IndicatorRow(reader.text("name", required=True, limit=120), target, unit, kind)


def _position(reader: _Reader, count: int) -> int | None:
    """The index of an indicator of the row, or None for the item as a whole."""
    return reader.integer("indicator", least=0, most=count - 1, required=False)


def _milestone(reader: _Reader, indicators: int) -> MilestoneRow:
    basis = reader.choice("basis", PLAN_BASES)
    percent = reader.number("percent", places=PERCENT_PLACES, most=100)
    if (basis == "none") != (reader.data.get("percent") is None):
        reader.fault("basis", "basis 为 none 时 percent 为 null，否则须有百分比。")
    met = reader.data.get("met")
    if met is not None and not isinstance(met, bool):
        reader.fault("met", f"应是 true、false 或 null，现为 {_shown(met)}。")
    return MilestoneRow(
        indicator=_position(reader, indicators),
        label=reader.text("label", required=True, limit=60),
        due=reader.day("due") or date.min,
        text=reader.text("text"),
        value=reader.number("value"),
        percent=percent,
        basis=basis,
        marked="met" in reader.data,
        met=met if isinstance(met, bool) else None,
        met_why=reader.text("met_why"),
    )


def _actual(reader: _Reader, indicators: tuple[IndicatorRow, ...]) -> ActualRow:
    basis = reader.choice("basis", ACTUAL_BASES)
    position = _position(reader, len(indicators))
    value = reader.number("value")
    percent = reader.number("percent", places=PERCENT_PLACES, most=MOST_PERCENT)
    if basis == "derived" and value is None:
        reader.fault("value", "按数量折算（derived）时须有数量。")
    if basis in ("stated", "complete") and percent is None:
        reader.fault("percent", "自报（stated）和完成（complete）时须有百分比。")
    if basis == "none" and (value is not None or percent is not None):
        reader.fault("basis", "basis 为 none 时不能有数量或百分比。")
    return ActualRow(position, value, percent, basis)


def read_item(data, file: str, index: int, faults: list[Fault]) -> ItemRow:
    """One list item; what is wrong with it is added to ``faults``.

    Args:
        data: the JSON value.
        file: the file's name, for the faults.
        index: its place in the file, from 1.
        faults: is added to.
    """
    reader = _Reader(data, file, f"第{index}行", faults)
    level = reader.choice("level", LEVELS)
    number = reader.integer("number", least=1, most=MOST_COUNT)
    if number is not None:
        reader.row = f"第{index}行（{LEVEL_WORDS[level]}第{number}项）"
    indicators = tuple(_indicator(r) for r in reader.objects("indicators", required=True))
    row = ItemRow(
        doc=reader.text("doc", required=True, limit=60),
        level=level,
        number=number or 0,
        category=reader.text("category", limit=60),
        starred=reader.boolean("starred"),
        title=reader.text("title", required=True),
        schedule=reader.text("schedule"),
        status=reader.text("status"),
        lead_unit=reader.text("lead_unit", required=True, limit=50),
        responsible_leader=reader.text("responsible_leader", limit=30),
        responsible_person=reader.text("responsible_person", limit=30),
        supporting_units=reader.texts("supporting_units", 50),
        merged_with=reader.integer("merged_with", least=1, required=False),
        sites=reader.texts("sites", 120),
        allocations=tuple(
            AllocationRow(
                r.text("place", required=True, limit=60),
                r.number("value"),
                r.text("note", limit=120),
            )
            for r in reader.objects("allocations")
        ),
        allocation_total=reader.number("allocation_total"),
        indicators=indicators,
        milestones=tuple(_milestone(r, len(indicators)) for r in reader.objects("milestones")),
        actual=tuple(_actual(r, indicators) for r in reader.objects("actual")),
        completed=reader.boolean("completed"),
        problems=reader.text("problems"),
        notes=reader.text("notes"),
    )
    _check_actual_once(row, reader)
    if row.merged_with is not None and row.merged_with == row.number:
        reader.fault("merged_with", "一行不能与自己合并。")
    return row


def _check_actual_once(row: ItemRow, reader: _Reader) -> None:
    seen = Counter(actual.indicator for actual in row.actual)
    for indicator, times in seen.items():
        if times > 1:
            what = "整体" if indicator is None else f"指标{indicator}"
            reader.fault("actual", f"{what}的进展出现{times}次，只能有一次。")


def _region(reader: _Reader) -> RegionRow:
    code = reader.text("code", required=True, limit=12)
    if code and not REGION_CODE.fullmatch(code):
        reader.fault("code", "行政区划代码为6至12位数字。")
    kind = reader.choice("kind", REGION_KINDS)
    parent = reader.text("parent", limit=12) or None
    if reader.data.get("kind") == kind and (kind == "province") != (parent is None):
        reader.fault("parent", "省没有上级，其他地区必须有上级。")
    return RegionRow(code, reader.text("name", required=True, limit=50), kind, parent)


def _check_units_once(units: tuple[UnitRow, ...], reader: _Reader) -> None:
    names = Counter(name for unit in units for name in (unit.name, *unit.aliases) if name)
    for name, times in names.items():
        if times > 1:
            reader.fault("units", f"“{name}”出现{times}次，一个名称只能指一个单位。")


def _read_document(data, file: str, faults: list[Fault]) -> DocumentRow:
    reader = _Reader(data, file, "文档说明", faults)
    titles = {
        r.choice("level", LEVELS): r.text("title", required=True, limit=120)
        for r in reader.objects("lists", required=True)
    }
    units = tuple(
        UnitRow(r.text("name", required=True, limit=50), r.texts("aliases", 50))
        for r in reader.objects("units", required=True)
    )
    _check_units_once(units, reader)
    return DocumentRow(
        doc=reader.text("doc", required=True, limit=60),
        county=reader.text("county", required=True),
        year=reader.integer("year", least=FIRST_YEAR, most=LAST_YEAR) or FIRST_YEAR,
        as_of=reader.day("as_of", required=False),
        source=reader.text("source", limit=300),
        regions=tuple(_region(r) for r in reader.objects("regions", required=True)),
        units=units,
        titles=titles,
    )


def _check_shared(shared, items, reader: _Reader) -> None:
    """A shared figure is one of every row at most, and of the link's own rows; no target
    is two figures."""
    times = Counter(place for group in shared for place in set(group) if place[1])
    for (level, number, index), count in times.items():
        if count > 1:
            words = f"{LEVEL_WORDS[level]}第{number}项的第{index}号指标出现在{count}组中。"
            reader.fault("indicators", words)
    for place, group in enumerate(shared):
        rows = Counter((level, number) for level, number, _index in group if number)
        for (level, number), times in rows.items():
            if (level, number) not in items:
                words = f"{LEVEL_WORDS[level]}第{number}项不在 items 之中。"
                reader.fault(f"indicators[{place}].same", words)
            elif times > 1:
                words = f"{LEVEL_WORDS[level]}第{number}项出现{times}次，只能有一次。"
                reader.fault(f"indicators[{place}].same", words)


def _read_link(reader: _Reader, doc: str) -> LinkRow:
    items = tuple(
        (r.choice("level", LEVELS), r.integer("number", least=1) or 0)
        for r in reader.objects("items", required=True)
    )
    if len(items) < 2:
        reader.fault("items", "至少要有两行才能关联。")
    shared = None
    if reader.data.get("indicators") is not None:
        shared = tuple(
            tuple(
                (
                    r.choice("level", LEVELS),
                    r.integer("number", least=1) or 0,
                    r.integer("indicator", least=0) or 0,
                )
                for r in group.objects("same", required=True)
            )
            for group in reader.objects("indicators")
        )
    _check_shared(shared or (), items, reader)
    return LinkRow(
        doc,
        reader.text("project", required=True, limit=120),
        items,
        reader.text("note", limit=300),
        shared,
    )


def _read_comparisons(data, file: str, faults: list[Fault]) -> list[ComparisonRow]:
    table = _Reader(data, file, "全市对比表", faults)
    doc = table.text("doc", required=True, limit=60)
    as_of = table.day("as_of") or date.min
    source = table.text("source", required=True, limit=200)
    illustrative = table.boolean("illustrative")
    rows = []
    for r in table.objects("city_table", required=True):
        rank = r.integer("rank", least=1, most=MOST_COUNT, required=False)
        counties = r.integer("counties", least=1, most=MOST_COUNT, required=False)
        if rank is not None and counties is not None and rank > counties:
            r.fault("rank", f"排名{rank}大于县（市、区）数{counties}。")
        rows.append(
            ComparisonRow(
                doc,
                as_of,
                source,
                illustrative,
                r.choice("level", LEVELS),
                r.integer("number", least=1) or 0,
                _compared(r, "figure"),
                _compared(r, "average"),
                rank,
                counties,
            )
        )
    _check_rows_once(Counter((row.level, row.number) for row in rows if row.number), file, faults)
    return rows


def _compared(reader: _Reader, name: str) -> Decimal:
    number = reader.number(name, places=PERCENT_PLACES, most=MOST_PERCENT, required=True)
    return Decimal(0) if number is None else number


def _check_rows_once(times: Mapping[tuple[str, int], int], file: str, faults: list[Fault]) -> None:
    """Say which rows, given by level and number, stand there more than once."""
    faults += [
        Fault(file, f"{LEVEL_WORDS[level]}第{number}项", "number", f"出现了{count}次。")
        for (level, number), count in times.items()
        if count > 1
    ]


def _read_rows(data: list, file: str, contents: Contents, faults: list[Fault]) -> None:
    if not data:
        faults.append(Fault(file, "", "", "没有任何条目。"))
    rows = []
    for index, item in enumerate(data, 1):
        if isinstance(item, dict):
            rows.append(read_item(item, file, index, faults))
        else:
            faults.append(Fault(file, f"第{index}行", "", NO_OBJECT))
    contents.items += rows
    for doc in dict.fromkeys(row.doc for row in rows):
        own = {row.key for row in rows if row.doc == doc and row.number}
        # What an earlier file has said of the same row counts as well.
        times = Counter(r.key for r in contents.items if r.doc == doc and r.key in own)
        _check_rows_once(times, file, faults)


def read_file(text: str, file: str, contents: Contents, faults: list[Fault]) -> None:
    """Add what the file says to ``contents``, and what is wrong with it to ``faults``."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"第{error.lineno}行第{error.colno}列附近"
        faults.append(Fault(file, where, "", "不是有效的 JSON，文件可能不完整或已损坏。"))
        return
    except RecursionError:
        faults.append(Fault(file, "", "", "嵌套太深，不是交换格式的文件。"))
        return
    except ValueError:  # Python reads no whole number of more than 4300 digits
        faults.append(Fault(file, "", "", "有位数过多的数字，不是交换格式的文件。"))
        return
    if isinstance(data, dict) and "items" in data:
        data = data["items"]
    if isinstance(data, list):
        _read_rows(data, file, contents, faults)
    elif isinstance(data, dict) and "links" in data:
        reader = _Reader(data, file, "", faults)
        doc = reader.text("doc", required=True, limit=60)
        contents.links += [_read_link(r, doc) for r in reader.objects("links", required=True)]
    elif isinstance(data, dict) and "city_table" in data:
        contents.comparisons += _read_comparisons(data, file, faults)
    elif isinstance(data, dict) and "units" in data:
        document = _read_document(data, file, faults)
        contents.documents[document.doc] = document
    else:
        faults.append(Fault(file, "", "", "认不出内容：应是条目数组、文档说明、关联或全市对比表。"))


def check_due_dates(contents: Contents, years: Mapping[str, int]) -> list[Fault]:
    """Milestones whose date lies outside the year of their document."""
    return [
        Fault(
            row.doc,
            f"{LEVEL_WORDS[row.level]}第{row.number}项",
            f"milestones[{index}].due",
            f"日期 {milestone.due.isoformat()} 不在{years[row.doc]}年度内。",
        )
        for row in contents.items
        if row.doc in years
        for index, milestone in enumerate(row.milestones)
        if milestone.due.year != years[row.doc] and milestone.due != date.min
    ]
