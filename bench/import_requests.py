"""
Bulk import beside a plain COPY: rows per second of `ombud import` and of PostgreSQL's own COPY of the same file.

    python -m bench.import_requests [--copies 3] [--turns 3]

The file is a real one (MyLA311, 10,000 rows of January 2018, 33 columns), several times over with other numbers.
COPY fills a table of the file's own columns, once with four indexes (the number, newest, by agency, by type) and
once with as many indexes of the same kinds as the record's table of requests has. The import makes the same rows
requests: five tables, checked, located, with their timelines. Both run in turns on one server; medians count.
Prints a table and, as its last line, one JSON object. Needs no running installation: it makes one of its own.
"""

import argparse
import csv
import gzip
import io
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo" / "los_angeles"
SOURCE = DEMO / "requests" / "myla311_2018-01-01_to_04.csv.gz"

FEW = (
    "(createddate DESC, srnumber DESC)",
    "(owner, createddate DESC, srnumber DESC)",
    "(requesttype, createddate DESC, srnumber DESC)",
)
LIKE_THE_RECORD = (
    *FEW,
    "(createddate DESC, srnumber DESC) WHERE status NOT IN ('Closed', 'Cancelled')",
    "(servicedate) WHERE status NOT IN ('Closed', 'Cancelled')",
    "(requesttype, longitude, latitude)",
    "(md5(srnumber))",
    "(md5(srnumber || 'x'))",
    "(srnumber) WHERE srnumber <> ''",
    "(approximateaddress)",
    "(mobileos)",
    "(address)",
    "USING gin (string_to_array(cd || ',' || nc || ',' || policeprecinct, ','))",
)


def made_file(folder: Path, copies: int) -> tuple[Path, int]:
    """Return the file, plain CSV, and its rows."""
    with gzip.open(SOURCE, "rt", encoding="utf-8", newline="") as source:
        header, *rows = csv.reader(source)
    path = folder / "requests.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for copy in range(copies):
            writer.writerows([f"{row[0]}-{copy}", *row[1:]] for row in rows)
    return path, copies * len(rows)


def plain_copy(path: Path, indexes: tuple[str, ...]) -> float:
    """Return the seconds that COPY takes into an empty indexed table."""
    from django.db import connection, transaction

    from ombud.plumbing import walls

    dates, numbers = {"createddate", "updateddate", "servicedate", "closeddate"}, {"latitude", "longitude"}
    with path.open(encoding="utf-8") as file:
        names = next(csv.reader(file))
    columns = ", ".join(
        f"{n.lower()} {'timestamp' if n.lower() in dates else 'float8' if n.lower() in numbers else 'text'}"
        for n in names
    )
    with walls.as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_plain")
        cursor.execute(f"CREATE TABLE bench_plain ({columns}, PRIMARY KEY (srnumber))")
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


def one_import(path: Path) -> tuple[float, float]:
    """Return the seconds of the import into a record without these rows, and of what follows it once."""
    from ombud.catalog import queries as catalog
    from ombud.connect.legacy.files.importing import Import
    from ombud.connect.legacy.files.mapping import read_mapping_file
    from ombud.kernel import clock
    from ombud.plumbing import walls

    with walls.inside("la"):
        city = catalog.city("la")
        work = Import(city, read_mapping_file(DEMO / "import" / "myla311.yaml", city=city), clock.now())
        began = time.perf_counter()
        report = work.file(path)
        took = time.perf_counter() - began
        assert report.created == report.rows, report
        began = time.perf_counter()
        work.finish([report])
        return took, time.perf_counter() - began


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


def installation(home: Path) -> None:
    """Make an installation with the demo's Los Angeles."""
    os.environ.update(OMBUD_HOME=str(home), DJANGO_SETTINGS_MODULE="ombud.settings")
    os.environ.pop("DATABASE_URL", None)
    import django
    from django.core.management import call_command

    from ombud.plumbing import embedded_postgres

    embedded_postgres.start(home)
    django.setup()
    from ombud.catalog import commands as catalog
    from ombud.kernel import clock
    from ombud.places import commands as places
    from ombud.plumbing import walls

    call_command("migrate", verbosity=0, skip_checks=True)
    catalog.load_folder(DEMO, at=clock.now())
    with walls.inside("la"):
        places.load_boundaries(DEMO / "boundaries", jurisdiction_id="la", at=clock.now())


def measured(home: Path, copies: int, turns: int) -> dict[str, object]:
    """Return the figures."""
    path, rows = made_file(home, copies)
    measures: dict[str, Callable[[], float]] = {
        "copy_4_indexes": lambda: plain_copy(path, FEW),
        "copy_like_the_record": lambda: plain_copy(path, LIKE_THE_RECORD),
    }
    seconds: dict[str, list[float]] = {name: [] for name in (*measures, "import", "after")}
    for _ in range(turns):
        for name, measure in measures.items():
            seconds[name].append(measure())
        empty_record()
        took, after = one_import(path)
        seconds["import"].append(took)
        seconds["after"].append(after)
    per_second = {name: rows / statistics.median(times) for name, times in seconds.items() if name != "after"}
    return {
        "bench": "import_requests",
        "rows": rows,
        "turns": turns,
        "rows_per_second": {name: round(speed) for name, speed in per_second.items()},
        "ratio_to_copy_4_indexes": round(per_second["import"] / per_second["copy_4_indexes"], 3),
        "ratio_to_copy_like_the_record": round(per_second["import"] / per_second["copy_like_the_record"], 3),
        "bar": 0.5,
        "addresses_and_expected_times_seconds": round(statistics.median(seconds["after"]), 2),
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
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="ombud-bench-"))
    try:
        installation(home)
        figures = measured(home, options.copies, options.turns)
    finally:
        from ombud.plumbing import embedded_postgres

        embedded_postgres.stop(home)
        shutil.rmtree(home, ignore_errors=True)
    sys.stdout.write(table(figures))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
