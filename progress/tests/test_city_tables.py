"""全市对比: a table of the city taken in through the page, by hand and by command; withdrawn."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.models import Region
from livelihood.testing import written
from progress.models import CityComparison, CityTable, Round
from progress.operations import city_reading, city_tables
from progress.operations.city_tables import (
    CityTableChangedError,
    Typed,
    adopt,
    preview,
    take_in,
    type_in,
    withdraw,
)
from progress.operations.reporting import RefusedError
from progress.operations.rounds import close_round
from progress.operations.standings import read_county
from progress.tests import city_files
from projects.documents.archives import UnreadableError
from projects.models import ListItem

pytestmark = pytest.mark.django_db

PLACE = ["330327", 2023]
AS_OF = date(2023, 4, 10)
ADD, LIST = reverse("city_table_add", args=PLACE), reverse("city_tables", args=PLACE)
OVERVIEW = reverse("overview", args=PLACE)
HEAD = {"as_of": "2023-04-10", "source": "市府办4月通报附件2"}


@pytest.fixture
def emptied(corpus):
    """苍南县 with its lists and without any comparison."""
    CityComparison.objects.all().delete()
    return touched(Region.objects.get(code="330327"))


def touched(county):
    """What a test wrote past the operations has to be seen."""
    Region.objects.filter(pk=county.pk).touch()
    return county


@pytest.fixture
def client(office, client_for):
    return client_for(office)


def upload(client, content, name="对比表.xlsx", **head):
    """Upload a file, or paste text, and follow to the page of the table."""
    sent = {**HEAD, **head}
    if isinstance(content, bytes):
        sent["file"] = SimpleUploadedFile(name, content)
    else:
        sent["text"] = content
    response = client.post(ADD, sent)
    assert response.status_code == 302, text_of(response)
    return response.url


def text_of(response):
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


def form_of(client, url):
    """What a browser would send from the page of a table that waits."""
    soup = BeautifulSoup(client.get(url).content, "html.parser")
    sent = {}
    for field in soup.select("main form input[name], main form select[name]"):
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            sent[field["name"]] = chosen["value"]
        elif field.get("type") != "checkbox" or field.has_attr("checked"):
            on = "on" if field.get("type") == "checkbox" else ""
            sent[field["name"]] = field.get("value", on)
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def confirm(client, url, **changes):
    return client.post(url, {**form_of(client, url), "action": "adopt", **changes})


def state_of(county):
    return read_county(ListItem.objects.all(), county, 2023, as_of=AS_OF, today=date(2023, 4, 20))


def below(county):
    return [s for s in state_of(county).items if s.standing.below_city_average]


SHAPES = {
    "a row per item": ("a.xlsx", lambda: city_files.workbook(city_files.single_rows())),
    "a matrix with averages": ("a.xlsx", lambda: city_files.matrix_workbook()),
    "a matrix of counties alone": ("a.xlsx", lambda: city_files.matrix_workbook(average=False)),
    "a Word document": ("a.docx", lambda: city_files.document(city_files.single_rows())),
    "a matrix in Word": ("a.docx", lambda: city_files.document(city_files.matrix_rows())),
    "pasted rows": ("", lambda: city_files.pasted(city_files.single_rows())),
    "a pasted matrix": ("", lambda: city_files.pasted(city_files.matrix_rows())),
}


def headline(client):
    return BeautifulSoup(client.get(OVERVIEW).content, "html.parser").select_one("#headline-text")


@pytest.mark.parametrize("shape", SHAPES)
def test_the_illustrative_table_comes_in_and_yields_the_twenty_five(shape, emptied, client):
    name, make = SHAPES[shape]
    assert "全市平均的" not in headline(client).get_text()
    url = upload(client, make(), name)
    page = text_of(client.get(url))
    assert "46行对上了条目" in page
    assert "25个低于全市平均" in page
    assert "没有需要核对的行" in page
    response = confirm(client, url)
    assert response.status_code == 302, text_of(response)
    assert CityComparison.objects.count() == 46
    found = below(emptied)
    assert len(found) == 25
    assert len({state.item.unit for state in found}) == 11
    ranks = {row["number"]: row["rank"] for row in city_files.fixture_rows()}
    assert dict(CityComparison.objects.values_list("item__number", "rank")) == ranks


def test_the_headline_is_that_of_the_loaded_table(corpus, client):
    as_loaded = headline(client).get_text()
    assert "25个项目" in as_loaded
    CityComparison.objects.all().delete()
    touched(Region.objects.get(code="330327"))
    assert headline(client).get_text() != as_loaded
    confirm(client, upload(client, city_files.matrix_workbook(average=False), illustrative="on"))
    assert headline(client).get_text() == as_loaded


# -- Putting it right ------------------------------------------------------------------

ROWS = [
    ["序号", "项目内容", "苍南县", "平阳县", "乐清市"],
    [1, "完成“县中崛起”（苍南中学结对瑞安中学）", 20, 30, 40],
    [99, "完全没有的一件事情甲乙丙丁", 20, 30, ""],
]


def small(*rows):
    return city_files.workbook([*ROWS, *rows])


def province(number):
    return ListItem.objects.get(
        project_list__county__code="330327", project_list__level="province", number=number
    )


def test_doubts_come_first_and_can_be_put_right(emptied, client):
    url = upload(client, small())
    page = BeautifulSoup(client.get(url).content, "html.parser")
    groups = [row.get_text(strip=True) for row in page.select("tr.group")]
    assert groups == ["请核对（1）", "没有疑问（1）"]
    assert "缺数：乐清市" in page.get_text()
    names = [s["name"] for s in page.select("select[name^=item-]")]
    sent = form_of(client, url)
    assert sent[names[0]] == ""  # nothing is like it
    chosen = province(7)
    response = client.post(url, {**sent, names[0]: chosen.pk, "action": "save"})
    assert response.status_code == 302
    assert form_of(client, url)[names[0]] == str(chosen.pk)
    assert not CityComparison.objects.exists()
    confirm(client, url)
    row = CityComparison.objects.get(item=chosen)
    assert (row.figure, row.average, row.rank, row.counties) == (20, 25, 2, 2)
    assert (row.best, row.best_county, row.missing) == (30, "平阳县", ["乐清市"])
    assert row.average_derived


def test_a_row_can_be_left_out_or_be_kept_for_reference_alone(emptied, client):
    url = upload(client, small([3, "为50200名义务教育段学生开展正脊筛查", 10, 30, 20]))
    lines = preview(CityTable.objects.get()).lines
    keys = {line.match.item: line.row.key for line in lines if line.match.item}
    confirm(
        client,
        url,
        **{f"item-{keys[province(1).pk]}": "", f"use-{keys[province(3).pk]}": "reference"},
    )
    row = CityComparison.objects.get()
    assert row.item == province(3)
    assert not row.comparable
    assert row.reason
    assert below(emptied) == []


def test_another_month_in_the_title_is_not_comparable_until_the_date_is_put_right(emptied, client):
    rows = city_files.single_rows()
    rows[0] = ["温州市民生实事进度表（截至2023年3月31日）"]
    url = upload(client, city_files.workbook(rows))
    page = text_of(client.get(url))
    assert "不是同一期" in page
    assert "0个低于全市平均" in page
    sent = {**form_of(client, url), "as_of": "2023-03-31"}
    # A date that was changed is shown once more before it counts.
    assert client.post(url, {**sent, "action": "adopt"}).status_code == 302
    assert not CityComparison.objects.exists()
    assert "25个低于全市平均" in text_of(client.get(url))
    confirm(client, url)
    assert set(CityComparison.objects.values_list("as_of", "comparable")) == {
        (date(2023, 3, 31), True)
    }


def test_two_rows_for_one_item_are_refused_with_their_places(emptied, client):
    url = upload(client, small([1, "完成“县中崛起”（苍南中学结对瑞安中学）。", 20, 30, 40]))
    response = confirm(client, url)
    assert response.status_code == 409
    assert "省级第1项（“省级”第2行、“省级”第4行）" in text_of(response)
    assert not CityComparison.objects.exists()


def test_guesses_are_not_adopted_by_leaving_them_alone(emptied, client):
    title = ROWS[1][1]
    rows = [
        ["序号", "项目内容", "苍南县", "全市平均"],
        [1, title, 42, 50],
        ["", "其中：结对学校", 20, 30],
        ["", "中学改建提升工程", 20, 30],
        [3, "学生筛查", 10, 30],
    ]
    url = upload(client, city_files.workbook(rows))
    lines = {line.row.name: line for line in preview(CityTable.objects.get()).lines}
    assert lines["其中：结对学校"].match.item is None
    assert lines["中学改建提升工程"].match.item is None
    assert lines["中学改建提升工程"].match.why == "内容只有部分相近，请选择。"
    assert confirm(client, url).status_code == 302
    row = CityComparison.objects.get(item=province(1))
    assert row.figure == 42


def test_doubtful_rows_are_adopted_only_after_somebody_has_looked(emptied, client):
    url = upload(client, small([7, "学生正脊筛查", 10, 30, 20]))
    page = text_of(client.get(url))
    assert "已核对1行存疑" in page
    response = confirm(client, url)
    assert response.status_code == 409
    assert "有1行存疑，请逐行核对条目和数字" in text_of(response)
    assert not CityComparison.objects.exists()
    assert confirm(client, url, checked="on").status_code == 302
    assert {row.item for row in CityComparison.objects.all()} == {province(1), province(3)}


def test_a_row_that_somebody_decided_needs_no_further_tick(emptied, client):
    url = upload(client, small([7, "学生正脊筛查", 10, 30, 20]))
    lines = {line.row.name: line for line in preview(CityTable.objects.get()).lines}
    chosen = {f"item-{lines['学生正脊筛查'].row.key}": province(7).pk}
    assert confirm(client, url, **chosen).status_code == 302
    assert CityComparison.objects.filter(item=province(7)).exists()


def test_another_list_is_shown_before_it_counts(emptied, client):
    """The rows have only numbers, which mean other items on every list."""
    url = upload(client, "序号\t本县\t全市平均\n1\t20%\t30%\n2\t20%\t30%")
    client.post(url, {**form_of(client, url), "level": "province", "action": "save"})
    response = confirm(client, url, level="city", checked="on")
    assert response.status_code == 302
    assert response.url == url
    assert not CityComparison.objects.exists()
    assert "对应的清单改动后" in text_of(client.get(url))
    assert confirm(client, url, checked="on").status_code == 302
    levels = CityComparison.objects.values_list("item__project_list__level", flat=True)
    assert set(levels) == {"city"}


def test_a_list_that_was_loaded_anew_meanwhile_is_shown_first(emptied, client):
    url = upload(client, small())
    sent = {**form_of(client, url), "action": "adopt"}
    ListItem.objects.filter(pk=province(1).pk).update(title="另外的一件事情")
    project = province(1).project
    project.name = "另外的一件事情"
    project.save(update_fields=["name"])
    response = client.post(url, sent)
    assert response.status_code == 409
    assert "请核对后再确认" in text_of(response)
    assert not CityComparison.objects.exists()


def test_an_amount_cannot_be_compared_whatever_is_sent(emptied, client):
    rows = [
        ["序号", "项目内容", "计量单位", "苍南县完成数", "全市平均完成数"],
        [1, ROWS[1][1], "户", 21, 30],
    ]
    url = upload(client, city_files.workbook(rows))
    (use,) = (name for name in form_of(client, url) if name.startswith("use-"))
    page = BeautifulSoup(client.get(url).content, "html.parser")
    offered = [option["value"] for option in page.select(f"[name={use}] option")]
    assert offered == ["reference"]
    assert confirm(client, url, checked="on", **{use: "compare"}).status_code == 302
    row = CityComparison.objects.get()
    assert (row.unit, row.comparable) == ("户", False)
    assert below(emptied) == []


def test_a_click_reads_the_file_once(emptied, client, monkeypatch):
    url = upload(client, small())
    sent = {**form_of(client, url), "action": "adopt"}
    read = []

    def counted(content, *args, **kwargs):
        read.append(content)
        return city_reading.read_content(content, *args, **kwargs)

    monkeypatch.setattr(city_tables, "read_content", counted)
    assert client.post(url, sent).status_code == 302
    assert CityComparison.objects.count() == 1
    assert len(read) == 1


# -- Replacing and withdrawing ------------------------------------------------------------


def test_a_new_table_of_the_date_shows_what_differs_and_withdrawing_brings_it_back(
    emptied, client, office
):
    confirm(client, upload(client, city_files.workbook(city_files.single_rows())))
    before = set(CityComparison.objects.values_list("item", "figure", "average", "rank"))
    rows = city_files.fixture_rows()[:3]
    changed = [{**rows[0], "figure": 1.0}, *rows[1:]]
    url = upload(client, city_files.workbook(city_files.single_rows(changed)), source="更正表")
    page = text_of(client.get(url))
    assert "同一天已有46项数据，确认后其中1项改为这张表的数" in page
    assert "原为25.0" in page
    confirm(client, url)
    assert CityComparison.objects.count() == 46
    assert CityComparison.objects.get(item=province(1)).figure == 1
    later, first = CityTable.objects.order_by("-pk")
    with pytest.raises(RefusedError, match="请先撤销那一张"):
        withdraw(by=office, table=first, reason="试")
    response = client.post(url, {"action": "withdraw", "reason": ""})
    assert response.status_code == 409
    assert "请写明撤销的原因" in text_of(response)
    with written() as trail:
        client.post(url, {"action": "withdraw", "reason": "市里撤回"})
    assert "撤销全市对比（截至2023年4月10日），恢复此前的3项，原因：市里撤回" in trail[0].summary
    assert set(CityComparison.objects.values_list("item", "figure", "average", "rank")) == before
    later.refresh_from_db()
    assert (later.state, later.withdrawn_by, later.reason) == ("withdrawn", office, "市里撤回")
    assert "市里撤回" in text_of(client.get(url))
    withdraw(by=office, table=first, reason="也撤回")
    assert not CityComparison.objects.exists()
    assert CityTable.objects.count() == 2  # the history stays


def test_what_changes_meanwhile_is_told_and_nothing_is_overwritten(emptied, client, office):
    first = upload(client, city_files.workbook(city_files.single_rows()))
    stale = {**form_of(client, first), "action": "adopt"}
    confirm(client, upload(client, small()))
    response = client.post(first, stale)
    assert response.status_code == 409
    assert "已被他人改动" in text_of(response)
    assert CityComparison.objects.count() == 1
    again = {**form_of(client, first), "action": "save"}
    client.post(first, again)
    response = client.post(first, {**again, "action": "adopt"})  # of the version before
    assert response.status_code == 409
    assert confirm(client, first).status_code == 302
    assert client.post(first, again).status_code == 409
    assert CityComparison.objects.count() == 46


def test_a_closed_round_is_corrected_and_its_earlier_version_stays(corpus_as_loaded, client):
    april = Round.objects.get(county__code="330327")
    assert april.version == 1
    rows = [{**row, "figure": 0.0} for row in city_files.fixture_rows()]
    url = upload(client, city_files.workbook(city_files.single_rows(rows)))
    assert "各存为新的一版" in text_of(client.get(url))
    confirm(client, url)
    april.refresh_from_db()
    assert april.version == 2
    changes = april.versions.get(number=2).changes
    # 46 but the 25 that had been below, and those whose average is zero, too.
    assert {flag for change in changes for flag in change["gained"]} == {"低于全市平均"}
    county = april.county
    assert len(below(county)) == sum(row["average"] > 0 for row in rows)
    withdraw(by=None, table=CityTable.objects.get(), reason="错表")
    assert len(below(county)) == 25


def typed(day, figure):
    return Typed(day, Decimal(figure), Decimal(50), None, None, None, "", "手填", False)


def test_a_figure_corrects_closed_rounds_though_other_items_have_later_ones(
    corpus_as_loaded, office
):
    county = Region.objects.get(code="330327")
    CityComparison.objects.all().delete()
    type_in(by=office, item=province(2), typed=typed(date(2023, 4, 5), 60))
    type_in(by=office, item=province(1), typed=typed(date(2023, 4, 1), 10))
    assert province(1).pk in [state.item.pk for state in below(county)]
    # Its own later figure stands between an earlier one and the round.
    versions = Round.objects.get(county=county).version
    type_in(by=office, item=province(2), typed=typed(date(2023, 4, 1), 10))
    assert Round.objects.get(county=county).version == versions
    assert province(2).pk not in [state.item.pk for state in below(county)]


def test_a_round_that_is_closed_just_before_is_corrected(corpus_as_loaded, office, monkeypatch):
    county = Region.objects.get(code="330327")
    CityComparison.objects.all().delete()
    round = Round.objects.create(county=county, as_of=date(2023, 4, 20), opened_at=timezone.now())
    lock, closed = city_tables.lock_county, []

    def close_first(key):
        if not closed:
            closed.append(close_round(by=office, round=round))
        lock(key)

    monkeypatch.setattr(city_tables, "lock_county", close_first)
    type_in(by=office, item=province(1), typed=typed(date(2023, 4, 20), 10))
    round.refresh_from_db()
    assert (round.state, round.version) == ("closed", 2)
    state = read_county(
        ListItem.objects.all(), county, 2023, as_of=round.as_of, today=date(2023, 4, 25)
    )
    found = [s.item.pk for s in state.items if s.standing.below_city_average]
    assert found == [province(1).pk]


def test_loading_the_lists_again_leaves_alone_what_the_office_took_in(corpus, client, office):
    rows = [{**row, "figure": 1.0} for row in city_files.fixture_rows()[:2]]
    confirm(client, upload(client, city_files.workbook(city_files.single_rows(rows))))
    folder = city_files.FIXTURES
    files = sorted(str(file) for file in folder.glob("cangnan-2023*.json"))
    call_command("load_lists", *files, stdout=StringIO())
    assert CityComparison.objects.get(item=province(1)).figure == 1
    assert CityComparison.objects.count() == 46


# -- Bad files --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "请选择文件，或者粘贴表格。"),
        ({"text": "甲\t乙", "file": ("a.xlsx", b"PK")}, "只能选一种"),
        ({"file": ("a.xlsx", b"")}, "是空的"),
        ({"file": ("a.pdf", b"%PDF-1.7 x")}, "PDF"),
        ({"file": ("a.xlsx", b"PK\x03\x04broken")}, "不完整"),
        ({"file": ("a.xlsx", "不是表格".encode())}, "没有找到表格"),
        ({"file": ("a.xls", b"\xd0\xcf\x11\xe0 old")}, "旧格式"),
        ({"text": "今天天气很好"}, "没有找到表格"),
        ({"text": "甲\t乙\n丙\t丁"}, "没有找到表格"),
        ({"text": "序号\t本县\t全市平均\n1\t2\t3", "as_of": "2022-04-10"}, "应在2023年内"),
        ({"text": "序号\t本县\t全市平均\n1\t2\t3", "as_of": "明天"}, "请填写日期"),
        ({"text": "序号\t本县\t全市平均\n1\t2\t3", "source": ""}, "请写明来源"),
    ],
)
def test_what_cannot_be_taken_in_is_told_and_what_was_typed_is_kept(sent, words, emptied, client):
    if "file" in sent:
        sent = {**sent, "file": SimpleUploadedFile(*sent["file"])}
    response = client.post(ADD, {**HEAD, **sent})
    assert response.status_code == 422
    page = BeautifulSoup(response.content, "html.parser")
    assert words in page.get_text()
    assert page.select_one(".error-summary")
    assert page.select_one("[name=source]").get("value", "") == sent.get("source", HEAD["source"])
    assert not CityTable.objects.exists()


def test_a_table_without_a_row_that_counts_says_why_and_cannot_be_adopted(emptied, client):
    rows = [["序号", "项目名称", "鹿城区", "龙湾区"], [1, "改造基层卫生院", 50, 60]]
    url = upload(client, city_files.workbook(rows))
    page = BeautifulSoup(client.get(url).content, "html.parser")
    assert "没有可以采用的行" in page.get_text()
    assert "没有苍南县的数" in page.select_one("#problems").get_text()
    assert not page.select("[value=adopt], table.city-lines")
    assert page.select_one("[value=discard]")
    assert page.select_one("[value=save]")  # after choosing the county under another name


def test_a_file_that_was_too_much_trouble_can_be_given_up(emptied, client):
    url = upload(client, small())
    table = CityTable.objects.get()
    stored = table.file
    assert stored.storage.exists(stored.name)
    assert client.post(url, {"action": "discard"}).status_code == 302
    assert client.get(url).status_code == 404
    assert client.post(url, {"action": "adopt"}).status_code == 404


def test_a_file_that_is_gone_is_told(emptied, client):
    url = upload(client, small())
    stored = CityTable.objects.get().file
    stored.storage.delete(stored.name)
    response = client.get(url)
    assert response.status_code == 200
    assert "原件已不在服务器上" in text_of(response)
    assert client.post(url, {"action": "adopt"}).status_code == 409


def test_what_no_browser_sends_is_no_failure(emptied, client):
    url = upload(client, small(), name=f"a.{'x' * 150}")
    sent = form_of(client, url)
    for name, value in (("version", "9" * 5000), ("version", "一"), ("token", "\x00")):
        assert client.post(url, {**sent, "action": "adopt", name: value}).status_code == 409
    sent = form_of(client, url)
    key = next(name for name in sent if name.startswith("item-"))
    assert client.post(url, {**sent, "action": "save", key: "9" * 5000}).status_code == 302
    assert not CityComparison.objects.exists()


# -- Who sees what -------------------------------------------------------------------------


def test_what_waits_is_the_offices_alone_and_the_file_is_handed_out_to_those_who_see_all(
    emptied, client, supervisor, reporter, client_for
):
    url = upload(client, small(), name="四月.xlsx")
    file = f"{url}file/"
    watching = client_for(supervisor)
    assert watching.get(url).status_code == 404
    assert watching.get(file).status_code == 404
    confirm(client, url)
    assert watching.get(url).status_code == 200
    response = watching.get(file)
    assert response.getvalue()[:2] == b"PK"
    assert "attachment" in response["Content-Disposition"]
    assert watching.post(url, {"action": "withdraw", "reason": "试"}).status_code == 403
    assert client_for(reporter).get(url).status_code == 403


def test_the_list_names_every_table_and_what_came_with_the_lists(corpus, client):
    page = text_of(client.get(LIST))
    assert "随清单载入" in page
    assert "示例数据" in page
    url = upload(client, small())
    assert "待确认" in text_of(client.get(LIST))
    confirm(client, url)
    page = text_of(client.get(LIST))
    assert "已采用" in page
    assert HEAD["source"] in page


def test_without_any_table_the_page_says_what_to_do(emptied, client):
    assert "还没有全市对比表" in text_of(client.get(LIST))


# -- One figure, and the item's page -----------------------------------------------------------


FIGURE = reverse("city_figure", args=[*PLACE, "province", 3])
ITEM = reverse("item", args=[*PLACE, "province", 3])
TYPED = {**HEAD, "figure": "10", "average": "17.25", "rank": "10", "counties": "12"}


def test_one_figure_can_be_typed_in(emptied, client, office):
    assert client.get(FIGURE).status_code == 200
    with written() as trail:
        assert client.post(FIGURE, TYPED).status_code == 302
    row = CityComparison.objects.get()
    assert (row.figure, row.average, row.rank) == (10, Decimal("17.25"), 10)
    assert row.table.kind == "typed"
    assert row.table.taken_by == office
    assert any("采用全市对比" in row.summary for row in trail)
    assert [state.item.number for state in below(emptied)] == [3]
    assert "17.3" in text_of(client.get(ITEM))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"figure": ""}, "请填写数字。"),
        ({"average": "很高"}, "请填写数字，如42.5。"),
        ({"rank": "13"}, "排名应在1至12之间。"),
        ({"figure": "-1"}, "不能是负数。"),
        ({"best": "5"}, "全市最高不能低于本县的数。"),
        ({"best": "15"}, "全市最高不能低于全市平均。"),
        ({"as_of": "2022-01-01"}, "应在2023年内"),
    ],
)
def test_a_typed_figure_that_cannot_be_is_refused(sent, words, emptied, client):
    response = client.post(FIGURE, {**TYPED, **sent})
    assert response.status_code == 422
    assert words in text_of(response)
    assert not CityComparison.objects.exists()


def test_a_figure_that_stands_there_is_not_overwritten_unseen(emptied, client):
    client.post(FIGURE, TYPED)
    response = client.post(FIGURE, {**TYPED, "figure": "11"})
    assert response.status_code == 409
    assert "这一天已有数据：本县10.0%，全市平均17.3%，排名10" in text_of(response)
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select_one("[name=figure]")["value"] == "11"
    seen = page.select_one("[name=seen]")["value"]
    assert client.post(FIGURE, {**TYPED, "figure": "11", "seen": seen}).status_code == 302
    assert CityComparison.objects.get().figure == 11
    assert CityTable.objects.count() == 2


def test_the_items_page_shows_county_average_and_best_over_the_months(emptied, client):
    for month, figure in (("03-31", "5"), ("04-10", "10")):
        sent = {**TYPED, "as_of": f"2023-{month}", "figure": figure, "best": "60"}
        client.post(FIGURE, {**sent, "best_county": "乐清市", "illustrative": "on"})
    page = BeautifulSoup(client.get(ITEM).content, "html.parser")
    panel = page.select_one("#city")
    assert len(panel.select("tbody tr")) == 2
    assert "乐清市" in panel.get_text()
    figure = page.select_one("#city-figure").string
    for words in ("苍南县", "全市平均", "全市最高", "示例数据"):
        assert words in json.loads(figure)["layout"]["title"]["text"] or words in {
            trace["name"] for trace in json.loads(figure)["data"]
        }


# -- By command ----------------------------------------------------------------------------


def command(path, **options):
    out, err = StringIO(), StringIO()
    values = {"county": "苍南县", "year": 2023, "as_of": AS_OF, **options}
    call_command("load_city_table", str(path), stdout=out, stderr=err, **values)
    return out.getvalue(), err.getvalue()


def test_the_command_does_the_same(emptied, tmp_path):
    path = tmp_path / "四月.xlsx"
    path.write_bytes(city_files.matrix_workbook())
    out, err = command(path, source="四月通报")
    assert "46个条目" in out
    assert err == ""
    assert len(below(emptied)) == 25
    table = CityTable.objects.get()
    assert (table.adopted_by, table.source, table.name) == (None, "四月通报", "四月.xlsx")


def test_the_command_leaves_out_what_is_doubtful(emptied, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(small([7, "学生正脊筛查", 10, 30, 20]))
    _out, err = command(path)
    assert "“学生正脊筛查”→省级第3项" in err
    assert CityComparison.objects.count() == 1


def test_the_command_says_what_is_kept_for_reference_alone(emptied, tmp_path):
    path = tmp_path / "a.xlsx"
    rows = city_files.single_rows()
    rows[0] = ["温州市民生实事进度表（截至2023年3月31日）"]
    path.write_bytes(city_files.workbook(rows))
    out, err = command(path, with_doubts=True)
    assert "46个条目，其中46个只作参考，不参与研判" in out
    assert "表中写的是2023年3月31日的数据" in err


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b"", {}, "是空的"),
        (small(), {"county": "无此县"}, "没有名为“无此县”的县"),
        (small(), {"year": 2022, "as_of": date(2022, 4, 10)}, "没有2022年度的清单"),
        (small(), {"year": 2022}, "应在2022年内"),
        (city_files.workbook([ROWS[0], ROWS[2]]), {}, "没有可以采用的行"),
    ],
)
def test_the_command_says_what_is_wrong(content, options, words, emptied, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        command(path, **options)
    assert not CityComparison.objects.exists()
    assert not CityTable.objects.exists()


# -- The operations themselves ------------------------------------------------------------------


def test_an_unreadable_file_leaves_no_trace(emptied, office):
    with pytest.raises(UnreadableError):
        take_in(
            by=office, county=emptied, year=2023, content=b"\0\1", name="a.bin", as_of=AS_OF,
            source="通报",
        )  # fmt: skip
    assert not CityTable.objects.exists()


def test_adopting_touches_the_county_and_leaves_a_row_in_the_trail(emptied, office):
    table = take_in(
        by=office, county=emptied, year=2023, content=small(), name="a.xlsx", as_of=AS_OF,
        source="通报", illustrative=True,
    )  # fmt: skip
    shown, version = preview(table), Region.objects.get(pk=emptied.pk).data_version
    with written() as trail:
        adopt(by=office, table=table, version=table.version, token=shown.token)
    assert Region.objects.get(pk=emptied.pk).data_version > version
    assert trail[0].region == emptied
    assert trail[0].summary == (
        "采用全市对比（截至2023年4月10日）：1个条目，来源：通报（示例数据）。"
    )
    with pytest.raises(RefusedError):
        adopt(by=office, table=table, version=table.version, token=shown.token)
    other = take_in(
        by=office, county=emptied, year=2023, content=small(), name="b.xlsx", as_of=AS_OF,
        source="通报",
    )  # fmt: skip
    with pytest.raises(CityTableChangedError):
        adopt(by=office, table=other, version=other.version, token="另外的")
