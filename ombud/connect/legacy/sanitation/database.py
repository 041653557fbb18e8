"""The connection to the sanitation database: opened when needed; what goes wrong is said in the bridge's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from pydantic import Field

from ombud.connect.bridge.ports import FarDown, FarNonsense, FarRefused
from ombud.connect.legacy.opening import LinkSettings
from ombud.kernel.errors import N_, Unavailable
from ombud.plumbing import outgoing

NAME = "Sanitation"
Connection = psycopg.Connection[dict[str, Any]]


class Settings(LinkSettings):
    """What a link to the sanitation database needs."""

    host: str
    port: int = Field(default=5432, ge=1, le=65_535)
    database: str
    user: str
    schema_name: str = "public"
    # libpq's word: on a network that is not one machine's own, `verify-full`.
    sslmode: str = "prefer"
    page_size: int = Field(default=1000, ge=1, le=10_000)
    # Whether deletions are written down there; without it only a comparison of both sides finds them.
    delete_log: bool = True
    # Their number of an item to the word that the mapping has for it; others are given as their number.
    item_words: dict[int, str] = {}


class Database:
    """Their database, for one user of this."""

    def __init__(self, settings: Settings, password: str) -> None:
        self._settings, self._password = settings, password
        self._open: Connection | None = None

    def table(self, name: str) -> sql.Identifier:
        """Return a table of theirs."""
        return sql.Identifier(self._settings.schema_name, name)

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield the connection. Raises FarDown, and FarNonsense where the tables are not as they should be."""
        with self._connected() as db:
            try:
                yield db
            except psycopg.ProgrammingError as strange:
                raise FarNonsense(N_("%(name)s has other tables: %(why)s"), name=NAME, why=_why(strange)) from strange

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield the connection with a transaction. Raises FarDown, and FarRefused with the database's words."""
        with self._connected() as db:
            try:
                with db.transaction():
                    yield db
            except (psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError) as refused:
                raise FarRefused(N_("%(name)s said: %(why)s"), name=NAME, why=_why(refused)) from refused

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            if self._open is None or self._open.closed:
                self._open = self._connect()
            yield self._open
        except Unavailable as away:
            raise FarDown(away.msgid, wait_seconds=None, **away.params) from away
        except (psycopg.OperationalError, psycopg.InterfaceError) as lost:
            self.close()
            raise FarDown(N_("%(name)s does not answer: %(why)s"), name=NAME, why=_why(lost)) from lost

    def _connect(self) -> Connection:
        told, seconds = self._settings, self._settings.timeout_seconds
        return psycopg.connect(
            host=told.host,
            hostaddr=outgoing.addresses(told.host, seconds=seconds)[0],
            port=told.port,
            dbname=told.database,
            user=told.user,
            password=self._password,
            sslmode=told.sslmode,
            application_name="ombud",
            connect_timeout=max(1, round(seconds)),
            # Nothing of ours may hold their rows for long, whatever becomes of us.
            options=f"-c statement_timeout={seconds:.3f}s -c lock_timeout={seconds:.3f}s"
            f" -c idle_in_transaction_session_timeout={seconds:.3f}s -c client_encoding=UTF8",
            # A line that is cut without a word is noticed within the time that a call may take.
            keepalives_idle=10,
            tcp_user_timeout=int(seconds * 1000),
            autocommit=True,
            row_factory=psycopg.rows.dict_row,
        )


def _why(said: psycopg.Error) -> str:
    """Return the first line of what the database says: the rest quotes rows."""
    return (said.diag.message_primary or str(said).partition("\n")[0])[:300]
