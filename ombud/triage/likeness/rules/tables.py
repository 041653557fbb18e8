"""Requests as plain tables have them: which column says what, under the names that cities give them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ombud.kernel.errors import BadInput
from ombud.kernel.geo import LonLat, Metres
from ombud.triage.likeness.rules.sighting import Sighting, plain_address

# What a column is called, the plain name first. Compared without case, blanks and signs.
NAMES: dict[str, tuple[str, ...]] = {
    "id": (
        "id", "request_id", "service_request_id", "number", "request_number", "service_request_number", "srnumber",
        "sr_number", "case_enquiry_id", "case_id", "unique_key",
    ),
    "service": (
        "service", "service_code", "service_name", "type", "request_type", "requesttype", "complaint_type",
        "type_of_service_request", "sr_type", "category",
    ),
    "time": (
        "time", "at", "requested_at", "requested_datetime", "created_at", "created_date", "createddate",
        "creation_date", "open_dt", "opened_at", "date_time_opened", "date",
    ),
    "longitude": ("longitude", "lon", "long", "lng"),
    "latitude": ("latitude", "lat"),
    "accuracy": ("accuracy", "accuracy_m"),
    "address": ("address", "street_address", "address_string", "incident_address", "location_street_name", "place"),
    "text": ("text", "description", "words", "comments", "complaint"),
    "language": ("language", "lang"),
    "asset": ("asset", "asset_id", "asset_number", "pole", "pole_number"),
    "details": ("details", "detail", "kind", "subtype", "descriptor", "what_is_the_nature_of_this_code_violation"),
    "reporter": ("reporter", "reporter_id", "reporter_key"),
    "status": ("status", "case_status"),
    "closed": ("closed_at", "closed", "closed_date", "closeddate", "closed_datetime", "closed_dt", "completion_date"),
    "truth": ("truth", "incident", "incident_id", "true_incident", "duplicate_of", "parent", "parent_id"),
}  # fmt: skip
NEEDED = ("id", "service", "time")
_MADE = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%m/%d/%y %H:%M")
_ENDED = re.compile(r"closed|complet|resolved|done|cancel|withdrawn", re.IGNORECASE)


def columns_of(header: Sequence[str]) -> dict[str, str]:
    """
    Return which of the columns says what. Raises BadInput where one is missing that is needed.

    Where several columns have a name of the same meaning, the plainer name counts.
    """
    plain = {re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_"): name for name in reversed(header)}
    found = {what: plain[name] for what, names in NAMES.items() for name in reversed(names) if name in plain}
    missing = [what for what in NEEDED if what not in found]
    if not ({"longitude", "latitude"} <= set(found) or "address" in found or "asset" in found):
        missing.append("longitude and latitude, or address, or asset")
    if missing:
        raise BadInput(
            "There is no column for: %(missing)s. The columns are: %(columns)s.",
            missing="; ".join(missing),
            columns=", ".join(header)[:500],
        )
    return found


@dataclass(frozen=True, slots=True)
class Read:
    """A row read: what was seen, when it ended, and of which thing it truly is, where the table says so."""

    sighting: Sighting
    ended_at: datetime | None
    truth: str


def read_row(
    row: Mapping[str, str | None], columns: Mapping[str, str], *, reach: Metres, window_days: float, line: int
) -> Read:
    """Return a row read. Raises BadInput naming the line where id, service or time say nothing."""

    def said(what: str) -> str:
        return (row.get(columns.get(what, "")) or "").strip()

    for what in NEEDED:
        if not said(what):
            raise BadInput("Line %(line)d: “%(column)s” is empty.", line=line, column=columns[what])
    at, has_hours = _instant(said("time"), line=line, column=columns["time"])
    ended_at = _instant(said("closed"), line=line, column=columns["closed"])[0] if said("closed") else None
    # Closed without saying when: then it was never open for those that came after.
    if ended_at is None and _ENDED.search(said("status")):
        ended_at = at
    accuracy = said("accuracy")
    details = said("details")
    return Read(
        Sighting(
            key=said("id"),
            service=said("service"),
            at=at,
            has_hours=has_hours,
            reach=reach,
            window_days=window_days,
            point=LonLat.read(said("longitude"), said("latitude")),
            accuracy_m=float(accuracy) if re.fullmatch(r"\d+(\.\d+)?", accuracy) else None,
            address=plain_address(said("address")),
            asset=said("asset"),
            words=" ".join(said("text").lower().split()),
            language=said("language").lower(),
            details=frozenset({f"kind={details}"} if details else ()),
            reporter=said("reporter"),
        ),
        ended_at,
        said("truth"),
    )


def _instant(told: str, *, line: int, column: str) -> tuple[datetime, bool]:
    """Return an instant and whether it has a time of day. Without a zone it is taken as it stands."""
    try:
        read = datetime.fromisoformat(told)
        hours = len(told) > 10
    except ValueError:
        for form in _MADE:
            try:
                read, hours = datetime.strptime(told, form), "%H" in form or "%I" in form  # noqa: DTZ007
                break
            except ValueError:
                continue
        else:
            raise BadInput(
                "Line %(line)d: “%(said)s” in “%(column)s” is no date. Write 2026-11-24T20:00 or 11/24/2026 08:00 PM.",
                line=line,
                said=told[:40],
                column=column,
            ) from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)), hours
