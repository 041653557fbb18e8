"""From here to there: made once, changed once, tried again with patience, and left to a person at the end."""

from datetime import timedelta
from uuid import uuid4

import pytest

from ombud.connect.bridge import commands, handlers
from ombud.connect.bridge.models import Push, Twin
from ombud.connect.bridge.ports import FarDown, FarRefused
from ombud.connect.bridge.rules import patience
from ombud.kernel import clock
from ombud.service_requests import queries
from ombud.service_requests.commands import act, closing
from ombud.service_requests.models import RequestEvent, ServiceRequest
from tests.bridge import DOWN, MAPPING, REFUSED, YARA, Far, do_jobs, link_to, turn, twin_of
from tests.builders import BRAM, CityBuilder
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("fake_connector")


def test_a_request_made_here_is_made_there_and_found_by_its_number_there(city: CityBuilder) -> None:
    far = Far()
    link_to(far)
    request = city.report(description="A deep hole", answers={"size": ["large"]})
    do_jobs()
    ((number, record),) = far.records.items()
    assert (record.own_ref, record.values["TYPE"], record.values["TEXT"]) == (request.number, "HOLE", "A deep hole")
    assert (record.values["X"], record.values["Y"], record.values["SIZE"]) == ("-93.292000", "37.209000", "large")
    assert queries.by_number(city.id, number).pk == request.id
    assert [e.kind for e in RequestEvent.objects.filter(request_id=request.id).order_by("seq")] == [
        "submitted",
        "linked",
    ]


def test_other_services_are_not_made_there(city: CityBuilder) -> None:
    far = Far()
    link_to(far)
    city.report("STREETLIGHT")
    do_jobs()
    assert far.records == {}


def test_what_we_made_comes_back_and_changes_nothing(city: CityBuilder) -> None:
    far = Far()
    link = link_to(far)
    request = city.report()
    do_jobs()
    version, calls = request.row.version, len([c for c in far.calls if c in ("create", "update", "say")])
    for _ in range(2):
        turn(link)
    assert (request.row.version, ServiceRequest.objects.count()) == (version, 1)
    assert len([c for c in far.calls if c in ("create", "update", "say")]) == calls


def test_a_closing_here_is_a_closing_there(city: CityBuilder) -> None:
    far = Far()
    link = link_to(far)
    request = city.report()
    do_jobs()
    request.closed("fixed", text="We filled it.")
    do_jobs()
    (record,) = far.records.values()
    assert (record.values["STATE"], record.values["RESULT"], record.values["COMMENT"]) == (
        "closed",
        "done",
        "We filled it.",
    )
    assert twin_of(link, request.id).push == Push.IDLE
    events = RequestEvent.objects.count()
    turn(link)
    assert RequestEvent.objects.count() == events


def test_what_the_other_side_cannot_say_better_is_not_sent(city: CityBuilder) -> None:
    far = Far()
    link = link_to(far)
    request = city.report()
    do_jobs()
    before = far.calls.count("update")
    request.accepted()
    do_jobs()
    turn(link)
    assert (request.row.status, far.calls.count("update")) == ("accepted", before)


def test_what_was_closed_before_it_could_be_made_there_is_closed_there(city: CityBuilder) -> None:
    far = Far(fails=[("create", "before", DOWN)])
    link = link_to(far)
    request = city.report()
    do_jobs()
    assert far.records == {}
    request.closed("fixed")
    with clock.standing_at(NOON + timedelta(hours=1)):
        turn(link)
    (record,) = far.records.values()
    assert (request.row.status, record.values["STATE"]) == ("closed", "closed")


def test_our_remarks_go_there_once_each_and_do_not_come_back(city: CityBuilder) -> None:
    far = Far()
    link = link_to(far)
    request = city.report()
    act.reply(request.on(BRAM), text="We are on it.")
    act.note(request.on(BRAM), text="For staff only.")
    far.fails = [("say", "after", DOWN)]
    do_jobs()
    for minutes in (5, 9):
        with clock.standing_at(NOON + timedelta(minutes=minutes)):
            turn(link)
    (record,) = far.records.values()
    assert [remark.text for remark in record.remarks] == ["We are on it."]
    story = queries.story(request.row, audiences=["reporter", "staff"])
    assert [e.text for e in story if e.text] == ["We are on it.", "For staff only."]


@pytest.mark.parametrize("tells_own_ref", [True, False])
def test_an_answer_that_is_lost_makes_no_second_record(city: CityBuilder, tells_own_ref: bool) -> None:
    far = Far(tells_own_ref=tells_own_ref, fails=[("create", "after", DOWN)])
    link = link_to(far)
    request = city.report()
    do_jobs()
    assert twin_of(link, request.id).far_id is None
    with clock.standing_at(NOON + timedelta(minutes=1)):
        do_jobs()
    assert len(far.records) == 1
    assert twin_of(link, request.id).far_id in far.records


@pytest.mark.parametrize("tells_own_ref", [True, False])
def test_a_record_whose_making_was_never_confirmed_is_no_new_request(city: CityBuilder, tells_own_ref: bool) -> None:
    far = Far(tells_own_ref=tells_own_ref, fails=[("create", "after", DOWN)])
    link = link_to(far)
    request = city.report()
    do_jobs()
    handlers.run(link.pk)
    assert ServiceRequest.objects.count() == 1
    assert queries.by_number(city.id, next(iter(far.records))).pk == request.id
    turn(link)
    assert (len(far.records), ServiceRequest.objects.count(), far.calls.count("create")) == (1, 1, 1)


def test_where_the_other_side_cannot_be_asked_a_person_decides(city: CityBuilder) -> None:
    far = Far(can=frozenset({"create", "update"}), fails=[("create", "after", DOWN)])
    link = link_to(far)
    request = city.report()
    do_jobs()
    with clock.standing_at(NOON + timedelta(minutes=1)):
        do_jobs()
    twin = twin_of(link, request.id)
    assert (twin.push, len(far.records)) == (Push.DEAD, 1)
    assert "not known" in twin.trouble


def test_a_side_that_is_down_is_tried_again_with_longer_waits(city: CityBuilder) -> None:
    far = Far(fails=[("create", "before", DOWN)] * 3 + [("create", "before", FarDown("Wait.", wait_seconds=900.0))])
    link = link_to(far)
    request = city.report()
    waits = []
    at = NOON
    for _ in range(4):
        with clock.standing_at(at):
            do_jobs()
        due = twin_of(link, request.id).due_at
        assert due
        waits.append((due - at).total_seconds())
        at = due
    assert waits == [30, 60, 120, 900]
    with clock.standing_at(at):
        do_jobs()
    assert (twin_of(link, request.id).push, len(far.records)) == (Push.IDLE, 1)


def test_at_the_end_of_patience_it_is_a_dead_letter_that_can_be_sent_again(city: CityBuilder) -> None:
    far = Far(fails=[("create", "before", DOWN)] * patience.MOST_ATTEMPTS)
    link = link_to(far)
    request = city.report()
    do_jobs(later=True)
    twin = twin_of(link, request.id)
    assert (twin.push, twin.attempts) == (Push.DEAD, patience.MOST_ATTEMPTS - 1)
    assert commands.send_all_again(jurisdiction_id=city.id, code="old", actor=YARA, at=NOON) == 1
    do_jobs()
    assert (twin_of(link, request.id).push, len(far.records)) == (Push.IDLE, 1)


def test_what_is_refused_is_repaired_by_a_person_and_sent_again(city: CityBuilder) -> None:
    far = Far(fails=[("create", "before", FarRefused("TEXT is too long."))])
    link = link_to(far)
    request = city.report(description="long words")
    do_jobs()
    twin = twin_of(link, request.id)
    assert (twin.push, twin.trouble) == (Push.DEAD, "TEXT is too long.")
    commands.send_again(
        jurisdiction_id=city.id, twin_id=twin.pk, values={"TEXT": "short"}, words={}, actor=YARA, at=NOON
    )
    do_jobs()
    (record,) = far.records.values()
    assert record.values["TEXT"] == "short"
    turn(link)
    assert (twin_of(link, request.id).push, far.calls.count("create")) == (Push.IDLE, 2)


def test_an_update_that_is_refused_is_repaired_too(city: CityBuilder) -> None:
    far = Far()
    link = link_to(far)
    request = city.report()
    do_jobs()
    far.fails = [("update", "before", REFUSED)]
    request.closed("fixed", text="Done.")
    do_jobs()
    twin = twin_of(link, request.id)
    assert twin.push == Push.DEAD
    commands.send_again(
        jurisdiction_id=city.id, twin_id=twin.pk, values={"COMMENT": "Finished."}, words={}, actor=YARA, at=NOON
    )
    do_jobs()
    turn(link)
    (record,) = far.records.values()
    assert (record.values["STATE"], record.values["COMMENT"]) == ("closed", "Finished.")
    assert (twin_of(link, request.id).push, request.row.status) == (Push.IDLE, "closed")


def test_a_word_that_cannot_be_sent_waits_for_the_mapping(city: CityBuilder) -> None:
    far = Far()
    poor = MAPPING.replace("    out: {received", "    out: {NO").replace(
        '{NO: "open|", accepted: "open|", ', '{accepted: "open|", '
    )
    link = link_to(far, mapping=poor)
    request = city.report()
    do_jobs()
    twin = twin_of(link, request.id)
    assert (twin.push, twin.unknown, far.records) == (Push.HELD, [["status", "received"]], {})
    commands.save_mapping(jurisdiction_id=city.id, code="old", text=MAPPING, seen=1, reason="", actor=YARA, at=NOON)
    turn(link)
    assert (twin_of(link, request.id).push, len(far.records)) == (Push.IDLE, 1)


def test_read_only_sends_nothing_and_what_was_done_meanwhile_goes_when_it_is_switched_on(city: CityBuilder) -> None:
    far = Far()
    number = far.opened()
    link = turn(link_to(far, mode="read_only"))
    row = queries.by_number(city.id, number)
    closing.close(act.On(city.id, row.pk, BRAM, NOON), outcome="fixed", text="Done.")
    do_jobs()
    turn(link)
    assert far.records[number].values["STATE"] == "open"
    commands.set_mode(jurisdiction_id=city.id, code="old", mode="both", actor=YARA, at=NOON)
    do_jobs()
    assert far.records[number].values["STATE"] == "closed"


def test_off_is_off_and_old_numbers_are_still_found(city: CityBuilder) -> None:
    far = Far()
    number = far.opened()
    link = turn(link_to(far))
    commands.set_mode(jurisdiction_id=city.id, code="old", mode="off", actor=YARA, at=NOON)
    far.set(number, STATE="closed", at=NOON + timedelta(minutes=1))
    calls = len(far.calls)
    turn(link)
    row = queries.by_number(city.id, number)
    closing.close(act.On(city.id, row.pk, BRAM, NOON), outcome="fixed", text="Done.")
    do_jobs()
    assert len(far.calls) == calls


def test_a_record_that_we_made_before_the_database_was_put_back_is_known_again(city: CityBuilder) -> None:
    far = Far()
    link = link_to(far)
    request = city.report()
    do_jobs()
    Twin.objects.all().delete()
    ServiceRequest.objects.filter(pk=request.id).update(old_number="")
    turn(link)
    assert ServiceRequest.objects.count() == 1
    assert queries.by_number(city.id, next(iter(far.records))).pk == request.id


def test_nothing_is_lost_where_more_is_done_while_it_is_sent(city: CityBuilder) -> None:
    class Slow(Far):
        def update(self, far_id, values):  # type: ignore[no-untyped-def]
            super().update(far_id, values)
            if not self.interrupted:
                self.interrupted = True
                request.closed("fixed", text="Done.")

        interrupted = False

    far = Slow()
    link_to(far)
    request = city.report(client_id=uuid4())
    do_jobs()
    act.assign(request.on(BRAM), assignee_id=None, unit="NORTH")
    do_jobs()
    (record,) = far.records.values()
    assert (record.values["CREW"], record.values["STATE"]) == ("NORTH", "closed")


def test_the_clock_asks_each_link_in_its_time_and_once(city: CityBuilder) -> None:
    far = Far()
    number = far.opened()
    link = turn(link_to(far))
    for seconds, runs in ((30, 1), (61, 2), (62, 2), (122, 3)):
        with clock.standing_at(NOON + timedelta(seconds=seconds)):
            handlers.run_due()
            handlers.run_due()
            do_jobs()
        link.refresh_from_db()
        assert link.runs == runs, seconds
    assert queries.by_number(city.id, number)
