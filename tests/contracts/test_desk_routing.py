"""The desk's pages of routing, as a browser without script sends them."""

import re
from typing import Any

from ombud.people.rules.permissions import Role
from ombud.service_requests import queries
from ombud.triage import queries as triage
from ombud.triage.routing import handlers
from ombud.triage.routing import queries as routing
from ombud.triage.routing.models import Replay, RuleSet
from tests.builders import CityBuilder
from tests.commands.test_routing import publish
from tests.desk import Staff, sign_in
from tests.resident import words_of

ROUTING = "/springfield/desk/routing/"


def seen(page: Any) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page.content.decode())
    return found[1] if found else ""


def do(client: Any, what: str, **more: str) -> str:
    """Press a button of the list and return the page that follows."""
    page = client.get(ROUTING)
    answer = client.post(f"{ROUTING}change/", {"do": what, "seen": seen(page), **more})
    assert answer.status_code == 302
    return words_of(client.get(ROUTING))


def add(client: Any, title: str, **more: Any) -> Any:
    return client.post(f"{ROUTING}add/", {"title.en": title, "target_unit": "working_days", "seen": "", **more})


def test_a_rule_is_written_tried_and_published(city: CityBuilder, desk: Staff) -> None:
    made = city.report("POTHOLE")
    assert add(desk.yara, "Potholes to the north", services=["POTHOLE"], where="STREETS|NORTH").status_code == 302
    page = words_of(desk.yara.get(ROUTING))
    assert "This is a draft" in page
    assert "Potholes to the north" in page
    assert "Streets, NORTH" in page
    assert city.report("POTHOLE").row.unit == ""
    assert "Try these rules on past requests first" in do(desk.yara, "publish", reason="New yard")
    do(desk.yara, "replay", days="31")
    handlers.run_replay(Replay.objects.get().pk)
    page = words_of(desk.yara.get(ROUTING))
    assert "Of 2 requests, 2 would have gone another way" in page
    assert made.number in page
    assert "Version 1 counts from now on." in do(desk.yara, "publish", reason="New yard")
    sent = city.report("POTHOLE")
    assert sent.row.unit == "NORTH"
    shown = words_of(desk.gus.get(f"/springfield/desk/r/{sent.number}/"))
    assert "because of the rule “Potholes to the north”" in shown


def test_rules_are_moved_and_removed_by_buttons(city: CityBuilder, desk: Staff) -> None:
    for title in ("One", "Two", "Three"):
        add(desk.yara, title, priority="high")
    do(desk.yara, "up:THREE")
    assert [rule.code for rule in routing.edited(city.id).rules] == ["ONE", "THREE", "TWO"]
    do(desk.yara, "remove:ONE")
    do(desk.yara, "down:THREE")
    assert [rule.code for rule in routing.edited(city.id).rules] == ["TWO", "THREE"]
    assert "The draft is gone" in do(desk.yara, "discard")


def test_a_list_with_something_odd_says_why(city: CityBuilder, desk: Staff) -> None:
    publish(
        city,
        {"when": {"groups": ["streets"]}, "then": {"unit": "NORTH"}},
        {"when": {"services": ["POTHOLE"]}, "then": {"unit": "SOUTH"}},
        {"when": {"services": ["POTHOLE"]}, "then": {"agency": "MOON"}},
    )
    page = words_of(desk.yara.get(ROUTING))
    assert "It never counts: all that fits it is taken before by r1." in page
    assert "It names what is not there: agency MOON." in page


def test_what_is_no_rule_is_refused_beside_its_field(city: CityBuilder, desk: Staff) -> None:
    answer = add(desk.yara, "Nothing")
    assert answer.status_code == 422
    assert "a rule must say where to, how urgent or by when" in words_of(answer)
    answer = add(desk.yara, "Wrong season", priority="high", season_from="13-40", season_to="01-01")
    assert answer.status_code == 422


def test_a_rule_keeps_all_its_conditions_through_the_form(city: CityBuilder, desk: Staff) -> None:
    when = {
        "services": ["POTHOLE"],
        "criticality": ["C1"],
        "answers": {"size": ["large"]},
        "areas": [{"layer": "ward", "codes": ["1"]}, {"layer": "ward", "codes": ["2"], "vintage": "2010"}],
        "asset": {"owners": ["STATE"], "attributes": {"lamp": ["led"]}},
        "channels": ["web"],
        "weekdays": ["mon"],
        "hours": {"from": "07:00", "to": "17:00"},
        "season": {"from": "10-15", "to": "04-15"},
        "danger": True,
    }
    then = {"agency": "STREETS", "unit": "NORTH", "priority": "urgent", "target": {"value": 2.0, "unit": "hours"}}
    publish(city, {"when": when, "then": then})
    page = desk.yara.get(f"{ROUTING}rule/r1/")
    form = page.context["form"]
    sent: dict[str, Any] = {"title.en": "Again", "seen": form["seen"].value()}
    for bound in form.visible_fields():
        if not bound.name.startswith("title.") and bound.value() not in (None, False):
            sent[bound.name] = bound.value()
    assert desk.yara.post(f"{ROUTING}rule/r1/", sent).status_code == 302
    (kept,) = routing.edited(city.id).raw
    assert {k: v for k, v in kept.items() if k != "title"} == {"code": "r1", "when": when, "then": then}


def test_a_rule_that_cannot_be_read_any_more_is_shown_and_can_be_removed(city: CityBuilder, desk: Staff) -> None:
    publish(city, {"then": {"priority": "low"}})
    old = [{"code": "old", "title": "Old", "when": {"moon": "full"}}, *routing.edited(city.id).raw]
    RuleSet.objects.filter(jurisdiction_id=city.id).update(rules=old)
    assert "It cannot be read any more." in words_of(desk.yara.get(ROUTING))
    assert desk.yara.get(f"{ROUTING}rule/old/").status_code == 404
    assert add(desk.yara, "Another", priority="high").status_code == 302
    do(desk.yara, "remove:old")
    assert [rule.code for rule in routing.edited(city.id).rules] == ["r1", "ANOTHER"]


def test_trying_out_tells_what_became_of_each_rule(city: CityBuilder, desk: Staff) -> None:
    publish(
        city,
        {"when": {"services": ["BULKY"]}, "then": {"unit": "SOUTH"}},
        {"when": {"answers": {"size": ["large"]}}, "then": {"unit": "NORTH", "priority": "urgent"}},
    )
    page = desk.gus.get(
        f"{ROUTING}try/", {"service": "POTHOLE", "place": "37.209, -93.292", "answers": "size: large", "channel": "web"}
    )
    words = words_of(page)
    assert "Rule 1: it is for other services" in words
    assert "Rule 2: fits, and decides" in words
    assert "Streets, NORTH by Rule 2" in words
    made = city.report("POTHOLE", answers={"size": ["large"]})
    assert "Rule 2: fits" in words_of(desk.gus.get(f"{ROUTING}try/", {"number": made.number}))
    assert desk.gus.get(f"{ROUTING}try/", {"service": "POTHOLE", "place": "1, 1"}).status_code == 422


def test_a_failure_shows_on_the_desk_until_it_is_seen_to(city: CityBuilder, desk: Staff) -> None:
    publish(city, {"when": {"services": ["POTHOLE"]}, "then": {"unit": "EAST"}})
    made = city.report("POTHOLE")
    page = desk.yara.get(f"{ROUTING}alarms/")
    words = words_of(page)
    assert "The agency has no unit “EAST” any more." in words
    assert made.number in words
    assert 'data-meaning="late">1</span>' in desk.yara.get(ROUTING).content.decode()
    assert made.number in words_of(desk.gus.get("/springfield/desk/?view=triage&agency="))
    assert "A rule could not be followed" in words_of(desk.gus.get(f"/springfield/desk/r/{made.number}/"))
    seen_to = re.search(r'action="([^"]+/seen/)"', page.content.decode())
    assert seen_to
    assert desk.yara.post(seen_to[1]).status_code == 302
    assert triage.waiting(city.id)["alarms"] == 0


def test_one_key_sends_back_what_came_to_the_wrong_place(city: CityBuilder, desk: Staff) -> None:
    publish(city, {"when": {"services": ["POTHOLE"]}, "then": {"agency": "SANITATION"}})
    made = city.report("POTHOLE")
    page = desk.dunya.get(f"/springfield/desk/r/{made.number}/")
    assert 'data-key="w"' in page.content.decode()
    form = f"/springfield/desk/r/{made.number}/wrong/"
    assert "another agency does this" in words_of(desk.dunya.get(form))
    sent = {"seen": str(made.row.version), "reason": "other_agency", "text": "A road."}
    assert desk.dunya.post(form, sent).status_code == 302
    assert made.row.unit == "TRIAGE"
    words = words_of(desk.gus.get(f"/springfield/desk/r/{made.number}/"))
    assert "sent it back from Sanitation: another agency does this" in words
    words = words_of(desk.gus.get(f"{ROUTING}bounces/"))
    assert "100 %" in words
    assert made.number in words


def test_the_place_is_corrected_by_a_point(city: CityBuilder, desk: Staff) -> None:
    made = city.report("POTHOLE")
    form = f"/springfield/desk/r/{made.number}/place/"
    sent = {"seen": str(made.row.version), "address": "Elsewhere", "point": "37.21, -93.3"}
    assert desk.gus.post(form, sent).status_code == 302
    assert (made.row.lat, made.row.lon, made.row.address) == (37.21, -93.3, "Elsewhere")
    sent = {"seen": str(made.row.version), "address": "Nowhere", "point": "3, 4"}
    assert desk.gus.post(form, sent).status_code == 422
    assert queries.replayed(made.row).place_id == made.row.place_id


def test_only_who_may_opens_the_pages(city: CityBuilder, desk: Staff) -> None:
    for path in ("", "alarms/", "bounces/", "try/"):
        assert desk.gus.get(ROUTING + path).status_code == 200
        assert desk.bram.get(ROUTING + path).status_code == 403
        assert desk.stranger.get(ROUTING + path).status_code == 302
        assert desk.outsider.get(ROUTING + path).status_code == 403
    assert desk.gus.get(f"{ROUTING}add/").status_code == 403
    assert desk.gus.post(f"{ROUTING}change/", {"do": "discard"}).status_code == 403


def test_the_supervisor_of_one_agency_sees_what_fails(city: CityBuilder, desk: Staff) -> None:
    publish(city, {"then": {"unit": "EAST"}})
    city.report("POTHOLE")
    sam = sign_in(city.employs("Sam", Role.SUPERVISOR, agency="STREETS"))
    assert "no unit “EAST”" in words_of(sam.get(f"{ROUTING}alarms/"))
    assert sam.get(ROUTING).status_code == 200
    assert sam.get(f"{ROUTING}add/").status_code == 403


def test_going_back_is_one_act_with_a_reason(city: CityBuilder, desk: Staff) -> None:
    publish(city, {"then": {"priority": "low"}})
    publish(city, {"then": {"priority": "urgent"}})
    assert "Let these rules count again" in words_of(desk.yara.get(f"{ROUTING}version/1/"))
    assert "as version 3" in do(desk.yara, "back:1", reason="Too urgent")
    assert city.report("POTHOLE").row.priority == "low"
    assert "Say why it changes" in do(desk.yara, "back:1", reason="")
