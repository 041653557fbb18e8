"""
Bulk import beside a plain COPY: rows per second of `ombud import` and of PostgreSQL's own COPY of the same file.

    python -m bench.import_requests [--city la] [--copies 3] [--turns 3]

The file is a real one, several times over with other numbers: MyLA311, 10,000 rows of January 2018, 33 columns; or
NYC 311, 6,765 rows of a day in October 2018, 41 columns. COPY fills a table of the file's own columns, once with four
indexes (the number, newest, by agency, by type) and once with an index of the same kind for each that the table of
requests has. The import makes the same rows requests: five tables, checked, located, with their timelines. All run
in turns on one server; medians count. Also told: seconds of processor time of Python and of PostgreSQL, which say what
the machine's other work does not change. Prints a table and, as its last line, one JSON object. Needs no running
installation: it makes one of its own.
"""

import argparse
import csv
import gzip
import io
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Source:
    """A city's file, and which of its columns play which part."""

    city: str
    folder: Path
    file: str
    mapping: str
    number: str
    asked: str
    agency: str
    kind: str
    due: str
    areas: str
    dates: frozenset[str]

    def few(self) -> tuple[str, ...]:
        """Return four indexes, the primary key on the number left out."""
        newest = f"{self.asked} DESC, {self.number} DESC"
        return (f"({newest})", f"({self.agency}, {newest})", f"({self.kind}, {newest})")

    def like_the_record(self) -> tuple[str, ...]:
        """Return one index for each that `ombud_service_request` has and that imported rows get into."""
        is_open = "WHERE status NOT IN ('Closed', 'Cancelled')"
        return (
            *self.few(),
            f"({self.asked} DESC, {self.number} DESC) {is_open}",
            f"({self.due}) {is_open}",
            f"({self.kind}, longitude, latitude) {is_open}",
            f"(md5({self.number}))",
            f"(md5({self.number} || 'x'))",
            f"({self.number}) WHERE {self.number} <> ''",
            f"USING gin (string_to_array({self.areas}, ','))",
        )


SOURCES = {
    source.city: source
    for source in (
        Source(
            city="la",
            folder=ROOT / "demo" / "los_angeles",
            file="myla311_2018-01-01_to_04.csv.gz",
            mapping="myla311.yaml",
            number="srnumber",
            asked="createddate",
            agency="owner",
            kind="requesttype",
            due="servicedate",
            areas="cd || ',' || nc || ',' || policeprecinct",
            dates=frozenset({"createddate", "updateddate", "servicedate", "closeddate"}),
        ),
        Source(
            city="nyc",
            folder=ROOT / "demo" / "new_york",
            file="nyc311_2018-10-21_full_day.csv.gz",
            mapping="nyc311.yaml",
            number="unique_key",
            asked="created_date",
            agency="agency",
            kind="complaint_type",
            due="due_date",
            areas="community_board || ',' || borough || ',' || incident_zip",
            dates=frozenset({"created_date", "closed_date", "due_date", "resolution_action_updated_date"}),
        ),
    )
}


def made_file(source: Source, folder: Path, copies: int) -> tuple[Path, int]:
    """Return the file, plain CSV, and its rows."""
    with gzip.open(source.folder / "requests" / source.file, "rt", encoding="utf-8-sig", newline="") as real:
        header, *rows = csv.reader(real)
    path = folder / "requests.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for copy in range(copies):
            writer.writerows([f"{row[0]}-{copy}", *row[1:]] for row in rows)
    return path, copies * len(rows)


def plain_copy(source: Source, path: Path, indexes: tuple[str, ...]) -> float:
    """Return the seconds that COPY takes into an empty indexed table."""
    from django.db import connection, transaction

    from ombud.plumbing import walls

    with path.open(encoding="utf-8") as file:
        names = [re.sub(r"\W+", "_", name.lower()).strip("_") for name in next(csv.reader(file))]
    kinds = dict.fromkeys(source.dates, "timestamp") | dict.fromkeys(("latitude", "longitude"), "float8")
    columns = ", ".join(f"{name} {kinds.get(name, 'text')}" for name in names)
    with walls.as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_plain")
        cursor.execute(f"CREATE TABLE bench_plain ({columns}, PRIMARY KEY ({source.number}))")
        for index in indexes:
            cursor.execute(f"CREATE INDEX ON bench_plain {index}")
        began = time.perf_counter()
        statement = "COPY bench_plain FROM STDIN WITH (FORMAT csv, HEADER)"
        with transaction.atomic(), path.open("rb") as file, cursor.copy(statement) as copy:
            while block := file.read(1 << 18):
                copy.write(block)
        took = time.perf_counter() - began
        cursor.execute("DROP TABLE bench_plain")
    return took


def one_import(source: Source, path: Path) -> dict[str, float]:
    """Return the seconds of the import into a record without these rows, and of what follows it once."""
    from django.db import connection

    from ombud.catalog import queries as catalog
    from ombud.connect.legacy.files.importing import Import
    from ombud.connect.legacy.files.mapping import read_mapping_file
    from ombud.kernel import clock
    from ombud.plumbing import walls

    with walls.inside(source.city):
        city = catalog.city(source.city)
        mapping = read_mapping_file(source.folder / "import" / source.mapping, city=city)
        work = Import(city, mapping, clock.now())
        connection.ensure_connection()
        backend = connection.connection.info.backend_pid
        began, python, database = time.perf_counter(), time.process_time(), _processor_seconds(backend)
        report = work.file(path)
        seconds = {
            "import": time.perf_counter() - began,
            "python": time.process_time() - python,
            "postgres": _processor_seconds(backend) - database,
        }
        assert report.created + report.held.total() == report.rows, report
        began = time.perf_counter()
        work.finish([report])
        return seconds | {"after": time.perf_counter() - began}


def _processor_seconds(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:  # not Linux, or not our machine's server
        return 0.0


def empty_record() -> None:
    """Take the requests out again, so that each turn meets the same tables."""
    from django.db import connection

    from ombud.plumbing import walls

    with walls.as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ombud_request_event DISABLE TRIGGER ombud_request_event_whole")
        cursor.execute(
            "TRUNCATE ombud_request_event, ombud_request_text, ombud_request_form, ombud_request_photo,"
            " ombud_follower, ombud_service_request, ombud_request_place, ombud_incident, ombud_address"
        )
        cursor.execute("ALTER TABLE ombud_request_event ENABLE TRIGGER ombud_request_event_whole")


def installation(source: Source, home: Path) -> None:
    """Make an installation with the city of the demo."""
    os.environ.update(OMBUD_HOME=str(home), DJANGO_SETTINGS_MODULE="ombud.settings")
    os.environ.pop("DATABASE_URL", None)
    import django
    from django.core.management import call_command

    from ombud.plumbing import embedded_postgres

    embedded_postgres.start(home)
    django.setup()
    from ombud.catalog.loading import load_folder
    from ombud.kernel import clock
    from ombud.places import commands as places
    from ombud.plumbing import walls

    call_command("migrate", verbosity=0, skip_checks=True)
    load_folder(source.folder, at=clock.now())
    with walls.inside(source.city):
        places.load_boundaries(source.folder / "boundaries", jurisdiction_id=source.city, at=clock.now())


def measured(source: Source, home: Path, copies: int, turns: int) -> dict[str, object]:
    """Return the figures."""
    path, rows = made_file(source, home, copies)
    measures: dict[str, Callable[[], float]] = {
        "copy_4_indexes": lambda: plain_copy(source, path, source.few()),
        "copy_like_the_record": lambda: plain_copy(source, path, source.like_the_record()),
    }
    seconds: dict[str, list[float]] = {}
    for _ in range(turns):
        for name, measure in measures.items():
            seconds.setdefault(name, []).append(measure())
        empty_record()
        for name, took in one_import(source, path).items():
            seconds.setdefault(name, []).append(took)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    per_second = {name: rows / median[name] for name in (*measures, "import")}
    return {
        "bench": "import_requests",
        "city": source.city,
        "rows": rows,
        "turns": turns,
        "rows_per_second": {name: round(speed) for name, speed in per_second.items()},
        "ratio_to_copy_4_indexes": round(per_second["import"] / per_second["copy_4_indexes"], 3),
        "ratio_to_copy_like_the_record": round(per_second["import"] / per_second["copy_like_the_record"], 3),
        "bar": 0.5,
        "processor_microseconds_a_row": {name: round(1e6 * median[name] / rows, 1) for name in ("python", "postgres")},
        "addresses_and_expected_times_seconds": round(median["after"], 2),
    }


def table(figures: dict[str, object]) -> str:
    """Return the figures to be read."""
    speeds = figures["rows_per_second"]
    assert isinstance(speeds, dict)
    out = io.StringIO()
    for name, speed in speeds.items():
        out.write(f"{name.replace('_', ' '):<28}{speed:>10,} rows/s{speeds['import'] / speed:>8.2f}\n")
    return out.getvalue()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1] if __doc__ else None)
    parser.add_argument("--city", choices=SOURCES, default="la")
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="ombud-bench-"))
    try:
        source = SOURCES[options.city]
        installation(source, home)
        figures = measured(source, home, options.copies, options.turns)
    finally:
        from ombud.plumbing import embedded_postgres

        embedded_postgres.stop(home)
        shutil.rmtree(home, ignore_errors=True)
    sys.stdout.write(table(figures))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
