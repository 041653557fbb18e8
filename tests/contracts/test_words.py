"""Words at every door: what they find, when somebody must call for help first, and what is kept of them."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from ombud.catalog import commands as catalog
from ombud.catalog import queries as catalog_queries
from ombud.catalog.models import Jurisdiction
from ombud.catalog.rules.definition import read_definition
from ombud.kernel import clock
from ombud.kernel.errors import NotAllowed
from ombud.service_requests import queries as requests
from ombud.service_requests.commands import act, attach
from ombud.service_requests.models import RequestEvent
from ombud.triage.words import handlers
from ombud.triage.words.models import Prediction
from tests.builders import BRAM, GUS, MAIN_STREET, CityBuilder
from tests.desk import Staff
from tests.photos import let_through
from tests.resident import Resident, pinned, words_of

FIRE = "there is a fire in the kitchen"


def learn() -> None:
    """Do what is done every hour."""
    handlers.learn("springfield", now=clock.now())


def test_the_search_finds_what_the_words_mean(city: CityBuilder) -> None:
    page = words_of(Client().get("/springfield/report/", {"q": "a deep hole in the asphalt blew my tire"}))
    assert "Pothole" in page.partition("All services")[0]
    assert "Call 911" not in page


@pytest.mark.parametrize("words", [FIRE, "huele a gas en mi casa", "fire"])
def test_danger_in_the_search_is_answered_with_the_number_to_call(city: CityBuilder, words: str) -> None:
    page = words_of(Client().get("/springfield/report/", {"q": words}))
    assert "Call 911" in page
    assert "311" in page
    assert "go on" in page


def test_danger_in_the_description_stops_the_form_and_then_lets_it_go_on(city: CityBuilder) -> None:
    eve = Resident()
    draft = eve.begin()
    eve.fill(draft, place=pinned())
    told = {"q.size": "small", "description": FIRE}
    stopped = eve.client.post(eve.at(draft, "details"), told)
    assert stopped.status_code == 200
    assert "Call 911" in words_of(stopped)
    eve.fill(draft, details=told | {"stop_read": "1"}, contact={})
    number, _ = eve.send(draft)
    row = requests.by_number("springfield", number)
    assert row.priority == "urgent"
    (first,) = RequestEvent.objects.filter(request=row, kind="submitted")
    assert first.facts == {"danger": ["fire"]}


def test_a_harmless_word_stops_nobody(city: CityBuilder) -> None:
    eve = Resident()
    draft = eve.begin()
    eve.fill(draft, place=pinned(), details={"q.size": "small", "description": "next to the fire hydrant, no smoke"})


def test_a_program_cannot_be_stopped_so_its_report_is_urgent_and_says_so(city: CityBuilder) -> None:
    sent = {
        "client_id": str(uuid4()),
        "service_code": "STREETLIGHT",
        "description": "the pole fell, live wires on the sidewalk",
        "lon": MAIN_STREET.lon,
        "lat": MAIN_STREET.lat,
    }
    answer = Client().post("/springfield/api/v1/requests", json.dumps(sent), content_type="application/json")
    kept = answer.json()
    assert (kept["danger"], kept["call"]) == (["wire"], "911")
    assert requests.by_number("springfield", kept["number"]).priority == "urgent"


def test_a_call_taker_is_told_to_ask_and_may_go_on(city: CityBuilder, desk: Staff) -> None:
    assert "Ask: is anybody in danger now?" in words_of(desk.cato.get("/springfield/desk/new/", {"service": FIRE}))
    told: dict[str, Any] = {
        "q.size": "small",
        "description": FIRE,
        "place": "1 Main St",
        "lon": str(MAIN_STREET.lon),
        "lat": str(MAIN_STREET.lat),
        "channel": "phone",
        "language": "en",
        "client_id": str(uuid4()),
    }
    stopped = desk.cato.post("/springfield/desk/new/POTHOLE/", told)
    assert stopped.status_code == 422
    assert "Ask: is anybody in danger now?" in words_of(stopped)
    assert desk.cato.post("/springfield/desk/new/POTHOLE/", told | {"stop_read": "1"}).status_code == 302


def test_suggestions_for_programs(city: CityBuilder) -> None:
    def ask(**asked: Any) -> Any:
        return Client().post("/springfield/api/v1/suggestions", json.dumps(asked), content_type="application/json")

    answer = ask(text="couch and mattress to be picked up").json()
    best = answer["suggestions"][0]
    assert best["service_code"] == "BULKY"
    assert 0.2 < best["probability"] <= 1
    assert best["because"]
    assert (answer["danger"], answer["call"], answer["not_checked"]) == ([], "", [])
    assert ask(text="fuego en mi casa", language="es").json()["call"] == "911"
    assert ask(text="es brennt", language="de").json()["not_checked"] == ["de"]
    assert ask(text="").status_code == 422
    assert ask(text="x", lon=500, lat=0).status_code == 422
    form = Client().post("/springfield/api/v1/suggestions", {"text": "x"})
    assert form.status_code == 400


def test_what_was_suggested_and_chosen_is_kept_and_the_words_are_not(city: CityBuilder) -> None:
    eve, said = Resident(), "a hole in the asphalt by the bakery"
    found = eve.client.get("/springfield/report/", {"q": said}).content.decode()
    assert "/springfield/report/service/POTHOLE/?q=a+hole" in found
    begun = eve.client.post("/springfield/report/service/POTHOLE/", {"said": said})
    draft = begun["Location"].split("/")[3]
    eve.fill(draft, place=pinned(), details={"q.size": "small"}, contact={})
    number, _ = eve.send(draft)
    learn()
    (kept,) = Prediction.objects.filter(jurisdiction_id="springfield")
    row = requests.by_number("springfield", number)
    assert (kept.request_id, kept.chosen, kept.shown, kept.model) == (row.pk, "POTHOLE", True, 0)
    assert kept.codes[0] == "POTHOLE"
    assert kept.client_id is None
    assert not any("bakery" in str(value) for value in vars(kept).values())


def test_without_a_search_the_description_is_judged_and_a_correction_is_kept(city: CityBuilder) -> None:
    report = city.report("POTHOLE", description="the lamp is dark, street light out")
    silent = city.report("POTHOLE")
    learn()
    act.change_service(report.on(GUS), code="STREETLIGHT")
    learn()
    learn()
    (kept,) = Prediction.objects.filter(jurisdiction_id="springfield")
    assert (kept.request_id, kept.shown, kept.chosen, kept.corrected) == (report.id, False, "POTHOLE", "STREETLIGHT")
    assert kept.codes[0] == "STREETLIGHT"
    assert silent.row.priority == "high"


def graffiti(city: CityBuilder, **more: Any) -> None:
    definition = {
        "code": "GRAFFITI", "name": {"en": "Graffiti"}, "group": "streets", "agency": "STREETS",
        "visibility": "public", "watch_hate": True, "hate_when": {"question": "hate", "is": ["yes"]},
        "questions": [{"code": "hate", "label": {"en": "Does it threaten?"}, "type": "yesno"}], **more,
    }  # fmt: skip
    catalog.publish_service(jurisdiction_id=city.id, definition=read_definition(definition), at=clock.now())


@pytest.mark.parametrize(
    ("told", "facts"),
    [
        ({"description": "swastikas on the school wall"}, {"hate": ["hate"], "photos_stay_private": True}),
        ({"description": "it says we will kill you"}, None),
        ({"answers": {"hate": ["yes"]}}, {"hate": ["answered"], "photos_stay_private": True}),
    ],
)
def test_hate_raises_the_priority_and_its_photos_stay_private(
    city: CityBuilder, told: dict[str, Any], facts: dict[str, Any] | None
) -> None:
    graffiti(city)
    report = city.report("GRAFFITI", answers=told.get("answers", {}), description=told.get("description", ""))
    (first,) = RequestEvent.objects.filter(request_id=report.id, kind="submitted")
    assert report.row.priority in ("high", "urgent")
    assert first.facts["photos_stay_private"]
    assert facts is None or first.facts == facts
    photo = attach.StoredPhoto("a", "b", "c", 1, 1, "d")
    kept = attach.add_photo(
        jurisdiction_id="springfield", request_id=report.id, photo=photo, actor=BRAM, at=clock.now()
    )
    with pytest.raises(NotAllowed, match="stay private"):
        let_through("springfield", kept, actor=BRAM)


def test_plain_graffiti_is_as_any_other_report(city: CityBuilder) -> None:
    graffiti(city)
    report = city.report("GRAFFITI", answers={"hate": ["no"]}, description="a tag on the wall")
    assert report.row.priority == "normal"


def test_where_the_service_does_not_ask_for_it_hate_is_not_looked_for(city: CityBuilder) -> None:
    assert city.report("STREETLIGHT", description="nazi stickers on the pole").row.priority == "normal"


def test_staff_see_what_the_words_ask_for_and_what_they_call_for(city: CityBuilder, desk: Staff) -> None:
    report = city.report("POTHOLE", description="street light out, the lamp is dark and the wires are sparking")
    page = desk.gus.get(f"/springfield/desk/r/{report.number}/")
    assert "looks more like “Street light”" in words_of(page)
    assert "tell of danger to life" in words_of(page)
    link = f"/springfield/desk/r/{report.number}/service/?service=STREETLIGHT"
    assert link in page.content.decode()
    assert 'value="STREETLIGHT" selected' in desk.gus.get(link).content.decode()
    right = city.report("STREETLIGHT", description="street light out")
    assert "looks more like" not in words_of(desk.gus.get(f"/springfield/desk/r/{right.number}/"))


def test_how_good_suggestions_were_is_on_a_page_for_who_leads(city: CityBuilder, desk: Staff) -> None:
    assert "Nothing to count yet" in words_of(desk.yara.get("/springfield/desk/suggestions/"))
    city.report("STREETLIGHT", description="street light out")
    city.report("POTHOLE", description="street light out")
    learn()
    page = words_of(desk.yara.get("/springfield/desk/suggestions/"))
    assert "50 % (9 to 91)" in page
    assert "of 2" in page
    assert "ombud triage train --city springfield" in page
    assert desk.cato.get("/springfield/desk/suggestions/").status_code == 403


def test_a_language_without_words_of_danger_is_told_loudly(city: CityBuilder, desk: Staff) -> None:
    Jurisdiction.objects.filter(id="springfield").update(languages=["en", "de", "fr"], catalogue_version=99)
    page = words_of(desk.yara.get("/springfield/desk/suggestions/"))
    assert "Danger is not looked for in: Deutsch" in page
    assert "never measured: français" in page


def test_the_models_of_two_cities_are_two(city: CityBuilder) -> None:
    from ombud.triage.words import queries

    here = catalog_queries.city(city.id)
    assert {s.code for s in queries.suggest(here, "pothole street light couch barking")} <= set(here.services)


def test_files_are_read_with_what_a_city_has(city: CityBuilder, tmp_path: Path) -> None:
    asked, out = tmp_path / "asked.csv", tmp_path / "out.csv"
    asked.write_text(
        "text,language\na hole in the asphalt,en\nthe crew of Ward 1 at 213-555-0199,en\n", encoding="utf-8"
    )
    for part in ("classify", "redact"):
        call_command("triage", part, "--input", str(asked), "--output", str(out), "--city", "springfield")
        told = out.read_text("utf-8")
        assert ("POTHOLE" if part == "classify" else "the crew of Ward 1 at [phone]") in told
    with pytest.raises(CommandError, match="no city"):
        call_command("triage", "classify", "--input", str(asked), "--output", str(out), "--city", "nowhere")
