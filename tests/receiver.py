"""A receiver of webhooks on loopback that checks signatures as its makers would, and answers as a test tells it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from tests.far_host import FarHost, Line, listening

Answering = Callable[[Line, dict[str, Any]], None]


def refusing(status: str = "500 Broken", **headers: str) -> Answering:
    """Return what answers each letter with a refusal."""
    return lambda line, came: line.answer(status, **headers)


@dataclass
class Receiver:
    """What came, each with its id, in the order in which it came."""

    host: FarHost
    secrets: list[str] = field(default_factory=list)
    answering: Answering = lambda line, came: line.answer("204 No Content")
    came: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    taken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    unsigned: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.host.url}hooks"

    def types(self) -> list[str]:
        """Return what was taken, by its type."""
        return [came["type"].removeprefix("service_request.") for _, came in self.taken]

    def hear(self, line: Line) -> None:
        """Check one letter and answer it."""
        head, _, body = line.request.partition(b"\r\n\r\n")
        headers = dict(row.split(": ", 1) for row in head.decode().split("\r\n")[1:])
        read = {name.lower(): value for name, value in headers.items()}
        if self.secrets and not any(_fits(secret, body, read) for secret in self.secrets):
            self.unsigned += 1
        came = json.loads(body)
        assert read["content-type"] == "application/json"
        assert read["webhook-id"] == came["id"]
        self.came.append((read["webhook-id"], came))
        line.said = b""
        self.answering(line, came)
        if line.said.startswith(b"HTTP/1.1 2"):
            self.taken.append((read["webhook-id"], came))


def _fits(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    # Signed anew and compared: the tests' clock stands, and the library would compare the time with today's.
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signed = Webhook(secret).sign(headers["webhook-id"], at, body.decode())
    return signed in headers["webhook-signature"].split(" ")


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """Listen until the block ends, on a free port or where one has listened before."""
    receiver: Receiver
    with listening(lambda line: receiver.hear(line), port=port) as host:
        receiver = Receiver(host)
        yield receiver
