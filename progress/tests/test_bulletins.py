"""通报 from draft to print: drafting, issuing, correcting, and what is kept."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from livelihood.organisation.models import Region
from livelihood.testing import thaw
from progress.documents.bulletin import content_from_dict, content_to_dict
from progress.documents.bulletin_docx import bulletin_document
from progress.documents.bulletin_xlsx import bulletin_workbook
from progress.models import Bulletin, BulletinVersion, Report, Round
from progress.operations.bulletins import (
    BulletinChangedError,
    correct_bulletin,
    data_of_bulletin,
    delete_draft,
    issue_bulletin,
    issued_content,
    issues_of,
    layout_named,
    proposed_data,
    read_draft,
    save_bulletin,
    start_bulletin,
)
from progress.operations.layouts import save_layout
from progress.operations.reporting import RefusedError
from progress.operations.rounds import refreeze
from progress.rules.layouts import READY_MADE, GroupBy, Sort
from projects.models import ListItem, Project

pytestmark = pytest.mark.django_db

APRIL = date(2023, 4, 10)
ISSUED_ON = date(2023, 4, 12)
# The headline of the bulletin of 苍南县, as printed.
HEADLINE = (
    "2023年我县共承办省政府民生实事指标46项、市政府民生实事指标54项以及县政府民生实事指标53项。"
    "截至4月10日，有8项已提前完成。但省民生实事有25个项目实施进度低于全市平均水平，"
    "其中县教育局3项，县市监局3项，县卫健局3项，县交通局3项，县文广旅体局3项，县残联3项，"
    "县民政局2项，县水利局2项，县住建局1项，县委宣传部1项，县公安局1项。"
)


@pytest.fixture
def april(corpus_as_loaded):
    return Round.objects.select_related("county").get(county__code="330327", as_of=APRIL)


@pytest.fixture
def start(april, office):
    """``start(**other)`` begins an issue of 苍南县's round, framed as ``other`` says."""

    def make(**other):
        data = proposed_data(april)
        return start_bulletin(by=office, round=april, data=replaced(data, **other))

    return make


def replaced(data, **other):
    return type(data)(**{**vars(data), **other})


def issue(bulletin, by, **other):
    values = {"edits": bulletin.edits, "issued_on": ISSUED_ON}
    return issue_bulletin(by=by, bulletin=bulletin, **values | other)


def paragraphs(content, heading):
    return next(s.paragraphs for s in content.sections if s.heading == heading)


# -- Drafting ------------------------------------------------------------------------------


def test_a_draft_of_the_real_bulletin_says_what_the_original_says(start):
    _material, content = read_draft(start(), now=timezone.now())
    assert paragraphs(content, "一、总体情况")[0].startswith(HEADLINE)
    assert [sheet.name for sheet in content.sheets] == [
        "总体情况",
        "省级清单",
        "市级清单",
        "县级清单",
        "滞后清单",
        "低于全市平均清单",
        "单位情况",
        "报送情况",
        "与上期比较",
        "研判规则",
    ]
    rows = {sheet.name: len(sheet.rows) for sheet in content.sheets}
    assert [rows[name] for name in ("省级清单", "市级清单", "县级清单")] == [46, 54, 53]
    assert (rows["滞后清单"], rows["低于全市平均清单"]) == (9, 25)
    assert content.annexes == ("省级清单", "市级清单", "县级清单", "滞后清单")


def test_every_number_of_the_text_is_that_of_its_sheet(start):
    _material, content = read_draft(start(), now=timezone.now())
    sheets = {sheet.name: sheet for sheet in content.sheets}
    total = sheets["总体情况"].rows[-1]
    columns = [column.heading for column in sheets["总体情况"].columns]
    counts = dict(zip(columns, total, strict=True))
    assert counts["项数"] == 153
    assert counts["滞后"] + counts["严重滞后"] == len(sheets["滞后清单"].rows)
    assert counts["低于全市平均"] == len(sheets["低于全市平均清单"].rows)
    units = sheets["单位情况"]
    assert sum(row[1] for row in units.rows[:-1]) == units.rows[-1][1] == 153
    said = paragraphs(content, "一、总体情况")[1]
    assert f"已完成{counts['已完成']}项" in said
    assert f"{counts['滞后']}项滞后" in said


def cells_of(content, name):
    """The rows of a sheet, each as its columns' headings and cells."""
    sheet = next(sheet for sheet in content.sheets if sheet.name == name)
    return [dict(zip([c.heading for c in sheet.columns], row, strict=True)) for row in sheet.rows]


def test_a_county_that_is_a_city_speaks_of_itself_as_one(start, april):
    Region.objects.filter(pk=april.county_id).update(name="乐清市")
    bulletin = Bulletin.objects.select_related("county").get(pk=start().pk)
    material, content = read_draft(bulletin, now=timezone.now())
    said = "".join([*paragraphs(content, "一、总体情况"), *paragraphs(content, "三、下步要求")])
    assert "2023年我市共承办省政府民生实事指标46项、温州市政府民生实事指标54项" in said
    assert "以及乐清市政府民生实事指标53项" in said
    assert "市府办将发督办单" in said
    assert "我县" not in said + content.sheets[0].notes[0]
    Bulletin.objects.all().delete()
    assert proposed_data(material.state.current_round).addressees == (
        "各乡镇人民政府、街道办事处，市政府直属各单位"
    )


def test_an_issue_on_one_list_tells_who_reported_of_that_list_alone(start):
    layouts = {"province": "standard_province"}
    _material, content = read_draft(start(layouts=layouts), now=timezone.now())
    projects = Project.objects.filter(items__project_list__level="province").distinct()
    assert cells_of(content, "报送情况")[-1]["应报事项"] == projects.count() < 46


def test_without_a_deadline_it_is_not_known_who_was_in_time(start):
    _material, content = read_draft(start(), now=timezone.now())
    for row in cells_of(content, "报送情况"):
        assert [row[h] for h in ("按时报送", "逾期报送", "最长逾期（天）")] == [None] * 3
        assert row["未报"] == 0, "that everything has come in is known"
    assert cells_of(content, "报送情况")[-1]["说明"] == "105项已报，不计时间"


def test_with_a_deadline_the_sum_counts_what_can_be_measured(start, april):
    Round.objects.filter(pk=april.pk).update(deadline=date(2023, 4, 12))
    moment = datetime(2023, 4, 14, 9, tzinfo=timezone.get_default_timezone())
    late = Report.objects.filter(round=april).first()
    Report.objects.filter(pk=late.pk).update(first_submitted_at=moment)
    _material, content = read_draft(Bulletin.objects.get(pk=start().pk), now=timezone.now())
    total = cells_of(content, "报送情况")[-1]
    assert (total["按时报送"], total["逾期报送"], total["最长逾期（天）"]) == (0, 1, 2)
    assert total["说明"] == "104项已报，不计时间"


def test_a_list_without_categories_has_no_column_for_them(start):
    ListItem.objects.filter(project_list__level="county").update(category="")
    thaw()
    _material, content = read_draft(Bulletin.objects.get(pk=start().pk), now=timezone.now())
    headings = {s.name: [c.heading for c in s.columns] for s in content.sheets}
    assert headings["县级清单"][0] == "项目内容（含具体点位）"
    assert headings["市级清单"][0] == "项目名称"


def test_sample_data_is_named_on_the_issue(start):
    _material, content = read_draft(start(), now=timezone.now())
    assert any(note.startswith("示例数据") for note in content.notes)
    assert not any("演示数据" in note for note in content.notes)


def test_a_simulated_round_is_named_on_the_issue(start, april):
    Round.objects.filter(pk=april.pk).update(simulated=True)
    _material, content = read_draft(Bulletin.objects.get(pk=start().pk), now=timezone.now())
    assert content.notes[0].startswith("演示数据")


def test_the_next_issue_is_framed_like_the_last(start, april, office):
    start(addressees="各乡镇", copies="县委办", layouts={"province": "unfinished"})
    data = proposed_data(april)
    assert (data.addressees, data.copies) == ("各乡镇", "县委办")
    assert data.layouts["province"] == "unfinished"
    assert data.layouts["county"] == "standard_county"


def test_only_the_lists_that_are_chosen_are_counted_and_printed(start):
    _material, content = read_draft(
        start(layouts={"province": "standard_province"}), now=timezone.now()
    )
    lists = [s.name for s in content.sheets if s.name.endswith("级清单")]
    assert lists == ["省级清单"]
    assert "46项" in paragraphs(content, "一、总体情况")[0]
    assert "54项" not in paragraphs(content, "一、总体情况")[0]


def test_a_layout_that_is_gone_gives_way_to_the_standard_one(county):
    standard = READY_MADE["standard_city"].layout
    for key in ("999999", "nothing", "", "-1", "９"):
        assert layout_named(county, key, "city") == standard


def test_an_edited_text_stays_while_the_rest_follows_the_data(start, office):
    bulletin = start()
    data = replaced(
        data_of_bulletin(bulletin), texts={"requirements": "（一）抓紧。\n\n（二）再抓紧。"}
    )
    bulletin = save_bulletin(by=office, bulletin=bulletin, edits=0, data=data)
    _material, content = read_draft(bulletin, now=timezone.now())
    assert paragraphs(content, "三、下步要求") == ("（一）抓紧。", "（二）再抓紧。")
    assert paragraphs(content, "一、总体情况")[0].startswith(HEADLINE)


def test_two_editors_are_told_of_each_other_and_the_first_one_stays(start, office):
    bulletin = start()
    mine = replaced(data_of_bulletin(bulletin), title="甲改的标题")
    yours = replaced(data_of_bulletin(bulletin), title="乙改的标题")
    save_bulletin(by=office, bulletin=bulletin, edits=0, data=mine)
    with pytest.raises(BulletinChangedError):
        save_bulletin(by=office, bulletin=bulletin, edits=0, data=yours)
    assert Bulletin.objects.get(pk=bulletin.pk).title == "甲改的标题"


def test_saving_what_is_there_already_changes_nothing(start, office):
    bulletin = start()
    data = data_of_bulletin(bulletin)
    assert save_bulletin(by=office, bulletin=bulletin, edits=0, data=data).edits == 0


def test_a_title_is_needed(start, office):
    bulletin = start()
    data = replaced(data_of_bulletin(bulletin), title="  ")
    with pytest.raises(ValidationError):
        save_bulletin(by=office, bulletin=bulletin, edits=0, data=data)


def test_only_the_office_writes_bulletins(start, april, office, supervisor, reporter):
    bulletin = start()
    for user in (supervisor, reporter):
        with pytest.raises(PermissionDenied):
            start_bulletin(by=user, round=april, data=proposed_data(april))
        with pytest.raises(PermissionDenied):
            issue(bulletin, user)
        with pytest.raises(PermissionDenied):
            delete_draft(by=user, bulletin=bulletin, edits=0)
    assert Bulletin.objects.count() == 1


# -- Issuing -------------------------------------------------------------------------------


def test_numbers_count_up_by_series_and_year(start, office):
    numbers = [issue(start(), office).bulletin.number for _ in range(2)]
    other = issue(start(series="政务督查"), office).bulletin
    assert (numbers, other.number) == ([1, 2], 1)
    assert str(other) == "政务督查〔2023〕第1期"
    assert issued_content(other.versions.get()).number == "政务督查〔2023〕第1期"


def test_an_issue_says_the_same_after_everything_else_has_changed(start, office, april):
    version = issue(start(), office)
    before = issued_content(version)
    Report.objects.filter(round=april).update(narrative="改过了")
    Region.objects.filter(pk=april.county_id).update(name="改名县")
    refreeze(by=office, round=april, note="试改")
    again = issued_content(BulletinVersion.objects.get(pk=version.pk))
    assert again == before
    assert bulletin_workbook(again) == bulletin_workbook(before)
    assert bulletin_document(again) == bulletin_document(before)


def test_an_issue_survives_being_kept_as_json(start):
    _material, content = read_draft(start(), now=timezone.now())
    assert content_from_dict(content_to_dict(content)) == content


def test_an_open_round_cannot_be_issued(start, april, office):
    bulletin = start()
    Round.objects.filter(pk=april.pk).update(state=Round.State.OPEN, version=0)
    with pytest.raises(RefusedError, match="还没有截止"):
        issue(bulletin, office)
    assert Bulletin.objects.get(pk=bulletin.pk).number is None


def test_an_issue_is_not_dated_before_its_data(start, office):
    with pytest.raises(RefusedError, match="不能早于数据的截至日期"):
        issue(start(), office, issued_on=date(2023, 4, 9))


def test_an_issue_is_not_dated_far_ahead(start, office):
    today = timezone.localdate()
    with pytest.raises(RefusedError, match="印发日期不能晚于"):
        issue(start(), office, issued_on=today + timedelta(days=8))
    assert issue(start(), office, issued_on=today + timedelta(days=7)).bulletin.number == 1


def test_the_number_counts_in_the_year_of_the_date(start, office):
    """The year in the brackets is that of issuing, whatever year the lists are of."""
    assert str(issue(start(), office).bulletin) == "督查通报〔2023〕第1期"
    january = date(2024, 1, 8)
    next_year = issue(start(), office, issued_on=january).bulletin
    assert (str(next_year), next_year.year) == ("督查通报〔2024〕第1期", 2023)
    assert issued_content(next_year.versions.get()).number == "督查通报〔2024〕第1期"
    assert str(issue(start(), office).bulletin) == "督查通报〔2023〕第2期"


def test_a_wrong_date_is_corrected_within_the_year_of_the_number(start, office):
    bulletin = issue(start(), office).bulletin
    given = {"by": office, "bulletin": bulletin, "edits": bulletin.edits, "note": "日期有误"}
    for day, fault in (
        (date(2024, 1, 8), "不能改到别的年份"),
        (date(2023, 4, 9), "不能早于数据的截至日期"),
        (date(2099, 1, 1), "印发日期不能晚于"),
    ):
        with pytest.raises(ValidationError, match=fault):
            correct_bulletin(**given, data=replaced(data_of_bulletin(bulletin), issued_on=day))
    data = replaced(data_of_bulletin(bulletin), issued_on=date(2023, 4, 13))
    version = correct_bulletin(**given, data=data)
    assert version.changes[0] == "印发日期由2023年4月12日改为2023年4月13日。"
    assert issued_content(version).issued_on == date(2023, 4, 13)
    assert Bulletin.objects.get(pk=bulletin.pk).issued_on == date(2023, 4, 13)


def test_what_has_gone_out_is_neither_edited_nor_deleted_nor_issued_again(start, office):
    bulletin = issue(start(), office).bulletin
    data = replaced(data_of_bulletin(bulletin), title="另一个标题")
    with pytest.raises(RefusedError, match="只能更正"):
        save_bulletin(by=office, bulletin=bulletin, edits=bulletin.edits, data=data)
    with pytest.raises(RefusedError, match="不能删除"):
        delete_draft(by=office, bulletin=bulletin, edits=bulletin.edits)
    with pytest.raises(RefusedError, match="已经印发"):
        issue(bulletin, office)


def test_a_draft_can_be_thrown_away(start, office):
    delete_draft(by=office, bulletin=start(), edits=0)
    assert not Bulletin.objects.exists()


# -- Correcting ----------------------------------------------------------------------------


def test_a_correction_is_a_new_version_that_names_what_changed(start, office):
    bulletin = issue(start(), office).bulletin
    data = replaced(
        data_of_bulletin(bulletin), title="更正后的标题", texts={"requirements": "抓紧。"}
    )
    version = correct_bulletin(
        by=office, bulletin=bulletin, edits=bulletin.edits, data=data, note="标题有误"
    )
    assert (version.number, version.note) == (2, "标题有误")
    assert version.changes[0].endswith("改为“更正后的标题”。")
    assert any(change.startswith("“三、下步要求”由“") for change in version.changes)
    assert issued_content(version).notes[0] == "更正：标题有误"
    assert issued_content(bulletin.versions.get(number=1)).title != "更正后的标题"


def test_a_corrected_figure_is_named_with_its_row(start, office, april):
    bulletin = issue(start(), office).bulletin
    report = Report.objects.get(round=april, project__items__project_list__level="province",
                                project__items__number=20)  # fmt: skip
    report.wordings.all().delete()
    report.narrative = "更正后的实施情况。"
    report.save()
    refreeze(by=office, round=april, note="数据更正")
    bulletin = Bulletin.objects.get(pk=bulletin.pk)
    assert issues_of(bulletin.round, office) == [(bulletin, 1)]
    assert bulletin.round.version == 2
    version = correct_bulletin(
        by=office,
        bulletin=bulletin,
        edits=bulletin.edits,
        data=data_of_bulletin(bulletin),
        note="按更正后的数据",
    )
    changes = "".join(version.changes)
    assert "“省级清单”第20项的目前实施情况由" in changes
    assert "改为“更正后的实施情况。”" in changes
    assert issues_of(bulletin.round, office) == [(bulletin, 2)]


@pytest.mark.parametrize("note", ["", "   "])
def test_a_correction_needs_a_note(start, office, note):
    bulletin = issue(start(), office).bulletin
    data = replaced(data_of_bulletin(bulletin), title="更正后的标题")
    with pytest.raises(RefusedError, match="更正说明"):
        correct_bulletin(by=office, bulletin=bulletin, edits=bulletin.edits, data=data, note=note)
    assert bulletin.versions.count() == 1


def test_a_correction_that_changes_nothing_but_its_note_is_refused(start, office):
    bulletin = issue(start(), office).bulletin
    with pytest.raises(RefusedError, match="没有任何改动"):
        correct_bulletin(
            by=office,
            bulletin=bulletin,
            edits=bulletin.edits,
            data=data_of_bulletin(bulletin),
            note="没有改",
        )
    assert BulletinVersion.objects.filter(bulletin=bulletin).count() == 1


def test_a_correction_may_be_of_the_layout_alone(start, office, april):
    standard = READY_MADE["standard_county"].layout
    layout = replace(standard, name="按单位", sort=Sort.UNIT, group_by=GroupBy.NOTHING)
    row = save_layout(by=office, county=april.county, layout=layout)
    bulletin = issue(start(), office).bulletin
    data = data_of_bulletin(bulletin)
    data = replaced(data, layouts={**data.layouts, "county": str(row.pk)})
    version = correct_bulletin(
        by=office, bulletin=bulletin, edits=bulletin.edits, data=data, note="改排序"
    )
    assert version.changes == ["“县级清单”的排序有改动。"]


def test_the_series_of_an_issue_stays_with_its_number(start, office):
    bulletin = issue(start(), office).bulletin
    data = replaced(data_of_bulletin(bulletin), series="另一种", title="更正后的标题")
    correct_bulletin(by=office, bulletin=bulletin, edits=bulletin.edits, data=data, note="标题")
    assert Bulletin.objects.get(pk=bulletin.pk).series == "督查通报"
