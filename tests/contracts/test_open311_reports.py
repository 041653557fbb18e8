"""Reports by Open311: what is taken, what is refused and why, and what is the same sent again."""

import re
from datetime import timedelta
from typing import Any

import pytest
from defusedxml import ElementTree as ET

from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.service_requests import queries
from ombud.service_requests.models import ServiceRequest
from tests.conftest import NOON
from tests.open311 import Door, door, errors

FIELDS = (
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
)  # fmt: skip


def test_a_report_is_there_at_once(sandbox: Door) -> None:
    answer = sandbox.post(
        service_code="LAMP",
        lat="40.748441",
        long="-73.985664",
        address_string="Fifth Avenue 350",
        description="It is dark.\n<b>Bold</b> & ]]>",
        email="ada@example.org",
        first_name="Ada",
        last_name="Lovelace",
        phone="213 555 0123",
        device_id="d-1",
        attribute__LAMPS="2",
        attribute__COLOUR="green",
        title="ignored",
    )
    assert answer.status_code == 201
    (kept,) = answer.json()
    assert set(kept) == {"service_request_id", "service_notice", "account_id"}
    number = kept["service_request_id"]
    assert re.fullmatch(r"[A-Za-z0-9_-]+", number)
    shown = sandbox.shown(number)
    assert tuple(shown) == FIELDS
    assert (shown["lat"], shown["long"]) == (40.748441, -73.985664)
    assert (shown["status"], shown["service_code"], shown["address"]) == ("open", "LAMP", "Fifth Avenue 350")
    assert shown["description"] == "It is dark.\n<b>Bold</b> & ]]>"
    assert shown["media_url"] is None
    assert number in {one["service_request_id"] for one in sandbox.read("requests")}
    everything = sandbox.get("requests.json", extensions="true").content.decode()
    for secret in ("ada@", "Lovelace", "+12135550123", "d-1"):
        assert secret not in everything
    with walls.inside("sandbox"):
        assert queries.by_number("sandbox", number).channel == "test"


def test_any_one_way_to_say_where_is_enough(sandbox: Door) -> None:
    ways = ({"lat": "1.5", "long": "2.5"}, {"address_string": "Main Street 1"}, {"address_id": "A-17"})
    for way in ways:
        answer = sandbox.post(service_code="HOLE", **way)
        assert answer.status_code == 201, answer.content
    assert sandbox.shown(answer.json()[0]["service_request_id"])["address_id"] == "A-17"


def test_types_of_service(sandbox: Door) -> None:
    batch = sandbox.post(service_code="BATCH", lat=1, long=1).json()[0]
    assert "service_request_id" not in batch
    (waiting,) = sandbox.read(f"tokens/{batch['token']}")
    assert waiting == {"service_request_id": None, "token": batch["token"]}
    with clock.standing_at(NOON + timedelta(seconds=10)):
        (ready,) = sandbox.read(f"tokens/{batch['token']}")
    assert sandbox.shown(ready["service_request_id"])["service_code"] == "BATCH"
    assert sandbox.get("tokens/nonsense.json").status_code == 404
    blackbox = sandbox.post(service_code="BLACKBOX", lat=1, long=1).json()[0]
    assert set(blackbox) == {"service_notice", "account_id"}


@pytest.mark.parametrize(
    ("change", "status", "names"),
    [
        ({"api_key": ""}, 403, "api_key"),
        ({"api_key": "wrong"}, 403, "api_key"),
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "NONE"}, 404, "service_code"),
        ({"lat": "", "long": ""}, 400, "lat"),
        ({"lat": "", "long": ""}, 400, "address"),
        ({"long": ""}, 400, "long"),
        ({"lat": ""}, 400, "lat"),
        ({"lat": "nan"}, 400, "lat"),
        ({"lat": "91"}, 400, "lat"),
        ({"long": "1e999"}, 400, "long"),
        ({"long": "-180.5"}, 400, "long"),
        ({"lat": "-75"}, 400, "location"),
        ({"attribute[LAMPS]": ""}, 400, "LAMPS required"),
        ({"attribute[COLOUR]": ""}, 400, "COLOUR required"),
        ({"attribute[COLOUR]": "mauve"}, 400, "COLOUR"),
        ({"attribute[LAMPS]": "NaN"}, 400, "LAMPS"),
        ({"attribute[LAMPS]": "two"}, 400, "LAMPS"),
        ({"attribute[SINCE]": "30 February"}, 400, "SINCE"),
        ({"attribute[SIGNS][]": ["flicker", "sings"]}, 400, "SIGNS"),
        ({"description": "x" * 4001}, 400, "description"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"jurisdiction_id": "gotham"}, 404, "jurisdiction_id"),
    ],
)
def test_a_refused_report_says_why_and_stores_nothing(
    sandbox: Door, change: dict[str, Any], status: int, names: str
) -> None:
    fit = {"service_code": "LAMP", "lat": "1", "long": "1", "attribute[LAMPS]": "2", "attribute[COLOUR]": "green"}
    with walls.inside("sandbox"):
        before = ServiceRequest.objects.in_city("sandbox").count()
    answer = sandbox.client.post(sandbox.url("requests.json"), {"api_key": sandbox.key, **fit, **change})
    assert answer.status_code == status, answer.content
    assert names in errors(answer)
    with walls.inside("sandbox"):
        assert ServiceRequest.objects.in_city("sandbox").count() == before


def test_the_longest_description_is_taken(sandbox: Door) -> None:
    assert sandbox.shown(sandbox.report(description="é" * 4000))["description"] == "é" * 4000


def test_what_xml_cannot_hold_never_gets_in(sandbox: Door) -> None:
    number = sandbox.report(description="a\x00b\x0bc\ufffed\uffffe")
    assert sandbox.shown(number)["description"] == "abcde"
    ET.fromstring(sandbox.get("requests.xml").content)


@pytest.mark.parametrize("written", ["attribute[SIGNS][]", "attribute[SIGNS]"])
def test_answers_come_in_every_writing(sandbox: Door, written: str) -> None:
    body = {
        "api_key": sandbox.key, "service_code": "LAMP", "lat": 1, "long": 1, "attribute[LAMPS][]": "-1.5e1",
        "attribute[COLOUR]": "silver", written: ["flicker", "leans"], "attribute[SINCE]": "2026-05-04T09:30:00 02:00",
        "attribute[UNKNOWN]": "kept for staff", "attribute[STORY]": "",
    }  # fmt: skip
    answer = sandbox.client.post(sandbox.url("requests.json"), body)
    number = answer.json()[0]["service_request_id"]
    told = {a["code"]: a["value"] for a in sandbox.shown(number, extensions="true")["attributes"]}
    assert told == {
        "LAMPS": "-1.5e1", "SINCE": "2026-05-04T07:30:00+00:00", "COLOUR": "silver", "SIGNS": "flicker, leans",
    }  # fmt: skip
    with walls.inside("sandbox"):
        sent = queries.by_number("sandbox", number).form.sent
    assert sent == {"attributes": {"UNKNOWN": ["kept for staff"]}}


def test_parameters_may_stand_in_the_query_and_the_body_wins(sandbox: Door) -> None:
    address = f"{sandbox.url('requests.json')}?api_key={sandbox.key}&jurisdiction_id=sandbox&service_code=NONE"
    answer = sandbox.client.post(
        address, "service_code=HOLE&lat=1&long=1", content_type="application/x-www-form-urlencoded; charset=utf-8"
    )
    assert answer.status_code == 201
    bearer = {"Authorization": f"Bearer {sandbox.key}"}
    body = {"service_code": "HOLE", "lat": 3, "long": 1}
    assert sandbox.client.post(sandbox.url("requests.json"), body, headers=bearer).status_code == 201


def test_the_same_own_id_gives_the_first_number(sandbox: Door) -> None:
    first = sandbox.report(description="one", external_id="7")
    assert sandbox.report(description="two", external_id="7") == first
    assert sandbox.report(description="one", attribute__fixmystreet_id="7") == first
    assert sandbox.report(description="one", external_id="8") != first
    assert door("sandbox").report(description="one", external_id="7") != first


def test_the_same_content_within_an_hour_gives_the_first_number(sandbox: Door) -> None:
    first = sandbox.report(description="one", email="ada@example.org")
    assert sandbox.report(description="one", email="ada@example.org") == first
    with clock.standing_at(NOON + timedelta(minutes=59)):
        assert sandbox.report(description="one", email="ada@example.org") == first
    assert sandbox.report(description="one", email="bo@example.org") != first
    with clock.standing_at(NOON + timedelta(hours=3)):
        assert sandbox.report(description="one", email="ada@example.org") != first


def test_too_many_reports_are_asked_to_wait_and_none_accepted_is_lost(sandbox: Door) -> None:
    narrow = door("sandbox", per_hour=3)
    answers = [narrow.post(service_code="HOLE", lat=1, long=1, description=str(n)) for n in range(6)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429, 429]
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers[3:])
    for answer in answers[:3]:
        sandbox.shown(answer.json()[0]["service_request_id"])


def test_a_telephone_number_that_is_none_stops_no_report_and_is_not_kept(sandbox: Door) -> None:
    (kept,) = sandbox.post(service_code="HOLE", lat="1", long="1", phone="ask my wife", email="nowhere").json()
    assert "telephone number" in kept["service_notice"]
    assert "e-mail address" in kept["service_notice"]
    with walls.inside("sandbox"):
        assert queries.by_number("sandbox", kept["service_request_id"]).form.sent is None
