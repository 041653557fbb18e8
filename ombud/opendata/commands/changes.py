"""What changes between what is published and what shall be: rows that are the same are not touched."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ombud.catalog.city import City
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.lake.writing import Changes, Step
from ombud.opendata.models import Publication
from ombud.opendata.rules.columns import MONTH, SYSTEM
from ombud.opendata.rules.rule_set import RuleSet
from ombud.service_requests.feed import Position

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


def next_step(
    city: City,
    dataset: DataSet,
    rules: RuleSet,
    *,
    at: datetime,
    last: Publication | None,
    read: Position | None = None,
) -> Step:
    """Return the step that makes the next version of a data set, behind the last one."""
    return Step(
        jurisdiction_id=city.id,
        dataset=dataset.code,
        columns=dataset.columns,
        version=last.version + 1 if last else 1,
        at=at,
        rule_set=rules.name,
        read_written_in=read.written_in if read else 0,
        read_event_id=read.event_id if read else 0,
    )
