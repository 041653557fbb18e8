"""Past requests as they were asked for: what routing needs to be asked about them again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from ombud.service_requests.models import RequestQuerySet, ServiceRequest
from ombud.service_requests.screening import DANGER


@dataclass(frozen=True, slots=True)
class Past:
    """One request with what was told at first, and where it stands on record."""

    request_id: int
    service_code: str
    channel: str
    requested_at: datetime
    agency: str
    unit: str
    asset: str
    answers: Sequence[Mapping[str, Any]]
    areas: Sequence[Mapping[str, str]]
    lon: float | None
    lat: float | None
    danger: bool


def count(jurisdiction_id: str, *, since: datetime, until: datetime, at_most: int) -> int:
    """Return how many requests were made between two instants, `at_most` where there are more."""
    return len(_between(jurisdiction_id, since, until).values_list("pk")[:at_most])


def past(jurisdiction_id: str, *, since: datetime, until: datetime, size: int, at_most: int) -> Iterator[list[Past]]:
    """Yield the requests made between two instants (both inclusive), newest first, so many at a time."""
    after: tuple[datetime, int] | None = None
    left = at_most
    while left > 0:
        rows = _between(jurisdiction_id, since, until)
        if after:
            rows = rows.filter(Q(requested_at__lt=after[0]) | Q(requested_at=after[0], pk__lt=after[1]))
        found = list(rows.select_related("place", "form").order_by("-requested_at", "-pk")[: min(size, left)])
        if not found:
            return
        yield of(found)
        after, left = (found[-1].requested_at, found[-1].pk), left - len(found)


def of(rows: Sequence[ServiceRequest]) -> list[Past]:
    """Return requests as they were asked for, in their order."""
    danger = _dangerous([row.pk for row in rows])
    return [
        Past(
            request_id=row.pk,
            service_code=row.service_code,
            channel=row.channel,
            requested_at=row.requested_at,
            agency=row.agency,
            unit=row.unit,
            asset=row.asset,
            answers=row.form.answers if hasattr(row, "form") else (),
            areas=row.place.areas if row.place else (),
            lon=row.place.lon if row.place else None,
            lat=row.place.lat if row.place else None,
            danger=row.pk in danger,
        )
        for row in rows
    ]


def _between(jurisdiction_id: str, since: datetime, until: datetime) -> RequestQuerySet:
    return ServiceRequest.objects.in_city(jurisdiction_id).filter(requested_at__gte=since, requested_at__lte=until)


def _dangerous(request_ids: Sequence[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT request_id FROM ombud_request_event WHERE request_id = ANY(%s) AND seq = 1"
            " AND facts -> %s IS NOT NULL",
            [list(request_ids), DANGER],
        )
        return {request_id for (request_id,) in cursor.fetchall()}
