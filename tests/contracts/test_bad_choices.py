"""Places, choices, drafts, numbers and keys that are made up, absurd or somebody else's."""

from uuid import uuid4

import pytest

from ombud.plumbing import walls
from ombud.service_requests import secret_link
from ombud.service_requests.models import RequestPhoto, ServiceRequest
from tests.builders import CityBuilder
from tests.contracts.clear import clear
from tests.resident import Resident, bytes_of, jpeg, pinned, upload

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("nan", "nan"), ("inf", "-inf"), ("1e400", "1e400"), ("-93.29", "91"), ("-200", "37"), ("0", "0"), ("x", "y"),
        ("-93.29", ""), ("", "37.2"), ("1_000", "2"), ("٣", "٣"), ("-90", "37.2"), ("-93.292\x00", "37.209"),
    ],
)  # fmt: skip
def test_an_absurd_point_is_no_point(ada: Resident, lon: str, lat: str) -> None:
    draft = ada.begin()
    answer = ada.client.post(ada.at(draft, "place"), {"lon": lon, "lat": lat, "address": "", "method": "pin"})
    assert answer.status_code == 422
    clear(answer)


@pytest.mark.parametrize("accuracy", ["nan", "inf", "-1", "1e400", "x", "1e6"])
def test_an_absurd_accuracy_is_left_out(ada: Resident, accuracy: str) -> None:
    draft = ada.begin()
    ada.fill(draft, place={**pinned(), "accuracy_m": accuracy}, details={"q.size": "small"}, contact={})
    number, _ = ada.send(draft)
    assert ServiceRequest.objects.get(number=number).place.accuracy_m is None


@pytest.mark.parametrize("size", ["gigantic", "", "SMALL", "small,large", "small\x00x", "0"])
def test_a_choice_that_was_not_offered_is_refused(ada: Resident, size: str) -> None:
    draft = ada.begin()
    ada.fill(draft, place=pinned())
    answer = ada.client.post(ada.at(draft, "details"), {"q.size": size, "description": "typed-and-kept"})
    assert answer.status_code == 422
    assert "typed-and-kept" in answer.content.decode()


@pytest.mark.parametrize("code", ["NO_SUCH", "HIGHWAY", "%00", "a" * 500, "..", "POTHOLE%0d%0aX: y", "%F0%9F%A6%84"])
def test_a_service_that_cannot_be_asked_for_makes_no_request(ada: Resident, code: str) -> None:
    for visit in (ada.client.get, ada.client.post):
        clear(visit(f"/springfield/report/service/{code}/"))
    assert ServiceRequest.objects.count() == 0


@pytest.mark.parametrize("step", ["place", "nearby", "details", "contact", "check", "send"])
def test_a_draft_that_is_not_mine_is_not_there(ada: Resident, other_city: CityBuilder, step: str) -> None:
    somebody = Resident()
    theirs = somebody.begin()
    somebody.fill(theirs, place=pinned(), details={"q.size": "small", "description": "theirs"}, contact={})
    for draft, city in ((theirs, "springfield"), (str(uuid4()), "springfield"), (theirs, "shelbyville")):
        stranger = Resident(city, ada.client if city == "springfield" else somebody.client)
        for visit in (stranger.client.get, stranger.client.post):
            answer = visit(stranger.at(draft, step))
            assert answer.status_code in (404, 405)
            clear(answer)
            assert "theirs" not in answer.content.decode()
    assert ServiceRequest.objects.count() == 0


def test_a_number_sent_before_is_told_only_to_its_own_draft_and_city(ada: Resident, other_city: CityBuilder) -> None:
    draft = ada.begin()
    ada.fill(draft, place=pinned(), details={"q.size": "small"}, contact={})
    number, key = ada.send(draft)
    assert ada.send(draft) == (number, key)
    elsewhere = ada.client.post(f"/shelbyville/report/{draft}/send/")
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    "junk", ["%00", "x" * 5000, "SP-0000-000", "../../", "%FF%FE", "%F0%9F%A6%84", "'", "%25s", "sp"]
)
def test_a_number_or_key_that_is_made_up_is_not_there(ada: Resident, city: CityBuilder, junk: str) -> None:
    number = city.report().number
    key = secret_link.token(city.id, number)
    paths = [f"r/{junk}/", f"r/{junk}/{key}/", f"r/{number}/{junk}/", f"stop/{junk}/", f"r/{number}/{key[:-1]}/"]
    for path in paths:
        for visit in (ada.client.get, ada.client.post):
            answer = visit(f"/springfield/{path}")
            clear(answer)
            assert answer.status_code in (400, 404, 405)
        for door in ("say/", "not-fixed/", "rate/", "withdraw/", "follow/"):
            answer = ada.client.post(f"/springfield/{path}{door}", {"text": "x", "score": "3", "email": "a@b.example"})
            if answer.status_code != 302 or f"{path}{door}" != f"r/{number}/follow/":
                assert answer.status_code in (404, 405), (path, door)
    assert ServiceRequest.objects.get(number=number).version == 1


def test_the_key_of_one_request_opens_no_other(ada: Resident, city: CityBuilder) -> None:
    one, other = city.report(), city.report()
    assert ada.client.get(f"/springfield/r/{other.number}/{secret_link.token(city.id, one.number)}/").status_code == 404


def test_another_citys_requests_and_photos_are_not_there(
    ada: Resident, city: CityBuilder, other_city: CityBuilder
) -> None:
    theirs = Resident("shelbyville")
    with walls.inside("shelbyville"):
        draft = theirs.begin()
        theirs.fill(draft, place=pinned(-92.95), details={"q.size": "small", "photos": [upload(jpeg())]}, contact={})
        number, key = theirs.send(draft)
        photo = RequestPhoto.objects.get().pk
    for path in (f"r/{number}/", f"r/{number}/{key}/", f"photo/{photo}/view/?key={key}", f"find/?number={number}"):
        assert ada.client.get(f"/springfield/{path}").status_code == 404
    assert bytes_of(theirs.client.get(f"/shelbyville/photo/{photo}/view/?key={key}")).startswith(b"\xff\xd8")
    assert theirs.client.get(f"/shelbyville/photo/{photo}/view/").status_code == 404
    assert theirs.client.get(f"/shelbyville/photo/{photo}/original/?key={key}").status_code == 404


@pytest.mark.parametrize("photo", ["0", "9" * 30, "-1", "x", "%00", "1.5"])
def test_a_photo_that_is_made_up_is_not_there(ada: Resident, photo: str) -> None:
    answer = ada.client.get(f"/springfield/photo/{photo}/view/?key=%00")
    assert answer.status_code == 404
    clear(answer)
