"""
A storm over a small city: so many reports of so many broken places, through the one door of every channel.

    python -m tests.storm load 500 40    that many reports of so many places; prints how many reports
    python -m tests.storm count          print how the reports of the storm stand, as JSON
    python -m tests.storm past           what happened in the months before: thirty holes that took a day or two each
"""

import json
import os
import random
import sys
from collections import Counter
from datetime import timedelta

CITY = "shelbyville"
WORDS = "the storm did this"


def main() -> None:
    """Do what is asked, in the installation of the environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ombud.settings")
    import django

    django.setup()
    from django.db import connection

    from ombud.plumbing import visit, walls

    connection.ensure_connection()  # what it is told of its city outside of a transaction, it keeps
    with walls.inside(CITY), visit.begun():
        done = {"load": load, "count": count, "past": past}[sys.argv[1]](*map(int, sys.argv[2:]))
        sys.stdout.write(json.dumps(done) + "\n")


def load(reports: int, places: int) -> int:
    """Report each place by a dozen people or so, all within 14 metres of it, in the order in which they call."""
    from django.db import connection, transaction

    from ombud.kernel import clock
    from ombud.kernel.geo import LonLat
    from ombud.service_requests.models import RequestEvent
    from ombud.triage.likeness import handlers
    from ombud.wiring import LOOK
    from tests.builders import CityBuilder

    dice, city, now = random.Random(311), CityBuilder(CITY), clock.now()
    broken = [LonLat(-93.05 + 0.002 * (i % 8), 37.15 + 0.002 * (i // 8)) for i in range(places)]
    calls = [broken[i % places] for i in range(reports)]
    done: list[int] = []
    with transaction.atomic():
        for n, place in enumerate(calls):
            away = 0 if n < places else dice.uniform(4, 14)
            report = city.report(
                at=LonLat(place.lon, place.lat + away / 111_195),
                when=now - timedelta(minutes=reports - n),
                description=WORDS if n < places else "",
            )
            # As when they come over the hours of a night: each is looked at before the next one calls.
            event = RequestEvent.objects.get(request_id=report.id, kind="submitted")
            handlers.look_for_repeats(event.pk)
            done.append(event.pk)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO ombud_reaction (jurisdiction_id, event_id, handler) VALUES (%s, %s, %s)",
                [(CITY, pk, LOOK) for pk in done],
            )
    return len(calls)


def past() -> int:
    """Report thirty holes of the last months elsewhere in the city and close each; once."""
    from ombud.kernel import clock
    from ombud.kernel.geo import LonLat
    from ombud.service_requests.models import ServiceRequest
    from tests.builders import CityBuilder

    city, now = CityBuilder(CITY), clock.now()
    if ServiceRequest.objects.in_city(CITY).filter(lat=37.19).exists():
        return 0
    for n in range(30):
        made = city.report(at=LonLat(-93.05 + 0.003 * n, 37.19), when=now - timedelta(days=60))
        made.closed("nothing_found", after=timedelta(days=-60, hours=24 + n))
    return 30


def count() -> dict[str, object]:
    """Return how the reports of the storm stand, how many incidents they make, and how many questions wait."""
    from ombud.service_requests.models import RequestEvent, ServiceRequest
    from ombud.triage.likeness import queries

    rows = ServiceRequest.objects.in_city(CITY).filter(lat__range=(37.149, 37.17), lon__range=(-93.06, -93.03))
    return {
        "reports": len(rows),
        "statuses": Counter(row.status for row in rows),
        "incidents": len({row.incident_id for row in rows if row.incident_id}),
        "alone": sum(row.incident_id is None for row in rows),
        "waiting": queries.count_waiting(CITY),
        "closings": RequestEvent.objects.in_city(CITY).filter(kind="closed", request__in=rows).count(),
    }


if __name__ == "__main__":
    main()
