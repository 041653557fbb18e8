"""The whole at once as GeoReport Bulk, knowledge by Inquiry v1, and a sandbox that is emptied."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from ombud.catalog.models import Jurisdiction
from ombud.connect.open311.rules import asked
from ombud.kernel.errors import NotAllowed
from ombud.plumbing import walls
from ombud.service_requests.commands import emptying
from ombud.service_requests.models import RequestEvent
from tests.builders import CityBuilder
from tests.open311 import Door, as_texts, spark

COLUMNS = [
    "service_request_id", "requested_datetime", "updated_datetime", "closed_date", "status_description",
    "status_notes", "source", "service_name", "service_subtype", "description", "agency_responsible", "address",
    "lat", "long",
]  # fmt: skip


def whole(sandbox: Door, path: str, **filters: Any) -> Any:
    answer = sandbox.get(path, **filters)
    assert answer.status_code == 200
    return answer, b"".join(answer.streaming_content).decode()


def test_bulk_holds_what_the_list_holds_page_after_page(sandbox: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        sandbox.report(description=f"=cmd {n}, “quoted”\nnext line")
    listed = sandbox.read("requests")
    monkeypatch.setattr(asked, "MOST", 2)
    answer, text = whole(sandbox, "bulk.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0] == COLUMNS
    assert [line[0] for line in lines[1:]] == [one["service_request_id"] for one in listed]
    assert lines[1][9].startswith("'=cmd")
    rows = whole(sandbox, "bulk.json")[1]
    assert [row["service_request_id"] for row in json.loads(rows)] == [one["service_request_id"] for one in listed]
    assert json.loads(rows)[0]["source"] == "test"
    assert whole(sandbox, "requests.csv", service_code="NONE")[1].strip() == ",".join(COLUMNS)
    assert json.loads(whole(sandbox, "bulk.json", service_code="NONE")[1]) == []
    assert sandbox.get("bulk.csv", status="asleep").status_code == 400


def test_inquiry_tells_what_the_city_offers_and_whom_to_turn_to(city: CityBuilder) -> None:
    def read(path: str, form: str = "json") -> Any:
        return Client().get(f"/springfield/open311/inquiry/v1/{path}.{form}")

    services = read("services/all").json()
    pothole = next(service for service in services if service["id"] == "POTHOLE")
    assert (pothole["service_name"], pothole["brief_description"]) == ("Pothole", "A hole in the road.")
    assert set(pothole) == {"id", "service_name", "expiration", "brief_description"}
    (pothole,) = read("services/POTHOLE").json()
    assert pothole["categories"] == [{"category_name": "Streets"}]
    assert pothole["web_actions"][0]["url"] == "http://testserver/springfield/report/service/POTHOLE/"
    assert {service["id"] for service in read("services/Waste").json()} >= {"BULKY"}
    assert read("services/nothing").status_code == 404
    facilities = read("facilities/all").json()
    assert {facility["id"] for facility in facilities} == {"STREETS", "SANITATION", "STATE"}
    assert [facility["id"] for facility in read("facilities/outside body").json()] == ["STATE"]
    assert spark(read("facilities/all", "xml").content) == as_texts(facilities)
    assert Client().post("/springfield/open311/inquiry/v1/services/all.json").status_code == 405


def test_history_is_never_deleted_but_in_a_sandbox_which_no_city_becomes(sandbox: Door, city: CityBuilder) -> None:
    kept = city.report()
    with walls.inside("springfield"), pytest.raises(NotAllowed):
        emptying.empty_sandbox(jurisdiction_id="springfield")
    with pytest.raises(DatabaseError), transaction.atomic():
        Jurisdiction.objects.filter(id="springfield").update(sandbox=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        RequestEvent.objects.filter(request_id=kept.id).delete()
    assert RequestEvent.objects.filter(request_id=kept.id).exists()
