"""清单: each list as published, with its status; filtered, sorted, sent as a link, as Excel."""

from dataclasses import replace

from django.shortcuts import render
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_tables2 import RequestConfig

from livelihood.organisation.access import Permission, may
from livelihood.organisation.downloads import excel_download
from livelihood.organisation.words import cn_date
from progress.operations.standings import CountyState
from progress.parts.board_tables import state_notes
from progress.parts.filters import BEHIND_FILTERS, ItemFilter
from progress.parts.item_table import (
    FIELDS,
    LATE_NAMES,
    ItemTable,
    chosen_fields,
    sheet_of_items,
    sort_states,
)
from progress.views.common import COLUMNS_COOKIE, HTMX_HEADERS, Place, county_page, find_place

A_YEAR = 365 * 24 * 60 * 60
# What the form says of columns that nobody has chosen.
CAME_WITH_FILTER = "with-filter"


class Shown:
    """The items that the address asks for."""

    def __init__(self, request, place: Place):
        self.place = place
        self.filter = ItemFilter(request.GET, place.state.items)
        self.named = request.GET.getlist("cols")
        remembered = request.COOKIES.get(COLUMNS_COOKIE, "").split(".")
        # Whoever opens a list of what is behind asks why; columns just chosen go before.
        asks_why = self.filter.chosen.get("status") in BEHIND_FILTERS
        self.fields = chosen_fields(self.named or (LATE_NAMES if asks_why else remembered))
        self.come_with_filter = asks_why and not self.named
        # The page on which they came with the filter sends them with whatever is asked next.
        sent_on = CAME_WITH_FILTER in request.GET and self.fields == chosen_fields(LATE_NAMES)
        self.are_own = bool(self.named) and not sent_on

    @cached_property
    def state(self) -> CountyState:
        """The items that the filters leave, judged."""
        return replace(self.place.state, items=self.filter.kept)

    @property
    def description(self) -> str:
        """What is shown, in words."""
        return self.filter.describe()


@require_safe
@county_page
@vary_on_headers(*HTMX_HEADERS)
def items(request, code, year):
    """One county's lists of one year; with htmx only the part below the filters."""
    place = find_place(request, code, year)
    shown = Shown(request, place)
    table = ItemTable(shown.state.items, shown.fields, place, place.titles)
    RequestConfig(request, paginate=False).configure(table)
    asked, restored = (request.headers.get(name) for name in HTMX_HEADERS)
    partial = bool(asked) and not restored
    context = {
        "place": place,
        "state": shown.state,
        "filter": shown.filter,
        "description": shown.description,
        "table": table,
        "fields": [(field, field in shown.fields) for field in FIELDS],
        "came_with_filter": CAME_WITH_FILTER if shown.come_with_filter else "",
        "partial": partial,
        "may_edit_plans": may(request.user, Permission.EDIT_PLANS),
    }
    response = render(request, f"progress/{'_items_shown' if partial else 'items'}.html", context)
    if shown.are_own:
        names = ".".join(field.name for field in shown.fields)
        response.set_cookie(COLUMNS_COOKIE, names, max_age=A_YEAR, samesite="Lax", httponly=True)
    return response


@require_safe
def items_excel(request, code, year):
    """What the page shows, as Excel."""
    place = find_place(request, code, year)
    shown = Shown(request, place)
    states = shown.state.items
    order = request.GET.get("sort", "")
    fields = {field.name: field for field in shown.fields if field.key is not None}
    if order.lstrip("-") in fields:
        states = sort_states(states, fields[order.lstrip("-")], order.startswith("-"))
    title = f"{place.county.name}{year}年民生实事清单"
    notes = state_notes(shown.state, f"截至{cn_date(place.as_of)}。{shown.description}")
    dated = f"{title}（截至{cn_date(place.as_of)}）"
    return excel_download(
        request,
        place.county,
        [sheet_of_items(states, shown.fields, title, notes)],
        dated,
        summary=f"导出“{title}”（截至{cn_date(place.as_of)}）：{shown.description}",
    )
