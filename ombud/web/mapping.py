"""Requests as the marks of a map: what `<city-map>` reads."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from ombud.catalog.queries import City
from ombud.kernel.geo import LonLat
from ombud.opendata.rules.privacy import PublicRequest
from ombud.web.resident.telling import day_of, is_late
from ombud.web.standing import standing_of


def marks(city: City, views: Iterable[PublicRequest], *, now: datetime) -> dict[str, Any]:
    """Return public requests as a GeoJSON FeatureCollection of points, with their words and meaning."""
    features = [_mark(city, view, view.point, now) for view in views if view.point]
    return {"type": "FeatureCollection", "features": features}


def _mark(city: City, view: PublicRequest, point: LonLat, now: datetime) -> dict[str, Any]:
    meaning, state = standing_of(view.status, view.outcome, late=is_late(view, now))
    service = city.services.get(view.service_code)
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [point.lon, point.lat]},
        "properties": {
            "id": view.number,
            "meaning": meaning,
            "title": city.text(service.name) if service else view.service_code,
            "words": ", ".join(part for part in (view.address, str(state), day_of(view.requested_at)) if part),
            "href": reverse("track", args=[view.number]),
        },
    }
