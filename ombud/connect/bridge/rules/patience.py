"""How long to wait before the next try."""

from datetime import timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=1)
# About half a day, at the longest wait.
MOST_ATTEMPTS = 16


def wait(failures: int, *, asked: float | None = None) -> timedelta:
    """Return how long to wait after so many failures in a row; longer if the other side asked for it, up to a day."""
    doubled = min(FIRST.total_seconds() * 2.0 ** min(max(failures, 1) - 1, 12), LONGEST.total_seconds())
    # What is no number is less than nothing here.
    return timedelta(seconds=max(doubled, min(asked, 86_400.0) if asked is not None and asked > 0 else 0.0))
