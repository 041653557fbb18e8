"""A link by Open311, whole: mirrored, made there, moved both ways, over real HTTP and its accidents."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from ombud.connect.bridge import commands, handlers
from ombud.connect.bridge.models import Held, Link, Push
from ombud.kernel import clock
from ombud.service_requests import queries
from ombud.service_requests.commands import act
from ombud.service_requests.models import ServiceRequest
from tests import open311_far
from tests.bridge import YARA, do_jobs, turn, twin_of
from tests.builders import BRAM, CityBuilder
from tests.conftest import NOON
from tests.open311_far import KEY, City, served

MAPPING = """
create_there: [POTHOLE]
fields:
  service: {far: service_code, in: {HOLE: POTHOLE}, direction: out}
  status:
    far: status
    in: {open: received, closed: "closed:unstated"}
    out: {received: open, accepted: open, scheduled: open, on_list: open, "closed:*": closed, withdrawn: closed}
  sentence: {far: status_notes}
  requested_at: {far: requested_datetime, direction: in}
  point: {far: [long, lat], direction: out}
  address: {far: address, direction: out}
  description: {far: description, direction: out}
  answers.size: {far: "attribute[SIZE]", direction: out}
remarks: {in_as: reply}
"""


@pytest.fixture
def far() -> Iterator[City]:
    with served(City(now=NOON)) as city:
        yield city


def link_to(far: City, *, mode: str = "both", **more: object) -> Link:
    commands.save_link(
        jurisdiction_id="springfield",
        code="county",
        name="County",
        connector="open311",
        settings=open311_far.settings(far, **more),
        secrets={"api_key": "OMBUD_LINK_SPRINGFIELD_COUNTY"},
        every_seconds=60,
        actor=YARA,
    )
    commands.save_mapping(
        jurisdiction_id="springfield", code="county", text=MAPPING, seen=None, reason="", actor=YARA, at=NOON
    )
    commands.set_mode(jurisdiction_id="springfield", code="county", mode=mode, actor=YARA, at=NOON)
    return Link.objects.get(code="county")


@pytest.fixture(autouse=True)
def _secret(settings) -> None:  # type: ignore[no-untyped-def]
    settings.OMBUD_LINK_SECRETS = {"OMBUD_LINK_SPRINGFIELD_COUNTY": KEY}


def test_a_city_is_mirrored(city: CityBuilder, far: City) -> None:
    numbers = [far.opened(at=NOON - timedelta(days=day), description="A hole") for day in range(1, 8)]
    far.opened(at=NOON - timedelta(days=1), service_code="TREE")
    link = turn(link_to(far, mode="read_only"))
    assert (link.trouble, ServiceRequest.objects.count(), Held.objects.count()) == ("", 7, 1)
    row = queries.by_number(city.id, numbers[0])
    assert (row.service_code, row.lon, row.form.description) == ("POTHOLE", -93.292, "A hole")
    far.set(numbers[0], status="closed", status_notes="Filled.", at=NOON + timedelta(hours=1))
    with clock.standing_at(NOON + timedelta(hours=2)):
        turn(link)
    row.refresh_from_db()
    assert (row.status, row.outcome, row.closed_at) == ("closed", "unstated", NOON + timedelta(hours=1))
    assert far.posted == []


@pytest.mark.parametrize("own_ref", ["description", "external_id"])
@pytest.mark.parametrize("fault", ["", "POST lost", "POST down", "POST html", "POST 503"])
def test_a_request_is_made_there_once_whatever_happens_on_the_way(
    city: CityBuilder, far: City, own_ref: str, fault: str
) -> None:
    far.dialect = {"knows external_id"}
    far.faults = [fault] if fault else []
    link = link_to(far, own_ref=own_ref)
    turn(link)
    request = city.report(description="Deep")
    do_jobs()
    with clock.standing_at(NOON + timedelta(minutes=3)):
        far.now = clock.now()
        turn(link)
        do_jobs()
    (number,) = far.requests
    assert (ServiceRequest.objects.count(), queries.by_number(city.id, number).pk) == (1, request.id)
    assert twin_of(link, request.id).push == Push.IDLE
    assert queries.by_id(city.id, request.id).form.description == "Deep"


def test_updates_travel_both_ways(city: CityBuilder, far: City) -> None:
    link = link_to(far, updates=True)
    request = city.report()
    do_jobs()
    act.reply(request.on(BRAM), text="We come tomorrow.")
    do_jobs()
    (number,) = far.requests
    far.tell(number, "The road is closed.")
    for minute in (1, 2):
        with clock.standing_at(NOON + timedelta(minutes=minute)):
            far.now = clock.now()
            turn(link)
    story = [e.text for e in queries.story(request.row, audiences=["reporter"]) if e.text]
    assert story == ["We come tomorrow.", "The road is closed."]
    assert [u["description"] for u in far.updates] == ["We come tomorrow.", "The road is closed."]
    request.closed("fixed", text="Filled.", after=timedelta(minutes=5))
    do_jobs()
    assert (far.requests[number]["status"], far.updates[-1]["description"]) == ("closed", "Filled.")
    for minute in (6, 8):
        with clock.standing_at(NOON + timedelta(minutes=minute)):
            far.now = clock.now()
            turn(link)
    assert (request.row.status, request.row.outcome) == ("closed", "fixed")
    assert len(far.updates) == 3
    story = [(e.kind.value, e.text) for e in queries.story(request.row, audiences=["public", "reporter"]) if e.text]
    assert story == [("replied", "We come tomorrow."), ("replied", "The road is closed."), ("closed", "Filled.")]
    words = queries.words_said(city.id, request.id, but_by_link="county")
    assert words == {"We come tomorrow.", "Filled."}


def test_words_that_close_there_are_said_once(city: CityBuilder, far: City) -> None:
    number = far.opened(at=NOON - timedelta(days=1))
    link = turn(link_to(far, updates=True))
    far.tell(number, "Nothing there.", status="closed", at=NOON + timedelta(minutes=1))
    far.set(number, status_notes="Nothing there.", at=NOON + timedelta(minutes=1))
    with clock.standing_at(NOON + timedelta(minutes=3)):
        turn(link)
    row = queries.by_number(city.id, number)
    assert [e.text for e in queries.story(row, audiences=["public", "reporter"]) if e.text] == ["Nothing there."]


def test_without_updates_their_closing_is_ours_and_ours_stays_here(city: CityBuilder, far: City) -> None:
    link = link_to(far)
    mine, theirs = city.report(), city.report()
    do_jobs()
    mine.closed("fixed")
    do_jobs()
    numbers = {pk: twin_of(link, pk).far_id for pk in (mine.id, theirs.id)}
    far.set(str(numbers[theirs.id]), status="closed", at=NOON + timedelta(hours=1))
    with clock.standing_at(NOON + timedelta(hours=2)):
        turn(link)
    assert (mine.row.status, theirs.row.outcome) == ("closed", "unstated")
    assert len(far.posted) == 2


@pytest.mark.parametrize("fault", ["html", "half", "500", "down"])
def test_a_broken_answer_is_told_and_changes_nothing(city: CityBuilder, far: City, fault: str) -> None:
    number = far.opened(at=NOON - timedelta(days=1))
    link = turn(link_to(far, format="json"))
    far.faults = [f"GET {fault}"] * 3
    before = link.cursor
    handlers.run(link.pk)
    link.refresh_from_db()
    assert link.trouble
    assert (link.failures, link.cursor) == (1, before)
    far.faults = []
    far.set(number, status="closed", at=NOON)
    link = turn(link)
    assert (link.trouble, queries.by_number(city.id, number).status) == ("", "closed")
