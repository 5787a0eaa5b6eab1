"""The Word file of a slip: its words, fonts, sizes, page."""

import re
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt

from progress.documents.slip_docx import SlipSheet, slip_document
from progress.models import Round
from progress.operations.slips import issue_slip
from progress.tests.ooxml import faults

SHEET = SlipSheet(
    title="苍南县民生实事督办单（黄色）",
    number="〔2023〕3号",
    notes=[],
    addressee="县教育局",
    matters=[("督办事项", "省级第3项　学生正脊筛查"), ("办结期限", "2023年4月20日")],
    text="你单位牵头的省级第3项，截至2023年4月10日研判为滞后。\n\n  请书面回复。  ",
    signing_unit="苍南县政府办公室",
    issued_on=date(2023, 4, 13),
    deadline=date(2023, 4, 20),
    answer="",
    answered_by="",
    answered_on="",
    closing="",
)
GOLDEN = [
    "苍南县民生实事督办单（黄色）",
    "〔2023〕3号",
    "",
    "县教育局：",
    "督办事项：省级第3项　学生正脊筛查",
    "办结期限：2023年4月20日",
    "你单位牵头的省级第3项，截至2023年4月10日研判为滞后。",
    "请书面回复。",
    "",
    "苍南县政府办公室",
    "2023年4月13日",
    "办理情况回复",
    "（苍南县民生实事督办单（黄色）〔2023〕3号）",
    "",
]


def opened(sheet=SHEET):
    content = slip_document(sheet)
    assert faults(content) == []
    return Document(BytesIO(content))


def fonts_of(paragraph):
    """(name for Chinese, name for Latin, size) of every run."""
    return {
        (fonts.get(qn("w:eastAsia")), fonts.get(qn("w:ascii")), run.font.size)
        for run in paragraph.runs
        for fonts in [run._r.rPr.rFonts]
    }


def paragraph(document, text):
    return next(p for p in document.paragraphs if p.text == text)


def answers(document):
    """The words of the answer's table, cell by cell; merged cells once."""
    rows = []
    for row in document.tables[0].rows:
        cells = []
        for cell in row.cells:
            if cell._tc not in cells:
                cells.append(cell._tc)
        rows.append(["".join(t.text or "" for t in tc.iter(qn("w:t"))) for tc in cells])
    return rows


def test_the_slip_reads_as_it_should():
    document = opened()
    assert [p.text for p in document.paragraphs] == GOLDEN
    assert answers(document) == [
        ["回复单位", "县教育局", "办结期限", "2023年4月20日"],
        ["办理情况", ""],
        ["单位负责人", "", "回复人", ""],
        ["联系电话", "", "回复日期", ""],
        ["办结意见", ""],
    ]


def test_an_answered_and_closed_slip_has_answer_and_closing():
    document = opened(
        SHEET._replace(
            notes=["（演示数据）"],
            answer="原因：审图慢。\n措施：已约定。",
            answered_by="黄丽萍",
            answered_on="2023年4月18日",
            closing="已办结。林晓明，2023年4月19日。",
        )
    )
    assert paragraph(document, "（演示数据）")
    rows = answers(document)
    assert rows[1] == ["办理情况", "原因：审图慢。措施：已约定。"]
    assert rows[2][3] == "黄丽萍"
    assert rows[3][3] == "2023年4月18日"
    assert rows[4] == ["办结意见", "已办结。林晓明，2023年4月19日。"]


@pytest.mark.parametrize(
    ("text", "font", "size"),
    [
        ("苍南县民生实事督办单（黄色）", "方正小标宋简体", Pt(22)),
        ("〔2023〕3号", "仿宋_GB2312", Pt(16)),
        ("县教育局：", "仿宋_GB2312", Pt(16)),
        ("请书面回复。", "仿宋_GB2312", Pt(16)),
        ("苍南县政府办公室", "仿宋_GB2312", Pt(16)),
    ],
)
def test_every_paragraph_has_its_font_and_size_for_chinese_too(text, font, size):
    assert fonts_of(paragraph(opened(), text)) == {(font, font, size)}


def test_labels_are_in_heiti_and_lines_have_a_fixed_height():
    document = opened()
    label, words = paragraph(document, "办结期限：2023年4月20日").runs
    assert label._r.rPr.rFonts.get(qn("w:eastAsia")) == "黑体"
    assert words._r.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    form = paragraph(document, "请书面回复。").paragraph_format
    assert (form.line_spacing, form.first_line_indent) == (Pt(28), 2 * Pt(16))


def test_the_page_is_a4_with_the_margins_of_the_standard_and_numbered():
    document = opened()
    (section,) = document.sections
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    margins = (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
    assert [round(m.mm) for m in margins] == [37, 28, 26, 35]
    for footer in (section.footer, section.even_page_footer):
        (line,) = footer.paragraphs
        assert "PAGE" in line._p.xml
        assert line.text.startswith("— ")
    assert document.settings.odd_and_even_pages_header_footer


def test_missing_fonts_have_named_fallbacks_and_nothing_english_leaks():
    with ZipFile(BytesIO(slip_document(SHEET))) as file:
        fonts = file.read("word/fontTable.xml").decode()
        core = file.read("docProps/core.xml").decode()
    named = dict(re.findall(r'w:name="([^"]+)"><w:altName w:val="([^"]+)"', fonts))
    assert named["仿宋_GB2312"].split(",")[:2] == ["仿宋", "华文仿宋"]
    assert set(named) == {"方正小标宋简体", "仿宋_GB2312", "黑体", "宋体"}
    assert "python-docx" not in core
    assert "苍南县民生实事督办单（黄色）〔2023〕3号" in core


def test_characters_that_word_cannot_hold_are_left_out():
    document = opened(SHEET._replace(text="请\x0b回复\x00。"))
    assert paragraph(document, "请回复。")


@pytest.mark.django_db
def test_the_page_hands_it_out_as_a_download(corpus, office, reporter, client_for):
    slip = issue_slip(
        by=office,
        unit=reporter.unit,
        reporting_round=Round.objects.get(county__code="330327"),
        kind="urge",
        text="请尽快完成填报。",
        deadline=date(2023, 4, 17),
        today=date(2023, 4, 13),
    )
    response = client_for(reporter).get(reverse("slip_docx", args=["330327", 2023, slip.pk]))
    assert response["Content-Disposition"].startswith("attachment")
    document = Document(BytesIO(response.content))
    texts = [p.text for p in document.paragraphs]
    assert texts[:2] == ["苍南县民生实事填报催办单", "〔2023〕1号"]
    assert "县教育局：" in texts
    assert office.unit.name == "县府办"
    assert "苍南县府办" in texts
