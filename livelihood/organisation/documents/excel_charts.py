"""Charts of a table as Excel's own: they point at its cells and follow when those change."""

from collections.abc import Callable
from itertools import cycle

from openpyxl.chart import BarChart, Reference, Series
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
)
from openpyxl.utils import get_column_letter, quote_sheetname

from livelihood.organisation.documents.fills import fill_of
from livelihood.organisation.documents.tables import Chart, ChartKind, Kind, Table

TYPEFACE = "宋体"
# Hundredths of a point.
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 1200, 900, 700
# From more rows than these on their names are small.
MANY = 20
COLOURS = ("0B4F94", "8FA3B8", "C77700", "3B8F6B", "6A2C9E")
GRID = "D5DBE1"
# In pixels: what surrounds the bars, a bar with its gap, and the least and most of a chart.
SURROUNDINGS, BAR, LEAST, MOST = 120, 24, 260, 1400
UPRIGHT = 300
# Above so many bars the figures at their ends would run into each other.
MOST_LABELLED = 60
# Up to here a scale of items is marked one by one.
FEW = 10


def excel_chart(chart: Chart, table: Table, sheet, head: int, row_of: Callable[[int], int]):
    """The chart, without its place on the sheet.

    Args:
        chart: what is drawn.
        table: whose cells are drawn.
        sheet: where the table stands.
        head: the row of the sheet with the headings.
        row_of: from a row of the table, counted from 0, to its row of the sheet.
    """
    first, last = _rows(chart, table)
    drawn = BarChart(
        barDir="col" if chart.kind is ChartKind.COLUMN else "bar",
        grouping="stacked" if chart.kind is ChartKind.STACKED else "clustered",
        overlap=100 if chart.kind is ChartKind.STACKED else None,
        gapWidth=50,
    )
    colours = cycle(COLOURS)
    for index in chart.columns:
        column = {"min_col": index + 1, "max_col": index + 1}
        values = Reference(sheet, min_row=row_of(first), max_row=row_of(last), **column)
        series = Series(values, title_from_data=False)
        series.tx = _heading(sheet, head, index)
        fill = fill_of(table.columns[index].heading)
        series.graphicalProperties.solidFill = fill.ink if fill else next(colours)
        drawn.series.append(series)
    labels = {"min_col": chart.labels + 1, "max_col": chart.labels + 1}
    drawn.set_categories(Reference(sheet, min_row=row_of(first), max_row=row_of(last), **labels))
    drawn.title = _title(chart.title, TITLE_SIZE, bold=True)
    _set_up_axes(drawn, chart, table.columns[chart.columns[0]].kind, _highest(chart, table))
    if last - first + 1 > MANY:
        drawn.x_axis.txPr = _text(SMALL_SIZE)
    drawn.legend = drawn.legend if len(chart.columns) > 1 else None
    if drawn.legend:
        drawn.legend.position, drawn.legend.txPr = "b", _text(TEXT_SIZE)
    if (last - first + 1) * len(chart.columns) <= MOST_LABELLED:
        _label_bars(drawn, chart)
    # A row that is filtered away leaves the chart; what is empty is unknown, not zero.
    drawn.display_blanks = "gap"
    drawn.roundedCorners = False
    return drawn


def chart_height(chart: Chart, table: Table) -> int:
    """How high a chart should be, in pixels, for its bars and their names to be read."""
    if chart.kind is ChartKind.COLUMN:
        return UPRIGHT
    first, last = _rows(chart, table)
    bars = (last - first + 1) * (len(chart.columns) if chart.kind is ChartKind.BAR else 1)
    # Bars side by side may be thinner than one alone.
    each = BAR if bars == last - first + 1 else BAR * 3 // 4
    return min(max(SURROUNDINGS + each * bars, LEAST), MOST)


def _rows(chart: Chart, table: Table) -> tuple[int, int]:
    return (0, len(table.rows) - 1) if chart.rows is None else chart.rows


def _heading(sheet, head: int, index: int) -> SeriesLabel:
    """The name of a series: the heading of its column, whatever that is changed to."""
    cell = f"{quote_sheetname(sheet.title)}!${get_column_letter(index + 1)}${head}"
    return SeriesLabel(strRef=StrRef(cell))


def _highest(chart: Chart, table: Table) -> float:
    """How far the longest bar reaches."""
    first, last = _rows(chart, table)
    joined = sum if chart.kind is ChartKind.STACKED else max
    bars = ([row[index] for index in chart.columns] for row in table.rows[first : last + 1])
    return max(joined(v for v in (0, *bar) if isinstance(v, int | float)) for bar in bars)


def _set_up_axes(drawn: BarChart, chart: Chart, kind: Kind, highest: float) -> None:
    names, numbers = drawn.x_axis, drawn.y_axis
    # Left alone, Excel shows neither of them.
    names.delete = numbers.delete = False
    names.txPr = numbers.txPr = _text(TEXT_SIZE)
    names.tickLblPos, names.majorTickMark, names.noMultiLvlLbl = "low", "none", True
    numbers.majorTickMark = "none"
    numbers.scaling.min = 0 if kind is not Kind.POINTS else None
    numbers.number_format = {Kind.PERCENT: "0%", Kind.POINTS: "+0;−0;0"}.get(kind, "General")
    numbers.numFmt.sourceLinked = False
    numbers.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=GRID))
    names.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill="8794A1"))
    numbers.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    numbers.title = _title(chart.axis, TEXT_SIZE) if chart.axis else None
    if kind is Kind.COUNT and highest <= FEW:
        numbers.majorUnit = 1  # there is no half of an item
    if chart.kind is not ChartKind.COLUMN:
        # The first row stands on top, the scale below.
        names.scaling.orientation, numbers.crosses = "maxMin", "max"
        names.tickLblSkip = 1  # every row has its name, however close they stand


def _label_bars(drawn: BarChart, chart: Chart) -> None:
    labels = DataLabelList(showVal=True, txPr=_text(TEXT_SIZE))
    labels.showSerName = labels.showCatName = labels.showLegendKey = labels.showPercent = False
    if chart.kind is ChartKind.STACKED:
        labels.position = "ctr"
        labels.txPr = _text(TEXT_SIZE, colour="FFFFFF")
        labels.numFmt = "0;−0;;"  # a part of nothing is not written
    else:
        labels.position = "outEnd"
    drawn.dataLabels = labels


def _properties(size: int, bold: bool = False, colour: str = "1F2933") -> CharacterProperties:
    face = Font(typeface=TYPEFACE)
    return CharacterProperties(sz=size, b=bold, latin=face, ea=face, solidFill=colour, lang="zh-CN")


def _text(size: int, colour: str = "1F2933") -> RichText:
    properties = ParagraphProperties(defRPr=_properties(size, colour=colour))
    return RichText(p=[Paragraph(pPr=properties, endParaRPr=CharacterProperties())])


def _title(words: str, size: int, bold: bool = False) -> Title:
    title = Title(overlay=False)
    look = _properties(size, bold)
    title.tx.rich.paragraphs = [
        Paragraph(pPr=ParagraphProperties(defRPr=look), r=[RegularTextRun(rPr=look, t=line)])
        for line in words.split("\n")
    ]
    return title
