"""A host on loopback that answers as a test tells it, down to single bytes."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import AF_INET6, socket
from ssl import SSLContext


@dataclass
class Line:
    """One connection, what came on it last, and all that was said on it."""

    connection: socket
    request: bytes = b""
    said: bytes = b""

    def say(self, *pieces: str | bytes) -> None:
        """Send some bytes."""
        for piece in pieces:
            sent = piece.encode() if isinstance(piece, str) else piece
            self.connection.sendall(sent)
            self.said = (self.said + sent)[-100_000:]

    def answer(self, status: str = "200 OK", body: bytes = b"", **headers: str) -> None:
        """Send a whole answer."""
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.say("\r\n".join([f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "", ""]), body)


Talk = Callable[[Line], None]


def fine(line: Line) -> None:
    """Answer that all is well, with a little JSON."""
    line.answer(body=b'{"a": 1}', Content_Type="application/json")


@dataclass
class FarHost:
    """A host that listens, what it was asked, and on how many connections."""

    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 50

    def handle_error(self, *_: object) -> None:
        """A caller that hangs up is nothing to report."""


@contextmanager
def listening(
    talk: Talk, *, host: str = "127.0.0.1", port: int = 0, secured_by: SSLContext | None = None
) -> Iterator[FarHost]:
    """Listen on a free port, or on this one; `talk` is called for each request, head and body read."""
    far = FarHost()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            far.connections += 1
            with suppress(OSError):
                connection = secured_by.wrap_socket(self.request, server_side=True) if secured_by else self.request
                with connection:
                    line = Line(connection)
                    while request := _whole_request(connection):
                        far.asked.append(request)
                        line.request = request
                        talk(line)

    class Server(_Server):
        address_family = AF_INET6 if ":" in host else _Server.address_family

    with Server((host, port), Handler) as server:
        far.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield far
        finally:
            server.shutdown()


def _whole_request(connection: socket) -> bytes:
    """Return a request with its body, or nothing where the caller hung up."""
    came = b""
    while b"\r\n\r\n" not in came:
        if not (piece := connection.recv(65_536)):
            return b""
        came += piece
    head, _, body = came.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        if not (piece := connection.recv(65_536)):
            return b""
        body += piece
    return head + b"\r\n\r\n" + body
