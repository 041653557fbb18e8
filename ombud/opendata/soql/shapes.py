"""Well-known text: points and polygons, longitude first."""

import math
import re
from dataclasses import dataclass
from itertools import pairwise

VERTICES_AT_MOST = 10_000
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_HEAD = re.compile(r"\s*(POINT|POLYGON|MULTIPOLYGON)\s*(?=\()", re.IGNORECASE)
_PIECE = re.compile(rf"\s*(?:(?P<pair>({_NUMBER})\s+({_NUMBER}))|(?P<sign>[(),]))")

Ring = tuple[tuple[float, float], ...]


class Unreadable(ValueError):
    """The text is no shape that we read."""


class TooManyVertices(ValueError):
    """The shape has more corners than we take."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place: degrees, WGS84."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Polygons:
    """Polygons, each an outer ring and holes; every ring is closed."""

    parts: tuple[tuple[Ring, ...], ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all outer rings."""
        points = [point for part in self.parts for point in part[0]]
        lons, lats = [p[0] for p in points], [p[1] for p in points]
        return min(lons), min(lats), max(lons), max(lats)

    @property
    def edges(self) -> list[tuple[float, float, float, float]]:
        """Each edge of each ring: lon and lat of its two ends."""
        return [(*a, *b) for part in self.parts for ring in part for a, b in pairwise(ring) if a != b]

    @property
    def wkt(self) -> str:
        """The same as text."""
        parts = (
            "(" + ", ".join("(" + ", ".join(f"{x!r} {y!r}" for x, y in ring) + ")" for ring in part) + ")"
            for part in self.parts
        )
        return f"MULTIPOLYGON ({', '.join(parts)})"


Shape = Point | Polygons


def read(text: str) -> Shape:
    """
    Return the shape that a text tells. Raises Unreadable and TooManyVertices.

    Old pages show a MULTIPOLYGON with one bracket too few; that is read as one polygon.
    """
    head = _HEAD.match(text)
    if head is None:
        raise Unreadable
    tree = _brackets(text, head.end())
    levels = _height(tree)
    match head[1].upper(), levels:
        case "POINT", 1 if len(tree) == 1:
            lon, lat = tree[0]
            return Point(lon, lat)
        case (("POLYGON" | "MULTIPOLYGON"), 2):
            return Polygons((_polygon(tree),))
        case "MULTIPOLYGON", 3:
            return Polygons(tuple(_polygon(part) for part in tree))
    raise Unreadable


def _brackets(text: str, at: int) -> list:  # type: ignore[type-arg]
    """Return nested lists of pairs, from the first bracket to the end of the text."""
    root: list = []  # type: ignore[type-arg]
    open_lists = [root]
    count, wants_comma = 0, False
    while at < len(text.rstrip()):
        piece = _PIECE.match(text, at)
        if piece is None:
            raise Unreadable
        at = piece.end()
        sign = piece["sign"]
        if (
            (sign in (",", ")")) != wants_comma
            or (len(open_lists) == 1 and sign != "(")
            or (root and len(open_lists) == 1)
        ):
            raise Unreadable
        if sign == "(":
            inner: list = []  # type: ignore[type-arg]
            open_lists[-1].append(inner)
            open_lists.append(inner)
            if len(open_lists) > 4:
                raise Unreadable
        elif sign == ")":
            open_lists.pop()
        elif sign is None:
            count += 1
            if count > VERTICES_AT_MOST:
                raise TooManyVertices
            open_lists[-1].append(_pair(piece[2], piece[3]))
        wants_comma = sign in (")", None)
    if len(open_lists) != 1 or not root:
        raise Unreadable
    first: list = root[0]  # type: ignore[type-arg]
    return first


def _pair(lon: str, lat: str) -> tuple[float, float]:
    pair = float(lon), float(lat)
    if not all(math.isfinite(one) and abs(one) <= 360 for one in pair):
        raise Unreadable
    return pair


def _height(tree: object) -> int:
    """Return how many brackets stand around each pair; they have to be as many everywhere."""
    if isinstance(tree, tuple):
        return 0
    heights = {_height(inner) for inner in tree}  # type: ignore[attr-defined]
    if len(heights) != 1:
        raise Unreadable
    return heights.pop() + 1


def _polygon(rings: list[list[tuple[float, float]]]) -> tuple[Ring, ...]:
    return tuple(_ring(points) for points in rings)


def _ring(points: list[tuple[float, float]]) -> Ring:
    closed = points if points[0] == points[-1] else [*points, points[0]]
    if len(closed) < 4:
        raise Unreadable
    return tuple(closed)
