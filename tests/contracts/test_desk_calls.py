"""For who answers the telephone: the caller, the request taken down, the contact that needed none."""

import pytest

from ombud.conversation import queries as conversation
from ombud.intake.rules.place import Located
from ombud.people.queries import contact_point, views_log
from ombud.places.commands import add_addresses
from ombud.service_requests import queries
from tests.builders import MAIN_STREET, CityBuilder
from tests.desk import Staff

NEW = "/springfield/desk/new/"
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
    page = desk.cato.get(NEW, {"caller": "(213) 555-0148"}).content.decode()
    assert before.number in page
    assert "Asked before: Ada Byron" in page
    assert other.number not in page
    assert [v.what for v in views_log("springfield")] == ["requests of a caller"]


@pytest.mark.parametrize("caller", ["12", "nobody@", "\x00", "x" * 500, "+++++", "213 555 0000"])
def test_whatever_is_typed_for_a_caller_is_no_crash(city: CityBuilder, desk: Staff, caller: str) -> None:
    assert desk.cato.get(NEW, {"caller": caller}).status_code == 200


def test_a_number_in_the_search_looks_for_the_caller(city: CityBuilder, desk: Staff) -> None:
    answer = desk.cato.get("/springfield/desk/", {"q": "213 555 0148"})
    assert answer["Location"].endswith("/desk/new/?caller=213+555+0148")


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
