"""The exchange format out again: what was read, with the judgement added."""

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from livelihood.organisation.models import Region
from progress.models import MilestoneMark, Reading, Report, Round
from progress.operations.export import export_county, number
from progress.operations.load import load, read_files
from progress.operations.standings import read_county
from progress.rules.judgement import Flag, Status, Yardstick
from projects.models import ListItem, ProjectList

pytestmark = pytest.mark.usefixtures("corpus")

FIXTURES: Path = settings.BASE_DIR / "fixtures"
LISTS = {
    "cangnan-2023-province": ("苍南县", 2023, "2023-04-10"),
    "cangnan-2023-city": ("苍南县", 2023, "2023-04-10"),
    "cangnan-2023-county": ("苍南县", 2023, "2023-04-10"),
    "xiangshan-2024": ("象山县", 2024, "2024-06-30"),
}
JUDGEMENT = {
    "planned_percent",
    "actual_percent",
    "schedule_variance",
    "schedule_status",
    "below_city_average",
    "city_average",
    "explanation",
}


def exported(county="苍南县", year=2023, as_of="2023-04-10"):
    """What the command prints."""
    said = StringIO()
    options = {} if as_of is None else {"as_of": as_of}
    call_command("export_data", county=county, year=year, stdout=said, **options)
    return json.loads(said.getvalue())


def items_of(data):
    return {(item["level"], item["number"]): item for item in data["items"]}


@pytest.mark.parametrize("name", LISTS)
def test_every_row_comes_out_as_it_went_in(name):
    out = items_of(exported(*LISTS[name]))
    rows = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    for row in rows:
        item = out[row["level"], row["number"]]
        assert {key: item[key] for key in row} == row, (row["level"], row["number"])


def test_the_document_says_what_it_is():
    data = exported()
    assert {key: data[key] for key in data if key != "items"} == {
        "county": "苍南县",
        "county_code": "330327",
        "year": 2023,
        "as_of": "2023-04-10",
        "simulated": False,
        "round": "2023-04-10",
        "headline": data["headline"],
        "headline_note": "注：低于全市平均的项数依据示例数据得出。",
    }
    assert data["headline"].startswith("2023年我县共承办省政府民生实事指标46项、")
    assert "有8项已提前完成" in data["headline"]
    assert "25个项目实施进度低于全市平均水平，其中县教育局3项" in data["headline"]
    assert len(data["items"]) == 46 + 54 + 53


def test_every_item_carries_its_judgement():
    data = exported()
    for item in data["items"]:
        assert item.keys() >= JUDGEMENT
        assert item["schedule_status"] in set(Status)
        assert item["yardstick"] in set(Yardstick)
        assert set(item["flags"]) <= set(Flag)
        assert 0 <= item["planned_percent"] <= 100
        assert item["explanation"].startswith("判为")
        known = item["actual_percent"] is not None
        assert known or item["schedule_variance"] is None
        compared = item["level"] == "province"
        assert (item["below_city_average"] is not None) is compared
        assert (item["city_average"] is not None) is compared
        assert item["city_average_illustrative"] is (True if compared else None)


def test_the_numbers_of_the_judgement_are_those_of_the_bulletin():
    out = items_of(exported())
    rent = out["province", 22]  # 2851 of 2474 dwellings
    assert rent["actual_percent"] == 115.2
    assert (rent["schedule_status"], rent["below_city_average"]) == ("ahead", False)
    behind = out["province", 3]
    assert behind["schedule_status"] == "behind"
    assert behind["milestones_overdue"] == 1
    assert "市局工作方案正在征求意见" in behind["status"]
    done = out["city", 41]
    assert (done["schedule_status"], done["completed"]) == ("completed", True)
    assert out["city", 42]["completed"] is False


def test_linked_rows_name_the_same_project():
    out = items_of(exported())
    same = {out[key]["project"] for key in (("province", 19), ("city", 1), ("county", 51))}
    assert len(same) == 1
    assert len({item["project"] for item in out.values()}) == 105


def test_the_unit_s_own_name_stands_beside_the_printed_one():
    item = items_of(exported())["county", 1]
    assert (item["unit"], item["lead_unit"]) == ("县交通局", "县交通运输局")


def test_a_county_without_progress_says_so():
    data = exported("象山县", 2024, "2024-06-30")
    assert len(data["items"]) == 33
    assert {item["schedule_status"] for item in data["items"]} == {None}
    assert {item["status"] for item in data["items"]} == {None}
    assert data["headline"] == (
        "2024年我县共承办省政府民生实事指标33项。截至6月30日，尚无进展填报。"
    )
    assert (data["headline_note"], data["round"]) == ("", None)
    assert any(item["planned_percent"] for item in data["items"])


def test_before_the_round_nothing_reported_is_exported():
    for item in exported(as_of="2023-03-10")["items"]:
        assert (item["schedule_status"], item["status"], item["problems"]) == (None, None, None)
        assert item["actual"] == []
        assert not any("met" in milestone for milestone in item["milestones"])
        assert item["completed"] is False


def test_what_is_exported_can_be_loaded_again_and_changes_nothing(tmp_path):
    before = exported()
    path = tmp_path / "again.json"
    path.write_text(json.dumps(before, ensure_ascii=False), encoding="utf-8")
    changes = load(read_files([path], described_in=FIXTURES)).changes
    assert not any(changes.values())
    assert exported() == before


def test_a_later_report_brings_its_own_figures_and_keeps_what_it_does_not_speak_of():
    item = ListItem.objects.get_by_natural_key("330327", 2023, "city", 13)
    later = Round.objects.create(
        county=item.project.county, as_of=date(2023, 5, 10), state=Round.State.CLOSED
    )
    report = Report.objects.create(
        round=later, project=item.project, state=Report.State.ACCEPTED, narrative="已建成26个。"
    )
    indicator = item.targets.get().indicator
    Reading.objects.create(report=report, indicator=indicator, item=item, value=26, basis="derived")
    Reading.objects.create(report=report, indicator=indicator, value=20, basis="derived")
    MilestoneMark.objects.create(report=report, milestone=item.milestones.get(order=0), met=None)
    out = items_of(exported(as_of="2023-05-10"))["city", 13]
    assert out["status"] == "已建成26个。"
    # What this list prints for itself stands before what holds for all lists.
    assert out["actual"] == [{"indicator": 0, "value": 26, "percent": 50.0, "basis": "derived"}]
    assert out["actual_percent"] == 50
    assert out["milestones"][0]["met"] is True


def test_figures_are_those_of_the_report_whose_words_are_exported():
    item = ListItem.objects.get_by_natural_key("330327", 2023, "province", 10)
    later = Round.objects.create(
        county=item.project.county, as_of=date(2023, 5, 10), state=Round.State.CLOSED
    )
    report = Report.objects.create(
        round=later, project=item.project, state=Report.State.ACCEPTED, narrative="无新进展。"
    )
    before = items_of(exported())["province", 10]
    assert len(before["actual"]) == 3
    out = items_of(exported(as_of="2023-05-10"))["province", 10]
    assert (out["status"], out["actual"]) == ("无新进展。", [])
    # The judgement goes on from what is known.
    assert out["actual_percent"] == before["actual_percent"]
    target = item.targets.get(order=1)
    Reading.objects.create(report=report, indicator=target.indicator, percent=90, basis="stated")
    out = items_of(exported(as_of="2023-05-10"))["province", 10]
    assert [actual["indicator"] for actual in out["actual"]] == [1]


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "null"), (405, "405"), (405.0, "405"), (29.3, "29.3"), (0, "0")],
)
def test_whole_numbers_have_no_point(value, written):
    assert json.dumps(number(value)) == written


def test_an_export_of_what_one_unit_may_see_holds_no_more(reporter):
    county = Region.objects.get(code="330327")
    day = date(2023, 4, 10)
    visible = ListItem.objects.visible_to(reporter)
    data = export_county(read_county(visible, county, 2023, as_of=day, today=day))
    assert {item["unit"] for item in data["items"]} == {"县教育局"}


# -- The command ---------------------------------------------------------------------


def test_a_county_may_be_named_by_its_code():
    assert exported("330327") == exported("苍南县")


def test_without_a_date_the_latest_round_is_taken():
    assert exported(as_of=None)["as_of"] == "2023-04-10"


def test_without_a_round_today_is_taken(on_30_june_2024):
    assert exported("象山县", 2024, None)["as_of"] == "2024-06-30"


@pytest.fixture
def on_30_june_2024(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_args: date(2024, 6, 30))


@pytest.mark.parametrize(
    ("county", "year", "as_of", "said"),
    [
        ("苍北县", 2023, "2023-04-10", "没有“苍北县”。已有的县：象山县、苍南县。"),
        ("温州市", 2023, "2023-04-10", "没有“温州市”。已有的县：象山县、苍南县。"),
        ("苍南县", 2022, "2023-04-10", "苍南县没有2022年度的清单。"),
        ("苍南县", 10**9, "2023-04-10", "苍南县没有1000000000年度的清单。"),
        ("苍南县", 2023, "4月10日", "日期“4月10日”无法识别，应写作 2023-04-10 的样子。"),
        ("苍南县", 2023, "2023-02-30", "日期“2023-02-30”无法识别，应写作 2023-04-10 的样子。"),
        ("苍南县", 2023, "", "日期“”无法识别，应写作 2023-04-10 的样子。"),
    ],
)
def test_what_cannot_be_exported_is_said_in_chinese(county, year, as_of, said):
    with pytest.raises(CommandError) as refused:
        exported(county, year, as_of)
    assert str(refused.value) == said
    assert refused.value.returncode != 0


def test_counties_of_one_name_are_told_apart_by_code():
    region = Region.objects.create(
        code="330399", name="苍南县", kind="county", parent=Region.objects.get(code="330300")
    )
    assert not ProjectList.objects.filter(county=region).exists()
    with pytest.raises(CommandError) as refused:
        exported()
    assert str(refused.value) == (
        "有几个“苍南县”，请改用行政区划代码：苍南县（330327）、苍南县（330399）。"
    )
    assert exported("330327")["county_code"] == "330327"
