"""The shapes in which counties print their lists: columns, groups, heads, notes."""

import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from projects.documents.archives import UnreadableError
from projects.documents.columns import Role
from projects.documents.grids import Source, Span
from projects.documents.number_formats import shown
from projects.documents.pasted import read_text as read_blocks
from projects.documents.proofreading import proofread
from projects.documents.reading import read_file, read_text
from projects.documents.templates import TITLES, list_template, template_columns
from projects.documents.workbooks import read_workbook
from projects.tests.documents import saved, workbook_of


def only(file: BytesIO, name="清单.xlsx"):
    (one,) = read_file(file, name).lists
    return one


def roles(one) -> list[str | None]:
    return [column.role and column.role.value for column in one.table.columns]


def row_of(*heads: str) -> list[str]:
    """A row that fits under these heads."""
    return [f"内容{number}，共{number}个。" for number, _ in enumerate(heads, 1)]


# The columns of real documents, and what each holds.
SHAPES = {
    "苍南县2022": (
        ["序号", "项目内容", "当前进度", "牵头单位", "备注"],
        ["number", "title", "status", "lead_unit", None],
    ),
    "泰顺县": (
        ["序号", "项目内容", "月度工作计划", "牵头单位", "落实情况"],
        ["number", "title", "schedule", "lead_unit", "status"],
    ),
    "乐清市月": (
        ["项目内容", "8月计划进度", "实际进度情况", "完成率", "责任单位", "具体分管领导"],
        ["title", "schedule", "status", None, "lead_unit", "leader"],
    ),
    "乐清市年": (
        ["序号", "项目内容", "年度完成情况", "完成成效", "责任单位", "责任人"],
        ["number", "title", "status", None, "lead_unit", "person"],
    ),
    "平阳县": (
        ["序号", "任务", "单位", "进展", "状态"],
        ["number", "title", "lead_unit", "status", None],
    ),
    "温州市": (
        ["序号", "实事内容", "牵头单位", "进展情况"],
        ["number", "title", "lead_unit", "status"],
    ),
    "松阳县": (
        [
            "序号",
            "实事名称",
            "指标任务",
            "责任单位",
            "实施点位",
            "完成时限",
            "进展情况",
            "下步计划",
        ],
        ["number", "category", "title", "lead_unit", "sites", "schedule", "status", None],
    ),
    "柯桥区": (
        [
            "序号",
            "工作任务",
            "责任单位",
            "一季度目标",
            "进展情况、存在问题及下一步打算",
            "目标完成情况",
        ],
        ["number", "title", "lead_unit", "schedule", "status", None],
    ),
    "余姚市": (
        ["序号", "目标任务", "牵头市领导", "责任单位", "进展情况", "形象进度(%)"],
        ["number", "title", "leader", "lead_unit", "status", None],
    ),
    "城厢区": (
        ["序号", "项目名称", "内容和目标", "上期进展情况", "最新进展情况", "主办单位", "协办单位"],
        ["number", "category", "title", None, "status", "lead_unit", "supporting_units"],
    ),
    "肇庆市": (
        ["大类", "序号", "工作任务", "分管市领导", "牵头单位及主要负责人", "落实进展情况"],
        ["category", "number", "title", "leader", "lead_unit", "status"],
    ),
    "只有名称": (
        ["序号", "项目名称", "牵头单位", "配合单位", "责任人", "时间节点"],
        ["number", "title", "lead_unit", "supporting_units", "person", "schedule"],
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_columns_are_found_by_their_headings(name):
    heads, expected = SHAPES[name]
    cells = row_of(*heads)
    if "序号" in heads:
        cells[heads.index("序号")] = "1"
    one = only(workbook_of(heads, cells))
    assert roles(one) == expected
    (item,) = one.rows.items
    kept = [extra.text for extra in item.extras]
    texts = "".join([item.title, item.category, item.schedule, item.status, item.lead_unit])
    for cell, role in zip(cells, expected, strict=True):
        if role is None:
            assert cell in kept
        elif role in ("title", "status", "schedule"):
            assert cell in texts
    pasted = read_text("\n".join("\t".join(map(str, row)) for row in (heads, cells)))
    assert roles(pasted.lists[0]) == expected


def test_the_schedule_may_stand_in_a_column_for_each_quarter():
    one = only(
        workbook_of(
            ["序号", "项目内容", "工作进度安排", None, None, None, "牵头单位"],
            [None, None, "一季度", "二季度", "三季度", "四季度", None],
            [1, "新建公园4个。", "选址", "完成1个", "累计3个", "全部完成。", "县住建局"],
            merged=("A1:A2", "B1:B2", "C1:F1", "G1:G2"),
        )
    )
    (item,) = one.rows.items
    assert item.schedule == "一季度：选址；二季度：完成1个；三季度：累计3个；四季度：全部完成。"
    assert item.lead_unit == "县住建局"
    pasted = read_text(
        "序号\t项目内容\t工作进度安排\t\t\t\t牵头单位\n"
        "\t\t一季度\t二季度\t三季度\t四季度\t\n"
        "1\t新建公园4个。\t选址\t完成1个\t累计3个\t全部完成。\t县住建局"
    )
    assert pasted.lists[0].rows.items[0].schedule == item.schedule


def test_a_period_that_stands_only_in_the_head_is_put_before_the_words():
    heads = ["项目内容", "8月计划进度", "实际进度情况", "责任单位"]
    one = only(workbook_of(heads, ["新建公园4个。", "完成60%", "完成65%", "县住建局"]))
    assert one.rows.items[0].schedule == "8月：完成60%"
    assert one.rows.items[0].status == "完成65%"


def test_of_several_columns_on_progress_the_latest_counts():
    heads = ["序号", "项目内容", "3月底进展情况", "4月底进展情况", "牵头单位"]
    one = only(workbook_of(heads, [1, "新建公园4个。", "已选址。", "已开工。", "县住建局"]))
    (item,) = one.rows.items
    assert item.status == "已开工。"
    assert item.extras == (("3月底进展情况", "已选址。"),)
    assert one.questions == ("有2列是进展：取了“4月底进展情况”，“3月底进展情况”另存，请确认。",)


def test_columns_are_put_right_by_hand():
    heads = ["序号", "名目", "项目内容", "安排", "牵头单位", "说法"]
    cells = [1, "新建公园4个。", "公园类", "年底完成", "县住建局", "已选址。"]
    one = only(workbook_of(heads, cells))
    assert roles(one)[1] is None
    corrected = one.with_roles({1: Role.TITLE, 2: Role.CATEGORY, 5: Role.STATUS})
    (item,) = corrected.rows.items
    assert (item.title, item.category, item.status) == ("新建公园4个。", "公园类", "已选址。")
    assert corrected.questions == ()
    assert corrected.table.columns[1].confidence == 1
    # A role that only one column may have is taken from the other.
    moved = one.with_roles({1: Role.TITLE})
    assert [column.index for column in moved.table.of(Role.TITLE)] == [1]
    assert moved.rows.items[0].extras[0] == ("项目内容", "公园类")


def test_a_table_without_its_head_is_guessed_and_asked():
    one = read_text(
        "1\t新建公园4个，其中城区2个。\t第一季度：选址；第四季度：完成。\t已完成选址。\t县住建局\n"
        "2\t加装电梯10台，其中城区6台。\t第一季度：2台；第四季度：10台。\t已完成2台。\t县住建局"
    ).lists[0]
    assert roles(one) == ["number", "title", "schedule", "status", "lead_unit"]
    assert one.questions == ("没有找到表头，各列是按内容猜的，请逐列确认。",)
    assert [item.number for item in one.rows.items] == [1, 2]


HEAD = ["序号", "项目内容", "工作进度安排", "目前实施情况", "牵头单位"]


def item_row(number: int) -> list:
    return [number, f"新建公园{number}个。", "6月底前完成。", "已选址。", "县住建局"]


def test_groups_totals_notes_and_repeated_heads_are_told_apart():
    title = "2024年县政府民生实事项目清单"
    one = only(
        workbook_of(
            [title],
            ["（截至4月10日）"],
            HEAD,
            ["一、“安居 改造”工程"],
            item_row(1),
            HEAD,
            item_row(2),
            [],
            [],
            ["二、“健康阳光”工程"],
            item_row(3),
            ["合计", "共3项", None, None, None],
            ["注：数据由各牵头单位报送。"],
            merged=("A1:E1", "A4:E4", "A10:E10", "A13:E13"),
        )
    )
    assert one.name == title
    assert [(item.number, item.category) for item in one.rows.items] == [
        (1, "“安居改造”工程"),
        (2, "“安居改造”工程"),
        (3, "“健康阳光”工程"),
    ]
    assert [group.name for group in one.rows.groups] == ["“安居改造”工程", "“健康阳光”工程"]
    assert [(left.place, left.reason) for left in one.rows.leftovers] == [
        ("“清单”第1行", "表头以上的标题"),
        ("“清单”第2行", "表头以上的标题"),
        ("“清单”第3行", "表头"),
        ("“清单”第6行", "重复的表头"),
        ("“清单”第8行至第9行", "空行"),
        ("“清单”第12行", "合计行"),
        ("“清单”第13行", "表下的说明"),
    ]


def test_several_lists_on_one_sheet_are_told_apart():
    file = workbook_of(
        ["2024年省政府民生实事项目清单"],
        HEAD,
        item_row(1),
        item_row(2),
        ["2024年市政府民生实事项目清单"],
        HEAD,
        item_row(1),
    )
    lists = read_file(file, "清单.xlsx").lists
    assert [(one.name, len(one.rows.items)) for one in lists] == [
        ("2024年省政府民生实事项目清单", 2),
        ("2024年市政府民生实事项目清单", 1),
    ]


def test_an_item_over_several_rows_is_one_item():
    one = only(
        workbook_of(
            HEAD,
            [1, "新建公园4个。", "3月底前选址。", "已选址。", "县住建局"],
            [None, None, "11月底前完成。", None, None],
            item_row(2),
            merged=("A2:A3", "B2:B3", "D2:D3", "E2:E3"),
        )
    )
    assert [item.schedule for item in one.rows.items] == [
        "3月底前选址。11月底前完成。",
        "6月底前完成。",
    ]
    assert [item.merged_with for item in one.rows.items] == [None, None]


def test_rows_that_share_a_merged_schedule_say_with_which():
    one = only(
        workbook_of(HEAD, item_row(1), [2, "扩建公园2个。"], item_row(3), merged=("C2:C3", "E2:E3"))
    )
    second = one.rows.items[1]
    assert second.merged_with == 1
    assert second.schedule == "6月底前完成。"
    assert second.lead_unit == "县住建局"
    assert second.status == ""


def test_a_merged_unit_alone_is_no_shared_row():
    heads = ["序号", "项目内容", "月度工作计划", "牵头单位", "落实情况"]
    one = only(
        workbook_of(
            heads,
            [1, "新建公园1个。", "选址", "县住建局", "已选址"],
            [2, "新建公园2个。", "开工", None, "已开工"],
            merged=("D2:D3",),
        )
    )
    assert [(item.lead_unit, item.merged_with) for item in one.rows.items] == [
        ("县住建局", None),
        ("县住建局", None),
    ]


def test_hidden_rows_columns_and_sheets_are_read_and_said():
    workbook = Workbook()
    sheet = workbook.active
    for row in (HEAD, item_row(1), item_row(2)):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["D"].hidden = True
    second = workbook.create_sheet("旧表")
    second.sheet_state = "hidden"
    for row in (HEAD, item_row(9)):
        second.append(row)
    read = read_file(saved(workbook), "清单.xlsx")
    assert [one.hidden for one in read.lists] == [False, True]
    assert [item.hidden for item in read.lists[0].rows.items] == [False, True]
    assert read.lists[0].rows.items[1].doubts == ("这一行在原文件中是隐藏的。",)
    assert [column.hidden for column in read.lists[0].table.columns] == [False] * 3 + [True, False]
    assert read.notes == ("工作表“旧表”是隐藏的，也已读入。",)


def test_stars_and_numbers_before_the_content_are_read():
    heads = ["实事名称", "项目内容", "工作计划", "牵头单位"]
    one = only(
        workbook_of(
            heads,
            ["交通", "★1.新改建公路29.3公里。", "年底完成", "县交通局"],
            [None, "2.★更新公交车20辆。", "年底完成", "县交通局"],
            [None, "（3）2.5公里绿道贯通。", "年底完成", "县住建局"],
        )
    )
    assert [(item.number, item.starred, item.title) for item in one.rows.items] == [
        (1, True, "新改建公路29.3公里。"),
        (2, True, "更新公交车20辆。"),
        (3, False, "2.5公里绿道贯通。"),
    ]


def test_numbers_that_are_missing_or_twice_are_said():
    one = only(workbook_of(HEAD, item_row(1), item_row(2), item_row(5)))
    assert one.rows.doubts == ("缺少序号3、4。",)
    one = only(workbook_of(HEAD, item_row(1), item_row(1)))
    assert one.rows.doubts == ("序号1出现了不止一次。",)


def test_a_group_may_have_a_chinese_number_in_the_column_of_numbers():
    one = only(workbook_of(HEAD, ["一", "健康工程"], item_row(1), ["（二）", "交通"], item_row(2)))
    assert [(item.number, item.category) for item in one.rows.items] == [
        (1, "健康工程"),
        (2, "交通"),
    ]
    assert [group.text for group in one.rows.groups] == ["健康工程", "交通"]


def test_quarters_still_to_come_are_not_the_latest():
    one = only(
        workbook_of(
            ["序号", "项目名称", "年度目标", "完成情况", None, None, "责任单位", None],
            [None, None, None, "一季度", "二季度", "三季度", "主办", "协办"],
            [1, "公园", "新建公园4个。", "选址", "完成1个", None, "县住建局", "县财政局"],
            merged=("A1:A2", "B1:B2", "C1:C2", "D1:F1", "G1:H1"),
        )
    )
    (item,) = one.rows.items
    assert (item.category, item.title, item.status) == ("公园", "新建公园4个。", "完成1个")
    assert (item.lead_unit, item.supporting_units) == ("县住建局", ("县财政局",))
    assert item.extras == (("完成情况 一季度", "选址"),)


def test_a_row_with_a_number_but_no_content_is_left_over():
    one = only(workbook_of(HEAD, item_row(1), [2, None, "年底完成", None, "县住建局"]))
    assert [left.reason for left in one.rows.leftovers] == ["表头", "没有项目内容"]


def test_values_read_as_a_person_sees_them():
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(["序号", "项目内容", "完成时限", "完成率", "牵头单位", "备注"])
    sheet.append([1, "新建公园4个。", date(2024, 11, 30), 0.2, "县住建局", 0.1 + 0.2])
    sheet["C2"].number_format = 'yyyy"年"m"月"d"日"'
    sheet["D2"].number_format = "0%"
    sheet.append([2, "新建公园2个。", date(2024, 6, 1), 72, "县住建局", True])
    sheet["C3"].number_format = 'm"月"d"日"'
    first, second = only(saved(workbook)).rows.items
    assert first.schedule == "2024年11月30日"
    assert first.status == "完成率20%"
    assert first.extras == (("备注", "0.3"),)
    assert second.schedule == "6月1日"
    assert second.status == "完成率72%"


@pytest.mark.parametrize(
    ("raw", "code", "words"),
    [
        ("0.2", "0%", "20%"),
        ("0.2155", "0.00%", "21.55%"),
        ("0.125", "0.0#%", "12.5%"),
        ("1234567", "#,##0", "1,234,567"),
        ("1234.5", "#,##0.00_ ", "1,234.50"),
        ("-5", "0;[Red]-0", "-5"),
        ("-5", "0_);(0)", "(5)"),
        ("12", '0"个"', "12个"),
        ("3", '"第"0"期"', "第3期"),
        ("0.5", "General", "0.5"),
        ("0.30000000000000004", "General", "0.3"),
        ("51230", "General", "51230"),
        ("1e-7", "General", "0.0000001"),
        ("45026", "yyyy/m/d", "2023/4/10"),
        ("45026", 'yyyy"年"m"月"d"日"', "2023年4月10日"),
        ("45026", 'yyyy"年"m"月";@', "2023年4月"),
        ("45026", '[$-804]m"月"d"日"', "4月10日"),
        ("45026.5", "yyyy-mm-dd hh:mm", "2023-04-10 12:00"),
        ("12", "@", "12"),
        ("文字", "0", "文字"),
        ("1e999999", "0", "1e999999"),
        ("99999999999", "yyyy/m/d", "99999999999"),
    ],
)
def test_number_formats(raw, code, words):
    assert shown(raw, code) == words


def test_dates_in_formats_that_chinese_excel_does_not_write_down():
    file = workbook_of(HEAD, [1, "新建公园。", 45026, "已选址。", "县住建局"])
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    parts["xl/worksheets/sheet1.xml"] = sheet.replace('<c r="C2"', '<c r="C2" s="1"').encode()
    styles = parts["xl/styles.xml"].decode()
    extra = '<xf numFmtId="31" fontId="0" fillId="0" borderId="0"/></cellXfs>'
    parts["xl/styles.xml"] = styles.replace("</cellXfs>", extra).encode()
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    assert only(stream).rows.items[0].schedule == "2023年4月10日"


def test_errors_in_cells_are_kept_and_said():
    file = workbook_of(HEAD, [1, "新建公园1个。", "#REF!", "已选址。", "县住建局"])
    (item,) = only(file).rows.items
    assert item.schedule == "#REF!"
    assert item.doubts == ("“清单”第2行C列是公式错误（#REF!），请改正。",)


def test_breaks_in_cells_part_sentences_only_where_nothing_else_does():
    assert proofread("第一季度：选址；\n第二季度：开工") == "第一季度：选址；第二季度：开工"
    assert proofread("第一季度选址\r\n第二季度开工") == "第一季度选址\n第二季度开工"
    assert proofread("新建\n公园", one_line=True) == "新建公园"


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("为 16266名老年人,筛查(含 ICU 床位)30张 ;", "为16266名老年人，筛查（含ICU床位）30张；"),
        ("完成１２个，５０％，50℅", "完成12个，50%，50%"),
        ("按1:3比例，10:30开始", "按1:3比例，10:30开始"),
        ("共1,000人,其中200,300人次", "共1,000人，其中200,300人次"),
        ("Smart City 建设", "Smart City建设"),
        ("预警信息发布及时率≥ 90%", "预警信息发布及时率≥90%"),
        ("\ufeff零\u200b宽", "零宽"),
    ],
)
def test_proof_reading(printed, read):
    assert proofread(printed) == read
    assert proofread(read) == read


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=12
).map(str.strip)
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=6), min_size=1, max_size=8)


@given(ROWS)
def test_a_grid_comes_back_from_a_workbook_as_it_was_written(rows):
    workbook = Workbook()
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            cell = workbook.active.cell(number, column)
            cell.value, cell.data_type = text, "s"
    (grid,) = read_workbook(saved(workbook), "x.xlsx")
    wanted = [(n, row) for n, row in enumerate(rows, 1) if any(row)]
    assert [(row.number, row.cells) for row in grid.rows] == [
        (number, tuple(row[: max(i for i, text in enumerate(row) if text) + 1]))
        for number, row in wanted
    ]


@given(
    st.lists(
        st.lists(CELL.filter(lambda t: t and '"' not in t), min_size=2, max_size=5),
        min_size=1,
        max_size=8,
    )
)
def test_a_table_comes_back_from_pasted_text_as_it_was_copied(rows):
    text = "\n".join("\t".join(row) for row in rows)
    cells = [row.cells for grid in read_blocks(text) for row in getattr(grid, "rows", ())]
    assert cells == [tuple(row) for row in rows if not is_rule(row)]


def is_rule(row) -> bool:
    return not set("".join(row)) - set(" :|｜—–-")


@given(ROWS)
def test_every_row_is_an_item_a_group_or_a_leftover(rows):
    rows = [HEAD, item_row(1), *rows]
    one = only(
        workbook_of(
            *([f"'{c}" if isinstance(c, str) and c[:1] == "=" else c for c in row] for row in rows)
        )
    )
    told = {item.place for item in one.rows.items} | {group.place for group in one.rows.groups}
    for left in one.rows.leftovers:
        told |= {one.table.grid.place(n) for n in range(left.first, left.last + 1)}
    continued = "".join(
        text
        for item in one.rows.items
        for text in (*item.raw.values(), *[e.text for e in item.extras])
    )
    for row in one.table.grid.rows:
        if one.table.grid.place(row.number) not in told:
            assert all(proofread(cell) in continued or cell in continued for cell in row.cells)


def test_pasted_cells_with_breaks_and_quotation_marks_stay_whole():
    one = read_text(
        "序号\t项目内容\t工作进度安排\t牵头单位\r\n"
        '1\t"新建“公园""4个"\t"第一季度：选址；\n第二季度：开工；\n年底完成。"\t县住建局\r\n'
        "2\t扩建公园2个\t年底完成\t县住建局\r\n"
    ).lists[0]
    first, second = one.rows.items
    assert first.raw["schedule"] == "第一季度：选址；\n第二季度：开工；\n年底完成。"
    assert first.schedule == "第一季度：选址；第二季度：开工；年底完成。"
    assert first.raw["title"] == '新建“公园"4个'
    assert second.place == "第5行"


def test_allocations_pasted_as_lines_of_tabs_are_read():
    one = read_text(
        "1.新建公园3个。\n责任单位：县住建局\n任务分解：\n"
        "丹东\t丹西\t合计\n1\t2\t3\n进度安排：年底完成。\n"
        "2.扩建公园2个。\n责任单位：县住建局\n进度安排：年底完成。\n"
    ).lists[0]
    first, second = one.rows.items
    assert [tuple(a) for a in first.allocations] == [
        ("丹东", Decimal(1), ""),
        ("丹西", Decimal(2), ""),
    ]
    assert first.allocation_total == 3
    assert first.schedule == "年底完成。"
    assert second.allocations == ()


def test_word_tables_with_merged_cells_repeated_heads_and_nested_tables():
    document = Document()
    document.add_heading("2024年县政府民生实事项目清单")
    table = document.add_table(6, 5)
    rows = [HEAD, ["一、健康工程"] + [""] * 4, item_row(1), HEAD, item_row(2), [""] * 5]
    for cells, row in zip(table.rows, rows, strict=True):
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = str(text)
    table.cell(1, 0).merge(table.cell(1, 4)).text = "一、健康工程"
    inner = table.cell(4, 3).add_table(1, 2)
    inner.cell(0, 0).text = "丹东"
    inner.cell(0, 1).text = "2"
    read = read_file(saved(document), "清单.docx")
    (one,) = read.lists
    assert one.name == "2024年县政府民生实事项目清单"
    assert [(item.number, item.category) for item in one.rows.items] == [
        (1, "健康工程"),
        (2, "健康工程"),
    ]
    assert "重复的表头" in [left.reason for left in one.rows.leftovers]
    assert [(left.place, left.text) for left in read.leftovers if "丹东" in left.text] == [
        ("表2第1行", "丹东 2")
    ]


def test_numbers_that_word_writes_by_itself_are_counted():
    document = Document()
    table = document.add_table(3, 5)
    for cells, row in zip(table.rows, (HEAD, item_row(1), item_row(2)), strict=True):
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = str(text)
    for index in (1, 2):
        paragraph = table.cell(index, 0).paragraphs[0]
        paragraph.text = ""
        paragraph.style = document.styles["List Number"]
    one = only(saved(document), "清单.docx")
    assert [item.number for item in one.rows.items] == [1, 2]


def test_struck_out_text_of_tracked_changes_is_not_read():
    document = Document()
    table = document.add_table(2, 5)
    for cells, row in zip(table.rows, (HEAD, item_row(1)), strict=True):
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = str(text)
    xml = document.element.xml
    assert "新建公园1个。" in xml
    run = table.cell(1, 1).paragraphs[0].runs[0]._element
    deleted = run.makeelement(
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}del", {}
    )
    run.addprevious(deleted)
    deleted.append(run)
    table.cell(1, 1).paragraphs[0].add_run("扩建公园3个。")
    (item,) = only(saved(document), "清单.docx").rows.items
    assert item.title == "扩建公园3个。"


def test_merged_cells_of_a_word_table_are_known():
    document = Document()
    table = document.add_table(4, 5)
    for cells, row in zip(table.rows, (HEAD, item_row(1), item_row(2), item_row(3)), strict=True):
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = str(text)
    table.cell(2, 2).text = ""
    table.cell(1, 2).merge(table.cell(2, 2))
    one = only(saved(document), "清单.docx")
    assert one.table.grid.source is Source.DOCUMENT
    assert one.table.grid.merged == [Span(2, 2, 3, 2)]
    assert [item.merged_with for item in one.rows.items] == [None, 1, None]


@pytest.mark.parametrize("level", TITLES)
def test_a_filled_template_reads_back_without_a_question(level):
    workbook = load_workbook(BytesIO(list_template(level, 2024)))
    sheet = workbook.worksheets[0]
    columns = template_columns(level)
    for number in (0, 1):
        for index, column in enumerate(columns, 1):
            sheet.cell(3 + number, index).value = column.examples[number]
    read = read_file(saved(workbook), "清单.xlsx")
    (one,) = read.lists
    assert one.name == TITLES[level].format(year=2024)
    assert one.questions == ()
    assert one.rows.doubts == ()
    assert read.notes == ()
    assert None not in roles(one)
    assert [item.number for item in one.rows.items] == [1, 2]
    assert [item.starred for item in one.rows.items] == [False, True]
    assert one.rows.items[0].supporting_units == ("县财政局", "县市监局")
    assert [item.category for item in one.rows.items] == (
        ["", ""] if level == "province" else ["“安居改造”工程"] * 2
    )
    assert not any(item.doubts or item.extras for item in one.rows.items)


def test_an_empty_template_says_that_nothing_was_filled_in():
    with pytest.raises(UnreadableError, match="表头下面没有事项"):
        read_file(BytesIO(list_template("city", 2024)), "清单.xlsx")
