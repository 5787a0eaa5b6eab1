"""The city's table as a file or pasted text, read and matched with a county's items."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from livelihood.organisation.models import Region
from progress.rules.city_heads import Grid, Row
from progress.rules.city_labels import Known
from progress.rules.city_matching import Item
from progress.rules.city_table import Reading, read_tables
from projects.documents import pasted, word, workbooks
from projects.documents.archives import UnreadableError
from projects.documents.grids import Block, SheetGrid
from projects.documents.opening import Kind, decoded, kind_of
from projects.models import ListItem

NOTHING_FOUND = (
    "没有找到表格。表头里应有“项目”和各县（市、区），或者“本县”“全市平均”“排名”等列名；"
    "复制粘贴时请连同表头一起复制。"
)


def known_of(county: Region, own: str = "") -> Known:
    """Under which names a table may speak of the county and of those beside it.

    Args:
        own: the name under which the county stands in the table, where it is another one.
    """
    names = Region.objects.filter(parent=county.parent_id, kind=Region.Kind.COUNTY)
    above = []
    region = county.parent
    while region is not None:
        above.append(region.name)
        region = region.parent
    return Known(own or county.name, tuple(names.values_list("name", flat=True)), tuple(above))


def read_content(content: bytes, name: str, known: Known, *, as_of: date | None = None) -> Reading:
    """Read a workbook, a Word document or plain text.

    Raises:
        UnreadableError: it cannot be read, or holds no table; says so in Chinese.
    """
    stream = BytesIO(content)
    kind = kind_of(stream, name)
    if kind is Kind.WORKBOOK:
        blocks: Sequence[Block] = workbooks.read_workbook(stream, name)
    elif kind is Kind.DOCUMENT:
        blocks = word.read_document(stream, name)
    else:
        blocks = pasted.read_text(decoded(content, name))
    sheets = [block for block in blocks if isinstance(block, SheetGrid) and block.rows]
    if not sheets:
        raise UnreadableError(NOTHING_FOUND)
    reading = read_tables([_grid(sheet) for sheet in sheets], known, as_of=as_of)
    if not reading.shape:
        raise UnreadableError(NOTHING_FOUND)
    return reading


def _grid(sheet: SheetGrid) -> Grid:
    width = sheet.width
    rows = [
        Row(row.number, tuple(" ".join(sheet.text(row, i).split()) for i in range(width)))
        for row in sheet.rows
    ]
    return Grid(sheet.name, rows, sheet.above, sheet.place)


def items_of(county: Region, year: int) -> list[Item]:
    """The county's items of a year, as matching takes them."""
    listed = (
        ListItem.objects.for_county(county, year)
        .select_related("project_list", "project")
        .prefetch_related("targets")
    )
    return [
        Item(
            item.pk,
            item.project_list.level,
            item.number,
            (item.title, item.project.name),
            frozenset(t.unit_of_measure for t in item.targets.all() if t.unit_of_measure),
        )
        for item in listed
    ]
