"""The pages of 通报: what each group sees and does, faults, conflicts, both files."""

from datetime import date
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from progress.models import Bulletin, Report, Round
from progress.operations.bulletins import issue_bulletin, proposed_data, start_bulletin

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]
APRIL = date(2023, 4, 10)


@pytest.fixture
def april(corpus_as_loaded):
    return Round.objects.select_related("county").get(county__code="330327", as_of=APRIL)


@pytest.fixture
def draft(april, office):
    return start_bulletin(by=office, round=april, data=proposed_data(april))


@pytest.fixture
def issued(april, office):
    begun = start_bulletin(by=office, round=april, data=proposed_data(april))
    return issue_bulletin(by=office, bulletin=begun, edits=0, issued_on=date(2023, 4, 12)).bulletin


@pytest.fixture
def client(april, office, client_for):
    return client_for(office)


def at(name, bulletin):
    return reverse(name, args=[*CANGNAN, bulletin.pk])


def soup_of(response):
    return BeautifulSoup(response.content, "html.parser")


def text_of(response):
    return " ".join(soup_of(response).get_text().split())


def typed(client, bulletin, **other):
    """What the form of an issue sends, with ``other`` typed over it."""
    form = soup_of(client.get(at("bulletin_edit", bulletin))).select_one("form.bulletin-form")
    sent = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    sent |= {area["name"]: area.get_text().lstrip("\n") for area in form.select("textarea")}
    for select in form.select("select"):
        chosen = select.select_one("option[selected]")
        sent[select["name"]] = chosen["value"] if chosen else ""
    return sent | other


def test_the_office_drafts_edits_issues_and_downloads(client, april):
    begun = client.post(reverse("bulletin_add", args=CANGNAN), {"round": "2023-04-10"})
    bulletin = Bulletin.objects.get()
    assert begun.url == at("bulletin_edit", bulletin)
    sent = typed(client, bulletin, addressees="各乡镇人民政府")
    sent["text-requirements"] = "请各单位抓紧。"
    assert client.post(at("bulletin_edit", bulletin), sent).url == at("bulletin", bulletin)
    page = client.get(at("bulletin", bulletin))
    assert "请各单位抓紧。" in text_of(page)
    edits = soup_of(page).select_one("form[action$='/issue/'] input[name=edits]")["value"]
    answer = client.post(
        at("bulletin_issue", bulletin), {"issued_on": "2023-04-12", "edits": edits}, follow=True
    )
    assert "督查通报〔2023〕第1期" in text_of(answer)
    words = Document(BytesIO(client.get(at("bulletin_docx", bulletin)).content))
    assert "请各单位抓紧。" in [p.text.strip() for p in words.paragraphs]
    book = load_workbook(BytesIO(client.get(at("bulletin_xlsx", bulletin)).content))
    assert book.sheetnames[:2] == ["总体情况", "省级清单"]


def test_page_and_word_file_print_the_same_words(client, draft):
    sent = typed(client, draft, addressees="各乡镇人民政府：", copies="县委办公室。")
    sent["text-lead_in"] = "第一段。\n第二段："
    client.post(at("bulletin_edit", draft), sent)
    paper = soup_of(client.get(at("bulletin", draft))).select_one(".paper")
    page = [p.get_text().strip() for p in paper.select("p")]
    document = Document(BytesIO(client.get(at("bulletin_docx", draft)).content))
    words = [p.text.strip() for p in document.paragraphs]
    words += [cell.text for table in document.tables[-1:] for cell in table._cells]
    for said in ("各乡镇人民政府：", "第一段。", "第二段：", "抄送：县委办公室。"):
        assert said in page
        assert said in words


def test_the_latest_closed_round_is_proposed_since_only_that_can_be_issued(client, april):
    page = soup_of(client.get(reverse("bulletin_add", args=CANGNAN)))
    assert page.select_one("input[checked]")["value"] == "2023-04-10"
    Round.objects.filter(pk=april.pk).update(state=Round.State.CLOSED)
    Round.objects.create(county=april.county, as_of=date(2023, 5, 31))
    page = soup_of(client.get(reverse("bulletin_add", args=CANGNAN)))
    assert [r["value"] for r in page.select("input[name=round]")] == ["2023-05-31", "2023-04-10"]
    assert page.select_one("input[checked]")["value"] == "2023-04-10"
    assert all(radio.find_parent("div", class_="option") for radio in page.select("[name=round]"))


def test_a_text_that_was_not_changed_goes_on_following_the_data(client, draft):
    client.post(at("bulletin_edit", draft), typed(client, draft, title="新标题"))
    kept = Bulletin.objects.get(pk=draft.pk)
    assert (kept.title, kept.texts) == ("新标题", {})


def report_a_problem(april):
    """Something in an accepted report changes what the system drafts."""
    Round.objects.filter(pk=april.pk).update(state=Round.State.OPEN, version=0)
    report = Report.objects.filter(round=april, problems="").first()
    report.wordings.all().delete()
    report.problems = "资金缺口较大"
    report.save()


def test_a_text_left_alone_follows_the_data_also_while_the_form_is_open(client, draft, april):
    sent = typed(client, draft, copies="县委办")
    report_a_problem(april)
    client.post(at("bulletin_edit", draft), sent)
    kept = Bulletin.objects.get(pk=draft.pk)
    assert (kept.copies, kept.texts) == ("县委办", {})
    assert "资金缺口较大" in text_of(client.get(at("bulletin", draft)))


def test_a_text_left_alone_in_a_faulty_form_is_still_not_the_office_s_own(client, draft, april):
    sent = typed(client, draft, title="")
    report_a_problem(april)
    again = soup_of(client.post(at("bulletin_edit", draft), sent))
    sent["title"] = "标题"
    sent["drafted-problems"] = again.select_one("[name=drafted-problems]")["value"]
    client.post(at("bulletin_edit", draft), sent)
    assert Bulletin.objects.get(pk=draft.pk).texts == {}


def test_an_edited_text_is_to_be_looked_over_once_its_data_has_changed(client, draft, april):
    edit = at("bulletin_edit", draft)
    client.post(edit, typed(client, draft, **{"text-problems": "我写的问题。"}))
    assert "数据又有变化" not in text_of(client.get(at("bulletin", draft)))
    report_a_problem(april)
    assert "“二、存在问题”改过以后，数据又有变化" in text_of(client.get(at("bulletin", draft)))
    assert "“二、存在问题”改过以后，数据又有变化" in text_of(client.get(edit))
    client.post(edit, typed(client, draft))
    kept = Bulletin.objects.get(pk=draft.pk)
    assert kept.texts == {"problems": "我写的问题。"}
    assert "数据又有变化" not in text_of(client.get(at("bulletin", draft)))


def test_an_emptied_text_is_drafted_again(client, draft):
    Bulletin.objects.filter(pk=draft.pk).update(texts={"requirements": "旧话。"})
    page = text_of(client.get(at("bulletin_edit", draft)))
    assert "系统按现在的数据拟的是" in page
    client.post(at("bulletin_edit", draft), typed(client, draft, **{"text-requirements": " \n "}))
    assert Bulletin.objects.get(pk=draft.pk).texts == {}


def test_faults_are_all_shown_and_nothing_typed_is_lost(client, draft):
    sent = typed(client, draft, title="", signed_by="")
    sent["text-problems"] = "我写的问题。"
    answer = client.post(at("bulletin_edit", draft), sent)
    assert answer.status_code == 422
    summary = soup_of(answer).select_one(".error-summary").get_text()
    assert "请填写标题。" in summary
    assert "请填写落款单位。" in summary
    assert "我写的问题。" in soup_of(answer).select_one("[name=text-problems]").get_text()
    assert Bulletin.objects.get(pk=draft.pk).texts == {}


def test_an_issue_without_any_list_is_refused(client, draft):
    sent = typed(client, draft)
    sent |= {name: "" for name in sent if name.startswith("layout-")}
    answer = client.post(at("bulletin_edit", draft), sent)
    assert answer.status_code == 422
    assert "请至少收录一份清单。" in text_of(answer)


def test_who_saves_second_is_told_and_may_insist(client, draft):
    first, second = typed(client, draft, title="甲"), typed(client, draft, title="乙")
    client.post(at("bulletin_edit", draft), first)
    answer = client.post(at("bulletin_edit", draft), second)
    assert answer.status_code == 409
    assert soup_of(answer).select_one("[name=title]")["value"] == "乙"
    assert Bulletin.objects.get(pk=draft.pk).title == "甲"
    again = {**second, "edits": soup_of(answer).select_one("[name=edits]")["value"]}
    assert client.post(at("bulletin_edit", draft), again).status_code == 302
    assert Bulletin.objects.get(pk=draft.pk).title == "乙"


def test_an_issue_dated_before_its_data_is_refused_at_the_field(client, draft):
    answer = client.post(at("bulletin_issue", draft), {"issued_on": "2023-04-09", "edits": "0"})
    assert answer.status_code == 422
    assert "印发日期不能早于数据的截至日期（2023年4月10日）。" in text_of(answer)


def test_an_issue_dated_far_ahead_is_refused_at_the_field(client, draft):
    answer = client.post(at("bulletin_issue", draft), {"issued_on": "2099-01-01", "edits": "0"})
    assert answer.status_code == 422
    assert "印发日期不能晚于" in text_of(answer)


def test_the_date_of_an_issue_can_be_corrected_and_faults_are_told_at_it(client, issued):
    edit = at("bulletin_edit", issued)
    wrong = typed(client, issued, note="日期有误", issued_on="2024-01-08")
    answer = client.post(edit, wrong)
    assert answer.status_code == 422
    assert "期号按印发的年份编，印发日期不能改到别的年份。" in text_of(answer)
    assert soup_of(answer).select_one("[name=issued_on]")["value"] == "2024-01-08"
    assert client.post(edit, wrong | {"issued_on": "2023-04-13"}).status_code == 302
    assert "2023年4月13日印发" in text_of(client.get(at("bulletin", issued)))


def test_issuing_a_draft_that_somebody_has_changed_meanwhile_is_refused(client, draft):
    client.post(at("bulletin_edit", draft), typed(client, draft, title="改过"))
    answer = client.post(at("bulletin_issue", draft), {"issued_on": "2023-04-12", "edits": "0"})
    assert answer.status_code == 409
    assert "已由他人修改" in text_of(answer)
    assert Bulletin.objects.get(pk=draft.pk).number is None


def test_a_correction_shows_its_differences_and_the_old_version_stays_to_be_read(client, issued):
    sent = typed(client, issued, title="更正后的标题", note="标题有误")
    answer = client.post(at("bulletin_edit", issued), sent, follow=True)
    page = text_of(answer)
    assert "更正：标题有误" in page
    assert "标题由“" in page
    old = text_of(client.get(at("bulletin", issued), {"version": "1"}))
    assert "这是第1版，已由第2版更正" in old
    assert "更正：标题有误）" not in old


@pytest.mark.parametrize("version", ["3", "0", "x", "99999999999"])
def test_a_version_that_does_not_exist_is_not_found_or_the_present_one(client, issued, version):
    answer = client.get(at("bulletin", issued), {"version": version})
    assert answer.status_code == (200 if version == "x" else 404)


def test_a_correction_needs_its_note(client, issued):
    answer = client.post(at("bulletin_edit", issued), typed(client, issued, title="新", note=""))
    assert answer.status_code == 422
    assert "请填写更正说明。" in text_of(answer)


def test_the_list_is_searched_by_title_number_and_words_of_the_text(client, issued, draft):
    rows = {
        words: len(
            soup_of(client.get(reverse("bulletins", args=CANGNAN), {"q": words})).select(
                "table.bulletins tbody tr"
            )
        )
        for words in ("民生实事", "第1期", "1", "县文广旅体局3项", "没有的词")
    }
    assert rows == {"民生实事": 2, "第1期": 1, "1": 1, "县文广旅体局3项": 1, "没有的词": 0}


def test_a_lead_unit_reads_what_has_been_issued_and_no_draft(client_for, reporter, issued, draft):
    client = client_for(reporter)
    page = text_of(client.get(reverse("bulletins", args=CANGNAN)))
    assert "第1期" in page
    assert "草稿" not in page.replace("草稿在前", "")
    assert client.get(at("bulletin_docx", issued)).status_code == 200
    assert client.get(at("bulletin", draft)).status_code == 404


def test_the_round_names_the_issues_that_rest_on_it(client, issued):
    page = client.get(reverse("round", args=[*CANGNAN, APRIL]))
    assert "依据本期印发的通报：督查通报〔2023〕第1期（依据第1版）" in text_of(page)


def test_a_draft_is_thrown_away_only_as_it_was_seen(client, draft):
    assert client.post(at("bulletin_delete", draft), {"edits": "7"}).status_code == 409
    assert client.post(at("bulletin_delete", draft), {"edits": "0"}).status_code == 302
    assert not Bulletin.objects.exists()


def test_queries_do_not_grow_with_the_number_of_issues(client, april, office):
    def queries():
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("bulletins", args=CANGNAN))
        return len(found)

    start_bulletin(by=office, round=april, data=proposed_data(april))
    queries()  # the session's first request writes it
    one = queries()
    for _ in range(4):
        start_bulletin(by=office, round=april, data=proposed_data(april))
    assert queries() == one


def test_issuing_asks_first_and_is_the_only_primary_step(client, draft):
    page = soup_of(client.get(at("bulletin", draft)))
    asked = page.select_one("details.bulletin-issue")
    assert not asked.has_attr("open")
    assert asked.summary.get_text() == "编号并印发"
    assert "不能撤回" in asked.get_text()
    assert page.select_one(".page-actions .btn-primary") is None, "the downloads are no steps"
    sent = {"issued_on": "2023-04-09", "edits": 0}
    refused = soup_of(client.post(at("bulletin_issue", draft), sent))
    assert refused.select_one("details.bulletin-issue").has_attr("open"), "the fault is seen"


def test_the_fields_of_the_editor_are_as_large_as_what_they_hold(client, draft):
    page = soup_of(client.get(at("bulletin_edit", draft)))
    for area in page.select("textarea"):
        lines = area.get_text().strip().split("\n")
        least = sum(1 + len(line) // 70 for line in lines)
        assert least <= int(area["rows"]) <= least + 2, area["name"]
    assert page.select_one("[name=title]").find_parent(class_="bulletin-fields") is None
