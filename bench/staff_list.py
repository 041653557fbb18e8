"""
The desk's first page over a million requests: time and SQL statements, for the views staff open most.

    python -m bench.staff_list [--requests 1000000]

The rows are made by PostgreSQL itself from a few real ones: dates over three years, a fifth open. Signalen needs
388 ms and 272 statements for its list of 200,000.
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

MAKE = """
INSERT INTO ombud_service_request (
    id, jurisdiction_id, number, client_id, old_number, version, status, outcome, service_code, service_version,
    agency, unit, priority, visibility, channel, awaiting_reporter, requested_at, updated_at, target_at, closed_at,
    referred_to, bounces, reopened, lon, lat, address, area_tags)
SELECT nextval('ombud_request_serial'), 'springfield', 'B-' || n, gen_random_uuid(), '', 1,
    CASE WHEN n %% 5 = 0 THEN (ARRAY['received', 'accepted', 'scheduled'])[1 + n %% 3] ELSE 'closed' END,
    CASE WHEN n %% 5 = 0 THEN NULL ELSE 'fixed' END,
    (ARRAY['POTHOLE', 'STREETLIGHT', 'BULKY'])[1 + n %% 3], 1,
    (ARRAY['STREETS', 'STREETS', 'SANITATION'])[1 + n %% 3], '', 'normal', 'public', 'web', false,
    asked, asked, asked + interval '7 days', CASE WHEN n %% 5 = 0 THEN NULL ELSE asked + interval '3 days' END,
    '', 0, 0, -93.3 + (n %% 1000) * 0.0001, 37.2 + (n %% 997) * 0.0001, n || ' Main Street',
    ARRAY['city:springfield', 'ward:' || (1 + n %% 2)]
FROM (SELECT n, now() - (n * interval '94 seconds') AS asked FROM generate_series(1, %s) AS n) AS made
"""


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

    from ombud.people.models import Account
    from ombud.plumbing import walls

    with walls.as_owner(), connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(MAKE, [count])
        cursor.execute("VACUUM ANALYZE ombud_service_request")
        print(f"{count:,} requests made in {time.perf_counter() - began:.0f} s", flush=True)
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
