"""Recompute how long services really take; nightly, and after storms."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.service_requests import timeline
from ombud.service_requests.models import ExpectedRange, ServiceRequest
from ombud.service_requests.rules import decisions
from ombud.service_requests.rules.promise import ENOUGH, Observed, Range, expected_range, still_expected

# The last 90 days tell best; where they hold too little, look further back rather than promise nothing.
LOOK_BACK = (timedelta(days=90), timedelta(days=365), timedelta(days=36_500))

_DURATIONS = """
SELECT service_code,
       CASE WHEN %(layer)s = '' THEN '' ELSE
           (SELECT t FROM unnest(area_tags) AS t WHERE t LIKE %(layer)s || ':%%' LIMIT 1) END AS area,
       extract(epoch FROM coalesce(closed_at, %(now)s) - requested_at),
       closed_at IS NOT NULL
FROM ombud_service_request
WHERE jurisdiction_id = %(city)s AND requested_at >= %(since)s AND requested_at <= %(now)s
  AND status <> 'withdrawn' AND coalesce(outcome, '') NOT IN ('duplicate_of', 'not_eligible')
  AND coalesce(closed_at, %(now)s) >= requested_at
"""


def refresh(*, jurisdiction_id: str, layer: str, now: datetime) -> int:
    """
    Replace the expected ranges of a city, for the whole of it and for each area of one layer.

    Returns how many ranges there are now. A service or area with fewer than 20 requests has none of its own.
    """
    ranges: dict[tuple[str, str], tuple[Range, timedelta]] = {}
    for back in LOOK_BACK:
        for of_layer in ("", layer) if layer else ("",):
            for key, observed in _observed(jurisdiction_id, of_layer, now - back, now).items():
                if key not in ranges and len(observed) >= ENOUGH and (found := expected_range(observed)):
                    ranges[key] = (found, back)
    with transaction.atomic():
        ExpectedRange.objects.filter(jurisdiction_id=jurisdiction_id).delete()
        ExpectedRange.objects.bulk_create(
            ExpectedRange(
                jurisdiction_id=jurisdiction_id,
                service_code=service,
                area=area,
                low_seconds=int(found.low),
                high_seconds=None if found.high is None else int(found.high),
                n=found.n,
                since=now - back,
                until=now,
            )
            for (service, area), (found, back) in ranges.items()
        )
    return len(ranges)


def move_slipped(*, jurisdiction_id: str, now: datetime) -> int:
    """
    Tell a new range for each open request that is past the end of its old one. Returns how many.

    The new one comes from requests of the service that took longer still; where there are too few of these, no
    range is told rather than a made-up one, and the old one stays to be seen as past.
    """
    slipped = ServiceRequest.objects.in_city(jurisdiction_id).still_open().filter(expected_to__lt=now)
    known = _observed(jurisdiction_id, "", now - LOOK_BACK[-1], now)
    moved = 0
    for row_id, service, asked_at in slipped.values_list("pk", "service_code", "requested_at"):
        found = still_expected(known.get((service, ""), ()), age=(now - asked_at).total_seconds())
        if found is None or found.high is None:
            continue
        with transaction.atomic():
            row = timeline.load(jurisdiction_id, row_id)
            state = timeline.state_of(row)
            if state.is_open and state.expected_to and state.expected_to < now:
                decision = decisions.move_promise(
                    state,
                    expected_from=asked_at + timedelta(seconds=found.low),
                    expected_to=asked_at + timedelta(seconds=found.high),
                )
                timeline.record(row, decision, actor=timeline.SYSTEM, at=now)
                moved += 1
    return moved


def refresh_all() -> dict[str, int]:
    """Replace the expected ranges of every city, move what slipped, and return how many ranges each has now."""
    counts = {}
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            layer = str(row.settings.get("promise_layer", ""))
            counts[row.id] = refresh(jurisdiction_id=row.id, layer=layer, now=clock.now())
            move_slipped(jurisdiction_id=row.id, now=clock.now())
    return counts


def _observed(
    jurisdiction_id: str, layer: str, since: datetime, now: datetime
) -> dict[tuple[str, str], Sequence[Observed]]:
    grouped: dict[tuple[str, str], list[Observed]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_DURATIONS, {"layer": layer, "city": jurisdiction_id, "since": since, "now": now})
        for service, area, seconds, ended in cursor.fetchall():
            if area is not None:
                grouped[service, area].append(Observed(float(seconds), ended))
    return dict(grouped)
