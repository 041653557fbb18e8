"""Boundaries in memory: in which areas points lie."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ombud.kernel.geo import LonLat


@dataclass(frozen=True, slots=True)
class Area:
    """An area a point lies in."""

    layer: str
    vintage: str
    code: str
    name: str

    @property
    def tag(self) -> str:
        """How the record names the area for look-ups: `council_district:13`."""
        return f"{self.layer}:{self.code}"

    def as_kept(self) -> dict[str, str]:
        """Return the area as the place of a request keeps it."""
        return {"layer": self.layer, "vintage": self.vintage, "code": self.code, "name": self.name}


class Atlas:
    """
    Some layers of one city: a tree over all their areas, a few microseconds a look-up, fewer for many at once.

    The tree gives boxes, and prepared shapes decide the rest: New York's outline alone has 19,000 corners.
    """

    def __init__(self, areas: Sequence[Area], shapes: Sequence[BaseGeometry]) -> None:
        order = sorted(range(len(areas)), key=lambda i: (areas[i].layer, areas[i].vintage, areas[i].code))
        self.areas = [areas[i] for i in order]
        self.shapes = [shapes[i] for i in order]
        self._prepared = np.array(self.shapes, dtype=object)
        shapely.prepare(self._prepared)
        self._tree = shapely.STRtree(self._prepared)
        layers = {layer: place for place, layer in enumerate(dict.fromkeys((a.layer, a.vintage) for a in self.areas))}
        self._layer_of = np.array([layers[area.layer, area.vintage] for area in self.areas], dtype=np.intp)
        self.layers = frozenset(layers)
        # Thousands of points lie in the same few areas: each combination is one tuple, handed out again.
        self._combinations: dict[bytes, tuple[Area, ...]] = {}

    def areas_at(self, point: LonLat) -> tuple[Area, ...]:
        """Return the areas that hold the point, one a layer and vintage; on a border the first by code."""
        return self.areas_of([point])[0]

    def areas_of(self, many: Sequence[LonLat]) -> list[tuple[Area, ...]]:
        """Return the same for many points at once, sorted by layer."""
        if not many or not self.areas:
            return [() for _ in many]
        where = shapely.points([(p.lon, p.lat) for p in many])
        point, area = self._tree.query(where)
        inside = shapely.intersects(self._prepared[area], where[point])
        point, area = point[inside], area[inside]
        nowhere = len(self.areas)
        found = np.full((len(many), len(self.layers)), nowhere, dtype=np.intp)
        np.minimum.at(found, (point, self._layer_of[area]), area)
        return [self._combined(row) for row in found]

    def _combined(self, row: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> tuple[Area, ...]:
        key = row.tobytes()
        areas = self._combinations.get(key)
        if areas is None:
            areas = tuple(self.areas[index] for index in row.tolist() if index < len(self.areas))
            self._combinations[key] = areas
        return areas

    def layer(self, code: str) -> list[tuple[Area, BaseGeometry]]:
        """Return the areas of one layer with their shapes."""
        return [(a, s) for a, s in zip(self.areas, self.shapes, strict=True) if a.layer == code]
