"""Requests read by Open311: filters, pages, closings, and what strangers never see."""

from datetime import timedelta
from typing import Any

import pytest

from ombud.plumbing import walls
from ombud.service_requests import queries
from ombud.service_requests.commands import closing
from ombud.service_requests.commands.act import On
from ombud.service_requests.timeline import SYSTEM
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.open311 import Door, door, errors


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
        closing.close(on, outcome="fixed", text="Filled.")
    shown = sandbox.shown(number)
    assert (shown["status"], shown["status_notes"]) == ("closed", "Fixed")
    assert shown["updated_datetime"] == "2026-11-24T21:00:00Z"
    extended = sandbox.shown(number, extensions="true")
    assert [note["type"] for note in extended["notes"]] == ["submitted", "closed"]
    assert extended["extended_attributes"]["detailed_status"] == "fixed"


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
