"""The data set of incidents: what several published requests are about."""

from collections.abc import Iterable, Sequence
from typing import Any

from ombud.catalog.city import City
from ombud.kernel.errors import N_
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.rules.columns import MONTH, Column, Kind

CODE = "incidents"
_T, _N, _D = Kind.TEXT, Kind.NUMBER, Kind.CALENDAR_DATE
COLUMNS = (
    Column("incident_id", _T, N_("Incident"), N_("The number of the request it began with.")),
    Column("service_codes", _T, N_("Services"), N_("What was asked for, each once, with commas between.")),
    Column("requests", _N, N_("Requests"), N_("How many published requests it has."), unit=N_("requests")),
    Column("open_requests", _N, N_("Open requests"), N_("How many of them have not ended."), unit=N_("requests")),
    Column("first_requested", _D, N_("First reported"), ""),
    Column("last_requested", _D, N_("Last reported"), ""),
    Column("last_closed", _D, N_("Ended"), N_("The newest end; empty while one of its requests is open.")),
    Column("request_ids", _T, N_("Its requests"), N_("Their numbers, oldest first, with commas between.")),
    Column("longitude", _N, N_("Longitude"), N_("Of the first request."), unit=N_("degrees, WGS84")),
    Column("latitude", _N, N_("Latitude"), N_("Of the first request."), unit=N_("degrees, WGS84")),
    Column(
        "location", Kind.POINT, N_("Place"), N_("Longitude and latitude as a point."), parts=("longitude", "latitude")
    ),
)
ABOUT = N_(
    "Where several requests are about one thing. Whoever reported it is counted in the data set of requests; here the"
    " thing is counted once."
)


def dataset(_city: City) -> DataSet:
    """Return the data set."""
    return DataSet(
        CODE, N_("Incidents"), ABOUT, N_("one thing that several requests are about"), COLUMNS, ("duplicates",)
    )


def made(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the incidents of published requests; one that a single request is left of is none."""
    members: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        members.setdefault(row["incident_id"], []).append(row)
    return [_row(incident, _oldest_first(each)) for incident, each in members.items() if len(each) > 1]


def _oldest_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["requested_datetime"], row["_id"]))


def _row(incident: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    first, last = rows[0], rows[-1]
    still_open = sum(row["status"] == "open" for row in rows)
    closed = [row["closed_datetime"] for row in rows if row["closed_datetime"]]
    return {
        "_id": incident,
        MONTH: first[MONTH],
        "incident_id": incident,
        "service_codes": ",".join(sorted({row["service_code"] for row in rows})),
        "requests": float(len(rows)),
        "open_requests": float(still_open),
        "first_requested": first["requested_datetime"],
        "last_requested": last["requested_datetime"],
        "last_closed": max(closed) if closed and not still_open else None,
        "request_ids": ",".join(row["_id"] for row in rows),
        "longitude": first["longitude"],
        "latitude": first["latitude"],
    }
