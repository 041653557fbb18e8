"""What people told in their own words, for whoever learns from it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ombud.service_requests.models import ServiceRequest


@dataclass(frozen=True, slots=True)
class Told:
    """A request with its text and the service that it has now, as staff left it."""

    request_id: int
    client_id: UUID
    at: datetime
    service_code: str
    channel: str
    language: str
    text: str
    lon: float | None
    lat: float | None


def told(jurisdiction_id: str, *, since: datetime | None = None, only_with_text: bool = True) -> Iterator[Told]:
    """Yield the requests of a city in the order in which they were asked; texts that were erased are empty."""
    rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(form__isnull=False)
    if since:
        rows = rows.filter(requested_at__gte=since)
    if only_with_text:
        rows = rows.exclude(form__description="")
    fields = ("pk", "client_id", "requested_at", "service_code", "channel", "form__language", "form__description")
    for row in rows.order_by("requested_at", "pk").values_list(*fields, "lon", "lat").iterator(chunk_size=5000):
        yield Told(*row)


def services_now(jurisdiction_id: str, request_ids: Collection[int]) -> Mapping[int, str]:
    """Return the service that each request has now."""
    rows = ServiceRequest.objects.in_city(jurisdiction_id).filter(pk__in=request_ids)
    return dict(rows.values_list("pk", "service_code"))
