"""
Instants as Open311 writes and reads them: W3C's profile of ISO 8601 with seconds and a zone out, wider in.

Source: GeoReport v2, "Date/time format"; what real clients send besides is read too.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

_SHAPE = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<clock>\d{2}:\d{2}(?::\d{2})?)(?:\.(?P<part>\d{1,9}))?"
    # A plus sign that was not percent-encoded arrives as a space.
    r"(?P<zone>Z|[+\- ]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)


def written(at: datetime) -> str:
    """Return an instant as we write it: in UTC, to the second."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def read_instant(text: str, *, zone: ZoneInfo, last: bool = False) -> datetime:
    """
    Return the instant that a client means. `zone` is the city's, for what names none.

    A bare day is its first instant, or with `last` its last one. Raises ValueError.
    """
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an instant")
    day = date.fromisoformat(match["day"])
    if match["clock"] is None:
        return _of_day(day, zone, last=last)
    clock = time.fromisoformat(match["clock"])
    micro = int(f"{match['part'] or '0':0<9}"[:6])
    try:
        at = datetime.combine(day, clock.replace(microsecond=micro), tzinfo=_zone(match["zone"], zone))
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the calendar") from None


def _of_day(day: date, zone: ZoneInfo, *, last: bool) -> datetime:
    try:
        start = datetime.combine(day + timedelta(days=1) if last else day, time(), tzinfo=zone).astimezone(UTC)
        return start - timedelta(microseconds=1) if last else start
    except OverflowError:
        raise ValueError("outside the calendar") from None


def _zone(said: str | None, zone: ZoneInfo) -> tzinfo | None:
    if said is None:
        return zone
    if said in "Zz":
        return UTC
    return datetime.fromisoformat(f"2000-01-01T00:00:00{'+' if said[0] == ' ' else said[0]}{said[1:]}").tzinfo
