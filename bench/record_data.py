"""
The public record at a size of one's choice: rows resampled from the real requests of New York that the demo ships.

Each row is a real one with its service, place, agency and time of day, moved to a day of the last ten years and a
little aside. Ten years have a hundred and twenty months, each with one file, as a publication would have left them.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from django.db import connection

from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.lake import files, projection
from ombud.opendata.models import LakeFile, Publication
from ombud.opendata.rules.columns import MONTH, Kind
from ombud.plumbing import walls

REAL = Path(__file__).resolve().parent.parent / "demo" / "new_york" / "requests"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
MONTHS = 120

_BASE = """
CREATE TABLE base AS
SELECT row_number() OVER () - 1 AS at, "Complaint Type" AS service, coalesce("Agency", 'NYC') AS agency,
       lower(coalesce("Open Data Channel Type", 'unknown')) AS channel, "Incident Address" AS address,
       coalesce("Borough", 'Unspecified') AS borough, try_cast("Latitude" AS DOUBLE) AS lat,
       try_cast("Longitude" AS DOUBLE) AS lon, CAST(hash("Unique Key") % 86400 AS INTEGER) AS second,
       CASE WHEN "Closed Date" IS NULL THEN NULL ELSE 600 + hash("Unique Key", 1) % 2600000 END AS took
FROM read_csv(?, all_varchar = true, union_by_name = true) WHERE "Complaint Type" IS NOT NULL
"""
# A third of the columns are computed, so that they compress as real ones do: numbers, codes, times.
_ROWS = """
SELECT printf('NY-%%010d', i) AS _id, TIMESTAMPTZ '2026-11-01 00:00:00Z' AS _created_at,
       TIMESTAMPTZ '2026-11-01 00:00:00Z' AS _updated_at, 1.0::DOUBLE AS _version, '%(month)s' AS month,
       _id AS service_request_id, requested AS requested_datetime, coalesce(closed, requested) AS updated_datetime,
       closed AS closed_datetime, CASE WHEN closed IS NULL THEN 'open' ELSE 'closed' END AS status,
       CASE WHEN closed IS NULL THEN 'accepted' ELSE 'closed' END AS status_detail,
       CASE WHEN closed IS NULL THEN NULL WHEN h %% 10 < 7 THEN 'fixed' ELSE 'nothing_found' END AS outcome,
       upper(replace(service, ' ', '_')) AS service_code, service AS service_name, agency AS agency_responsible,
       channel, requested + INTERVAL 7 DAY AS target_datetime, round(took / 86400.0, 2) AS days_to_close,
       closed <= requested + INTERVAL 7 DAY AS on_time, (h %% 23 = 0)::DOUBLE AS times_reopened,
       (h %% 17 = 0)::DOUBLE AS times_transferred, 'exact' AS place_precision, address,
       lon + ((h %% 1000) - 500) / 5e5 AS longitude, lat + ((h // 1000 %% 1000) - 500) / 5e5 AS latitude,
       borough, '1-bench' AS rule_set
FROM (
    SELECT i, (hash(i) // 4)::BIGINT AS h, base.*,
           month_begins + INTERVAL (hash(i, 2) %% days) DAY + INTERVAL (second) SECOND AS requested,
           CASE WHEN took IS NULL THEN NULL ELSE requested + INTERVAL (took) SECOND END AS closed
    FROM (SELECT i, TIMESTAMP '%(month)s-01' AS month_begins, day(last_day(month_begins)) AS days
          FROM range(%(first)d, %(last)d) AS t(i)) AS made
    JOIN base ON base.at = (hash(i, 3) %% %(base)d)::BIGINT
) ORDER BY _id
"""


def make(city_id: str, dataset: DataSet, *, rows: int, memory_gb: int = 6) -> Publication:
    """Make so many rows the newest version of a data set, and return it."""
    work = duckdb.connect()
    work.execute(f"SET memory_limit = '{memory_gb}GB'")
    work.execute(_BASE, [str(REAL / "*2018-10-21*.csv.gz")])
    names = [column.stored for column in dataset.every_column if column.kind is not Kind.POINT] + [MONTH]
    held = [_month(work, city_id, dataset, names, rows, place) for place in range(MONTHS)]
    return Publication.objects.create(
        jurisdiction_id=city_id, dataset=dataset.code, version=1, at=NOW, rows=sum(file.rows for file in held),
        inserted=min(rows, 2**31 - 1), updated=0, deleted=0, sha256="0" * 64, rule_set="1-bench", snapshot_id=0,
        columns=[(column.name, column.kind) for column in dataset.every_column],
    )  # fmt: skip


def _month(
    work: "duckdb.DuckDBPyConnection", city_id: str, dataset: DataSet, names: list[str], rows: int, place: int
) -> LakeFile:
    month = f"{2016 + (place + 10) // 12}-{(place + 10) % 12 + 1:02d}"
    first, last = rows * place // MONTHS, rows * (place + 1) // MONTHS
    (base,) = work.execute("SELECT count(*) FROM base").fetchone() or (1,)
    made = _ROWS % {"month": month, "first": first, "last": last, "base": base}
    have = {row[0] for row in work.execute(f"DESCRIBE {made}").fetchall()}
    chosen = ", ".join(f'"{name}"' if name in have else f'NULL::VARCHAR AS "{name}"' for name in names)
    path = files.folder() / city_id / dataset.code / "data" / month / "bench.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    target = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {files.ROWS_A_GROUP})"
    work.execute(f"COPY (SELECT {chosen} FROM ({made})) TO '{path}' {target}")
    return LakeFile.objects.create(
        jurisdiction_id=city_id, dataset=dataset.code, path=str(path.relative_to(files.folder())), month=month,
        rows=last - first, size=path.stat().st_size, sha256="0" * 64, since_version=1,
    )  # fmt: skip


def fill_projection(city_id: str, dataset: DataSet, paths: list[str]) -> None:
    """Put files' rows into PostgreSQL's table of the newest version, as the owner, who may COPY behind the wall."""
    own = projection.stored(dataset.columns)
    more = [column.stored for column in dataset.columns if column.in_more]
    packed = ", ".join(f"'{name}', \"{name}\"" for name in more)
    reading = duckdb.connect()
    reading.execute("SET TimeZone = 'UTC'")
    chosen = f"'{city_id}', {', '.join(own)}, json_merge_patch('{{}}', json_object({packed}))"  # without nulls
    into = f"COPY {projection.TABLE} ({', '.join(['jurisdiction_id', *own, 'more'])}) FROM STDIN (FORMAT csv)"
    with walls.as_owner(), connection.cursor() as cursor, tempfile.TemporaryDirectory() as folder:
        cursor.execute(f"DELETE FROM {projection.TABLE} WHERE jurisdiction_id = %s", [city_id])
        between = Path(folder) / "rows.csv"
        with _indexed_afterwards(cursor):
            for path in paths:
                reading.execute(f"COPY (SELECT {chosen} FROM '{path}') TO '{between}' (FORMAT csv, HEADER false)")
                with cursor.cursor.copy(into) as copying, between.open("rb") as rows:
                    while block := rows.read(1 << 20):
                        copying.write(block)
        cursor.execute(f"VACUUM ANALYZE {projection.TABLE}")
        cursor.execute("CHECKPOINT")


@contextmanager
def _indexed_afterwards(cursor: Any) -> Iterator[None]:
    """Take the indexes away meanwhile, all but the primary key: made at the end they take a third of the time."""
    chosen = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE '%%_pkey'"
    cursor.execute(chosen, [projection.TABLE])
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute("SET maintenance_work_mem = '1GB'")
    for _, definition in indexes:
        cursor.execute(definition)
