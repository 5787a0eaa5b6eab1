"""Answers each line it is sent with one overview of a simulated county.

``benchmarks.scale`` starts two of it: ``among CODE`` for a county of the database at hand,
``alone MONTHS`` for the same county in a database of its own.
"""

import os
import sys
from collections.abc import Callable
from contextlib import nullcontext

import django

from benchmarks.databases import own_database

DONE = "done"
BACKEND = "livelihood.organisation.backends.PeopleBackend"


def overview_call(code: str) -> Callable[[], None]:
    """A call that asks for a county's overview as its office, judged anew each time."""
    # Models exist from django.setup() on only.
    from django.test import Client  # noqa: PLC0415

    from benchmarks.scale import YEAR  # noqa: PLC0415
    from livelihood.organisation.access import Role  # noqa: PLC0415
    from livelihood.organisation.models import Unit, User  # noqa: PLC0415
    from progress.operations.kept_states import forget_states  # noqa: PLC0415

    unit = Unit.objects.filter(region__code=code).first()
    known = {"name": "模拟", "role": Role.OFFICE, "unit": unit, "must_change_password": False}
    person, _made = User.objects.get_or_create(username=f"scale-{code}", defaults=known)
    client = Client(SERVER_NAME="localhost")
    client.force_login(person, backend=BACKEND)

    def call() -> None:
        forget_states()
        response = client.get(f"/{code}/{YEAR}/", secure=False)
        if response.status_code != 200:
            raise RuntimeError(f"the overview answered {response.status_code}")

    return call


def main() -> None:
    """Answer; make a database of its own first where it is to be alone."""
    where, what = sys.argv[1:]
    server = os.environ.get("DATABASE_URL") if where == "alone" else None
    with own_database(server) if server else nullcontext() as url:
        if url:
            os.environ["DATABASE_URL"] = url
        django.setup()
        answers, sys.stdout = sys.stdout, sys.stderr
        _serve(_only_county(int(what)) if where == "alone" else what, answers)


def _only_county(months: int) -> str:
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks.scale import generate  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    (city,) = generate(1, months)
    return f"{city.code}001"


def _serve(code: str, answers) -> None:
    from django.db import connections  # noqa: PLC0415

    call = overview_call(code)
    for _line in sys.stdin:
        call()
        print(DONE, file=answers, flush=True)
    connections.close_all()


if __name__ == "__main__":
    main()
