"""A city whose record is published: for tests of what people see of it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ombud.catalog import queries as catalog
from ombud.opendata.commands import publish_requests
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import id_of
from ombud.plumbing import commit_order
from tests.builders import CityBuilder
from tests.conftest import NOON


@pytest.fixture
def lake(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake of the test's own; and what its transaction wrote counts as settled."""
    monkeypatch.setattr(commit_order, "settled", lambda: 2**62)
    settings.OMBUD_HOME = tmp_path
    return tmp_path / "lake"


def id_of_requests(city: CityBuilder) -> str:
    """Return the id of the data set of requests."""
    found = catalog.city(city.id)
    return id_of(found, registry.of_code(found, "requests"))


def publish(city: CityBuilder, *, at: datetime = NOON) -> str:
    """Publish the requests of a city, and return the data set's id."""
    publish_requests.publish(catalog.city(city.id), now=at)
    return id_of_requests(city)
