"""
The honest promise: how long a service takes, from what really happened.

Requests still open are not ignored and not counted as done: they are censored, they tell only that it takes at
least so long. The range is the 20th to the 80th percentile of the Kaplan-Meier estimate, so that it holds for
six of ten; its upper end is open where more than a fifth have not ended within what was seen. Few requests tell
the percentiles badly, so the fewer there are, the further both ends are moved out: by one standard error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt

LOW, HIGH = 0.2, 0.8
ENOUGH = 20
DAY = 86_400.0
# The last 90 days tell best; where they hold too little, look further back rather than promise nothing. In seconds.
LOOK_BACK = (90 * DAY, 365 * DAY, 36_500 * DAY)


@dataclass(frozen=True, slots=True, order=True)
class Observed:
    """One request: how many seconds it took, or has taken so far."""

    seconds: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Range:
    """Seconds from asking to the end; `high` is None where the data do not reach so far."""

    low: float
    high: float | None
    n: int


def quantiles(observed: Sequence[Observed], wanted: Sequence[float]) -> list[float | None]:
    """
    Return for each share the seconds by which that share has ended (Kaplan-Meier), None where it is not reached.

    What is `wanted` lies between 0 and 1. Ends at the same second as a censoring come first.
    """
    at_risk = len(observed)
    surviving = 1.0
    found: dict[float, float] = {}
    for seconds, group in groupby(sorted(observed), key=lambda o: o.seconds):
        here = list(group)
        ends = sum(o.ended for o in here)
        if ends:
            surviving *= 1 - ends / at_risk
            for share in wanted:
                # A hair's breadth of tolerance: 1 - 0.8 is not quite 0.2 in binary.
                if share not in found and surviving <= 1 - share + 1e-12:
                    found[share] = seconds
        at_risk -= len(here)
    return [found.get(share) for share in wanted]


def shares(n: int) -> tuple[float, float]:
    """Return which shares the range of so many requests ends at, moved out by the standard error of a percentile."""
    error = sqrt(LOW * (1 - LOW) / n)
    return max(0.0, LOW - error), min(1.0, HIGH + error)


def expected_range(observed: Sequence[Observed]) -> Range | None:
    """Return the range, or None where too little is known to promise anything."""
    if len(observed) < ENOUGH:
        return None
    low, high = quantiles(observed, shares(len(observed)))
    if low is None:
        return None
    return Range(low, high, len(observed))


def still_expected(observed: Sequence[Observed], *, age: float) -> Range | None:
    """
    Return when a request that is already `age` seconds old will end, counted from when it was asked.

    Only those that took longer than it has tell anything about it. None where too few did.
    """
    return expected_range([o for o in observed if o.seconds > age])
