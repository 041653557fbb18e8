"""
The ground the tests stand on: a real PostgreSQL of their own, two small cities, and a cast.

Ada asks for service, Bram works at the streets bureau, Dunya at sanitation, Gus dispatches, Yara administers,
Nils only looks. Eve is a stranger.
"""

import gc
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from ombud.plumbing import embedded_postgres
from tests.home import HOME

# How quick a machine is, is nothing that a rule says.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # a Tuesday, noon in Los Angeles


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long versions of the seeded runs")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run one more than there are cores: much of a journey is waiting for browsers and jobs."""
    return min(4, (os.cpu_count() or 1) + 1)


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_URL"):
        embedded_postgres.start(HOME)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what was imported for good to itself: to look through it for garbage took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not SHARED_DATA.exists():
        absent = pytest.mark.skip(reason=f"the large real data files are not beside the project ({SHARED_DATA.name})")
        for item in items:
            if "shared_data" in item.keywords:
                item.add_marker(absent)


SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Give each run a database of its own, so that two runs side by side do not take each other's."""
    from django.conf import settings
    from django.db import connection

    name = f"test_ombud_{os.getpid()}"
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = name
    connection.settings_dict["TEST"]["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Make the database for whoever asks: pytest-django's own makes none where only fixtures of a module ask."""
    from django.test.utils import setup_databases, teardown_databases

    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=())
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def _quick_hashes(settings: LazySettings) -> None:
    """Nobody's password is at stake here, and a good hash takes its time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True, scope="session")
def _quick_search() -> None:
    """Searching a photo takes seconds."""
    from ombud.opendata.photos import ports

    ports.set_detector("tests.photos.finds_nothing")


@pytest.fixture(scope="session")
def _cities(django_db_setup: None, django_db_blocker: object) -> None:
    from tests import builders

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        builders.found_cities(at=NOON)


@pytest.fixture
def _ground(_cities: None, db: None) -> None:
    """The two cities are there before each test, and what a test adds is gone after it."""
    from ombud.triage.routing import live

    # Kept in the process by the catalogue's version, which each test counts up from the same number.
    live.forget()


@pytest.fixture
def city(_ground: None) -> Iterator["object"]:
    """Springfield, with the clock standing at noon of a Tuesday and its walls entered."""
    from ombud.kernel import clock
    from ombud.plumbing import walls
    from tests.builders import CityBuilder

    with clock.standing_at(NOON), walls.inside("springfield"):
        yield CityBuilder("springfield")


@pytest.fixture
def other_city(_ground: None) -> object:
    """Shelbyville, the other city of the installation; its walls are not entered."""
    from tests.builders import CityBuilder

    return CityBuilder("shelbyville")
