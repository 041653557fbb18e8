"""Datasette over the record's rows in SQLite with indexes: what many newsrooms put data up with, to measure against."""

import json
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.installation import ROOT

PROGRAM = ROOT / ".venv" / "datasette" / "bin" / "datasette"
ASKED_AT_MOST_SECONDS = 1_200
_INDEXES = ("requested_datetime", "service_code", "service_name", "status", "agency_responsible", "borough", "latitude")
# SQLite keeps times as texts and knows fewer functions.
_IN_SQLITE = {
    "date_trunc('month', requested_datetime)": "substr(requested_datetime, 1, 7)",
    "year(requested_datetime)": "substr(requested_datetime, 1, 4)",
    "dayofweek(requested_datetime)": "strftime('%w', requested_datetime)",
    "hour(requested_datetime)": "substr(requested_datetime, 12, 2)",
    "on_time::INT": "on_time",
    # It has neither; an average is less work.
    "median(days_to_close)": "avg(days_to_close)",
    "quantile_cont(days_to_close, 0.9)": "avg(days_to_close)",
}

Ask = Callable[[str], int]


def fill(source: Any, path: Path) -> None:
    """Write the rows that a DuckDB connection calls `r` into a file of SQLite, with indexes, unless it is there."""
    if path.exists():
        return
    names = [row[0] for row in source.execute("DESCRIBE r").fetchall()]
    listed = ", ".join(
        f"CAST({name} AS VARCHAR) AS {name}" if name.endswith(("_datetime", "_at")) else f'"{name}"' for name in names
    )
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    database = sqlite3.connect(unfinished)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute(f"CREATE TABLE r ({', '.join(names)})")
    places = ", ".join("?" * len(names))
    cursor = source.cursor().execute(f"SELECT {listed} FROM r")
    while chunk := cursor.fetchmany(50_000):
        database.executemany(f"INSERT INTO r VALUES ({places})", chunk)
    for name in _INDEXES:
        database.execute(f"CREATE INDEX r_{name} ON r ({name})")
    database.execute("ANALYZE")
    database.commit()
    database.close()
    unfinished.rename(path)


@contextmanager
def served(path: Path) -> Iterator[Ask]:
    """Yield a function that asks Datasette a query of DuckDB's, in SQLite's words, and returns how many rows came."""
    if not PROGRAM.exists():
        raise SystemExit("Datasette is not installed: run `make .venv/.datasette`, or ask with --without-datasette.")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    limits = {"sql_time_limit_ms": ASKED_AT_MOST_SECONDS * 1000, "max_returned_rows": 50_000}
    settings = [word for name, value in limits.items() for word in ("--setting", name, str(value))]
    serving = [str(PROGRAM), "serve", str(path), "--port", str(port), *settings]
    process = subprocess.Popen(serving, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}/{path.stem}.json"
    try:
        _wait(f"http://127.0.0.1:{port}/-/versions.json")
        yield lambda sql: _ask(base, _for_sqlite(sql))
    finally:
        process.terminate()
        process.wait(30)


def _wait(address: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("Datasette did not come up.")


def _ask(base: str, sql: str) -> int:
    address = f"{base}?{urllib.parse.urlencode({'sql': sql, '_shape': 'arrays'})}"
    try:
        with urllib.request.urlopen(address, timeout=ASKED_AT_MOST_SECONDS) as answer:
            return len(json.load(answer)["rows"])
    except urllib.error.HTTPError as refused:
        raise SystemExit(f"Datasette refused {sql}: {refused.read(500)!r}") from None


def _for_sqlite(sql: str) -> str:
    for ours, theirs in _IN_SQLITE.items():
        sql = sql.replace(ours, theirs)
    return sql
