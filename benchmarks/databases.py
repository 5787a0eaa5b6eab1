"""Throw-away databases, and the environment in which the product finds them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
WITH_POSTGRESQL = ROOT / ".ci" / "with-postgresql"
# What the product reads from the environment (README.md). Whoever runs the benchmarks may
# have set it for another purpose; measured is what stands in the code.
PRODUCT_VARIABLES = (
    "ALLOWED_HOSTS",
    "BEHIND_PROXY",
    "CONN_MAX_AGE",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "DJANGO_SETTINGS_MODULE",
    "HTTPS",
    "IDLE_MINUTES",
    "SECRET_KEY",
)


def environment(folder: Path) -> dict[str, str]:
    """The environment for the product as in use, writing into ``folder``, on SQLite."""
    kept = {name: value for name, value in os.environ.items() if name not in PRODUCT_VARIABLES}
    return {**kept, "VAR_DIR": str(folder)}


def postgresql_environment(folder: Path) -> dict[str, str]:
    """The same for a command started by ``WITH_POSTGRESQL``: it uses the server that
    BENCH_DATABASE_URL names, or else starts one for that command alone."""
    env = environment(folder)
    env.pop("TEST_DATABASE_URL", None)
    if given := os.environ.get("BENCH_DATABASE_URL"):
        env["TEST_DATABASE_URL"] = given
    return env


@contextmanager
def own_database(server_url: str) -> Iterator[str]:
    """Make a database of our own on a PostgreSQL server, and drop it afterwards.

    Args:
        server_url: the address of any database there, of a role that may create others.

    Yields:
        The address of the new, empty database.
    """
    name = f"livelihood_benchmark_{os.getpid()}"
    _on_server(server_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        dropping = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        _on_server(server_url, dropping)


def _on_server(url: str, statement: sql.Composed) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True  # databases are not made inside a transaction
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()
