"""Counties copied within the database: thousands of them in minutes, where nobody else writes."""

from collections.abc import Sequence

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Max, Min

from livelihood.organisation.models import Region, Unit
from progress.models import (
    Completion,
    ItemSummary,
    Reading,
    Report,
    Round,
    RoundSummary,
    RuleSet,
)
from projects.models import (
    Indicator,
    ListItem,
    Milestone,
    Programme,
    ProgrammeItem,
    Project,
    ProjectList,
    Target,
)

# What belongs to a county and how its rows are found; each only refers to what stands above.
OF_A_COUNTY: Sequence[tuple[type[models.Model], str]] = (
    (RuleSet, "county"),
    (Unit, "region"),
    (ProjectList, "county"),
    (Project, "county"),
    (ListItem, "project_list__county"),
    (Indicator, "project__county"),
    (Target, "item__project_list__county"),
    (Milestone, "item__project_list__county"),
    (ProgrammeItem, "county"),
    (Round, "county"),
    (Report, "round__county"),
    (Reading, "report__round__county"),
    (Completion, "item__project_list__county"),
    (ItemSummary, "round__county"),
    (RoundSummary, "round__county"),
)


class Copies:
    """Copies the counties of one city, which were made one after the other: between the keys of
    a county's rows there are none of another's, but for those that name their region."""

    def __init__(self, city: Region):
        self.city = city
        self.counties = list(Region.objects.counties().filter(parent=city))
        self.bounds = {
            (county.pk, model): model.objects.filter(**{path: county}).aggregate(
                first=Min("pk"), last=Max("pk")
            )
            for county in self.counties
            for model, path in OF_A_COUNTY
        }
        # Those of the city's province as well: each further city has all of them for itself.
        self.programmes = Programme.objects.filter(links__county__parent=city).aggregate(
            first=Min("pk"), last=Max("pk")
        )

    def fill(self, city: Region, count: int) -> None:
        """Let a city have so many counties, copies of the first city's in turn."""
        there = Region.objects.filter(parent=city).count()
        with transaction.atomic(), connection.cursor() as cursor:
            moved = self._copy_programmes(cursor, city) if city != self.city else 0
            for index in range(there, count):
                like = self.counties[index % len(self.counties)]
                self._copy(cursor, city, index, like, moved)
        _mend_sequences()

    def _copy_programmes(self, cursor, city: Region) -> int:
        """The city's own programmes; by how much their keys are higher."""
        if self.programmes["first"] is None:
            return 0
        moved = _top(Programme) + 1 - self.programmes["first"]
        _insert(cursor, Programme, self.programmes, {Programme: moved}, self.city, city.pk)
        return moved

    def _copy(self, cursor, city: Region, index: int, like: Region, programmes: int) -> None:
        region = Region(code=f"{city.code}{index + 1:03d}", name=f"模拟{index + 1:02d}县")
        region.kind, region.parent = Region.Kind.COUNTY, city
        region.save()
        offsets: dict[type[models.Model], int] = {Programme: programmes}
        for model, _path in OF_A_COUNTY:
            bounds = self.bounds[like.pk, model]
            if bounds["first"] is not None:
                offsets[model] = _top(model) + 1 - bounds["first"]
                _insert(cursor, model, bounds, offsets, like, region.pk)


def _top(model: type[models.Model]) -> int:
    return model.objects.aggregate(top=Max("pk"))["top"] or 0


def _insert(cursor, model, bounds, offsets, like: Region, region: int):
    """Rows of ``like`` with higher keys and references; those to a region become ``region``."""
    quote, columns, values, own_rows = connection.ops.quote_name, [], [], ""
    for column in model._meta.concrete_fields:
        name, target = quote(column.column), column.related_model
        columns.append(name)
        if column.primary_key:
            values.append(f"{name} + {offsets[model]}")
        elif target is Region:
            values.append(str(region))
            own_rows = "" if model is Programme else f" AND {name} = {like.pk}"
        elif target in offsets:
            values.append(f"{name} + {offsets[target]}")
        else:
            values.append(name)
    table = quote(model._meta.db_table)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} "
        f"WHERE id BETWEEN {bounds['first']} AND {bounds['last']}{own_rows}"
    )


def _mend_sequences() -> None:
    written = [Programme, *(model for model, _path in OF_A_COUNTY)]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), written):
            cursor.execute(statement)
