"""What a reporter writes later is read for danger, hate and threats as the report was."""

import pytest

from ombud.kernel import clock
from ombud.kernel.errors import NotAllowed
from ombud.service_requests import secret_link
from ombud.service_requests.commands import act, attach, photos
from ombud.service_requests.models import RequestEvent, RequestPhoto
from ombud.service_requests.timeline import REPORTER, SYSTEM, Actor
from tests.builders import BRAM, GUS, CityBuilder, RequestBuilder
from tests.contracts.test_words import graffiti
from tests.desk import Staff
from tests.photos import let_through, stored
from tests.resident import Resident, words_of

FIRE = "Come quickly, there is a fire now and people are inside"


def events(report: RequestBuilder, kind: str) -> list[RequestEvent]:
    return list(RequestEvent.objects.filter(request_id=report.id, kind=kind).order_by("seq"))


@pytest.mark.parametrize("kind", ["commented", "answered", "reopened"])
def test_danger_told_later_makes_it_urgent_and_staff_see_why(city: CityBuilder, desk: Staff, kind: str) -> None:
    report = city.report("STREETLIGHT")
    if kind == "answered":
        act.reply(report.on(BRAM), text="Which pole?", question=True)
    if kind == "reopened":
        report.closed("made_safe")
        act.reopen(report.on(REPORTER), text=FIRE)
    else:
        act.answer(report.on(REPORTER), text=FIRE)
    (said,), (raised,) = events(report, kind), events(report, "prioritised")
    assert "fire" in said.facts["danger"]
    assert (raised.facts["before"], raised.changes["priority"]) == ("normal", "urgent")
    assert (raised.actor_kind, raised.audience) == (SYSTEM.kind, "staff")
    assert report.row.priority == "urgent"
    page = words_of(desk.gus.get(f"/springfield/desk/r/{report.number}/"))
    assert "Its reporter wrote so later" in page
    assert "from normal to urgent: the words tell of danger to life" in page
    assert "came in as urgent" not in page


def test_in_the_language_it_is_written_in(city: CityBuilder) -> None:
    report = city.report("STREETLIGHT")
    act.answer(report.on(REPORTER), text="hay fuego en el poste", language="es")
    assert report.row.priority == "urgent"


def test_what_is_as_urgent_already_is_not_raised_and_what_is_over_is_not_opened(city: CityBuilder) -> None:
    urgent = city.report("STREETLIGHT", description="the wires are sparking")
    over = city.report("STREETLIGHT").closed("made_safe")
    for report in (urgent, over):
        act.answer(report.on(REPORTER), text=FIRE)
        assert events(report, "commented")[0].facts["danger"]
        assert events(report, "prioritised") == []
    assert over.row.status == "closed"


@pytest.mark.parametrize(
    "text", ["Thank you, it is not on fire any more", "Still dark.", "A fire hydrant stands beside it."]
)
def test_harmless_words_raise_nothing(city: CityBuilder, text: str) -> None:
    report = city.report("STREETLIGHT")
    act.answer(report.on(REPORTER), text=text)
    assert report.row.priority == "normal"
    assert "danger" not in events(report, "commented")[0].facts


def test_what_staff_write_raises_nothing(city: CityBuilder) -> None:
    report = city.report("STREETLIGHT")
    act.note(report.on(GUS), text=FIRE)
    act.reply(report.on(GUS), text=FIRE)
    assert report.row.priority == "normal"


def shown_photo(report: RequestBuilder, by: Actor) -> RequestPhoto:
    about = {"jurisdiction_id": "springfield", "actor": by, "at": clock.now()}
    photo = stored("springfield")
    kept = attach.add_photo(request_id=report.id, photo=photo, **about)  # type: ignore[arg-type]
    let_through("springfield", kept, actor=by)
    return RequestPhoto.objects.get(pk=kept)


def test_hate_told_later_raises_it_and_its_photos_are_private_from_then_on(city: CityBuilder, desk: Staff) -> None:
    graffiti(city)
    report = city.report("GRAFFITI", description="a tag on the wall", answers={"hate": ["no"]})
    photo = shown_photo(report, BRAM)
    act.answer(report.on(REPORTER), text="They came back and drew swastikas")
    assert report.row.priority == "high"
    assert not RequestPhoto.objects.get(pk=photo.pk).shown
    with pytest.raises(NotAllowed, match="stay private"):
        photos.show(jurisdiction_id=city.id, photo_id=photo.pk, shown=True, actor=BRAM, at=clock.now())
    page = words_of(desk.gus.get(f"/springfield/desk/r/{report.number}/"))
    assert "the words tell of hate or a threat" in page
    assert "its photos stay private" in page


def test_who_writes_of_danger_is_told_whom_to_call(city: CityBuilder) -> None:
    report, ben = city.report("STREETLIGHT"), Resident()
    link = f"/springfield{secret_link.path(city.id, report.number)}"
    answer = ben.client.post(f"{link}say/", {"text": FIRE})
    page = words_of(ben.client.get(answer["Location"]))
    assert "Is somebody in danger? Call now" in page
    assert "Call 911" in page
    calm = ben.client.post(f"{link}say/", {"text": "It is dark."})
    assert "Is somebody in danger?" not in words_of(ben.client.get(calm["Location"]))
