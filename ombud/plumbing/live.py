"""
Live events: what changed, told to open screens.

A command announces a change in its own transaction; PostgreSQL carries it to every process when that commits.
A screen keeps one stream of server-sent events open at `/<city>/live?topics=queue,request:123&since=456` and hears:

`ready`   it hears everything from now on, and next all that changed since its page was made
`change`  the ids of what changed, as JSON; the screen asks for what it shows of it
`resync`  it may have missed something; the screen asks for everything it shows
"""

import asyncio
import contextlib
import json
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils.module_loading import import_string

from ombud.plumbing.live_hub import CHANNEL, Hub, Subscription

log = logging.getLogger(__name__)

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = TypeVar("Answer")

AUTHORISER = "ombud.web.live.authorise"
MOST_TOPICS = 50
MOST_STREAMS = 4000
SECONDS_OF_SILENCE = 20.0
# A screen that takes nothing for so long is gone, or will come back and be told to resync.
SECONDS_OF_PATIENCE = 20.0
# A stream ends after this and the browser opens the next: so a right taken away is taken away here too.
SECONDS_OPEN = 900.0


@dataclass(frozen=True, slots=True)
class Grant:
    """
    What a visitor may hear: the topics of one city.

    `noun:*` among the topics covers every `noun:<id>`. `missed` returns what changed since the visitor's page was
    made, each as announced; None where that is too much to tell.
    """

    city: str
    topics: frozenset[str]
    missed: Callable[[], Sequence[Mapping[str, object]] | None] = field(default=tuple, compare=False)

    def of(self, asked: frozenset[str]) -> frozenset[str]:
        """Return those of the topics asked for that this covers."""
        return frozenset(topic for topic in asked if self.topics & {topic, f"{topic.partition(':')[0]}:*"})


Authoriser = Callable[[Scope], Grant | None]


def announce(*, city: str, topic: str, **ids: object) -> None:
    """Tell open screens of a change when the present transaction commits. Ids only, never personal data."""
    payload = json.dumps({"city": city, "topic": topic, **ids}, separators=(",", ":"), default=str)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def topics_of(scope: Scope) -> frozenset[str]:
    """Return the topics that the address of a stream asks for; empty when it asks for none or too many."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    asked = frozenset(filter(None, ",".join(query.get("topics", [])).split(",")))
    return asked if len(asked) <= MOST_TOPICS and all(len(topic) <= 100 for topic in asked) else frozenset()


class Application:
    """The ASGI application that keeps the streams; `start` and `stop` belong to the server's lifespan."""

    def __init__(self) -> None:
        self.hub = Hub(_connect)
        self._listening: asyncio.Task[None] | None = None
        # Few: who may hear what is asked once for each stream. Their database connections are kept.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live")

    def start(self) -> None:
        """Begin to listen to the database; where it is not there yet, once it comes."""
        self._listening = asyncio.create_task(self.hub.listen())

    async def stop(self) -> None:
        """End every stream and stop listening."""
        self.hub.close()
        if self._listening:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for a stream."""
        asked = topics_of(scope)
        if scope["method"] != "GET":
            return await _refuse(send, 405, "A stream is asked for with GET.")
        if not asked:
            return await _refuse(send, 400, f"Name 1 to {MOST_TOPICS} topics: ?topics=one,two:3")
        if len(self.hub) >= MOST_STREAMS:
            return await _refuse(send, 503, "Too many screens are open. Try again in a minute.")
        grant = await self._in_thread(lambda: _authorise(scope))
        if grant is None or not grant.of(asked):
            return await _refuse(send, 403, "These topics are not open to you.")
        subscription = self.hub.subscribe(city=grant.city, topics=grant.of(asked))
        try:
            again = any(name == b"last-event-id" for name, _ in scope["headers"])
            # Asked when the stream hears already: between the two nothing is lost, and what comes twice does no harm.
            missed = None if again else await self._in_thread(grant.missed)
            await self._stream(subscription, self._greeting(missed), receive, send)
        finally:
            self.hub.unsubscribe(subscription)

    async def _in_thread(self, ask: Callable[[], Answer]) -> Answer:
        return await sync_to_async(_asked, thread_sensitive=False, executor=self._threads)(ask)

    def _greeting(self, missed: Sequence[Mapping[str, object]] | None) -> bytes:
        retry = f"retry: {random.randint(1000, 5000)}\n".encode()  # noqa: S311  spreads the screens when a server restarts
        if missed is None:
            return retry + self.hub.event("resync")
        told = (self.hub.event("change", json.dumps(change, separators=(",", ":"))) for change in missed)
        return retry + self.hub.event("ready") + b"".join(told)

    async def _stream(self, subscription: Subscription, greeting: bytes, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
        sending = asyncio.create_task(_send_lines(subscription, greeting, send))
        leaving = asyncio.create_task(_disconnect(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            for outcome in await asyncio.gather(sending, leaving, return_exceptions=True):
                if isinstance(outcome, Exception) and not isinstance(outcome, TimeoutError):
                    log.error("A stream of live events broke", exc_info=outcome)


# What Django's middleware gives to every page; streams do not pass through it.
PROTECTION = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
]
STREAM_HEADERS = [(b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no"), *PROTECTION]


async def _send_lines(subscription: Subscription, greeting: bytes, send: Send) -> None:
    until = time.monotonic() + SECONDS_OPEN * random.uniform(0.8, 1.2)  # noqa: S311  as above
    lines = greeting
    while not subscription.closed and time.monotonic() < until:
        async with asyncio.timeout(SECONDS_OF_PATIENCE):
            await send({"type": "http.response.body", "body": lines, "more_body": True})
        try:
            async with asyncio.timeout(SECONDS_OF_SILENCE):
                lines = await subscription.lines()
        except TimeoutError:
            lines = b": still here\n\n"
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *PROTECTION]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{sentence}\n".encode()})


def _authorise(scope: Scope) -> Grant | None:
    authorise: Authoriser = import_string(getattr(settings, "OMBUD_LIVE_AUTHORISER", AUTHORISER))
    return authorise(scope)


def _asked(ask: Callable[[], Answer]) -> Answer:
    # These threads serve no request of Django's, so nothing else looks after their connections.
    close_old_connections()
    try:
        return ask()
    finally:
        close_old_connections()


async def _connect() -> psycopg.AsyncConnection:
    ours: dict[str, Any] = connection.get_connection_params()
    for only_django in ("cursor_factory", "context", "prepare_threshold"):
        ours.pop(only_django, None)
    ours |= {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
    return await psycopg.AsyncConnection.connect(**ours, autocommit=True, application_name="ombud live")
