"""Reactions to events."""

from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.service_requests import queries as requests
from ombud.triage.likeness import commands


def look_for_repeats(event_id: int) -> None:
    """Look what a report that has just come in repeats."""
    event = requests.event(walls.current(), event_id)
    commands.sort_in(jurisdiction_id=event.jurisdiction_id, request_id=event.request_id, at=clock.now())
