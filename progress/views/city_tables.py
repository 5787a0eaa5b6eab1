"""全市对比: the city's tables, taken in by file or by hand, looked at, adopted, withdrawn."""

from pathlib import PurePath

from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from livelihood.organisation.access import Permission, may, require, requires
from livelihood.organisation.downloads import download
from livelihood.organisation.operations.audit import history
from progress.models import CityComparison, CityTable
from progress.operations import city_tables as operations
from progress.operations.city_tables import CityTableChangedError
from progress.operations.reporting import RefusedError
from progress.parts.city_forms import (
    CityTableForm,
    CityUploadForm,
    TypedForm,
    choices_of,
    correction,
)
from progress.rules.keys import key_of
from progress.views.common import Place, find_place
from projects.documents.archives import UnreadableError
from projects.models import ListItem

UNPROCESSABLE, CONFLICT = 422, 409
HISTORY_ROWS = 20
PASTED_NAME = "粘贴的表格.txt"


def tables_of(place: Place):
    """The year's tables that exist for the reader, the latest date first."""
    return (
        CityTable.objects.visible_to(place.user)
        .filter(county=place.county, year=place.year)
        .select_related("county", "taken_by", "adopted_by", "withdrawn_by")
    )


@require_safe
@requires(Permission.SEE_WHOLE_REGION)
@never_cache
def city_tables(request, code, year):
    """All tables of the year, and what is known without one."""
    place = find_place(request, code, year)
    comparisons = CityComparison.objects.filter(
        item__project_list__county=place.county, item__project_list__year=year
    )
    counts = {
        "items": Count("pk"),
        "below": Count("pk", filter=Q(comparable=True, figure__lt=F("average"))),
        "reference": Count("pk", filter=Q(comparable=False)),
    }
    of_table = {row.pop("table"): row for row in comparisons.values("table").annotate(**counts)}
    loaded = comparisons.filter(table=None).values("as_of", "source", "illustrative")
    context = {
        "place": place,
        "rows": [(table, of_table.get(table.pk)) for table in tables_of(place)],
        "loaded": loaded.annotate(**counts).order_by("-as_of"),
        "may_compare": may(request.user, Permission.COMPARE),
    }
    return render(request, "progress/city_tables.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.COMPARE)
@never_cache
def city_table_add(request, code, year):
    """Upload a table or paste one."""
    place = find_place(request, code, year)
    initial = {"as_of": place.as_of}
    form = CityUploadForm(
        request.POST or None, request.FILES or None, initial=initial, year=year, today=place.today
    )
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        table = _take_in(request, place, form) if form.is_valid() else None
        if table is not None:
            return redirect(table)
    context = {"place": place, "form": form, "again": request.FILES}
    return render(request, "progress/city_table_add.html", context, status=status)


def _take_in(request, place: Place, form: CityUploadForm) -> CityTable | None:
    """The table; None where it cannot be read, which then stands in the form."""
    sent = form.cleaned_data
    file = sent["file"]
    try:
        return operations.take_in(
            by=request.user,
            county=place.county,
            year=place.year,
            content=file.read() if file else sent["text"].encode(),
            name=file.name if file else PASTED_NAME,
            kind=CityTable.Kind.FILE if file else CityTable.Kind.PASTED,
            **{name: sent[name] for name in ("as_of", "source", "illustrative")},
        )
    except UnreadableError as unreadable:
        form.add_error("file" if file else "text", str(unreadable))
        return None


# -- One table --------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SEE_WHOLE_REGION)
@never_cache
def city_table(request, code, year, pk):
    """One table: while it waits, how it was read and matched; later, what it says."""
    place = find_place(request, code, year)
    table = get_object_or_404(tables_of(place), pk=pk)
    if request.method == "POST":
        require(request.user, Permission.COMPARE)
        action = ACTIONS.get(request.POST.get("action", ""), _save)
        return action(request, place, table)
    return _page(request, place, table)


def _page(request, place: Place, table: CityTable, *, form=None, problem="", status=200):
    if table.state == CityTable.State.DRAFT:
        return _draft_page(request, place, table, form=form, problem=problem, status=status)
    comparisons = table.comparisons.select_related("item__project_list", "item__project")
    rows = comparisons.order_by("item__project_list__level", "item__number")
    context = {
        "place": place,
        "table": table,
        "rows": rows,
        "below": sum(1 for row in rows if row.comparable and row.figure < row.average),
        "missing": sorted({name for row in rows for name in row.missing}),
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "history": history(table, HISTORY_ROWS),
        "rounds": operations.corrected_rounds(
            table.county, table.year, table.as_of, [row.item_id for row in rows]
        ),
        "may_compare": may(request.user, Permission.COMPARE),
    }
    return render(request, "progress/city_table.html", context, status=status)


def _draft_page(request, place, table, *, form=None, problem="", status=200):
    context = {"place": place, "table": table, "problem": problem}
    try:
        shown = operations.preview(table)
    except UnreadableError as unreadable:
        context["problem"] = problem or str(unreadable)
        return render(request, "progress/city_table_draft.html", context, status=status)
    context |= {
        "preview": shown,
        "form": form or CityTableForm(preview=shown, today=place.today),
        "choices": choices_of(shown),
    }
    return render(request, "progress/city_table_draft.html", context, status=status)


def _sent(request, place, shown):
    """(the form, the table as corrected); None for the table where the form is faulty."""
    form = CityTableForm(request.POST, preview=shown, today=place.today)
    if not form.is_valid():
        return form, None
    table = operations.correct(
        by=request.user,
        shown=shown,
        correction=correction(form, request.POST, shown),
        version=key_of(request.POST.get("version", "")) or 0,
    )
    return form, table


def _save(request, place, table):
    """Keep what was put right, and show how the table is read then."""
    try:
        operations.check_draft(table)
        form, corrected = _sent(request, place, operations.preview(table))
    except (CityTableChangedError, RefusedError, UnreadableError) as refused:
        return _refused(request, place, table, refused)
    if corrected is None:
        return _page(request, place, table, form=form, status=UNPROCESSABLE)
    messages.success(request, "已按您的更正重新读取，尚未采用。")
    return redirect(table)


def _adopt(request, place, table):
    try:
        operations.check_draft(table)
        before = operations.preview(table)
        if before.token != request.POST.get("token", ""):
            raise CityTableChangedError
        form, corrected = _sent(request, place, before)
        if corrected is None:
            return _page(request, place, table, form=form, status=UNPROCESSABLE)
        shown = operations.read_again(before, corrected)
        if shown is None:
            words = "截至日期、本县或对应的清单改动后，表已重新读取，请核对后再确认采用。"
            messages.info(request, words)
            return redirect(table)
        table = corrected
        shown = operations.adopt(
            by=request.user,
            table=table,
            version=table.version,
            token=shown.token,
            reading=shown.reading,
            checked=bool(request.POST.get("checked")),
        )
    except (CityTableChangedError, RefusedError, UnreadableError) as refused:
        return _refused(request, place, table, refused)
    words = f"已采用：{len(shown.taken)}个条目，其中{shown.below}个低于全市平均。"
    if shown.rounds:
        words += f"已截止的期次（{'、'.join(map(str, shown.rounds))}）各存为新的一版。"
    messages.success(request, words)
    return redirect(table)


def _refused(request, place, table, refused):
    found = tables_of(place).filter(pk=table.pk).first()
    if found is None:
        raise Http404("这张表已被放弃。")
    return _page(request, place, found, problem=str(refused), status=CONFLICT)


def _discard(request, place, table):
    try:
        operations.discard(by=request.user, table=table)
    except RefusedError as refused:
        return _refused(request, place, table, refused)
    messages.info(request, "已放弃这张表，没有改动任何数据。")
    return redirect("city_tables", place.county.code, place.year)


def _withdraw(request, place, table):
    try:
        back = operations.withdraw(
            by=request.user, table=table, reason=request.POST.get("reason", "")
        )
    except RefusedError as refused:
        return _refused(request, place, table, refused)
    restored = f"，恢复了此前的{back}项" if back else ""
    messages.success(request, f"已撤销{table}{restored}。")
    return redirect(table)


ACTIONS = {"save": _save, "adopt": _adopt, "discard": _discard, "withdraw": _withdraw}


@require_safe
@requires(Permission.SEE_WHOLE_REGION)
@never_cache
def city_file(request, code, year, pk):
    """The file as it was taken in; as a download only."""
    place = find_place(request, code, year)
    table = get_object_or_404(tables_of(place), pk=pk)
    if not table.file or not table.file.storage.exists(table.file.name):
        raise Http404("这张表没有原件。")
    name = f"{PurePath(table.name).stem or '全市对比'}{PurePath(table.file.name).suffix}"
    summary = f"下载{table}的原件。"
    return download(request, place.county, table.file.open("rb"), name, summary=summary)


# -- One figure --------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.COMPARE)
@never_cache
def city_figure(request, code, year, level, number):
    """The city's figures of one item, typed in."""
    place = find_place(request, code, year)
    item = get_object_or_404(
        ListItem.objects.visible_to(request.user)
        .for_county(place.county, year)
        .select_related("project", "project_list__county"),
        project_list__level=level,
        number=number,
    )
    shown = operations.standing_comparison(item, place.as_of)
    initial = {"as_of": place.as_of, "seen": operations.token_of([shown]) if shown else ""}
    if shown is not None:
        names = ("figure", "average", "rank", "counties", "best", "best_county", "source")
        initial |= {name: getattr(shown, name) for name in (*names, "illustrative")}
    form = TypedForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        year=year,
        today=place.today,
    )
    status = 200
    if form.is_bound:
        status = _type_in(request, item, form)
        if status is None:
            return redirect("item", code, year, level, number)
    context = {
        "place": place,
        "item": item,
        "form": form,
        "shown": shown,
        "tables": item.comparisons.order_by("-as_of"),
    }
    return render(request, "progress/city_figure.html", context, status=status)


def _type_in(request, item: ListItem, form: TypedForm) -> int | None:
    """The status of a refusal, which then stands in the form; None where it was taken in."""
    if not form.is_valid():
        return UNPROCESSABLE
    typed = form.typed()
    try:
        operations.type_in(by=request.user, item=item, typed=typed, seen=form.cleaned_data["seen"])
    except CityTableChangedError:
        there = operations.standing_comparison(item, typed.as_of)
        form.data = form.data.copy()
        form.data["seen"] = operations.token_of([there])
        form.add_error(
            None,
            f"这一天已有数据：{operations.in_words(there)}（{there.source}）。"
            "核对后再次保存即以您填的为准，原有的数据保留在“全市对比”的记录中。",
        )
        return CONFLICT
    messages.success(request, f"已填入{item}的全市对比。")
    return None
