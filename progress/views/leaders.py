"""责任领导: the same by responsible leader, in the order of the lists; persons are not ranked."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from progress.operations.groups import Group, leader_groups
from progress.parts.links import items_url
from progress.views.common import Place, county_page, find_place
from progress.views.units import counts, group_context


@require_safe
@county_page
def leaders(request, code, year):
    """All responsible leaders whom the lists name."""
    place = find_place(request, code, year)
    groups = leader_groups(place.state.items)
    named = sum(group.tally.total for group in groups)
    context = {
        "place": place,
        "state": place.state,
        "rows": [(group, counts(place, group, leader=group.name)) for group in groups],
        "unnamed": len(place.state.items) - named,
    }
    return render(request, "progress/leaders.html", context)


def find_group(place: Place, name: str) -> Group:
    """The items of one responsible leader.

    Raises:
        Http404: no item that exists for the reader names the person.
    """
    for group in leader_groups(place.state.items):
        if group.name == name:
            return group
    raise Http404(f"没有条目由{name}负责。")


@require_safe
@county_page
def leader(request, code, year, name):
    """The items of one responsible leader."""
    place = find_place(request, code, year)
    group = find_group(place, name)
    context = {
        **group_context(place, group),
        "units": list(dict.fromkeys(state.item.unit for state in group.items)),
        "items_url": items_url(place, leader=name),
    }
    return render(request, "progress/leader.html", context)
