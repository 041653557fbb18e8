"""Boxes, spans of time and values as programs write them in an address, read once at the edge."""

from datetime import UTC, datetime, time
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from ombud.kernel.errors import N_, BadInput
from ombud.opendata.rules.columns import Column, Kind

BAD_BOX = N_("bbox: write west,south,east,north in degrees.")
BAD_SPAN = N_("datetime: write a time such as 2026-11-21T08:00:00Z, or two with a slash between, .. for an open end.")
BAD_VALUE = N_("%(name)s: “%(said)s” is no %(kind)s.")
_OPEN = ("", "..")


def read_box(said: str) -> tuple[float, float, float, float]:
    """Return west, south, east and north; heights, if they are told, are left out. Raises BadInput."""
    try:
        ends = [float(part) for part in said.split(",")]
    except ValueError:
        raise BadInput(BAD_BOX) from None
    if len(ends) == 6:
        ends = [ends[0], ends[1], ends[3], ends[4]]
    if len(ends) != 4 or not all(map(isfinite, ends)):
        raise BadInput(BAD_BOX)
    west, south, east, north = ends
    if south > north or not all(-180 <= lon <= 180 for lon in (west, east)) or max(-south, north) > 90:
        raise BadInput(BAD_BOX)
    return west, south, east, north


def read_span(said: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """
    Return the two ends of a span in the city's time, without a zone; None is open. Raises BadInput.

    One moment is a span of no length, one day a span of that day.
    """
    first, slash, last = said.partition("/")
    if not slash:
        return _end(first, zone), _end(first, zone, late=True)
    since = None if first in _OPEN else _end(first, zone)
    until = None if last in _OPEN else _end(last, zone, late=True)
    if "/" in last or (since is None and until is None) or (since and until and since > until):
        raise BadInput(BAD_SPAN)
    return since, until


def _end(said: str, zone: ZoneInfo, *, late: bool = False) -> datetime:
    try:
        at = datetime.fromisoformat(said.replace(" ", "+"))
        if at.tzinfo:
            at = at.astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise BadInput(BAD_SPAN) from None
    return datetime.combine(at, time.max) if late and len(said) == len("2026-11-21") else at


def read_value(column: Column, said: str) -> Any:
    """Return what a column is compared with. Raises BadInput."""
    wrong = BadInput(BAD_VALUE, name=column.name, said=said[:40], kind=column.kind.value)
    try:
        match column.kind:
            case Kind.TEXT:
                return said
            case Kind.NUMBER:
                number = float(said)
                if not isfinite(number):
                    raise wrong
                return number
            case Kind.CHECKBOX:
                return {"true": True, "false": False}[said.lower()]
            case Kind.CALENDAR_DATE:
                at = datetime.fromisoformat(said)
                if at.tzinfo:
                    raise wrong
                return at
            case Kind.FIXED_TIMESTAMP:
                return datetime.fromisoformat(said.replace(" ", "+")).astimezone(UTC)
            case Kind.POINT | Kind.MULTIPOLYGON:
                raise wrong
    except (ValueError, KeyError, OverflowError):
        raise wrong from None
