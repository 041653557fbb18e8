"""Storm mode on pages: the switch, what residents see and are asked, and work on all that came in."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ombud.kernel import clock
from ombud.service_requests import listing
from ombud.service_requests import queries as requests
from ombud.service_requests.listing import Filter
from ombud.service_requests.storms import commands, queries
from ombud.service_requests.storms.models import Storm
from tests.bridge import do_jobs
from tests.builders import MAIN_STREET, CityBuilder, a_little_away
from tests.commands.test_storms import SUE, begin
from tests.conftest import NOON
from tests.desk import Staff
from tests.resident import Resident, pinned, words_of

STORM = "/springfield/desk/storm/"
FORM: dict[str, Any] = {
    "words_en": "A storm hit us. Stay off the roads.",
    "words_es": "Nos golpeó una tormenta.",
    "services": ["POTHOLE", "STREETLIGHT"],
    "hours": "24",
    "why": "Wind",
}
BANNER = "A storm hit us."


@pytest.fixture
def storm(city: CityBuilder) -> Storm:
    """A storm that is on over the whole city."""
    return begin(city)


def test_it_is_switched_on_and_off_with_who_and_why(city: CityBuilder, desk: Staff) -> None:
    assert "Storm mode is off" in desk.yara.get(STORM).content.decode()
    answer = desk.yara.post(STORM, FORM, follow=True)
    assert answer.status_code == 200
    page = words_of(answer)
    for told in (
        "Storm mode is on",
        "Stay off the roads.",
        "Pothole, Street light",
        "blocked roads",
        "Yara : switched on. Wind",
    ):
        assert told in page, told
    on = Storm.objects.get()
    assert on.ends_at == NOON + timedelta(hours=24)
    answer = desk.yara.post(f"{STORM}{on.pk}/longer/", {"hours": "30", "why": "More wind"}, follow=True)
    assert "More wind" in words_of(answer)
    answer = desk.yara.post(f"{STORM}{on.pk}/end/", {"why": "Calm"}, follow=True)
    page = words_of(answer)
    assert "Storm mode is off" in page
    assert "Storms before" in page
    assert page.index("switched off. Calm") < page.index("prolonged. More wind") < page.index("switched on. Wind")


def test_what_is_missing_is_said_beside_its_field(city: CityBuilder, desk: Staff) -> None:
    answer = desk.yara.post(STORM, {**FORM, "words_en": "", "services": [], "hours": "500", "why": ""})
    assert answer.status_code == 422
    answer = desk.yara.post(STORM, {**FORM, "services": [], "hours": "500"})
    assert answer.status_code == 422
    page = words_of(answer)
    assert "Choose the services that the storm is about." in page
    assert "from 1 to 96" in page
    assert "Nos golpeó una tormenta." in answer.content.decode()
    assert not Storm.objects.exists()
    on = begin(city)
    for way in ("end", "longer"):
        assert desk.yara.post(f"{STORM}{on.pk}/{way}/", {"why": ""}).status_code == 422
    assert desk.yara.post(STORM, FORM).status_code == 422, "a second one"


def test_who_may_not_switch_sees_it_and_no_switch(city: CityBuilder, desk: Staff, storm: Storm) -> None:
    for who in (desk.gus, desk.bram, desk.nils, desk.cato):
        page = who.get(STORM).content.decode()
        assert BANNER in page
        assert f"{storm.pk}/end/" not in page
        for way in ("", f"{storm.pk}/end/", f"{storm.pk}/longer/"):
            assert who.post(STORM + way, {**FORM, "hours": "2"}).status_code == 403
    assert desk.outsider.get(STORM).status_code == 403
    assert queries.is_on(city.id)


def test_residents_see_it_where_they_begin_and_on_every_step(city: CityBuilder, storm: Storm) -> None:
    ada = Resident()
    for path in ("/springfield/", "/springfield/report/", "/springfield/report/service/POTHOLE/"):
        page = words_of(ada.client.get(path))
        assert BANNER in page, path
        assert "First we see to: danger, blocked roads, street lights." in page
        assert "we cannot say yet how long" in page
    draft = ada.begin()
    ada.fill(draft, place=pinned(), details={"q.size": "small"}, contact={"email": "ada@mail.example"})
    for step in ("place", "details", "contact", "check"):
        assert BANNER in words_of(ada.client.get(ada.at(draft, step))), step
    spanish = words_of(ada.client.get("/springfield/report/?lang=es"))
    assert "Nos golpeó una tormenta." in spanish
    number, key = ada.send(draft)
    mine = words_of(ada.client.get(f"/springfield/r/{number}/{key}/?lang=en"))
    assert "Because of the storm we cannot say yet how long it takes." in mine


def test_other_services_are_as_always(city: CityBuilder, storm: Storm) -> None:
    ada = Resident()
    assert BANNER not in words_of(ada.client.get("/springfield/report/service/ENCAMPMENT/"))
    draft = ada.begin("ENCAMPMENT")
    page = ada.client.get(ada.at(draft, "details"))
    assert BANNER not in words_of(page)
    assert 'name="photos"' in page.content.decode()


def test_the_form_is_short_and_still_asks_what_matters(city: CityBuilder) -> None:
    def asked(page: Any) -> list[str]:
        return re.findall(r'name="(q\.\w+|photos|description)"', page.content.decode())

    ada = Resident()
    draft = ada.begin("STREETLIGHT")
    ada.fill(draft, place=pinned())
    assert "photos" in asked(ada.client.get(ada.at(draft, "details")))
    storm = begin(city)
    assert asked(ada.client.get(ada.at(draft, "details"))) == ["description"]
    hole = ada.begin()
    ada.fill(hole, place=pinned())
    page = ada.client.get(ada.at(hole, "details"))
    # The size must be said; whether somebody is hurt may stop the form; how deep it is can wait.
    assert set(asked(page)) == {"q.size", "q.hurt", "description"}
    stopped = ada.client.post(ada.at(hole, "details"), {"q.size": "small", "q.hurt": "yes"})
    assert "Call 911 now." in words_of(stopped)
    danger = ada.client.post(ada.at(hole, "details"), {"q.size": "small", "description": "somebody is trapped, fire"})
    assert danger.status_code == 200
    assert "911" in words_of(danger)
    commands.end(jurisdiction_id=city.id, storm_id=storm.pk, why="over", actor=SUE, at=clock.now() + timedelta(hours=1))
    with clock.standing_at(NOON + timedelta(hours=2)):
        assert set(asked(ada.client.get(ada.at(hole, "details")))) == {
            "q.size",
            "q.depth",
            "q.hurt",
            "description",
            "photos",
        }
        assert BANNER not in words_of(ada.client.get("/springfield/"))


def test_what_was_answered_before_the_form_became_short_is_kept(city: CityBuilder) -> None:
    ada = Resident()
    draft = ada.begin()
    ada.fill(draft, place=pinned(), details={"q.size": "large", "q.depth": "a foot"})
    begin(city)
    ada.fill(draft, details={"q.size": "large", "description": "still there"}, contact={})
    number, _ = ada.send(draft)
    answers = {a["code"]: a["value"] for a in row_of(city, number).form.answers}
    assert answers == {"size": "large", "depth": "a foot"}


def row_of(city: CityBuilder, number: str) -> Any:
    """Return a request by its number."""
    return requests.by_number(city.id, number)


def test_who_answers_calls_is_told_and_asks_less(city: CityBuilder, desk: Staff, storm: Storm) -> None:
    page = desk.cato.get("/springfield/desk/new/POTHOLE/")
    assert "Tell the caller" in words_of(page)
    assert 'name="q.depth"' not in page.content.decode()


def test_dates_of_before_the_storm_are_said_not_to_hold(city: CityBuilder, client: Client) -> None:
    made = city.report()
    type(made.row).objects.filter(pk=made.id).update(expected_from=NOON, expected_to=NOON + timedelta(days=9))
    before = words_of(client.get(f"/springfield/r/{made.number}/"))
    begin(city)
    page = words_of(client.get(f"/springfield/r/{made.number}/"))
    assert "do not hold" in page
    assert "do not hold" not in before
    assert "Goal" in page


def test_the_dispatcher_works_on_all_of_it_in_turns(
    city: CityBuilder, desk: Staff, storm: Storm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ombud.web.desk.bulk.AT_MOST", 3)
    with clock.standing_at(NOON + timedelta(hours=1)):
        made = [city.report(at=a_little_away(MAIN_STREET, metres=300 * n)) for n in range(5)]
        do_jobs()
        queue = f"view=open&agency=&storm={storm.pk}"
        assert queue.replace("&", "&amp;") in desk.gus.get("/springfield/desk/?agency=").content.decode(), "in the rail"
        page = desk.gus.get(f"/springfield/desk/?{queue}").content.decode()
        assert all(one.number in page for one in made)
        assert 'name="all"' in page
        looked = desk.gus.post("/springfield/desk/bulk/", {"do": "close", "all": "yes", "address": queue})
        assert "3 requests" in words_of(looked)
        told = {
            "do": "close",
            "looked": "yes",
            "address": queue,
            "outcome": "fixed",
            "text": "Cleared.",
            **hidden(looked),
        }
        done = desk.gus.post("/springfield/desk/bulk/", told)
        assert "3 of 3 are done" in words_of(done)
        assert "Go on with the next" in words_of(done)
        looked = desk.gus.post(
            "/springfield/desk/bulk/",
            {"do": "close", "all": "yes", "address": queue, **hidden(done), "text": "Cleared."},
        )
        assert "2 requests" in words_of(looked)
        assert "Cleared." in looked.content.decode()
        done = desk.gus.post("/springfield/desk/bulk/", {**told, **hidden(looked)})
        assert "2 of 2 are done" in words_of(done)
        assert "Go on with the next" not in words_of(done)
    assert {one.row.outcome for one in made} == {"fixed"}
    assert listing.page(city.id, Filter(storm_id=storm.pk, status="open"), now=NOON, for_staff=True).rows == []


def hidden(page: Any) -> dict[str, Any]:
    """Return the chosen requests of a page and where the rest begins."""
    text = page.content.decode()
    after = re.search(r'name="after" value="([^"]*)"', text)
    return {
        "chosen": re.findall(r'name="chosen" value="([^"]+)"', text),
        "after": after.group(1) if after else "",
    }


def test_many_are_given_to_one_person_or_crew(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    made = [city.report(), city.report("STREETLIGHT")]
    bram = str(city.people["Bram"].pk)
    told = {"do": "assign", "looked": "yes", "address": "", "assignee": bram, "unit": "NORTH"}
    chosen = [f"{one.id}:{one.row.version}" for one in made]
    answer = desk.gus.post("/springfield/desk/bulk/", {**told, "chosen": chosen})
    assert "2 of 2 are done" in words_of(answer)
    assert {(one.row.assignee_id, one.row.unit) for one in made} == {(city.people["Bram"].pk, "NORTH")}
