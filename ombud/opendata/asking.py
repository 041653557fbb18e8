"""Asking the public record: a query over one version of a data set, answered by whichever engine fits it."""

import atexit
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from ombud.opendata.engines import planner
from ombud.opendata.engines.budget import Budget
from ombud.opendata.lake import files, projection, versions
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.soql.tree import Query

if TYPE_CHECKING:
    import pyarrow as pa

    from ombud.opendata.engines.duck import DuckEngine

_making = threading.Lock()
_engines: dict[str, "DuckEngine"] = {}


def engine() -> "DuckEngine":
    """Return this process's DuckDB, made when first asked for: most processes never ask."""
    from ombud.opendata.engines.duck import DuckEngine

    folder = files.folder()
    with _making:
        if str(folder) not in _engines:
            folder.mkdir(parents=True, exist_ok=True)
            made = DuckEngine(
                folder, memory_megabytes=settings.OMBUD_QUERY_MEGABYTES, at_once=settings.OMBUD_QUERIES_AT_ONCE
            )
            atexit.register(made.close)
            _engines[str(folder)] = made
        return _engines[str(folder)]


def batches(
    query: Query, snapshot: Snapshot, budget: Budget, *, now: datetime, cancelled: threading.Event | None = None
) -> Iterator["pa.RecordBatch"]:
    """
    Give the answer in batches. Raises SoqlError, Busy and TookTooLong, also after the first.

    PostgreSQL is asked at once, in this thread; DuckDB when the first batch is taken, in whichever thread that is.
    """
    if planner.only_counts(query):
        return iter([_known(query, snapshot)])
    if snapshot.is_latest and snapshot.dataset == "requests" and planner.fits_rows(query):
        rows = _rows(query, snapshot, budget, now=now)
        if rows is not None:
            return iter([rows])
    from ombud.opendata.soql.sql.compile import compiled

    duck = engine()
    made = compiled(query, "duckdb", relation=duck.relation(snapshot.files, snapshot.columns), now=now)
    return duck.batches(made, budget, cancelled=cancelled)


def _known(query: Query, snapshot: Snapshot) -> "pa.RecordBatch":
    """Return the number of rows as often as it is asked for."""
    from ombud.opendata.engines import postgres

    outputs = query.stages[-1].outputs
    return postgres.as_batch(outputs, [(snapshot.rows,) * len(outputs)])


def _rows(query: Query, snapshot: Snapshot, budget: Budget, *, now: datetime) -> "pa.RecordBatch | None":
    """Return the rows out of PostgreSQL, or nothing where a newer version has come meanwhile."""
    from ombud.opendata.engines import lookups, postgres

    own = snapshot.jurisdiction_id
    made = lookups.statement(query, relation=projection.TABLE, now=now, jurisdiction_id=own)
    rows = postgres.batch(made, budget)
    # The table changes with the version, in one transaction: it is still this one, so the rows are of this one.
    return rows if versions.is_newest(own, snapshot.dataset, snapshot.version) else None
