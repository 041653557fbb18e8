"""What the public record is made from: which requests have changed, and those they share months and services with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from ombud.plumbing import commit_order
from ombud.service_requests.feed import Position
from ombud.service_requests.models import RequestQuerySet, ServiceRequest

_CHANGED = """
SELECT request_id, max(written_in), max(id) FILTER (WHERE written_in = newest), count(*) FROM (
    SELECT request_id, id, written_in, max(written_in) OVER () AS newest FROM ombud_request_event
    WHERE jurisdiction_id = %(city)s AND (written_in, id) > (%(written_in)s, %(id)s) AND written_in < %(settled)s
    ORDER BY written_in, id LIMIT %(limit)s
) AS read GROUP BY request_id
"""


@dataclass(frozen=True, slots=True)
class Read:
    """Which requests have changed, where the reader stands behind that, and whether more is there already."""

    request_ids: frozenset[int]
    position: Position
    more: bool


def changed_since(jurisdiction_id: str, position: Position, *, limit: int) -> Read:
    """Return the requests with events behind a position, of so many events at most."""
    asked: dict[str, Any] = {
        "city": jurisdiction_id,
        "written_in": position.written_in,
        "id": position.event_id,
        "settled": commit_order.settled(),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, asked)
        rows = cursor.fetchall()
    if not rows:
        return Read(frozenset(), position, more=False)
    newest = max((written_in, event_id or 0) for _, written_in, event_id, _ in rows)
    return Read(frozenset(row[0] for row in rows), Position(*newest), more=sum(row[3] for row in rows) == limit)


def by_ids(jurisdiction_id: str, request_ids: Collection[int]) -> list[ServiceRequest]:
    """Return requests with their places, incidents, and what they are again."""
    return list(_whole(jurisdiction_id).filter(pk__in=request_ids))


def requested_between(
    jurisdiction_id: str,
    since: datetime,
    until: datetime,
    *,
    visibilities: Collection[str] = (),
    services: Collection[str] = (),
) -> list[ServiceRequest]:
    """Return the requests of a span of time; of some visibilities or services only, where any are named."""
    rows = _whole(jurisdiction_id).filter(requested_at__gte=since, requested_at__lt=until)
    if visibilities:
        rows = rows.filter(visibility__in=visibilities)
    if services:
        rows = rows.filter(service_code__in=services)
    return list(rows)


def _whole(jurisdiction_id: str) -> RequestQuerySet:
    return ServiceRequest.objects.in_city(jurisdiction_id).select_related("place", "incident", "again_of")
