"""When another system tells again of a request we have from it: what has moved on there is written as an event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ombud.service_requests.commands.old_requests import OldRequest
from ombud.service_requests.models import RequestEvent, RequestPlace, RequestText, ServiceRequest
from ombud.service_requests.rules.lifecycle import ENDED, Kind, Status, written
from ombud.service_requests.timeline import AUDIENCE, place_copies

# How far a request has come: of two tellings of the same moment the further one is the later.
_FAR = {Status.RECEIVED: 0, Status.ACCEPTED: 1, Status.SCHEDULED: 2, Status.ON_LIST: 3}


def apply(jurisdiction_id: str, pairs: Sequence[tuple[ServiceRequest, OldRequest]]) -> tuple[int, int, int]:
    """Write what has changed. Returns how many were updated, stayed as they were, and were left to people here."""
    moved = [(row, old) for row, old in pairs if differences(row, old) or adds_a_point(row, old)]
    theirs = _worked_on_here(jurisdiction_id, [row.pk for row, _ in moved])
    updated = left = 0
    for row, old in moved:
        if row.pk in theirs:
            left += 1
        else:
            updated += _update(row, old)
    return updated, len(pairs) - updated - left, left


def differences(row: ServiceRequest, old: OldRequest) -> dict[str, Any]:
    """Return what a telling would change; nothing where it is older than what we have."""
    if old.date_known != "yes" or old.as_of < row.updated_at:
        return {}
    if old.as_of == row.updated_at and _far(old.kind.status) < _far(Status(row.status)):
        return {}
    changes = {name: value for name, value in old.told.items() if value != getattr(row, name)}
    if changes.get("status") is Status.CLOSED and row.outcome is None:
        changes["outcome"] = old.kind.outcome
    if "status" in changes and old.kind.status not in ENDED:
        # Open again over there: how it had ended there holds no more.
        changes |= {name: None for name in ("closed_at", "outcome") if getattr(row, name) is not None}
    if "service_code" in changes:
        changes |= {
            "service_version": old.kind.service_version,
            "visibility": old.kind.visibility,
            "priority": old.kind.priority,
            "target_at": old.target_at,
        }
    elif "requested_at" in changes:
        changes["target_at"] = old.target_at
    return changes


def adds_a_point(row: ServiceRequest, old: OldRequest) -> bool:
    """Whether the telling knows where a request lies that has no point yet."""
    return row.lon is None and old.place is not None and old.place.lon is not None


def _far(status: Status) -> int:
    return _FAR.get(status, 9)


def _worked_on_here(jurisdiction_id: str, request_ids: Sequence[int]) -> set[int]:
    events = RequestEvent.objects.in_city(jurisdiction_id).filter(request_id__in=request_ids)
    return set(events.exclude(actor_kind="import").values_list("request_id", flat=True))


def _update(row: ServiceRequest, old: OldRequest) -> int:
    # Asked again: the same number may stand twice in one file, and the first of the two was just written.
    changes = differences(row, old)
    copies: dict[str, Any] = {}
    if adds_a_point(row, old):
        place = _keep_place(row, old)
        changes["place_id"] = place.pk
        copies = place_copies(place)
    if not changes:
        return 0
    at = _when(row, old, changes)
    text = _keep_text(row, old, changes)
    heard = old.as_of if old.date_known == "yes" else row.updated_at
    columns = {**changes, **copies, "version": row.version + 1, "updated_at": max(row.updated_at, heard)}
    ServiceRequest.objects.in_city(row.jurisdiction_id).filter(pk=row.pk, version=row.version).update(**columns)
    for name, value in columns.items():
        setattr(row, name, value)
    kind = _kind(changes)
    RequestEvent.objects.create(
        jurisdiction_id=row.jurisdiction_id,
        request=row,
        seq=row.version,
        kind=kind,
        at=at,
        actor_kind="import",
        actor_agency=row.agency,
        audience=AUDIENCE.get(kind, "public"),
        changes=written(changes),
        facts=dict(old.facts),
        text=text,
    )
    return 1


def _when(row: ServiceRequest, old: OldRequest, changes: dict[str, Any]) -> datetime:
    if closed_at := changes.get("closed_at"):
        return closed_at  # type: ignore[no-any-return]  # the column is an instant
    return old.as_of if old.date_known == "yes" else row.updated_at


def _kind(changes: dict[str, Any]) -> Kind:
    match changes.get("status"):
        case Status.CLOSED:
            return Kind.CLOSED
        case Status.WITHDRAWN:
            return Kind.WITHDRAWN
        case Status() if "closed_at" in changes:
            return Kind.REOPENED
        case Status.ACCEPTED:
            return Kind.ACCEPTED
    if "service_code" in changes:
        return Kind.SERVICE_CHANGED
    if "agency" in changes:
        return Kind.TRANSFERRED
    if changes.get("scheduled_from"):
        return Kind.SCHEDULED
    if set(changes) == {"place_id"}:
        return Kind.PLACE_CORRECTED
    return Kind.ASSIGNED if set(changes) == {"unit"} else Kind.IMPORTED


def _keep_place(row: ServiceRequest, old: OldRequest) -> RequestPlace:
    place = old.place
    assert place is not None  # noqa: S101  adds_a_point has just looked
    return RequestPlace.objects.create(
        jurisdiction_id=row.jurisdiction_id,
        raw_lon=place.raw_lon,
        raw_lat=place.raw_lat,
        raw_text=place.raw_text[:300],
        lon=place.lon,
        lat=place.lat,
        # A file that has only points does not take the address away.
        address=(place.address or row.address)[:200],
        method=place.method,
        areas=[dict(a) for a in place.areas],
        note=place.note[:300],
    )


def _keep_text(row: ServiceRequest, old: OldRequest, changes: dict[str, Any]) -> RequestText | None:
    if not old.kind.sentence or "status" not in changes:
        return None
    return RequestText.objects.create(
        jurisdiction_id=row.jurisdiction_id, request=row, body=old.kind.sentence, language=old.kind.language
    )
