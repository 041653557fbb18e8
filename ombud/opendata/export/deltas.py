"""
What changes from one version to another: rows that come, change and go, told from the files of the two.

Applied to the rows of the first they give those of the second exactly. Only files that the two do not share are read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ombud.opendata.export import scan
from ombud.opendata.lake.files import ROWS_A_GROUP, schema_of
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.columns import MONTH, Column, Kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Op = Literal["insert", "update", "delete"]
_OP = "CASE WHEN was._id IS NULL THEN 'insert' WHEN now._id IS NULL THEN 'delete' ELSE 'update' END"
_ID = "coalesce(now._id, was._id)"
_JOINED = "FROM was FULL JOIN now ON was._id = now._id WHERE was IS DISTINCT FROM now"


@dataclass(frozen=True, slots=True)
class Change:
    """A row that comes, changes or goes. `changed` has names of columns; `row` the stored ones, empty where it goes."""

    op: Op
    id: str
    changed: tuple[str, ...]
    row: dict[str, Any]


def page(before: Snapshot | None, now: Snapshot, *, after: str, limit: int) -> tuple[list[Change], bool]:
    """
    Return changes in the order of their ids, from behind `after` on, and whether there are more.

    Before the first version there were no rows: then `before` is None.
    """
    stored = _stored(now)
    chosen = ", ".join(f"{side}.{scan.name(one)}" for side in ("now", "was") for one in stored)
    with _both(before, now) as connection:
        found = scan.fetched(
            connection,
            f"SELECT {_OP}, {_ID}, {chosen} {_JOINED} AND {_ID} > ? ORDER BY {_ID} LIMIT ?",
            [after, limit + 1],
        )
    changes = []
    for op, row_id, *values in found[:limit]:
        row, was = (dict(zip(stored, half, strict=True)) for half in (values[: len(stored)], values[len(stored) :]))
        changed = _changed(now.columns, was, row) if op == "update" else ()
        changes.append(Change(op, row_id, changed, {} if op == "delete" else row))
    return changes, len(found) > limit


def write(before: Snapshot | None, now: Snapshot, target: Path) -> None:
    """Write all changes as a Parquet file: `op`, then the columns of the later version; of rows that go only the id."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = schema_of(now.columns)
    schema = schema.remove(schema.get_field_index(MONTH)).insert(0, pa.field("op", pa.string()))
    chosen = ", ".join(
        f"{_ID} AS _id" if one == "_id" else f"now.{scan.name(one)} AS {scan.name(one)}" for one in schema.names[1:]
    )
    with (
        _both(before, now) as connection,
        pq.ParquetWriter(target, schema, compression="zstd", store_schema=False) as writer,
    ):
        found = connection.sql(f"SELECT {_OP} AS op, {chosen} {_JOINED} ORDER BY {_ID}")
        for batch in found.to_arrow_reader(ROWS_A_GROUP):
            writer.write_table(pa.Table.from_batches([batch]).cast(schema), row_group_size=ROWS_A_GROUP)


@contextmanager
def _both(before: Snapshot | None, now: Snapshot) -> "Iterator[DuckDBPyConnection]":
    had = before.files if before else ()
    with scan.connected() as connection:
        scan.show(connection, "was", [path for path in had if path not in now.files], now.columns)
        scan.show(connection, "now", [path for path in now.files if path not in had], now.columns)
        yield connection


def _stored(snapshot: Snapshot) -> list[str]:
    return [column.stored for column in snapshot.columns if column.kind is not Kind.POINT]


def _changed(columns: tuple[Column, ...], was: dict[str, Any], row: dict[str, Any]) -> tuple[str, ...]:
    own = [column for column in columns if column.kind is not Kind.POINT and not column.name.startswith(":")]
    return tuple(column.name for column in own if was[column.stored] != row[column.stored])
