"""Open311 GeoReport v2, rule by rule: what a client may count on."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from defusedxml import ElementTree as ET

from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.service_requests import queries
from ombud.service_requests.commands import act
from ombud.service_requests.commands.act import On
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.timeline import SYSTEM
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.open311 import Door, as_texts, door, found_sandbox, spark

FIELDS = (
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
)  # fmt: skip
W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def sandbox(_ground: None) -> Iterator[Door]:
    """The sandbox, with a key to it; the clock stands at noon."""
    with clock.standing_at(NOON):
        found_sandbox()
        yield door()


def errors(answer: Any) -> str:
    return "; ".join(problem["description"] for problem in answer.json())


# Formats


@pytest.mark.parametrize("path", ["discovery", "services", "services/LAMP", "requests", "servicerequestupdates"])
def test_both_forms_carry_the_same(sandbox: Door, path: str) -> None:
    sandbox.report("LAMP", description="<b>&amp; ]]> “quotes”\nand 🕳", attribute__LAMPS="2", attribute__COLOUR="green")
    for more in ({}, {"extensions": "true"}):
        as_json, as_xml = sandbox.get(f"{path}.json", **more), sandbox.get(f"{path}.xml", **more)
        assert as_json.headers["Content-Type"] == "application/json; charset=utf-8"
        assert as_xml.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert as_xml.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
        assert b"xmlns" not in as_xml.content
        assert spark(as_xml.content) == as_texts(as_json.json())


@pytest.mark.parametrize(
    ("accept", "xml"),
    [
        ("application/json", False),
        ("text/xml", True),
        ("application/xml;q=0.9", True),
        ("text/html,application/xml;q=0.9,*/*;q=0.8", True),
        ("*/*", False),
        ("", False),
    ],
)
def test_without_a_suffix_accept_chooses(sandbox: Door, accept: str, xml: bool) -> None:
    for path in ("services", "services/LAMP", "requests", f"requests/{sandbox.report()}", "nowhere"):
        answer = sandbox.client.get(sandbox.url(path), headers={"Accept": accept})
        assert answer.headers["Content-Type"].startswith("text/xml" if xml else "application/json")


def test_a_suffix_beats_accept_and_an_unknown_one_is_not_found(sandbox: Door) -> None:
    answer = sandbox.client.get(sandbox.url("services.json"), headers={"Accept": "text/xml"})
    assert answer.headers["Content-Type"].startswith("application/json")
    assert sandbox.get("services.yaml").status_code == 404


def test_the_endpoint_is_a_prefix_with_and_without_a_slash(sandbox: Door) -> None:
    for address in ("v2/services.json", "v2//services.json", "v2services.json", "v2/services.json/"):
        assert sandbox.client.get(f"/sandbox/open311/{address}").status_code == 200


def test_every_answer_may_be_read_by_pages_elsewhere_and_sets_no_cookie(sandbox: Door) -> None:
    answers = [
        sandbox.get("services.json", lang="es"), sandbox.get("nowhere.json"), sandbox.post(),
        sandbox.client.options(sandbox.url("requests.json")), sandbox.client.delete(sandbox.url("requests.json")),
    ]  # fmt: skip
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert not answer.cookies
    assert answers[3].status_code == 204
    assert {"GET", "POST", "OPTIONS"} <= set(re.split(", ", answers[3].headers["Access-Control-Allow-Methods"]))
    assert "Content-Type" in answers[3].headers["Access-Control-Allow-Headers"]
    assert answers[4].status_code == 405


def test_an_error_has_the_form_of_the_call(sandbox: Door) -> None:
    answer = sandbox.get("requests/nowhere.xml")
    root = ET.fromstring(answer.content)
    assert (answer.status_code, root.tag, root[0].tag, root.findtext("error/code")) == (404, "errors", "error", "404")
    assert sandbox.get("requests/nowhere.json").json()[0]["code"] == 404


# Discovery and services


def test_discovery_names_endpoints_that_answer(sandbox: Door) -> None:
    for address in ("/open311/v2/discovery.json", "/sandbox/open311/v2/discovery.json"):
        told = sandbox.client.get(address).json()
        assert set(told) == {"changeset", "contact", "key_service", "endpoints"}
        assert W3C.fullmatch(told["changeset"])
        kinds = {endpoint["type"] for endpoint in told["endpoints"]}
        assert kinds == {"production", "test"}
        for endpoint in told["endpoints"]:
            assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
            assert endpoint["formats"] == ["text/xml", "application/json"]
            assert sandbox.client.get(endpoint["url"] + "/services.json").status_code == 200


def test_the_list_of_services(sandbox: Door) -> None:
    services = {service["service_code"]: service for service in sandbox.read("services")}
    for service in services.values():
        assert set(service) == {
            "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
        }  # fmt: skip
    assert {services[code]["type"] for code in services} == {"realtime", "batch", "blackbox"}
    assert (services["LAMP"]["metadata"], services["HOLE"]["metadata"]) == (True, False)
    assert services["LAMP"]["keywords"] == "dark, farola, lamp, oscuro"
    assert services["PRIVATE"]["keywords"] == "private"


def test_a_definition_has_all_six_datatypes(sandbox: Door) -> None:
    definition = sandbox.read("services/LAMP")
    assert definition["service_code"] == "LAMP"
    attributes = definition["attributes"]
    assert [a["datatype"] for a in attributes] == [
        "string", "number", "datetime", "text", "singlevaluelist", "multivaluelist",
    ]  # fmt: skip
    assert [a["order"] for a in attributes] == [1, 2, 3, 4, 5, 6]
    assert [a["code"] for a in attributes if a["required"]] == ["LAMPS", "COLOUR"]
    assert attributes[4]["values"] == [{"key": "green", "name": "Green"}, {"key": "silver", "name": "Silver"}]
    assert "values" not in attributes[0]
    assert sandbox.read("services/HOLE") == {"service_code": "HOLE", "attributes": []}
    assert sandbox.get("services/NONE.json").status_code == 404


def test_what_is_handed_over_is_no_service(city: CityBuilder) -> None:
    assert "HIGHWAY" not in {service["service_code"] for service in Door("springfield").read("services")}


# Jurisdictions


def test_one_endpoint_for_many_jurisdictions(sandbox: Door) -> None:
    get = sandbox.client.get
    missing, wrong = get("/open311/v2/services.json"), get("/open311/v2/services.json?jurisdiction_id=gotham")
    assert (missing.status_code, wrong.status_code) == (400, 404)
    assert "jurisdiction_id" in errors(missing)
    assert "jurisdiction_id" in errors(wrong)
    assert get("/open311/v2/services.json?jurisdiction_id=").status_code == 400
    named = get("/open311/v2/services.json?jurisdiction_id=sandbox").json()
    assert named == sandbox.read("services")
    elsewhere = sandbox.get("services.json", jurisdiction_id="springfield")
    assert elsewhere.status_code == 404
    body = {"api_key": sandbox.key, "jurisdiction_id": "sandbox", "service_code": "HOLE", "lat": 1, "long": 1}
    assert sandbox.client.post("/open311/v2/requests.json", body).status_code == 201


# Creating


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


# Sent again


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


# Reading


def test_filters_of_the_list(sandbox: Door) -> None:
    hole, lamp = sandbox.report(), sandbox.report("LAMP", attribute__LAMPS="1", attribute__COLOUR="green")

    def numbers(**filters: Any) -> list[str]:
        return [one["service_request_id"] for one in sandbox.read("requests", **filters)]

    assert {hole, lamp} <= set(numbers())
    assert numbers(service_code="LAMP, ,") == [lamp]
    assert numbers(service_code="NONE") == []
    assert set(numbers(service_request_id=f"{hole}, {lamp},none", status="closed", start_date="2001-01-01")) == {
        hole, lamp,
    }  # fmt: skip
    assert numbers(service_request_id="none") == []
    assert all(one["status"] == "closed" for one in sandbox.read("requests", status="closed"))
    assert len(numbers(status=["open", "closed"])) == len(numbers())
    assert numbers(start_date="2026-11-24T21:00:00Z") == []
    assert lamp in numbers(end_date="2026-11-24")
    assert lamp in numbers(updated_after="2026-11-24 12:00:00-06:00")
    assert lamp in numbers(lat=40.7484, long=-73.9857, radius=10)
    assert lamp not in numbers(lat=40.7484, long=-73.98, radius=100)
    assert lamp in numbers(q="light")
    assert set(numbers(page_size=1, page=1) + numbers(per_page=1, page=2)) <= set(numbers())
    assert numbers(page=99) == []


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"status": "sleeping"}, "status"),
        ({"start_date": "yesterday"}, "start_date"),
        ({"start_date": "2026-02-30"}, "start_date"),
        ({"end_date": "0000-01-01"}, "end_date"),
        ({"start_date": "2026-01-01", "end_date": "2026-11-01"}, "90 days"),
        ({"start_date": "2026-11-02", "end_date": "2026-11-01"}, "start_date"),
        ({"updated_after": "+99:99"}, "updated_after"),
        ({"page": "0"}, "page"),
        ({"page_size": "many"}, "page_size"),
        ({"lat": "1"}, "lat"),
        ({"lat": "1", "long": "1"}, "radius"),
        ({"radius": "5"}, "radius"),
    ],
)
def test_a_filter_that_cannot_be_read_is_told(sandbox: Door, filters: dict[str, str], names: str) -> None:
    answer = sandbox.get("requests.json", **filters)
    assert answer.status_code == 400
    assert names in errors(answer)


def test_a_span_of_ninety_days_and_a_bit_of_a_second_is_not_too_long(sandbox: Door) -> None:
    span = {"start_date": "2026-08-01T00:00:00Z", "end_date": "2026-10-30T00:00:00.9Z"}
    assert sandbox.get("requests.json", **span).status_code == 200


def test_pages_join_without_gap_or_repeat(sandbox: Door) -> None:
    for n in range(7):
        sandbox.report(description=str(n))
    whole = [one["service_request_id"] for one in sandbox.read("requests")]
    pages = [sandbox.read("requests", page_size=3, page=page) for page in (1, 2, 3, 4, 5)]
    assert [one["service_request_id"] for page in pages for one in page] == whole


def test_a_closed_request(sandbox: Door) -> None:
    number = sandbox.report()
    with walls.inside("sandbox"):
        on = On("sandbox", queries.by_number("sandbox", number).pk, SYSTEM, NOON + timedelta(hours=1))
        act.close(on, outcome="fixed", text="Filled.")
    shown = sandbox.shown(number)
    assert (shown["status"], shown["status_notes"]) == ("closed", "Fixed")
    assert shown["updated_datetime"] == "2026-11-24T21:00:00Z"
    extended = sandbox.shown(number, extensions="true")
    assert [note["type"] for note in extended["notes"]] == ["submitted", "closed"]
    assert extended["extended_attributes"]["detailed_status"] == "fixed"


# Privacy


def test_a_private_report_is_seen_only_by_the_key_that_sent_it(sandbox: Door) -> None:
    number = sandbox.report("PRIVATE", description="secret")
    assert sandbox.get(f"requests/{number}.json").status_code == 404
    assert door("sandbox").get(f"requests/{number}.json", api_key="wrong").status_code == 404
    own = sandbox.shown(number, api_key=sandbox.key)
    assert own["description"] == "secret"
    assert number not in sandbox.get("requests.json").content.decode()


def test_free_text_of_a_real_city_goes_back_to_its_sender_only(city: CityBuilder) -> None:
    springfield = door("springfield")
    number = springfield.report(
        "POTHOLE", lat="37.2100001", long="-93.29", attribute__size="small", description="My neighbour Joe did it"
    )
    assert springfield.shown(number)["description"] is None
    assert springfield.shown(number, extensions="true")["attributes"] == []
    assert springfield.shown(number, api_key=springfield.key)["description"] == "My neighbour Joe did it"
    assert springfield.read("requests", q="Joe") == []


def test_a_coarse_place_is_not_found_by_circles(sandbox: Door) -> None:
    number = sandbox.report("BIN", address_string="Hidden Lane 5")
    shown = sandbox.shown(number)
    assert (shown["lat"], shown["long"]) != (40.7484, -73.9857)
    assert "Hidden" not in str(shown)
    assert sandbox.read("requests", service_code="BIN", lat=40.7484, long=-73.9857, radius=5) == []
    assert sandbox.read("requests", q="Hidden") == []


def test_another_citys_requests_and_keys_do_not_count(sandbox: Door) -> None:
    number = sandbox.report()
    assert Door("springfield").get(f"requests/{number}.json").status_code == 404
    foreign = Door("springfield", sandbox.key)
    assert foreign.post(service_code="POTHOLE", lat=37.21, long=-93.29, attribute__size="small").status_code == 403
