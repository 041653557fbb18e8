"""Fixtures that several of these files use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ombud import wiring
from ombud.catalog import queries as catalog
from ombud.connect.bridge import connectors
from ombud.connect.legacy.files.importing import FileReport, Import
from tests.builders import CityBuilder
from tests.conftest import NOON
from tests.imports import Importer, mapping_with, written
from tests.receiver import Receiver, receiving
from tests.webhooks import Worker


@pytest.fixture
def bring(city: CityBuilder, tmp_path: Path) -> Importer:
    """Import rows into Springfield."""

    def bring(*rows: dict[str, str], file: str = "old.csv", **more: Any) -> FileReport:
        mapping = more.pop("mapping", None) or mapping_with()
        work = Import(catalog.city(city.id), mapping, NOON, **more)
        return work.file(written(tmp_path / file, rows))

    return bring


@pytest.fixture
def fake_connector() -> Iterator[None]:
    """A connector that leads to the far system of the test."""
    connectors.set_connectors({**wiring.CONNECTORS, "fake": "tests.bridge.connect"})
    yield
    connectors.set_connectors(wiring.CONNECTORS)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who is to hear by webhooks."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def worker(city: CityBuilder) -> Worker:
    """Who sends them."""
    return Worker(city.id)
