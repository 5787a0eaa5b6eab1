"""Commands on a fresh database: loading for the first time, and everything for a first look."""

import json
import re
from datetime import date
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.urls import reverse

from livelihood.organisation.access import Role
from livelihood.organisation.models import LogEntry, Region, Unit, User
from livelihood.organisation.operations.audit import history
from progress.management.commands import demo
from progress.models import Report, Round
from progress.operations.load import load, read_files
from projects.models import ListItem, Project, ProjectList
from projects.operations.load import FaultsError

pytestmark = pytest.mark.django_db

FIXTURES = settings.BASE_DIR / "fixtures"
CANGNAN = sorted(FIXTURES.glob("cangnan-2023*.json"))
# "  cangnan-office        mqPH-BXEg-9a2x    苍南县　县府办　…"
ACCOUNT = re.compile(r"^  (\S+) +(\S+) +(\S.*)$", re.MULTILINE)


def said_by(command, *args, **options):
    output = StringIO()
    call_command(command, *map(str, args), stdout=output, **options)
    return output.getvalue()


def test_the_trace_of_the_first_loading_names_the_command_line():
    said_by("load_lists", FIXTURES / "xiangshan-2024.json")
    county = Region.objects.get(code="330225")
    ((_when, who, what),) = history(county, 5)
    assert who == "系统（命令行）"
    assert what.startswith("载入2024年清单：新增")


def exported():
    """苍南县 as of its bulletin, in the exchange format."""
    return json.loads(said_by("export_data", county="苍南县", year=2023, as_of="2023-04-10"))


# -- load_lists ----------------------------------------------------------------------


def test_a_bare_list_finds_its_description():
    said = said_by("load_lists", FIXTURES / "xiangshan-2024.json")
    assert said.startswith("xiangshan-2024：新增")
    listed = ProjectList.objects.get()
    assert (listed.county.name, listed.year, listed.items.count()) == ("象山县", 2024, 33)
    assert listed.title == "2024年象山县承担省政府民生实事项目目标任务责任分解"
    assert [r.name for r in Region.objects.order_by("path")] == ["浙江省", "宁波市", "象山县"]
    assert not Round.objects.exists()


def test_a_bare_list_with_progress_brings_its_round():
    said_by("load_lists", FIXTURES / "cangnan-2023-county.json")
    assert Round.objects.get().as_of == date(2023, 4, 10)
    assert Report.objects.count() == ListItem.objects.count() == Project.objects.count() == 53


def test_a_description_beside_the_list_is_used_and_not_the_shipped_one(tmp_path):
    document = json.loads((FIXTURES / "xiangshan-2024.document.json").read_text(encoding="utf-8"))
    document["lists"][0]["title"] = "另一标题"
    beside = tmp_path / "description.json"
    beside.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    said_by("load_lists", FIXTURES / "xiangshan-2024.json", beside)
    assert ProjectList.objects.get().title == "另一标题"


def test_two_documents_are_loaded_at_once():
    said = said_by("load_lists", *CANGNAN, *FIXTURES.glob("xiangshan*.json"))
    assert len(said.splitlines()) == 2
    # Both lie in the same province.
    assert Region.objects.filter(kind="province").count() == 1
    assert Region.objects.counties().count() == 2
    assert LogEntry.objects.get_for_objects(Region.objects.counties()).count() == 2


def test_if_one_of_two_documents_is_refused_neither_is_loaded(tmp_path):
    rows = json.loads((FIXTURES / "xiangshan-2024.json").read_text(encoding="utf-8"))
    rows[5]["lead_unit"] = "县某局"
    path = tmp_path / "xiangshan-2024.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(CommandError, match=r"县级第6项，lead_unit：单位名单中没有“县某局”"):
        said_by("load_lists", *CANGNAN, path)
    assert not Region.objects.exists()
    assert not Unit.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_dry_run_on_a_fresh_database_leaves_it_fresh():
    assert said_by("load_lists", *CANGNAN, dry_run=True) == "检查通过：153个条目，未写入。\n"
    assert not Region.objects.exists()


def test_a_list_whose_document_nobody_describes_is_refused(tmp_path):
    rows = json.loads((FIXTURES / "xiangshan-2024.json").read_text(encoding="utf-8"))
    path = tmp_path / "list.json"
    path.write_text(json.dumps([row | {"doc": "yuhuan-2024"} for row in rows]), encoding="utf-8")
    with pytest.raises(FaultsError) as refused:
        read_files([path], described_in=FIXTURES)
    (fault,) = refused.value.faults
    assert (fault.row, fault.field) == ("yuhuan-2024", "doc")


def test_list_by_list_comes_to_the_same_as_all_at_once():
    """What a list already loaded has printed stays as it was when the next one comes."""
    links = FIXTURES / "cangnan-2023.links.json"
    levels = ("province", "city", "county")
    for level in levels:
        said_by("load_lists", FIXTURES / f"cangnan-2023-{level}.json", links)
    said_by("load_lists", FIXTURES / "cangnan-2023.city-table.json")
    assert (Project.objects.count(), Report.objects.count()) == (105, 105)
    # Loading everything at once finds nothing to do.
    assert not any(load(read_files(CANGNAN, described_in=FIXTURES)).changes.values())
    items = {(item["level"], item["number"]): item for item in exported()["items"]}
    for level in levels:
        text = (FIXTURES / f"cangnan-2023-{level}.json").read_text(encoding="utf-8")
        for row in json.loads(text):
            item = items[level, row["number"]]
            assert {key: item[key] for key in row} == row


def test_export_of_an_empty_database_says_what_is_missing():
    with pytest.raises(CommandError, match=r"^没有“苍南县”。已有的县：（尚未载入）。$"):
        said_by("export_data", county="苍南县", year=2023)


# -- demo ----------------------------------------------------------------------------


def accounts_in(said):
    """User name → password, as printed."""
    return {name: password for name, password, _rest in ACCOUNT.findall(said)}


def log_in(client, username, password):
    answer = client.post(reverse("login"), {"username": username, "password": password})
    client.logout()
    return answer.status_code == 302


def test_the_demonstration_can_be_had_twice_and_prints_its_passwords_once(client):
    first = said_by("demo", no_simulation=True)
    passwords = accounts_in(first)
    people = {user.username: user for user in User.objects.select_related("unit__region")}
    assert set(passwords) == set(people)
    assert {user.role for user in people.values()} == set(Role.values)
    assert ListItem.objects.count() == 186
    again = said_by("demo", no_simulation=True)
    assert accounts_in(again) == {}
    assert "演示人员已经存在，密码未变" in again
    assert not [password for password in passwords.values() if password in again]
    assert "新增0，修改0，删除0" in again
    assert User.objects.count() == len(people)
    for username, password in passwords.items():
        validate_password(password, people[username])
        assert log_in(client, username, password), username
    renewed = accounts_in(said_by("demo", reset_passwords=True, no_simulation=True))
    assert set(renewed) == set(passwords)
    assert not set(renewed.values()) & set(passwords.values())
    for username, password in renewed.items():
        assert log_in(client, username, password), username
        assert not log_in(client, username, passwords[username]), username


def test_the_demonstration_has_a_simulated_year_of_the_county_without_progress(monkeypatch):
    asked = []
    monkeypatch.setattr(demo, "simulate_year", lambda **what: asked.append(what))
    said = said_by("demo")
    assert [(str(a["county"]), a["year"], a["seed"]) for a in asked] == [("象山县", 2024, 1)]
    assert "演示数据" in said


def test_the_demonstration_leaves_a_county_with_real_rounds_alone():
    said_by("demo", no_simulation=True)
    county = Region.objects.get(code="330225")
    Round.objects.create(county=county, as_of=date(2024, 1, 31))
    assert "象山县2024年已有真实的期次" in said_by("demo")
    assert Round.objects.filter(county=county).count() == 1


def test_demonstration_people_belong_to_units_of_their_county():
    said_by("demo", no_simulation=True)
    for user in User.objects.exclude(role=Role.ADMINISTRATOR).select_related("unit__region"):
        assert user.username.startswith(
            {"苍南县": "cangnan-", "象山县": "xiangshan-"}[user.unit.region.name]
        )
        assert not user.must_change_password
        assert "（演示）" in user.name
    reporters = User.objects.filter(role=Role.LEAD_UNIT)
    assert all(user.unit.list_items.exists() for user in reporters)


def test_no_password_of_the_demonstration_stands_in_the_code():
    passwords = accounts_in(said_by("demo", no_simulation=True)).values()
    assert len(set(passwords)) == len(passwords) > 5
    places = [settings.BASE_DIR / name for name in ("livelihood", "projects", "progress")]
    files = [file for place in places for file in place.rglob("*.py")]
    files += [settings.BASE_DIR / "README.md", settings.BASE_DIR / "Makefile"]
    assert len(files) > 50
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert not [password for password in passwords if password in text], file
