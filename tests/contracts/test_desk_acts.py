"""What staff do to a request, over HTTP: by whom, with what, and what becomes of a refusal."""

import re
import time
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.test import Client
from django.utils import translation
from PIL import Image

from ombud.catalog.models import Agency, Jurisdiction
from ombud.conversation import queries as conversation
from ombud.conversation.commands import load_template
from ombud.conversation.handlers import tell_people
from ombud.kernel import clock
from ombud.service_requests import queries
from ombud.service_requests.commands import act, incidents
from ombud.service_requests.rules.decisions import MoveRefused
from ombud.web.saying import said
from tests.builders import BRAM, GUS, CityBuilder, RequestBuilder
from tests.desk import Staff


def do(who: Client, request: RequestBuilder, name: str, **told: object) -> object:
    told.setdefault("seen", request.row.version)
    return who.post(f"/springfield/desk/r/{request.number}/{name}/", told)


def kinds(request: RequestBuilder) -> list[str]:
    return [e.kind.value for e in queries.story(request.row, audiences=("public", "reporter", "staff"))]


def photo() -> SimpleUploadedFile:
    picture = BytesIO()
    Image.new("RGB", (64, 48), "grey").save(picture, "JPEG")
    return SimpleUploadedFile("after.jpg", picture.getvalue(), content_type="image/jpeg")


ACTS = [
    ("accept", {}, "accepted"),
    ("take", {}, "assigned"),
    ("assign", {"assignee": "", "unit": "SOUTH"}, "assigned"),
    ("schedule", {"day": "2026-11-27", "starts": "08:00", "ends": "12:00"}, "scheduled"),
    ("inspect", {"finding": "not_found", "text": "Only a stain."}, "inspected"),
    ("priority", {"priority": "urgent", "text": "A bus stop."}, "prioritised"),
    ("service", {"service": "STREETLIGHT", "text": "It is a lamp."}, "service_changed"),
    ("transfer", {"agency": "SANITATION", "text": "It is rubbish."}, "transferred"),
    ("list", {"programme": "RESURFACING", "position": "12", "text": "We pave it in spring."}, "listed"),
    ("pause", {"reason": "permit", "until": "2026-11-26", "text": "The county has to let us."}, "paused"),
    ("close", {"outcome": "fixed", "text": "We filled it."}, "closed"),
    ("note", {"text": "Third one here."}, "noted"),
    ("reply", {"text": "We come on Friday.", "looked": "yes"}, "replied"),
    ("reply", {"text": "Which side?", "question": "on", "looked": "yes"}, "question_asked"),
]


@pytest.mark.parametrize(("name", "told", "kind"), ACTS)
def test_an_act_is_done_and_told(city: CityBuilder, desk: Staff, name: str, told: dict[str, str], kind: str) -> None:
    pothole = city.report()
    assert desk.bram.get(f"/springfield/desk/r/{pothole.number}/{name}/").status_code == 200
    answer = do(desk.bram, pothole, name, **told)
    assert answer.status_code == 302, answer.content.decode()
    assert kinds(pothole)[-1] == kind
    page = desk.bram.get(answer["Location"]).content.decode()
    assert 'data-meaning="fixed"' in page  # what was done is said


@pytest.mark.parametrize(("name", "told", "kind"), ACTS)
def test_whose_role_does_not_cover_it_cannot_do_it(
    city: CityBuilder, desk: Staff, name: str, told: dict[str, str], kind: str
) -> None:
    pothole = city.report()
    before = kinds(pothole)
    others = [desk.nils, desk.outsider] if name == "note" else [desk.nils, desk.outsider, desk.dunya]
    for who in others:
        assert do(who, pothole, name, **told).status_code == 403
    assert do(desk.stranger, pothole, name, **told).status_code == 302
    assert kinds(pothole) == before


REFUSED = [
    ("close", {"text": "We filled it."}, "Choose what the outcome was."),
    ("close", {"outcome": "fixed", "text": "  "}, "Write this first."),
    ("close", {"outcome": "referred_to", "text": "It is theirs."}, "Say to whom it was handed over."),
    ("close", {"outcome": "duplicate_of", "text": "We know it."}, "Name the request it repeats."),
    ("close", {"outcome": "duplicate_of", "duplicate_of": "SP-1111-111", "text": "We know it."}, "no other request"),
    ("close", {"outcome": "waiting_list", "text": "Some day."}, "Select a valid choice"),
    ("schedule", {"day": "2026-11-27", "starts": "12:00", "ends": "08:00"}, "The end must be after the beginning."),
    ("transfer", {"agency": "STREETS", "text": "Ours already."}, "Select a valid choice"),
    ("merge", {"number": "SP-1111-111"}, "no other request"),
    ("priority", {"priority": "whatever", "text": "Just because."}, "Select a valid choice"),
    ("note", {"text": ""}, "Write this first."),
]


@pytest.mark.parametrize(("name", "told", "why"), REFUSED)
def test_a_refusal_keeps_what_was_typed(
    city: CityBuilder, desk: Staff, name: str, told: dict[str, str], why: str
) -> None:
    pothole = city.report()
    before = kinds(pothole)
    answer = do(desk.bram, pothole, name, **told)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in page
    assert 'role="alert"' in page
    if told.get("text", "").strip():
        assert told["text"] in page
    assert kinds(pothole) == before


def test_whoever_writes_second_sees_both_sides(city: CityBuilder, desk: Staff) -> None:
    pothole = city.report()
    seen = pothole.row.version
    act.note(pothole.on(GUS), text="I called the crew already.")
    answer = do(desk.bram, pothole, "close", seen=seen, outcome="fixed", text="We filled it.")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "I called the crew already." in page
    assert "We filled it." in page
    assert kinds(pothole)[-1] == "noted"
    # What was typed can be sent again as it stands.
    assert f'name="seen" value="{pothole.row.version}"' in page
    assert do(desk.bram, pothole, "close", outcome="fixed", text="We filled it.").status_code == 302


def test_a_reply_is_looked_at_before_it_is_sent(city: CityBuilder, desk: Staff) -> None:
    pothole = city.report(name="Ada Byron", email="ada@example.org")
    answer = do(desk.bram, pothole, "reply", text="We come on Friday.")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Send to Ada by mail" in page
    assert "We come on Friday." in page
    assert "replied" not in kinds(pothole)
    back = do(desk.bram, pothole, "reply", text="We come on Friday.", looked="yes", change="yes")
    assert back.status_code == 200
    assert "replied" not in kinds(pothole)


def test_who_left_no_address_is_told_on_their_page_only(city: CityBuilder, desk: Staff) -> None:
    page = do(desk.bram, city.report(), "reply", text="We come on Friday.").content.decode()
    assert "This person left no address: they see it on their page only." in page


def test_a_prepared_text_is_filled_in_the_readers_language(city: CityBuilder, desk: Staff) -> None:
    load_template(
        jurisdiction_id="springfield",
        code="coming",
        raw={
            "title": {"en": "We are coming", "es": "Vamos"},
            "body": {"en": "((name)), we come about ((number)).", "es": "((name)), vamos por ((number))."},
        },
        at=clock.now(),
    )
    pothole = city.report(name="Ada Byron", email="ada@example.org", language="es")
    page = desk.bram.get(f"/springfield/desk/r/{pothole.number}/?template=coming").content.decode()
    assert f"Ada, vamos por {pothole.number}." in page
    nameless = city.report()
    page = desk.bram.get(f"/springfield/desk/r/{nameless.number}/?template=coming").content.decode()
    assert "This text needs name, which is not known here." in page


def test_a_service_that_asks_for_a_photo_is_closed_as_fixed_with_one(city: CityBuilder, desk: Staff) -> None:
    lamp = city.report("STREETLIGHT")
    answer = do(desk.bram, lamp, "close", outcome="fixed", text="New lamp.")
    assert answer.status_code == 422
    assert "asks for a photo" in answer.content.decode()
    assert do(desk.bram, lamp, "close", outcome="fixed", text="New lamp.", photo=photo()).status_code == 302
    assert [p.stage for p in queries.photos(lamp.row)] == ["after"]


def test_staff_see_a_photo_and_only_who_works_on_it_may_show_it(city: CityBuilder, desk: Staff) -> None:
    lamp = city.report("STREETLIGHT")
    do(desk.bram, lamp, "close", outcome="fixed", text="New lamp.", photo=photo())
    pk = queries.photos(lamp.row)[0].pk
    for size in ("thumb", "view", "original"):
        answer = desk.bram.get(f"/springfield/desk/photo/{pk}/{size}/")
        assert b"".join(answer.streaming_content)  # type: ignore[arg-type]
        # Closing the answer itself would end the test's own database connection.
        for opened in answer._resource_closers:
            opened()
    assert desk.nils.get(f"/springfield/desk/photo/{pk}/original/").status_code == 404
    assert desk.outsider.get(f"/springfield/desk/photo/{pk}/view/").status_code == 403
    assert desk.nils.post(f"/springfield/desk/photo/{pk}/show/", {"shown": "yes"}).status_code == 403
    assert not queries.photo("springfield", pk).shown


def test_a_whole_incident_is_closed_at_once_and_each_report_keeps_its_end(city: CityBuilder, desk: Staff) -> None:
    first, second, third = city.report(), city.report(), city.report()
    for other in (second, third):
        assert do(desk.bram, other, "merge", number=first.number.lower()).status_code == 302
    page = desk.bram.get(f"/springfield/desk/r/{first.number}/close/").content.decode()
    assert "All 3 reports of this incident" in page
    do(desk.bram, first, "close", outcome="fixed", text="We filled it.", whole_incident="yes")
    for report in (first, second, third):
        assert (report.row.status, report.row.outcome) == ("closed", "fixed")
        last = queries.story(report.row, audiences=("public", "reporter"))[-1]
        assert (last.kind, last.text) == ("closed", "We filled it.")


def test_everybody_of_an_incident_hears_of_its_end_once(city: CityBuilder, desk: Staff) -> None:
    first, second = (city.report(email=f"{who}@example.org") for who in ("ada", "ben"))
    do(desk.bram, second, "merge", number=first.number)
    do(desk.bram, first, "close", outcome="fixed", text="We filled it.", whole_incident="yes")
    for report in (first, second):
        closing = queries.story(report.row, audiences=("public",))[-1]
        tell_people(closing.event_id)
    about = [conversation.messages_about("springfield", report.id) for report in (first, second)]
    assert [[m.kind for m in messages if m.kind == "closed"] for messages in about] == [["closed"], ["closed"]]


def test_what_is_written_beside_shown_contact_data_comes_back_to_the_request(city: CityBuilder, desk: Staff) -> None:
    pothole = city.report(email="ada@example.org")
    page = desk.bram.post(f"/springfield/desk/r/{pothole.number}/contact/").content.decode()
    assert f'name="next" value="/springfield/desk/r/{pothole.number}/"' in page


def test_one_report_of_an_incident_is_closed_alone(city: CityBuilder, desk: Staff) -> None:
    first, second = city.report(), city.report()
    do(desk.bram, second, "merge", number=first.number)
    do(desk.bram, first, "close", outcome="nothing_found", text="Not there.", whole_incident="no")
    assert (first.row.status, second.row.status) == ("closed", "received")
    do(desk.bram, second, "split")
    assert second.row.incident_id is None


def test_an_incident_with_a_report_of_another_agency_is_not_closed_by_half(city: CityBuilder, desk: Staff) -> None:
    first, second = city.report(), city.report()
    incidents.merge(
        jurisdiction_id="springfield",
        request_id=second.id,
        with_number=first.number,
        actor=BRAM,
        at=first.row.requested_at,
    )
    act.transfer(second.on(BRAM), agency="SANITATION", text="Theirs.")
    do(desk.bram, first, "close", outcome="fixed", text="We filled it.", whole_incident="yes")
    assert (first.row.status, second.row.status) == ("received", "received")


def test_a_closed_request_is_opened_again(city: CityBuilder, desk: Staff) -> None:
    pothole = city.report().closed()
    assert do(desk.bram, pothole, "reopen", text="It is back.").status_code == 302
    assert pothole.row.status == "accepted"


def test_after_an_act_one_is_back_where_one_was_and_never_elsewhere(city: CityBuilder, desk: Staff) -> None:
    pothole = city.report()
    there = f"/springfield/desk/?view=new&open={pothole.number}"
    assert do(desk.bram, pothole, "note", text="One.", next=there)["Location"] == there
    away = do(desk.bram, pothole, "note", text="Two.", next="https://evil.example/")
    assert away["Location"] == f"/springfield/desk/r/{pothole.number}/"


@pytest.mark.parametrize(
    "path", ["r/SP-0000-000/", "r/%00/", "r/SP-0000-000/close/", "r/{number}/nonsense/", "photo/999/view/"]
)
def test_what_is_not_there_answers_404(city: CityBuilder, desk: Staff, path: str) -> None:
    number = city.report().number
    assert desk.bram.get("/springfield/desk/" + path.format(number=number)).status_code == 404


@pytest.mark.parametrize("seen", ["x", "-1", "99999999999999999999", ""])
def test_a_version_that_is_none_is_no_crash(city: CityBuilder, desk: Staff, seen: str) -> None:
    answer = do(desk.bram, city.report(), "note", text="A note.", seen=seen)
    assert answer.status_code in (302, 409, 422)


@pytest.mark.parametrize(
    ("name", "told", "why"),
    [
        ("assign", {"unit": "Ada Byron of 12 Elm Street"}, "Select a valid choice"),
        ("list", {"programme": "Ada's kerb", "text": "Spring."}, "Select a valid choice"),
        ("list", {"programme": "CLEAN-UP", "text": "Spring."}, "Select a valid choice"),
        ("list", {"programme": "", "text": "Spring."}, "Choose a programme."),
        ("list", {"programme": "RESURFACING", "position": "after Ada", "text": "Spring."}, "Enter a whole number."),
        ("list", {"programme": "RESURFACING", "position": "0", "text": "Spring."}, "greater than or equal to 1"),
    ],
)
def test_what_is_kept_for_ever_is_chosen_not_written(
    city: CityBuilder, desk: Staff, name: str, told: dict[str, str], why: str
) -> None:
    pothole = city.report()
    answer = do(desk.bram, pothole, name, **told)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert kinds(pothole) == ["submitted"]


def test_a_list_is_called_by_its_name_in_the_readers_language(city: CityBuilder, desk: Staff) -> None:
    pothole = city.report(name="Ada", email="ada@example.org", language="es")
    do(desk.bram, pothole, "list", programme="RESURFACING", position="12", text="En primavera.")
    event = pothole.row.events.last()
    assert event.facts == {"programme": "RESURFACING", "position": 12}
    page = desk.bram.get(f"/springfield/desk/r/{pothole.number}/").content.decode()
    assert "put it on the list of Resurfacing, place 12" in page
    tell_people(event.pk)
    message = conversation.messages_about("springfield", pothole.id)[-1]
    assert "Lista: Repavimentación" in message.body


def test_an_agency_without_programmes_offers_no_list(city: CityBuilder, desk: Staff) -> None:
    assert "/list/" in desk.gus.get(f"/springfield/desk/r/{city.report().number}/").content.decode()
    Agency.objects.filter(code="STREETS").update(programmes=[])
    count_up()
    assert "/list/" not in desk.gus.get(f"/springfield/desk/r/{city.report().number}/").content.decode()


def count_up() -> None:
    """Make the catalogue be read anew."""
    Jurisdiction.objects.filter(id="springfield").update(catalogue_version=F("catalogue_version") + 1)


def test_a_refused_move_speaks_the_readers_language(city: CityBuilder, desk: Staff) -> None:
    """A refusal names the states as the page does, not as the code does."""
    parked = city.report()
    act.put_on_list(parked.on(BRAM), programme="RESURFACING", text="In spring.")
    with translation.override("es"), pytest.raises(MoveRefused) as refused:
        act.put_on_list(parked.on(BRAM), programme="RESURFACING", text="In spring.")
    waiting = "en lista de espera"
    with translation.override("es"):
        assert said(refused.value) == f"Una solicitud que está “{waiting}” no puede pasar a estar “{waiting}”."
    told = {"programme": "RESURFACING", "text": "En primavera.", "seen": str(parked.row.version)}
    answer = desk.bram.post(f"/springfield/desk/r/{parked.number}/list/?lang=es", told)
    assert answer.status_code == 422
    assert "“en lista de espera”" in answer.content.decode()
    assert "on_list" not in answer.content.decode().split('role="alert"')[1].split("</div>")[0]


HELD = re.compile(r'name="held_photos" value="([^"]+)"')


def held_in(answer: Any) -> str:
    """Return the token of the photo that a form keeps."""
    found = HELD.search(answer.content.decode())
    assert found, answer.content.decode()
    return found.group(1)


def test_a_photo_is_not_chosen_again_after_a_conflict(city: CityBuilder, desk: Staff) -> None:
    lamp = city.report("STREETLIGHT")
    seen = lamp.row.version
    act.note(lamp.on(GUS), text="Meanwhile.")
    told = {"outcome": "fixed", "text": "New lamp."}
    answer = do(desk.bram, lamp, "close", seen=seen, photo=photo(), **told)
    assert answer.status_code == 409
    assert "Your photo is kept: after.jpg." in answer.content.decode()
    again = do(desk.bram, lamp, "close", held_photos=held_in(answer), **told)
    assert again.status_code == 302
    assert [p.stage for p in queries.photos(lamp.row)] == ["after"]


def test_a_photo_is_not_chosen_again_after_a_refusal(city: CityBuilder, desk: Staff) -> None:
    lamp = city.report("STREETLIGHT")
    answer = do(desk.bram, lamp, "close", outcome="fixed", text="", photo=photo())
    assert answer.status_code == 422
    again = do(desk.bram, lamp, "close", outcome="nowhere", text="New lamp.", held_photos=held_in(answer))
    assert again.status_code == 422
    last = do(desk.bram, lamp, "close", outcome="fixed", text="New lamp.", held_photos=held_in(again))
    assert last.status_code == 302
    assert len(queries.photos(lamp.row)) == 1


def test_a_kept_photo_is_good_for_this_request_and_this_person_only(city: CityBuilder, desk: Staff) -> None:
    lamp, other = city.report("STREETLIGHT"), city.report("STREETLIGHT")
    token = held_in(do(desk.bram, lamp, "close", outcome="fixed", text="", photo=photo()))
    told = {"outcome": "fixed", "text": "New lamp."}
    for who, report, sent in (
        (desk.gus, lamp, token),
        (desk.bram, other, token),
        (desk.bram, lamp, token[:-1] + "A" if token[-1] != "A" else token[:-1] + "B"),
        (desk.bram, lamp, "x" * 5000),
    ):
        answer = do(who, report, "close", held_photos=sent, **told)
        assert answer.status_code == 422
        assert "asks for a photo" in answer.content.decode()
    with patch("django.core.signing.time.time", return_value=time.time() + 13 * 3600):
        assert do(desk.bram, lamp, "close", held_photos=token, **told).status_code == 422


def test_what_was_done_is_said_outside_of_the_column_that_a_phone_hides(city: CityBuilder, desk: Staff) -> None:
    hole = city.report()
    beside = f"/springfield/desk/?agency=&open={hole.number}"
    answer = do(desk.bram, hole, "accept", next=beside)
    page = desk.bram.get(answer["Location"]).content.decode()
    notices = page.index('role="status"')
    assert page.index('id="main"') < notices < page.index('class="desk-queue"')
