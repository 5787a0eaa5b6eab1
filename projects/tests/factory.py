"""Rows for tests of a county's lists: one item at a time, or many at once."""

from datetime import date

from projects.models import Indicator, ListItem, Milestone, Project, ProjectList, Target

YEAR = 2025  # of which the fixtures hold nothing


def make_list(county, level="county", year=YEAR):
    """The county's list of that level and year, made when missing."""
    values = {"title": f"{year}年测试清单", "document": f"test-{year}"}
    return ProjectList.objects.get_or_create(
        county=county, year=year, level=level, defaults=values
    )[0]


def make_item(
    project_list, unit, *, name="", stages=(), targets=(100,), project=None, indicators=()
):
    """An item with its targets and milestones, the last of its list so far.

    Args:
        project_list: where it stands.
        unit: leads it.
        name: of the new project.
        stages: (due date, cumulative percent or None) of the item as a whole.
        targets: values in 个, one per target.
        project: the project it belongs to; a new one if None.
        indicators: what the targets measure; new ones if empty.
    """
    number = project_list.items.count() + 1
    if project is None:
        project = Project.objects.create(
            county=project_list.county,
            year=project_list.year,
            name=name or f"测试事项{number}",
            lead_unit=unit,
        )
    item = ListItem.objects.create(
        project_list=project_list,
        number=number,
        project=project,
        title=f"测试条目{number}。",
        lead_unit=unit,
        lead_unit_printed=unit.name,
    )
    indicators = indicators or [_indicator(project) for _value in targets]
    for order, (value, indicator) in enumerate(zip(targets, indicators, strict=True)):
        Target.objects.create(
            item=item,
            order=order,
            indicator=indicator,
            name=f"指标{order}",
            unit_of_measure="个",
            value=value,
        )
    for order, (due, percent) in enumerate(stages):
        make_milestone(item, order, due, percent)
    return item


def make_project(unit, name, year=YEAR):
    """A project that ``unit`` leads, with an item of its own on the county's own list."""
    return make_item(make_list(unit.region, year=year), unit, name=name).project


def _indicator(project):
    order = project.indicators.count()
    return Indicator.objects.create(
        project=project, order=order, name=f"指标{order}", kind="quantity", unit_of_measure="个"
    )


def make_milestone(item, order, due, percent=None):
    """A milestone of the item as a whole."""
    return Milestone.objects.create(
        item=item,
        order=order,
        label=f"{due.month}月",
        due=due,
        text="按计划推进",
        percent=percent,
        basis="none" if percent is None else "percent",
    )


def make_items(project_list, unit, how_many):
    """So many items, each with one target and three milestones; quickly."""
    first = project_list.items.count() + 1
    numbers = range(first, first + how_many)
    projects = Project.objects.bulk_create(
        Project(
            county=project_list.county,
            year=project_list.year,
            name=f"测试事项{number}",
            lead_unit=unit,
        )
        for number in numbers
    )
    items = ListItem.objects.bulk_create(
        ListItem(
            project_list=project_list,
            number=number,
            project=project,
            title=f"测试条目{number}。",
            lead_unit=unit,
            lead_unit_printed=unit.name,
        )
        for number, project in zip(numbers, projects, strict=True)
    )
    indicators = Indicator.objects.bulk_create(
        Indicator(project=project, order=0, name="指标", kind="quantity", unit_of_measure="个")
        for project in projects
    )
    Target.objects.bulk_create(
        Target(
            item=item, order=0, indicator=indicator, name="指标", unit_of_measure="个", value=100
        )
        for item, indicator in zip(items, indicators, strict=True)
    )
    Milestone.objects.bulk_create(
        Milestone(
            item=item,
            order=order,
            label=f"{month}月",
            due=date(project_list.year, month, 28),
            text="按计划推进",
            percent=percent,
            basis="percent",
        )
        for item in items
        for order, (month, percent) in enumerate([(3, 25), (6, 50), (11, 100)])
    )
    return items
