"""导入清单: from a document to the county's lists, step by step; each can be taken up later."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from livelihood.organisation.access import Permission, requires
from livelihood.organisation.downloads import download
from livelihood.organisation.models import Region, Unit
from progress.operations.import_confirm import compare, confirm_import
from progress.operations.import_undo import undo_import, undo_refusal
from progress.operations.plan_changes import Approval, UnapprovedError
from progress.operations.plan_import import (
    ImportChangedError,
    choose_columns,
    decide_links,
    decide_units,
    drop_import,
    read_next,
    start_import,
    unit_questions,
)
from progress.operations.reporting import RefusedError
from progress.parts.import_forms import ApprovalForm, ColumnsForm, ImportForm
from progress.parts.import_rows import RowView
from progress.rules.keys import key_of
from progress.views.common import Place, find_place
from projects.documents.archives import LIMITS, UnreadableError
from projects.documents.templates import list_template
from projects.models import ImportRow, Level, ListItem, PlanImport, ProjectList
from projects.operations.load import FaultsError
from projects.rules.exchange import FIRST_YEAR, LAST_YEAR, LEVEL_WORDS

# What was sent cannot be taken as it is; or: somebody else was faster.
UNPROCESSABLE, CONFLICT = 422, 409
PAGE = 50
OPEN, EDITED, ALL = "open", "edited", "all"


@dataclass
class ImportDesk:
    """Where an import is done: the county, which may have no list of that year yet."""

    user: object
    county: Region
    year: int
    place: Place | None
    plan: PlanImport | None = None

    @property
    def args(self) -> list:
        """County and year, for addresses."""
        return [self.county.code, self.year]

    @cached_property
    def plan_args(self) -> list:
        """The same with the import."""
        return [*self.args, self.plan.pk]

    @property
    def context(self) -> dict:
        """What every page of the import shows."""
        return {"desk": self, "place": self.place, "plan": self.plan}


def find_import_desk(request, code: str, year: int, pk: int | None = None) -> ImportDesk:
    """The county that the address names, and the import if it names one.

    Raises:
        Http404: either does not exist for the reader, or the year cannot be.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404(f"年度应在{FIRST_YEAR}至{LAST_YEAR}之间。")
    counties = Region.objects.visible_to(request.user).filter(kind=Region.Kind.COUNTY)
    county = get_object_or_404(counties.select_related("parent"), code=code)
    plan = None
    if pk is not None:
        plans = PlanImport.objects.visible_to(request.user).select_related(
            "county__parent", "started_by", "confirmed_by"
        )
        plan = get_object_or_404(plans, pk=pk, county=county, year=year)
    has_lists = ProjectList.objects.filter(county=county, year=year).exists()
    place = find_place(request, code, year) if has_lists else None
    return ImportDesk(request.user, county, year, place, plan)


@require_safe
@never_cache
@requires(Permission.EDIT_PLANS)
def imports(request, code, year):
    """Every import of the county and year, the latest first."""
    desk = find_import_desk(request, code, year)
    plans = PlanImport.objects.filter(county=desk.county, year=year).select_related(
        "started_by", "confirmed_by"
    )
    context = desk.context | {"plans": plans, "levels": Level.choices}
    return render(request, "progress/imports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires(Permission.EDIT_PLANS)
def import_start(request, code, year):
    """Choose a file or paste text; the limits are told before."""
    desk = find_import_desk(request, code, year)
    form = ImportForm(
        *([request.POST, request.FILES] if request.method == "POST" else []),
        initial={"year": year},
    )
    if not form.is_bound or not form.is_valid():
        return _start_page(request, desk, form)
    said = form.cleaned_data
    file = said["file"]
    try:
        plan = start_import(
            by=request.user,
            county=desk.county,
            year=said["year"],
            name=file.name if file else "",
            content=file.read() if file else None,
            text=said["text"],
        )
    except UnreadableError as unreadable:
        form.add_error("file" if file else "text", str(unreadable))
        return _start_page(request, desk, form)
    return redirect("import_columns", code, plan.year, plan.pk)


def _start_page(request, desk: ImportDesk, form):
    context = desk.context | {"form": form, "limits": LIMITS, "levels": Level.choices}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "progress/import_start.html", context, status=status)


@require_safe
@never_cache
@requires(Permission.EDIT_PLANS)
def import_template(request, code, year, level):
    """An empty Excel list of one level, with headings and examples."""
    desk = find_import_desk(request, code, year)
    if level not in Level.values:
        raise Http404("没有这个层级的模板。")
    name = f"{desk.county.name}{year}年{LEVEL_WORDS[level]}民生实事清单模板.xlsx"
    return download(request, desk.county, list_template(level, year), name)


STEP_PAGES = {
    PlanImport.State.COLUMNS: "import_columns",
    PlanImport.State.READING: "import_reading",
    PlanImport.State.PREVIEW: "import_preview",
}


def at_its_step(desk: ImportDesk, *states):
    """A redirect to the page on which the import goes on; None where it is in ``states``."""
    if desk.plan.state in states:
        return None
    name = STEP_PAGES.get(desk.plan.state, "import_done")
    return redirect(name, *desk.plan_args)


@require_safe
@never_cache
@requires(Permission.EDIT_PLANS)
def import_page(request, code, year, pk):
    """Where the import was left."""
    return at_its_step(find_import_desk(request, code, year, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires(Permission.EDIT_PLANS)
def import_columns(request, code, year, pk):
    """Which level every list is, and what its columns hold."""
    desk = find_import_desk(request, code, year, pk)
    if desk.plan.state not in PlanImport.UNFINISHED:
        return at_its_step(desk)
    form = ColumnsForm(request.POST if request.method == "POST" else None, plan=desk.plan)
    if not form.is_bound:
        return _columns_page(request, desk, form, 200)
    if not form.is_valid():
        return _columns_page(request, desk, form, UNPROCESSABLE)
    try:
        choose_columns(
            by=request.user,
            plan=desk.plan,
            choices=form.choices,
            as_of=form.cleaned_data["as_of"],
            version=_number(request.POST.get("version")),
        )
    except ImportChangedError as changed:
        form.add_error(None, str(changed))
        desk.plan.refresh_from_db()
        return _columns_page(request, desk, form, CONFLICT)
    except RefusedError as refused:
        form.add_error(None, str(refused))
        return _columns_page(request, desk, form, UNPROCESSABLE)
    return redirect("import_page", *desk.plan_args)


def _columns_page(request, desk: ImportDesk, form, status):
    context = desk.context | {
        "form": form,
        "edited": desk.plan.rows.filter(edited=True).count(),
    }
    return render(request, "progress/import_columns.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires(Permission.EDIT_PLANS)
def import_reading(request, code, year, pk):
    """How far a long document has been read; POST reads on."""
    desk = find_import_desk(request, code, year, pk)
    if request.method == "POST" and desk.plan.state == PlanImport.State.READING:
        read_next(plan=desk.plan)
        return redirect("import_page", *desk.plan_args)
    if answer := at_its_step(desk, PlanImport.State.READING):
        return answer
    total = desk.plan.rows.count()
    read = desk.plan.rows.filter(row__isnull=False).count()
    context = desk.context | {"total": total, "read": read}
    return render(request, "progress/import_reading.html", context)


# -- Checking ------------------------------------------------------------------------


@require_safe
@never_cache
@requires(Permission.EDIT_PLANS)
def import_preview(request, code, year, pk):
    """Every row: the words with what was understood marked, the reading to put right."""
    desk = find_import_desk(request, code, year, pk)
    if answer := at_its_step(desk, PlanImport.State.PREVIEW):
        return answer
    return preview_page(request, desk)


def preview_page(request, desk: ImportDesk, status=200, problem=""):
    """The page on which rows are checked; ``problem`` says what was not taken."""
    plan = desk.plan
    counts = _counts(plan)
    show = request.GET.get("show")
    if show not in (OPEN, EDITED, ALL):
        show = OPEN if counts[OPEN] else ALL
    level = request.GET.get("level", "")
    rows = plan.rows.order_by("-faulty", "order") if show == OPEN else plan.rows.order_by("order")
    if show == OPEN:
        rows = rows.filter(open=True)
    elif show == EDITED:
        rows = rows.filter(edited=True)
    if level in Level.values:
        rows = rows.filter(level=level)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for row in page:
        row.plan_import = plan
    context = desk.context | {
        "page": page,
        "rows": [RowView(row) for row in page],
        "show": show,
        "level": level if level in Level.values else "",
        "counts": counts,
        "shows": [(OPEN, "有疑问", counts[OPEN]), (EDITED, "已改", counts[EDITED]),
                  (ALL, "全部", counts[ALL])],
        "levels": [(value, word, counts[value]) for value, word in Level.choices if counts[value]],
        "questions": unit_questions(plan),
        "units": Unit.objects.filter(region=desk.county).values_list("name", flat=True),
        "links": _links(plan),
        "problem": problem,
    }  # fmt: skip
    return render(request, "progress/import_preview.html", context, status=status)


def _counts(plan: PlanImport) -> Counter:
    """How many rows have doubts, were put right, are there; also by level."""
    counts = Counter()
    told = (
        plan.rows.order_by("level")
        .values("level")
        .annotate(
            total=Count("pk"),
            is_open=Count("pk", filter=Q(open=True)),
            put_right=Count("pk", filter=Q(edited=True)),
        )
        .values_list("level", "total", "is_open", "put_right")
    )
    for level, total, is_open, edited in told:
        counts.update({ALL: total, level: total, OPEN: is_open, EDITED: edited})
    return counts


def _links(plan: PlanImport) -> list[dict]:
    """The proposals with the words of their rows; those without an answer first."""
    pks = {kind: [pk for link in plan.links for k, pk in link["members"] if k == kind]
           for kind in ("row", "item")}  # fmt: skip
    rows = ImportRow.objects.filter(pk__in=pks["row"]).only("level", "number", "row")
    names = {
        ("row", row.pk): (f"{LEVEL_WORDS[row.level]}第{row.number}项", row.row["title"])
        for row in rows
    }
    items = ListItem.objects.filter(pk__in=pks["item"]).select_related("project_list")
    names |= {("item", item.pk): (f"{item}（已有清单）", item.title) for item in items}
    shown = []
    for place, link in enumerate(plan.links):
        kept = link.get("kept", link["members"])
        members = [
            {"key": f"{kind}-{pk}", "name": names[kind, pk][0], "title": names[kind, pk][1],
             "kept": [kind, pk] in kept}
            for kind, pk in link["members"] if (kind, pk) in names
        ]  # fmt: skip
        shown.append(link | {"place": place, "rows": members})
    return sorted(shown, key=lambda link: bool(link["state"]))


@require_POST
@never_cache
@requires(Permission.EDIT_PLANS)
def import_units(request, code, year, pk):
    """Keep what unknown names of units mean."""
    desk = find_import_desk(request, code, year, pk)
    if answer := at_its_step(desk, PlanImport.State.PREVIEW):
        return answer
    known = {question.printed for question in unit_questions(desk.plan)}
    chosen = {
        name.removeprefix("unit-"): value
        for name, value in request.POST.items()
        if name.startswith("unit-") and name.removeprefix("unit-") in known
    }
    return _decide(
        request,
        desk,
        "单位名称已确定。",
        lambda version: decide_units(
            by=request.user, plan=desk.plan, chosen=chosen, version=version
        ),
    )


@require_POST
@never_cache
@requires(Permission.EDIT_PLANS)
def import_links(request, code, year, pk):
    """Keep which rows are the same work: one proposal, or all that were sent."""
    desk = find_import_desk(request, code, year, pk)
    if answer := at_its_step(desk, PlanImport.State.PREVIEW):
        return answer
    action, _, place = request.POST.get("action", "").partition("-")
    places = [_number(place)] if place else range(len(desk.plan.links))
    if not place:
        places = [p for p in places if not desk.plan.links[p]["state"]]
    decisions = {p: request.POST.getlist(f"link-{p}") if action == "accept" else [] for p in places}
    return _decide(
        request,
        desk,
        "已记下，确认导入时一并关联。" if action == "accept" else "已记下，不关联。",
        lambda version: decide_links(
            by=request.user, plan=desk.plan, decisions=decisions, version=version
        ),
    )


def _decide(request, desk: ImportDesk, done: str, action):
    try:
        action(_number(request.POST.get("version")))
    except (ImportChangedError, RefusedError) as refused:
        desk.plan.refresh_from_db()
        return preview_page(request, desk, CONFLICT, str(refused))
    messages.success(request, done)
    return redirect("import_preview", *desk.plan_args)


# -- The end -------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires(Permission.EDIT_PLANS)
def import_confirm(request, code, year, pk):
    """What would change; POST writes it."""
    desk = find_import_desk(request, code, year, pk)
    if answer := at_its_step(desk, PlanImport.State.PREVIEW):
        return answer
    if request.method != "POST":
        return _confirm_page(request, desk)
    # On a first list there is nothing to choose.
    chosen = None
    if "all" not in request.POST:
        chosen = {_number(value) for value in request.POST.getlist("row")}
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return _confirm_page(request, desk, UNPROCESSABLE, (), chosen, form)
    try:
        plan = confirm_import(
            by=request.user,
            plan=desk.plan,
            version=_number(request.POST.get("version")),
            chosen=chosen,
            approval=Approval(**form.cleaned_data),
        )
    except (ImportChangedError, RefusedError) as refused:
        desk.plan.refresh_from_db()
        return _confirm_page(request, desk, CONFLICT, [str(refused)], chosen, form)
    except UnapprovedError as unapproved:
        return _confirm_page(request, desk, UNPROCESSABLE, [str(unapproved)], chosen, form)
    except FaultsError as faulty:
        problems = [fault.message for fault in faulty.faults]
        return _confirm_page(request, desk, UNPROCESSABLE, problems, chosen, form)
    new = len(plan.result["items"])
    messages.success(request, f"已导入：新增{new}项，修改{len(plan.result['before'])}项。")
    return redirect("import_done", *desk.plan_args)


def _confirm_page(request, desk: ImportDesk, status=200, problems=(), chosen=None, form=None):
    comparison = compare(desk.plan)
    faults = [("", problem) for problem in problems]
    for name, sentences in form.errors.items() if form else ():
        faults += [(form[name].id_for_label, sentence) for sentence in sentences]
    context = desk.context | {
        "comparison": comparison,
        "approval": form or ApprovalForm(),
        "problems": faults,
        "chosen": chosen,
        "counts": dict(Counter(LEVEL_WORDS[c.item.level] for c in comparison.new)),
    }
    return render(request, "progress/import_confirm.html", context, status=status)


@require_safe
@never_cache
@requires(Permission.EDIT_PLANS)
def import_done(request, code, year, pk):
    """What an import that is over has done, and the way to undo it."""
    desk = find_import_desk(request, code, year, pk)
    if desk.plan.state in PlanImport.UNFINISHED:
        return at_its_step(desk)
    return _done_page(request, desk)


def _done_page(request, desk: ImportDesk, status=200, problem=""):
    context = desk.context | {"refusal": undo_refusal(desk.plan), "problem": problem}
    return render(request, "progress/import_done.html", context, status=status)


@require_POST
@never_cache
@requires(Permission.EDIT_PLANS)
def import_undo(request, code, year, pk):
    """Take a confirmed import back."""
    desk = find_import_desk(request, code, year, pk)
    try:
        undo_import(by=request.user, plan=desk.plan)
    except RefusedError as refused:
        return _done_page(request, desk, CONFLICT, str(refused))
    messages.success(request, "已撤销这次导入，清单恢复到导入以前。")
    return redirect("imports", *desk.args)


@require_POST
@never_cache
@requires(Permission.EDIT_PLANS)
def import_drop(request, code, year, pk):
    """Give an unfinished import up."""
    desk = find_import_desk(request, code, year, pk)
    try:
        drop_import(by=request.user, plan=desk.plan)
    except RefusedError as refused:
        messages.error(request, str(refused))
        return redirect("import_page", *desk.plan_args)
    messages.info(request, f"已放弃导入“{desk.plan.name}”，没有改动任何清单。")
    return redirect("imports", *desk.args)


def _number(text) -> int:
    """A number that was sent; −1, which is no version and no key, for anything else."""
    number = key_of(text)
    return -1 if number is None else number
