"""
The life of a service request, on one screen.

Few statuses; the rest is data. Why it ended is an Outcome, who has it is its agency and assignee, and what
happened is its timeline. Open311's `open` and `closed` are a projection of this, made where it is spoken.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ombud.kernel.errors import N_, Word


class Status(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    ON_LIST = "on_list"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# What people call them; translated where they are shown.
WORDS: dict[Status, Word] = {
    Status.RECEIVED: Word(N_("received")),
    Status.ACCEPTED: Word(N_("in hand")),
    Status.SCHEDULED: Word(N_("booked")),
    Status.ON_LIST: Word(N_("on a waiting list")),
    Status.CLOSED: Word(N_("closed")),
    Status.WITHDRAWN: Word(N_("taken back")),
}
MOVES: dict[Status, frozenset[Status]] = {
    Status.RECEIVED: frozenset({Status.ACCEPTED, Status.SCHEDULED, Status.ON_LIST, Status.CLOSED, Status.WITHDRAWN}),
    Status.ACCEPTED: frozenset({Status.SCHEDULED, Status.ON_LIST, Status.CLOSED, Status.WITHDRAWN}),
    Status.SCHEDULED: frozenset({Status.ACCEPTED, Status.ON_LIST, Status.CLOSED, Status.WITHDRAWN}),
    # A place on a programme's list is a state of waiting, not an end.
    Status.ON_LIST: frozenset({Status.ACCEPTED, Status.SCHEDULED, Status.CLOSED, Status.WITHDRAWN}),
    # A closed request is reopened, never edited: the first closing stays in the timeline.
    Status.CLOSED: frozenset({Status.ACCEPTED}),
    Status.WITHDRAWN: frozenset(),
}
ENDED = frozenset({Status.CLOSED, Status.WITHDRAWN})


class Outcome(StrEnum):
    """What the closing says was done. There is no closing without one."""

    FIXED = "fixed"
    MADE_SAFE = "made_safe"
    NOTHING_FOUND = "nothing_found"
    NOT_ELIGIBLE = "not_eligible"
    DUPLICATE_OF = "duplicate_of"
    REFERRED_TO = "referred_to"
    WAITING_LIST = "waiting_list"
    # Only on rows brought in from a system that did not say; nobody can choose it.
    UNSTATED = "unstated"


DONE = frozenset({Outcome.FIXED, Outcome.MADE_SAFE})


class Kind(StrEnum):
    """What happened: the kinds of event of the timeline, past tense."""

    SUBMITTED = "submitted"
    IMPORTED = "imported"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    SCHEDULED = "scheduled"
    LISTED = "listed"
    INSPECTED = "inspected"
    SERVICE_CHANGED = "service_changed"
    TRANSFERRED = "transferred"
    SENT_BACK = "sent_back"
    PRIORITISED = "prioritised"
    PROMISE_MOVED = "promise_moved"
    PLACE_CORRECTED = "place_corrected"
    QUESTION_ASKED = "question_asked"
    ANSWERED = "answered"
    COMMENTED = "commented"
    REPLIED = "replied"
    NOTED = "noted"
    PHOTO_ADDED = "photo_added"
    PHOTO_COVERED = "photo_covered"
    PHOTO_SHOWN = "photo_shown"
    JOINED = "joined"
    LEFT = "left"
    REPORTED_AGAIN = "reported_again"
    TOLD_APART = "told_apart"
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    RATED = "rated"
    NOT_REACHED = "not_reached"
    # Of requests that stand in another system too.
    LINKED = "linked"
    CORRECTED = "corrected"
    GONE_THERE = "gone_there"
    # The city's clock; the resident's never stands still.
    PAUSED = "paused"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class State:
    """All of a request that changes. Replaying its timeline from `State()` gives its row."""

    status: Status = Status.RECEIVED
    outcome: Outcome | None = None
    service_code: str = ""
    service_version: int = 0
    agency: str = ""
    unit: str = ""
    assignee_id: int | None = None
    priority: str = "normal"
    visibility: str = "private"
    channel: str = ""
    place_id: int | None = None
    asset: str = ""
    incident_id: int | None = None
    again_of_id: int | None = None
    awaiting_reporter: bool = False
    requested_at: datetime | None = None
    target_at: datetime | None = None
    expected_from: datetime | None = None
    expected_to: datetime | None = None
    scheduled_from: datetime | None = None
    scheduled_to: datetime | None = None
    closed_at: datetime | None = None
    closed_by_id: int | None = None
    referred_to: str = ""
    bounces: int = 0
    reopened: int = 0
    # While the city's clock stands still. `target_at` is then where it will be if it does so until `paused_until`.
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    pause_reason: str = ""
    # In all, and the target as it would be had the clock never stood still; None where it never has.
    paused_seconds: int = 0
    unpaused_target_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the city still has something to do, a place on a list included."""
        return self.status not in ENDED


def ended_pause(state: State, *, at: datetime) -> dict[str, Any]:
    """Return what ends a pause, if there is one: also the end of the request does."""
    if state.paused_at is None:
        return {}
    end = min(at, state.paused_until or at)
    stood = max(0, int((end - state.paused_at).total_seconds()))
    return {
        "paused_at": None,
        "paused_until": None,
        "pause_reason": "",
        "paused_seconds": state.paused_seconds + stood,
    }


INSTANTS = frozenset(f.name for f in fields(State) if "datetime" in str(f.type))


def applied(state: State, changes: dict[str, Any]) -> State:
    """Return the state after an event with these changes, as they are written in the event."""
    return replace(state, **{name: _read(name, value) for name, value in changes.items()})


def _read(name: str, value: Any) -> Any:
    if name == "status":
        return Status(value)
    if name == "outcome":
        return Outcome(value) if value else None
    if name in INSTANTS and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def written(changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes as plain data for an event."""
    return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in changes.items()}
