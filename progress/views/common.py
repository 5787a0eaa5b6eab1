"""What every page of a county and year begins with: where we are, and at which date."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import condition

from livelihood.organisation.access import Permission, may
from livelihood.organisation.models import Region
from livelihood.organisation.words import cn_date
from progress.models import Round
from progress.operations.averages import with_neighbours
from progress.operations.kept_states import kept_state
from progress.operations.standings import CountyState, read_county
from projects.models import ListItem, ProjectList

# The columns last chosen for 清单; a page depends on it.
COLUMNS_COOKIE = "item_columns"
# In the session: when the reader last marked notices as read; the menu counts the rest.
NOTICES_READ = "notices_read"
# What says whether htmx asks for a part of a page or, going back, for all of it.
HTMX_HEADERS = ("HX-Request", "HX-History-Restore-Request")


@dataclass
class Place:
    """County, year and date of a page; ``notice`` says what of the address was mended."""

    user: object
    county: Region
    year: int
    as_of: date
    today: date
    rounds: list[Round]
    notice: str
    chosen: bool  # whether the address names the date itself
    other_parameters: list[tuple[str, str]]  # of the address, besides the date
    titles: dict[str, str]  # of the lists, by level

    @cached_property
    def items_address(self) -> str:
        """The address of 清单; found once, since an overview links to it some 150 times."""
        return reverse("items", args=[self.county.code, self.year])

    @property
    def query(self) -> str:
        """The query string that keeps the date when going to another page."""
        return f"?{urlencode({'as_of': self.as_of.isoformat()})}" if self.chosen else ""

    @property
    def on_round(self) -> bool:
        """Whether the date is that of a round."""
        return any(r.as_of == self.as_of for r in self.rounds)

    @property
    def is_latest(self) -> bool:
        """Whether the date is that of the latest round, or there is none yet."""
        return not self.rounds or self.as_of == self.rounds[0].as_of

    @property
    def simulated(self) -> bool:
        """Whether a round of the year is 演示数据; every page of it says so (base.html)."""
        return any(r.simulated for r in self.rounds)

    @property
    def has_both_kinds(self) -> bool:
        """Whether some of the rounds are 演示数据 and others are not: each then says which."""
        return len({r.simulated for r in self.rounds}) > 1

    @property
    def corrected_round(self) -> Round | None:
        """The round of the date, where it has been corrected after its closing."""
        return next((r for r in self.rounds if r.as_of == self.as_of and r.version > 1), None)

    @property
    def subject(self) -> str:
        """Who speaks in a headline: 我县, or the unit whose items alone are visible."""
        if self.sees_whole_county:
            return self.county.short_name
        return str(self.user.unit)

    @property
    def sees_whole_county(self) -> bool:
        """Whether the reader sees every item of the county."""
        return may(self.user, Permission.SEE_WHOLE_REGION)

    @cached_property
    def state(self) -> CountyState:
        """Every item that exists for the reader, judged at the date; shared, never changed."""
        scope = None if self.sees_whole_county else self.user.unit_id
        key = (*self.judged_by, self.as_of, scope)
        return kept_state(key, self._read)

    @property
    def judged_by(self) -> tuple:
        """On what every judgement in the place rests besides its date."""
        county = self.county
        versions = county.judged_version, county.neighbours
        return county.pk, versions, self.year, self.today

    def _read(self) -> CountyState:
        return read_county(
            ListItem.objects.visible_to(self.user),
            self.county,
            self.year,
            as_of=self.as_of,
            today=self.today,
            rounds=self.rounds,
        )

    @cached_property
    def choices(self) -> list[tuple[str, str, bool]]:
        """(value, county and year, whether it is this one) of all lists to choose from."""
        return [
            (f"{code}/{year}", f"{name} {year}年", (code, year) == (self.county.code, self.year))
            for code, name, year in available(self.user)
        ]


def available(user) -> list[tuple[str, str, int]]:
    """(code, county, year) for which the user has lists, the latest year first."""
    return list(
        ProjectList.objects.visible_to(user)
        .order_by("county__code", "-year")
        .values_list("county__code", "county__name", "year")
        .distinct()
    )


def default_date(rounds: list[Round], year: int, today: date) -> date:
    """The latest round's date; without rounds today, kept within the year."""
    if rounds:
        return rounds[0].as_of
    return min(max(today, date(year, 1, 1)), date(year, 12, 31))


def parse_date(text: str, year: int, fallback: date) -> tuple[date, str]:
    """The date that an address asks for, or the fallback and a sentence that says so."""
    shown = f"现按{cn_date(fallback)}显示。"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return fallback, f"地址中的日期“{text[:20]}”无法识别，应写作 {year}-04-10 的样子，{shown}"
    if day.year != year:
        return fallback, f"{cn_date(day)}不在{year}年度内，{shown}"
    return day, ""


def find_place(request, code: str, year: int) -> Place:
    """The place that the address names.

    Raises:
        Http404: the county does not exist for the reader, or has no lists of that year.
    """
    county = get_object_or_404(with_neighbours(Region.objects.visible_to(request.user)), code=code)
    titles = ProjectList.objects.titles(county, year)
    if not titles:
        raise Http404(f"{county.name}没有{year}年度的清单。")
    today = timezone.localdate()
    rounds = list(Round.objects.for_county(county, year))
    as_of, notice = default_date(rounds, year, today), ""
    chosen = request.GET.get("as_of", "")
    if chosen:
        as_of, notice = parse_date(chosen, year, as_of)
    return Place(
        user=request.user,
        county=county,
        year=year,
        as_of=as_of,
        today=today,
        rounds=rounds,
        notice=notice,
        chosen=bool(chosen) and not notice,
        other_parameters=[
            (name, value)
            for name, values in request.GET.lists()
            if name not in ("as_of", "page")
            for value in values
        ],
        titles=titles,
    )


def page_etag(request, code: str, year: int, *args, **kwargs) -> str | None:
    """What a page depends on: the data, the reader, the address, the day, the release.

    None, and so no short cut, while a message waits to be shown.
    """
    if len(get_messages(request)):
        return None
    known = with_neighbours(Region.objects.filter(code=code))
    return etag_of(request, known.values_list("data_version", "neighbours").first())


def etag_of(request, version) -> str:
    """The mark of a page: what it was made of (``version``), for whom, and what was asked."""
    user = request.user
    parts = (
        version,
        request.session.get(NOTICES_READ),
        user.pk,
        user.role,
        user.unit_id,
        user.name,
        request.session.session_key,
        request.get_full_path(),
        *(request.headers.get(name) for name in HTMX_HEADERS),
        request.COOKIES.get(COLUMNS_COOKIE),
        timezone.localdate(),
        settings.RELEASE,
    )
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def county_page(view):
    """Decorate a page of a county: an unchanged one is answered with 304."""
    return unchanged_page(view, page_etag)


def unchanged_page(view, etag):
    """Answer with 304 what has not changed by ``etag``, a function of request and address."""
    return condition(etag_func=etag)(view)
