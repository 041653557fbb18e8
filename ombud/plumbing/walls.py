"""
The walls between cities, as PostgreSQL sees them.

Each query names its jurisdiction; this is the second wall behind that. Pages and jobs take on a role that
owns nothing, and row-level security shows that role only the rows of the jurisdiction it has entered. Outside
of any jurisdiction it sees none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, migrations
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus

_inside: ContextVar[str] = ContextVar("inside", default="")
_owner: ContextVar[bool] = ContextVar("owner", default=False)


def current() -> str:
    """Return the id of the jurisdiction entered, or an empty text."""
    return _inside.get()


@contextmanager
def inside(jurisdiction_id: str) -> Iterator[None]:
    """Enter a jurisdiction: within the block the database shows and takes its rows only."""
    token = _inside.set(jurisdiction_id)
    try:
        if connection.connection is not None and not connection.in_atomic_block:
            _tell(connection)
        yield
    finally:
        _inside.reset(token)


@contextmanager
def as_owner() -> Iterator[None]:
    """Work as the owner of the tables: for migrations and upkeep, never for anything a visitor causes."""
    token = _owner.set(True)
    connection.close()
    try:
        yield
    finally:
        _owner.reset(token)
        connection.close()


@dataclass(frozen=True, slots=True)
class _Told:
    """
    What a connection was told, so that it is not told with every statement what it knows.

    What it is told within a transaction it forgets when that, or the part of it, is rolled back. Django begins the
    list of what is to run on commit anew whenever it rolls back, so the word holds until there is another list; None
    where it was told outside of any transaction.
    """

    jurisdiction: str
    until: list[Any] | None = None

    def holds(self, connection: Any, wanted: str) -> bool:
        """Whether the connection still knows that it is in the jurisdiction wanted."""
        return self.jurisdiction == wanted and (self.until is None or self.until is connection.run_on_commit)


def _tell(connection: Any) -> None:
    """Tell a connection the jurisdiction of its thread, unless it knows."""
    wanted, told = _inside.get(), getattr(connection, "ombud_told", None)
    if told is not None and told.holds(connection, wanted):
        return
    if connection.connection.info.transaction_status == TransactionStatus.INERROR:
        return  # nothing but a rollback works there
    connection.connection.execute("SELECT set_config('ombud.jurisdiction', %s, false)", [wanted])
    for_good = connection.autocommit and not connection.in_atomic_block
    connection.ombud_told = _Told(wanted, until=None if for_good else connection.run_on_commit)


def _tell_first(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    _tell(context["connection"])
    return execute(sql, params, many, context)


def _take_role(*, connection: Any, **_: object) -> None:
    if connection.alias == NO_DB_ALIAS:  # the one that makes and drops databases
        return
    role = "" if _owner.get() else settings.OMBUD_DATABASE_ROLE
    connection.connection.execute(
        "SELECT set_config('role', %s, false), set_config('ombud.jurisdiction', %s, false)",
        [role or "none", _inside.get()],
    )
    connection.ombud_told = _Told(_inside.get())
    if _tell_first not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _tell_first)


def watch_connections() -> None:
    """Make each new connection take on the role and the jurisdiction of its thread."""
    connection_created.connect(_take_role, dispatch_uid="ombud.walls")


def enclose(*tables: str) -> migrations.RunSQL:
    """Return the migration step that puts tables with a `jurisdiction_id` behind the wall."""
    up: list[Any] = [
        statement
        for table in tables
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY {table}_wall ON {table}"
            " USING (jurisdiction_id = current_setting('ombud.jurisdiction', true))"
            " WITH CHECK (jurisdiction_id = current_setting('ombud.jurisdiction', true))",
        )
    ]
    down: list[Any] = [
        statement
        for table in tables
        for statement in (
            f"DROP POLICY {table}_wall ON {table}",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        )
    ]
    return migrations.RunSQL(up, down)


GRANTS = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} NOLOGIN NOBYPASSRLS;
    END IF;
    EXECUTE format('GRANT {role} TO %I', current_user);
    -- What is published in bulk goes by a table of the transaction's own.
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO {role}', current_database());
END $$;
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role};
"""

# Behind a wall PostgreSQL uses an index only for a condition that it knows to tell nothing of rows it refuses, not
# even by an error. "Is this area among its areas" and "are these words in it" never fail, but only a superuser may
# say so; without one, lists by a rare area and the search for addresses read more rows than they need.
INDEXABLE = """
DO $$ BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER FUNCTION pg_catalog.arraycontains(anyarray, anyarray) LEAKPROOF;
        ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF;
    END IF;
END $$;
"""


def grant(**_: object) -> None:
    """Let the role of pages and jobs use the tables; after each migration, since new ones may have come."""
    with connection.cursor() as cursor:
        cursor.execute(GRANTS.format(role=settings.OMBUD_DATABASE_ROLE))
        cursor.execute(INDEXABLE)
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename = ANY(%s)", [list(APPEND_ONLY)])
        for (table,) in cursor.fetchall():
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {settings.OMBUD_DATABASE_ROLE}")


# A sandbox is emptied each night; which jurisdiction is one, the database lets nobody change.
REFUSE_CHANGES = """
CREATE OR REPLACE FUNCTION ombud_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
        IF EXISTS (SELECT FROM ombud_jurisdiction WHERE id = OLD.jurisdiction_id AND sandbox) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: history is never changed', TG_TABLE_NAME;
END $$
"""
APPEND_ONLY = (
    "ombud_request_event",
    "ombud_personal_data_view",
    "ombud_catalogue_change",
    "ombud_noise_spent",
    "ombud_analysis_event",
)


def append_only(table: str) -> migrations.RunSQL:
    """Return the migration step that makes a table refuse UPDATE, DELETE and TRUNCATE, whoever asks."""
    return migrations.RunSQL(
        [
            REFUSE_CHANGES,
            f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION ombud_append_only()",
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION ombud_append_only()",
        ],
        [f"DROP TRIGGER {table}_rows ON {table}", f"DROP TRIGGER {table}_whole ON {table}"],
    )
