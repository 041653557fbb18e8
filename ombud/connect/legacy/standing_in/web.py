"""An HTTP server for stand-ins: one function answers, faults come between."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from ombud.connect.legacy.standing_in.faults import Faults

SORRY = b"<!DOCTYPE html><html><head><title>Scheduled maintenance</title></head><body><h1>We&#39;ll be right back</h1>"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked of the server."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """What it says."""

    status: int
    body: bytes = b""
    kind: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def answering(answer: Callable[[Asked], Answer], *, faults: Faults, port: int) -> Iterator[str]:
    """Serve on loopback for the block and yield the address; port 0 takes a free one."""

    class Handler(_Handler):
        pass

    Handler.answer, Handler.faults = staticmethod(answer), faults
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body go out in one piece: in two, the second waits until the first is acknowledged.
    wbufsize = -1
    answer: Callable[[Asked], Answer]
    faults: Faults

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length) if length else b"",
        )
        faults = type(self).faults
        if pause := faults.seconds("slow_seconds"):
            time.sleep(pause)
        if faults.take("hang_up"):
            self.close_connection = True
            return
        if faults.take("html"):
            self._say(Answer(200, SORRY, "text/html"))
        elif faults.take("broken"):
            self._say(Answer(503, b"Service Unavailable", headers={"Retry-After": "7"}))
        else:
            said = type(self).answer(asked)
            half = faults.take("half")
            self._say(Answer(said.status, said.body[: len(said.body) // 2], said.kind) if half else said)

    def _say(self, answer: Answer) -> None:
        try:
            self.send_response(answer.status)
            for name, value in {"Content-Type": answer.kind, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            self.close_connection = True  # the other side did not wait

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the demo's terminal is for the demo."""
