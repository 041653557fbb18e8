"""
Past requests for a stand-in to be filled with: real ones of the demo city, drawn with a seed and moved to lately.

Nothing is made up but the choice and the weeks: kind, address, yard or contractor, the hour and the day of the week
are those of a real row.
"""

import csv
import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

FILES = ("myla311_2020-01-01_to_03.csv.gz", "myla311_2018-01-01_to_04.csv.gz")
REQUESTS = Path(__file__).resolve().parents[4] / "demo" / "los_angeles" / "requests"
FORMATS = ("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p")
WEEKS_BACK = 16


@dataclass(frozen=True, slots=True)
class Past:
    """One real request: its time by the city's wall clock, moved by whole weeks."""

    asked: datetime
    days_to_close: float | None
    kind: str
    unit: str
    house_number: str
    direction: str
    street: str
    suffix: str
    zip: str
    lon: str
    lat: str
    council_district: str

    @property
    def address(self) -> str:
        """The street address in one line."""
        return " ".join(part for part in (self.house_number, self.direction, self.street, self.suffix) if part)


def drawn(number: int, *, kinds: tuple[str, ...] = (), seed: int, until: datetime) -> list[Past]:
    """
    Return so many real requests of these kinds (all where none is named), oldest first.

    `until` is the present by the city's wall clock; the same seed and week give the same requests.
    """
    rows = [row for row in _rows() if not kinds or row.kind in kinds]
    if not rows:
        return []
    chance = random.Random(seed)  # noqa: S311  a demo's data
    picked = [chance.choice(rows) for _ in range(number)]
    return sorted((_moved(row, until, chance) for row in picked), key=lambda row: row.asked)


def _moved(row: Past, until: datetime, chance: random.Random) -> Past:
    weeks = (until - row.asked) // timedelta(weeks=1)
    # More of late than of long ago, as a system that lists what changed would show.
    back = min(int(chance.expovariate(1 / 3)), WEEKS_BACK)
    asked = row.asked + timedelta(weeks=max(weeks - back, 0))
    return Past(asked, *(getattr(row, name) for name in Past.__slots__[1:]))


@lru_cache(maxsize=1)
def _rows() -> tuple[Past, ...]:
    return tuple(_read())


def _read() -> Iterator[Past]:
    for name in FILES:
        path = REQUESTS / name
        if not path.exists():
            continue
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            for raw in csv.DictReader(file):
                row = {column.lower(): (value or "").strip() for column, value in raw.items() if column}
                if row["latitude"] and row["streetname"] and row["createddate"]:
                    yield _past(row)


def _past(row: dict[str, str]) -> Past:
    asked, closed = _wall(row["createddate"]), _wall(row["closeddate"]) if row["closeddate"] else None
    return Past(
        asked=asked,
        days_to_close=max(0.0, (closed - asked) / timedelta(days=1)) if closed else None,
        kind=row["requesttype"],
        unit=row["assignto"],
        house_number=row["housenumber"],
        direction=row["direction"],
        street=row["streetname"],
        suffix=row["suffix"],
        zip=row["zipcode"],
        lon=row["longitude"],
        lat=row["latitude"],
        council_district=row["cd"],
    )


def _wall(text: str) -> datetime:
    for one in FORMATS:
        try:
            return datetime.strptime(text, one)  # noqa: DTZ007  the city's wall clock, as the old systems keep it
        except ValueError:
            continue
    raise ValueError(f"no date: {text}")
