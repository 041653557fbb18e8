"""
The newest version of the requests as a table of PostgreSQL, for whoever asks for rows: the newest 1,000, or one.

It changes in the transaction of the publication, so that it always is one version, whole.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from ombud.opendata.rules.columns import MONTH, SYSTEM, Column, Kind

TABLE = "ombud_public_request"


def stored(columns: Sequence[Column]) -> list[str]:
    """Return the names of the table's own columns: those that every city has."""
    own = [c.stored for c in (*columns, *SYSTEM) if c.kind is not Kind.POINT and not c.in_more]
    return [*own, MONTH]


def rows_by_id(jurisdiction_id: str, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return rows as they are published now, by their ids; what only this city has stands beside the rest."""
    found = sql.SQL("SELECT * FROM {} WHERE jurisdiction_id = %s AND _id = ANY(%s)").format(sql.Identifier(TABLE))
    return {row["_id"]: row for row in _read(found, [jurisdiction_id, list(ids)])}


def rows_of_incidents(jurisdiction_id: str, incidents: Collection[str]) -> list[dict[str, Any]]:
    """Return the rows of incidents as they are published now."""
    found = sql.SQL("SELECT * FROM {} WHERE jurisdiction_id = %s AND incident_id = ANY(%s)").format(
        sql.Identifier(TABLE)
    )
    return list(_read(found, [jurisdiction_id, list(incidents)]))


def _read(statement: sql.Composed, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description]
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            del row["jurisdiction_id"]
            yield row | json.loads(row.pop("more"))


def write(
    jurisdiction_id: str, columns: Sequence[Column], *, rows: Sequence[Mapping[str, Any]], deleted: Collection[str]
) -> None:
    """Put rows in, new or in the place of older ones, and take others out. Within a transaction."""
    names = stored(columns)
    more = [column.stored for column in columns if column.in_more]
    every = ["jurisdiction_id", *names, "more"]
    listed = sql.SQL(", ").join(map(sql.Identifier, every))
    table = sql.Identifier(TABLE)
    leaving = sql.SQL("DELETE FROM {} WHERE jurisdiction_id = %s AND _id = ANY(%s)").format(table)
    # COPY does not work behind a wall.
    places = sql.SQL(", ").join([sql.Placeholder()] * len(every))
    coming = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(table, listed, places)
    with connection.cursor() as cursor:
        cursor.execute(leaving, [jurisdiction_id, [*deleted, *(row["_id"] for row in rows)]])
        cursor.executemany(
            coming,
            [[jurisdiction_id, *(row.get(name) for name in names), json.dumps(_kept(row, more))] for row in rows],
        )


def _kept(row: Mapping[str, Any], more: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in more if row.get(name) is not None}
