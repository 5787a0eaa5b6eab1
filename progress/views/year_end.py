"""年终: how every item ended, its Excel and Word files, and the votes on satisfaction."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from livelihood.organisation.access import Permission, may, requires
from livelihood.organisation.downloads import download, excel_download
from livelihood.organisation.words import cn_date
from progress.documents.tables_docx import tables_document
from progress.operations.year_end import (
    VotesChangedError,
    bodies_of,
    county_items,
    read_year_end,
    save_votes,
    votes_of_body,
)
from progress.operations.year_end_tables import made_up, year_end_tables
from progress.parts.satisfaction_form import (
    KINDS,
    PollForm,
    kept_rows,
    take_over,
    typed_rows,
)
from progress.rules.year_end import DECIMALS, OUTCOMES, RULE, VOTE_RULE, share
from progress.views.common import Place, county_page, find_place

UNPROCESSABLE, CONFLICT = 422, 409
MAY_VOTE = Permission.RUN_ROUNDS
DECIMAL_WORDS = {2: "两位小数", 1: "一位小数", 0: "整数"}
SHAPES = {"exceeded": "▲", "completed": "✓", "unfinished": "▼", "not_reported": "○"}


def _year_end(request, place: Place):
    asked = request.GET.get("decimals", "")
    decimals = int(asked) if asked in map(str, DECIMALS) else DECIMALS[0]
    return read_year_end(place.state, decimals)


def _counts(counted, decimals):
    """(outcome, words, count, share) of each outcome."""
    whole = sum(counted.values())
    return [
        (kind, f"{SHAPES[kind]} {words}", counted[kind], share(counted[kind], whole, decimals))
        for kind, words in OUTCOMES.items()
    ]


@require_safe
@county_page
def year_end(request, code, year):
    """The year's end: counts and sentences, then each list item by item."""
    place = find_place(request, code, year)
    ends = _year_end(request, place)
    query = urlencode({"as_of": place.as_of.isoformat(), "decimals": ends.decimals})
    context = {
        "place": place,
        "ends": ends,
        "counts": [
            (level.label, len(level.rows), _counts(level.counts, ends.decimals))
            for level in ends.levels
        ],
        "total": ("合计", len(place.state.items), _counts(ends.counts, ends.decimals)),
        "outcomes": {kind: f"{SHAPES[kind]} {words}" for kind, words in OUTCOMES.items()},
        "decimals": [(d, DECIMAL_WORDS[d], d == ends.decimals) for d in DECIMALS],
        "rule": RULE,
        "vote_rule": VOTE_RULE,
        "simulated": made_up(place.state),
        "query": f"?{query}",
        "may_vote": may(request.user, MAY_VOTE),
        "sees_all": place.sees_whole_county,
    }
    return render(request, "progress/year_end.html", context)


def _file_name(place: Place) -> str:
    return f"{place.county.name}{place.year}年民生实事完成情况（截至{cn_date(place.as_of)}）"


@require_safe
@never_cache
def year_end_excel(request, code, year):
    """The same as Excel."""
    place = find_place(request, code, year)
    tables = year_end_tables(_year_end(request, place))
    return excel_download(request, place.county, tables, _file_name(place))


@require_safe
@never_cache
def year_end_docx(request, code, year):
    """The same as Word tables."""
    place = find_place(request, code, year)
    name = _file_name(place)
    content = tables_document(
        year_end_tables(_year_end(request, place)),
        title=name,
        made_on=place.today,
        author=place.county.name,
    )
    return download(request, place.county, content, f"{name}.docx")


# -- Votes ------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@requires(MAY_VOTE)
@never_cache
def satisfaction(request, code, year):
    """Enter what one body voted on all items of the county's own list."""
    place = find_place(request, code, year)
    items = list(county_items(request.user, place.county, year))
    if request.method == "POST":
        return _save(request, place, items)
    bodies = bodies_of(place.county, year)
    body = request.GET.get("body", bodies[0] if bodies else "")
    kept = _kept(place, body)
    initial = {"body": body or f"{place.county.seat}人大常委会"}
    for vote in kept.values():
        initial |= {"voted_on": vote.voted_on, "members": vote.members, "source": vote.source}
        break
    form = PollForm(initial=initial, today=place.today)
    return _page(request, place, form, kept_rows(items, kept))


def _kept(place: Place, body: str):
    # PostgreSQL refuses to look for a text with a NUL in it.
    return {} if "\0" in body else votes_of_body(place.county, place.year, body)


def _save(request, place: Place, items):
    form = PollForm(request.POST, today=place.today)
    body = " ".join(request.POST.get("body", "").split())
    rows = typed_rows(items, request.POST, _kept(place, body))
    if not form.is_valid() or any(row.error for row in rows):
        return _page(request, place, form, rows, status=UNPROCESSABLE)
    try:
        changes = save_votes(
            by=request.user,
            county=place.county,
            year=place.year,
            poll=form.poll,
            lines=[row.line for row in rows],
        )
    except VotesChangedError as changed:
        take_over(rows, votes_of_body(place.county, place.year, form.poll.body))
        form.add_error(None, f"{changed}您填的还在下面，核对后再保存即以您的为准。")
        return _page(request, place, form, rows, status=CONFLICT)
    except ValidationError as error:
        for row in rows:
            row.error = "".join(error.message_dict.get(str(row.item.pk), []))
        return _page(request, place, form, rows, status=UNPROCESSABLE)
    said = f"已保存{form.poll.body}的测评结果：{changes.words}。"
    messages.success(request, said if changes else "没有改动，没有保存。")
    query = urlencode({"body": form.poll.body})
    return redirect(f"{reverse('satisfaction', args=[place.county.code, place.year])}?{query}")


def _page(request, place: Place, form: PollForm, rows, *, status: int | None = None):
    context = {
        "place": place,
        "form": form,
        "rows": rows,
        "kinds": [label for _name, label in KINDS],
        "bodies": bodies_of(place.county, place.year),
        "faulty": [row for row in rows if row.error],
        "vote_rule": VOTE_RULE,
    }
    return render(request, "progress/satisfaction.html", context, status=status)
