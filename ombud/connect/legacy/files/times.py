"""When: the instants that a row gives, read once where many rows give the same."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from ombud.catalog.city import City
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.catalog.rules.working_time import WorkingCalendar, target_at
from ombud.connect.legacy.files.columns import Columns
from ombud.connect.legacy.files.instants import Instants
from ombud.connect.legacy.files.mapping import FileMapping
from ombud.connect.legacy.files.noticed import Hold
from ombud.connect.legacy.files.said import Said
from ombud.service_requests.commands.old_requests import DateKnown


class Odd:
    """What was odd about the times of one row: flags for the timeline, and values that are no dates."""

    __slots__ = ("flags", "unknown")

    def __init__(self) -> None:
        self.flags: list[str] = []
        self.unknown: list[tuple[str, str]] = []


class Times:
    """Reads the times of the rows of one file."""

    def __init__(
        self, *, city: City, mapping: FileMapping, columns: Columns, now: datetime, seen_on: date | None
    ) -> None:
        self._city, self._now = city, now
        self._has_dates = columns.has("requested_at")
        zone = ZoneInfo(mapping.timezone)
        self._instants = Instants(mapping.date_formats, zone)
        self._seen_at = datetime(seen_on.year, seen_on.month, seen_on.day, tzinfo=zone) if seen_on else None
        # Days of service are few.
        self._days: dict[str, tuple[datetime, datetime]] = {}
        self._calendars: dict[tuple[int, str], WorkingCalendar] = {}

    def requested_at(self, said: Said, odd: Odd) -> tuple[datetime, DateKnown]:
        """Return when it was asked, and how that is known. Raises Hold where it cannot be."""
        requested_at = self.needed("requested_at", said.requested_at, odd)
        if requested_at:
            return requested_at, "yes"
        if self._has_dates:
            raise Hold("no_date")
        # A file without any dates says only that the request was open when the file was made.
        if self._seen_at is None:
            return self._now, "no"
        odd.flags.append("requested_at_is_day_seen")
        return self._seen_at, "day_seen"

    def needed(self, meaning: str, text: str, odd: Odd, *, not_before: datetime | None = None) -> datetime | None:
        """Return the instant, or None where nothing is said. Raises Hold where it is no date."""
        try:
            return self._instant(text, odd, not_before)
        except (ValueError, OverflowError):
            raise Hold("date", (meaning, text)) from None

    def maybe(self, meaning: str, text: str, odd: Odd) -> datetime | None:
        """Return the instant, or None where nothing is said, or nothing that is a date."""
        try:
            return self._instant(text, odd, None)
        except (ValueError, OverflowError):
            odd.unknown.append((meaning, text))
            odd.flags.append(f"{meaning}_unreadable")
            return None

    def service_day(self, text: str, odd: Odd) -> tuple[datetime | None, datetime | None]:
        """Return the beginning and end of the day of service, if one is given."""
        if not text:
            return None, None
        try:
            if text not in self._days:
                self._days[text] = self._instants.whole_day(text)
            return self._days[text]
        except (ValueError, OverflowError):
            odd.unknown.append(("service_on", text))
            odd.flags.append("service_on_unreadable")
            return None, None

    def target_at(self, service: ServiceDefinition, requested_at: datetime) -> datetime | None:
        """Return when it should have ended by today's target of the service."""
        if service.target is None:
            return None
        of = (requested_at.year, service.agency)
        calendar = self._calendars.get(of)
        if calendar is None:
            calendar = self._calendars[of] = self._city.calendar(*of)
        return target_at(requested_at, service.target, calendar)

    def _instant(self, text: str, odd: Odd, not_before: datetime | None) -> datetime | None:
        if not text:
            return None
        instant, trouble = self._instants.read(text, not_before=not_before)
        if trouble:
            odd.flags.append(trouble)
        return instant
