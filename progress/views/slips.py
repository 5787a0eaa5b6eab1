"""催办单、督办单: the list, a new one, one with its answer and closing, the Word file."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from livelihood.organisation.access import Permission, may, require, requires
from livelihood.organisation.downloads import download
from livelihood.organisation.models import Unit
from livelihood.organisation.operations.audit import history
from progress.documents.slip_docx import slip_document
from progress.models import Round, Slip
from progress.operations.reporting import RefusedError
from progress.operations.reporting_board import Cell, read_board
from progress.operations.slips import (
    LADDER,
    Draft,
    SlipChangedError,
    answer_slip,
    close_slip,
    issue_slip,
    proposed_deadline,
    slip_url,
    supervising_draft,
    urging_draft,
    version_of,
)
from progress.parts.slip_parts import (
    AnswerForm,
    SlipFilter,
    SlipForm,
    kind_words,
    sheet_of,
    state_of,
)
from progress.rules.keys import key_of
from progress.views.common import Place, find_place
from projects.models import ListItem

HISTORY_ROWS = 20
UNPROCESSABLE, CONFLICT = 422, 409


def slips_of(place: Place):
    """The slips of a county's year that exist for the reader."""
    return (
        Slip.objects.visible_to(place.user)
        .filter(county=place.county, round__as_of__year=place.year)
        .select_related(
            "unit", "round", "county", "item__project", "item__project_list", "former",
            "issued_by__unit", "answered_by", "closed_by",
        )
    )  # fmt: skip


def listed_slips(request, place: Place):
    """(all slips of the year, the filters, what they leave in the order of the page)."""
    own = slips_of(place)
    found = SlipFilter(request.GET, own, today=place.today)
    shown = found.qs.order_by(
        F("closed_at").asc(nulls_first=True), "deadline", "-year", "-number"
    ).prefetch_related("successors")
    return own, found, shown


@require_safe
@never_cache  # whether one is overdue changes with the day
def slips(request, code, year):
    """The slips of a county's year, open ones first, what is due soonest on top."""
    place = find_place(request, code, year)
    own, found, shown = listed_slips(request, place)
    still_open = [state_of(slip, place.today)[0] for slip in own.open()]
    context = {
        "place": place,
        "filter": found,
        "rows": [(slip, kind_words(slip.kind), *state_of(slip, place.today)) for slip in shown],
        "total": own.count(),
        "open": len(still_open),
        "overdue": still_open.count("overdue"),
        "may_follow_up": may(request.user, Permission.FOLLOW_UP),
    }
    return render(request, "progress/slips.html", context)


# -- A new one --------------------------------------------------------------------------


@dataclass
class Matter:
    """What a new slip is about, and what its form begins with."""

    unit: Unit
    round: Round
    item: ListItem | None
    former: Slip | None
    draft: Draft


def _number(request, name: str) -> int | None:
    """A key in the address; None where there is none.

    Raises:
        Http404: it is no key.
    """
    text = request.GET.get(name, "")
    if not text:
        return None
    key = key_of(text)
    if key is None:
        raise Http404("地址中的编号无法识别。")
    return key


def find_matter(request, place: Place) -> Matter | None:
    """What the address says a slip is to be about; None where it names nothing.

    Raises:
        Http404: it names what does not exist for the reader, or there is no round yet.
    """
    after, item = _number(request, "after"), _number(request, "item")
    unit = _number(request, "unit")
    if after is not None:
        former = get_object_or_404(slips_of(place), pk=after)
        if former.item_id is None:
            return _matter_of_unit(place, former.unit_id, former.round.as_of.isoformat())
        item = former.item_id
    if item is not None:
        return _matter_of_item(place, item)
    if unit is not None:
        return _matter_of_unit(place, unit, request.GET.get("round", ""))
    return None


def _matter_of_item(place: Place, pk: int) -> Matter:
    listed = get_object_or_404(
        ListItem.objects.visible_to(place.user)
        .for_county(place.county, place.year)
        .select_related("lead_unit", "project", "project_list"),
        pk=pk,
    )
    if place.state.current_round is None:
        raise Http404("还没有期次，不能签发。")
    own = next((s for s in place.state.items if s.item.pk == pk), None)
    if own is None:
        raise Http404("本期存档时清单上还没有这一条目。")
    former = slips_of(place).open().filter(item=listed).order_by("year", "number").last()
    draft = supervising_draft(own, place.as_of, former)
    return Matter(listed.lead_unit, place.state.current_round, listed, former, draft)


def _matter_of_unit(place: Place, pk: int, round_text: str) -> Matter:
    board = read_board(place.user, place.county, place.year, now=timezone.now())
    row = next((row for row in board.rows if row.unit.pk == pk), None)
    begun = [cell for cell in row.cells if cell.begun] if row is not None else []
    if round_text:
        begun = [cell for cell in begun if cell.round.as_of.isoformat() == round_text]
    if not begun:
        raise Http404("没有这个单位或期次。")
    cell: Cell = begun[-1]
    former = slips_of(place).open().filter(unit=pk, item=None, round=cell.round)
    former = former.order_by("year", "number").last()
    return Matter(cell.unit, cell.round, None, former, urging_draft(cell, former))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.FOLLOW_UP)
@never_cache
def slip_add(request, code, year):
    """The form of a new slip, its text drafted; without a matter, which unit to choose."""
    place = find_place(request, code, year)
    matter = find_matter(request, place)
    if matter is None:
        board = read_board(request.user, place.county, year, now=timezone.now())
        return render(request, "progress/slip_choose.html", {"place": place, "board": board})
    if matter.former is not None and matter.former.kind == LADDER[-1]:
        messages.info(request, f"{matter.former}已是最重的一级，尚未办结，不能再签发。")
        return redirect(slip_url(matter.former))
    initial = {
        "kind": matter.draft.kind,
        "text": matter.draft.text,
        "deadline": proposed_deadline(matter.draft.kind, place.today),
    }
    form = SlipForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        today=place.today,
        former=matter.former,
        urging=matter.item is None,
    )
    status = None
    if form.is_bound:
        status, issued = _issue(request, form, matter, place.today)
        if issued is not None:
            messages.success(request, f"已签发{issued}，并提醒{issued.unit}的人员。")
            return redirect(slip_url(issued))
    context = {"place": place, "form": form, "matter": matter}
    return render(request, "progress/slip_add.html", context, status=status)


def _issue(request, form: SlipForm, matter: Matter, today: date) -> tuple[int, Slip | None]:
    """(status of the answer, the slip if it was issued); faults stand in the form."""
    if not form.is_valid():
        return UNPROCESSABLE, None
    try:
        issued = issue_slip(
            by=request.user,
            unit=matter.unit,
            reporting_round=matter.round,
            item=matter.item,
            former=matter.former,
            today=today,
            **form.cleaned_data,
        )
    except RefusedError as refused:
        form.add_error(None, str(refused))
        return CONFLICT, None
    except ValidationError as error:
        for field, faults in error.message_dict.items():
            form.add_error(field if field in form.fields else None, faults)
        return UNPROCESSABLE, None
    return 302, issued


# -- One --------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def slip(request, code, year, pk):
    """One slip; the unit answers it here, the office closes it."""
    place = find_place(request, code, year)
    found = get_object_or_404(slips_of(place), pk=pk)
    form, status, refused = _answer_form(found), None, ""
    if request.method == "POST":
        closing = request.POST.get("do") == "close"
        act = _close if closing else _answer
        form, status, refused = act(request, found)
        if status is None:
            return redirect(slip_url(found))
        found = get_object_or_404(slips_of(place), pk=pk)
    name, words = state_of(found, place.today)
    own = may(request.user, Permission.REPORT) and found.unit_id == request.user.unit_id
    follows_up = may(request.user, Permission.FOLLOW_UP)
    context = {
        "place": place,
        "slip": found,
        "kind": kind_words(found.kind),
        "state": name,
        "state_words": words,
        "version": version_of(found),
        "form": form,
        "refused": refused,
        "may_answer": own and found.closed_at is None,
        "may_close": follows_up and found.closed_at is None,
        "may_escalate": follows_up and found.closed_at is None and found.kind != LADDER[-1],
        "successors": found.successors.order_by("year", "number"),
        "history": history(found, HISTORY_ROWS),
    }
    return render(request, "progress/slip.html", context, status=status)


def _answer_form(found: Slip, data=None) -> AnswerForm:
    initial = {"answer": found.answer, "version": version_of(found)}
    return AnswerForm(data, initial=initial)


def _answer(request, found: Slip) -> tuple[AnswerForm, int | None, str]:
    """(the form, the status of a refusal or None, why the whole was refused)."""
    require(request.user, Permission.REPORT)
    form = _answer_form(found, request.POST)
    if not form.is_valid():
        return form, UNPROCESSABLE, ""
    try:
        answer_slip(by=request.user, slip=found, now=timezone.now(), **form.cleaned_data)
    except SlipChangedError as changed:
        # What was typed is kept and, sent again, holds: the form takes the new version over.
        form.data = form.data.copy()
        form.data["version"] = version_of(changed.slip)
        by = changed.slip.answered_by
        form.add_error(
            None, f"{changed}{by}的回复见上方；您写的内容还在下面，核对后再提交即以您的为准。"
        )
        return form, CONFLICT, ""
    except RefusedError as refused:
        form.add_error(None, str(refused))
        return form, CONFLICT, str(refused)
    messages.success(request, f"已回复{found}。")
    return form, None, ""


def _close(request, found: Slip) -> tuple[AnswerForm, int | None, str]:
    """The same for closing; the office's form has nothing to type."""
    require(request.user, Permission.FOLLOW_UP)
    version = request.POST.get("version", "")
    try:
        close_slip(by=request.user, slip=found, version=version, now=timezone.now())
    except SlipChangedError as changed:
        return _answer_form(changed.slip), CONFLICT, f"{changed}请看过后再办结。"
    except RefusedError as refused:
        return _answer_form(found), CONFLICT, str(refused)
    messages.success(request, f"{found}已办结。")
    return _answer_form(found), None, ""


@require_safe
@never_cache
def slip_docx(request, code, year, pk):
    """One slip as a Word file."""
    place = find_place(request, code, year)
    found = get_object_or_404(slips_of(place), pk=pk)
    return download(
        request,
        place.county,
        slip_document(sheet_of(found)),
        f"{found.unit}{found}.docx",
        summary=f"下载发给{found.unit}的{found}（Word）。",
    )
