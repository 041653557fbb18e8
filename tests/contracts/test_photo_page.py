"""A person covers areas of a photo at the desk and shows it; at every public address stands the covered copy only."""

import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from ombud.kernel import clock
from ombud.opendata.photos import handlers
from ombud.service_requests.commands import attach, photos
from ombud.service_requests.models import RequestPhoto
from ombud.service_requests.rules.photo_boxes import Box, Looked, What
from ombud.service_requests.timeline import REPORTER
from tests.builders import BRAM, GUS, CityBuilder, RequestBuilder
from tests.desk import Staff
from tests.photos import let_through, rule, searched, stored
from tests.resident import bytes_of, words_of

pytestmark = pytest.mark.usefixtures("own_media")
FACE = Box(What.FACE, 250, 250, 500, 500, sure=91)
INK, PAPER = (250, 30, 30), (20, 200, 40)
AREA = {"what": "other", "left": "0", "top": "0", "width": "20", "height": "100"}


def with_a_canary() -> Image.Image:
    """Return a green picture with a red middle."""
    picture = Image.new("RGB", (320, 240), PAPER)
    picture.paste(INK, (96, 72, 224, 168))
    return picture


def a_photo(city: CityBuilder, report: RequestBuilder) -> RequestPhoto:
    kept = attach.add_photo(
        jurisdiction_id=city.id,
        request_id=report.id,
        photo=stored(city.id, with_a_canary()),
        actor=REPORTER,
        at=clock.now(),
    )
    return RequestPhoto.objects.get(pk=kept)


def page_of(photo: RequestPhoto, client: Client) -> str:
    return client.get(f"/springfield/desk/photo/{photo.pk}/").content.decode()


def seen_on(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


def middle(answer: Any) -> tuple[int, ...]:
    image = Image.open(io.BytesIO(bytes_of(answer)))
    return tuple(image.getpixel((image.width // 2, image.height // 2)))  # type: ignore[arg-type]


def public_address(photo: RequestPhoto, size: str = "view") -> str:
    return f"/springfield/photo/{photo.pk}/{RequestPhoto.objects.get(pk=photo.pk).public_mark or 'x'}/{size}/"


def test_before_it_is_let_through_no_public_address_has_it(city: CityBuilder, desk: Staff) -> None:
    photo = a_photo(city, city.report())
    for state in (None, Looked.DONE):
        if state:
            searched(city.id, photo.pk, FACE, looked=state)
        for path in (public_address(photo), f"/springfield/photo/{photo.pk}/view/", public_address(photo, "thumb")):
            assert Client().get(path).status_code == 404
        assert Client().get(f"/springfield/desk/photo/{photo.pk}/covered/").status_code == 302
    assert middle(desk.bram.get(f"/springfield/desk/photo/{photo.pk}/view/"))[0] > 200
    assert middle(desk.bram.get(f"/springfield/desk/photo/{photo.pk}/covered/"))[0] < 250


def test_what_was_found_is_covered_wherever_the_public_looks(city: CityBuilder, desk: Staff) -> None:
    report = city.report()
    photo = a_photo(city, report)
    searched(city.id, photo.pk, FACE)
    page = page_of(photo, desk.bram)
    assert "91 % sure" in page
    sent = {"shown": "yes", "seen": seen_on(page)}
    assert desk.bram.post(f"/springfield/desk/photo/{photo.pk}/show/", sent).status_code == 302
    story = Client().get(f"/springfield/r/{report.number}/").content.decode()
    told = Client().get(f"/springfield/open311/v2/requests/{report.number}.json").json()[0]["media_url"]
    addresses = [public_address(photo), public_address(photo, "thumb"), f"/springfield/photo/{photo.pk}/view/"]
    assert addresses[0] in story
    assert addresses[1] in story
    assert told.endswith(addresses[0])
    for client in (Client(), desk.bram):
        for path in addresses:
            red, green, _blue = middle(client.get(path))
            # A quarter of the area is green: one flat colour that is neither.
            assert 120 < red < 230, path
            assert green > 50, path


def test_another_area_gives_another_address_and_the_old_one_leads_to_it(city: CityBuilder, desk: Staff) -> None:
    photo = a_photo(city, city.report())
    let_through(city.id, photo.pk)
    before = public_address(photo)
    assert middle(Client().get(before)) == pytest.approx(INK, abs=12)
    assert desk.bram.post(f"/springfield/desk/photo/{photo.pk}/", {**AREA, "width": "100"}).status_code == 302
    after = public_address(photo)
    assert after != before
    gone = Client().get(before)
    assert (gone.status_code, gone["Location"]) == (302, f"/springfield/photo/{photo.pk}/view/")
    for path in (after, gone["Location"]):
        answer = Client().get(path)
        assert "no-cache" in answer["Cache-Control"] or "max-age=300" in answer["Cache-Control"]
        assert middle(answer) != pytest.approx(INK, abs=12)
    photos.show(jurisdiction_id=city.id, photo_id=photo.pk, shown=False, actor=BRAM, at=clock.now())
    assert [Client().get(path).status_code for path in (before, after)] == [404, 404]


def test_areas_are_added_moved_and_taken_away_by_fields(city: CityBuilder, desk: Staff) -> None:
    photo = a_photo(city, city.report())
    searched(city.id, photo.pk, FACE, Box(What.WRITING, 0, 0, 100, 50, sure=60))

    def send(**fields: list[str]) -> Any:
        return desk.bram.post(f"/springfield/desk/photo/{photo.pk}/", fields)

    kept = {"left": ["25", "40", ""], "top": ["25", "50", ""], "width": ["50", "12.5", ""], "height": ["50", "9,9", ""]}
    assert send(what=["face", "other", "other"], **kept).status_code == 302
    boxes = RequestPhoto.objects.get(pk=photo.pk).boxes
    assert [(b["what"], b["left"], b["width"], b["height"], b["sure"]) for b in boxes] == [
        ("face", 250, 500, 500, 91),
        ("other", 400, 125, 99, None),
    ]
    assert send(what=["face", "other", "other"], away=["1"], **kept).status_code == 302
    assert len(RequestPhoto.objects.get(pk=photo.pk).boxes) == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("left", "x", "number from 0 to 100"), ("left", "120", "outside of the picture"), ("width", "0", "is empty"),
     ("width", "", "number from"), ("height", "-5", "is empty"), ("top", "nan", "number from"),
     ("what", "cat", "number from")],
)  # fmt: skip
def test_a_wrong_area_is_said_and_what_was_typed_is_kept(
    city: CityBuilder, desk: Staff, field: str, value: str, says: str
) -> None:
    photo = a_photo(city, city.report())
    searched(city.id, photo.pk)
    answer = desk.bram.post(f"/springfield/desk/photo/{photo.pk}/", {**AREA, field: value})
    assert answer.status_code == 422
    assert says in words_of(answer)
    fields = answer.content.decode().partition("<photo-areas")[2]
    typed = [text for name, text in {**AREA, field: value}.items() if name != "what" and text]
    assert all(f'value="{text}"' in fields for text in typed)
    assert RequestPhoto.objects.get(pk=photo.pk).boxes == []


def test_where_it_could_not_be_searched_it_is_asked_whether_somebody_looked(city: CityBuilder, desk: Staff) -> None:
    photo = a_photo(city, city.report())
    searched(city.id, photo.pk, looked=Looked.FAILED)
    sent = {"shown": "yes", "seen": seen_on(page_of(photo, desk.bram))}
    refused = desk.bram.post(f"/springfield/desk/photo/{photo.pk}/show/", sent)
    assert refused.status_code == 422
    assert "Look at all of it" in words_of(refused)
    assert not RequestPhoto.objects.get(pk=photo.pk).shown
    assert desk.bram.post(f"/springfield/desk/photo/{photo.pk}/show/", {**sent, "saw_whole": "yes"}).status_code == 302


def test_what_others_covered_meanwhile_is_looked_at_first(city: CityBuilder, desk: Staff) -> None:
    photo = a_photo(city, city.report())
    searched(city.id, photo.pk)
    sent = {"shown": "yes", "seen": seen_on(page_of(photo, desk.bram))}
    desk.gus.post(f"/springfield/desk/photo/{photo.pk}/", AREA)
    refused = desk.bram.post(f"/springfield/desk/photo/{photo.pk}/show/", sent)
    assert refused.status_code == 422
    assert "changed meanwhile" in words_of(refused)
    assert not RequestPhoto.objects.get(pk=photo.pk).shown


def test_who_may_not_work_on_it_only_looks(city: CityBuilder, desk: Staff) -> None:
    photo = a_photo(city, city.report())
    searched(city.id, photo.pk)
    assert "<form" not in page_of(photo, desk.nils).partition("<main")[2]
    assert desk.nils.post(f"/springfield/desk/photo/{photo.pk}/", AREA).status_code == 403
    assert desk.outsider.get(f"/springfield/desk/photo/{photo.pk}/").status_code == 403


@pytest.mark.parametrize("service", ["POTHOLE", "ENCAMPMENT"])
def test_photos_that_no_rule_lets_through_are_shown_by_nobody(city: CityBuilder, desk: Staff, service: str) -> None:
    rule(city.id, "POTHOLE", "never")
    photo = a_photo(city, city.report(service))
    searched(city.id, photo.pk)
    page = page_of(photo, desk.gus)
    assert "never shown" in page
    assert "Show to the public" not in page
    sent = {"shown": "yes", "seen": seen_on(page)}
    assert desk.gus.post(f"/springfield/desk/photo/{photo.pk}/show/", sent).status_code == 403
    photos.show(jurisdiction_id=city.id, photo_id=photo.pk, shown=True, actor=GUS, at=clock.now())
    assert Client().get(public_address(photo)).status_code == 404


def test_a_photo_that_nothing_could_search_is_searched_when_somebody_asks_again(city: CityBuilder, desk: Staff) -> None:
    rule(city.id, "POTHOLE", "clean")
    photo = a_photo(city, city.report())
    again = f"/springfield/desk/photo/{photo.pk}/search-again/"
    assert "Search it again" not in page_of(photo, desk.bram)
    searched(city.id, photo.pk, looked=Looked.ABSENT)
    desk.bram.post(f"/springfield/desk/photo/{photo.pk}/", AREA)
    assert "Search it again" in page_of(photo, desk.bram)
    assert desk.dunya.post(again).status_code == 403
    assert desk.bram.post(again).status_code == 302
    assert "It is being searched" in page_of(photo, desk.bram)
    handlers.look(photo.pk)
    photo.refresh_from_db()
    # What was drawn stays, and whoever asked decides: the rule alone shows it not.
    assert (photo.looked, len(photo.boxes), photo.shown) == (Looked.DONE, 1, False)
    assert "Search it again" not in page_of(photo, desk.bram)
    assert desk.bram.post(again).status_code == 403
