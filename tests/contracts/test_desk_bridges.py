"""The pages of the links: everything an administrator needs, and nobody else."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from ombud import wiring
from ombud.connect.bridge import connectors, queries
from ombud.connect.bridge.models import FieldConflict, Link, Push, Twin
from ombud.service_requests.commands import act
from ombud.service_requests.queries import by_number
from tests.bridge import MAPPING, REFUSED, Far, do_jobs, link_to, stand_on, turn
from tests.builders import BRAM, CityBuilder
from tests.conftest import NOON
from tests.desk import Staff

ALL = "/springfield/desk/bridges/"
ONE = ALL + "old/"


@pytest.fixture(autouse=True)
def _fake() -> Iterator[None]:
    connectors.set_connectors({**wiring.CONNECTORS, "fake": "tests.bridge.connect"})
    yield
    connectors.set_connectors(wiring.CONNECTORS)


def page(desk: Staff, address: str) -> str:
    answer = desk.yara.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def do(desk: Staff, **told: str) -> str:
    answer = desk.yara.post(ONE + "do/", told, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_system_is_connected_on_the_pages_alone(city: CityBuilder, desk: Staff) -> None:
    far = Far()
    stand_on(far)
    number = far.opened()
    assert "Not connected" in page(desk, ALL)
    sent = {"name": "Old", "connector": "fake", "settings": "", "secrets": "", "every_seconds": "60"}
    refused = desk.yara.post(ALL + "add/", {**sent, "secrets": "key: DATABASE_URL"})
    assert (refused.status_code, "OMBUD_LINK_SPRINGFIELD_" in refused.content.decode()) == (422, True)
    assert desk.yara.post(ALL + "add/", {**sent, "settings": "no pairs"}).status_code == 422
    assert desk.yara.post(ALL + "add/", sent)["Location"] == ONE
    assert "create_there" in page(desk, ONE + "mapping/")
    wrong = desk.yara.post(ONE + "mapping/", {"text": "fields: {}", "seen": "0"})
    assert (wrong.status_code, "at least 1" in wrong.content.decode()) == (422, True)
    kept = desk.yara.post(ONE + "mapping/", {"text": MAPPING, "seen": "0", "reason": "first"})
    assert kept.status_code == 302
    late = desk.yara.post(ONE + "mapping/", {"text": MAPPING + "#", "seen": "0"})
    assert "Somebody else" in late.content.decode()
    do(desk, do="dry_run")
    do_jobs()
    said = page(desk, ONE + "said/dry_run/")
    assert "New here" in said
    assert "first" in page(desk, ONE + "mapping/")
    assert "Switch the link on first" in do(desk, do="run")
    do(desk, do="mode", mode="read_only")
    assert "It is being read" in do(desk, do="run")
    assert "It is being read already" in do(desk, do="run")
    do_jobs()
    assert by_number(city.id, number).status == "received"
    do(desk, do="check")
    do_jobs()
    assert "Both sides hold the same" in page(desk, ONE + "said/check/")
    assert "only reads" in page(desk, ALL)


def test_a_conflict_is_shown_with_both_sides_and_decided(city: CityBuilder, desk: Staff) -> None:
    far = Far()
    number = far.opened()
    link = turn(link_to(far))
    far.set(number, CREW="SOUTH", at=NOON + timedelta(minutes=1))
    act.assign(act.On(city.id, by_number(city.id, number).pk, BRAM, NOON), assignee_id=None, unit="NORTH")
    turn(link)
    shown = page(desk, ONE)
    assert "NORTH" in shown
    assert "SOUTH" in shown
    conflict = FieldConflict.objects.get()
    assert "It is decided" in do(desk, do="resolve", conflict=str(conflict.pk), keep="far")
    do_jobs()
    assert by_number(city.id, number).unit == "SOUTH"
    assert "resolved already" in do(desk, do="resolve", conflict=str(conflict.pk), keep="far")


def test_a_dead_letter_is_read_repaired_and_sent_again(city: CityBuilder, desk: Staff) -> None:
    far = Far(fails=[("create", "before", REFUSED)])
    link = link_to(far)
    request = city.report(description="Too long")
    do_jobs()
    twin = Twin.objects.get(link=link)
    address = f"{ONE}letter/{twin.pk}/"
    assert request.number in page(desk, ONE)
    shown = page(desk, address)
    assert "It says no." in shown
    assert "Too long" in shown
    (letter,) = queries.letters(link)
    told = {f"value.{name}": value for name, value in letter.values.items()} | {"value.TEXT": "Short"}
    assert desk.yara.post(address, told).status_code == 302
    do_jobs()
    (record,) = far.records.values()
    assert (record.values["TEXT"], Twin.objects.get().push) == ("Short", Push.IDLE)
    assert desk.yara.get(address).status_code == 404


def test_a_letter_can_be_given_up(city: CityBuilder, desk: Staff) -> None:
    far = Far(fails=[("create", "before", REFUSED)])
    link_to(far)
    city.report()
    do_jobs()
    twin = Twin.objects.get()
    desk.yara.post(f"{ONE}letter/{twin.pk}/", {"do": "give_up"})
    do_jobs()
    assert (Twin.objects.get().push, far.records) == (Push.IDLE, {})


def test_unknown_words_are_listed_with_how_many_wait(city: CityBuilder, desk: Staff) -> None:
    far = Far()
    held = far.opened(TYPE="TREE<b>")
    turn(link_to(far))
    shown = page(desk, ONE)
    assert "TREE&lt;b&gt;" in shown
    assert held in shown


def test_the_story_of_a_request_tells_of_the_other_system(city: CityBuilder, desk: Staff) -> None:
    far = Far()
    link = link_to(far)
    request = city.report()
    do_jobs()
    number = Twin.objects.get(link=link).far_id
    far.set(str(number), TEXT="Other words", at=NOON + timedelta(hours=1))
    turn(link)
    far.records[str(number)].gone = True
    far.records[str(number)].changed_at = NOON + timedelta(hours=2)
    turn(link)
    story = page(desk, f"/springfield/desk/r/{request.number}/")
    assert f"under the number {number}" in story
    assert "corrected what was told" in story or "completed what was told" in story
    assert f"deleted its record {number}" in story
    assert "The other system" in story
    assert "Old works</dt>" in story
    assert "(deleted there)" in story


def test_only_administrators_of_this_city_see_links(city: CityBuilder, desk: Staff) -> None:
    link_to(Far())
    for address in (ALL, ONE, ONE + "mapping/", ONE + "settings/", ALL + "add/"):
        for client in (desk.bram, desk.gus, desk.nils, desk.cato, desk.outsider):
            assert client.get(address).status_code == 403, address
        assert desk.stranger.get(address).status_code == 302
    assert desk.gus.post(ONE + "do/", {"do": "mode", "mode": "off"}).status_code == 403
    assert Link.objects.get().mode == "both"


@pytest.mark.parametrize(
    "told", [{}, {"do": "x"}, {"do": "resolve", "conflict": "9" * 40}, {"do": "mode", "mode": "x"}]
)
def test_nonsense_is_refused(city: CityBuilder, desk: Staff, told: dict[str, str]) -> None:
    link_to(Far())
    assert desk.yara.post(ONE + "do/", told).status_code in (302, 404)
    for address in (ALL + "nobody/", ONE + "letter/9/", ONE + "said/check/", ONE + "said/x/"):
        assert desk.yara.get(address).status_code == 404
