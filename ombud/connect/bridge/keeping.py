"""Far records as they are held until the mapping understands them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ombud.connect.bridge.models import Held
from ombud.connect.bridge.opening import Bridge
from ombud.connect.bridge.ports import FarRecord, Remark

# So many held records are looked at anew in each turn.
LOOKED_AT_AGAIN = 10


def written(record: FarRecord) -> dict[str, Any]:
    """Return a record as plain data."""
    return {
        "values": {name: value.replace("\x00", "") for name, value in record.values.items()},
        "changed_at": record.changed_at.isoformat() if record.changed_at else None,
        "own_ref": record.own_ref,
        "remarks": [
            {"ref": r.ref, "text": r.text.replace("\x00", ""), "at": r.at.isoformat(), "media_urls": list(r.media_urls)}
            for r in record.remarks
        ],
    }


def read(far_id: str, raw: Mapping[str, Any]) -> FarRecord:
    """Return a record as it was held."""
    return FarRecord(
        far_id,
        raw["values"],
        datetime.fromisoformat(raw["changed_at"]) if raw["changed_at"] else None,
        raw["own_ref"],
        tuple(
            Remark(r["ref"], r["text"], datetime.fromisoformat(r["at"]), tuple(r["media_urls"])) for r in raw["remarks"]
        ),
    )


def hold(bridge: Bridge, record: FarRecord, unknown: tuple[tuple[str, str], ...], *, now: datetime) -> None:
    """Hold a record whole; a newer telling of it takes the place of the older."""
    values = {
        "record": written(record),
        "unknown": [[field, word.replace("\x00", "")[:300]] for field, word in unknown],
        "mapping_version": bridge.link.mapping_version,
        "tried_at": now,
    }
    Held.objects.update_or_create(
        jurisdiction_id=bridge.link.jurisdiction_id,
        link=bridge.link,
        far_id=record.far_id,
        defaults=values,
        create_defaults={**values, "since": now},
    )


def release(bridge: Bridge, far_ids: list[str]) -> None:
    """Hold these no longer: they are understood."""
    Held.objects.filter(jurisdiction_id=bridge.link.jurisdiction_id, link=bridge.link, far_id__in=far_ids).delete()


def to_try_again(bridge: Bridge, *, now: datetime) -> list[FarRecord]:
    """
    Return held records to be tried again: all that the mapping of today was not tried on, and a few others as they are
    there now, since what could not be read may have been an accident. Raises FarDown.
    """
    held = Held.objects.filter(jurisdiction_id=bridge.link.jurisdiction_id, link=bridge.link)
    left_behind = held.filter(mapping_version__lt=bridge.link.mapping_version).order_by("pk")
    records = [read(one.far_id, one.record) for one in left_behind]
    others = held.filter(mapping_version=bridge.link.mapping_version).order_by("tried_at")[:LOOKED_AT_AGAIN]
    for one in others:
        record = bridge.system.look(one.far_id)
        if record is None:
            held.filter(pk=one.pk).update(tried_at=now)
        else:
            records.append(record)
    return records


def holds_any(bridge: Bridge) -> bool:
    """Whether any record of the link waits."""
    return Held.objects.filter(jurisdiction_id=bridge.link.jurisdiction_id, link=bridge.link).exists()
