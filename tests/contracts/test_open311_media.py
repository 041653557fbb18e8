"""Pictures that come by Open311: taken in every way clients send them, shown to whom may see them."""

import base64
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from ombud.plumbing import walls
from ombud.service_requests.models import RequestPhoto
from tests.builders import CityBuilder
from tests.open311 import Door, door

pytestmark = pytest.mark.usefixtures("own_media")
WHERE = {"lat": "1", "long": "1"}


def picture(kind: str, colour: str = "red") -> bytes:
    buffer = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Ada's house"
    Image.new("RGB", (320, 200), colour).save(buffer, kind, exif=exif)
    return buffer.getvalue()


def file(data: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/jpeg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("field", ["media", "media[]", "photo1"])
def test_a_picture_is_taken_whatever_its_field_and_kind(sandbox: Door, kind: str, field: str) -> None:
    number = sandbox.report(**{field: file(picture(kind))})
    assert sandbox.shown(number)["media_url"] is None
    sandbox.searched()
    address = sandbox.shown(number)["media_url"]
    assert address.startswith("http://testserver/sandbox/photo/")
    shown = sandbox.client.get(address)
    data = b"".join(shown.streaming_content)
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert b"Ada's house" not in data
    assert Image.open(BytesIO(data)).size == (320, 200)


def test_several_pictures_are_all_named(sandbox: Door) -> None:
    number = sandbox.report(photo1=file(picture("PNG")), photo2=file(picture("PNG", "blue")))
    sandbox.searched()
    shown = sandbox.shown(number, extensions="true")
    urls = shown["extended_attributes"]["media_urls"]
    assert len(set(urls)) == 2
    assert shown["media_url"] == urls[0]


def test_a_picture_within_a_data_address_is_taken(sandbox: Door) -> None:
    told = "data:image/png;base64," + base64.b64encode(picture("PNG")).decode()
    number = sandbox.report(media_url=told)
    sandbox.searched()
    assert "/photo/" in sandbox.shown(number)["media_url"]


def test_links_are_kept_as_given_and_files_win(sandbox: Door) -> None:
    links = ["https://pics.example/1.jpg", "https://pics.example/2.jpg"]
    shown = sandbox.shown(sandbox.report(media_url=links), extensions="true")
    assert shown["media_url"] == links[0]
    assert shown["extended_attributes"]["media_urls"] == links
    number = sandbox.report(media_url=links[0], media=file(picture("PNG")), description="both")
    sandbox.searched()
    both = sandbox.shown(number)
    assert "/photo/" in both["media_url"]


@pytest.mark.parametrize("data", [b"<html>no picture</html>", b"\xff\xd8\xff\xe0 half", b"GIF89a"])
def test_what_is_no_picture_is_refused_and_nothing_is_kept(sandbox: Door, data: bytes) -> None:
    answer = sandbox.post(service_code="HOLE", media=file(data), description="never", **WHERE)
    assert answer.status_code == 400
    assert "media" in answer.json()[0]["description"]
    with walls.inside("sandbox"):
        assert not RequestPhoto.objects.exists()


def test_too_many_and_too_large_are_refused(sandbox: Door, settings: Any) -> None:
    many = {f"photo{n}": file(picture("PNG")) for n in range(9)}
    assert sandbox.post(service_code="HOLE", **WHERE, **many).status_code == 400
    settings.OMBUD_PHOTO_MAX_BYTES = 100
    assert sandbox.post(service_code="HOLE", media=file(picture("PNG")), **WHERE).status_code == 400


def test_a_photo_nobody_has_looked_at_is_reached_by_its_sender_for_a_day(city: CityBuilder, own_media: None) -> None:
    springfield = door("springfield")
    number = springfield.report(
        "POTHOLE", lat="37.21", long="-93.29", attribute__size="small", media=file(picture("PNG"))
    )
    assert springfield.shown(number)["media_url"] is None
    address = springfield.shown(number, api_key=springfield.key)["media_url"]
    shown = springfield.client.get(address)
    assert shown.status_code == 200
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")
    assert springfield.client.get(address.partition("?")[0]).status_code == 404
    assert springfield.client.get(address[:-1] + ("A" if address[-1] != "A" else "B")).status_code == 404


def test_pictures_of_an_update_are_kept_and_named(sandbox: Door) -> None:
    number = sandbox.report()
    told = {
        "service_request_id": number,
        "status": "OPEN",
        "updated_datetime": "2026-11-24T20:00:00Z",
        "description": "Look",
    }
    path = "servicerequestupdates.json"
    assert sandbox.post(path, **told, update_id="1", photo1=file(picture("PNG"))).status_code == 201
    links = ["https://pics.example/1.jpg", "https://pics.example/2.jpg"]
    assert sandbox.post(path, **told, update_id="2", media_url=links).status_code == 201
    refused = sandbox.post(path, **told, update_id="3", media=file(b"no picture"))
    assert refused.status_code == 400
    sandbox.searched()
    listed = [u for u in sandbox.read("servicerequestupdates") if u["service_request_id"] == number]
    assert len(listed) == 2
    shown = sandbox.client.get(listed[0]["media_url"])
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")
    assert listed[1]["media_url"] == links[0]
    assert sandbox.shown(number)["media_url"] == listed[0]["media_url"]
