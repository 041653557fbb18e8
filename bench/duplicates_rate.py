"""
How many reports a second one worker looks at for repeats, in a city that holds many.

    python -m bench.duplicates_rate [--requests 1000000] [--looked 2000]

Of the rows every fifth is open; those looked at lie among all the others. What is found is written: joined, asked
about, linked.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from bench.installation import home, share


def main() -> None:
    """Make the rows, look at some, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--looked", type=int, default=2_000)
    options = parser.parse_args()
    with home() as environment:
        load = [sys.executable, "-m", "ombud", "demo", "--only-load"]
        subprocess.run(load, env=environment, check=True, stdout=subprocess.DEVNULL)
        os.environ.update(environment)
        print(json.dumps(_measure(options.requests, options.looked)))


def _measure(count: int, looked: int) -> dict[str, object]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "ombud.settings"
    import django

    django.setup()
    from django.db import connection

    from bench.many_requests import make_requests
    from ombud.kernel import clock
    from ombud.plumbing import walls
    from ombud.service_requests.models import ServiceRequest
    from ombud.triage.likeness import commands

    make_requests(count)
    connection.ensure_connection()
    took, decided = [], {"join": 0, "ask": 0, "again": 0, "leave": 0}
    with walls.inside("springfield"):
        rows = ServiceRequest.objects.in_city("springfield").still_open().filter(service_code="POTHOLE")
        # The oldest first, as they came: each has the others of its time around it.
        for pk in list(rows.order_by("-requested_at").values_list("pk", flat=True)[:looked])[::-1]:
            began = time.perf_counter()
            said = commands.sort_in(jurisdiction_id="springfield", request_id=pk, at=clock.now())
            took.append(time.perf_counter() - began)
            decided[said.decision if said else "leave"] += 1
    figures = {
        "requests": count,
        "looked": len(took),
        "a_second": round(len(took) / sum(took), 1),
        "p50_ms": round(1000 * statistics.median(took), 1),
        "p95_ms": round(1000 * share(took, 0.95), 1),
        "backlog_of_100000_minutes": round(100_000 * sum(took) / len(took) / 60, 1),
        "decided": decided,
    }
    print(figures, flush=True)
    return figures


if __name__ == "__main__":
    main()
