"""
Incidents: requests about the same thing. Nothing is dropped: each keeps its times and its reporter.

Whatever changes who belongs to an incident holds that incident first and then the requests, each in the order of their
ids, so that two people at once wait for each other and never stand in each other's way for good.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ombud.catalog.rules.definition import Visibility
from ombud.kernel.errors import N_, BadInput
from ombud.people.rules.permissions import Verb
from ombud.service_requests import timeline
from ombud.service_requests.models import Incident, RequestEvent, ServiceRequest
from ombud.service_requests.rules import decisions
from ombud.service_requests.rules.lifecycle import ENDED, Kind
from ombud.service_requests.timeline import Actor, Audience

Why = Mapping[str, Any]


class _Moved(Exception):
    """One of them came into another incident while we waited."""


def named(jurisdiction_id: str, number: str, *, other_than: int) -> ServiceRequest:
    """Return the other request with this number. Raises BadInput."""
    row = ServiceRequest.objects.in_city(jurisdiction_id).filter(number=number).exclude(pk=other_than).first()
    if row is None:
        raise BadInput(N_("There is no other request with this number."), field="duplicate_of")
    return row


def held(jurisdiction_id: str, *request_ids: int) -> list[ServiceRequest]:
    """Return requests in the order asked, held with their incidents until the transaction ends. Raises NotFound."""
    while True:
        try:
            with transaction.atomic():
                return _held(jurisdiction_id, request_ids)
        except _Moved:
            continue


def _held(jurisdiction_id: str, request_ids: tuple[int, ...]) -> list[ServiceRequest]:
    rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(pk__in=request_ids)
    known = set(rows.filter(incident__isnull=False).values_list("incident_id", flat=True))
    those = Incident.objects.in_city(jurisdiction_id).filter(pk__in=known).order_by("pk")
    # Not their keys: whoever commits something that refers to one of them would wait for us, and we perhaps for them.
    list(those.select_for_update(no_key=True))
    found: dict[int, ServiceRequest] = {}
    for pk in sorted(set(request_ids)):
        # One by one: who came into an incident that we do not hold is let go before we wait for the next.
        found[pk] = row = timeline.load(jurisdiction_id, pk)
        if row.incident_id is not None and row.incident_id not in known:
            raise _Moved
    return [found[pk] for pk in request_ids]


def join_incident(
    row: ServiceRequest, other: ServiceRequest, *, actor: Actor, at: datetime, why: Why | None = None
) -> None:
    """
    Make `row` a report of the incident of another request, which becomes one if it was alone. Both are held.

    Whoever shared an incident with `row` comes along: what was one thing stays one thing.
    """
    incident_id = other.incident_id or _new_incident(other, row, actor=actor, at=at, why=why)
    before = row.incident_id
    companions = _others_of(row, before) if before is not None and before != incident_id else []
    for member in [row, *companions]:
        decision = decisions.join(timeline.state_of(member), incident_id=incident_id, joined=other.number, why=why)
        timeline.record(member, decision, actor=actor, at=at, audience=_audience(member))


def _audience(row: ServiceRequest) -> Audience | None:
    """Whoever reports what is private must not see on their page that somebody else did."""
    return "staff" if row.visibility in (Visibility.COUNT_ONLY, Visibility.PRIVATE) else None


def _others_of(row: ServiceRequest, incident_id: int) -> list[ServiceRequest]:
    """Return who shares the row's incident, held; nobody can come or go, since the incident is held."""
    others = ServiceRequest.objects.in_city(row.jurisdiction_id).filter(incident_id=incident_id)
    return list(others.exclude(pk=row.pk).select_for_update(of=("self",), no_key=True).order_by("pk"))


def _new_incident(first: ServiceRequest, second: ServiceRequest, *, actor: Actor, at: datetime, why: Why | None) -> int:
    incident = Incident.objects.create(
        jurisdiction_id=first.jurisdiction_id, number=first.number, opened_at=first.requested_at
    )
    decision = decisions.join(timeline.state_of(first), incident_id=incident.pk, joined=second.number, why=why)
    timeline.record(first, decision, actor=actor, at=at, audience=_audience(first))
    return incident.pk


def merge(
    *,
    jurisdiction_id: str,
    request_id: int,
    with_number: str,
    actor: Actor,
    at: datetime,
    seen: int | None = None,
    why: Why | None = None,
) -> None:
    """Say that two requests are about the same thing. Both stay whole, and both reporters hear the end."""
    with transaction.atomic():
        other = named(jurisdiction_id, with_number, other_than=request_id)
        row, other = held(jurisdiction_id, request_id, other.pk)
        actor.require(Verb.ROUTE, agency=row.agency)
        timeline.check_seen(row, seen)
        join_incident(row, other, actor=actor, at=at, why=why)


def split(*, jurisdiction_id: str, request_id: int, actor: Actor, at: datetime, seen: int | None = None) -> None:
    """
    Take a request out of its incident; an incident left with one request is none any more.

    Had it come with others from an incident of their own, they go back there together, as if never joined.
    """
    with transaction.atomic():
        (row,) = held(jurisdiction_id, request_id)
        actor.require(Verb.ROUTE, agency=row.agency)
        timeline.check_seen(row, seen)
        others = _others_of(row, row.incident_id) if row.incident_id is not None else []
        came_from = _came_from([row, *others])
        back_to = came_from.get(row.pk)
        together = [other for other in others if back_to is not None and came_from.get(other.pk) == back_to]
        if len(together) == len(others):
            # The others of that joining have left since: what stayed is theirs, and the request leaves alone.
            together = []
        for member in [row, *together]:
            decision = decisions.leave(timeline.state_of(member), back_to=back_to if together else None)
            timeline.record(member, decision, actor=actor, at=at, audience=_audience(member))
        left = [other for other in others if other not in together]
        if len(left) == 1:
            last = left[0]
            decision = decisions.leave(timeline.state_of(last))
            timeline.record(last, decision, actor=actor, at=at, audience=_audience(last))


def _came_from(rows: list[ServiceRequest]) -> dict[int, int]:
    """Return by request the incident from which it came into its present one, where it was in one before."""
    moves = (
        RequestEvent.objects.in_city(rows[0].jurisdiction_id)
        .filter(request__in=[row.pk for row in rows], kind__in=(Kind.JOINED, Kind.LEFT))
        .order_by("request_id", "seq")
        .values_list("request_id", "kind", "facts")
    )
    # The last one counts.
    last = {pk: (kind, facts.get("before")) for pk, kind, facts in moves}
    return {pk: int(before) for pk, (kind, before) in last.items() if kind == Kind.JOINED and before is not None}


def report_again(
    *,
    jurisdiction_id: str,
    request_id: int,
    earlier_number: str,
    actor: Actor,
    at: datetime,
    seen: int | None = None,
    why: Why | None = None,
) -> None:
    """Say that a request is something come back that was closed before; the earlier one keeps its end."""
    with transaction.atomic():
        earlier = named(jurisdiction_id, earlier_number, other_than=request_id)
        row, earlier = held(jurisdiction_id, request_id, earlier.pk)
        actor.require(Verb.ROUTE, agency=row.agency)
        timeline.check_seen(row, seen)
        if row.status in ENDED:
            raise BadInput(N_("This request is closed. Reopen it first."))
        decision = decisions.report_again(
            timeline.state_of(row),
            earlier=timeline.state_of(earlier),
            earlier_id=earlier.pk,
            number=earlier.number,
            why=why or {},
        )
        timeline.record(row, decision, actor=actor, at=at)


def tell_apart(
    *,
    jurisdiction_id: str,
    request_id: int,
    other_number: str,
    actor: Actor,
    at: datetime,
    why: Why | None = None,
) -> None:
    """Write down that two requests are not about the same thing; what was taken for one come back is not any more."""
    with transaction.atomic():
        other = named(jurisdiction_id, other_number, other_than=request_id)
        row = timeline.load(jurisdiction_id, request_id)
        actor.require(Verb.ROUTE, agency=row.agency)
        decision = decisions.tell_apart(timeline.state_of(row), other_id=other.pk, number=other.number, why=why or {})
        timeline.record(row, decision, actor=actor, at=at)
