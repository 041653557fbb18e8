"""Pages behind an ASGI server: whole requests in, whole answers out, and nobody holds a thread for nothing."""

import asyncio
import contextvars
import io
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.plumbing import wsgi_bridge
from ombud.plumbing.wsgi_bridge import Pages

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Whole(list[bytes]):
    """As Django answers: all of it is there."""

    streaming = False
    closed = 0

    def close(self) -> None:
        type(self).closed += 1


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Whole:
    """Answer with what was sent."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Length", environ["CONTENT_LENGTH"])])
    return Whole([environ["REQUEST_METHOD"].encode(), b" ", environ["wsgi.input"].read()])


class Visit:
    """One request as an ASGI server hands it over, and what it was answered."""

    def __init__(self, method: str = "GET", path: str = "/", *, headers: Iterable[tuple[bytes, bytes]] = ()):
        self.scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "query_string": b"a=b",
            "headers": list(headers),
            "client": ("192.0.2.1", 4711),
        }
        self.parts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.ended = False
        self.on_send: Callable[[], Any] = lambda: asyncio.sleep(0)

    def sends(self, *chunks: bytes) -> "Visit":
        for number, chunk in enumerate(chunks, start=1):
            self.parts.put_nowait({"type": "http.request", "body": chunk, "more_body": number < len(chunks)})
        return self

    def leaves(self) -> "Visit":
        self.parts.put_nowait({"type": "http.disconnect"})
        return self

    async def send(self, message: Any) -> None:
        await self.on_send()
        assert not self.ended
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message["body"]
            self.ended = not message.get("more_body", False)

    async def to(self, pages: Pages) -> "Visit":
        await asyncio.wait_for(pages(self.scope, self.parts.get, self.send), 20)
        return self


def pages_of(wsgi: Wsgi, *, threads: int = 4, most_waiting: int = 100, most_bytes: int = 60_000_000) -> Pages:
    return Pages(wsgi, threads=threads, most_waiting=most_waiting, most_bytes=most_bytes)


def visit(wsgi: Wsgi, *visits: Visit, **options: int) -> Visit:
    """Make the visits at the same time; return the last."""

    async def all_of_them() -> None:
        pages = pages_of(wsgi, **options)
        await asyncio.gather(*(each.to(pages) for each in visits))
        pages.stop()

    asyncio.run(all_of_them())
    return visits[-1]


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=10))
def test_a_body_comes_out_as_it_went_in(chunks: list[bytes]):
    answered = visit(echo, Visit("POST").sends(*chunks))
    assert (answered.status, answered.body, answered.ended) == (200, b"POST " + b"".join(chunks), True)
    assert answered.headers[b"x-length"] == str(len(b"".join(chunks))).encode()


def test_fifty_megabytes_are_taken_in_on_disk():
    chunk = bytes(64 * 1024)

    def measure(environ: dict[str, Any], start_response: Callable[..., Any]) -> Whole:
        start_response("200 OK", [])
        assert environ["wsgi.input"]._rolled
        return Whole([str(len(environ["wsgi.input"].read())).encode()])

    assert visit(measure, Visit("POST").sends(*[chunk] * 800)).body == b"52428800"


def test_a_body_cut_short_is_shown_to_no_page():
    seen: list[object] = []
    cut = Visit("POST")
    cut.parts.put_nowait({"type": "http.request", "body": b"half", "more_body": True})
    answered = visit(lambda environ, start: seen.append(environ), cut.leaves())
    assert (seen, answered.status) == ([], 0)


def test_a_body_that_stops_coming_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wsgi_bridge, "SECONDS_OF_PATIENCE", 0.05)
    stuck = Visit("POST")
    stuck.parts.put_nowait({"type": "http.request", "body": b"half", "more_body": True})
    assert visit(echo, stuck).status == 0


def test_slow_uploads_keep_no_thread_from_others():
    async def scenario() -> None:
        pages = pages_of(echo, threads=1)
        slow = [Visit("POST") for _ in range(20)]
        waiting = [asyncio.create_task(each.to(pages)) for each in slow]
        await asyncio.sleep(0)
        assert (await Visit().to(pages)).status == 200
        for each in slow:
            each.sends(b"at last")
        assert {each.body for each in await asyncio.gather(*waiting)} == {b"POST at last"}
        pages.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_too_large_is_refused(announced: bool):
    headers = [(b"content-length", b"2000")] if announced else [(b"transfer-encoding", b"chunked")]
    answered = visit(echo, Visit("POST", headers=headers).sends(b"x" * 999, b"x" * 999), most_bytes=1000)
    assert answered.status == 413


def test_when_too_many_are_inside_the_next_is_asked_to_come_back():
    def slow(environ: dict[str, Any], start_response: Callable[..., Any]) -> Whole:
        time.sleep(0.2)
        return echo(environ, start_response)

    visits = [Visit() for _ in range(6)]
    visit(slow, *visits, threads=1, most_waiting=2)
    assert sorted(each.status for each in visits) == [200, 200, 200, 503, 503, 503]
    assert all(b"retry-after" in each.headers for each in visits if each.status == 503)


def test_an_answer_is_closed_in_the_thread_that_made_it():
    before = Whole.closed
    visit(echo, *[Visit() for _ in range(5)])
    assert Whole.closed == before + 5


def test_a_failing_application_is_answered_for():
    def broken(environ: dict[str, Any], start_response: Callable[..., Any]) -> Whole:
        raise RuntimeError("out of order")

    assert visit(broken, Visit()).status == 500


def test_a_stream_arrives_part_by_part():
    def stream(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield from (b"one ", b"", b"two ", b"three")

    assert visit(stream, Visit()).body == b"one two three"


def test_a_stream_that_breaks_is_not_ended_as_if_it_were_whole():
    def stream(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"half"
        raise RuntimeError("out of paper")

    broken = Visit()
    with pytest.raises(RuntimeError, match="out of paper"):
        visit(stream, broken)
    assert not broken.ended


def endless(closed: threading.Event) -> Wsgi:
    def stream(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            while True:
                time.sleep(0.005)
                yield b"more"
        finally:
            closed.set()

    return stream


def test_a_stream_to_someone_who_left_ends():
    closed, leaving = threading.Event(), Visit()

    async def leave() -> None:
        if len(leaving.body) > 20:
            leaving.leaves()

    leaving.on_send = leave
    visit(endless(closed), leaving)
    assert closed.is_set()


def test_a_stream_to_someone_who_takes_nothing_ends(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wsgi_bridge, "SECONDS_OF_PATIENCE", 0.05)
    closed, stalled = threading.Event(), Visit()
    stalled.on_send = lambda: asyncio.sleep(60 if stalled.body else 0)
    visit(endless(closed), stalled)
    assert closed.is_set()


@pytest.mark.parametrize("size", [0, 10, wsgi_bridge.FILE_BLOCK_BYTES, 3 * wsgi_bridge.FILE_BLOCK_BYTES + 7])
def test_a_file_is_sent_whole(size: int):
    file = io.BytesIO(bytes(range(256)) * (size // 256) + bytes(size % 256))

    def download(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](file, 4096)

    expected = file.getvalue()
    assert visit(download, Visit()).body == expected
    assert file.closed


def test_what_a_page_sets_for_itself_does_not_reach_the_next():
    mark = contextvars.ContextVar("mark", default="clean")

    def page(environ: dict[str, Any], start_response: Callable[..., Any]) -> Whole:
        start_response("200 OK", [])
        said, _ = mark.get(), mark.set("dirty")
        return Whole([said.encode()])

    visits = [Visit() for _ in range(10)]
    visit(page, *visits, threads=1)
    assert {each.body for each in visits} == {b"clean"}


@given(st.text(max_size=30), st.binary(max_size=30))
def test_any_address_makes_an_environ_that_wsgi_allows(path: str, query: bytes):
    scope = {**Visit(path="/" + path.encode("utf-8", "replace").decode()).scope, "query_string": query}
    environ = wsgi_bridge.environ_of(scope, None, 0)
    assert environ["PATH_INFO"].encode("latin-1").decode() == scope["path"]
    assert environ["QUERY_STRING"].encode("latin-1") == query


def test_headers_come_as_wsgi_names_them_and_repeated_ones_together():
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"77"),
        (b"x-forwarded-for", b"192.0.2.1"),
        (b"x-forwarded-for", b"192.0.2.2"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
    ]
    environ = wsgi_bridge.environ_of(Visit(headers=headers).scope, None, 5)
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,192.0.2.2"
    assert (environ["HTTP_COOKIE"], environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == (
        "a=1;b=2",
        "text/plain",
        "5",
    )
    assert environ["REMOTE_ADDR"] == "192.0.2.1"


def test_a_header_that_would_pass_for_our_proxys_is_left_out():
    forged = Visit(headers=[(b"x_forwarded_for", b"6.6.6.6"), (b"x-forwarded-for", b"192.0.2.1")]).scope
    assert wsgi_bridge.without_forgeries(forged)["headers"] == [(b"x-forwarded-for", b"192.0.2.1")]
