"""
Which events strangers are told of, and what of them. Default deny, as in `privacy`: what is not named stays here.

An event is told under its own name where its kind is public. One that is not, but changes what the public sees (a
place corrected, a request taken on by being assigned), is told as "updated": that it did, and nothing of how. Of a
request that the public may not see nothing is told but the moment in which it went out of their sight: whoever
keeps a copy has to know that it is to be put away.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ombud.opendata.rules.privacy import LISTED, PublicRequest
from ombud.service_requests.rules.lifecycle import ENDED, Kind

SCHEMA_VERSION = 1
UPDATED, HIDDEN = "updated", "hidden"
TOLD = frozenset(
    {
        *(Kind.SUBMITTED, Kind.IMPORTED, Kind.ACCEPTED, Kind.SCHEDULED, Kind.LISTED, Kind.INSPECTED),
        *(Kind.SERVICE_CHANGED, Kind.TRANSFERRED, Kind.PROMISE_MOVED, Kind.CLOSED, Kind.REOPENED, Kind.WITHDRAWN),
        *(Kind.PAUSED, Kind.RESUMED),
    }
)
# Kinds whose events can change what the public sees, without being public themselves.
MAY_UPDATE = frozenset({Kind.ASSIGNED, Kind.PLACE_CORRECTED, Kind.CORRECTED})
NAMES = (*sorted(TOLD), UPDATED, HIDDEN)
_SEEN = frozenset(
    {
        *("status", "outcome", "service_code", "agency", "place_id", "requested_at", "closed_at", "reopened"),
        *("target_at", "expected_from", "expected_to", "scheduled_from", "scheduled_to"),
    }
)
# What an event itself says, beside the request as it stands: of its changes and of its facts.
_CHANGES = ("status", "outcome", "scheduled_from", "scheduled_to")
_FACTS: dict[Kind, tuple[str, ...]] = {
    Kind.INSPECTED: ("finding",),
    Kind.REOPENED: ("not_fixed",),
    Kind.PAUSED: ("reason",),
}
_OPEN311 = {"scheduled_from": "scheduled_from_datetime", "scheduled_to": "scheduled_to_datetime"}


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """An event as strangers are told of it, with the request as it stands now."""

    id: str
    name: str
    at: datetime
    jurisdiction_id: str
    request: PublicRequest
    url: str
    said: Mapping[str, Any]


def name_told(kind: str, *, audience: str, changed: Collection[str], visibility: str, was: str) -> str | None:
    """
    Return under which name an event is told to strangers, or None.

    `visibility` is the request's now, `was` the one before an event that changes it, else empty.
    """
    if visibility not in LISTED:
        return HIDDEN if was in LISTED and "visibility" in changed else None
    if audience == "public" and kind in TOLD:
        return kind
    return UPDATED if _SEEN & set(changed) else None


def said_by(kind: str, changes: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an event's changes and facts strangers may know, under the names they know."""
    told = {name: changes[name] for name in _CHANGES if name in changes}
    told |= {name: facts[name] for name in _FACTS.get(Kind(kind), ()) if name in facts}
    return {
        _OPEN311.get(name, name): _instant(datetime.fromisoformat(value)) if name in _OPEN311 and value else value
        for name, value in told.items()
    }


def body(event: PublicEvent) -> dict[str, Any]:
    """Return an event as plain JSON: the body of a webhook and an entry of the feed. Names are those of Open311."""
    told = event.name != HIDDEN
    return {
        "id": event.id,
        "type": f"service_request.{event.name}",
        "timestamp": _instant(event.at),
        "schema_version": SCHEMA_VERSION,
        "data": {
            "jurisdiction_id": event.jurisdiction_id,
            "service_request_id": event.request.number,
            **({"said": dict(event.said), "service_request": _request(event)} if told else {}),
        },
    }


def _request(event: PublicEvent) -> dict[str, Any]:
    request = event.request
    return {
        "service_request_id": request.number,
        "url": event.url,
        "service_code": request.service_code,
        "status": "closed" if request.status in ENDED else "open",
        "status_detail": request.status,
        "outcome": request.outcome or None,
        "agency_responsible": request.agency,
        "requested_datetime": _instant(request.requested_at),
        "closed_datetime": _instant(request.closed_at),
        "target_datetime": _instant(request.target_at),
        "expected_from_datetime": _instant(request.expected_from),
        "expected_datetime": _instant(request.expected_to),
        "times_reopened": request.reopened,
        "address": request.address or None,
        "lat": request.point.lat if request.point else None,
        "long": request.point.lon if request.point else None,
        "precision": request.precision,
        "areas": list(request.area_tags),
    }


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
