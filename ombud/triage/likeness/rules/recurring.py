"""Places where the same thing keeps happening: it was closed, and it came back."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from ombud.kernel.geo import LonLat, Metres, distance


@dataclass(frozen=True, slots=True)
class Happening:
    """
    One thing that was reported at a place, by one or more reports.

    `ended_at` None means that it is open. What is still open does not come back: a report beside it is one more of it.
    """

    point: LonLat
    at: datetime
    ended_at: datetime | None
    reports: int = 1
    address: str = ""
    request_id: int = 0


@dataclass(slots=True)
class Spot:
    """A place and what happened there, the first first. Where it is, its first happening says."""

    first: Happening
    times: list[datetime] = field(default_factory=list)
    reports: int = 0
    last: Happening | None = None

    @property
    def n(self) -> int:
        """How often it happened."""
        return len(self.times)

    @property
    def median_gap_days(self) -> float:
        """How many days lie between two of them, by the median."""
        gaps = [(b - a) / timedelta(days=1) for a, b in zip(self.times, self.times[1:], strict=False)]
        return float(median(gaps)) if gaps else 0.0


def spots(happenings: Iterable[Happening], *, within: Metres, least: int) -> list[Spot]:
    """
    Return the places at which it happened so often at least, the most frequent first.

    Each happening belongs to the nearest place so near, measured from the place's first: else places along a street
    would grow together. One that began before the last one there had ended is counted as reports of that.
    """
    squares: dict[tuple[int, int], list[Spot]] = defaultdict(list)
    found: list[Spot] = []
    rows_per_degree = 111_195 / max(within, 1.0)
    for one in sorted(happenings, key=lambda h: (h.at, h.request_id)):
        columns_per_degree = rows_per_degree * max(0.05, math.cos(math.radians(round(one.point.lat))))
        row = math.floor(one.point.lat * rows_per_degree)
        column = math.floor(one.point.lon * columns_per_degree)
        near = [s for r in (-1, 0, 1) for c in (-1, 0, 1) for s in squares.get((row + r, column + c), ())]
        away = [(distance(s.first.point, one.point), i) for i, s in enumerate(near)]
        best = min((pair for pair in away if pair[0] <= within), default=None)
        if best is None:
            spot = Spot(one)
            squares[row, column].append(spot)
            found.append(spot)
        else:
            spot = near[best[1]]
        _count(spot, one)
    often = [spot for spot in found if spot.n >= least]
    return sorted(often, key=lambda s: (-s.n, -s.reports, s.first.at))


def _count(spot: Spot, one: Happening) -> None:
    spot.reports += one.reports
    last = spot.last
    if last is not None and (last.ended_at is None or last.ended_at > one.at):
        if one.ended_at is None or (last.ended_at is not None and one.ended_at > last.ended_at):
            spot.last = one
        return
    spot.times.append(one.at)
    spot.last = one
