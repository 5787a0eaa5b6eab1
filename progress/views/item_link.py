"""同一事项: the page on which the office says which items of the lists are one piece of work."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from livelihood.organisation.access import Permission, requires
from progress.operations.item_links import (
    candidates,
    link_by_hand,
    links_stamp,
    of_the_unit,
    split_by_hand,
)
from progress.operations.plan_import import ImportChangedError
from progress.operations.reporting import RefusedError
from progress.parts.link_forms import LinkForm, SplitForm
from progress.views.common import find_place
from progress.views.imports import CONFLICT, UNPROCESSABLE
from projects.models import ListItem

CHANGED = "打开之后，这个单位的条目已被他人关联或拆开。下面是现在的情况，请核对后再提交。"


@requires(Permission.EDIT_PLANS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def item_link(request, code, year, level, number):
    """Show with which items an item is one work; link it with another one, or part it."""
    place = find_place(request, code, year)
    item = get_object_or_404(
        ListItem.objects.visible_to(request.user)
        .for_county(place.county, year)
        .select_related("project", "project_list__county", "lead_unit"),
        project_list__level=level,
        number=number,
    )
    if request.method != "POST":
        return _page(request, place, item)
    splits = request.POST.get("action") == "split"
    form = (SplitForm if splits else LinkForm)(request.POST)
    if not form.is_valid():
        return _page(request, place, item, form, UNPROCESSABLE)
    try:
        done = (_split if splits else _link)(request, item, form.cleaned_data)
    except RefusedError as refused:
        form.add_error(None, str(refused))
        return _page(request, place, item, form, UNPROCESSABLE)
    except ImportChangedError:
        form.add_error(None, CHANGED)
        return _page(request, place, item, form, CONFLICT)
    messages.success(request, done)
    return redirect("item", code, year, level, number)


def _link(request, item, sent) -> str:
    other = link_by_hand(by=request.user, item=item, **sent)
    return f"{item}与{other}已关联为同一事项，由牵头单位填报一次。"


def _split(request, item, sent) -> str:
    split_by_hand(by=request.user, item=item, **sent)
    return f"{item}已拆开，单独填报。"


def _page(request, place, item, form=None, status=200):
    items = of_the_unit(item)
    item = next(one for one in items if one.pk == item.pk)
    version = links_stamp(items)
    link, split = LinkForm(auto_id="link_%s"), SplitForm(auto_id="split_%s")
    if form is not None:
        # What was typed stays; what it rests on is what the page shows now.
        form.data = form.data.copy()
        form.data["version"] = version
        form.auto_id = "split_%s" if isinstance(form, SplitForm) else "link_%s"
        link, split = (link, form) if isinstance(form, SplitForm) else (form, split)
    found = candidates(item, items)
    context = {
        "place": place,
        "listed": item,
        "linked": [one for one in items if one.project_id == item.project_id and one != item],
        "candidates": found,
        "linkable": link.is_bound or not all(one.refused for one in found),
        "form": form,
        "link": link,
        "split": split,
        "version": version,
    }
    return render(request, "progress/item_link.html", context, status=status)
