"""Tables as plain values: how cells are written, and which tables can be drawn."""

from datetime import date

import pytest

from livelihood.organisation.documents.tables import (
    Column,
    Kind,
    Merge,
    Table,
    checked,
    group_words,
    words,
)


@pytest.mark.parametrize(
    ("cell", "kind", "written"),
    [
        (42, Kind.PERCENT, "42.0%"),
        (8.75, Kind.PERCENT, "8.8%"),
        (5, Kind.POINTS, "+5.0"),
        (-12.04, Kind.POINTS, "−12.0"),
        (-0.04, Kind.POINTS, "0.0"),
        (13, Kind.NUMBER, "13"),
        (29.34, Kind.NUMBER, "29.3"),
        (3, Kind.COUNT, "3"),
        (date(2023, 4, 10), Kind.DATE, "2023年4月10日"),
        (None, Kind.DATE, "—"),
        (None, Kind.PERCENT, "—"),
        (None, Kind.COUNT, "—"),
        (None, Kind.TEXT, ""),
        (None, Kind.STATUS, ""),
        ("", Kind.PERCENT, ""),
        ("未报", Kind.PERCENT, "未报"),
    ],
)
def test_cells_are_written_as_people_write_them(cell, kind, written):
    assert words(cell, Column("列", 10, kind)) == written


def table(rows, **fields):
    return Table("表", "表", (Column("甲", 9), Column("乙", 9)), tuple(rows), **fields)


@pytest.mark.parametrize(
    ("rows", "fields"),
    [
        ([("1",)], {}),
        ([("1", "2", "3")], {}),
        ([("1", ""), ("1", "")], {"merges": (Merge(0, 0, 2),)}),
        ([("1", ""), ("1", "")], {"merges": (Merge(2, 0, 1),)}),
        ([("1", ""), ("1", "")], {"merges": (Merge(0, 1, 1),)}),
        ([("1", "")] * 3, {"merges": (Merge(0, 0, 1), Merge(0, 1, 2))}),
        ([("1", "")] * 3, {"merges": (Merge(0, 0, 2),), "groups": (1,)}),
        ([("1", "")] * 3, {"merges": (Merge(0, 1, 2),), "totals": (2,)}),
        ([("1", ""), ("2", "")], {"merges": (Merge(0, 0, 1),)}),
    ],
)
def test_a_table_that_cannot_be_drawn_is_refused(rows, fields):
    with pytest.raises(ValueError, match="表"):
        checked(table(rows, **fields))


def test_a_table_that_can_be_drawn_is_given_back():
    good = table([("1", ""), ("", "")], merges=(Merge(0, 0, 1), Merge(1, 0, 1)))
    assert checked(good) is good


def test_a_group_says_what_the_first_cell_that_speaks_says():
    assert group_words(("", None, "县教育局（2项）", "x")) == "县教育局（2项）"
    assert group_words(("", None)) == ""
