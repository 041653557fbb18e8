"""A small published data set, and the same query asked of DuckDB on a file and of PostgreSQL on a table."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from ombud.opendata.engines import postgres
from ombud.opendata.engines.budget import Budget
from ombud.opendata.engines.duck import DuckEngine
from ombud.opendata.formats import cells
from ombud.opendata.formats.format import Format
from ombud.opendata.formats.rows import written
from ombud.opendata.rules.columns import SYSTEM, Column, Kind
from ombud.opendata.soql.asked import asked
from ombud.opendata.soql.sql.compile import compiled
from ombud.opendata.soql.tree import Query

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COLUMNS = (
    Column("agency", Kind.TEXT, "Agency"),
    Column("complaint", Kind.TEXT, "Complaint", aliases=("complaint_type",)),
    Column("created_date", Kind.CALENDAR_DATE, "Created", aliases=("CreateDdate", "createddate")),
    Column("closed_date", Kind.CALENDAR_DATE, "Closed"),
    Column("days", Kind.NUMBER, "Days"),
    Column("score", Kind.NUMBER, "Score"),
    Column("urgent", Kind.CHECKBOX, "Urgent"),
    Column("latitude", Kind.NUMBER, "Latitude"),
    Column("longitude", Kind.NUMBER, "Longitude"),
    Column("location", Kind.POINT, "Place", parts=("longitude", "latitude")),
    Column("district", Kind.TEXT, "District", in_more=True),
    *SYSTEM,
)
TABLE = "soql_published"
_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.NUMBER: pa.float64(),
    Kind.CALENDAR_DATE: pa.timestamp("us"),
    Kind.FIXED_TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Kind.CHECKBOX: pa.bool_(),
}
_POSTGRES = {
    Kind.TEXT: 'text COLLATE "C"',
    Kind.NUMBER: "double precision",
    Kind.CALENDAR_DATE: "timestamp",
    Kind.FIXED_TIMESTAMP: "timestamptz",
    Kind.CHECKBOX: "boolean",
}
OWN = tuple(column for column in COLUMNS if column.kind is not Kind.POINT)
Row = dict[str, Any]


def row(n: int, **values: Any) -> Row:
    """Return a row with an id; what is not said is null."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n)
    bare: Row = {column.stored: None for column in OWN}
    return bare | {"_id": f"row-{n:04}", "_created_at": at, "_updated_at": at, "_version": float(n % 3 + 1)} | values


def meaning(**parameters: str) -> Query:
    """Return what parameters mean: a name that begins with an underscore is a simple filter, others get a `$`."""
    pairs = [(name[1:] if name.startswith("_") else f"${name}", value) for name, value in parameters.items()]
    return asked(pairs, COLUMNS).resolved(COLUMNS)


class Both:
    """The two engines over the same rows."""

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        self.engine = DuckEngine(folder, memory_megabytes=500, at_once=2, threads=2)
        self.folder = folder
        self.files: list[str] = []
        self.relation = ""
        with connection.cursor() as cursor:
            own = ", ".join(f'"{c.stored}" {_POSTGRES[c.kind]}' for c in OWN if not c.in_more)
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
            cursor.execute(f"CREATE TEMPORARY TABLE {TABLE} (jurisdiction_id text, {own}, more jsonb)")
        self.hold(rows)

    def hold(self, rows: Sequence[Row]) -> None:
        """Hold these rows instead, in two files."""
        schema = pa.schema([pa.field(column.stored, _ARROW[column.kind]) for column in OWN])
        self.files = []
        middle = len(rows) // 2
        for part in (rows[:middle], rows[middle:]):
            path = self.folder / f"{len(list(self.folder.iterdir()))}.parquet"
            pq.write_table(pa.Table.from_pylist(list(part), schema=schema), path)
            self.files.append(str(path))
        self.relation = self.engine.relation(self.files, COLUMNS)
        stored = [column.stored for column in OWN if not column.in_more]
        listed = ", ".join(f'"{name}"' for name in stored)
        places = ", ".join(["%s"] * (len(stored) + 2))
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {TABLE}")
            for city, chosen in (("here", rows), ("elsewhere", [row(n + 5_000, agency="NOT OURS") for n in range(3)])):
                cursor.executemany(
                    f"INSERT INTO {TABLE} (jurisdiction_id, {listed}, more) VALUES ({places})",
                    [
                        [city, *(one[name] for name in stored), json.dumps({"district": one["district"]})]
                        for one in chosen
                    ],
                )

    def close(self) -> None:
        """Let go of the engine and the table."""
        self.engine.close()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")

    def duckdb(self, query: Query) -> list[list[str | None]]:
        """Return the answer of DuckDB, each cell as a text."""
        statement = compiled(query, "duckdb", relation=self.relation, now=NOW)
        return _cells(list(self.engine.batches(statement, Budget(20))), query)

    def postgres(self, query: Query) -> list[list[str | None]]:
        """Return the answer of PostgreSQL, each cell as a text."""
        statement = compiled(query, "postgres", relation=TABLE, now=NOW, jurisdiction_id="here")
        return _cells([postgres.batch(statement, Budget(20))], query)

    def ask(self, **parameters: str) -> list[dict[str, Any]]:
        """Return the answer as JSON has it, once both engines have given the same one."""
        query = meaning(**parameters)
        ours, theirs = self.duckdb(query), self.postgres(query)
        assert ours == theirs, parameters
        statement = compiled(query, "duckdb", relation=self.relation, now=NOW)
        pieces = written(self.engine.batches(statement, Budget(20)), query.outputs, Format.JSON)
        answer: list[dict[str, Any]] = json.loads(b"".join(pieces))
        return answer


def _cells(batches: Sequence[pa.RecordBatch], query: Query) -> list[list[str | None]]:
    rows: list[list[str | None]] = []
    for batch in batches:
        columns = [cells.texts(output, lies_in) for output, lies_in in cells.arrays(batch, query.outputs)]
        rows += [list(cell) for cell in zip(*columns, strict=True)]
    return rows
