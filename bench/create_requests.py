"""
Create requests, eight at once: by Open311, by the JSON API, and by the last step of the web form.

    python -m bench.create_requests [--requests 2000]

The server is the one that `ombud serve` starts, with its worker. Each sender keeps its connection, as a browser or a
client does, and half of the reports come with an e-mail address that is told. By the form only the last step is timed:
the one that keeps the request. Signalen's best on two cores, measured before: 27 a second, p95 446 ms.
"""

import argparse
import http.client
import json
import re
import threading
import time
import urllib.parse
import uuid
from collections.abc import Callable

from bench.installation import home, served, share

SIGNALEN_PER_SECOND, SIGNALEN_P95_MS = 27, 446
AT_ONCE = 8
DRAFTS_AT_ONCE = 5
API_KEY = "ombud_demo-key-for-trying-things-out"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')

Send = Callable[[], None]


class Sender:
    """A visitor who keeps a connection and cookies."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("localhost", port, timeout=30)
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, str]:
        """Return status, Location and body of an answer."""
        said = {**headers, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        self.connection.request(method, path, body.encode() if body else None, said)
        answer = self.connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()

    def post(self, path: str, page: str, **fields: str) -> str:
        """Send a form with the token of the page before; return where it leads."""
        token = TOKEN.search(page)
        sent = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1] if token else ""})
        status, location, _ = self.ask("POST", path, sent, **{"Content-Type": "application/x-www-form-urlencoded"})
        if status != http.HTTPStatus.FOUND:
            raise RuntimeError(f"{path} answered {status}")
        return location

    def walked(self, n: int) -> Send:
        """Walk the form to its last step; return what sends it."""
        path = "/springfield/report/service/POTHOLE/"
        steps: list[dict[str, str]] = [
            {},
            {"lon": "-93.29", "lat": "37.21", "method": "pin"},
            {"q.size": "small", "description": "Measured."},
            {"email": address_of(n)},
        ]
        for told in steps:
            path = self.post(path, self.ask("GET", path)[2], **told)
            if path.endswith("/nearby/"):  # none of those before it
                path = self.post(path, self.ask("GET", path)[2])
        page = self.ask("GET", path)[2]
        return lambda: self._sent(path.replace("/check/", "/send/"), page)

    def _sent(self, path: str, page: str) -> None:
        if "/r/SP-" not in (where := self.post(path, page)):
            raise RuntimeError(f"no receipt: {where}")

    def by_api(self, n: int) -> None:
        """Send one report as JSON."""
        told = {
            "client_id": str(uuid.uuid4()),
            "service_code": "POTHOLE",
            "description": "Measured.",
            "answers": {"size": "small"},
            "lon": -93.29,
            "lat": 37.21,
            "email": address_of(n),
        }
        path = "/springfield/api/v1/requests"
        status, _, body = self.ask("POST", path, json.dumps(told), **{"Content-Type": "application/json"})
        if status != http.HTTPStatus.CREATED:
            raise RuntimeError(f"{status}: {body}")

    def by_open311(self, n: int) -> None:
        """Send one report by Open311."""
        told = {
            "api_key": API_KEY,
            "service_code": "POTHOLE",
            "description": f"Measured {uuid.uuid4()}.",
            "attribute[size]": "small",
            "long": "-93.29",
            "lat": "37.21",
            "email": address_of(n),
        }
        path = "/springfield/open311/v2/requests.json"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _, body = self.ask("POST", path, urllib.parse.urlencode(told), **form)
        if status != http.HTTPStatus.CREATED:
            raise RuntimeError(f"{status}: {body}")


def address_of(n: int) -> str:
    """Return an e-mail address for every other report."""
    return f"sender-{uuid.uuid4().hex[:12]}@springfield.example" if n % 2 else ""


def main() -> None:
    """Measure both and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--port", type=int, default=8397)
    options = parser.parse_args()
    with home() as environment, served(environment, port=options.port):
        senders = [Sender(options.port) for _ in range(AT_ONCE)]
        _measure(senders, AT_ONCE * 10, Sender.by_api)  # each thread has its connection to the database after that
        figures = {
            "open311": _told("Open311", *_measure(senders, options.requests, Sender.by_open311)),
            "api": _told("API", *_measure(senders, options.requests, Sender.by_api)),
            "form": _told("form, last step", *_measure(senders, options.requests // 2, None)),
        }
    print(json.dumps(figures))


def _measure(
    senders: list[Sender], count: int, send: Callable[[Sender, int], None] | None
) -> tuple[list[float], float]:
    """Return what each took, and how long all did; `send` None: by the form, all but its last step beforehand."""
    took: list[float] = []
    seconds = 0.0
    each = count // AT_ONCE
    # A visitor keeps five drafts at most: walk five forms each, send them, and so on.
    batch = each if send else DRAFTS_AT_ONCE
    for begin in range(0, each, batch):
        ready: dict[Sender, list[Send]] = {}

        def prepare(sender: Sender, begin: int = begin, ready: dict[Sender, list[Send]] = ready) -> None:
            numbers = range(begin, begin + batch)
            ready[sender] = [
                (lambda n=n: send(sender, n)) if send else sender.walked(n)  # type: ignore[misc]
                for n in numbers
            ]

        _together(senders, prepare)
        began = time.perf_counter()
        _together(senders, lambda sender, ready=ready: took.extend(map(_timed, ready[sender])))  # type: ignore[misc]
        seconds += time.perf_counter() - began
    return took, seconds


def _timed(send: Send) -> float:
    began = time.perf_counter()
    send()
    return time.perf_counter() - began


def _told(what: str, took: list[float], seconds: float) -> dict[str, float]:
    per_second = len(took) / seconds
    p50, p95 = (share(took, part) * 1000 for part in (0.5, 0.95))
    print(
        f"{what}: {len(took)} requests, {AT_ONCE} at once: {per_second:.0f} a second, p50 {p50:.0f}, p95 {p95:.0f} ms"
    )
    return {
        "requests": len(took),
        "per_second": round(per_second, 1),
        "p50_ms": round(p50, 1),
        "p95_ms": round(p95, 1),
        "times_signalens_rate": round(per_second / SIGNALEN_PER_SECOND, 2),
        "of_signalens_p95": round(p95 / SIGNALEN_P95_MS, 3),
    }


def _together(senders: list[Sender], work: Callable[[Sender], None]) -> None:
    failed: list[BaseException] = []

    def run(sender: Sender) -> None:
        try:
            work(sender)
        except Exception as failure:
            failed.append(failure)

    threads = [threading.Thread(target=run, args=(sender,)) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


if __name__ == "__main__":
    main()
