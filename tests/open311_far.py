"""
Another city's Open311 server, for tests of the client: real HTTP on loopback, in many dialects, and misbehaving.

It answers as the standard says unless `dialect` or `faults` say otherwise; a fault holds as often as it is listed.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

KEY = "let me in"


@dataclass
class City:
    """What the server holds, and how it behaves."""

    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    posted: list[dict[str, list[str]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    dialect: set[str] = field(default_factory=set)
    tokens: dict[str, tuple[str, int]] = field(default_factory=dict)
    services: list[dict[str, Any]] = field(default_factory=lambda: [{"service_code": "HOLE", "service_name": "Hole"}])
    now: datetime | None = None
    lock: Any = field(default_factory=threading.RLock)
    serial: int = 0
    url: str = ""

    def clock(self) -> datetime:
        """The server's own clock."""
        return self.now or datetime.now(UTC)

    def opened(self, *, at: datetime | None = None, **values: Any) -> str:
        """Let somebody there ask for something."""
        with self.lock:
            self.serial += 1
            number = f"{1000 + self.serial}"
            stamp = written(at or self.clock())
            self.requests[number] = {
                "service_request_id": number, "status": "open", "status_notes": None, "service_name": "Hole",
                "service_code": "HOLE", "description": None, "agency_responsible": None, "service_notice": None,
                "requested_datetime": stamp, "updated_datetime": stamp, "expected_datetime": None,
                "address": "1 Main St", "address_id": None, "zipcode": None, "lat": 37.209, "long": -93.292,
                "media_url": None,
                **values,
            }  # fmt: skip
            return number

    def set(self, number: str, *, at: datetime | None = None, **values: Any) -> None:
        """Let somebody there change a request."""
        with self.lock:
            self.requests[number] |= {**values, "updated_datetime": written(at or self.clock())}

    def tell(
        self, number: str, words: str, *, status: str = "", update_id: str = "", at: datetime | None = None
    ) -> str:
        """Let somebody there write an update."""
        with self.lock:
            for known in self.updates:
                if update_id and known["own"] == update_id:
                    return str(known["update_id"])
            told = {
                "update_id": f"u{len(self.updates) + 1}", "service_request_id": number,
                "status": status or self.requests[number]["status"], "updated_datetime": written(at or self.clock()),
                "description": words, "media_url": None, "own": update_id,
            }  # fmt: skip
            self.updates.append(told)
            closed = told["status"].lower() in ("closed", "fixed")
            self.set(number, at=at, status="closed" if closed else "open")
            return str(told["update_id"])


def written(at: datetime) -> str:
    """Return an instant as the standard writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def served(city: City) -> Iterator[City]:
    """Serve a city on a free port of the loopback."""

    class Handler(_Handler):
        far = city

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    city.url = f"http://127.0.0.1:{server.server_address[1]}/open311/v2"
    try:
        yield city
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    far: City
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.far.asked.append(self.path)
        self._within(parts.path, asked, None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        sent = parse_qs(body, keep_blank_values=True)
        self.far.posted.append(sent)
        self._within(urlsplit(self.path).path, {}, sent)

    def _within(self, path: str, asked: dict[str, str], sent: dict[str, list[str]] | None) -> None:
        path = path.removeprefix("/open311/v2/").lstrip("/")
        name, _, form = path.rpartition(".")
        fault = self._fault("POST" if sent is not None else "GET")
        if fault == "down":
            self.close_connection = True
            return
        if fault == "slow":
            time.sleep(0.6)
        if fault in ("500", "429", "503", "403"):
            self._send(int(fault), b"<html>oh dear</html>", "text/html", {"Retry-After": "120"})
            return
        if fault == "html":
            self._send(200, b"<!doctype html><html><body>We are working on it</body></html>", "text/html")
            return
        if form not in ("json", "xml") or (form == "json" and "xml only" in self.far.dialect):
            self._send(404, b"not found", "text/plain")
            return
        with self.far.lock:
            status, root, told = self._answer(unquote(name), asked, sent)
        body = self._written(root, told, form)
        if fault in ("lost", "half"):  # done, but nobody hears of it
            self._send(200 if status < 300 else status, body[: len(body) // 2], f"text/{form}")
            return
        self._send(status, body, {"json": "application/json", "xml": "text/xml"}[form] + "; charset=utf-8")

    def _fault(self, method: str) -> str:
        with self.far.lock:
            for at, fault in enumerate(self.far.faults):
                wanted, _, what = fault.partition(" ")
                if wanted == method:
                    del self.far.faults[at]
                    return what
        return ""

    def _answer(
        self, name: str, asked: dict[str, str], sent: dict[str, list[str]] | None
    ) -> tuple[int, str, list[dict[str, Any]]]:
        if sent is not None:
            return self._taken(name, sent)
        if name == "discovery":
            return 200, "discovery", []
        if name == "services":
            return 200, "services", self.far.services
        if name.startswith("tokens/"):
            number, waits = self.far.tokens[name.removeprefix("tokens/")]
            self.far.tokens[name.removeprefix("tokens/")] = (number, waits - 1)
            return 200, "service_requests", [{"service_request_id": None if waits > 0 else number}]
        if name == "servicerequestupdates":
            since, until = asked.get("start_date", ""), asked.get("end_date", "9")
            found = [u for u in self.far.updates if since <= u["updated_datetime"] <= until]
            return 200, "service_request_updates", [{k: v for k, v in u.items() if k != "own"} for u in found]
        if name.startswith("requests/"):
            one = self.far.requests.get(name.removeprefix("requests/"))
            return (
                (200, "service_requests", [one]) if one else (404, "errors", [{"code": 404, "description": "unknown"}])
            )
        return 200, "service_requests", self._listed(asked)

    def _listed(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        found = list(self.far.requests.values())
        if ids := asked.get("service_request_id"):
            return [r for r in found if r["service_request_id"] in ids.split(",")]
        since, start, end = asked.get("updated_after", ""), asked.get("start_date", ""), asked.get("end_date", "9")
        found = [r for r in found if r["updated_datetime"] >= since and start <= r["requested_datetime"] <= end]
        found.sort(key=lambda r: (r["requested_datetime"], r["service_request_id"]), reverse=True)
        if "listed without id" in self.far.dialect:
            found.append({**self.far.requests[min(self.far.requests)], "service_request_id": None})
        if "ignores page" in self.far.dialect:
            return found
        size = int(asked.get("page_size", 50))
        if "small pages" in self.far.dialect:
            size = min(size, 2)
        page = int(asked.get("page", 1))
        if "repeats the last page" in self.far.dialect:
            page = min(page, max(1, -(-len(found) // size)))
        if "duplicates" in self.far.dialect:
            found = [r for r in found for _ in range(2)]
        return found[(page - 1) * size : page * size]

    def _taken(self, name: str, sent: dict[str, list[str]]) -> tuple[int, str, list[dict[str, Any]]]:
        def one(field_: str) -> str:
            return sent.get(field_, [""])[0]

        if one("api_key") != KEY:
            return 403, "errors", [{"code": 403, "description": "api_key"}]
        if name == "servicerequestupdates":
            if one("service_request_id") not in self.far.requests:
                return 404, "errors", [{"code": 404, "description": "no such request"}]
            ref = self.far.tell(
                one("service_request_id"), one("description"), status=one("status"), update_id=one("update_id")
            )
            return 201, "service_request_updates", [{"update_id": ref}]
        if not one("service_code"):
            return 400, "errors", [{"code": 400, "description": "service_code is needed"}]
        if "knows external_id" in self.far.dialect:
            for number, known in self.far.requests.items():
                if known.get("external_id") and known["external_id"] == one("external_id"):
                    return 201, "service_requests", [{"service_request_id": number}]
        number = self.far.opened(
            service_code=one("service_code"),
            description=one("description") or None,
            address=one("address_string") or None,
            lat=float(one("lat") or 0),
            long=float(one("long") or 0),
            media_url=one("media_url") or None,
            external_id=one("external_id"),
        )
        if "token" in self.far.dialect:
            self.far.tokens["t" + number] = (number, 1)
            return 202, "service_requests", [{"token": "t" + number}]
        return 201, "service_requests", [{"service_request_id": number, "service_notice": None, "account_id": None}]

    def _written(self, root: str, told: list[dict[str, Any]], form: str) -> bytes:
        if root == "discovery":
            return self._discovery(form)
        told = [{k: v for k, v in one.items() if k != "external_id"} for one in told]
        if "numbers" in self.far.dialect:
            told = [{k: int(v) if k == "service_request_id" and v else v for k, v in one.items()} for one in told]
        if "pictures as objects" in self.far.dialect:
            told = [{**one, "media_url": [{"url": "https://p.example/1.jpg"}]} for one in told]
        if "no zone" in self.far.dialect:
            told = [{k: v.rstrip("Z") if k.endswith("_datetime") and v else v for k, v in o.items()} for o in told]
        if form == "xml":
            return _xml(root, told).encode()
        if "wrapped" in self.far.dialect:
            return json.dumps({root: told}).encode()
        if "single object" in self.far.dialect and len(told) == 1:
            return json.dumps(told[0]).encode()
        return json.dumps(told).encode()

    def _discovery(self, form: str) -> bytes:
        endpoints = [
            {"specification": "http://wiki.open311.org/GeoReport_v2", "url": "http://127.0.0.1:9/", "type": "test",
             "formats": ["application/json"]},
            {"specification": "http://wiki.open311.org/GeoReport_v2", "url": self.far.url, "type": "production",
             "formats": ["text/xml"]},
        ]  # fmt: skip
        if form == "json":
            return json.dumps({"changeset": "", "endpoints": endpoints}).encode()
        inner = "".join(
            f"<endpoint><specification>{e['specification']}</specification><url>{e['url']}</url><type>{e['type']}</type>"
            f"<formats>{''.join(f'<format>{f}</format>' for f in e['formats'])}</formats></endpoint>"
            for e in endpoints
        )
        return f'<?xml version="1.0" encoding="UTF-8"?><discovery><endpoints>{inner}</endpoints></discovery>'.encode()

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


_CALLED = {
    "service_requests": "request",
    "services": "service",
    "errors": "error",
    "service_request_updates": "request_update",
}


def _xml(root: str, told: list[dict[str, Any]]) -> str:
    inner = "".join(
        f"<{_CALLED[root]}>{''.join(_element(k, v) for k, v in one.items())}</{_CALLED[root]}>" for one in told
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><{root}>{inner}</{root}>'


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return f"<{name}>{''.join(_element('url', v['url']) for v in value)}</{name}>"
    return f"<{name}/>" if value is None else f"<{name}>{escape(str(value))}</{name}>"


def settings(city: City, **more: Any) -> dict[str, Any]:
    """Return the settings of a link to the city."""
    return {"url": city.url, "timezone": "America/Chicago", "timeout_seconds": 5, **more}
