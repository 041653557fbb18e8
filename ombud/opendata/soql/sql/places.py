"""Places on the earth: in a box, a circle, a polygon; how far apart. Longitude and latitude in degrees, WGS84."""

import math

from sqlglot import exp

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.shapes import Point, Polygons, Shape
from ombud.opendata.soql.sql.build import Sql, both, call, either, paren
from ombud.opendata.soql.sql.compiled import Unsupported
from ombud.opendata.soql.sql.writer import Writer
from ombud.opendata.soql.tree import Apply, Const, Node

EARTH_RADIUS = 6_371_008.8  # metres, the mean
_DEGREE = math.pi / 180


class Places(Writer):
    """Writes what is asked of places."""

    def degrees(self, value: float) -> Sql:
        """Return a bound number."""
        return self.bind(float(value), self.double)

    def _within_box(self, node: Apply) -> Sql:
        north, west, south, east = (_written(arg) for arg in node.args[1:])
        return self._in_box(self.point(node.args[0]), west, south, east, north)

    def _in_box(self, point: tuple[Sql, Sql], west: float, south: float, east: float, north: float) -> Sql:
        lon, lat = point
        in_lat = paren(exp.Between(this=lat, low=self.degrees(south), high=self.degrees(north)))
        if west <= east:
            return both(in_lat, paren(exp.Between(this=lon, low=self.degrees(west), high=self.degrees(east))))
        beyond = either(
            paren(exp.GTE(this=lon, expression=self.degrees(west))),
            paren(exp.LTE(this=lon.copy(), expression=self.degrees(east))),
        )
        return both(in_lat, beyond)

    def _within_circle(self, node: Apply) -> Sql:
        lat, lon, metres = (_written(arg) for arg in node.args[1:])
        share = self._haversine(self.point(node.args[0]), (self.degrees(lon), self.degrees(lat)))
        near = paren(exp.LTE(this=share, expression=self.degrees(_haversine_of(metres))))
        # A box around it first: rows far away are never read.
        reach = metres / EARTH_RADIUS / _DEGREE * 1.001 + 1e-9
        if abs(lat) + reach >= 89 or reach >= 45:
            return near
        wide = math.asin(min(1.0, math.sin(reach * _DEGREE) / math.cos(lat * _DEGREE))) / _DEGREE * 1.001 + 1e-9
        if lon - wide < -180 or lon + wide > 180:
            return near
        box = self._in_box(self.point(node.args[0]), lon - wide, lat - reach, lon + wide, lat + reach)
        return both(box, near)

    def _distance_in_meters(self, node: Apply) -> Sql:
        return self._distance(self.point(node.args[0]), self.point(node.args[1]))

    def _distance(self, one: tuple[Sql, Sql], other: tuple[Sql, Sql]) -> Sql:
        """Return metres along the ground, by the haversine formula."""
        angle = call("asin", call("sqrt", call("least", self.degrees(1), self._haversine(one, other))))
        return paren(exp.Mul(this=self.degrees(2 * EARTH_RADIUS), expression=angle))

    def _haversine(self, one: tuple[Sql, Sql], other: tuple[Sql, Sql]) -> Sql:
        """Return the haversine of the angle between two places: 0 where they are one, 1 across the earth."""
        (lon, lat), (lon_2, lat_2) = one, other
        across, along = (self._half_sine_squared(a, b) for a, b in ((lon, lon_2), (lat, lat_2)))
        flat = paren(exp.Mul(this=self._cosine(lat.copy()), expression=self._cosine(lat_2.copy())))
        return paren(exp.Add(this=along, expression=paren(exp.Mul(this=flat, expression=across))))

    def _cosine(self, degrees: Sql) -> Sql:
        return call("cos", paren(exp.Mul(this=degrees, expression=self.degrees(_DEGREE))))

    def _half_sine_squared(self, one: Sql, other: Sql) -> Sql:
        between = paren(exp.Sub(this=one, expression=other))
        sine = call("sin", paren(exp.Mul(this=between, expression=self.degrees(_DEGREE / 2))))
        return paren(exp.Mul(this=sine, expression=sine.copy()))

    def _within_polygon(self, node: Apply) -> Sql:
        return self._touches(node)

    def _intersects(self, node: Apply) -> Sql:
        return self._touches(node)

    def _touches(self, node: Apply) -> Sql:
        what, asked = node.args
        shape = asked.value if isinstance(asked, Const) else None
        if what.kind is Kind.MULTIPOLYGON and isinstance(shape, Point | Polygons):
            return self.other_shape_touches(self.write(what), shape)
        lon, lat = self.point(what)
        if isinstance(shape, Point):
            return both(
                paren(exp.EQ(this=lon, expression=self.degrees(shape.lon))),
                paren(exp.EQ(this=lat, expression=self.degrees(shape.lat))),
            )
        if not isinstance(shape, Polygons):
            raise Unsupported(node.op)
        return both(self._in_box((lon, lat), *shape.box), self.point_touches((lon.copy(), lat.copy()), shape))

    def point_touches(self, point: tuple[Sql, Sql], shape: Polygons) -> Sql:
        """Return whether a point lies in polygons or on their edge."""
        raise Unsupported("within_polygon")

    def other_shape_touches(self, wkb: Sql, shape: Shape) -> Sql:
        """Return whether a shape of the data touches one that was asked for."""
        raise Unsupported("intersects")

    def _part_of_point(self, node: Apply) -> Sql:
        return self.point(node.args[0])[1 if node.op == "part latitude" else 0]


def _haversine_of(metres: float) -> float:
    """Return the haversine of a distance, and 2, which none has, for one that reaches everywhere."""
    half = metres / (2 * EARTH_RADIUS)
    return math.sin(half) ** 2 if half < math.pi / 2 else 2.0


def _written(node: Node) -> float:
    """Return a number that was written out; the allow-list has seen to it that it was."""
    if isinstance(node, Const) and isinstance(node.value, int | float):
        return float(node.value)
    raise Unsupported("a number out of the data")
