"""Work out, each night, where the same thing keeps happening."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.geo import LonLat, Metres
from ombud.plumbing import walls
from ombud.triage.likeness.models import RecurringPlace
from ombud.triage.likeness.rules.recurring import Happening, Spot, spots

# One row a thing: an incident, or a request that stands alone.
_THINGS = """
SELECT (array_agg(lon ORDER BY requested_at, id))[1], (array_agg(lat ORDER BY requested_at, id))[1],
       min(requested_at), CASE WHEN bool_and(closed_at IS NOT NULL) THEN max(closed_at) END, count(*),
       (array_agg(address ORDER BY requested_at, id))[1], (array_agg(id ORDER BY requested_at, id))[1]
FROM ombud_service_request
WHERE jurisdiction_id = %s AND service_code = %s AND requested_at >= %s AND lon IS NOT NULL AND status <> 'withdrawn'
GROUP BY coalesce(incident_id, -id)
"""
WITHIN = Metres(20)
KEPT_AT_MOST = 2_000  # of a service: a list that nobody could read to its end


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How far back, how near, how often; of a city's settings under `recurring`."""

    days: int = 365
    within: Metres = WITHIN
    least: int = 3
    chronic: int = 6

    @classmethod
    def of(cls, city: City) -> "Thresholds":
        """Return what a city has said, completed."""
        said = city.settings.get("recurring", {})
        return cls(
            int(said.get("days", cls().days)),
            Metres(float(said.get("within_m", cls().within))),
            max(2, int(said.get("least", cls().least))),
            int(said.get("chronic", cls().chronic)),
        )


def refresh(city: City, *, now: datetime) -> int:
    """Replace the recurring places of a city, and return how many there are."""
    told = Thresholds.of(city)
    rows: list[RecurringPlace] = []
    for code, service in city.services.items():
        if service.duplicates.merge == "never":
            continue
        things = list(_things(city.id, code, since=now - timedelta(days=told.days)))
        often = spots(things, within=told.within, least=told.least)[:KEPT_AT_MOST]
        rows += [_row(city, code, spot, told, of_service=len(things), now=now) for spot in often]
    with transaction.atomic():
        RecurringPlace.objects.filter(jurisdiction_id=city.id).delete()
        RecurringPlace.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _things(city_id: str, code: str, *, since: datetime) -> Iterator[Happening]:
    with connection.cursor() as cursor:
        cursor.execute(_THINGS, [city_id, code, since])
        for lon, lat, at, ended_at, reports, address, request_id in cursor.fetchall():
            yield Happening(LonLat(lon, lat), at, ended_at, reports, address, request_id)


def _row(city: City, code: str, spot: Spot, told: Thresholds, *, of_service: int, now: datetime) -> RecurringPlace:
    last = spot.last or spot.first
    return RecurringPlace(
        jurisdiction_id=city.id,
        service_code=code,
        visibility=city.services[code].visibility.value,
        lon=spot.first.point.lon,
        lat=spot.first.point.lat,
        address=last.address or spot.first.address,
        latest_id=last.request_id,
        happened=spot.n,
        reports=spot.reports,
        times=[at.isoformat() for at in spot.times],
        first_at=spot.times[0],
        last_at=spot.times[-1],
        median_gap_days=spot.median_gap_days,
        is_open=last.ended_at is None,
        chronic=spot.n >= told.chronic,
        of_service=of_service,
        made_at=now,
    )


def refresh_all() -> None:
    """Do it for every city."""
    for row in catalog.jurisdictions():
        with walls.inside(row.id):
            refresh(catalog.city(row.id), now=clock.now())
