"""Who may come to the desk, and what its pages show."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ombud.people.queries import views_log
from ombud.service_requests.commands import act
from tests.builders import BRAM, MAIN_STREET, CityBuilder, a_little_away
from tests.desk import Staff

QUEUE = "/springfield/desk/"


def read(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def test_a_stranger_is_sent_to_sign_in(city: CityBuilder, client: Client) -> None:
    answer = client.get(QUEUE + "?view=late")
    assert answer.status_code == 302
    assert "/accounts/login/?next=/springfield/desk/%3Fview%3Dlate" in answer["Location"]


@pytest.mark.parametrize("path", ["", "r/{number}/", "points/", "r/{number}/close/"])
def test_staff_of_another_city_are_refused(city: CityBuilder, desk: Staff, path: str) -> None:
    number = city.report().number
    answer = desk.outsider.get(QUEUE + path.format(number=number))
    assert answer.status_code == 403
    assert "a city you do not work for" in read(answer)
    assert number not in read(answer)


def test_whoever_has_no_second_factor_sets_one_up_first(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user=city.people["Bram"]).delete()
    assert desk.bram.get(QUEUE).status_code == 302


def test_the_queue_shows_what_ones_own_agency_has_to_do(city: CityBuilder, desk: Staff) -> None:
    pothole, barking = city.report("POTHOLE"), city.report("BARKING", name="Ada")
    page = read(desk.bram.get(QUEUE))
    assert pothole.number in page
    assert barking.number not in page
    everything = read(desk.bram.get(QUEUE + "?agency="))
    assert pothole.number in everything
    assert barking.number in everything


def test_each_view_shows_its_own(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    new, taken, asked = city.report(), city.report(), city.report()
    ended, again = city.report().closed(), city.report().closed()
    act.assign(taken.on(BRAM), assignee_id=city.people["Bram"].pk)
    act.reply(asked.on(BRAM), text="Which side?", question=True)
    act.reopen(again.on(BRAM), text="It is still there.")
    seen = {
        view: {
            r.number
            for r in (new, taken, asked, ended, again)
            if r.number in read(desk.bram.get(f"{QUEUE}?view={view}"))
        }
        for view in ("mine", "new", "unassigned", "awaiting", "not_fixed", "open", "all", "late")
    }
    assert seen == {
        "mine": {taken.number},
        "new": {new.number, asked.number},
        "unassigned": {new.number, asked.number, again.number},
        "awaiting": {asked.number},
        "not_fixed": {again.number},
        "open": {new.number, taken.number, asked.number, again.number},
        "all": {new.number, taken.number, asked.number, ended.number, again.number},
        "late": set(),
    }


def test_a_number_however_it_is_typed_leads_to_its_request(city: CityBuilder, desk: Staff) -> None:
    number = city.report().closed().number
    answer = desk.dunya.get(QUEUE, {"q": number.replace("-", " ").lower()})
    assert answer["Location"].endswith(f"/desk/r/{number}/")


@pytest.mark.parametrize(
    "junk",
    [
        "view=nonsense&agency=NOPE&service=%00&age=x&priority=9",
        "after=yesterday~x&open=SP-0000-000",
        "after=2026-01-01T00:00:00%2B00:00~99999999999999999999999",
        "area=ward:%00",
        "age=99999999999&q=%27%22%3C%00",
        "q=" + "x" * 3000,
        "show=map&area=nothing:1&outcome=fixed&status=received",
        "template=nothing&open=",
    ],
)
def test_whatever_the_address_says_the_queue_answers(city: CityBuilder, desk: Staff, junk: str) -> None:
    assert desk.gus.get(f"{QUEUE}?{junk}").status_code == 200
    assert desk.gus.get(f"{QUEUE}points/?{junk}").status_code == 200


def test_pages_of_the_queue_follow_each_other_without_gaps(city: CityBuilder, desk: Staff) -> None:
    numbers = {city.report(at=a_little_away(MAIN_STREET, metres=i)).number for i in range(52)}
    first = read(desk.gus.get(QUEUE))
    following = first.split('rel="next" href="?')[1].split('"')[0].replace("&amp;", "&")
    second = read(desk.gus.get(f"{QUEUE}?{following}"))
    shown = [{n for n in numbers if n in page} for page in (first, second)]
    assert [len(part) for part in shown] == [50, 2]
    assert shown[0] | shown[1] == numbers


def test_the_queue_asks_the_database_little(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    for i in range(30):
        act.assign(city.report(at=a_little_away(MAIN_STREET, metres=i)).on(BRAM), assignee_id=city.people["Bram"].pk)
    desk.gus.get(QUEUE)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        desk.gus.get(QUEUE)
    # Entering and leaving the city's walls sets a word of the connection; it reads nothing.
    questions = [q["sql"] for q in asked if "set_config" not in q["sql"]]
    assert len(questions) <= 8, "\n".join(questions)


def test_the_open_request_stands_beside_the_queue_and_on_its_own_page(city: CityBuilder, desk: Staff) -> None:
    pothole = city.report(description="Right where bikes turn.").accepted()
    for path in (f"?open={pothole.number}", f"r/{pothole.number}/"):
        page = read(desk.bram.get(QUEUE + path))
        assert "Right where bikes turn." in page
        assert "How large is it?" in page
        assert "took it on" in page
        assert "Ward" in page


def test_contact_data_is_shown_only_after_it_was_written_down(city: CityBuilder, desk: Staff) -> None:
    pothole = city.report(name="Ada Byron", email="ada@example.org", phone="213 555 0148")
    page = read(desk.bram.get(f"{QUEUE}r/{pothole.number}/"))
    assert "ada@example.org" not in page
    assert "+12135550148" not in page
    assert views_log("springfield") == []
    page = read(desk.bram.post(f"{QUEUE}r/{pothole.number}/contact/"))
    assert "ada@example.org" in page
    assert [v.request_id for v in views_log("springfield")] == [pothole.id]


@pytest.mark.parametrize("who", ["nils", "dunya"])
def test_whose_role_does_not_cover_it_sees_no_contact_data(city: CityBuilder, desk: Staff, who: str) -> None:
    pothole = city.report(email="ada@example.org")
    answer = getattr(desk, who).post(f"{QUEUE}r/{pothole.number}/contact/")
    assert answer.status_code == 403
    assert "ada@example.org" not in read(answer)


def test_the_map_gets_the_same_requests_as_the_list(city: CityBuilder, desk: Staff) -> None:
    pothole, lamp = city.report("POTHOLE"), city.report("STREETLIGHT")
    shown = desk.bram.get(f"{QUEUE}points/?service=POTHOLE").json()["features"]
    assert [f["properties"]["number"] for f in shown] == [pothole.number]
    assert lamp.number not in str(shown)


def test_what_a_program_sent_along_is_shown_and_its_links_are_not_followed(city: CityBuilder, desk: Staff) -> None:
    along = {"attributes": {"depth": ["deep", "very"]}, "media_urls": ["https://pics.example/<1>.jpg"]}
    page = read(desk.bram.get(f"{QUEUE}r/{city.report(sent=along).number}/"))
    assert "deep, very" in page
    assert "https://pics.example/&lt;1&gt;.jpg" in page
    assert 'href="https://pics.example' not in page
    assert "Sent along by the program" not in read(desk.bram.get(f"{QUEUE}r/{city.report().number}/"))
