"""Whichever door it leaves by, a row of one publication says the same: every row, every value."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from math import atan, degrees, pi, sinh
from typing import Any

import mapbox_vector_tile
import pyarrow.parquet as pq
import pytest
import shapely

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.opendata.datasets import requests
from ombud.opendata.export import tiles
from ombud.opendata.rules.columns import Column, Kind
from ombud.opendata.rules.values import time_text
from tests.builders import GUS, MAIN_STREET, CityBuilder, a_little_away
from tests.conftest import NOON
from tests.record import door, fetched, grid, id_in, own_lake, publish, told  # noqa: F401  a fixture

pytestmark = pytest.mark.usefixtures("lake")
Rows = dict[str, dict[str, Any]]
DEEP = 17
PUBLISHED = NOON + timedelta(days=60)


@pytest.fixture
def varied(city: CityBuilder) -> CityBuilder:
    """A city whose rows have each kind of value, and none of it."""
    from ombud.service_requests.commands import act

    holes = [
        city.report("POTHOLE", at=a_little_away(MAIN_STREET, metres=700 * i), when=NOON + timedelta(minutes=7 * i))
        for i in range(6)
    ]
    holes[0].closed(after=timedelta(hours=30))
    holes[1].closed("nothing_found", after=timedelta(days=40))
    act.transfer(holes[2].on(GUS), agency="SANITATION", text="Yours, we think.")
    for i in range(5):
        city.report("ENCAMPMENT")
        # Too far from each other for more than their areas to be told.
        city.report("ENCAMPMENT", at=a_little_away(MAIN_STREET, metres=-1200 * i), when=NOON + timedelta(days=i + 1))
    publish(city, at=PUBLISHED)
    return city


def columns(city: CityBuilder) -> list[Column]:
    return list(requests.dataset(catalog.city(city.id)).every_column)


def scalars(city: CityBuilder) -> list[Column]:
    return [column for column in columns(city) if column.kind is not Kind.POINT]


# -- Each door, read back to the same Python values --------------------------------------------------------------


def from_csv(city: CityBuilder) -> Rows:
    text = fetched(door(city, "rows.csv")).body.decode()
    rows = {}
    for line in csv.DictReader(io.StringIO(text, newline="")):
        rows[line[":id"]] = {c.name: read(c, line[c.name]) for c in columns(city)}
    return rows


def read(column: Column, cell: str) -> Any:
    if cell == "":
        return None
    match column.kind:
        case Kind.NUMBER:
            return float(cell)
        case Kind.CHECKBOX:
            return {"true": True, "false": False}[cell]
        case Kind.POINT:
            return tuple(shapely.from_wkt(cell).coords[0])
    return cell


def from_feature(city: CityBuilder, feature: dict[str, Any]) -> dict[str, Any]:
    shape = feature["geometry"]
    return {**numbers(feature["properties"]), "location": tuple(shape["coordinates"]) if shape else None}


def numbers(row: dict[str, Any]) -> dict[str, Any]:
    return {name: float(v) if isinstance(v, int) and not isinstance(v, bool) else v for name, v in row.items()}


def from_geojson(city: CityBuilder) -> Rows:
    whole = json.loads(fetched(door(city, "rows.geojson")).body)
    return {feature["id"]: from_feature(city, feature) for feature in whole["features"]}


def from_parquet(city: CityBuilder) -> Rows:
    table = pq.read_table(io.BytesIO(fetched(door(city, "rows.parquet")).body))
    rows = {}
    for row in table.to_pylist():
        told_row = {c.name: row[c.stored] for c in scalars(city)}
        shape = shapely.from_wkb(row["location"]) if row["location"] else None
        told_row["location"] = (shape.x, shape.y) if shape else None
        rows[row["_id"]] = {n: time_text(v) if isinstance(v, datetime) else v for n, v in told_row.items()}
    return rows


def from_ogc(city: CityBuilder) -> Rows:
    rows: Rows = {}
    address = f"/{city.id}/ogc/collections/requests/items?limit=4"
    while address:
        page = told(address)
        rows |= {feature["id"]: from_feature(city, feature) for feature in page["features"]}
        links = {link["rel"]: link["href"] for link in page["links"]}
        address = links.get("next", "").removeprefix("http://testserver")
    return rows


def from_ckan(city: CityBuilder) -> Rows:
    answer = told(f"/{city.id}/api/3/action/datastore_search?resource_id={id_in(city)}&limit=1000")
    rows = {}
    for row in answer["result"]["records"]:
        shape = row.pop("location")
        rows[row[":id"]] = {**numbers(row), "location": tuple(shape["coordinates"]) if shape else None}
    return rows


def from_changes(city: CityBuilder) -> Rows:
    rows = {}
    for change in told(door(city, "changes?since=0"))["changes"]:
        shape = change["row"].pop("location")
        rows[change["id"]] = {**numbers(change["row"]), "location": tuple(shape["coordinates"]) if shape else None}
    return rows


def from_delta(city: CityBuilder) -> Rows:
    table = pq.read_table(io.BytesIO(fetched(door(city, "delta.parquet?since=0")).body))
    rows = {}
    for row in table.to_pylist():
        assert row.pop("op") == "insert"
        told_row = {c.name: row[c.stored] for c in scalars(city)}
        rows[row["_id"]] = {n: time_text(v) if isinstance(v, datetime) else v for n, v in told_row.items()}
        placed = row["longitude"] is not None
        rows[row["_id"]]["location"] = (row["longitude"], row["latitude"]) if placed else None
    return rows


def from_soda(city: CityBuilder) -> Rows:
    rows = {}
    for row in told(f"/{city.id}/resource/{id_in(city)}.json?$select=:*,*&$limit=1000"):
        shape = row.pop("location", None)
        # A key is left out where it has no value; numbers are texts.
        read_row = {c.name: read_json(c, row.pop(c.name, None)) for c in scalars(city)}
        assert row == {}
        rows[read_row[":id"]] = {**read_row, "location": tuple(shape["coordinates"]) if shape else None}
    return rows


def read_json(column: Column, value: Any) -> Any:
    return float(value) if column.kind is Kind.NUMBER and value is not None else value


def from_soda_csv(city: CityBuilder) -> Rows:
    text = fetched(f"/{city.id}/resource/{id_in(city)}.csv?$select=:*,*&$limit=1000").body.decode()
    lines = csv.DictReader(io.StringIO(text, newline=""))
    return {line[":id"]: {c.name: read(c, line[c.name]) for c in columns(city)} for line in lines}


def from_soda_geojson(city: CityBuilder) -> Rows:
    whole = told(f"/{city.id}/resource/{id_in(city)}.geojson?$select=:*,*&$limit=1000")
    rows = {}
    for feature in whole["features"]:
        row = {c.name: read_json(c, feature["properties"].get(c.name)) for c in scalars(city)}
        shape = feature["geometry"]
        rows[row[":id"]] = {**row, "location": tuple(shape["coordinates"]) if shape else None}
    return rows


DOORS: list[Callable[[CityBuilder], Rows]] = [
    from_csv, from_geojson, from_parquet, from_ogc, from_ckan, from_changes, from_delta,
    from_soda, from_soda_csv, from_soda_geojson,
]  # fmt: skip


def test_every_door_gives_every_row_with_every_value(varied: CityBuilder) -> None:
    first, *others = [(way.__name__, way(varied)) for way in DOORS]
    assert len(first[1]) == 16
    assert any(row["location"] is None for row in first[1].values())
    assert any(row["on_time"] is not None for row in first[1].values())
    for name, rows in others:
        assert rows.keys() == first[1].keys(), name
        for row_id, row in rows.items():
            assert row == first[1][row_id], (name, row_id)


# -- Tiles ------------------------------------------------------------------------------------------------------


def layers(city: CityBuilder, z: int, x: int, y: int) -> dict[str, Any]:
    answer = fetched(door(city, f"tiles/{z}/{x}/{y}.pbf"))
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    decoded: dict[str, Any] = mapbox_vector_tile.decode(answer.body) if answer.body else {}
    return decoded


def places(city: CityBuilder) -> Rows:
    return {row_id: row for row_id, row in from_csv(city).items() if row["location"]}


def test_tiles_from_near_hold_every_row_that_has_a_place(varied: CityBuilder) -> None:
    placed = places(varied)
    seen: Rows = {}
    for x, y in {grid(*row["location"], DEEP) for row in placed.values()}:
        for feature in layers(varied, DEEP, x, y)["rows"]["features"]:
            row = numbers(feature["properties"])
            assert row[":id"] not in seen
            seen[row[":id"]] = row
            px, py = feature["geometry"]["coordinates"]
            lon, lat = _degrees(x + px / tiles.EXTENT, y + 1 - py / tiles.EXTENT, DEEP)
            was = placed[row[":id"]]["location"]
            # To the width of a step of the tile: less than a tenth of a metre.
            assert (abs(lon - was[0]) < 1e-6, abs(lat - was[1]) < 1e-6) == (True, True)
    assert seen.keys() == placed.keys()
    for row_id, row in seen.items():
        left_out = ("longitude", "latitude", "location")
        assert row == {n: v for n, v in placed[row_id].items() if v is not None and n not in left_out}


def _degrees(x: float, y: float, z: int) -> tuple[float, float]:
    n = 2**z
    return x / n * 360 - 180, degrees(atan(sinh(pi * (1 - 2 * y / n))))


def test_tiles_from_afar_count_every_row_that_has_a_place(varied: CityBuilder) -> None:
    for z in (0, 6, 9, 12, 14):
        hold_counts(varied, z)


def hold_counts(varied: CityBuilder, z: int) -> None:
    placed = places(varied)
    around = {grid(*row["location"], z) for row in placed.values()}
    counted: dict[str, int] = {}
    for x, y in around:
        for feature in layers(varied, z, x, y)["cells"]["features"]:
            told_of = feature["properties"]
            assert counted.setdefault(told_of["cell"], told_of["count"]) == told_of["count"]
            assert feature["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert sum(counted.values()) == len(placed)


def test_where_too_many_lie_in_a_tile_each_place_says_how_many(
    varied: CityBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "POINTS_AT_MOST", 3)
    x, y = grid(*next(iter(r["location"] for r in places(varied).values() if r["service_code"] == "ENCAMPMENT")), DEEP)
    here = layers(varied, DEEP, x, y)
    assert here.keys() == {"places"}
    assert [feature["properties"]["count"] for feature in here["places"]["features"]] == [5]


def test_empty_tiles_are_empty_and_others_are_not_there(varied: CityBuilder) -> None:
    assert fetched(door(varied, "tiles/17/0/0.pbf")).body == b""
    for wrong in ("tiles/23/0/0.pbf", "tiles/3/8/0.pbf", "tiles/3/0/8.pbf"):
        fetched(door(varied, wrong), status=404)
    once = fetched(door(varied, "tiles/17/0/0.pbf?version=1"))
    assert "immutable" in once["Cache-Control"]
    fetched(door(varied, "tiles/17/0/0.pbf?version=1"), status=304, if_none_match=once["ETag"])


def test_a_map_is_told_where_the_tiles_are(varied: CityBuilder) -> None:
    told_of = told(door(varied, "tiles.json"))
    west, south, east, north = told_of["bounds"]
    x, y = grid((west + east) / 2, (south + north) / 2, 8)
    address = told_of["tiles"][0].replace("{z}/{x}/{y}", f"8/{x}/{y}").removeprefix("http://testserver")
    assert mapbox_vector_tile.decode(fetched(address).body).keys() == {"cells"}
    assert {layer["id"] for layer in told_of["vector_layers"]} == {"cells", "rows", "places"}


def test_boundaries_are_drawn_as_they_are(city: CityBuilder) -> None:
    from ombud.opendata.commands import publish_whole

    publish_whole.publish(catalog.city(city.id), now=NOON)
    x, y = grid(MAIN_STREET.lon, MAIN_STREET.lat, 11)
    drawn = mapbox_vector_tile.decode(fetched(door(city, f"tiles/11/{x}/{y}.pbf", "boundaries")).body)["shapes"]
    whole = json.loads(fetched(door(city, "rows.geojson", "boundaries")).body)
    by_id = {feature["id"]: feature for feature in whole["features"]}
    here = {feature["properties"][":id"]: feature for feature in drawn["features"]}
    assert here
    assert here.keys() <= by_id.keys()
    for row_id, feature in here.items():
        assert shapely.geometry.shape(by_id[row_id]["geometry"]).intersects(shapely.box(*tiles.Tile(11, x, y).bounds))
        assert feature["properties"] == {n: v for n, v in by_id[row_id]["properties"].items() if v is not None}


# -- GeoReport Bulk ---------------------------------------------------------------------------------------------


def test_georeport_bulk_of_the_record_says_what_the_endpoint_of_open311_says(varied: CityBuilder) -> None:
    said = csv.DictReader(io.StringIO(fetched(door(varied, "open311.csv")).body.decode(), newline=""))
    with clock.standing_at(PUBLISHED):
        live = csv.DictReader(io.StringIO(fetched("/springfield/open311/v2/bulk.csv").body.decode(), newline=""))
    assert list(said.fieldnames or ()) == list(live.fieldnames or ())
    record, endpoint = ({row["service_request_id"]: row for row in rows} for rows in (said, live))
    assert record.keys() == endpoint.keys()
    exact = {row_id for row_id, row in from_csv(varied).items() if row["place_precision"] == "exact"}
    assert len(exact) == 6
    for row_id in exact:
        row, now = record[row_id], endpoint[row_id]
        # The endpoint adds the sentence of the closing, which the record has no column for.
        assert now.pop("status_notes").startswith(row.pop("status_notes"))
        assert row == now


def test_only_requests_are_given_as_georeport_bulk(varied: CityBuilder) -> None:
    assert "requests" in told(door(varied, "open311.csv", "events"), status=404)["description"]
