"""Erasing a person's contact data: by an administrator, with a reason, so that nothing of it remains anywhere."""

import pytest
from django.core import mail
from django.db import connection

from ombud.conversation import queries as conversation
from ombud.conversation.handlers import send_message, tell_people
from ombud.people.queries import views_log
from ombud.service_requests import queries, secret_link
from ombud.service_requests.commands import act
from tests.builders import BRAM, CityBuilder, RequestBuilder
from tests.desk import Staff

NAME, EMAIL, PHONE = "Canary Quixote", "canary.quixote@mail.example", "213 555 0187"
LEFT = ("Quixote", "canary.quixote", "5550187")


def everything() -> str:
    """Return the whole database as text, the queue of jobs included."""
    told = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE none")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            told += [row for (row,) in cursor.fetchall()]
    return "\n".join(told)


def reported(city: CityBuilder, **more: str) -> RequestBuilder:
    return city.report(**{"name": NAME, "email": EMAIL, "phone": PHONE} | more)


def erased(desk: Staff, report: RequestBuilder, **told: str) -> int:
    address = f"/springfield/desk/r/{report.number}/contact/erase/"
    return int(desk.yara.post(address, {"reason": "asked", "sure": "on"} | told).status_code)


def test_nothing_of_it_remains_anywhere_in_the_database(city: CityBuilder, desk: Staff) -> None:
    hole = reported(city)
    act.reply(hole.on(BRAM), text="We come on Friday.")
    for event in hole.row.events.all():
        tell_people(event.pk)
    hole.closed()
    desk.bram.post(f"/springfield/desk/r/{hole.number}/contact/")
    before = everything()
    assert all(part in before for part in LEFT)
    assert erased(desk, hole) == 302
    after = everything()
    assert [part for part in LEFT if part in after] == []
    assert "We come on Friday." in after  # the story stays


def test_whoever_left_the_same_address_is_the_same_person(city: CityBuilder, desk: Staff) -> None:
    first, second = reported(city), reported(city, name="C. Quixote", phone="")
    other = city.report(name="Eve", email="eve@mail.example")
    page = desk.yara.get(f"/springfield/desk/r/{first.number}/contact/erase/").content.decode()
    assert second.number in page
    assert other.number not in page
    assert erased(desk, first) == 302
    after = everything()
    assert "Quixote" not in after
    assert "eve@mail.example" in after


def test_a_message_that_waits_is_not_sent_and_none_is_written_after(city: CityBuilder, desk: Staff) -> None:
    hole = reported(city)
    tell_people(hole.row.events.get().pk)
    waiting = conversation.messages_about("springfield", hole.id)[0]
    erased(desk, hole)
    send_message(waiting.pk)
    event = act.reply(hole.on(BRAM), text="We come on Friday.")
    tell_people(event.pk)
    assert mail.outbox == []
    assert len(conversation.messages_about("springfield", hole.id)) == 1


def test_it_is_written_down_and_the_link_goes_on_working(city: CityBuilder, desk: Staff) -> None:
    hole = reported(city)
    erased(desk, hole)
    look = views_log("springfield")[0]
    assert (look.what, look.account_id) == ("erased contact data: asked", city.people["Yara"].pk)
    path = "/springfield" + secret_link.path("springfield", hole.number)
    assert desk.stranger.get(path).status_code == 200
    page = desk.yara.post(f"/springfield/desk/r/{hole.number}/contact/").content.decode()
    assert "were erased on" in page
    assert erased(desk, hole) == 404


@pytest.mark.parametrize("told", [{"reason": ""}, {"reason": "Canary Quixote asked"}, {"sure": ""}])
def test_without_a_reason_or_being_sure_nothing_is_erased(city: CityBuilder, desk: Staff, told: dict[str, str]) -> None:
    hole = reported(city)
    assert erased(desk, hole, **told) == 422
    assert queries.reporter_of(hole.row) is not None
    assert NAME in everything()


def test_only_administrators_erase(city: CityBuilder, desk: Staff) -> None:
    hole = reported(city)
    address = f"/springfield/desk/r/{hole.number}/contact/erase/"
    for who in (desk.bram, desk.dunya, desk.gus, desk.nils, desk.cato, desk.outsider):
        assert who.get(address).status_code == 403
        assert who.post(address, {"reason": "asked", "sure": "on"}).status_code == 403
    assert NAME in everything()


def test_where_nobody_left_anything_there_is_nothing_to_erase(city: CityBuilder, desk: Staff) -> None:
    assert erased(desk, city.report()) == 404
