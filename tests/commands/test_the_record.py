"""The record: a report is kept, its story is told, its end is honest."""

from datetime import timedelta
from typing import Any

import pytest

from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.errors import BadInput, NotAllowed, NotFound, Several
from ombud.kernel.numbers import read_number
from ombud.places.commands import add_addresses
from ombud.plumbing import walls
from ombud.service_requests import open_here, queries
from ombud.service_requests.commands import act, closing, incidents
from ombud.service_requests.commands.act import On
from ombud.service_requests.rules.decisions import MoveRefused
from ombud.service_requests.rules.lifecycle import Status
from ombud.service_requests.timeline import REPORTER, Conflict
from tests.builders import (
    BRAM,
    BRAMS_COLLEAGUE,
    DUNYA,
    GUS,
    MAIN_STREET,
    NILS,
    OUT_OF_TOWN,
    CityBuilder,
    a_little_away,
    client_id,
)


def test_a_report_gets_a_number_a_target_and_an_agency(city: CityBuilder) -> None:
    pothole = city.report("POTHOLE")
    assert read_number(pothole.number, prefix="SP") == pothole.number
    assert pothole.row.agency == "STREETS"
    assert pothole.row.status == Status.RECEIVED
    # Thanksgiving, 26 November, and the day after it in California are no working days.
    assert pothole.row.target_at.isoformat() == "2026-12-02T00:00:00+00:00"
    assert pothole.row.area_tags == ["city:springfield", "ward:2"]


def test_sending_twice_gives_one_request(city: CityBuilder) -> None:
    first = city.report(client_id=client_id(7))
    again = city.report(client_id=client_id(7), description="the retry may even differ")
    assert again.number == first.number


def test_the_same_client_id_in_another_city_is_another_request(city: CityBuilder, other_city: CityBuilder) -> None:
    here = city.report(client_id=client_id(8))
    with walls.inside(other_city.id):
        there = other_city.report(client_id=client_id(8))
    assert here.number != there.number


def test_everything_wrong_is_told_at_once(city: CityBuilder) -> None:
    with pytest.raises(Several) as refused:
        city.report("POTHOLE", at=OUT_OF_TOWN, answers={"size": ["gigantic"]}, email="not mail", phone="12")
    assert {problem.field for problem in refused.value.problems} == {"q.size", "email", "phone", "place"}


def test_a_service_that_needs_a_name_says_so(city: CityBuilder) -> None:
    with pytest.raises(Several) as refused:
        city.report("BULKY")
    assert {problem.field for problem in refused.value.problems} == {"name", "email"}


def test_a_place_in_words_will_do(city: CityBuilder) -> None:
    report = city.report(located=Located(words="Behind the school, by the second gate"))
    assert report.row.lon is None
    assert report.row.place.raw_text == "Behind the school, by the second gate"


def test_answers_are_kept_with_the_question_they_were_given_to(city: CityBuilder) -> None:
    report = city.report(answers={"size": ["small"], "depth": ["answered before size was changed"]})
    assert report.row.form.answers == [
        {"code": "size", "question": "How large is it?", "value": "small", "text": "Like a plate"}
    ]


def test_closing_needs_a_class_and_a_sentence(city: CityBuilder) -> None:
    pothole = city.report()
    with pytest.raises(BadInput, match="plain words"):
        closing.close(pothole.on(BRAM), outcome="fixed", text="   ")
    with pytest.raises(BadInput, match="outcome"):
        closing.close(pothole.on(BRAM), outcome="done", text="Done.")
    with pytest.raises(BadInput, match="outcome"):
        closing.close(pothole.on(BRAM), outcome="unstated", text="Nobody said.")
    assert pothole.row.status == Status.RECEIVED


def test_where_the_service_asks_for_it_fixed_needs_a_photo(city: CityBuilder) -> None:
    lamp = city.report("STREETLIGHT")
    with pytest.raises(BadInput, match="photo"):
        lamp.closed("fixed")
    lamp.closed("nothing_found", text="The lamp was on when we came.")


def test_not_fixed_reopens_it_for_someone_other_than_the_closer(city: CityBuilder) -> None:
    pothole = city.report().accepted(by=BRAM).closed("fixed", by=BRAM)
    act.reopen(pothole.on(REPORTER, after=timedelta(days=2)), text="It is still there.")
    row = pothole.row
    assert (row.status, row.outcome, row.reopened) == (Status.ACCEPTED, None, 1)
    assert row.assignee_id is None
    kinds = [entry.kind for entry in queries.story(row, audiences=("public", "reporter", "staff"))]
    assert kinds == ["submitted", "accepted", "closed", "reopened"]


def test_the_resident_can_say_so_for_fourteen_days(city: CityBuilder) -> None:
    pothole = city.report().closed("fixed")
    with pytest.raises(MoveRefused, match="14 days"):
        act.reopen(pothole.on(REPORTER, after=timedelta(days=15)), text="It came back.")
    act.reopen(pothole.on(BRAMS_COLLEAGUE, after=timedelta(days=15)), text="They called: it came back.")


def test_a_transfer_counts_and_the_clock_goes_on(city: CityBuilder) -> None:
    pothole = city.report()
    before = pothole.row.target_at
    act.transfer(pothole.on(BRAM), agency="SANITATION", text="It is a heap of rubbish.")
    assert (pothole.row.agency, pothole.row.bounces, pothole.row.target_at) == ("SANITATION", 1, before)
    with pytest.raises(NotAllowed):
        act.accept(pothole.on(BRAM))
    act.accept(pothole.on(DUNYA))


def test_a_changed_service_keeps_the_day_it_was_asked(city: CityBuilder) -> None:
    pothole = city.report()
    act.change_service(pothole.on(GUS, after=timedelta(days=1)), code="STREETLIGHT", text="The photo shows a lamp.")
    row = pothole.row
    assert row.service_code == "STREETLIGHT"
    assert (row.target_at - row.requested_at).days == 28
    assert queries.story(row, audiences=("public",))[-1].facts["before"] == "POTHOLE"


def test_a_waiting_list_is_a_state_not_an_end(city: CityBuilder) -> None:
    pothole = city.report()
    act.put_on_list(
        pothole.on(BRAM), programme="RESURFACING", position=2027, text="Your street is on the list for 2027."
    )
    assert (pothole.row.status, pothole.row.closed_at) == (Status.ON_LIST, None)
    with pytest.raises(BadInput):
        pothole.closed("waiting_list")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"programme": "Ada's kerb"}, "programme"),
        ({"programme": "CLEAN-UP"}, "programme"),
        ({"programme": "RESURFACING", "position": 0}, "position"),
        ({"programme": "RESURFACING", "position": 10**9}, "position"),
    ],
)
def test_a_list_is_one_of_the_agencys_own(city: CityBuilder, told: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        act.put_on_list(city.report().on(BRAM), text="In spring.", **told)
    assert refused.value.field == field


def test_a_unit_is_one_of_the_agencys_own_or_the_one_it_has(city: CityBuilder) -> None:
    pothole = city.report()
    act.assign(pothole.on(BRAM), assignee_id=None, unit="NORTH")
    with pytest.raises(BadInput, match="Choose a crew or unit"):
        act.assign(pothole.on(BRAM), assignee_id=None, unit="Ada Byron")
    type(pothole.row).objects.filter(pk=pothole.id).update(unit="OLD-YARD")
    act.assign(pothole.on(BRAM), assignee_id=11, unit="OLD-YARD")
    assert pothole.row.unit == "OLD-YARD"


def test_who_only_looks_may_not_touch(city: CityBuilder) -> None:
    pothole = city.report()
    for attempt in (act.accept, lambda on: act.note(on, text="x"), lambda on: act.reply(on, text="x")):
        with pytest.raises(NotAllowed):
            attempt(pothole.on(NILS))


def test_the_second_of_two_writers_sees_both_sides(city: CityBuilder) -> None:
    pothole = city.report()
    seen = pothole.row.version
    act.accept(pothole.on(BRAM, seen=seen))
    with pytest.raises(Conflict) as lost:
        act.transfer(pothole.on(GUS, seen=seen), agency="SANITATION", text="Not ours.")
    assert (lost.value.seen, lost.value.now) == (1, 2)


def test_a_merged_report_keeps_its_time_and_its_reporter(city: CityBuilder) -> None:
    first = city.report(email="ada@example.org")
    second = city.report(at=a_little_away(MAIN_STREET, metres=5), email="bo@example.org")
    incidents.merge(
        jurisdiction_id=city.id, request_id=second.id, with_number=first.number, actor=GUS, at=second.row.requested_at
    )
    assert first.row.incident_id == second.row.incident_id is not None
    assert second.row.status == Status.RECEIVED
    assert len(queries.followers(first.row, whole_incident=True)) == 2


def test_merging_brings_along_whoever_shared_the_incident(city: CityBuilder) -> None:
    a, b, c, d = (city.report() for _ in range(4))
    for one, other in ((b, a), (d, c), (d, a)):
        incidents.merge(
            jurisdiction_id=city.id, request_id=one.id, with_number=other.number, actor=GUS, at=a.row.requested_at
        )
    assert [r.number for r in queries.incident_members(a.row)] == [x.number for x in (a, b, c, d)]


def test_splitting_gives_it_back_whole(city: CityBuilder) -> None:
    first, second = city.report(), city.report()
    at = first.row.requested_at
    incidents.merge(jurisdiction_id=city.id, request_id=second.id, with_number=first.number, actor=GUS, at=at)
    incidents.split(jurisdiction_id=city.id, request_id=second.id, actor=GUS, at=at)
    assert (first.row.incident_id, second.row.incident_id) == (None, None)


def test_me_too_is_a_report_of_its_own(city: CityBuilder) -> None:
    first = city.report()
    too = city.report(same_as=first.number, email="bo@example.org")
    assert too.number != first.number
    assert too.row.incident_id == first.row.incident_id is not None


def test_nearby_open_reports_of_the_kind_are_found_nearest_first(city: CityBuilder) -> None:
    far = city.report(at=a_little_away(MAIN_STREET, metres=25))
    near = city.report(at=a_little_away(MAIN_STREET, metres=5))
    city.report(at=a_little_away(MAIN_STREET, metres=60))
    city.report(at=a_little_away(MAIN_STREET, metres=6)).closed("fixed")
    city.report("STREETLIGHT")
    found = open_here.nearby(city.id, service_code="POTHOLE", point=MAIN_STREET, within=30)
    assert [n.request.number for n in found] == [near.number, far.number]


def test_another_citys_request_is_not_there(city: CityBuilder, other_city: CityBuilder) -> None:
    with walls.inside(other_city.id):
        theirs = other_city.report()
    with pytest.raises(NotFound):
        queries.by_number(city.id, theirs.number)
    with pytest.raises(NotFound):
        act.accept(On(city.id, theirs.id, GUS, clock.now()))


def test_a_pin_beside_a_home_is_taken_for_its_address_and_kept_as_it_was(city: CityBuilder) -> None:
    home = a_little_away(MAIN_STREET, metres=25)
    add_addresses([("12 Main St", home)], jurisdiction_id="springfield")
    couch = city.report("BULKY", at=MAIN_STREET, name="Ada", email="ada@mail.example").row.place
    assert couch.address == "12 Main St"
    assert (couch.lon, couch.lat) == (round(home.lon, 6), round(home.lat, 6))
    assert (couch.raw_lon, couch.raw_lat) == (MAIN_STREET.lon, MAIN_STREET.lat)


def test_a_hole_in_the_street_stays_where_the_pin_is(city: CityBuilder) -> None:
    add_addresses([("12 Main St", a_little_away(MAIN_STREET, metres=25))], jurisdiction_id="springfield")
    hole = city.report("POTHOLE", at=MAIN_STREET).row.place
    assert (hole.address, hole.lon, hole.lat) == ("12 Main St", MAIN_STREET.lon, MAIN_STREET.lat)
