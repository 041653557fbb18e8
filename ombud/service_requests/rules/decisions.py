"""
What each verb does to a request: from the state and what was asked to an event's changes, or a refusal.

Pure: no clock, no database, no permissions (those are asked before). A decision never mentions personal data;
texts are kept apart and named by id.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ombud.kernel.errors import N_, BadInput, OmbudError
from ombud.service_requests.rules.lifecycle import MOVES, WORDS, Kind, Outcome, State, Status, ended_pause

# The unit of any agency in which lies what could not be sent on, or came to the wrong place.
TRIAGE_UNIT = "TRIAGE"
# Why something goes back, as codes; pages have the words.
SENT_BACK_FOR = ("other_agency", "other_area", "wrong_service", "not_our_asset", "not_city", "cannot_tell")


class MoveRefused(OmbudError):
    """The request does not stand where this could be done to it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An event to write: its kind, what it changes of the state, and the facts that change nothing."""

    kind: Kind
    changes: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def accept(state: State, *, assignee_id: int | None = None) -> Decision:
    """An agency has looked at it and takes it on. A closed request is reopened instead, which undoes its end."""
    _must_be_open(state)
    return Decision(
        Kind.ACCEPTED, _move(state, Status.ACCEPTED) | ({"assignee_id": assignee_id} if assignee_id else {})
    )


def assign(state: State, *, assignee_id: int | None, unit: str | None = None, units: Collection[str] = ()) -> Decision:
    """Give it to a person or to one of the `units`; None takes it from the person."""
    _must_be_open(state)
    if unit and unit not in units and unit != state.unit:
        raise BadInput(N_("Choose a crew or unit of the agency that has it."), field="unit")
    changes: dict[str, Any] = {"assignee_id": assignee_id}
    if unit is not None:
        changes["unit"] = unit
    if state.status is Status.RECEIVED:
        changes["status"] = Status.ACCEPTED
    return Decision(Kind.ASSIGNED, changes, {"before": state.assignee_id})


def schedule(state: State, *, start: datetime, end: datetime) -> Decision:
    """Book a time; booking again moves it."""
    _must_be_open(state)
    if end <= start:
        raise BadInput(N_("The end must be after the beginning."), field="scheduled_to")
    changes = {"status": Status.SCHEDULED, "scheduled_from": start, "scheduled_to": end}
    if state.status is not Status.SCHEDULED:
        changes |= _move(state, Status.SCHEDULED)
    facts = {"before": state.scheduled_from.isoformat()} if state.scheduled_from else {}
    return Decision(Kind.SCHEDULED, changes, facts)


def put_on_list(state: State, *, programme: str, known: Collection[str], position: int | None) -> Decision:
    """
    Put it on the waiting list of one of the `known` programmes; it is not closed by that.

    The programme is a code and the position a number: words could name somebody, and events are never erased.
    """
    if programme not in known:
        raise BadInput(N_("Choose a programme of the agency that has it."), field="programme")
    if position is not None and not 0 < position < 1_000_000:
        raise BadInput(N_("The place on the list is a number, such as 12, or a year."), field="position")
    return Decision(
        Kind.LISTED,
        _move(state, Status.ON_LIST) | {"outcome": Outcome.WAITING_LIST},
        {"programme": programme, "position": position},
    )


def close(
    state: State,
    *,
    outcome: Outcome,
    allowed: frozenset[Outcome],
    at: datetime,
    closer_id: int | None,
    referred_to: str = "",
    duplicate_of: str = "",
    photo_needed: bool = False,
    has_photo: bool = False,
) -> Decision:
    """
    End it with an outcome. The sentence in plain words is checked where it is kept.

    A waiting list is no closing (see `put_on_list`). A duplicate is closed only towards a named request.
    """
    if outcome not in allowed or outcome in (Outcome.UNSTATED, Outcome.WAITING_LIST):
        raise BadInput(N_("Choose what the outcome was."), field="outcome")
    if outcome is Outcome.REFERRED_TO and not referred_to:
        raise BadInput(N_("Say to whom it was handed over."), field="referred_to")
    if outcome is Outcome.DUPLICATE_OF and not duplicate_of:
        raise BadInput(N_("Name the request it repeats."), field="duplicate_of")
    if photo_needed and outcome is Outcome.FIXED and not has_photo:
        raise BadInput(N_("This service asks for a photo of the finished work."), field="photo")
    changes = _move(state, Status.CLOSED) | {
        "outcome": outcome,
        "closed_at": at,
        "closed_by_id": closer_id,
        "awaiting_reporter": False,
        "referred_to": referred_to,
        **ended_pause(state, at=at),
    }
    return Decision(Kind.CLOSED, changes, {"duplicate_of": duplicate_of} if duplicate_of else {})


def reopen(state: State, *, by_reporter: bool, at: datetime, not_fixed_days: int) -> Decision:
    """
    Open a closed request again: by staff at any time, by the reporter within the service's days.

    It goes to someone other than the closer, so whoever closed it is not its assignee any more.
    """
    if state.status is not Status.CLOSED:
        raise MoveRefused(N_("Only a closed request can be reopened."))
    if by_reporter and state.closed_at and at > state.closed_at + timedelta(days=not_fixed_days):
        raise MoveRefused(
            N_("This was closed more than %(days)d days ago. Please make a new report; we will link the two."),
            days=not_fixed_days,
        )
    return Decision(
        Kind.REOPENED,
        {
            "status": Status.ACCEPTED,
            "outcome": None,
            "closed_at": None,
            "assignee_id": None if state.assignee_id == state.closed_by_id else state.assignee_id,
            "scheduled_from": None,
            "scheduled_to": None,
            "referred_to": "",
            "reopened": state.reopened + 1,
        },
        {"closed_as": state.outcome, "not_fixed": by_reporter, "closed_by": state.closed_by_id},
    )


def withdraw(state: State, *, at: datetime) -> Decision:
    """The reporter does not need it any more."""
    changes = {"closed_at": at, "awaiting_reporter": False, **ended_pause(state, at=at)}
    return Decision(Kind.WITHDRAWN, _move(state, Status.WITHDRAWN) | changes)


def transfer(state: State, *, agency: str) -> Decision:
    """
    Hand it to another agency of the city. The resident's clock goes on; the bounce is counted.
    """
    _must_be_open(state)
    if agency == state.agency:
        raise BadInput(N_("It is with that agency already."), field="agency")
    # What was sent back as wrong was counted then.
    bounced = state.unit != TRIAGE_UNIT
    return Decision(
        Kind.TRANSFERRED,
        {"agency": agency, "assignee_id": None, "unit": "", "bounces": state.bounces + bounced},
        {"before": state.agency},
    )


def send_back(state: State, *, reason: str, to: str) -> Decision:
    """
    Say that it came to the wrong agency: it goes to the triage queue, there or of the agency `to`.

    The resident's clock goes on; the bounce is counted.
    """
    _must_be_open(state)
    if reason not in SENT_BACK_FOR:
        raise BadInput(N_("Choose why it goes back."), field="reason")
    if state.unit == TRIAGE_UNIT and to in ("", state.agency):
        raise MoveRefused(N_("It lies in the triage queue already."))
    return Decision(
        Kind.SENT_BACK,
        {"agency": to or state.agency, "unit": TRIAGE_UNIT, "assignee_id": None, "bounces": state.bounces + 1},
        {"before": state.agency, "before_unit": state.unit, "reason": reason},
    )


@dataclass(frozen=True, slots=True)
class NewRoute:
    """Where a request goes after it was changed, as who routes says; None where nobody asked anew."""

    agency: str
    unit: str = ""
    assignee_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def moved(state: State, route: NewRoute) -> dict[str, Any]:
    """Return what changes of a request that goes by a new route; nothing where it stays with its agency and unit."""
    if route.agency != state.agency:
        bounces = state.bounces + (state.unit != TRIAGE_UNIT)
        return {"agency": route.agency, "assignee_id": route.assignee_id, "unit": route.unit, "bounces": bounces}
    if route.unit and route.unit != state.unit:
        return {"unit": route.unit, "assignee_id": route.assignee_id}
    return {}


def change_service(
    state: State, *, code: str, version: int, route: NewRoute, visibility: str, targets: Mapping[str, datetime | None]
) -> Decision:
    """
    Correct what kind of request it is; the timeline keeps what it was.

    `targets`: what changes of it, counted anew from when it was asked, with the times that the clock stood still.
    """
    _must_be_open(state)
    if code == state.service_code:
        raise BadInput(N_("It is that service already."), field="service")
    changes: dict[str, Any] = {
        "service_code": code,
        "service_version": version,
        "visibility": visibility,
        **targets,
    }
    changes |= moved(state, route)
    return Decision(
        Kind.SERVICE_CHANGED,
        changes,
        {
            "before": state.service_code,
            "before_version": state.service_version,
            "before_agency": state.agency,
            **route.facts,
        },
    )


def correct_place(state: State, *, place_id: int, route: NewRoute, targets: Mapping[str, datetime | None]) -> Decision:
    """Correct where it is; another place may be another agency's. The targets are as in `change_service`."""
    _must_be_open(state)
    changes = {"place_id": place_id, **targets, **moved(state, route)}
    return Decision(
        Kind.PLACE_CORRECTED,
        changes,
        {"before": state.place_id, "before_agency": state.agency, **route.facts},
    )


def prioritise(state: State, *, priority: str) -> Decision:
    """Raise or lower the priority."""
    _must_be_open(state)
    if priority not in ("low", "normal", "high", "urgent"):
        raise BadInput(N_("Choose a priority."), field="priority")
    return Decision(Kind.PRIORITISED, {"priority": priority}, {"before": state.priority})


def move_promise(state: State, *, expected_from: datetime, expected_to: datetime) -> Decision:
    """Tell a new expected range."""
    _must_be_open(state)
    before = state.expected_to.isoformat() if state.expected_to else None
    return Decision(
        Kind.PROMISE_MOVED, {"expected_from": expected_from, "expected_to": expected_to}, {"before": before}
    )


def inspect(state: State, *, finding: str) -> Decision:
    """Someone went to look: what they found is an event with a time, whatever follows from it."""
    _must_be_open(state)
    if finding not in ("confirmed", "not_found", "no_access"):
        raise BadInput(N_("Say what was found."), field="finding")
    return Decision(Kind.INSPECTED, {}, {"finding": finding})


def ask(state: State) -> Decision:
    """Ask the reporter something."""
    _must_be_open(state)
    return Decision(Kind.QUESTION_ASKED, {"awaiting_reporter": True})


def answer(state: State) -> Decision:
    """The reporter answers, or adds something of their own accord."""
    if state.awaiting_reporter:
        return Decision(Kind.ANSWERED, {"awaiting_reporter": False})
    return Decision(Kind.COMMENTED)


def join(state: State, *, incident_id: int, joined: str, why: Mapping[str, Any] | None = None) -> Decision:
    """Make it one of the reports of an incident; `why` is what the decision was made from, as codes and numbers."""
    if state.incident_id == incident_id:
        raise BadInput(N_("It belongs to that incident already."), field="number")
    facts = {"with": joined, "before": state.incident_id, **(why or {})}
    return Decision(Kind.JOINED, {"incident_id": incident_id}, facts)


def leave(state: State, *, back_to: int | None = None) -> Decision:
    """Take it out of its incident again: to stand alone, or `back_to` the one that it was in before."""
    if state.incident_id is None:
        raise BadInput(N_("It belongs to no incident."))
    return Decision(Kind.LEFT, {"incident_id": back_to}, {"before": state.incident_id})


def report_again(state: State, *, earlier: State, earlier_id: int, number: str, why: Mapping[str, Any]) -> Decision:
    """
    Say that what it is about had been closed, and has come back.

    Whoever closed it then does not get it now, as with a request that is opened again.
    """
    if state.again_of_id == earlier_id:
        raise BadInput(N_("It is known to be that one come back."), field="number")
    if earlier.status is not Status.CLOSED:
        raise BadInput(N_("Only what is closed can come back. Join the two instead."), field="number")
    changes: dict[str, Any] = {"again_of_id": earlier_id}
    if state.assignee_id is not None and state.assignee_id == earlier.closed_by_id:
        changes["assignee_id"] = None
    facts = {"earlier": number, "closed_as": earlier.outcome, "closed_by": earlier.closed_by_id, **why}
    return Decision(Kind.REPORTED_AGAIN, changes, facts)


def tell_apart(state: State, *, other_id: int, number: str, why: Mapping[str, Any]) -> Decision:
    """Say that it is not the same thing as another request, joined with it or not."""
    changes = {"again_of_id": None} if state.again_of_id == other_id else {}
    return Decision(Kind.TOLD_APART, changes, {"from": number, **why})


def rate(state: State, *, score: int) -> Decision:
    """The reporter's one-tap answer after the end: 1 (bad) to 3 (good)."""
    if state.is_open:
        raise MoveRefused(N_("This request is not closed yet."))
    if score not in (1, 2, 3):
        raise BadInput(N_("Choose one of the three answers."), field="score")
    return Decision(Kind.RATED, {}, {"score": score, "outcome": state.outcome})


def _move(state: State, to: Status) -> dict[str, Any]:
    if to not in MOVES[state.status]:
        raise MoveRefused(
            N_("A request that is “%(now)s” cannot become “%(then)s”."),
            now=WORDS[state.status],
            then=WORDS[to],
        )
    return {"status": to}


def _must_be_open(state: State) -> None:
    if not state.is_open:
        raise MoveRefused(N_("This request is closed. Reopen it first."))
