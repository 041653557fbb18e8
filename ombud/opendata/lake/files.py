"""Parquet files of the lake: how rows lie in them. The same rows give the same bytes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings

from ombud.opendata.rules.columns import MONTH, Column, Kind

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_GROUP = 122_880


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its path below the lake's folder, its rows, its size in bytes and its hash."""

    path: str
    month: str
    rows: int
    size: int
    sha256: str


def folder() -> Path:
    """Return where the lake lies."""
    return Path(settings.OMBUD_HOME) / "lake"


def schema_of(columns: Sequence[Column]) -> "pa.Schema":
    """Return how rows with these columns lie in a file: each column by its stored name, and their month."""
    import pyarrow as pa

    types = {
        Kind.TEXT: pa.string(),
        Kind.NUMBER: pa.float64(),
        Kind.CALENDAR_DATE: pa.timestamp("us"),
        Kind.FIXED_TIMESTAMP: pa.timestamp("us", tz="UTC"),
        Kind.CHECKBOX: pa.bool_(),
        Kind.MULTIPOLYGON: pa.binary(),
    }
    fields = [pa.field(column.stored, types[column.kind]) for column in columns if column.kind is not Kind.POINT]
    return pa.schema([*fields, pa.field(MONTH, pa.string())])


def write(rows: "pa.Table", *, jurisdiction_id: str, dataset: str, month: str) -> Written:
    """Write rows, which are of one month, sorted by their id."""
    import pyarrow.parquet as pq

    path = f"{jurisdiction_id}/{dataset}/data/{month}/{uuid4().hex}.parquet"
    whole = folder() / path
    whole.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        rows.sort_by("_id"), whole, compression="zstd", row_group_size=ROWS_A_GROUP, write_page_index=True,
        store_schema=False,
    )  # fmt: skip
    content = whole.read_bytes()
    return Written(path, month, rows.num_rows, len(content), hashlib.sha256(content).hexdigest())


def read(path: str) -> "pa.Table":
    """Return the rows of a file."""
    import pyarrow.parquet as pq

    return pq.read_table(folder() / path, partitioning=None)
