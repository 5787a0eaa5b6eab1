"""Addresses of the list behind a number."""

from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from progress.parts.filters import BEHIND_FILTERS


def items_url(place, **filters) -> str:
    """The address of the items that ``filters`` leave, at the page's date; what is behind
    stands there worst first."""
    if filters.get("status") in BEHIND_FILTERS:
        filters.setdefault("sort", "judgement")
    if place.chosen:
        filters["as_of"] = place.as_of.isoformat()
    return f"{place.items_address}?{urlencode(filters)}" if filters else place.items_address


def count_link(place, count: int, **filters) -> SafeString | str:
    """A number that opens its rows; a 0 has none to open."""
    if not count:
        return "0"
    return format_html('<a href="{}">{}</a>', items_url(place, **filters), count)
