"""Empty workbooks for a county's lists: what is filled in there is read without a question."""

from dataclasses import dataclass
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from livelihood.organisation.documents.fills import opaque

TITLES = {
    "province": "{year}年省政府民生实事项目实施计划",
    "city": "{year}年市政府民生实事项目实施计划",
    "county": "{year}年县政府民生实事项目实施计划",
}
SHEETS = {"province": "省级清单", "city": "市级清单", "county": "县级清单"}
NOTES = "填写说明"
FONT = "宋体"
BLANK_ROWS = 60

THIN = Side("thin", color=opaque("808080"))
BORDER = Border(THIN, THIN, THIN, THIN)
HEAD_FILL = PatternFill("solid", fgColor=opaque("DCE6F1"))
EXAMPLE_FILL = PatternFill("solid", fgColor=opaque("F2F2F2"))


@dataclass(frozen=True)
class TemplateColumn:
    """A column of a template: width in characters, how to fill it in, two examples."""

    heading: str
    width: int
    how: str
    examples: tuple[str, str]
    centred: bool = False


COLUMNS = (
    TemplateColumn(
        "项目名称",
        14,
        "事项所属的大类；同一大类的几行可以合并，也可以只填第一行。",
        ("一、“安居改造”工程", "一、“安居改造”工程"),
        centred=True,
    ),
    TemplateColumn("序号", 6, "从1开始，不重复。", ("1", "2"), centred=True),
    TemplateColumn(
        "项目内容",
        44,
        "一行一项；写明数量和单位，具体点位写在括号里；重点项目前加★。",
        ("既有住宅加装电梯10台（城关镇6台、东溪镇4台）。", "★为7500名适龄儿童免费窝沟封闭。"),
    ),
    TemplateColumn(
        "工作进度安排",
        48,
        "按季度或月份写明节点，尽量写明数量或百分比；数量是累计的，写“累计”。",
        (
            "第一季度：完成2台；第二季度：累计完成4台；第三季度：累计完成6台；"
            "第四季度：11月底前累计完成10台。",
            "3月底前制定方案；6月底前完成50%；9月底前完成80%；11月底前完成100%。",
        ),
    ),
    TemplateColumn(
        "目前实施情况",
        40,
        "年初导入时空着；年中导入时写截至目前的累计数。",
        ("已完成2台。", "已完成6024人，完成率80.3%。"),
    ),
    TemplateColumn("牵头单位", 16, "只填一个单位。", ("县住建局", "县卫健局"), centred=True),
    TemplateColumn(
        "配合单位", 20, "几个单位用顿号分开，可以空着。", ("县财政局、县市监局", "县教育局")
    ),
    TemplateColumn("责任领导", 12, "分管的县领导，可以空着。", ("王某某", "李某某"), centred=True),
    TemplateColumn(
        "责任人", 12, "牵头单位的负责人，可以空着。", ("张某某", "陈某某"), centred=True
    ),
)


def template_columns(level: str) -> tuple[TemplateColumn, ...]:
    """The columns of a level's template: the province's list has no groups."""
    return COLUMNS[1:] if level == "province" else COLUMNS


def list_template(level: str, year: int) -> bytes:
    """An empty workbook for one list, with a sheet that explains each column by examples.

    Args:
        level: "province", "city" or "county".
        year: of the list, for its title.

    Returns:
        The .xlsx file.
    """
    workbook = Workbook()
    workbook.properties.creator = ""
    columns = template_columns(level)
    _list_sheet(workbook.active, level, year, columns)
    _notes_sheet(workbook.create_sheet(NOTES), columns)
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _list_sheet(sheet, level: str, year: int, columns: tuple[TemplateColumn, ...]) -> None:
    sheet.title = SHEETS[level]
    sheet.append([TITLES[level].format(year=year)])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
    sheet["A1"].font = Font(FONT, size=18, bold=True)
    sheet["A1"].alignment = Alignment("center", "center")
    sheet.row_dimensions[1].height = 36
    sheet.append([column.heading for column in columns])
    sheet.row_dimensions[2].height = 24
    for cell in sheet[2]:
        _style(cell, bold=True, centred=True, fill=HEAD_FILL)
    for index, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width
        for number in range(3, 3 + BLANK_ROWS):
            cell = sheet.cell(number, index)
            _style(cell, centred=column.centred)
            cell.number_format = "@"  # what is typed stays as it was typed
    sheet.freeze_panes = "A3"
    sheet.print_title_rows = "1:2"
    _on_a4(sheet)


def _notes_sheet(sheet, columns: tuple[TemplateColumn, ...]) -> None:
    sheet.append(["栏目", "怎么填", "例一", "例二"])
    for cell in sheet[1]:
        _style(cell, bold=True, centred=True, fill=HEAD_FILL)
    for column in columns:
        sheet.append([column.heading, column.how, *column.examples])
        for cell in sheet[sheet.max_row]:
            _style(cell, fill=EXAMPLE_FILL if cell.column > 2 else None)
    sheet.append(["请填在前一张表里，不要改动表头；填好后直接上传，不用删去本说明。"])
    for letter, width in zip("ABCD", (14, 44, 44, 44), strict=True):
        sheet.column_dimensions[letter].width = width
    _on_a4(sheet)


def _on_a4(sheet) -> None:
    """Printed in landscape, as wide as the paper."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _style(cell, *, bold=False, centred=False, fill=None) -> None:
    cell.font = Font(FONT, size=11, bold=bold)
    cell.alignment = Alignment("center" if centred else "left", "center", wrap_text=True)
    cell.border = BORDER
    if fill is not None:
        cell.fill = fill
