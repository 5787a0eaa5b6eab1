"""Queries that are put together once (预备查询), where the same one is asked again and again.

Putting a query together costs Django ten times what the database takes to find the few rows
of one item. Accepting a report asks a dozen of them, for other keys each time.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

# Where keys are to stand while a statement is put together: values that are nobody's key.
FIRST_MARK = -1_000_000_000


class _Statement(NamedTuple):
    """SQL, its parameters, and which of them are keys: by position, the number of the key."""

    sql: str
    params: Sequence
    places: Sequence[tuple[int, int]]
    compiler: SQLCompiler  # knows the types of the columns

    def fetch(self, keys: Sequence[int]) -> Iterable[tuple]:
        params = list(self.params)
        for position, number in self.places:
            params[position] = keys[number]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchall()
        return self.compiler.results_iter([found], tuple_expected=True)


class Prepared:
    """The rows of a query by their keys.

    Args:
        rows: a query of ``values_list``, without what differs from call to call.
    """

    def __init__(self, rows: QuerySet):
        self.rows = rows
        self._statements: dict[tuple, _Statement] = {}

    def where(self, **keys: Collection[int]) -> Iterable[tuple]:
        """The rows of which each named column has one of the keys given for it; one query.

        Kept is one statement for each number of keys: give a handful of them, or few numbers.
        """
        if not all(keys.values()):
            return ()
        shape = (connection.vendor, *((name, len(found)) for name, found in keys.items()))
        statement = self._statements.get(shape)
        if statement is None:
            statement = self._statements[shape] = self._put_together(keys)
        return statement.fetch(list(chain.from_iterable(keys.values())))

    def objects(self, **keys: Collection[int]) -> list[Model]:
        """The same as rows of the model, where the query takes all of its columns."""
        model = self.rows.model
        names = [column.attname for column in model._meta.concrete_fields]
        return [model.from_db(connection.alias, names, row) for row in self.where(**keys)]

    def _put_together(self, keys: dict[str, Collection[int]]) -> _Statement:
        marks, start = {}, FIRST_MARK
        for name, found in keys.items():
            marks[f"{name}__in"] = range(start, start + len(found))
            start += len(found)
        compiler = self.rows.filter(**marks).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        at = [
            (position, param - FIRST_MARK)
            for position, param in enumerate(params)
            if isinstance(param, int) and FIRST_MARK <= param < start
        ]
        return _Statement(sql, params, at, compiler)
