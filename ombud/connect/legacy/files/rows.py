"""One row of an old system's file: read by the mapping into a request in our words, or held with the reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha1
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from ombud.catalog.queries import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.catalog.rules.working_time import WorkingCalendar, target_at
from ombud.connect.legacy.files import places_said
from ombud.connect.legacy.files.columns import Columns, Values
from ombud.connect.legacy.files.districts import Found
from ombud.connect.legacy.files.instants import CityClock, reader
from ombud.connect.legacy.files.mapping import FileMapping
from ombud.connect.legacy.files.reading import Row
from ombud.kernel.geo import LonLat
from ombud.service_requests.commands.bring_in import DateKnown, OldRequest
from ombud.service_requests.rules.lifecycle import ENDED, Outcome, Status

# Never changed: the same row must be the same request in every run of every version.
_NAMESPACE = UUID("5b0f2c1e-7d0a-5d6e-9a41-3f6f1d0c8a77")
SAMPLES = 5
MEMORY = 20_000


@dataclass(slots=True)
class Unknown:
    """A value the mapping does not know: how often, where first, in which requests."""

    rows: int
    first_line: int
    samples: list[str]


@dataclass(slots=True)
class Noticed:
    """What was seen while reading that a person may want to look at."""

    unknown: dict[tuple[str, str], Unknown] = field(default_factory=dict)
    flags: Counter[str] = field(default_factory=Counter)

    def unknown_value(self, column: str, value: str, line: int, number: str) -> None:
        """Count a value that the mapping does not know."""
        seen = self.unknown.setdefault((column, value[:300]), Unknown(0, line, []))
        seen.rows += 1
        if len(seen.samples) < SAMPLES and number:
            seen.samples.append(number)


@dataclass(frozen=True, slots=True)
class Held:
    """A row that cannot become a request yet."""

    row: Row
    old_number: str
    reason: str


class _Hold(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason


class RowReader:
    """Reads the rows of one file for one city. Has no database: it may work beside the writing."""

    def __init__(
        self,
        *,
        city: City,
        mapping: FileMapping,
        columns: Columns,
        file: str,
        now: datetime,
        seen_on: date | None = None,
    ) -> None:
        self._city, self._mapping, self.columns, self._file, self._now = city, mapping, columns, file, now
        self._seed = sha1(uuid5(_NAMESPACE, f"{city.id}/{mapping.source}").bytes, usedforsecurity=False)
        self._zone = ZoneInfo(mapping.timezone)
        self._clock = CityClock(self._zone)
        self._wall = reader(mapping.date_formats)
        # Days of service are few, and a request is often last changed when it is closed.
        self._instants: dict[str, datetime] = {}
        self._days: dict[str, tuple[datetime, datetime]] = {}
        self._calendars: dict[int, WorkingCalendar] = {}
        self._statings: dict[tuple[bool, ...], frozenset[str]] = {}
        self._outcomes: dict[tuple[str, str], Outcome | None] = {}
        self._has_dates = columns.has("requested_at")
        self._seen_at = datetime(seen_on.year, seen_on.month, seen_on.day, tzinfo=self._zone) if seen_on else None
        self.noticed = Noticed()

    def read(self, row: Row, values: Values, point: LonLat | None, areas: tuple[Found, ...]) -> OldRequest | Held:
        """Return the request a row tells of, with the point and areas found for it; or why it must wait."""
        number = values.get("number", "")
        try:
            return self._request(row.line, number, values, point, areas)
        except _Hold as hold:
            return Held(row, number[:60], hold.reason)

    def _request(
        self, line: int, number: str, values: Values, point: LonLat | None, areas: tuple[Found, ...]
    ) -> OldRequest:
        if not number or len(number) > 60:
            raise _Hold("number")
        service = self._service(line, number, values)
        agency = self._agency(line, number, values) or service.agency
        flags: list[str] = []
        facts: dict[str, Any] = {"source": self._mapping.source, "file": self._file, self.columns.counted_in: line}
        requested_at, date_known = self._requested_at(line, number, values, flags)
        updated_at = self._maybe("updated_at", line, number, values, flags)
        status, closed_at = self._end(line, number, values, requested_at, updated_at, flags, facts)
        outcome = self._outcome(line, number, values) if status is Status.CLOSED else None
        scheduled_from, scheduled_to = self._service_day(line, number, values, requested_at, flags)
        channel, unknown = self._channel(line, number, values)
        if due_at := self._maybe("due_at", line, number, values, flags):
            facts["due_at"] = due_at.isoformat()
        if old_status := values.get("status"):
            facts["old_status"] = old_status
        if (said := values.get("anonymous")) in self._mapping.anonymous:
            facts["anonymous"] = self._mapping.anonymous[said or ""]
        as_of = max(instant for instant in (requested_at, updated_at, closed_at) if instant)
        if as_of > self._now:
            flags.append("date_in_the_future")
        if unknown:
            facts["unknown"] = unknown
        if flags:
            facts["flags"] = flags
            self.noticed.flags.update(flags)
        return OldRequest(
            client_id=self._client_id(number),
            old_number=number,
            date_known=date_known,
            service_code=service.code,
            service_version=self._city.service_versions[service.code],
            agency=agency,
            unit=self._unit(line, number, values),
            status=status,
            outcome=outcome,
            channel=channel,
            priority=service.priority,
            visibility=service.visibility.value,
            requested_at=requested_at,
            as_of=as_of,
            closed_at=closed_at,
            target_at=target_at(requested_at, service.target, self._calendar(requested_at)),
            scheduled_from=scheduled_from,
            scheduled_to=scheduled_to,
            place=places_said.place_of(values, point, areas),
            stated=self._stated(values, outcome, unknown),
            answers=self._answers(values),
            sentence=values.get("resolution", "")[:4000],
            facts=facts,
        )

    def _client_id(self, number: str) -> UUID:
        # uuid5 of the number in the city's and source's name space, with the name space hashed once.
        seed = self._seed.copy()
        seed.update(number.encode())
        return UUID(bytes=seed.digest()[:16], version=5)

    # -- What it is and who has it ----------------------------------------------------------------------------
    def _service(self, line: int, number: str, values: Values) -> ServiceDefinition:
        said = values.get("service", "")
        code = self._mapping.services.get(said)
        if code is None:
            self.noticed.unknown_value("service", said, line, number)
            raise _Hold("service")
        return self._city.services[code]

    def _agency(self, line: int, number: str, values: Values) -> str:
        said = values.get("agency", "")
        if said and said not in self._mapping.agencies:
            self.noticed.unknown_value("agency", said, line, number)
            raise _Hold("agency")
        return self._mapping.agencies[said] if said else ""

    def _unit(self, line: int, number: str, values: Values) -> str:
        said = values.get("unit", "")
        if said and self._mapping.units and said not in self._mapping.units:
            self.noticed.unknown_value("unit", said, line, number)
        return self._mapping.units.get(said, said)[:80]

    def _channel(self, line: int, number: str, values: Values) -> tuple[str, dict[str, str]]:
        said = values.get("channel", "")
        if said and said not in self._mapping.channels:
            self.noticed.unknown_value("channel", said, line, number)
            return "other", {"channel": said[:100]}
        return self._mapping.channels.get(said, "other")[:20], {}

    # -- When -------------------------------------------------------------------------------------------------
    def _instant(
        self, meaning: str, values: Values, flags: list[str], *, not_before: datetime | None = None
    ) -> datetime | None:
        """Raises ValueError where something is written that is no date."""
        said = values.get(meaning)
        if not said:
            return None
        if said in self._instants:
            return self._instants[said]
        instant, trouble = self._clock.instant(self._wall(said), not_before=not_before)
        if trouble:
            flags.append(trouble)
            return instant
        if len(self._instants) >= MEMORY:
            self._instants.clear()
        self._instants[said] = instant
        return instant

    def _needed(
        self,
        meaning: str,
        line: int,
        number: str,
        values: Values,
        flags: list[str],
        *,
        not_before: datetime | None = None,
    ) -> datetime | None:
        try:
            return self._instant(meaning, values, flags, not_before=not_before)
        except (ValueError, OverflowError):
            self.noticed.unknown_value(meaning, values[meaning], line, number)
            raise _Hold("date") from None

    def _maybe(self, meaning: str, line: int, number: str, values: Values, flags: list[str]) -> datetime | None:
        try:
            return self._instant(meaning, values, flags)
        except (ValueError, OverflowError):
            self.noticed.unknown_value(meaning, values[meaning], line, number)
            flags.append(f"{meaning}_unreadable")
            return None

    def _requested_at(self, line: int, number: str, values: Values, flags: list[str]) -> tuple[datetime, DateKnown]:
        requested_at = self._needed("requested_at", line, number, values, flags)
        if requested_at:
            return requested_at, "yes"
        if self._has_dates:
            raise _Hold("no_date")
        # A file without any dates says only that the request was open when the file was made.
        if self._seen_at is None:
            return self._now, "no"
        flags.append("requested_at_is_day_seen")
        return self._seen_at, "day_seen"

    def _service_day(
        self, line: int, number: str, values: Values, requested_at: datetime, flags: list[str]
    ) -> tuple[datetime | None, datetime | None]:
        said = values.get("service_on")
        if not said:
            return None, None
        try:
            start, end = self._days.get(said) or self._day(said)
        except ValueError:
            self.noticed.unknown_value("service_on", said, line, number)
            flags.append("service_on_unreadable")
            return None, None
        if end <= requested_at:
            flags.append("service_day_before_request")
        return start, end

    def _day(self, said: str) -> tuple[datetime, datetime]:
        day = self._wall(said).replace(hour=0, minute=0, second=0, microsecond=0)
        start, _ = self._clock.instant(day)
        end, _ = self._clock.instant(day + timedelta(days=1))
        self._days[said] = start, end
        return start, end

    def _calendar(self, instant: datetime) -> WorkingCalendar:
        if instant.year not in self._calendars:
            self._calendars[instant.year] = self._city.calendar(instant.year)
        return self._calendars[instant.year]

    # -- How it stands ----------------------------------------------------------------------------------------
    def _end(
        self,
        line: int,
        number: str,
        values: Values,
        requested_at: datetime,
        updated_at: datetime | None,
        flags: list[str],
        facts: dict[str, Any],
    ) -> tuple[Status, datetime | None]:
        closed_at = self._needed("closed_at", line, number, values, flags, not_before=requested_at)
        status = self._status(line, number, values, ended=closed_at is not None)
        if status not in ENDED:
            if closed_at:
                flags.append("open_with_closing_date")
                facts["closing_date_given"] = closed_at.isoformat()
            return status, None
        if closed_at is None:
            # Not the closing, but the last change, which the file does state: it was closed by then.
            if updated_at is None:
                raise _Hold("no_closing_date")
            flags.append("closed_at_is_last_change")
            closed_at = updated_at
        if closed_at < requested_at:
            flags.append("closed_before_requested")
        return status, closed_at

    def _status(self, line: int, number: str, values: Values, *, ended: bool) -> Status:
        said = values.get("status")
        if not said:
            missing = self._mapping.status_missing
            return missing.with_closed_at if ended else missing.without_closed_at
        meaning = self._mapping.statuses.get(said)
        if meaning is None:
            self.noticed.unknown_value("status", said, line, number)
            raise _Hold("status")
        return meaning.status

    def _outcome(self, line: int, number: str, values: Values) -> Outcome:
        key = (values.get("status", ""), values.get("resolution", ""))
        if key not in self._outcomes:
            self._outcomes[key] = _claimed(self._mapping, *key)
        found = self._outcomes[key]
        if found is None:
            if key[1]:
                self.noticed.unknown_value("outcome", key[1], line, number)
            return self._mapping.default_outcome
        return found

    def _stated(self, values: Values, outcome: Outcome | None, unknown: Mapping[str, str]) -> frozenset[str]:
        said = (
            outcome is not None and outcome is not Outcome.UNSTATED,
            "agency" in values,
            "unit" in values,
            "channel" in values and "channel" not in unknown,
            "service_on" in values,
        )
        if said not in self._statings:
            names = {"requested_at", "service_code"}
            if self.columns.has("status") or self.columns.has("closed_at"):
                names |= {"status", "closed_at"}
            of = (("outcome",), ("agency",), ("unit",), ("channel",), ("scheduled_from", "scheduled_to"))
            names.update(name for some, so in zip(of, said, strict=True) if so for name in some)
            self._statings[said] = frozenset(names)
        return self._statings[said]

    def _answers(self, values: Values) -> tuple[dict[str, str], ...]:
        return tuple(
            {"code": meaning, "question": self.columns.title(meaning), "value": said, "text": said}
            for meaning in ("detail", "detail_2")
            if (said := values.get(meaning))
        )


def _claimed(mapping: FileMapping, status: str, resolution: str) -> Outcome | None:
    told = resolution.casefold()
    for rule in mapping.outcomes:
        if rule.when is None or rule.outcome is None:
            continue
        if rule.when.status and rule.when.status != status:
            continue
        if rule.when.resolution_contains and rule.when.resolution_contains.casefold() not in told:
            continue
        return rule.outcome
    return None


def point_of(values: Sequence[str], latitude: Sequence[int], longitude: Sequence[int]) -> LonLat | None:
    """Return the point a row gives, or None where it gives none that can be."""
    lon = next((values[i] for i in longitude if values[i]), "")
    lat = next((values[i] for i in latitude if values[i]), "")
    return LonLat.read(lon, lat) if lon and lat else None
