"""What changes between what is published and what shall be: rows that are the same are not touched."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ombud.opendata.lake.writing import Changes
from ombud.opendata.rules.columns import MONTH, SYSTEM

_SYSTEM = {column.stored for column in SYSTEM}


def changes_between(
    before: Mapping[str, Mapping[str, Any]],
    made: Iterable[Mapping[str, Any]],
    left_out: Mapping[str, str],
    *,
    version: int,
    at: datetime,
) -> Changes:
    """
    Return what is new, changed and gone, with the system fields that say so.

    `before` has the rows that are published now, by their ids; those that are neither made nor left out stay.
    """
    now = {"_version": float(version), "_updated_at": at.astimezone(UTC)}
    inserted, updated = [], []
    for row in made:
        was = before.get(row["_id"])
        if was is None:
            inserted.append({**row, **now, "_created_at": now["_updated_at"]})
        elif _differ(was, row):
            updated.append({**row, **now, "_created_at": was["_created_at"]})
    deleted = {row_id: reason for row_id, reason in left_out.items() if row_id in before}
    moved = {*deleted, *(row["_id"] for row in updated)}
    return Changes(inserted, updated, deleted, {row_id: before[row_id][MONTH] for row_id in moved})


def _differ(was: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    names = (was.keys() | row.keys()) - _SYSTEM
    return any(was.get(name) != row.get(name) for name in names)
