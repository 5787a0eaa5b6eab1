"""Whole pages over HTTP, against views that do nothing.

Both are served by the same gunicorn, on loopback, in the settings of use (DEBUG off, static
files by their hashed names), one connection for each request. The floor of a page is a view
that answers two letters to a person who is logged in: it pays for gunicorn, the product's
whole middleware, the session and the person.
"""

from functools import partial

from benchmarks import county
from benchmarks.measuring import Line, compare, measure
from benchmarks.serving import Server, header, served

OVERVIEW = f"/{county.CODE}/{county.YEAR}/"
ITEMS = f"{OVERVIEW}items/"
NULL, NULL_LOGGED_IN, EMPTY = (
    f"/benchmark/{name}/" for name in ("null", "null-logged-in", "empty")
)
# The highest ratios wanted, by database: an empty page, a county's page.
EMPTY_GOAL = {"sqlite": 3, "postgresql": 4.5}
PAGE_GOAL = {"sqlite": 14, "postgresql": 11}
UNCHANGED_GOAL = 1.5
MIDDLEWARE_GOAL = 1.25


def run(database: str, rounds: int) -> list[Line]:
    """Measure null views, an empty page, the county's two pages, and both unchanged."""
    cookie = county.session_cookie()
    with (
        served("benchmarks.settings.served") as product,
        served("benchmarks.settings.default_middleware") as default,
    ):
        samples = measure(
            {
                "null view": _asking(product, 200, NULL),
                "null view, Django's middleware": _asking(default, 200, NULL),
                "null view logged in": _asking(product, 200, NULL_LOGGED_IN, Cookie=cookie),
                "null view logged in, Django's middleware": _asking(
                    default, 200, NULL_LOGGED_IN, Cookie=cookie
                ),
                "empty page logged in": _asking(product, 200, EMPTY, Cookie=cookie),
                "overview": _asking(product, 200, OVERVIEW, Cookie=cookie),
                "items": _asking(product, 200, ITEMS, Cookie=cookie),
                "overview unchanged (304)": _asking_again(product, OVERVIEW, cookie),
                "items unchanged (304)": _asking_again(product, ITEMS, cookie),
            },
            rounds,
        )
    floor = "null view logged in"
    return [
        compare(samples, "null view", "null view, Django's middleware", MIDDLEWARE_GOAL),
        compare(samples, floor, f"{floor}, Django's middleware", MIDDLEWARE_GOAL),
        compare(samples, "empty page logged in", "null view", EMPTY_GOAL[database]),
        compare(samples, "overview", floor, PAGE_GOAL[database]),
        compare(samples, "items", floor, PAGE_GOAL[database]),
        compare(samples, "overview unchanged (304)", floor, UNCHANGED_GOAL),
        compare(samples, "items unchanged (304)", floor, UNCHANGED_GOAL),
    ]


def _get(server: Server, status: int, path: str, **headers: str) -> bytes:
    got, answer = server.get(path, **headers)
    if got != status:
        raise RuntimeError(f"{path} answered {got} instead of {status}")
    return answer


def _asking(server: Server, status: int, path: str, **headers: str):
    return partial(_get, server, status, path, **headers)


def _asking_again(server: Server, path: str, cookie: str):
    etag = header(_get(server, 200, path, Cookie=cookie), "ETag")
    return _asking(server, 304, path, Cookie=cookie, If_None_Match=etag)
