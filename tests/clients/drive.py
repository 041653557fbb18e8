"""
Drive the endpoint with the clients that are installed where this runs: `python drive.py CLIENT ENDPOINT KEY`.

Runs in the clients' own environment, with nothing of ours in it. Prints what came back as JSON.
"""

import io
import itertools
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any


def georeport(endpoint: str, key: str) -> dict[str, Any]:
    from georeport import GeoReport

    told: dict[str, Any] = {}
    for form in ("json", "xml"):
        client = GeoReport(endpoint, api_key=key, output_format=form)
        newest = client.get_service_requests(service_code="HOLE")[0]
        definition = client.get_service_definition("LAMP")
        told[form] = {
            "services": [service["service_code"] for service in client.get_service_list()],
            "definition": definition["service_code"],
            "newest": newest["service_request_id"],
            "one": client.get_service_request(newest["service_request_id"])["service_request_id"],
        }
    return told


def boston311(endpoint: str, key: str) -> dict[str, Any]:
    from boston311 import api
    from boston311.datamodels import Status

    api.BOSTON_API_ENDPOINT = f"{endpoint}/"
    since = datetime.now(UTC) - timedelta(days=30)
    found = api.get_service_requests(service_code="HOLE", start_date=since, status=Status.OPEN)
    number = found.service_requests[0].service_request_id
    one = api.get_service_request(number)
    return {
        "services": [service.service_code for service in api.get_services().services],
        "numbers": [request.service_request_id for request in found.service_requests],
        "one": one.service_request_id if one else None,
    }


def chicagorequests(endpoint: str, key: str) -> dict[str, Any]:
    from chicagorequests import Downloader, day_intervals

    Downloader.BASE_URL = f"{endpoint}/requests.json"
    now = datetime.now(UTC)
    updated = (now - timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S+00:00")
    load = Downloader(["HOLE"], updated, now.isoformat())
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found = [one for day in day_intervals(midnight - timedelta(days=3), now) for one in load(day)]
    return {"numbers": [one["service_request_id"] for one in found], "extended": "notes" in found[0]}


def three(endpoint: str, key: str) -> dict[str, Any]:
    itertools.ifilter = filter  # type: ignore[attr-defined]  it was written for Python 2, and is otherwise as it came
    from three import Three

    client = Three(endpoint, api_key=key)
    picture = io.BytesIO(bytes.fromhex(PICTURE))
    picture.name = "hole.gif"
    sent = client.post(
        "HOLE", address="Main Street 1", lat="40.7484", long="-73.9857", name="Ada Lovelace",
        email="ada@example.org", description="By three", media=picture,
    )  # fmt: skip
    number = sent[0]["service_request_id"]
    return {
        "discovery": client.discovery()["endpoints"][0]["specification"],
        "services": [service["service_code"] for service in client.services()],
        "number": number,
        "one": _with_its_picture(client, number),
        "listed": [one["service_request_id"] for one in client.requests("HOLE", count=5)],
        "too_long": client.requests(start="01-01-2020")[0]["description"],
    }


def _with_its_picture(client: Any, number: str) -> dict[str, Any]:
    """Return a request once its picture is shown: after it was searched for what must be covered."""
    end = time.monotonic() + 120
    while not (one := client.request(number)[0])["media_url"] and time.monotonic() < end:
        time.sleep(1)
    return dict(one)


# The smallest GIF there is.
PICTURE = "47494638396101000100800000ff0000ffffff21f90400000000002c00000000010001000002024401003b"

if __name__ == "__main__":
    client, endpoint, key = sys.argv[1:]
    print(json.dumps({f.__name__: f for f in (georeport, boston311, chicagorequests, three)}[client](endpoint, key)))  # noqa: T201
