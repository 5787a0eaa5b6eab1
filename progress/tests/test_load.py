"""Loading the exchange format: whole or not at all, and only where something differs."""

import json
from collections import Counter
from copy import deepcopy
from datetime import date
from io import StringIO

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from livelihood.organisation.models import LogEntry, Region, Unit
from livelihood.organisation.operations.audit import history
from progress.models import (
    CityComparison,
    Completion,
    ItemWording,
    MilestoneMark,
    Reading,
    Report,
    Round,
    RuleSet,
)
from progress.operations import load as load_module
from progress.operations.load import load, read_files, summary
from progress.operations.standings import read_county
from progress.rules.judgement import Status
from projects.models import (
    Allocation,
    Indicator,
    ListItem,
    Milestone,
    Project,
    ProjectList,
    Site,
    Target,
)
from projects.operations.load import FaultsError

pytestmark = pytest.mark.usefixtures("corpus_as_loaded")

FIXTURES = settings.BASE_DIR / "fixtures"
FILES = sorted(FIXTURES.glob("*.json"))
AS_OF = date(2023, 4, 10)
CHANGEABLE = ("organisation", "projects", "progress")


def contents_of_the_database():
    """Every row of every table that loading may touch, people excepted."""
    return {
        model._meta.label: sorted(model._base_manager.values_list(), key=str)
        for app in CHANGEABLE
        for model in apps.get_app_config(app).get_models()
    }


def load_paths(*paths, by=None):
    return load(read_files(list(paths), described_in=FIXTURES), by=by)


def fixture(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def changed(tmp_path):
    """``changed(name, change)`` writes a copy of a fixture that ``change`` has altered."""

    def write(name, change):
        data = fixture(name)
        change(data)
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return path

    return write


def item_of(level, number, county="330327", year=2023):
    return ListItem.objects.get_by_natural_key(county, year, level, number)


def standing_of(level, number):
    county = Region.objects.get(code="330327")
    state = read_county(ListItem.objects.all(), county, 2023, as_of=AS_OF, today=AS_OF)
    (found,) = (s for s in state.items if (s.item.level, s.item.number) == (level, number))
    return found.standing


def faults_of(*paths):
    """What loading refuses, as (row, field); nothing of it may have been written."""
    before = contents_of_the_database()
    with pytest.raises(FaultsError) as refused:
        load_paths(*paths)
    assert contents_of_the_database() == before
    return [(fault.row, fault.field) for fault in refused.value.faults]


# -- What is loaded ------------------------------------------------------------------


def test_both_counties_are_loaded_as_published():
    lists = {
        (listed.county.name, listed.year, listed.level): listed.items.count()
        for listed in ProjectList.objects.select_related("county")
    }
    assert lists == {
        ("苍南县", 2023, "province"): 46,
        ("苍南县", 2023, "city"): 54,
        ("苍南县", 2023, "county"): 53,
        ("象山县", 2024, "county"): 33,
    }


def test_rows_that_are_one_piece_of_work_are_one_project():
    projects = Project.objects.filter(year=2023, county__name="苍南县")
    assert projects.count() == 105
    sizes = Counter(
        ListItem.objects.filter(project__in=projects).values_list("project", flat=True)
    ).values()
    linked = [size for size in sizes if size > 1]
    assert (len(linked), sum(linked)) == (36, 84)
    assert Project.objects.filter(county__name="象山县").count() == 33
    assert not Project.objects.filter(items=None).exists()


def test_every_project_is_reported_once_in_one_closed_round():
    (only,) = Round.objects.all()
    assert (only.county.name, only.as_of, only.state) == ("苍南县", AS_OF, Round.State.CLOSED)
    assert only.reports.filter(state=Report.State.ACCEPTED).count() == 105
    assert Report.objects.count() == 105


def test_completions_are_the_eight_of_the_headline():
    found = Completion.objects.values_list("item__project_list__level", "item__number")
    assert sorted(found) == [
        ("city", 22),
        ("city", 28),
        ("city", 36),
        ("city", 41),
        ("province", 7),
        ("province", 28),
        ("province", 29),
        ("province", 37),
    ]
    assert {(c.declared_on, c.verified_on) for c in Completion.objects.all()} == {(AS_OF, AS_OF)}


def test_the_parts_of_all_rows_are_there():
    rows = [
        row
        for file in FILES
        if isinstance(row_list := json.loads(file.read_text(encoding="utf-8")), list)
        for row in row_list
    ]
    assert len(rows) == 186
    for model, part in (
        (Target, "indicators"),
        (Milestone, "milestones"),
        (Allocation, "allocations"),
        (Site, "sites"),
    ):
        assert model.objects.count() == sum(len(row[part]) for row in rows), part
    marked = sum("met" in m for row in rows for m in row["milestones"])
    assert MilestoneMark.objects.count() == marked


def test_the_city_table_is_loaded_and_marked_as_a_sample():
    assert CityComparison.objects.count() == 46
    assert not CityComparison.objects.filter(illustrative=False).exists()
    assert not CityComparison.objects.exclude(source__contains="示例数据").exists()


def test_each_county_gets_rules_from_new_year_on():
    rules = RuleSet.objects.values_list("county__name", "valid_from", "behind_points")
    assert sorted(rules) == [("苍南县", date(2023, 1, 1), 5), ("象山县", date(2024, 1, 1), 5)]


def test_a_unit_is_found_under_each_of_its_names():
    printed = ListItem.objects.filter(lead_unit__name="县交通局")
    names = set(printed.values_list("lead_unit_printed", flat=True))
    assert names == {"县交通局", "县交通运输局"}
    here = Unit.objects.filter(region__name="苍南县")
    assert not here.filter(name__in=["县交通运输局", "县应急局"]).exists()
    assert item_of("county", 1).lead_unit_printed == "县交通运输局"


def test_a_figure_that_several_lists_share_is_read_once():
    same = [item_of("province", 19), item_of("city", 1), item_of("county", 51)]
    indicators = {target.indicator for item in same for target in item.targets.all()}
    assert len(indicators) == 1
    reading = Reading.objects.get(indicator=indicators.pop())
    assert (reading.item, reading.percent) == (None, 30)


def test_where_lists_print_different_figures_each_keeps_its_own():
    own = {
        level: Reading.objects.get(item=item_of(level, number))
        for level, number in (("province", 17), ("city", 14), ("county", 37))
    }
    assert len({reading.indicator for reading in own.values()}) == 1
    assert own["province"].percent == 30
    assert (own["city"].value, own["city"].percent) == (4, None)


def test_where_lists_print_different_words_each_keeps_its_own():
    (wording,) = ItemWording.objects.filter(item=item_of("city", 42))
    assert wording.report == item_of("province", 29).project.reports.get()
    assert wording.narrative.startswith("已完成5个")
    assert wording.report.narrative == "该项民生实事已完成。"


def test_a_linked_figure_may_be_one_of_several_of_its_row():
    assert item_of("city", 39).targets.get().indicator == (
        item_of("county", 6).targets.get(order=2).indicator
    )


# -- Loading again -------------------------------------------------------------------


def test_loading_the_same_again_changes_nothing_and_leaves_no_trace():
    before = contents_of_the_database()
    loaded = load_paths(*FILES)
    assert contents_of_the_database() == before
    assert not any(loaded.changes.values())


def test_the_order_of_the_files_does_not_matter():
    before = contents_of_the_database()
    load_paths(*reversed(FILES))
    assert contents_of_the_database() == before


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_any_one_file_again_changes_nothing(file):
    """What the lists that are not given have printed stays as it is."""
    before = contents_of_the_database()
    load_paths(file)
    assert contents_of_the_database() == before


def test_one_changed_reading_changes_the_standing_and_nothing_else(changed):
    assert standing_of("city", 33).status is Status.ON_SCHEDULE

    def fall_back(rows):
        rows[32]["actual"][0]["percent"] = 19.9

    before = contents_of_the_database()
    load_paths(changed("cangnan-2023-city", fall_back))
    standing = standing_of("city", 33)
    assert standing.status is Status.BEHIND
    assert "实际进度19.9%，偏差−5.1个百分点" in "".join(standing.explanation)
    after = contents_of_the_database()
    differing = {label for label in after if after[label] != before[label]}
    # What was published is kept as it was; the correction is a further version of the round.
    versions = {"progress.Round", "progress.RoundVersion", "progress.StandingRecord"}
    summary = {"progress.ItemSummary", "progress.RoundSummary"}
    trail = {"organisation.Region", "organisation.LogEntry"}
    assert differing == {"progress.Reading", *versions, *summary, *trail}
    assert len(set(after["progress.Reading"]) - set(before["progress.Reading"])) == 1


def test_what_one_list_corrects_does_not_touch_the_other_lists_of_the_project(changed):
    def correct(rows):
        rows[18]["actual"][0]["percent"] = 45.0
        rows[18]["status"] = "已完成45%。"

    others = [("city", 1), ("county", 51)]
    before = [standing_of(*key).actual_percent for key in others]
    load_paths(changed("cangnan-2023-province", correct))
    assert standing_of("province", 19).actual_percent == 45
    assert [standing_of(*key).actual_percent for key in others] == before == [30, 30]
    report = item_of("province", 19).project.reports.get()
    assert report.narrative == "已完成45%。"
    assert "45%" not in item_of("city", 1).wordings.get().narrative


def test_a_correction_taken_back_leaves_everything_as_it_was(changed):
    def correct(rows):
        rows[18]["actual"][0]["percent"] = 45.0
        rows[16]["status"] = "已开工。"

    tables = ("progress.Report", "progress.ItemWording", "progress.Reading")

    def said():
        """Without primary keys: rows may have been made anew."""
        rows = contents_of_the_database()
        return {label: sorted(str(row[1:]) for row in rows[label]) for label in tables}

    before = said()
    load_paths(changed("cangnan-2023-province", correct))
    assert said() != before
    load_paths(FIXTURES / "cangnan-2023-province.json")
    assert said() == before


def test_a_changed_target_is_updated_and_its_trace_names_old_and_new(changed, office):
    def promise_more(rows):
        rows[12]["indicators"][0]["target"] = 60

    county = Region.objects.get(code="330327")
    version, traces = county.data_version, LogEntry.objects.count()
    loaded = load_paths(changed("cangnan-2023-city", promise_more), by=office)
    item = item_of("city", 13)
    assert item.targets.get().value == 60
    (trace,) = LogEntry.objects.get_for_object(item)
    assert trace.changes == {"目标值": ["52", "60"]}
    assert trace.actor == office
    assert [who for _when, who, _what in history(item, 5)] == ["林晓明"]
    county.refresh_from_db()
    assert county.data_version == version + 1
    assert LogEntry.objects.count() == traces + 2
    assert summary(loaded.changes) == [
        f"cangnan-2023：新增0，修改1，删除0，未变{loaded.changes['cangnan-2023'].unchanged}"
    ]
    _when, who, what = history(county, 1)[0]
    assert (who, what) == ("林晓明", "载入2023年清单：新增0，修改1，删除0")


def test_another_schedule_moves_adds_and_drops_milestones(changed):
    def reschedule(rows):
        milestones = rows[12]["milestones"]
        milestones[0]["due"] = "2023-04-05"
        del milestones[2:]
        milestones.append(deepcopy(milestones[1]) | {"due": "2023-11-30", "percent": 100.0})

    before = item_of("city", 13).milestones.count()
    load_paths(changed("cangnan-2023-city", reschedule))
    item = item_of("city", 13)
    assert before == 4
    assert [m.due for m in item.milestones.all()] == [
        date(2023, 4, 5),
        date(2023, 6, 30),
        date(2023, 11, 30),
    ]
    assert {"到期日": ["2023-03-31", "2023-04-05"]} in [
        trace.changes for trace in LogEntry.objects.get_for_object(item)
    ]


def test_a_target_of_another_kind_gets_an_indicator_of_its_own(changed):
    former = item_of("city", 13).targets.get().indicator

    def measure_otherwise(rows):
        rows[12]["indicators"][0] |= {"kind": "rate", "unit": "%", "target": 95}
        rows[12]["actual"] = [{"indicator": 0, "value": 96, "percent": 100, "basis": "stated"}]

    load_paths(changed("cangnan-2023-city", measure_otherwise))
    target = item_of("city", 13).targets.get()
    assert target.indicator != former
    assert (target.indicator.kind, target.value) == ("rate", 95)
    assert standing_of("city", 13).actual_percent == 100


def test_a_completion_that_a_document_takes_back_is_gone(changed):
    def take_back(rows):
        rows[6] |= {"completed": False, "actual": []}

    load_paths(changed("cangnan-2023-province", take_back))
    assert standing_of("province", 7).status is not Status.COMPLETED
    assert Completion.objects.count() == 7


def test_loading_again_keeps_what_a_unit_has_declared_and_reported(office):
    item = item_of("province", 1)
    april = Round.objects.get(county__code="330327", as_of=date(2023, 4, 10))
    Completion.objects.create(item=item, declared_on=april.as_of, declared_by=office)
    own = Report.objects.filter(round=april, project=item.project)
    own.update(narrative="更正：已全部建成。", updated_by=office)
    figures = list(own.get().readings.values_list("pk", "value", "percent"))
    Reading.objects.filter(report=own.get()).update(percent=77, basis="stated")
    load_paths(*FILES)
    assert Completion.objects.get(item=item).declared_by == office
    assert own.get().narrative == "更正：已全部建成。"
    assert own.get().readings.count() == len(figures)
    assert {r.percent for r in own.get().readings.all()} <= {77}


def test_a_completion_declared_after_the_document_is_not_the_document_s_to_take_back():
    item = item_of("province", 1)
    Completion.objects.create(item=item, declared_on=date(2023, 9, 1))
    load_paths(*FILES)
    assert Completion.objects.get(item=item).declared_on == date(2023, 9, 1)


def test_a_row_that_a_document_no_longer_holds_is_kept(changed):
    load_paths(changed("cangnan-2023-city", lambda rows: rows.pop(12)))
    assert item_of("city", 13).targets.exists()
    assert ProjectList.objects.get(level="city").items.count() == 54


def test_every_kind_of_change_is_traced_in_words(changed):
    def rewrite(rows):
        rows[12] |= {"starred": True, "supporting_units": ["县财政局"], "allocation_total": 52}
        rows[12]["lead_unit"] = "县残联"

    load_paths(changed("cangnan-2023-city", rewrite))
    (trace,) = LogEntry.objects.get_for_object(item_of("city", 13))
    assert trace.changes == {
        "★": ["否", "是"],
        "配合单位": ["", "县财政局"],
        "任务分解合计（原文）": [None, "52"],
        "牵头单位": ["县民政局", "县残联"],
        "牵头单位（原文）": ["县民政局", "县残联"],
    }


def test_another_lead_unit_leads_item_and_project(changed):
    def hand_over(rows):
        rows[12]["lead_unit"] = "县应急局"

    load_paths(changed("cangnan-2023-city", hand_over))
    item = item_of("city", 13)
    assert item.lead_unit.name == "县应急管理局"
    assert item.project.lead_unit == item.lead_unit


# -- What is refused -----------------------------------------------------------------


def test_an_unknown_unit_is_refused_with_its_row(changed):
    def misprint(rows):
        rows[12]["lead_unit"] = "县民政"
        rows[13]["lead_unit"] = "县民政"

    assert faults_of(changed("cangnan-2023-city", misprint)) == [
        ("市级第13项", "lead_unit"),
        ("市级第14项", "lead_unit"),
    ]


def test_every_fault_of_every_file_is_named_at_once(changed, tmp_path):
    def damage(rows):
        rows[2]["title"] = ""
        rows[4]["milestones"][0]["due"] = "2022-03-31"
        rows[5]["merged_with"] = 99

    torn = tmp_path / "torn.json"
    torn.write_text("[{", encoding="utf-8")
    latin = tmp_path / "latin.json"
    latin.write_bytes("苍南".encode("gbk"))
    foreign = changed(
        "xiangshan-2024", lambda rows: [row.update(doc="../secrets") for row in rows[:1]]
    )
    missing = tmp_path / "missing.json"
    files = [changed("cangnan-2023-province", damage), torn, latin, missing, tmp_path, foreign]
    assert faults_of(*files) == [
        ("第3行（省级第3项）", "title"),
        ("第1行第3列附近", ""),
        ("", ""),
        ("", ""),
        ("", ""),
        ("../secrets", "doc"),
        ("省级第5项", "milestones[0].due"),
        ("省级第6项", "merged_with"),
    ]


def test_a_file_too_large_is_not_even_read(monkeypatch):
    monkeypatch.setattr(load_module, "FILE_LIMIT_MEGABYTES", 0)
    assert faults_of(FILES[0]) == [("", "")]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"county": "330300"}, ("cangnan-2023", "county")),
        ({"county": "110101"}, ("cangnan-2023", "county")),
        ({"as_of": "2024-01-10"}, ("cangnan-2023", "as_of")),
        ({"year": 2022, "as_of": "2022-04-10"}, None),
    ],
)
def test_a_document_s_description_must_fit(changed, change, fault):
    path = changed("cangnan-2023.document", lambda data: data.update(change))
    if fault is None:  # right in itself, but not for these lists
        lists = FIXTURES / "cangnan-2023-province.json"
        assert {field for _row, field in faults_of(path, lists)} >= {"milestones[0].due"}
    else:
        assert faults_of(path) == [fault]


def test_progress_needs_the_date_it_was_made_up_to(changed):
    path = changed("cangnan-2023.document", lambda data: data.update(as_of=None))
    found = faults_of(path, FIXTURES / "cangnan-2023-city.json")
    assert found == [(f"市级第{number}项", "status") for number in range(1, 55)]


def test_a_region_needs_the_one_above_it(changed):
    def tear_out(document):
        document["regions"][1] = {
            "code": "330500",
            "name": "湖州市",
            "kind": "city",
            "parent": "339999",
        }
        document["regions"][2]["parent"] = "330500"

    assert faults_of(changed("cangnan-2023.document", tear_out)) == [
        ("cangnan-2023", "regions.330500.parent")
    ]


def test_a_link_names_rows_and_indicators_that_exist(changed):
    def point_beyond(data):
        data["links"][0]["indicators"][0]["same"][0]["indicator"] = 7

    path = changed("cangnan-2023.links", point_beyond)
    assert faults_of(path, FIXTURES / "cangnan-2023-province.json") == [
        ("0-3岁婴幼儿照护托位", "indicators")
    ]


def test_rows_of_two_units_are_not_one_project(changed):
    def confuse(data):
        rows = [{"level": "province", "number": 1}, {"level": "county", "number": 38}]
        data["links"] = [{"project": "混淆", "items": rows, "note": None, "indicators": None}]

    assert faults_of(changed("cangnan-2023.links", confuse)) == [("混淆", "items")]


def test_rows_already_reported_apart_are_not_made_one(changed):
    def merge(data):
        # both led by 县教育局
        rows = [{"level": "province", "number": 1}, {"level": "province", "number": 2}]
        data["links"] = [{"project": "合并", "items": rows, "note": None, "indicators": None}]

    assert faults_of(changed("cangnan-2023.links", merge)) == [("合并", "items")]


def test_the_city_s_table_speaks_of_items_that_exist(changed):
    def add(data):
        data["city_table"].append(data["city_table"][0] | {"number": 47})

    assert faults_of(changed("cangnan-2023.city-table", add)) == [("省级第47项", "number")]


def test_without_its_trace_nothing_is_saved(changed, monkeypatch):
    def fail(**_values):
        raise DatabaseError

    def promise_more(rows):
        rows[12]["indicators"][0]["target"] = 60

    monkeypatch.setattr(load_module, "record", fail)
    before = contents_of_the_database()
    path = changed("cangnan-2023-city", promise_more)
    with pytest.raises(DatabaseError):
        load_paths(path)
    assert contents_of_the_database() == before


# -- The city's next table, links later ----------------------------------------------


def test_the_next_city_table_stands_beside_the_last(changed):
    def next_month(data):
        data["as_of"] = "2023-05-10"
        del data["city_table"][3:]

    load_paths(changed("cangnan-2023.city-table", next_month))
    assert CityComparison.objects.filter(as_of=date(2023, 5, 10)).count() == 3
    assert CityComparison.objects.filter(as_of=AS_OF).count() == 46


def test_an_indicator_with_readings_outlives_being_shared(changed):
    """The row that comes later, whatever its place in the link, takes the one reported on."""
    first, later = item_of("province", 23), item_of("city", 13)
    later.project.lead_unit = later.lead_unit = first.lead_unit
    later.project.save()
    later.save()
    later.project.reports.all().delete()
    reported = first.targets.get().indicator

    def link(data):
        rows = [{"level": "province", "number": 23}, {"level": "city", "number": 13}]
        same = [row | {"indicator": 0} for row in reversed(rows)]
        data["links"] = [
            {"project": "同一事项", "items": rows, "note": None, "indicators": [{"same": same}]}
        ]

    load_paths(changed("cangnan-2023.links", link))
    later = item_of("city", 13)
    assert later.project == item_of("province", 23).project
    assert later.targets.get().indicator == reported
    assert Indicator.objects.filter(project=later.project).count() == 1


# -- The command ---------------------------------------------------------------------


def test_the_command_says_what_it_did_per_document():
    said = StringIO()
    call_command("load_lists", *map(str, FILES), stdout=said)
    assert [line.split("：")[0] for line in said.getvalue().splitlines()] == [
        "cangnan-2023",
        "xiangshan-2024",
    ]
    assert said.getvalue().count("新增0，修改0，删除0") == 2


def test_a_dry_run_checks_and_writes_nothing(changed):
    def promise_more(rows):
        rows[12]["indicators"][0]["target"] = 60

    before = contents_of_the_database()
    said = StringIO()
    path = changed("cangnan-2023-city", promise_more)
    call_command("load_lists", str(path), "--dry-run", stdout=said)
    assert said.getvalue() == "检查通过：54个条目，未写入。\n"
    assert contents_of_the_database() == before


def test_the_command_names_every_fault_and_fails(changed):
    def damage(rows):
        rows[2]["title"] = ""
        rows[5]["merged_with"] = 99

    with pytest.raises(CommandError) as refused:
        call_command("load_lists", str(changed("cangnan-2023-province", damage)))
    assert refused.value.returncode != 0
    assert str(refused.value).splitlines() == [
        "发现2处差错，没有载入任何数据：",
        "  cangnan-2023-province.json，第3行（省级第3项），title：应是文字，且不能为空。",
        "  cangnan-2023，省级第6项，merged_with：本清单没有第99项。",
    ]
