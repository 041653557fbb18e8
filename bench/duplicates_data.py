"""
The labelled duplicates of three cities, as reports to be put together.

Each label is what it is, see `docs/explanation/duplicates.md`: Chicago's comes from a rule of the city's system (same
address, a few days, no parent named); Boston's from what staff typed on closing, where they did; San Francisco's from
a sentence of the outcome, with places rounded to about a hundred metres.
"""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ombud.kernel.geo import LonLat, Metres
from ombud.triage.likeness.rules.sighting import Sighting, plain_address

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
BOSTON = (2013, 2014, 2015, 2016, 2017, 2020, 2021)
REACH = {"chicago": Metres(50), "boston": Metres(50), "san_francisco": Metres(50)}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One report with its label; `parent` is the id of the case it repeats, where somebody wrote it down."""

    city: str
    sighting: Sighting
    ended_at: datetime | None
    flagged: bool
    parent: str = ""


def read(city: str, *, window_days: float, data: Path = DATA) -> list[Labelled]:
    """Return a city's reports, the earliest first; a number that occurs twice counts once."""
    found: dict[str, Labelled] = {}
    for one in {"chicago": _chicago, "boston": _boston, "san_francisco": _san_francisco}[city](data, window_days):
        found.setdefault(one.sighting.key, one)
    return sorted(found.values(), key=lambda one: (one.sighting.at, one.sighting.key))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path) as packed:
        yield from csv.DictReader(io.TextIOWrapper(packed, "utf-8-sig", newline=""))


def _chicago(data: Path, window_days: float) -> Iterator[Labelled]:
    for row in _rows(data / "chicago" / "chicago311_sanitation_to_2013.csv.gz"):
        kind = row["What_is_the_Nature_of_this_Code_Violation"].strip()
        at = _day(row["Creation_Date"])
        if at is None:
            continue
        yield Labelled(
            "chicago",
            Sighting(
                key=row["Service_Request_Number"],
                service="sanitation",
                at=at,
                has_hours=False,
                reach=REACH["chicago"],
                window_days=window_days,
                point=LonLat.read(row["Longitude"], row["Latitude"]),
                address=plain_address(row["Street_Address"]),
                details=frozenset({f"kind={kind}"} if kind else ()),
            ),
            _day(row["Completion_Date"]),
            "Dup" in row["Status"],
        )


def _day(told: str) -> datetime | None:
    return datetime.strptime(told, "%m/%d/%Y").replace(tzinfo=UTC) if told else None


def _boston(data: Path, window_days: float) -> Iterator[Labelled]:
    for year in BOSTON:
        for row in _rows(data / "boston" / f"boston311_animals_{year}.csv.gz"):
            reason = row["closure_reason"]
            parent = re.search(r"\b(1010\d{8})\b", reason)
            flagged = "duplic" in reason.lower()
            yield Labelled(
                "boston",
                Sighting(
                    key=row["case_enquiry_id"],
                    service=row["type"],
                    at=_instant(row["open_dt"]),
                    reach=REACH["boston"],
                    window_days=window_days,
                    point=LonLat.read(row["longitude"], row["latitude"]),
                    address=plain_address(row["location"]),
                ),
                _instant(row["closed_dt"]) if row["closed_dt"] else None,
                flagged,
                parent.group(1) if flagged and parent else "",
            )


def _instant(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=UTC)


def _san_francisco(data: Path, window_days: float) -> Iterator[Labelled]:
    for row in _rows(data / "san_francisco" / "sf311_encampment_text_2025-08-29_to_09-03.csv.gz"):
        closed = row["status"] == "closed"
        yield Labelled(
            "san_francisco",
            Sighting(
                key=row["service_request_id"],
                service="encampment",
                at=datetime.fromisoformat(row["requested_datetime"]),
                reach=REACH["san_francisco"],
                window_days=window_days,
                point=LonLat.read(row["long"], row["lat"]),
                accuracy_m=60.0,  # three decimals
                words=" ".join(row["description"].lower().replace("reported with solve sf.", "").split()),
                language="en",
            ),
            datetime.fromisoformat(row["updated_datetime"]) if closed else None,
            "duplicate" in row["status_notes"].lower(),
        )
