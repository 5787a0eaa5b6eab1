"""The table of 清单: 153 rows of 10 columns from standings that are already judged.

Measured is ``ItemTable`` from its making to the last row, headings and addresses included.
The floor is a plain Django template with the same cells; a second, harder one puts addresses
together instead of resolving them by ``{% url %}``. Beside them stand f-strings by hand and
the admin's change list.
"""

from collections.abc import Sequence

from bs4 import BeautifulSoup
from django_tables2 import RequestConfig

from benchmarks import admin_table, county, plain_table
from benchmarks.measuring import Line, compare, measure
from progress.operations.standings import ItemState
from progress.parts.item_table import ItemTable, chosen_fields
from projects.models import ProjectList

COLUMNS = 10
MANY = 1000
TEMPLATE_GOAL, ADMIN_GOAL, BY_HAND_GOAL, GROWTH_GOAL = 0.65, 0.15, 2.5, 1

OURS, MANY_OURS = "table, 153 rows", "table, 1000 rows"
TEMPLATE, CHEAPER = "plain template loop", "the same without {% url %}"
BY_HAND = "f-strings by hand"
ADMIN, ADMIN_PAGE = "admin's change list, table alone", "admin's change list, whole page"


def run(rounds: int) -> list[Line]:
    """Measure the table against its floors and its peer."""
    samples = measure(_variants(), rounds)
    many = compare(
        samples,
        MANY_OURS,
        OURS,
        GROWTH_GOAL,
        name="a row of 1000",
        per=(MANY, county.ITEMS),
    )
    return [
        compare(samples, OURS, TEMPLATE, TEMPLATE_GOAL),
        compare(samples, OURS, CHEAPER),
        compare(samples, OURS, ADMIN, ADMIN_GOAL),
        compare(samples, OURS, ADMIN_PAGE),
        compare(samples, OURS, BY_HAND, BY_HAND_GOAL),
        many,
    ]


def _variants() -> dict:
    place = county.place()
    states, fields = place.state.items, chosen_fields(())
    if (len(states), len(fields)) != (county.ITEMS, COLUMNS):
        raise RuntimeError(f"{len(states)} rows of {len(fields)} columns")
    titles = ProjectList.objects.titles(place.county, place.year)
    base = f"/{county.CODE}/{county.YEAR}/"
    request = county.request(f"{base}items/")
    resolving, putting_together = plain_table.template(), plain_table.template(resolving=False)

    def ours(shown: Sequence[ItemState]) -> str:
        table = ItemTable(shown, fields, place, titles)
        RequestConfig(request, paginate=False).configure(table)
        return table.as_html(request)

    def by_template(template) -> str:
        context = plain_table.context(states, fields, place, titles, base)
        return template.render(context, request)

    table, page = admin_table.change_list(states, fields, place)
    many = (states * (MANY // len(states) + 1))[:MANY]
    variants = {
        OURS: lambda: ours(states),
        TEMPLATE: lambda: by_template(resolving),
        CHEAPER: lambda: by_template(putting_together),
        BY_HAND: lambda: plain_table.by_hand(states, fields, titles, base),
        ADMIN: table,
        ADMIN_PAGE: page,
        MANY_OURS: lambda: ours(many),
    }
    _check_sameness(variants)
    return variants


def _check_sameness(variants: dict) -> None:
    """Whoever leaves something out is not faster: all show the same words and links."""
    wanted = _cells(variants[OURS]())
    for name in (TEMPLATE, CHEAPER, BY_HAND):
        for one, other in zip(wanted, _cells(variants[name]()), strict=True):
            if one != other:
                raise RuntimeError(f"{name} shows {other}, the table {one}")
    # The admin's rows begin with a box to tick, its lists stand in another order, and it has
    # no rows between the lists.
    rows = sorted([words for words, _links in row] for row in wanted if len(row) == COLUMNS)
    admins = [[words for words, _links in row] for row in _cells(variants[ADMIN]())]
    if sorted(row[-COLUMNS:] for row in admins) != rows:
        raise RuntimeError("the admin does not show the same cells")


def _cells(html: str) -> list[list[tuple[str, list[str]]]]:
    """(words, addresses) of every cell of a table's body, row by row."""
    rows = BeautifulSoup(html, "html.parser").select("tbody tr")
    return [
        [
            ("".join(cell.get_text().split()), [a["href"] for a in cell.find_all("a")])
            for cell in row.find_all(["td", "th"])
        ]
        for row in rows
    ]
