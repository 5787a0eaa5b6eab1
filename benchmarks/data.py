"""What a county's page reads, against the same rows by hand-written SQL.

Ours is ``progress.operations.standings``: ``CountyReader.fetch`` with the rule set (*fetch*),
and ``read_county``, which judges the items as well (*fetch and judge*). Both are measured
from the querysets to the objects that the judgement takes.

The floor is the same reading written as SQL by hand, run on Django's cursor: as many
statements, the same columns of the same rows, every join that is not needed left out, and
nothing made of the rows: plain tuples, on SQLite with dates as text and JSON unread. ``run``
checks that both read the same number of rows.
"""

from datetime import date

from django.db import connection

from benchmarks import county
from benchmarks.measuring import Line, compare, measure
from progress.models import RuleSet
from progress.operations.standings import CountyReader, read_county
from projects.models import ListItem

FETCH_GOAL = {"sqlite": 4, "postgresql": 3}
FLOAT = {"sqlite": "real", "postgresql": "double precision"}

# The statements, each with the names of its parameters. {float} is the database's own.
OF_ITEMS = (
    "JOIN projects_listitem i ON i.id = x.item_id "
    "JOIN projects_projectlist l ON l.id = i.project_list_id "
    "WHERE l.county_id = %s AND l.year = %s"
)
OF_ROUNDS = "WHERE r.state = 'accepted' AND o.county_id = %s AND o.as_of BETWEEN %s AND %s"
STATEMENTS = {
    "rule_set": (
        "SELECT * FROM progress_ruleset WHERE county_id = %s AND valid_from <= %s "
        "ORDER BY valid_from DESC LIMIT 1",
        ("county", "as_of"),
    ),
    "items": (
        "SELECT i.project_list_id, c.verified_on, i.id, l.level, i.number, i.category, i.starred, "
        'i.title, i.schedule, i.lead_unit_id, u.name, u."order", i.lead_unit_printed, '
        "i.project_id, i.responsible_leader, i.responsible_person, i.supporting_units, "
        "i.merged_with, CAST(i.allocation_total AS {float}) "
        "FROM projects_listitem i JOIN projects_projectlist l ON l.id = i.project_list_id "
        "JOIN organisation_unit u ON u.id = i.lead_unit_id "
        "LEFT JOIN progress_completion c ON c.item_id = i.id "
        "WHERE l.county_id = %s AND l.year = %s",
        ("county", "year"),
    ),
    "targets": (
        "SELECT x.item_id, x.indicator_id, x.id, x.name, CAST(x.value AS {float}), "
        "x.unit_of_measure, n.kind, CAST(x.weight AS {float}) FROM projects_target x "
        f"JOIN projects_indicator n ON n.id = x.indicator_id {OF_ITEMS} "
        'ORDER BY x.item_id, x."order"',
        ("county", "year"),
    ),
    "milestones": (
        "SELECT x.item_id, x.id, x.target_id, x.due, CAST(x.percent AS {float}), "
        "CAST(x.value AS {float}), x.label, x.text FROM projects_milestone x "
        f'{OF_ITEMS} ORDER BY x.item_id, x."order"',
        ("county", "year"),
    ),
    "reports": (
        "SELECT r.round_id, r.project_id, r.narrative, r.problems, w.item_id, w.narrative, "
        "w.problems FROM progress_report r JOIN progress_round o ON o.id = r.round_id "
        f"LEFT JOIN progress_itemwording w ON w.report_id = r.id {OF_ROUNDS}",
        ("county", "new_year", "as_of"),
    ),
    "figures": (
        "SELECT r.round_id, r.project_id, x.indicator_id, x.item_id, CAST(x.value AS {float}), "
        "CAST(x.percent AS {float}) FROM progress_reading x "
        "JOIN progress_report r ON r.id = x.report_id "
        f"JOIN progress_round o ON o.id = r.round_id {OF_ROUNDS} ORDER BY x.item_id NULLS FIRST",
        ("county", "new_year", "as_of"),
    ),
    "marks": (
        "SELECT r.round_id, x.milestone_id, x.met, x.why FROM progress_milestonemark x "
        "JOIN progress_report r ON r.id = x.report_id "
        f"JOIN progress_round o ON o.id = r.round_id {OF_ROUNDS}",
        ("county", "new_year", "as_of"),
    ),
    "comparisons": (
        "SELECT x.item_id, x.as_of, CAST(x.figure AS {float}), CAST(x.average AS {float}), "
        "x.rank, x.counties, x.source, x.illustrative FROM progress_citycomparison x "
        f"{OF_ITEMS} AND x.as_of <= %s ORDER BY x.as_of",
        ("county", "year", "as_of"),
    ),
    "allocations": (
        f"SELECT x.item_id, CAST(x.value AS {{float}}) FROM projects_allocation x {OF_ITEMS}",
        ("county", "year"),
    ),
    "sites": (
        f"SELECT x.item_id, COUNT(*) FROM projects_site x {OF_ITEMS} GROUP BY x.item_id",
        ("county", "year"),
    ),
}


class ByHand:
    """The floor: the statements above for one county at one date."""

    def __init__(self, place):
        known = {
            "county": place.county.pk,
            "year": place.year,
            "as_of": place.as_of,
            "new_year": date(place.year, 1, 1),
        }
        kind = FLOAT[connection.vendor]
        self.statements = {
            name: (statement.format(float=kind), [known[p] for p in parameters])
            for name, (statement, parameters) in STATEMENTS.items()
        }

    def fetch(self) -> dict[str, list[tuple]]:
        """All rows, by the name of their statement."""
        rows = {}
        with connection.cursor() as cursor:
            for name, (statement, parameters) in self.statements.items():
                cursor.execute(statement, parameters)
                rows[name] = cursor.fetchall()
        return rows


def run(database: str, rounds: int) -> list[Line]:
    """Measure reading and judging the county's 153 items."""
    place, user = county.place(), county.reader()
    by_hand = ByHand(place)

    def fetch() -> CountyReader:
        rule_set = RuleSet.objects.in_force(place.county, place.as_of)
        items = ListItem.objects.visible_to(user).for_county(place.county, place.year)
        reader = CountyReader(
            items, place.county, place.year, place.as_of, place.today, place.rounds, rule_set
        )
        reader.fetch()
        return reader

    def fetch_and_judge():
        return read_county(
            ListItem.objects.visible_to(user),
            place.county,
            place.year,
            as_of=place.as_of,
            today=place.today,
            rounds=place.rounds,
        )

    _check_sameness(fetch(), by_hand.fetch())
    floor = "hand-written SQL"
    samples = measure(
        {floor: by_hand.fetch, "fetch": fetch, "fetch and judge": fetch_and_judge}, rounds
    )
    return [
        compare(samples, "fetch", floor, FETCH_GOAL[database]),
        compare(samples, "fetch and judge", floor),
    ]


def _check_sameness(reader: CountyReader, rows: dict[str, list[tuple]]) -> None:
    """Whoever reads less is not faster."""
    history = reader.history
    ours = {
        "items": reader.fields,
        "targets": reader.indicators,
        "milestones": [m for kept in reader.milestones.values() for m in kept],
        "figures": [figure for kept in history.figures.values() for figure in kept],
        "marks": [mark for kept in history.marks.values() for mark in kept],
        "comparisons": [c for kept in history.comparisons.values() for c in kept],
        "allocations": [value for kept in reader.allocations.values() for value in kept],
        "sites": reader.sites,
    }
    for name, kept in ours.items():
        if len(kept) != len(rows[name]) or not kept:
            raise RuntimeError(f"{name}: {len(kept)} rows are read, {len(rows[name])} by hand")
