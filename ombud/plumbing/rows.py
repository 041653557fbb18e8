"""Plain SQL for the few look-ups and writes that every report makes: Django's queries cost more than the database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection, models


def first(sql: str, *values: Any) -> tuple[Any, ...] | None:
    """Return the first row that a statement finds, if any."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


@contextmanager
def without_waiting() -> Iterator[None]:
    """
    Send the statements of the block one behind the other, and wait for their answers together.

    For statements whose answers nobody needs within the block. What goes wrong with any is raised at its end.
    """
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def insert_together(rows: Sequence[models.Model]) -> None:
    """
    Insert new rows, each with its key already chosen, in one statement.

    They may point to each other in any order: foreign keys are checked when the transaction ends.
    """
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in _fields(type(row))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(tuple(type(row) for row in rows)), values)


@cache
def _statement(tables: tuple[type[models.Model], ...]) -> str:
    inserts = []
    for table in tables:
        names = ", ".join(connection.ops.quote_name(str(field.column)) for field in _fields(table))
        places = ", ".join(["%s"] * len(_fields(table)))
        into = connection.ops.quote_name(table._meta.db_table)
        inserts.append(f"INSERT INTO {into} ({names}) VALUES ({places})")  # noqa: S608  names of our own models
    *others, last = inserts
    before = ", ".join(f"row_{n} AS ({insert})" for n, insert in enumerate(others))
    return f"WITH {before} {last}" if before else last


@cache
def _fields(table: type[models.Model]) -> tuple["models.Field[object, object]", ...]:
    # What the database fills in by itself is left to it.
    return tuple(f for f in table._meta.concrete_fields if f.db_default is models.NOT_PROVIDED)
