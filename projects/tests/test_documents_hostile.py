"""Files that are not what they say, or do harm: each is refused with a sentence."""

import io
import struct
import zipfile
from io import BytesIO

import pytest
from docx import Document
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from projects.documents.archives import Limits, UnreadableError
from projects.documents.opening import Kind, kind_of
from projects.documents.reading import read_file, read_text
from projects.tests.documents import HEADS, saved, workbook_of

HEAD = HEADS["province"]
ROW = [1, "新建公园1个。", "第一季度：选址；第四季度：完成。", "已选址。", "县住建局"]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(content: bytes | BytesIO, name: str = "清单.xlsx", **limits) -> str:
    stream = content if isinstance(content, BytesIO) else BytesIO(content)
    with pytest.raises(UnreadableError) as refused:
        read_file(stream, name, Limits(**limits))
    words = str(refused.value)
    assert words.endswith("。")
    return words


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "清单.xlsx", "是空的"),
        (b"  \n ", "清单.txt", "是空的"),
        (OLE + b"\0" * 600 + wide("Workbook"), "清单.xlsx", "旧格式的表格（.xls 或 .et）"),
        (OLE + b"\0" * 600 + wide("WordDocument"), "清单.docx", "旧格式的文档（.doc 或 .wps）"),
        (OLE + b"\0" * 600 + wide("EncryptedPackage"), "清单.xlsx", "打开密码"),
        (OLE + b"\0" * 600 + wide("PowerPoint Document"), "清单.ppt", "演示文稿"),
        (b"%PDF-1.7\n", "清单.pdf", "PDF"),
        (b"{\\rtf1\\ansi", "清单.doc", "RTF"),
        (b"\x89PNG\r\n\x1a\n", "清单.png", "图片"),
        (b"\xff\xd8\xff\xe0", "清单.xlsx", "图片"),
        (b"Rar!\x1a\x07", "清单.rar", "压缩包"),
        (b"MZ\x90\0\x03\0\0\0", "清单.exe", "无法识别"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "清单.xls", "网页格式"),
        ("序号,项目内容\n1,公园".encode(), "清单.csv", "CSV"),
        (b"\x81\xff\xff\xff\x30", "清单.txt", "文字编码"),
        ("没有表格的一段话。".encode(), "清单.txt", "没有找到清单"),
    ],
)
def test_other_kinds_of_files_are_refused_with_a_way_out(content, name, words):
    said = refusal(content, name)
    assert words in said


def test_the_kind_is_decided_by_what_the_file_holds():
    document = Document()
    document.add_paragraph("一")
    assert kind_of(saved(document), "改名.xlsx") is Kind.DOCUMENT
    assert kind_of(workbook_of(HEAD, ROW), "改名.docx") is Kind.WORKBOOK
    assert kind_of(BytesIO("序号\t项目内容".encode("gb18030")), "改名.xlsx") is Kind.TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_files_are_read_in_the_usual_encodings(encoding):
    text = "\n".join("\t".join(map(str, row)) for row in (HEAD, ROW))
    read = read_file(BytesIO(text.encode(encoding)), "清单.txt")
    assert read.lists[0].rows.items[0].lead_unit == "县住建局"


def packed(parts: dict[str, bytes]) -> BytesIO:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    stream.seek(0)
    return stream


def changed(file: BytesIO, **parts: bytes) -> BytesIO:
    """The file with some of its parts replaced or added; "/" in their names is written "__"."""
    with zipfile.ZipFile(file) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    return packed(kept | {name.replace("__", "/"): part for name, part in parts.items()})


def with_sheet(xml: str) -> BytesIO:
    return changed(workbook_of(HEAD), **{"xl__worksheets__sheet1.xml": xml.encode()})


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def test_a_zip_bomb_is_not_unpacked():
    bomb = with_sheet(SHEET + " " * 30_000_000 + "<sheetData/></worksheet>")
    assert "展开后太大" in refusal(bomb)
    many = changed(workbook_of(HEAD), **{f"p{n}.bin": b"" for n in range(2100)})
    assert "展开后太大" in refusal(many)


def test_parts_that_lie_over_one_another_are_refused():
    file = changed(workbook_of(HEAD, ROW), **{"xl__media__one.bin": b"x" * 1000})
    content = bytearray(file.getvalue())
    # The last entry of the directory points to where the first part begins.
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 42 : entry + 46] = struct.pack("<I", 0)
    assert "展开后太大或结构异常" in refusal(bytes(content))


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("declared", [ENTITIES, OUTSIDE])
@pytest.mark.parametrize("before", ["", "<!-- " + "x" * 10_000 + " -->"])
def test_entities_are_refused_wherever_they_are_declared(declared, before):
    body = SHEET + "<sheetData><row><c t='inlineStr'><is><t>&a;</t></is></c></row></sheetData>"
    xml = f'<?xml version="1.0"?>{before}{declared}{body}</worksheet>'
    assert "结构异常" in refusal(with_sheet(xml))
    for encoding in ("utf-16", "utf-8"):
        part = {"word__document.xml": xml.encode(encoding)}
        assert "结构异常" in refusal(changed(saved(Document()), **part), "清单.docx")


def test_macros_are_refused():
    file = changed(workbook_of(HEAD, ROW), **{"xl__vbaProject.bin": b"x"})
    assert "有宏" in refusal(file, "清单.xlsm")
    document = changed(saved(Document()), **{"word__vbaProject.bin": b"x"})
    assert "Word 文档（*.docx）" in refusal(document, "清单.docm")


def test_other_archives_are_refused():
    assert "压缩包" in refusal(packed({"清单.xlsx": workbook_of(HEAD, ROW).getvalue()}), "清单.zip")
    assert "不是 Excel 工作簿" in refusal(packed({"mimetype": b"ods", "content.xml": b"<a/>"}))
    assert "二进制" in refusal(packed({"xl/workbook.bin": b"", "[Content_Types].xml": b"<a/>"}))


def test_a_part_of_a_file_is_refused():
    whole = workbook_of(HEAD, *[[n, *ROW[1:]] for n in range(1, 400)]).getvalue()
    for length in (100, 2000, len(whole) // 2, len(whole) - 10):
        assert "请" in refusal(whole[:length])


def test_what_is_too_much_is_told():
    rows = [[n, *ROW[1:]] for n in range(1, 30)]
    assert "超过20行" in refusal(workbook_of(HEAD, *rows), rows=20)
    assert "MB" in refusal(workbook_of(HEAD, ROW), file=1000)
    assert "文字太多" in refusal(workbook_of(HEAD, *rows), characters=500)
    text = "\n".join("\t".join(map(str, row)) for row in (HEAD, *rows))
    with pytest.raises(UnreadableError, match="超过20行"):
        read_text(text, Limits(rows=20))
    with pytest.raises(UnreadableError, match="文字太多"):
        read_text(text, Limits(characters=100))
    assert "20MB" in Limits().told
    assert "5000行" in Limits().told


def test_a_million_empty_rows_cost_nothing():
    empty = "".join(f'<row r="{n}"><c r="A{n}"/></row>' for n in range(3, 1_000_000))
    cells = "".join(
        f'<row r="{number}">'
        + "".join(f"<c t='inlineStr'><is><t>{cell}</t></is></c>" for cell in row)
        + "</row>"
        for number, row in ((1, HEAD), (2, ROW))
    )
    xml = f"{SHEET}<sheetData>{cells}{empty}</sheetData></worksheet>"
    (only,) = read_file(with_sheet(xml), "清单.xlsx").lists
    assert [item.title for item in only.rows.items] == ["新建公园1个。"]
    assert all(left.reason == "表头" for left in only.rows.leftovers)


def test_many_merged_cells_do_not_cost_memory():
    spans = "".join(f'<mergeCell ref="A1:XFD{n}"/>' for n in range(2, 40_000))
    head = "".join(f"<c t='inlineStr'><is><t>{cell}</t></is></c>" for cell in HEAD)
    cells = f"<row r='1'>{head}</row>"
    rows = "".join(f"<row r='{n}'><c><v>1</v></c></row>" for n in range(2, 400))
    xml = f"{SHEET}<sheetData>{cells}{rows}</sheetData><mergeCells>{spans}</mergeCells></worksheet>"
    assert "合并单元格太多" in refusal(with_sheet(xml))


def test_nonsense_in_a_sheet_is_a_sentence_and_no_crash():
    for row in (
        "<row r='x'/>",
        "<row><c r='1'><v>1</v></c></row>",
        "<row><c t='s'><v>9</v></c></row>",
    ):
        assert "无法读取" in refusal(with_sheet(f"{SHEET}<sheetData>{row}</sheetData></worksheet>"))
    assert "无法读取" in refusal(with_sheet(f"{SHEET}<sheetData><row>"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_but_never_crashes(data):
    whole = DAMAGED[data.draw(st.integers(0, 1))]
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = read_file(io.BytesIO(bytes(content)), "清单.xlsx")
    except UnreadableError as refused:
        assert str(refused).endswith("。")  # noqa: PT017 - either way is right
    else:
        assert read.lists


def _document() -> bytes:
    document = Document()
    table = document.add_table(0, len(HEAD))
    for row in (HEAD, ROW):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = str(text)
    return saved(document).getvalue()


DAMAGED = (workbook_of(HEAD, ROW).getvalue(), _document())


def test_a_sheet_whose_stated_size_is_wrong_is_read_whole():
    file = workbook_of(HEAD, ROW, [2, *ROW[1:]])
    with zipfile.ZipFile(file) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert '<dimension ref="A1:E3"' in xml
    wrong = xml.replace('<dimension ref="A1:E3"', '<dimension ref="A1"')
    (only,) = read_file(with_sheet(wrong), "清单.xlsx").lists
    assert len(only.rows.items) == 2


def test_a_formula_is_never_worked_out():
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(HEAD)
    sheet.append([1, "新建公园1个。", '=HYPERLINK("http://x")', "已选址。", "县住建局"])
    (only,) = read_file(saved(workbook), "清单.xlsx").lists
    (item,) = only.rows.items
    assert item.schedule == ""
    assert item.doubts == (
        "“Sheet”第2行C列是公式，文件里没有算好的结果；请在 WPS 或 Excel 中打开并保存一次再上传。",
    )


def test_long_runs_of_one_character_are_read_in_no_time():
    """Patterns that look again from every place would take hours."""
    for long in ("1" * 200_000, " " * 200_000, "\u2003" * 200_000, "1," * 100_000, "(" * 200_000):
        text = "\n".join(
            "\t".join(map(str, row)) for row in (HEAD, [1, f"公园{long}", long, long, "县住建局"])
        )
        (one,) = read_text(text).lists
        assert one.rows.items[0].title.startswith("公园")
        prose = f"1.公园{long}\n责任单位：县住建局\n进度安排：{long}\n{long}\n责任人：{long}甲"
        assert read_text(prose).lists[0].rows.items[0].lead_unit == "县住建局"
    code = "[" * 200_000
    workbook = Workbook()
    workbook.active.append(HEAD)
    workbook.active.append([1, "公园", 5, "已选址", "县住建局"])
    workbook.active["C2"].number_format = code
    assert read_file(saved(workbook), "清单.xlsx").lists[0].rows.items[0].schedule == "5"


def test_numbers_of_any_length_are_read():
    for number in ("9" * 30, "9" * 5000, "1e400", "-1e-400", "0.1" + "0" * 60):
        xml = "".join(
            f"<row r='{n}'>" + "".join(f"<c t='inlineStr'><is><t>{c}</t></is></c>" for c in row)
            for n, row in ((1, HEAD), (2, ["1", "公园1个", "年底完成", "已选址"]))
        ).replace("<row r='2'>", "</row><row r='2'>")
        sheet = f"{SHEET}<sheetData>{xml}<c><v>{number}</v></c></row></sheetData></worksheet>"
        (one,) = read_file(with_sheet(sheet), "清单.xlsx").lists
        assert one.rows.items[0].title == "公园1个"


PIECES = st.sampled_from(
    ["\t", "\n", "|", '"', " ", "1", "2.", "1.", "★", "（", "注：", "公园。", "合计", "一、"]
    + [
        "项目内容",
        "序号",
        "进度安排",
        "责任单位：",
        "任务分解：",
        "第一季度",
        "3月",
        "目标",
        "完成情况",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
@example("项目内容\t项目内容\t序号\n")
@example("目标\t项目内容\t序号")  # two columns for what only one may be
def test_any_text_is_read_or_refused(text):
    try:
        read = read_text(text)
    except UnreadableError as refused:
        assert str(refused).endswith("。")  # noqa: PT017 - either way is right
    else:
        assert any(one.rows.items for one in read.lists)
