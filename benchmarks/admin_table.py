"""The Django admin's change list of the same rows and columns."""

from collections.abc import Sequence

from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import result_list
from django.http import HttpRequest
from django.template.loader import get_template
from django.utils.safestring import SafeString

from benchmarks import county
from benchmarks.admin_site import ItemAdmin, site
from progress.operations.standings import ItemState
from progress.parts.item_table import Field, Links
from projects.models import ListItem


def change_list(states: Sequence[ItemState], fields: Sequence[Field], place):
    """The admin's own list of ``states`` with one column for each of ``fields``.

    The cells' HTML comes from the same functions as in the product's table, so that what
    differs is what is done around the cells.

    Returns:
        (table, page): two calls without arguments. The first renders the table of rows that
        were read before, the second the whole page with its queries.
    """
    links, by_key = Links(place), {state.item.pk: state for state in states}
    ItemAdmin.columns = [_column(field, by_key, links) for field in fields]
    model_admin = site.get_model_admin(ListItem)
    listed = model_admin.get_changelist_instance(_request())
    listed.formset = None  # as the admin's own view does where nothing is edited in the list
    results = get_template("admin/change_list_results.html")

    def table() -> str:
        return results.render(result_list(listed))

    def page() -> bytes:
        return model_admin.changelist_view(_request()).render().content

    return table, page


def _column(field: Field, by_key: dict[int, ItemState], links: Links):
    @admin.display(description=field.full_heading)
    def shown(item):
        return SafeString(field.cell(by_key[item.pk], links))

    return shown


def _request() -> HttpRequest:
    request = county.request("/admin/projects/listitem/")
    request.user.is_superuser = request.user.is_staff = True  # in this object alone
    return request
