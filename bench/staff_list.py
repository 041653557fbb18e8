"""
The desk's first page over a million requests: time and SQL statements, for the views staff open most.

    python -m bench.staff_list [--requests 1000000]

Signalen needs 388 ms and 272 statements for its list of 200,000.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from bench.installation import home, share

VIEWS = ("", "?view=new", "?view=late", "?agency=STREETS&status=open", "?area=ward:2&status=open")
SIGNALEN_MS, SIGNALEN_STATEMENTS = 388, 272


def main() -> None:
    """Make the rows, measure the pages, print."""
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
    from django.db import connection
    from django.test import Client

    from bench.many_requests import make_requests
    from ombud.people.models import Account

    make_requests(count)
    client = Client(SERVER_NAME="localhost")
    client.force_login(Account.objects.get(email="gus@springfield.example"))
    figures = {}
    for view in VIEWS:
        address = f"/springfield/desk/{view}"
        statements: list[str] = []

        def note(execute, sql, params, many, context, statements=statements):  # type: ignore[no-untyped-def]
            statements.append(sql)
            return execute(sql, params, many, context)

        client.get(address)  # what a process reads once, it has read by now
        with connection.execute_wrapper(note):
            answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}")
        took = [_timed(client, address) for _ in range(30)]
        figures[view or "all open"] = {
            "p50_ms": round(statistics.median(took), 1),
            "p95_ms": round(share(took, 0.95), 1),
            "statements": len(statements),
        }
        print(f"{view or 'all open':32} {figures[view or 'all open']}", flush=True)
    worst = max(f["p95_ms"] for f in figures.values())
    return {
        "requests": count,
        "views": figures,
        "worst_p95_ms": worst,
        "times_faster_than_signalen": round(SIGNALEN_MS / worst, 2),
        "statements_of_signalen": SIGNALEN_STATEMENTS,
    }


def _timed(client: object, address: str) -> float:
    began = time.perf_counter()
    client.get(address)  # type: ignore[attr-defined]
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
