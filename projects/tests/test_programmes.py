"""Which items of several counties are one programme: proposed by wording, confirmed once."""

import pytest

from livelihood.organisation.models import Region
from livelihood.testing import create_county, create_unit, written
from projects.models import ListItem, Programme, ProgrammeItem
from projects.operations.programmes import Confirmed, TakenError, confirm, proposals, take_out
from projects.rules.programmes import (
    DOUBTFUL,
    SURE,
    Candidate,
    Group,
    common_name,
    likeness,
    propose,
)
from projects.tests.factory import YEAR, make_item, make_list


def item(key, county, title, unit="所", number=1):
    return Candidate(key, county, number, title, (("指标", unit),))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("新建公办幼儿园3所，新增学位900个。", "新建公办幼儿园12所，新增学位3600个"),
        ("完成农村公路提升改造20公里", "完成农村公路提升改造1,250.5公里。"),
        ("建成居家养老服务中心5家", "年内建成居家养老服务中心8家以上。"),
        ("新增托位１２００个", "新增托位900个"),  # full-width figures
        ("新建三个口袋公园", "新建12个口袋公园"),
        ("新建公办幼儿园若干所", "完成新建公办幼儿园3所"),
        ("新建公办幼儿园约3所", "力争新建公办幼儿园不少于3所"),
        ("在全县新建公办幼儿园3所", "在全区新建公办幼儿园12所"),
    ],
)
def test_the_same_promise_with_other_figures_is_certain(one, other):
    assert likeness(item(1, 1, one), item(2, 2, other)) >= SURE
    (group,) = propose([item(1, 1, one), item(2, 2, other)])
    assert group.is_sure


@pytest.mark.parametrize(
    ("one", "other", "differences"),
    [
        ("新增机动车停车位5000个", "新增非机动车停车位800个", [("增机", "增非机")]),
        ("完成老旧小区改造20个", "完成老旧厂区改造3个", [("旧小区", "旧厂区")]),
        ("新建公办幼儿园5所", "改建公办幼儿园3所", [("新建", "改建")]),
        (
            "建成乡镇（街道）残疾人之家5家",
            "建成乡镇（街道）老年人之家5家",
            [("道残疾人", "道老年人")],
        ),
    ],
)
def test_one_word_makes_another_programme_and_is_shown(one, other, differences):
    """However alike they are: somebody has to look at it."""
    assert likeness(item(1, 1, one), item(2, 2, other)) >= SURE
    (group,) = propose([item(1, 1, one), item(2, 2, other)])
    first, second = group.members
    assert (first.is_sure, second.is_sure, group.is_sure) == (True, False, False)
    assert list(second.differences) == differences


def test_a_county_may_name_itself():
    one = item(1, 1, "新建苍南县公办幼儿园3所")._replace(places=("苍南县", "温州市"))
    other = item(2, 2, "新建平阳公办幼儿园7所")._replace(places=("平阳县", "温州市"))
    (group,) = propose([one, other])
    assert group.is_sure
    # 沛 alone may be anything.
    assert item(3, 3, "沛然工程")._replace(places=("沛县",)).wording == "沛然工程"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("新建公办幼儿园3所", "完成农村公路提升改造20公里"),
        ("新增公共停车泊位500个", "新增托育机构托位500个"),
        ("建成残疾人之家3家", "开展职业技能培训3000人次"),
    ],
)
def test_another_promise_is_none_even_with_the_same_figures(one, other):
    assert likeness(item(1, 1, one), item(2, 2, other)) < SURE


def test_what_is_measured_in_another_unit_is_less_alike():
    same = likeness(
        item(1, 1, "完成污水管网建设20公里", "公里"), item(2, 2, "完成污水管网建设20公里", "公里")
    )
    other = likeness(
        item(1, 1, "完成污水管网建设20公里", "公里"), item(2, 2, "完成污水管网建设20处", "处")
    )
    assert same == 1.0
    assert DOUBTFUL < other < SURE


def groups_of(proposed):
    return {frozenset(m.candidate.key for m in group.members) for group in proposed}


def test_numbers_count_for_nothing_and_every_county_is_in_a_group_once():
    proposed = propose(
        [
            item(1, 1, "新建公办幼儿园3所", number=1),
            item(2, 1, "建成养老服务中心5家", "家", number=2),
            item(3, 2, "建成养老服务中心9家", "家", number=1),
            item(4, 2, "新建公办幼儿园7所", number=2),
            item(5, 2, "新建公办幼儿园2所", number=3),  # the same again in the same county
        ]
    )
    assert groups_of(proposed) == {frozenset({2, 3}), frozenset({1, 4}), frozenset({5})}
    for group in proposed:
        counties = [m.candidate.county for m in group.members]
        assert len(counties) == len(set(counties))


def test_a_new_county_joins_what_was_confirmed_before():
    known = Group(7, [item(1, 1, "新建公办幼儿园3所"), item(2, 2, "新建公办幼儿园5所")])
    (group,) = propose([item(9, 3, "新建公办幼儿园8所。")], [known])
    assert (group.programme, [m.candidate.key for m in group.members]) == (7, [9])
    # A county that has an item in it already gets no second one.
    (alone,) = propose([item(10, 2, "新建公办幼儿园8所。")], [known])
    assert alone.programme is None


@pytest.mark.parametrize(
    ("titles", "name"),
    [
        (["新建公办幼儿园3所。", "新建公办幼儿园12所"], "新建公办幼儿园若干所"),
        (
            ["义务教育段学生全部开展筛查。", "义务教育段学生全部开展筛查"],
            "义务教育段学生全部开展筛查",
        ),
        (["年内完成1,200.5公里；", "完成30公里"], "完成若干公里"),
        (["完成2023年计划3项", "完成2023年计划3项。"], "完成2023年计划3项"),
    ],
)
def test_a_programme_is_named_without_the_figures_of_one_county(titles, name):
    assert common_name(titles) == name


# -- What the office confirms --------------------------------------------------------------


@pytest.fixture
def city(db):
    """温州市 with two counties; each has two items on its province list, in another order."""
    for code, name, titles in (
        ("330327", "苍南县", ["新建公办幼儿园3所", "建成养老服务中心5家"]),
        ("330326", "平阳县", ["建成养老服务中心9家", "新建公办幼儿园7所"]),
    ):
        county = create_county(code, name)
        unit = create_unit(county, "县教育局")
        for title in titles:
            made = make_item(make_list(county, "province"), unit)
            made.title = title
            made.save()
    return Region.objects.get(code="330300")


def keys(group):
    return [m.candidate.key for m in group.members]


def test_the_names_of_counties_and_their_city_differ_from_county_to_county(city):
    for county, item_ in (("330327", "温州市苍南县"), ("330326", "平阳")):
        found = ListItem.objects.filter(project_list__county__code=county, title__contains="养老")
        made = found.get()
        made.title = f"{item_}{made.title}"
        made.save()
    assert all(group.is_sure for group in proposals(city, YEAR, "province"))


def test_what_is_confirmed_is_kept_and_proposed_no_more(city):
    found = proposals(city, YEAR, "province")
    assert [len(group.members) for group in found] == [2, 2]
    with written() as trail:
        confirm(
            by=None,
            region=city,
            year=YEAR,
            level="province",
            groups=[Confirmed(None, keys(group)) for group in found],
        )
    assert [p.name for p in Programme.objects.all()] == [
        "新建公办幼儿园若干所",
        "建成养老服务中心若干家",
    ]
    # A province's list is the province's programme, whoever matches it.
    assert {p.region.code for p in Programme.objects.all()} == {"330000"}
    assert ProgrammeItem.objects.count() == 4
    assert proposals(city, YEAR, "province") == []
    assert "确认2025年省级清单共同项目2项，关联条目4条" in trail[-1].summary


def test_another_city_joins_the_programme_of_its_province(city):
    first = proposals(city, YEAR, "province")
    groups = [Confirmed(None, keys(group)) for group in first]
    confirm(by=None, region=city, year=YEAR, level="province", groups=groups)
    county = create_county("330225", "象山县")
    made = make_item(make_list(county, "province"), create_unit(county, "县教育局"))
    made.title = "新建公办幼儿园2所。"
    made.save()
    (group,) = proposals(county.parent, YEAR, "province")
    assert group.programme == Programme.objects.get(name__contains="幼儿园").pk


def test_two_who_confirm_the_same_are_told(city):
    (group, _other) = proposals(city, YEAR, "province")
    wanted = {"region": city, "year": YEAR, "level": "province"}
    confirm(by=None, **wanted, groups=[Confirmed(None, keys(group))])
    with pytest.raises(TakenError, match="有2个条目"):
        confirm(by=None, **wanted, groups=[Confirmed(None, keys(group))])
    assert Programme.objects.count() == 1


def test_two_items_of_a_county_are_refused(city):
    own = [m.candidate.key for g in proposals(city, YEAR, "province") for m in g.members]
    with pytest.raises(TakenError, match="一个县只能有一个条目"):
        confirm(by=None, region=city, year=YEAR, level="province", groups=[Confirmed(None, own)])
    assert not Programme.objects.exists()


def test_an_item_is_taken_out_and_an_empty_programme_goes(city):
    (group, _other) = proposals(city, YEAR, "province")
    (programme,) = confirm(
        by=None, region=city, year=YEAR, level="province", groups=[Confirmed(None, keys(group))]
    )
    links = [link.pk for link in programme.links.all()]
    versions = dict(Region.objects.values_list("pk", "data_version"))
    assert take_out(by=None, region=city, links=links[:1]) == 1
    assert take_out(by=None, region=city, links=links[:1]) == 0
    assert Programme.objects.exists()
    assert take_out(by=None, region=city, links=links) == 1
    assert not Programme.objects.exists()
    counties = Region.objects.counties()
    assert all(county.data_version > versions[county.pk] for county in counties)


def test_a_city_takes_nothing_out_of_another(city):
    (group, _other) = proposals(city, YEAR, "province")
    (programme,) = confirm(
        by=None, region=city, year=YEAR, level="province", groups=[Confirmed(None, keys(group))]
    )
    foreign = create_county("330225", "象山县").parent
    links = [link.pk for link in programme.links.all()]
    assert take_out(by=None, region=foreign, links=links) == 0
