"""清单: filters, sorting, columns, groups and the Excel file, on the real lists."""

import json
from io import BytesIO
from urllib.parse import unquote, urlencode

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.urls import reverse
from openpyxl import load_workbook

from progress.models import ItemWording, Report
from progress.parts.board_tables import SAMPLE_NOTE
from progress.parts.item_table import FIELDS
from progress.views.common import COLUMNS_COOKIE
from projects.models import ListItem, Site

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
XIANGSHAN = ["330225", 2024]
ALL_COLUMNS = [("cols", field.name) for field in FIELDS]
SORTABLE = ["number", "judgement", "unit", "planned", "actual", "variance", "average", "next_due"]
LATER = ("as_of", "2023-07-15")  # when much of what April promised is overdue
LEVELS = {"province": "省级", "city": "市级", "county": "县级"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def get(client, *filters, place=CANGNAN, name="items", **headers):
    response = client.get(
        f"{reverse(name, args=place)}?{urlencode(filters)}", headers=headers or None
    )
    assert response.status_code == 200
    return response


def page_of(client, *filters, place=CANGNAN):
    return BeautifulSoup(get(client, *filters, place=place).content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def headings(page):
    return [words(head) for head in page.select("table.items thead th")]


def rows_of(page):
    """The items shown, each a dict from heading to the words of its cell."""
    return [
        {cell["data-label"]: words(cell) for cell in row.select("td")}
        for row in page.select("table.items tbody tr:not(.group)")
    ]


def numbers_of(page):
    return [row["序号"] for row in rows_of(page)]


def showing(page):
    return words(page.select_one(".showing")).split("。")[0] + "。"


def listed(level, number, code="330327"):
    return ListItem.objects.get(
        project_list__county__code=code, project_list__level=level, number=number
    )


def printed(name):
    """The rows of a list as published."""
    return json.loads((settings.BASE_DIR / "fixtures" / f"{name}.json").read_text("utf-8"))


@pytest.fixture
def client(corpus, office, client_for):
    return client_for(office)


@pytest.fixture
def xiangshan(corpus, foreign_office, client_for):
    return client_for(foreign_office)


# -- Filters: each shows exactly the rows of the whole list that have what it asks for -------


def has_chip(*chips):
    return lambda row: row["研判"].split()[1] in chips


def has_flag(flag):
    return lambda row: f" {flag}" in row["研判"]


def needs_attention(row):
    return (
        has_chip("滞后", "严重滞后", "未报")(row)
        or has_flag("低于全市平均")(row)
        or (has_flag("存在问题")(row) and not has_chip("已完成")(row))
    )


def at(level):
    return lambda row: row["序号"].startswith(LEVELS[level])


FILTERS = [
    (("level", "province"), "层级为省级", at("province")),
    (("level", "city"), "层级为市级", at("city")),
    (("level", "county"), "层级为县级", at("county")),
    (("status", "late"), "研判为滞后（含严重滞后）", has_chip("滞后", "严重滞后")),
    (("status", "in_step"), "研判为按序时（含超序时）", has_chip("按序时", "超序时")),
    (("status", "completed"), "研判为已完成", has_chip("已完成")),
    (("status", "not_reported"), "研判为未报", has_chip("未报")),
    (("status", "seriously_behind"), "研判为严重滞后", has_chip("严重滞后")),
    (("status", "behind"), "研判为滞后", has_chip("滞后")),
    (("status", "ahead"), "研判为超序时", has_chip("超序时")),
    (("status", "on_schedule"), "研判为按序时", has_chip("按序时")),
    (("status", "none"), "研判为尚无进展", has_chip("尚无进展")),
    (("flag", "attention"), "提示为需要关注", needs_attention),
    (("flag", "below_city_average"), "提示为低于全市平均", has_flag("低于全市平均")),
    (("flag", "stalled"), "提示为停滞", has_flag("停滞")),
    (("flag", "problem"), "提示为存在问题", has_flag("存在问题")),
    (("flag", "doubtful"), "提示为数据存疑", has_flag("数据存疑")),
    (("flag", "untold"), "提示为节点未说明", has_flag("节点未说明")),
    (
        ("flag", "no_figure"),
        "提示为没有可折算的进度",
        lambda row: row["实际（%）"] == "—",
    ),
    (("group", "人居改善"), "类别为人居改善", lambda row: row["类别"] == "人居改善"),
]
COUNTED = {"late": 9, "in_step": 136, "completed": 8, "not_reported": 0, "attention": 40,
           "below_city_average": 25, "problem": 9, "no_figure": 81, "province": 46,
           "city": 54, "county": 53, "none": 0}  # fmt: skip


@pytest.fixture(scope="module")
def rows_by_date():
    """What ``whole_lists`` has read: a page of all columns is large."""
    return {}


@pytest.fixture
def whole_lists(client, rows_by_date):
    """All rows at a date, with every column, as published; for tests that change nothing."""

    def read(*date):
        if date not in rows_by_date:
            rows_by_date[date] = rows_of(page_of(client, *ALL_COLUMNS, *date))
        return rows_by_date[date]

    return read


def said_or_chosen(value):
    """A name that is the same in every process: a function's has its address in it."""
    return "" if callable(value) else str(value)[:40]


@pytest.mark.parametrize("date", [(), (LATER,)], ids=["april", "july"])
@pytest.mark.parametrize(("chosen", "said", "wanted"), FILTERS, ids=said_or_chosen)
def test_a_filter_shows_exactly_what_it_says(chosen, said, wanted, date, client, whole_lists):
    expected = [row for row in whole_lists(*date) if wanted(row)]
    page = page_of(client, chosen, *ALL_COLUMNS, *date)
    assert rows_of(page) == expected
    assert showing(page) == f"显示{said}的条目：{len(expected)}项（共153项）。"
    if not date and chosen[1] in COUNTED:
        assert len(expected) == COUNTED[chosen[1]]
    if not expected:
        assert words(page.select_one(".empty")).startswith("没有符合条件的条目。")


def test_a_unit_has_its_items_and_the_choices_are_the_countys_units(client, whole_lists):
    page = page_of(client)
    options = {words(o): o["value"] for o in page.select("select[name=unit] option")}
    assert len(options) == 27
    assert "县卫生健康局" not in options, "a unit of 象山县"
    shown = page_of(client, ("unit", options["县交通局"]), *ALL_COLUMNS)
    # The county list prints the unit under its other name.
    expected = [r for r in whole_lists() if r["牵头单位"] in ("县交通局", "县交通运输局")]
    assert rows_of(shown) == expected
    assert {row["牵头单位"] for row in expected} == {"县交通局", "县交通运输局"}
    assert showing(shown) == f"显示牵头单位为县交通局的条目：{len(expected)}项（共153项）。"


def test_filters_combine_and_stay_chosen(client, make_unit):
    education = str(make_unit("县教育局").pk)
    chosen = {"level": "province", "unit": education, "status": "late",
              "flag": "below_city_average", "q": "正脊"}  # fmt: skip
    page = page_of(client, *chosen.items())
    assert numbers_of(page) == ["省级3"]
    assert showing(page) == (
        "显示层级为省级、牵头单位为县教育局、研判为滞后（含严重滞后）、提示为低于全市平均、"
        "文字含“正脊”的条目：1项（共153项）。"
    )
    form = page.select_one("#filters")
    for name in ("level", "unit", "status", "flag"):
        assert form.select_one(f"[name={name}] option[selected]")["value"] == chosen[name]
    assert form.select_one("[name=q]")["value"] == "正脊"
    assert numbers_of(page_of(client, *{**chosen, "level": "city"}.items())) == []


def test_an_unknown_value_is_named_and_passed_over(client):
    page = page_of(client, ("level", "galaxy"), ("status", "late"))
    assert "地址中的筛选条件“层级”在本县本年度没有这个值，已忽略。" in words(page)
    assert len(rows_of(page)) == 9


def test_a_county_with_leaders_is_filtered_by_them(xiangshan):
    page = page_of(xiangshan, ("leader", "潘多"), *ALL_COLUMNS, place=XIANGSHAN)
    assert numbers_of(page) == ["县级5", "县级6", "县级9", "县级11", "县级12"]
    assert {row["责任领导"] for row in rows_of(page)} == {"潘多"}
    assert showing(page) == "显示责任领导为潘多的条目：5项（共33项）。"
    assert page.select_one("#filters [name=group]") is None, "its list has no categories"
    everything = page_of(xiangshan, ("status", "none"), place=XIANGSHAN)
    assert len(rows_of(everything)) == 33
    assert len(rows_of(page_of(xiangshan, ("status", "in_step"), place=XIANGSHAN))) == 0


def test_a_county_without_leaders_offers_no_such_filter(client):
    names = [field["name"] for field in page_of(client).select("#filters .field [name]")]
    assert names == ["level", "unit", "status", "flag", "group", "q"]


# -- Search -----------------------------------------------------------------------------


SEARCHED = ["项目内容", "工作进度安排", "目前实施情况", "牵头单位", "类别", "责任领导", "存在问题"]


@pytest.mark.parametrize(
    "text", ["灵溪", "公示", "30%", "%", "_", "icu", "*", "?", "\\", "[", "'", "“环浙步道”"]
)
def test_a_text_is_looked_for_literally_in_what_the_rows_say(text, client, whole_lists):
    page = page_of(client, ("q", text), *ALL_COLUMNS)
    expected = [
        row for row in whole_lists()
        if any(text.casefold() in row[column].casefold() for column in SEARCHED)
    ]  # fmt: skip
    assert rows_of(page) == expected
    assert showing(page) == f"显示文字含“{text}”的条目：{len(expected)}项（共153项）。"


def test_wildcards_of_the_database_are_plain_characters(client):
    ListItem.objects.filter(pk=listed("city", 5).pk).update(title="甲_乙%丙")
    assert numbers_of(page_of(client, ("q", "甲_乙%丙"))) == ["市级5"]
    assert numbers_of(page_of(client, ("q", "_"))) == ["市级5"]
    assert numbers_of(page_of(client, ("q", "甲%丙"))) == []
    assert numbers_of(page_of(client, ("q", "甲__乙"))) == []
    assert numbers_of(page_of(client, ("q", "甲?乙"))) == []


def test_the_name_of_a_site_finds_its_item(client):
    Site.objects.create(item=listed("city", 7), order=99, name="望州山脚_点位")
    assert numbers_of(page_of(client, ("q", "望州山脚"))) == ["市级7"]
    assert numbers_of(page_of(client, ("q", "山脚_点"))) == ["市级7"]
    assert numbers_of(page_of(client, ("q", "山脚点"))) == []


def test_the_words_of_a_report_are_found_where_they_are_shown_and_only_there(client):
    wording = ItemWording.objects.filter(item__project_list__county__code="330327").first()
    wording.narrative = "此表另有说法"
    wording.save()
    Report.objects.filter(pk=wording.report_id).update(narrative="各表通用说法")
    found = page_of(client, ("q", "此表另有说法"))
    assert [row["目前实施情况"] for row in rows_of(found)] == ["此表另有说法"]
    shared = rows_of(page_of(client, ("q", "各表通用说法")))
    assert all(row["目前实施情况"] == "各表通用说法" for row in shared)
    earlier = page_of(client, ("q", "此表另有说法"), ("as_of", "2023-03-01"))
    assert rows_of(earlier) == [], "not yet reported at that date"


def test_a_draft_is_not_found(client):
    report = Report.objects.filter(project__items__project_list__county__code="330327").first()
    report.state, report.narrative = Report.State.DRAFT, "尚未提交的话"
    report.save()
    assert rows_of(page_of(client, ("q", "尚未提交的话"))) == []


# -- Sorting ------------------------------------------------------------------------------


def unit_order():
    return dict(
        ListItem.objects.filter(project_list__county__code="330327").values_list(
            "lead_unit_printed", "lead_unit__order"
        )
    )


def sort_key(column):
    """What a cell's words are worth; None is unknown."""
    severity = ["严重滞后", "滞后", "未报", "按序时", "超序时", "已完成"]
    orders = unit_order()

    def number(text):
        return None if text == "—" else float(text.replace("−", "-").split()[0])

    def day(text):
        if text == "—":
            return None
        return [int(part) for part in text.rstrip("日").replace("月", "年").split("年")]

    def place(text):
        return [list(LEVELS.values()).index(text[:2]), int(text[2:])]

    return {
        "序号": place,
        "研判": lambda text: severity.index(text.split()[1]),
        "牵头单位": orders.get,
        "下一节点": day,
    }.get(column, number)


@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("name", SORTABLE)
def test_every_sortable_column_sorts_both_ways_with_the_unknown_last(name, descending, client):
    order = ("sort", f"-{name}" if descending else name)
    page = page_of(client, order, *ALL_COLUMNS)
    column = next(field.full_heading for field in FIELDS if field.name == name)
    cells = [row[column] for row in rows_of(page)]
    assert len(cells) == 153
    key = sort_key(column)
    keys = [key(cell) for cell in cells]
    known = [value for value in keys if value is not None]
    assert keys == known + [None] * (len(keys) - len(known))
    assert known == sorted(known, reverse=descending)
    assert len(set(map(str, known))) > 1
    head = page.select_one(f"th.c-{name}")
    assert head["aria-sort"] == ("descending" if descending else "ascending")
    assert page.select("th[aria-sort]") == [head]
    # A second click turns the order round.
    other = name if descending else f"-{name}"
    assert f"sort={other}" in head.a["href"].replace("&", "?").split("?")


def test_what_can_be_sorted_is_a_link_and_the_rest_is_not(client):
    page = page_of(client, *ALL_COLUMNS)
    linked = [head["class"] for head in page.select("table.items th") if head.a]
    assert [[c[2:] for c in classes if c.startswith("c-")] for classes in linked] == [
        [name] for name in SORTABLE
    ]


def test_items_alike_stay_in_list_order(client):
    for order in ("unit", "-unit"):
        rows = rows_of(page_of(client, ("sort", order)))
        place = sort_key("序号")
        for unit in ("县教育局", "县水利局"):
            places = [place(row["序号"]) for row in rows if row["牵头单位"] == unit]
            assert places == sorted(places)


def test_sorted_by_judgement_the_worst_of_the_behind_comes_first(client):
    rows = rows_of(page_of(client, ("sort", "judgement"), LATER))
    serious = [row for row in rows if has_chip("严重滞后")(row)]
    assert rows[: len(serious)] == serious
    variance = sort_key("偏差（百分点）")
    known = [v for v in (variance(row["偏差（百分点）"]) for row in serious) if v is not None]
    below_zero = [v for v in known if v < 0]
    assert known[: len(below_zero)] == sorted(below_zero)


def test_filtering_keeps_the_order_and_one_link_restores_that_of_the_list(client):
    page = page_of(client, ("sort", "-planned"), ("level", "city"))
    assert page.select_one("#filters [name=sort]")["value"] == "-planned"
    link = page.find("a", string="恢复清单顺序")
    assert link["href"] == "?level=city"
    assert page_of(client, ("level", "city")).find("a", string="恢复清单顺序") is None


# -- Groups -------------------------------------------------------------------------------


def test_lists_and_groups_stand_as_printed(client):
    expected = []
    for level in ("province", "city", "county"):
        expected.append(("list", TITLES[level]))
        last = None
        for row in printed(f"cangnan-2023-{level}"):
            if row["category"] and row["category"] != last:
                expected.append(("group", row["category"]))
            last = row["category"]
            expected.append(("item", f"{LEVELS[level]}{row['number']}"))
    assert [
        ("list", words(row)) if "group-level" in row.get("class", ())
        else ("group", words(row)) if "group" in row.get("class", ())
        else ("item", words(row.td))
        for row in page_of(client).select("table.items tbody tr")
    ] == expected  # fmt: skip


TITLES = {
    "province": "2023年省政府民生实事项目实施计划",
    "city": "2023年市政府民生实事项目实施计划",
    "county": "2023年度县政府民生实事项目实施计划",
}


def test_every_row_says_what_the_list_prints(client):
    rows = rows_of(page_of(client, *ALL_COLUMNS))
    published = [
        (LEVELS[level], row) for level in LEVELS for row in printed(f"cangnan-2023-{level}")
    ]
    for row, (level, source) in zip(rows, published, strict=True):
        assert row["序号"] == f"{level}{source['number']}"
        assert row["牵头单位"] == source["lead_unit"]
        for heading, key in (("项目内容", "title"), ("工作进度安排", "schedule"),
                             ("目前实施情况", "status"), ("类别", "category")):  # fmt: skip
            assert row[heading] == " ".join((source[key] or "—").split()), row["序号"]


def test_a_sorted_list_has_no_group_rows(client):
    assert page_of(client).select("tr.group")
    assert not page_of(client, ("sort", "planned")).select("tr.group")


def test_filtered_lists_keep_the_headings_of_what_is_left(client):
    page = page_of(client, ("level", "county"), ("group", "交通畅行"))
    assert [words(row) for row in page.select("tr.group")] == [TITLES["county"], "交通畅行"]


def test_rows_that_share_a_cell_each_say_it(client):
    """Rows 18 and 19 of the province's list share schedule, status and unit."""
    rows = {row["序号"]: row for row in rows_of(page_of(client))}
    first, second = rows["省级18"], rows["省级19"]
    assert listed("province", 19).merged_with == 18
    assert second["项目内容"] == "新增托位400个。" != first["项目内容"]
    for column in ("工作进度安排", "目前实施情况", "牵头单位", "计划（%）"):
        assert first[column] == second[column] != "—", column
    assert second["目前实施情况"] == "已做好建设部署，目前建设进度30%。"


# -- Columns ------------------------------------------------------------------------------


def test_columns_are_chosen_in_the_address_and_stand_in_their_own_order(client):
    page = page_of(client, ("cols", "reason"), ("cols", "number"), ("cols", "title"))
    assert headings(page) == ["序号", "项目内容", "原因"]
    boxes = page.select("#filters [name=cols]")
    assert [box["value"] for box in boxes] == [field.name for field in FIELDS]
    checked = [box["value"] for box in boxes if box.has_attr("checked")]
    assert checked == ["number", "title", "reason"]


def test_the_last_choice_of_columns_is_remembered(client):
    usual = headings(page_of(client))
    assert usual == [field.full_heading for field in FIELDS if field.shown]
    assert COLUMNS_COOKIE not in client.cookies, "nothing was chosen yet"
    get(client, ("cols", "number"), ("cols", "next_due"))
    cookie = client.cookies[COLUMNS_COOKIE]
    assert cookie.value == "number.next_due"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 365 * 24 * 60 * 60
    assert headings(page_of(client)) == ["序号", "下一节点"]
    assert headings(page_of(client, ("level", "city"))) == ["序号", "下一节点"]


def test_no_other_page_takes_the_columns_from_its_address(client):
    for name in ("overview", "units", "items_excel"):
        get(client, ("cols", "number"), name=name)
        assert COLUMNS_COOKIE not in client.cookies, name


def test_a_remembered_column_that_does_not_exist_is_passed_over(client):
    client.cookies[COLUMNS_COOKIE] = "number.nonsense.<script>"
    assert headings(page_of(client)) == ["序号"]
    client.cookies[COLUMNS_COOKIE] = "nonsense"
    assert len(headings(page_of(client))) == 10


def test_another_choice_of_columns_is_another_page(client):
    etag = get(client).headers["ETag"]
    client.cookies[COLUMNS_COOKIE] = "number"
    assert get(client, **{"If-None-Match": etag}).headers["ETag"] != etag


# -- The part below the filters -----------------------------------------------------------


def test_htmx_gets_the_part_below_the_filters_alone(client):
    response = get(client, ("level", "city"), **{"HX-Request": "true"})
    html = response.content.decode()
    assert "<html" not in html
    assert "<h1" not in html
    assert "filters" not in html
    part = BeautifulSoup(html, "html.parser")
    whole = page_of(client, ("level", "city"))
    assert rows_of(part) == rows_of(whole)
    assert showing(part) == showing(whole) == "显示层级为市级的条目：54项（共153项）。"
    assert "HX-Request" in response.headers["Vary"]


def test_the_choosers_above_follow_the_filters(client):
    """They stand outside the part, and another date must keep what was filtered."""
    response = get(client, ("level", "city"), ("q", "灵溪"), **{"HX-Request": "true"})
    context = BeautifulSoup(response.content, "html.parser").select_one("#page-context")
    assert context["hx-swap-oob"] == "true"
    for form in context.select("form:has([name=as_of])"):
        kept = {field["name"]: field["value"] for field in form.select("[type=hidden]")}
        assert kept == {"level": "city", "q": "灵溪"}


def test_going_back_gets_the_whole_page_and_never_the_part_kept_for_it(client):
    part = get(client, ("level", "city"), **{"HX-Request": "true"})
    back = get(
        client,
        ("level", "city"),
        **{
            "HX-Request": "true",
            "HX-History-Restore-Request": "true",
            "If-None-Match": part.headers["ETag"],
        },
    )
    page = BeautifulSoup(back.content, "html.parser")
    assert page.h1
    assert page.select_one("#filters [name=level] option[selected]")["value"] == "city"


# -- Who sees what, and what is harmless ----------------------------------------------------


def test_a_reporter_has_the_own_units_items_and_no_other_choice(
    corpus, reporter, other_reporter, client_for
):
    client = client_for(reporter)
    page = page_of(client)
    rows = rows_of(page)
    assert len(rows) == 16
    assert {row["牵头单位"] for row in rows} == {"县教育局"}
    assert [words(option) for option in page.select("[name=unit] option")] == ["全部", "县教育局"]
    foreign = page_of(client, ("unit", other_reporter.unit_id))
    assert "“牵头单位”在本县本年度没有这个值，已忽略" in words(foreign)
    assert len(rows_of(foreign)) == 16
    assert len(sheet_of(client)[1]) == 16


HOSTILE = "<script>alert(1)//\"'&<h6>"  # 30 characters at most


def test_nothing_that_was_typed_becomes_part_of_the_page(client):
    item = listed("province", 43)
    ListItem.objects.filter(pk=item.pk).update(
        title=HOSTILE,
        schedule=HOSTILE,
        category=HOSTILE,
        lead_unit_printed=HOSTILE,
        responsible_leader=HOSTILE,
        responsible_person=HOSTILE,
        supporting_units=[HOSTILE],
    )
    Report.objects.filter(project=item.project).update(narrative=HOSTILE, problems=HOSTILE)
    ItemWording.objects.filter(item=item).update(narrative=HOSTILE, problems=HOSTILE)
    for name in ("items", "overview", "units", "leaders"):
        html = get(client, *ALL_COLUMNS, name=name).content.decode()
        assert "<script>alert" not in html, name
        assert "<h6>" not in html, name
    page = page_of(client, *ALL_COLUMNS, ("level", "province"), ("q", HOSTILE))
    assert showing(page) == f"显示层级为省级、文字含“{HOSTILE}”的条目：1项（共153项）。"
    [row] = rows_of(page)
    for column in ("项目内容", "工作进度安排", "目前实施情况", "牵头单位", "类别", "责任领导",
                   "责任人", "配合单位", "存在问题"):  # fmt: skip
        assert row[column] == HOSTILE, column


# -- Excel ----------------------------------------------------------------------------------


def sheet_of(client, *filters, place=CANGNAN):
    """(heading, rows as dicts, the lines above) of the Excel file of the same address."""
    response = get(client, *filters, place=place, name="items_excel")
    assert response.headers["Content-Type"] == XLSX
    sheet = load_workbook(BytesIO(response.content)).active
    grid = [[value_of(cell) for cell in row] for row in sheet.iter_rows()]
    head = next(index for index, row in enumerate(grid) if index > 1 and row[-1] is not None)
    headings = [heading.replace("\n", "") for heading in grid[head]]
    rows = [dict(zip(headings, row, strict=True)) for row in grid[head + 1 :]]
    return headings, rows, [row[0] for row in grid[:head]]


def value_of(cell):
    """A cell's value; percent as the page counts them."""
    percent = cell.number_format.endswith("%") and not isinstance(cell.value, str)
    return cell.value * 100 if percent else cell.value


def as_shown(value):
    """A value of Excel as the page writes it."""
    if value is None or value == "":
        return "—"
    if hasattr(value, "year"):
        return f"{value.year}年{value.month}月{value.day}日"
    # Excel keeps no difference between 100 and 100.0.
    return f"{value:.1f}" if isinstance(value, int | float) else " ".join(value.split())


def as_in_excel(column, text):
    """The words of the page's cell, without what only the page adds."""
    if column == "研判":
        shape, status, *flags = text.split()
        flags = " ".join(flags).replace(" 示例数据", "（示例数据）").split()
        return "；".join([f"{shape} {status}", *flags[1::2]])
    if column == "全市平均":
        return text.split()[0]
    if column == "偏差（百分点）":
        return text.removesuffix("可比目标").strip().replace("−", "-").replace("+", "")
    return text


@pytest.mark.parametrize(
    "filters",
    [
        (),
        (("level", "province"), ("flag", "below_city_average"), ("sort", "-average")),
        (("q", "灵溪"), ("sort", "judgement"), LATER, *ALL_COLUMNS),
        (("status", "late"), ("sort", "next_due"), ("cols", "title"), ("cols", "next_due")),
    ],
)
def test_excel_has_the_rows_and_columns_of_the_page(filters, client):
    page = page_of(client, *filters)
    head, rows, above = sheet_of(client, *filters)
    # Where every figure has its sign the head needs none.
    assert head == [heading.replace("（%）", "") for heading in headings(page)]
    shown = [{k.replace("（%）", ""): v for k, v in row.items()} for row in rows_of(page)]
    assert shown
    assert [{column: as_shown(value) for column, value in row.items()} for row in rows] == [
        {column: as_in_excel(column, text) for column, text in row.items()} for row in shown
    ]
    assert above[0] == "苍南县2023年民生实事清单"
    day = "2023年7月15日" if LATER in filters else "2023年4月10日"
    assert above[1] == f"截至{day}。{showing(page)}"


def test_the_page_links_to_the_excel_of_what_it_shows(client):
    filters = (("level", "city"), ("q", "灵溪"), ("sort", "-planned"))
    link = page_of(client, *filters).find("a", string="下载 Excel")
    assert link["href"] == f"{reverse('items_excel', args=CANGNAN)}?{urlencode(filters)}"


def test_excel_takes_the_remembered_columns_as_the_page_does(client):
    client.cookies[COLUMNS_COOKIE] = "number.title"
    assert sheet_of(client)[0] == ["序号", "项目内容"]


def test_the_excel_file_says_where_figures_are_sample_data(client):
    head, rows, above = sheet_of(client)
    assert SAMPLE_NOTE in above
    flagged = [row for row in rows if "低于全市平均" in row["研判"]]
    assert len(flagged) == 25
    assert all("低于全市平均（示例数据）" in row["研判"] for row in flagged)
    assert SAMPLE_NOTE not in sheet_of(client, ("level", "city"))[2]


def test_the_page_says_so_only_where_such_a_figure_is_shown(client):
    assert "示例数据" in words(page_of(client).select_one(".showing"))
    for filters in ((("level", "city"),), (("q", "优托护苗"),), (("status", "not_reported"),)):
        assert "示例数据" not in words(page_of(client, *filters).select_one(".showing")), filters


def test_the_excel_file_has_a_chinese_name_with_its_date(client):
    response = get(client, LATER, name="items_excel")
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''")
    name = unquote(disposition.split("''")[1])
    assert name == "苍南县2023年民生实事清单（截至2023年7月15日）.xlsx"
    assert disposition.isascii()


def test_what_was_typed_is_no_formula_in_excel(client):
    item = listed("province", 1)
    ListItem.objects.filter(pk=item.pk).update(title="=1+1", schedule="+2\x0b", category="@SUM(A1)")
    response = get(client, ("q", "=1+1"), *ALL_COLUMNS, name="items_excel")
    sheet = load_workbook(BytesIO(response.content)).active
    cells = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row}
    assert cells["=1+1"] == cells["+2"] == cells["@SUM(A1)"] == "s"


def test_links_to_what_is_behind_open_it_worst_first_with_the_reason(client):
    overview = BeautifulSoup(client.get(reverse("overview", args=CANGNAN)).content, "html.parser")
    address = overview.select_one(".tile-behind")["href"]
    assert "sort=judgement" in address
    answer = client.get(address)
    page = BeautifulSoup(answer.content, "html.parser")
    heads = [
        head.get_text(strip=True) for head in page.select("table.items th.c-reason, th.c-schedule")
    ]
    assert heads == ["原因"], "in the place of the plan"
    assert COLUMNS_COOKIE not in answer.cookies
    variances = [
        float(cell.get_text().replace("−", "-"))
        for cell in page.select("table.items td[data-label^=偏差]")
        if cell.get_text() != "—"
    ]
    assert variances == sorted(variances)
    chosen = [box["value"] for box in page.select("[name=cols][checked]")]
    said = page.select_one("form.filters input[type=hidden][value='1']")["name"]
    again = client.get(address, {"cols": chosen, "status": "", said: "1"})
    assert COLUMNS_COOKIE not in again.cookies, "what the link showed is no choice of columns"
    own = client.get(address, {"cols": [*chosen, "schedule"], "status": "", said: "1"})
    assert COLUMNS_COOKIE in own.cookies
    same = client.get(address, {"cols": chosen, "status": ""})
    assert COLUMNS_COOKIE in same.cookies, "whoever chooses the same, chooses"
