"""What the tests of importing share: a mapping of an old system, one row of it, and looks at what has come of it."""

import csv
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from ombud.catalog import queries as catalog
from ombud.connect.legacy.files.importing import FileReport
from ombud.connect.legacy.files.mapping import FileMapping, read_mapping
from ombud.service_requests.models import RequestEvent, ServiceRequest
from tests.builders import MAIN_STREET

COLUMNS = (
    "Number", "Asked", "Changed", "Closed", "Kind", "State", "Bureau", "Crew", "How", "Day", "Said", "Where",
    "Lat", "Lon", "Ward",
)  # fmt: skip
MAPPING: dict[str, Any] = {
    "source": "oldtown",
    "timezone": "America/Los_Angeles",
    "columns": {
        "number": ["Number"],
        "requested_at": ["Asked"],
        "updated_at": ["Changed"],
        "closed_at": ["Closed"],
        "service": ["Kind"],
        "status": ["State"],
        "agency": ["Bureau"],
        "unit": ["Crew"],
        "channel": ["How"],
        "service_on": ["Day"],
        "resolution": ["Said"],
        "address": ["Where"],
        "latitude": ["Lat"],
        "longitude": ["Lon"],
        "areas": {"ward": ["Ward"]},
    },
    "date_formats": ["%Y-%m-%d %H:%M"],
    "services": {"Hole": "POTHOLE", "Lamp": "STREETLIGHT"},
    "agencies": {"Roads": "STREETS"},
    "units": {"A": "CREW-A"},
    "channels": {"Call": "phone"},
    "statuses": {
        "Open": {"status": "received"},
        "Working": {"status": "accepted"},
        "Done": {"status": "closed"},
        "Taken back": {"status": "withdrawn"},
    },
    "outcomes": [
        {"when": {"resolution_contains": "was FILLED"}, "outcome": "fixed"},
        {"when": {"status": "Done", "resolution_contains": "nothing there"}, "outcome": "nothing_found"},
        {"default": "unstated"},
    ],
    "areas_compare": {"ward": {"layer": "ward", "vintage": "2020", "match": "id"}},
}
HOLE = {
    "Number": "1-1",
    "Asked": "2018-01-02 10:00",
    "Changed": "2018-01-05 12:00",
    "Closed": "2018-01-04 09:30",
    "Kind": "Hole",
    "State": "Done",
    "Bureau": "Roads",
    "Crew": "A",
    "How": "Call",
    "Day": "2018-01-04 00:00",
    "Said": "The hole was filled.",
    "Where": "12 MAIN ST",
    "Lat": str(MAIN_STREET.lat),
    "Lon": str(MAIN_STREET.lon),
    "Ward": "2",
}

Importer = Callable[..., FileReport]


def mapping_with(city_id: str = "springfield", **changes: Any) -> FileMapping:
    return read_mapping({**MAPPING, **changes}, city=catalog.city(city_id), name="test")


def written(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def the(number: str) -> ServiceRequest:
    return ServiceRequest.objects.get(jurisdiction_id="springfield", old_number=number)


def story(row: ServiceRequest) -> list[tuple[str, datetime]]:
    return [(e.kind, e.at) for e in RequestEvent.objects.filter(request=row).order_by("seq")]


def tables() -> list[int]:
    """Return how many rows there are of everything an import writes."""
    names = (
        "ombud_service_request", "ombud_request_event", "ombud_request_place", "ombud_request_form",
        "ombud_request_text", "ombud_import_held_row", "ombud_import_repair",
    )  # fmt: skip
    with connection.cursor() as cursor:
        counts = []
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {name}")
            counts.append(cursor.fetchone()[0])
    return counts
