"""For who answers the telephone: the caller, the request taken down, the contact that needed none."""

import re
from datetime import timedelta

import pytest

from ombud.conversation import queries as conversation
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.people.queries import contact_point, views_log
from ombud.places.commands import add_addresses
from ombud.service_requests import listing, queries
from ombud.service_requests.listing import Filter
from tests.builders import MAIN_STREET, CityBuilder, a_little_away
from tests.desk import Staff
from tests.resident import jpeg, upload

NEW = "/springfield/desk/new/"
SEARCH = "/springfield/desk/search/"
CONTACTS = "/springfield/desk/contacts/"
TOLD = {
    "q.size": "small",
    "place": "Behind the school, by the gate",
    "name": "Ada Byron",
    "phone": "213 555 0148",
    "email": "",
    "language": "es",
    "channel": "phone",
    "topic": "",
    "description": "A deep one.",
    "client_id": "5f0c2c1e-6b0a-4c51-9d8e-0f5c1a2b3c4d",
}


def test_what_a_caller_asked_before_is_found_by_number_and_written_down(city: CityBuilder, desk: Staff) -> None:
    before = city.report(name="Ada Byron", phone="213 555 0148")
    other = city.report(phone="213 555 0199")
    answer = desk.cato.post(NEW, {"caller": "(213) 555-0148"})
    page = answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert before.number in page
    assert "Asked before: Ada Byron" in page
    assert other.number not in page
    assert [v.what for v in views_log("springfield")] == ["requests of a caller"]


@pytest.mark.parametrize("caller", ["12", "nobody@", "\x00", "x" * 500, "+++++", "213 555 0000"])
def test_whatever_is_typed_for_a_caller_is_no_crash(city: CityBuilder, desk: Staff, caller: str) -> None:
    assert desk.cato.post(NEW, {"caller": caller}).status_code == 200


@pytest.mark.parametrize("typed", ["213 555 0148", "ada@example.org"])
def test_a_number_or_address_in_the_search_looks_for_the_caller(city: CityBuilder, desk: Staff, typed: str) -> None:
    before = city.report(name="Ada Byron", phone="213 555 0148", email="ada@example.org")
    answer = desk.cato.post(SEARCH, {"q": typed})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert before.number in page
    assert [v.what for v in views_log("springfield")] == ["requests of a caller"]


def test_nobody_is_looked_up_by_an_address_that_logs_and_browsers_keep(city: CityBuilder, desk: Staff) -> None:
    """What names a person is sent in the body only: by GET it finds nobody, and no page links or redirects to it."""
    city.report(name="Ada Byron", phone="213 555 0148")
    for asked in (NEW, "/springfield/desk/", f"{NEW}POTHOLE/"):
        for name in ("caller", "q"):
            assert "Ada Byron" not in desk.cato.get(asked, {name: "213 555 0148"}, follow=True).content.decode()
    assert views_log("springfield") == []
    page = desk.cato.post(SEARCH, {"q": "213 555 0148"}).content.decode()
    assert re.findall(r'(?:href|action|hx-get)="[^"]*0148', page) == []
    assert re.findall(r"<form[^>]*>(?:(?!</form>).)*0148", page, re.S)
    assert all('method="post"' in form for form in re.findall(r"<form[^>]*>(?=(?:(?!</form>).)*0148)", page, re.S))


def test_who_was_looked_up_is_filled_in_with_the_service_that_was_chosen(city: CityBuilder, desk: Staff) -> None:
    city.report(name="Ada Byron", phone="213 555 0148")
    page = desk.cato.post(NEW, {"caller": "213 555 0148", "service": "hole in street"}).content.decode()
    assert f'formaction="{NEW}POTHOLE/"' in page
    answer = desk.cato.post(f"{NEW}POTHOLE/", {"caller": "213 555 0148", "begin": "1"})
    assert answer.status_code == 200
    assert 'value="Ada Byron"' in answer.content.decode()
    assert 'value="+12135550148"' in answer.content.decode()
    assert "field-error" not in answer.content.decode()


def test_words_and_numbers_in_the_search_lead_to_the_queue(city: CityBuilder, desk: Staff) -> None:
    number = city.report().number
    assert desk.cato.post(SEARCH, {"q": "Main Street"})["Location"] == "/springfield/desk/?q=Main+Street"
    assert desk.cato.post(SEARCH, {"q": number.lower()}, follow=True).redirect_chain[-1][0].endswith(f"/r/{number}/")
    assert desk.cato.post(SEARCH, {"q": " "})["Location"] == "/springfield/desk/"


def test_who_may_not_see_contact_data_looks_nobody_up(city: CityBuilder, desk: Staff) -> None:
    city.report(name="Ada Byron", phone="213 555 0148")
    for who in (desk.nils, desk.outsider):
        assert who.post(SEARCH, {"q": "213 555 0148"}).status_code == 403
    assert views_log("springfield") == []


def test_a_service_is_found_by_what_people_call_it(city: CityBuilder, desk: Staff) -> None:
    page = desk.cato.get(NEW, {"service": "hole in street"}).content.decode()
    assert f"{NEW}POTHOLE/" in page
    assert "No service fits" in desk.cato.get(NEW, {"service": "zeppelin"}).content.decode()


def test_a_request_is_taken_down_and_the_contact_with_it(city: CityBuilder, desk: Staff) -> None:
    assert desk.cato.get(f"{NEW}POTHOLE/").status_code == 200
    answer = desk.cato.post(f"{NEW}POTHOLE/", TOLD)
    assert answer.status_code == 302, answer.content.decode()
    number = answer["Location"].rstrip("/").rpartition("/")[2]
    row = queries.by_number("springfield", number)
    assert (row.channel, row.form.language, row.form.description) == ("phone", "es", "A deep one.")
    assert row.place.raw_text == "Behind the school, by the gate"
    assert queries.story(row, audiences=("public",))[0].actor_kind == "staff"
    reporter = queries.reporter_of(row)
    kept = contact_point("springfield", reporter.contact_point_id)
    assert (kept.name, kept.phone, kept.language) == ("Ada Byron", "+12135550148", "es")
    logged = conversation.recent_contacts("springfield")
    assert [(c.wrap_up, c.request_id, c.topic) for c in logged] == [("request_made", row.pk, "Pothole")]


def test_taking_the_same_down_twice_gives_one_request_and_one_contact(city: CityBuilder, desk: Staff) -> None:
    first, again = (desk.cato.post(f"{NEW}POTHOLE/", TOLD) for _ in range(2))
    assert first["Location"] == again["Location"]
    assert len(conversation.recent_contacts("springfield")) == 1


def test_everything_missing_is_told_and_what_was_typed_is_kept(city: CityBuilder, desk: Staff) -> None:
    answer = desk.cato.post(f"{NEW}BULKY/", {**TOLD, "name": "", "phone": "12", "place": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    for sentence in ("Write your name", "Write a telephone number", "Tell us where this is.", "A deep one."):
        assert sentence in page
    assert conversation.recent_contacts("springfield") == []


def test_an_address_that_may_mean_several_is_asked_back(city: CityBuilder, desk: Staff) -> None:
    add_addresses([("12 Main St", MAIN_STREET), ("12 Main Ave", MAIN_STREET)], jurisdiction_id="springfield")
    told = {**TOLD, "place": "12 Main"}
    answer = desk.cato.post(f"{NEW}POTHOLE/", told)
    assert answer.status_code == 422
    assert "Which of these is it?" in answer.content.decode()
    done = desk.cato.post(f"{NEW}POTHOLE/", {**told, "pick": "12 Main St", "as_words": "1"})
    row = queries.by_number("springfield", done["Location"].rstrip("/").rpartition("/")[2])
    assert (row.address, row.lon) == ("12 Main St", MAIN_STREET.lon)


def test_an_emergency_is_told_first_and_can_still_be_taken_down(city: CityBuilder, desk: Staff) -> None:
    told = {**TOLD, "q.hurt": "yes"}
    answer = desk.cato.post(f"{NEW}POTHOLE/", told)
    assert answer.status_code == 422
    assert "Call 911 now." in answer.content.decode()
    assert desk.cato.post(f"{NEW}POTHOLE/", {**told, "stop_read": "1"}).status_code == 302


def test_what_others_run_is_said_with_their_number(city: CityBuilder, desk: Staff) -> None:
    page = desk.cato.get(f"{NEW}HIGHWAY/").content.decode()
    assert "State Highways" in page
    assert "555-0190" in page
    assert desk.cato.get(f"{NEW}NOTHING/").status_code == 404


def test_a_contact_that_needed_no_request_is_written_down_and_counted(city: CityBuilder, desk: Staff) -> None:
    city.report(located=Located(words="Somewhere else entirely"))
    told = {"wrap_up": "information_given", "topic": "Opening hours", "channel": "counter", "language": "en"}
    assert desk.cato.post(CONTACTS, told).status_code == 302
    page = desk.gus.get(CONTACTS).content.decode()
    assert "One contact today" in page
    assert "information given" in page
    assert "Opening hours" in page
    assert conversation.wrap_ups("springfield") == {"information_given": 1}


@pytest.mark.parametrize(
    "told", [{}, {"wrap_up": "magic"}, {"wrap_up": "request_made"}, {"wrap_up": "hang_up", "channel": "x"}]
)
def test_a_contact_without_an_end_is_refused(city: CityBuilder, desk: Staff, told: dict[str, str]) -> None:
    answer = desk.cato.post(CONTACTS, {"channel": "phone", "language": "en", "topic": "Opening hours", **told})
    assert answer.status_code == 422
    assert "Opening hours" in answer.content.decode()


@pytest.mark.parametrize("path", [NEW, f"{NEW}POTHOLE/", CONTACTS])
def test_who_only_looks_takes_nothing_down(city: CityBuilder, desk: Staff, path: str) -> None:
    assert desk.nils.get(path).status_code == 403
    assert desk.nils.post(path, TOLD).status_code in (403, 405)
    assert desk.outsider.get(path).status_code == 403


AT_MAIN = {"place": "1 Main Street", "lon": str(MAIN_STREET.lon), "lat": str(MAIN_STREET.lat)}


LARGE = {"size": ["large"]}


def told_to(city: CityBuilder, service: str) -> dict[str, str]:
    told = {**TOLD, **AT_MAIN}
    return told if service == "POTHOLE" else {k: v for k, v in told.items() if k != "q.size"}


@pytest.mark.parametrize("service", ["POTHOLE", "BARKING", "ENCAMPMENT"])
def test_what_is_open_close_by_is_offered_before_it_is_sent(city: CityBuilder, desk: Staff, service: str) -> None:
    near = city.report(service, at=a_little_away(MAIN_STREET, metres=10), name="Eve")
    page = desk.cato.post(f"{NEW}{service}/", told_to(city, service)).content.decode()
    offered = page.split('id="near"')[1].split("</fieldset>")[0]
    assert near.number in offered
    assert "10 m away, asked 0 min ago" in offered
    assert "received" in offered.lower()
    assert listing.count("springfield", Filter(), now=clock.now()) == 1


def test_the_likeliest_is_offered_first_with_its_reasons(city: CityBuilder, desk: Staff) -> None:
    words = "water runs out of a broken main by the school"
    old, hour = clock.now() - timedelta(days=60), clock.now() - timedelta(hours=1)
    nearest = city.report(at=a_little_away(MAIN_STREET, metres=1), when=old, description="a small hole", answers=LARGE)
    likely = city.report(at=a_little_away(MAIN_STREET, metres=8), when=hour, description=words)
    page = desk.cato.post(
        f"{NEW}POTHOLE/", told_to(city, "POTHOLE") | {"description": words, "language": "en"}
    ).content.decode()
    offered = page.split('id="near"')[1].split("</fieldset>")[0]
    assert offered.index(likely.number) < offered.index(nearest.number)
    assert "% likely: 8 m away" in offered
    assert "the same words" in offered
    assert "other words" in offered


def test_joining_makes_a_report_of_its_own_of_the_same_thing(city: CityBuilder, desk: Staff) -> None:
    near = city.report("BARKING", at=a_little_away(MAIN_STREET, metres=10), name="Eve")
    told = told_to(city, "BARKING") | {"same_as": near.number, "near_of": "1 Main Street"}
    answer = desk.cato.post(f"{NEW}BARKING/", told, follow=True)
    assert f"joined with {near.number}" in answer.content.decode()
    row = queries.by_number("springfield", answer.redirect_chain[-1][0].rstrip("/").rpartition("/")[2])
    assert row.number != near.number
    assert row.incident_id == near.row.incident_id is not None
    kept = contact_point("springfield", queries.reporter_of(row).contact_point_id)
    assert kept.name == "Ada Byron"


def test_who_says_no_is_not_asked_again(city: CityBuilder, desk: Staff) -> None:
    near = city.report(at=a_little_away(MAIN_STREET, metres=10))
    answer = desk.cato.post(f"{NEW}POTHOLE/", told_to(city, "POTHOLE") | {"same_as": "", "near_of": "1 Main Street"})
    assert answer.status_code == 302
    assert near.row.incident_id is None


def test_a_place_changed_after_the_offer_is_looked_at_anew(city: CityBuilder, desk: Staff) -> None:
    near = city.report(at=a_little_away(MAIN_STREET, metres=10))
    told = told_to(city, "POTHOLE") | {"same_as": "", "near_of": "somewhere else"}
    assert near.number in desk.cato.post(f"{NEW}POTHOLE/", told).content.decode()


def test_only_what_was_offered_can_be_joined(city: CityBuilder, desk: Staff) -> None:
    far = city.report(at=a_little_away(MAIN_STREET, metres=500))
    told = told_to(city, "POTHOLE") | {"same_as": far.number, "near_of": "1 Main Street"}
    answer = desk.cato.post(f"{NEW}POTHOLE/", told)
    assert answer.status_code == 422
    assert "Choose again." in answer.content.decode()
    assert far.row.incident_id is None


def test_photos_are_not_chosen_again_while_something_else_is_asked(city: CityBuilder, desk: Staff) -> None:
    city.report(at=a_little_away(MAIN_STREET, metres=10))
    told = told_to(city, "POTHOLE")
    page = desk.cato.post(f"{NEW}POTHOLE/", told | {"photos": [upload(jpeg(), name="hole.jpg")]}).content.decode()
    assert "Your photo is kept: hole.jpg." in page
    token = re.findall(r'name="held_photos" value="([^"]+)"', page)[0]
    told |= {"same_as": "", "near_of": "1 Main Street", "held_photos": token}
    answer = desk.cato.post(f"{NEW}POTHOLE/", told)
    assert answer.status_code == 302
    number = answer["Location"].rstrip("/").rpartition("/")[2]
    assert len(queries.photos(queries.by_number("springfield", number))) == 1
