"""A row of a workbook that becomes many: all that lies below moves, all that refers to it follows.

References are moved as spreadsheet programs move them when rows are put in: what is below goes
down with its rows, and an area that holds the row holds the new ones as well, in the formulas,
names, rules and print settings of all sheets.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from openpyxl.cell import Cell
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

# The last row of a sheet: areas of whole columns end there.
LAST_ROW = 1_048_576
# C2, $C$2, C2:D9, 3:3; columns alone (A:A) have no rows to be moved.
REFERENCE = re.compile(
    r"(?P<left>\$?[A-Za-z]{1,3})?(?P<top>\$?[1-9][0-9]{0,6})"
    r"(?P<colon>:)?(?P<right>\$?[A-Za-z]{1,3})?(?P<bottom>\$?[1-9][0-9]{0,6})?"
)


class Put(NamedTuple):
    """Rows that are put in below a row of a sheet, as further ones of its kind.

    ``repeated`` are the rows of that kind by sheet, this one among them.
    """

    sheet: str
    row: int
    more: int
    repeated: Mapping[str, int]

    def moved(self, row: int) -> int:
        """Where a row is afterwards."""
        return min(row + self.more, LAST_ROW) if row > self.row else row

    def grown(self, row: int) -> int:
        """Where the end of an area is afterwards."""
        return min(row + self.more, LAST_ROW) if row >= self.row else row


def put_rows(sheet: Worksheet, repeated: Mapping[str, int], more: int) -> None:
    """Make room for ``more`` rows below the repeated row of a sheet.

    Args:
        sheet: of a workbook that is kept in memory as a whole.
        repeated: the row by the title of each sheet that has one; this sheet is among them.
        more: at least 0.
    """
    put = Put(sheet.title, repeated[sheet.title], more, repeated)
    if not more:
        return
    _move_cells(sheet, put)
    _move_areas(sheet, put)
    for other in sheet.parent.worksheets:
        for cell in formulas(other):
            # A formula of a repeated row is copied with it: what it says of its own row stays.
            copied = cell.row == repeated.get(other.title)
            cell.value = moved_formula(cell.value, other.title, put, copied=copied)
        _move_rules(other, put)
    for names in (sheet.parent.defined_names, *(s.defined_names for s in sheet.parent.worksheets)):
        for name in names.values():
            name.value = moved_formula(f"={name.value or ''}", "", put)[1:]


def formulas(sheet: Worksheet) -> Iterator[Cell]:
    """The cells of a sheet that hold a formula."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f" and isinstance(cell.value, str):
                yield cell


def lone_references(formula: str, own: str, repeated: Mapping[str, int]) -> Iterator[str]:
    """The references of a formula to a single cell of a repeated row.

    Args:
        formula: with its equals sign.
        own: the title of its sheet.
        repeated: the row by the title of each sheet that has one.
    """
    for token in Tokenizer(formula).items:
        sheet, reference = _split(token, own)
        match = REFERENCE.fullmatch(reference)
        if not match or not match["left"] or match["colon"]:
            continue
        if _number(match["top"]) == repeated.get(_known(sheet, repeated)):
            yield token.value


def leads_out(formula: str) -> bool:
    """Whether a formula refers to another workbook."""
    return any(
        token.type == Token.OPERAND and token.value.startswith(("[", "'["))
        for token in Tokenizer(formula).items
    )


def moved_formula(formula: str, own: str, put: Put, *, copied: bool = False) -> str:
    """A formula as it is after rows were put in.

    Args:
        formula: with its equals sign.
        own: the title of its sheet.
        put: the rows.
        copied: whether it stands in a repeated row, and so is copied with it.
    """
    try:
        tokens = Tokenizer(formula).items
    except TokenizerError:
        return formula  # nobody can compute it
    told = ["="]
    for token in tokens:
        sheet, reference = _split(token, own)
        match = REFERENCE.fullmatch(reference)
        if match and sheet.casefold() == put.sheet.casefold():
            prefix = token.value[: len(token.value) - len(reference)]
            told.append(prefix + _moved_reference(match, put, copied))
        else:
            told.append(token.value)
    return "".join(told)


def _split(token: Token, own: str) -> tuple[str, str]:
    """The sheet and the place that a part of a formula refers to; no place for other parts."""
    if token.type != Token.OPERAND or token.subtype != Token.RANGE:
        return own, ""
    sheet, mark, reference = token.value.rpartition("!")
    return (sheet.strip("'").replace("''", "'") if mark else own), reference


def _known(sheet: str, repeated: Mapping[str, int]) -> str:
    return next((title for title in repeated if title.casefold() == sheet.casefold()), "")


def _number(row: str) -> int:
    return int(row.lstrip("$"))


def _moved_reference(match: re.Match, put: Put, copied: bool) -> str:
    top, bottom = match["top"], match["bottom"]
    if not match["colon"] or not bottom:
        return match[0].replace(top, _with_row(top, put.moved))
    # The end of an area is the lower of its rows, whichever is written first.
    turned = _number(bottom) < _number(top)
    ends = top if turned else bottom
    of_its_own_row = copied and not ends.startswith("$")
    end = put.moved if of_its_own_row else put.grown
    top = _with_row(top, end if turned else put.moved)
    bottom = _with_row(bottom, put.moved if turned else end)
    return f"{match['left'] or ''}{top}:{match['right'] or ''}{bottom}"


def _with_row(row: str, place: Callable[[int], int]) -> str:
    return f"{'$' if row.startswith('$') else ''}{place(_number(row))}"


# -- The sheet itself ----------------------------------------------------------------------


def _move_cells(sheet: Worksheet, put: Put) -> None:
    """Move cells, merges, heights and links."""
    last = sheet.max_row
    below = [merged for merged in sheet.merged_cells.ranges if merged.min_row > put.row]
    for merged in below:
        sheet.unmerge_cells(merged.coord)
    if last > put.row:
        right = get_column_letter(sheet.max_column)
        sheet.move_range(f"A{put.row + 1}:{right}{last}", rows=put.more)
    lower = sorted((row for row in sheet.row_dimensions if row > put.row), reverse=True)
    for row in lower:
        dimension = sheet.row_dimensions.pop(row)
        dimension.index = row + put.more
        sheet.row_dimensions[row + put.more] = dimension
    for merged in below:
        merged.shift(row_shift=put.more)
        sheet.merge_cells(merged.coord)
    for cells in sheet.iter_rows(min_row=put.row + put.more + 1):
        for cell in cells:
            if cell.hyperlink is not None:
                cell.hyperlink.ref = _area(cell.hyperlink.ref, put)


def _areas(areas: str, put: Put) -> str:
    """Areas parted by blanks as they are afterwards."""
    return " ".join(_area(each, put) for each in areas.split())


def _area(area: str, put: Put) -> str:
    left, top, right, bottom = range_boundaries(area)
    return CellRange(None, left, put.moved(top), right, put.grown(bottom)).coord


def _move_areas(sheet: Worksheet, put: Put) -> None:
    """Move what the sheet says of areas of its own."""
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = _areas(sheet.auto_filter.ref, put)
    if sheet.print_area:
        areas = [area.rpartition("!")[2].replace("$", "") for area in sheet.print_area.split(",")]
        sheet.print_area = ",".join(_area(area, put) for area in areas)
    for rule in sheet.data_validations.dataValidation:
        rule.sqref = type(rule.sqref)(_areas(str(rule.sqref), put))
    former = sheet.conditional_formatting
    sheet.conditional_formatting = ConditionalFormattingList()
    for area in former:
        for rule in area.rules:
            sheet.conditional_formatting.add(_areas(str(area.sqref), put), rule)
    for mark in sheet.row_breaks.brk:
        mark.id = put.grown(mark.id)


def _move_rules(sheet: Worksheet, put: Put) -> None:
    """Move what conditional formats and lists of choices of a sheet refer to."""

    def moved(formula: str | None, areas: object) -> str | None:
        if not formula:
            return formula
        # What is said of the first row of an area is meant for each of its rows.
        copied = CellRange(str(areas).split()[0]).min_row == put.repeated.get(sheet.title)
        return moved_formula(f"={formula}", sheet.title, put, copied=copied)[1:]

    for area in sheet.conditional_formatting:
        for rule in area.rules:
            rule.formula = [moved(formula, area.sqref) for formula in rule.formula]
    for rule in sheet.data_validations.dataValidation:
        rule.formula1 = moved(rule.formula1, rule.sqref)
        rule.formula2 = moved(rule.formula2, rule.sqref)
