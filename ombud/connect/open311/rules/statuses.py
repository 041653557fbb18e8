"""Our states and Open311's two; and the finer words of the updates extension, both ways."""

from ombud.service_requests.rules.lifecycle import ENDED, Outcome, Status

# The words of mySociety's extension that mean: it has ended.
CLOSING: dict[str, Outcome] = {
    "closed": Outcome.UNSTATED,
    "fixed": Outcome.FIXED,
    "duplicate": Outcome.DUPLICATE_OF,
    "no_further_action": Outcome.NOTHING_FOUND,
    "not_councils_responsibility": Outcome.REFERRED_TO,
    "cancelled": Outcome.NOT_ELIGIBLE,
}
# And those that mean: it goes on. None: no more is said than that it is open.
OPENING: dict[str, Status | None] = {
    "open": None,
    "for_triage": None,
    "reopen": Status.ACCEPTED,
    "investigating": Status.ACCEPTED,
    "in_progress": Status.ACCEPTED,
    "action_scheduled": Status.ACCEPTED,
    "internal_referral": Status.ACCEPTED,
    "planned": Status.ON_LIST,
}
UNCHANGED = "unchanged"

_FINER = {
    Status.RECEIVED: "open",
    Status.ACCEPTED: "in_progress",
    Status.SCHEDULED: "action_scheduled",
    Status.ON_LIST: "planned",
    Status.WITHDRAWN: "cancelled",
}
_FINER_CLOSED = {
    Outcome.FIXED: "fixed",
    Outcome.MADE_SAFE: "fixed",
    Outcome.NOTHING_FOUND: "no_further_action",
    Outcome.NOT_ELIGIBLE: "no_further_action",
    Outcome.DUPLICATE_OF: "duplicate",
    Outcome.REFERRED_TO: "not_councils_responsibility",
}


def projected(status: str) -> str:
    """Return `open` or `closed`. A place on a waiting list is open."""
    return "closed" if status in ENDED else "open"


def told(word: str, *, now: str) -> tuple[Status | None, Outcome | None]:
    """
    Return the status and outcome that a word of another program asks for, by the status `now`; None: it stays.

    A word that says only “open” opens what was closed, and changes nothing about what is open.
    """
    if outcome := CLOSING.get(word):
        return Status.CLOSED, outcome
    status = OPENING.get(word)
    if now in ENDED and word in OPENING:
        return Status.ACCEPTED, None
    return (status if status != now else None), None


def finer(status: str, outcome: str) -> str:
    """Return the finer word for partners that ask for it."""
    if status == Status.CLOSED:
        return _FINER_CLOSED.get(Outcome(outcome), "closed") if outcome else "closed"
    return _FINER[Status(status)]
