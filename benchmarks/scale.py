"""A county among many, roll-ups over a province or the country, and what the summary costs.

All counties are generated (``manage.py simulate_counties``), seeded and labelled as simulated.

- One county's overview, judged anew for each request, in a database with that county alone and
  in one with all: side by side, each in a process of its own.
- How many items stand how in each county, from the summary, against the best query over the
  reports themselves that we know: the latest accepted figure of each item against the last due
  percent of its schedule. It is simpler than the judgement: no milestones without a number, no
  rounds before.
- Accepting reports with the summary kept in the same transaction, and without it.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from tempfile import TemporaryDirectory
from time import perf_counter
from unittest.mock import patch
from urllib.parse import urlsplit, urlunsplit

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.copies import Copies
from benchmarks.databases import ROOT
from benchmarks.measuring import Line, compare, measure
from benchmarks.one_page import DONE
from livelihood.organisation.models import Region
from progress.models import Report
from progress.operations import review
from progress.operations.region_state import roll_up
from progress.operations.simulated_counties import simulate_counties

YEAR, SEED = 2024, 1
AS_OF = date(YEAR, 12, 31)
ITEMS = 153
COUNTIES_OF_A_CITY, PROVINCE = 12, 90
PROVINCE_GOAL, NATION_GOAL = 1 / 15, 1 / 40
PAGE_GOAL, ACCEPT_GOAL = 1.3, 1.5
BATCH = 20
SECONDS_OF_SILENCE = 5

# The roll-up over the reports: {path} restricts it to a province. Both databases take it.
LIVE = """
SELECT county, COUNT(*),
  SUM(CASE WHEN done THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT done AND actual - planned < -10 THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT done AND actual - planned < -5 AND actual - planned >= -10 THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT done AND actual - planned >= 5 THEN 1 ELSE 0 END)
FROM (
  SELECT l.county_id AS county, c.id IS NOT NULL AS done,
    COALESCE((SELECT m.percent FROM projects_milestone m WHERE m.item_id = i.id
      AND m.percent IS NOT NULL AND m.due <= %(as_of)s ORDER BY m.due DESC LIMIT 1), 0) AS planned,
    {actual} AS actual
  FROM projects_projectlist l
  JOIN organisation_region r ON r.id = l.county_id
  JOIN projects_listitem i ON i.project_list_id = l.id
  JOIN projects_target t ON t.item_id = i.id
  LEFT JOIN progress_completion c ON c.item_id = i.id AND c.verified_on <= %(as_of)s
  {reports}
  WHERE l.year = %(year)s AND r.path LIKE %(path)s
) AS items GROUP BY county
"""
LATEST = {
    "actual": """(SELECT 100.0 * x.value / t.value FROM progress_report p
      JOIN progress_round o ON o.id = p.round_id
      JOIN progress_reading x ON x.report_id = p.id AND x.indicator_id = t.indicator_id
      WHERE p.project_id = i.project_id AND p.state = 'accepted' AND o.as_of <= %(as_of)s
      ORDER BY o.as_of DESC LIMIT 1)""",
    "reports": "",
}
# Without what was reported before: faster, and blind to an item not reported this month.
OF_THE_ROUND = {
    "actual": "100.0 * x.value / t.value",
    "reports": """JOIN progress_round o ON o.county_id = l.county_id AND o.as_of = %(as_of)s
  LEFT JOIN progress_report p ON p.round_id = o.id AND p.project_id = i.project_id
    AND p.state = 'accepted'
  LEFT JOIN progress_reading x ON x.report_id = p.id AND x.indicator_id = t.indicator_id""",
}


def run(database: str, rounds: int, counties: int, months: int) -> list[Line]:
    """Generate the counties and measure.

    Args:
        database: "sqlite" or "postgresql".
        rounds: of measuring.
        counties: how many.
        months: how many reporting rounds each of them has.
    """
    cities = generate(counties, months)
    code = f"{cities[0].code}001"
    with _asked("alone", months) as alone, _asked("among", code) as among:
        lines = _pages(among, alone, counties, rounds)
    lines += _roll_ups(cities[0].parent.path, f"province of {min(counties, PROVINCE)}", rounds)
    if counties > PROVINCE:
        lines += _roll_ups("", f"nation of {counties}", rounds)
    return lines + _accepting(cities[0], rounds)


def generate(counties: int, months: int) -> list[Region]:
    """So many simulated counties in cities of 12 and provinces of 90; the cities.

    One of each pattern is made by the product's own command, the others are copies of these.
    """
    cities, copies, progress = [], None, _Progress(counties)
    while (first := sum(city.wanted for city in cities)) < counties:
        cities.append(city := _city(len(cities), first, counties))
        if copies is None:
            simulate_counties(
                city=city,
                counties=city.wanted,
                year=YEAR,
                seed=SEED,
                items=ITEMS,
                rounds=months,
            )
            copies = Copies(city)
        copies.fill(city, city.wanted)
        progress.say(first + city.wanted)
    with connection.cursor() as cursor:
        # As PostgreSQL does by itself, sooner or later: better now than while we measure.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return cities


class _Progress:
    """Says every few seconds how far the loading has come, and how long it will still take."""

    def __init__(self, counties: int):
        self.counties, self.start, self.said = counties, perf_counter(), perf_counter()

    def say(self, done: int) -> None:
        now = perf_counter()
        if now - self.said < SECONDS_OF_SILENCE and done < self.counties:
            return
        self.said, taken = now, now - self.start
        left = taken / done * (self.counties - done)
        ahead = f"about {left:.0f} s left"
        print(f"{done} of {self.counties} counties generated in {taken:.0f} s, {ahead}", flush=True)


def _city(number: int, first: int, counties: int) -> Region:
    """The next city, with ``wanted``: how many counties it is to have."""
    index, within = divmod(first, PROVINCE)
    known = {"name": f"模拟{index + 1:02d}省", "kind": Region.Kind.PROVINCE}
    code = f"{60 + index:02d}0000"
    province, _made = Region.objects.get_or_create(code=code, defaults=known)
    known = {"name": f"模拟{number + 1:03d}市", "kind": Region.Kind.CITY, "parent": province}
    code = f"{60 + index:02d}{within // COUNTIES_OF_A_CITY + 1:02d}00"
    city, _made = Region.objects.get_or_create(code=code, defaults=known)
    city.wanted = min(COUNTIES_OF_A_CITY, PROVINCE - within, counties - first)
    return city


# -- One county's page --------------------------------------------------------------------


@contextmanager
def _asked(where: str, what: object) -> Iterator[Callable[[], None]]:
    """The overview, in a process that waits to be asked for it.

    ``where`` is "among" for this database and the county of the code ``what``, or "alone" for
    a database with nothing but the same county of so many rounds.
    """
    with TemporaryDirectory(prefix="livelihood-benchmark-") as name:
        env = dict(os.environ)
        if where == "alone":
            env["VAR_DIR"] = name
            if url := env.get("DATABASE_URL"):
                env["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path="/postgres"))
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.one_page", where, str(what)],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

        def ask() -> None:
            process.stdin.write("\n")
            process.stdin.flush()
            if process.stdout.readline().strip() != DONE:
                raise RuntimeError(f"the county {where} does not answer")

        try:
            ask()
            yield ask
        finally:
            process.stdin.close()
            process.wait()


def _pages(among, alone, counties: int, rounds: int) -> list[Line]:
    name = f"overview among {counties} counties"
    samples = measure({name: among, "overview alone": alone}, rounds)
    return [compare(samples, name, "overview alone", PAGE_GOAL)]


# -- Roll-ups -----------------------------------------------------------------------------


def _roll_ups(path: str, name: str, rounds: int) -> list[Line]:
    values = {"as_of": AS_OF, "year": YEAR, "path": f"{path}%"}

    def live(parts: dict) -> Callable[[], list]:
        statement = LIVE.format(**parts)

        def fetch() -> list:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall()

        return fetch

    def ours():
        return roll_up(path, AS_OF, timezone.localdate())

    variants = {f"{name}: live, this round alone": OF_THE_ROUND}
    if path:  # over all counties it takes too long to be called often, and is not the best
        variants[f"{name}: live"] = LATEST
    calls = {floor: live(parts) for floor, parts in variants.items()}
    for call in calls.values():
        _check(ours(), call())
    samples = measure({name: ours, **calls}, rounds)
    goal = PROVINCE_GOAL if path else NATION_GOAL
    lines = [compare(samples, name, floor) for floor in calls]
    best = min(lines, key=lambda line: line.floor)
    return [compare(samples, name, line.against, goal if line is best else None) for line in lines]


def _check(rolled: dict, rows: list[tuple]) -> None:
    """Both know the same counties, items and completions."""
    own = {pk: (counts["total"], counts["completed"]) for pk, (_round, counts) in rolled.items()}
    live = {county: (total, done) for county, total, done, *_rest in rows if county in own}
    if own != live:
        raise RuntimeError("the summary and the live query do not count the same")


# -- Accepting ----------------------------------------------------------------------------


def _accepting(city: Region, rounds: int) -> list[Line]:
    waiting = list(
        Report.objects.filter(
            round__county__parent=city, round__county__code=f"{city.code}001", state="submitted"
        )[:BATCH]
    )
    lines = []
    for many in (1, len(waiting)):
        name, without = f"accept {many} with the summary", f"accept {many} without it"
        chosen = [(report, report.version) for report in waiting[:many]]
        samples = measure(
            {name: lambda c=chosen: _accept(c), without: lambda c=chosen: _accept_alone(c)}, rounds
        )
        lines.append(compare(samples, name, without, ACCEPT_GOAL))
    return lines


def _accept(chosen) -> None:
    """Accept, and take it back, so that the next call finds the same."""
    with transaction.atomic():
        review.accept_reports(by=None, reports=chosen)
        transaction.set_rollback(True)


def _accept_alone(chosen) -> None:
    with patch.object(review, "summarise", lambda _reports: None):
        _accept(chosen)
