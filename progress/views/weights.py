"""权重: the items with several targets, and the weights of one."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from livelihood.organisation.access import Permission, requires
from progress.operations.weights import (
    WeightsChangedError,
    items_with_several_targets,
    mark_of_weights,
    set_weights,
    shares,
)
from progress.parts.rule_forms import WeightsForm
from progress.views.common import county_page, find_place
from projects.models import ListItem

UNPROCESSABLE, CONFLICT = 422, 409


@requires(Permission.SET_RULES)
@require_safe
@county_page
def weights(request, code, year):
    """All items with several targets, and how much each target counts."""
    place = find_place(request, code, year)
    own = ListItem.objects.visible_to(request.user).for_county(place.county, year)
    rows = [(item, shares(item)) for item in items_with_several_targets(own)]
    weighted = sum(1 for _, parts in rows if any(t.weight is not None for t, _ in parts))
    context = {"place": place, "rows": rows, "weighted": weighted}
    return render(request, "progress/weights.html", context)


@requires(Permission.SET_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def item_weights(request, code, year, level, number):
    """The weights of one item's targets."""
    place = find_place(request, code, year)
    item = get_object_or_404(
        ListItem.objects.visible_to(request.user)
        .for_county(place.county, year)
        .select_related("project", "project_list"),
        project_list__level=level,
        number=number,
    )
    form = WeightsForm(
        request.POST.copy() if request.method == "POST" else None,
        item=item,
        initial={"mark": mark_of_weights(item)},
    )
    status = None
    if form.is_bound:
        status = _save(request, item, form)
        if status is None:
            messages.success(request, f"{item}的权重已保存。")
            return redirect("weights", code, year)
    context = {"place": place, "item": item, "form": form, "shares": shares(item)}
    return render(request, "progress/item_weights.html", context, status=status)


def _save(request, item: ListItem, form: WeightsForm) -> int | None:
    """Save what is right; gives the status of the answer where it was not saved."""
    if not form.is_valid():
        return UNPROCESSABLE
    try:
        mark = form.cleaned_data["mark"]
        set_weights(by=request.user, item=item, weights=form.weights, mark=mark)
    except WeightsChangedError as changed:
        # What was typed is kept and, sent again, holds: the form takes the new mark over.
        form.data["mark"] = mark_of_weights(item)
        form.add_error(None, f"{changed}现在的权重见下方；再保存即以您填的为准。")
        return CONFLICT
    except ValidationError as error:
        form.add_error(None, error.messages)
        return UNPROCESSABLE
    return None
