"""象山县 2024 as simulated: plausible, complete, labelled everywhere, and taken away again."""

import json
import re
from collections import Counter
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook

from livelihood.organisation.access import Role
from livelihood.organisation.documents.lines import text_width
from livelihood.organisation.models import LogEntry, Region, User
from livelihood.organisation.words import cn_date
from livelihood.testing import create_unit, create_user
from progress.documents.bulletin_docx import bulletin_document
from progress.models import (
    Bulletin,
    Completion,
    Evidence,
    Extension,
    Notice,
    Reading,
    Report,
    ReportEvent,
    Round,
    RoundVersion,
    Slip,
    TownshipFigure,
)
from progress.operations.bulletins import proposed_data, read_draft, start_bulletin
from progress.operations.export import export_county
from progress.operations.reporting_board import CellState, read_board
from progress.operations.review import accept_reports
from progress.operations.rounds import extend
from progress.operations.standings import read_county
from progress.operations.windows import window
from progress.rules.judgement import Flag, Status
from projects.models import ListItem, Project

pytestmark = pytest.mark.usefixtures("simulated_year")

YEAR = 2024
LABEL = "演示数据"


@pytest.fixture
def xiangshan(db):
    return Region.objects.get(code="330225")


@pytest.fixture
def rounds(xiangshan):
    return list(Round.objects.filter(county=xiangshan).order_by("as_of"))


@pytest.fixture
def states(xiangshan, rounds):
    """The county as judged in each round."""
    today = timezone.localdate()
    return [
        read_county(ListItem.objects.all(), xiangshan, YEAR, as_of=r.as_of, today=today)
        for r in rounds
    ]


def said_by(command, **options):
    output = StringIO()
    call_command(command, stdout=output, **options)
    return output.getvalue()


def simulate(**options):
    return said_by("simulate_year", **{"county": "330225", "year": YEAR, **options})


# -- The year ------------------------------------------------------------------------


def test_ten_rounds_are_closed_and_kept_and_november_is_open(rounds):
    assert [r.as_of.month for r in rounds] == list(range(1, 12))
    assert {r.state for r in rounds[:-1]} == {Round.State.CLOSED}
    assert rounds[-1].state == Round.State.OPEN
    assert all(r.simulated and r.source for r in rounds)
    assert all(r.version for r in rounds[:-1])


def test_every_status_occurs_during_the_year(states):
    seen = Counter(own.standing.status for state in states for own in state.items)
    assert set(seen) == set(Status)


def test_standstill_doubt_and_problems_occur(states):
    seen = {flag for state in states for own in state.items for flag in own.standing.flags}
    assert {Flag.STALLED, Flag.DOUBTFUL, Flag.PROBLEM} <= seen
    falls = [
        own
        for state in states
        for own in state.items
        if any("降为" in sentence for sentence in own.standing.explanation)
    ]
    assert falls


def test_a_promise_is_kept_and_another_is_missed(states):
    kept, missed = 0, 0
    for before, after in zip(states, states[1:], strict=False):
        promised = dict(
            Report.objects.filter(round=before.current_round, catch_up_on__lte=after.as_of)
            .exclude(catch_up_on=None)
            .values_list("project", "catch_up_on")
        )
        for own in after.items:
            if own.item.project_id in promised:
                missed += own.standing.is_behind
                kept += not own.standing.is_behind
    assert kept
    assert missed


def test_whoever_is_behind_has_said_why_and_until_when(states):
    for state in states[:-1]:
        for own in state.items:
            if own.standing.is_behind:
                report = Report.objects.get(round=state.current_round, project=own.item.project_id)
                assert report.cause, own
                assert report.catch_up_on > state.as_of, own


def test_completion_stands_in_its_three_states(xiangshan):
    completions = Completion.objects.filter(item__project_list__county=xiangshan)
    assert completions.filter(closed_on__isnull=False).exists()
    assert completions.filter(closed_on=None, verified_on__isnull=False).exists()
    assert completions.filter(verified_on=None).exists()


def test_some_report_late_some_with_more_time_and_one_not_at_all(xiangshan, rounds):
    board = read_board(None, xiangshan, YEAR, now=timezone.now())
    cells = [cell for r in board.rounds[:-1] for cell in board.cells(r)]
    seen = Counter(cell.state for cell in cells)
    assert seen[CellState.ON_TIME] > seen[CellState.LATE] > 3
    missing = [cell for cell in cells if cell.missing]
    assert [cell.round.as_of.month for cell in missing] == [7]
    extended = [cell for cell in cells if cell.extended]
    assert [(cell.round.as_of.month, cell.state) for cell in extended] == [(8, CellState.ON_TIME)]


def test_reports_are_returned_with_comments_and_mended(xiangshan):
    events = ReportEvent.objects.filter(report__round__county=xiangshan)
    returned = Counter(events.filter(kind="returned").values_list("report", flat=True))
    assert len(returned) > 10
    assert max(returned.values()) >= 2
    assert not events.filter(kind="returned", comments=None).exists()
    fields = set(events.filter(kind="returned").values_list("comments__field", flat=True))
    assert "narrative" in fields
    assert any(field.startswith("indicator-") for field in fields)
    assert events.filter(kind="withdrawn").exists()


def test_one_round_was_corrected_after_its_closing_with_other_flags(xiangshan):
    versions = RoundVersion.objects.filter(round__county=xiangshan, number=2)
    assert [v.round.as_of.month for v in versions] == [4]
    change = versions[0].changes[0]
    assert change["status"][0] != change["status"][1]
    assert ReportEvent.objects.filter(kind="corrected").count() == 1
    assert Extension.objects.filter(kind="reopened").count() == 1


def test_slips_of_every_kind_are_issued_most_are_closed_and_some_wait(xiangshan):
    slips = Slip.objects.filter(county=xiangshan)
    assert set(slips.values_list("kind", flat=True)) == set(Slip.Kind.values)
    assert slips.filter(closed_at__isnull=False, former__isnull=False).exists()
    assert slips.open().filter(answered_at=None, unit__name="县住建局").exists()
    assert slips.open().exclude(answered_at=None).exists()


def test_a_sharper_slip_argues_with_the_figures_of_its_own_round(xiangshan):
    sharper = list(Slip.objects.filter(county=xiangshan, former__isnull=False))
    assert sharper
    for slip in sharper:
        assert slip.text.count("，截至") == 1, slip.text
        assert f"，截至{cn_date(slip.round.as_of)}计划进度" in slip.text
        assert slip.text.count("书面回复") == 1
        assert slip.text.startswith("此前已于")


def test_everything_happened_in_that_year_and_in_order(xiangshan, rounds):
    events = ReportEvent.objects.filter(report__round__county=xiangshan)
    assert {at.year for at in events.values_list("at", flat=True)} == {YEAR}
    assert not Notice.objects.exclude(created_at__year=YEAR).exists()
    for r in rounds[:-1]:
        own = events.filter(report__round=r).exclude(report__events__kind="corrected")
        assert min(e.at for e in own) > r.opened_at
        assert max(e.at for e in own) < r.closed_at


def test_the_places_add_up_to_the_figures(xiangshan):
    reports = Report.objects.filter(round__county=xiangshan).exclude(place_readings=None)
    checked = 0
    for report in reports.distinct().prefetch_related("place_readings", "readings"):
        figures = [r.value for r in report.readings.all() if r.value is not None]
        if len(figures) == 1:
            assert sum(p.value for p in report.place_readings.all()) == figures[0]
            checked += 1
    assert checked > 100


def test_reports_speak_of_the_figures_that_they_tell(xiangshan):
    reports = Report.objects.filter(round__county=xiangshan, state=Report.State.ACCEPTED)
    assert not reports.filter(narrative="").exists()
    assert reports.filter(narrative__contains="累计完成").count() > 150
    assert Reading.objects.filter(report__in=reports, value__isnull=False).count() > 200


def test_november_gives_everybody_something_to_try(xiangshan, rounds):
    last, now = rounds[-1], timezone.now()
    own = last.reports.filter(project__lead_unit__name="县住建局")
    states = set(own.values_list("state", flat=True))
    assert {"submitted", "returned", "draft"} <= states
    housing = Project.objects.filter(county=xiangshan, lead_unit__name="县住建局")
    assert own.count() < housing.count()
    assert last.reports.filter(state=Report.State.SUBMITTED).count() > 3
    allowed = window(last, housing[0].lead_unit, now)
    assert allowed.open
    assert allowed.due > now + timedelta(days=300)
    board = read_board(None, xiangshan, YEAR, now=now)
    assert CellState.MISSING not in {c.state for c in board.cells(board.rounds[-1])}


def test_the_open_round_is_not_called_overdue_where_all_have_more_time(
    xiangshan, rounds, people, client_for
):
    client = client_for(people[Role.OFFICE])
    for name, arguments in (("rounds", ()), ("round", (rounds[-1].as_of,))):
        page = client.get(reverse(name, args=[xiangshan.code, YEAR, *arguments]))
        assert "已过期限" not in page.content.decode(), name
    Extension.objects.filter(round=rounds[-1]).delete()
    page = client.get(reverse("round", args=[xiangshan.code, YEAR, rounds[-1].as_of]))
    assert "已过期限，尚未截止" in page.content.decode()


def test_the_stand_ins_cannot_log_in(xiangshan):
    people = User.objects.filter(username__startswith="simulated-")
    assert people.count() > 10
    assert not any(p.is_active or p.has_usable_password() for p in people)
    assert all("（演示）" in p.name for p in people)


# -- The command ---------------------------------------------------------------------


def everything():
    """What would differ if the command had done anything."""
    return (
        list(Round.objects.order_by("pk").values()),
        list(Report.objects.order_by("pk").values()),
        list(Slip.objects.order_by("pk").values()),
        User.objects.count(),
        Region.objects.get(code="330225").data_version,
    )


def test_running_again_changes_nothing_and_says_so():
    before = everything()
    assert "已经存在，未作改动" in simulate()
    assert everything() == before


def test_another_seed_is_refused_until_the_first_is_removed():
    with pytest.raises(CommandError, match="已有另一组演示数据"):
        simulate(seed=2)


def test_a_county_with_real_rounds_is_refused():
    with pytest.raises(CommandError, match="苍南县2023年已有真实的期次"):
        simulate(county="330327", year=2023)
    with pytest.raises(CommandError, match="苍南县没有2024年度的清单"):
        simulate(county="330327")
    with pytest.raises(CommandError, match="没有代码为330999的县"):
        simulate(county="330999")


def test_removing_takes_the_simulated_year_away_and_nothing_else(xiangshan):
    real = Round.objects.exclude(county=xiangshan)
    kept = [
        list(rows.order_by("pk").values())
        for rows in (
            real,
            Report.objects.filter(round__in=real),
            Reading.objects.filter(report__round__in=real),
            Completion.objects.exclude(item__project_list__county=xiangshan),
            RoundVersion.objects.filter(round__in=real),
            ListItem.objects.all(),
        )
    ]
    assert "已移除象山县2024年演示数据11期" in simulate(remove=True)
    assert not Round.objects.filter(county=xiangshan).exists()
    assert not Slip.objects.filter(county=xiangshan).exists()
    assert not Completion.objects.filter(item__project_list__county=xiangshan).exists()
    assert not Notice.objects.filter(round__isnull=False).exists()
    assert kept == [
        list(rows.order_by("pk").values())
        for rows in (
            real.all(),
            Report.objects.all(),
            Reading.objects.all(),
            Completion.objects.all(),
            RoundVersion.objects.all(),
            ListItem.objects.all(),
        )
    ]
    assert "没有演示数据，未作改动" in simulate(remove=True)


@pytest.fixture
def bulletin(rounds):
    """A draft of the bulletin of October's round."""
    october = rounds[-2]
    return Bulletin.objects.create(
        county=october.county, year=YEAR, round=october, title="十月通报"
    )


def test_drafts_figures_of_townships_and_files_go_with_the_simulated_year(
    xiangshan, rounds, bulletin, django_capture_on_commit_callbacks
):
    report = rounds[0].reports.filter(project__items__allocations__isnull=False).first()
    share = report.project.items.filter(allocations__isnull=False).first().allocations.first()
    TownshipFigure.objects.create(
        round=rounds[0],
        allocation=share,
        unit=report.project.lead_unit,
        value=1,
        by=report.updated_by,
        at=timezone.now(),
    )
    file = ContentFile(b"photo", "照片.jpg")
    values = {"name": "照片.jpg", "caption": "现场", "size": 5, "uploaded_by": report.updated_by}
    stored = Evidence.objects.create(report=report, file=file, **values).file
    with django_capture_on_commit_callbacks(execute=True):
        assert "已移除象山县2024年演示数据11期" in simulate(remove=True)
    assert not Bulletin.objects.exists()
    assert not TownshipFigure.objects.exists()
    assert not stored.storage.exists(stored.name)


def test_what_has_been_issued_keeps_the_simulated_year(rounds, bulletin):
    Bulletin.objects.update(
        state="issued", number=1, version=1, issued_on=bulletin.round.as_of, issue_year=2024
    )
    refusal = "象山县截至2024年10月31日已印发督查通报〔2024〕第1期，不能移除这一期。"
    with pytest.raises(CommandError, match=refusal):
        simulate(remove=True)
    assert len(rounds) == Round.objects.filter(county=bulletin.county).count()


def test_a_real_slip_that_follows_a_simulated_one_keeps_the_simulated_year(xiangshan, rounds):
    december = Round.objects.create(county=xiangshan, as_of=rounds[-1].as_of.replace(day=15))
    former = Slip.objects.filter(county=xiangshan).order_by("pk").first()
    values = {name: getattr(former, name) for name in ("unit", "item", "county", "issued_by")}
    real = Slip.objects.create(
        round=december,
        kind="red",
        former=former,
        year=YEAR,
        number=900,
        text="请说明情况。",
        issued_on=december.as_of,
        deadline=december.as_of,
        **values,
    )
    with pytest.raises(CommandError, match="号接续了"):
        simulate(remove=True)
    assert Slip.objects.get(pk=real.pk).former == former


# -- 演示数据 on every page and file ----------------------------------------------------


@pytest.fixture
def people(xiangshan):
    """Somebody of each role, by role."""
    home, housing = create_unit(xiangshan, "县政府办公室"), create_unit(xiangshan, "县住建局")
    return {
        Role.OFFICE: create_user("x-office", "演练一", Role.OFFICE, home),
        Role.SUPERVISOR: create_user("x-supervisor", "演练二", Role.SUPERVISOR, home),
        Role.LEAD_UNIT: create_user("x-housing", "演练三", Role.LEAD_UNIT, housing),
    }


def addresses(county, year, rounds):
    """(role, name, arguments, query) of what shows figures of a county and year."""
    everybody, units = list(Role)[:3], "县住建局" if county.code == "330225" else "县教育局"
    items = ListItem.objects.for_county(county, year).filter(lead_unit__name=units)
    leader = ListItem.objects.for_county(county, year).exclude(responsible_leader="").first()
    for role in everybody:
        for name in ("overview", "items", "units", "leaders", "rounds", "reporting", "slips"):
            yield role, name, (), ""
        yield role, "items", (), "?flag=attention&sort=judgement"
        yield role, "items_excel", (), ""
        yield role, "reporting_excel", (), ""
        yield role, "unit", (units,), ""
        for item in items[:3]:
            yield role, "item", (item.project_list.level, item.number), ""
    for r in rounds:
        yield Role.OFFICE, "overview", (), f"?as_of={r.as_of}"
        yield Role.OFFICE, "round", (r.as_of,), ""
    if leader is not None:
        yield Role.OFFICE, "leader", (leader.responsible_leader,), ""
    project = items[0].project_id
    last = rounds[-1].as_of
    yield Role.OFFICE, "review", (last,), ""
    yield Role.OFFICE, "item_close", (items[0].project_list.level, items[0].number), ""
    yield Role.LEAD_UNIT, "tasks", (), ""
    yield Role.LEAD_UNIT, "round_tasks", (last,), ""
    yield Role.LEAD_UNIT, "report_all", (last,), ""
    yield Role.LEAD_UNIT, "report", (last, project), ""
    yield Role.LEAD_UNIT, "workbook", (last,), ""
    yield Role.LEAD_UNIT, "workbook_upload", (last,), ""
    if county.code == "330225":
        waiting = rounds[-1].reports.filter(state=Report.State.SUBMITTED)[0]
        yield Role.OFFICE, "review_report", (last, waiting.project_id), ""
        yield Role.OFFICE, "round_plan", (), ""
        yield Role.OFFICE, "round_extend", (last,), ""
        yield Role.OFFICE, "round_close", (last,), ""
        yield Role.OFFICE, "round_reopen", (rounds[0].as_of,), ""
        yield Role.SUPERVISOR, "slip_add", (), ""
    for slip in Slip.objects.filter(county=county):
        yield Role.SUPERVISOR, "slip", (slip.pk,), ""
        yield Role.SUPERVISOR, "slip_docx", (slip.pk,), ""


def words_of(answer):
    """The text of a page or of a file."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    kind = answer.headers["Content-Type"]
    if "spreadsheet" in kind:
        sheets = load_workbook(BytesIO(content)).worksheets
        return "\n".join(str(c.value) for s in sheets for row in s for c in row if c.value)
    if "wordprocessing" in kind:
        return "\n".join(p.text for p in Document(BytesIO(content)).paragraphs)
    # The frame of the page names people and counties of the demonstration.
    return content.decode().partition('<main id="content"')[2] or content.decode()


def walked(county, year, rounds, people, client_for):
    clients = {role: client_for(person) for role, person in people.items()}
    for role, name, arguments, query in addresses(county, year, rounds):
        url = reverse(name, args=[county.code, year, *arguments]) + query
        answer = clients[role].get(url)
        assert answer.status_code == 200, (role, url, answer.status_code)
        yield role, url, words_of(answer)


def test_every_page_and_file_of_the_simulated_county_says_so(xiangshan, rounds, people, client_for):
    seen = 0
    for role, url, words in walked(xiangshan, YEAR, rounds, people, client_for):
        assert LABEL in words, (role, url)
        seen += 1
    assert seen > 90


def test_no_page_or_file_of_the_other_county_says_so(client_for):
    county = Region.objects.get(code="330327")
    home, education = create_unit(county, "县府办"), create_unit(county, "县教育局")
    people = {
        Role.OFFICE: create_user("c-office", "演练四", Role.OFFICE, home),
        Role.SUPERVISOR: create_user("c-supervisor", "演练五", Role.SUPERVISOR, home),
        Role.LEAD_UNIT: create_user("c-education", "演练六", Role.LEAD_UNIT, education),
    }
    rounds = list(Round.objects.filter(county=county))
    seen = 0
    for role, url, words in walked(county, 2023, rounds, people, client_for):
        assert LABEL not in words, (role, url)
        seen += 1
    assert seen > 40


@pytest.mark.parametrize("name", ["rounds", "slips", "units", "leaders", "year_end"])
def test_the_label_stands_once_where_all_rounds_are_simulated(name, xiangshan, people, client_for):
    page = client_for(people[Role.OFFICE]).get(reverse(name, args=[xiangshan.code, YEAR]))
    badge = f'<span class="badge-sample">{LABEL}</span>'
    assert page.content.decode().count(badge) == 1


@pytest.mark.parametrize("name", ["rounds", "reporting", "bulletin_add"])
def test_rounds_that_differ_say_each_for_itself(name, xiangshan, rounds, people, client_for):
    Round.objects.filter(pk=rounds[0].pk).update(simulated=False)
    page = client_for(people[Role.OFFICE]).get(reverse(name, args=[xiangshan.code, YEAR]))
    badge = f'<span class="badge-sample">{LABEL}</span>'
    assert page.content.decode().count(badge) == 1 + len(rounds) - 1


def test_filtering_keeps_the_label_on_the_page(xiangshan, people, client_for):
    client = client_for(people[Role.OFFICE])
    url = reverse("items", args=[xiangshan.code, YEAR])
    part = client.get(url, {"status": "late"}, headers={"HX-Request": "true"}).content.decode()
    assert part.partition("page-context")[2].count(LABEL) == 1


def test_every_chart_says_so(xiangshan, people, client_for):
    client = client_for(people[Role.OFFICE])
    for name, arguments in (("overview", ()), ("units", ()), ("item", ("county", 18))):
        page = client.get(reverse(name, args=[xiangshan.code, YEAR, *arguments])).content.decode()
        figures = page.split('type="application/json">')[1:]
        drawn = [json.loads(figure.partition("</script>")[0]) for figure in figures]
        judged = [f for f in drawn if "任务数" not in json.dumps(f, ensure_ascii=False)]
        assert judged, name
        for figure in judged:
            assert figure["layout"]["title"]["text"] == LABEL, name


def test_no_figure_is_broken_in_the_annexes_of_the_year(people, rounds):
    figure = re.compile(r"[+−]?\d+(\.\d+)?%?|(\d+年)|(\d+月\d+日)")
    for each in rounds:
        issue = start_bulletin(by=people[Role.OFFICE], round=each, data=proposed_data(each))
        content = read_draft(issue, now=timezone.now())[1]
        for table in Document(BytesIO(bulletin_document(content))).tables:
            for cell in table._tbl.iter(qn("w:tc")):
                room = (int(cell.find(f".//{qn('w:tcW')}").get(qn("w:w"))) - 160) / 105
                for line in cell.iter(qn("w:p")):
                    said = "".join(text.text for text in line.iter(qn("w:t")))
                    assert not figure.fullmatch(said) or text_width(said) < room, said


def test_the_export_says_which_county_is_simulated(states, xiangshan):
    assert export_county(states[3])["simulated"] is True
    assert "演示数据" in export_county(states[3])["headline_note"]
    county = Region.objects.get(code="330327")
    as_of = Round.objects.get(county=county).as_of
    other = read_county(ListItem.objects.all(), county, 2023, as_of=as_of, today=as_of)
    assert export_county(other)["simulated"] is False


def test_notices_of_a_simulated_round_say_so(xiangshan):
    notices = Notice.objects.filter(round__simulated=True)
    assert notices.count() > 50
    assert not notices.exclude(text__startswith="（演示数据）").exists()


def test_the_trail_says_so_of_what_is_done_in_a_simulated_round(xiangshan, people, rounds):
    office = people[Role.OFFICE]
    until = timezone.now() + timedelta(days=700)
    extend(by=office, round=rounds[-1], unit=None, until=until, reason="试用")
    report = rounds[-1].reports.filter(state=Report.State.SUBMITTED)[0]
    accept_reports(by=office, reports=[(report, report.version)])
    rows = LogEntry.objects.filter(actor=office)
    assert rows.count() >= 2
    assert all(row.summary.startswith("（演示数据）") for row in rows)


def test_first_submissions_lie_before_acceptance(xiangshan):
    reports = Report.objects.filter(round__county=xiangshan, state=Report.State.ACCEPTED)
    assert not reports.filter(accepted_at__lt=F("submitted_at")).exists()
    assert not reports.filter(submitted_at__lt=F("first_submitted_at")).exists()
