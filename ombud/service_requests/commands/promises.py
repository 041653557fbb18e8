"""Recompute how long services really take; nightly, and after storms."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from ombud.catalog import queries as catalog
from ombud.catalog.rules.working_time import beyond_closed
from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.service_requests import timeline
from ombud.service_requests.models import ExpectedRange, PromiseKept, ServiceRequest
from ombud.service_requests.rules import decisions
from ombud.service_requests.rules.lifecycle import State
from ombud.service_requests.rules.promise import Observed, still_expected
from ombud.service_requests.rules.promise_kept import NO_AREA, Key, Past, kept, observed, ranges_at
from ombud.service_requests.storms import queries as storms

# The promises of so many whole months before this one are held against what came of them.
MONTHS = 6
DAY = timedelta(days=1)
Told = tuple[datetime, datetime]

_PAST = """
SELECT service_code,
       (SELECT t FROM unnest(area_tags) AS t WHERE t LIKE %(layer)s || ':%%' LIMIT 1),
       extract(epoch FROM requested_at)::float8, extract(epoch FROM closed_at)::float8
FROM ombud_service_request
WHERE jurisdiction_id = %(city)s AND requested_at <= %(now)s
  AND status <> 'withdrawn' AND coalesce(outcome, '') NOT IN ('duplicate_of', 'not_eligible')
  AND coalesce(closed_at, %(now)s) >= requested_at
ORDER BY requested_at
"""


def refresh(*, jurisdiction_id: str, layer: str, now: datetime) -> int:
    """
    Replace the expected ranges of a city, for the whole of it and for each area of one layer, and how they held.

    Returns how many ranges there are now. A service or area with fewer than 20 requests has none of its own.
    """
    past = _past(jurisdiction_id, layer, now)
    known = ranges_at(past, now.timestamp())
    zone = catalog.city(jurisdiction_id).zone
    begins = beginnings(now.astimezone(zone), MONTHS)
    held = kept(past, [begin.timestamp() for begin in begins], now=now.timestamp())
    with transaction.atomic():
        ExpectedRange.objects.filter(jurisdiction_id=jurisdiction_id).delete()
        ExpectedRange.objects.bulk_create(
            ExpectedRange(
                jurisdiction_id=jurisdiction_id,
                service_code=service,
                area=area,
                low_seconds=int(found.range.low),
                high_seconds=None if found.range.high is None else int(found.range.high),
                n=found.range.n,
                since=now - timedelta(seconds=found.back),
                until=now,
            )
            for (service, area), found in known.items()
        )
        PromiseKept.objects.filter(jurisdiction_id=jurisdiction_id).delete()
        PromiseKept.objects.bulk_create(
            PromiseKept(
                jurisdiction_id=jurisdiction_id,
                service_code=service,
                month=datetime.fromtimestamp(begin, zone).date(),
                within=told.within,
                early=told.early,
                late=told.late,
            )
            for (service, begin), told in held.items()
        )
    return len(known)


def beginnings(now: datetime, months: int) -> list[datetime]:
    """Return the beginnings of so many whole months before this one, and of this one, on the clock of `now`."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = [first]
    for _ in range(months):
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def move_slipped(*, jurisdiction_id: str, now: datetime) -> int:
    """
    Tell a new range for each open request that is past the end of its old one. Returns how many.

    The new one comes from requests of the service that took longer still; where there are too few of these, no
    range is told rather than a made-up one, and the old one stays to be seen as past. Under a storm that suspends
    all dates none is told.
    """
    city = catalog.city(jurisdiction_id)
    slipped = ServiceRequest.objects.in_city(jurisdiction_id).still_open().filter(expected_to__lt=now)
    teller = _Teller(jurisdiction_id, now, lambda state: bool(state.expected_to and state.expected_to < now))
    rows = slipped.values_list("pk", "service_code", "requested_at", "area_tags")
    return sum(
        teller.tell(pk, service, asked)
        for pk, service, asked, tags in rows
        if not storms.is_suspended(city, service, tags=tags, at=now)
    )


def tell_anew(
    *, jurisdiction_id: str, services: Sequence[str], is_touched: Callable[[Sequence[str]], bool], now: datetime
) -> int:
    """
    After a storm, tell a range for each open request of some services where it has none, or one that is a day off.

    `is_touched` says of the areas (tags) of a place whether the storm was over it. Returns how many were told.
    """

    def is_off(state: State, found: Told) -> bool:
        before = state.expected_to
        return before is None or abs(found[1] - before) >= DAY

    touched = ServiceRequest.objects.in_city(jurisdiction_id).still_open().filter(service_code__in=services)
    teller = _Teller(jurisdiction_id, now, lambda state: True, is_off)
    rows = touched.values_list("pk", "service_code", "requested_at", "area_tags")
    return sum(teller.tell(pk, service, asked) for pk, service, asked, tags in rows if is_touched(tags))


class _Teller:
    """Tells new ranges, from requests that already took longer than the one that is told of."""

    def __init__(
        self,
        jurisdiction_id: str,
        now: datetime,
        is_due: Callable[[State], bool],
        is_news: Callable[[State, Told], bool] = lambda state, found: True,
    ) -> None:
        self._city, self._now, self._is_due, self._is_news = jurisdiction_id, now, is_due, is_news
        past = _past(jurisdiction_id, "", now)
        self._known = {service: _observed(rows, now) for (service, _), rows in past.items()}

    def tell(self, request_id: int, service: str, asked_at: datetime) -> bool:
        """Tell a request's new range, where there is one and it is due; returns whether it was told."""
        found = still_expected(self._known.get(service, ()), age=(self._now - asked_at).total_seconds())
        if found is None or found.high is None:
            return False
        with transaction.atomic():
            row = timeline.load(self._city, request_id)
            calendar = catalog.city(self._city).calendar(self._now.year, row.agency)
            # Days on which nobody worked lie in its age already; those that come do not.
            ends = (asked_at + timedelta(seconds=seconds) for seconds in (found.low, found.high))
            low, high = (beyond_closed(end, calendar, since=self._now) for end in ends)
            told = (low, high)
            state = timeline.state_of(row)
            if not state.is_open or not self._is_due(state) or not self._is_news(state, told):
                return False
            decision = decisions.move_promise(state, expected_from=told[0], expected_to=told[1])
            timeline.record(row, decision, actor=timeline.SYSTEM, at=self._now)
        return True


def refresh_all() -> dict[str, int]:
    """Replace the expected ranges of every city, move what slipped, and return how many ranges each has now."""
    counts = {}
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            layer = str(row.settings.get("promise_layer", ""))
            counts[row.id] = refresh(jurisdiction_id=row.id, layer=layer, now=clock.now())
            move_slipped(jurisdiction_id=row.id, now=clock.now())
    return counts


def _past(jurisdiction_id: str, layer: str, now: datetime) -> dict[Key, list[Past]]:
    """Return what came of each request, by service and area of a layer, and by service in the whole city."""
    grouped: dict[Key, list[Past]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_PAST, {"layer": layer, "city": jurisdiction_id, "now": now})
        for service, area, asked, ended in cursor:
            one = Past(asked, ended)
            grouped[service, ""].append(one)
            if layer:
                grouped[service, area or NO_AREA].append(one)
    return dict(grouped)


def _observed(rows: Sequence[Past], now: datetime) -> list[Observed]:
    return [observed(one, now.timestamp()) for one in rows]
