"""What a correction says of itself: every difference by its words, and none that is not there."""

from dataclasses import replace
from datetime import date

import pytest

from livelihood.organisation.documents.tables import Column, Kind, Merge, Table
from progress.documents.bulletin import BulletinContent, Section
from progress.documents.differences import MOST_NAMED, content_differences

LONG = "1.长期护理保险参保，一季度完成方案制订，二季度全面启动参保登记工作，累计完成30%。"
TABLE = Table(
    name="县级清单",
    title="2023年县政府民生实事（截至4月10日）",
    columns=(
        Column("序号", 6, Kind.COUNT),
        Column("项目内容", 40),
        Column("实际", 9, Kind.PERCENT, over="进度"),
        Column("偏差", 9, Kind.POINTS, over="进度"),
        Column("里程", 9, Kind.NUMBER, decimals=2),
        Column("期限", 16, Kind.DATE),
    ),
    rows=(
        (1, LONG, 80.0, -5.0, 7.97, date(2023, 11, 30)),
        (2, "建设公路。", None, None, None, None),
        (3, "改造小区。", 20.0, 0.0, 1.0, None),
    ),
    notes=("范围：全部。",),
)
CONTENT = BulletinContent(
    county="苍南县",
    year=2023,
    as_of=date(2023, 4, 10),
    title="关于民生实事的通报",
    number="督查通报〔2023〕第1期",
    notes=(),
    addressees="各乡镇",
    lead_in="现通报如下：",
    sections=(Section("一、总体情况", ("甲。", LONG, "丙。")), Section("二、存在问题", ("丁。",))),
    signed_by="县府办",
    issued_on=date(2023, 4, 13),
    copies="",
    sheets=(TABLE,),
    annexes=("县级清单",),
)


def changed(**table):
    """What is said where the table is another."""
    return content_differences(CONTENT, replace(CONTENT, sheets=(replace(TABLE, **table),)))


def with_cell(row, column, value):
    rows = [list(each) for each in TABLE.rows]
    rows[row][column] = value
    return changed(rows=tuple(map(tuple, rows)))


def test_the_same_issue_differs_in_nothing_but_its_explanation():
    assert content_differences(CONTENT, CONTENT) == []
    assert content_differences(CONTENT, replace(CONTENT, notes=("更正：数据有误。",))) == []


def test_of_a_long_text_the_part_is_shown_that_differs():
    assert with_cell(0, 1, LONG.replace("30%", "35%")) == [
        "“县级清单”第1项的项目内容由“…登记工作，累计完成30%。”改为“…登记工作，累计完成35%。”。"
    ]
    (said,) = with_cell(0, 1, f"修{LONG}")
    assert "改为“修1.长期护理保险" in said
    (said,) = with_cell(0, 1, LONG + "又" * 100)
    assert said.endswith("又…”。")
    assert len(said) < 100


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (2, 80.5, "进度实际由“80.0%”改为“80.5%”"),
        (2, None, "进度实际由“80.0%”改为“—”"),
        (3, -4.5, "进度偏差由“−5.0”改为“−4.5”"),
        (4, 7.98, "里程由“7.97”改为“7.98”"),
        (5, date(2023, 12, 1), "期限由“2023年11月30日”改为“2023年12月1日”"),
    ],
)
def test_a_cell_is_shown_as_it_is_printed(column, value, words):
    assert with_cell(0, column, value) == [f"“县级清单”第1项的{words}。"]


def test_rows_that_come_go_and_move_are_named():
    one, two, three = TABLE.rows
    assert changed(rows=(one, two)) == ["“县级清单”删去第3项。"]
    assert changed(rows=(*TABLE.rows, (4, "新。", 0.0, 0.0, 0.0, None))) == [
        "“县级清单”增加第4项。"
    ]
    assert changed(rows=(three, one, two)) == ["“县级清单”的排序有改动。"]


def test_rows_that_are_only_counted_anew_are_known_by_their_words():
    _one, two, three = TABLE.rows
    said = changed(rows=((1, *two[1:]), (2, *three[1:])))
    assert said == [
        "“县级清单”“建设公路。”的序号由“2”改为“1”。",
        "“县级清单”“改造小区。”的序号由“3”改为“2”。",
        f"“县级清单”删去“{LONG[:39]}…”。",
    ]


def test_title_notes_columns_and_groups_are_compared():
    first, content, *others = TABLE.columns
    assert changed(title="2023年县政府民生实事（截至4月11日）") == [
        "“县级清单”的标题由“2023年县政府民生实事（截至4月10日）”"
        "改为“2023年县政府民生实事（截至4月11日）”。"
    ]
    assert changed(notes=("范围：全部。", "示例数据：仅供演示。")) == [
        "“县级清单”的说明增加“示例数据：仅供演示。”。"
    ]
    assert changed(columns=(first, replace(content, heading="内容"), *others)) == [
        "“县级清单”增加“内容”列。",
        "“县级清单”删去“项目内容”列。",
    ]
    swapped = tuple((b, a, *more) for a, b, *more in TABLE.rows)
    assert changed(columns=(content, first, *others), rows=swapped) == ["“县级清单”的列序有改动。"]
    heading = ("交通", *[None] * 5)
    assert changed(rows=(heading, *TABLE.rows), groups=(0,)) == ["“县级清单”的分组有改动。"]


def test_a_figure_is_named_though_columns_are_others_too():
    columns = tuple(replace(c, heading="实际进度") if c.over and c.heading == "偏差" else c
                    for c in TABLE.columns)  # fmt: skip
    rows = tuple((*row[:2], 33.3, *row[3:]) if row[0] == 3 else row for row in TABLE.rows)
    assert changed(columns=columns, rows=rows) == [
        "“县级清单”增加“进度实际进度”列。",
        "“县级清单”删去“进度偏差”列。",
        "“县级清单”第3项的进度实际由“20.0%”改为“33.3%”。",
    ]


@pytest.mark.parametrize(
    "table",
    [
        {"columns": (replace(TABLE.columns[0], width=8), *TABLE.columns[1:])},
        {"merges": (Merge(5, 1, 2),)},
        {"rows": (*TABLE.rows[:2], (3, "改造小区。", 20.001, 0.0, 1.0, None))},
    ],
)
def test_what_no_word_shows_is_a_difference_all_the_same(table):
    (said,) = changed(**table)
    assert said.startswith("“县级清单”的版面有细微改动")


def test_sheets_and_annexes_come_and_go():
    other = replace(TABLE, name="滞后清单")
    more = replace(CONTENT, sheets=(TABLE, other), annexes=("县级清单", "滞后清单"))
    assert content_differences(CONTENT, more) == ["增加“滞后清单”。", "“滞后清单”列入附件。"]
    assert content_differences(more, CONTENT) == ["删去“滞后清单”。", "“滞后清单”不再列入附件。"]


def test_changed_paragraphs_are_shown_where_they_differ():
    sections = (
        Section("一、总体情况", ("甲。", LONG.replace("30%", "35%"))),
        Section("二、存在问题", ("丁。", "戊。")),
    )
    assert content_differences(CONTENT, replace(CONTENT, sections=sections)) == [
        "“一、总体情况”由“…登记工作，累计完成30%。”改为“…登记工作，累计完成35%。”。",
        "“一、总体情况”删去“丙。”。",
        "“二、存在问题”增加“戊。”。",
    ]


def test_the_frame_is_compared():
    new = replace(CONTENT, lead_in="现通报：", copies="县委办", notes=("示例数据：有。",))
    assert content_differences(CONTENT, new) == [
        "导语由“现通报如下：”改为“现通报：”。",
        "抄送由“—”改为“县委办”。",
        "一并说明的话增加“示例数据：有。”。",
    ]


def test_there_are_only_so_many_sentences():
    rows = tuple((n, f"内容{n}", 1.0, 0.0, 0.0, None) for n in range(1, 101))
    old = replace(CONTENT, sheets=(replace(TABLE, rows=rows),))
    new_rows = tuple((n, words, 2.0, 0.0, 0.0, None) for n, words, *_ in rows)
    said = content_differences(old, replace(CONTENT, sheets=(replace(TABLE, rows=new_rows),)))
    assert len(said) == MOST_NAMED + 1
    assert said[-1] == "另有40处改动，见附表。"
