"""Rules of the house that no linter knows."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest
from django.conf import settings

PACKAGES = ("livelihood", "projects", "progress")
# What judges is told the date; it never asks for it.
CLOCKLESS = ("projects/rules", "progress/rules", "livelihood/organisation/words.py")
# What it may import: itself, and the standard library but for the clock.
OWN_RULES = ("projects.rules", "progress.rules", "livelihood.organisation.words")
PLAIN = sys.stdlib_module_names - {"time"}
# The beginning of a line of requirements.txt: "whitenoise[brotli]==6.12.0".
PINNED = re.compile(r"^([\w.-]+)(?:\[\w,]+)?==", re.MULTILINE)
CLOCKS = {"today", "now", "utcnow", "localdate", "localtime", "time", "time_ns", "monotonic"}
COUNTING = {
    "assertNumQueries",
    "django_assert_num_queries",
    "django_assert_max_num_queries",
}
LONGEST_FUNCTION = 60  # lines
LONGEST_VIEW = 40


def sources(*places):
    """Every Python file of ours below ``places``, which lie in the project's directory."""
    for place in places:
        path = settings.BASE_DIR / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if "migrations" not in file.parts:
                yield file


def functions(tree):
    """The functions and methods of ``tree``."""
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def called(call):
    """The last word of what ``call`` calls: ``now`` for ``timezone.now()``."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def places(file, nodes):
    """Where ``nodes`` stand, as ``progress/views/items.py:12``."""
    return [f"{file.relative_to(settings.BASE_DIR)}:{node.lineno}" for node in nodes]


def asks_the_clock(tree):
    """The calls in ``tree`` that read a clock."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
    ]


def imported(tree):
    """(module, node) of every import in ``tree``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), node


def known_to_rules(module):
    """Whether rules may import ``module``."""
    own = any(module == name or module.startswith(f"{name}.") for name in OWN_RULES)
    return own or module.partition(".")[0] in PLAIN


def imports_more(tree):
    """The imports in ``tree`` that rules may not have."""
    return [node for module, node in imported(tree) if not known_to_rules(module)]


def counts_nothing(tree):
    """The query counts in ``tree`` that are not used with ``with``, and so never count."""
    used = {
        id(item.context_expr)
        for node in ast.walk(tree)
        if isinstance(node, ast.With | ast.AsyncWith)
        for item in node.items
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in COUNTING and id(node) not in used
    ]


def locks_of_keys(tree):
    """The locks in ``tree`` that also hold the key, which no foreign key then may refer to."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node) == "select_for_update"
        and not any(keyword.arg == "no_key" for keyword in node.keywords)
    ]


def is_view_file(file):
    """Whether ``file`` holds views."""
    return file.stem == "views" or file.parent.name == "views"


def too_long(tree, most):
    """The functions of ``tree`` of more than ``most`` lines, decorators not counted."""
    return [f for f in functions(tree) if f.end_lineno - f.lineno + 1 > most]


def test_rules_are_told_the_date_and_never_ask_for_it():
    found = [
        place
        for file in sources(*CLOCKLESS)
        for place in places(file, asks_the_clock(ast.parse(file.read_text())))
    ]
    assert not found, "\n".join(found)


def test_rules_know_the_standard_library_only():
    found = [
        place
        for file in sources(*CLOCKLESS)
        for place in places(file, imports_more(ast.parse(file.read_text())))
    ]
    assert not found, "\n".join(found)


def test_what_runs_imports_only_what_its_requirements_name():
    """The tests' packages are not on a server in use, and what comes with others may go."""
    text = (settings.BASE_DIR / "requirements.txt").read_text()
    pinned = {name.lower() for name in PINNED.findall(text)}
    assert {"django", "openpyxl"} <= pinned
    distributions = packages_distributions()
    found = {
        f"{module} ({file.relative_to(settings.BASE_DIR)})"
        for file in sources(*PACKAGES)
        if "tests" not in file.parts and file.name != "testing.py"
        for module, _node in imported(ast.parse(file.read_text()))
        # What no distribution brings is the standard library's or ours.
        if (brought := distributions.get(module.partition(".")[0]))
        and pinned.isdisjoint(name.lower() for name in brought)
    }
    assert not found, "\n".join(sorted(found))


def test_no_query_count_is_asserted_without_with():
    found = [
        place
        for file in sources(*PACKAGES)
        for place in places(file, counts_nothing(ast.parse(file.read_text())))
    ]
    assert not found, "\n".join(found)


def test_functions_are_short():
    found = [
        place
        for file in sources(*PACKAGES)
        for place in places(
            file,
            too_long(
                ast.parse(file.read_text()),
                LONGEST_VIEW if is_view_file(file) else LONGEST_FUNCTION,
            ),
        )
    ]
    assert not found, "\n".join(found)


def test_no_lock_makes_those_wait_who_only_refer_to_the_row():
    found = [
        place
        for file in sources(*PACKAGES)
        for place in places(file, locks_of_keys(ast.parse(file.read_text())))
    ]
    assert not found, "\n".join(found)


def test_there_is_something_to_look_at():
    """The tests above would pass on nothing if the directories were renamed."""
    for place in (*PACKAGES, *CLOCKLESS):
        assert list(sources(place)), place


@pytest.mark.parametrize(
    ("finder", "bad", "good"),
    [
        (asks_the_clock, "date.today()", "late(today, now)"),
        (asks_the_clock, "datetime.now(tz=UTC)", "datetime(2023, 4, 10)"),
        (imports_more, "import time", "import datetime, re"),
        (imports_more, "from lxml import etree", "from projects.rules.planned import Target"),
        (imports_more, "from progress.models import Report", "from progress.rules import headline"),
        (imports_more, "from . import words", "import progress.rules.headline"),
        (counts_nothing, "self.assertNumQueries(3)", "with self.assertNumQueries(3): get()"),
        (
            counts_nothing,
            "django_assert_num_queries(3)",
            "with freeze(), django_assert_num_queries(3) as counted: get()",
        ),
        (locks_of_keys, "rows.select_for_update()", "rows.select_for_update(no_key=True)"),
        (lambda tree: too_long(tree, 2), "def f():\n a\n b", "@d\n@e\ndef f():\n a"),
    ],
)
def test_the_finders_find(finder, bad, good):
    assert finder(ast.parse(bad))
    assert finder(ast.parse(good)) == []
