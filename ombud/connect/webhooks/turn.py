"""One turn of sending: the events that are due, several at once, of each request the first that waits."""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from functools import partial

from ombud.connect.webhooks import queries
from ombud.connect.webhooks.commands import deliver
from ombud.connect.webhooks.letters import Letter, letter, post
from ombud.connect.webhooks.models import WebhookDelivery, WebhookEndpoint
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
    letters = {}
    for waiting in due:
        told = events.public_event(requests.event(endpoint.jurisdiction_id, waiting.event_id or 0))
        if told is None:
            deliver.give_up_hidden(waiting, now=now)
        else:
            letters[waiting] = letter(endpoint, public_event.body(told), now=now)
    return letters
