"""Things that may be compared with a report, found without comparing with all: by asset, address and square."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ombud.kernel.geo import LonLat
from ombud.triage.likeness.rules.evidence import unsure_by
from ombud.triage.likeness.rules.sighting import Sighting, Thing

# Squares of about 150 m: most services look no further than one to each side.
_ROWS_PER_DEGREE = 111_195 / 150
# Only so many of the youngest of one square or address: beyond it they are no help to anybody.
_AT_MOST = 60


class Grid:
    """
    Things in memory, to be asked in the order of time.

    `groups` says which services are mistaken for each other; a service that is not in it stands for itself. What
    ended, or is open, for longer than `days` before is forgotten as it is met.
    """

    def __init__(self, *, days: float, groups: Mapping[str, str] | None = None) -> None:
        self._days, self._groups = timedelta(days=days), groups or {}
        self._squares: dict[tuple[str, int, int], list[Thing]] = defaultdict(list)
        self._named: dict[tuple[str, str], list[Thing]] = defaultdict(list)
        # How far one must look: the largest reach of a group, and the least certain place.
        self._reach: dict[str, float] = defaultdict(float)
        self._unsure = 0.0

    def add(self, thing: Thing) -> None:
        """Take a thing in."""
        first = thing.first
        group = self._group(first)
        self._reach[group] = max(self._reach[group], first.reach)
        self._unsure = max(self._unsure, unsure_by(first))
        if first.point:
            self._squares[group, *_square(first.point)].append(thing)
        for name in _names(first):
            self._named[group, name].append(thing)

    def near(self, new: Sighting) -> list[Thing]:
        """Return the things that could be meant, each once, the younger ones where there are very many."""
        found: dict[str, Thing] = {}
        for held in self._held(new):
            self._forget(held, new.at)
            found.update((thing.key, thing) for thing in held[-_AT_MOST:])
        return list(found.values())

    def _held(self, new: Sighting) -> Iterator[list[Thing]]:
        group = self._group(new)
        reach = max(new.reach, self._reach[group]) + unsure_by(new) + self._unsure
        for name in _names(new):
            yield self._named.get((group, name), [])
        if new.point:
            row, column = _square(new.point)
            rows = math.ceil(reach / 150)
            columns = math.ceil(rows / max(0.05, math.cos(math.radians(new.point.lat))))
            for r in range(row - rows, row + rows + 1):
                for c in range(column - columns, column + columns + 1):
                    yield self._squares.get((group, r, c), [])

    def _forget(self, held: list[Thing], now: datetime) -> None:
        oldest = now - self._days
        while held and _gone(held[0], oldest):
            held.pop(0)

    def _group(self, sighting: Sighting) -> str:
        return self._groups.get(sighting.service, sighting.service)


def _gone(thing: Thing, oldest: datetime) -> bool:
    return thing.last_at < oldest and (thing.ended_at is None or thing.ended_at < oldest)


def _names(sighting: Sighting) -> Sequence[str]:
    return [f"{kind} {name}" for kind, name in (("asset", sighting.asset), ("at", sighting.address)) if name]


def _square(point: LonLat) -> tuple[int, int]:
    return math.floor(point.lat * _ROWS_PER_DEGREE), math.floor(point.lon * _ROWS_PER_DEGREE)
