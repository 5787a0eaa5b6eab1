"""版式 pages: making layouts, two people at once, templates, lists printed in them."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from livelihood.organisation.models import LogEntry, Region
from progress.documents.layout_template import sample_template
from progress.models import Bulletin, Round
from progress.models import Layout as LayoutRow
from progress.operations import layouts as operations
from progress.operations.kept_states import forget_states
from progress.operations.layouts import (
    LayoutChangedError,
    delete_layout,
    layout_by_key,
    layout_choices,
    layout_of,
    save_layout,
    set_template,
)
from progress.parts.layout_form import form_data
from progress.rules.layouts import READY_MADE, LayoutError, chosen, layout_to_dict
from projects.models import ListItem

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
CITY = READY_MADE["standard_city"].layout
SAMPLE = "示例模板.xlsx"


@pytest.fixture
def client(corpus, office, client_for):
    return client_for(office)


@pytest.fixture
def row(corpus, office, county):
    """A layout of the county, made by the office."""
    return save_layout(by=office, county=county, layout=replace(CITY, name="附表二"))


def url(name, *arguments):
    return reverse(name, args=[*CANGNAN, *arguments])


def sent(row=None, **changes):
    """What the form of a layout sends; ``None`` leaves a field out."""
    kept = layout_to_dict(CITY) if row is None else {**row.spec, "name": row.name}
    data = form_data(kept) | {"edits": str(row.edits if row else 0), "do": "save"} | changes
    return {name: value for name, value in data.items() if value is not None}


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def text_of(response):
    return " ".join(page_of(response).get_text(" ").split())


def faults(response):
    return [li.get_text() for li in page_of(response).select(".error-summary li, .error-summary p")]


def sheet_of(response):
    assert response.status_code == 200
    return load_workbook(BytesIO(response.content)).worksheets[0]


def upload(content, name=SAMPLE):
    return SimpleUploadedFile(name, content)


# -- Making one ----------------------------------------------------------------------------


def test_the_office_makes_a_layout_from_a_ready_made_one(client, county):
    page = page_of(client.get(url("layout_add") + "?from=former"))
    assert page.select_one("[name=name]")["value"] == "上期对照表（副本）"
    assert page.select_one("[name=place-former]")["value"] == "4"
    assert page.select_one("[name=place-actual]")["value"] == ""
    response = client.post(url("layout_add"), sent(name="附表", title="{年度}年附表"))
    made = LayoutRow.objects.get()
    assert response.url == url("layout", made.pk)
    assert layout_of(made) == replace(CITY, name="附表", title="{年度}年附表")
    assert (made.county, made.edits) == (county, 1)
    entry = LogEntry.objects.get_for_object(made).get()
    assert entry.summary == "新建版式“附表”"
    assert (
        entry.changes["列"][1] == "项目名称、序号、项目内容、工作进度安排、目前实施情况、牵头单位"
    )


def test_a_new_layout_begins_with_a_level_of_which_the_county_has_a_list(client, foreign_office):
    level = page_of(client.get(url("layout_add"))).select_one("[name=level] [selected]")
    assert level["value"] == "province"
    client.force_login(foreign_office)
    page = page_of(client.get(reverse("layout_add", args=["330225", 2024])))
    assert page.select_one("[name=level] [selected]")["value"] == "county"
    assert len(page.select("table.sheet-table tbody tr")) > 5


def test_columns_are_printed_in_the_order_of_their_numbers(client, row):
    data = sent(row)
    data |= {"place-title": "1", "place-category_numbered": "5", "place-actual": "9"}
    data |= {"place-schedule": "", "heading-actual": "完成率", "width-actual": "14"}
    client.post(url("layout", row.pk), data)
    row.refresh_from_db()
    assert [column.key for column in layout_of(row).columns] == [
        "title",
        "number",
        "category_numbered",
        "narrative",
        "unit_printed",
        "actual",
    ]
    assert layout_of(row).columns[-1] == chosen("actual", "完成率", 14)


def test_saving_raises_the_countys_data_version(client, county, row):
    before = Region.objects.get(pk=county.pk).data_version
    client.post(url("layout", row.pk), sent(row, name="附表三"))
    assert Region.objects.get(pk=county.pk).data_version > before


BAD = [
    ({"name": ""}, "请填写名称。"),
    ({"name": "长" * 41}, "名称不超过40个字。"),
    ({"title": "{年}"}, "是不是“{年度}”"),
    ({"sort": "nonsense"}, "请从所列的“排序”中选择。"),
    ({"decimals": "9"}, "请从所列的“小数位数”中选择。"),
    ({"unit": "绝无此局"}, "请从所列的“牵头单位”中选择。"),
    ({"leader": "绝无\x00此人"}, "请从所列的“分管领导”中选择。"),
    ({"place-title": "甲"}, "“项目内容”的顺序应填整数"),
    ({"place-title": "-1"}, "“项目内容”的顺序应填整数"),
    ({"width-title": "宽"}, "“项目内容”的列宽应为整数。"),
    ({"width-title": "999"}, "“项目内容”的列宽应在4至120之间"),
    ({"heading-title": ""}, "“项目内容”没有列名。"),
    ({"place-category_numbered": ""}, "合并单元格，须选"),
    ({"place-place": "9"}, "列只在“每个镇乡（街道）一行”的版式中可用"),
]


@pytest.mark.parametrize(("changes", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_input_gets_a_sentence_and_is_kept(changes, words, client, row):
    response = client.post(url("layout", row.pk), sent(row, **changes))
    assert response.status_code == 422
    assert any(words in said for said in faults(response)), faults(response)
    page = page_of(response)
    assert page.title.get_text().startswith("有误")
    for name, value in changes.items():
        field = page.select_one(f"input[name={name}]")
        assert field is None or field.get("value", "") == value
    row.refresh_from_db()
    assert layout_of(row) == replace(CITY, name="附表二")


def test_characters_that_no_database_holds_are_dropped(client, row):
    changes = {"name": "附\x00表", "heading-title": "内\x08容", "title": "标\x00题"}
    assert client.post(url("layout", row.pk), sent(row, **changes)).status_code in (302, 422)
    client.post(url("layout", row.pk), sent(row, **{"heading-title": "内\x08\x00容"}))
    row.refresh_from_db()
    assert layout_of(row).columns[2].heading == "内容"


def test_a_layout_of_a_unit_that_leads_nothing_any_more_can_be_saved(client, row):
    row.spec["unit"] = "县撤并局"
    row.save()
    assert client.post(url("layout", row.pk), sent(row)).status_code == 302
    row.refresh_from_db()
    assert layout_of(row).unit == "县撤并局"


def test_a_form_without_columns_says_so(client, row):
    data = {name: value for name, value in sent(row).items() if not name.startswith("place-")}
    response = client.post(url("layout", row.pk), data)
    assert response.status_code == 422
    assert any("请至少选一列。" in said for said in faults(response))


def test_names_are_unique_within_a_county_only(client, row, foreign_office, office, county):
    response = client.post(url("layout_add"), sent(name="附表二"))
    assert response.status_code == 422
    assert faults(response) == ["已有同名的版式。"]
    other = foreign_office.unit.region
    assert save_layout(by=foreign_office, county=other, layout=replace(CITY, name="附表二"))


def test_a_county_has_only_so_many_layouts(row, office, county, monkeypatch):
    monkeypatch.setattr(operations, "MOST_LAYOUTS", 1)
    with pytest.raises(ValidationError, match="最多1个版式"):
        save_layout(by=office, county=county, layout=CITY)
    assert save_layout(by=office, county=county, layout=CITY, row=row, edits=1).name == CITY.name


# -- Two people ----------------------------------------------------------------------------


def test_who_saves_second_is_told_and_may_save_again(client, row, office, county):
    data = sent(row, name="我的名称")
    save_layout(by=office, county=county, layout=replace(CITY, name="他人"), row=row, edits=1)
    response = client.post(url("layout", row.pk), data)
    assert response.status_code == 409
    assert "已由林晓明修改" in faults(response)[0]
    page = page_of(response)
    assert page.select_one("[name=name]")["value"] == "我的名称"
    row.refresh_from_db()
    assert row.name == "他人"
    again = client.post(
        url("layout", row.pk), data | {"edits": page.select_one("[name=edits]")["value"]}
    )
    assert again.status_code == 302
    row.refresh_from_db()
    assert row.name == "我的名称"


@pytest.mark.parametrize("edits", ["", "abc", "-1", "9" * 30])
def test_a_form_that_does_not_say_what_was_open_saves_nothing(edits, client, row):
    assert client.post(url("layout", row.pk), sent(row, edits=edits)).status_code == 409


def test_a_layout_that_was_changed_is_not_deleted(client, row, office, county):
    save_layout(by=office, county=county, layout=CITY, row=row, edits=1)
    response = client.post(url("layout_delete", row.pk), {"edits": "1"})
    assert response.status_code == 409
    assert "请看过后再删除" in faults(response)[0]
    assert LayoutRow.objects.filter(pk=row.pk).exists()


def test_a_deleted_layout_is_gone_and_the_trail_says_so(client, row, office, county):
    set_template(by=office, row=row, edits=1, content=sample_template(), name=SAMPLE)
    assert "Excel 模板一并删除" in text_of(client.get(url("layout_delete", row.pk)))
    response = client.post(url("layout_delete", row.pk), {"edits": "2"})
    assert response.url == url("layouts")
    assert not LayoutRow.objects.exists()
    assert LogEntry.objects.filter(object_id=row.pk, summary="删除版式“附表二”").exists()
    with pytest.raises(LayoutChangedError, match="已被删除"):
        save_layout(by=office, county=county, layout=CITY, row=row, edits=2)


# -- Who may -------------------------------------------------------------------------------


def test_only_the_office_writes(row, supervisor, reporter, county):
    for person in (supervisor, reporter):
        with pytest.raises(PermissionDenied):
            save_layout(by=person, county=county, layout=CITY)
        with pytest.raises(PermissionDenied):
            delete_layout(by=person, row=row, edits=1)
        with pytest.raises(PermissionDenied):
            set_template(by=person, row=row, edits=1, content=b"", name=SAMPLE)


def test_a_supervisor_looks_at_layouts_and_takes_the_files(row, supervisor, client_for):
    client = client_for(supervisor)
    page = page_of(client.get(url("layouts")))
    assert not page.select("a[href*='layouts/new']")
    assert not page.select("a[href*=delete]")
    one = page_of(client.get(url("layout", row.pk)))
    assert not one.select("main form")
    assert "“优托护苗”工程" in one.select_one("#preview").get_text()
    assert not page_of(client.get(url("layout_template", row.pk))).select("main form")


def test_another_countys_layouts_do_not_exist(client, row, foreign_office):
    other = save_layout(
        by=foreign_office, county=foreign_office.unit.region, layout=replace(CITY, name="外县")
    )
    for name in ("layout", "layout_delete", "layout_template"):
        assert client.get(url(name, other.pk)).status_code == 404
    assert client.get(url("layout_excel", other.pk)).status_code == 404
    assert client.get(url("layout_add") + f"?from={other.pk}").status_code == 404
    assert "外县" not in text_of(client.get(url("layouts")))
    assert layout_by_key(row.county, str(other.pk)) is None


# -- What is shown -------------------------------------------------------------------------


def test_all_layouts_stand_on_the_page_with_their_files(client, row):
    page = page_of(client.get(url("layouts")))
    text = page.get_text(" ")
    assert "附表二" in text
    for made in READY_MADE.values():
        assert made.layout.name in text
    assert "4月工作计划" in text, "headings are shown as they will be printed"
    links = [link["href"] for link in page.select("a[download]")]
    assert len(links) == len(READY_MADE) + 1
    for link in links:
        assert sheet_of(client.get(link)).max_row > 2, link
    assert layout_choices(row.county)[0] == (str(row.pk), "附表二")
    assert len(layout_choices(row.county)) == len(READY_MADE) + 1


def test_the_list_of_items_leads_to_the_layouts(client, reporter, client_for):
    link = f'href="{url("layouts")}"'
    assert link in client.get(url("items")).content.decode()
    assert link not in client_for(reporter).get(url("items")).content.decode()


def test_a_preview_shows_what_would_be_printed_and_writes_nothing(client, row):
    data = sent(row, title="预览的标题", do="preview", **{"heading-title": "做什么"})
    page = page_of(client.post(url("layout", row.pk), data))
    preview = page.select_one("#preview")
    assert "预览的标题" in preview.get_text()
    assert [head.get_text() for head in preview.select("thead th")][2] == "做什么"
    assert preview.select_one("tbody td")["rowspan"] == "5"
    assert "另有42行" in preview.get_text()
    part = client.post(url("layout", row.pk) + "?preview=1", data)
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    wrong = client.post(url("layout", row.pk) + "?preview=1", data | {"title": "{年}"})
    assert "是不是“{年度}”" in wrong.content.decode()
    row.refresh_from_db()
    assert (row.edits, layout_of(row).title) == (1, CITY.title)


def test_a_kept_layout_that_no_longer_fits_is_shown_with_what_is_wrong(client, row):
    row.spec["columns"][0]["width"] = 999
    row.save()
    with pytest.raises(LayoutError):
        layout_of(row)
    assert "不能使用" in text_of(client.get(url("layouts")))
    assert "列宽应在4至120之间" in text_of(client.get(url("layout", row.pk)))
    response = client.get(url("layout_excel", row.pk))
    assert response.status_code == 422
    assert "列宽应在4至120之间" in faults(response)[0]


# -- Files ---------------------------------------------------------------------------------


def words_of(sheet):
    return [
        str(cell.value) for line in sheet.iter_rows() for cell in line if cell.value is not None
    ]


def test_a_list_is_downloaded_in_a_ready_made_layout(client):
    response = client.get(url("layout_excel", "standard_city") + "?as_of=2023-04-10")
    sheet = sheet_of(response)
    assert "“优托护苗”工程" in "".join(words_of(sheet))
    assert "attachment" in response.headers["Content-Disposition"]
    assert any(m.min_col == m.max_col == 1 for m in sheet.merged_cells.ranges)


def test_a_layout_of_all_lists_is_downloaded_of_one(client):
    name = url("layout_excel", "unfinished")
    all_lists, one, wrong = (
        words_of(sheet_of(client.get(f"{name}{query}")))
        for query in ("", "?level=county", "?level=galaxy")
    )
    assert "市政府民生实事" in all_lists
    assert "市政府民生实事" not in one
    assert wrong == all_lists
    fixed = words_of(sheet_of(client.get(url("layout_excel", "standard_city") + "?level=county")))
    assert "一、“优托护苗”工程" in fixed, "a layout made for one list stays with it"


@pytest.mark.parametrize("key", ["nirgends", "999999", "9" * 18])
def test_a_layout_that_does_not_exist_is_not_found(key, client):
    assert client.get(url("layout_excel", key)).status_code == 404
    assert client.get(url("layout_add") + f"?from={key}").status_code == 404


def test_a_county_prints_in_its_own_file(client, row):
    page = url("layout_template", row.pk)
    data = {"edits": "1", "file": upload(sample_template())}
    assert client.post(page, data, follow=True).status_code == 200
    row.refresh_from_db()
    assert row.edits == 2
    said = client.get(page)
    assert "已上传" in text_of(said)
    sheet = sheet_of(client.get(url("layout_excel", row.pk)))
    assert sheet["A1"].value == "2023年市政府民生实事项目实施计划（截至4月10日）"
    assert sheet["A2"].value == "苍南县　截至2023年4月10日　共54项"
    assert [cell.value for cell in sheet[4]][:2] == [1, "新增0-3岁婴幼儿照护托位400个。"]
    assert sheet["E4"].value == 30.0
    assert sheet.cell(57, 1).value == 54
    kept = client.get(f"{page}?file=1")
    assert kept.content == sample_template()
    client.post(page, {"edits": "2", "do": "remove"})
    row.refresh_from_db()
    assert not row.template
    assert client.get(f"{page}?file=1").status_code == 404


def test_the_number_of_the_issue_is_filled_in_once_there_is_one(client, row, office, county):
    book = Workbook()
    book.active["A1"], book.active["A2"] = "{{期号}}", "{{清单.序号}}"
    stream = BytesIO()
    book.save(stream)
    set_template(by=office, row=row, edits=1, content=stream.getvalue(), name="甲.xlsx")
    april = Round.objects.get(county=county, as_of=date(2023, 4, 10))
    issue = Bulletin.objects.create(county=county, year=2023, round=april, title="通报")
    assert not sheet_of(client.get(url("layout_excel", row.pk)))["A1"].value
    issue.number, issue.version, issue.state = 3, 1, Bulletin.State.ISSUED
    issue.issued_on, issue.issue_year = date(2023, 4, 12), 2023
    issue.save()
    assert sheet_of(client.get(url("layout_excel", row.pk)))["A1"].value == "第3期"


def test_a_formula_that_no_row_can_follow_is_refused_when_it_is_uploaded(client, row):
    book = Workbook()
    book.active["A1"] = "{{清单.序号}}"
    book.active["A2"] = ArrayFormula("A2:A2", "=SUM(A1:A1*2)")
    stream = BytesIO()
    book.save(stream)
    page = url("layout_template", row.pk)
    response = client.post(page, {"edits": "1", "file": upload(stream.getvalue(), "甲.xlsx")})
    assert response.status_code == 422
    assert "不支持数组公式" in faults(response)[0]


def test_a_template_with_faults_is_refused_with_all_of_them(client, row):
    book = Workbook()
    book.active["A1"], book.active["B3"] = "{{标提}}", "{{清单.项目内荣}}"
    stream = BytesIO()
    book.save(stream)
    page = url("layout_template", row.pk)
    response = client.post(page, {"edits": "1", "file": upload(stream.getvalue(), "甲.xlsx")})
    assert response.status_code == 422
    assert len(faults(response)) == 2
    assert "是不是“{{标题}}”" in faults(response)[0]
    assert "第3行B列" in faults(response)[1]
    row.refresh_from_db()
    assert not row.template


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (None, "请选择模板文件。"),
        (upload(b"", "a.xlsx"), "选择的文件是空的"),
        (upload(b"hello", "a.xlsx"), "不是 Excel 工作簿"),
        (upload(b"PK" + b"0" * 3_000_000, "a.xlsx"), "超过2MB"),
    ],
)
def test_what_is_no_template_is_refused(file, words, client, row):
    data = {"edits": "1"} | ({"file": file} if file else {})
    response = client.post(url("layout_template", row.pk), data)
    assert response.status_code == 422
    assert any(words in said for said in faults(response)), faults(response)


def test_two_people_do_not_overwrite_each_others_template(client, row, office):
    set_template(by=office, row=row, edits=1, content=sample_template(), name=SAMPLE)
    page = url("layout_template", row.pk)
    for data in ({"do": "remove"}, {"file": upload(sample_template())}):
        response = client.post(page, {"edits": "1"} | data)
        assert response.status_code == 409
        assert "已由林晓明修改" in faults(response)[0]


def test_a_template_that_went_missing_is_said_and_no_fault_of_the_server(client, row, office):
    row = set_template(by=office, row=row, edits=1, content=sample_template(), name=SAMPLE)
    row.template.storage.delete(row.template.name)
    response = client.get(url("layout_excel", row.pk))
    assert response.status_code == 422
    assert "找不到" in faults(response)[0]
    assert client.get(url("layout_template", row.pk) + "?file=1").status_code == 404


def test_the_sample_can_be_uploaded_as_it_is(client, row):
    sample = client.get(url("layout_sample")).content
    response = client.post(url("layout_template", row.pk), {"edits": "1", "file": upload(sample)})
    assert response.status_code == 302


# -- What it costs -------------------------------------------------------------------------

# Session, person, the county's version, unread notices; county, lists and rounds of the place,
# the chooser of counties, the own layouts. The file reads all of the county instead, the lists'
# titles, and what was reported of causes.
QUERIES = {"layouts": 9, "layout_excel": 18}


@pytest.mark.parametrize("name", QUERIES)
def test_a_page_costs_as_many_queries_for_few_items_and_layouts_as_for_many(
    name, client, office, county
):
    for number in range(10):
        save_layout(by=office, county=county, layout=replace(CITY, name=f"附表{number}"))
    address = url(name, "behind") if name == "layout_excel" else url(name)
    client.get(address)
    many = queries_of(client, address)
    LayoutRow.objects.filter(name__gt="附表0").delete()
    ListItem.objects.filter(number__gt=12).delete()
    assert queries_of(client, address) == many == QUERIES[name]


def queries_of(client, address):
    forget_states()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
