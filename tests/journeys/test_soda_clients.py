"""
sodapy, as it comes from the package index, against the running server.

It says `https://` by itself; the `session_adapter` that it takes for such cases says `http://` here.
"""

import csv
import json
from collections.abc import Iterator

import pytest
import requests
from requests.adapters import HTTPAdapter
from sodapy import Socrata

from tests.journeys.conftest import Town

pytestmark = pytest.mark.journey


@pytest.fixture
def client(town: Town) -> Iterator[Socrata]:
    token = json.loads((town.home / "demo.json").read_text())["soda"][0]["app_token"]
    domain = town.url.removeprefix("http://")
    with Socrata(domain, token, session_adapter={"prefix": "http://", "adapter": HTTPAdapter()}, timeout=30) as client:
        yield client


@pytest.fixture
def services(client: Socrata) -> str:
    """The id of a city's services, found as somebody would find it."""
    (found, *_) = client.datasets(column_names=["service_code", "questions"])
    dataset_id: str = found["resource"]["id"]
    return dataset_id


def test_sodapy_finds_reads_and_pages(client: Socrata, services: str) -> None:
    every = client.datasets()
    assert len(every) == len({one["resource"]["id"] for one in every}) > 4
    assert [one["resource"]["id"] for one in client.datasets(limit=1, offset=1)] == [every[1]["resource"]["id"]]
    told = client.get_metadata(services)
    assert "service_code" in [column["fieldName"] for column in told["columns"]]
    rows = client.get(services, limit=50_000)
    assert len(rows) > 5
    assert list(client.get_all(services, limit=3)) == rows
    with_system = client.get(services, exclude_system_fields=False, limit=1)
    assert ":id" in with_system[0]
    one = client.get(f"{services}/{with_system[0][':id']}")
    assert one["service_code"] == with_system[0]["service_code"]


def test_sodapy_asks_in_soql(client: Socrata, services: str) -> None:
    grouped = client.get(
        services, select="agency_responsible, count(*) as n", group="agency_responsible", order="n desc"
    )
    assert [int(row["n"]) for row in grouped] == sorted((int(row["n"]) for row in grouped), reverse=True)
    first = client.get(services, limit=1)[0]["service_code"]
    assert len(client.get(services, service_code=first)) >= 1
    assert client.get(services, where=f"service_code = '{first}'") == client.get(services, service_code=first)
    assert client.get(services, query="select count(*) where 1 = 2") == [{"count": "0"}]
    assert client.get(services, q="nothing at all like this") == []


def test_sodapy_reads_the_other_formats(client: Socrata, services: str) -> None:
    table = client.get(services, content_type="csv", select="service_code", limit=2)
    assert table[0] == ["service_code"]
    assert len(table) == 3
    shapes = client.get(services, content_type="geojson", limit=1)
    assert shapes["type"] == "FeatureCollection"


def test_sodapy_shows_why_something_was_refused(client: Socrata, services: str) -> None:
    with pytest.raises(requests.HTTPError, match="did you mean service_code"):
        client.get(services, select="service_codee")


def test_the_whole_comes_in_one_piece_over_a_real_connection(town: Town, services: str) -> None:
    answer = requests.get(f"{town.url}/api/views/{services}/rows.csv?accessType=DOWNLOAD", timeout=30)
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert rows
    again = requests.get(answer.url, timeout=30, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_long_address_reaches_the_query(town: Town, services: str) -> None:
    long = "x" * 15_000
    answer = requests.get(f"{town.url}/resource/{services}.json", {"$where": f"service_code='{long}'"}, timeout=30)
    assert (answer.status_code, answer.json()) == (200, [])
