"""导出: long exports, started here and fetched when they are done."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from livelihood.organisation.access import Permission, requires
from livelihood.organisation.downloads import download
from progress.models import Export
from progress.operations.exports import GONE, KINDS, restart_export, start_export
from progress.operations.reporting import RefusedError
from progress.views.common import HTMX_HEADERS, Place, find_place

CONFLICT = 409
ENTIRE = Permission.SEE_WHOLE_REGION


def exports_of(place: Place):
    """The exports of a county's year that the reader may fetch."""
    return (
        Export.objects.visible_to(place.user)
        .filter(county=place.county, year=place.year)
        .select_related("by")
    )


@require_safe
@requires(ENTIRE)
@never_cache
@vary_on_headers(*HTMX_HEADERS)
def exports(request, code, year):
    """What can be exported, and the exports so far; with htmx only those."""
    return _page(request, find_place(request, code, year))


def _page(request, place: Place, *, refused: str = "", status: int | None = None):
    now = timezone.now()
    rows = [(export, export.state_at(now), export.error or GONE) for export in exports_of(place)]
    asked, restored = (request.headers.get(name) for name in HTMX_HEADERS)
    partial = bool(asked) and not restored
    context = {
        "place": place,
        "kinds": KINDS.items(),
        "rows": rows,
        "going": any(state in Export.GOING for _export, state, _why in rows),
        "refused": refused,
    }
    template = "_exports" if partial else "exports"
    return render(request, f"progress/{template}.html", context, status=status)


@require_POST
@requires(ENTIRE)
@never_cache
def export_start(request, code, year, kind):
    """Start one; it is made apart from the request."""
    place = find_place(request, code, year)
    if kind not in KINDS:
        raise Http404("没有这种导出。")
    try:
        start_export(by=request.user, county=place.county, year=year, kind=kind, now=timezone.now())
    except RefusedError as refused:
        return _page(request, place, refused=str(refused), status=CONFLICT)
    messages.success(request, "已开始生成，可以离开本页，稍后回来下载。")
    return redirect("exports", code, year)


@require_POST
@requires(ENTIRE)
@never_cache
def export_again(request, code, year, pk):
    """Start a failed one of one's own anew."""
    place = find_place(request, code, year)
    found = get_object_or_404(exports_of(place).filter(by=request.user), pk=pk)
    try:
        restart_export(by=request.user, export=found, now=timezone.now())
    except RefusedError as refused:
        return _page(request, place, refused=str(refused), status=CONFLICT)
    messages.success(request, "已重新开始生成。")
    return redirect("exports", code, year)


@require_safe
@requires(ENTIRE)
@never_cache
def export_file(request, code, year, pk):
    """The file of one that is done."""
    place = find_place(request, code, year)
    found = get_object_or_404(exports_of(place).filter(state=Export.State.DONE), pk=pk)
    try:
        stored = found.file.open("rb")
    except FileNotFoundError:
        raise Http404("导出的文件已不在，请重新导出。") from None
    return download(request, place.county, stored, f"{found.title}.{KINDS[found.kind].ending}")
