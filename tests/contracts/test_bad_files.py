"""Whatever a stranger sends as a photo: taken only if it is one, and kept only if all are."""

import io
import struct
import zipfile
import zlib

import pytest

from ombud.service_requests import secret_link
from tests.builders import CityBuilder
from tests.contracts.clear import SCRIPT, clear, stored
from tests.resident import Resident, jpeg, pinned, upload

pytestmark = pytest.mark.usefixtures("own_media")


def bomb() -> bytes:
    """Return a small PNG that unpacks to 400 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
        + chunk(b"IEND", b"")
    )


def archive_in_picture() -> bytes:
    """Return a JPEG that is an archive too."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("run.sh", "rm -rf /")
    return jpeg() + file.getvalue()


FILES = {
    "empty": b"",
    "text": b"I am not a photo",
    "truncated": jpeg(size=(400, 300))[:600],
    "header only": b"\xff\xd8\xff",
    "a bomb": bomb(),
    "a page": b"<html><script>alert(1)</script></html>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "archive inside": archive_in_picture(),
    "program inside": jpeg(comment=b"<?php system($_GET['x']); ?>"),
    "a film": b"\x00\x00\x00\x20ftypisom" + b"\x00" * 100,
    "too large": jpeg() + b"\0" * 15 * 1024 * 1024,
}


@pytest.mark.parametrize("which", FILES)
def test_a_file_that_is_no_photo_is_refused_and_what_was_typed_stays(ada: Resident, which: str) -> None:
    draft = ada.begin()
    ada.fill(draft, place=pinned())
    before = stored()
    told = {"q.size": "small", "description": "typed-and-kept", "photos": [upload(FILES[which])]}
    answer = ada.client.post(ada.at(draft, "details"), told)
    assert stored() == before
    assert answer.status_code == 422
    clear(answer)
    assert "typed-and-kept" in answer.content.decode()
    assert "typed-and-kept" in ada.client.get(ada.at(draft, "details")).content.decode()


@pytest.mark.parametrize("which", FILES)
def test_at_the_other_doors_for_photos_too(ada: Resident, city: CityBuilder, which: str) -> None:
    report = city.report()
    before = stored()
    clear(ada.client.post("/springfield/report/", {"photos": [upload(FILES[which])]}))
    link = f"/springfield{secret_link.path(city.id, report.number)}"
    answer = ada.client.post(f"{link}say/", {"text": "typed-and-kept", "photos": [upload(FILES[which])]})
    clear(answer)
    assert answer.status_code == 422
    assert "typed-and-kept" in answer.content.decode()
    assert stored() == before


def test_one_bad_photo_among_good_ones_keeps_none(ada: Resident) -> None:
    draft = ada.begin()
    before = stored()
    many = [upload(jpeg(colour="red")), upload(FILES["truncated"]), upload(jpeg(colour="blue"))]
    answer = ada.client.post(ada.at(draft, "details"), {"q.size": "small", "photos": many})
    assert answer.status_code == 422
    assert stored() == before


@pytest.mark.parametrize("many", [9, 13, 40])
def test_too_many_photos_are_too_many(ada: Resident, many: int) -> None:
    draft = ada.begin()
    before = stored()
    photos = [upload(jpeg()) for _ in range(many)]
    answer = ada.client.post(ada.at(draft, "details"), {"q.size": "small", "photos": photos})
    assert answer.status_code in (400, 413, 422)
    clear(answer)
    assert stored() == before


def test_the_name_of_a_file_is_only_words(ada: Resident) -> None:
    draft = ada.begin()
    for name in ("../../etc/passwd", SCRIPT.replace("/", ""), "a\x00.jpg", "x" * 5000, "CON", ".htaccess"):
        answer = ada.client.post(ada.at(draft, "details"), {"photos": [upload(b"no", name=name or "x")]})
        assert answer.status_code == 422
        clear(answer)
