"""Make a request: the last step of every channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from ombud.kernel.numbers import public_number
from ombud.plumbing.rows import first, insert_together, without_waiting
from ombud.service_requests import timeline
from ombud.service_requests.commands.incidents import held, join_incident
from ombud.service_requests.models import (
    Follower,
    RequestEvent,
    RequestForm,
    RequestPlace,
    ServiceRequest,
)
from ombud.service_requests.rules.lifecycle import Kind, State, applied, written

FRESH_IDS = (
    "SELECT nextval('ombud_request_serial'), nextval('ombud_request_place_id_seq'),"
    " nextval('ombud_request_event_id_seq'), nextval('ombud_follower_id_seq')"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where, as intake found it: what was said, and what we made of it."""

    method: str
    raw_lon: float | None = None
    raw_lat: float | None = None
    raw_text: str = ""
    lon: float | None = None
    lat: float | None = None
    address: str = ""
    accuracy_m: float | None = None
    areas: tuple[dict[str, str], ...] = ()
    note: str = ""
    address_id: str = ""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """All of a request that is checked and ready to be kept."""

    client_id: UUID
    service_code: str
    service_version: int
    agency: str
    unit: str
    priority: str
    visibility: str
    channel: str
    requested_at: datetime
    target_at: datetime | None
    expected_from: datetime | None
    expected_to: datetime | None
    place: Place | None = None
    description: str = ""
    answers: tuple[dict[str, Any], ...] = ()
    language: str = "en"
    contact_point_id: int | None = None
    same_as: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    api_key_id: int | None = None
    sent: Mapping[str, Any] = field(default_factory=dict)
    assignee_id: int | None = None
    asset: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """What the sender is told; `again` where the same was sent before."""

    request_id: int
    number: str
    again: bool


def already_received(*, jurisdiction_id: str, client_id: UUID) -> Received | None:
    """Return the request made from this sending before, if any."""
    found = first(
        "SELECT id, number FROM ombud_service_request WHERE jurisdiction_id = %s AND client_id = %s",
        jurisdiction_id,
        client_id,
    )
    return Received(found[0], found[1], again=True) if found else None


def receive(*, jurisdiction_id: str, number_prefix: str, new: NewRequest, actor: timeline.Actor) -> Received:
    """
    Keep a request and return its number; call it in a transaction. Raises IntegrityError where `client_id` is known.

    With `same_as` it joins the incident of that request: a report of the same thing, with its own time.
    """
    serial, place_id, event_id, follower_id = first(FRESH_IDS) or ()
    place = _place(jurisdiction_id, place_id, new.place) if new.place else None
    changes = {
        "service_code": new.service_code,
        "service_version": new.service_version,
        "agency": new.agency,
        "unit": new.unit,
        "priority": new.priority,
        "visibility": new.visibility,
        "channel": new.channel,
        "place_id": place.pk if place else None,
        "requested_at": new.requested_at,
        "target_at": new.target_at,
        "expected_from": new.expected_from,
        "expected_to": new.expected_to,
        **({"assignee_id": new.assignee_id} if new.assignee_id else {}),
        **({"asset": new.asset} if new.asset else {}),
    }
    state = applied(State(), changes)
    row = ServiceRequest(
        id=serial,
        jurisdiction_id=jurisdiction_id,
        number=public_number(number_prefix, serial),
        client_id=new.client_id,
        status=state.status,
        updated_at=new.requested_at,
        **changes,
        **(timeline.place_copies(place) if place else {}),
    )
    form = RequestForm(
        request=row,
        jurisdiction_id=jurisdiction_id,
        description=new.description,
        answers=list(new.answers),
        language=new.language,
        api_key_id=new.api_key_id,
        sent=dict(new.sent) or None,
    )
    event = RequestEvent(
        id=event_id,
        jurisdiction_id=jurisdiction_id,
        request=row,
        seq=1,
        kind=Kind.SUBMITTED,
        at=new.requested_at,
        actor_kind=actor.kind,
        actor_id=actor.account_id,
        actor_agency=actor.agency,
        audience="public",
        changes=written(changes),
        facts=new.facts,
    )
    follower = Follower(
        id=follower_id,
        jurisdiction_id=jurisdiction_id,
        request=row,
        contact_point_id=new.contact_point_id,
        is_reporter=True,
        since=new.requested_at,
    )
    with without_waiting():
        insert_together([*([place] if place else []), row, form, event, follower])
        timeline.announce(event)
    timeline.defer_reactions(event)
    if new.same_as is not None:
        row, other = held(jurisdiction_id, row.pk, new.same_as)
        join_incident(row, other, actor=actor, at=new.requested_at)
    return Received(row.pk, row.number, again=False)


def next_serials(count: int) -> Sequence[int]:
    """Return fresh serials; each becomes a row's id and, scattered, its public number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ombud_request_serial') FROM generate_series(1, %s)", [count])
        return [serial for (serial,) in cursor.fetchall()]


def keep_place(row: ServiceRequest, place: Place) -> RequestPlace:
    """Keep another place of a request, and return it; the one before stays."""
    kept = _place(row.jurisdiction_id, None, place)
    kept.save(force_insert=True)
    return kept


def _place(jurisdiction_id: str, place_id: int | None, place: Place) -> RequestPlace:
    return RequestPlace(
        id=place_id,
        jurisdiction_id=jurisdiction_id,
        raw_lon=place.raw_lon,
        raw_lat=place.raw_lat,
        raw_text=place.raw_text[:300],
        lon=place.lon,
        lat=place.lat,
        address=place.address[:200],
        accuracy_m=place.accuracy_m,
        method=place.method,
        areas=list(place.areas),
        note=place.note[:300],
        address_id=place.address_id[:60] or None,
    )
