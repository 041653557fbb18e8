"""Files that people send: kept whole, found only by who may, on this machine and on S3."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st

from ombud.kernel.errors import NotFound, Unavailable
from ombud.plumbing import media
from ombud.plumbing.media import MediaStore
from ombud.settings import object_storage
from tests import s3

NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
S3_STORAGE = object_storage(s3.BUCKET)


@pytest.fixture(scope="module")
def object_store() -> Iterator[s3.Store]:
    with pytest.MonkeyPatch.context() as environment:
        for proxy in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
            environment.delenv(proxy, raising=False)
        with s3.running() as store:
            yield store


@pytest.fixture
def bucket(settings, object_store: s3.Store) -> s3.Store:
    backend = {**S3_STORAGE, "OPTIONS": {**S3_STORAGE["OPTIONS"], **object_store.options()}}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    return object_store


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


def test_what_is_kept_is_listed_with_its_time_and_what_is_gone_is_not(store: MediaStore):
    key = store.put("view", b"bytes", "image/jpeg")
    assert key in set(store.keys())
    assert abs((datetime.now(UTC) - (store.changed_at(key) or NOON)).total_seconds()) < 300
    store.delete(key)
    assert key not in set(store.keys())
    assert store.changed_at(key) is None


def test_what_is_on_s3_carries_its_type_and_is_for_nobody_else(bucket: s3.Store):
    key = MediaStore("la").put("original", b"bytes", "image/heif")
    assert bucket.kind_of(key) == "image/heif"
    assert not bucket.is_open_to_strangers(key)


def test_without_its_object_store_a_photo_is_refused_in_a_sentence(settings):
    with s3.running() as gone:
        options = {**S3_STORAGE["OPTIONS"], **gone.options()}
        settings.STORAGES = {**settings.STORAGES, "default": {**S3_STORAGE, "OPTIONS": options}}
        store = MediaStore("la")
        key = store.put("view", b"bytes", "image/jpeg")
        gone.go_down()
        for act in (
            lambda: store.put("view", b"more", "image/jpeg"),
            lambda: content(store, key),
            lambda: store.delete(key),
        ):
            with pytest.raises(Unavailable, match="cannot be reached"):
                act()


def test_a_bucket_that_does_not_exist_is_refused_in_the_same_sentence(settings, object_store: s3.Store):
    options = {**S3_STORAGE["OPTIONS"], **object_store.options(), "bucket_name": "another"}
    settings.STORAGES = {**settings.STORAGES, "default": {**S3_STORAGE, "OPTIONS": options}}
    with pytest.raises(Unavailable, match="cannot be reached"):
        MediaStore("la").put("view", b"bytes", "image/jpeg")


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
