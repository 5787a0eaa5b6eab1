"""The audit trail: what stands in it, who reads it, as a page and as Excel."""

import ast
import re
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from livelihood.organisation import views
from livelihood.organisation.access import Role
from livelihood.organisation.models import LogEntry, Region, User, region_of
from livelihood.organisation.operations.audit import record, record_export
from livelihood.organisation.operations.people import EDITABLE, reset_password, version_of
from livelihood.organisation.tables import changes_in_words, field_label
from livelihood.testing import PASSWORD, written

Action = LogEntry.Action
CHINESE = re.compile("[一-鿿]")


def page_of(client, **query):
    return BeautifulSoup(client.get(reverse("audit", query=query)).content, "html.parser")


def shown(client, **query):
    """What the column of summaries and changes says, row by row."""
    cells = page_of(client, **query).select("td[data-label=说明与改动]")
    return [" ".join(cell.text.split()) for cell in cells]


def sheet_of(response):
    """The rows below the notes of an exported trail."""
    rows = list(load_workbook(BytesIO(response.content)).active.values)
    head = next(number for number, row in enumerate(rows) if row[0] == "时间")
    return rows[:head], rows[head + 1 :]


# -- What a row says ---------------------------------------------------------------------


def test_a_row_says_when_who_in_which_role_from_where_what_and_old_and_new(
    client_for, administrator, office, make_unit
):
    client = client_for(administrator)
    values = {field: getattr(office, field) or "" for field in EDITABLE}
    values |= {"unit": make_unit("县教育局").pk, "role": "lead_unit", "phone": "0577-1"}
    values["version"] = version_of(office)
    client.post(reverse("person", args=[office.pk]), values, REMOTE_ADDR="10.1.2.3")
    row = page_of(client).select_one("tbody tr")
    cells = [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
    assert cells[0].startswith(f"{timezone.localdate().year}年")
    assert cells[1:5] == [
        "周文斌 administrator 系统管理员",
        "10.1.2.3",
        "修改",
        "人员 林晓明",
    ]
    assert "办公电话： （空） → 0577-1" in cells[5]
    assert "角色： 县府办 → 牵头单位" in cells[5]
    assert "单位： 县府办 → 县教育局" in cells[5]
    assert row.select_one("a")["href"] == reverse("person", args=[office.pk])


def test_the_name_and_role_of_the_day_stay_when_the_person_changes(
    client_for, administrator, office, county
):
    record(by=office, subject=county, summary="载入清单。")
    User.objects.filter(pk=office.pk).update(name="林大明", role=Role.SUPERVISOR)
    cell = page_of(client_for(administrator)).select_one("td[data-label=人员]")
    assert cell.get_text(" ").split() == ["林晓明", "office", "县府办"]


def test_the_command_line_is_named_as_such(client_for, administrator, county):
    record(by=None, subject=county, summary="载入清单。")
    row = page_of(client_for(administrator)).select_one("tbody tr")
    assert row.select_one("[data-label=人员]").text.strip() == "系统（命令行）"
    assert row.select_one("[data-label=来自]").text == "—"


def test_values_are_kept_as_they_are_read(office, county):
    changes = {
        "累计完成数": (Decimal("1.0000"), Decimal("30.0")),
        "计划赶上日期": (None, date(2024, 5, 1)),
        "申报完成": (False, True),
        "进展情况": ("", "已开工。"),
    }
    row = record(by=office, subject=county, summary="填报。", changes=changes)
    assert list(map(str, changes_in_words(row))) == [
        "累计完成数：1 → 30",
        "计划赶上日期：（空） → 2024年5月1日",
        "申报完成：否 → 是",
        "进展情况：（空） → 已开工。",
    ]


def test_what_the_library_notes_by_itself_is_told_in_chinese_and_placed(
    client_for, supervisor, county, make_unit
):
    unit = make_unit("县水利局")
    row = LogEntry.objects.get_for_object(unit).get()
    assert (row.summary, row.region) == ("新增单位“县水利局”。", county)
    assert any("地区：苍南县" in line for line in shown(client_for(supervisor), q="县水利局"))
    words = page_of(client_for(supervisor)).select_one("table.trail").text
    words = re.sub(r"supervisor|administrator|office|\d+(\.\d+){3}", "", words)
    assert not re.search("[A-Za-z]", words)


def test_every_field_of_which_the_trail_speaks_has_a_chinese_name():
    """Field names in calls of ``record`` are Chinese, or fields with a Chinese name."""
    names = set()
    for folder in ("livelihood", "projects", "progress"):
        for path in (settings.BASE_DIR / folder).rglob("operations/*.py"):
            for call in ast.walk(ast.parse(path.read_text())):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "record":
                    given = {word.arg: word.value for word in call.keywords}.get("changes")
                    if isinstance(given, ast.Dict):
                        names |= {k.value for k in given.keys if isinstance(k, ast.Constant)}
    assert "is_active" in names  # the walk finds them
    labels = {name: field_label(User, name) for name in names | set(EDITABLE)}
    assert not {name: label for name, label in labels.items() if not CHINESE.search(label)}


def test_every_field_of_a_registered_model_has_a_chinese_name():
    models = [
        m
        for label in ("organisation", "projects", "progress")
        for m in apps.get_app_config(label).get_models()
        if m is not LogEntry
    ]
    unnamed = [
        f"{model.__name__}.{field.name}"
        for model in models
        for field in model._meta.concrete_fields
        if not field.primary_key
        and field.editable
        and not CHINESE.search(str(field.verbose_name))
        and field.verbose_name != "★"
    ]
    assert not unnamed
    assert all(CHINESE.search(str(model._meta.verbose_name)) for model in models)


# -- From where --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxy", "header", "noted"),
    [
        (False, "1.2.3.4", "127.0.0.1"),
        (True, "1.2.3.4", "1.2.3.4"),
        (True, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (True, "nonsense", "127.0.0.1"),
        (True, "::ffff:1.2.3.4", "1.2.3.4"),
        (True, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_address_is_believed_from_the_own_proxy_alone(
    client, office, settings, proxy, header, noted
):
    settings.BEHIND_PROXY = proxy
    with written() as rows:
        client.post(
            reverse("login"),
            {"username": "office", "password": PASSWORD},
            headers={"x-forwarded-for": header, "x-correlation-id": "x" * 1000},
        )
    assert [(row.action, row.remote_addr) for row in rows] == [(Action.LOGIN, noted)]


# -- Who reads what ----------------------------------------------------------------------


def test_everybody_reads_their_own_region_and_administrators_what_has_none(
    client_for, supervisor, administrator, foreign_office, office, county
):
    foreign = foreign_office.unit.region
    record(by=None, subject=county, summary="苍南的事。")
    record(by=None, subject=foreign, summary="象山的事。")
    Client().post(reverse("login"), {"username": "nobody", "password": "x"})
    everything = User.objects.create_superuser("root", name="超级用户", password=PASSWORD)
    everything.must_change_password = False
    everything.save()
    lines = {u: "".join(shown(client_for(u))) for u in (supervisor, administrator, everything)}
    assert all("苍南的事" in text for text in lines.values())
    assert ["象山的事" in lines[u] for u in lines] == [False, False, True]
    assert ["没有“nobody”" in lines[u] for u in lines] == [False, True, True]


def test_a_supervisor_gets_no_links_that_would_be_refused(client_for, supervisor, office):
    record(by=office, subject=office, summary="改了自己。")
    assert not page_of(client_for(supervisor)).select("tbody a")


def test_things_of_every_kind_find_their_region(county, office, make_unit):
    assert [region_of(thing) for thing in (county, office, office.unit)] == [county.pk] * 3
    assert region_of(User(username="nobody")) is None


# -- Finding -----------------------------------------------------------------------------


@pytest.fixture
def trail(county, office, supervisor):
    """Three rows of three days, people, deeds and kinds."""
    with written() as rows:
        record(by=office, subject=county, summary="甲事。")
        record(by=supervisor, subject=office, summary="乙事。", action=Action.CREATE)
        record_export(by=office, region=county, summary="丙事。")
    for age, row in enumerate(rows):
        # The seal refuses to change a row: the same rows are written anew with other days.
        row.pk, row.timestamp = None, timezone.now() - timedelta(days=400 + age)
    LogEntry.objects.bulk_create(rows)
    return rows


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"who": "office"}, ["丙", "甲", "甲", "丙"]),
        ({"who": "陈建"}, ["乙", "乙"]),
        ({"action": "20"}, ["丙", "丙"]),
        ({"q": "乙事"}, ["乙", "乙"]),
        ({"q": "林晓明", "who": "陈"}, ["乙", "乙"]),
        ({"end": (timezone.localdate() - timedelta(days=401)).isoformat()}, ["乙", "丙"]),
        ({"start": timezone.localdate().isoformat(), "who": "office"}, ["丙", "甲"]),
    ],
)
def test_the_trail_is_narrowed_by_what_stands_in_the_address(
    client_for, administrator, trail, query, found
):
    client = client_for(administrator)
    lines = [line[0] for line in shown(client, **query) if line[1:3] == "事。"]
    assert lines == found
    _notes, rows = sheet_of(client.get(reverse("audit_excel", query=query)))
    assert [row[8][0] for row in rows if row[8][1:] == "事。"] == found


def test_by_kind_of_thing(client_for, administrator, trail):
    kind = ContentType.objects.get_for_model(Region)
    client = client_for(administrator)
    assert {line[0] for line in shown(client, kind=kind.pk)} == {"甲", "丙"}
    options = [option.text for option in page_of(client).select("[name=kind] option")]
    assert {"全部", "地区", "人员"} <= set(options)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"start": "2024-13-01"}, "日期"),
        ({"start": "0001-01-01"}, "2000年至2100年"),
        ({"end": "9999-12-31"}, "2000年至2100年"),
        ({"start": "2024-02-01", "end": "2024-01-01"}, "结束日期早于开始日期"),
        ({"action": "99"}, "选"),
        ({"kind": "0"}, "选"),
        ({"q": "字" * 51}, "50"),
        ({"who": "\0"}, "空字符"),
    ],
)
@pytest.mark.parametrize("name", ["audit", "audit_excel"])
def test_what_cannot_be_asked_for_is_told_and_kept(
    client_for, administrator, name, query, sentence
):
    response = client_for(administrator).get(reverse(name, query=query))
    page = BeautifulSoup(response.content, "html.parser")
    assert response.status_code == 422
    assert sentence in page.select_one(".error-summary").text
    assert not re.search("[A-Za-z]", page.select_one(".error-summary").text)
    assert not page.select("table.trail")


def add_rows(office, county, number):
    for count in range(number):
        record(by=office, subject=(county, office)[count % 2], summary=f"第{count}件。")


def test_a_page_has_a_hundred_rows_and_costs_the_same_however_many_there_are(
    client_for, administrator, office, county
):
    client, queries = client_for(administrator), []
    client.get(reverse("audit"))  # the session is noted as seen
    for number in (10, 150):
        add_rows(office, county, number)
        with CaptureQueriesContext(connection) as captured:
            rows = page_of(client).select("table.trail tbody tr")
        queries.append(len(captured))
    assert len(rows) == 100
    assert queries == [8, 8], [query["sql"][:150] for query in captured]
    assert len(page_of(client, page="2").select("table.trail tbody tr")) >= 60


# -- As Excel ----------------------------------------------------------------------------


def test_formulas_in_what_people_typed_stay_text(client_for, administrator, office, county):
    record(by=office, subject=county, summary="=1+1", changes={"=A1": ("@x", "=cmd|'/c calc'!A0")})
    response = client_for(administrator).get(reverse("audit_excel", query={"q": "=1+1"}))
    sheet = load_workbook(BytesIO(response.content)).active
    row = next(row for row in sheet.iter_rows() if row[8].value == "=1+1")
    assert {cell.data_type for cell in row[1:]} <= {"s", "n"}
    assert row[9].value == "=A1：@x → =cmd|'/c calc'!A0"
    assert row[0].is_date


def test_an_export_stands_in_the_trail_with_what_was_asked_for(
    client_for, administrator, office, county
):
    before = Region.objects.get(pk=county.pk).data_version
    client = client_for(administrator)
    with written() as rows:
        response = client.get(reverse("audit_excel", query={"who": "周"}))
    notes, listed = sheet_of(response)
    (row,) = rows
    assert not [line for line in listed if line[8] == row.summary]
    assert (row.action, row.actor, row.region) == (Action.EXPORT, administrator, county)
    assert "条件：姓名或用户名含“周”。" in row.summary
    assert any("条件：姓名或用户名含“周”" in str(note[0]) for note in notes)
    assert Region.objects.get(pk=county.pk).data_version == before


def test_too_many_rows_are_refused_with_the_way_out(
    client_for, administrator, office, county, monkeypatch
):
    monkeypatch.setattr(views, "EXPORT_LIMIT", 3)
    add_rows(office, county, 5)
    with written() as rows:
        response = client_for(administrator).get(reverse("audit_excel", query={"q": "件。"}))
    page = BeautifulSoup(response.content, "html.parser")
    assert response.status_code == 422
    assert "有5条，一次最多导出3条，请缩短起止日期" in page.select_one(".error-summary").text
    assert not rows


# -- Logging in and out, and what is refused ---------------------------------------------


def log_in(username, password):
    return Client().post(reverse("login"), {"username": username, "password": password})


def told(rows):
    return [(row.get_action_display(), row.by_login, row.summary) for row in rows]


def test_logins_and_logouts_are_noted(client, office):
    with written() as rows:
        client.post(reverse("login"), {"username": "office", "password": PASSWORD})
        client.post(reverse("logout"))
        client.post(reverse("logout"))  # nobody is there any more
    assert told(rows) == [("登录", "office", "登录。"), ("退出", "office", "退出。")]
    assert [row.actor for row in rows] == [office, office]


def test_the_end_of_an_idle_session_is_noted(client_for, office, settings):
    client = client_for(office)
    client.get(reverse("password_change"))
    settings.IDLE_MINUTES = -1
    with written() as rows:
        client.get(reverse("password_change"))
    assert [(row.action, row.actor) for row in rows] == [(Action.LOGOUT, office)]
    assert "没有操作，自动退出" in rows[0].summary


def test_failed_logins_the_lock_and_its_lifting_are_noted_never_the_password(
    office, administrator, county
):
    with written() as rows:
        for _ in range(6):
            log_in("office", "Geheim-123")
        log_in("nobody", "Geheim-123")
        log_in("", "Geheim-123")  # nothing was tried
        reset_password(by=administrator, person=office)
    assert told(rows) == [
        *[("登录失败", "office", "用户名或密码不正确，登录失败。")] * 4,
        ("账号锁定", "office", "连续5次登录失败，账号锁定。"),
        ("登录失败", "office", "账号已锁定，登录被拒绝。"),
        ("登录失败", "nobody", "用户名或密码不正确，登录失败（没有“nobody”这个用户名）。"),
        ("修改", "administrator", "重置“林晓明”的密码。"),
        ("解除锁定", "administrator", "解除“林晓明”的登录锁定，登录失败重新计数。"),
    ]
    # Who typed it is not known; about whom it is, is.
    assert [(row.actor, row.object_id, row.region) for row in rows[:6]] == [
        (None, office.pk, county)
    ] * 6
    assert (rows[6].object_repr, rows[6].region) == ("nobody", None)
    assert rows[0].remote_addr == "127.0.0.1"
    assert "Geheim" not in str(list(LogEntry.objects.values()))


@pytest.mark.parametrize("username", ["\0", "x" * 151, "=1+1", "用户" * 70])
def test_odd_names_at_the_login_break_nothing(db, username):
    assert log_in(username, "x").status_code == 422


def test_who_asks_for_what_is_not_theirs_is_refused_and_noted(client_for, reporter, county):
    client = client_for(reporter)
    with written() as rows:
        assert client.get(reverse("people", query={"q": "王"})).status_code == 403
        assert client.post(reverse("person_add")).status_code == 403
    assert [(row.action, row.actor, row.region) for row in rows] == [
        (Action.REFUSED, reporter, county)
    ] * 2
    assert rows[0].summary.startswith("没有权限，访问被拒绝：GET /people/?q=")
    assert rows[1].summary == "没有权限，访问被拒绝：POST /people/add/"
