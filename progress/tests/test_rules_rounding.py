"""Figures are rounded in one place: a text and its table must not differ in the last digit."""

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
FLOORS = ("progress/rules", "progress/operations", "projects/rules", "projects/operations")
# ``f"{value:.1f}"`` rounds halves to the even digit, of the binary neighbour.
# What a chart is told, %{y:.1f}, has been rounded before.
BINARY = re.compile(r"(?<!%)\{[^{}]*:\.[12]f\}")


@pytest.mark.parametrize("floor", FLOORS)
def test_no_figure_becomes_words_but_by_the_one_rounding(floor):
    found = [
        f"{path.name}:{number}"
        for path in sorted((HOUSE / floor).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if BINARY.search(line)
    ]
    assert found == []
