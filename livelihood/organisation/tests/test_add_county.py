"""A county that is not among the two published ones begins."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from livelihood.organisation.models import LogEntry, Region, Unit, User

pytestmark = pytest.mark.django_db

PINGYANG = ("330326", "平阳县")
ABOVE = {"city": "温州市", "province": "浙江省"}


def added(*args, **options):
    said = StringIO()
    call_command("add_county", *args, stdout=said, **options)
    return said.getvalue()


def test_a_county_comes_with_what_is_above_it_with_its_office_and_its_first_person():
    said = added(*PINGYANG, **ABOVE, person=["py-office", "陈立"])
    assert [r.path for r in Region.objects.order_by("path")] == [
        "330000/",
        "330000/330300/",
        "330000/330300/330326/",
    ]
    person = User.objects.get()
    assert (person.role, person.unit.name, person.unit.region.name) == (
        "office",
        "县政府办公室",
        "平阳县",
    )
    assert person.must_change_password
    password = said.partition("初始密码 ")[2].partition("（")[0]
    assert person.check_password(password)
    trail = LogEntry.objects.filter(region=person.unit.region).values_list("summary", flat=True)
    assert "新增平阳县（330326），办公室为县政府办公室。" in trail


def test_the_second_county_of_a_city_needs_the_name_of_nothing_above_it():
    added(*PINGYANG, **ABOVE)
    added("330381", "瑞安市")
    assert Unit.objects.get(region__code="330381").name == "市政府办公室"
    assert Region.objects.filter(parent__code="330300").count() == 2


def test_adding_again_changes_nothing():
    added(*PINGYANG, **ABOVE, office="县府办")
    rows = LogEntry.objects.count()
    assert "已可使用，办公室为县府办" in added(*PINGYANG, office="县府办")
    assert (Region.objects.count(), Unit.objects.count()) == (3, 1)
    assert LogEntry.objects.count() == rows


@pytest.mark.parametrize(
    ("args", "options", "words"),
    [
        (("33032", "平阳县"), ABOVE, "代码为6位数字"),
        (("330300", "温州市"), ABOVE, "末两位不是00"),
        (("330225", "象山县"), {}, "还没有代码为330200的市，请写明它的名称"),
        (("110105", "朝阳区"), {"city": "北京市"}, "还没有代码为110000的省，请写明它的名称"),
        (("330326", ""), {}, "请写明它的名称"),
        (("330327", ""), {"person": ["office", "陈立"]}, "已有人使用"),
        (("330326", "平" * 51), {}, "平平"),
        (("330327", "平阳县"), {}, "代码330327是苍南县（县（市、区）），与所写的不同"),
        (PINGYANG, {"city": "杭州市"}, "代码330300是温州市（市），与所写的不同"),
        (PINGYANG, {"person": ["py office", "陈立"]}, "用户名"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_added(office, args, options, words):
    """苍南县 is there, and 温州市 and 浙江省 above it."""
    before = Region.objects.count(), Unit.objects.count(), User.objects.count()
    with pytest.raises(CommandError, match=words):
        added(*args, **options)
    assert (Region.objects.count(), Unit.objects.count(), User.objects.count()) == before
