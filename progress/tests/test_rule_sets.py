"""研判规则: who changes them, what a preview says, what is never changed."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from livelihood.organisation.models import Region, User
from livelihood.testing import written
from progress.models import CityComparison, Round, RuleSet
from progress.operations.reporting import RefusedError
from progress.operations.rule_sets import (
    RulesChangedError,
    earliest_start,
    mark_of,
    preview_rules,
    save_rule_set,
    sets_of,
    start_fault,
)
from progress.operations.standings import read_county
from progress.operations.summary import differences, rebuild
from progress.parts.rule_forms import initial_of
from progress.rules.judgement import Flag, Status
from projects.models import ListItem

pytestmark = pytest.mark.django_db

PLACE = ["330327", 2023]
AS_OF = date(2023, 4, 10)
TODAY = date(2023, 4, 20)
RULES, NEW = reverse("rules", args=PLACE), reverse("rule_set_add", args=PLACE)


@pytest.fixture
def county(corpus):
    return Region.objects.get(code="330327")


@pytest.fixture
def first(county):
    return RuleSet.objects.get(county=county)


@pytest.fixture
def running(county):
    """The round as published is still open: no closed round was judged by the rules."""
    Round.objects.filter(county=county).update(state=Round.State.OPEN, closed_at=None)
    return Round.objects.get(county=county)


@pytest.fixture
def client(county, office, client_for):
    return client_for(office)


def values_of(rule_set, **other):
    """What a person types for a set, field by field."""
    typed = initial_of(rule_set, valid_from=rule_set.valid_from) | other
    return {k: v for k, v in typed.items() if v is not False}


def saved(county, by, rule_set=None, mark=None, **values):
    return save_rule_set(
        by=by,
        county=county,
        values=values,
        mark=mark or mark_of(county),
        today=TODAY,
        rule_set=rule_set,
    )


def address(rule_set):
    return reverse("rule_set", args=[*PLACE, rule_set.pk])


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def hidden(page):
    """What the form sends without being asked."""
    return {name: page.select_one(f"[name={name}]")["value"] for name in ("mark", "previewed")}


def preview_of(county, rules, as_of=AS_OF):
    return preview_rules(
        ListItem.objects.all(),
        county,
        as_of=as_of,
        today=TODAY,
        rounds=list(Round.objects.for_county(county, 2023)),
        rule_set=rules,
    )


# -- In time ---------------------------------------------------------------------------


def test_a_set_holds_until_the_day_before_the_next(county, first):
    july = RuleSet.objects.create(county=county, valid_from=date(2023, 7, 1))
    later, earlier = sets_of(county)
    assert (later.rule_set, later.last) == (july, None)
    assert (earlier.rule_set, earlier.last) == (first, date(2023, 6, 30))
    assert [r.as_of for r in earlier.closed] == [AS_OF]
    assert later.rounds == ()
    assert earlier.holds_on(date(2023, 6, 30))
    assert not earlier.holds_on(date(2023, 7, 1))


def test_a_round_on_the_first_day_belongs_to_the_new_set(county, running):
    RuleSet.objects.create(county=county, valid_from=AS_OF)
    later, earlier = sets_of(county)
    assert [r.as_of for r in later.rounds] == [AS_OF]
    assert earlier.rounds == ()


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (AS_OF, "截至2023年4月10日的期次已经截止存档，生效日期应在2023年4月11日或以后。"),
        (date(2022, 1, 1), "已经截止存档"),
        (AS_OF + timedelta(days=1), ""),
        (TODAY + timedelta(days=732), ""),
        (TODAY + timedelta(days=733), "离今天太远"),
    ],
)
def test_new_rules_never_reach_back_into_closed_rounds(county, start, said):
    fault = start_fault(county, start, TODAY, None)
    assert (said in fault) if said else fault == ""


def test_two_sets_do_not_begin_on_one_day(county, first, running):
    assert "已有一套规则自2023年1月1日起生效" in start_fault(county, first.valid_from, TODAY, None)
    assert start_fault(county, first.valid_from, TODAY, first) == ""
    assert earliest_start(county) is None


# -- The preview -----------------------------------------------------------------------


def test_the_same_rules_change_nothing(county, first):
    preview = preview_of(county, first)
    assert preview.changes == []
    assert all(before == after for _, before, after in [*preview.statuses, *preview.flags])


def test_a_preview_counts_and_names_what_changes_and_writes_nothing(county, first):
    tried = RuleSet(county=county, valid_from=TODAY, behind_points=0, seriously_behind_points=1)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        preview = preview_of(county, tried)
    assert all(q["sql"].startswith("SELECT") for q in queries)
    assert RuleSet.objects.get(county=county) == first
    live = read_county(ListItem.objects.all(), county, 2023, as_of=AS_OF, today=TODAY)
    now = {s.item.pk: s.standing.status for s in live.items}
    assert {s.item.pk: s.standing.status for s in preview.before.items} == now
    counted = {status: (before, after) for status, before, after in preview.statuses}
    behind = len(live.with_status(Status.BEHIND)), len(preview.after.with_status(Status.BEHIND))
    assert counted[Status.BEHIND] == behind
    assert preview.changes
    for change in preview.changes:
        assert change.before.standing.status != change.after.standing.status
        assert change.after.standing.schedule_variance < 0
        assert any("超过0个百分点" in why or "超过1个百分点" in why for why in change.why)
    changed = {c.after.item.pk for c in preview.changes}
    after = {s.item.pk: s.standing.status for s in preview.after.items}
    assert changed == {pk for pk in now if now[pk] != after[pk]}


def test_time_passed_as_the_plan_changes_many_items_and_says_so(county, first):
    first.basis = "elapsed"
    preview = preview_of(county, first)
    assert len(preview.changes) > 20
    for change in preview.changes:
        assert "按时间进度计划进度" in "".join(change.after.standing.explanation)
    by_status = {status: (before, after) for status, before, after in preview.statuses}
    assert sum(before for before, _ in by_status.values()) == len(preview.before.items)
    assert sum(after for _, after in by_status.values()) == len(preview.after.items)


def test_the_last_places_of_the_city_show_as_flags_that_come(county, first):
    first.bottom_ranks = 3
    preview = preview_of(county, first)
    last = CityComparison.objects.filter(item__project_list__county=county, rank__gt=9)
    assert last.exists()
    assert {c.after.item.pk for c in preview.changes} == set(last.values_list("item", flat=True))
    assert all(c.gained == [Flag.BOTTOM_OF_CITY] and not c.lost for c in preview.changes)
    assert (Flag.BOTTOM_OF_CITY, 0, last.count()) in preview.flags


def test_a_flag_that_goes_says_on_what_it_rested(county, first):
    first.comparison_max_age_days = 1
    table = (
        CityComparison.objects.filter(item__project_list__county=county).order_by("as_of").last()
    )
    preview = preview_of(county, first, table.as_of + timedelta(days=2))
    gone = [c for c in preview.changes if Flag.BELOW_CITY_AVERAGE in c.lost]
    assert gone
    for change in gone:
        assert any("不作比较" in sentence for sentence in change.why)
        assert any("全市平均" in sentence for sentence in change.no_longer)


# -- Saving ----------------------------------------------------------------------------


def test_a_changed_set_is_told_with_old_and_new_in_one_row(county, first, running, office):
    before = county.data_version
    with written() as rows:
        saved(county, office, first, valid_from=first.valid_from, behind_points=3, basis="elapsed")
    (row,) = rows
    assert (row.actor, row.region) == (office, county)
    assert row.summary == "修改苍南县研判规则（2023年1月1日起执行）"
    assert row.changes["behind_points"] == ["5", "3"]
    assert row.changes["basis"] == ["各条目自己的进度安排", "时间进度（全年已过去的比例）"]
    assert set(row.changes) == {"behind_points", "basis"}
    first.refresh_from_db()
    assert (first.behind_points, first.basis) == (3, "elapsed")
    county.refresh_from_db()
    assert county.data_version > before


def test_saving_without_a_change_leaves_no_trace(county, first, running, office):
    with written() as rows:
        saved(county, office, first, valid_from=first.valid_from, unit_approves=False)
    assert rows == []


def test_the_summary_of_the_running_round_learns_of_new_rules(county, first, running, office):
    rebuild(county)
    saved(county, office, first, valid_from=first.valid_from, basis="elapsed", behind_points=3)
    assert differences(county) == []
    # Begun later, the set no longer judges the round, which falls back to the default numbers.
    saved(county, office, first, valid_from=AS_OF + timedelta(days=1))
    assert differences(county) == []


def test_a_new_set_leaves_the_closed_round_as_it_is(county, first, office):
    saved(county, office, valid_from=AS_OF + timedelta(days=1), behind_points=0)
    first.refresh_from_db()
    assert first.behind_points == 5
    assert RuleSet.objects.in_force(county, AS_OF) == first
    assert RuleSet.objects.in_force(county, AS_OF + timedelta(days=1)).behind_points == 0


def test_rules_by_which_a_closed_round_was_judged_are_not_changed(county, first, office):
    with pytest.raises(RefusedError, match="已有1期按这套规则研判并存档"):
        saved(county, office, first, valid_from=date(2023, 6, 1), behind_points=3)
    first.refresh_from_db()
    assert first.behind_points == 5


def test_a_set_that_begins_in_a_closed_round_is_refused_by_the_writer_too(county, office):
    with pytest.raises(ValidationError) as refused:
        saved(county, office, valid_from=AS_OF)
    assert "valid_from" in refused.value.message_dict
    assert RuleSet.objects.filter(county=county).count() == 1


def test_of_two_editors_the_second_is_told(county, first, running, office):
    mark = mark_of(county)
    saved(county, office, first, valid_from=first.valid_from, behind_points=3)
    with pytest.raises(RulesChangedError):
        saved(county, office, first, mark, valid_from=first.valid_from, behind_points=4)
    with pytest.raises(RulesChangedError):
        saved(county, office, None, mark, valid_from=TODAY)
    first.refresh_from_db()
    assert first.behind_points == 3


@pytest.mark.parametrize("role", ["supervisor", "reporter", "administrator"])
def test_nobody_but_the_office_changes_rules(county, running, first, role, request):
    with pytest.raises(PermissionDenied):
        saved(
            county,
            request.getfixturevalue(role),
            first,
            valid_from=first.valid_from,
            behind_points=3,
        )


# -- The pages -------------------------------------------------------------------------


def test_everybody_of_the_county_reads_the_rules(county, first, reporter, client_for):
    page = page_of(client_for(reporter).get(RULES))
    facts = dict(
        zip(map(words, page.select("dl dt")), map(words, page.select("dl dd")), strict=True)
    )
    assert facts["滞后"] == "落后超过5个百分点，或有到期节点未完成"
    assert "位次靠后" not in facts
    assert NEW not in str(page)
    row = page.select_one("#sets tbody tr")
    assert "执行中" in words(row)
    assert "1期，其中已截止1期" in words(row)
    own = page_of(client_for(reporter).get(address(first)))
    assert not own.select("form [name=behind_points]")


def test_the_page_of_the_rules_costs_few_queries(client):
    client.get(RULES)
    RuleSet.objects.create(county=Region.objects.get(code="330327"), valid_from=TODAY)
    with CaptureQueriesContext(connection) as queries:
        client.get(RULES)
    assert len(queries) <= 14


def test_a_kept_set_is_shown_with_the_way_to_a_new_one(client, first):
    page = page_of(client.get(address(first)))
    assert "已有1期按这套规则研判并存档" in words(page.main)
    assert page.select_one(f'a[href="{NEW}"]')
    answer = client.post(address(first), values_of(first))
    assert answer.status_code == 409
    assert "不能再修改" in words(page_of(answer).select_one(".error-summary"))


def test_a_new_set_begins_as_a_copy_of_the_latest(client, first):
    RuleSet.objects.update(behind_points="7.50", bottom_ranks=3)
    page = page_of(client.get(NEW))
    assert page.select_one("[name=behind_points]")["value"] == "7.5"
    assert page.select_one("[name=bottom_ranks]")["value"] == "3"
    assert page.select_one("[name=valid_from]")["value"] == timezone.localdate().isoformat()
    assert page.select_one("[name=measure][checked]")["value"] == "points"
    assert not page.select("#preview")
    assert "最早为2023年4月11日" in words(page.main)


def test_rules_are_previewed_and_then_saved(client, county, first, running):
    typed = values_of(first, behind_points="0", seriously_behind_points="1")
    page = page_of(client.get(address(first)))
    typed |= {"mark": hidden_mark(page)}
    with written() as rows:
        answer = client.post(address(first), typed | {"try": "yes"})
    assert (answer.status_code, rows) == (200, [])
    page = page_of(answer)
    changes = page.select("#changes tbody tr")
    assert f"{len(changes)}个的研判或提示会改变" in words(page.select_one("#preview"))
    assert [words(cell) for cell in changes[0].select("td")[2:4]] == ["▼ 滞后", "■ 严重滞后"]
    first.refresh_from_db()
    assert first.behind_points == 5
    answer = client.post(address(first), typed | hidden(page) | {"save": "yes"}, follow=True)
    assert answer.redirect_chain == [(RULES, 302)]
    assert "研判规则已保存，2023年1月1日起执行。" in words(page_of(answer).main)
    first.refresh_from_db()
    assert (first.behind_points, first.seriously_behind_points) == (0, 1)


def hidden_mark(page):
    return page.select_one("[name=mark]")["value"]


def test_what_was_not_previewed_is_not_saved(client, county, first, running):
    page = page_of(client.get(address(first)))
    typed = values_of(first, behind_points="3") | {"mark": hidden_mark(page)}
    page = page_of(client.post(address(first), typed | {"save": "yes"}))
    assert "没有预览过" in words(page.select_one(".error-summary"))
    assert page.select_one("#preview")
    # Changed again after the preview: previewed again.
    typed |= hidden(page) | {"behind_points": "2", "save": "yes"}
    page = page_of(client.post(address(first), typed))
    assert "没有预览过" in words(page.select_one(".error-summary"))
    assert page.select_one("[name=behind_points]")["value"] == "2"
    first.refresh_from_db()
    assert first.behind_points == 5


def test_all_faults_are_told_at_once_and_what_was_typed_is_kept(client, first):
    typed = values_of(
        first,
        valid_from="2023-04-01",
        behind_points="12",
        rounds_behind="1",
        year_end_month="13",
        comparison_max_age_days="",
        overdue_days="一个月",
        basis="guess",
        bottom_ranks="-1",
        ahead_points="1.234",
    )
    answer = client.post(NEW, typed)
    assert answer.status_code == 422
    page = page_of(answer)
    faults = [words(fault) for fault in page.select(".error-summary li")]
    assert set(faults) == {
        "截至2023年4月10日的期次已经截止存档，生效日期应在2023年4月11日或以后。",
        "严重滞后的界限不能小于滞后的界限（12）。",
        "“严重滞后：连续滞后”应填2至12的整数。",
        "“时间进度算到几月底”应填1至12的整数。",
        "请填写“全市对比数据有效”。",
        "“严重滞后：到期节点逾期超过”应填0至365的整数。",
        "请选择“计划进度取自”。",
        "“位次靠后：排在全市的后”应填0至50的整数。",
        "“超序时：超前达到”应填0至100的数，最多2位小数。",
    }
    assert page.select_one("[name=overdue_days]")["value"] == "一个月"
    assert not page.select("#preview")
    assert RuleSet.objects.filter(county=first.county).count() == 1


@pytest.mark.parametrize("typed", ["1e999", "NaN", "99999999999", "<b>", "٣"])
def test_no_number_however_strange_is_an_error_of_the_server(client, first, typed):
    answer = client.post(NEW, values_of(first, behind_points=typed, overdue_days=typed))
    assert answer.status_code == 422


def test_a_second_editor_gets_told_and_keeps_what_was_typed(client, county, first, running, office):
    page = page_of(client.get(address(first)))
    typed = values_of(first, behind_points="4") | {"mark": hidden_mark(page)}
    page = page_of(client.post(address(first), typed))
    saved(county, office, first, valid_from=first.valid_from, behind_points=3)
    answer = client.post(address(first), typed | hidden(page) | {"save": "yes"})
    assert answer.status_code == 409
    page = page_of(answer)
    assert "有人改动了本县的研判规则" in words(page.select_one(".error-summary"))
    assert page.select_one("[name=behind_points]")["value"] == "4"
    first.refresh_from_db()
    assert first.behind_points == 3
    # Looked at, and sent again.
    answer = client.post(address(first), typed | hidden(page) | {"save": "yes"})
    assert answer.status_code == 302
    first.refresh_from_db()
    assert first.behind_points == 4


def test_a_round_that_is_closed_is_only_tried_on(client, first):
    typed = values_of(first, valid_from="2023-04-11", behind_points="0")
    page = page_of(client.post(NEW, typed))
    assert "这一期已经截止存档，不会改变" in words(page.select_one("#preview"))


def test_an_open_round_before_the_first_day_is_only_tried_on(client, first, running):
    typed = values_of(first, valid_from="2023-04-11", behind_points="0")
    page = page_of(client.post(NEW, typed))
    assert "这一期在生效日期以前，仍按原来的规则研判" in words(page.select_one("#preview"))
    typed = values_of(first, behind_points="0")
    page = page_of(client.post(address(first), typed))
    assert "试算" not in words(page.select_one("#preview"))


def test_a_page_of_a_set_that_is_not_there_does_not_exist(client):
    assert client.get(reverse("rule_set", args=[*PLACE, 999999])).status_code == 404


def test_about_and_an_item_say_what_the_rules_say(client, county, running):
    RuleSet.objects.filter(county=county).update(basis="elapsed", bottom_ranks=3)
    Region.objects.filter(pk=county.pk).touch()
    about = words(page_of(client.get(reverse("about"))).main)
    assert "按时间进度：年初至11月底已过去的比例" in about
    assert "在全市排名的后3位之内" in about
    item = page_of(client.get(reverse("item", args=[*PLACE, "province", 3])))
    why = words(item.select_one("#why"))
    assert "计划进度按时间进度" in why
    assert "排在全市后3位为位次靠后" in why
    assert item.select_one(f'#why a[href="{RULES}"]')


def test_units_without_a_head_are_named_where_heads_are_to_approve(
    client, county, first, reporter, make_user
):
    said = "26个牵头单位没有在用的负责人账号：县教育局、"
    assert not page_of(client.get(RULES)).select("#current .callout")
    RuleSet.objects.filter(county=county).update(unit_approves=True)
    assert said in words(page_of(client.get(RULES)).select_one("#current .callout"))
    assert said in words(page_of(client.get(NEW)).select_one(".callout"))
    head = make_user(reporter.role, reporter.unit)
    User.objects.filter(pk=head.pk).update(heads_unit=True)
    told = words(page_of(client.get(RULES)).select_one("#current .callout"))
    assert told.startswith("25个牵头单位没有")
    assert "县教育局" not in told
