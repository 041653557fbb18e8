"""What tests over HTTP stand on."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from ombud.kernel import clock
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.desk import Staff
from tests.open311 import Door, door, found_sandbox
from tests.resident import Resident


@pytest.fixture(autouse=True)
def _static_files_as_they_lie(settings: LazySettings) -> None:
    """Static files are served from where they lie: nothing has to be collected first."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def desk(city: CityBuilder, other_city: CityBuilder) -> Staff:
    """The cast of the desk, signed in."""
    return Staff(city, other_city)


@pytest.fixture
def own_media(settings: LazySettings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files of these tests lie in a folder of their own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path_factory.mktemp("media"))},
        },
    }


@pytest.fixture
def ada(city: CityBuilder) -> Resident:
    return Resident()


@pytest.fixture
def sandbox(_ground: None) -> Iterator[Door]:
    """The sandbox, with a key to it; the clock stands at noon."""
    with clock.standing_at(NOON):
        found_sandbox()
        yield door()
