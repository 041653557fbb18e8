"""The endpoints of a city, and what became of what they were sent."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.crypto import salted_hmac

from ombud.connect.webhooks.models import Progress, State, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ombud.connect.webhooks.rules import signing
from ombud.connect.webhooks.rules.wanted import Wanted
from ombud.kernel.errors import N_, NotFound

SHOWN_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Sent:
    """One event on its way, with each time that it was tried, newest first."""

    delivery: WebhookDelivery
    attempts: list[WebhookAttempt]


def endpoints(jurisdiction_id: str) -> list[WebhookEndpoint]:
    """Return the endpoints of a city by name."""
    return list(WebhookEndpoint.objects.filter(jurisdiction_id=jurisdiction_id).order_by("name", "pk"))


def is_heard(jurisdiction_id: str) -> bool:
    """Whether anybody outside is told what happens in a city."""
    return WebhookEndpoint.objects.filter(jurisdiction_id=jurisdiction_id).exclude(state=State.OFF).exists()


def endpoint(jurisdiction_id: str, endpoint_id: int) -> WebhookEndpoint:
    """Return one endpoint. Raises NotFound."""
    found = WebhookEndpoint.objects.filter(jurisdiction_id=jurisdiction_id, pk=endpoint_id).first()
    if found is None:
        raise NotFound(N_("There is no such webhook here."))
    return found


def log(jurisdiction_id: str, endpoint_id: int, *, after: int = 0, progress: str = "") -> list[Sent]:
    """Return the newest deliveries of an endpoint, before the id `after` where it is given."""
    rows = WebhookDelivery.objects.filter(jurisdiction_id=jurisdiction_id, endpoint_id=endpoint_id)
    if progress:
        rows = rows.filter(progress=progress)
    if after:
        rows = rows.filter(pk__lt=after)
    newest = rows.prefetch_related("attempts").order_by("-pk")[:SHOWN_AT_ONCE]
    return [Sent(row, sorted(row.attempts.all(), key=lambda a: (a.at, a.pk), reverse=True)) for row in newest]


def waiting(jurisdiction_id: str, endpoint_id: int) -> int:
    """Return how many events wait for an endpoint."""
    return _waiting(jurisdiction_id, endpoint_id).count()


def sendable(jurisdiction_id: str, endpoint_id: int, *, now: datetime) -> WebhookEndpoint | None:
    """Return an endpoint if it is to be sent to just now: it is there, on, and not left alone for a while."""
    found = WebhookEndpoint.objects.filter(jurisdiction_id=jurisdiction_id, pk=endpoint_id, state=State.ON)
    return found.filter(Q(held_until=None) | Q(held_until__lte=now)).first()


def due(endpoint: WebhookEndpoint, *, limit: int, now: datetime) -> list[WebhookDelivery]:
    """
    Return what is to be sent now, of each request only the first that waits: it may itself be due later.

    Where one has failed before, those come first that have not: an event that is always refused blocks nobody.
    """
    before = _waiting(endpoint.jurisdiction_id, endpoint.pk).filter(
        request_id=OuterRef("request_id"), seq__lt=OuterRef("seq")
    )
    rows = _waiting(endpoint.jurisdiction_id, endpoint.pk).filter(~Exists(before), next_try_at__lte=now)
    order = ("failures", "next_try_at", "pk") if endpoint.failures else ("next_try_at", "pk")
    return list(rows.select_related("endpoint").order_by(*order)[:limit])


def _waiting(jurisdiction_id: str, endpoint_id: int) -> "QuerySet[WebhookDelivery]":
    return WebhookDelivery.objects.filter(
        jurisdiction_id=jurisdiction_id, endpoint_id=endpoint_id, progress=Progress.WAITING
    )


def wanted_by(endpoint: WebhookEndpoint) -> Wanted:
    """Return which events an endpoint wants."""
    return Wanted(frozenset(endpoint.names), frozenset(endpoint.services), frozenset(endpoint.agencies))


def secrets(endpoint: WebhookEndpoint, *, now: datetime) -> list[bytes]:
    """
    Return the secrets that sign for an endpoint: the present one, and for a day after a rotation the one before.

    They are made, as reporters' links are, and lie nowhere: who reads the database or a backup cannot sign.
    """
    generations = [endpoint.generation]
    if old_secret_until(endpoint, now=now):
        generations.append(endpoint.generation - 1)
    return [
        salted_hmac("ombud.webhooks", f"{endpoint.salt}:{generation}", algorithm="sha256").digest()
        for generation in generations
    ]


def old_secret_until(endpoint: WebhookEndpoint, *, now: datetime) -> datetime | None:
    """Return until when the secret before signs too, or None where it does no more."""
    until = endpoint.rotated_at + signing.OVERLAP if endpoint.rotated_at else None
    return until if until and now < until else None
