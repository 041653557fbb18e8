"""
A stand-in of the sanitation route system: a PostgreSQL database of its own on loopback, in the manner of its years.

Whoever wants to know something asks its tables: codes for words, ten item slots on a stop, times without a zone, rows
that vanish. State is the database itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ombud.connect.legacy.sanitation import cluster
from ombud.connect.legacy.sanitation.yards import Yards
from ombud.connect.legacy.standing_in import running


@dataclass(frozen=True, slots=True)
class StandIn:
    """The running system: where it listens, and what it holds."""

    host: str
    port: int
    yards: Yards


@contextmanager
def serving(home: Path, *, port: int = 0, records: int = 0) -> Iterator[StandIn]:
    """Serve the system of this folder for the block."""
    with cluster.running(home / "cluster", port=port) as taken:
        yards = Yards(taken)
        try:
            yards.fill(records)
            yield StandIn("127.0.0.1", taken, yards)
        finally:
            yards.close()


@contextmanager
def _program(home: Path, port: int, records: int) -> Iterator[tuple[str, Callable[[], None]]]:
    with serving(home, port=port, records=records) as far:

        def work() -> None:
            try:
                far.yards.work()
            except psycopg.OperationalError as lost:
                # Whoever keeps this program up starts it again, and with it the database.
                raise SystemExit(f"the database of the stand-in is gone: {lost}") from lost

        yield f"postgresql://{far.host}:{far.port}/{cluster.DATABASE}", work


if __name__ == "__main__":
    running.run("A stand-in of the sanitation route system.", serving=_program)
