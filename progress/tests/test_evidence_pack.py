"""The evidence pack of an item: which files, under which names, with which sheet."""

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from progress.models import Evidence, Report, Round
from projects.models import ListItem

pytestmark = pytest.mark.django_db

CANGNAN = ["330327", 2023]


def pack_url(level, number, query=""):
    return reverse("evidence_pack", args=[*CANGNAN, level, number]) + query


@pytest.fixture
def report(corpus, reporter):
    """The accepted report on province 3, of 县教育局."""
    item = ListItem.objects.get(
        project_list__county__code="330327", project_list__level="province", number=3
    )
    return Report.objects.get(project=item.project)


def add(report, person, caption="现场照片", content=b"\xff\xd8photo", name="IMG_1.jpg"):
    evidence = Evidence(
        report=report, name=name, caption=caption, size=len(content), uploaded_by=person
    )
    evidence.file.save(name, ContentFile(content))
    return evidence


def opened(response):
    assert response.status_code == 200
    return ZipFile(BytesIO(response.getvalue()))


def rows_of(archive, sheet, path="条目情况.xlsx"):
    book = load_workbook(BytesIO(archive.read(path)))
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def words_of(archive, sheet, path="条目情况.xlsx"):
    return "\n".join(str(c) for row in rows_of(archive, sheet, path) for c in row if c is not None)


def test_files_lie_by_round_under_their_captions(report, reporter, client_for):
    add(report, reporter, content=b"first")
    add(report, reporter, content=b"second")
    add(report, reporter, "../../终稿:验收", content=b"third", name="a.PDF")
    archive = opened(client_for(reporter).get(pack_url("province", 3)))
    assert set(archive.namelist()) == {
        "截至2023年4月10日/现场照片.jpg",
        "截至2023年4月10日/现场照片（2）.jpg",
        "截至2023年4月10日/终稿 验收.pdf",
        "条目情况.xlsx",
    }
    assert archive.read("截至2023年4月10日/现场照片（2）.jpg") == b"second"
    assert archive.testzip() is None


def test_the_sheet_says_what_was_planned_reported_and_confirmed(report, reporter, client_for):
    add(report, reporter, "=HYPERLINK(1)", name="=1+1.jpg")
    archive = opened(client_for(reporter).get(pack_url("province", 3)))
    facts = words_of(archive, "基本情况")
    for word in ("省级第3项", "正脊筛查", "县教育局", "研判依据", "上级销号"):
        assert word in facts, word
    assert "滞后" in facts
    assert "2023年" in words_of(archive, "节点") or "方案" in words_of(archive, "节点")
    book = load_workbook(BytesIO(archive.read("条目情况.xlsx")))
    index = book["佐证材料"]
    typed = [
        c for row in index.iter_rows() for c in row if c.value in ("=HYPERLINK(1)", "=1+1.jpg")
    ]
    assert len(typed) == 2
    assert {cell.data_type for cell in typed} == {"s"}, "no formula from user's text"


def test_only_accepted_reports_count(report, reporter, office, client_for):
    add(report, reporter)
    Report.objects.filter(pk=report.pk).update(state="submitted")
    report.round.county.__class__.objects.filter(pk=report.round.county_id).touch()
    archive = opened(client_for(office).get(pack_url("province", 3)))
    assert archive.namelist() == ["条目情况.xlsx"]
    assert "没有上传佐证材料" in words_of(archive, "佐证材料")


def test_a_later_round_is_not_in_the_pack_of_an_earlier_date(report, reporter, client_for):
    later = Round.objects.create(county=report.round.county, as_of=date(2023, 5, 10), state="open")
    second = Report.objects.create(
        round=later, project=report.project, state="accepted", narrative="已完成。"
    )
    add(report, reporter)
    add(second, reporter, "五月")
    report.round.county.__class__.objects.filter(pk=report.round.county_id).touch()
    client = client_for(reporter)
    april = opened(client.get(pack_url("province", 3, "?as_of=2023-04-10"))).namelist()
    may = opened(client.get(pack_url("province", 3, "?as_of=2023-05-10"))).namelist()
    assert [name for name in may if name not in april] == ["截至2023年5月10日/五月.jpg"]


def test_a_file_that_is_gone_is_named_and_hinders_nothing(report, reporter, client_for):
    kept, lost = add(report, reporter), add(report, reporter, "丢失的")
    lost.file.storage.delete(lost.file.name)
    archive = opened(client_for(reporter).get(pack_url("province", 3)))
    assert "截至2023年4月10日/现场照片.jpg" in archive.namelist()
    assert not any("丢失的" in name for name in archive.namelist())
    assert "文件已丢失" in words_of(archive, "佐证材料")
    assert kept.caption in words_of(archive, "佐证材料")


def test_the_pack_of_a_kept_round_is_as_it_was_kept(corpus_as_loaded, supervisor, client_for):
    archive = opened(client_for(supervisor).get(pack_url("city", 1)))
    assert "市级第1项" in words_of(archive, "基本情况")


def test_the_costs_do_not_grow_with_the_files(report, reporter, client_for):
    client = client_for(reporter)
    add(report, reporter)

    def queries():
        client.get(pack_url("province", 3)).getvalue()
        with CaptureQueriesContext(connection) as captured:
            client.get(pack_url("province", 3)).getvalue()
        return len(captured)

    with_one = queries()
    for number in range(8):
        add(report, reporter, f"照片{number}")
    assert queries() == with_one


def test_an_item_of_another_unit_has_no_pack(report, other_reporter, client_for):
    assert client_for(other_reporter).get(pack_url("province", 3)).status_code == 404
    assert client_for(other_reporter).get(pack_url("galaxy", 3)).status_code == 404


def test_the_sheet_alone_is_an_excel_file(report, reporter, client_for):
    response = client_for(reporter).get(reverse("item_excel", args=[*CANGNAN, "province", 3]))
    book = load_workbook(BytesIO(response.content))
    assert book.sheetnames == ["基本情况", "节点", "各期填报", "各期读数"]
