"""Where an analysis stands with the city, how its result stands today, and when it is looked at again. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from ombud.opendata.rules.claims import Verdict

# Versions may come every quarter of a minute; what rests on them is looked at again once an hour at most.
EVERY = timedelta(hours=1)
CONFIRM_WITHIN = timedelta(days=3)


class Status(StrEnum):
    """Where an analysis stands with the city."""

    ASKED = "asked"
    WAITING = "waiting"
    SHOWN = "shown"
    REFUSED = "refused"
    TAKEN_DOWN = "taken_down"
    WITHDRAWN = "withdrawn"


MOVES: dict[Status, frozenset[Status]] = {
    # Nobody at the city sees what its author has not confirmed from their mail.
    Status.ASKED: frozenset({Status.WAITING, Status.WITHDRAWN}),
    Status.WAITING: frozenset({Status.SHOWN, Status.REFUSED, Status.WITHDRAWN}),
    Status.SHOWN: frozenset({Status.TAKEN_DOWN, Status.WITHDRAWN}),
    # The city may think better of it.
    Status.REFUSED: frozenset({Status.SHOWN, Status.WITHDRAWN}),
    Status.TAKEN_DOWN: frozenset({Status.SHOWN, Status.WITHDRAWN}),
    # An author's word is the last: nothing brings it back.
    Status.WITHDRAWN: frozenset(),
}
# These need a reason that others read.
WITH_A_REASON = frozenset({Status.REFUSED, Status.TAKEN_DOWN})


class Kind(StrEnum):
    """What a claim rests on."""

    QUERY = "query"
    NOTEBOOK = "notebook"


class Standing(StrEnum):
    """How the result stands today."""

    REPRODUCES = "reproduces"
    NO_LONGER = "no-longer"
    FAILED = "failed"
    # Somebody said so of a version that is not the newest any more.
    DATA_CHANGED = "data-changed"
    NOT_CHECKED = "not-checked"


def standing(kind: Kind, verdict: Verdict | None, *, checked_version: int, newest_version: int) -> Standing:
    """
    Return how a result stands.

    A query is run by us, an hour at most after each version, so that the last verdict counts. Of a notebook we know
    what somebody said of one version, and of that alone.
    """
    if verdict is None:
        return Standing.NOT_CHECKED
    if kind is Kind.NOTEBOOK and checked_version < newest_version:
        return Standing.DATA_CHANGED
    return {
        Verdict.REPRODUCES: Standing.REPRODUCES,
        Verdict.DIFFERS: Standing.NO_LONGER,
        Verdict.FAILED: Standing.FAILED,
    }[verdict]


def is_due(*, checked: str, newest: str, asked_for_at: datetime | None, now: datetime) -> bool:
    """
    Whether a query is run again. `checked` and `newest` are the hashes of versions: one that was cut has another.

    `asked_for_at` is when it was last put in line, run since or not.
    """
    return checked != newest and (asked_for_at is None or asked_for_at <= now - EVERY)
