"""Other people's clients, as they come from the package index, read the record over HTTP."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.builders import MAIN_STREET, CityBuilder, a_little_away
from tests.clients import environment
from tests.conftest import NOON
from tests.record import id_in, own_lake, publish  # noqa: F401  a fixture
from tests.serving import one_connection, served  # noqa: F401  a fixture

pytestmark = pytest.mark.usefixtures("lake", "one_connection")
DRIVER = Path(__file__).parents[1] / "clients" / "record.py"


@pytest.fixture
def five(city: CityBuilder) -> CityBuilder:
    """Five potholes a hundred metres apart, the first of them closed."""
    holes = [
        city.report("POTHOLE", at=a_little_away(MAIN_STREET, metres=100 * i), when=NOON + timedelta(hours=i))
        for i in range(5)
    ]
    holes[0].closed(after=timedelta(hours=6))
    publish(city, at=NOON + timedelta(hours=7))
    return city


def read_with(client: str, city: CityBuilder) -> dict[str, Any]:
    """Return what a client reads."""
    with served() as (home, wait):
        process = subprocess.Popen(
            [environment.python(), "-I", DRIVER, client, f"{home}/{city.id}", id_in(city)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"no_proxy": "*"},
        )  # fmt: skip
        said, wrong = wait(process)
    assert process.returncode == 0, wrong
    told: dict[str, Any] = json.loads(said)
    return told


def test_gdal_opens_the_record_as_layers_and_pages_through_it(five: CityBuilder) -> None:
    told = read_with("gdal", five)
    assert "requests" in told["layers"]
    assert {"status", "service_code", "requested_datetime"} <= set(told["fields"])
    assert told["rows"] == 5
    assert told["status"] == ["closed", "open", "open", "open", "open"]
    assert told["boxed"] == 1


def test_gdal_opens_the_download(five: CityBuilder) -> None:
    told = read_with("gdal_files", five)
    assert (told["rows"], told["kind"], told["crs"]) == (5, "Point", "EPSG:4326")


def test_owslib_finds_and_filters(five: CityBuilder) -> None:
    told = read_with("owslib", five)
    assert any(one.endswith("/conf/core") for one in told["conforms"])
    assert told["openapi"].startswith("3.0")
    assert "requests" in told["collections"]
    assert (told["matched"], told["one"], told["closed"], told["boxed"]) == (5, True, 1, 1)


def test_ckanapi_lists_and_searches(five: CityBuilder) -> None:
    told = read_with("ckanapi", five)
    assert "springfield-requests" in told["packages"]
    assert (told["title"], told["closed"], told["missing"]) == ("Requests for service", 1, "not found")
    assert told["found"] >= 1


def test_frictionless_holds_every_row_to_its_description(five: CityBuilder) -> None:
    told = read_with("frictionless", five)
    assert told["valid"], told["errors"]
    assert told["rows"] == 5
    assert told["first"].startswith("2026-11-24")
