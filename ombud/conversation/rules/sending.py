"""How long a message is tried that the mail server does not take."""

from datetime import datetime, timedelta

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=3)
TRIED_FOR = timedelta(days=3)


def next_try(*, failures: int, tried_since: datetime, now: datetime) -> datetime | None:
    """
    Return when to try again after so many failures, the last of them now; None when it is time to give up.

    Each wait is twice the one before, up to three hours; the last try comes three days after the first.
    """
    last = tried_since + TRIED_FOR
    if now >= last:
        return None
    # Beyond a few doublings the number would only grow: three hours are reached after eight.
    wait = min(FIRST_WAIT * (1 << min(failures - 1, 16)), LONGEST_WAIT)
    return min(now + wait, last)
