"""
The city's clock standing still: with a reason, for a limited time, and never to rescue what is late.

Two clocks run. The resident's began when they asked and stops at the end. The city's stands still while it waits for
somebody else; by its limit at the latest it goes on by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ombud.catalog.rules.pauses import PauseReason
from ombud.kernel.errors import N_, BadInput
from ombud.service_requests.rules.decisions import Decision, MoveRefused
from ombud.service_requests.rules.lifecycle import Kind, State, ended_pause


def pause(
    state: State, *, reason: PauseReason, until: datetime, used: timedelta, at: datetime, target_at: datetime
) -> Decision:
    """
    Let the clock stand still until an instant at the latest.

    `used` is how long it did for this reason before; `target_at` where the target moves if it does to the end.
    """
    if not state.is_open:
        raise MoveRefused(N_("This request is closed. Reopen it first."))
    if state.paused_at:
        raise MoveRefused(N_("The clock stands still already."))
    if state.target_at is None:
        raise MoveRefused(N_("There is no target here whose clock could stand still."))
    if state.target_at <= at:
        raise MoveRefused(N_("It is late already. A pause cannot rescue it."))
    if until <= at:
        raise BadInput(N_("The end of the pause must lie ahead."), field="until")
    left = timedelta(days=reason.days) - used
    # By whole days: whoever chooses a day means to its end.
    if until - at >= left + timedelta(days=1):
        raise BadInput(
            N_("For this reason the clock may stand still for %(days)d days in all; %(left)d are left."),
            field="until",
            days=reason.days,
            left=max(0, left.days),
        )
    changes: dict[str, Any] = {
        "paused_at": at,
        "paused_until": until,
        "pause_reason": reason.code,
        "target_at": target_at,
    }
    if state.unpaused_target_at is None:
        changes["unpaused_target_at"] = state.target_at
    facts = {"reason": reason.code, "until": until.isoformat()}
    return Decision(Kind.PAUSED, changes, facts)


def resume(state: State, *, at: datetime, target_at: datetime, why: str) -> Decision:
    """Let the clock go on. `target_at` is the target moved by how long it stood; `why` is staff, answer or limit."""
    if state.paused_at is None:
        raise MoveRefused(N_("The clock is running."))
    stood = int((at - state.paused_at).total_seconds())
    facts = {"reason": state.pause_reason, "seconds": stood, "why": why}
    return Decision(Kind.RESUMED, {**ended_pause(state, at=at), "target_at": target_at}, facts)


@dataclass(frozen=True, slots=True)
class Stood:
    """One time that the clock stood still."""

    reason: str
    since: datetime
    until: datetime


def stood(changes: Iterable[tuple[datetime, Mapping[str, Any]]]) -> list[Stood]:
    """
    Return when the clock stood still, from the changes of a request's events with their times, oldest first.

    A pause that goes on is told until its limit.
    """
    found: list[Stood] = []
    begun: Stood | None = None
    for at, change in changes:
        if "paused_at" not in change:
            continue
        if change["paused_at"]:
            limit = datetime.fromisoformat(change["paused_until"])
            begun = Stood(str(change["pause_reason"]), datetime.fromisoformat(change["paused_at"]), limit)
        elif begun:
            found.append(replace(begun, until=min(at, begun.until)))
            begun = None
    return [*found, begun] if begun else found
