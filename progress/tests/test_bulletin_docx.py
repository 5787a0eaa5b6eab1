"""The bulletin's Word file: its words, its layout by GB/T 9704, its annexes."""

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihood.organisation.documents.lines import text_width
from livelihood.organisation.documents.tables import Column, Kind, Merge, Table
from progress.documents.bulletin import BulletinContent, Section
from progress.documents.bulletin_docx import bulletin_document

TABLE = Table(
    name="省级清单",
    title="2023年省政府民生实事项目实施计划",
    columns=(
        Column("序号", 6, Kind.COUNT),
        Column("项目名称", 14, Kind.LABEL),
        Column("项目内容", 40),
        Column("实际", 9, Kind.PERCENT, over="进度"),
        Column("偏差", 9, Kind.POINTS, over="进度"),
        Column("研判", 12, Kind.STATUS),
    ),
    rows=(
        ("县教育局（2项）", "", "", "", "", ""),
        (1, "优托护苗", "新增托位400个。\n新建幼儿园。", 42.0, 5.0, "✓ 已完成"),
        (2, "优托护苗", "长" * 900, 33.3, -12.0, "■ 严重滞后"),
        (3, "交通畅行", "农村公路。", None, None, ""),
        ("合计", "", "", 37.65, "", ""),
    ),
    notes=("截至4月10日。",),
    merges=(Merge(1, 1, 2),),
    groups=(0,),
    totals=(4,),
)
LATE = replace(TABLE, name="滞后清单", title="滞后清单")
CONTENT = BulletinContent(
    county="苍南县",
    year=2023,
    as_of=date(2023, 4, 10),
    title="关于苍南县2023年民生实事项目进展情况的通报",
    number="督查通报〔2023〕第1期",
    notes=("（演示数据）",),
    addressees="各乡镇人民政府，县政府各部门",
    lead_in="现将有关情况通报如下：",
    sections=(
        Section("一、总体情况", ("2023年我县共承办省政府民生实事指标46项。", "甲\n\n 乙 ")),
        Section("二、存在问题", ("（一）启动较慢。由县教育局负责的省级第3项滞后。",)),
    ),
    signed_by="苍南县人民政府办公室",
    issued_on=date(2023, 4, 13),
    copies="县委办公室，县人大常委会办公室。",
    sheets=(TABLE, LATE),
    annexes=("省级清单", "滞后清单"),
)
TEXT = [
    "督查通报〔2023〕第1期",
    "",
    "关于苍南县2023年民生实事",
    "项目进展情况的通报",
    "（演示数据）",
    "",
    "各乡镇人民政府，县政府各部门：",
    "现将有关情况通报如下：",
    "一、总体情况",
    "2023年我县共承办省政府民生实事指标46项。",
    "甲",
    "乙",
    "二、存在问题",
    "（一）启动较慢。由县教育局负责的省级第3项滞后。",
    "",
    "附件：1.2023年省政府民生实事项目实施计划",
    "2.滞后清单",
    "",
    "苍南县人民政府办公室",
    "2023年4月13日",
]
ANNEXES = [
    *("附件1", "2023年省政府民生实事项目实施计划", "（演示数据）", "截至4月10日。"),
    *("附件2", "滞后清单", "（演示数据）", "截至4月10日。"),
]


def opened(content=CONTENT):
    return Document(BytesIO(bulletin_document(content)))


def paragraph(document, text):
    return next(p for p in document.paragraphs if p.text == text)


def fonts(found):
    """(font for Chinese, size) of each run of a paragraph."""
    return [(run._r.rPr.rFonts.get(qn("w:eastAsia")), run.font.size) for run in found.runs]


def cells_of(row):
    """The words of a row's cells as they are in the file, merged ones, too."""
    return [
        "\n".join("".join(t.text for t in p.iter(qn("w:t"))) for p in tc.iter(qn("w:p")))
        for tc in row.iter(qn("w:tc"))
    ]


def rows_of(table):
    return list(table._tbl.iter(qn("w:tr")))


def has(row, name):
    return next(row.iter(qn(name)), None) is not None


# -- The text ---------------------------------------------------------------------------


def test_the_issue_reads_as_it_should():
    texts = [p.text for p in opened().paragraphs]
    assert texts[: len(TEXT)] == TEXT
    assert [text for text in texts[len(TEXT) :] if text] == ANNEXES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("督查通报〔2023〕第1期", [("仿宋_GB2312", Pt(16))]),
        ("关于苍南县2023年民生实事", [("方正小标宋简体", Pt(22))]),
        ("各乡镇人民政府，县政府各部门：", [("仿宋_GB2312", Pt(16))]),
        ("一、总体情况", [("黑体", Pt(16))]),
        (
            "（一）启动较慢。由县教育局负责的省级第3项滞后。",
            [("楷体_GB2312", Pt(16)), ("仿宋_GB2312", Pt(16))],
        ),
        ("附件1", [("黑体", Pt(16))]),
        ("截至4月10日。", [("楷体_GB2312", Pt(12))]),
    ],
)
def test_every_part_has_its_font_and_size(text, expected):
    assert fonts(paragraph(opened(), text)) == expected


def test_body_text_is_indented_by_two_characters_in_lines_of_28_points():
    form = paragraph(opened(), "甲").paragraph_format
    assert (form.line_spacing, form.first_line_indent) == (Pt(28), 2 * Pt(16))
    assert paragraph(opened(), TEXT[6]).paragraph_format.first_line_indent is None


def test_the_issue_line_stands_over_a_red_rule():
    line = paragraph(opened(), "督查通报〔2023〕第1期")
    assert line.alignment == WD_ALIGN_PARAGRAPH.CENTER
    rule = next(line._p.iter(qn("w:bottom")))
    assert rule.get(qn("w:color")) == "FF0000"


def test_the_list_of_annexes_hangs_under_the_beginning_of_each_name():
    document = opened()
    first = paragraph(document, TEXT[15]).paragraph_format
    second = paragraph(document, TEXT[16]).paragraph_format
    assert first.left_indent == second.left_indent
    # 附件：1. against 2.
    assert second.first_line_indent - first.first_line_indent == 3 * Pt(16)


def test_one_annex_has_no_number_and_none_no_list():
    texts = [p.text for p in opened(replace(CONTENT, annexes=("滞后清单",))).paragraphs]
    assert "附件：滞后清单" in texts
    assert "附件" in texts
    document = opened(replace(CONTENT, annexes=()))
    assert not any("附件" in p.text for p in document.paragraphs)
    assert len(document.sections) == 1


def test_a_draft_has_room_for_its_date():
    document = opened(replace(CONTENT, issued_on=None, number="督查通报"))
    assert paragraph(document, "　　年　月　日")
    assert "　　年　月　日印发" in document.tables[-1]._tbl.xpath("string(.)")


def test_copies_and_print_line_stand_at_the_end_between_rules():
    document = opened()
    imprint = document.tables[-1]
    assert [cell.text for row in imprint.rows for cell in row.cells] == [
        "抄送：县委办公室，县人大常委会办公室。",
        "苍南县人民政府办公室\t2023年4月13日印发",
    ]
    borders = next(imprint._tbl.iter(qn("w:tblBorders")))
    sizes = {border.tag.split("}")[1]: border.get(qn("w:sz")) for border in borders}
    assert sizes == {"top": "8", "bottom": "8", "insideH": "6"}  # 0.35 and 0.25 mm
    assert len(opened(replace(CONTENT, copies="")).tables[-1].rows) == 1


# -- Pages ------------------------------------------------------------------------------


def test_the_text_stands_upright_and_annexes_lie_on_their_side():
    text, annexes, end = opened().sections
    assert [s.orientation for s in (text, annexes, end)] == [
        *(WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT)
    ]
    assert (round(text.page_width.mm), round(text.page_height.mm)) == (210, 297)
    assert (round(annexes.page_width.mm), round(annexes.page_height.mm)) == (297, 210)
    for section, margins in (
        (text, [37, 26, 35, 28]),
        # Turned clockwise: what was at the left is at the top.
        (annexes, [28, 37, 26, 35]),
        (end, [37, 26, 35, 28]),
    ):
        sides = section.top_margin, section.right_margin, section.bottom_margin, section.left_margin
        assert [round(side.mm) for side in sides] == margins


def test_every_page_has_its_number_at_its_outer_edge():
    document = opened()
    assert document.settings.odd_and_even_pages_header_footer
    for section in document.sections:
        for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
            assert not footer.is_linked_to_previous
            (field,) = footer._element.iter(qn("w:fldSimple"))
            assert field.get(qn("w:instr")) == "PAGE"
            around = field.getparent()
            assert "".join(t.text for t in around.iter(qn("w:t"))) == "— 1 —"
            assert around.pPr.jc.get(qn("w:val")) == side


def test_the_number_of_a_lying_page_is_turned_with_it():
    lying = opened().sections[1]
    for footer in (lying.footer, lying.even_page_footer):
        (box,) = footer._element.iter("{urn:schemas-microsoft-com:vml}textbox")
        assert "layout-flow:vertical" in box.get("style")
    standing = opened().sections[0].footer
    assert not list(standing._element.iter("{urn:schemas-microsoft-com:vml}textbox"))


# -- Tables -----------------------------------------------------------------------------


def test_annexed_tables_say_what_the_sheets_say():
    rows = [cells_of(row) for row in rows_of(opened().tables[0])]
    assert rows == [
        ["序号", "项目名称", "项目内容", "进度", "研判"],
        ["", "", "", "实际", "偏差", ""],
        ["县教育局（2项）"],
        ["1", "优托护苗", "新增托位400个。\n新建幼儿园。", "42.0%", "+5.0", "✓ 已完成"],
        ["2", "", "长" * 900, "33.3%", "−12.0", "■ 严重滞后"],
        ["3", "交通畅行", "农村公路。", "—", "—", ""],
        ["合计", "", "", "37.7%", "", ""],
    ]


def test_heads_are_repeated_and_short_rows_stay_whole():
    rows = rows_of(opened().tables[0])
    assert [has(row, "w:tblHeader") for row in rows] == [True, True] + [False] * 5
    # The text of the fourth row may go on on the next page.
    assert [has(row, "w:cantSplit") for row in rows] == [True] * 4 + [False, True, True]


def test_cells_are_merged_downwards_and_across():
    table = opened().tables[0]
    merges = [
        [(m.get(qn("w:val")) or "continue") for m in row.iter(qn("w:vMerge"))]
        for row in rows_of(table)
    ]
    assert merges == [["restart"] * 4, ["continue"] * 4, [], ["restart"], ["continue"], [], []]
    spans = [[s.get(qn("w:val")) for s in row.iter(qn("w:gridSpan"))] for row in rows_of(table)]
    assert spans == [["2"], [], ["6"], [], [], [], []]
    # python-docx finds a whole grid.
    assert {len(row.cells) for row in table.rows} == {6}
    assert table.cell(4, 1).text == "优托护苗"


def test_the_columns_fill_the_page_in_proportion():
    table = opened().tables[0]
    widths = [int(column.get(qn("w:w"))) for column in table._tbl.iter(qn("w:gridCol"))]
    assert abs(sum(widths) / 20 / 72 * 25.4 - 225) < 0.1  # mm
    assert widths[2] == max(widths)
    assert abs(widths[1] / widths[2] - 14 / 40) < 0.02
    assert min(widths) >= 620  # 序号 stays in one line


def room_of(cell):
    """How many half-width characters of 五号 a line of a cell holds."""
    return (int(cell.find(f".//{qn('w:tcW')}").get(qn("w:w"))) - 2 * 80) / 20 / 5.25


def test_figures_and_days_are_not_broken_however_narrow_their_columns():
    columns = (
        Column("序号", 4, Kind.COUNT),
        Column("内容", 90),
        Column("比例", 4, Kind.PERCENT),
        Column("偏差", 4, Kind.POINTS),
        Column("数", 4, Kind.NUMBER, decimals=2),
        Column("期限", 6, Kind.DATE),
    )
    row = (12, "文" * 400, 100.0, -112.2, 12345.67, date(2024, 11, 30))
    table = Table("清单", "清单", columns, (row,))
    found = opened(replace(CONTENT, sheets=(table,), annexes=("清单",))).tables[0]
    said = cells_of(rows_of(found)[1])
    assert said == ["12", "文" * 400, "100.0%", "−112.2", "12345.67", "2024年\n11月30日"]
    for text, cell in zip(said, rows_of(found)[1].iter(qn("w:tc")), strict=True):
        longest = max(map(text_width, text.split("\n")))
        assert text.startswith("文") or longest + 1 <= room_of(cell), text


def test_so_many_columns_that_nothing_fits_share_the_page():
    columns = tuple(Column(f"比例{n}", 11, Kind.PERCENT) for n in range(20))
    table = Table("清单", "清单", columns, ((100.0,) * 20,))
    found = opened(replace(CONTENT, sheets=(table,), annexes=("清单",))).tables[0]
    widths = [int(column.get(qn("w:w"))) for column in found._tbl.iter(qn("w:gridCol"))]
    assert abs(sum(widths) / 20 / 72 * 25.4 - 225) < 0.1  # mm
    assert max(widths) - min(widths) < 20


def test_the_word_of_a_status_has_its_fill():
    row = rows_of(opened().tables[0])[4]
    shades = [s.get(qn("w:fill")) for s in row.iter(qn("w:shd"))]
    assert shades == ["FDE4E2"]


def test_an_empty_table_says_so():
    empty = replace(TABLE, rows=(), merges=(), groups=(), totals=(), empty="本期没有。")
    document = opened(replace(CONTENT, sheets=(empty,), annexes=("省级清单",)))
    assert cells_of(rows_of(document.tables[0])[-1]) == ["本期没有。"]


# -- The file ---------------------------------------------------------------------------


def test_the_same_issue_gives_the_same_bytes(monkeypatch):
    first = bulletin_document(CONTENT)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert bulletin_document(CONTENT) == first


def test_fonts_have_named_fallbacks_and_the_properties_are_chinese():
    with ZipFile(BytesIO(bulletin_document(CONTENT))) as file:
        named = dict(
            re.findall(
                r'w:name="([^"]+)"><w:altName w:val="([^"]+)"',
                file.read("word/fontTable.xml").decode(),
            )
        )
        core = file.read("docProps/core.xml").decode()
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert set(named) == {"方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体"}
    assert "关于苍南县2023年民生实事项目进展情况的通报 督查通报〔2023〕第1期" in core
    assert core.count("2023-04-13T00:00:00Z") == 2
    assert "python-docx" not in core


@settings(max_examples=20, deadline=None)  # each writes and opens a file
@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_any_text_makes_a_file_that_opens(text):
    table = Table("表", text, (Column(text, 20),), ((text,),), notes=(text,))
    content = replace(
        CONTENT,
        title=text,
        lead_in=text,
        addressees=text,
        copies=text,
        signed_by=text,
        sections=(Section(text, (text,)),),
        sheets=(table,),
        annexes=("表",),
    )
    assert opened(content).tables
