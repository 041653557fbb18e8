"""
Create requests through the web form, eight at once: a second and the 95th percentile of the last step.

    python -m bench.create_requests [--requests 400]

Each sender walks the real form (place, details, contact) and sends; only the last step, which keeps the request, is
timed, beside the whole walk. Signalen's best on two cores, measured before: 27 a second, p95 446 ms.
"""

import argparse
import http.cookiejar
import json
import re
import threading
import time
import urllib.parse
import urllib.request

from bench.installation import home, served, share

SIGNALEN_PER_SECOND = 27
AT_ONCE = 8


class Sender:
    """A visitor with cookies."""

    def __init__(self, url: str) -> None:
        jar = http.cookiejar.CookieJar()
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)).open
        self.url = f"{url}/springfield"

    def post(self, to: str, page: str, /, **fields: str) -> tuple[str, str]:
        """Send a form with the token of the page before; return where it led, and the page there."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1] if token else ""}).encode()
        with self.open(urllib.request.Request(to, data), timeout=30) as answer:
            return answer.url, answer.read().decode()

    def ready(self) -> tuple[str, str]:
        """Walk to the last step; return its address and page."""
        start = f"{self.url}/report/service/POTHOLE/"
        with self.open(start, timeout=30) as answer:
            page = answer.read().decode()
        where, page = self.post(start, page)
        where, page = self.post(where, page, address="Main Street by the bakery", as_words="1")
        where, page = self.post(where, page, **{"q.size": "small", "description": "Measured."})
        where, page = self.post(where, page)
        return where.replace("/check/", "/send/"), page


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--port", type=int, default=8397)
    options = parser.parse_args()
    with home() as environment, served(environment, port=options.port) as url:
        took, seconds, walked = _measure(url, options.requests)
    per_second = len(took) / seconds
    print(f"{len(took)} requests, {AT_ONCE} at once: {per_second:.0f} a second")
    print(f"last step: p50 {share(took, 0.5) * 1000:.0f} ms, p95 {share(took, 0.95) * 1000:.0f} ms")
    print(
        json.dumps(
            {
                "requests": len(took),
                "per_second": round(per_second, 1),
                "p50_ms": round(share(took, 0.5) * 1000, 1),
                "p95_ms": round(share(took, 0.95) * 1000, 1),
                "walks_per_second": round(walked, 1),
                "ratio_to_signalen": round(per_second / SIGNALEN_PER_SECOND, 2),
            }
        )
    )


def _measure(url: str, count: int) -> tuple[list[float], float, float]:
    senders = [Sender(url) for _ in range(AT_ONCE)]
    each = count // AT_ONCE
    prepared: dict[int, list[tuple[str, str]]] = {}
    began = time.perf_counter()
    _together(lambda at: prepared.__setitem__(at, [senders[at].ready() for _ in range(min(each, 5))]))
    walked = sum(map(len, prepared.values())) / (time.perf_counter() - began)
    took: list[float] = []
    seconds = 0.0
    # A visitor keeps five drafts at most: prepare five each, send them, and so on; only the sending is timed.
    for _ in range(max(1, each // 5)):
        began = time.perf_counter()
        _together(lambda at: took.extend(_send(senders[at], prepared[at])))
        seconds += time.perf_counter() - began
        _together(lambda at: prepared.__setitem__(at, [senders[at].ready() for _ in range(5)]))
    return took, seconds, walked


def _send(sender: Sender, steps: list[tuple[str, str]]) -> list[float]:
    took = []
    for address, page in steps:
        began = time.perf_counter()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1] if token else ""}).encode()
        opener = urllib.request.Request(address, data)
        with sender.open(opener, timeout=30) as answer:
            if "/r/SP-" not in answer.url:
                raise RuntimeError(f"no receipt: {answer.url}")
        took.append(time.perf_counter() - began)
    return took


def _together(work: object) -> None:
    threads = [threading.Thread(target=work, args=(at,)) for at in range(AT_ONCE)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
