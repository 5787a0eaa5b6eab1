"""版式: the layouts of lists, ready-made and the county's own; lists printed in them."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from livelihood.organisation.access import Permission, may, requires
from livelihood.organisation.documents.table_xlsx import table_workbook
from livelihood.organisation.documents.tables import marks_of
from livelihood.organisation.downloads import download
from livelihood.organisation.operations.audit import history
from livelihood.organisation.words import cn_date
from progress.documents.layout_template import (
    LIMITS,
    ONCE,
    TemplateError,
    sample_template,
)
from progress.models import Layout as LayoutRow
from progress.operations.layouts import (
    MAY_EDIT,
    LayoutChangedError,
    delete_layout,
    layout_by_key,
    layout_of,
    placeholders,
    remove_template,
    save_layout,
    set_template,
    template_file,
    template_of,
    template_workbook,
)
from progress.operations.listing import list_table, slots_of
from progress.parts.layout_form import LayoutForm, TemplateForm, form_data
from progress.parts.table_preview import Preview, preview
from progress.rules.keys import key_of
from progress.rules.layouts import (
    LEVELS,
    NAME_LIMIT,
    ONLY_LABELS,
    READY_MADE,
    Layout,
    LayoutError,
    filled,
    layout_to_dict,
)
from progress.views.common import Place, county_page, find_place
from projects.models import Level

UNPROCESSABLE, CONFLICT = 422, 409
PREVIEW_ROWS = 12
HISTORY_ROWS = 10
COPY = "（副本）"


@dataclass
class Entry:
    """One layout on the page of all: ``problem`` says why it cannot be used, "" if it can."""

    key: str
    layout: Layout | None
    row: LayoutRow | None
    headings: str = ""  # of its columns, from left to right
    use: str = ""
    problem: str = ""

    @property
    def level(self) -> str:
        """Which list it prints."""
        return LEVELS[self.layout.level]

    @property
    def only(self) -> str:
        """Which items it lists."""
        said = [self.layout.unit, self.layout.leader, "★" if self.layout.starred else ""]
        return "、".join(filter(None, [*said, ONLY_LABELS[self.layout.only]]))


def _headings(place: Place, layout: Layout) -> str:
    slots = slots_of(place.county, place.year, place.as_of, layout, {})
    return "、".join(filled(column.heading, slots) for column in layout.columns)


def _entry(place: Place, row: LayoutRow) -> Entry:
    try:
        layout = layout_of(row)
        return Entry(str(row.pk), layout, row, _headings(place, layout))
    except LayoutError as error:
        return Entry(str(row.pk), None, row, problem=str(error))


def rows_of(place: Place):
    """The county's own layouts."""
    own = LayoutRow.objects.visible_to(place.user).filter(county=place.county)
    return own.select_related("changed_by", "county")


@require_safe
@requires(Permission.SEE_WHOLE_REGION)
@county_page
def layouts(request, code, year):
    """All layouts that the county may use, each with its list as Excel."""
    place = find_place(request, code, year)
    level = request.GET.get("level", "")
    context = {
        "place": place,
        "own": [_entry(place, row) for row in rows_of(place)],
        "ready": [
            Entry(key, made.layout, None, _headings(place, made.layout), made.use)
            for key, made in READY_MADE.items()
        ],
        "levels": LEVELS,
        "level": level if level in LEVELS else "",
        "may_edit": may(request.user, MAY_EDIT),
    }
    return render(request, "progress/layouts.html", context)


# -- One -----------------------------------------------------------------------------------


def _start(place: Place, key: str) -> Layout:
    """What a new layout begins with.

    Raises:
        Http404: the address names no layout.
    """
    if not key:
        # Of the first level that the county has items of: the preview shows some.
        levels = {state.item.level for state in place.state.items}
        level = next((level for level in Level.values if level in levels), Level.PROVINCE)
        return READY_MADE[f"standard_{level}"].layout
    try:
        found = layout_by_key(place.county, key)
    except LayoutError as error:
        raise Http404("这个版式不能使用，无法以它新建。") from error
    if found is None:
        raise Http404("没有这个版式。")
    return found[0]


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MAY_EDIT)
@never_cache
def layout_add(request, code, year):
    """A new layout, begun from another one."""
    place = find_place(request, code, year)
    start = layout_to_dict(_start(place, request.GET.get("from", "")))
    start["name"] = f"{start['name'][: NAME_LIMIT - len(COPY)]}{COPY}"
    form = LayoutForm(
        request.POST if request.method == "POST" else form_data(start), items=place.state.items
    )
    return _edit(request, place, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SEE_WHOLE_REGION)
@never_cache
def layout(request, code, year, pk):
    """One of the county's own layouts: changed by the office, looked at by others."""
    place = find_place(request, code, year)
    row = get_object_or_404(rows_of(place), pk=pk)
    if request.method == "POST":
        return _post(request, place, row)
    data = form_data({**row.spec, "name": row.name})
    return _edit(request, place, LayoutForm(data, items=place.state.items, kept=row.spec), row)


@requires(MAY_EDIT)
def _post(request, place: Place, row: LayoutRow):
    form = LayoutForm(request.POST, items=place.state.items, kept=row.spec)
    return _edit(request, place, form, row)


def _edit(request, place: Place, form: LayoutForm, row: LayoutRow | None):
    """Save, or show the form with what it would print."""
    valid = form.is_valid()
    shown = preview_of(place, form.layout)
    if "preview" in request.GET and request.method == "POST":
        return render(request, "progress/_layout_preview.html", {"form": form, "preview": shown})
    status = None
    if request.method == "POST" and request.POST.get("do") != "preview":
        if valid:
            status, saved = _save(request, place, form, row)
            if saved is not None:
                messages.success(request, f"已保存版式“{saved.name}”。")
                return redirect("layout", place.county.code, place.year, saved.pk)
        else:
            status = UNPROCESSABLE
    context = {
        "place": place,
        "form": form,
        "row": row,
        "edits": request.POST.get("edits") or (row.edits if row else 0),
        "preview": shown,
        "asked": request.method == "POST" or not valid,
        "may_edit": may(request.user, MAY_EDIT),
        "history": history(row, HISTORY_ROWS) if row else [],
    }
    if status == CONFLICT and row is not None:
        # Sent again it holds: the form takes the new state over, and the page says so.
        context["edits"] = LayoutRow.objects.filter(pk=row.pk).values_list("edits", flat=True)[0]
    return render(request, "progress/layout.html", context, status=status)


def preview_of(place: Place, layout: Layout | None) -> Preview | None:
    """The first rows of a layout's list; None for one that cannot be used."""
    return layout and preview(list_table(place.state, layout), PREVIEW_ROWS)


def _number(text: str) -> int:
    """A count that a form carries; one that nothing has for anything else."""
    number = key_of(text)
    return -1 if number is None else number


def _save(request, place: Place, form: LayoutForm, row) -> tuple[int | None, LayoutRow | None]:
    """(status of the answer, the layout if it was saved); faults stand in the form."""
    try:
        saved = save_layout(
            by=request.user,
            county=place.county,
            layout=form.layout,
            row=row,
            edits=_number(request.POST.get("edits", "")),
        )
    except LayoutChangedError as changed:
        if changed.row is None:
            raise Http404(str(changed)) from changed
        form.add_error(
            None, f"{changed}您填的内容还在下面，核对后再保存即以您的为准；打开版式列表可看现在的。"
        )
        return CONFLICT, None
    except ValidationError as error:
        faults = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
        for words in faults.values():
            form.add_error("name" if hasattr(error, "error_dict") else None, words)
        return UNPROCESSABLE, None
    return None, saved


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MAY_EDIT)
@never_cache
def layout_delete(request, code, year, pk):
    """Ask, then delete a layout."""
    place = find_place(request, code, year)
    row = get_object_or_404(rows_of(place), pk=pk)
    refused = ""
    if request.method == "POST":
        try:
            delete_layout(by=request.user, row=row, edits=_number(request.POST.get("edits", "")))
        except LayoutChangedError as changed:
            refused = f"没有删除：{changed}请看过后再删除。"
            row = get_object_or_404(rows_of(place), pk=pk)
        else:
            messages.success(request, f"已删除版式“{row.name}”。")
            return redirect("layouts", code, year)
    context = {"place": place, "row": row, "refused": refused}
    status = CONFLICT if refused else None
    return render(request, "progress/layout_delete.html", context, status=status)


# -- Files ---------------------------------------------------------------------------------


@require_safe
@requires(Permission.SEE_WHOLE_REGION)
@never_cache
def layout_excel(request, code, year, key):
    """A list in a layout as Excel: in the county's own file where the layout has one."""
    place = find_place(request, code, year)
    try:
        found = layout_by_key(place.county, key)
    except LayoutError as error:
        return _unusable(request, place, [p.words for p in error.problems])
    if found is None:
        raise Http404("没有这个版式。")
    shown, row = found
    level = request.GET.get("level", "")
    level = level if level in LEVELS and not shown.level else shown.level
    try:
        content = _workbook(place, shown, row, level)
    except TemplateError as error:
        return _unusable(request, place, error.problems)
    which = f"（{LEVELS[level]}）" if level and not shown.level else ""
    name = f"{place.county.name}{year}年{shown.name}{which}（截至{cn_date(place.as_of)}）.xlsx"
    return download(request, place.county, content, name)


def _workbook(place: Place, layout: Layout, row: LayoutRow | None, level: str) -> bytes:
    if row is not None and row.template:
        return template_workbook(place.state, layout, template_of(row), level=level)
    table = list_table(place.state, layout, level=level)
    return table_workbook(
        [table], title=table.title, made_on=place.as_of, marks=marks_of(table.notes)
    )


def _unusable(request, place: Place, problems: list[str]) -> HttpResponse:
    context = {"place": place, "problems": problems}
    return render(request, "progress/layout_unusable.html", context, status=UNPROCESSABLE)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SEE_WHOLE_REGION)
@never_cache
def layout_template(request, code, year, pk):
    """The Excel template of a layout: what it may say, the file, another one, none."""
    place = find_place(request, code, year)
    row = get_object_or_404(rows_of(place), pk=pk)
    if request.method == "POST":
        return _change_template(request, place, row)
    if "file" in request.GET:
        return _template_file(request, row)
    return _template_page(request, place, row, TemplateForm())


@requires(MAY_EDIT)
def _change_template(request, place: Place, row: LayoutRow):
    form, edits = TemplateForm(), _number(request.POST.get("edits", ""))
    here = ["layout_template", place.county.code, place.year, row.pk]
    try:
        if request.POST.get("do") == "remove":
            remove_template(by=request.user, row=row, edits=edits)
            messages.success(request, "已移除 Excel 模板，下载时按版式的列打印。")
            return redirect(*here)
        form = TemplateForm(request.POST, request.FILES)
        if not form.is_valid():
            return _template_page(request, place, row, form, status=UNPROCESSABLE)
        file = form.cleaned_data["file"]
        # One byte more than is allowed is enough to know that it is too much.
        content = file.read(LIMITS.file + 1)
        set_template(by=request.user, row=row, edits=edits, content=content, name=file.name)
    except TemplateError as error:
        form.add_error("file", error.problems)
        return _template_page(request, place, row, form, status=UNPROCESSABLE)
    except LayoutChangedError as changed:
        row = get_object_or_404(rows_of(place), pk=row.pk)
        refused = f"没有办理：{changed}请看过后再操作。"
        return _template_page(request, place, row, TemplateForm(), status=CONFLICT, refused=refused)
    messages.success(request, f"已上传模板“{file.name}”，下载时用它打印。")
    return redirect(*here)


def _template_file(request, row: LayoutRow):
    if not row.template:
        raise Http404("这个版式没有 Excel 模板。")
    try:
        content = template_file(row)
    except TemplateError as error:
        raise Http404(str(error)) from error
    return download(request, row.county, content, f"{row.name}（模板）.xlsx")


def _template_page(request, place: Place, row: LayoutRow, form, *, status=None, refused=""):
    context = {
        "place": place,
        "row": row,
        "form": form,
        "refused": refused,
        "once": ONCE.items(),
        "in_rows": placeholders(),
        "may_edit": may(request.user, MAY_EDIT),
    }
    return render(request, "progress/layout_template.html", context, status=status)


@require_safe
@requires(Permission.SEE_WHOLE_REGION)
def layout_sample(request, code, year):
    """A small template to begin with."""
    place = find_place(request, code, year)
    return download(request, place.county, sample_template(), "版式模板示例.xlsx")
