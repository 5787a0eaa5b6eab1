"""镇乡填报: a township's own figures; and the county's choice whether there are any."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from livelihood.organisation.access import Permission, requires
from progress.operations.reporting import RefusedError
from progress.operations.townships import (
    LONGEST_NAME,
    Done,
    TownshipChangedError,
    read_shares,
    switch,
    tell,
    townships_report,
)
from progress.parts.township_form import TownshipForm
from progress.views.common import find_place
from progress.views.desk import Desk, find_desk

UNPROCESSABLE, CONFLICT = 422, 409


def township_page(request, desk: Desk, *, form=None, refused="", status=200):
    """The tasks of a township; None where the person's unit has none."""
    if desk.round is None or desk.unit is None or not townships_report(desk.place.county):
        return None
    shares = read_shares(desk.unit, desk.round, now=desk.now)
    if not shares:
        return None
    form = form or TownshipForm(shares, editable=desk.window.open)
    context = {
        "place": desk.place,
        "desk": desk,
        "form": form,
        "rows": form.rows(),
        "told": sum(1 for share in shares if share.told),
        "refused": refused,
    }
    return render(request, "progress/township_tasks.html", context, status=status)


@never_cache
@require_POST
@requires(Permission.REPORT)
def township_figures(request, code, year, day):
    """Save what a township tells."""
    desk = find_desk(request, code, year, day)
    shares = read_shares(desk.unit, desk.round, now=desk.now) if desk.unit else []
    if not shares:
        return redirect("round_tasks", *desk.args)
    form = TownshipForm(shares, request.POST, editable=True)
    if not form.is_valid():
        answer = township_page(request, desk, form=form, status=UNPROCESSABLE)
        return answer or redirect("round_tasks", *desk.args)
    try:
        done = tell(
            by=request.user,
            unit=desk.unit,
            reporting_round=desk.round,
            told=form.told(),
            shares=shares,
            now=desk.now,
        )
    except (RefusedError, TownshipChangedError) as refused:
        if isinstance(refused, TownshipChangedError):
            form = form.beside(read_shares(desk.unit, desk.round, now=desk.now))
        answer = township_page(request, desk, form=form, refused=str(refused), status=CONFLICT)
        return answer or redirect("round_tasks", *desk.args)
    messages.success(request, _done_words(done))
    return redirect("round_tasks", *desk.args)


def _done_words(done: Done) -> str:
    words = [f"已报{len(done.saved)}项，牵头单位填报时可以看到。"] * bool(done.saved)
    words += [f"已撤回{len(done.withdrawn)}项。"] * bool(done.withdrawn)
    return "".join(words) or "没有改动。"


@require_POST
@requires(Permission.RUN_ROUNDS)
def township_choice(request, code, year):
    """Let the townships report themselves, or no longer."""
    place = find_place(request, code, year)
    on = request.POST.get("on") == "yes"
    units = switch(by=request.user, county=place.county, on=on)
    words = "已开通镇乡自行填报。" if on else "已停用镇乡自行填报，已报的数据保留。"
    if units.added:
        words += f"新增{len(units.added)}个镇乡单位，请系统管理员为其建立账号。"
    messages.success(request, words)
    if units.too_long:
        names = "、".join(f"“{name}”" for name in units.too_long)
        messages.warning(request, f"名称超过{LONGEST_NAME}字，没有建为单位：{names}。")
    return redirect("rounds", place.county.code, year)
