"""A city's or province's pages: its counties beside each other, for those who oversee them.

People of a county have no such pages: for them only their county and the averages exist.
"""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from livelihood.organisation.access import Permission, may, require
from livelihood.organisation.downloads import excel_download
from livelihood.organisation.models import Region
from livelihood.organisation.words import cn_date
from progress.documents.charts import sampled
from progress.operations.region_state import (
    RegionState,
    dates_of,
    read_courses,
    read_region,
    years_of,
)
from progress.parts.chips import SHAPES, status_chip
from progress.parts.programme_forms import ApartForm, BackForm, ConfirmForm, proposal_rows
from progress.parts.region_pages import (
    RANKINGS,
    Asked,
    average_word,
    courses_chart,
    date_words,
    item_url,
    matrix,
    matrix_table,
    page_of_counties,
    ranked,
    ranks,
)
from progress.rules.keys import key_of
from progress.views.common import default_date, etag_of, parse_date, unchanged_page
from projects.models import Level, Programme
from projects.operations.programmes import (
    TakenError,
    bring_back,
    confirm,
    levels_of,
    proposals,
    set_apart,
    set_apart_below,
    take_out,
)

UNPROCESSABLE, CONFLICT = 422, 409
ABOVE_COUNTIES = (Region.Kind.PROVINCE, Region.Kind.CITY)


@dataclass
class Seat:
    """City or province, year and date of a page; ``notice`` says what of the address was mended."""

    region: Region
    year: int
    years: list[int]
    as_of: date
    dates: list[date]
    today: date
    notice: str
    may_match: bool

    def read(self) -> RegionState:
        """The counties at the date."""
        return read_region(self.region, self.year, as_of=self.as_of, today=self.today)


def find_seat(request, code: str, year: int) -> Seat:
    """The city or province that the address names.

    Raises:
        Http404: it does not exist for the reader, or its counties have no lists of that year.
    """
    regions = Region.objects.visible_to(request.user).filter(kind__in=ABOVE_COUNTIES)
    region = get_object_or_404(regions, code=code)
    years = years_of(region)
    if year not in years or not may(request.user, Permission.SEE_WHOLE_REGION):
        raise Http404(f"{region.name}没有{year}年度的清单。")
    dates, today = dates_of(region, year), timezone.localdate()
    as_of, notice = (dates[0] if dates else default_date([], year, today)), ""
    if chosen := request.GET.get("as_of", ""):
        as_of, notice = _known_date(*parse_date(chosen, year, as_of), dates)
    return Seat(
        region=region,
        year=year,
        years=years,
        as_of=as_of,
        dates=dates,
        today=today,
        notice=notice,
        may_match=may(request.user, Permission.MATCH_ITEMS),
    )


def _known_date(asked: date, notice: str, dates: list[date]) -> tuple[date, str]:
    """The latest of the rounds' dates up to the one that is asked for; it, where there is none."""
    found = next((day for day in dates if day <= asked), asked)
    if found != asked and not notice:
        notice = f"{cn_date(asked)}没有期次，现按此前最近的{cn_date(found)}显示。"
    return found, notice


def region_etag(request, code: str, year: int, *args, **kwargs) -> str | None:
    """What a page of a region depends on: the data of all regions below it."""
    below = Region.objects.filter(path__contains=f"{code}/")
    return etag_of(request, below.aggregate(versions=Sum("data_version"))["versions"])


def region_page(view):
    """Decorate a page of a region: an unchanged one is answered with 304."""
    return unchanged_page(view, region_etag)


def asked_of(request, seat: Seat) -> Asked:
    """The rest of the address; what it names and does not exist is passed over."""
    level, sort = request.GET.get("level", ""), request.GET.get("sort", "")
    return Asked(
        region=seat.region,
        year=seat.year,
        as_of=seat.as_of,
        level=level if level in Level else "",
        sort=sort if sort in RANKINGS else next(iter(RANKINGS)),
        page=request.GET.get("page", "1"),
    )


@require_safe
@region_page
def region(request, code, year):
    """The counties of a city or province: how they rank, and every programme across them."""
    seat = find_seat(request, code, year)
    state, asked = seat.read(), asked_of(request, seat)
    page = page_of_counties(state, asked.page)
    context = {
        "seat": seat,
        "state": state,
        "words": date_words(state),
        "ranked": ranked(state, asked.sort),
        "rankings": [
            (asked.url(sort=name) + "#ranking", words, name == asked.sort)
            for name, (words, _key) in RANKINGS.items()
        ],
        "levels": [
            (asked.url(level=level, page=1) + "#matrix", label, level == asked.level)
            for level, label in _levels(state)
        ],
        "page": page,
        "pages": [
            (asked.url(page=n) + "#matrix", n, n == page.number) for n in page.paginator.page_range
        ],
        "groups": matrix(state, page.object_list, asked),
        "legend": [status_chip(status) for status in (*SHAPES, None)],
        "average": average_word(state),
        "query": asked.query,
    }
    return render(request, "progress/region.html", context)


def _levels(state: RegionState) -> list[tuple[str, str]]:
    """The levels of the programmes to choose from; none where all are of one."""
    there = {row.programme.level for row in state.programmes}
    levels = [(level.value, level.label) for level in Level if level in there]
    return [("", "全部"), *levels] if len(levels) > 1 else []


@require_safe
def region_excel(request, code, year):
    """The whole matrix, as Excel."""
    seat = find_seat(request, code, year)
    state = seat.read()
    title = f"{seat.region.name}{year}年各县（市、区）民生实事进展"
    dated = f"{title}（截至{cn_date(seat.as_of)}）"
    table = matrix_table(state, title)
    return excel_download(request, seat.region, [table], dated, summary=f"导出“{dated}”。")


@require_safe
@region_page
def region_item(request, code, year, pk):
    """One programme in all counties."""
    seat = find_seat(request, code, year)
    state = seat.read()
    row = next((r for r in state.programmes if r.programme.pk == pk), None)
    if row is None:
        raise Http404("没有这个共同项目，或这一天还没有县（市、区）填报。")
    courses = read_courses(row, state)
    urls = {course.item.pk: item_url(course, year) for course in courses}
    places = ranks(courses, row.average)
    chart = courses_chart(courses, row, urls, year)
    context = {
        "seat": seat,
        "state": state,
        "row": row,
        "words": date_words(state),
        "courses": sorted(
            ((places[c.item.pk], c, urls[c.item.pk]) for c in courses),
            key=lambda shown: (shown[0] is None, shown[0] or 0, shown[1].region.code),
        ),
        "chart": sampled(chart) if state.simulated else chart,
        "query": f"?as_of={seat.as_of.isoformat()}",
    }
    return render(request, "progress/region_item.html", context)


# -- Which items are the same ---------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def region_programmes(request, code, year):
    """What might be the same programme in several counties: look at it, confirm it, once."""
    seat = find_seat(request, code, year)
    require(request.user, Permission.MATCH_ITEMS)
    levels = levels_of(seat.region)
    level = request.POST.get("level") or request.GET.get("level")
    level = next((lv for lv in levels if lv == level), levels[-1])
    sent = request.POST if request.method == "POST" else None
    action, form_of = ACTIONS.get(request.POST.get("action"), ACTIONS["confirm"])
    form, status = form_of(sent), 200
    # With the button that brings items back nothing goes of what is ticked among the proposals.
    ticked = None if form_of is BackForm else sent
    if sent is not None:
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                action(request, seat, level, form)
                address = reverse("region_programmes", args=[code, year])
                return redirect(f"{address}?level={level}")
            except TakenError as error:
                form.add_error(None, str(error))
                status = CONFLICT
    context = {
        "seat": seat,
        "level": level,
        "levels": levels,
        "form": form,
        "rows": proposal_rows(proposals(seat.region, year, level), seat.region, ticked),
        "programmes": _known(seat, level),
        "lone": set_apart_below(seat.region, year, level),
    }
    return render(request, "progress/region_programmes.html", context, status=status)


def _known(seat: Seat, level: str):
    """The programmes confirmed so far, with the items of this region's counties counted."""
    return Programme.objects.among(seat.region, seat.year).filter(level=level).held_by(seat.region)


def _confirm(request, seat: Seat, level: str, form: ConfirmForm) -> None:
    groups = form.chosen
    confirm(by=request.user, region=seat.region, year=seat.year, level=level, groups=groups)
    count = sum(len(group.items) for group in groups)
    messages.success(request, f"已确认{len(groups)}项共同项目，关联{count}个条目。")


def _set_apart(request, seat: Seat, level: str, form: ApartForm) -> None:
    count = set_apart(
        by=request.user, region=seat.region, year=seat.year, level=level, items=form.chosen
    )
    messages.success(request, f"已排除{count}个条目，不再建议；可在本页下方恢复。")


def _bring_back(request, seat: Seat, level: str, form: BackForm) -> None:
    count = bring_back(
        by=request.user, region=seat.region, year=seat.year, level=level, items=form.chosen
    )
    messages.success(request, f"已恢复{count}个条目，重新参与建议。")


# What a button of the page does, and the form that reads what was sent with it.
ACTIONS = {
    "confirm": (_confirm, ConfirmForm),
    "apart": (_set_apart, ApartForm),
    "back": (_bring_back, BackForm),
}


@require_POST
def region_split(request, code, year, pk):
    """Take items out of a programme again."""
    seat = find_seat(request, code, year)
    require(request.user, Permission.MATCH_ITEMS)
    among = Programme.objects.among(seat.region, year)
    programme = get_object_or_404(among, pk=pk)
    sent = map(key_of, request.POST.getlist("link"))
    chosen = [key for key in sent if key is not None]
    count = take_out(by=request.user, region=seat.region, links=chosen)
    if count:
        messages.success(request, f"已从“{programme}”移出{count}个条目。")
    else:
        messages.warning(request, "没有选择条目，未作改动。")
    left = among.filter(pk=pk).exists() and programme.links.exists()
    where = ["region_item", code, year, pk] if left and count else ["region_programmes", code, year]
    return redirect(reverse(where[0], args=where[1:]))
