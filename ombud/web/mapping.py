"""Requests as the marks of a map: what `<city-map>` reads."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils import formats, timezone

from ombud.catalog.city import City
from ombud.kernel.geo import LonLat
from ombud.opendata.rules.privacy import PublicRequest
from ombud.web.resident.telling import is_late
from ombud.web.standing import standing_of

ANY = "NUMBER"


def day_of(day: date) -> str:
    """Return a day in the reader's calendar."""
    return formats.date_format(day, "DATE_FORMAT")


def marks(city: City, views: Iterable[PublicRequest], *, now: datetime) -> dict[str, Any]:
    """Return public requests as a GeoJSON FeatureCollection of points, with their words and meaning."""
    # Thousands of marks share a few days and one beginning of their addresses.
    day, track = cache(day_of), reverse("track", args=[ANY]).partition(ANY)
    features = [
        _mark(city, view, view.point, now, day(timezone.localdate(view.requested_at)), view.number.join(track[::2]))
        for view in views
        if view.point and view.requested_at
    ]
    return {"type": "FeatureCollection", "features": features}


def _mark(city: City, view: PublicRequest, point: LonLat, now: datetime, day: str, href: str) -> dict[str, Any]:
    meaning, state = standing_of(view.status, view.outcome, late=is_late(view, now))
    service = city.services.get(view.service_code)
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [point.lon, point.lat]},
        "properties": {
            "id": view.number,
            "meaning": meaning,
            "title": city.text(service.name) if service else view.service_code,
            "words": ", ".join(part for part in (view.address, str(state), day) if part),
            "href": href,
        },
    }
