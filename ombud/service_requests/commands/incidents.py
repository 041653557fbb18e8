"""Incidents: requests about the same thing. Nothing is dropped: each keeps its times and its reporter."""

from datetime import datetime

from django.db import transaction

from ombud.kernel.errors import N_, BadInput
from ombud.people.rules.permissions import Verb
from ombud.service_requests import timeline
from ombud.service_requests.models import Incident, ServiceRequest
from ombud.service_requests.rules import decisions
from ombud.service_requests.timeline import Actor


def named(jurisdiction_id: str, number: str, *, other_than: int) -> ServiceRequest:
    """Return the other request with this number. Raises BadInput."""
    row = ServiceRequest.objects.in_city(jurisdiction_id).filter(number=number).exclude(pk=other_than).first()
    if row is None:
        raise BadInput(N_("There is no other request with this number."), field="duplicate_of")
    return row


def join_incident(row: ServiceRequest, *, other_id: int, actor: Actor, at: datetime) -> None:
    """
    Make `row` a report of the incident of another request, which becomes one if it was alone.

    Whoever shared an incident with `row` comes along: what was one thing stays one thing.
    """
    other = timeline.load(row.jurisdiction_id, other_id)
    incident_id = other.incident_id or _new_incident(other, row, actor=actor, at=at)
    companions = (
        ServiceRequest.objects.in_city(row.jurisdiction_id)
        .filter(incident_id=row.incident_id)
        .exclude(pk=row.pk)
        .exclude(incident_id=incident_id)
        if row.incident_id
        else ServiceRequest.objects.none()
    )
    for member in [row, *(timeline.load(row.jurisdiction_id, c.pk) for c in companions)]:
        decision = decisions.join(timeline.state_of(member), incident_id=incident_id, joined=other.number)
        timeline.record(member, decision, actor=actor, at=at)


def _new_incident(first: ServiceRequest, second: ServiceRequest, *, actor: Actor, at: datetime) -> int:
    incident = Incident.objects.create(
        jurisdiction_id=first.jurisdiction_id, number=first.number, opened_at=first.requested_at
    )
    decision = decisions.join(timeline.state_of(first), incident_id=incident.pk, joined=second.number)
    timeline.record(first, decision, actor=actor, at=at)
    return incident.pk


def merge(
    *,
    jurisdiction_id: str,
    request_id: int,
    with_number: str,
    actor: Actor,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Say that two requests are about the same thing. Both stay whole, and both reporters hear the end."""
    with transaction.atomic():
        row = timeline.load(jurisdiction_id, request_id)
        actor.require(Verb.ROUTE, agency=row.agency)
        timeline.check_seen(row, seen)
        join_incident(row, other_id=named(jurisdiction_id, with_number, other_than=row.pk).pk, actor=actor, at=at)


def split(*, jurisdiction_id: str, request_id: int, actor: Actor, at: datetime, seen: int | None = None) -> None:
    """Take a request out of its incident; an incident left with one request is none any more."""
    with transaction.atomic():
        row = timeline.load(jurisdiction_id, request_id)
        actor.require(Verb.ROUTE, agency=row.agency)
        timeline.check_seen(row, seen)
        incident_id = row.incident_id
        timeline.record(row, decisions.leave(timeline.state_of(row)), actor=actor, at=at)
        left = ServiceRequest.objects.in_city(jurisdiction_id).filter(incident=incident_id)
        if len(left) == 1:
            last = timeline.load(jurisdiction_id, left[0].pk)
            timeline.record(last, decisions.leave(timeline.state_of(last)), actor=actor, at=at)
