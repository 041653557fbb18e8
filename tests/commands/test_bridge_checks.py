"""Looking before and after: the dry run, the comparison, the command line, and what only administrators may."""

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from ombud.connect.bridge import checking, commands, handlers, queries
from ombud.connect.bridge.models import Checked, Held, Link, Twin
from ombud.kernel.errors import BadInput, NotAllowed
from ombud.service_requests.commands import act
from ombud.service_requests.models import RequestEvent, ServiceRequest
from ombud.service_requests.queries import by_number
from tests.bridge import MAPPING, REFUSED, YARA, Far, do_jobs, link_to, stand_on, turn
from tests.builders import BRAM, CityBuilder
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("fake_connector")
SUMS = MAPPING.replace("remarks:", "sums: {items: {far: ITEMS, answer: items}}\nremarks:").replace(
    "answers.size: {far: SIZE}", "answers.items: {far: ITEMS}"
)


def test_a_dry_run_says_what_would_come_and_keeps_and_sends_nothing(city: CityBuilder) -> None:
    far = Far()
    far.opened(TYPE="TREE")
    known = far.opened()
    link = link_to(far)
    for _ in range(2):
        report = checking.dry_run(link, now=NOON)
        assert (report["created"], report["held"], report["unknown"]) == (1, 1, [["service", "TREE", 1]])
    assert (ServiceRequest.objects.count(), Twin.objects.count(), Held.objects.count()) == (0, 0, 0)
    link.refresh_from_db()
    assert (link.cursor, link.loaded_at) == ({}, None)
    turn(link)
    far.set(known, STATE="closed", at=NOON + timedelta(minutes=1))
    link.refresh_from_db()
    report = checking.dry_run(link, now=NOON)
    assert (report["changed"], report["events"], report["unchanged"]) == (1, 1, 0)
    assert by_number(city.id, known).status == "received"
    assert not {"create", "update", "say"} & set(far.calls)


def test_a_comparison_proves_that_both_sides_hold_the_same(city: CityBuilder) -> None:
    far = Far()
    for n in range(5):
        far.opened(ITEMS=str(n), STATE="open" if n % 2 else "closed", ADDRESS=f"{n} Main St")
    link = turn(link_to(far, mapping=SUMS))
    request = city.report()
    do_jobs()
    report = checking.compare(link)
    assert report["alike"]
    assert (report["here"], report["there"], report["same"]) == (6, 6, 6)
    assert report["status_here"] == report["status_there"] == {"received": 3, "closed:unstated": 3}
    assert report["sums_here"] == report["sums_there"] == {"items": 10.0}
    assert request.number


def test_a_comparison_finds_what_is_missing_and_what_differs(city: CityBuilder) -> None:
    far = Far()
    lost, other, both = far.opened(), far.opened(), far.opened()
    link = turn(link_to(far, mode="read_only"))
    del far.records[lost]
    new = far.opened()
    far.records[other].values["CREW"] = "SOUTH"
    report = checking.compare(link)
    assert not report["alike"]
    assert (report["missing_here"], report["missing_there"]) == ([new], [lost])
    assert (dict(report["different"]), report["samples"][0]["far_id"], report["same"]) == ({"unit": 1}, other, 1)
    assert both


def test_a_list_that_is_not_whole_removes_nothing(city: CityBuilder) -> None:
    far = Far()
    numbers = [far.opened() for _ in range(4)]
    link = turn(link_to(far))
    far.records = {numbers[0]: far.records[numbers[0]]}
    link.cursor = {}
    link.save()
    turn(link)
    checking.compare(link)
    assert ServiceRequest.objects.count() == Twin.objects.filter(gone_at=None).count() == 4


def test_what_is_asked_for_on_the_page_is_done_by_a_job(city: CityBuilder) -> None:
    far = Far()
    far.opened()
    link_to(far)
    for kind in checking.KINDS:
        checked = commands.ask_to_check(jurisdiction_id=city.id, code="old", kind=kind, actor=YARA, at=NOON)
        do_jobs()
        assert Checked.objects.get(pk=checked.pk).state == "done"


def test_the_repair_queue_counts_words_of_both_sides(city: CityBuilder) -> None:
    far = Far()
    trees = [far.opened(TYPE="TREE") for _ in range(3)]
    far.opened(TYPE="BUSH", CREATED="yesterday")
    poor = MAPPING.replace('out: {received: "open|", ', "out: {")
    link = turn(link_to(far, mapping=poor))
    request = city.report()
    do_jobs()
    found = {(r.field, r.word, r.ours): (r.records, r.samples) for r in queries.repairs(link)}
    assert found[("service", "TREE", False)] == (3, trees)
    assert found[("requested_at", "yesterday", False)][0] == 1
    assert found[("status", "received", True)] == (1, [request.number])


def test_a_dead_letter_shows_what_would_be_sent(city: CityBuilder) -> None:
    far = Far()
    link = link_to(far)
    request = city.report(description="A hole")
    do_jobs()
    far.fails = [("update", "before", REFUSED)]
    act.reply(request.on(BRAM), text="We know.")
    request.closed("fixed", text="Done.")
    do_jobs()
    (letter,) = queries.letters(link)
    assert (letter.number, letter.values) == (request.number, {"STATE": "closed", "RESULT": "done", "COMMENT": "Done."})
    assert [words for _, words in letter.remarks] == ["We know."]
    standing = queries.standing(link, now=NOON)
    assert (standing.dead, standing.backlog) == (1, 0)


def test_only_administrators_touch_links(city: CityBuilder) -> None:
    link_to(Far())
    with pytest.raises(NotAllowed):
        commands.set_mode(jurisdiction_id=city.id, code="old", mode="off", actor=BRAM, at=NOON)
    with pytest.raises(NotAllowed):
        commands.save_mapping(
            jurisdiction_id=city.id, code="old", text=MAPPING, seen=None, reason="", actor=BRAM, at=NOON
        )


@pytest.mark.parametrize("variable", ["DATABASE_URL", "OMBUD_SECRET_KEY", "OMBUD_LINK_SHELBYVILLE_KEY", ""])
def test_a_city_names_no_secret_that_is_not_its_own(city: CityBuilder, variable: str) -> None:
    with pytest.raises(BadInput):
        commands.save_link(
            jurisdiction_id=city.id,
            code="evil",
            name="Evil",
            connector="fake",
            settings={},
            secrets={"key": variable},
            every_seconds=60,
            actor=YARA,
        )
    assert Link.objects.count() == 0


def test_two_people_do_not_overwrite_each_others_mapping(city: CityBuilder) -> None:
    link_to(Far())
    edited = MAPPING + "channel: other\n"
    assert (
        commands.save_mapping(jurisdiction_id=city.id, code="old", text=edited, seen=1, reason="", actor=YARA, at=NOON)
        == 2
    )
    with pytest.raises(BadInput, match="Somebody else"):
        commands.save_mapping(jurisdiction_id=city.id, code="old", text=MAPPING, seen=1, reason="", actor=YARA, at=NOON)


def test_a_record_there_is_one_request_here_at_most(city: CityBuilder) -> None:
    far = Far()
    far.opened()
    link = turn(link_to(far))
    twin = Twin.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Twin.objects.create(jurisdiction_id=city.id, link=link, request_id=twin.request_id + 1, far_id=twin.far_id)


def told(*words: str, **more: object) -> str:
    out = io.StringIO()
    call_command("bridge", *words, city="springfield", stdout=out, **more)
    return out.getvalue()


def test_the_command_line_does_the_whole_of_it(city: CityBuilder, tmp_path: Path) -> None:
    far = Far()
    stand_on(far)
    far.opened()
    about, mapping = tmp_path / "link.json", tmp_path / "mapping.yaml"
    about.write_text(json.dumps({"name": "Old works", "connector": "fake"}))
    mapping.write_text(MAPPING)
    for _ in range(2):
        told("add", "old", file=about)
        assert "version 1" in told("mapping", "old", file=mapping)
    assert "nothing was sent" in told("load", "old", dry_run=True)
    with pytest.raises(CommandError, match="off"):
        told("load", "old")
    told("mode", "old", "read_only")
    assert "1 new" in told("load", "old")
    assert "0 new" in told("run", "old")
    assert "Both sides hold the same" in told("check", "old")
    far.opened()
    with pytest.raises(CommandError) as apart:
        told("check", "old")
    assert apart.value.returncode == 3
    assert "read_only" in told("list")
    with pytest.raises(CommandError) as wrong:
        told("mode", "old", "sideways")
    assert wrong.value.returncode == 2
    with pytest.raises(CommandError) as unknown:
        told("run", "nobody")
    assert unknown.value.returncode == 1


def test_an_event_in_a_city_without_links_costs_next_to_nothing(city: CityBuilder, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    request = city.report()
    event = RequestEvent.objects.get(request_id=request.id)
    with django_assert_num_queries(1):
        handlers.carry(event.pk)
