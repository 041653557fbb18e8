"""
What a row says besides its number, its times and its place: what it is about, who has it, how it stands.

Thousands of rows say the same here, so each such telling is understood once.
"""

from dataclasses import dataclass
from typing import Any

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.connect.legacy.files.columns import Columns
from ombud.connect.legacy.files.mapping import FileMapping
from ombud.connect.legacy.files.noticed import Hold
from ombud.connect.legacy.files.said import Said
from ombud.service_requests.commands.old_requests import OldKind
from ombud.service_requests.rules.lifecycle import Outcome, Status

MEMORY = 20_000


@dataclass(frozen=True, slots=True)
class Understood:
    """A telling in our words, what of it the mapping does not know, and what the timeline shall remember of it."""

    kind: OldKind
    service: ServiceDefinition
    unknown: tuple[tuple[str, str], ...]
    facts: dict[str, Any]


class Kinds:
    """Understands what the rows of one file are about."""

    def __init__(self, city: City, mapping: FileMapping, columns: Columns) -> None:
        self._city, self._mapping, self._columns = city, mapping, columns
        self._known: dict[tuple[str | bool, ...], Understood] = {}

    def of(self, said: Said) -> Understood:
        """Return what a row is about. Raises Hold where service, agency or status are not in the mapping."""
        key = (
            said.service,
            said.agency,
            said.unit,
            said.channel,
            said.status,
            said.resolution,
            said.detail,
            said.detail_2,
            said.anonymous,
            said.closed_at != "",
            said.service_on != "",
        )
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MEMORY:
                self._known.clear()
            known = self._known[key] = self._understood(said)
        return known

    def _understood(self, said: Said) -> Understood:
        service = self._service(said)
        agency = self._agency(said) or service.agency
        status = self._status(said)
        unknown = []
        outcome = None
        if status is Status.CLOSED:
            claimed = _claimed(self._mapping, said)
            outcome = claimed or self._mapping.default_outcome
            if claimed is None and said.resolution:
                unknown.append(("outcome", said.resolution))
        unit = self._mapping.units.get(said.unit, said.unit)[:80]
        if said.unit and self._mapping.units and said.unit not in self._mapping.units:
            unknown.append(("unit", said.unit))
        facts: dict[str, Any] = {}
        channel_known = not said.channel or said.channel in self._mapping.channels
        if not channel_known:
            unknown.append(("channel", said.channel))
            facts["unknown"] = {"channel": said.channel[:100]}
        if said.status:
            facts["old_status"] = said.status
        if said.anonymous in self._mapping.anonymous:
            facts["anonymous"] = self._mapping.anonymous[said.anonymous]
        kind = OldKind(
            service_code=service.code,
            service_version=self._city.service_versions[service.code],
            agency=agency,
            unit=unit,
            status=status,
            outcome=outcome,
            channel=self._mapping.channels.get(said.channel, "other")[:20],
            priority=service.priority,
            visibility=service.visibility.value,
            stated=self._stated(said, outcome, channel_known=channel_known),
            answers=self._answers(said),
            sentence=said.resolution[:4000],
        )
        return Understood(kind, service, tuple(unknown), facts)

    def _service(self, said: Said) -> ServiceDefinition:
        code = self._mapping.services.get(said.service)
        if code is None:
            raise Hold("service", ("service", said.service))
        return self._city.services[code]

    def _agency(self, said: Said) -> str:
        if said.agency and said.agency not in self._mapping.agencies:
            raise Hold("agency", ("agency", said.agency))
        return self._mapping.agencies[said.agency] if said.agency else ""

    def _status(self, said: Said) -> Status:
        if not said.status:
            missing = self._mapping.status_missing
            return missing.with_closed_at if said.closed_at else missing.without_closed_at
        meaning = self._mapping.statuses.get(said.status)
        if meaning is None:
            raise Hold("status", ("status", said.status))
        return meaning.status

    def _stated(self, said: Said, outcome: Outcome | None, *, channel_known: bool) -> frozenset[str]:
        names = {"requested_at", "service_code"}
        if self._columns.has("status") or self._columns.has("closed_at"):
            names |= {"status", "closed_at"}
        if outcome is not None and outcome is not Outcome.UNSTATED:
            names.add("outcome")
        if said.agency:
            names.add("agency")
        if said.unit:
            names.add("unit")
        if said.channel and channel_known:
            names.add("channel")
        if said.service_on:
            names |= {"scheduled_from", "scheduled_to"}
        return frozenset(names)

    def _answers(self, said: Said) -> tuple[dict[str, str], ...]:
        details = {"detail": said.detail, "detail_2": said.detail_2}
        return tuple(
            {"code": meaning, "question": self._columns.title(meaning), "value": value, "text": value}
            for meaning, value in details.items()
            if value
        )


def _claimed(mapping: FileMapping, said: Said) -> Outcome | None:
    told = said.resolution.casefold()
    for rule in mapping.outcomes:
        if rule.when is None or rule.outcome is None:
            continue
        if rule.when.status and rule.when.status != said.status:
            continue
        if rule.when.resolution_contains and rule.when.resolution_contains.casefold() not in told:
            continue
        return rule.outcome
    return None
