"""Sweeping files that no request names: all of these, none else, in each city."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string

from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.plumbing.media import MediaStore
from ombud.service_requests.commands import attach, sweep
from ombud.service_requests.commands.attach import StoredPhoto
from ombud.service_requests.timeline import REPORTER
from ombud.wiring import ROUTINES
from tests.builders import CityBuilder


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: LazySettings) -> Path:
    local = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": local}
    return tmp_path


def kept(city_id: str, n: int = 3, *, hours: float = 25) -> list[str]:
    """Keep some files that are so many hours old, and return their keys."""
    store = MediaStore(city_id)
    keys = [store.put(kind, b"x", "image/jpeg") for kind in ("original", "view", "thumb")[:n]]
    for key in keys:
        aged(key, hours)
    return keys


def aged(key: str, hours: float) -> None:
    at = (clock.now() - timedelta(hours=hours)).timestamp()
    os.utime(default_storage.path(key), (at, at))


def photo_of(city: CityBuilder, keys: list[str]) -> None:
    attach.add_photo(
        jurisdiction_id=city.id,
        request_id=city.report().id,
        photo=StoredPhoto(*keys, 10, 10, "a" * 64),
        actor=REPORTER,
        at=clock.now(),
    )


def there(city_id: str) -> set[str]:
    return set(MediaStore(city_id).keys())


def test_what_no_photo_names_is_taken_away_after_a_day(city: CityBuilder) -> None:
    named, litter, fresh = kept(city.id), kept(city.id), kept(city.id, hours=23)
    photo_of(city, named)
    assert sweep.sweep(jurisdiction_id=city.id, now=clock.now()) == len(litter)
    assert there(city.id) == {*named, *fresh}


def test_half_a_file_that_a_crash_left_is_taken_away(city: CityBuilder, folder: Path) -> None:
    half = folder / kept(city.id, 1, hours=1)[0].replace(".jpg", ".part")
    half.write_bytes(b"ha")
    aged(str(half.relative_to(folder)), 25)
    assert sweep.sweep(jurisdiction_id=city.id, now=clock.now()) == 1
    assert not half.exists()


def test_what_is_not_ours_is_left_alone(city: CityBuilder, folder: Path) -> None:
    strange = [folder / city.id / "notes.txt", folder / city.id / "original" / "ab" / "readme.txt"]
    for path in strange:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("keep me")
        os.utime(path, (0, 0))
    assert sweep.sweep(jurisdiction_id=city.id, now=clock.now()) == 0
    assert all(path.exists() for path in strange)


def test_each_city_sweeps_its_own(city: CityBuilder, other_city: CityBuilder) -> None:
    mine, theirs = kept(city.id), kept(other_city.id)
    with walls.inside(other_city.id):
        photo_of(other_city, theirs)
    with walls.inside(""):
        assert sweep.sweep_all() == {city.id: 3, other_city.id: 0}
    assert (there(city.id), there(other_city.id)) == (set(), set(theirs))
    assert mine


def test_with_the_wrong_database_nothing_is_taken_away(city: CityBuilder, caplog: pytest.LogCaptureFixture) -> None:
    """After a restore to an empty database every photo would look like litter."""
    for _ in range(40):
        kept(city.id)
    assert sweep.sweep(jurisdiction_id=city.id, now=clock.now()) == 0
    assert len(there(city.id)) == 120
    assert "none is deleted" in caplog.text


def test_it_is_done_every_night(city: CityBuilder) -> None:
    kept(city.id)
    assert "ombud.service_requests.commands.sweep.sweep_all" in ROUTINES["nightly"]
    for routine in ROUTINES["nightly"]:
        import_string(routine)()
    assert there(city.id) == set()
