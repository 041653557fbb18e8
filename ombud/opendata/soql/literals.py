"""A text in quotes, read as what stands beside it: `created_date > '2026-01-01'`, `lat > '40.7'`."""

import math
import re
from datetime import UTC, datetime, timedelta

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql import shapes
from ombud.opendata.soql.faults import MISMATCH, OUT_OF_RANGE, SoqlError, shown, too_complex
from ombud.opendata.soql.tree import Const

NAMES = {
    Kind.TEXT: "text",
    Kind.NUMBER: "number",
    Kind.CALENDAR_DATE: "floating_timestamp",
    Kind.FIXED_TIMESTAMP: "fixed_timestamp",
    Kind.CHECKBOX: "checkbox",
    Kind.POINT: "point",
    Kind.MULTIPOLYGON: "multipolygon",
}
_WANTED = {
    Kind.NUMBER: "a number",
    Kind.CALENDAR_DATE: "a time such as 2026-01-31 or 2026-01-31T08:05:00",
    Kind.FIXED_TIMESTAMP: "a time such as 2026-01-31T08:05:00Z",
    Kind.CHECKBOX: "true or false",
    Kind.POINT: "a place such as POINT (-93.29 37.21)",
    Kind.MULTIPOLYGON: "a shape such as POLYGON ((-93.3 37.2, -93.2 37.2, -93.2 37.3, -93.3 37.2))",
}
_DECIMAL = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\s*")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?"
)


def number(text: str, *, at: int = 0) -> Const:
    """Return the number that a text tells: whole ones whole. Raises SoqlError."""
    if len(text) > 400 or not _DECIMAL.fullmatch(text):
        raise unreadable(text, Kind.NUMBER, at)
    if re.fullmatch(r"\s*[+-]?[0-9]{1,15}\s*", text):
        return Const(Kind.NUMBER, int(text), at=at)
    value = float(text)
    if not math.isfinite(value):
        raise SoqlError(OUT_OF_RANGE, f"This number is too large: {shown(text)}", at=at)
    return Const(Kind.NUMBER, value, at=at)


def read(text: str, kind: Kind, *, at: int = 0) -> Const:
    """Return a text read as a kind. Raises SoqlError where it is none of that kind."""
    match kind:
        case Kind.TEXT:
            return Const(Kind.TEXT, text, at=at)
        case Kind.NUMBER:
            return number(text, at=at)
        case Kind.CALENDAR_DATE | Kind.FIXED_TIMESTAMP:
            return Const(kind, _time(text, kind, at), at=at)
        case Kind.CHECKBOX:
            if text.lower() not in ("true", "false"):
                raise unreadable(text, kind, at)
            return Const(kind, text.lower() == "true", at=at)
        case Kind.POINT | Kind.MULTIPOLYGON:
            shape = shape_of(text, at=at)
            if isinstance(shape, shapes.Point) != (kind is Kind.POINT):
                raise unreadable(text, kind, at)
            return Const(kind, shape, at=at)


def shape_of(text: str, *, at: int = 0) -> shapes.Shape:
    """Return the shape that a text tells. Raises SoqlError."""
    try:
        return shapes.read(text)
    except shapes.TooManyVertices:
        raise too_complex(f"A shape has {shapes.VERTICES_AT_MOST:,} corners at most.", at=at) from None
    except shapes.Unreadable:
        raise unreadable(text, Kind.MULTIPOLYGON, at) from None


def _time(text: str, kind: Kind, at: int) -> datetime:
    found = _TIME.fullmatch(text.strip()) if len(text) < 60 else None
    if found is None or (found[8] and kind is Kind.CALENDAR_DATE):
        raise unreadable(text, kind, at)
    micros = int((found[7] or "0").ljust(6, "0")[:6])
    year, month, day, hour, minute, second = (int(found[place] or 0) for place in range(1, 7))
    try:
        local = datetime(year, month, day, hour, minute, second, micros)  # noqa: DTZ001 - the city's local time
        if kind is Kind.CALENDAR_DATE:
            return local
        return (local - _offset(found[8])).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise unreadable(text, kind, at) from None


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta(0)
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    if minutes > 14 * 60:
        raise ValueError
    return timedelta(minutes=-minutes if zone[0] == "-" else minutes)


def unreadable(text: str, kind: Kind, at: int) -> SoqlError:
    """Return that a text is not of a kind."""
    return SoqlError(
        MISMATCH, f"This is no {NAMES[kind]}: '{shown(text)}'. Write {_WANTED.get(kind, 'a text')}.", at=at
    )
