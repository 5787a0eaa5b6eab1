"""通报: the list of issues, drafting, the preview as it will print, issuing, both files."""

from dataclasses import dataclass, replace
from functools import cached_property

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from livelihood.organisation.access import Permission, may, requires
from livelihood.organisation.documents.lines import title_lines
from livelihood.organisation.downloads import download
from livelihood.organisation.operations.audit import history
from progress.documents.bulletin import BulletinContent
from progress.documents.bulletin_docx import bulletin_document
from progress.documents.bulletin_xlsx import bulletin_workbook
from progress.models import Bulletin, BulletinVersion, Round
from progress.operations.bulletin_content import Material
from progress.operations.bulletins import (
    BulletinChangedError,
    correct_bulletin,
    data_of_bulletin,
    delete_draft,
    issue_bulletin,
    issued_content,
    outdated_texts,
    proposed_data,
    read_draft,
    save_bulletin,
    start_bulletin,
)
from progress.operations.layouts import layout_choices
from progress.operations.reporting import RefusedError
from progress.parts.bulletin_form import (
    PART_LABELS,
    BulletinFilter,
    BulletinForm,
    CorrectionForm,
    IssueForm,
)
from progress.parts.table_preview import preview
from progress.parts.text_links import TextLinks
from progress.rules.keys import key_of
from progress.views.common import Place, find_place
from projects.models import LEVEL_ORDER, ProjectList

UNPROCESSABLE, CONFLICT = 422, 409
HISTORY_ROWS = 20
# Of each table; the files hold them whole.
PREVIEW_ROWS = 400


def bulletins_of(place: Place):
    """The issues of a county's year that exist for the reader."""
    return (
        Bulletin.objects.visible_to(place.user)
        .filter(county=place.county, year=place.year)
        .select_related("county", "round__county", "created_by")
    )


def bulletins_in_order(found):
    """Drafts on top, then the latest number first."""
    latest = (F(name).desc(nulls_first=True) for name in ("issue_year", "number"))
    return found.order_by(*latest, "-pk")


@require_safe
@never_cache
def bulletins(request, code, year):
    """The issues of a county's year: drafts on top, then the latest number first."""
    place = find_place(request, code, year)
    own = bulletins_of(place)
    found = BulletinFilter(request.GET, own)
    context = {
        "place": place,
        "filter": found,
        "rows": bulletins_in_order(found.qs),
        "total": own.count(),
        "may_write": may(request.user, Permission.WRITE_BULLETINS),
    }
    return render(request, "progress/bulletins.html", context)


# -- A new one --------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.WRITE_BULLETINS)
@never_cache
def bulletin_add(request, code, year):
    """Choose the round; its issue is drafted at once, and opens to be edited."""
    place = find_place(request, code, year)
    if request.method == "POST":
        chosen = _round(place, request.POST.get("round", ""))
        try:
            started = start_bulletin(by=request.user, round=chosen, data=proposed_data(chosen))
        except RefusedError as refused:
            messages.error(request, str(refused))
            return redirect("bulletin_add", code, year)
        return redirect("bulletin_edit", code, year, started.pk)
    # What can be issued at once: the latest closed round, as long as there is one.
    closed = [r for r in place.rounds if r.state == Round.State.CLOSED]
    context = {
        "place": place,
        "proposed": next(iter(closed or place.rounds), None),
        "drafts": bulletins_of(place).filter(state=Bulletin.State.DRAFT),
    }
    return render(request, "progress/bulletin_add.html", context)


def _round(place: Place, day: str) -> Round:
    for reporting_round in place.rounds:
        if reporting_round.as_of.isoformat() == day:
            return reporting_round
    raise Http404("没有这个期次。")


# -- One --------------------------------------------------------------------------------


@dataclass
class Shown:
    """One issue, and the version that the address asks for: a draft is composed anew."""

    place: Place
    bulletin: Bulletin
    version: BulletinVersion | None  # None: a draft

    @cached_property
    def content(self) -> BulletinContent:
        """What it says."""
        return self._draft[1] if self.version is None else issued_content(self.version)

    @cached_property
    def _draft(self) -> tuple[Material, BulletinContent]:
        return read_draft(self.bulletin, now=timezone.now())

    @property
    def outdated_texts(self) -> list[str]:
        """Of a draft, the edited parts whose data has changed since."""
        if self.version is not None:
            return []
        material, _content = self._draft
        found = outdated_texts(data_of_bulletin(self.bulletin), material.drafts)
        return [PART_LABELS[part] for part in found]

    @property
    def file_name(self) -> str:
        """Of its files, without the ending."""
        corrected = self.version is not None and self.version.number > 1
        version = f"（第{self.version.number}版）" if corrected else ""
        return f"{self.content.number} {self.content.title}{version}"


def find_bulletin(request, code, year, pk) -> Shown:
    """The issue and version that the address names.

    Raises:
        Http404: it does not exist for the reader.
    """
    place = find_place(request, code, year)
    bulletin = get_object_or_404(bulletins_of(place), pk=pk)
    if bulletin.state == Bulletin.State.DRAFT:
        return Shown(place, bulletin, None)
    number = key_of(request.GET.get("version"))
    version = get_object_or_404(
        bulletin.versions, number=bulletin.version if number is None else number
    )
    return Shown(place, bulletin, version)


@require_safe
@never_cache
def bulletin(request, code, year, pk):
    """One issue as it will print, its versions, and what can be done with it."""
    return _page(request, find_bulletin(request, code, year, pk))


def _page(request, shown: Shown, *, form: IssueForm | None = None, status: int | None = None):
    content, found = shown.content, shown.bulletin
    may_write = may(request.user, Permission.WRITE_BULLETINS)
    if form is None and may_write and shown.version is None:
        today = timezone.localdate()
        form = IssueForm(today=today, as_of=found.round.as_of, edits=found.edits)
    context = {
        "place": shown.place,
        "bulletin": found,
        "version": shown.version,
        "versions": found.versions.select_related("by").order_by("-number"),
        "content": content,
        "title_lines": title_lines(content.title),
        "sections": _linked_sections(shown),
        "sheets": [
            (
                sheet,
                content.notes_with(sheet),
                preview(sheet, PREVIEW_ROWS),
                sheet.name in content.annexes,
            )
            for sheet in content.sheets
        ],
        "form": form,
        "may_write": may_write,
        "history": history(found, HISTORY_ROWS),
        "outdated": _outdated(shown),
        "outdated_texts": shown.outdated_texts,
    }
    return render(request, "progress/bulletin.html", context, status=status)


def _linked_sections(shown: Shown) -> list[tuple[str, list[SafeString]]]:
    """The headings with their paragraphs, whose numbers lead to the rows that they count."""
    at_the_round = replace(shown.place, as_of=shown.bulletin.round.as_of)
    sheets = enumerate(shown.content.sheets, start=1)
    anchors = {sheet.name: f"#sheet-{n}" for n, sheet in sheets}
    links = TextLinks(at_the_round.state, anchors, shown.place.titles)
    return [
        (section.heading, [links.linked(words) for words in section.paragraphs])
        for section in shown.content.sections
    ]


def _outdated(shown: Shown) -> bool:
    """Whether the round has been corrected since the issue in force went out."""
    version, found = shown.version, shown.bulletin
    if version is None or version.number != found.version:
        return False
    return version.round_version < found.round.version


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.WRITE_BULLETINS)
@never_cache
def bulletin_edit(request, code, year, pk):
    """Frame, lists, layouts and texts of a draft; of an issue, its correction."""
    place = find_place(request, code, year)
    found = get_object_or_404(bulletins_of(place), pk=pk)
    form = _form(found, request.POST if request.method == "POST" else None)
    status = None
    if form.is_bound:
        status = _save(request, form, found)
        if status is None:
            return redirect("bulletin", code, year, pk)
    context = {
        "place": place,
        "bulletin": found,
        "form": form,
        "correcting": isinstance(form, CorrectionForm),
    }
    return render(request, "progress/bulletin_edit.html", context, status=status)


def _form(found: Bulletin, data) -> BulletinForm:
    material, _content = read_draft(found, now=timezone.now())
    titles = ProjectList.objects.titles(found.county, found.year)
    kind = BulletinForm if found.state == Bulletin.State.DRAFT else CorrectionForm
    return kind(
        data,
        shown=data_of_bulletin(found),
        edits=found.edits,
        drafts=material.drafts,
        levels=sorted(titles, key=LEVEL_ORDER.get),
        layouts=layout_choices(found.county),
    )


def _save(request, form: BulletinForm, found: Bulletin) -> int | None:
    """The status of a refusal, or None where it was saved; faults stand in the form."""
    if not form.is_valid():
        return UNPROCESSABLE
    given = {"by": request.user, "bulletin": found, "data": form.data_given}
    given["edits"] = form.cleaned_data["edits"] or 0
    try:
        if isinstance(form, CorrectionForm):
            version = correct_bulletin(**given, note=form.cleaned_data["note"])
            messages.success(request, f"已更正{found}，现为第{version.number}版。")
        else:
            save_bulletin(**given)
            messages.success(request, "已保存。")
    except BulletinChangedError as changed:
        # What was typed is kept and, sent again, holds.
        form.take_over(changed.bulletin.edits)
        form.add_error(None, f"{changed}您写的内容还在下面，核对后再保存即以您的为准。")
        return CONFLICT
    except RefusedError as refused:
        form.add_error(None, str(refused))
        return CONFLICT
    except ValidationError as error:
        for field, faults in error.message_dict.items():
            form.add_error(field if field in form.fields else None, faults)
        return UNPROCESSABLE
    return None


@require_POST
@requires(Permission.WRITE_BULLETINS)
@never_cache
def bulletin_issue(request, code, year, pk):
    """Number the draft and keep it word for word."""
    shown = find_bulletin(request, code, year, pk)
    found = shown.bulletin
    form = IssueForm(
        request.POST, today=timezone.localdate(), as_of=found.round.as_of, edits=found.edits
    )
    if not form.is_valid():
        return _page(request, shown, form=form, status=UNPROCESSABLE)
    try:
        version = issue_bulletin(by=request.user, bulletin=found, **form.cleaned_data)
    except (RefusedError, BulletinChangedError) as refused:
        form.add_error(None, str(refused))
        if isinstance(refused, BulletinChangedError):
            form.data = form.data.copy()
            form.data["edits"] = refused.bulletin.edits
            shown = find_bulletin(request, code, year, pk)
        return _page(request, shown, form=form, status=CONFLICT)
    messages.success(request, f"已印发{version.bulletin}。")
    return redirect("bulletin", code, year, pk)


@require_POST
@requires(Permission.WRITE_BULLETINS)
@never_cache
def bulletin_delete(request, code, year, pk):
    """Throw a draft away."""
    shown = find_bulletin(request, code, year, pk)
    edits = key_of(request.POST.get("edits"))
    try:
        delete_draft(
            by=request.user,
            bulletin=shown.bulletin,
            edits=-1 if edits is None else edits,
        )
    except (RefusedError, BulletinChangedError) as refused:
        messages.error(request, str(refused))
        return _page(request, find_bulletin(request, code, year, pk), status=CONFLICT)
    messages.success(request, "草稿已删除。")
    return redirect("bulletins", code, year)


# -- The files --------------------------------------------------------------------------


@require_safe
@never_cache
def bulletin_docx(request, code, year, pk):
    """The text with its annexes as a Word file."""
    shown = find_bulletin(request, code, year, pk)
    content = bulletin_document(shown.content)
    return download(request, shown.place.county, content, f"{shown.file_name}.docx")


@require_safe
@never_cache
def bulletin_xlsx(request, code, year, pk):
    """All its tables as an Excel file."""
    shown = find_bulletin(request, code, year, pk)
    content = bulletin_workbook(shown.content)
    return download(request, shown.place.county, content, f"{shown.file_name}.xlsx")
