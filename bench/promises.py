"""
Promises: how often the truth fell within the range that is told at the beginning, on years of two cities.

    python -m bench.promises

Each month is promised only from what was known before it began. The method is in `docs/explanation/promises.md`.
"""

import argparse
import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bench.duplicates_data import DATA
from ombud.service_requests.rules.promise import DAY, HIGH, LOW
from ombud.service_requests.rules.promise_kept import NO_AREA, Kept, Key, Past, in_all, kept

ZONES = {"chicago": ZoneInfo("America/Chicago"), "boston": ZoneInfo("America/New_York")}
FIRST, LAST = {"chicago": 2011, "boston": 2014}, {"chicago": 2013, "boston": 2021}


class Row(NamedTuple):
    """One request of a file: its service and area, when it was asked and when it ended."""

    service: str
    area: str
    asked: datetime
    ended: datetime | None


def main() -> None:
    """Measure, say it by year, and print it all as one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with the cities' files")
    options = parser.parse_args()
    if not options.data.exists():
        raise SystemExit(f"The cities' files are not there: {options.data.name}. Say where with --data.")
    print(json.dumps({"aim": round(HIGH - LOW, 2), **{city: measured(city, options.data) for city in FIRST}}))


def measured(city: str, data: Path) -> dict[str, object]:
    """Return how the promises of each year held, and print it."""
    past: dict[Key, list[Past]] = defaultdict(list)
    for row in sorted(READERS[city](data), key=lambda row: row.asked):
        one = Past(row.asked.timestamp(), row.ended.timestamp() if row.ended else None)
        past[row.service, ""].append(one)
        past[row.service, row.area or NO_AREA].append(one)
    years_of = range(FIRST[city], LAST[city] + 1)
    months = [datetime(year, month, 1, tzinfo=ZONES[city]).timestamp() for year in years_of for month in range(1, 13)]
    held = kept(past, months, now=months[-1] + 31 * DAY)
    by_year: dict[str, list[Kept]] = defaultdict(list)
    for (_, begin), one in held.items():
        by_year[str(datetime.fromtimestamp(begin, ZONES[city]).year)].append(one)
    years = {year: told(in_all(of_year)) for year, of_year in sorted(by_year.items())}
    for year, figures in years.items():
        print(f"{city} {year}: {figures}")
    return {"all": told(in_all(held.values())), **years}


def told(held: Kept) -> dict[str, float]:
    """Return the shares of a sum."""
    return {"n": held.n, **{name: round(getattr(held, name) / held.n, 3) for name in ("within", "early", "late")}}


def chicago(data: Path) -> Iterator[Row]:
    """Sanitation complaints; the file has days only, so an end counts as that day's noon."""
    with gzip.open(data / "chicago/chicago311_sanitation_to_2013.csv.gz", "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            asked = _day(row["Creation_Date"])
            ended = _day(row["Completion_Date"]).replace(hour=12) if row["Completion_Date"] else None
            if "Dup" not in row["Status"] and (ended is None or ended >= asked):
                yield Row(row["Type_of_Service_Request"], row["Ward"], asked, ended)


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y").replace(tzinfo=ZONES["chicago"])


def boston(data: Path) -> Iterator[Row]:
    """Cases of animals and pests."""
    for path in sorted(data.glob("boston/boston311_animals_*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                asked = datetime.fromisoformat(row["open_dt"]).replace(tzinfo=ZONES["boston"])
                done = row["closed_dt"]
                ended = datetime.fromisoformat(done).replace(tzinfo=ZONES["boston"]) if done else None
                if "uplicate" not in row["closure_reason"] and (ended is None or ended >= asked):
                    yield Row(row["type"], row["neighborhood"], asked, ended)


READERS = {"chicago": chicago, "boston": boston}

if __name__ == "__main__":
    main()
