"""Dates as old systems print them: wall-clock time of the city without a zone, in formats of their own."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Trouble = Literal["", "ambiguous_hour", "skipped_hour"]

_PARTS = {
    "Y": r"(\d{4})",
    "y": r"(\d{2})",
    "m": r"(\d{1,2})",
    "d": r"(\d{1,2})",
    "H": r"(\d{1,2})",
    "I": r"(\d{1,2})",
    "M": r"(\d{2})",
    "S": r"(\d{2})",
    "f": r"(\d{1,6})",
    "p": r"([AaPp])\.?[Mm]\.?",
}


def reader(date_formats: Sequence[str]) -> Callable[[str], datetime]:
    """
    Return a function that reads a wall-clock time in one of the formats (those of strptime, digits only).

    It raises ValueError where none fits. Two-digit years are of 1969 to 2068. Several times as fast as strptime.
    """
    formats = [(re.compile(_pattern(one)), _order(one)) for one in date_formats]

    def read(text: str) -> datetime:
        for position, (pattern, order) in enumerate(formats):
            if found := pattern.fullmatch(text):
                if position:  # the next row is very likely written the same way
                    formats.insert(0, formats.pop(position))
                return _instant(found.groups(), order)
        raise ValueError(f"no date: {text}")

    return read


def _order(date_format: str) -> dict[str, int]:
    """Return at which place among the parts of the format each stands."""
    return {part: place for place, part in enumerate(re.findall(r"%(.)", date_format))}


def _pattern(date_format: str) -> str:
    pieces = re.split(r"%(.)", date_format)
    if not {"m", "d"} <= set(pieces[1::2]) or not {"Y", "y"} & set(pieces[1::2]):
        raise ValueError(f"{date_format} gives no whole date")
    try:
        return "".join(
            re.escape(piece).replace(r"\ ", " +") if place % 2 == 0 else _PARTS[piece]
            for place, piece in enumerate(pieces)
        )
    except KeyError as unknown:
        raise ValueError(f"%{unknown.args[0]} is not one of {', '.join('%' + p for p in _PARTS)}") from None


def _instant(parts: Sequence[str], order: dict[str, int]) -> datetime:
    year = int(parts[order["Y"]]) if "Y" in order else _century(int(parts[order["y"]]))
    hour = int(parts[order["H" if "H" in order else "I"]]) if "H" in order or "I" in order else 0
    if "p" in order:
        if not 1 <= hour <= 12:
            raise ValueError("the hour of a half day is 1 to 12")
        hour = hour % 12 + (12 if parts[order["p"]] in "Pp" else 0)
    return datetime(  # noqa: DTZ001  the zone is the city's and is added by `CityClock`
        year,
        int(parts[order["m"]]),
        int(parts[order["d"]]),
        hour,
        int(parts[order["M"]]) if "M" in order else 0,
        int(parts[order["S"]]) if "S" in order else 0,
        int(parts[order["f"]].ljust(6, "0")) if "f" in order else 0,
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
