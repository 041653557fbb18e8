"""What tests over HTTP stand on."""

import pytest
from django.conf import LazySettings

from tests.builders import CityBuilder
from tests.desk import Staff


@pytest.fixture(autouse=True)
def _static_files_as_they_lie(settings: LazySettings) -> None:
    """Static files are served from where they lie: nothing has to be collected first."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True
    # Nobody's password is at stake here, and a good hash takes its time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def desk(city: CityBuilder, other_city: CityBuilder) -> Staff:
    """The cast of the desk, signed in."""
    return Staff.of(city, other_city)
