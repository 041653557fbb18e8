"""Positions and lengths on the ground. WGS84 throughout; the order is always longitude, latitude."""

import math
from dataclasses import dataclass
from typing import NewType

Metres = NewType("Metres", float)

EARTH_RADIUS = Metres(6_371_008.8)  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class LonLat:
    """A point on the ground, degrees, WGS84. Raises ValueError where no such point exists."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lon) and math.isfinite(self.lat)):
            raise ValueError("a position needs two finite numbers")
        if not (-180 <= self.lon <= 180 and -90 <= self.lat <= 90):
            raise ValueError("a position lies between -180 and 180 east, -90 and 90 north")

    @classmethod
    def read(cls, lon: object, lat: object) -> "LonLat | None":
        """Return the point, or None where the pair says nothing: blank, unreadable, impossible or 0, 0."""
        try:
            point = cls(float(str(lon)), float(str(lat)))
        except ValueError:
            return None
        # Null Island is where broken exports put what they do not know; no city we serve lies there.
        return None if abs(point.lon) < 0.01 and abs(point.lat) < 0.01 else point


def distance(a: LonLat, b: LonLat) -> Metres:
    """Return the great-circle distance along the ground (haversine; error under 0.6 % of the length)."""
    phi_a, phi_b = math.radians(a.lat), math.radians(b.lat)
    half_phi = math.sin((phi_b - phi_a) / 2) ** 2
    half_lambda = math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    h = half_phi + math.cos(phi_a) * math.cos(phi_b) * half_lambda
    return Metres(2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(h))))


def box_around(centre: LonLat, radius: Metres) -> tuple[LonLat, LonLat]:
    """Return the south-west and north-east corners of a box that holds the circle, clipped to the globe."""
    d_lat = math.degrees(radius / EARTH_RADIUS)
    d_lon = d_lat / max(0.01, math.cos(math.radians(centre.lat)))
    return (
        LonLat(max(-180.0, centre.lon - d_lon), max(-90.0, centre.lat - d_lat)),
        LonLat(min(180.0, centre.lon + d_lon), min(90.0, centre.lat + d_lat)),
    )
