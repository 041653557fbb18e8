"""
Vector tiles of a version: its rows as points where one looks closely, counts by H3 cell from afar, shapes as shapes.

Nothing is left out in silence: where too many rows for one tile lie in it, it has each place once, with how many.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from math import atan, degrees, pi, sinh
from typing import TYPE_CHECKING, Any

from ombud.kernel.errors import N_, NotFound
from ombud.opendata.export import scan
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.values import flat, place_of

if TYPE_CHECKING:
    import numpy as np
    from shapely import STRtree

NO_TILE = N_("There is no such tile.")
NO_PLACE = N_("This data set has no places.")
# From here on rows are points of their own.
POINTS_FROM = 15
DEEPEST = 22
POINTS_AT_MOST = 5_000
EXTENT = 4096
# What lies so little beside a tile is drawn in it too, so that outlines have no seams.
_MARGIN = 64 / EXTENT
_HALF = 20037508.342789244
_CELLS = {8: 5, 10: 6, 12: 7, POINTS_FROM: 8}
_COARSEST = 4
# The column of requests that names the cell, of resolution 8; an archive of another portal has none of this name.
_CELL = "cell"
_FAR = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of the web's grid. `x` counts from the west, `y` from the north."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.z <= DEEPEST and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z):
            raise NotFound(NO_TILE)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in degrees."""
        n = 2**self.z
        return self.x / n * 360 - 180, _latitude(self.y + 1, n), (self.x + 1) / n * 360 - 180, _latitude(self.y, n)

    @property
    def metres(self) -> tuple[float, float, float, float]:
        """West, south, east and north in the metres of the web's map."""
        size = 2 * _HALF / 2**self.z
        west, north = -_HALF + self.x * size, _HALF - self.y * size
        return west, north - size, west + size, north


def _latitude(y: float, n: int) -> float:
    return degrees(atan(sinh(pi * (1 - 2 * y / n))))


def resolution(z: int) -> int:
    """Return how fine the cells are that are counted at a zoom."""
    return next((finer for deeper, finer in _CELLS.items() if _FAR < z < deeper), _COARSEST)


def tile(snapshot: Snapshot, at: Tile) -> bytes:
    """Return a tile. Raises NotFound for a data set without places."""
    place = place_of(snapshot.columns)
    if place is None:
        raise NotFound(NO_PLACE)
    if place.kind is Kind.MULTIPOLYGON:
        return _encoded("shapes", _shapes_in(snapshot, at), at)
    if at.z < POINTS_FROM:
        return _encoded("cells", _cells_in(snapshot, at), at)
    rows = _rows_in(snapshot, place, at)
    if len(rows) <= POINTS_AT_MOST:
        return _encoded("rows", [_point(place, row, flat(_told(snapshot), row)) for row in rows], at)
    counted = Counter(tuple(row[part] for part in place.parts or ()) for row in rows)
    return _encoded("places", [_dot(lon, lat, {"count": n}) for (lon, lat), n in sorted(counted.items())], at)


def _told(snapshot: Snapshot) -> list[Column]:
    parts = (place_of(snapshot.columns) or snapshot.columns[0]).parts or ()
    return [column for column in snapshot.columns if column.name not in parts]


def _rows_in(snapshot: Snapshot, place: Column, at: Tile) -> list[dict[str, Any]]:
    west, south, east, north = at.bounds
    lon, lat = (scan.name(part) for part in place.parts or ())
    stored = [column.stored for column in snapshot.columns if column.kind is not Kind.POINT]
    chosen = ", ".join(map(scan.name, stored))
    # Each row is in one tile only: what lies on an edge is to its east and south.
    within = f"{lon} >= ? AND {lon} < ? AND {lat} > ? AND {lat} <= ?"
    with scan.opened(snapshot) as connection:
        found = scan.fetched(
            connection,
            f"SELECT {chosen} FROM {scan.ROWS} WHERE {within} ORDER BY _id",  # noqa: S608
            [west, east, south, north],
        )
    return [dict(zip(stored, row, strict=True)) for row in found]


def _point(place: Column, row: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    lon, lat = (row[part] for part in place.parts or ())
    return _dot(lon, lat, {name: value for name, value in told.items() if value is not None})


def _dot(lon: float, lat: float, told: dict[str, Any]) -> dict[str, Any]:
    import shapely

    return {"geometry": shapely.Point(*_to_metres([[lon, lat]])[0]), "properties": told}


# -- Cells and shapes, read once for a version -------------------------------------------------------------------


@lru_cache(maxsize=12)
def _counted(snapshot: Snapshot, finer: int) -> "tuple[STRtree, list[str], list[int]]":
    """Return the outlines of all cells with rows in the metres of the map, their names and how many rows each has."""
    import h3
    import shapely

    tally: Counter[str] = Counter()
    for cell, n in _cells(snapshot, finer):
        tally[h3.cell_to_parent(cell, finer)] += n
    names = sorted(tally)
    outlines = [shapely.Polygon(_to_metres([(x, y) for y, x in h3.cell_to_boundary(name)])) for name in names]
    return shapely.STRtree(outlines), names, [tally[name] for name in names]


def _cells(snapshot: Snapshot, finer: int) -> list[tuple[str, int]]:
    """Return cells with how many rows each has: those that the rows name, else those that their places lie in."""
    import h3

    place = place_of(snapshot.columns)
    lon, lat = (scan.name(part) for part in (place.parts if place else None) or ())
    rows = f"FROM {scan.ROWS} WHERE {lon} + {lat} IS NOT NULL"
    with scan.opened(snapshot) as connection:
        if any(column.name == _CELL for column in snapshot.columns):
            return scan.fetched(connection, f"SELECT {_CELL}, count(*) {rows} AND {_CELL} IS NOT NULL GROUP BY 1")
        found = scan.fetched(connection, f"SELECT {lon}, {lat}, count(*) {rows} GROUP BY 1, 2")
    return [(h3.latlng_to_cell(y, x, finer), n) for x, y, n in found]


def _cells_in(snapshot: Snapshot, at: Tile) -> list[dict[str, Any]]:
    tree, names, counts = _counted(snapshot, resolution(at.z))
    return [{"geometry": shape, "properties": {"cell": names[i], "count": counts[i]}} for i, shape in _cut(tree, at)]


@lru_cache(maxsize=12)
def _shapes(snapshot: Snapshot) -> "tuple[STRtree, list[dict[str, Any]]]":
    import shapely

    place = place_of(snapshot.columns)
    stored = [column.stored for column in snapshot.columns if column.kind is not Kind.POINT]
    with scan.opened(snapshot) as connection:
        chosen = ", ".join(map(scan.name, stored))
        found = scan.fetched(connection, f"SELECT {chosen} FROM {scan.ROWS}")  # noqa: S608
    rows = [row for row in (dict(zip(stored, one, strict=True)) for one in found) if place and row[place.stored]]
    shapes = shapely.from_wkb([row[place.stored] for row in rows] if place else [])
    return shapely.STRtree(shapely.transform(shapes, _to_metres)), [flat(snapshot.columns, row) for row in rows]


def _shapes_in(snapshot: Snapshot, at: Tile) -> list[dict[str, Any]]:
    tree, told = _shapes(snapshot)
    return [
        {"geometry": shape, "properties": {name: value for name, value in told[i].items() if value is not None}}
        for i, shape in _cut(tree, at)
    ]


def _cut(tree: "STRtree", at: Tile) -> list[tuple[int, Any]]:
    """Return what of some shapes lies in a tile, a little beyond its edges, with where it stands among them."""
    import shapely

    west, south, east, north = at.metres
    margin = (east - west) * _MARGIN
    around = shapely.box(west - margin, south - margin, east + margin, north + margin)
    found = sorted(int(i) for i in tree.query(around, predicate="intersects"))
    cut = [(i, shapely.intersection(tree.geometries[i], around)) for i in found]
    return [(i, shape) for i, shape in cut if not shape.is_empty and shape.area]


def _to_metres(points: Any) -> "np.ndarray[Any, Any]":
    """Return degrees, longitude first, as metres of the web's map."""
    import numpy as np

    lon, lat = np.asarray(points, dtype=float).T
    lat = np.clip(lat, -85.05112878, 85.05112878)
    return np.column_stack([lon / 180 * _HALF, np.arctanh(np.sin(np.radians(lat))) / pi * _HALF])


def _encoded(layer: str, features: list[dict[str, Any]], at: Tile) -> bytes:
    import mapbox_vector_tile
    import numpy as np
    import shapely
    from mapbox_vector_tile.encoder import on_invalid_geometry_make_valid

    if not features:
        return b""
    west, south, east, _ = at.metres
    steps = EXTENT / (east - west)
    # By ourselves and not by the library, which goes through every point in Python.
    on_grid = shapely.transform([one["geometry"] for one in features], lambda xy: np.rint((xy - (west, south)) * steps))
    drawn = [{**one, "geometry": shape} for one, shape in zip(features, on_grid, strict=True)]
    options = {"extents": EXTENT, "on_invalid_geometry": on_invalid_geometry_make_valid}
    encoded: bytes = mapbox_vector_tile.encode([{"name": layer, "features": drawn}], default_options=options)
    return encoded
