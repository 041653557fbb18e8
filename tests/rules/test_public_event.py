"""What strangers are told of events: nothing that is not named, and nothing of what they may not see."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ombud.catalog.rules.definition import Visibility
from ombud.kernel.geo import LonLat
from ombud.opendata.rules.privacy import LISTED, PublicRequest, made_public
from ombud.opendata.rules.public_event import HIDDEN, MAY_UPDATE, NAMES, TOLD, UPDATED, PublicEvent, body, name_told
from ombud.opendata.rules.public_event import said_by as said
from ombud.opendata.rules.rule_set import RuleSet
from ombud.service_requests.rules.lifecycle import Kind, State
from ombud.service_requests.timeline import AUDIENCE
from ombud.wiring import REACTIONS, SEND_ON

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
WHOLE = PublicRequest(
    *("SP-7K3M-92Q", "POTHOLE", "closed", "fixed", "STREETS", NOON, NOON, NOON, NOON, NOON, 1),
    *("exact", LonLat(-93.291171, 37.209971), "12 Main Street", ("ward:2",)),
)
STATE = list(State.__dataclass_fields__)
CHANGED = st.sets(st.sampled_from(STATE))


def event(visibility: Visibility, name: str = "closed") -> PublicEvent:
    view = made_public(
        WHOLE,
        rule=RuleSet().rule_for("POTHOLE", visibility),
        zone=ZoneInfo("America/Los_Angeles"),
        cell=LonLat(-93.3, 37.2),
    )
    return PublicEvent("evt_1", name, NOON, "springfield", view, "https://311.example/r/1/", {"status": "closed"})


@given(st.sampled_from(Kind), st.sampled_from(["public", "reporter", "staff"]), CHANGED, st.sampled_from(Visibility))
def test_an_event_is_told_by_name_only_where_its_kind_is_public_and_its_request_seen(
    kind: Kind, audience: str, changed: set[str], now: Visibility
) -> None:
    name = name_told(kind, audience=audience, changed=changed, visibility=now, was="")
    assert name in (None, *NAMES)
    if now not in LISTED:
        assert name is None
    if name == kind:
        assert audience == "public"
        assert kind in TOLD


@given(st.sampled_from(Kind), CHANGED, st.sampled_from(Visibility), st.sampled_from(Visibility))
def test_that_a_request_went_out_of_sight_is_told_once(
    kind: Kind, changed: set[str], was: Visibility, now: Visibility
) -> None:
    name = name_told(kind, audience="public", changed=changed, visibility=now, was=was)
    gone = was in LISTED and now not in LISTED and "visibility" in changed
    assert (name == HIDDEN) == gone


def test_what_staff_keep_to_themselves_is_not_told() -> None:
    for kind in (Kind.NOTED, Kind.PRIORITISED, Kind.FOLLOWED, Kind.RATED, Kind.QUESTION_ASKED, Kind.COMMENTED):
        for changed in (set(), {"priority"}, {"awaiting_reporter"}, {"assignee_id", "unit"}):
            assert name_told(kind, audience="staff", changed=changed, visibility="public", was="") is None


def test_a_change_that_all_can_see_is_told_without_saying_how() -> None:
    told = [name_told("assigned", audience="staff", changed={"status"}, visibility="public", was="")]
    told += [name_told("place_corrected", audience="reporter", changed={"place_id"}, visibility="public", was="")]
    assert told == [UPDATED, UPDATED]


def test_of_the_facts_only_those_that_are_named_are_told() -> None:
    facts = {"finding": "confirmed", "before": "BARKING", "with": "SP-1", "closed_by": 7, "not_fixed": True, "x": "y"}
    changes = {"status": "closed", "outcome": "fixed", "closed_by_id": 7, "assignee_id": 8, "place_id": 9}
    for kind in Kind:
        text = json.dumps(said(kind, changes, facts))
        assert not any(word in text for word in ("BARKING", "SP-1", "closed_by", "7", "8", "9", '"x"'))
    assert said("inspected", {}, facts) == {"finding": "confirmed"}
    assert said("reopened", {"status": "accepted", "outcome": None}, facts) == {
        "status": "accepted",
        "outcome": None,
        "not_fixed": True,
    }
    assert said("scheduled", {"scheduled_from": "2026-11-24T12:00:00-08:00", "scheduled_to": None}, {}) == {
        "scheduled_from_datetime": "2026-11-24T20:00:00Z",
        "scheduled_to_datetime": None,
    }


def test_a_body_has_the_names_of_open311() -> None:
    written = body(event(Visibility.PUBLIC))
    assert written["type"] == "service_request.closed"
    assert (written["timestamp"], written["schema_version"]) == ("2026-11-24T20:00:00Z", 1)
    request = written["data"]["service_request"]
    assert (request["service_request_id"], request["status"], request["status_detail"]) == (
        "SP-7K3M-92Q",
        "closed",
        "closed",
    )
    assert (request["long"], request["lat"], request["address"]) == (-93.291171, 37.209971, "12 Main Street")
    assert request["agency_responsible"] == "STREETS"
    assert body(replace(event(Visibility.PUBLIC), request=replace(WHOLE, status="scheduled")))["data"][
        "service_request"
    ]["status"] == ("open")


def test_a_coarse_place_stays_coarse() -> None:
    request = body(event(Visibility.COARSE))["data"]["service_request"]
    assert (request["precision"], request["address"], request["long"], request["lat"]) == ("coarse", None, -93.3, 37.2)


def test_of_a_hidden_request_the_body_has_its_number_and_nothing_else() -> None:
    for visibility in Visibility:
        data = body(event(visibility, HIDDEN))["data"]
        assert data == {"jurisdiction_id": "springfield", "service_request_id": "SP-7K3M-92Q"}


def test_every_kind_that_is_told_is_handed_to_the_webhooks() -> None:
    # What was brought in from elsewhere causes no reaction at all.
    wired = {kind for kind, handlers in REACTIONS.items() if SEND_ON in handlers}
    assert wired == {*TOLD, *MAY_UPDATE} - {Kind.IMPORTED}
    assert {kind for kind in TOLD if AUDIENCE.get(kind, "public") != "public"} == set()


MANUAL = (Path(__file__).parents[2] / "docs" / "reference" / "webhooks.md").read_text()


def test_the_manual_names_every_event_and_every_field() -> None:
    table = MANUAL.partition("after `service_request.`")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.M)) == set(NAMES)
    shown = json.loads(MANUAL.partition("```json")[2].partition("```")[0])
    written = body(event(Visibility.PUBLIC))
    assert shown.keys() == written.keys()
    assert shown["data"].keys() == written["data"].keys()
    assert list(shown["data"]["service_request"]) == list(written["data"]["service_request"])
