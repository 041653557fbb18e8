"""The engine is locked: whatever got past the parser would find nothing to read, to write or to hold up."""

import json
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from ombud.opendata.engines import duck
from ombud.opendata.engines.budget import Budget, Busy, TookTooLong
from ombud.opendata.engines.duck import DuckEngine
from ombud.opendata.formats.format import Format
from ombud.opendata.formats.rows import written
from ombud.opendata.formats.spool import Spool
from ombud.opendata.rules.columns import SYSTEM, Column, Kind
from ombud.opendata.soql.asked import asked
from ombud.opendata.soql.faults import SoqlError
from ombud.opendata.soql.sql.compile import compiled
from ombud.opendata.soql.sql.compiled import Compiled, Unsupported
from tests.soql import NOW

COLUMNS = (Column("n", Kind.NUMBER, "N"),)
EITHER_WAY = pytest.mark.parametrize("at_most", [None, 1_000], ids=["in a stream", "at once"])
FOREVER = "SELECT count(*) AS c0 FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = -1"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckEngine]:
    folder = tmp_path / "lake"
    folder.mkdir()
    pq.write_table(pa.table({"n": [float(n) for n in range(20_000)]}), folder / "n.parquet")
    (tmp_path / "secret.csv").write_text("secret\n1\n")
    made = DuckEngine(folder, memory_megabytes=200, at_once=1, threads=2)
    yield made
    made.close()


def run(
    engine: DuckEngine, sql: str, *, seconds: float = 20, at_most: int | None = None, **bound: Any
) -> list[dict[str, Any]]:
    batches = engine.batches(Compiled(sql, bound, (), {}, at_most), Budget(seconds))
    return [row for batch in batches for row in batch.to_pylist()]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{outside}/secret.csv')",
        "SELECT * FROM '{outside}/secret.csv'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('{outside}/*')",
        "COPY (SELECT 1) TO '{outside}/written.csv'",
        "ATTACH '{outside}/other.db'",
        "INSTALL httpfs",
        "LOAD spatial",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
        "RESET allowed_directories",
        "SELECT getenv('HOME')",
        "SELECT * FROM local_variable",
    ],
)
def test_nothing_outside_of_the_lake_is_there(engine: DuckEngine, tmp_path: Path, sql: str) -> None:
    local_variable = pa.table({"found": [1]})
    assert local_variable.num_rows
    with pytest.raises(duckdb.Error):
        run(engine, sql.format(outside=tmp_path))
    assert not (tmp_path / "written.csv").exists()


@pytest.mark.parametrize(("setting", "value"), [("TimeZone", "UTC"), ("parquet_metadata_cache", True)])
def test_what_is_set_holds_for_every_query(engine: DuckEngine, setting: str, value: object) -> None:
    assert run(engine, f"SELECT current_setting('{setting}') AS c0") == [{"c0": value}]


def test_a_view_of_files_is_made_once_and_an_empty_version_has_its_columns(engine: DuckEngine, tmp_path: Path) -> None:
    files = [str(tmp_path / "lake" / "n.parquet")]
    relation = engine.relation(files, COLUMNS)
    assert engine.relation(files, COLUMNS) == relation
    assert run(engine, f'SELECT count(n) AS c0 FROM "{relation}"') == [{"c0": 20_000}]
    assert run(engine, f'SELECT n FROM "{engine.relation([], COLUMNS)}"') == []


def test_old_views_make_way(engine: DuckEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck, "VIEWS_KEPT", 2)
    first, *_ = [
        engine.relation([str(tmp_path / "lake" / "n.parquet")], (Column(name, Kind.NUMBER, ""),)) for name in "abc"
    ]
    with pytest.raises(duckdb.CatalogException):
        run(engine, f'SELECT 1 FROM "{first}"')


@EITHER_WAY
def test_what_runs_too_long_is_ended_and_its_place_is_free_again(engine: DuckEngine, at_most: int | None) -> None:
    with pytest.raises(TookTooLong):
        run(engine, FOREVER, seconds=0.3, at_most=at_most)
    assert run(engine, "SELECT 1 AS c0") == [{"c0": 1}]


def test_who_finds_no_place_is_sent_away(engine: DuckEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck, "WAITS_SECONDS", 0.05)
    running = engine.batches(Compiled("SELECT range AS c0 FROM range(100000)", {}, (), {}), Budget(20))
    next(running)
    with pytest.raises(Busy):
        run(engine, "SELECT 1")
    running.close()
    assert run(engine, "SELECT 1 AS c0") == [{"c0": 1}]


@EITHER_WAY
def test_too_much_memory_and_too_large_a_number_are_refusals(engine: DuckEngine, at_most: int | None) -> None:
    with pytest.raises(SoqlError, match="memory"):
        run(engine, "SELECT list(range) AS c0 FROM range(200000000)", at_most=at_most)
    with pytest.raises(SoqlError, match="too large"):
        run(engine, "SELECT CAST(1e300 AS BIGINT) AS c0", at_most=at_most)


def test_what_memory_cannot_hold_is_spilled_to_disk(engine: DuckEngine) -> None:
    rows = run(
        engine,
        "SELECT md5(range::VARCHAR) || repeat('x', 60) AS c0 FROM range(3000000) ORDER BY c0 LIMIT 1 OFFSET 2999999",
    )
    assert len(rows) == 1


def test_shapes_of_the_data_are_asked_and_written(engine: DuckEngine, tmp_path: Path) -> None:
    columns = (Column("name", Kind.TEXT, "Name"), Column("the_geom", Kind.MULTIPOLYGON, "Shape"), *SYSTEM)
    square = "POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))"
    path = tmp_path / "lake" / "shapes.parquet"
    shapes = [shapely.from_wkt(square).wkb, shapely.from_wkt("POLYGON ((5 5, 5 6, 6 6, 5 5))").wkb, None]
    pq.write_table(
        pa.table({"name": ["a", "b", "c"], "the_geom": pa.array(shapes, pa.binary()), "_id": ["1", "2", "3"]}), path
    )

    def ask(form: Format, **parameters: str) -> str:
        query = asked([(f"${name}", value) for name, value in parameters.items()], columns).resolved(columns)
        made = compiled(query, "duckdb", relation=engine.relation([str(path)], columns), now=NOW)
        return b"".join(written(engine.batches(made, Budget(20)), query.outputs, form)).decode()

    for shape in ("POINT (0.5 0.5)", "POINT (1 0.5)", "POLYGON ((0.9 0.9, 0.9 3, 3 3, 0.9 0.9))"):
        assert ask(Format.JSON, select="name", where=f"intersects(the_geom, '{shape}')") == '[{"name":"a"}]\n'
    assert ask(Format.JSON, select="name", where="the_geom is null") == '[{"name":"c"}]\n'
    assert square in ask(Format.CSV, select="the_geom", where="name = 'a'")
    (feature,) = json.loads(ask(Format.GEOJSON, where="name = 'a'"))["features"]
    assert feature["geometry"]["type"] == "Polygon"
    query = asked([("$where", "intersects(the_geom, 'POINT (1 1)')")], columns).resolved(columns)
    with pytest.raises(Unsupported):
        compiled(query, "postgres", relation="t", now=NOW)


def test_an_answer_is_taken_at_the_readers_pace_and_a_failure_breaks_it_off() -> None:
    def pieces(*, fails: bool) -> Generator[bytes, None, None]:
        yield b"x" * 300_000
        yield b"y" * 300_000
        if fails:
            raise TookTooLong(1)

    whole = Spool(pieces(fails=False), cancelled=threading.Event())
    whole.begun(size=None)
    assert whole.whole() == b"x" * 300_000 + b"y" * 300_000
    slow = Spool(pieces(fails=False), cancelled=threading.Event())
    assert len(b"".join(slow)) == 600_000
    failed = Spool(pieces(fails=True), cancelled=threading.Event())
    with pytest.raises(TookTooLong):
        failed.begun(size=None)
    broken = Spool(pieces(fails=True), cancelled=threading.Event())
    with pytest.raises(TookTooLong):
        b"".join(broken)


def test_nobody_works_for_who_has_left() -> None:
    cancelled = threading.Event()
    left = threading.Event()

    def endless() -> Generator[bytes, None, None]:
        try:
            while not cancelled.is_set():
                yield b"x"
        finally:
            left.set()

    spool = Spool(endless(), cancelled=cancelled)
    spool.begun(size=1)
    spool.close()
    assert left.wait(10)
