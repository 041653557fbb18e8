"""What comes in over a link goes where the city's rules send it, unless the other side says itself who does it."""

from datetime import timedelta

import pytest

from ombud.catalog import commands as catalog
from ombud.catalog.models import Agency
from ombud.connect.bridge.models import Link
from ombud.kernel import clock
from ombud.people.rules.permissions import Role
from ombud.places import queries as places
from ombud.service_requests import queries
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.triage.routing.models import RoutingFailure
from tests.bridge import Far, link_to, stamp, turn
from tests.builders import MAIN_STREET, CityBuilder
from tests.commands.test_routing import publish
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("fake_connector")
LARGE = {"when": {"answers": {"size": ["large"]}}, "then": {"unit": "SOUTH", "priority": "urgent"}}


def row_of(link: Link, number: str) -> ServiceRequest:
    return queries.by_number(link.jurisdiction_id, number)


def failures(row: ServiceRequest) -> int:
    return RoutingFailure.objects.filter(jurisdiction_id=row.jurisdiction_id, request_id=row.pk).count()


def test_what_is_new_goes_by_the_rules_and_its_timeline_says_so(city: CityBuilder) -> None:
    bram = city.employs("Bram", Role.AGENCY_STAFF, agency="STREETS")
    publish(city, LARGE, {"then": {"person": "bram@springfield.example", "target": {"value": 4, "unit": "hours"}}})
    far = Far()
    large, small = far.opened(SIZE="large", PRIO=""), far.opened(SIZE="small")
    link = turn(link_to(far))
    row = row_of(link, large)
    assert (row.agency, row.unit, row.priority) == ("STREETS", "SOUTH", "urgent")
    assert row.target_at == row.requested_at + timedelta(hours=4)
    first = RequestEvent.objects.get(request=row, seq=1)
    assert first.facts["routing"]["by"] == {"where": "r1", "priority": "r1", "target": "r2"}
    assert first.facts["link"] == "old"
    other = row_of(link, small)
    assert (other.assignee_id, other.priority) == (bram.pk, "normal"), "how urgent it is, was said there"
    for one in (row, other):
        told = queries.replayed(one)
        assert (told.unit, told.assignee_id, told.target_at) == (one.unit, one.assignee_id, one.target_at)


def test_who_does_it_there_stands_and_what_is_over_stays(city: CityBuilder) -> None:
    publish(city, {"then": {"unit": "SOUTH"}})
    far = Far()
    said = far.opened(CREW="NORTH")
    over = far.opened(STATE="closed", RESULT="done", ENDED=stamp(NOON))
    link = turn(link_to(far))
    assert row_of(link, said).unit == "NORTH"
    assert row_of(link, over).unit == ""
    assert "routing" not in RequestEvent.objects.get(request=row_of(link, said), seq=1).facts


def test_a_rule_that_cannot_be_followed_leads_to_the_triage_queue_with_an_alarm(city: CityBuilder) -> None:
    publish(city, {"then": {"unit": "EAST"}})
    far = Far()
    link = turn(link_to(far))
    number = far.opened()
    link = turn(link)
    assert (row_of(link, number).unit, failures(row_of(link, number))) == ("TRIAGE", 1)


@pytest.mark.parametrize("crew", ["", "NORTH"])
def test_what_no_agency_of_today_does_lies_in_triage_and_somebody_hears(city: CityBuilder, crew: str) -> None:
    far = Far()
    link = turn(link_to(far))
    Agency.objects.filter(jurisdiction_id=city.id, code="STREETS").update(active=False)
    catalog.changed(city.id)
    number = far.opened(CREW=crew)
    row = row_of(turn(link), number)
    assert row.unit == "TRIAGE"
    assert failures(row) == 1


@pytest.mark.parametrize(("crew", "unit"), [("", "SOUTH"), ("NORTH", "NORTH")])
def test_a_place_that_changes_there_asks_the_rules_anew(city: CityBuilder, crew: str, unit: str) -> None:
    (ward,) = [a.code for a in places.atlas(city.id).areas_at(MAIN_STREET) if a.layer == "ward"]
    far = Far()
    number = far.opened(CREW=crew, X="-93.4", Y="37.4")
    link = turn(link_to(far))
    publish(city, {"when": {"areas": [{"layer": "ward", "codes": [ward]}]}, "then": {"unit": "SOUTH"}})
    with clock.standing_at(NOON + timedelta(hours=1)):
        far.set(number, X=str(MAIN_STREET.lon), Y=str(MAIN_STREET.lat))
        turn(link)
    row = row_of(link, number)
    assert row.unit == unit
    assert queries.replayed(row).unit == unit
