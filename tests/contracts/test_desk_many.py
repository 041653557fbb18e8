"""Many requests at once, and views of one's own."""

import pytest

from ombud.service_requests import queries
from ombud.service_requests.commands import act
from tests.builders import GUS, CityBuilder, RequestBuilder
from tests.desk import Staff

BULK = "/springfield/desk/bulk/"
VIEWS = "/springfield/desk/views/"


def chosen(*requests: RequestBuilder) -> list[str]:
    return [f"{r.id}:{r.row.version}" for r in requests]


def texts(request: RequestBuilder) -> list[str]:
    return [e.text for e in queries.story(request.row, audiences=("public", "reporter", "staff")) if e.text]


@pytest.mark.parametrize(
    ("do", "told", "status", "said"),
    [
        ("accept", {"text": "We look at it today."}, "accepted", ["We look at it today."]),
        ("accept", {}, "accepted", []),
        ("take", {}, "accepted", []),
        ("transfer", {"agency": "SANITATION", "text": "It is rubbish."}, "received", ["It is rubbish."]),
        ("close", {"outcome": "fixed", "text": "We filled them all."}, "closed", ["We filled them all."]),
        ("close", {"outcome": "referred_to", "referred_to": "STATE", "text": "Theirs."}, "closed", ["Theirs."]),
        ("reply", {"text": "The street is closed on Friday."}, "received", ["The street is closed on Friday."]),
    ],
)
def test_one_thing_is_done_to_many(
    city: CityBuilder, desk: Staff, do: str, told: dict[str, str], status: str, said: list[str]
) -> None:
    holes = city.report(), city.report()
    look = desk.bram.post(BULK, {"do": do, "chosen": chosen(*holes)})
    assert look.status_code == 200
    assert all(hole.number in look.content.decode() for hole in holes)
    assert [hole.row.version for hole in holes] == [1, 1]
    done = desk.bram.post(BULK, {"do": do, "chosen": chosen(*holes), "looked": "yes", **told})
    assert "2 of 2 are done" in done.content.decode()
    assert [hole.row.status for hole in holes] == [status, status]
    assert [texts(hole) for hole in holes] == [said, said]


def test_each_of_the_many_is_told_by_itself(city: CityBuilder, desk: Staff) -> None:
    good, changed, closed = city.report(), city.report(), city.report()
    theirs = city.report("BARKING", name="Ada")
    picked = chosen(good, changed, theirs)
    act.note(changed.on(GUS), text="Wait.")
    closed.closed()
    picked += chosen(closed)
    answer = desk.bram.post(BULK, {"do": "accept", "chosen": picked, "looked": "yes"}).content.decode()
    assert "1 of 4 are done" in answer
    assert "Someone else changed this request" in answer
    assert "Your role does not allow this." in answer
    assert "This request is closed. Reopen it first." in answer
    assert good.row.status == "accepted"


def test_what_is_written_to_many_comes_with_what_is_done_or_not_at_all(city: CityBuilder, desk: Staff) -> None:
    accepted = city.report().accepted()
    told = {"do": "accept", "chosen": chosen(accepted), "looked": "yes", "text": "We look at it."}
    desk.bram.post(BULK, told)
    assert texts(accepted) == []


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"do": "close", "text": "Done."}, "Choose what the outcome was."),
        ({"do": "close", "outcome": "fixed", "text": ""}, "required"),
        ({"do": "close", "outcome": "referred_to", "text": "Theirs."}, "Say to whom"),
        ({"do": "close", "outcome": "duplicate_of", "text": "Again."}, "Select a valid choice"),
        ({"do": "transfer", "text": "Theirs."}, "Choose an agency of the city."),
    ],
)
def test_half_an_order_is_refused_and_kept(city: CityBuilder, desk: Staff, told: dict[str, str], why: str) -> None:
    hole = city.report()
    answer = desk.bram.post(BULK, {"chosen": chosen(hole), "looked": "yes", **told})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in page
    assert told["text"] in page
    assert hole.row.version == 1


@pytest.mark.parametrize("junk", [[], ["x"], ["1"], ["-1:1"], ["999999999999999999999:1"], ["1:1:1"], ["\x00:1"]])
def test_a_choice_that_is_none_leads_back_to_the_queue(city: CityBuilder, desk: Staff, junk: list[str]) -> None:
    answer = desk.bram.post(BULK, {"do": "accept", "chosen": junk, "address": "view=late&evil=1"})
    assert answer["Location"].endswith("/springfield/desk/?view=late")
    assert desk.bram.post(BULK, {"do": "explode", "chosen": ["1:1"]}).status_code == 302


def test_a_view_is_kept_renamed_and_deleted(city: CityBuilder, desk: Staff) -> None:
    desk.bram.post(VIEWS, {"name": "My holes", "address": "view=late&service=POTHOLE&agency=&open=SP-1"})
    page = desk.bram.get("/springfield/desk/").content.decode()
    assert '?agency=&amp;service=POTHOLE&amp;view=late"' in page
    assert "My holes" in page
    assert "My holes" not in desk.dunya.get("/springfield/desk/").content.decode()
    here = desk.bram.get("/springfield/desk/?view=late&service=POTHOLE&agency=").content.decode()
    change = VIEWS + here.split(VIEWS)[1].split('"')[0]
    desk.bram.post(change, {"do": "rename", "name": "Late holes"})
    assert "Late holes" in desk.bram.get("/springfield/desk/").content.decode()
    assert desk.dunya.post(change, {"do": "delete"}).status_code == 404
    desk.bram.post(change, {"do": "delete"})
    assert "Late holes" not in desk.bram.get("/springfield/desk/?view=new").content.decode().split("<main")[1]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_view_without_a_fit_name_is_refused_in_words(city: CityBuilder, desk: Staff, name: str) -> None:
    answer = desk.bram.post(VIEWS, {"name": name, "address": "view=late"}, follow=True)
    assert 'data-meaning="late"' in answer.content.decode()
