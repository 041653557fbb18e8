"""
Whether the promise holds: what was promised at the beginning of a month, against what came of that month's requests.

Nothing that happened after a month began tells what is promised in it. A request counts as soon as it could have
proved its range right and wrong, whatever became of it: counted by its end only, the slow ones would be left out.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from ombud.service_requests.rules.promise import ENOUGH, LOOK_BACK, Observed, Range, expected_range

# The service, and the area; empty: all requests of the whole city.
Key = tuple[str, str]
# Those that lie in no area.
NO_AREA = "-"


class Past(NamedTuple):
    """One request: when it was asked and when it ended (None: not yet), in seconds since whenever."""

    asked: float
    ended: float | None


@dataclass(frozen=True, slots=True)
class Known:
    """A range, and from how many seconds back it was learned."""

    range: Range
    back: float


@dataclass(frozen=True, slots=True)
class Kept:
    """How many promises came within their range, ended before it, and went past it."""

    within: int = 0
    early: int = 0
    late: int = 0

    @property
    def n(self) -> int:
        """How many could be told."""
        return self.within + self.early + self.late

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(self.within + other.within, self.early + other.early, self.late + other.late)


def ranges_at(past: Mapping[Key, Sequence[Past]], at: float) -> dict[Key, Known]:
    """
    Return what can be promised at an instant, from what was known then. `past` lies in the order of asking.

    The latest weeks tell best; where they hold too little, it is looked further back rather than nothing promised.
    """
    found: dict[Key, Known] = {}
    for key, rows in past.items():
        if key[1] == NO_AREA:
            continue
        until = bisect_right(rows, at, key=_asked)
        for back in LOOK_BACK:
            window = rows[bisect_left(rows, at - back, key=_asked) : until]
            if len(window) < ENOUGH:
                continue
            if known := expected_range([observed(one, at) for one in window]):
                found[key] = Known(known, back)
                break
    return found


def verdict(known: Range, one: Past, *, now: float) -> Literal["within", "early", "late"] | None:
    """Return how a request stands to its range; None while that cannot be told of all alike."""
    waited = now - one.asked
    if waited < (known.low if known.high is None else known.high):
        return None
    taken = waited if one.ended is None else one.ended - one.asked
    if one.ended is not None and taken < known.low:
        return "early"
    return "within" if known.high is None or (one.ended is not None and taken <= known.high) else "late"


def kept(past: Mapping[Key, Sequence[Past]], months: Sequence[float], *, now: float) -> dict[tuple[str, float], Kept]:
    """
    Return by service and month how the promises of each held. `months` are their beginnings and the last one's end.

    Requests of an area are promised its own range where there was one, else the whole city's.
    """
    counted: dict[tuple[str, float], Kept] = defaultdict(Kept)
    areas = {key: rows for key, rows in past.items() if key[1]} or past  # each request once
    for begin, end in pairwise(months):
        known = ranges_at(past, begin)
        for (service, area), rows in areas.items():
            promised = known.get((service, area)) or known.get((service, ""))
            if promised is None:
                continue
            for one in rows[bisect_left(rows, begin, key=_asked) : bisect_left(rows, end, key=_asked)]:
                if told := verdict(promised.range, one, now=now):
                    counted[service, begin] += Kept(**{told: 1})
    return dict(counted)


def in_all(counted: Iterable[Kept]) -> Kept:
    """Return the sum."""
    return sum(counted, Kept())


def _asked(one: Past) -> float:
    return one.asked


def observed(one: Past, at: float) -> Observed:
    """Return a request as it was seen at an instant: ended, or open for so long."""
    ended = one.ended is not None and one.ended <= at
    return Observed((one.ended if ended and one.ended is not None else at) - one.asked, ended)
