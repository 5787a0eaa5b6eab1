"""The exchange format: what is right is read whole, what is wrong is named, all at once."""

import json
from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from projects.rules.exchange import Contents, Fault, check_due_dates, read_file, read_item

FIXTURES = settings.BASE_DIR / "fixtures"
FILE = "清单.json"
ROW = "第1行（县级第3项）"

GOOD = {
    "doc": "test-2023",
    "level": "county",
    "number": 3,
    "category": "“优托护苗”工程",
    "starred": True,
    "title": "新增托位405个，改造驿站2家。",
    "schedule": "二季度完成50%；四季度全部完成。",
    "status": "已新增托位135个。",
    "lead_unit": "县卫健局",
    "responsible_leader": "胡颖磊",
    "responsible_person": "朱爱春",
    "supporting_units": ["县教育局"],
    "merged_with": 9,
    "sites": ["灵溪镇"],
    "allocations": [{"place": "灵溪镇", "value": 205.5, "note": "含新区"}, {"place": "龙港"}],
    "allocation_total": 405,
    "indicators": [
        {"name": "托位", "target": 405, "unit": "个", "kind": "quantity"},
        {"name": "驿站改造", "target": None, "unit": None, "kind": "milestone"},
    ],
    "milestones": [
        {
            "indicator": 0,
            "label": "第二季度",
            "due": "2023-06-30",
            "text": "完成50%",
            "value": 202.5,
            "percent": 50.0,
            "basis": "percent",
            "met": None,
            "met_why": "",
        },
        {
            "indicator": None,
            "label": "第四季度",
            "due": "2023-12-31",
            "text": "完成验收",
            "value": None,
            "percent": None,
            "basis": "none",
        },
    ],
    "actual": [
        {"indicator": 0, "value": 135, "percent": 33.3, "basis": "derived"},
        {"indicator": None, "value": None, "percent": None, "basis": "none"},
    ],
    "completed": False,
    "problems": None,
    "notes": None,
}
MISSING = object()


def changed(path, value, row=GOOD):
    """A copy of ``row`` in which the place ``path``, as "milestones.0.due", says ``value``."""
    row = deepcopy(row)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = row
    for part in way:
        place = place[part]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return row


def read(data):
    """(contents, faults) of a file with ``data``: a text, or what is written as JSON."""
    contents, faults = Contents(), []
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=True)
    read_file(text, FILE, contents, faults)
    return contents, faults


def faults_of(data):
    """The faults of ``data`` as (row, field)."""
    return [(fault.row, fault.field) for fault in read(data)[1]]


# -- What is right -------------------------------------------------------------------


def test_a_row_is_read_whole():
    contents, faults = read([GOOD])
    assert faults == []
    (row,) = contents.items
    assert row.key == ("county", 3)
    assert (row.category, row.starred, row.merged_with) == ("“优托护苗”工程", True, 9)
    assert (row.responsible_leader, row.responsible_person) == ("胡颖磊", "朱爱春")
    assert (row.supporting_units, row.sites) == (("县教育局",), ("灵溪镇",))
    assert [(p.place, p.value, p.note) for p in row.allocations] == [
        ("灵溪镇", Decimal("205.5"), "含新区"),
        ("龙港", None, ""),
    ]
    assert [(i.name, i.target, i.unit, i.kind) for i in row.indicators] == [
        ("托位", 405, "个", "quantity"),
        ("驿站改造", None, "", "milestone"),
    ]
    first, second = row.milestones
    assert (first.indicator, first.due, first.percent) == (0, date(2023, 6, 30), 50)
    assert (first.marked, first.met, second.marked) == (True, None, False)
    assert [(a.indicator, a.value, a.basis) for a in row.actual] == [
        (0, 135, "derived"),
        (None, None, "none"),
    ]
    assert (row.problems, row.notes) == ("", "")


def test_rows_may_stand_in_an_array_or_under_items():
    assert read([GOOD])[0] == read({"county": "苍南县", "items": [GOOD]})[0]


def test_the_least_a_row_may_say():
    least = {key: GOOD[key] for key in ("doc", "level", "number", "title", "lead_unit")}
    contents, faults = read([least | {"indicators": []}])
    assert faults == []
    assert not contents.items[0].is_reported


@pytest.mark.parametrize(
    ("field", "value", "reported"),
    [
        ("status", "已开工。", True),
        ("problems", "资金未到位", True),
        ("actual", GOOD["actual"], True),
        ("completed", True, True),
        ("milestones", [GOOD["milestones"][0] | {"met": True}], True),
        ("milestones", [GOOD["milestones"][0] | {"met": None}], False),
        ("notes", "目标与点位数不符", False),
    ],
)
def test_words_figures_and_marks_are_progress(field, value, reported):
    silent = GOOD | {"status": None, "actual": [], "milestones": []}
    contents, faults = read([silent | {field: value}])
    assert faults == []
    assert contents.items[0].is_reported is reported


@pytest.mark.parametrize("file", sorted(FIXTURES.glob("*.json")), ids=lambda file: file.stem)
def test_every_file_of_the_fixtures_is_without_fault(file):
    contents, faults = Contents(), []
    read_file(file.read_text(encoding="utf-8"), file.name, contents, faults)
    assert faults == []
    read_something = contents.items or contents.links or contents.comparisons or contents.documents
    assert read_something


def test_numbers_are_kept_as_exactly_as_the_database_keeps_them():
    row = changed("allocations.0.value", 7.97000004)
    assert read([row])[0].items[0].allocations[0].value == Decimal("7.9700")


# -- What is wrong, field by field ---------------------------------------------------

WRONG_TYPES = {
    "doc": [None, "", "  ", 5, [], {}],
    "level": [None, "", "town", 1, [], {}],
    "number": [None, 0, -1, 1.5, "3", True, [], {}, 10_000],
    "category": [5, [], {}, "类" * 61],
    "starred": [None, 1, "★", []],
    "title": [None, "", "　", 5, []],
    "schedule": [5, [], {}],
    "status": [5, [], {}],
    "lead_unit": [None, "", 5, "县" * 51],
    "responsible_leader": [5, "王" * 31],
    "responsible_person": [5, "王" * 31],
    "merged_with": [0, -1, 1.5, "4", True, []],
    "sites": ["灵溪镇", {}, 5],
    "sites.0": [None, "", " ", 5, "镇" * 121],
    "supporting_units": ["县教育局", 5],
    "supporting_units.0": [None, "", 5, "县" * 51],
    "allocations": ["灵溪镇", {}],
    "allocations.0": [None, "灵溪镇", 5],
    "allocations.0.place": [None, "", 5, "镇" * 61],
    "allocations.0.value": ["6台", True, -1, [], 1e11],
    "allocations.0.note": [5, "注" * 121],
    "allocation_total": ["405", True, -1, {}],
    "indicators": [None, {}, "托位"],
    "indicators.0.name": [None, "", 5, "名" * 121],
    "indicators.0.target": ["405", True, 0, -405, 0.00001, [], 1e300],
    "indicators.0.kind": [None, "number", 5],
    "indicators.0.unit": [None, "", 5, "个" * 21],
    "milestones": ["三季度", {}, 5],
    "milestones.0": [None, "三季度", []],
    "milestones.0.indicator": [2, -1, 0.5, "0", True, []],
    "milestones.0.label": [None, "", 5, "季" * 61],
    "milestones.0.due": [None, "", "2023-02-29", "2023年6月30日", "第二季度", 20230630, []],
    "milestones.0.text": [5, []],
    "milestones.0.value": ["202", True, -1, {}],
    "milestones.0.percent": ["50%", True, -0.1, 100.1, 115, []],
    "milestones.0.basis": [None, "guess", 5],
    "milestones.0.met": ["yes", 1, 0, []],
    "milestones.0.met_why": [5, []],
    "actual": ["135", {}],
    "actual.0": [None, 135],
    "actual.0.indicator": [2, -1, "0", True],
    "actual.0.value": ["135", True, -1],
    "actual.0.percent": ["33%", True, -1, 100_000],
    "actual.0.basis": [5, "guess"],
    "completed": [None, "是", 1],
    "problems": [5, []],
    "notes": [5, []],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [(path, value) for path, values in WRONG_TYPES.items() for value in values],
    ids=lambda part: str(part)[:24],
)
def test_a_wrong_value_is_named_by_row_and_field(path, value):
    _contents, faults = read([changed(path, value)])
    named = path
    for index in ("0", "1"):
        named = named.replace(f".{index}", f"[{index}]")
    assert named in {fault.field for fault in faults}
    for fault in faults:
        assert fault.file == FILE
        assert fault.row.startswith("第1行")
        assert fault.message.endswith("。")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400"])
@pytest.mark.parametrize(
    "path", ["indicators.0.target", "milestones.0.percent", "actual.0.value", "allocation_total"]
)
def test_what_is_no_number_is_refused(path, value):
    text = json.dumps([changed(path, "HERE")]).replace('"HERE"', value)
    (fault,) = [f for f in read(text)[1] if "数字" in f.message]
    assert fault.field == path.replace(".0", "[0]")


@pytest.mark.parametrize(
    ("path", "faults"),
    [
        ("doc", ["doc"]),
        ("level", ["level"]),
        ("number", ["number"]),
        ("title", ["title"]),
        ("lead_unit", ["lead_unit"]),
        ("indicators.0.name", ["indicators[0].name"]),
        ("indicators.0.kind", ["indicators[0].kind", "indicators[0].kind"]),
        ("indicators.0.unit", ["indicators[0].unit"]),
        ("milestones.0.label", ["milestones[0].label"]),
        ("milestones.0.due", ["milestones[0].due"]),
        ("milestones.0.basis", ["milestones[0].basis", "milestones[0].basis"]),
        ("actual.0.basis", ["actual[0].basis", "actual[0].basis"]),
        ("allocations.0.place", ["allocations[0].place"]),
    ],
)
def test_a_missing_field_is_named(path, faults):
    assert [field for _row, field in faults_of([changed(path, MISSING)])] == faults


def test_a_row_without_indicators_is_told_what_its_figures_cannot_mean():
    fields = {field for _row, field in faults_of([changed("indicators", MISSING)])}
    assert fields >= {"indicators", "milestones[0].indicator", "actual[0].indicator"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        # A plan's percent and its basis
        ({"milestones.0.basis": "none"}, "milestones[0].basis"),
        ({"milestones.0.percent": None}, "milestones[0].basis"),
        ({"milestones.1.basis": "final"}, "milestones[1].basis"),
        # A reported figure and its basis
        ({"actual.0.value": None}, "actual[0].value"),
        ({"actual.0.basis": "stated", "actual.0.percent": None}, "actual[0].percent"),
        ({"actual.1.basis": "complete"}, "actual[1].percent"),
        ({"actual.1.percent": 20}, "actual[1].basis"),
        ({"actual.1.value": 20}, "actual[1].basis"),
        ({"actual.1.indicator": 0}, "actual"),
        # A deliverable has no number, everything else has a unit
        ({"indicators.1.target": 2}, "indicators[1].kind"),
        ({"indicators.1.unit": "家"}, "indicators[1].kind"),
        ({"indicators.1.kind": "rate"}, "indicators[1].unit"),
        ({"merged_with": 3}, "merged_with"),
    ],
)
def test_what_contradicts_itself_is_refused(changes, field):
    row = GOOD
    for path, value in changes.items():
        row = changed(path, value, row)
    assert faults_of([row]) == [(ROW, field)]


@pytest.mark.parametrize(
    "path", ["doc", "title", "lead_unit", "sites.0", "milestones.0.text", "indicators.0.name"]
)
@pytest.mark.parametrize("character", ["\x00", "\ud800"])
def test_characters_that_no_database_keeps_are_refused(path, character):
    assert faults_of([changed(path, f"新增{character}托位")]) == [(ROW, path.replace(".0", "[0]"))]


def test_a_message_can_be_written_whatever_stood_in_the_file():
    _contents, (fault, *_more) = read([changed("level", "\ud800\x00")])
    assert str(fault).encode()
    assert "□" in str(fault)


def test_a_long_wrong_value_is_cut_in_the_message():
    _contents, (fault, *_more) = read([changed("level", "县" * 5000)])
    assert len(str(fault)) < 120


def test_all_faults_of_all_rows_are_named_at_once_and_in_order():
    rows = [
        changed("title", ""),
        changed("number", 4, changed("milestones.1.due", "2023-13-01")),
        7,
        changed("number", 5, changed("lead_unit", None, changed("completed", "是"))),
    ]
    assert faults_of(rows) == [
        (ROW, "title"),
        ("第2行（县级第4项）", "milestones[1].due"),
        ("第3行", ""),
        ("第4行（县级第5项）", "lead_unit"),
        ("第4行（县级第5项）", "completed"),
    ]


def test_a_fault_reads_as_a_sentence():
    (fault,) = read([changed("milestones.0.due", "6月底")])[1]
    assert str(fault) == (
        '清单.json，第1行（县级第3项），milestones[0].due：应是日期，如 2023-04-10，现为 "6月底"。'
    )
    assert str(Fault("", "", "", "没有任何条目。")) == "：没有任何条目。"


# -- Numbers, years ------------------------------------------------------------------


def test_a_number_that_occurs_twice_is_named_once():
    again = changed("title", "另一项")
    assert faults_of([GOOD, again, changed("number", 4), again]) == [("县级第3项", "number")]


def test_the_same_number_on_two_lists_is_right():
    assert faults_of([GOOD, changed("level", "city")]) == []
    assert faults_of([GOOD, changed("doc", "other-2023")]) == []


def test_a_number_that_an_earlier_file_holds_is_named_in_the_later_file():
    contents, faults = Contents(), []
    read_file(json.dumps([GOOD]), "一.json", contents, faults)
    assert faults == []
    read_file(json.dumps([GOOD, changed("number", 4)]), "二.json", contents, faults)
    assert [(f.file, f.row, f.field) for f in faults] == [("二.json", "县级第3项", "number")]


def test_rows_without_a_number_do_not_count_as_the_same_row():
    assert faults_of([changed("number", None)] * 2) == [("第1行", "number"), ("第2行", "number")]


def test_a_milestone_outside_its_document_s_year_is_named():
    row = changed("milestones.1.due", "2024-01-31")
    contents, faults = read([row, changed("number", 4, changed("milestones.0.due", "1623-06-30"))])
    assert [fault.field for fault in faults] == ["milestones[0].due"]
    assert [
        (f.row, f.field, f.message) for f in check_due_dates(contents, {"test-2023": 2023})
    ] == [("县级第3项", "milestones[1].due", "日期 2024-01-31 不在2023年度内。")]
    assert check_due_dates(contents, {}) == []


# -- Whole files ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        ("", "第1行第1列附近", "不是有效的 JSON，文件可能不完整或已损坏。"),
        ("序号,内容\n1,托位", "第1行第1列附近", "不是有效的 JSON，文件可能不完整或已损坏。"),
        ('[{"doc": "test', "第1行第10列附近", "不是有效的 JSON，文件可能不完整或已损坏。"),
        ("[]", "", "没有任何条目。"),
        ('{"items": []}', "", "没有任何条目。"),
        ("5", "", "认不出内容：应是条目数组、文档说明、关联或全市对比表。"),
        ("null", "", "认不出内容：应是条目数组、文档说明、关联或全市对比表。"),
        ("{}", "", "认不出内容：应是条目数组、文档说明、关联或全市对比表。"),
        ('{"items": 5}', "", "认不出内容：应是条目数组、文档说明、关联或全市对比表。"),
        ("[" * 100_000 + "]" * 100_000, "", "嵌套太深，不是交换格式的文件。"),
        (f'[{{"number": {"9" * 5000}}}]', "", "有位数过多的数字，不是交换格式的文件。"),
        ("[7]", "第1行", "应是一个对象（{…}）。"),
    ],
    ids=lambda part: part[:20],
)
def test_a_file_that_is_none_is_refused(text, row, message):
    contents, faults = read(text)
    assert faults == [Fault(FILE, row, "", message)]
    assert contents == Contents()


def test_a_file_cut_off_anywhere_is_refused():
    text = json.dumps([GOOD], ensure_ascii=False)
    for end in range(0, len(text), 7):
        _contents, faults = read(text[:end])
        assert [fault.field for fault in faults] == [""]
        assert "已损坏" in faults[0].message


def test_no_depth_of_nesting_breaks_the_reader():
    """Writing a value into a message goes deeper than reading it."""
    for depth in range(880, 1010):
        _contents, faults = read('[{"level": ' + "[" * depth + "]" * depth + "}]")
        assert faults


# -- Documents, links, the city's table ----------------------------------------------

DOCUMENT = {
    "doc": "test-2023",
    "year": 2023,
    "as_of": "2023-04-10",
    "county": "330327",
    "source": "公开文件",
    "regions": [
        {"code": "330000", "name": "浙江省", "kind": "province", "parent": None},
        {"code": "330300", "name": "温州市", "kind": "city", "parent": "330000"},
        {"code": "330327", "name": "苍南县", "kind": "county", "parent": "330300"},
    ],
    "lists": [{"level": "county", "title": "2023年县政府民生实事项目"}],
    "units": [{"name": "县交通局", "aliases": ["县交通运输局"]}, {"name": "县卫健局"}],
}


def test_a_document_is_read_whole():
    contents, faults = read(DOCUMENT)
    assert faults == []
    document = contents.documents["test-2023"]
    assert (document.county, document.year, document.as_of) == ("330327", 2023, date(2023, 4, 10))
    assert [(r.code, r.parent) for r in document.regions][1:] == [
        ("330300", "330000"),
        ("330327", "330300"),
    ]
    assert [(u.name, u.aliases) for u in document.units] == [
        ("县交通局", ("县交通运输局",)),
        ("县卫健局", ()),
    ]
    assert document.titles == {"county": "2023年县政府民生实事项目"}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("doc", None, "doc"),
        ("year", 23, "year"),
        ("year", "2023", "year"),
        ("as_of", "4月10日", "as_of"),
        ("county", None, "county"),
        ("source", 5, "source"),
        ("regions", None, "regions"),
        ("regions.2", "苍南县", "regions[2]"),
        ("regions.2.code", "苍南", "regions[2].code"),
        ("regions.2.code", "33032", "regions[2].code"),
        ("regions.2.name", "", "regions[2].name"),
        ("regions.2.kind", "district", "regions[2].kind"),
        ("regions.2.parent", None, "regions[2].parent"),
        ("regions.0.parent", "100000", "regions[0].parent"),
        ("units", {}, "units"),
        ("units.0.name", "", "units[0].name"),
        ("units.0.aliases", "县交通运输局", "units[0].aliases"),
        ("units.0.aliases.0", 5, "units[0].aliases[0]"),
        ("units.1.name", "县交通局", "units"),
        ("units.1.name", "县交通运输局", "units"),
        ("lists", None, "lists"),
        ("lists.0.level", "town", "lists[0].level"),
        ("lists.0.title", None, "lists[0].title"),
    ],
)
def test_a_fault_in_a_document_s_description_is_named(path, value, field):
    assert faults_of(changed(path, value, DOCUMENT)) == [("文档说明", field)]


def link_row(level, number, indicator=None):
    row = {"level": level, "number": number}
    return row if indicator is None else row | {"indicator": indicator}


LINKS = {
    "doc": "test-2023",
    "links": [
        {
            "project": "托位",
            "items": [link_row("province", 19), link_row("city", 1)],
            "note": "目标值不同",
            "indicators": [{"same": [link_row("province", 19, 0), link_row("city", 1, 2)]}],
        }
    ],
}


def test_links_are_read_whole():
    contents, faults = read(LINKS)
    assert faults == []
    (link,) = contents.links
    assert link.items == (("province", 19), ("city", 1))
    assert link.shared == ((("province", 19, 0), ("city", 1, 2)),)
    without = changed("links.0.indicators", None, LINKS)
    assert read(without)[0].links[0].shared is None


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("doc", 5, "doc"),
        ("links", {}, "links"),
        ("links.0", 5, "links[0]"),
        ("links.0.project", "", "links[0].project"),
        ("links.0.items.1.number", "一", "links[0].items[1].number"),
        ("links.0.items.1", 5, "links[0].items[1]"),
        ("links.0.note", "注" * 301, "links[0].note"),
        ("links.0.indicators", {}, "links[0].indicators"),
        ("links.0.indicators.0.same", None, "links[0].indicators[0].same"),
        ("links.0.indicators.0.same.1.indicator", -1, "links[0].indicators[0].same[1].indicator"),
        # a figure of a row that the link does not hold, and of one row twice
        ("links.0.indicators.0.same.1.number", 2, "links[0].indicators[0].same"),
        (
            "links.0.indicators.0.same.1",
            link_row("province", 19, 1),
            "links[0].indicators[0].same",
        ),
    ],
)
def test_a_fault_in_a_link_is_named(path, value, field):
    assert field in {name for _row, name in faults_of(changed(path, value, LINKS))}


def test_a_link_needs_two_rows():
    links = changed("links.0.items", [link_row("city", 1)], LINKS)
    links = changed("links.0.indicators", None, links)
    assert faults_of(links) == [("", "links[0].items")]


def test_one_target_is_not_two_shared_figures():
    group = LINKS["links"][0]["indicators"][0]
    links = changed("links.0.indicators", [group, group], LINKS)
    assert faults_of(links) == [("", "links[0].indicators")] * 2


TABLE = {
    "doc": "test-2023",
    "as_of": "2023-04-10",
    "source": "示例数据",
    "illustrative": True,
    "city_table": [
        {"level": "province", "number": 1, "figure": 25, "average": 20.2, "rank": 2, "counties": 12}
    ],
}


def test_a_city_table_is_read_whole():
    contents, faults = read(TABLE)
    assert faults == []
    (row,) = contents.comparisons
    assert (row.figure, row.average, row.rank, row.counties) == (25, Decimal("20.2"), 2, 12)
    assert (row.illustrative, row.source, row.as_of) == (True, "示例数据", date(2023, 4, 10))


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("as_of", None, "as_of"),
        ("source", None, "source"),
        ("illustrative", "是", "illustrative"),
        ("city_table", None, "city_table"),
        ("city_table.0", 5, "city_table[0]"),
        ("city_table.0.level", None, "city_table[0].level"),
        ("city_table.0.number", 0, "city_table[0].number"),
        ("city_table.0.figure", None, "city_table[0].figure"),
        ("city_table.0.average", "20%", "city_table[0].average"),
        ("city_table.0.average", 100_000, "city_table[0].average"),
        ("city_table.0.rank", 13, "city_table[0].rank"),
        ("city_table.0.rank", 10**20, "city_table[0].rank"),
        ("city_table.0.counties", 10**20, "city_table[0].counties"),
    ],
)
def test_a_fault_in_a_city_table_is_named(path, value, field):
    assert faults_of(changed(path, value, TABLE)) == [("全市对比表", field)]


def test_an_item_stands_in_a_city_table_once():
    row = TABLE["city_table"][0]
    assert faults_of(TABLE | {"city_table": [row, row | {"figure": 30}]}) == [
        ("省级第1项", "number")
    ]


# -- Anything ------------------------------------------------------------------------

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["county", "percent", "derived", "milestone", "2023-06-30"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*GOOD, *GOOD["milestones"][0]]), inner, max_size=4)
    ),
    max_leaves=8,
)
PATHS = [*WRONG_TYPES, *(f"milestones.1.{key}" for key in GOOD["milestones"][1])]


@given(st.dictionaries(st.sampled_from(PATHS), JSON_VALUES, max_size=4))
def test_a_row_with_anything_in_any_field_is_read_or_refused(changes):
    row = GOOD
    # The deepest places first: what lies above them may be replaced as well.
    for path in sorted(changes, key=lambda path: -path.count(".")):
        row = changed(path, changes[path], row)
    faults = []
    read_item(row, FILE, 1, faults)
    assert all(str(fault).encode() and fault.message for fault in faults)


KINDS_OF_FILES = st.sampled_from([None, "items", "links", "city_table", "units"])


@given(KINDS_OF_FILES, JSON_VALUES, st.sampled_from([{}, DOCUMENT, LINKS, TABLE]))
def test_any_json_at_all_is_read_or_refused(kind, value, base):
    _contents, faults = read(json.dumps(value if kind is None else base | {kind: value}))
    assert all(str(fault).encode() and fault.message for fault in faults)


@given(st.text(max_size=40))
def test_any_text_at_all_is_read_or_refused(text):
    assert read(text)[1]
