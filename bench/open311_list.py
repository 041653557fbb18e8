"""
The newest 1,000 requests by Open311 from a million, in both forms; and those that changed in the last two hours.

    python -m bench.open311_list [--requests 1000000]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from bench.installation import home, share

CALLS = {
    "json": "requests.json",
    "xml": "requests.xml",
    "extended json": "requests.json?extensions=true",
    "page of 50": "requests.json?page_size=50",
    "changed lately": "requests.json?updated_after={lately}",
}


def main() -> None:
    """Make the rows, measure the calls, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    options = parser.parse_args()
    with home() as environment:
        load = [sys.executable, "-m", "ombud", "demo", "--only-load"]
        subprocess.run(load, env=environment, check=True, stdout=subprocess.DEVNULL)
        os.environ.update(environment)
        print(json.dumps(_measure(options.requests)))


def _measure(count: int) -> dict[str, object]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "ombud.settings"
    import django

    django.setup()
    from django.test import Client

    from bench.many_requests import make_requests

    make_requests(count)
    client = Client(SERVER_NAME="localhost")
    lately = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 7200))
    figures = {}
    for name, call in CALLS.items():
        address = f"/springfield/open311/v2/{call.format(lately=lately)}"
        answer = client.get(address)  # what a process reads once, it has read by now
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}")
        took = [_timed(client, address) for _ in range(20)]
        figures[name] = {
            "p50_ms": round(statistics.median(took), 1),
            "p95_ms": round(share(took, 0.95), 1),
            "kilobytes": round(len(answer.content) / 1024),
        }
        print(f"{name:16} {figures[name]}", flush=True)
    return {"requests": count, "calls": figures}


def _timed(client: object, address: str) -> float:
    began = time.perf_counter()
    client.get(address)  # type: ignore[attr-defined]
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
