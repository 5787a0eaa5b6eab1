"""核实与销号: the closing states of one item, taken and undone by the office."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from livelihood.organisation.access import Permission, requires
from progress.operations import closing
from progress.operations.reporting import RefusedError
from progress.parts.closing_forms import StepForm, UndoForm
from progress.views.common import find_place
from projects.models import ListItem

# What was sent cannot be taken as it is; or: somebody else was faster.
UNPROCESSABLE, CONFLICT = 422, 409
TAKE = {"verified": closing.verify, "closed": closing.close}


@requires(Permission.REVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def item_close(request, code, year, level, number):
    """Show the three states of an item; take the next one, or undo the last."""
    place = find_place(request, code, year)
    item = get_object_or_404(
        ListItem.objects.visible_to(request.user)
        .for_county(place.county, year)
        .select_related("project", "project_list__county"),
        project_list__level=level,
        number=number,
    )
    if request.method == "POST":
        return _act(request, place, item)
    return _page(request, place, item)


def _act(request, place, item):
    action = request.POST.get("action", "")
    form = UndoForm(request.POST) if action == "undo" else StepForm(request.POST)
    status = UNPROCESSABLE
    if form.is_valid():
        try:
            done = _operate(request, item, action, form.cleaned_data)
        except closing.ClosingChangedError as changed:
            form.add_error(None, str(changed))
            status = CONFLICT
        except RefusedError as refused:
            form.add_error(None, str(refused))
        except ValidationError as error:
            form.take_errors(error)
        else:
            messages.success(request, done)
            return redirect("item", place.county.code, place.year, *_item_address(item))
    return _page(request, place, item, form=form, action=action, status=status)


def _operate(request, item, action, sent) -> str:
    """Take or undo a step; what was done, in words."""
    if action == "undo":
        undone = closing.undo(by=request.user, item=item, reason=sent["reason"], seen=sent["seen"])
        return f"已撤销{item}的“{undone}”。"
    if action not in TAKE:
        raise RefusedError("请选择要办理的事情。")
    TAKE[action](
        by=request.user,
        item=item,
        on=sent["on"],
        seen=sent["seen"],
        today=timezone.localdate(),
    )
    corrected = closing.closed_rounds(item, action, sent["on"])
    words = f"已更正{'、'.join(map(str, corrected))}，各存为新的一版。" if corrected else ""
    return f"已办理{item}的“{closing.LABELS[action]}”。{words}"


def _page(request, place, item, *, form=None, action="", status=200):
    completion = closing.completion_of(item)
    reached = closing.stage_of(completion)
    since = getattr(completion, f"{reached}_on", None)
    following = closing.next_stage(reached)
    # What stands in a hidden field is what the page shows now, not what was sent.
    fresh = {"seen": reached, "on": timezone.localdate()}
    step = StepForm(initial=fresh, auto_id="step_%s")
    undo = UndoForm(initial=fresh, auto_id="undo_%s")
    if form is not None:
        form.data = form.data.copy()
        form.data["seen"] = reached
        form.auto_id = "undo_%s" if action == "undo" else "step_%s"
        step, undo = (step, form) if action == "undo" else (form, undo)
    context = {
        "place": place,
        "item": item,
        "steps": closing.steps_of(completion),
        "reached": reached,
        "reached_label": closing.LABELS.get(reached, ""),
        "following": following,
        "following_label": closing.LABELS.get(following, ""),
        "form": form,
        # What a step dated back would correct, and what undoing the last one would.
        "step_corrects": closing.closed_rounds(item, following, since) if following else [],
        "undo_corrects": closing.closed_rounds(item, reached, since) if reached else [],
        "step": step,
        "undo": undo,
    }
    return render(request, "progress/item_close.html", context, status=status)


def _item_address(item) -> tuple[str, int]:
    return item.project_list.level, item.number
