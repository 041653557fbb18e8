"""
DuckDB in this process, over files that never change.

It is locked before the first query: no file outside of the lake's folder, no network, no extension, no setting. A
watchdog ends what runs too long, and only so many run at once.
"""

import logging
import os
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb.func import FunctionNullHandling, PythonUDFType
from sqlglot import exp

from ombud.opendata.engines.budget import Budget, Busy, TookTooLong
from ombud.opendata.engines.touching import touches
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.soql.faults import OUT_OF_RANGE, SoqlError, too_complex
from ombud.opendata.soql.shapes import Shape
from ombud.opendata.soql.sql.compiled import Compiled

log = logging.getLogger(__name__)
ROWS_A_BATCH = 8_192
VIEWS_KEPT = 200
# An answer of so few rows is made whole before its first row is taken: a stream looks into all files twice. That it
# takes twice the memory, as DuckDB warns, is little.
ROWS_AT_ONCE = 10_000
warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)
# A query waits so long for a place before it is sent away.
WAITS_SECONDS = 2.0
# Writing down an answer whose first rows are there may take so long: that of a whole data set is large.
WRITES_SECONDS = 600.0
_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.NUMBER: "DOUBLE",
    Kind.CALENDAR_DATE: "TIMESTAMP",
    Kind.FIXED_TIMESTAMP: "TIMESTAMPTZ",
    Kind.CHECKBOX: "BOOLEAN",
    Kind.POINT: "DOUBLE",
    Kind.MULTIPOLYGON: "BLOB",
}


class DuckEngine:
    """One locked DuckDB that looks into one folder."""

    def __init__(self, folder: Path, *, memory_megabytes: int, at_once: int, threads: int = 0) -> None:
        self._db = duckdb.connect(":memory:")
        spill = folder / ".spill" / str(os.getpid())
        # DuckDB makes the last of its folders only.
        spill.parent.mkdir(parents=True, exist_ok=True)
        settings: list[tuple[str, Any]] = [
            ("TimeZone", "UTC"),
            ("default_null_order", "nulls_last"),
            ("memory_limit", f"{memory_megabytes}MB"),
            ("threads", threads or os.cpu_count() or 1),
            ("temp_directory", str(spill)),
            ("max_temp_directory_size", f"{4 * memory_megabytes}MB"),
            # The files of a version are never written again.
            ("parquet_metadata_cache", True),
            ("allowed_directories", [str(folder)]),
            ("autoinstall_known_extensions", False),
            ("autoload_known_extensions", False),
            ("allow_community_extensions", False),
            ("python_enable_replacements", False),
            ("enable_external_access", False),
            ("lock_configuration", True),
        ]
        for name, value in settings:
            # For every cursor: without GLOBAL some would be this connection's own.
            self._db.execute(f"SET GLOBAL {name} = {exp.convert(value).sql(dialect='duckdb')}")
        self._slots = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._views: OrderedDict[str, None] = OrderedDict()
        self._shapes: dict[str, int] = {}

    def close(self) -> None:
        """Let go of everything."""
        self._db.close()

    def relation(self, files: Sequence[str], columns: Sequence[Column]) -> str:
        """Return the name of a view over Parquet files that together hold each row once."""
        own = [name for column in columns for name in (column.parts or (column.stored,))]
        name = "v" + sha256("\n".join([*files, "", *own]).encode()).hexdigest()[:32]
        with self._lock:
            if name in self._views:
                self._views.move_to_end(name)
                return name
            self._db.execute(_view(name, files, columns))
            self._views[name] = None
            if len(self._views) > VIEWS_KEPT:
                old, _ = self._views.popitem(last=False)
                self._db.execute(f'DROP VIEW IF EXISTS "{old}"')
        return name

    def batches(
        self, query: Compiled, budget: Budget, *, cancelled: threading.Event | None = None
    ) -> Iterator[pa.RecordBatch]:
        """
        Run a query and give its rows in batches. Raises SoqlError, Busy and TookTooLong.

        Whoever takes them slowly holds a place all the while: put them where they are to go, or take them all.
        """
        if not self._slots.acquire(timeout=WAITS_SECONDS):
            raise Busy(5)
        try:
            with self._cursor(query.shapes) as cursor:
                yield from _answer(cursor, query, budget, cancelled)
        finally:
            self._slots.release()

    @contextmanager
    def _cursor(self, shapes: Mapping[str, Shape]) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._db.cursor()
        try:
            with self._lock:
                for name, shape in shapes.items():
                    if name not in self._shapes:
                        _offer(cursor, name, shape)
                    self._shapes[name] = self._shapes.get(name, 0) + 1
            yield cursor
        finally:
            with self._lock:
                for name in shapes:
                    self._shapes[name] -= 1
                    if not self._shapes[name]:
                        del self._shapes[name]
                        cursor.remove_function(name)
                        cursor.remove_function(f"{name}_wkb")
            cursor.close()


def _offer(cursor: duckdb.DuckDBPyConnection, name: str, shape: Shape) -> None:
    point, wkb = touches(shape)
    ways: tuple[tuple[str, Any, Any], ...] = ((name, point, ["double", "double"]), (f"{name}_wkb", wkb, ["blob"]))
    for called, test, takes in ways:
        cursor.create_function(
            called,
            test,
            takes,
            "boolean",
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )


def _view(name: str, files: Sequence[str], columns: Sequence[Column]) -> str:
    if files:
        listed = exp.Array(expressions=[exp.Literal.string(path) for path in files])
        # To bring together files that differ, each of them is looked into before each query; few versions need it.
        differ = len({_shape_of(path) for path in files}) > 1
        by_name = exp.EQ(this=exp.to_identifier("union_by_name"), expression=exp.Boolean(this=differ))
        # The names of folders are ours, and no columns.
        flat = exp.EQ(this=exp.to_identifier("hive_partitioning"), expression=exp.Boolean(this=False))
        rows = exp.select("*").from_(exp.Anonymous(this="read_parquet", expressions=[listed, by_name, flat]))
    else:
        types = {part: _TYPES[column.kind] for column in columns for part in (column.parts or (column.stored,))}
        nothing = [exp.alias_(exp.cast(exp.Null(), kind), part, quoted=True) for part, kind in types.items()]
        rows = exp.select(*nothing).where(exp.Boolean(this=False))
    return exp.Create(this=exp.to_identifier(name, quoted=True), kind="VIEW", expression=rows).sql(dialect="duckdb")


@lru_cache(maxsize=10_000)
def _shape_of(path: str) -> tuple[tuple[str, str], ...]:
    """Return the columns of a file, which is never written again, with their types."""
    return tuple((field.name, str(field.type)) for field in pq.read_schema(path))


class _Watchdog:
    """Ends what a cursor does once its time is over."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._timer: threading.Timer | None = None

    def give(self, seconds: float) -> None:
        """Give so much time from now on, whatever was left."""
        self.stop()
        self._timer = threading.Timer(seconds, self._cursor.interrupt)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """Let it be."""
        if self._timer is not None:
            self._timer.cancel()


def _reader(cursor: duckdb.DuckDBPyConnection, query: Compiled) -> "pa.RecordBatchReader":
    used = {name: value for name, value in query.bound.items() if f"${name}" in query.sql}
    if query.at_most is not None and query.at_most <= ROWS_AT_ONCE:
        return cursor.execute(query.sql, used).to_arrow_reader(ROWS_A_BATCH)
    return cursor.sql(query.sql, params=used or None).to_arrow_reader(ROWS_A_BATCH)


def _answer(
    cursor: duckdb.DuckDBPyConnection, query: Compiled, budget: Budget, cancelled: threading.Event | None
) -> Iterator[pa.RecordBatch]:
    watchdog = _Watchdog(cursor)
    try:
        watchdog.give(budget.seconds)
        for place, batch in enumerate(_reader(cursor, query)):
            if cancelled is not None and cancelled.is_set():
                return
            if place == 0:
                # The work is done once rows come; what is left is to write them down.
                watchdog.give(WRITES_SECONDS)
            yield batch
    except duckdb.InterruptException:
        raise TookTooLong(budget.seconds) from None
    except (duckdb.OutOfRangeException, duckdb.ConversionException):
        raise SoqlError(OUT_OF_RANGE, "A number in the answer is too large.") from None
    except duckdb.OutOfMemoryException:
        raise too_complex(
            "The query needs more memory than one may take. Group by less, or ask for fewer rows."
        ) from None
    finally:
        watchdog.stop()
