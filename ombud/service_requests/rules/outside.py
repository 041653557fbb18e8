"""
What another system tells of a request that stands in both: from the state and the telling to events.

The lifecycle holds as for everybody. What people here are asked for and the other system does not know (an outcome,
a programme, a unit of a list) is not asked of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ombud.kernel.errors import N_
from ombud.service_requests.rules.decisions import Decision, MoveRefused
from ombud.service_requests.rules.lifecycle import (
    ENDED,
    MOVES,
    WORDS,
    Kind,
    Outcome,
    State,
    Status,
    applied,
    ended_pause,
)

Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Told:
    """What another system says now; None where it says nothing. An empty window takes the booking back."""

    status: Status | None = None
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    requested_at: datetime | None = None
    unit: str | None = None
    priority: str | None = None
    schedule: Window | tuple[()] | None = None


def steps(state: State, told: Told, *, at: datetime) -> list[Decision]:
    """
    Return the events that lead from the state to what is told, in order. Raises MoveRefused.

    `at` is when it was told: the closing's time where none is given.
    """
    found: list[Decision] = []

    def take(decision: Decision | None) -> None:
        nonlocal state
        if decision is not None:
            found.append(decision)
            state = applied(state, decision.changes)

    opens = told.status is not None and told.status not in ENDED
    if told.requested_at and told.requested_at != state.requested_at:
        take(Decision(Kind.CORRECTED, {"requested_at": told.requested_at}))
    if opens and not state.is_open:
        take(_opened_again(state))
    take(_set(state, Kind.PRIORITISED, {"priority": told.priority}, {"before": state.priority}))
    take(_set(state, Kind.ASSIGNED, {"unit": told.unit, "assignee_id": None}, {"before": state.assignee_id}))
    if told.schedule is not None:
        take(_booked(state, told.schedule, moves=told.status is None or told.status is Status.SCHEDULED))
    if told.status is not None:
        take(_moved(state, told, at))
    elif told.closed_at and state.status is Status.CLOSED and told.closed_at != state.closed_at:
        take(Decision(Kind.CORRECTED, {"closed_at": told.closed_at}))
    return found


def _set(state: State, kind: Kind, changes: dict[str, Any], facts: dict[str, Any]) -> Decision | None:
    name, value = next(iter(changes.items()))
    if value is None or value == getattr(state, name):
        return None
    # Of what has ended only the record is put right: nobody is given anything to do.
    return Decision(kind, changes, facts) if state.is_open else Decision(Kind.CORRECTED, {name: value})


def _opened_again(state: State) -> Decision:
    if Status.ACCEPTED not in MOVES[state.status]:
        raise _refused(state, Status.ACCEPTED)
    return Decision(
        Kind.REOPENED,
        {
            "status": Status.ACCEPTED,
            "outcome": None,
            "closed_at": None,
            "scheduled_from": None,
            "scheduled_to": None,
            "referred_to": "",
            "reopened": state.reopened + 1,
        },
        {"closed_as": state.outcome, "not_fixed": False, "closed_by": state.closed_by_id},
    )


def _booked(state: State, window: Window | tuple[()], *, moves: bool) -> Decision | None:
    start, end = window or (None, None)
    if (start, end) == (state.scheduled_from, state.scheduled_to):
        return None
    changes: dict[str, Any] = {"scheduled_from": start, "scheduled_to": end}
    if start is None:
        back = {"status": Status.ACCEPTED} if moves and state.status is Status.SCHEDULED else {}
        return Decision(Kind.ACCEPTED if back else Kind.CORRECTED, changes | back)
    if not state.is_open or not moves:
        return Decision(Kind.CORRECTED, changes)
    facts = {"before": state.scheduled_from.isoformat()} if state.scheduled_from else {}
    return Decision(Kind.SCHEDULED, {"status": Status.SCHEDULED} | changes, facts)


def _moved(state: State, told: Told, at: datetime) -> Decision | None:
    status = told.status
    match status:
        case Status.CLOSED:
            return _closed(state, told, at)
        case Status.RECEIVED:
            return None  # it says no more than that it is open
        case None:
            return None
    if status is state.status:
        return None
    if status not in MOVES[state.status]:
        raise _refused(state, status)
    if status is Status.WITHDRAWN:
        end = told.closed_at or at
        changes = {"status": status, "closed_at": end, "awaiting_reporter": False, **ended_pause(state, at=end)}
        return Decision(Kind.WITHDRAWN, changes)
    if status is Status.ON_LIST:
        listed = {"status": status, "outcome": Outcome.WAITING_LIST}
        return Decision(Kind.LISTED, listed, {"programme": "", "position": None})
    kind = Kind.SCHEDULED if status is Status.SCHEDULED and state.scheduled_from else Kind.ACCEPTED
    moved: dict[str, Any] = {"status": status}
    if kind is Kind.SCHEDULED:
        moved |= {"scheduled_from": state.scheduled_from, "scheduled_to": state.scheduled_to}
    return Decision(kind, moved)


def _closed(state: State, told: Told, at: datetime) -> Decision | None:
    outcome = told.outcome or Outcome.UNSTATED
    if state.status is Status.CLOSED:
        # How it had ended was told otherwise before: both closings stay in the timeline.
        when = {"closed_at": told.closed_at} if told.closed_at else {}
        return None if outcome is state.outcome and not when else _end_again(state, outcome, when)
    if Status.CLOSED not in MOVES[state.status]:
        raise _refused(state, Status.CLOSED)
    return Decision(
        Kind.CLOSED,
        {
            "status": Status.CLOSED,
            "outcome": outcome,
            "closed_at": told.closed_at or at,
            "closed_by_id": None,
            "awaiting_reporter": False,
            "referred_to": "",
            **ended_pause(state, at=told.closed_at or at),
        },
    )


def _end_again(state: State, outcome: Outcome, when: dict[str, Any]) -> Decision | None:
    if outcome is not state.outcome:
        return Decision(Kind.CLOSED, {"outcome": outcome, "referred_to": ""} | when)
    return Decision(Kind.CORRECTED, when) if when.get("closed_at") != state.closed_at else None


def _refused(state: State, to: Status) -> MoveRefused:
    return MoveRefused(
        N_("A request that is “%(now)s” cannot become “%(then)s”."), now=WORDS[state.status], then=WORDS[to]
    )
