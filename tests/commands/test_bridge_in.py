"""From there to here: history in bulk, changes as events, nothing guessed, nothing twice."""

from datetime import timedelta

import pytest

from ombud.connect.bridge import commands, handlers
from ombud.connect.bridge.models import FieldConflict, Held, Link, Twin
from ombud.conversation.models import Message
from ombud.kernel import clock
from ombud.service_requests import queries
from ombud.service_requests.commands import act
from ombud.service_requests.commands.act import On
from ombud.service_requests.models import RequestEvent, ServiceRequest
from tests.bridge import DOWN, MAPPING, YARA, Far, do_jobs, link_to, stamp, turn, twin_of
from tests.builders import BRAM, CityBuilder
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("fake_connector")


def row_of(link: Link, number: str) -> ServiceRequest:
    return queries.by_number(link.jurisdiction_id, number)


def kinds(row: ServiceRequest) -> list[str]:
    return [event.kind.value for event in queries.story(row, audiences=["public", "reporter", "staff"])]


def test_all_history_comes_in_and_nobody_is_told(city: CityBuilder) -> None:
    far = Far()
    ended = far.opened(
        at=NOON - timedelta(days=9),
        STATE="closed",
        RESULT="done",
        ENDED=stamp(NOON - timedelta(days=2)),
        COMMENT="Filled.",
        TEXT="A hole",
        SIZE="large",
        ADDRESS="1 Main St",
        PRIO="1",
    )
    far.remark(ended, "We called.")
    for day in range(5):
        far.opened(at=NOON - timedelta(days=day))
    link = turn(link_to(far, mode="read_only"))
    assert (link.trouble, Twin.objects.filter(link=link).count()) == ("", 6)
    row = row_of(link, ended)
    assert (row.status, row.outcome, row.old_number, row.priority) == ("closed", "fixed", ended, "urgent")
    assert (row.closed_at, row.requested_at) == (NOON - timedelta(days=2), NOON - timedelta(days=9))
    assert (row.form.description, row.form.answers[0]["text"], row.address) == ("A hole", "Like a door", "1 Main St")
    assert any(tag.startswith("ward:") for tag in row.area_tags)
    assert queries.replayed(row).status == "closed"
    story = queries.story(row, audiences=["reporter"])
    assert [entry.text for entry in story] == ["We called."]
    do_jobs()
    assert Message.objects.count() == 0


def test_reading_again_changes_nothing(city: CityBuilder) -> None:
    far = Far()
    numbers = [far.opened(TEXT=f"{n}") for n in range(5)]
    far.remark(numbers[0], "Hello")
    link = turn(link_to(far))
    events = RequestEvent.objects.count()
    link.cursor = {}
    link.save()
    for _ in range(2):
        link = turn(link)
    assert (RequestEvent.objects.count(), ServiceRequest.objects.count()) == (events, 5)
    assert far.calls.count("update") == far.calls.count("create") == 0


def test_a_closing_there_is_a_closing_here_and_the_reporter_hears_of_it(city: CityBuilder) -> None:
    far = Far()
    link = link_to(far)
    request = city.report(email="ada@example.org")
    do_jobs()
    number = request.row.old_number
    with clock.standing_at(NOON + timedelta(hours=2)):
        far.set(number, STATE="closed", RESULT="none", COMMENT="We found nothing.")
        turn(link)
        assert (request.row.status, request.row.outcome) == ("closed", "nothing_found")
        assert kinds(request.row)[-1] == "closed"
        closed = Message.objects.get(kind="closed")
        assert "We found nothing." in closed.body
        assert far.calls.count("update") == 0


def test_a_closing_without_an_outcome_is_unstated(city: CityBuilder) -> None:
    far = Far()
    number = far.opened()
    link = turn(link_to(far))
    far.set(number, STATE="closed", at=NOON + timedelta(hours=1))
    turn(link)
    assert (row_of(link, number).status, row_of(link, number).outcome) == ("closed", "unstated")


def test_what_is_opened_again_there_is_opened_again_here(city: CityBuilder) -> None:
    far = Far()
    number = far.opened(STATE="closed", RESULT="done", ENDED=stamp(NOON))
    link = turn(link_to(far))
    far.set(number, STATE="open", RESULT="", ENDED="", at=NOON + timedelta(hours=1))
    turn(link)
    row = row_of(link, number)
    assert (row.status, row.closed_at, kinds(row)[-1]) == ("accepted", None, "reopened")
    assert queries.replayed(row).status == "accepted"
    assert far.calls.count("update") == 0


def test_each_field_that_changes_there_changes_here(city: CityBuilder) -> None:
    far = Far()
    number = far.opened(TEXT="before")
    link = turn(link_to(far))
    later = NOON + timedelta(hours=1)
    far.set(
        number,
        at=later,
        TYPE="LAMP",
        CREW="NORTH",
        PRIO="2",
        X="-93.29",
        ADDRESS="9 Elm St",
        TEXT="after",
        SIZE="small",
    )
    with clock.standing_at(later):
        turn(link)
    row = row_of(link, number)
    assert (row.service_code, row.unit, row.priority, row.address) == ("STREETLIGHT", "NORTH", "high", "9 Elm St")
    assert (row.lon, row.form.description, row.form.answers[0]["value"]) == (-93.29, "after", "small")
    assert set(kinds(row)) == {"imported", "service_changed", "place_corrected", "corrected", "prioritised", "assigned"}
    assert all(e.at == later for e in RequestEvent.objects.filter(request=row).exclude(kind="imported"))
    corrected = [e.text for e in queries.story(row, audiences=["reporter"]) if e.facts.get("part") == "description"]
    assert corrected == ["before"]
    turn(link)
    assert far.calls.count("update") == 0


def test_remarks_come_in_once_each(city: CityBuilder) -> None:
    far = Far()
    number = far.opened()
    link = turn(link_to(far))
    for text in ("One", "Two", "Two"):
        far.remark(number, text)
    for _ in range(2):
        turn(link)
    texts = [e.text for e in queries.story(row_of(link, number), audiences=["reporter"])]
    assert texts == ["One", "Two", "Two"]


def test_a_word_that_is_not_known_holds_the_record_whole_until_the_mapping_knows_it(city: CityBuilder) -> None:
    far = Far()
    for _ in range(3):
        far.opened(TYPE="TREE")
    known = far.opened()
    link = turn(link_to(far))
    assert (ServiceRequest.objects.count(), Held.objects.filter(link=link).count()) == (1, 3)
    far.set(known, PRIO="9", CREW="SOUTH", at=NOON + timedelta(minutes=5))
    turn(link)
    assert row_of(link, known).unit == ""
    commands.save_mapping(
        jurisdiction_id=city.id,
        code="old",
        text=MAPPING.replace("LAMP: STREETLIGHT", "LAMP: STREETLIGHT, TREE: BULKY").replace('"4": low', '"9": low'),
        seen=1,
        reason="trees",
        actor=YARA,
        at=NOON,
    )
    turn(link)
    assert (ServiceRequest.objects.count(), Held.objects.count()) == (4, 0)
    assert (row_of(link, known).unit, row_of(link, known).priority) == ("SOUTH", "low")


def test_a_newer_telling_takes_the_place_of_a_held_one(city: CityBuilder) -> None:
    far = Far()
    number = far.opened(TYPE="TREE")
    link = turn(link_to(far))
    far.set(number, TYPE="LAMP", at=NOON + timedelta(minutes=1))
    turn(link)
    assert Held.objects.count() == 0
    assert row_of(link, number).service_code == "STREETLIGHT"


def test_what_is_deleted_there_is_gone_there_and_stays_here(city: CityBuilder) -> None:
    far = Far()
    number = far.opened()
    link = turn(link_to(far))
    far.records[number].gone = True
    far.records[number].changed_at = NOON + timedelta(minutes=1)
    for _ in range(2):
        turn(link)
    row = row_of(link, number)
    assert kinds(row) == ["imported", "gone_there"]
    assert twin_of(link, row.pk).gone_at
    act.accept(On(city.id, row.pk, BRAM, NOON))
    do_jobs()
    assert far.calls.count("look") == far.calls.count("update") == 0


def test_a_link_that_is_down_says_so_and_goes_on_where_it_stopped(city: CityBuilder) -> None:
    far = Far(page_size=1)
    for n in range(4):
        far.opened(at=NOON - timedelta(hours=9 - n))
    link = link_to(far)
    far.fails = [("changes", "after", DOWN)]
    handlers.run(link.pk)
    link.refresh_from_db()
    assert (ServiceRequest.objects.count(), link.failures, link.trouble) == (4, 1, "It does not answer.")
    assert link.loaded_at is None
    assert link.wait_until == NOON + timedelta(seconds=30)
    link = turn(link)
    assert (link.failures, link.trouble, ServiceRequest.objects.count()) == (0, "", 4)
    assert link.loaded_at


def test_a_link_that_repeats_its_pages_is_not_believed_for_ever(city: CityBuilder) -> None:
    class Parrot(Far):
        def changes(self, cursor):  # type: ignore[no-untyped-def]
            page = next(super().changes(cursor))
            while True:
                yield page

    far = Parrot()
    far.opened()
    link = link_to(far)
    handlers.run(link.pk)
    link.refresh_from_db()
    assert "again and again" in link.trouble
    assert ServiceRequest.objects.count() == 1


def test_both_changed_and_nobody_may_decide_alone(city: CityBuilder) -> None:
    far = Far()
    number = far.opened()
    link = turn(link_to(far))
    row = row_of(link, number)
    far.set(number, CREW="SOUTH", at=NOON + timedelta(minutes=1))
    act.assign(On(city.id, row.pk, BRAM, NOON), assignee_id=None, unit="NORTH")
    for _ in range(2):
        turn(link)
    conflict = FieldConflict.objects.get()
    assert (conflict.field, conflict.near, conflict.far) == ("unit", "NORTH", "SOUTH")
    assert (row_of(link, number).unit, far.records[number].values["CREW"]) == ("NORTH", "SOUTH")


@pytest.mark.parametrize("keep", ["near", "far"])
def test_a_person_decides_a_conflict_and_the_other_side_follows(city: CityBuilder, keep: str) -> None:
    far = Far()
    number = far.opened()
    link = turn(link_to(far))
    far.set(number, CREW="SOUTH", at=NOON + timedelta(minutes=1))
    act.assign(On(city.id, row_of(link, number).pk, BRAM, NOON), assignee_id=None, unit="NORTH")
    turn(link)
    conflict = FieldConflict.objects.get()
    commands.resolve(jurisdiction_id=city.id, conflict_id=conflict.pk, keep=keep, actor=YARA, at=NOON)
    for _ in range(2):
        turn(link)
    wanted = {"near": "NORTH", "far": "SOUTH"}[keep]
    assert (row_of(link, number).unit, far.records[number].values["CREW"]) == (wanted, wanted)
    assert FieldConflict.objects.count() == 0


def test_what_the_lifecycle_refuses_is_for_a_person(city: CityBuilder) -> None:
    far = Far()
    number = far.opened()
    link = turn(link_to(far, mode="read_only"))
    act.withdraw(On(city.id, row_of(link, number).pk, BRAM, NOON))
    far.set(number, STATE="closed", RESULT="done", CREW="SOUTH", COMMENT="Done.", at=NOON + timedelta(hours=9))
    turn(link)
    row = row_of(link, number)
    conflict = FieldConflict.objects.get()
    assert (row.status, row.unit, conflict.field) == ("withdrawn", "SOUTH", "status")
    assert "taken back" in conflict.why
