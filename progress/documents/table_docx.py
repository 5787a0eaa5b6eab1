"""A table as a table of Word: heads that are repeated, merged cells, rows that stay whole."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from docx.document import Document as WordDocument
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from livelihood.organisation.documents.fills import Fill, fill_of
from livelihood.organisation.documents.lines import line_count, text_width
from livelihood.organisation.documents.tables import (
    Cell,
    Column,
    Kind,
    Table,
    checked,
    group_words,
    words,
)
from livelihood.organisation.words import printable
from progress.documents.official import BODY_FONT, LABEL_FONT

# 五号, in points.
TEXT_SIZE, LINE = 10.5, 15
TWIPS, EMU_PER_TWIP = 20, 635
CELL_MARGIN, CELL_MARGIN_ABOVE = 80, 30  # twips at the sides, above and below
NARROWEST = 620  # twips: 序号 in one line
# Half-width characters: a digit of the widest font that may stand in for a missing one, and
# what Word leaves free between a digit and a Chinese character.
WIDEST_DIGIT, BESIDE_CHINESE = 1.3, 0.5
DIGIT_BESIDE_CHINESE = re.compile(r"(?<=[0-9])(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])(?=[0-9])")
FIGURES = frozenset({Kind.COUNT, Kind.NUMBER, Kind.PERCENT, Kind.POINTS})
# What is higher, in points, may go on on the next page; else a page would stay half empty.
HIGHEST_WHOLE_ROW = 140
HEAD_SHADE, GROUP_SHADE = "E6EAEF", "F3F5F7"
CENTRED = frozenset({Kind.LABEL, Kind.STATUS, Kind.COUNT, Kind.DATE})
RULE = {"w:val": "single", "w:sz": "4", "w:space": "0", "w:color": "000000"}


def add_table(document: WordDocument, table: Table, width: int) -> None:
    """Draw the table at the end of the document.

    Args:
        document: where it is drawn.
        table: what is drawn, without its title, notes and charts.
        width: how wide it is, in EMU; the columns share it in proportion, as far as no
            figure is broken.

    Raises:
        ValueError: the table cannot be drawn.
    """
    checked(table)
    widths = _widths(table, width // EMU_PER_TWIP)
    drawn = element("w:tbl")
    drawn.append(_table_properties(sum(widths)))
    drawn.append(element("w:tblGrid", *(element("w:gridCol", w=str(w)) for w in widths)))
    for row in (*_head(table.columns, widths), *_body(table, widths)):
        drawn.append(row)
    document.element.body.insert_element_before(drawn, "w:sectPr")


def _widths(table: Table, whole: int) -> list[int]:
    """Twips of each column: in proportion, but none too narrow for its figures."""
    wanted = [column.width for column in table.columns]
    least = [_least(table, place) for place in range(len(wanted))]
    if sum(least) > whole:
        least = [whole * needed // sum(least) for needed in least]
    widths, free = list(least), set(range(len(wanted)))
    while True:
        left = whole - sum(least[place] for place in range(len(wanted)) if place not in free)
        units = sum(wanted[place] for place in free)
        narrow = {place for place in free if left * wanted[place] < units * least[place]}
        if not narrow:
            break
        free -= narrow
    for place in free:
        widths[place] = left * wanted[place] // units
    widths[widths.index(max(widths))] += whole - sum(widths)
    return widths


def _least(table: Table, place: int) -> int:
    """Twips that a column needs at the least: figures stay in one line, a day in two."""
    column, groups = table.columns[place], frozenset(table.groups)
    if column.kind not in FIGURES and column.kind is not Kind.DATE:
        return NARROWEST
    longest = max(
        (
            _line_width(line)
            for index, row in enumerate(table.rows)
            if index not in groups
            for line in _told(row[place], column, 0).split("\n")
        ),
        default=0,
    )
    return max(NARROWEST, int(longest * TEXT_SIZE / 2 * TWIPS) + 2 * CELL_MARGIN)


def _line_width(text: str) -> float:
    """The half-width characters that a figure or a day needs in a line, in any font."""
    wide = text_width(text) - len(text)
    gaps = len(DIGIT_BESIDE_CHINESE.findall(text))
    return 2 * wide + WIDEST_DIGIT * (len(text) - wide) + BESIDE_CHINESE * gaps


def _told(value: Cell, column: Column, capacity: int) -> str:
    """What stands in a cell whose lines hold ``capacity``: a day is broken behind its year."""
    text = words(value, column)
    if column.kind is Kind.DATE and _line_width(text) > capacity:
        return text.replace("年", "年\n", 1)
    return text


def _table_properties(width: int):
    edges = ("w:top", "w:left", "w:bottom", "w:right", "w:insideH", "w:insideV")
    return element(
        "w:tblPr",
        element("w:tblW", w=str(width), type="dxa"),
        element("w:jc", val="center"),
        element("w:tblBorders", *(_raw(edge, RULE) for edge in edges)),
        element("w:tblLayout", type="fixed"),
        element(
            "w:tblCellMar",
            element("w:top", w=str(CELL_MARGIN_ABOVE), type="dxa"),
            element("w:left", w=str(CELL_MARGIN), type="dxa"),
            element("w:bottom", w=str(CELL_MARGIN_ABOVE), type="dxa"),
            element("w:right", w=str(CELL_MARGIN), type="dxa"),
        ),
    )


# -- Rows -------------------------------------------------------------------------------


def _head(columns: Sequence[Column], widths: Sequence[int]) -> Iterable:
    """The headings, in one line or, where some have one above, in two."""
    two_lines = any(column.over for column in columns)
    if two_lines:
        cells = []
        for over, run in groupby(enumerate(columns), key=lambda pair: pair[1].over):
            places = [place for place, _ in run]
            if over:
                cells.append(_head_cell(over, sum(widths[p] for p in places), span=len(places)))
            else:
                cells += [
                    _head_cell(columns[place].heading, widths[place], merge="restart")
                    for place in places
                ]
        yield _row(cells, head=True)
    yield _row(
        [
            _head_cell("", width, merge="continue")
            if two_lines and not column.over
            else _head_cell(column.heading, width)
            for column, width in zip(columns, widths, strict=True)
        ],
        head=True,
    )


def _head_cell(text: str, width: int, span: int = 1, merge: str = ""):
    return _cell(text, width, span, merge, LABEL_FONT, "center", HEAD_SHADE)


def _body(table: Table, widths: Sequence[int]) -> Iterable:
    columns, whole = table.columns, sum(widths)
    if not table.rows:
        yield _row([_cell(table.empty, whole, len(columns), across="center")])
    groups, totals = frozenset(table.groups), frozenset(table.totals)
    merged = {
        (merge.column, row): "restart" if row == merge.first else "continue"
        for merge in table.merges
        for row in range(merge.first, merge.last + 1)
    }
    for index, row in enumerate(table.rows):
        if index in groups:
            heading = _cell(
                group_words(row), whole, len(columns), font=LABEL_FONT, shade=GROUP_SHADE
            )
            # A heading is not left alone at the end of a page.
            for properties in heading.iter(qn("w:pPr")):
                properties.insert(0, element("w:keepNext"))
            yield _row([heading])
            continue
        cells, lines = [], 1
        for place, (value, column) in enumerate(zip(row, columns, strict=True)):
            merge = merged.get((place, index), "")
            capacity = _capacity(widths[place])
            text = "" if merge == "continue" else _told(value, column, capacity)
            if not merge:
                lines = max(lines, line_count(text, capacity))
            cells.append(_body_cell(text, column, widths[place], merge, index in totals))
        yield _row(cells, whole=lines * LINE <= HIGHEST_WHOLE_ROW)


def _body_cell(text: str, column: Column, width: int, merge: str, total: bool):
    across = "center" if column.kind in CENTRED else "left" if column.kind is Kind.TEXT else "right"
    fill = fill_of(text) if column.kind is Kind.STATUS and not total else None
    shade = fill.back if fill else GROUP_SHADE if total else ""
    return _cell(
        text, width, 1, merge, LABEL_FONT if total else BODY_FONT, across, shade, fill=fill
    )


def _capacity(width: int) -> int:
    """How many half-width characters a line of a cell holds."""
    return int((width - 2 * CELL_MARGIN) / TWIPS / (TEXT_SIZE / 2))


def _row(cells: Iterable, *, head: bool = False, whole: bool = True):
    properties = element("w:trPr")
    if whole:
        properties.append(element("w:cantSplit"))
    if head:
        properties.append(element("w:tblHeader"))
    return element("w:tr", properties, *cells)


def _cell(
    text: str,
    width: int,
    span: int = 1,
    merge: str = "",
    font: str = BODY_FONT,
    across: str = "left",
    shade: str = "",
    *,
    fill: Fill | None = None,
):
    properties = element("w:tcPr", element("w:tcW", w=str(width), type="dxa"))
    if span > 1:
        properties.append(element("w:gridSpan", val=str(span)))
    if merge:
        properties.append(element("w:vMerge", val=merge))
    if shade:
        properties.append(element("w:shd", val="clear", color="auto", fill=shade))
    properties.append(element("w:vAlign", val="center"))
    lines = printable(text).split("\n")
    return element("w:tc", properties, *(_line(line, font, across, fill) for line in lines))


def _line(text: str, font: str, across: str, fill: Fill | None):
    """One paragraph of a cell."""
    paragraph = element(
        "w:p",
        element(
            "w:pPr",
            element("w:spacing", before="0", after="0", line=str(LINE * TWIPS), lineRule="exact"),
            element("w:jc", val=across),
        ),
    )
    if text:
        look = element(
            "w:rPr",
            element("w:rFonts", ascii=font, hAnsi=font, eastAsia=font, cs=font, hint="eastAsia"),
        )
        if fill:
            look.append(element("w:b"))
            look.append(element("w:color", val=fill.ink))
        look.append(element("w:sz", val=str(int(Pt(TEXT_SIZE).pt * 2))))
        said = OxmlElement("w:t")
        said.text = text
        said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        paragraph.append(element("w:r", look, said))
    return paragraph


def element(name: str, *children, **attributes: str):
    """An element of Word's with its children, and attributes in Word's namespace."""
    made = _raw(name, {f"w:{key}": value for key, value in attributes.items()})
    made.extend(children)
    return made


def _raw(name: str, attributes: dict[str, str]):
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(key), value)
    return made
