"""
How long the public record takes from an event to a version that holds it, while changes come in steadily.

    python -m bench.publication_lag [--changes 50] [--seconds 180] [--requests 100000]

The worker runs as it does in a city and does everything else too. Changes are reports and what is done about them, four
for each. The lag of a change runs from its time to the moment at which somebody who asks four times a second finds the
reader of events behind it.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.installation import home, share

CITY = "springfield"
# Where the reader stands, as (transaction, event).
Position = tuple[int, int]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=50, help="a second")
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--requests", type=int, default=100_000, help="in the city and its record before")
    options = parser.parse_args()
    with home() as environment:
        load = [sys.executable, "-m", "ombud", "demo", "--only-load"]
        subprocess.run(load, env=environment, check=True, stdout=subprocess.DEVNULL)
        os.environ.update(environment)
        published_in = _begin(options.requests)
        worker = subprocess.Popen([sys.executable, "-m", "ombud", "worker"], env=environment, stdout=subprocess.DEVNULL)
        try:
            figures = _measured(options.changes, options.seconds)
        finally:
            worker.terminate()
            worker.wait(60)
        figures |= {"requests_before": options.requests, "published_in_s": published_in}
    print(json.dumps(figures))


def _begin(requests: int) -> float:
    """Make the past of the city and publish it; return the seconds that publishing took."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "ombud.settings"
    import django

    django.setup()
    from bench.many_requests import begin_timelines, make_requests
    from ombud.catalog import queries as catalog
    from ombud.kernel import clock
    from ombud.opendata.commands import publish_requests
    from ombud.plumbing import walls

    make_requests(requests)
    begin_timelines()
    began = time.perf_counter()
    with walls.inside(CITY):
        publish_requests.publish(catalog.city(CITY), now=clock.now())
    return round(time.perf_counter() - began, 1)


def _measured(changes: int, seconds: int) -> dict[str, Any]:
    from ombud.kernel import clock
    from ombud.plumbing import walls

    begun, ended = clock.now(), threading.Event()
    seen: list[tuple[Position, datetime]] = []
    watcher = threading.Thread(target=_watch, args=(seen, ended))
    watcher.start()
    with walls.inside(CITY):
        took = _change(changes, seconds)
        events = _events_since(begun)
        while not seen or seen[-1][0] < events[-1][0]:
            time.sleep(1)
    ended.set()
    watcher.join()
    positions = [position for position, _ in seen]
    lags = [(seen[bisect_left(positions, at)][1] - when).total_seconds() for at, when in events]
    return {
        "changes": len(events),
        "changes_a_second": round(len(events) / took, 1),
        "versions": len(seen),
        "lag_p50_s": round(share(lags, 0.5), 1),
        "lag_p95_s": round(share(lags, 0.95), 1),
        "lag_most_s": round(max(lags), 1),
    }


def _change(changes: int, seconds: int) -> float:
    """Make so many changes a second, each in its time or as soon after as the machine can; return how long it took."""
    began, todo = time.perf_counter(), deque[Iterator[None]]()
    for n in range(changes * seconds):
        time.sleep(max(0.0, began + n / changes - time.perf_counter()))
        if n % 4 == 0:
            todo.append(_life_of_a_report(n))
        # The oldest goes on, so that a report has waited a little before something is done about it.
        life = todo.popleft()
        if next(life, "over") is None:
            todo.append(life)
    return time.perf_counter() - began


def _life_of_a_report(seed: int) -> Iterator[None]:
    from uuid import uuid4

    from ombud.intake import commands as intake
    from ombud.intake.rules.place import Located
    from ombud.kernel import clock
    from ombud.kernel.geo import LonLat
    from ombud.people.rules.permissions import Grant, Role
    from ombud.service_requests.commands import act, closing
    from ombud.service_requests.timeline import Actor

    dice = random.Random(seed)
    told = intake.Submission(
        client_id=uuid4(), service_code="POTHOLE", channel="phone", language="en", description="A hole in the road.",
        answers={"size": ["small"]},
        located=Located(method="pin", point=LonLat(-93.3 + dice.random() * 0.09, 37.2 + dice.random() * 0.09)),
    )  # fmt: skip
    request_id = intake.submit(jurisdiction_id=CITY, submission=told, at=clock.now()).request_id
    crew = Actor("staff", account_id=1, grants=frozenset({Grant(Role.AGENCY_STAFF, "STREETS")}))
    acts: tuple[Callable[[act.On], object], ...] = (
        act.accept,
        lambda on: act.inspect(on, finding="not_found"),
        lambda on: closing.close(on, outcome="nothing_found", text="We came and saw no hole."),
    )
    for do in acts:
        yield
        do(act.On(CITY, request_id, crew, clock.now()))


def _events_since(begun: datetime) -> list[tuple[Position, datetime]]:
    from ombud.service_requests.models import RequestEvent

    rows = RequestEvent.objects.in_city(CITY).filter(at__gte=begun - timedelta(seconds=1))
    return sorted(((written_in, pk), at) for written_in, pk, at in rows.values_list("written_in", "id", "at"))


def _watch(seen: list[tuple[Position, datetime]], ended: threading.Event) -> None:
    from django.db import connection

    from ombud.opendata.lake import versions
    from ombud.plumbing import walls

    with walls.inside(CITY):
        while not ended.wait(0.25):
            last = versions.newest(CITY, "requests")
            position = (last.read_written_in, last.read_event_id) if last else (0, 0)
            if not seen or seen[-1][0] != position:
                seen.append((position, datetime.now(UTC)))
    connection.close()


if __name__ == "__main__":
    main()
