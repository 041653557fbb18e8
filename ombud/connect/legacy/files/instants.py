"""Dates as old systems print them: wall-clock time of the city without a zone, in formats of their own."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Trouble = Literal["", "ambiguous_hour", "skipped_hour"]

_PARTS = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})",
    "f": r"(?P<f>\d{1,6})",
    "p": r"(?P<p>[AaPp])\.?[Mm]\.?",
}


def reader(date_formats: Sequence[str]) -> Callable[[str], datetime]:
    """
    Return a function that reads a wall-clock time in one of the formats (those of strptime, digits only).

    It raises ValueError where none fits. Two-digit years are of 1969 to 2068. Several times as fast as strptime.
    """
    patterns = [re.compile(_pattern(date_format)) for date_format in date_formats]

    def read(text: str) -> datetime:
        for position, pattern in enumerate(patterns):
            if found := pattern.fullmatch(text):
                if position:  # the next row is very likely written the same way
                    patterns.insert(0, patterns.pop(position))
                return _instant(found.groupdict())
        raise ValueError(f"no date: {text}")

    return read


def _pattern(date_format: str) -> str:
    pieces = re.split(r"%(.)", date_format)
    try:
        return "".join(
            re.escape(piece).replace(r"\ ", " +") if place % 2 == 0 else _PARTS[piece]
            for place, piece in enumerate(pieces)
        )
    except KeyError as unknown:
        raise ValueError(f"%{unknown.args[0]} is not one of {', '.join('%' + p for p in _PARTS)}") from None


def _instant(parts: dict[str, str]) -> datetime:
    get = parts.get
    year = int(parts["Y"]) if get("Y") else _century(int(parts["y"]))
    hour = int(get("H") or get("I") or 0)
    if half := get("p"):
        if not 1 <= hour <= 12:
            raise ValueError("the hour of a half day is 1 to 12")
        hour = hour % 12 + (12 if half in "Pp" else 0)
    fraction = int((get("f") or "0").ljust(6, "0"))
    return datetime(  # noqa: DTZ001  the zone is the city's and is added by `in_zone`
        year, int(parts["m"]), int(parts["d"]), hour, int(get("M") or 0), int(get("S") or 0), fraction
    )


def _century(year: int) -> int:
    return year + (2000 if year <= 68 else 1900)


class CityClock:
    """
    The city's wall clock, read as instants.

    An hour that a clock change repeats is read as the first of the two, unless that would put an end before its
    beginning; an hour that a change skips is moved on with the clocks. Both are told.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        # Days on which the clocks stand still have one offset for all their hours.
        self._offsets: dict[tuple[int, int, int], timedelta | None] = {}

    def instant(self, wall: datetime, *, not_before: datetime | None = None) -> tuple[datetime, Trouble]:
        """Return the instant (UTC) of a wall-clock time, and what was odd about it."""
        day = (wall.year, wall.month, wall.day)
        if day not in self._offsets:
            self._offsets[day] = self._offset_of(wall)
        offset = self._offsets[day]
        if offset is not None:
            return (wall - offset).replace(tzinfo=UTC), ""
        return self._on_a_day_of_change(wall, not_before)

    def _offset_of(self, wall: datetime) -> timedelta | None:
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        offsets = {
            (midnight + timedelta(hours=hours)).replace(tzinfo=self._zone, fold=fold).utcoffset()
            for hours in range(25)
            for fold in (0, 1)
        }
        return offsets.pop() if len(offsets) == 1 else None

    def _on_a_day_of_change(self, wall: datetime, not_before: datetime | None) -> tuple[datetime, Trouble]:
        first = wall.replace(tzinfo=self._zone, fold=0)
        second = wall.replace(tzinfo=self._zone, fold=1)
        if first.utcoffset() == second.utcoffset():
            return first.astimezone(UTC), ""
        early, late = sorted((first.astimezone(UTC), second.astimezone(UTC)))
        if first.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != wall:
            return late, "skipped_hour"
        return (late if not_before and early < not_before <= late else early), "ambiguous_hour"
