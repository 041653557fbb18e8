"""Routing as it happens: who gets a request, which rule said so, and what happens when a rule cannot be followed."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ombud.catalog import commands as catalog
from ombud.catalog import queries as catalog_queries
from ombud.catalog.models import Agency
from ombud.kernel import clock
from ombud.kernel.errors import BadInput, NotAllowed
from ombud.kernel.geo import LonLat
from ombud.people.rules.permissions import Role
from ombud.places import queries as places
from ombud.plumbing import visit
from ombud.service_requests import past, queries
from ombud.service_requests.commands import act
from ombud.service_requests.commands.receive import Place
from ombud.triage import queries as triage
from ombud.triage.routing import commands, handlers, live, replaying
from ombud.triage.routing import queries as routing
from ombud.triage.routing.commands import By
from ombud.triage.routing.models import Replay, RoutingAlarm, RoutingFailure
from ombud.triage.routing.rules.engine import Aspect
from tests.builders import BRAM, DUNYA, GUS, MAIN_STREET, CityBuilder, staff
from tests.conftest import NOON
from tests.rules.test_routing_engine import rules

YARA = staff(Role.ADMINISTRATOR, account_id=20)


def publish(city: CityBuilder, *raw: dict[str, Any]) -> int:
    """Let these rules count."""
    listed = [rule.model_dump(mode="json", by_alias=True, exclude_defaults=True) for rule in rules(*raw)]
    version = commands.load_rules(jurisdiction_id=city.id, raw=listed, at=NOON)
    assert version
    return version


def first_event(city: CityBuilder, request_id: int) -> Any:
    return queries.story(queries.by_id(city.id, request_id), audiences=("public", "reporter", "staff"))[0]


def by(city: CityBuilder, **more: Any) -> By:
    return By(city.id, more.pop("actor", YARA), clock.now(), **more)


def test_without_rules_the_catalogue_decides(city: CityBuilder) -> None:
    made = city.report("POTHOLE")
    assert (made.row.agency, made.row.unit, made.row.priority) == ("STREETS", "", "high")
    assert "routing" not in first_event(city, made.id).facts


def test_a_rule_decides_and_is_named_in_the_event(city: CityBuilder) -> None:
    publish(
        city,
        {"when": {"answers": {"size": ["large"]}}, "then": {"unit": "SOUTH", "priority": "urgent"}},
        {"when": {"services": ["POTHOLE"]}, "then": {"unit": "NORTH", "target": {"value": 4, "unit": "hours"}}},
    )
    small, large = city.report("POTHOLE"), city.report("POTHOLE", answers={"size": ["large"]})
    assert (small.row.unit, small.row.priority) == ("NORTH", "high")
    assert (large.row.unit, large.row.priority) == ("SOUTH", "urgent")
    assert small.row.target_at == large.row.target_at == NOON + timedelta(hours=4)
    assert first_event(city, large.id).facts["routing"] == {
        "version": 1,
        "by": {"where": "r1", "priority": "r1", "target": "r2"},
        "target": {"value": 4, "unit": "hours"},
    }
    assert queries.replayed(large.row).unit == "SOUTH"


def test_a_rule_may_name_a_person(city: CityBuilder) -> None:
    bram = city.employs("Bram", Role.AGENCY_STAFF, agency="STREETS")
    publish(city, {"then": {"person": "bram@springfield.example"}})
    assert city.report("POTHOLE").row.assignee_id == bram.pk
    assert city.report("BULKY", name="Ada", email="a@example.org").row.unit == "TRIAGE"  # he is not of sanitation


def test_the_ward_decides_and_so_does_a_former_vintage(city: CityBuilder) -> None:
    ward = next(a["code"] for a in city.report("POTHOLE").row.place.areas if a["layer"] == "ward")
    publish(city, {"when": {"areas": [{"layer": "ward", "codes": [ward]}]}, "then": {"unit": "NORTH"}})
    assert city.report("POTHOLE").row.unit == "NORTH"
    (former,) = places.atlas_of(city.id, [("ward", "2010")]).areas_at(MAIN_STREET)
    of_2010 = {"layer": "ward", "vintage": "2010"}
    publish(
        city,
        {"when": {"areas": [{**of_2010, "codes": ["nowhere"]}]}, "then": {"unit": "NORTH"}},
        {"when": {"areas": [{**of_2010, "codes": [former.code]}]}, "then": {"unit": "SOUTH"}},
    )
    assert city.report("POTHOLE").row.unit == "SOUTH"
    assert RoutingFailure.objects.filter(jurisdiction_id=city.id).count() == 0


def test_a_rule_that_fails_loses_nothing_and_raises_one_alarm_a_day(city: CityBuilder) -> None:
    city.employs("Yara", Role.ADMINISTRATOR)
    city.employs("Bram", Role.AGENCY_STAFF, agency="STREETS")
    publish(city, {"when": {"services": ["POTHOLE"]}, "then": {"unit": "EAST"}})
    made = [city.report("POTHOLE") for _ in range(3)]
    assert {(one.row.agency, one.row.unit) for one in made} == {("STREETS", "TRIAGE")}
    assert RoutingFailure.objects.filter(jurisdiction_id=city.id).count() == 3
    alarm = RoutingAlarm.objects.get(jurisdiction_id=city.id)
    for _ in range(2):
        handlers.tell_alarm(alarm.pk)
    assert [m.to for m in mail.outbox] == [["yara@springfield.example"]]
    assert "EAST" in mail.outbox[0].body
    assert triage.waiting(city.id)["alarms"] == 1
    told = routing.alarms(city.id)[0]
    assert (told["n"], set(told["request_ids"])) == (3, {one.id for one in made})
    commands.see_alarm(jurisdiction_id=city.id, alarm_id=alarm.pk, actor=GUS, at=NOON)
    assert triage.waiting(city.id)["alarms"] == 0
    # The rule goes on being asked, and tells again the next day.
    city.report("POTHOLE", when=NOON + timedelta(days=1))
    assert triage.waiting(city.id)["alarms"] == 1


def test_rules_cost_no_statement_more(city: CityBuilder) -> None:
    def statements() -> int:
        with visit.begun(), CaptureQueriesContext(connection) as seen:
            city.report("POTHOLE")
        return len(seen)

    statements()  # what the process keeps is read now
    without = statements()
    publish(
        city,
        {"when": {"areas": [{"layer": "ward", "codes": ["nowhere"]}]}, "then": {"unit": "SOUTH"}},
        {"when": {"services": ["POTHOLE"]}, "then": {"unit": "NORTH", "priority": "low"}},
    )
    statements()
    assert statements() == without


def test_words_of_danger_are_a_condition_and_are_known_again(city: CityBuilder) -> None:
    publish(city, {"when": {"danger": True}, "then": {"unit": "NORTH"}})
    calm, alarming = city.report("POTHOLE"), city.report("POTHOLE", description="There is a gas leak and a fire here")
    assert (calm.row.unit, alarming.row.unit) == ("", "NORTH")
    here = catalog_queries.city(city.id)
    rows = [queries.by_id(city.id, one.id) for one in (calm, alarming)]
    again = [d.unit for _past, d in replaying.decided(here, live.current(here), past.of(rows))]
    assert again == ["", "NORTH"]
    act.change_service(alarming.on(GUS), code="STREETLIGHT")
    assert alarming.row.unit == "NORTH"


def test_an_agency_that_works_for_the_city_no_more_gets_nothing(city: CityBuilder) -> None:
    publish(city, {"then": {"agency": "SANITATION"}})
    Agency.objects.filter(jurisdiction_id=city.id, code="SANITATION").update(active=False)
    catalog.changed(city.id)
    row = city.report("POTHOLE").row
    assert (row.agency, row.unit) == ("STREETS", "TRIAGE")


def test_changing_the_service_asks_the_rules_anew_and_does_not_restart_the_clock(city: CityBuilder) -> None:
    publish(
        city,
        {
            "when": {"services": ["STREETLIGHT"]},
            "then": {"agency": "SANITATION", "target": {"value": 9, "unit": "hours"}},
        },
    )
    made = city.report("POTHOLE")
    act.change_service(made.on(GUS, after=timedelta(hours=5)), code="STREETLIGHT")
    row = made.row
    assert (row.agency, row.bounces, row.target_at) == ("SANITATION", 1, NOON + timedelta(hours=9))
    event = queries.story(row, audiences=("public", "staff", "reporter"))[-1]
    assert event.facts["routing"]["by"] == {"where": "r1", "target": "r1"}
    assert queries.replayed(row).agency == "SANITATION"


def test_correcting_the_place_asks_the_rules_anew(city: CityBuilder) -> None:
    publish(city, {"when": {"areas": [{"layer": "ward", "codes": ["far"]}]}, "then": {"unit": "SOUTH"}})
    made = city.report("POTHOLE")
    place = Place(
        method="address", lon=-93.2, lat=37.1, areas=({"layer": "ward", "vintage": "2020", "code": "far", "name": "F"},)
    )
    act.correct_place(made.on(GUS), place=place)
    row = made.row
    assert (row.unit, row.bounces, row.lon) == ("SOUTH", 0, -93.2)
    assert row.area_tags == ["ward:far"]
    assert queries.replayed(row).place_id == row.place_id


def test_what_came_to_the_wrong_agency_goes_back_once_and_is_counted_once(city: CityBuilder) -> None:
    publish(city, {"when": {"services": ["POTHOLE"]}, "then": {"agency": "SANITATION"}})
    made, _other = city.report("POTHOLE"), city.report("POTHOLE")
    with pytest.raises(NotAllowed):
        act.send_back(made.on(BRAM), reason="other_agency", text="Not ours.")
    with pytest.raises(BadInput):
        act.send_back(made.on(DUNYA), reason="because", text="Not ours.")
    target = made.row.target_at
    act.send_back(made.on(DUNYA), reason="other_agency", text="A road, not a bin.")
    assert (made.row.agency, made.row.unit, made.row.bounces) == ("SANITATION", "TRIAGE", 1)
    act.transfer(made.on(GUS), agency="STREETS", text="It is a road.")
    assert (made.row.agency, made.row.unit, made.row.bounces) == ("STREETS", "", 1)
    assert made.row.target_at == target
    assert queries.replayed(made.row).bounces == 1
    (told,) = routing.bounces(city.id, since=NOON - timedelta(days=90))
    assert (told.rule, told.sent, told.bounced, told.examples) == ("r1", 2, 1, (made.id,))


DRAFTED: dict[str, Any] = {"code": "new", "title": {"en": "New"}, "then": {"unit": "NORTH"}}


def test_a_draft_is_tried_before_it_counts_and_one_can_go_back(city: CityBuilder) -> None:
    publish(city, {"when": {"services": ["POTHOLE"]}, "then": {"unit": "SOUTH"}})
    made = city.report("POTHOLE")
    commands.save_rule(by(city), raw=DRAFTED, first=True)
    assert city.report("POTHOLE").row.unit == "SOUTH"
    with pytest.raises(BadInput, match="past requests"):
        commands.publish(by(city), reason="The yard moved")
    replay_id = commands.begin_replay(by(city), since=NOON - timedelta(days=90))
    handlers.run_replay(replay_id)
    found = Replay.objects.get(pk=replay_id).result
    assert (found["n"], found["changed"]) == (2, 2)
    assert found["moves"]["where"][0] | {"examples": 0} == {
        "from": "STREETS SOUTH",
        "to": "STREETS NORTH",
        "n": 2,
        "examples": 0,
    }
    assert made.id in found["moves"]["where"][0]["examples"]
    with pytest.raises(BadInput, match="Say why"):
        commands.publish(by(city), reason=" ")
    assert commands.publish(by(city), reason="The yard moved") == 2
    assert city.report("POTHOLE").row.unit == "NORTH"
    assert commands.go_back(by(city), version=1, reason="It had not moved") == 3
    assert city.report("POTHOLE").row.unit == "SOUTH"
    assert [v.version for v in routing.versions(city.id)] == [3, 2, 1]


def test_editing_after_the_replay_asks_for_another(city: CityBuilder) -> None:
    commands.save_rule(by(city), raw=DRAFTED)
    handlers.run_replay(commands.begin_replay(by(city), since=NOON - timedelta(days=1)))
    commands.save_rule(by(city), raw={**DRAFTED, "then": {"unit": "SOUTH"}}, instead_of="new")
    with pytest.raises(BadInput, match="past requests"):
        commands.publish(by(city), reason="Because")


def test_two_who_edit_do_not_overwrite_each_other(city: CityBuilder) -> None:
    commands.save_rule(by(city), raw=DRAFTED)
    commands.save_rule(by(city, seen=1), raw={**DRAFTED, "code": "second"})
    with pytest.raises(BadInput, match="Somebody changed"):
        commands.remove_rule(by(city, seen=1), code="new")
    commands.move_rule(by(city, seen=2), code="second", to=0)
    assert [rule.code for rule in routing.edited(city.id).rules] == ["second", "new"]
    commands.discard_draft(by(city))
    assert routing.edited(city.id).rules == ()


def test_only_who_may_edit_the_catalogue_edits_rules(city: CityBuilder) -> None:
    with pytest.raises(NotAllowed):
        commands.save_rule(by(city, actor=GUS), raw=DRAFTED)
    with pytest.raises(NotAllowed):
        commands.go_back(by(city, actor=BRAM), version=1, reason="x")


def test_the_file_is_published_again_only_when_it_says_something_else(city: CityBuilder) -> None:
    assert commands.load_rules(jurisdiction_id=city.id, raw=[DRAFTED], at=NOON) == 1
    commands.go_back(by(city), version=1, reason="As an edit")
    assert commands.load_rules(jurisdiction_id=city.id, raw=[DRAFTED], at=NOON) is None
    assert commands.load_rules(jurisdiction_id=city.id, raw=[], at=NOON) == 3


SERVICES = ("POTHOLE", "STREETLIGHT", "ENCAMPMENT", "FEEDBACK")
RAW = st.lists(
    st.fixed_dictionaries(
        {
            "when": st.fixed_dictionaries(
                {},
                optional={
                    "services": st.lists(st.sampled_from(SERVICES), min_size=1, max_size=2),
                    "groups": st.sampled_from([["streets"], ["waste"]]),
                    "answers": st.sampled_from([{"size": ["small"]}, {"size": ["large"]}]),
                    "areas": st.lists(
                        st.fixed_dictionaries(
                            {
                                "layer": st.sampled_from(["ward", "moon"]),
                                "codes": st.sampled_from([["1"], ["2"], ["1", "2"]]),
                            },
                            optional={"vintage": st.sampled_from(["2010", "2020", "current"])},
                        ),
                        max_size=1,
                    ),
                    "channels": st.sampled_from([["web"], ["phone", "app"]]),
                    "hours": st.sampled_from([{"from": "07:00", "to": "13:00"}, {"from": "13:00", "to": "07:00"}]),
                    "weekdays": st.sampled_from([["mon", "tue"], ["sat", "sun"]]),
                    "season": st.sampled_from([{"from": "10-15", "to": "04-15"}, {"from": "04-16", "to": "10-14"}]),
                },
            ),
            "then": st.sampled_from(
                [
                    {"unit": "NORTH"},
                    {"unit": "EAST"},
                    {"agency": "SANITATION", "priority": "low"},
                    {"agency": "GONE"},
                    {"priority": "urgent"},
                    {"target": {"value": 2, "unit": "working_days"}},
                ]
            ),
        }
    ),
    max_size=6,
)
REPORTS = st.lists(
    st.tuples(
        st.sampled_from(SERVICES),
        st.sampled_from(["small", "large"]),
        st.sampled_from([MAIN_STREET, LonLat(-93.35, 37.15), LonLat(-93.25, 37.25)]),
        st.sampled_from(["web", "phone", "app"]),
        st.integers(0, 24 * 400),
    ),
    min_size=1,
    max_size=4,
)


WHEN_SMALL: dict[str, Any] = {"when": {"answers": {"size": ["small"]}}, "then": {"unit": "NORTH"}}
AT_NOON: dict[str, Any] = {"when": {"hours": {"from": "12:00", "to": "13:00"}}, "then": {"unit": "SOUTH"}}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=RAW, reports=REPORTS)
@example(raw=[WHEN_SMALL], reports=[("POTHOLE", "small", MAIN_STREET, "web", 0)])
@example(raw=[AT_NOON, WHEN_SMALL], reports=[("POTHOLE", "large", MAIN_STREET, "phone", 3)])
def test_what_if_equals_what_was(city: CityBuilder, raw: list[dict[str, Any]], reports: list[Any]) -> None:
    commands.load_rules(jurisdiction_id=city.id, raw=[], at=NOON)
    listed = [r.model_dump(mode="json", by_alias=True, exclude_defaults=True) for r in rules(*raw)]
    commands.load_rules(jurisdiction_id=city.id, raw=listed, at=NOON)
    made = []
    for service, size, at, channel, hours in reports:
        answers = {"POTHOLE": {"size": [size]}, "FEEDBACK": {"what": ["x"]}}.get(service, {})
        more = {"at": None if service == "FEEDBACK" else at, "answers": answers, "channel": channel}
        made.append(city.report(service, when=NOON - timedelta(hours=hours), **more))
    here = catalog_queries.city(city.id)
    rows = [queries.by_id(city.id, one.id) for one in made]
    again = list(replaying.decided(here, live.current(here), past.of(rows)))
    for row, (old, decision) in zip(rows, again, strict=True):
        assert old.request_id == row.pk
        told = first_event(city, row.pk).facts.get("routing", {})
        assert (decision.agency, decision.unit, decision.priority) == (row.agency, row.unit, row.priority)
        assert {a.value: c for a, c in decision.by.items() if c} == told.get("by", {})
        assert [f.rule for f in decision.failures] == [f["rule"] for f in told.get("failed", ())]
        if decision.target and decision.by[Aspect.TARGET]:
            assert told["target"] == {"value": decision.target.value, "unit": decision.target.unit}
