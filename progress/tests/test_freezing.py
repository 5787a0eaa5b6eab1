"""A closed round stays as it was judged: pages, Excel, export; a correction is a version."""

import json
import re
from datetime import UTC, date, datetime
from io import BytesIO, StringIO

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from livelihood.organisation.models import Region
from livelihood.testing import load_corpus, thaw
from progress.models import (
    CityComparison,
    Completion,
    MilestoneMark,
    Reading,
    Report,
    Round,
    RoundVersion,
    RuleSet,
    StandingRecord,
)
from progress.operations.freezing import freeze
from progress.operations.load import load, read_files
from progress.operations.rounds import refreeze
from progress.operations.standings import read_county
from progress.rules.judgement import Flag, Status, Thresholds
from projects.models import Allocation, ListItem, Milestone, Site, Target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("corpus")]

PLACE = ["330327", 2023]
AS_OF = date(2023, 4, 10)
NOW = datetime(2023, 4, 15, 9, tzinfo=UTC)
FIXTURES = settings.BASE_DIR / "fixtures"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture
def closed():
    return Round.objects.get(county__code="330327")


@pytest.fixture
def frozen(closed):
    """The published round, kept as it is judged."""
    return freeze(closed, by=None, note="截止", now=NOW)


def listed(level, number):
    return ListItem.objects.get_by_natural_key("330327", 2023, level, number)


def exported(as_of="2023-04-10"):
    said = StringIO()
    call_command("export_data", county="苍南县", year=2023, as_of=as_of, stdout=said)
    return json.loads(said.getvalue())


ADDRESSES = [
    ("overview", []),
    ("items", []),
    ("units", []),
    ("leaders", []),
    ("unit", ["县教育局"]),
    ("item", ["province", 3]),
    ("item", ["province", 43]),
    ("item", ["city", 36]),
    ("item", ["county", 31]),
    ("item", ["county", 51]),
]


def pages(client):
    """What a reader sees, page by page; without what differs from answer to answer."""
    seen = {}
    for name, arguments in ADDRESSES:
        response = client.get(reverse(name, args=[*PLACE, *arguments]))
        assert response.status_code == 200
        seen[name, *arguments] = TOKEN.sub("", response.content.decode())
    book = load_workbook(BytesIO(client.get(reverse("items_excel", args=PLACE)).content))
    seen["excel"] = [[cell.value for cell in row] for row in book.active.iter_rows()]
    return seen


def change_everything():
    """Plan, rules, reports, tables: as they might be mended weeks later."""
    ListItem.objects.update(title="改过的内容", schedule="改过的安排", category="改过的类别")
    Target.objects.update(value=1)
    Milestone.objects.update(due=date(2023, 1, 2), percent=99, basis="percent", text="改过的节点")
    Allocation.objects.update(value=7, place="别处")
    Site.objects.update(name="别的点位")
    RuleSet.objects.update(behind_points=0, seriously_behind_points=1, overdue_days=1)
    Report.objects.update(narrative="改过的进展", problems="改过的问题")
    Reading.objects.update(value=1, percent=1, basis="stated")
    MilestoneMark.objects.update(met=False, why="改过的说明")
    CityComparison.objects.update(figure=1, average=99)
    Completion.objects.all().delete()


# -- Kept as judged ------------------------------------------------------------------


def test_a_kept_round_reads_like_a_judged_one(closed, office, client_for):
    client = client_for(office)
    live, data = pages(client), exported()
    freeze(closed, by=None, note="截止", now=NOW)
    kept = pages(client)
    for address, page in live.items():
        assert kept[address] == page, address
    assert exported() == data


def test_nothing_that_is_changed_later_changes_a_closed_round(frozen, office, client_for):
    client = client_for(office)
    before, data = pages(client), exported()
    change_everything()
    after = pages(client)
    for address, page in before.items():
        assert after[address] == page, address
    assert exported() == data


def test_a_kept_round_is_filtered_by_the_units_of_its_day(frozen, office, client_for, make_unit):
    item, other = listed("province", 3), make_unit("县残联")
    was = item.lead_unit
    ListItem.objects.filter(pk=item.pk).update(lead_unit=other, category="改过的类别")
    Region.objects.filter(code="330327").touch()
    client, address = client_for(office), reverse("items", args=PLACE)

    def found(query):
        page = BeautifulSoup(client.get(f"{address}?{query}").content, "html.parser")
        offered = {option["value"] for option in page.select("#id_group option")}
        return item.title[:12] in page.select_one("#shown").get_text(), "改过的类别" in offered

    assert found(f"unit={was.pk}") == (True, False)
    assert found(f"unit={was.pk}&as_of=2023-04-11") == (False, True)
    assert found(f"unit={other.pk}&as_of=2023-04-11") == (True, True)


def test_another_date_is_judged_by_what_holds_now(frozen):
    before = exported("2023-04-11")
    change_everything()
    assert exported("2023-04-11") != before
    assert "改过的内容" in json.dumps(exported("2023-04-11"), ensure_ascii=False)


def test_a_reader_sees_no_more_of_a_kept_round_than_of_a_live_one(frozen, reporter, client_for):
    state = read_county(
        ListItem.objects.visible_to(reporter),
        frozen.round.county,
        2023,
        as_of=AS_OF,
        today=AS_OF,
    )
    assert {s.item.unit for s in state.items} == {"县教育局"}
    assert state.version == frozen
    client = client_for(reporter)
    assert client.get(reverse("item", args=[*PLACE, "province", 3])).status_code == 200
    assert client.get(reverse("item", args=[*PLACE, "province", 7])).status_code == 404


def test_rules_are_kept_with_the_standings(frozen):
    RuleSet.objects.update(behind_points=1, completion_stage="closed")
    state = read_county(ListItem.objects.all(), frozen.round.county, 2023, as_of=AS_OF, today=AS_OF)
    assert state.rules == Thresholds()
    assert state.rule_set.completion_stage == RuleSet.CompletionStage.VERIFIED
    assert state.rule_set.valid_from == date(2023, 1, 1)


def test_an_item_put_on_the_list_later_is_not_in_a_kept_round(frozen, office, client_for):
    late = listed("province", 3)
    late.pk, late.number = None, 99
    late.save(force_insert=True)
    client = client_for(office)
    url = reverse("item", args=[*PLACE, "province", 99])
    assert client.get(url).status_code == 404
    assert client.get(f"{url}?as_of=2023-04-11").status_code == 200
    assert len(exported()["items"]) == 153


def test_an_item_of_which_a_judgement_is_kept_cannot_vanish(frozen):
    with pytest.raises(Exception, match="StandingRecord"):
        listed("province", 3).delete()


def test_a_kept_round_takes_two_queries_whatever_its_size(frozen):
    rounds = list(Round.objects.for_county(frozen.round.county, 2023))

    def read(items):
        return read_county(
            items, frozen.round.county, 2023, as_of=AS_OF, today=AS_OF, rounds=rounds
        )

    for items in (ListItem.objects.all(), ListItem.objects.filter(number__lte=3)):
        with CaptureQueriesContext(connection) as queries:
            state = read(items)
        assert state.items
        assert len(queries) == 2


# -- Versions ------------------------------------------------------------------------


def test_a_correction_makes_a_version_that_says_what_changed(frozen, office):
    item = listed("province", 3)  # behind: a milestone is not met
    MilestoneMark.objects.filter(milestone__item=item, met=False).update(met=True)
    version = refreeze(by=office, round=frozen.round, note="更正正脊筛查的填报。", now=NOW)
    assert (version.number, version.by, version.note) == (2, office, "更正正脊筛查的填报。")
    closed = Round.objects.get(pk=frozen.round_id)
    assert closed.version == 2
    [change] = [c for c in version.changes if c["item"] == item.pk]
    assert change["name"] == "省级第3项"
    assert change["status"] == ["滞后", "按序时"]
    assert {c["item"] for c in version.changes} <= set(
        ListItem.objects.filter(project=item.project).values_list("pk", flat=True)
    )
    now = {(i["level"], i["number"]): i for i in exported()["items"]}
    assert now["province", 3]["schedule_status"] == "on_schedule"
    first = StandingRecord.objects.get(round=closed, version=1, item=item)
    assert first.status == Status.BEHIND, "the first version stays"


def test_a_correction_does_not_bring_later_rules_into_a_past_month(frozen, office):
    RuleSet.objects.update(behind_points=0, seriously_behind_points=1, overdue_days=1)
    version = refreeze(by=office, round=frozen.round, note="复核。", now=NOW)
    assert version.changes == []
    assert version.rules == frozen.rules


def test_flags_and_figures_that_differ_are_named(frozen, office):
    item = listed("province", 3)
    Report.objects.filter(project=item.project).update(problems="场地没有落实。")
    Reading.objects.create(
        report=Report.objects.get(project=item.project), item=item, percent=18, basis="stated"
    )
    version = refreeze(by=office, round=frozen.round, note="补报。", now=NOW)
    [change] = [c for c in version.changes if c["item"] == item.pk]
    assert change["gained"] == ["存在问题"]
    assert change["lost"] == []
    assert change["actual"] == [None, 18]


def test_the_rounds_page_lists_versions_and_what_they_changed(
    frozen, office, reporter, other_reporter, client_for
):
    item = listed("province", 3)
    MilestoneMark.objects.filter(milestone__item=item, met=False).update(met=True)
    refreeze(by=office, round=frozen.round, note="更正正脊筛查的填报。", now=NOW)
    url = reverse("round", args=[*PLACE, AS_OF])

    def versions(user):
        page = BeautifulSoup(client_for(user).get(url).content, "html.parser")
        return " ".join(page.find(id="versions").get_text(" ").split())

    seen = versions(office)
    assert "第2版 2023年4月15日 17:00 林晓明" in seen
    assert "省级第3项" in seen
    assert "滞后 → 按序时" in seen
    assert "系统（命令行）" in seen
    assert "省级第3项" in versions(reporter)
    foreign = versions(other_reporter)
    assert "省级第3项" not in foreign
    assert "没有变化" in foreign
    overview = client_for(office).get(reverse("overview", args=PLACE)).content.decode()
    assert "第2版" in overview


def test_a_round_that_was_never_kept_is_kept_as_its_first_version(closed, office):
    version = refreeze(by=office, round=closed, note="更正。", now=NOW)
    assert (version.number, version.changes) == (1, [])
    assert Round.objects.get(pk=closed.pk).version == 1


# -- Files ---------------------------------------------------------------------------


def test_loading_keeps_the_published_round_and_loading_again_changes_nothing():
    thaw()
    load_corpus()
    [version] = RoundVersion.objects.all()
    assert (version.number, version.round.as_of, version.by) == (1, AS_OF, None)
    assert StandingRecord.objects.count() == 153
    before = list(StandingRecord.objects.values())
    load_corpus()
    assert RoundVersion.objects.count() == 1
    assert list(StandingRecord.objects.values()) == before


def test_a_changed_file_makes_a_version_and_changes_the_judgement(frozen, tmp_path):
    rows = json.loads((FIXTURES / "cangnan-2023-province.json").read_text(encoding="utf-8"))
    row = next(r for r in rows if r["number"] == 3)
    for milestone in row["milestones"]:
        if milestone.get("met") is False:
            milestone["met"] = True
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    load(read_files([path], described_in=FIXTURES))
    latest = RoundVersion.objects.order_by("-number").first()
    assert latest.number == 2
    assert [c["status"] for c in latest.changes if c["name"] == "省级第3项"] == [["滞后", "按序时"]]
    items = {(i["level"], i["number"]): i for i in exported()["items"]}
    assert items["province", 3]["schedule_status"] == "on_schedule"
    load(read_files([path], described_in=FIXTURES))
    assert RoundVersion.objects.count() == 2


def test_flags_of_a_kept_round_can_be_filtered_like_live_ones(frozen, office, client_for):
    change_everything()
    url = reverse("items", args=PLACE) + f"?flag={Flag.BELOW_CITY_AVERAGE}"
    assert "25项（共153项）" in client_for(office).get(url).content.decode()
