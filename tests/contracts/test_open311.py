"""Open311 GeoReport v2, rule by rule: forms, discovery, services, jurisdictions."""

import re

import pytest
from defusedxml import ElementTree as ET

from tests.builders import CityBuilder
from tests.open311 import Door, as_texts, errors, spark

W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


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
