"""
One ear for a process: it listens to the database once and passes on what it hears to every open screen.

What is passed on are lines of a server-sent event stream. Nothing is stored: whoever may have missed
something is told `resync`, and asks for the state anew.
"""

import asyncio
import contextlib
import itertools
import json
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import psycopg

log = logging.getLogger(__name__)

CHANNEL = "ombud_live"
# Lines that may wait for one screen before they are dropped for a single `resync`.
MOST_WAITING = 100
SECONDS_BETWEEN_CHECKS = 30.0
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Change:
    """What was announced: the city, the topics that hear of it, and the JSON that goes out."""

    city: str
    topics: frozenset[str]
    data: str


class Subscription:
    """What one screen has yet to be sent. A screen too slow for its events loses them for one `resync`."""

    def __init__(self, city: str, topics: frozenset[str]) -> None:
        self.city = city
        self.topics = topics
        self.closed = False
        self._waiting: deque[bytes] = deque()
        self._wake = asyncio.Event()

    def put(self, lines: bytes, *, instead: bytes) -> None:
        """Add lines to be sent; when too many wait already, only `instead` remains."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            lines = instead
        self._waiting.append(lines)
        self._wake.set()

    def close(self) -> None:
        """Let whoever waits for lines go."""
        self.closed = True
        self._wake.set()

    async def lines(self) -> bytes:
        """Wait for lines and return all there are; empty when closed."""
        await self._wake.wait()
        self._wake.clear()
        joined = b"".join(self._waiting)
        self._waiting.clear()
        return joined


class Hub:
    """The screens open in this process, and the one connection that listens for them."""

    def __init__(self, connect: Callable[[], Awaitable[psycopg.AsyncConnection]]) -> None:
        self._connect = connect
        self._heard_by: dict[tuple[str, str], set[Subscription]] = {}
        self._open: set[Subscription] = set()
        self._numbers = itertools.count(1)
        self.listening = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._open)

    def subscribe(self, *, city: str, topics: Iterable[str]) -> Subscription:
        """Return a subscription that hears of changes to the topics from now on."""
        subscription = Subscription(city, frozenset(topics))
        self._open.add(subscription)
        for topic in subscription.topics:
            self._heard_by.setdefault((city, topic), set()).add(subscription)
        if self._closed:
            subscription.close()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscription; a second time does no harm."""
        self._open.discard(subscription)
        for topic in subscription.topics:
            key = (subscription.city, topic)
            listeners = self._heard_by.get(key, set())
            listeners.discard(subscription)
            if not listeners:
                self._heard_by.pop(key, None)

    def publish(self, change: Change) -> None:
        """Hand a change to every subscription that hears of it, to each once."""
        keys = ((change.city, topic) for topic in change.topics)
        listeners = set().union(*(self._heard_by.get(key, ()) for key in keys))
        lines = self.event("change", change.data)
        for subscription in listeners:
            subscription.put(lines, instead=self.event("resync"))

    def resync(self) -> None:
        """Tell every open screen that it may have missed something."""
        lines = self.event("resync")
        for subscription in self._open:
            subscription.put(lines, instead=lines)

    def close(self) -> None:
        """End every stream, and those that still come as soon as they have begun: their browsers try again."""
        self._closed = True
        for subscription in self._open:
            subscription.close()

    def event(self, name: str, data: str = "{}") -> bytes:
        """Return the lines of one event, numbered within this process."""
        return f"id: {next(self._numbers)}\nevent: {name}\ndata: {data}\n\n".encode()

    async def listen(self) -> None:
        """Listen until cancelled; when the connection breaks, try again with growing pauses."""
        pause = 0.25
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.listening, pause = True, 0.25
                    self.resync()
                    await self._hear(connection)
            except (psycopg.Error, OSError) as broken:
                log.warning("Live events lost the database, next try in %.1f s: %s", pause, broken)
            finally:
                self.listening = False
            # Many processes lose one database together; they should not come back in step.
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  no secret
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _hear(self, connection: psycopg.AsyncConnection) -> None:
        loop, arrived = asyncio.get_running_loop(), asyncio.Event()
        connection.add_notify_handler(lambda notice: self._pass_on(notice.payload))
        while True:
            # Psycopg's own generator waits anew for each notice: a storm of reports cost more there than in its pages.
            loop.add_reader(connection.fileno(), arrived.set)
            try:
                await self._hear_until_silence(connection.pgconn, arrived)
            finally:
                loop.remove_reader(connection.fileno())
            # A broken network says nothing by itself: ask.
            await connection.execute("SELECT 1")

    async def _hear_until_silence(self, wire: psycopg.pq.abc.PGconn, arrived: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            while True:
                async with asyncio.timeout(SECONDS_BETWEEN_CHECKS):
                    await arrived.wait()
                arrived.clear()
                wire.consume_input()
                while notice := wire.notifies():
                    self._pass_on(notice.extra.decode())

    def _pass_on(self, payload: str) -> None:
        if self._open:
            self.publish(read(payload))


def read(payload: str) -> Change:
    """
    Return the change that a payload announces.

    It is heard under its own topic, and `noun_id: 5` in it is heard under `noun:5`.
    """
    ids = json.loads(payload)
    city, topic = ids.pop("city"), ids["topic"]
    nouns = {f"{name.removesuffix('_id')}:{value}" for name, value in ids.items() if name.endswith("_id")}
    return Change(city, frozenset({topic, *nouns}), json.dumps(ids, separators=(",", ":")))
