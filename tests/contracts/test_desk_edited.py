"""Prepared texts and outside bodies: edited by administrators in one form, whole or not at all, with their history."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from ombud.catalog import queries
from ombud.catalog.loading import load_folder
from ombud.conversation import queries as prepared
from ombud.conversation.rules.wording import FIELDS
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.service_requests.commands import closing
from ombud.web.desk.prepared import MEANS
from tests.builders import BRAM, CITIES, MAIN_STREET, CityBuilder
from tests.contracts.test_desk_administration import form_of
from tests.desk import Staff

TEXTS = "/springfield/desk/texts/"
BODIES = "/springfield/desk/bodies/"
COMING = {
    "title.en": "A crew is coming",
    "title.es": "Va una cuadrilla",
    "body.en": "Hello ((name)), a crew comes for ((number)).",
    "body.es": "Hola ((name)), va una cuadrilla por ((number)).",
}
COUNTY = {
    "name.en": "Polk County",
    "name.es": "Condado de Polk",
    "what.en": "bridges",
    "next.en": "Call them on working days.",
    "phone": "417 555 0155",
    "url": "https://county.example",
}


def added(client: Client, where: str, typed: dict[str, str]) -> str:
    """Add one and return the address of its page."""
    answer = client.post(where + "add/", typed)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def page_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_text_that_is_added_can_be_written_with(city: CityBuilder, desk: Staff) -> None:
    address = added(desk.yara, TEXTS, COMING)
    assert "A crew is coming" in page_of(desk.yara, TEXTS)
    hole = city.report(name="Ada Byron", email="ada@example.org", language="es")
    code = address.rstrip("/").rsplit("/", 1)[1]
    assert f"Hola Ada, va una cuadrilla por {hole.number}." in page_of(
        desk.bram, f"/springfield/desk/r/{hole.number}/?template={code}"
    )


def test_every_field_a_text_may_have_is_explained_and_can_be_filled(city: CityBuilder, desk: Staff) -> None:
    assert set(MEANS) == set(FIELDS)
    everything = " ".join(f"(({name}))" for name in FIELDS if name not in ("booked", "expected"))
    address = added(desk.yara, TEXTS, {"title.en": "All", "body.en": everything})
    assert all(f"(({name}))" in page_of(desk.yara, address) for name in FIELDS)
    here = Located(method="address", point=MAIN_STREET, address="1 Main Street")
    hole = city.report(name="Ada", email="ada@example.org", located=here)
    page = page_of(desk.bram, f"/springfield/desk/r/{hole.number}/?template=all")
    assert f"Ada {hole.number} Pothole Bureau of Streets 1 Main Street City of Springfield" in page


def test_a_body_that_is_added_can_be_handed_over_to(city: CityBuilder, desk: Staff) -> None:
    added(desk.yara, BODIES, COUNTY)
    hole = city.report()
    closing.close(hole.on(BRAM), outcome="referred_to", referred_to="POLK-COUNTY", text="The county owns it.")
    assert "handed over to Polk County" in page_of(desk.bram, f"/springfield/desk/r/{hole.number}/")


@pytest.mark.parametrize("where", [TEXTS, BODIES])
def test_a_change_says_who_made_it_why_and_what_stood_there(city: CityBuilder, desk: Staff, where: str) -> None:
    texts = where == TEXTS
    name, before = ("title.en", COMING) if texts else ("name.en", COUNTY)
    address = added(desk.yara, where, before)
    sent = form_of(page_of(desk.yara, address)) | {name: "Said better", "reason": "Nobody understood it."}
    assert desk.yara.post(address, sent).status_code == 302
    page = page_of(desk.yara, address)
    history = page.split('id="changes"')[1]
    assert "Yara" in history
    assert "Nobody understood it." in history
    assert f'<del dir="auto">{before[name]}</del>' in history
    assert '<ins dir="auto">Said better</ins>' in history


def test_sending_what_is_there_already_changes_nothing(city: CityBuilder, desk: Staff) -> None:
    for where, typed in ((TEXTS, COMING), (BODIES, COUNTY)):
        address = added(desk.yara, where, typed)
        sent = form_of(page_of(desk.yara, address)) | {"reason": "Only looking."}
        assert "Nothing is different" in desk.yara.post(address, sent, follow=True).content.decode()
        assert page_of(desk.yara, address).count("event-words") == 0


def test_what_comes_from_a_file_is_edited_and_loading_again_leaves_it(city: CityBuilder, desk: Staff) -> None:
    address = f"{BODIES}STATE/"
    sent = form_of(page_of(desk.yara, address)) | {"phone": "555-0199", "reason": "A new number."}
    assert desk.yara.post(address, sent).status_code == 302
    load_folder(CITIES / "springfield", at=clock.now())
    assert queries.city("springfield").body("STATE").phone == "555-0199"
    assert "loaded from a file" in page_of(desk.yara, address)


@pytest.mark.parametrize(
    ("where", "typed", "why"),
    [
        (TEXTS, {"title.en": ""}, "Write this first."),
        (TEXTS, {"body.en": ""}, "Write this first."),
        (TEXTS, {"body.es": ""}, "Write title and text in this language, or neither."),
        (TEXTS, {"title.es": ""}, "Write title and text in this language, or neither."),
        (TEXTS, {"body.en": "Hello ((nmae))"}, "There is no field ((nmae))."),
        (TEXTS, {"body.en": "Hello ((Name))"}, "There is no field ((Name))."),
        (TEXTS, {"body.en": "x" * 2001}, "Use 2000 characters at most; this has 2001."),
        (TEXTS, {"service_code": "NOPE"}, "Select a valid choice"),
        (BODIES, {"name.en": ""}, "Write this first."),
        (BODIES, {"name.en": "x" * 121}, "Use 120 characters at most; this has 121."),
        (BODIES, {"phone": "call us"}, "Write a telephone number"),
        (BODIES, {"url": "county.example"}, "Write a web address that begins with https://."),
        (BODIES, {"url": "javascript:alert(1)"}, "Write a web address that begins with https://."),
        (BODIES, {"url": "https://[x"}, "Write a web address that begins with https://."),
        (BODIES, {"phone": "", "url": "", "next.en": ""}, "people must get on"),
    ],
)
def test_what_is_not_whole_is_refused_in_words_and_kept_in_the_form(
    city: CityBuilder, desk: Staff, where: str, typed: dict[str, str], why: str
) -> None:
    whole = COMING if where == TEXTS else COUNTY
    answer = desk.yara.post(where + "add/", whole | typed)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    kept = "Va una cuadrilla" if where == TEXTS and "title.es" not in typed else "Condado de Polk"
    assert kept in answer.content.decode() or "title.es" in typed
    address = added(desk.yara, where, whole)
    before = page_of(desk.yara, address).split('id="changes"')[1]
    sent = form_of(page_of(desk.yara, address)) | typed | {"reason": "A test."}
    assert desk.yara.post(address, sent).status_code == 422
    assert page_of(desk.yara, address).split('id="changes"')[1] == before
    assert len(prepared.all_templates("springfield")) == (where == TEXTS)


def test_a_change_needs_a_reason(city: CityBuilder, desk: Staff) -> None:
    address = added(desk.yara, BODIES, COUNTY)
    answer = desk.yara.post(address, form_of(page_of(desk.yara, address)) | {"phone": "911", "reason": " "})
    assert answer.status_code == 422
    assert "Say why it changes" in answer.content.decode()


def test_nobody_overwrites_what_another_wrote_meanwhile(city: CityBuilder, desk: Staff) -> None:
    address = added(desk.yara, BODIES, COUNTY)
    both = form_of(page_of(desk.yara, address))
    assert desk.yara.post(address, both | {"phone": "555 0001", "reason": "First."}).status_code == 302
    answer = desk.yara.post(address, both | {"phone": "555 0002", "reason": "Second."})
    assert answer.status_code == 422
    assert "Somebody changed this meanwhile." in answer.content.decode()
    assert queries.city("springfield").body("POLK-COUNTY").phone == "555 0001"
    # Having seen that, they may send theirs again.
    assert desk.yara.post(address, form_of(answer.content.decode())).status_code == 302
    assert queries.city("springfield").body("POLK-COUNTY").phone == "555 0002"


def test_a_retired_text_is_offered_no_longer_and_comes_back(city: CityBuilder, desk: Staff) -> None:
    address = added(desk.yara, TEXTS, COMING)
    hole = city.report(name="Ada", email="ada@example.org")
    shown = f"/springfield/desk/r/{hole.number}/"
    assert "A crew is coming" in page_of(desk.bram, shown)
    desk.yara.post(address + "offer/", {"active": "no"})
    assert "A crew is coming" not in page_of(desk.bram, shown)
    assert "(retired)" in page_of(desk.yara, TEXTS)
    desk.yara.post(address + "offer/", {"active": "yes"})
    assert "A crew is coming" in page_of(desk.bram, shown)


def test_a_retired_body_keeps_its_name_where_it_was_named(city: CityBuilder, desk: Staff) -> None:
    address = added(desk.yara, BODIES, COUNTY)
    hole = city.report()
    closing.close(hole.on(BRAM), outcome="referred_to", referred_to="POLK-COUNTY", text="The county owns it.")
    desk.yara.post(address + "offer/", {"active": "no"})
    assert "handed over to Polk County" in page_of(desk.bram, f"/springfield/desk/r/{hole.number}/")
    other = city.report()
    assert "Polk County" not in page_of(desk.bram, f"/springfield/desk/r/{other.number}/close/")


def test_a_body_that_a_service_leads_to_is_not_retired(city: CityBuilder, desk: Staff) -> None:
    answer = desk.yara.post(f"{BODIES}STATE/offer/", {"active": "no"}, follow=True)
    assert "The service HIGHWAY leads people there." in answer.content.decode()
    assert "STATE" in {body.code for body in queries.city("springfield").bodies()}


PATHS = ["texts/", "texts/add/", "texts/a/", "texts/a/offer/", "bodies/", "bodies/add/", "bodies/STATE/"]


@pytest.mark.parametrize("path", [*PATHS, "bodies/STATE/offer/"])
def test_only_administrators_edit_them(city: CityBuilder, desk: Staff, path: str) -> None:
    for who in (desk.bram, desk.dunya, desk.gus, desk.nils, desk.cato, desk.outsider):
        assert who.post(f"/springfield/desk/{path}", {"active": "no"} | COUNTY).status_code in (403, 405)
        assert who.get(f"/springfield/desk/{path}").status_code in (403, 405)


@pytest.mark.parametrize("code", ["NOBODY", "%00", "x" * 300])
def test_one_that_is_not_there_is_not_found(city: CityBuilder, desk: Staff, code: str) -> None:
    for where in (TEXTS, BODIES):
        assert desk.yara.get(f"{where}{code}/").status_code == 404
        assert desk.yara.post(f"{where}{code}/offer/").status_code == 404


def test_the_history_of_the_catalogue_cannot_be_changed(city: CityBuilder) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ombud_catalogue_change SET reason = 'another'")


def test_two_of_one_name_get_codes_of_their_own(city: CityBuilder, desk: Staff) -> None:
    first, second = added(desk.yara, BODIES, COUNTY), added(desk.yara, BODIES, COUNTY)
    assert (first, second) == (f"{BODIES}POLK-COUNTY/", f"{BODIES}POLK-COUNTY-2/")
