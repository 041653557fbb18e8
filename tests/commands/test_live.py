"""Live events: what commits is heard by the screens that may hear it, and no screen holds up another."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from ombud.plumbing import live, live_hub
from ombud.plumbing.live import Grant

Scenario = Callable[[live.Application], Awaitable[None]]


def everyone(scope: live.Scope) -> Grant | None:
    """Grant what the path and the cookies of these tests say."""
    cookies = dict(scope["headers"]).get(b"cookie", b"")
    city = scope["path"].split("/")[1]
    return Grant(city, frozenset({"queue", "request:*"} if b"staff" in cookies else {"request:1"}))


def who_missed_some(scope: live.Scope) -> Grant | None:
    """Grant the queue to one whose page is older than a change, or than a whole storm."""
    some = [{"request_id": 7, "kind": "submitted"}]
    return Grant("la", frozenset({"queue"}), lambda: None if b"storm" in scope["query_string"] else some)


def nobody(scope: live.Scope) -> Grant | None:
    """Grant nothing."""
    return None


class Screen:
    """A browser with one stream open: what it was sent, event by event."""

    def __init__(self, application: live.Application, path: str, *headers: tuple[bytes, bytes], method: str = "GET"):
        place, _, query = path.partition("?")
        self.scope = {
            "type": "http",
            "method": method,
            "path": place,
            "query_string": query.encode(),
            "headers": [(b"cookie", b"staff"), *headers],
        }
        self.application = application
        self.status = 0
        self.text = ""
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.news = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()
        self.left = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.reading.wait()
        self.status = message.get("status", self.status)
        self.text += message.get("body", b"").decode()
        for event in message.get("body", b"").decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in event.splitlines() if ": " in line)
            if "event" in lines:
                assert lines["id"].isdecimal()
                self.events.append((lines["event"], json.loads(lines["data"])))
        self.news.set()

    async def __aenter__(self) -> "Screen":
        self.task = asyncio.create_task(self.application(self.scope, self.receive, self.send))
        await self.until(lambda: self.task.done() or bool(self.events))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.left.set()
        self.reading.set()
        await asyncio.wait_for(self.task, 5)

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                waiting = [asyncio.ensure_future(self.news.wait())] + ([self.task] if self.task else [])
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                waiting[0].cancel()
                self.news.clear()

    async def hears(self, name: str, **ids: object) -> None:
        await self.until(lambda: any(event == name and ids.items() <= data.items() for event, data in self.events))

    @property
    def kinds(self) -> list[object]:
        return [data.get("kind") for event, data in self.events if event == "change"]


@pytest.fixture
def run(settings, django_db_setup: None, django_db_blocker) -> Iterator[Callable[[Scenario], None]]:
    """Run a scenario beside an application that listens to the real database."""
    settings.OMBUD_LIVE_AUTHORISER = f"{__name__}.everyone"

    @asynccontextmanager
    async def listening() -> AsyncIterator[live.Application]:
        application = live.Application()
        application.start()
        async with asyncio.timeout(10):
            while not application.hub.listening:
                await asyncio.sleep(0.01)
        yield application
        await application.stop()

    async def within(scenario: Scenario) -> None:
        async with listening() as application:
            await scenario(application)

    with django_db_blocker.unblock():
        yield lambda scenario: asyncio.run(within(scenario))
        connection.close()


async def announce(city: str = "la", topic: str = "queue", **ids: object) -> None:
    def one_transaction() -> None:
        with transaction.atomic():
            live.announce(city=city, topic=topic, **ids)
        connection.close()

    await asyncio.to_thread(one_transaction)


def test_a_screen_hears_first_of_what_it_missed(run, settings):
    settings.OMBUD_LIVE_AUTHORISER = f"{__name__}.who_missed_some"

    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue") as screen:
            await announce(request_id=8, kind="submitted")
            await screen.hears("change", request_id=8)
            told = [(event, data.get("request_id")) for event, data in screen.events]
            assert told == [("ready", None), ("change", 7), ("change", 8)]
        async with Screen(application, "/la/live?topics=queue&storm") as screen:
            assert screen.events[0][0] == "resync"
        async with Screen(application, "/la/live?topics=queue", (b"last-event-id", b"4")) as screen:
            assert [event for event, _ in screen.events] == ["resync"]

    run(scenario)


def test_a_screen_hears_what_commits_and_not_what_is_rolled_back(run):
    def rolled_back() -> None:
        with transaction.atomic():
            live.announce(city="la", topic="queue", request_id=1, kind="undone")
            transaction.set_rollback(True)
        connection.close()

    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue") as screen:
            await asyncio.to_thread(rolled_back)
            await announce(request_id=2, kind="submitted")
            await screen.hears("change", request_id=2, kind="submitted", topic="queue")
            assert screen.kinds == ["submitted"]
            assert screen.status == 200
            assert screen.text.startswith("retry: ")
            assert screen.events[0] == ("ready", {})

    run(scenario)


def test_a_screen_hears_its_topics_of_its_city_only(run):
    async def scenario(application: live.Application) -> None:
        async with (
            Screen(application, "/la/live?topics=request:7,request:8") as one,
            Screen(application, "/nyc/live?topics=queue") as other,
        ):
            await announce(request_id=6, kind="not asked for")
            await announce(city="nyc", request_id=7, kind="of another city")
            await announce(request_id=7, kind="asked for")
            await one.hears("change", request_id=7)
            await other.hears("change", kind="of another city")
            assert (one.kinds, other.kinds) == (["asked for"], ["of another city"])

    run(scenario)


def test_a_change_under_two_topics_of_a_screen_is_told_once(run):
    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue,request:7") as screen:
            await announce(request_id=7, kind="once")
            await announce(request_id=8, kind="last")
            await screen.hears("change", kind="last")
            assert screen.kinds == ["once", "last"]

    run(scenario)


def test_a_visitor_hears_what_the_grant_covers_of_what_was_asked(run):
    async def scenario(application: live.Application) -> None:
        visitor = (b"cookie", b"none")
        async with Screen(application, "/la/live?topics=queue,request:1,request:2", visitor) as screen:
            await announce(request_id=2, kind="staff only")
            await announce(request_id=1, kind="own")
            await screen.hears("change", request_id=1)
            assert screen.kinds == ["own"]

    run(scenario)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/la/live?topics=other", "GET", 403),
        ("/la/live?topics=queue", "POST", 405),
        ("/la/live", "GET", 400),
        ("/la/live?topics=,,", "GET", 400),
        ("/la/live?topics=" + "x" * 101, "GET", 400),
        ("/la/live?topics=" + ",".join(map(str, range(51))), "GET", 400),
    ],
)
def test_what_cannot_be_heard_is_refused(run, path: str, method: str, status: int):
    async def scenario(application: live.Application) -> None:
        async with Screen(application, path, method=method) as screen:
            assert (screen.status, screen.events) == (status, [])
        assert len(application.hub) == 0

    run(scenario)


def test_a_visitor_without_a_grant_is_refused(run, settings):
    settings.OMBUD_LIVE_AUTHORISER = f"{__name__}.nobody"

    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue") as screen:
            assert screen.status == 403

    run(scenario)


def test_too_many_screens_are_asked_to_come_back(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "MOST_STREAMS", 1)

    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue"), Screen(application, "/la/live?topics=queue") as late:
            assert late.status == 503

    run(scenario)


def test_a_screen_that_comes_back_is_told_to_ask_for_everything(run):
    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue", (b"last-event-id", b"17")) as screen:
            assert screen.events == [("resync", {})]

    run(scenario)


def test_after_the_database_was_away_every_screen_asks_for_everything(run):
    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue") as screen:
            await asyncio.to_thread(break_the_ear)
            await screen.hears("resync")
            await announce(request_id=3, kind="after")
            await screen.hears("change", kind="after")

    run(scenario)


def break_the_ear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ombud live'")
    connection.close()


def test_a_database_that_is_not_there_yet_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    tries: list[float] = []

    async def refuse() -> psycopg.AsyncConnection:
        tries.append(asyncio.get_running_loop().time())
        raise psycopg.OperationalError("connection refused")

    async def scenario() -> None:
        listening = asyncio.create_task(live_hub.Hub(refuse).listen())
        await asyncio.sleep(1.5)
        listening.cancel()

    asyncio.run(scenario())
    assert 2 <= len(tries) <= 5


def test_a_slow_screen_loses_its_events_for_one_resync_and_holds_up_nobody(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live_hub, "MOST_WAITING", 5)

    async def scenario(application: live.Application) -> None:
        async with (
            Screen(application, "/la/live?topics=queue") as slow,
            Screen(application, "/la/live?topics=queue") as quick,
        ):
            slow.reading.clear()
            for number in range(20):
                await announce(request_id=number, kind=number)
                await quick.hears("change", kind=number)
            slow.reading.set()
            await slow.hears("resync")
            assert quick.kinds == list(range(20))
            assert len(slow.kinds) < 12

    run(scenario)


def test_a_screen_that_takes_nothing_is_let_go(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "SECONDS_OF_PATIENCE", 0.1)
    monkeypatch.setattr(live, "SECONDS_OF_SILENCE", 0.05)

    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue") as stalled:
            stalled.reading.clear()
            await asyncio.wait_for(stalled.task, 5)
            assert len(application.hub) == 0

    run(scenario)


def test_silence_is_broken_so_that_proxies_keep_the_stream_open(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "SECONDS_OF_SILENCE", 0.02)

    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue") as screen:
            await screen.until(lambda: screen.text.count(": still here\n\n") > 2)
            assert screen.events == [("ready", {})]

    run(scenario)


def test_a_stream_ends_after_a_while_so_that_rights_are_asked_anew(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "SECONDS_OPEN", 0.1)
    monkeypatch.setattr(live, "SECONDS_OF_SILENCE", 0.05)

    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue") as screen:
            await asyncio.wait_for(screen.task, 5)

    run(scenario)


def test_a_screen_that_leaves_leaves_nothing_behind(run):
    async def scenario(application: live.Application) -> None:
        for _ in range(5):
            async with Screen(application, "/la/live?topics=queue,request:1"):
                assert len(application.hub) == 1
            assert len(application.hub) == 0
        assert application.hub._heard_by == {}

    run(scenario)


def test_when_the_server_stops_every_stream_ends(run):
    async def scenario(application: live.Application) -> None:
        async with Screen(application, "/la/live?topics=queue") as screen:
            application.hub.close()
            await asyncio.wait_for(screen.task, 5)
        async with Screen(application, "/la/live?topics=queue") as late:
            await asyncio.wait_for(late.task, 5)
            assert late.status == 200  # anything else, and a browser would not try again

    run(scenario)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}_id", fullmatch=True), st.integers(), max_size=3))
def test_whoever_follows_a_noun_hears_of_its_id(ids: dict[str, int]):
    change = live_hub.read(json.dumps({"city": "la", "topic": "queue", "kind": "k", **ids}))
    assert change.topics == {"queue"} | {f"{name.removesuffix('_id')}:{number}" for name, number in ids.items()}
    assert json.loads(change.data) == {"topic": "queue", "kind": "k", **ids}


def test_a_star_covers_the_ids_of_its_noun_only():
    grant = Grant("la", frozenset({"queue", "request:*"}))
    asked = frozenset({"queue", "queue:1", "request:1", "request:2", "requests:1", "crew:1"})
    assert grant.of(asked) == {"queue", "request:1", "request:2"}
