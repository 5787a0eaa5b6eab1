"""权重: how much each target of an item counts, and who says so."""

from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.urls import reverse

from livelihood.organisation.models import Region
from livelihood.testing import written
from progress.models import Reading, Report, Round
from progress.operations.standings import read_county
from progress.operations.summary import differences, rebuild
from progress.operations.weights import (
    WeightsChangedError,
    items_with_several_targets,
    mark_of_weights,
    set_weights,
    shares,
)
from projects.models import ListItem

pytestmark = pytest.mark.django_db

PLACE = ["330327", 2023]
LIST = reverse("weights", args=PLACE)


@pytest.fixture
def item(corpus):
    """An item of 苍南县 with two targets."""
    return (
        ListItem.objects.filter(project_list__county__code="330327")
        .annotate(n=Count("targets"))
        .filter(n=2)
        .select_related("project__county", "project_list")
        .first()
    )


@pytest.fixture
def client(item, office, client_for):
    return client_for(office)


def address(item):
    return reverse("item_weights", args=[*PLACE, item.project_list.level, item.number])


def typed(item, *weights):
    names = [f"weight_{target.pk}" for target in item.targets.all()]
    return dict(zip(names, weights, strict=True)) | {"mark": mark_of_weights(item)}


def weigh(item, by, *weights, mark=None):
    targets = [target.pk for target in item.targets.all()]
    given = [None if w is None else Decimal(w) for w in weights]
    set_weights(
        by=by,
        item=item,
        weights=dict(zip(targets, given, strict=True)),
        mark=mark_of_weights(item) if mark is None else mark,
    )


def stored(item):
    return list(item.targets.order_by("order").values_list("weight", flat=True))


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def test_weights_are_told_in_one_row_and_the_pages_learn_of_it(item, office):
    before = item.project.county.data_version
    with written() as rows:
        weigh(item, office, "3", "1")
    (row,) = rows
    assert row.summary == f"设置权重：{item}"
    # PostgreSQL keeps the fields of JSON in an order of its own.
    assert sorted(row.changes.values()) == [["等权", "1"], ["等权", "3"]]
    assert stored(item) == [3, 1]
    assert Region.objects.get(pk=item.project.county_id).data_version > before
    with written() as rows:
        weigh(item, office, "3", "1")
    assert rows == []


def test_weights_change_the_percent_of_the_item(item, office):
    county = item.project.county
    Round.objects.filter(county=county).update(state=Round.State.OPEN)
    report = Report.objects.get(project=item.project)
    Reading.objects.filter(report=report).delete()
    for target, percent in zip(item.targets.all(), (100, 20), strict=True):
        Reading.objects.create(
            report=report, indicator=target.indicator, percent=percent, basis="stated"
        )

    def actual():
        of_item = ListItem.objects.filter(pk=item.pk)
        day = report.round.as_of
        (own,) = read_county(of_item, county, 2023, as_of=day, today=day).items
        return own.standing.actual_percent

    assert actual() == 60
    rebuild(county)
    weigh(item, office, "3", "1")
    assert actual() == 80
    assert differences(county) == []


def test_shares_are_of_the_whole(item):
    assert [share for _, share in shares(item)] == [50, 50]
    weights = [Decimal(3), Decimal(1)]
    for target, weight in zip(item.targets.all(), weights, strict=True):
        target.weight = weight
        target.save()
    assert [share for _, share in shares(ListItem.objects.get(pk=item.pk))] == [75, 25]


def test_only_items_with_several_targets_are_weighed(item):
    found = items_with_several_targets(ListItem.objects.for_county(item.project.county, 2023))
    assert item in found
    assert all(one.targets.count() > 1 for one in found)
    levels = [one.project_list.level for one in found]
    assert levels == sorted(levels, key=["province", "city", "county"].index)


def test_of_two_editors_the_second_is_told(item, office):
    mark = mark_of_weights(item)
    weigh(item, office, "3", "1")
    with pytest.raises(WeightsChangedError):
        weigh(item, office, "1", "1", mark=mark)
    assert stored(item) == [3, 1]


def test_a_supervisor_weighs_nothing(item, supervisor):
    with pytest.raises(PermissionDenied):
        weigh(item, supervisor, "3", "1")


def test_the_office_sets_weights_and_takes_them_back(client, item):
    answer = client.post(address(item), typed(item, "50", "25.5"), follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "的权重已保存。" in words(page_of(answer).main)
    assert stored(item) == [50, Decimal("25.5")]
    page = page_of(client.get(address(item)))
    assert [i["value"] for i in page.select("input[type=number]")] == ["50", "25.5"]
    client.post(address(item), typed(item, "", ""))
    assert stored(item) == [None, None]


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (("3", ""), "要么每个目标都填权重，要么全部留空（等权）。"),
        (("3", "0"), "的权重应大于0。"),
        (("3", "-1"), "应填0至1000的数，最多3位小数。"),
        (("3", "NaN"), "应填0至1000的数，最多3位小数。"),
        (("3", "1.2345"), "应填0至1000的数，最多3位小数。"),
    ],
)
def test_bad_weights_are_refused_and_kept_as_typed(client, item, weights, said):
    answer = client.post(address(item), typed(item, *weights))
    assert answer.status_code == 422
    page = page_of(answer)
    assert said in words(page.select_one(".error-summary"))
    assert [i.get("value", "") for i in page.select("input[type=number]")] == list(weights)
    assert stored(item) == [None, None]


def test_a_second_editor_gets_told_on_the_page_and_may_go_on(client, item, office):
    stale = typed(item, "1", "2")
    weigh(item, office, "3", "1")
    answer = client.post(address(item), stale)
    assert answer.status_code == 409
    page = page_of(answer)
    assert "有人改动了这个条目的权重" in words(page.select_one(".error-summary"))
    assert [i["value"] for i in page.select("input[type=number]")] == ["1", "2"]
    assert stored(item) == [3, 1]
    again = stale | {"mark": page.select_one("[name=mark]")["value"]}
    assert client.post(address(item), again).status_code == 302
    assert stored(item) == [1, 2]


def test_the_list_says_how_much_each_target_counts(client, item, office):
    weigh(item, office, "3", "1")
    page = page_of(client.get(LIST))
    row = next(row for row in page.select("#weights tbody tr") if str(item) in words(row))
    assert "75.0%" in words(row)
    assert "其中1项设了权重" in words(page.select_one(".showing"))
