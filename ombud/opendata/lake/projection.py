"""
The newest version of the requests as a table of PostgreSQL, for whoever asks for rows: the newest 1,000, or one.

It changes in the transaction of the publication, so that it always is one version, whole.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from ombud.opendata.lake import files
from ombud.opendata.rules.columns import MONTH, SYSTEM, Column, Kind

TABLE = "ombud_public_request"
_COMING = "ombud_public_request_coming"
ROWS_AT_ONCE = 10_000


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
    table = sql.Identifier(TABLE)
    with connection.cursor() as cursor:
        if deleted:
            leaving = sql.SQL("DELETE FROM {} WHERE jurisdiction_id = %s AND _id = ANY(%s)").format(table)
            cursor.execute(leaving, [jurisdiction_id, list(deleted)])
        if not rows:
            return
        # COPY does not work behind a wall, so it goes into a table of this transaction's own.
        names = ["jurisdiction_id", *stored(columns), "more"]
        own = {"own": sql.Identifier(_COMING), "table": table, "names": sql.SQL(", ").join(map(sql.Identifier, names))}
        cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {own} (LIKE {table})").format(**own))
        with cursor.copy(sql.SQL("COPY {own} ({names}) FROM STDIN (FORMAT csv)").format(**own)) as copying:
            for start in range(0, len(rows), ROWS_AT_ONCE):
                copying.write(_as_csv(jurisdiction_id, columns, rows[start : start + ROWS_AT_ONCE]))
        replaced = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names]
        cursor.execute(
            sql.SQL(
                "INSERT INTO {table} ({names}) SELECT {names} FROM {own}"
                " ON CONFLICT (jurisdiction_id, _id) DO UPDATE SET {replaced}"
            ).format(**own, replaced=sql.SQL(", ").join(replaced))
        )
        cursor.execute(sql.SQL("DROP TABLE {own}").format(**own))


def _as_csv(jurisdiction_id: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as PostgreSQL reads them: what is null is nothing, an empty text stands in quotes."""
    import pyarrow as pa
    from pyarrow import csv

    more = [column.stored for column in columns if column.in_more]
    lies_in = files.schema_of([column for column in (*columns, *SYSTEM) if not column.in_more])
    table = pa.Table.from_pylist(list(rows), schema=lies_in).select(stored(columns))
    table = table.add_column(0, "jurisdiction_id", pa.array([jurisdiction_id] * len(rows), pa.string()))
    table = table.append_column("more", pa.array([json.dumps(_kept(row, more)) for row in rows], pa.string()))
    target = pa.BufferOutputStream()
    csv.write_csv(table, target, csv.WriteOptions(include_header=False))
    return bytes(target.getvalue())


def _kept(row: Mapping[str, Any], more: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in more if row.get(name) is not None}
