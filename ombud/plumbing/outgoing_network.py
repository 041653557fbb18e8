"""Connections of `outgoing`: to the very address that was looked at, and never beyond the time of the call."""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import certifi
import httpcore
import httpx
from django.conf import settings

from ombud.kernel.errors import N_, Unavailable
from ombud.plumbing import reachable

# One address that swallows everything leaves time to try the others.
LONGEST_CONNECT = 8.0
# So much is handed over at once: within a piece only the operating system looks at the clock.
PIECE = 16_384
NOT_PUBLIC = N_("%(host)s is on a network that is not public. The operator of this installation can allow it.")
_ends_at: ContextVar[float] = ContextVar("ends_at", default=0.0)


class AddressRefused(Unavailable):
    """It lies in a network that is not public and that the operator does not allow, or with somebody else."""


class TooSlow(Unavailable):
    """It took longer than the whole call may take."""

    def __init__(self, *, host: str) -> None:
        super().__init__(N_("%(host)s took too long to answer."), host=host)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let whatever is called within the block come to an end in so many seconds."""
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


def _left() -> float:
    """Return how many seconds are left. Raises httpcore's time-out."""
    left = _ends_at.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left


@cache
def certificates() -> ssl.SSLContext:
    """Return whom we believe: what Mozilla does, and what this machine does (its own authority, or SSL_CERT_FILE)."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context


def addresses(host: str) -> list[str]:
    """Return the addresses of a host that may be called. Raises AddressRefused, and ConnectError or time-out."""
    found = _looked_up(host)
    allowed = reachable.read(tuple(settings.OMBUD_OUTGOING_NETWORKS))
    if chosen := reachable.chosen(host, found, allowed):
        return chosen
    raise AddressRefused(NOT_PUBLIC, host=host)


def _looked_up(host: str) -> list[str]:
    # The system's look-up knows no time-out. It is left behind when it takes too long, and ends by its own.
    answer: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def look() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as unknown:
            answer.put(unknown)
        else:
            answer.put(list(dict.fromkeys(str(address[0]) for *_, address in found)))

    threading.Thread(target=look, daemon=True, name="look-up").start()
    try:
        found = answer.get(timeout=_left())
    except queue.Empty:
        raise httpcore.ConnectTimeout from None
    if isinstance(found, Exception):
        raise httpcore.ConnectError(found) from found
    return found


class Network(httpcore.NetworkBackend):
    """Opens connections to the addresses that were looked at."""

    _system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers."""
        trouble: Exception = httpcore.ConnectError(host)
        chosen = addresses(host)
        for n, address in enumerate(chosen):
            share = min(LONGEST_CONNECT, _left() / (len(chosen) - n))
            try:
                return _Stream(self._system.connect_tcp(address, port, share, None, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                trouble = refused
        raise trouble


class _Stream(httpcore.NetworkStream):
    """A connection that is given up when the time of the call in whose course it is used has come."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            self._stream.write(buffer[start : start + PIECE], _left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left()))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Transport(httpx.BaseTransport):
    """Hands the requests of `httpx` to connections that go where they may."""

    def __init__(self) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=certificates(),
            max_connections=10,
            keepalive_expiry=15.0,
            network_backend=Network(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its answer, with the body still to come."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
