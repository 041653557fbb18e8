"""Make a request: the last step of every channel."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from ombud.kernel.numbers import public_number
from ombud.service_requests import timeline
from ombud.service_requests.commands.incidents import join_incident
from ombud.service_requests.models import (
    Follower,
    RequestEvent,
    RequestForm,
    RequestPlace,
    ServiceRequest,
)
from ombud.service_requests.rules.lifecycle import Kind, State, applied, written


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


@dataclass(frozen=True, slots=True)
class Received:
    """What the sender is told; `again` where the same was sent before."""

    request_id: int
    number: str
    again: bool


def already_received(*, jurisdiction_id: str, client_id: UUID) -> Received | None:
    """Return the request made from this sending before, if any."""
    row = ServiceRequest.objects.in_city(jurisdiction_id).filter(client_id=client_id).first()
    return Received(row.pk, row.number, again=True) if row else None


def receive(*, jurisdiction_id: str, number_prefix: str, new: NewRequest, actor: timeline.Actor) -> Received:
    """
    Keep a request and return its number. The same `client_id` gives the first number again.

    With `same_as` it joins the incident of that request: a report of the same thing, with its own time.
    """
    try:
        with transaction.atomic():
            return _receive(jurisdiction_id, number_prefix, new, actor)
    except IntegrityError:
        # Two copies of one sending raced; the other one has won and is whole.
        if again := already_received(jurisdiction_id=jurisdiction_id, client_id=new.client_id):
            return again
        raise


def _receive(jurisdiction_id: str, number_prefix: str, new: NewRequest, actor: timeline.Actor) -> Received:
    serial = next_serials(1)[0]
    place = _keep_place(jurisdiction_id, new.place) if new.place else None
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
    row.save(force_insert=True)
    RequestForm.objects.create(
        request=row,
        jurisdiction_id=jurisdiction_id,
        description=new.description,
        answers=list(new.answers),
        language=new.language,
    )
    event = RequestEvent.objects.create(
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
    Follower.objects.create(
        jurisdiction_id=jurisdiction_id,
        request=row,
        contact_point_id=new.contact_point_id,
        is_reporter=True,
        since=new.requested_at,
    )
    if new.same_as is not None:
        join_incident(row, other_id=new.same_as, actor=actor, at=new.requested_at)
    timeline.follow_up(event)
    return Received(row.pk, row.number, again=False)


def next_serials(count: int) -> Sequence[int]:
    """Return fresh serials; each becomes a row's id and, scattered, its public number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ombud_request_serial') FROM generate_series(1, %s)", [count])
        return [serial for (serial,) in cursor.fetchall()]


def _keep_place(jurisdiction_id: str, place: Place) -> RequestPlace:
    return RequestPlace.objects.create(
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
    )
