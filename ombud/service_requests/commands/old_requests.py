"""Requests as another system tells them, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple
from uuid import UUID

from ombud.service_requests.commands.receive import Place
from ombud.service_requests.rules.lifecycle import Outcome, Status

DateKnown = Literal["yes", "day_seen", "no"]


@dataclass(frozen=True, slots=True, eq=False)
class OldKind:
    """
    What thousands of old requests have in common: give all of them the same one, so that it is written out once.

    `stated` names what this telling knows at all: a file without a column says nothing about it, and takes
    nothing away.
    """

    service_code: str
    service_version: int
    agency: str
    unit: str
    status: Status
    outcome: Outcome | None
    channel: str
    priority: str
    visibility: str
    stated: frozenset[str]
    answers: tuple[Mapping[str, Any], ...] = ()
    sentence: str = ""
    language: str = "en"
    assignee_id: int | None = None


class OldRequest(NamedTuple):
    """One request. `as_of` is the last instant the other system speaks of."""

    client_id: UUID
    old_number: str
    date_known: DateKnown
    kind: OldKind
    requested_at: datetime
    as_of: datetime
    closed_at: datetime | None
    target_at: datetime | None
    scheduled_from: datetime | None
    scheduled_to: datetime | None
    place: Place | None
    facts: Mapping[str, Any] = MappingProxyType({})
    description: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """What it says of the columns that it states, by their names in the record."""
        return {name: getattr(self if name in self._fields else self.kind, name) for name in self.kind.stated}
