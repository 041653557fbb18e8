"""What the record answers to outsiders: one request with its story, those beside it, and how long they took."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from ombud.kernel.errors import N_, NotFound
from ombud.people import queries as people
from ombud.plumbing.rows import first
from ombud.service_requests.models import (
    Follower,
    RequestEvent,
    RequestPhoto,
    ServiceRequest,
)
from ombud.service_requests.rules.lifecycle import Kind, Outcome, State, Status
from ombud.service_requests.rules.photo_boxes import Looked
from ombud.service_requests.timeline import replay


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a request's story, ready to be read."""

    event_id: int
    seq: int
    kind: Kind
    at: datetime
    audience: str
    actor_kind: str
    actor_name: str
    actor_agency: str
    changes: dict[str, Any]
    facts: dict[str, Any]
    text: str


@dataclass(frozen=True, slots=True)
class Expected:
    """How long requests of a kind took lately, of how many; `high_seconds` None: more than a fifth are still open."""

    low_seconds: int
    high_seconds: int | None
    n: int


def by_number(jurisdiction_id: str, number: str) -> ServiceRequest:
    """Return the request with this number, ours or the one of the system it came from. Raises NotFound."""
    number = number.replace("\x00", "")  # PostgreSQL has no such character, and so no such number
    rows = ServiceRequest.objects.in_city(jurisdiction_id).select_related("place", "incident", "form")
    row = rows.filter(number=number).first() or rows.filter(old_number=number).exclude(old_number="").first()
    if row is None:
        raise NotFound(N_("We have no request with this number."))
    return row


def by_id(jurisdiction_id: str, request_id: int) -> ServiceRequest:
    """Return the request with this id. Raises NotFound."""
    row = (
        ServiceRequest.objects.in_city(jurisdiction_id)
        .select_related("place", "incident", "form")
        .filter(pk=request_id)
        .first()
    )
    if row is None:
        raise NotFound(N_("There is no such request here."))
    return row


def story(row: ServiceRequest, *, audiences: Sequence[str]) -> list[Entry]:
    """Return what happened, oldest first, as far as these audiences may know it."""
    events = list(
        RequestEvent.objects.in_city(row.jurisdiction_id)
        .filter(request=row, audience__in=audiences)
        .select_related("text")
        .order_by("seq")
    )
    names = people.names_of(e.actor_id for e in events)
    # Free text is for the reporter and staff; to the public an event is its kind and its facts.
    with_text = "reporter" in audiences
    return [
        Entry(
            event_id=e.pk,
            seq=e.seq,
            kind=Kind(e.kind),
            at=e.at,
            audience=e.audience,
            actor_kind=e.actor_kind,
            actor_name=names.get(e.actor_id or 0, ""),
            actor_agency=e.actor_agency,
            changes=e.changes,
            facts=e.facts,
            text=e.text.body if e.text and with_text else "",
        )
        for e in events
    ]


def event(jurisdiction_id: str, event_id: int) -> RequestEvent:
    """Return one event with its request and text. Raises NotFound."""
    found = (
        RequestEvent.objects.in_city(jurisdiction_id)
        .select_related("request", "text", "request__form")
        .filter(pk=event_id)
        .first()
    )
    if found is None:
        raise NotFound(N_("There is no such event here."))
    return found


def visibility_before(changed: RequestEvent) -> str:
    """Return the visibility that the request of an event had before it; empty where the event is its first."""
    earlier = RequestEvent.objects.in_city(changed.jurisdiction_id).filter(
        request_id=changed.request_id, seq__lt=changed.seq, changes__has_key="visibility"
    )
    newest = earlier.order_by("-seq").first()
    return str(newest.changes["visibility"]) if newest else ""


def replayed(row: ServiceRequest) -> State:
    """Return the state that the whole timeline tells."""
    return replay(list(RequestEvent.objects.in_city(row.jurisdiction_id).filter(request=row)))


def photos(row: ServiceRequest, *, only_shown: bool = False) -> list[RequestPhoto]:
    """Return the photos, before first; only those that a person or a rule let through, where asked."""
    found = RequestPhoto.objects.in_city(row.jurisdiction_id).filter(request=row)
    if only_shown:
        found = found.filter(shown=True).exclude(public_key="")
    return sorted(found, key=lambda p: (p.stage == "after", p.at, p.pk))


def photo(jurisdiction_id: str, photo_id: int) -> RequestPhoto:
    """Return one photo with its request. Raises NotFound."""
    found = RequestPhoto.objects.in_city(jurisdiction_id).select_related("request").filter(pk=photo_id).first()
    if found is None:
        raise NotFound(N_("There is no such photo here."))
    return found


def waiting_photos(jurisdiction_id: str, *, before: datetime, limit: int) -> list[int]:
    """Return the photos that came before a time and were not searched yet, oldest first."""
    found = RequestPhoto.objects.in_city(jurisdiction_id).filter(looked=Looked.WAITING, at__lt=before)
    return list(found.order_by("at").values_list("pk", flat=True)[:limit])


def followers(row: ServiceRequest, *, whole_incident: bool = False) -> list[Follower]:
    """Return who is told, those who stopped left out; of the whole incident where asked."""
    of = Q(request=row)
    if whole_incident and row.incident_id:
        of = Q(request__incident_id=row.incident_id)
    return list(
        Follower.objects.in_city(row.jurisdiction_id)
        .filter(of, stopped_at=None)
        .select_related("request")
        .order_by("pk")
    )


def reporter_of(row: ServiceRequest) -> Follower | None:
    """Return the request's reporter, anonymous ones included."""
    return Follower.objects.in_city(row.jurisdiction_id).filter(request=row, is_reporter=True).first()


def follower(jurisdiction_id: str, follower_id: int) -> Follower | None:
    """Return a follower with its request."""
    return Follower.objects.in_city(jurisdiction_id).select_related("request").filter(pk=follower_id).first()


def of_contact_points(jurisdiction_id: str, contact_point_ids: Sequence[int]) -> list[ServiceRequest]:
    """Return the requests reported from these contact points, newest first."""
    return list(
        ServiceRequest.objects.in_city(jurisdiction_id)
        .filter(followers__contact_point_id__in=contact_point_ids, followers__is_reporter=True)
        .order_by("-requested_at")[:50]
    )


def incident_members(row: ServiceRequest) -> list[ServiceRequest]:
    """Return all requests of the row's incident, first report first; the row alone where it has none."""
    if row.incident_id is None:
        return [row]
    return list(
        ServiceRequest.objects.in_city(row.jurisdiction_id)
        .filter(incident_id=row.incident_id)
        .order_by("requested_at", "pk")
    )


def still_open(jurisdiction_id: str, request_ids: Collection[int]) -> set[int]:
    """Return which of these requests have not ended."""
    rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(pk__in=request_ids).still_open()
    return set(rows.values_list("pk", flat=True))


def expected(jurisdiction_id: str, service_code: str, *, areas: Sequence[str]) -> Expected | None:
    """Return how long this service took lately: in the first of the areas that has enough, else city-wide."""
    best_first = [*areas, ""]
    found = first(
        "SELECT low_seconds, high_seconds, n FROM ombud_expected_range"
        " WHERE jurisdiction_id = %s AND service_code = %s AND area = ANY(%s)"
        " ORDER BY array_position(%s::text[], area::text) LIMIT 1",
        jurisdiction_id,
        service_code,
        best_first,
        best_first,
    )
    return Expected(*found) if found else None


def allowed_outcomes(codes: Sequence[str]) -> list[Outcome]:
    """Return the outcomes staff may choose for a service, a waiting list left out: that is no closing."""
    chosen = [Outcome(c) for c in codes] or list(Outcome)
    return [o for o in chosen if o not in (Outcome.UNSTATED, Outcome.WAITING_LIST)]


@dataclass(frozen=True, slots=True)
class Standing:
    """A request with all that is said of it to another system in which it stands too."""

    request: ServiceRequest
    sentence: str


def standings(
    jurisdiction_id: str, *, request_ids: Collection[int] = (), client_ids: Collection[UUID] = ()
) -> list[Standing]:
    """Return requests with their form and the sentence with which they were closed, in no order."""
    rows = ServiceRequest.objects.in_city(jurisdiction_id).select_related("form")
    found = list(rows.filter(pk__in=request_ids) if request_ids else rows.filter(client_id__in=client_ids))
    closed = [row.pk for row in found if row.status == Status.CLOSED]
    told = (
        RequestEvent.objects.in_city(jurisdiction_id)
        .filter(request_id__in=closed)
        .filter(Q(kind=Kind.CLOSED) | Q(kind=Kind.CORRECTED, facts__sentence=True))
        .order_by("request_id", "seq")
        .values_list("request_id", "text__body")
    )
    # The last one counts, also where it has no words.
    sentences = dict(told)
    return [Standing(row, sentences.get(row.pk) or "") for row in found]


def changed_at(jurisdiction_id: str, request_id: int, columns: Collection[str]) -> datetime | None:
    """Return when one of these columns of a request last changed by what was done here; None where never."""
    events = RequestEvent.objects.in_city(jurisdiction_id).filter(
        request_id=request_id, changes__has_any_keys=list(columns)
    )
    return events.order_by("-seq").values_list("at", flat=True).first()


def words_said(jurisdiction_id: str, request_id: int, *, but_by_link: str) -> set[str]:
    """Return the texts of a request's timeline: all closings, and of the rest what did not come over this link."""
    events = RequestEvent.objects.in_city(jurisdiction_id).filter(request_id=request_id, text__isnull=False)
    ours = ~Q(facts__has_key="link") | ~Q(facts__link=but_by_link) | Q(kind=Kind.CLOSED)
    return set(events.filter(ours).values_list("text__body", flat=True))


def numbers_of(jurisdiction_id: str, request_ids: Collection[int]) -> dict[int, str]:
    """Return the public numbers of requests by their ids."""
    rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(pk__in=request_ids)
    return dict(rows.values_list("pk", "number"))


def ids_of_numbers(jurisdiction_id: str, numbers: Collection[str]) -> dict[int, str]:
    """Return ids and public numbers of the requests that have these public numbers."""
    rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(number__in=numbers)
    return dict(rows.values_list("pk", "number"))


def worked_on_since(jurisdiction_id: str, since: datetime) -> set[int]:
    """Return the ids of requests to which something was done here, and not elsewhere, since an instant."""
    events = RequestEvent.objects.in_city(jurisdiction_id).filter(recorded_at__gte=since)
    return set(events.exclude(actor_kind__in=("outside", "import")).values_list("request_id", flat=True))
