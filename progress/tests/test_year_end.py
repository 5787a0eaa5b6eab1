"""年终: the page with its files, and the votes that the office enters."""

from datetime import date
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from livelihood.organisation.models import LogEntry
from progress.models import Completion, Reading, Report, Round, SatisfactionVote
from progress.operations.kept_states import forget_states
from progress.operations.year_end import Line, Poll, VotesChangedError, county_items, save_votes
from projects.models import ListItem
from projects.tests.factory import YEAR, make_item, make_items, make_list

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
PLACE = ["330327", YEAR]
END = date(YEAR, 12, 31)


def page_of(client, name, place=PLACE, query="", status=200):
    response = client.get(reverse(name, args=place) + query)
    assert response.status_code == status
    return BeautifulSoup(response.content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


@pytest.fixture
def year(county, make_unit):
    """Five items of the county's list: exceeded, completed twice, unfinished, not reported."""
    listed, unit = make_list(county), make_unit("县教育局")
    last = Round.objects.create(county=county, as_of=END, state="closed")
    for value, declared in ((120, True), (100, True), (90, True), (150, False), (None, False)):
        item = make_item(listed, unit, stages=[(date(YEAR, 11, 30), 100)])
        if value is not None:
            report = Report.objects.create(
                round=last, project=item.project, state="accepted", narrative=f"完成{value}个。"
            )
            Reading.objects.create(
                report=report, indicator=item.targets.get().indicator, value=value, basis="derived"
            )
        if declared:
            Completion.objects.create(item=item, declared_on=END, verified_on=END, closed_on=END)
    return list(ListItem.objects.filter(project_list=listed))


def outcomes(page):
    return [words(cell) for cell in page.select("td.outcome")]


def test_every_item_ends_as_the_rule_says(year, office, client_for):
    page = page_of(client_for(office), "year_end")
    assert outcomes(page) == [
        "▲ 超额完成",
        "✓ 完成",
        "✓ 完成 读数低于目标值",
        "▼ 未完成",
        "○ 未填报",
    ]
    assert "1项报了完成而读数低于目标值" in words(page)
    assert "各项数量目标的累计完成数都不低于目标值" in words(page), "the rule stands on the page"


@pytest.mark.parametrize(
    ("query", "share"),
    [("", "20.00%"), ("?decimals=1", "20.0%"), ("?decimals=0", "20%"), ("?decimals=9", "20.00%")],
)
def test_the_sentence_and_the_percents_are_rounded_as_chosen(
    query, share, year, office, client_for
):
    page = page_of(client_for(office), "year_end", query=query)
    text = words(page.select_one("#year-end-text"))
    assert f"县级民生实事5项：1项超额完成，占比{share}；2项完成" in text
    rates = [words(r.select("td")[5]) for r in page.select("table.year-end tbody tr")]
    assert rates[0] == "1" + share  # 120 of 100


def test_the_excel_file_holds_the_same(year, office, client_for):
    response = client_for(office).get(reverse("year_end_excel", args=PLACE) + "?decimals=2")
    book = load_workbook(BytesIO(response.content))
    assert book.sheetnames == ["总体情况", "县级"]
    rows = [[cell.value for cell in row] for row in book["县级"].iter_rows()]
    listed = [row for row in rows if isinstance(row[0], int)]
    assert [row[4] for row in listed] == ["超额完成", "完成", "完成", "未完成", "未填报"]
    assert listed[0][5] == pytest.approx(1.2), "a true percentage"
    assert listed[4][5] == "—", "unknown is no zero"
    counts = [[c.value for c in row] for row in book["总体情况"].iter_rows()]
    row = next(row for row in counts if row[0] == "县级")
    assert row[1:4] == [5, 1, pytest.approx(0.2)]


def test_the_word_file_holds_the_same(year, office, client_for):
    response = client_for(office).get(reverse("year_end_docx", args=PLACE))
    document = Document(BytesIO(response.content))
    summary, county = document.tables
    heads = [cell.text for cell in county.rows[0].cells]
    assert heads[:5] == ["序号", "项目内容", "目标任务", "年度完成情况", "完成成效"]
    assert [row.cells[4].text for row in county.rows[1:]] == [
        "超额完成",
        "完成",
        "完成",
        "未完成",
        "未填报",
    ]
    assert document.sections[0].page_width > document.sections[0].page_height


def test_the_real_lists_stand_list_by_list(corpus, office, client_for):
    page = page_of(client_for(office), "year_end", CANGNAN)
    assert len(page.select("table.year-end")) == 3
    assert len(outcomes(page)) == 153
    assert sum(o.startswith("✓") or o.startswith("▲") for o in outcomes(page)) == 8
    assert page.select_one("#counts tfoot td").get_text() == "153"


def test_a_reporter_sees_the_own_items_alone(corpus, reporter, client_for):
    page = page_of(client_for(reporter), "year_end", CANGNAN)
    assert 0 < len(outcomes(page)) < 30
    assert {words(r.select("td")[6]) for r in page.select("table.year-end tbody tr")} == {
        "县教育局"
    }
    assert page.select_one(f"a[href='{reverse('satisfaction', args=CANGNAN)}']") is None


def test_the_page_costs_the_same_queries_for_few_items_as_for_many(
    county, make_unit, office, client_for
):
    listed, unit = make_list(county), make_unit("县教育局")
    Round.objects.create(county=county, as_of=END)
    make_items(listed, unit, 3)
    client = client_for(office)

    def queries():
        forget_states()
        with CaptureQueriesContext(connection) as captured:
            page_of(client, "year_end")
        return len(captured)

    queries()
    few = queries()
    make_items(listed, unit, 60)
    for item in ListItem.objects.filter(project_list=listed):
        vote_on(item)
    assert queries() == few


# -- Votes ------------------------------------------------------------------------------


def vote_on(item, body="县人大常委会", **values):
    values = {"members": 40, "satisfied": 21, "fairly": 5, "dissatisfied": 4, **values}
    return SatisfactionVote.objects.create(item=item, body=body, voted_on=END, **values)


def sent(items, counts, edits=0, **poll):
    data = {
        "body": "县人大常委会",
        "voted_on": f"{YEAR + 1}-01-20",
        "members": "40",
        "source": "第十六次会议",
        **poll,
    }
    for item, numbers in zip(items, counts, strict=False):
        for name, number in zip(
            ("satisfied", "fairly", "dissatisfied", "abstained"), numbers, strict=True
        ):
            data[f"{name}-{item.pk}"] = number
        data[f"edits-{item.pk}"] = edits
    return data


def logged(said):
    """The one row of the audit trail that says so."""
    rows = [r for r in LogEntry.objects.all() if said in r.summary]
    assert len(rows) == 1
    return rows[0]


def post(client, data):
    response = client.post(reverse("satisfaction", args=PLACE), data)
    return response, BeautifulSoup(response.content, "html.parser")


def test_the_office_enters_the_votes_on_all_items_at_once(year, office, client_for):
    client = client_for(office)
    counts = [(21, 5, 4, 0), (20, 1, 0, 19), (20, 0, 20, 0), ("", "", "", ""), (0, 0, "40", "")]
    response, _page = post(client, sent(year, counts))
    assert response.status_code == 302
    votes = {v.item_id: v for v in SatisfactionVote.objects.all()}
    assert [votes[i.pk].grade_label if i.pk in votes else None for i in year] == [
        "满意",
        "基本满意",
        "不满意",
        None,
        "不满意",
    ]
    assert votes[year[0].pk].entered_by == office
    row = logged("满意度测评")
    assert "新增4项" in row.summary
    assert len(row.changes) == 4


def test_who_reads_an_item_reads_its_votes(year, reporter, office, client_for):
    vote_on(year[0])
    page = page_of(client_for(reporter), "item", [*PLACE, "county", 1])
    assert "满意" in words(page.select_one("#votes"))
    assert page_of(client_for(office), "item", [*PLACE, "county", 2]).select_one("#votes") is None
    rows = page_of(client_for(office), "year_end").select("table.year-end tbody tr")
    assert words(rows[0].select("td")[8]) == "满意 （县人大常委会）"
    assert words(rows[1].select("td")[8]) == "未测评"


@pytest.mark.parametrize(
    ("numbers", "poll", "sentence"),
    [
        ((30, 10, 1, 0), {}, "各类票数合计41，超过组成人员总数40"),
        (("x", 1, 1, 0), {}, "票数应为不小于0的整数"),
        (("-1", 1, 1, 0), {}, "票数应为不小于0的整数"),
        (("1.5", 1, 1, 0), {}, "票数应为不小于0的整数"),
        (("9" * 30, 1, 1, 0), {}, "票数应为不小于0的整数"),
        (("", "", "", 3), {}, "请填写满意、基本满意、不满意的票数"),
        ((1, 1, 1, 0), {"body": " "}, "请填写测评主体"),
        ((1, 1, 1, 0), {"members": "0"}, "组成人员总数应大于0"),
        ((1, 1, 1, 0), {"members": "四十"}, "组成人员总数应为整数"),
        ((1, 1, 1, 0), {"voted_on": "明天"}, "日期无法识别"),
        ((1, 1, 1, 0), {"voted_on": "2999-01-01"}, "测评日期不能晚于今天"),
        ((1, 1, 1, 0), {"source": "长" * 201}, "来源不超过200个字"),
    ],
)
def test_nonsense_is_refused_in_words_and_what_was_typed_is_kept(
    numbers, poll, sentence, year, office, client_for
):
    response, page = post(client_for(office), sent(year, [(21, 5, 4, 0), numbers], **poll))
    assert response.status_code == 422
    assert sentence in words(page.select_one(".error-summary"))
    assert page.select_one(f"[name=satisfied-{year[1].pk}]")["value"] == str(numbers[0])
    assert page.select_one(f"[name=satisfied-{year[0].pk}]")["value"] == "21"
    assert not SatisfactionVote.objects.exists(), "all or nothing"


@pytest.mark.parametrize("body", ["", "\0", "没有这个主体", "长" * 500])
def test_any_body_in_the_address_or_sent_is_answered(body, year, office, client_for):
    client = client_for(office)
    assert client.get(reverse("satisfaction", args=PLACE), {"body": body}).status_code == 200
    assert post(client, sent(year, [], body=body))[0].status_code in (302, 422)


def test_after_a_refusal_the_kept_results_still_show(year, office, client_for):
    vote_on(year[0])
    _response, page = post(client_for(office), sent(year, [(99, 0, 0, 0)], edits=1))
    row = page.select_one(f"#vote-{year[0].pk}")
    assert "满意 21、5、4、0 / 40" in words(row)


def test_two_who_enter_at_once_are_told_and_nothing_is_overwritten(year, office, client_for):
    client = client_for(office)
    opened = sent(year, [(30, 5, 4, 0)])
    vote_on(year[0])
    response, page = post(client, opened)
    assert response.status_code == 409
    assert "第1项的测评结果已被他人修改" in words(page.select_one(".error-summary"))
    assert SatisfactionVote.objects.get().satisfied == 21
    assert page.select_one(f"[name=satisfied-{year[0].pk}]")["value"] == "30", "typed is kept"
    # Sent again, after a look, it holds.
    again = {i["name"]: i.get("value", "") for i in page.select("form input[name]")}
    response, _page = post(client, again)
    assert response.status_code == 302
    assert SatisfactionVote.objects.get().satisfied == 30
    assert SatisfactionVote.objects.get().edits == 2


def test_what_was_emptied_is_removed(year, office, client_for):
    vote_on(year[0])
    response, _page = post(client_for(office), sent(year, [("", "", "", "")], edits=1))
    assert response.status_code == 302
    assert not SatisfactionVote.objects.exists()
    row = logged("删除1项")
    assert row.changes["县级第1项"][1] is None


def test_nothing_changed_writes_nothing(year, office, client_for, county):
    counts = [(21, 5, 4, 0)]
    post(client_for(office), sent(year, counts))
    rows = LogEntry.objects.count()
    version = type(county).objects.get(pk=county.pk).data_version
    post(client_for(office), sent(year, counts, edits=1))
    assert LogEntry.objects.count() == rows
    assert type(county).objects.get(pk=county.pk).data_version == version


def test_two_bodies_vote_on_their_own(year, office, client_for):
    vote_on(year[0])
    response, _page = post(client_for(office), sent(year, [(1, 1, 30, 0)], body="县人民代表大会"))
    assert response.status_code == 302
    assert [v.grade_label for v in year[0].satisfaction_votes.all()] == ["满意", "不满意"]
    page = page_of(client_for(office), "satisfaction", query="?body=县人民代表大会")
    assert page.select_one(f"[name=dissatisfied-{year[0].pk}]")["value"] == "30"


def test_a_vote_makes_kept_pages_new(year, office, client_for, county):
    client = client_for(office)
    etag = client.get(reverse("year_end", args=PLACE)).headers["ETag"]
    save_votes(
        by=office,
        county=county,
        year=YEAR,
        poll=Poll("县人大常委会", END, 40),
        lines=[Line(year[0].pk, (21, 0, 0, 0), 0)],
    )
    again = client.get(reverse("year_end", args=PLACE), headers={"If-None-Match": etag})
    assert again.status_code == 200


def test_items_of_other_lists_cannot_be_voted_on(year, office, county, make_unit):
    other = make_item(make_list(county, "province"), make_unit("县教育局"))
    poll = Poll("县人大常委会", END, 40)
    lines = [Line(other.pk, (21, 0, 0, 0), 0)]
    assert not save_votes(by=office, county=county, year=YEAR, poll=poll, lines=lines)
    assert other.pk not in {i.pk for i in county_items(office, county, YEAR)}
    assert not SatisfactionVote.objects.exists()


def test_the_operation_itself_notices_the_other(year, office, county):
    vote_on(year[0])
    with pytest.raises(VotesChangedError, match="第1项"):
        save_votes(
            by=office,
            county=county,
            year=YEAR,
            poll=Poll("县人大常委会", END, 40),
            lines=[Line(year[0].pk, (1, 0, 0, 0), 0)],
        )
