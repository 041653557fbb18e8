"""The change feed: what became of the rows between two versions, in pages."""

from dataclasses import dataclass
from typing import Any

from ombud.catalog.city import City
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.export import deltas
from ombud.opendata.lake import versions
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.models import Tombstone
from ombud.opendata.rules.values import feature, flat, place_of


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes as JSON has them, and whether more follow."""

    changes: list[dict[str, Any]]
    # What has left past versions too since the first of the two: whoever holds a copy of it deletes it.
    taken_back: list[dict[str, Any]]
    more: bool


def before(city: City, dataset: DataSet, since: int) -> Snapshot | None:
    """Return the version that changes start from; before the first there is none. Raises NotFound."""
    return registry.snapshot(city, dataset, asof=since) if since else None


def changes(since: Snapshot | None, until: Snapshot, *, after: str, limit: int) -> Changes:
    """Return a page of changes in the order of their ids: applied in any order they lead from one to the other."""
    found, more = deltas.page(since, until, after=after, limit=limit)
    gone = _gone(until, [change.id for change in found if change.op == "delete"])
    told = [_told(change, until, gone) for change in found]
    return Changes(told, _taken_back(until, since.version if since else 0), more)


def _taken_back(until: Snapshot, since: int) -> list[dict[str, Any]]:
    rows = Tombstone.objects.of(until.jurisdiction_id, until.dataset).filter(
        reason=versions.TAKEN_BACK, version__gte=since
    )
    return [
        {"id": row.row_id, "deleted_at": row.at.isoformat(), "reason": row.reason, "said": row.said}
        for row in rows.order_by("at", "row_id")
    ]


def _gone(until: Snapshot, ids: list[str]) -> dict[str, Tombstone]:
    rows = Tombstone.objects.of(until.jurisdiction_id, until.dataset).filter(row_id__in=ids, version__lte=until.version)
    # A row may have gone, come back and gone again: the last time counts.
    return {row.row_id: row for row in rows.order_by("version")}


def _told(change: deltas.Change, until: Snapshot, gone: dict[str, Tombstone]) -> dict[str, Any]:
    if change.op == "delete":
        stone = gone.get(change.id)
        why = {"version": stone.version, "deleted_at": stone.at.isoformat(), "reason": stone.reason} if stone else {}
        return {"op": "delete", "id": change.id, **why}
    place = place_of(until.columns)
    shape = {place.name: feature(until.columns, change.row)["geometry"]} if place else {}
    told = {"op": change.op, "id": change.id, "version": int(change.row["_version"])}
    changed = {"changed": list(change.changed)} if change.op == "update" else {}
    return {**told, **changed, "row": flat(until.columns, change.row) | shape}
