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
OPENING = frozenset(
    ("open", "reopen", "investigating", "in_progress", "action_scheduled", "planned", "internal_referral", "for_triage")
)
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


def finer(status: str, outcome: str) -> str:
    """Return the finer word for partners that ask for it."""
    if status == Status.CLOSED:
        return _FINER_CLOSED.get(Outcome(outcome), "closed") if outcome else "closed"
    return _FINER[Status(status)]
