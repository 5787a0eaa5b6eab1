"""Reporting by Excel: download, fill, upload, preview, confirm."""

import zipfile
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from livelihood.organisation.models import Unit
from progress.documents.report_workbook import FORMAT, KEY_HEADING, TECHNICAL_SHEET
from progress.models import Report, ReportEvent, Round, SiteReading, WorkbookUpload
from progress.operations.reporting import Mark, ReportData, SiteState, data_of, save_report
from progress.operations.sheets import projects_of, read_sheets
from progress.tests.ooxml import faults as office_faults
from projects.documents.archives import Limits
from projects.models import Project

pytestmark = pytest.mark.django_db
AS_OF = date(2023, 5, 10)
MAIN, MILESTONES, SITES = "进展填报", "节点", "点位"


@pytest.fixture
def round_(corpus, county):
    return Round.objects.create(
        county=county,
        as_of=AS_OF,
        opens_on=AS_OF - timedelta(days=5),
        deadline=AS_OF + timedelta(days=2),
    )


@pytest.fixture
def client(client_for, reporter):
    return client_for(reporter)


@pytest.fixture
def projects(round_, reporter):
    return list(projects_of(reporter.unit, round_.county, 2023))


def url(name, day=AS_OF):
    return reverse(name, args=["330327", 2023, day])


class Sheet:
    """One sheet of a workbook, by the keys of its rows and the headings of its columns."""

    def __init__(self, book, title):
        self.sheet = book[title]
        self.head = next(n for n in range(1, 10) if self.sheet.cell(n, 1).value == KEY_HEADING)
        self.columns = {cell.value: cell.column for cell in self.sheet[self.head]}

    @property
    def keys(self):
        column = [self.sheet.cell(n, 1).value for n in range(self.head + 1, self.sheet.max_row + 1)]
        return [key for key in column if key]

    def row(self, key):
        return next(
            n
            for n in range(self.head + 1, self.sheet.max_row + 1)
            if self.sheet.cell(n, 1).value == key
        )

    def cell(self, key, heading):
        return self.sheet.cell(self.row(key), self.columns[heading])

    def first(self, project):
        return next(key for key in self.keys if key.startswith(f"P{project.pk}-"))


def download(client):
    response = client.get(url("workbook"))
    assert response.status_code == 200
    return load_workbook(BytesIO(response.content))


def as_bytes(book):
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def upload(client, content, name="填报表.xlsx", follow=True):
    content = content if isinstance(content, bytes) else as_bytes(content)
    file = SimpleUploadedFile(name, content)
    return client.post(url("workbook_upload"), {"file": file}, follow=follow)


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def text(response):
    return soup(response).get_text(" ", strip=True)


def confirm(client, page, action="save", follow=True):
    form = soup(page).find("form", class_="workbook-actions")
    posted = {i["name"]: i["value"] for i in form.find_all("input") if i.get("name")}
    return client.post(url("workbook_upload"), posted | {"action": action}, follow=follow)


def faults(page):
    return [
        [cell.get_text(strip=True) for cell in row.find_all("td")]
        for row in soup(page).select("table.workbook-faults tbody tr")
    ]


def named(projects, name):
    return next(p for p in projects if name in p.name)


def report_of(project, round_):
    return Report.objects.get(project=project, round=round_)


def test_what_is_filled_in_comes_back_as_drafts(client, round_, projects):
    training = named(projects, "职业教育培训")
    sheets = {s.project.pk: s for s in read_sheets(projects, round_, now=timezone.now())}
    before = sheets[training.pk].carried
    indicator = sheets[training.pk].figures[0].key
    book = download(client)
    main, milestones = Sheet(book, MAIN), Sheet(book, MILESTONES)
    key = main.first(training)
    assert main.cell(key, "本期累计完成数").value == 3177
    assert main.cell(key, "进展情况").value == before.narrative
    main.cell(key, "本期累计完成数").value = 4000.5
    main.cell(key, "形象进度%").value = None
    main.cell(key, "进展情况").value = "完成培训4000人次。\n其余6月完成。"
    main.cell(key, "存在问题").value = "师资不足"
    main.cell(key, "需要协调").value = "请人社局支持"
    main.cell(key, "滞后原因").value = "开班较晚"
    main.cell(key, "计划赶上日期").value = date(2023, 6, 30)
    main.cell(key, "申报完成").value = "是"
    milestone = sheets[training.pk].milestones[1]
    milestones.cell(f"M{milestone.key}", "已完成").value = "是"
    milestones.cell(f"M{milestone.key}", "完成日期").value = date(2023, 4, 28)

    page = upload(client, book)
    assert "1个事项共" in text(page)
    assert not Report.objects.filter(round=round_).exists()
    confirm(client, page)

    told = data_of(report_of(training, round_))
    assert told == ReportData(
        narrative="完成培训4000人次。\n其余6月完成。",
        problems="师资不足",
        help_needed="请人社局支持",
        cause="开班较晚",
        catch_up_on=date(2023, 6, 30),
        declares_completion=True,
        values={indicator: Decimal("4000.5")},
        percents={},
        marks=before.marks
        | {
            pk: Mark(True, date(2023, 4, 28), before.marks.get(pk, Mark(None)).why)
            for pk in milestone.keys
        },
    )
    assert report_of(training, round_).state == Report.State.DRAFT
    assert Report.objects.filter(round=round_).count() == 1
    assert not WorkbookUpload.objects.exists()


def test_sites_are_filled_on_every_list_that_names_them(client, round_, projects):
    book = download(client)
    sites = Sheet(book, SITES)
    key = sites.keys[0]
    sites.cell(key, "阶段").value = "开工"
    sites.cell(key, "形象进度%").value = 35
    confirm(client, upload(client, book))
    readings = SiteReading.objects.filter(report__round=round_)
    told = {r.site_id: SiteState(r.stage, r.percent) for r in readings}
    assert told[int(key[1:])] == SiteState("started", Decimal("35"))
    assert len({r.site.name for r in readings}) == 1


def test_township_figures_are_filled(client_for, make_user, round_, county):
    unit = Unit.objects.get(region=county, name="县应急管理局")
    client = client_for(make_user("lead_unit", unit))
    book = download(client)
    places = Sheet(book, "任务分解")
    for key in places.keys:
        places.cell(key, "累计完成数").value = 1
    confirm(client, upload(client, book))
    report = Report.objects.get(round=round_)
    assert set(report.place_readings.values_list("value", flat=True)) == {1}
    assert report.place_readings.count() >= len(places.keys)


def test_an_untouched_workbook_changes_nothing(client, round_, projects):
    page = upload(client, download(client))
    assert "没有可保存的改动" in text(page)
    assert f"还有{len(projects)}个事项本期未填" in text(page)
    assert faults(page) == []
    assert not Report.objects.filter(round=round_).exists()


def test_a_saved_draft_is_what_the_workbook_shows(client, reporter, round_, projects):
    project = projects[0]
    save_report(
        by=reporter,
        project=project,
        reporting_round=round_,
        data=ReportData(narrative="草稿里的话", declares_completion=True),
        version=0,
    )
    main = Sheet(download(client), MAIN)
    key = main.first(project)
    assert main.cell(key, "进展情况").value == "草稿里的话"
    assert main.cell(key, "申报完成").value == "是"
    assert main.cell(key, "填报状态").value == "草稿"


def test_unchanged_is_one_word(client, round_, projects):
    project = named(projects, "职业教育培训")
    book = download(client)
    main = Sheet(book, MAIN)
    main.cell(main.first(project), "无变化").value = "是"
    confirm(client, upload(client, book))
    report = report_of(project, round_)
    assert report.unchanged
    assert data_of(report).values != {}


def test_unchanged_beside_a_change_is_a_fault(client, round_, projects):
    project = named(projects, "职业教育培训")
    book = download(client)
    main = Sheet(book, MAIN)
    main.cell(main.first(project), "无变化").value = "是"
    main.cell(main.first(project), "本期累计完成数").value = 5000
    page = upload(client, book)
    [[place, heading, _said, problem, _remedy]] = faults(page)
    assert heading == "无变化"
    assert place == f"{MAIN} M{main.row(main.first(project))}"
    assert "内容却与上期不同" in problem
    confirm(client, page)
    assert not Report.objects.filter(round=round_).exists()


def test_rows_are_found_by_their_keys_when_sorted_moved_and_deleted(client, round_, projects):
    book = download(client)
    main = Sheet(book, MAIN)
    sheet, first = main.sheet, main.head + 1
    rows = [[cell.value for cell in sheet[n]] for n in range(first, first + len(main.keys))]
    wanted = main.first(projects[4])
    kept = sorted(
        (row for row in rows if row[0] == wanted or row[0] != main.first(projects[0])),
        key=lambda row: str(row[2]),
        reverse=True,
    )
    sheet.delete_rows(first, len(rows))
    for offset, row in enumerate(kept):
        # Two blank rows between, as after cutting and pasting.
        for column, value in enumerate(row, start=1):
            sheet.cell(first + 3 * offset, column, value)
    main.cell(wanted, "进展情况").value = "排序以后填写"
    page = upload(client, book)
    assert faults(page) == []
    assert "缺少1行" in text(page)
    confirm(client, page)
    assert report_of(projects[4], round_).narrative == "排序以后填写"
    assert Report.objects.filter(round=round_).count() == 1


def test_renamed_sheets_and_moved_columns_are_understood(client, round_, projects):
    book = download(client)
    main = Sheet(book, MAIN)
    key = main.first(projects[1])
    main.cell(key, "进展情况").value = "列移动过"
    main.sheet.title = "教育局五月"
    for merged in list(main.sheet.merged_cells.ranges):
        main.sheet.unmerge_cells(str(merged))
    main.sheet.insert_cols(3)
    page = upload(client, book)
    assert faults(page) == []
    confirm(client, page)
    assert report_of(projects[1], round_).narrative == "列移动过"


def test_a_row_left_blank_changes_nothing(client, round_, projects):
    book = download(client)
    main = Sheet(book, MAIN)
    key = main.first(named(projects, "职业教育培训"))
    for column in range(main.columns["本期累计完成数"], main.sheet.max_column + 1):
        main.sheet.cell(main.row(key), column).value = None
    page = upload(client, book)
    assert faults(page) == []
    assert "1行的填写格全部留空" in text(page)
    assert "没有可保存的改动" in text(page)


def test_a_figure_of_zero_is_a_figure(client, round_, projects):
    project = named(projects, "正脊筛查")
    book = download(client)
    main = Sheet(book, MAIN)
    main.cell(main.first(project), "本期累计完成数").value = 0
    main.cell(main.first(project), "进展情况").value = None
    confirm(client, upload(client, book))
    report = report_of(project, round_)
    assert [r.value for r in report.readings.all()] == [0]
    assert report.narrative == ""


def test_a_milestone_not_met_is_told(client, round_):
    book = download(client)
    milestones = Sheet(book, MILESTONES)
    key = next(k for k in milestones.keys if milestones.cell(k, "已完成").value is None)
    milestones.cell(key, "已完成").value = "否"
    confirm(client, upload(client, book))
    [report] = Report.objects.filter(round=round_)
    assert report.marks.get(milestone=int(key[1:])).met is False


def test_milestones_due_within_sixty_days_are_listed(client, round_):
    milestones = Sheet(download(client), MILESTONES)
    due = [milestones.cell(key, "到期日").value.date() for key in milestones.keys]
    assert max(due) <= AS_OF + timedelta(days=60)
    assert any(day > AS_OF for day in due)
    assert any(day <= AS_OF for day in due)


ROW_FAULTS = {
    "a row of one's own": (lambda s: s.sheet.append([None] * 9 + ["自己加的", 5]), "自行增加"),
    "a row twice": (
        lambda s: s.sheet.append([c.value for c in s.sheet[s.head + 1]]),
        "是同一行",
    ),
    "a row of nobody": (
        lambda s: setattr(s.sheet.cell(s.head + 1, 1), "value", "P999999-1"),
        "不在本单位",
    ),
    "a heading changed": (
        lambda s: setattr(s.sheet.cell(s.head, s.columns["存在问题"]), "value", "问题"),
        "没有“存在问题”这一列",
    ),
}


@pytest.mark.parametrize(("spoil", "problem"), ROW_FAULTS.values(), ids=ROW_FAULTS)
def test_a_row_that_cannot_be_taken_is_told(spoil, problem, client, round_):
    book = download(client)
    spoil(Sheet(book, MAIN))
    page = upload(client, book)
    [fault] = faults(page)
    assert problem in fault[3]
    assert client.get(url("workbook_marked")).status_code == 200


def test_a_day_without_yes_is_a_fault(client, round_):
    book = download(client)
    milestones = Sheet(book, MILESTONES)
    key = next(k for k in milestones.keys if milestones.cell(k, "已完成").value is None)
    milestones.cell(key, "完成日期").value = date(2023, 5, 1)
    [fault] = faults(upload(client, book))
    assert fault[:2] == [f"{MILESTONES} {milestones.cell(key, '完成日期').coordinate}", "完成日期"]


def test_words_in_the_second_row_of_a_project_are_a_fault(client, round_, projects):
    book = download(client)
    main = Sheet(book, MAIN)
    project = named(projects, "成人初高中")
    second = [key for key in main.keys if key.startswith(f"P{project.pk}-")][1]
    main.cell(second, "进展情况").value = "写错了行"
    [fault] = faults(upload(client, book))
    assert "只在第一行填写" in fault[3]


def test_a_stage_that_does_not_exist_is_a_fault(client, round_):
    book = download(client)
    sites = Sheet(book, SITES)
    sites.cell(sites.keys[0], "阶段").value = "快了"
    sites.cell(sites.keys[1], "形象进度%").value = 101
    first, second = faults(upload(client, book))
    assert "不是列表中的阶段" in first[3]
    assert "方案、选址、设计" in first[4]
    assert "超过了100" in second[3]


def test_all_faults_at_once_and_the_good_rows_kept(client, round_, projects):
    good, bad = named(projects, "正脊筛查"), named(projects, "职业教育培训")
    book = download(client)
    main, sites = Sheet(book, MAIN), Sheet(book, SITES)
    main.cell(main.first(good), "本期累计完成数").value = 1000
    main.cell(main.first(bad), "本期累计完成数").value = "一千"
    main.cell(main.first(bad), "计划赶上日期").value = "很快"
    sites.cell(sites.keys[0], "阶段").value = "快了"
    page = upload(client, book)
    assert [fault[1] for fault in faults(page)] == ["本期累计完成数", "计划赶上日期", "阶段"]
    page = confirm(client, page)
    assert [r.project for r in Report.objects.filter(round=round_)] == [good]
    # The file waits on, so that it can be downloaded with its marks.
    assert len(faults(page)) == 3
    marked = load_workbook(BytesIO(client.get(url("workbook_marked")).content))
    notes = [
        cell.coordinate
        for sheet in marked
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    ]
    assert len(notes) == 3
    # Mended and sent again, the marks of before are gone.
    again = Sheet(marked, MAIN)
    again.cell(again.first(bad), "本期累计完成数").value = 1001
    page = upload(client, marked)
    assert len(faults(page)) == 2
    content = client.get(url("workbook_marked")).content
    assert office_faults(content) == []
    marked = load_workbook(BytesIO(content))
    cell = Sheet(marked, MAIN).cell(again.first(bad), "本期累计完成数")
    assert cell.comment is None
    assert cell.fill.fgColor.rgb == "FFFFF8D6"


def test_texts_that_look_like_formulas_stay_texts(client, reporter, round_, projects):
    words = ['=cmd|"/c calc"!A1', "+1", "-2", "@SUM(1)"]
    save_report(
        by=reporter,
        project=projects[0],
        reporting_round=round_,
        data=ReportData(
            narrative=words[0], problems=words[1], help_needed=words[2], cause=words[3]
        ),
        version=0,
    )
    book = download(client)
    main = Sheet(book, MAIN)
    key = main.first(projects[0])
    for heading, word in zip(("进展情况", "存在问题", "需要协调", "滞后原因"), words, strict=True):
        cell = main.cell(key, heading)
        assert (cell.value, cell.data_type, cell.quotePrefix) == (word, "s", True)
    assert "没有可保存的改动" in text(upload(client, book))


def test_only_the_cells_to_fill_are_unlocked(client, round_):
    book = download(client)
    for title in (MAIN, MILESTONES, SITES):
        sheet = Sheet(book, title)
        assert sheet.sheet.protection.sheet
        assert sheet.sheet.protection.password is None
        assert not sheet.sheet.protection.formatRows
        assert sheet.sheet.column_dimensions["A"].hidden
        unlocked = {
            sheet.sheet.cell(sheet.head, cell.column).value
            for row in sheet.sheet.iter_rows(min_row=sheet.head + 1)
            for cell in row
            if not cell.protection.locked
        }
        shaded = {
            sheet.sheet.cell(sheet.head, cell.column).value
            for row in sheet.sheet.iter_rows(min_row=sheet.head + 1)
            for cell in row
            if cell.fill.fgColor.rgb == "FFFFF8D6"
        }
        first = {MAIN: "本期累计完成数", MILESTONES: "已完成", SITES: "阶段"}[title]
        assert (
            unlocked
            == shaded
            == {
                heading
                for heading, column in sheet.columns.items()
                if column >= sheet.columns[first]
            }
        )
        assert sheet.sheet.page_setup.orientation == "landscape"
    assert book["填报说明"].protection.sheet
    assert book[TECHNICAL_SHEET].sheet_state == "veryHidden"
    kinds = {rule.type for rule in book[MAIN].data_validations.dataValidation}
    assert kinds == {"decimal", "date", "list"}


def test_every_text_has_the_height_it_needs(client, reporter, round_, projects):
    save_report(
        by=reporter,
        project=projects[0],
        reporting_round=round_,
        data=ReportData(narrative="很长的进展情况。" * 200),
        version=0,
    )
    main = Sheet(download(client), MAIN)
    row = main.row(main.first(projects[0]))
    letter = main.cell(main.first(projects[0]), "进展情况").column_letter
    lines = 8 * 200 * 2 / main.sheet.column_dimensions[letter].width
    assert main.sheet.row_dimensions[row].height >= 15 * lines
    assert main.sheet.row_dimensions[row].height <= 409


def test_the_wrong_round_is_named_with_the_right_one(client, round_, county):
    content = as_bytes(download(client))
    other = Round.objects.create(county=county, as_of=date(2023, 6, 10))
    file = SimpleUploadedFile("五月.xlsx", content)
    page = client.post(url("workbook_upload", other.as_of), {"file": file})
    assert page.status_code == 422
    assert "截至2023年5月10日" in text(page)
    assert "截至2023年6月10日" in text(page)
    assert not WorkbookUpload.objects.exists()


def test_the_wrong_unit_is_named_with_the_right_one(client, client_for, other_reporter, round_):
    content = as_bytes(download(client))
    page = upload(client_for(other_reporter), content)
    assert page.status_code == 422
    assert "县教育局的填报表，您填报的是县卫健局的事项" in text(page)


def test_a_report_that_somebody_else_changed_is_left_untouched(
    client, reporter, make_user, round_, projects
):
    mine, theirs = named(projects, "正脊筛查"), named(projects, "职业教育培训")
    book = download(client)
    main = Sheet(book, MAIN)
    for project in (mine, theirs):
        main.cell(main.first(project), "进展情况").value = "表里写的"
    colleague = make_user("lead_unit", reporter.unit)
    save_report(
        by=colleague,
        project=theirs,
        reporting_round=round_,
        data=ReportData(narrative="同事写的"),
        version=0,
    )
    page = upload(client, book)
    assert f"{colleague.name}于" in text(page)
    page = confirm(client, page)
    assert report_of(theirs, round_).narrative == "同事写的"
    assert report_of(mine, round_).narrative == "表里写的"
    assert "没有改动" in text(page)


def test_what_changes_between_preview_and_confirmation_is_not_overwritten(
    client, reporter, round_, projects
):
    project = projects[0]
    book = download(client)
    main = Sheet(book, MAIN)
    main.cell(main.first(project), "进展情况").value = "表里写的"
    page = upload(client, book)
    save_report(
        by=reporter,
        project=project,
        reporting_round=round_,
        data=ReportData(narrative="另一个窗口写的"),
        version=0,
    )
    page = confirm(client, page)
    assert report_of(project, round_).narrative == "另一个窗口写的"
    assert "又有改动" in text(page)


def test_the_same_person_may_upload_the_same_workbook_again(client, round_, projects):
    book = download(client)
    main = Sheet(book, MAIN)
    for words in ("第一次", "第二次"):
        main.cell(main.first(projects[0]), "进展情况").value = words
        confirm(client, upload(client, book))
    assert report_of(projects[0], round_).narrative == "第二次"


def test_what_was_sent_is_not_changed(client, reporter, round_, projects):
    book = download(client)
    main = Sheet(book, MAIN)
    main.cell(main.first(projects[0]), "进展情况").value = "表里写的"
    Report.objects.create(
        round=round_,
        project=projects[0],
        state=Report.State.SUBMITTED,
        version=2,
        updated_by=reporter,
    )
    page = upload(client, book)
    assert "待审核，要修改请先撤回" in text(page)
    confirm(client, page)
    assert report_of(projects[0], round_).narrative == ""
    fresh = Sheet(download(client), MAIN)
    assert fresh.cell(fresh.first(projects[0]), "进展情况").protection.locked


def test_what_is_ready_is_sent_and_the_rest_kept(client, round_, projects):
    ready, unready = named(projects, "县中崛起"), named(projects, "正脊筛查")
    book = download(client)
    main = Sheet(book, MAIN)
    main.cell(main.first(ready), "进展情况").value = "本月已完成结对活动两次。"
    # Far above the target: to be confirmed on the page.
    main.cell(main.first(unready), "本期累计完成数").value = 100_000
    page = upload(client, book)
    assert "可以提交的1个" in text(page)
    page = confirm(client, page, "send")
    assert report_of(ready, round_).state == Report.State.SUBMITTED
    assert report_of(unready, round_).state == Report.State.DRAFT
    assert ReportEvent.objects.filter(kind=ReportEvent.Kind.SUBMITTED).count() == 1
    assert "提交1份，存为草稿1份" in text(page)
    assert "请确认" in text(page)


def test_a_round_that_is_closed_takes_no_workbook(client, round_, projects):
    book = download(client)
    main = Sheet(book, MAIN)
    main.cell(main.first(projects[0]), "进展情况").value = "晚了"
    page = upload(client, book)
    Round.objects.filter(pk=round_.pk).update(state=Round.State.CLOSED)
    answer = confirm(client, page, follow=False)
    assert answer.status_code == 409
    assert "已截止" in text(answer)
    answer = upload(client, book)
    assert answer.status_code == 409
    assert not Report.objects.filter(round=round_).exists()
    main = Sheet(download(client), MAIN)
    assert all(cell.protection.locked for row in main.sheet.iter_rows() for cell in row)


def test_an_upload_that_is_gone_is_told(client, round_, projects):
    book = download(client)
    main = Sheet(book, MAIN)
    main.cell(main.first(projects[0]), "进展情况").value = "一天以前"
    page = upload(client, book)
    WorkbookUpload.objects.update(created_at=timezone.now() - timedelta(hours=25))
    answer = confirm(client, page, follow=False)
    assert answer.status_code == 409
    assert "上传的文件已不在" in text(answer)
    assert "请重新上传" in text(client.get(url("workbook_marked"), follow=True))
    upload(client, book)
    assert WorkbookUpload.objects.count() == 1


def test_only_the_upload_that_was_shown_is_confirmed(client, round_, projects):
    book = download(client)
    main = Sheet(book, MAIN)
    main.cell(main.first(projects[0]), "进展情况").value = "第一个文件"
    page = upload(client, book)
    main.cell(main.first(projects[0]), "进展情况").value = "第二个文件"
    upload(client, book)
    answer = confirm(client, page, follow=False)
    assert answer.status_code == 409
    assert "第二个文件" in text(answer)
    assert not Report.objects.filter(round=round_).exists()


def test_an_upload_can_be_discarded(client, round_, projects):
    page = upload(client, download(client))
    page = confirm(client, page, "discard")
    assert "已放弃" in text(page)
    assert not WorkbookUpload.objects.exists()


def test_nobody_sees_the_upload_of_another(client, client_for, make_user, reporter, round_):
    upload(client, download(client))
    colleague = client_for(make_user("lead_unit", reporter.unit))
    assert "填报表.xlsx" not in text(colleague.get(url("workbook_upload")))


def test_the_office_gets_a_units_workbook_without_its_drafts(
    client_for, office, foreign_office, reporter, other_reporter, round_, projects
):
    save_report(
        by=reporter,
        project=projects[0],
        reporting_round=round_,
        data=ReportData(narrative="还没有报出的话"),
        version=0,
    )
    address = f"{url('workbook')}?unit={reporter.unit_id}"
    answer = client_for(office).get(address)
    main = Sheet(load_workbook(BytesIO(answer.content)), MAIN)
    assert main.cell(main.first(projects[0]), "进展情况").value != "还没有报出的话"
    assert client_for(other_reporter).get(address).status_code == 404
    assert client_for(foreign_office).get(address).status_code == 404
    assert client_for(office).get(f"{url('workbook')}?unit=x").status_code == 404
    assert client_for(office).get(url("workbook")).status_code == 403


def test_a_unit_without_projects_is_told(client_for, make_user, make_unit, round_):
    client = client_for(make_user("lead_unit", make_unit("县档案馆")))
    assert client.get(url("workbook")).status_code == 404
    assert "不用填报" in text(client.get(url("workbook_upload")))


def test_simulated_rounds_are_labelled(client, round_):
    Round.objects.filter(pk=round_.pk).update(simulated=True)
    book = download(client)
    for title in ("填报说明", MAIN, MILESTONES):
        words = [cell.value for row in book[title].iter_rows(max_row=3) for cell in row]
        assert "演示数据" in words
    assert "演示数据" in text(client.get(url("workbook_upload")))


# -- Files that are not what they should be ---------------------------------------------


def packed(parts):
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHER_FILES = {
    "an old .xls": ("表.xls", OLE + b"\0" * 600, "旧格式"),
    "an .xls named .xlsx": ("表.xlsx", OLE + b"\0" * 600, "另存为"),
    "WPS's .et": ("表.et", OLE + b"\0" * 600, "Excel 工作簿（*.xlsx）"),
    "with a password": ("表.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
    "a csv": ("表.csv", "甲,乙".encode(), "是 CSV 文件"),
    "a text named .xlsx": ("表.xlsx", "甲,乙".encode(), "不是 Excel 工作簿"),
    "macros": ("表.xlsx", packed({"xl/workbook.xml": "", "xl/vbaProject.bin": "x"}), "宏"),
    "macros by kind": (
        "表.xlsm",
        packed({"[Content_Types].xml": "<a>macroEnabled</a>", "xl/workbook.xml": ""}),
        "宏",
    ),
    "a Word file": ("表.xlsx", packed({"word/document.xml": "<a/>"}), "不是 Excel 工作簿"),
    "a bomb": ("表.xlsx", packed({"xl/workbook.xml": b" " * 61 * 1024 * 1024}), "展开后太大"),
    "entities": (
        "表.xlsx",
        packed({"xl/workbook.xml": '<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'}),
        "不是正常的文件",
    ),
    "broken inside": ("表.xlsx", packed({"xl/workbook.xml": "<workbook"}), "损坏"),
    "another workbook": ("表.xlsx", as_bytes(Workbook()), "不是从本页下载的填报表"),
    "empty": ("表.xlsx", b"", "选择的文件是空的"),
}


@pytest.mark.parametrize(("name", "content", "problem"), OTHER_FILES.values(), ids=OTHER_FILES)
def test_other_files_are_refused_with_what_to_do(name, content, problem, client, round_):
    page = upload(client, content, name)
    assert page.status_code == 422
    assert problem in text(page)
    assert not WorkbookUpload.objects.exists()


def test_no_file_and_a_large_file_are_refused(client, round_, monkeypatch):
    page = client.post(url("workbook_upload"), {"action": "upload"})
    assert page.status_code == 422
    assert "请选择填好的填报表" in text(page)
    monkeypatch.setattr("progress.parts.workbook_form.LIMITS", Limits(file=10))
    page = upload(client, download(client))
    assert page.status_code == 422
    assert "超过20MB" in text(page)


def test_a_tampered_technical_sheet_is_told(client, round_):
    book = download(client)
    book[TECHNICAL_SHEET]["B3"].value = "那一天"
    page = upload(client, book)
    assert page.status_code == 422
    assert "“技术信息”表已被改动" in text(page)


def test_too_many_rows_are_refused(client, round_):
    book = download(client)
    for number in range(5001):
        book[MAIN].append([f"P{number}-1"])
    page = upload(client, book)
    assert page.status_code == 422
    assert "超过5000行" in text(page)


def rewritten(content, name, change):
    """The same .xlsx with one of its parts changed."""
    stream = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, change(data) if part == name else data)
    return stream.getvalue()


@pytest.mark.parametrize("stated", [b'<dimension ref="A1"/>', b""])
def test_a_wps_file_with_a_wrong_size_is_read_in_full(stated, client, round_, projects):
    book = download(client)
    main = Sheet(book, MAIN)
    main.cell(main.first(projects[0]), "进展情况").value = "用 WPS 填的"

    def change(data):
        begin = data.index(b"<dimension")
        return data[:begin] + stated + data[data.index(b"/>", begin) + 2 :]

    content = rewritten(as_bytes(book), "xl/worksheets/sheet2.xml", change)
    page = upload(client, content)
    assert faults(page) == []
    confirm(client, page)
    assert report_of(projects[0], round_).narrative == "用 WPS 填的"


def test_the_hidden_sheet_says_round_unit_and_versions(client, reporter, round_, projects):
    rows = list(download(client)[TECHNICAL_SHEET].iter_rows(values_only=True))
    assert rows[0][0] == FORMAT
    facts = {row[0]: row[1] for row in rows[1:] if row[0] != "version"}
    assert facts["round"] == "2023-05-10"
    assert facts["unit"] == reporter.unit_id
    assert {row[1]: row[2] for row in rows if row[0] == "version"} == {p.pk: 0 for p in projects}


def test_projects_of_other_units_cannot_be_reached(client, round_, other_reporter):
    theirs = Project.objects.filter(lead_unit=other_reporter.unit).first()
    indicator = theirs.indicators.first()
    book = download(client)
    main = Sheet(book, MAIN)
    main.sheet.cell(main.head + 1, 1).value = f"P{theirs.pk}-{indicator.pk}"
    main.sheet.cell(main.head + 1, main.columns["进展情况"]).value = "不该写到这里"
    page = upload(client, book)
    assert "不在本单位" in faults(page)[0][3]
    confirm(client, page)
    assert not Report.objects.filter(project=theirs, round=round_).exists()
