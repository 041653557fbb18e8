"""Whatever is asked of the doors, they answer: with rows or with a refusal, never with a fault, and never with more."""

import random
from itertools import product
from typing import Any

import pytest
from django.test import Client

from tests.builders import CityBuilder
from tests.record import id_in, own_lake, publish  # noqa: F401  a fixture
from tests.resident import bytes_of

pytestmark = pytest.mark.usefixtures("lake")
NASTY = (
    "", "0", "-1", "1e9", "99999999999999999999", "nan", "null", "true", "'", '"', "' OR '1'='1", '"; DROP VIEW x; --',
    "%00", "%ff%fe", "%ED%A0%80", "\u202e", "../../etc/passwd", "read_text('/etc/passwd')", "{}", "[]", '{"status":[]}',
    '{"status":null}', '{":id":1}', "[" * 2000, "x" * 5000, "..", "/", "../..", "0001-01-01T00:00:00Z", "9999-12-31",
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "1~", "~1", "99~x", "1~'", "-180,-90,180,90", "0,0,0,0",
    "1e308,0,1e309,1", "status desc, ", "location", "longitude", "_id", "month", ":version desc",
)  # fmt: skip
PLACES = {
    "data/{id}/rows.csv": ("version", "asof", "year", "safe", "limit", "status"),
    "resource/{id}.json": ("$$asof", "$limit", "$offset"),
    "data/{id}/changes": ("since", "until", "after", "limit", "version"),
    "data/{id}/delta.parquet": ("since", "until"),
    "data/{id}/tiles/3/1/2.pbf": ("version", "asof"),
    "data/{id}/cite.json": ("version", "$where", "$query"),
    "ogc/collections/requests/items": (
        "limit", "bbox", "datetime", "cursor", "version", "status", "longitude", "on_time", "closed_datetime",
        ":updated_at", "location", "month", "_id",
    ),
    "api/3/action/datastore_search": ("limit", "offset", "filters", "q", "sort", "fields"),
    "api/3/action/package_search": ("q", "rows", "start"),
    "api/3/action/package_show": ("id",),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_is_asked_breaks_a_door(
    city: CityBuilder, place: str, lake: Any, request: pytest.FixtureRequest
) -> None:
    city.report("POTHOLE")
    publish(city)
    client = Client(raise_request_exception=False)
    every = list(product(PLACES[place], NASTY))
    some = every if request.config.getoption("--soak") else random.Random(place).sample(every, 15)
    for name, value in some:
        more = f"resource_id={id_in(city)}&" if "datastore" in place else ""
        asked = f"{more}{name}={value}" if "%" in value else f"{more}{name}={value.replace('&', '').replace('#', '')}"
        answer: Any = client.get(f"/springfield/{place.format(id=id_in(city))}?{asked}")
        said = bytes_of(answer)
        assert answer.status_code in (200, 400, 404), (name, value, said[:300])
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert b"Traceback" not in said
        assert str(lake).encode() not in said
        assert b"root:" not in said


@pytest.mark.parametrize(
    "path",
    [
        "data/..%2f..%2fetc/rows.csv", "data/requests/files/..%2f.parquet", "data/REQUESTS/rows.csv",
        "ogc/collections/..%2f/items", "ogc/collections/requests/items/%00", "ogc/collections/requests/items/'",
        "data/requests/tiles/-1/0/0.pbf", "data/requests/tiles/3/00000009/0.pbf", "api/3/action/__init__",
        "data/requests/rows-0000.csv", "data/requests/rows.exe", "api/3/action/",
    ],
)  # fmt: skip
def test_addresses_that_lead_nowhere_are_not_found(city: CityBuilder, path: str) -> None:
    city.report("POTHOLE")
    publish(city)
    answer: Any = Client(raise_request_exception=False).get(f"/springfield/{path}")
    assert answer.status_code in (400, 404), bytes_of(answer)[:300]
