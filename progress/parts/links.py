"""Addresses of the list behind a number."""

from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString


def items_url(place, **filters) -> str:
    """The address of the items that ``filters`` leave, at the page's date."""
    if place.chosen:
        filters["as_of"] = place.as_of.isoformat()
    return f"{place.items_address}?{urlencode(filters)}" if filters else place.items_address


def count_link(place, count: int, **filters) -> SafeString | str:
    """A number that opens its rows; a 0 has none to open."""
    if not count:
        return "0"
    return format_html('<a href="{}">{}</a>', items_url(place, **filters), count)
