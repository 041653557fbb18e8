"""
How fast the public record answers, beside DuckDB by hand on the same files, PostgreSQL alone, and Datasette on SQLite.

    python -m bench.record [--rows 1000000] [--without-postgres] [--without-datasette] [--kept FOLDER]

Ten typical queries in SoQL, each the median of five runs after one, ours and DuckDB's by turns; the others, which take
long, are asked once after once, or only once where that took over ten seconds. Then the newest 1,000, one row, and
everything as CSV. With `--kept` the rows are made into that folder, or found there, and stay: 40 million take half an
hour to make and 60 GB of disk.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from bench import datasette
from bench.installation import ROOT, home, share

# What is asked in SoQL, and what somebody would write by hand for the same.
QUERIES: dict[str, tuple[str, str]] = {
    "count": ("select count(*)", "SELECT count(*) FROM r"),
    "by_month_and_service": (
        "select date_trunc_ym(requested_datetime) as m, service_code, count(*) group by m, service_code limit 50000",
        "SELECT date_trunc('month', requested_datetime) AS m, service_code, count(*) FROM r GROUP BY 1, 2",
    ),
    "by_borough_open": (
        "select borough, count(*) where status = 'open' group by borough",
        "SELECT borough, count(*) FROM r WHERE status = 'open' GROUP BY 1",
    ),
    "median_days": (
        "select service_code, median(days_to_close), count(*) group by service_code",
        "SELECT service_code, median(days_to_close), count(*) FROM r GROUP BY 1",
    ),
    "p90_by_agency": (
        "select agency_responsible, percentile(days_to_close, 0.9) group by agency_responsible",
        "SELECT agency_responsible, quantile_cont(days_to_close, 0.9) FROM r GROUP BY 1",
    ),
    "one_service_by_year": (
        "select date_extract_y(requested_datetime) as y, count(*) where service_name = 'Noise - Residential'"
        " group by y",
        "SELECT year(requested_datetime), count(*) FROM r WHERE service_name = 'Noise - Residential' GROUP BY 1",
    ),
    "on_time_share": (
        "select agency_responsible, avg(case(on_time, 1, true, 0)) where closed_datetime is not null"
        " group by agency_responsible",
        "SELECT agency_responsible, avg(CASE WHEN on_time THEN 1 ELSE 0 END) FROM r"
        " WHERE closed_datetime IS NOT NULL GROUP BY 1",
    ),
    "weekday_and_hour": (
        "select date_extract_dow(requested_datetime) as d, date_extract_hh(requested_datetime) as h, count(*)"
        " group by d, h",
        "SELECT dayofweek(requested_datetime), hour(requested_datetime), count(*) FROM r GROUP BY 1, 2",
    ),
    "near": (
        "select count(*) where within_circle(location, 40.7128, -74.006, 1000)",
        "SELECT count(*) FROM r WHERE latitude BETWEEN 40.7038 AND 40.7218 AND longitude BETWEEN -74.018 AND -73.994"
        " AND 2 * 6371008.8 * asin(sqrt(sin(radians(latitude - 40.7128) / 2) ** 2 + cos(radians(40.7128))"
        " * cos(radians(latitude)) * sin(radians(longitude + 74.006) / 2) ** 2)) <= 1000",
    ),
    "last_year_top": (
        "select service_name, count(*) as n where requested_datetime >= '2025-11-01' group by service_name"
        " order by n desc limit 20",
        "SELECT service_name, count(*) AS n FROM r WHERE requested_datetime >= '2025-11-01' GROUP BY 1"
        " ORDER BY n DESC LIMIT 20",
    ),
}
RUNS = 5
LONG_SECONDS = 10
# Stand in a kept folder once so many rows are made there, and once they are in PostgreSQL too.
MADE = "record-of-%d-rows"
IN_POSTGRES = "record-of-%d-rows-in-postgres"
SQLITE = "record.sqlite"
# What a row takes on the disk in files and as CSV, and in each of the two databases, generously.
BYTES_A_ROW = 500


def main() -> None:
    """Make the rows, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--without-postgres", action="store_true")
    parser.add_argument("--without-datasette", action="store_true")
    parser.add_argument("--only-make", action="store_true")
    parser.add_argument("--kept", type=Path)
    options = parser.parse_args()
    with home(options.kept) as environment:
        environment["OMBUD_DEMO_FOLDER"] = str(ROOT / "demo")
        # A city that is loaded again publishes again, and what was kept would not be the newest any more.
        is_made = Path(environment["OMBUD_HOME"], MADE % options.rows).exists()
        begin = ("database", "start") if is_made else ("demo", "--only-load", "--without-requests")
        if not is_made:
            _check_room(options, Path(environment["OMBUD_HOME"]))
        subprocess.run([sys.executable, "-m", "ombud", *begin], env=environment, check=True, stdout=subprocess.DEVNULL)
        os.environ.update(environment)
        print(json.dumps(_measure(options)))


def _check_room(options: argparse.Namespace, folder: Path) -> None:
    places = 1 + (not options.without_postgres) + (not options.without_datasette)
    needed, free = places * BYTES_A_ROW * options.rows, shutil.disk_usage(folder).free
    if free < needed:
        raise SystemExit(
            f"{options.rows:,} rows take about {needed / 1e9:,.0f} GB and {folder} has {free / 1e9:,.0f} GB left:"
            " ask fewer rows, --without-postgres, --without-datasette, or another disk with --kept (or TMPDIR)."
        )


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "ombud.settings"
    import django

    django.setup()
    from ombud.plumbing import walls

    with walls.inside("nyc"):
        snapshot, figures = _made(options)
        by_hand = _by_hand(snapshot)
        table = Path(os.environ["OMBUD_HOME"]) / SQLITE
        if not options.without_datasette:
            datasette.fill(by_hand, table)
        if options.only_make:
            return figures
        figures["bytes"] = sum(Path(path).stat().st_size for path in snapshot.files)
        if not options.without_postgres:
            figures |= _rows(snapshot)
        figures["aggregates"] = _aggregates(snapshot, by_hand)
        figures["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        _tell_already(figures)
        if not options.without_postgres:
            figures["postgres_times_slower"] = _beside(figures, lambda soql, _: _ask_postgres(snapshot, soql))
            _tell_already(figures["postgres_times_slower"])
        if not options.without_datasette:
            with datasette.served(table) as ask:
                figures["datasette_times_slower"] = _beside(figures, lambda _, sql: ask(sql))
        return figures | _csv(snapshot)


def _tell_already(figures: dict[str, Any]) -> None:
    """Show what is known so far: what is asked next may take an hour, and this should not be lost with it."""
    print(json.dumps(figures), file=sys.stderr, flush=True)


def _made(options: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """Return the version that has the rows, made unless they were kept, and what making it took."""
    from bench import record_data
    from ombud.catalog import queries as catalog
    from ombud.opendata.datasets import registry
    from ombud.opendata.models import LakeFile, Publication

    city = catalog.city("nyc")
    dataset = registry.of_code(city, "requests")
    figures: dict[str, Any] = {"rows": options.rows}
    made, in_postgres = (Path(os.environ["OMBUD_HOME"], name % options.rows) for name in (MADE, IN_POSTGRES))
    if not made.exists():
        for of_other_rows in (*made.parent.glob("record-of-*"), made.parent / SQLITE):
            of_other_rows.unlink(missing_ok=True)
        Publication.objects.of("nyc", "requests").delete()
        LakeFile.objects.of("nyc", "requests").delete()
        began = time.perf_counter()
        record_data.make("nyc", dataset, rows=options.rows)
        figures["made_in_s"] = round(time.perf_counter() - began, 1)
        made.touch()
    if not options.without_postgres and not in_postgres.exists():
        began = time.perf_counter()
        record_data.fill_projection("nyc", dataset, list(registry.snapshot(city, dataset).files))
        figures["into_postgres_in_s"] = round(time.perf_counter() - began, 1)
        in_postgres.touch()
    return registry.snapshot(city, dataset), figures


def _by_hand(snapshot: Any) -> Any:
    import duckdb

    by_hand = duckdb.connect()
    by_hand.execute("SET parquet_metadata_cache = true")
    by_hand.execute("SET memory_limit = '2GB'")
    listed = ", ".join(f"'{path}'" for path in snapshot.files)
    by_hand.execute(f"CREATE VIEW r AS SELECT * FROM read_parquet([{listed}])")
    return by_hand


def _ask_by_hand(by_hand: Any, sql: str) -> list[Any]:
    batches: list[Any] = by_hand.execute(sql).to_arrow_table().to_batches()
    return batches


def _aggregates(snapshot: Any, by_hand: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, (soql, sql) in QUERIES.items():
        if _told_alike(_ask(snapshot, soql)) != _told_alike(_ask_by_hand(by_hand, sql)):
            raise SystemExit(f"{name}: by hand something else comes out")
        ours, theirs = _by_turns(partial(_ask, snapshot, soql), partial(_ask_by_hand, by_hand, sql))
        ratio = round(ours / theirs, 2)
        told[name] = {"ms": round(ours * 1000, 1), "duckdb_ms": round(theirs * 1000, 1), "ratio": ratio}
    told["median_ratio"] = round(statistics.median(each["ratio"] for each in told.values()), 2)
    return told


def _told_alike(batches: Iterable[Any]) -> list[list[str]]:
    """Return rows in one order, numbers with the digits that count: sums of fractions differ by the order of adding."""
    rows = [row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]
    return sorted([f"{cell:.9g}" if isinstance(cell, int | float) else str(cell)[:10] for cell in row] for row in rows)


def _by_turns(ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float]:
    """Return the median seconds of two, run by turns, so that what else the machine does falls on both."""
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(RUNS + 1)][1:]
    return statistics.median(one for one, _ in pairs), statistics.median(other for _, other in pairs)


def _beside(figures: dict[str, Any], ask: Callable[[str, str], Any]) -> dict[str, float]:
    """Return how many times as long as we another takes for each query."""
    told = {}
    for name, (soql, sql) in QUERIES.items():
        took = _seconds(partial(ask, soql, sql))
        if took < LONG_SECONDS:
            took = _seconds(partial(ask, soql, sql))
        told[name] = round(took * 1000 / figures["aggregates"][name]["ms"], 1)
    return told | {"median": round(statistics.median(told.values()), 1)}


def _seconds(run: Callable[[], Any]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _ask(snapshot: Any, soql: str) -> list[Any]:
    from ombud.kernel import clock
    from ombud.opendata import asking
    from ombud.opendata.engines.budget import Budget
    from ombud.opendata.soql.asked import asked

    query = asked([("$query", soql)], snapshot.columns).resolved(snapshot.columns)
    return list(asking.batches(query, snapshot, Budget(120), now=clock.now()))


def _ask_postgres(snapshot: Any, soql: str) -> int:
    """Let PostgreSQL alone answer, whatever the planner would say."""
    from ombud.kernel import clock
    from ombud.opendata.engines import postgres
    from ombud.opendata.engines.budget import Budget
    from ombud.opendata.lake import projection
    from ombud.opendata.soql.asked import asked
    from ombud.opendata.soql.sql.compile import compiled

    query = asked([("$query", soql)], snapshot.columns).resolved(snapshot.columns)
    own = snapshot.jurisdiction_id
    made = compiled(query, "postgres", relation=projection.TABLE, now=clock.now(), jurisdiction_id=own)
    return int(postgres.batch(made, Budget(600)).num_rows)


def _rows(snapshot: Any) -> dict[str, Any]:
    numbers = [f"NY-{n:010d}" for n in range(0, snapshot.rows, max(1, snapshot.rows // 100))]
    asked = {
        "newest_1000": ["select * order by requested_datetime desc limit 1000"] * 40,
        "one_row": [f"select * where :id = '{each}' limit 1" for each in numbers],
        "one_row_by_number": [f"select * where service_request_id = '{each}' limit 1" for each in numbers],
    }
    told = {}
    for name, queries in asked.items():
        _ask(snapshot, queries[0])
        took = [_seconds(partial(_ask, snapshot, soql)) for soql in queries]
        told[f"{name}_p95_ms"] = round(share(took, 0.95) * 1000, 1)
    return told


def _csv(snapshot: Any) -> dict[str, Any]:
    from ombud.opendata.export.forms import Form, Suffix

    target = Path(os.environ["OMBUD_HOME"]) / "whole.csv"
    began = time.perf_counter()
    Form(Suffix.CSV).write(snapshot, target)
    took = time.perf_counter() - began
    size = target.stat().st_size
    target.unlink()
    return {"csv_s": round(took, 1), "csv_mb_a_second": round(size / took / 1e6, 1)}


if __name__ == "__main__":
    main()
