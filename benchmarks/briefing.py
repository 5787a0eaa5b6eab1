"""Excel files of the briefing, against zipping XML that is there already.

Both write the very same bytes: what ours takes beyond the floor is for measuring the texts,
the styles and the XML. The rows are those of the county's three lists, in the original's
columns and with the figures of the judgement; for the province every county's rows differ.
"""

import json
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from io import BytesIO
from time import perf_counter
from zipfile import ZIP_DEFLATED, ZipFile

from benchmarks.databases import ROOT
from benchmarks.measuring import Line, Samples, compare, measure
from livelihood.organisation.documents.table_xlsx import save_tables
from livelihood.organisation.documents.tables import Column, Kind, Table

LEVELS = ("province", "city", "county")
DAY = date(2023, 4, 10)
ROWS, COUNTIES = 153, 90
GOAL, LARGE_GOAL, MOST_MEMORY = 12, 15, 10  # MB
# A large file takes seconds: it is written this often, once in a round.
LARGE_ROUNDS = 5
COLUMNS = (
    Column("序号", 6, Kind.COUNT),
    Column("项目名称", 14, Kind.LABEL),
    Column("项目内容", 40),
    Column("工作进度安排", 52),
    Column("目前实施情况", 46),
    Column("牵头单位", 14, Kind.LABEL),
    Column("计划", 9, Kind.PERCENT),
    Column("实际", 9, Kind.PERCENT),
    Column("偏差（百分点）", 10, Kind.POINTS),
    Column("研判", 12, Kind.STATUS),
)
STATUSES = ("按序时", "滞后", "超序时", "严重滞后", "已完成")


def run(rounds: int) -> list[Line]:
    """Measure one county's list and a whole province's, and the memory of the latter."""
    rows = _rows()
    if len(rows) != ROWS:
        raise RuntimeError(f"the lists have {len(rows)} rows, not {ROWS}")
    one = Table("清单", "民生实事清单", COLUMNS, tuple(rows))
    floor, ours = f"zip of the XML, {ROWS} rows", f"list sheet, {ROWS} rows"
    samples = measure(
        {floor: _zipping(_written(lambda: one)), ours: lambda: _written(lambda: one)}, rounds
    )
    return [compare(samples, ours, floor, GOAL), *_large(rows)]


def _large(rows: list[tuple]) -> list[Line]:
    def table() -> Table:
        return Table("清单", "民生实事清单", COLUMNS, _of_all_counties(rows))

    count = ROWS * COUNTIES
    floor, ours = f"zip of the XML, {count} rows", f"list sheet, {count} rows"
    samples = _once_a_round(
        {floor: _zipping(_written(table)), ours: lambda: _written(table)}, LARGE_ROUNDS
    )
    tracemalloc.start()
    with open("/dev/null", "wb") as nowhere:
        save_tables([table()], nowhere, title="清单", made_on=DAY)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    ratio = peak / MOST_MEMORY
    return [
        compare(samples, ours, floor, LARGE_GOAL),
        Line(
            f"peak memory, {count} rows",
            "what is allowed",
            "MB",
            peak,
            MOST_MEMORY,
            ratio,
            ratio,
            1,
        ),
    ]


def _rows() -> list[tuple]:
    rows = []
    for level in LEVELS:
        path = ROOT / "fixtures" / f"cangnan-2023-{level}.json"
        rows += [
            (
                item["number"],
                item["category"] or "",
                item["title"],
                item["schedule"] or "",
                item["status"] or "",
                item["lead_unit"],
                25.0,
                None if place % 7 == 0 else place * 3.7 % 100,
                None if place % 7 == 0 else place * 3.7 % 100 - 25,
                STATUSES[place % len(STATUSES)],
            )
            for place, item in enumerate(json.loads(path.read_text()))
        ]
    return rows


def _of_all_counties(rows: list[tuple]) -> Iterator[tuple]:
    """One by one, every county's in its own words: no text can be measured once for all."""
    for county in range(COUNTIES):
        for number, category, title, schedule, status, *others in rows:
            yield (
                number,
                category,
                f"{county}.{title}",
                f"{county}.{schedule}",
                f"{county}.{status}",
                *others,
            )


def _written(table: Callable[[], Table]) -> bytes:
    stream = BytesIO()
    save_tables([table()], stream, title="清单", made_on=DAY)
    return stream.getvalue()


def _zipping(file: bytes) -> Callable[[], object]:
    """What zips the same parts again, from memory."""
    with ZipFile(BytesIO(file)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]

    def zip_again() -> None:
        with ZipFile(BytesIO(), "w", ZIP_DEFLATED) as archive:
            for name, content in parts:
                archive.writestr(name, content)

    return zip_again


def _once_a_round(variants: Mapping[str, Callable[[], object]], rounds: int) -> Samples:
    """Seconds of each variant, called once in every round, the first of them not counted."""
    samples: Samples = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, call in variants.items():
            start = perf_counter()
            call()
            if number:
                samples[name].append(perf_counter() - start)
    return samples
