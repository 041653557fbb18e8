"""
A stand-in of the graffiti job system: JSON over HTTP for contractors and partners.

Tokens expire; lists are by the last change, a page at a time by offset, and shift while jobs change; too many calls
are asked to wait; a change must name the version it saw. Photos are pictures of their own. State is kept in a file.
"""

import hmac
import io
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from ombud.connect.legacy.graffiti.depot import Depot, Refused
from ombud.connect.legacy.standing_in import running, web
from ombud.connect.legacy.standing_in.faults import Faults
from ombud.connect.legacy.standing_in.web import Answer, Asked

CLIENT_ID = "ombud"
CLIENT_SECRET = "graffiti-demo"  # noqa: S105  a demo's
TOKEN_SECONDS = 120.0
PAGE_LIMIT = 100
# More calls than these in a second are asked to wait.
CALLS_PER_SECOND = 40


@dataclass(frozen=True, slots=True)
class StandIn:
    """The running system: its address, what it holds, and what can be made to go wrong."""

    url: str
    depot: Depot
    faults: Faults


@contextmanager
def serving(
    home: Path, *, port: int = 0, records: int = 0, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[StandIn]:
    """Serve the system of this folder for the block."""
    home.mkdir(parents=True, exist_ok=True)
    depot, faults = Depot(home, clock=clock), Faults(home)
    depot.fill(records)
    try:
        with web.answering(_Desk(depot, faults).answer, faults=faults, port=port) as url:
            yield StandIn(url, depot, faults)
    finally:
        depot.close()


class _Desk:
    """Answers what is asked over HTTP."""

    def __init__(self, depot: Depot, faults: Faults) -> None:
        self._depot, self._faults = depot, faults
        self._tokens: dict[str, float] = {}
        self._calls: list[float] = []

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/oauth/token":
            return self._token(asked.form)
        if asked.path.startswith("/photos/"):
            return _photo(asked.path)
        if self._is_busy():
            return _json(429, {"error": "slow down"}, {"Retry-After": "1"})
        if self._faults.take("expire"):
            self._tokens.clear()
        if not self._is_open_to(asked.headers.get("authorization", "")):
            return _json(401, {"error": "token expired"})
        try:
            return self._job(asked)
        except Refused as why:
            return _json(why.status, {"error": str(why)})
        except (ValueError, TypeError):
            return _json(400, {"error": "that is not JSON"})

    def _job(self, asked: Asked) -> Answer:
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", ["api", "jobs"]:
                return self._list(asked.query)
            case "POST", ["api", "jobs"]:
                return self._one(self._depot.take(json.loads(asked.body)), asked, status=201)
            case "GET", ["api", "jobs", number]:
                return self._one(number, asked)
            case "PATCH", ["api", "jobs", number]:
                if not (tag := asked.headers.get("if-match")):
                    return _json(428, {"error": "If-Match is required"})
                self._depot.change(number, json.loads(asked.body), version=int(tag.strip('"v')))
                return self._one(number, asked)
            case "POST", ["api", "jobs", number, "notes"]:
                note = json.loads(asked.body)
                self._depot.note(number, str(note.get("text", "")), client_ref=str(note.get("client_ref", "")))
                return self._one(number, asked)
            case _:
                return _json(404, {"error": "no such page"})

    def _list(self, query: Mapping[str, str]) -> Answer:
        if "external_id" in query:
            found = self._depot.with_external_id(query["external_id"])
            return _json(200, {"total": len(found), "items": found})
        offset = 0 if self._faults.take("repeat") else int(query.get("offset") or 0)
        limit = min(int(query.get("limit") or PAGE_LIMIT), PAGE_LIMIT)
        jobs, total = self._depot.changed(query.get("updated_since", ""), offset=offset, limit=limit)
        return _json(200, {"total": total, "offset": offset, "items": jobs})

    def _one(self, number: str, asked: Asked, *, status: int = 200) -> Answer:
        job = self._depot.look(number)
        if job is None:
            return _json(404, {"error": "no such job"})
        base = f"http://{asked.headers.get('host', '')}"
        job["photos"] = {kind: base + path for kind, path in job["photos"].items()}
        return _json(status, job, {"ETag": f'"v{job["version"]}"'})

    def _token(self, form: Mapping[str, str]) -> Answer:
        given = f"{form.get('client_id')}:{form.get('client_secret')}"
        if not hmac.compare_digest(given.encode(), f"{CLIENT_ID}:{CLIENT_SECRET}".encode()):
            return _json(401, {"error": "invalid_client"})
        token = secrets.token_urlsafe(24)
        self._tokens[token] = time.monotonic() + TOKEN_SECONDS
        return _json(200, {"access_token": token, "token_type": "bearer", "expires_in": int(TOKEN_SECONDS)})

    def _is_open_to(self, authorization: str) -> bool:
        return self._tokens.get(authorization.removeprefix("Bearer "), 0) > time.monotonic()

    def _is_busy(self) -> bool:
        now = time.monotonic()
        self._calls = [at for at in self._calls if now - at < 1.0]
        if len(self._calls) >= CALLS_PER_SECOND or self._faults.take("busy"):
            return True
        self._calls.append(now)
        return False


def _json(status: int, said: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(said).encode(), "application/json", headers or {})


def _photo(path: str) -> Answer:
    """Draw a wall, with or without what was sprayed on it."""
    picture = Image.new("RGB", (640, 480), (196, 186, 170))
    draw = ImageDraw.Draw(picture)
    for row in range(0, 480, 40):
        draw.line((0, row, 640, row), fill=(170, 160, 146), width=3)
        for column in range((row // 40 % 2) * 40, 640, 80):
            draw.line((column, row, column, row + 40), fill=(170, 160, 146), width=3)
    if "before" in path:
        draw.line(((120, 300), (200, 160), (260, 310), (330, 150), (400, 300), (520, 170)), fill=(40, 40, 60), width=22)
    else:
        draw.rectangle((90, 130, 550, 330), fill=(206, 197, 182))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return Answer(200, file.getvalue(), "image/jpeg")


@contextmanager
def _program(home: Path, port: int, records: int) -> Iterator[tuple[str, Callable[[], None]]]:
    with serving(home, port=port, records=records) as far:
        yield far.url, far.depot.work


if __name__ == "__main__":
    running.run("A stand-in of the graffiti job system.", serving=_program)
