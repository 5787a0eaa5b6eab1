"""Reading plans: from a row's free prose to targets, milestones and figures.

``read_row`` reads, ``as_exchange`` makes JSON values of the result. Plain Python, no clock.
"""

from projects.rules.reading.exchange import as_exchange
from projects.rules.reading.row import read_row
from projects.rules.reading.values import (
    CERTAIN,
    DOUBTFUL,
    LIKELY,
    Actual,
    Allocation,
    Indicator,
    Leftover,
    Milestone,
    Reading,
    Site,
    Span,
    Sure,
)

__all__ = [
    "CERTAIN", "DOUBTFUL", "LIKELY", "Actual", "Allocation", "Indicator", "Leftover",
    "Milestone", "Reading", "Site", "Span", "Sure", "as_exchange", "read_row",
]  # fmt: skip
