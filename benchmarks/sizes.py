"""What a browser has to load for charts, against the whole of plotly.js."""

import brotli
from plotly.offline import get_plotlyjs

from benchmarks.databases import ROOT
from benchmarks.measuring import Line

SHIPPED = ("plotly-cartesian.min.js", "plotly-locale-zh-cn.js")
GOAL = 0.4


def run() -> list[Line]:
    """Compare the shipped scripts, Chinese locale included, with the full bundle, which the
    plotly Python package would otherwise put into pages; both compressed by brotli."""
    folder = ROOT / "static" / "vendor" / "plotly"
    shipped = sum(_compressed((folder / name).read_bytes()) for name in SHIPPED)
    full = _compressed(get_plotlyjs().encode())
    ratio = shipped / full
    return [Line("chart scripts", "full plotly.js", "kB", shipped, full, ratio, ratio, GOAL)]


def _compressed(content: bytes) -> float:
    return len(brotli.compress(content)) / 1000
