"""A county's own Excel file with placeholders, checked and filled.

A placeholder stands in double braces, in Chinese: {{标题}} is said once, {{清单.项目内容}} in
a row that is repeated for every item. Styles, merged cells, heights and the print settings of
the file are kept. The file comes from outside: it is measured before it is unpacked.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from io import BytesIO
from typing import NamedTuple
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import MergedCell
from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.formula.translate import Translator
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from livelihood.organisation.documents.archive import SameZip
from livelihood.organisation.documents.fills import opaque
from livelihood.organisation.documents.lines import line_count
from livelihood.organisation.documents.table_xlsx import FORMULA_STARTS
from livelihood.organisation.documents.tables import Cell, Column, Kind, Table, words
from livelihood.organisation.words import printable
from progress.documents.report_workbook_reading import check_file
from progress.documents.sheet_rows import formulas, leads_out, lone_references, put_rows
from progress.rules.layout_columns import BY_WORD, COLUMNS, ColumnSpec, RowsOf
from projects.documents.archives import BROKEN_FILE, MEGABYTE, Limits, UnreadableError
from projects.documents.opening import SAVE_WORKBOOK

# A template is a head and a row of placeholders.
LIMITS = Limits(file=2 * MEGABYTE, unpacked=12 * MEGABYTE)
MOST_SHEETS, MOST_ROWS, MOST_COLUMNS = 10, 500, 100
HIGHEST_ROW = 409
# Points; to fit into the highest row, words are made so small at the most.
SMALLEST = 8
DEFAULT_SIZE = 11  # points, of a cell that names no size
DEFAULT_WIDTH = 8.43  # of a column that has none of its own
# Pixels: a half-width character of column width, what a cell keeps free.
UNIT, FREE = 7, 5
PIXELS_PER_POINT = 96 / 72
LINES_PER_SIZE = 1.5  # the height of a line, in sizes of its type
DATE_FORMAT = 'yyyy"年"m"月"d"日"'
# Parts of a file that are lost, or no longer right, when it is filled; what is said of them.
LOST = (
    (
        ("xl/media/", "xl/charts/", "xl/chartsheets/", "xl/drawings/drawing"),
        "里有图片、图表或图形，填写时无法保留。请删去再上传。",
    ),
    (("xl/tables/",), "里套用了 Excel 的“表格”，填写后范围不对。请在“表设计”里转换为区域再上传。"),
    (("xl/pivottables/",), "里有数据透视表，填写后范围不对。请删去再上传。"),
    (("xl/externallinks/",), "引用了其他工作簿，填写后会断开。请在“编辑链接”里断开链接再上传。"),
)
# Typed with a Chinese keyboard the braces are full-width; they mean the same.
PLACEHOLDER = re.compile(r"[{｛]{2}\s*([^{}｛｝]*?)\s*[}｝]{2}")
BRACES = re.compile(r"[{｛]{2}|[}｝]{2}")
# Stands in every file instead of the moment: the same list gives the same bytes.
MADE = datetime(2024, 1, 1)  # noqa: DTZ001 - as Excel has it
OF_LIST = "清单."
ONCE = {
    "标题": "版式的标题",
    "县名": "如苍南县",
    "年度": "如2023",
    "层级": "省级、市级或县级",
    "清单名称": "清单公布时的名称",
    "截至日期": "如2023年4月10日",
    "月日": "如4月10日",
    "月份": "如4月",
    "下月": "如5月",
    "季度": "如第二季度",
    "期号": "这一天的通报的期号，如第1期；还没有印发时为空",
    "项数": "列出的条目数",
    "说明": "范围、示例数据等须一并说明的话",
}
# Of the columns with one row for each item, by the words of a placeholder.
IN_ROWS = {f"{OF_LIST}{word}": spec.key for word, spec in BY_WORD.items() if spec.of is RowsOf.ITEM}
NOTES = "说明"
KNOWN = (*ONCE, *IN_ROWS)


class TemplateError(Exception):
    """A template that cannot be used; ``problems`` are all that is wrong, in Chinese."""

    def __init__(self, problems: Sequence[str]):
        super().__init__("".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Template:
    """A template that has been checked: its file, and the columns that it asks for."""

    content: bytes
    keys: tuple[str, ...]  # of progress.rules.layout_columns, in the order of the file


class _Found(NamedTuple):
    """One placeholder in a cell."""

    cell: SheetCell
    name: str


# -- Checking ------------------------------------------------------------------------------


def read_template(content: bytes, name: str) -> Template:
    """A template, if it can be filled.

    Args:
        content: the file.
        name: as the file is called, for the sentences.

    Raises:
        TemplateError: with everything that is wrong with it.
    """
    book = _open(content, name)
    problems: list[str] = []
    keys: dict[str, None] = {}
    repeated = _repeated(book)
    for sheet in book.worksheets:
        found = list(_placeholders(sheet))
        problems += [*_problems(sheet, found), *_formula_problems(sheet, repeated)]
        keys |= {IN_ROWS[f.name]: None for f in found if f.name in IN_ROWS}
    if not keys and not problems:
        example = f"{{{{{OF_LIST}项目内容}}}}"
        problems.append(
            f"模板里没有要逐项重复的行：至少一行须有以“{OF_LIST}”开头的占位符，如{example}。"
        )
    if problems:
        raise TemplateError(problems)
    return Template(content, tuple(keys))


def _open(content: bytes, name: str) -> Workbook:
    try:
        check_file(BytesIO(content), name, LIMITS)
        _refuse_what_is_lost(content, name)
        with warnings.catch_warnings():
            # What openpyxl does not keep (extensions) is of no concern.
            warnings.simplefilter("ignore")
            book = load_workbook(BytesIO(content), keep_links=False)
    except UnreadableError as error:
        raise TemplateError([str(error)]) from error
    except BROKEN_FILE as error:
        raise TemplateError([f"“{name}”无法打开，文件可能已损坏。{SAVE_WORKBOOK}"]) from error
    if len(book.worksheets) > MOST_SHEETS:
        raise TemplateError([f"模板最多{MOST_SHEETS}张工作表，请删去多余的。"])
    for sheet in book.worksheets:
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
            raise TemplateError(
                [
                    f"“{sheet.title}”用到了第{sheet.max_row}行、第{sheet.max_column}列，"
                    f"模板最多{MOST_ROWS}行、{MOST_COLUMNS}列。请删去下面和右边的空行、空列再保存。"
                ]
            )
    return book


def _refuse_what_is_lost(content: bytes, name: str) -> None:
    with ZipFile(BytesIO(content)) as archive:
        parts = [part.lower() for part in archive.namelist()]
    said = [f"“{name}”{words}" for lost, words in LOST if any(p.startswith(lost) for p in parts)]
    if said:
        raise TemplateError(said)


def _placeholders(sheet: Worksheet) -> Iterator[_Found]:
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                for match in PLACEHOLDER.finditer(cell.value):
                    yield _Found(cell, match[1])


def _place(cell: SheetCell) -> str:
    return f"工作表“{cell.parent.title}”第{cell.row}行{cell.column_letter}列"


def _repeated(book: Workbook) -> dict[str, int]:
    """The row of the list by the title of each sheet that has one."""
    return {
        sheet.title: found.cell.row
        for sheet in book.worksheets
        for found in _placeholders(sheet)
        if found.name in IN_ROWS
    }


def _problems(sheet: Worksheet, found: Sequence[_Found]) -> Iterator[str]:
    for each in found:
        if each.name not in KNOWN:
            yield f"{_place(each.cell)}：{_unknown(each.name)}"
        elif each.cell.data_type == "f":
            yield f"{_place(each.cell)}：公式里不能写占位符。"
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and BRACES.search(PLACEHOLDER.sub("", cell.value)):
                yield f"{_place(cell)}：花括号没有成对，占位符应写作{{{{标题}}}}的样子。"
    rows = sorted({each.cell.row for each in found if each.name.startswith(OF_LIST)})
    if len(rows) > 1:
        listed = "、".join(f"第{row}行" for row in rows)
        yield (
            f"工作表“{sheet.title}”的{listed}都有以“{OF_LIST}”开头的占位符，"
            "一张工作表只能有一行，请放到同一行。"
        )
    for merged in sheet.merged_cells.ranges:
        if rows and merged.min_row <= rows[0] <= merged.max_row != merged.min_row:
            yield (
                f"工作表“{sheet.title}”的{merged.coord}跨行合并，"
                f"包含了要逐项重复的第{rows[0]}行，请取消跨行合并。"
            )


def _formula_problems(sheet: Worksheet, repeated: Mapping[str, int]) -> Iterator[str]:
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, ArrayFormula | DataTableFormula):
                yield f"{_place(cell)}：不支持数组公式和模拟运算表，请改为普通公式。"
    for cell in formulas(sheet):
        try:
            lone = list(lone_references(cell.value, sheet.title, repeated))
            out = leads_out(cell.value)
        except TokenizerError:
            yield f"{_place(cell)}：公式无法识别，请改正或删去。"
            continue
        if out:
            yield f"{_place(cell)}：公式引用了其他工作簿，请改为数值或引用本工作簿。"
        if lone and cell.row != repeated.get(sheet.title):
            area = f"{lone[0]}:{lone[0].rpartition('!')[2]}"
            yield (
                f"{_place(cell)}：公式里的{lone[0]}在逐项重复的行上，只会算到第一项；"
                f"要算全部各项，请写成区域{area}，填写时会随行数扩大。"
            )


def _unknown(name: str) -> str:
    near = get_close_matches(name, KNOWN, 1, 0.4)
    if not near and not name.startswith(OF_LIST):
        near = [f"{OF_LIST}{word}" for word in get_close_matches(name, BY_WORD, 1, 0.5)]
    hint = f"是不是“{{{{{near[0]}}}}}”？" if near else "请对照占位符一览。"
    return f"没有“{{{{{name}}}}}”这个占位符，{hint}"


# -- Filling -------------------------------------------------------------------------------


def fill_template(
    template: Template, table: Table, once: Mapping[str, str], marks: Sequence[str] = ()
) -> bytes:
    """The template filled: the row of the list once for each row of the table.

    Args:
        template: as ``read_template`` gave it.
        table: its columns are ``template.keys``, one for one; it has no headings of groups.
        once: what the placeholders of ``ONCE`` stand for.
        marks: 演示数据 and the like, which must be said: in the head of every printed page, and
            below the list of a file that has no {{说明}}.

    Returns:
        An .xlsx file; the same table gives the same bytes.

    Raises:
        TemplateError: the file cannot be read any more.
    """
    book = _open(template.content, "模板.xlsx")
    explained = any(f.name == NOTES for sheet in book.worksheets for f in _placeholders(sheet))
    repeated = _repeated(book)
    for title in repeated:
        # On all sheets before the first row is written: formulas refer to each other's rows.
        put_rows(book[title], repeated, max(len(table.rows) - 1, 0))
    for sheet in book.worksheets:
        row = repeated.get(sheet.title)
        once_cells = [f.cell for f in _placeholders(sheet) if f.cell.row != row]
        _fill_once(sheet, once_cells, once)
        _fill_head_and_foot(sheet, once)
        if row is not None:
            written = _List(sheet, row, template.keys, table, once)
            written.write()
            if marks:
                _mark(sheet, marks, "" if explained else once.get(NOTES, ""))
            if written.cut:
                _put(sheet.cell(sheet.max_row + 1, 1), _cut_note(written.cut))
    return _bytes_of(book)


def _bytes_of(book: Workbook) -> bytes:
    book.properties.created = book.properties.modified = MADE
    stream = BytesIO()
    ExcelWriter(book, SameZip(stream)).save()
    return stream.getvalue()


def _mark(sheet: Worksheet, marks: Sequence[str], notes: str) -> None:
    right = sheet.oddHeader.right
    right.text = "　".join(filter(None, [right.text, *marks]))
    if notes:
        _put(sheet.cell(sheet.max_row + 1, 1), notes)


def _cut_note(rows: Sequence[int]) -> str:
    listed = "、".join(f"第{row}行" for row in rows)
    return f"注意：{listed}的文字太长，一行放不下，打印不全；请加宽列或改用版式的列打印。"


def _fill_once(sheet: Worksheet, cells: Iterable[SheetCell], once: Mapping[str, str]) -> None:
    for cell in cells:
        if isinstance(cell.value, str):
            _put(cell, PLACEHOLDER.sub(lambda match: once.get(match[1], ""), cell.value))


def _fill_head_and_foot(sheet: Worksheet, once: Mapping[str, str]) -> None:
    for band in (sheet.oddHeader, sheet.oddFooter, sheet.evenHeader, sheet.evenFooter):
        for part in (band.left, band.center, band.right):
            if part.text:
                # & begins a code there, such as the page's number.
                part.text = PLACEHOLDER.sub(
                    lambda match: once.get(match[1], "").replace("&", "&&"), part.text
                )


def _put(cell: SheetCell, value: Cell) -> None:
    """A value in a cell; a text that begins with = stays a text."""
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = printable(value)
    cell.data_type = "s"
    # So that it also stays one when the cell is edited.
    cell.quotePrefix = cell.value.startswith(FORMULA_STARTS)


class _Formula(NamedTuple):
    """A formula of the template, and where it stands there."""

    text: str
    origin: str

    @classmethod
    def of(cls, cell: SheetCell) -> object:
        """The value of a cell; a formula with its place."""
        is_formula = cell.data_type == "f" and isinstance(cell.value, str)
        return cls(cell.value, cell.coordinate) if is_formula else cell.value

    def at(self, cell: SheetCell) -> str:
        """The formula as it is copied into another cell: what it refers to moves with it."""
        return Translator(self.text, self.origin).translate_formula(cell.coordinate)


class _List:
    """The row of a sheet that is repeated for every item."""

    def __init__(
        self, sheet: Worksheet, row: int, keys: Sequence[str], table: Table, once: Mapping[str, str]
    ):
        self.sheet, self.row, self.table, self.once = sheet, row, table, once
        self.columns = {key: at for at, key in enumerate(keys)}
        self.cells = [
            (cell.column, _Formula.of(cell), copy(cell._style))
            for cell in sheet[row]
            if not isinstance(cell, MergedCell)
        ]
        self.blank = [
            (cell.column, copy(cell._style)) for cell in sheet[row] if isinstance(cell, MergedCell)
        ]
        self.merged = [m for m in sheet.merged_cells.ranges if m.min_row == m.max_row == row]
        self.height = sheet.row_dimensions[row].height
        # Rows whose words do not fit into them.
        self.cut: list[int] = []

    def write(self) -> None:
        """Write the rows, for which there is room."""
        if not self.table.rows:
            self._write_empty()
        for offset, values in enumerate(self.table.rows):
            self._write_row(self.row + offset, values)
        self._merge_groups()

    def _write_empty(self) -> None:
        first = True
        for column, _value, _style in self.cells:
            _put(self.sheet.cell(self.row, column), self.table.empty if first else None)
            first = False

    def _write_row(self, row: int, values: Sequence[Cell]) -> None:
        needed = self.height or 0.0
        for column, style in self.blank:
            self.sheet.cell(row, column)._style = copy(style)
        for column, pattern, style in self.cells:
            cell = self.sheet.cell(row, column)
            cell._style = copy(style)
            self._write_cell(cell, pattern, values)
            needed = max(needed, self._fitted(cell))
        if row != self.row:
            for merged in self.merged:
                self.sheet.merge_cells(
                    start_row=row,
                    end_row=row,
                    start_column=merged.min_col,
                    end_column=merged.max_col,
                )
        if needed > HIGHEST_ROW:
            self.cut.append(row)
        self.sheet.row_dimensions[row].height = min(needed, HIGHEST_ROW)

    def _write_cell(self, cell: SheetCell, pattern: object, values: Sequence[Cell]) -> None:
        if isinstance(pattern, _Formula):
            cell.value = pattern.at(cell)
            return
        if not isinstance(pattern, str):
            cell.value = pattern
            return
        alone = PLACEHOLDER.fullmatch(pattern.strip())
        if alone and alone[1] in IN_ROWS:
            self._write_value(cell, IN_ROWS[alone[1]], values)
            return
        _put(cell, PLACEHOLDER.sub(lambda match: self._words(match[1], values), pattern))

    def _write_value(self, cell: SheetCell, key: str, values: Sequence[Cell]) -> None:
        """A number as a number, a date as a date; in the cell's own format where it has one."""
        at = self.columns[key]
        value, column = values[at], self.table.columns[at]
        plain = cell.number_format == "General"
        if isinstance(value, date) and plain:
            cell.number_format = DATE_FORMAT
        elif column.kind is Kind.PERCENT and isinstance(value, float) and "%" in cell.number_format:
            value = round(value / 100, 10)
        elif isinstance(value, float) and plain:
            cell.number_format = "0." + "0" * column.decimals if column.decimals else "0"
        _put(cell, value)

    def _words(self, name: str, values: Sequence[Cell]) -> str:
        if name not in IN_ROWS:
            return self.once.get(name, "")
        at = self.columns[IN_ROWS[name]]
        return words(values[at], self.table.columns[at])

    def _fitted(self, cell: SheetCell) -> float:
        """The height that a cell needs, its type made smaller where a row cannot be so high."""
        points, size = self._points(cell), cell.font.size or DEFAULT_SIZE
        while points > HIGHEST_ROW and size > SMALLEST:
            size = max(size - 0.5, SMALLEST)
            cell.font = _sized(cell.font, size)
            points = self._points(cell)
        return points

    def _points(self, cell: SheetCell) -> float:
        """How high the cell's words need the row to be, in points."""
        if cell.value is None:
            return 0.0
        text = cell.value if isinstance(cell.value, str) else ""
        size = cell.font.size or DEFAULT_SIZE
        width = sum(_width(self.sheet, column) for column in self._columns_of(cell))
        # A half-width character is half as wide as its size is high; one is kept in reserve.
        capacity = max(int((width * UNIT - FREE) / (size * PIXELS_PER_POINT / 2)) - 1, 2)
        lines = line_count(text, capacity) if cell.alignment.wrap_text else text.count("\n") + 1
        return lines * size * LINES_PER_SIZE + FREE

    def _columns_of(self, cell: SheetCell) -> Iterable[int]:
        for merged in self.merged:
            if merged.min_col <= cell.column <= merged.max_col:
                return range(merged.min_col, merged.max_col + 1)
        return (cell.column,)

    def _merge_groups(self) -> None:
        """What the table has as one cell becomes one, where the file has the column alone."""
        wide = {column for m in self.merged for column in range(m.min_col, m.max_col + 1)}
        for column, pattern, _style in self.cells:
            alone = isinstance(pattern, str) and PLACEHOLDER.fullmatch(pattern.strip())
            if not alone or alone[1] not in IN_ROWS or column in wide:
                continue
            for merge in self.table.merges:
                if merge.column == self.columns[IN_ROWS[alone[1]]]:
                    self.sheet.merge_cells(
                        start_row=self.row + merge.first,
                        end_row=self.row + merge.last,
                        start_column=column,
                        end_column=column,
                    )


def _sized(font: Font, size: float) -> Font:
    smaller = copy(font)
    smaller.size = size
    return smaller


def _width(sheet: Worksheet, column: int) -> float:
    letter = get_column_letter(column)
    for dimension in sheet.column_dimensions.values():
        # One entry of the file may be for several columns.
        if dimension.width and (dimension.min or 0) <= column <= (dimension.max or 0):
            return dimension.width
    own = sheet.column_dimensions[letter].width if letter in sheet.column_dimensions else None
    return own or sheet.sheet_format.defaultColWidth or DEFAULT_WIDTH


def try_template(template: Template) -> None:
    """Fill a template with one row and with two, so that what breaks is known beforehand.

    Raises:
        TemplateError: it cannot be filled.
    """
    columns = tuple(_column(COLUMNS[key]) for key in template.keys)
    try:
        for count in (1, 2):
            rows = ((None,) * len(columns),) * count
            table = Table("试填", "试填", columns, rows)
            fill_template(template, table, dict.fromkeys(ONCE, ""))
    except (*BROKEN_FILE, TokenizerError) as error:
        raise TemplateError([f"这个文件无法填写。{SAVE_WORKBOOK}"]) from error


def _column(spec: ColumnSpec) -> Column:
    return Column(spec.heading, spec.width, Kind(spec.kind))


# -- The sample ----------------------------------------------------------------------------

_SAMPLE = (
    ("序号", "清单.序号", 6),
    ("项目内容", "清单.项目内容", 40),
    ("工作进度安排", "清单.工作进度安排", 44),
    ("目前实施情况", "清单.目前实施情况", 40),
    ("形象进度", "清单.形象进度", 10),
    ("牵头单位", "清单.牵头单位", 14),
)


def sample_template() -> bytes:
    """A small template to begin with: title, date, head, the row that is repeated, a foot."""
    book = Workbook()
    sheet = book.active
    sheet.title = "清单"
    edge = Side(style="thin", color=opaque("5B6773"))
    border = Border(left=edge, right=edge, top=edge, bottom=edge)
    wide = len(_SAMPLE)
    for row, text, size in (
        (1, "{{标题}}", 16),
        (2, "{{县名}}　截至{{截至日期}}　共{{项数}}项", 10),
    ):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=wide)
        sheet.cell(row, 1, text).font = Font(name="宋体", size=size, bold=row == 1)
        sheet.cell(row, 1).alignment = Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 32
    for at, (heading, name, width) in enumerate(_SAMPLE, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
        head, cell = sheet.cell(3, at, heading), sheet.cell(4, at, f"{{{{{name}}}}}")
        head.font, cell.font = Font(name="宋体", size=10, bold=True), Font(name="宋体", size=10)
        head.fill = PatternFill("solid", fgColor=opaque("E6EAEF"))
        head.border = cell.border = border
        text = COLUMNS[IN_ROWS[name]].kind == Kind.TEXT
        cell.alignment = Alignment(
            wrap_text=True, vertical="center", horizontal=None if text else "center"
        )
        head.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    sheet.cell(5, 1, "{{说明}}").font = Font(name="宋体", size=10)
    sheet.merge_cells(start_row=5, end_row=5, start_column=1, end_column=wide)
    sheet.freeze_panes, sheet.print_title_rows = "A4", "3:3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
    return _bytes_of(book)
