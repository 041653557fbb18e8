"""Reading the files of one version with DuckDB, which may read the lake's folder and nothing else."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ombud.opendata.lake import files
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.columns import MONTH, Column, Kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS = "snapshot_rows"
TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.NUMBER: "DOUBLE",
    Kind.CALENDAR_DATE: "TIMESTAMP",
    Kind.FIXED_TIMESTAMP: "TIMESTAMPTZ",
    Kind.CHECKBOX: "BOOLEAN",
    Kind.MULTIPOLYGON: "BLOB",
}


def name(stored: str) -> str:
    """Return an identifier of SQL."""
    return '"' + stored.replace('"', '""') + '"'


@contextmanager
def opened(snapshot: Snapshot, *, year: int | None = None) -> "Iterator[DuckDBPyConnection]":
    """
    Give a connection in which `ROWS` has the rows of a version, or those of a year, by the stored names.

    They come in the order of the files. A column that has come since a file was written is null there.
    """
    with connected() as connection:
        show(connection, ROWS, files_of(snapshot, year=year), snapshot.columns)
        yield connection


@contextmanager
def connected() -> "Iterator[DuckDBPyConnection]":
    """Give a connection that may read the lake's folder, with a bound on its memory."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET memory_limit = '1GB'; SET threads = 2")
        connection.execute("SET preserve_insertion_order = true")
        # It would look in its own schemas for Python's variables otherwise.
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
        connection.execute(f"SET allowed_directories = [{_text(str(files.folder()))}]")
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        yield connection


def show(connection: "DuckDBPyConnection", view: str, paths: Sequence[str], columns: Sequence[Column]) -> None:
    """Make a view of Parquet files with exactly these columns, and the month."""
    wanted = {column.stored: TYPES[column.kind] for column in columns if column.kind is not Kind.POINT}
    wanted[MONTH] = "VARCHAR"
    if not paths:
        nothing = ", ".join(f"NULL::{kind} AS {name(stored)}" for stored, kind in wanted.items())
        connection.execute(f"CREATE VIEW {view} AS SELECT {nothing} WHERE false")
        return
    listed = ", ".join(map(_text, paths))
    source = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
    there = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}  # noqa: S608
    chosen = ", ".join(
        f"{name(stored) if stored in there else 'NULL'}::{kind} AS {name(stored)}" for stored, kind in wanted.items()
    )
    connection.execute(f"CREATE VIEW {view} AS SELECT {chosen} FROM {source}")  # noqa: S608


def teach(connection: "DuckDBPyConnection", called: str, function: Callable[..., Any], returns: str) -> None:
    """Add a function of one column of bytes, which gets and gives whole arrays of Arrow; null stays null."""
    from duckdb.func import ARROW

    connection.create_function(called, function, ["BLOB"], returns, type=ARROW)


def fetched(connection: "DuckDBPyConnection", query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query. Through Arrow: alone DuckDB asks for a library of time zones that is not here."""
    table = connection.sql(query, params=list(values) or None).to_arrow_table()
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def files_of(snapshot: Snapshot, *, year: int | None = None) -> list[str]:
    """Return the paths of a version's files, or of a year's: the folder of a file is its month."""
    return [path for path in snapshot.files if year is None or month_of(path).startswith(f"{year}-")]


def month_of(path: str) -> str:
    """Return the month whose rows a file has."""
    return path.rsplit("/", 2)[-2]


def years(snapshot: Snapshot) -> list[int]:
    """Return the years that a version has rows of."""
    months = {month_of(path)[:4] for path in snapshot.files}
    return sorted(int(year) for year in months if year.isdigit())


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
