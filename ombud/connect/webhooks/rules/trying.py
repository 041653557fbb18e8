"""What an answer means, and how long it is tried again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 60, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 20 * 3600)
)
TRIED_FOR = timedelta(days=3)
# An endpoint that answers nobody is asked with one event at a time, at most this far apart.
LONGEST_HOLD = timedelta(hours=1)
LONGEST_WISH = timedelta(hours=12)
# Without a single success for so long it is switched off.
OFF_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Taken:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It is to be tried again, not before `wait` where the receiver wished so."""

    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver wants no more of these, ever."""


Verdict = Taken | Refused | Gone


def judged(status: int, headers: Mapping[str, str], *, now: datetime) -> Verdict:
    """Return what an answer means. A redirect is no success: whoever moved gives a new address."""
    if 200 <= status < 300:
        return Taken()
    if status == 410:
        return Gone()
    return Refused(_wish(headers.get("retry-after", ""), now) if status in (429, 503) else None)


def next_try(failures: int, *, created_at: datetime, now: datetime, dice: float) -> datetime | None:
    """
    Return when to try again after so many failures, the last of them now; None when it is time to give up.

    `dice` between 0 and 1 spreads the wait by a fifth to both sides, so that what failed together does not come back
    together. The last try comes three days after the event was queued.
    """
    last = created_at + TRIED_FOR
    if now >= last:
        return None
    wait = WAITS[min(failures, len(WAITS)) - 1] * (0.8 + 0.4 * dice)
    return min(now + wait, last)


def held_until(failures: int, *, now: datetime, dice: float, wish: timedelta | None = None) -> datetime | None:
    """Return until when an endpoint is left alone that failed so often in a row, each time with all it was sent."""
    if wish:
        return now + wish
    if failures < 3:
        return None
    return now + min(WAITS[min(failures - 3, len(WAITS) - 1)], LONGEST_HOLD) * (0.8 + 0.4 * dice)


def _wish(said: str, now: datetime) -> timedelta | None:
    """Return how long a receiver wishes to be left alone: seconds, or a date (RFC 9110, 10.2.3)."""
    said = said.strip()
    try:
        wait = timedelta(seconds=int(said)) if said.isdecimal() else _instant(said) - now
    except (ValueError, OverflowError):
        return None
    return min(wait, LONGEST_WISH) if wait > timedelta(0) else None


def _instant(said: str) -> datetime:
    at = parsedate_to_datetime(said)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
