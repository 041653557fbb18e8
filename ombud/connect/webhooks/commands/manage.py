"""What administrators do to the endpoints of their city."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from ombud.connect.webhooks import queries
from ombud.connect.webhooks.commands import deliver
from ombud.connect.webhooks.models import Progress, State, WebhookDelivery, WebhookEndpoint
from ombud.connect.webhooks.rules import signing
from ombud.kernel.errors import N_, BadInput, OmbudError
from ombud.kernel.texts import cleaned
from ombud.opendata.rules.public_event import NAMES
from ombud.people.rules.permissions import Verb
from ombud.plumbing import outgoing
from ombud.service_requests.timeline import Actor

MOST_ENDPOINTS = 20
_ASKED_ANEW = {"failures": 0, "failing_since": None, "held_until": None}


@dataclass(frozen=True, slots=True)
class Told:
    """What an administrator says of an endpoint; no names, services or agencies mean all of them."""

    name: str
    url: str
    names: Sequence[str] = ()
    services: Sequence[str] = ()
    agencies: Sequence[str] = ()


def add(*, jurisdiction_id: str, told: Told, actor: Actor, at: datetime) -> tuple[WebhookEndpoint, str]:
    """Add an endpoint and return it with its secret, which is shown this once. Raises BadInput."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    if len(queries.endpoints(jurisdiction_id)) >= MOST_ENDPOINTS:
        raise BadInput(N_("There are %(n)d webhooks already. Remove one first."), n=MOST_ENDPOINTS)
    endpoint = WebhookEndpoint.objects.create(
        jurisdiction_id=jurisdiction_id,
        owner_id=actor.account_id or 0,
        created_at=at,
        salt=secrets.token_hex(16),
        **_read(told),
    )
    return endpoint, _newest_secret(endpoint, at)


def change(*, jurisdiction_id: str, endpoint_id: int, told: Told, actor: Actor) -> None:
    """Change an endpoint. What waits goes to the new address; what is wanted counts from now on. Raises BadInput."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    endpoint = queries.endpoint(jurisdiction_id, endpoint_id)
    read = _read(told)
    moved = _ASKED_ANEW if read["url"] != endpoint.url else {}
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(owner_id=actor.account_id or 0, **read, **moved)
        deliver.send_on(endpoint)


def pause(*, jurisdiction_id: str, endpoint_id: int, actor: Actor) -> None:
    """Send nothing until somebody says so; events wait, three days at most."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    endpoint = queries.endpoint(jurisdiction_id, endpoint_id)
    WebhookEndpoint.objects.filter(pk=endpoint.pk, state=State.ON).update(state=State.PAUSED)


def resume(*, jurisdiction_id: str, endpoint_id: int, actor: Actor, at: datetime) -> None:
    """Send again: what waited, and what comes. Whoever switches it on is who hears when it fails again."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    endpoint = queries.endpoint(jurisdiction_id, endpoint_id)
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
            state=State.ON, off_because="", owner_id=actor.account_id or 0, **_ASKED_ANEW
        )
        WebhookDelivery.objects.filter(endpoint=endpoint, progress=Progress.WAITING).update(next_try_at=at)
        deliver.send_on(endpoint)


def rotate(*, jurisdiction_id: str, endpoint_id: int, actor: Actor, at: datetime) -> str:
    """Give an endpoint another secret and return it, this once. The one before signs beside it for a day."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    endpoint = queries.endpoint(jurisdiction_id, endpoint_id)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(generation=F("generation") + 1, rotated_at=at)
    return _newest_secret(queries.endpoint(jurisdiction_id, endpoint_id), at)


def remove(*, jurisdiction_id: str, endpoint_id: int, actor: Actor) -> None:
    """Remove an endpoint, with what waits for it and its log."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    queries.endpoint(jurisdiction_id, endpoint_id).delete()


def redeliver(*, jurisdiction_id: str, endpoint_id: int, delivery_id: int, actor: Actor, at: datetime) -> None:
    """Send an event once more that was delivered or given up, with the id it had. Raises BadInput."""
    actor.require(Verb.MANAGE_LINKS, agency="")
    endpoint = queries.endpoint(jurisdiction_id, endpoint_id)
    if endpoint.state == State.OFF:
        raise BadInput(N_("This webhook is off. Switch it on first."))
    kept = WebhookDelivery.objects.filter(endpoint=endpoint, pk=delivery_id, event_id__isnull=False)
    with transaction.atomic():
        # Its three days begin again.
        again = kept.exclude(progress=Progress.WAITING).update(
            progress=Progress.WAITING, why="", failures=0, created_at=at, next_try_at=at, ended_at=None
        )
        if not again:
            raise BadInput(N_("It waits to be sent already, or is no longer kept."))
        deliver.send_on(endpoint)


def _newest_secret(endpoint: WebhookEndpoint, at: datetime) -> str:
    return signing.shown(queries.secrets(endpoint, now=at)[0])


def _read(told: Told) -> dict[str, object]:
    name, url = cleaned(told.name), told.url.strip()
    if not 0 < len(name) <= 80:
        raise BadInput(N_("Give it a name of 80 characters at most."), field="name")
    if len(url) > 500:
        raise BadInput(N_("Use 500 characters at most."), field="url")
    try:
        outgoing.check(url, secure=True)
    except OmbudError as refused:
        raise BadInput(refused.msgid, field="url", **refused.params) from refused
    if unknown := set(told.names) - set(NAMES):
        raise BadInput(N_("There is no event called “%(name)s”."), field="names", name=min(unknown))
    wanted = {"names": told.names, "services": told.services, "agencies": told.agencies}
    return {"name": name, "url": url, **{field: sorted(set(chosen)) for field, chosen in wanted.items()}}
