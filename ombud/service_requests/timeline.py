"""
The one stream: a change to a request and the event that tells it, in one transaction.

Everything else (messages, live screens, figures) follows from what is written here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from ombud.kernel.errors import N_, NotFound, OmbudError
from ombud.people.rules.permissions import Grant, Verb, may, require
from ombud.plumbing import jobs, live
from ombud.service_requests.models import RequestEvent, RequestPlace, RequestText, ServiceRequest
from ombud.service_requests.rules.decisions import Decision
from ombud.service_requests.rules.lifecycle import Kind, State, applied, written

Audience = Literal["public", "reporter", "staff"]
ActorKind = Literal["staff", "reporter", "follower", "system", "import", "outside"]
_STATE_FIELDS = tuple(f.name for f in fields(State))

# Who may know that something of this kind happened; free text is never public.
AUDIENCE: dict[Kind, Audience] = {
    Kind.NOTED: "staff",
    Kind.SENT_BACK: "staff",
    Kind.PRIORITISED: "staff",
    Kind.ASSIGNED: "staff",
    Kind.FOLLOWED: "staff",
    Kind.UNFOLLOWED: "staff",
    Kind.REPLIED: "reporter",
    Kind.QUESTION_ASKED: "reporter",
    Kind.ANSWERED: "reporter",
    Kind.COMMENTED: "reporter",
    Kind.RATED: "staff",
    Kind.NOT_REACHED: "staff",
    Kind.PLACE_CORRECTED: "reporter",
    Kind.CORRECTED: "reporter",
    Kind.LINKED: "staff",
    Kind.GONE_THERE: "staff",
    Kind.REPORTED_AGAIN: "staff",
    Kind.TOLD_APART: "staff",
    Kind.PHOTO_COVERED: "staff",
    Kind.PHOTO_SHOWN: "staff",
}


class Conflict(OmbudError):
    """Somebody else wrote first. Carries what they did, so that the person sees both sides."""

    def __init__(self, *, request_id: int, seen: int, now: int) -> None:
        self.request_id, self.seen, self.now = request_id, seen, now
        super().__init__(N_("Someone else changed this request while you were looking at it. Nothing was lost."))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and what they may do here."""

    kind: ActorKind
    account_id: int | None = None
    grants: frozenset[Grant] = frozenset()

    def require(self, verb: Verb, *, agency: str) -> None:
        """Raise NotAllowed unless this is staff with the right role; the system itself may, and another system."""
        if self.kind in ("system", "import", "outside"):
            return
        require(self.grants, verb, agency=agency)

    def may(self, verb: Verb, *, agency: str = "") -> bool:
        """Whether this is staff with the right role."""
        return may(self.grants, verb, agency=agency)

    @property
    def agency(self) -> str:
        """The agency a member of staff works for, where it is one."""
        agencies = {g.agency for g in self.grants if g.agency}
        return agencies.pop() if len(agencies) == 1 else ""


SYSTEM = Actor("system")
REPORTER = Actor("reporter")
# Another system in which the request stands too.
OUTSIDE = Actor("outside")


def load(jurisdiction_id: str, request_id: int) -> ServiceRequest:
    """Return the row, held until the transaction ends. Raises NotFound."""
    held = ServiceRequest.objects.in_city(jurisdiction_id).select_for_update(of=("self",), no_key=True)
    row = held.filter(pk=request_id).first()
    if row is None:
        raise NotFound(N_("There is no such request here."))
    return row


def state_of(row: ServiceRequest) -> State:
    """Return the state that the row holds."""
    return applied(State(), {name: getattr(row, name) for name in _STATE_FIELDS})


def check_seen(row: ServiceRequest, seen: int | None) -> None:
    """Raise Conflict where the writer saw another version than the row has now."""
    if seen is not None and seen != row.version:
        raise Conflict(request_id=row.pk, seen=seen, now=row.version)


def record(
    row: ServiceRequest,
    decision: Decision,
    *,
    actor: Actor,
    at: datetime,
    text: str = "",
    language: str = "en",
    audience: Audience | None = None,
) -> RequestEvent:
    """Write an event and what it changes, announce it, and defer what follows; all in one transaction."""
    with transaction.atomic():
        changes = written(decision.changes)
        kept = _keep_text(row, text, language) if text else None
        _apply(row, decision, at)
        event = RequestEvent.objects.create(
            jurisdiction_id=row.jurisdiction_id,
            request=row,
            seq=row.version,
            kind=decision.kind,
            at=at,
            actor_kind=actor.kind,
            actor_id=actor.account_id,
            actor_agency=actor.agency,
            audience=audience or AUDIENCE.get(decision.kind, "public"),
            changes=changes,
            facts=decision.facts,
            text=kept,
        )
        announce(event)
        defer_reactions(event)
    return event


def announce(event: RequestEvent) -> None:
    """Tell open screens of an event, once it is committed."""
    live.announce(city=event.jurisdiction_id, topic="queue", request_id=event.request_id, kind=event.kind)


def defer_reactions(event: RequestEvent) -> None:
    """Defer the jobs that react to an event."""
    jobs.defer_reactions(
        city=event.jurisdiction_id, kind=event.kind, event_id=event.pk, lock=f"request:{event.request_id}"
    )


def _keep_text(row: ServiceRequest, body: str, language: str) -> RequestText:
    return RequestText.objects.create(jurisdiction_id=row.jurisdiction_id, request=row, body=body, language=language)


def _apply(row: ServiceRequest, decision: Decision, at: datetime) -> None:
    changes: dict[str, Any] = dict(decision.changes)
    if "place_id" in changes:
        changes |= place_copies(RequestPlace.objects.get(pk=changes["place_id"]))
    changes |= {"version": row.version + 1, "updated_at": at}
    won = ServiceRequest.objects.filter(pk=row.pk, version=row.version).update(**changes)
    if won != 1:
        raise Conflict(request_id=row.pk, seen=row.version, now=row.version + 1)
    for name, value in changes.items():
        setattr(row, name, value)


def place_copies(place: RequestPlace) -> dict[str, Any]:
    """Return the columns of a request that repeat its place for look-ups."""
    return {
        "lon": place.lon,
        "lat": place.lat,
        "address": place.address,
        "area_tags": [f"{a['layer']}:{a['code']}" for a in place.areas],
    }


def replay(events: Sequence[RequestEvent]) -> State:
    """Return the state that the timeline tells, event by event."""
    state = State()
    for event in sorted(events, key=lambda e: e.seq):
        state = applied(state, event.changes)
    return state
