"""Whatever a stranger writes: shown as words everywhere, and refused in a sentence when it is too much."""

import pytest

from ombud.conversation import handlers
from ombud.conversation.models import Message
from ombud.service_requests import secret_link
from ombud.service_requests.commands import act, closing
from ombud.service_requests.models import ServiceRequest
from ombud.service_requests.timeline import REPORTER
from tests.builders import BRAM, GUS, CityBuilder
from tests.contracts.clear import EVIL, SCRIPT, clear, quoted, stored
from tests.resident import Resident, pinned

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.mark.parametrize("evil", EVIL)
def test_any_text_in_every_field_of_the_report(ada: Resident, city: CityBuilder, evil: str) -> None:
    text = EVIL[evil].encode("utf-8", "surrogatepass")
    draft = ada.begin()
    visits = []
    for step, fields in {
        "place": ("address", "place_note", "lon", "lat", "accuracy_m", "method", "pick", "as_words"),
        "nearby": ("same_as",),
        "details": ("q.size", "q.depth", "q.hurt", "description", "stop_read", "remove_photo", "more"),
        "contact": ("name", "email", "phone"),
    }.items():
        for only in (*((field,) for field in fields), fields):
            body = b"&".join(f"{field}=".encode() + quoted(text) for field in only)
            visits.append(ada.client.post(ada.at(draft, step), body, content_type="application/x-www-form-urlencoded"))
        visits.append(ada.client.get(ada.at(draft, step)))
    visits.append(ada.client.get(ada.at(draft, "check")))
    before = stored()
    sent = ada.client.post(ada.at(draft, "send"))
    for answer in [*visits, sent]:
        clear(answer)
    if sent.status_code != 302:
        assert stored() == before
    else:
        visits = [ada.client.get(sent["Location"])]
        clear(visits[0])


@pytest.mark.parametrize("evil", EVIL)
def test_any_text_in_what_a_reporter_says_later(ada: Resident, city: CityBuilder, evil: str) -> None:
    report = city.report(email="ada@mail.example").closed("nothing_found")
    link = f"/springfield{secret_link.path(city.id, report.number)}"
    body = quoted(EVIL[evil].encode("utf-8", "surrogatepass"))
    for door, field in {"say": "text", "not-fixed": "text", "rate": "score", "withdraw": "text"}.items():
        clear(
            ada.client.post(
                f"{link}{door}/", field.encode() + b"=" + body, content_type="application/x-www-form-urlencoded"
            )
        )
        clear(ada.client.get(link))
    clear(
        ada.client.post(
            f"/springfield/r/{report.number}/follow/",
            b"email=" + body,
            content_type="application/x-www-form-urlencoded",
        )
    )


def test_script_is_shown_as_words_on_every_page_and_in_every_letter(ada: Resident, city: CityBuilder) -> None:
    draft = ada.begin()
    ada.fill(
        draft,
        place={**pinned(address=SCRIPT), "place_note": SCRIPT},
        details={"q.size": "large", "q.depth": SCRIPT, "description": SCRIPT},
        contact={"name": SCRIPT, "email": "ada@mail.example"},
    )
    pages = [ada.client.get(ada.at(draft, step)) for step in ("place", "details", "contact", "check")]
    number, key = ada.send(draft)
    report = next(r for r in ServiceRequest.objects.filter(number=number))
    on = [act.On(city.id, report.pk, actor, report.requested_at) for actor in (REPORTER, BRAM, GUS)]
    act.answer(on[0], text=SCRIPT)
    act.reply(on[1], text=SCRIPT, question=True)
    act.transfer(on[2], agency="SANITATION", text=SCRIPT)
    act.put_on_list(on[2], programme="CLEAN-UP", position=2027, text=SCRIPT)
    closing.close(on[2], outcome="fixed", text=SCRIPT)
    for path in (f"r/{number}/{key}/", f"r/{number}/", "requests/", "requests/map/", "", f"find/?number={SCRIPT}"):
        pages.append(ada.client.get(f"/springfield/{path}"))
    for path in (
        f"report/?q={SCRIPT}",
        f"requests/?area={SCRIPT}&agency={SCRIPT}",
        f"figures/?by={SCRIPT}&metric={SCRIPT}",
    ):
        pages.append(ada.client.get(f"/springfield/{path}"))
    for page in pages:
        clear(page)
    call_reactions(city)
    for message in Message.objects.all():
        assert "\n" not in message.subject
        assert "<script>" not in message.subject
        letter = handlers._mail(message, "ada@mail.example").message()
        assert letter.get_content_type() == "text/plain"


def call_reactions(city: CityBuilder) -> None:
    """Let the city say what events make it say."""
    from ombud.service_requests.models import RequestEvent

    for event in RequestEvent.objects.filter(kind__in=["submitted", "transferred", "listed", "closed"]):
        handlers.tell_people(event.pk)


def test_a_description_of_a_hundred_kilobytes_is_answered_and_its_beginning_kept(ada: Resident) -> None:
    draft = ada.begin()
    answer = ada.client.post(
        ada.at(draft, "details"), {"q.size": "small", "description": "the beginning " + "x" * 100_000}
    )
    assert answer.status_code == 422
    assert "the beginning" in ada.client.get(ada.at(draft, "details")).content.decode()


def test_megabytes_of_words_are_refused_with_a_sentence(ada: Resident) -> None:
    draft = ada.begin()
    answer = ada.client.post(ada.at(draft, "details"), {"q.size": "small", "description": "x" * 3_000_000})
    assert answer.status_code in (400, 413)
    clear(answer)


def test_hundreds_of_fields_are_refused_with_a_sentence(ada: Resident) -> None:
    answer = ada.client.post(ada.at(ada.begin(), "details"), {f"f{n}": "x" for n in range(500)})
    assert answer.status_code == 400
    clear(answer)
