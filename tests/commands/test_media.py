"""Files that people send: kept whole, found only by who may, on this machine and on S3."""

import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.errors import NotFound
from ombud.plumbing import media
from ombud.plumbing.media import MediaStore

NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Bucket(BaseHTTPRequestHandler):
    """S3 as far as files need it: PUT, GET, HEAD and DELETE of an object."""

    protocol_version = "HTTP/1.1"  # answers "Expect: 100-continue", which S3 clients wait for
    objects: dict[str, tuple[bytes, str]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = b"".join(
                re.findall(rb"^[0-9a-f]+(?:;[^\r]*)?\r\n(.*?)\r\n(?=[0-9a-f]+)", body, re.DOTALL | re.MULTILINE)
            )
        self.objects[self.path] = body, self.headers["Content-Type"]
        self.answer(200)

    def do_GET(self) -> None:
        body, kind = self.objects.get(self.path, (b"", ""))
        self.answer(200 if kind else 404, body if self.command == "GET" else b"", length=len(body))

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        self.objects.pop(self.path, None)
        self.answer(204)

    def answer(self, status: int, body: bytes = b"", *, length: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(body)))
        self.send_header("ETag", '"0"')
        self.send_header("Last-Modified", "Tue, 24 Nov 2026 20:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def bucket(settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, tuple[bytes, str]]]:
    Bucket.objects = {}
    for proxy in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        options = {
            "bucket_name": "city",
            "endpoint_url": f"http://127.0.0.1:{server.server_port}",
            "access_key": "key",
            "secret_key": "secret",
            "default_acl": "private",
            "file_overwrite": False,
            "region_name": "us-east-1",
        }
        s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "default": s3}
        yield Bucket.objects
        server.shutdown()


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    local = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": local}
    return tmp_path


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> MediaStore:
    request.getfixturevalue(request.param)
    return MediaStore("la")


def content(store: MediaStore, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def test_what_was_put_can_be_opened(store: MediaStore):
    key = store.put("original", b"\0bytes\r\n" * 1000, "image/jpeg")
    assert content(store, key) == b"\0bytes\r\n" * 1000


def test_a_key_lies_in_the_folder_of_the_city_and_cannot_be_guessed(store: MediaStore):
    keys = {store.put("original", b"the same", "image/heif") for _ in range(20)}
    assert len(keys) == 20
    assert all(re.fullmatch(r"la/original/([a-z2-7]{2})/\1[a-z2-7]{30}\.heic", key) for key in keys)


def test_a_file_taken_away_is_gone_and_its_twin_is_not(store: MediaStore):
    one, two = (store.put("view", b"the same", "image/jpeg") for _ in range(2))
    store.delete(one)
    store.delete(one)
    with pytest.raises(NotFound):
        store.open(one)
    assert content(store, two) == b"the same"


def test_another_city_does_not_find_it(store: MediaStore):
    key = store.put("view", b"bytes", "image/jpeg")
    for act in (MediaStore("nyc").open, MediaStore("nyc").delete, MediaStore("l").open):
        with pytest.raises(NotFound):
            act(key)
    assert content(store, key) == b"bytes"


def test_what_is_on_s3_carries_its_type(bucket: dict[str, tuple[bytes, str]]):
    key = MediaStore("la").put("original", b"bytes", "image/heif")
    assert bucket[f"/city/{key}"] == (b"bytes", "image/heif")


def test_files_on_this_machine_are_for_nobody_else(folder: Path):
    key = MediaStore("la").put("original", b"bytes", "image/jpeg")
    assert (folder / key).stat().st_mode & 0o777 == 0o600
    assert (folder / key).parent.stat().st_mode & 0o777 == 0o700


def test_a_crash_half_way_leaves_nothing_under_a_key(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def crash(_descriptor: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="full"):
        MediaStore("la").put("original", b"bytes", "image/jpeg")
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("folder")
@given(st.text(max_size=60))
def test_no_other_key_opens_anything(key: str):
    for trial in (key, f"la/{key}", f"la/../{key}", f"la/view/ab/../../{key}", "/etc/passwd", "la/view/ab/\n"):
        with pytest.raises(NotFound):
            MediaStore("la").open(trial)


def test_a_kind_is_a_plain_word(folder: Path):
    with pytest.raises(ValueError, match="no name"):
        MediaStore("la").put("../original", b"", "image/jpeg")


def test_the_default_storage_is_what_a_store_uses(folder: Path):
    key = MediaStore("la").put("view", b"bytes", "image/jpeg")
    assert default_storage.exists(key)
    assert media.KEY.fullmatch(key)
