"""How long a message is tried: growing waits, three days, then an end."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ombud.conversation.rules.sending import FIRST_WAIT, LONGEST_WAIT, TRIED_FOR, next_try

SINCE = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def tries(*, late: timedelta = timedelta(0)) -> list[datetime]:
    """Return when each try fails, where every job begins so much later than it should."""
    at, failed = SINCE, [SINCE]
    while (again := next_try(failures=len(failed), tried_since=SINCE, now=at)) is not None:
        at = again + late
        failed.append(at)
    return failed


def test_it_is_tried_for_three_days_with_growing_waits() -> None:
    failed = tries()
    waits = [b - a for a, b in pairwise(failed)]
    assert failed[-1] == SINCE + TRIED_FOR
    assert waits[0] == FIRST_WAIT
    assert max(waits) == LONGEST_WAIT
    assert waits[:-1] == sorted(waits[:-1])
    assert 25 < len(failed) < 40


@given(st.timedeltas(timedelta(0), timedelta(days=10)))
def test_however_late_the_jobs_are_it_ends_after_three_days_and_not_before(late: timedelta) -> None:
    failed = tries(late=late)
    assert failed[-1] >= SINCE + TRIED_FOR
    assert all(at < SINCE + TRIED_FOR for at in failed[:-1])


@given(st.integers(1, 10**9), st.timedeltas(timedelta(0), TRIED_FOR - timedelta(seconds=1)))
def test_a_try_lies_ahead_and_never_after_the_last(failures: int, gone: timedelta) -> None:
    again = next_try(failures=failures, tried_since=SINCE, now=SINCE + gone)
    assert again is not None
    assert SINCE + gone < again <= SINCE + TRIED_FOR
