"""Lists as tables, in any layout; first of all 苍南's three lists as they were published."""

import json
from dataclasses import replace
from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from livelihood.organisation.documents.tables import (
    Kind,
    Merge,
    checked,
    table_from_dict,
    table_to_dict,
)
from livelihood.organisation.models import Region
from livelihood.organisation.words import to_decimals
from livelihood.testing import thaw
from progress.models import (
    Completion,
    PlaceReading,
    Report,
    Round,
    SiteReading,
    StandingRecord,
)
from progress.operations.listing import list_table
from progress.operations.listing_cells import CELLS, chinese_number
from progress.operations.standings import read_county
from progress.operations.year_end import read_year_end
from progress.rules.layout_columns import COLUMNS, RowsOf
from progress.rules.layouts import (
    READY_MADE,
    GroupBy,
    GroupStyle,
    Layout,
    Only,
    Sort,
    chosen,
    problems_of,
)
from progress.rules.year_end import OUTCOMES
from projects.models import Allocation, ListItem, Project, Site

pytestmark = pytest.mark.django_db

AS_OF = date(2023, 4, 10)
ALL = tuple(chosen(key) for key, spec in COLUMNS.items() if spec.of is RowsOf.ITEM)


def state_of(code="330327", year=2023, as_of=AS_OF, items=None):
    county = Region.objects.get(code=code)
    items = ListItem.objects.all() if items is None else items
    return read_county(items, county, year, as_of=as_of, today=as_of)


def made(key):
    return READY_MADE[key].layout


def printed(level):
    path = settings.BASE_DIR / "fixtures" / f"cangnan-2023-{level}.json"
    return json.loads(path.read_text("utf-8"))


def headings(table):
    return [column.heading for column in table.columns]


def column(table, heading):
    at = headings(table).index(heading)
    return [row[at] for row in table.rows]


def merged(table, heading):
    at = headings(table).index(heading)
    return [(m.first, m.last) for m in table.merges if m.column == at]


def stretches(words):
    """(first, last) of every run of two or more equal neighbours."""
    found, first = [], 0
    for place in range(1, len(words) + 1):
        if place == len(words) or words[place] != words[first]:
            if place - first > 1:
                found.append((first, place - 1))
            first = place
    return found


# -- The bulletin of 苍南 as it was published ----------------------------------------------


def test_the_province_list_is_the_published_one_cell_by_cell(corpus_as_loaded):
    table = list_table(state_of(), made("standard_province"))
    assert headings(table) == ["序号", "项目内容", "工作进度安排", "目前实施情况", "牵头单位"]
    assert list(table.rows) == [
        (row["number"], row["title"], row["schedule"], row["status"], row["lead_unit"])
        for row in printed("province")
    ]
    # Rows 18 and 19 share the cells of their schedule, their state and their unit.
    assert list(table.merges) == [Merge(2, 17, 18), Merge(3, 17, 18), Merge(4, 17, 18)]
    assert table.title == "2023年省政府民生实事项目实施计划（截至4月10日）"
    assert (table.groups, table.totals, table.notes) == ((), (), ())


def test_the_city_list_is_the_published_one_with_its_groups_merged(corpus_as_loaded):
    table = list_table(state_of(), made("standard_city"))
    rows = printed("city")
    categories = list(dict.fromkeys(row["category"] for row in rows))
    assert headings(table) == [
        "项目名称",
        "序号",
        "项目内容",
        "工作进度安排",
        "目前实施情况",
        "牵头单位",
    ]
    assert list(table.rows) == [
        (
            f"{'一二三四五六七八九十'[categories.index(row['category'])]}、{row['category']}",
            row["number"],
            row["title"],
            row["schedule"],
            row["status"],
            row["lead_unit"],
        )
        for row in rows
    ]
    assert merged(table, "项目名称") == stretches([row["category"] for row in rows])
    assert len(table.merges) == len(categories) == 10
    assert table.title.startswith("2023年市政府民生实事项目实施计划")


def test_the_county_list_is_the_published_one_with_its_numbers_in_the_text(corpus_as_loaded):
    table = list_table(state_of(), made("standard_county"))
    rows = printed("county")
    assert headings(table) == [
        "实事名称",
        "项目内容（含具体点位）",
        "工作计划和进度安排",
        "目前实施情况",
        "牵头单位",
    ]
    assert list(table.rows) == [
        (
            row["category"],
            f"{row['number']}.{row['title']}",
            row["schedule"],
            row["status"],
            row["lead_unit"],
        )
        for row in rows
    ]
    assert merged(table, "实事名称") == stretches([row["category"] for row in rows])
    assert table.title.startswith("2023年度县政府民生实事项目实施计划")


def test_a_round_judged_live_gives_the_same_tables_as_the_kept_one(corpus_as_loaded):
    kept, every = state_of(), Layout("全部列", ALL)
    before = [list_table(kept, entry.layout) for entry in READY_MADE.values()]
    before.append(list_table(kept, every))
    assert all(checked(table) for table in before)
    thaw()
    live = state_of()
    assert kept.version is not None
    assert live.version is None
    after = [list_table(live, entry.layout) for entry in READY_MADE.values()]
    assert [*after, list_table(live, every)] == before


# -- Columns -------------------------------------------------------------------------------


def test_every_column_on_offer_can_be_filled_and_no_other(corpus):
    assert CELLS.keys() == COLUMNS.keys()
    for code, year in (("330327", 2023), ("330225", 2024)):
        state = state_of(code, year, date(year, 4, 10))
        table = list_table(state, Layout("全部列", ALL))
        assert len(table.rows) == len(state.items)
        assert table_from_dict(json.loads(json.dumps(table_to_dict(table)))) == table


def test_every_cell_is_of_the_kind_its_column_says(corpus):
    fits = {
        Kind.TEXT: str,
        Kind.LABEL: str,
        Kind.STATUS: str,
        Kind.COUNT: int,
        Kind.DATE: date,
        Kind.NUMBER: (int, float),
        Kind.PERCENT: float,
        Kind.POINTS: float,
    }
    table = list_table(state_of(), Layout("全部列", ALL))
    for at, spec in enumerate(table.columns):
        for row in table.rows:
            assert row[at] is None or isinstance(row[at], fits[spec.kind]), (spec.heading, row[at])


def cell(state, key, level, number, **options):
    layout = Layout("一列", (chosen("number"), chosen(key)), **options)
    table = list_table(state, layout, level=level)
    return dict(table.rows)[number]


CELLS_AS_PUBLISHED = [
    ("targets", "city", 1, "新增0-3岁婴幼儿照护托位400个"),
    ("target_values", "city", 1, "400个"),
    ("plan_quarter", "city", 1, "第二季度：建设进度50%"),
    ("plan_due", "city", 1, "第一季度：前期部署，确认点位"),
    ("plan_month", "city", 1, ""),
    ("plan_month", "county", 1, "计划4月底前完成岭门至狮头脚、宫脚至清湾底、高丰至下门项目施工"),
    ("fulfilment", "county", 1, "已完成。岭门至狮头脚"),
    ("last_due", "city", 1, date(2023, 11, 30)),
    ("sites", "city", 2, "宜山二幼、钱库二幼、马站二幼"),
    ("sites", "city", 1, ""),
    ("actual", "city", 1, 30.0),
    ("planned", "city", 1, 0.0),
    ("variance", "city", 1, 30.0),
    ("status", "city", 1, "超序时"),
    ("goal", "city", 1, "超序时推进"),
    ("outcome", "city", 1, "未完成"),
    ("figures", "city", 1, "完成30.0%"),
    ("progress_note", "city", 1, "30.0%（超序时）"),
    ("remark", "city", 1, "市政府民生实事"),
    ("name", "city", 1, "市级1"),
    ("also_on", "city", 1, "省级第19项"),
    ("next_step", "city", 1, "第二季度：建设进度50%"),
    ("period", "city", 1, "2023年1—11月"),
    ("reported", "city", 1, "已报"),
    ("combined", "city", 1, "已做好建设部署，目前建设进度30%。下一步：第二季度：建设进度50%。"),
    ("as_of", "city", 1, AS_OF),
]


@pytest.mark.parametrize(("key", "level", "number", "expected"), CELLS_AS_PUBLISHED)
def test_a_cell_says_what_the_list_and_the_report_say(key, level, number, expected, corpus):
    said = cell(state_of(), key, level, number)
    if isinstance(expected, str) and expected:
        assert said.startswith(expected)
    else:
        assert said == expected


def test_a_finished_item_is_finished_in_every_column_that_says_so(corpus):
    state = state_of()
    done = next(s for s in state.items if s.standing.label == "已完成")
    at = done.item.level, done.item.number
    assert cell(state, "outcome", *at) in ("完成", "超额完成")
    assert cell(state, "goal", *at) == "已完成年度任务"
    assert "完成年度任务。" in cell(state, "year_fulfilment", *at)
    assert cell(state, "fulfilment", *at).startswith("已完成。")
    assert cell(state, "next_step", *at) == ""
    assert cell(state, "next_due", *at) is None
    done_row = Completion.objects.get(item=done.item.pk)
    assert cell(state, "declared", *at) == done_row.declared_on
    assert cell(state, "closed", *at) == done_row.closed_on


def test_the_numbers_of_the_city_come_with_a_note_that_they_are_made_up(corpus):
    state = state_of()
    table = list_table(state, made("below"))
    assert len(table.rows) == 25
    assert any("示例数据" in note for note in table.notes)
    for figure, average, gap in zip(
        column(table, "本县数"),
        column(table, "全市平均"),
        column(table, "与全市平均之差（百分点）"),
        strict=True,
    ):
        assert figure < average
        assert gap == pytest.approx(figure - average, abs=0.06)
    assert not list_table(state, made("standard_city")).notes


@pytest.mark.parametrize(("decimals", "expected"), [(0, 57.0), (1, 56.7), (2, 56.67)])
def test_numbers_are_as_precise_as_the_layout_says(decimals, expected):
    assert to_decimals(56.6666, decimals) == expected
    assert to_decimals(None, decimals) is None


def test_halves_are_rounded_as_people_do():
    assert [to_decimals(v, 0) for v in (0.5, 1.5, 2.5, -0.5)] == [1.0, 2.0, 3.0, -1.0]
    assert to_decimals(0.125, 2) == 0.13


def test_the_layouts_decimals_hold_in_numbers_and_in_words(corpus):
    table = list_table(
        state_of(), Layout("两位", (chosen("actual"), chosen("progress_note")), decimals=2)
    )
    assert table.columns[0].decimals == 2
    assert any(words.startswith("30.00%") for words in column(table, "当前进度"))


COUNTED = {
    **{1: "一", 10: "十", 11: "十一", 20: "二十", 23: "二十三", 99: "九十九", 100: "一百"},
    **{105: "一百零五", 110: "一百一十", 111: "一百一十一", 153: "一百五十三"},
    **{1000: "一千", 1001: "一千零一", 1010: "一千零一十", 2300: "二千三百"},
}


@pytest.mark.parametrize(("number", "words"), COUNTED.items())
def test_headings_are_counted_in_chinese(number, words):
    assert chinese_number(number) == words


def test_more_categories_than_a_hundred_are_counted(corpus):
    state = state_of()
    items = [
        replace(own, item=own.item._replace(level="city", category=f"类{place}"))
        for place, own in enumerate(state.items)
    ]
    table = list_table(replace(state, items=items), made("standard_city"))
    names = {row[0] for row in table.rows}
    assert {"一百、类99", "一百零一、类100", "一百五十三、类152"} <= names


def test_how_an_item_ended_is_what_the_page_of_the_years_end_says(corpus):
    state = state_of()
    found = {
        f"{end.state.level_label}{end.state.item.number}": OUTCOMES[end.outcome]
        for level in read_year_end(state, 2).levels
        for end in level.rows
    }
    table = list_table(state, Layout("年终", (chosen("name"), chosen("outcome"))))
    assert dict(table.rows) == found
    assert len(set(found.values())) > 1


# -- Which rows, in which order ------------------------------------------------------------

FEW = (chosen("name"), chosen("status"), chosen("unit"), chosen("category"), chosen("variance"))


def few(state, **options):
    return list_table(state, Layout("几列", FEW, **options))


def test_each_filter_lists_exactly_what_it_says(corpus):
    state = state_of()
    counts = {only: len(few(state, only=only).rows) for only in Only}
    assert counts[Only.ALL] == 153
    assert counts[Only.COMPLETED] == 8
    assert counts[Only.UNFINISHED] == 145
    assert counts[Only.BEHIND] == 9
    assert counts[Only.BELOW] == 25
    assert counts[Only.IN_STEP] + counts[Only.BEHIND] + counts[Only.NOT_REPORTED] == 145
    assert counts[Only.NOT_REPORTED] == 0
    assert set(column(few(state, only=Only.BEHIND), "研判")) <= {"滞后", "严重滞后"}
    assert "共9项" in few(state, only=Only.BEHIND).notes[0]
    of_unit = few(state, unit="县教育局", only=Only.UNFINISHED)
    assert set(column(of_unit, "牵头单位")) == {"县教育局"}
    assert few(state, unit="绝无此局").rows == ()
    assert few(state, level="county").rows[0][0] == "县级1"


def test_leaders_and_stars_are_filters_too(corpus):
    state = state_of("330225", 2024, date(2024, 4, 10))
    starred = list_table(state, Layout("★", (chosen("title"),), starred=True))
    assert starred.rows
    assert all(title.startswith("★") for (title,) in starred.rows)
    plain = list_table(state, Layout("无★", (chosen("title_plain"),), starred=True))
    assert not any("★" in title for (title,) in plain.rows)
    of_leader = list_table(state, Layout("领导", (chosen("leader"),), leader="胡颖磊"))
    assert set(of_leader.rows) == {("胡颖磊",)}
    assert "胡颖磊分管的" in of_leader.notes[-1]


def test_each_order_is_what_it_says(corpus):
    state = state_of()
    weight = ["严重滞后", "滞后", "未报", "按序时", "超序时", "已完成"]
    worst = [weight.index(word) for word in column(few(state, sort=Sort.WORST), "研判")]
    assert worst == sorted(worst)
    variances = column(few(state, sort=Sort.VARIANCE), "偏差（百分点）")
    known = [value for value in variances if value is not None]
    assert known == sorted(known)
    assert variances[: len(known)] == known, "what is unknown comes last"
    units = column(few(state, sort=Sort.UNIT), "牵头单位")
    assert len(stretches(units)) <= len(set(units))
    progress = list_table(state, Layout("进度", (chosen("actual"),), sort=Sort.PROGRESS))
    known = [value for (value,) in progress.rows if value is not None]
    assert known == sorted(known, reverse=True)


def test_groups_stand_under_headings_of_their_own(corpus):
    table = few(state_of(), group_by=GroupBy.UNIT)
    heads = [table.rows[at][0] for at in table.groups]
    assert len(heads) == len(set(heads)) > 10
    assert all(row[1:] == (None,) * 4 for row in (table.rows[at] for at in table.groups))
    assert len(table.rows) == 153 + len(heads)
    assert sum(int(head.rpartition("（")[2].rstrip("项）")) for head in heads) == 153
    for at in table.groups:
        unit = table.rows[at][0].partition("（")[0]
        assert table.rows[at + 1][2] == unit


def test_groups_are_merged_where_the_layout_says_so(corpus):
    merged_style = {"group_style": GroupStyle.MERGED}
    table = few(state_of(), group_by=GroupBy.STATUS, **merged_style)
    words = column(table, "研判")
    assert words[0] == "严重滞后" or words[0] == "滞后"
    assert merged(table, "研判") == stretches(words)
    leaders = list_table(state_of("330225", 2024, date(2024, 4, 10)), made("leaders"))
    assert merged(leaders, "分管领导") == stretches(column(leaders, "分管领导"))


def test_a_filter_does_not_number_the_groups_anew(corpus):
    layout = replace(made("standard_city"), only=Only.BEHIND)
    names = set(column(list_table(state_of(), layout), "项目名称"))
    assert "八、“畅通便民”工程" in names


def test_rows_that_share_cells_are_not_merged_when_their_words_differ(corpus):
    ListItem.objects.filter(
        project_list__county__code="330327", project_list__level="province", number=19
    ).update(schedule="另有安排。")
    table = list_table(state_of(), made("standard_province"))
    assert merged(table, "工作进度安排") == []
    assert merged(table, "目前实施情况") == [(17, 18)]


def test_rows_that_share_cells_are_merged_only_where_they_are_neighbours(corpus):
    layout = replace(made("standard_province"), sort=Sort.PROGRESS)
    table = list_table(state_of(), layout)
    numbers = column(table, "序号")
    apart = abs(numbers.index(18) - numbers.index(19)) > 1
    assert bool(merged(table, "工作进度安排")) is not apart


# -- Parts of items ------------------------------------------------------------------------


def test_a_matrix_of_townships_has_their_figures_and_totals(corpus):
    report = Report.objects.filter(project__items__project_list__level="county").filter(
        project__items__allocations__isnull=False, round__county__code="330327"
    )[0]
    allocation = Allocation.objects.filter(item__project=report.project).order_by("order")[0]
    PlaceReading.objects.create(report=report, allocation=allocation, value=3)
    table = list_table(state_of(), made("places"))
    item = allocation.item
    at = next(
        place for place, row in enumerate(table.rows)
        if row[1] == item.title and row[2] == allocation.place
    )  # fmt: skip
    assert table.rows[at][3:5] == (float(allocation.value), 3.0)
    assert table.rows[at][5] == to_decimals(300 / float(allocation.value), 1)
    total = next(t for t in table.totals if t >= at)
    assert table.rows[total][2] == "合计"
    assert table.rows[total][3] == sum(float(a.value) for a in item.allocations.all())
    assert table.rows[total][4] is None, "one place is known, the others are not"
    assert (at, total - 1) in merged(table, "项目内容")
    assert any("没有写明任务分解" in note for note in table.notes)
    assert checked(table) is table


def test_a_closed_round_keeps_its_parts_and_names(corpus_as_loaded):
    of_county = ListItem.objects.filter(project_list__county__code="330327")
    item = of_county.filter(sites__isnull=False, allocations__isnull=True)[0]
    split = of_county.filter(allocations__isnull=False)[0]
    layouts = [
        made("places"),
        Layout("点位", (chosen("name"), chosen("site")), rows=RowsOf.SITE),
        Layout("名称", (chosen("name"), chosen("project"), chosen("site_stages"))),
    ]
    before = [list_table(state_of(), layout) for layout in layouts]
    Allocation.objects.filter(item=split).update(value=1, place="改名的镇")
    Site.objects.filter(item=item).update(name="改名的点位")
    Project.objects.filter(pk=item.project_id).update(name="改名的事项")
    assert [list_table(state_of(), layout) for layout in layouts] == before
    thaw()
    assert [list_table(state_of(), layout) for layout in layouts] != before


def test_a_round_that_an_older_release_closed_keeps_its_shares(corpus_as_loaded):
    for kept in StandingRecord.objects.all():
        del kept.detail["parts"]
        StandingRecord.objects.filter(pk=kept.pk).update(detail=kept.detail)
    layout = made("places")
    before = list_table(state_of(), layout)
    Allocation.objects.filter(item__project_list__county__code="330327").update(value=1)
    assert list_table(state_of(), layout) == before


def test_a_table_of_sites_says_how_far_each_is(corpus):
    item = ListItem.objects.get(
        project_list__county__code="330327", project_list__level="city", number=2
    )
    report = Report.objects.get(project=item.project, round__county__code="330327")
    first = Site.objects.filter(item=item).order_by("order")[0]
    SiteReading.objects.create(report=report, site=first, stage="tendered", percent=25)
    layout = Layout(
        "点位",
        (chosen("number"), chosen("site"), chosen("site_stage"), chosen("site_percent")),
        level="city",
        rows=RowsOf.SITE,
    )
    assert problems_of(layout) == []
    rows = [row for row in list_table(state_of(), layout).rows if row[0] == 2]
    assert rows == [
        (2, "宜山二幼", "招标", 25.0),
        (2, "钱库二幼", "", None),
        (2, "马站二幼", "", None),
    ]
    assert cell(state_of(), "site_stages", "city", 2) == "宜山二幼：招标 25.0%；钱库二幼；马站二幼"


# -- Two rounds ----------------------------------------------------------------------------


@pytest.fixture
def may_round(corpus, county):
    """A second round in which one unit reports on city 1: what it says, and what it promises."""
    found = Round.objects.create(
        county=county, as_of=date(2023, 5, 10), state=Round.State.OPEN, simulated=True
    )
    item = ListItem.objects.get(project_list__county=county, project_list__level="city", number=1)
    Report.objects.create(
        round=found,
        project=item.project,
        state=Report.State.ACCEPTED,
        narrative="已全部开工。",
        cause="选址变更",
        catch_up_on=date(2023, 6, 20),
        help_needed="请协调用地。",
    )
    return found


def test_the_former_words_stand_beside_the_latest(may_round):
    state = state_of(as_of=may_round.as_of)
    table = list_table(state, made("former"), level="city")
    assert [c.over for c in table.columns if c.heading in ("上期", "最新")] == ["进展情况"] * 2
    assert column(table, "上期")[0] == "已做好建设部署，目前建设进度30%。"
    assert column(table, "最新")[0] == "已全部开工。"
    assert any("演示数据" in note for note in table.notes)


def test_cause_catch_up_date_and_help_are_the_latest_reports(may_round):
    state = state_of(as_of=may_round.as_of)
    assert cell(state, "cause", "city", 1) == "选址变更"
    assert cell(state, "catch_up", "city", 1) == date(2023, 6, 20)
    assert cell(state, "help", "city", 1) == "请协调用地。"
    assert "需协调：请协调用地。" in cell(state, "combined", "city", 1)
    before = state_of()
    assert cell(before, "cause", "city", 1) == "", "nothing of a later round shows before it"
    assert cell(before, "former", "city", 1) == "", "there was no round before the first"


def test_headings_name_the_month_of_the_date(may_round):
    state = state_of(as_of=may_round.as_of)
    assert "5月工作计划" in headings(list_table(state, made("month")))
    assert "6月工作计划" in headings(list_table(state, made("subprojects")))
    assert "第二季度目标" in headings(list_table(state, made("quarter")))


# -- What it costs -------------------------------------------------------------------------


def queries_for(state, layout):
    with CaptureQueriesContext(connection) as queries:
        list_table(state, layout)
    return len(queries)


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (made("standard_city"), 1),  # the lists' titles
        (made("behind"), 2),  # and what reports say of causes
        (made("places"), 3),
        (Layout("全部列", ALL), 9),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_table_costs_as_many_queries_for_few_items_as_for_all(layout, expected, corpus):
    few_items = ListItem.objects.filter(number__lte=12)
    assert queries_for(state_of(items=few_items), layout) == expected
    assert queries_for(state_of(), layout) == expected


def test_a_kept_round_costs_one_query_for_what_it_keeps(corpus_as_loaded):
    assert queries_for(state_of(), made("sites")) == 2
    assert queries_for(state_of(), made("standard_city")) == 1


def test_levels_have_headings_only_where_there_are_several(corpus):
    state = state_of()
    assert len(list_table(state, made("states")).groups) == 3
    assert list_table(state, made("states"), level="city").groups == ()
    assert list_table(state_of("330225", 2024, date(2024, 4, 10)), made("states")).groups == ()
