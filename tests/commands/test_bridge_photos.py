"""Photos pass once, each way: theirs are fetched and judged by their bytes, ours go as the address the public sees."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import LazySettings

from ombud.connect import demo_photos
from ombud.connect.bridge.models import Passed, Push
from ombud.intake.photos import store_photo
from ombud.service_requests import queries
from ombud.service_requests.commands import attach, photos
from tests.bridge import MAPPING, Far, do_jobs, link_to, turn
from tests.builders import BRAM, CityBuilder
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("fake_connector")


class Pictures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = demo_photos.drawn("before") if self.path.endswith(".jpg") else b"<html>not a picture</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def pictures() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _own_media(settings: LazySettings, tmp_path: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "media")},
        },
    }


def test_their_photos_come_in_once_and_stay_private(city: CityBuilder, pictures: str) -> None:
    far = Far()
    number = far.opened(PICS=f"{pictures}/1.jpg, {pictures}/2.html {pictures}/1.jpg javascript:alert(1)")
    link = turn(link_to(far, mapping=MAPPING + "photos: {far: PICS}\n", mode="read_only"))
    for _ in range(2):
        far.set(number, PRIO="1", at=NOON)
        turn(link)
    row = queries.by_number(city.id, number)
    (photo,) = queries.photos(row)
    assert (photo.shown, photo.by_staff) == (False, False)
    assert Passed.objects.get(push=Push.DEAD).ref.endswith("2.html")


def test_a_photo_of_ours_goes_there_when_the_public_sees_it(city: CityBuilder) -> None:
    far = Far()
    link_to(far, mapping=MAPPING + "photos: {far: PICS, direction: both}\n")
    request = city.report()
    do_jobs()
    photo = store_photo(demo_photos.drawn("after"), city_id=city.id)
    photo_id = attach.add_photo(
        jurisdiction_id=city.id, request_id=request.id, photo=photo, stage="after", actor=BRAM, at=NOON
    )
    do_jobs()
    (record,) = far.records.values()
    assert record.remarks == []
    for shown in (True, False):
        photos.show(jurisdiction_id=city.id, photo_id=photo_id, shown=shown, actor=BRAM, at=NOON)
        do_jobs()
    assert [remark.text.partition("/springfield")[2] for remark in record.remarks] == [f"/photo/{photo_id}/view/"]
