"""What the public record is made from: which requests have changed, and those they share months and services with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from ombud.plumbing import commit_order
from ombud.service_requests.feed import Position
from ombud.service_requests.models import RequestEvent, RequestQuerySet, ServiceRequest

_CHANGED = """
WITH read AS MATERIALIZED (
    SELECT request_id, id, written_in FROM ombud_request_event
    WHERE jurisdiction_id = %(city)s AND (written_in, id) > (%(written_in)s, %(id)s) AND written_in < %(settled)s
    ORDER BY written_in, id LIMIT %(limit)s
)
SELECT array_agg(DISTINCT request_id), count(*),
       (SELECT ARRAY[written_in, id] FROM read ORDER BY written_in DESC, id DESC LIMIT 1)
FROM read
"""
_BOUNDED = """
SELECT service_code, area, count(*) FROM (
    SELECT request.service_code,
           coalesce((SELECT split_part(tag, ':', 2) FROM unnest(request.area_tags) AS tag
                     WHERE split_part(tag, ':', 1) = %(layer)s ORDER BY tag LIMIT 1), '') AS area,
           row_number() OVER (
               PARTITION BY coalesce('p' || reporter.contact_point_id, 'r' || request.id) ORDER BY md5(request.id::text)
           ) AS nth
    FROM ombud_service_request AS request
    LEFT JOIN LATERAL (
        SELECT contact_point_id FROM ombud_follower
        WHERE request_id = request.id AND jurisdiction_id = %(city)s AND is_reporter ORDER BY id LIMIT 1
    ) AS reporter ON true
    WHERE request.jurisdiction_id = %(city)s AND request.service_code = ANY(%(services)s)
      AND request.requested_at >= %(since)s AND request.requested_at < %(until)s
) AS counted WHERE nth <= %(most)s GROUP BY 1, 2
"""


class Requested(NamedTuple):
    """A request as it stands, as far as the record is made of it: rows of tens of thousands, not models."""

    id: int
    number: str
    service_code: str
    service_version: int
    visibility: str
    status: str
    outcome: str | None
    agency: str
    channel: str
    requested_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    target_at: datetime | None
    expected_to: datetime | None
    reopened: int
    bounces: int
    address: str
    lon: float | None
    lat: float | None
    # Layer, vintage, code and name of each.
    areas: list[dict[str, str]] | None
    # Numbers.
    incident: str | None
    again_of: str | None


_REQUESTED = (*Requested._fields[:-3], "place__areas", "incident__number", "again_of__number")


class Happened(NamedTuple):
    """An event, with what is asked of its request."""

    id: int
    kind: str
    audience: str
    at: datetime
    changes: dict[str, Any]
    facts: dict[str, Any]
    number: str
    service_code: str
    visibility: str


_HAPPENED = (*Happened._fields[:-3], "request__number", "request__service_code", "request__visibility")


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
        request_ids, n, last = cursor.fetchone()
    if last is None:
        return Read(frozenset(), position, more=False)
    return Read(frozenset(request_ids), Position(*last), more=n == limit)


def by_ids(jurisdiction_id: str, request_ids: Collection[int]) -> list[Requested]:
    """Return requests."""
    return _read(ServiceRequest.objects.in_city(jurisdiction_id).filter(pk__in=_among(request_ids)))


def requested_between(
    jurisdiction_id: str,
    since: datetime,
    until: datetime,
    *,
    visibilities: Collection[str] = (),
    services: Collection[str] = (),
) -> list[Requested]:
    """Return the requests of a span of time; of some visibilities or services only, where any are named."""
    rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(requested_at__gte=since, requested_at__lt=until)
    if visibilities:
        rows = rows.filter(visibility__in=visibilities)
    if services:
        rows = rows.filter(service_code__in=services)
    return _read(rows)


def _among(ids: Collection[int]) -> RawSQL:
    # One array: a placeholder for each of tens of thousands would take longer to write than the rows to read.
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])


def _read(rows: RequestQuerySet) -> list[Requested]:
    return [Requested._make(row) for row in rows.values_list(*_REQUESTED)]


def events_behind(
    jurisdiction_id: str, request_ids: Collection[int], position: Position, *, until: Position
) -> list[Happened]:
    """Return the events of requests behind a position and up to another, in order."""
    between = Q(written_in__gt=position.written_in) | Q(written_in=position.written_in, id__gt=position.event_id)
    up_to = Q(written_in__lt=until.written_in) | Q(written_in=until.written_in, id__lte=until.event_id)
    rows = RequestEvent.objects.in_city(jurisdiction_id).filter(between & up_to, request_id__in=_among(request_ids))
    return [Happened._make(row) for row in rows.order_by("id").values_list(*_HAPPENED)]


def counted_boundedly(
    jurisdiction_id: str,
    since: datetime,
    until: datetime,
    *,
    services: Collection[str],
    layer: str,
    reports_a_person: int,
) -> dict[tuple[str, str], int]:
    """
    Return how many requests of services a span of time had, by service and area code of a layer.

    Of each person so many count at most, chosen at random but the same at each look. Who left no contact counts alone.
    """
    asked: dict[str, Any] = {
        "city": jurisdiction_id,
        "since": since,
        "until": until,
        "services": list(services),
        "layer": layer,
        "most": reports_a_person,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BOUNDED, asked)
        return {(service_code, area): n for service_code, area, n in cursor.fetchall()}
