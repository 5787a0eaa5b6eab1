"""Long exports: started, made by a process of their own, fetched, given up, removed."""

import os
import subprocess
import sys
from datetime import timedelta
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from livelihood.organisation.access import Role
from livelihood.testing import thaw
from progress.models import Evidence, Export, Report, Round
from progress.models.exports import KEPT, SILENT_AFTER
from progress.operations import exports as operations
from progress.operations.evidence_pack import write_packs
from progress.operations.exports import GONE, clean_exports, run_export, start_export
from progress.operations.reporting import RefusedError

PLACE = ["330327", 2023]
ALL = reverse("exports", args=PLACE)


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    """Files of other tests, whose rows are gone, would be taken for forgotten ones."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def launched(monkeypatch):
    """Which exports would have been started; the process itself is left out."""
    started = []
    monkeypatch.setattr(operations, "launch", started.append)
    return started


def start(person, kind="rounds", now=None):
    county = person.unit.region
    return start_export(by=person, county=county, year=2023, kind=kind, now=now or timezone.now())


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def stored(export):
    """The bytes of an export's file."""
    with export.file.open("rb") as file:
        return file.read()


def add_evidence(person, caption="现场照片"):
    report = Report.objects.filter(project__lead_unit=person.unit, state="accepted").first()
    evidence = Evidence(report=report, name="a.jpg", caption=caption, size=5, uploaded_by=person)
    evidence.file.save("a.jpg", ContentFile(b"photo"))
    return evidence


# -- Starting ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_starting_answers_at_once_and_the_process_begins_when_all_is_stored(
    corpus, office, client_for, launched, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = client_for(office).post(reverse("export_start", args=[*PLACE, "rounds"]))
    assert response.status_code == 302
    assert response.url == ALL
    export = Export.objects.get()
    assert (export.state, export.progress, export.by) == ("queued", 0, office)
    assert launched == [export.pk]


@pytest.mark.django_db
def test_one_at_a_time_for_each_person(corpus, office, supervisor, client_for, launched):
    start(office)
    response = client_for(office).post(reverse("export_start", args=[*PLACE, "evidence"]))
    assert response.status_code == 409
    assert "您还有一个导出正在生成" in words(page_of(response).select_one(".error-summary"))
    start(supervisor)
    assert Export.objects.count() == 2


@pytest.mark.django_db
def test_a_silent_one_counts_as_failed_and_makes_way(corpus, office, client_for, launched):
    then = timezone.now() - SILENT_AFTER - timedelta(seconds=1)
    silent = start(office, now=then)
    row = page_of(client_for(office).get(ALL)).select_one("table.exports tbody tr")
    assert "未完成" in words(row)
    assert GONE in words(row)
    assert row.select_one("form button").get_text() == "重新开始"
    silent.refresh_from_db()
    assert silent.state == "queued", "looking at it writes nothing"
    start(office)
    silent.refresh_from_db()
    assert (silent.state, silent.error) == ("failed", GONE)


@pytest.mark.django_db
def test_a_failed_one_is_started_again_in_its_place(corpus, office, client_for, launched):
    failed = start(office, "evidence", timezone.now() - SILENT_AFTER * 2)
    response = client_for(office).post(reverse("export_again", args=[*PLACE, failed.pk]))
    assert response.status_code == 302
    again = Export.objects.get()
    assert again.pk != failed.pk
    assert (again.kind, again.state) == ("evidence", "queued")


@pytest.mark.django_db
def test_one_that_goes_on_is_not_started_again(corpus, office, client_for, launched):
    going = start(office)
    response = client_for(office).post(reverse("export_again", args=[*PLACE, going.pk]))
    assert response.status_code == 409
    assert Export.objects.get().pk == going.pk


# -- Making -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_rounds_come_as_one_sheet_each(corpus, office, client_for, launched):
    export = start(office)
    assert run_export(export.pk) is True
    export.refresh_from_db()
    assert (export.state, export.progress, export.error) == ("done", 100, "")
    response = client_for(office).get(reverse("export_file", args=[*PLACE, export.pk]))
    book = load_workbook(BytesIO(response.getvalue()))
    assert book.sheetnames == ["4月10日"]
    assert export.size == len(stored(export))
    assert sum(1 for row in book["4月10日"].iter_rows() if row[1].value) > 153


@pytest.mark.django_db
def test_every_printed_page_of_simulated_rounds_says_so(corpus, office, launched):
    Round.objects.update(simulated=True)
    thaw()
    export = start(office)
    assert run_export(export.pk) is True
    export.refresh_from_db()
    book = load_workbook(BytesIO(stored(export)))
    assert [sheet.oddHeader.right.text for sheet in book] == ["演示数据"]


@pytest.mark.django_db
def test_the_evidence_of_the_county_lies_in_a_folder_for_each_item(
    corpus, office, reporter, client_for, launched
):
    evidence = add_evidence(reporter)
    export = start(office, "evidence")
    assert run_export(export.pk) is True
    export.refresh_from_db()
    archive = ZipFile(BytesIO(stored(export)))
    sheets = [name for name in archive.namelist() if name.endswith("/条目情况.xlsx")]
    assert len(sheets) == 153
    files = [name for name in archive.namelist() if name.endswith(".jpg")]
    assert len(files) == 1, "stored once, though its project may stand on several lists"
    items = evidence.report.project.items.all()
    folders = {name.split("/")[0] for name in sheets}
    assert len(folders) == 153
    assert files[0].split("/")[1:] == ["截至2023年4月10日", "现场照片.jpg"]
    assert any(
        files[0].startswith(f"{i.project_list.get_level_display()}{i.number:02d} ") for i in items
    )


@pytest.mark.django_db
def test_progress_is_told_while_it_is_made(corpus, office, launched, monkeypatch):
    export, told = start(office, "evidence"), []

    def watched(*args, step, **rest):
        def watch(done, whole):
            step(done, whole)
            told.append(Export.objects.get(pk=export.pk).progress)

        write_packs(*args, step=watch, **rest)

    monkeypatch.setattr(operations, "write_packs", watched)
    assert run_export(export.pk)
    assert told == sorted(told)
    assert told[0] == 0
    assert told[-1] == 99, "the last percent is for keeping the file"


@pytest.mark.django_db
def test_one_that_was_given_up_meanwhile_stops_and_keeps_nothing(
    corpus, office, launched, monkeypatch
):
    export = start(office, "evidence")

    def given_up(*args, **kwargs):
        Export.objects.filter(pk=export.pk).update(state="failed", error=GONE)
        write_packs(*args, **kwargs)

    monkeypatch.setattr(operations, "write_packs", given_up)
    assert run_export(export.pk) is False
    export.refresh_from_db()
    assert (export.state, export.error, export.file.name) == ("failed", GONE, "")


@pytest.mark.django_db
def test_what_breaks_is_entered_in_words_and_goes_on_to_the_log(
    corpus, office, client_for, launched, monkeypatch
):
    def broken(*args, **kwargs):
        raise MemoryError("no room")

    monkeypatch.setattr(operations, "save_tables", broken)
    export = start(office)
    with pytest.raises(MemoryError):
        run_export(export.pk)
    export.refresh_from_db()
    assert export.state == "failed"
    row = words(page_of(client_for(office).get(ALL)).select_one("table.exports tbody"))
    assert "生成时出错" in row
    assert "no room" not in row


@pytest.mark.django_db
def test_it_runs_once_and_only_from_the_queue(corpus, office, launched):
    export = start(office)
    assert run_export(export.pk) is True
    assert run_export(export.pk) is False
    assert run_export(999_999) is False


@pytest.mark.django_db
def test_who_may_not_see_the_county_any_more_gets_nothing(
    corpus, office, client_for, launched, make_user
):
    export = start(office)
    type(office).objects.filter(pk=office.pk).update(role=Role.LEAD_UNIT)
    assert run_export(export.pk) is False
    export.refresh_from_db()
    assert export.state == "failed"
    assert "不能查看全县数据" in export.error


# -- Fetching ---------------------------------------------------------------------------


@pytest.fixture
def done(corpus, supervisor, launched):
    export = start(supervisor)
    assert run_export(export.pk)
    return Export.objects.get(pk=export.pk)


@pytest.mark.django_db
def test_who_started_it_and_the_office_fetch_it_and_nobody_else(
    done, supervisor, office, administrator, reporter, foreign_office, client_for
):
    url = reverse("export_file", args=[*PLACE, done.pk])
    answers = {}
    for person in (supervisor, office, administrator, reporter, foreign_office):
        response = client_for(person).get(url)
        answers[person.username] = response.status_code
        if response.streaming:
            assert "private" in response.headers["Cache-Control"]
            response.getvalue()
    assert answers == {
        "supervisor": 200,
        "office": 200,
        "administrator": 404,
        "reporter": 403,
        "foreign-office": 404,
    }


@pytest.mark.django_db
def test_the_page_asks_again_only_while_something_goes_on(done, supervisor, client_for):
    client = client_for(supervisor)
    section = page_of(client.get(ALL)).select_one("#exports")
    assert not section.has_attr("hx-get")
    assert section.select_one("a[download]")["href"] == reverse(
        "export_file", args=[*PLACE, done.pk]
    )
    going = start(supervisor)
    Export.objects.filter(pk=going.pk).update(state="running", progress=40)
    partial = client.get(ALL + "?again=1", headers={"HX-Request": "true"})
    section = page_of(partial).select_one("#exports")
    assert section["hx-get"] == ALL + "?again=1"
    assert section.select_one("progress")["value"] == "40"
    assert "生成中，40%" in words(section)
    assert "<html" not in partial.content.decode()
    assert partial.headers["Cache-Control"].count("no-store") == 1


@pytest.mark.django_db
def test_a_file_that_is_gone_is_a_clear_page(done, supervisor, client_for):
    done.file.storage.delete(done.file.name)
    response = client_for(supervisor).get(reverse("export_file", args=[*PLACE, done.pk]))
    assert response.status_code == 404


# -- Removing ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_files_are_removed_after_seven_days(done, supervisor):
    stored = done.file.storage
    assert clean_exports(now=done.created_at + KEPT - timedelta(minutes=1)) == 0
    assert stored.exists(done.file.name)
    assert clean_exports(now=done.created_at + KEPT + timedelta(minutes=1)) == 1
    assert not stored.exists(done.file.name)
    assert not Export.objects.exists()


@pytest.mark.django_db
def test_a_file_that_no_export_knows_goes_after_seven_days_as_well(done):
    """The process was killed after it had stored the file, and before it entered it."""
    storage = done.file.storage
    lost = storage.save("exports/lost.zip", ContentFile(b"PK"))
    now = timezone.now()
    assert clean_exports(now=now + KEPT - timedelta(minutes=1)) == 0
    assert storage.exists(lost)
    Export.objects.update(created_at=now + KEPT)
    assert clean_exports(now=now + KEPT + timedelta(minutes=1)) == 1
    assert not storage.exists(lost)
    assert storage.exists(done.file.name)


def test_where_nothing_was_exported_there_is_nothing_to_remove(db):
    assert clean_exports(now=timezone.now()) == 0


@pytest.mark.django_db
def test_the_command_says_how_many_and_can_be_run_again(done):
    Export.objects.update(created_at=timezone.now() - KEPT - timedelta(days=1))
    said = StringIO()
    call_command("clean_exports", stdout=said)
    call_command("clean_exports", stdout=said)
    assert said.getvalue() == "已删除1个导出。\n已删除0个导出。\n"


# -- The process itself (test_export_process.py runs a real one) -----------------------------


def test_the_process_is_started_apart_with_this_python(monkeypatch):
    asked = {}

    class Started:
        def __init__(self, command, **options):
            asked.update(options, command=command)

        def wait(self):
            asked["waited"] = True

    monkeypatch.setattr(subprocess, "Popen", Started)
    operations.launch(7)
    assert asked["command"] == [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "run_export",
        "7",
    ]
    assert asked["stdin"] == subprocess.DEVNULL
    if os.name != "nt":
        assert asked["start_new_session"] is True


@pytest.mark.django_db
def test_without_any_round_there_is_nothing_to_export(foreign_office, corpus, launched):
    county = foreign_office.unit.region
    export = start_export(
        by=foreign_office, county=county, year=2024, kind="rounds", now=timezone.now()
    )
    assert run_export(export.pk) is False
    export.refresh_from_db()
    assert "还没有开放过的期次" in export.error


@pytest.mark.django_db
def test_an_unknown_kind_does_not_exist(corpus, office, client_for, launched):
    assert client_for(office).post(f"{ALL}new/nonsense/").status_code == 404
    with pytest.raises(KeyError):
        start(office, "nonsense")
    start(office)
    with pytest.raises(RefusedError):
        start(office)
