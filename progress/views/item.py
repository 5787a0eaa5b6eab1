"""条目: everything known of one item of a list."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from livelihood.organisation.access import Permission, may
from progress.models import Slip
from progress.operations.closing import steps_of
from progress.operations.groups import promised
from progress.operations.item_detail import read_item
from progress.views.common import county_page, find_place
from projects.models import ListItem


@require_safe
@county_page
def item(request, code, year, level, number):
    """The page of one item, as it stands at the date."""
    place = find_place(request, code, year)
    listed = get_object_or_404(
        ListItem.objects.visible_to(request.user)
        .for_county(place.county, year)
        .select_related("project", "project_list"),
        project_list__level=level,
        number=number,
    )
    state = place.state
    own = next((s for s in state.items if s.item.pk == listed.pk), None)
    if own is None:
        # Put on the list after the round had been closed and kept.
        raise Http404(f"本期存档时清单上还没有这一条目：{listed}。")
    detail = read_item(listed, own, state)
    context = {
        "place": place,
        "listed": listed,
        "state": own,
        "item": own.item,
        "standing": own.standing,
        "detail": detail,
        "siblings": [(s, promised(s.standing.plan)) for s in detail.siblings],
        "rules": state.rules,
        "rule_set": state.rule_set,
        "closing": steps_of(detail.completion, until=place.as_of),
        "may_compare": may(request.user, Permission.COMPARE),
        "may_close": may(request.user, Permission.REVIEW),
        "may_edit_plans": may(request.user, Permission.EDIT_PLANS),
        "plan_changes": listed.plan_changes.select_related("by", "plan_import"),
        "may_follow_up": may(request.user, Permission.FOLLOW_UP),
        "votes": listed.satisfaction_votes.order_by("voted_on", "pk"),
        "open_slips": Slip.objects.visible_to(request.user)
        .open()
        .filter(item=listed)
        .select_related("round"),
        "latest": detail.reports[0].as_of if detail.reports else None,
    }
    return render(request, "progress/item.html", context)
