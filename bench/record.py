"""
How fast the public record answers, beside DuckDB by hand on the same files, PostgreSQL alone, and SQLite with indexes.

    python -m bench.record [--rows 1000000] [--without-postgres] [--without-sqlite]

Ten typical queries in SoQL, each the median of five runs after one; then the newest 1,000, one row, and everything as
CSV. SQLite is asked in this process; Datasette, which stands on it, adds its own time to that.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
        "SELECT agency_responsible, avg(on_time::INT) FROM r WHERE closed_datetime IS NOT NULL GROUP BY 1",
    ),
    "weekday_and_hour": (
        "select date_extract_dow(requested_datetime) as d, date_extract_hh(requested_datetime) as h, count(*)"
        " group by d, h",
        "SELECT dayofweek(requested_datetime), hour(requested_datetime), count(*) FROM r GROUP BY 1, 2",
    ),
    "near": (
        "select count(*) where within_circle(location, 40.7128, -74.006, 1000)",
        "SELECT count(*) FROM r WHERE latitude BETWEEN 40.7038 AND 40.7218 AND longitude BETWEEN -74.018 AND -73.994",
    ),
    "last_year_top": (
        "select service_name, count(*) as n where requested_datetime >= '2025-11-01' group by service_name"
        " order by n desc limit 20",
        "SELECT service_name, count(*) AS n FROM r WHERE requested_datetime >= '2025-11-01' GROUP BY 1"
        " ORDER BY n DESC LIMIT 20",
    ),
}
_SQLITE = {
    "date_trunc('month', requested_datetime)": "substr(requested_datetime, 1, 7)",
    "year(requested_datetime)": "substr(requested_datetime, 1, 4)",
    "dayofweek(requested_datetime)": "strftime('%w', requested_datetime)",
    "hour(requested_datetime)": "substr(requested_datetime, 12, 2)",
    "on_time::INT": "on_time",
    # SQLite has neither.
    "median(days_to_close)": "avg(days_to_close)",
    "quantile_cont(days_to_close, 0.9)": "avg(days_to_close)",
}
_INDEXES = ("requested_datetime", "service_code", "service_name", "status", "agency_responsible", "borough", "latitude")
RUNS = 5


def main() -> None:
    """Make the rows, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--without-postgres", action="store_true")
    parser.add_argument("--without-sqlite", action="store_true")
    options = parser.parse_args()
    with home() as environment:
        environment["OMBUD_DEMO_FOLDER"] = str(ROOT / "demo")
        load = [sys.executable, "-m", "ombud", "demo", "--only-load", "--without-requests"]
        subprocess.run(load, env=environment, check=True, stdout=subprocess.DEVNULL)
        os.environ.update(environment)
        print(json.dumps(_measure(options)))


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "ombud.settings"
    import django

    django.setup()
    from bench import record_data
    from ombud.catalog import queries as catalog
    from ombud.opendata.datasets import registry
    from ombud.opendata.models import LakeFile, Publication
    from ombud.plumbing import walls

    with walls.inside("nyc"):
        city = catalog.city("nyc")
        dataset = registry.of_code(city, "requests")
        Publication.objects.of("nyc", "requests").delete()
        LakeFile.objects.of("nyc", "requests").delete()
        began = time.perf_counter()
        record_data.make("nyc", dataset, rows=options.rows)
        snapshot = registry.snapshot(city, dataset)
        figures: dict[str, Any] = {"rows": snapshot.rows, "made_in_s": round(time.perf_counter() - began, 1)}
        figures["bytes"] = sum(Path(path).stat().st_size for path in snapshot.files)
        if not options.without_postgres:
            record_data.fill_projection("nyc", dataset, list(snapshot.files))
            figures |= _rows(snapshot)
        figures["aggregates"] = _aggregates(snapshot, options)
        return figures | _csv(snapshot)


def _aggregates(snapshot: Any, options: argparse.Namespace) -> dict[str, Any]:
    import duckdb

    by_hand = duckdb.connect()
    by_hand.execute("SET parquet_metadata_cache = true")
    listed = ", ".join(f"'{path}'" for path in snapshot.files)
    by_hand.execute(f"CREATE VIEW r AS SELECT * FROM read_parquet([{listed}], union_by_name = true)")
    sqlite = None if options.without_sqlite else _sqlite(by_hand)
    told: dict[str, Any] = {}
    for name, (soql, sql) in QUERIES.items():
        ours = _median(lambda soql=soql: _ask(snapshot, soql))
        theirs = _median(lambda sql=sql: by_hand.execute(sql).fetchall())
        told[name] = {
            "ms": round(ours * 1000, 1),
            "duckdb_ms": round(theirs * 1000, 1),
            "ratio": round(ours / theirs, 2),
        }
        if not options.without_postgres:
            alone = _median(lambda soql=soql: _ask_postgres(snapshot, soql), runs=1)
            told[name]["postgres_times_slower"] = round(alone / ours, 1)
        if sqlite:
            old = _median(lambda sql=sql: sqlite.execute(_for_sqlite(sql)).fetchall(), runs=1)
            told[name]["sqlite_times_slower"] = round(old / ours, 1)
    told["median_ratio"] = round(statistics.median(each["ratio"] for each in told.values()), 2)
    return told


def _ask(snapshot: Any, soql: str) -> int:
    from ombud.kernel import clock
    from ombud.opendata import asking
    from ombud.opendata.engines.budget import Budget
    from ombud.opendata.soql.asked import asked

    query = asked([("$query", soql)], snapshot.columns).resolved(snapshot.columns)
    return sum(batch.num_rows for batch in asking.batches(query, snapshot, Budget(120), now=clock.now()))


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


def _median(run: Callable[[], Any], *, runs: int = RUNS) -> float:
    run()
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def _for_sqlite(sql: str) -> str:
    for ours, theirs in _SQLITE.items():
        sql = sql.replace(ours, theirs)
    return sql


def _sqlite(source: Any) -> sqlite3.Connection:
    names = [row[0] for row in source.execute("DESCRIBE r").fetchall()]
    listed = ", ".join(
        f"CAST({name} AS VARCHAR) AS {name}" if name.endswith(("_datetime", "_at")) else f'"{name}"' for name in names
    )
    database = sqlite3.connect(Path(os.environ["OMBUD_HOME"]) / "record.sqlite")
    database.execute(f"CREATE TABLE r ({', '.join(names)})")
    places = ", ".join("?" * len(names))
    cursor = source.execute(f"SELECT {listed} FROM r")
    while chunk := cursor.fetchmany(50_000):
        database.executemany(f"INSERT INTO r VALUES ({places})", chunk)
    for name in _INDEXES:
        database.execute(f"CREATE INDEX r_{name} ON r ({name})")
    database.execute("ANALYZE")
    database.commit()
    return database


def _rows(snapshot: Any) -> dict[str, Any]:
    newest = [_timed(snapshot, "select * order by requested_datetime desc limit 1000") for _ in range(40)]
    ids = [f"NY-{n:010d}" for n in range(0, snapshot.rows, max(1, snapshot.rows // 100))]
    one = [_timed(snapshot, f"select * where service_request_id = '{each}' or :id = '{each}' limit 1") for each in ids]
    by_id = [_timed(snapshot, f"select * where :id = '{each}' limit 1") for each in ids]
    return {
        "newest_1000_p95_ms": round(share(newest, 0.95) * 1000, 1),
        "one_row_p95_ms": round(share(by_id, 0.95) * 1000, 1),
        "one_row_by_number_p95_ms": round(share(one, 0.95) * 1000, 1),
    }


def _timed(snapshot: Any, soql: str) -> float:
    began = time.perf_counter()
    _ask(snapshot, soql)
    return time.perf_counter() - began


def _csv(snapshot: Any) -> dict[str, Any]:
    from ombud.opendata.export.forms import Form, Suffix

    target = Path(os.environ["OMBUD_HOME"]) / "whole.csv"
    began = time.perf_counter()
    Form(Suffix.CSV).write(snapshot, target)
    took = time.perf_counter() - began
    return {"csv_s": round(took, 1), "csv_mb_a_second": round(target.stat().st_size / took / 1e6, 1)}


if __name__ == "__main__":
    main()
