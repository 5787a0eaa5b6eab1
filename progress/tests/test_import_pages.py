"""The pages of the import: what is sent wrong, two at once, long lists, few queries."""

import re
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from progress.operations.plan_import import read_next, save_row
from progress.tests.test_import import HEAD, ROWS, YEAR, begin, confirmed, with_units
from projects.documents.archives import LIMITS
from projects.documents.reading import read_file
from projects.models import ListItem, PlanImport
from projects.tests.documents import workbook_of

pytestmark = pytest.mark.django_db

CODE = "330327"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LATIN = re.compile(r"[A-Za-z]{4,}")


def page(name, *more):
    return reverse(name, args=[CODE, YEAR, *more])


def upload(client, content, name="清单.xlsx", year=YEAR):
    file = SimpleUploadedFile(name, content, XLSX)
    return client.post(page("import_start"), {"year": year, "file": file, "text": ""})


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def faults(response):
    return soup(response).select_one(".error-summary").get_text(" ", strip=True)


# -- Beginning -------------------------------------------------------------------------


def test_where_a_county_has_no_lists_the_home_page_leads_to_the_import(office, client_for):
    response = client_for(office).get(reverse("home"))
    link = soup(response).select_one("main a.btn-primary")
    assert link.get_text() == "导入清单"
    assert client_for(office).get(link["href"]).status_code == 200


def test_others_are_not_led_there(supervisor, client_for):
    assert "导入清单" not in client_for(supervisor).get(reverse("home")).content.decode()


def test_the_list_leads_to_the_import(office, county, client_for):
    confirmed(office, county, *ROWS)
    html = client_for(office).get(page("items")).content.decode()
    assert page("imports") in html


def test_the_limits_are_told_before(office, client_for):
    assert LIMITS.told in client_for(office).get(page("import_start")).content.decode()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "清单.xls", "另存为"),
        (b"PK\x03\x04broken", "清单.xlsx", "不完整"),
        (b"%PDF-1.7", "清单.pdf", "清单.pdf"),
        ("今天天气很好。".encode(), "a.txt", "没有找到清单"),
    ],
)
def test_what_cannot_be_read_is_refused_in_chinese(office, client_for, content, name, words):
    response = upload(client_for(office), content, name)
    assert response.status_code == 422
    assert words in faults(response)
    assert not PlanImport.objects.exists()


def test_nothing_and_both_are_refused_and_what_was_pasted_stays(office, client_for):
    client = client_for(office)
    response = client.post(page("import_start"), {"year": YEAR, "text": ""})
    assert response.status_code == 422
    assert "请选择清单文件" in faults(response)
    file = SimpleUploadedFile("清单.xlsx", b"PK", XLSX)
    response = client.post(page("import_start"), {"year": YEAR, "text": "一段文字", "file": file})
    assert response.status_code == 422
    assert "一段文字" in soup(response).find("textarea").get_text()


def test_a_year_that_cannot_be_is_refused(office, client_for):
    response = upload(client_for(office), workbook_of(HEAD, *ROWS).getvalue(), year="1899")
    assert response.status_code == 422
    assert "年度应是" in faults(response)
    address = reverse("import_start", args=[CODE, 1899])
    assert client_for(office).get(address).status_code == 404


def test_pasted_text_is_read_as_a_file_is(office, client_for):
    text = "\n".join("\t".join(map(str, row)) for row in (HEAD, *ROWS))
    response = client_for(office).post(page("import_start"), {"year": YEAR, "text": text})
    plan = PlanImport.objects.get()
    assert response.url == page("import_columns", plan.pk)
    assert plan.lists[0]["items"] == 2


@pytest.mark.parametrize("level", ["province", "city", "county"])
def test_a_filled_template_imports_without_a_question(office, client_for, level):
    response = client_for(office).get(page("import_template", level))
    book = load_workbook(BytesIO(response.content))
    sheet = book.worksheets[0]
    head = next(r for r in sheet.iter_rows() if any(c.value == "项目内容" for c in r))
    told = {"序号": 1, "项目内容": ROWS[0][1], "工作进度安排": ROWS[0][2], "牵头单位": "县民政局"}
    for cell in head:
        sheet.cell(head[0].row + 1, cell.column).value = told.get(cell.value)
    stream = BytesIO()
    book.save(stream)
    (found,) = read_file(BytesIO(stream.getvalue()), "a.xlsx").lists
    assert found.questions == ()
    response = upload(client_for(office), stream.getvalue())
    plan = PlanImport.objects.get()
    assert response.url == page("import_columns", plan.pk)
    assert [one["level"] for one in plan.lists] == [level]


def test_there_is_no_template_of_another_level(office, client_for):
    assert client_for(office).get(page("import_template", "town")).status_code == 404


# -- Columns ---------------------------------------------------------------------------


@pytest.fixture
def started(office, client_for):
    content = workbook_of(("县政府民生实事",), HEAD, *ROWS).getvalue()
    upload(client_for(office), content)
    return PlanImport.objects.get()


def columns(plan, **changed):
    roles = ("number", "title", "schedule", "lead_unit")
    sent = {f"role-0-{place}": role for place, role in enumerate(roles)}
    sent |= {"level-0": "county", "title-0": "清单", "version": plan.version, "as_of": ""}
    return sent | changed


def test_columns_are_guessed_and_can_be_put_right(office, client_for, started):
    client = client_for(office)
    shown = soup(client.get(page("import_columns", started.pk)))
    chosen = [o["value"] for o in shown.select("select[name^=role] option[selected]")]
    assert chosen == ["number", "title", "schedule", "lead_unit"]
    sent = columns(started, **{"role-0-2": ""})
    assert client.post(page("import_columns", started.pk), sent).status_code == 302
    assert started.rows.first().source["schedule"] == ""


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"level-0": ""}, "请至少为一张表选择层级"),
        ({"role-0-1": ""}, "没有指明哪一列是“项目内容”"),
        ({"role-0-2": "title"}, "有两列都是“项目内容”"),
        ({"as_of": "2024-04-10"}, "截至日期不在2025年度内"),
        ({"as_of": "四月"}, "截至日期应是一个日期"),
    ],
)
def test_columns_that_make_no_list_are_refused(office, client_for, started, changed, words):
    response = client_for(office).post(
        page("import_columns", started.pk), columns(started, **changed)
    )
    assert response.status_code == 422
    assert words in faults(response)
    assert not started.rows.exists()


def test_columns_chosen_on_an_older_state_are_refused(office, client_for, started):
    client = client_for(office)
    client.post(page("import_columns", started.pk), columns(started))
    response = client.post(page("import_columns", started.pk), columns(started))
    assert response.status_code == 409
    assert "已被他人修改" in faults(response)


# -- Rows ------------------------------------------------------------------------------


@pytest.fixture
def plan(office, county):
    return begin(office, county, *ROWS)


def form_of(response, selector="form.import-read"):
    """What a browser would send of the form as it was shown."""
    form = soup(response).select_one(selector)
    sent = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.name == "select":
            option = field.select_one("option[selected]") or field.select_one("option")
            sent[field["name"]] = option["value"] if option else ""
        elif field.name == "textarea":
            sent[field["name"]] = field.get_text().removeprefix("\n")
        elif field.get("type") != "checkbox" or field.has_attr("checked"):
            sent[field["name"]] = field.get("value", "")
    return sent


def test_a_row_saved_as_it_was_shown_stays_as_it_was_read(office, client_for, plan):
    client = client_for(office)
    for row in plan.rows.all():
        address = page("import_row", plan.pk, row.pk)
        sent = form_of(client.get(f"{address}?edit=1"))
        assert client.post(address, sent).status_code == 302
        before = row.row
        row.refresh_from_db()
        for name in ("indicators", "sites", "lead_unit", "category", "number"):
            assert row.row[name] == before[name], name
        assert [{k: v for k, v in m.items() if k != "met_why"} for m in row.row["milestones"]] == [
            {k: v for k, v in m.items() if k != "met_why"} for m in before["milestones"]
        ]
        assert row.edited


def test_a_target_that_goes_takes_its_stages_to_the_whole(office, client_for, county):
    row = (1, "新增床位100张，建设公园3个。", "床位6月底前完成50%；11月底前完成100%。", "县民政局")
    plan = begin(office, county, row)
    client = client_for(office)
    found = plan.rows.get()
    address = page("import_row", plan.pk, found.pk)
    sent = form_of(client.get(f"{address}?edit=1"))
    sent[f"row{found.pk}-targets-0-DELETE"] = "on"
    client.post(address, sent)
    found.refresh_from_db()
    assert [i["target"] for i in found.row["indicators"]] == [3]
    assert all(m["indicator"] in (None, 0) for m in found.row["milestones"])


def test_a_value_without_percent_gets_it_from_the_target(office, client_for, plan):
    client = client_for(office)
    row = plan.rows.get(number=1)
    address = page("import_row", plan.pk, row.pk)
    sent = form_of(client.get(f"{address}?edit=1"))
    prefix = f"row{row.pk}-stages-0"
    sent |= {f"{prefix}-indicator": "0", f"{prefix}-value": "40", f"{prefix}-percent": ""}
    client.post(address, sent)
    row.refresh_from_db()
    stage = row.row["milestones"][0]
    assert (stage["value"], stage["percent"], stage["basis"]) == (40, 40, "value")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number", "0", "序号应是1至9999的整数"),
        ("lead_unit", "", "请填写“牵头单位”"),
        ("targets-0-target", "很多", "“目标值”应填不小于0的数字"),
        ("targets-0-unit", "", "须有计量单位"),
        ("stages-0-percent", "120", "“百分比”应填0至100的数字"),
        ("stages-0-due", "2024-06-30", "不在2025年度内"),
        ("allocations", "灵溪镇 1.2.3", "应写作：地点 数量"),
    ],
)
def test_a_bad_field_is_told_and_what_was_typed_stays(
    office, client_for, plan, field, value, words
):
    client = client_for(office)
    row = plan.rows.get(number=1)
    address = page("import_row", plan.pk, row.pk)
    sent = form_of(client.get(f"{address}?edit=1"))
    sent |= {f"row{row.pk}-{field}": value, f"row{row.pk}-problems": "我写的话"}
    response = client.post(address, sent)
    assert response.status_code == 422
    assert words in faults(response)
    assert not LATIN.search(faults(response))
    assert "我写的话" in response.content.decode()
    row.refresh_from_db()
    assert not row.edited


def test_a_row_that_somebody_else_changed_is_refused_with_what_was_typed(office, client_for, plan):
    client = client_for(office)
    row = plan.rows.get(number=1)
    address = page("import_row", plan.pk, row.pk)
    sent = form_of(client.get(f"{address}?edit=1"))
    save_row(by=office, row=row, data=row.row, version=row.version)
    sent[f"row{row.pk}-targets-0-name"] = "我改的名称"
    response = client.post(address, sent)
    assert response.status_code == 409
    assert "已被他人修改" in faults(response)
    assert "我改的名称" in response.content.decode()


def test_forms_that_were_tampered_with_are_no_server_error(office, client_for, plan):
    client = client_for(office)
    row = plan.rows.get(number=1)
    address = page("import_row", plan.pk, row.pk)
    assert client.post(address, {}).status_code == 422
    sent = form_of(client.get(f"{address}?edit=1"))
    for name, value in ((f"row{row.pk}-stages-0-origin", "999"),
                        (f"row{row.pk}-stages-0-indicator", "77"),
                        (f"row{row.pk}-version", "x"),
                        (f"row{row.pk}-targets-TOTAL_FORMS", "9999999")):  # fmt: skip
        assert client.post(address, sent | {name: value}).status_code in (302, 409, 422)
    for version in ("y", "9" * 5000):
        answer = client.post(address, {"action": "settle", "version": version})
        assert answer.status_code == 409
    assert client.post(address, {"action": "reread"}).status_code == 422


def test_a_row_of_another_import_does_not_exist(office, county, client_for, plan):
    other = begin(office, county, *ROWS)
    address = page("import_row", plan.pk, other.rows.first().pk)
    assert client_for(office).get(address).status_code == 404


def test_doubts_come_first_and_go_when_they_are_settled(office, county, client_for):
    doubtful = (3, "新增床位50张。", "6月底前完成20%。", "县民政局")
    plan = begin(office, county, *ROWS, doubtful)
    client = client_for(office)
    shown = soup(client.get(page("import_preview", plan.pk)))
    assert [h.get_text() for h in shown.select(".import-row h3")] == ["县级第3项"]
    row = plan.rows.get(number=3)
    client.post(page("import_row", plan.pk, row.pk), {"action": "settle", "version": row.version})
    shown = soup(client.get(page("import_preview", plan.pk)))
    assert len(shown.select(".import-row")) == 3  # none is left: all are shown


def test_words_of_the_document_are_escaped(office, county, client_for):
    plan = begin(office, county, (1, "<script>alert(1)</script>新增床位100张。", "", "县<b>局"))
    html = client_for(office).get(f"{page('import_preview', plan.pk)}?show=all").content.decode()
    assert "<script>alert(1)" not in html
    assert "县<b>局" not in html


# -- Confirming ------------------------------------------------------------------------


def test_a_confirmation_of_an_older_state_is_refused(office, client_for, plan):
    plan = with_units(office, plan)
    row = plan.rows.first()
    save_row(by=office, row=row, data=row.row, version=row.version)
    response = client_for(office).post(
        page("import_confirm", plan.pk), {"version": plan.version, "all": 1}
    )
    assert response.status_code == 409
    assert not ListItem.objects.exists()


def test_why_it_cannot_be_confirmed_stands_beside_the_button_too(
    office, county, make_unit, client_for
):
    make_unit("县交通运输局")
    plan = begin(office, county, (3, "修路10公里。", "年内完成。", "县交通局"))
    shown = soup(client_for(office).get(page("import_confirm", plan.pk)))
    actions = shown.select_one(".form-actions")
    assert actions.select_one("button[type=submit]").has_attr("disabled")
    assert "没有确定" in actions.find_previous_sibling("p").get_text()


def test_a_second_import_changes_only_the_ticked_rows(office, county, client_for):
    confirmed(office, county, *ROWS)
    changed = [(n, t.replace("100", "120").replace("3个", "5个"), *r) for n, t, *r in ROWS]
    plan = begin(office, county, *changed)
    client = client_for(office)
    shown = soup(client.get(page("import_confirm", plan.pk)))
    ticks = [box["value"] for box in shown.select("input[name=row][checked]")]
    assert len(ticks) == 2
    sent = {"version": plan.version, "row": ticks[:1], "reason": "规划调整"}
    refused = client.post(page("import_confirm", plan.pk), sent)
    assert refused.status_code == 422
    assert "须写明调整原因和批准文号" in faults(refused)
    assert "重大调整须报县人大常委会" in refused.content.decode()
    shown = soup(refused)
    assert shown.select_one("#id_reason").get_text().strip() == "规划调整"
    assert [b["value"] for b in shown.select("input[name=row][checked]")] == ticks[:1]
    sent["document"] = "苍政发〔2025〕3号"
    assert client.post(page("import_confirm", plan.pk), sent).status_code == 302
    assert [item.title for item in ListItem.objects.all()] == [
        "新增养老床位120张。",
        "建设公园3个。",
    ]


def test_an_import_that_is_over_only_shows_what_it_did(office, county, client_for):
    plan = confirmed(office, county, *ROWS)
    client = client_for(office)
    for name in ("import_columns", "import_preview", "import_confirm", "import_reading"):
        assert client.get(page(name, plan.pk)).url == page("import_done", plan.pk)
    assert "新增2项" in client.get(page("import_done", plan.pk)).content.decode()
    assert client.post(page("import_undo", plan.pk)).status_code == 302
    response = client.post(page("import_undo", plan.pk))
    assert response.status_code == 409
    assert "不能撤销" in faults(response)


# -- Large lists -----------------------------------------------------------------------


def many(office, county, how_many):
    rows = [
        (n, f"建设第{n}号公园{n}个。", f"6月底前完成50%；11月底前完成{n}个。", f"县第{n % 30}局")
        for n in range(1, how_many + 1)
    ]
    plan = begin(office, county, *rows)
    while plan.state == "reading":
        plan = read_next(plan=plan)
    return plan


@pytest.mark.parametrize("name", ["import_preview", "import_confirm"])
def test_the_queries_do_not_grow_with_the_list(
    office, county, client_for, name, django_assert_max_num_queries
):
    client = client_for(office)
    plans = [many(office, county, 5), many(office, county, 120)]
    client.get(page(name, plans[0].pk))
    for plan in plans:
        with django_assert_max_num_queries(24) as asked:
            response = client.get(f"{page(name, plan.pk)}?show=all")
        assert response.status_code == 200
        plan.asked = len(asked)
    assert plans[1].asked <= plans[0].asked + 1


def test_a_long_list_comes_in_pages(office, county, client_for):
    plan = many(office, county, 120)
    shown = soup(client_for(office).get(f"{page('import_preview', plan.pk)}?show=all&page=3"))
    assert len(shown.select(".import-row")) == 20
    assert "第3页，共3页" in shown.select_one(".pager").get_text()


def test_the_progress_of_a_long_reading_is_shown(office, county, client_for):
    plan = many(office, county, 10)
    plan.rows.filter(order__gte=4).update(row=None)
    PlanImport.objects.filter(pk=plan.pk).update(state="reading")
    client = client_for(office)
    response = client.get(page("import_preview", plan.pk))
    assert response.url == page("import_reading", plan.pk)
    assert "已读取4项，共10项" in client.get(response.url).content.decode()
    assert client.post(response.url).url == page("import_page", plan.pk)
    assert client.get(page("import_page", plan.pk)).url == page("import_preview", plan.pk)


def test_columns_may_be_chosen_again_later(office, county, client_for, plan):
    response = client_for(office).get(page("import_columns", plan.pk))
    assert response.status_code == 200
    assert "重新读取会从原文件再读一遍" in response.content.decode()
