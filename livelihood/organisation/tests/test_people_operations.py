"""The writers of people, where a page cannot reach: the command line, races, failures."""

from threading import Barrier, Thread

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection

from livelihood.organisation.access import Role
from livelihood.organisation.models import LogEntry, User
from livelihood.organisation.operations import people
from livelihood.organisation.operations.audit import SYSTEM, history, record
from livelihood.testing import PASSWORD, create_region, create_unit, written

NEW_PERSON = {"name": "吴敏", "username": "wumin", "role": Role.OFFICE, "phone": ""}


def values(person, **changed):
    return {
        "name": person.name,
        "username": person.username,
        "unit": person.unit,
        "role": person.role,
        "phone": person.phone,
        "version": people.version_of(person),
        **changed,
    }


def test_initial_passwords_satisfy_the_rules_and_differ():
    passwords = {people.initial_password() for _ in range(200)}
    assert len(passwords) == 200
    for password in passwords:
        validate_password(password)
        assert len(password) == 14
        assert not set(password) & set("0O1Il")


def test_the_command_line_adds_people_in_its_own_name(make_unit):
    person, password = people.add_person(by=None, unit=make_unit("县府办"), **NEW_PERSON)
    assert person.check_password(password)
    row = LogEntry.objects.get_for_object(person).get()
    assert (row.actor, row.by_name) == (None, SYSTEM)
    assert history(person, 10) == [(row.timestamp, SYSTEM, "新增人员“吴敏”，县府办，县府办。")]


def test_an_operation_refuses_a_unit_that_does_not_exist_for_the_person(
    administrator, foreign_office, office
):
    with pytest.raises(PermissionDenied):
        people.add_person(by=administrator, unit=foreign_office.unit, **NEW_PERSON)
    with pytest.raises(PermissionDenied):
        people.change_person(
            by=administrator, person=office, **values(office, unit=foreign_office.unit)
        )


def test_an_administrator_of_a_county_cannot_make_one_of_everything(administrator):
    with pytest.raises(PermissionDenied):
        people.add_person(by=administrator, unit=None, **{**NEW_PERSON, "role": Role.ADMINISTRATOR})


def test_an_operation_refuses_what_a_form_would_have_refused(administrator, make_unit):
    unit = make_unit("县府办")
    with pytest.raises(ValidationError) as refused:
        people.add_person(by=administrator, unit=unit, **{**NEW_PERSON, "role": "king"})
    assert list(refused.value.message_dict) == ["role"]
    with pytest.raises(ValidationError):
        people.add_person(by=administrator, unit=unit, **{**NEW_PERSON, "username": ""})
    assert not User.objects.filter(name="吴敏").exists()


def test_without_its_row_in_the_trail_nothing_is_saved(administrator, office, monkeypatch):
    def fail(**kwargs):
        raise DatabaseError

    monkeypatch.setattr(people, "record", fail)
    with pytest.raises(DatabaseError):
        people.change_person(by=administrator, person=office, **values(office, phone="1234"))
    with pytest.raises(DatabaseError):
        people.reset_password(by=administrator, person=office)
    with pytest.raises(DatabaseError):
        people.set_active(by=administrator, person=office, active=False)
    with pytest.raises(DatabaseError):
        people.add_person(by=administrator, unit=office.unit, **NEW_PERSON)
    office.refresh_from_db()
    assert (office.phone, office.is_active) == ("", True)
    assert office.check_password(PASSWORD)
    assert not User.objects.filter(username="wumin").exists()


def test_a_change_that_changes_nothing_leaves_no_row(administrator, office):
    with written() as rows:
        people.change_person(by=administrator, person=office, **values(office))
        people.set_active(by=administrator, person=office, active=True)
    assert not rows


def test_nobody_takes_their_own_rights_away(administrator):
    with pytest.raises(people.Refused, match="自己的单位和角色"):
        people.change_person(
            by=administrator, person=administrator, **values(administrator, role=Role.OFFICE)
        )
    with pytest.raises(people.Refused, match="自己的账号"):
        people.set_active(by=administrator, person=administrator, active=False)
    with pytest.raises(people.Refused, match="修改密码"):
        people.reset_password(by=administrator, person=administrator)


def test_the_last_administrator_of_a_county_stays(administrator, county):
    """Nobody else could look after the county's people; not even the command line may."""
    township = create_unit(create_region("330327100", "灵溪镇", "township", county), "镇政府")
    with pytest.raises(people.Refused, match="苍南县唯一的系统管理员"):
        people.set_active(by=None, person=administrator, active=False)
    for change in ({"role": Role.OFFICE}, {"unit": township}):
        with pytest.raises(people.Refused, match="苍南县唯一的系统管理员"):
            people.change_person(by=None, person=administrator, **values(administrator, **change))


def test_an_administrator_may_go_while_one_of_the_region_or_above_remains(
    administrator, county, make_user
):
    city = create_unit(county.parent, "市府办")
    above = make_user(Role.ADMINISTRATOR, city)
    people.set_active(by=above, person=administrator, active=False)
    administrator.refresh_from_db()
    assert not administrator.is_active


def test_an_administrator_of_another_county_does_not_count(
    administrator, foreign_office, make_user
):
    make_user(Role.ADMINISTRATOR, foreign_office.unit)
    with pytest.raises(people.Refused):
        people.set_active(by=None, person=administrator, active=False)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_switch_each_other_off_at_once(administrator, make_user):
    other = make_user(Role.ADMINISTRATOR, administrator.unit)
    start, outcomes = Barrier(2), []

    def switch_off(by, person):
        start.wait()
        try:
            people.set_active(by=by, person=person, active=False)
            outcomes.append("done")
        except people.Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    pairs = [(administrator, other), (other, administrator)]
    threads = [Thread(target=switch_off, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]
    assert User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_one_is_told_of_the_other(administrator, office):
    opened = {phone: values(office, phone=phone) for phone in ("1111", "2222")}
    start, outcomes = Barrier(2), []

    def change(phone):
        start.wait()
        try:
            people.change_person(by=administrator, person=office, **opened[phone])
            outcomes.append(phone)
        except people.Changed as changed:
            outcomes.append(f"told of {changed.current.phone}")
        finally:
            connection.close()

    threads = [Thread(target=change, args=[phone]) for phone in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.refresh_from_db()
    assert sorted(outcomes) == [office.phone, f"told of {office.phone}"]


@pytest.mark.django_db(transaction=True)
def test_of_two_people_added_at_once_under_one_name_one_is_refused(administrator):
    start, outcomes = Barrier(2), []

    def add():
        start.wait()
        try:
            people.add_person(by=administrator, unit=administrator.unit, **NEW_PERSON)
            outcomes.append("done")
        except ValidationError as refused:
            outcomes.append(refused.message_dict["username"][0])
        finally:
            connection.close()

    threads = [Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", people.TAKEN]


def test_a_row_of_the_trail_says_what_who_and_to_what(office, county):
    row = record(by=office, subject=county, summary="载入清单3份。", changes={"items": (0, 153)})
    assert (row.actor, row.object_repr) == (office, "苍南县")
    assert (row.summary, row.by_name, row.region) == ("载入清单3份。", "林晓明", county)
    assert row.changes == {"items": ["0", "153"]}
    assert history(county, 1) == [(row.timestamp, "林晓明", "载入清单3份。")]


def test_the_trail_keeps_the_name_of_that_day(office, county):
    record(by=office, subject=county, summary="载入清单。")
    User.objects.filter(pk=office.pk).update(name="林小明")
    assert history(county, 1)[0][1] == "林晓明"
