"""One process at a time, across machines: PostgreSQL's advisory locks, which end with their connection."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, InterfaceError, connection


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """
    Tell the block whether nobody else is in it under this name; it must not go on where somebody is.

    No transaction is open for it, so a block that takes long holds back nothing. A process that is killed loses the
    lock with its connection.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
