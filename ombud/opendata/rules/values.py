"""
How values are written for others: as plain text and as JSON, the same by whichever door they leave.

`ombud.opendata.export.lines` writes the same with DuckDB, many rows at once; a test holds the two together.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from ombud.opendata.rules.columns import Column, Kind

# Below this Python and DuckDB write an exponent.
_TINY_BELOW = 1e-4
_PLACES = 20


def number_text(value: float) -> str | None:
    """Return a number as a plain decimal without an exponent, whole ones without a fraction; None where none is."""
    if not isfinite(value):
        return None
    if value == int(value):
        return f"{int(value)}"
    return f"{value:.{_PLACES}f}".rstrip("0").rstrip(".") if abs(value) < _TINY_BELOW else repr(float(value))


def time_text(value: datetime) -> str:
    """Return a time with milliseconds: one of the city without a zone, an instant in UTC with a Z."""
    if value.tzinfo is None:
        return value.isoformat(timespec="milliseconds")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def plain(kind: Kind, value: Any) -> Any:
    """Return a value as JSON has it: a number, true or false, a text, or None. Shapes are not for this."""
    if value is None:
        return None
    if kind is Kind.NUMBER:
        return None if not isfinite(value) else int(value) if value == int(value) else float(value)
    if kind in (Kind.CALENDAR_DATE, Kind.FIXED_TIMESTAMP):
        return time_text(value)
    return value


def geometry(column: Column, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the GeoJSON geometry of a row, longitude first. The row has the stored names."""
    if column.parts:
        lon, lat = (row[part] for part in column.parts)
        return None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}
    if row[column.stored] is None:
        return None
    from shapely import from_wkb
    from shapely.geometry import mapping

    shape: dict[str, Any] = mapping(from_wkb(row[column.stored]))
    return shape


def place_of(columns: Iterable[Column]) -> Column | None:
    """Return the column that says where a row is: the first of those with a shape."""
    return next((column for column in columns if column.kind in (Kind.POINT, Kind.MULTIPOLYGON)), None)


def time_of(columns: Iterable[Column]) -> Column | None:
    """Return the column that says when a row was: the first of those of the city's time."""
    return next((column for column in columns if column.kind is Kind.CALENDAR_DATE), None)


def feature(columns: Iterable[Column], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as a GeoJSON feature: its first shape, and everything else as properties."""
    columns = list(columns)
    place = place_of(columns)
    return {
        "type": "Feature",
        "id": row["_id"],
        "geometry": geometry(place, row) if place else None,
        "properties": flat(columns, row),
    }


def flat(columns: Iterable[Column], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row by the names of its columns, as JSON has the values, without shapes."""
    named = [column for column in columns if column.kind not in (Kind.POINT, Kind.MULTIPOLYGON)]
    return {column.name: plain(column.kind, row[column.stored]) for column in named}
