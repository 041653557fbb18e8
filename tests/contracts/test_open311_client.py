"""Our Open311 client against a real server in many dialects: it reads wide, sends narrow, and believes no nonsense."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ombud.connect.bridge.ports import FarDown, FarNonsense, FarRecord, FarRefused, Remark
from ombud.connect.open311.client.system import Open311, connect
from ombud.kernel import clock
from ombud.kernel.errors import BadInput
from tests.open311_far import KEY, City, served, settings

NOON = datetime(2026, 11, 24, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with clock.standing_at(NOON):
        yield
    while _open:
        _open.pop().close()


@pytest.fixture
def far() -> Iterator[City]:
    with served(City(now=NOON)) as city:
        yield city


_open: list[Open311] = []


def client(far: City, *, key: str = KEY, **more: Any) -> Open311:
    _open.append(connect(settings(far, **more), {"api_key": key}))
    return _open[-1]


def everything(system: Open311) -> list[FarRecord]:
    return [record for page in system.everything() for record in page.records]


@pytest.mark.parametrize(
    "dialect",
    [
        set(),
        {"xml only"},
        {"wrapped"},
        {"numbers"},
        {"single object"},
        {"ignores page"},
        {"small pages"},
        {"repeats the last page"},
        {"duplicates"},
        {"listed without id"},
        {"xml only", "pictures as objects"},
        {"pictures as objects", "numbers", "wrapped"},
        {"no zone"},
    ],
    ids=lambda d: ", ".join(sorted(d)) or "as the standard says",
)
def test_every_dialect_is_read(far: City, dialect: set[str]) -> None:
    far.dialect = dialect
    numbers = {far.opened(at=NOON - timedelta(days=day, hours=1), description="<b>&") for day in range(1, 6)}
    if "single object" in dialect:
        numbers = {far.opened(at=NOON - timedelta(days=200), description="<b>&")} | set(list(numbers)[:0])
        far.requests = {n: r for n, r in far.requests.items() if n in numbers}
    found = everything(client(far))
    assert sorted(record.far_id for record in found) == sorted(numbers)
    record = found[0]
    assert (record.values["description"], record.values["lat"], record.values["status"]) == ("<b>&", "37.209", "open")
    hours = 6 if "no zone" in dialect else 0
    there = far.requests[record.far_id]["requested_datetime"]
    at = datetime.fromisoformat(there) + timedelta(hours=hours)
    assert (record.values["requested_datetime"], record.changed_at) == (at.isoformat(), at)
    assert ("https://p.example/1.jpg" in record.values["media_url"]) == ("pictures as objects" in dialect)


def test_the_endpoint_is_found_by_discovery_and_spoken_to_in_its_form(far: City) -> None:
    far.opened()
    for document in ("discovery.json", "discovery.xml"):
        assert len(everything(client(far, url=f"{far.url}/{document}"))) == 1
    assert not any("requests.json" in path for path in far.asked)


def test_only_what_changed_is_asked_for_and_the_cursor_moves_at_the_end(far: City) -> None:
    for hours in range(1, 4):
        far.opened(at=NOON - timedelta(hours=hours))
    pages = list(client(far).changes({}))
    assert [page.cursor for page in pages[:-1]] == [{} for _ in pages[:-1]]
    cursor = pages[-1].cursor
    changed = far.opened(at=NOON - timedelta(days=30))
    far.set(changed, status="closed", at=NOON - timedelta(minutes=1))
    later = [r for page in client(far).changes(cursor) for r in page.records]
    assert changed in {record.far_id for record in later}
    assert len(later) < 4
    assert "updated_after=2026" in far.asked[-1] or "updated_after=2026" in far.asked[-2]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("GET html", FarNonsense),
        ("GET half", FarNonsense),
        ("GET down", FarDown),
        ("GET 500", FarDown),
        ("GET 429", FarDown),
        ("GET 403", FarDown),
    ],
)
def test_a_server_that_fails_is_told_and_not_believed(far: City, fault: str, error: type[FarDown]) -> None:
    far.opened()
    far.faults = [fault] * 2
    with pytest.raises(error) as raised:
        everything(client(far, format="json"))
    if fault == "GET 429":
        assert raised.value.wait_seconds == 120


def test_a_slow_server_is_not_waited_for_for_ever(far: City) -> None:
    far.opened()
    far.faults = ["GET slow"]
    with pytest.raises(FarDown):
        everything(client(far, timeout_seconds=0.3))


def test_full_pages_that_repeat_are_told_after_what_they_hold_was_read(far: City) -> None:
    far.dialect = {"ignores page"}
    for _ in range(3):
        far.opened(at=NOON - timedelta(days=1))
    pages = client(far, page_size=3).everything()
    assert len(next(pages).records) == 3
    with pytest.raises(FarNonsense):
        next(pages)


def test_a_request_is_made_in_the_narrow_form(far: City) -> None:
    made = client(far, jurisdiction_id="far.example").create(
        "SP-1",
        {
            "service_code": "HOLE",
            "lat": "37.2",
            "long": "-93.2",
            "address": "1 Main St",
            "description": "Deep",
            "attribute[SIZE]": "L",
            "media_url": "https://a.example/1.jpg https://a.example/2.jpg",
            "status": "open",
            "phone": "",
        },
    )
    (sent,) = far.posted
    assert sent == {
        "api_key": [KEY],
        "jurisdiction_id": ["far.example"],
        "service_code": ["HOLE"],
        "lat": ["37.2"],
        "long": ["-93.2"],
        "address_string": ["1 Main St"],
        "description": ["Deep\n\n(Ref. SP-1)"],
        "attribute[SIZE]": ["L"],
        "media_url": ["https://a.example/1.jpg", "https://a.example/2.jpg"],
    }
    system = client(far)
    found = system.find("SP-1")
    assert found
    assert (found.far_id, found.own_ref, found.values["description"]) == (made.far_id, "SP-1", "Deep")
    assert system.find("SP-2") is None
    assert not any("jurisdiction_id=&" in path for path in far.asked)


def test_a_server_that_speaks_xml_only_is_written_to_in_its_form(far: City) -> None:
    far.dialect = {"xml only"}
    assert client(far).create("SP-1", {"service_code": "HOLE"}).far_id in far.requests


def test_a_token_is_asked_for_until_it_is_a_number(far: City) -> None:
    far.dialect = {"token"}
    assert client(far).create("SP-1", {"service_code": "HOLE"}).far_id in far.requests
    far.dialect = {"token"}
    with pytest.raises(FarDown):
        client(far, token_seconds=0).create("SP-2", {"service_code": "HOLE"})


def test_a_refusal_is_told_in_the_servers_words(far: City) -> None:
    with pytest.raises(FarRefused, match="service_code is needed"):
        client(far).create("SP-1", {"description": "x"})
    with pytest.raises(FarDown, match="our key"):
        client(far, key="wrong").create("SP-1", {"service_code": "HOLE"})


def test_a_create_whose_answer_is_lost_is_not_repeated_by_itself(far: City) -> None:
    far.faults = ["POST lost"]
    with pytest.raises(FarDown):
        client(far).create("SP-1", {"service_code": "HOLE"})
    assert (len(far.posted), len(far.requests)) == (1, 1)


def test_updates_go_both_ways(far: City) -> None:
    number = far.opened(at=NOON - timedelta(days=3))
    system = client(far, updates=True)
    system.say(number, Remark("ombud-1", "On our way.", NOON))
    system.say(number, Remark("ombud-1", "On our way.", NOON))
    system.update(number, {"status": "closed", "status_notes": "Filled."})
    assert [(u["description"], u["status"]) for u in far.updates] == [("On our way.", "open"), ("Filled.", "closed")]
    far.tell(number, "Thank you", status="IN_PROGRESS")
    pages = list(system.changes({"since": (NOON - timedelta(hours=1)).isoformat()}))
    (record,) = [r for page in pages for r in page.records]
    assert [r.text for r in record.remarks] == ["On our way.", "Filled.", "Thank you"]
    assert record.values["update_status"] == "in_progress"
    with pytest.raises(FarRefused):
        system.update(number, {"lat": "1"})


def test_what_a_server_cannot_do_is_not_promised(far: City) -> None:
    assert client(far).can == {"create", "find"}
    assert client(far, own_ref="external_id", updates=True).can == {"create", "repeat", "update", "say"}
    assert client(far, own_ref="none").can == {"create"}


@pytest.mark.parametrize("services", [[], [{"service_name": "No code"}], [{"service_code": ""}]])
def test_a_broken_list_of_services_is_not_believed(far: City, services: list[dict[str, str]]) -> None:
    assert client(far).services() == {"HOLE": "Hole"}
    far.services = services
    with pytest.raises(FarNonsense):
        client(far).services()


def test_settings_that_do_not_fit_are_refused(far: City) -> None:
    with pytest.raises(BadInput, match="ur"):
        connect({"timezone": "America/Chicago", "ur": "x"}, {})


def test_an_xml_bomb_is_no_answer() -> None:
    from ombud.connect.open311.client import reading

    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    with pytest.raises(FarNonsense):
        reading.parsed(bomb, form="xml")
