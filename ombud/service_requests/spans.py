"""Requests as machines ask for them that keep a copy: by number, by span of time, by place, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import F, FloatField, OuterRef, Q, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import ASin, Coalesce, Cos, Power, Radians, Sin, Sqrt

from ombud.kernel import clock
from ombud.kernel.geo import EARTH_RADIUS, LonLat, Metres, box_around
from ombud.service_requests.models import RequestEvent, RequestPhoto, RequestQuerySet, ServiceRequest, past
from ombud.service_requests.rules.delays import Delay
from ombud.service_requests.rules.lifecycle import ENDED, Kind

EXACT = "public"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes these are: what everybody may see, and what one's own program has sent."""

    visibilities: tuple[str, ...]
    api_key_id: int | None = None
    reads_texts: bool = False
    # What is listed only some time after it was made; by its number it is there at once.
    delays: tuple[Delay, ...] = ()

    def owns(self, row: ServiceRequest) -> bool:
        """Whether the reader's program has sent this request."""
        return self.api_key_id is not None and row.form.api_key_id == self.api_key_id


@dataclass(frozen=True, slots=True)
class Span:
    """Which requests: those asked or changed in a span, both ends counted. With `numbers` nothing else counts."""

    numbers: tuple[str, ...] | None = None
    services: tuple[str, ...] = ()
    is_open: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    updated_until: datetime | None = None
    centre: LonLat | None = None
    radius: Metres | None = None
    words: str = ""
    services_called_so: tuple[str, ...] = ()
    skip: int = 0
    size: int = 1_000


def page(jurisdiction_id: str, span: Span, reader: Reader) -> list[ServiceRequest]:
    """Return requests with their place and form, newest first; those of the same instant by their id."""
    if span.numbers is not None:
        rows = visible(jurisdiction_id, replace(reader, delays=())).filter(number__in=span.numbers)
    else:
        rows = _matching(visible(jurisdiction_id, reader), span, reader)
    ordered = rows.select_related("place", "form").order_by("-requested_at", "-pk")
    return list(ordered[span.skip : span.skip + span.size])


def visible(jurisdiction_id: str, reader: Reader) -> RequestQuerySet:
    """Return what the reader may know of at all."""
    return ServiceRequest.objects.in_city(jurisdiction_id).filter(_seen(reader))


def _seen(reader: Reader, *, of: str = "") -> Q:
    """Return the condition that a reader may know of a request; `of` leads to it (`request__`)."""
    seen = Q(**{f"{of}visibility__in": reader.visibilities}) & past(reader.delays, now=clock.now(), of=of)
    return seen | Q(**{f"{of}form__api_key_id": reader.api_key_id}) if reader.api_key_id is not None else seen


def _matching(rows: RequestQuerySet, span: Span, reader: Reader) -> RequestQuerySet:
    if span.services:
        rows = rows.filter(service_code__in=span.services)
    if span.is_open is not None:
        rows = rows.still_open() if span.is_open else rows.filter(status__in=ENDED)
    bounds = {
        "requested_at__gte": span.since,
        "requested_at__lte": span.until,
        # Of a closed request its closing counts; it is never later than the last change, for which there is an index.
        "updated_at__gte": span.updated_since,
        "told_at__gte": span.updated_since,
        "told_at__lte": span.updated_until,
    }
    rows = rows.annotate(told_at=Coalesce("closed_at", "updated_at"))
    rows = rows.filter(**{name: at for name, at in bounds.items() if at is not None})
    # Whoever may know a place only coarsely must not find it by asking for circles, nor by its address.
    known_exactly = Q(visibility=EXACT) | (Q(form__api_key_id=reader.api_key_id) if reader.api_key_id else Q())
    if span.centre is not None and span.radius is not None:
        rows = _within(rows.filter(known_exactly), span.centre, span.radius)
    if span.words:
        hit = Q(service_code__in=span.services_called_so) | (Q(address__icontains=span.words) & known_exactly)
        if reader.reads_texts:
            hit |= Q(form__description__icontains=span.words)
        elif reader.api_key_id:
            hit |= Q(form__description__icontains=span.words, form__api_key_id=reader.api_key_id)
        rows = rows.filter(hit)
    return rows


def _within(rows: RequestQuerySet, centre: LonLat, radius: Metres) -> RequestQuerySet:
    low, high = box_around(centre, radius)
    away = rows.filter(lon__range=(low.lon, high.lon), lat__range=(low.lat, high.lat)).annotate(away=_away(centre))
    return away.filter(away__lte=radius)


def _away(centre: LonLat) -> Combinable:
    """The haversine of `kernel.geo.distance`, in SQL: metres along the ground."""
    lat, lon = Value(centre.lat, FloatField()), Value(centre.lon, FloatField())
    half = Value(0.5, FloatField())
    h = Power(Sin(Radians(F("lat") - lat) * half), 2) + Cos(Radians(lat)) * Cos(Radians(F("lat"))) * Power(
        Sin(Radians(F("lon") - lon) * half), 2
    )
    return Value(2 * float(EARTH_RADIUS), FloatField()) * ASin(Sqrt(h))


def photos_of(rows: Sequence[ServiceRequest]) -> dict[int, list[RequestPhoto]]:
    """Return the photos of several requests by the request's id, in the order in which they came."""
    found: dict[int, list[RequestPhoto]] = {}
    if rows:
        of = RequestPhoto.objects.in_city(rows[0].jurisdiction_id).filter(request__in=[row.pk for row in rows])
        for photo in of.order_by("at", "pk"):
            found.setdefault(photo.request_id, []).append(photo)
    return found


def happened(rows: Sequence[ServiceRequest]) -> dict[int, list[RequestEvent]]:
    """Return what everybody may know of what happened to several requests, oldest first, by the request's id."""
    found: dict[int, list[RequestEvent]] = {}
    if rows:
        of = RequestEvent.objects.in_city(rows[0].jurisdiction_id).filter(
            request__in=[row.pk for row in rows], audience="public"
        )
        for event in of.order_by("seq"):
            found.setdefault(event.request_id, []).append(event)
    return found


def events(
    jurisdiction_id: str, reader: Reader, *, kinds: Sequence[Kind], since: datetime, until: datetime, limit: int
) -> list[RequestEvent]:
    """
    Return what happened in a span to requests that the reader may know of, oldest first, with their requests.

    Each comes with `status_then`, the status that its request had after it.
    """
    moves = (
        RequestEvent.objects.filter(
            jurisdiction_id=jurisdiction_id,
            request_id=OuterRef("request_id"),
            seq__lte=OuterRef("seq"),
            changes__has_key="status",
        )
        .order_by("-seq")
        .values("changes__status")
    )
    return list(
        RequestEvent.objects.in_city(jurisdiction_id)
        .filter(_seen(reader, of="request__"), at__range=(since, until), kind__in=[str(kind) for kind in kinds])
        .select_related("request", "request__form", "text")
        .annotate(status_then=Subquery(moves[:1]))
        .order_by("at", "pk")[:limit]
    )
