"""What is open at a place already: within a distance, in a cell, about an asset."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count

from ombud.kernel import clock
from ombud.kernel.geo import LonLat, Metres, box_around, distance
from ombud.places import queries as places
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.rules.delays import Delay
from ombud.service_requests.rules.lifecycle import ENDED


@dataclass(frozen=True, slots=True)
class Near:
    """An open request of the same service close by."""

    request: ServiceRequest
    distance: Metres
    reports: int


def nearby(
    jurisdiction_id: str,
    *,
    service_code: str,
    point: LonLat,
    within: Metres,
    visibilities: Collection[str] = (),
    delays: Collection[Delay] = (),
    limit: int = 5,
) -> list[Near]:
    """
    Return open requests of a service within a distance along the ground, nearest first, one an incident.

    Of all visibilities, or only of those named; what a delay still holds back is left out.
    """
    if within <= 0:
        return []
    found: list[tuple[Metres, ServiceRequest]] = []
    for row in _between(jurisdiction_id, service_code, *box_around(point, within), visibilities, delays):
        if row.lon is not None and row.lat is not None:
            away = distance(point, LonLat(row.lon, row.lat))
            if away <= within:
                found.append((away, row))
    nearest = sorted(found, key=lambda pair: (pair[0], pair[1].requested_at))
    kept = _one_an_incident([row for _, row in nearest])
    tally = dict(
        ServiceRequest.objects.in_city(jurisdiction_id)
        .filter(incident_id__in=[row.incident_id for row in kept if row.incident_id])
        .values_list("incident_id")
        .annotate(n=Count("pk"))
    )
    away_of = {row.pk: away for away, row in nearest}
    return [Near(row, away_of[row.pk], tally.get(row.incident_id or 0, 1)) for row in kept[:limit]]


def in_cell(
    jurisdiction_id: str,
    *,
    service_code: str,
    cell: str,
    visibilities: Collection[str],
    delays: Collection[Delay] = (),
    limit: int = 5,
) -> list[ServiceRequest]:
    """
    Return open requests of a service in a coarse cell, newest first, one an incident.

    Which ones says no more of their places than the cell: wherever one asks within it, they are the same.
    """
    ring = places.cell_outline(cell)
    low = LonLat(min(lon for lon, _ in ring), min(lat for _, lat in ring))
    high = LonLat(max(lon for lon, _ in ring), max(lat for _, lat in ring))
    rows = [
        row
        for row in _between(jurisdiction_id, service_code, low, high, visibilities, delays)
        if row.lon is not None and row.lat is not None and places.cell_of(LonLat(row.lon, row.lat)) == cell
    ]
    return _one_an_incident(rows[::-1])[:limit]


def _between(
    jurisdiction_id: str,
    service_code: str,
    low: LonLat,
    high: LonLat,
    visibilities: Collection[str],
    delays: Collection[Delay],
) -> list[ServiceRequest]:
    rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(
        service_code=service_code, lon__range=(low.lon, high.lon), lat__range=(low.lat, high.lat)
    )
    if visibilities:
        rows = rows.filter(visibility__in=visibilities)
    rows = rows.past(delays, now=clock.now())
    return list(rows.exclude(status__in=ENDED).order_by("requested_at")[:200])


def _one_an_incident(rows: Sequence[ServiceRequest]) -> list[ServiceRequest]:
    first: dict[int, ServiceRequest] = {}
    for row in rows:
        # An incident's id and a request's own never meet: one of them is made negative.
        first.setdefault(row.incident_id or -row.pk, row)
    return list(first.values())


def on_asset(jurisdiction_id: str, asset: str, *, but: int = 0, limit: int = 5) -> list[ServiceRequest]:
    """Return the open requests about an asset (`lights:4711`), oldest first, one of them left out."""
    rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(asset=asset).still_open().exclude(pk=but)
    return list(rows.exclude(asset="").order_by("requested_at", "pk")[:limit])
