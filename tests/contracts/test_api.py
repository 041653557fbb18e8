"""The JSON API: the same command, rules and limits as the form, for programs."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core import signing
from django.test import Client

from ombud.service_requests import queries
from ombud.service_requests.models import ServiceRequest
from tests.builders import CityBuilder

WHERE = {"lon": -93.29, "lat": 37.21}


def report(**told: Any) -> dict[str, Any]:
    return {"client_id": str(uuid4()), "service_code": "POTHOLE", "answers": {"size": "small"}, **WHERE, **told}


def send(told: object, *, to: str = "requests", as_type: str = "application/json", **headers: str) -> Any:
    body = told if isinstance(told, bytes) else json.dumps(told)
    return Client(headers=headers).post(f"/springfield/api/v1/{to}", body, content_type=as_type)


def test_a_report_gets_a_number_and_is_found_under_it(city: CityBuilder) -> None:
    answer = send(report(description="Deep.", email="ada@example.org"))
    assert answer.status_code == 201
    kept = answer.json()
    row = queries.by_number("springfield", kept["number"])
    assert (row.channel, row.form.description, row.service_version) == ("api", "Deep.", 1)
    assert row.form.answers[0]["question"] == "How large is it?"
    assert Client().get(kept["url"]).status_code == 200
    assert "Deep." in Client().get(kept["secret_url"]).content.decode()
    shown = Client().get(f"/springfield/api/v1/requests/{kept['number']}").json()
    assert (shown["status"], shown["point"]) == ("received", {**WHERE, "precision": "exact"})
    assert "ada@" not in json.dumps(shown)
    assert "Deep" not in json.dumps(shown)


def test_sending_again_gives_the_first_number(city: CityBuilder) -> None:
    told = report()
    first, second = send(told), send(told)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {**first.json(), "again": True}
    assert ServiceRequest.objects.in_city("springfield").count() == 1


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_kept(city: CityBuilder) -> None:
    answer = send(report(answers={}, email="no address", lon=10.0, lat=10.0))
    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json()["problems"]} == {"q.size", "email", "place"}
    assert ServiceRequest.objects.in_city("springfield").count() == 0


def test_refusals_are_in_the_senders_language(city: CityBuilder) -> None:
    answer = send(report(answers={}), **{"Accept-Language": "es"})
    assert answer.json()["message"] == "Revise algunas respuestas."


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (report(client_id="no uuid"), "new.client_id"),
        (report(suburb="x"), "new.suburb"),
        (report(lon="west"), "new.lon"),
        (report(answers=["a"]), "new.answers"),
    ],
)
def test_another_shape_names_the_field(city: CityBuilder, told: object, field: str) -> None:
    answer = send(told)
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["problems"]][:1] == [field.removeprefix("new.")]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"[]", b"[[" * 10_000])
def test_what_is_no_json_is_refused_in_a_sentence(city: CityBuilder, body: bytes) -> None:
    answer = send(body)
    assert answer.status_code in (400, 422)
    assert answer.json()["message"]


def test_half_a_point_and_one_that_is_nowhere_are_refused(city: CityBuilder) -> None:
    for where in ({"lon": -93.29, "lat": None}, {"lon": 999, "lat": 37.2}, {"lon": 0, "lat": 0}):
        assert send(report(**where)).json()["problems"][0]["field"] == "lon"


def test_a_form_on_somebody_elses_page_cannot_send_one(city: CityBuilder) -> None:
    assert send(report(), as_type="text/plain").status_code == 415
    assert ServiceRequest.objects.in_city("springfield").count() == 0


def test_a_private_request_shows_its_number_only(city: CityBuilder) -> None:
    told = city.report("BARKING", name="Ada")
    shown = Client().get(f"/springfield/api/v1/requests/{told.number}").json()
    assert {name for name, value in shown.items() if value} == {"number"}


def test_requests_of_another_city_are_not_found(city: CityBuilder, other_city: CityBuilder) -> None:
    told = city.report()
    answer = Client().get(f"/shelbyville/api/v1/requests/{told.number}")
    assert (answer.status_code, answer.json()["message"]) == (404, "We have no request with this number.")


def test_the_secret_page_is_the_reporters_and_not_guessed(city: CityBuilder) -> None:
    kept = send(report()).json()
    guessed = kept["secret_url"].rsplit("/", 2)[0] + "/" + signing.dumps("x")[:20] + "/"
    assert Client().get(guessed).status_code == 404


def test_services_say_what_they_ask_in_the_readers_language(city: CityBuilder) -> None:
    listed = Client().get("/springfield/api/v1/services").json()
    assert "POTHOLE" in {line["service_code"] for line in listed}
    whole = Client(headers={"Accept-Language": "es"}).get("/springfield/api/v1/services/POTHOLE").json()
    assert whole["questions"][0]["code"] == "size"
    assert whole["service_name"] != next(line["service_name"] for line in listed if line["service_code"] == "POTHOLE")
    assert Client().get("/springfield/api/v1/services/NOTHING").status_code == 404


def test_openapi_describes_it(city: CityBuilder) -> None:
    described = Client().get("/springfield/api/v1/openapi.json").json()
    assert set(described["paths"]) == {
        f"/springfield/api/v1/{end}"
        for end in ("events", "requests", "requests/{number}", "services", "services/{code}", "suggestions")
    }
