"""One row of an old system's file: read by the mapping into a request in our words, or held with the reason."""

from datetime import date, datetime
from hashlib import sha1
from typing import Any
from uuid import UUID, uuid5

from ombud.catalog.city import City
from ombud.connect.legacy.files import places_said
from ombud.connect.legacy.files.columns import Columns
from ombud.connect.legacy.files.kinds import Kinds
from ombud.connect.legacy.files.mapping import FileMapping
from ombud.connect.legacy.files.noticed import Held, Hold, Noticed
from ombud.connect.legacy.files.reading import Row
from ombud.connect.legacy.files.said import Said
from ombud.connect.legacy.files.times import Odd, Times
from ombud.kernel.geo import LonLat
from ombud.service_requests.commands.old_requests import OldRequest
from ombud.service_requests.rules.lifecycle import ENDED, Status

# Never changed: the same row must be the same request in every run of every version.
_NAMESPACE = UUID("5b0f2c1e-7d0a-5d6e-9a41-3f6f1d0c8a77")


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
        self._mapping, self.columns, self._file, self._now = mapping, columns, file, now
        self._seed = sha1(uuid5(_NAMESPACE, f"{city.id}/{mapping.source}").bytes, usedforsecurity=False)
        self._kinds = Kinds(city, mapping, columns)
        self._times = Times(city=city, mapping=mapping, columns=columns, now=now, seen_on=seen_on)
        self.noticed = Noticed()

    def read(self, row: Row, said: Said, point: LonLat | None, areas: tuple[dict[str, str], ...]) -> OldRequest | Held:
        """Return the request a row tells of, with the point and areas found for it; or why it must wait."""
        odd = Odd()
        try:
            return self._request(row.line, said, point, areas, odd)
        except Hold as hold:
            self.noticed.unknown_values([*odd.unknown, *hold.unknown], row.line, said.number)
            return Held(row, said.number[:60], hold.reason)

    def _request(
        self, line: int, said: Said, point: LonLat | None, areas: tuple[dict[str, str], ...], odd: Odd
    ) -> OldRequest:
        if not said.number or len(said.number) > 60:
            raise Hold("number")
        understood = self._kinds.of(said)
        kind = understood.kind
        facts: dict[str, Any] = {
            "source": self._mapping.source,
            "file": self._file,
            self.columns.counted_in: line,
            **understood.facts,
        }
        times = self._times
        requested_at, date_known = times.requested_at(said, odd)
        updated_at = times.maybe("updated_at", said.updated_at, odd)
        closed_at = self._closed_at(said, kind.status, requested_at, updated_at, facts, odd)
        scheduled_from, scheduled_to = times.service_day(said.service_on, odd)
        if scheduled_to and scheduled_to <= requested_at:
            odd.flags.append("service_day_before_request")
        if due_at := times.maybe("due_at", said.due_at, odd):
            facts["due_at"] = due_at.isoformat()
        as_of = max(requested_at, updated_at or requested_at, closed_at or requested_at)
        if as_of > self._now:
            odd.flags.append("date_in_the_future")
        if odd.flags:
            facts["flags"] = odd.flags
            self.noticed.flags.update(odd.flags)
        if understood.unknown or odd.unknown:
            self.noticed.unknown_values([*understood.unknown, *odd.unknown], line, said.number)
        return OldRequest(
            self._client_id(said.number),
            said.number,
            date_known,
            kind,
            requested_at,
            as_of,
            closed_at,
            times.target_at(understood.service, requested_at),
            scheduled_from,
            scheduled_to,
            places_said.place_of(said, point, areas),
            facts,
        )

    def _client_id(self, number: str) -> UUID:
        # uuid5 of the number in the city's and source's name space, with the name space hashed once.
        seed = self._seed.copy()
        seed.update(number.encode())
        return UUID(bytes=seed.digest()[:16], version=5)

    def _closed_at(
        self,
        said: Said,
        status: Status,
        requested_at: datetime,
        updated_at: datetime | None,
        facts: dict[str, Any],
        odd: Odd,
    ) -> datetime | None:
        closed_at = self._times.needed("closed_at", said.closed_at, odd, not_before=requested_at)
        if status not in ENDED:
            if closed_at:
                odd.flags.append("open_with_closing_date")
                facts["closing_date_given"] = closed_at.isoformat()
            return None
        if closed_at is None:
            # It was closed by its last change, but perhaps long before; that is for the city to say, not for us.
            if updated_at is None or self._mapping.closing_date_missing == "hold":
                raise Hold("no_closing_date")
            odd.flags.append("closed_at_is_last_change")
            closed_at = updated_at
        if closed_at < requested_at:
            odd.flags.append("closed_before_requested")
        return closed_at
