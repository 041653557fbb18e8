"""Rows of a version, as plain Python: for publishing, which compares what is there with what shall be."""

from collections.abc import Collection
from typing import Any

from ombud.opendata.lake.versions import Snapshot


def rows(snapshot: Snapshot, *, ids: Collection[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return rows by their ids: all, or those asked for."""
    import pyarrow.parquet as pq

    found: dict[str, dict[str, Any]] = {}
    wanted = None if ids is None else [("_id", "in", sorted(ids))]
    for path in snapshot.files if ids is None or ids else ():
        for row in pq.read_table(path, partitioning=None, filters=wanted).to_pylist():
            found[row["_id"]] = row
    return found
