"""Whether places touch a shape, many at a time; what lies on the edge does."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import shapely

from ombud.opendata.soql.shapes import Point, Shape

Test = Callable[..., pa.Array]


def touches(shape: Shape) -> tuple[Test, Test]:
    """Return two functions over Arrow columns: one of longitudes and latitudes, one of shapes as WKB."""
    if isinstance(shape, Point):
        asked = shapely.Point(shape.lon, shape.lat)
    else:
        parts = [shapely.Polygon(outer, holes) for outer, *holes in shape.parts]
        # One that crosses itself is taken for the area that it goes around.
        asked = shapely.make_valid(shapely.MultiPolygon(parts))
    shapely.prepare(asked)

    def points(lon: pa.ChunkedArray, lat: pa.ChunkedArray) -> pa.Array:
        x, y = (np.asarray(part.to_numpy(), dtype=float) for part in (lon, lat))
        missing = np.isnan(x) | np.isnan(y)
        return pa.array(shapely.intersects_xy(asked, x, y), mask=missing)

    def wkb(shapes: pa.ChunkedArray) -> pa.Array:
        read = shapely.from_wkb(np.array(shapes.to_pylist(), dtype=object), on_invalid="ignore")
        return pa.array(shapely.intersects(asked, read), mask=shapely.is_missing(read))

    return points, wkb
