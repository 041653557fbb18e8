"""
Reading rows in an order that never changes, while others write them.

PostgreSQL hands out ids when rows are made, not when they are committed: who reads on from the last id seen misses what
was made earlier and committed later. So a row says in which transaction it was made (`WrittenIn`), and a reader stops
before the first transaction that is not over yet (`settled`). What is over stays: nothing can come in before it.

The price is that one long transaction in this database, of whatever kind, holds readers back until it is over.

A dump that is restored brings the numbers of another server's transactions along. Everything here counts from
`ombud_commit_shift()`, which `mend` moves so far that new rows come after all that anybody has read.
"""

from typing import Any

from django.db import connection, migrations
from django.db.models import BigIntegerField, Func
from psycopg import sql

FIRST = 0
# More transactions than anybody had read of what the dump does not have.
_GAP = 1_000_000_000
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION ombud_commit_shift() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT %d::bigint'"
)

# Of the transactions that are open, those in other databases of the server do not matter: they write nothing here.
# One that is not known to be elsewhere, since it has just ended, counts as open until the next look. The reader's own,
# where it has written something, is open too; a snapshot does not name it.
_SETTLED = """
WITH look AS MATERIALIZED (SELECT pg_current_snapshot() AS at)
SELECT least((pg_current_xact_id_if_assigned()::text)::bigint, coalesce(
    (SELECT min((xid::text)::bigint) FROM (SELECT pg_snapshot_xip(at) AS xid FROM look) AS open
     WHERE NOT EXISTS (
        SELECT FROM pg_locks AS held JOIN pg_stat_activity AS session ON session.pid = held.pid
        WHERE held.locktype = 'transactionid' AND held.mode = 'ExclusiveLock' AND held.transactionid = open.xid::xid
          AND session.datid <> (SELECT oid FROM pg_database WHERE datname = current_database()))),
    (SELECT (pg_snapshot_xmax(at)::text)::bigint FROM look)
)) + ombud_commit_shift()
"""
_COLUMNS = """
SELECT column_.attrelid::regclass::text, column_.attname
FROM pg_attrdef AS told JOIN pg_attribute AS column_ ON (attrelid, attnum) = (adrelid, adnum)
WHERE pg_get_expr(adbin, adrelid) LIKE '%ombud_commit_shift%'
"""

# Of the newest rows one is the newest by transaction too, or close enough: the gap is wide.
_NEWEST = sql.SQL(
    "SELECT max(written), (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint, ombud_commit_shift()"
    " FROM (SELECT {column} AS written FROM {table} ORDER BY id DESC LIMIT 10000) AS newest"
)


class WrittenIn(Func):
    """The transaction in which a row is made: a column's default, filled in by the database."""

    template = "((pg_current_xact_id()::text)::bigint + ombud_commit_shift())"
    output_field = BigIntegerField()


class Settled(Func):
    """`settled` as a column: at the very moment in which the rows beside it are read."""

    template = f"({_SETTLED})"
    output_field = BigIntegerField()


def prepare() -> migrations.RunSQL:
    """Return the migration step before the first column of this kind."""
    return migrations.RunSQL(_FUNCTION % 0, "DROP FUNCTION ombud_commit_shift()")


def settled() -> int:
    """Return the first transaction that is not over: rows of all earlier ones are there, and no more will come."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED)
        return int(cursor.fetchone()[0])


def mend(**_: Any) -> None:
    """After a restore let new rows come after the old ones; after each migration, as the owner."""
    with connection.cursor() as cursor:
        move_beyond_what_is_there(cursor)


def move_beyond_what_is_there(cursor: Any) -> None:
    """Count from further on where rows of a column of this kind come from transactions that are still to be."""
    cursor.execute(_COLUMNS)
    for table, column in cursor.fetchall():
        cursor.execute(_NEWEST.format(column=sql.Identifier(column), table=sql.Identifier(table)))
        newest, next_one, shift = cursor.fetchone()
        if newest is not None and newest >= next_one + shift:
            cursor.execute(_FUNCTION % (newest - next_one + _GAP))
