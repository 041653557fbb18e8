"""What triage compares reports by: those that lie near, open or ended lately, with their words, answers and photos."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from ombud.kernel.geo import LonLat, Metres, box_around
from ombud.service_requests.models import (
    Follower,
    RequestForm,
    RequestPhoto,
    RequestQuerySet,
    ServiceRequest,
)
from ombud.service_requests.rules.lifecycle import ENDED, Status

# Where more lie within reach than these, the youngest are looked at; nobody could tell them apart anyway.
AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Report:
    """A request with what it was told by; `reporter` is the id of its reporter's contact point."""

    row: ServiceRequest
    description: str
    answers: Sequence[Mapping[str, Any]]
    language: str
    photos: tuple[int, ...]
    reporter: int | None


@dataclass(frozen=True, slots=True)
class Where:
    """Where to look: around a point, or at an address where there is none; and at an asset, wherever it is."""

    services: Collection[str]
    point: LonLat | None
    within: Metres
    address: str = ""
    asset: str = ""


def near(
    jurisdiction_id: str, where: Where, *, ended_since: datetime, besides: int | None = None
) -> list[ServiceRequest]:
    """Return the open requests that lie there, and those closed since; and all that share an incident with them."""
    of_services = ServiceRequest.objects.in_city(jurisdiction_id).filter(service_code__in=list(where.services))
    found = _found(of_services, where, ended_since)
    if where.asset:
        known = {row.pk for row in found}
        there = of_services.filter(asset=where.asset)
        found += [row for row in _open(there) + _ended(there, ended_since) if row.pk not in known]
    incidents = {row.incident_id for row in found if row.incident_id is not None}
    if incidents:
        known = {row.pk for row in found}
        members = ServiceRequest.objects.in_city(jurisdiction_id).filter(incident_id__in=incidents)
        found += [row for row in members.select_related("place") if row.pk not in known]
    return [row for row in found if row.pk != besides]


def _found(rows: RequestQuerySet, where: Where, ended_since: datetime) -> list[ServiceRequest]:
    if where.point is not None:
        low, high = box_around(where.point, where.within)
        rows = rows.filter(lon__range=(low.lon, high.lon), lat__range=(low.lat, high.lat))
    elif where.address:
        rows = rows.filter(lon__isnull=True, address=where.address)
    else:
        return []
    return _open(rows) + _ended(rows, ended_since)


def _open(rows: RequestQuerySet) -> list[ServiceRequest]:
    still = rows.exclude(status__in=ENDED).select_related("place")
    return list(still.order_by("-requested_at", "-pk")[:AT_MOST])


def _ended(rows: RequestQuerySet, since: datetime) -> list[ServiceRequest]:
    gone = rows.filter(status=Status.CLOSED, closed_at__gte=since).select_related("place")
    return list(gone.order_by("-requested_at", "-pk")[:AT_MOST])


def told(jurisdiction_id: str, rows: Sequence[ServiceRequest]) -> dict[int, Report]:
    """Return requests with what they were told by, by their id, in three statements."""
    ids = [row.pk for row in rows]
    forms = {form.pk: form for form in RequestForm.objects.filter(jurisdiction_id=jurisdiction_id, request_id__in=ids)}
    photos: dict[int, list[int]] = {}
    kept = RequestPhoto.objects.in_city(jurisdiction_id).filter(
        request_id__in=ids, likeness__isnull=False, stage="before"
    )
    for request_id, likeness in kept.values_list("request_id", "likeness"):
        photos.setdefault(request_id, []).append(int(likeness or 0))
    reporters = dict(
        Follower.objects.in_city(jurisdiction_id)
        .filter(request_id__in=ids, is_reporter=True)
        .values_list("request_id", "contact_point_id")
    )
    return {
        row.pk: Report(
            row,
            forms[row.pk].description if row.pk in forms else "",
            forms[row.pk].answers if row.pk in forms else (),
            forms[row.pk].language if row.pk in forms else "",
            tuple(photos.get(row.pk, ())),
            reporters.get(row.pk),
        )
        for row in rows
    }


def come_back(row: ServiceRequest) -> list[ServiceRequest]:
    """Return what is known to be this request come back, the first one first."""
    rows = ServiceRequest.objects.in_city(row.jurisdiction_id).filter(again_of=row.pk)
    return list(rows.order_by("requested_at", "pk"))


def history(row: ServiceRequest, *, within: Metres, limit: int = 20) -> list[ServiceRequest]:
    """Return what of the same service was closed at this place before, the latest first."""
    if row.lon is None or row.lat is None:
        return []
    low, high = box_around(LonLat(row.lon, row.lat), within)
    rows = ServiceRequest.objects.in_city(row.jurisdiction_id).filter(
        Q(service_code=row.service_code, status=Status.CLOSED, requested_at__lt=row.requested_at),
        lon__range=(low.lon, high.lon),
        lat__range=(low.lat, high.lat),
    )
    return list(rows.exclude(pk=row.pk).order_by("-requested_at", "-pk")[:limit])
