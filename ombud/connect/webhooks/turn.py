"""One turn of sending: the events that are due, several at once, of each request the first that waits."""

import json
import random
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from functools import partial

from ombud.connect.webhooks import queries
from ombud.connect.webhooks.commands import deliver
from ombud.connect.webhooks.models import WebhookDelivery, WebhookEndpoint
from ombud.connect.webhooks.rules import signing
from ombud.connect.webhooks.sending import Letter, Reply, post
from ombud.kernel import clock
from ombud.opendata import events
from ombud.opendata.rules import public_event
from ombud.plumbing.outgoing import Client
from ombud.service_requests import queries as requests

AT_ONCE = 8
# From so many failures in a row on, an endpoint is asked with one event at a time.
WARY_FROM = 3
_dice = random.Random()  # noqa: S311  spreads waits, and keeps no secret


def send_until(ends_at: float, *, city: str, endpoint_id: int) -> None:
    """Send what is due until nothing is, the endpoint is not to be sent to, or the monotonic clock says so."""
    clients: dict[str, Client] = {}
    with ExitStack() as closing, ThreadPoolExecutor(AT_ONCE) as several:
        while time.monotonic() < ends_at:
            now = clock.now()
            endpoint = queries.sendable(city, endpoint_id, now=now)
            if endpoint is None:
                return
            due = queries.due(endpoint, limit=1 if endpoint.failures >= WARY_FROM else AT_ONCE, now=now)
            if not due:
                return
            letters = _letters(endpoint, due, now)
            if not letters:
                continue
            if endpoint.url not in clients:  # it can be changed while we send
                clients[endpoint.url] = closing.enter_context(Client(endpoint.url))
            send = partial(post, clients[endpoint.url], now=now)
            replies = dict(zip(letters, several.map(send, letters.values()), strict=True))
            deliver.keep_replies(endpoint, replies, now=now, dice=_dice.random())


def _letters(endpoint: WebhookEndpoint, due: Sequence[WebhookDelivery], now: datetime) -> dict[WebhookDelivery, Letter]:
    keys = queries.secrets(endpoint, now=now)
    letters = {}
    for waiting in due:
        told = events.public_event(requests.event(endpoint.jurisdiction_id, waiting.event_id or 0))
        if told is None:
            deliver.give_up_hidden(waiting, now=now)
        else:
            letters[waiting] = _letter(endpoint, told.id, public_event.body(told), now, keys)
    return letters


def try_out(endpoint: WebhookEndpoint, *, now: datetime) -> Reply:
    """Send an endpoint a letter that says nothing, and return what came back; whoever asked for it waits."""
    message_id = f"test_{secrets.token_urlsafe(12)}"
    body = {
        "id": message_id,
        "type": "test",
        "timestamp": now.isoformat().replace("+00:00", "Z"),
        "schema_version": public_event.SCHEMA_VERSION,
        "data": {"jurisdiction_id": endpoint.jurisdiction_id},
    }
    letter = _letter(endpoint, message_id, body, now, queries.secrets(endpoint, now=now))
    with Client(endpoint.url) as client:
        reply = post(client, letter, now=now)
    deliver.keep_test(endpoint, reply, now=now)
    return reply


def _letter(endpoint: WebhookEndpoint, message_id: str, body: object, now: datetime, keys: Sequence[bytes]) -> Letter:
    written = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", **signing.headers(message_id, now, written, keys)}
    return Letter(endpoint.url, headers, written)
