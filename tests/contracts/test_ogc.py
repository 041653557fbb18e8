"""OGC API Features: the classes it declares hold, and pages are a partition of one version."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.builders import MAIN_STREET, CityBuilder, a_little_away
from tests.conftest import NOON
from tests.record import fetched, id_in, own_lake, publish, told  # noqa: F401  a fixture

pytestmark = pytest.mark.usefixtures("lake")
ITEMS = "/springfield/ogc/collections/requests/items"


@pytest.fixture
def five(city: CityBuilder) -> list[str]:
    """The numbers of five potholes, an hour and a hundred metres apart; the first is closed."""
    holes = [
        city.report("POTHOLE", at=a_little_away(MAIN_STREET, metres=100 * i), when=NOON + timedelta(hours=i))
        for i in range(5)
    ]
    holes[0].closed(after=timedelta(hours=6))
    publish(city, at=NOON + timedelta(hours=7))
    return [hole.number for hole in holes]


def ids(page: Any) -> set[str]:
    return {feature["id"] for feature in page["features"]}


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_landing_page_leads_everywhere(five: list[str], slash: str) -> None:
    page = told(f"/springfield/ogc{slash}")
    links = {link["rel"]: link for link in page["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= links.keys()
    for link in links.values():
        assert link["href"].startswith("http://testserver/springfield/ogc")
        answer = fetched(link["href"].removeprefix("http://testserver"))
        assert answer["Content-Type"] == link["type"]
        assert answer["Access-Control-Allow-Origin"] == "*"


def test_it_conforms_to_core(five: list[str]) -> None:
    classes = told("/springfield/ogc/conformance")["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes
    description = told("/springfield/ogc/api")
    assert description["openapi"].startswith("3.0")
    assert "/collections/requests/items" in description["paths"]


def test_a_collection_says_where_and_when_its_rows_are(city: CityBuilder, five: list[str]) -> None:
    listed = told("/springfield/ogc/collections")["collections"]
    [one] = [each for each in listed if each["id"] == "requests"]
    assert one == told("/springfield/ogc/collections/requests") == told(f"/springfield/ogc/collections/{id_in(city)}")
    [west, south, east, north] = one["extent"]["spatial"]["bbox"][0]
    assert (west, east, south) == (MAIN_STREET.lon, MAIN_STREET.lon, MAIN_STREET.lat)
    assert north > south
    assert one["extent"]["temporal"]["interval"] == [["2026-11-24T20:00:00.000Z", "2026-11-25T00:00:00.000Z"]]
    assert "items" in {link["rel"] for link in one["links"]}


def test_pages_follow_each_other_within_one_version_while_others_are_published(
    city: CityBuilder, five: list[str]
) -> None:
    address, seen = f"{ITEMS}?limit=2", []
    while address:
        answer = fetched(address)
        page = json.loads(answer.body)
        assert answer["Content-Type"] == "application/geo+json"
        assert answer["X-Data-Version"] == "1"
        assert page["numberMatched"] == 5
        assert page["numberReturned"] == len(page["features"]) <= 2
        seen += [feature["id"] for feature in page["features"]]
        if len(seen) == 2:
            city.report("POTHOLE")
            publish(city, at=NOON + timedelta(hours=8))
        links = {link["rel"]: link["href"] for link in page["links"]}
        address = links.get("next", "").removeprefix("http://testserver")
    assert seen == sorted(five)


FILTERS = [
    ("status=closed", {0}),
    ("status=open&service_code=POTHOLE", {1, 2, 3, 4}),
    ("status=mislaid", set()),
    (f"bbox={MAIN_STREET.lon - 1},{MAIN_STREET.lat - 1},{MAIN_STREET.lon + 1},{MAIN_STREET.lat + 0.001}", {0, 1}),
    ("bbox=0,0,1,1", set()),
    ("bbox=170,-80,-90,80", {0, 1, 2, 3, 4}),
    ("datetime=2026-11-24T21:00:00Z/2026-11-24T22:00:00Z", {1, 2}),
    ("datetime=2026-11-24T23:00:00Z/..", {3, 4}),
    ("datetime=2026-11-24T20:00:00Z", {0}),
    ("times_reopened=0&datetime=2026-11-24", {0, 1, 2, 3, 4}),
    ("on_time=true", {0}),
    ("requested_datetime=2026-11-24T13:00:00.000", {1}),
]


def test_rows_are_filtered(five: list[str]) -> None:
    for asked, which in FILTERS:
        page = told(f"{ITEMS}?limit=100&{asked}")
        assert ids(page) == {five[i] for i in which}, asked
        assert page["numberMatched"] == len(which)


def test_one_row_has_its_own_address(five: list[str]) -> None:
    page = told(ITEMS)
    one = told(f"{ITEMS}/{quote(five[2])}")
    assert one.pop("links")
    assert one in page["features"]
    assert one["geometry"]["coordinates"] == [one["properties"]["longitude"], one["properties"]["latitude"]]
    assert told(f"{ITEMS}/none", status=404)["code"] == "not_found"


def test_too_large_a_page_is_lowered_and_said(five: list[str]) -> None:
    assert told(f"{ITEMS}?limit=1000000")["numberReturned"] == 5
    for wrong in (
        "limit=0",
        "limit=-1",
        "limit=many",
        "colour=red",
        "bbox=1,2,3",
        "datetime=then",
        "times_reopened=x",
        "cursor=x",
        "status=a&status=b",
    ):
        refusal = told(f"{ITEMS}?{wrong}", status=400)
        assert refusal["description"], wrong


def test_a_data_set_that_is_not_there_is_not_found(five: list[str]) -> None:
    for path in ("collections/potholes", "collections/potholes/items", "collections/boundaries/items"):
        assert told(f"/springfield/ogc/{path}", status=404)["code"] == "not_found"
