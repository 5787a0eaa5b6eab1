"""Importing lists: first, again, refused, taken up later, by two at once."""

import json
from collections import Counter
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from livelihood.organisation.models import Region, Unit
from livelihood.organisation.operations.audit import history
from progress.models import Completion, MilestoneMark, Report, Round
from progress.operations.import_confirm import (
    compare,
    confirm_import,
    item_row,
    stored_row,
)
from progress.operations.import_undo import undo_import
from progress.operations.plan_changes import Approval, UnapprovedError
from progress.operations.plan_import import (
    ImportChangedError,
    ListChoice,
    RowFaultsError,
    choose_columns,
    decide_links,
    decide_units,
    drop_import,
    read_next,
    reread_row,
    save_row,
    settle_row,
    start_import,
    stored_items,
    unit_questions,
)
from progress.operations.reporting import RefusedError
from projects.documents.archives import UnreadableError
from projects.models import (
    ImportRow,
    ListItem,
    PlanChange,
    PlanImport,
    Project,
    ProjectList,
)
from projects.tests.documents import (
    LEVELS,
    breakdown_document,
    breakdown_workbook,
    corpus_document,
    corpus_items,
    corpus_text,
    corpus_workbook,
    workbook_of,
)

pytestmark = pytest.mark.django_db

YEAR = 2025
HEAD = ("序号", "项目内容", "工作进度安排", "牵头单位")
ROWS = (
    (1, "新增养老床位100张。", "6月底前完成50%；11月底前完成100%。", "县民政局"),
    (2, "建设公园3个。", "第一季度：选址；第四季度：11月底前完成3个。", "县住建局"),
)


def begin(by, county, *rows, head=HEAD, year=YEAR, level="county", as_of=None):
    """An import of a sheet with these rows, read and ready to be checked."""
    content = workbook_of(("2025年县政府民生实事清单",), head, *rows).getvalue()
    plan = start_import(by=by, county=county, year=year, name="清单.xlsx", content=content)
    return read_columns(by, plan, level, as_of=as_of)


def read_columns(by, plan, *levels, as_of=None):
    choices = [
        ListChoice(level, one["title"]) for level, one in zip(levels, plan.lists, strict=True)
    ]
    return choose_columns(by=by, plan=plan, choices=choices, as_of=as_of, version=plan.version)


def with_units(by, plan):
    """Every unknown name decided as it is likeliest."""
    chosen = {q.printed: q.likeliest for q in unit_questions(plan)}
    return decide_units(by=by, plan=plan, chosen=chosen, version=plan.version)


APPROVED = Approval("规划调整", "苍政发〔2025〕3号")


def confirmed(by, county, *rows, approval=APPROVED, **how):
    plan = with_units(by, begin(by, county, *rows, **how))
    return confirm_import(by=by, plan=plan, version=plan.version, approval=approval)


# -- The published documents -----------------------------------------------------------


def figure(value):
    return None if value is None else round(float(value), 3)


def substance(row, *, reported):
    """What a list promises and reports, without the free choice of names."""
    told = {
        "words": [row[name] or None for name in ("category", "title", "schedule", "lead_unit")],
        "starred": row["starred"],
        "merged_with": row.get("merged_with"),
        "sites": row["sites"],
        "allocations": [(a["place"], figure(a["value"])) for a in row["allocations"] or ()],
        "allocation_total": figure(row.get("allocation_total")),
        "targets": [(figure(i["target"]), i["unit"], i["kind"]) for i in row["indicators"]],
        "stages": Counter(
            (m["due"], m["indicator"], figure(m["value"]), figure(m["percent"]))
            for m in row["milestones"]
        ),
    }
    if reported:
        told |= {
            "met": Counter((m["due"], m["indicator"], m.get("met")) for m in row["milestones"]),
            "actual": Counter(
                (a["indicator"], figure(a["value"]), figure(a["percent"]))
                for a in row["actual"]
                if (a["value"], a["percent"]) != (None, None)
            ),
            "completed": row["completed"],
            "problems": (row["problems"] or "").strip("。"),
        }
    return told


def differing(plan, fixtures):
    """The rows of an import that do not read as they were read by hand."""
    wanted = {
        (row["level"], row["number"]): substance(row, reported=plan.as_of is not None)
        for name in fixtures
        for row in corpus_items(name)
    }
    rows = list(plan.rows.all())
    assert {(row.level, row.number) for row in rows} == wanted.keys()
    return [
        row
        for row in rows
        if substance(row.row, reported=plan.as_of is not None) != wanted[row.level, row.number]
    ]


def given_as(form, workbook, document, doc):
    """A corpus document in one of its three forms, as ``start_import`` takes it."""
    return {
        "xlsx": lambda: {"name": "清单.xlsx", "content": workbook().getvalue()},
        "docx": lambda: {"name": "清单.docx", "content": document().getvalue()},
        "pasted": lambda: {"text": corpus_text(doc)},
    }[form]()


FORMS = ("xlsx", "docx", "pasted")


@pytest.mark.parametrize("form", FORMS)
def test_the_bulletin_imports_to_the_lists_that_were_read_by_hand(form, office, county):
    given = given_as(form, corpus_workbook, corpus_document, "cangnan-2023")
    plan = start_import(by=office, county=county, year=2023, **given)
    assert plan.as_of == date(2023, 4, 10)
    plan = read_columns(office, plan, *LEVELS, as_of=plan.as_of)
    different = differing(plan, [f"cangnan-2023-{level}" for level in LEVELS])
    assert len(different) <= 16
    assert [row for row in different if not row.open] == []
    plan = with_units(office, plan)
    confirm_import(by=office, plan=plan, version=plan.version)
    lists = Counter(
        ListItem.objects.filter(project_list__county=county).values_list(
            "project_list__level", flat=True
        )
    )
    assert lists == {"province": 46, "city": 54, "county": 53}
    assert Round.objects.get(county=county).as_of == date(2023, 4, 10)
    assert Completion.objects.count() == 8


@pytest.mark.parametrize("form", FORMS)
def test_the_breakdown_in_prose_imports_to_the_list_that_was_read_by_hand(form, foreign_office):
    county = foreign_office.unit.region
    given = given_as(form, breakdown_workbook, breakdown_document, "xiangshan-2024")
    plan = start_import(by=foreign_office, county=county, year=2024, **given)
    plan = read_columns(foreign_office, plan, "county")
    assert differing(plan, ["xiangshan-2024"]) == []
    plan = with_units(foreign_office, plan)
    confirm_import(by=foreign_office, plan=plan, version=plan.version)
    stored = [stored_row(item) for item in stored_items(county, 2024)]
    wanted = corpus_items("xiangshan-2024")
    assert [plain(row) for row in stored] == [plain(item_row(row | DATED)) for row in wanted]
    first = ListItem.objects.get(number=1)
    assert first.starred
    assert first.responsible_leader == "胡颖磊"
    assert first.allocations.count() == 18


DATED = {"actual": [], "completed": False, "problems": None, "status": None, "level": "county"}


def plain(row):
    """A stored item, without its remarks and the names that were chosen freely."""
    return (
        *(getattr(row, name) for name in ("number", "starred", "title", "schedule", "lead_unit")),
        *(getattr(row, name) for name in ("responsible_leader", "responsible_person")),
        *(getattr(row, name) for name in ("supporting_units", "sites", "allocation_total")),
        row.allocations,
        [(i.target, i.unit, i.kind) for i in row.indicators],
        Counter((m.indicator, m.due, m.value, m.percent) for m in row.milestones),
    )


def test_a_breakdown_by_town_pasted_in_a_column_is_read_with_its_total(office, county):
    head = (*HEAD, "任务分解")
    shares = "灵溪镇40张、钱库镇60张、合计100张"
    row = begin(office, county, (*ROWS[0], shares), head=head).rows.get()
    assert [(a["place"], a["value"]) for a in row.row["allocations"]] == [
        ("灵溪镇", 40),
        ("钱库镇", 60),
    ]
    assert row.row["allocation_total"] == 100


def test_the_same_work_is_proposed_across_lists_and_linked_where_accepted(office, county):
    plan = start_import(
        by=office, county=county, year=2023, name="a.xlsx", content=corpus_workbook().getvalue()
    )
    plan = with_units(office, read_columns(office, plan, *LEVELS))
    assert len(plan.links) > 30
    assert all("牵头单位都是" in link["why"] for link in plan.links)
    accepted = {0: [f"{kind}-{pk}" for kind, pk in plan.links[0]["members"]], 1: []}
    plan = decide_links(by=office, plan=plan, decisions=accepted, version=plan.version)
    assert [link["state"] for link in plan.links[:2]] == ["accepted", "rejected"]
    confirm_import(by=office, plan=plan, version=plan.version)
    rows = ImportRow.objects.filter(pk__in=[pk for _, pk in plan.links[0]["members"]])
    linked = {
        ListItem.objects.get(project_list__level=row.level, number=row.number).project_id
        for row in rows
    }
    assert len(linked) == 1
    assert Project.objects.count() == 153 - len(rows) + 1


# -- A first import --------------------------------------------------------------------


def test_a_first_import_makes_lists_units_and_one_audit_row_for_the_import(office, county):
    version = county.data_version
    plan = confirmed(office, county, *ROWS)
    assert list(ListItem.objects.values_list("number", "lead_unit__name")) == [
        (1, "县民政局"),
        (2, "县住建局"),
    ]
    assert ProjectList.objects.get().title == "2025年县政府民生实事清单"
    assert not Round.objects.exists()
    county.refresh_from_db()
    assert county.data_version > version
    assert [what for _when, _who, what in history(plan, 5)] == [
        "确认导入2025年清单“清单.xlsx”：新增2项，修改0项",
        "开始导入苍南县2025年清单：清单.xlsx",
    ]


def queries_of_confirming(office, county, count, year):
    head = (*HEAD, "目前实施情况")
    rows = [
        (n, f"新增床位{n}张，建设公园2个（甲{n}公园、乙{n}公园）。", *ROWS[0][2:], "已完成1张。")
        for n in range(1, count + 1)
    ]
    plan = begin(office, county, *rows, head=head, year=year, as_of=date(year, 7, 10))
    plan = with_units(office, plan)
    with CaptureQueriesContext(connection) as queries:
        confirm_import(by=office, plan=plan, version=plan.version)
    assert ListItem.objects.filter(project_list__year=year).count() == count
    return len(queries)


def test_a_long_list_is_confirmed_with_hardly_more_queries_than_a_short_one(office, county):
    queries_of_confirming(office, county, 1, YEAR - 1)  # units and caches
    short = queries_of_confirming(office, county, 20, YEAR)
    long = queries_of_confirming(office, county, 320, YEAR + 1)
    # Rows are written many at once; how many at most is SQLite's to say.
    assert long - short <= 0.2 * 300


def test_nothing_is_dropped_silently(office, county):
    plan = begin(
        office,
        county,
        ("一、惠老", "", "", ""),
        *ROWS,
        ("合计", "", "", ""),
        ("注：以上项目年内完成。", "", "", ""),
    )
    assert plan.rows.count() == 2
    told = {left["text"]: left["reason"] for left in plan.leftovers}
    assert told["一、惠老"] == "大类标题"
    assert told["合计"] == "合计行"
    assert told["注：以上项目年内完成。"] == "表下的说明"
    assert plan.rows.first().row["category"] == "惠老"


def test_a_list_that_is_left_out_is_named(office, county):
    content = workbook_of(("清单",), HEAD, *ROWS).getvalue()
    plan = start_import(by=office, county=county, year=YEAR, name="a.xlsx", content=content)
    with pytest.raises(RefusedError, match="没有事项"):
        read_columns(office, plan, "")


def test_status_without_a_date_is_left_out(office, county):
    head = (*HEAD, "目前实施情况")
    rows = [(*ROWS[0], "已完成30张。")]
    confirmed(office, county, *rows, head=head)
    assert not Report.objects.exists()


def test_status_with_a_date_becomes_the_first_round(office, county):
    head = (*HEAD, "目前实施情况")
    confirmed(office, county, (*ROWS[0], "已完成30张。"), head=head, as_of=date(YEAR, 4, 10))
    report = Report.objects.get()
    assert report.round.as_of == date(YEAR, 4, 10)
    assert report.readings.get().value == 30


# -- Doubts and faults -----------------------------------------------------------------


def doubts(row):
    return [doubt["text"] for doubt in row.doubts]


@pytest.mark.parametrize(
    ("title", "schedule", "words"),
    [
        ("建设公园1个。（甲公园、乙公园）", "11月底前完成100%。", "点位"),
        ("新增床位100张。", "6月底前完成20%；11月底前完成60%。", "没有到100%"),
        ("新增床位100张。", "6月底前完成20%；11月底前完成100%。", "第四季度"),
        ("新增床位100张例例。", "11月底前完成100%。", None),
        ("筛查1100例例。", "11月底前完成100%。", "写了两遍"),
        ("筛查1100例，落实工作仼务。", "11月底前完成100%。", "生僻字“仼”"),
        ("新增床位100张。", "6月摸清各村，现有床位数；11月底前完成100%。", "逗号疑为多余"),
        ("建设公园9个。", "6月底前选址3个；11月底前完成100%。", "“3个”没有读作计划数"),
        ("加固海塘工程（北片海塘）3公里。", "11月底前完成100%。", "点位“北片海塘”"),
    ],
)
def test_contradictions_are_doubts(office, county, title, schedule, words):
    row = begin(office, county, (1, title, schedule, "县民政局")).rows.get()
    found = [doubt for doubt in doubts(row) if words and words in doubt]
    assert bool(found) is (words is not None), doubts(row)


def test_a_row_without_unit_is_faulty_and_holds_the_confirmation_up(office, county):
    plan = with_units(
        office, begin(office, county, ROWS[0], (2, "建设公园3个。", "年内完成。", ""))
    )
    row = plan.rows.get(number=2)
    assert row.faulty
    with pytest.raises(RefusedError, match="还有1项有误"):
        confirm_import(by=office, plan=plan, version=plan.version)
    with pytest.raises(RefusedError, match="改正后"):
        settle_row(by=office, row=row, version=row.version)


def test_a_number_that_comes_twice_is_a_fault_until_it_is_changed(office, county):
    plan = begin(office, county, ROWS[0], (1, *ROWS[1][1:]))
    row = plan.rows.get(order=1)
    assert row.faulty
    same = row.row | {"number": 1}
    with pytest.raises(RowFaultsError) as refused:
        save_row(by=office, row=row, data=same, version=row.version)
    assert refused.value.faults[0].message == "本清单已有第1项，请用别的序号。"
    row = save_row(by=office, row=row, data=row.row | {"number": 2}, version=row.version)
    assert not row.faulty


def test_several_lead_units_are_split_and_said(office, county):
    row = begin(office, county, (*ROWS[0][:3], "县民政局、县财政局")).rows.get()
    assert row.lead_unit == "县民政局"
    assert row.row["supporting_units"] == ["县财政局"]
    assert any("写了2个单位" in doubt for doubt in doubts(row))


# -- Rows put right --------------------------------------------------------------------


def test_a_row_that_is_put_right_is_imported_as_it_was_put_right(office, county):
    plan = with_units(office, begin(office, county, *ROWS))
    row = plan.rows.get(number=1)
    targets = [{"name": "床位", "target": 120, "unit": "张", "kind": "quantity"}]
    row = save_row(by=office, row=row, data=row.row | {"indicators": targets}, version=row.version)
    assert row.edited
    plan.refresh_from_db()
    confirm_import(by=office, plan=plan, version=plan.version)
    assert ListItem.objects.get(number=1).targets.get().value == 120


def test_two_people_on_one_row_are_told(office, county):
    row = begin(office, county, *ROWS).rows.first()
    save_row(by=office, row=row, data=row.row, version=row.version)
    with pytest.raises(ImportChangedError, match="已被他人修改"):
        save_row(by=office, row=row, data=row.row, version=row.version)


def test_a_confirmation_of_what_was_changed_meanwhile_is_refused(office, county):
    plan = with_units(office, begin(office, county, *ROWS))
    row = plan.rows.first()
    save_row(by=office, row=row, data=row.row, version=row.version)
    with pytest.raises(ImportChangedError):
        confirm_import(by=office, plan=plan, version=plan.version)
    assert not ListItem.objects.exists()


def test_words_put_right_are_read_again(office, county):
    row = begin(office, county, *ROWS).rows.first()
    words = {"title": "新增养老床位150张。", "schedule": row.source["schedule"], "status": ""}
    row = reread_row(by=office, row=row, words=words, version=row.version)
    assert row.row["title"] == "新增养老床位150张。"
    assert row.row["indicators"][0]["target"] == 150


def test_a_date_of_another_year_is_refused(office, county):
    row = begin(office, county, *ROWS).rows.first()
    stages = [row.row["milestones"][0] | {"due": "2024-06-30"}]
    with pytest.raises(RowFaultsError) as refused:
        save_row(by=office, row=row, data=row.row | {"milestones": stages}, version=row.version)
    assert "不在2025年度内" in str(refused.value)


# -- Units -----------------------------------------------------------------------------


def test_an_unknown_unit_is_asked_with_its_likeliest_alias(office, county, make_unit):
    confirmed(office, county, *ROWS)
    make_unit("县交通运输局")
    plan = begin(office, county, (3, "修路10公里。", "年内完成。", "县交通局"))
    (question,) = unit_questions(plan)
    assert (question.likeliest, question.chosen) == ("县交通运输局", None)
    with pytest.raises(RefusedError, match="单位名称没有确定"):
        confirm_import(by=office, plan=plan, version=plan.version)
    plan = with_units(office, plan)
    confirm_import(by=office, plan=plan, version=plan.version)
    item = ListItem.objects.get(number=3)
    assert (item.lead_unit.name, item.lead_unit_printed) == ("县交通运输局", "县交通局")
    assert not Unit.objects.filter(name="县交通局").exists()


def test_a_unit_that_does_not_exist_cannot_be_chosen(office, county):
    plan = begin(office, county, *ROWS)
    with pytest.raises(RefusedError, match="没有名为“县某局”的单位"):
        decide_units(by=office, plan=plan, chosen={"县民政局": "县某局"}, version=plan.version)


# -- Again -----------------------------------------------------------------------------


def test_the_same_list_again_changes_nothing(office, county):
    confirmed(office, county, *ROWS)
    plan = begin(office, county, *ROWS)
    comparison = compare(plan)
    assert (comparison.new, comparison.changed, comparison.unchanged) == ([], [], 2)
    with pytest.raises(RefusedError, match="没有选中"):
        confirm_import(by=office, plan=plan, version=plan.version)


def test_a_changed_list_shows_old_and_new_and_changes_only_what_is_chosen(office, county):
    confirmed(office, county, *ROWS)
    changed = [(n, title.replace("100", "120").replace("3个", "5个"), *rest)
               for n, title, *rest in ROWS]  # fmt: skip
    plan = begin(office, county, *changed)
    first, second = compare(plan).changed
    told = {d.what: (d.old, d.new) for d in first.differences}
    assert told["项目内容"] == ("新增养老床位100张。", "新增养老床位120张。")
    assert "100张" in told["目标"][0]
    assert "120张" in told["目标"][1]
    with pytest.raises(UnapprovedError, match="调整目标，须写明调整原因和批准文号"):
        confirm_import(by=office, plan=plan, version=plan.version, chosen={first.row.pk})
    assert ListItem.objects.get(number=1).targets.get().value == 100
    confirm_import(
        by=office, plan=plan, version=plan.version, chosen={first.row.pk}, approval=APPROVED
    )
    assert ListItem.objects.get(number=1).targets.get().value == 120
    assert ListItem.objects.get(number=2).title == "建设公园3个。"
    assert second.row.pk != first.row.pk


def test_what_an_item_said_before_the_file_is_kept_on_it_with_reason_and_document(office, county):
    confirmed(office, county, *ROWS)
    changed = (1, "新增养老床位120张。", *ROWS[0][2:])
    plan = confirmed(office, county, changed, ROWS[1])
    kept = {change.what: change for change in ListItem.objects.get(number=1).plan_changes.all()}
    assert set(kept) == {"项目内容", "目标"}
    assert kept["目标"].major
    assert not kept["项目内容"].major
    assert ("100张" in kept["目标"].old, "120张" in kept["目标"].new) == (True, True)
    assert (kept["目标"].reason, kept["目标"].document) == ("规划调整", "苍政发〔2025〕3号")
    assert {(change.by, change.plan_import) for change in kept.values()} == {(office, plan)}
    assert not ListItem.objects.get(number=2).plan_changes.exists()
    # What a file has changed is no adjustment that the next file would undo.
    (again,) = compare(begin(office, county, *ROWS)).changed
    assert again.warning == ""
    undo_import(by=office, plan=plan)
    assert not PlanChange.objects.exists()


def test_words_and_dates_change_without_a_document(office, county):
    confirmed(office, county, *ROWS)
    later = (*ROWS[0][:2], "7月底前完成50%；11月底前完成100%。", ROWS[0][3])
    confirmed(office, county, later, approval=Approval())
    assert {c.what for c in PlanChange.objects.all()} == {"工作进度安排", "节点"}
    assert not PlanChange.objects.filter(major=True).exists()


def test_a_reported_stage_is_moved_by_a_file_only_with_a_document(office, county):
    confirmed(office, county, *ROWS)
    item = ListItem.objects.get(number=1)
    may = Round.objects.create(county=county, as_of=date(YEAR, 5, 10))
    report = Report.objects.create(round=may, project=item.project)
    stage = item.milestones.first()
    MilestoneMark.objects.create(report=report, milestone=stage, met=True)
    later = (*ROWS[0][:2], "6月底前完成40%；11月底前完成100%。", ROWS[0][3])
    with pytest.raises(UnapprovedError, match="已填报的节点"):
        confirmed(office, county, later, approval=Approval())
    confirmed(office, county, later)
    stage.refresh_from_db()
    assert (stage.percent, stage.marks.get().met) == (40, True)


def test_rows_that_the_new_file_lacks_are_named_and_kept(office, county):
    confirmed(office, county, *ROWS)
    plan = begin(office, county, ROWS[1], (3, *ROWS[0][1:]))
    comparison = compare(plan)
    assert [item.number for item in comparison.missing] == [1]
    confirm_import(by=office, plan=plan, version=plan.version)
    assert ListItem.objects.count() == 3


def test_numbers_that_moved_are_warned_of(office, county):
    confirmed(office, county, *ROWS)
    plan = begin(office, county, (1, *ROWS[1][1:]), (2, *ROWS[0][1:]))
    assert all("序号变了" in change.warning for change in compare(plan).changed)


def test_what_was_reported_stays_when_a_list_is_imported_again(office, county):
    confirmed(office, county, *ROWS)
    item = ListItem.objects.get(number=1)
    may = Round.objects.create(county=county, as_of=date(YEAR, 5, 10))
    report = Report.objects.create(round=may, project=item.project, state="accepted")
    MilestoneMark.objects.create(report=report, milestone=item.milestones.first(), met=True)
    moved = (1, ROWS[0][1], "5月底前制订方案；11月底前完成100%。", "县民政局")
    plan = begin(office, county, moved, (2, "建设公园4个。", *ROWS[1][2:]))
    first, second = compare(plan).changed
    assert "已有填报" in first.refused
    assert not second.refused
    confirm_import(by=office, plan=plan, version=plan.version, approval=APPROVED)
    assert MilestoneMark.objects.filter(report=report).count() == 1
    assert ListItem.objects.get(number=1).schedule == ROWS[0][2]
    assert ListItem.objects.get(number=2).title == "建设公园4个。"


def test_progress_is_not_taken_where_the_round_exists(office, county):
    head = (*HEAD, "目前实施情况")
    day = date(YEAR, 4, 10)
    confirmed(office, county, (*ROWS[0], "已完成30张。"), head=head, as_of=day)
    plan = begin(office, county, (*ROWS[0], "已完成90张。"), head=head, as_of=day)
    assert not compare(plan).takes_progress
    assert Report.objects.get().readings.get().value == 30


# -- Taken up later, given up, long ----------------------------------------------------


def test_a_long_document_is_read_in_portions_and_taken_up_again(office, county):
    rows = [(n, f"建设公园{n}个。", "年内完成。", "县住建局") for n in range(1, 8)]
    plan = begin(office, county, *rows)
    plan.rows.update(row=None)
    PlanImport.objects.filter(pk=plan.pk).update(state="reading")
    plan = read_next(plan=plan, most=3)
    assert plan.state == "reading"
    assert plan.rows.filter(row__isnull=False).count() == 3
    plan = read_next(plan=read_next(plan=plan, most=3), most=3)
    assert plan.state == "preview"
    assert not plan.rows.filter(row__isnull=True).exists()


def test_what_is_given_up_leaves_no_file_and_no_rows(
    office, county, django_capture_on_commit_callbacks
):
    plan = begin(office, county, *ROWS)
    storage, name = plan.source.storage, plan.source.name
    assert storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        plan = drop_import(by=office, plan=plan)
    assert not storage.exists(name)
    assert not plan.rows.exists()
    with pytest.raises(RefusedError, match="已放弃"):
        drop_import(by=office, plan=plan)


def test_what_is_no_list_is_refused_before_anything_is_kept(office, county):
    with pytest.raises(UnreadableError):
        start_import(by=office, county=county, year=YEAR, name="a.xls", content=b"\xd0\xcf\x11\xe0")
    assert not PlanImport.objects.exists()


# -- By command ------------------------------------------------------------------------


def command(file, **options):
    out = StringIO()
    call_command("import_list", str(file), county="苍南县", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "清单.xlsx"
    path.write_bytes(workbook_of(("2025年县政府民生实事清单",), HEAD, *ROWS).getvalue())
    return path


def test_the_command_imports_and_says_what_it_did(county, file):
    said = command(file, year="2025", new_units=True, yes=True)
    assert "读出2项" in said
    assert "已导入：新增2项，修改0项。" in said
    assert ListItem.objects.count() == 2
    assert "没有改动" in command(file, year="2025", yes=True)


def test_the_command_asks_for_the_document_that_changes_a_target(office, county, file):
    confirmed(office, county, *ROWS)
    changed = (1, "新增养老床位120张。", *ROWS[0][2:])
    file.write_bytes(workbook_of(("2025年县政府民生实事清单",), HEAD, changed).getvalue())
    with pytest.raises(CommandError, match="--reason 和 --document"):
        command(file, year="2025", yes=True)
    command(file, year="2025", yes=True, reason="规划调整", document="苍政发〔2025〕3号")
    assert {change.by for change in PlanChange.objects.all()} == {None}


def test_the_command_without_yes_leaves_the_import_to_the_browser(county, file):
    assert "没有写入清单" in command(file, year="2025")
    assert PlanImport.objects.get().state == "preview"
    assert not ListItem.objects.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"year": "明年"}, "年度应是"),
        ({"year": "2025", "level": ["乡级"]}, "是哪一级"),
        ({"year": "2025", "sheet": ["省"]}, "没有标题含"),
        ({"year": "2025", "as_of": "2024-04-10"}, "不在2025年度内"),
        ({"year": "2025", "as_of": "四月"}, "不是日期"),
    ],
)
def test_the_command_refuses_in_chinese(county, file, options, words):
    with pytest.raises(CommandError, match=words):
        command(file, **options)
    assert not PlanImport.objects.exclude(state="dropped").exists()


def test_the_command_refuses_unknown_units_of_a_county_with_lists(county, file, office):
    confirmed(office, county, ROWS[0])
    with pytest.raises(CommandError, match="单位名单中没有下列单位"):
        command(file, year="2025", yes=True)
    assert Region.objects.get(pk=county.pk).project_lists.get().items.count() == 1


def test_rows_are_kept_as_plain_json(office, county):
    row = begin(office, county, *ROWS).rows.first()
    assert json.loads(json.dumps(row.row)) == row.row
