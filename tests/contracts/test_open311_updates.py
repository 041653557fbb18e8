"""The updates extension: what happened, for those who keep a copy, and what others say of a request."""

from datetime import timedelta
from typing import Any

from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.service_requests import queries
from ombud.service_requests.commands import act, closing
from ombud.service_requests.commands.act import On
from ombud.service_requests.timeline import SYSTEM
from tests.conftest import NOON
from tests.open311 import Door, door

FIELDS = {"update_id", "service_request_id", "status", "updated_datetime", "description", "media_url"}


def on(number: str, *, hours: float = 0) -> On:
    return On("sandbox", queries.by_number("sandbox", number).pk, SYSTEM, NOON + timedelta(hours=hours))


def say(sandbox: Door, number: str, update_id: str = "1", **changes: Any) -> Any:
    told = {
        "service_request_id": number,
        "status": "OPEN",
        "updated_datetime": "2026-11-24T20:00:00Z",
        "description": "Still there",
        "update_id": update_id,
        **changes,
    }
    return sandbox.post("servicerequestupdates.json", **told)


def test_what_happened_is_listed_oldest_first(sandbox: Door) -> None:
    number = sandbox.report()
    with walls.inside("sandbox"):
        act.accept(on(number, hours=1))
        closing.close(on(number, hours=2), outcome="fixed", text="Filled.")
    with clock.standing_at(NOON + timedelta(hours=3)):
        updates = [u for u in sandbox.read("servicerequestupdates") if u["service_request_id"] == number]
        finer = sandbox.read("servicerequestupdates", extensions="true")
    assert [(u["status"], u["description"]) for u in updates] == [("open", "In hand"), ("closed", "Filled.")]
    assert all(set(u) == FIELDS for u in updates)
    assert updates[1]["updated_datetime"] == "2026-11-24T22:00:00Z"
    assert [u["status"] for u in finer if u["service_request_id"] == number] == ["in_progress", "fixed"]


def test_a_span_holds_both_its_ends(sandbox: Door) -> None:
    number = sandbox.report()
    with walls.inside("sandbox"):
        act.accept(on(number, hours=1))
    span = {"start_date": "2026-11-24T21:00:00Z", "end_date": "2026-11-24T21:00:00Z"}
    assert [u["service_request_id"] for u in sandbox.read("servicerequestupdates", **span)] == [number]
    assert sandbox.read("servicerequestupdates", start_date="2026-11-25", end_date="2026-11-26", api_key="") == []
    assert sandbox.get("servicerequestupdates.json", start_date="2026-11-25").status_code == 400


def test_an_update_is_taken_once_and_listed_at_once(sandbox: Door) -> None:
    number = sandbox.report()
    first, again = say(sandbox, number), say(sandbox, number, description="said again")
    assert (first.status_code, again.status_code) == (201, 201)
    assert set(first.json()[0]) == {"update_id", "account_id"}
    assert again.json() == first.json()
    assert say(sandbox, number, "2", description="More").json() != first.json()
    listed = [u for u in sandbox.read("servicerequestupdates") if u["service_request_id"] == number]
    assert [(u["description"], u["status"]) for u in listed] == [("Still there", "open"), ("More", "open")]
    assert listed[0]["update_id"] == first.json()[0]["update_id"]


def test_what_is_wrong_with_an_update_is_told(sandbox: Door) -> None:
    number = sandbox.report()
    for name in ("service_request_id", "status", "updated_datetime", "description", "update_id"):
        answer = say(sandbox, number, **{name: ""})
        assert answer.status_code == 400
        assert name in answer.json()[0]["description"]
    assert say(sandbox, number, status="asleep").status_code == 400
    assert say(sandbox, number, updated_datetime="now").status_code == 400
    assert say(sandbox, "SX-0000-000").status_code == 404
    assert say(Door("sandbox", "wrong"), number).status_code == 403
    assert say(door("sandbox", rights=("report",)), number).status_code == 403


def test_only_a_key_with_the_right_moves_a_request(sandbox: Door) -> None:
    number = sandbox.report()
    say(sandbox, number, status="CLOSED")
    assert sandbox.shown(number)["status"] == "open"
    worker = door("sandbox", rights=("update", "status"))
    say(worker, number, status="NO_FURTHER_ACTION", description="Nothing there")
    shown = sandbox.shown(number, extensions="true")
    assert (shown["status"], shown["extended_attributes"]["detailed_status"]) == ("closed", "no_further_action")
    say(worker, number, "2", status="REOPEN", description="It is back")
    assert sandbox.shown(number)["status"] == "open"
    say(worker, number, "3", status="closed", description="Done")
    assert sandbox.shown(number, extensions="true")["extended_attributes"]["outcome"] == "unstated"
