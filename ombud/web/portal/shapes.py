"""Maps drawn on the server: areas filled by a number, hexagons with counts. They print, embed and need no script."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from ombud.places import queries as places
from ombud.places.atlas import Atlas
from ombud.web.portal.labels import number

WIDTH = 720
# Finer than a screen shows it.
TOLERANCE = 0.6
CLASSES = 4


@dataclass(frozen=True, slots=True)
class Filled:
    """A shape of a map: its outline, which class of numbers it is in (0: none), and what it says."""

    path: str
    level: int
    words: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A map: its size, its shapes, and the classes in words, from the lowest."""

    width: int
    height: int
    shapes: tuple[Filled, ...]
    outline: str
    classes: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where degrees lie on the drawing; near enough to true over a city."""

    west: float
    north: float
    across: float
    down: float
    height: int

    def path(self, shape: BaseGeometry) -> str:
        """Return a shape as the commands of a path."""
        parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
        return "".join(
            "M" + "L".join(f"{self._x(lon)},{self._y(lat)}" for lon, lat, *_ in ring.coords) + "Z"
            for part in parts
            if isinstance(part, Polygon)
            for ring in (part.exterior, *part.interiors)
            if not ring.is_empty
        )

    def _x(self, lon: float) -> float:
        return round((lon - self.west) * self.across, 1)

    def _y(self, lat: float) -> float:
        return round((self.north - lat) * self.down, 1)


def frame_of(bounds: tuple[float, float, float, float]) -> Frame:
    """Return the frame that holds a box of west, south, east and north."""
    west, south, east, north = bounds
    across = WIDTH / max(east - west, 1e-6)
    down = across / math.cos(math.radians((south + north) / 2))
    return Frame(west, north, across, down, max(1, round((north - south) * down)))


def areas(jurisdiction_id: str, layer: str, numbers: Mapping[str, float | None], words: Mapping[str, str]) -> Drawn:
    """Return the areas of a layer, filled by their numbers; `words` has what each says."""
    frame, paths = _layer_paths(jurisdiction_id, layer, places.atlas(jurisdiction_id))
    known = [value for value in numbers.values() if value is not None]
    breaks = breaks_of(known)
    shapes = [Filled(path, level_of(numbers.get(code), breaks), words.get(code, "")) for code, path in paths.items()]
    return Drawn(WIDTH, frame.height, tuple(shapes), "", classes_of(breaks, known))


@lru_cache(maxsize=60)
def _layer_paths(jurisdiction_id: str, layer: str, atlas: Atlas) -> tuple[Frame, dict[str, str]]:
    found = atlas.layer(layer)
    boxes = [shape.bounds for _area, shape in found]
    frame = frame_of(_around(boxes))
    return frame, {area.code: frame.path(shape.simplify(TOLERANCE / frame.across)) for area, shape in found}


def cells(jurisdiction_id: str, counts: Mapping[str, float]) -> Drawn:
    """Return hexagons filled by their counts, within the outline of the city."""
    outline = [shape for _area, shape in places.atlas(jurisdiction_id).layer(places.OUTLINE)]
    hexagons = {cell: Polygon(places.cell_outline(cell)) for cell in counts}
    frame = frame_of(_around([shape.bounds for shape in outline or hexagons.values()]))
    breaks = breaks_of(list(counts.values()))
    shapes = [
        Filled(frame.path(shape), level_of(counts[cell], breaks), number(counts[cell]))
        for cell, shape in hexagons.items()
    ]
    lines = "".join(frame.path(shape.simplify(TOLERANCE / frame.across)) for shape in outline)
    return Drawn(WIDTH, frame.height, tuple(shapes), lines, classes_of(breaks, counts.values()))


def _around(boxes: Sequence[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    if not boxes:
        return (0.0, 0.0, 1.0, 1.0)
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def breaks_of(numbers: Sequence[float]) -> list[float]:
    """Return the lower ends of at most four classes with about as many areas each, rounded to be read."""
    ordered = sorted(numbers)
    if not ordered:
        return []
    # Where many have none, the classes are of those that have some.
    some = [one for one in ordered if one > 0] if ordered[0] == 0 else ordered
    kept = [ordered[0]]
    for part in range(1, CLASSES):
        one = _rounded(some[len(some) * part // CLASSES]) if some else 0
        if kept[-1] < one <= ordered[-1]:
            kept.append(one)
    return kept


def _rounded(value: float) -> float:
    if value == 0:
        return 0
    digits = 1 - math.floor(math.log10(abs(value)))
    return round(value, digits)


def level_of(value: float | None, breaks: Sequence[float]) -> int:
    """Return the class of a number, from 1; 0 where there is none."""
    return 0 if value is None else max(1, sum(value >= one for one in breaks))


def classes_of(breaks: Sequence[float], numbers: Iterable[float]) -> tuple[tuple[int, str], ...]:
    """Return each class with its numbers in words; where all are whole, no number stands in two of them."""
    one_less = 1 if all(float(one).is_integer() for one in (*breaks, *numbers)) else 0
    # With fewer classes the darkest fill still is the most.
    words = [
        number(low) if low == end - one_less else f"{number(low)} – {number(end - one_less)}"  # noqa: RUF001
        for low, end in pairwise(breaks)
    ]
    return tuple(enumerate([*words, *(f"{number(most)}+" for most in breaks[-1:])], 1))
