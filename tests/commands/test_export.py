"""Rows as lines, as GeoParquet and as deltas: each says what the files of the version say."""

import csv
import io
import json
import random
import threading
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import shapely

from ombud.kernel.errors import NotFound, Unavailable
from ombud.opendata.export import deltas, lines, scan, store
from ombud.opendata.export.forms import Delta, Form, Suffix
from ombud.opendata.export.store import Growing, Kept
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.rules import values
from ombud.opendata.rules.columns import Column, Kind
from tests.builders import CityBuilder
from tests.record import own_lake, rows_of, written  # noqa: F401  a fixture

SHAPE = "MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)))"
COLUMNS = (
    Column("words", Kind.TEXT, "Words"),
    Column("amount", Kind.NUMBER, "Amount"),
    Column("longitude", Kind.NUMBER, "Longitude"),
    Column("latitude", Kind.NUMBER, "Latitude"),
    Column("made_at", Kind.CALENDAR_DATE, "Made"),
    Column("told_at", Kind.FIXED_TIMESTAMP, "Told"),
    Column("good", Kind.CHECKBOX, "Good"),
    Column("place", Kind.POINT, "Place", parts=("longitude", "latitude")),
)
SHAPED = (Column("name", Kind.TEXT, "Name"), Column("the_geom", Kind.MULTIPOLYGON, "Shape"))
WORDS = (
    "plain",
    'with "quotes"',
    "a,b",
    "two\nlines",
    "=1+1",
    "-2",
    "@x",
    "\ttab",
    "é 🚧",
    " spaced ",
    "'",
    None,
    "\\",
)
AMOUNTS = (
    0.0,
    -0.0,
    1.0,
    -3.0,
    0.1,
    1e-7,
    1.5e15,
    1e16,
    -1e22,
    40.7128,
    1 / 3,
    None,
    float("nan"),
    2e-5,
    123456789.125,
)

pytestmark = pytest.mark.usefixtures("lake")


def row(number: int, dice: random.Random, *, month: str = "") -> dict[str, Any]:
    placed = dice.random() < 0.8
    return {
        "_id": f"r{number:05}",
        "month": month or f"202{dice.randrange(4, 6)}-0{dice.randrange(1, 3)}",
        "words": dice.choice(WORDS),
        "amount": dice.choice(AMOUNTS),
        "longitude": dice.uniform(-180, 180) if placed else None,
        "latitude": dice.uniform(-90, 90) if placed else None,
        "made_at": datetime(2026, 1, 2, 3, 4, 5, dice.randrange(10**6)),  # noqa: DTZ001  the city's time has no zone
        "told_at": datetime(2026, 1, 2, 3, 4, 5, dice.randrange(10**6), UTC) if placed else None,
        "good": dice.choice((True, False, None)),
    }


@pytest.fixture
def some(city: CityBuilder) -> Snapshot:
    dice = random.Random(311)
    return written(city, "things", COLUMNS, [row(number, dice) for number in range(300)])


def as_csv(snapshot: Snapshot, **how: Any) -> list[dict[str, str]]:
    with scan.opened(snapshot) as connection:
        text = b"".join(lines.csv(connection, snapshot.columns, **how)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def cell(column: Column, row: dict[str, Any]) -> str:
    if column.kind is Kind.POINT:
        shape = values.geometry(column, row)
        return "POINT ({} {})".format(*map(values.number_text, shape["coordinates"])) if shape else ""
    value = row[column.stored]
    if column.kind is Kind.NUMBER:
        return values.number_text(value) or "" if value is not None else ""
    plain = values.plain(column.kind, value)
    return "" if plain is None else str(plain).lower() if isinstance(plain, bool) else plain


def test_csv_says_each_value_as_it_is(some: Snapshot) -> None:
    rows = rows_of(some)
    told = as_csv(some)
    assert len(told) == 300
    for line in told:
        assert line == {column.name: cell(column, rows[line[":id"]]) for column in some.columns}


def test_numbers_have_no_exponent_and_say_what_they_are(some: Snapshot) -> None:
    told = {line[":id"]: line["amount"] for line in as_csv(some)}
    assert not any("e" in text or text.endswith(".0") for text in told.values())
    for row_id, was in rows_of(some).items():
        if was["amount"] is not None and was["amount"] == was["amount"]:
            assert float(told[row_id]) == was["amount"]


def test_a_spreadsheet_is_given_no_formula(some: Snapshot) -> None:
    told = {line["words"] for line in as_csv(some, safe=True)}
    assert {"'=1+1", "'-2", "'@x", "'\ttab", "plain"} <= told
    # Numbers below nought are numbers.
    assert any(line["longitude"].startswith("-") for line in as_csv(some, safe=True))


def test_geojson_says_each_value_as_it_is(some: Snapshot) -> None:
    with scan.opened(some) as connection:
        told = json.loads(b"".join(lines.geojson(connection, some.columns)))
    rows = rows_of(some)
    assert len(told["features"]) == 300
    for one in told["features"]:
        assert one == values.feature(some.columns, rows[one["id"]])


def test_shapes_are_well_known_text_and_geojson(city: CityBuilder) -> None:
    wkb = shapely.to_wkb(shapely.from_wkt(SHAPE))
    some = written(city, "areas", SHAPED, [
        {"_id": "a", "month": "all", "name": "A", "the_geom": wkb},
        {"_id": "b", "month": "all", "name": "B", "the_geom": None},
    ])  # fmt: skip
    assert [line["the_geom"] for line in as_csv(some)] == [SHAPE, ""]
    with scan.opened(some) as connection:
        told = json.loads(b"".join(lines.geojson(connection, some.columns)))
    assert told["features"][0]["geometry"]["coordinates"] == [[[[0, 0], [0, 1], [1, 1], [0, 0]]]]
    assert told["features"][1]["geometry"] is None
    table = pq.read_table(kept(some, Form(Suffix.PARQUET)).path)
    geo = json.loads(pq.read_metadata(kept(some, Form(Suffix.PARQUET)).path).metadata[b"geo"])
    assert geo["primary_column"] == "the_geom"
    assert geo["columns"]["the_geom"]["bbox"] == [0, 0, 1, 1]
    assert sorted(table["the_geom"].to_pylist(), key=bool) == [None, wkb]


def kept(snapshot: Snapshot, form: Form | Delta) -> Kept:
    there = store.fetched(snapshot, form)
    assert isinstance(there, Kept)
    return there


def test_geoparquet_has_every_row_with_its_place_and_says_where_all_are(some: Snapshot) -> None:
    path = kept(some, Form(Suffix.PARQUET)).path
    rows = rows_of(some)
    told = {one["_id"]: one for one in pq.read_table(path).to_pylist()}
    assert told.keys() == rows.keys()
    for row_id, one in told.items():
        shape, box = one.pop("place"), one.pop("bbox")
        was = {name: value for name, value in rows[row_id].items() if name != "month"}
        assert repr(one) == repr({name: was[name] for name in one})
        if was["longitude"] is None:
            assert (shape, box) == (None, None)
        else:
            point = shapely.from_wkb(shape)
            assert (point.x, point.y) == (was["longitude"], was["latitude"]) == (box["xmin"], box["ymax"])
    geo = json.loads(pq.read_metadata(path).metadata[b"geo"])
    placed = [one for one in rows.values() if one["longitude"] is not None]
    assert geo["version"] == "1.1.0"
    assert "crs" not in geo["columns"]["place"]
    assert geo["columns"]["place"]["geometry_types"] == ["Point"]
    assert geo["columns"]["place"]["bbox"][0] == min(one["longitude"] for one in placed)


def test_a_file_of_a_year_has_the_rows_of_its_months(some: Snapshot) -> None:
    rows = rows_of(some)
    for year in scan.years(some):
        there = kept(some, Form(Suffix.CSV, year=year))
        with there.path.open(newline="") as file:
            ids = {line[":id"] for line in csv.DictReader(file)}
        assert ids == {row_id for row_id, one in rows.items() if one["month"].startswith(f"{year}-")}
    with pytest.raises(NotFound):
        store.fetched(some, Form(Suffix.CSV, year=1999))


@pytest.mark.parametrize("suffix", list(Suffix))
def test_the_same_version_gives_the_same_bytes_however_often_it_is_made(
    city: CityBuilder, some: Snapshot, suffix: Suffix
) -> None:
    first = kept(some, Form(suffix))
    content = first.path.read_bytes()
    written(city, "things", COLUMNS, [row(1, random.Random(7), month="2024-01")])
    first.path.unlink()
    again = kept(some, Form(suffix))
    assert (again.sha256, again.path.read_bytes()) == (first.sha256, content)


def test_a_download_is_made_once_however_many_ask_at_the_same_time(
    some: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    write = Form.write
    monkeypatch.setattr(Form, "write", lambda *given: (made.append(1), write(*given)))
    asking = [threading.Thread(target=store.fetched, args=(some, Form(Suffix.CSV))) for _ in range(8)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert made == [1]
    assert kept(some, Form(Suffix.CSV)).size > 1000


def test_who_asks_while_it_is_made_reads_along(some: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slowly(self: Form, snapshot: Snapshot, target: Path) -> None:
        with target.open("wb") as file:
            file.write(b"first ")
            file.flush()
            go_on.wait(10)
            file.write(b"second")

    monkeypatch.setattr(Form, "write", slowly)
    growing = [store.fetched(some, Form(Suffix.CSV), wait=0.05) for _ in range(2)]
    parts = []
    for one in growing:
        assert isinstance(one, Growing)
        parts.append(one.parts())
    assert [next(part) for part in parts] == [b"first ", b"first "]
    go_on.set()
    assert [b"".join(part) for part in parts] == [b"second", b"second"]
    assert kept(some, Form(Suffix.CSV)).size == 12


def test_a_download_that_fails_ends_in_a_refusal_not_in_half_a_file(
    some: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def fails(self: Form, snapshot: Snapshot, target: Path) -> None:
        target.write_bytes(b"half")
        go_on.wait(10)
        raise OSError("the disk is full")

    monkeypatch.setattr(Form, "write", fails)
    growing = store.fetched(some, Form(Suffix.CSV), wait=0.1)
    assert isinstance(growing, Growing)
    parts = growing.parts()
    assert next(parts) == b"half"
    go_on.set()
    with pytest.raises(Unavailable):
        list(parts)
    with pytest.raises(Unavailable):
        store.fetched(some, Form(Suffix.CSV))


def test_the_sweep_takes_what_no_version_needs(city: CityBuilder, some: Snapshot) -> None:
    there = kept(some, Form(Suffix.CSV))
    name = store.version_name(some.version, some.sha256)
    assert store.sweep(city.id, "things", versions={name}, unasked_for=3600) == 0
    assert there.path.exists()
    assert store.sweep(city.id, "things", versions={"1-cutanewsince"}, unasked_for=3600) == 2
    assert not there.path.exists()
    there = kept(some, Form(Suffix.CSV))
    assert store.sweep(city.id, "things", versions={name}, unasked_for=-1) == 2
    assert not there.path.exists()


# -- Deltas -----------------------------------------------------------------------------------------------------


def history(city: CityBuilder, seed: int, *, steps: int) -> list[Snapshot]:
    """Publish versions of a data set whose rows come, change, move to other months, go, and come back."""
    dice = random.Random(seed)
    made, alive = [], set()
    for step in range(steps):
        chosen = dice.sample(range(40), dice.randrange(1, 12))
        leaving = {f"r{one:05}": "hidden" for one in chosen[: dice.randrange(4)] if f"r{one:05}" in alive}
        coming = [row(one, dice) for one in chosen if f"r{one:05}" not in leaving]
        columns = COLUMNS if step > steps // 2 else tuple(c for c in COLUMNS if c.name != "good")
        kept_columns = [
            {name: value for name, value in one.items() if step > steps // 2 or name != "good"} for one in coming
        ]
        made.append(written(city, "things", columns, kept_columns, deleted=leaving))
        alive = set(rows_of(made[-1]))
    return made


def applied(before: dict[str, dict[str, Any]], path: Path) -> dict[str, dict[str, Any]]:
    rows = dict(before)
    for change in pq.read_table(path).to_pylist():
        op = change.pop("op")
        assert (change["_id"] in before) == (op != "insert"), op
        if op == "delete":
            del rows[change["_id"]]
        else:
            rows[change["_id"]] = change
    return rows


def without_month(rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {
        row_id: repr(sorted((k, v) for k, v in one.items() if k != "month" and v is not None))
        for row_id, one in rows.items()
    }


@pytest.mark.parametrize("seed", range(2))
def test_deltas_applied_to_a_version_give_a_later_one_exactly(
    city: CityBuilder, seed: int, request: pytest.FixtureRequest
) -> None:
    long = request.config.getoption("--soak")
    made = history(city, seed, steps=60 if long else 5)
    for earlier, later in [(None, made[0]), *pairwise(made), (made[1], made[-1])]:
        was, now = rows_of(earlier) if earlier else {}, rows_of(later)
        assert without_month(applied(was, kept(later, Delta(earlier)).path)) == without_month(now)
        hold_pages(earlier, later, was, now)


def hold_pages(earlier: Snapshot | None, later: Snapshot, was: dict[str, Any], now: dict[str, Any]) -> None:
    """Hold the pages of the feed to what has become of the rows."""
    paged: list[deltas.Change] = []
    more, after = True, ""
    while more:
        found, more = deltas.page(earlier, later, after=after, limit=15)
        paged += found
        after = found[-1].id if found else after
    assert [change.id for change in paged] == sorted({change.id for change in paged})
    told = {change.id: change.op for change in paged}
    assert {row_id for row_id, op in told.items() if op == "insert"} == now.keys() - was.keys()
    assert {row_id for row_id, op in told.items() if op == "delete"} == was.keys() - now.keys()
    stayed = {row_id for row_id in was.keys() & now.keys() if was[row_id]["_version"] != now[row_id]["_version"]}
    assert {row_id for row_id, op in told.items() if op == "update"} == stayed
    stored = [column.stored for column in COLUMNS if column.kind is not Kind.POINT]
    for change in (change for change in paged if change.op == "update"):
        one, other = was[change.id], now[change.id]
        assert set(change.changed) == {name for name in stored if repr(one.get(name)) != repr(other.get(name))}


def test_what_was_only_written_anew_beside_a_change_is_no_change(city: CityBuilder) -> None:
    dice = random.Random(5)
    first = written(city, "things", COLUMNS, [row(n, dice, month="2026-01") for n in range(50)])
    second = written(city, "things", COLUMNS, [row(7, dice, month="2026-01")])
    found, more = deltas.page(first, second, after="", limit=10)
    assert ([change.id for change in found], more) == (["r00007"], False)
