"""A city with many counties: computed averages, its pages, and who sees them."""

import json
import re
from collections import defaultdict
from datetime import date
from fractions import Fraction

import pytest
from bs4 import BeautifulSoup
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from livelihood.organisation.access import Role
from livelihood.organisation.models import Region
from livelihood.testing import create_county, create_unit, create_user, written
from progress.models import (
    Completion,
    ItemSummary,
    Reading,
    Report,
    Round,
    RoundSummary,
    RuleSet,
    StandingRecord,
)
from progress.operations.averages import read_averages
from progress.operations.kept_states import forget_states
from progress.operations.region_state import read_region
from progress.operations.review import accept_reports
from progress.operations.rounds import close_round
from progress.operations.simulated_counties import remove_counties, simulate_counties
from progress.operations.standings import read_county
from progress.operations.summary import KEPT_FLAGS, differences, rebuild, refresh
from progress.parts.region_pages import date_words, ranked
from progress.rules.averages import (
    average_of,
    chosen_comparison,
    computed_comparison,
    is_below,
    month_of,
)
from progress.rules.judgement import Comparison, Flag, Thresholds, below_average
from progress.tests.ooxml import faults
from projects.models import ListItem, Programme, ProgrammeItem, ProjectList

pytestmark = pytest.mark.django_db

YEAR = 2024
DAY = date(YEAR, 12, 31)
CITY = ["330300", YEAR]
COUNTIES, ITEMS, ROUNDS = 12, 16, 3


@pytest.fixture(scope="module")
def city_of_the_module(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        city = create_county("330327", "苍南县").parent
        simulate_counties(
            city=city, counties=COUNTIES, year=YEAR, seed=1, items=ITEMS, rounds=ROUNDS
        )
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


@pytest.fixture
def city(city_of_the_module, db):
    """温州市 with twelve simulated counties."""
    forget_states()
    return Region.objects.get(code="330300")


def person(region, role, unit="市政府办公室"):
    return create_user(f"{region.code}-{role}", "王明", role, create_unit(region, unit))


@pytest.fixture
def city_office(city):
    return person(city, Role.OFFICE)


@pytest.fixture
def city_supervisor(city):
    return person(city, Role.SUPERVISOR)


@pytest.fixture
def county_office(city):
    return person(Region.objects.get(code="330300001"), Role.OFFICE, "县政府办公室")


# -- The averages, worked out again by hand ------------------------------------------------


def percents_from_raw_rows(as_of):
    """Every county's percent of every programme, from readings and targets alone: of what was
    accepted in the round itself, or is completed."""
    percents = defaultdict(dict)
    for link in ProgrammeItem.objects.select_related("programme", "county", "item"):
        (target,) = link.item.targets.all()
        readings = Reading.objects.filter(
            indicator=target.indicator_id,
            report__state=Report.State.ACCEPTED,
            report__round__as_of__lte=as_of,
        )
        told = link.item.project.reports.filter(state=Report.State.ACCEPTED, round__as_of=as_of)
        done = Completion.objects.filter(item=link.item, verified_on__lte=as_of)
        last = readings.order_by("report__round__as_of").last()
        if last is not None and (told.exists() or done.exists()):
            percent = 100 * float(last.value) / float(target.value)
            percents[link.programme][link.county.code] = percent
    return percents


@pytest.mark.parametrize("month", [10, 11, 12])
def test_the_averages_of_a_city_are_what_its_counties_have_reported(month, city):
    as_of = Round.objects.filter(as_of__month=month).first().as_of
    by_hand = percents_from_raw_rows(as_of)
    assert len(by_hand) > 8
    assert any(len(known) < COUNTIES for known in by_hand.values())  # something is unknown
    computed = read_averages(city.path, as_of, [p.pk for p in by_hand])
    assert set(computed) == {p.pk for p in by_hand}
    for programme, known in by_hand.items():
        found = computed[programme.pk]
        assert found.counties == len(known)
        mean = sum(min(percent, 100) for percent in known.values()) / len(known)
        assert found.average == pytest.approx(mean)
        assert found.best == pytest.approx(max(known.values()))
    state = read_region(city, YEAR, as_of=as_of, today=timezone.localdate())
    for row in state.programmes:
        known = by_hand[row.programme]
        mean = sum(min(percent, 100) for percent in known.values()) / len(known)
        for county in state.counties:
            cell = row.cells[county.region.pk]
            percent = known.get(county.region.code)
            assert cell.counted == (None if percent is None else pytest.approx(percent))
            if percent is None:
                assert cell.below is None
            else:
                below = round(min(percent, 100), 2) < round(mean, 2)
                assert cell.below is below, (row.programme, cell)


def test_every_programme_of_the_generated_city_is_recognised(city):
    levels = list(Programme.objects.values_list("level", flat=True))
    lists = ListItem.objects.filter(project_list__county__code="330300001")
    for level in ("province", "city"):
        assert levels.count(level) == lists.filter(project_list__level=level).count()
    for programme in Programme.objects.all():
        assert programme.links.count() == COUNTIES
        # Every county has its own number and figures, and the same thing is meant.
        titles = {re.sub(r"[0-9]|。|以上|年内", "", k.item.title) for k in programme.links.all()}
        assert len(titles) == 1
    assert "若干" in Programme.objects.first().name


def test_a_countys_own_page_and_the_citys_say_the_same(city):
    state = read_region(city, YEAR, as_of=DAY, today=timezone.localdate())
    for row in state.counties[:4]:
        own = read_county(
            ListItem.objects.all(), row.region, YEAR, as_of=DAY, today=timezone.localdate()
        )
        below = [s for s in own.items if s.standing.below_city_average]
        compared = [s for s in own.items if s.standing.below_city_average is not None]
        assert (row.below, row.counts["compared"]) == (len(below), len(compared))
        assert 0 < row.below < len(compared)
        last = [s for s in own.items if Flag.BOTTOM_OF_CITY in s.standing.flags]
        doubtful = [s for s in own.items if Flag.DOUBTFUL in s.standing.flags]
        assert (row.counts["bottom"], row.counts["doubtful"]) == (len(last), len(doubtful))
        assert row.bottom is None  # the rules of these counties do not point it out
        cells = {p.cells[row.region.pk][1:3]: p.cells[row.region.pk] for p in state.programmes}
        for own_state in own.items:
            cell = cells.get((own_state.item.level, own_state.item.number))
            if cell is not None:
                assert cell.status == own_state.standing.status
                assert cell.below == own_state.standing.below_city_average
                assert cell.actual == own_state.standing.actual_percent
                flags = {flag for flag in own_state.standing.flags if flag in KEPT_FLAGS}
                assert set(cell.flags) == flags


@pytest.mark.parametrize("ranks", [1, 5])
@pytest.mark.parametrize("source", ["city_table", "computed"])
def test_who_is_among_the_last_follows_the_countys_own_rules(source, ranks, city):
    """By the city's table, which ranks two items, or by the average over all counties."""
    county = Region.objects.get(code="330300002")
    RuleSet.objects.filter(county=county).update(comparison_source=source, bottom_ranks=ranks)
    for link, rank in zip(ProgrammeItem.objects.filter(county=county)[:2], (12, 9), strict=True):
        link.item.comparisons.create(
            as_of=DAY, figure=50, average=60, rank=rank, counties=12, source="市府办"
        )
    refresh(county, since=DAY)
    today = timezone.localdate()
    own = read_county(ListItem.objects.all(), county, YEAR, as_of=DAY, today=today)
    expected = {
        (s.item.level, s.item.number) for s in own.items if Flag.BOTTOM_OF_CITY in s.standing.flags
    }
    state = read_region(city, YEAR, as_of=DAY, today=today)
    cells = [row.cells[county.pk] for row in state.programmes]
    found = {(c.level, c.number) for c in cells if Flag.BOTTOM_OF_CITY in c.flags}
    assert found == expected
    row = next(row for row in state.counties if row.region == county)
    assert row.bottom == len(expected)
    assert expected or (source, ranks) == ("computed", 1)


def test_figures_that_contradict_each_other_are_counted(city, city_office, client_for):
    county = Region.objects.get(code="330300003")
    reading = Reading.objects.filter(
        report__round__county=county,
        report__round__as_of=DAY,
        report__state="accepted",
        value__gt=2,
    ).first()
    counted = RoundSummary.objects.filter(round__county=county, round__as_of=DAY)
    before = counted.get().doubtful
    Reading.objects.filter(pk=reading.pk).update(value=1)  # less than the month before
    Region.objects.filter(pk=county.pk).touch()
    refresh(county, since=DAY, projects={reading.report.project_id})
    assert counted.get().doubtful == before + 1
    assert differences(county) == []
    page = soup(client_for(city_office).get(reverse("region", args=CITY)))
    row = next(r for r in page.select("table.ranking tbody tr") if county.name in r.get_text())
    assert row.select_one("[data-label=数据存疑]").string == str(before + 1)


def test_the_explanation_says_on_how_many_counties_an_average_rests(city):
    county = Region.objects.get(code="330300001")
    own = read_county(ListItem.objects.all(), county, YEAR, as_of=DAY, today=DAY)
    state = next(s for s in own.items if s.standing.below_city_average)
    comparison = state.standing.facts.comparison
    assert f"来源：系统按{comparison.counties}个县（市、区）通过的填报计算。" in "".join(
        state.standing.explanation
    )


# -- What is of the same month ----------------------------------------------------------------


def items_of(county, as_of):
    today = timezone.localdate()
    return read_county(ListItem.objects.all(), county, YEAR, as_of=as_of, today=today).items


def test_counties_that_close_some_days_apart_are_compared_month_by_month(city):
    """One county's December is as of the 28th: it is compared with the others' December, and
    the city's page says the same of it, on either date."""
    early, day = Region.objects.get(code="330300006"), date(YEAR, 12, 28)
    Round.objects.filter(county=early, as_of=DAY).update(as_of=day)
    rebuild(early)
    own = {(s.item.level, s.item.number): s.standing for s in items_of(early, day)}
    compared = 0
    for as_of in (day, DAY):
        state = read_region(city, YEAR, as_of=as_of, today=timezone.localdate())
        assert state.absent == []
        for row in state.programmes:
            cell = row.cells[early.pk]
            comparison = own[cell.level, cell.number].facts.comparison
            assert own[cell.level, cell.number].below_city_average == cell.below
            if comparison is not None:
                compared += 1
                assert comparison.average == pytest.approx(row.average.average)
                assert comparison.counties == row.average.counties
                assert comparison.rank == row.average.rank(cell.actual)
    assert compared > 10
    other = items_of(Region.objects.get(code="330300001"), DAY)
    programmes = {row.programme.pk: row.average for row in state.programmes}
    for item in other:
        comparison = item.standing.facts.comparison
        if comparison is not None:
            link = ProgrammeItem.objects.get(item=item.item.pk)
            assert comparison.average == pytest.approx(programmes[link.programme_id].average)


def test_of_two_rounds_of_a_month_the_nearer_one_counts(city):
    county = Region.objects.get(code="330300004")
    Round.objects.create(
        county=county, as_of=date(YEAR, 12, 15), state=Round.State.CLOSED, simulated=True
    )
    rebuild(county)
    for as_of, chosen in ((DAY, DAY), (date(YEAR, 12, 15), date(YEAR, 12, 15))):
        state = read_region(city, YEAR, as_of=as_of, today=timezone.localdate())
        row = next(row for row in state.counties if row.region == county)
        assert row.round.as_of == chosen


def test_nobody_is_shown_at_a_date_by_a_round_that_is_still_to_come(city):
    state = read_region(city, YEAR, as_of=date(YEAR, 10, 20), today=timezone.localdate())
    assert not state.begun


def test_a_date_without_a_round_shows_the_one_before_and_says_so(city_office, client_for):
    asked = {"as_of": f"{YEAR}-12-20"}
    page = soup(client_for(city_office).get(reverse("region", args=CITY), asked))
    notice = f"{YEAR}年12月20日没有期次，现按此前最近的{YEAR}年11月30日显示。"
    assert page.select_one(".alert-warning").get_text() == notice
    assert page.select_one("[data-label=期次]").string == f"{YEAR}年11月30日"


def test_an_average_does_not_rest_on_what_was_not_reported_for_the_month(city):
    """The others have sent nothing accepted for December: November's figures are no December."""
    own = Region.objects.get(code="330300001")
    others = Round.objects.filter(as_of=DAY).exclude(county=own)
    Report.objects.filter(round__in=others).update(state=Report.State.DRAFT)
    Completion.objects.exclude(item__project_list__county=own).delete()
    for county in Region.objects.counties().filter(rounds__in=others):
        rebuild(county)
    carried = ItemSummary.objects.filter(round__in=others, actual__isnull=False)
    assert carried.exists()
    assert not carried.filter(reported=True).exists()
    assert all(s.standing.facts.comparison is None for s in items_of(own, DAY))
    state = read_region(city, YEAR, as_of=DAY, today=timezone.localdate())
    for row in state.programmes:
        cell = row.cells[own.pk]
        if cell.counted is None:
            assert row.average is None
        else:
            assert (row.average.counties, row.average.average) == (1, min(cell.actual, 100))
        assert cell.below is None


def test_what_is_not_reported_for_the_month_is_shown_as_carried_forward(
    city, city_office, client_for
):
    county = Region.objects.get(code="330300002")
    carried = ItemSummary.objects.filter(
        round__as_of=DAY, round__county=county, reported=False, actual__isnull=False
    )
    link = ProgrammeItem.objects.filter(county=county, item__in=carried.values("item")).first()
    address = reverse("region_item", args=[*CITY, link.programme_id])
    page = soup(client_for(city_office).get(address))
    row = next(r for r in page.select("table.data tbody tr") if county.name in r.get_text())
    assert "沿用此前填报" in row.select_one("[data-label=实际]").get_text()
    assert row.select_one("[data-label=位次]").string == "—"
    own = next(s for s in items_of(county, DAY) if s.item.pk == link.item_id)
    assert own.standing.actual_percent is not None
    assert own.standing.facts.comparison is None


def test_another_countys_report_changes_the_average_on_the_next_look(city, client_for):
    report = Report.objects.filter(
        state=Report.State.SUBMITTED,
        round__county__code="330300002",
        project__items__programme_link__isnull=False,
        readings__isnull=False,
    ).first()
    number = report.project.items.get()
    programme = number.programme_link.programme
    own = programme.links.get(county__code="330300001").item
    client = client_for(person(Region.objects.get(code="330300001"), Role.OFFICE))
    page = reverse("item", args=["330300001", YEAR, own.project_list.level, own.number])
    first = client.get(page)
    again = client.get(page, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    report.readings.update(value=0)
    accept_reports(by=None, reports=[(report, report.version)])
    changed = client.get(page, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    averages = [re.search(r"全市平均([0-9.]+)%", r.content.decode()) for r in (first, changed)]
    assert all(averages)
    assert float(averages[0][1]) > float(averages[1][1])


# -- The rules -----------------------------------------------------------------------------


def test_an_average_caps_what_is_beyond_the_plan_and_ranks_by_what_was_reported():
    average = average_of([50, 130, 90, 130], DAY, simulated=False)
    assert average.average == (50 + 100 + 90 + 100) / 4
    assert [average.rank(percent) for percent in (130, 90, 50)] == [1, 3, 4]
    assert average.best == 130


@pytest.mark.parametrize(
    ("figures", "actual", "below"),
    [
        ([40, 60], 40, True),
        ([40, 60], 60, False),
        ([50, 50], 50, False),
        ([40, 60], None, None),
        ([40], 40, None),  # an average of one county is that county
        ([0.1] * 3, 0.1, False),  # equal figures are their mean, binary fractions or not
        ([33.3] * 7, 33.3, False),
        ([66.66, 66.68], 66.66, True),
        ([66.6661, 66.6664], 66.6661, False),  # the same in any table
        ([120, 130], 120, False),  # beyond the plan nobody is below
    ],
)
def test_below_is_said_of_what_is_known_and_compared(figures, actual, below):
    assert is_below(average_of(figures, DAY, simulated=False), actual) is below


@pytest.mark.parametrize("counties", range(2, 13))
def test_counties_that_are_equal_are_never_below_their_average(counties):
    for tenths in range(0, 1001, 7):
        own = tenths / 10
        average = average_of([own] * counties, DAY, simulated=False)
        assert is_below(average, own) is False
        others = average_of([own] * (counties - 1), DAY, simulated=False)
        compared = computed_comparison(others, own)
        assert below_average(compared, DAY, Thresholds()) is False
        assert (average.rank(own), compared.rank) == (1, 1)


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        (date(2024, 12, 31), date(2024, 12, 11), date(2025, 1, 10)),
        (date(2024, 12, 28), date(2024, 12, 11), date(2025, 1, 10)),
        (date(2024, 12, 11), date(2024, 12, 11), date(2025, 1, 10)),
        (date(2024, 12, 10), date(2024, 11, 11), date(2024, 12, 10)),
        (date(2024, 4, 10), date(2024, 3, 11), date(2024, 4, 10)),  # the first quarter's
        (date(2024, 2, 29), date(2024, 2, 11), date(2024, 3, 10)),
    ],
)
def test_a_round_tells_of_the_same_month_as_those_some_days_apart(as_of, first, last):
    assert month_of(as_of) == (first, last)
    assert month_of(first) == month_of(last) == (first, last)


def test_a_county_belongs_to_the_average_with_which_it_is_compared():
    others = average_of([80, 60], DAY, simulated=True)
    comparison = computed_comparison(others, 40.0)
    assert comparison.average == 60
    assert (comparison.figure, comparison.rank, comparison.counties) == (40, 3, 3)
    assert comparison.illustrative
    assert computed_comparison(others, None) is None
    assert computed_comparison(None, 40.0) is None


def table(as_of):
    return Comparison(as_of, 30.0, 20.0, None, None, "市府办", False)


FRESH, STALE, OLDEST = table(date(YEAR, 12, 1)), table(date(YEAR, 6, 1)), date(YEAR, 11, 16)
COMPUTED = computed_comparison(average_of([80, 60], DAY, simulated=False), 40.0)


@pytest.mark.parametrize(
    ("printed", "computed", "first", "chosen"),
    [
        (FRESH, COMPUTED, False, FRESH),
        (FRESH, COMPUTED, True, COMPUTED),
        (STALE, COMPUTED, False, COMPUTED),
        (None, COMPUTED, False, COMPUTED),
        (FRESH, None, True, FRESH),
        (STALE, None, False, STALE),
        (None, None, True, None),
    ],
)
def test_the_rule_set_says_which_source_wins(printed, computed, first, chosen):
    found = chosen_comparison(printed, computed, computed_first=first, oldest=OLDEST)
    assert found is chosen


def test_the_rule_set_of_a_county_is_asked(city):
    county = Region.objects.get(code="330300001")
    link = ProgrammeItem.objects.filter(county=county).first()
    link.item.comparisons.create(as_of=DAY, figure=1, average=99, source="市府办")
    sources = {}
    for source in ("city_table", "computed"):
        RuleSet.objects.filter(county=county).update(comparison_source=source)
        own = read_county(
            ListItem.objects.filter(pk=link.item_id), county, YEAR, as_of=DAY, today=DAY
        )
        sources[source] = own.items[0].standing.facts.comparison.source
    assert sources["city_table"] == "市府办"
    assert sources["computed"].startswith("系统按") or own.items[0].standing.actual_percent is None


# -- The pages -----------------------------------------------------------------------------


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def test_people_of_a_city_begin_with_their_city(city_office, city_supervisor, client_for):
    for user in (city_office, city_supervisor):
        response = client_for(user).get(reverse("home"))
        assert response.url == reverse("region", args=CITY)


def test_the_city_sees_its_counties_ranked_and_side_by_side(city_office, client_for):
    page = soup(client_for(city_office).get(reverse("region", args=CITY)))
    rows = page.select("table.ranking tbody tr")
    assert len(rows) == COUNTIES
    done = [int(row.select_one("[data-label=已完成]").string) for row in rows]
    assert done == sorted(done, reverse=True)
    assert len(page.select("table.matrix thead th")) == 2 + COUNTIES
    cells = page.select("table.matrix a.cell")
    assert len(cells) == COUNTIES * Programme.objects.count()
    assert all(cell["title"] and cell["aria-label"] for cell in cells)
    assert page.select(".badge-sample")
    for word in ("已完成", "严重滞后", "低于全市平均"):
        assert any(word in cell["title"] for cell in cells), word


def test_before_the_first_round_it_is_said_that_there_is_none(city_office, client_for):
    address = reverse("region", args=CITY)
    page = soup(client_for(city_office).get(address, {"as_of": f"{YEAR}-01-05"}))
    assert f"截至{YEAR}年1月5日的一个月内" in page.select_one(".empty").get_text()
    assert not page.select("table")
    assert page.select_one(".empty a")["href"] == address
    assert "还没有确认" not in page.get_text()


def test_many_counties_without_a_round_are_not_all_named(city):
    state = read_region(city, YEAR, as_of=date(YEAR, 1, 5), today=DAY)
    words = date_words(state)
    assert "模拟05县等12个县（市、区）在这一个月内没有期次" in words
    assert "模拟06县" not in words


@pytest.mark.parametrize("sort", ["late", "below"])
def test_the_counties_can_be_ranked_by_what_is_behind_and_below(sort, city_office, client_for):
    page = soup(client_for(city_office).get(reverse("region", args=CITY), {"sort": sort}))
    label = {"late": "滞后", "below": "低于全市平均"}[sort]
    cells = [cell.get_text() for cell in page.select(f"table.ranking [data-label={label}]")]
    shares = [Fraction(cell if "/" in cell else f"{cell}/{ITEMS}") for cell in cells]
    assert shares == sorted(shares)


def places_of(city, sort):
    state = read_region(city, YEAR, as_of=DAY, today=timezone.localdate())
    return {r.row.region.code: (number, r) for number, r in enumerate(ranked(state, sort))}


def test_a_county_that_is_not_compared_has_no_place_among_those_below(
    city, city_office, client_for
):
    ProgrammeItem.objects.filter(county__code="330300006").delete()
    last, alone = places_of(city, "below")["330300006"]
    assert (last, alone.place, alone.row.below) == (COUNTIES - 1, None, None)
    page = soup(client_for(city_office).get(reverse("region", args=CITY), {"sort": "below"}))
    row = page.select("table.ranking tbody tr")[-1]
    assert "模拟06县" in row.get_text()
    assert [row.select_one(f"[data-label={label}]").string for label in ("位次", "条目")] == [
        "—",
        str(ITEMS),
    ]


def test_below_is_counted_among_what_is_compared(city):
    shares = {
        code: (ranked_.place, ranked_.row.below / ranked_.row.compared)
        for code, (_number, ranked_) in places_of(city, "below").items()
    }
    for place, share in shares.values():
        assert place == 1 + sum(1 for _place, other in shares.values() if other < share)


def test_who_reports_nothing_is_not_ahead_of_who_reports_arrears(city):
    """One county's reports are all missing after the deadline; of another nothing is known."""
    silent, blank = (Region.objects.get(code=code) for code in ("330300003", "330300004"))
    Report.objects.filter(round__county=silent, round__as_of=DAY).update(state="draft")
    Completion.objects.filter(item__project_list__county__in=[silent, blank]).delete()
    Round.objects.filter(county=silent, as_of=DAY).update(deadline=date(YEAR + 1, 1, 5))
    Report.objects.filter(round__county=blank).update(state="draft")
    for county in (silent, blank):
        rebuild(county)
    places = places_of(city, "late")
    number, row = places["330300003"]
    assert (row.row.late, row.row.not_reported) == (0, ITEMS)
    assert (number, row.place) == (COUNTIES - 2, COUNTIES - 1)
    number, row = places["330300004"]
    assert (row.row.unknown, number, row.place) == (ITEMS, COUNTIES - 1, None)


def test_every_cell_leads_to_the_countys_page(city_office, client_for):
    client = client_for(city_office)
    page = soup(client.get(reverse("region", args=CITY)))
    for cell in page.select("table.matrix a.cell")[::37]:
        response = client.get(cell["href"])
        assert response.status_code == 200
        assert cell["title"].split("，")[1] in soup(response).get_text()
    for link in page.select("table.ranking td.main a")[:2]:
        assert client.get(link["href"]).status_code == 200


def test_one_programme_is_shown_in_all_counties(city_office, client_for):
    programme = Programme.objects.first()
    response = client_for(city_office).get(reverse("region_item", args=[*CITY, programme.pk]))
    page = soup(response)
    assert page.h1.get_text(strip=True) == programme.name
    assert len(page.select("table.data tbody tr")) == COUNTIES
    assert f"{COUNTIES}个县（市、区）有这一项目" in page.get_text()
    assert "courses-figure" in response.content.decode()


def test_the_matrix_comes_as_excel_and_the_trail_says_so(city_office, client_for, tmp_path):
    with written() as trail:
        response = client_for(city_office).get(reverse("region_excel", args=CITY))
    path = tmp_path / "a.xlsx"
    path.write_bytes(response.content)
    assert faults(response.content) == []
    sheet = load_workbook(path).active
    rows = list(sheet.iter_rows(values_only=True))
    head = next(i for i, row in enumerate(rows) if row[0] == "层级")
    assert len(rows) - head - 2 == Programme.objects.count()
    assert len(set(rows[head]) - {None}) == 5 + COUNTIES, (
        "a county's name stands over its two columns"
    )
    assert rows[head + 1][5:] == ("研判", "实际") * COUNTIES
    assert "演示数据" in "".join(row[0] or "" for row in rows[:head])
    assert "各县（市、区）民生实事进展" in trail[-1].summary


PAGES = [
    ("region", []),
    ("region_excel", []),
    ("region_programmes", []),
    ("region_item", ["programme"]),
]


@pytest.mark.parametrize(("name", "more"), PAGES)
def test_for_people_of_a_county_the_citys_pages_do_not_exist(name, more, county_office, client_for):
    arguments = [Programme.objects.first().pk for _word in more]
    reporter = create_user("r", "张三", Role.LEAD_UNIT, county_office.unit)
    for user in (county_office, reporter):
        assert client_for(user).get(reverse(name, args=[*CITY, *arguments])).status_code == 404


def test_a_county_sees_itself_and_the_averages_and_no_other_county(county_office, client_for):
    client = client_for(county_office)
    assert client.get(reverse("overview", args=["330300002", YEAR])).status_code == 404
    own = soup(client.get(reverse("overview", args=["330300001", YEAR]))).get_text()
    assert "低于全市平均" in own
    assert "模拟02县" not in own


def test_people_of_a_city_read_their_counties_and_change_nothing(city_office, client_for):
    client = client_for(city_office)
    place = ["330300001", YEAR]
    for name in ("overview", "items", "units", "rounds", "reporting"):
        response = client.get(reverse(name, args=place))
        assert response.status_code == 200, name
    day = Round.objects.open_for(Region.objects.get(code="330300001")).first().as_of
    for name in ("round_close", "round_extend", "review"):
        assert client.get(reverse(name, args=[*place, day])).status_code == 403, name
    assert client.post(reverse("round_close", args=[*place, day])).status_code == 403
    assert client.get(reverse("slip_add", args=place)).status_code == 403
    assert client.get(reverse("round_plan", args=place)).status_code == 403


def test_a_city_does_not_exist_for_another_city(city, client_for):
    foreign = create_county("330225", "象山县").parent
    client = client_for(person(foreign, Role.OFFICE))
    assert client.get(reverse("region", args=CITY)).status_code == 404
    assert client.get(reverse("region", args=["330200", YEAR])).status_code == 404  # no lists


def test_a_province_sees_its_cities_counties(city, client_for):
    client = client_for(person(city.parent, Role.OFFICE, "省政府办公厅"))
    page = soup(client.get(reverse("region", args=["330000", YEAR])))
    assert len(page.select("table.ranking tbody tr")) == COUNTIES


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?as_of=gestern", 200),
        ("?as_of=2024-02-30", 200),
        ("?as_of=2023-12-31", 200),
        ("?page=99", 200),
        ("?page=%00", 200),
        ("?level=galaxy&sort=nonsense", 200),
    ],
)
def test_a_wrong_address_gets_a_clear_page(query, status, city_office, client_for):
    response = client_for(city_office).get(reverse("region", args=CITY) + query)
    assert response.status_code == status
    if "as_of" in query:
        assert "现按" in soup(response).get_text()


def test_a_page_changes_as_soon_as_a_county_changes(city_office, client_for):
    client, url = client_for(city_office), reverse("region", args=CITY)
    tag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    report = Report.objects.filter(state=Report.State.SUBMITTED).first()
    accept_reports(by=None, reports=[(report, report.version)])
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200


# -- Confirming on the page -----------------------------------------------------------------


def test_the_citys_office_takes_items_out_and_confirms_them_again(city_office, client_for):
    client, programme = client_for(city_office), Programme.objects.filter(level="city").first()
    page = soup(client.get(reverse("region_item", args=[*CITY, programme.pk])))
    links = [box["value"] for box in page.select("[name=link]")][:2]
    split = reverse("region_split", args=[*CITY, programme.pk])
    assert client.post(split, {"link": ["9" * 5000, "9" * 30, "x"]}).status_code == 302
    assert programme.links.count() == COUNTIES
    assert client.post(split, {"link": links}).status_code == 302
    assert programme.links.count() == COUNTIES - 2
    url = reverse("region_programmes", args=CITY) + "?level=city"
    page = soup(client.get(url))
    sent = {box["name"]: box["value"] for box in page.select("form [type=hidden]")}
    taken = [box["value"] for box in page.select("[name=take][checked]")]
    assert len(taken) == 1
    response = client.post(url, {**sent, "take": taken})
    assert response.status_code == 302
    assert programme.links.count() == COUNTIES
    again = client.post(url, {**sent, "take": taken})
    assert again.status_code == 409
    assert "已由他人关联" in soup(again).get_text()


HUGE = "9" * 30


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"take": "x"},
        {"take": HUGE},
        {"take": "0", "sure-0": "1:x"},
        {"take": "0", "sure-0": ":"},
        {"take": "0", "sure-0": f":{HUGE}"},
        {"take": "0", "sure-0": f"{HUGE}:1"},
        {"take": "0", "sure-0": "-1:1"},
        {"also-0": HUGE},
        {"also-x": "1"},
        {"action": "apart", "also-0": HUGE},
        {"action": "back", "back": HUGE},
        {"action": "back", "back": "²"},
    ],
)
def test_nothing_that_makes_no_sense_is_confirmed(sent, city_office, client_for):
    response = client_for(city_office).post(reverse("region_programmes", args=CITY), sent)
    assert response.status_code == 422
    assert soup(response).select_one(".error-summary")


@pytest.mark.parametrize("link", [HUGE, "-1", "²", "x", ""])
def test_what_is_no_link_is_not_taken_out(link, city_office, client_for):
    programme = Programme.objects.first()
    client, split = client_for(city_office), reverse("region_split", args=[*CITY, programme.pk])
    page = soup(client.post(split, {"link": link}, follow=True))
    assert "没有选择条目，未作改动。" in page.get_text()
    assert programme.links.count() == COUNTIES


def test_a_supervisor_of_the_city_looks_and_confirms_nothing(city_supervisor, client_for):
    client = client_for(city_supervisor)
    assert client.get(reverse("region", args=CITY)).status_code == 200
    assert client.get(reverse("region_programmes", args=CITY)).status_code == 403
    programme = Programme.objects.first()
    split = reverse("region_split", args=[*CITY, programme.pk])
    assert client.post(split, {"link": "1"}).status_code == 403


# -- How much it costs ----------------------------------------------------------------------


def queries_of(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


QUERIES = {"region": 12, "region_item": 14}


@pytest.mark.parametrize("name", QUERIES)
def test_a_page_costs_as_many_queries_for_3_counties_as_for_12(name, city_office, client_for):
    client, programme = client_for(city_office), Programme.objects.first()
    url = reverse(name, args=[*CITY, *([programme.pk] if name == "region_item" else [])])
    at_12 = queries_of(client, url)
    ProgrammeItem.objects.filter(county__code__gt="330300003").delete()
    Report.objects.filter(round__county__code__gt="330300003").delete()
    Round.objects.filter(county__code__gt="330300003").delete()
    ListItem.objects.filter(project_list__county__code__gt="330300003").delete()
    ProjectList.objects.filter(county__code__gt="330300003").delete()
    assert queries_of(client, url) == at_12 == QUERIES[name]


# -- The generator --------------------------------------------------------------------------


def test_everything_generated_says_that_it_is_simulated(city):
    counties = Region.objects.filter(parent=city, project_lists__year=YEAR).distinct()
    assert counties.count() == COUNTIES
    assert all(county.name.startswith("模拟") for county in counties)
    assert not Round.objects.filter(simulated=False).exists()
    assert all("模拟" in listed.title for listed in ProjectList.objects.all())


def test_generating_again_changes_nothing_and_removing_leaves_nothing(city):
    again = {"city": city, "counties": COUNTIES, "year": YEAR, "seed": 1}
    assert simulate_counties(**again, items=ITEMS, rounds=ROUNDS) == 0
    assert remove_counties(city=city) == COUNTIES
    assert not Region.objects.filter(name__startswith="模拟").exists()
    assert not Programme.objects.exists()
    assert not Round.objects.exists()
    assert remove_counties(city=city) == 0


def test_what_is_no_common_programme_is_set_apart_and_brought_back(city, city_office, client_for):
    ProgrammeItem.objects.filter(county__code="330300002").delete()
    item = ListItem.objects.filter(
        project_list__level="city", project_list__county__code="330300002"
    ).first()
    item.title = f"实施{item.title[:5]}工程，完善管理机制，{item.title}"
    item.save()
    client, url = client_for(city_office), reverse("region_programmes", args=CITY)
    sent = {"level": "city", "action": "apart"}
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert "没有勾选存疑的条目" in refused.content.decode()
    assert client.post(url, sent | {"also-0": "x"}).status_code == 422

    with written() as trail:
        page = soup(client.post(url, sent | {"also-0": item.pk}, follow=True))
    assert [row.summary for row in trail] == [f"确认{item}不属于共同项目。"]
    assert "已排除1个条目" in page.get_text()
    assert not page.select(f"table.proposals input[value='{item.pk}']")
    stale = {"level": "city", "take": "0", "sure-0": ":", "also-0": item.pk}
    assert client.post(url, stale).status_code == 409
    assert client.post(url, sent | {"also-0": item.pk}).status_code == 409
    assert not ProgrammeItem.objects.filter(item=item).exists()

    back = {"level": "city", "action": "back"}
    assert client.post(url, back).status_code == 422
    page = soup(client.post(url, back | {"back": item.pk}, follow=True))
    assert "已恢复1个条目" in page.get_text()
    assert page.select(f"table.proposals input[value='{item.pk}']")


def test_a_supervisor_sets_nothing_apart(city_supervisor, client_for):
    url = reverse("region_programmes", args=CITY)
    sent = {"level": "city", "action": "apart", "also-0": ListItem.objects.first().pk}
    assert client_for(city_supervisor).post(url, sent).status_code == 403


# -- The months before, on the page of an item ------------------------------------------------


def item_of(code):
    """An item of a county that was reported in every round, and its address."""
    told = ItemSummary.objects.filter(round__county__code=code, reported=True)
    known = told.filter(actual__isnull=False)
    for link in ProgrammeItem.objects.filter(county__code=code).select_related(
        "item__project_list"
    ):
        if known.filter(item=link.item).count() == ROUNDS:
            where = [code, YEAR, link.item.project_list.level, link.item.number]
            return link, reverse("item", args=where)
    raise AssertionError("every item has a gap")


def rows_of_city(page):
    return [
        [" ".join(cell.get_text(" ", strip=True).split()) for cell in row.select("td")]
        for row in page.select("#city tbody tr")
    ]


def test_the_item_page_shows_county_average_and_best_over_the_months(
    city, county_office, client_for
):
    link, address = item_of("330300001")
    response = client_for(county_office).get(address)
    rows = rows_of_city(soup(response))
    assert [row[0] for row in rows] == ["2024年12月31日", "2024年11月30日", "2024年10月31日"]
    for row, as_of in zip(rows, (DAY, date(YEAR, 11, 30), date(YEAR, 10, 31)), strict=True):
        known = percents_from_raw_rows(as_of)[link.programme]
        capped = {code: min(percent, 100) for code, percent in known.items()}
        own, mean = capped["330300001"], sum(capped.values()) / len(capped)
        rank = 1 + sum(1 for percent in known.values() if percent > known["330300001"])
        for cell, percent in ((row[1], own), (row[2], mean), (row[5], max(capped.values()))):
            assert float(cell) == pytest.approx(percent, abs=0.051)
        assert row[4] == f"{rank} / {len(known)}"
        assert row[6] == f"示例数据 系统按{len(known)}个县（市、区）通过的填报计算"
    page = soup(response)
    tile = next(t for t in page.select(".tile") if "全市平均" in t.get_text())
    assert tile.select_one(".tile-number").string == f"{rows[0][2]}%"
    assert "没有全市对比数据" not in page.get_text()
    assert "模拟02县" not in page.get_text()
    assert 'id="city-figure"' in response.content.decode()
    drawn = json.loads(page.find(id="city-figure").string)["data"]
    assert [(line["name"], len(line["y"])) for line in drawn] == [
        ("模拟01县", ROUNDS),
        ("全市平均", ROUNDS),
        ("全市最高", ROUNDS),
    ]


def test_the_months_before_are_shown_up_to_the_date_and_cost_as_many_queries(
    county_office, client_for
):
    _link, address = item_of("330300001")
    client, counts = client_for(county_office), []
    client.get(address)
    for as_of, months in (("2024-12-31", 3), ("2024-11-30", 2), ("2024-10-31", 1)):
        forget_states()
        with CaptureQueriesContext(connection) as queries:
            page = soup(client.get(address, {"as_of": as_of}))
        assert len(rows_of_city(page)) == months
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_a_table_of_the_city_stands_beside_what_is_computed(county_office, client_for):
    link, address = item_of("330300001")
    for day in (date(YEAR, 11, 30), DAY):
        link.item.comparisons.create(as_of=day, figure=41, average=40, best=60, source="市府办")
    Region.objects.filter(code="330300001").touch()
    client = client_for(county_office)
    page = soup(client.get(address))
    assert [row[6][:5] for row in rows_of_city(page)] == [
        "市府办",
        "示例数据 ",
        "市府办",
        *["示例数据 "] * 2,
    ]
    drawn = json.loads(page.find(id="city-figure").string)["data"]
    assert drawn[1]["y"] == [40.0, 40.0], "figures of two sources are no course"
    RuleSet.objects.filter(county__code="330300001").update(comparison_source="computed")
    Region.objects.filter(code="330300001").touch()
    page = soup(client.get(address))
    assert len(json.loads(page.find(id="city-figure").string)["data"][1]["y"]) == ROUNDS


def test_a_kept_round_shows_the_months_as_they_were(city, county_office, client_for):
    _link, address = item_of("330300001")
    client = client_for(county_office)
    before = rows_of_city(soup(client.get(address)))
    close_round(by=county_office, round=Round.objects.get(county__code="330300001", as_of=DAY))
    Reading.objects.filter(report__round__county__code="330300002").update(value=0)
    rebuild(Region.objects.get(code="330300002"))
    assert rows_of_city(soup(client.get(address))) == before


def test_a_round_kept_before_the_months_were_does_not_deny_its_average(county_office, client_for):
    link, address = item_of("330300001")
    close_round(by=county_office, round=Round.objects.get(county__code="330300001", as_of=DAY))
    record = StandingRecord.objects.get(item=link.item_id)
    record.detail["told"]["comparisons"] = []
    record.save()
    page = soup(client_for(county_office).get(address))
    assert any("全市平均" in tile.get_text() for tile in page.select(".tile"))
    assert "没有全市对比数据" not in page.get_text()
    assert "各月的数据当时没有留存" in page.select_one("#city").get_text()


def test_what_differs_by_a_word_is_doubtful_and_the_word_is_shown(city, city_office, client_for):
    link = ProgrammeItem.objects.filter(county__code="330300002").first()
    item, level = link.item, link.programme.level
    item.title = f"不{item.title}"
    item.save()
    link.delete()
    url = reverse("region_programmes", args=CITY) + f"?level={level}"
    page = soup(client_for(city_office).get(url))
    (doubt,) = page.select("table.proposals .doubtful")
    first = link.programme.name[0]
    assert f"“{first}”作“不{first}”" in doubt.get_text()
    assert not doubt.input.has_attr("checked")
    name = page.select_one("table.proposals td.main").get_text()
    assert not name.startswith("不"), "a programme is not called by what is doubtful"
