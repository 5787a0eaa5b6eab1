"""What leaves the product as a file stands in the audit trail; the trail leads to its things."""

from datetime import date
from io import StringIO

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.urls import reverse

from livelihood.organisation.models import LogEntry, Region, region_of
from livelihood.organisation.operations.audit import record
from livelihood.testing import written
from progress.models import Evidence, Report, Round, RuleSet
from progress.operations.slips import issue_slip
from projects.models import ListItem

pytestmark = pytest.mark.usefixtures("corpus")

PLACE = ["330327", 2023]
DAY = date(2023, 4, 10)


@pytest.fixture
def county():
    return Region.objects.get(code="330327")


@pytest.fixture
def slip(office, reporter):
    return issue_slip(
        by=office,
        unit=reporter.unit,
        reporting_round=Round.objects.get(county__code="330327"),
        kind="urge",
        text="请尽快报送。",
        today=date(2023, 4, 11),
        deadline=date(2023, 4, 20),
    )


@pytest.fixture
def evidence(reporter):
    """A file at a report of 县教育局."""
    report = Report.objects.filter(project__lead_unit=reporter.unit).first()
    return Evidence.objects.create(
        report=report,
        file=ContentFile("已开工。".encode(), "现场.txt"),
        name="现场.txt",
        caption="现场",
        size=12,
        uploaded_by=reporter,
    )


@pytest.fixture
def exports(slip, evidence):
    """The address of every export, and what its row says."""
    return {
        reverse("items_excel", args=PLACE, query={"status": "late"}): (
            "导出“苍南县2023年民生实事清单”（截至2023年4月10日）：显示研判为滞后"
        ),
        reverse("reporting_excel", args=PLACE): "导出“苍南县2023年民生实事报送情况”",
        reverse("workbook", args=[*PLACE, DAY], query={"unit": slip.unit.pk}): (
            "下载填报表“苍南县民生实事填报表_县教育局_截至2023年4月10日.xlsx”。"
        ),
        reverse("slip_docx", args=[*PLACE, slip.pk]): f"下载发给县教育局的{slip}（Word）。",
        reverse("evidence", args=[*PLACE, evidence.pk]): (
            f"下载佐证材料“现场.txt”（{evidence.report}）。"
        ),
        **{
            reverse(name, args=[*PLACE, *more]): f"下载“{file}"
            for name, more, file in (
                ("overview_excel", [], "苍南县2023年民生实事总览（截至2023年4月10日）.xlsx”。"),
                ("unit_excel", ["县教育局"], "苍南县2023年县教育局"),
                ("item_excel", ["county", 8], "苍南县2023年县级第8项情况表"),
                ("evidence_pack", ["county", 8], "苍南县2023年县级第8项佐证材料"),
                ("year_end_docx", [], "苍南县2023年"),
                ("layout_sample", [], "版式模板示例.xlsx”。"),
                ("layout_excel", ["standard_county"], "苍南县2023年"),
                ("import_template", ["county"], "苍南县2023年县级民生实事清单模板.xlsx”。"),
            )
        },
    }


def test_every_export_leaves_one_row_and_no_page_grows_old_by_it(
    client_for, office, county, exports
):
    client = client_for(office)
    version = Region.objects.get(pk=county.pk).data_version
    for address, summary in exports.items():
        with written() as rows:
            response = client.get(address)
            response.getvalue()  # also what is sent piece by piece
        assert response.status_code == 200, address
        assert [(row.action, row.actor, row.region) for row in rows] == [
            (LogEntry.Action.EXPORT, office, county)
        ]
        assert rows[0].summary.startswith(summary)
    assert Region.objects.get(pk=county.pk).data_version == version


def test_what_the_command_line_puts_out_leaves_a_row_too(county):
    with written() as rows:
        call_command("export_data", county="苍南县", year=2023, stdout=StringIO())
    assert [(row.action, row.actor, row.region) for row in rows] == [
        (LogEntry.Action.EXPORT, None, county)
    ]
    assert rows[0].summary == "命令行输出苍南县2023年条目及研判结果（截至2023年4月10日）。"


def test_what_does_not_exist_for_a_person_leaves_no_row(client_for, foreign_office, exports):
    client = client_for(foreign_office)
    with written() as rows:
        assert {client.get(address).status_code for address in exports} == {404}
    assert not rows


def test_the_trail_leads_to_the_pages_of_its_things(client_for, supervisor, slip):
    item = ListItem.objects.get(
        project_list__county__code="330327", project_list__level="province", number=3
    )
    report = item.project.reports.first()
    things = {
        item: item.get_absolute_url(),
        report: f"{report.project.items.first().get_absolute_url()}?as_of=2023-04-10",
        report.round: reverse("round", args=[*PLACE, DAY]),
        slip: reverse("slip", args=[*PLACE, slip.pk]),
    }
    client = client_for(supervisor)
    for thing, address in things.items():
        record(by=None, subject=thing, summary="看这里。")
        page = BeautifulSoup(
            client.get(reverse("audit", query={"q": "看这里"})).content, "html.parser"
        )
        assert page.select_one("tbody a")["href"] == address
        assert client.get(address).status_code == 200


def test_things_of_every_kind_find_their_county(county, slip):
    report = Report.objects.filter(round__county=county).first()
    item = report.project.items.first()
    rules = RuleSet.objects.get(county=county)
    for thing in (report, report.round, report.project, item, slip, rules, item.project_list):
        assert region_of(thing) == county.pk, thing
    for milestone in item.milestones.all()[:1]:
        assert region_of(milestone) == county.pk


def test_a_changed_rule_is_told_with_old_and_new_and_where_it_holds(client_for, supervisor, county):
    rules = RuleSet.objects.get(county=county)
    rules.behind_points = 7
    with written() as rows:
        rules.save()
    assert [row.region for row in rows] == [county]
    page = BeautifulSoup(
        client_for(supervisor).get(reverse("audit", query={"q": "修改研判规则"})).content,
        "html.parser",
    )
    assert "滞后：落后超过" in page.select_one("tbody").text
    assert "5.00 → 7" in page.select_one("tbody").text
