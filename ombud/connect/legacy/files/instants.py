"""Dates as old systems print them: wall-clock time of the city without a zone, in formats of their own."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Trouble = Literal["", "ambiguous_hour", "skipped_hour"]
MEMORY = 100_000

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


class _OfNoFormat(ValueError):
    """A text that is written in none of the formats."""


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
        raise _OfNoFormat(f"no date: {text}")

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


class _Remembered:
    """
    One format, with the days and the times of day that were read in it.

    Only a format that writes the whole day before the time, with a space or a T between, can be put together again.
    """

    def __init__(self, date_format: str) -> None:
        self.wall = reader((date_format,))
        day, _, time = _split(date_format)
        self.splits = set(_order(day)) <= set("Yymd") and not set(_order(time)) & set("Yymd")
        self.midnights: dict[str, datetime] = {}
        self.since_midnight: dict[str, timedelta] = {}


def _split(text: str) -> tuple[str, str, str]:
    return text.partition(" " if " " in text else "T")


class Instants:
    """
    Reads written times as instants of the city.

    A file has few days and few times of day: each is read once, and an instant is their sum. Days on which the
    clocks change are always read whole.
    """

    def __init__(self, date_formats: Sequence[str], zone: ZoneInfo) -> None:
        self._clock = CityClock(zone)
        self._formats = [_Remembered(one) for one in date_formats]

    def read(self, text: str, *, not_before: datetime | None = None) -> tuple[datetime, Trouble]:
        """Return the instant, and what was odd about it. Raises ValueError where it is no time."""
        day, _, time = _split(text)
        for place, one in enumerate(self._formats):
            midnight, since = one.midnights.get(day), one.since_midnight.get(time)
            if midnight is not None and since is not None:
                return midnight + since, ""
            try:
                wall = one.wall(text)
            except _OfNoFormat:
                continue
            if place:  # the next row is very likely written the same way
                self._formats.insert(0, self._formats.pop(place))
            if one.splits and (offset := self._clock.offset_all_day(wall)) is not None:
                self._remember(one, day, time, wall, offset)
            return self._clock.instant(wall, not_before=not_before)
        raise ValueError(f"no date: {text}")

    def whole_day(self, text: str) -> tuple[datetime, datetime]:
        """Return the beginning and the end of the day of a written time. Raises ValueError where it is no time."""
        for one in self._formats:
            try:
                day = one.wall(text).replace(hour=0, minute=0, second=0, microsecond=0)
            except _OfNoFormat:
                continue
            return self._clock.instant(day)[0], self._clock.instant(day + timedelta(days=1))[0]
        raise ValueError(f"no date: {text}")

    def _remember(self, one: _Remembered, day: str, time: str, wall: datetime, offset: timedelta) -> None:
        if len(one.since_midnight) >= MEMORY:  # times that count microseconds
            one.since_midnight.clear()
        start = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        one.midnights[day] = (start - offset).replace(tzinfo=UTC)
        one.since_midnight[time] = wall - start


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
        offset = self.offset_all_day(wall)
        if offset is not None:
            return (wall - offset).replace(tzinfo=UTC), ""
        return self._on_a_day_of_change(wall, not_before)

    def offset_all_day(self, wall: datetime) -> timedelta | None:
        """Return the offset from UTC of that day, or None where the clocks change on it."""
        day = (wall.year, wall.month, wall.day)
        if day not in self._offsets:
            self._offsets[day] = self._offset_of(wall)
        return self._offsets[day]

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
