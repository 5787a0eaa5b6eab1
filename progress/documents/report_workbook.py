"""The workbook of a round: what a unit downloads, fills offline and sends back.

Every row carries a key in a hidden column, so that rows may be sorted, moved or deleted; a
hidden sheet says of which county, round and unit the workbook is. Reading it again is in
``report_workbook_reading``. Plain rows in, bytes out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from io import BytesIO
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from livelihood.organisation.documents.fills import opaque
from livelihood.organisation.documents.lines import line_count
from livelihood.organisation.documents.table_xlsx import (
    FORMULA_STARTS,
    HIGHEST_ROW,
    TEXT_FONT,
)
from livelihood.organisation.words import printable

# Stands in A1 of the hidden sheet; another number when the workbook is laid out anew.
FORMAT = "livelihood-report-1"
TECHNICAL_SHEET = "技术信息"
KEY_HEADING = "行标识"
YES, NO = "是", "否"
WIDEST_COLUMN = 250
POINTS_PER_LINE = 15


class Kind(StrEnum):
    """What may be entered in a cell."""

    NUMBER = "number"  # 0 or more, at most four decimals
    PERCENT = "percent"  # 0 or more, above 100 allowed
    SHARE = "share"  # 0 to 100
    TEXT = "text"
    DATE = "date"
    YES_NO = "yes_no"
    YES = "yes"
    STAGE = "stage"


class Column(NamedTuple):
    """A column: field, heading, width in characters, and what may be entered, if anything."""

    name: str
    heading: str
    width: int
    kind: Kind | None = None


class Layout(NamedTuple):
    """A sheet of rows of one sort; ``prefix`` begins the keys of its rows."""

    prefix: str
    title: str
    note: str
    columns: tuple[Column, ...]

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns that are filled in."""
        return tuple(column for column in self.columns if column.kind is not None)


PROGRESS = Layout(
    "P",
    "进展填报",
    "没有变化的事项在“无变化”列选“是”，其余不动；文字每个事项只在第一行填写。",
    (
        Column("serial", "序号", 5),
        Column("project", "事项", 21),
        Column("lists", "所在清单", 11),
        Column("indicator", "指标（计量单位）", 16),
        Column("target", "目标值", 10),
        Column("last", "上期累计", 10),
        Column("planned", "本期计划", 11),
        Column("average", "全市平均", 9),
        Column("state", "填报状态", 8),
        Column("value", "本期累计完成数", 11, Kind.NUMBER),
        Column("percent", "形象进度%", 8, Kind.PERCENT),
        Column("unchanged", "无变化", 7, Kind.YES),
        Column("narrative", "进展情况", 36, Kind.TEXT),
        Column("problems", "存在问题", 18, Kind.TEXT),
        Column("help_needed", "需要协调", 14, Kind.TEXT),
        Column("cause", "滞后原因", 14, Kind.TEXT),
        Column("catch_up_on", "计划赶上日期", 14, Kind.DATE),
        Column("declares_completion", "申报完成", 7, Kind.YES_NO),
    ),
)
MILESTONES = Layout(
    "M",
    "节点",
    "列出已经到期和今后60天内到期的节点；完成的选“是”并填完成日期，没有完成的选“否”。",
    (
        Column("project", "事项", 24),
        Column("lists", "所在清单", 13),
        Column("label", "时段", 13),
        Column("due", "到期日", 14),
        Column("text", "内容（清单原文）", 60),
        Column("before", "上期情况", 9),
        Column("met", "已完成", 9, Kind.YES_NO),
        Column("met_on", "完成日期", 15, Kind.DATE),
    ),
)
SITES = Layout(
    "S",
    "点位",
    "每个点位选当前阶段；形象进度填0至100之间的数。",
    (
        Column("project", "事项", 28),
        Column("lists", "所在清单", 13),
        Column("site", "点位", 44),
        Column("last_stage", "上期阶段", 12),
        Column("last_percent", "上期形象进度%", 12),
        Column("stage", "阶段", 13, Kind.STAGE),
        Column("percent", "形象进度%", 12, Kind.SHARE),
    ),
)
PLACES = Layout(
    "A",
    "任务分解",
    "填年初以来的累计完成数，各处相加应等于“进展填报”中的数。",
    (
        Column("project", "事项", 28),
        Column("lists", "所在清单", 13),
        Column("place", "镇乡（街道）", 22),
        Column("share", "任务数", 12),
        Column("unit", "计量单位", 10),
        Column("note", "说明", 26),
        Column("last", "上期累计", 12),
        Column("value", "累计完成数", 14, Kind.NUMBER),
    ),
)
LAYOUTS = (PROGRESS, MILESTONES, SITES, PLACES)


class BookRow(NamedTuple):
    """One row: its key, plain values by column name, and the columns open for entries."""

    key: str
    values: Mapping[str, object]
    open: frozenset[str]


class Head(NamedTuple):
    """Whose workbook it is; ``versions`` are those of the reports, by project, 0 for none."""

    county: str
    round: date
    unit: int
    round_name: str
    unit_name: str
    versions: Mapping[int, int]


@dataclass(frozen=True)
class Book:
    """All that the workbook says.

    ``facts`` are label and words for the first sheet; ``rows`` by the prefix of a layout;
    ``stages`` the words of the stages of a site.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    notes: Sequence[str]
    head: Head
    rows: Mapping[str, Sequence[BookRow]]
    stages: Sequence[str]


THIN = Side(style="thin", color=opaque("8794A1"))
BORDER = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
PLAIN = Font(name=TEXT_FONT, size=10)
BOLD = Font(name=TEXT_FONT, size=10, bold=True)
QUIET = Font(name=TEXT_FONT, size=10, color=opaque("52606D"))
HEADING = Font(name=TEXT_FONT, size=16, bold=True)
WRAPPED = Alignment(wrap_text=True, vertical="top")
CENTRED = Alignment(wrap_text=True, vertical="center", horizontal="center")
FIGURE = Alignment(wrap_text=True, vertical="top", horizontal="right")
CHOICE = Alignment(wrap_text=True, vertical="top", horizontal="center")
INPUT_FILL = PatternFill("solid", fgColor=opaque("FFF8D6"))
HEAD_FILL = PatternFill("solid", fgColor=opaque("E6EAEF"))
CLOSED_FILL = PatternFill("solid", fgColor=opaque("EDEFF2"))
INPUT_HEAD_FILL = PatternFill("solid", fgColor=opaque("FCE9A0"))
UNLOCKED = Protection(locked=False)
DATE_FORMAT = 'yyyy"年"m"月"d"日"'
ALIGNMENTS = {
    Kind.NUMBER: FIGURE,
    Kind.PERCENT: FIGURE,
    Kind.SHARE: FIGURE,
    Kind.YES_NO: CHOICE,
    Kind.YES: CHOICE,
    Kind.STAGE: CHOICE,
    Kind.DATE: CHOICE,
}
# Columns of figures, also where the lists differ and it takes words to say them.
FIGURES = frozenset({"target", "last", "planned", "average", "share", "last_percent"})
CENTRED_COLUMNS = frozenset({"serial", "due", "lists", "state", "before", "unit"})
# What is the same in the next row of a project is printed in grey there.
REPEATED = frozenset({"serial", "project", "lists"})
GROUP_ROW, HEAD_ROW, FIRST_ROW = 3, 4, 5


def report_workbook(book: Book) -> bytes:
    """The .xlsx file: instructions, one sheet for each sort of row there is, technical sheet."""
    workbook = Workbook()
    _write_instructions(workbook.active, book)
    for layout in LAYOUTS:
        rows = book.rows.get(layout.prefix, ())
        if rows:
            _write_rows(workbook.create_sheet(layout.title), layout, rows, book)
    _write_technical(workbook.create_sheet(TECHNICAL_SHEET), book.head)
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def put(cell, value: object) -> None:
    """Write a plain value; a text stays a text, whatever it begins with."""
    if isinstance(value, str):
        value = printable(value)
        cell.value = value
        cell.data_type = "s"
        # So that it also stays one when the cell is edited in Excel.
        cell.quotePrefix = value.startswith(FORMULA_STARTS)
        return
    cell.value = value
    if isinstance(value, date):
        cell.number_format = DATE_FORMAT


def _write_rows(sheet: Worksheet, layout: Layout, rows: Sequence[BookRow], book: Book) -> None:
    columns = _widened(layout.columns, rows)
    last = get_column_letter(len(columns) + 1)
    put(sheet["B1"], f"{book.title}　{layout.title}")
    sheet["B1"].font = HEADING
    sheet.row_dimensions[1].height = 26
    put(sheet["B2"], f"浅黄色的格子可以填写，其余已锁定。{layout.note}")
    sheet["B2"].font = PLAIN
    for index, words in enumerate(book.notes):
        # At the right end, where it is printed and does not run into the note on the left.
        cell = sheet.cell(1, len(columns) + 1 - index, words)
        cell.font, cell.alignment = BOLD, Alignment(horizontal="right", vertical="center")
    _write_head(sheet, columns)
    open_cells: dict[Kind, list[str]] = {}
    project = None
    for number, row in enumerate(rows, start=FIRST_ROW):
        _write_row(sheet, number, columns, row, open_cells)
        if row.values.get("project") == project:
            _quieten(sheet, number, columns)
        project = row.values.get("project")
    _validate(sheet, open_cells, book.stages)
    sheet.column_dimensions["A"].hidden = True
    for index, column in enumerate(columns, start=2):
        sheet.column_dimensions[get_column_letter(index)].width = column.width
    # Title and names stay in view; on a small screen no more than that fits.
    sheet.freeze_panes = sheet.cell(FIRST_ROW, 4 if layout is PROGRESS else 3)
    sheet.auto_filter.ref = f"B{HEAD_ROW}:{last}{FIRST_ROW + len(rows) - 1}"
    sheet.print_title_rows = f"{GROUP_ROW}:{HEAD_ROW}"
    sheet.print_area = f"B1:{last}{FIRST_ROW + len(rows) - 1}"
    _set_up_page(sheet)
    _protect(sheet)


def _lines(values: Iterable[object], columns: Iterable[Column]) -> int:
    """How many lines the fullest cell of a row takes."""
    room = zip(values, columns, strict=True)
    counts = (line_count(words, each.width - 2) for words, each in room if isinstance(words, str))
    return max(counts, default=1)


def _widened(columns: Sequence[Column], rows: Sequence[BookRow]) -> list[Column]:
    """The columns, those with long texts so wide that no row must be higher than Excel can."""
    most = (HIGHEST_ROW - 5) // POINTS_PER_LINE
    widened = []
    for column in columns:
        values = [row.values.get(column.name) for row in rows]
        while column.width < WIDEST_COLUMN and any(
            _lines([value], [column]) > most for value in values
        ):
            column = column._replace(width=min(column.width + 10, WIDEST_COLUMN))
        widened.append(column)
    return widened


def _write_head(sheet: Worksheet, columns: Sequence[Column]) -> None:
    first_input = 2 + next(i for i, column in enumerate(columns) if column.kind is not None)
    put(sheet.cell(HEAD_ROW, 1), KEY_HEADING)
    for index, column in enumerate(columns, start=2):
        fill = HEAD_FILL if column.kind is None else INPUT_HEAD_FILL
        group = sheet.cell(GROUP_ROW, index)
        if index in (2, first_input):
            put(group, "清单、计划和上期（不用填）" if column.kind is None else "请填写")
        for cell in (group, sheet.cell(HEAD_ROW, index)):
            cell.font, cell.fill, cell.border, cell.alignment = BOLD, fill, BORDER, CENTRED
        put(sheet.cell(HEAD_ROW, index), column.heading)
    sheet.merge_cells(
        start_row=GROUP_ROW, end_row=GROUP_ROW, start_column=2, end_column=first_input - 1
    )
    sheet.merge_cells(
        start_row=GROUP_ROW,
        end_row=GROUP_ROW,
        start_column=first_input,
        end_column=len(columns) + 1,
    )
    sheet.row_dimensions[GROUP_ROW].height = 20
    lines = _lines([column.heading for column in columns], columns)
    sheet.row_dimensions[HEAD_ROW].height = POINTS_PER_LINE * max(lines, 2) + 4


def _write_row(sheet, number, columns, row: BookRow, open_cells: dict[Kind, list[str]]) -> None:
    put(sheet.cell(number, 1), row.key)
    for index, column in enumerate(columns, start=2):
        cell = sheet.cell(number, index)
        value = row.values.get(column.name)
        if column.kind is Kind.TEXT:
            # As text even what the reporter types: "-3" is words here, not a sum.
            cell.number_format = "@"
        put(cell, value)
        cell.border, cell.font, cell.alignment = BORDER, PLAIN, _alignment(column)
        if column.kind is None:
            continue
        if column.name not in row.open:
            cell.fill = CLOSED_FILL
            continue
        cell.fill, cell.protection = INPUT_FILL, UNLOCKED
        if column.kind is Kind.DATE:
            cell.number_format = DATE_FORMAT
        open_cells.setdefault(column.kind, []).append(cell.coordinate)
    shown = [row.values.get(column.name) for column in columns]
    # Where words are to be written there is room for a second line.
    least = 2 if any(column.kind is Kind.TEXT for column in columns) else 1
    lines = max(least, _lines(shown, columns))
    sheet.row_dimensions[number].height = min(POINTS_PER_LINE * lines + 5, HIGHEST_ROW)


def _alignment(column: Column) -> Alignment:
    if column.name in FIGURES:
        return FIGURE
    return CHOICE if column.name in CENTRED_COLUMNS else ALIGNMENTS.get(column.kind, WRAPPED)


def _quieten(sheet: Worksheet, number: int, columns: Sequence[Column]) -> None:
    for index, column in enumerate(columns, start=2):
        if column.name in REPEATED:
            sheet.cell(number, index).font = QUIET


def _validation(kind: Kind, stages: Sequence[str]) -> DataValidation | None:
    """What Excel itself refuses to take."""
    if kind in (Kind.NUMBER, Kind.PERCENT):
        rule = DataValidation("decimal", operator="greaterThanOrEqual", formula1="0")
        rule.error = "请填0或大于0的数，只写数字，不写单位。"
    elif kind is Kind.SHARE:
        rule = DataValidation("decimal", operator="between", formula1="0", formula2="100")
        rule.error = "请填0至100之间的数，只写数字。"
    elif kind is Kind.DATE:
        rule = DataValidation(
            "date",
            operator="between",
            formula1="DATE(2000,1,1)",
            formula2="DATE(2100,12,31)",
        )
        rule.error = "请填日期，写作2023-4-30的样子。"
    elif kind in (Kind.YES_NO, Kind.YES, Kind.STAGE):
        choices = {Kind.YES_NO: (YES, NO), Kind.YES: (YES,), Kind.STAGE: stages}[kind]
        rule = DataValidation("list", formula1=f'"{",".join(choices)}"')
        rule.error = f"请从列表中选：{'、'.join(choices)}；不填则留空。"
    else:
        return None
    rule.errorTitle = "不能这样填"
    rule.allow_blank = rule.showErrorMessage = True
    return rule


def _validate(sheet: Worksheet, open_cells: Mapping[Kind, list[str]], stages) -> None:
    for kind, cells in open_cells.items():
        rule = _validation(kind, stages)
        if rule is not None:
            for coordinate in cells:
                rule.add(coordinate)
            sheet.add_data_validation(rule)


def _set_up_page(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.7
    sheet.page_margins.header = sheet.page_margins.footer = 0.3
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"


def _protect(sheet: Worksheet) -> None:
    """Locked against slips, without a password: a help and not a wall."""
    protection = sheet.protection
    protection.sheet = True
    # False means allowed.
    protection.formatRows = protection.formatColumns = False
    protection.autoFilter = protection.sort = False


@cache
def _explanations() -> tuple[tuple[str, str], ...]:
    return (
        ("本期累计完成数", "年初以来的累计数，不是本月新增数。已按上期填好，有变化的改掉。"),
        (
            "形象进度%",
            "没有数字可填的，填全年任务完成的百分比，如35。有数字的可以留空；填了的以它研判。",
        ),
        (
            "无变化",
            "本期与上期完全相同的事项，在它的第一行选“是”，其他格子不动。选了“是”就不要再改其他内容。",
        ),
        ("进展情况、存在问题、需要协调", "每个事项只在第一行填写。一格内换行按 Alt+Enter。"),
        ("滞后原因、计划赶上日期", "落后于计划的事项填写，日期写作2023-4-30的样子。"),
        ("申报完成", "整个事项全部完成，请求确认的，选“是”。"),
        ("节点", "已经到期和今后60天内到期的节点是否完成；选“是”的填完成日期。"),
        ("点位、任务分解", "本单位的事项有点位或任务分解的，才有这两张表。"),
    )


STEPS = (
    "1. 在浅黄色的格子里填写，可以不联网，用 Excel 或 WPS 都可以。其他格子已锁定，没有密码。",
    "2. 可以排序、筛选、删去不填的行；删去的行按不改动处理。请不要改标题行。",
    "3. 保存为“Excel 工作簿（*.xlsx）”，回到下载的页面上传。",
    "4. 上传后先预览每一处改动；有误之处会全部列出，并可以下载标红的文件。确认后才存为草稿。",
    "5. 浅黄色的格子里不要写公式；从别的表复制时，选“粘贴为数值”。",
)


def _write_instructions(sheet: Worksheet, book: Book) -> None:
    sheet.title = "填报说明"
    wide = Column("", "", 126)
    columns = Column("", "", 30), Column("", "", 96)
    for letter, column in zip("AB", columns, strict=True):
        sheet.column_dimensions[letter].width = column.width
    head = Font(name=TEXT_FONT, size=12, bold=True)
    # (font of the first cell, its text, the second text; None: one cell over both columns)
    lines = [
        (HEADING, book.title, None),
        *((BOLD, note, None) for note in book.notes),
        *((BOLD, label, words) for label, words in book.facts),
        (head, "怎样填", None),
        *((PLAIN, step, None) for step in STEPS),
        (head, "各栏说明", None),
        *((BOLD, label, words) for label, words in _explanations()),
    ]
    for number, (font, first, second) in enumerate(lines, start=1):
        put(sheet.cell(number, 1), first)
        put(sheet.cell(number, 2), second)
        for index, style in ((1, font), (2, PLAIN)):
            sheet.cell(number, index).font = style
            sheet.cell(number, index).alignment = WRAPPED
        if second is None:
            sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=2)
            height = POINTS_PER_LINE * _lines([first], [wide]) + 4
        else:
            height = POINTS_PER_LINE * _lines([first, second], columns) + 4
        extra = {HEADING: 10, head: 12}.get(font, 0)
        sheet.row_dimensions[number].height = height + extra
        if extra:
            sheet.cell(number, 1).alignment = Alignment(wrap_text=True, vertical="bottom")
    sheet.sheet_view.showGridLines = False
    _set_up_page(sheet)
    _protect(sheet)


def _write_technical(sheet: Worksheet, head: Head) -> None:
    """Plain cells: what the product reads back; nobody needs to see it."""
    rows: Iterable[tuple] = (
        (FORMAT, "请勿改动本表"),
        ("county", head.county),
        ("round", head.round.isoformat()),
        ("round_name", head.round_name),
        ("unit", head.unit),
        ("unit_name", head.unit_name),
        *(("version", project, version) for project, version in head.versions.items()),
    )
    for number, values in enumerate(rows, start=1):
        for index, value in enumerate(values, start=1):
            put(sheet.cell(number, index), value)
    sheet.sheet_state = "veryHidden"
    _protect(sheet)
