"""版式: what a layout may say, and what is said of one that cannot be used."""

import json
import re
from dataclasses import replace

import pytest

from livelihood.organisation.documents.tables import Kind
from progress.rules.layout_columns import BY_WORD, COLUMNS, RowsOf
from progress.rules.layouts import (
    MOST_COLUMNS,
    READY_MADE,
    SLOTS,
    GroupBy,
    GroupStyle,
    Layout,
    LayoutError,
    chosen,
    filled,
    layout_from_dict,
    layout_to_dict,
    problems_of,
)

PLAIN = Layout("版式", (chosen("number"), chosen("title")))


def problems(**changes):
    with pytest.raises(LayoutError) as raised:
        layout_from_dict(layout_to_dict(PLAIN) | changes)
    return [(problem.field, problem.words) for problem in raised.value.problems]


@pytest.mark.parametrize("key", READY_MADE)
def test_a_ready_made_layout_can_be_used_and_kept(key):
    layout = READY_MADE[key].layout
    assert problems_of(layout) == []
    assert layout_from_dict(json.loads(json.dumps(layout_to_dict(layout)))) == layout
    assert READY_MADE[key].use


def test_ready_made_layouts_have_names_of_their_own():
    names = [made.layout.name for made in READY_MADE.values()]
    assert len(set(names)) == len(names) >= 10
    assert not [name for name in names if "县" in name and "县级" not in name]


def test_the_standard_tables_are_headed_as_published():
    heads = {
        key: [column.heading for column in READY_MADE[key].layout.columns]
        for key in ("standard_province", "standard_city", "standard_county")
    }
    assert heads == {
        "standard_province": ["序号", "项目内容", "工作进度安排", "目前实施情况", "牵头单位"],
        "standard_city": [
            *("项目名称", "序号", "项目内容", "工作进度安排", "目前实施情况", "牵头单位"),
        ],
        "standard_county": [
            *("实事名称", "项目内容（含具体点位）", "工作计划和进度安排", "目前实施情况"),
            "牵头单位",
        ],
    }


def test_every_column_has_one_name_a_kind_and_a_note():
    assert len(BY_WORD) == len(COLUMNS)
    assert {spec.kind for spec in COLUMNS.values()} <= set(Kind)
    assert all(spec.note.endswith("。") and spec.width >= 4 for spec in COLUMNS.values())
    # A placeholder of a template is written in braces.
    assert not [word for word in BY_WORD if re.search(r"[{}\s]", word)]


WRONG = [
    ({"name": " "}, "name", "请填写名称。"),
    ({"name": "长" * 41}, "name", "名称不超过40个字。"),
    ({"title": ""}, "title", "请填写标题。"),
    ({"title": "{年}"}, "title", "没有“{年}”这个空位，是不是“{年度}”"),
    ({"title": "{年度"}, "title", "花括号没有成对"),
    ({"title": "长" * 121}, "title", "标题不超过120个字。"),
    ({"level": "galaxy"}, "level", "“清单”没有“galaxy”这个选项。"),
    ({"level": ["city"]}, "level", "没有"),
    ({"sort": "by_name"}, "sort", "“排序”没有“by_name”这个选项。"),
    ({"only": None}, "only", "没有“None”这个选项"),
    ({"decimals": 3}, "decimals", "小数位数只能是0、1或2。"),
    ({"decimals": True}, "decimals", "小数位数只能是0、1或2。"),
    ({"decimals": "1"}, "decimals", "小数位数只能是0、1或2。"),
    ({"columns": []}, "columns", "请至少选一列。"),
    ({"columns": "title"}, "columns", "列的写法无法识别。"),
    ({"columns": [{"key": "nirgends"}]}, "columns", "没有“nirgends”这一列。"),
    ({"columns": [3]}, "columns", "没有“3”这一列。"),
    ({"columns": [{"key": "title", "heading": ""}]}, "columns", "“项目内容”没有列名。"),
    ({"columns": [{"key": "title", "heading": "长" * 41}]}, "columns", "不超过40个字"),
    (
        {"columns": [{"key": "title", "heading": "一", "width": 3}]},
        "columns",
        "“项目内容”的列宽应在4至120之间，现在是3。",
    ),
    (
        {"columns": [{"key": "title", "heading": "一", "width": "宽"}]},
        "columns",
        "“项目内容”的列宽应为整数。",
    ),
    (
        {"columns": [{"key": "title", "heading": "{月}"}]},
        "columns",
        "“项目内容”的列名中没有“{月}”这个空位",
    ),
    (
        {"columns": [{"key": "title", "heading": "一"}] * 2},
        "columns",
        "“项目内容”选了两次。",
    ),
    (
        {"columns": [{"key": "place", "heading": "镇"}]},
        "columns",
        "“镇乡（街道）”列只在“每个镇乡（街道）一行”的版式中可用。",
    ),
    ({"rows": "site"}, "columns", "“每个点位一行”的版式须选“点位”列。"),
    (
        {"group_by": "unit", "group_style": "merged"},
        "group_style",
        "按牵头单位合并单元格，须选“牵头单位”或“牵头单位（规范名称）”列",
    ),
]


@pytest.mark.parametrize(("changes", "field", "words"), WRONG)
def test_what_is_wrong_is_said_at_its_field(changes, field, words):
    found = problems(**changes)
    assert any(at == field and words in said for at, said in found), found


def test_all_that_is_wrong_is_said_at_once():
    found = problems(name="", title="{年}{", decimals=9, sort="", only="x", columns=[])
    assert {field for field, _words in found} == {
        "name",
        "title",
        "decimals",
        "sort",
        "only",
        "columns",
    }


def test_too_many_columns_are_refused():
    keys = [key for key, spec in COLUMNS.items() if spec.of is RowsOf.ITEM]
    layout = replace(PLAIN, columns=tuple(chosen(key) for key in keys[: MOST_COLUMNS + 1]))
    assert [p.words for p in problems_of(layout)] == ["最多20列，现在选了21列。"]


def test_blanks_around_words_go():
    layout = layout_from_dict(layout_to_dict(PLAIN) | {"name": "  我们的 \n 版式 "})
    assert layout.name == "我们的 版式"


def test_a_group_that_is_merged_with_its_column_can_be_used():
    columns = (chosen("unit"), chosen("title"))
    layout = replace(PLAIN, columns=columns, group_by=GroupBy.UNIT, group_style=GroupStyle.MERGED)
    assert problems_of(layout) == []


def test_slots_are_filled():
    assert filled("{年度}年{层级}（截至{月日}）", SLOTS) == "2023年省级（截至4月10日）"
    assert filled("没有空位", SLOTS) == "没有空位"
