"""Real Open311 clients, as they come from the package index, drive the running server."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clients import environment
from tests.journeys.conftest import Town

ROOT = Path(__file__).parents[2]
SERVICES = {"HOLE", "LAMP", "BIN", "BATCH", "BLACKBOX", "PRIVATE"}


@pytest.fixture(scope="session")
def clients() -> Path:
    """The Python of an environment with the clients and nothing of ours."""
    return environment.python()


def drive(python: Path, town: Town, client: str) -> dict[str, Any]:
    door = next(door for door in json.loads((town.home / "demo.json").read_text())["open311"] if door["sandbox"])
    run = subprocess.run(
        [python, "-I", ROOT / "tests/clients/drive.py", client, door["url"], door["api_key"]],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told: dict[str, Any] = json.loads(run.stdout)
    return told


def test_three_reports_with_a_picture_and_reads_back(clients: Path, town: Town) -> None:
    told = drive(clients, town, "three")
    assert told["discovery"] == "http://wiki.open311.org/GeoReport_v2"
    assert set(told["services"]) == SERVICES
    assert told["one"]["description"] == "By three"
    assert "/photo/" in told["one"]["media_url"]
    assert told["number"] in told["listed"]
    assert "90 days" in told["too_long"]


def test_georeport_reads_the_same_in_both_forms(clients: Path, town: Town) -> None:
    told = drive(clients, town, "georeport")
    assert told["json"] == told["xml"]
    assert set(told["json"]["services"]) == SERVICES
    assert told["json"]["one"] == told["json"]["newest"]


def test_boston311_takes_every_record_for_what_it_must_be(clients: Path, town: Town) -> None:
    told = drive(clients, town, "boston311")
    assert told["numbers"]
    assert told["one"] == told["numbers"][0]


def test_chicagorequests_loads_day_by_day(clients: Path, town: Town) -> None:
    told = drive(clients, town, "chicagorequests")
    assert told["numbers"]
    assert told["extended"]


def test_the_sandbox_is_emptied_and_has_its_examples_again(town: Town) -> None:
    door = json.loads((town.home / "demo.json").read_text())["open311"][0]
    told = {"api_key": door["api_key"], "service_code": "HOLE", "lat": "1", "long": "1", "description": "forget me"}
    sent = requests.post(f"{door['url']}/requests.json", data=told, timeout=30).json()[0]["service_request_id"]
    assert requests.get(f"{door['url']}/requests/{sent}.json", timeout=30).status_code == 200
    command = [sys.executable, "-m", "ombud", "sandbox", "--empty"]
    subprocess.run(command, env=town.environment, check=True, capture_output=True, timeout=60)
    assert requests.get(f"{door['url']}/requests/{sent}.json", timeout=30).status_code == 404
    left = requests.get(f"{door['url']}/requests.json", timeout=30).json()
    assert [one["description"] for one in left] == ["An example."] * 3
    assert requests.post(f"{door['url']}/requests.json", data=told, timeout=30).status_code == 201
