"""
Runs Django's WSGI application behind an ASGI server, in a fixed number of threads.

Django's own ASGI handler was measured at little over half the speed. a2wsgi was tried: it cannot read a body
from granian, whose `receive` is no coroutine; it keeps a thread for as long as an upload lasts, so a few slow
phones stop everyone; and a body cut short by a lost connection looks complete to the page that reads it.
Here a body is taken in whole before a thread is spent on it, and a body cut short is never shown to anyone.
"""

import asyncio
import concurrent.futures
import contextvars
import functools
import itertools
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import IO, Any

log = logging.getLogger(__name__)

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

IN_MEMORY_BYTES = 512 * 1024
FILE_BLOCK_BYTES = 256 * 1024
SECONDS_OF_PATIENCE = 30.0


class _Gone(Exception):
    """The other side left, or has sent or taken nothing for too long."""


class _TooLarge(Exception):
    """The body is larger than anything we take."""


class _File:
    """A file to be sent, in blocks larger than Django's own 4 KB: each block costs a hop between threads."""

    def __init__(self, file: IO[bytes], block_size: int = 0) -> None:
        self._file = file

    def read(self) -> bytes:
        """Return the next block; empty at the end."""
        return self._file.read(FILE_BLOCK_BYTES)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def close(self) -> None:
        """Close the file, and with it Django's response."""
        self._file.close()


@dataclass
class _Exchange:
    """One request on its way through a thread."""

    wsgi: Wsgi
    environ: dict[str, Any]
    receive: Receive
    send: Send
    loop: asyncio.AbstractEventLoop
    gone: bool = False
    started: bool = False
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    whole: bytes | None = None
    watching: concurrent.futures.Future[None] | None = None

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        """Take the status and the headers, as WSGI has it."""
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    def run(self) -> None:
        """Run the application in this thread; leave a whole body in `whole`, send a streamed one from here."""
        result = self.wsgi(self.environ, self.start_response)
        try:
            if isinstance(result, _File):
                self._send_file(result)
            elif getattr(result, "streaming", True):
                self._stream(result)
            else:
                self.whole = b"".join(result)
        finally:
            # Django ends the request here, in the thread whose database connection it used.
            getattr(result, "close", _nothing)()
            if self.watching:
                self.watching.cancel()

    def _send_file(self, file: "_File") -> None:
        first = file.read()
        if len(first) < FILE_BLOCK_BYTES:
            self.whole = first
        else:
            self._stream(itertools.chain([first], file))

    def _stream(self, chunks: Iterable[bytes]) -> None:
        self._pass_on(self.start)
        self.watching = asyncio.run_coroutine_threadsafe(self._watch(), self.loop)
        for chunk in filter(None, chunks):
            self._pass_on(functools.partial(self.body, chunk, more=True))
        self._pass_on(functools.partial(self.body, b"", more=False))

    async def _watch(self) -> None:
        """Notice that the other side left, so that a long stream to nobody ends."""
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.gone = True

    def _pass_on(self, step: Callable[[], Awaitable[None]]) -> None:
        async def patiently() -> None:
            async with asyncio.timeout(SECONDS_OF_PATIENCE):
                await step()

        if self.gone:
            raise _Gone
        try:
            asyncio.run_coroutine_threadsafe(patiently(), self.loop).result()
        except TimeoutError:
            raise _Gone from None

    async def start(self) -> None:
        """Send the status and the headers."""
        self.started = True
        await self.send({"type": "http.response.start", "status": self.status, "headers": self.headers})

    async def body(self, chunk: bytes, *, more: bool) -> None:
        """Send a part of the body."""
        await self.send({"type": "http.response.body", "body": chunk, "more_body": more})


class Pages:
    """
    The ASGI application that runs a WSGI one.

    `threads` requests run at once, `most_waiting` more may wait, and after that a visitor is told to come
    back; `most_bytes` is the largest body taken.
    """

    def __init__(self, wsgi: Wsgi, *, threads: int, most_waiting: int, most_bytes: int) -> None:
        self._wsgi = wsgi
        self._most_inside = threads + most_waiting
        self._most_bytes = most_bytes
        self._inside = 0
        self._threads = concurrent.futures.ThreadPoolExecutor(max_workers=threads, thread_name_prefix="pages")

    def stop(self) -> None:
        """Let the threads go when they have finished."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as body:
            try:
                length = await self._take_in(scope, receive, body)
            except _Gone:
                return
            except _TooLarge:
                sentence = f"This is more than we take at once: {self._most_bytes // 1_000_000} MB."
                return await _refuse(send, 413, sentence)
            if self._inside >= self._most_inside:
                return await _refuse(send, 503, "Too many people are here at once. Try again in a minute.")
            self._inside += 1
            try:
                environ = environ_of(scope, body, length)
                loop = asyncio.get_running_loop()
                await self._answer(_Exchange(self._wsgi, environ, receive, send, loop))
            finally:
                self._inside -= 1

    async def _take_in(self, scope: Scope, receive: Receive, body: IO[bytes]) -> int:
        headers = dict(scope["headers"])
        if scope["method"] in ("GET", "HEAD") and not {b"content-length", b"transfer-encoding"} & headers.keys():
            return 0
        if int(headers.get(b"content-length", b"0")) > self._most_bytes:
            raise _TooLarge
        more = True
        while more:
            try:
                async with asyncio.timeout(SECONDS_OF_PATIENCE):
                    message = await receive()
            except TimeoutError:
                raise _Gone from None
            if message["type"] == "http.disconnect":
                raise _Gone
            body.write(message.get("body", b""))
            more = message.get("more_body", False)
            if body.tell() > self._most_bytes:
                raise _TooLarge
        length = body.tell()
        body.seek(0)
        return length

    async def _answer(self, exchange: _Exchange) -> None:
        # A copy of the context for each request: nothing a page sets may reach the next one in its thread.
        running = exchange.loop.run_in_executor(self._threads, contextvars.copy_context().run, exchange.run)
        try:
            await running
        except _Gone:
            log.info("A visitor left before the end of %s", exchange.environ["PATH_INFO"])
            return
        except Exception:
            if exchange.started:
                raise  # the server must cut the stream, so that a part does not look like the whole
            log.exception("The application failed at %s", exchange.environ["PATH_INFO"])
            return await _refuse(exchange.send, 500, "Something went wrong here. Try again in a minute.")
        if exchange.whole is not None:
            await exchange.start()
            await exchange.body(exchange.whole, more=False)


def _nothing() -> None:
    """What a result without `close` closes with."""


async def _refuse(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    if status == 503:
        headers.append((b"retry-after", b"30"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{sentence}\n".encode()})


def without_forgeries(scope: Scope) -> Scope:
    """
    Return the scope without headers that have an underscore in their name.

    Django would take X_Forwarded_For for X-Forwarded-For, and a stranger could write the one beside the other
    that our proxy writes.
    """
    return {**scope, "headers": [header for header in scope["headers"] if b"_" not in header[0]]}


def environ_of(scope: Scope, body: object, length: int) -> dict[str, Any]:
    """Return the WSGI environ of an ASGI scope whose body, of `length` bytes, has been taken in."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": _latin(scope.get("root_path", "")),
        "PATH_INFO": _latin(scope["path"].removeprefix(scope.get("root_path", ""))),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": _File,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name == "content-length":
            continue
        key = "CONTENT_TYPE" if name == "content-type" else "HTTP_" + name.upper().replace("-", "_")
        separator = ";" if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value
    environ["CONTENT_LENGTH"] = str(length)
    return environ


def _latin(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
